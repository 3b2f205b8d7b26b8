/*
 * zip -- an archive that every desktop opens, written only: files stored, one time for all of them,
 * so the same files give the same bytes.
 */
#ifndef DAYBOOK_ZIP_H
#define DAYBOOK_ZIP_H

#include <stddef.h>

#include "buf.h"
#include "error.h"

struct zip {
	struct buf	*out;
	struct buf	 central;	/* the directory at the end */
	unsigned	 date, files;	/* MS-DOS date of all files */
	size_t		 start;		/* of the archive in out */
};

/* day: YYYY-MM-DD, the files' date (midnight).  Appends to out, which is borrowed until zip_end. */
void	zip_begin(struct zip *z, struct buf *out, const char *day);
/* name: with / between folders.  ERR_INPUT: more than an archive without Zip64 holds (4 GiB, 65,535 files). */
int	zip_add(struct zip *z, const char *name, const void *p, size_t len, struct error *e);
int	zip_end(struct zip *z, struct error *e);	/* also after an error: frees */

#endif
