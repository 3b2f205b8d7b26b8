/*
 * pack_pdf_lists -- in report.pdf: what is open and how old it is, whose money it is, what people
 * decided and changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "pack_priv.h"
#include "pdf.h"

#define LIST_MAX	40	/* lines of a list on paper; the workbook has them all */

static void
note(struct pdf *d, const char *text)
{
	pdf_cells(d, PDF_ROW_NOTE, (const char *const[]){ text });
}

static void
and_more(struct pdf *d, size_t n, size_t shown, const char *where)
{
	char text[120];

	if (n <= shown)
		return;
	(void)snprintf(text, sizeof(text), "and %zu more: %s", n - shown, where);
	note(d, text);
}

/* An amount member in its own currency, "" where there is none. */
static char *
amount_of(const json_t *j, const char *name, char out[PACK_GROUPED])
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
	    age, breaks_text(o->b, "currency"), amount_of(o->b, "difference", diff) };

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
	for (i = 0; rc == 0 && i < n && i < LIST_MAX; i++)
		one_break(p, d, &v[i]);
	and_more(d, n, LIST_MAX, "breaks.csv, and workbook.xlsx, sheet Open items");
	if (n == 0)
		note(d, "No difference is open or expected.");
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
		note(d, "Reconciliation has found no difference up to the period's end.");
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
	for (i = 0; i < n && i < LIST_MAX; i++) {
		char age[16], amount[PACK_GROUPED], name[80];
		const char *cells[] = { v[i].seen, age, name, breaks_text(v[i].b, "id"), breaks_text(v[i].b, "kind"),
		    breaks_text(v[i].b, "currency"), amount_of(v[i].b, "minor", amount) };

		(void)snprintf(age, sizeof(age), "%d", moment_days_between(v[i].seen, p->to));
		(void)snprintf(name, sizeof(name), "   %.64s", breaks_text(v[i].b, "account"));
		pdf_cells(d, PDF_ROW, cells);
	}
	and_more(d, n, LIST_MAX, "workbook.xlsx, sheet Open items");
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
		note(d, text);
	}
	if (n == 0 && nsums == 0)
		note(d, none);
	pdf_table_end(d);
	free(v);
	return rc;
}

/* ---- customers ---- */

static void
receivables(const struct pack *p, struct pdf *d)
{
	static const struct pdf_column columns[] = {
		{ "Customer", 0.6, PDF_LEFT }, { "Currency", 0.2, PDF_LEFT }, { "Owes us", 0.2, PDF_RIGHT },
	};
	size_t i, n = 0;

	pdf_heading(d, "Receivables: customers in debit");
	pdf_table(d, columns, 3);
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		char amount[PACK_GROUPED];
		const char *cells[] = { b->account + 22, b->currency, amount };

		if (strncmp(b->account, "Liabilities:Customers:", 22) != 0 || b->closing <= 0)
			continue;
		pack_grouped(b->closing, b->currency, amount);
		if (n++ < LIST_MAX)
			pdf_cells(d, PDF_ROW, cells);
	}
	and_more(d, n, LIST_MAX, "balances.csv, Liabilities:Customers with a closing above 0");
	if (n == 0)
		note(d, "No customer owes us anything.");
	pdf_table_end(d);
}

enum { K_CUSTOMERS, K_ASSETS, K_LIABILITIES, K_EQUITY, K_INCOME, K_EXPENSES, KINDS };

static int
kind_of(const char *account)
{
	return strncmp(account, "Liabilities:Customers:", 22) == 0 ? K_CUSTOMERS :
	    strncmp(account, "Assets:", 7) == 0 ? K_ASSETS : strncmp(account, "Liabilities:", 12) == 0 ? K_LIABILITIES :
	    strncmp(account, "Equity:", 7) == 0 ? K_EQUITY : strncmp(account, "Income:", 7) == 0 ? K_INCOME : K_EXPENSES;
}

