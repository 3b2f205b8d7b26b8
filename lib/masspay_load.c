/*
 * masspay_load -- see masspay_load.h.
 *
 * Payouts are few among payments: they are picked from the briefs, and only they are read whole.
 */
#include <stdlib.h>
#include <string.h>

#include "masspay_load.h"

#define SOME	1024		/* briefs read at a time */

struct loading {
	struct masspay	*m;
	const char	*account;
	struct books	*b;
	int64_t		 event;		/* advice: of the payment */
};

static int
of_account(const struct loading *l, const json_t *v)
{
	const char *account = json_string_value(json_object_get(v, "account"));

	return account != NULL && strcmp(account, l->account) == 0;
}

static int
take_batch(void *arg, const char *key, json_t *v, struct error *e)
{
	struct loading *l = arg;

	return of_account(l, v) ? masspay_add_batch(l->m, key, v, e) : 0;
}

static int
take_item(void *arg, const char *key, json_t *v, struct error *e)
{
	struct loading *l = arg;

	return masspay_add_item(l->m, key, v, e);
}

static int
take_payouts(struct loading *l, struct error *e)
{
	struct brief *some = calloc(SOME, sizeof(*some));
	uint64_t account = books_brief_account(l->b, l->account), n, at;
	struct payrow row;
	size_t i, k;
	int rc = some == NULL ? error_sys(e, "payouts") : books_briefs(l->b, &n, e);

	for (at = 0; rc == 0 && at < n; at += k) {
		k = n - at < SOME ? (size_t)(n - at) : SOME;
		rc = books_brief_read(l->b, at, k, some, e);
		for (i = 0; rc == 0 && i < k; i++) {
			if (some[i].move != MOVE_PAYOUT || some[i].account != account)
				continue;
			if ((rc = books_brief_row(l->b, &some[i], &row, e)) == 0)
				rc = masspay_add_payout(l->m, &row, e);
		}
	}
	free(some);
	return rc;
}

int
masspay_load(struct books *b, const char *account, struct masspay *m, struct error *e)
{
	struct loading l = { m, account, b, 0 };

	if (books_each_data(b, "batch", take_batch, &l, e) == -1 ||
	    (m->nbatches > 0 && books_each_data(b, "item", take_item, &l, e) == -1) ||
	    take_payouts(&l, e) == -1)
		return -1;
	return masspay_tie(m, e);
}

/* Its items are found by their lines: there are few of them among everybody's. */
static int
take_advice(void *arg, const char *key, json_t *v, struct error *e)
{
	struct loading *l = arg;
	json_t *line, *item;
	char name[MASSPAY_KEY];
	size_t i, had = l->m->nbatches;
	int rc;

	if (!of_account(l, v) || masspay_add_batch(l->m, key, v, e) == -1)
		return of_account(l, v) ? -1 : 0;
	if (!l->m->batches[had].advice ||
	    llabs(l->event - l->m->batches[had].registered) > MASSPAY_WINDOW * MOMENT_DAY_US) {
		l->m->nbatches = had;
		return 0;
	}
	json_array_foreach(json_object_get(v, "lines"), i, line) {
		masspay_key(name, key, (size_t)json_integer_value(line));
		if ((rc = books_data(l->b, "item", name, &item, e)) == -1)
			return -1;
		if (rc == 1) {
			rc = masspay_add_item(l->m, name, item, e);
			json_decref(item);
			if (rc == -1)
				return -1;
		}
	}
	return 0;
}

int
masspay_load_advice(struct books *b, const char *account, int64_t event, struct masspay *m,
    struct error *e)
{
	struct loading l = { m, account, b, event };

	return books_each_data(b, "batch", take_advice, &l, e) == -1 ? -1 : 0;
}

int
masspay_break(struct books *b, const char *account, const char *category, const char *payment,
    const char *currency, char id[BREAKS_ID], json_t **row, struct error *e)
{
	int rc = books_data(b, "break", breaks_id(account, category, payment, currency, "", id), row, e);

	if (rc == 1 && !breaks_standing(*row)) {
		json_decref(*row);
		*row = NULL;
		rc = 0;
	}
	return rc;
}
