/*
 * door -- see door.h.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "books.h"
#include "door.h"
#include "moment.h"
#include "post.h"
#include "text.h"

#define STEP_MS	20

void
door_who(char out[64])
{
	const struct passwd *pw = getpwuid(getuid());
	const char *sudo = getenv("SUDO_USER");
	char number[24];	/* stands for a name that can't be had: it still says who */
	size_t i;
	int n;

	(void)snprintf(number, sizeof(number), "uid:%lu", (unsigned long)getuid());
	n = snprintf(out, 64, "%s%s%s", pw == NULL ? number : pw->pw_name,
	    sudo != NULL && sudo[0] != '\0' ? "/" : "", sudo != NULL ? sudo : "");
	if (n < 0)
		out[0] = '\0';
	for (i = 0; out[i] != '\0'; i++)	/* a word of the message's header */
		if ((unsigned char)out[i] <= ' ' || (unsigned char)out[i] > 0x7e)
			out[i] = '?';
}

static int
still_spooled(const struct site *s, const char *id)
{
	char path[128];
	struct stat st;
	int n = snprintf(path, sizeof(path), "spool/desk/new/%s", id);

	return n > 0 && (size_t)n < sizeof(path) && fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What the books say became of the request. */
static int
outcome(const struct site *s, int book, struct door_result *res, struct error *e)
{
	int which[2] = { book, BOOK_REGISTER };
	struct books_message bm;
	struct lock l = LOCK_INIT;
	int i, rc = 0;

	if (books_lock(&l, s, BOOKS_WAIT_MS, e) == -1)
		return -1;
	for (i = 0; i < 2 && rc == 0; i++) {
		struct buf line = BUF_INIT(RECORD_LINE_MAX);
		struct record r;
		struct books *b;

		if (books_open(&b, s, which[i], e) == -1) {
			rc = -1;
			break;
		}
		record_init(&r);
		rc = books_message(b, res->id, &bm, e);
		if (rc == 1) {
			res->disposition = bm.disposition;
			memcpy(res->reason, bm.reason, sizeof(res->reason));
			if (journal_read(books_dirfd(b), bm.segment, bm.offset, &line, e) == -1 ||
			    record_decode(&r, line.data, line.len, e) == -1)
				rc = -1;
			else {
				const char *why = json_string_value(json_object_get(r.act, "error"));

				(void)snprintf(res->text, sizeof(res->text), "%s", why == NULL ? "" : why);
				res->act = json_incref(r.act);
			}
		}
		record_free(&r);
		buf_free(&line);
		if (books_close(b, e) == -1)
			rc = -1;
	}
	lock_drop(&l);
	if (rc == 0)
		return error_set(e, ERR_IO, "request %s is neither in the spool nor in the books", res->id);
	return rc == 1 ? 0 : -1;
}

int
door_send(const struct site *s, int book, json_t *request, int wait_ms, struct door_result *res,
    struct error *e)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	struct post_options o = { .desk_only = 1 };
	struct post_counts counts;
	struct message m;
	struct error busy = { 0 };
	char *text = json_dumps(request, JSON_COMPACT);
	int waited = 0, rc = -1;

	memset(res, 0, sizeof(*res));
	memset(&m, 0, sizeof(m));
	m.body = (struct buf)BUF_INIT(SPOOL_BODY_MAX);
	m.origin = SPOOL_DESK;
	m.mode = book == BOOK_TEST ? BOOK_TEST : BOOK_LIVE;
	m.received = moment_now();
	memcpy(m.kind, "desk", 5);
	door_who(m.remote);
	if (text == NULL) {
		error_set(e, ERR_IO, "door: no memory");
		goto out;
	}
	if (strlen(text) > SPOOL_BODY_MAX) {
		error_set(e, ERR_INPUT, "one request of %zu bytes; at most %d go at a time: split the file",
		    strlen(text), SPOOL_BODY_MAX);
		goto out;
	}
	if (buf_adds(&m.body, text, e) == -1 || spool_put(s->fd, &s->limits, &m, e) == -1)
		goto out;
	memcpy(res->id, m.id, sizeof(m.id));
	res->disposition = DISP_WAITING;
	o.only_id = m.id;
	rc = 0;
	while (still_spooled(s, m.id)) {
		if (post_run(s, &o, &counts, &busy) == -1 && busy.code != ERR_AGAIN) {
			/* Stored, but not done: the next daybook-post finds it. */
			(void)snprintf(res->text, sizeof(res->text), "%s", busy.text);
			goto out;
		}
		if (!still_spooled(s, m.id))
			break;
		if (waited >= wait_ms)
			goto out;
		(void)nanosleep(&step, NULL);
		waited += STEP_MS;
	}
	rc = outcome(s, book, res, e);
out:
	free(text);
	message_free(&m);
	return rc;
}
