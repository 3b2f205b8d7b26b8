/*
 * match_masspay -- the third side of Mass Pay: what was meant (registered upload files) against what
 * notifications and reports booked, item by item (masspay.h), with holds, returns and batch fees.
 *
 * All of it follows from the books as they are, so every run finds it anew, whatever file it was given:
 * a break of these kinds that is not found any more is resolved.  Breaks between file and books carry
 * "item", those of holds "hold"; the others are known by their category.
 */
#include <stdio.h>
#include <string.h>

#include "breaks.h"
#include "masspay_load.h"
#include "match_priv.h"
#include "report/masspay_upload.h"

#define FEE_HOURS	2		/* a batch's fee row stands within seconds of its items */

int
match_masspay_file(const struct match *m)
{
	return m->o->format == &report_masspay || m->o->format == &report_masspay_results;
}

/* ---- breaks ---- */

struct kind {				/* of a break: what it is about, and until when it is expected */
	const char	*category, *payment;
	const char	*item, *hold;	/* "" none */
	const char	*due;		/* the day it becomes open; "" it is open */
};

static int
tell(struct match *m, const struct kind *k, const char *currency, const struct match_amounts *a,
    const struct match_row *row, int64_t event, const char *text)
{
	char id[BREAKS_ID];
	json_t *b;

	if (match_break(m, k->category, k->payment, currency, a, row, event, k->due[0] != '\0' &&
	    strcmp(k->due, m->today) > 0, "%s", text) == -1)
		return -1;
	breaks_id(m->o->account, k->category, k->payment, currency, "", id);
	if ((b = json_object_get(m->found, id)) == NULL)
		return 0;
	if ((k->due[0] != '\0' && strcmp(k->due, m->today) > 0 &&
	    json_object_set_new(b, "due", json_string(k->due)) == -1) ||
	    (k->item[0] != '\0' && json_object_set_new(b, "item", json_string(k->item)) == -1) ||
	    (k->hold[0] != '\0' && json_object_set_new(b, "hold", json_string(k->hold)) == -1))
		return error_set(m->e, ERR_IO, "reconcile: no memory");
	return 0;
}

/* n days behind the day of that moment, and the window for reports to come. */
static void
due_after(const struct match *m, int64_t event, int n, char out[MOMENT_DAY])
{
	char day[MOMENT_DAY];

	moment_day_add(moment_day(event, day), n + m->s->window_days + 1, out);
}

int
match_masspay_break(const json_t *b)
{
	static const char *const mine[] = { "unregistered-payout", "unclaimed", "returned", "batch-incomplete" };
	const char *category = breaks_text(b, "category");
	size_t i;

	for (i = 0; i < sizeof(mine) / sizeof(mine[0]); i++)
		if (strcmp(category, mine[i]) == 0)
			return 1;
	return json_object_get(b, "item") != NULL;
}

/* ---- holds ---- */

/* What of the hold is still held: 0 released, or not in the books. */
static int
held(struct match *m, struct books *b, const char *id, struct payrow *hold, int64_t *left)
{
	struct payrow row;
	size_t i;
	int rc = books_row(b, m->o->account, MOVE_HOLD, id, hold, m->e);

	*left = 0;
	if (rc != 1 || !hold->booked)
		return rc == -1 ? -1 : 0;
	*left = hold->gross;
	for (i = 0; (rc = books_child(b, m->o->account, id, i, &row, m->e)) == 1; i++)
		if (row.move == MOVE_RELEASE && row.booked && money_add(left, row.gross, m->e) == -1)
			return -1;
	return rc;
}

static int
tell_hold(struct match *m, struct books *b, const char *id)
{
	char due[MOMENT_DAY], found[BREAKS_ID];
	struct payrow hold;
	int64_t left;

	if (held(m, b, id, &hold, &left) == -1)
		return -1;
	if (left == 0)
		return 0;
	breaks_id(m->o->account, "batch-incomplete", id, hold.currency, "", found);
	if (json_object_get(m->found, found) != NULL)
		return 0;
	due_after(m, hold.event, 0, due);
	return tell(m, &(struct kind){ "batch-incomplete", id, "", id, due }, hold.currency,
	    &(struct match_amounts){ 0, 1, 0, left }, NULL, hold.event,
	    "money was held for a batch and is not released yet");
}

