/*
 * mime -- headers no text can break out of, lines mail programs take, bytes that come back.
 */
#include "unit.h"

#include "mime.h"
#include "moment.h"
#include "text.h"

static char text[4096];		/* what was built, for comparing */

static const char *
built(const struct buf *b)
{
	assert_true(b->len < sizeof(text));
	memcpy(text, b->data == NULL ? "" : b->data, b->len);
	text[b->len] = '\0';
	return text;
}

static void
addresses(void **state)
{
	static const char *const good[] = { "a@b", "a.b+c@example.net", "o'neil@sub.example-x.org", "1@2.3",
	    "x_y=z@xn--bcher-kva.example" };
	static const char *const bad[] = { "", "@", "a@", "@b", "a", "a@b@c", "a b@c", "a@b c", "a@b\r\nTo: x",
	    "a\n@b", "<a@b>", "a@b>", "\"a\"@b", "a..b@c", ".a@b", "a.@b", "a@.b", "a@b.", "a@-b", "a@b..c",
	    "a,b@c", "a;b@c", "a@b,c@d", "a@b:25", "a@[127.0.0.1]", "\303\251@b", "a@\303\251", "a@b\t", "a@b\177",
	    "a(x)@b", "a\\@b" };
	char big[400];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		if (!mime_address_valid(good[i]))
			fail_msg("%s", good[i]);
	for (i = 0; i < COUNT(bad); i++)
		if (mime_address_valid(bad[i]))
			fail_msg("%s", bad[i]);
	memset(big, 'a', sizeof(big));
	memcpy(big + 64, "@b", 3);
	assert_true(mime_address_valid(big));
	memset(big, 'a', sizeof(big));
	memcpy(big + 65, "@b", 3);
	assert_false(mime_address_valid(big));
	memset(big, 'a', sizeof(big));
	big[1] = '@';
	big[254] = '\0';
	assert_true(mime_address_valid(big));
	big[254] = 'a';
	big[255] = '\0';
	assert_false(mime_address_valid(big));
}

static void
headers(void **state)
{
	static const struct { const char *value, *want; } good[] = {
		{ "", "Subject: \r\n" },
		{ "CLEAN Example 2026-11-21 pack 17", "Subject: CLEAN Example 2026-11-21 pack 17\r\n" },
		{ "CLEAN \303\234ber 1", "Subject: CLEAN =?UTF-8?B?w5xiZXI=?= 1\r\n" },
		{ "\303\234 \303\234", "Subject: =?UTF-8?B?w5wgw5w=?=\r\n" },
		{ "a =?UTF-8?Q?b?= c", "Subject: a =?UTF-8?B?PT9VVEYtOD9RP2I/PQ==?= c\r\n" },
		{ "1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 12345",
		  "Subject: 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890\r\n 12345\r\n" },
	};
	static const char *const bad[] = { "a\nb", "a\r\nBcc: x@y", "a\rb", "\t", "\177", "\377", "\303",
	    "\355\240\200" };
	struct buf b = BUF_INIT(65536);
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		buf_clear(&b);
		assert_works(mime_text(&b, "Subject", good[i].value, &e));
		assert_string_equal(built(&b), good[i].want);
	}
	buf_clear(&b);
	for (i = 0; i < COUNT(bad); i++) {
		assert_fails(mime_text(&b, "Subject", bad[i], &e), ERR_INPUT, "Subject");
		assert_fails(mime_plain(&b, "X", bad[i], &e), ERR_INPUT, "X");
		assert_fails(mime_address(&b, "To", bad[i], "a@b", &e), ERR_INPUT, "To");
		assert_fails(mime_address(&b, "To", "", bad[i], &e), ERR_INPUT, "To");
		assert_int_equal(b.len, 0);
	}
	assert_fails(mime_plain(&b, "X", "\303\234", &e), ERR_INPUT, "ASCII");
	assert_works(mime_address(&b, "From", "A \"b\" \\ <c>, d", "a@b", &e));
	assert_string_equal(built(&b), "From: \"A \\\"b\\\" \\\\ <c>, d\" <a@b>\r\n");
	buf_clear(&b);
	assert_works(mime_address(&b, "From", "\303\234ber, Inc.", "a@b", &e));
	assert_string_equal(built(&b), "From: =?UTF-8?B?w5xiZXIsIEluYy4=?= <a@b>\r\n");
	buf_clear(&b);
	assert_works(mime_address(&b, "To", "", "a@b", &e));
	assert_string_equal(built(&b), "To: a@b\r\n");
	buf_clear(&b);
	assert_works(mime_date(&b, INT64_C(1795221001) * MOMENT_SECOND, &e));
	assert_string_equal(built(&b), "Date: Sat, 21 Nov 2026 00:30:01 +0000\r\n");
	buf_free(&b);
}

