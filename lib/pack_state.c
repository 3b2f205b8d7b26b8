/*
 * pack_state -- what the period's end looks like to an accountant: open items, decisions, changes
 * of settings, conversions, flows of thirty days.  Fed record by record while the journal is walked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaks.h"
#include "durable.h"
#include "money.h"
#include "pack_priv.h"

/* Generic tables of the book that a pack shows (books.h); the last put of a key counts. */
static const char *const tables[] = { "break", "statement", "file", "closing", "batch", "write-off" };

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "pack: no memory");
}

int
pack_state_init(struct pack *p, struct error *e)
{
	struct pack_state *st = &p->st;
	size_t i;

	st->tables = json_object();
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		json_object_set_new(st->tables, tables[i], json_object());
	st->files = json_object();
	st->unallocated = json_object();
	st->suspense = json_object();
	st->acts = json_array();
	st->settings = json_array();
	st->receivers = json_object();
	if (st->receivers == NULL || st->settings == NULL || st->acts == NULL)
		return no_memory(e);
	return (st->customers = keyed_new(e)) == NULL ? -1 : 0;
}

void
pack_state_free(struct pack *p)
{
	struct pack_state *st = &p->st;

	json_decref(st->tables);
	json_decref(st->files);
	json_decref(st->unallocated);
	json_decref(st->suspense);
	json_decref(st->acts);
	json_decref(st->settings);
	json_decref(st->receivers);
	keyed_free(st->customers);
	free(st->flows);
	free(st->changes);
}

const char *
pack_provider(const char *account)
{
	const char *name = account + 7;

	return strncmp(account, "Assets:", 7) == 0 && strchr(name, ':') == NULL &&
	    strcmp(name, "Bank") != 0 ? name : NULL;
}

int64_t
pack_moment(const struct pack *p)
{
	char next[MOMENT_DAY];
	struct error ignored;
	int64_t us = 0;

	if (p->to == NULL || moment_day_start(moment_day_add(p->to, 1, next), &us, &ignored) == -1)
		return p->end.time;
	return us - MOMENT_SECOND;
}

/* ---- open items ---- */

static void
open_item(json_t *list, const char *key, const struct payrow *row, int is_open)
{
	char day[MOMENT_DAY];

	if (!is_open)
		(void)json_object_del(list, key);
	else
		(void)json_object_set_new(list, key, json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "day",
		    moment_day(row->recorded, day), "account", row->account, "id", row->id, "kind",
		    record_move_name[row->move], "currency", row->currency, "minor", (json_int_t)row->gross));
}

int
pack_state_row(struct pack *p, const struct payrow *row, struct error *e)
{
	char key[256];

	(void)e;
	(void)snprintf(key, sizeof(key), "%s\t%s\t%s", row->account, record_move_name[row->move], row->id);
	open_item(p->st.unallocated, key, row, row->booked && row->unallocated);
	open_item(p->st.suspense, key, row, row->booked &&
	    strncmp(row->other, "Assets:Suspense:", 16) == 0);
	return 0;
}

/* ---- flows of the last thirty days ---- */

static int
day_place(struct pack *p, const char *day)
{
	struct pack_state *st = &p->st;
	int ago;

	if (strcmp(st->flow_day, day) != 0) {
		memcpy(st->flow_day, day, sizeof(st->flow_day));
		ago = p->to == NULL ? -1 : moment_days_between(day, p->to);
		st->flow_at = ago < 0 || ago >= PACK_CHART_DAYS ? -1 : PACK_CHART_DAYS - 1 - ago;
	}
	return st->flow_at;
}

static struct pack_flow *
flow_of(struct pack_state *st, const char *account, const char *ccy)
{
	struct pack_flow *f;
	size_t i;

	for (i = 0; i < st->nflows; i++)
		if (strcmp(st->flows[i].account, account) == 0 && strcmp(st->flows[i].currency, ccy) == 0)
			return &st->flows[i];
	if ((f = realloc(st->flows, (st->nflows + 1) * sizeof(*f))) == NULL)
		return NULL;
	st->flows = f;
	f = &st->flows[st->nflows++];
	memset(f, 0, sizeof(*f));
	(void)snprintf(f->account, sizeof(f->account), "%s", account);
	memcpy(f->currency, ccy, sizeof(f->currency));
	return f;
}

static int
take_flow(struct pack *p, const char *day, const struct entry *en, const struct leg *l, struct error *e)
{
	const char *account = pack_provider(l->account);
	int at = account == NULL ? -1 : day_place(p, day);
	struct pack_flow *f;

	if (at == -1 || strcmp(en->kind, "opening") == 0)
		return 0;
	if ((f = flow_of(&p->st, account, l->currency)) == NULL)
		return no_memory(e);
	f->entries++;
	return l->minor > 0 ? money_add(&f->in[at], l->minor, e) : money_sub(&f->out[at], l->minor, e);
}

