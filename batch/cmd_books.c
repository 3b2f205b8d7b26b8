/*
 * cmd_books -- balance, payments, allocate, verify, rebuild, export.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd.h"
#include "digest.h"
#include "durable.h"
#include "moment.h"
#include "money.h"
#include "pack.h"
#include "pack_priv.h"
#include "text.h"

int
cmd_days(const struct cmd *c, const char *from, const char *to)
{
	const char *by = cmd_option(c, "by");

	if (from != NULL && !moment_day_valid(from))
		return cmd_usage("--from: a day YYYY-MM-DD is expected, not \"%s\"", from);
	if (to != NULL && !moment_day_valid(to))
		return cmd_usage("--to: a day YYYY-MM-DD is expected, not \"%s\"", to);
	if (from != NULL && to != NULL && strcmp(from, to) > 0)
		return cmd_usage("--from %s is after --to %s", from, to);
	if (by != NULL && strcmp(by, "event") != 0)
		return cmd_usage("--by: event is expected, not \"%s\"", by);
	return 0;
}

/* ---- balance ---- */

static int
below(const char *account, const char *prefix)
{
	size_t n = strlen(prefix);

	while (n > 0 && prefix[n - 1] == ':')
		n--;
	return n == 0 || (strncmp(account, prefix, n) == 0 && (account[n] == '\0' || account[n] == ':'));
}

static int
balance_row(struct cmd *c, struct table *t, const char *account, const char *ccy, int64_t minor)
{
	char amount[MONEY_TEXT];
	const char *cell[] = { account, ccy, money_print(minor, ccy, amount) };

	return table_row(t, cell, &c->e);
}

/* Balances at the end of a posting day, by walking the journal. */
static int
balance_at(struct cmd *c, struct table *t, const char *prefix, const char *day)
{
	struct pack p = { .site = &c->site, .book = c->book, .from = day, .to = day,
	    .by_event = cmd_option(c, "by") != NULL, .dir = -1 };
	size_t i;
	int rc = pack_collect(&p, &c->e);

	for (i = 0; rc == 0 && i < p.nbalances; i++)
		if (below(p.balances[i].account, prefix))
			rc = balance_row(c, t, p.balances[i].account, p.balances[i].currency,
			    p.balances[i].closing);
	pack_free(&p);
	return rc;
}

static int
balance_now(struct cmd *c, struct table *t, const char *prefix)
{
	struct lock lock = LOCK_INIT;
	struct books *b = cmd_books(c, c->book, &lock);
	struct books_balance *v = NULL;
	size_t n = 0, i;
	int rc;

	if (b == NULL)
		return -1;
	rc = books_balances(b, &v, &n, &c->e);
	for (i = 0; rc == 0 && i < n; i++)
		if (below(v[i].account, prefix))
			rc = balance_row(c, t, v[i].account, v[i].currency, v[i].minor);
	free(v);
	return cmd_books_done(c, b, &lock) == -1 ? -1 : rc;
}

int
cmd_balance(struct cmd *c)
{
	const char *prefix = c->n > 0 ? c->operand[0] : "", *at = cmd_option(c, "at");
	struct table *t;
	int rc;

	if (at != NULL && !moment_day_valid(at))
		return cmd_usage("--at: a day YYYY-MM-DD is expected, not \"%s\"", at);
	if ((rc = cmd_days(c, NULL, NULL)) != 0)
		return rc;
	if (at == NULL && cmd_option(c, "by") != NULL)
		return cmd_usage("--by event wants --at");
	if ((t = table_new("account,currency,amount>", c->format)) == NULL)
		return cmd_print(c, NULL);
	rc = at != NULL ? balance_at(c, t, prefix, at) : balance_now(c, t, prefix);
	if (rc == -1) {
		table_free(t);
		return cmd_fail(c);
	}
	return cmd_print(c, t);
}

/* ---- payments ---- */

struct payments {
	struct payrow	*v;
	size_t		 n, cap;
	const char	*customer, *status, *from, *to;
	int		 by_event;
};

static int
keep_row(void *arg, const struct payrow *row, struct error *e)
{
	struct payments *p = arg;
	char day[MOMENT_DAY];

	moment_day(p->by_event ? row->event : row->recorded, day);
	if (row->move == MOVE_DISPUTE || (p->customer != NULL && strcmp(row->customer, p->customer) != 0) ||
	    (p->status != NULL && strcmp(record_status_name[row->status], p->status) != 0) ||
	    (p->from != NULL && strcmp(day, p->from) < 0) || (p->to != NULL && strcmp(day, p->to) > 0))
		return 0;
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : p->cap * 2;
		struct payrow *v = realloc(p->v, cap * sizeof(*v));

		if (v == NULL)
			return error_sys(e, "payments");
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n++] = *row;
	return 0;
}

