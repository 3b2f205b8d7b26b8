/*
 * masspay_check -- see masspay_check.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "masspay_check.h"
#include "money.h"
#include "site.h"
#include "text.h"

/* The classic product's limit of one payment, and what is about as much in other currencies
 * (paypal.md 3.2: "10,000 USD or equivalent"): in major units, only to ask about. */
static const struct {
	char	ccy[4];
	int64_t	major;
} limits[] = { { "USD", 10000 }, { "EUR", 10000 }, { "GBP", 8000 }, { "AUD", 12500 }, { "CAD", 12500 },
	{ "CHF", 10000 }, { "JPY", 1000000 }, { "MXN", 110000 }, { "DKK", 60000 }, { "NOK", 70000 },
	{ "SEK", 80000 }, { "PLN", 40000 }, { "CZK", 240000 }, { "HUF", 2000000 }, { "ILS", 40000 },
	{ "HKD", 80000 }, { "SGD", 16000 }, { "NZD", 15000 }, { "PHP", 500000 }, { "THB", 360000 },
	{ "TWD", 330000 }, { "BRL", 20000 }, { "MYR", 40000 } };

struct checking {
	const struct masspay_check *c;
	const struct masspay_line  *v;
	size_t			    n;
	size_t			   *order;
	masspay_found_fn	   *found;
	void			   *arg;
	struct masspay_sums	   *sums;
	struct error		   *e;
};

static int tell(struct checking *k, enum masspay_weight w, size_t line, const char *field, const char *fmt,
    ...) __attribute__((format(printf, 5, 6)));

static int
tell(struct checking *k, enum masspay_weight w, size_t line, const char *field, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return k->found(k->arg, w, line, field, what, k->e);
}

/* ---- one line ---- */

static int
is_own(const struct checking *k, const char *payee)
{
	const char *one;
	size_t len;
	int i;

	for (i = 0; k->c->own != NULL && site_list_item(k->c->own, i, &one, &len); i++)
		if (text_equal_ci(one, len, payee, strlen(payee)))
			return 1;
	return 0;
}

static int64_t
limit_of(const char ccy[4])
{
	int64_t unit = money_decimals(ccy) == 0 ? 1 : money_decimals(ccy) == 2 ? 100 : 1000;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strcmp(limits[i].ccy, ccy) == 0)
			return limits[i].major * unit;
	return INT64_MAX;
}

static int
check_line(struct checking *k, const struct masspay_line *l)
{
	const struct masspay_line *first = &k->v[0];
	char text[MONEY_TEXT];

	if (l->kind != first->kind &&
	    tell(k, MASSPAY_ERROR, l->line, "recipient", "%s where line %zu has %s: one kind is expected in a file",
	    masspay_kind_name[l->kind], first->line, masspay_kind_name[first->kind]) == -1)
		return -1;
	if (strcmp(l->currency, first->currency) != 0 &&
	    tell(k, MASSPAY_ERROR, l->line, "currency", "%s where line %zu has %s: one currency is expected in a "
	    "file", l->currency, first->line, first->currency) == -1)
		return -1;
	if (is_own(k, l->payee) && tell(k, MASSPAY_ERROR, l->line, "recipient", "%s is our own address: the "
	    "provider pays nobody to himself (3004)", l->payee) == -1)
		return -1;
	if (l->amount > limit_of(l->currency) && tell(k, MASSPAY_WARNING, l->line, "amount", "%s %s is more than "
	    "most accounts may send in one payment", money_print(l->amount, l->currency, text),
	    l->currency) == -1)
		return -1;
	return l->note_odd ? tell(k, MASSPAY_WARNING, l->line, "note", "it holds a tab, a quote or a line break: "
	    "not every reader of such files takes that") : 0;
}

/* ---- lines against each other ---- */

static const struct masspay_line *sorting;	/* qsort's comparison needs the lines */

