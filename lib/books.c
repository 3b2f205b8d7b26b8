/*
 * books -- see books.h.  Opening (with replay or rebuild), batches, answers.
 */
#include <sys/stat.h>

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books_priv.h"
#include "durable.h"

#define COMMIT_HOLD	8192		/* changed records, some 3 MB */

static const char *const folder[BOOKS_N] = { "books/live", "books/test", "register" };

int
books_lock(struct lock *l, const struct site *s, int wait_ms, struct error *e)
{
	int dir = durable_open_dir(s->fd, "books", e), rc;

	if (dir == -1)
		return -1;
	rc = lock_take(l, dir, "lock", wait_ms, e);
	if (rc == -1 && e->code == ERR_AGAIN)
		error_set(e, ERR_AGAIN, "%s/books/lock is held by another run (verify, a backup, ...): try again",
		    s->path);
	close(dir);
	return rc;
}

int
books_open(struct books **bp, const struct site *s, int which, struct error *e)
{
	struct books *b = calloc(1, sizeof(*b));
	struct journal_pos anchor, pos, end;
	char owner[64];
	int rebuilt = 0, unclean;

	if (b == NULL)
		return error_sys(e, "books");
	b->site = s;
	b->which = which;
	if ((b->dir = durable_open_dir(s->fd, folder[which], e)) == -1) {
		free(b);
		return -1;
	}
	/* The journal must still pass through every point a marker remembers: this is what finds a
	 * last record that was altered or cut off, which no later record speaks for. */
	(void)snprintf(owner, sizeof(owner), "%s/%s", s->id, site_book_name[which]);
	if (index_anchor(b->dir, owner, &anchor, e) == -1 || journal_check(b->dir, &anchor, e) == -1 ||
	    index_open(&b->index, b->dir, owner, &pos, &rebuilt, e) == -1)
		goto err;
	if (journal_check(b->dir, &pos, e) == -1 || books_tally_load(b, e) == -1 ||
	    journal_recover(b->dir, &pos, &anchor, books_replay, b, &end, e) == -1)
		goto err;
	unclean = rebuilt || end.n != pos.n;
	if (journal_open(&b->journal, b->dir, site_book_name[which], &end, unclean, e) == -1 ||
	    evidence_open(&b->evidence, b->dir, e) == -1 || books_tally_store(b, e) == -1 ||
	    index_flush(b->index, e) == -1 || index_settle(b->index, e) == -1)
		goto err;
	*bp = b;
	return 0;
err:
	books_abort(b);
	return -1;
}

void
books_abort(struct books *b)
{
	if (b == NULL)
		return;
	index_abort(b->index);
	evidence_close(b->evidence);
	journal_close(b->journal);
	close(b->dir);
	free(b);
}

int
books_close(struct books *b, struct error *e)
{
	struct index *ix;
	int rc;

	if (b == NULL)
		return 0;
	assert(journal_pending(b->journal) == 0);
	ix = b->index;
	b->index = NULL;
	rc = index_close(ix, journal_end(b->journal), e);
	books_abort(b);
	return rc;
}

int
books_dirfd(const struct books *b)
{
	return b->dir;
}

const struct journal_pos *
books_end(const struct books *b)
{
	return journal_end(b->journal);
}

size_t
books_pending(const struct books *b)
{
	return journal_pending(b->journal) + evidence_pending(b->evidence);
}

int
books_evidence(struct books *b, const struct message *m, const struct verdict *v, int refused,
    struct record *r, int64_t now, struct error *e)
{
	char month[MOMENT_TEXT];

	if (refused)
		return evidence_refused(b->evidence, m, v, now, r, e);
	moment_print(now, month);
	month[7] = '\0';
	return evidence_add(b->evidence, m, v, month, r, e);
}

int
books_add(struct books *b, struct record *r, int64_t now, struct error *e)
{
	struct journal_pos at;

	if (journal_add(b->journal, r, now, e) == -1)
		return -1;
	at = *journal_next(b->journal);
	return books_apply(b, r, at.segment, at.offset - at.last_len, e);
}

int
books_commit(struct books *b, struct error *e)
{
	/* Evidence before journal before index: each refers to the one before it. */
	if (evidence_commit(b->evidence, e) == -1 || journal_commit(b->journal, e) == -1 ||
	    books_tally_store(b, e) == -1)
		return -1;
	/* Balances that many messages change are written once; a crash replays the journal anyway. */
	return index_held(b->index) < COMMIT_HOLD ? 0 : index_flush(b->index, e);
}

int
books_row(struct books *b, const char *account, enum movement move, const char *id,
    struct payrow *row, struct error *e)
{
	struct key k;
	const void *v;
	size_t n;
	int rc;

	books_key(&k, account, record_move_name[move], id);
	rc = index_get(b->index, 'R', k.p, k.len, &v, &n, e);
	return rc == 1 && books_row_unpack(row, NULL, v, n, e) == -1 ? -1 : rc;
}

