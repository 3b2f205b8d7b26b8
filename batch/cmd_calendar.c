/*
 * cmd_calendar -- daybook calendar: which reports came, day by day.
 */
#include <stdio.h>
#include <stdlib.h>

#include "calendar.h"
#include "cmd.h"

/* A day's report is there by noon of the day after (providers/paypal.md 5.1). */
#define DUE_US		(INT64_C(12) * 3600 * MOMENT_SECOND)

struct certificates {
	struct certificate	*v;
	size_t			 n, cap;
};

static int
take(void *arg, const char *sha256, json_t *j, struct error *e)
{
	struct certificates *x = arg;

	if (x->n == x->cap) {
		size_t cap = x->cap == 0 ? 64 : x->cap * 2;
		struct certificate *v = reallocarray(x->v, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(e, "calendar");
		x->v = v;
		x->cap = cap;
	}
	return certificate_read(sha256, j, &x->v[x->n++], e);
}

static int
print_lines(struct cmd *c, const struct calendar_line *v, size_t n)
{
	struct table *t = table_new("day,account,report,state,received,parts>,rows>,failed>,file", c->format);
	char parts[16], rows[24], failed[16];
	size_t i;
	int rc = t == NULL ? error_set(&c->e, ERR_IO, "no memory") : 0;

	for (i = 0; rc == 0 && i < n; i++) {
		const char *const cell[] = { v[i].day, v[i].account, v[i].report, calendar_state_name[v[i].state],
		    v[i].received, parts, rows, failed, v[i].name };

		(void)snprintf(parts, sizeof(parts), "%d", v[i].parts);
		(void)snprintf(rows, sizeof(rows), "%lld", (long long)v[i].rows);
		(void)snprintf(failed, sizeof(failed), "%d", v[i].failed);
		rc = table_row(t, cell, &c->e);
	}
	if (rc == 0)
		return cmd_print(c, t);
	table_free(t);
	return cmd_fail(c);
}

int
cmd_calendar(struct cmd *c)
{
	const char *from = cmd_option(c, "from"), *to = cmd_option(c, "to");
	struct certificates x = { 0 };
	struct calendar_line *v = NULL;
	struct lock lock = LOCK_INIT;
	struct books *b;
	char today[MOMENT_DAY], due[MOMENT_DAY];
	size_t n = 0;
	int rc;

	if ((rc = cmd_days(c, from, to)) != 0)
		return rc;
	moment_day_add(moment_day(moment_now() - DUE_US, today), -1, due);
	if ((b = cmd_books(c, c->book, &lock)) == NULL)
		return cmd_fail(c);
	rc = books_each_data(b, "file", take, &x, &c->e);
	if (cmd_books_done(c, b, &lock) == -1)
		rc = -1;
	if (rc == 0)
		rc = calendar_make(x.v, x.n, from == NULL ? "" : from, to == NULL ? "" : to, due, &v, &n, &c->e);
	rc = rc == -1 ? cmd_fail(c) : print_lines(c, v, n);
	free(x.v);
	free(v);
	return rc;
}
