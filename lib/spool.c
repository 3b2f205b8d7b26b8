/*
 * spool -- see spool.h.  Write in tmp/, sync, rename to new/, sync the folder: Maildir's order,
 * with the sync of the directory that Linux needs (reliability.md 1.6).
 */
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "moment.h"
#include "spool.h"
#include "text.h"

#define USAGE_FILE	".usage"
#define USAGE_AGE_US	(2 * MOMENT_SECOND)
#define USAGE_FRESH_US	(MOMENT_SECOND / 10)	/* once a limit is near */
#define USAGE_EXACT	1024	/* a limit of so few files is counted for each message */
#define ENTRY_MIN	20	/* bytes a directory entry takes at least, on any file system here */
#define FILE_MAX	(SPOOL_BODY_MAX + SPOOL_HEAD_MAX)

const char *const site_book_name[BOOKS_N] = { "live", "test", "register" };
const char *const spool_origin_name[SPOOL_ORIGINS] = { "in", "pay", "web", "desk" };

/* The file being written, for the deadline handler. */
static volatile int abandon_dir = -1;
static char abandon_name[SPOOL_ID + 8];

void
message_free(struct message *m)
{
	if (m != NULL)
		buf_free(&m->body);
}

void
spool_abandon(void)
{
	if (abandon_dir != -1)
		(void)unlinkat(abandon_dir, abandon_name, 0);
}

int
spool_id_valid(const char *s)
{
	static const char shape[] = "ddddddddTdddddd.dddddd-xxxxxxxxxxxxxxxx";
	size_t i;

	for (i = 0; shape[i] != '\0'; i++) {
		int digit = s[i] >= '0' && s[i] <= '9', hex = digit || (s[i] >= 'a' && s[i] <= 'f');

		if (shape[i] == 'd' ? !digit : shape[i] == 'x' ? !hex : s[i] != shape[i])
			return 0;
	}
	return s[i] == '\0';
}

static void
make_id(struct message *m)
{
	unsigned char rnd[8];
	char t[MOMENT_TEXT];

	/* 2026-11-20T19:02:03.123456Z -> 20261120T190203.123456 */
	moment_print_us(m->received, t);
	memcpy(m->id, t, 4);
	memcpy(m->id + 4, t + 5, 2);
	memcpy(m->id + 6, t + 8, 3);
	memcpy(m->id + 9, t + 11, 2);
	memcpy(m->id + 11, t + 14, 2);
	memcpy(m->id + 13, t + 17, 9);
	m->id[22] = '-';
	/* 8 bytes are never interrupted or short (getrandom(2)); abort is for what can't happen. */
	if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		abort();
	text_hex(m->id + 23, rnd, sizeof(rnd));
}

static int
origin_dir(int sitefd, enum spool_origin o, const char *sub, struct error *e)
{
	char path[32];
	int n = snprintf(path, sizeof(path), "spool/%s/%s", spool_origin_name[o], sub);

	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(e, ERR_IO, "spool: path");
	return durable_open_dir(sitefd, path, e);
}

/* ---- limits ---- */

