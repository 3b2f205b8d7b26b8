/*
 * match_breaks -- what a comparison found, as breaks with stable ids, and how they go on from the
 * breaks on record.
 *
 * The same difference found again is the same break, one day older.  One that this report covers
 * and does not show any more is resolved.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "breaks.h"
#include "match_priv.h"
#include "text.h"

#define BY_TEXT	80

static int
no_memory(struct match *m)
{
	return error_set(m->e, ERR_IO, "reconcile: no memory");
}

int
match_break(struct match *m, const char *category, const char *payment, const char *currency,
    const struct match_amounts *a, const struct match_row *row, int64_t event, int expected,
    const char *fmt, ...)
{
	char id[BREAKS_ID], when[MOMENT_TEXT] = "", text[400], again[128], day[MOMENT_DAY], due[MOMENT_DAY];
	struct error clean = { 0 };
	va_list ap;
	int64_t difference = a->report;
	json_t *b;
	int n = 0;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(&clean, ERR_INPUT, "%s", text);	/* control bytes out */
	clean.text[text_utf8_valid(clean.text, strlen(clean.text))] = '\0';
	if (money_sub(&difference, a->ledger, m->e) == -1)
		return -1;
	if (event != 0)
		moment_print_us(event, when);
	breaks_id(m->o->account, category, payment, currency, m->key != NULL ? m->key : when, id);
	while (json_object_get(m->found, id) != NULL) {	/* a second one of the same kind */
		(void)snprintf(again, sizeof(again), "%s#%d", m->key != NULL ? m->key :
		    payment[0] != '\0' ? payment : when, ++n);
		if (n < 16)
			(void)snprintf(id + 14, 2, "%x", (unsigned)n & 15);
		else
			breaks_id(m->o->account, category, "", currency, again, id);
	}
	b = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:I,s:s,s:I,s:s,s:s}", "category", category,
	    "status", expected ? "expected" : "open", "first_seen", m->today, "as_of", m->today,
	    "provider", m->o->account, "payment_id", payment, "currency", currency, "report_amount",
	    a->has_report ? json_integer(a->report) : json_null(), "ledger_amount",
	    a->has_ledger ? json_integer(a->ledger) : json_null(), "difference", (json_int_t)difference,
	    "file", row == NULL ? "" : m->file[row->file].name, "line",
	    row == NULL ? (json_int_t)0 : (json_int_t)row->r.line, "explanation", clean.text, "event", when);
	if (b == NULL || json_object_set_new(m->found, id, b) == -1)
		return no_memory(m);
	/* A reader of longer windows than the site's says the day itself. */
	if (expected && event != 0 && strcmp(moment_day_add(moment_day(event, day), m->s->window_days + 1, due),
	    m->today) > 0 && json_object_set_new(b, "due", json_string(due)) == -1)
		return no_memory(m);
	if (row != NULL && ((m->o->how.dates[0] != '\0' &&
	    json_object_set_new(b, "dates", json_string(m->o->how.dates)) == -1) || (m->o->how.decimal != 0 &&
	    json_object_set_new(b, "decimal", json_stringn(&m->o->how.decimal, 1)) == -1)))
		return no_memory(m);
	if (row != NULL && json_object_set_new(b, "sha256", json_string(m->file[row->file].sha256)) == -1)
		return no_memory(m);
	return 0;
}

int
match_break_rest(struct match *m, const char *currency, int64_t rest)
{
	char id[BREAKS_ID], at[MOMENT_TEXT];
	json_t *b = json_object_get(m->found, breaks_id(m->o->account, "balance", "", currency, "", id));

	moment_print_us(m->has_periods ? m->to : m->last, at);
	return json_object_set_new(b, "rest", json_integer(rest)) == -1 ||
	    json_object_set_new(b, "at", json_string(at)) == -1 ? no_memory(m) : 0;
}

int
match_own_row(const struct payrow *l)
{
	return l->desk && l->corrected && l->move == MOVE_ADJUSTMENT && strncmp(l->id, "B-", 2) == 0;
}

/* ---- suggestions ---- */

