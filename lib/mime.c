/*
 * mime -- see mime.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "digest.h"
#include "mime.h"
#include "moment.h"
#include "text.h"

#define LINE		76		/* longest line of a header or of Base64 (RFC 2045, 2047) */
#define VALUE_MAX	800		/* of a header: a word that can't be folded stays below 998 */
#define WORD_HEAD	"=?UTF-8?B?"
#define WORD_TAIL	"?="

static int
alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Dot separated labels of the characters in `more` and letters and digits, no empty label. */
static int
labels(const char *s, size_t n, const char *more)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] == '.' ? i == 0 || i + 1 == n || s[i - 1] == '.' : !alnum(s[i]) &&
		    strchr(more, s[i]) == NULL)
			return 0;
	return n > 0;
}

int
mime_address_valid(const char *s)
{
	const char *at = strchr(s, '@');
	size_t n = strlen(s), local = at == NULL ? 0 : (size_t)(at - s);

	return at != NULL && n < MIME_ADDRESS && local <= 64 && labels(s, local, "!#$%&'*+-/=?^_`{|}~") &&
	    at[1] != '-' && labels(at + 1, n - local - 1, "-");
}

static int
check(const char *name, const char *value, struct error *e)
{
	size_t i, n = strlen(value);

	if (n > VALUE_MAX || text_utf8_valid(value, n) != n)
		return error_set(e, ERR_INPUT, "mail: %s: at most %d bytes of UTF-8 are expected", name,
		    VALUE_MAX);
	for (i = 0; i < n; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return error_set(e, ERR_INPUT, "mail: %s: holds a control character", name);
	return 0;
}

/* ---- header text ---- */

/* A word that can't stand as it is: not ASCII, or it looks like an encoded one. */
static int
wants_code(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] > 0x7e || (s[i] == '=' && i + 1 < n && s[i + 1] == '?'))
			return 1;
	return 0;
}

struct line {
	struct buf	*out;
	size_t		 column;
	int		 fresh;		/* behind "Name: " or a fold: the blank is there already */
};

/* Room for n columns of something that is not broken: a blank before it, or a fold. */
static int
room(struct line *l, size_t n, struct error *e)
{
	if (l->fresh) {
		l->fresh = 0;
		return 0;
	}
	if (l->column + 1 + n > LINE) {
		l->column = 1;
		return buf_adds(l->out, "\r\n ", e);
	}
	l->column++;
	return buf_adds(l->out, " ", e);
}

static int
plain_words(struct line *l, const char *s, size_t n, struct error *e)
{
	while (n > 0) {
		const char *blank = memchr(s, ' ', n);
		size_t k = blank == NULL ? n : (size_t)(blank - s);

		if (room(l, k, e) == -1 || buf_add(l->out, s, k, e) == -1)
			return -1;
		l->column += k;
		if (blank == NULL)
			return 0;
		s += k + 1;
		n -= k + 1;
		if (n == 0)		/* a blank at the end */
			return room(l, 0, e);
	}
	return 0;
}

/* As many encoded words as it takes; none ends within a character. */
static int
coded_words(struct line *l, const char *s, size_t n, struct error *e)
{
	const size_t extra = strlen(WORD_HEAD) + strlen(WORD_TAIL);

	while (n > 0) {
		size_t left = LINE - 2 - l->column, k;

		if (l->column + extra + 8 > LINE - 2)
			left = LINE - 2;		/* a fold comes */
		k = (left - extra) / 4 * 3;
		if (k > n)
			k = n;
		while (k < n && ((unsigned char)s[k] & 0xc0) == 0x80)
			k--;
		if (room(l, extra + (k + 2) / 3 * 4, e) == -1 || buf_adds(l->out, WORD_HEAD, e) == -1 ||
		    text_base64(l->out, s, k, e) == -1 || buf_adds(l->out, WORD_TAIL, e) == -1)
			return -1;
		l->column += extra + (k + 2) / 3 * 4;
		s += k;
		n -= k;
	}
	return 0;
}

