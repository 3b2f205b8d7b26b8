/*
 * paypal_quick -- ordinary payments of a large download, taken from its bytes by threads
 * (paypal_reading.h).
 *
 * Ordinary is what needs no judgement: a line as csv_scan takes it; a payment to us, completed, of a
 * currency with two decimals; gross, fee, net and balance each with the decimal sign of the file and
 * two decimals, net being their sum; no related transaction.  Any other line becomes a full row,
 * through libcsv; text that csv_scan does not take sends the whole file there.
 *
 * A line that csv_scan takes ends outside of quotes.  The first begins there, so all do, wherever the
 * file is cut into blocks.
 */
#include <sys/stat.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_scan.h"
#include "report/paypal_intern.h"
#include "report/paypal_reading.h"

#define BLOCK		((size_t)1 << 19)	/* whose lines' rows are one part, 200 kB */
#define PIECE		((size_t)1 << 16)	/* scanned at a time: its cells stay in the cache */
#define THREADS_MAX	4

struct part {				/* what one block gave */
	struct quick	*v;
	size_t		 n;
	uint32_t	 lines;
	int		 worker;
};

struct job {
	const struct reading *r;
	uint64_t	 begin, size;	/* first data line, end of the file */
	size_t		 nparts;
	struct part	*parts;
	char		 decimal, group;
	size_t		 columns;	/* cells a row must have to be ordinary */
	atomic_size_t	 next;
	atomic_int	 stop;		/* not ordinary, or an error */
};

struct worker {
	struct job	*job;
	int		 number;
	pthread_t	 thread;
	struct words	 words[KINDS];
	struct csv_scan	 scan;
	char		*text;
	struct quick	*v;		/* rows of the block at hand */
	size_t		 n, cap;
};

/* ---- cells ---- */

struct cell {
	const char	*s;
	size_t		 len;
};

/* -1,058.09: two decimals, groups of three behind a first of one to three or none; 12 digits. */
static int
two_decimals(const struct cell *c, char decimal, char group, int64_t *minor)
{
	const char *s = c->s;
	size_t len = c->len, i, run = 0, n = 0;
	int negative = len > 0 && s[0] == '-', grouped = 0;
	int64_t v = 0;

	s += negative;
	len -= (size_t)negative;
	if (len < 4 || s[len - 3] != decimal || (unsigned char)(s[len - 2] - '0') > 9 ||
	    (unsigned char)(s[len - 1] - '0') > 9)
		return 0;
	for (i = 0; i < len - 3; i++) {
		unsigned char d = (unsigned char)(s[i] - '0');

		if (d <= 9) {
			v = v * 10 + d;
			run++;
			if (++n > 12)
				return 0;
		} else if (s[i] == group && n > 0 && (grouped ? run == 3 : run <= 3)) {
			grouped = 1;
			run = 0;
		} else
			return 0;
	}
	if (n == 0 || (grouped && run != 3))
		return 0;
	v = v * 100 + (s[len - 2] - '0') * 10 + (s[len - 1] - '0');
	*minor = negative ? -v : v;
	return 1;
}

/* HH:MM:SS */
static int
time_of_day(const struct cell *c, uint32_t *seconds)
{
	static const int at[6] = { 0, 1, 3, 4, 6, 7 };
	uint32_t d[6];
	int i;

	if (c->len != 8 || c->s[2] != ':' || c->s[5] != ':')
		return 0;
	for (i = 0; i < 6; i++)
		if ((d[i] = (uint32_t)(unsigned char)(c->s[at[i]] - '0')) > 9)
			return 0;
	d[0] = d[0] * 10 + d[1];
	d[2] = d[2] * 10 + d[3];
	d[4] = d[4] * 10 + d[5];
	*seconds = d[0] * 3600 + d[2] * 60 + d[4];
	return d[0] < 24 && d[2] < 60 && d[4] < 61;
}

