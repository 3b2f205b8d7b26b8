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
	const char *own;		/* our addresses and ids, comma separated; NULL: not known */
	char	currency[4];		/* of the account, for files that state none; or \"\" */
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
	char		 payer_id[64];	/* the provider's own id of him, as it writes it */
	char		 own[255];	/* our own address in that row, lower case; "" not stated */
	char		 own_id[64];	/* or the provider's own id of us, as it writes it */
	char		 name[128];	/* counterparty's name (rules only, never shown) */
	char		 invoice[128];
	char		 code[8];	/* the provider's event code ("T0006"), "" where the format has none */
	int		 mass_pay;	/* its type says so, sent or received (code T0001 says it too) */
	const char	*home;		/* account of what its type alone explains ("Income:Other"), or NULL */
	char		 subject[128];	/* of the transaction (rules only, never shown) */
	char		 unique_id[65];	/* our own reference of a payout item */
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
	char	key[64];		/* "" or what was checked, the same from run to run, where id can't say */
	int	counts;			/* stated and computed are counts of something, no amounts */
	int	file;			/* of set_check: place among the files read into the set */
	char	text[200];
};

/* What one file (or one section of it) says of itself; balances are in struct report_statement. */
struct report_part {
	char	report[8];		/* "STL", "TRR", ...; "" where the format has no such name */
	char	account_id[65];		/* the provider's own id of the account, "" not stated */
	char	version[8];
	char	day[MOMENT_DAY];	/* last day of the data as the provider counts days, or "" */
	int	part, last;		/* 1, 2, ...; last: this file ends the report.  0: not stated */
	int64_t	from, to;		/* period covered, both included, microseconds UTC; 0: not stated */
};

/* A balance that a report itself states for its period (settlement report's footers). */
struct report_statement {
	size_t	line;
	int	file;			/* of set_check: place among the files read into the set */
	int64_t	from, to;		/* both included */
	char	currency[4];
	int64_t	opening, closing;	/* what can be used: what Assets:ACCOUNT must be */
	int	has_total;		/* with held money: Assets:ACCOUNT and Assets:Reserved:ACCOUNT */
	int64_t	total_opening, total_closing;
};

/*
 * An ordinary payment to us, in short: it moved the balance, is completed, states its fee, names no
 * related transaction, its net is gross - fee; a mass payment received that bears a fee is none.  A reader that can tell so much without making the
 * whole row gives it this way; the whole of it is made from the file again (struct report_again).
 */
#define REPORT_PLAIN_ID	20		/* with its NUL: PayPal's are of 17 characters */
struct report_plain {
	int64_t		event, gross, fee;
	int64_t		balance;	/* has_balance: of that currency after the row */
	uint64_t	at;		/* where its line begins in the file */
	uint32_t	line;
	uint32_t	seq;		/* the taker's: its place among all rows */
	char		id[REPORT_PLAIN_ID];
	uint8_t		currency;	/* money_number */
	uint8_t		has_balance;
	uint8_t		file;		/* the taker's */
	uint8_t		mark;		/* the taker's */
};

/* What makes rows of one file again; it may outlive the reading. */
struct report_again {
	/* The row as it would have been given in full.  ERR_INPUT where the file changed since. */
	int	(*row)(struct report_again *a, int fd, const struct report_plain *p, struct report_row *row,
		    struct error *e);
	void	(*free)(struct report_again *a);
};

typedef int report_row_fn(void *arg, const struct report_row *row, struct error *e);
typedef int report_control_fn(void *arg, const struct report_control *c, struct error *e);
typedef int report_part_fn(void *arg, const struct report_part *p, struct error *e);
typedef int report_statement_fn(void *arg, const struct report_statement *s, struct error *e);
/* own: our address in that row, lower case, "" where not stated; the same pointer for the same text. */
typedef int report_plain_fn(void *arg, const struct report_plain *p, const char *own, struct error *e);
/* Before the first plain row of a file; the taker owns a. */
typedef void report_again_fn(void *arg, struct report_again *a);

struct report_period {			/* of one file, judged with the others of its report */
	int	file;			/* as above */
	char	report[8], day[MOMENT_DAY];
	int64_t	from, to;		/* as of report_part */
	int	complete;		/* nothing of the report is missing: what it has not did not happen */
	int	checks;			/* controls of its own that were made, holding or not */
};

typedef int report_period_fn(void *arg, const struct report_period *p, struct error *e);

/* What a reader keeps of several files, for what can be checked of all of them only. */
struct report_set;

struct report_sink {			/* who gets what a reader finds; all but row, control may be NULL */
	void			*arg;
	report_part_fn		*part;		/* before the rows it speaks of */
	report_row_fn		*row;
	report_control_fn	*control;
	report_statement_fn	*statement;
	report_plain_fn		*plain;		/* NULL: every row in full; needs again too */
	report_again_fn		*again;
	report_period_fn	*period;
	struct report_set	*set;		/* or NULL: the file stands alone */
};

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
	int	(*read)(int fd, const char *file, const struct report_options *o,
		    const struct report_sink *sink, struct error *e);
	/*
	 * NULL where every file stands alone.  Else files are read into a set (sink.set), and
	 * set_check judges them together and gives periods, controls and statements, with the place
	 * of their file in the set; without a set, read does so itself at its end.
	 */
	struct report_set *(*set_new)(struct error *e);
	int	(*set_check)(struct report_set *set, const struct report_sink *sink, struct error *e);
	void	(*set_free)(struct report_set *set);
};

extern const struct report_format report_masspay, report_masspay_results;
extern const struct report_format report_paypal_activity, report_paypal_stl, report_paypal_trr,
    report_paypal_search;
extern const struct report_format *const report_all[];		/* NULL-terminated */
const struct report_format *report_find(const char *name);

#endif
