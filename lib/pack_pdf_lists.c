/*
 * pack_pdf_lists -- in report.pdf: customers and the ledger, conversions, what was written off, closed,
 * decided and changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "pack_priv.h"
#include "pdf.h"

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
		if (n++ < PACK_LIST_MAX)
			pdf_cells(d, PDF_ROW, cells);
	}
	pack_pdf_more(d, n, PACK_LIST_MAX, "balances.csv, Liabilities:Customers with a closing above 0");
	if (n == 0)
		pack_pdf_note(d, "No customer owes us anything.");
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
	pack_pdf_note(d, line);
	pack_pdf_note(d, "A debit is positive: what we owe customers is negative.  All accounts together are 0.");
	pdf_table_end(d);
	return 0;
}

/* 1 where that moment lies on a day of the pack's period. */
static int
of_period(const struct pack *p, const char *moment)
{
	char day[MOMENT_DAY];
	struct error ignored;
	int64_t us;

	if (moment[0] == '\0' || moment_parse(moment, strlen(moment), &us, &ignored) == -1)
		return 0;
	moment_day(us, day);
	return strcmp(day, p->from) >= 0 && strcmp(day, p->to) <= 0;
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
		pack_pdf_note(d, "No money was converted in the period.");
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		char text[160], amount[PACK_GROUPED];

		if (strcmp(b->account, "Equity:Conversion") != 0)
			continue;
		(void)snprintf(text, sizeof(text), "Equity:Conversion at the period's end: %s %s", b->currency,
		    pack_grouped(b->closing, b->currency, amount));
		pack_pdf_note(d, text);
	}
	pdf_table_end(d);
}

/* One currency of a month: what people wrote off of breaks, and what they may. */
static void
write_off_line(const struct pack *p, struct pdf *d, const char *ccy)
{
	const json_t *budget = json_object_get(p->site->root, "write_off");
	const char *month = breaks_text(json_object_get(budget, "month"), ccy);
	const char *item = breaks_text(json_object_get(budget, "item"), ccy);
	char key[32], used[PACK_GROUPED], may[PACK_GROUPED] = "none", each[PACK_GROUPED] = "none", left[PACK_GROUPED];
	char count[24];
	const char *cells[] = { ccy, each, may, count, used, left };
	struct error ignored;
	const json_t *row;
	int64_t sum, minor = 0;

	(void)snprintf(key, sizeof(key), "%.7s.%s", p->to, ccy);
	row = json_object_get(json_object_get(p->st.tables, "write-off"), key);
	sum = json_integer_value(json_object_get(row, "used"));
	if (money_parse(item, strlen(item), ccy, &minor, &ignored) == 0)
		pack_grouped(minor, ccy, each);
	minor = 0;
	if (money_parse(month, strlen(month), ccy, &minor, &ignored) == 0)
		pack_grouped(minor, ccy, may);
	(void)snprintf(count, sizeof(count), "%lld", (long long)json_integer_value(json_object_get(row, "count")));
	pack_grouped(sum, ccy, used);
	pack_grouped(minor - sum, ccy, left);
	pdf_cells(d, PDF_ROW, cells);
}

static int
write_offs(const struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Currency", 0.13, PDF_LEFT }, { "Budget, one item", 0.18, PDF_RIGHT },
		{ "Budget, the month", 0.18, PDF_RIGHT }, { "Items", 0.13, PDF_RIGHT }, { "Used", 0.19, PDF_RIGHT },
		{ "Left", 0.19, PDF_RIGHT },
	};
	json_t *all = json_object();
	const char *key, **ccys;
	char heading[80], text[160], amount[PACK_GROUPED];
	size_t n, i;
	json_t *v;

	json_object_foreach(json_object_get(json_object_get(p->site->root, "write_off"), "month"), key, v)
		json_object_set_new(all, key, json_true());
	json_object_foreach(json_object_get(p->st.tables, "write-off"), key, v)
		if (strncmp(key, p->to, 7) == 0 && money_currency_known(key + 8, strlen(key + 8)))
			json_object_set_new(all, key + 8, json_true());
	ccys = pack_sorted(all, &n);
	if (ccys == NULL) {
		json_decref(all);
		return error_set(e, ERR_IO, "report.pdf: no memory");
	}
	(void)snprintf(heading, sizeof(heading), "Written off of differences in %.7s, and the budget", p->to);
	pdf_heading(d, heading);
	pdf_table(d, columns, 6);
	for (i = 0; i < n; i++)
		write_off_line(p, d, ccys[i]);
	if (n == 0)
		pack_pdf_note(d, "Nothing was written off, and no budget is set.");
	for (i = 0; i < p->nbalances; i++)
		if (strcmp(p->balances[i].account, "Expenses:WriteOff") == 0) {
			(void)snprintf(text, sizeof(text), "Expenses:WriteOff at the period's end: %s %s", p->balances[i].currency,
			    pack_grouped(p->balances[i].closing, p->balances[i].currency, amount));
			pack_pdf_note(d, text);
		}
	pdf_table_end(d);
	free(ccys);
	json_decref(all);
	return 0;
}

/* ---- Mass Pay ---- */

