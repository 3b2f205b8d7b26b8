/*
 * digest -- see digest.h.
 */
#include <nettle/sha2.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "digest.h"
#include "text.h"

#define CHUNK	65536

static void
finish(struct sha256_ctx *c, char hex[DIGEST_HEX])
{
	unsigned char d[SHA256_DIGEST_SIZE];

	sha256_digest(c, sizeof(d), d);
	text_hex(hex, d, sizeof(d));
}

void
digest_hex(char hex[DIGEST_HEX], const void *p, size_t n)
{
	struct sha256_ctx c;

	sha256_init(&c);
	if (n > 0)
		sha256_update(&c, n, p);
	finish(&c, hex);
}

/* at: -1 reads on where fd stands. */
static int
digest_from(int fd, off_t at, const char *name, char hex[DIGEST_HEX], struct error *e)
{
	struct sha256_ctx c;
	unsigned char part[CHUNK];
	ssize_t n;

	sha256_init(&c);
	while ((n = at == -1 ? read(fd, part, sizeof(part)) : pread(fd, part, sizeof(part), at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_sys(e, "%s: read", name);
		sha256_update(&c, (size_t)n, part);
		if (at != -1)
			at += n;
	}
	finish(&c, hex);
	return 0;
}

int
digest_fd(int fd, const char *name, char hex[DIGEST_HEX], struct error *e)
{
	return digest_from(fd, -1, name, hex, e);
}

int
digest_whole(int fd, const char *name, char hex[DIGEST_HEX], struct error *e)
{
	return digest_from(fd, 0, name, hex, e);
}

int
digest_file(int dirfd, const char *name, char hex[DIGEST_HEX], struct error *e)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc;

	if (fd == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_NOTFOUND, "%s: not there", name);
		return error_sys(e, "%s: open", name);
	}
	rc = digest_fd(fd, name, hex, e);
	close(fd);
	return rc;
}
