/*
 * post -- see post.h.  The inner half of daybook-post: the one writer of the books.
 *
 * A round: look into the spool; hand what has no verdict yet to the outside half; take answers;
 * post what has one, a batch at a time: attempt counted, evidence and records appended, both
 * synced, index, files removed.  A crash anywhere leaves files that the next run meets again, and
 * each finds its own record in the books by its id (invariant 3).
 */
#include <sys/inotify.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confirm.h"
#include "desk.h"
#include "digest.h"
#include "durable.h"
#include "porter.h"
#include "post.h"
#include "poststate.h"
#include "provider/provider.h"
#include "text.h"
#include "wall.h"

#define SWEEP_AGE_S	(36 * 3600)
#define IDLE_POLL_MS	60000
#define LINGER_MS	20		/* a batch waits that long for more verdicts */
#define KEEP_BODY_MAX	65536		/* larger ones are read again when posted: a batch keeps 64 MB */

struct post {
	const struct site		*site;
	const struct post_options	*opt;
	struct post_counts		*counts;
	struct poststate		 ps;
	struct shelf			 shelf;
	struct spool_dir		 dir[SPOOL_ORIGINS];
	struct lock			 lock;
	int				 locked;
	struct confirm			*confirm;
	struct porter			*porter;	/* from the first large batch on */
	struct mem			*flight[CONFIRM_FLIGHT];
	int				 inotify;
	int				 rescan;
	int64_t				 counted;	/* state.log before the batch's attempts */
	struct mem			**ready;
	size_t				 nready, capready;
	int64_t				 last_overdue;	/* when overdue parents were last looked for */
	struct integration		 in;		/* the last one a batch needed, "" none */
};

static volatile sig_atomic_t stop_asked;

static void
on_stop(int sig)
{
	(void)sig;
	stop_asked = 1;
}

/* ---- the books, opened when there is something to write ---- */

static int
open_books(struct post *p, struct error *e)
{
	if (p->locked)
		return 0;
	if (books_lock(&p->lock, p->site, p->opt->wait_ms, e) == -1)
		return -1;
	p->locked = 1;
	p->shelf.site = p->site;
	return 0;
}

static int
close_books(struct post *p, struct error *e)
{
	int rc = 0;

	if (!p->locked)
		return 0;
	rc = shelf_close(&p->shelf, e);
	lock_drop(&p->lock);
	p->locked = 0;
	return rc;
}

/* ---- what the spool holds ---- */

/* Which folder may bring which kind (design.md, Who may do what). */
static int
kind_fits(enum spool_origin o, const struct message *m)
{
	if (o == SPOOL_DESK)
		return strcmp(m->kind, "desk") == 0;
	return o == SPOOL_IN && provider_find(m->kind) != NULL;
}

static int
scan(struct post *p, struct error *e)
{
	size_t i, n;
	int o;

	for (i = 0; i < p->ps.n; i++)
		p->ps.v[i]->seen = 0;
	for (o = p->opt->desk_only ? SPOOL_DESK : 0; o < SPOOL_ORIGINS; o++) {
		struct spool_name *names = NULL;

		if (spool_list(p->site->fd, (enum spool_origin)o, SPOOL_FILES_MAX, &names, &n, e) == -1)
			return -1;
		for (i = 0; i < n; i++) {
			struct mem *m = poststate_get(&p->ps, names[i].id, e);

			if (m == NULL) {
				free(names);
				return -1;
			}
			m->origin = (enum spool_origin)o;
			m->seen = 1;
			m->gone = m->done = m->aside = 0;
		}
		free(names);
	}
	for (i = 0; i < p->ps.n; i++)
		if (!p->ps.v[i]->seen && (!p->opt->desk_only || p->ps.v[i]->origin == SPOOL_DESK) &&
		    !p->ps.v[i]->asked)
			p->ps.v[i]->gone = 1;
	return 0;
}

static int
make_ready(struct post *p, struct mem *m, struct error *e)
{
	if (p->nready == p->capready) {
		size_t cap = p->capready == 0 ? 256 : p->capready * 2;
		struct mem **v = realloc(p->ready, cap * sizeof(*v));

		if (v == NULL)
			return error_sys(e, "post");
		p->ready = v;
		p->capready = cap;
	}
	p->ready[p->nready++] = m;
	return 0;
}

/* ---- questions and answers ---- */

