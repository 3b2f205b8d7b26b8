/*
 * payment_correct -- what a person decides about a movement that the books have wrong (payment.h).
 *
 * The row takes what the provider's report says, or is taken back, so that the next comparison finds
 * books and report alike; the journal keeps what was, and the entry says who bears the difference.
 */
#include <string.h>

#include "money.h"
#include "payment_priv.h"
#include "text.h"

static void
set_note(struct entry *en, const struct payment_fix *fix)
{
	size_t n = strnlen(fix->note, sizeof(en->note) - 1);

	memcpy(en->note, fix->note, text_utf8_valid(fix->note, n));
	en->event = fix->event;
}

static int64_t
absolute(int64_t v)
{
	return v < 0 ? -v : v;
}

/* The payment that a child stands under: its sum changes by `by`. */
static int
shift_parent(struct work *w, const struct payrow *row, int64_t by)
{
	struct payrow p;
	int64_t *sum;
	int rc;

	if (!work_is_child(row) || row->parent[0] == '\0' || row->alone || by == 0)
		return 0;
	if ((rc = work_row(w, MOVE_PAYMENT, row->parent, &p)) != 1)
		return rc;
	sum = work_sum(&p, row->move);
	if (money_add(sum, by, w->e) == -1)
		return -1;
	if (*sum < 0 || ((row->move == MOVE_REFUND || row->move == MOVE_REVERSAL) && *sum > absolute(p.gross)))
		return error_set(w->e, ERR_CONFLICT, "%s: payment %s would have more sent back than came in",
		    row->id, row->parent);
	work_judge(&p);
	return work_put(w, &p);
}

/* A conversion has its two sides in two currencies, and no fee. */
static int
restate_conversion(struct work *w, struct payrow *row, const char ccy[4], int64_t net,
    const struct payment_fix *fix)
{
	char assets[RECORD_ACCOUNT], who[RECORD_ACCOUNT];
	int second = strcmp(ccy, row->currency) != 0;
	int64_t *side = second ? &row->gross2 : &row->gross, by = net;
	struct entry *en;

	if (second && strcmp(ccy, row->currency2) != 0)
		return error_set(w->e, ERR_CONFLICT, "%s: the books know this conversion in other currencies",
		    row->id);
	payment_account(assets, "Assets:", row->account);
	work_carrier(row, who);
	if (money_sub(&by, second ? row->gross2 : row->gross - row->fee, w->e) == -1 ||
	    (en = work_entry(w, fix->write_off ? "write-off" : "correction", row)) == NULL ||
	    record_leg(en, assets, ccy, by, w->e) == -1 ||
	    record_leg(en, fix->write_off ? "Expenses:WriteOff" : who, ccy, -by, w->e) == -1 ||
	    money_add(side, by, w->e) == -1)
		return -1;
	set_note(en, fix);
	row->corrected = 1;
	return work_put(w, row);
}

/* The whole of it back in the one currency, and booked in the other. */
static int
restate_currency(struct work *w, struct payrow *row, const char ccy[4], int64_t gross, int64_t fee,
    const struct payment_fix *fix)
{
	char assets[RECORD_ACCOUNT], fees[RECORD_ACCOUNT], who[RECORD_ACCOUNT], owner[RECORD_ACCOUNT];
	int64_t net = row->gross;
	struct entry *en;

	if (fix->write_off || row->refunded != 0 || row->reversed != 0 || row->cancelled != 0 ||
	    row->adjusted != 0 || (work_is_child(row) && row->parent[0] != '\0' && !row->alone))
		return error_set(w->e, ERR_CONFLICT, "%s is booked in %s, and more hangs on it", row->id,
		    row->currency);
	payment_account(assets, "Assets:", row->account);
	payment_account(fees, "Expenses:Fees:", row->account);
	payment_account(owner, "Liabilities:Customers:", row->customer);
	work_carrier(row, who);
	if (money_sub(&net, row->fee, w->e) == -1 || (en = work_entry(w, "correction", row)) == NULL ||
	    record_leg(en, assets, row->currency, -net, w->e) == -1 ||
	    record_leg(en, fees, row->currency, -row->fee, w->e) == -1 ||
	    record_leg(en, who, row->currency, row->gross, w->e) == -1 ||
	    record_leg(en, owner, row->currency, -row->recharged, w->e) == -1 ||
	    record_leg(en, "Income:FeesRecharged", row->currency, row->recharged, w->e) == -1)
		return -1;
	net = gross;
	row->recharged = 0;
	memcpy(row->currency, ccy, sizeof(row->currency));
	if (money_sub(&net, fee, w->e) == -1 || record_leg(en, assets, ccy, net, w->e) == -1 ||
	    record_leg(en, fees, ccy, fee, w->e) == -1 || record_leg(en, who, ccy, -gross, w->e) == -1 ||
	    work_recharge(w, en, row, fee) == -1)
		return -1;
	set_note(en, fix);
	row->gross = gross;
	row->fee = fee;
	row->fee_known = 1;
	row->corrected = 1;
	return work_put(w, row);
}

