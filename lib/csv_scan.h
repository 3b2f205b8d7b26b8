/*
 * csv_scan -- where the cells of ordinary CSV lines are, sixty-four bytes at a time.
 *
 * Ordinary: a cell is quoted as a whole (quotes inside doubled) or holds no quote, no line end
 * stands within quotes, lines end in LF or CR LF.  Of such text libcsv makes the same cells
 * (csv_in.h); anything else is told and left to it.
 */
#ifndef DAYBOOK_CSV_SCAN_H
#define DAYBOOK_CSV_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct csv_scan {			/* of one text; the arrays are kept for the next one */
	uint32_t	*end;		/* where each cell ends: at its delimiter or line end */
	size_t		 nend, cap;
	uint32_t	*line;		/* number in end of each line's last cell */
	size_t		 nline, line_cap;
};

/*
 * Whole lines, the last one with its LF; less than 2^32 bytes.  Returns 1 with the cells (a CR before
 * an LF belongs to the last cell's text), 0 where something is not ordinary, -1: no memory.
 */
int	csv_scan(struct csv_scan *s, const char *p, size_t len, char delim, struct error *e);
void	csv_scan_free(struct csv_scan *s);

#endif
