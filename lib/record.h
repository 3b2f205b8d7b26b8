/*
 * record -- what the journal holds: one JSON object a line, one line a message.
 *
 * A record carries its effect, not a recipe: the new state of each payment it touches, the
 * entries (legs), and what became of messages.  Replaying it asks nothing else (design.md,
 * The books).  Amounts are JSON integers in minor units; members that are empty are left out.
 */
#ifndef DAYBOOK_RECORD_H
#define DAYBOOK_RECORD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "moment.h"

#define RECORD_LINE_MAX	(8 * 1024 * 1024)	/* 5,000 items x about 800 bytes, twice */
#define RECORD_ACCOUNT	128			/* a ledger account's name with its NUL */

/* Movements: the last part of a fact's key, and the `kind` of the payments listing. */
enum movement {
	MOVE_PAYMENT, MOVE_REFUND, MOVE_REVERSAL, MOVE_REVERSAL_CANCELLED, MOVE_ADJUSTMENT,
	MOVE_PAYOUT, MOVE_PAYOUT_RETURN, MOVE_CONVERSION, MOVE_FEE, MOVE_HOLD, MOVE_RELEASE,
	MOVE_WITHDRAWAL, MOVE_OTHER, MOVE_DISPUTE, MOVES
};
extern const char *const record_move_name[MOVES];

enum paystatus {
	PAY_PENDING, PAY_COMPLETED, PAY_DENIED, PAY_FAILED, PAY_EXPIRED, PAY_VOIDED, PAY_REFUNDED,
	PAY_PARTLY_REFUNDED, PAY_REVERSED, PAY_DISPUTED, PAY_UNCLAIMED, PAY_RETURNED, PAY_STATUSES
};
extern const char *const record_status_name[PAY_STATUSES];

enum disposition {
	DISP_NONE, DISP_POSTED, DISP_DUPLICATE, DISP_NOTED, DISP_REFUSED, DISP_HELD, DISP_WAITING,
	DISPS
};
extern const char *const record_disposition_name[DISPS];

/*
 * One movement at a provider and all we know of it.  Key: account, id, move (invariant 3).
 * gross and fee are signed as our provider account sees them; net = gross - fee.
 */
struct payrow {
	char		account[65];	/* provider account's name, "PayPal" */
	char		id[72];		/* provider's id; "uid:X" where only our unique id is known */
	enum movement	move;
	char		parent[72];	/* of a payout "uid:X": the provider's id, once it is known */
	enum paystatus	status;
	char		customer[65];	/* who carries it; "" nobody yet */
	char		other[RECORD_ACCOUNT];	/* or the account it was booked against */
	char		payer[128];	/* e-mail in lower case, else the provider's payer id */
	char		currency[4];
	int64_t		gross, fee;
	int		fee_known;
	char		currency2[4];	/* conversion: the other side, what came in */
	int64_t		gross2;
	int64_t		refunded, reversed, cancelled, adjusted; /* of children, absolute */
	int64_t		recharged;	/* fee charged on to the customer (deduct_fee) */
	int		deduct_fee;	/* the setting when it was booked */
	int		disputed;	/* a case was opened */
	int		booked;		/* its money is in the books */
	int		waiting;	/* journalled, waits for its parent */
	int		alone;		/* booked by itself: its parent is not in the books */
	int		unallocated;	/* stands in Liabilities:Unallocated */
	int		corrected;	/* a person set it right or took it back: no state a provider told */
	int		doubtful;	/* event time was not stated clearly */
	int		desk;		/* came from a report or a person, not a notification */
	int64_t		event;		/* when it happened, microseconds UTC */
	int64_t		cleared;	/* its money moved then, for it was pending first; 0: at event */
	int64_t		recorded;	/* when the books first knew */
	char		unique_id[65];	/* Mass Pay item: our own reference */
	char		reference[128];	/* invoice */
	char		message[40];	/* id of the message that first told us */
	char		report[96];	/* file digest and line where a report told us */
};

struct leg {
	char	account[RECORD_ACCOUNT];
	char	currency[4];
	int64_t	minor;			/* debit > 0 */
};

/* A double-entry entry; legs sum to zero in each currency (invariant 6). */
struct entry {
	char		kind[24];	/* a movement's name, "allocation", "opening", ... */
	char		account[65], payment[72]; /* provider account and id it is about, or "" */
	char		note[200];	/* people's entries: why */
	int64_t		event;		/* 0: same as the record's time */
	struct leg	*legs;
	size_t		nlegs;
};

struct also {				/* another message whose disposition this record changes */
	char		id[40];
	enum disposition disposition;
	char		reason[32];
};

enum record_type { REC_MESSAGE, REC_SEGMENT, REC_SEAL };

struct record {
	enum record_type type;
	uint64_t	n;		/* 1, 2, 3 ... over all segments of a book */
	char		prev[65];	/* SHA-256 of the line before, hex */
	int64_t		time;		/* never decreases */
	char		day[MOMENT_DAY];/* posting day in the site's zone */

	char		id[40];		/* message id */
	char		origin[8];	/* in, pay, web, desk, post (our own clock) */
	char		integration[65];
	char		who[64];	/* desk: who decided */
	int64_t		received;
	char		body_sha256[65];/* of the message's bytes */
	int64_t		body_len;
	char		ev_segment[16];	/* evidence: "2026-11", "" where none was kept */
	int64_t		ev_offset, ev_len;
	char		ev_sha256[65];	/* of the evidence line without its newline */
	enum disposition disposition;
	char		reason[32];
	char		payment[72];	/* payment_id of the messages listing, "" where several */

	struct payrow	*rows;		/* new state of each movement touched, in order */
	size_t		nrows;
	struct entry	*entries;
	size_t		nentries;
	struct also	*also;
	size_t		nalso;
	json_t		*act;		/* desk: what was decided, verb and arguments; or NULL */
	json_t		*data;		/* register rows, breaks, segment and seal contents; or NULL */
};

void	record_init(struct record *r);
void	record_free(struct record *r);
/* Grow one of the arrays by a zeroed element; NULL: no memory (e set). */
struct payrow	*record_row(struct record *r, struct error *e);
struct entry	*record_entry(struct record *r, const char *kind, struct error *e);
struct also	*record_also(struct record *r, struct error *e);
/* Add a leg; legs of 0 are left out.  ERR_INPUT: account name too long. */
int	record_leg(struct entry *en, const char *account, const char ccy[4], int64_t minor,
	    struct error *e);
/* Every entry sums to zero per currency, else ERR_INPUT (assert-like: our own fault). */
int	record_check(const struct record *r, struct error *e);

/* One line without newline, keys in a fixed order, printable ASCII only. */
int	record_encode(const struct record *r, struct buf *out, struct error *e);
/* ERR_CORRUPT where the line is no record.  r must be initialised; owns what it gets. */
int	record_decode(struct record *r, const char *line, size_t len, struct error *e);
/* Entry id as shown everywhere: "N-I" (record number, 1-based place). */

/* Compact binary form of a payrow for the index, and back (ERR_CORRUPT). */
int	record_row_pack(const struct payrow *row, struct buf *out, struct error *e);
int	record_row_unpack(struct payrow *row, const void *p, size_t len, struct error *e);
/* For qsort: as recorded, then by id and movement. */
int	record_row_by_recorded(const void *a, const void *b);

/* Names to enums; -1 where unknown. */
int	record_move_find(const char *name);
int	record_status_find(const char *name);
int	record_disposition_find(const char *name);

#endif
