/*
 * pack_readd -- the figures of a pack added again from its own files, and its slice of the chain
 * walked again (floor 5).  Nothing but the folder is read; its digests were checked before.
 */
#ifndef DAYBOOK_PACK_READD_H
#define DAYBOOK_PACK_READD_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"

struct pack_chain {			/* what joins a pack to others */
	int	 number;
	char	 name[256];		/* the folder's last component */
	char	 sha256[65], previous[65];	/* of its manifest, and of the one before */
	char	 site[33], book[8];
	uint64_t first, last, up_to;	/* records of the period (0: none), and up to its end */
	char	 before[65], head[65];	/* chain head before the first record, and at the end */
};

/*
 * balances.csv: opening + debit - credit = closing, each currency's closings add to 0; journal.csv:
 * each entry's legs add to 0, each account's to balances.csv; payments.csv: net = gross - fee;
 * breaks.csv: difference = report - ledger; journal.jsonl: every line names the digest of the one
 * before, numbers without a gap, the last line's digest is the chain head, its legs add to
 * balances.csv, its statements explain what they say.  c->first .. head are filled.
 * ERR_CORRUPT names file, line and what does not hold.
 */
int	pack_readd(int dir, const json_t *manifest, struct pack_chain *c, struct error *e);

#endif
