/*
 * pack_pdf_items -- in report.pdf: what is open and how old it is; money whose owner or purpose is not
 * known; and what all these lists share.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "pack_priv.h"
#include "pdf.h"

void
pack_pdf_note(struct pdf *d, const char *text)
{
	pdf_cells(d, PDF_ROW_NOTE, (const char *const[]){ text });
}

void
pack_pdf_more(struct pdf *d, size_t n, size_t shown, const char *where)
{
	char text[120];

	if (n <= shown)
		return;
	(void)snprintf(text, sizeof(text), "and %zu more: %s", n - shown, where);
	pack_pdf_note(d, text);
}

/* An amount member in its own currency, "" where there is none. */
char *
pack_pdf_amount(const json_t *j, const char *name, char out[PACK_GROUPED])
{
	const json_t *v = json_object_get(j, name);
	const char *ccy = breaks_text(j, "currency");

	out[0] = '\0';
	return json_is_integer(v) && money_currency_known(ccy, strlen(ccy)) ?
	    pack_grouped(json_integer_value(v), ccy, out) : out;
}

/* ---- open items ---- */

struct aged {				/* of one currency */
	char	ccy[4];
	int64_t	count[BREAKS_AGES], value[BREAKS_AGES];
};

static int
add_aged(struct aged *v, size_t *n, const char *ccy, int days, int64_t minor, struct error *e)
{
	int at = breaks_age(days);
	size_t i;

	for (i = 0; i < *n && strcmp(v[i].ccy, ccy) != 0; i++)
		continue;
	if (i == *n) {
		memset(&v[i], 0, sizeof(v[i]));
		(void)snprintf(v[i].ccy, sizeof(v[i].ccy), "%.3s", ccy);
		(*n)++;
	}
	v[i].count[at]++;
	return minor < 0 ? money_sub(&v[i].value[at], minor, e) : money_add(&v[i].value[at], minor, e);
}

/* Counts and values by age: a line for each currency's count, one for its value. */
static void
ageing(struct pdf *d, const struct aged *v, size_t n)
{
	struct pdf_column columns[BREAKS_AGES + 1] = { { "Days old", 0.12, PDF_LEFT } };
	char text[BREAKS_AGES][PACK_GROUPED], name[40];
	const char *cells[BREAKS_AGES + 1];
	size_t i;
	int k;

	if (n == 0)
		return;
	for (k = 0; k < BREAKS_AGES; k++)
		columns[k + 1] = (struct pdf_column){ breaks_age_name[k], 0.11, PDF_RIGHT };
	pdf_table(d, columns, BREAKS_AGES + 1);
	for (i = 0; i < n; i++) {
		for (k = 0; k < BREAKS_AGES; k++) {
			(void)snprintf(text[k], sizeof(text[k]), "%lld", (long long)v[i].count[k]);
			cells[k + 1] = text[k];
		}
		(void)snprintf(name, sizeof(name), "%s items", v[i].ccy[0] == '\0' ? "other" : v[i].ccy);
		cells[0] = name;
		pdf_cells(d, PDF_ROW, cells);
		if (v[i].ccy[0] == '\0')
			continue;
		for (k = 0; k < BREAKS_AGES; k++)
			(void)pack_grouped(v[i].value[k], v[i].ccy, text[k]);
		(void)snprintf(name, sizeof(name), "%s value", v[i].ccy);
		pdf_cells(d, PDF_ROW, cells);
	}
	pdf_table_end(d);
}

struct oldest {
	const char	*id, *seen;
	const json_t	*b;
};

static int
by_seen(const void *a, const void *b)
{
	const struct oldest *x = a, *y = b;
	int d = strcmp(x->seen, y->seen);

	return d != 0 ? d : strcmp(x->id, y->id);
}

static void
one_break(const struct pack *p, struct pdf *d, const struct oldest *o)
{
	char age[16] = "", diff[PACK_GROUPED];
	const char *status = breaks_status_name[breaks_effective(o->b, p->to)], *payment = breaks_text(o->b, "payment_id");
	const char *cells[] = { o->id, breaks_text(o->b, "category"), status, breaks_text(o->b, "provider"), payment,
	    age, breaks_text(o->b, "currency"), pack_pdf_amount(o->b, "difference", diff) };

	if (moment_day_valid(o->seen))
		(void)snprintf(age, sizeof(age), "%d", moment_days_between(o->seen, p->to));
	pdf_cells(d, PDF_ROW, cells);
}

