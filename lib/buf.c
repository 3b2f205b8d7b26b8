/*
 * buf -- see buf.h.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

#define READ_STEP	16384

int
buf_reserve(struct buf *b, size_t n, struct error *e)
{
	size_t want, cap;
	char *p;

	if (n > b->max + 65536 || b->len > b->max + 65536 - n)
		return error_set(e, ERR_INPUT, "larger than %zu bytes", b->max);
	want = b->len + n + 1;
	if (want <= b->cap)
		return 0;
	cap = b->cap == 0 ? 256 : b->cap;
	while (cap < want)
		cap *= 2;
	/* Not realloc: the old copy is wiped, for it may hold a payer's data. */
	if ((p = malloc(cap)) == NULL)
		return error_sys(e, "%zu bytes", cap);
	if (b->data != NULL) {
		memcpy(p, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	p[b->len] = '\0';
	b->data = p;
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t len, struct error *e)
{
	if (len > b->max || b->len > b->max - len)
		return error_set(e, ERR_INPUT, "larger than %zu bytes", b->max);
	if (buf_reserve(b, len, e) == -1)
		return -1;
	if (len > 0)
		memcpy(b->data + b->len, p, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s, struct error *e)
{
	return buf_add(b, s, strlen(s), e);
}

int
buf_addf(struct buf *b, struct error *e, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_set(e, ERR_IO, "format failed");
	if ((size_t)n < sizeof(small))
		return buf_add(b, small, (size_t)n, e);
	if ((size_t)n > b->max || b->len > b->max - (size_t)n)
		return error_set(e, ERR_INPUT, "larger than %zu bytes", b->max);
	if (buf_reserve(b, (size_t)n, e) == -1)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

int
buf_read(struct buf *b, int fd, const char *what, struct error *e)
{
	for (;;) {
		size_t room = b->cap == 0 ? 0 : b->cap - b->len - 1;
		ssize_t n;

		/* Room of one byte beyond the maximum tells "full" from "too large". */
		if (room == 0) {
			room = b->max - b->len < READ_STEP ? b->max - b->len + 1 : READ_STEP;
			if (buf_reserve(b, room, e) == -1)
				return -1;
			room = b->cap - b->len - 1;
		}
		n = read(fd, b->data + b->len, room);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_sys(e, "%s: read", what);
		if (n == 0)
			break;
		if ((size_t)n > b->max - b->len)
			return error_set(e, ERR_INPUT, "%s: larger than %zu bytes", what, b->max);
		b->len += (size_t)n;
		b->data[b->len] = '\0';
	}
	return 0;
}

int
buf_read_file(struct buf *b, int dirfd, const char *name, struct error *e)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc;
	struct stat st;

	if (fd == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_NOTFOUND, "%s: not there", name);
		return error_sys(e, "%s: open", name);
	}
	/* Room for what is there, so that it is read at once; what its size says is not relied on. */
	if (fstat(fd, &st) == 0 && st.st_size > 0 && (uintmax_t)st.st_size < b->max - b->len &&
	    buf_reserve(b, (size_t)st.st_size, e) == -1)
		rc = -1;
	else
		rc = buf_read(b, fd, name, e);
	close(fd);
	return rc;
}

void
buf_clear(struct buf *b)
{
	if (b->data != NULL) {
		explicit_bzero(b->data, b->len);
		b->data[0] = '\0';
	}
	b->len = 0;
}

void
buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	if (b->data != NULL) {
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = NULL;
	b->len = b->cap = 0;
}
