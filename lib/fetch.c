/*
 * fetch -- see fetch.h: one integration after the other, none of which stops the others.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "desk.h"
#include "durable.h"
#include "fetch_priv.h"
#include "lock.h"
#include "provider/provider.h"
#include "secret.h"

#define TEXT_BYTES	((size_t)1 << 20)
#define SOURCES		1000
#define LOCK_MS		60000		/* a poll is over sooner */

int
fetch_opening(struct fetch *f, int64_t *opening, struct error *e)
{
	struct lock l = LOCK_INIT;
	struct books_counts c;
	struct books *b;
	int rc = -1;

	if (books_lock(&l, f->s, BOOKS_WAIT_MS, e) == -1)
		return -1;
	if (books_open(&b, f->s, f->o->book, e) == 0) {
		if ((rc = books_counts(b, &c, e)) == 0)
			*opening = c.opening;
		if (rc == -1)
			books_abort(b);
		else
			rc = books_close(b, e);
	}
	lock_drop(&l);
	return rc;
}

int
fetch_line(struct fetch *f, struct error *e)
{
	return f->line != NULL ? 0 : f->lookup->open(&f->line, &f->in, f->secrets, f->o->now, e);
}

/* One part of one source.  Its trouble is told, and what is known of its files is read again. */
static int
part(struct fetch *f, int (*do_it)(struct fetch *, struct error *), struct error *e)
{
	struct fetch_result *res = f->res;
	struct error why = { 0 };

	res->sources++;
	if (do_it(f, &why) == 0)
		return 0;
	if (why.code == ERR_AGAIN)
		res->silent++;
	else if (res->failed.code == ERR_NONE)
		res->failed = why;
	if (buf_addf(&res->why, e, "%s: %s\n", f->in.id, why.text) == -1)
		return -1;
	json_decref(f->state);
	f->state = NULL;
	return fetch_load(f, e);
}

static int
one(struct fetch *f, struct error *e)
{
	int sftp = json_object_get(f->in.settings, "sftp_user") != NULL, rc = -1;

	if (fetch_open_dir(f, e) == -1 || fetch_load(f, e) == -1 ||
	    secret_load(f->s->fd, f->in.id, &f->secrets, e) == -1)
		goto out;
	rc = 0;
	if (!f->o->poll_only && f->lookup != NULL)
		rc = part(f, fetch_search, e);
	if (rc == 0 && !f->o->poll_only && sftp)
		rc = part(f, fetch_sftp, e);
	if (rc == 0 && f->lookup != NULL && f->o->from == NULL && f->o->to == NULL)
		rc = part(f, fetch_poll, e);
out:
	if (f->line != NULL)
		f->lookup->close(f->line);
	secret_free(f->secrets);
	json_decref(f->state);
	if (f->dir != -1)
		close(f->dir);
	return rc;
}

struct all {
	const struct fetch_options *o;
	struct integration	*v;
	size_t			 n;
};

/* Those that can be asked, or have a folder of reports. */
static int
take(void *arg, struct integration *in)
{
	const struct provider *p = provider_find(in->kind);
	struct all *a = arg;
	struct integration *v;

	if (p == NULL || a->n == SOURCES || (a->o->account != NULL && strcmp(in->account, a->o->account) != 0) ||
	    ((p->lookup == NULL || !p->lookup->able(in)) && json_object_get(in->settings, "sftp_user") == NULL))
		return 0;
	if ((v = reallocarray(a->v, a->n + 1, sizeof(*v))) == NULL)
		return 0;
	a->v = v;
	v[a->n++] = *in;
	json_incref(in->settings);
	json_incref(in->secret_names);
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct integration *)a)->id, ((const struct integration *)b)->id);
}

int
fetch_run(const struct site *s, const struct fetch_options *o, struct fetch_result *res, struct error *e)
{
	struct all a = { .o = o };
	struct lock l = LOCK_INIT;
	struct error unusable = { 0 };
	char path[64];
	size_t i;
	int dir, rc = -1;

	memset(res, 0, sizeof(*res));
	res->text.max = res->why.max = TEXT_BYTES;
	(void)snprintf(path, sizeof(path), "books/%s/reports/incoming", site_book_name[o->book]);
	if (durable_mkdirs(s->fd, path, 0750, e) == -1 || (dir = durable_open_dir(s->fd, path, e)) == -1)
		return -1;
	if (lock_take(&l, dir, ".lock", o->poll_only ? 0 : LOCK_MS, e) == -1 ||
	    shelf_each(s, o->book, take, &a, &unusable, e) == -1)
		goto out;
	if (a.n == 0) {
		if (unusable.code != ERR_NONE)
			*e = unusable;
		else if (o->account != NULL)
			error_set(e, ERR_CONFIG, "nothing to fetch from in %s mode for account %.64s",
			    site_book_name[o->book], o->account);
		else	/* every site has such a night, until it has credentials */
			rc = buf_addf(&res->text, e, "nothing to fetch from in %s mode: daybook integration add "
			    "paypal-checkout\n", site_book_name[o->book]);
		goto out;
	}
	qsort(a.v, a.n, sizeof(*a.v), by_id);
	for (rc = 0, i = 0; rc == 0 && i < a.n; i++) {
		const struct provider *p = provider_find(a.v[i].kind);
		struct fetch f = { .s = s, .o = o, .in = a.v[i], .dir = -1, .res = res,
		    .lookup = p->lookup != NULL && p->lookup->able(&a.v[i]) ? p->lookup : NULL };

		rc = one(&f, e);
	}
out:
	while (a.n > 0)
		site_integration_free(&a.v[--a.n]);
	free(a.v);
	lock_drop(&l);
	close(dir);
	return rc;
}

void
fetch_result_free(struct fetch_result *res)
{
	if (res == NULL)
		return;
	buf_free(&res->text);
	buf_free(&res->why);
}
