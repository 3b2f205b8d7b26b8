/*
 * packs -- see packs.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "moment.h"
#include "outbox.h"
#include "packs.h"

#define MANIFEST_MAX	((size_t)16 << 20)

static void
text(const json_t *m, const char *name, char *dst, size_t size)
{
	const char *s = json_string_value(json_object_get(m, name));

	(void)snprintf(dst, size, "%s", s == NULL ? "" : s);
}

static int
read_one(int dir, const char *name, struct packs_entry *p)
{
	struct buf b = BUF_INIT(MANIFEST_MAX);
	struct error ignored;
	char file[300];
	json_error_t je;
	json_t *m = NULL;

	(void)snprintf(file, sizeof(file), "%s/manifest.json", name);
	memset(p, 0, sizeof(*p));
	if (buf_read_file(&b, dir, file, &ignored) == 0 &&
	    (m = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &je)) != NULL) {
		digest_hex(p->sha256, b.data, b.len);
		p->number = (int)json_integer_value(json_object_get(m, "number"));
		(void)snprintf(p->name, sizeof(p->name), "%s", name);
		text(m, "period", p->period, sizeof(p->period));
		text(m, "chain_head", p->head, sizeof(p->head));
		text(m, "key", p->key, sizeof(p->key));
		text(m, "supersedes", p->supersedes, sizeof(p->supersedes));
	}
	buf_free(&b);
	json_decref(m);
	return m == NULL ? -1 : 0;
}

static int
by_number(const void *a, const void *b)
{
	return ((const struct packs_entry *)a)->number - ((const struct packs_entry *)b)->number;
}

static char *
append(char *list, const char *s)
{
	char *more = NULL;

	if (asprintf(&more, "%s%s%s", list == NULL ? "" : list, list == NULL ? "" : ", ", s) == -1)
		more = NULL;
	free(list);
	return more;
}

struct mailed {
	struct packs_entry	*v;
	size_t			 n;
};

/* One message about some pack, into that pack's list. */
static int
note(void *arg, const struct outbox_item *it, struct error *e)
{
	const struct mailed *m = arg;
	const char *sha256 = json_string_value(json_object_get(it->about, "manifest"));
	char line[512], at[MOMENT_TEXT];
	int whole = strcmp(it->kind, "pack") == 0;
	size_t i;

	for (i = 0; sha256 != NULL && i < m->n; i++) {
		if (strcmp(m->v[i].sha256, sha256) != 0)
			continue;
		(void)snprintf(line, sizeof(line), "%s%s%s %s%s%s", it->to, whole ? "" : " ",
		    whole ? "" : it->kind, outbox_state_name[it->state], it->state == OUTBOX_SENT ? " " : "",
		    it->state == OUTBOX_SENT ? moment_print(it->changed, at) : "");
		if ((m->v[i].receivers = append(m->v[i].receivers, line)) == NULL)
			return error_set(e, ERR_IO, "packs: no memory");
	}
	return 0;
}

static int
read_all(int dir, struct mailed *m, char **unreadable, struct error *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dp = fd == -1 ? NULL : fdopendir(fd);
	struct packs_entry *more;
	struct dirent *d;
	int rc = 0;

	if (dp == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "audit");
	}
	while ((d = readdir(dp)) != NULL) {
		if (d->d_name[0] == '.' || strlen(d->d_name) >= PACKS_NAME)
			continue;
		if ((m->n & (m->n - 1)) == 0) {
			if ((more = realloc(m->v, (m->n == 0 ? 1 : m->n * 2) * sizeof(*more))) == NULL) {
				rc = error_sys(e, "packs");
				break;
			}
			m->v = more;
		}
		if (read_one(dir, d->d_name, &m->v[m->n]) == 0)
			m->n++;
		else
			*unreadable = append(*unreadable, d->d_name);
	}
	closedir(dp);
	return rc;
}

int
packs_list(const struct site *s, int book, struct packs_entry **v, size_t *n, char **unreadable,
    struct error *e)
{
	struct mailed m = { NULL, 0 };
	struct outbox *o = NULL;
	char path[64];
	int dir, rc;

	*unreadable = NULL;
	(void)snprintf(path, sizeof(path), "audit/%s", site_book_name[book]);
	if ((dir = durable_open_dir(s->fd, path, e)) == -1)
		return -1;
	rc = read_all(dir, &m, unreadable, e);
	close(dir);
	if (rc == 0 && m.n > 0)
		qsort(m.v, m.n, sizeof(*m.v), by_number);
	if (rc == 0)
		rc = outbox_open(&o, s->fd, e);
	if (rc == 0)
		rc = outbox_each(o, note, &m, e);
	outbox_close(o);
	if (rc == -1) {
		packs_free(m.v, m.n);
		free(*unreadable);
		*unreadable = NULL;
		return -1;
	}
	*v = m.v;
	*n = m.n;
	return 0;
}

void
packs_free(struct packs_entry *v, size_t n)
{
	while (n > 0)
		free(v[--n].receivers);
	free(v);
}
