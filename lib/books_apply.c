/*
 * books_apply -- what one journal record does to the index.
 *
 * The same code runs when a record is new and when it is replayed, so a rebuilt index gives the
 * same answers (invariant 5).  It looks at nothing but the record and the index.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "books_priv.h"
#include "money.h"

#define REPLAY_FLUSH	2000		/* records between two flushes of a replay */

void
books_key(struct key *k, const char *a, const char *b, const char *c)
{
	const char *part[3] = { a, b, c };
	size_t i;

	k->len = 0;
	for (i = 0; i < 3 && part[i] != NULL; i++) {
		size_t n = strlen(part[i]) + 1;

		assert(k->len + n <= sizeof(k->p));
		memcpy(k->p + k->len, part[i], n);
		k->len += n;
	}
}

/* The bytes behind a text's NUL are zeros too: records of the index are compared whole. */
static void
put_text(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	assert(n < size);
	memcpy(dst, src, n);
	memset(dst + n, 0, size - n);
}

int
books_tally_load(struct books *b, struct error *e)
{
	const void *v;
	size_t n;
	int rc = index_get(b->index, 'c', "", 0, &v, &n, e);

	memset(&b->tally, 0, sizeof(b->tally));
	if (rc == 1 && n != sizeof(b->tally))
		return error_set(e, ERR_IO, "ledger.gdbm: counters of another form");
	if (rc == 1)
		memcpy(&b->tally, v, n);
	b->tally_changed = 0;
	return rc == -1 ? -1 : 0;
}

int
books_tally_store(struct books *b, struct error *e)
{
	if (!b->tally_changed)
		return 0;
	b->tally_changed = 0;
	return index_put(b->index, 'c', "", 0, &b->tally, sizeof(b->tally), e);
}

int
books_row_unallocated(const struct payrow *row)
{
	if (!row->unallocated || !row->booked)
		return 0;
	/* A refund stands or falls with its payment; one whose payment is not here is its own case. */
	if (row->parent[0] != '\0' && row->move != MOVE_PAYMENT && !row->alone)
		return 0;
	return row->adjusted != 0 ||
	    row->gross - row->refunded - row->reversed + row->cancelled != 0;
}

int
books_row_unpack(struct payrow *row, uint64_t *number, const void *v, size_t n, struct error *e)
{
	uint64_t at;

	if (n < sizeof(at))
		return error_set(e, ERR_IO, "ledger.gdbm: a row of another form");
	n -= sizeof(at);
	memcpy(&at, (const char *)v + n, sizeof(at));
	if (number != NULL)
		*number = at;
	return record_row_unpack(row, v, n, e);
}

/* What a comparison by the million needs of a row. */
static int
put_brief(struct books *b, uint64_t number, const struct key *k, const struct payrow *row,
    struct error *e)
{
	struct brief r;

	memset(&r, 0, sizeof(r));
	index_key(b->index, r.key, 'R', k->p, k->len);
	r.gross = row->gross;
	r.fee = row->fee;
	r.event = row->event;
	r.account = index_name(b->index, row->account);
	memcpy(r.currency, row->currency, sizeof(r.currency));
	r.move = (uint8_t)row->move;
	r.status = (uint8_t)row->status;
	r.flags = (uint8_t)((row->booked ? BRIEF_BOOKED : 0) | (row->fee_known ? BRIEF_FEE_KNOWN : 0) |
	    (row->desk ? BRIEF_DESK : 0) | (row->waiting ? BRIEF_WAITING : 0) |
	    (row->currency2[0] != '\0' ? BRIEF_SECOND : 0) |
	    (strncmp(row->other, "Assets:Suspense:", 16) == 0 ? BRIEF_SUSPENSE : 0) |
	    (strncmp(row->id, "uid:", 4) == 0 ? BRIEF_UID : 0) | (row->cleared != 0 ? BRIEF_CLEARED : 0));
	return brief_put(index_briefs(b->index), number, &r, e);
}

/* Append item to the list stored under (type, k). */
static int
list_add(struct books *b, char type, const struct key *k, const char *item, size_t len, struct error *e)
{
	struct buf list = BUF_INIT(1024 * 1024);
	const void *v;
	size_t n = 0;
	int rc = index_get(b->index, type, k->p, k->len, &v, &n, e);

	if (rc == 1)
		rc = buf_add(&list, v, n, e);
	if (rc != -1 && (rc = buf_add(&list, item, len, e)) == 0)
		rc = index_put(b->index, type, k->p, k->len, list.data, list.len, e);
	buf_free(&list);
	return rc;
}

