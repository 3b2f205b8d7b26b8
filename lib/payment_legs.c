/*
 * payment_legs -- rows and their entries (contract.md, Accounts).
 */
#include <string.h>

#include "money.h"
#include "payment_priv.h"
#include "text.h"

void
payment_account(char out[RECORD_ACCOUNT], const char *prefix, const char *name)
{
	size_t a = strlen(prefix), b = strlen(name);

	/* Names are ids of at most 64 characters, prefixes our own: it always fits. */
	if (a + b >= RECORD_ACCOUNT)
		b = RECORD_ACCOUNT - 1 - a;
	memcpy(out, prefix, a);
	memcpy(out + a, name, b);
	memset(out + a + b, 0, RECORD_ACCOUNT - a - b);
}

int
payment_account_valid(const char *a)
{
	/* A name that ends in ':' wants one more component; the others stand as they are. */
	static const char *const shapes[] = { "Assets:", "Assets:Reserved:", "Assets:Disputed:",
	    "Assets:Suspense:", "Assets:InputTax:", "Assets:Bank", "Liabilities:Customers:",
	    "Liabilities:Unallocated", "Liabilities:OnHold", "Liabilities:Payouts", "Expenses:Fees:",
	    "Expenses:Payouts", "Expenses:WriteOff", "Expenses:BadDebt", "Income:Usage",
	    "Income:FeesRecharged", "Income:Other", "Equity:Conversion", "Equity:Opening" };
	size_t n = strlen(a), i;

	if (n >= RECORD_ACCOUNT)
		return 0;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t k = strlen(shapes[i]);

		if (shapes[i][k - 1] == ':' ? n > k && memcmp(a, shapes[i], k) == 0 &&
		    text_id_valid(a + k, n - k) : strcmp(a, shapes[i]) == 0)
			return 1;
	}
	/* Income:, Expenses: and Assets: may be divided further by the owner. */
	for (i = 0; i < 3; i++) {
		static const char *const roots[] = { "Income:", "Expenses:", "Assets:" };
		size_t at = strlen(roots[i]);

		if (strncmp(a, roots[i], at) != 0)
			continue;
		while (at < n) {
			size_t k = strcspn(a + at, ":");

			if (!text_id_valid(a + at, k))
				return 0;
			at += k + 1;
			if (at == n)
				return 0;	/* ends in ':' */
		}
		return at > n;
	}
	return 0;
}

int
work_row(struct work *w, enum movement move, const char *id, struct payrow *row)
{
	size_t i;

	for (i = w->r->nrows; i-- > 0;)
		if (w->r->rows[i].move == move && strcmp(w->r->rows[i].id, id) == 0 &&
		    strcmp(w->r->rows[i].account, w->terms->account) == 0) {
			*row = w->r->rows[i];
			return 1;
		}
	return w->view->row(w->view->arg, w->terms->account, move, id, row, w->e);
}

int
work_put(struct work *w, const struct payrow *row)
{
	struct payrow *at;
	size_t i;

	for (i = w->r->nrows; i-- > 0;)
		if (w->r->rows[i].move == row->move && strcmp(w->r->rows[i].id, row->id) == 0 &&
		    strcmp(w->r->rows[i].account, row->account) == 0) {
			w->r->rows[i] = *row;
			return 0;
		}
	if ((at = record_row(w->r, w->e)) == NULL)
		return -1;
	*at = *row;
	return 0;
}

void
work_held(struct work *w, const char *why)
{
	w->held = 1;
	memcpy(w->why, why, strlen(why) + 1);
}

static void
copy(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size - 1);

	/* Never in the middle of a character: the journal holds UTF-8. */
	n = text_utf8_valid(src, n);
	memset(dst, 0, size);
	memcpy(dst, src, n);
}

int
work_begin(struct work *w, const struct fact *f, const char *id, struct payrow *row)
{
	memset(row, 0, sizeof(*row));
	copy(row->account, sizeof(row->account), w->terms->account);
	copy(row->id, sizeof(row->id), id);
	copy(row->parent, sizeof(row->parent), f->parent);
	copy(row->payer, sizeof(row->payer), f->payer_email[0] != '\0' ? f->payer_email : f->payer_id);
	copy(row->currency, sizeof(row->currency), f->currency);
	copy(row->unique_id, sizeof(row->unique_id), f->unique_id);
	copy(row->reference, sizeof(row->reference), f->reference);
	copy(row->message, sizeof(row->message), w->r->id);
	copy(row->report, sizeof(row->report), f->report);
	row->move = f->move;
	row->status = PAY_PENDING;
	row->gross = f->gross;
	row->fee = f->fee;
	row->fee_known = f->fee_known;
	row->desk = w->terms->desk;
	row->deduct_fee = w->terms->deduct_fee;
	row->event = f->event != 0 ? f->event : w->r->received != 0 ? w->r->received : w->r->time;
	row->doubtful = f->doubtful || f->event == 0;
	row->recorded = w->r->time;
	return 0;
}

