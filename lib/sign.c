/*
 * sign -- see sign.h.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gpgme.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sign_priv.h"

#define HOME_MAX	80		/* longer, and the agent's socket name does not fit (measured: 100) */
#define OUT_MAX		(1024 * 1024)

int
sign_fail(struct error *e, enum errcode code, const char *what, gpgme_error_t g)
{
	return error_set(e, code, "%s: %s", what, gpgme_strerror(g));
}

static void
start_library(void)
{
	static int done;

	if (!done) {
		gpgme_check_version(NULL);
		done = 1;
	}
}

static int
open_context(struct sign *s, struct error *e)
{
	gpgme_error_t g;

	start_library();
	if ((g = gpgme_new(&s->ctx)) != 0)
		return sign_fail(e, ERR_IO, "gpg", g);
	if ((g = gpgme_set_protocol(s->ctx, GPGME_PROTOCOL_OpenPGP)) != 0 ||
	    (g = gpgme_ctx_set_engine_info(s->ctx, GPGME_PROTOCOL_OpenPGP, NULL, s->home)) != 0)
		return sign_fail(e, ERR_CONFIG, "gpg", g);
	gpgme_set_armor(s->ctx, 1);
	gpgme_set_textmode(s->ctx, 0);
	gpgme_set_offline(s->ctx, 1);
	/* Nobody is there to be asked: a key that wants a passphrase fails instead of hanging. */
	gpgme_set_pinentry_mode(s->ctx, GPGME_PINENTRY_MODE_ERROR);
	return 0;
}

int
sign_open(struct sign **sp, const char *home, struct error *e)
{
	struct sign *s = calloc(1, sizeof(*s));
	char real[PATH_MAX];
	struct stat st;

	if (s == NULL)
		return error_sys(e, "gpg");
	if (realpath(home, real) == NULL || stat(real, &st) == -1) {
		error_set(e, ERR_CONFIG, "%s: %s", home, strerror(errno));
		goto err;
	}
	if (!S_ISDIR(st.st_mode) || (st.st_mode & 077) != 0 || st.st_uid != geteuid()) {
		error_set(e, ERR_CONFIG, "%s: a folder of our own with mode 0700 is expected", home);
		goto err;
	}
	if (strlen(real) <= HOME_MAX)
		memcpy(s->home, real, strlen(real) + 1);
	else {
		memcpy(s->linkdir, "/tmp/daybook-XXXXXX", 20);
		if (mkdtemp(s->linkdir) == NULL) {
			s->linkdir[0] = '\0';
			error_sys(e, "/tmp: private folder");
			goto err;
		}
		(void)snprintf(s->home, sizeof(s->home), "%s/g", s->linkdir);
		if (symlink(real, s->home) == -1) {
			error_sys(e, "%s: link", s->home);
			goto err;
		}
	}
	if (open_context(s, e) == -1)
		goto err;
	*sp = s;
	return 0;
err:
	sign_close(s);
	return -1;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	(void)remove(path);
	return 0;
}