static int
holds(struct match *m, struct books *b, const struct masspay *mp)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->v[i].r.move == MOVE_HOLD && strcmp(m->v[i].r.code, "T1503") == 0 &&
		    m->v[i].outcome == ROW_MATCHED && tell_hold(m, b, m->v[i].r.id) == -1)
			return -1;
	for (i = 0; i < mp->npayouts; i++) {	/* a report's payouts name the hold of their batch */
		const struct payrow *p = &mp->payouts[i].row;

		if (p->parent[0] == '\0' || strncmp(p->id, "uid:", 4) == 0 || strcmp(p->parent, last) == 0)
			continue;
		last = p->parent;
		if (tell_hold(m, b, last) == -1)
			return -1;
	}
	return 0;
}

/* ---- payouts and items ---- */

static int
tell_payout(struct match *m, const struct masspay *mp, const struct masspay_payout *p)
{
	const struct masspay_item *it = p->item == MASSPAY_NONE ? NULL : &mp->items[p->item];
	const struct payrow *row = &p->row;
	struct match_amounts a = { 0, 1, 0, row->gross };
	char due[MOMENT_DAY], back[MOMENT_DAY], text[256];
	int out = masspay_out(row);

	if (!row->booked || (m->opening != 0 && row->event < m->opening))
		return 0;
	if (out && it == NULL && tell(m, &(struct kind){ "unregistered-payout", row->id, "", "", "" },
	    row->currency, &a, NULL, row->event, p->ambiguous ? "several registered items would fit this payout, "
	    "and no unique id says which" : "no registered batch has this payout: daybook-masspay register FILE") == -1)
		return -1;
	if (out && it != NULL && it->cancelled != 0) {
		(void)snprintf(text, sizeof(text), "paid, though item %s was cancelled", it->key);
		if (tell(m, &(struct kind){ "unregistered-payout", row->id, "", "", "" }, row->currency, &a, NULL,
		    row->event, text) == -1)
			return -1;
	}
	if (out && row->status == PAY_UNCLAIMED) {
		due_after(m, row->event, MASSPAY_DAYS, due);
		(void)snprintf(text, sizeof(text), "nobody has claimed it yet; %s %s, else the money comes back",
		    "the payee has until", masspay_due(row, back));
		if (tell(m, &(struct kind){ "unclaimed", row->id, "", "", due }, row->currency, &a, NULL, row->event,
		    text) == -1)
			return -1;
	}
	if (it == NULL)
		return 0;
	if (strcmp(it->currency, row->currency) != 0 || it->amount != -row->gross) {
		int other = strcmp(it->currency, row->currency) != 0;

		a = (struct match_amounts){ 1, 1, -it->amount, row->gross };
		(void)snprintf(text, sizeof(text), "item %s was meant as another %s than what was paid as %s", it->key,
		    other ? "currency" : "amount", row->id);
		if (out && tell(m, &(struct kind){ other ? "currency" : "amount", it->key, it->key, "", "" },
		    it->currency, &a, NULL, row->event, text) == -1)
			return -1;
	}
	if (masspay_state(mp, it) != MASSPAY_RETURNED)
		return 0;
	a = (struct match_amounts){ 0, 1, 0, row->gross };
	(void)snprintf(text, sizeof(text), "the money came back, item %s is owed again: cancel it, and register it "
	    "anew where it is to be paid", it->key);
	return tell(m, &(struct kind){ "returned", row->id, it->key, "", "" }, row->currency, &a, NULL, row->event,
	    text);
}

/* When the first of a batch's items was seen; 0: none was. */
static int64_t
run_since(const struct masspay *mp, size_t batch)
{
	int64_t first = 0;
	size_t i;

	for (i = 0; i < mp->nitems; i++) {
		const struct masspay_item *it = &mp->items[i];

		if (it->batch == batch && it->payout != MASSPAY_NONE &&
		    (first == 0 || mp->payouts[it->payout].row.event < first))
			first = mp->payouts[it->payout].row.event;
	}
	return first;
}

