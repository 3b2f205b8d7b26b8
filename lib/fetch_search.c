/*
 * fetch_search -- a period asked for over the provider's interface, as one durable file
 * (paypal_search.h) whose balances prove that nothing is missing.
 *
 * The next period begins where the last one ended, one second later.  Rows are told apart by id,
 * event code and what they do to the balance: the same id may stand there twice and mean two things.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "fetch_priv.h"
#include "keyed.h"
#include "moment.h"
#include "money.h"
#include "report/paypal_search.h"

#define SUFFIX		".search"
#define ROWS_BYTES	((size_t)1 << 30)
#define EDGE_US		(3 * 3600 * MOMENT_SECOND)	/* a transaction takes that long to appear */
#define PERIOD_US	(31 * MOMENT_DAY_US)		/* the longest a file covers */
#define WAIT_US		(120 * MOMENT_DAY_US)		/* nothing stays pending longer */

struct one {				/* a row that was kept */
	size_t	at, len;		/* in text */
	int64_t	event, net;
	int	currency, moves;	/* money_number */
};

struct period {
	struct fetch	*f;
	struct lookup_period p;
	struct buf	 text;
	struct keyed	*seen;
	struct one	*v;
	size_t		 n, cap;
	int64_t		 moved;		/* of the rows taken now: when their money moved; 0: they say */
	int		 still;		/* of a payment asked for: it is still pending */
};

/* ---- rows ---- */

/* 1 where no such row was there before. */
static int
is_new(struct period *p, const struct report_row *r, struct error *e)
{
	char key[256];
	uint32_t place;
	int fresh, n = snprintf(key, sizeof(key), "%s\n%s\n%s\n%lld\n%lld", r->id,
	    r->code[0] != '\0' ? r->code : r->type, r->currency, (long long)(r->moves_balance ? r->gross : 0),
	    (long long)(r->moves_balance ? r->fee : 0));

	if (n < 0 || (size_t)n >= sizeof(key))
		n = sizeof(key) - 1;
	return keyed_place(p->seen, key, (size_t)n, &place, &fresh, e) == -1 ? -1 : fresh;
}

static int
keep(struct period *p, const json_t *row, const struct report_row *r, struct error *e)
{
	char *line = json_dumps(row, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct one *v = p->v;
	size_t at = p->text.len;
	int rc = -1;

	if (line == NULL)
		return error_set(e, ERR_IO, "fetch: no memory");
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 512 : p->cap * 2;

		if ((v = reallocarray(p->v, cap, sizeof(*v))) == NULL) {
			error_sys(e, "fetch");
			goto out;
		}
		p->v = v;
		p->cap = cap;
	}
	if (buf_addf(&p->text, e, "{\"row\":%s}\n", line) == -1)
		goto out;
	v[p->n++] = (struct one){ at, p->text.len - at, r->event, r->net, money_number(r->currency),
	    r->moves_balance };
	rc = 0;
out:
	free(line);
	return rc;
}

static int
wait_for(struct period *p, const struct report_row *r, struct error *e)
{
	char when[MOMENT_TEXT];
	json_t *waiting = fetch_member(p->f, "waiting", json_object());

	if (r->id[0] == '\0' || json_object_get(waiting, r->id) != NULL)
		return 0;
	if (json_object_set_new(waiting, r->id, json_string(moment_print(r->event, when))) == -1)
		return error_set(e, ERR_IO, "fetch: no memory");
	return 0;
}

/*
 * 1 where a row from before the period is there only because a refund changed it since: should a
 * search go by that day, its money moved in a period that is over.  One that was pending then is new.
 */
static int
told_before(struct period *p, const json_t *row, const struct report_row *r, struct error *e)
{
	struct report_row begun;

	if (strcmp(r->status_text, "V") != 0 && strcmp(r->status_text, "F") != 0)
		return 0;
	if (paypal_search_row(row, p->p.source, 0, &begun, e) == -1)
		return -1;
	return begun.event < p->p.from &&
	    json_object_get(fetch_member(p->f, "waiting", json_object()), r->id) == NULL;
}

static int
take(void *arg, const json_t *row, struct error *e)
{
	struct period *p = arg;
	struct report_row r;
	json_t *dated = NULL;
	char when[MOMENT_TEXT];
	int rc;

	if (paypal_search_row(row, p->p.source, p->p.from, &r, e) == -1) {
		struct error why = *e;

		return error_set(e, ERR_INPUT, "integration %s: a transaction that can't be read: %s", p->f->in.id,
		    why.text);
	}
	if ((rc = told_before(p, row, &r, e)) != 0)
		return rc == -1 ? -1 : 0;
	if (p->moved != 0 && r.moves_balance) {
		if ((dated = json_deep_copy(row)) == NULL ||
		    json_object_set_new(dated, "moved", json_string(moment_print(p->moved, when))) == -1)
			return error_set(e, ERR_IO, "fetch: no memory");
		r.event = p->moved;
		row = dated;
	}
	rc = is_new(p, &r, e);
	if (rc == 1)
		rc = keep(p, row, &r, e);
	if (rc == 0 && r.status == FACT_PENDING)
		rc = wait_for(p, &r, e);
	json_decref(dated);
	return rc;
}

