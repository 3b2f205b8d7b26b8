/*
 * match_statement -- what files state of themselves and of the account: parts of one report, controls,
 * periods, balances; and what a run proves, as the books keep it (statement.h).
 *
 * A stated balance counts before anything that rows add up to.  What a file covers is the period it
 * states, if nothing of its report is missing; only of that time the books may be said to have more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match_priv.h"
#include "payment.h"
#include "statement.h"

static int
no_memory(struct match *m)
{
	return error_set(m->e, ERR_IO, "reconcile: no memory");
}

struct match_currency *
match_currency(struct match *m, const char ccy[4])
{
	int i;

	for (i = 0; i < m->ncur; i++)
		if (memcmp(m->cur[i].currency, ccy, 3) == 0)
			return &m->cur[i];
	if (m->ncur == MONEY_CURRENCIES)
		return &m->cur[MONEY_CURRENCIES - 1];	/* never: there are fewer */
	memcpy(m->cur[m->ncur].currency, ccy, 4);
	return &m->cur[m->ncur++];
}

/* ---- from the readers ---- */

static int
take_part(void *arg, const struct report_part *p, struct error *e)
{
	struct match *m = arg;

	(void)e;
	m->file[m->at_file].part = *p;
	m->file[m->at_file].has_part = 1;
	return 0;
}

static int
take_period(void *arg, const struct report_period *p, struct error *e)
{
	struct match *m = arg;

	(void)e;
	m->file[p->file].complete = p->complete;
	m->file[p->file].checks = p->checks;
	return 0;
}

static int
take_statement(void *arg, const struct report_statement *s, struct error *e)
{
	struct match *m = arg;
	struct report_statement *v = reallocarray(m->statements, m->nstatements + 1, sizeof(*v));

	if (v == NULL)
		return error_sys(e, "reconcile");
	m->statements = v;
	v[m->nstatements++] = *s;
	return 0;
}

static int
take_control(void *arg, const struct report_control *c, struct error *e)
{
	struct match *m = arg;

	m->at_file = c->file;
	return match_take_control(m, c, e);
}

int
match_statement_sink(struct match *m, const struct report_format *f, struct report_sink *sink)
{
	if (f->set_new == NULL)
		return 0;
	if (m->set == NULL && (m->set = f->set_new(m->e)) == NULL)
		return -1;
	sink->set = m->set;
	sink->part = take_part;
	return 0;
}

static int
by_currency(const void *a, const void *b)
{
	const struct report_statement *x = a, *y = b;
	int c = memcmp(x->currency, y->currency, 3);

	return c != 0 ? c : (x->from > y->from) - (x->from < y->from);
}

int
match_statement_files(struct match *m)
{
	const struct report_sink sink = { .arg = m, .control = take_control, .period = take_period,
	    .statement = take_statement };
	int i;

	m->from = m->first;
	m->to = m->last;
	if (m->set == NULL)
		return 0;
	if (m->o->format->set_check(m->set, &sink, m->e) == -1)
		return -1;
	if (m->nstatements > 1)
		qsort(m->statements, m->nstatements, sizeof(*m->statements), by_currency);
	for (i = 0; i < m->nfiles; i++) {
		const struct report_part *p = &m->file[i].part;

		if (p->to == 0)
			continue;
		if (!m->has_periods || p->from < m->from)
			m->from = p->from;
		if (!m->has_periods || p->to > m->to)
			m->to = p->to;
		m->has_periods = 1;
	}
	return 0;
}

/* ---- what is covered ---- */

int
match_covers(const struct match *m, int64_t event)
{
	int i;

	if (!m->has_periods)
		return m->total == 0 || event < m->first ? -1 : event > m->last;
	if (event > m->to)
		return 1;
	for (i = 0; i < m->nfiles; i++)
		if (m->file[i].complete && event >= m->file[i].part.from && event <= m->file[i].part.to)
			return 0;
	return -1;
}

int64_t
match_moved(const struct payrow *l)
{
	return l->cleared != 0 ? l->cleared : l->event;
}

