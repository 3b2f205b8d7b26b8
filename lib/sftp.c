/*
 * sftp -- see sftp.h.
 */
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "durable.h"
#include "site.h"
#include "sftp.h"
#include "text.h"

#define CONNECT_TIMEOUT_S	20
#define STALL_S			60		/* nothing for so long: the connection is broken */
#define LIST_MAX		((size_t)16 << 20)
#define URL_MAX			1200

struct sftp {
	CURL		*easy;
	struct sftp_login l;
	int		 fd;			/* of the file being fetched */
	int		 refused;		/* the host's key is not a pinned one */
	char		 trouble[CURL_ERROR_SIZE];
};

/* ---- the host is the one that is pinned ---- */

static int
host_key(void *arg, int type, const char *key, size_t len)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct sftp *s = arg;
	struct error ignored;
	struct buf text = BUF_INIT(64);
	const char *one;
	size_t n, k;
	int i, found = 0;

	(void)type;
	crypto_hash_sha256(digest, (const unsigned char *)key, len);
	if (text_base64(&text, digest, sizeof(digest), &ignored) == 0)
		for (i = 0; !found && site_list_item(s->l.host_keys, i, &one, &n); i++) {
			for (k = text.len; k > 0 && text.data[k - 1] == '='; k--)
				continue;
			while (n > 0 && one[n - 1] == '=')
				n--;
			found = n == k + 7 && strncmp(one, "SHA256:", 7) == 0 && memcmp(one + 7, text.data, k) == 0;
		}
	s->refused = !found;
	buf_free(&text);
	return found ? CURLKHMATCH_OK : CURLKHMATCH_MISMATCH;
}

static int
check_key_file(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		error_sys(e, "sftp_key_file %s", path);
		e->code = ERR_CONFIG;
		return -1;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return error_set(e, ERR_CONFIG, "sftp_key_file %s: others than its owner may read it: chmod 600",
		    path);
	return 0;
}

int
sftp_open(struct sftp **sp, const struct sftp_login *l, struct error *e)
{
	struct sftp *s = calloc(1, sizeof(*s));
	CURLcode c = CURLE_OK;

	if (s == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (s->easy = curl_easy_init()) == NULL) {
		free(s);
		return error_set(e, ERR_IO, "libcurl does not start");
	}
	s->l = *l;
	if (l->key_file[0] != '\0' && check_key_file(l->key_file, e) == -1) {
		sftp_close(s);
		return -1;
	}
	/* Both must be understood: a library that ignores them would talk to anybody. */
	c |= curl_easy_setopt(s->easy, CURLOPT_SSH_HOSTKEYFUNCTION, host_key);
	c |= curl_easy_setopt(s->easy, CURLOPT_SSH_HOSTKEYDATA, s);
	c |= curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "sftp");
	c |= curl_easy_setopt(s->easy, CURLOPT_SSH_AUTH_TYPES,
	    (long)(l->key_file[0] != '\0' ? CURLSSH_AUTH_PUBLICKEY : CURLSSH_AUTH_PASSWORD));
	c |= curl_easy_setopt(s->easy, CURLOPT_USERNAME, l->user);
	if (l->key_file[0] != '\0') {
		c |= curl_easy_setopt(s->easy, CURLOPT_SSH_PRIVATE_KEYFILE, l->key_file);
		c |= curl_easy_setopt(s->easy, CURLOPT_SSH_PUBLIC_KEYFILE, "");	/* follows from it */
	} else
		c |= curl_easy_setopt(s->easy, CURLOPT_PASSWORD, l->password);
	c |= curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
	c |= curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	c |= curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	c |= curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	c |= curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	c |= curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->trouble);
	if (c != CURLE_OK) {
		sftp_close(s);
		return error_set(e, ERR_CONFIG, "libcurl without SFTP that checks host keys (libssh2)");
	}
	*sp = s;
	return 0;
}

void
sftp_close(struct sftp *s)
{
	if (s == NULL)
		return;
	curl_easy_cleanup(s->easy);
	free(s);
	curl_global_cleanup();
}

/* Names of the listing are of letters that a URL may hold, or are not asked for. */
static int
set_url(struct sftp *s, const char *name, struct error *e)
{
	char url[URL_MAX];
	size_t n = strlen(s->l.directory);

	while (n > 0 && s->l.directory[n - 1] == '/')
		n--;
	if (snprintf(url, sizeof(url), "sftp://%s:%d%.*s/%s", s->l.host, s->l.port, (int)n, s->l.directory,
	    name) >= (int)sizeof(url))
		return error_set(e, ERR_INPUT, "%s: too long", name);
	return curl_easy_setopt(s->easy, CURLOPT_URL, url) == CURLE_OK ? 0 :
	    error_set(e, ERR_IO, "libcurl: no memory");
}