/* The row that a (move, id) item names. */
static int
item_row(struct books *b, const char *account, const char *item, size_t len, struct payrow *row,
    struct error *e)
{
	char id[72];
	int rc;

	if (len < 2 || len - 1 > sizeof(id) || item[len - 1] != '\0' || item[0] < 1 || item[0] > MOVES)
		return error_set(e, ERR_IO, "ledger.gdbm: damaged list");
	memcpy(id, item + 1, len - 1);
	rc = books_row(b, account, (enum movement)(item[0] - 1), id, row, e);
	return rc == 0 ? error_set(e, ERR_IO, "ledger.gdbm: a list names %s, which is not there", id) : rc;
}

int
books_child(struct books *b, const char *account, const char *id, size_t i, struct payrow *row,
    struct error *e)
{
	struct key k;
	const void *v;
	const char *p, *end;
	size_t n;
	int rc;

	books_key(&k, account, id, NULL);
	if ((rc = index_get(b->index, 'C', k.p, k.len, &v, &n, e)) != 1)
		return rc;
	p = v;
	end = p + n;
	while (p < end) {
		size_t len = 1 + strnlen(p + 1, (size_t)(end - p - 1)) + 1;

		if (i-- == 0)
			return item_row(b, account, p, len, row, e);
		p += len;
	}
	return 0;
}

int
books_unique(struct books *b, const char *account, const char *unique_id, struct payrow *row,
    struct error *e)
{
	struct key k;
	const void *v;
	size_t n;
	int rc;

	books_key(&k, account, unique_id, NULL);
	if ((rc = index_get(b->index, 'U', k.p, k.len, &v, &n, e)) != 1)
		return rc;
	return item_row(b, account, v, n, row, e);
}

int
books_waiting(struct books *b, size_t i, struct payrow *row, struct error *e)
{
	const void *v;
	char item[256];
	uint32_t number = (uint32_t)i;
	size_t n, account;
	int rc;

	if (i >= b->tally.waiting)
		return 0;
	if ((rc = index_get(b->index, 'W', &number, sizeof(number), &v, &n, e)) == -1)
		return -1;
	if (rc == 0 || n > sizeof(item))
		return error_set(e, ERR_IO, "ledger.gdbm: damaged list");
	memcpy(item, v, n);
	account = strnlen(item, n) + 1;
	return item_row(b, item, item + account, account < n ? n - account : 0, row, e);
}

int
books_message(struct books *b, const char *id, struct books_message *m, struct error *e)
{
	const void *v;
	size_t n;
	int rc = index_get(b->index, 'M', id, strlen(id), &v, &n, e);

	if (rc == 1 && n != sizeof(*m))
		return error_set(e, ERR_IO, "ledger.gdbm: a message of another form");
	if (rc == 1)
		memcpy(m, v, n);
	return rc;
}

int
books_counts(struct books *b, struct books_counts *c, struct error *e)
{
	(void)e;
	*c = b->tally.counts;
	return 0;
}

static int
by_account(const void *a, const void *b)
{
	const struct books_balance *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	return d != 0 ? d : strcmp(x->currency, y->currency);
}

int
books_balances(struct books *b, struct books_balance **vp, size_t *n, struct error *e)
{
	struct books_balance *v = calloc(b->tally.accounts + 1, sizeof(*v));
	const void *p;
	size_t len;
	uint32_t i;

	if (v == NULL)
		return error_sys(e, "books");
	for (i = 0; i < b->tally.accounts; i++) {
		struct key k;

		if (index_get(b->index, 'a', &i, sizeof(i), &p, &len, e) != 1 || len > sizeof(k.p))
			goto err;
		memcpy(k.p, p, len);
		k.len = len;
		if (index_get(b->index, 'A', k.p, k.len, &p, &len, e) != 1 || len != sizeof(*v))
			goto err;
		memcpy(&v[i], p, len);
	}
	qsort(v, b->tally.accounts, sizeof(*v), by_account);
	*vp = v;
	*n = b->tally.accounts;
	return 0;
err:
	free(v);
	return e->code != ERR_NONE ? -1 : error_set(e, ERR_IO, "ledger.gdbm: accounts are missing");
}

int
books_balance(struct books *b, const char *account, const char ccy[4], int64_t *minor, struct error *e)
{
	struct books_balance bal;
	struct key k;
	const void *v;
	size_t n;
	int rc;

	books_key(&k, account, ccy, NULL);
	*minor = 0;
	if ((rc = index_get(b->index, 'A', k.p, k.len, &v, &n, e)) == -1)
		return -1;
	if (rc == 1 && n == sizeof(bal)) {
		memcpy(&bal, v, n);
		*minor = bal.minor;
	}
	return 0;
}

struct each_row {
	books_row_fn	*fn;
	void		*arg;
};

static int
unpack_each(void *arg, const void *v, size_t n, struct error *e)
{
	struct each_row *x = arg;
	struct payrow row;

	return books_row_unpack(&row, NULL, v, n, e) == -1 ? -1 : x->fn(x->arg, &row, e);
}

