/*
 * pack -- see pack.h: numbering, manifest, signature, and the rename that makes a pack be there.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "lock.h"
#include "pack_priv.h"
#include "sign.h"
#include "text.h"

#define PACK_FORMAT	1
#define REVISIONS_MAX	1000

struct shelf_of_packs {			/* what audit/BOOK holds already */
	int	 number;		/* of the newest */
	char	 previous[65];		/* digest of its manifest */
	json_t	*same_period;		/* manifest of the newest revision of our period, or NULL */
	char	 same_name[64];
	int	 revision;		/* 0 none, 1 PERIOD, 2 PERIOD.r2 ... */
};

static json_t *
read_manifest(int dir, const char *name, char sha256[65])
{
	struct buf b = BUF_INIT(16 * 1024 * 1024);
	struct error ignored;
	char path[300];
	json_error_t je;
	json_t *j = NULL;

	(void)snprintf(path, sizeof(path), "%s/manifest.json", name);
	if (buf_read_file(&b, dir, path, &ignored) == 0) {
		j = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &je);
		digest_hex(sha256, b.data, b.len);
	}
	buf_free(&b);
	return j;
}

static int
look_around(int dir, const char *period, struct shelf_of_packs *sp, struct error *e)
{
	struct dirent *d;
	DIR *dp;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = strlen(period);

	memset(sp, 0, sizeof(*sp));
	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "audit: open");
	}
	while ((d = readdir(dp)) != NULL) {
		char sha256[65];
		json_t *m;
		int number, revision = 0;

		if (d->d_name[0] == '.' || strlen(d->d_name) >= sizeof(sp->same_name))
			continue;
		if ((m = read_manifest(dir, d->d_name, sha256)) == NULL) {
			closedir(dp);
			json_decref(sp->same_period);
			return error_set(e, ERR_CORRUPT, "audit/%s: its manifest can't be read", d->d_name);
		}
		number = (int)json_integer_value(json_object_get(m, "number"));
		if (number > sp->number) {
			sp->number = number;
			memcpy(sp->previous, sha256, sizeof(sha256));
		}
		if (strcmp(d->d_name, period) == 0)
			revision = 1;
		else if (strncmp(d->d_name, period, n) == 0 && strncmp(d->d_name + n, ".r", 2) == 0)
			revision = (int)strtol(d->d_name + n + 2, NULL, 10);
		if (revision > sp->revision) {
			json_decref(sp->same_period);
			sp->same_period = m;
			sp->revision = revision;
			memcpy(sp->same_name, d->d_name, strlen(d->d_name) + 1);
		} else
			json_decref(m);
	}
	closedir(dp);
	return 0;
}

/* One file into the temporary folder, its line into the list. */
static int
put_file(int dir, const char *name, const struct buf *b, json_t *files, struct error *e)
{
	char line[200];

	digest_hex(line, b->data, b->len);
	(void)snprintf(line + 64, sizeof(line) - 64, "  %s", name);
	json_array_append_new(files, json_string(line));
	return dir == -1 ? 0 : durable_put(dir, name, b->data == NULL ? "" : b->data, b->len, 0640, e);
}

typedef int render_fn(struct pack *p, struct buf *out, struct error *e);

static int
put_rendered(struct pack *p, int dir, const char *name, render_fn *fn, json_t *files, struct error *e)
{
	struct buf b = BUF_INIT(PACK_FILE_MAX);
	int rc = fn(p, &b, e);

	if (rc == 0)
		rc = put_file(dir, name, &b, files, e);
	buf_free(&b);
	return rc;
}

/* All content files; dir -1: only their digests. */
static int
put_files(struct pack *p, int dir, const struct buf *key, json_t *files, struct error *e)
{
	return put_file(dir, "journal.csv", &p->journal_csv, files, e) == -1 ||
	    put_rendered(p, dir, "balances.csv", pack_balances_csv, files, e) == -1 ||
	    put_rendered(p, dir, "payments.csv", pack_payments_csv, files, e) == -1 ||
	    put_rendered(p, dir, "breaks.csv", pack_breaks_csv, files, e) == -1 ||
	    put_rendered(p, dir, "messages.csv", pack_messages_csv, files, e) == -1 ||
	    put_rendered(p, dir, "ledger.hledger", pack_hledger_file, files, e) == -1 ||
	    put_file(dir, "journal.jsonl", &p->jsonl, files, e) == -1 ||
	    put_file(dir, "public-key.asc", key, files, e) == -1 ||
	    put_rendered(p, dir, "VERIFY.txt", pack_verify_txt, files, e) == -1 ? -1 : 0;
}

