/*
 * wall -- system-call filter and Landlock, each optional at run time: a kernel without them
 * lets us run without them (design.md, Who may do what; reliability.md 4.3).
 */
#ifndef DAYBOOK_WALL_H
#define DAYBOOK_WALL_H

#include "error.h"

#define WALL_READ	1		/* read files and directories below */
#define WALL_WRITE	2		/* and create, write, rename, link, remove */

struct wall_path {
	int	fd;			/* directory (or file) descriptor opened before */
	int	rights;			/* WALL_READ | WALL_WRITE */
};

/* From here on only these hierarchies can be opened, renamed or linked (REFER included, so a
 * rename between two of them works).  0 also where the kernel has no Landlock. */
int	wall_files(const struct wall_path *p, int n, struct error *e);
/* The same for who works on one site: everything may be read, only the site written.  ERR_IO. */
int	wall_site(int sitefd, struct error *e);
/* No new sockets of any kind, no connect, no exec, no ptrace: EPERM from here on. */
int	wall_no_network(struct error *e);
/* No exec, no ptrace, no writing opens anywhere (with wall_files and no WALL_WRITE path). */
int	wall_no_exec(struct error *e);
/* A classic BPF program made at build time (intake): everything not in it kills. */
struct sock_filter;
int	wall_filter(const struct sock_filter *f, unsigned short n, struct error *e);

#endif