int
match_side(const struct match *m, int64_t event)
{
	if (!m->has_periods)	/* strictly inside: a second may be on both sides of the edge */
		return event >= m->last ? 1 : event <= m->first ? -1 : 0;
	return match_covers(m, event);
}

int
match_covers_row(const struct match *m, const struct payrow *l)
{
	int64_t when = match_moved(l);
	int at = match_side(m, when);

	/* We learned that it cleared at `when`; it did at some time since its event. */
	return at == 0 && l->cleared != 0 && match_side(m, l->event) != 0 ? -1 : at;
}

/* ---- balances ---- */

struct former {				/* what the books hold of the report before */
	struct match	*m;
	const struct report_statement *s;
	int64_t		 to, closing;
	int		 found;
};

static int
take_former(void *arg, const char *key, json_t *v, struct error *e)
{
	struct former *f = arg;
	struct statement s;

	(void)key;
	if (statement_read(v, &s, e) == -1)
		return -1;
	if (s.stated && strcmp(s.account, f->m->o->account) == 0 && memcmp(s.currency, f->s->currency, 3) == 0 &&
	    strcmp(s.report, f->m->o->format->name) == 0 && s.to < f->s->from && (!f->found || s.to > f->to)) {
		f->found = 1;
		f->to = s.to;
		f->closing = s.closing;
	}
	return 0;
}

static int
tell_jump(struct match *m, const struct report_statement *s, int64_t ended)
{
	struct match_amounts a = { 1, 1, s->opening, ended };
	char begins[MONEY_TEXT], ends[MONEY_TEXT], key[64], when[MOMENT_TEXT];
	struct match_row at;
	int rc;

	memset(&at, 0, sizeof(at));
	at.file = s->file;
	at.r.line = s->line;
	(void)snprintf(key, sizeof(key), "begin %s", moment_print(s->from, when));
	m->key = key;
	rc = match_break(m, "control-total", "", s->currency, &a, &at, s->from, 0,
	    "%s begins at %s, but the report before it ended with %s", s->currency,
	    money_print(s->opening, s->currency, begins), money_print(ended, s->currency, ends));
	m->key = NULL;
	return rc;
}

/* One period's balances; `x` may hold those of the period before. */
static int
take_balances(struct match *m, struct books *b, const struct report_statement *s)
{
	struct match_currency *x = match_currency(m, s->currency);
	struct former f = { .m = m, .s = s };

	if (x->stated) {
		f.found = 1;
		f.to = x->until;
		f.closing = x->closing;
	} else if (books_each_data(b, "statement", take_former, &f, m->e) == -1)
		return -1;
	if (!x->stated || f.to + 1 != s->from) {	/* a day between them is missing: begun anew */
		x->opening = s->opening;
		x->since = s->from;
		x->jump = 0;
	}
	x->stated = x->has_balance = 1;
	x->until = s->to;
	x->closing = s->closing;
	x->has_total = s->has_total;
	x->held = s->total_closing - s->closing;
	x->file = s->file;
	if (!f.found || f.to + 1 != s->from || f.closing == s->opening)
		return 0;
	if (money_add(&x->jump, s->opening, m->e) == -1 || money_sub(&x->jump, f.closing, m->e) == -1)
		return -1;
	return tell_jump(m, s, f.closing);
}

int
match_statement_begin(struct match *m, struct books *b)
{
	size_t i;

	for (i = 0; i < m->nstatements; i++)
		if (take_balances(m, b, &m->statements[i]) == -1)
			return -1;
	return m->set == NULL ? 0 : match_restated(m, b);
}

int64_t
match_statement_gap(const struct match_currency *x, int64_t rest)
{
	int64_t wrong, both;

	if (rest == 0 || __builtin_sub_overflow(x->closing - x->opening, x->movement, &wrong) ||
	    __builtin_add_overflow(wrong, x->jump, &both))
		return 0;
	return rest == wrong || rest == x->jump || rest == both ? rest : 0;
}

/* ---- what is held ---- */

struct pending {
	const struct match *m;
	const char	*currency;
	int64_t		 gross;
};

