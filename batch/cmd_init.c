/*
 * cmd_init -- makes a site: folders, signing key, settings; daybook.json comes last, so a site
 * that is there is whole.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd.h"
#include "durable.h"
#include "moment.h"
#include "money.h"
#include "sign.h"
#include "text.h"

static const struct { const char *path; mode_t mode; } folders[] = {
	{ "integrations", 02750 }, { "secrets", 0700 },
	{ "spool", 0755 },
	{ "spool/in", 02770 }, { "spool/in/tmp", 02770 }, { "spool/in/new", 02770 },
	{ "spool/pay", 02770 }, { "spool/pay/tmp", 02770 }, { "spool/pay/new", 02770 },
	{ "spool/web", 02770 }, { "spool/web/tmp", 02770 }, { "spool/web/new", 02770 },
	{ "spool/desk", 02770 }, { "spool/desk/tmp", 02770 }, { "spool/desk/new", 02770 },
	{ "spool/post", 0700 }, { "spool/aside", 0700 },
	{ "orders", 02770 }, { "sessions", 02770 },
	{ "register", 0750 }, { "register/journal", 0750 }, { "register/evidence", 0750 },
	{ "books", 0750 },
	{ "books/live", 0750 }, { "books/live/evidence", 0750 }, { "books/live/journal", 0750 },
	{ "books/live/reports", 0750 }, { "books/live/reconcile", 0750 },
	{ "books/test", 0750 }, { "books/test/evidence", 0750 }, { "books/test/journal", 0750 },
	{ "books/test/reports", 0750 }, { "books/test/reconcile", 0750 },
	{ "audit", 0750 }, { "audit/live", 0750 }, { "audit/test", 0750 },
	{ "gnupg", 0700 }, { "outbox", 0700 },
};

/* There from the first moment to the last: a folder that holds it is a site half made. */
#define HALF	".init"

/* The machine's own zone, or UTC. */
static void
machine_zone(char out[64])
{
	char link[PATH_MAX];
	ssize_t n = readlink("/etc/localtime", link, sizeof(link) - 1);
	const char *z;

	memcpy(out, "UTC", 4);
	if (n <= 0)
		return;
	link[n] = '\0';
	if ((z = strstr(link, "zoneinfo/")) != NULL && strlen(z + 9) < 64 && strlen(z + 9) > 0)
		memcpy(out, z + 9, strlen(z + 9) + 1);
	if (strcmp(out, "Etc/UTC") == 0)
		memcpy(out, "UTC", 4);
}

static int
check_url(const char *url, int stand_ins)
{
	enum text_url kind = text_url(url);

	return strlen(url) <= 400 && strpbrk(url, "?#") == NULL && (kind == TEXT_URL_HTTPS ||
	    (kind != TEXT_URL_NONE && stand_ins));
}

/* An init that was killed may have made a key that nothing names. */
static int
forget_keys(struct cmd *c, int fd)
{
	static const char *const in[] = { "gnupg/private-keys-v1.d", "gnupg/openpgp-revocs.d",
	    "gnupg/public-keys.d", "gnupg/crls.d", "gnupg" };
	struct dirent *d;
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		int dir = openat(fd, in[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		DIR *dp = dir == -1 ? NULL : fdopendir(dir);

		if (dp == NULL) {
			if (dir != -1)
				close(dir);
			continue;
		}
		while ((d = readdir(dp)) != NULL)
			if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode) &&
			    unlinkat(dir, d->d_name, 0) == -1 && errno != ENOENT) {
				closedir(dp);
				return error_sys(&c->e, "%s/%s: remove", in[i], d->d_name);
			}
		closedir(dp);
	}
	return 0;
}

