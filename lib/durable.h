/*
 * durable -- files that survive a power cut, and directories walked safely.
 *
 * A failed fsync is final: the file is removed and must be written again from the start.
 */
#ifndef DAYBOOK_DURABLE_H
#define DAYBOOK_DURABLE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* All of p, short writes continued, EINTR retried.  -1 with errno set (no struct error). */
int	durable_write_all(int fd, const void *p, size_t len);
/* name (no slash) in dirfd is replaced by p as a whole: ".name.PID" written, fsync, rename, fsync
 * of dirfd.  ERR_IO: the old file stands, or (directory sync failed) either may after a crash. */
int	durable_write(int dirfd, const char *name, const void *p, size_t len, mode_t mode,
	    struct error *e);
/* The same without the last fsync: of several files, one durable_sync_dir makes all names durable. */
int	durable_put(int dirfd, const char *name, const void *p, size_t len, mode_t mode,
	    struct error *e);
/* The same for what is written bit by bit, to fd; name must outlive f.  After -1 there is nothing left. */
struct durable_file {
	int		 dirfd, fd;
	const char	*name;
	char		 tmp[NAME_MAX + 1];
};
int	durable_begin(struct durable_file *f, int dirfd, const char *name, mode_t mode, struct error *e);
int	durable_end(struct durable_file *f, struct error *e);
void	durable_drop(struct durable_file *f);
/*
 * Removes what a killed durable_put left in the folder path below dirfd: regular files named
 * ".name.PID", last written before the Unix time before_s.  Failures are ignored.
 */
void	durable_sweep(int dirfd, const char *path, int64_t before_s);
int	durable_sync_dir(int dirfd, const char *what, struct error *e);
/* mkdirat unless there, then fsync of the parent; every component of path below dirfd.  The last one's
 * parent also where it is there: a run that was killed may have made it and not come to the fsync. */
int	durable_mkdirs(int dirfd, const char *path, mode_t mode, struct error *e);
/* One name, opened as durable_open_dir does; made first only where it is not there. */
int	durable_make_dir(int dirfd, const char *name, mode_t mode, struct error *e);
/* O_DIRECTORY|O_CLOEXEC|O_NOFOLLOW; -1 with ERR_NOTFOUND or ERR_IO, else the descriptor. */
int	durable_open_dir(int dirfd, const char *path, struct error *e);

#endif
