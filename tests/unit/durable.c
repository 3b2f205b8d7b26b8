/*
 * durable, lock, tail -- files replaced as a whole, folders, who holds what, and cut tails.
 */
#include "unit.h"

#include <sys/wait.h>

#include "digest.h"
#include "durable.h"
#include "lock.h"
#include "tail.h"

static void
write_whole(void **state)
{
	struct error e;
	struct stat st;
	struct buf b;
	char name[300];
	int dir = scratch();

	(void)state;
	assert_works(durable_write(dir, "f", "one", 3, 0600, &e));
	assert_works(durable_write(dir, "f", "second", 6, 0640, &e));
	b = slurp(dir, "f");
	assert_string_equal(b.data, "second");
	buf_free(&b);
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* a link is replaced, not followed */
	assert_int_equal(symlinkat("f", dir, "link"), 0);
	assert_works(durable_write(dir, "link", "x", 1, 0600, &e));
	b = slurp(dir, "f");
	assert_string_equal(b.data, "second");
	buf_free(&b);
	/* failure leaves the old one and nothing beside it */
	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	put_file(dir, "d/in", "", 0);
	assert_fails(durable_write(dir, "d", "x", 1, 0600, &e), ERR_IO, "rename");
	assert_fails(durable_write(dir, "none/f", "x", 1, 0600, &e), ERR_IO, "create");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_fails(durable_write(dir, name, "x", 1, 0600, &e), ERR_INPUT, "name too long");
	(void)snprintf(name, sizeof(name), ".d.%ld", (long)getpid());
	assert_int_equal(faccessat(dir, name, F_OK, 0), -1);
	close(dir);
}

