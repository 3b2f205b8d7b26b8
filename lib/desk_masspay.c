/*
 * desk_masspay -- what people decide about Mass Pay (desk.h lists the verbs; masspay.h the tables).
 *
 * A batch that was registered is owed: its expense is booked against Liabilities:Payouts, and every
 * payout of it takes that debt away again.  A decision that clears a break resolves it at once.
 */
#include <stdio.h>
#include <string.h>

#include "breaks.h"
#include "desk.h"
#include "masspay_load.h"
#include "money.h"
#include "text.h"

struct batch_work {
	struct shelf	*sh;
	struct books	*b;
	json_t		*req;
	struct record	*r;
	int64_t		 now;
	struct masspay	 m;
	struct error	*e;
};

static const char *
text_of(json_t *req, const char *name)
{
	const char *s = json_string_value(json_object_get(req, name));

	return s == NULL ? "" : s;
}

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "desk: no memory");
}

static int
put(struct batch_work *w, const char *table, const char *key, json_t *row)
{
	json_t *list;

	if (row == NULL)
		return no_memory(w->e);
	if (w->r->data == NULL)
		w->r->data = json_pack("{s:[]}", "put");
	list = json_object_get(w->r->data, "put");
	if (json_array_append_new(list, json_pack("[s,s,o]", table, key, row)) == -1)
		return no_memory(w->e);
	return 0;
}

static int
say(struct batch_work *w, const char *name, json_t *v)
{
	return json_object_set_new(w->r->act, name, v) == -1 ? no_memory(w->e) : 0;
}

/* The break that stands for it, if any, is none any more. */
static int
resolve(struct batch_work *w, const char *account, const char *category, const char *payment,
    const char *currency, const char *how)
{
	char id[BREAKS_ID], today[MOMENT_DAY], by[64];
	json_t *old, *new;
	int rc = masspay_break(w->b, account, category, payment, currency, id, &old, w->e);

	if (rc != 1)
		return rc;
	(void)snprintf(by, sizeof(by), "message %s", w->r->id);
	new = breaks_cleared(old, moment_day(w->now, today), by, how);
	json_decref(old);
	if (new == NULL)
		return no_memory(w->e);
	return put(w, "break", id, new);
}

/* ---- register and advice ---- */

/* [line, payee, amount, unique id]: 1, or 0 where it is none. */
static int
read_line(json_t *j, const char ccy[4], struct masspay_line *l)
{
	json_t *line = json_array_get(j, 0), *amount = json_array_get(j, 2);
	const char *payee = json_string_value(json_array_get(j, 1));
	const char *unique = json_string_value(json_array_get(j, 3));
	size_t i;
	int kind;

	memset(l, 0, sizeof(*l));
	if (!json_is_integer(line) || json_integer_value(line) < 1 || json_integer_value(line) > 999999999 ||
	    payee == NULL || (kind = masspay_payee(payee, strlen(payee), l->payee)) == -1 ||
	    !json_is_integer(amount) || json_integer_value(amount) <= 0 || unique == NULL ||
	    strlen(unique) > MASSPAY_UNIQUE)
		return 0;
	for (i = 0; unique[i] != '\0'; i++)
		if (unique[i] <= ' ' || unique[i] > '~')
			return 0;
	l->kind = (enum masspay_kind)kind;
	l->line = (size_t)json_integer_value(line);
	l->amount = json_integer_value(amount);
	memcpy(l->currency, ccy, 4);
	memcpy(l->unique_id, unique, strlen(unique) + 1);
	return 1;
}

/* The item that has this unique id already, whatever became of it. */
static const struct masspay_item *
used(const struct masspay *m, const char *unique_id)
{
	size_t i;

	for (i = 0; unique_id[0] != '\0' && i < m->nitems; i++)
		if (!m->batches[m->items[i].batch].advice && strcmp(m->items[i].unique_id, unique_id) == 0)
			return &m->items[i];
	return NULL;
}

