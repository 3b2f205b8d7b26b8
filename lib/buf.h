/*
 * buf -- bytes of unknown length, growing up to a maximum fixed when it is made.
 *
 * data is always NUL-terminated once anything was added (the NUL is not counted), but may
 * hold NULs itself.  buf_free wipes: buffers hold payer data and secrets.
 */
#ifndef DAYBOOK_BUF_H
#define DAYBOOK_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#include "error.h"

struct buf {
	char	*data;
	size_t	 len;
	size_t	 cap;
	size_t	 max;			/* len never exceeds this */
};

#define BUF_INIT(maximum)	{ NULL, 0, 0, (maximum) }

/* All: 0, or -1 with ERR_INPUT "... larger than N bytes" or ERR_IO (no memory); b unchanged. */
int	buf_add(struct buf *b, const void *p, size_t len, struct error *e);
int	buf_adds(struct buf *b, const char *s, struct error *e);
int	buf_addf(struct buf *b, struct error *e, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Room for at least n more bytes at data + len; the caller then raises len itself. */
int	buf_reserve(struct buf *b, size_t n, struct error *e);
/* Read fd to its end. ERR_INPUT where it holds more than b may; EINTR is retried. */
int	buf_read(struct buf *b, int fd, const char *what, struct error *e);
/* openat O_RDONLY|O_CLOEXEC|O_NOFOLLOW, read all, close.  ERR_NOTFOUND where there is none. */
int	buf_read_file(struct buf *b, int dirfd, const char *name, struct error *e);
void	buf_clear(struct buf *b);	/* len = 0, wiped, memory kept */
void	buf_free(struct buf *b);	/* wiped and freed; NULL and zeroed structs accepted */

#endif
