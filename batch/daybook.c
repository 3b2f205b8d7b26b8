/*
 * daybook -- the operator's command line: one verb, its operands and options, one exit code.
 */
#include <err.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "cmd.h"
#include "door.h"
#include "durable.h"
#include "moment.h"

static const struct {
	const char	*name;
	int		(*run)(struct cmd *);
	int		 min, max;	/* operands */
	const char	*options;	/* blank separated; ":" takes a value */
	const char	*usage;
} verbs[] = {
	{ "init", cmd_init, 0, 0, "name: base-url: currency: time-zone: sign-as: stand-ins",
	    "init --name N --base-url URL --currency C [--time-zone Z] [--sign-as \"NAME <ADDR>\"] "
	    "[--stand-ins]" },
	{ "integration", cmd_integration, 1, 40, "mode:",
	    "integration add KIND [ID] --mode test|live KEY=VALUE|KEY=@FILE|KEY=-... | list | show ID | "
	    "set ID KEY=VALUE... | rotate ID | remove ID" },
	{ "customer", cmd_customer, 1, 2, "name: email: paypal-email: payer-id:",
	    "customer add ID --name N [--email E] [--paypal-email E] [--payer-id P] | set ID ... | "
	    "contact ID --name N --email E | list | show ID | import FILE" },
	{ "opening", cmd_opening, 1, 1, "", "opening FILE" },
	{ "balance", cmd_balance, 0, 1, "at: by:",
	    "balance [ACCOUNT-PREFIX] [--at DATE [--by event]]" },
	{ "payments", cmd_payments, 0, 0, "customer: status: from: to: by:",
	    "payments [--customer ID] [--status S] [--from D] [--to D] [--by event]" },
	{ "messages", cmd_messages, 0, 2, "disposition: reason: from: to: note:",
	    "messages [--disposition D] [--reason R] [--from D] [--to D] | show ID | retry ID | "
	    "retry --reason R | refuse ID --note TEXT" },
	{ "allocate", cmd_allocate, 1, 2, "account:",
	    "allocate PAYMENT CUSTOMER | allocate PAYMENT --account ACCOUNT" },
	{ "breaks", cmd_breaks, 0, 2, "open category: account: as: note: customer: until: date:",
	    "breaks [--open] [--category C] [--account NAME] | show ID | resolve ID --as VERB --note TEXT "
	    "[--customer ID] [--account ACCOUNT] [--until D] [--date D]" },
	{ "close", cmd_close, 1, 1, "explain: note:",
	    "close PERIOD [--explain ACCOUNT.CURRENCY=WHY]... [--note TEXT]" },
	{ "reopen", cmd_reopen, 1, 1, "note:", "reopen PERIOD --note TEXT" },
	{ "closings", cmd_closings, 0, 1, "late", "closings [PERIOD] | closings --late" },
	{ "verify", cmd_verify, 0, 0, "", "verify" },
	{ "rebuild", cmd_rebuild, 0, 0, "", "rebuild" },
	{ "export", cmd_export, 0, 0, "to: from: by:", "export --to hledger|csv|json|ofx [--from D] "
	    "[--to D] [--by event]" },
	{ "packs", cmd_packs, 0, 0, "", "packs" },
	{ "fees", cmd_fees, 0, 0, "amount: currency: account: date:",
	    "fees --amount A [--currency C] [--account NAME] [--date D]" },
	{ "rules", cmd_rules, 2, 40, "account: dates: decimal: totals",
	    "rules test FILE [REPORT...] [--account NAME] [--dates mdy|dmy|ymd] "
	    "[--decimal point|comma] [--totals]" },
	{ "calendar", cmd_calendar, 0, 0, "from: to:", "calendar [--from D] [--to D]" },
	{ "suspense", cmd_suspense, 0, 0, "", "suspense" },
	{ "receiver", cmd_receiver, 1, 2, "key:", "receiver add EMAIL [--key FILE] | list | remove EMAIL" },
	{ "mail", cmd_mail, 0, 2, "waiting", "mail [--waiting] | send | retry ID | drop ID" },
	{ "key", cmd_key, 1, 1, "", "key letter" },
};
#define NVERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void
help(FILE *out)
{
	size_t i;

	fputs("usage: daybook [-C SITE] [-b live|test] [--format text|csv|json] COMMAND ...\n", out);
	for (i = 0; i < NVERBS; i++)
		fprintf(out, "  daybook %s\n", verbs[i].usage);
	fputs("  -h, --help  this text        --version  the version\n", out);
}