static const struct masspay_batch *
same_file(const struct masspay *m, const struct masspay_batch *b)
{
	size_t i;

	for (i = 0; i < m->nbatches; i++)
		if (strcmp(m->batches[i].sha256, b->sha256) == 0 && m->batches[i].advice == b->advice &&
		    strcmp(m->batches[i].customer, b->customer) == 0)
			return &m->batches[i];
	return NULL;
}

/*
 * A batch of the last day that has just these payments: most likely the same file, written anew.  Who
 * means it gives the batch an id.
 */
static const struct masspay_batch *
same_payments(const struct masspay *m, const struct masspay_batch *b, json_t *lines)
{
	size_t i, k, n;

	for (i = 0; i < m->nbatches; i++) {
		const struct masspay_batch *was = &m->batches[i];

		if (was->advice != b->advice || strcmp(was->customer, b->customer) != 0 ||
		    strcmp(was->currency, b->currency) != 0 || was->items != json_array_size(lines) ||
		    was->registered < b->registered - MOMENT_DAY_US || was->sent != b->sent)
			continue;
		for (k = n = 0; k < m->nitems; k++) {
			const struct masspay_item *it = &m->items[k];
			struct masspay_line l;

			if (it->batch != i)
				continue;
			if (it->cancelled != 0 || !read_line(json_array_get(lines, n), b->currency, &l) ||
			    l.amount != it->amount || strcmp(l.payee, it->payee) != 0 ||
			    strcmp(l.unique_id, it->unique_id) != 0)
				break;
			n++;
		}
		if (k == m->nitems && n == was->items)
			return was;
	}
	return NULL;
}

/* Fills b from the request: 1, or 0 where it was refused, -1. */
static int
read_batch(struct batch_work *w, int advice, struct masspay_batch *b)
{
	const char *account = text_of(w->req, "account"), *ccy = text_of(w->req, "currency");
	const char *id = text_of(w->req, "batch"), *sha = text_of(w->req, "sha256");
	const char *against = text_of(w->req, "against"), *customer = text_of(w->req, "customer");
	const char *sent = text_of(w->req, "sent");
	json_t *row = NULL;
	struct books *reg;
	int rc;

	memset(b, 0, sizeof(*b));
	if (against[0] == '\0')
		against = "Expenses:Payouts";
	if (!text_id_valid(account, strlen(account)) || !money_currency_known(ccy, strlen(ccy)) ||
	    strlen(sha) != 64 || strspn(sha, "0123456789abcdef") != 64 ||
	    (id[0] != '\0' && (!text_id_valid(id, strlen(id)) || strlen(id) >= sizeof(b->id)))) {
		(void)desk_refuse(w->r, "malformed", "masspay: account, currency, digest or batch is missing or "
		    "none");
		return 0;
	}
	if (!payment_account_valid(against) || strncmp(against, "Liabilities:Payouts", 19) == 0) {
		(void)desk_refuse(w->r, "malformed", "masspay: --against: %s is no account to book this against",
		    against);
		return 0;
	}
	if (advice) {
		if (shelf_book(w->sh, BOOK_REGISTER, &reg, w->e) == -1 ||
		    (rc = books_data(reg, "customer", customer, &row, w->e)) == -1)
			return -1;
		json_decref(row);
		if (rc == 0) {
			(void)desk_refuse(w->r, "unknown-customer", "masspay: no customer %s", customer);
			return 0;
		}
		memcpy(b->customer, customer, strlen(customer) + 1);
	} else
		memcpy(b->against, against, strlen(against) + 1);
	memcpy(b->account, account, strlen(account) + 1);
	memcpy(b->currency, ccy, 4);
	memcpy(b->sha256, sha, 65);
	(void)snprintf(b->file, sizeof(b->file), "%s", text_of(w->req, "file"));
	b->file[text_utf8_valid(b->file, strlen(b->file))] = '\0';
	if (id[0] != '\0')
		memcpy(b->id, id, strlen(id) + 1);
	else
		masspay_batch_id(b->id, sha);
	b->advice = advice;
	b->registered = w->now;
	if (sent[0] == '\0')
		return 1;
	if (!moment_day_valid(sent) || moment_day_start(sent, &b->sent, w->e) == -1 || b->sent > w->now) {
		w->e->code = ERR_NONE;
		(void)desk_refuse(w->r, "malformed", "masspay: --sent: a day that has come, as YYYY-MM-DD, is "
		    "expected, not \"%s\"", sent);
		return 0;
	}
	return 1;
}