void
work_carrier(const struct payrow *row, char out[RECORD_ACCOUNT])
{
	if (row->other[0] != '\0')
		payment_account(out, row->other, "");
	else if (row->unallocated || row->customer[0] == '\0')
		payment_account(out, "Liabilities:Unallocated", "");
	else
		payment_account(out, "Liabilities:Customers:", row->customer);
}

struct entry *
work_entry(struct work *w, const char *kind, const struct payrow *row)
{
	struct entry *en = record_entry(w->r, kind, w->e);

	if (en != NULL) {
		memcpy(en->account, row->account, sizeof(en->account));
		memcpy(en->payment, row->id, sizeof(en->payment));
		en->event = row->event;
	}
	return en;
}

int
work_recharge(struct work *w, struct entry *en, struct payrow *row, int64_t fee)
{
	char customer[RECORD_ACCOUNT];

	if (!row->deduct_fee || row->customer[0] == '\0' || row->other[0] != '\0' || row->unallocated)
		return 0;
	payment_account(customer, "Liabilities:Customers:", row->customer);
	if (money_add(&row->recharged, fee, w->e) == -1 ||
	    record_leg(en, customer, row->currency, fee, w->e) == -1)
		return -1;
	return record_leg(en, "Income:FeesRecharged", row->currency, -fee, w->e);
}

int
work_book(struct work *w, struct payrow *row)
{
	char assets[RECORD_ACCOUNT], fees[RECORD_ACCOUNT], who[RECORD_ACCOUNT];
	struct entry *en = work_entry(w, record_move_name[row->move], row);
	int64_t net = row->gross;

	payment_account(assets, "Assets:", row->account);
	payment_account(fees, "Expenses:Fees:", row->account);
	work_carrier(row, who);
	if (en == NULL || money_sub(&net, row->fee, w->e) == -1 ||
	    record_leg(en, assets, row->currency, net, w->e) == -1 ||
	    record_leg(en, fees, row->currency, row->fee, w->e) == -1 ||
	    record_leg(en, who, row->currency, -row->gross, w->e) == -1 ||
	    work_recharge(w, en, row, row->fee) == -1)
		return -1;
	row->booked = 1;
	row->waiting = 0;
	return 0;
}

int
work_follow(struct work *w, struct payrow *row, const struct payrow *p)
{
	char from[RECORD_ACCOUNT], to[RECORD_ACCOUNT];
	struct entry *en;

	work_carrier(row, from);
	memcpy(row->customer, p->customer, sizeof(row->customer));
	memcpy(row->other, p->other, sizeof(row->other));
	row->unallocated = p->unallocated;
	row->alone = 0;
	work_carrier(row, to);
	if (strcmp(from, to) == 0)
		return work_put(w, row);
	if ((en = work_entry(w, "allocation", row)) == NULL ||
	    record_leg(en, from, row->currency, row->gross, w->e) == -1 ||
	    record_leg(en, to, row->currency, -row->gross, w->e) == -1)
		return -1;
	en->event = 0;		/* known now, whatever day it was */
	if (record_leg(en, from, row->currency, -row->recharged, w->e) == -1 ||
	    record_leg(en, "Income:FeesRecharged", row->currency, row->recharged, w->e) == -1)
		return -1;
	row->recharged = 0;
	row->deduct_fee = p->deduct_fee;
	return work_recharge(w, en, row, row->fee) == -1 ? -1 : work_put(w, row);
}

int
work_same(struct work *w, const struct fact *f, struct payrow *row)
{
	char assets[RECORD_ACCOUNT], fees[RECORD_ACCOUNT];
	struct entry *en;
	int64_t more = f->fee;

	if (f->gross != row->gross || strcmp(f->currency, row->currency) != 0) {
		work_held(w, "conflict");
		return 0;
	}
	if (!f->fee_known || f->fee == row->fee) {
		w->duplicate = 1;
		return 0;
	}
	if (row->fee_known || !row->booked) {
		work_held(w, "conflict");
		return 0;
	}
	/* The first message stated no fee: the difference is booked. */
	payment_account(assets, "Assets:", row->account);
	payment_account(fees, "Expenses:Fees:", row->account);
	if ((en = work_entry(w, "fee", row)) == NULL || money_sub(&more, row->fee, w->e) == -1 ||
	    record_leg(en, assets, row->currency, -more, w->e) == -1 ||
	    record_leg(en, fees, row->currency, more, w->e) == -1 || work_recharge(w, en, row, more) == -1)
		return -1;
	row->fee = f->fee;
	row->fee_known = 1;
	return work_put(w, row);
}

