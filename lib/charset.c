/*
 * charset -- a message's bytes to UTF-8 (text.h; providers/paypal.md 1.4).
 *
 * The names accepted are a fixed list: a hostile `charset` must not choose a dangerous decoder
 * (UTF-7).  windows-1252 and ISO-8859-1 are our own tables, the rest is iconv's.
 */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

static const char *const known[] = {
	"WINDOWS-1252", "UTF-8", "US-ASCII", "ISO-8859-1", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4",
	"ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8", "ISO-8859-9", "ISO-8859-15",
	"WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256",
	"WINDOWS-1257", "WINDOWS-1258", "WINDOWS-874", "KOI8-R", "KOI8-U", "GB2312", "GBK", "GB18030",
	"BIG5", "SHIFT_JIS", "EUC-JP", "ISO-2022-JP", "EUC-KR", "EUC-TW", NULL
};

/* 0x80 to 0x9F of windows-1252; 0: undefined */
static const uint16_t cp1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
	0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122,
	0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

static const char replacement[] = "\xef\xbf\xbd";

const char *
text_charset(const char *name, size_t len)
{
	size_t i;

	if (len == 0)
		return known[0];
	if (text_equal_ci(name, len, "utf8", 4))
		return "UTF-8";
	if (text_equal_ci(name, len, "cp1252", 6))
		return known[0];
	for (i = 0; known[i] != NULL; i++)
		if (text_equal_ci(name, len, known[i], strlen(known[i])))
			return known[i];
	return NULL;
}

static int
put_char(struct buf *out, uint32_t c, struct error *e)
{
	char u[3];

	if (c < 0x80) {
		u[0] = (char)c;
		return buf_add(out, u, 1, e);
	}
	if (c < 0x800) {
		u[0] = (char)(0xc0 | c >> 6);
		u[1] = (char)(0x80 | (c & 0x3f));
		return buf_add(out, u, 2, e);
	}
	u[0] = (char)(0xe0 | c >> 12);
	u[1] = (char)(0x80 | (c >> 6 & 0x3f));
	u[2] = (char)(0x80 | (c & 0x3f));
	return buf_add(out, u, 3, e);
}

static int
single_byte(struct buf *out, int latin1, int ascii, const char *s, size_t len, struct error *e)
{
	size_t i;

	for (i = 0; i < len; i++) {
		uint32_t c = (unsigned char)s[i];

		if (c >= 0x80 && ascii)
			c = 0xfffd;
		else if (c >= 0x80 && c < 0xa0 && !latin1)
			c = cp1252[c - 0x80] == 0 ? 0xfffd : cp1252[c - 0x80];
		if (put_char(out, c, e) == -1)
			return -1;
	}
	return 0;
}

static int
utf8(struct buf *out, const char *s, size_t len, struct error *e)
{
	while (len > 0) {
		size_t n = text_utf8_valid(s, len);

		if (buf_add(out, s, n, e) == -1)
			return -1;
		s += n;
		len -= n;
		if (len > 0) {
			if (buf_adds(out, replacement, e) == -1)
				return -1;
			s++;
			len--;
		}
	}
	return 0;
}

/* Back to the initial state; what the decoder still held back (a letter that a mark could follow). */
static int
flush(struct buf *out, iconv_t cd, struct error *e)
{
	char part[64], *to = part;
	size_t room = sizeof(part);

	(void)iconv(cd, NULL, NULL, &to, &room);
	return buf_add(out, part, sizeof(part) - room, e);
}

static int
other(struct buf *out, const char *charset, const char *s, size_t len, struct error *e)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	char *in = (char *)(uintptr_t)s, part[1024];
	int rc = -1;

	if (cd == (iconv_t)-1)
		return single_byte(out, 0, 1, s, len, e);	/* not on this machine: bytes stay kept */
	while (len > 0) {
		char *to = part;
		size_t room = sizeof(part), n = iconv(cd, &in, &len, &to, &room);
		int bad = n == (size_t)-1 && errno != E2BIG;

		if (buf_add(out, part, sizeof(part) - room, e) == -1)
			goto out;
		if (bad && len > 0) {
			if (flush(out, cd, e) == -1 || buf_adds(out, replacement, e) == -1)
				goto out;
			in++;
			len--;
		}
	}
	rc = flush(out, cd, e);
out:
	iconv_close(cd);
	return rc;
}

int
text_to_utf8(struct buf *out, const char *charset, const char *s, size_t len, struct error *e)
{
	if (charset == NULL || strcmp(charset, "US-ASCII") == 0)
		return single_byte(out, 0, 1, s, len, e);
	if (strcmp(charset, "UTF-8") == 0)
		return utf8(out, s, len, e);
	if (strcmp(charset, "WINDOWS-1252") == 0)
		return single_byte(out, 0, 0, s, len, e);
	if (strcmp(charset, "ISO-8859-1") == 0)
		return single_byte(out, 1, 0, s, len, e);
	return other(out, charset, s, len, e);
}
