/*
 * report -- one table of functions a report format (design.md, Providers).
 */
#ifndef DAYBOOK_REPORT_H
#define DAYBOOK_REPORT_H

#include <stdint.h>

#include "error.h"
#include "fact.h"
#include "moment.h"

struct report_alias {			/* a word of another language, and ours ("Saldo" "balance") */
	const char	*word, *means;
};

struct report_options {			/* what a downloaded file can't say for itself */
	char	dates[4];		/* "mdy" "dmy" "ymd", or "" */
	char	decimal;		/* '.' ',' or 0 */
	int	sure;			/* dates were said for this very run: not doubted */
	const struct report_alias *columns, *types;	/* of the site's settings */
	size_t	ncolumns, ntypes;
};

struct report_row {			/* one line that a reader made sense of */
	size_t		 line;		/* 1-based line in the file */
	char		 type[128];	/* the provider's word for it, printable UTF-8 */
	char		 status_text[64];
	enum movement	 move;		/* MOVE_OTHER: no known type */
	int		 known_type;	/* 0: a word the reader does not know */
	enum fact_status status;
	int		 moves_balance;	/* 0: memo rows, pending */
	char		 id[72], reference[72];	/* provider's id; the related transaction */
	char		 payer[255];	/* counterparty's address, lower case */
	char		 own[255];	/* our own address in that row, lower case; "" not stated */
	char		 name[128];	/* counterparty's name (rules only, never shown) */
	char		 invoice[128];
	char		 currency[4];
	int64_t		 gross, fee;	/* signed as our provider account sees them; fee is a cost */
	int		 fee_known;
	int64_t		 net;		/* gross - fee */
	int		 has_balance;
	int64_t		 balance;	/* of that currency after the row */
	int64_t		 event;		/* microseconds UTC */
};

struct report_control {			/* a control of the file's own that does not hold */
	size_t	line;
	char	currency[4];
	int64_t	stated, computed;
	int64_t	event;			/* of the row where it showed */
	int	balance;		/* the running balance jumped by stated - computed */
	char	id[72];			/* of that row */
	char	text[200];
};

typedef int report_row_fn(void *arg, const struct report_row *row, struct error *e);
typedef int report_control_fn(void *arg, const struct report_control *c, struct error *e);

struct report_format {
	const char	*name;		/* "paypal-activity" */
	/* 1 where the first bytes of the file are of this format. */
	int	(*recognise)(const char *head, size_t len);
	/*
	 * Reads all rows in time order (equal times: in the order the account saw them), checking
	 * the file's own controls on the way: net = gross - fee, running balance per currency.
	 * ERR_INPUT "FILE:LINE: what": nothing usable; includes dates or decimals left in doubt
	 * ("... give --dates mdy or dmy").  Rows are delivered only once the whole file was read.
	 */
	int	(*read)(int fd, const char *file, const struct report_options *o, report_row_fn *row,
		    report_control_fn *control, void *arg, struct error *e);
};

extern const struct report_format report_paypal_activity;
extern const struct report_format *const report_all[];		/* NULL-terminated */
const struct report_format *report_find(const char *name);

#endif