/* Plain words, then the stretch from the first word that wants code to the last one, then plain ones:
 * blanks between two encoded words are not shown, so the stretch is one text. */
static int
put_text(struct line *l, const char *s, struct error *e)
{
	size_t n = strlen(s), at, from = n, to = n;

	for (at = 0; at < n; ) {
		size_t k = strcspn(s + at, " ");

		if (wants_code(s + at, k)) {
			if (from == n)
				from = at;
			to = at + k;
		}
		at += k + 1;
	}
	if (from == n)
		return plain_words(l, s, n, e);
	return plain_words(l, s, from > 0 ? from - 1 : 0, e) == -1 ||
	    coded_words(l, s + from, to - from, e) == -1 ||
	    plain_words(l, s + (to < n ? to + 1 : n), to < n ? n - to - 1 : 0, e) == -1 ? -1 : 0;
}

int
mime_text(struct buf *out, const char *name, const char *value, struct error *e)
{
	struct line l = { out, strlen(name) + 2, 1 };

	return check(name, value, e) == -1 || buf_addf(out, e, "%s: ", name) == -1 ||
	    put_text(&l, value, e) == -1 || buf_adds(out, "\r\n", e) == -1 ? -1 : 0;
}

int
mime_plain(struct buf *out, const char *name, const char *value, struct error *e)
{
	if (check(name, value, e) == -1)
		return -1;
	if (wants_code(value, strlen(value)))
		return error_set(e, ERR_INPUT, "mail: %s: ASCII is expected", name);
	return buf_addf(out, e, "%s: %s\r\n", name, value);
}

int
mime_address(struct buf *out, const char *name, const char *display, const char *address,
    struct error *e)
{
	struct line l = { out, strlen(name) + 2, 1 };
	struct buf quoted = BUF_INIT(2 * VALUE_MAX + 2);
	const char *s;
	int rc = -1;

	if (!mime_address_valid(address))
		return error_set(e, ERR_INPUT, "mail: %s: \"%.100s\" is no address to send to", name, address);
	if (check(name, display, e) == -1 || buf_addf(out, e, "%s: ", name) == -1)
		return -1;
	if (display[0] == '\0')
		return buf_addf(out, e, "%s\r\n", address);
	if (wants_code(display, strlen(display))) {
		/* In a name nothing but encoded words may stand beside its dots and commas: all of it. */
		if (coded_words(&l, display, strlen(display), e) == -1)
			return -1;
	} else {
		if (buf_adds(&quoted, "\"", e) == -1)
			goto out;
		for (s = display; *s != '\0'; s++)
			if (((*s == '"' || *s == '\\') && buf_adds(&quoted, "\\", e) == -1) ||
			    buf_add(&quoted, s, 1, e) == -1)
				goto out;
		if (buf_adds(&quoted, "\"", e) == -1 || plain_words(&l, quoted.data, quoted.len, e) == -1)
			goto out;
	}
	if (room(&l, strlen(address) + 2, e) == -1)
		goto out;
	rc = buf_addf(out, e, "<%s>\r\n", address);
out:
	buf_free(&quoted);
	return rc;
}

int
mime_date(struct buf *out, int64_t now, struct error *e)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)(now / MOMENT_SECOND);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return error_set(e, ERR_INPUT, "mail: Date: no such time");
	return buf_addf(out, e, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

/* ---- entities ---- */

static int
add_crlf(struct buf *out, const char *p, size_t len, struct error *e)
{
	while (len > 0) {
		const char *nl = memchr(p, '\n', len);
		size_t k = nl == NULL ? len : (size_t)(nl - p);

		if (buf_add(out, p, k > 0 && p[k - 1] == '\r' ? k - 1 : k, e) == -1 ||
		    buf_adds(out, "\r\n", e) == -1)
			return -1;
		if (nl == NULL)
			break;
		p += k + 1;
		len -= k + 1;
	}
	return 0;
}

/* Comes through every mail program and under a signature as it is (RFC 3156, 5). */
static int
travels_plain(const char *p, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && p[i] != '\n') {
			if ((unsigned char)p[i] < ' ' || (unsigned char)p[i] > 0x7e)
				return 0;
			continue;
		}
		if (i - start > LINE || (i > start && p[i - 1] == ' ') ||
		    (i - start >= 5 && memcmp(p + start, "From ", 5) == 0))
			return 0;
		start = i + 1;
	}
	return 1;
}

