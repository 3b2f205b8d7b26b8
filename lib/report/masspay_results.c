/*
 * masspay_results -- the download "Mass Payment Details": what became of each payment of a batch
 * (providers/paypal.md 3.7).
 *
 * Its columns are not confirmed, so they are found by name, and the setting report_columns may give
 * other names for them: {"Empfaenger": "Recipient"}.  Its rows are the provider's word on items; they
 * carry no time of their own (unless there is a Date) and no balance, so they move none here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_in.h"
#include "money.h"
#include "provider/paypal_words.h"
#include "report/masspay_upload.h"
#include "text.h"

#define ROWS_MAX	MASSPAY_READ_MAX
#define WORD_MAX	128

enum column { COL_PAYEE, COL_AMOUNT, COL_CURRENCY, COL_UNIQUE, COL_STATUS, COL_ID, COL_FEE, COL_NOTE,
	COL_REASON, COL_DATE, COLUMNS };
#define NEEDED	(COL_STATUS + 1)

static const char *const column_name[COLUMNS] = { "Recipient", "Amount", "Currency", "Unique ID", "Status",
	"Transaction ID", "Fee", "Note", "Reason", "Date" };

static const struct {
	const char	*word;
	enum column	 col;
} words[] = {
	{ "recipient", COL_PAYEE }, { "receiver", COL_PAYEE }, { "recipientemail", COL_PAYEE },
	{ "recipientemailaddress", COL_PAYEE }, { "emailaddress", COL_PAYEE }, { "email", COL_PAYEE },
	{ "amount", COL_AMOUNT }, { "paymentamount", COL_AMOUNT }, { "gross", COL_AMOUNT },
	{ "currency", COL_CURRENCY }, { "currencycode", COL_CURRENCY }, { "uniqueid", COL_UNIQUE },
	{ "customerid", COL_UNIQUE }, { "recipientid", COL_UNIQUE }, { "status", COL_STATUS },
	{ "paymentstatus", COL_STATUS }, { "transactionid", COL_ID }, { "fee", COL_FEE },
	{ "feeamount", COL_FEE }, { "note", COL_NOTE }, { "reason", COL_REASON },
	{ "reasoncode", COL_REASON }, { "date", COL_DATE },
};

struct reading {
	const char	*file;
	const struct report_options *o;
	int		 have_header;
	int		 col[COLUMNS];
	char		 decimal;
	struct report_row *v;
	char		(*amount)[2][40];	/* amount and fee as written */
	size_t		 n, cap;
	struct error	*e;
};

/* Without case, blanks, dots, dashes and underscores, as in paypal_columns. */
static void
fold(const char *s, size_t len, char out[WORD_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < len && n < WORD_MAX - 1; i++)
		if (strchr(" .-_\t", s[i]) == NULL)
			out[n++] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 0x20 : s[i]);
	out[n] = '\0';
}

static int
word_column(const char *w)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, w) == 0)
			return (int)words[i].col;
	return -1;
}

static int
column(const struct reading *r, const struct csv_field *f)
{
	char w[WORD_MAX], own[WORD_MAX];
	size_t i;

	fold(f->s, f->len, w);
	for (i = 0; r->o != NULL && i < r->o->ncolumns; i++) {
		fold(r->o->columns[i].word, strlen(r->o->columns[i].word), own);
		if (strcmp(own, w) == 0) {
			fold(r->o->columns[i].means, strlen(r->o->columns[i].means), own);
			return word_column(own);
		}
	}
	return word_column(w);
}

static void
take_header(struct reading *r, const struct csv_row *row)
{
	size_t i;
	int c;

	for (i = 0; i < row->n; i++)
		if ((c = column(r, &row->f[i])) != -1 && r->col[c] == -1)
			r->col[c] = (int)i;
	r->have_header = 1;
}

static int
missing_column(const struct reading *r, size_t line)
{
	int i;

	for (i = 0; i < NEEDED; i++)
		if (r->col[i] == -1)
			return error_set(r->e, ERR_INPUT, "%s:%zu: no column \"%s\": say its name in the setting "
			    "report_columns", r->file, line, column_name[i]);
	return 0;
}

