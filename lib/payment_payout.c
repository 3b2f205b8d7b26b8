/*
 * payment_payout -- items of a Mass Pay batch we sent (contract.md, Accounts; paypal.md 3.4, 3.5).
 *
 * Money leaves once per item, whatever its first status says, and comes back at most once.
 */
#include <string.h>

#include "payment_priv.h"
#include "text.h"

enum state { NEW, OUT, DONE, BACK, DEAD, STATES };
enum act { DUP, LEAVE, STATUS, RETURN, BOTH, UNDO, DROP, PARK };

/* What an item's status does in each state (paypal.md 3.5, "status transition allowed"). */
static const enum act table[STATES][FACT_STATUSES] = {
	[NEW] = { [FACT_PENDING] = LEAVE, [FACT_COMPLETED] = LEAVE, [FACT_UNCLAIMED] = LEAVE,
	    [FACT_RETURNED] = BOTH, [FACT_REVERSED] = BOTH, [FACT_BLOCKED] = DROP,
	    [FACT_DENIED] = DROP, [FACT_FAILED] = DROP, [FACT_EXPIRED] = DROP, [FACT_VOIDED] = DROP },
	[OUT] = { [FACT_PENDING] = STATUS, [FACT_COMPLETED] = STATUS, [FACT_UNCLAIMED] = STATUS,
	    [FACT_RETURNED] = RETURN, [FACT_REVERSED] = RETURN, [FACT_BLOCKED] = RETURN,
	    [FACT_DENIED] = UNDO, [FACT_FAILED] = UNDO, [FACT_EXPIRED] = UNDO, [FACT_VOIDED] = UNDO },
	[DONE] = { [FACT_PENDING] = DUP, [FACT_COMPLETED] = DUP, [FACT_UNCLAIMED] = DUP,
	    [FACT_RETURNED] = RETURN, [FACT_REVERSED] = RETURN, [FACT_BLOCKED] = RETURN,
	    [FACT_DENIED] = PARK, [FACT_FAILED] = PARK, [FACT_EXPIRED] = PARK, [FACT_VOIDED] = PARK },
	[BACK] = { [FACT_PENDING] = DUP, [FACT_COMPLETED] = DUP, [FACT_UNCLAIMED] = DUP,
	    [FACT_RETURNED] = DUP, [FACT_REVERSED] = DUP, [FACT_BLOCKED] = DUP,
	    [FACT_DENIED] = DUP, [FACT_FAILED] = DUP, [FACT_EXPIRED] = DUP, [FACT_VOIDED] = DUP },
	[DEAD] = { [FACT_PENDING] = DUP, [FACT_COMPLETED] = PARK, [FACT_UNCLAIMED] = PARK,
	    [FACT_RETURNED] = PARK, [FACT_REVERSED] = PARK, [FACT_BLOCKED] = DUP,
	    [FACT_DENIED] = DUP, [FACT_FAILED] = DUP, [FACT_EXPIRED] = DUP, [FACT_VOIDED] = DUP },
};

static const enum paystatus shown[FACT_STATUSES] = {
	[FACT_PENDING] = PAY_PENDING, [FACT_COMPLETED] = PAY_COMPLETED, [FACT_DENIED] = PAY_DENIED,
	[FACT_FAILED] = PAY_FAILED, [FACT_EXPIRED] = PAY_EXPIRED, [FACT_VOIDED] = PAY_VOIDED,
	[FACT_UNCLAIMED] = PAY_UNCLAIMED, [FACT_RETURNED] = PAY_RETURNED,
	[FACT_REVERSED] = PAY_REVERSED, [FACT_BLOCKED] = PAY_RETURNED,
};

static enum state
state_of(const struct payrow *row)
{
	if (row->booked)
		switch (row->status) {
		case PAY_PENDING:
		case PAY_UNCLAIMED:
			return OUT;
		case PAY_COMPLETED:
			return DONE;
		default:
			return BACK;
		}
	return row->corrected ? NEW : DEAD;	/* taken back by a person: as if it never was */
}

