/*
 * cmd_closing -- daybook close, reopen, closings (closing.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closing.h"
#include "cmd.h"
#include "money.h"
#include "pack_priv.h"

static const char *
text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

int
cmd_close(struct cmd *c)
{
	const char *note = cmd_option(c, "note");
	struct closing_period p;
	json_t *req, *explain;
	int i, rc;

	if (closing_period(c->operand[0], &p, &c->e) == -1)
		return cmd_usage("%s", c->e.text);
	if ((explain = json_object()) == NULL)
		return cmd_request(c, NULL);
	for (i = 0; i < c->noptions; i++) {
		const char *v = c->option[i].value, *eq = strchr(v, '=');
		char name[80];

		if (strcmp(c->option[i].name, "explain") != 0)
			continue;
		if (eq == NULL || eq == v || (size_t)(eq - v) >= sizeof(name) || eq[1] == '\0') {
			json_decref(explain);
			return cmd_usage("--explain: ACCOUNT.CURRENCY=WHY is expected, not \"%.100s\"", v);
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)(eq - v), v);
		json_object_set_new(explain, name, json_string(eq + 1));
	}
	req = json_pack("{s:s,s:s,s:o}", "verb", "close", "period", p.name, "explain", explain);
	if (req != NULL && note != NULL)
		json_object_set_new(req, "note", json_string(note));
	/* With what was proved of it. */
	return (rc = cmd_request(c, req)) != 0 ? rc : cmd_closings(c);
}

int
cmd_reopen(struct cmd *c)
{
	const char *note = cmd_option(c, "note");
	struct closing_period p;

	if (closing_period(c->operand[0], &p, &c->e) == -1)
		return cmd_usage("%s", c->e.text);
	if (note == NULL || note[0] == '\0')
		return cmd_usage("reopen wants --note: why");
	return cmd_request(c, json_pack("{s:s,s:s,s:s}", "verb", "reopen", "period", p.name, "note", note));
}

/* ---- listings ---- */