static const struct csv_field *
cell(const struct reading *r, const struct csv_row *row, enum column c)
{
	static const struct csv_field none = { "", 0 };

	return r->col[c] == -1 || (size_t)r->col[c] >= row->n ? &none : &row->f[r->col[c]];
}

static int
bad(const struct reading *r, const struct csv_row *row, enum column c, const char *expected)
{
	return error_set(r->e, ERR_INPUT, "%s:%zu: %s: %s expected, not \"%.60s\"", r->file, row->line,
	    column_name[c], expected, cell(r, row, c)->s);
}

/* Into a fixed array: 1, or 0 where it is too long or not printable ASCII. */
static int
take_text(const struct csv_field *f, char *dst, size_t size)
{
	size_t i;

	for (i = 0; i < f->len; i++)
		if (f->s[i] < ' ' || f->s[i] > '~')
			return 0;
	if (f->len >= size)
		return 0;
	memcpy(dst, f->s, f->len);
	dst[f->len] = '\0';
	return 1;
}

static void
take_date(const struct csv_field *f, int64_t *event)
{
	struct error ignored;
	int doubtful;

	if (moment_parse(f->s, f->len, event, &ignored) == -1 &&
	    moment_paypal(f->s, f->len, event, &doubtful, &ignored) == -1)
		*event = 0;		/* the notification or the report knows it */
}

static int
take_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct reading *r = arg;
	struct report_row *v;
	const struct csv_field *f;
	char ccy[8], payee[128];
	int status;

	if (!r->have_header) {
		take_header(r, row);
		return missing_column(r, row->line);
	}
	if (r->n == ROWS_MAX)
		return error_set(e, ERR_INPUT, "%s:%zu: more than %d lines", r->file, row->line, ROWS_MAX);
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 256 : r->cap * 2;
		struct report_row *more = reallocarray(r->v, cap, sizeof(*more));
		char (*text)[2][40];

		if (more == NULL)
			return error_sys(e, "%s", r->file);
		r->v = more;
		if ((text = reallocarray(r->amount, cap, sizeof(*text))) == NULL)
			return error_sys(e, "%s", r->file);
		r->amount = text;
		r->cap = cap;
	}
	v = &r->v[r->n];
	memset(v, 0, sizeof(*v));
	v->line = row->line;
	v->move = MOVE_PAYOUT;
	v->known_type = 1;
	memcpy(v->type, "Mass Pay result", 16);
	f = cell(r, row, COL_CURRENCY);
	if (!take_text(f, ccy, sizeof(ccy)) || !money_currency_known(ccy, strlen(ccy)))
		return bad(r, row, COL_CURRENCY, "three letters such as USD are");
	memcpy(v->currency, ccy, 4);
	f = cell(r, row, COL_PAYEE);
	if (masspay_payee(f->s, f->len, payee) == -1)
		return bad(r, row, COL_PAYEE, "an e-mail address, phone number or payer id is");
	memcpy(v->payer, payee, strlen(payee) + 1);
	if (!take_text(cell(r, row, COL_UNIQUE), v->unique_id, sizeof(v->unique_id)))
		return bad(r, row, COL_UNIQUE, "a short text is");
	if (!take_text(cell(r, row, COL_ID), v->id, 20))
		return bad(r, row, COL_ID, "an id of at most 19 characters is");
	f = cell(r, row, COL_STATUS);
	if ((status = paypal_item_status(f->s, f->len)) == -1)
		return bad(r, row, COL_STATUS, "Completed, Unclaimed, Returned, Failed or another status of an item is");
	v->status = (enum fact_status)status;
	(void)take_text(f, v->status_text, sizeof(v->status_text));
	if (!take_text(cell(r, row, COL_AMOUNT), r->amount[r->n][0], 40) || r->amount[r->n][0][0] == '\0')
		return bad(r, row, COL_AMOUNT, "an amount is");
	if (!take_text(cell(r, row, COL_FEE), r->amount[r->n][1], 40))
		return bad(r, row, COL_FEE, "an amount is");
	take_date(cell(r, row, COL_DATE), &v->event);
	r->n++;
	return 0;
}

