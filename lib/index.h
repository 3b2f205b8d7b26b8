/*
 * index -- the only module that calls GDBM: keys and values that can be thrown away.
 *
 * GDBM 1.23 is not crash-atomic, and reports a failed sync as success (reliability.md 2), so:
 * changes are collected in memory (an overlay) and flushed only after the journal they come from
 * is synced; a trust marker is taken away before the first flush and written again after a
 * checked sync and close; without a matching marker the file is rebuilt by the caller beside the
 * old one and renamed.  GDBM keys are a keyed hash of ours, never a stranger's bytes.
 * gdbm_recover, gdbm_reorganize and GDBM_SYNC are never used.  Only under the writer's lock.
 */
#ifndef DAYBOOK_INDEX_H
#define DAYBOOK_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "brief.h"
#include "buf.h"
#include "error.h"
#include "journal.h"

#define INDEX_SCHEMA	6

struct index;

/*
 * index_open: "ledger.gdbm" and "ledger.trust" in dirfd.  owner: the book and its site; a marker of
 * another speaks for nothing here, so files put in the wrong place do no harm.  *pos: what of the journal it holds.
 * Where there is no file or no matching marker: the newest good checkpoint is copied, else an
 * empty one begun; *rebuilt = 1, and the caller applies the journal from *pos on and then calls
 * index_flush and, when all is applied, index_settle.
 */
int	index_open(struct index **ix, int dirfd, const char *owner, struct journal_pos *pos, int *rebuilt,
	    struct error *e);
/* The newest point of the journal any marker speaks of (journal_pos_start where none does): the
 * journal must still pass through it.  No lock needed. */
int	index_anchor(int dirfd, const char *owner, struct journal_pos *pos, struct error *e);
/* A rebuilt index takes its place (rename). */
int	index_settle(struct index *ix, struct error *e);
/* A fresh one in another file that never becomes the index: for verify. */
int	index_scratch(struct index **ix, int dirfd, const struct index *like, struct error *e);

/* type: one letter; key: any bytes.  *v points into the index's memory until the next call.
 * Returns 1 found, 0 not, -1 error. */
int	index_get(struct index *ix, char type, const void *key, size_t klen, const void **v, size_t *vlen,
	    struct error *e);
int	index_put(struct index *ix, char type, const void *key, size_t klen, const void *v, size_t vlen,
	    struct error *e);
int	index_delete(struct index *ix, char type, const void *key, size_t klen, struct error *e);
/* A key as it is stored, and a value by it; a name (an account's) as a number of 64 bits. */
void	index_key(const struct index *ix, unsigned char out[16], char type, const void *key, size_t klen);
uint64_t index_name(const struct index *ix, const char *name);
int	index_get_key(struct index *ix, char type, const unsigned char key[16], const void **v, size_t *vlen,
	    struct error *e);
/* The flat half, "ledger.rows": its own overlay goes out with index_flush. */
struct brief_file *index_briefs(struct index *ix);
/* Overlay to GDBM.  ERR_IO: the index is no longer trusted; the journal stands. */
int	index_flush(struct index *ix, struct error *e);
size_t	index_held(const struct index *ix);	/* records in the overlay */
void	index_forget(struct index *ix);		/* drop the overlay */

/* Every stored value of a type, in no order (flush first). */
typedef int index_fn(void *arg, const void *v, size_t vlen, struct error *e);
int	index_each(struct index *ix, char type, index_fn *fn, void *arg, struct error *e);
/* a and b hold the same records: 0, else ERR_CORRUPT (counts, or which type of record differs);
 * ERR_AGAIN where their keys are not of the same secret. */
int	index_compare(struct index *a, struct index *b, struct error *e);

/* Checked sync, close, marker with end.  ERR_IO: no marker, will be rebuilt.  ix is freed. */
int	index_close(struct index *ix, const struct journal_pos *end, struct error *e);
void	index_abort(struct index *ix);		/* close without marker; NULL accepted */

#endif
