/*
 * daybook-reconcile -- matches provider reports against the books, and proves the balance.
 */
#include <err.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "desk.h"
#include "fetch.h"
#include "match.h"
#include "moment.h"
#include "site.h"

static void
usage(FILE *out)
{
	fputs("usage: daybook-reconcile [-C SITE] [-b live|test] [-n] [--format auto|NAME]\n"
	    "           [--account NAME] [--dates mdy|dmy|ymd] [--decimal point|comma]\n"
	    "           [--post-missing] FILE... | --fetched\n"
	    "Matches a provider's reports against the books, two ways, and proves the balance.\n"
	    "  --format        paypal-activity, paypal-stl, paypal-trr, paypal-search, masspay, masspay-results;\n"
	    "                  auto: by content\n"
	    "  -n              dry run: writes nothing\n"
	    "  --fetched       every file that daybook-fetch brought and no run has read yet\n"
	    "  --post-missing  books what the report has and no notification brought\n"
	    "  --dates, --decimal  how the file writes them, where it can't say so itself\n"
	    "  -h, --help      this text        --version  the version\n", out);
}

/* "auto, paypal-activity, ..." */
static const char *
formats(void)
{
	static char names[256];
	size_t i, n = (size_t)snprintf(names, sizeof(names), "auto");

	for (i = 0; report_all[i] != NULL && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, ", %s", report_all[i]->name);
	return names;
}

static int
fail(const struct error *e)
{
	puts("FAILED");
	(void)fflush(stdout);
	warnx("%s", e->text);
	return error_exit(e);
}

static void
progress(size_t rows)
{
	static time_t last;
	time_t now = time(NULL);

	if (now != last && last != 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "%zu rows\r", rows);
	last = now;
}

static int
print_result(const struct match_result *r)
{
	switch (r->verdict) {
	case MATCH_CLEAN:
		puts("CLEAN");
		break;
	case MATCH_BREAKS:
		printf("BREAKS %zu\n", r->open);
		break;
	case MATCH_INCOMPLETE:
		printf("INCOMPLETE %zu\n", r->expected);
		break;
	}
	if (r->text.len > 0)
		(void)fwrite(r->text.data, 1, r->text.len, stdout);
	return r->verdict != MATCH_CLEAN;
}

/* ---- --fetched ---- */

struct night {				/* of several runs, one verdict */
	struct buf	text;
	size_t		open, expected;	/* of the accounts that are done */
	size_t		last_open, last_expected;	/* of the present one: as its last run left it */
	struct error	failed;
};

static int
run_group(const struct site *s, const struct match_options *options, struct fetched *v, size_t n,
    struct night *t, struct error *e)
{
	struct match_options o = *options;
	struct match_result r;
	struct error why = { 0 };
	char *file[MATCH_FILES];
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++)
		file[i] = v[i].path;
	o.account = v[0].account;
	if (match_run(s, &o, file, (int)n, &r, &why) == -1) {
		if (t->failed.code == ERR_NONE)
			t->failed = why;
	} else {
		t->last_open = r.open;
		t->last_expected = r.expected;
		if (r.text.len > 0)
			rc = buf_add(&t->text, r.text.data, r.text.len, e);
	}
	match_result_free(&r);
	return rc;
}

static int
print_night(const struct night *t)
{
	if (t->open > 0)
		printf("BREAKS %zu\n", t->open);
	else if (t->expected > 0)
		printf("INCOMPLETE %zu\n", t->expected);
	else
		puts("CLEAN");
	return t->open > 0 || t->expected > 0;
}

static int
reconcile_fetched(const struct site *s, const struct match_options *o, struct error *e)
{
	struct night t = { .text = BUF_INIT((size_t)16 << 20) };
	struct fetched *v = NULL;
	size_t n = 0, i, k;
	int rc = fetched_list(s, o->book, o->account, &v, &n, e);

	for (i = 0; rc == 0 && i < n; i += k) {
		if (i > 0 && strcmp(v[i].account, v[i - 1].account) != 0) {
			t.open += t.last_open;
			t.expected += t.last_expected;
			t.last_open = t.last_expected = 0;
		}
		k = fetched_group(v + i, n - i, MATCH_FILES);
		rc = run_group(s, o, v + i, k, &t, e);
	}
	t.open += t.last_open;
	t.expected += t.last_expected;
	free(v);
	if (rc == 0 && t.failed.code != ERR_NONE)
		*e = t.failed;
	if (e->code != ERR_NONE)
		rc = fail(e);
	else
		rc = print_night(&t);
	if (t.text.len > 0)
		(void)fwrite(t.text.data, 1, t.text.len, stdout);
	if (n == 0 && rc == 0)
		puts("nothing was fetched that is not reconciled already");
	buf_free(&t.text);
	e->code = ERR_NONE;
	return rc;
}

