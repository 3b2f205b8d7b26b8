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
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "post_priv.h"
#include "provider/provider.h"
#include "wall.h"

#define IDLE_POLL_MS	60000
#define LINGER_MS	20		/* a batch waits that long for more verdicts */
#define KEEP_BODY_MAX	65536		/* larger ones are read again when posted: a batch keeps 64 MB */

static volatile sig_atomic_t stop_asked;

static void
on_stop(int sig)
{
	(void)sig;
	stop_asked = 1;
}

/* ---- the books, opened when there is something to write ---- */

int
post_open_books(struct post *p, struct error *e)
{
	if (p->locked)
		return 0;
	if (books_lock(&p->lock, p->site, p->opt->wait_ms, e) == -1)
		return -1;
	p->locked = 1;
	p->shelf.site = p->site;
	return 0;
}

int
post_close_books(struct post *p, struct error *e)
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
int
post_kind_fits(enum spool_origin o, const struct message *m)
{
	const struct provider *p;

	if (o == SPOOL_DESK)
		return strcmp(m->kind, "desk") == 0;
	p = provider_find(m->kind);
	return o == SPOOL_IN && p != NULL && p->ask != NULL;
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

int
post_load(struct post *p, struct mem *m, struct error *e)
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
	if (post_load(p, m, e) == -1) {
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
	if (!post_kind_fits(m->origin, m->m)) {
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
		if (post_own_clock(p, moment_now(), e) == -1 || (p->rescan && scan(p, e) == -1) ||
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
			if (post_close_books(p, e) == -1)
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
	return wall_site(s->fd, e) == -1 ? -1 : wall_no_network(e);
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
	if (!o->desk_only && (post_open_books(&p, e) == -1 || post_standing(&p, e) == -1))
		goto out;
	rc = 0;
out:
	if (rc == 0)
		rc = post_close_books(&p, e);
	else {
		/* Trouble of the system's is not the message's fault: its attempt does not count. */
		if (p.counted >= 0 && (e->code == ERR_IO || e->code == ERR_AGAIN))
			poststate_forget(&p.ps, p.counted);
		shelf_abort(&p.shelf);
		lock_drop(&p.lock);
	}
	porter_end(p.porter);
	poststate_close(&p.ps);
	post_forget_integration(&p);
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