/* Files and bytes in new/, counted. */
static int
count_usage(int newfd, int64_t *files, int64_t *bytes, struct error *e)
{
	struct dirent *d;
	struct stat st;
	DIR *dp;
	int fd = openat(newfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "spool: open");
	}
	*files = *bytes = 0;
	for (errno = 0; (d = readdir(dp)) != NULL; errno = 0) {
		if (d->d_name[0] == '.')
			continue;
		(*files)++;
		if (fstatat(newfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*bytes += st.st_size;
	}
	if (errno != 0) {
		error_sys(e, "spool: read");
		closedir(dp);
		return -1;
	}
	closedir(dp);
	return 0;
}

/* A recent count, kept by whoever counted last; 1 where it is fresh enough. */
static int
recent_usage(int tmpfd, const struct spool_limits *lim, int64_t now, int64_t *files, int64_t *bytes)
{
	char text[80], *p, *q;
	int64_t at, age;
	struct error ignored;
	int fd = openat(tmpfd, USAGE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd == -1)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if ((p = strchr(text, ' ')) == NULL || (q = strchr(p + 1, ' ')) == NULL ||
	    text_number(text, (size_t)(p - text), 0, INT64_MAX, &at, "", &ignored) == -1 ||
	    text_number(p + 1, (size_t)(q - p - 1), 0, INT64_MAX, files, "", &ignored) == -1 ||
	    text_number(q + 1, strlen(q + 1), 0, INT64_MAX, bytes, "", &ignored) == -1)
		return 0;
	age = now - at;
	if (age < 0)
		return 0;
	if (*files > lim->files_max / 8 * 7 || *bytes > lim->bytes_max / 8 * 7)
		return age < USAGE_FRESH_US;
	return age < USAGE_AGE_US;
}

static void
keep_usage(int tmpfd, int64_t now, int64_t files, int64_t bytes)
{
	char text[80], name[32];
	int n = snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %" PRId64, now, files, bytes);
	int k = snprintf(name, sizeof(name), USAGE_FILE ".%ld", (long)getpid()), fd;

	if (n < 0 || k < 0)
		return;
	fd = openat(tmpfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1)
		return;
	if (durable_write_all(fd, text, (size_t)n) == 0)
		(void)renameat(tmpfd, name, tmpfd, USAGE_FILE);
	else
		(void)unlinkat(tmpfd, name, 0);
	close(fd);
}

/*
 * Counting 200,000 entries for each message would be the attack itself.  A folder whose own size
 * is small holds few entries, and few entries of 2 MiB each can't reach the byte limit; only
 * beyond that a count not older than two seconds is used.
 */
static int
within_limits(int newfd, int tmpfd, const struct spool_limits *lim, int64_t now, struct error *e)
{
	struct statfs fs;
	struct stat st;
	int64_t safe = lim->bytes_max / FILE_MAX, files, bytes;

	if (fstatfs(newfd, &fs) == -1 || fstat(newfd, &st) == -1)
		return error_sys(e, "spool: stat");
	if ((int64_t)fs.f_bavail * (int64_t)fs.f_bsize < lim->min_free || (fs.f_files > 0 && fs.f_ffree < 64))
		return error_set(e, ERR_AGAIN, "spool: less than min_free is left on the disk");
	if (safe > lim->files_max)
		safe = lim->files_max;
	if (st.st_size < safe * ENTRY_MIN)
		return 0;
	if (safe < USAGE_EXACT || !recent_usage(tmpfd, lim, now, &files, &bytes)) {
		if (count_usage(newfd, &files, &bytes, e) == -1)
			return -1;
		if (safe >= USAGE_EXACT)
			keep_usage(tmpfd, now, files, bytes);
	}
	if (files >= lim->files_max || bytes >= lim->bytes_max)
		return error_set(e, ERR_AGAIN, "spool: full (%" PRId64 " messages, %" PRId64 " bytes)", files,
		    bytes);
	return 0;
}

/* ---- writing ---- */

static int
make_head(const struct message *m, struct buf *head, struct error *e)
{
	char t[MOMENT_TEXT];

	if (buf_adds(head, "daybook-message 1\n", e) == -1 ||
	    (m->integration[0] != '\0' && buf_addf(head, e, "integration %s\n", m->integration) == -1))
		return -1;
	return buf_addf(head, e, "kind %s\nmode %s\nreceived %s\nremote %s\nlength %zu\n\n", m->kind,
	    site_book_name[m->mode], moment_print_us(m->received, t), m->remote, m->body.len);
}

static int
write_both(int fd, const struct buf *head, const struct buf *body)
{
	struct iovec v[2] = { { head->data, head->len }, { body->data, body->len } };
	size_t all = head->len + body->len, put;
	ssize_t n;

	do
		n = writev(fd, v, body->len > 0 ? 2 : 1);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	put = (size_t)n;
	if (put == all)
		return 0;
	if (put < head->len && durable_write_all(fd, head->data + put, head->len - put) == -1)
		return -1;
	put = put < head->len ? 0 : put - head->len;
	return durable_write_all(fd, body->data + put, body->len - put);
}

int
spool_put(int sitefd, const struct spool_limits *lim, struct message *m, struct error *e)
{
	struct buf head = BUF_INIT(SPOOL_HEAD_MAX);
	int tmpfd = -1, newfd = -1, fd = -1, rc = -1;

	if ((tmpfd = origin_dir(sitefd, m->origin, "tmp", e)) == -1 ||
	    (newfd = origin_dir(sitefd, m->origin, "new", e)) == -1 ||
	    within_limits(newfd, tmpfd, lim, m->received, e) == -1 || make_head(m, &head, e) == -1)
		goto out;
	make_id(m);
	memcpy(abandon_name, m->id, sizeof(m->id));
	fd = openat(tmpfd, m->id, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1) {
		error_sys(e, "spool: create");
		goto out;
	}
	abandon_dir = tmpfd;
	if (write_both(fd, &head, &m->body) == -1) {
		error_sys(e, "spool: write");
		goto err;
	}
	if (fsync(fd) == -1) {		/* final: not tried again */
		error_sys(e, "spool: sync");
		goto err;
	}
	if (renameat(tmpfd, m->id, newfd, m->id) == -1) {
		error_sys(e, "spool: rename");
		goto err;
	}
	abandon_dir = -1;
	/* Invariant 1: without this the name may be gone after a power cut. */
	if (fsync(newfd) == -1) {
		error_sys(e, "spool: sync folder");
		goto out;
	}
	rc = 0;
	goto out;
err:
	abandon_dir = -1;
	(void)unlinkat(tmpfd, m->id, 0);
out:
	if (fd != -1)
		close(fd);
	if (newfd != -1)
		close(newfd);
	if (tmpfd != -1)
		close(tmpfd);
	buf_free(&head);
	return rc;
}

/* ---- reading ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct spool_name *)a)->id, ((const struct spool_name *)b)->id);
}

int
spool_list(int sitefd, enum spool_origin o, size_t max, struct spool_name **vp, size_t *np,
    struct error *e)
{
	struct spool_name *v = NULL;
	struct dirent *d;
	size_t n = 0, cap = 0;
	DIR *dp;
	int fd = origin_dir(sitefd, o, "new", e);

	if (fd == -1)
		return -1;
	if ((dp = fdopendir(fd)) == NULL) {
		close(fd);
		return error_sys(e, "spool: open");
	}
	for (errno = 0; n < max && (d = readdir(dp)) != NULL; errno = 0) {
		size_t len = strlen(d->d_name);

		if (d->d_name[0] == '.' || len >= sizeof(v->id))
			continue;
		if (n == cap) {
			struct spool_name *more;

			cap = cap == 0 ? 64 : cap * 2;
			if ((more = realloc(v, cap * sizeof(*v))) == NULL) {
				error_sys(e, "spool");
				goto err;
			}
			v = more;
		}
		memcpy(v[n++].id, d->d_name, len + 1);
	}
	if (errno != 0) {
		error_sys(e, "spool: read folder");
		goto err;
	}
	closedir(dp);
	if (n > 0)
		qsort(v, n, sizeof(*v), by_name);
	*vp = v;
	*np = n;
	return 0;
err:
	closedir(dp);
	free(v);
	return -1;
}

/* One "name value" line of the header. */
static int
head_line(struct message *m, const char *name, size_t nlen, const char *v, size_t vlen, int64_t *length,
    struct error *e)
{
#define IS(s)	(nlen == sizeof(s) - 1 && memcmp(name, s, nlen) == 0)
	if (IS("integration"))
		return !text_id_valid(v, vlen) ? error_set(e, ERR_INPUT, "bad header: integration") :
		    text_copy(m->integration, sizeof(m->integration), v, vlen, "integration", e);
	if (IS("kind"))
		return !text_id_valid(v, vlen) ? error_set(e, ERR_INPUT, "bad header: kind") :
		    text_copy(m->kind, sizeof(m->kind), v, vlen, "kind", e);
	if (IS("mode")) {
		m->mode = vlen == 4 && memcmp(v, "live", 4) == 0 ? BOOK_LIVE :
		    vlen == 4 && memcmp(v, "test", 4) == 0 ? BOOK_TEST : -1;
		return m->mode == -1 ? error_set(e, ERR_INPUT, "bad header: mode") : 0;
	}
	if (IS("received"))
		return moment_parse(v, vlen, &m->received, e);
	if (IS("remote"))
		return text_copy(m->remote, sizeof(m->remote), v, vlen, "remote", e);
	if (IS("length"))
		return text_number(v, vlen, 0, SPOOL_BODY_MAX, length, "length", e);
#undef IS
	return error_set(e, ERR_INPUT, "bad header: unknown line");
}

/* Header of b; *body: offset behind it. */
static int
parse_head(struct message *m, const struct buf *b, size_t *body, struct error *e)
{
	static const char first[] = "daybook-message 1\n";
	size_t at = sizeof(first) - 1;
	int64_t length = -1;

	m->mode = -1;
	if (b->len < at || memcmp(b->data, first, at) != 0)
		return error_set(e, ERR_INPUT, "bad header: not a message");
	for (;;) {
		const char *line = b->data + at, *nl = memchr(line, '\n', b->len - at), *blank;
		size_t n;

		if (nl == NULL || (size_t)(nl - b->data) >= SPOOL_HEAD_MAX)
			return error_set(e, ERR_INPUT, "bad header: does not end");
		n = (size_t)(nl - line);
		at += n + 1;
		if (n == 0)
			break;
		if ((blank = memchr(line, ' ', n)) == NULL)
			return error_set(e, ERR_INPUT, "bad header: unknown line");
		if (head_line(m, line, (size_t)(blank - line), blank + 1, n - (size_t)(blank - line) - 1,
		    &length, e) == -1) {
			e->code = ERR_INPUT;
			return -1;
		}
	}
	if (m->mode == -1 || m->kind[0] == '\0' || m->received == 0 || length < 0 ||
	    (int64_t)(b->len - at) != length)
		return error_set(e, ERR_INPUT, "bad header: incomplete, or the body has another length");
	*body = at;
	return 0;
}

/* All of a file whose size is known: a message is complete before it has its name. */
static int
read_all(struct buf *b, int fd, size_t size, struct error *e)
{
	ssize_t n;

	if (buf_reserve(b, size, e) == -1)
		return -1;
	while (b->len < size && (n = read(fd, b->data + b->len, size - b->len)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_sys(e, "spool: read");
		b->len += (size_t)n;
	}
	return 0;
}

int
spool_open(struct spool_dir *d, int sitefd, enum spool_origin o, struct error *e)
{
	struct stat st;

	d->origin = o;
	if ((d->fd = origin_dir(sitefd, o, "new", e)) == -1)
		return -1;
	if (fstat(d->fd, &st) == -1) {
		error_sys(e, "spool: stat");
		spool_close(d);
		return -1;
	}
	d->owner = st.st_uid;
	return 0;
}

void
spool_close(struct spool_dir *d)
{
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
}

int
spool_get(int sitefd, enum spool_origin o, const char *name, struct message *m, struct error *e)
{
	struct spool_dir d;
	int rc;

	if (spool_open(&d, sitefd, o, e) == -1)
		return -1;
	rc = spool_get_at(&d, name, m, e);
	spool_close(&d);
	return rc;
}

/* What can't be waited for, and is not followed: a FIFO opens at once, a socket does not. */
static int
open_message(const struct spool_dir *d, const char *name, struct stat *st, struct error *e)
{
	int fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_NOTFOUND, "%s: gone", name);
		if (errno == ELOOP || errno == ENXIO)
			return error_set(e, ERR_INPUT, "not a regular file");
		if (errno == EACCES)
			return error_set(e, ERR_INPUT, "can't be opened");
		return error_sys(e, "spool: open");
	}
	if (fstat(fd, st) == -1)
		error_sys(e, "spool: stat");
	else if (!S_ISREG(st->st_mode))
		error_set(e, ERR_INPUT, "not a regular file");
	else if (st->st_nlink != 1)
		error_set(e, ERR_INPUT, "has %ld links", (long)st->st_nlink);
	else if (st->st_uid != d->owner)
		error_set(e, ERR_INPUT, "wrong owner");
	else if (st->st_size > FILE_MAX)
		error_set(e, ERR_INPUT, "too large");
	else
		return fd;
	close(fd);
	return -1;
}

