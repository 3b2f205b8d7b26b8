/*
 * masspay -- see masspay.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "customer.h"
#include "masspay.h"
#include "money.h"
#include "payment.h"
#include "text.h"

#define ADVICE_LATE	3		/* days by which a customer's advice may come behind the money */
#define PAYEE_MAX	127		/* an address (paypal.md 3.2) */
#define PAYER_ID_MAX	17

const char *const masspay_kind_name[MASSPAY_KINDS] = { "email", "phone", "payer-id" };
const char *const masspay_state_name[MASSPAY_STATES] = { "registered", "pending", "paid", "unclaimed",
	"returned", "failed", "denied", "cancelled", "received" };

/* ---- recipients ---- */

static int
phone(const char *s, size_t len, char out[128])
{
	size_t i, n = 0, digits = 0;

	out[n++] = '+';
	for (i = 0; i < len; i++)
		if (s[i] >= '0' && s[i] <= '9') {
			out[n++] = s[i];
			digits++;
		} else if (strchr(" -.()/", s[i]) == NULL && !(s[i] == '+' && i == 0))
			return 0;
	out[n] = '\0';
	return digits >= 6 && digits <= 15;
}

static int
payer_id(const char *s, size_t len)
{
	size_t i, letters = 0;

	for (i = 0; i < len; i++) {
		if (!(s[i] >= '0' && s[i] <= '9') && !(s[i] >= 'A' && s[i] <= 'Z'))
			return 0;
		letters += s[i] >= 'A';
	}
	return len >= 9 && len <= PAYER_ID_MAX && letters > 0;
}

int
masspay_payee(const char *s, size_t len, char out[128])
{
	char text[128];

	if (len == 0 || len > PAYEE_MAX || memchr(s, '\0', len) != NULL)
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	if (customer_email_valid(text)) {
		text_lower(text);
		memcpy(out, text, len + 1);
		return MASSPAY_EMAIL;
	}
	if (payer_id(s, len)) {
		memcpy(out, text, len + 1);
		return MASSPAY_PAYER_ID;
	}
	if (!phone(s, len, text))
		return -1;
	memcpy(out, text, strlen(text) + 1);
	return MASSPAY_PHONE;
}

static int
kind_of(const char *payee)
{
	char ignored[128];

	return masspay_payee(payee, strlen(payee), ignored);
}

/* ---- the tables ---- */

static int
take(const json_t *v, const char *name, char *dst, size_t size)
{
	const json_t *j = json_object_get(v, name);
	const char *s = json_string_value(j);

	if (j == NULL || json_is_null(j))
		return 1;
	if (s == NULL || strlen(s) >= size)
		return 0;
	memcpy(dst, s, strlen(s) + 1);
	return 1;
}

static int
take_time(const json_t *v, const char *name, int64_t *us)
{
	struct error ignored;
	char text[MOMENT_TEXT] = "";

	return take(v, name, text, sizeof(text)) &&
	    (text[0] == '\0' || moment_parse(text, strlen(text), us, &ignored) == 0);
}

static void *
grow(void *v, size_t n, size_t *cap, size_t size)
{
	void *more = v;

	if (n == *cap) {
		size_t want = *cap == 0 ? 64 : *cap * 2;

		if ((more = reallocarray(v, want, size)) != NULL)
			*cap = want;
	}
	return more;
}

int
masspay_add_batch(struct masspay *m, const char *key, const json_t *v, struct error *e)
{
	struct masspay_batch b = { 0 }, *all;
	const char *kind = json_string_value(json_object_get(v, "kind"));
	const json_t *total = json_object_get(v, "total"), *items = json_object_get(v, "items");

	if (strlen(key) >= sizeof(b.id) || !text_id_valid(key, strlen(key)) || kind == NULL ||
	    (strcmp(kind, "sent") != 0 && strcmp(kind, "advice") != 0) ||
	    !take(v, "account", b.account, sizeof(b.account)) ||
	    !take(v, "currency", b.currency, sizeof(b.currency)) ||
	    !money_currency_known(b.currency, strlen(b.currency)) ||
	    !take(v, "against", b.against, sizeof(b.against)) ||
	    !take(v, "customer", b.customer, sizeof(b.customer)) ||
	    !take(v, "file", b.file, sizeof(b.file)) || !take(v, "sha256", b.sha256, sizeof(b.sha256)) ||
	    !take_time(v, "registered", &b.registered) || !take_time(v, "sent", &b.sent) || !json_is_integer(total) || !json_is_integer(items))
		return error_set(e, ERR_CORRUPT, "batch %.60s: not one", key);
	memcpy(b.id, key, strlen(key) + 1);
	b.advice = strcmp(kind, "advice") == 0;
	b.total = json_integer_value(total);
	b.items = (size_t)json_integer_value(items);
	if ((all = grow(m->batches, m->nbatches, &m->cbatches, sizeof(b))) == NULL)
		return error_sys(e, "batches");
	m->batches = all;
	m->batches[m->nbatches++] = b;
	return 0;
}

