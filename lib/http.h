/*
 * http -- requests to providers through libcurl: many at once, verified, bounded.
 *
 * TLS 1.2 or later, certificate and host name checked; plain http only to a loopback host (a
 * stand-in); no redirects, no proxies from the environment, no Expect header; answers cut off at a
 * size, requests at a time.
 */
#ifndef DAYBOOK_HTTP_H
#define DAYBOOK_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

struct http;

struct http_answer {
	long		 status;	/* 0: no answer */
	const char	*body;
	size_t		 len;
	int		 cut;		/* longer than was asked for */
	const char	*trouble;	/* "" or why there is no answer, one line */
	long		 retry_after_s;	/* 0: not said */
};

struct http_request {			/* all copied by http_send */
	const char	*url;
	const char	*body;		/* NULL: GET; else POST, application/x-www-form-urlencoded */
	size_t		 len;
	const char	*bearer;	/* Authorization: Bearer ...; NULL: none */
	const char	*user, *password;	/* Basic; NULL: none */
	long		 timeout_s;
	size_t		 answer_max;
};

/* Called once for each request begun. */
typedef void http_done(void *arg, uint32_t tag, const struct http_answer *a);

int	http_open(struct http **h, int at_once, http_done *done, void *arg, struct error *e);
void	http_close(struct http *h);
/* ERR_INPUT: a URL we do not call. */
int	http_send(struct http *h, uint32_t tag, const struct http_request *rq, struct error *e);
/* POST body (copied) as application/x-www-form-urlencoded, with nothing else. */
int	http_post(struct http *h, uint32_t tag, const char *url, const char *body, size_t len,
	    long timeout_s, size_t answer_max, struct error *e);
/* Work, and wait at most ms for something to happen, also on extra_fd (readable) if not -1. */
int	http_work(struct http *h, int extra_fd, int ms, struct error *e);
int	http_busy(const struct http *h);

#endif