int
cmd_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("daybook: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EX_USAGE;
}

int
cmd_fail(struct cmd *c)
{
	fprintf(stderr, "daybook: %s\n", c->e.text);
	return error_exit(&c->e);
}

const char *
cmd_option(const struct cmd *c, const char *name)
{
	int i;

	for (i = c->noptions; i-- > 0;)		/* given again: the last counts */
		if (strcmp(c->option[i].name, name) == 0)
			return c->option[i].value;
	return NULL;
}

int
cmd_print(struct cmd *c, struct table *t)
{
	struct buf out = BUF_INIT((size_t)1 << 31);
	int rc = 0;

	if (t == NULL || table_render(t, &out, &c->e) == -1) {
		if (t == NULL)
			error_set(&c->e, ERR_IO, "listing: no memory");
		rc = cmd_fail(c);
	} else {
		(void)fwrite(out.data, 1, out.len, stdout);
	}
	buf_free(&out);
	table_free(t);
	return rc;
}

int
cmd_request(struct cmd *c, json_t *req)
{
	struct door_result res;
	json_t *retried;
	int rc = 0;

	memset(&res, 0, sizeof(res));
	if (req == NULL) {
		error_set(&c->e, ERR_IO, "no memory");
		return cmd_fail(c);
	}
	if (door_send(&c->site, c->book, req, BOOKS_WAIT_MS, &res, &c->e) == -1) {
		json_decref(req);
		return cmd_fail(c);
	}
	json_decref(req);
	if (res.disposition == DISP_REFUSED) {
		fprintf(stderr, "daybook: %s\n", res.text[0] != '\0' ? res.text : res.reason);
		rc = EX_DATAERR;
	} else if (res.disposition == DISP_WAITING) {
		fprintf(stderr, "daybook: queued as %s%s%s\n", res.id, res.text[0] != '\0' ? ": " : "",
		    res.text);
		rc = EX_TEMPFAIL;
	} else if (res.disposition == DISP_DUPLICATE)
		puts("nothing to change");
	else if ((retried = json_object_get(res.act, "retried")) != NULL)
		printf("done (%s): held messages read again: %lld\n", res.id,
		    (long long)json_integer_value(retried));
	else
		printf("done (%s)\n", res.id);
	json_decref(res.act);
	return rc;
}

struct books *
cmd_books(struct cmd *c, int which, struct lock *l)
{
	struct books *b;

	if (l->fd == -1 && books_lock(l, &c->site, BOOKS_WAIT_MS, &c->e) == -1)
		return NULL;
	if (books_open(&b, &c->site, which, &c->e) == -1) {
		lock_drop(l);
		return NULL;
	}
	return b;
}

int
cmd_books_done(struct cmd *c, struct books *b, struct lock *l)
{
	int rc = books_close(b, &c->e);

	lock_drop(l);
	return rc;
}

/* --name=value, --name value, -C value: 0, or an exit code. */
static int
take_option(struct cmd *c, int argc, char *argv[], int *i, char **name, char **value)
{
	char *a = argv[*i], *eq;

	(void)c;
	*value = NULL;
	if (strcmp(a, "-C") == 0 || strcmp(a, "-b") == 0 || strcmp(a, "-h") == 0) {
		*name = a + 1;
	} else if (strncmp(a, "-C", 2) == 0 || strncmp(a, "-b", 2) == 0) {
		*value = strdup(a + 2);
		a[2] = '\0';
		*name = a + 1;
	} else if (a[1] == '-') {
		*name = a + 2;
		if ((eq = strchr(*name, '=')) != NULL) {
			*eq = '\0';
			*value = eq + 1;
		}
	} else
		return cmd_usage("unknown option %s", a);
	if (*value == NULL && *i + 1 < argc)
		*value = argv[*i + 1];
	else if (*value != NULL)
		(*i)--;		/* came with the name: the caller's step forward is taken back */
	return 0;
}

/* 1 flag, 2 takes a value, 0 unknown to every verb. */
static int
option_kind(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (*list != '\0') {
		size_t k = strcspn(list, " ");
		int value = k > 0 && list[k - 1] == ':';

		if (k - (size_t)value == n && memcmp(list, name, n) == 0)
			return 1 + value;
		list += k;
		while (*list == ' ')
			list++;
	}
	return 0;
}

static int
any_kind(const char *name)
{
	static const char global[] = "C: b: format: h help version";
	int k = option_kind(global, name);
	size_t i;

	for (i = 0; i < NVERBS && k == 0; i++)
		k = option_kind(verbs[i].options, name);
	return k;
}

