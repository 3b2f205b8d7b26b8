/*
 * pack_pdf_statement -- in report.pdf: the reconciliation statement of each provider account and
 * currency, and the certificates of the files that it rests on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "pack_priv.h"
#include "pdf.h"

#define LINE	12.5
#define BLOCK	226.0	/* a statement's height: three stand on an A4 page */

/* A line of a statement: words left, amount right. */
static void
line(struct pdf *d, double x, double w, double *y, enum pdf_style st, const char *what, int64_t minor, const char *ccy)
{
	char amount[PACK_GROUPED];

	*y += LINE;
	pdf_text(d, x, *y, w - 82, PDF_LEFT, st, 8.5, what);
	pdf_text(d, x + w - 80, *y, 80, PDF_RIGHT, st, 8.5, pack_grouped(minor, ccy, amount));
}

static void
counted(struct pdf *d, double x, double w, double *y, const char *what, int64_t n)
{
	char text[24];

	*y += LINE;
	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	pdf_text(d, x, *y, w - 82, PDF_LEFT, PDF_PLAIN, 8.5, what);
	pdf_text(d, x + w - 80, *y, 80, PDF_RIGHT, PDF_PLAIN, 8.5, text);
}

static void
title(struct pdf *d, double x, double w, double *y, const char *text)
{
	*y += LINE;
	pdf_text(d, x, *y, w, PDF_LEFT, PDF_BOLD, 8.5, text);
	*y += 4;
	pdf_rule(d, x, x + w, *y, 0.4);
	*y += 1;
}

static void
ruled(struct pdf *d, double x, double w, double *y)
{
	*y += 4;
	pdf_rule(d, x + w - 80, x + w, *y, 0.4);
	*y += 1;
}

/* From the provider's balance to ours, step by step. */
static int
left_side(struct pdf *d, const struct statement *s, double x, double w, double *y, struct error *e)
{
	int64_t minus_books = 0, minus_differing = 0, minus_controls = 0, adjusted = s->closing;
	const char *c = s->currency;

	if (money_sub(&minus_books, s->not_in_books, e) == -1 || money_sub(&minus_differing, s->differing, e) == -1 ||
	    money_sub(&minus_controls, s->controls, e) == -1 || money_sub(&adjusted, s->not_in_books, e) == -1 ||
	    money_add(&adjusted, s->not_in_report, e) == -1 || money_sub(&adjusted, s->differing, e) == -1 ||
	    money_sub(&adjusted, s->controls, e) == -1)
		return -1;
	title(d, x, w, y, "Reconciliation");
	line(d, x, w, y, PDF_PLAIN, s->stated ? "Provider's closing balance" : "Provider's movement", s->closing, c);
	line(d, x, w, y, PDF_PLAIN, "less: items not in our books", minus_books, c);
	line(d, x, w, y, PDF_PLAIN, "plus: ours that are not yet there", s->not_in_report, c);
	line(d, x, w, y, PDF_PLAIN, "less: amounts that differ", minus_differing, c);
	line(d, x, w, y, PDF_PLAIN, "less: what the file itself is out by", minus_controls, c);
	ruled(d, x, w, y);
	line(d, x, w, y, PDF_PLAIN, "Adjusted balance", adjusted, c);
	line(d, x, w, y, PDF_PLAIN, "Balance in our books", s->books, c);
	ruled(d, x, w, y);
	line(d, x, w, y, PDF_BOLD, "Unexplained difference", s->unexplained, c);
	*y += 3;
	pdf_rule(d, x + w - 80, x + w, *y, 0.5);
	pdf_rule(d, x + w - 80, x + w, *y + 2, 0.5);
	*y += 8;
	title(d, x, w, y, "Coverage: rows seen by");
	counted(d, x, w, y, "notification and report", s->by_both);
	counted(d, x, w, y, "report only", s->by_report);
	counted(d, x, w, y, "notification only", s->by_notification);
	return 0;
}

static const struct pack_balance *
balance(const struct pack *p, const char *account, const char *ccy)
{
	size_t i;

	for (i = 0; i < p->nbalances; i++) {
		const char *name = pack_provider(p->balances[i].account);

		if (name != NULL && strcmp(name, account) == 0 && strcmp(p->balances[i].currency, ccy) == 0)
			return &p->balances[i];
	}
	return NULL;
}

static void
of_books(const struct pack *p, struct pdf *d, const char *account, const char *ccy, double x, double w, double *y)
{
	const struct pack_balance *b = balance(p, account, ccy);

	title(d, x, w, y, "Our books, the period");
	line(d, x, w, y, PDF_PLAIN, "Opening balance", b == NULL ? 0 : b->opening, ccy);
	line(d, x, w, y, PDF_PLAIN, "plus: debits", b == NULL ? 0 : b->debit, ccy);
	line(d, x, w, y, PDF_PLAIN, "less: credits", b == NULL ? 0 : -b->credit, ccy);
	ruled(d, x, w, y);
	line(d, x, w, y, PDF_BOLD, "Closing balance", b == NULL ? 0 : b->closing, ccy);
}

static int
right_side(const struct pack *p, struct pdf *d, const struct statement *s, double x, double w, double *y,
    struct error *e)
{
	const char *c = s->currency;
	int64_t proved = s->opening;

