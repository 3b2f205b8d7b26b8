/*
 * paypal_stl_rows -- what the transaction rows of settlement and transaction detail reports say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/paypal_stl.h"
#include "text.h"

const char *const stl_column_name[STL_COLUMNS] = {
	[STL_ID] = "Transaction ID",
	[STL_INVOICE] = "Invoice ID",
	[STL_REFERENCE] = "PayPal Reference ID",
	[STL_CODE] = "Transaction Event Code",
	[STL_BEGUN] = "Transaction Initiation Date",
	[STL_COMPLETED] = "Transaction Completion Date",
	[STL_SIDE] = "Transaction Debit or Credit",
	[STL_GROSS] = "Gross Transaction Amount",
	[STL_CURRENCY] = "Gross Transaction Currency",
	[STL_FEE_SIDE] = "Fee Debit or Credit",
	[STL_FEE] = "Fee Amount",
	[STL_FEE_CURRENCY] = "Fee Currency",
	[STL_CONSUMER] = "Consumer ID",
	[STL_STATUS] = "Transactional Status",
	[STL_SUBJECT] = "Transaction Subject",
	[STL_PAYER] = "Payer's Account ID",
	[STL_FIRST] = "First Name",
	[STL_LAST] = "Last Name",
	[STL_BUSINESS] = "Consumer Business Name",
};

const char *
stl_cell(const struct stl_reading *r, const struct stl_line *l, enum stl_column c)
{
	return r->cells.data + l->at[c];
}

/* Amount and side of a row, in hundredths, money in positive. */
int
stl_amount(const struct stl_reading *r, const struct stl_line *l, enum stl_column side, enum stl_column amount,
    int64_t *v)
{
	const char *s = stl_cell(r, l, amount), *dir = stl_cell(r, l, side);
	struct error ignored;

	*v = 0;
	if (s[0] != '\0' && text_number(s, strlen(s), 0, STL_MOST, v, "", &ignored) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: hundredths as a whole number are expected, not "
		    "\"%.40s\"", r->file, l->line, stl_column_name[amount], s);
	if (*v == 0)
		return 0;
	if (text_equal_ci(dir, strlen(dir), "DR", 2))
		*v = -*v;
	else if (!text_equal_ci(dir, strlen(dir), "CR", 2))
		return error_set(r->e, ERR_INPUT, "%s:%zu: %s: CR or DR is expected, not \"%.20s\"", r->file, l->line,
		    stl_column_name[side], dir);
	return 0;
}

int
stl_amount_minor(const struct stl_reading *r, const struct stl_line *l, enum stl_column col, const char *ccy, int64_t v,
    int64_t *minor)
{
	return stl_minor(v, ccy, minor) ? 0 : error_set(r->e, ERR_INPUT, "%s:%zu: %s: %lld hundredths of %s are no "
	    "whole number of its smallest unit", r->file, l->line, stl_column_name[col], (long long)v, ccy);
}

