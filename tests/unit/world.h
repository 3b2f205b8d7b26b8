/*
 * world.h -- books without a disk: what payments.c's records do to rows and balances, and whether
 * each record is fit for the journal.  For unit tests and fuzzers.
 *
 * Customers: alice@example.net is C1001 (also payer id ALICE0001), bob@example.net C1002;
 * both@example.net is claimed by two.
 */
#ifndef DAYBOOK_WORLD_H
#define DAYBOOK_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "payment.h"
#include "provider/provider.h"

struct world_balance {
	char	account[RECORD_ACCOUNT], currency[4];
	int64_t	minor;
};

struct world {
	struct payrow		*rows;
	size_t			 nrows;
	struct world_balance	*balances;
	size_t			 nbalances;
	uint64_t		 messages;
	int			 deduct_fee, desk;
	char			 fault[256];	/* "": none yet */
	char			 id[40];	/* of the last message */
	enum disposition	 disposition;
	char			 reason[32];
};

static inline struct payrow *
world_find(struct world *w, enum movement move, const char *id)
{
	size_t i;

	for (i = 0; i < w->nrows; i++)
		if (w->rows[i].move == move && strcmp(w->rows[i].id, id) == 0)
			return &w->rows[i];
	return NULL;
}

static inline int
world_row(void *arg, const char *account, enum movement move, const char *id, struct payrow *row,
    struct error *e)
{
	const struct payrow *at = world_find(arg, move, id);

	(void)account, (void)e;
	if (at != NULL)
		*row = *at;
	return at != NULL;
}

static inline int
world_child(void *arg, const char *account, const char *id, size_t n, struct payrow *row,
    struct error *e)
{
	struct world *w = arg;
	size_t i;

	(void)account, (void)e;
	for (i = 0; i < w->nrows; i++)
		if (strcmp(w->rows[i].parent, id) == 0 && n-- == 0) {
			*row = w->rows[i];
			return 1;
		}
	return 0;
}

static inline int
world_unique(void *arg, const char *account, const char *unique_id, struct payrow *row, struct error *e)
{
	struct world *w = arg;
	size_t i;

	(void)account, (void)e;
	for (i = w->nrows; i-- > 0;)
		if (unique_id[0] != '\0' && strcmp(w->rows[i].unique_id, unique_id) == 0) {
			*row = w->rows[i];
			return 1;
		}
	return 0;
}

static inline int
world_owner(void *arg, const char *payer_id, const char *email, char customer[65], struct error *e)
{
	int alice = strcmp(email, "alice@example.net") == 0 || strcmp(payer_id, "ALICE0001") == 0;

	(void)arg, (void)e;
	memset(customer, 0, 65);
	if (strcmp(email, "both@example.net") == 0)
		return 2;
	if (!alice && strcmp(email, "bob@example.net") != 0)
		return 0;
	memcpy(customer, alice ? "C1001" : "C1002", 6);
	return 1;
}

static inline int
world_accepts(const void *arg, const char ccy[4])
{
	(void)arg;
	return strcmp(ccy, "BRL") != 0;
}

static inline struct payment_view
world_view(struct world *w)
{
	return (struct payment_view){ w, world_row, world_child, world_unique, w, world_owner, NULL };
}

static inline int
world_fault(struct world *w, const char *what, const struct error *e)
{
	if (w->fault[0] == '\0')
		(void)snprintf(w->fault, sizeof(w->fault), "%s: %.200s", what, e->text);
	return -1;
}

static inline int64_t *
world_account(struct world *w, const char *account, const char *ccy)
{
	size_t i;

	for (i = 0; i < w->nbalances; i++)
		if (strcmp(w->balances[i].account, account) == 0 &&
		    strcmp(w->balances[i].currency, ccy) == 0)
			return &w->balances[i].minor;
	w->balances = realloc(w->balances, (w->nbalances + 1) * sizeof(*w->balances));
	memset(&w->balances[w->nbalances], 0, sizeof(*w->balances));
	memcpy(w->balances[w->nbalances].account, account, strlen(account) + 1);
	memcpy(w->balances[w->nbalances].currency, ccy, 4);
	return &w->balances[w->nbalances++].minor;
}

static inline int64_t
world_balance(struct world *w, const char *account, const char *ccy)
{
	return *world_account(w, account, ccy);
}

/* The same rows and entries must come out of the journal's line and of the index. */
static inline int
world_line(struct world *w, struct record *r)
{
	struct buf line = BUF_INIT(RECORD_LINE_MAX), again = BUF_INIT(RECORD_LINE_MAX);
	struct buf packed = BUF_INIT(65536);
	struct record back;
	struct payrow row;
	struct error e = { 0 };
	int rc = -1;
	size_t i;

	record_init(&back);
	r->n = w->messages;
	memset(r->prev, '0', 64);
	if (record_check(r, &e) == -1 || record_encode(r, &line, &e) == -1)
		world_fault(w, "encode", &e);
	else if (record_decode(&back, line.data, line.len, &e) == -1 ||
	    record_encode(&back, &again, &e) == -1)
		world_fault(w, "decode", &e);
	else if (back.nrows != r->nrows || back.nentries != r->nentries || again.len != line.len ||
	    memcmp(again.data, line.data, line.len) != 0)
		world_fault(w, "another line comes out", &e);
	else
		rc = 0;
	for (i = 0; rc == 0 && i < r->nrows; i++) {
		buf_clear(&packed);
		if (memcmp(&back.rows[i], &r->rows[i], sizeof(row)) != 0)
			rc = world_fault(w, "a row is another one in the journal", &e);
		else if (record_row_pack(&r->rows[i], &packed, &e) == -1 ||
		    record_row_unpack(&row, packed.data, packed.len, &e) == -1 ||
		    memcmp(&row, &r->rows[i], sizeof(row)) != 0)
			rc = world_fault(w, "a row is another one in the index", &e);
	}
	record_free(&back);
	buf_free(&line);
	buf_free(&again);
	buf_free(&packed);
	return rc;
}

