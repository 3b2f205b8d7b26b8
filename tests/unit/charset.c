/*
 * charset -- every charset PayPal names to UTF-8; bytes that are none of it cost no message.
 */
#include "unit.h"

#include "text.h"

/* paypal.md 1.4, as PayPal writes them */
static const char *const paypal[] = { "windows-1252", "UTF-8", "us-ascii", "iso-8859-1", "iso-8859-2",
    "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9",
    "iso-8859-15", "windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1255",
    "windows-1256", "windows-1257", "windows-1258", "KOI8-R", "GB2312", "GB18030", "gbk", "Big5",
    "Shift_JIS", "EUC-JP", "ISO-2022-JP", "EUC-KR", "EUC-TW" };

static const char *
convert(struct buf *b, const char *charset, const char *s, size_t len)
{
	struct error e;

	buf_clear(b);
	assert_works(buf_adds(b, "", &e));
	assert_works(text_to_utf8(b, charset, s, len, &e));
	return b->data;
}

static void
names(void **state)
{
	static const char *const no[] = { "UTF-7", "utf7", "UTF-16", "UTF-32", "UCS-2", "x", "windows-1252//IGNORE",
	    "UTF-8//TRANSLIT", "../../gconv", "WCHAR_T", "INTERNAL", "windows-1252 ", "\xff", "HZ-GB-2312" };
	size_t i;

	(void)state;
	assert_string_equal(text_charset("", 0), "WINDOWS-1252");
	assert_string_equal(text_charset("cp1252", 6), "WINDOWS-1252");
	assert_string_equal(text_charset("utf8", 4), "UTF-8");
	for (i = 0; i < COUNT(paypal); i++)
		if (text_charset(paypal[i], strlen(paypal[i])) == NULL)
			fail_msg("%s", paypal[i]);
	for (i = 0; i < COUNT(no); i++)
		assert_null(text_charset(no[i], strlen(no[i])));
	assert_null(text_charset("UTF-8\0", 6));
}

static void
known_text(void **state)
{
	static const struct { const char *charset, *s, *want; } v[] = {
		{ "WINDOWS-1252", "J\xf6rg \x80 5", "J\xc3\xb6rg \xe2\x82\xac 5" },
		{ "WINDOWS-1252", "\x81\x8d\x8f\x90\x9d",
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "ISO-8859-1", "\xe9\x80", "\xc3\xa9\xc2\x80" },
		{ "ISO-8859-15", "\xa4", "\xe2\x82\xac" },
		{ "ISO-8859-2", "\xb3\xf3" "d\xbc", "\xc5\x82\xc3\xb3" "d\xc5\xba" },
		{ "WINDOWS-1250", "\x9c", "\xc5\x9b" }, { "WINDOWS-1251", "\xcf\xf0", "\xd0\x9f\xd1\x80" },
		{ "KOI8-R", "\xf0\xd2", "\xd0\x9f\xd1\x80" },
		{ "GB2312", "\xc4\xe3\xba\xc3", "\xe4\xbd\xa0\xe5\xa5\xbd" },
		{ "GB18030", "\xc4\xe3\xba\xc3", "\xe4\xbd\xa0\xe5\xa5\xbd" },
		{ "BIG5", "\xa7\x41\xa6\x6e", "\xe4\xbd\xa0\xe5\xa5\xbd" },
		{ "SHIFT_JIS", "\x93\xfa\x96\x7b", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "EUC-JP", "\xc6\xfc\xcb\xdc", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "ISO-2022-JP", "\x1b$B\x46\x7c\x4b\x5c\x1b(B", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "EUC-KR", "\xc7\xd1\xb1\xdb", "\xed\x95\x9c\xea\xb8\x80" },
		{ "UTF-8", "\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "UTF-8", "a\xff" "b\xc3", "a\xef\xbf\xbd" "b\xef\xbf\xbd" },
		{ "UTF-8", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "US-ASCII", "a\xe4", "a\xef\xbf\xbd" }, { NULL, "a\xe4", "a\xef\xbf\xbd" },
		/* broken off in the middle of a character */
		{ "SHIFT_JIS", "\x93\xfa\x96", "\xe6\x97\xa5\xef\xbf\xbd" },
		{ "GB18030", "\xc4\xe3\xba", "\xe4\xbd\xa0\xef\xbf\xbd" },
		{ "EUC-JP", "\x8f", "\xef\xbf\xbd" },
	};
	struct buf b = BUF_INIT(4096);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		assert_string_equal(convert(&b, v[i].charset, v[i].s, strlen(v[i].s)), v[i].want);
	buf_free(&b);
}

/* Any bytes in any charset: no failure, valid UTF-8, what is ASCII stays readable. */
static void
any_bytes(void **state)
{
	struct buf b = BUF_INIT(65536);
	char s[1500];
	uint64_t seed = 5;
	size_t i, k, round;

	(void)state;
	for (i = 0; i < COUNT(paypal); i++)
		for (round = 0; round < 40; round++) {
			size_t n = random_below(&seed, sizeof(s) - 1);
			const char *charset = text_charset(paypal[i], strlen(paypal[i]));

			for (k = 0; k < n; k++)
				s[k] = (char)random_next(&seed);
			convert(&b, charset, s, n);
			if (text_utf8_valid(b.data, b.len) != b.len)
				fail_msg("%s: not UTF-8", charset);
			assert_string_equal(convert(&b, charset, "INV-1001 a@b.c", 14), "INV-1001 a@b.c");
		}
	buf_free(&b);
}

static void
full(void **state)
{
	static const char *const charsets[] = { "WINDOWS-1252", "UTF-8", "SHIFT_JIS", "US-ASCII" };
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(charsets); i++) {
		struct buf b = BUF_INIT(4);

		assert_fails(text_to_utf8(&b, charsets[i], "abcde", 5, &e), ERR_INPUT, "larger than 4 bytes");
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(known_text), cmocka_unit_test(any_bytes),
		cmocka_unit_test(full),
	};

	return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
