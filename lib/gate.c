/*
 * gate -- see gate.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "gate.h"
#include "text.h"

#define FILE_BYTES_MAX	(1024 * 1024)

struct doc {
	const char	*file;		/* its name, for errors */
	struct buf	 text;
	jsmntok_t	*tok;		/* tok[0] is an object */
	int		 n;
};

static void
doc_free(struct doc *d)
{
	buf_free(&d->text);
	free(d->tok);
	d->tok = NULL;
}

static int
doc_load(struct doc *d, int dirfd, const char *file, struct error *e)
{
	jsmn_parser p;

	d->file = file;
	d->text = (struct buf)BUF_INIT(FILE_BYTES_MAX);
	d->tok = NULL;
	if (buf_read_file(&d->text, dirfd, file, e) == -1)
		return -1;
	jsmn_init(&p);
	d->n = jsmn_parse(&p, d->text.data, d->text.len, NULL, 0);
	if (d->n < 1) {
		error_set(e, ERR_CONFIG, "%s: no JSON", file);
		goto err;
	}
	if ((d->tok = calloc((size_t)d->n, sizeof(*d->tok))) == NULL) {
		error_sys(e, "%s", file);
		goto err;
	}
	jsmn_init(&p);
	if (jsmn_parse(&p, d->text.data, d->text.len, d->tok, (unsigned)d->n) != d->n)
		error_set(e, ERR_CONFIG, "%s: no JSON", file);
	else if (d->tok[0].type != JSMN_OBJECT)
		error_set(e, ERR_CONFIG, "%s: a JSON object is expected", file);
	else
		return 0;
err:
	doc_free(d);
	return -1;
}

/* A member of the outermost object: 1 and its token, 0 there is none, -1 it stands twice. */
static int
member(const struct doc *d, const char *name, const jsmntok_t **v, struct error *e)
{
	size_t len = strlen(name);
	int i, found = 0;

	for (i = 1; i + 1 < d->n; i++) {
		const jsmntok_t *k = &d->tok[i];

		if (k->parent != 0 || k->type != JSMN_STRING || k->size != 1 ||
		    (size_t)(k->end - k->start) != len ||
		    memcmp(d->text.data + k->start, name, len) != 0)
			continue;
		if (found)
			return error_set(e, ERR_CONFIG, "%s: %s stands twice", d->file, name);
		*v = k + 1;
		found = 1;
	}
	return found;
}

/* Names and keys are of characters that need no escape, so one that has any is no such name. */
static int
text(const struct doc *d, const char *name, char *dst, size_t size, struct error *e)
{
	const jsmntok_t *v;
	const char *s;
	size_t n;
	int rc = member(d, name, &v, e);

	if (rc == -1)
		return -1;
	if (rc == 0 || v->type != JSMN_STRING)
		goto bad;
	s = d->text.data + v->start;
	n = (size_t)(v->end - v->start);
	if (n >= size || memchr(s, '\\', n) != NULL || memchr(s, '\0', n) != NULL)
		goto bad;
	memset(dst, 0, size);
	memcpy(dst, s, n);
	return 0;
bad:
	return error_set(e, ERR_CONFIG, "%s: %s: a text of at most %zu bytes is expected", d->file, name,
	    size - 1);
}

static int
bytes(const struct doc *d, const char *name, int64_t otherwise, int64_t *out, struct error *e)
{
	const jsmntok_t *v;
	struct error why;
	const char *s;
	size_t n;
	int rc = member(d, name, &v, e);

	*out = otherwise;
	if (rc != 1)
		return rc;
	s = d->text.data + v->start;
	n = (size_t)(v->end - v->start);
	if (v->type == JSMN_PRIMITIVE ? text_number(s, n, 0, INT64_MAX, out, name, &why) == -1 :
	    v->type != JSMN_STRING || text_bytes(s, n, out, name, &why) == -1)
		return error_set(e, ERR_CONFIG, "%s: %s: " TEXT_BYTES_WANTED, d->file, name);
	return 0;
}

