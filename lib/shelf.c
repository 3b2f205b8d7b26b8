/*
 * shelf -- the three books of a site, opened as needed under one lock (desk.h).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desk.h"
#include "masspay_load.h"
#include "text.h"

int
shelf_book(struct shelf *sh, int which, struct books **b, struct error *e)
{
	if (sh->b[which] == NULL && books_open(&sh->b[which], sh->site, which, e) == -1)
		return -1;
	*b = sh->b[which];
	return 0;
}

int
shelf_commit(struct shelf *sh, struct error *e)
{
	static const int order[BOOKS_N] = { BOOK_REGISTER, BOOK_LIVE, BOOK_TEST };
	size_t i;

	for (i = 0; i < BOOKS_N; i++)
		if (sh->b[order[i]] != NULL && books_commit(sh->b[order[i]], e) == -1)
			return -1;
	return 0;
}

int
shelf_close(struct shelf *sh, struct error *e)
{
	struct error later = { 0 };
	int i, rc = 0;

	for (i = 0; i < BOOKS_N; i++) {
		if (sh->b[i] != NULL && books_close(sh->b[i], rc == 0 ? e : &later) == -1)
			rc = -1;
		sh->b[i] = NULL;
	}
	return rc;
}

void
shelf_abort(struct shelf *sh)
{
	int i;

	for (i = 0; i < BOOKS_N; i++) {
		books_abort(sh->b[i]);
		sh->b[i] = NULL;
	}
}

struct shelf_arg {
	struct shelf	*sh;
	struct books	*b;
};

static int
view_row(void *arg, const char *account, enum movement move, const char *id, struct payrow *row,
    struct error *e)
{
	return books_row(arg, account, move, id, row, e);
}

static int
view_child(void *arg, const char *account, const char *id, size_t i, struct payrow *row,
    struct error *e)
{
	return books_child(arg, account, id, i, row, e);
}

static int
view_unique(void *arg, const char *account, const char *unique_id, struct payrow *row,
    struct error *e)
{
	return books_unique(arg, account, unique_id, row, e);
}

/*
 * Who claims the address: 0 nobody, 1 one (into customer), 2 several.  Claims are kept in lower
 * case.
 */
static int
claimed(struct books *reg, const char *address, char customer[65], struct error *e)
{
	char lower[256];
	size_t n = strlen(address);
	json_t *ids;
	int rc;

	if (n == 0 || n >= sizeof(lower))
		return 0;
	memcpy(lower, address, n + 1);
	text_lower(lower);
	if ((rc = books_claims(reg, lower, &ids, e)) != 1)
		return rc;
	if (json_array_size(ids) > 1)
		rc = 2;
	else if (json_array_size(ids) == 0)
		rc = 0;
	else
		rc = text_copy(customer, 65, json_string_value(json_array_get(ids, 0)),
		    json_string_length(json_array_get(ids, 0)), "customer", e) == -1 ? -1 : 1;
	json_decref(ids);
	return rc;
}

int
shelf_owner(struct shelf *sh, const char *payer_id, const char *payer_email, char customer[65],
    struct error *e)
{
	struct books *reg;
	char by_id[65] = "", by_email[65] = "";
	int i, m;

	if (shelf_book(sh, BOOK_REGISTER, &reg, e) == -1 ||
	    (i = claimed(reg, payer_id, by_id, e)) == -1 ||
	    (m = claimed(reg, payer_email, by_email, e)) == -1)
		return -1;
	/* The account's id is the stronger sign; two different answers are no answer. */
	if (i == 2 || (i == 0 && m == 2) || (i == 1 && m == 1 && strcmp(by_id, by_email) != 0))
		return 2;
	if (i == 0 && m == 0)
		return 0;
	memcpy(customer, i == 1 ? by_id : by_email, 65);
	return 1;
}

static int
view_owner(void *arg, const char *payer_id, const char *payer_email, char customer[65],
    struct error *e)
{
	return shelf_owner(arg, payer_id, payer_email, customer, e);
}

static int
in_record(const struct record *r, const char *key)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(r->data, "put"), i, one)
		if (strcmp(json_string_value(json_array_get(one, 0)), "item") == 0 &&
		    strcmp(json_string_value(json_array_get(one, 1)), key) == 0)
			return 1;
	return 0;
}

/* The advice's item, paid by that. */
static int
use_up(struct books *b, const char *key, const char *payment, struct record *r, struct error *e)
{
	json_t *row, *new = NULL;
	int rc = books_data(b, "item", key, &row, e);

	if (rc == -1)
		return -1;
	if (rc == 1) {
		new = json_deep_copy(row);
		json_decref(row);
	}
	if (r->data == NULL)
		r->data = json_object();
	if (json_object_get(r->data, "put") == NULL)
		(void)json_object_set_new(r->data, "put", json_array());
	if (new == NULL || json_object_set_new(new, "payment", json_string(payment)) == -1 ||
	    json_array_append_new(json_object_get(r->data, "put"), json_pack("[s,s,o]", "item", key, new)) == -1)
		return error_set(e, ERR_IO, "advice: no memory");
	return 1;
}

static int
view_advice(void *arg, const char *account, const struct fact *f, int64_t event, const char *payment,
    struct record *r, char customer[65], struct error *e)
{
	struct masspay m = { 0 };
	size_t i, at;
	int rc = masspay_load_advice(arg, account, event, &m, e);

