/*
 * lock -- our own lock files (never GDBM's): flock on a file that is never removed.
 *
 * A waiter announces itself on NAME.want, so that a holder in the middle of long work sees
 * somebody waiting (lock_wanted) and can let go between two batches.
 */
#ifndef DAYBOOK_LOCK_H
#define DAYBOOK_LOCK_H

#include "error.h"

struct lock {
	int	fd;
	int	want_fd;
};

#define LOCK_INIT	{ -1, -1 }

/* Exclusive, waiting at most wait_ms (0: not at all).  ERR_AGAIN "NAME is held by another run",
 * ERR_IO.  Files are made 0600, O_CLOEXEC. */
int	lock_take(struct lock *l, int dirfd, const char *name, int wait_ms, struct error *e);
/* 1 where another process waits in lock_take for this lock; only for the holder. */
int	lock_wanted(struct lock *l);
void	lock_drop(struct lock *l);	/* LOCK_INIT accepted */

#endif
