/*
 * daybook-masspay -- pre-flight, registration and state of Mass Pay batches.
 *
 * It reads the upload file and the books; what it changes it asks of the door.
 */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "desk.h"
#include "digest.h"
#include "door.h"
#include "masspay_check.h"
#include "masspay_load.h"
#include "moment.h"
#include "money.h"
#include "report/masspay_upload.h"
#include "table.h"
#include "text.h"

#define LISTING_MAX	((size_t)256 << 20)

struct run {
	struct site	 s;
	struct integration in;
	int		 have_in;
	int		 book;
	char		 account[65];
	const char	*against, *batch, *customer, *note, *sent;
	char		 currency[4];
	struct report_options how;
	enum table_format format;
	int64_t		 now;
	char		 file[256];		/* base name, printable */
	char		 sha256[DIGEST_HEX];
	struct masspay_line *v;
	size_t		 n, cap;
	struct masspay	 m;
	struct buf	 complaints;
	size_t		 errors, warnings;
	struct error	 e;
};

static void
usage(FILE *out)
{
	fputs("usage: daybook-masspay [-C SITE] [-b live|test] check FILE [--account NAME]\n"
	    "       daybook-masspay ... register FILE [--against ACCOUNT] [--account NAME] [--batch ID]\n"
	    "                           [--sent DAY]\n"
	    "       daybook-masspay ... register --from-customer ID FILE [--account NAME] [--batch ID]\n"
	    "       daybook-masspay ... cancel ITEM|BATCH --note TEXT\n"
	    "       daybook-masspay ... status [BATCH] [--account NAME] [--format text|csv|json]\n"
	    "Batches of Mass Pay: looked at before they go out, registered as owed, watched until they are paid.\n"
	    "  --decimal point|comma, --currency C   how the file is written, where it can't say so itself\n"
	    "  -h, --help      this text        --version  the version\n", out);
}

static int
fail(const struct error *e)
{
	warnx("%s", e->text);
	return error_exit(e);
}

/* ---- what every verb needs ---- */

static int
load_account(struct run *r)
{
	struct shelf sh = { .site = &r->s };
	const char *decimal;

	if (shelf_pick(&r->s, r->book, r->account, &r->e) == -1 ||
	    (r->have_in = shelf_integration(&sh, r->account, r->book, &r->in, &r->e)) == -1) {
		r->have_in = 0;
		return -1;
	}
	decimal = r->have_in ? json_string_value(json_object_get(r->in.settings, "report_decimal")) : NULL;
	if (r->how.decimal == 0 && decimal != NULL && decimal[0] != '\0')
		r->how.decimal = strcmp(decimal, "comma") == 0 ? ',' : '.';
	if (r->currency[0] == '\0')
		memcpy(r->currency, r->s.currency, 4);
	return 0;
}

static const char *
own_addresses(const struct run *r)
{
	return r->have_in ? json_string_value(json_object_get(r->in.settings, "receiver")) : NULL;
}

/* The books as they are now: batches, payouts, and the balance in that currency (NULL: not asked). */
static int
load_books(struct run *r, const char *ccy, int64_t *balance)
{
	struct lock l = LOCK_INIT;
	struct books *b;
	char account[RECORD_ACCOUNT];
	int rc = -1;

	if (books_lock(&l, &r->s, BOOKS_WAIT_MS, &r->e) == -1)
		return -1;
	if (books_open(&b, &r->s, r->book, &r->e) == -1)
		goto out;
	payment_account(account, "Assets:", r->account);
	if (masspay_load(b, r->account, &r->m, &r->e) == -1 ||
	    (ccy != NULL && books_balance(b, account, ccy, balance, &r->e) == -1))
		books_abort(b);
	else
		rc = books_close(b, &r->e);
out:
	lock_drop(&l);
	return rc;
}

/* ---- the file ---- */

