/*
 * pack_xlsx -- workbook.xlsx: the pack's tables for a spreadsheet, and formulas that add them again.
 *
 * Journal, payments and breaks are read back from the CSV files that were just written, so the
 * workbook says what they say.  Summary sets our own totals, from the ledger's balances, beside
 * formulas over the other sheets; every difference is 0.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaks.h"
#include "csv_in.h"
#include "money.h"
#include "pack_priv.h"
#include "sheet.h"
#include "statement.h"

struct total {				/* of one currency, by our own adding */
	char	ccy[4];
	int64_t	opening, debit, credit, closing, legs, accounts;
	int64_t	gross, fee, net, payments;
	int64_t	fees, nfees;
};

struct book {				/* the workbook while it is made */
	struct pack	*p;
	struct sheets	*w;
	struct sheet	*summary, *journal, *balances, *payments, *open, *matches, *fees, *files, *at;
	struct total	 total[MONEY_CURRENCIES];
	size_t		 ntotals;
	struct error	*e;
	char		 entry[48];	/* fees: the entry whose legs come now, */
	int64_t		 moved;		/* and what it moved the provider account by */
	size_t		 line;
};

static struct total *
total_of(struct book *b, const char *ccy)
{
	size_t i;

	for (i = 0; i < b->ntotals; i++)
		if (strcmp(b->total[i].ccy, ccy) == 0)
			return &b->total[i];
	(void)snprintf(b->total[b->ntotals].ccy, 4, "%s", ccy);
	return &b->total[b->ntotals++];
}

/* A cell of one of our own CSV files, as its column wants it. */
static int
put_cell(struct book *b, struct sheet *s, size_t col, enum sheet_kind kind, const char *text, const char *ccy,
    int64_t *minor)
{
	int64_t v = 0;

	switch (kind) {
	case SHEET_AMOUNT:
		if (text[0] != '\0' && money_parse(text, strlen(text), ccy, &v, b->e) == 0)
			sheet_amount(s, col, v, ccy);
		else	/* beyond twelve digits before the point: as it stands */
			sheet_text(s, col, text);
		break;
	case SHEET_COUNT:
		sheet_count(s, col, strtoll(text, NULL, 10));
		break;
	case SHEET_DAY:
		sheet_day(s, col, text);
		break;
	case SHEET_TIME:
		if (moment_parse(text, strlen(text), &v, b->e) == -1)
			return -1;
		sheet_time(s, col, v);
		break;
	default:
		sheet_text(s, col, text);
	}
	if (minor != NULL)
		*minor = v;
	return 0;
}

typedef int row_fn(struct book *b, const struct csv_row *row);

struct reading {
	struct book	*b;
	row_fn		*fn;
	size_t		 cells;
	int		 header;
};

static int
one_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct reading *r = arg;

	if (r->header) {
		r->header = 0;
		return 0;
	}
	if (row->n != r->cells)
		return error_set(e, ERR_IO, "workbook: line %zu: %zu cells", row->line, row->n);
	r->b->e = e;
	return r->fn(r->b, row);
}

/* Back from the file just written. */
static int
read_csv(struct book *b, const char *name, size_t cells, row_fn *fn, struct error *e)
{
	struct reading r = { b, fn, cells, 1 };
	int fd = openat(b->p->dir, name, O_RDONLY | O_CLOEXEC), rc;

	if (fd == -1)
		return error_sys(e, "workbook: %s", name);
	rc = csv_in_fd(fd, name, ',', one_row, &r, e);
	close(fd);
	return rc;
}

/* ---- Journal, and Fees from the same lines ---- */

enum { J_ENTRY, J_DAY, J_RECORDED, J_EVENT, J_KIND, J_PROVIDER, J_PAYMENT, J_ACCOUNT, J_CURRENCY, J_DEBIT, J_CREDIT,
    J_MESSAGE, J_WHO, J_NOTE, J_CELLS };
