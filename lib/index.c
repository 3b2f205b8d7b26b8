/*
 * index -- see index.h.  The one caller of GDBM.
 *
 * Stored key: one letter and a 128-bit keyed hash of ours (siphash-128, key random per file), so
 * nobody chooses keys that fill one bucket.  Stored value: 8 bytes of keyed checksum over key and
 * value, then the value, because GDBM has none and hands out flipped bits as data.
 */
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "index.h"
#include "text.h"

#define FILE_INDEX	"ledger.gdbm"
#define FILE_NEW	"ledger.new"
#define FILE_ROWS	"ledger.rows"
#define FILE_ROWS_NEW	"ledger.rows.new"
#define FILE_ROWS_SCRATCH "ledger.rows.verify"
#define FILE_SCRATCH	"ledger.verify"
#define FILE_TRUST	"ledger.trust"
#define FILE_ANCHOR	"ledger.anchor"	/* the last marker, once it no longer speaks for the index */
#define FILE_CKPT	"ledger.checkpoint"
#define FILE_CKPT_ROWS	"ledger.checkpoint.rows"
#define FILE_CKPT_MARK	"ledger.checkpoint.json"

#define KEY_LEN		17
#define SUM_LEN		8
#define META_KEY	"meta"
#define VALUE_MAX	(1024 * 1024)
#define CHECKPOINT_RECORDS 100000	/* a rebuild from the last one replays a second's worth */
#define SLOTS_MIN	1024

struct cell {				/* one changed record */
	unsigned char	 key[KEY_LEN];
	unsigned char	 gone;
	uint32_t	 place;		/* while it is flushed */
	size_t		 len;
	char		*v;		/* malloc'd */
};

struct index {
	GDBM_FILE	 db;
	struct brief_file *briefs;
	int		 dir;		/* dup of the book's */
	char		 owner[64];	/* whose markers count */
	char		 name[32];	/* file it is in now */
	int		 marked;	/* a trust marker stands for it */
	unsigned char	 secret[16];
	struct journal_pos checkpoint;	/* of the newest one, n = 0: none */
	struct cell	*cells;		/* overlay, open addressing */
	size_t		 ncells, nused;
	char		*got;		/* value last read from GDBM */
};

static int
gdbm_fail(struct error *e, GDBM_FILE db, const char *what)
{
	return error_set(e, ERR_IO, "ledger.gdbm: %s: %s", what,
	    db == NULL ? gdbm_strerror(gdbm_errno) : gdbm_db_strerror(db));
}

static void
make_key(const struct index *ix, unsigned char out[KEY_LEN], char type, const void *key, size_t len)
{
	out[0] = (unsigned char)type;
	crypto_shorthash_siphashx24(out + 1, key, len, ix->secret);
}

/* ---- overlay ---- */

static struct cell *
find_cell(const struct index *ix, const unsigned char key[KEY_LEN])
{
	size_t i;
	uint64_t h;

	memcpy(&h, key + 1, sizeof(h));
	for (i = (size_t)(h + key[0]) & (ix->ncells - 1);; i = (i + 1) & (ix->ncells - 1))
		if (ix->cells[i].key[0] == 0 || memcmp(ix->cells[i].key, key, KEY_LEN) == 0)
			return &ix->cells[i];
}

static int
grow_cells(struct index *ix, struct error *e)
{
	size_t n = ix->ncells == 0 ? SLOTS_MIN : ix->ncells * 2, i, old = ix->ncells;
	struct cell *was = ix->cells, *cells = calloc(n, sizeof(*cells));

	if (cells == NULL)
		return error_sys(e, "index");
	ix->cells = cells;
	ix->ncells = n;
	for (i = 0; i < old; i++)
		if (was[i].key[0] != 0)
			*find_cell(ix, was[i].key) = was[i];
	free(was);
	return 0;
}

