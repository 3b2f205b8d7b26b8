/*
 * trip -- runs a program and trips it at one of its system calls: kills it there, makes the call
 * fail, or leaves the call out; or records what it does to files, for replaying power cuts.
 *
 *	trip [-p PROC] [-k N] [-c CLASS] [-m END] [-a kill|skip|ERRNO] [-f|-x] [-o M] [-l LIST] [-r RECORD]
 *	     [-s DIR] [-i DIR] [-t SECONDS] -- COMMAND...
 *
 * PROC: 0 the first process, 1 the first it forks, ..., 64 the first thread of the first one.  N: its
 * N-th call of CLASS (all, file, change, sync), counted per process from 1; 0 never; with -m only calls
 * on a path that ends like that.  Killing ends that one process before the call is made; what becomes of
 * the other is the program's own business.  -a EIO: the call is not made and fails; skip: not made and
 * returns 0.  -f: that call and every later one of the class.  -x: killed at its next call after that
 * one, whatever it is.  -o: the M-th call is left out too, as by skip.
 * A call is left out by making it getpid instead, which every filter allows, so seccomp and
 * Landlock stay as they are.  strace would use call number -1, which intake's filter kills.
 *
 * LIST gets a line "PROC N CALL RESULT PATH" for each call of the class, with -c sync the stack
 * behind a TAB.  RECORD gets one line per event below DIR, answers written to descriptor 1, and the
 * exit (see record(), read by disk.py); what changes files there in a way it does not know ends it.
 * Exit: the command's own, 128 + signal, 125 after SECONDS, 126 where tracing does not work.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __x86_64__
#error "trip knows the registers of x86-64 only"
#endif

enum { ALL, FILES, CHANGES, SYNC };
enum { KILL, SKIP, FAIL };

/* Places of processes, of threads of the first one, and of threads of others. */
#define THREADS	64
#define OTHERS	72
#define PROCS	96
#define STACK	8192		/* of it listed at a sync: main's frame and all below are within */

struct proc {
	pid_t	pid;
	long	count;			/* calls of the class so far */
	long	nr;			/* call under way */
	long	number;			/* its number in the class, 0: not of it */
	uint64_t a[6];
	int	over;			/* it ended */
	int	left_out;
	long	result;			/* what a call left out returns */
	char	path[PATH_MAX];		/* of its descriptor or name */
	char	path2[PATH_MAX];
	char	kind;			/* record's letter, 0: nothing to record */
	int64_t	off;
	int	was_there;
	ino_t	ino;
	mode_t	mode;
};

static struct proc procs[PROCS];
static int opt_proc, opt_class = ALL, opt_action = KILL, opt_errno, opt_forever, opt_then_kill, tripped;
static long opt_n, opt_out;
static FILE *list, *rec;
static const char *below = "/", *ignored, *match;
static size_t below_len = 1;
static volatile sig_atomic_t late;
static pid_t first;

static const struct { long nr; const char *name; } names[] = {
#define C(x) { SYS_##x, #x }
	C(openat), C(open), C(read), C(pread64), C(readv), C(write), C(pwrite64), C(writev), C(pwritev),
	C(fsync), C(fdatasync), C(rename), C(renameat), C(renameat2), C(link), C(linkat), C(unlink),
	C(unlinkat), C(ftruncate), C(mkdir), C(mkdirat), C(close), C(fstat), C(newfstatat), C(stat),
	C(lstat), C(statx), C(getdents64), C(lseek), C(flock), C(fstatfs), C(statfs), C(fchmod),
	C(fchmodat), C(fchown), C(readlink), C(readlinkat), C(msync), C(sync), C(syncfs),
	C(faccessat), C(access), C(fcntl), C(fallocate), C(copy_file_range), C(pwritev2), C(sendfile),
	C(truncate), C(mmap), C(io_uring_setup), C(symlink), C(symlinkat), C(rmdir),
	{ 0, NULL },
#undef C
};

static const char *
call_name(long nr)
{
	int i;

	for (i = 0; names[i].name != NULL; i++)
		if (names[i].nr == nr)
			return names[i].name;
	return NULL;
}

