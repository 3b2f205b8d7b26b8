/*
 * post -- spool -> books: confirm, read into facts, post (floor 5; design.md "daybook-post").
 *
 * Two processes: the outside one talks to providers and can't write; this one writes the books
 * and can't open a socket.  Invariants 1-3, 8, 9.
 */
#ifndef DAYBOOK_POST_H
#define DAYBOOK_POST_H

#include "error.h"
#include "site.h"

#define POST_BATCH	1000			/* messages a sync covers */
#define POST_BATCH_BYTES (8 * 1024 * 1024)
#define POST_ATTEMPTS	3			/* a message that crashes us this often is set aside */
#define POST_PAUSE_MAX_S 3600			/* invariant 8 */
#define POST_PARENT_DAYS 7			/* a refund waits that long for its payment */

struct post_counts {
	size_t	posted, duplicate, noted, refused, held, waiting; /* of this run */
	int64_t	standing_held, standing_unallocated;	/* both books, after it */
	int64_t	standing_waiting;		/* refunds whose payment has not come */
	size_t	queued;				/* messages still in the spool, not confirmed */
};

struct post_options {
	int	watch;				/* stay; react to new files at once */
	int	desk_only;			/* drain spool/desk alone, no outside process */
	const char *only_id;			/* desk_only: stop once this request is done */
	int	wait_ms;			/* for the books' lock */
};

/* ERR_AGAIN: another run holds the lock. */
int	post_run(const struct site *s, const struct post_options *o, struct post_counts *c,
	    struct error *e);

#endif
