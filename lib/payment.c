/*
 * payment -- see payment.h: payments and what happens to them afterwards.
 *
 * What a payment is worth now follows from sums of its children, never from the order in which
 * they came, so every order of the same messages ends the same.
 */
#include <string.h>

#include "money.h"
#include "payment_priv.h"

enum state { NEW, OPEN, DONE, CLOSED, STATES };
enum act { PARK, STORE, BOOK, DUP, LATE, SAME };

/* Allowed transitions for one id (providers/paypal.md 2.7); what is not here is parked. */
static const enum act table[STATES][FACT_STATUSES] = {
	[NEW] = { [FACT_PENDING] = STORE, [FACT_COMPLETED] = BOOK, [FACT_DENIED] = STORE,
	    [FACT_FAILED] = STORE, [FACT_EXPIRED] = STORE, [FACT_VOIDED] = STORE },
	[OPEN] = { [FACT_PENDING] = DUP, [FACT_COMPLETED] = BOOK, [FACT_DENIED] = STORE,
	    [FACT_FAILED] = STORE, [FACT_EXPIRED] = STORE, [FACT_VOIDED] = STORE },
	[DONE] = { [FACT_PENDING] = LATE, [FACT_COMPLETED] = SAME },
	[CLOSED] = { [FACT_PENDING] = LATE, [FACT_DENIED] = DUP, [FACT_FAILED] = DUP,
	    [FACT_EXPIRED] = DUP, [FACT_VOIDED] = DUP },
};

static const enum paystatus shown[FACT_STATUSES] = {
	[FACT_PENDING] = PAY_PENDING, [FACT_COMPLETED] = PAY_COMPLETED, [FACT_DENIED] = PAY_DENIED,
	[FACT_FAILED] = PAY_FAILED, [FACT_EXPIRED] = PAY_EXPIRED, [FACT_VOIDED] = PAY_VOIDED,
};

static enum state
state_of(const struct payrow *row)
{
	/* What a person took back is as open as it was before the books had it. */
	return row->booked ? DONE : row->status == PAY_PENDING || row->corrected ? OPEN : CLOSED;
}

void
work_judge(struct payrow *p)
{
	if (!p->booked)
		return;
	if (p->reversed > p->cancelled)
		p->status = PAY_REVERSED;
	else if (p->refunded != 0)
		p->status = p->refunded == p->gross ? PAY_REFUNDED : PAY_PARTLY_REFUNDED;
	else if (p->disputed && p->reversed == 0 && p->adjusted == 0)
		p->status = PAY_DISPUTED;
	else
		p->status = PAY_COMPLETED;
}

/* Who gets a payment: a customer, the account the caller names, or nobody yet. */
static int
find_owner(struct work *w, const struct fact *f, struct payrow *row)
{
	const char *why = NULL;
	int n;

	if (f->account[0] != '\0') {
		payment_account(row->other, f->account, "");
		return 0;
	}
	n = w->view->owner(w->view->owner_arg, f->payer_id, f->payer_email, row->customer, w->e);
	if (n != 1 && n != -1 && f->transfer && w->view->advice != NULL && (w->terms->accepts == NULL ||
	    w->terms->accepts(w->terms->accepts_arg, f->currency))) {
		int told = w->view->advice(w->view->arg, row->account, f, row->event, row->id, w->r,
		    row->customer, w->e);

		n = told == 0 ? n : told;
	}
	if (n == -1)
		return -1;
	if (w->terms->accepts != NULL && !w->terms->accepts(w->terms->accepts_arg, f->currency))
		why = "currency-not-accepted";
	else if (n != 1)
		why = n == 2 ? "payer-ambiguous" : "payer-unknown";
	if (why != NULL) {
		memset(row->customer, 0, sizeof(row->customer));
		row->unallocated = 1;
		memcpy(w->reason, why, strlen(why) + 1);
	}
	return 0;
}

/* 1 where a report already brought the conversion of that payment, under ids of its own. */
static int
converted(struct work *w, const char *id)
{
	struct payrow c;
	size_t i;
	int rc;

	for (i = 0; (rc = w->view->child(w->view->arg, w->terms->account, id, i, &c, w->e)) == 1; i++)
		if (c.move == MOVE_CONVERSION && c.booked)
			return 1;
	return rc;
}