int
cmd_payments(struct cmd *c)
{
	struct payments p = { .customer = cmd_option(c, "customer"), .status = cmd_option(c, "status"),
	    .from = cmd_option(c, "from"), .to = cmd_option(c, "to") };
	struct lock lock = LOCK_INIT;
	struct table *t;
	struct books *b;
	size_t i;
	int rc, k, second;

	if ((rc = cmd_days(c, p.from, p.to)) != 0)
		return rc;
	if (p.status != NULL && record_status_find(p.status) == -1)
		return cmd_usage("--status: \"%s\" is none", p.status);
	p.by_event = cmd_option(c, "by") != NULL;
	if ((b = cmd_books(c, c->book, &lock)) == NULL)
		return cmd_fail(c);
	rc = books_each_row(b, keep_row, &p, &c->e);
	if (cmd_books_done(c, b, &lock) == -1 || rc == -1) {
		free(p.v);
		return cmd_fail(c);
	}
	if (p.n > 0)
		qsort(p.v, p.n, sizeof(*p.v), record_row_by_recorded);
	t = table_new("provider,payment_id,parent_id,kind,status,customer,payer,currency,gross>,fee>,net>,"
	    "event_time,recorded_time", c->format);
	for (i = 0; t != NULL && i < p.n; i++)
		for (second = 0; second <= (p.v[i].currency2[0] != '\0'); second++) {
			char cell[13][160];
			const char *at[13];

			(void)pack_payment_cells(&p.v[i], second, cell);
			for (k = 0; k < 13; k++)
				at[k] = cell[k];
			(void)table_row(t, at, &c->e);
		}
	free(p.v);
	return cmd_print(c, t);
}

int
cmd_allocate(struct cmd *c)
{
	const char *account = cmd_option(c, "account"), *payment = c->operand[0];
	const char *slash = strchr(payment, '/');
	char provider[65] = "";
	json_t *req;

	if ((account == NULL) == (c->n < 2))
		return cmd_usage("allocate wants a payment, and a customer or --account");
	if (slash != NULL && (size_t)(slash - payment) < sizeof(provider)) {
		memcpy(provider, payment, (size_t)(slash - payment));
		payment = slash + 1;
	}
	req = json_pack("{s:s,s:s}", "verb", "allocate", "payment", payment);
	if (provider[0] != '\0')
		json_object_set_new(req, "provider", json_string(provider));
	json_object_set_new(req, account != NULL ? "account" : "customer",
	    json_string(account != NULL ? account : c->operand[1]));
	return cmd_request(c, req);
}

/* ---- verify, rebuild ---- */

/* Posting waits for the beginning and the end, not for the long walk between. */
static int
verify_book(struct cmd *c, int which, struct books_counts *n)
{
	struct lock lock = LOCK_INIT;
	struct books_verify *v = NULL;
	struct books *b;
	int rc = -1;

	if ((b = cmd_books(c, which, &lock)) == NULL)
		return -1;
	rc = books_verify_begin(b, &v, &c->e);
	if (cmd_books_done(c, b, &lock) == -1 || rc == -1 || books_verify_walk(v, &c->e) == -1 ||
	    (b = cmd_books(c, which, &lock)) == NULL) {
		books_verify_free(v);
		return -1;
	}
	rc = books_verify_end(b, v, n, &c->e);
	books_verify_free(v);
	if (rc == -1) {
		books_abort(b);
		lock_drop(&lock);
		return -1;
	}
	return cmd_books_done(c, b, &lock);
}

int
cmd_verify(struct cmd *c)
{
	int i;

	for (i = 0; i < BOOKS_N; i++) {
		static const int order[BOOKS_N] = { BOOK_REGISTER, BOOK_LIVE, BOOK_TEST };
		struct books_counts n;
		char where[sizeof(c->e.text)];

		if (verify_book(c, order[i], &n) == -1) {
			memcpy(where, c->e.text, sizeof(where));
			error_set(&c->e, c->e.code, "%s: %.480s", site_book_name[order[i]], where);
			return cmd_fail(c);
		}
		printf("%-9s sound: %lld messages, %lld entries, %lld payments\n", site_book_name[order[i]],
		    (long long)n.messages, (long long)n.entries, (long long)n.rows);
	}
	return 0;
}

int
cmd_rebuild(struct cmd *c)
{
	struct lock lock = LOCK_INIT;
	int i;

	if (books_lock(&lock, &c->site, BOOKS_WAIT_MS, &c->e) == -1)
		return cmd_fail(c);
	for (i = 0; i < BOOKS_N; i++) {
		if (books_rebuild(&c->site, i, &c->e) == -1) {
			lock_drop(&lock);
			return cmd_fail(c);
		}
		printf("%s: index made again from the journal\n", site_book_name[i]);
	}
	lock_drop(&lock);
	return 0;
}

/* ---- export ---- */

int
cmd_export(struct cmd *c)
{
	const char *from = cmd_option(c, "from"), *to = NULL, *format = NULL;
	int i, rc;

	/* --to names the format, and a second --to the last day. */
	for (i = 0; i < c->noptions; i++)
		if (strcmp(c->option[i].name, "to") == 0) {
			if (moment_day_valid(c->option[i].value))
				to = c->option[i].value;
			else
				format = c->option[i].value;
		}
	if (format == NULL)
		return cmd_usage("export wants --to hledger, csv, json or ofx");
	if ((rc = cmd_days(c, from, to)) != 0)
		return rc;
	(void)fflush(stdout);
	return pack_export(&c->site, c->book, format, from, to, cmd_option(c, "by") != NULL, STDOUT_FILENO,
	    &c->e) == -1 ? cmd_fail(c) : 0;
}
