/*
 * journal -- the record of truth: journal/YYYY-MM.jsonl, append-only, hash-chained.
 *
 * Each line carries in "prev" the SHA-256 of the line before (without its newline); the very
 * first has 64 zeros.  A segment's first record names its format and the head it follows; its
 * last one, written when the next month begins, seals it.  Invariants 4, 12.
 */
#ifndef DAYBOOK_JOURNAL_H
#define DAYBOOK_JOURNAL_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "record.h"

#define JOURNAL_FORMAT	1
#define JOURNAL_SEGMENTS_MAX	1200	/* a hundred years of months */

struct journal_pos {			/* a point between two records */
	char		segment[8];	/* "2026-11", "" before the first record */
	int64_t		offset;		/* bytes of that segment before the point */
	uint64_t	n;		/* records before the point */
	char		head[65];	/* SHA-256 of the last line before it; zeros at the start */
	int64_t		time;		/* time of that record, 0 at the start */
	int64_t		last_len;	/* length of that line with newline */
	int		sealed;		/* that record seals its segment */
};

void	journal_pos_start(struct journal_pos *p);

struct journal;

/*
 * journal_open: dirfd is the book's directory; "journal" below it is made where missing.  `end` is
 * where journal_recover found the last complete line.  What lies beyond it was never durable, an
 * incomplete last line or batch, and is cut off (nothing else, and never after a read error: then
 * journal_recover fails).
 * unclean: the last run did not close; the tail is then written again and synced, so that pages a
 * failed fsync left behind can't be mistaken for durable ones.  Only under the writer's lock.
 * ERR_IO, ERR_CORRUPT (files changed since the scan).
 */
int	journal_open(struct journal **j, int dirfd, const char *book, const struct journal_pos *end,
	    int unclean, struct error *e);
/* ERR_CORRUPT where the line that ends at p does not have p's head, or the file is shorter. */
int	journal_check(int dirfd, const struct journal_pos *p, struct error *e);
void	journal_close(struct journal *j);
const struct journal_pos *journal_end(const struct journal *j);	/* of what is durable */
const struct journal_pos *journal_next(const struct journal *j);	/* with the pending batch */

/*
 * journal_add: number, date (never before the last), chain and encode r into the pending batch;
 * r->n, prev, time, day are filled.  Nothing is written yet.  A new month seals the old segment
 * first.  ERR_INPUT: r does not balance or is too large; pending batch unchanged.
 */
int	journal_add(struct journal *j, struct record *r, int64_t now, struct error *e);
/* One write (two at a new month), one fdatasync.  ERR_IO is final: close, open again later;
 * what of the batch is on disk is found there. */
int	journal_commit(struct journal *j, struct error *e);
size_t	journal_pending(const struct journal *j);		/* bytes */

/*
 * journal_scan: every complete record from `from` on (NULL: the first) to `to` (NULL: the end of
 * the last complete line), chain checked line by line.  r is valid during the call only; raw is the
 * line without newline, at is the point after it.  Non-zero from fn stops with its error.
 * ERR_CORRUPT "journal/2026-11.jsonl:LINE: ..." names the first fault.  Needs no lock: a prefix
 * never changes.
 */
typedef int journal_fn(void *arg, struct record *r, const char *raw, size_t rawlen,
    const struct journal_pos *at, struct error *e);
int	journal_scan(int dirfd, const struct journal_pos *from, const struct journal_pos *to,
	    journal_fn *fn, void *arg, struct journal_pos *end, struct error *e);
/*
 * The same to the end, as the first reader after a crash, under the writer's lock: beyond `synced`
 * (a place that is known to have been durable) a last batch that a power cut tore, with pages of
 * NULs in it, ends the scan at its first incomplete record; nobody was told it was durable.
 */
int	journal_recover(int dirfd, const struct journal_pos *from, const struct journal_pos *synced,
	    journal_fn *fn, void *arg, struct journal_pos *end, struct error *e);
/* The same for one segment alone, numbers counted from pos->n and the chain not checked. */
int	journal_scan_segment(int dirfd, struct journal_pos *pos, const struct journal_pos *to,
	    journal_fn *fn, void *arg, struct error *e);
/* One line by place (from an index row). */
int	journal_read(int dirfd, const char *segment, int64_t offset, struct buf *line, struct error *e);

#endif