static int
take_line(void *arg, const struct masspay_line *l, struct error *e)
{
	struct run *r = arg;

	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 256 : r->cap * 2;
		struct masspay_line *v = reallocarray(r->v, cap, sizeof(*v));

		if (v == NULL)
			return error_sys(e, "%s", r->file);
		r->v = v;
		r->cap = cap;
	}
	r->v[r->n++] = *l;
	return 0;
}

static int
complain(struct run *r, int warning, size_t line, const char *field, const char *what, struct error *e)
{
	char at[32] = "";

	if (warning)
		r->warnings++;
	else
		r->errors++;
	if (line > 0)
		(void)snprintf(at, sizeof(at), ":%zu", line);
	return buf_addf(&r->complaints, e, "%s%s: %s%s: %s\n", r->file, at, warning ? "warning: " : "", field,
	    what);
}

static int
take_problem(void *arg, size_t line, const char *field, const char *what, struct error *e)
{
	return complain(arg, 0, line, field, what, e);
}

static int
take_found(void *arg, enum masspay_weight w, size_t line, const char *field, const char *what,
    struct error *e)
{
	return complain(arg, w == MASSPAY_WARNING, line, field, what, e);
}

static int
read_file(struct run *r, const char *path, masspay_problem_fn *problem)
{
	const char *base = strrchr(path, '/');
	struct stat st;
	size_t i;
	int fd, rc = -1;

	base = base == NULL ? path : base + 1;
	(void)snprintf(r->file, sizeof(r->file), "%s", base);
	r->file[text_utf8_valid(r->file, strlen(r->file))] = '\0';
	for (i = 0; r->file[i] != '\0'; i++)
		if ((unsigned char)r->file[i] < ' ' || r->file[i] == 0x7f)
			r->file[i] = '?';
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 || fstat(fd, &st) == -1) {
		error_sys(&r->e, "%s", path);
		r->e.code = ERR_INPUT;
	} else if (!S_ISREG(st.st_mode))
		error_set(&r->e, ERR_INPUT, "%s: not a regular file", path);
	else if (digest_fd(fd, r->file, r->sha256, &r->e) == 0) {
		if (lseek(fd, 0, SEEK_SET) == -1)
			error_sys(&r->e, "%s", path);
		else
			rc = masspay_read(fd, r->file, &r->how, r->currency, take_line, problem, r, &r->e);
	}
	if (fd != -1)
		close(fd);
	return rc;
}

/* ---- check ---- */

static const char *
already(const struct run *r)
{
	size_t i;

	for (i = 0; i < r->m.nbatches; i++)
		if (!r->m.batches[i].advice && strcmp(r->m.batches[i].sha256, r->sha256) == 0)
			return r->m.batches[i].id;
	return "";
}

static void
print_sums(const struct run *r, const struct masspay_sums *s, int64_t balance, const char *batch)
{
	char total[MONEY_TEXT], lo[MONEY_TEXT], hi[MONEY_TEXT], need[MONEY_TEXT], have[MONEY_TEXT];

	printf("%s: %zu payments, total %s %s\n", r->file, s->lines, money_print(s->total, s->currency, total),
	    s->currency);
	if (s->source == TARIFF_NONE)
		printf("fees: no schedule for %s: set tariffs\n", s->currency);
	else
		printf("fees: %s to %s %s (%s%s)\n", money_print(s->fee_lo, s->currency, lo),
		    money_print(s->fee_hi, s->currency, hi), s->currency, tariff_source_name[s->source],
		    s->confirmed ? "" : ", unconfirmed");
	printf("funds needed: up to %s %s; Assets:%s has %s %s in the books\n",
	    money_print(s->needed, s->currency, need), s->currency, r->account,
	    money_print(balance, s->currency, have), s->currency);
	if (batch[0] != '\0')
		printf("registered as %s\n", batch);
}

