/*
 * tail -- the end of an append-only file: append, cut, make sure of it.
 *
 * Journal and evidence share this.  Every path that fails leaves either the old end or whole
 * bytes beyond it that the next open judges; no path shortens what was durable.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tail.h"

#define TAIL_CHUNK	(256 * 1024)

int
tail_cut(int fd, off_t size, const char *what, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return error_sys(e, "%s: stat", what);
	if (st.st_size == size)
		return 0;
	if (st.st_size < size)
		return error_set(e, ERR_CORRUPT, "%s: %lld bytes, %lld expected", what,
		    (long long)st.st_size, (long long)size);
	if (ftruncate(fd, size) == -1)
		return error_sys(e, "%s: cut incomplete last line", what);
	return fsync(fd) == -1 ? error_sys(e, "%s: sync", what) : 0;
}

static int
read_at(int fd, char *p, size_t len, off_t at, const char *what, struct error *e)
{
	while (len > 0) {
		ssize_t n = pread(fd, p, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_sys(e, "%s: read", what);
		if (n == 0)
			return error_set(e, ERR_IO, "%s: shorter than it was", what);
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_at(int fd, const char *p, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
tail_last_line(int fd, off_t max, off_t *end, off_t *size, const char *what, struct error *e)
{
	struct stat st;
	off_t at, low;
	char *p;

	if (fstat(fd, &st) == -1)
		return error_sys(e, "%s: stat", what);
	if ((p = malloc(TAIL_CHUNK)) == NULL)
		return error_sys(e, "%s", what);
	at = st.st_size;
	low = at > max ? at - max : 0;
	while (at > low) {
		size_t n = at - low > TAIL_CHUNK ? TAIL_CHUNK : (size_t)(at - low);
		const char *nl;

		if (read_at(fd, p, n, at - (off_t)n, what, e) == -1)
			goto err;
		if ((nl = memrchr(p, '\n', n)) != NULL) {
			at = at - (off_t)n + (nl - p) + 1;
			break;
		}
		at -= (off_t)n;
	}
	if (at == low && low > 0) {
		error_set(e, ERR_CORRUPT, "%s: no line end in its last %lld bytes", what, (long long)max);
		goto err;
	}
	free(p);
	*end = at;
	*size = st.st_size;
	return 0;
err:
	free(p);
	return -1;
}

int
tail_rewrite(int fd, const char *what, struct error *e)
{
	struct stat st;
	off_t at;
	char *p;

	if (fstat(fd, &st) == -1)
		return error_sys(e, "%s: stat", what);
	if (st.st_size == 0)
		return 0;
	if ((p = malloc(TAIL_CHUNK)) == NULL)
		return error_sys(e, "%s", what);
	at = st.st_size > TAIL_REWRITE_MAX ? st.st_size - TAIL_REWRITE_MAX : 0;
	while (at < st.st_size) {
		size_t n = st.st_size - at > TAIL_CHUNK ? TAIL_CHUNK : (size_t)(st.st_size - at);

		if (read_at(fd, p, n, at, what, e) == -1)
			goto err;
		if (write_at(fd, p, n, at) == -1) {
			error_sys(e, "%s: write", what);
			goto err;
		}
		at += (off_t)n;
	}
	free(p);
	return fsync(fd) == -1 ? error_sys(e, "%s: sync", what) : 0;
err:
	free(p);
	return -1;
}

int
tail_append(int fd, off_t at, const void *p, size_t len, const char *what, struct error *e)
{
	if (write_at(fd, p, len, at) == -1) {
		error_sys(e, "%s: write", what);
		goto undo;
	}
	if (fdatasync(fd) == -1) {
		error_sys(e, "%s: sync", what);
		goto undo;
	}
	return 0;
undo:
	/* What was not acknowledged must not look durable to the next reader of the cache. */
	if (ftruncate(fd, at) == -1)
		return -1;
	return -1;
}
