/*
 * paypal_nvp -- TransactionSearch, GetTransactionDetails, GetBalance (providers/paypal.md 4.1, 4.7 to
 * 4.9).
 *
 * A row of the search becomes an object with PayPal's own names without their number (L_TYPE of
 * L_TYPE3); what the search does not tell of refunds, conversions and the like (their parent) is
 * asked for and stands beside it as "details".  A search gives at most 100 rows: a window that is
 * full, or is said to be cut, is halved.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "moment.h"
#include "provider/paypal_line.h"
#include "secret.h"
#include "text.h"

#define NVP_VERSION	"124.0"
#define ROWS_MAX	100
#define BODY_MAX	8192
#define TRIES		3
#define SETTLE_ROUNDS	5
#define E_CUT		11002		/* more matched than were given */

/* ---- one call ---- */

static const struct pair *
find(const struct form *f, const char *name)
{
	const struct pair *p = text_form_get(f, name);
	size_t i, n = strlen(name);

	for (i = 0; p == NULL && i < f->n; i++)
		if (text_equal_ci(f->pairs[i].name, f->pairs[i].name_len, name, n))
			p = &f->pairs[i];
	return p;
}

static const char *
text_of(const struct form *f, const char *name)
{
	const struct pair *p = find(f, name);

	return p == NULL || memchr(p->value, '\0', p->value_len) != NULL ? "" : p->value;
}

static int
is_answer(const char *body, size_t len)
{
	struct error ignored;
	struct form f;
	int is;

	if (text_form_parse(&f, body, len, &ignored) == -1)
		return 0;
	is = text_of(&f, "ACK")[0] != '\0';
	text_form_free(&f);
	return is;
}

static int
add(struct buf *b, const char *name, const char *value, struct error *e)
{
	return buf_addf(b, e, "%s%s=", b->len > 0 ? "&" : "", name) == -1 ||
	    text_urlencode(b, value, strlen(value), e) == -1 ? -1 : 0;
}

/* Number of the first error or warning, 0 where there is none. */
static int64_t
code_of(const struct form *f)
{
	const char *s = text_of(f, "L_ERRORCODE0");
	struct error ignored;
	int64_t code;

	return text_number(s, strlen(s), 0, 999999, &code, "", &ignored) == 0 ? code : 0;
}

/* 1: it worked (maybe with a warning); 0: to be tried again; -1. */
static int
judge(const struct lookup_line *l, const struct form *f, const char *method, struct error *e)
{
	const char *ack = text_of(f, "ACK"), *id = text_of(f, "CORRELATIONID");
	int64_t code = code_of(f);

	if (strcmp(ack, "Success") == 0 || strcmp(ack, "SuccessWithWarning") == 0)
		return 1;
	if (code == 10001 || code == 10014 || code == 10445) {
		error_set(e, ERR_AGAIN, "PayPal NVP: %s: error %lld (%.40s): busy, to be asked again", method,
		    (long long)code, id);
		return 0;
	}
	if (code == 10002 || code == 10007)
		return error_set(e, ERR_CONFIG, "PayPal NVP: %s: error %lld (%.40s): are username, password and "
		    "signature of integration %s those of a %s account that may do this?", method,
		    (long long)code, id, l->in->id, site_book_name[l->in->mode]);
	return error_set(e, ERR_INPUT, "PayPal NVP: %s: error %lld (%.40s): %.160s", method, (long long)code,
	    id, text_of(f, "L_LONGMESSAGE0"));
}

