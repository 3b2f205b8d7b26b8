/*
 * books -- one book of a site (live, test) or its register: journal, evidence and index as one.
 *
 * The journal is the truth, the index answers quickly; both change only here, under the site's
 * one writer lock, a batch at a time: books_add (any number) ... books_commit.  Between the two
 * everything reads as if the batch were already there.
 */
#ifndef DAYBOOK_BOOKS_H
#define DAYBOOK_BOOKS_H

#include <stdint.h>

#include "brief.h"
#include "error.h"
#include "evidence.h"
#include "journal.h"
#include "lock.h"
#include "record.h"
#include "site.h"

#define BOOKS_WAIT_MS	10000		/* what a person's command waits for the lock */

struct books;

/* The writer lock of the site: SITE/books/lock.  Everything below needs it held. */
int	books_lock(struct lock *l, const struct site *s, int wait_ms, struct error *e);

/*
 * books_open: which = BOOK_LIVE, BOOK_TEST or BOOK_REGISTER.  Cuts an incomplete last line,
 * replays what the index has not seen, or rebuilds it.  ERR_CORRUPT: journal damaged.
 */
int	books_open(struct books **b, const struct site *s, int which, struct error *e);
/* Syncs the index, writes its marker; a checkpoint now and then.  b is freed in any case. */
int	books_close(struct books *b, struct error *e);
void	books_abort(struct books *b);	/* after an error; NULL accepted */
int	books_dirfd(const struct books *b);
const struct journal_pos *books_end(const struct books *b);

/* Evidence for r into the batch (before books_add); refused: bounded store, never synced. */
int	books_evidence(struct books *b, const struct message *m, const struct verdict *v, int refused,
	    struct record *r, int64_t now, struct error *e);
/* Into the batch and, as if it were there already, into all answers below. */
int	books_add(struct books *b, struct record *r, int64_t now, struct error *e);
/* evidence write+sync, journal write+sync, then the index.  After an error only books_abort. */
int	books_commit(struct books *b, struct error *e);
size_t	books_pending(const struct books *b);

/* Answers: 1 found, 0 not there, -1 error. */
int	books_row(struct books *b, const char *account, enum movement move, const char *id,
	    struct payrow *row, struct error *e);
/* i-th child (refund, reversal ...) of a provider's id, in order of arrival; 0 at the end. */
int	books_child(struct books *b, const char *account, const char *id, size_t i, struct payrow *row,
	    struct error *e);
/* Row whose unique_id that is (Mass Pay items). */
int	books_unique(struct books *b, const char *account, const char *unique_id, struct payrow *row,
	    struct error *e);
/* i-th movement waiting for its parent, in no order that lasts beyond the next books_add. */
int	books_waiting(struct books *b, size_t i, struct payrow *row, struct error *e);

struct books_message {			/* what became of a message */
	char		id[40];
	char		integration[65];
	int64_t		received;
	enum disposition disposition;
	char		reason[32];
	char		payment[72];
	char		segment[8];	/* where its record begins */
	int64_t		offset;
};
int	books_message(struct books *b, const char *id, struct books_message *m, struct error *e);

/* 1 where money of that row waits in Liabilities:Unallocated for a person. */
int	books_row_unallocated(const struct payrow *row);

struct books_counts {
	int64_t	held, unallocated, waiting;	/* messages held; payments in Unallocated; waiting */
	int64_t	messages, rows, entries;
	int64_t	breaks;		/* rows of the table "break" whose status is expected or open */
	int64_t	opening;	/* start of the day of `daybook opening`, microseconds; 0: not booked */
};
int	books_counts(struct books *b, struct books_counts *c, struct error *e);

/* Every account and currency that ever had a leg, sorted by account, then currency. */
struct books_balance {
	char	account[RECORD_ACCOUNT];
	char	currency[4];
	int64_t	minor;
	int64_t	legs;
};
int	books_balances(struct books *b, struct books_balance **v, size_t *n, struct error *e);
/* One balance; 0 where there is none. */
int	books_balance(struct books *b, const char *account, const char ccy[4], int64_t *minor,
	    struct error *e);
typedef int books_row_fn(void *arg, const struct payrow *row, struct error *e);
int	books_each_row(struct books *b, books_row_fn *fn, void *arg, struct error *e);

/*
 * Rows in brief (brief.h), numbered 0 to *n - 1 as they first came: to compare by the million.
 * books_brief_read may be called from several threads while nothing else is; the key of a brief is
 * books_brief_key of its account, movement and id, its account books_brief_account's.
 */
int	books_briefs(struct books *b, uint64_t *n, struct error *e);
int	books_brief_read(const struct books *b, uint64_t at, size_t n, struct brief *out, struct error *e);
void	books_brief_key(const struct books *b, const char *account, enum movement move, const char *id,
	    unsigned char key[16]);
uint64_t books_brief_account(const struct books *b, const char *account);
/* The whole row. */
int	books_brief_row(struct books *b, const struct brief *r, struct payrow *row, struct error *e);

/*
 * Generic rows that a record's data carries: {"put":[["customer","C1001",{...}], ...]} (value null
 * removes).  Tables used: register "customer" "integration" "settings"; books "break"
 * (breaks.h) "statement" "file" (statement.h) "closing" (closing.h) "write-off" (desk.h) "batch"
 * "item" (masspay.h).
 * books_data returns a new reference or NULL in *v.
 */
int	books_data(struct books *b, const char *table, const char *key, json_t **v, struct error *e);
typedef int books_data_fn(void *arg, const char *key, json_t *v, struct error *e);
int	books_each_data(struct books *b, const char *table, books_data_fn *fn, void *arg, struct error *e);
/* Register: customers who claim that address or payer id (lower case): JSON array of ids or NULL. */
int	books_claims(struct books *b, const char *address, json_t **ids, struct error *e);

/*
 * verify: walks evidence and chain, re-adds everything, compares with the index record by record.
 * begin and end need the lock and the books open (b may be opened anew between them); the long walk
 * needs neither, for what it reads never changes.  ERR_CORRUPT names the first fault; ERR_AGAIN: the
 * index was made anew meanwhile, begin again.  v is freed by books_verify_free alone.
 */
struct books_verify;
int	books_verify_begin(struct books *b, struct books_verify **v, struct error *e);
int	books_verify_walk(struct books_verify *v, struct error *e);
int	books_verify_end(struct books *b, struct books_verify *v, struct books_counts *c, struct error *e);
void	books_verify_free(struct books_verify *v);	/* NULL accepted */
/* Throw the index away and build it from record 1. */
int	books_rebuild(const struct site *s, int which, struct error *e);

#endif
