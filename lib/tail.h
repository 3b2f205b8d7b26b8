/*
 * tail -- the end of an append-only file after something went wrong.
 */
#ifndef DAYBOOK_TAIL_H
#define DAYBOOK_TAIL_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"

#define TAIL_REWRITE_MAX (64 * 1024 * 1024)	/* more than any batch can have left unsynced */

/* Cut fd down to size bytes and sync; nothing where it has that size. */
int	tail_cut(int fd, off_t size, const char *what, struct error *e);
/* Offset just behind the last newline of the file (0: none), looking back at most max bytes:
 * ERR_CORRUPT where none stands there.  *size: the file's size. */
int	tail_last_line(int fd, off_t max, off_t *end, off_t *size, const char *what, struct error *e);
/*
 * Write the last TAIL_REWRITE_MAX bytes again, unchanged, and sync.  After a failed fsync Linux
 * may hold pages as clean that never reached the disk, and a later fsync says nothing of them;
 * written again they are dirty, and this sync means what it says (reliability.md 1.3).
 */
int	tail_rewrite(int fd, const char *what, struct error *e);
/* Append p at offset `at`, then fdatasync; on any failure the file is cut back to `at`
 * as far as the system lets us, and ERR_IO is final. */
int	tail_append(int fd, off_t at, const void *p, size_t len, const char *what, struct error *e);

#endif
