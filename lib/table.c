/*
 * table -- see table.h.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "text.h"

#define COLUMNS_MAX	32

struct table {
	enum table_format	 f;
	char			*names;
	const char		*name[COLUMNS_MAX];
	int			 right[COLUMNS_MAX];
	size_t			 width[COLUMNS_MAX];
	size_t			 n;
	char			**cells;
	size_t			 rows, cap;
};

int
table_format_find(const char *name)
{
	static const char *const names[] = { "text", "csv", "json" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* Characters, not bytes; good enough for alignment of Latin text. */
static size_t
width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

struct table *
table_new(const char *columns, enum table_format f)
{
	struct table *t = calloc(1, sizeof(*t));
	char *p;

	if (t == NULL || (t->names = strdup(columns)) == NULL) {
		free(t);
		return NULL;
	}
	t->f = f;
	for (p = t->names; p != NULL && t->n < COLUMNS_MAX; t->n++) {
		char *comma = strchr(p, ',');
		size_t len;

		if (comma != NULL)
			*comma++ = '\0';
		len = strlen(p);
		if (len > 0 && p[len - 1] == '>') {
			p[len - 1] = '\0';
			t->right[t->n] = 1;
		}
		t->name[t->n] = p;
		t->width[t->n] = width(p);
		p = comma;
	}
	return t;
}

int
table_row(struct table *t, const char *const *cells, struct error *e)
{
	size_t i;

	if (t->rows == t->cap) {
		size_t cap = t->cap == 0 ? 64 : t->cap * 2;
		char **v = realloc(t->cells, cap * t->n * sizeof(*v));

		if (v == NULL)
			return error_sys(e, "listing");
		t->cells = v;
		t->cap = cap;
	}
	for (i = 0; i < t->n; i++) {
		char *copy = strdup(cells[i] == NULL ? "" : cells[i]);
		size_t w;

		if (copy == NULL) {
			while (i-- > 0)
				free(t->cells[t->rows * t->n + i]);
			return error_sys(e, "listing");
		}
		t->cells[t->rows * t->n + i] = copy;
		w = width(copy);
		if (w > t->width[i])
			t->width[i] = w;
	}
	t->rows++;
	return 0;
}

/* A number is no formula, whatever sign it begins with. */
static int
is_number(const char *s)
{
	size_t i = s[0] == '-' || s[0] == '+';

	if (s[i] < '0' || s[i] > '9')
		return 0;
	return s[i + strspn(s + i, "0123456789.")] == '\0';
}

int
table_csv_cell(struct buf *out, const char *s, struct error *e)
{
	int formula = s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL && !is_number(s);
	int quote = formula || strpbrk(s, ",\"\r\n") != NULL || s[0] == ' ' ||
	    (s[0] != '\0' && s[strlen(s) - 1] == ' ');
	const char *q;

	if (!quote)
		return buf_adds(out, s, e);
	if (buf_adds(out, formula ? "\"'" : "\"", e) == -1)
		return -1;
	for (; (q = strchr(s, '"')) != NULL; s = q + 1)
		if (buf_add(out, s, (size_t)(q - s), e) == -1 || buf_adds(out, "\"\"", e) == -1)
			return -1;
	return buf_adds(out, s, e) == -1 ? -1 : buf_adds(out, "\"", e);
}

static int
render_csv(const struct table *t, struct buf *out, struct error *e)
{
	size_t i, k;

	for (i = 0; i < t->n; i++)
		if (buf_addf(out, e, "%s%s", t->name[i], i + 1 == t->n ? "\r\n" : ",") == -1)
			return -1;
	for (k = 0; k < t->rows; k++)
		for (i = 0; i < t->n; i++)
			if (table_csv_cell(out, t->cells[k * t->n + i], e) == -1 ||
			    buf_adds(out, i + 1 == t->n ? "\r\n" : ",", e) == -1)
				return -1;
	return 0;
}

static int
render_json(const struct table *t, struct buf *out, struct error *e)
{
	size_t i, k;
	int rc = 0;

	if (buf_adds(out, "[", e) == -1)
		return -1;
	for (k = 0; k < t->rows && rc == 0; k++) {
		json_t *o = json_object();
		char *text;

		for (i = 0; i < t->n; i++)
			json_object_set_new(o, t->name[i], json_string(t->cells[k * t->n + i]));
		text = json_dumps(o, JSON_COMPACT);
		json_decref(o);
		if (text == NULL)
			return error_set(e, ERR_IO, "listing: no memory");
		rc = buf_addf(out, e, "%s%s", k == 0 ? "\n" : ",\n", text);
		free(text);
	}
	return rc == -1 ? -1 : buf_adds(out, "\n]\n", e);
}

static int
text_cell(const struct table *t, struct buf *out, size_t i, const char *s, struct error *e)
{
	size_t pad = t->width[i] - width(s), k;

	if (i > 0 && buf_adds(out, "  ", e) == -1)
		return -1;
	for (k = 0; t->right[i] && k < pad; k++)
		if (buf_adds(out, " ", e) == -1)
			return -1;
	if (text_printable(out, s, strlen(s), e) == -1)
		return -1;
	for (k = 0; !t->right[i] && i + 1 < t->n && k < pad; k++)
		if (buf_adds(out, " ", e) == -1)
			return -1;
	return i + 1 == t->n ? buf_adds(out, "\n", e) : 0;
}

static int
render_text(const struct table *t, struct buf *out, struct error *e)
{
	size_t i, k;

	for (i = 0; i < t->n; i++)
		if (text_cell(t, out, i, t->name[i], e) == -1)
			return -1;
	for (k = 0; k < t->rows; k++)
		for (i = 0; i < t->n; i++)
			if (text_cell(t, out, i, t->cells[k * t->n + i], e) == -1)
				return -1;
	return 0;
}

int
table_render(struct table *t, struct buf *out, struct error *e)
{
	return t->f == TABLE_CSV ? render_csv(t, out, e) : t->f == TABLE_JSON ? render_json(t, out, e) :
	    render_text(t, out, e);
}

void
table_free(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->rows * t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->names);
	free(t);
}