static int
do_check(struct run *r, const char *path)
{
	struct masspay_check c = { .account = r->account, .own = own_addresses(r), .now = r->now, .skip = "" };
	struct masspay_sums sums = { .lines = 0 };
	struct tariff *tariff = NULL;
	char where[SITE_WHERE];
	json_t *list = NULL;
	int rc = 0;

	r->complaints = (struct buf)BUF_INIT(LISTING_MAX);
	if (read_file(r, path, take_problem) == -1 || site_rows(&r->s, "tariffs", &list, where, &r->e) == -1 ||
	    tariff_load(&tariff, list, where, &r->e) == -1 ||
	    load_books(r, r->n > 0 ? r->v[0].currency : NULL, &c.balance) == -1)
		rc = -1;
	c.have_balance = r->n > 0;
	c.tariff = tariff;
	c.known = &r->m;
	if (rc == 0) {
		c.skip = already(r);
		rc = masspay_check(&c, r->v, r->n, take_found, r, &sums, &r->e);
	}
	json_decref(list);
	if (rc == -1)
		puts("FAILED");
	else {
		if (r->errors + r->warnings == 0)
			puts("CLEAN");
		else
			printf("BREAKS %zu\n", r->errors + r->warnings);
		if (r->n > 0)
			print_sums(r, &sums, c.balance, c.skip);
		if (r->complaints.len > 0)
			(void)fwrite(r->complaints.data, 1, r->complaints.len, stdout);
	}
	tariff_free(tariff);
	return rc == -1 ? fail(&r->e) : r->errors + r->warnings > 0;
}

/* ---- what goes through the door ---- */

static int
send(struct run *r, json_t *req, struct door_result *res)
{
	memset(res, 0, sizeof(*res));
	if (req == NULL) {
		error_set(&r->e, ERR_IO, "no memory");
		return fail(&r->e);
	}
	if (door_send(&r->s, r->book, req, BOOKS_WAIT_MS, res, &r->e) == -1) {
		json_decref(req);
		return fail(&r->e);
	}
	json_decref(req);
	if (res->disposition == DISP_REFUSED) {
		warnx("%s", res->text[0] != '\0' ? res->text : res->reason);
		return EX_DATAERR;
	}
	if (res->disposition == DISP_WAITING) {
		warnx("queued as %s", res->id);
		return EX_TEMPFAIL;
	}
	return 0;
}

/* A customer's file names many payees: what is ours of it. */
static size_t
keep_own(struct run *r)
{
	const char *own = own_addresses(r), *one;
	size_t i, n = 0, len;
	int k;

	for (i = 0; i < r->n; i++)
		for (k = 0; own != NULL && site_list_item(own, k, &one, &len); k++)
			if (text_equal_ci(one, len, r->v[i].payee, strlen(r->v[i].payee))) {
				r->v[n++] = r->v[i];
				break;
			}
	return n;
}

static int
one_currency(struct run *r)
{
	size_t i;

	for (i = 1; i < r->n; i++)
		if (strcmp(r->v[i].currency, r->v[0].currency) != 0)
			return error_set(&r->e, ERR_INPUT, "%s:%zu: currency: %s is expected as on line %zu, not %s",
			    r->file, r->v[i].line, r->v[0].currency, r->v[0].line, r->v[i].currency);
	if (r->n > MASSPAY_ROWS)
		return error_set(&r->e, ERR_INPUT, "%s: at most %d payments are expected in a file, not %zu", r->file,
		    MASSPAY_ROWS, r->n);
	return 0;
}

