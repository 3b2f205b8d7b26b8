/*
 * receiver -- see receiver.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "receiver.h"

struct list {
	struct receiver	*v;
	size_t		 n;
};

static void
text(const json_t *row, const char *name, char *dst, size_t size)
{
	const char *s = json_string_value(json_object_get(row, name));

	(void)snprintf(dst, size, "%s", s == NULL ? "" : s);
}

static int
take(void *arg, const char *email, json_t *row, struct error *e)
{
	const char *key = json_string_value(json_object_get(row, "key"));
	struct list *l = arg;
	struct receiver *r = realloc(l->v, (l->n + 1) * sizeof(*r));

	if (r == NULL)
		return error_sys(e, "receivers");
	l->v = r;
	r += l->n;
	memset(r, 0, sizeof(*r));
	(void)snprintf(r->email, sizeof(r->email), "%s", email);
	text(row, "fingerprint", r->fpr, sizeof(r->fpr));
	text(row, "since", r->since, sizeof(r->since));
	text(row, "who", r->who, sizeof(r->who));
	if (key != NULL && key[0] != '\0' && (r->key = strdup(key)) == NULL)
		return error_sys(e, "receivers");
	l->n++;
	return 0;
}

static int
by_email(const void *a, const void *b)
{
	return strcmp(((const struct receiver *)a)->email, ((const struct receiver *)b)->email);
}

int
receiver_list(const struct site *s, struct receiver **v, size_t *n, struct error *e)
{
	struct list l = { NULL, 0 };
	struct lock lock = LOCK_INIT;
	struct books *reg;
	int rc;

	if (books_lock(&lock, s, BOOKS_WAIT_MS, e) == -1)
		return -1;
	if (books_open(&reg, s, BOOK_REGISTER, e) == -1) {
		lock_drop(&lock);
		return -1;
	}
	if ((rc = books_each_data(reg, "receiver", take, &l, e)) == -1)
		books_abort(reg);
	else
		rc = books_close(reg, e);
	lock_drop(&lock);
	if (rc == -1) {
		receiver_free(l.v, l.n);
		return -1;
	}
	if (l.n > 0)
		qsort(l.v, l.n, sizeof(*l.v), by_email);
	*v = l.v;
	*n = l.n;
	return 0;
}

void
receiver_free(struct receiver *v, size_t n)
{
	while (n > 0)
		free(v[--n].key);
	free(v);
}
