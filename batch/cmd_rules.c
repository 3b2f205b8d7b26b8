/*
 * cmd_rules -- rules test: what a rules file would make of rows; suspense: rows that no rule named.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "breaks.h"
#include "cmd.h"
#include "match.h"
#include "moment.h"
#include "money.h"
#include "payment.h"
#include "text.h"

#define RULES_BYTES	(1024 * 1024)
#define OWNER		"(the payment's owner)"

/* ---- rows that stand in Assets:Suspense ---- */

struct standing {
	struct payrow	*v;
	size_t		 n, cap;
};

static int
keep(void *arg, const struct payrow *row, struct error *e)
{
	struct standing *s = arg;

	if (!payment_in_suspense(row))
		return 0;
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap * 2;
		struct payrow *v = reallocarray(s->v, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(e, "suspense");
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = *row;
	return 0;
}

/* As recorded; the caller frees s->v. */
static int
collect(struct cmd *c, struct standing *s)
{
	struct lock lock = LOCK_INIT;
	struct books *b = cmd_books(c, c->book, &lock);
	int rc;

	if (b == NULL)
		return -1;
	rc = books_each_row(b, keep, s, &c->e);
	if (cmd_books_done(c, b, &lock) == -1)
		rc = -1;
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), record_row_by_recorded);
	return rc;
}

static int
suspense_row(struct cmd *c, struct table *t, const struct payrow *row, const char *today)
{
	char since[MOMENT_DAY], age[16], amount[MONEY_TEXT], when[MOMENT_TEXT];
	int days = moment_days_between(moment_day(row->recorded, since), today);
	const char *cell[] = { row->account, row->id, record_move_name[row->move], row->currency,
	    money_print(-row->gross, row->currency, amount), since, age, breaks_age_name[breaks_age(days)],
	    moment_print(row->event, when), row->payer, row->other };

	(void)snprintf(age, sizeof(age), "%d", days);
	return table_row(t, cell, &c->e);
}

int
cmd_suspense(struct cmd *c)
{
	struct standing s = { .n = 0 };
	char today[MOMENT_DAY];
	struct table *t = NULL;
	size_t i;
	int rc;

	moment_day(moment_now(), today);
	if (collect(c, &s) == -1) {
		free(s.v);
		return cmd_fail(c);
	}
	t = table_new("provider,payment_id,kind,currency,amount>,since,age_days>,age,event_time,payer,account",
	    c->format);
	for (i = 0; t != NULL && i < s.n; i++)
		if (suspense_row(c, t, &s.v[i], today) == -1)
			break;
	if (t != NULL && i < s.n) {
		table_free(t);
		rc = cmd_fail(c);
	} else
		rc = cmd_print(c, t);
	if (rc == 0 && s.n > 0 && c->format == TABLE_TEXT)
		puts("one of them moves by: daybook allocate PAYMENT --account ACCOUNT (or PAYMENT CUSTOMER)");
	free(s.v);
	return rc;
}

/* ---- rules test ---- */

struct total {
	char	account[RECORD_ACCOUNT], currency[4];
	size_t	rows;
	int64_t	gross;
};

struct test {
	struct cmd	*c;
	struct rules	*rules;
	const char	*text;		/* the rules file */
	size_t		 len;
	const char	*path;
	size_t		 faults;
	struct table	*t;
	struct total	*total;
	size_t		 ntotal;
	const char	*file;		/* name of the report being read */
	struct standing	 only;		/* of the books: these rows alone; n 0 and report 1: all */
	int		 report;
	char		 sha[65];	/* of the report being read */
	struct match_options o;
};

static int
fault(void *arg, size_t rule, const char *member, const char *text, struct error *e)
{
	struct test *t = arg;

	(void)e;
	t->faults++;
	if (rule == 0)
		fprintf(stderr, "%s: %s\n", t->path, text);
	else
		fprintf(stderr, "%s:%zu: rule %zu: %s%s%s\n", t->path, rules_line(t->text, t->len, rule, member),
		    rule, member, member[0] == '\0' ? "" : ": ", text);
	return 0;
}

