/*
 * spill -- see spill.h.  Values are appended; a replaced one stays in the file, unreachable.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "keyed.h"
#include "spill.h"

#define VALUE_MAX	((size_t)16 << 20)
#define WINDOW		((size_t)256 << 10)

struct entry {
	int64_t		order, at;
	uint32_t	len, seq;
};

struct spill {
	int		 fd;
	struct keyed	*keys;
	struct entry	*v;
	size_t		 n, cap;
	int64_t		 size;		/* of the file, with what is not written yet */
	struct buf	 pending;	/* the file's end */
	struct buf	 window;	/* read ahead */
	int64_t		 window_at;
};

static int
unnamed(void)
{
	FILE *f = tmpfile();
	int fd = f == NULL ? -1 : fcntl(fileno(f), F_DUPFD_CLOEXEC, 3);

	if (f != NULL)
		(void)fclose(f);
	return fd;
}

struct spill *
spill_new(int dirfd, struct error *e)
{
	static const char name[] = ".spill";
	struct spill *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		error_set(e, ERR_IO, "no memory");
		return NULL;
	}
	s->pending = (struct buf)BUF_INIT(VALUE_MAX + WINDOW);
	s->window = (struct buf)BUF_INIT(VALUE_MAX + WINDOW);
	/* Not every file system has O_TMPFILE. */
	if (dirfd != -1)
		(void)unlinkat(dirfd, name, 0);
	s->fd = dirfd == -1 ? unnamed() : openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (s->fd == -1 || (dirfd != -1 && unlinkat(dirfd, name, 0) == -1)) {
		error_sys(e, "create %s", name);
		spill_free(s);
		return NULL;
	}
	if ((s->keys = keyed_new(e)) == NULL) {
		spill_free(s);
		return NULL;
	}
	return s;
}

void
spill_free(struct spill *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		close(s->fd);
	keyed_free(s->keys);
	free(s->v);
	buf_free(&s->pending);
	buf_free(&s->window);
	free(s);
}

size_t
spill_count(const struct spill *s)
{
	return s->n;
}

static int
write_out(struct spill *s, struct error *e)
{
	if (s->pending.len == 0)
		return 0;
	if (lseek(s->fd, 0, SEEK_END) == -1 ||
	    durable_write_all(s->fd, s->pending.data, s->pending.len) == -1)
		return error_sys(e, "spill: write");
	buf_clear(&s->pending);
	return 0;
}

int
spill_put(struct spill *s, const void *key, size_t klen, int64_t order, const void *v, size_t vlen,
    struct error *e)
{
	struct entry *more;
	uint32_t at;
	int is_new;

	if (vlen > VALUE_MAX)
		return error_set(e, ERR_INPUT, "spill: a value of %zu bytes", vlen);
	if (keyed_place(s->keys, key, klen, &at, &is_new, e) == -1)
		return -1;
	if (at == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap + s->cap / 2;

		if ((more = realloc(s->v, cap * sizeof(*more))) == NULL)
			return error_set(e, ERR_IO, "no memory");
		s->v = more;
		s->cap = cap;
	}
	if (is_new) {
		s->v[at] = (struct entry){ .order = order, .seq = at };
		s->n++;
	}
	s->v[at].at = s->size;
	s->v[at].len = (uint32_t)vlen;
	s->size += (int64_t)vlen;
	if (buf_add(&s->pending, v, vlen, e) == -1)
		return -1;
	return s->pending.len < WINDOW ? 0 : write_out(s, e);
}

/* Points into the window. */
static const char *
load(struct spill *s, const struct entry *en, struct error *e)
{
	size_t want = en->len > WINDOW ? en->len : WINDOW, got = 0;
	ssize_t n;

	if (en->at < s->window_at || en->at + en->len > s->window_at + (int64_t)s->window.len) {
		s->window.len = 0;
		if (buf_reserve(&s->window, want, e) == -1)
			return NULL;
		while (got < want &&
		    (n = pread(s->fd, s->window.data + got, want - got, en->at + (int64_t)got)) > 0)
			got += (size_t)n;
		if (got < en->len) {
			error_sys(e, "spill: read");
			return NULL;
		}
		s->window.len = got;
		s->window_at = en->at;
	}
	return s->window.data + (en->at - s->window_at);
}

int
spill_get(struct spill *s, const void *key, size_t klen, struct buf *out, struct error *e)
{
	const char *p;
	uint32_t at;

	buf_clear(out);
	if (!keyed_find(s->keys, key, klen, &at))
		return 0;
	if (write_out(s, e) == -1 || (p = load(s, &s->v[at], e)) == NULL ||
	    buf_add(out, p, s->v[at].len, e) == -1)
		return -1;
	return 1;
}

static int
by_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

int
spill_each(struct spill *s, spill_fn *fn, void *arg, struct error *e)
{
	struct entry *sorted = calloc(s->n + 1, sizeof(*sorted));
	const char *p;
	size_t i;
	int rc = 0;

	if (sorted == NULL)
		return error_set(e, ERR_IO, "no memory");
	if (s->n > 0)
		memcpy(sorted, s->v, s->n * sizeof(*sorted));
	qsort(sorted, s->n, sizeof(*sorted), by_order);
	if (write_out(s, e) == -1)
		rc = -1;
	for (i = 0; rc == 0 && i < s->n; i++)
		rc = (p = load(s, &sorted[i], e)) == NULL ? -1 : fn(arg, p, sorted[i].len, e);
	free(sorted);
	return rc == 0 ? 0 : -1;
}