int
masspay_add_item(struct masspay *m, const char *key, const json_t *v, struct error *e)
{
	struct masspay_item it = { .payout = MASSPAY_NONE }, *all;
	char batch[MASSPAY_BATCH] = "";
	const json_t *amount = json_object_get(v, "amount"), *line = json_object_get(v, "line");
	int kind;

	if (strlen(key) >= sizeof(it.key) || !take(v, "batch", batch, sizeof(batch)) ||
	    !take(v, "payee", it.payee, sizeof(it.payee)) ||
	    !take(v, "currency", it.currency, sizeof(it.currency)) ||
	    !money_currency_known(it.currency, strlen(it.currency)) ||
	    !take(v, "unique_id", it.unique_id, sizeof(it.unique_id)) ||
	    !take(v, "payment", it.payment, sizeof(it.payment)) ||
	    !take_time(v, "cancelled", &it.cancelled) || !json_is_integer(amount) ||
	    json_integer_value(amount) <= 0 || !json_is_integer(line) || json_integer_value(line) < 0 ||
	    (kind = kind_of(it.payee)) == -1)
		return error_set(e, ERR_CORRUPT, "item %.60s: not one", key);
	/* Items mostly follow one of their own batch. */
	it.batch = m->nitems > 0 && strcmp(m->batches[m->items[m->nitems - 1].batch].id, batch) == 0 ?
	    m->items[m->nitems - 1].batch : masspay_find_batch(m, batch);
	if (it.batch == MASSPAY_NONE)
		return 0;
	memcpy(it.key, key, strlen(key) + 1);
	it.kind = (enum masspay_kind)kind;
	it.amount = json_integer_value(amount);
	it.line = (size_t)json_integer_value(line);
	if ((all = grow(m->items, m->nitems, &m->citems, sizeof(it))) == NULL)
		return error_sys(e, "items");
	m->items = all;
	m->items[m->nitems++] = it;
	return 0;
}

int
masspay_add_payout(struct masspay *m, const struct payrow *row, struct error *e)
{
	struct masspay_payout *all;

	if ((all = grow(m->payouts, m->npayouts, &m->cpayouts, sizeof(*all))) == NULL)
		return error_sys(e, "payouts");
	m->payouts = all;
	all += m->npayouts++;
	*all = (struct masspay_payout){ .row = *row, .item = MASSPAY_NONE };
	all->kind = masspay_payee(row->payer, strlen(row->payer), all->payee);
	return 0;
}

void
masspay_free(struct masspay *m)
{
	free(m->batches);
	free(m->items);
	free(m->payouts);
	memset(m, 0, sizeof(*m));
}

size_t
masspay_find_batch(const struct masspay *m, const char *id)
{
	size_t i;

	for (i = 0; i < m->nbatches; i++)
		if (strcmp(m->batches[i].id, id) == 0)
			return i;
	return MASSPAY_NONE;
}

size_t
masspay_find_item(const struct masspay *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->nitems; i++)
		if (strcmp(m->items[i].key, key) == 0)
			return i;
	return MASSPAY_NONE;
}

void
masspay_key(char out[MASSPAY_KEY], const char *batch, size_t line)
{
	(void)snprintf(out, MASSPAY_KEY, "%.*s.%zu", MASSPAY_BATCH - 1, batch, line % 1000000000);
}

void
masspay_batch_id(char out[MASSPAY_BATCH], const char *sha256)
{
	(void)snprintf(out, MASSPAY_BATCH, "MP-%.10s", sha256);
}

