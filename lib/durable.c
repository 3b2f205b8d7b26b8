/*
 * durable -- see durable.h.
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

#include "durable.h"
#include "text.h"

int
durable_write_all(int fd, const void *p, size_t len)
{
	const char *s = p;

	while (len > 0) {
		ssize_t n = write(fd, s, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

int
durable_sync_dir(int dirfd, const char *what, struct error *e)
{
	return fsync(dirfd) == -1 ? error_sys(e, "%s: sync directory", what) : 0;
}

int
durable_begin(struct durable_file *f, int dirfd, const char *name, mode_t mode, struct error *e)
{
	int n = snprintf(f->tmp, sizeof(f->tmp), ".%s.%ld", name, (long)getpid());

	if (n < 0 || (size_t)n >= sizeof(f->tmp))
		return error_set(e, ERR_INPUT, "%s: name too long", name);
	f->dirfd = dirfd;
	f->name = name;
	(void)unlinkat(dirfd, f->tmp, 0);
	if ((f->fd = openat(dirfd, f->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) == -1)
		return error_sys(e, "create %s", f->tmp);
	if (fchmod(f->fd, mode) == -1) {
		error_sys(e, "write %s", f->tmp);
		durable_drop(f);
		return -1;
	}
	return 0;
}

void
durable_drop(struct durable_file *f)
{
	if (f->fd != -1)
		(void)close(f->fd);
	(void)unlinkat(f->dirfd, f->tmp, 0);
	f->fd = -1;
}

int
durable_end(struct durable_file *f, struct error *e)
{
	int rc;

	if (fsync(f->fd) == -1) {
		error_sys(e, "write %s", f->tmp);
		durable_drop(f);
		return -1;
	}
	rc = close(f->fd);
	f->fd = -1;
	if (rc == -1 || renameat(f->dirfd, f->tmp, f->dirfd, f->name) == -1) {
		error_sys(e, "close or rename %s", f->tmp);
		durable_drop(f);
		return -1;
	}
	return 0;
}

int
durable_put(int dirfd, const char *name, const void *p, size_t len, mode_t mode, struct error *e)
{
	struct durable_file f;

	if (durable_begin(&f, dirfd, name, mode, e) == -1)
		return -1;
	if (durable_write_all(f.fd, p, len) == -1) {
		error_sys(e, "write %s", f.tmp);
		durable_drop(&f);
		return -1;
	}
	return durable_end(&f, e);
}

int
durable_write(int dirfd, const char *name, const void *p, size_t len, mode_t mode, struct error *e)
{
	if (durable_put(dirfd, name, p, len, mode, e) == -1)
		return -1;
	/* The bytes are safe by now; this makes the new name survive a power cut too. */
	return durable_sync_dir(dirfd, name, e);
}

/* ".name.PID" */
static int
unfinished(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] == '.' && dot > name + 1 && dot[1] != '\0' &&
	    strspn(dot + 1, "0123456789") == strlen(dot + 1);
}

void
durable_sweep(int dirfd, const char *path, int64_t before_s)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct dirent *d;
	struct stat st;
	DIR *dp;

	if (fd == -1)
		return;
	if ((dp = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dp)) != NULL)
		if (unfinished(d->d_name) && fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && (int64_t)st.st_mtime < before_s)
			(void)unlinkat(fd, d->d_name, 0);
	closedir(dp);
}

int
durable_mkdirs(int dirfd, const char *path, mode_t mode, struct error *e)
{
	char part[PATH_MAX];
	size_t i, n = strlen(path), start = 0;

	if (n >= sizeof(part))
		return error_set(e, ERR_INPUT, "%s: too long", path);
	for (i = 1; i <= n; i++) {
		int parent, rc;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdirat(dirfd, part, mode) == 0) {
			/* setgid and sticky bits do not come through mkdir */
			if (fchmodat(dirfd, part, mode, 0) == -1)
				return error_sys(e, "%s: mode", part);
		} else if (errno != EEXIST)
			return error_sys(e, "create folder %s", part);
		else if (path[i] == '/') {
			start = i;
			continue;
		}
		part[start] = '\0';
		parent = openat(dirfd, start == 0 ? "." : part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (parent == -1)
			return error_sys(e, "%s: open its folder", path);
		rc = durable_sync_dir(parent, path, e);
		close(parent);
		if (rc == -1)
			return -1;
		start = i;
	}
	return 0;
}

int
durable_open_dir(int dirfd, const char *path, struct error *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1) {
		if (errno == ENOENT)
			return error_set(e, ERR_NOTFOUND, "%s: no such folder", path);
		return error_sys(e, "%s: open folder", path);
	}
	return fd;
}

int
durable_make_dir(int dirfd, const char *name, mode_t mode, struct error *e)
{
	int fd = durable_open_dir(dirfd, name, e);

	if (fd != -1 || e->code != ERR_NOTFOUND)
		return fd;
	e->code = ERR_NONE;
	return durable_mkdirs(dirfd, name, mode, e) == -1 ? -1 : durable_open_dir(dirfd, name, e);
}