/* 0, or an exit code: every fault was told. */
static int
load(struct test *t, struct buf *text)
{
	struct cmd *c = t->c;
	json_error_t je;
	json_t *list;
	int rc = 0;

	if (buf_read_file(text, AT_FDCWD, t->path, &c->e) == -1)
		return cmd_fail(c);
	t->text = text->data;
	t->len = text->len;
	list = json_loadb(text->len == 0 ? "" : text->data, text->len, JSON_REJECT_DUPLICATES, &je);
	if (list == NULL) {
		error_set(&c->e, ERR_INPUT, "%s:%d: %s", t->path, je.line, je.text);
		return cmd_fail(c);
	}
	(void)rules_check(list, t->o.account, fault, t, &c->e);
	if (t->faults > 0)
		rc = EX_DATAERR;
	else if (rules_load(&t->rules, list, t->path, t->o.account, &c->e) == -1)
		rc = cmd_fail(c);
	else if (c->format == TABLE_TEXT)
		printf("%s: %zu rules, each of them sound\n", t->path, json_array_size(list));
	json_decref(list);
	return rc;
}

static int
add_total(struct test *t, const char *account, const struct report_row *row, struct error *e)
{
	struct total *v;
	size_t i;

	for (i = 0; i < t->ntotal; i++)
		if (strcmp(t->total[i].account, account) == 0 && strcmp(t->total[i].currency, row->currency) == 0)
			break;
	if (i == t->ntotal) {
		if ((v = reallocarray(t->total, t->ntotal + 1, sizeof(*v))) == NULL)
			return error_sys(e, "rules");
		t->total = v;
		memset(&v[i], 0, sizeof(*v));
		payment_account(v[i].account, account, "");
		memcpy(v[i].currency, row->currency, sizeof(v[i].currency));
		t->ntotal++;
	}
	t->total[i].rows++;
	return money_add(&t->total[i].gross, row->gross, e);
}

static int
by_report(const void *a, const void *b)
{
	return strcmp(((const struct payrow *)a)->report, ((const struct payrow *)b)->report);
}

/* A row of the books that the report's line told of. */
static int
stands(const struct test *t, size_t line)
{
	struct payrow key;

	(void)snprintf(key.report, sizeof(key.report), "%s:%zu", t->sha, line);
	return t->only.n > 0 &&
	    bsearch(&key, t->only.v, t->only.n, sizeof(key), by_report) != NULL;
}

static int
take(void *arg, const struct report_row *row, const struct rules_hit *hit, struct error *e)
{
	struct test *t = arg;
	char line[24], rule[24] = "", gross[MONEY_TEXT];
	const char *to = hit->account[0] != '\0' ? hit->account :
	    row->move == MOVE_PAYOUT || row->move == MOVE_PAYOUT_RETURN ? "Liabilities:Payouts" : OWNER;
	const char *cell[] = { t->file, line, row->id, record_move_name[row->move], row->type, row->code,
	    row->payer, row->currency, money_print(row->gross, row->currency, gross), rule, to, hit->note };

	if (!t->report && !stands(t, row->line))
		return 0;
	(void)snprintf(line, sizeof(line), "%zu", row->line);
	if (hit->rule != 0)
		(void)snprintf(rule, sizeof(rule), "%zu", hit->rule);
	return add_total(t, to, row, e) == -1 ? -1 : table_row(t->t, cell, e);
}

static int
read_report(struct test *t, int dir, const char *path)
{
	struct cmd *c = t->c;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC), rc;

	if (fd == -1)
		return error_sys(&c->e, "%s", path);
	rc = match_try(&c->site, &t->o, t->rules, fd, t->file, take, t, &c->e);
	close(fd);
	return rc;
}

static int
reports(struct test *t)
{
	int i;

	t->report = 1;
	for (i = 2; i < t->c->n; i++) {
		const char *slash = strrchr(t->c->operand[i], '/');

		t->file = slash == NULL ? t->c->operand[i] : slash + 1;
		if (read_report(t, AT_FDCWD, t->c->operand[i]) == -1)
			return -1;
	}
	return 0;
}

/* The reports that told of what stands in suspense, each once; the books keep them. */
static int
suspense(struct test *t)
{
	char path[192], name[80];
	size_t i;

	if (collect(t->c, &t->only) == -1)
		return -1;
	if (t->only.n > 0)
		qsort(t->only.v, t->only.n, sizeof(*t->only.v), by_report);
	for (i = 0; i < t->only.n; i++) {
		const char *report = t->only.v[i].report;

		if (strcspn(report, ":") != 64 || strcmp(t->only.v[i].account, t->o.account) != 0 ||
		    strncmp(report, t->sha, 64) == 0)
			continue;
		memcpy(t->sha, report, 64);
		(void)snprintf(name, sizeof(name), "%s.csv", t->sha);
		(void)snprintf(path, sizeof(path), "books/%s/reports/%s", site_book_name[t->c->book], name);
		t->file = name;
		if (read_report(t, t->c->site.fd, path) == -1)
			return -1;
	}
	return 0;
}

