/*
 * paypal_search -- see paypal_search.h.
 *
 * The file is read twice: once whole, to judge it and to learn the order of its rows, then row by
 * row in that order.  What is kept of a row in between is its time and its place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "money.h"
#include "report/paypal_search.h"
#include "report/paypal_search_priv.h"

#define LINE_LONGEST	((size_t)1 << 20)	/* a row is some 2 kB */
#define BALANCES_MAX	64

struct place {				/* of one row */
	int64_t	event;
	off_t	at;
	size_t	line, len;
};

struct reading {
	const char	*file;
	int		 fd;
	struct report_part part;
	char		 source[8];
	int		 have_head, ended;
	struct report_statement st[BALANCES_MAX];
	int		 opened[BALANCES_MAX], closed[BALANCES_MAX];
	int		 nst;
	int64_t		 movement[MONEY_CURRENCIES];	/* net of the rows that move the balance */
	json_int_t	 nbalances;
	struct place	*v;
	size_t		 n, cap;
	size_t		 line;
};

/* The error of line, with file and line before it. */
static int
at_line(const struct reading *r, size_t line, struct error *e)
{
	struct error why = *e;

	return error_set(e, e->code == ERR_NONE ? ERR_INPUT : e->code, "%s:%zu: %s", r->file, line, why.text);
}

static int
take_head(struct reading *r, const json_t *j, struct error *e)
{
	const char *source = search_text(j, "source");

	if (strcmp(search_text(j, "daybook"), "paypal-search") != 0 ||
	    json_integer_value(json_object_get(j, "version")) != 1)
		return error_set(e, ERR_INPUT, "no head of a paypal-search file of version 1");
	if (strcmp(source, "rest") != 0 && strcmp(source, "nvp") != 0)
		return error_set(e, ERR_INPUT, "source: rest or nvp is expected");
	memcpy(r->source, source, strlen(source) + 1);
	if (search_time(j, "from", &r->part.from, e) == -1 || search_time(j, "to", &r->part.to, e) == -1)
		return -1;
	if (r->part.to < r->part.from || r->part.to > INT64_MAX - MOMENT_SECOND)
		return error_set(e, ERR_INPUT, "to: before from");
	memcpy(r->part.version, "1", 2);
	search_take(r->part.account_id, sizeof(r->part.account_id), search_text(j, "account_id"));
	memcpy(r->part.day, search_text(j, "to"), 10);
	r->part.part = r->part.last = 1;
	r->have_head = 1;
	return 0;
}

static int
take_balance(struct reading *r, const json_t *j, struct error *e)
{
	const char *which = search_text(j, "balance"), *ccy = search_text(j, "currency");
	const char *names[] = { "available", "total" };
	struct report_statement *s;
	struct report_row row = { .line = 0 };
	int64_t v[2] = { 0, 0 };
	int i, opening = strcmp(which, "opening") == 0, got[2];

	if (!opening && strcmp(which, "closing") != 0)
		return error_set(e, ERR_INPUT, "balance: opening or closing is expected");
	if (search_currency(&row, ccy, "currency", e) == -1)
		return -1;
	for (i = 0; i < 2; i++)
		if ((got[i] = search_amount(&row, json_object_get(j, names[i]), names[i], &v[i], e)) == -1)
			return -1;
	if (got[0] == 0)
		return error_set(e, ERR_INPUT, "available: an amount is expected");
	for (i = 0; i < r->nst && strcmp(r->st[i].currency, ccy) != 0; i++)
		continue;
	if (i == BALANCES_MAX || (i < r->nst && (opening ? r->opened : r->closed)[i]))
		return error_set(e, ERR_INPUT, "%s balance of %s stands twice", which, ccy);
	s = &r->st[i];
	if (i == r->nst) {
		r->nst++;
		memset(s, 0, sizeof(*s));
		memcpy(s->currency, ccy, 4);
		s->line = r->line;
		s->has_total = 1;
	}
	s->has_total &= got[1];
	*(opening ? &s->opening : &s->closing) = v[0];
	*(opening ? &s->total_opening : &s->total_closing) = v[1];
	(opening ? r->opened : r->closed)[i] = 1;
	r->nbalances++;
	return 0;
}

