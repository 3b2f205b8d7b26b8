/*
 * paypal_stl -- what the files of PayPal's settlement and transaction detail report say of
 * themselves; shared by the reader (paypal_stl, _parse, _rows) and its judge (_check, _totals) only.
 *
 * Amounts here are hundredths of every currency, as the files write them (providers/paypal.md 5.2):
 * footers can be added up before anybody asks how many decimals a currency has.
 */
#ifndef DAYBOOK_PAYPAL_STL_H
#define DAYBOOK_PAYPAL_STL_H

#include "buf.h"
#include "csv_in.h"
#include "money.h"
#include "report/paypal_codes.h"
#include "report/report.h"

#define STL_MOST	INT64_C(1000000000000000)	/* hundredths: ten million millions */

enum { STL_GROSS_CR, STL_GROSS_DR, STL_FEE_CR, STL_FEE_DR, STL_SUMS };
enum { STL_AVAILABLE, STL_TOTAL, STL_PAYABLE, STL_BALANCES };	/* each at the beginning and the end */

enum stl_column {
	STL_ID, STL_INVOICE, STL_REFERENCE, STL_CODE, STL_BEGUN, STL_COMPLETED, STL_SIDE, STL_GROSS,
	STL_CURRENCY, STL_FEE_SIDE, STL_FEE, STL_FEE_CURRENCY, STL_CONSUMER, STL_STATUS, STL_SUBJECT,
	STL_PAYER, STL_FIRST, STL_LAST, STL_BUSINESS, STL_COLUMNS
};
extern const char *const stl_column_name[STL_COLUMNS];	/* "Transaction ID" ... */

struct stl_line {			/* one SB row */
	size_t		line;
	uint32_t	at[STL_COLUMNS];	/* into cells; 0: the empty text */
	uint32_t	section, seq;
	int64_t		time;
};

struct stl_sum {			/* rows of one currency added up */
	char	currency[4];
	int64_t	sum[STL_SUMS];
	int64_t	held;			/* net of holds and releases, part of the above */
	int64_t	rows;
};

struct stl_total {			/* an SF or RF row with totals */
	char	currency[4];
	size_t	line;
	int64_t	sum[STL_SUMS];
	int	nbalances;		/* stated: the first so many */
	int64_t	begin[STL_BALANCES], end[STL_BALANCES];
	int	has_count;
	int64_t	count;
};

struct stl_fold {			/* one account's footers over all parts and sections */
	char		 account[65];
	int		 ours;
	int64_t		 from, to;
	struct stl_sum	*sum;		/* rows since the last SC */
	size_t		 nsum;
	int64_t		 rows;
	struct stl_total *sf;		/* first beginning, sums, last end */
	size_t		 nsf;
	int		 file;		/* of the last section */
};

struct stl_count {			/* a number that may count this or that */
	int	file;
	size_t	line;
	char	key[64];
	int64_t	stated, rows[2], other;	/* by rows: counted or as SC says; by something else */
};

struct stl_number {			/* SC, RC, FF; SF and RF of a report without totals */
	size_t	line;			/* 0: not there */
	int64_t	v;
};

struct stl_section {
	size_t	line;			/* of SH; 0: it goes on from the part before */
	char	account[65];
	int	ours;
	int64_t	from, to;		/* to: the last microsecond of the second stated; 0: not stated */
	char	day[MOMENT_DAY];	/* of the end, as the file writes it */
	size_t	rows;			/* SB */
	struct stl_sum *sum;
	size_t	nsum;
	struct stl_total *sf;
	size_t	nsf;
	struct stl_number sf_number, sc;
	size_t	outside;		/* rows that moved money outside from ... to, and the first */
	size_t	outside_line;
	char	outside_id[72];
};

struct stl_file {
	char	name[256];
	const char *report;		/* "STL" or "TRR" */
	char	account[65], version[8];	/* RH */
	int	part;			/* FH; 0: not stated */
	size_t	lines, rows;		/* not blank; SB */
	struct stl_section *section;
	size_t	nsections;
	struct stl_total *rf;
	size_t	nrf;
	struct stl_number rf_number, rc, ff;
	struct { size_t line; char type[8]; } odd;	/* first row of a type nobody knows, or behind FF */
	int	col[STL_COLUMNS];	/* of CH: column numbers, -1; for a part after it without CH */
	size_t	columns;		/* 0: no CH */
	/* Of a name such as STL-20240304.01.009.CSV; "" and 0 of any other. */
	char	named[4], named_day[MOMENT_DAY];
	int	named_part, named_version;
};

