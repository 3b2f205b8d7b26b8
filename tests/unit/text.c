/*
 * text -- forms, base64, numbers, ids: bytes of strangers, none of which may surprise us.
 */
#include "unit.h"

#include <sodium.h>

#include "text.h"

static struct form
form(const char *body)
{
	struct form f;
	struct error e;

	assert_works(text_form_parse(&f, body, strlen(body), &e));
	return f;
}

/* "name=value;" of each pair in order, NULs as '0' */
static void
shape(const struct form *f, char out[256])
{
	size_t i, n = 0, k;

	for (i = 0; i < f->n; i++) {
		const struct pair *p = &f->pairs[i];

		assert_int_equal(p->name[p->name_len], '\0');
		assert_int_equal(p->value[p->value_len], '\0');
		for (k = 0; k < p->name_len; k++)
			out[n++] = p->name[k] == '\0' ? '0' : p->name[k];
		out[n++] = '=';
		for (k = 0; k < p->value_len; k++)
			out[n++] = p->value[k] == '\0' ? '0' : p->value[k];
		out[n++] = ';';
	}
	out[n] = '\0';
}

static void
forms(void **state)
{
	static const struct { const char *body, *want; int clash; } v[] = {
		{ "", "", 0 }, { "&", "", 0 }, { "&&&", "", 0 }, { "=x", "", 0 }, { "=", "", 0 },
		{ "a", "a=;", 0 }, { "a=", "a=;", 0 }, { "a=1&&b=2", "a=1;b=2;", 0 }, { "a=1&", "a=1;", 0 },
		{ "a=b=c", "a=b=c;", 0 }, { "a+b=c+d", "a b=c d;", 0 }, { "%61=%62", "a=b;", 0 },
		{ "m=100%", "m=100%;", 0 }, { "m=%zz", "m=%zz;", 0 }, { "m=%u0416", "m=%u0416;", 0 },
		{ "m=%4", "m=%4;", 0 }, { "m=%4g%41", "m=%4gA;", 0 }, { "m=%%41", "m=%A;", 0 },
		{ "m=a%00b", "m=a0b;", 0 }, { "m%00=x&m=y", "m0=x;m=y;", 0 }, { "m=%e4", "m=\xe4;", 0 },
		{ "m=%E4%fC", "m=\xe4\xfc;", 0 }, { "a=%26%3d%2B", "a=&=+;", 0 },
		{ "a=1&a=1", "a=1;a=1;", 0 }, { "a=1&a=2", "a=1;a=2;", 1 }, { "a=1&b=2&a=", "a=1;b=2;a=;", 1 },
		{ "a=1&%61=2", "a=1;a=2;", 1 }, { "a=1&A=2", "a=1;A=2;", 0 }, { "a;b=1", "a;b=1;", 0 },
	};
	char got[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		struct form f = form(v[i].body);

		shape(&f, got);
		assert_string_equal(got, v[i].want);
		assert_int_equal(f.clash, v[i].clash);
		text_form_free(&f);
	}
}

static void
form_get(void **state)
{
	struct form f = form("b=2&a=1&a=3&long%0aname%ff=x"), empty = { 0 };
	struct error e;

	(void)state;
	assert_string_equal(text_form_get(&f, "a")->value, "1");
	assert_ptr_equal(text_form_get(&f, "b"), &f.pairs[0]);
	assert_null(text_form_get(&f, "c"));
	assert_null(text_form_get(&f, ""));
	assert_string_equal(f.clash_name, "a");
	text_form_free(&f);
	assert_null(text_form_get(&empty, "a"));
	text_form_free(&empty);
	text_form_free(NULL);
	f = form("%0a%e4=1&%0a%e4=2");
	assert_string_equal(f.clash_name, "??");
	text_form_free(&f);
	/* a NUL in a name is not the end of it */
	assert_works(text_form_parse(&f, "txn_id%00x=evil", 15, &e));
	assert_null(text_form_get(&f, "txn_id"));
	text_form_free(&f);
}

/* As many variables as are allowed, all of them found, and one more. */
static void
form_limit(void **state)
{
	struct buf b = BUF_INIT(8 * 1024 * 1024);
	struct form f;
	struct error e;
	char name[32];
	size_t i;

	(void)state;
	for (i = 0; i < TEXT_PAIRS_MAX; i++)
		assert_works(buf_addf(&b, &e, "%sn%zu=%zu", i == 0 ? "" : "&", i, i));
	assert_works(text_form_parse(&f, b.data, b.len, &e));
	assert_int_equal(f.n, TEXT_PAIRS_MAX);
	for (i = 0; i < TEXT_PAIRS_MAX; i += 997) {
		(void)snprintf(name, sizeof(name), "n%zu", i);
		assert_string_equal(text_form_get(&f, name)->value, name + 1);
	}
	text_form_free(&f);
	assert_works(buf_adds(&b, "&", &e));
	assert_fails(text_form_parse(&f, b.data, b.len, &e), ERR_INPUT, "more than 100000 variables");
	assert_null(f.pairs);
	buf_free(&b);
}

