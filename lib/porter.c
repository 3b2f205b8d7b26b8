/*
 * porter -- see porter.h.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "porter.h"

#define CHUNK		32			/* messages between two looks at the lock */
#define AHEAD		256			/* read and not yet waited for */
#define AHEAD_BYTES	(16 * 1024 * 1024)

struct porter {
	const struct spool_dir	*dir;
	pthread_t		 thread;
	pthread_mutex_t		 lock;
	pthread_cond_t		 work, news;
	/* under the lock */
	struct mem *const	*in, *const *out;
	size_t			 nin, fetched, taken, bytes;	/* bytes: read and not waited for */
	size_t			 nout, given, removed;	/* given: some thread is at it, or was */
	int			 quit;
	struct error		 trouble;
	/* the caller's alone */
	size_t			 known;		/* fetched, as last seen */
};

static size_t
fetch_one(const struct porter *p, struct mem *m)
{
	struct error ignored = { 0 };

	if (m->m != NULL || (m->m = calloc(1, sizeof(*m->m))) == NULL)
		return 0;
	if (spool_get_at(&p->dir[m->origin], m->name, m->m, &ignored) == 0)
		return m->m->body.len;
	poststate_drop(m);
	return 0;
}

/* All below: the lock is held at entry and exit, not while files are touched. */

static void
fetch_chunk(struct porter *p)
{
	struct mem *const *v = p->in + p->fetched;
	size_t n = p->nin - p->fetched < CHUNK ? p->nin - p->fetched : CHUNK, i, bytes = 0;

	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < n && bytes < AHEAD_BYTES; i++)
		bytes += fetch_one(p, v[i]);
	pthread_mutex_lock(&p->lock);
	p->fetched += i;
	p->bytes += bytes;
	pthread_cond_signal(&p->news);
}

/* Both threads do this: the caller has nothing else to do while it waits for the other. */
static void
remove_chunk(struct porter *p)
{
	struct mem *const *v = p->out + p->given;
	size_t n = p->nout - p->given < CHUNK ? p->nout - p->given : CHUNK, i;
	struct error e = { 0 };

	p->given += n;
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < n; i++) {
		if (!v[i]->gone && e.code == ERR_NONE)
			(void)spool_remove(&p->dir[v[i]->origin], v[i]->name, &e);
		poststate_drop(v[i]);
	}
	pthread_mutex_lock(&p->lock);
	p->removed += n;
	if (e.code != ERR_NONE && p->trouble.code == ERR_NONE)
		p->trouble = e;
	pthread_cond_signal(&p->news);
}

static void *
carry(void *arg)
{
	struct porter *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->quit)
		if (p->fetched < p->nin && p->fetched - p->taken < AHEAD && p->bytes < AHEAD_BYTES)
			fetch_chunk(p);
		else if (p->given < p->nout)
			remove_chunk(p);
		else
			pthread_cond_wait(&p->work, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct porter *
porter_start(const struct spool_dir dir[SPOOL_ORIGINS], struct error *e)
{
	struct porter *p = calloc(1, sizeof(*p));
	sigset_t all, was;
	int rc;

	if (p == NULL) {
		error_sys(e, "post");
		return NULL;
	}
	p->dir = dir;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->news, NULL);
	/* Signals are for the thread that polls. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = pthread_create(&p->thread, NULL, carry, p);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (rc != 0) {
		errno = rc;
		error_sys(e, "post: second thread");
		free(p);
		return NULL;
	}
	return p;
}

void
porter_fetch(struct porter *p, struct mem *const *v, size_t n)
{
	pthread_mutex_lock(&p->lock);
	p->in = v;
	p->nin = n;
	p->fetched = p->taken = p->bytes = 0;
	p->known = 0;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

void
porter_wait(struct porter *p, size_t i)
{
	if (i < p->known)
		return;
	pthread_mutex_lock(&p->lock);
	/* All before i were had; that their memory is not free yet is the batch's limit to keep. */
	p->taken = i;
	p->bytes = 0;
	pthread_cond_signal(&p->work);
	while (p->fetched <= i)
		pthread_cond_wait(&p->news, &p->lock);
	p->known = p->fetched;
	pthread_mutex_unlock(&p->lock);
}

/* The lock is held. */
static void
wait_removed(struct porter *p)
{
	pthread_cond_signal(&p->work);
	while (p->removed < p->nout)
		if (p->given < p->nout)
			remove_chunk(p);
		else
			pthread_cond_wait(&p->news, &p->lock);
}

void
porter_remove(struct porter *p, struct mem *const *v, size_t n)
{
	pthread_mutex_lock(&p->lock);
	wait_removed(p);
	p->out = v;
	p->nout = n;
	p->given = p->removed = 0;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

int
porter_settle(struct porter *p, struct error *e)
{
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	wait_removed(p);
	if (p->trouble.code != ERR_NONE) {
		*e = p->trouble;
		p->trouble.code = ERR_NONE;
		rc = -1;
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

void
porter_end(struct porter *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->quit = 1;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->news);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
