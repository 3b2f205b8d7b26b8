/*
 * packs -- the packs a book has: what their manifests say, and who was sent them (outbox).
 */
#ifndef DAYBOOK_PACKS_H
#define DAYBOOK_PACKS_H

#include "error.h"
#include "site.h"

#define PACKS_NAME	64

struct packs_entry {
	int	 number;
	char	 name[PACKS_NAME];	/* folder below audit/BOOK: the period, with .rN of a revision */
	char	 period[PACKS_NAME], sha256[65], head[65], key[65], supersedes[PACKS_NAME];
	char	*receivers;		/* "a@example.net sent 2026-11-22T00:30:07Z, b@example.org queued" */
};

/* By number.  unreadable: folders without a manifest that can be read, comma separated names (to be
 * freed), NULL where there are none. */
int	packs_list(const struct site *s, int book, struct packs_entry **v, size_t *n, char **unreadable,
	    struct error *e);
void	packs_free(struct packs_entry *v, size_t n);

#endif
