/*
 * paypal_stl_parse -- the rows of settlement and transaction detail reports, one by one: headers,
 * transactions, footers.  What a row can't be is an error with its line; whether they add up is not
 * looked at here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/paypal_stl.h"
#include "text.h"

#define HEADING_MAX	64

/* Without blanks and apostrophes, lower case. */
static const char *const headings[STL_COLUMNS] = {
	[STL_ID] = "transactionid",
	[STL_INVOICE] = "invoiceid",
	[STL_REFERENCE] = "paypalreferenceid",
	[STL_CODE] = "transactioneventcode",
	[STL_BEGUN] = "transactioninitiationdate",
	[STL_COMPLETED] = "transactioncompletiondate",
	[STL_SIDE] = "transactiondebitorcredit",
	[STL_GROSS] = "grosstransactionamount",
	[STL_CURRENCY] = "grosstransactioncurrency",
	[STL_FEE_SIDE] = "feedebitorcredit",
	[STL_FEE] = "feeamount",
	[STL_FEE_CURRENCY] = "feecurrency",
	[STL_CONSUMER] = "consumerid",
	[STL_STATUS] = "transactionalstatus",
	[STL_SUBJECT] = "transactionsubject",
	[STL_PAYER] = "payersaccountid",
	[STL_FIRST] = "firstname",
	[STL_LAST] = "lastname",
	[STL_BUSINESS] = "consumerbusinessname",
};

static const enum stl_column needed[] = { STL_ID, STL_CODE, STL_COMPLETED, STL_SIDE, STL_GROSS, STL_CURRENCY,
    STL_FEE_SIDE, STL_FEE };

/* ---- cells ---- */

static int
take_cell(struct stl_reading *r, const struct csv_field *f, uint32_t *at)
{
	struct buf utf8 = BUF_INIT(CSV_FIELD_MAX * 4);
	const char *s = f->s;
	size_t len = f->len;
	int rc = -1;

	for (; len > 0 && s[len - 1] == ' '; len--)
		continue;
	for (; len > 0 && *s == ' '; s++)
		len--;
	*at = 0;
	if (len == 0)
		return 0;
	if (r->cells.len > UINT32_MAX - 4 * CSV_FIELD_MAX)
		return error_set(r->e, ERR_INPUT, "%s: too large: split it", r->file);
	*at = (uint32_t)r->cells.len;
	if (text_utf8_valid(s, len) == len)
		rc = text_printable(&r->cells, s, len, r->e);
	else if (text_to_utf8(&utf8, "WINDOWS-1252", s, len, r->e) == 0)
		rc = text_printable(&r->cells, utf8.data, utf8.len, r->e);
	buf_free(&utf8);
	return rc == -1 || buf_add(&r->cells, "", 1, r->e) == -1 ? -1 : 0;
}

/* A field of a header or footer row into a fixed array; what is not there is empty. */
static int
field(const struct stl_reading *r, const struct csv_row *row, size_t i, char *dst, size_t size, const char *what)
{
	const char *s = i < row->n ? row->f[i].s : "";
	size_t len = i < row->n ? row->f[i].len : 0, k;

	for (; len > 0 && s[len - 1] == ' '; len--)
		continue;
	for (; len > 0 && *s == ' '; s++)
		len--;
	for (k = 0; k < len && len < size; k++)
		if ((unsigned char)s[k] < ' ' || (unsigned char)s[k] > '~')
			break;
	if (k < len)
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: at most %zu plain characters are expected", r->file,
		    row->line, what, size - 1);
	memcpy(dst, s, len);
	dst[len] = '\0';
	return 0;
}

static int
whole_number(const struct stl_reading *r, const struct csv_row *row, size_t i, const char *what, int64_t *v)
{
	char text[24];
	struct error ignored;

	if (field(r, row, i, text, sizeof(text), what) == -1)
		return -1;
	return text_number(text, strlen(text), 0, STL_MOST, v, what, &ignored) == 0 ? 0 :
	    error_set(r->e, ERR_INPUT, "%s:%zu: %s: a whole number is expected, not \"%s\"", r->file,
	    row->line, what, text);
}

