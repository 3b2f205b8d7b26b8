/*
 * fetch_poll -- payments whose outcome is unknown, asked about after 5 minutes, an hour, then daily.
 *
 * Unknown are: what the books know as pending, the payment that a refund waits for, and what a
 * message in the spool speaks of that PayPal could not be asked to confirm.  What is learned goes
 * through the door like a row of a report, with PayPal's answer as its proof; a notification that
 * comes later is a duplicate, for the key is the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "desk.h"
#include "digest.h"
#include "door.h"
#include "durable.h"
#include "fetch_priv.h"
#include "moment.h"
#include "money.h"
#include "provider/provider.h"
#include "report/paypal_search.h"

#define FIRST_US	(5 * 60 * MOMENT_SECOND)
#define SECOND_US	(3600 * MOMENT_SECOND)
#define LATER_US	MOMENT_DAY_US
#define RESENT_US	(15 * MOMENT_DAY_US)	/* a notification may come days after what it tells */
#define FORGET_US	(180 * MOMENT_DAY_US)	/* nothing is decided after that */
#define ASKED_MAX	200			/* a run; the rest has its turn in the next */
#define CANDIDATES	100000
#define DOOR_MS		10000
#define BRIEFS		4096

struct unknown {
	char	id[72];
	int64_t	since, around;		/* known to us since; when it was, 0: not known */
	int64_t	event;			/* the books have it as pending since then; 0: they don't have it */
};

struct poll {
	struct fetch	*f;
	struct unknown	*v;
	size_t		 n, cap;
	const struct unknown *at;	/* asked about now */
	char		 receivers[4001];	/* of the account, "" not known */
	int		 learned;	/* of the one asked about */
};

/* ---- who is to be asked about ---- */

static int
add(struct poll *p, const char *id, int64_t since, int64_t around, int64_t event, struct error *e)
{
	struct unknown *v;
	size_t i;

	if (id[0] == '\0' || strncmp(id, "uid:", 4) == 0 || since < p->f->o->now - FORGET_US ||
	    p->n == CANDIDATES)
		return 0;
	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i].id, id) == 0)
			return 0;
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : p->cap * 2;

		if ((v = reallocarray(p->v, cap, sizeof(*v))) == NULL)
			return error_sys(e, "fetch");
		p->v = v;
		p->cap = cap;
	}
	v = &p->v[p->n++];
	memset(v, 0, sizeof(*v));
	(void)snprintf(v->id, sizeof(v->id), "%s", id);
	v->since = since;
	v->around = around;
	v->event = event;
	return 0;
}

static int
take_row(struct poll *p, const struct payrow *row, struct error *e)
{
	if (strcmp(row->account, p->f->in.account) != 0)
		return 0;
	if (row->waiting)
		return row->move == MOVE_DISPUTE ? 0 : add(p, row->parent, row->recorded, 0, 0, e);
	if (row->move == MOVE_PAYMENT && row->status == PAY_PENDING && !row->booked)
		return add(p, row->id, row->recorded, row->event, row->event, e);
	return 0;
}

static int
scan_books(struct poll *p, struct books *b, struct error *e)
{
	struct brief *some = calloc(BRIEFS, sizeof(*some));
	uint64_t n, at, k;
	struct payrow row;
	size_t count;
	int rc = some == NULL ? error_sys(e, "fetch") : books_briefs(b, &n, e);

	for (at = 0; rc == 0 && at < n; at += count) {
		count = n - at < BRIEFS ? (size_t)(n - at) : BRIEFS;
		rc = books_brief_read(b, at, count, some, e);
		for (k = 0; rc == 0 && k < count; k++) {
			if ((some[k].flags & BRIEF_WAITING) == 0 &&
			    (some[k].move != MOVE_PAYMENT || some[k].status != PAY_PENDING ||
			    (some[k].flags & BRIEF_BOOKED) != 0))
				continue;
			if ((rc = books_brief_row(b, &some[k], &row, e)) == 0)
				rc = take_row(p, &row, e);
		}
	}
	free(some);
	return rc == -1 ? -1 : 0;
}

