/*
 * tariff -- fees as PayPal states them, ranges, days, the owner's own schedules and bad settings.
 */
#include "unit.h"

#include "money.h"
#include "tariff.h"

static struct tariff *
load(const char *text)
{
	json_error_t je;
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, &je);
	struct tariff *t = NULL;
	struct error e;

	if (j == NULL)
		fail_msg("%s", je.text);
	assert_works(tariff_load(&t, j, "daybook.json: tariffs", &e));
	json_decref(j);
	return t;
}

static void
expect(const struct tariff *t, const char *method, const char *ccy, const char *amount, const char *day,
    const char *lo, const char *hi, enum tariff_source source, int confirmed)
{
	char a[MONEY_TEXT], b[MONEY_TEXT];
	struct tariff_range r;
	struct error e;
	int64_t minor;

	assert_works(money_parse(amount, strlen(amount), ccy, &minor, &e));
	assert_int_equal(tariff_range(t, "PayPal", method, ccy, minor, day, &r), source != TARIFF_NONE);
	money_print(r.lo, ccy, a);
	money_print(r.hi, ccy, b);
	if (strcmp(a, lo) != 0 || strcmp(b, hi) != 0 || r.source != source || r.confirmed != confirmed)
		fail_msg("%s %s %s: %s to %s, source %d, confirmed %d; want %s to %s, %d, %d", method, amount,
		    ccy, a, b, (int)r.source, r.confirmed, lo, hi, (int)source, confirmed);
}

/* providers/paypal.md 3.4, "Rounding seen", and its caps. */
static void
mass_pay_is_built_in(void **state)
{
	static const struct { const char *ccy, *amount, *lo, *hi; int confirmed; } seen[] = {
		{ "USD", "25.99", "0.52", "0.52", 1 }, { "USD", "9.99", "0.20", "0.20", 1 },
		{ "USD", "4.58", "0.09", "0.09", 1 }, { "USD", "24.50", "0.49", "0.49", 1 },
		{ "USD", "20.00", "0.40", "0.40", 1 }, { "USD", "10.00", "0.20", "0.20", 1 },
		{ "USD", "0.06", "0.01", "0.01", 1 }, { "USD", "0.01", "0.01", "0.01", 1 },
		{ "USD", "50.00", "1.00", "1.00", 1 }, { "USD", "50.25", "1.00", "1.01", 1 },
		{ "USD", "250.00", "1.00", "5.00", 1 }, { "USD", "5000.00", "1.00", "20.00", 1 },
		{ "AUD", "100.00", "1.25", "2.00", 1 }, { "GBP", "100.00", "0.65", "2.00", 0 },
		{ "EUR", "10.00", "0.20", "0.20", 0 }, { "JPY", "10000", "120", "200", 0 },
		{ "JPY", "30", "1", "1", 0 }, { "HUF", "100000", "210", "2000", 0 },
		{ "TWD", "5000", "33", "100", 0 }, { "INR", "100.00", "0.01", "2.00", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(seen); i++)
		expect(NULL, "mass-pay", seen[i].ccy, seen[i].amount, "2026-11-20", seen[i].lo, seen[i].hi,
		    TARIFF_BUILT_IN, seen[i].confirmed);
	expect(NULL, "mass-pay-in", "USD", "75.00", "2026-11-20", "0.00", "0.00", TARIFF_BUILT_IN, 1);
	expect(NULL, "checkout", "USD", "250.00", "2026-11-20", "8.80", "8.80", TARIFF_BUILT_IN, 0);
	expect(NULL, "checkout", "EUR", "250.00", "2026-11-20", "0.00", "0.00", TARIFF_NONE, 0);
	expect(NULL, "mass-pay", "USD", "0", "2026-11-20", "0.00", "0.00", TARIFF_BUILT_IN, 1);
	assert_false(tariff_configured(NULL, "PayPal", "mass-pay"));
}

static void
newest_schedule_counts(void **state)
{
	struct tariff *t = load("[{\"method\":\"checkout\",\"currency\":\"USD\",\"from\":\"2026-01-01\","
	    "\"percent\":\"3.4\",\"fixed\":\"0.30\"},"
	    "{\"method\":\"checkout\",\"currency\":\"USD\",\"from\":\"2026-07-01\",\"percent\":\"2.9\","
	    "\"percent_international\":\"4.4\",\"fixed\":\"0.30\"},"
	    "{\"method\":\"checkout\",\"percent\":\"5\"},"
	    "{\"account\":\"Other\",\"method\":\"checkout\",\"currency\":\"USD\",\"percent\":\"1\"},"
	    "{\"method\":\"mass-pay\",\"currency\":\"USD\",\"from\":\"2026-02-01\",\"percent\":\"2\","
	    "\"min\":\"0.05\",\"cap\":\"0.75\"},"
	    "{\"method\":\"mass-pay\",\"currency\":\"EUR\",\"percent\":\"2\",\"cap\":\"0.35\","
	    "\"cap_international\":\"none\"}]");
	struct tariff_range r;

	(void)state;
	expect(t, "checkout", "USD", "100.00", "2026-01-01", "3.70", "3.70", TARIFF_SETTING, 1);
	expect(t, "checkout", "USD", "100.00", "2026-06-30", "3.70", "3.70", TARIFF_SETTING, 1);
	expect(t, "checkout", "USD", "100.00", "2026-07-01", "3.20", "4.70", TARIFF_SETTING, 1);
	expect(t, "checkout", "USD", "100.00", "2025-12-31", "5.00", "5.00", TARIFF_SETTING, 1);
	expect(t, "checkout", "JPY", "1010", "2026-07-01", "51", "51", TARIFF_SETTING, 1);
	/* Before the setting begins, what is built in. */
	expect(t, "mass-pay", "USD", "100.00", "2026-01-31", "1.00", "2.00", TARIFF_BUILT_IN, 1);
	expect(t, "mass-pay", "USD", "100.00", "2026-02-01", "0.75", "0.75", TARIFF_SETTING, 1);
	expect(t, "mass-pay", "USD", "0.50", "2026-02-01", "0.05", "0.05", TARIFF_SETTING, 1);
	expect(t, "mass-pay", "EUR", "100.00", "2026-02-01", "0.35", "2.00", TARIFF_SETTING, 1);
	assert_int_equal(tariff_range(t, "Other", "checkout", "USD", 10000, "2026-07-01", &r), 1);
	assert_int_equal(r.lo, 100);
	assert_true(tariff_configured(t, "PayPal", "checkout"));
	assert_false(tariff_configured(t, "PayPal", "mass-pay-in"));
	tariff_free(t);
}

/* 0.125 and 0.375 of a cent: the modes differ where exactly half remains. */
static void
rounding(void **state)
{
	static const struct { const char *mode, *half, *above; } want[] = {
		{ "half-up", "0.13", "0.14" }, { "half-even", "0.12", "0.14" },
		{ "up", "0.13", "0.14" }, { "down", "0.12", "0.13" },
	};
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		struct tariff *t;

		(void)snprintf(text, sizeof(text), "[{\"method\":\"checkout\",\"currency\":\"USD\",\"percent\":"
		    "\"1.25\",\"rounding\":\"%s\"}]", want[i].mode);
		t = load(text);
		expect(t, "checkout", "USD", "10.00", "2026-01-01", want[i].half, want[i].half, TARIFF_SETTING, 1);
		expect(t, "checkout", "USD", "10.81", "2026-01-01", want[i].above, want[i].above, TARIFF_SETTING, 1);
		tariff_free(t);
	}
}