static int
take_row(struct reading *r, const json_t *j, off_t at, size_t len, struct error *e)
{
	struct report_row row;
	struct place *v;

	if (paypal_search_row(json_object_get(j, "row"), r->source, r->part.from, &row, e) == -1)
		return -1;
	if (row.moves_balance &&
	    money_add(&r->movement[money_number(row.currency)], row.net, e) == -1)
		return error_set(e, ERR_INPUT, "the sum of %s is out of range", row.currency);
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 1024 : r->cap * 2;

		if ((v = reallocarray(r->v, cap, sizeof(*v))) == NULL)
			return error_sys(e, "%s", r->file);
		r->v = v;
		r->cap = cap;
	}
	r->v[r->n++] = (struct place){ row.event, at, r->line, len };
	return 0;
}

static int
take_end(struct reading *r, const json_t *j, struct error *e)
{
	r->ended = 1;
	if (json_integer_value(json_object_get(j, "rows")) == (json_int_t)r->n &&
	    json_integer_value(json_object_get(j, "balances")) == r->nbalances)
		return 0;
	return error_set(e, ERR_INPUT, "end: rows and balances are not as many as it says");
}

static int
take_line(struct reading *r, const char *s, size_t len, off_t at, struct error *e)
{
	json_error_t je;
	json_t *j;
	int rc;

	if (len > LINE_LONGEST)
		return error_set(e, ERR_INPUT, "a line of more than %zu bytes", LINE_LONGEST);
	if ((j = json_loadb(s, len, JSON_REJECT_DUPLICATES, &je)) == NULL)
		return error_set(e, ERR_INPUT, "no JSON: %.100s", je.text);
	if (!r->have_head)
		rc = take_head(r, j, e);
	else if (r->ended)
		rc = error_set(e, ERR_INPUT, "something stands behind the end");
	else if (json_object_get(j, "row") != NULL)
		rc = take_row(r, j, at, len, e);
	else if (json_object_get(j, "balance") != NULL)
		rc = take_balance(r, j, e);
	else if (json_is_true(json_object_get(j, "end")))
		rc = take_end(r, j, e);
	else
		rc = error_set(e, ERR_INPUT, "a row, a balance or the end is expected");
	json_decref(j);
	return rc;
}

static int
by_time(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->event != y->event ? (x->event < y->event ? -1 : 1) : x->line < y->line ? -1 : x->line > y->line;
}

static int
read_lines(struct reading *r, struct error *e)
{
	int fd = dup(r->fd);
	FILE *f = fd == -1 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t cap = 0;
	off_t at = 0;
	ssize_t n;
	int rc = 0;

	if (f == NULL || fseeko(f, 0, SEEK_SET) == -1) {
		rc = error_sys(e, "%s: read", r->file);
		goto out;
	}
	for (; rc == 0 && (n = getline(&line, &cap, f)) > 0; at += n) {
		r->line++;
		e->code = ERR_NONE;
		if (take_line(r, line, (size_t)n, at, e) == -1)
			rc = at_line(r, r->line, e);
	}
	if (rc == 0 && ferror(f))
		rc = error_sys(e, "%s: read", r->file);
	if (rc == 0 && !r->ended)
		rc = error_set(e, ERR_INPUT, "%s:%zu: cut off: the file's end is missing", r->file, r->line);
out:
	free(line);
	if (f != NULL)
		(void)fclose(f);
	return rc;
}

/* A file on the same descriptor, again, by place. */
static int
deliver(struct reading *r, const struct report_sink *sink, struct error *e)
{
	struct report_row row;
	json_error_t je;
	char *line = NULL;
	json_t *j;
	size_t i, longest = 1;
	int rc = 0;

	for (i = 0; i < r->n; i++)
		if (r->v[i].len > longest)
			longest = r->v[i].len;
	if ((line = malloc(longest)) == NULL)
		return error_sys(e, "%s", r->file);
	for (i = 0; rc == 0 && i < r->n; i++) {
		const struct place *p = &r->v[i];

		if (pread(r->fd, line, p->len, p->at) != (ssize_t)p->len ||
		    (j = json_loadb(line, p->len, JSON_REJECT_DUPLICATES, &je)) == NULL) {
			rc = error_set(e, ERR_INPUT, "%s:%zu: changed while it was read", r->file, p->line);
			break;
		}
		rc = paypal_search_row(json_object_get(j, "row"), r->source, r->part.from, &row, e);
		json_decref(j);
		row.line = p->line;
		if (rc == 0)
			rc = sink->row(sink->arg, &row, e);
	}
	free(line);
	return rc;
}

/* ---- several files ---- */

struct search_file {			/* what a file states, kept for the set's end */
	struct report_period p;
	struct report_statement st[BALANCES_MAX];
	int64_t	movement[BALANCES_MAX];
	int	nst;
};

struct search_set {			/* a struct report_set, to others */
	struct search_file	*v;
	size_t			 n;
};

