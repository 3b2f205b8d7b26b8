/*
 * poststate -- see poststate.h.
 */
#include <sys/stat.h>

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "poststate.h"
#include "text.h"

#define STATE_FILE	"state.log"
#define STATE_MAX	(256 * 1024 * 1024)	/* 200,000 messages with all their lines */
#define STATE_LARGE	(8 * 1024 * 1024)	/* worth writing anew */

static uint64_t
hash(const char *s)
{
	uint64_t h = UINT64_C(1469598103934665603);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h;
}

static struct mem **
slot_of(const struct poststate *ps, const char *name)
{
	size_t i;

	for (i = (size_t)hash(name) & (ps->nslots - 1);; i = (i + 1) & (ps->nslots - 1))
		if (ps->slots[i] == NULL || strcmp(ps->slots[i]->name, name) == 0)
			return &ps->slots[i];
}

static int
rehash(struct poststate *ps, size_t n, struct error *e)
{
	size_t i;
	struct mem **slots = calloc(n, sizeof(*slots));

	if (slots == NULL)
		return error_sys(e, "post");
	free(ps->slots);
	ps->slots = slots;
	ps->nslots = n;
	for (i = 0; i < ps->n; i++)
		*slot_of(ps, ps->v[i]->name) = ps->v[i];
	return 0;
}

struct mem *
poststate_find(struct poststate *ps, const char *name)
{
	return ps->nslots == 0 ? NULL : *slot_of(ps, name);
}

struct mem *
poststate_get(struct poststate *ps, const char *name, struct error *e)
{
	struct mem *m, **at;

	if (ps->n * 2 >= ps->nslots && rehash(ps, ps->nslots == 0 ? 1024 : ps->nslots * 2, e) == -1)
		return NULL;
	at = slot_of(ps, name);
	if (*at != NULL)
		return *at;
	if (strlen(name) >= sizeof(m->name)) {
		error_set(e, ERR_INPUT, "spool: name too long");
		return NULL;
	}
	if (ps->n == ps->cap) {
		size_t cap = ps->cap == 0 ? 256 : ps->cap * 2;
		struct mem **v = realloc(ps->v, cap * sizeof(*v));

		if (v == NULL) {
			error_sys(e, "post");
			return NULL;
		}
		ps->v = v;
		ps->cap = cap;
	}
	if ((m = calloc(1, sizeof(*m))) == NULL) {
		error_sys(e, "post");
		return NULL;
	}
	memcpy(m->name, name, strlen(name) + 1);
	ps->v[ps->n++] = m;
	*at = m;
	return m;
}

/* Blank-separated words of a line; returns how many. */
static int
words(char *line, char *w[8])
{
	int n = 0;

	while (n < 8 && *line != '\0') {
		w[n++] = line;
		line += strcspn(line, " ");
		if (*line == ' ')
			*line++ = '\0';
	}
	return n;
}

static void
read_line(struct poststate *ps, char *line)
{
	struct error e = { 0 };
	struct buf answer = BUF_INIT(1024);
	char *w[8];
	int n = words(line, w);
	int64_t a = 0, b = 0, c = 0;
	struct mem *m;

	/* A line that makes no sense was cut by a crash; what it said is asked again. */
	if (n < 2 || !spool_id_valid(w[1]) || (m = poststate_get(ps, w[1], &e)) == NULL)
		return;
	if (w[0][0] == 'T')
		m->attempts++;
	else if (w[0][0] == 'D') {
		m->done = 1;
		m->attempts = 0;	/* should it come back (messages retry), it begins anew */
	} else if (w[0][0] == 'W' && n == 5 &&
	    text_number(w[2], strlen(w[2]), 0, 1000000, &a, "tries", &e) == 0 &&
	    text_number(w[3], strlen(w[3]), 0, INT64_MAX, &b, "next", &e) == 0 &&
	    strlen(w[4]) < sizeof(m->reason)) {
		m->tries = (int)a;
		m->next = b;
		memcpy(m->reason, w[4], strlen(w[4]) + 1);
	} else if (w[0][0] == 'V' && n == 7 && strlen(w[5]) == sizeof(m->about) - 1 &&
	    text_number(w[2], strlen(w[2]), VERDICT_YES, VERDICT_NO, &a, "verdict", &e) == 0 &&
	    text_number(w[3], strlen(w[3]), 0, 999, &b, "http", &e) == 0 &&
	    text_number(w[4], strlen(w[4]), 0, INT64_MAX, &c, "asked", &e) == 0 &&
	    text_unbase64(&answer, w[6], strlen(w[6]), &e) == 0 &&
	    answer.len < sizeof(m->v.answer)) {
		m->v.code = (int)a;
		m->v.http = (long)b;
		m->v.asked = c;
		memcpy(m->v.answer, answer.data, answer.len);
		m->v.answer[answer.len] = '\0';
		memcpy(m->about, w[5], sizeof(m->about));
	}
	buf_free(&answer);
}

int
poststate_open(struct poststate *ps, int sitefd, struct error *e)
{
	struct buf text = BUF_INIT(STATE_MAX);
	char *p, *end, *nl;
	int rc = -1;

	memset(ps, 0, sizeof(*ps));
	ps->fd = ps->dir = -1;
	ps->out = (struct buf)BUF_INIT(STATE_MAX);
	if ((ps->dir = durable_open_dir(sitefd, "spool/post", e)) == -1)
		return -1;
	ps->fd = openat(ps->dir, STATE_FILE, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ps->fd == -1) {
		error_sys(e, "spool/post/" STATE_FILE ": open");
		goto out;
	}
	if (buf_read(&text, ps->fd, "spool/post/" STATE_FILE, e) == -1)
		goto out;
	ps->size = ps->seen = (int64_t)text.len;
	if (text.len > 0 && text.data[text.len - 1] != '\n' && buf_add(&ps->out, "\n", 1, e) == -1)
		goto out;
	for (p = text.data, end = p + text.len; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			break;
		*nl = '\0';
		read_line(ps, p);
	}
	rc = 0;
out:
	buf_free(&text);
	if (rc == -1)
		poststate_close(ps);
	return rc;
}