/* ---- what a person decides about money nobody was found for ---- */

static void
assign(struct payrow *row, const char *customer, const char *other)
{
	row->unallocated = 0;
	copy(row->customer, sizeof(row->customer), customer);
	copy(row->other, sizeof(row->other), other);
}

/* Moves row's gross; its fee is charged on where the terms say so. */
static int
move_one(struct work *w, struct entry *en, struct payrow *row, const char *customer, const char *other,
    int64_t *net)
{
	if (money_add(net, row->gross, w->e) == -1)
		return -1;
	assign(row, customer, other);
	return work_recharge(w, en, row, row->fee) == -1 ? -1 : work_put(w, row);
}

int
work_is_child(const struct payrow *row)
{
	return row->move == MOVE_REFUND || row->move == MOVE_REVERSAL ||
	    row->move == MOVE_REVERSAL_CANCELLED || row->move == MOVE_ADJUSTMENT;
}

/* 1 where the row goes with its payment: the two stand in the same account. */
static int
follows(struct work *w, const struct payrow *row, const char *from)
{
	char who[RECORD_ACCOUNT];
	struct payrow p;
	int rc;

	if (row->parent[0] == '\0' || !work_is_child(row) || row->alone)
		return 0;
	if (row->unallocated)
		return 1;
	if ((rc = w->view->row(w->view->arg, row->account, MOVE_PAYMENT, row->parent, &p, w->e)) != 1)
		return rc;
	work_carrier(&p, who);
	return p.booked && strcmp(who, from) == 0;
}

int
payment_in_suspense(const struct payrow *row)
{
	return row->booked && strncmp(row->other, "Assets:Suspense:", 16) == 0;
}

int
payment_allocate(const struct payment_view *v, const struct payrow *first, const char *customer,
    const char *other, struct record *r, struct error *e)
{
	struct payment_terms terms = { .account = first->account, .desk = 1 };
	struct work w = { .view = v, .terms = &terms, .r = r, .e = e };
	struct payrow row = *first, child;
	char who[RECORD_ACCOUNT], from[RECORD_ACCOUNT];
	struct entry *en;
	int64_t net = 0;
	size_t i;
	int rc;

	if (!row.booked && row.waiting) {
		/* Its payment never came: it is booked by itself. */
		assign(&row, customer, other);
		row.status = PAY_COMPLETED;
		row.alone = 1;
		return work_book(&w, &row) == -1 ? -1 : work_put(&w, &row);
	}
	if (!row.booked || (!row.unallocated && !payment_in_suspense(&row)))
		return error_set(e, ERR_CONFLICT, "%s does not wait for an owner", row.id);
	work_carrier(&row, from);
	if ((rc = follows(&w, &row, from)) == -1)
		return -1;
	if (rc == 1)
		return error_set(e, ERR_CONFLICT, "%s goes with payment %s: allocate that", row.id,
		    row.parent);
	if (strcmp(from, other) == 0)
		return error_set(e, ERR_CONFLICT, "%s stands in %s already", row.id, other);
	if ((en = work_entry(&w, "allocation", &row)) == NULL ||
	    move_one(&w, en, &row, customer, other, &net) == -1)
		return -1;
	for (i = 0; (rc = v->child(v->arg, row.account, row.id, i, &child, e)) == 1; i++) {
		work_carrier(&child, who);
		if (child.booked && work_is_child(&child) && strcmp(who, from) == 0 &&
		    move_one(&w, en, &child, customer, other, &net) == -1)
			return -1;
	}
	if (rc == -1)
		return -1;
	work_carrier(&row, who);
	if (record_leg(en, from, row.currency, net, e) == -1 ||
	    record_leg(en, who, row.currency, -net, e) == -1)
		return -1;
	en->event = 0;	/* decided now, whatever day the payment was */
	if (en->nlegs == 0)
		r->nentries--;	/* refunded in full meanwhile: nothing moves */
	return 0;
}
