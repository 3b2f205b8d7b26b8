/*
 * breaks -- see breaks.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "breaks.h"
#include "digest.h"
#include "moment.h"
#include "text.h"

const char *const breaks_status_name[] = { "expected", "open", "explained", "resolved" };
const char *const breaks_age_name[BREAKS_AGES] = { "0-1", "2-3", "4-7", "8-14", "15-30", "31-60", "61-90",
    "> 90" };

const char *
breaks_text(const json_t *b, const char *name)
{
	const char *s = json_string_value(json_object_get(b, name));

	return s == NULL ? "" : s;
}

int
breaks_status(const json_t *b)
{
	const char *s = breaks_text(b, "status");
	int i;

	for (i = BREAK_EXPECTED; i <= BREAK_RESOLVED; i++)
		if (strcmp(s, breaks_status_name[i]) == 0)
			return i;
	return BREAK_OPEN;
}

int
breaks_amount_is(const json_t *b, const char *member, const struct payrow *row)
{
	const json_t *amount = json_object_get(b, member);
	int64_t told = json_integer_value(amount);

	if (!json_is_integer(amount))
		return 0;
	if (strcmp(breaks_text(b, "category"), "fee") == 0)
		return row->fee == told;
	return row->gross == told || (row->currency2[0] != '\0' &&
	    (row->gross2 == told || row->gross - row->fee == told));
}

int
breaks_mark(const json_t *b, char out[BREAKS_MARK], struct error *e)
{
	char hex[DIGEST_HEX], *text;

	memset(out, 0, BREAKS_MARK);
	if (b == NULL)
		return 0;
	if ((text = json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS)) == NULL)
		return error_set(e, ERR_IO, "breaks: no memory");
	digest_hex(hex, text, strlen(text));
	free(text);
	memcpy(out, hex, BREAKS_MARK - 1);
	return 0;
}

int
breaks_effective(const json_t *b, const char *day)
{
	const char *due = breaks_text(b, "due");
	int status = breaks_status(b);

	return status == BREAK_EXPECTED && due[0] != '\0' && strcmp(due, day) <= 0 ? BREAK_OPEN : status;
}

int
breaks_standing(const json_t *b)
{
	int status = breaks_status(b);

	return status == BREAK_EXPECTED || status == BREAK_OPEN;
}

char *
breaks_id(const char *account, const char *category, const char *payment, const char *currency,
    const char *event, char out[BREAKS_ID])
{
	char text[512], hex[DIGEST_HEX];

	(void)snprintf(text, sizeof(text), "%s\n%s\n%s\n%s\n%s", account, category, currency, payment,
	    payment[0] == '\0' ? event : "");
	digest_hex(hex, text, strlen(text));
	(void)snprintf(out, BREAKS_ID, "B-%.12s", hex);
	return out;
}

/* ---- changes ---- */

json_t *
breaks_change(const json_t *was, int status, const char *day, const char *by, const char *note)
{
	json_t *b = json_deep_copy(was), *history = json_object_get(b, "history");
	json_t *line = json_pack("{s:s,s:s,s:s}", "day", day, "status", breaks_status_name[status], "by", by);

	if (b != NULL && history == NULL && json_object_set_new(b, "history", history = json_array()) == -1)
		history = NULL;
	if (line != NULL && note[0] != '\0' && json_object_set_new(line, "note", json_string(note)) == -1) {
		json_decref(line);
		line = NULL;
	}
	if (history == NULL || line == NULL || json_array_append(history, line) == -1 ||
	    json_object_set_new(b, "status", json_string(breaks_status_name[status])) == -1 ||
	    json_object_set_new(b, "as_of", json_string(day)) == -1) {
		json_decref(line);
		json_decref(b);
		return NULL;
	}
	json_decref(line);
	if (json_array_size(history) > BREAKS_HISTORY)
		json_array_remove(history, 1);
	if (!breaks_standing(b)) {
		json_object_del(b, "suggestion");
		json_object_del(b, "due");
	}
	return b;
}

json_t *
breaks_cleared(const json_t *was, const char *day, const char *by, const char *why)
{
	json_t *b = breaks_change(was, BREAK_RESOLVED, day, by, why);
	char text[512];

	(void)snprintf(text, sizeof(text), "%.400s; resolved: %s", breaks_text(was, "explanation"), why);
	text[text_utf8_valid(text, strlen(text))] = '\0';
	if (b != NULL && (json_object_set_new(b, "cleared", json_string(by)) == -1 ||
	    json_object_set_new(b, "explanation", json_string(text)) == -1)) {
		json_decref(b);
		return NULL;
	}
	return b;
}

/* ---- ageing, roll-forward ---- */

int
breaks_age(int days)
{
	static const int last[BREAKS_AGES - 1] = { 1, 3, 7, 14, 30, 60, 90 };
	int i;

	for (i = 0; i < BREAKS_AGES - 1 && days > last[i]; i++)
		continue;
	return i;
}

