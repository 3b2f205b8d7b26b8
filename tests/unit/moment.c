/*
 * moment -- times and zones: PayPal's dates, days of a site's zone, both sides of each clock change.
 */
#include "unit.h"

#include <sys/wait.h>

#include <time.h>

#include "moment.h"

static int64_t
at(const char *s)
{
	struct error e;
	int64_t us;

	assert_works(moment_parse(s, strlen(s), &us, &e));
	return us;
}

static void
print_and_parse(void **state)
{
	static const struct { const char *s; int64_t us; } good[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "1970-01-01T00:00:00.000001Z", 1 },
		{ "2026-11-20T19:02:03Z", INT64_C(1795201323000000) },
		{ "2026-11-20T19:02:03.5Z", INT64_C(1795201323500000) },
		{ "2026-11-20T19:02:03.123456Z", INT64_C(1795201323123456) },
		{ "2000-02-29T23:59:59Z", INT64_C(951868799000000) },
		{ "9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999) },
	};
	static const char *const bad[] = { "", "Z", "2026-11-20", "2026-11-20T19:02:03",
	    "2026-11-20T19:02:03+00:00", "2026-11-20 19:02:03Z", "2026-11-20t19:02:03Z",
	    "2026-11-20T19:02:03z", "2026-11-20T19:02:03.Z", "2026-11-20T19:02:03.1234567Z",
	    "2026-11-20T19:02:03ZZ", "2026-11-20T24:00:00Z", "2026-11-20T19:60:03Z", "2026-11-20T19:02:61Z",
	    "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
	    "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z", "2026-11-00T00:00:00Z", "1969-12-31T23:59:59Z",
	    "0000-01-01T00:00:00Z", "-026-11-20T19:02:03Z", "20261-1-20T19:02:03Z", "2026-11-2xT19:02:03Z" };
	struct error e;
	char out[MOMENT_TEXT];
	uint64_t seed = 2;
	int64_t us;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_int_equal(at(good[i].s), good[i].us);
	for (i = 0; i < COUNT(bad); i++) {
		us = 4711;
		assert_fails(moment_parse(bad[i], strlen(bad[i]), &us, &e), ERR_INPUT, "time");
		assert_int_equal(us, 4711);
	}
	for (i = 0; i < 20000; i++) {
		us = (int64_t)(random_next(&seed) % UINT64_C(253402300800000000));
		assert_int_equal(at(moment_print_us(us, out)), us);
		assert_int_equal(at(moment_print(us, out)), us - us % MOMENT_SECOND);
	}
	assert_string_equal(moment_print_us(-1, out), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(moment_print(-1, out), "1969-12-31T23:59:59Z");
}

static void
civil(void **state)
{
	uint64_t seed = 3;
	size_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct tm tm = { 0 };
		time_t t = (time_t)(random_next(&seed) % UINT64_C(253402300800));

		gmtime_r(&t, &tm);
		assert_int_equal(moment_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec), t);
	}
}

static void
days(void **state)
{
	static const char *const no_day[] = { "", "2026-11-2", "2026-11-200", "2026/11/20", "2026-11-31",
	    "2025-02-29", "26-11-2026", "2026-1-020", "2026-11-20 ", " 2026-11-2", "yyyy-mm-dd" };
	struct error e;
	char out[MOMENT_DAY];
	int64_t us;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < COUNT(no_day); i++) {
		assert_false(moment_day_valid(no_day[i]));
		assert_fails(moment_day_start(no_day[i], &us, &e), ERR_INPUT, "a day YYYY-MM-DD");
	}
	assert_true(moment_day_valid("2024-02-29"));
	assert_int_equal(moment_days_between("2024-02-28", "2024-03-01"), 2);
	assert_int_equal(moment_days_between("2023-03-01", "2023-02-28"), -1);
	assert_int_equal(moment_days_between("1970-01-01", "9999-12-31"), 2932896);
	assert_string_equal(moment_day_add("2024-02-28", 1, out), "2024-02-29");
	assert_string_equal(moment_day_add("2024-12-31", 1, out), "2025-01-01");
	assert_string_equal(moment_day_add("2024-03-01", -1, out), "2024-02-29");
	for (n = -400; n < 400; n++)
		assert_int_equal(moment_days_between("2026-06-15", moment_day_add("2026-06-15", n, out)), n);
}

/* Every day of some years begins where the day before ends.  A zone is set once per process. */
static int
zone_days(const char *zone, const char *first, int n, const char *skip)
{
	char day[MOMENT_DAY], seen[MOMENT_DAY], text[MOMENT_TEXT];
	struct error e = { 0 };
	int64_t us;

	if (moment_zone_set(zone, &e) == -1)
		return 2;
	memcpy(day, first, sizeof(day));
	for (; n > 0; n--, moment_day_add(day, 1, day)) {
		if (strcmp(day, skip) == 0)
			continue;
		if (moment_day_start(day, &us, &e) == -1 || strcmp(moment_day(us, seen), day) != 0 ||
		    strcmp(moment_day(us - 1, seen), day) >= 0) {
			print_error("%s: %s begins at %s\n", zone, day, moment_print(us, text));
			return 1;
		}
	}
	return 0;
}

