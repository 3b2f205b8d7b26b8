/*
 * spill -- a table on disk: the latest value of each key, in an order of its own.
 *
 * For what grows with the books: memory holds about 60 bytes a key, the values stand in a file
 * that has no name and is gone when it is closed.
 */
#ifndef DAYBOOK_SPILL_H
#define DAYBOOK_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

struct spill;

/* dirfd: where there is room, -1: where temporary files go.  NULL with e set. */
struct spill	*spill_new(int dirfd, struct error *e);
void		 spill_free(struct spill *s);		/* NULL accepted */
size_t		 spill_count(const struct spill *s);
/* Stores or replaces; order counts when the key is new. */
int		 spill_put(struct spill *s, const void *key, size_t klen, int64_t order, const void *v,
		    size_t vlen, struct error *e);
/* 1 and the value in out (cleared before), 0 not there, -1. */
int		 spill_get(struct spill *s, const void *key, size_t klen, struct buf *out, struct error *e);
/* By order, then as the keys came; may be called again.  Non-zero from fn stops with its error. */
typedef int spill_fn(void *arg, const void *v, size_t vlen, struct error *e);
int		 spill_each(struct spill *s, spill_fn *fn, void *arg, struct error *e);

#endif