static int
by_unique(const void *a, const void *b)
{
	const struct masspay_line *x = &sorting[*(const size_t *)a], *y = &sorting[*(const size_t *)b];
	int c = strcmp(x->unique_id, y->unique_id);

	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

static int
by_payee(const void *a, const void *b)
{
	const struct masspay_line *x = &sorting[*(const size_t *)a], *y = &sorting[*(const size_t *)b];
	int c = strcmp(x->payee, y->payee);

	c = c != 0 ? c : strcmp(x->currency, y->currency);
	return c != 0 ? c : x->amount != y->amount ? (x->amount < y->amount ? -1 : 1) :
	    (x->line > y->line) - (x->line < y->line);
}

static void
sort(struct checking *k, int (*by)(const void *, const void *))
{
	size_t i;

	for (i = 0; i < k->n; i++)
		k->order[i] = i;
	sorting = k->v;
	qsort(k->order, k->n, sizeof(*k->order), by);
}

static int
check_repeats(struct checking *k)
{
	size_t i;

	sort(k, by_unique);
	for (i = 1; i < k->n; i++) {
		const struct masspay_line *a = &k->v[k->order[i - 1]], *b = &k->v[k->order[i]];

		if (b->unique_id[0] != '\0' && strcmp(a->unique_id, b->unique_id) == 0 &&
		    tell(k, MASSPAY_ERROR, b->line, "unique id", "%s stands on line %zu already", b->unique_id,
		    a->line) == -1)
			return -1;
	}
	sort(k, by_payee);
	for (i = 1; i < k->n; i++) {
		const struct masspay_line *a = &k->v[k->order[i - 1]], *b = &k->v[k->order[i]];

		if (strcmp(a->payee, b->payee) == 0 && a->amount == b->amount &&
		    strcmp(a->currency, b->currency) == 0 && tell(k, MASSPAY_WARNING, b->line, "line",
		    "the same payee and amount as on line %zu", a->line) == -1)
			return -1;
	}
	return 0;
}

/* ---- against what the books know ---- */

struct known {
	const char	*unique_id, *payee, *currency;
	int64_t		 amount, at;
	const char	*name;		/* item or payout */
};

static int
known_by_unique(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->unique_id, ((const struct known *)b)->unique_id);
}

static int
known_by_payee(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	int c = strcmp(x->payee, y->payee);

	c = c != 0 ? c : strcmp(x->currency, y->currency);
	return c != 0 ? c : (x->amount > y->amount) - (x->amount < y->amount);
}

/* Items of other batches, and payouts nobody registered. */
static size_t
collect(const struct checking *k, struct known *v)
{
	const struct masspay *m = k->c->known;
	size_t i, n = 0;

	for (i = 0; i < m->nitems; i++) {
		const struct masspay_item *it = &m->items[i];
		const struct masspay_batch *b = &m->batches[it->batch];

		if (!b->advice && strcmp(b->id, k->c->skip) != 0)
			v[n++] = (struct known){ it->unique_id, it->payee, it->currency, it->amount, it->cancelled != 0 ?
			    INT64_MIN : b->registered, it->key };
	}
	for (i = 0; i < m->npayouts; i++) {
		const struct payrow *p = &m->payouts[i].row;

		if (m->payouts[i].item == MASSPAY_NONE)
			v[n++] = (struct known){ p->unique_id, p->payer, p->currency, -p->gross,
			    masspay_out(p) ? p->event : INT64_MIN, p->id };
	}
	return n;
}

