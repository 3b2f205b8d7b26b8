/*
 * cgi -- the request and the one answer of a CGI program (RFC 3875; reliability.md 4.1, 4.2).
 *
 * The environment is hostile: cgi_start keeps the dozen variables we use and drops the rest.
 * The status is decided before the first byte of output.
 */
#ifndef DAYBOOK_CGI_H
#define DAYBOOK_CGI_H

#include <stddef.h>

#include "buf.h"
#include "error.h"

struct cgi {
	const char	*method;	/* "" where absent; all point into memory that stays */
	const char	*content_type;
	const char	*path_info;
	const char	*query;
	const char	*remote;	/* REMOTE_ADDR */
	const char	*site;		/* DAYBOOK_SITE */
	const char	*length;	/* CONTENT_LENGTH as text, NULL where absent or empty */
	int		 chunked;	/* the server passed a chunked body on without a length */
};

/* umask 027, core dumps off, SIGPIPE and SIGXFSZ ignored, environment emptied. */
void	cgi_start(struct cgi *c);
/* 1 where the type is application/x-www-form-urlencoded, with or without parameters, any case. */
int	cgi_type_is(const struct cgi *c, const char *type);
/*
 * cgi_read_body: exactly CONTENT_LENGTH bytes of standard input, or to its end where chunked.
 * Returns 0, or an HTTP status with e set: 400 (length malformed or absent, body shorter or empty),
 * 413 (more than b->max, whether announced or not), 503 (read failed).
 */
int	cgi_read_body(const struct cgi *c, struct buf *b, struct error *e);
/*
 * Reads away what the sender still has to say, at most `most` bytes: several servers take a program
 * that answers without having read the body for a broken one, and the sender never learns why.
 */
void	cgi_drain(size_t most);
/* Writes the whole answer with Content-Length, status 405 with "Allow: allow", 503 with
 * "Retry-After: 60".  Empty body unless given.  -1 where not every byte went out. */
int	cgi_answer(int status, const char *allow, const char *content_type, const char *body);

#endif