/* Items and total; the lines' numbers into *lines (may be NULL). */
static int
take_lines(struct batch_work *w, struct masspay_batch *b, json_t *lines)
{
	json_t *list = json_object_get(w->req, "lines"), *j;
	const struct masspay_item *it;
	struct masspay_line l;
	char key[MASSPAY_KEY];
	size_t i, last = 0;

	if (json_array_size(list) == 0 || json_array_size(list) > MASSPAY_ROWS)
		return desk_refuse(w->r, "malformed", "masspay: 1 to %d payments are expected, not %zu",
		    MASSPAY_ROWS, json_array_size(list));
	json_array_foreach(list, i, j) {
		if (!read_line(j, b->currency, &l) || l.line <= last)
			return desk_refuse(w->r, "malformed", "masspay: payment %zu is none", i + 1);
		last = l.line;
		if (!b->advice && (it = used(&w->m, l.unique_id)) != NULL)
			return desk_refuse(w->r, "conflict", "masspay: line %zu: unique id %s was used by item %s: give "
			    "every payment its own", l.line, l.unique_id, it->key);
		if (money_add(&b->total, l.amount, w->e) == -1) {
			w->e->code = ERR_NONE;
			return desk_refuse(w->r, "malformed", "masspay: the total is out of range");
		}
		masspay_key(key, b->id, l.line);
		if (put(w, "item", key, masspay_line_json(b->id, &l)) == -1 ||
		    json_array_append_new(lines, json_integer((json_int_t)l.line)) == -1)
			return no_memory(w->e);
		b->items++;
	}
	return 0;
}

/* What is registered as the books would know it, and so what of the payouts it explains. */
static int
resolve_payouts(struct batch_work *w, const struct masspay_batch *b)
{
	json_t *one, *row = masspay_batch_json(b);
	char how[128];
	size_t i, n = json_array_size(json_object_get(w->r->data, "put"));
	int rc = row == NULL ? no_memory(w->e) : masspay_add_batch(&w->m, b->id, row, w->e);

	json_decref(row);
	for (i = 0; rc == 0 && i < n; i++) {
		one = json_array_get(json_object_get(w->r->data, "put"), i);
		if (strcmp(json_string_value(json_array_get(one, 0)), "item") == 0)
			rc = masspay_add_item(&w->m, json_string_value(json_array_get(one, 1)),
			    json_array_get(one, 2), w->e);
	}
	if (rc == 0)
		rc = masspay_tie(&w->m, w->e);
	for (i = 0; rc == 0 && i < w->m.nitems; i++) {
		const struct masspay_item *it = &w->m.items[i];
		const struct payrow *p;

		if (it->payout == MASSPAY_NONE || strcmp(w->m.batches[it->batch].id, b->id) != 0)
			continue;
		p = &w->m.payouts[it->payout].row;
		(void)snprintf(how, sizeof(how), "registered as %s", it->key);
		rc = resolve(w, b->account, "unregistered-payout", p->id, p->currency, how);
	}
	return rc;
}

