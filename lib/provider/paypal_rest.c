/*
 * paypal_rest -- Transaction Search and Balances (providers/paypal.md 4.11, 5.9).
 *
 * A window never truncates: it is at most 31 days, is halved where PayPal says that it holds too
 * much, and counts only if as many rows came as PayPal said there are, on every page the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moment.h"
#include "provider/paypal_line.h"
#include "secret.h"
#include "text.h"

#define PAGE_SIZE	500
#define PAGES_MAX	40		/* 10,000 rows are 20; more is RESULTSET_TOO_LARGE */
#define TOO_LARGE	1
#define REFRESH_US	(3 * 3600 * MOMENT_SECOND)	/* a transaction takes that long to appear */
#define BACK_WINDOWS	6		/* a payment is refunded within 180 days */
#define FIELDS		"transaction_info,payer_info"

static const char *
host(const struct lookup_line *l)
{
	return l->in->endpoint[0] != '\0' ? l->in->endpoint : l->in->mode == BOOK_LIVE ?
	    "https://api-m.paypal.com" : "https://api-m.sandbox.paypal.com";
}

static int
is_json(const char *body, size_t len)
{
	json_error_t je;
	json_t *j = json_loadb(body, len, JSON_REJECT_DUPLICATES, &je);
	int is = json_is_object(j);

	json_decref(j);
	return is;
}

static json_t *
body_json(const struct lookup_line *l)
{
	json_error_t je;

	return json_loadb(l->body.data == NULL ? "" : l->body.data, l->body.len, JSON_REJECT_DUPLICATES, &je);
}

