/*
 * outbox -- see outbox.h.
 *
 * A message's file is one line of JSON (struct outbox_item) and behind it the message itself.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "moment.h"
#include "outbox_priv.h"
#include "text.h"

#define HEAD_MAX	16384		/* the first line: addresses, subject, about */

const char *const outbox_state_name[OUTBOX_STATES] = { "queued", "sending", "uncertain", "failed",
    "sent", "dropped" };

const char *const outbox_folder[FOLDERS] = { "new", "going", "doubt", "failed", "done", "try" };

int
outbox_open(struct outbox **op, int site, struct error *e)
{
	struct outbox *o = calloc(1, sizeof(*o));
	int i;

	if (o == NULL)
		return error_sys(e, "outbox");
	o->dir = -1;
	for (i = 0; i < FOLDERS; i++)
		o->in[i] = -1;
	if ((o->dir = durable_make_dir(site, "outbox", 0700, e)) == -1)
		goto err;
	for (i = 0; i < FOLDERS; i++)
		if ((o->in[i] = durable_make_dir(o->dir, outbox_folder[i], 0700, e)) == -1)
			goto err;
	*op = o;
	return 0;
err:
	outbox_close(o);
	return -1;
}

void
outbox_close(struct outbox *o)
{
	int i;

	if (o == NULL)
		return;
	for (i = 0; i < FOLDERS; i++)
		if (o->in[i] != -1)
			close(o->in[i]);
	if (o->dir != -1)
		close(o->dir);
	free(o);
}

void
outbox_item_free(struct outbox_item *it)
{
	if (it == NULL)
		return;
	json_decref(it->about);
	it->about = NULL;
}