static const struct sheet_column journal_columns[J_CELLS] = {
	{ "Entry", SHEET_TEXT, 12 }, { "Day", SHEET_DAY, 11 }, { "Recorded (UTC)", SHEET_TIME, 19 },
	{ "Happened (UTC)", SHEET_TIME, 19 }, { "Kind", SHEET_TEXT, 13 }, { "Provider", SHEET_TEXT, 10 },
	{ "Payment", SHEET_TEXT, 20 }, { "Account", SHEET_TEXT, 30 }, { "Currency", SHEET_TEXT, 9 },
	{ "Debit", SHEET_AMOUNT, 13 }, { "Credit", SHEET_AMOUNT, 13 }, { "Message", SHEET_TEXT, 40 },
	{ "Decided by", SHEET_TEXT, 14 }, { "Note", SHEET_TEXT, 40 },
};
enum { X_ENTRY, X_DAY, X_PROVIDER, X_PAYMENT, X_KIND, X_CURRENCY, X_GROSS, X_FEE, X_RATE, X_CELLS };
static const struct sheet_column fee_columns[X_CELLS] = {
	{ "Entry", SHEET_TEXT, 12 }, { "Day", SHEET_DAY, 11 }, { "Provider", SHEET_TEXT, 10 },
	{ "Payment", SHEET_TEXT, 20 }, { "Kind", SHEET_TEXT, 13 }, { "Currency", SHEET_TEXT, 9 },
	{ "Gross", SHEET_AMOUNT, 13 }, { "Fee", SHEET_AMOUNT, 13 }, { "Fee of gross", SHEET_PERCENT, 12 },
};

/* A leg of Expenses:Fees:PROVIDER; what the provider account moved by stands before it. */
static int
fee_row(struct book *b, const struct csv_row *row, int64_t fee)
{
	const char *ccy = row->f[J_CURRENCY].s;
	struct total *t = total_of(b, ccy);
	struct sheet *s = b->fees;
	int64_t gross = b->moved;
	__int128 rate;

	if (money_add(&gross, fee, b->e) == -1 || money_add(&t->fees, fee, b->e) == -1)
		return -1;
	t->nfees++;
	sheet_text(s, X_ENTRY, row->f[J_ENTRY].s);
	sheet_day(s, X_DAY, row->f[J_DAY].s);
	sheet_text(s, X_PROVIDER, row->f[J_PROVIDER].s);
	sheet_text(s, X_PAYMENT, row->f[J_PAYMENT].s);
	sheet_text(s, X_KIND, row->f[J_KIND].s);
	sheet_text(s, X_CURRENCY, ccy);
	sheet_amount(s, X_GROSS, gross, ccy);
	sheet_amount(s, X_FEE, fee, ccy);
	if (gross != 0) {
		rate = (__int128)fee * 10000 / gross;
		if (rate > -1000000 && rate < 1000000)
			sheet_percent(s, X_RATE, (int64_t)rate);
	}
	sheet_next(s);
	return 0;
}

static int
journal_row(struct book *b, const struct csv_row *row)
{
	const char *account = row->f[J_ACCOUNT].s, *ccy = row->f[J_CURRENCY].s, *provider;
	int64_t debit = 0, credit = 0, v;
	size_t i;

	for (i = 0; i < J_CELLS; i++)
		if (put_cell(b, b->journal, i, journal_columns[i].kind, row->f[i].s, ccy,
		    i == J_DEBIT ? &debit : i == J_CREDIT ? &credit : &v) == -1)
			return -1;
	sheet_next(b->journal);
	if (strcmp(b->entry, row->f[J_ENTRY].s) != 0) {
		(void)snprintf(b->entry, sizeof(b->entry), "%s", row->f[J_ENTRY].s);
		b->moved = 0;
	}
	if ((provider = pack_provider(account)) != NULL && strcmp(provider, row->f[J_PROVIDER].s) == 0)
		b->moved = debit - credit;
	return strncmp(account, "Expenses:Fees:", 14) == 0 ? fee_row(b, row, debit - credit) : 0;
}

/* ---- Balances ---- */

static const struct sheet_column balance_columns[] = {
	{ "Account", SHEET_TEXT, 34 }, { "Currency", SHEET_TEXT, 9 }, { "Opening", SHEET_AMOUNT, 15 },
	{ "Debit", SHEET_AMOUNT, 15 }, { "Credit", SHEET_AMOUNT, 15 }, { "Closing", SHEET_AMOUNT, 15 },
	{ "Legs", SHEET_COUNT, 9 },
};

