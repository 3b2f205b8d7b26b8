/*
 * sign -- the site's OpenPGP key through GPGME: make it, sign, verify by pinned fingerprint.
 *
 * GNUPGHOME is SITE/gnupg, 0700.  A home longer than about 100 bytes fails in gpg-agent, so a
 * short private symlink is used then.  The agent that was started is ended again.
 * Signatures are accepted only if there is exactly one, by that fingerprint, good, not expired,
 * not revoked (gpg --verify alone exits 0 for any key in the ring: reliability.md 5, row 22).
 */
#ifndef DAYBOOK_SIGN_H
#define DAYBOOK_SIGN_H

#include <stddef.h>

#include "buf.h"
#include "error.h"

struct sign;

/* home: directory path of the GNUPGHOME.  ERR_CONFIG: missing, not 0700, or not ours. */
int	sign_open(struct sign **s, const char *home, struct error *e);
void	sign_close(struct sign *s);	/* ends the agent; NULL accepted */
/* Ed25519, no passphrase, no expiry.  fpr: upper-case hex, NUL. */
int	sign_make_key(struct sign *s, const char *userid, char fpr[65], struct error *e);
/* Detached armored signature of p by key fpr into out. */
int	sign_detached(struct sign *s, const char *fpr, const void *p, size_t len, struct buf *out,
	    struct error *e);
int	sign_export(struct sign *s, const char *fpr, struct buf *out, struct error *e);
/* key: the armored public key to trust for this call (a fresh temporary home is used), fpr the
 * pinned fingerprint.  0 only for one good signature by it; ERR_CORRUPT says what is wrong.
 * Also refuses an armor that is not its own canonical encoding. */
int	sign_verify(const char *fpr, const void *key, size_t keylen, const void *sig, size_t siglen,
	    const void *p, size_t len, struct error *e);
/* "1234 5678 ...": a fingerprint in groups of four, as it is read out. */
#define SIGN_GROUPS	84
char	*sign_groups(const char *fpr, char out[SIGN_GROUPS]);

#endif