/* Whatever a name is: no line over 76 bytes, none that is not folded, all of it ASCII. */
static void
folding(void **state)
{
	static const char *const piece[] = { "a", "word", " ", "\303\234", "\360\237\222\266", "=?", "longer-word",
	    "\"", "\\" };
	uint64_t seed = 7;
	struct error e;
	int round;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct buf b = BUF_INIT(65536);
		char value[600] = "", *line, *next;
		size_t n = random_below(&seed, 40), len = 0;

		while (n-- > 0) {
			const char *p = piece[random_below(&seed, COUNT(piece))];

			memcpy(value + len, p, strlen(p) + 1);
			len += strlen(p);
		}
		assert_works(round % 2 == 0 ? mime_text(&b, "Subject", value, &e) :
		    mime_address(&b, "From", value, "books@example.net", &e));
		(void)built(&b);
		for (line = text; *line != '\0'; line = next) {
			if ((next = strstr(line, "\r\n")) == NULL)
				fail_msg("no line end: %s", line);
			/* a word by itself may be longer: it can't be broken */
			if (next - line > 76 && memchr(line + 1, ' ', (size_t)(next - line - 1)) != NULL &&
			    line != text)
				fail_msg("too long: %s", line);
			if (line != text && line[0] != ' ')
				fail_msg("a header of its own: %s", text);
			next += 2;
		}
		for (n = 0; n < b.len; n++)
			assert_true((unsigned char)b.data[n] < 0x80);
		buf_free(&b);
	}
}

static void
bodies(void **state)
{
	static const char *const plain[] = { "", "a\n", ".\n..\n.a\n", "a\nb", "tail", "-- a\n" };
	static const char *const coded[] = { "a \n", "From me\n", "\303\234\n", "x\ty\n", "\r\n", "a\177",
	    "1234567890123456789012345678901234567890123456789012345678901234567890123456789\n" };
	struct buf b = BUF_INIT(65536), back = BUF_INIT(65536);
	char raw[5000], *line, *next;
	uint64_t seed = 3;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(plain); i++) {
		buf_clear(&b);
		assert_works(mime_leaf(&b, "text/plain", NULL, plain[i], strlen(plain[i]), &e));
		assert_non_null(strstr(built(&b), "Content-Transfer-Encoding: 7bit\r\n"));
	}
	for (i = 0; i < COUNT(coded); i++) {
		buf_clear(&b);
		assert_works(mime_leaf(&b, "text/plain", NULL, coded[i], strlen(coded[i]), &e));
		assert_non_null(strstr(built(&b), "Content-Transfer-Encoding: base64\r\n"));
	}
	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (char)random_next(&seed);
	for (i = 0; i < sizeof(raw); i += 1 + i / 3) {
		char *p;

		buf_clear(&b);
		buf_clear(&back);
		assert_works(mime_leaf(&b, "application/zip", "a.zip", raw, i, &e));
		p = strstr(b.data, "\r\n\r\n") + 4;
		for (line = p; *line != '\0'; line = next + 2) {
			assert_non_null(next = strstr(line, "\r\n"));
			assert_true(next - line <= 76);
			assert_works(text_unbase64(&back, line, (size_t)(next - line), &e));
		}
		assert_int_equal(back.len, i);
		assert_true(i == 0 || memcmp(back.data, raw, i) == 0);
	}
	assert_fails(mime_leaf(&b, "a/b", "x\".pdf", "", 0, &e), ERR_INPUT, "attachment");
	assert_fails(mime_leaf(&b, "a/b", "x\r\ny", "", 0, &e), ERR_INPUT, "attachment");
	assert_fails(mime_leaf(&b, "a/b", "../x", "", 0, &e), ERR_INPUT, "attachment");
	buf_free(&b);
	buf_free(&back);
}

static void
joined(void **state)
{
	struct buf one = BUF_INIT(4096), two = BUF_INIT(4096), out = BUF_INIT(4096), again = BUF_INIT(4096);
	const struct buf *part[] = { &one, &two };
	struct error e;

	(void)state;
	assert_works(mime_leaf(&one, "text/plain", NULL, "hello\n", 6, &e));
	assert_works(mime_leaf(&two, "application/pdf", "a.pdf", "%PDF", 4, &e));
	assert_works(mime_join(&out, "multipart/mixed", NULL, part, 2, &e));
	assert_works(mime_join(&again, "multipart/mixed", NULL, part, 2, &e));
	assert_string_equal(out.data, again.data);
	assert_non_null(strstr(out.data, "\r\n\r\nhello\r\n\r\n--=_"));
	assert_non_null(strstr(out.data, "--\r\n"));
	part[1] = &one;
	buf_clear(&again);
	assert_works(mime_join(&again, "multipart/mixed", NULL, part, 2, &e));
	/* other parts, another boundary */
	assert_int_not_equal(strncmp(strstr(out.data, "=_"), strstr(again.data, "=_"), 34), 0);
	buf_free(&one);
	buf_free(&two);
	buf_free(&out);
	buf_free(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(headers), cmocka_unit_test(folding),
		cmocka_unit_test(bodies), cmocka_unit_test(joined),
	};

	return cmocka_run_group_tests_name("mime", tests, NULL, NULL);
}