static int
opens_new(uint64_t flags)
{
	return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* What may change a file, a name, or what of them is durable. */
static int
changes(const struct proc *p)
{
	switch (p->nr) {
	case SYS_open:
		return opens_new(p->a[1]);
	case SYS_openat:
		return opens_new(p->a[2]);
	case SYS_write: case SYS_writev: case SYS_pwrite64: case SYS_pwritev: case SYS_pwritev2:
	case SYS_ftruncate: case SYS_truncate: case SYS_fallocate: case SYS_copy_file_range:
	case SYS_sendfile: case SYS_rename: case SYS_renameat: case SYS_renameat2: case SYS_link:
	case SYS_linkat: case SYS_symlink: case SYS_symlinkat: case SYS_unlink: case SYS_unlinkat:
	case SYS_rmdir: case SYS_mkdir: case SYS_mkdirat: case SYS_fchmod: case SYS_fchmodat:
	case SYS_fchown: case SYS_fsync: case SYS_fdatasync: case SYS_msync: case SYS_syncfs:
	case SYS_sync:
		return 1;
	default:
		return 0;
	}
}

static int
of_class(const struct proc *p)
{
	switch (opt_class) {
	case SYNC:
		return p->nr == SYS_fsync || p->nr == SYS_fdatasync || p->nr == SYS_msync ||
		    p->nr == SYS_syncfs || p->nr == SYS_sync;
	case CHANGES:
		return changes(p);
	case FILES:
		return call_name(p->nr) != NULL && p->nr != SYS_mmap;
	default:
		return 1;
	}
}

static int
path_fits(const char *path)
{
	size_t n = strlen(path), m = match == NULL ? 0 : strlen(match);

	return n >= m && memcmp(path + n - m, match == NULL ? "" : match, m) == 0;
}

static size_t
peek(pid_t pid, uint64_t at, void *p, size_t len)
{
	struct iovec here = { p, len }, there = { (void *)(uintptr_t)at, len };
	ssize_t n = len == 0 ? 0 : process_vm_readv(pid, &here, 1, &there, 1, 0);

	return n < 0 ? 0 : (size_t)n;
}

static void
peek_string(pid_t pid, uint64_t at, char *out, size_t size)
{
	size_t n = 0;

	while (n + 1 < size) {
		/* not across a page that may not be there */
		size_t step = 4096 - (size_t)((at + n) & 4095), got;

		if (step > size - 1 - n)
			step = size - 1 - n;
		got = peek(pid, at + n, out + n, step);
		if (got == 0 || memchr(out + n, '\0', got) != NULL)
			return;
		n += got;
	}
	out[n] = '\0';
}

static void
fd_path(pid_t pid, int fd, char out[PATH_MAX])
{
	char proc[64];
	ssize_t n;

	(void)snprintf(proc, sizeof(proc), fd == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(proc, out, PATH_MAX - 1);
	out[n < 0 ? 0 : n] = '\0';
}

/* dirfd and name as one path; a way through /proc/self/fd is followed. */
static void
at_path(pid_t pid, int dirfd, uint64_t name, char out[PATH_MAX])
{
	static const char self[] = "/proc/self/fd/";
	char rest[PATH_MAX] = "", dir[PATH_MAX] = "";

	peek_string(pid, name, rest, sizeof(rest));
	if (strncmp(rest, self, sizeof(self) - 1) == 0) {
		char *end;
		long fd = strtol(rest + sizeof(self) - 1, &end, 10);

		fd_path(pid, (int)fd, dir);
		memmove(rest, end, strlen(end) + 1);
	} else if (rest[0] != '/') {
		fd_path(pid, dirfd, dir);
		memmove(rest + 1, rest, strlen(rest) < sizeof(rest) - 1 ? strlen(rest) + 1 : 0);
		rest[0] = '/';
	}
	out[0] = '\0';
	if (strlen(dir) + strlen(rest) < PATH_MAX) {
		memcpy(out, dir, strlen(dir));
		memcpy(out + strlen(dir), rest, strlen(rest) + 1);
	}
}

static unsigned
fd_flags(pid_t pid, int fd)
{
	char proc[64], line[128];
	unsigned flags = 0;
	FILE *f;

	(void)snprintf(proc, sizeof(proc), "/proc/%d/fdinfo/%d", (int)pid, fd);
	if ((f = fopen(proc, "r")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if (strncmp(line, "flags:", 6) == 0)
				flags = (unsigned)strtoul(line + 6, NULL, 8);
		fclose(f);
	}
	return flags;
}

static int64_t
fd_offset(pid_t pid, int fd, const char *path)
{
	char proc[64], line[128];
	long long pos = 0;
	struct stat st;
	FILE *f;

	(void)snprintf(proc, sizeof(proc), "/proc/%d/fdinfo/%d", (int)pid, fd);
	if ((f = fopen(proc, "r")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if (strncmp(line, "pos:", 4) == 0)
				pos = strtoll(line + 4, NULL, 10);
		fclose(f);
	}
	return (fd_flags(pid, fd) & O_APPEND) && stat(path, &st) == 0 ? (int64_t)st.st_size : pos;
}

static ino_t
fd_ino(pid_t pid, int fd)
{
	char proc[64];
	struct stat st;

	(void)snprintf(proc, sizeof(proc), "/proc/%d/fd/%d", (int)pid, fd);
	return stat(proc, &st) == 0 ? st.st_ino : 0;
}

static int
inside(const char *path)
{
	return strncmp(path, below, below_len) == 0 &&
	    (ignored == NULL || strncmp(path, ignored, strlen(ignored)) != 0);
}

/* A way of changing files that the record does not know would make it lie. */
static void
refuse(const struct proc *p)
{
	errx(126, "%s on %s: not recorded", call_name(p->nr), p->path);
}

static void
look(struct proc *p, const char *path)
{
	struct stat st;

	p->was_there = lstat(path, &st) == 0;
	p->ino = p->was_there ? st.st_ino : 0;
	p->mode = p->was_there ? st.st_mode : 0;
}

/* Before the call: where it goes and what is there. */
static void
before(struct proc *p)
{
	pid_t pid = p->pid;

	p->kind = 0;
	p->path[0] = p->path2[0] = '\0';
	p->off = -1;
	switch (p->nr) {
	case SYS_write:
	case SYS_writev:
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_ftruncate:
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_read:
	case SYS_pread64:
	case SYS_close:
	case SYS_fstat:
	case SYS_flock:
	case SYS_lseek:
	case SYS_getdents64:
	case SYS_fstatfs:
	case SYS_syncfs:
	case SYS_pwritev2:
	case SYS_fallocate:
	case SYS_sendfile:
		fd_path(pid, (int)p->a[0], p->path);
		if (rec == NULL)
			return;
		p->ino = fd_ino(pid, (int)p->a[0]);
		if (p->nr == SYS_write || p->nr == SYS_writev) {
			p->kind = p->a[0] == 1 ? 'A' : inside(p->path) ? 'W' : 0;
			p->off = p->kind == 'W' ? fd_offset(pid, (int)p->a[0], p->path) : 0;
		} else if (!inside(p->path))
			return;
		else if (p->nr == SYS_pwrite64 || p->nr == SYS_pwritev) {
			p->kind = 'W';
			p->off = (int64_t)p->a[3];
		} else if (p->nr == SYS_ftruncate) {
			p->kind = 'T';
			p->off = (int64_t)p->a[1];
		} else if (p->nr == SYS_fsync || p->nr == SYS_fdatasync)
			p->kind = 'S';
		else if (p->nr == SYS_syncfs)
			p->kind = 'Y';
		else if (changes(p))
			refuse(p);
		return;
	case SYS_copy_file_range:
	case SYS_mmap: {
		int fd = (int)p->a[p->nr == SYS_mmap ? 4 : 2];

		if (p->nr == SYS_mmap && ((p->a[2] & PROT_WRITE) == 0 || (p->a[3] & MAP_SHARED) == 0 ||
		    (p->a[3] & MAP_ANONYMOUS) != 0))
			return;
		fd_path(pid, fd, p->path);
		if (rec != NULL && inside(p->path))
			refuse(p);
		return;
	}
	case SYS_sync:
		p->kind = rec == NULL ? 0 : 'Y';
		return;
	case SYS_io_uring_setup:
		if (rec != NULL)
			refuse(p);
		return;
	case SYS_truncate:
	case SYS_symlink:
	case SYS_symlinkat:
		at_path(pid, p->nr == SYS_symlinkat ? (int)p->a[1] : AT_FDCWD,
		    p->a[p->nr == SYS_truncate ? 0 : p->nr == SYS_symlink ? 1 : 2], p->path);
		if (rec != NULL && inside(p->path))
			refuse(p);
		return;
	case SYS_open:
	case SYS_openat:
		at_path(pid, p->nr == SYS_open ? AT_FDCWD : (int)p->a[0], p->a[p->nr == SYS_openat], p->path);
		if (rec != NULL && inside(p->path) && changes(p)) {
			look(p, p->path);
			p->kind = 'C';
		}
		return;
	case SYS_rename:
	case SYS_link:
		at_path(pid, AT_FDCWD, p->a[0], p->path);
		at_path(pid, AT_FDCWD, p->a[1], p->path2);
		p->kind = p->nr == SYS_rename ? 'R' : 'L';
		break;
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_linkat:
		at_path(pid, (int)p->a[0], p->a[1], p->path);
		at_path(pid, (int)p->a[2], p->a[3], p->path2);
		p->kind = p->nr == SYS_linkat ? 'L' : 'R';
		if (rec != NULL && p->nr == SYS_renameat2 && (p->a[4] & RENAME_EXCHANGE) != 0)
			refuse(p);
		if (p->kind == 'L' && inside(p->path2)) {
			/* a file without a name yet, by its descriptor */
			char name[64] = "";
			int fd = -1;

			peek_string(pid, p->a[1], name, sizeof(name));
			if (strncmp(name, "/proc/self/fd/", 14) == 0)
				fd = (int)strtol(name + 14, NULL, 10);
			else if (name[0] == '\0' && (p->a[4] & AT_EMPTY_PATH) != 0)
				fd = (int)p->a[0];
			look(p, p->path);
			if (fd != -1)
				p->ino = fd_ino(pid, fd);
			if (rec == NULL)
				p->kind = 0;
			return;
		}
		break;
	case SYS_unlink:
	case SYS_rmdir:
		at_path(pid, AT_FDCWD, p->a[0], p->path);
		p->kind = 'U';
		break;
	case SYS_unlinkat:
		at_path(pid, (int)p->a[0], p->a[1], p->path);
		p->kind = 'U';
		break;
	case SYS_mkdir:
		at_path(pid, AT_FDCWD, p->a[0], p->path);
		p->kind = 'M';
		break;
	case SYS_mkdirat:
		at_path(pid, (int)p->a[0], p->a[1], p->path);
		p->kind = 'M';
		break;
	case SYS_newfstatat:
		at_path(pid, (int)p->a[0], p->a[1], p->path);
		return;
	default:
		return;
	}
	if (rec != NULL && inside(p->path))
		look(p, p->path);
	else
		p->kind = 0;
}

/* One event: "LETTER INO OFFSET LENGTH PATH\tPATH2\n", then LENGTH bytes and a newline. */
static void
record(struct proc *p, char kind, const void *data, size_t len)
{
	fprintf(rec, "%c %llu %lld %zu %s\t%s\n", kind, (unsigned long long)p->ino, (long long)p->off, len,
	    p->path, p->path2);
	if (len > 0)
		(void)fwrite(data, 1, len, rec);
	(void)fputc('\n', rec);
}

static void
record_write(struct proc *p, size_t len)
{
	char *data = malloc(len + 1);
	size_t have = 0;

	if (data == NULL)
		err(126, "memory");
	if (p->nr == SYS_writev || p->nr == SYS_pwritev) {
		struct iovec v[16];
		size_t n = p->a[2] > 16 ? 16 : (size_t)p->a[2], i;

		(void)peek(p->pid, p->a[1], v, n * sizeof(v[0]));
		for (i = 0; i < n && have < len; i++) {
			size_t part = v[i].iov_len < len - have ? v[i].iov_len : len - have;

			have += peek(p->pid, (uint64_t)(uintptr_t)v[i].iov_base, data + have, part);
		}
	} else
		have = peek(p->pid, p->a[1], data, len);
	if (have != len)
		errx(126, "cannot read what was written");
	record(p, p->kind, data, len);
	free(data);
}

/* " RIP RSP BASE STACK", BASE where the program's own text begins: who called (crash.py: callers). */
static void
list_stack(pid_t pid)
{
	unsigned char stack[STACK];
	char name[64], line[PATH_MAX + 128], exe[PATH_MAX];
	unsigned long base = 0;
	struct user_regs_struct r;
	size_t i, n = 0;
	ssize_t len;
	FILE *f;

	(void)snprintf(name, sizeof(name), "/proc/%d/exe", (int)pid);
	len = readlink(name, exe, sizeof(exe) - 1);
	exe[len < 0 ? 0 : len] = '\0';
	(void)snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	if ((f = fopen(name, "r")) != NULL) {
		while (base == 0 && fgets(line, sizeof(line), f) != NULL)
			if (strstr(line, exe) != NULL)
				base = strtoul(line, NULL, 16);
		fclose(f);
	}
	if (ptrace(PTRACE_GETREGS, pid, 0, &r) == -1)
		return;
	while (n < sizeof(stack)) {	/* up to the stack's end */
		size_t step = 4096 - (size_t)((r.rsp + n) & 4095), got;

		if (step > sizeof(stack) - n)
			step = sizeof(stack) - n;
		if ((got = peek(pid, r.rsp + n, stack + n, step)) == 0)
			break;
		n += got;
	}
	fprintf(list, "\t%llx %llx %lx ", (unsigned long long)r.rip, (unsigned long long)r.rsp, base);
	for (i = 0; i < n; i++)
		fprintf(list, "%02x", stack[i]);
}

/* After the call. */
static void
after(struct proc *p, long result)
{
	struct stat st;

	if (list != NULL && p->number > 0) {
		fprintf(list, "%d %ld %s %ld %s", (int)(p - procs), p->number,
		    call_name(p->nr) == NULL ? "-" : call_name(p->nr), result, p->path);
		if (opt_class == SYNC)
			list_stack(p->pid);
		(void)fputc('\n', list);
	}
	if (rec == NULL || p->kind == 0)
		return;
	if (p->left_out) {
		if (p->kind == 'S')	/* a sync that fails may lose what it was for; one left out does nothing */
			record(p, p->result < 0 ? 'F' : 'N', NULL, 0);
		return;
	}
	if (result < 0) {
		if (p->kind == 'S')
			record(p, 'F', NULL, 0);
		return;
	}
	switch (p->kind) {
	case 'A':
	case 'W':
		record_write(p, (size_t)result);
		if (p->kind == 'W' && (fd_flags(p->pid, (int)p->a[0]) & O_DSYNC) != 0)
			record(p, 'S', NULL, 0);
		break;
	case 'C':
		if ((p->a[1 + (p->nr == SYS_openat)] & O_TMPFILE) == O_TMPFILE) {
			p->ino = fd_ino(p->pid, (int)result);
			p->path[0] = '\0';	/* no name */
			record(p, 'C', NULL, 0);
		} else if (p->was_there) {
			if ((p->a[1 + (p->nr == SYS_openat)] & O_TRUNC) != 0) {
				p->off = 0;
				record(p, 'T', NULL, 0);
			}
		} else if (lstat(p->path, &st) == 0) {
			p->ino = st.st_ino;
			record(p, 'C', NULL, 0);
		}
		break;
	case 'M':
		if (lstat(p->path, &st) == 0)
			p->ino = st.st_ino;
		record(p, 'M', NULL, 0);
		break;
	default:
		record(p, p->kind, NULL, 0);
	}
}

static void
leave_out(struct proc *p, long result)
{
	struct user_regs_struct r;

	if (p->nr == SYS_close) {	/* one that fails has closed all the same: close(2) */
		p->left_out = 1;
		p->result = result;
		return;
	}
	if (ptrace(PTRACE_GETREGS, p->pid, 0, &r) == -1)
		return;
	r.orig_rax = SYS_getpid;
	if (ptrace(PTRACE_SETREGS, p->pid, 0, &r) == -1) {
		if (errno != ESRCH)	/* else: the other process took it with it just now */
			err(126, "setregs");
		return;
	}
	p->left_out = 1;
	p->result = result;
}

static void
enter(struct proc *p, const struct ptrace_syscall_info *si)
{
	p->nr = (long)si->entry.nr;
	memcpy(p->a, si->entry.args, sizeof(p->a));
	p->left_out = 0;
	before(p);
	p->number = of_class(p) && path_fits(p->path) ? ++p->count : 0;
	/* A tracer without privileges could not look into a process that says so. */
	if (p->nr == SYS_prctl && p->a[0] == PR_SET_DUMPABLE) {
		leave_out(p, 0);
		return;
	}
	if (tripped && opt_then_kill && p - procs == opt_proc) {
		(void)kill(p->pid, SIGKILL);
		return;
	}
	if (p->number != 0 && p->number == opt_out && p - procs == opt_proc) {
		leave_out(p, 0);
		return;
	}
	if (p->number == 0 || opt_n == 0 || p - procs != opt_proc ||
	    (opt_forever ? p->number < opt_n : p->number != opt_n))
		return;
	tripped = 1;
	if (opt_action == KILL) {
		if (list != NULL)
			fprintf(list, "%d %ld %s killed %s\n", (int)(p - procs), p->number,
			    call_name(p->nr) == NULL ? "-" : call_name(p->nr), p->path);
		(void)kill(p->pid, SIGKILL);
	} else
		leave_out(p, opt_action == SKIP ? 0 : -opt_errno);
}

static void
leave(struct proc *p, const struct ptrace_syscall_info *si)
{
	long result = (long)si->exit.rval;

	if (p->left_out) {
		struct user_regs_struct r;

		if (ptrace(PTRACE_GETREGS, p->pid, 0, &r) == 0) {
			r.rax = (unsigned long long)p->result;
			(void)ptrace(PTRACE_SETREGS, p->pid, 0, &r);
		}
		result = p->result;
	}
	after(p, result);
}

/* The process a thread is of. */
static pid_t
process_of(pid_t tid)
{
	char name[64], line[128];
	pid_t pid = tid;
	FILE *f;

	(void)snprintf(name, sizeof(name), "/proc/%d/status", (int)tid);
	if ((f = fopen(name, "r")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if (strncmp(line, "Tgid:", 5) == 0)
				pid = (pid_t)strtol(line + 5, NULL, 10);
		fclose(f);
	}
	return pid;
}

static struct proc *
find(pid_t pid)
{
	int i, low, high;
	pid_t of;

	for (i = 0; i < PROCS; i++)
		if (procs[i].pid == pid)
			return &procs[i];
	of = process_of(pid);
	low = of == pid ? 0 : of == first ? THREADS : OTHERS;
	high = of == pid ? THREADS : of == first ? OTHERS : PROCS;
	for (i = low; i < high && procs[i].pid != 0; i++)
		continue;
	if (i == high)
		errx(126, "more than %d processes or threads", high - low);
	procs[i].pid = pid;
	return &procs[i];
}

static void
on_alarm(int sig)
{
	(void)sig;
	late = 1;
}

/* What is left is in sessions of its own: a gpg-agent, that nobody waits for. */
static int
only_daemons(void)
{
	int i;

	for (i = 0; i < PROCS; i++)
		if (procs[i].pid != 0 && !procs[i].over && getsid(procs[i].pid) == getsid(0))
			return 0;
	return 1;
}

static int
trace(void)
{
	int status, code = 126, over = 0, i;
	pid_t pid;

	for (;;) {
		struct ptrace_syscall_info si;
		struct proc *p;
		int sig = 0;

		pid = waitpid(-1, &status, __WALL);
		if (pid == -1) {
			if (errno == EINTR) {
				if (!late)
					continue;
				for (i = 0; i < PROCS; i++)
					if (procs[i].pid != 0)
						(void)kill(procs[i].pid, SIGKILL);
				return 125;
			}
			return code;	/* nobody is left */
		}
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first) {
				code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
				if (rec != NULL)
					fprintf(rec, "X 0 %d 0 \t\n\n", code);
				over = 1;
			}
			find(pid)->over = 1;
			if (over && only_daemons())
				return code;	/* which ends them: PTRACE_O_EXITKILL */
			continue;
		}
		p = find(pid);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(si), &si) > 0) {
				if (si.op == PTRACE_SYSCALL_INFO_ENTRY)
					enter(p, &si);
				else if (si.op == PTRACE_SYSCALL_INFO_EXIT)
					leave(p, &si);
			}
		} else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			sig = WSTOPSIG(status);
		(void)ptrace(PTRACE_SYSCALL, pid, 0, sig);
	}
}

