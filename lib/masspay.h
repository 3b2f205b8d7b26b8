/*
 * masspay -- batches of Mass Pay: what was meant, what became of it, what is left (floor 3: no files).
 *
 * The books keep two generic tables, written by the desk verbs masspay-* (desk.h):
 *
 * "batch", key: its id (text_id_valid, at most 40 bytes)
 *	{"kind": "sent" | "advice", "account", "currency", "file", "sha256", "registered", "items": n,
 *	 "total": minor, "against"? (sent: account of the expense), "sent"? (the day it went out, where
 *	 it was registered later: its first moment), "customer"? (advice: whose file), "lines"? (advice:
 *	 the numbers of its items)}
 * "item", key: batch + "." + line of the file
 *	{"batch", "line", "payee", "kind": "email" | "phone" | "payer-id", "currency", "amount": minor > 0,
 *	 "unique_id"?, "cancelled"? (time; then "note" and "who"), "payment"? (advice: what paid it)}
 *
 * An item's state is never stored: it follows from the payout that it is tied to.  A payout that came
 * back leaves the debt in Liabilities:Payouts until a person cancels the item (and registers a new
 * one where it is paid again).  Times are "2026-11-20T19:02:03.123456Z".
 */
#ifndef DAYBOOK_MASSPAY_H
#define DAYBOOK_MASSPAY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "moment.h"
#include "record.h"

#define MASSPAY_BATCH	41		/* a batch's id with its NUL */
#define MASSPAY_KEY	52		/* an item's key with its NUL */
#define MASSPAY_DAYS	30		/* what nobody claims comes back then (paypal.md 3.1) */
#define MASSPAY_WINDOW	35		/* days between registration and payout, where no id ties them */
#define MASSPAY_ROWS	5000		/* the provider takes no more in one file (paypal.md 3.2) */
#define MASSPAY_UNIQUE	30		/* characters of a unique id */
#define MASSPAY_NOTE	4000

enum masspay_kind { MASSPAY_EMAIL, MASSPAY_PHONE, MASSPAY_PAYER_ID, MASSPAY_KINDS };
extern const char *const masspay_kind_name[MASSPAY_KINDS];

/*
 * Which kind of recipient that is, in its canonical form (e-mail in lower case, a phone number's
 * digits behind +, a payer id as it is): the kind, or -1 where it is none.
 */
int	masspay_payee(const char *s, size_t len, char out[128]);

struct masspay_line {			/* one line of an upload file */
	size_t		  line;		/* 1-based, where it begins */
	char		  payee[128];
	enum masspay_kind kind;
	char		  currency[4];
	int64_t		  amount;	/* > 0 */
	char		  unique_id[65];/* "" none */
	size_t		  note;		/* characters */
	int		  note_odd;	/* it holds a tab, a quote or a line break */
};

struct masspay_batch {
	char		id[MASSPAY_BATCH], account[65], currency[4], against[RECORD_ACCOUNT], customer[65];
	char		file[256], sha256[65];
	int		advice;
	int64_t		registered, sent, total;	/* sent 0: when it was registered, or later */
	size_t		items;
};

enum masspay_state {
	MASSPAY_REGISTERED,		/* nothing was seen of it: owed */
	MASSPAY_PENDING, MASSPAY_PAID,
	MASSPAY_UNCLAIMED,
	MASSPAY_RETURNED,		/* the money came back: owed again */
	MASSPAY_FAILED, MASSPAY_DENIED,	/* nothing moved: owed */
	MASSPAY_CANCELLED,		/* not owed any more */
	MASSPAY_RECEIVED,		/* advice: a payment came for it */
	MASSPAY_STATES
};
extern const char *const masspay_state_name[MASSPAY_STATES];

#define MASSPAY_NONE	((size_t)-1)

struct masspay_item {
	char		  key[MASSPAY_KEY];
	size_t		  batch;	/* place in masspay.batches */
	size_t		  line;
	char		  payee[128];
	enum masspay_kind kind;
	char		  currency[4];
	int64_t		  amount;
	char		  unique_id[65];
	int64_t		  cancelled;	/* 0: not */
	char		  payment[72];	/* advice: what paid it */
	size_t		  payout;	/* place in masspay.payouts, MASSPAY_NONE */
};

struct masspay_payout {
	struct payrow	row;		/* MOVE_PAYOUT, booked or not */
	char		payee[128];	/* in canonical form */
	int		kind;		/* of payee, -1: none that we know */
	int64_t		near;		/* when the batch went out that it would be of */
	size_t		item;		/* place in masspay.items, MASSPAY_NONE */
	int		ambiguous;	/* several items would fit it */
};

/* All batches and payouts of one provider account; begins as zeros. */
struct masspay {
	struct masspay_batch	*batches;
	struct masspay_item	*items;		/* in order of batch and line once tied */
	struct masspay_payout	*payouts;	/* in order of event and id once tied */
	size_t			 nbatches, nitems, npayouts;
	size_t			 cbatches, citems, cpayouts;
};

void	masspay_free(struct masspay *m);
/* ERR_CORRUPT where the row is no batch or item; ERR_IO no memory.  Batches are added first: an
 * item of another account's batch is left out. */
int	masspay_add_batch(struct masspay *m, const char *key, const json_t *v, struct error *e);
int	masspay_add_item(struct masspay *m, const char *key, const json_t *v, struct error *e);
int	masspay_add_payout(struct masspay *m, const struct payrow *row, struct error *e);
/*
 * Ties payouts to items that were sent: by unique id first; then by payee, amount, currency and
 * MASSPAY_WINDOW; then, where either side does not say the payee in the same way, by amount,
 * currency and window, only where exactly one item and one payout fit.  Of several batches a payout
 * is of the one that went out last before it.  What is of the same payee, amount and currency is all
 * alike, so that it is tied in order of time: none of it is owed any more once all of it is paid.  A
 * unique id that two payouts carry goes to the one that moved money, then to the first.
 */
int	masspay_tie(struct masspay *m, struct error *e);

/* 1 where the payout's money is out; 0: it came back, or never left. */
int	masspay_out(const struct payrow *row);
enum masspay_state masspay_state(const struct masspay *m, const struct masspay_item *it);
/* What Liabilities:Payouts still carries of it. */
int64_t	masspay_owed(const struct masspay *m, const struct masspay_item *it);
/* An unclaimed payout's last day, in the site's zone. */
char	*masspay_due(const struct payrow *row, char out[MOMENT_DAY]);
/* Place of that batch or item, or MASSPAY_NONE. */
size_t	masspay_find_batch(const struct masspay *m, const char *id);
size_t	masspay_find_item(const struct masspay *m, const char *key);

/* The tables' rows. */
json_t	*masspay_batch_json(const struct masspay_batch *b);
json_t	*masspay_line_json(const char *batch, const struct masspay_line *l);
void	masspay_key(char out[MASSPAY_KEY], const char *batch, size_t line);
/* The id of a batch that was given none: "MP-" and 10 digits of its file's digest. */
void	masspay_batch_id(char out[MASSPAY_BATCH], const char *sha256);

/*
 * Whose a payment of `amount` is by advice: items not yet used, of that currency and amount, told
 * at most MASSPAY_DAYS before or 3 days after it came; where both say a unique id it is the same.
 * 1: every fitting item is of one customer: the first of them in *item; 0: none; 2: of several.
 */
int	masspay_advised(const struct masspay *m, const char ccy[4], int64_t amount, const char *unique_id,
    int64_t event, size_t *item);

#endif
