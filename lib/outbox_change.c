/*
 * outbox_change -- a message from one state to the next (outbox.h).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "moment.h"
#include "outbox_priv.h"
#include "text.h"

#define SWEEP_AGE	3600		/* seconds; of what a killed durable_write left */

static int
outbox_move(struct outbox *o, enum folder from, enum folder to, const char *id, struct error *e)
{
	if (renameat(o->in[from], id, o->in[to], id) == -1)
		return error_sys(e, "outbox/%s/%s: rename", outbox_folder[from], id);
	if (durable_sync_dir(o->in[to], "outbox", e) == -1)
		return -1;
	return durable_sync_dir(o->in[from], "outbox", e);
}

static void
set_tries(json_t *j, const struct outbox_item *it, const char *who)
{
	json_object_set_new(j, "attempts", json_integer(it->attempts));
	if (it->next != 0)
		json_object_set_new(j, "next", outbox_moment(it->next));
	json_object_set_new(j, "changed", outbox_moment(it->changed));
	json_object_set_new(j, "answer", json_string(it->answer));
	if (who != NULL)
		json_object_set_new(j, "who", json_string(who));
}

static int
write_json(int dir, const char *id, json_t *j, struct error *e)
{
	char *text = j == NULL ? NULL : json_dumps(j, JSON_COMPACT);
	int rc = text == NULL ? error_set(e, ERR_IO, "outbox: no memory") :
	    durable_write(dir, id, text, strlen(text), 0600, e);

	free(text);
	json_decref(j);
	return rc;
}

/* The server's words, made one printable line. */
static void
set_answer(struct outbox_item *it, const char *answer)
{
	struct buf line = BUF_INIT(4096);
	struct error ignored;

	(void)text_printable(&line, answer, strlen(answer), &ignored);
	if (line.len >= sizeof(it->answer)) {
		line.len = sizeof(it->answer) - 1;
		line.len = text_utf8_valid(line.data, line.len);
	}
	memcpy(it->answer, line.len == 0 ? "" : line.data, line.len);
	it->answer[line.len] = '\0';
	buf_free(&line);
}

struct change {
	unsigned	 allowed;	/* folders it may lie in, a bit each */
	enum folder	 to;
	const char	*answer, *who;	/* NULL: the answer stays; nobody */
	int		 dropped, attempted;
	int64_t		 now, next;
};

/* The small record that stays when the message goes. */
static int
write_done(struct outbox *o, const struct outbox_item *it, const struct change *c, struct error *e)
{
	json_t *j = outbox_to_json(it);

	if (j != NULL) {
		set_tries(j, it, c->who);
		if (c->dropped)
			json_object_set_new(j, "dropped", json_true());
	}
	return write_json(o->in[DONE], it->id, j, e);
}

/* The tries are written first, for without them only a pause is lost, then the rename or the record. */
static int
change(struct outbox *o, const char *id, const struct change *c, struct error *e)
{
	struct outbox_item it = { 0 };
	struct lock l;
	enum folder f;
	json_t *j;
	int rc = -1;

	if (outbox_state_lock(o, &l, e) == -1)
		return -1;
	if ((f = outbox_find(o, id)) == FOLDERS) {
		error_set(e, ERR_NOTFOUND, "outbox: no message %.64s", id);
		goto out;
	}
	if (outbox_load(o, f, id, &it, e) == -1)
		goto out;
	if ((1U << f & c->allowed) == 0) {
		error_set(e, ERR_CONFLICT, "outbox: message %s is %s", id, outbox_state_name[it.state]);
		goto out;
	}
	it.attempts = c->attempted ? it.attempts + 1 : c->to == NEW ? 0 : it.attempts;
	it.changed = c->now;
	it.next = c->next;
	if (c->answer != NULL)
		set_answer(&it, c->answer);
	if (c->to == DONE) {
		if (write_done(o, &it, c, e) == -1)
			goto out;
		(void)unlinkat(o->in[f], id, 0);
		(void)unlinkat(o->in[TRY], id, 0);
		rc = 0;
		goto out;
	}
	if ((j = json_pack("{s:i}", "format", OUTBOX_FORMAT)) != NULL)
		set_tries(j, &it, c->who);
	rc = write_json(o->in[TRY], id, j, e);
	if (rc == 0 && f != c->to)
		rc = outbox_move(o, f, c->to, id, e);
out:
	outbox_item_free(&it);
	lock_drop(&l);
	return rc;
}

/* For people: nobody may be sending it right now. */
static int
change_alone(struct outbox *o, const char *id, const struct change *c, struct error *e)
{
	struct lock sender;
	int rc;

	if (lock_take(&sender, o->dir, ".sender", OUTBOX_WAIT_MS, e) == -1)
		return -1;
	rc = change(o, id, c, e);
	lock_drop(&sender);
	return rc;
}

