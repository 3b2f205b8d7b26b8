/*
 * paypal_activity -- PayPal's activity download, CSV or TAB (providers/paypal.md 5.8).
 *
 * Columns are found by name, in any order and language of paypal_columns.c.  The cells we need
 * are kept until the end of the file: only the whole file can say whether it writes month or day
 * first, point or comma, newest or oldest first.  Nothing of that is guessed: what stays open is
 * an error that names the option.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_in.h"
#include "money.h"
#include "report/paypal_codes.h"
#include "report/paypal_columns.h"
#include "report/report.h"
#include "text.h"

#define CELLS_MAX	((size_t)1 << 30)	/* about three million rows */

enum dates { MDY, DMY, YMD, DATES };
static const char *const dates_name[DATES] = { "mdy", "dmy", "ymd" };
static const char decimals[2] = { '.', ',' };

struct line {
	size_t		line;
	uint32_t	at[COLUMNS];	/* into cells; 0: the empty text */
	int64_t		time;
	size_t		seq;		/* place in the file */
};

struct reading {
	const char	*file;
	const struct report_options *o;
	int		 col[COLUMNS];	/* column number, -1 */
	int		 have_header;
	enum paypal_language lang;
	struct buf	 cells;
	struct line	*v;
	size_t		 n, cap;
	int		 dates_ok[DATES];
	size_t		 dates_bad[DATES];	/* first line that contradicts */
	int		 dates_differ;
	int		 decimal_ok[2], decimal_differ;
	size_t		 decimal_bad[2], decimal_text[2];	/* its line, and the cell in cells */
	enum dates	 dates;
	char		 decimal;
	struct error	*e;
};

static const char *
cell(const struct reading *r, const struct line *l, enum paypal_column c)
{
	return r->cells.data + l->at[c];
}

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
static int
date_read(const char *s, enum dates how, int ymd[3])
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
static int
time_read(const char *s, int *seconds)
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

/* 1 where the days run one way through the file. */
static int
in_order(const struct reading *r, enum dates how)
{
	int up = 1, down = 1, ymd[3], day, last = 0;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (!date_read(cell(r, &r->v[i], COL_DATE), how, ymd))
			return 0;
		day = (ymd[0] * 12 + ymd[1]) * 31 + ymd[2];
		if (i > 0) {
			up &= day >= last;
			down &= day <= last;
		}
		last = day;
	}
	return up || down;
}

static int
decide_dates(struct reading *r)
{
	int i, ordered[DATES], n = 0, candidates = 0, last = MDY;

	for (i = 0; i < DATES; i++) {
		ordered[i] = r->dates_ok[i] && in_order(r, (enum dates)i);
		n += ordered[i];
		candidates += r->dates_ok[i];
		if (r->dates_ok[i])
			last = i;
	}
	for (i = 0; i < DATES; i++) {
		if (strcmp(r->o->dates, dates_name[i]) != 0)
			continue;
		r->dates = (enum dates)i;
		if (candidates == 0)
			break;
		if (!r->dates_ok[i])
			return error_set(r->e, ERR_INPUT, "%s:%zu: Date: not written as %s: give --dates %s",
			    r->file, r->dates_bad[i], dates_name[i], candidates > 1 && i == YMD ? "mdy or dmy" :
			    dates_name[last]);
		if (!r->o->sure && !ordered[i] && n > 0)
			return error_set(r->e, ERR_INPUT, "%s: read as %s (the setting report_dates) the days run "
			    "forth and back, read otherwise they don't: give --dates", r->file, dates_name[i]);
		return 0;
	}
	if (candidates == 0)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Date: a date of numbers is expected", r->file,
		    r->dates_bad[MDY] > r->dates_bad[DMY] ? r->dates_bad[MDY] : r->dates_bad[DMY]);
	if (candidates == 1 || !r->dates_differ) {
		r->dates = (enum dates)last;
		return 0;
	}
	if (r->lang > LANG_EN && ordered[DMY]) {
		r->dates = DMY;
		return 0;
	}
	if (n == 1) {
		r->dates = ordered[MDY] ? MDY : ordered[DMY] ? DMY : YMD;
		return 0;
	}
	return error_set(r->e, ERR_INPUT, "%s: dates such as %s may begin with the month or with the day: "
	    "give --dates mdy or --dates dmy (or set report_dates)", r->file,
	    cell(r, &r->v[0], COL_DATE));
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

static int
decide_decimal(struct reading *r)
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

