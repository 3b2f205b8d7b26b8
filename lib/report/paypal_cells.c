/*
 * paypal_cells -- one row of PayPal's activity download from its cells (paypal_reading.h).
 *
 * The cells we need are kept until the end of the file: only the whole file can say whether it writes
 * month or day first, point or comma.  What each row says of that is weighed as it comes.
 */
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "report/paypal_codes.h"
#include "report/paypal_reading.h"
#include "text.h"

#define CELLS_MAX	((size_t)1 << 30)	/* about three million rows */

static const char decimals[2] = { '.', ',' };

#define cell	reading_cell

/* ---- dates ---- */

static int
number(const char **s, int *digits)
{
	int v = 0;

	for (*digits = 0; **s >= '0' && **s <= '9' && *digits < 5; (*s)++, (*digits)++)
		v = v * 10 + (**s - '0');
	return v;
}

/* Three numbers of a date; 1 where it is one at all. */
static int
date_parts(const char *s, int v[3], int digits[3])
{
	char sep;

	v[0] = number(&s, &digits[0]);
	sep = *s;
	if (digits[0] == 0 || (sep != '/' && sep != '.' && sep != '-'))
		return 0;
	s++;
	v[1] = number(&s, &digits[1]);
	if (digits[1] == 0 || *s != sep)
		return 0;
	s++;
	v[2] = number(&s, &digits[2]);
	return digits[2] > 0 && *s == '\0';
}

/* 1 where the text is a date in that order. */
int
reading_date(const char *s, enum dates how, int ymd[3])
{
	static const int place[DATES][3] = { { 2, 0, 1 }, { 2, 1, 0 }, { 0, 1, 2 } };
	static const int length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int v[3], digits[3], i, leap;

	if (!date_parts(s, v, digits))
		return 0;
	for (i = 0; i < 3; i++)
		ymd[i] = v[place[how][i]];
	if (digits[place[how][0]] == 2)
		ymd[0] += 2000;
	else if (digits[place[how][0]] != 4)
		return 0;
	if (how != YMD && digits[0] > 2)
		return 0;
	leap = (ymd[0] % 4 == 0 && ymd[0] % 100 != 0) || ymd[0] % 400 == 0;
	return ymd[0] >= 1998 && ymd[1] >= 1 && ymd[1] <= 12 && ymd[2] >= 1 &&
	    ymd[2] <= length[ymd[1] - 1] && (ymd[1] != 2 || ymd[2] < 29 || leap);
}

/* "21:15:11", "9:15", "09:15:11 PM" */
int
reading_time(const char *s, int *seconds)
{
	int digits, h, m, sec = 0;

	h = number(&s, &digits);
	if (digits == 0 || digits > 2 || *s++ != ':')
		return 0;
	m = number(&s, &digits);
	if (digits != 2)
		return 0;
	if (*s == ':') {
		s++;
		sec = number(&s, &digits);
		if (digits != 2)
			return 0;
	}
	while (*s == ' ')
		s++;
	if (text_equal_ci(s, strlen(s), "PM", 2))
		h = h < 12 ? h + 12 : h;
	else if (text_equal_ci(s, strlen(s), "AM", 2))
		h = h == 12 ? 0 : h;
	else if (*s != '\0')
		return 0;
	*seconds = h * 3600 + m * 60 + sec;
	return h < 24 && m < 60 && sec < 61;
}

/* ---- decimals ---- */

/* 1 an amount, 0 none stands there ("", "..."), -1 it is neither. */
static int
amount(const char *s, const char ccy[4], char decimal, int64_t *minor)
{
	struct error ignored;

	s += strspn(s, " ");
	if (*s == '\0' || strcmp(s, "...") == 0)
		return 0;
	return money_parse_local(s, strlen(s), ccy, decimal, minor, &ignored) == 0 ? 1 : -1;
}

static void
weigh_amount(struct reading *r, const struct line *l, enum paypal_column c, const char ccy[4])
{
	int64_t v[2] = { 0, 0 };
	int i, got[2];

	for (i = 0; i < 2; i++) {
		got[i] = amount(cell(r, l, c), ccy, decimals[i], &v[i]);
		if (got[i] == -1 && r->decimal_ok[i]) {
			r->decimal_ok[i] = 0;
			r->decimal_bad[i] = l->line;
			r->decimal_text[i] = (size_t)(cell(r, l, c) - r->cells.data);
		}
	}
	r->decimal_differ |= got[0] == 1 && got[1] == 1 && v[0] != v[1];
}