/* "USD 1000" -> id of the one break of that category with that amount; null: there are several. */
static json_t *
by_amount(const struct match *m, const char *category, const char *amount)
{
	json_t *all = json_object(), *v;
	const char *id;
	char key[40];

	json_object_foreach(m->found, id, v) {
		if (strcmp(breaks_text(v, "category"), category) != 0)
			continue;
		(void)snprintf(key, sizeof(key), "%.3s %lld", breaks_text(v, "currency"),
		    (long long)json_integer_value(json_object_get(v, amount)));
		if (json_object_set_new(all, key, json_object_get(all, key) != NULL ? json_null() :
		    json_string(id)) == -1) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static int
near_in_time(const struct match *m, const json_t *a, const json_t *b)
{
	const char *x = breaks_text(a, "event"), *y = breaks_text(b, "event");
	struct error ignored = { 0 };
	int64_t s, t, d;

	if (moment_parse(x, strlen(x), &s, &ignored) == -1 || moment_parse(y, strlen(y), &t, &ignored) == -1)
		return 0;
	d = s < t ? t - s : s - t;
	return d <= (m->s->window_days + 1) * MOMENT_DAY_US;
}

static int	say(struct match *m, json_t *b, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
say(struct match *m, json_t *b, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text[text_utf8_valid(text, strlen(text))] = '\0';
	return json_object_set_new(b, "suggestion", json_string(text)) == -1 ? no_memory(m) : 0;
}

/* The same money under two ids. */
static int
suggest_pair(struct match *m, const char *one, const char *other)
{
	json_t *x = json_object_get(m->found, one), *y = json_object_get(m->found, other);

	if (!near_in_time(m, x, y))
		return 0;
	return say(m, x, "the books have the same amount as %s, which the report lacks (%s): daybook breaks "
	    "resolve %s --as book-from-report --note TEXT", breaks_text(y, "payment_id"), other, one) == -1 ?
	    -1 : say(m, y, "the report has the same amount as %s, which the books lack (%s): daybook breaks "
	    "resolve %s --as correct --note TEXT", breaks_text(x, "payment_id"), one, other);
}

/* The money moved, and all that is missing is its booking. */
static int
only_booking(const json_t *b)
{
	const char *category = breaks_text(b, "category");

	return breaks_text(b, "payment_id")[0] != '\0' && (strcmp(category, "missing-in-ledger") == 0 ||
	    (strcmp(category, "status") == 0 && json_is_integer(json_object_get(b, "report_amount"))));
}

/* Where exactly one way out fits; nothing is booked by itself. */
static int
suggest(struct match *m)
{
	json_t *theirs = by_amount(m, "missing-in-ledger", "report_amount");
	json_t *ours = by_amount(m, "missing-in-report", "ledger_amount"), *v;
	const char *key, *id, *one, *other;
	int rc = theirs == NULL || ours == NULL ? no_memory(m) : 0;

	json_object_foreach(theirs, key, v) {
		one = json_string_value(v);
		other = json_string_value(json_object_get(ours, key));
		if (rc == 0 && one != NULL && other != NULL)
			rc = suggest_pair(m, one, other);
	}
	json_decref(theirs);
	json_decref(ours);
	json_object_foreach(m->found, id, v)
		if (rc == 0 && only_booking(v) && json_object_get(v, "suggestion") == NULL)
			rc = say(m, v, "daybook breaks resolve %s --as book-from-report --note TEXT", id);
	return rc;
}

/* ---- against what is on record ---- */

static int
take_old(void *arg, const char *key, json_t *v, struct error *e)
{
	struct match *m = arg;

	if (strcmp(breaks_text(v, "provider"), m->o->account) != 0)
		return 0;
	return json_object_set(m->old, key, v) == -1 ? error_set(e, ERR_IO, "reconcile: no memory") : 0;
}

static int
proven(const struct match *m, const char *currency)
{
	int i;

	for (i = 0; i < m->ncur; i++)
		if (strcmp(m->cur[i].currency, currency) == 0 && m->cur[i].has_balance)
			return 1;
	return 0;
}

/* The balance break is of a report no longer than this one. */
static int
as_late(const struct match *m, const json_t *old)
{
	const char *at = breaks_text(old, "at");
	struct error ignored = { 0 };
	int64_t t;

	return at[0] == '\0' || moment_parse(at, strlen(at), &t, &ignored) == -1 || match_covers(m, t) != 1;
}

static void
by_file(const struct match *m, char by[BY_TEXT])
{
	(void)snprintf(by, BY_TEXT, "file %.64s", m->nfiles > 0 ? m->file[0].sha256 : "");
}

/* 1 where the books have it meanwhile, and just so; by: who told them. */
static int
booked_now(struct match *m, struct books *b, const json_t *old, char by[BY_TEXT])
{
	const char *payment = breaks_text(old, "payment_id");
	struct payrow row;
	int move, rc = 0;

	for (move = 0; move < MOVES; move++) {
		rc = books_row(b, m->o->account, (enum movement)move, payment, &row, m->e);
		if (rc == -1 || (rc == 1 && row.booked && breaks_amount_is(old, "report_amount", &row)))
			break;
		rc = 0;
	}
	if (rc == 1 && !row.desk)
		(void)snprintf(by, BY_TEXT, "message %.40s", row.message);
	return rc;
}

/* Why a break on record is none any more, or NULL. -1 in *rc: error.  by: what cleared it. */
static const char *
cleared_by(struct match *m, struct books *b, const json_t *old, char by[BY_TEXT], int *rc)
{
	const char *payment = breaks_text(old, "payment_id"), *category = breaks_text(old, "category");
	const char *event = breaks_text(old, "event");
	struct error ignored = { 0 };
	int64_t at;

	*rc = 0;
	by_file(m, by);
	if (match_masspay_break(old))
		return match_masspay_cleared(m, b, old, rc);
	if (match_masspay_file(m))	/* it speaks of payouts alone, and only of those on it */
		return strcmp(breaks_text(old, "file"), m->file[0].name) == 0 && match_in_report(m, payment) ?
		    "this file and the books agree on it" : NULL;
	if (strcmp(category, "balance") == 0 && payment[0] == '\0')
		return proven(m, breaks_text(old, "currency")) && as_late(m, old) ? "the balance ties now" : NULL;
	if (strcmp(category, "missing-in-ledger") == 0 && payment[0] != '\0' && !match_in_report(m, payment)) {
		if ((*rc = booked_now(m, b, old, by)) == -1)
			return NULL;
		if (*rc == 1) {
			*rc = 0;
			return "the books have it now";
		}
	}
	if (payment[0] != '\0' && match_in_report(m, payment))
		return "this report and the books agree on it";
	/* What is wrong with one file another one can't put right. */
	if ((strcmp(category, "control-total") == 0 || strcmp(category, "restated") == 0) &&
	    !match_reads_again(m, breaks_text(old, "file")))
		return NULL;
	if (moment_parse(event, strlen(event), &at, &ignored) == 0 && match_covers(m, at) == 0)
		return "this report, which covers its time, shows it no more";
	return NULL;
}

/* With the state that it follows: what is decided meanwhile is not written over. */
static int
put(struct match *m, const char *id, json_t *b)
{
	char was[BREAKS_MARK];
	json_t *one;

	if (breaks_mark(json_object_get(m->old, id), was, m->e) == -1)
		return -1;
	one = json_pack("[s,s,O,s]", "break", id, b, was);
	return one == NULL || json_array_append_new(m->put, one) == -1 ? no_memory(m) : 0;
}

static void
count(struct match *m, const json_t *b)
{
	switch (breaks_status(b)) {
	case BREAK_OPEN:
		m->res->open++;
		break;
	case BREAK_EXPECTED:
		m->res->expected++;
		break;
	case BREAK_RESOLVED:
		m->res->resolved++;
		break;
	default:
		break;
	}
}

/* The same difference as when a person explained it. */
static int
same(const json_t *b, const json_t *old)
{
	const char *what = json_object_get(b, "rest") != NULL ? "rest" : "difference";

	return json_equal(json_object_get(b, what), json_object_get(old, what));
}

static int
keep(json_t *b, const json_t *old, const char *name)
{
	json_t *v = json_object_get(old, name);

	return v == NULL ? 0 : json_object_set(b, name, v);
}

/* What a person said of it stays, while it is true. */
static int
keep_decision(struct match *m, json_t *b, const json_t *old)
{
	static const char *const decision[] = { "verb", "who", "note", "proof", "cleared" };
	int explained = breaks_status(old) == BREAK_EXPLAINED && same(b, old);
	int later = breaks_standing(old) && strcmp(breaks_text(old, "verb"), "expected-later") == 0;
	size_t i;
	int rc = 0;

	if (explained || later)
		for (i = 0; i < sizeof(decision) / sizeof(decision[0]); i++)
			rc |= keep(b, old, decision[i]);
	if (explained) {
		rc |= json_object_set_new(b, "status", json_string("explained"));
		json_object_del(b, "suggestion");
		json_object_del(b, "due");
	} else if (later && strcmp(breaks_text(old, "due"), m->today) > 0)
		rc |= json_object_set_new(b, "status", json_string("expected")) | keep(b, old, "due");
	if (json_object_get(b, "rest") != NULL && same(b, old) &&
	    strcmp(breaks_text(old, "at"), breaks_text(b, "at")) < 0)
		rc |= keep(b, old, "at");
	return rc;
}

/* Found now: keeps the day it was first seen, and what a person said of it. */
static int
settle_found(struct match *m, const char *id, json_t *b)
{
	json_t *old = json_object_get(m->old, id), *changed = NULL;
	int fresh = old == NULL || breaks_status(old) == BREAK_RESOLVED;
	char by[BY_TEXT];
	int rc = old == NULL ? 0 : keep(b, old, "history");

	if (!fresh)
		rc |= keep(b, old, "first_seen") | keep(b, old, "as_of") | keep_decision(m, b, old);
	if (rc != 0)
		return no_memory(m);
	by_file(m, by);
	if (fresh || breaks_status(b) != breaks_status(old)) {
		if ((changed = breaks_change(b, breaks_status(b), m->today, by, "")) == NULL)
			return no_memory(m);
		b = changed;
		fresh = 1;
	}
	/* The same thing told by another file: only what changed is a change. */
	if (!fresh && !json_equal(b, old)) {
		if (json_object_set_new(b, "as_of", json_string(m->today)) == -1)
			return no_memory(m);
		fresh = 1;
	}
	if (fresh)
		rc = put(m, id, b);
	count(m, b);
	if (rc == 0 && json_object_set(m->listed, id, b) == -1)
		rc = no_memory(m);
	json_decref(changed);
	return rc;
}

/* Takes b, which is on record in another state. */
static int
settle_changed(struct match *m, const char *id, json_t *b)
{
	int rc = b == NULL || json_object_set(m->listed, id, b) == -1 ? no_memory(m) : put(m, id, b);

	if (rc == 0)
		count(m, b);
	json_decref(b);
	return rc;
}

/* An expected one whose day has come, though no report shows it now. */
static int
overdue(const struct match *m, const json_t *old)
{
	const char *event = breaks_text(old, "event");
	struct error ignored = { 0 };
	char day[MOMENT_DAY];
	int64_t at;

	if (breaks_status(old) != BREAK_EXPECTED)
		return 0;
	return breaks_text(old, "due")[0] != '\0' ? breaks_effective(old, m->today) == BREAK_OPEN :
	    moment_parse(event, strlen(event), &at, &ignored) == 0 &&
	    moment_days_between(moment_day(at, day), m->today) > m->s->window_days;
}

/* On record, not found now. */
static int
settle_old(struct match *m, struct books *b, const char *id, json_t *old)
{
	const char *why;
	char by[BY_TEXT];
	int rc = 0, status = breaks_status(old);

	if (status != BREAK_RESOLVED) {
		if ((why = cleared_by(m, b, old, by, &rc)) != NULL)
			return settle_changed(m, id, breaks_cleared(old, m->today, by, why));
		if (rc == -1)
			return -1;
	}
	if (overdue(m, old))
		return settle_changed(m, id, breaks_change(old, BREAK_OPEN, m->today, "due", ""));
	if ((status == BREAK_RESOLVED || status == BREAK_EXPLAINED) &&
	    strcmp(breaks_text(old, "as_of"), m->today) != 0)
		return 0;
	count(m, old);
	return json_object_set(m->listed, id, old) == -1 ? no_memory(m) : 0;
}

int
match_settle(struct match *m, struct books *b)
{
	const char *id;
	json_t *v;

	json_object_clear(m->old);
	json_object_clear(m->listed);
	json_array_clear(m->put);
	m->res->open = m->res->expected = m->res->resolved = 0;
	if (books_each_data(b, "break", take_old, m, m->e) == -1 || suggest(m) == -1)
		return -1;
	json_object_foreach(m->found, id, v)
		if (settle_found(m, id, v) == -1)
			return -1;
	json_object_foreach(m->old, id, v)
		if (json_object_get(m->found, id) == NULL && settle_old(m, b, id, v) == -1)
			return -1;
	m->res->verdict = m->res->open > 0 ? MATCH_BREAKS : m->res->expected > 0 ? MATCH_INCOMPLETE :
	    MATCH_CLEAN;
	return 0;
}

int
match_leave_explained(struct match *m)
{
	json_t *left = json_object(), *v;
	const char *id;
	char key[128];
	size_t i;
	int rc = left == NULL ? no_memory(m) : 0;

	json_object_foreach(m->listed, id, v) {
		if (breaks_status(v) != BREAK_EXPLAINED || breaks_text(v, "payment_id")[0] == '\0')
			continue;
		(void)snprintf(key, sizeof(key), "%.3s %s", breaks_text(v, "currency"), breaks_text(v, "payment_id"));
		if (json_object_set_new(left, key, json_true()) == -1)
			rc = no_memory(m);
	}
	for (i = 0; json_object_size(left) > 0 && i < m->n; i++) {
		(void)snprintf(key, sizeof(key), "%.3s %s", m->v[i].r.currency, m->v[i].r.id);
		if (json_object_get(left, key) != NULL)
			m->v[i].postable = 0;
	}
	json_decref(left);
	return rc;
}