/* arguments: "&NAME=VALUE...", encoded.  f is parsed from l->body: text_form_free it. */
static int
call(struct lookup_line *l, const char *method, const char *arguments, struct form *f, struct error *e)
{
	struct buf body = BUF_INIT(BODY_MAX);
	char url[600];
	struct http_request rq = { .url = url, .timeout_s = PAYPAL_TIMEOUT_S,
	    .answer_max = PAYPAL_ANSWER_MAX };
	struct timespec pause = { 1, 0 };
	long status;
	int i, rc = -1;

	(void)snprintf(url, sizeof(url), "%s/nvp", l->in->endpoint[0] != '\0' ? l->in->endpoint :
	    l->in->mode == BOOK_LIVE ? "https://api-3t.paypal.com" : "https://api-3t.sandbox.paypal.com");
	if (add(&body, "METHOD", method, e) == -1 || add(&body, "VERSION", NVP_VERSION, e) == -1 ||
	    add(&body, "USER", paypal_setting(l->in, "username"), e) == -1 ||
	    add(&body, "PWD", secret_text(l->secrets, "password"), e) == -1 ||
	    add(&body, "SIGNATURE", secret_text(l->secrets, "signature"), e) == -1 ||
	    buf_adds(&body, arguments, e) == -1)
		goto out;
	rq.body = body.data;
	rq.len = body.len;
	for (i = 0; i < TRIES; i++) {
		if ((rc = http_line_ask(l->http, &rq, is_answer, &status, &l->body, e)) == -1 ||
		    (rc = text_form_parse(f, l->body.data, l->body.len, e)) == -1)
			break;
		if ((rc = judge(l, f, method, e)) == 1)
			break;
		text_form_free(f);
		if (rc == -1)
			break;
		rc = -1;
		if (i + 1 < TRIES)
			while (nanosleep(&pause, &pause) == -1 && errno == EINTR)
				continue;
		pause = (struct timespec){ 2 * (i + 1), 0 };
	}
out:
	buf_free(&body);
	return rc == 1 ? 0 : -1;
}

/* ---- rows ---- */

static int
put(json_t *o, const char *name, const char *value, struct error *e)
{
	struct buf clean = BUF_INIT(65536);
	int rc = 0;

	if (text_utf8_valid(value, strlen(value)) == strlen(value))
		rc = json_object_set_new(o, name, json_string(value));
	else
		rc = text_to_utf8(&clean, "WINDOWS-1252", value, strlen(value), e) == -1 ? -1 :
		    json_object_set_new(o, name, json_string(clean.data));
	buf_free(&clean);
	return rc == 0 ? 0 : error_set(e, ERR_IO, "transactions: no memory");
}

static json_t *
search_row(const struct form *f, int i, struct error *e)
{
	static const char *const names[] = { "L_TIMESTAMP", "L_TIMEZONE", "L_TYPE", "L_EMAIL", "L_NAME",
	    "L_TRANSACTIONID", "L_STATUS", "L_AMT", "L_CURRENCYCODE", "L_FEEAMT", "L_NETAMT" };
	const struct pair *p;
	char name[32];
	json_t *o = json_object();
	size_t k;

	for (k = 0; o != NULL && k < sizeof(names) / sizeof(names[0]); k++) {
		(void)snprintf(name, sizeof(name), "%s%d", names[k], i);
		if ((p = find(f, name)) != NULL && put(o, names[k], text_of(f, name), e) == -1) {
			json_decref(o);
			return NULL;
		}
	}
	if (o == NULL)
		error_set(e, ERR_IO, "transactions: no memory");
	return o;
}

/* GetTransactionDetails: 1 and a new object, 0 PayPal tells nothing of it, -1. */
static int
details(struct lookup_line *l, const char *id, json_t **o, struct error *e)
{
	static const char *const names[] = { "TIMESTAMP", "RECEIVEREMAIL", "RECEIVERID", "RECEIVERBUSINESS",
	    "EMAIL", "PAYERID", "TRANSACTIONID", "PARENTTRANSACTIONID", "TRANSACTIONTYPE", "PAYMENTTYPE",
	    "ORDERTIME", "AMT", "FEEAMT", "SETTLEAMT", "EXCHANGERATE", "CURRENCYCODE", "PAYMENTSTATUS",
	    "PENDINGREASON", "REASONCODE", "INVNUM" };
	struct buf arguments = BUF_INIT(256);
	struct form f;
	size_t k;
	int rc = -1;

	if (add(&arguments, "&TRANSACTIONID", id, e) == -1)
		goto out;
	if (call(l, "GetTransactionDetails", arguments.data, &f, e) == -1) {
		if (e->code == ERR_INPUT) {	/* 10004, 10007: of a kind it does not tell of */
			e->code = ERR_NONE;
			rc = 0;
		}
		goto out;
	}
	if ((*o = json_object()) == NULL)
		error_set(e, ERR_IO, "transactions: no memory");
	else
		rc = 1;
	for (k = 0; rc == 1 && k < sizeof(names) / sizeof(names[0]); k++)
		if (find(&f, names[k]) != NULL && put(*o, names[k], text_of(&f, names[k]), e) == -1)
			rc = -1;
	if (rc == -1)
		json_decref(*o);
	text_form_free(&f);
out:
	buf_free(&arguments);
	return rc;
}