static int
set_cell(struct index *ix, char type, const void *key, size_t klen, const void *v, size_t vlen,
    int gone, struct error *e)
{
	unsigned char k[KEY_LEN];
	struct cell *c;
	char *copy;

	if (vlen > VALUE_MAX)
		return error_set(e, ERR_INPUT, "index: a value of %zu bytes", vlen);
	if (ix->nused * 2 >= ix->ncells && grow_cells(ix, e) == -1)
		return -1;
	make_key(ix, k, type, key, klen);
	c = find_cell(ix, k);
	if (c->key[0] != 0 && vlen <= c->len && c->v != NULL)
		copy = c->v;
	else if ((copy = malloc(vlen == 0 ? 1 : vlen)) == NULL)
		return error_sys(e, "index");
	else
		free(c->v);
	if (vlen > 0)
		memcpy(copy, v, vlen);
	if (c->key[0] == 0) {
		memcpy(c->key, k, KEY_LEN);
		ix->nused++;
	}
	c->v = copy;
	c->len = vlen;
	c->gone = (unsigned char)gone;
	return 0;
}

int
index_put(struct index *ix, char type, const void *key, size_t klen, const void *v, size_t vlen,
    struct error *e)
{
	return set_cell(ix, type, key, klen, v, vlen, 0, e);
}

int
index_delete(struct index *ix, char type, const void *key, size_t klen, struct error *e)
{
	return set_cell(ix, type, key, klen, NULL, 0, 1, e);
}

void
index_forget(struct index *ix)
{
	size_t i;

	for (i = 0; i < ix->ncells; i++)
		free(ix->cells[i].v);
	free(ix->cells);
	ix->cells = NULL;
	ix->ncells = ix->nused = 0;
}

/* ---- GDBM ---- */

static void
checksum(const struct index *ix, unsigned char sum[SUM_LEN], const unsigned char key[KEY_LEN],
    const void *v, size_t len)
{
	unsigned char k[16];
	size_t i;

	for (i = 0; i < sizeof(k); i++)
		k[i] = (unsigned char)(ix->secret[i] ^ key[1 + i]);
	k[0] = (unsigned char)(k[0] ^ key[0]);
	crypto_shorthash(sum, v, len, k);
}

/* ix->got has sum and value; 1, 0, -1 */
static int
fetch(struct index *ix, const unsigned char key[KEY_LEN], size_t *vlen, struct error *e)
{
	datum k = { (char *)(uintptr_t)key, KEY_LEN }, v;
	unsigned char sum[SUM_LEN];

	v = gdbm_fetch(ix->db, k);
	if (v.dptr == NULL) {
		if (gdbm_errno == GDBM_ITEM_NOT_FOUND)
			return 0;
		return gdbm_fail(e, ix->db, "fetch");
	}
	free(ix->got);
	ix->got = v.dptr;
	if (v.dsize < SUM_LEN)
		return error_set(e, ERR_IO, "ledger.gdbm: damaged record; daybook rebuild makes it again");
	checksum(ix, sum, key, v.dptr + SUM_LEN, (size_t)v.dsize - SUM_LEN);
	if (memcmp(sum, v.dptr, SUM_LEN) != 0)
		return error_set(e, ERR_IO, "ledger.gdbm: damaged record; daybook rebuild makes it again");
	*vlen = (size_t)v.dsize - SUM_LEN;
	return 1;
}

static int
get(struct index *ix, const unsigned char k[KEY_LEN], const void **v, size_t *vlen, struct error *e)
{
	int rc;

	if (ix->ncells > 0) {
		const struct cell *c = find_cell(ix, k);

		if (c->key[0] != 0) {
			*v = c->v;
			*vlen = c->len;
			return !c->gone;
		}
	}
	if ((rc = fetch(ix, k, vlen, e)) == 1)
		*v = ix->got + SUM_LEN;
	return rc;
}

int
index_get(struct index *ix, char type, const void *key, size_t klen, const void **v, size_t *vlen,
    struct error *e)
{
	unsigned char k[KEY_LEN];

	make_key(ix, k, type, key, klen);
	return get(ix, k, v, vlen, e);
}

