/*
 * match_plain -- ordinary payments of a report against the books' rows in brief.
 *
 * The report's keys stand in a hash table, the books' briefs go past it as a stream, in chunks that
 * threads take in turn.  A payment that the books have just so is done; each other one, and each
 * whose id stands twice in the report, is promoted and compared in full (match_rows.c).  A bit a row
 * of the books remembers which are done, so that afterwards only the others are looked at.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "match_priv.h"

#define CHUNK		4096		/* briefs: 256 kB */
#define AHEAD		16		/* how far the table is fetched in advance */
#define THREADS_MAX	4
#define FEW		64		/* left over of a chunk: read one by one */

typedef unsigned char key16[16];

struct match_plain_table {
	key16		*key;		/* of each plain row */
	uint32_t	*slot;		/* number + 1, open addressing */
	size_t		 mask;
};

struct worker;
struct job {
	struct match	*m;
	struct books	*b;
	struct match_join *j;
	void		(*step)(struct worker *w, size_t chunk);
	size_t		 nchunks;
	uint64_t	 account;
	atomic_size_t	 next;
	atomic_int	 stop;
};

struct worker {
	struct job	*job;
	pthread_t	 thread;
	struct brief	*v;
	int64_t		 by_both[MONEY_CURRENCIES], by_report[MONEY_CURRENCIES];
	size_t		 matched, suspense;
	uint64_t	*uid;		/* numbers of payouts known by our own id */
	size_t		 nuid, cuid;
	struct error	 e;
};

/* ---- threads ---- */

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct job *job = w->job;
	size_t i;

	while (!atomic_load(&job->stop) && (i = atomic_fetch_add(&job->next, 1)) < job->nchunks)
		job->step(w, i);
	return NULL;
}

static size_t
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (size_t)n;
}

/* All chunks, by this thread and what others there may be. */
static int
run(struct job *job, struct worker *w, size_t n, void (*step)(struct worker *, size_t), size_t nchunks)
{
	size_t i, started;

	job->step = step;
	job->nchunks = nchunks;
	atomic_store(&job->next, 0);
	for (started = 1; started < n && started < nchunks; started++)
		if (pthread_create(&w[started].thread, NULL, work, &w[started]) != 0)
			break;
	(void)work(&w[0]);
	for (i = 1; i < started; i++)
		(void)pthread_join(w[i].thread, NULL);
	for (i = 0; i < n; i++)
		if (w[i].e.code != ERR_NONE) {
			*job->m->e = w[i].e;
			return -1;
		}
	return 0;
}

/* ---- the table ---- */

static void
make_keys(struct worker *w, size_t chunk)
{
	struct match *m = w->job->m;
	size_t i = chunk * CHUNK, end = i + CHUNK < m->nplain ? i + CHUNK : m->nplain;

	for (; i < end; i++)
		books_brief_key(w->job->b, m->o->account, MOVE_PAYMENT, m->plain[i].id, m->table->key[i]);
}

static size_t
place(const struct match_plain_table *t, const key16 key)
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	return (size_t)h & t->mask;
}

/* The plain row of that key, -1. */
static int64_t
find(const struct match_plain_table *t, const key16 key)
{
	size_t i;

	for (i = place(t, key); t->slot[i] != 0; i = (i + 1) & t->mask)
		if (memcmp(t->key[t->slot[i] - 1], key, sizeof(key16)) == 0)
			return (int64_t)t->slot[i] - 1;
	return -1;
}

/* One id on two rows: both are looked at in full. */
static void
fill_table(struct match *m)
{
	struct match_plain_table *t = m->table;
	size_t i, at;

	for (i = 0; i < m->nplain; i++) {
		if (i + AHEAD < m->nplain)
			__builtin_prefetch(&t->slot[place(t, t->key[i + AHEAD])], 1);
		if (m->plain[i].mark == PLAIN_GONE)
			continue;
		for (at = place(t, t->key[i]); t->slot[at] != 0; at = (at + 1) & t->mask)
			if (memcmp(t->key[t->slot[at] - 1], t->key[i], sizeof(key16)) == 0) {
				m->plain[t->slot[at] - 1].mark = PLAIN_ODD;
				m->plain[i].mark = PLAIN_ODD;
				break;
			}
		if (t->slot[at] == 0)
			t->slot[at] = (uint32_t)i + 1;
	}
}

void
match_plain_free(struct match *m)
{
	if (m->table != NULL) {
		free(m->table->key);
		free(m->table->slot);
		free(m->table);
		m->table = NULL;
	}
	free(m->plain);
	m->plain = NULL;
}

