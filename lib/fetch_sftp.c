/*
 * fetch_sftp -- PayPal's report files from its SFTP server (providers/paypal.md 5.1).
 *
 * A file grows as NAME.part, is resumed where a connection broke, and gets its name once it is
 * whole: as long as the listing says, and ended by its own FF row.  One that is known is not fetched
 * again; one of the same name that has changed is kept beside it, in a folder of its own, so that
 * both can be compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "fetch_priv.h"
#include "moment.h"
#include "secret.h"
#include "sftp.h"
#include "text.h"

#define PATTERN		"^(STL|TRR)-([0-9]{8})\\.([0-9]{2})\\.([0-9]{3})\\.([Cc][Ss][Vv]|[Tt][Aa][Bb])$"
#define COPIES		100		/* times one name may change */
#define TAIL		65536		/* the end of a file in which its last row stands */

static const char *
setting(const struct fetch *f, const char *name, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(f->in.settings, name));

	return s == NULL || s[0] == '\0' ? otherwise : s;
}

/* ---- which files ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct sftp_entry *)a)->name, ((const struct sftp_entry *)b)->name);
}

/* "STL-20240304.01.": type, day and part, without version and extension. */
#define KEY	16

/* Days asked for, from the name. */
static int
within(const struct fetch *f, const char *name)
{
	char day[MOMENT_DAY];

	(void)snprintf(day, sizeof(day), "%.4s-%.2s-%.2s", name + 4, name + 8, name + 10);
	return (f->o->from == NULL || strcmp(day, f->o->from) >= 0) &&
	    (f->o->to == NULL || strcmp(day, f->o->to) <= 0);
}

/* Name of the known file that is this part of this report in whatever version, or NULL. */
static const char *
known_part(struct fetch *f, const char *name)
{
	json_t *files = fetch_member(f, "files", json_object()), *v;
	const char *other;

	json_object_foreach(files, other, v)
		if (strncmp(other, name, KEY) == 0)
			return other;
	return NULL;
}

/*
 * Those of our form, one a report and part: of two versions side by side the newer one, unless the
 * older one was taken before.  Sorted by name; n becomes fewer.
 */
static int
choose(struct fetch *f, struct sftp_entry *v, size_t *n, struct error *e)
{
	regex_t re;
	size_t i, k = 0;
	const char *known;

	if (regcomp(&re, PATTERN, REG_EXTENDED | REG_NOSUB) != 0)
		return error_set(e, ERR_IO, "fetch: no memory");
	for (i = 0; i < *n; i++)
		if (regexec(&re, v[i].name, 0, NULL, 0) == 0 && within(f, v[i].name))
			v[k++] = v[i];
	regfree(&re);
	*n = k;
	if (k > 0)
		qsort(v, k, sizeof(*v), by_name);
	for (i = k = 0; i < *n; i++) {
		known = known_part(f, v[i].name);
		if (known != NULL ? strcmp(known, v[i].name) != 0 :
		    i + 1 < *n && strncmp(v[i + 1].name, v[i].name, KEY) == 0)
			continue;
		v[k++] = v[i];
	}
	*n = k;
	return 0;
}

/* ---- is it whole? ---- */

/* 1 where the last row is the file's footer: a file that still grows has none. */
static int
has_end(int fd, int64_t size, struct error *e)
{
	char *tail = malloc(TAIL);
	int64_t from = size > TAIL ? size - TAIL : 0;
	ssize_t n = tail == NULL ? -1 : pread(fd, tail, (size_t)(size - from), from);
	size_t len, start;
	int ended;

	if (n == -1) {
		free(tail);
		return error_sys(e, "fetch: read");
	}
	for (len = (size_t)n; len > 0 && (tail[len - 1] == '\n' || tail[len - 1] == '\r'); len--)
		continue;
	for (start = len; start > 0 && tail[start - 1] != '\n'; start--)
		continue;
	ended = (len - start >= 4 && memcmp(tail + start, "\"FF\"", 4) == 0) ||
	    (len - start >= 2 && memcmp(tail + start, "FF", 2) == 0);
	free(tail);
	return ended;
}

