/*
 * calendar -- which reports of a provider account came, day by day (floor 3: no files).
 *
 * Derived from the certificates of files (statement.h) alone, so a pack, which has those up to its
 * period's end, can make the same.  Only reports that say which they are and of which day count
 * (settlement, transaction detail); of each there is one a day (providers/paypal.md 5.1).
 */
#ifndef DAYBOOK_CALENDAR_H
#define DAYBOOK_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "moment.h"
#include "statement.h"

enum calendar_state {
	CALENDAR_RECEIVED,		/* whole, on its day or the one after */
	CALENDAR_LATE,			/* whole, but later */
	CALENDAR_MISSING,		/* none, or not all parts of it */
	CALENDAR_SUPERSEDED		/* a file whose place another one took: a line of its own */
};
extern const char *const calendar_state_name[];

struct calendar_line {
	char	account[65], report[8], day[MOMENT_DAY];
	enum calendar_state state;
	char	received[MOMENT_DAY];	/* day on which the last part was read, "" none was */
	int	parts;			/* files that are there */
	int64_t	rows;
	int	failed;			/* controls of their own that did not hold */
	char	name[256];		/* of the first part, "" */
	char	sha256[65];
};

/*
 * Lines in order of account, report, day; superseded files before what took their place.  Days run
 * from a report's first one known to the later of its last one known and `due`, the last day whose
 * report is to be there; from and to (both included, "" open) cut that.  Free *v.  ERR_INPUT: a
 * certificate's day is none; ERR_IO: no memory.
 */
int	calendar_make(const struct certificate *c, size_t n, const char *from, const char *to,
	    const char *due, struct calendar_line **v, size_t *nv, struct error *e);

#endif