static int
make_table(struct job *job, struct worker *w, size_t n)
{
	struct match *m = job->m;
	struct match_plain_table *t;
	size_t size = 1024;

	if (m->table != NULL) {		/* of an earlier comparison; the index may be another one now */
		free(m->table->key);
		free(m->table->slot);
		free(m->table);
	}
	while (size < m->nplain * 2)
		size *= 2;
	m->table = t = calloc(1, sizeof(*t));
	if (t == NULL || (t->key = malloc((m->nplain + 1) * sizeof(*t->key))) == NULL ||
	    (t->slot = calloc(size, sizeof(*t->slot))) == NULL)
		return error_sys(m->e, "reconcile");
	t->mask = size - 1;
	return run(job, w, n, make_keys, (m->nplain + CHUNK - 1) / CHUNK);
}

const struct report_plain *
match_plain_find(const struct match *m, const char *id)
{
	key16 key;
	int64_t i;

	if (m->nplain == 0 || m->table == NULL || strlen(id) >= REPORT_PLAIN_ID)
		return NULL;
	books_brief_key(m->books, m->o->account, MOVE_PAYMENT, id, key);
	i = find(m->table, key);
	return i == -1 || m->plain[i].mark == PLAIN_GONE ? NULL : &m->plain[i];
}

/* ---- against the books ---- */

static void
keep_uid(struct worker *w, uint64_t number)
{
	if (w->nuid == w->cuid) {
		size_t cap = w->cuid == 0 ? 64 : w->cuid * 2;
		uint64_t *v = reallocarray(w->uid, cap, sizeof(*v));

		if (v == NULL) {
			error_sys(&w->e, "reconcile");
			atomic_store(&w->job->stop, 1);
			return;
		}
		w->uid = v;
		w->cuid = cap;
	}
	w->uid[w->nuid++] = number;
}

/* Just so: what compare_row would pass without a word. */
static int
same(const struct report_plain *p, const struct brief *r)
{
	return p->mark == PLAIN_NEW && (r->flags & BRIEF_BOOKED) != 0 && r->gross == p->gross &&
	    r->fee == p->fee && memcmp(r->currency, money_code(p->currency), 3) == 0;
}

static void
probe(struct worker *w, size_t chunk)
{
	struct job *job = w->job;
	struct match *m = job->m;
	const struct match_plain_table *t = m->table;
	uint64_t at = (uint64_t)chunk * CHUNK, n = job->j->n - at < CHUNK ? job->j->n - at : CHUNK, i;
	int64_t k;

	if (books_brief_read(job->b, at, (size_t)n, w->v, &w->e) == -1) {
		atomic_store(&job->stop, 1);
		return;
	}
	for (i = 0; i < n; i++) {
		const struct brief *r = &w->v[i];
		struct report_plain *p;

		if (i + AHEAD < n)
			__builtin_prefetch(&t->slot[place(t, w->v[i + AHEAD].key)]);
		if (r->account != job->account)
			continue;
		if (r->move == MOVE_PAYOUT && (r->flags & (BRIEF_UID | BRIEF_BOOKED)) ==
		    (BRIEF_UID | BRIEF_BOOKED))
			keep_uid(w, at + i);
		if (r->move != MOVE_PAYMENT || (k = find(t, r->key)) == -1)
			continue;
		p = &m->plain[k];
		if (!same(p, r))
			continue;
		p->mark = PLAIN_MATCHED;
		job->j->done[(at + i) / 8] |= (unsigned char)(1 << i % 8);
		w->matched++;
		w->suspense += (r->flags & BRIEF_SUSPENSE) != 0;
		if (r->flags & BRIEF_DESK)
			w->by_report[p->currency]++;
		else
			w->by_both[p->currency]++;
	}
}

static const char *
code(int currency, char out[4])
{
	memcpy(out, money_code(currency), 3);
	out[3] = '\0';
	return out;
}

/* Rows that must be looked at in full whatever the books say. */
static void
mark_odd(struct match *m, struct books *b)
{
	int tariff = match_tariff_incoming(m);
	char ccy[4];
	key16 key;
	size_t i;
	int64_t k;

	for (i = 0; i < m->nplain; i++) {
		struct report_plain *p = &m->plain[i];

		if (p->mark == PLAIN_GONE)
			continue;
		p->mark = PLAIN_NEW;
		if ((m->opening != 0 && p->event < m->opening) || (tariff &&
		    !match_tariff_plain(m, code(p->currency, ccy), p->gross, p->fee, p->event)))
			p->mark = PLAIN_ODD;
	}
	fill_table(m);
	for (i = 0; i < m->n; i++) {
		if (m->v[i].r.id[0] == '\0' || strlen(m->v[i].r.id) >= REPORT_PLAIN_ID)
			continue;
		books_brief_key(b, m->o->account, MOVE_PAYMENT, m->v[i].r.id, key);
		if ((k = find(m->table, key)) != -1 && m->plain[k].mark != PLAIN_GONE)
			m->plain[k].mark = PLAIN_ODD;
	}
}

