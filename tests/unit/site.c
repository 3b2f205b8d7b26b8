/*
 * site -- a site's settings and integrations: defaults, what is refused, and the name of the thing.
 */
#include "unit.h"

#include "site.h"

#define NEEDED "\"id\":\"4e4313a65944ae8c7c24ecb4b45fed63\",\"name\":\"Example Telecom\"," \
	"\"base_url\":\"https://pay.example.net\",\"time_zone\":\"UTC\",\"currency\":\"USD\""
#define SITE	"{\"format\":1," NEEDED "}"
#define HEAD	"{\"format\":1,\"id\":\"p\",\"kind\":\"paypal-ipn\",\"mode\":\"test\"," \
	"\"url_key\":\"0123456789abcdef\""

static int
site_with(const char *json)
{
	int dir = scratch();

	put_file(dir, "daybook.json", json, strlen(json));
	assert_int_equal(mkdirat(dir, "integrations", 0755), 0);
	return dir;
}

static void
settings(void **state)
{
	static const struct { const char *json, *says; } bad[] = {
		{ "", "daybook.json:" }, { "{", "daybook.json:" }, { "[]", "a JSON object is expected" },
		{ "{\"format\":1,\"format\":1}", "daybook.json:1: duplicate" },
		{ "{" NEEDED "}", "format: a number is expected" },
		{ "{\"format\":\"1\"," NEEDED "}", "format: a number is expected" },
		{ "{\"format\":0," NEEDED "}", "format: a number is expected" },
		{ "{\"format\":2," NEEDED "}", "has format 2; this daybook reads up to 1" },
		{ "{\"format\":1}", "id: a text" },
		{ "{\"format\":1," NEEDED ",\"legal_name\":5}", "legal_name: a text" },
		{ "{\"format\":1," NEEDED ",\"key\":"
		    "\"01234567890123456789012345678901234567890123456789012345678901234\"}", "key: a text of at" },
		{ "{\"format\":1," NEEDED ",\"tolerances\":{\"window_days\":61}}", "window_days: 0 to 60" },
		{ "{\"format\":1," NEEDED ",\"tolerances\":{\"window_days\":\"2\"}}", "window_days: 0 to 60" },
		{ "{\"format\":1," NEEDED ",\"min_free\":\"lots\"}", "min_free: bytes are expected" },
		{ "{\"format\":1," NEEDED ",\"min_free\":-1}", "min_free: bytes are expected" },
		{ "{\"format\":1," NEEDED ",\"min_free\":1.5}", "min_free: bytes are expected" },
		{ "{\"format\":1," NEEDED ",\"min_free\":\"5 apples\"}", "min_free: bytes are expected" },
		{ "{\"format\":1," NEEDED ",\"min_free\":\"9000000000T\"}", "min_free: bytes are expected" },
		{ "{\"format\":1," NEEDED ",\"spool_max_bytes\":\"\"}", "spool_max_bytes: bytes" },
	};
	struct site s;
	struct error e;
	size_t i;
	int dir;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		dir = site_with(bad[i].json);
		assert_fails(site_open(&s, unit_dir, &e), ERR_CONFIG, bad[i].says);
		close(dir);
	}
	assert_fails(site_open(&s, "/nowhere/at/all", &e), ERR_CONFIG, "/nowhere/at/all: open the site");
	dir = scratch();
	assert_fails(site_open(&s, unit_dir, &e), ERR_CONFIG, "no site is here");
	close(dir);
	dir = site_with(SITE);
	assert_works(site_open(&s, unit_dir, &e));
	assert_string_equal(s.name, "Example Telecom");
	assert_int_equal(s.window_days, 2);
	assert_int_equal(s.stand_ins, 0);
	assert_int_equal(s.limits.files_max, SPOOL_FILES_MAX);
	assert_int_equal(s.limits.bytes_max, SPOOL_BYTES_MAX);
	assert_int_equal(s.limits.min_free, SITE_MIN_FREE);
	site_close(&s);
	site_close(NULL);
	close(dir);
	dir = site_with("{\"format\":1," NEEDED ",\"stand_ins\":true,\"spool_max_files\":7,"
	    "\"spool_max_bytes\":\"2 GiB\",\"min_free\":\"5K\",\"tolerances\":{\"window_days\":0}}");
	assert_int_equal(setenv("DAYBOOK_SITE", unit_dir, 1), 0);
	assert_works(site_open(&s, NULL, &e));
	assert_int_equal(s.window_days, 0);
	assert_int_equal(s.stand_ins, 1);
	assert_int_equal(s.limits.files_max, 7);
	assert_int_equal(s.limits.bytes_max, INT64_C(2) << 30);
	assert_int_equal(s.limits.min_free, 5 * 1024);
	site_close(&s);
	close(dir);
}

