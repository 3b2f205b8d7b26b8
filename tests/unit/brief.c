/*
 * brief -- records of one size by number: written again in their place, read back, and any damage told.
 */
#include "unit.h"

#include "brief.h"

#define ROWS	3000

static const unsigned char secret[16] = "0123456789abcde";

static struct brief
record(uint64_t n, int64_t gross)
{
	struct brief r;

	memset(&r, 0, sizeof(r));
	memcpy(r.key, &n, sizeof(n));
	r.gross = gross;
	r.event = (int64_t)n * 7;
	memcpy(r.currency, "USD", 3);
	r.flags = BRIEF_BOOKED;
	return r;
}

/* ROWS records, each written first with another amount; flushed every `step`. */
static struct brief_file *
filled(int dir, const char *name, uint64_t step)
{
	struct brief_file *f;
	struct error e;
	struct brief r;
	uint64_t i;

	assert_non_null(f = brief_open(dir, name, 1, secret, &e));
	for (i = 0; i < ROWS; i++) {
		r = record(i, -1);
		assert_works(brief_put(f, i, &r, &e));
		if (i % step == 0)
			assert_works(brief_flush(f, &e));
		r = record(i / 2, (int64_t)(i / 2));
		assert_works(brief_put(f, i / 2, &r, &e));
	}
	for (i = 0; i < ROWS; i++) {
		r = record(ROWS - 1 - i, (int64_t)(ROWS - 1 - i));
		assert_works(brief_put(f, ROWS - 1 - i, &r, &e));
	}
	assert_works(brief_flush(f, &e));
	assert_int_equal(brief_held(f), 0);
	assert_int_equal(brief_count(f), ROWS);
	assert_works(brief_sync(f, &e));
	return f;
}

static void
in_place(void **state)
{
	static struct brief v[ROWS];
	int dir = scratch();
	struct brief_file *a = filled(dir, "a", 1), *b = filled(dir, "b", 777);
	struct error e;
	size_t i;

	(void)state;
	assert_works(brief_compare(a, b, &e));
	brief_close(a);
	assert_non_null(a = brief_open(dir, "a", 0, secret, &e));
	assert_int_equal(brief_count(a), ROWS);
	assert_works(brief_read(a, 0, ROWS, v, &e));
	for (i = 0; i < ROWS; i++)
		assert_int_equal(v[i].gross, (int64_t)i);
	assert_fails(brief_read(a, ROWS, 1, v, &e), ERR_IO, "too short");
	brief_close(a);
	brief_close(b);
	close(dir);
}

static void
damage(void **state)
{
	int dir = scratch(), fd;
	struct brief_file *a = filled(dir, "a", 500), *b = filled(dir, "b", 500);
	struct brief r, other;
	uint64_t seed = 3;
	struct error e;
	size_t k;

	(void)state;
	assert_int_not_equal(fd = openat(dir, "a", O_RDWR), -1);
	for (k = 0; k < 500; k++) {
		off_t at = (off_t)random_below(&seed, ROWS), byte = (off_t)random_below(&seed, sizeof(r));
		unsigned char c, was;

		assert_int_equal(pread(fd, &was, 1, at * 64 + byte), 1);
		c = (unsigned char)(was ^ 1u << random_below(&seed, 8));
		assert_int_equal(pwrite(fd, &c, 1, at * 64 + byte), 1);
		assert_fails(brief_read(a, (uint64_t)at, 1, &r, &e), ERR_IO, "damaged");
		assert_fails(brief_compare(a, b, &e), ERR_CORRUPT, "not what the journal says");
		assert_int_equal(pwrite(fd, &was, 1, at * 64 + byte), 1);
	}
	/* A sound record in another's place. */
	assert_int_equal(pread(fd, &other, sizeof(other), 64), 64);
	assert_int_equal(pwrite(fd, &other, sizeof(other), 128), 64);
	assert_fails(brief_read(a, 2, 1, &r, &e), ERR_IO, "damaged");
	brief_close(a);
	/* One less; and not of whole records. */
	assert_int_equal(ftruncate(fd, (ROWS - 1) * 64), 0);
	assert_non_null(a = brief_open(dir, "a", 0, secret, &e));
	assert_fails(brief_compare(a, b, &e), ERR_CORRUPT, "the journal makes");
	brief_close(a);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_null(brief_open(dir, "a", 0, secret, &e));
	brief_close(b);
	brief_close(NULL);
	close(fd);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(in_place), cmocka_unit_test(damage) };

	return cmocka_run_group_tests_name("brief", tests, NULL, NULL);
}
