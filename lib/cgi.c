/*
 * cgi -- see cgi.h.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi.h"
#include "durable.h"
#include "text.h"

extern char **environ;

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v == NULL ? "" : v;
}

void
cgi_start(struct cgi *c)
{
	static char *empty[] = { NULL };
	const struct rlimit none = { 0, 0 };
	const char *te;

	(void)umask(027);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	c->method = env("REQUEST_METHOD");
	c->content_type = env("CONTENT_TYPE");
	c->path_info = env("PATH_INFO");
	c->query = env("QUERY_STRING");
	c->remote = env("REMOTE_ADDR");
	c->site = env("DAYBOOK_SITE");
	c->length = getenv("CONTENT_LENGTH");
	if (c->length != NULL && c->length[0] == '\0')
		c->length = NULL;
	te = env("HTTP_TRANSFER_ENCODING");
	/* Apache hands a chunked body on without its length; others tell both. */
	c->chunked = c->length == NULL && text_equal_ci(te, strlen(te), "chunked", 7);
	/* The strings stay where they are; nothing else of a stranger's environment is looked at. */
	environ = empty;
}

int
cgi_type_is(const struct cgi *c, const char *type)
{
	size_t n = strcspn(c->content_type, "; \t");

	return text_equal_ci(c->content_type, n, type, strlen(type));
}

static int
fail(struct error *e, int status, const char *text)
{
	error_set(e, status == 503 ? ERR_IO : ERR_INPUT, "%s", text);
	return status;
}

/* Reads up to want bytes: how many came, or -1. */
static ssize_t
read_some(struct buf *b, size_t want, struct error *e)
{
	size_t got = 0;

	while (got < want) {
		ssize_t n = read(STDIN_FILENO, b->data + b->len, want - got);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_sys(e, "body: read");
		if (n == 0)
			break;
		got += (size_t)n;
		b->len += (size_t)n;
	}
	b->data[b->len] = '\0';
	return (ssize_t)got;
}

static int
read_chunked(struct buf *b, struct error *e)
{
	for (;;) {
		size_t room = b->max - b->len, step = room < 65536 ? room + 1 : 65536;
		ssize_t n;

		if (buf_reserve(b, step, e) == -1)
			return 503;
		if ((n = read_some(b, step, e)) == -1)
			return 503;
		if (b->len > b->max)
			return fail(e, 413, "body too large");
		if ((size_t)n < step)
			return b->len == 0 ? fail(e, 400, "empty body") : 0;
	}
}

int
cgi_read_body(const struct cgi *c, struct buf *b, struct error *e)
{
	struct error bad;
	int64_t want;
	ssize_t n;

	if (c->chunked)
		return read_chunked(b, e);
	if (c->length == NULL ||
	    text_number(c->length, strlen(c->length), 0, INT64_MAX, &want, "CONTENT_LENGTH", &bad) == -1)
		return fail(e, 400, "CONTENT_LENGTH missing or no number");
	if ((uint64_t)want > b->max)
		return fail(e, 413, "body too large");
	if (want == 0)
		return fail(e, 400, "empty body");
	if (buf_reserve(b, (size_t)want, e) == -1 || (n = read_some(b, (size_t)want, e)) == -1)
		return 503;
	if ((int64_t)n < want)
		return fail(e, 400, "body shorter than CONTENT_LENGTH says");
	return 0;
}

void
cgi_drain(size_t most)
{
	char away[65536];

	while (most > 0) {
		ssize_t n = read(STDIN_FILENO, away, most < sizeof(away) ? most : sizeof(away));

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		most -= (size_t)n;
	}
}

static const char *
phrase(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	default:
		return "Service Unavailable";
	}
}

int
cgi_answer(int status, const char *allow, const char *content_type, const char *body)
{
	char head[512];
	size_t len = body == NULL ? 0 : strlen(body);
	int n = snprintf(head, sizeof(head), "Status: %d %s\r\n%s%s%s%sContent-Type: %s\r\n"
	    "Content-Length: %zu\r\nCache-Control: no-store\r\n\r\n", status, phrase(status),
	    status == 405 ? "Allow: " : "", status == 405 ? allow : "", status == 405 ? "\r\n" : "",
	    status == 503 ? "Retry-After: 60\r\n" : "",
	    content_type == NULL ? "text/plain" : content_type, len);

	if (n < 0 || (size_t)n >= sizeof(head))
		return -1;
	if (durable_write_all(STDOUT_FILENO, head, (size_t)n) == -1 ||
	    (len > 0 && durable_write_all(STDOUT_FILENO, body, len) == -1))
		return -1;
	return 0;
}
