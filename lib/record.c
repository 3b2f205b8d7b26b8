/*
 * record -- see record.h.  Building records; the line of JSON is record_json.c's, the index form
 * record_row.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "record.h"
#include "text.h"

const char *const record_move_name[MOVES] = { "payment", "refund", "reversal", "reversal-cancelled",
    "adjustment", "payout", "payout-return", "conversion", "fee", "hold", "release", "withdrawal",
    "other", "dispute" };
const char *const record_status_name[PAY_STATUSES] = { "pending", "completed", "denied", "failed",
    "expired", "voided", "refunded", "partly-refunded", "reversed", "disputed", "unclaimed",
    "returned" };
const char *const record_disposition_name[DISPS] = { "", "posted", "duplicate", "noted", "refused",
    "held", "waiting" };

static int
find(const char *const *names, int n, const char *name)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
record_move_find(const char *name)
{
	return find(record_move_name, MOVES, name);
}

int
record_status_find(const char *name)
{
	return find(record_status_name, PAY_STATUSES, name);
}

int
record_disposition_find(const char *name)
{
	return find(record_disposition_name, DISPS, name);
}

void
record_init(struct record *r)
{
	memset(r, 0, sizeof(*r));
}

void
record_free(struct record *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->nentries; i++)
		free(r->entries[i].legs);
	free(r->entries);
	free(r->rows);
	free(r->also);
	json_decref(r->act);
	json_decref(r->data);
	memset(r, 0, sizeof(*r));
}

/* One more zeroed element; arrays grow at powers of two, so the count alone tells the room. */
static void *
grow(void **v, size_t *n, size_t size, struct error *e)
{
	char *p = *v;

	if ((*n & (*n - 1)) == 0) {
		if ((p = realloc(*v, (*n == 0 ? 1 : *n * 2) * size)) == NULL) {
			error_sys(e, "record");
			return NULL;
		}
		*v = p;
	}
	p += (*n)++ * size;
	memset(p, 0, size);
	return p;
}

struct payrow *
record_row(struct record *r, struct error *e)
{
	void *v = r->rows, *p = grow(&v, &r->nrows, sizeof(*r->rows), e);

	r->rows = v;
	return p;
}

struct entry *
record_entry(struct record *r, const char *kind, struct error *e)
{
	void *v = r->entries;
	struct entry *en = grow(&v, &r->nentries, sizeof(*r->entries), e);

	r->entries = v;
	if (en != NULL && text_copy(en->kind, sizeof(en->kind), kind, strlen(kind), "kind", e) == -1)
		return NULL;
	return en;
}

struct also *
record_also(struct record *r, struct error *e)
{
	void *v = r->also, *p = grow(&v, &r->nalso, sizeof(*r->also), e);

	r->also = v;
	return p;
}

int
record_leg(struct entry *en, const char *account, const char ccy[4], int64_t minor, struct error *e)
{
	void *v = en->legs;
	struct leg *l;

	if (minor == 0)
		return 0;
	l = grow(&v, &en->nlegs, sizeof(*en->legs), e);
	en->legs = v;
	if (l == NULL || text_copy(l->account, sizeof(l->account), account, strlen(account), "account",
	    e) == -1)
		return -1;
	memcpy(l->currency, ccy, 3);
	l->minor = minor;
	return 0;
}

/* Quadratic in currencies, of which an entry has one or two. */
static int
check_entry(const struct record *r, const struct entry *en, struct error *e)
{
	size_t i, k;

	for (i = 0; i < en->nlegs; i++) {
		int64_t sum = 0;

		for (k = 0; k < i; k++)
			if (strcmp(en->legs[k].currency, en->legs[i].currency) == 0)
				break;
		if (k < i)
			continue;
		for (k = i; k < en->nlegs; k++)
			if (strcmp(en->legs[k].currency, en->legs[i].currency) == 0 &&
			    money_add(&sum, en->legs[k].minor, e) == -1)
				return -1;
		if (sum != 0)
			return error_set(e, ERR_INPUT, "message %s: %s entry does not balance in %s", r->id,
			    en->kind, en->legs[i].currency);
	}
	return 0;
}

int
record_check(const struct record *r, struct error *e)
{
	size_t i;

	for (i = 0; i < r->nentries; i++)
		if (check_entry(r, &r->entries[i], e) == -1)
			return -1;
	return 0;
}