static int
set_global(struct cmd *c, const char *name, const char *value)
{
	int f;

	if (strcmp(name, "C") == 0)
		c->site_path = value;
	else if (strcmp(name, "b") == 0) {
		if (strcmp(value, "live") == 0)
			c->book = BOOK_LIVE;
		else if (strcmp(value, "test") == 0)
			c->book = BOOK_TEST;
		else
			return cmd_usage("-b: live or test is expected, not \"%s\"", value);
	} else if (strcmp(name, "format") == 0) {
		if ((f = table_format_find(value)) == -1)
			return cmd_usage("--format: text, csv or json is expected, not \"%s\"", value);
		c->format = (enum table_format)f;
	} else if (strcmp(name, "h") == 0 || strcmp(name, "help") == 0) {
		help(stdout);
		return -1;
	} else if (strcmp(name, "version") == 0) {
		puts("daybook " DAYBOOK_VERSION);
		return -1;
	} else
		return 1;
	return 0;
}

static int
parse(struct cmd *c, int argc, char *argv[], const char **verb)
{
	int i, rc, only_operands = 0;

	for (i = 1; i < argc; i++) {
		char *name = NULL, *value = NULL;
		int kind;

		if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
			if (*verb == NULL)
				*verb = argv[i];
			else if (c->n == CMD_OPERANDS)
				return cmd_usage("too many operands");
			else
				c->operand[c->n++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_operands = 1;
			continue;
		}
		if ((rc = take_option(c, argc, argv, &i, &name, &value)) != 0)
			return rc;
		if ((kind = any_kind(name)) == 0)
			return cmd_usage("unknown option --%s", name);
		if (kind == 2) {
			if (value == NULL)
				return cmd_usage("%s%s wants a value", name[1] == '\0' ? "-" : "--", name);
			i++;
		} else if (value != NULL && (i + 1 >= argc || value != argv[i + 1])) {
			return cmd_usage("--%s takes no value", name);
		} else {
			value = argv[0] + strlen(argv[0]);	/* "" */
		}
		if ((rc = set_global(c, name, value)) == 0)
			continue;
		if (rc != 1)
			return rc;
		if (c->noptions == CMD_OPTIONS)
			return cmd_usage("too many options");
		c->option[c->noptions].name = name;
		c->option[c->noptions++].value = value;
	}
	return 0;
}

static int
run(struct cmd *c, const char *verb)
{
	size_t i;
	int k, rc;

	for (i = 0; i < NVERBS && strcmp(verbs[i].name, verb) != 0; i++)
		continue;
	if (i == NVERBS)
		return cmd_usage("unknown command \"%s\" (daybook --help lists them)", verb);
	for (k = 0; k < c->noptions; k++)
		if (option_kind(verbs[i].options, c->option[k].name) == 0)
			return cmd_usage("%s has no option --%s", verb, c->option[k].name);
	if (c->n < verbs[i].min || c->n > verbs[i].max)
		return cmd_usage("usage: daybook %s", verbs[i].usage);
	if (c->format == TABLE_CSV && c->n > 0 && strcmp(c->operand[0], "show") == 0)
		return cmd_usage("%s show: --format text or json is expected, not \"csv\"", verb);
	if (verbs[i].run == cmd_init)
		return cmd_init(c);
	if (site_open(&c->site, c->site_path, &c->e) == -1 || site_own(&c->site, &c->e) == -1 ||
	    moment_zone_set(c->site.time_zone, &c->e) == -1)
		return cmd_fail(c);
	/* Not in what machines read: CSV begins with its header row, JSON with its array. */
	if (c->site.stand_ins && c->format == TABLE_TEXT && verbs[i].run != cmd_export)
		puts("STAND-IN site: no real money");
	rc = verbs[i].run(c);
	site_close(&c->site);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct cmd c = { .book = BOOK_LIVE, .site = SITE_INIT };
	const char *verb = NULL;
	int rc;

	umask(027);
	if (sodium_init() == -1)
		errx(EX_OSERR, "libsodium does not start");
	if (getenv("GATEWAY_INTERFACE") != NULL)
		return cmd_usage("not a program for a web server");
	if ((rc = parse(&c, argc, argv, &verb)) == -1)
		rc = 0;			/* --help, --version */
	else if (rc == 0 && verb == NULL) {
		help(stderr);
		rc = EX_USAGE;
	} else if (rc == 0)
		rc = run(&c, verb);
	if (error_output(&c.e) == -1)
		return cmd_fail(&c);
	return rc;
}
