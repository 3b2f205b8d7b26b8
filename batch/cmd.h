/*
 * cmd -- what the files of the program `daybook` share.
 */
#ifndef DAYBOOK_CMD_H
#define DAYBOOK_CMD_H

#include "books.h"
#include "desk.h"
#include "error.h"
#include "site.h"
#include "table.h"

#define CMD_OPERANDS	64
#define CMD_OPTIONS	64

struct cmd {
	const char	*operand[CMD_OPERANDS];	/* behind the verb */
	int		 n;
	struct { const char *name, *value; } option[CMD_OPTIONS];
	int		 noptions;
	const char	*site_path;		/* -C */
	int		 book;			/* -b */
	enum table_format format;
	struct site	 site;			/* open, but for init */
	struct error	 e;
};

/* Value of an option, NULL where it was not given ("" for a flag). */
const char	*cmd_option(const struct cmd *c, const char *name);
/* Prints "daybook: ..." and returns EX_USAGE. */
int		 cmd_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints c->e and returns its exit code. */
int		 cmd_fail(struct cmd *c);
/* Listing to standard output; frees t. */
int		 cmd_print(struct cmd *c, struct table *t);
/* A request through the door; takes req; prints what became of it; exit code. */
int		 cmd_request(struct cmd *c, json_t *req);
/* --from and --to (given here: export's --to is two things) and --by: 0, or the code of a usage error. */
int		 cmd_days(const struct cmd *c, const char *from, const char *to);
/* The register or the book of -b, opened under the lock; NULL and c->e on failure. */
struct books	*cmd_books(struct cmd *c, int which, struct lock *l);
int		 cmd_books_done(struct cmd *c, struct books *b, struct lock *l);

/* Each verb: 0 or an exit code. */
int	cmd_init(struct cmd *c);
int	cmd_integration(struct cmd *c);
int	cmd_customer(struct cmd *c);
int	cmd_opening(struct cmd *c);
int	cmd_balance(struct cmd *c);
int	cmd_payments(struct cmd *c);
int	cmd_allocate(struct cmd *c);
int	cmd_messages(struct cmd *c);
int	cmd_breaks(struct cmd *c);
int	cmd_verify(struct cmd *c);
int	cmd_rebuild(struct cmd *c);
int	cmd_export(struct cmd *c);
int	cmd_packs(struct cmd *c);
int	cmd_fees(struct cmd *c);
int	cmd_rules(struct cmd *c);
int	cmd_suspense(struct cmd *c);
int	cmd_calendar(struct cmd *c);
int	cmd_close(struct cmd *c);
int	cmd_reopen(struct cmd *c);
int	cmd_closings(struct cmd *c);
int	cmd_receiver(struct cmd *c);
int	cmd_mail(struct cmd *c);
int	cmd_key(struct cmd *c);

#endif
