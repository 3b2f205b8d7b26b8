/*
 * desk -- requests read, sent to their half, and confirmed messages made into records (desk.h).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "desk.h"
#include "desk_breaks.h"
#include "money.h"
#include "provider/provider.h"
#include "text.h"

int
desk_refuse(struct record *r, const char *reason, const char *fmt, ...)
{
	char text[512];
	struct error clean = { 0 };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(&clean, ERR_INPUT, "%s", text);	/* control bytes out */
	r->disposition = DISP_REFUSED;
	(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
	if (r->act == NULL)
		r->act = json_object();
	(void)json_object_set_new(r->act, "error", json_stringn_nocheck("", 0));
	if (text_utf8_valid(clean.text, strlen(clean.text)) == strlen(clean.text))
		(void)json_object_set_new(r->act, "error", json_string(clean.text));
	return 0;
}

int
desk_put(struct record *r, const char *table, const char *key, json_t *v, struct error *e)
{
	json_t *list;

	if (r->data == NULL)
		r->data = json_pack("{s:[]}", "put");
	list = json_object_get(r->data, "put");
	if (v == NULL || list == NULL || json_array_append_new(list, json_pack("[s,s,o]", table, key, v)) == -1)
		return error_set(e, ERR_IO, "desk: no memory");
	return 0;
}

int
desk_apply(struct shelf *sh, const struct message *m, int64_t now, int *which, struct record *r,
    struct error *e)
{
	json_error_t je;
	json_t *req = json_loadb(m->body.data == NULL ? "" : m->body.data, m->body.len,
	    JSON_REJECT_DUPLICATES, &je);
	const char *verb = json_string_value(json_object_get(req, "verb"));
	int rc;

	*which = m->mode;
	if (verb == NULL || strlen(verb) > 32)
		rc = desk_refuse(r, "malformed", "the request is no JSON object with a verb");
	else if (strncmp(verb, "customer-", 9) == 0 || strncmp(verb, "integration-", 12) == 0 ||
	    strncmp(verb, "receiver-", 9) == 0) {
		*which = BOOK_REGISTER;
		rc = desk_register(sh, verb, req, r, e);
	} else
		rc = desk_books(sh, m->mode, verb, req, r, now, e);
	json_decref(req);
	return rc;
}

static int
accepts(const void *arg, const char ccy[4])
{
	return site_accepts(arg, ccy);
}

int
desk_confirmed(struct shelf *sh, struct books *b, const struct integration *in,
    const struct message *m, struct record *r, struct error *e)
{
	const struct provider *p = provider_find(in->kind);
	struct payment_view view;
	struct payment_terms terms = { .account = in->account, .deduct_fee = in->deduct_fee,
	    .accepts = accepts, .accepts_arg = in };
	struct facts f;
	int rc;

	memset(&f, 0, sizeof(f));
	if (p == NULL)
		return error_set(e, ERR_CONFIG, "integration %s: unknown kind %s", in->id, in->kind);
	rc = p->facts(in, m->body.data == NULL ? "" : m->body.data, m->body.len, &f, e);
	if (rc == 0) {
		shelf_view(sh, b, &view);
		if (f.n > 0 && f.disposition == DISP_NONE)
			rc = payment_apply(&view, &terms, &f, r, e);
		else {
			r->disposition = f.disposition;
			memcpy(r->reason, f.reason, sizeof(r->reason));
			memcpy(r->payment, f.payment, sizeof(r->payment));
		}
	}
	if (rc == 0)
		rc = desk_breaks_told(b, r, r->time, e);
	if (rc == 0 && f.note[0] != '\0' && r->act == NULL)
		r->act = json_pack("{s:s}", "note", f.note);
	facts_free(&f);
	return rc;
}

