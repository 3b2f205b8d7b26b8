/*
 * daybook-post -- spool to books: confirm with the provider, read, post.
 *
 * Run by cron every minute, or with --watch as a service that reacts to a new message at once.
 * Exit: 0 nothing waits, 1 something waits for a person or a provider, 64 and up as sysexits(3).
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "moment.h"
#include "post.h"
#include "site.h"

static void
usage(FILE *out)
{
	fputs("usage: daybook-post [-C SITE] [--watch]\n"
	    "Takes messages from the spool, confirms them with the provider, and posts them.\n"
	    "  -C SITE     the site's directory (default: $DAYBOOK_SITE, else " SITE_DEFAULT ")\n"
	    "  --watch     stay, and react to a new message at once\n"
	    "  -h, --help  this text        --version  the version\n", out);
}

static int
print_verdict(const struct site *s, const struct post_counts *c)
{
	int64_t person = c->standing_held + c->standing_unallocated;
	int64_t outside = (int64_t)c->queued + c->standing_waiting;

	if (person > 0)
		printf("BREAKS %lld\n", (long long)person);
	else if (outside > 0)
		printf("INCOMPLETE %lld\n", (long long)outside);
	else
		puts("CLEAN");
	if (s->stand_ins)
		puts("STAND-IN site: no real money");
	printf("this run: posted %zu, duplicate %zu, noted %zu, refused %zu, held %zu, waiting %zu\n",
	    c->posted, c->duplicate, c->noted, c->refused, c->held, c->waiting);
	printf("standing: held %lld, unallocated %lld, waiting for a payment %lld, "
	    "in the spool %zu\n", (long long)c->standing_held, (long long)c->standing_unallocated,
	    (long long)c->standing_waiting, c->queued);
	return person > 0 || outside > 0 ? 1 : 0;
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "watch", no_argument, NULL, 'w' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	struct error e = { 0 };
	struct site s = SITE_INIT;
	struct post_options o = { .wait_ms = 10000 };
	struct post_counts c;
	const char *path = NULL;
	int ch, rc;

	if (getenv("GATEWAY_INTERFACE") != NULL)
		argc = 1;
	while ((ch = getopt_long(argc, argv, "C:hb:", longopts, NULL)) != -1)
		switch (ch) {
		case 'C':
			path = optarg;
			break;
		case 'b':		/* accepted everywhere; this program serves both books */
			if (strcmp(optarg, "live") != 0 && strcmp(optarg, "test") != 0)
				errx(EX_USAGE, "-b: live or test is expected, not \"%s\"", optarg);
			break;
		case 'w':
			o.watch = 1;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("daybook-post " DAYBOOK_VERSION);
			return 0;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	if (optind != argc) {
		usage(stderr);
		return EX_USAGE;
	}
	umask(027);
	if (site_open(&s, path, &e) == -1 || site_own(&s, &e) == -1 ||
	    moment_zone_set(s.time_zone, &e) == -1 || post_run(&s, &o, &c, &e) == -1) {
		puts("FAILED");
		(void)fflush(stdout);
		warnx("%s", e.text);
		rc = error_exit(&e);
	} else
		rc = print_verdict(&s, &c);
	if (error_output(&e) == -1) {
		warnx("%s", e.text);
		rc = error_exit(&e);
	}
	site_close(&s);
	return rc;
}