static int
base64_lines(struct buf *out, const char *p, size_t len, struct error *e)
{
	size_t k;

	for (; len > 0; p += k, len -= k) {
		k = len > LINE / 4 * 3 ? LINE / 4 * 3 : len;
		if (text_base64(out, p, k, e) == -1 || buf_adds(out, "\r\n", e) == -1)
			return -1;
	}
	return 0;
}

static int
leaf_head(struct buf *out, const char *type, const char *name, const char *encoding, struct error *e)
{
	if (name != NULL && !text_id_valid(name, strlen(name)))
		return error_set(e, ERR_INPUT, "mail: \"%.100s\" is no name for an attachment", name);
	if (buf_addf(out, e, "Content-Type: %s", type) == -1 ||
	    (name != NULL && buf_addf(out, e, ";\r\n name=\"%s\"", name) == -1) ||
	    buf_addf(out, e, "\r\nContent-Transfer-Encoding: %s\r\n", encoding) == -1)
		return -1;
	if (name != NULL &&
	    buf_addf(out, e, "Content-Disposition: attachment;\r\n filename=\"%s\"\r\n", name) == -1)
		return -1;
	return buf_adds(out, "\r\n", e);
}

int
mime_leaf(struct buf *out, const char *type, const char *name, const void *p, size_t len,
    struct error *e)
{
	int text = strncmp(type, "text/", 5) == 0, rc = -1;
	struct buf lines = BUF_INIT(2 * len + 2);

	if (text && name == NULL) {
		if (travels_plain(p, len))
			return mime_leaf_plain(out, type, name, p, len, e);
		if (add_crlf(&lines, p, len, e) == -1)
			goto out;
		p = lines.data;
		len = lines.len;
	}
	if (leaf_head(out, type, name, "base64", e) == 0)
		rc = base64_lines(out, p, len, e);
out:
	buf_free(&lines);
	return rc;
}

int
mime_leaf_plain(struct buf *out, const char *type, const char *name, const char *p, size_t len,
    struct error *e)
{
	return leaf_head(out, type, name, "7bit", e) == -1 ? -1 : add_crlf(out, p, len, e);
}

int
mime_join(struct buf *out, const char *type, const struct buf *headers,
    const struct buf *const *part, size_t n, struct error *e)
{
	struct buf digests = BUF_INIT(DIGEST_HEX * (n + 1));
	char hex[DIGEST_HEX];
	size_t i;
	int rc = -1;

	for (i = 0; i < n; i++) {
		digest_hex(hex, part[i]->data, part[i]->len);
		if (buf_adds(&digests, hex, e) == -1)
			goto out;
	}
	digest_hex(hex, digests.data, digests.len);
	/* "=_" stands in no Base64 and in no armor. */
	if (buf_addf(out, e, "Content-Type: %s;\r\n boundary=\"=_%.32s\"\r\n", type, hex) == -1 ||
	    (headers != NULL && buf_add(out, headers->data, headers->len, e) == -1))
		goto out;
	for (i = 0; i < n; i++)
		if (buf_addf(out, e, "\r\n--=_%.32s\r\n", hex) == -1 ||
		    buf_add(out, part[i]->data, part[i]->len, e) == -1)
			goto out;
	rc = buf_addf(out, e, "\r\n--=_%.32s--\r\n", hex);
out:
	buf_free(&digests);
	return rc;
}