static void
zones(void **state)
{
	/* with clocks that change at two, at one, at midnight, by half an hour, and not at all */
	static const struct { const char *zone, *first; int days; const char *skip; } v[] = {
		{ "UTC", "2024-01-01", 800, "" }, { "America/New_York", "2024-01-01", 800, "" },
		{ "Europe/Berlin", "2024-01-01", 800, "" }, { "America/Sao_Paulo", "2016-01-01", 1500, "" },
		{ "America/Havana", "2023-01-01", 1200, "" }, { "Asia/Beirut", "2021-01-01", 1200, "" },
		{ "Africa/Cairo", "2023-01-01", 1200, "" }, { "Asia/Tehran", "2020-01-01", 1200, "" },
		{ "Australia/Lord_Howe", "2024-01-01", 800, "" }, { "Asia/Kathmandu", "2024-01-01", 100, "" },
		{ "America/Santiago", "2022-01-01", 1500, "" }, { "Asia/Kolkata", "2024-01-01", 100, "" },
		{ "Pacific/Apia", "2011-11-01", 100, "2011-12-30" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(zone_days(v[i].zone, v[i].first, v[i].days, v[i].skip));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("%s: status %d", v[i].zone, status);
	}
}

static void
no_zones(void **state)
{
	static const char *const bad[] = { "", "Nowhere/City", "/etc/passwd", "../../etc/passwd",
	    "America", "America/", "America/Argentina", "zone.tab", "Europe/Berlin ", "EST5EDT,M3.2.0",
	    "tzdata.zi", "a:b" };
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_fails(moment_zone_set(bad[i], &e), ERR_CONFIG, "time_zone");
}

static void
paypal(void **state)
{
	static const struct { const char *s, *utc; int doubtful; } good[] = {
		{ "20:12:59 Jan 13, 2009 PST", "2009-01-14T04:12:59Z", 0 },
		{ "13:31:02 Mar 04, 2024 PST", "2024-03-04T21:31:02Z", 0 },
		{ "02:31:02 Jul 4, 2024 PDT", "2024-07-04T09:31:02Z", 0 },
		{ "20:12:59 Feb. 29, 2008 PST", "2008-03-01T04:12:59Z", 0 },
		{ "20:12:59 jan 13, 2009 pst", "2009-01-14T04:12:59Z", 0 },
		{ "9:12:59 Sept 3, 2009 PDT", "2009-09-03T16:12:59Z", 0 },
		{ "20:12:59 Jan 13, 2009 GMT", "2009-01-13T20:12:59Z", 0 },
		{ "20:12:59 Jan 13, 2009 CEST", "2009-01-13T18:12:59Z", 0 },
		/* the simulator's */
		{ "Sun May 24 2015 15:04:11 GMT-0700 (Pacific Daylight Time)", "2015-05-24T22:04:11Z", 0 },
		{ "Sun May 24 2015 15:04:11 GMT+0200", "2015-05-24T13:04:11Z", 0 },
		{ "2015-10-25T08:21:32Z", "2015-10-25T08:21:32Z", 0 },
		/* without a zone: Pacific, doubtful; in the repeated hour of autumn the later one */
		{ "20:12:59 Jan 13, 2009", "2009-01-14T04:12:59Z", 1 },
		{ "20:12:59 Jul 13, 2009", "2009-07-14T03:12:59Z", 1 },
		{ "2015-10-25 01:21:32", "2015-10-25T08:21:32Z", 1 },
		{ "01:59:59 Mar 10, 2024", "2024-03-10T09:59:59Z", 1 },
		{ "03:00:00 Mar 10, 2024", "2024-03-10T10:00:00Z", 1 },
		{ "01:59:59 Nov 3, 2024", "2024-11-03T08:59:59Z", 1 },
		{ "02:00:00 Nov 3, 2024", "2024-11-03T10:00:00Z", 1 },
		{ "03:00:00 Apr 2, 2006", "2006-04-02T10:00:00Z", 1 },
		{ "01:59:59 Apr 2, 2006", "2006-04-02T09:59:59Z", 1 },
		{ "12:00:00 Oct 29, 2006", "2006-10-29T20:00:00Z", 1 },
		{ "12:00:00 Oct 28, 2006", "2006-10-28T19:00:00Z", 1 },
		/* the label removes the doubt of that hour */
		{ "01:30:00 Nov 3, 2024 PDT", "2024-11-03T08:30:00Z", 0 },
		{ "01:30:00 Nov 3, 2024 PST", "2024-11-03T09:30:00Z", 0 },
	};
	static const char *const bad[] = { "", "N/A", "now", "20:12:59", "20:12:59 Jan 13", "Jan 13, 2009",
	    "20:12:59 Jax 13, 2009 PST", "20:12:59 Ja 13, 2009 PST", "20:12:59 Feb 30, 2009 PST",
	    "20:12:59 Feb 29, 2009 PST", "24:12:59 Jan 13, 2009 PST", "20:60:59 Jan 13, 2009 PST",
	    "20:12 Jan 13, 2009 PST", "20:12:59 Jan 13, 2009 XYZ", "20:12:59 Jan 13, 209 PST",
	    "20:12:59 Jan 013, 2009 PST", "20:12:59 Jan -1, 2009 PST", "20:12:59 Jan 13, 2009 ../../etc",
	    "20.12.59 Jan 13, 2009 PST", "2015-10-25", "2015-13-25 01:21:32", "1/13/2009 20:12:59",
	    "20:12:59 Jan 13, 1969 PST", "ab:cd:ef Jan 13, 2009 PST", "20:12:59\nJan 13, 2009 PST" };
	struct error e;
	char out[MOMENT_TEXT], longest[200];
	int64_t us;
	size_t i;
	int doubtful;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		doubtful = -1;
		assert_works(moment_paypal(good[i].s, strlen(good[i].s), &us, &doubtful, &e));
		assert_string_equal(moment_print(us, out), good[i].utc);
		assert_int_equal(doubtful, good[i].doubtful);
	}
	memset(longest, 'x', sizeof(longest));
	us = 4711;
	doubtful = 42;
	for (i = 0; i < COUNT(bad); i++)
		assert_fails(moment_paypal(bad[i], strlen(bad[i]), &us, &doubtful, &e), ERR_INPUT, "");
	assert_fails(moment_paypal(longest, sizeof(longest), &us, &doubtful, &e), ERR_INPUT, "date");
	assert_int_equal(us, 4711);
	assert_int_equal(doubtful, 42);
}

