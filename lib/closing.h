/*
 * closing -- a period of a book that is closed: what was proved of it, and its grand totals (floor
 * 3: no files).  Closing and reopening are records of their own (desk.h: close, reopen).
 *
 * Table "closing" of the book, key: the period's name ("2026-11-21", "2026-11", "2026"):
 *	"status"	"closed" or "reopened"
 *	"from" "to"	posting days, both included
 *	"at" "by" "note"	when and by whom it was closed
 *	"reopened_at" "reopened_by" "reopened_note"
 *	"end"		the point of the journal behind the last record up to "to", as a journal_pos
 *	"totals"	[[ACCOUNT, CURRENCY, debit, credit, legs]...] since the book's first record, never
 *			reset, sorted; customers as one: "Liabilities:Customers"
 *	"proofs"	one a provider account and currency, sorted:
 *		{"account","currency","how","statement","closing","books","unexplained","by","note"}
 *		how: "statement" it ties; "quiet" it tied before, and nothing moved since; "explained"
 *		a person said why it does not, or what stands for the missing statement ("by", "note")
 */
#ifndef DAYBOOK_CLOSING_H
#define DAYBOOK_CLOSING_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"
#include "moment.h"
#include "statement.h"

struct closing_period {
	char	name[MOMENT_DAY];
	char	from[MOMENT_DAY], to[MOMENT_DAY];	/* posting days, both included */
};

/* "2026-11-21", "2026-11" or "2026"; ERR_INPUT otherwise. */
int	closing_period(const char *text, struct closing_period *p, struct error *e);
/* 1 where that row of the table is closed now and holds the day. */
int	closing_holds(const json_t *row, const char *day);
/*
 * 1 where a movement of that day, first known at `recorded`, came too late for the period of that row:
 * it belongs to a closed period (contract.md, Time).
 */
int	closing_late(const json_t *row, const char *event_day, int64_t recorded);
/* 1 where the statement reaches over the moment `end`, the last of the period; reports give whole
 * seconds, so one that ends within the last second does. */
int	closing_covers(const struct statement *s, int64_t end);
/* The account as the grand totals name it. */
char	*closing_group(const char *account, char out[128]);

#endif