json_t *
masspay_batch_json(const struct masspay_batch *b)
{
	char when[MOMENT_TEXT];
	json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "kind", b->advice ? "advice" : "sent",
	    "account", b->account, "currency", b->currency, "file", b->file, "sha256", b->sha256,
	    "registered", moment_print_us(b->registered, when), "items", (json_int_t)b->items, "total",
	    (json_int_t)b->total);

	if (j != NULL && (json_object_set_new(j, b->advice ? "customer" : "against",
	    json_string(b->advice ? b->customer : b->against)) == -1 || (b->sent != 0 &&
	    json_object_set_new(j, "sent", json_string(moment_print_us(b->sent, when))) == -1))) {
		json_decref(j);
		j = NULL;
	}
	return j;
}

json_t *
masspay_line_json(const char *batch, const struct masspay_line *l)
{
	json_t *j = json_pack("{s:s,s:I,s:s,s:s,s:s,s:I}", "batch", batch, "line", (json_int_t)l->line,
	    "payee", l->payee, "kind", masspay_kind_name[l->kind], "currency", l->currency, "amount",
	    (json_int_t)l->amount);

	if (j != NULL && l->unique_id[0] != '\0' &&
	    json_object_set_new(j, "unique_id", json_string(l->unique_id)) == -1) {
		json_decref(j);
		j = NULL;
	}
	return j;
}

/* ---- states ---- */

int
masspay_out(const struct payrow *row)
{
	return row->booked && (row->status == PAY_PENDING || row->status == PAY_UNCLAIMED ||
	    row->status == PAY_COMPLETED);
}

enum masspay_state
masspay_state(const struct masspay *m, const struct masspay_item *it)
{
	const struct payrow *row = it->payout == MASSPAY_NONE ? NULL : &m->payouts[it->payout].row;

	if (row != NULL && masspay_out(row))
		return row->status == PAY_UNCLAIMED ? MASSPAY_UNCLAIMED :
		    row->status == PAY_PENDING ? MASSPAY_PENDING : MASSPAY_PAID;
	if (it->payment[0] != '\0')
		return MASSPAY_RECEIVED;
	if (it->cancelled != 0)
		return MASSPAY_CANCELLED;
	if (row == NULL)
		return MASSPAY_REGISTERED;
	if (row->booked && row->status != PAY_FAILED && row->status != PAY_DENIED)
		return MASSPAY_RETURNED;
	return row->status == PAY_DENIED ? MASSPAY_DENIED :
	    row->status == PAY_PENDING ? MASSPAY_REGISTERED : MASSPAY_FAILED;
}

int64_t
masspay_owed(const struct masspay *m, const struct masspay_item *it)
{
	const struct payrow *row = it->payout == MASSPAY_NONE ? NULL : &m->payouts[it->payout].row;

	if (m->batches[it->batch].advice)
		return 0;
	/* Paid and cancelled, or paid another amount: what is left shows on the other side. */
	return (it->cancelled != 0 ? 0 : it->amount) + (row != NULL && masspay_out(row) ? row->gross : 0);
}

char *
masspay_due(const struct payrow *row, char out[MOMENT_DAY])
{
	char day[MOMENT_DAY];

	return moment_day_add(moment_day(row->event, day), MASSPAY_DAYS, out);
}

/* ---- advice ---- */

int
masspay_advised(const struct masspay *m, const char ccy[4], int64_t amount, const char *unique_id,
    int64_t event, size_t *item)
{
	const char *whose = NULL;
	size_t i;

	for (i = 0; i < m->nitems; i++) {
		const struct masspay_item *it = &m->items[i];
		const struct masspay_batch *b = &m->batches[it->batch];

		if (!b->advice || it->payment[0] != '\0' || it->cancelled != 0 || it->amount != amount ||
		    strcmp(it->currency, ccy) != 0 || event < b->registered - ADVICE_LATE * MOMENT_DAY_US ||
		    event > b->registered + MASSPAY_DAYS * MOMENT_DAY_US ||
		    (it->unique_id[0] != '\0' && unique_id[0] != '\0' && strcmp(it->unique_id, unique_id) != 0))
			continue;
		if (whose != NULL && strcmp(whose, b->customer) != 0)
			return 2;
		if (whose == NULL)
			*item = i;
		whose = b->customer;
	}
	return whose != NULL;
}
