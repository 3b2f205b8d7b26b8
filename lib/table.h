/*
 * table -- listings as text for people, CSV (RFC 4180) and JSON (contract.md, operator's commands).
 *
 * CSV: header row, UTF-8, cells a spreadsheet would run as a formula are made harmless by a
 * leading apostrophe (= + - @ TAB CR at the start, unless the cell is a plain number).
 * JSON: an array of objects keyed as the columns, amounts as strings.  Text: aligned.
 */
#ifndef DAYBOOK_TABLE_H
#define DAYBOOK_TABLE_H

#include <stdio.h>

#include "buf.h"
#include "error.h"

enum table_format { TABLE_TEXT, TABLE_CSV, TABLE_JSON };

struct table;

/* columns: comma separated names.  Right-aligned in text where the name ends in '>' ("amount>"). */
struct table *table_new(const char *columns, enum table_format f);	/* NULL: no memory */
/* As many cells as columns, NUL-terminated UTF-8; copied. */
int	table_row(struct table *t, const char *const *cells, struct error *e);
/* Appends the whole listing to out. */
int	table_render(struct table *t, struct buf *out, struct error *e);
void	table_free(struct table *t);
int	table_format_find(const char *name);	/* -1 unknown */
/* One CSV cell, quoted and made harmless as needed, appended. */
int	table_csv_cell(struct buf *out, const char *s, struct error *e);

#endif
