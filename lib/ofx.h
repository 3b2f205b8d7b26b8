/*
 * ofx -- OFX 2.2 bank statements of provider accounts, for bookkeeping programs (floor 4).
 *
 * A provider account in one currency is one statement.  Each entry that moved it is one
 * transaction with the gross, its fee another, so their sum is what the account moved by.
 * FITIDs are entry ids ("12-1", the fee's "12-1-fee"): the journal never renumbers, so they are
 * the same in every export.  LEDGERBAL is the closing balance; the opening one, for which OFX has no
 * element of its own, stands in MKTGINFO: "Opening balance 10.00 USD".  Ids and our own words only: no text a stranger wrote.
 */
#ifndef DAYBOOK_OFX_H
#define DAYBOOK_OFX_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "outfile.h"
#include "record.h"
#include "spill.h"

struct ofx_statement {
	const char	*account, *currency;	/* provider account's name */
	int64_t		 from, to;		/* microseconds, first and last */
	int64_t		 opening, closing;	/* minor units */
};

/* What entry i of r moved in provider accounts, into s. */
int	ofx_take(struct spill *s, const struct record *r, size_t i, struct error *e);
/* A whole file: head, n statements, end; n 0 leaves out what would hold them. */
int	ofx_head(struct outfile *o, int64_t as_of, size_t n, struct error *e);
int	ofx_statement(struct outfile *o, const struct ofx_statement *st, struct spill *s, struct error *e);
int	ofx_end(struct outfile *o, size_t n, struct error *e);

#endif
