/*
 * ipn.cgi -- take one PayPal IPN message and put it in the spool.
 *
 * The bytes are kept exactly as sent: PayPal wants them echoed unchanged, so nothing is decoded
 * here.  200 only when the message would survive a power cut; after any other answer PayPal sends
 * it again.  Confirming and posting are daybook-post's.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <linux/filter.h>

#include "cgi.h"
#include "durable.h"
#include "filter_intake.h"
#include "gate.h"
#include "moment.h"
#include "spool.h"
#include "wall.h"

#define IPN_KIND	"paypal-ipn"
#define IPN_DRAIN_MAX	(4 * 1024 * 1024)	/* of a refused body; the snippets in etc/ cap there too */
#define IPN_DEADLINE_S	15	/* a slow sender must not hold a process for longer */

static volatile sig_atomic_t answered;

/* What is half done is never visible, so dying here is safe; the sender tries again. */
static void
on_deadline(int sig)
{
	static const char late[] = "Status: 503 Service Unavailable\r\nRetry-After: 60\r\n"
	    "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n";

	(void)sig;
	spool_abandon();
	if (!answered && write(STDOUT_FILENO, late, sizeof(late) - 1) == -1)
		_exit(1);
	_exit(0);
}

/* The time taken says nothing about how much of a key was right. */
static int
keys_differ(const char *a, const char *b, size_t n)
{
	unsigned char d = 0;
	size_t i;

	for (i = 0; i < n; i++)
		d = (unsigned char)(d | (((const volatile unsigned char *)a)[i] ^ (unsigned char)b[i]));
	return d != 0;
}

/* PATH_INFO is /INTEGRATION/KEY: 1 where both are a pair we gave out, 0 not, -1 can't tell. */
static int
find_integration(const struct gate *s, const char *path, struct gate_integration *in, struct error *e)
{
	static const char nothing[] = "no integration is known under this";
	const char *key, *right = nothing;
	char id[65];
	size_t n;
	int known;

	if (path[0] != '/' || (key = strchr(path + 1, '/')) == NULL)
		return 0;
	n = (size_t)(key - path - 1);
	key++;
	if (n == 0 || n >= sizeof(id))
		return 0;
	memcpy(id, path + 1, n);
	id[n] = '\0';
	known = gate_integration(s, id, in, e) == 0;
	if (known)
		right = in->url_key;
	else if (e->code != ERR_NOTFOUND)
		return -1;	/* our trouble, not the sender's: he shall try again */
	n = strlen(right);
	if (strlen(key) != n || keys_differ(key, right, n))
		known = 0;
	return known && strcmp(in->kind, IPN_KIND) == 0;
}

static int
build_walls(const struct gate *s, struct error *e)
{
	struct wall_path p[2] = { { s->fd, WALL_READ }, { -1, WALL_READ | WALL_WRITE } };
	int rc;

	if ((p[1].fd = durable_open_dir(s->fd, "spool/in", e)) == -1)
		return -1;
	rc = wall_files(p, 2, e);
	close(p[1].fd);
	return rc == -1 ? -1 : wall_filter(filter_intake,
	    sizeof(filter_intake) / sizeof(filter_intake[0]), e);
}

static int
take(const struct cgi *c, const struct gate *s, struct message *m, struct error *e)
{
	struct gate_integration in;
	int status;

	if (build_walls(s, e) == -1)
		return 503;
	if ((status = find_integration(s, c->path_info, &in, e)) == -1)
		return 503;
	if (!status) {
		error_set(e, ERR_NOTFOUND, "no such integration or key");
		return 404;
	}
	if (!cgi_type_is(c, "application/x-www-form-urlencoded")) {
		error_set(e, ERR_INPUT, "content type is not application/x-www-form-urlencoded");
		return 415;
	}
	if ((status = cgi_read_body(c, &m->body, e)) != 0)
		return status;
	memcpy(m->integration, in.id, sizeof(in.id));
	memcpy(m->kind, in.kind, sizeof(in.kind));
	m->mode = in.mode;
	m->received = moment_now();
	strncpy(m->remote, c->remote[0] == '\0' ? "-" : c->remote, sizeof(m->remote) - 1);
	m->remote[strcspn(m->remote, "\n\r ")] = '\0';
	return spool_put(s->fd, &s->limits, m, e) == -1 ? 503 : 200;
}

/* For a person at a prompt. */
static int
explain(const char *arg)
{
	static const char version[] = "ipn.cgi " DAYBOOK_VERSION "\n";
	static const char usage[] = "usage: under a web server, POST .../ipn.cgi/INTEGRATION/KEY\n"
	    "Takes one PayPal notification into the spool of the site $DAYBOOK_SITE; see ipn.cgi(8).\n"
	    "  -h, --help  this text        --version  the version\n";
	int help = strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0;
	ssize_t n;

	if (strcmp(arg, "--version") == 0) {
		n = write(STDOUT_FILENO, version, sizeof(version) - 1);
		help = 1;
	} else
		n = write(help ? STDOUT_FILENO : STDERR_FILENO, usage, sizeof(usage) - 1);
	return n == -1 ? EX_IOERR : help ? EX_OK : EX_USAGE;
}

int
main(int argc, char *argv[])
{
	struct error e = { 0 };
	struct cgi c;
	struct gate s = { .fd = -1 };
	struct message m;
	int status, rc;

	/* A web server may hand a query without "=" over as arguments: those are a stranger's. */
	if (argc > 1 && getenv("GATEWAY_INTERFACE") == NULL)
		return explain(argv[1]);
	(void)signal(SIGALRM, on_deadline);
	(void)alarm(IPN_DEADLINE_S);
	cgi_start(&c);
	memset(&m, 0, sizeof(m));
	m.origin = SPOOL_IN;
	m.body = (struct buf)BUF_INIT(SPOOL_BODY_MAX);
	if (strcmp(c.method, "POST") != 0) {
		error_set(&e, ERR_INPUT, "method is not POST");
		status = 405;
	} else if (gate_open(&s, c.site, &e) == -1)
		status = 503;
	else
		status = take(&c, &s, &m, &e);
	if (e.code != ERR_NONE)
		warnx("%s", e.text);
	if (status >= 400)
		cgi_drain(IPN_DRAIN_MAX);
	answered = 1;
	rc = cgi_answer(status, "POST", NULL, NULL);	/* empty: a stranger learns nothing */
	message_free(&m);
	return rc == -1 ? EXIT_FAILURE : EXIT_SUCCESS;
}
