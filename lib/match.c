/*
 * match -- see match.h: files in, comparison, what is booked from them, comparison again, results.
 *
 * The books' lock is held while rows are compared, never while a request goes through the door.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk.h"
#include "digest.h"
#include "durable.h"
#include "match_priv.h"
#include "money.h"
#include "report/reread.h"
#include "text.h"

#define TEXT_MAX_	((size_t)1 << 20)
#define BESIDE		((off_t)1 << 20)	/* of a file so large the digest is worth a thread */

/* ---- settings ---- */

/* Options of the command line first, then the integration's settings. */
int
match_settings(struct match *m)
{
	int rc = shelf_integration(&(struct shelf){ .site = m->s }, m->o->account, m->o->book, &m->in, m->e);

	if (rc == -1)
		return -1;
	m->have_in = rc;
	m->how = m->o->how;
	m->how.sure = m->how.dates[0] != '\0';
	memcpy(m->how.currency, m->s->currency, 4);
	return report_settings(m->s->root, rc ? m->in.settings : NULL, &m->how, &m->aliases, m->e);
}

/* ---- files ---- */

int
match_take_control(void *arg, const struct report_control *c, struct error *e)
{
	struct match *m = arg;
	struct match_control *v = reallocarray(m->controls, m->ncontrols + 1, sizeof(*v));

	if (v == NULL)
		return error_sys(e, "reconcile");
	m->controls = v;
	v[m->ncontrols].c = *c;
	v[m->ncontrols++].file = m->at_file;
	return 0;
}

const struct report_format *
match_recognise(int fd, const char *name, const struct report_format *first, struct error *e)
{
	const struct report_format *f = report_recognise(fd, name, first, e);

	if (f == NULL && e->code == ERR_NONE)
		error_set(e, ERR_INPUT, "%s: no report format that we know: a PayPal activity download begins "
		    "with a line of column names such as Date, Time, TimeZone ..., a settlement or transaction "
		    "detail report with a row RH (see --format)", name);
	return f;
}

static void
short_name(const char *path, char out[256])
{
	const char *base = strrchr(path, '/');
	size_t i, n;

	base = base == NULL ? path : base + 1;
	n = text_utf8_valid(base, strnlen(base, 255));
	memcpy(out, base, n);
	out[n] = '\0';
	for (i = 0; i < n; i++)
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
			out[i] = '?';
}

struct digesting {
	int		 fd, rc;
	const char	*name;
	char		 hex[DIGEST_HEX];
	struct error	 e;
};

static void *
digest(void *arg)
{
	struct digesting *d = arg;

	d->rc = digest_whole(d->fd, d->name, d->hex, &d->e);
	return NULL;
}

/* The rows, and beside them, by a thread of its own, the digest. */
static int
read_beside(int fd, struct match_file *f, const struct report_format *format,
    const struct report_options *how, const struct report_sink *sink, struct error *e)
{
	struct digesting d = { .fd = fd, .name = f->name };
	pthread_t thread;
	int alone = pthread_create(&thread, NULL, digest, &d) != 0, rc;

	if (alone)
		(void)digest(&d);
	rc = format->read(fd, f->name, how, sink, e);
	if (!alone)
		(void)pthread_join(thread, NULL);
	if (rc == 0 && d.rc == -1) {
		*e = d.e;
		rc = -1;
	}
	memcpy(f->sha256, d.hex, sizeof(f->sha256));
	return rc;
}

/* 1 read, 0 the same bytes were given before, -1. */
static int
read_file(struct match *m, const char *path, const char *name, struct match_options *o)
{
	struct report_sink sink = { .arg = m, .row = match_take_row,
	    .control = match_take_control,
	    .plain = o->in_full ? NULL : match_take_plain, .again = match_take_again };
	struct match_file *f = &m->file[m->nfiles];
	const struct report_format *format;
	struct stat st;
	struct error ignored;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), i, beside, rc = -1;

	short_name(name, f->name);
	if (fd == -1 || fstat(fd, &st) == -1) {
		error_sys(m->e, "%s", path);
		m->e->code = ERR_INPUT;
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		error_set(m->e, ERR_INPUT, "%s: not a regular file", path);
		goto out;
	}
	/* Of a first file that is large the digest can come beside the rows; others are known by it. */
	beside = m->nfiles == 0 && st.st_size >= BESIDE && (o->format == NULL ? match_recognise(fd, f->name,
	    NULL, &ignored) : o->format) == &report_paypal_activity;
	if (!beside && digest_whole(fd, f->name, f->sha256, m->e) == -1)
		goto out;
	for (i = 0; i < m->nfiles; i++)
		if (strcmp(m->file[i].sha256, f->sha256) == 0) {
			rc = 0;
			goto out;
		}
	format = m->forced ? o->format : match_recognise(fd, f->name, o->format, m->e);
	if (format == NULL)
		goto out;
	if (o->format != NULL && format != o->format) {
		error_set(m->e, ERR_INPUT, "%s: a file of format %s among files of %s: a run is for one format",
		    f->name, format->name, o->format->name);
		goto out;
	}
	o->format = format;
	m->at_file = m->nfiles;
	f->rows = 0;
	f->bytes = st.st_size;
	if (match_statement_sink(m, format, &sink) == -1)
		goto out;
	rc = beside ? read_beside(fd, f, format, &m->how, &sink, m->e) :
	    format->read(fd, f->name, &m->how, &sink, m->e);
	if (rc == 0) {
		m->nfiles++;
		f->fd = fd;
		return 1;
	}
	if (f->again != NULL) {
		f->again->free(f->again);
		f->again = NULL;
	}