/* Into the books: 0, -1 with fault. */
static inline int
world_post(struct world *w, struct record *r)
{
	size_t i, k;

	if (world_line(w, r) == -1)
		return -1;
	for (i = 0; i < r->nrows; i++) {
		struct payrow *at = world_find(w, r->rows[i].move, r->rows[i].id);

		if (at == NULL) {
			w->rows = realloc(w->rows, (w->nrows + 1) * sizeof(*w->rows));
			at = &w->rows[w->nrows++];
		}
		*at = r->rows[i];
	}
	for (i = 0; i < r->nentries; i++)
		for (k = 0; k < r->entries[i].nlegs; k++)
			*world_account(w, r->entries[i].legs[k].account, r->entries[i].legs[k].currency) +=
			    r->entries[i].legs[k].minor;
	return 0;
}

static inline void
world_begin(struct world *w, struct record *r)
{
	record_init(r);
	w->messages++;
	(void)snprintf(r->id, sizeof(r->id), "20261120T190203.%06u-0123456789abcdef",
	    (unsigned)(w->messages % 1000000));
	memcpy(w->id, r->id, sizeof(w->id));
	memcpy(r->day, "2026-11-20", 11);
	r->received = r->time = INT64_C(1795201323000000) + (int64_t)w->messages;
}

/* One message's facts; what became of it in w->disposition, w->reason.  -1: a fault of ours. */
static inline int
world_apply(struct world *w, const struct facts *f)
{
	struct payment_view v = world_view(w);
	struct payment_terms t = { "PayPal", w->deduct_fee, world_accepts, NULL, w->desk };
	struct record r;
	struct error e = { 0 };
	int rc;

	world_begin(w, &r);
	if ((rc = payment_apply(&v, &t, f, &r, &e)) == -1)
		world_fault(w, "payment_apply", &e);
	else
		rc = world_post(w, &r);
	w->disposition = r.disposition;
	memcpy(w->reason, r.reason, sizeof(w->reason));
	record_free(&r);
	return rc;
}

/* "posted", "held conflict" ... of one fact. */
static inline const char *
world_one(struct world *w, const struct fact *f)
{
	struct fact copy = *f;
	struct facts one = { .v = &copy, .n = 1 };
	static char said[64];

	if (world_apply(w, &one) == -1)
		return w->fault;
	(void)snprintf(said, sizeof(said), "%s%s%s", record_disposition_name[w->disposition],
	    w->reason[0] == '\0' ? "" : " ", w->reason);
	return said;
}

/* All accounts and currencies: sums to nothing in each currency. */
static inline int
world_balanced(const struct world *w)
{
	size_t i, k;

	for (i = 0; i < w->nbalances; i++) {
		int64_t sum = 0;

		for (k = 0; k < w->nbalances; k++)
			if (strcmp(w->balances[k].currency, w->balances[i].currency) == 0)
				sum += w->balances[k].minor;
		if (sum != 0)
			return 0;
	}
	return 1;
}

static inline int
world_by_name(const void *a, const void *b)
{
	const struct world_balance *x = a, *y = b;
	int c = strcmp(x->account, y->account);

	return c != 0 ? c : strcmp(x->currency, y->currency);
}

/* "account CCY minor\n" of all that are not 0, sorted; the caller frees. */
static inline char *
world_print(struct world *w)
{
	size_t size = 1 + w->nbalances * 192, n = 0, i;
	char *out = calloc(1, size);

	if (w->nbalances > 0)
		qsort(w->balances, w->nbalances, sizeof(*w->balances), world_by_name);
	for (i = 0; i < w->nbalances; i++)
		if (w->balances[i].minor != 0)
			n += (size_t)snprintf(out + n, size - n, "%s %s %lld\n", w->balances[i].account,
			    w->balances[i].currency, (long long)w->balances[i].minor);
	return out;
}

static inline struct fact
world_fact(enum movement move, enum fact_status status, const char *id, const char *parent,
    int64_t gross, int64_t fee)
{
	struct fact f;

	memset(&f, 0, sizeof(f));
	f.move = move;
	f.status = status;
	memcpy(f.id, id, strlen(id) + 1);
	memcpy(f.parent, parent, strlen(parent) + 1);
	memcpy(f.currency, "USD", 4);
	memcpy(f.payer_email, "alice@example.net", sizeof("alice@example.net"));
	f.gross = gross;
	f.fee = fee;
	f.fee_known = fee != 0;
	f.event = INT64_C(1700000000000000);
	return f;
}

static inline void
world_free(struct world *w)
{
	free(w->rows);
	free(w->balances);
	memset(w, 0, sizeof(*w));
}

#ifdef DAYBOOK_UNIT_H
static inline void
says(struct world *w, const struct fact *f, const char *want)
{
	assert_string_equal(world_one(w, f), want);
}

static inline void
balances(struct world *w, const char *want)
{
	char *got = world_print(w);

	assert_string_equal(got, want);
	assert_true(world_balanced(w));
	free(got);
}
#endif

#endif