static int
open_items(const struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Break", 0.17, PDF_LEFT }, { "Category", 0.18, PDF_LEFT }, { "Status", 0.1, PDF_LEFT },
		{ "Account", 0.1, PDF_LEFT }, { "Payment", 0.19, PDF_LEFT }, { "Age", 0.05, PDF_RIGHT },
		{ "  Currency", 0.09, PDF_LEFT }, { "Difference", 0.12, PDF_RIGHT },
	};
	const json_t *table = json_object_get(p->st.tables, "break");
	struct oldest *v = calloc(json_object_size(table) + 1, sizeof(*v));
	struct aged aged[MONEY_CURRENCIES + 1];
	size_t n = 0, naged = 0, i;
	const char *key;
	json_t *j;
	int rc = 0;

	if (v == NULL)
		return error_set(e, ERR_IO, "report.pdf: no memory");
	json_object_foreach((json_t *)table, key, j) {
		int st = breaks_effective(j, p->to);

		if (st == BREAK_OPEN || st == BREAK_EXPECTED)
			v[n++] = (struct oldest){ key, breaks_text(j, "first_seen"), j };
	}
	qsort(v, n, sizeof(*v), by_seen);
	pdf_heading(d, "Open items and their age at the period's end");
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_aged(aged, &naged, breaks_text(v[i].b, "currency"),
		    moment_day_valid(v[i].seen) ? moment_days_between(v[i].seen, p->to) : 0,
		    json_integer_value(json_object_get(v[i].b, "difference")), e);
	ageing(d, aged, naged);
	pdf_table(d, columns, 8);
	for (i = 0; rc == 0 && i < n && i < PACK_LIST_MAX; i++)
		one_break(p, d, &v[i]);
	pack_pdf_more(d, n, PACK_LIST_MAX, "breaks.csv, and workbook.xlsx, sheet Open items");
	if (n == 0)
		pack_pdf_note(d, "No difference is open or expected.");
	pdf_table_end(d);
	free(v);
	return rc;
}

static void
roll_line(struct pdf *d, const char *name, const struct breaks_roll_row *r, int value)
{
	char text[ROLLS][PACK_GROUPED];
	const char *cells[ROLLS + 1] = { name };
	int k;

	for (k = 0; k < ROLLS; k++) {
		if (value)
			(void)pack_grouped(r->value[k], r->currency, text[k]);
		else
			(void)snprintf(text[k], sizeof(text[k]), "%lld", (long long)r->count[k]);
		cells[k + 1] = text[k];
	}
	pdf_cells(d, PDF_ROW, cells);
}

static void
roll_forward(const struct pack *p, struct pdf *d)
{
	static const struct pdf_column columns[] = {
		{ "Breaks", 0.25, PDF_LEFT }, { "Opening", 0.15, PDF_RIGHT }, { "New", 0.15, PDF_RIGHT },
		{ "Cleared", 0.15, PDF_RIGHT }, { "Written off", 0.15, PDF_RIGHT }, { "Closing", 0.15, PDF_RIGHT },
	};
	size_t i;

	pdf_heading(d, "Roll-forward: opening + new - cleared - written off = closing");
	pdf_table(d, columns, ROLLS + 1);
	for (i = 0; i < p->st.roll.n; i++) {
		const struct breaks_roll_row *r = &p->st.roll.v[i];
		char name[32];

		(void)snprintf(name, sizeof(name), "%s, count", r->currency[0] == '\0' ? "without amount" : r->currency);
		roll_line(d, name, r, 0);
		if (r->currency[0] == '\0')
			continue;
		(void)snprintf(name, sizeof(name), "%s, value", r->currency);
		roll_line(d, name, r, 1);
	}
	if (p->st.roll.n == 0)
		pack_pdf_note(d, "Reconciliation has found no difference up to the period's end.");
	pdf_table_end(d);
}

/* ---- money that waits ---- */

static int64_t
ledger(const struct pack *p, const char *prefix, const char *ccy)
{
	size_t i, n = strlen(prefix);
	int64_t sum = 0;
	struct error ignored;

	for (i = 0; i < p->nbalances; i++)
		if (strncmp(p->balances[i].account, prefix, n) == 0 && strcmp(p->balances[i].currency, ccy) == 0)
			(void)money_add(&sum, p->balances[i].closing, &ignored);
	return sum;
}

