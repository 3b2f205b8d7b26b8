/*
 * pdf -- a report on paper (PDF, libharu): flowing text, tables, simple drawings (floor 4).
 *
 * Measures are points; y counts from the top.  Text is UTF-8.  Letters of Western Europe are set in
 * Liberation Sans (without its file: Helvetica, which has the same widths), others in the first of
 * Liberation Sans, the settings' own font and DejaVu Sans that has them all; there is no shaping
 * of letters that join.  What no font has is set as "?", and pdf_missing says so.  The bytes are a
 * function of what is drawn: no clock.
 *
 * Calls that draw keep the first error; pdf_close says it.
 */
#ifndef DAYBOOK_PDF_H
#define DAYBOOK_PDF_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "outfile.h"

struct pdf;

enum pdf_style { PDF_PLAIN, PDF_BOLD };
enum pdf_align { PDF_LEFT, PDF_RIGHT, PDF_CENTER };

struct pdf_paper {
	const char	*title, *author;
	int		 letter;	/* 8.5 x 11 inch; else A4 */
	const char	*font;		/* a TrueType file of one's own, or "" */
	const char	*foot;		/* left at the foot of each page */
	const char	*code;		/* right, before "page x of y" */
	int64_t		 created;	/* microseconds UTC */
};

struct pdf	*pdf_new(const struct pdf_paper *paper, struct error *e);	/* NULL with e set */
/* Page numbers are set, the file appended to o; p is freed in any case. */
int		 pdf_close(struct pdf *p, struct outfile *o, struct error *e);
void		 pdf_abort(struct pdf *p);
int		 pdf_missing(const struct pdf *p);	/* letters that no font has */

/* Where things are: the column of text, and how far down we are. */
double		 pdf_left(const struct pdf *p);
double		 pdf_right(const struct pdf *p);
double		 pdf_y(const struct pdf *p);
void		 pdf_move(struct pdf *p, double y);	/* to that place on this page */
void		 pdf_space(struct pdf *p, double h);
/* A new page unless that much room is left.  1: it is a new one. */
int		 pdf_need(struct pdf *p, double h);
void		 pdf_page(struct pdf *p);

double		 pdf_width(struct pdf *p, enum pdf_style st, double size, const char *text);
/* One line with its baseline at y, cut with "..." to fit width (0: as it is). */
void		 pdf_text(struct pdf *p, double x, double y, double width, enum pdf_align al, enum pdf_style st,
		    double size, const char *text);
/* Wrapped at blanks within the column of text (or width), from where we are; moves on. */
void		 pdf_para(struct pdf *p, double x, double width, enum pdf_style st, double size, const char *text);
void		 pdf_heading(struct pdf *p, const char *text);		/* with a rule below; room for some lines */
void		 pdf_subheading(struct pdf *p, const char *text);

void		 pdf_rule(struct pdf *p, double x1, double x2, double y, double thick);
void		 pdf_line(struct pdf *p, double x1, double y1, double x2, double y2, double thick);
enum pdf_fill { PDF_EMPTY, PDF_GREY, PDF_HATCHED };
void		 pdf_box(struct pdf *p, double x, double y, double w, double h, double thick, enum pdf_fill fill);

/* Tables: the head is repeated on each page they reach. */
struct pdf_column {
	const char	*title;
	double		 share;		/* of the width; all together 1 */
	enum pdf_align	 align;
};
enum pdf_row { PDF_ROW, PDF_ROW_SUM, PDF_ROW_NOTE };	/* sum: bold, a rule above */
void		 pdf_table(struct pdf *p, const struct pdf_column *columns, size_t n);
void		 pdf_cells(struct pdf *p, enum pdf_row kind, const char *const *cells);
void		 pdf_table_end(struct pdf *p);

#endif