static int
empty_site(struct cmd *c, const char *path, int *fd)
{
	struct dirent *d;
	DIR *dp;
	int used = 0, half;

	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		return error_sys(&c->e, "%s: create", path);
	/* Other users pass through here to their own folders, whatever our umask is. */
	if ((*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 || fchmod(*fd, 0755) == -1 ||
	    (dp = fdopendir(dup(*fd))) == NULL)
		return error_sys(&c->e, "%s: open", path);
	while ((d = readdir(dp)) != NULL)
		used |= strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	closedir(dp);
	if (faccessat(*fd, "daybook.json", F_OK, 0) == 0)
		return error_set(&c->e, ERR_INPUT, "%s: a site is there already", path);
	if (faccessat(*fd, HALF, F_OK, 0) == 0)
		return forget_keys(c, *fd);
	if (used)
		return error_set(&c->e, ERR_INPUT, "%s: not empty", path);
	if ((half = openat(*fd, HALF, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) == -1)
		return error_sys(&c->e, "%s: create %s", path, HALF);
	close(half);
	return durable_sync_dir(*fd, path, &c->e);
}

static int
make_folders(struct cmd *c, int fd)
{
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (durable_mkdirs(fd, folders[i].path, folders[i].mode, &c->e) == -1)
			return -1;
	return 0;
}

static int
make_key(struct cmd *c, const char *path, const char *name, const char *url, char fpr[65])
{
	const char *as = cmd_option(c, "sign-as"), *host = strstr(url, "://") + 3;
	char home[PATH_MAX], userid[600];
	struct sign *s;
	int rc;

	if (snprintf(home, sizeof(home), "%s/gnupg", path) >= (int)sizeof(home))
		return error_set(&c->e, ERR_INPUT, "%s: path too long", path);
	if (as != NULL)
		(void)snprintf(userid, sizeof(userid), "%.500s", as);
	else
		(void)snprintf(userid, sizeof(userid), "%.200s (daybook) <daybook@%.*s>", name,
		    (int)strcspn(host, ":/"), host);
	if (sign_open(&s, home, &c->e) == -1)
		return -1;
	rc = sign_make_key(s, userid, fpr, &c->e);
	sign_close(s);
	return rc;
}

static int
write_settings(struct cmd *c, int fd, const char *name, const char *url, const char *ccy,
    const char *zone, const char *fpr)
{
	unsigned char rnd[16];
	char id[33], *text;
	json_t *j;
	int rc;

	randombytes_buf(rnd, sizeof(rnd));
	text_hex(id, rnd, sizeof(rnd));
	j = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:{s:i},s:[]}", "format", SITE_FORMAT,
	    "id", id, "name", name, "legal_name", name, "base_url", url, "currency", ccy,
	    "time_zone", zone, "key", fpr, "stand_ins", cmd_option(c, "stand-ins") != NULL,
	    "min_free", "256MiB", "tolerances", "window_days", 2, "rules");
	if (j == NULL || (text = json_dumps(j, JSON_INDENT(2))) == NULL) {
		json_decref(j);
		return error_set(&c->e, ERR_INPUT, "name: UTF-8 is expected");
	}
	rc = durable_write(fd, "daybook.json", text, strlen(text), 0644, &c->e);
	if (rc == 0)
		(void)unlinkat(fd, HALF, 0);
	free(text);
	json_decref(j);
	return rc;
}

int
cmd_init(struct cmd *c)
{
	const char *name = cmd_option(c, "name"), *url = cmd_option(c, "base-url");
	const char *ccy = cmd_option(c, "currency"), *zone = cmd_option(c, "time-zone");
	const char *path = c->site_path, *as = cmd_option(c, "sign-as");
	char machine[64], fpr[65] = "", trimmed[512];
	size_t n;
	int fd = -1, rc;

	if (name == NULL || url == NULL || ccy == NULL)
		return cmd_usage("init wants --name, --base-url and --currency");
	if (!text_line_valid(name, 200))
		return cmd_usage("--name: 1 to 200 bytes of UTF-8 without control characters are expected");
	if (as != NULL && (!text_line_valid(as, 200) || strchr(as, '<') == NULL || strchr(as, '@') == NULL ||
	    as[strlen(as) - 1] != '>'))
		return cmd_usage("--sign-as: \"NAME <ADDRESS>\" is expected, not \"%.200s\"", as);
	if (!check_url(url, cmd_option(c, "stand-ins") != NULL))
		return cmd_usage("--base-url: https://HOST/... is expected, not \"%s\"", url);
	if (!money_currency_known(ccy, strlen(ccy)))
		return cmd_usage("--currency: \"%s\" is no currency (USD, EUR, ...)", ccy);
	if (zone == NULL) {
		machine_zone(machine);
		zone = machine;
	}
	if (moment_zone_set(zone, &c->e) == -1)
		return cmd_usage("--time-zone: %s", c->e.text);
	(void)snprintf(trimmed, sizeof(trimmed), "%s", url);
	for (n = strlen(trimmed); n > 0 && trimmed[n - 1] == '/'; n--)
		trimmed[n - 1] = '\0';
	if (path == NULL && ((path = getenv("DAYBOOK_SITE")) == NULL || path[0] == '\0'))
		path = SITE_DEFAULT;
	rc = empty_site(c, path, &fd) == -1 || make_folders(c, fd) == -1 ||
	    make_key(c, path, name, trimmed, fpr) == -1 ||
	    write_settings(c, fd, name, trimmed, ccy, zone, fpr) == -1;
	if (fd != -1)
		close(fd);
	if (rc != 0)
		return cmd_fail(c);
	printf("made a site in %s%s\n"
	    "  currency %s, days in %s, signing key %s\n"
	    "next:\n"
	    "  daybook -C %s integration add paypal-ipn --mode test receiver=YOU@EXAMPLE.COM,MERCHANTID\n"
	    "  daybook -C %s customer add C1001 --name NAME --paypal-email ADDRESS\n", path,
	    cmd_option(c, "stand-ins") != NULL ? " (STAND-IN: no real money)" : "", ccy, zone, fpr, path,
	    path);
	return 0;
}
