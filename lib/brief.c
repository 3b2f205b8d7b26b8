/*
 * brief -- see brief.h.
 */
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brief.h"

#define BATCH	1024			/* records of one write, and of one read when comparing */
#define WORDS	7			/* what the sum is taken of */

struct change {
	uint64_t	n, order;
	struct brief	r;
};

struct brief_file {
	int		 fd;
	uint64_t	 secret[2];
	uint64_t	 n;		/* on disk */
	struct change	*v;
	size_t		 nv, cap;
};

/*
 * Each word goes in through a step that can be undone, so one word changed is always found; damage
 * at large is, but for one in 2^64.  It is no secret's keeper: who can write here can write the books.
 */
static uint64_t
sum(const struct brief_file *f, uint64_t n, const struct brief *r)
{
	static const uint64_t odd[WORDS] = { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb,
	    0xd6e8feb86659fd93, 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3 };
	uint64_t w[WORDS], h = f->secret[1] ^ n * 0x589965cc75374cc3;
	int i;

	memcpy(w, r, sizeof(w));
	for (i = 0; i < WORDS; i++) {
		uint64_t x = (w[i] ^ f->secret[0]) * odd[i];

		h ^= x ^ (x >> 32);
		h = h << 9 | h >> 55;
	}
	return h;
}

struct brief_file *
brief_open(int dirfd, const char *name, int fresh, const unsigned char secret[16], struct error *e)
{
	struct brief_file *f = calloc(1, sizeof(*f));
	struct stat st;

	if (f == NULL) {
		error_sys(e, "%s", name);
		return NULL;
	}
	f->fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_CREAT | O_TRUNC : 0), 0600);
	if (f->fd == -1 || fstat(f->fd, &st) == -1) {
		error_sys(e, "%s", name);
		brief_close(f);
		return NULL;
	}
	if (st.st_size % (off_t)sizeof(struct brief) != 0) {
		error_set(e, ERR_IO, "%s: not of whole records", name);
		brief_close(f);
		return NULL;
	}
	memcpy(f->secret, secret, sizeof(f->secret));
	f->n = (uint64_t)st.st_size / sizeof(struct brief);
	return f;
}

void
brief_close(struct brief_file *f)
{
	if (f == NULL)
		return;
	if (f->fd != -1)
		close(f->fd);
	free(f->v);
	free(f);
}

int
brief_put(struct brief_file *f, uint64_t n, const struct brief *r, struct error *e)
{
	struct change *c;

	if (f->nv == f->cap) {
		size_t cap = f->cap == 0 ? 1024 : f->cap * 2;

		if ((c = reallocarray(f->v, cap, sizeof(*c))) == NULL)
			return error_sys(e, "index");
		f->v = c;
		f->cap = cap;
	}
	c = &f->v[f->nv];
	c->n = n;
	c->order = f->nv++;
	c->r = *r;
	c->r.sum = sum(f, n, r);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int
put_at(int fd, const void *p, size_t len, off_t at)
{
	const char *s = p;

	while (len > 0) {
		ssize_t n = pwrite(fd, s, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		s += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
brief_flush(struct brief_file *f, struct error *e)
{
	struct brief *out;
	size_t i, n = 0;
	uint64_t first = 0;
	int rc = 0;

	if (f->nv == 0)
		return 0;
	if ((out = calloc(BATCH, sizeof(*out))) == NULL)
		return error_sys(e, "index");
	qsort(f->v, f->nv, sizeof(*f->v), by_number);
	for (i = 0; rc == 0 && i < f->nv; i++) {
		if (i + 1 < f->nv && f->v[i + 1].n == f->v[i].n)
			continue;	/* changed again since */
		if (n > 0 && (n == BATCH || f->v[i].n != first + n)) {
			rc = put_at(f->fd, out, n * sizeof(*out), (off_t)(first * sizeof(*out)));
			n = 0;
		}
		if (n == 0)
			first = f->v[i].n;
		assert(f->v[i].n <= f->n);
		if (f->v[i].n == f->n)
			f->n++;
		out[n++] = f->v[i].r;
	}
	if (rc == 0)
		rc = put_at(f->fd, out, n * sizeof(*out), (off_t)(first * sizeof(*out)));
	if (rc == -1)
		error_sys(e, "ledger.rows: write");
	else
		f->nv = 0;
	free(out);
	return rc;
}

int
brief_sync(struct brief_file *f, struct error *e)
{
	return fdatasync(f->fd) == -1 ? error_sys(e, "ledger.rows: sync") : 0;
}

size_t
brief_held(const struct brief_file *f)
{
	return f->nv;
}

uint64_t
brief_count(const struct brief_file *f)
{
	return f->n;
}

static int
get_at(int fd, void *p, size_t len, off_t at)
{
	char *s = p;

	while (len > 0) {
		ssize_t n = pread(fd, s, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 1 : -1;
		s += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
brief_read(const struct brief_file *f, uint64_t at, size_t n, struct brief *out, struct error *e)
{
	int rc = get_at(f->fd, out, n * sizeof(*out), (off_t)(at * sizeof(*out)));
	size_t i;

	if (rc == -1)
		return error_sys(e, "ledger.rows: read");
	if (rc == 1)
		return error_set(e, ERR_IO, "ledger.rows: too short; daybook rebuild makes it again");
	for (i = 0; i < n; i++)
		if (out[i].sum != sum(f, at + i, &out[i]))
			return error_set(e, ERR_IO, "ledger.rows: damaged record; daybook rebuild makes it again");
	return 0;
}

int
brief_compare(const struct brief_file *a, const struct brief_file *b, struct error *e)
{
	struct brief *x = calloc(BATCH, sizeof(*x)), *y = calloc(BATCH, sizeof(*y));
	uint64_t at;
	int rc = -1;

	if (x == NULL || y == NULL) {
		error_sys(e, "index");
		goto out;
	}
	if (a->n != b->n) {
		error_set(e, ERR_CORRUPT, "ledger.rows: %llu rows, the journal makes %llu (daybook rebuild makes "
		    "it again)", (unsigned long long)a->n, (unsigned long long)b->n);
		goto out;
	}
	for (at = 0; at < a->n; at += BATCH) {
		size_t n = a->n - at < BATCH ? (size_t)(a->n - at) : BATCH;

		if (get_at(a->fd, x, n * sizeof(*x), (off_t)(at * sizeof(*x))) != 0 ||
		    get_at(b->fd, y, n * sizeof(*y), (off_t)(at * sizeof(*y))) != 0) {
			error_sys(e, "ledger.rows: read");
			goto out;
		}
		if (memcmp(x, y, n * sizeof(*x)) != 0) {
			error_set(e, ERR_CORRUPT, "ledger.rows: a row is not what the journal says (daybook rebuild "
			    "makes it again)");
			goto out;
		}
	}
	rc = 0;
out:
	free(x);
	free(y);
	return rc;
}