int
spool_get_at(const struct spool_dir *d, const char *name, struct message *m, struct error *e)
{
	struct buf all = BUF_INIT(FILE_MAX);
	struct stat st;
	size_t body = 0;
	int fd, rc = -1;

	memset(m, 0, sizeof(*m));
	m->origin = d->origin;
	m->body = (struct buf)BUF_INIT(SPOOL_BODY_MAX);
	if (!spool_id_valid(name))
		return error_set(e, ERR_INPUT, "its name is no message id");
	memcpy(m->id, name, SPOOL_ID);
	if ((fd = open_message(d, name, &st, e)) == -1)
		return -1;
	if (read_all(&all, fd, (size_t)st.st_size, e) == -1 || parse_head(m, &all, &body, e) == -1)
		goto out;
	/* The buffer becomes the body: what follows the header moves to its front. */
	memmove(all.data, all.data + body, all.len - body);
	all.len -= body;
	all.data[all.len] = '\0';
	all.max = SPOOL_BODY_MAX;
	m->body = all;
	all = (struct buf)BUF_INIT(0);
	rc = 0;
out:
	close(fd);
	buf_free(&all);
	return rc;
}

int
spool_remove(const struct spool_dir *d, const char *name, struct error *e)
{
	if (strchr(name, '/') != NULL)
		return error_set(e, ERR_INPUT, "spool: no such name");
	if (unlinkat(d->fd, name, 0) == -1 && errno != ENOENT)
		return error_sys(e, "spool: remove %s", name);
	return 0;
}

