/*
 * fetch_state -- the folder of one integration and what is known of its files (fetch.h).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "fetch_priv.h"
#include "moment.h"

#define STATE		"state.json"
#define STATE_MAX	((size_t)64 << 20)

int
fetch_open_dir(struct fetch *f, struct error *e)
{
	(void)snprintf(f->path, sizeof(f->path), "books/%s/reports/incoming/%s",
	    site_book_name[f->o->book], f->in.id);
	if (durable_mkdirs(f->s->fd, f->path, 0750, e) == -1)
		return -1;
	f->dir = durable_open_dir(f->s->fd, f->path, e);
	/* We hold the lock: what is unfinished is a killed run's. */
	if (f->dir != -1)
		durable_sweep(f->s->fd, f->path, INT64_MAX);
	return f->dir == -1 ? -1 : 0;
}

int
fetch_load(struct fetch *f, struct error *e)
{
	struct buf b = BUF_INIT(STATE_MAX);
	json_error_t je;
	int rc = buf_read_file(&b, f->dir, STATE, e);

	if (rc == -1 && e->code == ERR_NOTFOUND) {
		e->code = ERR_NONE;
		rc = (f->state = json_pack("{s:i}", "format", 1)) == NULL ?
		    error_set(e, ERR_IO, "fetch: no memory") : 0;
	} else if (rc == 0) {
		f->state = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &je);
		if (json_integer_value(json_object_get(f->state, "format")) != 1)
			rc = error_set(e, ERR_CORRUPT, "%s/" STATE ":%d: not what daybook-fetch wrote", f->path,
			    f->state == NULL ? je.line : 1);
	}
	buf_free(&b);
	return rc;
}

int
fetch_save(struct fetch *f, struct error *e)
{
	char *text = json_dumps(f->state, JSON_INDENT(1) | JSON_SORT_KEYS);
	int rc = text == NULL ? error_set(e, ERR_IO, "fetch: no memory") :
	    durable_write(f->dir, STATE, text, strlen(text), 0640, e);

	free(text);
	return rc;
}

json_t *
fetch_member(struct fetch *f, const char *name, json_t *empty)
{
	json_t *v = json_object_get(f->state, name);

	if (v == NULL || json_typeof(v) != json_typeof(empty)) {
		json_object_set(f->state, name, empty);
		v = json_object_get(f->state, name);
	}
	json_decref(empty);
	return v;
}

int64_t
fetch_time(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));
	struct error ignored;
	int64_t at;

	return s != NULL && moment_parse(s, strlen(s), &at, &ignored) == 0 ? at : 0;
}

int
fetch_known(struct fetch *f, const char *name, const char *sha256, int64_t bytes, const char *stamp,
    struct error *e)
{
	char when[MOMENT_TEXT];
	json_t *files = fetch_member(f, "files", json_object());

	if (json_object_set_new(files, name, json_pack("{s:s,s:I,s:s,s:s}", "sha256", sha256, "bytes",
	    (json_int_t)bytes, "stamp", stamp, "fetched", moment_print(f->o->now, when))) == -1)
		return error_set(e, ERR_IO, "fetch: no memory");
	return fetch_save(f, e);
}

int
fetch_sweep(struct fetch *f, const char *suffix, struct error *e)
{
	json_t *files = fetch_member(f, "files", json_object());
	size_t n, tail = strlen(suffix);
	struct dirent *d;
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dp = fd == -1 ? NULL : fdopendir(fd);

	if (dp == NULL)
		return error_sys(e, "%s", f->path);
	while (rc == 0 && (d = readdir(dp)) != NULL) {
		n = strlen(d->d_name);
		if (d->d_name[0] == '.' || n <= tail || strcmp(d->d_name + n - tail, suffix) != 0 ||
		    json_object_get(files, d->d_name) != NULL)
			continue;
		if (unlinkat(f->dir, d->d_name, 0) == -1)
			rc = error_sys(e, "%s/%s", f->path, d->d_name);
	}
	closedir(dp);
	return rc;
}