static int
tell_item(struct match *m, const struct masspay *mp, const struct masspay_item *it, int64_t since)
{
	struct match_amounts a = { 1, 0, -it->amount, 0 };
	enum masspay_state st = masspay_state(mp, it);
	char due[MOMENT_DAY] = "", text[256];

	if (st == MASSPAY_FAILED || st == MASSPAY_DENIED) {
		since = mp->payouts[it->payout].row.event;
		(void)snprintf(text, sizeof(text), "%s: not paid, still owed: cancel it, and register it anew where it "
		    "is to be paid", masspay_state_name[st]);
	} else if (st == MASSPAY_REGISTERED && since != 0) {
		due_after(m, since, 0, due);
		(void)snprintf(text, sizeof(text), "its batch was run, but neither a notification nor a report has "
		    "this item");
	} else
		return 0;
	return tell(m, &(struct kind){ "batch-incomplete", it->key, it->key, "", due }, it->currency, &a, NULL,
	    since, text);
}

/* Batches by their items, which stand in order. */
static int
items(struct match *m, const struct masspay *mp)
{
	char due[MOMENT_DAY];
	size_t at = MASSPAY_NONE, i;
	int64_t since = 0, owed;

	for (i = 0; i < mp->nitems; i++) {
		const struct masspay_item *it = &mp->items[i];
		const struct masspay_batch *b = &mp->batches[it->batch];
		size_t k;

		if (b->advice)
			continue;
		if (it->batch != at) {
			at = it->batch;
			since = run_since(mp, at);
			for (k = i, owed = 0; since == 0 && k < mp->nitems && mp->items[k].batch == at; k++)
				owed += masspay_owed(mp, &mp->items[k]);
			due_after(m, b->registered, MASSPAY_DAYS, due);
			if (since == 0 && owed != 0 && tell(m, &(struct kind){ "batch-incomplete", b->id, "", "", due },
			    b->currency, &(struct match_amounts){ 1, 0, -owed, 0 }, NULL, b->registered,
			    "registered, and nothing of it was seen yet") == -1)
				return -1;
		}
		if (tell_item(m, mp, it, since) == -1)
			return -1;
	}
	return 0;
}

/* ---- the files themselves ---- */

static int
unregistered_file(struct match *m, const struct masspay *mp, int file)
{
	char id[MASSPAY_BATCH];
	int64_t total = 0;
	const char *ccy = "";
	size_t i;

	for (i = 0; i < mp->nbatches; i++)
		if (strcmp(mp->batches[i].sha256, m->file[file].sha256) == 0)
			return 0;
	for (i = 0; i < m->n; i++)
		if (m->v[i].file == file) {
			ccy = m->v[i].r.currency;
			if (money_add(&total, m->v[i].r.gross, m->e) == -1)
				return -1;
		}
	masspay_batch_id(id, m->file[file].sha256);
	return tell(m, &(struct kind){ "batch-incomplete", id, "", "", "" }, ccy,
	    &(struct match_amounts){ 1, 0, total, 0 }, NULL, 0, "this upload file is not registered: "
	    "daybook-masspay register FILE");
}

/* A line of an upload file stands for its item, and that for a payout. */
static void
upload_line(const struct match *m, const struct masspay *mp, struct match_row *row)
{
	char key[MASSPAY_KEY];
	size_t i, at;

	for (i = 0; i < mp->nbatches; i++)
		if (strcmp(mp->batches[i].sha256, m->file[row->file].sha256) == 0) {
			masspay_key(key, mp->batches[i].id, row->r.line);
			at = masspay_find_item(mp, key);
			if (at == MASSPAY_NONE || mp->items[at].payout == MASSPAY_NONE)
				return;
			row->outcome = ROW_MATCHED;
			row->lmove = MOVE_PAYOUT;
			memcpy(row->lid, mp->payouts[mp->items[at].payout].row.id, sizeof(row->lid));
		}
}