static int
short_id(const struct cell *c, char id[REPORT_PLAIN_ID])
{
	size_t i;

	if (c->len == 0 || c->len >= REPORT_PLAIN_ID)
		return 0;
	for (i = 0; i < c->len; i++)
		if (c->s[i] <= ' ' || c->s[i] > '~' || c->s[i] == '"')
			return 0;
	memcpy(id, c->s, c->len);
	return 1;
}

/* Cell of a column in the line whose cells end at end[0..n). */
static struct cell
get(const char *p, size_t start, const uint32_t *end, size_t n, int column)
{
	struct cell c = { "", 0 };
	size_t i = (size_t)column, a, b;

	if (column == -1 || i >= n)
		return c;
	a = i == 0 ? start : (size_t)end[i - 1] + 1;
	b = end[i];
	if (i == n - 1 && b > a && p[b - 1] == '\r')
		b--;
	if (b - a >= 2 && p[a] == '"') {
		a++;
		b--;
	}
	c.s = p + a;
	c.len = b - a;
	return c;
}

/* 1 an ordinary payment, 0 not, -1 no memory. */
static int
take(struct worker *k, const char *p, size_t start, const uint32_t *end, size_t n, struct quick *q)
{
	const struct job *job = k->job;
	const int *col = job->r->col;
	struct cell c;
	int64_t net;
	long w[KINDS];
	int i;

	if (n < job->columns)
		return 0;
	c = get(p, start, end, n, col[COL_REFERENCE]);
	if (c.len != 0)
		return 0;
	for (i = 0; i < KINDS; i++) {
		c = get(p, start, end, n, col[words_column[i]]);
		if ((w[i] = words_number(&k->words[i], (enum kind)i, job->r->o, c.s, c.len)) < 0)
			return w[i] == -1 ? 0 : -1;
		if (!k->words[i].v[w[i]].ordinary)
			return 0;
	}
	c = get(p, start, end, n, col[COL_ID]);
	if (!short_id(&c, q->id))
		return 0;
	c = get(p, start, end, n, col[COL_TIME]);
	if (!time_of_day(&c, &q->seconds))
		return 0;
	c = get(p, start, end, n, col[COL_GROSS]);
	if (!two_decimals(&c, job->decimal, job->group, &q->gross) || q->gross <= 0)
		return 0;
	c = get(p, start, end, n, col[COL_FEE]);
	if (!two_decimals(&c, job->decimal, job->group, &q->fee))
		return 0;
	q->fee = -q->fee;
	if (col[COL_NET] != -1) {
		c = get(p, start, end, n, col[COL_NET]);
		if (!two_decimals(&c, job->decimal, job->group, &net) || net != q->gross - q->fee)
			return 0;
	}
	if (col[COL_BALANCE] != -1) {
		c = get(p, start, end, n, col[COL_BALANCE]);
		if (!two_decimals(&c, job->decimal, job->group, &q->balance))
			return 0;
		q->flags |= QUICK_BALANCE;
	}
	if (k->words[WORD_IMPACT].v[w[WORD_IMPACT]].value == 1)
		q->flags |= QUICK_SAID;
	q->date = (uint16_t)w[WORD_DATE];
	q->zone = (uint8_t)w[WORD_ZONE];
	q->own = (uint8_t)w[WORD_OWN];
	q->currency = (uint8_t)k->words[WORD_CURRENCY].v[w[WORD_CURRENCY]].value;
	return 1;
}

/* ---- blocks ---- */

