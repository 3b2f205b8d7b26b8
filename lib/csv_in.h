/*
 * csv_in -- rows of a CSV or TAB file, one at a time, through libcsv (strict, field cap).
 *
 * libcsv buffers a whole field, so the cap is checked while feeding: a 50 MB unterminated
 * quote is refused at 64 KiB (reliability.md 5, row 20).  A UTF-8 BOM is skipped.
 */
#ifndef DAYBOOK_CSV_IN_H
#define DAYBOOK_CSV_IN_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define CSV_FIELD_MAX	65536		/* longest legal field: a note of 4,000 characters */
#define CSV_FIELDS_MAX	512		/* 87 columns at most are offered by PayPal */

struct csv_field {
	const char	*s;		/* NUL-terminated; may hold NULs */
	size_t		 len;
};

struct csv_row {
	struct csv_field *f;
	size_t		  n;
	size_t		  line;		/* 1-based line the row starts on */
};

/* Called for each row that is not blank; the row lives only for the call.  Non-zero stops the
 * reading, and csv_in_* returns -1 with the callback's error in e. */
typedef int csv_row_fn(void *arg, const struct csv_row *row, struct error *e);

/* The delimiter a text's first line says: the one that occurs more often in it. */
char	csv_in_delim(const char *p, size_t len);
/* delim ',' or '\t', or 0: the one that occurs more often in the first line.
 * ERR_INPUT "FILE:LINE: ..." for bad quoting or a cap; ERR_IO. */
int	csv_in_fd(int fd, const char *file, char delim, csv_row_fn *fn, void *arg, struct error *e);
int	csv_in_mem(const char *p, size_t len, const char *file, char delim, csv_row_fn *fn, void *arg,
	    struct error *e);

#endif
