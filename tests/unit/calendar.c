/*
 * calendar -- days received, late, missing, superseded, from certificates alone.
 */
#include "unit.h"

#include "calendar.h"

static struct certificate
file(const char *report, const char *day, int part, int last, const char *received, char sha, char before)
{
	struct certificate c;

	memset(&c, 0, sizeof(c));
	(void)snprintf(c.account, sizeof(c.account), "PayPal");
	(void)snprintf(c.report, sizeof(c.report), "%s", report);
	(void)snprintf(c.day, sizeof(c.day), "%s", day);
	(void)snprintf(c.received, sizeof(c.received), "%s", received);
	(void)snprintf(c.name, sizeof(c.name), "%s-%d", report, part);
	memset(c.sha256, sha, 64);
	if (before != 0)
		memset(c.supersedes, before, 64);
	c.part = part;
	c.last = last;
	c.rows = 10;
	return c;
}

static void
expect(const struct certificate *c, size_t n, const char *from, const char *to, const char *due, const char *want)
{
	struct calendar_line *v;
	struct buf out = BUF_INIT(65536);
	struct error e;
	size_t nv, i;

	assert_works(buf_adds(&out, "", &e));
	assert_works(calendar_make(c, n, from, to, due, &v, &nv, &e));
	for (i = 0; i < nv; i++)
		assert_works(buf_addf(&out, &e, "%s %s %s %s %d %lld;", v[i].report, v[i].day,
		    calendar_state_name[v[i].state], v[i].received, v[i].parts, (long long)v[i].rows));
	assert_string_equal(out.data, want);
	free(v);
	buf_free(&out);
}

static void
days(void **state)
{
	const struct certificate c[] = {
		file("TRR", "2026-03-02", 1, 1, "2026-03-03", 'h', 0),
		file("STL", "2026-02-27", 1, 1, "2026-02-28", 'a', 0),
		file("STL", "2026-02-28", 1, 1, "2026-03-02", 'b', 0),		/* a day late */
		file("STL", "2026-03-02", 2, 1, "2026-03-03", 'd', 0),		/* two parts, in any order */
		file("STL", "2026-03-02", 1, 0, "2026-03-03", 'c', 0),
		file("STL", "2026-03-03", 1, 0, "2026-03-04", 'e', 0),		/* the last is not there */
		file("STL", "2026-03-04", 1, 1, "2026-03-05", 'f', 0),
		file("STL", "2026-03-04", 1, 1, "2026-03-09", 'g', 'f'),	/* made anew */
		file("", "", 0, 0, "2026-03-09", 'x', 0),			/* a download: of no day */
	};

	(void)state;
	expect(c, COUNT(c), "", "", "2026-03-05", "STL 2026-02-27 received 2026-02-28 1 10;"
	    "STL 2026-02-28 late 2026-03-02 1 10;STL 2026-03-01 missing  0 0;"
	    "STL 2026-03-02 received 2026-03-03 2 20;STL 2026-03-03 missing 2026-03-04 1 10;"
	    "STL 2026-03-04 superseded 2026-03-05 1 10;STL 2026-03-04 late 2026-03-09 1 10;"
	    "STL 2026-03-05 missing  0 0;TRR 2026-03-02 received 2026-03-03 1 10;TRR 2026-03-03 missing  0 0;"
	    "TRR 2026-03-04 missing  0 0;TRR 2026-03-05 missing  0 0;");
	expect(c, COUNT(c), "2026-02-28", "2026-03-01", "2026-03-05",
	    "STL 2026-02-28 late 2026-03-02 1 10;STL 2026-03-01 missing  0 0;");
	expect(c, 2, "", "", "2026-01-01", "STL 2026-02-27 received 2026-02-28 1 10;"
	    "TRR 2026-03-02 received 2026-03-03 1 10;");
	expect(c, 0, "", "", "2026-03-05", "");
	expect(&c[8], 1, "", "", "2026-03-05", "");
}

static void
no_day(void **state)
{
	const struct certificate c = file("STL", "2026-02-30", 1, 1, "2026-03-01", 'a', 0);
	struct calendar_line *v;
	struct error e;
	size_t n;

	(void)state;
	assert_fails(calendar_make(&c, 1, "", "", "2026-03-05", &v, &n, &e), ERR_INPUT, "no day");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(days), cmocka_unit_test(no_day) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