static int
take(void *arg, const char *key, json_t *v, struct error *e)
{
	return json_object_set(arg, key, v) == -1 ? error_set(e, ERR_IO, "closings: no memory") : 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct late {
	const json_t	*closings;
	struct payrow	*v;
	const char	**period;
	size_t		 n;
};

static int
take_late(void *arg, const struct payrow *row, struct error *e)
{
	struct late *l = arg;
	char day[MOMENT_DAY];
	const char *name, *in = NULL;
	json_t *v;

	if (row->move == MOVE_DISPUTE)
		return 0;
	moment_day(row->event, day);
	/* Of a day, its month and its year that are closed, the day says most. */
	json_object_foreach((json_t *)l->closings, name, v)
		if (closing_late(v, day, row->recorded) && (in == NULL || strlen(name) > strlen(in)))
			in = name;
	if (in == NULL)
		return 0;
	if ((l->n & (l->n - 1)) == 0) {
		size_t cap = l->n == 0 ? 1 : l->n * 2;
		struct payrow *rows = reallocarray(l->v, cap, sizeof(*rows));
		const char **periods = rows == NULL ? NULL : reallocarray(l->period, cap, sizeof(*periods));

		if (rows != NULL)
			l->v = rows;
		if (periods == NULL)
			return error_sys(e, "closings");
		l->period = periods;
	}
	l->period[l->n] = in;
	l->v[l->n++] = *row;
	return 0;
}

static int
print_late(struct cmd *c, struct late *l)
{
	struct table *t = table_new("period,provider,payment_id,kind,status,customer,currency,gross>,fee>,"
	    "net>,event_time,recorded_time", c->format);
	size_t *order = calloc(l->n + 1, sizeof(*order)), i, k;
	int second;

	/* In the order the books learned of them; a handful. */
	for (i = 0; order != NULL && i < l->n; i++) {
		for (k = i; k > 0 && record_row_by_recorded(&l->v[i], &l->v[order[k - 1]]) < 0; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (i = 0; t != NULL && order != NULL && i < l->n; i++) {
		const struct payrow *row = &l->v[order[i]];

		for (second = 0; second <= (row->currency2[0] != '\0'); second++) {
			static const int of[] = { 0, 1, 3, 4, 5, 7, 8, 9, 10, 11, 12 };
			char cell[13][160];
			const char *at[12] = { l->period[order[i]] };

			(void)pack_payment_cells(row, second, cell);
			for (k = 0; k < 11; k++)
				at[k + 1] = cell[of[k]];
			(void)table_row(t, at, &c->e);
		}
	}
	free(order);
	return cmd_print(c, t);
}

static int
print_all(struct cmd *c, json_t *all)
{
	struct table *t = table_new("period,status,from,to,closed,by,explained>,note", c->format);
	size_t n = json_object_size(all), i = 0, k;
	const char **names = calloc(n + 1, sizeof(*names)), *name;
	json_t *row, *one;
	char count[24], when[MOMENT_TEXT];

	if (names != NULL)
		json_object_foreach(all, name, row)
			names[i++] = name;
	qsort(names, i, sizeof(*names), by_name);
	for (n = i, i = 0; t != NULL && i < n; i++) {
		int explained = 0, closed;
		const char *at;
		int64_t us;

		row = json_object_get(all, names[i]);
		closed = strcmp(text(row, "status"), "closed") == 0;
		json_array_foreach(json_object_get(row, "proofs"), k, one)
			explained += strcmp(text(one, "how"), "explained") == 0;
		(void)snprintf(count, sizeof(count), "%d", explained);
		at = text(row, closed ? "at" : "reopened_at");
		if (moment_parse(at, strlen(at), &us, &c->e) == 0)
			at = moment_print(us, when);
		(void)table_row(t, (const char *const[]){ names[i], text(row, "status"), text(row, "from"),
		    text(row, "to"), at, text(row, closed ? "by" : "reopened_by"), count, text(row, closed ? "note" : "reopened_note") }, &c->e);
	}
	free(names);
	return cmd_print(c, t);
}

static int
print_one(struct cmd *c, const json_t *row)
{
	struct table *t = table_new("account,currency,how,closing>,books>,unexplained>,debit>,credit>,by,note",
	    c->format);
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(row, "proofs"), i, one) {
		const char *ccy = text(one, "currency"), *how = text(one, "how");
		char amount[3][MONEY_TEXT];
		int k, stated = text(one, "statement")[0] != '\0';

		for (k = 0; k < 3; k++) {
			static const char *const name[] = { "closing", "books", "unexplained" };

			amount[k][0] = '\0';
			if (stated)
				money_print(json_integer_value(json_object_get(one, name[k])), ccy, amount[k]);
		}
		(void)table_row(t, (const char *const[]){ text(one, "account"), ccy, how, amount[0],
		    amount[1], amount[2], "", "", text(one, "by"), text(one, "note") }, &c->e);
	}
	json_array_foreach(json_object_get(row, "totals"), i, one) {
		const char *account = json_string_value(json_array_get(one, 0));
		const char *ccy = json_string_value(json_array_get(one, 1));
		char balance[MONEY_TEXT], debit[MONEY_TEXT], credit[MONEY_TEXT];
		int64_t d = json_integer_value(json_array_get(one, 2));
		int64_t k = json_integer_value(json_array_get(one, 3));

		(void)table_row(t, (const char *const[]){ account, ccy, "total", "",
		    money_print(d - k, ccy, balance), "", money_print(d, ccy, debit),
		    money_print(k, ccy, credit), "", "" }, &c->e);
	}
	return cmd_print(c, t);
}

int
cmd_closings(struct cmd *c)
{
	struct lock lock = LOCK_INIT;
	struct late l = { NULL, NULL, NULL, 0 };
	json_t *all = json_object();
	struct books *b;
	int rc, late = cmd_option(c, "late") != NULL;

	if (c->n > 0 && late) {
		json_decref(all);
		return cmd_usage("closings PERIOD | closings --late is expected");
	}
	l.closings = all;
	if (all == NULL || (b = cmd_books(c, c->book, &lock)) == NULL) {
		json_decref(all);
		return cmd_fail(c);
	}
	rc = books_each_data(b, "closing", take, all, &c->e);
	if (rc == 0 && late && json_object_size(all) > 0)
		rc = books_each_row(b, take_late, &l, &c->e);
	if (cmd_books_done(c, b, &lock) == -1 || rc == -1)
		rc = cmd_fail(c);
	else if (c->n == 0)
		rc = late ? print_late(c, &l) : print_all(c, all);
	else if (json_object_get(all, c->operand[0]) == NULL) {
		error_set(&c->e, ERR_NOTFOUND, "no closing %.40s", c->operand[0]);
		rc = cmd_fail(c);
	} else
		rc = print_one(c, json_object_get(all, c->operand[0]));
	free(l.v);
	free(l.period);
	json_decref(all);
	return rc;
}
