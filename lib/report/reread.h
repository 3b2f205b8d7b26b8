/*
 * reread -- one row of a report that was kept, read again, and any row as a fact (floor 4).
 */
#ifndef DAYBOOK_REREAD_H
#define DAYBOOK_REREAD_H

#include <jansson.h>

#include "fact.h"
#include "report/report.h"

/*
 * What files can't say for themselves, where `how` does not hold it yet: report_columns and
 * report_types of the site's settings, receiver, report_dates and report_decimal of the integration's (NULL:
 * there is none).  *aliases is the caller's to free after the last use of how.
 */
int	report_settings(const json_t *site, const json_t *integration, struct report_options *how,
	    struct report_alias **aliases, struct error *e);

/* The format that knows the file's first bytes; first (or NULL), of files before it, is asked first.
 * NULL: none, or a read error with e set. */
const struct report_format *report_recognise(int fd, const char *name, const struct report_format *first,
	    struct error *e);

/*
 * report_reread: the row that stands on that line of the file.  Returns 1, 0 where no row begins
 * there, -1 as the reader says (ERR_INPUT also for a file of no known format).
 */
int	report_reread(int fd, const char *name, const struct report_options *how, size_t line,
	    struct report_row *row, struct error *e);

/* A completed row as a fact of the provider's; account: where its other side goes, "" by owner. */
void	report_fact(const struct report_row *r, const char *account, const char *sha256, struct fact *f);

#endif
