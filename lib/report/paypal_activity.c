/*
 * paypal_activity -- PayPal's activity download, CSV or TAB (providers/paypal.md 5.8).
 *
 * Columns are found by name, in any order and language of paypal_columns.c.  Only the whole file can
 * say whether it writes month or day first, point or comma, newest or oldest first.  Nothing of that
 * is guessed: what stays open is an error that names the option.
 *
 * A large file's ordinary payments are taken from its bytes by threads (paypal_quick.c), where
 * whoever asks can take them in short.  That way never has a word of its own: with anything wrong or
 * in doubt the file is read again cell by cell, and that says what is wrong.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/paypal_reading.h"

/* Every row full. */
static int
by_cells(struct reading *r)
{
	size_t i;

	if (buf_add(&r->cells, "", 1, r->e) == -1 ||
	    csv_in_fd(r->fd, r->file, 0, reading_row, r, r->e) == -1)
		return -1;
	if (!r->have_header)
		return error_set(r->e, ERR_INPUT, "%s: empty: a line with column names is expected", r->file);
	if ((r->q = calloc(r->n + 1, sizeof(*r->q))) == NULL)
		return error_sys(r->e, "%s", r->file);
	r->nq = r->n;
	for (i = 0; i < r->n; i++) {
		r->q[i].flags = QUICK_FULL;
		r->q[i].at = i;
	}
	return reading_arrange(r);
}

struct again {
	struct report_again	 a;
	struct reading		 r;	/* header and what was decided of the file */
};

static int
again_row(struct report_again *a, int fd, const struct report_plain *p, struct report_row *row,
    struct error *e)
{
	struct again *x = (struct again *)a;

	x->r.e = e;
	return reading_again(&x->r, fd, p, row);
}

static void
again_free(struct report_again *a)
{
	free(a);
}

/* The sink gets what makes a row again; file and options stay their owners'. */
static int
give_again(const struct reading *r, const struct report_sink *sink)
{
	struct again *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return error_sys(r->e, "%s", r->file);
	x->a.row = again_row;
	x->a.free = again_free;
	x->r = *r;
	x->r.v = NULL;
	x->r.q = NULL;
	x->r.n = x->r.cap = x->r.nq = 0;
	memset(&x->r.cells, 0, sizeof(x->r.cells));
	memset(&x->r.date_texts, 0, sizeof(x->r.date_texts));
	memset(&x->r.zones, 0, sizeof(x->r.zones));
	memset(&x->r.owns, 0, sizeof(x->r.owns));
	sink->again(sink->arg, &x->a);
	return 0;
}

static int
activity_read(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	struct error ignored = { 0 };
	struct reading r;
	int rc = -1;

	if (sink->plain != NULL && sink->again != NULL) {
		reading_init(&r, file, o, &ignored);
		r.fd = fd;
		if (reading_quick(&r) == 1 && reading_arrange(&r) == 0) {
			r.e = e;
			if (r.quick && give_again(&r, sink) == -1)
				goto out;
			rc = reading_deliver(&r, sink);
			goto out;
		}
		reading_free(&r);
		if (lseek(fd, 0, SEEK_SET) == -1)
			return error_sys(e, "%s", file);
	}
	reading_init(&r, file, o, e);
	r.fd = fd;
	if (by_cells(&r) == 0)
		rc = reading_deliver(&r, sink);
out:
	reading_free(&r);
	return rc;
}

/* Only the first line. */
static int
first_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct reading *r = arg;

	return reading_header(r, row) == -1 ? -1 : error_set(e, ERR_AGAIN, "enough");
}

static int
activity_recognise(const char *head, size_t len)
{
	struct error e = { 0 };
	struct reading r;
	const char *nl = memchr(head, '\n', len);
	int found;

	reading_init(&r, "", NULL, &e);
	if (buf_add(&r.cells, "", 1, &e) == -1)
		return 0;
	(void)csv_in_mem(head, nl == NULL ? len : (size_t)(nl - head) + 1, "", 0, first_row, &r, &e);
	/* Also a download without some column we need: its error must say which. */
	found = r.col[COL_DATE] != -1 && r.col[COL_GROSS] != -1 && r.col[COL_ZONE] != -1 &&
	    r.col[COL_TIME] != -1;
	buf_free(&r.cells);
	return found;
}

const struct report_format report_paypal_activity = {
	.name = "paypal-activity",
	.recognise = activity_recognise,
	.read = activity_read,
};
