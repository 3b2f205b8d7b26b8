/*
 * calendar -- see calendar.h.
 */
#include <stdlib.h>
#include <string.h>

#include "calendar.h"

const char *const calendar_state_name[] = { "received", "late", "missing", "superseded" };

struct make {
	const struct certificate **c;	/* that count, in order */
	size_t			 n;
	const char		*from, *to, *due;
	struct calendar_line	*v;
	size_t			 nv, cap;
	struct error		*e;
};

static int
by_day(const void *a, const void *b)
{
	const struct certificate *x = *(const struct certificate *const *)a;
	const struct certificate *y = *(const struct certificate *const *)b;
	int c = strcmp(x->account, y->account);

	if (c == 0)
		c = strcmp(x->report, y->report);
	if (c == 0)
		c = strcmp(x->day, y->day);
	if (c == 0)
		c = x->part - y->part;
	if (c == 0)
		c = strcmp(x->received, y->received);
	return c != 0 ? c : strcmp(x->sha256, y->sha256);
}

static int
same_report(const struct certificate *a, const struct certificate *b)
{
	return strcmp(a->account, b->account) == 0 && strcmp(a->report, b->report) == 0;
}

static int
superseded(const struct make *m, const struct certificate *c)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->c[i]->supersedes[0] != '\0' && strcmp(m->c[i]->supersedes, c->sha256) == 0)
			return 1;
	return 0;
}

static struct calendar_line *
add(struct make *m, const struct certificate *of, const char *day, enum calendar_state state)
{
	struct calendar_line *l;

	if (m->nv == m->cap) {
		size_t cap = m->cap == 0 ? 64 : m->cap * 2;

		if ((l = reallocarray(m->v, cap, sizeof(*l))) == NULL) {
			error_sys(m->e, "calendar");
			return NULL;
		}
		m->v = l;
		m->cap = cap;
	}
	l = &m->v[m->nv++];
	memset(l, 0, sizeof(*l));
	memcpy(l->account, of->account, sizeof(l->account));
	memcpy(l->report, of->report, sizeof(l->report));
	memcpy(l->day, day, sizeof(l->day));
	l->state = state;
	return l;
}

static void
take(struct calendar_line *l, const struct certificate *c)
{
	if (l->parts++ == 0) {
		memcpy(l->name, c->name, sizeof(l->name));
		memcpy(l->sha256, c->sha256, sizeof(l->sha256));
	}
	if (strcmp(c->received, l->received) > 0)
		memcpy(l->received, c->received, sizeof(l->received));
	l->rows += c->rows;
	l->failed += c->failed;
}

/* Certificates from i to end are of that day. */
static int
add_day(struct make *m, const struct certificate *of, const char *day, size_t i, size_t end)
{
	struct calendar_line *l;
	int want = 1, last = 0, gap = 0;
	size_t k;

	for (k = i; k < end; k++)
		if (superseded(m, m->c[k])) {
			if ((l = add(m, of, day, CALENDAR_SUPERSEDED)) == NULL)
				return -1;
			take(l, m->c[k]);
		}
	if ((l = add(m, of, day, CALENDAR_MISSING)) == NULL)
		return -1;
	for (k = i; k < end; k++) {
		if (superseded(m, m->c[k]))
			continue;
		take(l, m->c[k]);
		gap |= m->c[k]->part != want++;
		last = m->c[k]->last;
	}
	if (l->parts > 0 && last && !gap)
		l->state = moment_days_between(day, l->received) > 1 ? CALENDAR_LATE : CALENDAR_RECEIVED;
	return 0;
}

/* All days of one report; certificates from i to end are of it. */
static int
add_report(struct make *m, size_t i, size_t end)
{
	const struct certificate *of = m->c[i];
	const char *last = m->c[end - 1]->day;
	char day[MOMENT_DAY], next[MOMENT_DAY];
	size_t k;

	memcpy(day, of->day, sizeof(day));
	if (strcmp(m->due, last) > 0)
		last = m->due;
	for (; strcmp(day, last) <= 0; memcpy(day, next, sizeof(day))) {
		for (k = i; k < end && strcmp(m->c[k]->day, day) == 0; k++)
			continue;
		if (strcmp(day, m->from) >= 0 && (m->to[0] == '\0' || strcmp(day, m->to) <= 0) &&
		    add_day(m, of, day, i, k) == -1)
			return -1;
		i = k;
		moment_day_add(day, 1, next);
	}
	return 0;
}

int
calendar_make(const struct certificate *c, size_t n, const char *from, const char *to, const char *due,
    struct calendar_line **v, size_t *nv, struct error *e)
{
	struct make m = { .from = from, .to = to, .due = due, .e = e };
	size_t i, k;
	int rc = -1;

	if ((m.c = calloc(n + 1, sizeof(*m.c))) == NULL)
		return error_sys(e, "calendar");
	for (i = 0; i < n; i++) {
		if (c[i].report[0] == '\0' || c[i].day[0] == '\0')
			continue;
		if (!moment_day_valid(c[i].day) || !moment_day_valid(c[i].received)) {
			error_set(e, ERR_INPUT, "file %.12s: \"%s\", \"%s\": no day", c[i].sha256, c[i].day,
			    c[i].received);
			goto out;
		}
		m.c[m.n++] = &c[i];
	}
	if (m.n > 0)
		qsort(m.c, m.n, sizeof(*m.c), by_day);
	for (i = 0; i < m.n; i = k) {
		for (k = i; k < m.n && same_report(m.c[i], m.c[k]); k++)
			continue;
		if (add_report(&m, i, k) == -1)
			goto out;
	}
	*v = m.v;
	*nv = m.nv;
	m.v = NULL;
	rc = 0;
out:
	free(m.c);
	free(m.v);
	return rc;
}
