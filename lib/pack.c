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
#include "ofx.h"
#include "pack_priv.h"
#include "sign.h"
#include "text.h"

#define TEMPORARY	".tmp"
#define ENTRIES		".entries"	/* of ledger.hledger, while it is made */
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

/* A file of the pack is done: its line into the list. */
static int
listed(json_t *files, const char *name, const char hex[DIGEST_HEX], struct error *e)
{
	char line[200];

	(void)snprintf(line, sizeof(line), "%s  %s", hex, name);
	return json_array_append_new(files, json_string(line)) == -1 ?
	    error_set(e, ERR_IO, "pack: no memory") : 0;
}

static int
put_file(int dir, const char *name, const struct buf *b, json_t *files, struct error *e)
{
	struct outfile *o = outfile_open(dir, name, 0640, e);
	char hex[DIGEST_HEX];

	if (o == NULL)
		return -1;
	if (buf_add(outfile_buf(o), b->data == NULL ? "" : b->data, b->len, e) == -1) {
		outfile_abort(o);
		return -1;
	}
	return outfile_close(o, hex, e) == -1 ? -1 : listed(files, name, hex, e);
}

static int
put_rendered(struct pack *p, int dir, const char *name, pack_render_fn *fn, json_t *files, struct error *e)
{
	struct outfile *o = outfile_open(dir, name, 0640, e);
	char hex[DIGEST_HEX];

	if (o == NULL)
		return -1;
	if (fn(p, o, e) == -1) {
		outfile_abort(o);
		return -1;
	}
	return outfile_close(o, hex, e) == -1 ? -1 : listed(files, name, hex, e);
}

static int
close_listed(struct outfile **o, const char *name, json_t *files, struct error *e)
{
	char hex[DIGEST_HEX];
	int rc = outfile_close(*o, hex, e);

	*o = NULL;
	return rc == -1 ? -1 : listed(files, name, hex, e);
}

/* Directives and opening balances, which are known last, before the entries, which came first. */
static int
put_hledger(struct pack *p, int dir, json_t *files, struct error *e)
{
	struct outfile *o = outfile_open(dir, "ledger.hledger", 0640, e);
	char hex[DIGEST_HEX];
	int fd = o == NULL ? -1 : openat(dir, ENTRIES, O_RDONLY | O_CLOEXEC), rc = -1;

	if (o != NULL && fd == -1)
		error_sys(e, "open %s", ENTRIES);
	else if (o != NULL)
		rc = pack_hledger_head(p, outfile_buf(o), e) == -1 || outfile_copy(o, fd, e) == -1 ? -1 : 0;
	if (fd != -1)
		close(fd);
	if (rc == -1) {
		outfile_abort(o);
		return -1;
	}
	return outfile_close(o, hex, e) == -1 || listed(files, "ledger.hledger", hex, e) == -1 ? -1 :
	    unlinkat(dir, ENTRIES, 0) == -1 ? error_sys(e, "remove %s", ENTRIES) : 0;
}

/* Walks the journal; what grows with it is written on the way. */
static int
collect(struct pack *p, int dir, json_t *files, struct error *e)
{
	int rc = -1;

	if ((p->journal_csv = outfile_open(dir, "journal.csv", 0640, e)) != NULL &&
	    (p->hledger = outfile_open(dir, ENTRIES, 0640, e)) != NULL &&
	    (p->jsonl = outfile_open(dir, "journal.jsonl", 0640, e)) != NULL &&
	    pack_collect(p, e) == 0)
		rc = close_listed(&p->journal_csv, "journal.csv", files, e) == -1 ||
		    close_listed(&p->jsonl, "journal.jsonl", files, e) == -1 ? -1 : 0;
	if (rc == 0) {
		rc = outfile_close(p->hledger, NULL, e);
		p->hledger = NULL;
	}
	outfile_abort(p->journal_csv);
	outfile_abort(p->hledger);
	outfile_abort(p->jsonl);
	p->journal_csv = p->hledger = p->jsonl = NULL;
	return rc;
}