/* A payment that was pending: it moved in this period, or it is pending still, or it is over. */
static int
take_waiting(void *arg, const json_t *row, struct error *e)
{
	struct period *p = arg;
	struct report_row r;

	if (paypal_search_row(row, p->p.source, p->p.from, &r, e) == -1)
		return -1;
	if (strcmp(p->p.source, "nvp") == 0)
		p->moved = p->p.to;	/* only that it has, not when: between two looks */
	p->still = r.status == FACT_PENDING ||
	    (r.moves_balance && p->moved == 0 && r.event > p->p.to);
	if (!p->still && r.moves_balance && (p->moved != 0 || r.event >= p->p.from))
		return take(p, row, e);
	return 0;
}

/* Everything that waits from periods before. */
static int
ask_waiting(struct period *p, struct error *e)
{
	struct fetch *f = p->f;
	json_t *waiting = fetch_member(f, "waiting", json_object()), *v, *over;
	const char *id;
	void *next;
	int64_t since;
	int n;

	if (p->p.to <= fetch_time(f->state, "edge"))
		return 0;	/* a look back */
	if ((over = json_deep_copy(waiting)) == NULL)
		return error_set(e, ERR_IO, "fetch: no memory");
	json_object_foreach_safe(over, next, id, v) {
		since = fetch_time(over, id);
		if (since >= p->p.from)
			continue;	/* of this very period */
		p->still = 0;
		p->moved = 0;
		if ((n = f->lookup->payment(f->line, id, since, take_waiting, p, e)) == -1) {
			json_decref(over);
			return -1;
		}
		p->moved = 0;
		if (since < f->o->now - WAIT_US || (n > 0 && !p->still))
			json_object_del(waiting, id);
	}
	json_decref(over);
	return 0;
}

/* ---- balances ---- */

static int
amount(const struct lookup_balance *b, int64_t *minor, struct error *e)
{
	if (!money_currency_known(b->currency, 3))
		return error_set(e, ERR_INPUT, "balance: \"%.3s\" is no currency we know", b->currency);
	return money_parse_local(b->available, strlen(b->available), b->currency, '.', minor, e);
}

/* Net of the rows that moved the balance within both. */
static int
movement(const struct period *p, const char ccy[4], int64_t from, int64_t to, int64_t *sum, struct error *e)
{
	int number = money_number(ccy);
	size_t i;

	*sum = 0;
	for (i = 0; i < p->n; i++)
		if (p->v[i].moves && p->v[i].currency == number && p->v[i].event >= from && p->v[i].event <= to &&
		    money_add(sum, p->v[i].net, e) == -1)
			return -1;
	return 0;
}

/* What the provider said when this period's predecessor ended, if that is where it begins. */
static const char *
said_before(const struct period *p, const char ccy[4])
{
	json_t *one;
	size_t i;

	if (fetch_time(p->f->state, "edge") + MOMENT_SECOND != p->p.from)
		return NULL;
	json_array_foreach(json_object_get(p->f->state, "closing"), i, one)
		if (strcmp(json_string_value(json_array_get(one, 0)), ccy) == 0)
			return json_string_value(json_array_get(one, 1));
	return NULL;
}

/*
 * A balance that is of later than the period's end goes back by what moved since; an opening
 * balance that nobody states is what was said before, else what the rows leave of the closing one.
 */
static int
settle_balances(struct period *p, struct error *e)
{
	struct lookup_period *l = &p->p;
	const char *before;
	int64_t closing, since;
	int i;

	for (i = 0; i < l->nclosing; i++) {
		struct lookup_balance *b = &l->closing[i];

		if (l->balance_at == l->to && l->nopening > 0)
			continue;
		if (amount(b, &closing, e) == -1 ||
		    movement(p, b->currency, l->to + 1, l->balance_at, &since, e) == -1 ||
		    money_sub(&closing, since, e) == -1)
			return -1;
		money_print(closing, b->currency, b->available);
	}
	if (l->nopening > 0)
		return 0;
	for (i = 0; i < l->nclosing; i++) {
		struct lookup_balance *b = &l->opening[i];

		*b = l->closing[i];
		if ((before = said_before(p, b->currency)) != NULL && strlen(before) < sizeof(b->available)) {
			memcpy(b->available, before, strlen(before) + 1);
			continue;
		}
		if (amount(b, &closing, e) == -1 ||
		    movement(p, b->currency, l->from, l->to, &since, e) == -1 ||
		    money_sub(&closing, since, e) == -1)
			return -1;
		money_print(closing, b->currency, b->available);
	}
	l->nopening = l->nclosing;
	return 0;
}