static int
do_register(struct run *r, const char *path)
{
	struct door_result res;
	char total[MONEY_TEXT];
	json_t *lines, *req;
	const char *batch;
	size_t i;
	int rc;

	if (read_file(r, path, NULL) == -1)
		return fail(&r->e);
	if (r->customer != NULL && (r->n = keep_own(r)) == 0) {
		error_set(&r->e, ERR_INPUT, "%s: no payment to one of our addresses (setting receiver) is in it",
		    r->file);
		return fail(&r->e);
	}
	if (one_currency(r) == -1)
		return fail(&r->e);
	if ((lines = json_array()) == NULL)
		return send(r, NULL, &res);
	for (i = 0; i < r->n; i++)
		(void)json_array_append_new(lines, json_pack("[I,s,I,s]", (json_int_t)r->v[i].line, r->v[i].payee,
		    (json_int_t)r->v[i].amount, r->v[i].unique_id));
	req = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "verb", r->customer != NULL ? "masspay-advice" :
	    "masspay-register", "account", r->account, "currency", r->v[0].currency, "file", r->file, "sha256",
	    r->sha256, "lines", lines);
	if (req != NULL && r->batch != NULL)
		(void)json_object_set_new(req, "batch", json_string(r->batch));
	if (req != NULL && r->against != NULL)
		(void)json_object_set_new(req, "against", json_string(r->against));
	if (req != NULL && r->sent != NULL)
		(void)json_object_set_new(req, "sent", json_string(r->sent));
	if (req != NULL && r->customer != NULL)
		(void)json_object_set_new(req, "customer", json_string(r->customer));
	if ((rc = send(r, req, &res)) == 0) {
		batch = json_string_value(json_object_get(res.act, "batch"));
		batch = batch == NULL ? "" : batch;
		if (res.disposition == DISP_DUPLICATE)
			printf("nothing to change: %s was registered as %s\n", r->file, batch);
		else
			printf("registered as %s: %zu payments, %s %s%s%s (%s)\n", batch, r->n,
			    money_print(json_integer_value(json_object_get(res.act, "total")), r->v[0].currency, total),
			    r->v[0].currency, r->customer != NULL ? " on their way from " : " owed", r->customer != NULL ?
			    r->customer : "", res.id);
	}
	json_decref(res.act);
	return rc;
}

static int
do_cancel(struct run *r, const char *item)
{
	struct door_result res;
	int rc;

	if (r->note == NULL || r->note[0] == '\0') {
		warnx("cancel: --note TEXT is expected: why it is owed no more");
		return EX_USAGE;
	}
	rc = send(r, json_pack("{s:s,s:s,s:s}", "verb", "masspay-cancel", "item", item, "note", r->note), &res);
	if (rc == 0 && res.disposition == DISP_DUPLICATE)
		puts("nothing to change");
	else if (rc == 0)
		printf("cancelled %lld (%s)\n", (long long)json_integer_value(json_object_get(res.act, "cancelled")),
		    res.id);
	json_decref(res.act);
	return rc;
}

/* ---- status ---- */

static int
row_batch(struct run *r, struct table *t, size_t at)
{
	const struct masspay_batch *b = &r->m.batches[at];
	size_t count[MASSPAY_STATES] = { 0 }, i;
	char num[MASSPAY_STATES][24], items[24], day[MOMENT_DAY], total[MONEY_TEXT], owed[MONEY_TEXT];
	int64_t left = 0;

	for (i = 0; i < r->m.nitems; i++) {
		const struct masspay_item *it = &r->m.items[i];

		if (it->batch != at)
			continue;
		count[masspay_state(&r->m, it)]++;
		if (money_add(&left, masspay_owed(&r->m, it), &r->e) == -1)
			return -1;
	}
	for (i = 0; i < MASSPAY_STATES; i++)
		(void)snprintf(num[i], sizeof(num[i]), "%zu", count[i]);
	(void)snprintf(items, sizeof(items), "%zu", b->items);
	const char *const cell[] = { b->id, b->advice ? "advice" : "sent", b->account, b->customer,
	    moment_day(b->registered, day), b->currency, money_print(b->total, b->currency, total),
	    money_print(left, b->currency, owed), items, num[MASSPAY_REGISTERED], num[MASSPAY_PENDING],
	    num[MASSPAY_PAID], num[MASSPAY_UNCLAIMED], num[MASSPAY_RETURNED], num[MASSPAY_FAILED],
	    num[MASSPAY_DENIED], num[MASSPAY_CANCELLED], num[MASSPAY_RECEIVED], b->file };

	return table_row(t, cell, &r->e);
}