static int
put_balances(struct book *b, struct error *e)
{
	struct pack *p = b->p;
	struct sheet *s = b->balances;
	size_t i;

	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *x = &p->balances[i];
		struct total *t = total_of(b, x->currency);

		sheet_text(s, 0, x->account);
		sheet_text(s, 1, x->currency);
		sheet_amount(s, 2, x->opening, x->currency);
		sheet_amount(s, 3, x->debit, x->currency);
		sheet_amount(s, 4, x->credit, x->currency);
		sheet_amount(s, 5, x->closing, x->currency);
		sheet_count(s, 6, x->entries);
		sheet_next(s);
		t->legs += x->entries;
		t->accounts++;
		if (money_add(&t->opening, x->opening, e) == -1 || money_add(&t->debit, x->debit, e) == -1 ||
		    money_add(&t->credit, x->credit, e) == -1 || money_add(&t->closing, x->closing, e) == -1)
			return -1;
	}
	return 0;
}

/* ---- Payments, and Matches from the rows themselves ---- */

static const struct sheet_column payment_columns[] = {
	{ "Provider", SHEET_TEXT, 10 }, { "Payment", SHEET_TEXT, 20 }, { "Parent", SHEET_TEXT, 20 },
	{ "Kind", SHEET_TEXT, 13 }, { "Status", SHEET_TEXT, 13 }, { "Customer", SHEET_TEXT, 14 },
	{ "Payer", SHEET_TEXT, 28 }, { "Currency", SHEET_TEXT, 9 }, { "Gross", SHEET_AMOUNT, 13 },
	{ "Fee", SHEET_AMOUNT, 13 }, { "Net", SHEET_AMOUNT, 13 }, { "Happened (UTC)", SHEET_TIME, 19 },
	{ "Recorded (UTC)", SHEET_TIME, 19 },
};

static int
payment_row(struct book *b, const struct csv_row *row)
{
	const char *ccy = row->f[7].s;
	struct total *t = total_of(b, ccy);
	int64_t v[13];
	size_t i;

	for (i = 0; i < 13; i++)
		if (put_cell(b, b->payments, i, payment_columns[i].kind, row->f[i].s, ccy, &v[i]) == -1)
			return -1;
	sheet_next(b->payments);
	t->payments++;
	return money_add(&t->gross, v[8], b->e) == -1 || money_add(&t->fee, v[9], b->e) == -1 ? -1 :
	    money_add(&t->net, v[10], b->e);
}

static const struct sheet_column match_columns[] = {
	{ "Provider", SHEET_TEXT, 10 }, { "Payment", SHEET_TEXT, 20 }, { "Kind", SHEET_TEXT, 13 },
	{ "Currency", SHEET_TEXT, 9 }, { "Gross", SHEET_AMOUNT, 13 }, { "First told by", SHEET_TEXT, 14 },
	{ "Message", SHEET_TEXT, 40 }, { "Line of the report", SHEET_COUNT, 10 },
	{ "SHA-256 of the report", SHEET_TEXT, 66 },
};

/* What the journal holds of where a movement is known from. */
static int
match_row(void *arg, const void *v, size_t len, struct error *e)
{
	struct book *b = arg;
	struct sheet *s = b->matches;
	struct payrow row;
	char sha[96];
	const char *line;

	if (record_row_unpack(&row, v, len, e) == -1)
		return -1;
	line = strchr(row.report, ':');
	(void)snprintf(sha, sizeof(sha), "%.*s", line == NULL ? 0 : (int)(line - row.report), row.report);
	sheet_text(s, 0, row.account);
	sheet_text(s, 1, row.id);
	sheet_text(s, 2, record_move_name[row.move]);
	sheet_text(s, 3, row.currency);
	sheet_amount(s, 4, row.gross, row.currency);
	sheet_text(s, 5, row.report[0] != '\0' ? "report" : row.desk ? "person" : "notification");
	sheet_text(s, 6, row.message);
	if (line != NULL)
		sheet_count(s, 7, strtoll(line + 1, NULL, 10));
	sheet_text(s, 8, sha);
	sheet_next(s);
	return 0;
}

/* ---- Open items ---- */

static const struct sheet_column open_columns[] = {
	{ "What", SHEET_TEXT, 20 }, { "Id", SHEET_TEXT, 26 }, { "Status", SHEET_TEXT, 12 },
	{ "Since", SHEET_DAY, 11 }, { "Age (days)", SHEET_COUNT, 9 }, { "Provider", SHEET_TEXT, 10 },
	{ "Payment", SHEET_TEXT, 20 }, { "Currency", SHEET_TEXT, 9 }, { "Amount", SHEET_AMOUNT, 13 },
	{ "Explanation", SHEET_TEXT, 60 },
};

