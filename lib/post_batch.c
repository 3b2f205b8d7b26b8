/*
 * post_batch -- messages that have a verdict, into the books, a batch at a time (post.h).
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "desk.h"
#include "digest.h"
#include "post_priv.h"
#include "text.h"

void
post_set_text(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n >= size)
		n = size - 1;
	memcpy(dst, src, n);
	memset(dst + n, 0, size - n);
}

static void
count(struct post_counts *c, enum disposition d)
{
	switch (d) {
	case DISP_POSTED:
		c->posted++;
		break;
	case DISP_DUPLICATE:
		c->duplicate++;
		break;
	case DISP_NOTED:
		c->noted++;
		break;
	case DISP_REFUSED:
		c->refused++;
		break;
	case DISP_HELD:
		c->held++;
		break;
	default:
		c->waiting++;
	}
}

void
post_begin_record(struct record *r, const struct message *m, int64_t now)
{
	record_init(r);
	r->type = REC_MESSAGE;
	r->time = now;
	r->received = m->received;
	post_set_text(r->id, sizeof(r->id), m->id);
	post_set_text(r->origin, sizeof(r->origin), spool_origin_name[m->origin]);
	post_set_text(r->integration, sizeof(r->integration), m->integration);
	if (m->origin == SPOOL_DESK)
		post_set_text(r->who, sizeof(r->who), m->remote);
}

/* Reasons of what is kept in spool/aside, not read. */
static const char *const aside_reasons[] = { "unreadable", "wrong-origin", "crashed" };

/* A message known like that is read anew when it is back in the spool: a person put it there. */
static int
read_anew(const struct books_message *bm)
{
	size_t i;

	for (i = 0; i < sizeof(aside_reasons) / sizeof(aside_reasons[0]); i++)
		if (bm->disposition == DISP_HELD && strcmp(bm->reason, aside_reasons[i]) == 0)
			return 1;
	return strcmp(bm->reason, "retry") == 0;
}