int
index_get_key(struct index *ix, char type, const unsigned char key[16], const void **v, size_t *vlen,
    struct error *e)
{
	unsigned char k[KEY_LEN];

	k[0] = (unsigned char)type;
	memcpy(k + 1, key, KEY_LEN - 1);
	return get(ix, k, v, vlen, e);
}

void
index_key(const struct index *ix, unsigned char out[16], char type, const void *key, size_t klen)
{
	unsigned char k[KEY_LEN];

	make_key(ix, k, type, key, klen);
	memcpy(out, k + 1, KEY_LEN - 1);
}

uint64_t
index_name(const struct index *ix, const char *name)
{
	unsigned char sum[SUM_LEN];
	uint64_t v;

	crypto_shorthash(sum, (const unsigned char *)name, strlen(name), ix->secret);
	memcpy(&v, sum, sizeof(v));
	return v;
}

struct brief_file *
index_briefs(struct index *ix)
{
	return ix->briefs;
}

/* The marker must not stand while the file changes; its place in the journal is kept. */
static int
unmark(struct index *ix, struct error *e)
{
	if (!ix->marked)
		return 0;
	if (renameat(ix->dir, FILE_TRUST, ix->dir, FILE_ANCHOR) == -1 && errno != ENOENT)
		return error_sys(e, FILE_TRUST ": take away");
	ix->marked = 0;
	return 0;
}

static int
store(struct index *ix, const struct cell *c, char **scratch, size_t *have, struct error *e)
{
	datum k = { (char *)(uintptr_t)c->key, KEY_LEN }, v;

	if (c->gone) {
		if (gdbm_delete(ix->db, k) != 0 && gdbm_errno != GDBM_ITEM_NOT_FOUND)
			return gdbm_fail(e, ix->db, "delete");
		return 0;
	}
	if (c->len + SUM_LEN > *have) {
		char *p = realloc(*scratch, c->len + SUM_LEN + 256);

		if (p == NULL)
			return error_sys(e, "index");
		*scratch = p;
		*have = c->len + SUM_LEN + 256;
	}
	checksum(ix, (unsigned char *)*scratch, c->key, c->v, c->len);
	memcpy(*scratch + SUM_LEN, c->v, c->len);
	v.dptr = *scratch;
	v.dsize = (int)(c->len + SUM_LEN);
	if (gdbm_store(ix->db, k, v, GDBM_REPLACE) != 0)
		return gdbm_fail(e, ix->db, "store");
	return 0;
}

/* Where GDBM 1.23 puts a key: neighbours share a bucket, so that a sorted flush works on one page at
 * a time.  Should it hash differently one day, the order is only no help. */
static uint32_t
place(const struct cell *c)
{
	uint32_t v = 0x238F13AFu * KEY_LEN;
	int i;

	for (i = 0; i < KEY_LEN; i++)
		v = (v + ((uint32_t)c->key[i] << (i * 5 % 24))) & 0x7fffffff;
	return (1103515243u * v + 12345) & 0x7fffffff;
}

static int
by_place(const void *a, const void *b)
{
	const struct cell *x = *(const struct cell *const *)a, *y = *(const struct cell *const *)b;

	return x->place < y->place ? -1 : x->place > y->place;
}

size_t
index_held(const struct index *ix)
{
	return ix->nused;
}

int
index_flush(struct index *ix, struct error *e)
{
	char *scratch = NULL;
	struct cell **v;
	size_t have = 0, n = 0, i;
	int rc = 0;

	if (ix->nused == 0 && brief_held(ix->briefs) == 0)
		return 0;
	if (unmark(ix, e) == -1 || brief_flush(ix->briefs, e) == -1)
		return -1;
	if ((v = calloc(ix->nused + 1, sizeof(struct cell *))) == NULL)
		return error_sys(e, "index");
	for (i = 0; i < ix->ncells; i++)
		if (ix->cells[i].key[0] != 0) {
			ix->cells[i].place = place(&ix->cells[i]);
			v[n++] = &ix->cells[i];
		}
	qsort(v, n, sizeof(*v), by_place);
	for (i = 0; i < n && rc == 0; i++)
		rc = store(ix, v[i], &scratch, &have, e);
	free(scratch);
	free(v);
	if (rc == 0)
		index_forget(ix);
	return rc;
}

