/*
 * desk_closing -- a period is closed on proof, or on a person's word for each difference; and opened
 * again (desk.h, closing.h).
 *
 * The proof is reconciliation's: the newest statement of each provider account and currency that
 * reaches over the period's end, or an older one behind which the books saw nothing move.  Only the
 * journal behind the last closing is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closing.h"
#include "desk.h"
#include "desk_closing.h"
#include "money.h"

struct total {
	char	account[RECORD_ACCOUNT];
	char	currency[4];
	int64_t	debit, credit, legs;
};

struct proof {
	char		 account[65], currency[4];
	int		 reaches, before;	/* a statement over the end; one before it */
	int		 moved;			/* the books moved between that one and the end */
	struct statement st;
};

struct close {
	struct shelf		*sh;
	struct books		*b;
	int			 which;
	struct closing_period	 p;
	int64_t			 end;		/* the period's last microsecond */
	json_t			*rows;		/* the table: name -> row */
	struct journal_pos	 at;		/* behind the last record up to the end */
	struct total		*total;
	size_t			 ntotal;
	struct proof		*proof;
	size_t			 nproof;
	struct record		*r;
	struct error		*e;
};

static const char *
text_of(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "close: no memory");
}

static int
take_row(void *arg, const char *key, json_t *v, struct error *e)
{
	return json_object_set(arg, key, v) == -1 ? no_memory(e) : 0;
}

/* ---- grand totals ---- */

static int
add_total(struct close *c, const char *account, const char ccy[4], int64_t debit, int64_t credit,
    int64_t legs)
{
	char group[128];
	struct total *t;
	size_t i;

	closing_group(account, group);
	for (i = 0; i < c->ntotal; i++)
		if (strcmp(c->total[i].account, group) == 0 && strcmp(c->total[i].currency, ccy) == 0)
			break;
	if (i == c->ntotal) {
		if ((t = reallocarray(c->total, c->ntotal + 1, sizeof(*t))) == NULL)
			return no_memory(c->e);
		c->total = t;
		memset(&t[i], 0, sizeof(t[i]));
		memcpy(t[i].account, group, strlen(group) + 1);
		memcpy(t[i].currency, ccy, 4);
		c->ntotal++;
	}
	t = &c->total[i];
	t->legs += legs;
	return money_add(&t->debit, debit, c->e) == -1 || money_add(&t->credit, credit, c->e) == -1 ? -1 : 0;
}

static int
by_account(const void *a, const void *b)
{
	const struct total *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	return d != 0 ? d : strcmp(x->currency, y->currency);
}

static json_t *
totals_json(struct close *c)
{
	json_t *all = json_array();
	size_t i;

	if (c->ntotal > 0)
		qsort(c->total, c->ntotal, sizeof(*c->total), by_account);
	for (i = 0; i < c->ntotal; i++)
		json_array_append_new(all, json_pack("[s,s,I,I,I]", c->total[i].account,
		    c->total[i].currency, (json_int_t)c->total[i].debit, (json_int_t)c->total[i].credit,
		    (json_int_t)c->total[i].legs));
	return all;
}

/* ---- a point of the journal as JSON ---- */

static json_t *
pos_json(const struct journal_pos *p)
{
	return json_pack("{s:s,s:I,s:I,s:s,s:I,s:I,s:b}", "segment", p->segment, "offset",
	    (json_int_t)p->offset, "n", (json_int_t)p->n, "head", p->head, "time", (json_int_t)p->time,
	    "last_len", (json_int_t)p->last_len, "sealed", p->sealed);
}

static int
pos_read(const json_t *j, struct journal_pos *p)
{
	const char *segment = text_of(j, "segment"), *head = text_of(j, "head");

	if (strlen(segment) >= sizeof(p->segment) || strlen(head) != 64)
		return -1;
	memset(p, 0, sizeof(*p));
	memcpy(p->segment, segment, strlen(segment) + 1);
	memcpy(p->head, head, 65);
	p->offset = json_integer_value(json_object_get(j, "offset"));
	p->n = (uint64_t)json_integer_value(json_object_get(j, "n"));
	p->time = json_integer_value(json_object_get(j, "time"));
	p->last_len = json_integer_value(json_object_get(j, "last_len"));
	p->sealed = json_is_true(json_object_get(j, "sealed"));
	return 0;
}