/* PayPal-USD.ofx ...: each provider account and currency. */
static int
put_ofx(struct pack *p, int dir, json_t *files, struct error *e)
{
	char name[128], hex[DIGEST_HEX];
	struct outfile *o;
	size_t i;

	for (i = 0; i < p->nbalances; i++) {
		const char *account = pack_provider(p->balances[i].account);

		if (account == NULL)
			continue;
		(void)snprintf(name, sizeof(name), "%s-%s.ofx", account, p->balances[i].currency);
		if ((o = outfile_open(dir, name, 0640, e)) == NULL)
			return -1;
		if (ofx_head(o, pack_moment(p), 1, e) == -1 ||
		    pack_ofx_statement(p, &p->balances[i], o, e) == -1 || ofx_end(o, 1, e) == -1) {
			outfile_abort(o);
			return -1;
		}
		if (outfile_close(o, hex, e) == -1 || listed(files, name, hex, e) == -1)
			return -1;
	}
	return 0;
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
	json_object_foreach(json_object_get(p->st.tables, "break"), key, v) {
		int st = breaks_effective(v, p->to);

		res->breaks += st == BREAK_OPEN;
		res->expected += st == BREAK_EXPECTED;
	}
	res->unallocated = (int)json_object_size(p->st.unallocated);
	res->records = p->records;
	res->entries = p->nentries;
	memcpy(res->head, p->end.head, sizeof(res->head));
}

char *
pack_verdict(const struct pack_result *r, char out[64])
{
	int person = r->held + r->unallocated + r->breaks, outside = r->expected + r->waiting;

	(void)snprintf(out, 64, person > 0 ? "BREAKS %d" : outside > 0 ? "INCOMPLETE %d" : "CLEAN",
	    person > 0 ? person : outside);
	return out;
}

static int
put_report(struct pack *p, int dir, const struct pack_result *res, json_t *files, struct error *e)
{
	struct outfile *o = outfile_open(dir, "report.pdf", 0640, e);
	char hex[DIGEST_HEX];

	if (o == NULL)
		return -1;
	if (pack_report(p, res, o, e) == -1) {
		outfile_abort(o);
		return -1;
	}
	return outfile_close(o, hex, e) == -1 ? -1 : listed(files, "report.pdf", hex, e);
}

/* All content files. */
static int
put_files(struct pack *p, int dir, const struct buf *key, json_t *files, struct pack_result *res,
    struct error *e)
{
	char folder[4096], hex[DIGEST_HEX];

	(void)snprintf(folder, sizeof(folder), "%s/audit/%s/" TEMPORARY, p->site->path, site_book_name[p->book]);
	if (collect(p, dir, files, e) == -1)
		return -1;
	count(p, res);
	return put_rendered(p, dir, "balances.csv", pack_balances_csv, files, e) == -1 ||
	    put_rendered(p, dir, "payments.csv", pack_payments_csv, files, e) == -1 ||
	    put_rendered(p, dir, "breaks.csv", pack_breaks_csv, files, e) == -1 ||
	    put_rendered(p, dir, "messages.csv", pack_messages_csv, files, e) == -1 ||
	    put_hledger(p, dir, files, e) == -1 || put_ofx(p, dir, files, e) == -1 ||
	    put_report(p, dir, res, files, e) == -1 || pack_workbook(p, folder, files, res, e) == -1 ||
	    digest_file(dir, "workbook.xlsx", hex, e) == -1 ||
	    listed(files, "workbook.xlsx", hex, e) == -1 ||
	    put_file(dir, "public-key.asc", key, files, e) == -1 ||
	    put_rendered(p, dir, "VERIFY.txt", pack_verify_txt, files, e) == -1 ? -1 : 0;
}

