/*
 * porter -- a second thread that reads a batch's messages ahead and carries posted ones out.
 *
 * Opening, reading and removing small files is half of the work of posting a full spool; it needs
 * nothing of the books.  The thread touches only what it was handed: names, and mem.m.
 */
#ifndef DAYBOOK_PORTER_H
#define DAYBOOK_PORTER_H

#include "poststate.h"

#define PORTER_MIN	64	/* of fewer messages each is read and removed where it is needed */

struct porter;

/* dir: the caller's, open until porter_end.  NULL and e: ERR_IO. */
struct porter	*porter_start(const struct spool_dir dir[SPOOL_ORIGINS], struct error *e);
/*
 * Read v[0..n) in that order into mem.m, some ahead of the one last waited for.  v stays the
 * caller's and unchanged until porter_wait has had its last.  One that can't be read has mem.m
 * NULL: the caller reads it itself, and learns why.
 */
void		 porter_fetch(struct porter *p, struct mem *const *v, size_t n);
/* Until v[i] was looked at.  i does not go back. */
void		 porter_wait(struct porter *p, size_t i);
/* Remove the files of v[0..n) that are not gone, and free each mem.m.  Waits first until what was
 * given before is removed; v and its mems must stay until porter_settle. */
void		 porter_remove(struct porter *p, struct mem *const *v, size_t n);
/* Until all is removed.  0, or -1 with the first trouble since the last call (ERR_IO). */
int		 porter_settle(struct porter *p, struct error *e);
/* What was not begun is left undone; joins.  NULL accepted. */
void		 porter_end(struct porter *p);

#endif