static int
row_item(struct run *r, struct table *t, const struct masspay_item *it)
{
	const struct payrow *p = it->payout == MASSPAY_NONE ? NULL : &r->m.payouts[it->payout].row;
	enum masspay_state st = masspay_state(&r->m, it);
	int64_t since = p != NULL ? p->event : it->cancelled != 0 ? it->cancelled :
	    r->m.batches[it->batch].registered;
	char amount[MONEY_TEXT], fee[MONEY_TEXT] = "", owed[MONEY_TEXT], day[MOMENT_DAY], today[MOMENT_DAY];
	char days[16], due[MOMENT_DAY] = "";

	moment_day(since, day);
	(void)snprintf(days, sizeof(days), "%d", moment_days_between(day, moment_day(r->now, today)));
	if (p != NULL && p->booked)
		money_print(p->fee, p->currency, fee);
	if (st == MASSPAY_UNCLAIMED)
		masspay_due(p, due);
	const char *const cell[] = { it->key, masspay_state_name[st], day, days, due, it->payee, it->currency,
	    money_print(it->amount, it->currency, amount), money_print(masspay_owed(&r->m, it), it->currency, owed),
	    fee, it->unique_id, p != NULL ? p->id : it->payment };

	return table_row(t, cell, &r->e);
}

static int
do_status(struct run *r, const char *batch)
{
	struct buf out = BUF_INIT(LISTING_MAX);
	struct table *t;
	size_t at = MASSPAY_NONE, i;
	int rc = -1;

	if (load_books(r, NULL, NULL) == -1)
		return fail(&r->e);
	if (batch != NULL && (at = masspay_find_batch(&r->m, batch)) == MASSPAY_NONE) {
		error_set(&r->e, ERR_INPUT, "no batch %.64s of the account %s", batch, r->account);
		return fail(&r->e);
	}
	t = table_new(batch == NULL ? "batch,kind,provider,customer,registered,currency,total>,owed>,items>,"
	    "open>,pending>,paid>,unclaimed>,returned>,failed>,denied>,cancelled>,received>,file" :
	    "item,state,since,days>,due_back,payee,currency,amount>,owed>,fee>,unique_id,payment_id", r->format);
	rc = t == NULL ? error_set(&r->e, ERR_IO, "no memory") : 0;
	if (batch == NULL)
		for (i = 0; i < r->m.nbatches && rc == 0; i++)
			rc = row_batch(r, t, i);
	else
		for (i = 0; i < r->m.nitems && rc == 0; i++)
			if (r->m.items[i].batch == at)
				rc = row_item(r, t, &r->m.items[i]);
	if (rc == 0)
		rc = table_render(t, &out, &r->e);
	if (rc == 0 && out.len > 0)
		(void)fwrite(out.data, 1, out.len, stdout);
	table_free(t);
	buf_free(&out);
	return rc == -1 ? fail(&r->e) : 0;
}

/* ---- main ---- */

