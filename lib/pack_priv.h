/*
 * pack_priv -- what the files of the module `pack` share; nobody else includes it.
 */
#ifndef DAYBOOK_PACK_PRIV_H
#define DAYBOOK_PACK_PRIV_H

#include <jansson.h>

#include "journal.h"
#include "pack.h"
#include "record.h"

#define PACK_FILE_MAX	((size_t)2 << 30)

struct pack_balance {
	char	account[RECORD_ACCOUNT];
	char	currency[4];
	int64_t	opening, debit, credit;	/* debit and credit of the period, both positive */
	int64_t	entries;		/* legs of the period */
};

struct pack_message {
	char		 id[40], integration[65], reason[32], payment[72];
	char		 day[MOMENT_DAY];	/* posting day of its record */
	int64_t		 received;
	enum disposition disposition;
	int		 touched;		/* came or changed in the period */
};

/* What grows with the journal and is gathered only for who wants it; balances and breaks always are. */
enum pack_want {
	PACK_CSV = 1, PACK_HLEDGER = 2, PACK_JSON = 4,	/* entries, in three forms */
	PACK_JSONL = 8, PACK_ROWS = 16, PACK_MESSAGES = 32,
	PACK_FILES = PACK_CSV | PACK_HLEDGER | PACK_JSONL | PACK_ROWS | PACK_MESSAGES
};

/* All that a pack says, gathered in one walk of the journal. */
struct pack {
	const struct site	*site;
	int			 book;
	const char		*from, *to;	/* days; NULL: open end (export) */
	unsigned		 want;		/* enum pack_want */
	int			 by_event;	/* entries by the day they happened, not their posting day */
	int			 started;	/* the period's first record was seen */

	struct pack_balance	*balances;	/* sorted when rendered */
	size_t			 nbalances;
	json_t			*balance_at;	/* "account\tCCY" -> place in balances */
	struct payrow		*rows;		/* touched in the period, as of its end */
	size_t			 nrows;
	json_t			*row_at;	/* "account\tmove\tid" -> place in rows */
	struct pack_message	*messages;	/* of the period */
	size_t			 nmessages;
	json_t			*message_at;
	json_t			*open_messages;	/* id -> disposition, of those held or waiting */
	json_t			*unallocated;	/* row keys */
	json_t			*breaks;	/* id -> break */

	struct buf		 journal_csv, hledger, jsonl, entries_json;
	int64_t			 records, nentries;
	uint64_t		 first, last;	/* record numbers of the period */
	struct journal_pos	 end;		/* behind the last record up to the period's end */
};

int	pack_collect(struct pack *p, struct error *e);
void	pack_sort(struct pack *p);	/* balances by account, then currency */
void	pack_free(struct pack *p);

/* Renderers: append a whole file. */
int	pack_balances_csv(struct pack *p, struct buf *out, struct error *e);
int	pack_payments_csv(struct pack *p, struct buf *out, struct error *e);
int	pack_messages_csv(struct pack *p, struct buf *out, struct error *e);
int	pack_breaks_csv(struct pack *p, struct buf *out, struct error *e);
int	pack_hledger_file(struct pack *p, struct buf *out, struct error *e);
int	pack_verify_txt(struct pack *p, struct buf *out, struct error *e);
/* Header rows, and one entry's lines while collecting. */
int	pack_journal_head(struct pack *p, struct error *e);
int	pack_entry(struct pack *p, const struct record *r, size_t i, const char *day, struct error *e);
/* A row of the payments listing (two for a conversion); header: pack_payments_head. */
extern const char pack_payments_head[];
int	pack_payment_cells(const struct payrow *row, int second, char cell[13][160]);

#endif
