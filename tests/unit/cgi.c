/*
 * cgi -- what a request's environment may say, the body to the byte, and the one answer.
 */
#include "unit.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "cgi.h"

extern char **environ;

#define BODY_MAX	100

struct request {
	const char	*length, *transfer;	/* NULL: absent */
	const char	*body;
	int		 status;		/* 0: read */
	const char	*says;
};

/* A process of its own, as cgi_start empties the environment and the limits. */
static int
child(const struct request *r, int body_fd)
{
	struct buf b = BUF_INIT(BODY_MAX);
	struct error e = { 0 };
	struct rlimit core;
	struct cgi c;
	int status;

	if (dup2(body_fd, STDIN_FILENO) == -1 || clearenv() != 0 || setenv("REQUEST_METHOD", "POST", 1) != 0 ||
	    setenv("HTTP_COOKIE", "evil", 1) != 0 || setenv("LD_PRELOAD", "evil", 1) != 0 ||
	    (r->length != NULL && setenv("CONTENT_LENGTH", r->length, 1) != 0) ||
	    (r->transfer != NULL && setenv("HTTP_TRANSFER_ENCODING", r->transfer, 1) != 0))
		return 100;
	cgi_start(&c);
	if (strcmp(c.method, "POST") != 0 || c.query[0] != '\0' || environ[0] != NULL ||
	    getenv("HTTP_COOKIE") != NULL)
		return 101;
	if (getrlimit(RLIMIT_CORE, &core) == -1 || core.rlim_max != 0 || umask(0) != 027)
		return 102;
	status = cgi_read_body(&c, &b, &e);
	if (status != r->status)
		return 103;
	if (status != 0)
		return strstr(e.text, r->says) != NULL ? 0 : 104;
	/* never a byte more than was announced */
	if (b.len > strlen(r->body) || memcmp(b.data, r->body, b.len) != 0 || b.data[b.len] != '\0' ||
	    b.len != strlen(r->says))
		return 105;
	buf_free(&b);
	return 0;
}

static void
bodies(void **state)
{
	static char full[BODY_MAX + 1], more[BODY_MAX + 2];
	const struct request v[] = {
		{ "5", NULL, "a=1&b", 0, "a=1&b" }, { "3", NULL, "a=1&b", 0, "a=1" },
		{ "0005", NULL, "a=1&b", 0, "a=1&b" }, { "100", NULL, full, 0, full },
		{ "6", NULL, "a=1&b", 400, "shorter" }, { "100", NULL, "", 400, "shorter" },
		{ "0", NULL, "a", 400, "empty" }, { "", NULL, "a", 400, "missing" },
		{ NULL, NULL, "a", 400, "missing" }, { "-1", NULL, "a", 400, "no number" },
		{ "+1", NULL, "a", 400, "no number" }, { " 1", NULL, "a", 400, "no number" },
		{ "1 ", NULL, "a", 400, "no number" }, { "1,1", NULL, "a", 400, "no number" },
		{ "0x1", NULL, "a", 400, "no number" }, { "1.0", NULL, "a", 400, "no number" },
		{ "1e1", NULL, "a", 400, "no number" }, { "99999999999999999999", NULL, "a", 400, "no number" },
		{ "9223372036854775807", NULL, "a", 413, "too large" }, { "101", NULL, more, 413, "too large" },
		{ NULL, "chunked", "a=1&b", 0, "a=1&b" }, { NULL, "Chunked", full, 0, full },
		{ NULL, "chunked", more, 413, "too large" }, { NULL, "chunked", "", 400, "empty" },
		{ NULL, "gzip, chunked", "a", 400, "missing" }, { "", "chunked", "a", 0, "a" },
		/* both: the length counts */
		{ "1", "chunked", "a=1", 0, "a" },
	};
	size_t i;

	(void)state;
	memset(full, 'f', BODY_MAX);
	memset(more, 'm', BODY_MAX + 1);
	for (i = 0; i < COUNT(v); i++) {
		int p[2], status;
		pid_t pid;

		assert_int_equal(pipe(p), 0);
		assert_int_equal(write(p[1], v[i].body, strlen(v[i].body)), (ssize_t)strlen(v[i].body));
		close(p[1]);
		if ((pid = fork()) == 0)
			_exit(child(&v[i], p[0]));
		close(p[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("length %s, body %s: %d", v[i].length == NULL ? "(none)" : v[i].length, v[i].body,
			    WEXITSTATUS(status));
	}
}

static void
types(void **state)
{
	static const char form[] = "application/x-www-form-urlencoded";
	static const char *const yes[] = { "application/x-www-form-urlencoded",
	    "Application/X-WWW-Form-URLencoded", "application/x-www-form-urlencoded; charset=windows-1252",
	    "application/x-www-form-urlencoded;charset=utf-8", "application/x-www-form-urlencoded " };
	static const char *const no[] = { "", ";", "multipart/form-data; boundary=x", "application/json",
	    "application/x-www-form-urlencodedx", "application/x-www-form-urlencode",
	    "text/plain; application/x-www-form-urlencoded", " application/x-www-form-urlencoded" };
	struct cgi c = { .content_type = "" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++) {
		c.content_type = yes[i];
		assert_true(cgi_type_is(&c, form));
	}
	for (i = 0; i < COUNT(no); i++) {
		c.content_type = no[i];
		assert_false(cgi_type_is(&c, form));
	}
}

static void
answers(void **state)
{
	static const struct { int status; const char *allow, *type, *body, *want; } v[] = {
		{ 200, "POST", NULL, NULL, "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n"
		    "Cache-Control: no-store\r\n\r\n" },
		{ 405, "GET, POST", NULL, NULL, "Status: 405 Method Not Allowed\r\nAllow: GET, POST\r\n"
		    "Content-Type: text/plain\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n" },
		{ 503, "POST", NULL, "", "Status: 503 Service Unavailable\r\nRetry-After: 60\r\n"
		    "Content-Type: text/plain\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n" },
		{ 404, "", "text/html", "<p>", "Status: 404 Not Found\r\nContent-Type: text/html\r\n"
		    "Content-Length: 3\r\nCache-Control: no-store\r\n\r\n<p>" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		char got[512] = "";
		int p[2], out, rc;

		(void)fflush(stdout);
		assert_int_equal(pipe(p), 0);
		out = dup(STDOUT_FILENO);
		assert_int_not_equal(dup2(p[1], STDOUT_FILENO), -1);
		rc = cgi_answer(v[i].status, v[i].allow, v[i].type, v[i].body);
		assert_int_not_equal(dup2(out, STDOUT_FILENO), -1);
		close(out);
		close(p[1]);
		assert_int_equal(rc, 0);
		assert_true(read(p[0], got, sizeof(got) - 1) > 0);
		close(p[0]);
		assert_string_equal(got, v[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies), cmocka_unit_test(types), cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests_name("cgi", tests, NULL, NULL);
}
