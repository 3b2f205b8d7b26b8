/*
 * pack_pdf -- report.pdf: the pack on paper, verdict first (contract.md, daybook-audit).
 *
 * Ids, no payers' names.  The words are ours, the figures those of the pack's CSV files; whatever is
 * cut on paper says where the rest stands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "pack_priv.h"
#include "pdf.h"

char *
pack_grouped(int64_t minor, const char ccy[4], char out[PACK_GROUPED])
{
	char plain[MONEY_TEXT];
	size_t n = 0, i, whole;
	const char *s = money_print(minor, ccy, plain);

	if (*s == '-')
		out[n++] = *s++;
	whole = strcspn(s, ".");
	for (i = 0; s[i] != '\0' && n + 2 < PACK_GROUPED; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = s[i];
	}
	out[n] = '\0';
	return out;
}

/* ---- which accounts, and what was proved of them ---- */

static int
by_pair(const void *a, const void *b)
{
	const struct pack_pair *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	return d != 0 ? d : strcmp(x->currency, y->currency);
}

static int
add_pair(struct pack_pair **v, size_t *n, const char *account, const char *ccy, struct error *e)
{
	struct pack_pair *more;
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp((*v)[i].account, account) == 0 && strcmp((*v)[i].currency, ccy) == 0)
			return 0;
	if ((more = realloc(*v, (*n + 1) * sizeof(*more))) == NULL)
		return error_set(e, ERR_IO, "report.pdf: no memory");
	*v = more;
	memset(&more[*n], 0, sizeof(*more));
	(void)snprintf(more[*n].account, sizeof(more[*n].account), "%s", account);
	(void)snprintf(more[*n].currency, sizeof(more[*n].currency), "%.3s", ccy);
	(*n)++;
	return 0;
}

int
pack_pairs(const struct pack *p, struct pack_pair **v, size_t *n, struct error *e)
{
	const char *key;
	json_t *j;
	size_t i;

	*v = NULL;
	*n = 0;
	for (i = 0; i < p->nbalances; i++)
		if (pack_provider(p->balances[i].account) != NULL &&
		    add_pair(v, n, pack_provider(p->balances[i].account), p->balances[i].currency, e) == -1)
			goto err;
	json_object_foreach(json_object_get(p->st.tables, "statement"), key, j) {
		const char *ccy = breaks_text(j, "currency");

		if (money_currency_known(ccy, strlen(ccy)) && add_pair(v, n, breaks_text(j, "account"), ccy, e) == -1)
			goto err;
	}
	if (*n > 0)
		qsort(*v, *n, sizeof(**v), by_pair);
	return 0;
err:
	free(*v);
	*v = NULL;
	return -1;
}

int
pack_statement(const struct pack *p, const char *account, const char *ccy, struct statement *st, struct error *e)
{
	const json_t *best = NULL;
	const char *key;
	json_t *j;

	json_object_foreach(json_object_get(p->st.tables, "statement"), key, j)
		if (strcmp(breaks_text(j, "account"), account) == 0 && strcmp(breaks_text(j, "currency"), ccy) == 0 &&
		    strcmp(breaks_text(j, "day"), p->to) <= 0 &&
		    (best == NULL || strcmp(breaks_text(best, "day"), breaks_text(j, "day")) < 0))
			best = j;
	return best == NULL ? 0 : statement_read(best, st, e) == -1 ? -1 : 1;
}

static int64_t
balance_of(const struct pack *p, const char *account, const char *ccy)
{
	size_t i;

	for (i = 0; i < p->nbalances; i++) {
		const char *name = pack_provider(p->balances[i].account);

		if (name != NULL && strcmp(name, account) == 0 && strcmp(p->balances[i].currency, ccy) == 0)
			return p->balances[i].closing;
	}
	return 0;
}

/* ---- the first page ---- */

