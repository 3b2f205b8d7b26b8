/*
 * journal -- see journal.h.  Segments by month, one JSON record a line, chained by SHA-256.
 *
 * Records are collected in memory and written in one go; nothing here reads what it wrote, so
 * what is on disk is judged by journal_scan alone.
 */
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "journal.h"
#include "money.h"
#include "tail.h"
#include "text.h"

#define JOURNAL_PENDING_MAX	(64 * 1024 * 1024)
#define JOURNAL_READ		(1024 * 1024)
#define ZEROS	"0000000000000000000000000000000000000000000000000000000000000000"

struct journal {
	int		   book_fd;	/* the book's directory, borrowed */
	int		   dir;		/* its journal/ */
	int		   fd;		/* segment of pos, -1 before the first */
	char		   book[16];
	struct journal_pos pos;		/* durable */
	struct journal_pos next;	/* with the pending batch */
	struct buf	   seal;	/* pending: last line of the old segment */
	struct buf	   pend;	/* pending: lines of next.segment */
};

void
journal_pos_start(struct journal_pos *p)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->head, ZEROS, sizeof(p->head));
}

static int
segment_file(const char *segment, char out[16])
{
	size_t n = strlen(segment);

	assert(n == 7);
	memcpy(out, segment, n);
	memcpy(out + n, ".jsonl", sizeof(".jsonl"));
	return 0;
}

