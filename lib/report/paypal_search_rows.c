/*
 * paypal_search_rows -- one of PayPal's own objects as a row of a report (paypal_search.h).
 */
#include <stdio.h>
#include <string.h>

#include "money.h"
#include "report/paypal_codes.h"
#include "report/paypal_columns.h"
#include "report/paypal_search.h"
#include "report/paypal_search_priv.h"
#include "text.h"

const char *
search_text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

/* One printable line, cut at a character. */
void
search_take(char *dst, size_t size, const char *s)
{
	struct buf shown = BUF_INIT(8192);
	struct error ignored;
	size_t n;

	memset(dst, 0, size);
	if (strlen(s) <= 4000 && text_printable(&shown, s, strlen(s), &ignored) == 0 && shown.len > 0) {
		n = text_utf8_valid(shown.data, shown.len < size ? shown.len : size - 1);
		memcpy(dst, shown.data, n);
	}
	buf_free(&shown);
}

static int
take_id(char dst[72], const char *s, const char *name, struct error *e)
{
	if (strlen(s) >= 72 || !text_line_valid(s[0] == '\0' ? "-" : s, 71))
		return error_set(e, ERR_INPUT, "%s: \"%.40s\" is no id", name, s);
	memset(dst, 0, 72);
	memcpy(dst, s, strlen(s));
	return 0;
}

static void
take_address(char dst[255], const char *s)
{
	search_take(dst, 255, strlen(s) < 255 ? s : "");
	text_lower(dst);
}

int
search_currency(struct report_row *r, const char *s, const char *name, struct error *e)
{
	if (!money_currency_known(s, strlen(s)))
		return error_set(e, ERR_INPUT, "%s: \"%.20s\" is no currency we know", name, s);
	memcpy(r->currency, s, 4);
	return 0;
}