static int
count_of(const struct pack *p, const char *account, const char *ccy)
{
	const char *key;
	json_t *j;
	int n = 0;

	json_object_foreach(json_object_get(p->st.tables, "break"), key, j) {
		int st = breaks_effective(j, p->to);

		n += (st == BREAK_OPEN || st == BREAK_EXPECTED) && strcmp(breaks_text(j, "provider"), account) == 0 &&
		    strcmp(breaks_text(j, "currency"), ccy) == 0;
	}
	return n;
}

/* "Unexplained difference: JPY -50 (PayPal)", or that there is none, and what was not reconciled. */
static int
unexplained(const struct pack *p, char *out, size_t size, struct error *e)
{
	struct pack_pair *v;
	size_t n, i, len = 0, differ = 0, unknown = 0;
	char amount[PACK_GROUPED];

	if (pack_pairs(p, &v, &n, e) == -1)
		return -1;
	out[0] = '\0';
	for (i = 0; i < n; i++) {
		struct statement st;
		int known = pack_statement(p, v[i].account, v[i].currency, &st, e);

		if (known == -1) {
			free(v);
			return -1;
		}
		unknown += known == 0;
		if (known == 1 && st.unexplained != 0 && len < size) {
			len += (size_t)snprintf(out + len, size - len, "%s%s %s (%s)", differ == 0 ?
			    "Unexplained difference: " : "; ", v[i].currency, pack_grouped(st.unexplained, v[i].currency,
			    amount), v[i].account);
			differ++;
		}
	}
	if (differ == 0 && unknown < n)
		len += (size_t)snprintf(out + len, size - len, "Unexplained difference: 0 in all that was reconciled");
	if (unknown > 0 && len < size)
		(void)snprintf(out + len, size - len, "%sNot reconciled: %zu of %zu accounts and currencies",
		    len == 0 ? "" : ".  ", unknown, n);
	if (n == 0)
		(void)snprintf(out, size, "There is nothing to reconcile yet");
	free(v);
	return 0;
}

static int
verdict_box(struct pack *p, struct pdf *d, const struct pack_result *res, struct error *e)
{
	double x = pdf_left(d), w = pdf_right(d) - x, y = pdf_y(d);
	char verdict[64], text[300];

	if (unexplained(p, text, sizeof(text) - 2, e) == -1)
		return -1;
	(void)strcat(text, ".");
	pdf_box(d, x, y, w, 72, 1.6, PDF_EMPTY);
	pdf_text(d, x + 12, y + 61, w - 24, PDF_LEFT, PDF_BOLD, 9, text);
	pdf_text(d, x + 12, y + 28, w - 24, PDF_LEFT, PDF_BOLD, 22, pack_verdict(res, verdict));
	(void)snprintf(text, sizeof(text), strcmp(p->from, p->to) == 0 ? "%s" : "%s to %s", p->from, p->to);
	pdf_text(d, x + 12, y + 28, w - 24, PDF_RIGHT, PDF_BOLD, 13, text);
	(void)snprintf(text, sizeof(text), "At the period's end: %d break%s open, %d expected; %d payment%s without an "
	    "owner; messages: %d held, %d waiting.", res->breaks, res->breaks == 1 ? "" : "s", res->expected,
	    res->unallocated, res->unallocated == 1 ? "" : "s", res->held, res->waiting);
	pdf_text(d, x + 12, y + 47, w - 24, PDF_LEFT, PDF_PLAIN, 9, text);
	pdf_move(d, y + 72);
	if (p->site->stand_ins) {
		y = pdf_y(d) + 6;
		pdf_box(d, x, y, w, 18, 0.6, PDF_EMPTY);
		pdf_text(d, x + 12, y + 12.5, w - 24, PDF_LEFT, PDF_BOLD, 9,
		    "STAND-IN: this site was made for trying out. No real money is behind these figures.");
		pdf_move(d, y + 18);
	}
	return 0;
}

static void
pair_of(struct pdf *d, double x, double w, double y, const char *name, const char *value)
{
	pdf_text(d, x, y, 88, PDF_LEFT, PDF_PLAIN, 8, name);
	pdf_text(d, x + 90, y, w - 90, PDF_LEFT, PDF_PLAIN, 8.5, value);
}