static int
collect(struct job *job, struct worker *w, size_t n)
{
	struct match_join *j = job->j;
	size_t i, k, at = 0;
	struct brief r;

	for (i = 0; i < n; i++) {
		j->matched += w[i].matched;
		j->suspense += w[i].suspense;
		for (k = 0; k < MONEY_CURRENCIES; k++) {
			j->by_both[k] += w[i].by_both[k];
			j->by_report[k] += w[i].by_report[k];
		}
		j->nuid += w[i].nuid;
	}
	if ((j->uid = calloc(j->nuid + 1, sizeof(*j->uid))) == NULL)
		return error_sys(job->m->e, "reconcile");
	for (i = 0; i < n; i++)
		for (k = 0; k < w[i].nuid; k++)
			if (books_brief_read(job->b, w[i].uid[k], 1, &r, job->m->e) == -1 ||
			    books_brief_row(job->b, &r, &j->uid[at++], job->m->e) == -1)
				return -1;
	return 0;
}

int
match_plain_join(struct match *m, struct books *b, struct match_join *j)
{
	size_t n = processors(), i;
	struct job job = { .m = m, .b = b, .j = j };
	struct worker *w = calloc(n, sizeof(*w));
	int rc = -1;

	memset(j, 0, sizeof(*j));
	if (books_briefs(b, &j->n, m->e) == -1)
		goto out;
	if (w == NULL || (j->done = calloc((size_t)j->n / 8 + 1, 1)) == NULL) {
		error_sys(m->e, "reconcile");
		goto out;
	}
	for (i = 0; i < n; i++) {
		w[i].job = &job;
		if ((w[i].v = malloc(CHUNK * sizeof(*w[i].v))) == NULL) {
			error_sys(m->e, "reconcile");
			goto out;
		}
	}
	m->books = b;
	job.account = books_brief_account(b, m->o->account);
	if (make_table(&job, w, n) == -1)
		goto out;
	mark_odd(m, b);
	if (run(&job, w, n, probe, (size_t)((j->n + CHUNK - 1) / CHUNK)) == -1 || collect(&job, w, n) == -1)
		goto out;
	for (i = 0; i < m->nplain; i++)
		if (m->plain[i].mark == PLAIN_NEW)
			m->plain[i].mark = PLAIN_ODD;
	rc = match_promote(m);
out:
	for (i = 0; w != NULL && i < n; i++) {
		free(w[i].v);
		free(w[i].uid);
	}
	free(w);
	if (rc == -1)
		match_join_free(j);
	return rc;
}

void
match_join_free(struct match_join *j)
{
	free(j->done);
	free(j->uid);
	memset(j, 0, sizeof(*j));
}

/* ---- the books' other rows ---- */

static int
undone(const struct match_join *j, uint64_t i)
{
	return (j->done[i / 8] >> i % 8 & 1) == 0;
}

int
match_plain_rest(struct match *m, struct books *b, const struct match_join *j, match_brief_fn *fn,
    void *arg)
{
	struct brief *v = malloc(CHUNK * sizeof(*v));
	uint64_t at, account = books_brief_account(b, m->o->account);
	size_t i, n, left;
	int rc = 0;

	if (v == NULL)
		return error_sys(m->e, "reconcile");
	for (at = 0; rc == 0 && at < j->n; at += CHUNK) {
		n = j->n - at < CHUNK ? (size_t)(j->n - at) : CHUNK;
		for (i = left = 0; i < n; i++)
			left += (size_t)undone(j, at + i);
		if (left == 0)
			continue;
		if (left > FEW && books_brief_read(b, at, n, v, m->e) == -1)
			rc = -1;
		for (i = 0; rc == 0 && i < n; i++) {
			if (!undone(j, at + i))
				continue;
			if (left <= FEW && books_brief_read(b, at + i, 1, &v[i], m->e) == -1)
				rc = -1;
			else if (v[i].account == account)
				rc = fn(arg, &v[i]);
		}
	}
	free(v);
	return rc;
}