/* The payout of an item of a result file: by the provider's id, else by our own. */
static int
find_result(struct match *m, struct books *b, const struct report_row *r, struct payrow *l)
{
	size_t i;
	int rc = 0;

	if (r->id[0] != '\0') {
		if ((rc = books_row(b, m->o->account, MOVE_PAYOUT, r->id, l, m->e)) != 0)
			return rc;
		for (i = 0; (rc = books_child(b, m->o->account, r->id, i, l, m->e)) == 1; i++)
			if (l->move == MOVE_PAYOUT)
				return 1;
	}
	if (rc == 0 && r->unique_id[0] != '\0' &&
	    (rc = books_unique(b, m->o->account, r->unique_id, l, m->e)) == 1 &&
	    (l->move != MOVE_PAYOUT || (r->id[0] != '\0' && strncmp(l->id, "uid:", 4) != 0)))
		rc = 0;
	return rc;
}

/* 1 where the books have just what the file says became of it. */
static int
same_fate(enum fact_status st, const struct payrow *l)
{
	switch (st) {
	case FACT_COMPLETED:
		return l->status == PAY_COMPLETED;
	case FACT_UNCLAIMED:
		return l->status == PAY_UNCLAIMED || l->status == PAY_COMPLETED || l->status == PAY_RETURNED;
	case FACT_PENDING:
		return l->booked || l->status == PAY_PENDING;
	case FACT_RETURNED:
	case FACT_REVERSED:
	case FACT_BLOCKED:
		return !masspay_out(l);
	default:
		return !masspay_out(l);
	}
}

static int
result_line(struct match *m, struct books *b, struct match_row *row)
{
	const struct report_row *r = &row->r;
	struct match_amounts a = { 1, 0, r->gross, 0 };
	struct payrow l;
	char text[256];
	int moved = r->status == FACT_COMPLETED || r->status == FACT_UNCLAIMED || r->status == FACT_PENDING;
	int rc = find_result(m, b, r, &l);
	const char *id = r->id[0] != '\0' ? r->id : r->unique_id;

	row->postable = 0;
	if (rc == -1)
		return -1;
	if (rc == 0) {
		/* What failed before it moved needs no row; what came back moved before. */
		if (!moved && r->status != FACT_RETURNED && r->status != FACT_REVERSED)
			return 0;
		row->outcome = ROW_MISSING;
		/* Without the provider's id it may be booked under it already, from a report that knows
		 * nothing of ours: a person says so, or the report does. */
		row->postable = r->id[0] != '\0';
		m->missing++;
		(void)snprintf(text, sizeof(text), "%s: the books don't have it%s", r->status_text,
		    r->id[0] == '\0' ? "; without a transaction id it is not booked by itself" : "");
		return tell(m, &(struct kind){ "missing-in-ledger", id, "", "", "" }, r->currency, &a, row, r->event,
		    text);
	}
	row->outcome = ROW_DIFFERS;
	row->lmove = MOVE_PAYOUT;
	memcpy(row->lid, l.id, sizeof(row->lid));
	a = (struct match_amounts){ 1, 1, r->gross, l.gross };
	if (strcmp(l.currency, r->currency) != 0)
		return tell(m, &(struct kind){ "currency", id, "", "", "" }, r->currency, &a, row, l.event,
		    "another currency in the books");
	if (l.gross != r->gross)
		return tell(m, &(struct kind){ "amount", id, "", "", "" }, r->currency, &a, row, l.event,
		    "another amount in the books");
	if (!same_fate(r->status, &l)) {
		row->postable = 1;
		(void)snprintf(text, sizeof(text), "the result file says %s, the books %s", r->status_text,
		    record_status_name[l.status]);
		return tell(m, &(struct kind){ "status", id, "", "", "" }, r->currency, &a, row, l.event, text);
	}
	if (moved && r->fee_known && r->fee != 0 && l.fee_known && l.fee != 0 && r->fee != l.fee) {
		a = (struct match_amounts){ 1, 1, r->fee, l.fee };
		return tell(m, &(struct kind){ "fee", id, "", "", "" }, r->currency, &a, row, l.event,
		    "another fee in the books");
	}
	row->outcome = ROW_MATCHED;
	m->matched++;
	return 0;
}

