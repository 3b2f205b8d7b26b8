/*
 * masspay_upload -- see report/masspay_upload.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_in.h"
#include "money.h"
#include "report/masspay_upload.h"
#include "text.h"

#define CELLS_MAX	((size_t)1 << 28)
#define COLUMNS_MAX	5

static const char decimals[2] = { '.', ',' };

struct cells {				/* one line as it stands in the file */
	size_t	line, n, at[COLUMNS_MAX], len[COLUMNS_MAX];
	int	odd[COLUMNS_MAX], more;
};

struct reading {
	const char	*file;
	const struct report_options *o;
	const char	*ccy;
	struct buf	 text;
	struct cells	*v;
	size_t		 n, cap;
	char		 decimal;
	int		 old;		/* the layout without a currency */
	masspay_problem_fn *problem;
	void		*arg;
	size_t		 problems, row_problems;
	struct error	*e;
};

static const char *
cell(const struct reading *r, const struct cells *c, size_t i)
{
	return i < c->n ? r->text.data + c->at[i] : "";
}

static int
blame(struct reading *r, size_t line, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* 0 where reading goes on. */
static int
blame(struct reading *r, size_t line, const char *field, const char *fmt, ...)
{
	struct buf clean = BUF_INIT(1024);
	char what[300];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r->problems++;
	if (r->problem == NULL)
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: %s", r->file, line, field, what);
	rc = text_printable(&clean, what, strlen(what), r->e) == -1 ? -1 :
	    r->problem(r->arg, line, field, clean.data, r->e);
	buf_free(&clean);
	return rc;
}

/* ---- cells ---- */

static size_t
characters(const char *s, size_t len)
{
	size_t i, n = 0;

	if (text_utf8_valid(s, len) != len)
		return len;
	for (i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static int
odd(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] == '\t' || s[i] == '"' || s[i] == '\n' || s[i] == '\r' || s[i] == '\0')
			return 1;
	return 0;
}

/* Blanks around a cell are none of it. */
static int
take_cell(struct reading *r, const struct csv_field *f, size_t *at, size_t *len)
{
	const char *s = f->s;
	size_t n = f->len;

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		n--;
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	*at = r->text.len;
	*len = n;
	return buf_add(&r->text, s, n, r->e) == -1 || buf_add(&r->text, "", 1, r->e) == -1 ? -1 : 0;
}

static int
take_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct reading *r = arg;
	struct cells c = { .line = row->line };
	size_t i;

	if (r->n == MASSPAY_READ_MAX)
		return error_set(e, ERR_INPUT, "%s:%zu: more than %d lines", r->file, row->line,
		    MASSPAY_READ_MAX);
	for (i = 0; i < row->n; i++) {
		if (i < COLUMNS_MAX) {
			if (take_cell(r, &row->f[i], &c.at[i], &c.len[i]) == -1)
				return -1;
			c.n++;
		} else {
			c.more |= row->f[i].len > 0;
			continue;
		}
		if (i >= 3)	/* the note, in either layout */
			c.odd[i] = odd(row->f[i].s, row->f[i].len);
	}
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 256 : r->cap * 2;
		struct cells *v = reallocarray(r->v, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(e, "%s", r->file);
		r->v = v;
		r->cap = cap;
	}
	r->v[r->n++] = c;
	return 0;
}

static int
has_digit(const char *s)
{
	return strpbrk(s, "0123456789") != NULL;
}

/* Names of columns: no recipient, and an amount without a digit. */
static int
is_header(const struct reading *r, const struct cells *c)
{
	return c->n >= 2 && strchr(cell(r, c, 0), '@') == NULL && !has_digit(cell(r, c, 0)) &&
	    cell(r, c, 1)[0] != '\0' && !has_digit(cell(r, c, 1));
}

