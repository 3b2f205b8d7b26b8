/*
 * seal -- see seal.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "moment.h"
#include "seal.h"
#include "sign_priv.h"
#include "text.h"

#define RSA_MIN	2048		/* bits; below, others may read it some day soon */

static gpgme_data_t
data_of(const void *p, size_t len, struct error *e)
{
	gpgme_data_t d = NULL;
	gpgme_error_t g = gpgme_data_new_from_mem(&d, p == NULL ? "" : p, len, 0);

	if (g != 0)
		sign_fail(e, ERR_IO, "gpg", g);
	return g == 0 ? d : NULL;
}

/* Some subkey of it can be encrypted to; ERR_INPUT says why none can. */
static int
usable(gpgme_key_t key, struct error *e)
{
	const char *why = "it is for signing only; nothing can be encrypted to it";
	gpgme_subkey_t sk;

	if (key->revoked)
		return error_set(e, ERR_INPUT, "key %s: it is revoked", key->fpr);
	if (key->expired)
		return error_set(e, ERR_INPUT, "key %s: it is expired; its owner can extend it and send it "
		    "again", key->fpr);
	if (key->disabled || key->invalid)
		return error_set(e, ERR_INPUT, "key %s: it is not valid", key->fpr);
	for (sk = key->subkeys; sk != NULL; sk = sk->next) {
		if (!sk->can_encrypt)
			continue;
		if (sk->revoked || sk->expired || sk->disabled || sk->invalid)
			why = "its part for encryption is expired or revoked";
		else if ((sk->pubkey_algo == GPGME_PK_RSA || sk->pubkey_algo == GPGME_PK_RSA_E ||
		    sk->pubkey_algo == GPGME_PK_ELG || sk->pubkey_algo == GPGME_PK_ELG_E) &&
		    sk->length < RSA_MIN)
			why = "its part for encryption has less than 2048 bits";
		else
			return 0;
	}
	return error_set(e, ERR_INPUT, "key %s: %s", key->fpr, why);
}

static void
describe(gpgme_key_t key, const char *email, struct seal_key *k)
{
	struct buf line = BUF_INIT(4096);
	struct error ignored;
	gpgme_subkey_t sk;
	gpgme_user_id_t u;

	memset(k, 0, sizeof(*k));
	(void)snprintf(k->fpr, sizeof(k->fpr), "%s", key->fpr);
	for (sk = key->subkeys; sk != NULL; sk = sk->next) {	/* what ends first: the key or its part */
		int64_t ends = (int64_t)sk->expires * MOMENT_SECOND;

		if ((sk == key->subkeys || sk->can_encrypt) && !sk->expired && !sk->revoked && ends != 0 &&
		    (k->expires == 0 || ends < k->expires))
			k->expires = ends;
	}
	for (u = key->uids; u != NULL; u = u->next) {
		if (u->revoked || u->invalid)
			continue;
		if (k->userid[0] == '\0' && u->uid != NULL &&
		    text_printable(&line, u->uid, strlen(u->uid), &ignored) == 0 && line.len > 0) {
			size_t n = text_utf8_valid(line.data, line.len < sizeof(k->userid) ? line.len :
			    sizeof(k->userid) - 1);

			memcpy(k->userid, line.data, n);
			k->userid[n] = '\0';
		}
		if (u->email != NULL && text_equal_ci(u->email, strlen(u->email), email, strlen(email)))
			k->names = 1;
	}
	buf_free(&line);
}

/* The one key in p, into s; *fpr is of s's context until its next operation. */
static int
import_one(struct sign *s, const void *p, size_t len, const char **fpr, struct error *e)
{
	gpgme_data_t d = data_of(p, len, e);
	gpgme_import_result_t res;
	gpgme_import_status_t st;
	gpgme_error_t g;

	if (d == NULL)
		return -1;
	g = gpgme_op_import(s->ctx, d);
	gpgme_data_release(d);
	res = gpgme_op_import_result(s->ctx);
	*fpr = NULL;
	for (st = res == NULL ? NULL : res->imports; st != NULL; st = st->next) {
		if (st->result != 0 || st->fpr == NULL)
			continue;
		if (*fpr != NULL && strcmp(*fpr, st->fpr) != 0)
			return error_set(e, ERR_INPUT, "more than one key; one public key is expected");
		*fpr = st->fpr;
	}
	if (g != 0 || *fpr == NULL)
		return error_set(e, ERR_INPUT, "no OpenPGP key; one public key is expected (gpg --export "
		    "--armor)");
	return 0;
}

/* A packet of that type stands in the armor's begin line; a binary one begins with tag 5. */
static int
looks_secret(const unsigned char *p, size_t len)
{
	return memmem(p, len, "PGP PRIVATE KEY", 15) != NULL ||
	    (len > 0 && ((p[0] & 0xfc) == 0x94 || p[0] == 0xc5));
}

int
seal_key_read(const void *p, size_t len, const char *email, struct seal_key *k, struct buf *out,
    struct error *e)
{
	struct sign *s = NULL;
	gpgme_key_t key = NULL;
	const char *fpr;
	char copy[SEAL_FPR];
	gpgme_error_t g;
	int rc = -1;