static size_t
child_item(const struct payrow *row, char item[128])
{
	size_t n = strlen(row->id) + 1;

	item[0] = (char)(1 + row->move);
	memcpy(item + 1, row->id, n);
	return n + 1;
}

static size_t
waiting_item(const struct payrow *row, char item[256])
{
	size_t a = strlen(row->account) + 1;

	memcpy(item, row->account, a);
	return a + child_item(row, item + a);
}

/*
 * Waiting rows are numbered without a gap and each knows its number, so that one comes and goes at
 * the same cost however many wait: what is removed gives its number to the last one.
 */
static int
waiting_add(struct books *b, const char *item, size_t len, struct error *e)
{
	uint32_t n = b->tally.waiting++;

	return index_put(b->index, 'W', &n, sizeof(n), item, len, e) == -1 ? -1 :
	    index_put(b->index, 'w', item, len, &n, sizeof(n), e);
}

static int
waiting_remove(struct books *b, const char *item, size_t len, struct error *e)
{
	char moved[256];
	const void *v;
	uint32_t at, last = b->tally.waiting - 1;
	size_t n;
	int rc = index_get(b->index, 'w', item, len, &v, &n, e);

	if (rc != 1 || n != sizeof(at))
		return rc == -1 ? -1 : error_set(e, ERR_IO, "ledger.gdbm: damaged list");
	memcpy(&at, v, sizeof(at));
	if (at != last) {
		rc = index_get(b->index, 'W', &last, sizeof(last), &v, &n, e);
		if (rc != 1 || n > sizeof(moved))
			return rc == -1 ? -1 : error_set(e, ERR_IO, "ledger.gdbm: damaged list");
		memcpy(moved, v, n);
		if (index_put(b->index, 'W', &at, sizeof(at), moved, n, e) == -1 ||
		    index_put(b->index, 'w', moved, n, &at, sizeof(at), e) == -1)
			return -1;
	}
	b->tally.waiting--;
	return index_delete(b->index, 'W', &last, sizeof(last), e) == -1 ? -1 :
	    index_delete(b->index, 'w', item, len, e);
}

static int
apply_row(struct books *b, const struct payrow *row, struct error *e)
{
	struct buf packed = BUF_INIT(64 * 1024);
	struct payrow old;
	char item[256];
	struct key k;
	const void *v;
	uint64_t number = (uint64_t)b->tally.counts.rows;
	size_t n;
	int had, rc = -1;

	books_key(&k, row->account, record_move_name[row->move], row->id);
	had = index_get(b->index, 'R', k.p, k.len, &v, &n, e);
	if (had == -1 || (had == 1 && books_row_unpack(&old, &number, v, n, e) == -1))
		return -1;
	if (record_row_pack(row, &packed, e) == -1 || buf_add(&packed, &number, sizeof(number), e) == -1 ||
	    put_brief(b, number, &k, row, e) == -1 || index_put(b->index, 'R', k.p, k.len, packed.data, packed.len, e) == -1)
		goto out;
	if (row->parent[0] != '\0' && (!had || old.parent[0] == '\0')) {
		books_key(&k, row->account, row->parent, NULL);
		n = child_item(row, item);
		if (list_add(b, 'C', &k, item, n, e) == -1)
			goto out;
	}
	if (row->unique_id[0] != '\0') {
		books_key(&k, row->account, row->unique_id, NULL);
		n = child_item(row, item);
		/* A payout's return shares the id and must not hide the payout. */
		if (row->move != MOVE_PAYOUT_RETURN &&
		    index_put(b->index, 'U', k.p, k.len, item, n, e) == -1)
			goto out;
	}
	n = waiting_item(row, item);
	if (row->waiting && !(had && old.waiting) && waiting_add(b, item, n, e) == -1)
		goto out;
	if (!row->waiting && had && old.waiting && waiting_remove(b, item, n, e) == -1)
		goto out;
	b->tally.counts.rows += !had;
	b->tally.counts.unallocated += books_row_unallocated(row) -
	    (had ? books_row_unallocated(&old) : 0);
	b->tally_changed = 1;
	rc = 0;
out:
	buf_free(&packed);
	return rc;
}