int
payment_restate(const struct payment_view *v, const struct payrow *was, const char ccy[4], int64_t gross,
    int64_t fee, const struct payment_fix *fix, struct record *r, struct error *e)
{
	struct payment_terms terms = { .account = was->account, .desk = 1 };
	struct work w = { .view = v, .terms = &terms, .r = r, .e = e };
	char assets[RECORD_ACCOUNT], fees[RECORD_ACCOUNT], who[RECORD_ACCOUNT];
	struct payrow row = *was;
	int64_t more = gross, cost = fee, net, in;
	struct entry *en;

	if (!row.booked)
		return error_set(e, ERR_CONFLICT, "%s is not booked", row.id);
	if (row.currency2[0] != '\0') {
		net = gross;
		return money_sub(&net, fee, e) == -1 ? -1 : restate_conversion(&w, &row, ccy, net, fix);
	}
	if (strcmp(row.currency, ccy) != 0)
		return restate_currency(&w, &row, ccy, gross, fee, fix);
	if ((gross < 0) != (row.gross < 0) || absolute(gross) < absolute(row.refunded) ||
	    absolute(gross) < absolute(row.reversed))
		return error_set(e, ERR_CONFLICT, "%s: more was sent back of it than that", row.id);
	if (money_sub(&more, row.gross, e) == -1 || money_sub(&cost, row.fee, e) == -1)
		return -1;
	net = more;
	if (money_sub(&net, cost, e) == -1)
		return -1;
	in = absolute(gross) - absolute(row.gross);
	payment_account(assets, "Assets:", row.account);
	payment_account(fees, "Expenses:Fees:", row.account);
	work_carrier(&row, who);
	if ((en = work_entry(&w, fix->write_off ? "write-off" : "correction", &row)) == NULL ||
	    record_leg(en, assets, row.currency, net, e) == -1)
		return -1;
	if (fix->write_off) {
		if (record_leg(en, "Expenses:WriteOff", row.currency, -net, e) == -1)
			return -1;
	} else if (record_leg(en, fees, row.currency, cost, e) == -1 ||
	    record_leg(en, who, row.currency, -more, e) == -1 || work_recharge(&w, en, &row, cost) == -1)
		return -1;
	set_note(en, fix);
	row.gross = gross;
	row.fee = fee;
	row.fee_known = 1;
	row.corrected = 1;
	if (row.move == MOVE_PAYMENT)
		work_judge(&row);
	return work_put(&w, &row) == -1 ? -1 : shift_parent(&w, &row, in);
}

int
payment_undo(const struct payment_view *v, const struct payrow *was, enum paystatus status,
    const struct payment_fix *fix, struct record *r, struct error *e)
{
	struct payment_terms terms = { .account = was->account, .desk = 1 };
	struct work w = { .view = v, .terms = &terms, .r = r, .e = e };
	char assets[RECORD_ACCOUNT], fees[RECORD_ACCOUNT], who[RECORD_ACCOUNT], owner[RECORD_ACCOUNT];
	struct payrow row = *was;
	int64_t net = row.gross;
	struct entry *en;

	if (!row.booked)
		return error_set(e, ERR_CONFLICT, "%s is not booked", row.id);
	if (row.refunded != 0 || row.reversed != 0 || row.cancelled != 0 || row.adjusted != 0)
		return error_set(e, ERR_CONFLICT, "%s: money was sent back of it; that has to be corrected first",
		    row.id);
	if (fix->write_off && row.move != MOVE_PAYMENT && row.move != MOVE_PAYOUT)
		return error_set(e, ERR_CONFLICT, "%s: a %s can only be corrected, not written off whole", row.id,
		    record_move_name[row.move]);
	payment_account(assets, "Assets:", row.account);
	payment_account(fees, "Expenses:Fees:", row.account);
	payment_account(owner, "Liabilities:Customers:", row.customer);
	work_carrier(&row, who);
	if (money_sub(&net, row.fee, e) == -1 ||
	    (en = work_entry(&w, fix->write_off ? "write-off" : "correction", &row)) == NULL ||
	    record_leg(en, assets, row.currency, -net, e) == -1)
		return -1;
	if (fix->write_off) {
		/* Whoever was credited keeps it; should the money come after all, it makes this good. */
		if (record_leg(en, "Expenses:WriteOff", row.currency, net, e) == -1)
			return -1;
		payment_account(row.other, "Expenses:WriteOff", "");
		row.recharged = 0;
	} else {
		if (record_leg(en, fees, row.currency, -row.fee, e) == -1 ||
		    record_leg(en, who, row.currency, row.gross, e) == -1 ||
		    record_leg(en, owner, row.currency, -row.recharged, e) == -1 ||
		    record_leg(en, "Income:FeesRecharged", row.currency, row.recharged, e) == -1)
			return -1;
		row.recharged = 0;
	}
	if (row.currency2[0] != '\0' && (record_leg(en, assets, row.currency2, -row.gross2, e) == -1 ||
	    record_leg(en, fix->write_off ? "Expenses:WriteOff" : who, row.currency2, row.gross2, e) == -1))
		return -1;
	set_note(en, fix);
	row.booked = 0;
	row.unallocated = 0;
	row.status = status;
	row.corrected = 1;
	return work_put(&w, &row) == -1 ? -1 : shift_parent(&w, &row, -absolute(row.gross));
}

