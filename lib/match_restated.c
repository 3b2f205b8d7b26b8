/*
 * match_restated -- other files that told of the same (account, report, day, part): parts of a report
 * that an earlier run read, and reports that were made anew with other content.
 *
 * The books' table "file" says what there was; the files themselves are kept below reports/.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "match_priv.h"
#include "statement.h"

#define NAMED		4		/* changed rows that the break names */

static int
no_memory(struct match *m)
{
	return error_set(m->e, ERR_IO, "reconcile: no memory");
}

/* ---- certificates on record ---- */

static int
take_known(void *arg, const char *key, json_t *v, struct error *e)
{
	struct match *m = arg;
	const char *account = json_string_value(json_object_get(v, "account"));

	if (account == NULL || strcmp(account, m->o->account) != 0)
		return 0;
	return json_object_set(m->known, key, v) == -1 ? error_set(e, ERR_IO, "reconcile: no memory") : 0;
}

static int
load_known(struct match *m, struct books *b)
{
	json_decref(m->known);
	if ((m->known = json_object()) == NULL)
		return no_memory(m);
	return books_each_data(b, "file", take_known, m, m->e);
}

static const char *
text(const json_t *v, const char *name)
{
	const char *s = json_string_value(json_object_get(v, name));

	return s == NULL ? "" : s;
}

/* Of the same report and day; part 0: any part.  What has no report's name is told by its period. */
static int
same_report(const json_t *v, const struct report_part *p, int part)
{
	char from[MOMENT_TEXT], to[MOMENT_TEXT];

	if (p->report[0] == '\0' && (strcmp(text(v, "from"), moment_print_us(p->from, from)) != 0 ||
	    strcmp(text(v, "to"), moment_print_us(p->to, to)) != 0))
		return 0;
	return strcmp(text(v, "report"), p->report) == 0 && strcmp(text(v, "day"), p->day) == 0 &&
	    strcmp(text(v, "account_id"), p->account_id) == 0 &&
	    (part == 0 || json_integer_value(json_object_get(v, "part")) == part);
}

/* 1 where a later file took that one's place. */
static int
superseded(const struct match *m, const char *sha)
{
	const char *key;
	json_t *v;

	json_object_foreach(m->known, key, v)
		if (strcmp(text(v, "supersedes"), sha) == 0)
			return 1;
	return 0;
}

/* ---- parts that came before ---- */

static int
have_part(const struct match *m, const json_t *v)
{
	int i;

	for (i = 0; i < m->nfiles; i++)
		if (same_report(v, &m->file[i].part, m->file[i].part.part))
			return 1;
	return 0;
}

/* Some file's report is in several parts, as far as it says itself. */
static int
in_parts(const struct match *m)
{
	int i;

	for (i = 0; i < m->nfiles; i++)
		if (m->file[i].has_part && (m->file[i].part.part > 1 || !m->file[i].part.last))
			return 1;
	return 0;
}

static int
look_up(struct match *m)
{
	struct lock l = LOCK_INIT;
	struct books *b;
	int rc = -1;

	if (books_lock(&l, m->s, BOOKS_WAIT_MS, m->e) == -1)
		return -1;
	if (books_open(&b, m->s, m->o->book, m->e) == -1)
		goto out;
	if (load_known(m, b) == -1)
		books_abort(b);
	else
		rc = books_close(b, m->e);
out:
	lock_drop(&l);
	return rc;
}

int
match_statement_part(struct match *m, char path[512], char name[256])
{
	const char *sha;
	json_t *v;
	int i;

	if (m->nfiles == MATCH_FILES || !in_parts(m))
		return 0;
	if (m->known == NULL && look_up(m) == -1)
		return -1;
	json_object_foreach(m->known, sha, v)
		for (i = 0; i < m->nfiles; i++) {
			const struct report_part *p = &m->file[i].part;

			if (!m->file[i].has_part || (p->part == 1 && p->last) || !same_report(v, p, 0) ||
			    have_part(m, v) || superseded(m, sha))
				continue;
			if (snprintf(path, 512, "%s/books/%s/reports/%s.csv", m->s->path, site_book_name[m->o->book],
			    sha) >= 512)
				return error_set(m->e, ERR_CONFIG, "%s: too long a path", m->s->path);
			(void)snprintf(name, 256, "%s", text(v, "name"));
			return 1;
		}
	return 0;
}