/* Items one by one, oldest first, and their total against the ledger account; sign turns it. */
static int
waiting(const struct pack *p, struct pdf *d, const char *heading, const json_t *list, const char *account, int sign,
    const char *none, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Since", 0.13, PDF_LEFT }, { "Age", 0.07, PDF_RIGHT }, { "   Account", 0.14, PDF_LEFT },
		{ "Payment", 0.3, PDF_LEFT }, { "Kind", 0.13, PDF_LEFT }, { "Currency", 0.09, PDF_LEFT },
		{ "Amount", 0.14, PDF_RIGHT },
	};
	struct oldest *v = calloc(json_object_size(list) + 1, sizeof(*v));
	struct { char ccy[4]; int64_t sum; } sum[MONEY_CURRENCIES];
	struct aged aged[MONEY_CURRENCIES + 1];
	size_t n = 0, nsums = 0, naged = 0, i, k;
	const char *key;
	json_t *j;
	int rc = v == NULL ? error_set(e, ERR_IO, "report.pdf: no memory") : 0;

	if (rc == -1)
		return -1;
	json_object_foreach((json_t *)list, key, j)
		v[n++] = (struct oldest){ key, breaks_text(j, "day"), j };
	qsort(v, n, sizeof(*v), by_seen);
	pdf_heading(d, heading);
	for (i = 0; rc == 0 && i < n; i++) {
		const char *ccy = breaks_text(v[i].b, "currency");
		int64_t minor = json_integer_value(json_object_get(v[i].b, "minor"));

		rc = add_aged(aged, &naged, ccy, moment_days_between(v[i].seen, p->to), minor, e);
		for (k = 0; k < nsums && strcmp(sum[k].ccy, ccy) != 0; k++)
			continue;
		if (k == nsums) {
			(void)snprintf(sum[nsums].ccy, 4, "%.3s", ccy);
			sum[nsums++].sum = 0;
		}
		if (rc == 0)
			rc = money_add(&sum[k].sum, minor, e);
	}
	ageing(d, aged, naged);
	pdf_table(d, columns, 7);
	for (i = 0; i < n && i < PACK_LIST_MAX; i++) {
		char age[16], amount[PACK_GROUPED], name[80];
		const char *cells[] = { v[i].seen, age, name, breaks_text(v[i].b, "id"), breaks_text(v[i].b, "kind"),
		    breaks_text(v[i].b, "currency"), pack_pdf_amount(v[i].b, "minor", amount) };

		(void)snprintf(age, sizeof(age), "%d", moment_days_between(v[i].seen, p->to));
		(void)snprintf(name, sizeof(name), "   %.64s", breaks_text(v[i].b, "account"));
		pdf_cells(d, PDF_ROW, cells);
	}
	pack_pdf_more(d, n, PACK_LIST_MAX, "workbook.xlsx, sheet Open items");
	/* Also where the ledger has money that no item explains. */
	for (i = 0; i < p->nbalances; i++) {
		const char *ccy = p->balances[i].currency;

		if (strncmp(p->balances[i].account, account, strlen(account)) != 0 || p->balances[i].closing == 0)
			continue;
		for (k = 0; k < nsums && strcmp(sum[k].ccy, ccy) != 0; k++)
			continue;
		if (k == nsums) {
			(void)snprintf(sum[nsums].ccy, 4, "%.3s", ccy);
			sum[nsums++].sum = 0;
		}
	}
	for (k = 0; k < nsums; k++) {
		int64_t booked = sign * ledger(p, account, sum[k].ccy), diff = sum[k].sum;
		char a[PACK_GROUPED], b[PACK_GROUPED], c[PACK_GROUPED], text[200 + 3 * PACK_GROUPED];

		(void)money_sub(&diff, booked, e);
		(void)snprintf(text, sizeof(text), "%.3s: items %s, ledger %s, difference %s", sum[k].ccy,
		    pack_grouped(sum[k].sum, sum[k].ccy, a), pack_grouped(booked, sum[k].ccy, b),
		    pack_grouped(diff, sum[k].ccy, c));
		pack_pdf_note(d, text);
	}
	if (n == 0 && nsums == 0)
		pack_pdf_note(d, none);
	pdf_table_end(d);
	free(v);
	return rc;
}

int
pack_pdf_items(struct pack *p, struct pdf *d, struct error *e)
{
	if (open_items(p, d, e) == -1)
		return -1;
	roll_forward(p, d);
	return waiting(p, d, "Unallocated: money whose owner is not known", p->st.unallocated,
	    "Liabilities:Unallocated", -1, "Every payment has an owner.", e) == -1 ? -1 :
	    waiting(p, d, "Suspense: money whose purpose is not known", p->st.suspense, "Assets:Suspense:", -1,
	    "Nothing stands in suspense.", e);
}
