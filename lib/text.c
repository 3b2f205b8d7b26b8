/*
 * text -- see text.h.  Charsets but the three of the Latin world live in charset.c, so that
 * intake, linked statically, does not carry iconv.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Length of one valid UTF-8 sequence at s, 0 where there is none. */
static size_t
utf8_sequence(const unsigned char *s, size_t len)
{
	size_t n, i;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* overlong, surrogates, beyond U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

size_t
text_utf8_valid(const char *s, size_t len)
{
	size_t at = 0, n;

	while (at < len && (n = utf8_sequence((const unsigned char *)s + at, len - at)) != 0)
		at += n;
	return at;
}

int
text_printable(struct buf *out, const char *s, size_t len, struct error *e)
{
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_sequence((const unsigned char *)s + i, len - i);
		int control = n == 1 && ((unsigned char)s[i] < 0x20 || s[i] == 0x7f);

		/* U+0080 to U+009F are control characters too */
		if (n == 2 && (unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0)
			control = 1;
		if (n == 0 || control ? buf_add(out, "?", 1, e) == -1 : buf_add(out, s + i, n, e) == -1)
			return -1;
		i += n == 0 ? 1 : n;
	}
	return 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int
text_equal_ci(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t i;

	if (alen != blen)
		return 0;
	for (i = 0; i < alen; i++)
		if (lower(a[i]) != lower(b[i]))
			return 0;
	return 1;
}

void
text_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = lower(*s);
}

int
text_id_valid(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || len > 64)
		return 0;
	for (i = 0; i < len; i++) {
		char c = s[i];
		int alnum = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!alnum && (i == 0 || (c != '_' && c != '.' && c != '-')))
			return 0;
	}
	return 1;
}

int
text_line_valid(const char *s, size_t max)
{
	size_t i, n = strlen(s);

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return 0;
	return n > 0 && n <= max && text_utf8_valid(s, n) == n;
}

static int
is_loopback(const char *host, size_t len)
{
	unsigned char a[sizeof(struct in6_addr)];
	char name[64];

	if (text_equal_ci(host, len, "localhost", 9))
		return 1;
	if (len >= sizeof(name))
		return 0;
	memcpy(name, host, len);
	name[len] = '\0';
	if (name[0] == '[' && name[len - 1] == ']') {
		name[len - 1] = '\0';
		return inet_pton(AF_INET6, name + 1, a) == 1 &&
		    memcmp(a, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
	}
	return inet_pton(AF_INET, name, a) == 1 && a[0] == 127;
}

enum text_url
text_url(const char *s)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const char *host, *p;
	int https = strncmp(s, "https://", 8) == 0;
	struct error ignored;
	int64_t port;
	size_t n;

	if (!https && strncmp(s, "http://", 7) != 0)
		return TEXT_URL_NONE;
	for (p = s; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p > 0x7e || strchr("\"<>\\", *p) != NULL)
			return TEXT_URL_NONE;
	host = s + (https ? 8 : 7);
	if (*host == '[') {
		n = 1 + strspn(host + 1, "0123456789abcdefABCDEF:.");
		if (n == 1 || host[n++] != ']')
			return TEXT_URL_NONE;
	} else {
		for (n = 0; host[n] != '\0' && (strchr(alnum, host[n]) != NULL || (n > 0 &&
		    strchr(".-", host[n]) != NULL)); n++)
			continue;
		if (n == 0)
			return TEXT_URL_NONE;
	}
	/* Whatever else stands here, as a user's name and password before the true host, is refused. */
	p = host + n;
	if (*p == ':') {
		size_t digits = strcspn(++p, "/?");

		if (text_number(p, digits, 1, 65535, &port, "port", &ignored) == -1)
			return TEXT_URL_NONE;
		p += digits;
	}
	if (*p != '\0' && *p != '/' && *p != '?')
		return TEXT_URL_NONE;
	return https ? TEXT_URL_HTTPS : is_loopback(host, n) ? TEXT_URL_LOOPBACK : TEXT_URL_HTTP;
}

int
text_copy(char *dst, size_t dstsize, const char *s, size_t len, const char *what, struct error *e)
{
	if (len >= dstsize)
		return error_set(e, ERR_INPUT, "%s: longer than %zu bytes", what, dstsize - 1);
	if (len > 0 && memchr(s, '\0', len) != NULL)
		return error_set(e, ERR_INPUT, "%s: holds a NUL", what);
	if (len > 0)
		memcpy(dst, s, len);
	memset(dst + len, 0, dstsize - len);
	return 0;
}

void
text_hex(char *out, const void *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = p;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[s[i] >> 4];
		out[2 * i + 1] = digits[s[i] & 15];
	}
	out[2 * len] = '\0';
}

int
text_number(const char *s, size_t len, int64_t min, int64_t max, int64_t *v, const char *what,
    struct error *e)
{
	int64_t n = 0;
	size_t i = 0;
	int negative = len > 0 && s[0] == '-';

	i = (size_t)negative;
	if (i == len)
		return error_set(e, ERR_INPUT, "%s: a number is expected", what);
	for (; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return error_set(e, ERR_INPUT, "%s: a number is expected", what);
		if (__builtin_mul_overflow(n, 10, &n) ||
		    (negative ? __builtin_sub_overflow(n, s[i] - '0', &n) :
		    __builtin_add_overflow(n, s[i] - '0', &n)))
			return error_set(e, ERR_INPUT, "%s: out of range", what);
	}
	if (n < min || n > max)
		return error_set(e, ERR_INPUT, "%s: not between %lld and %lld", what, (long long)min,
		    (long long)max);
	*v = n;
	return 0;
}

int
text_bytes(const char *s, size_t len, int64_t *v, const char *what, struct error *e)
{
	static const char units[] = "KMGT";
	const char *u;
	size_t n = 0;

	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	if (text_number(s, n, 0, INT64_MAX / 2, v, what, e) == -1)
		return -1;
	while (n < len && s[n] == ' ')
		n++;
	if (n < len && (u = memchr(units, s[n], sizeof(units) - 1)) != NULL) {
		for (; u >= units; u--)
			if (__builtin_mul_overflow(*v, 1024, v))
				goto bad;
		if (++n < len && s[n] == 'i' && n + 1 < len)
			n++;
	}
	if (n < len && s[n] == 'B')
		n++;
	if (n == len)
		return 0;
bad:
	return error_set(e, ERR_INPUT, "%s: " TEXT_BYTES_WANTED, what);
}