static int
do_register(struct batch_work *w, int advice)
{
	struct masspay_batch b;
	const struct masspay_batch *was;
	struct entry *en;
	json_t *lines, *row;
	int rc = read_batch(w, advice, &b);

	if (rc != 1)
		return rc;
	if (masspay_load(w->b, b.account, &w->m, w->e) == -1)
		return -1;
	if ((was = same_file(&w->m, &b)) != NULL) {
		w->r->disposition = DISP_DUPLICATE;
		return say(w, "batch", json_string(was->id));
	}
	if (text_of(w->req, "batch")[0] == '\0' &&
	    (was = same_payments(&w->m, &b, json_object_get(w->req, "lines"))) != NULL)
		return desk_refuse(w->r, "conflict", "masspay: batch %s has just these payments, and was registered "
		    "within a day; are they meant once more, give them an id of their own (--batch ID)", was->id);
	/* Of any provider account: an id names one batch. */
	if ((rc = books_data(w->b, "batch", b.id, &row, w->e)) != 0) {
		if (rc == 1)
			json_decref(row);
		return rc == -1 ? -1 : desk_refuse(w->r, "conflict", "masspay: there is another batch %s", b.id);
	}
	if ((lines = json_array()) == NULL || say(w, "batch", json_string(b.id)) == -1)
		return no_memory(w->e);
	rc = take_lines(w, &b, lines);
	if (rc == 0 && w->r->disposition != DISP_REFUSED) {
		if ((row = masspay_batch_json(&b)) != NULL && advice)
			(void)json_object_set(row, "lines", lines);
		rc = put(w, "batch", b.id, row);
	}
	json_decref(lines);
	if (w->r->disposition == DISP_REFUSED) {	/* nothing of it */
		json_decref(w->r->data);
		w->r->data = NULL;
		return 0;
	}
	if (rc == -1)
		return -1;
	if (say(w, "items", json_integer((json_int_t)b.items)) == -1 ||
	    say(w, "total", json_integer((json_int_t)b.total)) == -1)
		return -1;
	w->r->disposition = DISP_NOTED;
	if (advice)
		return 0;
	if ((en = record_entry(w->r, "registration", w->e)) == NULL ||
	    record_leg(en, b.against, b.currency, b.total, w->e) == -1 ||
	    record_leg(en, "Liabilities:Payouts", b.currency, -b.total, w->e) == -1)
		return -1;
	memcpy(en->account, b.account, sizeof(en->account));
	(void)snprintf(en->note, sizeof(en->note), "Mass Pay batch %s", b.id);
	w->r->disposition = DISP_POSTED;
	return resolve_payouts(w, &b);
}

/* ---- cancel ---- */

static int
cancel_one(struct batch_work *w, const struct masspay_item *it, const char *account, const char *note)
{
	char when[MOMENT_TEXT];
	const struct payrow *p = it->payout == MASSPAY_NONE ? NULL : &w->m.payouts[it->payout].row;
	json_t *row, *new = NULL;
	int rc = books_data(w->b, "item", it->key, &row, w->e);

	if (rc == 1) {
		new = json_deep_copy(row);
		json_decref(row);
	}
	if (rc == -1)
		return -1;
	if (new == NULL || json_object_set_new(new, "cancelled", json_string(moment_print_us(w->now, when))) == -1 ||
	    json_object_set_new(new, "note", json_string(note)) == -1 ||
	    json_object_set_new(new, "who", json_string(w->r->who)) == -1) {
		json_decref(new);
		return no_memory(w->e);
	}
	if (put(w, "item", it->key, new) == -1 ||
	    resolve(w, account, "batch-incomplete", it->key, it->currency, "cancelled") == -1)
		return -1;
	return p == NULL ? 0 : resolve(w, account, "returned", p->id, p->currency, "cancelled");
}

/* The account whose batch that is: 1 found, 0 none, -1. */
static int
account_of(struct batch_work *w, const char *batch, char account[65])
{
	json_t *row;
	const char *s;
	int rc = books_data(w->b, "batch", batch, &row, w->e);

	if (rc != 1)
		return rc;
	s = text_of(row, "account");
	rc = strlen(s) < 65;
	if (rc)
		memcpy(account, s, strlen(s) + 1);
	json_decref(row);
	return rc;
}

