/*
 * post_clock -- what no message brings: overdue parents, changed settings, how things stand (post.h).
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "desk.h"
#include "durable.h"
#include "post_priv.h"
#include "text.h"

#define SWEEP_AGE_S	(36 * 3600)

static int
own_record(struct post *p, struct record *r, int64_t now)
{
	struct message bare;
	unsigned char rnd[8];
	char hex[17];

	(void)p;
	memset(&bare, 0, sizeof(bare));
	post_begin_record(r, &bare, now);
	post_set_text(r->origin, sizeof(r->origin), "post");
	randombytes_buf(rnd, sizeof(rnd));
	text_hex(hex, rnd, sizeof(rnd));
	(void)snprintf(r->id, sizeof(r->id), "post-%lld-%s", (long long)(now / MOMENT_SECOND), hex);
	r->disposition = DISP_NOTED;
	return 0;
}

/* A refund whose payment did not come in a week is for a person to look at. */
static int
overdue_parents(struct post *p, int which, int64_t now, struct error *e)
{
	struct books_message bm;
	struct payrow row;
	struct record r;
	struct books *b;
	struct also *a;
	size_t i;
	int rc;

	if (shelf_book(&p->shelf, which, &b, e) == -1)
		return -1;
	own_record(p, &r, now);
	for (i = 0; (rc = books_waiting(b, i, &row, e)) == 1; i++) {
		if (row.recorded > now - POST_PARENT_DAYS * MOMENT_DAY_US || row.move == MOVE_DISPUTE)
			continue;
		if ((rc = books_message(b, row.message, &bm, e)) == -1)
			break;
		if (rc == 0 || bm.disposition != DISP_WAITING)
			continue;
		if ((a = record_also(&r, e)) == NULL) {
			rc = -1;
			break;
		}
		post_set_text(a->id, sizeof(a->id), row.message);
		a->disposition = DISP_HELD;
		post_set_text(a->reason, sizeof(a->reason), "unknown-parent");
	}
	if (rc != -1 && r.nalso > 0) {
		r.act = json_pack("{s:s,s:i}", "verb", "parent-overdue", "days", POST_PARENT_DAYS);
		rc = books_add(b, &r, now, e);
		if (rc == 0)
			rc = books_commit(b, e);
	}
	record_free(&r);
	return rc == -1 ? -1 : 0;
}

/* daybook.json is edited by hand; what it says from when on is part of the record. */
static int
note_settings(struct post *p, int64_t now, struct error *e)
{
	struct books *reg;
	struct record r;
	json_t *was = NULL;
	int rc;

	if (shelf_book(&p->shelf, BOOK_REGISTER, &reg, e) == -1 ||
	    books_data(reg, "settings", "daybook.json", &was, e) == -1)
		return -1;
	if (was != NULL && json_equal(was, p->site->root)) {
		json_decref(was);
		return 0;
	}
	json_decref(was);
	own_record(p, &r, now);
	r.act = json_pack("{s:s}", "verb", "settings-changed");
	r.data = json_pack("{s:[[s,s,O]]}", "put", "settings", "daybook.json", p->site->root);
	rc = r.data == NULL ? error_set(e, ERR_IO, "post: no memory") : books_add(reg, &r, now, e);
	if (rc == 0)
		rc = books_commit(reg, e);
	record_free(&r);
	return rc;
}

int
post_standing(struct post *p, struct error *e)
{
	struct books_counts c;
	struct books *b;
	int i;

	p->counts->standing_held = p->counts->standing_unallocated = 0;
	for (i = BOOK_LIVE; i <= BOOK_TEST; i++) {
		if (shelf_book(&p->shelf, i, &b, e) == -1 || books_counts(b, &c, e) == -1)
			return -1;
		p->counts->standing_held += c.held;
		p->counts->standing_unallocated += c.unallocated;
		p->counts->standing_waiting = (i == BOOK_LIVE ? 0 : p->counts->standing_waiting) + c.waiting;
	}
	return 0;
}

/* What killed programs left unfinished. */
static void
sweep(const struct post *p, int64_t now)
{
	static const char *const folders[] = { ".", "integrations", "secrets", "register", "books/live",
	    "books/live/reports", "books/test", "books/test/reports" };
	size_t i;

	spool_sweep(p->site->fd, now, SWEEP_AGE_S);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		durable_sweep(p->site->fd, folders[i], now / MOMENT_SECOND - SWEEP_AGE_S);
}

/* Begin of a run, and hourly: what no message brings. */
int
post_own_clock(struct post *p, int64_t now, struct error *e)
{
	if (p->opt->desk_only || now - p->last_overdue < 3600 * MOMENT_SECOND)
		return 0;
	p->last_overdue = now;
	sweep(p, now);
	if (post_open_books(p, e) == -1 || note_settings(p, now, e) == -1 ||
	    overdue_parents(p, BOOK_LIVE, now, e) == -1 || overdue_parents(p, BOOK_TEST, now, e) == -1)
		return -1;
	return 0;
}
