/*
 * evidence -- see evidence.h.  Raw messages beside the journal, one JSON object a line.
 *
 * A line that the journal does not refer to (a crash between the two syncs) is harmless: the
 * message is still in the spool and gets another one.
 */
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "evidence.h"
#include "moment.h"
#include "site.h"
#include "tail.h"
#include "text.h"

#define EVIDENCE_PENDING_MAX	(64 * 1024 * 1024)
/* base64 of the largest body, its head, and room for escapes of a printable one */
#define EVIDENCE_LINE_MAX	(2 * SPOOL_BODY_MAX + 64 * 1024)
#define REFUSED_FILE_MAX	(16 * 1024 * 1024)	/* a month; two months */

struct evidence {
	int	   book_fd;		/* borrowed */
	int	   dir;
	int	   fd;
	char	   month[8];		/* of fd */
	off_t	   end;			/* durable length of it */
	struct buf pend;
	struct buf line;
};

int
evidence_open(struct evidence **evp, int dirfd, struct error *e)
{
	struct evidence *ev = calloc(1, sizeof(*ev));

	if (ev == NULL)
		return error_sys(e, "evidence");
	ev->book_fd = dirfd;
	ev->dir = ev->fd = -1;
	ev->pend = (struct buf)BUF_INIT(EVIDENCE_PENDING_MAX);
	ev->line = (struct buf)BUF_INIT(EVIDENCE_LINE_MAX);
	if ((ev->dir = durable_make_dir(dirfd, "evidence", 0750, e)) == -1) {
		evidence_close(ev);
		return -1;
	}
	*evp = ev;
	return 0;
}

void
evidence_close(struct evidence *ev)
{
	if (ev == NULL)
		return;
	if (ev->fd != -1)
		close(ev->fd);
	if (ev->dir != -1)
		close(ev->dir);
	buf_free(&ev->pend);
	buf_free(&ev->line);
	free(ev);
}

