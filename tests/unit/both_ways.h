/*
 * both_ways.h -- an activity download read in full, and with payments in short that are then made
 * again: what comes out, to the last field and error, as text.  For unit tests and the fuzzer.
 */
#ifndef DAYBOOK_BOTH_WAYS_H
#define DAYBOOK_BOTH_WAYS_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "money.h"
#include "report/report.h"

struct both_ways {
	int			 fd;
	struct buf		 text;
	size_t			 plain;		/* rows that came in short */
	struct report_again	*again;
	const char		*fault;		/* a promise broken, or NULL */
};

static inline int
both_row(void *arg, const struct report_row *r, struct error *e)
{
	struct both_ways *b = arg;

	return buf_addf(&b->text, e, "%zu|%s|%s|%d|%d|%d|%d|%s|%s|%s|%s|%s|%s|%s|%d|%s|%s|%s|%s|%lld|%lld|%d|%lld|"
	    "%d|%lld|%lld\n", r->line, r->type, r->status_text, (int)r->move, r->known_type, (int)r->status,
	    r->moves_balance, r->id, r->reference, r->payer, r->payer_id, r->own, r->name, r->invoice,
	    r->mass_pay, r->code, r->home == NULL ? "" : r->home, r->subject, r->currency,
	    (long long)r->gross, (long long)r->fee, r->fee_known, (long long)r->net, r->has_balance,
	    (long long)r->balance, (long long)r->event);
}

static inline int
both_control(void *arg, const struct report_control *c, struct error *e)
{
	struct both_ways *b = arg;

	return buf_addf(&b->text, e, "control %zu|%s|%lld|%lld|%lld|%d|%s|%s\n", c->line, c->currency,
	    (long long)c->stated, (long long)c->computed, (long long)c->event, c->balance, c->id, c->text);
}

static inline int
both_plain(void *arg, const struct report_plain *p, const char *own, struct error *e)
{
	struct both_ways *b = arg;
	struct report_row r;

	b->plain++;
	if (b->again->row(b->again, b->fd, p, &r, e) == -1)
		return -1;
	if (r.move != MOVE_PAYMENT || !r.moves_balance || r.status != FACT_COMPLETED || !r.fee_known ||
	    r.mass_pay || !r.known_type || r.reference[0] != '\0')
		b->fault = "no ordinary payment came in short";
	if (r.event != p->event || r.line != p->line || r.gross != p->gross || r.fee != p->fee ||
	    r.has_balance != p->has_balance || r.balance != p->balance || strcmp(r.id, p->id) != 0 ||
	    memcmp(r.currency, money_code(p->currency), 3) != 0 || strcmp(r.own, own) != 0)
		b->fault = "a row is not what came in short";
	return both_row(b, &r, e);
}

static inline void
both_again(void *arg, struct report_again *a)
{
	struct both_ways *b = arg;

	b->again = a;
}

/* Ends with the error's text, where there is one. */
static inline void
both_read(struct both_ways *b, int fd, const struct report_options *o, int in_short)
{
	struct report_sink sink = { .arg = b, .row = both_row, .control = both_control };
	struct error e = { 0 }, ignored = { 0 };

	memset(b, 0, sizeof(*b));
	b->fd = fd;
	b->text = (struct buf)BUF_INIT((size_t)1 << 30);
	if (in_short) {
		sink.plain = both_plain;
		sink.again = both_again;
	}
	if (lseek(fd, 0, SEEK_SET) != 0)
		abort();
	/* Of a file that fails nothing counts but the error. */
	if (report_paypal_activity.read(fd, "f", o, &sink, &e) == -1) {
		buf_clear(&b->text);
		(void)buf_addf(&b->text, &ignored, "error %d %s\n", (int)e.code, e.text);
	}
	(void)buf_add(&b->text, "", 1, &ignored);
	if (b->again != NULL)
		b->again->free(b->again);
	b->again = NULL;
}

static inline void
both_free(struct both_ways *b)
{
	buf_free(&b->text);
}

#endif
