/*
 * digest -- SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
 *
 * By nettle, which uses the processor's SHA instructions: libsodium's portable code took half of
 * daybook-post's time.
 */
#ifndef DAYBOOK_DIGEST_H
#define DAYBOOK_DIGEST_H

#include <stddef.h>

#include "error.h"

#define DIGEST_HEX	65

/* p may be NULL where n is 0. */
void	digest_hex(char hex[DIGEST_HEX], const void *p, size_t n);
/* What is left of fd.  ERR_IO. */
int	digest_fd(int fd, const char *name, char hex[DIGEST_HEX], struct error *e);
/* All of fd, whose place is left alone: may be called beside another reader.  ERR_IO. */
int	digest_whole(int fd, const char *name, char hex[DIGEST_HEX], struct error *e);
/* A regular file, not followed where it is a link.  ERR_NOTFOUND, ERR_IO. */
int	digest_file(int dirfd, const char *name, char hex[DIGEST_HEX], struct error *e);

#endif