static int
take_pending(void *arg, const struct payrow *l, struct error *e)
{
	struct pending *p = arg;

	if (l->booked || l->waiting || l->move != MOVE_PAYMENT || l->status != PAY_PENDING ||
	    l->event > p->m->to || strcmp(l->account, p->m->o->account) != 0 ||
	    strcmp(l->currency, p->currency) != 0)
		return 0;
	return money_add(&p->gross, l->gross, e);
}

int
match_statement_held(struct match *m, struct books *b, struct match_currency *x)
{
	struct pending p = { .m = m, .currency = x->currency };
	struct match_amounts a = { 1, 1, x->held, 0 };
	char account[RECORD_ACCOUNT], theirs[MONEY_TEXT], ours[MONEY_TEXT];
	int rc;

	if (!x->has_total)
		return 0;
	payment_account(account, "Assets:Reserved:", m->o->account);
	if (books_balance(b, account, x->currency, &a.ledger, m->e) == -1 ||
	    money_add(&a.ledger, x->held_ours, m->e) == -1)
		return -1;
	if (a.ledger == a.report)
		return 0;
	/* The total may hold pending payments too (providers/paypal.md 5.4). */
	if (books_each_row(b, take_pending, &p, m->e) == -1 || money_add(&p.gross, a.ledger, m->e) == -1)
		return -1;
	if (p.gross == a.report)
		return 0;
	m->key = "held";
	rc = match_break(m, "balance", "", x->currency, &a, NULL, 0, 0, "the report holds back %s %s, %s has %s",
	    money_print(a.report, x->currency, theirs), x->currency, account,
	    money_print(a.ledger, x->currency, ours));
	m->key = NULL;
	return rc;
}

/* ---- for the books ---- */

/* What a statement rests on: footers, a running balance, rows alone. */
static int
rank(const json_t *v)
{
	const char *report = json_string_value(json_object_get(v, "report"));

	return json_integer_value(json_object_get(v, "stated")) == 0 ? 0 :
	    report != NULL && strcmp(report, "paypal-stl") == 0 ? 2 : 1;
}

static int
put(struct match *m, struct books *b, const char *table, const char *key, json_t *v)
{
	json_t *held = NULL, *one;
	int rc = 0;

	if (v == NULL)
		return no_memory(m);
	if (books_data(b, table, key, &held, m->e) == -1)
		rc = -1;
	else if (held == NULL || (!json_equal(held, v) &&
	    (strcmp(table, "statement") != 0 || rank(v) >= rank(held)))) {
		one = json_pack("[s,s,O]", table, key, v);
		if (one == NULL || json_array_append_new(m->put, one) == -1)
			rc = no_memory(m);
	}
	json_decref(held);
	json_decref(v);
	return rc;
}

/* The file that holds the last row of each currency, by money_number. */
static void
last_files(const struct match *m, int at[MONEY_CURRENCIES])
{
	struct match_walk w = { 0, 0 };
	struct match_line l;

	memset(at, 0, MONEY_CURRENCIES * sizeof(at[0]));
	while (match_next(m, &w, &l))
		at[money_number(l.currency)] = l.file;
}

static int
put_statements(struct match *m, struct books *b)
{
	int last[MONEY_CURRENCIES], i;

	if (m->to < m->opening || (m->total == 0 && m->nstatements == 0))
		return 0;
	last_files(m, last);
	for (i = 0; i < m->ncur; i++) {
		const struct match_currency *x = &m->cur[i];
		char key[STATEMENT_KEY];
		struct statement s;

		memset(&s, 0, sizeof(s));
		(void)snprintf(s.account, sizeof(s.account), "%s", m->o->account);
		memcpy(s.currency, x->currency, 4);
		(void)snprintf(s.report, sizeof(s.report), "%s", m->o->format->name);
		memcpy(s.run, m->run, sizeof(s.run));
		memcpy(s.file, m->file[x->stated ? x->file : last[money_number(x->currency)]].sha256,
		    sizeof(s.file));
		s.from = x->stated ? x->since : m->from;
		s.to = x->stated ? x->until : m->to;
		moment_day(s.to, s.day);
		s.stated = x->has_balance;
		s.movement = x->movement;
		if (x->has_balance) {
			s.opening = x->opening;
			s.closing = x->closing;
		}
		s.books = x->ledger;
		s.not_in_books = x->not_in_books;
		s.not_in_report = x->not_in_report;
		s.differing = x->differing;
		s.controls = x->controls;
		s.unexplained = x->has_balance ? x->closing - x->ledger - match_explained(x) : 0;
		s.by_both = x->by_both;
		s.by_report = x->by_report;
		s.by_notification = x->by_notification;
		if (put(m, b, "statement", statement_key(&s, key), statement_json(&s)) == -1)
			return -1;
	}
	return 0;
}

