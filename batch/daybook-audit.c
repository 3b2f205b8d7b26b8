/*
 * daybook-audit -- writes and signs the audit pack of a period, or verifies one.
 */
#include <ctype.h>
#include <err.h>
#include <getopt.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "courier.h"
#include "moment.h"
#include "pack.h"
#include "pack_mail.h"
#include "site.h"

static void
usage(FILE *out)
{
	fputs("usage: daybook-audit [-C SITE] [-b live|test] [--day D | --from D --to D] [--mail [--evidence]]\n"
	    "       daybook-audit [-C SITE] --verify DIR... [--key FINGERPRINT]\n"
	    "Writes the signed pack of a day (default: yesterday) or of a period of posting days;\n"
	    "--mail sends it to the receivers, once; --evidence sends the raw messages too, only encrypted.\n"
	    "--verify checks one: every byte as signed, by the site's key or the one named, and every sum\n"
	    "added again; several, or a folder of packs, also as an unbroken row.\n"
	    "  -h, --help  this text        --version  the version\n", out);
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
verify(const char *path, const char *const *dirs, size_t ndirs, const char *key)
{
	struct pack_row row;
	struct error e = { 0 };
	struct site s = SITE_INIT;
	char fpr[65];
	size_t i, n = 0;
	int rc;

	if (key == NULL) {
		if (site_open(&s, path, &e) == -1) {
			fail(&e);
			warnx("without a site, --key says whose signature is expected");
			return error_exit(&e);
		}
		key = s.key;
	}
	for (i = 0; key[i] != '\0' && n < sizeof(fpr) - 1; i++)	/* people write it in groups */
		if (key[i] != ' ')
			fpr[n++] = (char)toupper((unsigned char)key[i]);
	fpr[n] = '\0';
	if (n != 40 || strspn(fpr, "0123456789ABCDEF") != n)
		errx(EX_USAGE, "%s: a fingerprint of 40 hexadecimal digits is expected, not \"%.80s\"",
		    key == s.key ? "daybook.json: key" : "--key", key);
	rc = pack_verify_row(dirs, ndirs, fpr, &row, &e);
	if (rc == 0 && row.packs == 1)
		printf("CLEAN\n%s%s: every byte as signed by %s, every sum added again\n",
		    s.stand_ins ? "STAND-IN site: no real money\n" : "", dirs[0], fpr);
	else if (rc == 0)
		printf("CLEAN\n%s%zu packs, numbers %d to %d, in an unbroken row; records %llu to %llu of the journal\n"
		    "every byte as signed by %s, every sum added again\n",
		    s.stand_ins ? "STAND-IN site: no real money\n" : "", row.packs, row.from, row.to,
		    (unsigned long long)row.first, (unsigned long long)row.last, fpr);
	site_close(&s);
	return rc == -1 ? fail(&e) : 0;
}

static int
print_result(const struct site *s, const struct pack_result *r)
{
	int person = r->held + r->unallocated + r->breaks, outside = r->expected + r->waiting;

	if (person > 0)
		printf("BREAKS %d\n", person);
	else if (outside > 0)
		printf("INCOMPLETE %d\n", outside);
	else
		puts("CLEAN");
	if (s->stand_ins)
		puts("STAND-IN site: no real money");
	printf("pack %d in %s%s\n", r->number, r->dir, r->existed ? " (it was there, unchanged)" : "");
	printf("records %lld, entries %lld, control code %.16s\n", (long long)r->records,
	    (long long)r->entries, r->head);
	printf("at the period's end: breaks %d, expected %d, held %d, unallocated %d, waiting %d\n",
	    r->breaks, r->expected, r->held, r->unallocated, r->waiting);
	return person + outside > 0;
}

static void
tell(void *arg, const char *line)
{
	(void)arg;
	(void)fflush(stdout);
	warnx("%s", line);
}

/* What waits is sent along with it.  Returns the exit code: rc where nothing is left over. */
static int
mail(const struct site *s, int book, const struct pack_result *r, int evidence, int rc)
{
	struct pack_mail_counts n;
	struct courier_counts sent;
	struct error e = { 0 };

	if (pack_mail(s, book, r->dir, evidence, moment_now(), tell, NULL, &n, &e) == -1) {
		tell(NULL, e.text);
		rc = error_exit(&e);
	}
	if (!n.configured && e.code == ERR_NONE) {
		puts("mail: none, for daybook.json has no \"mail\"");
		return rc;
	}
	if (n.receivers == 0 && e.code == ERR_NONE)
		puts("mail: no receivers (daybook receiver add)");
	else
		printf("mail: receivers %d, queued %d (verdict only: %d), had it before %d\n", n.receivers,
		    n.queued, n.notices, n.already);
	e.code = ERR_NONE;
	if (courier_run(s, moment_now, tell, NULL, &sent, &e) == -1) {
		if (e.code == ERR_AGAIN) {
			puts("mail: another run is sending");
			return rc;
		}
		tell(NULL, e.text);
		return rc <= 1 ? error_exit(&e) : rc;
	}
	if (sent.sent + sent.queued + sent.failed + sent.doubtful > 0)
		printf("mail: sent %d, queued %d, failed %d, uncertain %d\n", sent.sent, sent.queued, sent.failed,
		    sent.doubtful);
	if (rc > 1)
		return rc;
	return sent.refused + sent.uncertain > 0 ? EX_UNAVAILABLE : sent.later > 0 ? EX_TEMPFAIL : rc;
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "day", required_argument, NULL, 'd' }, { "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' }, { "verify", required_argument, NULL, 'v' },
		{ "key", required_argument, NULL, 'k' }, { "mail", no_argument, NULL, 'm' },
		{ "evidence", no_argument, NULL, 'E' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL, *day = NULL, *from = NULL, *to = NULL, *dir = NULL, *key = NULL;
	char today[MOMENT_DAY], yesterday[MOMENT_DAY];
	struct error e = { 0 };
	struct site s = SITE_INIT;
	struct pack_result r;
	int64_t now = moment_now();
	int ch, book = BOOK_LIVE, send = 0, evidence = 0, rc;

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
			book = strcmp(optarg, "test") == 0 ? BOOK_TEST : BOOK_LIVE;
			break;
		case 'd':
			day = optarg;
			break;
		case 'f':
			from = optarg;
			break;
		case 't':
			to = optarg;
			break;
		case 'v':
			dir = optarg;
			break;
		case 'k':
			key = optarg;
			break;
		case 'm':
			send = 1;
			break;
		case 'E':
			evidence = 1;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("daybook-audit " DAYBOOK_VERSION);
			return 0;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	if ((optind != argc && dir == NULL) || (day != NULL && (from != NULL || to != NULL)) ||
	    (from == NULL) != (to == NULL) || (key != NULL && dir == NULL) ||
	    (send && dir != NULL) || (evidence && !send)) {
		usage(stderr);
		return EX_USAGE;
	}
	umask(027);
	if (sodium_init() == -1)
		errx(EX_OSERR, "libsodium does not start");
	if (dir != NULL) {
		/* --verify DIR [DIR...]: the option's own argument stands before the operands. */
		argv[optind - 1] = (char *)(uintptr_t)dir;
		rc = verify(path, (const char *const *)&argv[optind - 1], (size_t)(argc - optind) + 1, key);
		goto out;
	}
	if (site_open(&s, path, &e) == -1 || site_own(&s, &e) == -1 ||
	    moment_zone_set(s.time_zone, &e) == -1)
		return fail(&e);
	if (day == NULL && from == NULL)
		day = moment_day_add(moment_day(now, today), -1, yesterday);
	if (day != NULL)
		from = to = day;
	if (!moment_day_valid(from) || !moment_day_valid(to))
		errx(EX_USAGE, "%s: a day YYYY-MM-DD is expected, not \"%.40s\"",
		    day != NULL ? "--day" : moment_day_valid(from) ? "--to" : "--from",
		    moment_day_valid(from) ? to : from);
	if (pack_write(&s, book, from, to, now, &r, &e) == -1)
		rc = fail(&e);
	else {
		rc = print_result(&s, &r);
		if (send)
			rc = mail(&s, book, &r, evidence, rc);
	}
out:
	if (error_output(&e) == -1) {
		warnx("%s", e.text);
		rc = error_exit(&e);
	}
	site_close(&s);
	return rc;
}