static ssize_t
read_at(int fd, char *p, size_t len, uint64_t at)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(fd, p + have, len - have, (off_t)(at + have));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* Rows of p's whole lines, which stand at `at` in the file: 1, 0 not ordinary, -1. */
static int
take_lines(struct worker *k, const char *p, size_t len, uint64_t at, uint32_t *lines)
{
	struct error e;
	size_t i, cell = 0, start = 0;
	int rc = csv_scan(&k->scan, p, len, k->job->r->delim, &e);

	if (rc != 1)
		return rc;
	if (k->n + k->scan.nline > k->cap) {
		size_t cap = k->n + k->scan.nline + 8192;
		struct quick *v = reallocarray(k->v, cap, sizeof(*v));

		if (v == NULL)
			return -1;
		k->v = v;
		k->cap = cap;
	}
	for (i = 0; i < k->scan.nline; i++) {
		size_t last = k->scan.line[i], n = last - cell + 1, next = (size_t)k->scan.end[last] + 1;
		struct quick *q = &k->v[k->n];

		if (n > CSV_FIELDS_MAX || next - start > READING_LINE_MAX)
			return 0;
		memset(q, 0, sizeof(*q));
		if ((rc = take(k, p, start, k->scan.end + cell, n, q)) == -1)
			return -1;
		if (rc == 0) {
			memset(q, 0, sizeof(*q));
			q->flags = QUICK_FULL;
			q->seconds = (uint32_t)(next - start);
		}
		q->at = at + start;
		q->line = (*lines)++;
		k->n++;
		start = next;
		cell = last + 1;
	}
	return 1;
}

/* The lines that begin in the block. */
static int
take_block(struct worker *k, size_t number)
{
	struct job *job = k->job;
	struct part *part = &job->parts[number];
	uint64_t from = job->begin + number * BLOCK, at = from - 1;	/* the byte before: is it a line end? */
	uint64_t to = from + BLOCK < job->size ? from + BLOCK : job->size;
	size_t first, end, want = (size_t)(to - at) + READING_LINE_MAX;
	ssize_t n;
	char *p = k->text, *nl;
	int rc;

	/* As a rule the last line ends soon; only else is more read. */
	n = read_at(job->r->fd, p, (size_t)(to - at) + 2048, at);
	if (n < (ssize_t)(to - at))
		return -1;		/* shorter than it was */
	nl = memchr(p + (to - at) - 1, '\n', (size_t)n - (size_t)(to - at) + 1);
	if (nl == NULL && at + (size_t)n < job->size) {
		if ((n = read_at(job->r->fd, p, want, at)) == -1)
			return -1;
		nl = memchr(p + (to - at) - 1, '\n', (size_t)n - (size_t)(to - at) + 1);
	}
	if (nl == NULL) {
		if (at + (size_t)n < job->size)
			return 0;	/* a line beyond all measure */
		p[n++] = '\n';		/* the file's last line lacks it */
		nl = p + n - 1;
	}
	end = (size_t)(nl - p) + 1;
	nl = memchr(p, '\n', end);
	first = (size_t)(nl - p) + 1;
	k->n = 0;
	for (rc = 1; rc == 1 && first < end;) {
		size_t len = end - first;

		if (len > PIECE) {
			nl = memrchr(p + first, '\n', PIECE);
			if (nl == NULL)
				nl = memchr(p + first + PIECE, '\n', len - PIECE);
			len = (size_t)(nl - (p + first)) + 1;
		}
		rc = take_lines(k, p + first, len, at + first, &part->lines);
		first += len;
	}
	if (rc != 1 || k->n == 0)
		return rc;
	if ((part->v = malloc(k->n * sizeof(*part->v))) == NULL)
		return -1;
	memcpy(part->v, k->v, k->n * sizeof(*part->v));
	part->n = k->n;
	part->worker = k->number;
	return 1;
}

static void *
work(void *arg)
{
	struct worker *k = arg;
	struct job *job = k->job;
	size_t i;

	if ((k->text = malloc(BLOCK + READING_LINE_MAX + 4096)) == NULL)
		atomic_store(&job->stop, 1);
	while (!atomic_load(&job->stop) && (i = atomic_fetch_add(&job->next, 1)) < job->nparts)
		if (take_block(k, i) != 1)
			atomic_store(&job->stop, 1);
	free(k->text);
	free(k->v);
	csv_scan_free(&k->scan);
	return NULL;
}

/* ---- the parts as one ---- */