/* 1 an amount, 0 none stands there, -1 it is none. */
int
search_amount(const struct report_row *r, const json_t *v, const char *name, int64_t *minor, struct error *e)
{
	char number[32];
	const char *s = json_string_value(v);

	if (json_is_integer(v)) {
		(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
		s = number;
	}
	if (v == NULL || (s != NULL && s[0] == '\0'))
		return 0;
	if (s == NULL || money_parse_local(s, strlen(s), r->currency, '.', minor, e) == -1)
		return error_set(e, ERR_INPUT, "%s: \"%.40s\" is no amount", name, s == NULL ? "?" : s);
	return 1;
}

int
search_time(const json_t *j, const char *name, int64_t *at, struct error *e)
{
	const char *s = search_text(j, name);

	if (moment_parse_offset(s, strlen(s), at, e) == -1)
		return error_set(e, ERR_INPUT, "%s: \"%.40s\" is no time", name, s);
	return 0;
}

static int
take_net(struct report_row *r, struct error *e)
{
	r->net = r->gross;
	return money_sub(&r->net, r->fee, e) == -1 ? error_set(e, ERR_INPUT, "amounts out of range") : 0;
}

static void
set_kind(struct report_row *r, enum movement in, enum movement out, int known)
{
	r->move = r->gross < 0 ? out : in;
	r->known_type = known;
}

static int
rest_row(const json_t *row, int64_t from, struct report_row *r, struct error *e)
{
	const json_t *t = json_object_get(row, "transaction_info");
	const json_t *payer = json_object_get(row, "payer_info");
	const json_t *amount = json_object_get(t, "transaction_amount"), *fee = json_object_get(t, "fee_amount");
	const struct paypal_code *code = paypal_code(search_text(t, "transaction_event_code"));
	const char *status = search_text(t, "transaction_status");
	int64_t kept = 0, updated;

	if (!json_is_object(t))
		return error_set(e, ERR_INPUT, "transaction_info: missing");
	if (take_id(r->id, search_text(t, "transaction_id"), "transaction_id", e) == -1 ||
	    take_id(r->reference, search_text(t, "paypal_reference_id"), "paypal_reference_id", e) == -1 ||
	    search_time(t, "transaction_initiation_date", &r->event, e) == -1 ||
	    search_currency(r, search_text(amount, "currency_code"), "transaction_amount", e) == -1 ||
	    search_amount(r, json_object_get(amount, "value"), "transaction_amount", &r->gross, e) == -1 ||
	    search_amount(r, json_object_get(fee, "value"), "fee_amount", &kept, e) == -1)
		return -1;
	if (fee != NULL && kept != 0 && strcmp(search_text(fee, "currency_code"), r->currency) != 0)
		return error_set(e, ERR_INPUT, "fee_amount: of another currency than the transaction");
	r->fee = -kept;
	r->fee_known = 1;		/* none stated: none was taken */
	/* Of subscriptions and orders it is no transaction. */
	if (strcmp(search_text(t, "paypal_reference_id_type"), "TXN") != 0 &&
	    search_text(t, "paypal_reference_id_type")[0] != '\0')
		memset(r->reference, 0, sizeof(r->reference));
	if (r->event < from && search_text(t, "transaction_updated_date")[0] != '\0') {
		if (search_time(t, "transaction_updated_date", &updated, e) == -1)
			return -1;
		if (updated > r->event)
			r->event = updated;
	}
	search_take(r->code, sizeof(r->code), search_text(t, "transaction_event_code"));
	search_take(r->type, sizeof(r->type), code->class == PAYPAL_UNKNOWN ? r->code : code->name);
	search_take(r->status_text, sizeof(r->status_text), status);
	set_kind(r, code->in, code->out, code->class != PAYPAL_UNKNOWN);
	r->status = strcmp(status, "P") == 0 ? FACT_PENDING : strcmp(status, "D") == 0 ? FACT_DENIED :
	    FACT_COMPLETED;
	r->moves_balance = r->status == FACT_COMPLETED && code->moves;
	take_address(r->payer, search_text(payer, "email_address"));
	search_take(r->payer_id, sizeof(r->payer_id), search_text(payer, "account_id"));
	search_take(r->name, sizeof(r->name), search_text(json_object_get(payer, "payer_name"), "alternate_full_name"));
	search_take(r->invoice, sizeof(r->invoice), search_text(t, "invoice_id"));
	search_take(r->subject, sizeof(r->subject), search_text(t, "transaction_subject"));
	return take_net(r, e);
}

/* The words of the search, and those of downloads for the rest. */
static struct paypal_row_type
nvp_type(const char *type)
{
	static const struct { const char *word; struct paypal_row_type is; } words[] = {
		{ "Payment", { MOVE_PAYMENT, MOVE_OTHER, 0, 1 } },
		{ "Recurring Payment", { MOVE_PAYMENT, MOVE_OTHER, 0, 1 } },
		{ "Donation", { MOVE_PAYMENT, MOVE_OTHER, 0, 1 } },
		{ "Transfer", { MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 0, 1 } },
		{ "Fee", { MOVE_FEE, MOVE_FEE, 0, 1 } },
		{ "Fee Reversal", { MOVE_FEE, MOVE_FEE, 0, 1 } },
		{ "Currency Conversion (debit)", { MOVE_CONVERSION, MOVE_CONVERSION, 0, 1 } },
		{ "Currency Conversion (credit)", { MOVE_CONVERSION, MOVE_CONVERSION, 0, 1 } },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equal_ci(type, strlen(type), words[i].word, strlen(words[i].word)))
			return words[i].is;
	return paypal_row_type(type, &(struct report_options){ .dates = "" });
}

/* What became of one payment.  A word that is none of these says nothing yet. */
static void
nvp_status(const char *word, struct report_row *r)
{
	static const struct { const char *word; enum fact_status is; } words[] = {
		{ "Completed", FACT_COMPLETED }, { "Refunded", FACT_COMPLETED },
		{ "PartiallyRefunded", FACT_COMPLETED }, { "Partially-Refunded", FACT_COMPLETED },
		{ "Reversed", FACT_COMPLETED }, { "Canceled-Reversal", FACT_COMPLETED },
		{ "CanceledReversal", FACT_COMPLETED }, { "Denied", FACT_DENIED }, { "Failed", FACT_FAILED },
		{ "Expired", FACT_EXPIRED }, { "Voided", FACT_VOIDED },
	};
	size_t i;

	r->status = FACT_PENDING;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equal_ci(word, strlen(word), words[i].word, strlen(words[i].word)))
			r->status = words[i].is;
	r->moves_balance = r->status == FACT_COMPLETED;
}