/* "2024/03/04 08:15:42 -0800" */
static int
read_date(const char *s, int64_t *us, char day[MOMENT_DAY])
{
	static const char shape[] = "dddd/dd/dd dd:dd:dd sdddd";
	int v[6] = { 0 }, k = -1, i, zone, offset;
	char d[MOMENT_DAY];

	for (i = 0; shape[i] != '\0'; i++) {
		int digit = s[i] >= '0' && s[i] <= '9';

		if (shape[i] == 'd' ? !digit : shape[i] == 's' ? s[i] != '+' && s[i] != '-' :
		    s[i] != shape[i] && !(shape[i] == '/' && s[i] == '-'))
			return 0;
		if (digit) {
			if (i == 0 || shape[i - 1] != 'd')
				k++;
			if (k < 6)
				v[k] = v[k] * 10 + (s[i] - '0');
		}
	}
	if (s[i] != '\0')
		return 0;
	memcpy(d, s, 10);
	d[4] = d[7] = '-';
	d[10] = '\0';
	zone = (s[21] - '0') * 10 + (s[22] - '0');
	offset = (zone * 60 + (s[23] - '0') * 10 + (s[24] - '0')) * 60;
	if (!moment_day_valid(d) || v[0] < 1998 || v[3] > 23 || v[4] > 59 || v[5] > 60 || zone > 14)
		return 0;
	*us = (moment_civil(v[0], v[1], v[2], v[3], v[4], v[5]) - (s[20] == '-' ? -offset : offset)) *
	    MOMENT_SECOND;
	if (day != NULL)
		memcpy(day, d, sizeof(d));
	return 1;
}

/* ---- headers ---- */

static int
take_rh(struct stl_reading *r, const struct csv_row *row)
{
	return field(r, row, 3, r->f->account, sizeof(r->f->account), "RH account") == -1 ? -1 :
	    field(r, row, 4, r->f->version, sizeof(r->f->version), "RH version");
}

static int
take_fh(struct stl_reading *r, const struct csv_row *row)
{
	int64_t v;

	if (whole_number(r, row, 1, "FH sequence", &v) == -1)
		return -1;
	if (v < 1 || v > 99)
		return error_set(r->e, ERR_INPUT, "%s:%zu: FH sequence: 01 to 99 are expected", r->file, row->line);
	r->f->part = (int)v;
	return 0;
}

static struct stl_section *
new_section(struct stl_reading *r)
{
	struct stl_section *v = reallocarray(r->f->section, r->f->nsections + 1, sizeof(*v));

	if (v == NULL) {
		error_sys(r->e, "%s", r->file);
		return NULL;
	}
	r->f->section = v;
	v = &v[r->f->nsections++];
	memset(v, 0, sizeof(*v));
	return v;
}

/* The section that rows belong to now; a part may go on with that of the part before. */
struct stl_section *
stl_section(struct stl_reading *r)
{
	const struct stl_section *from = NULL;
	struct stl_section *s;

	if (r->f->nsections > 0)
		return &r->f->section[r->f->nsections - 1];
	if (r->set->n > 1 && r->f->part > 1)
		from = stl_main(&r->set->v[r->set->n - 2]);
	if ((s = new_section(r)) == NULL)
		return NULL;
	memcpy(s->account, from == NULL ? r->f->account : from->account, sizeof(s->account));
	if (from != NULL) {
		s->from = from->from;
		s->to = from->to;
		memcpy(s->day, from->day, sizeof(s->day));
	}
	return s;
}

static int
take_sh(struct stl_reading *r, const struct csv_row *row)
{
	struct stl_section *s = new_section(r);
	char from[32], to[32];

	if (s == NULL || field(r, row, 1, from, sizeof(from), "SH start") == -1 ||
	    field(r, row, 2, to, sizeof(to), "SH end") == -1 ||
	    field(r, row, 3, s->account, sizeof(s->account), "SH account") == -1)
		return -1;
	s->line = row->line;
	if (!read_date(from, &s->from, NULL) || !read_date(to, &s->to, s->day))
		return error_set(r->e, ERR_INPUT, "%s:%zu: SH: the period is expected as 2024/03/04 00:00:00 -0800",
		    r->file, row->line);
	s->to += MOMENT_SECOND - 1;	/* the whole of the second belongs to it */
	return 0;
}

/* The heading without blanks and apostrophes, lower case; UTF-8's ' too. */
static void
fold_heading(const struct csv_field *f, char out[HEADING_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < f->len && n < HEADING_MAX - 1; i++)
		if (f->s[i] > ' ' && f->s[i] < 0x7f && f->s[i] != '\'')
			out[n++] = (char)(f->s[i] >= 'A' && f->s[i] <= 'Z' ? f->s[i] + 0x20 : f->s[i]);
	out[n] = '\0';
}

