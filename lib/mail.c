/*
 * mail -- see mail.h.
 */
#include <sys/stat.h>

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail.h"
#include "text.h"

#define PASSWORD_MAX	512
#define SIZE_MAX_DEFAULT ((int64_t)20 << 20)	/* most servers take 25 MB or more */
#define TIMEOUT_S	300		/* RFC 5321, 4.5.3.2: most answers within five minutes */
#define WHOLE_S		1800		/* 20 MB over a slow line, and room */

struct mail {
	struct mail_settings	 set;
	struct buf		 password;
};

/* ---- settings ---- */

static int
wrong(struct error *e, const char *name, const char *wanted)
{
	return error_set(e, ERR_CONFIG, "daybook.json: mail.%s: %s is expected", name, wanted);
}

static int
line(const json_t *j, const char *name, char *dst, size_t size, struct error *e)
{
	const json_t *v = json_object_get(j, name);

	dst[0] = '\0';
	if (v == NULL)
		return 0;
	if (!json_is_string(v) || json_string_length(v) >= size ||
	    !text_line_valid(json_string_value(v), size - 1) ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return wrong(e, name, "one line of text");
	memcpy(dst, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static int
is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	    (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* smtp or smtps, host and port, nothing else; what libcurl takes, our name in EHLO as its path. */
static int
server(const char *url, struct mail_settings *ms, struct error *e)
{
	static const char wanted[] = "smtps://HOST[:PORT] or smtp://HOST[:PORT]";
	char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL, *other = NULL;
	CURLU *u = curl_url();
	int rc = -1, n = -1;

	if (u == NULL)
		return error_set(e, ERR_IO, "libcurl: no memory");
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK && strcmp(path, "/") == 0 &&
	    curl_url_get(u, CURLUPART_USER, &other, 0) != CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PASSWORD, &other, 0) != CURLUE_OK &&
	    curl_url_get(u, CURLUPART_QUERY, &other, 0) != CURLUE_OK &&
	    curl_url_get(u, CURLUPART_FRAGMENT, &other, 0) != CURLUE_OK && host[0] != '\0' &&
	    (strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0)) {
		(void)curl_url_get(u, CURLUPART_PORT, &port, 0);
		ms->loopback = is_loopback(host);
		n = snprintf(ms->smtp, sizeof(ms->smtp), "%s://%s:%s/%s", scheme, host, port != NULL ? port :
		    strcmp(scheme, "smtps") == 0 ? "465" : "587", strchr(ms->from, '@') + 1);
	}
	rc = n > 0 && (size_t)n < sizeof(ms->smtp) ? 0 : wrong(e, "smtp", wanted);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_free(other);
	curl_url_cleanup(u);
	return rc;
}

static int
numbers(const json_t *j, struct mail_settings *ms, struct error *e)
{
	const json_t *size = json_object_get(j, "size_max"), *timeout = json_object_get(j, "timeout");
	struct error why;

	ms->size_max = SIZE_MAX_DEFAULT;
	ms->timeout_s = TIMEOUT_S;
	if (json_is_integer(size))
		ms->size_max = json_integer_value(size);
	else if (size != NULL && (!json_is_string(size) || text_bytes(json_string_value(size),
	    json_string_length(size), &ms->size_max, "size_max", &why) == -1))
		return error_set(e, ERR_CONFIG, "daybook.json: mail.size_max: " TEXT_BYTES_WANTED);
	if (ms->size_max < 32768 || ms->size_max > (int64_t)200 << 20)
		return wrong(e, "size_max", "32KiB to 200MiB");
	if (timeout != NULL && (!json_is_integer(timeout) || json_integer_value(timeout) < 1 ||
	    json_integer_value(timeout) > 600))
		return wrong(e, "timeout", "1 to 600 seconds");
	if (timeout != NULL)
		ms->timeout_s = (int)json_integer_value(timeout);
	return 0;
}

int
mail_settings(const struct site *s, struct mail_settings *ms, struct error *e)
{
	static const char *const known[] = { "from", "smtp", "username", "password_file", "ca_file",
	    "size_max", "timeout", "fetch" };
	json_t *j = json_object_get(s->root, "mail"), *v;
	char url[200];
	const char *name;
	size_t i;

	memset(ms, 0, sizeof(*ms));
	if (j == NULL)
		return 0;
	if (!json_is_object(j))
		return error_set(e, ERR_CONFIG, "daybook.json: mail: an object is expected");
	json_object_foreach(j, name, v) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], name) != 0; i++)
			continue;
		if (i == sizeof(known) / sizeof(known[0]))
			return error_set(e, ERR_CONFIG, "daybook.json: mail.%.60s: no such setting", name);
	}
	if (line(j, "from", ms->from, sizeof(ms->from), e) == -1 ||
	    line(j, "smtp", url, sizeof(url), e) == -1 ||
	    line(j, "username", ms->username, sizeof(ms->username), e) == -1 ||
	    line(j, "password_file", ms->password_file, sizeof(ms->password_file), e) == -1 ||
	    line(j, "ca_file", ms->ca_file, sizeof(ms->ca_file), e) == -1 ||
	    line(j, "fetch", ms->fetch, sizeof(ms->fetch), e) == -1 || numbers(j, ms, e) == -1)
		return -1;
	if (!mime_address_valid(ms->from))
		return wrong(e, "from", "our e-mail address");
	if (ms->password_file[0] != '\0' && !text_id_valid(ms->password_file, strlen(ms->password_file)))
		return wrong(e, "password_file", "the name of a file in SITE/secrets");
	if ((ms->password_file[0] != '\0') != (ms->username[0] != '\0'))
		return wrong(e, ms->username[0] != '\0' ? "password_file" : "username",
		    "username and password_file together");
	if (ms->ca_file[0] != '\0' && ms->ca_file[0] != '/')
		return wrong(e, "ca_file", "a path that begins with /");
	return server(url, ms, e) == -1 ? -1 : 1;
}