/* ---- files and markers ---- */

static void
boot_id(char out[64])
{
	ssize_t n = -1;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		n = read(fd, out, 63);
		close(fd);
	}
	if (n < 0)
		n = 0;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static json_t *
pos_json(const struct journal_pos *p)
{
	return json_pack("{s:s,s:I,s:I,s:s,s:I,s:I,s:b}", "segment", p->segment, "offset",
	    (json_int_t)p->offset, "records", (json_int_t)p->n, "head", p->head, "time",
	    (json_int_t)p->time, "last", (json_int_t)p->last_len, "sealed", p->sealed);
}

static int
pos_read(const json_t *j, struct journal_pos *p)
{
	const char *segment = json_string_value(json_object_get(j, "segment"));
	const char *head = json_string_value(json_object_get(j, "head"));

	if (segment == NULL || head == NULL || strlen(head) != 64 ||
	    (strlen(segment) != 7 && segment[0] != '\0'))
		return -1;
	journal_pos_start(p);
	memcpy(p->segment, segment, strlen(segment) + 1);
	memcpy(p->head, head, 65);
	p->offset = json_integer_value(json_object_get(j, "offset"));
	p->n = (uint64_t)json_integer_value(json_object_get(j, "records"));
	p->time = json_integer_value(json_object_get(j, "time"));
	p->last_len = json_integer_value(json_object_get(j, "last"));
	p->sealed = json_is_true(json_object_get(j, "sealed"));
	return 0;
}

/* A file as it lies there. */
static json_t *
describe_file(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return NULL;
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "inode", (json_int_t)st.st_ino, "size",
	    (json_int_t)st.st_size, "mtime", (json_int_t)st.st_mtim.tv_sec, "mtime_ns",
	    (json_int_t)st.st_mtim.tv_nsec, "ctime", (json_int_t)st.st_ctim.tv_sec, "ctime_ns",
	    (json_int_t)st.st_ctim.tv_nsec);
}

/* What a marker says of the two files it speaks for. */
static json_t *
describe(int dir, const char *owner, const struct journal_pos *p)
{
	char boot[64];

	boot_id(boot);
	return json_pack("{s:i,s:s,s:s,s:o,s:o,s:o}", "schema", INDEX_SCHEMA, "owner", owner, "boot", boot,
	    "index", describe_file(dir, FILE_INDEX), "rows", describe_file(dir, FILE_ROWS), "journal",
	    pos_json(p));
}

/* {"marker":{...},"sum":SHA-256 of it}: NULL where missing, torn or of another book. */
static json_t *
marker_read(int dir, const char *owner, const char *name)
{
	struct buf b = BUF_INIT(16384);
	struct error ignored = { 0 };
	char hex[65], *text = NULL;
	json_error_t je;
	json_t *j = NULL, *m = NULL;
	const char *sum, *whose;

	if (buf_read_file(&b, dir, name, &ignored) == -1 ||
	    (j = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &je)) == NULL ||
	    (m = json_object_get(j, "marker")) == NULL ||
	    (whose = json_string_value(json_object_get(m, "owner"))) == NULL || strcmp(whose, owner) != 0 ||
	    (sum = json_string_value(json_object_get(j, "sum"))) == NULL ||
	    (text = json_dumps(m, JSON_COMPACT)) == NULL) {
		m = NULL;
		goto out;
	}
	digest_hex(hex, text, strlen(text));
	m = strcmp(hex, sum) == 0 ? json_incref(m) : NULL;
out:
	free(text);
	json_decref(j);
	buf_free(&b);
	return m;
}

