/*
 * courier -- see courier.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "courier.h"
#include "mail.h"
#include "moment.h"
#include "outbox.h"

#define PAUSE_FIRST	(60 * MOMENT_SECOND)
#define PAUSE_MAX	(3600 * MOMENT_SECOND)
#define GIVE_UP		(5 * MOMENT_DAY_US)	/* RFC 5321, 4.5.4.1: at least 4-5 days */

struct due {
	char	id[OUTBOX_ID], to[MIME_ADDRESS];
	int	attempts;
	int64_t	queued;
};

struct round {
	int64_t			 now;
	struct courier_counts	*n;
	struct due		*v;
	size_t			 ndue;
};

static int
look(void *arg, const struct outbox_item *it, struct error *e)
{
	struct round *r = arg;
	struct due *more;

	r->n->queued += it->state == OUTBOX_QUEUED || it->state == OUTBOX_SENDING;
	r->n->failed += it->state == OUTBOX_FAILED;
	r->n->doubtful += it->state == OUTBOX_UNCERTAIN;
	if (it->state != OUTBOX_QUEUED || it->next > r->now)
		return 0;
	if ((r->ndue & (r->ndue - 1)) == 0) {
		if ((more = realloc(r->v, (r->ndue == 0 ? 1 : r->ndue * 2) * sizeof(*more))) == NULL)
			return error_sys(e, "outbox");
		r->v = more;
	}
	memset(&r->v[r->ndue], 0, sizeof(*r->v));
	memcpy(r->v[r->ndue].id, it->id, sizeof(it->id));
	memcpy(r->v[r->ndue].to, it->to, sizeof(it->to));
	r->v[r->ndue].attempts = it->attempts;
	r->v[r->ndue++].queued = it->queued;
	return 0;
}

/* Fresh ones first: one on which the server chokes does not hold up the others. */
static int
by_attempts(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->attempts != y->attempts)
		return x->attempts < y->attempts ? -1 : 1;
	return x->queued != y->queued ? (x->queued < y->queued ? -1 : 1) : strcmp(x->id, y->id);
}

static int64_t
pause_after(int attempts)
{
	int64_t p = PAUSE_FIRST;

	while (attempts-- > 0 && p < PAUSE_MAX)
		p *= 2;
	return p < PAUSE_MAX ? p : PAUSE_MAX;
}

struct one {
	struct outbox	*o;
	const char	*id;
};

static int
going(void *arg, struct error *e)
{
	const struct one *one = arg;

	return outbox_going(one->o, one->id, e);
}

static void
say(courier_tell *tell, void *arg, const struct due *d, const char *what, const char *answer)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "mail %s to %s: %s: %s", d->id, d->to, what, answer);
	tell(arg, line);
}

/* 1: the server itself is not to be had, the others can wait too. */
static int
deliver(struct outbox *o, struct mail *m, const struct due *d, int64_t (*clock)(void), courier_tell *tell,
    void *arg, struct courier_counts *n, struct error *e)
{
	struct buf message = BUF_INIT(OUTBOX_MESSAGE_MAX + 65536);
	struct one one = { o, d->id };
	struct mail_result r;
	struct error why = { 0 };
	int64_t now;
	int rc;

	memset(&r, 0, sizeof(r));
	if (outbox_message(o, d->id, &message, &why) == -1) {
		buf_free(&message);
		if (why.code != ERR_CORRUPT) {
			*e = why;
			return -1;
		}
		r.outcome = MAIL_REFUSED;
		(void)snprintf(r.answer, sizeof(r.answer), "%.250s", why.text);
	} else {
		rc = mail_send(m, d->to, &message, going, &one, &r, e);
		buf_free(&message);
		if (rc == -1)
			return -1;
	}
	now = clock();
	if (r.outcome == MAIL_LATER && now - d->queued > GIVE_UP)
		r.outcome = MAIL_REFUSED;
	switch (r.outcome) {
	case MAIL_SENT:
		n->sent++;
		n->queued--;
		return outbox_sent(o, d->id, r.answer, now, e);
	case MAIL_REFUSED:
		n->refused++;
		n->failed++;
		n->queued--;
		say(tell, arg, d, "failed", r.answer);
		return outbox_failed(o, d->id, r.answer, now, e);
	case MAIL_UNCERTAIN:
		n->uncertain++;
		n->doubtful++;
		n->queued--;
		say(tell, arg, d, "uncertain, it may have arrived", r.answer);
		return outbox_doubt(o, d->id, r.answer, now, e);
	case MAIL_LATER:
		break;
	}
	n->later++;
	say(tell, arg, d, "not now", r.answer);
	rc = outbox_later(o, d->id, r.answer, now, now + pause_after(d->attempts), e);
	return rc == -1 ? -1 : r.server;
}

int
courier_run(const struct site *s, int64_t (*clock)(void), courier_tell *tell, void *arg,
    struct courier_counts *n, struct error *e)
{
	struct round r = { .now = clock(), .n = n };
	struct mail_settings ms;
	struct outbox *o = NULL;
	struct mail *m = NULL;
	struct lock l = LOCK_INIT;
	size_t i;
	int rc = -1, got;

	memset(n, 0, sizeof(*n));
	if (outbox_open(&o, s->fd, e) == -1 || outbox_sender(o, &l, r.now, e) == -1 ||
	    outbox_each(o, look, &r, e) == -1)
		goto out;
	if (r.ndue == 0) {
		rc = 0;
		goto out;
	}
	qsort(r.v, r.ndue, sizeof(*r.v), by_attempts);
	if ((got = mail_settings(s, &ms, e)) == 0)
		error_set(e, ERR_CONFIG, "daybook.json: mail: %zu messages wait and no server is named",
		    r.ndue);
	if (got != 1 || mail_open(&m, s, &ms, e) == -1)
		goto out;
	rc = 0;
	for (i = 0; i < r.ndue && rc == 0; i++)
		rc = deliver(o, m, &r.v[i], clock, tell, arg, n, e);
	if (rc == 1)
		rc = 0;
out:
	mail_close(m);
	free(r.v);
	lock_drop(&l);
	outbox_close(o);
	return rc;
}
