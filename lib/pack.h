/*
 * pack -- a period of one book as signed files (floor 5; contract.md, daybook-audit).
 *
 * A pack is a pure function of the journal up to the period's last record.  Written beside and
 * renamed into place after its signature, so whoever sees it can verify it.
 */
#ifndef DAYBOOK_PACK_H
#define DAYBOOK_PACK_H

#include "buf.h"
#include "error.h"
#include "site.h"

struct pack_result {
	char	dir[4096];		/* audit/live/2026-11-21, relative to the site */
	int	number;			/* gapless pack number */
	int	existed;		/* same content: nothing written */
	int	held, unallocated, breaks, expected, waiting;	/* at the period's end */
	int64_t	records, entries;
	char	head[65];		/* chain head at the period's end */
};

/* from and to: posting days, both inclusive. ERR_INPUT: to lies in the future or before from. */
int	pack_write(const struct site *s, int book, const char *from, const char *to, int64_t now,
	    struct pack_result *res, struct error *e);
/*
 * Every byte as signed by fpr, no extra file, and the figures added again (pack_readd.h).  *c: what
 * joins it to other packs.  ERR_CORRUPT names the first fault.
 */
struct pack_chain;
int	pack_verify(const char *dir, const char *fpr, struct error *e);
int	pack_verify_one(const char *dir, const char *fpr, struct pack_chain *c, struct error *e);
struct pack_row {
	size_t	 packs;
	int	 from, to;		/* their numbers */
	uint64_t first, last;		/* the journal's records in them; 0: none */
};
/*
 * Packs, and folders of packs ("audit/live"): each as above, and all of them as one row: numbers
 * without a gap, each naming the digest of the manifest before it, one chain, no record missing
 * between them.  ERR_CORRUPT names the pack and the fault.
 */
int	pack_verify_row(const char *const *dirs, size_t n, const char *fpr, struct pack_row *res,
	    struct error *e);
/* Entries of a period to fd: "hledger", "csv", "json" or "ofx" (the pack's own writers).  from and to
 * may be NULL: from the first, to the last.  ERR_INPUT: another format. */
int	pack_export(const struct site *s, int book, const char *format, const char *from, const char *to,
	    int by_event, int fd, struct error *e);

#endif