/* 1 where the digests of what the books alone decide are the same in both lists. */
static int
same_books(const json_t *a, const json_t *b)
{
	static const char *const names[] = { "journal.csv", "journal.jsonl", "balances.csv", "payments.csv",
	    "breaks.csv", "messages.csv" };
	size_t i, k, m;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *x = "", *y = "";

		for (k = 0; k < json_array_size(a); k++)
			if (strcmp(json_string_value(json_array_get(a, k)) + 66, names[i]) == 0)
				x = json_string_value(json_array_get(a, k));
		for (m = 0; m < json_array_size(b); m++)
			if (strcmp(json_string_value(json_array_get(b, m)) + 66, names[i]) == 0)
				y = json_string_value(json_array_get(b, m));
		if (strcmp(x, y) != 0)
			return 0;
	}
	return 1;
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
		json_object_set_new(m, "reason", json_string(same_books(json_object_get(sp->same_period, "files"),
		    files) ? "settings, key or program have changed since; the books have not" :
		    "the books of this period have changed since"));
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

/* The files are in fd, .tmp below dir: are they the same as before, or a pack of their own? */
static int
settle(struct pack *p, struct sign *sg, int dir, int fd, const char *period, struct shelf_of_packs *sp,
    json_t *files, struct pack_result *res, struct error *e)
{
	json_t *manifest;
	char name[64];
	int rc;

	if (sp->same_period != NULL && json_equal(json_object_get(sp->same_period, "files"), files)) {
		res->existed = 1;
		res->number = (int)json_integer_value(json_object_get(sp->same_period, "number"));
		(void)snprintf(res->dir, sizeof(res->dir), "audit/%s/%s", site_book_name[p->book],
		    sp->same_name);
		remove_folder(dir, TEMPORARY);
		return 0;
	}
	if (sp->revision >= REVISIONS_MAX)
		return error_set(e, ERR_INPUT, "audit: %s has %d revisions", period, sp->revision);
	res->number = sp->number + 1;
	if (sp->revision == 0)
		(void)snprintf(name, sizeof(name), "%s", period);
	else
		(void)snprintf(name, sizeof(name), "%s.r%d", period, sp->revision + 1);
	manifest = make_manifest(p, period, sp, res->number, res, files);
	rc = seal(sg, p, fd, manifest, e);
	json_decref(manifest);
	if (rc == -1 || outfile_sync_all(fd, "audit", e) == -1)
		return -1;
	/* Whoever sees the folder can verify it. */
	if (renameat2(dir, TEMPORARY, dir, name, RENAME_NOREPLACE) == -1)
		return error_sys(e, "audit/%s: rename", name);
	(void)snprintf(res->dir, sizeof(res->dir), "audit/%s/%s", site_book_name[p->book], name);
	return durable_sync_dir(dir, "audit", e);
}

static int
write_pack(struct pack *p, struct sign *sg, int dir, const char *period, struct pack_result *res,
    struct error *e)
{
	struct shelf_of_packs sp;
	struct buf key = BUF_INIT(1024 * 1024);
	json_t *files = json_array();
	int fd = -1, rc = -1;

	if (look_around(dir, period, &sp, e) == -1) {
		json_decref(files);
		return -1;
	}
	remove_folder(dir, TEMPORARY);
	if (mkdirat(dir, TEMPORARY, 0750) == -1 ||
	    (fd = openat(dir, TEMPORARY, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		error_sys(e, "audit: create");
	else {
		p->dir = fd;
		if (sign_export(sg, p->site->key, &key, e) == 0 && put_files(p, fd, &key, files, res, e) == 0) {
			rc = settle(p, sg, dir, fd, period, &sp, files, res, e);
		}
	}
	if (rc == -1)
		remove_folder(dir, TEMPORARY);
	if (fd != -1)
		close(fd);
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
	    lock_take(&lock, dir, ".lock", 0, e) == -1 || sign_open(&sg, home, e) == -1)
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
