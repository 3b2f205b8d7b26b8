/*
 * receiver -- who gets the audit packs: rows "receiver" of the register (desk_receiver.c writes them).
 */
#ifndef DAYBOOK_RECEIVER_H
#define DAYBOOK_RECEIVER_H

#include "error.h"
#include "mime.h"
#include "site.h"

struct receiver {
	char	 email[MIME_ADDRESS];
	char	 fpr[65];		/* "": no key */
	char	*key;			/* armored; NULL: none */
	char	 since[32], who[64];
};

/* All, by address; takes the writer lock for a moment (ERR_AGAIN).  *v is to be given to receiver_free. */
int	receiver_list(const struct site *s, struct receiver **v, size_t *n, struct error *e);
void	receiver_free(struct receiver *v, size_t n);

#endif