/* The row of an item: by the provider's id, else by our own reference. */
static int
find_item(struct work *w, const struct fact *f, struct payrow *row)
{
	size_t i;
	int rc = f->id[0] == '\0' ? 0 : work_row(w, MOVE_PAYOUT, f->id, row);

	/* One first told without its id, under which it was named later. */
	for (i = 0; rc == 0 && f->id[0] != '\0' &&
	    (rc = w->view->child(w->view->arg, w->terms->account, f->id, i, row, w->e)) == 1; i++) {
		if (row->move == MOVE_PAYOUT)
			return work_row(w, MOVE_PAYOUT, row->id, row);
		rc = 0;
	}
	if (rc != 0 || f->unique_id[0] == '\0')
		return rc;
	for (i = 0; i < w->r->nrows && rc == 0; i++)
		if (w->r->rows[i].move == MOVE_PAYOUT &&
		    strcmp(w->r->rows[i].unique_id, f->unique_id) == 0) {
			*row = w->r->rows[i];
			rc = 1;
		}
	if (rc == 0 &&
	    (rc = w->view->unique(w->view->arg, w->terms->account, f->unique_id, row, w->e)) != 1)
		return rc;
	/* The provider does not see to it that references are unique: only a row that still lacks its
	 * id, or an item that does, can be meant; a failed one may have been sent again. */
	if (row->move != MOVE_PAYOUT || row->gross != f->gross ||
	    strcmp(row->currency, f->currency) != 0 ||
	    (f->id[0] != '\0' && (strncmp(row->id, "uid:", 4) != 0 || state_of(row) == DEAD)))
		return 0;
	return 1;
}

/*
 * A report that states the batch's fee in a row of its own (paypal.md 3.8) booked it there: what
 * the notification says of each item's share is in it.  1, 0, -1.
 */
static int
fee_apart(struct work *w, const struct payrow *row)
{
	struct payrow fee;
	size_t i;
	int rc;

	if (!row->desk || row->fee_known || row->parent[0] == '\0' || strncmp(row->id, "uid:", 4) == 0)
		return 0;
	if (strcmp(w->batch, row->parent) == 0)		/* thousands of items may ask the same */
		return w->batch_fee;
	for (i = 0; (rc = w->view->child(w->view->arg, w->terms->account, row->parent, i, &fee, w->e)) == 1;
	    i++)
		if (fee.move == MOVE_FEE && fee.booked)
			break;
	if (rc != -1) {
		memcpy(w->batch, row->parent, sizeof(w->batch));
		w->batch_fee = rc;
	}
	return rc;
}

/* A report says less of the payee than a notification, which may come behind it. */
static int
learn(struct work *w, const struct fact *f, struct payrow *row)
{
	int more = 0;

	if (row->unique_id[0] == '\0' && f->unique_id[0] != '\0') {
		memcpy(row->unique_id, f->unique_id, sizeof(row->unique_id));
		more = 1;
	}
	if (strchr(row->payer, '@') == NULL && f->payer_email[0] != '\0') {
		size_t n = text_utf8_valid(f->payer_email, strnlen(f->payer_email, sizeof(row->payer) - 1));

		memset(row->payer, 0, sizeof(row->payer));
		memcpy(row->payer, f->payer_email, n);
		more = 1;
	}
	if (!more)
		return 0;
	w->noted = 1;
	return work_put(w, row);
}

/* Money back: gross, and the fee where the payment never was one. */
static int
give_back(struct work *w, const struct fact *f, const struct payrow *out, int undo)
{
	struct payrow back;

	if (work_begin(w, f, out->id, &back) == -1)
		return -1;
	back.move = MOVE_PAYOUT_RETURN;
	memcpy(back.parent, out->id, sizeof(back.parent));
	memcpy(back.other, out->other, sizeof(back.other));
	back.gross = -out->gross;
	/* Whether a fee comes back with a return, only the report may say (paypal.md 3.4). */
	back.fee = undo ? -out->fee : 0;
	back.fee_known = undo;
	back.status = PAY_COMPLETED;
	return work_book(w, &back) == -1 ? -1 : work_put(w, &back);
}