/* Messages that nobody could be asked about. */
static int
scan_spool(struct poll *p, struct error *e)
{
	const struct provider *prov;
	struct spool_name *names;
	struct integration in;
	struct message m;
	struct error skip = { 0 };
	size_t n, i;
	char id[72];
	int rc = 0;

	if (spool_list(p->f->s->fd, SPOOL_IN, CANDIDATES, &names, &n, e) == -1)
		return -1;
	for (i = 0; rc == 0 && i < n; i++) {
		memset(&m, 0, sizeof(m));
		if (spool_get(p->f->s->fd, SPOOL_IN, names[i].id, &m, &skip) == 0 &&
		    m.mode == p->f->o->book && m.received < p->f->o->now - FIRST_US &&
		    (prov = provider_find(m.kind)) != NULL && prov->about != NULL &&
		    prov->about(m.body.data == NULL ? "" : m.body.data, m.body.len, id) &&
		    site_integration(p->f->s, m.integration, &in, &skip) == 0) {
			if (strcmp(in.account, p->f->in.account) == 0)
				rc = add(p, id, m.received, m.received - RESENT_US, 0, e);
			site_integration_free(&in);
		}
		message_free(&m);
	}
	free(names);
	return rc;
}

static int
collect(struct poll *p, struct error *e)
{
	struct lock l = LOCK_INIT;
	struct books *b;
	int rc = -1;

	if (books_lock(&l, p->f->s, BOOKS_WAIT_MS, e) == -1)
		return -1;
	if (books_open(&b, p->f->s, p->f->o->book, e) == 0) {
		if ((rc = scan_books(p, b, e)) == -1)
			books_abort(b);
		else
			rc = books_close(b, e);
	}
	lock_drop(&l);
	return rc == -1 ? -1 : scan_spool(p, e);
}

/* ---- what was learned ---- */

/* The answer is about money that came to us. */
static int
to_us(const struct poll *p, const struct report_row *r)
{
	const char *s;
	size_t n;
	int i;

	if (r->own[0] == '\0' && r->own_id[0] == '\0')
		return 1;	/* asked with our credentials, and signed as our account sees it */
	for (i = 0; site_list_item(p->receivers, i, &s, &n); i++)
		if ((strlen(r->own) == n && strncasecmp(r->own, s, n) == 0) ||
		    (strlen(r->own_id) == n && memcmp(r->own_id, s, n) == 0))
			return 1;
	return 0;
}

/* books/BOOK/reports/SHA256.json: what the row's "SHA256:1" points to. */
static int
keep_answer(struct poll *p, const char *text, char sha[DIGEST_HEX], struct error *e)
{
	char path[64], name[80];
	int dir, rc;

	digest_hex(sha, text, strlen(text));
	(void)snprintf(path, sizeof(path), "books/%s/reports", site_book_name[p->f->o->book]);
	(void)snprintf(name, sizeof(name), "%s.json", sha);
	if ((dir = durable_open_dir(p->f->s->fd, path, e)) == -1)
		return -1;
	rc = durable_write(dir, name, text, strlen(text), 0640, e);
	close(dir);
	return rc;
}

static int
send(struct poll *p, const struct report_row *r, const char *answer, struct error *e)
{
	char sha[DIGEST_HEX], gross[MONEY_TEXT];
	struct door_result res = { 0 };
	struct fact fact;
	json_t *req;
	int rc;

	if (keep_answer(p, answer, sha, e) == -1)
		return -1;
	memset(&fact, 0, sizeof(fact));
	fact.move = MOVE_PAYMENT;
	fact.status = r->moves_balance ? FACT_COMPLETED : r->status;
	memcpy(fact.id, r->id, sizeof(fact.id));
	memcpy(fact.reference, r->invoice, sizeof(fact.reference));
	memcpy(fact.payer_email, r->payer, sizeof(fact.payer_email));
	memcpy(fact.payer_id, r->payer_id, sizeof(fact.payer_id));
	memcpy(fact.currency, r->currency, sizeof(fact.currency));
	fact.gross = r->gross;
	fact.fee = r->fee;
	fact.fee_known = r->fee_known;
	fact.event = r->event;
	(void)snprintf(fact.report, sizeof(fact.report), "%s:1", sha);
	req = json_pack("{s:s,s:s,s:s,s:s,s:[o]}", "verb", "book-from-report", "account", p->f->in.account,
	    "file", sha, "answer", answer, "facts", desk_fact_json(&fact));
	if (req == NULL)
		return error_set(e, ERR_IO, "fetch: no memory");
	rc = door_send(p->f->s, p->f->o->book, req, DOOR_MS, &res, e);
	json_decref(req);
	json_decref(res.act);
	if (rc == -1)
		return -1;
	p->learned = 1;
	return buf_addf(&p->f->res->text, e, "learned %s %s %s: %s%s%s\n", r->id,
	    money_print(r->gross, r->currency, gross), r->currency,
	    fact.status == FACT_COMPLETED ? "completed" : "it will not come",
	    res.disposition == DISP_WAITING ? ", queued" : res.disposition == DISP_REFUSED ? ", refused: " : "",
	    res.disposition == DISP_REFUSED ? res.text : "");
}

