/*
 * post_priv -- what the parts of post share.
 */
#ifndef DAYBOOK_POST_PRIV_H
#define DAYBOOK_POST_PRIV_H

#include "confirm.h"
#include "desk.h"
#include "porter.h"
#include "post.h"
#include "poststate.h"

struct post {
	const struct site		*site;
	const struct post_options	*opt;
	struct post_counts		*counts;
	struct poststate		 ps;
	struct shelf			 shelf;
	struct spool_dir		 dir[SPOOL_ORIGINS];
	struct lock			 lock;
	int				 locked;
	struct confirm			*confirm;
	struct porter			*porter;	/* from the first large batch on */
	struct mem			*flight[CONFIRM_FLIGHT];
	int				 inotify;
	int				 rescan;
	int64_t				 counted;	/* state.log before the batch's attempts */
	struct mem			**ready;
	size_t				 nready, capready;
	int64_t				 last_overdue;	/* when overdue parents were last looked for */
	struct integration		 in;		/* the last one a batch needed, "" none */
};

/* post.c: the books, opened when there is something to write. */
int	post_open_books(struct post *p, struct error *e);
int	post_close_books(struct post *p, struct error *e);
/* m->m, read from the spool unless it is there.  ERR_NOTFOUND: gone.  ERR_INPUT: set it aside. */
int	post_load(struct post *p, struct mem *m, struct error *e);
/* Which folder may bring which kind (design.md, Who may do what). */
int	post_kind_fits(enum spool_origin o, const struct message *m);

/* post_batch.c: all of p->ready, then p->nready is 0. */
int	post_ready(struct post *p, struct error *e);
void	post_begin_record(struct record *r, const struct message *m, int64_t now);
void	post_set_text(char *dst, size_t size, const char *src);	/* cut to fit, zeros behind */
void	post_forget_integration(struct post *p);

/* post_clock.c: begin of a run, and hourly. */
int	post_own_clock(struct post *p, int64_t now, struct error *e);
int	post_standing(struct post *p, struct error *e);		/* into p->counts */

#endif