/* ---- proofs ---- */

static struct proof *
find_proof(struct close *c, const char *account, size_t len, const char *ccy)
{
	size_t i;

	for (i = 0; i < c->nproof; i++)
		if (strncmp(c->proof[i].account, account, len) == 0 && c->proof[i].account[len] == '\0' &&
		    strcmp(c->proof[i].currency, ccy) == 0)
			return &c->proof[i];
	return NULL;
}

static struct proof *
need_proof(struct close *c, const char *account, const char *ccy)
{
	struct proof *p = find_proof(c, account, strlen(account), ccy);

	if (p != NULL)
		return p;
	if ((p = reallocarray(c->proof, c->nproof + 1, sizeof(*p))) == NULL) {
		no_memory(c->e);
		return NULL;
	}
	c->proof = p;
	p += c->nproof++;
	memset(p, 0, sizeof(*p));
	(void)snprintf(p->account, sizeof(p->account), "%s", account);
	(void)snprintf(p->currency, sizeof(p->currency), "%s", ccy);
	return p;
}

static int
take_statement(void *arg, const char *key, json_t *v, struct error *e)
{
	struct close *c = arg;
	struct statement s;
	struct proof *p;

	(void)key;
	if (statement_read(v, &s, e) == -1)
		return -1;
	if (s.from > c->end)
		return 0;	/* of a later period alone */
	if ((p = need_proof(c, s.account, s.currency)) == NULL)
		return -1;
	if (closing_covers(&s, c->end)) {
		/* of several the one that ends first: it says most of this very end */
		if (!p->reaches || s.to < p->st.to) {
			p->reaches = 1;
			p->st = s;
		}
	} else if (!p->reaches && (!p->before || s.to > p->st.to)) {
		p->before = 1;
		p->st = s;
	}
	return 0;
}

/* Accounts at providers that the books know without a statement. */
static int
take_balances(struct close *c)
{
	struct books_balance *v = NULL;
	struct integration in;
	size_t n = 0, i;
	int rc = 0;

	if (books_balances(c->b, &v, &n, c->e) == -1)
		return -1;
	for (i = 0; rc == 0 && i < n; i++) {
		const char *name = v[i].account + 7;

		if (strncmp(v[i].account, "Assets:", 7) != 0 || strchr(name, ':') != NULL)
			continue;
		if ((rc = shelf_integration(c->sh, name, c->which, &in, c->e)) != 1)
			continue;
		site_integration_free(&in);
		rc = need_proof(c, name, v[i].currency) == NULL ? -1 : 0;
	}
	free(v);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct proof *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	return d != 0 ? d : strcmp(x->currency, y->currency);
}

static int
last_moment(const char *day, int64_t *us, struct error *e)
{
	char next[MOMENT_DAY];

	if (moment_day_start(moment_day_add(day, 1, next), us, e) == -1)
		return -1;
	(*us)--;
	return 0;
}

/* Up to when it is known already that p ties and nothing moved since its statement. */
static int
known_until(struct close *c, const struct proof *p, int64_t *until)
{
	const char *name;
	json_t *row, *one;
	int64_t end;
	size_t i;

	*until = p->st.to;
	json_object_foreach(c->rows, name, row)
		json_array_foreach(json_object_get(row, "proofs"), i, one) {
			const char *how = text_of(one, "how");

			if (strcmp(text_of(one, "account"), p->account) != 0 ||
			    strcmp(text_of(one, "currency"), p->currency) != 0 ||
			    (strcmp(how, "statement") != 0 && strcmp(how, "quiet") != 0))
				continue;
			if (last_moment(text_of(row, "to"), &end, c->e) == -1)
				return -1;
			if (end > *until && end <= c->end)
				*until = end;
		}
	return 0;
}