/* "2026-11.jsonl" */
static int
is_segment(const char *name)
{
	static const char shape[] = "dddd-dd.jsonl";
	size_t i;

	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
			return 0;
	return name[i] == '\0';
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Names "YYYY-MM", sorted; caller frees. */
static int
segments(int dir, char (**v)[8], size_t *n, struct error *e)
{
	char (*list)[8] = NULL;
	size_t have = 0;
	struct dirent *d;
	DIR *dp = NULL;
	int fd;

	if ((fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (dp = fdopendir(fd)) == NULL) {
		error_sys(e, "journal: open directory");
		if (fd != -1)
			close(fd);
		return -1;
	}
	for (errno = 0; (d = readdir(dp)) != NULL; errno = 0) {
		char (*more)[8];

		if (!is_segment(d->d_name))
			continue;
		if (have == JOURNAL_SEGMENTS_MAX) {
			error_set(e, ERR_CORRUPT, "journal: more than %d segments", JOURNAL_SEGMENTS_MAX);
			goto err;
		}
		if ((more = realloc(list, (have + 1) * sizeof(*list))) == NULL) {
			error_sys(e, "journal");
			goto err;
		}
		list = more;
		memcpy(list[have], d->d_name, 7);
		list[have++][7] = '\0';
	}
	if (errno != 0) {
		error_sys(e, "journal: read directory");
		goto err;
	}
	closedir(dp);
	if (have > 0)
		qsort(list, have, sizeof(*list), by_name);
	*v = list;
	*n = have;
	return 0;
err:
	closedir(dp);
	free(list);
	return -1;
}

static int
segment_open(int dir, const char *segment, int flags, struct error *e)
{
	char name[16];
	int fd;

	segment_file(segment, name);
	fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1)
		error_sys(e, "journal/%s: open", name);
	return fd;
}

int
journal_check(int dirfd, const struct journal_pos *p, struct error *e)
{
	char path[32], hex[65], *line = NULL;
	struct stat st;
	int fd = -1, rc = -1;
	ssize_t n;

	if (p->n == 0)
		return 0;
	if (p->last_len <= 1 || p->last_len > RECORD_LINE_MAX || p->last_len > p->offset ||
	    strlen(p->segment) != 7)
		return error_set(e, ERR_CORRUPT, "journal: marker is no place in it");
	memcpy(path, "journal/", 8);
	segment_file(p->segment, path + 8);
	if ((fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_CORRUPT, "%s: missing, the books had %" PRIu64
			    " records", path, p->n);
		return error_sys(e, "%s: open", path);
	}
	if (fstat(fd, &st) == -1) {
		error_sys(e, "%s: stat", path);
		goto out;
	}
	if (st.st_size < p->offset) {
		error_set(e, ERR_CORRUPT, "%s: %lld bytes, the books had %lld: cut short", path,
		    (long long)st.st_size, (long long)p->offset);
		goto out;
	}
	if ((line = malloc((size_t)p->last_len)) == NULL) {
		error_sys(e, "%s", path);
		goto out;
	}
	n = pread(fd, line, (size_t)p->last_len, p->offset - p->last_len);
	if (n != p->last_len) {
		error_sys(e, "%s: read", path);
		goto out;
	}
	digest_hex(hex, line, (size_t)p->last_len - 1);
	if (line[p->last_len - 1] != '\n' || strcmp(hex, p->head) != 0) {
		error_set(e, ERR_CORRUPT, "%s: record %" PRIu64 " is not what was written", path, p->n);
		goto out;
	}
	rc = 0;
out:
	free(line);
	close(fd);
	return rc;
}

/* Its head names the book a segment belongs to. */
static int
check_book(int dirfd, const char *segment, const char *book, struct error *e)
{
	struct buf line = BUF_INIT(RECORD_LINE_MAX);
	struct record r;
	const char *is;
	int rc = -1;

	record_init(&r);
	if (journal_read(dirfd, segment, 0, &line, e) == 0 && record_decode(&r, line.data, line.len, e) == 0) {
		is = json_string_value(json_object_get(r.data, "book"));
		rc = is != NULL && strcmp(is, book) == 0 ? 0 : error_set(e, ERR_CORRUPT,
		    "journal/%s.jsonl: is of another book (%.16s)", segment, is == NULL ? "?" : is);
	}
	record_free(&r);
	buf_free(&line);
	return rc;
}

int
journal_open(struct journal **jp, int dirfd, const char *book, const struct journal_pos *end,
    int unclean, struct error *e)
{
	struct journal *j = calloc(1, sizeof(*j));
	char (*seg)[8] = NULL;
	size_t nseg = 0, i;

	if (j == NULL)
		return error_sys(e, "journal");
	assert(strlen(book) < sizeof(j->book));
	memcpy(j->book, book, strlen(book) + 1);
	j->book_fd = dirfd;
	j->dir = j->fd = -1;
	j->pos = j->next = *end;
	j->seal = (struct buf)BUF_INIT(RECORD_LINE_MAX);
	j->pend = (struct buf)BUF_INIT(JOURNAL_PENDING_MAX);
	/* Segments that hold anything have durable names: journal_commit sees to it before it writes. */
	if ((end->n > 0 && check_book(dirfd, end->segment, book, e) == -1) ||
	    (j->dir = durable_make_dir(dirfd, "journal", 0750, e)) == -1 ||
	    segments(j->dir, &seg, &nseg, e) == -1)
		goto err;
	for (i = 0; i < nseg; i++) {
		int later = strcmp(seg[i], end->segment);
		int fd, rc;

		if (later < 0)
			continue;
		/* A later segment holds at most part of its first line: the scan stopped before it. */
		if ((fd = segment_open(j->dir, seg[i], O_RDWR, e)) == -1)
			goto err;
		rc = tail_cut(fd, later == 0 ? end->offset : 0, "journal", e);
		if (rc == 0 && unclean)
			rc = tail_rewrite(fd, "journal", e);
		if (later == 0 && rc == 0)
			j->fd = fd;
		else
			close(fd);
		if (rc == -1)
			goto err;
	}
	if (end->n > 0 && j->fd == -1) {
		error_set(e, ERR_CORRUPT, "journal/%s.jsonl: gone while we read it", end->segment);
		goto err;
	}
	free(seg);
	*jp = j;
	return 0;
err:
	free(seg);
	journal_close(j);
	return -1;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd != -1)
		close(j->fd);
	if (j->dir != -1)
		close(j->dir);
	buf_free(&j->seal);
	buf_free(&j->pend);
	free(j);
}

const struct journal_pos *
journal_end(const struct journal *j)
{
	return &j->pos;
}

const struct journal_pos *
journal_next(const struct journal *j)
{
	return &j->next;
}

size_t
journal_pending(const struct journal *j)
{
	return j->seal.len + j->pend.len;
}