/* Needed in daybook.json; an integration without one is of the first format. */
static int
check_format(const struct doc *d, int needed, struct error *e)
{
	const jsmntok_t *v;
	struct error why;
	int64_t format = 1;
	int rc = member(d, "format", &v, e);

	if (rc == -1)
		return -1;
	if (rc == 1 ? v->type != JSMN_PRIMITIVE || text_number(d->text.data + v->start,
	    (size_t)(v->end - v->start), 1, INT64_MAX, &format, "format", &why) == -1 : needed)
		return error_set(e, ERR_CONFIG, "%s: format: a number is expected", d->file);
	if (format > SITE_FORMAT)
		return error_set(e, ERR_CONFIG, "%s has format %lld; this daybook reads up to %d", d->file,
		    (long long)format, SITE_FORMAT);
	return 0;
}

int
gate_open(struct gate *g, const char *path, struct error *e)
{
	struct doc d;
	int rc;

	if (path[0] == '\0')
		path = SITE_DEFAULT;
	if ((g->fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		error_sys(e, "%s: open the site", path);
		e->code = ERR_CONFIG;
		return -1;
	}
	if (doc_load(&d, g->fd, "daybook.json", e) == -1) {
		if (e->code == ERR_NOTFOUND)
			error_set(e, ERR_CONFIG, "%s: no daybook.json: no site is here (daybook init makes "
			    "one)", path);
		rc = -1;
	} else {
		rc = check_format(&d, 1, e) == -1 ||
		    bytes(&d, "spool_max_files", SPOOL_FILES_MAX, &g->limits.files_max, e) == -1 ||
		    bytes(&d, "spool_max_bytes", SPOOL_BYTES_MAX, &g->limits.bytes_max, e) == -1 ||
		    bytes(&d, "min_free", SITE_MIN_FREE, &g->limits.min_free, e) == -1 ? -1 : 0;
		doc_free(&d);
	}
	if (rc == -1) {
		e->code = ERR_CONFIG;
		close(g->fd);
		g->fd = -1;
	}
	return rc;
}

int
gate_integration(const struct gate *g, const char *id, struct gate_integration *in, struct error *e)
{
	char file[128], mode[8];
	struct doc d;
	int n, rc = -1;

	memset(in, 0, sizeof(*in));
	if (!text_id_valid(id, strlen(id)))
		return error_set(e, ERR_NOTFOUND, "no such integration");
	n = snprintf(file, sizeof(file), "integrations/%s.json", id);
	if (n < 0 || (size_t)n >= sizeof(file))
		return error_set(e, ERR_NOTFOUND, "no such integration");
	if (doc_load(&d, g->fd, file, e) == -1) {
		if (e->code == ERR_NOTFOUND)
			return error_set(e, ERR_NOTFOUND, "no integration %s", id);
		e->code = ERR_CONFIG;
		return -1;
	}
	if (check_format(&d, 0, e) == -1 || text(&d, "id", in->id, sizeof(in->id), e) == -1 ||
	    text(&d, "kind", in->kind, sizeof(in->kind), e) == -1 ||
	    text(&d, "mode", mode, sizeof(mode), e) == -1 ||
	    text(&d, "url_key", in->url_key, sizeof(in->url_key), e) == -1)
		goto out;
	in->mode = strcmp(mode, "live") == 0 ? BOOK_LIVE : strcmp(mode, "test") == 0 ? BOOK_TEST : -1;
	if (in->mode == -1 || strcmp(in->id, id) != 0 || strlen(in->url_key) < 16 ||
	    !text_id_valid(in->kind, strlen(in->kind))) {
		error_set(e, ERR_CONFIG, "%s: id, kind, mode or url_key is not what it can be", file);
		goto out;
	}
	rc = 0;
out:
	doc_free(&d);
	return rc;
}