static void
open_row(struct book *b, const char *what, const char *id, const char *status, const char *day, const json_t *j,
    const char *payment, const json_t *amount, const char *why)
{
	struct sheet *s = b->open;
	const char *ccy = breaks_text(j, "currency");
	int known = money_currency_known(ccy, strlen(ccy));

	sheet_text(s, 0, what);
	sheet_text(s, 1, id);
	sheet_text(s, 2, status);
	sheet_day(s, 3, day);
	if (moment_day_valid(day))
		sheet_count(s, 4, moment_days_between(day, b->p->to));
	sheet_text(s, 5, breaks_text(j, strcmp(what, "unallocated") == 0 || strcmp(what, "suspense") == 0 ?
	    "account" : "provider"));
	sheet_text(s, 6, payment);
	sheet_text(s, 7, ccy);
	if (known && json_is_integer(amount))
		sheet_amount(s, 8, json_integer_value(amount), ccy);
	sheet_text(s, 9, why);
	sheet_next(s);
}

static int
put_items(struct book *b, const char *what, const json_t *list, const char *why, struct error *e)
{
	size_t n, i;
	const char **keys = pack_sorted(list, &n);

	if (keys == NULL)
		return error_set(e, ERR_IO, "workbook: no memory");
	for (i = 0; i < n; i++) {
		const json_t *j = json_object_get(list, keys[i]);

		open_row(b, what, breaks_text(j, "id"), breaks_text(j, "kind"), breaks_text(j, "day"), j,
		    breaks_text(j, "id"), json_object_get(j, "minor"), why);
	}
	free(keys);
	return 0;
}

static int
open_message(void *arg, const void *v, size_t len, struct error *e)
{
	struct book *b = arg;
	struct pack_message m;

	(void)len, (void)e;
	memcpy(&m, v, sizeof(m));
	if (m.disposition == DISP_HELD || m.disposition == DISP_WAITING)
		open_row(b, "message", m.id, record_disposition_name[m.disposition], m.day, NULL, m.payment,
		    NULL, m.reason);
	return 0;
}

static int
put_open(struct book *b, struct error *e)
{
	const json_t *table = json_object_get(b->p->st.tables, "break");
	size_t n, i;
	const char **ids = pack_sorted(table, &n);

	if (ids == NULL)
		return error_set(e, ERR_IO, "workbook: no memory");
	for (i = 0; i < n; i++) {
		const json_t *j = json_object_get(table, ids[i]);
		int st = breaks_effective(j, b->p->to);

		if (st == BREAK_OPEN || st == BREAK_EXPECTED)
			open_row(b, breaks_text(j, "category"), ids[i], breaks_status_name[st],
			    breaks_text(j, "first_seen"), j, breaks_text(j, "payment_id"),
			    json_object_get(j, "difference"), breaks_text(j, "explanation"));
	}
	free(ids);
	return put_items(b, "unallocated", b->p->st.unallocated, "nobody was found for it", e) == -1 ||
	    put_items(b, "suspense", b->p->st.suspense, "its purpose is not known", e) == -1 ? -1 :
	    spill_each(b->p->messages, open_message, b, e);
}

/* ---- Files ---- */

static const struct sheet_column file_columns[] = {
	{ "File", SHEET_TEXT, 40 }, { "SHA-256", SHEET_TEXT, 66 }, { "What", SHEET_TEXT, 18 },
	{ "Account", SHEET_TEXT, 12 }, { "From (UTC)", SHEET_TIME, 19 }, { "To (UTC)", SHEET_TIME, 19 },
	{ "Rows", SHEET_COUNT, 10 }, { "Bytes", SHEET_COUNT, 12 }, { "Own controls", SHEET_COUNT, 9 },
	{ "Not held", SHEET_COUNT, 9 }, { "Read on", SHEET_DAY, 11 }, { "Supersedes", SHEET_TEXT, 66 },
};

static int
put_certificates(struct book *b, struct error *e)
{
	size_t n, i;
	const char **keys = pack_sorted(b->p->st.files, &n);
	struct sheet *s = b->files;
	int rc = keys == NULL ? error_set(e, ERR_IO, "workbook: no memory") : 0;

	for (i = 0; rc == 0 && i < n; i++) {
		struct certificate c;

		if ((rc = certificate_read(keys[i], json_object_get(json_object_get(b->p->st.tables, "file"),
		    keys[i]), &c, e)) == -1)
			break;
		sheet_text(s, 0, c.name);
		sheet_text(s, 1, c.sha256);
		sheet_text(s, 2, c.format);
		sheet_text(s, 3, c.account);
		if (c.from != 0)
			sheet_time(s, 4, c.from);
		if (c.to != 0)
			sheet_time(s, 5, c.to);
		sheet_count(s, 6, c.rows);
		sheet_count(s, 7, c.bytes);
		sheet_count(s, 8, c.checks);
		sheet_count(s, 9, c.failed);
		sheet_day(s, 10, c.received);
		sheet_text(s, 11, c.supersedes);
		sheet_next(s);
	}
	free(keys);
	return rc;
}