/* Growing pauses: 1, 3, 9 ... seconds, at most an hour (invariant 8). */
static int
put_off(struct post *p, struct mem *m, const char *reason, int64_t now, struct error *e)
{
	int64_t pause = 1;
	int i;

	for (i = 0; i < m->tries && pause < POST_PAUSE_MAX_S; i++)
		pause *= 3;
	if (pause > POST_PAUSE_MAX_S)
		pause = POST_PAUSE_MAX_S;
	m->tries++;
	m->next = now + pause * MOMENT_SECOND;
	memcpy(m->reason, reason, strlen(reason) + 1);
	return poststate_wait(&p->ps, m, e);
}

static int
load(struct post *p, struct mem *m, struct error *e)
{
	if (m->m != NULL)
		return 0;
	if ((m->m = calloc(1, sizeof(*m->m))) == NULL)
		return error_sys(e, "post");
	if (spool_get_at(&p->dir[m->origin], m->name, m->m, e) == -1) {
		poststate_drop(m);
		return -1;
	}
	return 0;
}

/* 1: asked; 0: no question is needed or possible now; -1 trouble. */
static int
ask(struct post *p, struct mem *m, int64_t now, struct error *e)
{
	struct integration in;
	uint32_t tag;
	int rc;

	for (tag = 0; tag < CONFIRM_FLIGHT && p->flight[tag] != NULL; tag++)
		continue;
	if (tag == CONFIRM_FLIGHT)
		return 0;
	if (load(p, m, e) == -1) {
		if (e->code == ERR_NOTFOUND) {
			m->gone = 1;
			e->code = ERR_NONE;
			return 0;
		}
		if (e->code != ERR_INPUT)
			return -1;
		e->code = ERR_NONE;	/* set aside when its turn comes */
		return make_ready(p, m, e);
	}
	if (!kind_fits(m->origin, m->m)) {
		rc = make_ready(p, m, e);
		goto out;
	}
	rc = site_integration(p->site, m->m->integration, &in, e);
	if (rc == -1 || in.mode != m->m->mode || strcmp(in.kind, m->m->kind) != 0) {
		/* Removed, or made anew as something else: it waits until there is one again. */
		if (rc == 0)
			site_integration_free(&in);
		e->code = ERR_NONE;
		rc = put_off(p, m, "unknown-integration", now, e);
		goto out;
	}
	rc = confirm_ask(p->confirm, tag, in.kind, in.mode, in.endpoint,
	    m->m->body.data == NULL ? "" : m->m->body.data, m->m->body.len, e);
	site_integration_free(&in);
	if (rc == 0) {
		m->asked = 1;
		p->flight[tag] = m;
		return 1;
	}
out:
	poststate_drop(m);
	return rc;
}

static int
take_answers(struct post *p, struct error *e)
{
	struct verdict v;
	uint32_t tag;
	int rc;

	while ((rc = confirm_take(p->confirm, &tag, &v, e)) == 1) {
		struct mem *m = tag < CONFIRM_FLIGHT ? p->flight[tag] : NULL;

		if (m == NULL)
			return error_set(e, ERR_IO, "confirm: an answer nobody asked for");
		p->flight[tag] = NULL;
		m->asked = 0;
		v.asked = moment_now();
		if (v.code == VERDICT_YES || v.code == VERDICT_NO) {
			m->v = v;
			poststate_about(m->m, m->about);
			m->reason[0] = '\0';
			if (m->m->body.len > KEEP_BODY_MAX)
				poststate_drop(m);
			if (poststate_verdict(&p->ps, m, e) == -1 || make_ready(p, m, e) == -1)
				return -1;
		} else {
			poststate_drop(m);
			if (put_off(p, m, "unreachable", v.asked, e) == -1)
				return -1;
		}
	}
	return rc == -1 || poststate_write(&p->ps, e) == -1 ? -1 : 0;
}

/* ---- posting ---- */

static void
set_text(char *dst, size_t size, const char *src)
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