static void
rows_of_file(const struct match *m, int file, int64_t *from, int64_t *to)
{
	struct match_walk w = { 0, 0 };
	struct match_line l;

	*from = *to = 0;
	while (match_next(m, &w, &l)) {
		if (l.file != file)
			continue;
		if (*from == 0)
			*from = l.event;
		*to = l.event;
	}
}

static void
certify(const struct match *m, int file, struct certificate *c)
{
	const struct match_file *f = &m->file[file];
	size_t i;

	memset(c, 0, sizeof(*c));
	memcpy(c->sha256, f->sha256, sizeof(c->sha256));
	memcpy(c->name, f->name, sizeof(c->name));
	(void)snprintf(c->account, sizeof(c->account), "%s", m->o->account);
	(void)snprintf(c->format, sizeof(c->format), "%s", m->o->format->name);
	memcpy(c->run, m->run, sizeof(c->run));
	memcpy(c->report, f->part.report, sizeof(c->report));
	memcpy(c->account_id, f->part.account_id, sizeof(c->account_id));
	memcpy(c->version, f->part.version, sizeof(c->version));
	memcpy(c->day, f->part.day, sizeof(c->day));
	memcpy(c->supersedes, f->supersedes, sizeof(c->supersedes));
	memcpy(c->received, m->today, sizeof(c->received));
	c->part = f->part.part;
	c->last = f->part.last;
	c->from = f->part.from;
	c->to = f->part.to;
	if (c->to == 0)
		rows_of_file(m, file, &c->from, &c->to);
	c->rows = (int64_t)f->rows;
	c->bytes = f->bytes;
	c->checks = f->checks;
	for (i = 0; i < m->ncontrols; i++)
		c->failed += m->controls[i].file == file;
	if (c->checks == 0)	/* of formats that don't count them: a net and a balance a row */
		c->checks = f->rows > INT32_MAX ? INT32_MAX : (int)f->rows;
}

/* A file that was read before keeps the day and the run that read it first. */
static int
put_certificates(struct match *m, struct books *b)
{
	struct certificate c, old;
	json_t *held;
	int i;

	for (i = 0; i < m->nfiles; i++) {
		certify(m, i, &c);
		held = NULL;
		if (books_data(b, "file", c.sha256, &held, m->e) == -1)
			return -1;
		if (held != NULL) {
			if (certificate_read(c.sha256, held, &old, m->e) == -1) {
				json_decref(held);
				return -1;
			}
			if (strcmp(old.account, c.account) == 0) {
				memcpy(c.name, old.name, sizeof(c.name));
				memcpy(c.received, old.received, sizeof(c.received));
				memcpy(c.supersedes, old.supersedes, sizeof(c.supersedes));
				memcpy(c.run, old.run, sizeof(c.run));
			}
			json_decref(held);
		}
		if (put(m, b, "file", c.sha256, certificate_json(&c)) == -1)
			return -1;
	}
	return 0;
}

int
match_statement_put(struct match *m, struct books *b)
{
	if (m->o->dry_run)
		return 0;
	return put_certificates(m, b) == -1 ? -1 : put_statements(m, b);
}

void
match_statement_free(struct match *m)
{
	if (m->set != NULL)
		m->o->format->set_free(m->set);
	free(m->statements);
	json_decref(m->known);
}
