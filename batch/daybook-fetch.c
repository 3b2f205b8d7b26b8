/*
 * daybook-fetch -- brings in what providers have to say by themselves: reports, transactions,
 * balances, and what became of payments whose outcome is unknown.
 */
#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "fetch.h"
#include "moment.h"
#include "site.h"
#include "wall.h"

static void
usage(FILE *out)
{
	fputs("usage: daybook-fetch [-C SITE] [-b live|test] [--account NAME] [--from D] [--to D]\n"
	    "       daybook-fetch [-C SITE] [-b live|test] [--account NAME] --poll\n"
	    "Brings in reports (SFTP), transactions and balances (REST or NVP) of paypal-checkout integrations.\n"
	    "  --from, --to    days to look at again; without them, what is new\n"
	    "  --poll          only asks about payments whose outcome is unknown\n"
	    "  -h, --help      this text        --version  the version\n", out);
}

static int
fail(const struct error *e)
{
	puts("FAILED");
	(void)fflush(stdout);
	warnx("%s", e->text);
	return error_exit(e);
}

static int
print_result(const struct site *s, const struct fetch_result *r)
{
	size_t waits = r->silent + r->growing;

	if (r->failed.code != ERR_NONE)
		puts("FAILED");
	else if (waits > 0)
		printf("INCOMPLETE %zu\n", waits);
	else
		puts("CLEAN");
	if (s->stand_ins)
		puts("STAND-IN site: no real money");
	if (r->text.len > 0)
		(void)fwrite(r->text.data, 1, r->text.len, stdout);
	(void)fflush(stdout);
	if (r->why.len > 0)
		fprintf(stderr, "daybook-fetch: %s", r->why.data);
	return r->failed.code != ERR_NONE ? error_exit(&r->failed) : waits > 0;
}

/* What comes from the network may change nothing outside the site, and start nothing. */
static int
build_walls(const struct site *s, struct error *e)
{
	return wall_site(s->fd, e) == -1 ? -1 : wall_no_exec(e);
}

static void
check_day(const char *option, const char *day)
{
	if (day != NULL && !moment_day_valid(day))
		errx(EX_USAGE, "%s: a day such as 2026-11-20 is expected, not \"%s\"", option, day);
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "account", required_argument, NULL, 'a' }, { "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' }, { "poll", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct fetch_options o = { .book = BOOK_LIVE };
	struct fetch_result r = { 0 };
	struct error e = { 0 };
	struct site s = SITE_INIT;
	const char *path = NULL;
	int ch, rc;

	if (getenv("GATEWAY_INTERFACE") != NULL)
		argc = 1;
	while ((ch = getopt_long(argc, argv, "C:b:h", longopts, NULL)) != -1)
		switch (ch) {
		case 'C':
			path = optarg;
			break;
		case 'b':
			if (strcmp(optarg, "live") != 0 && strcmp(optarg, "test") != 0)
				errx(EX_USAGE, "-b: live or test is expected, not \"%s\"", optarg);
			o.book = strcmp(optarg, "test") == 0 ? BOOK_TEST : BOOK_LIVE;
			break;
		case 'a':
			o.account = optarg;
			break;
		case 'f':
			o.from = optarg;
			break;
		case 't':
			o.to = optarg;
			break;
		case 'p':
			o.poll_only = 1;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("daybook-fetch " DAYBOOK_VERSION);
			return 0;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	if (optind != argc || (o.poll_only && (o.from != NULL || o.to != NULL))) {
		usage(stderr);
		return EX_USAGE;
	}
	check_day("--from", o.from);
	check_day("--to", o.to);
	if (o.from != NULL && o.to != NULL && strcmp(o.from, o.to) > 0)
		errx(EX_USAGE, "--to: %s is before %s", o.to, o.from);
	umask(027);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sodium_init() == -1)
		errx(EX_OSERR, "libsodium does not start");
	o.now = moment_now();
	if (site_open(&s, path, &e) == -1 || site_own(&s, &e) == -1 ||
	    moment_zone_set(s.time_zone, &e) == -1 || build_walls(&s, &e) == -1 ||
	    fetch_run(&s, &o, &r, &e) == -1)
		rc = fail(&e);
	else
		rc = print_result(&s, &r);
	fetch_result_free(&r);
	if (error_output(&e) == -1) {
		warnx("%s", e.text);
		rc = error_exit(&e);
	}
	site_close(&s);
	return rc;
}