static int
by_void(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
is_void(const struct stl_reading *r, const char *id)
{
	return id[0] != '\0' && r->nvoids > 0 &&
	    bsearch(id, r->voids, r->nvoids, sizeof(r->voids[0]), by_void) != NULL;
}

/* Whether the row changed the balance: by its code, in a TRR by its status too. */
int
stl_moves(const struct stl_reading *r, const struct stl_line *l, const struct paypal_code *code)
{
	const char *status = stl_cell(r, l, STL_STATUS);

	if (!code->moves)
		return 0;
	if (!r->is_trr)
		return 1;
	if (strcmp(code->code, "T9900") == 0 && is_void(r, stl_cell(r, l, STL_REFERENCE)))
		return 0;
	return status[0] != '\0' && strchr("SVFsvf", status[0]) != NULL;
}

/* ---- giving it ---- */

static void
short_text(char *dst, size_t size, const char *s)
{
	size_t n = text_utf8_valid(s, strnlen(s, size - 1));

	memcpy(dst, s, n);
	dst[n] = '\0';
}

static void
name_of(const struct stl_reading *r, const struct stl_line *l, char dst[128])
{
	char both[300];

	if (stl_cell(r, l, STL_BUSINESS)[0] != '\0') {
		short_text(dst, 128, stl_cell(r, l, STL_BUSINESS));
		return;
	}
	(void)snprintf(both, sizeof(both), "%.140s %.140s", stl_cell(r, l, STL_FIRST), stl_cell(r, l, STL_LAST));
	short_text(dst, 128, both[0] == ' ' ? both + 1 : both);
}

static int
make_row(const struct stl_reading *r, const struct stl_line *l, struct report_row *row)
{
	const struct paypal_code *code = paypal_code(stl_cell(r, l, STL_CODE));
	const char *ccy = stl_cell(r, l, STL_CURRENCY), *status = stl_cell(r, l, STL_STATUS);
	int64_t gross, fee;

	memset(row, 0, sizeof(*row));
	row->line = l->line;
	row->event = l->time;
	memcpy(row->currency, ccy, 4);
	short_text(row->id, sizeof(row->id), stl_cell(r, l, STL_ID));
	short_text(row->reference, sizeof(row->reference), stl_cell(r, l, STL_REFERENCE));
	short_text(row->invoice, sizeof(row->invoice), stl_cell(r, l, STL_INVOICE));
	short_text(row->code, sizeof(row->code), stl_cell(r, l, STL_CODE));
	short_text(row->type, sizeof(row->type), code->name[0] != '\0' ? code->name : row->code);
	short_text(row->status_text, sizeof(row->status_text), status);
	short_text(row->subject, sizeof(row->subject), stl_cell(r, l, STL_SUBJECT));
	short_text(row->payer_id, sizeof(row->payer_id), stl_cell(r, l, STL_CONSUMER));
	name_of(r, l, row->name);
	if (strchr(stl_cell(r, l, STL_PAYER), '@') != NULL && strlen(stl_cell(r, l, STL_PAYER)) < sizeof(row->payer)) {
		short_text(row->payer, sizeof(row->payer), stl_cell(r, l, STL_PAYER));
		text_lower(row->payer);
	}
	if (stl_amount(r, l, STL_SIDE, STL_GROSS, &gross) == -1 ||
	    stl_amount(r, l, STL_FEE_SIDE, STL_FEE, &fee) == -1 ||
	    stl_amount_minor(r, l, STL_GROSS, ccy, gross, &row->gross) == -1 ||
	    stl_amount_minor(r, l, STL_FEE, ccy, -fee, &row->fee) == -1)
		return -1;
	row->fee_known = 1;	/* an empty one is none */
	row->net = row->gross;
	if (money_sub(&row->net, row->fee, r->e) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Fee Amount: out of range", r->file, l->line);
	row->move = gross < 0 || (gross == 0 && fee < 0) ? code->out : code->in;
	row->known_type = code->class != PAYPAL_UNKNOWN;
	row->home = paypal_home(code, row->gross);
	row->moves_balance = stl_moves(r, l, code);
	row->status = row->moves_balance ? FACT_COMPLETED : status[0] == 'D' ? FACT_DENIED :
	    status[0] == 'V' ? FACT_VOIDED : FACT_PENDING;
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct stl_line *x = a, *y = b;

	return x->time != y->time ? (x->time < y->time ? -1 : 1) : (x->seq > y->seq) - (x->seq < y->seq);
}

/* ---- ordinary payments in short ---- */

struct again {				/* what was read, kept for the taker */
	struct report_again	base;
	struct stl_reading	r;
};

static int
again_row(struct report_again *a, int fd, const struct report_plain *p, struct report_row *row,
    struct error *e)
{
	struct again *x = (struct again *)a;

	(void)fd;
	x->r.e = e;
	return make_row(&x->r, &x->r.v[p->at], row);
}

void
stl_reading_free(struct stl_reading *r)
{
	free(r->v);
	free(r->voids);
	buf_free(&r->cells);
}

static void
again_free(struct report_again *a)
{
	stl_reading_free(&((struct again *)a)->r);
	free(a);
}

/* The reading becomes the taker's; r keeps what belongs to the set. */
static struct stl_reading *
give_away(struct stl_reading *r, const struct report_sink *sink)
{
	struct again *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		error_sys(r->e, "%s", r->file);
		return NULL;
	}
	a->base.row = again_row;
	a->base.free = again_free;
	a->r = *r;
	r->v = NULL;
	r->voids = NULL;
	memset(&r->cells, 0, sizeof(r->cells));
	sink->again(sink->arg, &a->base);
	return &a->r;
}

static int
is_plain(const struct report_row *row)
{
	size_t n = strlen(row->id);

	return row->move == MOVE_PAYMENT && row->known_type && row->moves_balance && row->gross > 0 &&
	    row->home == NULL && row->reference[0] == '\0' && n > 0 && n < REPORT_PLAIN_ID &&
	    strcmp(row->code, "T0001") != 0;
}

static int
give_plain(const struct report_sink *sink, const struct report_row *row, size_t at, struct error *e)
{
	struct report_plain p;

	memset(&p, 0, sizeof(p));
	p.event = row->event;
	p.gross = row->gross;
	p.fee = row->fee;
	p.at = at;
	p.line = (uint32_t)row->line;
	memcpy(p.id, row->id, strlen(row->id));
	p.currency = (uint8_t)money_number(row->currency);
	return sink->plain(sink->arg, &p, "", e);
}

int
stl_deliver(struct stl_reading *r, const struct report_sink *sink)
{
	const struct stl_section *s = stl_main(r->f);
	struct report_part p;
	struct stl_reading *own = r;
	struct report_row row;
	size_t i, n;

	memset(&p, 0, sizeof(p));
	(void)snprintf(p.report, sizeof(p.report), "%s", r->report);
	memcpy(p.account_id, s->account, sizeof(p.account_id));
	memcpy(p.version, r->f->version, sizeof(p.version));
	memcpy(p.day, s->day, sizeof(p.day));
	p.part = r->f->part;
	p.last = r->f->rc.line != 0;
	p.from = s->from;
	p.to = s->to;
	if (sink->part != NULL && sink->part(sink->arg, &p, r->e) == -1)
		return -1;
	if (r->nvoids > 0)
		qsort(r->voids, r->nvoids, sizeof(r->voids[0]), by_void);
	if (r->n > 0)
		qsort(r->v, r->n, sizeof(*r->v), by_time);
	n = r->n;
	if (sink->plain != NULL && n > 0 && (own = give_away(r, sink)) == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (!r->f->section[own->v[i].section].ours)
			continue;
		if (make_row(own, &own->v[i], &row) == -1)
			return -1;
		if (sink->plain != NULL && is_plain(&row) ? give_plain(sink, &row, i, r->e) == -1 :
		    sink->row(sink->arg, &row, r->e) == -1)
			return -1;
	}
	return 0;
}