static int
add_name(struct names *l, const char *text, size_t max, uint16_t *number)
{
	size_t i;
	char **v;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i], text) == 0) {
			*number = (uint16_t)i;
			return 0;
		}
	if (l->n == max || (v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL)
		return -1;
	l->v = v;
	if ((v[l->n] = strdup(text)) == NULL)
		return -1;
	*number = (uint16_t)l->n++;
	return 0;
}

/* A worker's numbers of words as the file's. */
struct map {
	uint16_t	date[INTERN_DATES], zone[INTERN_WORDS], own[INTERN_WORDS];
};

static int
make_map(struct reading *r, const struct worker *k, struct map *map)
{
	static const enum kind kinds[3] = { WORD_DATE, WORD_ZONE, WORD_OWN };
	struct names *names[3] = { &r->date_texts, &r->zones, &r->owns };
	uint16_t *to[3] = { map->date, map->zone, map->own };
	size_t i;
	int n;

	for (n = 0; n < 3; n++)
		for (i = 0; i < k->words[kinds[n]].n; i++) {
			const struct word *w = &k->words[kinds[n]].v[i];

			if (w->ordinary && add_name(names[n], w->text, n == 0 ? INTERN_DATES : INTERN_WORDS,
			    &to[n][i]) == -1)
				return -1;
		}
	return 0;
}

/* One line through libcsv; nothing comes of a blank one. */
static int
full_row(struct reading *r, char *text, struct quick *q)
{
	size_t had = r->n, len = q->seconds;
	ssize_t got = read_at(r->fd, text, len, q->at);

	if (got < (ssize_t)len - 1)
		return -1;
	if (got == (ssize_t)len - 1)
		text[got] = '\n';	/* the file's last line lacks it */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return -1;	/* which csv_in_mem would skip */
	r->skipped = q->line - (size_t)1;
	if (csv_in_mem(text, len, r->file, r->delim, reading_row, r, r->e) == -1)
		return -1;
	if (r->n == had)
		return 0;
	q->at = had;
	return 1;
}

static int
join(struct reading *r, struct job *job, const struct worker *workers, size_t nworkers)
{
	struct map *maps = calloc(nworkers, sizeof(*maps));
	char *text = malloc(READING_LINE_MAX + 1);
	uint8_t *used = calloc(INTERN_DATES, 1);
	uint32_t line = 2;
	size_t i, k, n = 0;
	int rc = -1, full;

	for (i = 0; i < job->nparts; i++)
		n += job->parts[i].n;
	if (maps == NULL || text == NULL || used == NULL || (r->q = malloc((n + 1) * sizeof(*r->q))) == NULL)
		goto out;
	for (i = 0; i < nworkers; i++)
		if (make_map(r, &workers[i], &maps[i]) == -1)
			goto out;
	for (i = 0; i < job->nparts; i++) {
		struct part *part = &job->parts[i];
		const struct map *map = &maps[part->worker];

		for (k = 0; k < part->n; k++) {
			struct quick *q = &r->q[r->nq];

			*q = part->v[k];
			q->line += line;
			if (q->flags & QUICK_FULL) {
				if ((full = full_row(r, text, q)) == -1)
					goto out;
				r->nq += (size_t)full;
				continue;
			}
			q->date = map->date[q->date];
			q->zone = (uint8_t)map->zone[q->zone];
			q->own = (uint8_t)map->own[q->own];
			if (!used[q->date]) {
				used[q->date] = 1;
				reading_weigh_date(r, r->date_texts.v[q->date], q->line);
			}
			r->quick = 1;
			r->nq++;
		}
		line += part->lines;
		free(part->v);
		part->v = NULL;
	}
	/* Two decimals behind one sign are none behind the other. */
	if (r->quick)
		r->decimal_ok[job->decimal == '.'] = 0;
	rc = 0;
out:
	free(maps);
	free(text);
	free(used);
	return rc;
}

/* ---- the file's beginning ---- */