/* ---- sending ---- */

static int
read_password(const struct site *s, const char *name, struct buf *out, struct error *e)
{
	struct stat st;
	char path[80];
	int rc = -1, fd;

	(void)snprintf(path, sizeof(path), "secrets/%s", name);
	if ((fd = openat(s->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) == -1) {
		error_sys(e, "%s", path);
		e->code = ERR_CONFIG;
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		error_set(e, ERR_CONFIG, "%s: a file of our own with mode 0600 is expected", path);
	else if (buf_reserve(out, PASSWORD_MAX + 1, e) == 0 && buf_read(out, fd, path, e) == 0) {
		while (out->len > 0 && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r'))
			out->data[--out->len] = '\0';
		rc = out->len > 0 && memchr(out->data, '\0', out->len) == NULL ? 0 :
		    error_set(e, ERR_CONFIG, "%s: holds no password", path);
	}
	close(fd);
	return rc;
}

int
mail_open(struct mail **mp, const struct site *s, const struct mail_settings *ms, struct error *e)
{
	struct mail *m = calloc(1, sizeof(*m));

	if (m == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(m);
		return error_set(e, ERR_IO, "libcurl does not start");
	}
	m->set = *ms;
	m->password = (struct buf)BUF_INIT(PASSWORD_MAX);
	if (ms->password_file[0] != '\0' && read_password(s, ms->password_file, &m->password, e) == -1) {
		mail_close(m);
		return -1;
	}
	*mp = m;
	return 0;
}

void
mail_close(struct mail *m)
{
	if (m == NULL)
		return;
	buf_free(&m->password);
	free(m);
	curl_global_cleanup();
}

struct sending {
	const struct buf *message;
	size_t		 at;
	int		 gone;		/* its last byte was given to libcurl */
	mail_going_fn	*going;
	void		*arg;
	struct error	*e;
	int		 stopped;	/* going failed */
	int		 answered;	/* and line is the answer to it */
	char		 line[256];	/* the server's last */
};

static size_t
give(char *p, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	size_t k = s->message->len - s->at;

	if (k > size * n)
		k = size * n;
	if (!s->gone && s->at + k == s->message->len) {
		if (s->going(s->arg, s->e) == -1) {
			s->stopped = 1;
			return CURL_READFUNC_ABORT;
		}
		s->gone = 1;
	}
	memcpy(p, s->message->data + s->at, k);
	s->at += k;
	return k;
}

/* What the server says goes through here, as if it were headers. */
static size_t
hear(char *p, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	size_t k = size * n, len = k;

	/* Our good-bye is answered too; what counts came before. */
	if ((s->gone && s->answered) || (len >= 3 && memcmp(p, "221", 3) == 0))
		return k;
	s->answered = s->gone;
	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (len >= sizeof(s->line))
		len = sizeof(s->line) - 1;
	memcpy(s->line, p, len);
	s->line[len] = '\0';
	return k;
}

static int
set_up(CURL *c, const struct mail *m, struct sending *s, const struct curl_slist *to, const char *from,
    char trouble[CURL_ERROR_SIZE])
{
	int bad = 0;

#define SET(option, value)	bad |= curl_easy_setopt(c, (option), (value)) != CURLE_OK
	SET(CURLOPT_URL, m->set.smtp);
	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_USE_SSL, (long)(m->set.loopback ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (m->set.ca_file[0] != '\0')
		SET(CURLOPT_CAINFO, m->set.ca_file);
	if (m->set.username[0] != '\0') {
		SET(CURLOPT_USERNAME, m->set.username);
		SET(CURLOPT_PASSWORD, m->password.data);
	}
	SET(CURLOPT_MAIL_FROM, from);
	SET(CURLOPT_MAIL_RCPT, to);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->message->len);	/* SIZE= of MAIL */
	SET(CURLOPT_READFUNCTION, give);
	SET(CURLOPT_READDATA, s);
	SET(CURLOPT_HEADERFUNCTION, hear);
	SET(CURLOPT_HEADERDATA, s);
	SET(CURLOPT_ERRORBUFFER, trouble);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* One connection a message: nothing is ever repeated on a second one behind our back. */
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)m->set.timeout_s);
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)m->set.timeout_s);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)m->set.timeout_s);
	SET(CURLOPT_TIMEOUT, (long)WHOLE_S);