/* ---- the file ---- */

static int
add_json(struct buf *out, json_t *j, struct error *e)
{
	char *text = j == NULL ? NULL : json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);
	int rc = text == NULL ? error_set(e, ERR_IO, "fetch: no memory") : buf_addf(out, e, "%s\n", text);

	free(text);
	json_decref(j);
	return rc;
}

static int
add_balances(struct buf *out, const char *which, const struct lookup_balance *v, int n, struct error *e)
{
	int i;

	for (i = 0; i < n; i++)
		if (add_json(out, json_pack("{s:s,s:s,s:s,s:s}", "balance", which, "currency", v[i].currency,
		    "available", v[i].available, "total", v[i].total), e) == -1)
			return -1;
	return 0;
}

static int
make_file(const struct period *p, struct buf *out, size_t *rows, struct error *e)
{
	const struct fetch *f = p->f;
	const struct lookup_period *l = &p->p;
	char from[MOMENT_TEXT], to[MOMENT_TEXT], edge[MOMENT_TEXT], now[MOMENT_TEXT];
	size_t i;

	if (add_json(out, json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "daybook", "paypal-search",
	    "version", 1, "source", l->source, "account", f->in.account, "account_id", l->account_id, "book",
	    site_book_name[f->o->book], "from", moment_print(l->from, from), "to", moment_print(l->to, to),
	    "edge", moment_print(l->edge, edge), "fetched", moment_print(f->o->now, now), "stand_in",
	    f->s->stand_ins), e) == -1 ||
	    add_balances(out, "opening", l->opening, l->nopening, e) == -1 ||
	    add_balances(out, "closing", l->closing, l->nclosing, e) == -1)
		return -1;
	for (*rows = 0, i = 0; i < p->n; i++) {
		if (p->v[i].event > l->to)
			continue;	/* of the next period */
		if (buf_add(out, p->text.data + p->v[i].at, p->v[i].len, e) == -1)
			return -1;
		(*rows)++;
	}
	return add_json(out, json_pack("{s:b,s:I,s:i}", "end", 1, "rows", (json_int_t)*rows, "balances",
	    l->nopening + l->nclosing), e);
}

/* "PayPal-20261120T000000Z-20261121T000000Z.search" */
static void
file_name(const struct period *p, char name[200])
{
	char from[MOMENT_TEXT], to[MOMENT_TEXT];
	char *texts[] = { moment_print(p->p.from, from), moment_print(p->p.to, to) };
	size_t i, k, n;

	for (i = 0; i < 2; i++) {
		for (k = n = 0; texts[i][k] != '\0'; k++)
			if (texts[i][k] != '-' && texts[i][k] != ':')
				texts[i][n++] = texts[i][k];
		texts[i][n] = '\0';
	}
	(void)snprintf(name, 200, "%.64s-%s-%s" SUFFIX, p->f->in.account, from, to);
}

static int
remember(struct period *p, struct error *e)
{
	char when[MOMENT_TEXT];
	json_t *closing = json_array();
	int i;

	for (i = 0; closing != NULL && i < p->p.nclosing; i++)
		json_array_append_new(closing, json_pack("[s,s,s]", p->p.closing[i].currency,
		    p->p.closing[i].available, p->p.closing[i].total));
	if (closing == NULL || json_object_set_new(p->f->state, "closing", closing) == -1 ||
	    json_object_set_new(p->f->state, "edge", json_string(moment_print(p->p.to, when))) == -1)
		return error_set(e, ERR_IO, "fetch: no memory");
	return 0;
}

/* 1 where that period is known, and all but the head, which says when, is what it was. */
static int
same_as_before(struct fetch *f, const char *name, const struct buf *out)
{
	struct buf old = BUF_INIT(ROWS_BYTES + 65536);
	struct error ignored;
	const char *a, *b;
	int same = 0;

	if (json_object_get(fetch_member(f, "files", json_object()), name) != NULL &&
	    buf_read_file(&old, f->dir, name, &ignored) == 0 && old.len == out->len &&
	    (a = memchr(old.data, '\n', old.len)) != NULL && (b = memchr(out->data, '\n', out->len)) != NULL &&
	    a - old.data == b - out->data)
		same = memcmp(a, b, old.len - (size_t)(a - old.data)) == 0;
	buf_free(&old);
	return same;
}