int
stl_columns(struct stl_file *f, const struct csv_row *row)
{
	char word[HEADING_MAX];
	size_t i;
	int c, found = 0;

	for (c = 0; c < STL_COLUMNS; c++)
		f->col[c] = -1;
	for (i = 1; i < row->n; i++) {
		fold_heading(&row->f[i], word);
		for (c = 0; c < STL_COLUMNS; c++)
			if (f->col[c] == -1 && strcmp(word, headings[c]) == 0) {
				f->col[c] = (int)i;
				found++;
			}
	}
	f->columns = row->n;
	return found;
}

static int
take_ch(struct stl_reading *r, const struct csv_row *row)
{
	size_t i;

	stl_columns(r->f, row);
	r->is_trr = r->f->col[STL_STATUS] != -1;
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (r->f->col[needed[i]] == -1)
			return error_set(r->e, ERR_INPUT, "%s:%zu: CH: no column \"%s\"", r->file, row->line,
			    stl_column_name[needed[i]]);
	if (r->is_trr != (strcmp(r->report, "TRR") == 0))
		return error_set(r->e, ERR_INPUT, "%s:%zu: CH: %s column \"Transactional Status\": a %s is expected "
		    "here, and this is none", r->file, row->line, r->is_trr ? "a" : "no",
		    r->is_trr ? "settlement report" : "transaction detail report");
	return 0;
}

/* ---- rows ---- */

static int
keep_void(struct stl_reading *r, const struct stl_line *l)
{
	const char *id = stl_cell(r, l, STL_ID);

	if (r->nvoids == r->cvoids) {
		size_t cap = r->cvoids == 0 ? 64 : r->cvoids * 2;
		char (*v)[72] = reallocarray(r->voids, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(r->e, "%s", r->file);
		r->voids = v;
		r->cvoids = cap;
	}
	return text_copy(r->voids[r->nvoids++], sizeof(r->voids[0]), id, strlen(id), "Transaction ID", r->e);
}

static int
add_up(struct stl_reading *r, const struct stl_line *l, struct stl_section *s, int64_t gross, int64_t fee)
{
	const struct paypal_code *code = paypal_code(stl_cell(r, l, STL_CODE));
	const char *ccy = stl_cell(r, l, STL_CURRENCY);
	struct stl_sum *sum = stl_sum(&s->sum, &s->nsum, ccy, r->e);

	if (sum == NULL)
		return -1;
	sum->rows++;
	if (!stl_moves(r, l, code))
		return 0;
	if (money_add(&sum->sum[gross < 0 ? STL_GROSS_DR : STL_GROSS_CR], gross < 0 ? -gross : gross, r->e) == -1 ||
	    money_add(&sum->sum[fee < 0 ? STL_FEE_DR : STL_FEE_CR], fee < 0 ? -fee : fee, r->e) == -1 ||
	    (code->class == PAYPAL_HOLD && (money_add(&sum->held, gross, r->e) == -1 ||
	    money_add(&sum->held, fee, r->e) == -1)))
		return error_set(r->e, ERR_INPUT, "%s:%zu: the sum of %s is out of range", r->file, l->line, ccy);
	if (!r->is_trr && s->to != 0 && (l->time < s->from || l->time > s->to) && s->outside++ == 0) {
		s->outside_line = l->line;
		(void)snprintf(s->outside_id, sizeof(s->outside_id), "%.71s", stl_cell(r, l, STL_ID));
	}
	return 0;
}

/* A detail report also tells of what has no amount at all: such a row counts, and that is all. */
static int
tells_of_nothing(const struct stl_reading *r, const struct stl_line *l)
{
	const char *gross = stl_cell(r, l, STL_GROSS), *fee = stl_cell(r, l, STL_FEE);

	return r->is_trr && stl_cell(r, l, STL_CURRENCY)[0] == '\0' && strspn(gross, "0") == strlen(gross) &&
	    strspn(fee, "0") == strlen(fee);
}

/* 0, 1 where the row is only to be counted, or -1. */
static int
check_row(struct stl_reading *r, struct stl_line *l, struct stl_section *s)
{
	const char *ccy = stl_cell(r, l, STL_CURRENCY), *fee_ccy = stl_cell(r, l, STL_FEE_CURRENCY);
	const char *when = stl_cell(r, l, STL_COMPLETED);
	int64_t gross, fee, minor;

	if (strlen(stl_cell(r, l, STL_ID)) >= 72 || strlen(stl_cell(r, l, STL_REFERENCE)) >= 72 ||
	    strlen(stl_cell(r, l, STL_CODE)) >= 8)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Transaction ID, PayPal Reference ID or Transaction Event "
		    "Code: too long", r->file, l->line);
	if (strcmp(stl_cell(r, l, STL_CODE), "T1302") == 0 && keep_void(r, l) == -1)
		return -1;
	if (tells_of_nothing(r, l))
		return 1;
	if (!money_currency_known(ccy, strlen(ccy)))
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: \"%.20s\" is none we know", r->file, l->line,
		    stl_column_name[STL_CURRENCY], ccy);
	if (when[0] == '\0' && r->f->col[STL_BEGUN] != -1)
		when = stl_cell(r, l, STL_BEGUN);
	if (when[0] == '\0' && s->from != 0 && !stl_moves(r, l, paypal_code(stl_cell(r, l, STL_CODE))))
		l->time = s->from;	/* pending, denied: nothing was completed */
	else if (!read_date(when, &l->time, NULL))
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: 2024/03/04 08:15:42 -0800 is the form expected, not "
		    "\"%.40s\"", r->file, l->line, stl_column_name[STL_COMPLETED], when);
	if (stl_amount(r, l, STL_SIDE, STL_GROSS, &gross) == -1 ||
	    stl_amount(r, l, STL_FEE_SIDE, STL_FEE, &fee) == -1 ||
	    stl_amount_minor(r, l, STL_GROSS, ccy, gross, &minor) == -1 ||
	    stl_amount_minor(r, l, STL_FEE, ccy, fee, &minor) == -1)
		return -1;
	if (fee != 0 && fee_ccy[0] != '\0' && strcmp(fee_ccy, ccy) != 0)
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: \"%.20s\", but the amount is of %s", r->file, l->line,
		    stl_column_name[STL_FEE_CURRENCY], fee_ccy, ccy);
	return add_up(r, l, s, gross, fee);
}

