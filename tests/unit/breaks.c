/*
 * breaks: states as of a day, ages, and the roll-forward, whose closing is what stands.
 */
#include "breaks.h"
#include "unit.h"

static json_t *
made(const char *status, const char *currency, json_int_t difference)
{
	json_t *b = json_pack("{s:s,s:s,s:I}", "status", status, "currency", currency, "difference", difference);

	assert_non_null(b);
	return b;
}

static void
states(void **state)
{
	json_t *b = made("expected", "USD", 5);

	(void)state;
	assert_int_equal(breaks_effective(b, "2026-11-30"), BREAK_EXPECTED);	/* no day: as recorded */
	json_object_set_new(b, "due", json_string("2026-11-25"));
	assert_int_equal(breaks_effective(b, "2026-11-24"), BREAK_EXPECTED);
	assert_int_equal(breaks_effective(b, "2026-11-25"), BREAK_OPEN);
	assert_int_equal(breaks_status(b), BREAK_EXPECTED);
	json_object_set_new(b, "status", json_string("explained"));
	assert_int_equal(breaks_effective(b, "2026-11-25"), BREAK_EXPLAINED);
	assert_int_equal(breaks_standing(b), 0);
	json_object_set_new(b, "status", json_string("what"));
	assert_int_equal(breaks_status(b), BREAK_OPEN);
	json_decref(b);
}

static void
ids(void **state)
{
	char a[BREAKS_ID], b[BREAKS_ID];

	(void)state;
	assert_string_equal(breaks_id("PayPal", "amount", "1AB", "USD", "", a),
	    breaks_id("PayPal", "amount", "1AB", "USD", "2026-11-20T00:00:00Z", b));
	breaks_id("PayPal", "amount", "1AB", "EUR", "", b);
	assert_string_not_equal(a, b);
	assert_string_not_equal(breaks_id("PayPal", "amount", "", "USD", "2026-11-20T00:00:00Z", a),
	    breaks_id("PayPal", "amount", "", "USD", "2026-11-20T00:00:01Z", b));
	assert_int_equal(strlen(a), 14);
	assert_memory_equal(a, "B-", 2);
}

static void
ages(void **state)
{
	static const struct {
		int		 days;
		const char	*name;
	} want[] = { { -3, "0-1" }, { 0, "0-1" }, { 1, "0-1" }, { 2, "2-3" }, { 3, "2-3" }, { 4, "4-7" },
	    { 7, "4-7" }, { 8, "8-14" }, { 14, "8-14" }, { 15, "15-30" }, { 30, "15-30" }, { 31, "31-60" },
	    { 60, "31-60" }, { 61, "61-90" }, { 90, "61-90" }, { 91, "> 90" }, { 100000, "> 90" } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++)
		assert_string_equal(breaks_age_name[breaks_age(want[i].days)], want[i].name);
}

static void
changes(void **state)
{
	json_t *b = made("expected", "USD", 5), *c, *history;
	int i;

	(void)state;
	json_object_set_new(b, "due", json_string("2026-11-25"));
	json_object_set_new(b, "suggestion", json_string("look"));
	json_object_set_new(b, "explanation", json_string("not there"));
	for (i = 0; i < 3 * BREAKS_HISTORY; i++) {
		c = breaks_change(b, i % 2 ? BREAK_OPEN : BREAK_EXPECTED, "2026-11-20", i == 0 ? "first" : "file x", "");
		assert_non_null(c);
		json_decref(b);
		b = c;
	}
	assert_string_equal(breaks_text(b, "status"), "open");
	assert_string_equal(breaks_text(b, "suggestion"), "look");
	history = json_object_get(b, "history");
	assert_int_equal(json_array_size(history), BREAKS_HISTORY);	/* bounded; the first stays */
	assert_string_equal(breaks_text(json_array_get(history, 0), "by"), "first");
	c = breaks_cleared(b, "2026-11-27", "message m1", "the books have it now");
	assert_string_equal(breaks_text(b, "status"), "open");		/* a copy */
	assert_string_equal(breaks_text(c, "status"), "resolved");
	assert_string_equal(breaks_text(c, "as_of"), "2026-11-27");
	assert_string_equal(breaks_text(c, "cleared"), "message m1");
	assert_string_equal(breaks_text(c, "explanation"), "not there; resolved: the books have it now");
	assert_null(json_object_get(c, "due"));
	assert_null(json_object_get(c, "suggestion"));
	json_decref(b);
	json_decref(c);
}

static void
step(struct breaks_roll *r, json_t **was, json_t *is, int in_period)
{
	struct error e;

	assert_works(breaks_roll_add(r, *was, is, in_period, &e));
	json_decref(*was);
	*was = is;
}