static void
largest_amounts(void **state)
{
	struct tariff *t = load("[{\"method\":\"checkout\",\"percent\":\"100\",\"percent_international\":\"100.0\"},"
	    "{\"method\":\"mass-pay\",\"percent\":\"0.0001\"}]");
	struct tariff_range r;

	(void)state;
	expect(t, "checkout", "USD", "999999999999.99", "2026-01-01", "999999999999.99", "999999999999.99",
	    TARIFF_SETTING, 1);
	expect(t, "mass-pay", "USD", "999999999999.99", "2026-01-01", "1000000.00", "1000000.00",
	    TARIFF_SETTING, 1);
	assert_int_equal(tariff_range(t, "PayPal", "checkout", "USD", INT64_MAX, "2026-01-01", &r), 1);
	assert_int_equal(r.lo, INT64_MAX);
	tariff_free(t);
}

static void
gross_up(void **state)
{
	struct tariff *t = load("[{\"method\":\"checkout\",\"currency\":\"EUR\",\"percent\":\"100\"},"
	    "{\"method\":\"checkout\",\"currency\":\"JPY\",\"percent\":\"99.9999\"}]");
	struct tariff_range r;
	int64_t gross, net;

	(void)state;
	for (net = 1; net < 3000; net++) {
		assert_int_equal(tariff_gross_up(NULL, "PayPal", "checkout", "USD", net, "2026-01-01", &gross), 1);
		tariff_range(NULL, "PayPal", "checkout", "USD", gross, "2026-01-01", &r);
		assert_true(gross - r.hi >= net);
		tariff_range(NULL, "PayPal", "checkout", "USD", gross - 1, "2026-01-01", &r);
		assert_true(gross - 1 - r.hi < net);
	}
	assert_int_equal(tariff_gross_up(NULL, "PayPal", "checkout", "USD", 25000, "2026-01-01", &gross), 1);
	assert_int_equal(gross, 25911);		/* 259.11 - 9.11 (3.4 % is 8.80974) = 250.00 */
	gross = 7;
	assert_int_equal(tariff_gross_up(t, "PayPal", "checkout", "EUR", 1, "2026-01-01", &gross), 0);
	assert_int_equal(tariff_gross_up(NULL, "PayPal", "checkout", "EUR", 1, "2026-01-01", &gross), 0);
	assert_int_equal(tariff_gross_up(NULL, "PayPal", "checkout", "USD", 0, "2026-01-01", &gross), 0);
	assert_int_equal(tariff_gross_up(NULL, "PayPal", "checkout", "USD", INT64_MAX, "2026-01-01", &gross), 0);
	assert_int_equal(gross, 7);
	assert_int_equal(tariff_gross_up(t, "PayPal", "checkout", "JPY", 1, "2026-01-01", &gross), 1);
	assert_int_equal(gross, 500001);	/* half a unit is left of 500,000: it is the provider's */
	tariff_free(t);
}