static void
integrations(void **state)
{
	static const struct { const char *json, *says; } bad[] = {
		{ "{}", "id: a text" }, { "nonsense", "p.json:1" }, { HEAD "}", "settings: an object" },
		{ HEAD ",\"settings\":[]}", "settings: an object" },
		{ HEAD ",\"settings\":{\"account\":\"a b\"}}", "account: \"a b\" is no name" },
		{ HEAD ",\"settings\":{\"account\":5}}", "account: a text" },
		{ HEAD ",\"settings\":{\"currencies\":\"USD,EURO\"}}", "currencies: \"EURO\" is none" },
		{ "{\"format\":1,\"id\":\"q\",\"kind\":\"stripe\",\"mode\":\"live\","
		    "\"url_key\":\"0123456789abcdef\",\"settings\":{}}", "is not what it can be" },
		{ "{\"format\":1,\"id\":\"p\",\"kind\":\"stripe\",\"mode\":\"both\","
		    "\"url_key\":\"0123456789abcdef\",\"settings\":{}}", "is not what it can be" },
		{ "{\"format\":1,\"id\":\"p\",\"kind\":\"stripe\",\"mode\":\"live\",\"url_key\":\"short\","
		    "\"settings\":{}}", "is not what it can be" },
	};
	static const char *const no_ids[] = { "", ".", "..", "../daybook", "a/b", "-p", "p\n", "q" };
	struct integration in;
	struct error e;
	struct site s;
	size_t i;
	int dir = site_with(SITE);

	(void)state;
	assert_works(site_open(&s, unit_dir, &e));
	for (i = 0; i < COUNT(no_ids); i++)
		assert_fails(site_integration(&s, no_ids[i], &in, &e), ERR_NOTFOUND, "no ");
	for (i = 0; i < COUNT(bad); i++) {
		put_file(dir, "integrations/p.json", bad[i].json, strlen(bad[i].json));
		assert_fails(site_integration(&s, "p", &in, &e), ERR_CONFIG, bad[i].says);
	}
#define GOOD	HEAD ",\"settings\":{\"endpoint\":\"http://127.0.0.1:9\"}}"
	put_file(dir, "integrations/p.json", GOOD, strlen(GOOD));
	assert_works(site_integration(&s, "p", &in, &e));
	assert_int_equal(in.mode, BOOK_TEST);
	assert_string_equal(in.account, "PayPal");
	assert_int_equal(in.ncurrencies, 1);	/* the site's own */
	assert_true(site_accepts(&in, "USD"));
	assert_false(site_accepts(&in, "EUR"));
	assert_int_equal(in.deduct_fee, 0);
	assert_string_equal(in.endpoint, "");	/* no site of stand-ins */
	site_integration_free(&in);
	site_integration_free(NULL);
#define MORE	HEAD ",\"settings\":{\"account\":\"PayPal-EU\",\"currencies\":\" EUR , JPY\"," \
	"\"deduct_fee\":\"yes\"}}"
	put_file(dir, "integrations/p.json", MORE, strlen(MORE));
	assert_works(site_integration(&s, "p", &in, &e));
	assert_string_equal(in.account, "PayPal-EU");
	assert_int_equal(in.ncurrencies, 2);
	assert_true(site_accepts(&in, "JPY"));
	assert_false(site_accepts(&in, "USD"));
	assert_int_equal(in.deduct_fee, 1);
	site_integration_free(&in);
	site_close(&s);
	close(dir);
}

static void
lists(void **state)
{
	static const struct { const char *list, *want; } v[] = {
		{ "", "" }, { ",", "" }, { " , ,\t,", "" }, { "a", "a;" }, { "a,b", "a;b;" },
		{ " a b ,\tc,", "a b;c;" }, { ",,x,,y", "x;y;" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		char got[64] = "";
		const char *s;
		size_t len, n = 0;
		int k;

		for (k = 0; site_list_item(v[i].list, k, &s, &len); k++) {
			memcpy(got + n, s, len);
			n += len;
			got[n++] = ';';
		}
		assert_int_equal(len, 0);
		assert_string_equal(got, v[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings), cmocka_unit_test(integrations), cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