static int
apply_leg(struct books *b, const struct leg *l, struct error *e)
{
	struct books_balance bal;
	struct key k, name;
	const void *v;
	size_t n;
	int rc;

	books_key(&k, l->account, l->currency, NULL);
	if ((rc = index_get(b->index, 'A', k.p, k.len, &v, &n, e)) == -1)
		return -1;
	if (rc == 1 && n == sizeof(bal))
		memcpy(&bal, v, n);
	else {
		memset(&bal, 0, sizeof(bal));
		put_text(bal.account, sizeof(bal.account), l->account);
		put_text(bal.currency, sizeof(bal.currency), l->currency);
		books_key(&name, l->account, l->currency, NULL);
		if (index_put(b->index, 'a', &b->tally.accounts, sizeof(b->tally.accounts), name.p,
		    name.len, e) == -1)
			return -1;
		b->tally.accounts++;
		b->tally_changed = 1;
	}
	if (money_add(&bal.minor, l->minor, e) == -1)
		return -1;
	bal.legs++;
	return index_put(b->index, 'A', k.p, k.len, &bal, sizeof(bal), e);
}

static void
count_disposition(struct books *b, enum disposition d, int64_t by)
{
	if (d == DISP_HELD)
		b->tally.counts.held += by;
	if (d == DISP_WAITING)
		b->tally.counts.waiting += by;
	b->tally_changed = 1;
}

static int
apply_message(struct books *b, const struct record *r, const char *segment, int64_t offset,
    struct error *e)
{
	struct books_message m, old;
	int had = books_message(b, r->id, &old, e);

	if (had == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	put_text(m.id, sizeof(m.id), r->id);
	put_text(m.integration, sizeof(m.integration), r->integration);
	put_text(m.reason, sizeof(m.reason), r->reason);
	put_text(m.payment, sizeof(m.payment), r->payment);
	put_text(m.segment, sizeof(m.segment), segment);
	m.received = r->received;
	m.disposition = r->disposition;
	m.offset = offset;
	if (had)	/* set aside once, retried now */
		count_disposition(b, old.disposition, -1);
	else
		b->tally.counts.messages++;
	count_disposition(b, m.disposition, 1);
	return index_put(b->index, 'M', m.id, strlen(m.id), &m, sizeof(m), e);
}

static int
apply_also(struct books *b, const struct also *a, struct error *e)
{
	struct books_message m;
	int rc = books_message(b, a->id, &m, e);

	if (rc != 1)
		return rc;
	count_disposition(b, m.disposition, -1);
	count_disposition(b, a->disposition, 1);
	m.disposition = a->disposition;
	put_text(m.reason, sizeof(m.reason), a->reason);
	return index_put(b->index, 'M', m.id, strlen(m.id), &m, sizeof(m), e);
}

/* The claim of one customer on one address, made or dropped. */
static int
claim(struct books *b, const char *address, const char *customer, int add, struct error *e)
{
	json_t *ids = NULL;
	char *text = NULL;
	size_t i;
	int rc = -1, there = 0;

	if (address == NULL || address[0] == '\0' || strlen(address) > 254)
		return 0;
	if (books_claims(b, address, &ids, e) == -1)
		return -1;
	if (ids == NULL && (ids = json_array()) == NULL)
		return error_set(e, ERR_IO, "register: no memory");
	for (i = 0; i < json_array_size(ids); i++)
		if (strcmp(json_string_value(json_array_get(ids, i)), customer) == 0) {
			there = 1;
			if (!add)
				json_array_remove(ids, i);
			break;
		}
	if (add && !there)
		json_array_append_new(ids, json_string(customer));
	if ((text = json_dumps(ids, JSON_COMPACT)) == NULL)
		error_set(e, ERR_IO, "register: no memory");
	else if (json_array_size(ids) == 0)
		rc = index_delete(b->index, 'X', address, strlen(address), e);
	else
		rc = index_put(b->index, 'X', address, strlen(address), text, strlen(text), e);
	free(text);
	json_decref(ids);
	return rc;
}

static int
claims_of(struct books *b, const json_t *c, int add, struct error *e)
{
	static const char *const lists[] = { "paypal", "payer_ids" };
	const char *id = json_string_value(json_object_get(c, "id"));
	size_t i, k;
	json_t *v;

	if (id == NULL)
		return 0;
	if (claim(b, json_string_value(json_object_get(c, "email")), id, add, e) == -1)
		return -1;
	for (k = 0; k < 2; k++)
		json_array_foreach(json_object_get(c, lists[k]), i, v)
			if (claim(b, json_string_value(v), id, add, e) == -1)
				return -1;
	json_array_foreach(json_object_get(c, "contacts"), i, v)
		if (claim(b, json_string_value(json_object_get(v, "email")), id, add, e) == -1)
			return -1;
	return 0;
}

/* Number n of a table's keys in order of first arrival. */
static int
remember_key(struct books *b, const char *table, const char *key, struct error *e)
{
	struct key k, at;
	const void *v;
	size_t len;
	uint32_t n = 0;
	int rc;

	books_key(&k, table, "", NULL);
	if ((rc = index_get(b->index, 'd', k.p, k.len, &v, &len, e)) == -1)
		return -1;
	if (rc == 1 && len == sizeof(n))
		memcpy(&n, v, len);
	books_key(&at, table, NULL, NULL);
	memcpy(at.p + at.len, &n, sizeof(n));
	n++;
	if (index_put(b->index, 'd', at.p, at.len + sizeof(n), key, strlen(key), e) == -1)
		return -1;
	return index_put(b->index, 'd', k.p, k.len, &n, sizeof(n), e);
}

/* A break that somebody or something still has to clear (breaks.h). */
static int
break_stands(const char *table, const json_t *v)
{
	const char *status = json_string_value(json_object_get(v, "status"));

	return strcmp(table, "break") == 0 && status != NULL &&
	    (strcmp(status, "open") == 0 || strcmp(status, "expected") == 0);
}

static int
apply_put(struct books *b, const char *table, const char *key, json_t *v, struct error *e)
{
	struct key k;
	json_t *old = NULL;
	char *text = NULL;
	const void *was;
	size_t n;
	int rc = -1, known;

	if (strlen(table) > 32 || strlen(key) > 255)
		return error_set(e, ERR_CORRUPT, "record: key of a %s too long", table);
	books_key(&k, table, key, NULL);
	if ((known = index_get(b->index, 'D', k.p, k.len, &was, &n, e)) == -1 ||
	    books_data(b, table, key, &old, e) == -1)
		return -1;
	if (strcmp(table, "customer") == 0 &&
	    ((old != NULL && claims_of(b, old, 0, e) == -1) || claims_of(b, v, 1, e) == -1))
		goto out;
	if ((text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY)) == NULL) {
		error_set(e, ERR_IO, "register: no memory");
		goto out;
	}
	/* A removed key keeps its place, as null: keys are never forgotten, only emptied. */
	if ((!known && remember_key(b, table, key, e) == -1) ||
	    index_put(b->index, 'D', k.p, k.len, text, strlen(text), e) == -1)
		goto out;
	b->tally.counts.breaks += break_stands(table, v) - break_stands(table, old);
	b->tally_changed = 1;
	rc = 0;
out:
	free(text);
	json_decref(old);
	return rc;
}