static void
says_what_it_is(void **state)
{
	struct tariff *t = load("[{\"method\":\"checkout\",\"currency\":\"EUR\",\"percent\":\"2.90\","
	    "\"percent_international\":\"4.405\",\"fixed\":\"0.35\"}]");
	struct buf out = BUF_INIT(1000);
	struct tariff_range r;
	struct error e;

	(void)state;
	tariff_range(NULL, "PayPal", "mass-pay", "USD", 100, "2026-01-01", &r);
	assert_works(tariff_text(&r, &out, &e));
	assert_string_equal(out.data, "2 %, at least 0.01, at most 1.00 (abroad 20.00)");
	buf_clear(&out);
	tariff_range(NULL, "PayPal", "mass-pay", "JPY", 100, "2026-01-01", &r);
	assert_works(tariff_text(&r, &out, &e));
	assert_string_equal(out.data, "2 %, at least 1, at most 120 (abroad no cap)");
	buf_clear(&out);
	tariff_range(t, "PayPal", "checkout", "EUR", 100, "2026-01-01", &r);
	assert_works(tariff_text(&r, &out, &e));
	assert_string_equal(out.data, "2.9 to 4.405 % + 0.35");
	buf_free(&out);
	tariff_free(t);
}

static void
bad_settings_are_named(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "{}", "tariffs: an array" }, { "[1]", "schedule 1: an object" },
		{ "[{}]", "schedule 1: method" }, { "[{\"method\":\"paypal\"}]", "not \"paypal\"" },
		{ "[{\"method\":\"checkout\"}]", "schedule 1: percent" },
		{ "[{\"method\":\"checkout\",\"percent\":3.4}]", "percent: a text" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3,4\"}]", "not \"3,4\"" },
		{ "[{\"method\":\"checkout\",\"percent\":\"\"}]", "percent" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3.\"}]", "percent" },
		{ "[{\"method\":\"checkout\",\"percent\":\"-1\"}]", "percent" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3.40001\"}]", "percent" },
		{ "[{\"method\":\"checkout\",\"percent\":\"100.0001\"}]", "percent" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\\u00004\"}]", "percent" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\",\"percent_international\":\"2\"}]", "percent_international" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\",\"fixed\":\"0.30\"}]", "needs a currency" },
		{ "[{\"method\":\"checkout\",\"currency\":\"USD\",\"percent\":\"3\",\"fixed\":\"0.301\"}]", "fixed" },
		{ "[{\"method\":\"checkout\",\"currency\":\"USD\",\"percent\":\"3\",\"fixed\":\"-1\"}]", "fixed" },
		{ "[{\"method\":\"checkout\",\"currency\":\"USD\",\"percent\":\"3\",\"min\":\"2\",\"cap\":\"1\"}]", "cap" },
		{ "[{\"method\":\"checkout\",\"currency\":\"USD\",\"percent\":\"3\",\"cap\":\"2\",\"cap_international\":\"1\"}]",
		    "cap_international" },
		{ "[{\"method\":\"checkout\",\"currency\":\"usd\",\"percent\":\"3\"}]", "currency" },
		{ "[{\"method\":\"checkout\",\"from\":\"2026-02-30\",\"percent\":\"3\"}]", "from" },
		{ "[{\"method\":\"checkout\",\"from\":20260101,\"percent\":\"3\"}]", "from" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\",\"rounding\":\"bank\"}]", "rounding" },
		{ "[{\"method\":\"checkout\",\"account\":\"a b\",\"percent\":\"3\"}]", "account" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\",\"fee\":\"3\"}]", "fee: no such member" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\",\"note\":1}]", "note" },
		{ "[{\"method\":\"checkout\",\"percent\":\"3\"},{\"method\":\"checkout\",\"percent\":\"4\"}]",
		    "schedule 2: from: schedule 1" },
	};
	struct tariff *t = NULL;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		json_t *j = json_loads(bad[i].text, JSON_ALLOW_NUL, NULL);

		assert_non_null(j);
		assert_fails(tariff_load(&t, j, "daybook.json: tariffs", &e), ERR_CONFIG, bad[i].says);
		assert_null(t);
		json_decref(j);
	}
	assert_works(tariff_load(&t, NULL, "daybook.json: tariffs", &e));
	tariff_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mass_pay_is_built_in),
		cmocka_unit_test(newest_schedule_counts),
		cmocka_unit_test(rounding),
		cmocka_unit_test(largest_amounts),
		cmocka_unit_test(gross_up),
		cmocka_unit_test(says_what_it_is),
		cmocka_unit_test(bad_settings_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