/* ---- one file ---- */

struct one {
	struct fetch		*f;
	struct sftp		*s;
	const struct sftp_entry	*en;
	char			 part[300], name[300];	/* below the integration's folder */
};

/* A part is resumed only where it is of the very file that is there now. */
static int
same_part(const struct one *o)
{
	const json_t *p = json_object_get(o->f->state, "part");
	const char *name = json_string_value(json_object_get(p, "name"));
	const char *stamp = json_string_value(json_object_get(p, "stamp"));

	return name != NULL && stamp != NULL && strcmp(name, o->en->name) == 0 &&
	    strcmp(stamp, o->en->stamp) == 0;
}

static int
begin_part(struct one *o, struct error *e)
{
	if (json_object_set_new(o->f->state, "part", json_pack("{s:s,s:s}", "name", o->en->name, "stamp",
	    o->en->stamp)) == -1)
		return error_set(e, ERR_IO, "fetch: no memory");
	if (unlinkat(o->f->dir, o->part, 0) == -1 && errno != ENOENT)
		return error_sys(e, "%s/%s", o->f->path, o->part);
	return fetch_save(o->f, e);
}

/* A name for it: its own, in a numbered folder where that one is known. */
static int
free_name(struct one *o, struct error *e)
{
	json_t *files = fetch_member(o->f, "files", json_object());
	char folder[200];
	int i;

	(void)snprintf(o->name, sizeof(o->name), "%s", o->en->name);
	for (i = 2; json_object_get(files, o->name) != NULL && i < COPIES; i++) {
		(void)snprintf(folder, sizeof(folder), "%s/%d", o->f->path, i);
		if (durable_mkdirs(o->f->s->fd, folder, 0750, e) == -1)
			return -1;
		(void)snprintf(o->name, sizeof(o->name), "%d/%s", i, o->en->name);
	}
	return 0;
}

/* 1 where these bytes are known already: the server only shows them with another date. */
static int
known_bytes(struct one *o, const char *sha)
{
	json_t *files = fetch_member(o->f, "files", json_object()), *v;
	const char *name, *base;

	json_object_foreach(files, name, v) {
		base = strrchr(name, '/');
		base = base == NULL ? name : base + 1;
		if (strcmp(base, o->en->name) == 0 &&
		    strcmp(sha, json_string_value(json_object_get(v, "sha256"))) == 0) {
			json_object_set_new(v, "stamp", json_string(o->en->stamp));
			return 1;
		}
	}
	return 0;
}

static int
finish(struct one *o, int fd, int64_t size, struct error *e)
{
	struct fetch *f = o->f;
	char sha[DIGEST_HEX];

	if (fsync(fd) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return error_sys(e, "%s/%s", f->path, o->part);
	if (digest_fd(fd, o->part, sha, e) == -1)
		return -1;
	json_object_del(f->state, "part");
	if (known_bytes(o, sha)) {
		if (unlinkat(f->dir, o->part, 0) == -1)
			return error_sys(e, "%s/%s", f->path, o->part);
		return fetch_save(f, e);
	}
	if (free_name(o, e) == -1)
		return -1;
	if (renameat(f->dir, o->part, f->dir, o->name) == -1)
		return error_sys(e, "%s/%s: rename", f->path, o->name);
	if (strchr(o->name, '/') != NULL) {
		char folder[8];
		int sub;

		(void)snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(o->name, "/"), o->name);
		if ((sub = durable_open_dir(f->dir, folder, e)) == -1)
			return -1;
		if (durable_sync_dir(sub, o->name, e) == -1) {
			close(sub);
			return -1;
		}
		close(sub);
	}
	if (durable_sync_dir(f->dir, f->path, e) == -1 ||
	    fetch_known(f, o->name, sha, size, o->en->stamp, e) == -1)
		return -1;
	f->res->files++;
	return buf_addf(&f->res->text, e, "file %s/%s: %lld bytes\n", f->path, o->name, (long long)size);
}

