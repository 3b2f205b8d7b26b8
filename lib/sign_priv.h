/*
 * sign_priv -- what `sign` and `seal` share of GPGME; nobody else includes it.
 */
#ifndef DAYBOOK_SIGN_PRIV_H
#define DAYBOOK_SIGN_PRIV_H

#include <gpgme.h>
#include <limits.h>

#include "sign.h"

struct sign {
	gpgme_ctx_t	ctx;
	char		home[PATH_MAX];	/* what gpg is told: the folder, or a short link to it */
	char		linkdir[64];	/* private folder of that link, "" if none */
	int		remove;		/* the home is a temporary one of ours */
};

/* "WHAT: why"; returns -1. */
int	sign_fail(struct error *e, enum errcode code, const char *what, gpgme_error_t g);
/* What gpg wrote into d, appended to out. */
int	sign_take(gpgme_data_t d, struct buf *out, struct error *e);
/* With an empty home of its own that goes with sign_close. */
int	sign_fresh(struct sign **s, struct error *e);

#endif
