/*
 * confirm -- see confirm.h.
 *
 * The parent may write without fear of a deadlock: answers are small, and all that can be in
 * flight at once fit into the pipe, so the outside process never blocks on them.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confirm.h"
#include "durable.h"
#include "http.h"
#include "provider/provider.h"
#include "wall.h"

struct question {			/* followed by kind, endpoint, body */
	uint32_t	tag, mode, kind_len, endpoint_len, body_len;
};

struct reply {				/* followed by the answer's first bytes */
	uint32_t	tag;
	int32_t		code;
	int64_t		http;
	uint32_t	len;
};

struct confirm {
	pid_t	pid;
	int	to, from;
	int	inflight;
};

/* ---- the outside process ---- */

struct outside {
	int			 in, out;
	struct http		*http;
	const struct provider	*asked[CONFIRM_FLIGHT];
};

static int
read_all(int fd, void *p, size_t len)
{
	char *s = p;

	while (len > 0) {
		ssize_t n = read(fd, s, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
send_reply(struct outside *o, uint32_t tag, int code, long http, const char *text, size_t len)
{
	char frame[sizeof(struct reply) + 256];
	struct reply r = { tag, code, http, 0 };
	size_t i;

	if (len > 255)
		len = 255;
	r.len = (uint32_t)len;
	memcpy(frame, &r, sizeof(r));
	for (i = 0; i < len; i++)	/* shown to people: printable ASCII only */
		frame[sizeof(r) + i] = (unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e ?
		    '?' : text[i];
	if (durable_write_all(o->out, frame, sizeof(r) + len) == -1)
		_exit(1);
}

static void
on_answer(void *arg, uint32_t tag, const struct http_answer *a)
{
	struct outside *o = arg;
	int code = VERDICT_UNKNOWN;

	assert(tag < CONFIRM_FLIGHT);
	if (a->status != 0 && !a->cut)
		code = o->asked[tag]->answer(a->status, a->body, a->len);
	if (a->status != 0)
		send_reply(o, tag, code, a->status, a->body, a->len);
	else
		send_reply(o, tag, code, 0, a->trouble, strlen(a->trouble));
}

static void
take_question(struct outside *o)
{
	struct question q;
	struct error e = { 0 };
	struct ask a;
	const struct provider *p;
	char kind[33], endpoint[512], *body;

	if (read_all(o->in, &q, sizeof(q)) == -1)
		_exit(0);	/* the other half is done */
	if (q.kind_len >= sizeof(kind) || q.endpoint_len >= sizeof(endpoint) ||
	    q.body_len > SPOOL_BODY_MAX || q.tag >= CONFIRM_FLIGHT ||
	    (body = malloc(q.body_len + 1)) == NULL)
		_exit(1);
	if (read_all(o->in, kind, q.kind_len) == -1 || read_all(o->in, endpoint, q.endpoint_len) == -1 ||
	    read_all(o->in, body, q.body_len) == -1)
		_exit(0);
	kind[q.kind_len] = endpoint[q.endpoint_len] = '\0';
	memset(&a, 0, sizeof(a));
	if ((p = provider_find(kind)) == NULL)
		send_reply(o, q.tag, VERDICT_UNKNOWN, 0, "unknown kind", 12);
	else {
		o->asked[q.tag] = p;
		if (p->ask((int)q.mode, endpoint, body, q.body_len, &a, &e) == -1 ||
		    http_post(o->http, q.tag, a.url, a.body.data, a.body.len, a.timeout_s, a.answer_max,
		    &e) == -1)
			send_reply(o, q.tag, VERDICT_UNKNOWN, 0, e.text, strlen(e.text));
		buf_free(&a.body);
	}
	free(body);
}

static void
outside(int in, int out)
{
	struct outside o = { .in = in, .out = out };
	struct wall_path root = { -1, WALL_READ };
	struct error e = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);	/* the other half decides when it is over */
	(void)signal(SIGINT, SIG_IGN);
	if (http_open(&o.http, CONFIRM_FLIGHT, on_answer, &o, &e) == -1)
		_exit(1);
	if ((root.fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    wall_files(&root, 1, &e) == -1 || wall_no_exec(&e) == -1)
		_exit(1);
	close(root.fd);
	for (;;) {
		struct pollfd p = { in, POLLIN, 0 };

		while (poll(&p, 1, 0) == 1)
			take_question(&o);
		if (http_work(o.http, in, 60000, &e) == -1)
			_exit(1);
	}
}

/* ---- the asking side ---- */

int
confirm_start(struct confirm **cp, const struct site *s, struct error *e)
{
	struct confirm *c = calloc(1, sizeof(*c));
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };

	(void)s;
	if (c == NULL)
		return error_sys(e, "confirm");
	if (pipe2(to, O_CLOEXEC) == -1 || pipe2(from, O_CLOEXEC) == -1 || (c->pid = fork()) == -1) {
		error_sys(e, "confirm: start");
		close(to[0]);
		close(to[1]);
		free(c);
		return -1;
	}
	if (c->pid == 0) {
		int i;

		/* Nothing of ours but the two pipes and standard error. */
		for (i = 3; i < 1024; i++)
			if (i != to[0] && i != from[1])
				(void)close(i);
		(void)close(STDIN_FILENO);
		(void)close(STDOUT_FILENO);
		(void)open("/dev/null", O_RDWR);
		(void)open("/dev/null", O_RDWR);
		outside(to[0], from[1]);
		_exit(1);
	}
	close(to[0]);
	close(from[1]);
	c->to = to[1];
	c->from = from[0];
	(void)signal(SIGPIPE, SIG_IGN);
	*cp = c;
	return 0;
}

int
confirm_fd(const struct confirm *c)
{
	return c->from;
}

int
confirm_inflight(const struct confirm *c)
{
	return c->inflight;
}

static int
gone(struct error *e)
{
	return error_set(e, ERR_IO, "the process that asks providers has ended");
}

int
confirm_ask(struct confirm *c, uint32_t tag, const char *kind, int mode, const char *endpoint,
    const char *body, size_t len, struct error *e)
{
	struct question q = { tag, (uint32_t)mode, (uint32_t)strlen(kind), (uint32_t)strlen(endpoint),
	    (uint32_t)len };

	if (c->inflight >= CONFIRM_FLIGHT)
		return error_set(e, ERR_AGAIN, "too many questions at once");
	if (durable_write_all(c->to, &q, sizeof(q)) == -1 ||
	    durable_write_all(c->to, kind, q.kind_len) == -1 ||
	    durable_write_all(c->to, endpoint, q.endpoint_len) == -1 ||
	    durable_write_all(c->to, body, len) == -1)
		return gone(e);
	c->inflight++;
	return 0;
}

int
confirm_take(struct confirm *c, uint32_t *tag, struct verdict *v, struct error *e)
{
	struct pollfd p = { c->from, POLLIN, 0 };
	struct reply r;
	int n;

	do
		n = poll(&p, 1, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return error_sys(e, "confirm: poll");
	if (n == 0)
		return 0;
	memset(v, 0, sizeof(*v));
	if (read_all(c->from, &r, sizeof(r)) == -1 || r.len >= sizeof(v->answer) ||
	    read_all(c->from, v->answer, r.len) == -1)
		return gone(e);
	v->answer[r.len] = '\0';
	v->code = r.code;
	v->http = (long)r.http;
	*tag = r.tag;
	c->inflight--;
	return 1;
}

void
confirm_end(struct confirm *c)
{
	if (c == NULL)
		return;
	close(c->to);
	close(c->from);
	/* It ends when its pipe does; a request that hangs must not keep us. */
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	free(c);
}