int
payment_adjust(const struct payment_view *v, const char *account, const char *id, const char ccy[4],
    int64_t net, int64_t event, const char *against, const struct payment_fix *fix, struct record *r,
    struct error *e)
{
	struct payment_terms terms = { .account = account, .desk = 1 };
	struct work w = { .view = v, .terms = &terms, .r = r, .e = e };
	struct fact f;
	struct payrow row;
	struct entry *en;

	memset(&f, 0, sizeof(f));
	f.move = MOVE_ADJUSTMENT;
	memcpy(f.currency, ccy, 4);
	f.gross = net;
	f.fee_known = 1;
	f.event = event;
	if (work_begin(&w, &f, id, &row) == -1)
		return -1;
	payment_account(row.other, against, "");
	row.status = PAY_COMPLETED;
	row.corrected = 1;
	if (work_book(&w, &row) == -1)
		return -1;
	en = &r->entries[r->nentries - 1];
	(void)text_copy(en->kind, sizeof(en->kind), fix->write_off ? "write-off" : "correction",
	    fix->write_off ? 9 : 10, "kind", e);
	set_note(en, fix);
	return work_put(&w, &row);
}

/* ---- the payment belongs to another customer ---- */

static int
credited(const struct payrow *row)
{
	return row->booked && !row->unallocated && row->other[0] == '\0' && row->customer[0] != '\0';
}

static int
hand_over(struct work *w, struct entry *en, struct payrow *row, const char *customer)
{
	char from[RECORD_ACCOUNT], to[RECORD_ACCOUNT];
	int64_t again = row->recharged;

	work_carrier(row, from);
	if (record_leg(en, from, row->currency, row->gross, w->e) == -1 ||
	    record_leg(en, from, row->currency, -again, w->e) == -1)
		return -1;
	memset(row->customer, 0, sizeof(row->customer));
	memcpy(row->customer, customer, strlen(customer) + 1);
	work_carrier(row, to);
	if (record_leg(en, to, row->currency, -row->gross, w->e) == -1 ||
	    record_leg(en, to, row->currency, again, w->e) == -1)
		return -1;
	return work_put(w, row);
}

int
payment_reassign(const struct payment_view *v, const struct payrow *was, const char *customer,
    const struct payment_fix *fix, struct record *r, struct error *e)
{
	struct payment_terms terms = { .account = was->account, .desk = 1 };
	struct work w = { .view = v, .terms = &terms, .r = r, .e = e };
	struct payrow row = *was, child;
	struct entry *en;
	size_t i;
	int rc;

	if (!credited(&row) || strlen(customer) >= sizeof(row.customer))
		return error_set(e, ERR_CONFLICT, "%s is credited to no customer (daybook allocate)", row.id);
	if (work_is_child(&row) && row.parent[0] != '\0' && !row.alone)
		return error_set(e, ERR_CONFLICT, "%s goes with payment %s: reassign that", row.id, row.parent);
	if (strcmp(row.customer, customer) == 0)
		return error_set(e, ERR_CONFLICT, "%s belongs to %s already", row.id, customer);
	if ((en = work_entry(&w, "reassignment", &row)) == NULL || hand_over(&w, en, &row, customer) == -1)
		return -1;
	for (i = 0; (rc = v->child(v->arg, row.account, row.id, i, &child, e)) == 1; i++)
		if (credited(&child) && work_is_child(&child) && strcmp(child.customer, was->customer) == 0 &&
		    hand_over(&w, en, &child, customer) == -1)
			return -1;
	set_note(en, fix);
	return rc;
}