static int
take_cell(struct reading *r, const char *s, size_t len, uint32_t *at)
{
	struct buf utf8 = BUF_INIT(CSV_FIELD_MAX * 4);
	int rc = -1;

	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	while (len > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	*at = 0;
	if (len == 0)
		return 0;
	*at = (uint32_t)r->cells.len;
	if (text_utf8_valid(s, len) == len)
		rc = text_printable(&r->cells, s, len, r->e);
	else if (text_to_utf8(&utf8, "WINDOWS-1252", s, len, r->e) == 0)
		rc = text_printable(&r->cells, utf8.data, utf8.len, r->e);
	buf_free(&utf8);
	return rc == -1 || buf_add(&r->cells, "", 1, r->e) == -1 ? -1 : 0;
}

static int
take_header(struct reading *r, const struct csv_row *row)
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

static void
weigh_date(struct reading *r, const struct line *l)
{
	int i, ymd[DATES][3], ok[DATES];

	for (i = 0; i < DATES; i++) {
		ok[i] = date_read(cell(r, l, COL_DATE), (enum dates)i, ymd[i]);
		if (!ok[i] && r->dates_ok[i]) {
			r->dates_ok[i] = 0;
			r->dates_bad[i] = l->line;
		}
	}
	r->dates_differ |= ok[MDY] && ok[DMY] && memcmp(ymd[MDY], ymd[DMY], sizeof(ymd[MDY])) != 0;
}

static int
take_row(void *arg, const struct csv_row *row, struct error *e)
{
	static const enum paypal_column amounts[] = { COL_GROSS, COL_FEE, COL_NET, COL_BALANCE };
	struct reading *r = arg;
	struct line *l;
	const char *ccy;
	size_t i;

	if (!r->have_header)
		return take_header(r, row);
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
	l->line = row->line;
	l->seq = r->n;
	for (i = 0; i < COLUMNS; i++)
		if (r->col[i] != -1 && (size_t)r->col[i] < row->n &&
		    take_cell(r, row->f[r->col[i]].s, row->f[r->col[i]].len, &l->at[i]) == -1)
			return -1;
	ccy = cell(r, l, COL_CURRENCY);
	if (!money_currency_known(ccy, strlen(ccy)))
		return error_set(e, ERR_INPUT, "%s:%zu: Currency: \"%.20s\" is none we know", r->file, l->line,
		    ccy);
	weigh_date(r, l);
	for (i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		weigh_amount(r, l, amounts[i], ccy);
	r->n++;
	return 0;
}

static int
set_time(struct reading *r, struct line *l)
{
	const char *zone = cell(r, l, COL_ZONE);
	int64_t civil;
	int ymd[3], seconds, offset;

	if (!date_read(cell(r, l, COL_DATE), r->dates, ymd) ||
	    !time_read(cell(r, l, COL_TIME), &seconds))
		return error_set(r->e, ERR_INPUT, "%s:%zu: Time: HH:MM:SS is expected, not \"%.20s\"", r->file,
		    l->line, cell(r, l, COL_TIME));
	civil = moment_civil(ymd[0], ymd[1], ymd[2], 0, 0, 0) + seconds;
	if (moment_zone_offset(zone, civil, &offset, r->e) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Time Zone: \"%.40s\" is not known", r->file, l->line,
		    zone);
	l->time = (civil - offset) * MOMENT_SECOND;
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return x->time != y->time ? (x->time < y->time ? -1 : 1) : x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int
sort_lines(struct reading *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (set_time(r, &r->v[i]) == -1)
			return -1;
	if (r->n > 1 && r->v[0].time > r->v[r->n - 1].time)	/* newest first */
		for (i = 0; i < r->n; i++)
			r->v[i].seq = r->n - i;
	qsort(r->v, r->n, sizeof(*r->v), by_time);
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

static void
address(char dst[255], const char *s)
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

static int
make_row(struct reading *r, const struct line *l, struct report_row *row, int *moves_said, int64_t *net)
{
	struct paypal_row_type t = paypal_row_type(cell(r, l, COL_TYPE), r->o);
	const struct paypal_code *code;
	const char *theirs, *ours;
	int impact = paypal_impact(cell(r, l, COL_IMPACT));

	memset(row, 0, sizeof(*row));
	row->line = l->line;
	row->event = l->time;
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
	address(row->payer, theirs);
	address(row->own, ours);
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

struct running {
	char	currency[4];
	int	known;
	int64_t	balance;
};

static struct running *
running(struct running *v, const char ccy[4])
{
	int i;

	for (i = 0; i < MONEY_CURRENCIES - 1 && v[i].currency[0] != '\0'; i++)
		if (memcmp(v[i].currency, ccy, 4) == 0)
			return &v[i];
	memcpy(v[i].currency, ccy, 4);
	return &v[i];
}

/*
 * Rows of one second: 1 where their balances follow from each other in the order given
 * (step 1 or -1).  Works on a copy of the running balances.
 */
static int
follows(struct reading *r, const struct running *start, size_t from, size_t to, int backwards)
{
	struct running run[MONEY_CURRENCIES], *at;
	struct report_row row;
	int64_t net, after;
	size_t i;
	int said;

	memcpy(run, start, sizeof(run));
	for (i = from; i < to; i++) {
		if (make_row(r, &r->v[backwards ? to - 1 - (i - from) : i], &row, &said, &net) == -1)
			return 0;
		if (!row.moves_balance || !row.has_balance)
			continue;
		at = running(run, row.currency);
		if (at->known && (__builtin_add_overflow(at->balance, row.net, &after) ||
		    after != row.balance))
			return 0;
		at->known = 1;
		at->balance = row.balance;
	}
	return 1;
}

static void
order_second(struct reading *r, const struct running *run, size_t from)
{
	struct line keep;
	size_t to = from + 1, i;

	while (to < r->n && r->v[to].time == r->v[from].time)
		to++;
	if (to - from < 2 || to - from > 64 || r->col[COL_BALANCE] == -1 ||
	    follows(r, run, from, to, 0) || !follows(r, run, from, to, 1))
		return;
	for (i = 0; i < (to - from) / 2; i++) {
		keep = r->v[from + i];
		r->v[from + i] = r->v[to - 1 - i];
		r->v[to - 1 - i] = keep;
	}
}

static int
tell_control(const struct report_row *row, int64_t stated, int64_t computed, int balance,
    report_control_fn *control, void *arg, struct error *e)
{
	struct report_control c;
	char a[MONEY_TEXT], b[MONEY_TEXT];

	memset(&c, 0, sizeof(c));
	c.line = row->line;
	c.event = row->event;
	c.stated = stated;
	c.computed = computed;
	c.balance = balance;
	memcpy(c.currency, row->currency, sizeof(c.currency));
	memcpy(c.id, row->id, sizeof(c.id));
	(void)snprintf(c.text, sizeof(c.text), balance ?
	    "the file's balance is %s where the rows before it and this one give %s" :
	    "the file's net is %s where gross and fee give %s", money_print(stated, c.currency, a),
	    money_print(computed, c.currency, b));
	return control(arg, &c, e);
}

/* Without a Balance Impact column the balances themselves say which rows moved them. */
static void
judge_by_balance(struct report_row *row, const struct running *at)
{
	int64_t moved;

	if (!row->has_balance || !at->known || row->net == 0)
		return;
	if (!__builtin_sub_overflow(row->balance, at->balance, &moved) && moved == row->net)
		row->moves_balance = 1;
	else if (row->balance == at->balance)
		row->moves_balance = 0;
}

static int
deliver(struct reading *r, report_row_fn *fn, report_control_fn *control, void *arg)
{
	struct running run[MONEY_CURRENCIES], *at;
	struct report_row row;
	int64_t net, computed;
	size_t i;
	int said;

	memset(run, 0, sizeof(run));
	for (i = 0; i < r->n; i++) {
		if (i == 0 || r->v[i].time != r->v[i - 1].time)
			order_second(r, run, i);
		if (make_row(r, &r->v[i], &row, &said, &net) == -1)
			return -1;
		at = running(run, row.currency);
		if (!said)
			judge_by_balance(&row, at);
		if (row.moves_balance && net != row.net &&
		    tell_control(&row, net, row.net, 0, control, arg, r->e) == -1)
			return -1;
		if (row.moves_balance) {
			computed = at->balance;
			if (money_add(&computed, row.net, r->e) == -1)
				return error_set(r->e, ERR_INPUT, "%s:%zu: Net: out of range", r->file, row.line);
			if (row.has_balance && at->known && row.balance != computed &&
			    tell_control(&row, row.balance, computed, 1, control, arg, r->e) == -1)
				return -1;
			at->balance = row.has_balance ? row.balance : computed;
			at->known |= row.has_balance;
		}
		if (fn(arg, &row, r->e) == -1)
			return -1;
	}
	return 0;
}

static void
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

static int
activity_read(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	struct reading r;
	int rc = -1;

	reading_init(&r, file, o, e);
	if (buf_add(&r.cells, "", 1, e) == -1 || csv_in_fd(fd, file, 0, take_row, &r, e) == -1)
		goto out;
	if (!r.have_header) {
		error_set(e, ERR_INPUT, "%s: empty: a line with column names is expected", file);
		goto out;
	}
	if (r.n > 0 && (decide_dates(&r) == -1 || decide_decimal(&r) == -1 || sort_lines(&r) == -1))
		goto out;
	rc = deliver(&r, sink->row, sink->control, sink->arg);
out:
	free(r.v);
	buf_free(&r.cells);
	return rc;
}

/* Only the first line. */
static int
first_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct reading *r = arg;

	return take_header(r, row) == -1 ? -1 : error_set(e, ERR_AGAIN, "enough");
}

static int
activity_recognise(const char *head, size_t len)
{
	struct error e = { 0 };
	struct reading r;
	const char *nl = memchr(head, '\n', len);
	int found;

	reading_init(&r, "", NULL, &e);
	if (buf_add(&r.cells, "", 1, &e) == -1)
		return 0;
	(void)csv_in_mem(head, nl == NULL ? len : (size_t)(nl - head) + 1, "", 0, first_row, &r, &e);
	/* Also a download without some column we need: its error must say which. */
	found = r.col[COL_DATE] != -1 && r.col[COL_GROSS] != -1 && r.col[COL_ZONE] != -1 &&
	    r.col[COL_TIME] != -1;
	buf_free(&r.cells);
	return found;
}

const struct report_format report_paypal_activity = {
	.name = "paypal-activity",
	.recognise = activity_recognise,
	.read = activity_read,
};
