/*
 * sheet -- see sheet.h.
 */
#include <xlsxwriter.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moment.h"
#include "money.h"
#include "sheet.h"
#include "text.h"

#define ROWS_MAX	1048576
#define PARTS_MAX	4096
#define TEXT_MAX	32000		/* a cell holds 32,767 characters */
#define EXACT		(INT64_C(1) << 53)	/* a cell is a double */

enum { F_TITLE, F_BOLD, F_HEAD, F_COUNT, F_AMOUNT_0, F_AMOUNT_2, F_AMOUNT_3, F_DAY, F_TIME, F_PERCENT, FORMATS };

struct sheet {
	struct sheets		*w;
	const char		*name;
	const struct sheet_column *columns;
	size_t			 n;
	lxw_worksheet		*at;
	size_t			 row, parts;
	struct sheet		*next;
};

struct sheets {
	lxw_workbook	*book;
	lxw_format	*format[FORMATS];
	struct sheet	*all;
	lxw_error	 first;		/* what went wrong first */
};

static void
check(struct sheets *w, lxw_error err)
{
	if (w->first == LXW_NO_ERROR)
		w->first = err;
}

static void
make_formats(struct sheets *w)
{
	static const char *const number[FORMATS] = { [F_COUNT] = "#,##0", [F_AMOUNT_0] = "#,##0",
	    [F_AMOUNT_2] = "#,##0.00", [F_AMOUNT_3] = "#,##0.000", [F_DAY] = "yyyy-mm-dd",
	    [F_TIME] = "yyyy-mm-dd hh:mm:ss", [F_PERCENT] = "0.00%" };
	size_t i;

	for (i = 0; i < FORMATS; i++) {
		w->format[i] = workbook_add_format(w->book);
		if (number[i] != NULL)
			format_set_num_format(w->format[i], number[i]);
		if (i <= F_HEAD)
			format_set_bold(w->format[i]);
	}
	format_set_font_size(w->format[F_TITLE], 16);
	format_set_bottom(w->format[F_HEAD], LXW_BORDER_THIN);
	format_set_bg_color(w->format[F_HEAD], 0xE8E8E8);
	format_set_text_wrap(w->format[F_HEAD]);
	format_set_align(w->format[F_HEAD], LXW_ALIGN_VERTICAL_TOP);
}

struct sheets *
sheets_new(const char *path, const char *tmp, const char *title, int64_t created_s, struct error *e)
{
	char dir[4096], name[256];
	lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = dir, .use_zip64 = LXW_FALSE };
	lxw_doc_properties about = { .title = name, .author = NULL, .created = (time_t)created_s };
	struct sheets *w = calloc(1, sizeof(*w));

	(void)snprintf(dir, sizeof(dir), "%s", tmp);
	(void)snprintf(name, sizeof(name), "%s", title);
	if (w == NULL || (w->book = workbook_new_opt(path, &options)) == NULL) {
		free(w);
		error_set(e, ERR_IO, "workbook: no memory");
		return NULL;
	}
	check(w, workbook_set_properties(w->book, &about));
	make_formats(w);
	return w;
}

/* The next part: the first bears the table's name. */
static void
begin_part(struct sheet *s)
{
	char name[40];
	size_t i;

	(void)snprintf(name, sizeof(name), s->parts == 0 ? "%s" : "%s %zu", s->name, s->parts + 1);
	s->row = 0;
	if (s->parts == PARTS_MAX || (s->at = workbook_add_worksheet(s->w->book, name)) == NULL) {
		check(s->w, LXW_ERROR_SHEETNAME_ALREADY_USED);
		return;
	}
	s->parts++;
	worksheet_set_landscape(s->at);
	worksheet_set_paper(s->at, 9);
	worksheet_fit_to_pages(s->at, 1, 0);
	if (s->n == 0)
		return;
	worksheet_freeze_panes(s->at, 1, 0);
	worksheet_repeat_rows(s->at, 0, 0);
	for (i = 0; i < s->n; i++) {
		check(s->w, worksheet_set_column(s->at, (lxw_col_t)i, (lxw_col_t)i, s->columns[i].width, NULL));
		check(s->w, worksheet_write_string(s->at, 0, (lxw_col_t)i, s->columns[i].title,
		    s->w->format[F_HEAD]));
	}
	s->row = 1;
}

/* The filter's range is known when the part is full or done. */
static void
end_part(struct sheet *s)
{
	if (s->n > 0 && s->at != NULL)
		check(s->w, worksheet_autofilter(s->at, 0, 0, (lxw_row_t)(s->row > 1 ? s->row - 1 : 1),
		    (lxw_col_t)(s->n - 1)));
}

