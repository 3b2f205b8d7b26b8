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
	char id[BREAKS_ID], when[MOMENT_TEXT] = "", text[400], again[128];
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
	return 0;
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

/* Why a break on record is none any more, or NULL. -1 in *rc: error. */
static const char *
cleared_by(struct match *m, struct books *b, const json_t *old, int *rc)
{
	const char *payment = breaks_text(old, "payment_id"), *category = breaks_text(old, "category");
	const char *event = breaks_text(old, "event");
	struct payrow row;
	int64_t at;
	int move;

	*rc = 0;
	if (strcmp(category, "balance") == 0 && payment[0] == '\0')
		return proven(m, breaks_text(old, "currency")) ? "the balance ties now" : NULL;
	if (strcmp(category, "missing-in-ledger") == 0 && payment[0] != '\0')
		for (move = 0; move < MOVES && *rc == 0; move++) {
			*rc = books_row(b, m->o->account, (enum movement)move, payment, &row, m->e);
			if (*rc == 1 && row.booked && !match_in_report(m, payment))
				return "the books have it now";
			if (*rc == 1)
				*rc = 0;
		}
	if (*rc == -1)
		return NULL;
	if (payment[0] != '\0' && match_in_report(m, payment))
		return "this report and the books agree on it";
	/* What is wrong with one file another one can't put right. */
	if ((strcmp(category, "control-total") == 0 || strcmp(category, "restated") == 0) &&
	    !match_reads_again(m, breaks_text(old, "file")))
		return NULL;
	if (moment_parse(event, strlen(event), &at, m->e) == 0 && match_covers(m, at) == 0)
		return "this report, which covers its time, shows it no more";
	m->e->code = ERR_NONE;
	return NULL;
}

static int
put(struct match *m, const char *id, json_t *b)
{
	json_t *one = json_pack("[s,s,O]", "break", id, b);

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

/* Found now: keeps the day it was first seen, and what a person said of it. */
static int
settle_found(struct match *m, const char *id, json_t *b)
{
	json_t *old = json_object_get(m->old, id);
	int status = old == NULL ? BREAK_RESOLVED : breaks_status(old);

	if (old != NULL && status != BREAK_RESOLVED) {
		json_object_set(b, "first_seen", json_object_get(old, "first_seen"));
		json_object_set(b, "as_of", json_object_get(old, "as_of"));
		if (status == BREAK_EXPLAINED &&
		    json_equal(json_object_get(b, "difference"), json_object_get(old, "difference")))
			json_object_set(b, "status", json_object_get(old, "status"));
		if (json_equal(b, old))
			goto out;
		/* The same thing told by another file: only what changed is a change. */
		json_object_set_new(b, "as_of", json_string(m->today));
	}
	if (put(m, id, b) == -1)
		return -1;
out:
	count(m, b);
	return json_object_set(m->listed, id, b) == -1 ? no_memory(m) : 0;
}

static int
resolve(struct match *m, const char *id, const json_t *old, const char *why)
{
	json_t *b = json_deep_copy(old);
	char text[512];
	int rc = -1;

	if (b == NULL)
		return no_memory(m);
	(void)snprintf(text, sizeof(text), "%.400s; resolved: %s", breaks_text(old, "explanation"), why);
	text[text_utf8_valid(text, strlen(text))] = '\0';
	if (json_object_set_new(b, "status", json_string("resolved")) == 0 &&
	    json_object_set_new(b, "as_of", json_string(m->today)) == 0 &&
	    json_object_set_new(b, "explanation", json_string(text)) == 0 &&
	    json_object_set(m->listed, id, b) == 0)
		rc = put(m, id, b);
	else
		no_memory(m);
	if (rc == 0)
		m->res->resolved++;
	json_decref(b);
	return rc;
}

/* On record, not found now. */
static int
settle_old(struct match *m, struct books *b, const char *id, json_t *old)
{
	const char *why, *event = breaks_text(old, "event");
	char day[MOMENT_DAY];
	json_t *late;
	int64_t at;
	int rc, status = breaks_status(old);

	if (status == BREAK_RESOLVED || status == BREAK_EXPLAINED) {
		if (strcmp(breaks_text(old, "as_of"), m->today) != 0)
			return 0;
		count(m, old);
		return json_object_set(m->listed, id, old) == -1 ? no_memory(m) : 0;
	}
	if ((why = cleared_by(m, b, old, &rc)) != NULL)
		return resolve(m, id, old, why);
	if (rc == -1)
		return -1;
	if (status == BREAK_EXPECTED && moment_parse(event, strlen(event), &at, m->e) == 0 &&
	    moment_days_between(moment_day(at, day), m->today) > m->s->window_days) {
		if ((late = json_deep_copy(old)) == NULL ||
		    json_object_set_new(late, "status", json_string("open")) == -1 ||
		    json_object_set_new(late, "as_of", json_string(m->today)) == -1 ||
		    json_object_set(m->listed, id, late) == -1 || put(m, id, late) == -1) {
			json_decref(late);
			return no_memory(m);
		}
		json_decref(late);
		m->res->open++;
		return 0;
	}
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
	if (books_each_data(b, "break", take_old, m, m->e) == -1)
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