int
reading_decide_decimal(struct reading *r)
{
	int i = r->o->decimal == ',';
	int later = r->decimal_bad[1] > r->decimal_bad[0];

	if (r->o->decimal != 0) {
		r->decimal = r->o->decimal;
		return r->decimal_ok[i] ? 0 : error_set(r->e, ERR_INPUT,
		    "%s:%zu: amount \"%.40s\" is not written with a decimal %s: give --decimal %s", r->file,
		    r->decimal_bad[i], r->cells.data + r->decimal_text[i], i ? "comma" : "point",
		    i ? "point" : "comma");
	}
	if (!r->decimal_ok[0] && !r->decimal_ok[1])
		return error_set(r->e, ERR_INPUT, "%s:%zu: amount \"%.40s\": a number with a decimal point or "
		    "comma, as in the rest of the file, is expected", r->file, r->decimal_bad[later],
		    r->cells.data + r->decimal_text[later]);
	if (r->decimal_ok[0] && r->decimal_ok[1] && r->decimal_differ && r->lang <= LANG_EN)
		return error_set(r->e, ERR_INPUT, "%s: amounts such as 1,000 may have a decimal comma or not: "
		    "give --decimal point or --decimal comma (or set report_decimal)", r->file);
	r->decimal = r->decimal_ok[0] && (!r->decimal_ok[1] || r->lang <= LANG_EN) ? '.' : ',';
	return 0;
}

/* ---- reading ---- */