static const struct { const char *name; int no; } errors[] = {
	{ "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EINTR", EINTR }, { "EMFILE", EMFILE }, { "EACCES", EACCES },
};

static FILE *
out_file(const char *name)
{
	FILE *f = fopen(name, "we");

	if (f == NULL)
		err(126, "%s", name);
	return f;
}

int
main(int argc, char *argv[])
{
	int ch, seconds = 30, status;
	size_t i;
	struct sigaction sa;

	while ((ch = getopt(argc, argv, "+p:k:c:m:a:fxo:l:r:s:i:t:")) != -1)
		switch (ch) {
		case 'p':
			opt_proc = (int)strtol(optarg, NULL, 10);
			break;
		case 'k':
			opt_n = strtol(optarg, NULL, 10);
			break;
		case 'c':
			opt_class = strcmp(optarg, "file") == 0 ? FILES : strcmp(optarg, "sync") == 0 ? SYNC :
			    strcmp(optarg, "change") == 0 ? CHANGES : ALL;
			break;
		case 'm':
			match = optarg;
			break;
		case 'a':
			opt_action = strcmp(optarg, "kill") == 0 ? KILL : strcmp(optarg, "skip") == 0 ? SKIP : FAIL;
			for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
				if (strcmp(optarg, errors[i].name) == 0)
					opt_errno = errors[i].no;
			if (opt_action == FAIL && opt_errno == 0)
				errx(126, "%s: unknown", optarg);
			break;
		case 'f':
			opt_forever = 1;
			break;
		case 'x':
			opt_then_kill = 1;
			break;
		case 'l':
			list = out_file(optarg);
			break;
		case 'r':
			rec = out_file(optarg);
			break;
		case 's':
			below = optarg;
			below_len = strlen(optarg);
			break;
		case 'o':
			opt_out = strtol(optarg, NULL, 10);
			break;
		case 'i':
			ignored = optarg;
			break;
		case 't':
			seconds = (int)strtol(optarg, NULL, 10);
			break;
		default:
			return 126;
		}
	if (optind >= argc)
		errx(126, "what to run?");
	if ((first = fork()) == -1)
		err(126, "fork");
	if (first == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1)
			err(126, "ptrace");
		(void)raise(SIGSTOP);
		execvp(argv[optind], argv + optind);
		err(127, "%s", argv[optind]);
	}
	if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
	    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) == -1)
		err(126, "ptrace");
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	sigaction(SIGALRM, &sa, NULL);
	(void)alarm((unsigned)seconds);
	(void)find(first);
	(void)ptrace(PTRACE_SYSCALL, first, 0, 0);
	status = trace();
	if (list != NULL)
		fclose(list);
	if (rec != NULL)
		fclose(rec);
	return status;
}