/* ---- what changed ---- */

struct light {
	char	id[72], code[8], currency[4];
	int64_t	event, gross, fee;
};

struct lights {
	struct light	*v;
	size_t		 n, cap;
};

static int
take_light(void *arg, const struct report_row *r, struct error *e)
{
	struct lights *l = arg;
	struct light *v;

	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 1024 : l->cap * 2;

		if ((v = reallocarray(l->v, cap, sizeof(*v))) == NULL)
			return error_sys(e, "reconcile");
		l->v = v;
		l->cap = cap;
	}
	v = &l->v[l->n++];
	memset(v, 0, sizeof(*v));
	memcpy(v->id, r->id, sizeof(v->id));
	memcpy(v->code, r->code, sizeof(v->code));
	memcpy(v->currency, r->currency, sizeof(v->currency));
	v->event = r->event;
	v->gross = r->gross;
	v->fee = r->fee;
	return 0;
}

static int
take_nothing(void *arg, const struct report_control *c, struct error *e)
{
	(void)arg, (void)c, (void)e;
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	const struct light *x = a, *y = b;
	int c = strcmp(x->id, y->id);

	return c != 0 ? c : strcmp(x->code, y->code);
}

static int
by_all(const void *a, const void *b)
{
	const struct light *x = a, *y = b;
	int c = by_id(a, b);

	if (c == 0)
		c = memcmp(x->currency, y->currency, 3);
	if (c == 0 && x->event != y->event)
		c = x->event < y->event ? -1 : 1;
	if (c == 0 && x->gross != y->gross)
		c = x->gross < y->gross ? -1 : 1;
	return c != 0 ? c : (x->fee > y->fee) - (x->fee < y->fee);
}

/* Rows of a file of the run, or of a kept one: 1; 0 where it is gone or says nothing to us any more;
 * -1 where the system failed us, as another run may well read it. */