struct sheet *
sheet_add(struct sheets *w, const char *name, const struct sheet_column *columns, size_t n)
{
	struct sheet *s = calloc(1, sizeof(*s)), **last;

	if (s == NULL) {
		check(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
		return NULL;
	}
	for (last = &w->all; *last != NULL; last = &(*last)->next)
		continue;
	*last = s;
	s->w = w;
	s->name = name;
	s->columns = columns;
	s->n = n;
	begin_part(s);
	return s;
}

#define AT(s, col)	(s)->at, (lxw_row_t)(s)->row, (lxw_col_t)(col)

void
sheet_styled(struct sheet *s, size_t col, const char *text, enum sheet_style style)
{
	lxw_format *f = style == SHEET_PLAIN ? NULL : s->w->format[style == SHEET_TITLE ? F_TITLE : F_BOLD];

	if (strlen(text) > TEXT_MAX) {
		char cut[TEXT_MAX + 1];

		memcpy(cut, text, TEXT_MAX);
		cut[text_utf8_valid(text, TEXT_MAX)] = '\0';
		check(s->w, worksheet_write_string(AT(s, col), cut, f));
	} else if (text[0] != '\0')
		check(s->w, worksheet_write_string(AT(s, col), text, f));
}

void
sheet_text(struct sheet *s, size_t col, const char *text)
{
	sheet_styled(s, col, text, SHEET_PLAIN);
}

void
sheet_count(struct sheet *s, size_t col, int64_t n)
{
	check(s->w, worksheet_write_number(AT(s, col), (double)n, s->w->format[F_COUNT]));
}

static double
major(int64_t minor, const char *ccy)
{
	int d = ccy[0] == '\0' ? 0 : money_decimals(ccy);

	return (double)minor / (d == 3 ? 1000.0 : d == 2 ? 100.0 : 1.0);
}

static lxw_format *
amount_format(const struct sheets *w, const char *ccy)
{
	int d = ccy[0] == '\0' ? 0 : money_decimals(ccy);

	return w->format[ccy[0] == '\0' ? F_COUNT : d == 3 ? F_AMOUNT_3 : d == 2 ? F_AMOUNT_2 : F_AMOUNT_0];
}

void
sheet_amount(struct sheet *s, size_t col, int64_t minor, const char ccy[4])
{
	char text[MONEY_TEXT];

	/* The quotient of two exact doubles is the double nearest to the amount. */
	if (minor > -EXACT && minor < EXACT)
		check(s->w, worksheet_write_number(AT(s, col), major(minor, ccy), amount_format(s->w, ccy)));
	else
		check(s->w, worksheet_write_string(AT(s, col), money_print(minor, ccy, text), NULL));
}

void
sheet_day(struct sheet *s, size_t col, const char *day)
{
	/* Day 25569 is 1970-01-01, the first one there is here. */
	if (!moment_day_valid(day))
		sheet_text(s, col, day);
	else
		check(s->w, worksheet_write_number(AT(s, col), 25569 + moment_days_between("1970-01-01", day),
		    s->w->format[F_DAY]));
}

void
sheet_time(struct sheet *s, size_t col, int64_t us)
{
	/* Seconds, as the listings print them. */
	if (us >= 0)
		check(s->w, worksheet_write_number(AT(s, col), 25569 + (double)(us / MOMENT_SECOND) / 86400.0,
		    s->w->format[F_TIME]));
}

void
sheet_percent(struct sheet *s, size_t col, int64_t hundredths)
{
	check(s->w, worksheet_write_number(AT(s, col), (double)hundredths / 10000.0, s->w->format[F_PERCENT]));
}

void
sheet_formula(struct sheet *s, size_t col, const char *formula, int64_t value, const char *ccy)
{
	check(s->w, worksheet_write_formula_num(AT(s, col), formula, amount_format(s->w, ccy),
	    major(value, ccy)));
}

void
sheet_width(struct sheet *s, size_t from, size_t to, int width)
{
	check(s->w, worksheet_set_column(s->at, (lxw_col_t)from, (lxw_col_t)to, width, NULL));
}

void
sheet_next(struct sheet *s)
{
	if (++s->row == ROWS_MAX) {
		end_part(s);
		begin_part(s);
	}
}

size_t
sheet_row(const struct sheet *s)
{
	return s->row;
}

void
sheet_sumifs(const struct sheet *s, size_t sum, size_t by, const char *is, char *out)
{
	char name[40], a[LXW_MAX_COL_NAME_LENGTH], b[LXW_MAX_COL_NAME_LENGTH];
	size_t i, len = strlen(out);

	for (i = 0; i < s->parts; i++) {
		size_t rows = i + 1 < s->parts ? ROWS_MAX : s->row > 1 ? s->row : 2;

		(void)snprintf(name, sizeof(name), i == 0 ? "%s" : "%s %zu", s->name, i + 1);
		lxw_col_to_name(a, (lxw_col_t)by, 1);
		lxw_col_to_name(b, (lxw_col_t)(sum == (size_t)-1 ? by : sum), 1);
		if (sum == (size_t)-1)
			len += (size_t)snprintf(out + len, SHEET_FORMULA - len, "%sCOUNTIFS('%s'!%s$2:%s$%zu,\"%s\")",
			    i == 0 ? "" : "+", name, a, a, rows, is);
		else
			len += (size_t)snprintf(out + len, SHEET_FORMULA - len,
			    "%sSUMIFS('%s'!%s$2:%s$%zu,'%s'!%s$2:%s$%zu,\"%s\")", i == 0 ? "" : "+", name, b, b, rows,
			    name, a, a, rows, is);
		if (len >= SHEET_FORMULA) {
			check(s->w, LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED);
			out[0] = '0', out[1] = '\0';
			return;
		}
	}
}

static void
free_all(struct sheets *w)
{
	struct sheet *s, *next;

	for (s = w->all; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	free(w);
}

int
sheets_close(struct sheets *w, struct error *e)
{
	struct sheet *s;
	lxw_error err;

	for (s = w->all; s != NULL; s = s->next)
		end_part(s);
	err = workbook_close(w->book);
	if (w->first == LXW_NO_ERROR)
		w->first = err;
	err = w->first;
	free_all(w);
	return err == LXW_NO_ERROR ? 0 : error_set(e, ERR_IO, "workbook: %s", lxw_strerror(err));
}

void
sheets_abort(struct sheets *w)
{
	if (w == NULL)
		return;
	lxw_workbook_free(w->book);
	free_all(w);
}