static void
signature(struct pdf *d, double x, double w, double y, const char *name, const char *who)
{
	pdf_text(d, x, y, 88, PDF_LEFT, PDF_PLAIN, 8, name);
	if (who[0] != '\0')
		pdf_text(d, x + 90, y, w - 90, PDF_LEFT, PDF_PLAIN, 8.5, who);
	else
		pdf_rule(d, x + 90, x + w, y + 1.5, 0.5);
}

static void
about(struct pack *p, struct pdf *d)
{
	const struct site *s = p->site;
	double x = pdf_left(d), w = (pdf_right(d) - x - 24) / 2, right = x + w + 24, y = pdf_y(d) + 34;
	char text[128];

	pdf_text(d, x, y, pdf_right(d) - x, PDF_LEFT, PDF_BOLD, 17, s->legal_name[0] != '\0' ? s->legal_name : s->name);
	(void)snprintf(text, sizeof(text), "Audit pack of the %s book", site_book_name[p->book]);
	pdf_text(d, x, y + 17, pdf_right(d) - x, PDF_LEFT, PDF_PLAIN, 10.5, text);
	y += 40;
	pair_of(d, x, w, y, "Trading name", s->name);
	pair_of(d, right, w, y, "Days in time zone", s->time_zone);
	pair_of(d, x, w, y + 14, "Tax id", s->tax_id[0] != '\0' ? s->tax_id : "not stated");
	(void)snprintf(text, sizeof(text), "%lld of %llu in the journal", (long long)p->records,
	    (unsigned long long)p->end.n);
	pair_of(d, right, w, y + 14, "Records", text);
	(void)snprintf(text, sizeof(text), "%lld", (long long)p->nentries);
	pair_of(d, x, w, y + 28, "Entries", text);
	pair_of(d, right, w, y + 28, "Program", "daybook " DAYBOOK_VERSION);
	pdf_text(d, x, y + 42, 88, PDF_LEFT, PDF_PLAIN, 8, "Signing key");
	pdf_text(d, x + 90, y + 42, 0, PDF_LEFT, PDF_PLAIN, 8.5, s->key);
	pdf_text(d, x, y + 56, 88, PDF_LEFT, PDF_PLAIN, 8, "Chain head");
	pdf_text(d, x + 90, y + 56, 0, PDF_LEFT, PDF_PLAIN, 8.5, p->end.head);
	signature(d, x, w, y + 84, "Prepared by", s->prepared_by);
	signature(d, right, w, y + 84, "Approved by", s->approved_by);
	pdf_move(d, y + 94);
}

static int
overview(struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "Account", 0.2, PDF_LEFT }, { "Currency", 0.1, PDF_LEFT },
		{ "In our books", 0.18, PDF_RIGHT }, { "At the provider", 0.18, PDF_RIGHT },
		{ "As of", 0.14, PDF_RIGHT }, { "Unexplained", 0.13, PDF_RIGHT }, { "Open", 0.07, PDF_RIGHT },
	};
	struct pack_pair *v;
	size_t n, i;
	int rc = 0;

	if (pack_pairs(p, &v, &n, e) == -1)
		return -1;
	pdf_heading(d, "Provider accounts");
	pdf_table(d, columns, 7);
	for (i = 0; rc == 0 && i < n; i++) {
		char books[PACK_GROUPED], closing[PACK_GROUPED] = "no report", unexplained[PACK_GROUPED] = "not reconciled";
		char open[16];
		struct statement st;
		int known = pack_statement(p, v[i].account, v[i].currency, &st, e);
		const char *cells[] = { v[i].account, v[i].currency, books, closing, known == 1 ? st.day : "", unexplained,
		    open };

		rc = known == -1 ? -1 : 0;
		pack_grouped(balance_of(p, v[i].account, v[i].currency), v[i].currency, books);
		(void)snprintf(open, sizeof(open), "%d", count_of(p, v[i].account, v[i].currency));
		if (known == 1) {
			pack_grouped(st.unexplained, v[i].currency, unexplained);
			if (st.stated)
				pack_grouped(st.closing, v[i].currency, closing);
			else
				(void)snprintf(closing, sizeof(closing), "not stated");
		}
		pdf_cells(d, PDF_ROW, cells);
	}
	if (n == 0)
		pdf_cells(d, PDF_ROW_NOTE, (const char *const[]){ "Nothing was ever booked in a provider account." });
	pdf_table_end(d);
	free(v);
	return rc;
}

