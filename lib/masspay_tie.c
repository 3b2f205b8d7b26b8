/*
 * masspay_tie -- which payout is which item's (masspay.h).
 */
#include <stdlib.h>
#include <string.h>

#include "masspay.h"

static int
by_line(const void *a, const void *b)
{
	const struct masspay_item *x = a, *y = b;

	return x->batch != y->batch ? (x->batch > y->batch) - (x->batch < y->batch) :
	    (x->line > y->line) - (x->line < y->line);
}

static int
by_event(const void *a, const void *b)
{
	const struct payrow *x = &((const struct masspay_payout *)a)->row;
	const struct payrow *y = &((const struct masspay_payout *)b)->row;

	return x->event != y->event ? (x->event < y->event ? -1 : 1) : strcmp(x->id, y->id);
}

static void
tie(struct masspay *m, size_t item, size_t payout)
{
	m->items[item].payout = payout;
	m->payouts[payout].item = item;
}

struct named {				/* one side's entry in a sorted list */
	const char	*unique_id;	/* or payee */
	const char	*currency;
	int64_t		 amount;
	size_t		 at;
};

static int
by_unique(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->unique_id, y->unique_id);

	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

static int
by_amount(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->currency, y->currency);

	return c != 0 ? c : x->amount != y->amount ? (x->amount < y->amount ? -1 : 1) :
	    (x->at > y->at) - (x->at < y->at);
}

static int
sent(const struct masspay *m, const struct masspay_item *it)
{
	return !m->batches[it->batch].advice;
}

/* Place of the first with that id, or where it would stand. */
static size_t
first_named(const struct named *v, size_t n, const char *unique_id)
{
	size_t lo = 0, mid;

	while (lo < n) {
		mid = lo + (n - lo) / 2;
		if (strcmp(v[mid].unique_id, unique_id) < 0)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

static void
tie_unique(struct masspay *m, struct named *items)
{
	struct named *at;
	size_t n = 0, i, pass;

	for (i = 0; i < m->nitems; i++)
		if (sent(m, &m->items[i]) && m->items[i].unique_id[0] != '\0')
			items[n++] = (struct named){ .unique_id = m->items[i].unique_id, .at = i };
	qsort(items, n, sizeof(*items), by_unique);
	/* First the payouts whose money is out, then those that came back, then those that never left. */
	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < m->npayouts; i++) {
			const struct payrow *row = &m->payouts[i].row;

			if (m->payouts[i].item != MASSPAY_NONE || row->unique_id[0] == '\0' ||
			    pass != (masspay_out(row) ? 0U : row->booked ? 1U : 2U))
				continue;
			at = items + first_named(items, n, row->unique_id);
			for (; at < items + n && strcmp(at->unique_id, row->unique_id) == 0; at++)
				if (m->items[at->at].payout == MASSPAY_NONE) {
					tie(m, at->at, i);
					break;
				}
		}
}

enum payee { OTHER, SAME, CANT_TELL };

static enum payee
same_payee(const struct masspay_item *it, const struct masspay_payout *p)
{
	if (p->kind == -1 || p->kind != (int)it->kind)
		return CANT_TELL;
	return strcmp(p->payee, it->payee) == 0 ? SAME : OTHER;
}

/* When the item's batch went out, as far as we know. */
static int64_t
went_out(const struct masspay *m, const struct masspay_item *it)
{
	const struct masspay_batch *b = &m->batches[it->batch];

	return b->sent != 0 ? b->sent : b->registered;
}

static int
fits(const struct masspay *m, const struct masspay_item *it, const struct masspay_payout *p, enum payee want)
{
	int64_t apart = p->row.event - went_out(m, it);

	if (it->payout != MASSPAY_NONE || (it->unique_id[0] != '\0' && p->row.unique_id[0] != '\0'))
		return 0;
	return apart <= MASSPAY_WINDOW * MOMENT_DAY_US && apart >= -MASSPAY_WINDOW * MOMENT_DAY_US &&
	    same_payee(it, p) == want;
}

/* Of two batches the one that went out last before the payout; else the first behind it. */
static int
nearer(int64_t event, int64_t a, int64_t b)
{
	return (a <= event) != (b <= event) ? a <= event : a <= event ? a > b : a < b;
}

/* ---- the same payee ---- */

static int
by_payee(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->unique_id, y->unique_id);

	return c != 0 ? c : by_amount(a, b);
}

static int
alike(const struct named *a, const struct named *b)
{
	struct named x = *a, y = *b;

	x.at = y.at = 0;
	return by_payee(&x, &y);
}

/* What is out is tied before what came back, and to what was cancelled only where nothing else fits. */
static void
tie_alike(struct masspay *m, const struct named *it, size_t nit, const struct named *out, size_t nout)
{
	size_t i, k, best;
	int pass;

	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < nout; i++) {
			const struct masspay_payout *p = &m->payouts[out[i].at];

			if (p->item != MASSPAY_NONE || (pass == 1) == masspay_out(&p->row))
				continue;
			for (k = 0, best = MASSPAY_NONE; k < nit; k++) {
				const struct masspay_item *x = &m->items[it[k].at];

				if (fits(m, x, p, SAME) && (pass > 0 || x->cancelled == 0) &&
				    (best == MASSPAY_NONE || nearer(p->row.event, went_out(m, x),
				    went_out(m, &m->items[best]))))
					best = it[k].at;
			}
			if (best != MASSPAY_NONE)
				tie(m, best, out[i].at);
		}
}