/* Opens the month's file, behind its last complete line. */
static int
open_month(struct evidence *ev, const char *month, struct error *e)
{
	char name[16];
	off_t size;

	if (ev->fd != -1 && strcmp(ev->month, month) == 0)
		return 0;
	assert(ev->pend.len == 0 && strlen(month) == 7);
	if (ev->fd != -1)
		close(ev->fd);
	memcpy(name, month, 7);
	memcpy(name + 7, ".jsonl", 7);
	ev->fd = openat(ev->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (ev->fd == -1)
		return error_sys(e, "evidence/%s: open", name);
	if (tail_last_line(ev->fd, EVIDENCE_LINE_MAX, &ev->end, &size, "evidence", e) == -1 ||
	    (size != ev->end && tail_cut(ev->fd, ev->end, "evidence", e) == -1) ||
	    durable_sync_dir(ev->dir, "evidence", e) == -1) {
		close(ev->fd);
		ev->fd = -1;
		return -1;
	}
	memcpy(ev->month, month, 8);
	return 0;
}

static int
plain(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
			return 0;
	return 1;
}

/* ,"name":"value" with what JSON wants escaped; value is printable ASCII. */
static int
add_member(struct buf *b, const char *name, const char *s, size_t len, struct error *e)
{
	size_t i, from = 0;

	if (buf_add(b, ",\"", 2, e) == -1 || buf_adds(b, name, e) == -1 || buf_add(b, "\":\"", 3, e) == -1)
		return -1;
	for (i = 0; i < len; i++)
		if (s[i] == '"' || s[i] == '\\') {
			if (buf_add(b, s + from, i - from, e) == -1 || buf_add(b, "\\", 1, e) == -1)
				return -1;
			from = i;
		}
	return buf_add(b, s + from, len - from, e) == -1 ? -1 : buf_add(b, "\"", 1, e);
}

static int
add_safe(struct buf *b, const char *name, const char *s, struct error *e)
{
	char safe[256];
	size_t i;

	for (i = 0; s[i] != '\0' && i < sizeof(safe) - 1; i++)
		safe[i] = (unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e ? '?' : s[i];
	return i == 0 ? 0 : add_member(b, name, safe, i, e);
}

static int
encode(struct buf *b, const struct message *m, const struct verdict *v, const char *sha256,
    struct error *e)
{
	char when[MOMENT_TEXT];

	if (buf_addf(b, e, "{\"id\":\"%s\"", m->id) == -1 ||
	    add_safe(b, "origin", spool_origin_name[m->origin], e) == -1 ||
	    add_safe(b, "integration", m->integration, e) == -1 ||
	    add_safe(b, "kind", m->kind, e) == -1 ||
	    add_safe(b, "mode", site_book_name[m->mode], e) == -1 ||
	    add_safe(b, "received", moment_print_us(m->received, when), e) == -1 ||
	    add_safe(b, "remote", m->remote, e) == -1 ||
	    buf_addf(b, e, ",\"length\":%zu", m->body.len) == -1 ||
	    add_safe(b, "sha256", sha256, e) == -1)
		return -1;
	if (plain(m->body.data == NULL ? "" : m->body.data, m->body.len)) {
		if (add_member(b, "text", m->body.data == NULL ? "" : m->body.data, m->body.len, e) == -1)
			return -1;
	} else if (buf_adds(b, ",\"base64\":\"", e) == -1 ||
	    text_base64(b, m->body.data, m->body.len, e) == -1 || buf_add(b, "\"", 1, e) == -1)
		return -1;
	if (v != NULL && v->code != VERDICT_NONE &&
	    (add_safe(b, "asked", moment_print_us(v->asked, when), e) == -1 ||
	    buf_addf(b, e, ",\"http\":%ld,\"verdict\":%d", v->http, v->code) == -1 ||
	    add_safe(b, "answer", v->answer, e) == -1))
		return -1;
	return buf_add(b, "}", 1, e);
}

static int
describe_body(const struct message *m, struct record *r)
{
	digest_hex(r->body_sha256, m->body.data == NULL ? "" : m->body.data, m->body.len);
	r->body_len = (int64_t)m->body.len;
	return 0;
}

int
evidence_add(struct evidence *ev, const struct message *m, const struct verdict *v,
    const char month[8], struct record *r, struct error *e)
{
	/* A batch stays in the file it began in, as the journal's does. */
	const char *use = ev->pend.len > 0 ? ev->month : month;

	if (open_month(ev, use, e) == -1)
		return -1;
	describe_body(m, r);
	ev->line.len = 0;
	if (encode(&ev->line, m, v, r->body_sha256, e) == -1)
		return -1;
	digest_hex(r->ev_sha256, ev->line.data, ev->line.len);
	memcpy(r->ev_segment, ev->month, sizeof(ev->month));
	r->ev_offset = ev->end + (int64_t)ev->pend.len;
	r->ev_len = (int64_t)ev->line.len;
	if (buf_add(&ev->line, "\n", 1, e) == -1)
		return -1;
	return buf_add(&ev->pend, ev->line.data, ev->line.len, e);
}

/* Files of months that are over but one are removed: bounded age. */
static void
refused_sweep(int dir, const char *month)
{
	struct dirent *d;
	DIR *dp;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int32_t keep = (month[5] - '0') * 10 + (month[6] - '0') - 1;

	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((d = readdir(dp)) != NULL) {
		int32_t m = strlen(d->d_name) == 13 ? (d->d_name[5] - '0') * 10 + (d->d_name[6] - '0') : 0;

		if (d->d_name[0] != '.' && strncmp(d->d_name, month, 7) != 0 &&
		    m != (keep == 0 ? 12 : keep))
			(void)unlinkat(dir, d->d_name, 0);
	}
	closedir(dp);
}

/*
 * The provider says these bytes are not its own: they prove nothing, so they are kept for a look
 * only, of this month and the last, and only as many as fit; the journal has the digest anyway.
 */
int
evidence_refused(struct evidence *ev, const struct message *m, const struct verdict *v, int64_t now,
    struct record *r, struct error *e)
{
	char when[MOMENT_TEXT], name[16];
	struct stat st;
	int dir = -1, fd = -1, rc = -1;

	describe_body(m, r);
	ev->line.len = 0;
	moment_print(now, when);
	memcpy(name, when, 7);
	memcpy(name + 7, ".jsonl", 7);
	if (encode(&ev->line, m, v, r->body_sha256, e) == -1 || buf_add(&ev->line, "\n", 1, e) == -1)
		return -1;
	if (mkdirat(ev->book_fd, "refused", 0750) == -1 && errno != EEXIST)
		return error_sys(e, "create folder refused");
	if ((dir = durable_open_dir(ev->book_fd, "refused", e)) == -1)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		refused_sweep(dir, name);
	fd = openat(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1 || fstat(fd, &st) == -1)
		error_sys(e, "refused/%s: open", name);
	else if (st.st_size + (off_t)ev->line.len > REFUSED_FILE_MAX)
		rc = 0;
	else if (durable_write_all(fd, ev->line.data, ev->line.len) == -1)
		error_sys(e, "refused/%s: write", name);
	else
		rc = 0;
	if (fd != -1)
		close(fd);
	close(dir);
	return rc;
}

size_t
evidence_pending(const struct evidence *ev)
{
	return ev->pend.len;
}

int
evidence_commit(struct evidence *ev, struct error *e)
{
	if (ev->pend.len == 0)
		return 0;
	if (tail_append(ev->fd, ev->end, ev->pend.data, ev->pend.len, "evidence", e) == -1)
		return -1;
	ev->end += (off_t)ev->pend.len;
	buf_clear(&ev->pend);
	return 0;
}

static int
copy_member(json_t *j, const char *name, char *dst, size_t size)
{
	const char *s = json_string_value(json_object_get(j, name));
	size_t len = s == NULL ? 0 : strlen(s);

	if (len >= size)
		return -1;
	memcpy(dst, s == NULL ? "" : s, len + 1);
	return 0;
}

static int
decode(const char *line, size_t len, struct message *m, struct verdict *v, struct error *e)
{
	json_error_t je;
	json_t *j = json_loadb(line, len, JSON_REJECT_DUPLICATES, &je), *t;
	char origin[8], mode[8], when[MOMENT_TEXT];
	const char *s;
	int i, rc = -1;

	memset(v, 0, sizeof(*v));
	if (j == NULL || copy_member(j, "id", m->id, sizeof(m->id)) == -1 ||
	    copy_member(j, "origin", origin, sizeof(origin)) == -1 ||
	    copy_member(j, "integration", m->integration, sizeof(m->integration)) == -1 ||
	    copy_member(j, "kind", m->kind, sizeof(m->kind)) == -1 ||
	    copy_member(j, "mode", mode, sizeof(mode)) == -1 ||
	    copy_member(j, "remote", m->remote, sizeof(m->remote)) == -1 ||
	    copy_member(j, "received", when, sizeof(when)) == -1 ||
	    moment_parse(when, strlen(when), &m->received, e) == -1 ||
	    copy_member(j, "answer", v->answer, sizeof(v->answer)) == -1 ||
	    copy_member(j, "asked", when, sizeof(when)) == -1) {
		error_set(e, ERR_CORRUPT, "evidence: unreadable line");
		goto out;
	}
	if (when[0] != '\0' && moment_parse(when, strlen(when), &v->asked, e) == -1)
		goto out;
	v->http = (long)json_integer_value(json_object_get(j, "http"));
	v->code = (int)json_integer_value(json_object_get(j, "verdict"));
	for (i = 0; i < SPOOL_ORIGINS; i++)
		if (strcmp(origin, spool_origin_name[i]) == 0)
			m->origin = (enum spool_origin)i;
	m->mode = strcmp(mode, site_book_name[BOOK_TEST]) == 0 ? BOOK_TEST : BOOK_LIVE;
	m->body = (struct buf)BUF_INIT(SPOOL_BODY_MAX);
	if ((t = json_object_get(j, "text")) != NULL) {
		if (buf_add(&m->body, json_string_value(t), json_string_length(t), e) == -1)
			goto out;
	} else {
		s = json_string_value(json_object_get(j, "base64"));
		if (s == NULL || text_unbase64(&m->body, s, strlen(s), e) == -1) {
			error_set(e, ERR_CORRUPT, "evidence: unreadable line");
			goto out;
		}
	}
	rc = 0;
out:
	json_decref(j);
	return rc;
}

int
evidence_line(int dirfd, const struct record *r, struct buf *out, struct error *e)
{
	char path[32], hex[65];
	int fd = -1, rc = -1;
	size_t n;

	if (strlen(r->ev_segment) != 7 || r->ev_len <= 0 || r->ev_len > EVIDENCE_LINE_MAX)
		return error_set(e, ERR_NOTFOUND, "message %s: no evidence was kept", r->id);
	n = (size_t)r->ev_len + 1;
	memcpy(path, "evidence/", 9);
	memcpy(path + 9, r->ev_segment, 7);
	memcpy(path + 16, ".jsonl", 7);
	if ((fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_CORRUPT, "%s: missing", path);
		return error_sys(e, "%s: open", path);
	}
	if (buf_reserve(out, n, e) == -1)
		goto out;
	errno = 0;
	if (pread(fd, out->data + out->len, n, r->ev_offset) != (ssize_t)n) {
		if (errno != 0)
			error_sys(e, "%s: read", path);
		else
			error_set(e, ERR_CORRUPT, "%s: cut short before message %s", path, r->id);
		goto out;
	}
	digest_hex(hex, out->data + out->len, n - 1);
	if (out->data[out->len + n - 1] != '\n' || strcmp(hex, r->ev_sha256) != 0) {
		error_set(e, ERR_CORRUPT, "%s: message %s (at byte %lld) is not what was written", path,
		    r->id, (long long)r->ev_offset);
		goto out;
	}
	out->len += n;
	out->data[out->len] = '\0';
	rc = 0;
out:
	close(fd);
	return rc;
}

int
evidence_read(int dirfd, const struct record *r, struct message *m, struct verdict *v, struct error *e)
{
	struct buf line = BUF_INIT(EVIDENCE_LINE_MAX + 1);
	char hex[65];
	int rc = evidence_line(dirfd, r, &line, e);

	if (rc == 0)
		rc = decode(line.data, line.len - 1, m, v, e);
	if (rc == 0) {
		digest_hex(hex, m->body.data == NULL ? "" : m->body.data, m->body.len);
		if (strcmp(hex, r->body_sha256) != 0)
			rc = error_set(e, ERR_CORRUPT, "evidence/%s.jsonl: message %s: its bytes do not have "
			    "the digest the journal names", r->ev_segment, r->id);
	}
	buf_free(&line);
	return rc;
}
