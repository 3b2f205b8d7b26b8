/*
 * http_line -- one request after the other to one service, each until there is an answer (floor 4).
 *
 * What is neither yes nor no (no answer, 429, 500 and above, an answer the caller can't read) is
 * asked again: after Retry-After, or after growing pauses.  After some tries it is ERR_AGAIN.
 */
#ifndef DAYBOOK_HTTP_LINE_H
#define DAYBOOK_HTTP_LINE_H

#include "buf.h"
#include "http.h"

#define HTTP_LINE_TRIES	4
#define HTTP_LINE_PAUSE_MAX_S 120	/* who is told to wait longer comes again another time */

struct http_line;

int	http_line_open(struct http_line **l, struct error *e);
void	http_line_close(struct http_line *l);	/* NULL accepted */
/*
 * fits (may be NULL): 1 where a body is an answer at all.  *status and body (cleared first) are
 * the answer's.  ERR_AGAIN "HOST/PATH: why": none; nothing of the request but its host and path
 * is named.
 */
int	http_line_ask(struct http_line *l, const struct http_request *rq,
	    int (*fits)(const char *body, size_t len), long *status, struct buf *body, struct error *e);

#endif