/* Gross of what customers paid: the other side of a payment's entry. */
static int
take_receipt(struct pack *p, const char *day, const struct entry *en, struct error *e)
{
	struct pack_flow *f;
	int at = day_place(p, day);
	size_t k;

	if (at == -1 || strcmp(en->kind, "payment") != 0)
		return 0;
	for (k = 0; k < en->nlegs; k++) {
		const struct leg *l = &en->legs[k];

		if (strncmp(l->account, "Liabilities:", 12) != 0 || l->minor > 0)
			continue;
		if ((f = flow_of(&p->st, en->account, l->currency)) == NULL)
			return no_memory(e);
		if (money_sub(&f->payments[at], l->minor, e) == -1)
			return -1;
	}
	return 0;
}

/* ---- conversions ---- */

static int
take_change(struct pack *p, const struct entry *en, struct error *e)
{
	struct pack_state *st = &p->st;
	const struct leg *out = NULL, *in = NULL;
	struct pack_change *c;
	size_t k;

	for (k = 0; k < en->nlegs; k++)
		if (strcmp(en->legs[k].account, "Equity:Conversion") == 0) {
			if (en->legs[k].minor > 0)
				out = &en->legs[k];
			else
				in = &en->legs[k];
		}
	if (out == NULL && in == NULL)
		return 0;
	for (k = 0; k < st->nchanges; k++)
		if (strcmp(st->changes[k].account, en->account) == 0 &&
		    strcmp(st->changes[k].out, out == NULL ? "" : out->currency) == 0 &&
		    strcmp(st->changes[k].in, in == NULL ? "" : in->currency) == 0)
			break;
	if (k == st->nchanges) {
		if ((c = realloc(st->changes, (k + 1) * sizeof(*c))) == NULL)
			return no_memory(e);
		st->changes = c;
		memset(&c[k], 0, sizeof(*c));
		memcpy(c[k].account, en->account, sizeof(c[k].account));
		if (out != NULL)
			memcpy(c[k].out, out->currency, sizeof(c[k].out));
		if (in != NULL)
			memcpy(c[k].in, in->currency, sizeof(c[k].in));
		st->nchanges++;
	}
	c = &st->changes[k];
	c->n++;
	if (out != NULL && money_add(&c->out_minor, out->minor, e) == -1)
		return -1;
	return in == NULL ? 0 : money_sub(&c->in_minor, in->minor, e);
}

int
pack_state_entry(struct pack *p, const struct record *r, const struct entry *en, int in_period,
    struct error *e)
{
	size_t k;

	for (k = 0; k < en->nlegs; k++)
		if (take_flow(p, r->day, en, &en->legs[k], e) == -1)
			return -1;
	if (take_receipt(p, r->day, en, e) == -1)
		return -1;
	return in_period ? take_change(p, en, e) : 0;
}

/* ---- what people decided ---- */

/* "120.00 USD, 5 JPY": debits of the record's entries per currency. */
static void
amounts(const struct record *r, char *out, size_t size)
{
	struct { char ccy[4]; int64_t sum; } sum[4];
	char amount[MONEY_TEXT];
	struct error ignored;
	size_t n = 0, i, k, m, len = 0;
	int more = 0;

	memset(sum, 0, sizeof(sum));
	for (i = 0; i < r->nentries; i++)
		for (k = 0; k < r->entries[i].nlegs; k++) {
			const struct leg *l = &r->entries[i].legs[k];

			for (m = 0; m < n && strcmp(sum[m].ccy, l->currency) != 0; m++)
				continue;
			if (m == sizeof(sum) / sizeof(sum[0])) {
				more = 1;
				continue;
			}
			if (m == n)
				memcpy(sum[n++].ccy, l->currency, 4);
			if (l->minor > 0)
				(void)money_add(&sum[m].sum, l->minor, &ignored);
		}
	out[0] = '\0';
	for (m = 0; m < n && len < size; m++)
		len += (size_t)snprintf(out + len, size - len, "%s%s %s", m == 0 ? "" : ", ",
		    money_print(sum[m].sum, sum[m].ccy, amount), sum[m].ccy);
	if (more && len < size)
		(void)snprintf(out + len, size - len, ", ...");
}

static const char *
of_act(const struct record *r, const char *name)
{
	return breaks_text(r->act, name);
}

/* One line for each decision: who, what, about which, why. */
static int
take_act(struct pack *p, const struct record *r, struct error *e)
{
	static const char *const about[] = { "payment", "break", "id", "message", "period", "batch", "item",
	    "date" };
	const char *verb = of_act(r, "verb"), *note = of_act(r, "note"), *what = r->payment;
	char sums[200];
	json_t *j;
	size_t i;

	if (strcmp(r->origin, "desk") != 0 || verb[0] == '\0' || r->disposition == DISP_REFUSED)
		return 0;
	if (strcmp(verb, "reconciled") == 0) {
		p->st.reconciled++;	/* the nightly run's, no decision */
		return 0;
	}
	for (i = 0; i < sizeof(about) / sizeof(about[0]) && what[0] == '\0'; i++)
		what = of_act(r, about[i]);
	for (i = 0; i < r->nentries && note[0] == '\0'; i++)
		note = r->entries[i].note;
	amounts(r, sums, sizeof(sums));
	j = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s}", "record", (json_int_t)r->n, "day", r->day,
	    "who", r->who, "verb", verb, "about", what, "note", note, "to", of_act(r, "customer")[0] != '\0' ?
	    of_act(r, "customer") : of_act(r, "account"), "entries", (json_int_t)r->nentries, "amounts", sums);
	return j == NULL || json_array_append_new(p->st.acts, j) == -1 ? no_memory(e) : 0;
}