int
payment_payout(struct work *w, const struct fact *said)
{
	struct fact told = *said;
	const struct fact *f = &told;
	struct payrow row;
	char id[sizeof(row.id)] = "uid:";
	enum act act;
	int known = find_item(w, said, &row), rc = 0;

	if (known == -1)
		return -1;
	if (!known) {
		if (f->id[0] == '\0' && f->unique_id[0] == '\0') {
			work_held(w, "malformed");
			return 0;
		}
		if (f->id[0] != '\0')
			memcpy(id, f->id, strlen(f->id) + 1);
		else {
			memcpy(id + 4, f->unique_id, strlen(f->unique_id) + 1);
			/* Our reference again, but another amount: its row must not be written over. */
			if ((rc = work_row(w, MOVE_PAYOUT, id, &row)) == 1)
				work_held(w, "conflict");
			if (rc != 0)
				return rc == -1 ? -1 : 0;
		}
		if (work_begin(w, f, id, &row) == -1)
			return -1;
		payment_account(row.other, "Liabilities:Payouts", "");
	} else if (row.gross != f->gross || strcmp(row.currency, f->currency) != 0) {
		work_held(w, "conflict");
		return 0;
	}
	if (known && f->id[0] != '\0' && strncmp(row.id, "uid:", 4) == 0 && row.parent[0] == '\0') {
		memcpy(row.parent, f->id, sizeof(row.parent));
		if (work_put(w, &row) == -1)
			return -1;
	}
	if (known) {
		if (learn(w, f, &row) == -1 || (rc = fee_apart(w, &row)) == -1)
			return -1;
		if (rc == 1)
			told.fee = told.fee_known = 0;
		rc = 0;
	}
	act = table[known ? state_of(&row) : NEW][f->status];
	/* A fee that comes with a later status is booked, one that contradicts is not passed over. */
	if ((act == STATUS || (act == RETURN && !row.fee_known)) && f->fee_known && f->fee != row.fee) {
		if (work_same(w, f, &row) == -1)
			return -1;
		if (row.fee != f->fee)
			return 0;	/* held */
	}
	switch (act) {
	case DUP:
		if (row.booked)
			return work_same(w, f, &row);
		w->duplicate = 1;
		return 0;
	case PARK:
		work_held(w, "conflict");
		return 0;
	case STATUS:
		if (row.status == shown[f->status])
			return work_same(w, f, &row);
		w->noted = 1;
		break;
	case DROP:
		w->noted = 1;
		/* Nothing moved, so nothing was charged, whatever fee the item shows. */
		row.fee = 0;
		row.fee_known = 0;
		break;
	case LEAVE:
		rc = work_book(w, &row);
		break;
	case BOTH:
		rc = work_book(w, &row) == -1 ? -1 : give_back(w, f, &row, 0);
		break;
	case RETURN:
		rc = give_back(w, f, &row, 0);
		break;
	case UNDO:
		rc = give_back(w, f, &row, 1);
		break;
	}
	row.status = act == DROP && f->status == FACT_BLOCKED ? PAY_FAILED : shown[f->status];
	return rc == -1 ? -1 : work_put(w, &row);
}

/* A return that a report shows under an id of its own. */
int
payment_payout_return(struct work *w, const struct fact *f)
{
	struct payrow row, out;
	int rc = work_row(w, MOVE_PAYOUT_RETURN, f->id, &row);

	if (rc == 0 && f->parent[0] != '\0' && strcmp(f->parent, f->id) != 0)
		rc = work_row(w, MOVE_PAYOUT_RETURN, f->parent, &row);
	if (rc == -1)
		return -1;
	if (rc == 1)
		return work_same(w, f, &row);
	if (work_begin(w, f, f->id, &row) == -1)
		return -1;
	payment_account(row.other, f->account[0] != '\0' ? f->account : "Liabilities:Payouts", "");
	row.status = PAY_COMPLETED;
	if (work_book(w, &row) == -1 || work_put(w, &row) == -1)
		return -1;
	if (f->parent[0] != '\0' && (rc = work_row(w, MOVE_PAYOUT, f->parent, &out)) == 1) {
		out.status = PAY_RETURNED;
		rc = work_put(w, &out);
	}
	return rc == -1 ? -1 : 0;
}
