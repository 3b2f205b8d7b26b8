/*
 * books_verify -- everything again from the bytes, believing nothing (books.h).
 *
 * Three independent ways must agree: the chain of the journal and the digests of the evidence it
 * names; the sum of every leg, added here by plain code; and the index, compared record by record
 * with one made afresh.
 */
#include <stdlib.h>
#include <string.h>

#include "books_priv.h"
#include "money.h"

struct verify {
	struct books	*live;		/* the books as they stand */
	struct books	 fresh;		/* only index and tally are used */
	json_t		*sums;		/* "account\tCCY" -> minor units, added here */
	int64_t		 evidence;	/* lines found as they were written */
};

static int
check_evidence(struct verify *v, const struct record *r, struct error *e)
{
	struct message m;
	struct verdict verdict;
	int rc;

	if (r->ev_segment[0] == '\0')
		return 0;
	memset(&m, 0, sizeof(m));
	rc = evidence_read(v->live->dir, r, &m, &verdict, e);
	if (rc == 0 && strcmp(m.id, r->id) != 0)
		rc = error_set(e, ERR_CORRUPT, "evidence of message %s belongs to another", r->id);
	message_free(&m);
	v->evidence++;
	return rc;
}

static int
add_up(struct verify *v, const struct record *r, struct error *e)
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
	struct verify *v = arg;

	if (record_check(r, e) == -1) {
		e->code = ERR_CORRUPT;
		return -1;
	}
	if (check_evidence(v, r, e) == -1 || add_up(v, r, e) == -1)
		return -1;
	return books_replay(&v->fresh, r, raw, rawlen, at, e);
}

static int
compare_sums(struct verify *v, struct error *e)
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
books_verify(struct books *b, struct books_counts *c, struct error *e)
{
	struct verify v = { .live = b };
	struct journal_pos end;
	int rc = -1;

	v.fresh = *b;
	v.fresh.index = NULL;
	memset(&v.fresh.tally, 0, sizeof(v.fresh.tally));
	v.fresh.tally_changed = 0;
	v.fresh.unflushed = 0;
	if ((v.sums = json_object()) == NULL)
		return error_set(e, ERR_IO, "verify: no memory");
	if (index_scratch(&v.fresh.index, b->dir, b->index, e) == -1 ||
	    journal_scan(b->dir, NULL, NULL, verify_record, &v, &end, e) == -1 ||
	    books_tally_store(&v.fresh, e) == -1 || index_flush(v.fresh.index, e) == -1)
		goto out;
	if (end.n != books_end(b)->n || strcmp(end.head, books_end(b)->head) != 0) {
		error_set(e, ERR_CORRUPT, "journal: ends at record %llu, the books at %llu",
		    (unsigned long long)end.n, (unsigned long long)books_end(b)->n);
		goto out;
	}
	if (compare_sums(&v, e) == -1 || index_compare(b->index, v.fresh.index, e) == -1)
		goto out;
	*c = b->tally.counts;
	rc = 0;
out:
	index_abort(v.fresh.index);
	json_decref(v.sums);
	return rc;
}
