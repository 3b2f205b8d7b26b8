/*
 * poststate -- what daybook-post remembers of messages still in the spool.
 *
 * SITE/spool/post/state.log, appended to, one line an event:
 *	T ID				an attempt to post begins (three without an end: set aside)
 *	V ID CODE HTTP ASKED_US SHA256 BASE64	the provider's answer, so that nobody is asked twice
 *	W ID TRIES NEXT_US REASON	waiting: not before NEXT_US
 *	D ID				done with
 * It belongs to the batch user alone, is not synced (losing it costs a second question), and is
 * emptied when the spool is.
 */
#ifndef DAYBOOK_POSTSTATE_H
#define DAYBOOK_POSTSTATE_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "evidence.h"
#include "spool.h"

struct mem {				/* what is known of one message in the spool */
	char		 name[sizeof(((struct spool_name *)0)->id)];
	enum spool_origin origin;
	int		 attempts;
	struct verdict	 v;
	char		 about[65];	/* what was asked about: poststate_about */
	int		 tries;		/* questions without an answer so far */
	int64_t		 next;		/* no question before */
	char		 reason[32];	/* why it waits */
	int		 asked;		/* a question is under way */
	int		 gone;		/* its file is no longer in the spool */
	int		 done;
	int		 aside;		/* goes to spool/aside, not away */
	int		 seen;		/* in the present listing */
	struct message	*m;		/* while in flight */
};

struct poststate {
	int		 fd;
	int		 dir;		/* spool/post */
	struct mem	**v;		/* in order of arrival */
	size_t		 n, cap;
	struct mem	**slots;
	size_t		 nslots;
	struct buf	 out;
	int64_t		 size;
	int64_t		 seen;		/* of the file, by poststate_others */
};

int		 poststate_open(struct poststate *ps, int sitefd, struct error *e);
void		 poststate_close(struct poststate *ps);
/* The entry of that name, made where missing (NULL: no memory). */
struct mem	*poststate_get(struct poststate *ps, const char *name, struct error *e);
struct mem	*poststate_find(struct poststate *ps, const char *name);
void		 poststate_drop(struct mem *m);	/* frees m->m */
/*
 * SHA-256 of "INTEGRATION KIND MODE SHA256-OF-BODY".  Files belong to the user who brought them: a
 * verdict counts for what was asked about, not for what bears its name later.
 */
void		 poststate_about(const struct message *m, char about[65]);
/* Lines into a buffer; poststate_write puts them into the file in one write. */
int		 poststate_attempt(struct poststate *ps, struct mem *m, struct error *e);
int		 poststate_verdict(struct poststate *ps, const struct mem *m, struct error *e);
int		 poststate_wait(struct poststate *ps, const struct mem *m, struct error *e);
int		 poststate_done(struct poststate *ps, struct mem *m, struct error *e);
int		 poststate_write(struct poststate *ps, struct error *e);
/* Pauses that another process has ended meanwhile (messages retry) are over for us too. */
void		 poststate_others(struct poststate *ps);
/* Cut the file back to size: lines since then did not happen. */
void		 poststate_forget(struct poststate *ps, int64_t size);
/* Drop entries that are done or gone; the file is emptied where none is left, else written anew
 * once it is large. */
int		 poststate_compact(struct poststate *ps, struct error *e);

#endif