static void
begin_record(struct record *r, const struct message *m, int64_t now)
{
	record_init(r);
	r->type = REC_MESSAGE;
	r->time = now;
	r->received = m->received;
	set_text(r->id, sizeof(r->id), m->id);
	set_text(r->origin, sizeof(r->origin), spool_origin_name[m->origin]);
	set_text(r->integration, sizeof(r->integration), m->integration);
	if (m->origin == SPOOL_DESK)
		set_text(r->who, sizeof(r->who), m->remote);
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
		set_text(bare.id, sizeof(bare.id), m->name);
	else
		foreign_id(p, m, bare.id);
	begin_record(&r, &bare, now);
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
	set_text(r.reason, sizeof(r.reason), reason);
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

static void
forget_integration(struct post *p)
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
		forget_integration(p);	/* it may change one */
		return desk_apply(&p->shelf, m->m, now, which, r, e);
	}
	*which = m->m->mode;
	if (m->v.code == VERDICT_NO) {
		r->disposition = DISP_REFUSED;
		set_text(r->reason, sizeof(r->reason), "invalid");
		return 0;
	}
	if ((known = integration(p, m->m->integration, e)) == -1 && e->code != ERR_NOTFOUND &&
	    e->code != ERR_CONFIG)
		return -1;
	if (known == -1 || p->in.mode != m->m->mode || strcmp(p->in.kind, m->m->kind) != 0) {
		/* Removed since it was confirmed, or made anew as something else.  It must not stop the
		 * others; it can be retried once there is such an integration. */
		r->disposition = DISP_HELD;
		set_text(r->reason, sizeof(r->reason), "unknown-integration");
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
	begin_record(r, m, now);
	r->disposition = DISP_HELD;
	set_text(r->reason, sizeof(r->reason), "malformed");
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

	if (load(p, m, e) == -1) {
		char why[sizeof(e->text)];

		if (e->code == ERR_NOTFOUND) {
			e->code = ERR_NONE;
			m->gone = 1;
			return 0;
		}
		if (e->code != ERR_INPUT)
			return -1;
		set_text(why, sizeof(why), e->text);
		e->code = ERR_NONE;
		return set_aside(p, m, "unreadable", why, now, e);
	}
	if (!kind_fits(m->origin, m->m))
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
	begin_record(&r, m->m, now);
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
	if (open_books(p, e) == -1)
		return -1;
	forget_integration(p);
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
static int
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

			if (close_books(p, e) == -1)
				return -1;
			(void)nanosleep(&moment, NULL);
		}
	}
	p->nready = 0;
	return p->porter == NULL ? 0 : porter_settle(p->porter, e);
}

/* ---- our own clock ---- */

static int
own_record(struct post *p, struct record *r, int64_t now)
{
	struct message bare;
	unsigned char rnd[8];
	char hex[17];

	(void)p;
	memset(&bare, 0, sizeof(bare));
	begin_record(r, &bare, now);
	set_text(r->origin, sizeof(r->origin), "post");
	randombytes_buf(rnd, sizeof(rnd));
	text_hex(hex, rnd, sizeof(rnd));
	(void)snprintf(r->id, sizeof(r->id), "post-%lld-%s", (long long)(now / MOMENT_SECOND), hex);
	r->disposition = DISP_NOTED;
	return 0;
}

/* A refund whose payment did not come in a week is for a person to look at. */
static int
overdue_parents(struct post *p, int which, int64_t now, struct error *e)
{
	struct books_message bm;
	struct payrow row;
	struct record r;
	struct books *b;
	struct also *a;
	size_t i;
	int rc;

	if (shelf_book(&p->shelf, which, &b, e) == -1)
		return -1;
	own_record(p, &r, now);
	for (i = 0; (rc = books_waiting(b, i, &row, e)) == 1; i++) {
		if (row.recorded > now - POST_PARENT_DAYS * MOMENT_DAY_US || row.move == MOVE_DISPUTE)
			continue;
		if ((rc = books_message(b, row.message, &bm, e)) == -1)
			break;
		if (rc == 0 || bm.disposition != DISP_WAITING)
			continue;
		if ((a = record_also(&r, e)) == NULL) {
			rc = -1;
			break;
		}
		set_text(a->id, sizeof(a->id), row.message);
		a->disposition = DISP_HELD;
		set_text(a->reason, sizeof(a->reason), "unknown-parent");
	}
	if (rc != -1 && r.nalso > 0) {
		r.act = json_pack("{s:s,s:i}", "verb", "parent-overdue", "days", POST_PARENT_DAYS);
		rc = books_add(b, &r, now, e);
		if (rc == 0)
			rc = books_commit(b, e);
	}
	record_free(&r);
	return rc == -1 ? -1 : 0;
}

/* daybook.json is edited by hand; what it says from when on is part of the record. */
static int
note_settings(struct post *p, int64_t now, struct error *e)
{
	struct books *reg;
	struct record r;
	json_t *was = NULL;
	int rc;

	if (shelf_book(&p->shelf, BOOK_REGISTER, &reg, e) == -1 ||
	    books_data(reg, "settings", "daybook.json", &was, e) == -1)
		return -1;
	if (was != NULL && json_equal(was, p->site->root)) {
		json_decref(was);
		return 0;
	}
	json_decref(was);
	own_record(p, &r, now);
	r.act = json_pack("{s:s}", "verb", "settings-changed");
	r.data = json_pack("{s:[[s,s,O]]}", "put", "settings", "daybook.json", p->site->root);
	rc = r.data == NULL ? error_set(e, ERR_IO, "post: no memory") : books_add(reg, &r, now, e);
	if (rc == 0)
		rc = books_commit(reg, e);
	record_free(&r);
	return rc;
}