/* Takes m.  durable: synced, for checkpoints; a trust marker needs none (boot id). */
static int
marker_write(int dir, const char *name, json_t *m, int durable, struct error *e)
{
	char hex[65], *text = NULL, *all = NULL;
	json_t *j = NULL;
	int fd, rc = -1;

	if (m == NULL || (text = json_dumps(m, JSON_COMPACT)) == NULL) {
		error_set(e, ERR_IO, "%s: cannot describe the index", name);
		goto out;
	}
	digest_hex(hex, text, strlen(text));
	if ((j = json_pack("{s:O,s:s}", "marker", m, "sum", hex)) == NULL ||
	    (all = json_dumps(j, JSON_COMPACT)) == NULL) {
		error_set(e, ERR_IO, "%s: no memory", name);
		goto out;
	}
	if (durable) {
		rc = durable_write(dir, name, all, strlen(all), 0600, e);
		goto out;
	}
	fd = openat(dir, "." FILE_TRUST, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || durable_write_all(fd, all, strlen(all)) == -1) {
		error_sys(e, "%s: write", name);
		if (fd != -1)
			close(fd);
		goto out;
	}
	close(fd);
	rc = renameat(dir, "." FILE_TRUST, dir, name) == -1 ? error_sys(e, "%s: rename", name) : 0;
out:
	json_decref(j);
	json_decref(m);
	free(text);
	free(all);
	return rc;
}

int
index_anchor(int dirfd, const char *owner, struct journal_pos *pos, struct error *e)
{
	static const char *const names[] = { FILE_TRUST, FILE_ANCHOR, FILE_CKPT_MARK };
	struct journal_pos p;
	size_t i;

	(void)e;
	journal_pos_start(pos);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *m = marker_read(dirfd, owner, names[i]);

		if (m != NULL && pos_read(json_object_get(m, "journal"), &p) == 0 && p.n > pos->n)
			*pos = p;
		json_decref(m);
	}
	return 0;
}

/* GDBM wants a path; the directory's descriptor gives one that no rename above can change. */
static GDBM_FILE
db_open(int dir, const char *name, int flags)
{
	char path[64];
	int n = snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);

	assert(n > 0 && (size_t)n < sizeof(path));
	return gdbm_open(path, 0, flags | GDBM_CLOEXEC | GDBM_NOMMAP, 0600, NULL);
}

static int
load_secret(struct index *ix, struct error *e)
{
	datum k = { (char *)(uintptr_t)META_KEY, sizeof(META_KEY) - 1 }, v = gdbm_fetch(ix->db, k);

	if (v.dptr == NULL || v.dsize != (int)sizeof(ix->secret)) {
		free(v.dptr);
		return error_set(e, ERR_IO, "ledger.gdbm: no head record");
	}
	memcpy(ix->secret, v.dptr, sizeof(ix->secret));
	free(v.dptr);
	return 0;
}

static int
begin_empty(struct index *ix, const char *name, const char *rows, const unsigned char *secret,
    struct error *e)
{
	datum k = { (char *)(uintptr_t)META_KEY, sizeof(META_KEY) - 1 }, v;

	if (unlinkat(ix->dir, name, 0) == -1 && errno != ENOENT)
		return error_sys(e, "%s: remove", name);
	if ((ix->db = db_open(ix->dir, name, GDBM_NEWDB)) == NULL)
		return gdbm_fail(e, NULL, "create");
	if (secret != NULL)
		memcpy(ix->secret, secret, sizeof(ix->secret));
	else
		randombytes_buf(ix->secret, sizeof(ix->secret));
	v.dptr = (char *)ix->secret;
	v.dsize = sizeof(ix->secret);
	memcpy(ix->name, name, strlen(name) + 1);
	if ((ix->briefs = brief_open(ix->dir, rows, 1, ix->secret, e)) == NULL)
		return -1;
	return gdbm_store(ix->db, k, v, GDBM_REPLACE) == 0 ? 0 : gdbm_fail(e, ix->db, "store");
}