void
outbox_id(char id[OUTBOX_ID], const char *kind, const char *what, const char *to)
{
	char text[1024], hex[DIGEST_HEX];
	int n = snprintf(text, sizeof(text), "%s\n%s\n%s\n", kind, what, to);

	digest_hex(hex, text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	memcpy(id, hex, OUTBOX_ID - 1);
	id[OUTBOX_ID - 1] = '\0';
}

/* Every change of state and every look at all of them happens under this, for a moment only. */
int
outbox_state_lock(struct outbox *o, struct lock *l, struct error *e)
{
	return lock_take(l, o->dir, ".state", OUTBOX_WAIT_MS, e);
}

int
outbox_exists(const struct outbox *o, enum folder f, const char *id)
{
	return faccessat(o->in[f], id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Where it is, FOLDERS if nowhere; done outweighs the others. */
enum folder
outbox_find(const struct outbox *o, const char *id)
{
	static const enum folder order[] = { DONE, NEW, GOING, DOUBT, FAILED };
	size_t i;

	if (strlen(id) != OUTBOX_ID - 1 || !text_id_valid(id, strlen(id)))
		return FOLDERS;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (outbox_exists(o, order[i], id))
			return order[i];
	return FOLDERS;
}

/* ---- the first line, and what is known beside it ---- */

static void
take(const json_t *j, const char *name, char *dst, size_t size)
{
	const char *s = json_string_value(json_object_get(j, name));

	(void)snprintf(dst, size, "%s", s == NULL ? "" : s);
}

static int64_t
when(const json_t *j, const char *name)
{
	const json_t *v = json_object_get(j, name);
	struct error ignored;
	int64_t us = 0;

	if (json_is_string(v))
		(void)moment_parse(json_string_value(v), json_string_length(v), &us, &ignored);
	return us;
}

json_t *
outbox_moment(int64_t us)
{
	char text[MOMENT_TEXT];

	return us == 0 ? NULL : json_string(moment_print_us(us, text));
}

static void
from_json(const json_t *j, struct outbox_item *it)
{
	take(j, "kind", it->kind, sizeof(it->kind));
	take(j, "from", it->from, sizeof(it->from));
	take(j, "to", it->to, sizeof(it->to));
	take(j, "message_id", it->message_id, sizeof(it->message_id));
	take(j, "subject", it->subject, sizeof(it->subject));
	it->about = json_incref(json_object_get(j, "about"));
	it->queued = when(j, "queued");
	it->size = json_integer_value(json_object_get(j, "size"));
}

static void
tries_from_json(const json_t *j, struct outbox_item *it)
{
	it->attempts = (int)json_integer_value(json_object_get(j, "attempts"));
	it->next = when(j, "next");
	it->changed = when(j, "changed");
	take(j, "answer", it->answer, sizeof(it->answer));
}

json_t *
outbox_to_json(const struct outbox_item *it)
{
	json_t *j = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "format", OUTBOX_FORMAT, "id", it->id, "kind",
	    it->kind, "from", it->from, "to", it->to, "message_id", it->message_id, "subject", it->subject,
	    "size", (json_int_t)it->size);

	if (j != NULL) {
		json_object_set_new(j, "queued", outbox_moment(it->queued));
		if (it->about != NULL)
			json_object_set(j, "about", it->about);
	}
	return j;
}

json_t *
outbox_read_json(int dir, const char *id, int line_only, struct error *e)
{
	char head[HEAD_MAX];
	int fd = openat(dir, id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	json_error_t je;
	json_t *j;
	ssize_t n;
	char *nl;

	if (fd == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_NOTFOUND, "outbox: no message %.64s", id), NULL;
		return error_sys(e, "outbox: %s", id), NULL;
	}
	n = pread(fd, head, sizeof(head), 0);
	close(fd);
	if (n == -1)
		return error_sys(e, "outbox: %s: read", id), NULL;
	nl = memchr(head, '\n', (size_t)n);
	j = nl == NULL && line_only ? NULL :
	    json_loadb(head, nl == NULL ? (size_t)n : (size_t)(nl - head), JSON_REJECT_DUPLICATES, &je);
	if (j == NULL || json_integer_value(json_object_get(j, "format")) != OUTBOX_FORMAT) {
		json_decref(j);
		return error_set(e, ERR_CORRUPT, "outbox: %s: its first line is not what was written", id), NULL;
	}
	return j;
}

/* Everything known of one that lies in f.  0, or -1 (ERR_NOTFOUND: it has just moved). */
int
outbox_load(struct outbox *o, enum folder f, const char *id, struct outbox_item *it, struct error *e)
{
	static const enum outbox_state state[FOLDERS] = { OUTBOX_QUEUED, OUTBOX_SENDING, OUTBOX_UNCERTAIN,
	    OUTBOX_FAILED, OUTBOX_SENT, OUTBOX_STATES };
	struct error ignored = { 0 };
	struct error why = { 0 };
	json_t *j = outbox_read_json(o->in[f], id, f != DONE, &why), *t;

	if (j == NULL && why.code != ERR_CORRUPT) {
		*e = why;
		return -1;
	}
	memset(it, 0, sizeof(*it));
	memcpy(it->id, id, OUTBOX_ID);
	it->state = state[f];
	if (j == NULL) {		/* the others go on; a person drops it */
		if (f != DONE)
			it->state = OUTBOX_FAILED;
		(void)snprintf(it->answer, sizeof(it->answer), "%.250s", why.text);
		return 0;
	}
	from_json(j, it);
	if (f == DONE) {
		tries_from_json(j, it);
		if (json_is_true(json_object_get(j, "dropped")))
			it->state = OUTBOX_DROPPED;
	} else if ((t = outbox_read_json(o->in[TRY], id, 0, &ignored)) != NULL) {
		tries_from_json(t, it);
		json_decref(t);
	}
	json_decref(j);
	return 0;
}

/* ---- put, look ---- */

int
outbox_known(struct outbox *o, const char *id, struct error *e)
{
	struct lock l;
	int rc;

	if (outbox_state_lock(o, &l, e) == -1)
		return -1;
	rc = outbox_find(o, id) != FOLDERS;
	lock_drop(&l);
	return rc;
}

int
outbox_put(struct outbox *o, const struct outbox_item *it, const struct buf *message, int64_t now,
    struct error *e)
{
	struct buf file = BUF_INIT(OUTBOX_MESSAGE_MAX + HEAD_MAX);
	struct outbox_item copy = *it;
	char hex[DIGEST_HEX], *head = NULL;
	struct lock l = LOCK_INIT;
	json_t *j;
	int rc = -1;

	copy.queued = now;
	copy.size = (int64_t)message->len;
	digest_hex(hex, message->data, message->len);
	if ((j = outbox_to_json(&copy)) != NULL && json_object_set_new(j, "sha256", json_string(hex)) == 0)
		head = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (head == NULL || strlen(head) >= HEAD_MAX) {
		error_set(e, ERR_INPUT, "outbox: message %s: its subject or addresses can't be kept", it->id);
		goto out;
	}
	if (buf_adds(&file, head, e) == -1 || buf_adds(&file, "\n", e) == -1 ||
	    buf_add(&file, message->data, message->len, e) == -1 || outbox_state_lock(o, &l, e) == -1)
		goto out;
	rc = outbox_find(o, it->id) != FOLDERS ? 1 :
	    durable_write(o->in[NEW], it->id, file.data, file.len, 0600, e);
out:
	lock_drop(&l);
	free(head);
	buf_free(&file);
	return rc;
}

static int
by_queued(const void *a, const void *b)
{
	const struct outbox_item *x = a, *y = b;

	return x->queued != y->queued ? (x->queued > y->queued) - (x->queued < y->queued) :
	    strcmp(x->id, y->id);
}

/* Those in one folder, appended. */
static int
gather(struct outbox *o, enum folder f, struct outbox_item **v, size_t *n, struct error *e)
{
	int fd = openat(o->in[f], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dp = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (dp == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "outbox/%s", outbox_folder[f]);
	}
	while (rc == 0 && (errno = 0, d = readdir(dp)) != NULL) {
		struct outbox_item *more;

		if (strlen(d->d_name) != OUTBOX_ID - 1 || outbox_find(o, d->d_name) != f)
			continue;	/* unfinished, or another folder outweighs this one */
		if ((*n & (*n - 1)) == 0) {
			if ((more = realloc(*v, (*n == 0 ? 1 : *n * 2) * sizeof(**v))) == NULL) {
				rc = error_sys(e, "outbox");
				break;
			}
			*v = more;
		}
		if ((rc = outbox_load(o, f, d->d_name, &(*v)[*n], e)) == 0)
			(*n)++;
	}
	if (rc == 0 && errno != 0)
		rc = error_sys(e, "outbox/%s: read", outbox_folder[f]);
	closedir(dp);
	return rc;
}

int
outbox_each(struct outbox *o, outbox_fn *fn, void *arg, struct error *e)
{
	static const enum folder all[] = { NEW, GOING, DOUBT, FAILED, DONE };
	struct outbox_item *v = NULL;
	struct error ignored = { 0 };
	struct lock l, sender;
	size_t n = 0, i;
	int rc = 0;

	if (outbox_state_lock(o, &l, e) == -1)
		return -1;
	for (i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++)
		rc = gather(o, all[i], &v, &n, e);
	/* Whoever was sending is gone: nobody knows. */
	if (lock_take(&sender, o->dir, ".sender", 0, &ignored) == 0) {
		for (i = 0; i < n; i++)
			if (v[i].state == OUTBOX_SENDING)
				v[i].state = OUTBOX_UNCERTAIN;
		lock_drop(&sender);
	}
	lock_drop(&l);
	if (n > 0)
		qsort(v, n, sizeof(*v), by_queued);
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = fn(arg, &v[i], e);
		outbox_item_free(&v[i]);
	}
	free(v);
	return rc;
}

int
outbox_get(struct outbox *o, const char *id, struct outbox_item *it, struct error *e)
{
	struct lock l;
	enum folder f;
	int rc;

	if (outbox_state_lock(o, &l, e) == -1)
		return -1;
	f = outbox_find(o, id);
	rc = f == FOLDERS ? error_set(e, ERR_NOTFOUND, "outbox: no message %.64s", id) :
	    outbox_load(o, f, id, it, e);
	lock_drop(&l);
	return rc;
}