/* Batches that were registered in the period, and what the books still owe. */
static int
payouts(const struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Batch", 0.26, PDF_LEFT }, { "Account", 0.12, PDF_LEFT }, { "What", 0.1, PDF_LEFT },
		{ "Registered (UTC)", 0.2, PDF_LEFT }, { "Items", 0.08, PDF_RIGHT }, { "  Currency", 0.1, PDF_LEFT },
		{ "Total", 0.14, PDF_RIGHT },
	};
	const json_t *table = json_object_get(p->st.tables, "batch");
	size_t n, i, shown = 0;
	const char **keys = pack_sorted(table, &n);
	char text[160];

	if (keys == NULL)
		return error_set(e, ERR_IO, "report.pdf: no memory");
	pdf_heading(d, "Mass Pay: batches registered, and what is owed");
	pdf_table(d, columns, 7);
	for (i = 0; i < n; i++) {
		const json_t *j = json_object_get(table, keys[i]);
		char items[24], total[PACK_GROUPED], ccy[8];
		const char *cells[] = { keys[i], breaks_text(j, "account"), breaks_text(j, "kind"), text, items, ccy,
		    pack_pdf_amount(j, "total", total) };

		if (!of_period(p, breaks_text(j, "registered")) || shown++ >= PACK_LIST_MAX)
			continue;
		(void)snprintf(text, sizeof(text), "%.19s", breaks_text(j, "registered"));
		(void)snprintf(items, sizeof(items), "%lld", (long long)json_integer_value(json_object_get(j, "items")));
		(void)snprintf(ccy, sizeof(ccy), "  %.3s", breaks_text(j, "currency"));
		pdf_cells(d, PDF_ROW, cells);
	}
	free(keys);
	pack_pdf_more(d, shown, PACK_LIST_MAX, "daybook-masspay status");
	if (shown == 0)
		pack_pdf_note(d, "No batch was registered in the period.");
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		char amount[PACK_GROUPED];

		if (strcmp(b->account, "Liabilities:Payouts") != 0)
			continue;
		(void)snprintf(text, sizeof(text), "Liabilities:Payouts at the period's end: %s %s%s", b->currency,
		    pack_grouped(b->closing, b->currency, amount), b->closing > 0 ? ", a batch that nobody registered" :
		    b->closing < 0 ? ", owed or under way" : "");
		pack_pdf_note(d, text);
	}
	pdf_table_end(d);
	return 0;
}

/* ---- closed periods ---- */

static void
explained(struct pdf *d, const json_t *row)
{
	const json_t *proofs = json_object_get(row, "proofs");
	char text[600], amount[PACK_GROUPED];
	size_t i;

	for (i = 0; i < json_array_size(proofs); i++) {
		const json_t *j = json_array_get(proofs, i);

		if (strcmp(breaks_text(j, "how"), "explained") != 0)
			continue;
		(void)snprintf(text, sizeof(text), "%.64s %s: unexplained %s; explained by %.64s: %.300s",
		    breaks_text(j, "account"), breaks_text(j, "currency"), pack_pdf_amount(j, "unexplained", amount),
		    breaks_text(j, "by"), breaks_text(j, "note"));
		pdf_para(d, pdf_left(d) + 20, pdf_right(d) - pdf_left(d) - 20, PDF_PLAIN, 8, text);
	}
}

static int
closings(const struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Period", 0.14, PDF_LEFT }, { "Act", 0.12, PDF_LEFT }, { "When (UTC)", 0.2, PDF_LEFT },
		{ "Who", 0.14, PDF_LEFT }, { "Why", 0.4, PDF_LEFT },
	};
	const json_t *table = json_object_get(p->st.tables, "closing");
	size_t n, i, shown = 0;
	const char **keys = pack_sorted(table, &n);

	if (keys == NULL)
		return error_set(e, ERR_IO, "report.pdf: no memory");
	pdf_heading(d, "Periods closed and reopened");
	pdf_table(d, columns, 5);
	for (i = 0; i < n; i++) {
		const json_t *j = json_object_get(table, keys[i]);
		const char *closed[] = { keys[i], "closed", breaks_text(j, "at"), breaks_text(j, "by"),
		    breaks_text(j, "note") };
		const char *reopened[] = { keys[i], "reopened", breaks_text(j, "reopened_at"),
		    breaks_text(j, "reopened_by"), breaks_text(j, "reopened_note") };

		if (of_period(p, closed[2])) {
			pdf_cells(d, PDF_ROW, closed);
			explained(d, j);
			shown++;
		}
		if (of_period(p, reopened[2])) {
			pdf_cells(d, PDF_ROW, reopened);
			shown++;
		}
	}
	free(keys);
	if (shown == 0)
		pack_pdf_note(d, "No period was closed or reopened in these days.");
	pdf_table_end(d);
	return 0;
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
	for (i = 0; i < n && i < PACK_LIST_MAX; i++) {
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
	pack_pdf_more(d, n, PACK_LIST_MAX, "journal.csv, column decided_by");
	(void)snprintf(text, sizeof(text), "%zu decision%s in the period; results of reconciliation taken in: %lld.", n,
	    n == 1 ? "" : "s", (long long)p->st.reconciled);
	pack_pdf_note(d, text);
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

		if (shown < PACK_LIST_MAX || json_object_get(j, "receiver") != NULL) {
			one_setting(d, j);
			shown++;
		}
	}
	pack_pdf_more(d, n, shown, "the register's journal");
	pdf_table_end(d);
}

int
pack_pdf_lists(struct pack *p, struct pdf *d, struct error *e)
{
	receivables(p, d);
	if (customers_and_ledger(p, d, e) == -1)
		return -1;
	conversions(p, d);
	if (payouts(p, d, e) == -1 || write_offs(p, d, e) == -1 || closings(p, d, e) == -1)
		return -1;
	decisions(p, d);
	settings(p, d);
	return 0;
}