/* The provider turned what came in into another currency at once. */
static int
convert(struct work *w, const struct fact *f, const struct payrow *row)
{
	char assets[RECORD_ACCOUNT];
	struct payrow c;
	struct entry *en;
	int rc;

	if (f->currency2[0] == '\0' || f->gross2 <= 0)
		return 0;
	if ((rc = work_row(w, MOVE_CONVERSION, row->id, &c)) != 0 || (rc = converted(w, row->id)) != 0)
		return rc == -1 ? -1 : 0;
	if (work_begin(w, f, row->id, &c) == -1)
		return -1;
	c.move = MOVE_CONVERSION;
	memcpy(c.parent, row->id, sizeof(c.parent));
	memcpy(c.currency2, f->currency2, sizeof(c.currency2));
	c.gross2 = f->gross2;
	c.gross = row->fee - row->gross;
	c.fee = 0;
	c.fee_known = 1;
	c.status = PAY_COMPLETED;
	c.booked = 1;
	payment_account(c.other, "Equity:Conversion", "");
	payment_account(assets, "Assets:", row->account);
	if ((en = record_entry(w->r, "conversion", w->e)) == NULL)
		return -1;
	memcpy(en->account, row->account, sizeof(en->account));
	memcpy(en->payment, row->id, sizeof(en->payment));
	en->event = row->event;
	if (record_leg(en, assets, c.currency, c.gross, w->e) == -1 ||
	    record_leg(en, c.other, c.currency, -c.gross, w->e) == -1 ||
	    record_leg(en, assets, c.currency2, c.gross2, w->e) == -1 ||
	    record_leg(en, c.other, c.currency2, -c.gross2, w->e) == -1)
		return -1;
	return work_put(w, &c);
}

/* ---- children ---- */

enum fate { WAITS, BOOKED, CONFLICT };

int64_t *
work_sum(struct payrow *p, enum movement move)
{
	return move == MOVE_REFUND ? &p->refunded : move == MOVE_REVERSAL ? &p->reversed :
	    move == MOVE_REVERSAL_CANCELLED ? &p->cancelled : &p->adjusted;
}

/* Book a refund, reversal ... against its payment, if that allows it: an enum fate, or -1. */
static int
book_child(struct work *w, struct payrow *row)
{
	struct payrow p;
	int64_t amount = row->gross < 0 ? -row->gross : row->gross, *sum, after;
	int rc = work_row(w, MOVE_PAYMENT, row->parent, &p);

	if (rc == -1)
		return -1;
	if (rc == 0 || !p.booked)
		return WAITS;
	if (strcmp(p.currency, row->currency) != 0)
		return CONFLICT;
	sum = work_sum(&p, row->move);
	after = *sum;
	if (money_add(&after, amount, w->e) == -1)
		return -1;
	if ((row->move == MOVE_REFUND && after > p.gross) ||
	    (row->move == MOVE_REVERSAL && amount > p.gross))
		return CONFLICT;
	if (row->move == MOVE_REVERSAL_CANCELLED && after > p.reversed)
		return WAITS;	/* for the reversal it undoes */
	*sum = after;
	memcpy(row->customer, p.customer, sizeof(row->customer));
	memcpy(row->other, p.other, sizeof(row->other));
	row->unallocated = p.unallocated;
	row->deduct_fee = p.deduct_fee;
	row->status = PAY_COMPLETED;
	work_judge(&p);
	if (work_book(w, row) == -1 || work_put(w, row) == -1 || work_put(w, &p) == -1)
		return -1;
	return BOOKED;
}

static int
tell(struct work *w, const struct payrow *row, enum disposition d, const char *reason)
{
	struct also *a;

	if (strcmp(row->message, w->r->id) == 0)
		return 0;	/* this very message */
	if ((a = record_also(w->r, w->e)) == NULL)
		return -1;
	memcpy(a->id, row->message, sizeof(a->id));
	memcpy(a->reason, reason, strlen(reason) + 1);
	a->disposition = d;
	return 0;
}

static int
settle_dispute(struct work *w, struct payrow *row)
{
	struct payrow p;
	int rc = work_row(w, MOVE_PAYMENT, row->parent, &p);

	if (rc != 1)
		return rc;
	p.disputed = 1;
	work_judge(&p);
	row->waiting = 0;
	row->status = PAY_COMPLETED;
	return work_put(w, &p) == -1 || work_put(w, row) == -1 ? -1 : 1;
}

/* 1 something came of it, 0 nothing, -1. */
static int
wake(struct work *w, enum movement move, const char *id)
{
	struct payrow row;
	int fate;

	if (work_row(w, move, id, &row) == -1)
		return -1;
	if (!row.waiting)
		return 0;
	if (row.move == MOVE_DISPUTE)
		return settle_dispute(w, &row);
	if ((fate = book_child(w, &row)) == -1)
		return -1;
	if (fate == WAITS)
		return 0;
	if (fate == CONFLICT) {
		row.waiting = 0;
		if (work_put(w, &row) == -1)
			return -1;
	}
	return tell(w, &row, fate == BOOKED ? DISP_POSTED : DISP_HELD,
	    fate == BOOKED ? "" : "conflict") == -1 ? -1 : 1;
}

