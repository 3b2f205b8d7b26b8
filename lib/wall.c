/*
 * wall -- see wall.h.  Raw system calls for Landlock, because Debian 12's headers are older than
 * some kernels; classic BPF written out, because loading libseccomp costs more than the filter.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wall.h"

/* Rights by the version (ABI) of Landlock that brought them. */
#define FS_ABI1	0x1fffULL		/* 13 rights, EXECUTE to MAKE_SYM */
#define FS_REFER	(1ULL << 13)	/* ABI 2 */
#define FS_TRUNCATE	(1ULL << 14)	/* ABI 3 */
#define FS_EXECUTE	(1ULL << 0)
#define FS_WRITE_FILE	(1ULL << 1)
#define FS_READ_FILE	(1ULL << 2)
#define FS_READ_DIR	(1ULL << 3)
#define FS_FILE_ONLY	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

#ifdef DAYBOOK_NO_WALL		/* sanitizers read /proc and trace: tests only */

int
wall_files(const struct wall_path *p, int n, struct error *e)
{
	(void)p, (void)n, (void)e;
	return 0;
}

int
wall_filter(const struct sock_filter *f, unsigned short n, struct error *e)
{
	(void)f, (void)n, (void)e;
	return 0;
}

#else

static int
no_new_privs(struct error *e)
{
	static int done;

	if (!done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return error_sys(e, "no_new_privs");
	done = 1;
	return 0;
}

int
wall_files(const struct wall_path *p, int n, struct error *e)
{
	struct landlock_ruleset_attr attr = { 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t all;
	int fd, i, rc = -1;

	if (abi < 1)
		return 0;	/* no Landlock here */
	all = FS_ABI1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0);
	attr.handled_access_fs = all;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd == -1)
		return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : error_sys(e, "landlock");
	for (i = 0; i < n; i++) {
		struct landlock_path_beneath_attr rule = { 0 };
		struct stat st;

		rule.parent_fd = p[i].fd;
		if (p[i].rights & WALL_READ)
			rule.allowed_access |= FS_READ_FILE | FS_READ_DIR;
		if (p[i].rights & WALL_WRITE)
			rule.allowed_access |= all & ~FS_EXECUTE;
		if (fstat(p[i].fd, &st) == 0 && !S_ISDIR(st.st_mode))
			rule.allowed_access &= FS_FILE_ONLY;
		if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == -1) {
			error_sys(e, "landlock: rule");
			goto out;
		}
	}
	if (no_new_privs(e) == -1)
		goto out;
	if (syscall(SYS_landlock_restrict_self, fd, 0) == -1) {
		error_sys(e, "landlock: restrict");
		goto out;
	}
	rc = 0;
out:
	close(fd);
	return rc;
}

int
wall_filter(const struct sock_filter *f, unsigned short n, struct error *e)
{
	struct sock_fprog prog = { n, (struct sock_filter *)(uintptr_t)f };

	if (no_new_privs(e) == -1)
		return -1;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == -1)
		return errno == EINVAL || errno == ENOSYS ? 0 : error_sys(e, "seccomp");
	return 0;
}

#endif

#if defined(__x86_64__)
#define WALL_ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define WALL_ARCH	AUDIT_ARCH_AARCH64
#endif

/* Calls that get EPERM; the rest is let through.  A foreign call table is let nothing. */
static int
deny(const int *calls, int n, struct error *e)
{
#ifdef WALL_ARCH
	struct sock_filter f[64];
	unsigned short k = 0;
	int i;

	f[k++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, arch));
	f[k++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WALL_ARCH, 1, 0);
	f[k++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	f[k++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	/* x32 numbers name the same calls again */
	f[k++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
	f[k++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
#endif
	for (i = 0; i < n; i++) {
		f[k++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
		f[k++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	f[k++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return wall_filter(f, k, e);
#else
	(void)calls, (void)n, (void)e;
	return 0;
#endif
}

int
wall_no_network(struct error *e)
{
	static const int calls[] = { SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept,
	    SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_execve, SYS_execveat, SYS_ptrace,
	    SYS_process_vm_readv, SYS_process_vm_writev, SYS_io_uring_setup };

	return deny(calls, sizeof(calls) / sizeof(calls[0]), e);
}

int
wall_no_exec(struct error *e)
{
	static const int calls[] = { SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
	    SYS_process_vm_writev, SYS_io_uring_setup, SYS_listen };

	return deny(calls, sizeof(calls) / sizeof(calls[0]), e);
}

int
wall_site(int sitefd, struct error *e)
{
	struct wall_path paths[2] = { { -1, WALL_READ }, { sitefd, WALL_READ | WALL_WRITE } };
	int rc;

	if ((paths[0].fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return error_sys(e, "/");
	rc = wall_files(paths, 2, e);
	close(paths[0].fd);
	return rc;
}
