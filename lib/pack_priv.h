/*
 * pack_priv -- what the files of the module `pack` share; nobody else includes it.
 */
#ifndef DAYBOOK_PACK_PRIV_H
#define DAYBOOK_PACK_PRIV_H

#include <jansson.h>

#include "breaks.h"
#include "journal.h"
#include "keyed.h"
#include "outfile.h"
#include "pack.h"
#include "record.h"
#include "spill.h"
#include "statement.h"

#define PACK_FILE_MAX	((size_t)2 << 30)
#define PACK_CHART_DAYS	30

struct pack_balance {
	char	account[RECORD_ACCOUNT];
	char	currency[4];
	int64_t	opening, debit, credit, closing; /* debit and credit of the period, both positive */
	int64_t	entries;		/* legs of the period */
};

struct pack_message {
	char		 id[40], integration[65], reason[32], payment[72];
	char		 day[MOMENT_DAY];	/* posting day of its record */
	int64_t		 received;
	enum disposition disposition;
	int		 touched;		/* came or changed in the period */
};

struct pack_flow {			/* of Assets:ACCOUNT, day by day to the period's end */
	char	account[65], currency[4];
	int64_t	in[PACK_CHART_DAYS], out[PACK_CHART_DAYS];	/* both positive; [0] is the oldest */
	int64_t	payments[PACK_CHART_DAYS];			/* gross of customers' payments */
	int64_t	entries;
};

struct pack_change {			/* conversions of the period, one kind */
	char	account[65], out[4], in[4];	/* out or in "": only the other side is known */
	int64_t	out_minor, in_minor, n;		/* both positive */
};

/* What the period's end looks like to an accountant, besides balances (pack_state.c). */
struct pack_state {
	json_t			*tables;	/* "break" "statement" "file" "closing" ...: key -> row */
	json_t			*files;		/* keys of "file" put in the period */
	json_t			*unallocated, *suspense; /* open items: key -> {day,account,id,currency,minor} */
	json_t			*acts;		/* of people, in the period: [{...}] */
	json_t			*settings;	/* changes of the register in the period: [{...}] */
	json_t			*receivers;	/* integration -> receiver, while walking the register */
	struct keyed		*customers;	/* of the register at the period's end */
	int64_t			 ncustomers, reconciled;
	struct breaks_roll	 roll;
	struct pack_flow	*flows;
	size_t			 nflows;
	struct pack_change	*changes;
	size_t			 nchanges;
	char			 flow_day[MOMENT_DAY];	/* cache: */
	int			 flow_at;		/* its place, -1 outside the thirty days */
};

/* What grows with the journal and is gathered only for who wants it; balances always are. */
enum pack_want {
	PACK_CSV = 1, PACK_HLEDGER = 2, PACK_JSON = 4,	/* entries, in three forms */
	PACK_JSONL = 8, PACK_ROWS = 16, PACK_MESSAGES = 32, PACK_STATE = 64, PACK_OFX = 128,
	PACK_FILES = PACK_CSV | PACK_HLEDGER | PACK_JSONL | PACK_ROWS | PACK_MESSAGES | PACK_STATE | PACK_OFX
};

/* All that a pack says, gathered in one walk of the journal. */
struct pack {
	const struct site	*site;
	int			 book;
	const char		*from, *to;	/* days; NULL: open end (export) */
	unsigned		 want;		/* enum pack_want */
	int			 by_event;	/* entries by the day they happened, not their posting day */
	int			 dir;		/* for files that have no name; -1: where temporary ones go */

	struct outfile		*journal_csv, *hledger, *json, *jsonl; /* written while walking; or NULL */
	struct pack_balance	*balances;	/* sorted once collected */
	size_t			 nbalances;
	struct keyed		*balance_at;	/* "account\tCCY" -> place in balances, while walking */
	struct spill		*rows;		/* packed payrows touched in the period, as of its end */
	struct spill		*messages;	/* struct pack_message */
	struct spill		*ofx;		/* struct ofx_leg: what moved a provider account */
	json_t			*open_messages;	/* id -> disposition, of those held or waiting */
	struct pack_state	 st;

	int64_t			 records, nentries;
	uint64_t		 first, last;	/* record numbers of the period */
	char			 previous_head[65]; /* chain head before the period's first record */
	struct journal_pos	 end;		/* behind the last record up to the period's end */
	char			 last_day[MOMENT_DAY];	/* posting day of that record */
};