/*
 * Everything that waited for this payment and can be booked now: what the books know of, and what
 * this very record brought before it (several messages read again in one request).
 */
static int
wake_children(struct work *w, const char *id)
{
	struct payrow row;
	size_t i;
	int rc, came, progress;

	do {
		progress = 0;
		for (i = 0; (rc = w->view->child(w->view->arg, w->terms->account, id, i, &row,
		    w->e)) == 1; i++) {
			if ((came = wake(w, row.move, row.id)) == -1)
				return -1;
			progress |= came;
		}
		if (rc == -1)
			return -1;
		for (i = 0; i < w->r->nrows; i++) {
			row = w->r->rows[i];	/* a copy: the array grows */
			if (!row.waiting || strcmp(row.parent, id) != 0 ||
			    strcmp(row.account, w->terms->account) != 0)
				continue;
			if ((came = wake(w, row.move, row.id)) == -1)
				return -1;
			progress |= came;
		}
	} while (progress);
	return 0;
}

/*
 * A report shows that money went back for a payment the books will never see (from before them):
 * it moved, so it is booked, to the payer where the address says who that is.
 */
static int
book_orphan(struct work *w, const struct fact *f, struct payrow *row)
{
	struct payrow p;
	int waited = row->waiting, rc = work_row(w, MOVE_PAYMENT, row->parent, &p);

	if (rc != 0)
		return rc == -1 ? -1 : WAITS;	/* known, but not completed: it will be */
	row->status = PAY_COMPLETED;
	row->alone = 1;
	if (find_owner(w, f, row) == -1 || work_book(w, row) == -1 || work_put(w, row) == -1 ||
	    (waited && tell(w, row, DISP_POSTED, w->reason) == -1))
		return -1;
	return BOOKED;
}

static int
adopt_one(struct work *w, struct payrow *p, struct payrow *row)
{
	int64_t amount = row->gross < 0 ? -row->gross : row->gross;

	/* One that a rule or a person gave an account of its own stays there. */
	if (!row->booked || !row->alone || row->other[0] != '\0' || strcmp(row->parent, p->id) != 0 ||
	    strcmp(row->account, p->account) != 0 || strcmp(row->currency, p->currency) != 0)
		return 0;
	return money_add(work_sum(p, row->move), amount, w->e) == -1 ? -1 : work_follow(w, row, p);
}

/* The payment of what was booked without it has come: from now on they go together. */
static int
adopt(struct work *w, struct payrow *p)
{
	struct payrow row;
	size_t i, n = w->r->nrows;
	int rc;

	for (i = 0; (rc = w->view->child(w->view->arg, p->account, p->id, i, &row, w->e)) == 1; i++)
		if (work_row(w, row.move, row.id, &row) == -1 || adopt_one(w, p, &row) == -1)
			return -1;
	for (i = 0; rc == 0 && i < n; i++) {	/* those of this very record */
		row = w->r->rows[i];
		rc = adopt_one(w, p, &row);
	}
	return rc;
}

static int
apply_child(struct work *w, const struct fact *f)
{
	struct payrow row;
	int fate, known = work_row(w, f->move, f->id, &row);

	if (known == -1)
		return -1;
	if (known && row.waiting && w->terms->desk && f->status == FACT_COMPLETED &&
	    f->gross == row.gross && strcmp(f->currency, row.currency) == 0) {
		if ((fate = book_orphan(w, f, &row)) != WAITS)
			return fate == -1 ? -1 : 0;
	}
	if (known && row.waiting && strcmp(row.message, w->r->id) == 0) {
		w->waiting = 1;		/* a person had it decided again: nothing has changed */
		return 0;
	}
	if (known && (row.booked || row.waiting))
		return work_same(w, f, &row);
	if (f->status != FACT_COMPLETED) {
		w->noted = 1;
		return 0;
	}
	if (work_begin(w, f, f->id, &row) == -1)
		return -1;
	if (f->account[0] != '\0') {
		payment_account(row.other, f->account, "");
		row.status = PAY_COMPLETED;
		return work_book(w, &row) == -1 ? -1 : work_put(w, &row);
	}
	if ((fate = book_child(w, &row)) == -1)
		return -1;
	if (fate == CONFLICT) {
		work_held(w, "conflict");
		return 0;
	}
	if (fate == WAITS && w->terms->desk && (fate = book_orphan(w, f, &row)) == -1)
		return -1;
	if (fate == WAITS) {
		w->waiting = 1;
		row.waiting = 1;
		return work_put(w, &row);
	}
	return row.move == MOVE_REVERSAL ? wake_children(w, row.parent) : 0;
}

