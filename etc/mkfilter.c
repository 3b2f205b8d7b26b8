/*
 * mkfilter -- prints the system-call filter of the intake programs as a C table.
 *
 * Run when daybook is built: making the filter with libseccomp at each request would cost twice
 * what installing it does.  Everything that is not listed ends the process.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* What musl and glibc need between the wall and the end of a program that is linked statically; each
 * name costs every request half a microsecond. */
static const char *const allowed[] = {
	"read", "write", "writev", "close", "openat", "fstat", "newfstatat", "fcntl", "fsync",
	"renameat", "unlinkat", "getdents64", "fstatfs", "getrandom", "clock_gettime", "getpid",
	"gettid", "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "rt_sigreturn",
	"rt_sigaction", "rt_sigprocmask", "tkill", "tgkill", "futex", "lseek", "exit_group",
};

int
main(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	struct sock_filter f;
	size_t i;
	int fd = memfd_create("filter", 0);

	if (ctx == NULL || fd == -1)
		return 1;
	/* A tree, not a chain: the kernel walks the filter once for every system call there is when
	 * it is installed, which for a chain took 90 us of a request's 1,200. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
		return 1;
	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		int nr = seccomp_syscall_resolve_name(allowed[i]);

		/* Some names do not exist on every machine. */
		if (nr >= 0 && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0) != 0)
			return 1;
	}
	if (seccomp_export_bpf(ctx, fd) != 0 || lseek(fd, 0, SEEK_SET) == -1)
		return 1;
	puts("/* Made by etc/mkfilter.c; not for editing. */");
	puts("static const struct sock_filter filter_intake[] = {");
	while (read(fd, &f, sizeof(f)) == (ssize_t)sizeof(f))
		printf("\t{ 0x%x, %u, %u, 0x%x },\n", f.code, f.jt, f.jf, f.k);
	puts("};");
	seccomp_release(ctx);
	return fflush(stdout) == EOF;
}