/* Between spool/ORIGIN/new/NAME and spool/aside/ORIGIN.NAME. */
static int
aside(int sitefd, enum spool_origin o, const char *name, int back, struct error *e)
{
	char in[300], out[300];
	int n = snprintf(in, sizeof(in), "spool/%s/new/%s", spool_origin_name[o], name);
	int k = snprintf(out, sizeof(out), "spool/aside/%s.%s", spool_origin_name[o], name);

	if (n < 0 || (size_t)n >= sizeof(in) || k < 0 || (size_t)k >= sizeof(out) ||
	    strchr(name, '/') != NULL)
		return error_set(e, ERR_INPUT, "spool: no such name");
	if (renameat(sitefd, back ? out : in, sitefd, back ? in : out) == -1) {
		if (errno == ENOENT)
			return back ? error_set(e, ERR_NOTFOUND, "%s is not set aside", name) : 0;
		return error_sys(e, "spool: set aside %s", name);
	}
	return 0;
}

int
spool_aside(int sitefd, enum spool_origin o, const char *name, struct error *e)
{
	return aside(sitefd, o, name, 0, e);
}

int
spool_unaside(int sitefd, enum spool_origin o, const char *name, struct error *e)
{
	return aside(sitefd, o, name, 1, e);
}

void
spool_sweep(int sitefd, int64_t now_us, int max_age_s)
{
	struct error ignored;
	int o;

	for (o = 0; o < SPOOL_ORIGINS; o++) {
		int fd = origin_dir(sitefd, (enum spool_origin)o, "tmp", &ignored);
		struct dirent *d;
		struct stat st;
		DIR *dp;

		if (fd == -1)
			continue;
		if ((dp = fdopendir(fd)) == NULL) {
			close(fd);
			continue;
		}
		while ((d = readdir(dp)) != NULL)
			if (d->d_name[0] != '.' && fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    (int64_t)st.st_mtime < now_us / MOMENT_SECOND - max_age_s)
				(void)unlinkat(fd, d->d_name, 0);
		closedir(dp);
	}
}