static int
take_answer(void *arg, const json_t *row, struct error *e)
{
	struct poll *p = arg;
	struct report_row r;
	const char *source = json_object_get(row, "details") != NULL ? "nvp" : "rest";
	char *text;
	int rc;

	/* One that was pending moved when PayPal last changed it. */
	if (paypal_search_row(row, source, p->at->event == 0 ? 0 : p->at->event + 1, &r, e) == -1)
		return -1;
	if (p->learned || strcmp(r.id, p->at->id) != 0 || r.move != MOVE_PAYMENT || r.gross <= 0 ||
	    r.status == FACT_PENDING || (!r.moves_balance && p->at->event == 0) || !to_us(p, &r))
		return 0;
	if (strcmp(source, "nvp") == 0 && p->at->event != 0)
		r.event = p->f->o->now;		/* of all it knows, only that it has cleared by now */
	if ((text = json_dumps(row, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS)) == NULL)
		return error_set(e, ERR_IO, "fetch: no memory");
	rc = send(p, &r, text, e);
	free(text);
	return rc;
}

/* ---- when ---- */

static int64_t
next_time(const struct unknown *u, json_int_t tries, int64_t now)
{
	if (tries <= 1 && u->since + SECOND_US > now)
		return u->since + SECOND_US;
	return now + (tries <= 1 ? SECOND_US : LATER_US);
}

/* Asks about each whose time has come; polls then holds those that are still unknown. */
static int
ask_all(struct poll *p, size_t *asked, struct error *e)
{
	struct fetch *f = p->f;
	json_t *old = json_incref(fetch_member(f, "polls", json_object())), *left = json_object(), *was;
	char when[MOMENT_TEXT];
	int64_t due;
	json_int_t tries;
	size_t i;
	int rc = left == NULL ? error_set(e, ERR_IO, "fetch: no memory") : 0;

	for (i = 0; rc == 0 && i < p->n; i++) {
		const struct unknown *u = &p->v[i];

		was = json_object_get(old, u->id);
		tries = json_integer_value(json_object_get(was, "tries"));
		due = was == NULL ? u->since + FIRST_US : fetch_time(was, "next");
		p->learned = 0;
		if (due <= f->o->now && *asked < ASKED_MAX) {
			p->at = u;
			if ((rc = fetch_line(f, e)) == -1 ||
			    (rc = f->lookup->payment(f->line, u->id, u->around, take_answer, p, e)) == -1)
				break;
			rc = 0;
			(*asked)++;
			tries++;
			due = next_time(u, tries, f->o->now);
		}
		if (!p->learned && json_object_set_new(left, u->id, json_pack("{s:s,s:I}", "next",
		    moment_print_us(due, when), "tries", tries)) == -1)
			rc = error_set(e, ERR_IO, "fetch: no memory");
	}
	if (rc == 0)
		rc = json_object_set(f->state, "polls", left);
	json_decref(old);
	json_decref(left);
	return rc == -1 ? -1 : fetch_save(f, e);
}

int
fetch_poll(struct fetch *f, struct error *e)
{
	struct poll p = { .f = f };
	struct shelf sh = { .site = f->s };
	struct integration in;
	const char *list;
	size_t asked = 0;
	int rc = shelf_integration(&sh, f->in.account, f->o->book, &in, e);

	if (rc == -1)
		return -1;
	if (rc == 1) {
		list = json_string_value(json_object_get(in.settings, "receiver"));
		(void)snprintf(p.receivers, sizeof(p.receivers), "%s", list == NULL ? "" : list);
		site_integration_free(&in);
	}
	rc = collect(&p, e);
	if (rc == 0 && (p.n > 0 || json_object_size(json_object_get(f->state, "polls")) > 0))
		rc = ask_all(&p, &asked, e);
	if (rc == 0 && p.n > 0)
		rc = buf_addf(&f->res->text, e, "%s: %zu payments of unknown outcome, %zu asked about\n", f->in.id,
		    p.n, asked);
	free(p.v);
	return rc;
}