/* Files of the pack itself: what stands in the manifest so far. */
static void
put_own_files(struct book *b, const json_t *files)
{
	size_t i;

	for (i = 0; i < json_array_size(files); i++) {
		const char *line = json_string_value(json_array_get(files, i));
		char sha[65];

		(void)snprintf(sha, sizeof(sha), "%.64s", line);
		sheet_text(b->files, 0, line + 66);
		sheet_text(b->files, 1, sha);
		sheet_text(b->files, 2, "of this pack");
		sheet_next(b->files);
	}
}

/* ---- Summary ---- */

static void
about(struct book *b, const char *name, const char *value)
{
	sheet_styled(b->summary, 0, name, SHEET_BOLD);
	sheet_text(b->summary, 1, value);
	sheet_next(b->summary);
}

/* One line: what, currency, ours, the same added by the spreadsheet, the difference. */
static void
proof(struct book *b, const char *what, const char *ccy, int64_t ours, const char *formula, const char *in)
{
	struct sheet *s = b->summary;
	char f[SHEET_FORMULA], diff[64];
	size_t row = sheet_row(s) + 1;
	int decimals = in[0] == '\0' ? 0 : money_decimals(in);

	(void)snprintf(f, sizeof(f), "=ROUND(%.8000s,%d)", formula, decimals);
	(void)snprintf(diff, sizeof(diff), "=ROUND(D%zu-C%zu,%d)", row, row, decimals);
	sheet_text(s, 0, what);
	sheet_text(s, 1, ccy);
	if (in[0] == '\0')
		sheet_count(s, 2, ours);
	else
		sheet_amount(s, 2, ours, in);
	sheet_formula(s, 3, f, ours, in);
	sheet_formula(s, 4, diff, 0, in);
	sheet_next(s);
}

static void
summed(struct book *b, const char *what, const struct total *t, int64_t ours, const struct sheet *of, size_t sum,
    size_t by)
{
	char f[SHEET_FORMULA] = "";

	sheet_sumifs(of, sum, by, t->ccy, f);
	proof(b, what, t->ccy, ours, f, sum == (size_t)-1 ? "" : t->ccy);
}

static int
by_ccy(const void *a, const void *b)
{
	return strcmp(((const struct total *)a)->ccy, ((const struct total *)b)->ccy);
}

static void
put_proofs(struct book *b)
{
	const struct total *t;
	size_t i;

	qsort(b->total, b->ntotals, sizeof(b->total[0]), by_ccy);
	for (i = 0; i < b->ntotals; i++) {
		char f[SHEET_FORMULA] = "";

		t = &b->total[i];
		summed(b, "Journal: debits, as in the balances", t, t->debit, b->journal, J_DEBIT, J_CURRENCY);
		summed(b, "Journal: credits, as in the balances", t, t->credit, b->journal, J_CREDIT, J_CURRENCY);
		summed(b, "Journal: legs", t, t->legs, b->journal, (size_t)-1, J_CURRENCY);
		summed(b, "Balances: opening", t, t->opening, b->balances, 2, 1);
		summed(b, "Balances: closing (0: debits are credits)", t, t->closing, b->balances, 5, 1);
		sheet_sumifs(b->balances, 2, 1, t->ccy, f);
		(void)strncat(f, "+", sizeof(f) - strlen(f) - 1);
		sheet_sumifs(b->balances, 3, 1, t->ccy, f);
		(void)strncat(f, "-(", sizeof(f) - strlen(f) - 1);
		sheet_sumifs(b->balances, 4, 1, t->ccy, f);
		(void)strncat(f, ")", sizeof(f) - strlen(f) - 1);
		proof(b, "Balances: opening + debits - credits = closing", t->ccy, t->closing, f, t->ccy);
		summed(b, "Payments: gross", t, t->gross, b->payments, 8, 7);
		summed(b, "Payments: fees", t, t->fee, b->payments, 9, 7);
		summed(b, "Payments: net", t, t->net, b->payments, 10, 7);
		summed(b, "Payments: rows", t, t->payments, b->payments, (size_t)-1, 7);
		summed(b, "Fees: booked in the period", t, t->fees, b->fees, X_FEE, X_CURRENCY);
	}
}