static int
standing(struct post *p, struct error *e)
{
	struct books_counts c;
	struct books *b;
	int i;

	p->counts->standing_held = p->counts->standing_unallocated = 0;
	for (i = BOOK_LIVE; i <= BOOK_TEST; i++) {
		if (shelf_book(&p->shelf, i, &b, e) == -1 || books_counts(b, &c, e) == -1)
			return -1;
		p->counts->standing_held += c.held;
		p->counts->standing_unallocated += c.unallocated;
		p->counts->standing_waiting = (i == BOOK_LIVE ? 0 : p->counts->standing_waiting) + c.waiting;
	}
	return 0;
}

/* Begin of a run, and hourly: what no message brings. */
static int
own_clock(struct post *p, int64_t now, struct error *e)
{
	if (p->opt->desk_only || now - p->last_overdue < 3600 * MOMENT_SECOND)
		return 0;
	p->last_overdue = now;
	spool_sweep(p->site->fd, now, SWEEP_AGE_S);
	if (open_books(p, e) == -1 || note_settings(p, now, e) == -1 ||
	    overdue_parents(p, BOOK_LIVE, now, e) == -1 || overdue_parents(p, BOOK_TEST, now, e) == -1)
		return -1;
	return 0;
}

/* ---- the loop ---- */