static int
write_period(struct period *p, struct error *e)
{
	struct fetch *f = p->f;
	struct buf out = BUF_INIT(ROWS_BYTES + 65536);
	char name[200], sha[DIGEST_HEX], from[MOMENT_TEXT], to[MOMENT_TEXT];
	size_t rows;
	int rc = -1;

	file_name(p, name);
	if (make_file(p, &out, &rows, e) == -1)
		goto out;
	if (same_as_before(f, name, &out)) {
		rc = buf_addf(&f->res->text, e, "same %s/%s: nothing has changed\n", f->path, name);
		goto out;
	}
	if (durable_write(f->dir, name, out.data, out.len, 0640, e) == -1)
		goto out;
	digest_hex(sha, out.data, out.len);
	/* Only what is asked for anew moves the edge on, never a look back. */
	if (p->p.to > fetch_time(f->state, "edge") && remember(p, e) == -1)
		goto out;
	if (fetch_known(f, name, sha, (int64_t)out.len, "", e) == -1)
		goto out;
	f->res->files++;
	rc = buf_addf(&f->res->text, e, "file %s/%s: %zu rows from %s to %s\n", f->path, name, rows,
	    moment_print(p->p.from, from), moment_print(p->p.to, to));
out:
	buf_free(&out);
	return rc;
}

/* The account asked is the one the settings mean. */
static int
check_account(const struct period *p, struct error *e)
{
	const char *list = json_string_value(json_object_get(p->f->in.settings, "receiver")), *s;
	size_t n;
	int i, ids = 0;

	if (list == NULL || p->p.account_id[0] == '\0')
		return 0;
	for (i = 0; site_list_item(list, i, &s, &n); i++) {
		if (memchr(s, '@', n) != NULL)
			continue;
		ids++;
		if (strlen(p->p.account_id) == n && memcmp(p->p.account_id, s, n) == 0)
			return 0;
	}
	return ids == 0 ? 0 : error_set(e, ERR_CONFIG, "integration %s: its credentials are those of account "
	    "%.64s, which the setting receiver does not name", p->f->in.id, p->p.account_id);
}

/* One file's period: 1 written, 0 there is nothing yet, -1. */
static int
one_period(struct fetch *f, int64_t from, int64_t to, int64_t *until, struct error *e)
{
	struct period p = { .f = f, .text = BUF_INIT(ROWS_BYTES) };
	int rc = -1;

	p.p.from = from;
	p.p.to = to;
	if ((p.seen = keyed_new(e)) == NULL)
		return -1;
	if (f->lookup->period(f->line, &p.p, take, &p, e) == -1)
		goto out;
	*until = p.p.to;
	if (p.p.to < from)
		rc = 0;
	else if (check_account(&p, e) == 0 && ask_waiting(&p, e) == 0 && settle_balances(&p, e) == 0 &&
	    write_period(&p, e) == 0)
		rc = 1;
out:
	keyed_free(p.seen);
	buf_free(&p.text);
	free(p.v);
	return rc;
}

/* ---- from when to when ---- */

/* No fetch before this one: from the opening balance on, else yesterday. */
static int
first_second(struct fetch *f, int64_t *from, struct error *e)
{
	char day[MOMENT_DAY];
	int64_t opening;

	if (fetch_opening(f, &opening, e) == -1)
		return -1;
	if (opening != 0) {
		*from = opening;
		return 0;
	}
	moment_day_add(moment_day(f->o->now, day), -1, day);
	return moment_day_start(day, from, e);
}

int
fetch_search(struct fetch *f, struct error *e)
{
	int64_t from = fetch_time(f->state, "edge") + MOMENT_SECOND, to = f->o->now - EDGE_US, at, end, until;
	char day[MOMENT_DAY];
	int rc = 1;

	if (fetch_sweep(f, SUFFIX, e) == -1 || fetch_line(f, e) == -1)
		return -1;
	if (from == MOMENT_SECOND && first_second(f, &from, e) == -1)
		return -1;
	if (f->o->from != NULL && moment_day_start(f->o->from, &from, e) == -1)
		return -1;
	if (f->o->to != NULL) {
		if (moment_day_start(moment_day_add(f->o->to, 1, day), &end, e) == -1)
			return -1;
		if (end - MOMENT_SECOND < to)
			to = end - MOMENT_SECOND;
	}
	to -= to % MOMENT_SECOND;
	for (at = from; rc == 1 && at <= to; at = until + MOMENT_SECOND) {
		end = to - at < PERIOD_US ? to : at + PERIOD_US - MOMENT_SECOND;
		rc = one_period(f, at, end, &until, e);
		if (rc == 1 && until < end)
			break;		/* it has nothing beyond */
	}
	return rc == -1 ? -1 : 0;
}