static void
count(struct pack *p, struct pack_result *res)
{
	const char *key;
	json_t *v;

	json_object_foreach(p->open_messages, key, v)
		if (json_integer_value(v) == DISP_HELD)
			res->held++;
		else
			res->waiting++;
	json_object_foreach(p->breaks, key, v) {
		const char *st = json_string_value(json_object_get(v, "status"));

		res->breaks += st != NULL && strcmp(st, "open") == 0;
		res->expected += st != NULL && strcmp(st, "expected") == 0;
	}
	res->unallocated = (int)json_object_size(p->unallocated);
	res->records = p->records;
	res->entries = p->nentries;
	memcpy(res->head, p->end.head, sizeof(res->head));
}

static json_t *
make_manifest(const struct pack *p, const char *period, const struct shelf_of_packs *sp, int number,
    const struct pack_result *res, json_t *files)
{
	json_t *m = json_pack("{s:i,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:I,s:I,s:I,s:s}",
	    "format", PACK_FORMAT, "number", number, "business", p->site->name, "site", p->site->id,
	    "book", site_book_name[p->book], "period", period, "from", p->from, "to", p->to, "time_zone",
	    p->site->time_zone, "stand_ins", p->site->stand_ins, "chain_head", p->end.head,
	    "records_up_to_end", (json_int_t)p->end.n, "first_record", (json_int_t)p->first,
	    "last_record", (json_int_t)p->last, "key", p->site->key);

	if (m == NULL)
		return NULL;
	json_object_set_new(m, "standing", json_pack("{s:i,s:i,s:i,s:i,s:i}", "held", res->held,
	    "unallocated", res->unallocated, "breaks", res->breaks, "expected", res->expected, "waiting",
	    res->waiting));
	json_object_set_new(m, "previous_manifest", json_string(sp->previous));
	if (sp->revision > 0) {
		json_object_set_new(m, "supersedes", json_string(sp->same_name));
		json_object_set_new(m, "reason", json_string("the books of this period have changed since"));
	}
	json_object_set_new(m, "program", json_string("daybook " DAYBOOK_VERSION));
	json_object_set(m, "files", files);
	return m;
}

/* Manifest and signature into dir. */
static int
seal(struct sign *sg, const struct pack *p, int dir, json_t *manifest, struct error *e)
{
	struct buf sig = BUF_INIT(65536);
	char *text = manifest == NULL ? NULL : json_dumps(manifest, JSON_INDENT(2));
	int rc = -1;

	if (text == NULL)
		error_set(e, ERR_IO, "manifest: no memory");
	else if (durable_put(dir, "manifest.json", text, strlen(text), 0640, e) == 0 &&
	    sign_detached(sg, p->site->key, text, strlen(text), &sig, e) == 0)
		rc = durable_put(dir, "manifest.json.asc", sig.data, sig.len, 0640, e);
	free(text);
	buf_free(&sig);
	return rc;
}

