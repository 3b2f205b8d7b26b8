/*
 * fetch_priv -- what the files of fetch share; nobody else includes it.
 */
#ifndef DAYBOOK_FETCH_PRIV_H
#define DAYBOOK_FETCH_PRIV_H

#include <jansson.h>

#include "fetch.h"
#include "provider/lookup.h"

struct fetch {				/* one integration */
	const struct site	*s;
	const struct fetch_options *o;
	struct integration	 in;
	json_t			*secrets;
	const struct lookup	*lookup;	/* NULL: it can't be asked */
	struct lookup_line	*line;		/* open, or NULL */
	int			 dir;		/* its folder */
	char			 path[128];	/* the same, below the site */
	/*
	 * {"format":1,"edge":T,"closing":[[CCY,AVAILABLE,TOTAL]...],"waiting":{ID:T},
	 *  "files":{NAME:{"sha256","bytes","stamp","fetched"}},"part":{"name","stamp"},
	 *  "polls":{ID:{"next":T,"tries":N}}}
	 */
	json_t			*state;
	struct fetch_result	*res;
};

/* fetch_state.c */
int	fetch_open_dir(struct fetch *f, struct error *e);
int	fetch_load(struct fetch *f, struct error *e);
int	fetch_save(struct fetch *f, struct error *e);		/* durable */
/* The member of state, made as what empty is where it is missing (a reference is taken). */
json_t	*fetch_member(struct fetch *f, const char *name, json_t *empty);
/* A time in the state; 0 where there is none. */
int64_t	 fetch_time(const json_t *j, const char *name);
/* A file whose bytes are durable is known from here on. */
int	 fetch_known(struct fetch *f, const char *name, const char *sha256, int64_t bytes,
	     const char *stamp, struct error *e);
/* Files that state.json does not name: what a killed run left.  Those that end in suffix go. */
int	 fetch_sweep(struct fetch *f, const char *suffix, struct error *e);

/* fetch.c */
/* Of the books: start of the day of the opening balance, 0 where there is none. */
int	fetch_opening(struct fetch *f, int64_t *opening, struct error *e);
/* The conversation, opened when first needed. */
int	fetch_line(struct fetch *f, struct error *e);

/* fetch_search.c, fetch_sftp.c, fetch_poll.c */
int	fetch_search(struct fetch *f, struct error *e);
int	fetch_sftp(struct fetch *f, struct error *e);
int	fetch_poll(struct fetch *f, struct error *e);

#endif
