/*
 * match_write -- what a run leaves behind: the reports themselves, requests through the door, and
 * the run's own folder.
 *
 * Nothing here depends on the clock but the day: the same files, books and day give the same bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaks.h"
#include "desk.h"
#include "digest.h"
#include "door.h"
#include "durable.h"
#include "match_priv.h"
#include "report/reread.h"
#include "table.h"

#define OUT_MAX		((size_t)1 << 30)
#define FACTS_MAX	1500			/* of about 500 bytes: well below a message's 2 MiB */
#define BREAKS_MAX	1500
#define DOOR_MS		60000
#define LISTED		20			/* lines of open breaks on standard output */

static int
no_memory(struct match *m)
{
	return error_set(m->e, ERR_IO, "reconcile: no memory");
}

const char *
match_verdict_name(enum match_verdict v)
{
	return v == MATCH_CLEAN ? "CLEAN" : v == MATCH_BREAKS ? "BREAKS" : "INCOMPLETE";
}

/* ---- through the door ---- */

static int
send(struct match *m, json_t *request, json_t **act)
{
	struct door_result r;

	memset(&r, 0, sizeof(r));
	if (request == NULL)
		return no_memory(m);
	if (door_send(m->s, m->o->book, request, DOOR_MS, &r, m->e) == -1) {
		json_decref(request);
		return -1;
	}
	json_decref(request);
	if (act != NULL)
		*act = json_incref(r.act);
	json_decref(r.act);
	if (r.disposition == DISP_WAITING)
		return error_set(m->e, ERR_AGAIN, "request %s is queued, daybook-post is busy: run this again",
		    r.id);
	if (r.disposition == DISP_REFUSED)
		return error_set(m->e, ERR_CONFLICT, "request %s was refused: %s", r.id,
		    r.text[0] != '\0' ? r.text : r.reason);
	return 0;
}

static int
add_fact(struct match *m, json_t *facts, const struct match_row *row)
{
	struct fact f;
	json_t *j;

	report_fact(&row->r, row->account, m->file[row->file].sha256, &f);
	if (row->outcome == ROW_DIFFERS) {
		memcpy(f.id, row->lid, sizeof(f.id));
		f.move = row->lmove;
	}
	if ((j = desk_fact_json(&f)) == NULL || json_array_append_new(facts, j) == -1)
		return no_memory(m);
	return 0;
}

static int
send_facts(struct match *m, json_t *facts)
{
	return send(m, json_pack("{s:s,s:s,s:s,s:O}", "verb", "book-from-report", "account", m->o->account,
	    "file", m->file[0].sha256, "facts", facts), NULL);
}

/* All rows that may be booked from the report, in time order, some at a time. */
int
match_post(struct match *m, size_t *posted)
{
	json_t *facts = json_array();
	size_t i;
	int rc = 0;

	*posted = 0;
	if (facts == NULL)
		return no_memory(m);
	for (i = 0; rc == 0 && i < m->n; i++) {
		if (!m->v[i].postable ||
		    (m->v[i].outcome != ROW_MISSING && m->v[i].outcome != ROW_DIFFERS))
			continue;
		rc = add_fact(m, facts, &m->v[i]);
		if (rc == 0)
			(*posted)++;
		if (rc == 0 && json_array_size(facts) == FACTS_MAX) {
			rc = send_facts(m, facts);
			json_array_clear(facts);
		}
	}
	if (rc == 0 && json_array_size(facts) > 0)
		rc = send_facts(m, facts);
	json_decref(facts);
	return rc;
}

/* What changed among the breaks, into the books. */
int
match_record(struct match *m)
{
	size_t i = 0, n = json_array_size(m->put);
	json_t *some, *one;
	int rc = 0;

	while (rc == 0 && i < n) {
		if ((some = json_array()) == NULL)
			return no_memory(m);
		while (i < n && json_array_size(some) < BREAKS_MAX) {
			one = json_array_get(m->put, i++);
			if (json_array_append(some, one) == -1)
				rc = no_memory(m);
		}
		if (rc == 0)
			rc = send(m, json_pack("{s:s,s:s,s:s,s:s,s:O}", "verb", "reconciled", "account",
			    m->o->account, "run", m->run, "verdict", match_verdict_name(m->res->verdict),
			    "put", some), NULL);
		json_decref(some);
	}
	return rc;
}

/* ---- the run's folder ---- */