/* One encoded line at the end of b; pos moves behind it. */
static int
add_line(struct buf *b, struct journal_pos *pos, struct record *r, int64_t time, struct error *e)
{
	size_t start = b->len;

	r->n = pos->n + 1;
	memcpy(r->prev, pos->head, sizeof(r->prev));
	r->time = time;
	moment_day(time, r->day);
	if (record_encode(r, b, e) == -1)
		return -1;
	if (b->len - start >= RECORD_LINE_MAX) {
		b->len = start;
		return error_set(e, ERR_INPUT, "message %s: its record is larger than %d bytes", r->id,
		    RECORD_LINE_MAX);
	}
	digest_hex(pos->head, b->data + start, b->len - start);
	if (buf_add(b, "\n", 1, e) == -1) {
		b->len = start;
		return -1;
	}
	pos->n = r->n;
	pos->sealed = r->type == REC_SEAL;
	pos->time = time;
	pos->last_len = (int64_t)(b->len - start);
	pos->offset += pos->last_len;
	return 0;
}

static int
sum_debits(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	json_t *sums = arg;
	size_t i, k;

	(void)raw, (void)rawlen, (void)at;
	for (i = 0; i < r->nentries; i++)
		for (k = 0; k < r->entries[i].nlegs; k++) {
			const struct leg *l = &r->entries[i].legs[k];
			int64_t sum = json_integer_value(json_object_get(sums, l->currency));

			if (l->minor > 0 && money_add(&sum, l->minor, e) == -1)
				return -1;
			if (json_object_set_new(sums, l->currency, json_integer(sum)) == -1)
				return error_set(e, ERR_IO, "journal: no memory");
		}
	return 0;
}

/* The record that ends a segment: count, sums of debits per currency, head. */
static int
add_seal(struct journal *j, int64_t time, struct error *e)
{
	struct record r;
	struct journal_pos from;
	json_t *sums = json_object();
	int rc = -1;

	record_init(&r);
	journal_pos_start(&from);
	memcpy(from.segment, j->pos.segment, sizeof(from.segment));
	r.type = REC_SEAL;
	if (sums == NULL || journal_scan_segment(j->book_fd, &from, &j->pos, sum_debits, sums, e) == -1)
		goto out;
	r.data = json_pack("{s:s,s:I,s:O,s:s}", "segment", j->pos.segment, "records",
	    (json_int_t)from.n, "debits", sums, "head", j->pos.head);
	if (r.data == NULL) {
		error_set(e, ERR_IO, "journal: no memory");
		goto out;
	}
	rc = add_line(&j->seal, &j->next, &r, time, e);
out:
	json_decref(sums);
	record_free(&r);
	return rc;
}

static int
add_segment(struct journal *j, const char *month, int64_t time, struct error *e)
{
	struct record r;
	int rc;

	if (j->next.n > 0 && !j->next.sealed && add_seal(j, time, e) == -1)
		return -1;
	record_init(&r);
	r.type = REC_SEGMENT;
	r.data = json_pack("{s:i,s:s,s:s,s:s}", "format", JOURNAL_FORMAT, "book", j->book, "segment",
	    month, "follows", j->next.head);
	if (r.data == NULL) {
		record_free(&r);
		return error_set(e, ERR_IO, "journal: no memory");
	}
	memcpy(j->next.segment, month, sizeof(j->next.segment));
	j->next.offset = 0;
	rc = add_line(&j->pend, &j->next, &r, time, e);
	record_free(&r);
	return rc;
}

int
journal_add(struct journal *j, struct record *r, int64_t now, struct error *e)
{
	struct journal_pos saved = j->next;
	size_t pend = j->pend.len, seal = j->seal.len;
	int64_t time = now > j->next.time ? now : j->next.time;	/* invariant 12 */
	char text[MOMENT_TEXT];

	if (record_check(r, e) == -1)
		return -1;
	/* A batch stays in the segment it began in, so that it is one write. */
	if (pend == 0) {
		moment_print(time, text);
		text[7] = '\0';
		if (strcmp(text, j->next.segment) != 0 && add_segment(j, text, time, e) == -1)
			goto undo;
	}
	if (add_line(&j->pend, &j->next, r, time, e) == -1)
		goto undo;
	return 0;
undo:
	j->next = saved;
	j->pend.len = pend;
	j->seal.len = seal;
	return -1;
}

