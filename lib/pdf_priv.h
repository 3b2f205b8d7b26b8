/*
 * pdf_priv -- what the files of the module `pdf` share; nobody else includes it.
 */
#ifndef DAYBOOK_PDF_PRIV_H
#define DAYBOOK_PDF_PRIV_H

#include <hpdf.h>
#include <hpdf_fontdef.h>

#include "pdf.h"

#define OTHERS	3

struct other {				/* a font for letters beyond Western Europe's */
	const char	*name;
	HPDF_FontDef	 def;		/* NULL: there is no such font here */
	HPDF_Font	 font;		/* once something was set in it */
	int		 tried;
};

struct pdf {
	HPDF_Doc	 doc;
	HPDF_Page	 page;
	struct pdf_paper paper;
	const char	*name;			/* of the plain one, where its file is there */
	HPDF_Font	 font[2];		/* enum pdf_style */
	struct other	 other[OTHERS];
	int		 bad_font, missing, npages;
	double		 w, h, y;
	HPDF_STATUS	 first;			/* what went wrong first */
	const struct pdf_column *columns;	/* of the table under way, or NULL */
	size_t		 ncolumns;
};

#endif