static int
take_sb(struct stl_reading *r, const struct csv_row *row)
{
	struct stl_section *s = stl_section(r);
	struct stl_line *l;
	size_t i;
	int rc;

	if (s == NULL)
		return -1;
	if (r->f->columns == 0 && r->set->n > 1 && r->f->part > 1) {
		const struct stl_file *before = &r->set->v[r->set->n - 2];

		memcpy(r->f->col, before->col, sizeof(r->f->col));
		r->f->columns = before->columns;
	}
	if (r->f->columns == 0)
		return error_set(r->e, ERR_INPUT, "%s:%zu: SB: no row CH with column names stands before it",
		    r->file, row->line);
	if (row->n != r->f->columns)
		return error_set(r->e, ERR_INPUT, "%s:%zu: SB: %zu fields, CH has %zu: a quote that is missing, or "
		    "one too many?", r->file, row->line, row->n, r->f->columns);
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 1024 : r->cap + r->cap / 2;
		struct stl_line *v = reallocarray(r->v, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(r->e, "%s", r->file);
		r->v = v;
		r->cap = cap;
	}
	l = &r->v[r->n];
	memset(l, 0, sizeof(*l));
	l->line = row->line;
	l->section = (uint32_t)(s - r->f->section);
	l->seq = (uint32_t)r->n;
	for (i = 0; i < STL_COLUMNS; i++)
		if (r->f->col[i] != -1 && take_cell(r, &row->f[r->f->col[i]], &l->at[i]) == -1)
			return -1;
	if ((rc = check_row(r, l, s)) == -1)
		return -1;
	s->rows++;
	r->f->rows++;
	r->n += rc == 0;
	return 0;
}

/* ---- footers ---- */

static int
signed_balance(struct stl_reading *r, const struct csv_row *row, size_t i, int64_t *v)
{
	char side[4];

	if (field(r, row, i, side, sizeof(side), "balance CR or DR") == -1 ||
	    whole_number(r, row, i + 1, "balance", v) == -1)
		return -1;
	if (*v != 0 && text_equal_ci(side, strlen(side), "DR", 2))
		*v = -*v;
	else if (*v != 0 && !text_equal_ci(side, strlen(side), "CR", 2))
		return error_set(r->e, ERR_INPUT, "%s:%zu: balance: CR or DR is expected, not \"%s\"", r->file,
		    row->line, side);
	return 0;
}

