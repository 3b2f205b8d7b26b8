/*
 * outfile -- see outfile.h.
 */
#include <nettle/sha2.h>

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "outfile.h"
#include "text.h"

#define ENOUGH	65536
#define ROW_MAX	((size_t)256 << 20)	/* what may be added between two drains */

struct outfile {
	int			 fd, own;
	char			 name[64];
	struct sha256_ctx	 sha;
	struct buf		 b;
};

struct outfile *
outfile_on(int fd, const char *name, struct error *e)
{
	struct outfile *o = calloc(1, sizeof(*o));

	if (o == NULL) {
		error_set(e, ERR_IO, "no memory");
		return NULL;
	}
	o->fd = fd;
	o->b = (struct buf)BUF_INIT(ROW_MAX);
	(void)snprintf(o->name, sizeof(o->name), "%s", name);
	sha256_init(&o->sha);
	return o;
}

struct outfile *
outfile_open(int dirfd, const char *name, mode_t mode, struct error *e)
{
	struct outfile *o;
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd == -1) {
		error_sys(e, "create %s", name);
		return NULL;
	}
	if ((o = outfile_on(fd, name, e)) == NULL)
		close(fd);
	else
		o->own = 1;
	return o;
}

struct buf *
outfile_buf(struct outfile *o)
{
	return &o->b;
}

static int
flush(struct outfile *o, struct error *e)
{
	if (o->b.len == 0)
		return 0;
	sha256_update(&o->sha, o->b.len, (const uint8_t *)o->b.data);
	if (durable_write_all(o->fd, o->b.data, o->b.len) == -1)
		return error_sys(e, o->own ? "write %s" : "%s", o->name);
	buf_clear(&o->b);
	return 0;
}

int
outfile_drain(struct outfile *o, struct error *e)
{
	return o->b.len < ENOUGH ? 0 : flush(o, e);
}

int
outfile_copy(struct outfile *o, int fd, struct error *e)
{
	char part[ENOUGH];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_sys(e, "%s: read", o->name);
		if (buf_add(&o->b, part, (size_t)n, e) == -1 || flush(o, e) == -1)
			return -1;
	}
	return 0;
}

void
outfile_abort(struct outfile *o)
{
	if (o == NULL)
		return;
	if (o->own)
		close(o->fd);
	buf_free(&o->b);
	free(o);
}

int
outfile_close(struct outfile *o, char hex[DIGEST_HEX], struct error *e)
{
	unsigned char d[SHA256_DIGEST_SIZE];
	int rc = flush(o, e);

	sha256_digest(&o->sha, sizeof(d), d);
	if (o->own && close(o->fd) == -1 && rc == 0)
		rc = error_sys(e, "close %s", o->name);
	o->own = 0;
	outfile_abort(o);
	if (rc == 0 && hex != NULL)
		text_hex(hex, d, sizeof(d));
	return rc;
}

int
outfile_sync_all(int dirfd, const char *what, struct error *e)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	struct dirent *d;
	DIR *dp;

	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "%s: open", what);
	}
	while (rc == 0 && (d = readdir(dp)) != NULL) {
		int one;

		if (d->d_name[0] == '.')
			continue;
		if ((one = openat(dirfd, d->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
			rc = error_sys(e, "%s/%s: open", what, d->d_name);
			break;
		}
		if (fsync(one) == -1)
			rc = error_sys(e, "%s/%s: sync", what, d->d_name);
		close(one);
	}
	closedir(dp);
	return rc == -1 ? -1 : durable_sync_dir(dirfd, what, e);
}