int
books_each_row(struct books *b, books_row_fn *fn, void *arg, struct error *e)
{
	struct each_row x = { fn, arg };

	if (books_tally_store(b, e) == -1 || index_flush(b->index, e) == -1)
		return -1;
	return index_each(b->index, 'R', unpack_each, &x, e);
}

/* ---- rows in brief ---- */

int
books_briefs(struct books *b, uint64_t *n, struct error *e)
{
	if (books_tally_store(b, e) == -1 || index_flush(b->index, e) == -1)
		return -1;
	*n = brief_count(index_briefs(b->index));
	if (*n != (uint64_t)b->tally.counts.rows)
		return error_set(e, ERR_IO, "ledger.rows: %llu rows where the index has %lld; daybook rebuild "
		    "makes it again", (unsigned long long)*n, (long long)b->tally.counts.rows);
	return 0;
}

int
books_brief_read(const struct books *b, uint64_t at, size_t n, struct brief *out, struct error *e)
{
	return brief_read(index_briefs(b->index), at, n, out, e);
}

void
books_brief_key(const struct books *b, const char *account, enum movement move, const char *id,
    unsigned char key[16])
{
	struct key k;

	books_key(&k, account, record_move_name[move], id);
	index_key(b->index, key, 'R', k.p, k.len);
}

uint64_t
books_brief_account(const struct books *b, const char *account)
{
	return index_name(b->index, account);
}

int
books_brief_row(struct books *b, const struct brief *r, struct payrow *row, struct error *e)
{
	const void *v;
	size_t n;
	int rc = index_get_key(b->index, 'R', r->key, &v, &n, e);

	if (rc == 0)
		return error_set(e, ERR_IO, "ledger.rows: a row that the index lacks; daybook rebuild makes it again");
	return rc == -1 ? -1 : books_row_unpack(row, NULL, v, n, e);
}

int
books_data(struct books *b, const char *table, const char *key, json_t **jp, struct error *e)
{
	struct key k;
	const void *v;
	size_t n;
	json_error_t je;
	json_t *j;
	int rc;

	*jp = NULL;
	if (strlen(table) > 32 || strlen(key) > 255)
		return 0;
	books_key(&k, table, key, NULL);
	if ((rc = index_get(b->index, 'D', k.p, k.len, &v, &n, e)) != 1)
		return rc;
	if ((j = json_loadb(v, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je)) == NULL)
		return error_set(e, ERR_IO, "ledger.gdbm: %s %s is damaged", table, key);
	if (json_is_null(j)) {
		json_decref(j);
		return 0;
	}
	*jp = j;
	return 1;
}

int
books_each_data(struct books *b, const char *table, books_data_fn *fn, void *arg, struct error *e)
{
	struct key k;
	const void *v;
	char name[256];
	size_t len;
	uint32_t n = 0, i;
	json_t *j;
	int rc;

	books_key(&k, table, "", NULL);
	if ((rc = index_get(b->index, 'd', k.p, k.len, &v, &len, e)) == -1)
		return -1;
	if (rc == 1 && len == sizeof(n))
		memcpy(&n, v, len);
	for (i = 0; i < n; i++) {
		books_key(&k, table, NULL, NULL);
		memcpy(k.p + k.len, &i, sizeof(i));
		if ((rc = index_get(b->index, 'd', k.p, k.len + sizeof(i), &v, &len, e)) == -1)
			return -1;
		if (rc == 0 || len >= sizeof(name))
			return error_set(e, ERR_IO, "ledger.gdbm: a %s is missing", table);
		memcpy(name, v, len);
		name[len] = '\0';
		if ((rc = books_data(b, table, name, &j, e)) == -1)
			return -1;
		if (rc == 0)
			continue;
		rc = fn(arg, name, j, e);
		json_decref(j);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
books_claims(struct books *b, const char *address, json_t **ids, struct error *e)
{
	const void *v;
	size_t n;
	json_error_t je;
	int rc = index_get(b->index, 'X', address, strlen(address), &v, &n, e);

	*ids = NULL;
	if (rc != 1)
		return rc;
	if ((*ids = json_loadb(v, n, JSON_REJECT_DUPLICATES, &je)) == NULL)
		return error_set(e, ERR_IO, "ledger.gdbm: claims on an address are damaged");
	return 1;
}

int
books_rebuild(const struct site *s, int which, struct error *e)
{
	static const char *const files[] = { "ledger.gdbm", "ledger.rows", "ledger.checkpoint",
	    "ledger.checkpoint.rows", "ledger.checkpoint.json" };
	struct books *b;
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", folder[which], files[i]);

		assert(n > 0 && (size_t)n < sizeof(path));
		(void)unlinkat(s->fd, path, 0);
	}
	if (books_open(&b, s, which, e) == -1)
		return -1;
	return books_close(b, e);
}