static void
swept(void **state)
{
	static const char *const stay[] = { ".f", ".f.12a", ".12", "f.12", "..", ".young.12", "f" };
	static const char *const go[] = { ".f.12", ".daybook.json.4711" };
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	int dir = scratch();
	size_t i;

	(void)state;
	assert_int_equal(mkdirat(dir, ".dir.12", 0700), 0);
	assert_int_equal(utimensat(dir, ".dir.12", old, 0), 0);
	for (i = 0; i < 7; i++)
		if (strcmp(stay[i], "..") != 0) {
			put_file(dir, stay[i], "x", 1);
			if (strcmp(stay[i], ".young.12") != 0)
				assert_int_equal(utimensat(dir, stay[i], old, 0), 0);
		}
	for (i = 0; i < 2; i++) {
		put_file(dir, go[i], "x", 1);
		assert_int_equal(utimensat(dir, go[i], old, 0), 0);
	}
	durable_sweep(dir, ".", 2000);
	durable_sweep(dir, "none", 2000);
	for (i = 0; i < 7; i++)
		assert_int_equal(faccessat(dir, stay[i], F_OK, 0), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(faccessat(dir, go[i], F_OK, 0), -1);
	assert_int_equal(faccessat(dir, ".dir.12", F_OK, 0), 0);
	close(dir);
}

static void
folders(void **state)
{
	struct error e;
	struct stat st;
	int dir = scratch(), fd;

	(void)state;
	assert_works(durable_mkdirs(dir, "a/b/c", 02770, &e));
	assert_works(durable_mkdirs(dir, "a/b/c", 0700, &e));	/* again: stays as it is */
	assert_int_equal(fstatat(dir, "a/b/c", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 02770);
	e.code = ERR_NONE;
	fd = durable_make_dir(dir, "made", 0750, &e);
	assert_int_not_equal(fd, -1);
	assert_int_equal(e.code, ERR_NONE);
	assert_works(durable_put(fd, "f", "x", 1, 0640, &e));
	close(fd);
	fd = durable_make_dir(dir, "made", 0700, &e);	/* there: opened as it is */
	assert_int_equal(fstatat(fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	close(fd);
	assert_int_equal(symlinkat("made", dir, "elsewhere"), 0);
	assert_fails(durable_make_dir(dir, "elsewhere", 0750, &e), ERR_IO, "elsewhere: open folder");
	fd = durable_open_dir(dir, "a/b", &e);
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_fails(durable_open_dir(dir, "a/x", &e), ERR_NOTFOUND, "a/x: no such folder");
	put_file(dir, "f", "", 0);
	assert_fails(durable_open_dir(dir, "f", &e), ERR_IO, "f: open folder");
	assert_fails(durable_mkdirs(dir, "f/x", 0700, &e), ERR_IO, "create folder f/x");
	assert_int_equal(symlinkat("a", dir, "link"), 0);
	assert_fails(durable_open_dir(dir, "link", &e), ERR_IO, "link: open folder");
	close(dir);
}

static void
digest(void **state)
{
	struct error e;
	char hex[65];
	int dir = scratch();

	(void)state;
	put_file(dir, "abc", "abc", 3);
	put_file(dir, "empty", "", 0);
	assert_works(digest_file(dir, "abc", hex, &e));
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_works(digest_file(dir, "empty", hex, &e));
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_fails(digest_file(dir, "none", hex, &e), ERR_NOTFOUND, "none: not there");
	close(dir);
}

static void
locks(void **state)
{
	struct lock a = LOCK_INIT, b = LOCK_INIT, none = LOCK_INIT;
	struct error e;
	int dir = scratch(), status, i;
	pid_t pid;

	(void)state;
	lock_drop(&none);
	assert_works(lock_take(&a, dir, "l", 0, &e));
	assert_fails(lock_take(&b, dir, "l", 0, &e), ERR_AGAIN, "l is held by another run");
	assert_fails(lock_take(&b, dir, "l", 30, &e), ERR_AGAIN, "l is held by another run");
	assert_false(lock_wanted(&a));
	assert_works(lock_take(&b, dir, "other", 0, &e));
	lock_drop(&b);
	if ((pid = fork()) == 0) {
		struct error e2;

		lock_drop(&a);	/* a copy of the holder's descriptor would hold it too */
		_exit(lock_take(&b, dir, "l", 20000, &e2) == 0 ? 0 : 1);
	}
	for (i = 0; i < 2000 && !lock_wanted(&a); i++)
		usleep(5000);
	assert_true(lock_wanted(&a));
	lock_drop(&a);
	lock_drop(&a);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_works(lock_take(&b, dir, "l", 0, &e));	/* the other one ended */
	assert_false(lock_wanted(&b));
	lock_drop(&b);
	close(dir);
}

static void
tails(void **state)
{
	struct error e;
	struct buf b;
	off_t end = -1, size = -1;
	int dir = scratch(), fd;

	(void)state;
	put_file(dir, "f", "one\ntwo\nthr", 11);
	fd = openat(dir, "f", O_RDWR);
	assert_works(tail_last_line(fd, 100, &end, &size, "f", &e));
	assert_int_equal(end, 8);
	assert_int_equal(size, 11);
	assert_fails(tail_last_line(fd, 2, &end, &size, "f", &e), ERR_CORRUPT, "f: no line end");
	assert_works(tail_cut(fd, end, "f", &e));
	assert_works(tail_append(fd, 8, "three\n", 6, "f", &e));
	assert_works(tail_rewrite(fd, "f", &e));
	b = slurp(dir, "f");
	assert_string_equal(b.data, "one\ntwo\nthree\n");
	buf_free(&b);
	assert_fails(tail_cut(fd, 15, "f", &e), ERR_CORRUPT, "f: 14 bytes, 15 expected");
	close(fd);
	put_file(dir, "g", "no line", 7);
	fd = openat(dir, "g", O_RDWR);
	assert_works(tail_last_line(fd, 100, &end, &size, "g", &e));
	assert_int_equal(end, 0);
	close(fd);
	put_file(dir, "empty", "", 0);
	fd = openat(dir, "empty", O_RDWR);
	assert_works(tail_last_line(fd, 100, &end, &size, "empty", &e));
	assert_int_equal(end, 0);
	assert_works(tail_rewrite(fd, "empty", &e));
	close(fd);
	/* what can't be written leaves the file as it was */
	fd = openat(dir, "f", O_RDONLY);
	assert_fails(tail_append(fd, 14, "x", 1, "f", &e), ERR_IO, "f: write");
	close(fd);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_whole), cmocka_unit_test(swept), cmocka_unit_test(folders), cmocka_unit_test(digest),
		cmocka_unit_test(locks), cmocka_unit_test(tails),
	};

	return cmocka_run_group_tests_name("durable", tests, NULL, NULL);
}