static int
watch_start(struct post *p, struct error *e)
{
	char path[64];
	int o;

	if ((p->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return error_sys(e, "inotify");
	for (o = 0; o < SPOOL_ORIGINS; o++) {
		int dir, n = snprintf(path, sizeof(path), "spool/%s/new", spool_origin_name[o]);
		char proc[64];

		if (n < 0 || (dir = durable_open_dir(p->site->fd, path, e)) == -1)
			return -1;
		(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", dir);
		n = inotify_add_watch(p->inotify, proc, IN_MOVED_TO | IN_CREATE);
		close(dir);
		if (n == -1)
			return error_sys(e, "inotify: %s", path);
	}
	return 0;
}

static void
drain_inotify(int fd)
{
	char junk[4096];

	while (fd != -1 && read(fd, junk, sizeof(junk)) > 0)
		continue;
}

/*
 * Sorts what is in the spool: ready, to be asked, or waiting.  *next: when the earliest pause
 * ends (0: none).  Returns how many questions went out, -1 on trouble.
 */
static int
sort_spool(struct post *p, int64_t now, int64_t *next, struct error *e)
{
	size_t i;
	int asked = 0, rc;

	*next = 0;
	p->nready = 0;
	p->counts->queued = 0;
	for (i = 0; i < p->ps.n; i++) {
		struct mem *m = p->ps.v[i];

		if (m->gone || m->done || m->asked)
			continue;
		if (p->opt->desk_only && (m->origin != SPOOL_DESK ||
		    (p->opt->only_id != NULL && strcmp(m->name, p->opt->only_id) != 0)))
			continue;
		if (m->origin == SPOOL_DESK || m->v.code != VERDICT_NONE ||
		    m->attempts >= POST_ATTEMPTS || !spool_id_valid(m->name)) {
			if (make_ready(p, m, e) == -1)
				return -1;
			continue;
		}
		p->counts->queued++;
		if (m->next > now && m->next <= now + (int64_t)POST_PAUSE_MAX_S * MOMENT_SECOND) {
			if (*next == 0 || m->next < *next)
				*next = m->next;
			continue;
		}
		if (confirm_inflight(p->confirm) >= CONFIRM_FLIGHT)
			continue;
		if ((rc = ask(p, m, now, e)) == -1)
			return -1;
		asked += rc;
	}
	return poststate_write(&p->ps, e) == -1 ? -1 : asked;
}

static int
wait_for_work(struct post *p, int64_t next, struct error *e)
{
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = -1 } };
	int64_t now = moment_now();
	int ms = IDLE_POLL_MS;

	if (next != 0 && next - now < (int64_t)ms * 1000)
		ms = next <= now ? 0 : (int)((next - now) / 1000 + 1);
	if (p->confirm != NULL && confirm_inflight(p->confirm) > 0)
		fds[0].fd = confirm_fd(p->confirm);
	else if (p->confirm != NULL && p->opt->watch)
		fds[0].fd = confirm_fd(p->confirm);	/* its end must wake us */
	fds[0].events = POLLIN;
	fds[1].fd = p->inotify;
	fds[1].events = POLLIN;
	if (poll(fds, 2, ms) == -1 && errno != EINTR)
		return error_sys(e, "poll");
	if (fds[1].fd != -1 && (fds[1].revents & POLLIN) != 0) {
		drain_inotify(p->inotify);
		p->rescan = 1;
	}
	return 0;
}

static int
loop(struct post *p, struct error *e)
{
	int64_t next;
	size_t before;
	int inflight, lingered = 0;

	p->rescan = 1;
	for (;;) {
		poststate_others(&p->ps);
		if (own_clock(p, moment_now(), e) == -1 || (p->rescan && scan(p, e) == -1) ||
		    sort_spool(p, moment_now(), &next, e) == -1)
			return -1;
		p->rescan = 0;
		inflight = p->confirm == NULL ? 0 : confirm_inflight(p->confirm);
		/* Verdicts that are coming are waited for a moment, so that one sync covers many. */
		if (p->nready > 0 && (p->nready >= POST_BATCH || inflight == 0 || lingered || stop_asked)) {
			if (post_ready(p, e) == -1)
				return -1;
			lingered = 0;
			continue;
		}
		if (inflight == 0) {
			if (!p->opt->desk_only && poststate_compact(&p->ps, e) == -1)
				return -1;
			if (!p->opt->watch)
				return 0;
			if (close_books(p, e) == -1)
				return -1;
		}
		if (stop_asked)
			return 0;
		before = p->nready;
		if (wait_for_work(p, before > 0 ? moment_now() + LINGER_MS * 1000 : next, e) == -1 ||
		    take_answers(p, e) == -1)
			return -1;
		lingered = before > 0 && p->nready == before;
	}
}

static int
build_walls(const struct site *s, struct error *e)
{
	struct wall_path paths[2] = { { -1, WALL_READ }, { s->fd, WALL_READ | WALL_WRITE } };
	int rc;

	if ((paths[0].fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return error_sys(e, "/");
	rc = wall_files(paths, 2, e);
	close(paths[0].fd);
	return rc == -1 ? -1 : wall_no_network(e);
}

int
post_run(const struct site *s, const struct post_options *o, struct post_counts *c, struct error *e)
{
	struct post p = { .site = s, .opt = o, .counts = c, .lock = LOCK_INIT, .inotify = -1,
	    .counted = -1 };
	struct lock run = LOCK_INIT;
	int post_dir, i, rc = -1;

	memset(c, 0, sizeof(*c));
	p.ps.fd = p.ps.dir = -1;
	for (i = 0; i < SPOOL_ORIGINS; i++)
		p.dir[i].fd = -1;
	if ((post_dir = durable_open_dir(s->fd, "spool/post", e)) == -1)
		return -1;
	for (i = 0; i < SPOOL_ORIGINS; i++)
		if (spool_open(&p.dir[i], s->fd, (enum spool_origin)i, e) == -1)
			goto out;
	if (!o->desk_only) {
		struct sigaction sa;

		memset(&sa, 0, sizeof(sa));
		sa.sa_handler = on_stop;
		sigaction(SIGTERM, &sa, NULL);
		sigaction(SIGINT, &sa, NULL);
		if (lock_take(&run, post_dir, "lock", 0, e) == -1 || confirm_start(&p.confirm, s, e) == -1 ||
		    (o->watch && watch_start(&p, e) == -1) || build_walls(s, e) == -1)
			goto out;
	}
	if (poststate_open(&p.ps, s->fd, e) == -1 || loop(&p, e) == -1)
		goto out;
	if (!o->desk_only && (open_books(&p, e) == -1 || standing(&p, e) == -1))
		goto out;
	rc = 0;
out:
	if (rc == 0)
		rc = close_books(&p, e);
	else {
		/* Trouble of the system's is not the message's fault: its attempt does not count. */
		if (p.counted >= 0 && (e->code == ERR_IO || e->code == ERR_AGAIN))
			poststate_forget(&p.ps, p.counted);
		shelf_abort(&p.shelf);
		lock_drop(&p.lock);
	}
	porter_end(p.porter);
	poststate_close(&p.ps);
	forget_integration(&p);
	free(p.ready);
	confirm_end(p.confirm);
	if (p.inotify != -1)
		close(p.inotify);
	lock_drop(&run);
	for (i = 0; i < SPOOL_ORIGINS; i++)
		spool_close(&p.dir[i]);
	close(post_dir);
	return rc;
}
