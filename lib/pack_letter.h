/*
 * pack_letter -- the messages that carry a pack: PGP/MIME, RFC 3156 (private to pack_mail).
 *
 * To a receiver with a key: signed and encrypted in one, with verdict, figures and the pack.  To one
 * without: signed, the verdict and how to fetch the pack, no figure.  The subject is open to
 * everybody on the way: verdict, business, period and number only.
 */
#ifndef DAYBOOK_PACK_LETTER_H
#define DAYBOOK_PACK_LETTER_H

#include <jansson.h>

#include "buf.h"
#include "error.h"
#include "mail.h"
#include "receiver.h"
#include "sign.h"
#include "site.h"

struct letter {
	const struct site		*site;
	const struct mail_settings	*set;
	struct sign			*gpg;
	const char			*where;		/* audit/live/2026-11-21 */
	int				 dir;		/* that folder */
	json_t				*manifest;
	char				 sha256[65];	/* of manifest.json */
	char				 verdict[32], subject[600];
	int				 number;
	int64_t				 now;
};

/* where: relative to the site; the pack must have been verified.  l: site, set, gpg, now are given. */
int	letter_open(struct letter *l, const char *where, struct error *e);
void	letter_close(struct letter *l);
const char *letter_text(const struct letter *l, const char *member);	/* of the manifest; "" */

/* Whole messages, appended.  message_id: with its angle brackets. */
/* The largest choice of attachments that stays below size_max: everything; the pack as an archive; the
 * report alone; the text alone. */
int	letter_pack(const struct letter *l, const struct receiver *to, const char *message_id, struct buf *out,
	    struct error *e);
int	letter_notice(const struct letter *l, const struct receiver *to, const char *message_id,
	    struct buf *out, struct error *e);
/* lines: of the evidence files.  ERR_INPUT where it is larger than size_max. */
int	letter_evidence(const struct letter *l, const struct receiver *to, const char *message_id,
	    const struct buf *lines, struct buf *out, struct error *e);

#endif