static int
by_rank(const void *a, const void *b)
{
	const struct breaks_cells *x = a, *y = b;
	int c = strcmp(y->cell[2], x->cell[2]);		/* resolved before open before expected */

	return c != 0 ? c : strcmp(x->cell[0], y->cell[0]);
}

/* Breaks in an order of their own, whatever order the index gives them. */
static int
breaks_csv(struct match *m, struct buf *out)
{
	size_t n = json_object_size(m->listed), i = 0;
	struct breaks_cells *c = calloc(n + 1, sizeof(*c));
	const char *id;
	json_t *v;
	int rc = -1;

	if (c == NULL)
		return no_memory(m);
	json_object_foreach(m->listed, id, v) {
		breaks_cells(&c[i], id, v, m->today);
		i++;
	}
	qsort(c, n, sizeof(*c), by_rank);
	if (buf_adds(out, BREAKS_COLUMNS "\r\n", m->e) == -1)
		goto out;
	for (i = 0; i < n; i++) {
		/* The cells point into the struct, which sorting has moved. */
		id = c[i].cell[0];
		breaks_cells(&c[i], id, json_object_get(m->listed, id), m->today);
		if (match_csv_line(m, out, c[i].cell, BREAKS_CELLS) == -1)
			goto out;
	}
	rc = 0;
out:
	free(c);
	return rc;
}

static json_t *
money_json(int64_t minor, const char ccy[4])
{
	char text[MONEY_TEXT];

	return json_string(money_print(minor, ccy, text));
}

static json_t *
balances_json(const struct match *m)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < m->ncur; i++) {
		const struct match_currency *c = &m->cur[i];
		int64_t difference = c->closing - c->ledger;

		json_array_append_new(all, c->has_balance ?
		    json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "currency", c->currency,
		    "opening", money_json(c->opening, c->currency),
		    "movement", money_json(c->movement, c->currency),
		    "closing", money_json(c->closing, c->currency),
		    "ledger", money_json(c->ledger, c->currency),
		    "difference", money_json(difference, c->currency),
		    "explained", money_json(match_explained(c), c->currency),
		    "unexplained", money_json(difference - match_explained(c), c->currency)) :
		    json_pack("{s:s,s:o,s:o}", "currency", c->currency, "movement",
		    money_json(c->movement, c->currency), "ledger", money_json(c->ledger, c->currency)));
	}
	return all;
}

static int
summary_json(struct match *m, struct buf *out)
{
	char from[MOMENT_TEXT] = "", to[MOMENT_TEXT] = "";
	json_t *files = json_array(), *j;
	char *text;
	int i, rc = -1;

	for (i = 0; i < m->nfiles; i++)
		json_array_append_new(files, json_pack("{s:s,s:s,s:I}", "name", m->file[i].name, "sha256",
		    m->file[i].sha256, "rows", (json_int_t)m->file[i].rows));
	if (m->total > 0) {
		moment_print(m->first, from);
		moment_print(m->last, to);
	}
	j = json_pack("{s:i,s:s,s:b,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:{s:I,s:I,s:I,s:I,s:I},s:{s:I,s:I,s:I},"
	    "s:o}", "format", 1, "run", m->run, "stand_in", m->s->stand_ins, "book",
	    site_book_name[m->o->book], "account", m->o->account, "report", m->o->format->name, "day",
	    m->today, "verdict", match_verdict_name(m->res->verdict), "files", files, "from", from, "to", to,
	    "rows", "read", (json_int_t)m->total, "matched", (json_int_t)m->matched, "memo",
	    (json_int_t)m->memo, "before_opening", (json_int_t)m->before, "in_suspense",
	    (json_int_t)m->suspense, "breaks", "open", (json_int_t)m->res->open, "expected",
	    (json_int_t)m->res->expected, "resolved", (json_int_t)m->res->resolved, "balances",
	    balances_json(m));
	text = j == NULL ? NULL : json_dumps(j, JSON_INDENT(2));
	if (text == NULL)
		no_memory(m);
	else
		rc = buf_addf(out, m->e, "%s\n", text);
	free(text);
	json_decref(j);
	return rc;
}

