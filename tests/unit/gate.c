/*
 * gate -- what intake reads of the settings, beside what site.h reads of the same files.
 */
#include "unit.h"

#include "gate.h"
#include "site.h"

#define KEY		"0123456789abcdef0123456789abcdef"
#define SITE_JSON(more)	"{\"format\": 1, \"id\": \"0123\", \"name\": \"A \\\"B\\\"\", \"base_url\": " \
	"\"http://127.0.0.1\", \"time_zone\": \"UTC\", \"currency\": \"USD\"" more "}"
#define IN_JSON(id, kind, mode, key, more) "{\"format\": 1, \"id\": \"" id "\", \"kind\": \"" kind \
	"\", \"mode\": \"" mode "\", \"url_key\": \"" key "\", \"settings\": {\"id\": \"x\", \"account\": " \
	"\"PayPal\"}" more "}"

static void
limits(void **state)
{
	static const struct { const char *text; int64_t want; } good[] = {
		{ "1048576", 1048576 }, { "\"1M\"", 1048576 }, { "\"1MiB\"", 1048576 }, { "\"1 MB\"", 1048576 },
		{ "\"512\"", 512 }, { "\"512B\"", 512 }, { "\"2GiB\"", INT64_C(2) << 30 }, { "0", 0 },
		{ "\"3T\"", INT64_C(3) << 40 },
	};
	static const char *const bad[] = { "-1", "1.5", "true", "null", "\"many\"", "\"1Mi\"", "\"1iB\"",
		"\"1MiBs\"", "\"\"", "{}", "[1]", "\"9000000000000000000K\"", "99999999999999999999" };
	char text[512];
	struct gate g;
	struct site s;
	struct error e;
	size_t i;
	int dir = scratch();

	(void)state;
	put_file(dir, "daybook.json", SITE_JSON(""), strlen(SITE_JSON("")));
	assert_works(gate_open(&g, unit_dir, &e));
	assert_int_equal(g.limits.files_max, SPOOL_FILES_MAX);
	assert_int_equal(g.limits.bytes_max, SPOOL_BYTES_MAX);
	assert_int_equal(g.limits.min_free, SITE_MIN_FREE);
	close(g.fd);
	for (i = 0; i < COUNT(good); i++) {
		(void)snprintf(text, sizeof(text), SITE_JSON(", \"min_free\": %s"), good[i].text);
		put_file(dir, "daybook.json", text, strlen(text));
		assert_works(gate_open(&g, unit_dir, &e));
		assert_int_equal(g.limits.min_free, good[i].want);
		close(g.fd);
		assert_works(site_open(&s, unit_dir, &e));
		assert_int_equal(s.limits.min_free, good[i].want);
		site_close(&s);
	}
	for (i = 0; i < COUNT(bad); i++) {
		(void)snprintf(text, sizeof(text), SITE_JSON(", \"min_free\": %s"), bad[i]);
		put_file(dir, "daybook.json", text, strlen(text));
		assert_fails(gate_open(&g, unit_dir, &e), ERR_CONFIG, "min_free");
	}
	close(dir);
}

static void
unusable(void **state)
{
	static const struct { const char *text, *says; } files[] = {
		{ "", "no JSON" }, { "{", "no JSON" }, { "[]", "object is expected" },
		{ "\"x\"", "object is expected" }, { "{}", "format: a number is expected" },
		{ "{\"format\": \"1\"}", "format: a number is expected" },
		{ "{\"format\": 2}", "has format 2; this daybook reads up to 1" },
		{ "{\"format\": 0}", "format: a number is expected" },
		{ "{\"format\": 1, \"format\": 1}", "format stands twice" },
		{ "{\"deep\": {\"format\": 1}}", "format: a number is expected" },
		{ "{\"x\": \"format\", \"y\": 1}", "format: a number is expected" },
	};
	struct gate g;
	struct error e;
	size_t i;
	int dir = scratch();

	(void)state;
	assert_fails(gate_open(&g, unit_dir, &e), ERR_CONFIG, "no site is here");
	assert_fails(gate_open(&g, "/nowhere/at/all", &e), ERR_CONFIG, "open the site");
	for (i = 0; i < COUNT(files); i++) {
		put_file(dir, "daybook.json", files[i].text, strlen(files[i].text));
		assert_fails(gate_open(&g, unit_dir, &e), ERR_CONFIG, files[i].says);
	}
	/* what a person may get wrong and intake does without */
	put_file(dir, "daybook.json", "{\"format\":1,\"currency\":\"??\"}", 29);
	assert_works(gate_open(&g, unit_dir, &e));
	close(g.fd);
	close(dir);
}

static void
integrations(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ IN_JSON("other", "paypal-ipn", "live", KEY, ""), "not what it can be" },
		{ IN_JSON("one", "paypal-ipn", "both", KEY, ""), "not what it can be" },
		{ IN_JSON("one", "paypal-ipn", "live", "short", ""), "not what it can be" },
		{ IN_JSON("one", "", "live", KEY, ""), "not what it can be" },
		{ IN_JSON("one", "paypal-ipn", "live", KEY KEY KEY, ""), "url_key: a text of at most 64" },
		{ IN_JSON("one", "paypal\\u002dipn", "live", KEY, ""), "kind: a text" },
		{ IN_JSON("one", "paypal-ipn", "live", KEY, ", \"mode\": \"test\""), "mode stands twice" },
		{ IN_JSON("one", "paypal-ipn", "live", KEY, ", \"format\": 1"), "format stands twice" },
		{ "{\"format\": 1, \"id\": \"one\"}", "kind: a text" }, { "no", "no JSON" },
		{ "{\"format\": 7}", "format 7" },
	};
	static const char *const none[] = { "two", "", "..", "../one", "one/x", ".one", "a b", "%6fne" };
	struct gate_integration in;
	struct gate g;
	struct error e;
	size_t i;
	int dir = scratch();

	(void)state;
	put_file(dir, "daybook.json", SITE_JSON(""), strlen(SITE_JSON("")));
	assert_int_equal(mkdirat(dir, "integrations", 0750), 0);
	put_file(dir, "integrations/one.json", IN_JSON("one", "paypal-ipn", "test", KEY, ""),
	    strlen(IN_JSON("one", "paypal-ipn", "test", KEY, "")));
	assert_works(gate_open(&g, unit_dir, &e));
	assert_works(gate_integration(&g, "one", &in, &e));
	assert_string_equal(in.id, "one");
	assert_string_equal(in.kind, "paypal-ipn");
	assert_string_equal(in.url_key, KEY);
	assert_int_equal(in.mode, BOOK_TEST);
	for (i = 0; i < COUNT(none); i++)
		assert_fails(gate_integration(&g, none[i], &in, &e), ERR_NOTFOUND, "no ");
	for (i = 0; i < COUNT(bad); i++) {
		put_file(dir, "integrations/one.json", bad[i].text, strlen(bad[i].text));
		assert_fails(gate_integration(&g, "one", &in, &e), ERR_CONFIG, bad[i].says);
	}
	close(g.fd);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits), cmocka_unit_test(unusable), cmocka_unit_test(integrations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