static void
roll(void **state)
{
	struct breaks_roll r = { 0 };
	json_t *a = NULL, *b = NULL, *c = NULL, *d = NULL, *written;

	(void)state;
	step(&r, &a, made("expected", "USD", -700), 0);
	step(&r, &a, made("open", "USD", -700), 0);
	step(&r, &b, made("open", "USD", 100), 0);
	step(&r, &b, made("resolved", "USD", 100), 0);		/* gone before the period */
	step(&r, &c, made("open", "JPY", 30), 1);
	step(&r, &c, made("open", "JPY", 50), 1);		/* grew */
	step(&r, &a, made("open", "USD", -500), 1);		/* shrank */
	step(&r, &b, made("open", "USD", 100), 1);		/* came back */
	step(&r, &d, made("open", "", 0), 1);
	step(&r, &d, made("explained", "", 0), 1);
	written = made("resolved", "USD", -500);
	json_object_set_new(written, "verb", json_string("write-off"));
	step(&r, &a, written, 1);

	assert_int_equal(r.n, 3);
	assert_string_equal(r.v[0].currency, "");
	assert_string_equal(r.v[1].currency, "JPY");
	assert_string_equal(r.v[2].currency, "USD");
	assert_int_equal(r.v[0].count[ROLL_NEW], 1);
	assert_int_equal(r.v[0].count[ROLL_CLEARED], 1);
	assert_int_equal(r.v[0].count[ROLL_CLOSING], 0);
	assert_int_equal(r.v[1].value[ROLL_NEW], 50);
	assert_int_equal(r.v[1].value[ROLL_CLOSING], 50);
	assert_int_equal(r.v[1].count[ROLL_CLOSING], 1);
	assert_int_equal(r.v[2].count[ROLL_OPENING], 1);
	assert_int_equal(r.v[2].value[ROLL_OPENING], 700);
	assert_int_equal(r.v[2].count[ROLL_NEW], 1);
	assert_int_equal(r.v[2].value[ROLL_NEW], 100);
	assert_int_equal(r.v[2].count[ROLL_CLEARED], 0);
	assert_int_equal(r.v[2].value[ROLL_CLEARED], 200);
	assert_int_equal(r.v[2].count[ROLL_WRITTEN_OFF], 1);
	assert_int_equal(r.v[2].value[ROLL_WRITTEN_OFF], 500);
	assert_int_equal(r.v[2].count[ROLL_CLOSING], 1);
	assert_int_equal(r.v[2].value[ROLL_CLOSING], 100);
	json_decref(a);
	json_decref(b);
	json_decref(c);
	json_decref(d);
}

/* Whatever happens: the sum holds, and the closing is what stands. */
static void
roll_random(void **state)
{
	static const char *const ccy[] = { "USD", "EUR", "JPY" };
	struct breaks_roll r = { 0 };
	json_t *now[40] = { NULL };
	uint64_t seed = 20261125;
	int64_t count = 0, value = 0, sum_count = 0, sum_value = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < 5000; i++) {
		size_t which = random_below(&seed, COUNT(now));
		json_t *is = made(breaks_status_name[random_below(&seed, 4)], ccy[which % 3],
		    (json_int_t)random_below(&seed, 2000) - 1000);

		if (random_below(&seed, 4) == 0)
			json_object_set_new(is, "verb", json_string("write-off"));
		step(&r, &now[which], is, i >= 1000);
	}
	for (i = 0; i < COUNT(now); i++) {
		int64_t v = json_integer_value(json_object_get(now[i], "difference"));

		if (breaks_standing(now[i])) {
			count++;
			value += v < 0 ? -v : v;
		}
		json_decref(now[i]);
	}
	for (i = 0; i < r.n; i++)
		for (k = 0; k < 2; k++) {
			const int64_t *x = k == 0 ? r.v[i].count : r.v[i].value;

			assert_int_equal(x[ROLL_OPENING] + x[ROLL_NEW] - x[ROLL_CLEARED] - x[ROLL_WRITTEN_OFF],
			    x[ROLL_CLOSING]);
			*(k == 0 ? &sum_count : &sum_value) += x[ROLL_CLOSING];
		}
	assert_int_equal(sum_count, count);
	assert_int_equal(sum_value, value);
}

static void
roll_bad(void **state)
{
	struct breaks_roll r = { 0 };
	json_t *big = made("open", "USD", INT64_MAX), *strange = made("open", "X\n", 1);
	struct error e;

	(void)state;
	assert_works(breaks_roll_add(&r, NULL, big, 1, &e));
	assert_fails(breaks_roll_add(&r, NULL, big, 1, &e), ERR_INPUT, "overflow");
	assert_fails(breaks_roll_add(&r, NULL, strange, 1, &e), ERR_CORRUPT, "currency");
	json_decref(big);
	json_decref(strange);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states), cmocka_unit_test(ids), cmocka_unit_test(ages), cmocka_unit_test(changes),
		cmocka_unit_test(roll), cmocka_unit_test(roll_random), cmocka_unit_test(roll_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
