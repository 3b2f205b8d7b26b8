/*
 * match -- a provider's report against one book (floor 5; design.md, Reconciliation).
 *
 * Reads the book only through books.h under the lock, for as long as it takes to collect rows
 * and balances; everything it wants changed goes through the door.
 */
#ifndef DAYBOOK_MATCH_H
#define DAYBOOK_MATCH_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "report/report.h"
#include "rules.h"
#include "site.h"

#define MATCH_FILES	64		/* of one run */

struct match_options {
	int			 book;		/* BOOK_LIVE or BOOK_TEST */
	const char		*account;	/* provider account's name */
	const struct report_format *format;	/* NULL: by content */
	struct report_options	 how;
	int			 dry_run, post_missing;
	int			 in_full;	/* no row is taken in short: slower, the same results */
	int64_t			 now;
	void			(*progress)(size_t rows);	/* NULL: silent */
};

enum match_verdict { MATCH_CLEAN, MATCH_BREAKS, MATCH_INCOMPLETE };

struct match_result {
	enum match_verdict verdict;
	size_t	open, expected, resolved, posted;
	char	run[64];		/* folder below reconcile/, "" for a dry run */
	struct buf text;		/* figures for standard output, after the verdict line */
};

/* Files of one account, read as one report.  ERR_INPUT names file and line; nothing was written. */
int	match_run(const struct site *s, const struct match_options *o, char *const *files, int nfiles,
	    struct match_result *res, struct error *e);
void	match_result_free(struct match_result *res);

/* What rules (NULL: none) make of a row of that provider account. */
void	match_rules_home(const struct rules *rules, const char *account, const struct report_row *r,
	    struct rules_hit *hit);
/*
 * match_try: each row of a report that moves the balance, read as a run for o->account would, with
 * what the rules would make of it.  Touches no books.  name is for messages.
 */
typedef int match_try_fn(void *arg, const struct report_row *row, const struct rules_hit *hit,
	    struct error *e);
int	match_try(const struct site *s, const struct match_options *o, const struct rules *rules, int fd,
	    const char *name, match_try_fn *fn, void *arg, struct error *e);

#endif