/* The decimal sign of the first line's gross, as far as two decimals follow it. */
static char
guess_decimal(const struct reading *r, const char *p, size_t len)
{
	struct csv_scan scan = { 0 };
	struct error e;
	struct cell c;
	char sign = 0;
	const char *nl = memchr(p, '\n', len);

	if (r->o->decimal != 0)
		return r->o->decimal;
	if (nl != NULL && csv_scan(&scan, p, (size_t)(nl - p) + 1, r->delim, &e) == 1) {
		c = get(p, 0, scan.end, scan.nend, r->col[COL_GROSS]);
		sign = c.len > 3 && c.s[c.len - 3] == ',' ? ',' : '.';
	}
	csv_scan_free(&scan);
	return sign == 0 ? '.' : sign;
}

/* Header and settings of the job: 1, 0 not ordinary, -1. */
static int
begin(struct reading *r, struct job *job)
{
	static const enum paypal_column needed[] = { COL_DATE, COL_TIME, COL_ZONE, COL_TYPE, COL_CURRENCY,
	    COL_GROSS, COL_FEE, COL_ID };
	char *head = malloc(2 * READING_LINE_MAX);
	const char *nl;
	struct stat st;
	ssize_t n;
	size_t i;
	int rc = 0, c;

	if (head == NULL || fstat(r->fd, &st) == -1 ||
	    (n = read_at(r->fd, head, 2 * READING_LINE_MAX, 0)) == -1) {
		free(head);
		return -1;
	}
	nl = memchr(head, '\n', (size_t)n < READING_LINE_MAX ? (size_t)n : READING_LINE_MAX);
	if (nl == NULL)
		goto out;
	job->begin = (uint64_t)(nl - head) + 1;
	job->size = (uint64_t)st.st_size;
	r->delim = csv_in_delim(head, (size_t)job->begin);
	if (buf_add(&r->cells, "", 1, r->e) == -1 || csv_in_mem(head, (size_t)job->begin, r->file, r->delim,
	    reading_row, r, r->e) == -1 || !r->have_header)
		goto out;
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (r->col[needed[i]] == -1)
			goto out;
	for (c = 0; c < COLUMNS; c++)
		if (r->col[c] != -1 && (size_t)r->col[c] + 1 > job->columns)
			job->columns = (size_t)r->col[c] + 1;
	job->decimal = guess_decimal(r, head + job->begin, (size_t)n - (size_t)job->begin);
	job->group = job->decimal == '.' ? ',' : '.';
	job->r = r;
	job->nparts = job->size <= job->begin ? 0 : (size_t)((job->size - job->begin - 1) / BLOCK) + 1;
	rc = 1;
out:
	free(head);
	return rc;
}

static size_t
threads(const struct job *job)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cpus < 1 ? 1 : cpus > THREADS_MAX ? THREADS_MAX : (size_t)cpus;

	return n > job->nparts ? job->nparts : n;
}

int
reading_quick(struct reading *r)
{
	struct job job = { 0 };
	struct worker *workers = NULL;
	size_t i, n, started = 0;
	int rc = begin(r, &job), k;

	if (rc != 1)
		return rc;
	n = threads(&job);
	workers = calloc(n + 1, sizeof(*workers));
	if (workers == NULL || (job.parts = calloc(job.nparts + 1, sizeof(*job.parts))) == NULL) {
		free(workers);
		return -1;
	}
	/* One of them is this thread; where another can't be had, there are fewer. */
	for (i = 0; i < n; i++) {
		workers[i].job = &job;
		workers[i].number = (int)i;
	}
	for (started = 1; started < n; started++)
		if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
			break;
	if (n > 0)
		(void)work(&workers[0]);
	for (i = 1; i < started; i++)
		(void)pthread_join(workers[i].thread, NULL);
	rc = atomic_load(&job.stop) ? 0 : 1;
	if (rc == 1 && join(r, &job, workers, n) == -1)
		rc = 0;
	for (i = 0; i < job.nparts; i++)
		free(job.parts[i].v);
	free(job.parts);
	for (i = 0; i < n; i++)
		for (k = 0; k < KINDS; k++)
			words_free(&workers[i].words[k]);
	free(workers);
	return rc;
}