int
journal_commit(struct journal *j, struct error *e)
{
	struct stat st;
	off_t at;
	int fd;

	if (j->pend.len == 0)
		return 0;
	if (j->seal.len > 0 &&
	    tail_append(j->fd, j->pos.offset, j->seal.data, j->seal.len, "journal", e) == -1)
		return -1;
	if (strcmp(j->next.segment, j->pos.segment) != 0) {
		fd = segment_open(j->dir, j->next.segment, O_RDWR | O_CREAT, e);
		if (fd == -1)
			return -1;
		if (j->fd != -1)
			close(j->fd);
		j->fd = fd;
		if (fstat(fd, &st) == -1)
			return error_sys(e, "journal: stat");
		if (st.st_size != 0)
			return error_set(e, ERR_CORRUPT, "journal/%s.jsonl: not empty", j->next.segment);
		at = 0;
		if (durable_sync_dir(j->dir, "journal", e) == -1)
			return -1;
	} else
		at = j->pos.offset;
	if (tail_append(j->fd, at, j->pend.data, j->pend.len, "journal", e) == -1)
		return -1;
	j->pos = j->next;
	buf_clear(&j->seal);
	buf_clear(&j->pend);
	return 0;
}

/* A reader of lines over one segment. */
struct lines {
	int	 fd;
	char	*p;
	size_t	 len, cap, at;
	int	 eof;
};

/* Next line without newline: 1, 0 at the end (*rest: bytes of an incomplete line), -1. */
static int
next_line(struct lines *l, const char **line, size_t *n, size_t *rest, const char *what,
    struct error *e)
{
	for (;;) {
		char *nl = l->len == l->at ? NULL : memchr(l->p + l->at, '\n', l->len - l->at);
		ssize_t got;

		if (nl != NULL) {
			*line = l->p + l->at;
			*n = (size_t)(nl - *line);
			l->at += *n + 1;
			return 1;
		}
		if (l->eof) {
			*rest = l->len - l->at;
			return 0;
		}
		if (l->at > 0)
			memmove(l->p, l->p + l->at, l->len - l->at);
		l->len -= l->at;
		l->at = 0;
		if (l->cap - l->len < JOURNAL_READ / 2) {
			size_t cap = l->cap == 0 ? JOURNAL_READ : l->cap * 2;
			char *p;

			if (cap > 4 * (size_t)RECORD_LINE_MAX)
				return error_set(e, ERR_CORRUPT, "%s: a line longer than %d bytes", what,
				    RECORD_LINE_MAX);
			if ((p = realloc(l->p, cap)) == NULL)
				return error_sys(e, "%s", what);
			l->p = p;
			l->cap = cap;
		}
		do
			got = read(l->fd, l->p + l->len, l->cap - l->len);
		while (got == -1 && errno == EINTR);
		if (got == -1)
			return error_sys(e, "%s: read", what);
		if (got == 0)
			l->eof = 1;
		l->len += (size_t)got;
	}
}

static int
check_segment_head(const struct record *r, const char *segment, struct error *e)
{
	int64_t format = json_integer_value(json_object_get(r->data, "format"));
	const char *name = json_string_value(json_object_get(r->data, "segment"));

	if (r->type != REC_SEGMENT)
		return error_set(e, ERR_CORRUPT, "journal/%s.jsonl:1: does not begin a segment", segment);
	if (format > JOURNAL_FORMAT)
		return error_set(e, ERR_CONFIG, "journal/%s.jsonl has format %lld; this daybook reads up "
		    "to %d", segment, (long long)format, JOURNAL_FORMAT);
	if (format < 1 || name == NULL || strcmp(name, segment) != 0)
		return error_set(e, ERR_CORRUPT, "journal/%s.jsonl:1: is the head of another segment",
		    segment);
	return 0;
}

static int
before(const struct journal_pos *a, const struct journal_pos *b)
{
	int d = strcmp(a->segment, b->segment);

	return d < 0 || (d == 0 && a->offset < b->offset);
}