/* A foreign name has no id: one made of what makes this file this file, the same after a crash. */
static void
foreign_id(const struct post *p, const struct mem *m, char id[SPOOL_ID])
{
	char path[300], text[400], hex[DIGEST_HEX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "spool/%s/new/%s", spool_origin_name[m->origin], m->name);

	memset(&st, 0, sizeof(st));
	if (n > 0 && (size_t)n < sizeof(path))
		(void)fstatat(p->site->fd, path, &st, AT_SYMLINK_NOFOLLOW);
	n = snprintf(text, sizeof(text), "%lld %lld.%ld %s", (long long)st.st_ino,
	    (long long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec, path);
	digest_hex(hex, text, n < 0 ? 0 : strnlen(text, sizeof(text)));
	(void)snprintf(id, SPOOL_ID, "aside-%.16s", hex);
}

/* 1: some book has that message for good. */
static int
booked(struct post *p, const char *id, struct error *e)
{
	struct books_message bm;
	struct books *b;
	int i, known;

	for (i = 0; i < BOOKS_N; i++) {
		if (shelf_book(&p->shelf, i, &b, e) == -1 || (known = books_message(b, id, &bm, e)) == -1)
			return -1;
		if (known && !read_anew(&bm))
			return 1;
	}
	return 0;
}

/*
 * What must not be read goes to spool/aside and into the live book as held: which book it was for
 * only its content would say.  The record comes first; the file is moved when the batch is synced.
 * A crash in between leaves it in the spool, where the next run meets it again (invariant 2).
 */
static int
set_aside(struct post *p, struct mem *m, const char *reason, const char *why, int64_t now,
    struct error *e)
{
	struct books_message bm;
	struct message bare;
	struct record r;
	struct books *b;
	struct buf name = BUF_INIT(512);
	int rc = -1, known;

	memset(&bare, 0, sizeof(bare));
	bare.origin = m->origin;
	bare.received = now;
	if (spool_id_valid(m->name))
		post_set_text(bare.id, sizeof(bare.id), m->name);
	else
		foreign_id(p, m, bare.id);
	post_begin_record(&r, &bare, now);
	if ((known = booked(p, bare.id, e)) == -1)
		goto out;
	if (known) {	/* it came back, or we ended between booking and removing it */
		m->aside = strcmp(reason, "crashed") != 0;
		rc = 0;
		goto out;
	}
	if (shelf_book(&p->shelf, BOOK_LIVE, &b, e) == -1 ||
	    (known = books_message(b, bare.id, &bm, e)) == -1)
		goto out;
	m->aside = 1;
	if (known && bm.disposition == DISP_HELD && strcmp(bm.reason, reason) == 0) {
		rc = 0;
		goto out;
	}
	r.disposition = DISP_HELD;
	post_set_text(r.reason, sizeof(r.reason), reason);
	if (text_printable(&name, m->name, strlen(m->name), e) == -1)
		goto out;
	r.act = json_pack("{s:s,s:s}", "file", name.data, "why", why);
	if (books_add(b, &r, now, e) == -1)
		goto out;
	count(p->counts, DISP_HELD);
	rc = 0;
out:
	buf_free(&name);
	record_free(&r);
	return rc;
}

/* The integration of that name as it is now; kept for the rest of the batch. */
static int
integration(struct post *p, const char *id, struct error *e)
{
	if (p->in.id[0] != '\0' && strcmp(p->in.id, id) == 0)
		return 0;
	site_integration_free(&p->in);
	p->in.id[0] = '\0';
	if (site_integration(p->site, id, &p->in, e) == 0)
		return 0;
	memset(&p->in, 0, sizeof(p->in));
	return -1;
}

void
post_forget_integration(struct post *p)
{
	site_integration_free(&p->in);
	memset(&p->in, 0, sizeof(p->in));
}

static int
decide(struct post *p, struct mem *m, struct books *b, int *which, struct record *r, int64_t now,
    struct error *e)
{
	int known;

	if (m->origin == SPOOL_DESK) {
		post_forget_integration(p);	/* it may change one */
		return desk_apply(&p->shelf, m->m, now, which, r, e);
	}
	*which = m->m->mode;
	if (m->v.code == VERDICT_NO) {
		r->disposition = DISP_REFUSED;
		post_set_text(r->reason, sizeof(r->reason), "invalid");
		return 0;
	}
	if ((known = integration(p, m->m->integration, e)) == -1 && e->code != ERR_NOTFOUND &&
	    e->code != ERR_CONFIG)
		return -1;
	if (known == -1 || p->in.mode != m->m->mode || strcmp(p->in.kind, m->m->kind) != 0) {
		/* Removed since it was confirmed, or made anew as something else.  It must not stop the
		 * others; it can be retried once there is such an integration. */
		r->disposition = DISP_HELD;
		post_set_text(r->reason, sizeof(r->reason), "unknown-integration");
		e->code = ERR_NONE;
		return 0;
	}
	return desk_confirmed(&p->shelf, b, &p->in, m->m, r, e);
}

/* Facts that do not fit our numbers: kept, shown, not booked. */
static void
hold(struct record *r, const struct message *m, int64_t now, const char *why)
{
	record_free(r);
	post_begin_record(r, m, now);
	r->disposition = DISP_HELD;
	post_set_text(r->reason, sizeof(r->reason), "malformed");
	r->act = json_pack("{s:s}", "note", why);
}

/* A retry of messages that still wait in the spool: their pause is over, for the next run too. */
static int
end_pause(struct post *p, const struct record *r, struct error *e)
{
	const char *verb = json_string_value(json_object_get(r->act, "verb"));
	const char *id = json_string_value(json_object_get(r->act, "message"));
	const char *reason = json_string_value(json_object_get(r->act, "reason"));
	size_t i;

	if (verb == NULL || strcmp(verb, "retry") != 0)
		return 0;
	for (i = 0; i < p->ps.n; i++) {
		struct mem *m = p->ps.v[i];

		if (m->next == 0 || m->done || m->gone || (id != NULL ? strcmp(m->name, id) != 0 :
		    reason == NULL || strcmp(m->reason, reason) != 0))
			continue;
		m->next = 0;
		if (poststate_wait(&p->ps, m, e) == -1)
			return -1;
	}
	return 0;
}

/* 1 where the answer is about other bytes than the file has now: it is asked about like a new one. */
static int
changed(struct post *p, struct mem *m)
{
	char about[sizeof(m->about)];

	if (m->v.code == VERDICT_NONE)
		return 0;
	poststate_about(m->m, about);
	if (strcmp(about, m->about) == 0)
		return 0;
	memset(&m->v, 0, sizeof(m->v));
	m->gone = 1;		/* for this batch; the next look into the spool finds it */
	p->rescan = 1;
	return 1;
}

/* Invariant 12 for what a record's rows say, too: where the clock went back, the books' last time. */
static int64_t
books_time(const struct books *b, int64_t now)
{
	int64_t last = books_end(b)->time;

	return last > now ? last : now;
}

/* One message into the batch: 0 also where it is in the books already. */
static int
post_one(struct post *p, struct mem *m, int64_t now, struct error *e)
{
	struct books_message bm;
	struct record r;
	struct books *b;
	int which, rc = -1, known;

	if (post_load(p, m, e) == -1) {
		char why[sizeof(e->text)];

		if (e->code == ERR_NOTFOUND) {
			e->code = ERR_NONE;
			m->gone = 1;
			return 0;
		}
		if (e->code != ERR_INPUT)
			return -1;
		post_set_text(why, sizeof(why), e->text);
		e->code = ERR_NONE;
		return set_aside(p, m, "unreadable", why, now, e);
	}
	if (!post_kind_fits(m->origin, m->m))
		return set_aside(p, m, "wrong-origin", "this folder may not bring such messages", now, e);
	if (changed(p, m))
		return 0;
	which = m->m->mode;
	if (shelf_book(&p->shelf, which, &b, e) == -1 ||
	    (known = books_message(b, m->m->id, &bm, e)) == -1)
		return -1;
	if (!known && m->origin == SPOOL_DESK) {
		struct books *reg;

		if (shelf_book(&p->shelf, BOOK_REGISTER, &reg, e) == -1 ||
		    (known = books_message(reg, m->m->id, &bm, e)) == -1)
			return -1;
	}
	if (known && !read_anew(&bm))
		return 0;
	now = books_time(b, now);
	post_begin_record(&r, m->m, now);
	if (decide(p, m, b, &which, &r, now, e) == -1) {
		if (e->code != ERR_INPUT)
			goto out;
		hold(&r, m->m, now, e->text);
		e->code = ERR_NONE;
	}
	if (shelf_book(&p->shelf, which, &b, e) == -1 ||
	    books_evidence(b, m->m, m->origin == SPOOL_DESK ? NULL : &m->v,
	    m->origin != SPOOL_DESK && m->v.code == VERDICT_NO, &r, now, e) == -1)
		goto out;
	if (books_add(b, &r, now, e) == -1)
		goto out;
	count(p->counts, r.disposition);
	rc = end_pause(p, &r, e);
out:
	record_free(&r);
	return rc;
}

/* Out of the spool, now that the books have them. */
static int
put_away(struct post *p, struct mem **v, size_t n, int by_porter, struct error *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct mem *m = v[i];

		if (m->aside && !m->gone) {
			if (spool_aside(p->site->fd, m->origin, m->name, e) == -1)
				return -1;
			m->gone = 1;
		}
		if (!by_porter && !m->gone && spool_remove(&p->dir[m->origin], m->name, e) == -1)
			return -1;
		if (poststate_done(&p->ps, m, e) == -1)
			return -1;
		if (!by_porter)
			poststate_drop(m);
	}
	if (by_porter)
		porter_remove(p->porter, v, n);
	return 0;
}

