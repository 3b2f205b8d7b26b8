/*
 * fuzz.h -- what the fuzz targets share.  A target takes any bytes; it may refuse them, but not
 * crash, hang, leak, or break what the module promises: then it calls broken().
 */
#ifndef DAYBOOK_FUZZ_H
#define DAYBOOK_FUZZ_H

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "buf.h"
#include "durable.h"
#include "error.h"
#include "moment.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int	LLVMFuzzerInitialize(int *argc, char ***argv);

static inline void
broken(const char *what, const char *why)
{
	(void)fprintf(stderr, "broken: %s: %s\n", what, why);
	abort();
}

static char fuzz_dir[256];

static inline int
fuzz_remove(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static inline void
fuzz_clean_up(void)
{
	(void)nftw(fuzz_dir, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* A directory of this process, removed when it ends. */
static inline int
fuzz_scratch(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd = -1;

	(void)snprintf(fuzz_dir, sizeof(fuzz_dir), "%s/daybook-fuzz.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(fuzz_dir) == NULL || (fd = open(fuzz_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		broken("scratch directory", fuzz_dir);
	atexit(fuzz_clean_up);
	return fd;
}

static inline void
fuzz_file(int dirfd, const char *name, const void *p, size_t len)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	if (fd == -1 || write(fd, p, len) != (ssize_t)len)
		broken("write", name);
	close(fd);
}

/* The input as a file that is read from its start. */
static inline int
fuzz_memfd(const void *p, size_t len)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd == -1 || write(fd, p, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		broken("memfd", "write");
	return fd;
}

/* A target that works on files says which folder it wants: FUZZ_FOLDER, below fuzz_fd. */
#ifdef FUZZ_FOLDER
static int fuzz_fd;
#endif

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error e = { 0 };

	(void)argc, (void)argv;
	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		broken("start", e.text);
#ifdef FUZZ_FOLDER
	fuzz_fd = fuzz_scratch();
	if (durable_mkdirs(fuzz_fd, FUZZ_FOLDER, 0770, &e) == -1)
		broken(FUZZ_FOLDER, e.text);
#endif
	return 0;
}

#endif