void
poststate_others(struct poststate *ps)
{
	struct buf text = BUF_INIT(STATE_MAX);
	struct error e = { 0 };
	struct stat st;
	char *p, *nl, *w[8];
	ssize_t n;

	if (fstat(ps->fd, &st) == -1)
		return;
	if (st.st_size < ps->seen)
		ps->seen = st.st_size;		/* written anew */
	if (st.st_size == ps->seen ||
	    buf_reserve(&text, (size_t)(st.st_size - ps->seen), &e) == -1)
		return;
	n = pread(ps->fd, text.data, (size_t)(st.st_size - ps->seen), ps->seen);
	for (p = text.data; n > 0 && (nl = memchr(p, '\n', (size_t)(text.data + n - p))) != NULL; p = nl + 1) {
		struct mem *m;

		*nl = '\0';
		ps->seen += nl + 1 - p;
		if (words(p, w) == 5 && w[0][0] == 'W' && strcmp(w[3], "0") == 0 && spool_id_valid(w[1]) &&
		    (m = poststate_find(ps, w[1])) != NULL)
			m->next = 0;
	}
	buf_free(&text);
}

void
poststate_about(const struct message *m, char about[65])
{
	char body[DIGEST_HEX], text[256];
	int n;

	digest_hex(body, m->body.data, m->body.len);
	n = snprintf(text, sizeof(text), "%s %s %s %s", m->integration, m->kind, site_book_name[m->mode],
	    body);
	assert(n > 0 && (size_t)n < sizeof(text));	/* 64 + 32 + 4 + 64 and blanks */
	digest_hex(about, text, (size_t)n);
}

void
poststate_drop(struct mem *m)
{
	if (m->m != NULL) {
		message_free(m->m);
		free(m->m);
		m->m = NULL;
	}
}

static void
mem_free(struct mem *m)
{
	poststate_drop(m);
	free(m);
}

void
poststate_close(struct poststate *ps)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		mem_free(ps->v[i]);
	free(ps->v);
	free(ps->slots);
	buf_free(&ps->out);
	if (ps->fd != -1)
		close(ps->fd);
	if (ps->dir != -1)
		close(ps->dir);
	memset(ps, 0, sizeof(*ps));
	ps->fd = ps->dir = -1;
}

/* A foreign name, which may hold newlines, would write lines of its own; no line of it is read. */
static int
say(struct poststate *ps, char what, const struct mem *m, struct error *e)
{
	return spool_id_valid(m->name) ? buf_addf(&ps->out, e, "%c %s\n", what, m->name) : 0;
}

int
poststate_attempt(struct poststate *ps, struct mem *m, struct error *e)
{
	m->attempts++;
	return say(ps, 'T', m, e);
}

int
poststate_verdict(struct poststate *ps, const struct mem *m, struct error *e)
{
	if (buf_addf(&ps->out, e, "V %s %d %ld %" PRId64 " %s ", m->name, m->v.code, m->v.http,
	    m->v.asked, m->about) == -1 ||
	    text_base64(&ps->out, m->v.answer, strlen(m->v.answer), e) == -1)
		return -1;
	return buf_add(&ps->out, "\n", 1, e);
}

int
poststate_wait(struct poststate *ps, const struct mem *m, struct error *e)
{
	return buf_addf(&ps->out, e, "W %s %d %" PRId64 " %s\n", m->name, m->tries, m->next, m->reason);
}

int
poststate_done(struct poststate *ps, struct mem *m, struct error *e)
{
	m->done = 1;
	m->attempts = 0;
	return say(ps, 'D', m, e);
}

int
poststate_write(struct poststate *ps, struct error *e)
{
	if (ps->out.len == 0)
		return 0;
	if (durable_write_all(ps->fd, ps->out.data, ps->out.len) == -1)
		return error_sys(e, "spool/post/" STATE_FILE ": write");
	ps->size += (int64_t)ps->out.len;
	ps->out.len = 0;
	return 0;
}

void
poststate_forget(struct poststate *ps, int64_t size)
{
	if (size < ps->size && ftruncate(ps->fd, size) == 0)
		ps->size = size;
}

int
poststate_compact(struct poststate *ps, struct error *e)
{
	size_t i, n = 0;
	int k;

	for (i = 0; i < ps->n; i++)
		if ((ps->v[i]->done || ps->v[i]->gone) && !ps->v[i]->asked)
			mem_free(ps->v[i]);
		else
			ps->v[n++] = ps->v[i];
	ps->n = n;
	if (rehash(ps, ps->nslots == 0 ? 1024 : ps->nslots, e) == -1)
		return -1;
	if (n > 0 && ps->size < STATE_LARGE)
		return 0;
	if (ps->size == 0 && ps->out.len == 0)
		return 0;
	ps->out.len = 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < ps->v[i]->attempts; k++)
			if (say(ps, 'T', ps->v[i], e) == -1)
				return -1;
		if ((ps->v[i]->v.code != VERDICT_NONE && poststate_verdict(ps, ps->v[i], e) == -1) ||
		    (ps->v[i]->tries > 0 && poststate_wait(ps, ps->v[i], e) == -1))
			return -1;
	}
	/* Lines lost between the two calls cost a question asked again, nothing more. */
	if (ftruncate(ps->fd, 0) == -1)
		return error_sys(e, "spool/post/" STATE_FILE ": empty");
	ps->size = 0;
	return poststate_write(ps, e);
}