static int
set_dates(struct match_options *o, const char *v)
{
	if (strcmp(v, "mdy") != 0 && strcmp(v, "dmy") != 0 && strcmp(v, "ymd") != 0)
		return -1;
	memcpy(o->how.dates, v, 4);
	return 0;
}

static int
set_decimal(struct match_options *o, const char *v)
{
	o->how.decimal = strcmp(v, "comma") == 0 ? ',' : strcmp(v, "point") == 0 ? '.' : 0;
	return o->how.decimal == 0 ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "format", required_argument, NULL, 'f' }, { "account", required_argument, NULL, 'a' },
		{ "dates", required_argument, NULL, 'd' }, { "decimal", required_argument, NULL, 'c' },
		{ "post-missing", no_argument, NULL, 'p' },
		{ "fetched", no_argument, NULL, 'F' }, { "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct match_options o = { .book = BOOK_LIVE, .progress = progress };
	struct match_result r;
	struct error e = { 0 };
	struct site s = SITE_INIT;
	const char *path = NULL;
	char account[65] = "";
	int ch, rc, fetched = 0;

	if (getenv("GATEWAY_INTERFACE") != NULL)
		argc = 1;
	while ((ch = getopt_long(argc, argv, "C:b:nh", longopts, NULL)) != -1)
		switch (ch) {
		case 'C':
			path = optarg;
			break;
		case 'b':
			if (strcmp(optarg, "live") != 0 && strcmp(optarg, "test") != 0)
				errx(EX_USAGE, "-b: live or test is expected, not \"%s\"", optarg);
			o.book = strcmp(optarg, "test") == 0 ? BOOK_TEST : BOOK_LIVE;
			break;
		case 'n':
			o.dry_run = 1;
			break;
		case 'f':
			if (strcmp(optarg, "auto") != 0 && (o.format = report_find(optarg)) == NULL)
				errx(EX_USAGE, "--format: %s are read by this version, not \"%s\"", formats(), optarg);
			break;
		case 'a':
			if (strlen(optarg) >= sizeof(account))
				errx(EX_USAGE, "--account: a provider account's name is expected");
			memcpy(account, optarg, strlen(optarg) + 1);
			break;
		case 'd':
			if (set_dates(&o, optarg) == -1)
				errx(EX_USAGE, "--dates: mdy, dmy or ymd is expected, not \"%s\"", optarg);
			break;
		case 'c':
			if (set_decimal(&o, optarg) == -1)
				errx(EX_USAGE, "--decimal: point or comma is expected, not \"%s\"", optarg);
			break;
		case 'p':
			o.post_missing = 1;
			break;
		case 'F':
			fetched = 1;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("daybook-reconcile " DAYBOOK_VERSION);
			return 0;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	if ((optind == argc) != fetched) {
		usage(stderr);
		return EX_USAGE;
	}
	umask(027);
	if (sodium_init() == -1)
		errx(EX_OSERR, "libsodium does not start");
	if (site_open(&s, path, &e) == -1 || site_own(&s, &e) == -1 ||
	    moment_zone_set(s.time_zone, &e) == -1 ||
	    ((!fetched || account[0] != '\0') && shelf_pick(&s, o.book, account, &e) == -1)) {
		rc = fail(&e);
		goto out;
	}
	o.account = account[0] == '\0' ? NULL : account;
	o.now = moment_now();
	if (fetched)
		rc = reconcile_fetched(&s, &o, &e);
	else {
		rc = match_run(&s, &o, argv + optind, argc - optind, &r, &e) == -1 ? fail(&e) : print_result(&r);
		match_result_free(&r);
	}
	if (error_output(&e) == -1) {
		warnx("%s", e.text);
		rc = error_exit(&e);
	}
out:
	site_close(&s);
	return rc;
}