json_t *
desk_fact_json(const struct fact *f)
{
	char event[MOMENT_TEXT];
	json_t *j = json_pack("{s:s,s:i,s:s,s:s,s:I,s:I,s:b,s:I}", "kind", record_move_name[f->move],
	    "status", (int)f->status, "id", f->id, "currency", f->currency, "gross",
	    (json_int_t)f->gross, "fee", (json_int_t)f->fee, "fee_known", f->fee_known, "gross2",
	    (json_int_t)f->gross2);
	const struct { const char *name, *value; } text[] = {
		{ "parent", f->parent }, { "unique_id", f->unique_id }, { "advice_id", f->advice_id }, { "reference", f->reference },
		{ "payer_id", f->payer_id }, { "payer_email", f->payer_email },
		{ "currency2", f->currency2 }, { "account", f->account }, { "report", f->report },
		{ "event", f->event == 0 ? "" : moment_print_us(f->event, event) },
	};
	size_t i;

	if (j != NULL && f->transfer)
		(void)json_object_set_new(j, "transfer", json_true());
	for (i = 0; j != NULL && i < sizeof(text) / sizeof(text[0]); i++)
		if (text[i].value[0] != '\0' &&
		    json_object_set_new(j, text[i].name, json_string(text[i].value)) == -1) {
			json_decref(j);
			return NULL;
		}
	return j;
}

static int
take(json_t *j, const char *name, char *dst, size_t size, struct error *e)
{
	const json_t *v = json_object_get(j, name);

	if (v == NULL)
		return 0;
	if (!json_is_string(v))
		return error_set(e, ERR_INPUT, "fact: %s: text expected", name);
	return text_copy(dst, size, json_string_value(v), json_string_length(v), name, e);
}

int
desk_fact_read(json_t *j, struct fact *f, struct error *e)
{
	char event[MOMENT_TEXT] = "", kind[32] = "";
	json_int_t status = json_integer_value(json_object_get(j, "status"));
	int move;

	memset(f, 0, sizeof(*f));
	if (take(j, "kind", kind, sizeof(kind), e) == -1 || take(j, "id", f->id, sizeof(f->id), e) == -1 ||
	    take(j, "currency", f->currency, sizeof(f->currency), e) == -1 ||
	    take(j, "parent", f->parent, sizeof(f->parent), e) == -1 ||
	    take(j, "unique_id", f->unique_id, sizeof(f->unique_id), e) == -1 ||
	    take(j, "advice_id", f->advice_id, sizeof(f->advice_id), e) == -1 ||
	    take(j, "reference", f->reference, sizeof(f->reference), e) == -1 ||
	    take(j, "payer_id", f->payer_id, sizeof(f->payer_id), e) == -1 ||
	    take(j, "payer_email", f->payer_email, sizeof(f->payer_email), e) == -1 ||
	    take(j, "currency2", f->currency2, sizeof(f->currency2), e) == -1 ||
	    take(j, "account", f->account, sizeof(f->account), e) == -1 ||
	    take(j, "report", f->report, sizeof(f->report), e) == -1 ||
	    take(j, "event", event, sizeof(event), e) == -1)
		return -1;
	if ((move = record_move_find(kind)) == -1)
		return error_set(e, ERR_INPUT, "fact: kind: \"%s\" is none", kind);
	if (status < 0 || status >= FACT_STATUSES)
		return error_set(e, ERR_INPUT, "fact: status: out of range");
	if (!money_currency_known(f->currency, strlen(f->currency)) ||
	    (f->currency2[0] != '\0' && !money_currency_known(f->currency2, strlen(f->currency2))))
		return error_set(e, ERR_INPUT, "fact: currency: unknown");
	if (f->account[0] != '\0' && !payment_account_valid(f->account))
		return error_set(e, ERR_INPUT, "fact: account: \"%s\" is no account", f->account);
	if (f->id[0] == '\0' && f->unique_id[0] == '\0')
		return error_set(e, ERR_INPUT, "fact: id: missing");
	if (event[0] != '\0' && moment_parse(event, strlen(event), &f->event, e) == -1)
		return -1;
	f->move = (enum movement)move;
	f->status = (enum fact_status)status;
	f->gross = json_integer_value(json_object_get(j, "gross"));
	f->fee = json_integer_value(json_object_get(j, "fee"));
	f->gross2 = json_integer_value(json_object_get(j, "gross2"));
	f->fee_known = json_is_true(json_object_get(j, "fee_known"));
	f->transfer = json_is_true(json_object_get(j, "transfer"));
	return 0;
}