/* Currency, four totals, up to three balances at both ends, a count. */
static int
take_total(struct stl_reading *r, const struct csv_row *row, const char *ccy, struct stl_total **v, size_t *n)
{
	struct stl_total *t = reallocarray(*v, *n + 1, sizeof(*t));
	size_t i, at = 2 + STL_SUMS;

	if (t == NULL)
		return error_sys(r->e, "%s", r->file);
	*v = t;
	t = &t[*n];
	memset(t, 0, sizeof(*t));
	memcpy(t->currency, ccy, 4);
	t->line = row->line;
	for (i = 0; i < STL_SUMS; i++)
		if (whole_number(r, row, 2 + i, "total", &t->sum[i]) == -1)
			return -1;
	for (i = 0; i < STL_BALANCES && row->n >= at + 4; i++, at += 4) {
		if (signed_balance(r, row, at, &t->begin[i]) == -1 ||
		    signed_balance(r, row, at + 2, &t->end[i]) == -1)
			return -1;
		t->nbalances++;
	}
	if (row->n > at && row->f[at].len > 0) {
		if (whole_number(r, row, at, "count", &t->count) == -1)
			return -1;
		t->has_count = 1;
	}
	(*n)++;
	return 0;
}

static int
take_number(struct stl_reading *r, const struct csv_row *row, const char *what, struct stl_number *v)
{
	v->line = row->line;
	return whole_number(r, row, 1, what, &v->v);
}

/* SF and RF: totals of a currency, or (TRR) a number; of a TRR anything else is let pass. */
static int
take_footer(struct stl_reading *r, const struct csv_row *row, const char *what, struct stl_total **v, size_t *n,
    struct stl_number *number)
{
	char ccy[8];

	if (!r->is_trr && strcmp(r->report, "STL") == 0) {
		if (field(r, row, 1, ccy, sizeof(ccy), what) == -1)
			return -1;
		if (!money_currency_known(ccy, strlen(ccy)))
			return error_set(r->e, ERR_INPUT, "%s:%zu: %s: currency: \"%s\" is none we know", r->file,
			    row->line, what, ccy);
		return take_total(r, row, ccy, v, n);
	}
	return row->n == 2 ? take_number(r, row, what, number) : 0;
}

static int
take_sf(struct stl_reading *r, const struct csv_row *row)
{
	struct stl_section *s = stl_section(r);

	return s == NULL ? -1 : take_footer(r, row, "SF", &s->sf, &s->nsf, &s->sf_number);
}

static int
take_sc(struct stl_reading *r, const struct csv_row *row)
{
	struct stl_section *s = stl_section(r);

	return s == NULL ? -1 : take_number(r, row, "SC", &s->sc);
}

static int
take_rf(struct stl_reading *r, const struct csv_row *row)
{
	return take_footer(r, row, "RF", &r->f->rf, &r->f->nrf, &r->f->rf_number);
}

static int
take_rc(struct stl_reading *r, const struct csv_row *row)
{
	return take_number(r, row, "RC", &r->f->rc);
}

static int
take_ff(struct stl_reading *r, const struct csv_row *row)
{
	return take_number(r, row, "FF", &r->f->ff);
}

int
stl_parse_row(void *arg, const struct csv_row *row, struct error *e)
{
	static const struct {
		char	type[3];
		int	(*take)(struct stl_reading *r, const struct csv_row *row);
	} types[] = { { "SB", take_sb }, { "RH", take_rh }, { "FH", take_fh }, { "SH", take_sh },
	    { "CH", take_ch }, { "SF", take_sf }, { "SC", take_sc }, { "RF", take_rf }, { "RC", take_rc },
	    { "FF", take_ff } };
	struct stl_reading *r = arg;
	size_t i;
	char type[8];

	if (field(r, row, 0, type, sizeof(type), "row type") == -1)
		return -1;
	if (r->f->lines++ == 0 && strcmp(type, "RH") != 0)
		return error_set(e, ERR_INPUT, "%s:%zu: a row RH is expected first, not \"%s\"", r->file, row->line,
		    type);
	if (r->f->ff.line != 0 && r->f->odd.line == 0) {
		r->f->odd.line = row->line;
		memcpy(r->f->odd.type, type, sizeof(type));
	}
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].type) == 0)
			return types[i].take(r, row);
	if (r->f->odd.line == 0) {
		r->f->odd.line = row->line;
		memcpy(r->f->odd.type, type, sizeof(type));
	}
	return 0;
}

