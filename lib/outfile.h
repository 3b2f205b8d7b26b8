/*
 * outfile -- a file written as a stream, whose SHA-256 is known when it is closed.
 *
 * Text is added to the buffer of outfile_buf; outfile_drain, called between rows, writes it out
 * once there is enough.  Nothing is synced: who keeps the files syncs them (outfile_sync_all).
 */
#ifndef DAYBOOK_OUTFILE_H
#define DAYBOOK_OUTFILE_H

#include <sys/types.h>

#include "buf.h"
#include "digest.h"
#include "error.h"

struct outfile;

/* Made new in dirfd (ERR_IO where it is there); NULL with e set. */
struct outfile	*outfile_open(int dirfd, const char *name, mode_t mode, struct error *e);
/* On a descriptor that stays the caller's; name is for messages. */
struct outfile	*outfile_on(int fd, const char *name, struct error *e);
struct buf	*outfile_buf(struct outfile *o);
int		 outfile_drain(struct outfile *o, struct error *e);
/* What is left of fd is appended. */
int		 outfile_copy(struct outfile *o, int fd, struct error *e);
/* The rest is written, o freed in any case; hex may be NULL. */
int		 outfile_close(struct outfile *o, char hex[DIGEST_HEX], struct error *e);
void		 outfile_abort(struct outfile *o);	/* NULL accepted */
/* fsync of every regular file in dirfd, then of dirfd itself. */
int		 outfile_sync_all(int dirfd, const char *what, struct error *e);

#endif