int
books_apply(struct books *b, const struct record *r, const char *segment, int64_t offset,
    struct error *e)
{
	size_t i, k;
	json_t *put;

	if (r->type != REC_MESSAGE)
		return 0;
	for (i = 0; i < r->nrows; i++)
		if (apply_row(b, &r->rows[i], e) == -1)
			return -1;
	for (i = 0; i < r->nentries; i++) {
		for (k = 0; k < r->entries[i].nlegs; k++)
			if (apply_leg(b, &r->entries[i].legs[k], e) == -1)
				return -1;
		if (strcmp(r->entries[i].kind, "opening") == 0)
			b->tally.counts.opening = r->entries[i].event != 0 ? r->entries[i].event : 1;
	}
	b->tally.counts.entries += (int64_t)r->nentries;
	if (apply_message(b, r, segment, offset, e) == -1)
		return -1;
	for (i = 0; i < r->nalso; i++)
		if (apply_also(b, &r->also[i], e) == -1)
			return -1;
	json_array_foreach(json_object_get(r->data, "put"), i, put) {
		const char *table = json_string_value(json_array_get(put, 0));
		const char *key = json_string_value(json_array_get(put, 1));
		json_t *v = json_array_get(put, 2);

		if (table == NULL || key == NULL || v == NULL)
			return error_set(e, ERR_CORRUPT, "record %llu: put without table, key or value",
			    (unsigned long long)r->n);
		if (apply_put(b, table, key, v, e) == -1)
			return -1;
	}
	return 0;
}

int
books_replay(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct books *b = arg;

	(void)raw, (void)rawlen;
	if (books_apply(b, r, at->segment, at->offset - at->last_len, e) == -1)
		return -1;
	if (++b->unflushed >= REPLAY_FLUSH) {
		b->unflushed = 0;
		if (books_tally_store(b, e) == -1 || index_flush(b->index, e) == -1)
			return -1;
	}
	return 0;
}
