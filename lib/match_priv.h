/*
 * match_priv -- what the files of match share; nobody else includes it.
 */
#ifndef DAYBOOK_MATCH_PRIV_H
#define DAYBOOK_MATCH_PRIV_H

#include <jansson.h>

#include "books.h"
#include "match.h"
#include "money.h"
#include "rules.h"
#include "tariff.h"


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
	int64_t	 bytes;
	struct report_part part;		/* what it says it is */
	int	 has_part, complete, checks;	/* nothing of its report is missing; controls made */
	int	 added;				/* not given, but kept from an earlier run: part of a report */
	char	 supersedes[65];
	int	 fd;				/* open as long as rows may be made again */
	struct report_again *again;		/* NULL where the reader gives all in full */
};

/* report_plain.mark: what the comparison says of it */
enum { PLAIN_NEW, PLAIN_MATCHED, PLAIN_ODD, PLAIN_GONE };	/* odd: to be promoted; gone: it was */

struct match_control {
	struct report_control c;
	int	 file;
};

struct match_currency {
	char	currency[4];
	int	has_balance;		/* the report states balances */
	int64_t	opening, movement, closing;	/* the report's */
	int	stated;			/* the file states the balances itself (footers) */
	int	has_total;		/* and what is held: */
	int64_t	held;			/* total less available, at the end */
	int64_t	held_ours;		/* rows of Assets:Reserved that make the books' another one */
	int64_t	jump;			/* beginning less what the report before ended with */
	int64_t	since, until;		/* the time they are stated for: movement counts from here on */
	int	file;			/* that states it */
	int64_t	ledger;			/* the books' at the report's end */
	/* What explains closing - ledger, each net and signed as the account sees it: */
	int64_t	not_in_books;		/* + rows of the report that the books lack */
	int64_t	not_in_report;		/* - rows of the books that the report lacks */
	int64_t	differing;		/* + report less books of rows that both have */
	int64_t	controls;		/* + by which the file itself does not add up */
	int64_t	by_both, by_report, by_notification;	/* rows seen by whom (coverage) */
};

