/*
 * keyed, outfile, spill -- what lets a pack of a million payments fit in little memory.
 */
#include "unit.h"

#include <sodium.h>

#include "digest.h"
#include "keyed.h"
#include "outfile.h"
#include "spill.h"

static void
places(void **state)
{
	struct error e;
	struct keyed *k = keyed_new(&e);
	uint32_t at;
	char key[32];
	int i, is_new;

	(void)state;
	assert_non_null(k);
	assert_int_equal(keyed_find(k, "a", 1, &at), 0);
	for (i = 0; i < 20000; i++) {
		int n = snprintf(key, sizeof(key), "key %d", i);

		assert_works(keyed_place(k, key, (size_t)n, &at, &is_new, &e));
		assert_int_equal(at, i);
		assert_int_equal(is_new, 1);
	}
	for (i = 0; i < 20000; i += 7) {
		int n = snprintf(key, sizeof(key), "key %d", i);

		assert_works(keyed_place(k, key, (size_t)n, &at, &is_new, &e));
		assert_int_equal(at, i);
		assert_int_equal(is_new, 0);
	}
	/* keys are bytes, the empty one too; one is not the beginning of another */
	assert_works(keyed_place(k, "", 0, &at, &is_new, &e));
	assert_int_equal(is_new, 1);
	assert_int_equal(keyed_find(k, "key 1\0", 6, &at), 0);
	keyed_free(k);
	keyed_free(NULL);
}

struct seen {
	char	all[256];
	size_t	n;
};

static int
see(void *arg, const void *v, size_t len, struct error *e)
{
	struct seen *s = arg;

	if (s->n == 3)
		return error_set(e, ERR_INPUT, "enough");
	memcpy(s->all + strlen(s->all), v, len);
	(void)strcat(s->all, " ");
	return 0;
}

static void
latest_in_order(void **state)
{
	struct error e;
	struct spill *s = spill_new(scratch(), &e);
	struct seen seen = { "", 0 };
	struct buf b = BUF_INIT(100);

	(void)state;
	assert_non_null(s);
	assert_works(spill_each(s, see, &seen, &e));
	assert_string_equal(seen.all, "");
	assert_works(spill_put(s, "b", 1, 5, "bee", 3, &e));
	assert_works(spill_put(s, "a", 1, 5, "ay", 2, &e));
	assert_works(spill_put(s, "z", 1, -3, "zed", 3, &e));
	assert_works(spill_put(s, "n", 1, 9, "", 0, &e));
	assert_works(spill_each(s, see, &seen, &e));
	assert_string_equal(seen.all, "zed bee ay  ");
	/* a new value takes the place of the old one, whatever order it names */
	assert_works(spill_put(s, "b", 1, -99, "BEES", 4, &e));
	memset(&seen, 0, sizeof(seen));
	assert_works(spill_each(s, see, &seen, &e));
	assert_string_equal(seen.all, "zed BEES ay  ");
	assert_int_equal(spill_count(s), 4);
	assert_int_equal(spill_get(s, "b", 1, &b, &e), 1);
	assert_string_equal(b.data, "BEES");
	assert_int_equal(spill_get(s, "none", 4, &b, &e), 0);
	assert_int_equal(b.len, 0);
	seen.n = 3;
	assert_fails(spill_each(s, see, &seen, &e), ERR_INPUT, "enough");
	buf_free(&b);
	spill_free(s);
	spill_free(NULL);
}

struct check {
	int	n;
	int64_t	before;
};

static int
whole(void *arg, const void *v, size_t len, struct error *e)
{
	struct check *c = arg;
	const unsigned char *p = v;
	int64_t order;
	size_t i;

	(void)e;
	memcpy(&order, p, sizeof(order));
	assert_true(order >= c->before);
	c->before = order;
	for (i = sizeof(order); i < len; i++)
		assert_int_equal(p[i], p[sizeof(order)]);
	c->n++;
	return 0;
}

/* More than is held in memory, values of any length, replaced at random, no name left in the folder. */
static void
large(void **state)
{
	struct error e;
	int dir = scratch(), i;
	struct spill *s = spill_new(dir, &e);
	static unsigned char v[70000];
	struct check c = { 0, INT64_MIN };
	uint64_t seed = 7;

	(void)state;
	assert_int_equal(faccessat(dir, ".spill", F_OK, 0), -1);
	for (i = 0; i < 3000; i++) {
		int64_t order = (int64_t)random_below(&seed, 1000);
		int key = (int)random_below(&seed, 1000);
		size_t len = sizeof(order) + 1 + random_below(&seed, i % 100 == 0 ? 60000 : 300);

		order = key;
		memcpy(v, &order, sizeof(order));
		memset(v + sizeof(order), i & 0xff, len - sizeof(order));
		assert_works(spill_put(s, &key, sizeof(key), order, v, len, &e));
	}
	assert_works(spill_each(s, whole, &c, &e));
	assert_int_equal(c.n, spill_count(s));
	assert_in_range(c.n, 900, 1000);
	spill_free(s);
}

static void
streams(void **state)
{
	struct error e;
	int dir = scratch(), i;
	struct outfile *o = outfile_open(dir, "f", 0640, &e);
	char hex[DIGEST_HEX], again[DIGEST_HEX];
	struct buf b;
	int fd;

	(void)state;
	assert_non_null(o);
	for (i = 0; i < 30000; i++) {
		assert_works(buf_addf(outfile_buf(o), &e, "line %d\n", i));
		assert_works(outfile_drain(o, &e));
		assert_true(outfile_buf(o)->len < 65536);
	}
	assert_works(outfile_close(o, hex, &e));
	assert_works(digest_file(dir, "f", again, &e));
	assert_string_equal(hex, again);
	assert_null(outfile_open(dir, "f", 0640, &e));	/* there already */
	assert_int_equal(e.code, ERR_IO);
	/* what is copied counts too */
	o = outfile_open(dir, "g", 0640, &e);
	assert_works(buf_adds(outfile_buf(o), "head\n", &e));
	fd = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	assert_works(outfile_copy(o, fd, &e));
	close(fd);
	assert_works(outfile_close(o, hex, &e));
	b = slurp(dir, "g");
	digest_hex(again, b.data, b.len);
	assert_string_equal(hex, again);
	assert_memory_equal(b.data, "head\nline 0\n", 12);
	buf_free(&b);
	assert_works(outfile_sync_all(dir, "scratch", &e));
	/* a full disk is said by name */
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	o = outfile_on(fd, "standard output", &e);
	assert_works(buf_adds(outfile_buf(o), "x", &e));
	assert_fails(outfile_close(o, hex, &e), ERR_IO, "standard output: ");
	close(fd);
	outfile_abort(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(latest_in_order),
		cmocka_unit_test(large),
		cmocka_unit_test(streams),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
