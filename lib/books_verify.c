/*
 * books_verify -- everything again from the bytes, believing nothing (books.h).
 *
 * Three independent ways must agree: the chain of the journal and the digests of the evidence it
 * names; the sum of every leg, added here by plain code; and the index, compared record by record
 * with one made afresh.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books_priv.h"
#include "money.h"

struct books_verify {
	struct books	*live;		/* the books as they stand, under the lock; else NULL */
	struct books	 fresh;		/* a folder of its own, index and tally */
	struct journal_pos at;		/* how far it came */
	struct journal_pos end;		/* how far it may go without the lock */
	json_t		*sums;		/* "account\tCCY" -> minor units, added here */
};

static int
check_evidence(struct books_verify *v, const struct record *r, struct error *e)
{
	struct message m;
	struct verdict verdict;
	int rc;

	if (r->ev_segment[0] == '\0')
		return 0;
	memset(&m, 0, sizeof(m));
	rc = evidence_read(v->fresh.dir, r, &m, &verdict, e);
	if (rc == 0 && strcmp(m.id, r->id) != 0)
		rc = error_set(e, ERR_CORRUPT, "evidence of message %s belongs to another", r->id);
	message_free(&m);
	return rc;
}

static int
add_up(struct books_verify *v, const struct record *r, struct error *e)
{
	char name[RECORD_ACCOUNT + 8];
	size_t i, k;

	for (i = 0; i < r->nentries; i++)
		for (k = 0; k < r->entries[i].nlegs; k++) {
			const struct leg *l = &r->entries[i].legs[k];
			size_t n = strlen(l->account);
			int64_t sum;

			memcpy(name, l->account, n);
			name[n] = '\t';
			memcpy(name + n + 1, l->currency, sizeof(l->currency));
			sum = json_integer_value(json_object_get(v->sums, name));
			if (money_add(&sum, l->minor, e) == -1)
				return -1;
			if (json_object_set_new(v->sums, name, json_integer(sum)) == -1)
				return error_set(e, ERR_IO, "verify: no memory");
		}
	return 0;
}

static int
verify_record(void *arg, struct record *r, const char *raw, size_t rawlen,
    const struct journal_pos *at, struct error *e)
{
	struct books_verify *v = arg;

	if (record_check(r, e) == -1) {
		e->code = ERR_CORRUPT;
		return -1;
	}
	if (check_evidence(v, r, e) == -1 || add_up(v, r, e) == -1)
		return -1;
	return books_replay(&v->fresh, r, raw, rawlen, at, e);
}

static int
compare_sums(struct books_verify *v, struct error *e)
{
	struct books_balance *bal = NULL;
	char name[RECORD_ACCOUNT + 8], a[MONEY_TEXT], b[MONEY_TEXT];
	size_t n = 0, i;
	int rc = -1;

	if (books_balances(v->live, &bal, &n, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		size_t len = strlen(bal[i].account);
		json_t *sum;

		memcpy(name, bal[i].account, len);
		name[len] = '\t';
		memcpy(name + len + 1, bal[i].currency, sizeof(bal[i].currency));
		sum = json_object_get(v->sums, name);
		if (sum == NULL || json_integer_value(sum) != bal[i].minor) {
			error_set(e, ERR_CORRUPT, "balance of %s %s: the index has %s, the journal adds up "
			    "to %s", bal[i].account, bal[i].currency,
			    money_print(bal[i].minor, bal[i].currency, a),
			    money_print(json_integer_value(sum), bal[i].currency, b));
			goto out;
		}
	}
	if (json_object_size(v->sums) != n) {
		error_set(e, ERR_CORRUPT, "the index has %zu balances, the journal makes %zu", n,
		    json_object_size(v->sums));
		goto out;
	}
	rc = 0;
out:
	free(bal);
	return rc;
}

int
books_verify_begin(struct books *b, struct books_verify **vp, struct error *e)
{
	struct books_verify *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return error_sys(e, "verify");
	v->fresh.site = b->site;
	v->fresh.which = b->which;
	journal_pos_start(&v->at);
	v->end = *books_end(b);
	if ((v->fresh.dir = fcntl(b->dir, F_DUPFD_CLOEXEC, 3)) == -1)
		error_sys(e, "verify");
	else if ((v->sums = json_object()) == NULL)
		error_set(e, ERR_IO, "verify: no memory");
	else if (index_scratch(&v->fresh.index, b->dir, b->index, e) == 0) {
		*vp = v;
		return 0;
	}
	books_verify_free(v);
	return -1;
}

static int
walk(struct books_verify *v, const struct journal_pos *to, struct error *e)
{
	struct journal_pos from = v->at;

	return journal_scan(v->fresh.dir, from.n == 0 ? NULL : &from, to, verify_record, v, &v->at, e) == -1 ?
	    -1 : 0;
}

int
books_verify_walk(struct books_verify *v, struct error *e)
{
	return walk(v, &v->end, e);
}

int
books_verify_end(struct books *b, struct books_verify *v, struct books_counts *c, struct error *e)
{
	v->live = b;
	/* Up to the last complete line, not to where the books say they end. */
	if (walk(v, NULL, e) == -1 || books_tally_store(&v->fresh, e) == -1 ||
	    index_flush(v->fresh.index, e) == -1)
		return -1;
	if (v->at.n != books_end(b)->n || strcmp(v->at.head, books_end(b)->head) != 0)
		return error_set(e, ERR_CORRUPT, "journal: ends at record %llu, the books at %llu",
		    (unsigned long long)v->at.n, (unsigned long long)books_end(b)->n);
	if (compare_sums(v, e) == -1 || index_compare(b->index, v->fresh.index, e) == -1)
		return -1;
	*c = b->tally.counts;
	return 0;
}

void
books_verify_free(struct books_verify *v)
{
	if (v == NULL)
		return;
	index_abort(v->fresh.index);
	if (v->fresh.dir != -1)
		close(v->fresh.dir);
	json_decref(v->sums);
	free(v);
}