static int
collect(struct match *m, const char *sha, struct lights *l)
{
	const struct report_sink sink = { .arg = l, .row = take_light, .control = take_nothing };
	struct error bad = { 0 };
	char path[192];
	int fd = -1, i, rc;

	for (i = 0; i < m->nfiles; i++)
		if (fd == -1 && strcmp(m->file[i].sha256, sha) == 0 &&
		    (fd = fcntl(m->file[i].fd, F_DUPFD_CLOEXEC, 0)) == -1)
			return error_sys(m->e, "%s", m->file[i].name);
	(void)snprintf(path, sizeof(path), "books/%s/reports/%s.csv", site_book_name[m->o->book], sha);
	if (fd == -1 && (fd = openat(m->s->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return errno == ENOENT ? 0 : error_sys(m->e, "%s", path);
	if (lseek(fd, 0, SEEK_SET) == -1)
		rc = error_sys(m->e, "%s", path);
	else if (m->o->format->read(fd, sha, &m->how, &sink, &bad) == 0)
		rc = 1;
	else
		rc = bad.code == ERR_IO ? error_set(m->e, ERR_IO, "%s", bad.text) : 0;
	close(fd);
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_all);
	return rc;
}

struct changes {
	size_t	changed, added, gone, named;
	char	ids[NAMED * 74];
	char	currency[4];		/* of all that changed, "" where there are several */
	int64_t	before, after;		/* net of what changed */
};

static void
note(struct changes *c, const struct light *old, const struct light *new)
{
	const struct light *any = old != NULL ? old : new;
	size_t at = strlen(c->ids);

	if (old != NULL && new != NULL)
		c->changed++;
	else if (new != NULL)
		c->added++;
	else
		c->gone++;
	if (c->changed + c->added + c->gone == 1)
		memcpy(c->currency, any->currency, 4);
	else if (memcmp(c->currency, any->currency, 4) != 0 ||
	    (old != NULL && new != NULL && memcmp(new->currency, old->currency, 4) != 0))
		memset(c->currency, 0, sizeof(c->currency));
	if ((old != NULL && __builtin_add_overflow(c->before, old->gross - old->fee, &c->before)) ||
	    (new != NULL && __builtin_add_overflow(c->after, new->gross - new->fee, &c->after)))
		memset(c->currency, 0, sizeof(c->currency));
	if (c->named++ < NAMED)
		(void)snprintf(c->ids + at, sizeof(c->ids) - at, "%s%s", at == 0 ? "" : ", ", any->id);
}

static void
compare(const struct lights *a, const struct lights *b, struct changes *c)
{
	size_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		int d = i == a->n ? 1 : k == b->n ? -1 : by_id(&a->v[i], &b->v[k]);

		if (d < 0)
			note(c, &a->v[i++], NULL);
		else if (d > 0)
			note(c, NULL, &b->v[k++]);
		else {
			if (by_all(&a->v[i], &b->v[k]) != 0)
				note(c, &a->v[i], &b->v[k]);
			i++;
			k++;
		}
	}
}

static int
tell(struct match *m, int file, const char *older, const char *newer, const char *older_name)
{
	const struct report_part *p = &m->file[file].part;
	struct lights a = { 0 }, b = { 0 };
	struct changes c = { 0 };
	struct match_amounts amounts = { 0 };
	struct match_row at;
	char key[64];
	int rc, read;

	if ((read = collect(m, older, &a)) == 1)
		read = collect(m, newer, &b);
	if (read == 1)
		compare(&a, &b, &c);
	free(a.v);
	free(b.v);
	if (read == -1)
		return -1;
	if (c.currency[0] != '\0')
		amounts = (struct match_amounts){ 1, 1, c.after, c.before };
	memset(&at, 0, sizeof(at));
	at.file = file;
	(void)snprintf(key, sizeof(key), "%s %s %d", p->report, p->day, p->part);
	m->key = key;
	rc = read ? match_break(m, "restated", "", c.currency, &amounts, &at, p->to, 0,
	    "%s %s part %d (%.8s) took the place of %.40s (%.8s): %zu rows changed, %zu added, %zu gone%s%s%s",
	    p->report, p->day, p->part, newer, older_name, older, c.changed, c.added, c.gone,
	    c.named > 0 ? ": " : "", c.ids, c.named > NAMED ? " ..." : "") :
	    match_break(m, "restated", "", "", &amounts, &at, p->to, 0,
	    "%s %s part %d (%.8s) took the place of %.40s (%.8s), which can't be read any more", p->report, p->day,
	    p->part, newer, older_name, older);
	m->key = NULL;
	return rc;
}

/* The file whose place this one takes: "" none. */
static const char *
former(const struct match *m, const struct match_file *f)
{
	const json_t *mine = json_object_get(m->known, f->sha256);
	const char *sha;
	json_t *v;

	if (mine != NULL)
		return text(mine, "supersedes");
	json_object_foreach(m->known, sha, v)
		if (same_report(v, &f->part, f->part.part) && !superseded(m, sha))
			return sha;
	return "";
}

int
match_reads_again(const struct match *m, const char *name)
{
	int i;

	for (i = 0; i < m->nfiles; i++)
		if (strcmp(m->file[i].name, name) == 0)
			return 1;
	/* Downloads are named by who downloads them: any that covers the time is one again. */
	return m->set == NULL && strncmp(name, "STL-", 4) != 0 && strncmp(name, "TRR-", 4) != 0;
}

int
match_restated(struct match *m, struct books *b)
{
	const char *sha, *before;
	json_t *v;
	int i;

	if (load_known(m, b) == -1)
		return -1;
	for (i = 0; i < m->nfiles; i++) {
		struct match_file *f = &m->file[i];

		if (!f->has_part)
			continue;
		before = former(m, f);
		(void)snprintf(f->supersedes, sizeof(f->supersedes), "%s", before);
		if (before[0] != '\0' && tell(m, i, before, f->sha256,
		    text(json_object_get(m->known, before), "name")) == -1)
			return -1;
		json_object_foreach(m->known, sha, v)
			if (strcmp(text(v, "supersedes"), f->sha256) == 0 &&
			    tell(m, i, f->sha256, sha, f->name) == -1)
				return -1;
	}
	return 0;
}