/* Customers' accounts added one by one, and everything else: together 0 in each currency. */
static int
customers_and_ledger(const struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Currency", 0.1, PDF_LEFT }, { "Customers", 0.15, PDF_RIGHT }, { "Assets", 0.13, PDF_RIGHT },
		{ "Liabilities", 0.13, PDF_RIGHT }, { "Equity", 0.13, PDF_RIGHT }, { "Income", 0.12, PDF_RIGHT },
		{ "Expenses", 0.12, PDF_RIGHT }, { "All", 0.12, PDF_RIGHT },
	};
	struct { char ccy[4]; int64_t sum[KINDS + 1]; int64_t n; } v[MONEY_CURRENCIES];
	char text[KINDS + 1][PACK_GROUPED], line[200];
	const char *cells[KINDS + 2];
	int64_t strangers = 0, accounts = 0;
	uint32_t at;
	size_t n = 0, i, k;

	memset(v, 0, sizeof(v));
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		int kind = kind_of(b->account);

		for (k = 0; k < n && strcmp(v[k].ccy, b->currency) != 0; k++)
			continue;
		if (k == n)
			memcpy(v[n++].ccy, b->currency, 4);
		if (money_add(&v[k].sum[kind], b->closing, e) == -1 || money_add(&v[k].sum[KINDS], b->closing, e) == -1)
			return -1;
		if (kind == K_CUSTOMERS) {
			accounts++;
			strangers += !keyed_find(p->st.customers, b->account + 22, strlen(b->account + 22), &at);
		}
	}
	pdf_heading(d, "Customers' total against the ledger");
	pdf_table(d, columns, KINDS + 2);
	for (k = 0; k < n; k++) {
		cells[0] = v[k].ccy;
		for (i = 0; i <= KINDS; i++)
			cells[i + 1] = pack_grouped(v[k].sum[i], v[k].ccy, text[i]);
		pdf_cells(d, PDF_ROW, cells);
	}
	(void)snprintf(line, sizeof(line), "Customer accounts in the ledger: %lld; customers in the register: %lld; "
	    "accounts without such a customer: %lld.", (long long)accounts, (long long)p->st.ncustomers,
	    (long long)strangers);
	note(d, line);
	note(d, "A debit is positive: what we owe customers is negative.  All accounts together are 0.");
	pdf_table_end(d);
	return 0;
}

/* ---- conversions, write-offs ---- */

/* in / out with six decimals, by whole numbers. */
static void
rate_of(const struct pack_change *c, char out[48])
{
	__int128 scaled = (__int128)c->in_minor * 1000000, whole = 1;
	int i;

	out[0] = '\0';
	if (c->out[0] == '\0' || c->in[0] == '\0' || c->out_minor == 0)
		return;
	for (i = money_decimals(c->in); i < money_decimals(c->out); i++)
		scaled *= 10;
	for (i = money_decimals(c->out); i < money_decimals(c->in); i++)
		whole *= 10;
	scaled = (scaled / whole + c->out_minor / 2) / c->out_minor;
	if (scaled >= 0 && scaled < (__int128)INT64_MAX)
		(void)snprintf(out, 48, "%lld.%06lld", (long long)(scaled / 1000000), (long long)(scaled % 1000000));
}

static int
by_change(const void *a, const void *b)
{
	const struct pack_change *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	if (d == 0 && (d = strcmp(x->out, y->out)) == 0)
		d = strcmp(x->in, y->in);
	return d;
}

static void
conversions(struct pack *p, struct pdf *d)
{
	static const struct pdf_column columns[] = {
		{ "Account", 0.2, PDF_LEFT }, { "Times", 0.1, PDF_RIGHT }, { "Went out", 0.22, PDF_RIGHT },
		{ "  Currency", 0.1, PDF_LEFT }, { "Came in", 0.16, PDF_RIGHT }, { "  Currency", 0.1, PDF_LEFT },
		{ "Rate", 0.12, PDF_RIGHT },
	};
	size_t i;

	pdf_heading(d, "Conversions at the provider's rates");
	if (p->st.nchanges > 0)
		qsort(p->st.changes, p->st.nchanges, sizeof(*p->st.changes), by_change);
	pdf_table(d, columns, 7);
	for (i = 0; i < p->st.nchanges; i++) {
		const struct pack_change *c = &p->st.changes[i];
		char times[24], out[PACK_GROUPED] = "", in[PACK_GROUPED] = "", rate[48], co[8], ci[8];
		const char *cells[] = { c->account, times, out, co, in, ci, rate };

		(void)snprintf(times, sizeof(times), "%lld", (long long)c->n);
		(void)snprintf(co, sizeof(co), "  %s", c->out);
		(void)snprintf(ci, sizeof(ci), "  %s", c->in);
		if (c->out[0] != '\0')
			pack_grouped(c->out_minor, c->out, out);
		if (c->in[0] != '\0')
			pack_grouped(c->in_minor, c->in, in);
		rate_of(c, rate);
		pdf_cells(d, PDF_ROW, cells);
	}
	if (p->st.nchanges == 0)
		note(d, "No money was converted in the period.");
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		char text[160], amount[PACK_GROUPED];

		if (strcmp(b->account, "Equity:Conversion") != 0)
			continue;
		(void)snprintf(text, sizeof(text), "Equity:Conversion at the period's end: %s %s", b->currency,
		    pack_grouped(b->closing, b->currency, amount));
		note(d, text);
	}
	pdf_table_end(d);
}

/* ---- people ---- */