/* A plain payment to us tells all by itself. */
static int
needs_details(const json_t *row)
{
	const char *type = json_string_value(json_object_get(row, "L_TYPE"));
	const char *amount = json_string_value(json_object_get(row, "L_AMT"));

	return type == NULL || strcmp(type, "Payment") != 0 || amount == NULL || amount[0] == '-' ||
	    json_object_get(row, "L_FEEAMT") == NULL;
}

static int
give(struct lookup_line *l, json_t *row, lookup_row_fn *fn, void *arg, struct error *e)
{
	const char *id = json_string_value(json_object_get(row, "L_TRANSACTIONID"));
	json_t *more = NULL;
	int rc;

	if (id != NULL && id[0] != '\0' && needs_details(row)) {
		if ((rc = details(l, id, &more, e)) == -1)
			return -1;
		if (rc == 1)
			json_object_set_new(row, "details", more);
	}
	return fn(arg, row, e);
}

/* ---- a window ---- */

/* Rows of one search into list: 0 all of them, 1 there are more, -1. */
static int
search(struct lookup_line *l, int64_t from, int64_t to, json_t *list, struct error *e)
{
	struct buf arguments = BUF_INIT(256);
	char when[32], name[32];
	struct form f;
	json_t *row;
	int i, rc = -1;

	if (add(&arguments, "&STARTDATE", paypal_moment(from, when), e) == -1 ||
	    add(&arguments, "ENDDATE", paypal_moment(to, when), e) == -1 ||
	    add(&arguments, "TRANSACTIONCLASS", "All", e) == -1 ||
	    call(l, "TransactionSearch", arguments.data, &f, e) == -1)
		goto out;
	for (i = 0; i < 10 * ROWS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "L_TIMESTAMP%d", i);
		if (find(&f, name) == NULL)
			break;
		if ((row = search_row(&f, i, e)) == NULL || json_array_append_new(list, row) == -1) {
			text_form_free(&f);
			goto out;
		}
	}
	rc = code_of(&f) == E_CUT || i >= ROWS_MAX;
	text_form_free(&f);
out:
	buf_free(&arguments);
	return rc;
}

static int
read_window(struct lookup_line *l, int64_t from, int64_t to, lookup_row_fn *fn, void *arg,
    struct error *e)
{
	json_t *list = json_array(), *row;
	int64_t middle;
	size_t i;
	int rc;

	if (list == NULL)
		return error_set(e, ERR_IO, "transactions: no memory");
	if ((rc = search(l, from, to, list, e)) == 1 && to - from < MOMENT_SECOND)
		rc = error_set(e, ERR_INPUT, "PayPal NVP: more than %d transactions in one second", ROWS_MAX);
	if (rc == 0)
		json_array_foreach(list, i, row)
			if ((rc = give(l, row, fn, arg, e)) == -1)
				break;
	json_decref(list);
	if (rc != 1)
		return rc;
	middle = from + (to - from) / 2;
	middle -= middle % MOMENT_SECOND;
	return read_window(l, from, middle, fn, arg, e) == -1 ||
	    read_window(l, middle + MOMENT_SECOND, to, fn, arg, e) == -1 ? -1 : 0;
}

