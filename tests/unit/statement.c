/*
 * statement: what is written is read again, and what is missing is named.
 */
#include <string.h>

#include "statement.h"
#include "unit.h"

static void
both_ways(void **state)
{
	struct statement s = { .account = "PayPal", .currency = "USD", .report = "paypal-stl",
	    .run = "2026-11-21-0123abcd", .day = "2026-11-20", .from = 1, .to = 1700000000000001,
	    .stated = 1, .opening = INT64_MIN, .movement = -5, .closing = INT64_MAX, .books = 7,
	    .not_in_books = 1, .not_in_report = -2, .differing = 3, .controls = -4, .unexplained = 5,
	    .by_both = 6, .by_report = 7, .by_notification = 8 }, t;
	struct certificate c = { .sha256 = "ab", .name = "STL.CSV", .account = "PayPal", .part = 2,
	    .last = 1, .checks = 9, .failed = 1, .rows = 22, .bytes = 12345 }, d;
	struct error e = { 0 };
	char key[STATEMENT_KEY];
	json_t *j = statement_json(&s);

	(void)state;
	assert_non_null(j);
	assert_int_equal(statement_read(j, &t, &e), 0);
	assert_memory_equal(&s, &t, sizeof(s));
	assert_string_equal(statement_key(&t, key), "PayPal.USD.2026-11-20");
	json_object_del(j, "closing");
	assert_int_equal(statement_read(j, &t, &e), -1);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_non_null(strstr(e.text, "closing"));
	json_decref(j);
	j = certificate_json(&c);
	assert_int_equal(certificate_read("ab", j, &d, &e), 0);
	assert_memory_equal(&c, &d, sizeof(c));
	json_object_set_new(j, "name", json_integer(1));
	assert_int_equal(certificate_read("ab", j, &d, &e), -1);
	json_decref(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(both_ways) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
