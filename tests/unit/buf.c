/*
 * buf -- growing bytes with a maximum; and error, whose text a stranger must not shape.
 */
#include "unit.h"

#include <errno.h>

static void
grows(void **state)
{
	struct buf b = BUF_INIT(100000), copy = BUF_INIT(100000);
	uint64_t seed = 6;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		char part[33];
		size_t n = random_below(&seed, sizeof(part)), k;

		for (k = 0; k < n; k++)
			part[k] = (char)random_next(&seed);
		assert_works(buf_add(&b, part, n, &e));
		assert_int_equal(b.data[b.len], '\0');
		assert_true(b.len < b.cap);
	}
	assert_works(buf_add(&copy, b.data, b.len, &e));
	assert_memory_equal(copy.data, b.data, b.len);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_free(&b);
	buf_free(&copy);
	buf_free(&copy);	/* again, and none at all */
	buf_free(NULL);
}

static void
limit(void **state)
{
	struct buf b = BUF_INIT(5);
	struct error e;

	(void)state;
	assert_works(buf_adds(&b, "12345", &e));
	assert_works(buf_add(&b, NULL, 0, &e));
	assert_fails(buf_add(&b, "6", 1, &e), ERR_INPUT, "larger than 5 bytes");
	assert_fails(buf_addf(&b, &e, "%d", 6), ERR_INPUT, "larger than 5 bytes");
	assert_fails(buf_add(&b, "x", SIZE_MAX, &e), ERR_INPUT, "larger than 5 bytes");
	assert_string_equal(b.data, "12345");
	buf_free(&b);
	b.max = 1000;
	assert_works(buf_addf(&b, &e, "%0*d", 1000, 7));
	assert_int_equal(b.len, 1000);
	assert_int_equal(b.data[999], '7');
	buf_clear(&b);
	assert_fails(buf_addf(&b, &e, "%0*d", 1001, 7), ERR_INPUT, "larger than 1000 bytes");
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
files(void **state)
{
	static char big[40000];
	struct buf b = BUF_INIT(sizeof(big)), small = BUF_INIT(sizeof(big) - 1);
	struct error e;
	int dir = scratch();

	(void)state;
	memset(big, 'x', sizeof(big));
	put_file(dir, "big", big, sizeof(big));
	put_file(dir, "empty", "", 0);
	assert_int_equal(symlinkat("big", dir, "link"), 0);
	assert_works(buf_read_file(&b, dir, "big", &e));
	assert_int_equal(b.len, sizeof(big));
	assert_memory_equal(b.data, big, sizeof(big));
	assert_fails(buf_read_file(&small, dir, "big", &e), ERR_INPUT, "big: larger than 39999 bytes");
	buf_clear(&b);
	assert_works(buf_read_file(&b, dir, "empty", &e));
	assert_int_equal(b.len, 0);
	assert_fails(buf_read_file(&b, dir, "none", &e), ERR_NOTFOUND, "none: not there");
	assert_fails(buf_read_file(&b, dir, "link", &e), ERR_IO, "link: open");
	assert_fails(buf_read_file(&b, dir, ".", &e), ERR_IO, ".: ");
	buf_free(&b);
	buf_free(&small);
	close(dir);
}

static void
errors(void **state)
{
	static const struct { enum errcode code; int exits, http; } v[] = {
		{ ERR_NONE, 0, 200 }, { ERR_INPUT, 65, 400 }, { ERR_NOTFOUND, 65, 404 },
		{ ERR_CONFLICT, 65, 409 }, { ERR_AGAIN, 75, 503 }, { ERR_IO, 74, 503 }, { ERR_CONFIG, 78, 503 },
		{ ERR_CORRUPT, 65, 503 },
	};
	struct error e;
	char much[2000];
	size_t i;

	(void)state;
	assert_int_equal(error_set(&e, ERR_INPUT, "a%sb\x7f", "\n\x1b[0m\r"), -1);
	assert_string_equal(e.text, "a??[0m?b?");
	/* its own text as an argument */
	error_set(&e, ERR_CONFLICT, "again: %s", e.text);
	assert_string_equal(e.text, "again: a??[0m?b?");
	memset(much, 'm', sizeof(much));
	much[sizeof(much) - 1] = '\0';
	error_set(&e, ERR_IO, "%s", much);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	errno = ENOSPC;
	assert_int_equal(error_sys(&e, "%s", much), -1);
	assert_int_equal(errno, ENOSPC);
	errno = ENOSPC;
	error_sys(&e, "write %s", "it");
	assert_string_equal(e.text, "write it: No space left on device");
	assert_int_equal(e.code, ERR_IO);
	for (i = 0; i < COUNT(v); i++) {
		e.code = v[i].code;
		assert_int_equal(error_exit(&e), v[i].exits);
		assert_int_equal(error_http(&e), v[i].http);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows), cmocka_unit_test(limit), cmocka_unit_test(files),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
