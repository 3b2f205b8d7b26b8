/*
 * outbox -- messages to be sent, SITE/outbox/: one file each, whose folder is its state.
 *
 *	new/ID		waits to be sent			queued
 *	going/ID	its last byte may have left		sending; without a sender: uncertain
 *	doubt/ID	nobody can tell whether it arrived	uncertain
 *	failed/ID	the server will not have it		failed
 *	done/ID		a small record, the message is gone	sent or dropped
 *	try/ID		how often, when again, the last answer (may be missing)
 *
 * Never sent twice: a message leaves new/ (rename, both folders synced) before the last byte of it
 * goes out, and only new/ is sent from.  So a crash leaves it in going/, from where nothing but a
 * person's outbox_retry brings it back, under the same Message-ID.  A name in done/ outweighs the
 * same name elsewhere; what a crash left beside it is removed by the next sender.
 * An id is made from what is sent to whom: put a second time, in any state, it changes nothing.
 */
#ifndef DAYBOOK_OUTBOX_H
#define DAYBOOK_OUTBOX_H

#include <jansson.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "lock.h"
#include "mime.h"

#define OUTBOX_ID		33
#define OUTBOX_MESSAGE_MAX	((size_t)256 << 20)	/* no mail server takes more */

enum outbox_state {
	OUTBOX_QUEUED, OUTBOX_SENDING, OUTBOX_UNCERTAIN, OUTBOX_FAILED, OUTBOX_SENT, OUTBOX_DROPPED,
	OUTBOX_STATES
};
extern const char *const outbox_state_name[OUTBOX_STATES];

struct outbox_item {
	char		 id[OUTBOX_ID];
	char		 kind[16];		/* what it is: "pack", "notice", "evidence" */
	char		 from[MIME_ADDRESS], to[MIME_ADDRESS];
	char		 message_id[200], subject[600];
	json_t		*about;			/* what the kind wants to know later; owned, may be NULL */
	int64_t		 queued;		/* when it was put */
	enum outbox_state state;
	int		 attempts;
	int64_t		 next;			/* not to be tried before; 0: at once */
	int64_t		 changed;		/* last attempt, or when it was sent or dropped; 0: never */
	char		 answer[256];		/* of the server, or what went wrong; "" none */
	int64_t		 size;
};

struct outbox;

/* site: O_DIRECTORY of the site; folders are made where they are missing.  ERR_IO. */
int	outbox_open(struct outbox **o, int site, struct error *e);
void	outbox_close(struct outbox *o);
void	outbox_item_free(struct outbox_item *it);

/* Id from the kind and what makes the message the one it is. */
void	outbox_id(char id[OUTBOX_ID], const char *kind, const char *what, const char *to);
/* 1 known in some state, 0, -1. */
int	outbox_known(struct outbox *o, const char *id, struct error *e);
/* Durably queued: 0; 1 where it is known already (nothing written).  Borrows everything. */
int	outbox_put(struct outbox *o, const struct outbox_item *it, const struct buf *message, int64_t now,
	    struct error *e);
/* All, oldest first; what fn is given lives for the call.  A damaged file shows as failed, its answer says so. */
typedef int outbox_fn(void *arg, const struct outbox_item *it, struct error *e);
int	outbox_each(struct outbox *o, outbox_fn *fn, void *arg, struct error *e);
/* One by id; ERR_NOTFOUND. */
int	outbox_get(struct outbox *o, const char *id, struct outbox_item *it, struct error *e);

/* ---- for people ---- */

/* uncertain or failed -> queued, due at once; who: kept.  ERR_CONFLICT in another state. */
int	outbox_retry(struct outbox *o, const char *id, const char *who, int64_t now, struct error *e);
/* queued, uncertain or failed -> dropped.  ERR_CONFLICT in another state. */
int	outbox_drop(struct outbox *o, const char *id, const char *who, int64_t now, struct error *e);

/* ---- for the one who sends ---- */

/* The only sender from here to lock_drop; what an earlier one left in going/ is uncertain now.
 * ERR_AGAIN: another is at it. */
int	outbox_sender(struct outbox *o, struct lock *l, int64_t now, struct error *e);
/* The bytes of one queued, checked against the digest they were put with (ERR_CORRUPT). */
int	outbox_message(struct outbox *o, const char *id, struct buf *message, struct error *e);
/* Right before the last byte goes out: queued -> sending, durably. */
int	outbox_going(struct outbox *o, const char *id, struct error *e);
/* What became of it; answer is one line.  later: queued or sending -> queued until next. */
int	outbox_later(struct outbox *o, const char *id, const char *answer, int64_t now, int64_t next,
	    struct error *e);
int	outbox_sent(struct outbox *o, const char *id, const char *answer, int64_t now, struct error *e);
int	outbox_failed(struct outbox *o, const char *id, const char *answer, int64_t now, struct error *e);
int	outbox_doubt(struct outbox *o, const char *id, const char *answer, int64_t now, struct error *e);

#endif