static int
failed(struct sftp *s, CURLcode c, const char *what, struct error *e)
{
	if (s->refused)
		return error_set(e, ERR_CONFIG, "%s: its key is none of sftp_host_key: it is not talked to",
		    s->l.host);
	switch (c) {
	case CURLE_LOGIN_DENIED:
	case CURLE_SSL_CERTPROBLEM:
		return error_set(e, ERR_CONFIG, "%s: does not let %s in", s->l.host, s->l.user);
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_set(e, ERR_CONFIG, "%s: %s", s->l.host, s->trouble);
	case CURLE_REMOTE_FILE_NOT_FOUND:
	case CURLE_REMOTE_ACCESS_DENIED:
		return error_set(e, ERR_INPUT, "%s: %s%s%s: no such file or folder, or not for %s", s->l.host,
		    s->l.directory, what[0] == '\0' ? "" : "/", what, s->l.user);
	case CURLE_BAD_DOWNLOAD_RESUME:
	case CURLE_RANGE_ERROR:
		return error_set(e, ERR_NOTFOUND, "%s: shorter than what is here", what);
	default:
		return error_set(e, ERR_AGAIN, "%s: %s", s->l.host, s->trouble[0] != '\0' ? s->trouble :
		    curl_easy_strerror(c));
	}
}

/* ---- the listing ---- */

int
sftp_entry_read(const char *line, size_t len, struct sftp_entry *en)
{
	const char *word[9];
	size_t length[9], i = 0, n = 0;
	struct error ignored;

	memset(en, 0, sizeof(*en));
	en->size = -1;
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	if (len == 0 || line[0] == 'd' || line[0] == 'l' || memchr(line, '\0', len) != NULL)
		return 0;
	while (i < len && n < 9) {
		while (i < len && line[i] == ' ')
			i++;
		word[n] = line + i;
		while (i < len && line[i] != ' ')
			i++;
		length[n] = (size_t)(line + i - word[n]);
		n += length[n] > 0;
	}
	if (n == 0 || i < len)		/* a name with a blank is none of ours */
		return 0;
	if (length[n - 1] >= sizeof(en->name))
		return 0;
	memcpy(en->name, word[n - 1], length[n - 1]);
	/* "-rw-r--r-- 1 user group 12345 Nov 24 10:00 NAME" */
	if (n == 9 && text_number(word[4], length[4], 0, INT64_MAX, &en->size, "", &ignored) == 0)
		(void)snprintf(en->stamp, sizeof(en->stamp), "%lld %.*s %.*s %.*s", (long long)en->size,
		    (int)(length[5] > 16 ? 16 : length[5]), word[5], (int)(length[6] > 16 ? 16 : length[6]), word[6],
		    (int)(length[7] > 16 ? 16 : length[7]), word[7]);
	return 1;
}

static size_t
on_listing(char *p, size_t size, size_t n, void *arg)
{
	struct error ignored;

	return buf_add(arg, p, size * n, &ignored) == -1 ? 0 : size * n;
}

int
sftp_list(struct sftp *s, struct sftp_entry **vp, size_t *np, struct error *e)
{
	struct buf text = BUF_INIT(LIST_MAX);
	struct sftp_entry *v = NULL, *more;
	const char *line, *nl;
	size_t n = 0, cap = 0, left;
	CURLcode c;
	int rc = -1;

	s->refused = 0;
	s->trouble[0] = '\0';
	if (set_url(s, "", e) == -1)
		return -1;
	curl_easy_setopt(s->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)0);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_listing);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, &text);
	if ((c = curl_easy_perform(s->easy)) != CURLE_OK) {
		failed(s, c, "", e);
		goto out;
	}
	for (line = text.data, left = text.len; left > 0; left -= (size_t)(nl - line), line = nl) {
		nl = memchr(line, '\n', left);
		nl = nl == NULL ? line + left : nl + 1;
		if (n == cap) {
			cap = cap == 0 ? 256 : cap * 2;
			if ((more = reallocarray(v, cap, sizeof(*v))) == NULL) {
				error_sys(e, "sftp");
				goto out;
			}
			v = more;
		}
		n += (size_t)sftp_entry_read(line, (size_t)(nl - line), &v[n]);
	}
	*vp = v;
	*np = n;
	v = NULL;
	rc = 0;
out:
	free(v);
	buf_free(&text);
	return rc;
}

/* ---- a file ---- */

static size_t
on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct sftp *s = arg;

	return durable_write_all(s->fd, p, size * n) == -1 ? 0 : size * n;
}

int
sftp_get(struct sftp *s, const char *name, int fd, int64_t offset, struct error *e)
{
	CURLcode c;

	s->refused = 0;
	s->trouble[0] = '\0';
	s->fd = fd;
	if (set_url(s, name, e) == -1)
		return -1;
	curl_easy_setopt(s->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)offset);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
	if ((c = curl_easy_perform(s->easy)) == CURLE_OK)
		return 0;
	return c == CURLE_WRITE_ERROR ? error_sys(e, "%s: write", name) : failed(s, c, name, e);
}