/* All of v[0..n), one sync, files away. */
static int
post_batch(struct post *p, struct mem **v, size_t n, struct error *e)
{
	int64_t now = moment_now();
	size_t i, done = 0, held = 0;

	if (n == 0)
		return 0;
	if (post_open_books(p, e) == -1)
		return -1;
	post_forget_integration(p);
	p->counted = p->ps.size;
	for (i = 0; i < n; i++)
		if (poststate_attempt(&p->ps, v[i], e) == -1)
			return -1;
	if (poststate_write(&p->ps, e) == -1)
		return -1;
	/* Only now: one that crashes even the reading of it was counted. */
	if (n >= PORTER_MIN) {
		if (p->porter == NULL && (p->porter = porter_start(p->dir, e)) == NULL)
			return -1;
		porter_fetch(p->porter, v, n);
	}
	for (i = 0; i < n; i++) {
		size_t pending = 0;
		int k;

		if (n >= PORTER_MIN)
			porter_wait(p->porter, i);
		if (v[i]->attempts > POST_ATTEMPTS) {
			if (set_aside(p, v[i], "crashed", "it ended daybook-post three times", now, e) == -1)
				return -1;
		} else if (post_one(p, v[i], now, e) == -1)
			return -1;
		for (k = 0; k < BOOKS_N; k++)
			if (p->shelf.b[k] != NULL)
				pending += books_pending(p->shelf.b[k]);
		/* What is not yet put away is still in memory. */
		held += v[i]->m == NULL ? 0 : v[i]->m->body.len;
		if (pending >= POST_BATCH_BYTES || held >= POST_BATCH_BYTES || i + 1 == n) {
			held = 0;
			if (shelf_commit(&p->shelf, e) == -1)
				return -1;
			if (put_away(p, v + done, i + 1 - done, n >= PORTER_MIN, e) == -1)
				return -1;
			done = i + 1;
		}
	}
	p->counted = -1;
	return poststate_write(&p->ps, e);
}

/* A message that was being posted when a run ended goes alone, so that only the guilty counts up. */
int
post_ready(struct post *p, struct error *e)
{
	size_t i = 0, from;

	while (i < p->nready) {
		from = i;
		if (p->ready[i]->attempts > 0)
			i++;
		else
			while (i < p->nready && i - from < POST_BATCH && p->ready[i]->attempts == 0)
				i++;
		if (post_batch(p, p->ready + from, i - from, e) == -1)
			return -1;
		/* Somebody at a command line waits for the books. */
		if (p->locked && lock_wanted(&p->lock)) {
			const struct timespec moment = { 0, 20 * 1000000L };

			if (post_close_books(p, e) == -1)
				return -1;
			(void)nanosleep(&moment, NULL);
		}
	}
	p->nready = 0;
	return p->porter == NULL ? 0 : porter_settle(p->porter, e);
}
