/*
 * http -- see http.h.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "text.h"

#define CONNECT_TIMEOUT_S	10
#define USER_AGENT		"daybook/" DAYBOOK_VERSION " (+https://www.paypal.com/ipn)"

struct request {
	struct http	*h;
	CURL		*easy;
	uint32_t	 tag;
	struct buf	 answer;
	int		 cut;
	char		 trouble[CURL_ERROR_SIZE];
};

struct http {
	CURLM			*multi;
	struct curl_slist	*headers;
	http_done		*done;
	void			*arg;
	int			 busy;
};

int
http_open(struct http **hp, int at_once, http_done *done, void *arg, struct error *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    (h->multi = curl_multi_init()) == NULL) {
		free(h);
		return error_set(e, ERR_IO, "libcurl does not start");
	}
	h->done = done;
	h->arg = arg;
	h->headers = curl_slist_append(curl_slist_append(NULL,
	    "Content-Type: application/x-www-form-urlencoded"), "Expect:");
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)at_once);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)at_once);
	*hp = h;
	return 0;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	free(h);
	curl_global_cleanup();
}

int
http_busy(const struct http *h)
{
	return h->busy;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct request *r = arg;
	struct error ignored;

	if (buf_add(&r->answer, p, size * n, &ignored) == -1) {
		r->cut = 1;
		return 0;
	}
	return size * n;
}

int
http_send(struct http *h, uint32_t tag, const struct http_request *rq, struct error *e)
{
	struct request *r;

	if (text_url(rq->url) < TEXT_URL_LOOPBACK)
		return error_set(e, ERR_INPUT, "%.100s: https, or http to a loopback address, is expected",
		    rq->url);
	if ((r = calloc(1, sizeof(*r))) == NULL || (r->easy = curl_easy_init()) == NULL) {
		free(r);
		return error_set(e, ERR_IO, "libcurl: no memory");
	}
	r->h = h;
	r->tag = tag;
	r->answer = (struct buf)BUF_INIT(rq->answer_max);
	curl_easy_setopt(r->easy, CURLOPT_URL, rq->url);
	if (rq->body != NULL) {
		curl_easy_setopt(r->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->len);
		curl_easy_setopt(r->easy, CURLOPT_COPYPOSTFIELDS, rq->body);
		curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, h->headers);
	}
	if (rq->bearer != NULL) {
		curl_easy_setopt(r->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(r->easy, CURLOPT_XOAUTH2_BEARER, rq->bearer);
	} else if (rq->user != NULL) {
		curl_easy_setopt(r->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(r->easy, CURLOPT_USERNAME, rq->user);
		curl_easy_setopt(r->easy, CURLOPT_PASSWORD, rq->password);
	}
	curl_easy_setopt(r->easy, CURLOPT_USERAGENT, USER_AGENT);
	curl_easy_setopt(r->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(r->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(r->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(r->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(r->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	curl_easy_setopt(r->easy, CURLOPT_TIMEOUT, rq->timeout_s);
	curl_easy_setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
	curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->trouble);
	if (curl_multi_add_handle(h->multi, r->easy) != CURLM_OK) {
		curl_easy_cleanup(r->easy);
		free(r);
		return error_set(e, ERR_IO, "libcurl: request refused");
	}
	h->busy++;
	return 0;
}

int
http_post(struct http *h, uint32_t tag, const char *url, const char *body, size_t len, long timeout_s,
    size_t answer_max, struct error *e)
{
	const struct http_request rq = { .url = url, .body = body, .len = len, .timeout_s = timeout_s,
	    .answer_max = answer_max };

	return http_send(h, tag, &rq, e);
}

static void
finish(struct http *h, CURL *easy, CURLcode code)
{
	struct http_answer a = { 0 };
	struct request *r = NULL;
	curl_off_t after = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&r);
	if (code == CURLE_OK || r->cut)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &a.status);
	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
		a.retry_after_s = after > 86400 ? 86400 : (long)after;
	a.body = r->answer.data == NULL ? "" : r->answer.data;
	a.len = r->answer.len;
	a.cut = r->cut;
	a.trouble = code == CURLE_OK ? "" : r->trouble[0] != '\0' ? r->trouble :
	    curl_easy_strerror(code);
	curl_multi_remove_handle(h->multi, easy);
	h->busy--;
	h->done(h->arg, r->tag, &a);
	curl_easy_cleanup(easy);
	buf_free(&r->answer);
	free(r);
}

int
http_work(struct http *h, int extra_fd, int ms, struct error *e)
{
	struct curl_waitfd extra = { extra_fd, CURL_WAIT_POLLIN, 0 };
	int running, left;
	CURLMsg *m;

	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		return error_set(e, ERR_IO, "libcurl does not go on");
	if (running < h->busy)
		ms = 0;		/* some were done at once: nothing would end the wait */
	if (curl_multi_poll(h->multi, &extra, extra_fd == -1 ? 0 : 1, ms, NULL) != CURLM_OK ||
	    curl_multi_perform(h->multi, &running) != CURLM_OK)
		return error_set(e, ERR_IO, "libcurl does not go on");
	while ((m = curl_multi_info_read(h->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			finish(h, m->easy_handle, m->data.result);
	return 0;
}