/* ---- thirty days ---- */

static const struct pack_flow *
busiest(const struct pack_state *st)
{
	const struct pack_flow *best = NULL, *f;
	size_t i;

	for (i = 0; i < st->nflows; i++) {
		f = &st->flows[i];
		if (f->entries > 0 && (best == NULL || f->entries > best->entries || (f->entries == best->entries &&
		    (strcmp(f->account, best->account) < 0 || (strcmp(f->account, best->account) == 0 &&
		    strcmp(f->currency, best->currency) < 0)))))
			best = f;
	}
	return best;
}

/* A round figure that is not below v: 1, 2 or 5 times a power of ten. */
static int64_t
round_up(int64_t v)
{
	int64_t step = 1;

	while (step <= INT64_MAX / 10) {
		if (v <= step)
			return step;
		if (v <= step * 2)
			return step * 2;
		if (v <= step * 5)
			return step * 5;
		step *= 10;
	}
	return v;
}

static void
bars(const struct pack *p, struct pdf *d, const struct pack_flow *f)
{
	double x = pdf_left(d) + 62, w = pdf_right(d) - x, h = 108, y = pdf_y(d) + 26, step = w / PACK_CHART_DAYS;
	int64_t in = 0, out = 0, top, bottom;
	double zero, scale;
	char text[PACK_GROUPED], day[MOMENT_DAY];
	int i;

	for (i = 0; i < PACK_CHART_DAYS; i++) {
		in = f->in[i] > in ? f->in[i] : in;
		out = f->out[i] > out ? f->out[i] : out;
	}
	top = in == 0 ? 0 : round_up(in);
	bottom = out == 0 ? 0 : round_up(out);
	scale = h / ((double)top + (double)bottom + (top + bottom == 0 ? 1 : 0));
	zero = y + (double)top * scale;
	pdf_box(d, x, pdf_y(d) + 6, 9, 7, 0.5, PDF_GREY);
	pdf_text(d, x + 13, pdf_y(d) + 12.5, 150, PDF_LEFT, PDF_PLAIN, 8, "came in (filled)");
	pdf_box(d, x + 100, pdf_y(d) + 6, 9, 7, 0.5, PDF_HATCHED);
	pdf_text(d, x + 113, pdf_y(d) + 12.5, 150, PDF_LEFT, PDF_PLAIN, 8, "went out (hatched)");
	for (i = 0; i < PACK_CHART_DAYS; i++) {
		double up = (double)f->in[i] * scale, down = (double)f->out[i] * scale, at = x + i * step + step * 0.15;

		if (f->in[i] > 0)
			pdf_box(d, at, zero - up, step * 0.7, up, 0.5, PDF_GREY);
		if (f->out[i] > 0)
			pdf_box(d, at, zero, step * 0.7, down, 0.5, PDF_HATCHED);
		if (i % 5 == 4) {
			moment_day_add(p->to, i - PACK_CHART_DAYS + 1, day);
			pdf_line(d, at + step * 0.35, y + h, at + step * 0.35, y + h + 3, 0.4);
			pdf_text(d, at + step * 0.35 - 25, y + h + 12, 50, PDF_CENTER, PDF_PLAIN, 7.5, day + 5);
		}
	}
	pdf_line(d, x, y, x, y + h, 0.5);
	pdf_rule(d, x, x + w, zero, 0.8);
	pdf_text(d, pdf_left(d), zero + 2.5, 56, PDF_RIGHT, PDF_PLAIN, 7.5, "0");
	if (top > 0) {
		pdf_rule(d, x - 3, x + w, y, 0.25);
		pdf_text(d, pdf_left(d), zero - y < 9 ? zero - 6.5 : y + 2.5, 56, PDF_RIGHT, PDF_PLAIN, 7.5,
		    pack_grouped(top, f->currency, text));
	}
	if (bottom > 0) {
		pdf_rule(d, x - 3, x + w, y + h, 0.25);
		/* Too near to the 0 it stands below it. */
		pdf_text(d, pdf_left(d), y + h - zero < 9 ? zero + 11.5 : y + h + 2.5, 56, PDF_RIGHT, PDF_PLAIN, 7.5,
		    pack_grouped(-bottom, f->currency, text));
	}
	pdf_move(d, y + h + 20);
}