static struct report_set *
set_new(struct error *e)
{
	struct search_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		error_sys(e, "report");
	return (struct report_set *)set;
}

static void
set_free(struct report_set *opaque)
{
	struct search_set *set = (struct search_set *)opaque;

	if (set == NULL)
		return;
	free(set->v);
	free(set);
}

static int
set_add(struct search_set *set, const struct reading *r, struct error *e)
{
	struct search_file *f = reallocarray(set->v, set->n + 1, sizeof(*f));
	int i;

	if (f == NULL)
		return error_sys(e, "%s", r->file);
	set->v = f;
	f = &f[set->n];
	memset(f, 0, sizeof(*f));
	f->p.file = (int)set->n++;
	memcpy(f->p.day, r->part.day, sizeof(f->p.day));
	f->p.from = r->part.from;
	f->p.to = r->part.to;
	f->p.complete = 1;
	f->p.checks = 2 + r->nst;	/* its end's two counts, and each balance */
	f->nst = r->nst;
	for (i = 0; i < r->nst; i++) {
		f->st[i] = r->st[i];
		f->st[i].file = f->p.file;
		f->st[i].from = f->p.from;
		f->st[i].to = f->p.to;
		f->movement[i] = r->movement[money_number(r->st[i].currency)];
	}
	return 0;
}

/* Both balances are PayPal's: the rows between them must be all that moved. */
static int
check_balance(const struct report_statement *s, int64_t movement, const struct report_sink *sink,
    struct error *e)
{
	char a[MONEY_TEXT], b[MONEY_TEXT];
	struct report_control c;

	memset(&c, 0, sizeof(c));
	c.computed = s->opening;
	if (money_add(&c.computed, movement, e) == -1)
		return error_set(e, ERR_INPUT, "balance of %s out of range", s->currency);
	if (c.computed == s->closing || sink->control == NULL)
		return 0;
	c.file = s->file;
	c.line = s->line;
	c.stated = s->closing;
	c.event = s->to;
	memcpy(c.currency, s->currency, sizeof(c.currency));
	(void)snprintf(c.key, sizeof(c.key), "%s closing", s->currency);
	(void)snprintf(c.text, sizeof(c.text), "PayPal's closing balance is %s, its opening balance and the "
	    "rows give %s", money_print(c.stated, c.currency, a), money_print(c.computed, c.currency, b));
	return sink->control(sink->arg, &c, e);
}

static int
set_check(struct report_set *opaque, const struct report_sink *sink, struct error *e)
{
	struct search_set *set = (struct search_set *)opaque;
	size_t k;
	int i;

	for (k = 0; k < set->n; k++) {
		struct search_file *f = &set->v[k];

		if (sink->period != NULL && sink->period(sink->arg, &f->p, e) == -1)
			return -1;
		for (i = 0; i < f->nst; i++)
			if (check_balance(&f->st[i], f->movement[i], sink, e) == -1 ||
			    (sink->statement != NULL && sink->statement(sink->arg, &f->st[i], e) == -1))
				return -1;
	}
	return 0;
}

/* A file that stands alone is a set of one. */
static int
tell_all(const struct reading *r, const struct report_sink *sink, struct error *e)
{
	struct search_set alone = { NULL, 0 };
	int rc;

	if (sink->set != NULL)
		return set_add((struct search_set *)sink->set, r, e);
	rc = set_add(&alone, r, e);
	if (rc == 0)
		rc = set_check((struct report_set *)&alone, sink, e);
	free(alone.v);
	return rc;
}

static int
search_read(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	struct reading r;
	int rc = -1;

	(void)o;
	memset(&r, 0, sizeof(r));
	r.file = file;
	r.fd = fd;
	if (read_lines(&r, e) == -1)
		goto out;
	r.part.to += MOMENT_SECOND - 1;		/* all of its last second */
	if (r.n > 0)
		qsort(r.v, r.n, sizeof(*r.v), by_time);
	if ((sink->part == NULL || sink->part(sink->arg, &r.part, e) == 0) &&
	    deliver(&r, sink, e) == 0 && tell_all(&r, sink, e) == 0)
		rc = 0;
out:
	free(r.v);
	return rc;
}

static int
search_recognise(const char *head, size_t len)
{
	static const char mark[] = "{\"daybook\":\"paypal-search\",";

	return len >= sizeof(mark) - 1 && memcmp(head, mark, sizeof(mark) - 1) == 0;
}

const struct report_format report_paypal_search = {
	.name = "paypal-search",
	.recognise = search_recognise,
	.read = search_read,
	.set_new = set_new,
	.set_check = set_check,
	.set_free = set_free,
};
