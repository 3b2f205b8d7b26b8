/*
 * text -- bytes of strangers: urlencoded forms, charsets, safe printing.
 *
 * Source: providers/paypal.md 1.2, 1.4, 1.11, 6.27.  Nothing here fails for hostile content;
 * a parser that can't make sense of something keeps the bytes.
 */
#ifndef DAYBOOK_TEXT_H
#define DAYBOOK_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

struct pair {
	const char	*name;		/* decoded, NUL-terminated, may hold NULs */
	size_t		 name_len;
	const char	*value;		/* decoded bytes in the message's own charset */
	size_t		 value_len;
};

/*
 * A parsed form; owns all it points to.  Pairs keep the order of the body.  Empty pairs
 * ("a=1&&b") and empty names are left out.  A '%' not followed by two hex digits is literal.
 */
struct form {
	struct pair	*pairs;
	size_t		 n;
	char		*store;		/* decoded bytes */
	uint32_t	*slots;		/* hash of names -> first pair; private */
	size_t		 nslots;
	uint64_t	 seed[2];	/* private: names are hashed keyed, flooding does not pay */
	int		 clash;		/* some name stands twice with different values */
	char		 clash_name[64];/* the first such, printable, for messages */
};

#define TEXT_PAIRS_MAX	100000		/* 5,000 Mass Pay items x 12 names, and room */

/* ERR_INPUT where there are more than TEXT_PAIRS_MAX pairs; ERR_IO no memory.  f is then freed. */
int	text_form_parse(struct form *f, const char *body, size_t len, struct error *e);
void	text_form_free(struct form *f);
/* First pair of that exact name, or NULL. */
const struct pair *text_form_get(const struct form *f, const char *name);

/* Canonical charset name for the fixed list of providers/paypal.md 1.4 (case-insensitive),
 * or NULL for anything else (never UTF-7).  No charset at all (len 0): "WINDOWS-1252". */
const char *text_charset(const char *name, size_t len);
/* Append s as valid UTF-8; what is invalid or undefined becomes U+FFFD; charset NULL: bytes above
 * 0x7E become U+FFFD.  ERR_INPUT only where out is full. */
int	text_to_utf8(struct buf *out, const char *charset, const char *s, size_t len, struct error *e);
/* Append s with control bytes, DEL and invalid UTF-8 replaced by '?': one printable line. */
int	text_printable(struct buf *out, const char *s, size_t len, struct error *e);
/* A name of 1 to max bytes: UTF-8 without control characters. */
int	text_line_valid(const char *s, size_t max);
/* Length of the valid UTF-8 prefix of s. */
size_t	text_utf8_valid(const char *s, size_t len);

/* ASCII only, no locale. */
int	text_equal_ci(const char *a, size_t alen, const char *b, size_t blen);
void	text_lower(char *s);
/* ID of a site's things: [A-Za-z0-9][A-Za-z0-9_.-]{0,63}. */
int	text_id_valid(const char *s, size_t len);
/* Copy into a fixed array: ERR_INPUT "what: too long" or "what: holds a NUL". */
int	text_copy(char *dst, size_t dstsize, const char *s, size_t len, const char *what, struct error *e);

/* scheme://host[:port][/path], printable ASCII, no user, no quotes: what we may call, or show. */
enum text_url { TEXT_URL_NONE, TEXT_URL_HTTP, TEXT_URL_LOOPBACK, TEXT_URL_HTTPS };
/* TEXT_URL_LOOPBACK: http to this machine itself (localhost, 127.0.0.0/8, [::1]). */
enum text_url text_url(const char *s);

/* Base64 (RFC 4648, padded).  Decode is strict. */
int	text_base64(struct buf *out, const void *p, size_t len, struct error *e);
int	text_unbase64(struct buf *out, const char *s, size_t len, struct error *e);
void	text_hex(char *out, const void *p, size_t len);		/* 2*len+1 bytes, lower case */
/* application/x-www-form-urlencoded of s appended (for requests of our own making). */
int	text_urlencode(struct buf *out, const char *s, size_t len, struct error *e);

/* "1073741824", "256MiB", "2G", "1 GB": powers of 1024.  ERR_INPUT names what. */
#define TEXT_BYTES_WANTED "bytes are expected, such as 1073741824 or \"1GiB\""
int	text_bytes(const char *s, size_t len, int64_t *v, const char *what, struct error *e);
/* Whole string, decimal digits, range; ERR_INPUT names what. */
int	text_number(const char *s, size_t len, int64_t min, int64_t max, int64_t *v, const char *what,
	    struct error *e);

#endif