/*
 * The totals of a closing that ends before this one: what is added up goes on from there.  The latest
 * behind which nothing is missed of what a quiet account must not have done.
 */
static int
go_on_from(struct close *c)
{
	int64_t limit = c->end, until, end, best_end = 0;
	json_t *best = NULL, *row, *t;
	const char *name;
	size_t i;

	for (i = 0; i < c->nproof; i++)
		if (!c->proof[i].reaches && c->proof[i].before) {
			if (known_until(c, &c->proof[i], &until) == -1)
				return -1;
			if (until < limit)
				limit = until;
		}
	journal_pos_start(&c->at);
	json_object_foreach(c->rows, name, row) {
		if (last_moment(text_of(row, "to"), &end, c->e) == -1)
			return -1;
		if (end <= limit && (best == NULL || end > best_end)) {
			best = row;
			best_end = end;
		}
	}
	if (best == NULL)
		return 0;
	if (pos_read(json_object_get(best, "end"), &c->at) == -1)
		return error_set(c->e, ERR_CORRUPT, "closing %s: its place in the journal can't be read",
		    text_of(best, "to"));
	json_array_foreach(json_object_get(best, "totals"), i, t)
		if (add_total(c, json_string_value(json_array_get(t, 0)),
		    json_string_value(json_array_get(t, 1)), json_integer_value(json_array_get(t, 2)),
		    json_integer_value(json_array_get(t, 3)), json_integer_value(json_array_get(t, 4))) == -1)
			return -1;
	return 0;
}

/* ---- the journal ---- */

static int
take_record(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct close *c = arg;
	int in = strcmp(r->day, c->p.to) <= 0;
	struct proof *p;
	size_t i, k;

	(void)raw, (void)rawlen, (void)e;
	if (in)
		c->at = *at;
	for (i = 0; i < r->nentries; i++) {
		const struct entry *en = &r->entries[i];
		int64_t event = en->event == 0 ? r->time : en->event;

		for (k = 0; k < en->nlegs; k++) {
			const struct leg *l = &en->legs[k];

			if (in && add_total(c, l->account, l->currency, l->minor > 0 ? l->minor : 0,
			    l->minor < 0 ? -l->minor : 0, 1) == -1)
				return -1;
			if (strncmp(l->account, "Assets:", 7) == 0 && strchr(l->account + 7, ':') == NULL &&
			    (p = find_proof(c, l->account + 7, strlen(l->account + 7), l->currency)) != NULL)
				p->moved |= event > p->st.to && event <= c->end;
		}
	}
	return 0;
}

/* ---- verdict ---- */

static const char *
explanation(const json_t *explain, const struct proof *p)
{
	char name[80];

	(void)snprintf(name, sizeof(name), "%s.%s", p->account, p->currency);
	return text_of(explain, name);
}