static int
files(struct match *m, struct books *b, const struct masspay *mp)
{
	size_t i;
	int f;

	if (!match_masspay_file(m))
		return 0;
	m->memo = 0;
	for (i = 0; i < m->n; i++) {
		if (m->o->format == &report_masspay_results) {
			if (result_line(m, b, &m->v[i]) == -1)
				return -1;
		} else {
			upload_line(m, mp, &m->v[i]);
			m->matched += m->v[i].outcome == ROW_MATCHED;
		}
		m->memo += m->v[i].outcome == ROW_MEMO;
	}
	for (f = 0; m->o->format == &report_masspay && f < m->nfiles; f++)
		if (unregistered_file(m, mp, f) == -1)
			return -1;
	return 0;
}

/* ---- all of it ---- */

int
match_masspay(struct match *m, struct books *b)
{
	struct masspay mp = { 0 };
	size_t i;
	int rc = masspay_load(b, m->o->account, &mp, m->e);

	for (i = 0; i < mp.npayouts && rc == 0; i++)
		rc = tell_payout(m, &mp, &mp.payouts[i]);
	if (rc == 0)
		rc = items(m, &mp) == -1 || holds(m, b, &mp) == -1 || files(m, b, &mp) == -1 ? -1 : 0;
	masspay_free(&mp);
	return rc;
}

const char *
match_masspay_cleared(struct match *m, struct books *b, const json_t *old, int *rc)
{
	const char *payment = breaks_text(old, "payment_id"), *hold = breaks_text(old, "hold");
	struct payrow row;
	json_t *batch;
	int64_t left;

	*rc = 0;
	if (hold[0] != '\0') {
		*rc = held(m, b, hold, &row, &left);
		return *rc == -1 || left != 0 ? NULL : "the money was released";
	}
	if (strcmp(breaks_text(old, "category"), "batch-incomplete") != 0)
		return strcmp(breaks_text(old, "category"), "unregistered-payout") == 0 ? "it is registered, or came "
		    "back" : "it went on";
	if (json_object_get(old, "item") != NULL)
		return "it was seen, or cancelled";
	/* An upload file nobody registered: only the file shows it. */
	if ((*rc = books_data(b, "batch", payment, &batch, m->e)) == 1) {
		json_decref(batch);
		*rc = 0;
		return "its batch went on";
	}
	return NULL;
}

/* ---- the batch's fee, in a row of its own ---- */

static int
is_batch_fee(const struct match *m, const struct match_row *row)
{
	size_t i;

	if (row->r.move != MOVE_FEE || row->r.gross >= 0 || !row->r.moves_balance)
		return 0;
	if (strcmp(row->r.code, "T0104") == 0)
		return 1;
	for (i = 0; i < m->n && row->r.reference[0] != '\0'; i++)
		if (m->v[i].r.move == MOVE_PAYOUT && strcmp(m->v[i].r.reference, row->r.reference) == 0)
			return 1;
	return 0;
}

static int
near_fee(int64_t event, int64_t fee)
{
	int64_t apart = event - fee;

	return (apart < 0 ? -apart : apart) <= FEE_HOURS * 3600 * MOMENT_SECOND;
}

static int
around(const struct report_row *r, const struct report_row *fee)
{
	return r->move == MOVE_PAYOUT && r->moves_balance && strcmp(r->currency, fee->currency) == 0 &&
	    near_fee(r->event, fee->event);
}

/*
 * A fee's row that names no batch is of the one whose items stand around it, if it is one.  Where they
 * name none either, they name that row from now on: what a notification says later of their fees is
 * known to be in it.
 */
static void
name_batch(struct match *m, struct report_row *fee)
{
	const char *batch = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct report_row *r = &m->v[i].r;

		if (!around(r, fee))
			continue;
		if (batch != NULL && strcmp(batch, r->reference) != 0)
			return;
		batch = r->reference;
	}
	if (batch == NULL)
		return;
	memcpy(fee->reference, batch[0] != '\0' ? batch : fee->id, sizeof(fee->reference));
	for (i = 0; i < m->n; i++)
		if (around(&m->v[i].r, fee))
			memcpy(m->v[i].r.reference, fee->reference, sizeof(fee->reference));
}