static void
decisions(const struct pack *p, struct pdf *d)
{
	static const struct pdf_column columns[] = {
		{ "Day", 0.11, PDF_LEFT }, { "Record", 0.07, PDF_RIGHT }, { "   Who", 0.12, PDF_LEFT },
		{ "What", 0.15, PDF_LEFT }, { "About", 0.17, PDF_LEFT }, { "Amount", 0.15, PDF_RIGHT },
		{ "   Why", 0.23, PDF_LEFT },
	};
	size_t n = json_array_size(p->st.acts), i;
	char text[160];

	pdf_heading(d, "Manual entries and decisions of people");
	pdf_table(d, columns, 7);
	for (i = 0; i < n && i < LIST_MAX; i++) {
		const json_t *j = json_array_get(p->st.acts, i);
		char record[24], who[80], why[240];
		const char *to = breaks_text(j, "to"), *say = breaks_text(j, "note");
		const char *cells[] = { breaks_text(j, "day"), record, who, breaks_text(j, "verb"), breaks_text(j, "about"),
		    breaks_text(j, "amounts"), why };

		(void)snprintf(record, sizeof(record), "%lld", (long long)json_integer_value(json_object_get(j, "record")));
		(void)snprintf(who, sizeof(who), "   %.64s", breaks_text(j, "who"));
		(void)snprintf(why, sizeof(why), "   %s%s%.200s", to[0] != '\0' ? "to " : "", to,
		    say[0] == '\0' ? "" : say);
		if (to[0] != '\0' && say[0] != '\0')
			(void)snprintf(why, sizeof(why), "   to %.64s: %.150s", to, say);
		pdf_cells(d, PDF_ROW, cells);
	}
	and_more(d, n, LIST_MAX, "journal.csv, column decided_by");
	(void)snprintf(text, sizeof(text), "%zu decision%s in the period; results of reconciliation taken in: %lld.", n,
	    n == 1 ? "" : "s", (long long)p->st.reconciled);
	note(d, text);
	pdf_table_end(d);
}

static void
one_setting(struct pdf *d, const json_t *j)
{
	char about[200], text[1200];
	const char *cells[] = { breaks_text(j, "day"), breaks_text(j, "who"), breaks_text(j, "verb"), about,
	    breaks_text(j, "names") };

	(void)snprintf(about, sizeof(about), "%s %s", breaks_text(j, "table"), breaks_text(j, "key"));
	pdf_cells(d, PDF_ROW, cells);
	if (json_object_get(j, "receiver") == NULL)
		return;
	(void)snprintf(text, sizeof(text), "RECEIVERS of %s were: %s", breaks_text(j, "key"),
	    breaks_text(j, "receiver_was")[0] == '\0' ? "none" : breaks_text(j, "receiver_was"));
	pdf_para(d, pdf_left(d) + 20, pdf_right(d) - pdf_left(d) - 20, PDF_BOLD, 8, text);
	(void)snprintf(text, sizeof(text), "are now: %s", breaks_text(j, "receiver")[0] == '\0' ? "none" :
	    breaks_text(j, "receiver"));
	pdf_para(d, pdf_left(d) + 20, pdf_right(d) - pdf_left(d) - 20, PDF_BOLD, 8, text);
	pdf_space(d, 3);
}

static void
settings(const struct pack *p, struct pdf *d)
{
	static const struct pdf_column columns[] = {
		{ "Day", 0.12, PDF_LEFT }, { "Who", 0.14, PDF_LEFT }, { "What", 0.2, PDF_LEFT },
		{ "Of", 0.3, PDF_LEFT }, { "Changed", 0.24, PDF_LEFT },
	};
	size_t n = json_array_size(p->st.settings), i, shown = 0, receivers = 0;
	char text[120];

	for (i = 0; i < n; i++)
		receivers += json_object_get(json_array_get(p->st.settings, i), "receiver") != NULL;
	pdf_heading(d, "Changes of settings");
	(void)snprintf(text, sizeof(text), receivers == 0 ? "Receivers did not change: money comes where it came before." :
	    "Receivers changed %zu time%s: who money is taken for.", receivers, receivers == 1 ? "" : "s");
	pdf_para(d, pdf_left(d), pdf_right(d) - pdf_left(d), receivers == 0 ? PDF_PLAIN : PDF_BOLD, 8.5, text);
	pdf_space(d, 4);
	if (n == 0)
		return;
	pdf_table(d, columns, 5);
	/* Receivers are never left off. */
	for (i = 0; i < n; i++) {
		const json_t *j = json_array_get(p->st.settings, i);

		if (shown < LIST_MAX || json_object_get(j, "receiver") != NULL) {
			one_setting(d, j);
			shown++;
		}
	}
	and_more(d, n, shown, "the register's journal");
	pdf_table_end(d);
}

int
pack_pdf_lists(struct pack *p, struct pdf *d, struct error *e)
{
	if (open_items(p, d, e) == -1)
		return -1;
	roll_forward(p, d);
	if (waiting(p, d, "Unallocated: money whose owner is not known", p->st.unallocated, "Liabilities:Unallocated", -1,
	    "Every payment has an owner.", e) == -1 ||
	    waiting(p, d, "Suspense: money whose purpose is not known", p->st.suspense, "Assets:Suspense:", -1,
	    "Nothing stands in suspense.", e) == -1)
		return -1;
	receivables(p, d);
	if (customers_and_ledger(p, d, e) == -1)
		return -1;
	conversions(p, d);
	decisions(p, d);
	settings(p, d);
	return 0;
}