static int
judge(struct close *c, const json_t *explain, json_t *proofs, char *why, size_t size)
{
	char key[STATEMENT_KEY], amount[MONEY_TEXT];
	size_t i, len;

	why[0] = '\0';
	for (i = 0; i < c->nproof; i++) {
		struct proof *p = &c->proof[i];
		const char *note = explanation(explain, p), *how = NULL;
		int known = p->reaches || (p->before && !p->moved);
		json_t *j;

		/* A report that does not add up itself proves nothing. */
		if (known && p->st.stated && p->st.unexplained == 0 && p->st.controls == 0)
			how = p->reaches ? "statement" : "quiet";
		else if (note[0] != '\0')
			how = "explained";
		len = strlen(why);
		if (how == NULL)
			(void)snprintf(why + len, size - len, "%s%s %s: %s%s", len > 0 ? "; " : "", p->account,
			    p->currency, !p->reaches && !p->before ? "no report was reconciled" :
			    !known ? "the books moved after the last report that was reconciled" :
			    !p->st.stated ? "the report states no balance" :
			    p->st.unexplained != 0 ? "unexplained difference " : "the report itself is out by ",
			    known && p->st.stated ? money_print(p->st.unexplained != 0 ? p->st.unexplained :
			    p->st.controls, p->currency, amount) : "");
		j = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s}", "account", p->account, "currency",
		    p->currency, "how", how == NULL ? "" : how, "statement",
		    known ? statement_key(&p->st, key) : "", "closing", (json_int_t)(known ? p->st.closing : 0),
		    "books", (json_int_t)(known ? p->st.books : 0), "unexplained",
		    (json_int_t)(known ? p->st.unexplained : 0), "by",
		    how != NULL && strcmp(how, "explained") == 0 ? c->r->who : "", "note",
		    how != NULL && strcmp(how, "explained") == 0 ? note : "");
		if (j == NULL || json_array_append_new(proofs, j) == -1)
			return no_memory(c->e);
	}
	return 0;
}

/* What keeps the period from being closed at all; 1 where r says so, 0, -1. */
static int
forbidden(struct close *c, int64_t now)
{
	char today[MOMENT_DAY];
	const char *name;
	json_t *row;

	if (strcmp(c->p.to, moment_day(now, today)) >= 0)
		return desk_refuse(c->r, "malformed", "close: %s is not over; today is %s", c->p.name, today) ==
		    -1 ? -1 : 1;
	row = json_object_get(c->rows, c->p.name);
	if (row != NULL && strcmp(text_of(row, "status"), "closed") == 0) {
		c->r->disposition = DISP_DUPLICATE;
		return 1;
	}
	json_object_foreach(c->rows, name, row)
		if (closing_holds(row, c->p.from) && closing_holds(row, c->p.to))
			return desk_refuse(c->r, "conflict", "close: %s is closed already, with %s", c->p.name,
			    name) == -1 ? -1 : 1;
	return 0;
}

static int
unknown_explanation(struct close *c, json_t *explain)
{
	const char *name, *dot;
	json_t *v;

	json_object_foreach(explain, name, v) {
		dot = strrchr(name, '.');
		if (dot == NULL || find_proof(c, name, (size_t)(dot - name), dot + 1) == NULL)
			return desk_refuse(c->r, "malformed", "close: --explain: \"%.80s\": ACCOUNT.CURRENCY of a "
			    "provider account is expected", name) == -1 ? -1 : 1;
		if (!json_is_string(v) || json_string_length(v) == 0 || json_string_length(v) > 400)
			return desk_refuse(c->r, "malformed", "close: --explain %.80s: an explanation of 1 to 400 "
			    "bytes is expected", name) == -1 ? -1 : 1;
	}
	return 0;
}

static int
put_row(struct record *r, const char *name, json_t *row, struct error *e)
{
	r->data = json_pack("{s:[[s,s,o]]}", "put", "closing", name, row);
	return r->data == NULL ? no_memory(e) : 0;
}