/* Lists of what is not tied yet, named by payee. */
static void
tie_payees(struct masspay *m, struct named *items, struct named *outs)
{
	size_t n = 0, k = 0, i, j, a, b;
	int c;

	for (i = 0; i < m->nitems; i++)
		if (sent(m, &m->items[i]) && m->items[i].payout == MASSPAY_NONE)
			items[n++] = (struct named){ m->items[i].payee, m->items[i].currency, m->items[i].amount, i };
	for (i = 0; i < m->npayouts; i++)
		if (m->payouts[i].item == MASSPAY_NONE && m->payouts[i].kind != -1)
			outs[k++] = (struct named){ m->payouts[i].payee, m->payouts[i].row.currency,
			    -m->payouts[i].row.gross, i };
	qsort(items, n, sizeof(*items), by_payee);
	qsort(outs, k, sizeof(*outs), by_payee);
	for (i = j = 0; i < n && j < k;) {
		c = alike(&items[i], &outs[j]);
		for (a = i; a < n && alike(&items[a], &items[i]) == 0;)
			a++;
		for (b = j; b < k && alike(&outs[b], &outs[j]) == 0;)
			b++;
		if (c == 0)
			tie_alike(m, items + i, a - i, outs + j, b - j);
		i = c <= 0 ? a : i;
		j = c >= 0 ? b : j;
	}
}

/* ---- payees told in two ways ---- */

/* One group of items and payouts of the same currency and amount. */
static void
tie_group(struct masspay *m, const struct named *it, size_t nit, const struct named *out, size_t nout)
{
	size_t i, k, only, back, n;

	for (i = 0; i < nout; i++) {
		struct masspay_payout *p = &m->payouts[out[i].at];

		for (k = n = 0; k < nit; k++) {
			const struct masspay_item *x = &m->items[it[k].at];

			if (fits(m, x, p, CANT_TELL) && (n++ == 0 || nearer(p->row.event, went_out(m, x), p->near)))
				p->near = went_out(m, x);
		}
	}
	for (i = 0; i < nout; i++) {
		struct masspay_payout *p = &m->payouts[out[i].at];

		for (k = n = only = 0; k < nit; k++)
			if (fits(m, &m->items[it[k].at], p, CANT_TELL) &&
			    went_out(m, &m->items[it[k].at]) == p->near) {
				only = it[k].at;
				n++;
			}
		p->ambiguous |= n > 1;
		if (n != 1)
			continue;
		for (k = back = 0; k < nout; k++)
			back += m->payouts[out[k].at].item == MASSPAY_NONE &&
			    m->payouts[out[k].at].near == p->near &&
			    fits(m, &m->items[only], &m->payouts[out[k].at], CANT_TELL);
		if (back == 1)
			tie(m, only, out[i].at);
		else
			p->ambiguous = 1;
	}
}

static void
tie_amounts(struct masspay *m, struct named *items, struct named *outs)
{
	size_t n = 0, k = 0, i, j, a, b;

	for (i = 0; i < m->nitems; i++)
		if (sent(m, &m->items[i]) && m->items[i].payout == MASSPAY_NONE)
			items[n++] = (struct named){ "", m->items[i].currency, m->items[i].amount, i };
	for (i = 0; i < m->npayouts; i++)
		if (m->payouts[i].item == MASSPAY_NONE)
			outs[k++] = (struct named){ "", m->payouts[i].row.currency, -m->payouts[i].row.gross, i };
	qsort(items, n, sizeof(*items), by_amount);
	qsort(outs, k, sizeof(*outs), by_amount);
	for (i = j = 0; i < n && j < k;) {
		struct named x = items[i], y = outs[j];
		int c;

		x.at = y.at = 0;
		c = by_amount(&x, &y);
		for (a = i; a < n && items[a].amount == x.amount && strcmp(items[a].currency, x.currency) == 0;)
			a++;
		for (b = j; b < k && outs[b].amount == y.amount && strcmp(outs[b].currency, y.currency) == 0;)
			b++;
		if (c == 0)
			tie_group(m, items + i, a - i, outs + j, b - j);
		i = c <= 0 ? a : i;
		j = c >= 0 ? b : j;
	}
}

int
masspay_tie(struct masspay *m, struct error *e)
{
	struct named *items = calloc(m->nitems + 1, sizeof(*items));
	struct named *outs = calloc(m->npayouts + 1, sizeof(*outs));
	size_t i;

	if (items == NULL || outs == NULL) {
		free(items);
		free(outs);
		return error_sys(e, "items");
	}
	if (m->nitems > 0)
		qsort(m->items, m->nitems, sizeof(*m->items), by_line);
	if (m->npayouts > 0)
		qsort(m->payouts, m->npayouts, sizeof(*m->payouts), by_event);
	for (i = 0; i < m->nitems; i++)
		m->items[i].payout = MASSPAY_NONE;
	for (i = 0; i < m->npayouts; i++) {
		m->payouts[i].item = MASSPAY_NONE;
		m->payouts[i].ambiguous = 0;
	}
	tie_unique(m, items);
	tie_payees(m, items, outs);
	tie_amounts(m, items, outs);
	free(items);
	free(outs);
	return 0;
}