void
match_masspay_prepare(struct match *m)
{
	size_t i, k;

	for (i = 0; i < m->n; i++) {
		if (!is_batch_fee(m, &m->v[i]))
			continue;
		if (m->v[i].r.reference[0] == '\0')
			name_batch(m, &m->v[i].r);
		/* What it costs stands there: a 0 with the item says nothing. */
		for (k = 0; k < m->n; k++)
			if (m->v[k].r.move == MOVE_PAYOUT && m->v[k].r.fee == 0 &&
			    strcmp(m->v[k].r.reference, m->v[i].r.reference) == 0)
				m->v[k].r.fee_known = 0;
	}
}

struct fees {				/* what the books have of a batch's items */
	struct match	*m;
	struct books	*b;
	int64_t		 sum;
	size_t		 n;
};

static int
add_item(struct fees *f, const char *id)
{
	struct payrow l;
	size_t i;
	int rc = books_row(f->b, f->m->o->account, MOVE_PAYOUT, id, &l, f->m->e);

	for (i = 0; rc == 0 && (rc = books_child(f->b, f->m->o->account, id, i, &l, f->m->e)) == 1; i++) {
		if (l.move == MOVE_PAYOUT)
			break;
		rc = 0;
	}
	if (rc != 1 || !l.booked)
		return rc == -1 ? -1 : 0;
	f->n++;
	return money_add(&f->sum, l.fee, f->m->e);
}

/* Its items: those of this report, else those that a report brought before, else by the hour. */
static int
batch_items(struct fees *f, const struct match_row *row)
{
	struct match *m = f->m;
	struct masspay mp = { 0 };
	struct payrow l;
	size_t i;
	int rc = 0;

	for (i = 0; i < m->n && rc == 0 && row->r.reference[0] != '\0'; i++)
		if (m->v[i].r.move == MOVE_PAYOUT && m->v[i].r.moves_balance &&
		    strcmp(m->v[i].r.reference, row->r.reference) == 0 &&
		    strcmp(m->v[i].r.currency, row->r.currency) == 0)
			rc = add_item(f, m->v[i].r.id);
	for (i = 0; f->n == 0 && rc == 0 && row->r.reference[0] != '\0' &&
	    (rc = books_child(f->b, m->o->account, row->r.reference, i, &l, m->e)) == 1; i++) {
		rc = 0;
		if (l.move == MOVE_PAYOUT && l.booked) {
			f->n++;
			rc = money_add(&f->sum, l.fee, m->e);
		}
	}
	if (f->n > 0 || rc == -1)
		return rc;
	rc = masspay_load(f->b, m->o->account, &mp, m->e);
	for (i = 0; i < mp.npayouts && rc == 0; i++) {
		const struct payrow *p = &mp.payouts[i].row;

		if (p->booked && strcmp(p->currency, row->r.currency) == 0 && near_fee(p->event, row->r.event)) {
			f->n++;
			rc = money_add(&f->sum, p->fee, m->e);
		}
	}
	masspay_free(&mp);
	return rc;
}

int
match_masspay_fee(struct match *m, struct books *b, struct match_row *row, int64_t *differs)
{
	struct fees f = { .m = m, .b = b };
	int64_t cost = -row->r.net;
	struct match_amounts a;

	*differs = 0;
	if (!is_batch_fee(m, row))
		return 0;
	if (batch_items(&f, row) == -1)
		return -1;
	/* Items booked without a fee, or none at all: the row itself is the fee. */
	if (f.sum == 0)
		return 0;
	row->postable = 0;
	row->outcome = ROW_MATCHED;
	if (f.sum == cost)
		return 1;
	row->outcome = ROW_DIFFERS;
	*differs = row->r.net + f.sum;
	a = (struct match_amounts){ 1, 1, cost, f.sum };
	return match_break(m, "fee", row->r.id, row->r.currency, &a, row, row->r.event, 0,
	    "%s: another fee than its %zu items have in the books", row->r.type, f.n) == -1 ? -1 : 1;
}