int
pack_state_record(struct pack *p, const struct record *r, int in_period, struct error *e)
{
	size_t i;
	json_t *put;

	json_array_foreach(json_object_get(r->data, "put"), i, put) {
		const char *table = json_string_value(json_array_get(put, 0));
		const char *key = json_string_value(json_array_get(put, 1));
		json_t *t = table == NULL ? NULL : json_object_get(p->st.tables, table);
		json_t *v = json_array_get(put, 2);

		if (t == NULL || key == NULL)
			continue;
		if (strcmp(table, "break") == 0 && json_is_object(v) &&
		    breaks_roll_add(&p->st.roll, json_object_get(t, key), v, in_period, e) == -1)
			return -1;
		if (json_is_null(v))
			(void)json_object_del(t, key);
		else
			(void)json_object_set(t, key, v);
		if (in_period && strcmp(table, "file") == 0)
			(void)json_object_set_new(p->st.files, key, json_true());
	}
	return in_period ? take_act(p, r, e) : 0;
}

/* ---- the register ---- */

static int
take_customer(struct pack_state *st, const char *key, const json_t *v, struct error *e)
{
	uint32_t at;
	int is_new = 0;

	if (json_is_null(v))
		return 0;
	if (keyed_place(st->customers, key, strlen(key), &at, &is_new, e) == -1)
		return -1;
	st->ncustomers += is_new;
	return 0;
}

/* Members of that name whose text differs, and the names of all changed: never a secret's value. */
static void
changed_names(const json_t *old, const json_t *new, char *out, size_t size)
{
	const char *name;
	json_t *v;
	size_t len = 0;

	out[0] = '\0';
	json_object_foreach((json_t *)new, name, v)
		if (!json_equal(json_object_get(old, name), v) && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ", ", name);
	json_object_foreach((json_t *)old, name, v)
		if (json_object_get(new, name) == NULL && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s removed", len == 0 ? "" : ", ", name);
}

static int
note_setting(struct pack *p, const struct record *r, const char *table, const char *key, const json_t *old,
    const json_t *new, struct error *e)
{
	char names[300];
	const json_t *a = strcmp(table, "integration") == 0 ? json_object_get(old, "settings") : old;
	const json_t *b = strcmp(table, "integration") == 0 ? json_object_get(new, "settings") : new;
	const char *was = breaks_text(a, "receiver"), *is = breaks_text(b, "receiver");
	json_t *j;

	changed_names(a, b, names, sizeof(names));
	j = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s}", "record", (json_int_t)r->n, "day", r->day, "who", r->who,
	    "verb", of_act(r, "verb"), "table", table, "key", key, "names", names);
	if (j != NULL && strcmp(was, is) != 0) {
		json_object_set_new(j, "receiver_was", json_string(was));
		json_object_set_new(j, "receiver", json_string(is));
	}
	return j == NULL || json_array_append_new(p->st.settings, j) == -1 ? no_memory(e) : 0;
}

static int
take_register(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct pack *p = arg;
	struct pack_state *st = &p->st;
	size_t i;
	json_t *put;

	(void)raw, (void)rawlen, (void)at;
	if (r->type != REC_MESSAGE || (p->to != NULL && strcmp(r->day, p->to) > 0))
		return 0;
	json_array_foreach(json_object_get(r->data, "put"), i, put) {
		const char *table = json_string_value(json_array_get(put, 0));
		const char *key = json_string_value(json_array_get(put, 1));
		json_t *v = json_array_get(put, 2);
		char full[160];

		if (table == NULL || key == NULL)
			continue;
		if (strcmp(table, "customer") == 0) {	/* whom we serve: his own list, no setting */
			if (take_customer(st, key, v, e) == -1)
				return -1;
			continue;
		}
		(void)snprintf(full, sizeof(full), "%s\t%s", table, key);
		if ((p->from == NULL || strcmp(r->day, p->from) >= 0) &&
		    note_setting(p, r, table, key, json_object_get(st->receivers, full), v, e) == -1)
			return -1;
		if (json_is_null(v))
			(void)json_object_del(st->receivers, full);
		else
			(void)json_object_set(st->receivers, full, v);
	}
	return 0;
}

int
pack_state_register(struct pack *p, struct error *e)
{
	int dir, rc;

	if ((dir = durable_open_dir(p->site->fd, "register", e)) == -1)
		return -1;
	rc = journal_scan(dir, NULL, NULL, take_register, p, NULL, e);
	close(dir);
	return rc;
}
