/*
 * seal -- mail that only its receiver can read: other people's OpenPGP keys, by pinned fingerprint.
 *
 * A key is taken from a file into a home of its own, looked at there, and kept as its minimal
 * export (no foreign signatures); in SITE/gnupg it is only ever a public key.
 */
#ifndef DAYBOOK_SEAL_H
#define DAYBOOK_SEAL_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "sign.h"

#define SEAL_FPR	65
#define SEAL_KEY_MAX	(64 * 1024)	/* minimal export of one key: 1 to 10 kB seen */

struct seal_key {
	char	 fpr[SEAL_FPR];		/* upper-case hex */
	char	 userid[256];		/* the first that counts, one printable line */
	int64_t	 expires;		/* microseconds; 0: never */
	int	 names;			/* one of its user ids has the address asked for */
};

/*
 * seal_key_read: p must hold exactly one key, public, that can be encrypted to today and will not
 * break by its length.  email: looked for in its user ids ("" none).  out gets the minimal export,
 * armored; may be NULL.  ERR_INPUT says what is wrong: no key, several, a secret one, expired,
 * revoked, only for signing, too weak.
 */
int	seal_key_read(const void *p, size_t len, const char *email, struct seal_key *k, struct buf *out,
	    struct error *e);
/* Into the home of s; the same again changes nothing.  ERR_INPUT: not the key fpr, or unusable now. */
int	seal_import(struct sign *s, const char *fpr, const void *key, size_t len, struct error *e);
/* Out of it again; 0 also where it is not there.  Never removes a key with a secret part. */
int	seal_forget(struct sign *s, const char *fpr, struct error *e);
/* Signed by `by` and encrypted to exactly `to` (imported before), armored.  ERR_INPUT: unusable now. */
int	seal_encrypt(struct sign *s, const char *by, const char *to, const void *p, size_t len,
	    struct buf *out, struct error *e);
/* A detached armored signature for multipart/signed; micalg: "pgp-sha512" (RFC 3156, 5). */
int	seal_detached(struct sign *s, const char *by, const void *p, size_t len, struct buf *out,
	    char micalg[32], struct error *e);

#endif
