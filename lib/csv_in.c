/*
 * csv_in -- see csv_in.h.
 */
#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "csv_in.h"

#define CHUNK	65536
#define ROW_MAX	(4 * 1024 * 1024)	/* bytes of one row */

struct reader {
	struct csv_parser p;
	const char	*file;
	struct error	*e;
	csv_row_fn	*fn;
	void		*arg;
	struct buf	 text;		/* fields of the row, NUL-terminated */
	size_t		 at[CSV_FIELDS_MAX], len[CSV_FIELDS_MAX], n;
	size_t		 line;		/* of the byte being read */
	size_t		 row_line;	/* where the row began */
	size_t		 fed;		/* bytes since the last end of a field */
	int		 began;
	int		 rc;
};

static int
too_long(struct reader *r)
{
	return error_set(r->e, ERR_INPUT, "%s:%zu: a field longer than %d bytes", r->file, r->row_line,
	    CSV_FIELD_MAX);
}

static void
on_field(void *s, size_t len, void *arg)
{
	struct reader *r = arg;

	r->fed = 0;
	if (r->rc != 0)
		return;
	if (r->n == CSV_FIELDS_MAX) {
		r->rc = error_set(r->e, ERR_INPUT, "%s:%zu: more than %d columns", r->file, r->row_line,
		    CSV_FIELDS_MAX);
		return;
	}
	if (len > CSV_FIELD_MAX) {
		r->rc = too_long(r);
		return;
	}
	r->at[r->n] = r->text.len;
	r->len[r->n++] = len;
	if (r->text.len + len + 1 > ROW_MAX)
		r->rc = error_set(r->e, ERR_INPUT, "%s:%zu: a row longer than %d bytes", r->file, r->row_line,
		    ROW_MAX);
	else if (buf_add(&r->text, s, len, r->e) == -1 || buf_add(&r->text, "", 1, r->e) == -1)
		r->rc = -1;
}

static void
on_row(int c, void *arg)
{
	struct reader *r = arg;
	struct csv_field f[CSV_FIELDS_MAX];
	struct csv_row row = { f, r->n, r->row_line };
	size_t i;
	int blank = 1;

	(void)c;
	r->fed = 0;
	for (i = 0; r->rc == 0 && i < r->n; i++) {
		f[i].s = r->text.data + r->at[i];
		f[i].len = r->len[i];
		blank &= f[i].len == 0;
	}
	if (r->rc == 0 && !blank)
		r->rc = r->fn(r->arg, &row, r->e);
	r->n = 0;
	buf_clear(&r->text);
	r->began = 0;
}

/* Byte by byte over line ends only: libcsv does not tell lines. */
static int
feed(struct reader *r, const char *p, size_t len)
{
	while (len > 0 && r->rc == 0) {
		const char *nl = memchr(p, '\n', len);
		size_t n = nl == NULL ? len : (size_t)(nl - p) + 1;

		if (n > CHUNK) {	/* a long line: the cap below is looked at on the way */
			n = CHUNK;
			nl = NULL;
		}
		if (!r->began && (n > 1 || p[0] != '\n')) {
			r->began = 1;
			r->row_line = r->line;
		}
		r->fed += n;
		if (csv_parse(&r->p, p, n, on_field, on_row, r) != n && r->rc == 0)
			r->rc = error_set(r->e, ERR_INPUT, "%s:%zu: %s", r->file, r->line,
			    csv_error(&r->p) == CSV_EPARSE ? "a quote where none can stand" :
			    csv_strerror(csv_error(&r->p)));
		/* libcsv would buffer a field of any length */
		if (r->fed > CSV_FIELD_MAX + CHUNK && r->rc == 0)
			r->rc = too_long(r);
		if (nl != NULL)
			r->line++;
		p += n;
		len -= n;
	}
	return r->rc;
}

static int
begin(struct reader *r, const char *file, char delim, csv_row_fn *fn, void *arg, struct error *e)
{
	memset(r, 0, sizeof(*r));
	r->file = file;
	r->fn = fn;
	r->arg = arg;
	r->e = e;
	r->line = 1;
	r->text = (struct buf)BUF_INIT(ROW_MAX);
	if (csv_init(&r->p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return error_set(e, ERR_IO, "%s: csv", file);
	csv_set_delim(&r->p, (unsigned char)delim);
	return 0;
}

static int
finish(struct reader *r)
{
	if (r->rc == 0 && csv_fini(&r->p, on_field, on_row, r) != 0 && r->rc == 0)
		r->rc = error_set(r->e, ERR_INPUT, "%s:%zu: ends inside quotes", r->file, r->row_line);
	csv_free(&r->p);
	buf_free(&r->text);
	return r->rc;
}

/* Comma or tab, whichever the first line has more of; and a BOM is no content. */
static char
look(const char *p, size_t len, size_t *skip)
{
	size_t commas = 0, tabs = 0, i;

	*skip = len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (i = *skip; i < len && p[i] != '\n'; i++) {
		commas += p[i] == ',';
		tabs += p[i] == '\t';
	}
	return tabs > commas ? '\t' : ',';
}

char
csv_in_delim(const char *p, size_t len)
{
	size_t skip;

	return look(p, len, &skip);
}

int
csv_in_mem(const char *p, size_t len, const char *file, char delim, csv_row_fn *fn, void *arg,
    struct error *e)
{
	struct reader r;
	size_t skip;
	char seen = look(p, len, &skip);

	if (begin(&r, file, delim != 0 ? delim : seen, fn, arg, e) == -1)
		return -1;
	(void)feed(&r, p + skip, len - skip);
	return finish(&r);
}

int
csv_in_fd(int fd, const char *file, char delim, csv_row_fn *fn, void *arg, struct error *e)
{
	struct reader r;
	char *p = malloc(CHUNK);
	size_t skip, have = 0;
	ssize_t n = 0;
	int rc = -1, started = 0;

	if (p == NULL)
		return error_sys(e, "%s", file);
	for (;;) {
		n = read(fd, p + have, CHUNK - have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			error_sys(e, "%s: read", file);
			if (started) {
				r.rc = -1;
				(void)finish(&r);
			}
			goto out;
		}
		have += (size_t)n;
		/* The first look wants a whole line, or all there is. */
		if (!started && n > 0 && have < CHUNK && memchr(p, '\n', have) == NULL)
			continue;
		if (!started) {
			char seen = look(p, have, &skip);

			if (begin(&r, file, delim != 0 ? delim : seen, fn, arg, e) == -1)
				goto out;
			started = 1;
			(void)feed(&r, p + skip, have - skip);
		} else
			(void)feed(&r, p, have);
		have = 0;
		if (n == 0 || r.rc != 0)
			break;
	}
	rc = finish(&r);
out:
	free(p);
	return rc;
}