static int
chart(const struct pack *p, struct pdf *d, struct error *e)
{
	const struct pack_flow *f = busiest(&p->st);
	int64_t in = 0, out = 0, paid = 0;
	char text[300], a[PACK_GROUPED], b[PACK_GROUPED], c[PACK_GROUPED];
	int i;

	pdf_need(d, 220);
	(void)snprintf(text, sizeof(text), f == NULL ? "Thirty days to %s%s%s" : "Thirty days to %s: %s, %s", p->to,
	    f == NULL ? "" : f->account, f == NULL ? "" : f->currency);
	pdf_heading(d, text);
	if (f == NULL) {
		pdf_para(d, pdf_left(d), pdf_right(d) - pdf_left(d), PDF_PLAIN, 8.5,
		    "Nothing moved in any provider account.");
		return 0;
	}
	bars(p, d, f);
	for (i = 0; i < PACK_CHART_DAYS; i++)
		if (money_add(&in, f->in[i], e) == -1 || money_add(&out, f->out[i], e) == -1 ||
		    money_add(&paid, f->payments[i], e) == -1)
			return -1;
	(void)snprintf(text, sizeof(text), "In thirty days came in %s, went out %s %s after fees; customers paid %s gross.",
	    pack_grouped(in, f->currency, a), pack_grouped(out, f->currency, b), f->currency,
	    pack_grouped(paid, f->currency, c));
	pdf_para(d, pdf_left(d), pdf_right(d) - pdf_left(d), PDF_PLAIN, 8.5, text);
	return 0;
}

int
pack_report(struct pack *p, const struct pack_result *res, struct outfile *o, struct error *e)
{
	char code[17], title[200], foot[400];
	const char *who = p->site->legal_name[0] != '\0' ? p->site->legal_name : p->site->name;
	struct pdf_paper paper = { .title = title, .author = who, .letter = strcmp(p->site->paper, "letter") == 0,
	    .font = p->site->font, .foot = foot, .code = code, .created = pack_moment(p) };
	struct pdf *d;

	(void)snprintf(code, sizeof(code), "%.16s", p->end.head);
	(void)snprintf(title, sizeof(title), "Audit pack of the %s book, %s to %s", site_book_name[p->book], p->from,
	    p->to);
	(void)snprintf(foot, sizeof(foot), "%s%s", p->site->stand_ins ? "STAND-IN   " : "", p->site->name);
	if ((d = pdf_new(&paper, e)) == NULL)
		return -1;
	if (verdict_box(p, d, res, e) == -1) {
		pdf_abort(d);
		return -1;
	}
	about(p, d);
	if (overview(p, d, e) == -1 || chart(p, d, e) == -1 || pack_pdf_statements(p, d, e) == -1 ||
	    pack_pdf_files(p, d, e) == -1 || pack_pdf_items(p, d, e) == -1 ||
	    pack_pdf_lists(p, d, e) == -1) {
		pdf_abort(d);
		return -1;
	}
	if (pdf_missing(d))
		pdf_para(d, pdf_left(d), pdf_right(d) - pdf_left(d), PDF_PLAIN, 8, "Letters that no font of this "
		    "machine has stand as \"?\"; manifest.json has them.  The setting report.font names a font.");
	return pdf_close(d, o, e);
}