static int
check_known(struct checking *k)
{
	const struct masspay *m = k->c->known;
	struct known *v, key = { 0 };
	const struct known *at;
	char day[MOMENT_DAY];
	size_t i, n;
	int rc = 0;

	if (m == NULL)
		return 0;
	if ((v = calloc(m->nitems + m->npayouts + 1, sizeof(*v))) == NULL)
		return error_sys(k->e, "check");
	n = collect(k, v);
	qsort(v, n, sizeof(*v), known_by_unique);
	for (i = 0; i < k->n && rc == 0; i++) {
		key.unique_id = k->v[i].unique_id;
		if (key.unique_id[0] != '\0' && (at = bsearch(&key, v, n, sizeof(*v), known_by_unique)) != NULL)
			rc = tell(k, MASSPAY_ERROR, k->v[i].line, "unique id", "%s was used before, by %s: give every "
			    "payment its own", key.unique_id, at->name);
	}
	qsort(v, n, sizeof(*v), known_by_payee);
	for (i = 0; i < k->n && rc == 0; i++) {
		key = (struct known){ "", k->v[i].payee, k->v[i].currency, k->v[i].amount, 0, "" };
		at = bsearch(&key, v, n, sizeof(*v), known_by_payee);
		while (at != NULL && at > v && known_by_payee(at - 1, &key) == 0)
			at--;
		for (; at != NULL && at < v + n && known_by_payee(at, &key) == 0; at++)
			if (at->at != INT64_MIN && at->at > k->c->now - MASSPAY_REPEAT_DAYS * MOMENT_DAY_US) {
				rc = tell(k, MASSPAY_WARNING, k->v[i].line, "line", "the same payee and amount as %s of %s, "
				    "less than %d days ago", at->name, moment_day(at->at, day), MASSPAY_REPEAT_DAYS);
				break;
			}
	}
	free(v);
	return rc;
}

/* ---- sums ---- */

static int
add_up(struct checking *k)
{
	struct masspay_sums *s = k->sums;
	char day[MOMENT_DAY], have[MONEY_TEXT], want[MONEY_TEXT];
	size_t i;

	memcpy(s->currency, k->v[0].currency, 4);
	moment_day(k->c->now, day);
	for (i = 0; i < k->n; i++) {
		struct tariff_range r;

		if (strcmp(k->v[i].currency, s->currency) != 0)
			continue;
		(void)tariff_range(k->c->tariff, k->c->account, TARIFF_MASS_PAY, s->currency, k->v[i].amount, day, &r);
		s->source = r.source;
		s->confirmed = r.confirmed;
		s->lines++;
		if (money_add(&s->total, k->v[i].amount, k->e) == -1 || money_add(&s->fee_lo, r.lo, k->e) == -1 ||
		    money_add(&s->fee_hi, r.hi, k->e) == -1)
			return -1;
	}
	s->needed = s->total;
	if (money_add(&s->needed, s->fee_hi, k->e) == -1)
		return -1;
	if (!k->c->have_balance || k->c->balance >= s->needed)
		return 0;
	money_print(k->c->balance, s->currency, have);
	money_print(s->needed, s->currency, want);
	return k->c->balance >= s->total ? tell(k, MASSPAY_WARNING, 0, "total", "%s %s may be needed with the "
	    "highest fees, the books have %s", want, s->currency, have) : tell(k, MASSPAY_ERROR, 0, "total",
	    "up to %s %s are needed, the books have %s: the provider would deny the batch", want, s->currency, have);
}

int
masspay_check(const struct masspay_check *c, const struct masspay_line *v, size_t n,
    masspay_found_fn *found, void *arg, struct masspay_sums *sums, struct error *e)
{
	struct checking k = { .c = c, .v = v, .n = n, .found = found, .arg = arg, .sums = sums, .e = e };
	size_t i;
	int rc = 0;

	memset(sums, 0, sizeof(*sums));
	if (n == 0)
		return 0;
	if ((k.order = calloc(n, sizeof(*k.order))) == NULL)
		return error_sys(e, "check");
	if (n > MASSPAY_ROWS)
		rc = tell(&k, MASSPAY_ERROR, 0, "file", "at most %d payments are expected in a file, not %zu",
		    MASSPAY_ROWS, n);
	for (i = 0; i < n && rc == 0; i++)
		rc = check_line(&k, &v[i]);
	if (rc == 0)
		rc = check_repeats(&k) == -1 || check_known(&k) == -1 || add_up(&k) == -1 ? -1 : 0;
	free(k.order);
	return rc;
}