/* *at: PayPal's clock. */
static int
balances(struct lookup_line *l, struct lookup_balance v[LOOKUP_BALANCES], int *n, int64_t *at,
    struct error *e)
{
	char amount[32], ccy[32];
	const char *when;
	struct form f;
	int i;

	memset(v, 0, sizeof(*v) * LOOKUP_BALANCES);
	*n = 0;
	if (call(l, "GetBalance", "&RETURNALLCURRENCIES=1", &f, e) == -1)
		return -1;
	when = text_of(&f, "TIMESTAMP");
	if (moment_parse_offset(when, strlen(when), at, e) == -1) {
		text_form_free(&f);
		return error_set(e, ERR_AGAIN, "PayPal NVP: GetBalance: an answer without its time");
	}
	for (i = 0; i < LOOKUP_BALANCES; i++) {
		(void)snprintf(amount, sizeof(amount), "L_AMT%d", i);
		(void)snprintf(ccy, sizeof(ccy), "L_CURRENCYCODE%d", i);
		if (strlen(text_of(&f, ccy)) != 3 || strlen(text_of(&f, amount)) >= sizeof(v->available))
			break;
		memcpy(v[*n].currency, text_of(&f, ccy), 4);
		memcpy(v[*n].available, text_of(&f, amount), strlen(text_of(&f, amount)) + 1);
		(*n)++;
	}
	text_form_free(&f);
	return 0;
}

/* ---- what lookup.h promises ---- */

/* Rows from *at to end, windows of 31 days at a time; then *at is behind them. */
static int
read_until(struct lookup_line *l, int64_t *at, int64_t end, lookup_row_fn *fn, void *arg, struct error *e)
{
	int64_t last;

	for (; *at <= end; *at = last + MOMENT_SECOND) {
		last = end - *at < PAYPAL_WINDOW_US ? end : *at + PAYPAL_WINDOW_US - MOMENT_SECOND;
		if (read_window(l, *at, last, fn, arg, e) == -1)
			return -1;
	}
	return 0;
}

/*
 * The balance is of now, so the rows up to now go with it.  It counts only where it is the same
 * before and after they were read; where money moves all the time, there is none.
 */
int
paypal_nvp_period(struct lookup_line *l, struct lookup_period *p, lookup_row_fn *fn, void *arg,
    struct error *e)
{
	struct lookup_balance before[LOOKUP_BALANCES];
	int64_t now = l->now - l->now % MOMENT_SECOND, at = p->from, t = 0;
	int n, i;

	memcpy(p->source, "nvp", 4);
	if (p->to > now)
		p->to = now;
	p->edge = p->balance_at = p->to;
	if (p->to < p->from)
		return 0;
	if (now - p->to >= PAYPAL_WINDOW_US)
		return read_until(l, &at, p->to, fn, arg, e);
	if (balances(l, p->closing, &p->nclosing, &t, e) == -1)
		return -1;
	for (i = 0; i < SETTLE_ROUNDS; i++) {
		memcpy(before, p->closing, sizeof(before));
		n = p->nclosing;
		p->balance_at = t > p->to ? t : p->to;
		if (read_until(l, &at, p->balance_at, fn, arg, e) == -1 ||
		    balances(l, p->closing, &p->nclosing, &t, e) == -1)
			return -1;
		if (n == p->nclosing && memcmp(before, p->closing, sizeof(before)) == 0)
			return 0;
	}
	p->nclosing = 0;
	return 0;
}

int
paypal_nvp_payment(struct lookup_line *l, const char *id, int64_t around, lookup_row_fn *fn, void *arg,
    struct error *e)
{
	json_t *row, *more;
	int rc;

	(void)around;
	if ((rc = details(l, id, &more, e)) != 1)
		return rc;
	if ((row = json_pack("{s:o}", "details", more)) == NULL)
		return error_set(e, ERR_IO, "transactions: no memory");
	rc = fn(arg, row, e);
	json_decref(row);
	return rc == -1 ? -1 : 1;
}