/*
 * A batch that was written but not yet synced may come out of a power cut with holes: pages of
 * NULs, which no line of ours holds.  Line `line` has such a hole.  It, and what follows, is that
 * last batch if all readable records behind it carry one time (a batch has one); were there a later
 * batch, its sync would have saved this one too, and the hole is damage.
 */
static int
torn_batch(struct lines *l, const char *line, size_t n, const char *what)
{
	struct error ignored = { 0 };
	struct record r;
	size_t rest = 0, seen = n;
	int64_t time = 0;
	int got;

	if (memchr(line, '\0', n) == NULL)
		return 0;
	while ((got = next_line(l, &line, &n, &rest, what, &ignored)) == 1) {
		int torn = memchr(line, '\0', n) != NULL;

		if ((seen += n) > TAIL_REWRITE_MAX)
			return 0;
		if (torn)
			continue;
		record_init(&r);
		if (record_decode(&r, line, n, &ignored) == -1 || (time != 0 && r.time != time)) {
			record_free(&r);
			return 0;
		}
		time = r.time;
		record_free(&r);
	}
	return got == 0;
}

/*
 * One segment from pos->offset on; pos moves.  *rest: bytes of an incomplete last line.  synced: what
 * is known to have been durable; beyond it a torn batch ends the scan (NULL: it is a fault).
 */
static int
scan_segment(int dir, struct journal_pos *pos, const struct journal_pos *to,
    const struct journal_pos *synced, journal_fn *fn, void *arg, int chain, size_t *rest,
    struct error *e)
{
	struct lines l = { -1, NULL, 0, 0, 0, 0 };
	char name[16], what[32], hex[65];
	struct record r;
	const char *line = NULL;
	size_t n = 0, lineno = 0;
	int rc = -1, got;

	segment_file(pos->segment, name);
	memcpy(what, "journal/", 8);
	memcpy(what + 8, name, sizeof(name));
	record_init(&r);
	*rest = 0;
	if ((l.fd = segment_open(dir, pos->segment, O_RDONLY, e)) == -1)
		return -1;
	if (lseek(l.fd, pos->offset, SEEK_SET) == -1) {
		error_sys(e, "%s: seek", what);
		goto out;
	}
	while (to == NULL || strcmp(pos->segment, to->segment) < 0 || pos->offset < to->offset) {
		if ((got = next_line(&l, &line, &n, rest, what, e)) == -1)
			goto out;
		if (got == 0)
			break;
		lineno++;
		record_free(&r);
		record_init(&r);
		if (record_decode(&r, line, n, e) == -1) {
			if (synced != NULL && !before(pos, synced) && torn_batch(&l, line, n, what)) {
				e->code = ERR_NONE;
				*rest = 1;
				break;
			}
			error_set(e, ERR_CORRUPT, "%s: record %" PRIu64 " (at byte %lld): unreadable", what,
			    pos->n + 1, (long long)pos->offset);
			goto out;
		}
		if (chain && (r.n != pos->n + 1 || strcmp(r.prev, pos->head) != 0 || r.time < pos->time)) {
			error_set(e, ERR_CORRUPT, "%s: record %" PRIu64 " (at byte %lld): %s", what,
			    pos->n + 1, (long long)pos->offset, r.n != pos->n + 1 ? "wrong number" :
			    r.time < pos->time ? "time goes back" : "does not follow the one before it");
			goto out;
		}
		if (pos->sealed && pos->offset > 0) {
			error_set(e, ERR_CORRUPT, "%s: record %" PRIu64 " follows the seal", what, r.n);
			goto out;
		}
		if (pos->offset == 0 && check_segment_head(&r, pos->segment, e) == -1)
			goto out;
		pos->sealed = r.type == REC_SEAL;
		digest_hex(hex, line, n);
		memcpy(pos->head, hex, sizeof(pos->head));
		pos->n = chain ? r.n : pos->n + 1;
		pos->time = r.time;
		pos->last_len = (int64_t)n + 1;
		pos->offset += pos->last_len;
		if (fn != NULL && (rc = fn(arg, &r, line, n, pos, e)) != 0)
			goto out;
		rc = -1;
	}
	rc = 0;
out:
	record_free(&r);
	free(l.p);
	close(l.fd);
	return rc;
}