static const char *
text_of(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

/* ---- one question ---- */

static int
get_token(struct lookup_line *l, struct error *e)
{
	static const char body[] = "grant_type=client_credentials";
	char url[600];
	struct http_request rq = { .url = url, .body = body, .len = sizeof(body) - 1,
	    .user = paypal_setting(l->in, "client_id"), .password = secret_text(l->secrets, "client_secret"),
	    .timeout_s = PAYPAL_TIMEOUT_S, .answer_max = 65536 };
	json_t *j;
	long status;
	int rc;

	(void)snprintf(url, sizeof(url), "%s/v1/oauth2/token", host(l));
	if (http_line_ask(l->http, &rq, is_json, &status, &l->body, e) == -1)
		return -1;
	j = body_json(l);
	buf_clear(&l->token);
	if (status == 200 && text_of(j, "access_token")[0] != '\0')
		rc = buf_adds(&l->token, text_of(j, "access_token"), e);
	else
		rc = error_set(e, ERR_CONFIG, "PayPal REST: no token: HTTP %ld %.60s: are client_id and "
		    "client_secret of integration %s those of a %s app?", status, text_of(j, "error"),
		    l->in->id, site_book_name[l->in->mode]);
	secret_free(j);		/* the token is one */
	buf_clear(&l->body);
	return rc;
}

/* PayPal's word for what is wrong, wherever it stands. */
static int
says(const json_t *j, const char *word)
{
	const json_t *one;
	size_t i;

	if (strcmp(text_of(j, "name"), word) == 0)
		return 1;
	json_array_foreach(json_object_get(j, "details"), i, one)
		if (strcmp(text_of(one, "issue"), word) == 0)
			return 1;
	return 0;
}

static int
refused(const struct lookup_line *l, long status, const json_t *j, const char *what, struct error *e)
{
	if (status == 401 || status == 403)
		return error_set(e, ERR_CONFIG, "PayPal REST: %s: HTTP %ld %.60s (%.60s): the app of integration "
		    "%s needs the option Transaction Search; switched on, it takes up to nine hours", what,
		    status, text_of(j, "name"), text_of(j, "debug_id"), l->in->id);
	return error_set(e, ERR_INPUT, "PayPal REST: %s: HTTP %ld %.60s (%.60s): %.160s", what, status,
	    text_of(j, "name"), text_of(j, "debug_id"), text_of(j, "message"));
}

/* 0 and *j, TOO_LARGE, or -1. */
static int
ask(struct lookup_line *l, const char *path, const char *what, json_t **j, struct error *e)
{
	char url[1200];
	struct http_request rq = { .url = url, .timeout_s = PAYPAL_TIMEOUT_S,
	    .answer_max = PAYPAL_ANSWER_MAX };
	long status = 0;
	int i, rc;

	(void)snprintf(url, sizeof(url), "%s%s", host(l), path);
	for (i = 0; i < 2; i++) {
		if (l->token.len == 0 && get_token(l, e) == -1)
			return -1;
		rq.bearer = l->token.data;
		if (http_line_ask(l->http, &rq, is_json, &status, &l->body, e) == -1)
			return -1;
		if (status != 401)
			break;
		buf_clear(&l->token);	/* it has run out: once more with a new one */
	}
	*j = body_json(l);
	if (status == 200)
		return 0;
	rc = says(*j, "RESULTSET_TOO_LARGE") ? TOO_LARGE : refused(l, status, *j, what, e);
	json_decref(*j);
	*j = NULL;
	return rc;
}

/* ---- a window ---- */

struct window {				/* one window, read page by page */
	int64_t		 from, to;
	int		 all;		/* also what moves no balance */
	const char	*filter;	/* "&transaction_id=..." or "" */
	json_t		*rows;
	int64_t		 edge;		/* INT64_MAX: not said */
	char		 account_id[65];
};

/* A time that the answer states is where data end, unless it is not before `before`. */
static void
take_edge(const json_t *j, const char *name, int64_t before, int64_t *edge)
{
	const char *s = text_of(j, name);
	struct error ignored;
	int64_t at;

	if (moment_parse_offset(s, strlen(s), &at, &ignored) == 0 && at < before && at < *edge)
		*edge = at;
}

/* 0 whole, TOO_LARGE, 2 it changed while it was read, -1. */
static int
read_pages(struct lookup_line *l, struct window *w, struct error *e)
{
	char path[1000], from[32], to[32];
	json_int_t pages = 1, items = -1, page, said;
	json_t *j, *list;
	int rc = 0;

	json_array_clear(w->rows);
	w->edge = INT64_MAX;
	for (page = 1; page <= pages && rc == 0; page++) {
		(void)snprintf(path, sizeof(path), "/v1/reporting/transactions?start_date=%s&end_date=%s"
		    "&fields=" FIELDS "&balance_affecting_records_only=%s&page_size=%d&page=%lld%s",
		    paypal_moment(w->from, from), paypal_moment(w->to, to), w->all ? "N" : "Y", PAGE_SIZE,
		    (long long)page, w->filter);
		if ((rc = ask(l, path, "transactions", &j, e)) != 0)
			return rc;
		list = json_object_get(j, "transaction_details");
		said = json_is_integer(json_object_get(j, "total_items")) ?
		    json_integer_value(json_object_get(j, "total_items")) : -1;
		if (page == 1) {
			items = said;
			pages = json_integer_value(json_object_get(j, "total_pages"));
			if (pages > PAGES_MAX)
				rc = TOO_LARGE;
		} else if (said != items)
			rc = 2;
		take_edge(j, "last_refreshed_datetime", INT64_MAX, &w->edge);
		take_edge(j, "end_date", w->to, &w->edge);	/* may be the last moment there are data for */
		(void)snprintf(w->account_id, sizeof(w->account_id), "%.64s", text_of(j, "account_number"));
		if (rc == 0 && json_is_array(list) && json_array_extend(w->rows, list) == -1)
			rc = error_set(e, ERR_IO, "transactions: no memory");
		json_decref(j);
	}
	if (rc == 0 && items >= 0 && (json_int_t)json_array_size(w->rows) != items)
		rc = 2;
	return rc;
}

/* The window's rows, halved as often as needed. */
static int
read_window(struct lookup_line *l, struct window *w, lookup_row_fn *fn, void *arg, int64_t *edge,
    struct error *e)
{
	struct window half = *w;
	int64_t middle;
	json_t *row;
	size_t i;
	int rc = 2, times;

	for (times = 0; rc == 2 && times < PAYPAL_CHANGED; times++)
		rc = read_pages(l, w, e);
	if (rc == 2)
		return error_set(e, ERR_AGAIN, "PayPal REST: transactions: what there is changed each time while it "
		    "was read");
	if (rc == TOO_LARGE) {
		middle = w->from + (w->to - w->from) / 2;
		middle -= middle % MOMENT_SECOND;
		if (w->to - w->from < MOMENT_SECOND)
			return error_set(e, ERR_INPUT, "PayPal REST: more than 10,000 transactions in one second");
		half.to = middle;
		if (read_window(l, &half, fn, arg, edge, e) == -1)
			return -1;
		half.from = middle + MOMENT_SECOND;
		half.to = w->to;
		rc = read_window(l, &half, fn, arg, edge, e);
		memcpy(w->account_id, half.account_id, sizeof(w->account_id));
		return rc;
	}
	if (rc == -1)
		return -1;
	if (w->edge < *edge)
		*edge = w->edge;
	json_array_foreach(w->rows, i, row)
		if (fn(arg, row, e) == -1)
			return -1;
	return (int)json_array_size(w->rows);
}

/* ---- balances ---- */

static void
balance_text(const json_t *j, char out[32])
{
	const char *s = text_of(j, "value");

	(void)snprintf(out, 32, "%s", strlen(s) < 32 ? s : "");
}

static int
balances(struct lookup_line *l, int64_t at, struct lookup_balance v[LOOKUP_BALANCES], int *n,
    struct error *e)
{
	char path[200], when[32];
	const char *ccy;
	json_t *j, *one;
	size_t i;

	(void)snprintf(path, sizeof(path), "/v1/reporting/balances?as_of_time=%s", paypal_moment(at, when));
	*n = 0;
	if (ask(l, path, "balances", &j, e) != 0)
		return -1;
	json_array_foreach(json_object_get(j, "balances"), i, one) {
		ccy = text_of(one, "currency");
		if (*n == LOOKUP_BALANCES || strlen(ccy) != 3)
			continue;
		memcpy(v[*n].currency, ccy, 4);
		balance_text(json_object_get(one, "available_balance"), v[*n].available);
		balance_text(json_object_get(one, "total_balance"), v[*n].total);
		*n += v[*n].available[0] != '\0';
	}
	json_decref(j);
	return 0;
}

/* ---- what lookup.h promises ---- */

/* Windows of at most 31 days; *to moves back to the edge. */
static int
read_windows(struct lookup_line *l, struct window *w, int64_t at, int64_t *to, int64_t *edge,
    lookup_row_fn *fn, void *arg, struct error *e)
{
	for (; at <= *to; at = w->to + MOMENT_SECOND) {
		w->from = at;
		w->to = *to - at < PAYPAL_WINDOW_US ? *to : at + PAYPAL_WINDOW_US - MOMENT_SECOND;
		if (read_window(l, w, fn, arg, edge, e) == -1)
			return -1;
		if (*edge < *to)
			*to = *edge;
	}
	return 0;
}

/*
 * What moved the balance is PayPal's to say.  What is pending comes beside it: when it completes,
 * only its id leads back to it, for a search goes by the day it was begun.
 */
int
paypal_rest_period(struct lookup_line *l, struct lookup_period *p, lookup_row_fn *fn, void *arg,
    struct error *e)
{
	struct window w = { .filter = "" }, pending = { .filter = "&transaction_status=P", .all = 1 };
	int64_t edge = l->now - REFRESH_US;
	int rc;

	memcpy(p->source, "rest", 5);
	if ((w.rows = json_array()) == NULL)
		return error_set(e, ERR_IO, "transactions: no memory");
	pending.rows = w.rows;
	edge -= edge % MOMENT_SECOND;
	if (p->to > edge)
		p->to = edge;
	rc = read_windows(l, &w, p->from, &p->to, &edge, fn, arg, e) == -1 ||
	    read_windows(l, &pending, p->from, &p->to, &edge, fn, arg, e) == -1 ? -1 : 0;
	json_decref(w.rows);
	memcpy(p->account_id, w.account_id, sizeof(p->account_id));
	p->edge = edge;
	p->balance_at = p->to;
	if (rc == -1 || p->to < p->from)
		return rc;
	return balances(l, p->from - MOMENT_SECOND, p->opening, &p->nopening, e) == -1 ||
	    balances(l, p->to, p->closing, &p->nclosing, e) == -1 ? -1 : 0;
}

int
paypal_rest_payment(struct lookup_line *l, const char *id, int64_t around, lookup_row_fn *fn, void *arg,
    struct error *e)
{
	char filter[64];
	struct window w = { .filter = filter, .all = 1 };
	int64_t edge = INT64_MAX, now = l->now - l->now % MOMENT_SECOND;
	int i, rc = 0;

	if (!text_id_valid(id, strlen(id)) || strlen(id) > 24)
		return 0;
	(void)snprintf(filter, sizeof(filter), "&transaction_id=%s", id);
	if ((w.rows = json_array()) == NULL)
		return error_set(e, ERR_IO, "transactions: no memory");
	if (around != 0) {
		around -= around % MOMENT_SECOND;
		w.from = around - MOMENT_DAY_US;
		w.to = w.from + PAYPAL_WINDOW_US - MOMENT_SECOND;
		if (w.to > now)
			w.to = now;
		rc = w.to < w.from ? 0 : read_window(l, &w, fn, arg, &edge, e);
	} else
		for (i = 0, w.to = now; rc == 0 && i < BACK_WINDOWS; i++, w.to = w.from - MOMENT_SECOND) {
			w.from = w.to - PAYPAL_WINDOW_US + MOMENT_SECOND;
			rc = read_window(l, &w, fn, arg, &edge, e);
		}
	json_decref(w.rows);
	return rc;
}
