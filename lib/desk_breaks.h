/*
 * desk_breaks -- the verb break-resolve (desk.h), and breaks that a message clears (floor 5).
 */
#ifndef DAYBOOK_DESK_BREAKS_H
#define DAYBOOK_DESK_BREAKS_H

#include <jansson.h>

#include "books.h"
#include "desk.h"
#include "error.h"
#include "record.h"
#include "report/report.h"

/* As desk_books; r->act is there. */
int	desk_breaks(struct shelf *sh, int which, struct books *b, json_t *req, struct record *r,
	    int64_t now, struct error *e);
/*
 * What r has booked and some report had missed: those breaks are resolved in the same record.  Costs
 * nothing while the book has no standing break.
 */
int	desk_breaks_told(struct books *b, struct record *r, int64_t now, struct error *e);

/* ---- among desk_breaks.c, desk_breaks_book.c, desk_breaks_budget.c ---- */

struct break_case {			/* one decision on its way */
	struct shelf	*sh;
	int		 which;
	struct books	*b;
	json_t		*req;
	const char	*id;		/* of the break */
	const json_t	*brk;		/* as it stands */
	struct record	*r;
	int64_t		 now;
	struct error	*e;
};

/* The row that the break names, from the kept report: 1, 0 where r was refused, -1. */
int	break_report_row(struct break_case *c, struct report_row *row);
/* Verb book-from-report.  0 (also where r was refused), -1. */
int	break_book(struct break_case *c);
/* What r's entries write off, within the budgets of item and month (the month's use goes into the
 * table "write-off"), or refused. */
int	break_spend(struct break_case *c);

#endif