int
journal_scan_segment(int dirfd, struct journal_pos *pos, const struct journal_pos *to, journal_fn *fn,
    void *arg, struct error *e)
{
	size_t rest;
	int dir, rc;

	if ((dir = durable_open_dir(dirfd, "journal", e)) == -1)
		return -1;
	rc = scan_segment(dir, pos, to, NULL, fn, arg, 0, &rest, e);
	close(dir);
	return rc;
}

static int
scan(int dirfd, const struct journal_pos *from, const struct journal_pos *to,
    const struct journal_pos *synced, journal_fn *fn, void *arg, struct journal_pos *end,
    struct error *e)
{
	struct journal_pos pos;
	char (*seg)[8] = NULL;
	size_t nseg = 0, i, rest = 0;
	int dir = -1, rc = -1;

	if (from != NULL)
		pos = *from;
	else
		journal_pos_start(&pos);
	if ((dir = durable_open_dir(dirfd, "journal", e)) == -1) {
		if (e->code != ERR_NOTFOUND || pos.n > 0)
			return -1;
		e->code = ERR_NONE;	/* a book nothing was ever written in */
		goto done;
	}
	if (segments(dir, &seg, &nseg, e) == -1)
		goto out;
	for (i = 0; i < nseg; i++) {
		if (strcmp(seg[i], pos.segment) < 0)
			continue;
		if (to != NULL && strcmp(seg[i], to->segment) > 0)
			break;
		if (strcmp(seg[i], pos.segment) > 0) {
			struct journal_pos next = pos;

			memcpy(next.segment, seg[i], sizeof(next.segment));
			next.offset = 0;
			if (scan_segment(dir, &next, to, synced, fn, arg, 1, &rest, e) != 0)
				goto out;
			if (next.n > pos.n)
				pos = next;
			else if (i + 1 < nseg) {
				error_set(e, ERR_CORRUPT, "journal/%s.jsonl: holds no record", seg[i]);
				goto out;
			}
		} else if (scan_segment(dir, &pos, to, synced, fn, arg, 1, &rest, e) != 0)
			goto out;
		if (rest > 0 && i + 1 < nseg) {
			error_set(e, ERR_CORRUPT, "journal/%s.jsonl: incomplete last line", seg[i]);
			goto out;
		}
	}
done:
	if (end != NULL)
		*end = pos;
	rc = 0;
out:
	free(seg);
	if (dir != -1)
		close(dir);
	return rc;
}

int
journal_scan(int dirfd, const struct journal_pos *from, const struct journal_pos *to, journal_fn *fn,
    void *arg, struct journal_pos *end, struct error *e)
{
	return scan(dirfd, from, to, NULL, fn, arg, end, e);
}

int
journal_recover(int dirfd, const struct journal_pos *from, const struct journal_pos *synced,
    journal_fn *fn, void *arg, struct journal_pos *end, struct error *e)
{
	return scan(dirfd, from, NULL, synced, fn, arg, end, e);
}

int
journal_read(int dirfd, const char *segment, int64_t offset, struct buf *line, struct error *e)
{
	char path[32];
	int fd, rc = -1;

	if (strlen(segment) != 7)
		return error_set(e, ERR_NOTFOUND, "journal: no such place");
	memcpy(path, "journal/", 8);
	segment_file(segment, path + 8);
	if ((fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return error_sys(e, "%s: open", path);
	for (;;) {
		size_t was = line->len;
		char *nl;
		ssize_t n;

		if (buf_reserve(line, 8192, e) == -1)
			goto out;
		n = pread(fd, line->data + line->len, 8192, offset + (off_t)was);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == -1)
				error_sys(e, "%s: read", path);
			else
				error_set(e, ERR_CORRUPT, "%s: no record at byte %lld", path,
				    (long long)offset);
			goto out;
		}
		if ((nl = memchr(line->data + was, '\n', (size_t)n)) != NULL) {
			line->len = (size_t)(nl - line->data);
			line->data[line->len] = '\0';
			break;
		}
		line->len += (size_t)n;
	}
	rc = 0;
out:
	close(fd);
	return rc;
}
