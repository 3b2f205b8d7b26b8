/*
 * unit.h -- what the unit tests share: cmocka, a fresh directory, numbers that only look random.
 */
#ifndef DAYBOOK_UNIT_H
#define DAYBOOK_UNIT_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* A call that must fail with that code; `says` must stand in its text. */
#define assert_fails(call, want, says) do {						\
	memset(&e, 0, sizeof(e));							\
	assert_int_equal((call), -1);							\
	if (e.code != (want) || strstr(e.text, (says)) == NULL)				\
		fail_msg("code %d, \"%s\"; want %d, \"%s\"", (int)e.code, e.text,	\
		    (int)(want), (says));						\
} while (0)
#define assert_works(call) do {								\
	memset(&e, 0, sizeof(e));							\
	if ((call) != 0)								\
		fail_msg("%s: code %d, \"%s\"", #call, (int)e.code, e.text);		\
} while (0)

/* A generator with a fixed seed (xorshift64*): a failure comes again. */
static inline uint64_t
random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static inline size_t
random_below(uint64_t *state, size_t n)
{
	return (size_t)(random_next(state) >> 33) % n;
}

static char unit_dir[256];

static inline int
unit_remove(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static inline void
unit_clean_up(void)
{
	if (unit_dir[0] != '\0')
		(void)nftw(unit_dir, unit_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Descriptor of an empty directory, unit_dir; removed when the program ends, or made anew. */
static inline int
scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	if (unit_dir[0] == '\0')
		atexit(unit_clean_up);
	unit_clean_up();
	(void)snprintf(unit_dir, sizeof(unit_dir), "%s/daybook-unit.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(unit_dir));
	return open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The whole of a file below dirfd. */
static inline struct buf
slurp(int dirfd, const char *name)
{
	struct buf b = BUF_INIT(64 * 1024 * 1024);
	struct error e = { 0 };

	if (buf_read_file(&b, dirfd, name, &e) == -1)
		fail_msg("%s", e.text);
	return b;
}

static inline void
put_file(int dirfd, const char *name, const void *p, size_t len)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

#endif