static int
copy_file(int dir, const char *from, const char *to, int sync, struct error *e)
{
	char *p = malloc(1 << 20);
	int in = -1, out = -1, rc = -1;
	ssize_t n;

	if (p == NULL)
		return error_sys(e, "index");
	if ((in = openat(dir, from, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (out = openat(dir, to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) == -1) {
		error_sys(e, "copy %s to %s", from, to);
		goto out;
	}
	while ((n = read(in, p, 1 << 20)) != 0)
		if ((n == -1 && errno != EINTR) || (n > 0 && durable_write_all(out, p, (size_t)n) == -1)) {
			error_sys(e, "copy %s to %s", from, to);
			goto out;
		}
	if (sync && fsync(out) == -1) {
		error_sys(e, "sync %s", to);
		goto out;
	}
	rc = 0;
out:
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	free(p);
	return rc;
}

/* Both halves, as they lie there: 1; 0 they are none. */
static int
open_both(struct index *ix, const char *name, const char *rows)
{
	struct error ignored = { 0 };

	if ((ix->db = db_open(ix->dir, name, GDBM_WRITER)) == NULL)
		return 0;
	if (load_secret(ix, &ignored) == 0 &&
	    (ix->briefs = brief_open(ix->dir, rows, 0, ix->secret, &ignored)) != NULL) {
		memcpy(ix->name, name, strlen(name) + 1);
		return 1;
	}
	gdbm_close(ix->db);
	ix->db = NULL;
	return 0;
}

/* 1 where the file's SHA-256 is that of the marker. */
static int
same_sum(int dir, const char *name, const json_t *marker, const char *member)
{
	struct error ignored = { 0 };
	const char *sum = json_string_value(json_object_get(marker, member));
	char hex[65];

	return sum != NULL && digest_file(dir, name, hex, &ignored) == 0 && strcmp(hex, sum) == 0;
}

/* The newest checkpoint, copied, as an index to go on from: 1; 0 none that is good. */
static int
begin_checkpoint(struct index *ix, struct journal_pos *pos)
{
	struct error ignored = { 0 };
	json_t *m = marker_read(ix->dir, ix->owner, FILE_CKPT_MARK);
	int ok = 0;

	if (m == NULL || json_integer_value(json_object_get(m, "schema")) != INDEX_SCHEMA ||
	    pos_read(json_object_get(m, "journal"), pos) == -1 ||
	    !same_sum(ix->dir, FILE_CKPT, m, "sha256") || !same_sum(ix->dir, FILE_CKPT_ROWS, m, "rows") ||
	    copy_file(ix->dir, FILE_CKPT, FILE_NEW, 0, &ignored) == -1 ||
	    copy_file(ix->dir, FILE_CKPT_ROWS, FILE_ROWS_NEW, 0, &ignored) == -1 ||
	    !open_both(ix, FILE_NEW, FILE_ROWS_NEW))
		goto out;
	ix->checkpoint = *pos;
	ok = 1;
out:
	json_decref(m);
	return ok;
}

/* The index as it stands, if its marker says so: 1, else 0. */
static int
begin_trusted(struct index *ix, struct journal_pos *pos)
{
	json_t *m = marker_read(ix->dir, ix->owner, FILE_TRUST), *now = NULL, *c = NULL;
	int ok = 0;

	if (m == NULL || pos_read(json_object_get(m, "journal"), pos) == -1 ||
	    (now = describe(ix->dir, ix->owner, pos)) == NULL || !json_equal(m, now))
		goto out;
	if (!open_both(ix, FILE_INDEX, FILE_ROWS))
		goto out;
	ix->marked = ok = 1;
	if ((c = marker_read(ix->dir, ix->owner, FILE_CKPT_MARK)) != NULL)
		(void)pos_read(json_object_get(c, "journal"), &ix->checkpoint);
out:
	json_decref(c);
	json_decref(now);
	json_decref(m);
	return ok;
}

int
index_open(struct index **ixp, int dirfd, const char *owner, struct journal_pos *pos, int *rebuilt,
    struct error *e)
{
	struct index *ix = calloc(1, sizeof(*ix));

	if (ix == NULL)
		return error_sys(e, "index");
	assert(strlen(owner) < sizeof(ix->owner));
	memcpy(ix->owner, owner, strlen(owner) + 1);
	journal_pos_start(&ix->checkpoint);
	if ((ix->dir = fcntl(dirfd, F_DUPFD_CLOEXEC, 3)) == -1) {
		error_sys(e, "index");
		free(ix);
		return -1;
	}
	*rebuilt = 0;
	if (!begin_trusted(ix, pos)) {
		*rebuilt = 1;
		/* ENOENT aside, a marker that can't be taken away must stop us. */
		ix->marked = 1;
		if (unmark(ix, e) == -1)
			goto err;
		if (!begin_checkpoint(ix, pos)) {
			journal_pos_start(pos);
			if (begin_empty(ix, FILE_NEW, FILE_ROWS_NEW, NULL, e) == -1)
				goto err;
		}
	}
	*ixp = ix;
	return 0;
err:
	index_abort(ix);
	return -1;
}

int
index_settle(struct index *ix, struct error *e)
{
	if (strcmp(ix->name, FILE_NEW) != 0)
		return 0;
	/* Not synced: no marker speaks for it before index_close, which syncs. */
	if (renameat(ix->dir, FILE_ROWS_NEW, ix->dir, FILE_ROWS) == -1 ||
	    renameat(ix->dir, FILE_NEW, ix->dir, FILE_INDEX) == -1)
		return error_sys(e, "rename " FILE_NEW);
	memcpy(ix->name, FILE_INDEX, sizeof(FILE_INDEX));
	return 0;
}

int
index_scratch(struct index **ixp, int dirfd, const struct index *like, struct error *e)
{
	struct index *ix = calloc(1, sizeof(*ix));

	if (ix == NULL)
		return error_sys(e, "index");
	if ((ix->dir = fcntl(dirfd, F_DUPFD_CLOEXEC, 3)) == -1) {
		error_sys(e, "index");
		free(ix);
		return -1;
	}
	if (begin_empty(ix, FILE_SCRATCH, FILE_ROWS_SCRATCH, like->secret, e) == -1) {
		index_abort(ix);
		return -1;
	}
	/* Without a name it goes away with the last descriptor, whatever happens to us. */
	(void)unlinkat(ix->dir, FILE_SCRATCH, 0);
	(void)unlinkat(ix->dir, FILE_ROWS_SCRATCH, 0);
	*ixp = ix;
	return 0;
}

int
index_each(struct index *ix, char type, index_fn *fn, void *arg, struct error *e)
{
	datum k, next;
	int rc = 0;

	assert(ix->nused == 0);
	gdbm_errno = GDBM_NO_ERROR;
	for (k = gdbm_firstkey(ix->db); k.dptr != NULL; k = next) {
		size_t vlen;

		if (k.dsize == KEY_LEN && k.dptr[0] == type) {
			rc = fetch(ix, (unsigned char *)k.dptr, &vlen, e);
			if (rc == 1)
				rc = fn(arg, ix->got + SUM_LEN, vlen, e);
			else if (rc == 0)
				rc = error_set(e, ERR_IO, "ledger.gdbm: a key without its record");
			if (rc != 0) {
				free(k.dptr);
				return rc;
			}
		}
		next = gdbm_nextkey(ix->db, k);
		free(k.dptr);
	}
	if (gdbm_errno != GDBM_ITEM_NOT_FOUND && gdbm_errno != GDBM_NO_ERROR)
		return gdbm_fail(e, ix->db, "walk");
	return 0;
}

static int
damaged(struct error *e, char type, const char *how)
{
	return error_set(e, ERR_CORRUPT, "ledger.gdbm: a record of type '%c' %s what the journal says "
	    "(daybook rebuild makes it again)", type, how);
}

int
index_compare(struct index *a, struct index *b, struct error *e)
{
	gdbm_count_t na, nb;
	datum k, next, va, vb;

	assert(a->nused == 0 && b->nused == 0);
	if (memcmp(a->secret, b->secret, sizeof(a->secret)) != 0)
		return error_set(e, ERR_AGAIN, "the index was made anew meanwhile: run this again");
	gdbm_errno = GDBM_NO_ERROR;
	for (k = gdbm_firstkey(a->db); k.dptr != NULL; k = next) {
		int same;

		va = gdbm_fetch(a->db, k);
		vb = gdbm_fetch(b->db, k);
		same = va.dptr != NULL && vb.dptr != NULL && va.dsize == vb.dsize &&
		    memcmp(va.dptr, vb.dptr, (size_t)va.dsize) == 0;
		free(va.dptr);
		free(vb.dptr);
		if (!same) {
			damaged(e, k.dptr[0], "is not");
			free(k.dptr);
			return -1;
		}
		next = gdbm_nextkey(a->db, k);
		free(k.dptr);
	}
	if (gdbm_count(a->db, &na) != 0 || gdbm_count(b->db, &nb) != 0)
		return gdbm_fail(e, a->db, "count");
	if (na != nb)
		return error_set(e, ERR_CORRUPT, "ledger.gdbm: %llu records, the journal makes %llu (daybook "
		    "rebuild makes it again)", (unsigned long long)na, (unsigned long long)nb);
	return brief_compare(a->briefs, b->briefs, e);
}

/* A synced copy to rebuild from; failing is no harm. */
static void
checkpoint(struct index *ix, const struct journal_pos *end)
{
	struct error ignored = { 0 };
	char hex[65], rows[65];
	uint64_t since = end->n - ix->checkpoint.n;

	if (since < CHECKPOINT_RECORDS || since < end->n / 4)
		return;
	(void)unlinkat(ix->dir, FILE_CKPT_MARK, 0);
	if (copy_file(ix->dir, FILE_INDEX, FILE_CKPT, 1, &ignored) == -1 ||
	    copy_file(ix->dir, FILE_ROWS, FILE_CKPT_ROWS, 1, &ignored) == -1 ||
	    digest_file(ix->dir, FILE_CKPT, hex, &ignored) == -1 ||
	    digest_file(ix->dir, FILE_CKPT_ROWS, rows, &ignored) == -1)
		return;
	(void)marker_write(ix->dir, FILE_CKPT_MARK, json_pack("{s:i,s:s,s:s,s:s,s:o}", "schema",
	    INDEX_SCHEMA, "owner", ix->owner, "sha256", hex, "rows", rows, "journal", pos_json(end)), 1,
	    &ignored);
}

int
index_close(struct index *ix, const struct journal_pos *end, struct error *e)
{
	int rc = -1, changed = !ix->marked;

	if (index_flush(ix, e) == -1 || index_settle(ix, e) == -1)
		goto out;
	changed |= !ix->marked;
	if (!changed) {
		rc = 0;		/* nothing was written: the marker still says the truth */
		goto out;
	}
	/* GDBM reports a failed sync here and only here; close says 0 whatever happened. */
	if (gdbm_sync(ix->db) != 0) {
		gdbm_fail(e, ix->db, "sync");
		goto out;
	}
	if (brief_sync(ix->briefs, e) == -1)
		goto out;
	if (gdbm_close(ix->db) != 0) {
		ix->db = NULL;
		gdbm_fail(e, NULL, "close");
		goto out;
	}
	ix->db = NULL;
	rc = marker_write(ix->dir, FILE_TRUST, describe(ix->dir, ix->owner, end), 0, e);
	if (rc == 0)
		checkpoint(ix, end);
out:
	index_abort(ix);
	return rc;
}

void
index_abort(struct index *ix)
{
	if (ix == NULL)
		return;
	if (ix->db != NULL)
		gdbm_close(ix->db);
	brief_close(ix->briefs);
	index_forget(ix);
	free(ix->got);
	close(ix->dir);
	free(ix);
}