/* The rule for Pacific without a label against the system's own, all hours but the doubtful ones. */
static void
pacific(void **state)
{
	static const char *const mon[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	    "Oct", "Nov", "Dec" };
	char s[64], before[64];
	struct error e;
	int64_t us;
	time_t t;
	int doubtful, offset;

	(void)state;
	for (t = 694224000; t < 2051222400; t += 3600 * 61) {	/* 1992 to 2034 */
		time_t civil_s;
		struct tm tm;

		(void)setenv("TZ", "America/Los_Angeles", 1);
		tzset();
		localtime_r(&t, &tm);
		(void)snprintf(s, sizeof(s), "%02d:%02d:%02d %s %d, %d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		    mon[tm.tm_mon], tm.tm_mday, tm.tm_year + 1900);
		assert_works(moment_paypal(s, strlen(s), &us, &doubtful, &e));
		if (us != (int64_t)t * MOMENT_SECOND && tm.tm_hour != 1)
			fail_msg("%s", s);
		civil_s = t + tm.tm_gmtoff;
		/* a report's zone by name leaves the site's zone alone */
		(void)setenv("TZ", "UTC", 1);
		tzset();
		(void)snprintf(before, sizeof(before), "%s", getenv("TZ"));
		assert_works(moment_zone_offset("America/Los_Angeles", civil_s, &offset, &e));
		if (offset != tm.tm_gmtoff && tm.tm_hour != 1)
			fail_msg("%s: offset %d", s, offset);
		assert_string_equal(getenv("TZ"), before);
	}
}

static void
offsets(void **state)
{
	static const struct { const char *zone; int want; } good[] = {
		{ "PST", -28800 }, { "pdt", -25200 }, { "GMT", 0 }, { "UTC", 0 }, { "CET", 3600 },
		{ "MESZ", 7200 }, { "GMT+02:00", 7200 }, { "GMT-0730", -27000 }, { "UTC+1", 3600 },
		{ "gmt+2:00", 7200 }, { "+0530", 19800 }, { "-08:00", -28800 }, { "GMT+14", 50400 },
		{ "Asia/Kolkata", 19800 }, { "Europe/London", 3600 }, { "America/Argentina/Salta", -10800 },
	};
	static const char *const bad[] = { "", "XST", "GMT+", "GMT+15", "GMT+0260", "GMT+02:0", "+2:0", "+",
	    "02:00", "GMT 2", "Mars/Base", "America/Argentina", "../etc/passwd", "Europe/../UTC",
	    "GMT+02:00:00", "+-200" };
	struct error e;
	int64_t july = moment_civil(2024, 7, 1, 12, 0, 0);
	size_t i;
	int offset;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_works(moment_zone_offset(good[i].zone, july, &offset, &e));
		assert_int_equal(offset, good[i].want);
	}
	for (i = 0; i < COUNT(bad); i++) {
		offset = 4711;
		assert_fails(moment_zone_offset(bad[i], july, &offset, &e), ERR_INPUT, "is not known");
		assert_int_equal(offset, 4711);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(print_and_parse), cmocka_unit_test(civil), cmocka_unit_test(days),
		cmocka_unit_test(zones), cmocka_unit_test(no_zones), cmocka_unit_test(paypal),
		cmocka_unit_test(pacific), cmocka_unit_test(offsets),
	};

	return cmocka_run_group_tests_name("moment", tests, NULL, NULL);
}