static void
urlencode(void **state)
{
	struct buf b = BUF_INIT(4096), all = BUF_INIT(256);
	struct form f;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < 256; i++) {
		char c = (char)i;

		assert_works(buf_add(&all, &c, 1, &e));
	}
	assert_works(buf_adds(&b, "x=", &e));
	assert_works(text_urlencode(&b, all.data, all.len, &e));
	assert_int_equal(strspn(b.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+-_.="),
	    b.len);
	assert_works(text_form_parse(&f, b.data, b.len, &e));
	assert_int_equal(f.pairs[0].value_len, 256);
	assert_memory_equal(f.pairs[0].value, all.data, 256);
	text_form_free(&f);
	buf_free(&b);
	buf_free(&all);
}

static void
utf8(void **state)
{
	static const struct { const char *s; size_t len, valid; } v[] = {
		{ "", 0, 0 }, { "abc", 3, 3 }, { "a\0b", 3, 3 }, { "\xc3\xa4", 2, 2 }, { "\xc3", 1, 0 },
		{ "a\xc3", 2, 1 }, { "\xe2\x82\xac", 3, 3 }, { "\xe2\x82", 2, 0 }, { "\xf0\x9f\x98\x80", 4, 4 },
		{ "\xf0\x9f\x98", 3, 0 }, { "\xc0\xaf", 2, 0 }, { "\xc1\xbf", 2, 0 }, { "\xe0\x9f\xbf", 3, 0 },
		{ "\xe0\xa0\x80", 3, 3 }, { "\xed\x9f\xbf", 3, 3 }, { "\xed\xa0\x80", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 }, { "\xf4\x8f\xbf\xbf", 4, 4 }, { "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 }, { "\x80", 1, 0 }, { "\xff", 1, 0 }, { "\xc3(", 2, 0 },
		{ "\xe2\x28\xa1", 3, 0 }, { "ok\xed\xbf\xbf", 5, 2 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		assert_int_equal(text_utf8_valid(v[i].s, v[i].len), v[i].valid);
}

static void
printable(void **state)
{
	static const struct { const char *s; size_t len; const char *want; } v[] = {
		{ "plain", 5, "plain" }, { "a\nb\tc\0d\x7f", 8, "a?b?c?d?" }, { "\x1b[31m", 5, "?[31m" },
		{ "\xc3\xa4\xe2\x82\xac", 5, "\xc3\xa4\xe2\x82\xac" }, { "\xc2\x9b" "31m", 5, "?31m" },
		{ "\xc2\xa0", 2, "\xc2\xa0" }, { "\xff\xfe", 2, "??" }, { "\xe2\x82", 2, "??" },
	};
	struct buf b = BUF_INIT(64);
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		buf_clear(&b);
		assert_works(text_printable(&b, v[i].s, v[i].len, &e));
		assert_string_equal(b.data, v[i].want);
	}
	buf_free(&b);
	b.max = 2;
	assert_fails(text_printable(&b, "abc", 3, &e), ERR_INPUT, "larger than 2 bytes");
	buf_free(&b);
}

static void
small_things(void **state)
{
	static const char *const ids[] = { "a", "C1001", "0", "a_b.c-d", "A123456789012345678901234567890123"
	    "456789012345678901234567890123" };
	static const char *const no_ids[] = { "", "_a", ".a", "-a", "a b", "a/b", "a:b", "\xc3\xa4", "a\n",
	    "A1234567890123456789012345678901234567890123456789012345678901234" };
	struct error e;
	char s[] = "A-Z\xc3\x84z", dst[4] = "xyz", hex[7];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ids); i++)
		assert_true(text_id_valid(ids[i], strlen(ids[i])));
	for (i = 0; i < COUNT(no_ids); i++)
		assert_false(text_id_valid(no_ids[i], strlen(no_ids[i])));
	assert_false(text_id_valid("a\0", 2));
	text_lower(s);
	assert_string_equal(s, "a-z\xc3\x84z");
	assert_true(text_equal_ci("AbC", 3, "aBc", 3));
	assert_false(text_equal_ci("AbC", 3, "aBc ", 4));
	assert_false(text_equal_ci("[", 1, "{", 1));
	assert_true(text_equal_ci("a\0B", 3, "A\0b", 3));
	assert_works(text_copy(dst, sizeof(dst), "ab", 2, "it", &e));
	assert_memory_equal(dst, "ab\0", 4);
	assert_fails(text_copy(dst, sizeof(dst), "abcd", 4, "it", &e), ERR_INPUT, "it: longer than 3 bytes");
	assert_fails(text_copy(dst, sizeof(dst), "a\0b", 3, "it", &e), ERR_INPUT, "it: holds a NUL");
	assert_string_equal(dst, "ab");
	text_hex(hex, "\x00\x7f\xff", 3);
	assert_string_equal(hex, "007fff");
	assert_works(text_copy(dst, sizeof(dst), NULL, 0, "it", &e));
	assert_string_equal(dst, "");
}

static void
urls(void **state)
{
	static const struct { const char *s; enum text_url want; } v[] = {
		{ "https://pay.example.net", TEXT_URL_HTTPS }, { "https://x:8443/a/b?c", TEXT_URL_HTTPS },
		{ "http://pay.example.net/", TEXT_URL_HTTP }, { "http://127.0.0.1:8080/x", TEXT_URL_LOOPBACK },
		{ "http://127.1.2.3", TEXT_URL_LOOPBACK }, { "http://localhost/", TEXT_URL_LOOPBACK },
		{ "http://[::1]:80/", TEXT_URL_LOOPBACK }, { "http://127.0.0.1.evil.org/", TEXT_URL_HTTP },
		{ "http://localhost.evil.org/", TEXT_URL_HTTP }, { "", TEXT_URL_NONE }, { "https://", TEXT_URL_NONE },
		{ "ftp://x", TEXT_URL_NONE }, { "x", TEXT_URL_NONE }, { "https:/x", TEXT_URL_NONE },
		{ "http://127.0.0.1@evil.org/", TEXT_URL_NONE }, { "http://127.0.0.1:x@evil.org/", TEXT_URL_NONE },
		{ "https://a b/", TEXT_URL_NONE }, { "https://a\nb/", TEXT_URL_NONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		if (text_url(v[i].s) != v[i].want)
			fail_msg("%s: %d", v[i].s, (int)text_url(v[i].s));
	assert_true(text_line_valid("J\xc3\xb6rg & Co", 200));
	assert_true(text_line_valid("abc", 3));
	assert_false(text_line_valid("abcd", 3));
	assert_false(text_line_valid("", 3));
	assert_false(text_line_valid("a\nb", 200));
	assert_false(text_line_valid("a\x7f", 200));
	assert_false(text_line_valid("\xff", 200));
}

static void
numbers(void **state)
{
	static const struct { const char *s; int64_t want; } good[] = {
		{ "0", 0 }, { "-0", 0 }, { "007", 7 }, { "-1", -1 }, { "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "--1",
	    "9223372036854775808", "-9223372036854775809", "99999999999999999999999", "1\n", "\xd9\xa1" };
	struct error e;
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_works(text_number(good[i].s, strlen(good[i].s), INT64_MIN, INT64_MAX, &v, "n", &e));
		assert_int_equal(v, good[i].want);
	}
	v = 4711;
	for (i = 0; i < COUNT(bad); i++)
		assert_fails(text_number(bad[i], strlen(bad[i]), INT64_MIN, INT64_MAX, &v, "n", &e), ERR_INPUT,
		    "n: ");
	assert_fails(text_number("-1", 2, 0, 9, &v, "n", &e), ERR_INPUT, "n: not between 0 and 9");
	assert_fails(text_number("10", 2, 0, 9, &v, "n", &e), ERR_INPUT, "n: not between 0 and 9");
	assert_int_equal(v, 4711);
}

static void
base64(void **state)
{
	static const char *const bad[] = { "Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm9-", "Zm9_",
	    "Zh==", "Zm9v=", "====", "Zm9vYg", "ttparayup\xcf" "arayer" };
	struct buf b = BUF_INIT(600), back = BUF_INIT(600);
	unsigned char raw[300];
	uint64_t seed = 4;
	struct error e;
	size_t i, n;

	(void)state;
	for (n = 0; n < sizeof(raw); n++) {
		for (i = 0; i < n; i++)
			raw[i] = (unsigned char)random_next(&seed);
		buf_clear(&b);
		buf_clear(&back);
		assert_works(text_base64(&b, raw, n, &e));
		assert_int_equal(b.len, (n + 2) / 3 * 4);
		assert_works(text_unbase64(&back, b.data, b.len, &e));
		assert_int_equal(back.len, n);
		assert_memory_equal(back.data == NULL ? "" : back.data, raw, n);
	}
	for (i = 0; i < COUNT(bad); i++) {
		buf_clear(&back);
		assert_works(buf_adds(&back, "kept", &e));
		assert_fails(text_unbase64(&back, bad[i], strlen(bad[i]), &e), ERR_INPUT, "bad base64");
		assert_int_equal(back.len, 4);
		assert_string_equal(back.data, "kept");
	}
	buf_free(&back);
	back.max = 2;
	assert_works(text_unbase64(&back, "Zm8=", 4, &e));
	assert_fails(text_unbase64(&back, "Zm9v", 4, &e), ERR_INPUT, "larger than 2 bytes");
	buf_free(&b);
	b.max = 3;
	assert_fails(text_base64(&b, "f", 1, &e), ERR_INPUT, "larger than 3 bytes");
	buf_free(&b);
	buf_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms), cmocka_unit_test(form_get), cmocka_unit_test(form_limit),
		cmocka_unit_test(urlencode), cmocka_unit_test(utf8), cmocka_unit_test(printable),
		cmocka_unit_test(small_things), cmocka_unit_test(urls), cmocka_unit_test(numbers),
		cmocka_unit_test(base64),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
