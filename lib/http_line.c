/*
 * http_line -- see http_line.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_line.h"

#define WORK_MS		1000
#define TOO_MANY_S	60		/* 429 without Retry-After: some 50 requests a minute are allowed */

struct http_line {
	struct http	*h;
	struct buf	*body;		/* of the request under way */
	long		 status, retry_after_s;
	int		 done, cut;
	char		 trouble[256];
};

static void
on_answer(void *arg, uint32_t tag, const struct http_answer *a)
{
	struct http_line *l = arg;
	struct error ignored;

	(void)tag;
	l->done = 1;
	l->status = a->status;
	l->retry_after_s = a->retry_after_s;
	l->cut = a->cut || buf_add(l->body, a->body, a->len, &ignored) == -1;
	(void)snprintf(l->trouble, sizeof(l->trouble), "%s", a->trouble);
}

int
http_line_open(struct http_line **lp, struct error *e)
{
	struct http_line *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return error_sys(e, "http");
	if (http_open(&l->h, 1, on_answer, l, e) == -1) {
		free(l);
		return -1;
	}
	*lp = l;
	return 0;
}

void
http_line_close(struct http_line *l)
{
	if (l == NULL)
		return;
	http_close(l->h);
	free(l);
}

static void
rest(long seconds)
{
	struct timespec t = { seconds, 0 };

	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		continue;
}

/* 1 an answer; 0 none, and l->trouble says why. */
static int
once(struct http_line *l, const struct http_request *rq, int (*fits)(const char *, size_t),
    struct error *e)
{
	l->done = l->cut = 0;
	l->status = l->retry_after_s = 0;
	buf_clear(l->body);
	if (http_send(l->h, 0, rq, e) == -1)
		return -1;
	while (!l->done)
		if (http_work(l->h, -1, WORK_MS, e) == -1)
			return -1;
	if (l->status == 0)
		return 0;
	if (l->cut)
		(void)snprintf(l->trouble, sizeof(l->trouble), "an answer of more than %zu bytes",
		    rq->answer_max);
	else if (l->status == 429 || l->status >= 500 || (l->status >= 300 && l->status < 400))
		(void)snprintf(l->trouble, sizeof(l->trouble), "HTTP %ld", l->status);
	else if (fits != NULL && !fits(l->body->data == NULL ? "" : l->body->data, l->body->len))
		(void)snprintf(l->trouble, sizeof(l->trouble), "HTTP %ld with something that is no answer",
		    l->status);
	else
		return 1;
	return 0;
}

int
http_line_ask(struct http_line *l, const struct http_request *rq,
    int (*fits)(const char *body, size_t len), long *status, struct buf *body, struct error *e)
{
	long pause = 1;
	int i, rc;

	l->body = body;
	for (i = 0;; i++) {
		if ((rc = once(l, rq, fits, e)) != 0)
			break;
		if (l->retry_after_s > 0)
			pause = l->retry_after_s;
		else if (l->status == 429)
			pause = TOO_MANY_S;
		if (i + 1 == HTTP_LINE_TRIES || pause > HTTP_LINE_PAUSE_MAX_S)
			return error_set(e, ERR_AGAIN, "%.*s: %.200s", (int)strcspn(rq->url, "?"), rq->url,
			    l->trouble);
		rest(pause);
		pause *= 2;
	}
	if (rc == -1)
		return -1;
	*status = l->status;
	return 0;
}