static int
apply_dispute(struct work *w, const struct fact *f)
{
	struct payrow row;
	int rc = work_row(w, MOVE_DISPUTE, f->id, &row);

	if (rc == -1)
		return -1;
	if (rc == 1) {
		w->duplicate = 1;
		return 0;
	}
	w->noted = 1;
	if (work_begin(w, f, f->id, &row) == -1 || (rc = settle_dispute(w, &row)) == -1)
		return -1;
	if (rc == 1)
		return 0;
	row.waiting = 1;
	return work_put(w, &row);
}

/* ---- payments ---- */

static int
apply_payment(struct work *w, const struct fact *f)
{
	struct payrow row;
	int known = work_row(w, MOVE_PAYMENT, f->id, &row);

	if (known == -1)
		return -1;
	if (known && (row.gross != f->gross || strcmp(row.currency, f->currency) != 0)) {
		work_held(w, "conflict");
		return 0;
	}
	switch (table[known ? state_of(&row) : NEW][f->status]) {
	case DUP:
		w->duplicate = 1;
		return 0;
	case LATE:
		w->noted = 1;
		return 0;
	case SAME:
		return work_same(w, f, &row);
	case STORE:
		w->noted = 1;
		if (!known && work_begin(w, f, f->id, &row) == -1)
			return -1;
		row.status = shown[f->status];
		return work_put(w, &row);
	case BOOK:
		break;
	case PARK:
	default:
		work_held(w, "conflict");
		return 0;
	}
	if (!known && work_begin(w, f, f->id, &row) == -1)
		return -1;
	row.fee = f->fee;
	row.fee_known = f->fee_known;
	row.deduct_fee = w->terms->deduct_fee;
	/* Its event is the day it was begun; reports show it on the day it cleared. */
	row.cleared = f->cleared != 0 || !known ? f->cleared : w->terms->desk ? f->event : w->r->received;
	if (find_owner(w, f, &row) == -1 || work_book(w, &row) == -1 || adopt(w, &row) == -1)
		return -1;
	work_judge(&row);
	return work_put(w, &row) == -1 || convert(w, f, &row) == -1 ? -1 : wake_children(w, row.id);
}

/* Rows of reports that are no payments: against the account the caller found for them. */
static int
apply_other(struct work *w, const struct fact *f)
{
	struct payrow row;
	int known = work_row(w, f->move, f->id, &row);

	if (known == -1)
		return -1;
	if (known && row.booked)
		return work_same(w, f, &row);
	if (f->status != FACT_COMPLETED) {
		w->noted = 1;
		return 0;
	}
	if (work_begin(w, f, f->id, &row) == -1)
		return -1;
	if (f->account[0] != '\0')
		payment_account(row.other, f->account, "");
	else
		payment_account(row.other, "Assets:Suspense:", w->terms->account);
	row.status = PAY_COMPLETED;
	return work_book(w, &row) == -1 ? -1 : work_put(w, &row);
}

static int
apply_one(struct work *w, const struct fact *f)
{
	switch (f->move) {
	case MOVE_PAYMENT:
		return apply_payment(w, f);
	case MOVE_REFUND:
	case MOVE_REVERSAL:
	case MOVE_REVERSAL_CANCELLED:
	case MOVE_ADJUSTMENT:
		return apply_child(w, f);
	case MOVE_PAYOUT:
		return payment_payout(w, f);
	case MOVE_PAYOUT_RETURN:
		return payment_payout_return(w, f);
	case MOVE_DISPUTE:
		return apply_dispute(w, f);
	default:
		return apply_other(w, f);
	}
}

int
payment_apply(const struct payment_view *v, const struct payment_terms *t, const struct facts *f,
    struct record *r, struct error *e)
{
	struct work w = { .view = v, .terms = t, .r = r, .e = e };
	const char *reason = "";
	size_t i, before = r->nentries;

	for (i = 0; i < f->n; i++)
		if (apply_one(&w, &f->v[i]) == -1)
			return -1;
	memcpy(r->payment, f->payment, sizeof(r->payment));
	if (w.held) {
		/* Also where other items of the message were booked: a person must look. */
		r->disposition = DISP_HELD;
		reason = w.why;
	} else if (r->nentries > before) {
		r->disposition = DISP_POSTED;
		reason = w.reason;
	} else if (w.waiting) {
		r->disposition = DISP_WAITING;
		reason = "unknown-parent";
	} else
		r->disposition = w.noted ? DISP_NOTED : DISP_DUPLICATE;
	memset(r->reason, 0, sizeof(r->reason));
	memcpy(r->reason, reason, strlen(reason) + 1);
	return 0;
}