	for (i = 0; rc == 0 && i < m.nitems; i++)	/* what this very record has used already */
		if (in_record(r, m.items[i].key))
			memcpy(m.items[i].payment, "-", 2);
	if (rc == 0 && masspay_advised(&m, f->currency, f->gross, f->advice_id, event, &at) == 1) {
		memcpy(customer, m.batches[m.items[at].batch].customer, 65);
		rc = use_up(arg, m.items[at].key, payment, r, e);
	}
	masspay_free(&m);
	return rc;
}

void
shelf_view(struct shelf *sh, struct books *b, struct payment_view *v)
{
	v->arg = b;
	v->row = view_row;
	v->child = view_child;
	v->unique = view_unique;
	v->owner_arg = sh;
	v->owner = view_owner;
	v->advice = view_advice;
}

int
shelf_each(const struct site *s, int mode, shelf_each_fn *fn, void *arg, struct error *unusable,
    struct error *e)
{
	struct error bad = { 0 };
	struct integration in;
	struct dirent *d;
	DIR *dp;
	int fd = openat(s->fd, "integrations", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "integrations: open");
	}
	while (rc == 0 && (d = readdir(dp)) != NULL) {
		size_t n = strlen(d->d_name);
		char id[65];

		if (n < 6 || n - 5 >= sizeof(id) || strcmp(d->d_name + n - 5, ".json") != 0)
			continue;
		memcpy(id, d->d_name, n - 5);
		id[n - 5] = '\0';
		if (site_integration(s, id, &in, unusable != NULL ? unusable : &bad) == -1)
			continue;
		if (in.mode != mode || (rc = fn(arg, &in)) == 0)
			site_integration_free(&in);
	}
	closedir(dp);
	return rc;
}

struct wanted {
	const char		*account, *kind;
	struct integration	*in;
	char			*found;
	int			 n;
};

/* The one that names our addresses goes before one that does not, then by id: several may serve one
 * account, and what is read of it must not depend on the order of a directory. */
static int
same_account(void *arg, struct integration *in)
{
	struct wanted *w = arg;
	int names = json_object_get(in->settings, "receiver") != NULL, named;

	if (strcmp(in->account, w->account) != 0)
		return 0;
	if (w->n++ > 0) {
		named = json_object_get(w->in->settings, "receiver") != NULL;
		if (named > names || (named == names && strcmp(w->in->id, in->id) < 0))
			return 0;
		site_integration_free(w->in);
	}
	*w->in = *in;
	json_incref(in->settings);
	json_incref(in->secret_names);
	return 0;
}

int
shelf_integration(struct shelf *sh, const char *account, int mode, struct integration *in,
    struct error *e)
{
	struct wanted w = { .account = account, .in = in };

	return shelf_each(sh->site, mode, same_account, &w, NULL, e) == -1 ? -1 : w.n > 0;
}

static int
like_account(void *arg, struct integration *in)
{
	struct wanted *w = arg;
	size_t n = strlen(in->account);

	if (strcmp(in->account, w->account) == 0)
		w->n++;
	else if (text_equal_ci(in->account, n, w->account, strlen(w->account)))
		memcpy(w->found, in->account, n + 1);
	return 0;
}

int
shelf_misspelt(struct shelf *sh, const char *account, int mode, char found[65], struct error *e)
{
	struct wanted w = { .account = account, .found = found };

	found[0] = '\0';
	if (shelf_each(sh->site, mode, like_account, &w, NULL, e) == -1)
		return -1;
	return w.n == 0 && found[0] != '\0';
}

static int
count_account(void *arg, struct integration *in)
{
	struct wanted *w = arg;

	if (strncmp(in->kind, w->kind, strlen(w->kind)) == 0) {
		if (w->n == 0 || strcmp(w->found, in->account) != 0)
			w->n++;
		memcpy(w->found, in->account, sizeof(in->account));
	}
	return 0;
}

int
shelf_accounts(const struct site *s, const char *kind, int mode, char account[65], struct error *e)
{
	struct wanted w = { .kind = kind, .found = account };
	struct error bad = { 0 };

	if (shelf_each(s, mode, count_account, &w, &bad, e) == -1)
		return -1;
	if (w.n == 0 && bad.code != ERR_NONE) {
		*e = bad;
		return -1;
	}
	return w.n;
}

int
shelf_pick(const struct site *s, int mode, char account[65], struct error *e)
{
	struct shelf sh = { .site = s };
	struct integration in;
	int n;

	if (account[0] == '\0') {
		n = shelf_accounts(s, "paypal", mode, account, e);
		if (n == 0)
			return error_set(e, ERR_CONFIG, "no paypal integration in %s mode: daybook integration add",
			    site_book_name[mode]);
		if (n > 1)
			return error_set(e, ERR_INPUT, "several PayPal accounts in %s mode: say which with --account",
			    site_book_name[mode]);
		return n == 1 ? 0 : -1;
	}
	if ((n = shelf_integration(&sh, account, mode, &in, e)) == 1)
		site_integration_free(&in);
	return n == -1 ? -1 : n == 1 ? 0 : error_set(e, ERR_INPUT, "--account: no integration in %s mode has "
	    "the account %.64s", site_book_name[mode], account);
}