int
match_write_run(struct match *m)
{
	static const struct {
		const char	*name;
		int		(*make)(struct match *m, struct buf *out);
	} files[] = { { "breaks.csv", breaks_csv }, { "summary.json", summary_json } };
	struct buf out = BUF_INIT(OUT_MAX);
	char path[192];
	int dir, rc;
	size_t i;

	(void)snprintf(path, sizeof(path), "books/%s/reconcile/%s", site_book_name[m->o->book], m->run);
	if (durable_mkdirs(m->s->fd, path, 0750, m->e) == -1 ||
	    (dir = durable_open_dir(m->s->fd, path, m->e)) == -1)
		return -1;
	rc = match_write_matches(m, dir);
	for (i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		buf_clear(&out);
		if (files[i].make(m, &out) == -1 ||
		    durable_put(dir, files[i].name, out.data, out.len, 0640, m->e) == -1)
			rc = -1;
	}
	if (rc == 0)
		rc = durable_sync_dir(dir, path, m->e);
	buf_free(&out);
	close(dir);
	return rc;
}

/* ---- for people ---- */

static int
text_balances(struct match *m, struct buf *out)
{
	char o[MONEY_TEXT], v[MONEY_TEXT], c[MONEY_TEXT], l[MONEY_TEXT], u[MONEY_TEXT];
	int i;

	for (i = 0; i < m->ncur; i++) {
		const struct match_currency *x = &m->cur[i];
		int64_t rest = x->closing - x->ledger - match_explained(x);

		money_print(x->movement, x->currency, v);
		money_print(x->ledger, x->currency, l);
		if (!x->has_balance) {
			if (buf_addf(out, m->e, "%s: movement %s, books %s; the report states no balance\n",
			    x->currency, v, l) == -1)
				return -1;
			continue;
		}
		if (buf_addf(out, m->e, "%s: opening %s + movement %s = closing %s; books %s; unexplained %s\n",
		    x->currency, money_print(x->opening, x->currency, o), v,
		    money_print(x->closing, x->currency, c), l, money_print(rest, x->currency, u)) == -1)
			return -1;
	}
	return 0;
}

static int
text_breaks(struct match *m, struct buf *out)
{
	const char *id;
	json_t *v;
	int n = 0;

	json_object_foreach(m->listed, id, v) {
		struct breaks_cells c;

		if (breaks_status(v) != BREAK_OPEN && breaks_status(v) != BREAK_EXPECTED)
			continue;
		if (n++ == LISTED)
			return buf_addf(out, m->e, "... and more: daybook breaks --open\n");
		breaks_cells(&c, id, v, m->today);
		if (buf_addf(out, m->e, "%s %s %s %s %s report %s %s %s: %s\n", id, c.cell[2], c.cell[1],
		    c.cell[6][0] == '\0' ? "-" : c.cell[6], c.cell[7], c.report[0] == '\0' ? "-" : c.report,
		    strcmp(c.cell[1], "control-total") == 0 ? "its rows" : "books", c.ledger[0] == '\0' ? "-" : c.ledger, c.cell[13]) == -1)
			return -1;
	}
	return 0;
}

int
match_text(struct match *m)
{
	struct buf *out = &m->res->text;
	char from[MOMENT_TEXT], to[MOMENT_TEXT];

	if ((m->s->stand_ins && buf_adds(out, "STAND-IN site: no real money\n", m->e) == -1) ||
	    (m->o->dry_run && buf_adds(out, "dry run: nothing was written\n", m->e) == -1))
		return -1;
	if (m->total == 0) {
		if (buf_addf(out, m->e, "%s: the report holds no rows\n", m->o->account) == -1)
			return -1;
	} else if (match_masspay_file(m)) {	/* meant or told, not moved: it has no times */
		if (buf_addf(out, m->e, "%s: %zu payments\n", m->o->account, m->total) == -1)
			return -1;
	} else if (buf_addf(out, m->e, "%s: %zu rows from %s to %s\n", m->o->account, m->total,
	    moment_print(m->first, from), moment_print(m->last, to)) == -1)
		return -1;
	if (buf_addf(out, m->e, "matched %zu, booked from the report %zu, memo %zu, before the opening %zu, "
	    "in suspense %zu\n", m->matched, m->res->posted, m->memo, m->before, m->suspense) == -1 ||
	    text_balances(m, out) == -1 ||
	    buf_addf(out, m->e, "breaks: open %zu, expected %zu, resolved %zu\n", m->res->open,
	    m->res->expected, m->res->resolved) == -1 || text_breaks(m, out) == -1)
		return -1;
	return m->run[0] == '\0' ? 0 : buf_addf(out, m->e, "see books/%s/reconcile/%s\n",
	    site_book_name[m->o->book], m->run);
}