#undef SET
	return bad ? -1 : 0;
}

/* The code an answer begins with, 0 where it has none. */
static int
code_of(const char *line)
{
	return strspn(line, "0123456789") == 3 ? (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0' :
	    0;
}

/* 4 come again, 5 never; 0 something else. */
static int
class_of(int code)
{
	return code >= 400 && code < 600 ? code / 100 : 0;
}

static void
judge(CURLcode rc, const struct sending *s, const char *trouble, struct mail_result *r)
{
	const int code = code_of(s->line);
	/* Of the message itself libcurl says CURLE_SEND_ERROR: MAIL, RCPT or DATA was answered so.  That we
	 * should have signed in or used TLS is nothing about it (RFC 4954, 3207). */
	int about_message = s->gone || (rc == CURLE_SEND_ERROR && code != 530 && code != 535 && code != 538);

	r->server = 0;
	if (rc == CURLE_OK)
		r->outcome = MAIL_SENT;
	else if (about_message && class_of(code) == 5)
		r->outcome = MAIL_REFUSED;
	else if (s->gone && class_of(code) != 4)
		r->outcome = MAIL_UNCERTAIN;
	else {
		r->outcome = MAIL_LATER;
		r->server = !about_message || class_of(code) == 0;
	}
	if (rc == CURLE_OK || (class_of(code) != 0 && s->line[0] != '\0'))
		(void)snprintf(r->answer, sizeof(r->answer), "%s", s->line);
	else
		(void)snprintf(r->answer, sizeof(r->answer), "%s", trouble[0] != '\0' ? trouble :
		    curl_easy_strerror(rc));
}

int
mail_send(struct mail *m, const char *to, const struct buf *message, mail_going_fn *going, void *arg,
    struct mail_result *r, struct error *e)
{
	struct sending s = { .message = message, .going = going, .arg = arg, .e = e };
	char trouble[CURL_ERROR_SIZE] = "", from[MIME_ADDRESS + 2], rcpt[MIME_ADDRESS + 2];
	struct curl_slist *list = NULL;
	CURL *c = NULL;
	CURLcode rc;

	if (!mime_address_valid(to) || message->len == 0)
		return error_set(e, ERR_INPUT, "mail: \"%.100s\" is no address to send to", to);
	(void)snprintf(from, sizeof(from), "<%s>", m->set.from);
	(void)snprintf(rcpt, sizeof(rcpt), "<%s>", to);
	if ((list = curl_slist_append(NULL, rcpt)) == NULL || (c = curl_easy_init()) == NULL ||
	    set_up(c, m, &s, list, from, trouble) == -1) {
		curl_easy_cleanup(c);
		curl_slist_free_all(list);
		return error_set(e, ERR_IO, "libcurl: mail can't be set up");
	}
	rc = curl_easy_perform(c);
	curl_easy_cleanup(c);
	curl_slist_free_all(list);
	if (s.stopped)
		return -1;
	judge(rc, &s, trouble, r);
	return 0;
}