static int
by_account(const void *a, const void *b)
{
	const struct total *x = a, *y = b;
	int c = strcmp(x->account, y->account);

	return c != 0 ? c : strcmp(x->currency, y->currency);
}

static int
totals(struct test *t)
{
	struct table *list = table_new("account,currency,rows>,gross>", t->c->format);
	size_t i;

	if (t->ntotal > 0)
		qsort(t->total, t->ntotal, sizeof(*t->total), by_account);
	for (i = 0; list != NULL && i < t->ntotal; i++) {
		char rows[24], gross[MONEY_TEXT];
		const char *cell[] = { t->total[i].account, t->total[i].currency, rows,
		    money_print(t->total[i].gross, t->total[i].currency, gross) };

		(void)snprintf(rows, sizeof(rows), "%zu", t->total[i].rows);
		if (table_row(list, cell, &t->c->e) == -1) {
			table_free(list);
			return cmd_fail(t->c);
		}
	}
	return cmd_print(t->c, list);
}

static int
options(struct test *t, char account[65])
{
	struct cmd *c = t->c;
	const char *dates = cmd_option(c, "dates"), *decimal = cmd_option(c, "decimal");
	const char *name = cmd_option(c, "account");
	int n;

	t->o.book = c->book;
	t->o.account = account;
	if (dates != NULL && strcmp(dates, "mdy") != 0 && strcmp(dates, "dmy") != 0 && strcmp(dates, "ymd") != 0)
		return cmd_usage("--dates: mdy, dmy or ymd is expected, not \"%s\"", dates);
	if (decimal != NULL && strcmp(decimal, "point") != 0 && strcmp(decimal, "comma") != 0)
		return cmd_usage("--decimal: point or comma is expected, not \"%s\"", decimal);
	if (dates != NULL)
		memcpy(t->o.how.dates, dates, sizeof(t->o.how.dates));
	if (decimal != NULL)
		t->o.how.decimal = decimal[0] == 'c' ? ',' : '.';
	if (name != NULL) {
		if (!text_id_valid(name, strlen(name)))
			return cmd_usage("--account: the name of a provider account is expected");
		memcpy(account, name, strlen(name) + 1);
		return 0;
	}
	if ((n = shelf_accounts(&c->site, "paypal", c->book, account, &c->e)) == -1)
		return cmd_fail(c);
	if (n > 1)
		return cmd_usage("several PayPal accounts in the %s book: say which with --account",
		    site_book_name[c->book]);
	if (n == 0)
		memcpy(account, "PayPal", 7);
	return 0;
}

int
cmd_rules(struct cmd *c)
{
	struct test t = { .c = c, .path = c->operand[1] };
	struct buf text = BUF_INIT(RULES_BYTES);
	char account[65] = "";
	int rc;

	if (strcmp(c->operand[0], "test") != 0)
		return cmd_usage("rules test FILE [REPORT...] is expected");
	if ((rc = options(&t, account)) != 0 || (rc = load(&t, &text)) != 0)
		goto out;
	t.t = table_new("file,line>,payment_id,kind,type,code,counterparty,currency,gross>,rule>,account,note",
	    c->format);
	if (t.t == NULL)
		rc = cmd_print(c, NULL);
	else if ((c->n > 2 ? reports(&t) : suspense(&t)) == -1)
		rc = cmd_fail(c);
	if (rc == 0 && cmd_option(c, "totals") == NULL) {
		rc = cmd_print(c, t.t);
		t.t = NULL;
		if (rc == 0 && c->format == TABLE_TEXT)
			putchar('\n');
	}
	if (rc == 0 && (cmd_option(c, "totals") != NULL || c->format == TABLE_TEXT))
		rc = totals(&t);
out:
	table_free(t.t);
	free(t.total);
	free(t.only.v);
	rules_free(t.rules);
	buf_free(&text);
	return rc;
}
