/*
 * confirm -- the outside half of daybook-post: asks providers about messages, many at once.
 *
 * Runs in a process of its own that can't write files (wall); speaks over two pipes with the half
 * that writes the books.  Either ends when the other does.
 */
#ifndef DAYBOOK_CONFIRM_H
#define DAYBOOK_CONFIRM_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "evidence.h"
#include "site.h"
#include "spool.h"

#define CONFIRM_FLIGHT	64		/* questions open at once */
#define CONFIRM_TIMEOUT_S 30

struct confirm;				/* the asking side's handle */

/* Forks the outside process.  Call before walls are put up and before threads. */
int	confirm_start(struct confirm **c, const struct site *s, struct error *e);
/* Readable when an answer may be there. */
int	confirm_fd(const struct confirm *c);
/* Hand a question over; tag comes back with the answer.  At most CONFIRM_FLIGHT in flight
 * (ERR_AGAIN beyond).  ERR_IO: the outside process is gone. */
int	confirm_ask(struct confirm *c, uint32_t tag, const char *kind, int mode, const char *endpoint,
	    const char *body, size_t len, struct error *e);
/* One answer if there is one: 1 and *tag, *v (v->asked is filled by the caller); 0 none now;
 * -1 ERR_IO the outside process is gone.  Does not block. */
int	confirm_take(struct confirm *c, uint32_t *tag, struct verdict *v, struct error *e);
int	confirm_inflight(const struct confirm *c);
void	confirm_end(struct confirm *c);	/* NULL accepted; waits for the process to end */

#endif