int
reading_clean(struct buf *out, const char *s, size_t len, struct error *e)
{
	struct buf utf8 = BUF_INIT(CSV_FIELD_MAX * 4);
	int rc = -1;

	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	while (len > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	if (len == 0)
		return 0;
	if (text_utf8_valid(s, len) == len)
		rc = text_printable(out, s, len, e);
	else if (text_to_utf8(&utf8, "WINDOWS-1252", s, len, e) == 0)
		rc = text_printable(out, utf8.data, utf8.len, e);
	buf_free(&utf8);
	return rc;
}

static int
take_cell(struct reading *r, const char *s, size_t len, uint32_t *at)
{
	size_t had = r->cells.len;

	*at = 0;
	if (reading_clean(&r->cells, s, len, r->e) == -1)
		return -1;
	if (r->cells.len == had)
		return 0;
	*at = (uint32_t)had;
	return buf_add(&r->cells, "", 1, r->e);
}

int
reading_header(struct reading *r, const struct csv_row *row)
{
	static const enum paypal_column needed[] = { COL_DATE, COL_TIME, COL_ZONE, COL_TYPE, COL_CURRENCY,
	    COL_GROSS, COL_ID };
	enum paypal_language lang;
	uint32_t at;
	size_t i;
	int c;

	for (i = 0; i < row->n; i++) {
		if (take_cell(r, row->f[i].s, row->f[i].len, &at) == -1)
			return -1;
		if ((c = paypal_column(r->cells.data + at, r->o, &lang)) == -1)
			continue;
		/* "Invoice Id" of the oldest edition is an auction's; "Invoice Number" comes later. */
		if (r->col[c] == -1 || c == COL_INVOICE)
			r->col[c] = (int)i;
		if (lang != LANG_NONE && r->lang == LANG_NONE)
			r->lang = lang;
	}
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (r->col[needed[i]] == -1)
			return error_set(r->e, ERR_INPUT, "%s:%zu: no column \"%s\": choose it in the download, or "
			    "say its name in the setting report_columns", r->file, row->line,
			    paypal_column_name[needed[i]]);
	r->have_header = 1;
	return 0;
}

void
reading_weigh_date(struct reading *r, const char *s, size_t line)
{
	int i, ymd[DATES][3], ok[DATES];

	for (i = 0; i < DATES; i++) {
		ok[i] = reading_date(s, (enum dates)i, ymd[i]);
		if (!ok[i] && r->dates_ok[i]) {
			r->dates_ok[i] = 0;
			r->dates_bad[i] = line;
		}
	}
	r->dates_differ |= ok[MDY] && ok[DMY] && memcmp(ymd[MDY], ymd[DMY], sizeof(ymd[MDY])) != 0;
}

int
reading_row(void *arg, const struct csv_row *row, struct error *e)
{
	static const enum paypal_column amounts[] = { COL_GROSS, COL_FEE, COL_NET, COL_BALANCE };
	struct reading *r = arg;
	struct line *l;
	const char *ccy;
	size_t i;

	if (!r->have_header)
		return reading_header(r, row);
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 1024 : r->cap * 2;
		struct line *v = reallocarray(r->v, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(e, "%s", r->file);
		r->v = v;
		r->cap = cap;
	}
	l = &r->v[r->n];
	memset(l, 0, sizeof(*l));
	l->line = r->skipped + row->line;
	for (i = 0; i < COLUMNS; i++)
		if (r->col[i] != -1 && (size_t)r->col[i] < row->n &&
		    take_cell(r, row->f[r->col[i]].s, row->f[r->col[i]].len, &l->at[i]) == -1)
			return -1;
	ccy = cell(r, l, COL_CURRENCY);
	if (!money_currency_known(ccy, strlen(ccy)))
		return error_set(e, ERR_INPUT, "%s:%zu: Currency: \"%.20s\" is none we know", r->file, l->line,
		    ccy);
	reading_weigh_date(r, cell(r, l, COL_DATE), l->line);
	for (i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		weigh_amount(r, l, amounts[i], ccy);
	r->n++;
	return 0;
}

/* ---- rows ---- */

static void
short_text(char *dst, size_t size, const char *s)
{
	size_t n = text_utf8_valid(s, strnlen(s, size - 1));

	memcpy(dst, s, n);
	dst[n] = '\0';
}

void
reading_address(char dst[255], const char *s)
{
	dst[0] = '\0';
	if (strlen(s) < 255) {		/* a longer one is no address */
		memcpy(dst, s, strlen(s) + 1);
		text_lower(dst);
	}
}

static int
row_amounts(struct reading *r, const struct line *l, struct report_row *row, int64_t *net)
{
	int64_t fee = 0;

	row->gross = 0;
	if (amount(cell(r, l, COL_GROSS), row->currency, r->decimal, &row->gross) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Gross: \"%.40s\" is no amount", r->file, l->line,
		    cell(r, l, COL_GROSS));
	row->fee_known = amount(cell(r, l, COL_FEE), row->currency, r->decimal, &fee) == 1;
	row->fee = -fee;
	row->net = row->gross;
	if (money_sub(&row->net, row->fee, r->e) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Fee: out of range", r->file, l->line);
	*net = row->net;
	(void)amount(cell(r, l, COL_NET), row->currency, r->decimal, net);
	row->has_balance = amount(cell(r, l, COL_BALANCE), row->currency, r->decimal, &row->balance) == 1;
	return 0;
}

int
reading_make_row(struct reading *r, const struct line *l, struct report_row *row, int *moves_said, int64_t *net)
{
	struct paypal_row_type t = paypal_row_type(cell(r, l, COL_TYPE), r->o);
	const struct paypal_code *code;
	const char *theirs, *ours;
	int impact = paypal_impact(cell(r, l, COL_IMPACT));

	memset(row, 0, sizeof(*row));
	row->line = l->line;
	memcpy(row->currency, cell(r, l, COL_CURRENCY), 4);
	if (row_amounts(r, l, row, net) == -1)
		return -1;
	if (text_copy(row->id, sizeof(row->id), cell(r, l, COL_ID), strlen(cell(r, l, COL_ID)),
	    "Transaction ID", r->e) == -1 ||
	    text_copy(row->reference, sizeof(row->reference), cell(r, l, COL_REFERENCE),
	    strlen(cell(r, l, COL_REFERENCE)), "Reference Txn ID", r->e) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Transaction ID: too long", r->file, l->line);
	short_text(row->type, sizeof(row->type), cell(r, l, COL_TYPE));
	short_text(row->status_text, sizeof(row->status_text), cell(r, l, COL_STATUS));
	short_text(row->name, sizeof(row->name), cell(r, l, COL_NAME));
	short_text(row->invoice, sizeof(row->invoice), cell(r, l, COL_INVOICE));
	short_text(row->subject, sizeof(row->subject), cell(r, l, COL_SUBJECT));
	short_text(row->code, sizeof(row->code), cell(r, l, COL_CODE));
	theirs = cell(r, l, row->gross < 0 ? COL_TO : COL_FROM);
	ours = cell(r, l, row->gross < 0 ? COL_FROM : COL_TO);
	reading_address(row->payer, theirs);
	reading_address(row->own, ours);
	/* A word that is new to us may have a code that is not. */
	if (!t.known && (code = paypal_code(row->code))->class != PAYPAL_UNKNOWN)
		t = (struct paypal_row_type){ code->in, code->out, !code->moves, 1 };
	row->move = row->gross < 0 ? t.out : t.in;
	row->mass_pay = t.out == MOVE_PAYOUT;
	row->known_type = t.known;
	if (row->move == MOVE_OTHER)
		row->home = paypal_home(row->code[0] != '\0' ? paypal_code(row->code) :
		    paypal_code_named(row->type), row->gross);
	row->status = FACT_COMPLETED;
	row->moves_balance = 1;
	(void)paypal_row_status(cell(r, l, COL_STATUS), &row->status, &row->moves_balance);
	if (t.memo)
		row->moves_balance = 0;
	*moves_said = impact != -1;
	if (impact != -1)
		row->moves_balance = impact;
	/* A row of money that moved is not pending, whatever its status column still says. */
	if (row->moves_balance && row->status != FACT_UNCLAIMED)
		row->status = FACT_COMPLETED;
	return 0;
}

void
reading_init(struct reading *r, const char *file, const struct report_options *o, struct error *e)
{
	static const struct report_options none;
	int i;

	memset(r, 0, sizeof(*r));
	r->file = file;
	r->o = o == NULL ? &none : o;
	r->e = e;
	r->cells.max = CELLS_MAX;
	for (i = 0; i < COLUMNS; i++)
		r->col[i] = -1;
	for (i = 0; i < DATES; i++)
		r->dates_ok[i] = 1;
	r->decimal_ok[0] = r->decimal_ok[1] = 1;
}

void
reading_free(struct reading *r)
{
	struct names *lists[] = { &r->date_texts, &r->zones, &r->owns };
	size_t i, k;

	for (i = 0; i < 3; i++) {
		for (k = 0; k < lists[i]->n; k++)
			free(lists[i]->v[k]);
		free(lists[i]->v);
	}
	free(r->q);
	free(r->v);
	buf_free(&r->cells);
}