	if (looks_secret(p, len))
		return error_set(e, ERR_INPUT, "a secret key: keep it to yourself; a public one is expected "
		    "(gpg --export --armor)");
	if (sign_fresh(&s, e) == -1 || import_one(s, p, len, &fpr, e) == -1)
		goto out;
	if (strlen(fpr) != 40) {
		error_set(e, ERR_INPUT, "key %.64s: a version 4 key is expected", fpr);
		goto out;
	}
	memcpy(copy, fpr, 41);
	if ((g = gpgme_get_key(s->ctx, copy, &key, 0)) != 0) {
		sign_fail(e, ERR_INPUT, "key", g);
		goto out;
	}
	if (usable(key, e) == -1)
		goto out;
	if (out != NULL && sign_export(s, copy, out, e) == -1)
		goto out;
	describe(key, email, k);
	rc = 0;
out:
	gpgme_key_unref(key);
	sign_close(s);
	return rc;
}

int
seal_import(struct sign *s, const char *fpr, const void *key, size_t len, struct error *e)
{
	const char *got;
	gpgme_key_t k = NULL;
	gpgme_error_t g;
	int rc;

	if (looks_secret(key, len) || import_one(s, key, len, &got, e) == -1)
		return error_set(e, ERR_INPUT, "key %s: what the register holds is no public key", fpr);
	if (strcmp(got, fpr) != 0)
		return error_set(e, ERR_INPUT, "key %s: the register holds another, %.64s", fpr, got);
	if ((g = gpgme_get_key(s->ctx, fpr, &k, 0)) != 0)
		return sign_fail(e, ERR_INPUT, "key", g);
	rc = usable(k, e);
	gpgme_key_unref(k);
	return rc;
}

int
seal_forget(struct sign *s, const char *fpr, struct error *e)
{
	gpgme_key_t k = NULL;
	gpgme_error_t g = gpgme_get_key(s->ctx, fpr, &k, 0);

	if (gpgme_err_code(g) == GPG_ERR_EOF)
		return 0;
	if (g == 0)
		g = gpgme_op_delete_ext(s->ctx, k, GPGME_DELETE_FORCE);	/* no question; not the secret part */
	gpgme_key_unref(k);
	return g == 0 ? 0 : sign_fail(e, ERR_IO, "forget a key", g);
}

static int
signer(struct sign *s, const char *by, struct error *e)
{
	gpgme_key_t key = NULL;
	gpgme_error_t g;

	gpgme_signers_clear(s->ctx);
	if ((g = gpgme_get_key(s->ctx, by, &key, 1)) != 0)
		return sign_fail(e, ERR_CONFIG, "signing key", g);
	g = gpgme_signers_add(s->ctx, key);
	gpgme_key_unref(key);
	return g == 0 ? 0 : sign_fail(e, ERR_IO, "signing key", g);
}

/* Exactly one signature, by that key. */
static int
signed_by(struct sign *s, const char *by, struct error *e)
{
	gpgme_sign_result_t res = gpgme_op_sign_result(s->ctx);

	if (res == NULL || res->signatures == NULL || res->signatures->next != NULL ||
	    res->signatures->fpr == NULL || strcmp(res->signatures->fpr, by) != 0)
		return error_set(e, ERR_IO, "sign: gpg signed with another key");
	return 0;
}

int
seal_encrypt(struct sign *s, const char *by, const char *to, const void *p, size_t len,
    struct buf *out, struct error *e)
{
	gpgme_data_t in = data_of(p, len, e), sealed = NULL;
	gpgme_key_t key[2] = { NULL, NULL };
	gpgme_encrypt_result_t res;
	gpgme_error_t g;
	int rc = -1;

	if (in == NULL || signer(s, by, e) == -1)
		goto out;
	if ((g = gpgme_get_key(s->ctx, to, &key[0], 0)) != 0) {
		sign_fail(e, ERR_INPUT, "receiver's key", g);
		goto out;
	}
	if (strcmp(key[0]->fpr, to) != 0 || usable(key[0], e) == -1)
		goto out;
	/* Always trust: which key is whose was decided by a person, by its fingerprint. */
	if ((g = gpgme_data_new(&sealed)) != 0 || (g = gpgme_op_encrypt_sign(s->ctx, key,
	    GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO, in, sealed)) != 0) {
		sign_fail(e, ERR_IO, "encrypt", g);
		goto out;
	}
	res = gpgme_op_encrypt_result(s->ctx);
	if (res == NULL || res->invalid_recipients != NULL) {
		error_set(e, ERR_INPUT, "key %s: gpg will not encrypt to it", to);
		goto out;
	}
	if (signed_by(s, by, e) == 0)
		rc = sign_take(sealed, out, e);
out:
	gpgme_key_unref(key[0]);
	gpgme_data_release(in);
	gpgme_data_release(sealed);
	return rc;
}

int
seal_detached(struct sign *s, const char *by, const void *p, size_t len, struct buf *out,
    char micalg[32], struct error *e)
{
	gpgme_data_t in = data_of(p, len, e), sig = NULL;
	const char *hash;
	gpgme_error_t g;
	int rc = -1;

	if (in == NULL || signer(s, by, e) == -1)
		goto out;
	if ((g = gpgme_data_new(&sig)) != 0 ||
	    (g = gpgme_op_sign(s->ctx, in, sig, GPGME_SIG_MODE_DETACH)) != 0) {
		sign_fail(e, ERR_IO, "sign", g);
		goto out;
	}
	if (signed_by(s, by, e) == -1)
		goto out;
	hash = gpgme_hash_algo_name(gpgme_op_sign_result(s->ctx)->signatures->hash_algo);
	(void)snprintf(micalg, 32, "pgp-%s", hash == NULL ? "sha512" : hash);
	text_lower(micalg);
	rc = sign_take(sig, out, e);
out:
	gpgme_data_release(in);
	gpgme_data_release(sig);
	return rc;
}