/* The agent gpg started for this home would stay for ever. */
static void
end_agent(const char *home)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_RDWR);

		if (fd != -1) {
			(void)dup2(fd, 0);
			(void)dup2(fd, 1);
			(void)dup2(fd, 2);
		}
		execlp("gpgconf", "gpgconf", "--homedir", home, "--kill", "all", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

void
sign_close(struct sign *s)
{
	if (s == NULL)
		return;
	if (s->ctx != NULL) {
		gpgme_release(s->ctx);
		end_agent(s->home);
	}
	if (s->linkdir[0] != '\0') {
		if (!s->remove)
			(void)unlink(s->home);
		(void)nftw(s->linkdir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	free(s);
}

int
sign_make_key(struct sign *s, const char *userid, char fpr[65], struct error *e)
{
	gpgme_genkey_result_t res;
	gpgme_error_t g = gpgme_op_createkey(s->ctx, userid, "ed25519", 0, 0, NULL,
	    GPGME_CREATE_SIGN | GPGME_CREATE_CERT | GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE);

	if (g != 0)
		return sign_fail(e, ERR_IO, "make the signing key", g);
	if ((res = gpgme_op_genkey_result(s->ctx)) == NULL || res->fpr == NULL ||
	    strlen(res->fpr) >= 65)
		return error_set(e, ERR_IO, "make the signing key: gpg names no fingerprint");
	memcpy(fpr, res->fpr, strlen(res->fpr) + 1);
	return 0;
}

int
sign_take(gpgme_data_t d, struct buf *out, struct error *e)
{
	char part[4096];
	ssize_t n;

	if (gpgme_data_seek(d, 0, SEEK_SET) == -1)
		return error_sys(e, "gpg: output");
	while ((n = gpgme_data_read(d, part, sizeof(part))) > 0)
		if (buf_add(out, part, (size_t)n, e) == -1)
			return -1;
	return n == -1 ? error_sys(e, "gpg: output") : 0;
}

int
sign_detached(struct sign *s, const char *fpr, const void *p, size_t len, struct buf *out,
    struct error *e)
{
	gpgme_data_t in = NULL, sig = NULL;
	gpgme_key_t key = NULL;
	gpgme_sign_result_t res;
	gpgme_error_t g;
	int rc = -1;

	if ((g = gpgme_get_key(s->ctx, fpr, &key, 1)) != 0) {
		sign_fail(e, ERR_CONFIG, "signing key", g);
		goto out;
	}
	gpgme_signers_clear(s->ctx);
	if ((g = gpgme_signers_add(s->ctx, key)) != 0 ||
	    (g = gpgme_data_new_from_mem(&in, p, len, 0)) != 0 || (g = gpgme_data_new(&sig)) != 0 ||
	    (g = gpgme_op_sign(s->ctx, in, sig, GPGME_SIG_MODE_DETACH)) != 0) {
		sign_fail(e, ERR_IO, "sign", g);
		goto out;
	}
	res = gpgme_op_sign_result(s->ctx);
	if (res == NULL || res->signatures == NULL || res->signatures->next != NULL ||
	    strcmp(res->signatures->fpr, fpr) != 0) {
		error_set(e, ERR_IO, "sign: gpg signed with another key");
		goto out;
	}
	rc = sign_take(sig, out, e);
out:
	gpgme_key_unref(key);
	gpgme_data_release(in);
	gpgme_data_release(sig);
	return rc;
}

int
sign_export(struct sign *s, const char *fpr, struct buf *out, struct error *e)
{
	gpgme_data_t d = NULL;
	gpgme_error_t g;
	int rc = -1;

	if ((g = gpgme_data_new(&d)) != 0 ||
	    (g = gpgme_op_export(s->ctx, fpr, GPGME_EXPORT_MODE_MINIMAL, d)) != 0)
		sign_fail(e, ERR_IO, "export the public key", g);
	else
		rc = sign_take(d, out, e);
	gpgme_data_release(d);
	if (rc == 0 && out->len == 0)
		rc = error_set(e, ERR_CONFIG, "signing key %s is not there", fpr);
	return rc;
}

char *
sign_groups(const char *fpr, char out[SIGN_GROUPS])
{
	size_t i, n = 0;

	for (i = 0; fpr[i] != '\0' && n + 2 < SIGN_GROUPS; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = ' ';
		out[n++] = fpr[i];
	}
	out[n] = '\0';
	return out;
}

/* ---- verification ---- */

static int
base64_value(char c)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(set, c);

	return p == NULL ? -1 : (int)(p - set);
}

/* CRC-24 of RFC 4880, 6.1 */
static unsigned long
crc24(const unsigned char *p, size_t len)
{
	unsigned long crc = 0xb704ceUL;
	int i;

	while (len-- > 0) {
		crc ^= (unsigned long)*p++ << 16;
		for (i = 0; i < 8; i++)
			if ((crc <<= 1) & 0x1000000UL)
				crc ^= 0x1864cfbUL;
	}
	return crc & 0xffffffUL;
}

/* Four characters, canonical: how many bytes (1 to 3), 0 where they are none. */
static int
decode_group(const char *s, unsigned char out[3])
{
	int a = base64_value(s[0]), b = base64_value(s[1]), c = base64_value(s[2]),
	    d = base64_value(s[3]);

	if (a == -1 || b == -1)
		return 0;
	out[0] = (unsigned char)(a << 2 | b >> 4);
	if (s[2] == '=')
		return s[3] == '=' && (b & 15) == 0 ? 1 : 0;
	if (c == -1)
		return 0;
	out[1] = (unsigned char)((b & 15) << 4 | c >> 2);
	if (s[3] == '=')
		return (c & 3) == 0 ? 2 : 0;
	if (d == -1)
		return 0;
	out[2] = (unsigned char)((c & 3) << 6 | d);
	return 3;
}

/*
 * gpg forgives much in an armor: other line lengths, trailing text, unused bits.  A file any byte
 * of which may change without the signature noticing is not what was signed, so the armor must be
 * exactly what gpg itself writes.
 */
static int
armor_canonical(const char *s, size_t len)
{
	static const char head[] = "-----BEGIN PGP SIGNATURE-----\n\n";
	static const char foot[] = "-----END PGP SIGNATURE-----\n";
	unsigned char raw[OUT_MAX / 64], crc[3];
	size_t n = 0, column = 0, at = sizeof(head) - 1;
	int got = 3;

	if (len < at + sizeof(foot) || memcmp(s, head, at) != 0)
		return 0;
	for (;;) {
		if (at >= len)
			return 0;
		if (column == 64 || (s[at] == '\n' && column > 0)) {
			if (s[at] != '\n')
				return 0;
			at++;
			column = 0;
			continue;
		}
		if (column == 0 && s[at] == '=')
			break;
		/* a short line or padding only at the end */
		if (got != 3 || len - at < 4 || n + 3 > sizeof(raw) ||
		    (got = decode_group(s + at, raw + n)) == 0)
			return 0;
		n += (size_t)got;
		at += 4;
		column += 4;
		if (column < 64 && at < len && s[at] == '\n' && (at + 1 >= len || s[at + 1] != '='))
			return 0;
	}
	if (len - at != 1 + 4 + 1 + sizeof(foot) - 1 || decode_group(s + at + 1, crc) != 3 ||
	    ((unsigned long)crc[0] << 16 | (unsigned long)crc[1] << 8 | crc[2]) != crc24(raw, n) ||
	    s[at + 5] != '\n')
		return 0;
	return memcmp(s + at + 6, foot, sizeof(foot) - 1) == 0;
}

int
sign_fresh(struct sign **sp, struct error *e)
{
	struct sign *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_sys(e, "gpg");
	s->remove = 1;
	memcpy(s->linkdir, "/tmp/daybook-XXXXXX", 20);
	if (mkdtemp(s->linkdir) == NULL) {
		s->linkdir[0] = '\0';
		error_sys(e, "/tmp: private folder");
		sign_close(s);
		return -1;
	}
	memcpy(s->home, s->linkdir, sizeof(s->linkdir));
	if (open_context(s, e) == -1) {
		sign_close(s);
		return -1;
	}
	*sp = s;
	return 0;
}

static int
judge(struct sign *s, const char *fpr, struct error *e)
{
	gpgme_verify_result_t res = gpgme_op_verify_result(s->ctx);
	gpgme_signature_t sig = res == NULL ? NULL : res->signatures;
	gpgme_key_t key = NULL;
	int bad;

	if (sig == NULL)
		return error_set(e, ERR_CORRUPT, "no signature");
	if (sig->next != NULL)
		return error_set(e, ERR_CORRUPT, "more than one signature");
	if (gpgme_err_code(sig->status) != GPG_ERR_NO_ERROR)
		return sign_fail(e, ERR_CORRUPT, "signature", sig->status);
	if (sig->fpr == NULL || strcmp(sig->fpr, fpr) != 0)
		return error_set(e, ERR_CORRUPT, "signed by another key: %.64s", sig->fpr == NULL ? "?" :
		    sig->fpr);
	if ((sig->summary & (GPGME_SIGSUM_KEY_REVOKED | GPGME_SIGSUM_KEY_EXPIRED |
	    GPGME_SIGSUM_SIG_EXPIRED | GPGME_SIGSUM_RED)) != 0 || sig->wrong_key_usage)
		return error_set(e, ERR_CORRUPT, "the signature or its key is expired or revoked");
	if (gpgme_get_key(s->ctx, fpr, &key, 0) != 0)
		return error_set(e, ERR_CORRUPT, "the key is not there");
	bad = key->revoked || key->expired || key->disabled || key->invalid;
	gpgme_key_unref(key);
	return bad ? error_set(e, ERR_CORRUPT, "the key is expired or revoked") : 0;
}

int
sign_verify(const char *fpr, const void *key, size_t keylen, const void *sig, size_t siglen,
    const void *p, size_t len, struct error *e)
{
	gpgme_data_t dk = NULL, ds = NULL, dp = NULL;
	struct sign *s = NULL;
	gpgme_error_t g;
	int rc = -1;

	if (!armor_canonical(sig, siglen))
		return error_set(e, ERR_CORRUPT, "the signature's armor is not as gpg writes it");
	if (sign_fresh(&s, e) == -1)
		return -1;
	if ((g = gpgme_data_new_from_mem(&dk, key, keylen, 0)) != 0 ||
	    (g = gpgme_data_new_from_mem(&ds, sig, siglen, 0)) != 0 ||
	    (g = gpgme_data_new_from_mem(&dp, p, len, 0)) != 0) {
		sign_fail(e, ERR_IO, "gpg", g);
		goto out;
	}
	if ((g = gpgme_op_import(s->ctx, dk)) != 0) {
		sign_fail(e, ERR_CORRUPT, "public key", g);
		goto out;
	}
	if ((g = gpgme_op_verify(s->ctx, ds, dp, NULL)) != 0) {
		sign_fail(e, ERR_CORRUPT, "signature", g);
		goto out;
	}
	rc = judge(s, fpr, e);
out:
	gpgme_data_release(dk);
	gpgme_data_release(ds);
	gpgme_data_release(dp);
	sign_close(s);
	return rc;
}