/* GetTransactionDetails alone. */
static int
nvp_details(const json_t *d, struct report_row *r, struct error *e)
{
	int64_t fee = 0;
	int known;

	if (take_id(r->id, search_text(d, "TRANSACTIONID"), "TRANSACTIONID", e) == -1 ||
	    search_time(d, "ORDERTIME", &r->event, e) == -1 ||
	    search_currency(r, search_text(d, "CURRENCYCODE"), "CURRENCYCODE", e) == -1 ||
	    search_amount(r, json_object_get(d, "AMT"), "AMT", &r->gross, e) == -1 ||
	    (known = search_amount(r, json_object_get(d, "FEEAMT"), "FEEAMT", &fee, e)) == -1)
		return -1;
	r->fee = r->gross < 0 ? -fee : fee;	/* of a refund it came back */
	r->fee_known = known;
	search_take(r->type, sizeof(r->type), search_text(d, "TRANSACTIONTYPE"));
	search_take(r->status_text, sizeof(r->status_text), search_text(d, "PAYMENTSTATUS"));
	set_kind(r, MOVE_PAYMENT, r->reference[0] != '\0' ? MOVE_REFUND : MOVE_OTHER, 1);
	nvp_status(r->status_text, r);
	return 0;
}

static int
nvp_row(const json_t *row, struct report_row *r, struct error *e)
{
	const json_t *d = json_object_get(row, "details");
	struct paypal_row_type t;
	int64_t kept = 0;
	int known, moves = 1;

	if (take_id(r->reference, search_text(d, "PARENTTRANSACTIONID"), "PARENTTRANSACTIONID", e) == -1)
		return -1;
	if (json_object_get(row, "L_TIMESTAMP") == NULL) {
		if (nvp_details(d, r, e) == -1)
			return -1;
	} else {
		if (take_id(r->id, search_text(row, "L_TRANSACTIONID"), "L_TRANSACTIONID", e) == -1 ||
		    search_time(row, "L_TIMESTAMP", &r->event, e) == -1 ||
		    search_currency(r, search_text(row, "L_CURRENCYCODE"), "L_CURRENCYCODE", e) == -1 ||
		    search_amount(r, json_object_get(row, "L_AMT"), "L_AMT", &r->gross, e) == -1 ||
		    (known = search_amount(r, json_object_get(row, "L_FEEAMT"), "L_FEEAMT", &kept, e)) == -1)
			return -1;
		r->fee = -kept;
		r->fee_known = known;
		t = nvp_type(search_text(row, "L_TYPE"));
		search_take(r->type, sizeof(r->type), search_text(row, "L_TYPE"));
		search_take(r->status_text, sizeof(r->status_text), search_text(row, "L_STATUS"));
		set_kind(r, t.in, t.out, t.known);
		r->status = FACT_COMPLETED;
		(void)paypal_row_status(r->status_text, &r->status, &moves);
		r->moves_balance = !t.memo && moves;
		if (r->moves_balance && r->status != FACT_UNCLAIMED)
			r->status = FACT_COMPLETED;
	}
	take_address(r->payer, search_text(row, "L_EMAIL")[0] != '\0' ? search_text(row, "L_EMAIL") :
	    r->gross < 0 ? search_text(d, "RECEIVEREMAIL") : search_text(d, "EMAIL"));
	take_address(r->own, r->gross < 0 ? "" : search_text(d, "RECEIVEREMAIL"));
	search_take(r->own_id, sizeof(r->own_id), r->gross < 0 ? "" : search_text(d, "RECEIVERID"));
	search_take(r->payer_id, sizeof(r->payer_id), r->gross < 0 ? "" : search_text(d, "PAYERID"));
	search_take(r->name, sizeof(r->name), search_text(row, "L_NAME"));
	search_take(r->invoice, sizeof(r->invoice), search_text(d, "INVNUM"));
	return take_net(r, e);
}

int
paypal_search_row(const json_t *row, const char *source, int64_t from, struct report_row *r,
    struct error *e)
{
	memset(r, 0, sizeof(*r));
	if (!json_is_object(row))
		return error_set(e, ERR_INPUT, "row: an object is expected");
	if ((strcmp(source, "rest") == 0 ? rest_row(row, from, r, e) : nvp_row(row, r, e)) == -1)
		return -1;
	return json_object_get(row, "moved") == NULL ? 0 : search_time(row, "moved", &r->event, e);
}