static struct breaks_roll_row *
roll_row(struct breaks_roll *r, const char *currency, struct error *e)
{
	size_t i, known = currency[0] == '\0' || money_currency_known(currency, strlen(currency));

	for (i = 0; i < r->n; i++)
		if (strcmp(r->v[i].currency, currency) >= 0)
			break;
	if (i < r->n && strcmp(r->v[i].currency, currency) == 0)
		return &r->v[i];
	if (!known || r->n == sizeof(r->v) / sizeof(r->v[0])) {
		error_set(e, ERR_CORRUPT, "break: \"%s\" is no currency", currency);
		return NULL;
	}
	memmove(&r->v[i + 1], &r->v[i], (r->n - i) * sizeof(r->v[0]));
	memset(&r->v[i], 0, sizeof(r->v[i]));
	memcpy(r->v[i].currency, currency, strlen(currency) + 1);
	r->n++;
	return &r->v[i];
}

static int
roll_move(struct breaks_roll *r, const char *currency, int what, int count, int64_t value, int sign,
    struct error *e)
{
	struct breaks_roll_row *row = roll_row(r, currency, e);

	if (row == NULL)
		return -1;
	row->count[what] += count;
	if (money_add(&row->value[what], value, e) == -1)
		return -1;
	row->count[ROLL_CLOSING] += sign * count;
	return sign > 0 ? money_add(&row->value[ROLL_CLOSING], value, e) :
	    money_sub(&row->value[ROLL_CLOSING], value, e);
}

/* What was there leaves the opening again. */
static int
roll_unopen(struct breaks_roll *r, const char *currency, int64_t value, struct error *e)
{
	return roll_move(r, currency, ROLL_OPENING, -1, -value, 1, e);
}

static int
value_of(const json_t *b, int64_t *out, struct error *e)
{
	int64_t v = json_integer_value(json_object_get(b, "difference"));

	*out = 0;
	return v < 0 ? money_sub(out, v, e) : money_add(out, v, e);
}

int
breaks_roll_add(struct breaks_roll *r, const json_t *was, const json_t *is, int in_period, struct error *e)
{
	const char *before = was == NULL ? "" : breaks_text(was, "currency");
	const char *after = is == NULL ? "" : breaks_text(is, "currency");
	int stood = was != NULL && breaks_standing(was), stands = is != NULL && breaks_standing(is);
	int64_t from = 0, to = 0;
	int end = is != NULL && strcmp(breaks_text(is, "verb"), "write-off") == 0 ? ROLL_WRITTEN_OFF :
	    ROLL_CLEARED;

	if ((stood && value_of(was, &from, e) == -1) || (stands && value_of(is, &to, e) == -1))
		return -1;
	if (!in_period)
		return (stood && roll_unopen(r, before, from, e) == -1) ||
		    (stands && roll_move(r, after, ROLL_OPENING, 1, to, 1, e) == -1) ? -1 : 0;
	if (stood && stands && strcmp(before, after) == 0)
		return to >= from ? roll_move(r, after, ROLL_NEW, 0, to - from, 1, e) :
		    roll_move(r, after, ROLL_CLEARED, 0, from - to, -1, e);
	return (stood && roll_move(r, before, stands ? ROLL_CLEARED : end, 1, from, -1, e) == -1) ||
	    (stands && roll_move(r, after, ROLL_NEW, 1, to, 1, e) == -1) ? -1 : 0;
}

/* ---- listing ---- */

static void
amount(const json_t *b, const char *name, char out[MONEY_TEXT])
{
	const json_t *v = json_object_get(b, name);
	const char *ccy = breaks_text(b, "currency");

	out[0] = '\0';
	if (json_is_integer(v) && money_currency_known(ccy, strlen(ccy)))
		money_print(json_integer_value(v), ccy, out);
}

void
breaks_cells(struct breaks_cells *c, const char *id, const json_t *b, const char *day)
{
	const char *seen = breaks_text(b, "first_seen");
	json_int_t line = json_integer_value(json_object_get(b, "line"));
	const char *const cell[BREAKS_CELLS] = { id, breaks_text(b, "category"),
	    breaks_status_name[breaks_effective(b, day)], seen, c->age, breaks_text(b, "provider"),
	    breaks_text(b, "payment_id"),
	    breaks_text(b, "currency"), c->report, c->ledger, c->difference, breaks_text(b, "file"),
	    c->line, breaks_text(b, "explanation") };

	memcpy(c->cell, cell, sizeof(cell));
	c->age[0] = c->line[0] = '\0';
	if (moment_day_valid(seen) && moment_day_valid(day))
		(void)snprintf(c->age, sizeof(c->age), "%d", moment_days_between(seen, day));
	if (line > 0)
		(void)snprintf(c->line, sizeof(c->line), "%lld", (long long)line);
	amount(b, "report_amount", c->report);
	amount(b, "ledger_amount", c->ledger);
	amount(b, "difference", c->difference);
}
