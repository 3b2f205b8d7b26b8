/*
 * fetched -- files that were brought in and that no run of reconciliation has certified yet (fetch.h).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "desk.h"
#include "fetch_priv.h"

struct list {
	const struct site	*s;
	const char		*account;
	struct fetch_options	 o;
	struct books		*b;
	struct fetched		*v;
	size_t			 n, cap;
	struct error		*e;
};

static int
add(struct list *l, const struct fetch *f, const char *name)
{
	struct fetched *v;

	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 64 : l->cap * 2;

		if ((v = reallocarray(l->v, cap, sizeof(*v))) == NULL)
			return error_sys(l->e, "fetched");
		l->v = v;
		l->cap = cap;
	}
	v = &l->v[l->n++];
	memset(v, 0, sizeof(*v));
	memcpy(v->account, f->in.account, sizeof(v->account));
	if (snprintf(v->path, sizeof(v->path), "%s/%s/%s", l->s->path, f->path, name) >= (int)sizeof(v->path))
		return error_set(l->e, ERR_INPUT, "%s/%s: path too long", f->path, name);
	return 0;
}

/* All of one integration that the books have no certificate of. */
static int
take(void *arg, struct integration *in)
{
	struct list *l = arg;
	struct fetch f = { .s = l->s, .o = &l->o, .in = *in, .dir = -1 };
	const char *name, *sha;
	json_t *v, *row;
	int rc = 0, known;

	if (l->account != NULL && strcmp(in->account, l->account) != 0)
		return 0;
	(void)snprintf(f.path, sizeof(f.path), "books/%s/reports/incoming/%s", site_book_name[l->o.book], in->id);
	if ((f.dir = openat(l->s->fd, f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return 0;	/* nothing was ever fetched */
	if (fetch_load(&f, l->e) == -1)
		rc = -1;
	json_object_foreach(json_object_get(f.state, "files"), name, v) {
		sha = json_string_value(json_object_get(v, "sha256"));
		row = NULL;
		known = sha == NULL || rc == -1 ? -1 : books_data(l->b, "file", sha, &row, l->e);
		json_decref(row);
		if (known == -1 || (known == 0 && add(l, &f, name) == -1))
			rc = -1;
	}
	json_decref(f.state);
	close(f.dir);
	return rc;
}

static const char *
base(const struct fetched *f)
{
	return strrchr(f->path, '/') + 1;
}

static int
is_search(const struct fetched *f)
{
	size_t n = strlen(f->path);

	return n > 7 && strcmp(f->path + n - 7, ".search") == 0;
}

static int
in_order(const void *a, const void *b)
{
	const struct fetched *x = a, *y = b;
	int c = strcmp(x->account, y->account);

	if (c == 0)
		c = is_search(y) - is_search(x);
	if (c == 0)
		c = strcmp(base(x), base(y));
	return c != 0 ? c : strcmp(x->path, y->path);
}

int
fetched_list(const struct site *s, int book, const char *account, struct fetched **v, size_t *n,
    struct error *e)
{
	struct list l = { .s = s, .account = account, .o = { .book = book }, .e = e };
	struct lock lock = LOCK_INIT;
	int rc = -1;

	if (books_lock(&lock, s, BOOKS_WAIT_MS, e) == -1)
		return -1;
	if (books_open(&l.b, s, book, e) == 0) {
		rc = shelf_each(s, book, take, &l, NULL, e) == -1 ? -1 : 0;
		if (rc == -1)
			books_abort(l.b);
		else
			rc = books_close(l.b, e);
	}
	lock_drop(&lock);
	if (rc == -1) {
		free(l.v);
		return -1;
	}
	if (l.n > 0)
		qsort(l.v, l.n, sizeof(*l.v), in_order);
	*v = l.v;
	*n = l.n;
	return 0;
}

size_t
fetched_group(const struct fetched *v, size_t n, size_t most)
{
	size_t i;

	for (i = 1; i < n && i < most; i++)
		if (strcmp(v[i].account, v[0].account) != 0 || is_search(&v[i]) != is_search(&v[0]) ||
		    (!is_search(&v[0]) && strncmp(base(&v[i]), base(&v[0]), 4) != 0))
			break;
	return n == 0 ? 0 : i;
}