struct report_set {
	struct stl_file	*v;
	size_t		 n;
};

struct stl_reading {			/* one file being read */
	const char	*file;
	const struct report_options *o;
	const char	*report;	/* "STL" or "TRR" */
	struct stl_file	*f;
	const struct report_set *set;
	int		 is_trr;
	struct buf	 cells;
	struct stl_line	*v;
	size_t		 n, cap;
	char		(*voids)[72];	/* ids of T1302 rows, sorted before rows are given */
	size_t		 nvoids, cvoids;
	struct error	*e;
};

struct stl_judge {			/* one report: files of one kind, account and day */
	const struct report_set	*set;
	const struct report_sink *sink;
	struct error		*e;
	const int		*at;	/* places in the set of its files, in order of parts */
	int			 n;
	struct stl_fold		*fold;
	size_t			 nfolds;
	struct stl_count	*count;
	size_t			 ncounts;
	int			 complete;
	int			*checks;	/* per file of the set */
};

/* paypal_stl_parse.c: rows of the file into r, its section's and its own footers into r->f */
int		 stl_parse_row(void *r, const struct csv_row *row, struct error *e);
/* The columns CH names; how many of ours. */
int		 stl_columns(struct stl_file *f, const struct csv_row *row);
/* The section that rows belong to now, made where there is none.  NULL: no memory. */
struct stl_section *stl_section(struct stl_reading *r);
/* paypal_stl_rows.c: what an SB row says */
const char	*stl_cell(const struct stl_reading *r, const struct stl_line *l, enum stl_column c);
/* Amount of a row, in hundredths, money in positive; and in minor units. */
int		 stl_amount(const struct stl_reading *r, const struct stl_line *l, enum stl_column side,
		    enum stl_column amount, int64_t *v);
int		 stl_amount_minor(const struct stl_reading *r, const struct stl_line *l, enum stl_column col,
		    const char *ccy, int64_t v, int64_t *minor);
/* Whether the row changed the balance: by its code, in a TRR by its status too. */
int		 stl_moves(const struct stl_reading *r, const struct stl_line *l, const struct paypal_code *code);
/* Part and rows of ours to the sink, in time order. */
int		 stl_deliver(struct stl_reading *r, const struct report_sink *sink);
void		 stl_reading_free(struct stl_reading *r);

/* paypal_stl_check.c: a control that does not hold; at: place in the set; ccy "": counts */
int		 stl_tell(struct stl_judge *j, int at, size_t line, const char *key, const char *ccy,
		    int64_t stated, int64_t computed, const char *fmt, ...) __attribute__((format(printf, 8, 9)));
const struct stl_file *stl_file(const struct stl_judge *j, int part);	/* 0 ... n - 1 */
/* paypal_stl_totals.c: sections, then (where nothing is missing) the report's footers and counts */
int		 stl_check_sections(struct stl_judge *j);
int		 stl_check_footers(struct stl_judge *j);

/* A zeroed file at the set's end, or NULL with e set. */
struct stl_file	*stl_add(struct report_set *set, struct error *e);
/* The set's last file is taken back: it could not be read. */
void		 stl_drop(struct report_set *set);
/* That currency's sum or NULL (no memory; e set); made where it is not there. */
struct stl_sum	*stl_sum(struct stl_sum **v, size_t *n, const char ccy[4], struct error *e);
/* Account, period of a file: its first section of ours, else its first. NULL: it has none. */
const struct stl_section *stl_main(const struct stl_file *f);
/* Hundredths in minor units; 0 where that is no whole number of them, *minor then rounded down. */
int		 stl_minor(int64_t hundredths, const char ccy[4], int64_t *minor);

struct report_set *stl_set_new(struct error *e);
int		 stl_set_check(struct report_set *set, const struct report_sink *sink, struct error *e);
void		 stl_set_free(struct report_set *set);

#endif