static int
three_letters(const char *s)
{
	size_t i;

	for (i = 0; i < 3; i++)
		if (!((s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z')))
			return 0;
	return s[3] == '\0';
}

static int
currency_of(const char *s, char out[4])
{
	size_t i;

	if (!three_letters(s))
		return 0;
	for (i = 0; i < 3; i++)
		out[i] = (char)(s[i] & 0x5f);
	out[3] = '\0';
	return money_currency_known(out, 3);
}

/* ---- what only the whole file can say ---- */

static void
weigh_layout(struct reading *r)
{
	char ccy[4];
	size_t i;

	/* A file of two columns, or whose third one is never a currency, is of the old layout. */
	r->old = 1;
	for (i = 0; i < r->n && r->old; i++)
		r->old = !currency_of(cell(r, &r->v[i], 2), ccy);
}

static const char *
line_currency(const struct reading *r, const struct cells *c, char out[4])
{
	if (!r->old && currency_of(cell(r, c, 2), out))
		return out;
	return r->ccy;		/* to weigh with; a missing one is blamed later */
}

static int
weigh_decimal(struct reading *r)
{
	size_t i, ok[2] = { 0, 0 }, sure[2] = { 0, 0 }, k, doubt = MASSPAY_NONE, grouped[2];
	struct error ignored;

	if (r->o->decimal != 0) {
		r->decimal = r->o->decimal;
		return 0;
	}
	grouped[0] = grouped[1] = MASSPAY_NONE;
	for (i = 0; i < r->n; i++) {
		int64_t v[2] = { 0, 0 };
		const char *s = cell(r, &r->v[i], 1), *ccy;
		char own[4];
		int got[2];

		ccy = line_currency(r, &r->v[i], own);
		for (k = 0; k < 2; k++) {
			got[k] = money_parse_local(s, strlen(s), ccy, decimals[k], &v[k], &ignored) == 0;
			ok[k] += (size_t)got[k];
			sure[k] += got[k] && strchr(s, decimals[k]) != NULL;
			if (got[k] && grouped[k] == MASSPAY_NONE && money_decimals(ccy) > 0 &&
			    strchr(s, decimals[!k]) != NULL && strchr(s, decimals[k]) == NULL)
				grouped[k] = i;
		}
		if (got[0] && got[1] && v[0] != v[1] && doubt == MASSPAY_NONE)
			doubt = i;
	}
	/* 1.505 may be a thousand and more, or one with a digit too many: only a fraction elsewhere says. */
	k = ok[1] > ok[0];
	if (doubt == MASSPAY_NONE || ok[0] != ok[1])
		doubt = sure[k] == 0 ? grouped[k] : MASSPAY_NONE;
	if (doubt != MASSPAY_NONE)
		return error_set(r->e, ERR_INPUT, "%s:%zu: amount: \"%.40s\" may have a decimal comma or not: "
		    "give --decimal point or --decimal comma (or set report_decimal)", r->file,
		    r->v[doubt].line, cell(r, &r->v[doubt], 1));
	r->decimal = decimals[k];
	return 0;
}

/* ---- lines ---- */

static int
take_payee(struct reading *r, const struct cells *c, struct masspay_line *l)
{
	int kind = masspay_payee(cell(r, c, 0), c->len[0], l->payee);

	if (kind == -1)
		return blame(r, c->line, "recipient", "an e-mail address of at most 127 characters, a phone "
		    "number or a payer id is expected, not \"%.60s\"", cell(r, c, 0));
	l->kind = (enum masspay_kind)kind;
	return 0;
}

static int
take_amount(struct reading *r, const struct cells *c, struct masspay_line *l)
{
	const char *s = cell(r, c, 1);
	struct error ignored;

	if (money_parse_local(s, strlen(s), l->currency, r->decimal, &l->amount, &ignored) == -1)
		return blame(r, c->line, "amount", "a number in %s such as %s%c%s is expected, not \"%.40s\"",
		    l->currency, "5", money_decimals(l->currency) > 0 ? r->decimal : '0',
		    money_decimals(l->currency) == 0 ? "" : money_decimals(l->currency) == 3 ? "450" : "45", s);
	if (l->amount <= 0)
		return blame(r, c->line, "amount", "more than 0 is expected, not \"%.40s\"", s);
	return 0;
}

static int
take_unique(struct reading *r, const struct cells *c, size_t i, struct masspay_line *l)
{
	const char *s = cell(r, c, i);
	size_t n = i < c->n ? c->len[i] : 0, k;

	for (k = 0; k < n; k++)
		if (s[k] <= ' ' || s[k] > '~')
			return blame(r, c->line, "unique id", "letters, digits and signs without blanks are expected, "
			    "not \"%.60s\"", s);
	if (n > MASSPAY_UNIQUE)
		return blame(r, c->line, "unique id", "at most %d characters are expected, not %zu",
		    MASSPAY_UNIQUE, n);
	memcpy(l->unique_id, s, n);
	return 0;
}

/* 1 well formed, 0 blamed, -1. */
static int
make_line(struct reading *r, const struct cells *c, struct masspay_line *l)
{
	size_t before = r->problems, note = r->old ? 3 : 4;

	memset(l, 0, sizeof(*l));
	l->line = c->line;
	if (note < c->n) {
		l->note = characters(cell(r, c, note), c->len[note]);
		l->note_odd = c->odd[note];
	}
	memcpy(l->currency, r->ccy, 4);
	if (take_payee(r, c, l) == -1)
		return -1;
	if (!r->old && !currency_of(cell(r, c, 2), l->currency)) {
		if (blame(r, c->line, "currency", "three letters such as USD are expected, not \"%.20s\"",
		    cell(r, c, 2)) == -1)
			return -1;
	} else if (take_amount(r, c, l) == -1)
		return -1;
	if (take_unique(r, c, r->old ? 2 : 3, l) == -1)
		return -1;
	if (c->more || (r->old && c->n > 4 && c->len[4] > 0)) {
		if (blame(r, c->line, "line", "at most %d columns are expected", r->old ? 4 : 5) == -1)
			return -1;
	}
	if (l->note > MASSPAY_NOTE &&
	    blame(r, c->line, "note", "at most %d characters are expected, not %zu", MASSPAY_NOTE, l->note) == -1)
		return -1;
	return r->problems == before;
}

static int
deliver(struct reading *r, masspay_line_fn *fn)
{
	struct masspay_line *v = calloc(r->n + 1, sizeof(*v));
	size_t i, n = 0;
	int rc = 0;

	if (v == NULL)
		return error_sys(r->e, "%s", r->file);
	for (i = 0; i < r->n && rc != -1; i++)
		if ((rc = make_line(r, &r->v[i], &v[n])) == 1)
			n++;
	for (i = 0; i < n && rc != -1; i++)
		rc = fn(r->arg, &v[i], r->e);
	free(v);
	return rc == -1 ? -1 : 0;
}

int
masspay_read(int fd, const char *file, const struct report_options *o, const char ccy[4],
    masspay_line_fn *fn, masspay_problem_fn *problem, void *arg, struct error *e)
{
	static const struct report_options none;
	struct reading r = { .file = file, .o = o == NULL ? &none : o, .ccy = ccy, .problem = problem,
	    .arg = arg, .e = e, .text = BUF_INIT(CELLS_MAX) };
	int rc = csv_in_fd(fd, file, 0, take_row, &r, e);

	if (rc == 0 && r.n > 0 && is_header(&r, &r.v[0]))
		memmove(r.v, r.v + 1, --r.n * sizeof(*r.v));
	if (rc == 0 && r.n == 0)
		rc = error_set(e, ERR_INPUT, "%s: no payment in it: lines of recipient, amount, currency, "
		    "unique id, note are expected", file);
	if (rc == 0) {
		weigh_layout(&r);
		rc = weigh_decimal(&r) == -1 ? -1 : deliver(&r, fn);
	}
	free(r.v);
	buf_free(&r.text);
	return rc;
}

/* ---- as a report format ---- */

struct sinking {
	const struct report_sink *sink;
};

static int
to_row(void *arg, const struct masspay_line *l, struct error *e)
{
	const struct sinking *s = arg;
	struct report_row row;

	memset(&row, 0, sizeof(row));
	row.line = l->line;
	memcpy(row.type, "Mass Pay file", 14);
	row.move = MOVE_PAYOUT;
	row.known_type = 1;
	row.status = FACT_PENDING;	/* meant, not paid: it moves nothing */
	memcpy(row.payer, l->payee, sizeof(l->payee));
	if (l->kind == MASSPAY_PAYER_ID)
		memcpy(row.payer_id, l->payee, strlen(l->payee) + 1);
	memcpy(row.unique_id, l->unique_id, sizeof(row.unique_id));
	memcpy(row.currency, l->currency, 4);
	row.gross = row.net = -l->amount;
	return s->sink->row(s->sink->arg, &row, e);
}

static int
upload_read(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	struct sinking s = { sink };

	return masspay_read(fd, file, o, o != NULL && o->currency[0] != '\0' ? o->currency : "USD", to_row,
	    NULL, &s, e);
}

struct looking {
	int	rows, payments, other;
};

/* The first two lines: one may be column names. */
static int
look(void *arg, const struct csv_row *row, struct error *e)
{
	struct looking *k = arg;
	char payee[128];
	const char *s;
	int payment;

	payment = row->n >= 2 && row->n <= 8 && masspay_payee(row->f[0].s, row->f[0].len, payee) != -1;
	if (payment) {
		s = row->f[1].s;
		payment = has_digit(s) && strspn(s, "0123456789.,' -\302\240\342\200\257") == row->f[1].len;
	}
	k->payments += payment;
	k->other += !payment;
	return ++k->rows == 2 ? error_set(e, ERR_AGAIN, "enough") : 0;
}

static int
upload_recognise(const char *head, size_t len)
{
	struct error e = { 0 };
	struct looking k = { 0, 0, 0 };
	size_t n = len;

	/* The last line may be cut off, where there are others. */
	while (n > 0 && head[n - 1] != '\n')
		n--;
	(void)csv_in_mem(head, n == 0 ? len : n, "", 0, look, &k, &e);
	return k.payments > 0 && (e.code == ERR_NONE || e.code == ERR_AGAIN) &&
	    (k.other == 0 || k.rows == 2);
}

const struct report_format report_masspay = {
	.name = "masspay",
	.recognise = upload_recognise,
	.read = upload_read,
};