static void
remove_folder(int dir, const char *name)
{
	struct dirent *d;
	DIR *dp;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return;
	if ((dp = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dp)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			(void)unlinkat(fd, d->d_name, 0);
	closedir(dp);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

static int
write_pack(struct pack *p, struct sign *sg, int dir, const char *period, struct pack_result *res,
    struct error *e)
{
	static const char tmp[] = ".tmp";
	struct shelf_of_packs sp;
	struct buf key = BUF_INIT(1024 * 1024);
	json_t *files = json_array(), *manifest = NULL;
	char name[64];
	int fd = -1, rc = -1;

	if (look_around(dir, period, &sp, e) == -1) {
		json_decref(files);
		return -1;
	}
	count(p, res);
	if (sign_export(sg, p->site->key, &key, e) == -1 || put_files(p, -1, &key, files, e) == -1)
		goto out;
	if (sp.same_period != NULL && json_equal(json_object_get(sp.same_period, "files"), files)) {
		res->existed = 1;
		res->number = (int)json_integer_value(json_object_get(sp.same_period, "number"));
		(void)snprintf(res->dir, sizeof(res->dir), "audit/%s/%s", site_book_name[p->book],
		    sp.same_name);
		rc = 0;
		goto out;
	}
	if (sp.revision >= REVISIONS_MAX) {
		error_set(e, ERR_INPUT, "audit: %s has %d revisions", period, sp.revision);
		goto out;
	}
	res->number = sp.number + 1;
	if (sp.revision == 0)
		(void)snprintf(name, sizeof(name), "%s", period);
	else
		(void)snprintf(name, sizeof(name), "%s.r%d", period, sp.revision + 1);
	remove_folder(dir, tmp);
	json_array_clear(files);
	if (mkdirat(dir, tmp, 0750) == -1 || (fd = openat(dir, tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1) {
		error_sys(e, "audit: create");
		goto out;
	}
	if (put_files(p, fd, &key, files, e) == -1)
		goto out;
	manifest = make_manifest(p, period, &sp, res->number, res, files);
	if (seal(sg, p, fd, manifest, e) == -1 || durable_sync_dir(fd, "audit", e) == -1)
		goto out;
	/* Whoever sees the folder can verify it. */
	if (renameat2(dir, tmp, dir, name, RENAME_NOREPLACE) == -1) {
		error_sys(e, "audit/%s: rename", name);
		goto out;
	}
	if (durable_sync_dir(dir, "audit", e) == -1)
		goto out;
	(void)snprintf(res->dir, sizeof(res->dir), "audit/%s/%s", site_book_name[p->book], name);
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	json_decref(manifest);
	json_decref(files);
	json_decref(sp.same_period);
	buf_free(&key);
	return rc;
}

int
pack_write(const struct site *s, int book, const char *from, const char *to, int64_t now,
    struct pack_result *res, struct error *e)
{
	struct pack p = { .site = s, .book = book, .from = from, .to = to, .want = PACK_FILES };
	struct lock lock = LOCK_INIT;
	struct sign *sg = NULL;
	char today[MOMENT_DAY], period[64], path[64], home[PATH_MAX];
	int dir = -1, rc = -1;

	memset(res, 0, sizeof(*res));
	if (!moment_day_valid(from) || !moment_day_valid(to) || strcmp(from, to) > 0)
		return error_set(e, ERR_INPUT, "period: %s to %s is none", from, to);
	if (strcmp(to, moment_day(now, today)) > 0)
		return error_set(e, ERR_INPUT, "period: %s is not over; today is %s", to, today);
	(void)snprintf(period, sizeof(period), strcmp(from, to) == 0 ? "%s" : "%s--%s", from, to);
	(void)snprintf(path, sizeof(path), "audit/%s", site_book_name[book]);
	if (snprintf(home, sizeof(home), "%s/gnupg", s->path) >= (int)sizeof(home))
		return error_set(e, ERR_CONFIG, "site: path too long");
	if ((dir = durable_open_dir(s->fd, path, e)) == -1 ||
	    lock_take(&lock, dir, ".lock", 0, e) == -1 || sign_open(&sg, home, e) == -1 ||
	    pack_collect(&p, e) == -1)
		goto out;
	rc = write_pack(&p, sg, dir, period, res, e);
out:
	sign_close(sg);
	pack_free(&p);
	lock_drop(&lock);
	if (dir != -1)
		close(dir);
	return rc;
}

int
pack_export(const struct site *s, int book, const char *format, const char *from, const char *to,
    int by_event, struct buf *out, struct error *e)
{
	struct pack p = { .site = s, .book = book, .from = from, .to = to, .by_event = by_event };
	int rc = -1;

	p.want = strcmp(format, "json") == 0 ? PACK_JSON : strcmp(format, "csv") == 0 ? PACK_CSV :
	    strcmp(format, "hledger") == 0 ? PACK_HLEDGER : 0;
	if (p.want == 0)
		return error_set(e, ERR_INPUT, "export: hledger, csv or json is expected, not \"%s\"", format);
	if (pack_collect(&p, e) == 0) {
		if (p.want == PACK_JSON)
			rc = p.entries_json.len == 0 ? buf_adds(out, "[]\n", e) :
			    buf_add(out, p.entries_json.data, p.entries_json.len, e) == -1 ? -1 :
			    buf_adds(out, "\n]\n", e);
		else if (p.want == PACK_CSV)
			rc = buf_add(out, p.journal_csv.data, p.journal_csv.len, e);
		else
			rc = pack_hledger_file(&p, out, e);
	}
	pack_free(&p);
	return rc;
}