int
outbox_retry(struct outbox *o, const char *id, const char *who, int64_t now, struct error *e)
{
	const struct change c = { .allowed = 1U << GOING | 1U << DOUBT | 1U << FAILED, .to = NEW, .who = who,
	    .now = now };

	return change_alone(o, id, &c, e);
}

int
outbox_drop(struct outbox *o, const char *id, const char *who, int64_t now, struct error *e)
{
	const struct change c = { .allowed = 1U << NEW | 1U << GOING | 1U << DOUBT | 1U << FAILED, .to = DONE,
	    .who = who, .dropped = 1, .now = now };

	return change_alone(o, id, &c, e);
}

int
outbox_sender(struct outbox *o, struct lock *l, int64_t now, struct error *e)
{
	const struct change stopped = { .allowed = 1U << GOING, .to = DOUBT, .answer = "we were stopped while "
	    "it was being sent; it may have arrived", .attempted = 1, .now = now };
	int fd, i, rc = 0;
	struct dirent *d;
	DIR *dp;

	if (lock_take(l, o->dir, ".sender", 0, e) == -1) {
		if (e->code == ERR_AGAIN)
			error_set(e, ERR_AGAIN, "outbox: another run is sending");
		return -1;
	}
	for (i = 0; i < FOLDERS; i++)
		durable_sweep(o->dir, outbox_folder[i], now / MOMENT_SECOND - SWEEP_AGE);
	if ((fd = openat(o->in[GOING], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		rc = error_sys(e, "outbox/going");
	} else {
		while (rc == 0 && (d = readdir(dp)) != NULL)
			if (strlen(d->d_name) != OUTBOX_ID - 1)
				continue;
			else if (outbox_exists(o, DONE, d->d_name))
				(void)unlinkat(o->in[GOING], d->d_name, 0);
			else
				rc = change(o, d->d_name, &stopped, e);
		closedir(dp);
	}
	if (rc == -1)
		lock_drop(l);
	return rc;
}

int
outbox_message(struct outbox *o, const char *id, struct buf *message, struct error *e)
{
	json_t *j = outbox_read_json(o->in[NEW], id, 1, e);
	const char *want = json_string_value(json_object_get(j, "sha256"));
	char hex[DIGEST_HEX];
	const char *nl;
	size_t head;
	int rc = -1;

	if (j == NULL)
		return -1;
	buf_clear(message);
	if (buf_read_file(message, o->in[NEW], id, e) == 0 &&
	    (nl = memchr(message->data, '\n', message->len)) != NULL) {
		head = (size_t)(nl + 1 - message->data);
		message->len -= head;
		memmove(message->data, message->data + head, message->len);
		message->data[message->len] = '\0';
		digest_hex(hex, message->data, message->len);
		rc = want != NULL && strcmp(hex, want) == 0 ? 0 :
		    error_set(e, ERR_CORRUPT, "outbox: %s: the message is not what was written", id);
	}
	json_decref(j);
	return rc;
}

int
outbox_going(struct outbox *o, const char *id, struct error *e)
{
	struct lock l;
	int rc;

	if (outbox_state_lock(o, &l, e) == -1)
		return -1;
	rc = outbox_move(o, NEW, GOING, id, e);
	lock_drop(&l);
	return rc;
}

int
outbox_later(struct outbox *o, const char *id, const char *answer, int64_t now, int64_t next,
    struct error *e)
{
	const struct change c = { .allowed = 1U << NEW | 1U << GOING, .to = NEW, .answer = answer,
	    .attempted = 1, .now = now, .next = next };

	return change(o, id, &c, e);
}

int
outbox_sent(struct outbox *o, const char *id, const char *answer, int64_t now, struct error *e)
{
	const struct change c = { .allowed = 1U << GOING, .to = DONE, .answer = answer, .attempted = 1,
	    .now = now };

	return change(o, id, &c, e);
}

int
outbox_failed(struct outbox *o, const char *id, const char *answer, int64_t now, struct error *e)
{
	const struct change c = { .allowed = 1U << NEW | 1U << GOING, .to = FAILED, .answer = answer,
	    .attempted = 1, .now = now };

	return change(o, id, &c, e);
}

int
outbox_doubt(struct outbox *o, const char *id, const char *answer, int64_t now, struct error *e)
{
	const struct change c = { .allowed = 1U << GOING, .to = DOUBT, .answer = answer, .attempted = 1,
	    .now = now };

	return change(o, id, &c, e);
}
