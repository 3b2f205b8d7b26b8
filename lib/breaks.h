/*
 * breaks -- a difference that reconciliation found, as the books keep it (floor 3: no files).
 *
 * {"category","status","first_seen","as_of","provider","payment_id","currency","report_amount",
 *  "ledger_amount","difference","file","line","explanation","event"}: days as YYYY-MM-DD (as_of: of
 * the last change), amounts in minor units or null, event in our time form or "".  Members that only
 * some have:
 *	"sha256"	digest of the file that `line` counts in; "dates" and "decimal" as they were said
 *			for reading it
 *	"due"		of an expected one: the day it becomes open
 *	"cleared"	of a resolved or explained one: "file SHA256", "message ID" or "person"
 *	"verb" "who" "note" "proof"	the last decision of a person; proof "shell": given at the
 *			server's command line
 *	"rest" "at"	of a balance: what no line explains, and the last moment of the first report
 *			that showed just that
 *	"suggestion"	a line for people, where exactly one way out fits
 */
#ifndef DAYBOOK_BREAKS_H
#define DAYBOOK_BREAKS_H

#include <jansson.h>

#include "error.h"
#include "money.h"
#include "record.h"

#define BREAKS_COLUMNS	"break_id,category,status,first_seen,age_days,provider,payment_id,currency," \
	"report_amount,ledger_amount,difference,file,line,explanation"
#define BREAKS_CELLS	14

#define BREAKS_ID	16		/* "B-", 12 hex digits, one more of a second one alike, NUL */

enum { BREAK_EXPECTED, BREAK_OPEN, BREAK_EXPLAINED, BREAK_RESOLVED };

/* Cells show the status as of the day that ages are counted to. */
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
/* 1 where the row's amount (category fee: its fee) is what that member says, report_amount or ledger_amount. */
int		 breaks_amount_is(const json_t *b, const char *member, const struct payrow *row);
/* Which state of a break that is: the same content, the same text.  NULL: "" (there is none). */
#define BREAKS_MARK	17
int		 breaks_mark(const json_t *b, char out[BREAKS_MARK], struct error *e);
/* Status as of that day: an expected one whose day has come is open, whatever was recorded last. */
int		 breaks_effective(const json_t *b, const char *day);
extern const char *const breaks_status_name[];
/* Someone or something still has to clear it: expected or open. */
int		 breaks_standing(const json_t *b);

/*
 * A copy of b with another status, as of that day, and a line more of its history (member "history":
 * [{"day","status","by","note"?}...], the newest BREAKS_HISTORY and the first).  by: "file SHA256",
 * "message ID" or who.  One that ends loses its suggestion and its day.  NULL: no memory.
 */
#define BREAKS_HISTORY	40
json_t		*breaks_change(const json_t *b, int status, const char *day, const char *by,
    const char *note);
/* A break that came to its end by itself: resolved, "cleared": by, and why behind its explanation. */
json_t		*breaks_cleared(const json_t *b, const char *day, const char *by, const char *why);

/*
 * The same account, category, payment (else moment) and currency are the same difference and so the
 * same id, whoever works it out.  event in our time form, "" where there is none.
 */
char		*breaks_id(const char *account, const char *category, const char *payment,
    const char *currency, const char *event, char out[BREAKS_ID]);

/* Ageing: which of the buckets so many days are in; below 0 counts as 0. */
#define BREAKS_AGES	8
extern const char *const breaks_age_name[BREAKS_AGES];	/* "0-1" "2-3" ... "61-90" "> 90" */
int		 breaks_age(int days);

/*
 * Roll-forward over a period: opening + new - cleared - written off = closing, of what stands
 * (expected or open), by currency ("" for breaks without one).  A break's value is the absolute of
 * its difference in minor units.  A standing break whose difference grew adds to the value of
 * `new`, one that shrank to that of `cleared`, without a count.  One that a person explained is
 * cleared; one that ended by the verb write-off is written off.
 */
enum { ROLL_OPENING, ROLL_NEW, ROLL_CLEARED, ROLL_WRITTEN_OFF, ROLL_CLOSING, ROLLS };
struct breaks_roll_row {
	char	currency[4];
	int64_t	count[ROLLS], value[ROLLS];
};
struct breaks_roll {			/* begins as zeros; sorted by currency */
	struct breaks_roll_row v[MONEY_CURRENCIES + 1];
	size_t	n;
};
/*
 * One change of a break, in the journal's order: what it was (NULL: there was none) and what it is.
 * in_period 0: before the period, so it belongs to the opening.  Records after it are not fed.
 * ERR_INPUT: a sum out of range; ERR_CORRUPT: a currency that is none.
 */
int		 breaks_roll_add(struct breaks_roll *r, const json_t *was, const json_t *is, int in_period,
    struct error *e);

#endif