static int
do_close(struct close *c, json_t *req, int64_t now)
{
	json_t *explain = json_object_get(req, "explain"), *proofs, *row;
	struct journal_pos from;
	char why[600], when[MOMENT_TEXT];
	int rc;

	if ((rc = forbidden(c, now)) != 0)
		return rc == -1 ? -1 : 0;
	if (last_moment(c->p.to, &c->end, c->e) == -1 ||
	    books_each_data(c->b, "statement", take_statement, c, c->e) == -1 || take_balances(c) == -1 ||
	    go_on_from(c) == -1)
		return -1;
	if ((rc = unknown_explanation(c, explain)) != 0)
		return rc == -1 ? -1 : 0;
	if (c->nproof > 0)
		qsort(c->proof, c->nproof, sizeof(*c->proof), by_name);
	/* The books' end is durable: what this batch holds besides is of today. */
	from = c->at;
	if (journal_scan(books_dirfd(c->b), from.n == 0 ? NULL : &from, books_end(c->b), take_record, c,
	    NULL, c->e) != 0)
		return -1;
	if ((proofs = json_array()) == NULL)
		return no_memory(c->e);
	if (judge(c, explain, proofs, why, sizeof(why)) == -1 || why[0] != '\0') {
		json_decref(proofs);
		return why[0] == '\0' ? -1 : desk_refuse(c->r, "unexplained", "close: %s is not proved: %s "
		    "(reconcile a report that covers its end, or --explain ACCOUNT.CURRENCY=WHY)", c->p.name,
		    why);
	}
	row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "status", "closed", "from", c->p.from, "to",
	    c->p.to, "at", moment_print_us(now, when), "by", c->r->who, "note", text_of(req, "note"), "end",
	    pos_json(&c->at), "totals", totals_json(c), "proofs", proofs);
	c->r->disposition = DISP_NOTED;
	return row == NULL ? no_memory(c->e) : put_row(c->r, c->p.name, row, c->e);
}

static int
do_reopen(struct close *c, json_t *req, int64_t now)
{
	json_t *row = json_object_get(c->rows, c->p.name), *other;
	const char *note = text_of(req, "note"), *name;
	char when[MOMENT_TEXT];

	if (note[0] == '\0')
		return desk_refuse(c->r, "malformed", "reopen: a note that says why is needed");
	if (row == NULL || strcmp(text_of(row, "status"), "closed") != 0)
		return desk_refuse(c->r, "conflict", "reopen: %s is not closed", c->p.name);
	json_object_foreach(c->rows, name, other)
		if (strcmp(name, c->p.name) != 0 && closing_holds(other, c->p.from) &&
		    closing_holds(other, c->p.to))
			return desk_refuse(c->r, "conflict", "reopen: %s is closed with %s: reopen that first",
			    c->p.name, name);
	if ((row = json_deep_copy(row)) == NULL ||
	    json_object_set_new(row, "status", json_string("reopened")) == -1 ||
	    json_object_set_new(row, "reopened_at", json_string(moment_print_us(now, when))) == -1 ||
	    json_object_set_new(row, "reopened_by", json_string(c->r->who)) == -1 ||
	    json_object_set_new(row, "reopened_note", json_string(note)) == -1) {
		json_decref(row);
		return no_memory(c->e);
	}
	c->r->disposition = DISP_NOTED;
	return put_row(c->r, c->p.name, row, c->e);
}

int
desk_closing(struct shelf *sh, int which, struct books *b, int reopen, json_t *req, struct record *r,
    int64_t now, struct error *e)
{
	struct close c = { .sh = sh, .b = b, .which = which, .r = r, .e = e };
	const char *period = text_of(req, "period");
	int rc;

	if (closing_period(period, &c.p, e) == -1) {
		rc = desk_refuse(r, "malformed", "%s", e->text);
		e->code = ERR_NONE;
		return rc;
	}
	if ((c.rows = json_object()) == NULL)
		return no_memory(e);
	json_object_set_new(r->act, "period", json_string(period));
	rc = books_each_data(b, "closing", take_row, c.rows, e) == -1 ? -1 :
	    reopen ? do_reopen(&c, req, now) : do_close(&c, req, now);
	json_decref(c.rows);
	free(c.total);
	free(c.proof);
	return rc;
}

struct search {
	const char	*day;
	char		*name;
};

static int
take_holds(void *arg, const char *key, json_t *v, struct error *e)
{
	struct search *s = arg;

	(void)e;
	if (closing_holds(v, s->day))
		(void)snprintf(s->name, MOMENT_DAY, "%s", key);
	return 0;
}

int
desk_closed(struct books *b, const char *day, char name[MOMENT_DAY], struct error *e)
{
	struct search s = { day, name };

	name[0] = '\0';
	if (books_each_data(b, "closing", take_holds, &s, e) == -1)
		return -1;
	return name[0] != '\0';
}