static int
take_option(struct run *r, int ch, const char *v)
{
	int format;

	switch (ch) {
	case 'b':
		if (strcmp(v, "live") != 0 && strcmp(v, "test") != 0)
			errx(EX_USAGE, "-b: live or test is expected, not \"%s\"", v);
		r->book = strcmp(v, "test") == 0 ? BOOK_TEST : BOOK_LIVE;
		return 0;
	case 'a':
		if (!text_id_valid(v, strlen(v)))
			errx(EX_USAGE, "--account: a provider account's name is expected, not \"%s\"", v);
		memcpy(r->account, v, strlen(v) + 1);
		return 0;
	case 'c':
		if (!money_currency_known(v, strlen(v)))
			errx(EX_USAGE, "--currency: three letters such as USD are expected, not \"%s\"", v);
		memcpy(r->currency, v, 4);
		return 0;
	case 'd':
		r->how.decimal = strcmp(v, "comma") == 0 ? ',' : strcmp(v, "point") == 0 ? '.' : 0;
		if (r->how.decimal == 0)
			errx(EX_USAGE, "--decimal: point or comma is expected, not \"%s\"", v);
		return 0;
	case 'f':
		if ((format = table_format_find(v)) == -1)
			errx(EX_USAGE, "--format: text, csv or json is expected, not \"%s\"", v);
		r->format = (enum table_format)format;
		return 0;
	case 'g':
		r->against = v;
		return 0;
	case 's':
		if (!moment_day_valid(v))
			errx(EX_USAGE, "--sent: YYYY-MM-DD is expected, not \"%s\"", v);
		r->sent = v;
		return 0;
	case 'i':
		r->batch = v;
		return 0;
	case 'u':
		r->customer = v;
		return 0;
	case 'n':
		r->note = v;
		return 0;
	default:
		return -1;
	}
}

static int
dispatch(struct run *r, int n, char *const *operand)
{
	const char *verb = operand[0];

	if (strcmp(verb, "cancel") == 0 && n == 2)
		return do_cancel(r, operand[1]);
	if (load_account(r) == -1)
		return fail(&r->e);
	if (strcmp(verb, "check") == 0)
		return do_check(r, operand[1]);
	if (strcmp(verb, "register") == 0)
		return do_register(r, operand[1]);
	return do_status(r, n == 2 ? operand[1] : NULL);
}

/* 1 where these are operands of a verb. */
static int
operands_ok(int n, char *const *operand)
{
	static const char *const verbs[] = { "check", "register", "cancel", "status" };
	size_t i;

	for (i = 0; n > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(operand[0], verbs[i]) == 0)
			return n == 2 || (i == 3 && n == 1);
	return 0;
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "account", required_argument, NULL, 'a' }, { "against", required_argument, NULL, 'g' },
		{ "batch", required_argument, NULL, 'i' }, { "from-customer", required_argument, NULL, 'u' },
		{ "note", required_argument, NULL, 'n' }, { "decimal", required_argument, NULL, 'd' },
		{ "currency", required_argument, NULL, 'c' }, { "format", required_argument, NULL, 'f' },
		{ "sent", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct run r = { .s = SITE_INIT, .book = BOOK_LIVE, .format = TABLE_TEXT };
	const char *path = NULL;
	int ch, rc;

	if (getenv("GATEWAY_INTERFACE") != NULL)
		argc = 1;
	while ((ch = getopt_long(argc, argv, "C:b:h", longopts, NULL)) != -1) {
		if (ch == 'C')
			path = optarg;
		else if (ch == 'h') {
			usage(stdout);
			return 0;
		} else if (ch == 'V') {
			puts("daybook-masspay " DAYBOOK_VERSION);
			return 0;
		} else if (take_option(&r, ch, optarg) == -1) {
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (!operands_ok(argc - optind, argv + optind)) {
		usage(stderr);
		return EX_USAGE;
	}
	umask(027);
	if (sodium_init() == -1)
		errx(EX_OSERR, "libsodium does not start");
	r.now = moment_now();
	if (site_open(&r.s, path, &r.e) == -1 || site_own(&r.s, &r.e) == -1 ||
	    moment_zone_set(r.s.time_zone, &r.e) == -1)
		rc = fail(&r.e);
	else
		rc = dispatch(&r, argc - optind, argv + optind);
	if (error_output(&r.e) == -1)
		rc = fail(&r.e);
	if (r.have_in)
		site_integration_free(&r.in);
	masspay_free(&r.m);
	buf_free(&r.complaints);
	free(r.v);
	site_close(&r.s);
	return rc;
}