/* pack_collect.c.  The outfiles wanted are opened by the caller and stay his. */
int	pack_collect(struct pack *p, struct error *e);
void	pack_free(struct pack *p);

/* pack_state.c: what a record adds to the state; then the register's journal. */
int	pack_state_init(struct pack *p, struct error *e);
void	pack_state_free(struct pack *p);
int	pack_state_row(struct pack *p, const struct payrow *row, struct error *e);
int	pack_state_entry(struct pack *p, const struct record *r, const struct entry *en, int in_period,
	    struct error *e);
int	pack_state_record(struct pack *p, const struct record *r, int in_period, struct error *e);
int	pack_state_register(struct pack *p, struct error *e);
/* Provider account's name where that ledger account is one ("Assets:PayPal"), or NULL. */
const char *pack_provider(const char *account);
/* Last second of the period, UTC: the only clock a pack knows. */
int64_t	pack_moment(const struct pack *p);

/* pack_entries.c: one entry's lines while collecting. */
int	pack_entry(struct pack *p, const struct record *r, size_t i, const char *day, struct error *e);
int	pack_journal_head(struct pack *p, struct error *e);

/* pack.c: one currency of a provider account. */
int	pack_ofx_statement(struct pack *p, const struct pack_balance *b, struct outfile *o, struct error *e);
int	pack_posting(struct buf *out, const char *account, const char *ccy, int64_t minor, struct error *e);

/* pack_files.c: renderers write a whole file. */
typedef int pack_render_fn(struct pack *p, struct outfile *o, struct error *e);
pack_render_fn pack_balances_csv, pack_payments_csv, pack_messages_csv, pack_breaks_csv, pack_verify_txt;
/* What stands before the entries: directives and opening balances. */
int	pack_hledger_head(struct pack *p, struct buf *out, struct error *e);
int	pack_csv_row(struct buf *out, const char *const *cell, size_t n, struct error *e);
/* A row of the payments listing (two for a conversion); header: pack_payments_head. */
extern const char pack_payments_head[];
int	pack_payment_cells(const struct payrow *row, int second, char cell[13][160]);
/* "CLEAN", "BREAKS 3": as daybook-audit prints it. */
char	*pack_verdict(const struct pack_result *res, char out[64]);
/* pack_xlsx.c: workbook.xlsx into the folder (a path), from the CSV files there; files: the manifest's
 * lines so far. */
int	pack_workbook(struct pack *p, const char *folder, const json_t *files, const struct pack_result *res,
	    struct error *e);
/* The newest statement of that provider account and currency up to the period's end: 1, 0, -1. */
int	pack_statement(const struct pack *p, const char *account, const char *ccy, struct statement *st,
	    struct error *e);
/* Provider accounts and currencies that have a balance or a statement, sorted; the caller frees. */
struct pack_pair { char account[65], currency[4]; };
int	pack_pairs(const struct pack *p, struct pack_pair **v, size_t *n, struct error *e);
/* pack_pdf.c: report.pdf. */
int	pack_report(struct pack *p, const struct pack_result *res, struct outfile *o, struct error *e);
/* Its parts; struct pdf is pdf.h's. */
struct pdf;
int	pack_pdf_statements(struct pack *p, struct pdf *d, struct error *e);
int	pack_pdf_files(struct pack *p, struct pdf *d, struct error *e);
int	pack_pdf_items(struct pack *p, struct pdf *d, struct error *e);
int	pack_pdf_lists(struct pack *p, struct pdf *d, struct error *e);
/* pack_pdf_items.c: lines of a list on paper; the workbook has them all. */
#define PACK_LIST_MAX	40
void	pack_pdf_note(struct pdf *d, const char *text);
void	pack_pdf_more(struct pdf *d, size_t n, size_t shown, const char *where);
/* An amount member of a row, in its currency; "" where there is none. */
char	*pack_pdf_amount(const json_t *j, const char *name, char out[48]);
/* "1,234.50": with the currency's decimals and commas; returns out. */
#define PACK_GROUPED	48
char	*pack_grouped(int64_t minor, const char ccy[4], char out[PACK_GROUPED]);
/* Ids of the table's rows, sorted; NULL: no memory.  The array is the caller's. */
const char **pack_sorted(const json_t *table, size_t *n);

#endif