static void
put_summary(struct book *b, const struct pack_result *res)
{
	const struct pack *p = b->p;
	struct sheet *s = b->summary;
	char verdict[64], text[200];

	sheet_width(s, 0, 0, 48);
	sheet_width(s, 1, 1, 22);
	sheet_width(s, 2, 4, 18);
	(void)snprintf(text, sizeof(text), "Audit pack of %s, %s to %s", site_book_name[p->book], p->from, p->to);
	sheet_styled(s, 0, text, SHEET_TITLE);
	sheet_next(s);
	if (p->site->stand_ins) {
		sheet_styled(s, 0, "STAND-IN site: no real money", SHEET_BOLD);
		sheet_next(s);
	}
	about(b, "Verdict", pack_verdict(res, verdict));
	about(b, "Business", p->site->legal_name[0] != '\0' ? p->site->legal_name : p->site->name);
	about(b, "Tax id", p->site->tax_id);
	about(b, "Days are in the time zone", p->site->time_zone);
	about(b, "Chain head", p->end.head);
	about(b, "Program", "daybook " DAYBOOK_VERSION);
	sheet_next(s);
	sheet_styled(s, 0, "Added again", SHEET_BOLD);
	sheet_styled(s, 1, "Currency", SHEET_BOLD);
	sheet_styled(s, 2, "In the pack", SHEET_BOLD);
	sheet_styled(s, 3, "By this workbook", SHEET_BOLD);
	sheet_styled(s, 4, "Difference", SHEET_BOLD);
	sheet_next(s);
	put_proofs(b);
	sheet_next(s);
	sheet_text(s, 0, "In the books a debit is positive.  A cell holds 15 digits; the CSV files hold every one.");
	sheet_next(s);
	sheet_text(s, 0, "Matches shows what the journal holds: who told of a movement first, and the report's "
	    "line where a report did.");
	sheet_next(s);
	sheet_text(s, 0, "How many rows were seen by notification, by report and by both stands in report.pdf, "
	    "of each statement.");
	sheet_next(s);
}

static int
fill(struct book *b, const json_t *files, const struct pack_result *res, struct error *e)
{
	b->summary = sheet_add(b->w, "Summary", NULL, 0);
	b->journal = sheet_add(b->w, "Journal", journal_columns, J_CELLS);
	b->balances = sheet_add(b->w, "Balances", balance_columns, 7);
	b->payments = sheet_add(b->w, "Payments", payment_columns, 13);
	b->open = sheet_add(b->w, "Open items", open_columns, 10);
	b->matches = sheet_add(b->w, "Matches", match_columns, 9);
	b->fees = sheet_add(b->w, "Fees", fee_columns, X_CELLS);
	b->files = sheet_add(b->w, "Files", file_columns, 12);
	if (b->files == NULL)
		return error_set(e, ERR_IO, "workbook: no memory");
	if (put_balances(b, e) == -1 || read_csv(b, "journal.csv", J_CELLS, journal_row, e) == -1 ||
	    read_csv(b, "payments.csv", 13, payment_row, e) == -1 ||
	    spill_each(b->p->rows, match_row, b, e) == -1 || put_open(b, e) == -1 ||
	    put_certificates(b, e) == -1)
		return -1;
	put_own_files(b, files);
	put_summary(b, res);
	return 0;
}

int
pack_workbook(struct pack *p, const char *folder, const json_t *files, const struct pack_result *res,
    struct error *e)
{
	struct book *b = calloc(1, sizeof(*b));
	char path[4200], title[200];
	int rc = -1;

	if (b == NULL)
		return error_set(e, ERR_IO, "workbook: no memory");
	b->p = p;
	(void)snprintf(path, sizeof(path), "%s/workbook.xlsx", folder);
	(void)snprintf(title, sizeof(title), "Audit pack of %s, %s to %s", site_book_name[p->book], p->from, p->to);
	if ((b->w = sheets_new(path, folder, title, pack_moment(p) / MOMENT_SECOND, e)) != NULL) {
		if (fill(b, files, res, e) == -1)
			sheets_abort(b->w);
		else
			rc = sheets_close(b->w, e);
	}
	free(b);
	return rc;
}