/* Fetches what is missing of the part; 0 also where it is not whole yet. */
static int
get_one(struct one *o, struct error *e)
{
	struct fetch *f = o->f;
	json_t *known = json_object_get(fetch_member(f, "files", json_object()), o->en->name);
	const char *stamp = json_string_value(json_object_get(known, "stamp"));
	struct stat st;
	int fd, rc, ended;

	/* A name alone, where the server says no more, is known for good. */
	if (known != NULL && (o->en->stamp[0] == '\0' || (stamp != NULL && strcmp(stamp, o->en->stamp) == 0)))
		return 0;
	(void)snprintf(o->part, sizeof(o->part), "%s.part", o->en->name);
	/* Whole, but killed before it was known: it goes on from there. */
	if (known == NULL && same_part(o) && faccessat(f->dir, o->en->name, F_OK, 0) == 0 &&
	    renameat(f->dir, o->en->name, f->dir, o->part) == -1)
		return error_sys(e, "%s/%s", f->path, o->part);
	if (!same_part(o) && begin_part(o, e) == -1)
		return -1;
	if ((fd = openat(f->dir, o->part, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640)) == -1)
		return error_sys(e, "%s/%s", f->path, o->part);
	rc = fstat(fd, &st) == -1 ? error_sys(e, "%s", o->part) : 0;
	if (rc == 0 && (o->en->size == -1 || st.st_size < o->en->size)) {
		rc = sftp_get(o->s, o->en->name, fd, st.st_size, e);
		if (rc == -1 && e->code == ERR_NOTFOUND) {	/* shorter than our part: from its start */
			e->code = ERR_NONE;
			rc = ftruncate(fd, 0) == -1 ? error_sys(e, "%s", o->part) : sftp_get(o->s, o->en->name, fd, 0, e);
		}
		if (rc == 0 && fstat(fd, &st) == -1)
			rc = error_sys(e, "%s", o->part);
	}
	if (rc == 0) {
		if ((ended = has_end(fd, st.st_size, e)) == -1)
			rc = -1;
		else if (!ended || (o->en->size != -1 && st.st_size != o->en->size)) {
			f->res->growing++;
			rc = buf_addf(&f->res->text, e, "growing %s: %lld bytes, without its last row yet\n", o->en->name,
			    (long long)st.st_size);
		} else
			rc = finish(o, fd, st.st_size, e);
	}
	close(fd);
	return rc;
}

int
fetch_sftp(struct fetch *f, struct error *e)
{
	const char *key = setting(f, "sftp_key_file", "");
	char path[FETCH_PATH + 512];
	struct sftp_login login = {
		.host = setting(f, "sftp_host", f->o->book == BOOK_LIVE ? "reports.paypal.com" :
		    "reports.sandbox.paypal.com"),
		.user = setting(f, "sftp_user", ""),
		.directory = setting(f, "sftp_directory", "/ppreports/outgoing"),
		.host_keys = setting(f, "sftp_host_key", ""),
		.password = secret_text(f->secrets, "sftp_password"),
	};
	const char *port = setting(f, "sftp_port", "22");
	struct sftp_entry *v = NULL;
	struct sftp *s = NULL;
	size_t n = 0, i;
	int64_t number;
	int rc = -1;

	/* Where it is not said from / on, below the site's secrets. */
	(void)snprintf(path, sizeof(path), "%s%s%s", key[0] == '/' || key[0] == '\0' ? "" : f->s->path,
	    key[0] == '/' || key[0] == '\0' ? "" : "/secrets/", key);
	login.key_file = path;
	if (text_number(port, strlen(port), 1, 65535, &number, "sftp_port", e) == -1)
		return -1;
	login.port = (int)number;
	if (sftp_open(&s, &login, e) == -1 || sftp_list(s, &v, &n, e) == -1 || choose(f, v, &n, e) == -1)
		goto out;
	for (rc = 0, i = 0; rc == 0 && i < n; i++) {
		struct one o = { .f = f, .s = s, .en = &v[i] };

		rc = get_one(&o, e);
	}
out:
	free(v);
	sftp_close(s);
	return rc;
}