static int
do_cancel(struct batch_work *w)
{
	const char *item = text_of(w->req, "item"), *note = text_of(w->req, "note"), *dot = strrchr(item, '.');
	char account[65] = "", batch[MASSPAY_BATCH] = "";
	const struct masspay_batch *b = NULL;
	struct entry *en;
	int64_t sum = 0;
	size_t i, n = 0;
	int rc, whole;

	if (note[0] == '\0' || !text_line_valid(note, 150))
		return desk_refuse(w->r, "malformed", "masspay: a note that says why is needed, in one line of at "
		    "most 150 bytes");
	if ((whole = account_of(w, item, account)) == -1)
		return -1;
	if (whole)
		(void)snprintf(batch, sizeof(batch), "%s", item);
	else if (dot != NULL && (size_t)(dot - item) < sizeof(batch)) {
		memcpy(batch, item, (size_t)(dot - item));
		if (account_of(w, batch, account) == -1)
			return -1;
	}
	if (account[0] == '\0')
		return desk_refuse(w->r, "unknown-item", "masspay: no item or batch %.60s", item);
	if (masspay_load(w->b, account, &w->m, w->e) == -1)
		return -1;
	for (i = 0; i < w->m.nitems; i++) {
		const struct masspay_item *it = &w->m.items[i];
		enum masspay_state st = masspay_state(&w->m, it);

		if (strcmp(w->m.batches[it->batch].id, batch) != 0 || (!whole && strcmp(it->key, item) != 0))
			continue;
		b = &w->m.batches[it->batch];
		if (!whole && it->cancelled != 0) {
			w->r->disposition = DISP_DUPLICATE;
			return 0;
		}
		if (it->cancelled != 0 || st == MASSPAY_RECEIVED || st == MASSPAY_PAID || st == MASSPAY_UNCLAIMED ||
		    st == MASSPAY_PENDING) {
			if (!whole)
				return desk_refuse(w->r, "conflict", "masspay: item %s is %s%s", it->key,
				    masspay_state_name[st], st == MASSPAY_UNCLAIMED ? ": cancel it at the provider, then "
				    "it comes back" : "");
			continue;
		}
		if (cancel_one(w, it, account, note) == -1 || money_add(&sum, it->amount, w->e) == -1)
			return -1;
		n++;
	}
	if (n == 0)
		return whole ? desk_refuse(w->r, "conflict", "masspay: nothing of batch %s is left to cancel", batch) :
		    desk_refuse(w->r, "unknown-item", "masspay: no item %.60s", item);
	w->r->disposition = DISP_NOTED;
	if (say(w, "cancelled", json_integer((json_int_t)n)) == -1)
		return -1;
	if (b->advice)
		return 0;
	if ((en = record_entry(w->r, "cancellation", w->e)) == NULL ||
	    record_leg(en, "Liabilities:Payouts", b->currency, sum, w->e) == -1 ||
	    record_leg(en, b->against, b->currency, -sum, w->e) == -1)
		return -1;
	memcpy(en->account, account, sizeof(en->account));
	(void)snprintf(en->note, sizeof(en->note), "%s: %s", item, note);
	w->r->disposition = DISP_POSTED;
	rc = 0;
	if (whole)
		rc = resolve(w, account, "batch-incomplete", batch, b->currency, "cancelled");
	return rc;
}

int
desk_masspay(struct shelf *sh, struct books *b, const char *verb, json_t *req, struct record *r,
    int64_t now, struct error *e)
{
	struct batch_work w = { .sh = sh, .b = b, .req = req, .r = r, .now = now, .e = e };
	int rc;

	if (strcmp(verb, "masspay-register") == 0)
		rc = do_register(&w, 0);
	else if (strcmp(verb, "masspay-advice") == 0)
		rc = do_register(&w, 1);
	else if (strcmp(verb, "masspay-cancel") == 0)
		rc = do_cancel(&w);
	else
		rc = desk_refuse(r, "unknown-verb", "\"%s\" is nothing this daybook can do", verb);
	masspay_free(&w.m);
	return rc;
}
