/*
 * pdf_table -- tables of pdf.h: right-aligned figures, thin rules, the head again on each page.
 */
#include "pdf_priv.h"

#define SIZE	8.0
#define ROW_H	12.5
#define GAP	5.0		/* between two columns */

static void
one_row(struct pdf *p, enum pdf_style st, double size, const char *const *cells, int titles)
{
	double x = pdf_left(p), w = pdf_right(p) - x;
	size_t i;

	for (i = 0; i < p->ncolumns; i++) {
		double share = p->columns[i].share * w;
		const char *text = titles ? p->columns[i].title : cells[i];

		pdf_text(p, x, p->y + ROW_H - 3.5, share - (i + 1 < p->ncolumns ? GAP : 0), p->columns[i].align, st,
		    size, text);
		x += share;
	}
	p->y += ROW_H;
}

static void
head(struct pdf *p)
{
	one_row(p, PDF_BOLD, SIZE - 0.5, NULL, 1);
	p->y += 1.5;
	pdf_rule(p, pdf_left(p), pdf_right(p), p->y, 0.7);
	p->y += 1.5;
}

void
pdf_table(struct pdf *p, const struct pdf_column *columns, size_t n)
{
	(void)pdf_need(p, 4 * ROW_H);
	p->columns = columns;
	p->ncolumns = n;
	head(p);
}

void
pdf_cells(struct pdf *p, enum pdf_row kind, const char *const *cells)
{
	if (pdf_need(p, ROW_H + (kind == PDF_ROW_SUM ? 3 : 0)))
		head(p);
	if (kind == PDF_ROW_SUM) {
		p->y += 1.5;
		pdf_rule(p, pdf_left(p), pdf_right(p), p->y, 0.4);
		p->y += 1.5;
	}
	if (kind == PDF_ROW_NOTE) {	/* its first cell over the whole width */
		pdf_text(p, pdf_left(p), p->y + ROW_H - 3.5, pdf_right(p) - pdf_left(p), PDF_LEFT, PDF_PLAIN, SIZE,
		    cells[0]);
		p->y += ROW_H;
		return;
	}
	one_row(p, kind == PDF_ROW_SUM ? PDF_BOLD : PDF_PLAIN, SIZE, cells, 0);
}

void
pdf_table_end(struct pdf *p)
{
	p->columns = NULL;
	p->ncolumns = 0;
	p->y += 4;
}