/* Point or comma: whichever reads more of the amounts. */
static int
weigh_decimal(struct reading *r)
{
	size_t i, k, ok[2] = { 0, 0 }, differ = r->n;
	struct error ignored;

	for (i = 0; i < r->n; i++) {
		int64_t v[2] = { 0, 0 };
		int got[2];

		for (k = 0; k < 2; k++) {
			got[k] = money_parse_local(r->amount[i][0], strlen(r->amount[i][0]), r->v[i].currency,
			    k == 0 ? '.' : ',', &v[k], &ignored) == 0;
			ok[k] += (size_t)got[k];
		}
		if (got[0] && got[1] && v[0] != v[1] && differ == r->n)
			differ = i;
	}
	r->decimal = r->o != NULL && r->o->decimal != 0 ? r->o->decimal : ok[1] > ok[0] ? ',' : '.';
	if ((r->o == NULL || r->o->decimal == 0) && ok[0] == ok[1] && differ < r->n)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Amount: \"%s\" may have a decimal comma or not: give "
		    "--decimal point or --decimal comma (or set report_decimal)", r->file, r->v[differ].line,
		    r->amount[differ][0]);
	return 0;
}

static int
amounts(struct reading *r, size_t i)
{
	struct report_row *v = &r->v[i];
	struct error ignored;
	int k;

	for (k = 0; k < 2; k++) {
		const char *s = r->amount[i][k];
		int64_t minor = 0;

		if (k == 1 && s[0] == '\0')
			break;
		if (money_parse_local(s, strlen(s), v->currency, r->decimal, &minor, &ignored) == -1 ||
		    (k == 0 && minor == 0))
			return error_set(r->e, ERR_INPUT, "%s:%zu: %s: an amount in %s is expected, not \"%s\"",
			    r->file, v->line, column_name[k == 0 ? COL_AMOUNT : COL_FEE], v->currency, s);
		if (minor < 0)		/* editions differ in the sign; money left us either way */
			minor = -minor;
		if (k == 0)
			v->gross = -minor;
		else {
			v->fee = minor;
			v->fee_known = 1;
		}
	}
	v->net = v->gross - v->fee;
	return 0;
}

static int
by_event(const void *a, const void *b)
{
	const struct report_row *x = a, *y = b;

	return x->event != y->event ? (x->event < y->event ? -1 : 1) : (x->line > y->line) - (x->line < y->line);
}

static void
reading_init(struct reading *r, const char *file, const struct report_options *o, struct error *e)
{
	int i;

	memset(r, 0, sizeof(*r));
	r->file = file;
	r->o = o;
	r->e = e;
	for (i = 0; i < COLUMNS; i++)
		r->col[i] = -1;
}

static int
results_read(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	struct reading r;
	size_t i;
	int rc;

	reading_init(&r, file, o, e);
	rc = csv_in_fd(fd, file, 0, take_row, &r, e);
	if (rc == 0 && !r.have_header)
		rc = error_set(e, ERR_INPUT, "%s: empty: a line with column names is expected", file);
	if (rc == 0)
		rc = weigh_decimal(&r);
	for (i = 0; rc == 0 && i < r.n; i++)
		rc = amounts(&r, i);
	if (rc == 0 && r.n > 0)
		qsort(r.v, r.n, sizeof(*r.v), by_event);
	for (i = 0; rc == 0 && i < r.n; i++)
		rc = sink->row(sink->arg, &r.v[i], e);
	free(r.v);
	free(r.amount);
	return rc == 0 ? 0 : -1;
}

static int
first_row(void *arg, const struct csv_row *row, struct error *e)
{
	take_header(arg, row);
	return error_set(e, ERR_AGAIN, "enough");
}

static int
results_recognise(const char *head, size_t len)
{
	struct error e = { 0 };
	struct reading r;
	const char *nl = memchr(head, '\n', len);

	reading_init(&r, "", NULL, &e);
	(void)csv_in_mem(head, nl == NULL ? len : (size_t)(nl - head) + 1, "", 0, first_row, &r, &e);
	/* One without some column we need is recognised too: its error must say which. */
	return r.col[COL_PAYEE] != -1 && r.col[COL_AMOUNT] != -1 && r.col[COL_STATUS] != -1 &&
	    (r.col[COL_UNIQUE] != -1 || r.col[COL_CURRENCY] != -1);
}

const struct report_format report_masspay_results = {
	.name = "masspay-results",
	.recognise = results_recognise,
	.read = results_read,
};
