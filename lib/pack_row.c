/*
 * pack_row -- several packs as one row: numbers, digests and chain heads join, and nothing is missing
 * between them.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pack.h"
#include "pack_readd.h"

struct row {
	struct pack_chain	*v;
	size_t			 n;
	const char		*fpr;
};

static int
add(struct row *r, const char *dir, struct error *e)
{
	struct pack_chain *more = realloc(r->v, (r->n + 1) * sizeof(*more));
	char why[sizeof(e->text)];

	if (more == NULL)
		return error_set(e, ERR_IO, "no memory");
	r->v = more;
	if (pack_verify_one(dir, r->fpr, &r->v[r->n], e) == -1) {
		memcpy(why, e->text, sizeof(why));
		return error_set(e, e->code, "%s: %.400s", dir, why);
	}
	r->n++;
	return 0;
}

static int
has_manifest(const char *dir)
{
	char path[4400];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/manifest.json", dir);
	return lstat(path, &st) == 0;
}

/* A folder of packs, "audit/live": each folder in it. */
static int
add_all(struct row *r, const char *dir, struct error *e)
{
	struct dirent **names;
	char path[4400];
	int n = scandir(dir, &names, NULL, alphasort), i, rc = 0, any = 0;

	if (n == -1)
		return add(r, dir, e);	/* which says what is wrong with it */
	for (i = 0; i < n; i++) {
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (rc == 0 && names[i]->d_name[0] != '.' && lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			rc = add(r, path, e);
			any = 1;
		}
		free(names[i]);
	}
	free(names);
	return rc == 0 && !any ? add(r, dir, e) : rc;
}

static int
by_number(const void *a, const void *b)
{
	const struct pack_chain *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int
by_first(const void *a, const void *b)
{
	const struct pack_chain *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first ? 1 : by_number(a, b);
}

static int
check_numbers(const struct row *r, struct error *e)
{
	size_t i;

	for (i = 1; i < r->n; i++) {
		const struct pack_chain *a = &r->v[i - 1], *b = &r->v[i];

		if (strcmp(a->site, b->site) != 0 || strcmp(a->book, b->book) != 0)
			return error_set(e, ERR_CORRUPT, "%s and %s are packs of different books", a->name, b->name);
		if (a->number == b->number)
			return error_set(e, ERR_CORRUPT, "%s and %s are both pack %d", a->name, b->name, a->number);
		if (b->number != a->number + 1)
			return error_set(e, ERR_CORRUPT, "pack %d%s missing between %s and %s", a->number + 1,
			    b->number > a->number + 2 ? " and more are" : " is", a->name, b->name);
		if (strcmp(b->previous, a->sha256) != 0)
			return error_set(e, ERR_CORRUPT, "%s does not follow %s: previous_manifest is not its SHA-256",
			    b->name, a->name);
	}
	return 0;
}

/* Whoever knows the chain's head at the same record says the same. */
static int
check_heads(const struct row *r, struct error *e)
{
	size_t i, k;

	for (i = 0; i < r->n; i++)
		for (k = 0; k < r->n; k++) {
			const struct pack_chain *a = &r->v[i], *b = &r->v[k];

			if ((a->up_to == b->up_to && strcmp(a->head, b->head) != 0) ||
			    (b->first != 0 && a->up_to == b->first - 1 && strcmp(a->head, b->before) != 0) ||
			    (a->first != 0 && a->first == b->first && strcmp(a->before, b->before) != 0))
				return error_set(e, ERR_CORRUPT, "%s and %s are not of one chain", a->name, b->name);
		}
	return 0;
}

/* Records from the first pack's first to the last one's last, none left out. */
static int
check_cover(struct row *r, uint64_t *first, uint64_t *last, struct error *e)
{
	const struct pack_chain *until = NULL;
	size_t i;

	*first = *last = 0;
	qsort(r->v, r->n, sizeof(*r->v), by_first);
	for (i = 0; i < r->n; i++) {
		const struct pack_chain *c = &r->v[i];

		if (c->first == 0)
			continue;
		if (until == NULL)
			*first = c->first;
		else if (c->first > *last + 1)
			return error_set(e, ERR_CORRUPT, "records %llu to %llu are in no pack: they stand between %s and %s",
			    (unsigned long long)*last + 1, (unsigned long long)c->first - 1, until->name, c->name);
		if (until == NULL || c->last > *last) {
			*last = c->last;
			until = c;
		}
	}
	return 0;
}

int
pack_verify_row(const char *const *dirs, size_t n, const char *fpr, struct pack_row *res, struct error *e)
{
	struct row r = { .fpr = fpr };
	size_t i;
	int rc = 0;

	memset(res, 0, sizeof(*res));
	for (i = 0; i < n && rc == 0; i++)
		rc = has_manifest(dirs[i]) ? add(&r, dirs[i], e) : add_all(&r, dirs[i], e);
	if (rc == 0 && r.n > 0) {
		qsort(r.v, r.n, sizeof(*r.v), by_number);
		res->packs = r.n;
		res->from = r.v[0].number;
		res->to = r.v[r.n - 1].number;
		rc = check_numbers(&r, e) == -1 || check_heads(&r, e) == -1 ? -1 :
		    check_cover(&r, &res->first, &res->last, e);
	}
	free(r.v);
	return rc;
}