struct match {
	const struct site	*s;
	const struct match_options *o;
	struct integration	 in;
	int			 have_in;
	struct report_options	 how;
	struct report_alias	*aliases;
	struct rules		*rules;
	struct tariff		*tariff;
	int			 batch_fee;	/* match_tariff.c: 0 not asked yet */
	struct match_file	 file[MATCH_FILES];
	int			 nfiles, at_file;
	int			 forced;	/* the format was said, not recognised */
	/*
	 * Rows in full, in time order.  Ordinary payments of a large report that the books have
	 * just so never come here: they are in plain (match_next walks both).
	 */
	struct match_row	*v;
	size_t			 n, cap;
	struct report_plain	*plain;
	size_t			 nplain, cplain;	/* those that are PLAIN_GONE included */
	struct match_plain_table *table;	/* their keys, of the last comparison */
	struct books		*books;		/* while it is compared and settled */
	size_t			 total;		/* rows read */
	size_t			 nseq;
	const char		*last_own;
	int			 plain_named, plain_ours;	/* plain rows name an own address; one of ours */
	struct match_control	*controls;
	size_t			 ncontrols;
	struct match_currency	 cur[MONEY_CURRENCIES];
	int			 ncur;
	int64_t			 first, last;	/* event times of the first and last row */
	struct report_set	*set;		/* of formats whose files belong together */
	struct report_statement	*statements;	/* by currency, in time order */
	size_t			 nstatements;
	int64_t			 from, to;	/* what is covered: the periods stated, else first and last */
	int			 has_periods;
	json_t			*known;		/* this account's certificates in the books, by digest */
	const char		*key;		/* of match_break: makes the id where payment can't; or NULL */
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

/* match.c: how to read for that account; and which reader, by content (NULL, e set: none) */
int	match_settings(struct match *m);
const struct report_format *match_recognise(int fd, const char *name, const struct report_format *first,
	    struct error *e);	/* first: of the files before, asked first; or NULL */

/* match_rows.c: what was read */
struct match_walk {
	size_t	row, plain;
};
struct match_line {			/* one row of either kind, as much as balances need */
	const struct match_row	  *row;	/* one of them is NULL */
	const struct report_plain *plain;
	int		 file;
	size_t		 line;
	int64_t		 event, net, balance;
	const char	*id;
	char		 currency[4];
	int		 moves_balance, has_balance;
};
int	match_take_row(void *arg, const struct report_row *row, struct error *e);
int	match_take_plain(void *arg, const struct report_plain *p, const char *own, struct error *e);
void	match_take_again(void *arg, struct report_again *a);
int	match_take_control(void *arg, const struct report_control *c, struct error *e);
/* All files are read: time order, first and last. */
void	match_sort(struct match *m);
int	match_check_account(struct match *m);
int	match_check_joints(struct match *m);
/* All rows in time order: 1, or 0 at the end.  w begins as zeros. */
int	match_next(const struct match *m, struct match_walk *w, struct match_line *l);
/* 1 where any row has that id. */
int	match_in_report(const struct match *m, const char *id);
/* A plain row in full, for a moment; and all that are PLAIN_ODD, for good. */
int	match_again(struct match *m, const struct report_plain *p, struct match_row *row);
int	match_promote(struct match *m);

/* match_plain.c: ordinary payments against the books' rows in brief */
struct match_join {
	uint64_t	 n;		/* briefs */
	unsigned char	*done;		/* a bit of each: a plain row stands for it */
	size_t		 matched, suspense;
	int64_t		 by_both[MONEY_CURRENCIES], by_report[MONEY_CURRENCIES];	/* by money_number */
	struct payrow	*uid;		/* booked payouts of the account known by our own id only */
	size_t		 nuid;
};
/* Marks what the books have just so and promotes all else: v is complete afterwards. */
int	match_plain_join(struct match *m, struct books *b, struct match_join *j);
void	match_join_free(struct match_join *j);
/* The account's rows that no plain row stands for, in the order they first came. */
typedef int match_brief_fn(void *arg, const struct brief *r);
int	match_plain_rest(struct match *m, struct books *b, const struct match_join *j, match_brief_fn *fn,
	    void *arg);
/* The plain row with that id, of a comparison under way; NULL. */
const struct report_plain *match_plain_find(const struct match *m, const char *id);
void	match_plain_free(struct match *m);

/* match_statement.c: what files state of themselves, and what a run proves, for the books */
/* Sink for files of that format (part, periods, set). */
int	match_statement_sink(struct match *m, const struct report_format *f, struct report_sink *sink);
/* All files are read: their controls, their statements, what they cover. */
int	match_statement_files(struct match *m);
/* -1 before what the report covers, or in a gap of it; 0 covered; 1 after its end. */
int	match_covers(const struct match *m, int64_t event);
/* The same for what the books have: strictly inside where first and last row are the edges. */
int	match_side(const struct match *m, int64_t event);
/* And for a row of the books, whose money moved when it cleared. */
int	match_covers_row(const struct match *m, const struct payrow *l);
int64_t	match_moved(const struct payrow *l);
/* Stated balances into cur; breaks: another beginning than yesterday's end, restated files. */
int	match_statement_begin(struct match *m, struct books *b);
/* Of `rest`, the difference that no line explains, what the stated figures themselves do. */
int64_t	match_statement_gap(const struct match_currency *x, int64_t rest);
/* A break where what is held is not Assets:Reserved. */
int	match_statement_held(struct match *m, struct books *b, struct match_currency *x);
/* Statements and certificates that the books don't have so already, into put. */
int	match_statement_put(struct match *m, struct books *b);
void	match_statement_free(struct match *m);

/* match_restated.c: other files that told of the same */
/* The next part of a report given here that an earlier run read: its path and name, 1; 0 no more. */
int	match_statement_part(struct match *m, char path[512], char name[256]);
/* 1 where a file of that name (or one that stands for it) was read in this run. */
int	match_reads_again(const struct match *m, const char *name);
/* Breaks for reports made anew; fills supersedes of files. */
int	match_restated(struct match *m, struct books *b);

/* match_rules.c */
int	match_rules_load(struct match *m);
/* Account the other side of a row goes to: by rule, else by movement; "" by the payment's owner. */
void	match_rules_account(const struct match *m, struct match_row *row);

/* match_tariff.c */
int	match_tariff_load(struct match *m);
/* A row of the report that the books have as l: break fee-tariff where its fee is none of the tariff's. */
int	match_tariff(struct match *m, const struct match_row *row, const struct payrow *l);
/* 1 where the settings have a schedule for ordinary payments to us: then each one's fee counts. */
int	match_tariff_incoming(const struct match *m);
/* 1 where an ordinary payment to us (no mass payment) has a fee that is none of match_tariff's breaks. */
int	match_tariff_plain(const struct match *m, const char ccy[4], int64_t gross, int64_t fee,
	    int64_t event);

/* Of closing - ledger, what this run explains by single lines. */
int64_t	match_explained(const struct match_currency *c);

/* That currency's figures, made where there are none. */
struct match_currency *match_currency(struct match *m, const char ccy[4]);

/* match_compare.c: rows against the book and the book against rows; fills found, cur, counts. */
int	match_compare(struct match *m, struct books *b);

/* match_masspay.c: batches, payouts, holds against each other; all of it follows from the books */
/* 1 where the run's files are upload or result files of Mass Pay. */
int	match_masspay_file(const struct match *m);
/* Before a comparison: which payouts state no fee, because their batch has a row of its own for it. */
void	match_masspay_prepare(struct match *m);
/* A row the books lack: 1 where it is a batch's fee that its items have in the books; *differs: by
 * how much it is another one (a break then); 0 not; -1. */
int	match_masspay_fee(struct match *m, struct books *b, struct match_row *row, int64_t *differs);
/* After it: breaks of batches; result files. */
int	match_masspay(struct match *m, struct books *b);
/* 1 where a break on record is one of those; and why it is none any more, or NULL (*rc -1: error). */
int	match_masspay_break(const json_t *b);
const char *match_masspay_cleared(struct match *m, struct books *b, const json_t *old, int *rc);

/* match_breaks.c */
struct match_amounts {
	int	has_report, has_ledger;
	int64_t	report, ledger;
};
int	match_break(struct match *m, const char *category, const char *payment, const char *currency,
	    const struct match_amounts *a, const struct match_row *row, int64_t event, int expected,
	    const char *fmt, ...) __attribute__((format(printf, 9, 10)));
/* Rows that a person decided to leave as they are (accept) are not booked from the report: -1, or 0. */
int	match_leave_explained(struct match *m);
/* What no line explains, of the break "balance" just made. */
int	match_break_rest(struct match *m, const char *currency, int64_t rest);
/* 1 where the row is a person's correction of a balance (payment_adjust). */
int	match_own_row(const struct payrow *l);
/* This run's breaks against those on record: first_seen, resolved ones, what to record. */
int	match_settle(struct match *m, struct books *b);

/* match_files.c: large ones, as streams */
int	match_keep_reports(struct match *m, char *const *files);
int	match_write_matches(struct match *m, int dir);
int	match_csv_line(struct match *m, struct buf *out, const char *const *cell, size_t n);

/* match_write.c */
int	match_post(struct match *m, size_t *posted);
int	match_record(struct match *m);
int	match_write_run(struct match *m);
int	match_text(struct match *m);
const char *match_verdict_name(enum match_verdict v);

#endif
