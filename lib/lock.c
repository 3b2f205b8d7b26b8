/*
 * lock -- see lock.h.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"

#define STEP_MS	5

static int
open_lock(int dirfd, const char *name, struct error *e)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		error_sys(e, "%s: open", name);
	return fd;
}

/* 1 got it, 0 held by another, -1 */
static int
try(int fd, int how, const char *name, struct error *e)
{
	while (flock(fd, how | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			return 0;
		if (errno != EINTR)
			return error_sys(e, "%s: lock", name);
	}
	return 1;
}

int
lock_take(struct lock *l, int dirfd, const char *name, int wait_ms, struct error *e)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	char want[NAME_MAX + 1];
	int got, waited = 0, announced = 0;
	int n = snprintf(want, sizeof(want), "%s.want", name);

	l->fd = l->want_fd = -1;
	if (n < 0 || (size_t)n >= sizeof(want))
		return error_set(e, ERR_INPUT, "%s: name too long", name);
	if ((l->fd = open_lock(dirfd, name, e)) == -1 || (l->want_fd = open_lock(dirfd, want, e)) == -1)
		goto err;
	while ((got = try(l->fd, LOCK_EX, name, e)) == 0) {
		if (waited >= wait_ms) {
			error_set(e, ERR_AGAIN, "%s is held by another run", name);
			goto err;
		}
		/* Shared: any number may wait, and the holder sees that somebody does. */
		if (!announced)
			announced = try(l->want_fd, LOCK_SH, want, e) == 1;
		(void)nanosleep(&step, NULL);
		waited += STEP_MS;
	}
	if (got == -1)
		goto err;
	if (announced)
		(void)flock(l->want_fd, LOCK_UN);
	return 0;
err:
	lock_drop(l);
	return -1;
}

int
lock_wanted(struct lock *l)
{
	if (l->want_fd == -1)
		return 0;
	if (flock(l->want_fd, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	(void)flock(l->want_fd, LOCK_UN);
	return 0;
}

void
lock_drop(struct lock *l)
{
	/* Closing the descriptor lets go; the file stays, so nobody locks a name that moved. */
	if (l->fd != -1)
		close(l->fd);
	if (l->want_fd != -1)
		close(l->want_fd);
	l->fd = l->want_fd = -1;
}
