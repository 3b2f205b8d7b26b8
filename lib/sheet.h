/*
 * sheet -- tables of a workbook (XLSX, libxlsxwriter), row by row in little memory (floor 4).
 *
 * Numbers are numbers, dates are dates, text is text: nothing a stranger wrote is ever a formula.
 * A header row stays in sight and filters; a table that outgrows a sheet's 1,048,576 rows goes on
 * in "NAME 2".  The bytes are a function of the content: no clock.
 *
 * Calls that write keep the first error; sheets_close says it.
 */
#ifndef DAYBOOK_SHEET_H
#define DAYBOOK_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SHEET_FORMULA	8192	/* what Excel takes: a hundred parts */

enum sheet_kind { SHEET_TEXT, SHEET_COUNT, SHEET_AMOUNT, SHEET_DAY, SHEET_TIME, SHEET_PERCENT };
struct sheet_column {
	const char	*title;
	enum sheet_kind	 kind;
	int		 width;			/* in characters */
};
enum sheet_style { SHEET_PLAIN, SHEET_BOLD, SHEET_TITLE };

struct sheets;
struct sheet;

/* path: of the workbook; tmp: a folder for its temporary files; created_s: Unix time it states. */
struct sheets	*sheets_new(const char *path, const char *tmp, const char *title, int64_t created_s,
		    struct error *e);
/* With n columns a table; n 0: a page without a header.  columns must outlive it. */
struct sheet	*sheet_add(struct sheets *w, const char *name, const struct sheet_column *columns, size_t n);
/* Columns are counted from 0; each row's cells in that order, each once. */
void	sheet_text(struct sheet *s, size_t col, const char *text);
void	sheet_styled(struct sheet *s, size_t col, const char *text, enum sheet_style style);
void	sheet_count(struct sheet *s, size_t col, int64_t n);
void	sheet_amount(struct sheet *s, size_t col, int64_t minor, const char ccy[4]);
void	sheet_day(struct sheet *s, size_t col, const char *day);	/* YYYY-MM-DD, else text */
void	sheet_time(struct sheet *s, size_t col, int64_t us);		/* UTC */
void	sheet_percent(struct sheet *s, size_t col, int64_t hundredths);	/* 340: 3.40 % */
/* value: what the formula gives, for who does not calculate; decimals as the currency's ("": a count). */
void	sheet_formula(struct sheet *s, size_t col, const char *formula, int64_t value, const char *ccy);
void	sheet_width(struct sheet *s, size_t from, size_t to, int width);
void	sheet_next(struct sheet *s);
size_t	sheet_row(const struct sheet *s);	/* of the current part, from 0 */
/* "SUMIFS(...)+..." over all parts, of column sum where the text column by is `is`; sum (size_t)-1:
 * their count.  Appends to out[SHEET_FORMULA]. */
void	sheet_sumifs(const struct sheet *s, size_t sum, size_t by, const char *is, char *out);
/* Writes the workbook; w is freed in any case.  ERR_IO, ERR_INPUT (what was the first fault). */
int	sheets_close(struct sheets *w, struct error *e);
void	sheets_abort(struct sheets *w);

#endif