out:
	if (fd != -1)
		close(fd);
	return rc;
}

static int
read_all(struct match *m, char *const *files, int nfiles, char **kept, struct match_options *o)
{
	char path[512], name[256];
	int i, rc;

	m->forced = o->format != NULL;
	for (i = 0; i < nfiles; i++) {
		if ((rc = read_file(m, files[i], files[i], o)) == -1)
			return -1;
		if (rc == 1)
			kept[m->nfiles - 1] = files[i];
	}
	/* A report's other parts, where earlier runs read them. */
	while ((rc = match_statement_part(m, path, name)) == 1) {
		if ((rc = read_file(m, path, name, o)) == -1)
			return -1;
		m->file[m->nfiles - 1].added = 1;
	}
	if (rc == -1)
		return -1;
	match_sort(m);
	if (match_statement_files(m) == -1)
		return -1;
	return match_check_account(m) == -1 ? -1 : match_check_joints(m);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* DAY-8hex: the same files of the same account on the same day are the same run. */
static int
name_run(struct match *m)
{
	struct buf all = BUF_INIT((MATCH_FILES + 1) * DIGEST_HEX);
	const char *sha[MATCH_FILES];
	char hex[DIGEST_HEX];
	int i, rc;

	for (i = 0; i < m->nfiles; i++)
		sha[i] = m->file[i].sha256;
	qsort(sha, (size_t)m->nfiles, sizeof(sha[0]), by_text);
	rc = buf_add(&all, m->o->account, strlen(m->o->account) + 1, m->e);
	for (i = 0; i < m->nfiles && rc == 0; i++)
		rc = buf_add(&all, sha[i], DIGEST_HEX, m->e);
	digest_hex(hex, all.data, all.len);
	buf_free(&all);
	(void)snprintf(m->run, sizeof(m->run), "%s-%.8s", m->today, hex);
	return rc;
}

/* One comparison under the books' lock. */
static int
compare(struct match *m)
{
	struct lock l = LOCK_INIT;
	struct books *b;
	int rc = -1;

	if (books_lock(&l, m->s, BOOKS_WAIT_MS, m->e) == -1)
		return -1;
	if (books_open(&b, m->s, m->o->book, m->e) == -1)
		goto out;
	match_masspay_prepare(m);
	rc = match_compare(m, b) == -1 || match_masspay(m, b) == -1 || match_settle(m, b) == -1 ||
	    match_statement_put(m, b) == -1 ? -1 : 0;
	m->books = NULL;
	if (rc == -1)
		books_abort(b);
	else
		rc = books_close(b, m->e);
out:
	lock_drop(&l);
	return rc;
}

static int
missing_now(const struct match *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->v[i].postable &&
		    (m->v[i].outcome == ROW_MISSING || m->v[i].outcome == ROW_DIFFERS))
			return 1;
	return 0;
}

static int
run(struct match *m, char *const *files, int nfiles, struct match_options *o)
{
	char *kept[MATCH_FILES] = { NULL };
	size_t before;

	if (match_settings(m) == -1 || match_rules_load(m) == -1 || match_tariff_load(m) == -1 ||
	    read_all(m, files, nfiles, kept, o) == -1 ||
	    (!o->dry_run && name_run(m) == -1) || compare(m) == -1)
		return -1;
	if (o->dry_run)
		return match_text(m);
	if (match_keep_reports(m, kept) == -1)
		return -1;
	if (o->post_missing && match_leave_explained(m) == 0 && missing_now(m)) {
		before = m->matched;
		if (match_post(m, &m->res->posted) == -1 || compare(m) == -1)
			return -1;
		m->res->posted = m->matched > before ? m->matched - before : 0;
	}
	if (match_record(m) == -1 || match_write_run(m) == -1 || match_text(m) == -1)
		return -1;
	memcpy(m->res->run, m->run, sizeof(m->res->run));
	return 0;
}

int
match_run(const struct site *s, const struct match_options *options, char *const *files, int nfiles,
    struct match_result *res, struct error *e)
{
	struct match_options o = *options;
	struct match m;
	int rc = -1;

	memset(res, 0, sizeof(*res));
	res->text.max = TEXT_MAX_;
	if (nfiles > MATCH_FILES)
		return error_set(e, ERR_INPUT, "more than %d files", MATCH_FILES);
	memset(&m, 0, sizeof(m));
	m.s = s;
	m.o = &o;
	m.res = res;
	m.e = e;
	m.found = json_object();
	m.old = json_object();
	m.listed = json_object();
	m.put = json_array();
	moment_day(o.now, m.today);
	if (m.found == NULL || m.old == NULL || m.listed == NULL || m.put == NULL)
		error_set(e, ERR_IO, "reconcile: no memory");
	else
		rc = run(&m, files, nfiles, &o);
	if (m.have_in)
		site_integration_free(&m.in);
	json_decref(m.found);
	json_decref(m.old);
	json_decref(m.listed);
	json_decref(m.put);
	rules_free(m.rules);
	tariff_free(m.tariff);
	free(m.aliases);
	free(m.controls);
	free(m.v);
	match_plain_free(&m);
	match_statement_free(&m);
	while (m.nfiles > 0) {
		struct match_file *f = &m.file[--m.nfiles];

		close(f->fd);
		if (f->again != NULL)
			f->again->free(f->again);
	}
	return rc;
}

void
match_result_free(struct match_result *res)
{
	if (res != NULL)
		buf_free(&res->text);
}
