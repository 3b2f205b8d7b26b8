/*
 * breaks -- a difference that reconciliation found, as the books keep it (floor 3: no files).
 *
 * {"category","status","first_seen","as_of","provider","payment_id","currency","report_amount",
 *  "ledger_amount","difference","file","line","explanation","event"}: days as YYYY-MM-DD (as_of: of
 * the last change), amounts in minor units or null, event in our time form or "".
 */
#ifndef DAYBOOK_BREAKS_H
#define DAYBOOK_BREAKS_H

#include <jansson.h>

#include "money.h"

#define BREAKS_COLUMNS	"break_id,category,status,first_seen,age_days,provider,payment_id,currency," \
	"report_amount,ledger_amount,difference,file,line,explanation"
#define BREAKS_CELLS	14

enum { BREAK_EXPECTED, BREAK_OPEN, BREAK_EXPLAINED, BREAK_RESOLVED };

struct breaks_cells {			/* one line of a listing; points into the break and itself */
	const char	*cell[BREAKS_CELLS];
	char		 age[16], line[24];
	char		 report[MONEY_TEXT], ledger[MONEY_TEXT], difference[MONEY_TEXT];
};

/* Ages are counted to that day (YYYY-MM-DD). */
void		 breaks_cells(struct breaks_cells *c, const char *id, const json_t *b, const char *day);
/* A text member, "" where there is none. */
const char	*breaks_text(const json_t *b, const char *name);
int		 breaks_status(const json_t *b);	/* one of the above; unknown counts as open */

#endif
