/*
 * mime -- messages of RFC 5322 and 2045, built and never read.
 *
 * Everything is 7 bit with CRLF.  A text with a control character (CR and LF above all) is refused
 * where a header is made, so nothing of it can become a header of its own.  The same arguments give
 * the same bytes: times are arguments, and a boundary is made from what it separates.
 */
#ifndef DAYBOOK_MIME_H
#define DAYBOOK_MIME_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

#define MIME_ADDRESS	255		/* an e-mail address (RFC 5321, 4.5.3.1) with its NUL */

/* LOCAL@DOMAIN in plain ASCII, without quotes, comments or blanks: what may stand in an envelope and
 * a header as it is.  Stricter than the RFCs. */
int	mime_address_valid(const char *s);

/* Headers, each a whole line or folded lines.  ERR_INPUT: control characters, no UTF-8, too long. */
/* Text for people: UTF-8, encoded words (RFC 2047) only around what is not ASCII. */
int	mime_text(struct buf *out, const char *name, const char *value, struct error *e);
/* "Display" <address>; display "" leaves the address alone. */
int	mime_address(struct buf *out, const char *name, const char *display, const char *address,
	    struct error *e);
/* Printable ASCII as it is: Message-ID and such. */
int	mime_plain(struct buf *out, const char *name, const char *value, struct error *e);
/* "Date: Sat, 21 Nov 2026 00:30:00 +0000" */
int	mime_date(struct buf *out, int64_t now, struct error *e);

/*
 * An entity is a header block that begins with Content-Type, an empty line and a body.
 * mime_leaf: one part.  name: an attachment's file name (letters, digits, _ . - only), NULL for text
 * that is shown.  A "text/" body has LF line ends; it stays readable where it is short-lined ASCII
 * without blanks at line ends, everything else travels as Base64 in lines of 76.
 */
int	mime_leaf(struct buf *out, const char *type, const char *name, const void *p, size_t len,
	    struct error *e);
/* As it is, with LF made CRLF, for bodies whose form is fixed (an OpenPGP armor, "Version: 1"). */
int	mime_leaf_plain(struct buf *out, const char *type, const char *name, const char *p, size_t len,
	    struct error *e);
/* type: "multipart/mixed", with parameters if any.  headers: whole header lines for this entity, or NULL. */
int	mime_join(struct buf *out, const char *type, const struct buf *headers,
	    const struct buf *const *part, size_t n, struct error *e);

#endif