	if (money_add(&proved, s->movement, e) == -1 || money_sub(&proved, s->closing, e) == -1)
		return -1;
	title(d, x, w, y, "Proof of movement, the provider's");
	if (s->stated) {
		line(d, x, w, y, PDF_PLAIN, "Opening balance", s->opening, c);
		line(d, x, w, y, PDF_PLAIN, "Movement", s->movement, c);
		line(d, x, w, y, PDF_PLAIN, "Closing balance", s->closing, c);
		ruled(d, x, w, y);
		line(d, x, w, y, PDF_BOLD, "Opening + movement - closing", proved, c);
	} else
		line(d, x, w, y, PDF_PLAIN, "Movement (no balance is stated)", s->movement, c);
	*y += 6;
	of_books(p, d, s->account, c, x, w, y);
	return 0;
}

static int
one_statement(struct pack *p, struct pdf *d, const struct pack_pair *pair, struct error *e)
{
	double x = pdf_left(d), w = (pdf_right(d) - x - 30) / 2, left, right;
	char text[300], from[MOMENT_TEXT], to[MOMENT_TEXT];
	struct statement s;
	int known = pack_statement(p, pair->account, pair->currency, &s, e), rc;

	if (known == -1)
		return -1;
	pdf_need(d, known ? BLOCK : 120);
	(void)snprintf(text, sizeof(text), "%s, %s", pair->account, pair->currency);
	pdf_subheading(d, text);
	if (!known) {
		pdf_para(d, x, pdf_right(d) - x, PDF_PLAIN, 8.5,
		    "Not reconciled: no report of this account and currency was read up to the period's end.");
		left = pdf_y(d) + 4;
		of_books(p, d, pair->account, pair->currency, x, w, &left);
		pdf_move(d, left + 10);
		return 0;
	}
	(void)snprintf(text, sizeof(text), "As of %s%s; %s, from %s to %s.", s.day,
	    strcmp(s.day, p->to) == 0 ? "" : " (the latest before the period's end)", s.report,
	    moment_print(s.from, from), moment_print(s.to, to));
	pdf_para(d, x, pdf_right(d) - x, PDF_PLAIN, 8, text);
	left = right = pdf_y(d) + 2;
	rc = left_side(d, &s, x, w, &left, e);
	if (rc == 0)
		rc = right_side(p, d, &s, x + w + 30, w, &right, e);
	pdf_move(d, (left > right ? left : right) + 6);
	return rc;
}

int
pack_pdf_statements(struct pack *p, struct pdf *d, struct error *e)
{
	struct pack_pair *v;
	size_t n, i;
	int rc = 0;

	if (pack_pairs(p, &v, &n, e) == -1)
		return -1;
	pdf_page(d);
	pdf_heading(d, "Reconciliation statements");
	for (i = 0; rc == 0 && i < n; i++)
		rc = one_statement(p, d, &v[i], e);
	if (n == 0)
		pdf_para(d, pdf_left(d), pdf_right(d) - pdf_left(d), PDF_PLAIN, 8.5,
		    "There is no provider account with a balance or a report.");
	free(v);
	return rc;
}

#define FILES_MAX	60

int
pack_pdf_files(struct pack *p, struct pdf *d, struct error *e)
{
	static const struct pdf_column columns[] = {
		{ "File", 0.36, PDF_LEFT }, { "SHA-256, first 16", 0.2, PDF_LEFT }, { "Format", 0.16, PDF_LEFT },
		{ "Rows", 0.08, PDF_RIGHT }, { "Controls", 0.1, PDF_RIGHT }, { "Not held", 0.1, PDF_RIGHT },
	};
	const json_t *table = json_object_get(p->st.tables, "file");
	size_t n, i;
	const char **keys = pack_sorted(p->st.files, &n);
	int rc = keys == NULL ? error_set(e, ERR_IO, "report.pdf: no memory") : 0;
	char more[120];

	pdf_heading(d, "Files read in the period, and their own controls");
	pdf_table(d, columns, 6);
	for (i = 0; rc == 0 && i < n && i < FILES_MAX; i++) {
		char sha[17], rows[24], checks[16], failed[16];
		struct certificate c;
		const char *cells[] = { c.name, sha, c.format, rows, checks, failed };

		if ((rc = certificate_read(keys[i], json_object_get(table, keys[i]), &c, e)) == -1)
			break;
		(void)snprintf(sha, sizeof(sha), "%.16s", c.sha256);
		(void)snprintf(rows, sizeof(rows), "%lld", (long long)c.rows);
		(void)snprintf(checks, sizeof(checks), "%d", c.checks);
		(void)snprintf(failed, sizeof(failed), "%d", c.failed);
		pdf_cells(d, PDF_ROW, cells);
	}
	if (n > FILES_MAX) {
		(void)snprintf(more, sizeof(more), "and %zu more: workbook.xlsx, sheet Files", n - FILES_MAX);
		pdf_cells(d, PDF_ROW_NOTE, (const char *const[]){ more });
	} else if (n == 0)
		pdf_cells(d, PDF_ROW_NOTE, (const char *const[]){ "No file was read in the period." });
	pdf_table_end(d);
	free(keys);
	return rc;
}
