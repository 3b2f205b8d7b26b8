/*
 * match_priv -- what the files of match share; nobody else includes it.
 */
#ifndef DAYBOOK_MATCH_PRIV_H
#define DAYBOOK_MATCH_PRIV_H

#include <jansson.h>

#include "books.h"
#include "match.h"
#include "money.h"

#define MATCH_FILES	64

enum outcome {
	ROW_MEMO,		/* does not move the balance */
	ROW_BEFORE,		/* before the opening balance: part of it */
	ROW_REPEATED,		/* the same row in another file */
	ROW_MATCHED,
	ROW_DIFFERS,		/* found, but not equal: a break */
	ROW_MISSING		/* not in the books */
};

struct match_row {
	struct report_row r;
	int		 file;
	size_t		 seq;
	enum outcome	 outcome;
	int		 postable;		/* --post-missing may book it */
	char		 account[RECORD_ACCOUNT];	/* where the other side goes, "" by owner */
	enum movement	 lmove;			/* the ledger's row */
	char		 lid[72];
};

struct match_file {
	char	 name[256];			/* base name, printable */
	char	 sha256[65];
	size_t	 rows;
};

struct match_control {
	struct report_control c;
	int	 file;
};

struct match_currency {
	char	currency[4];
	int	has_balance;		/* the report states balances */
	int64_t	opening, movement, closing;	/* the report's */
	int	stated;			/* the file states the balances itself (footers) */
	int64_t	ledger;			/* the books' at the report's end */
	/* What explains closing - ledger, each net and signed as the account sees it: */
	int64_t	not_in_books;		/* + rows of the report that the books lack */
	int64_t	not_in_report;		/* - rows of the books that the report lacks */
	int64_t	differing;		/* + report less books of rows that both have */
	int64_t	controls;		/* + by which the file itself does not add up */
	int64_t	by_both, by_report, by_notification;	/* rows seen by whom (coverage) */
};

struct match_key {			/* a ledger row that a report row stands for */
	char		id[72];
	enum movement	move;
};

struct match {
	const struct site	*s;
	const struct match_options *o;
	struct integration	 in;
	int			 have_in;
	struct report_options	 how;
	struct report_alias	*aliases;
	json_t			*rules;
	struct match_file	 file[MATCH_FILES];
	int			 nfiles, at_file;
	struct match_row	*v;
	size_t			 n, cap;
	struct match_control	*controls;
	size_t			 ncontrols;
	struct match_currency	 cur[MONEY_CURRENCIES];
	int			 ncur;
	int64_t			 first, last;	/* event times of the first and last row */
	int64_t			 opening;	/* of the books; 0: none was booked */
	char			 today[MOMENT_DAY];
	char			 run[64];
	/* one comparison */
	json_t			*found;		/* break id -> break, of this comparison */
	json_t			*old;		/* this account's breaks in the books */
	json_t			*put;		/* [[table,id,break]...] to be recorded */
	json_t			*listed;	/* id -> break: what breaks.csv shows */
	size_t			 matched, memo, before, missing, suspense;
	struct match_result	*res;
	struct error		*e;
};

/* match_rules.c */
int	match_rules_load(struct match *m);
/* Account the other side of a row goes to: by rule, else by movement; "" by the payment's owner. */
void	match_rules_account(const struct match *m, struct match_row *row);
int	match_rules_fit(const char *pattern, const char *s);

/* Of closing - ledger, what this run explains by single lines. */
int64_t	match_explained(const struct match_currency *c);

/* match_compare.c: rows against the book and the book against rows; fills found, cur, counts. */
int	match_compare(struct match *m, struct books *b);

/* match_breaks.c */
struct match_amounts {
	int	has_report, has_ledger;
	int64_t	report, ledger;
};
int	match_break(struct match *m, const char *category, const char *payment, const char *currency,
	    const struct match_amounts *a, const struct match_row *row, int64_t event, int expected,
	    const char *fmt, ...) __attribute__((format(printf, 9, 10)));
/* This run's breaks against those on record: first_seen, resolved ones, what to record. */
int	match_settle(struct match *m, struct books *b);

/* match_write.c */
int	match_keep_reports(struct match *m, char *const *files);
int	match_post(struct match *m, size_t *posted);
int	match_record(struct match *m);
int	match_write_run(struct match *m);
int	match_text(struct match *m);
const char *match_verdict_name(enum match_verdict v);

#endif
