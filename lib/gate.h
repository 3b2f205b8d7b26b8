/*
 * gate -- what an intake program needs to know of its site, and no more.
 *
 * The same files as site.h (SITE/daybook.json, SITE/integrations/ID.json), read with jsmn: intake
 * is linked statically with musl, where jansson is not to be had, and starts in half the time.
 * Members that intake does not need are not looked at: a wrong time zone must not cost a payment.
 */
#ifndef DAYBOOK_GATE_H
#define DAYBOOK_GATE_H

#include "error.h"
#include "spool.h"

#define SITE_FORMAT	1		/* of daybook.json and of all that lies below */
#define SITE_DEFAULT	"/var/lib/daybook"
#define SITE_MIN_FREE	(INT64_C(256) << 20)	/* room for the books to finish what is spooled */

struct gate {
	int			 fd;	/* O_DIRECTORY of the site */
	struct spool_limits	 limits;
};

/* path "": SITE_DEFAULT.  ERR_CONFIG: no site there, unreadable settings (names the member), or a
 * newer format. */
int	gate_open(struct gate *g, const char *path, struct error *e);

struct gate_integration {
	char	 id[65], kind[33], url_key[65];
	int	 mode;			/* BOOK_LIVE or BOOK_TEST */
};

/* ERR_NOTFOUND where there is none (or the id is no id), ERR_CONFIG where the file is unusable. */
int	gate_integration(const struct gate *g, const char *id, struct gate_integration *in,
	    struct error *e);

#endif
