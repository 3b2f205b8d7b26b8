/*
 * spool -- messages between arrival and the books: one file each, written and synced.
 *
 * SITE/spool/ORIGIN/{tmp,new}/ for ORIGIN in, pay, web, desk; SITE/spool/post/ belongs to
 * daybook-post alone (state.log, lock); SITE/spool/aside/ takes what must not be read.
 * A message file is a header of "name value" lines, an empty line, and the body's exact bytes:
 *
 *	daybook-message 1
 *	integration paypal_ipn		(absent for desk)
 *	kind paypal-ipn			("desk" for desk)
 *	mode live
 *	received 2026-11-20T19:02:03.123456Z
 *	remote 192.0.2.1		(desk: the login that decided)
 *	length 1045
 *
 * Its name is the message's id: received time and random bits, so that names sort by arrival:
 * 20261120T190203.123456-0123456789abcdef.  Invariants 1, 2, 9.
 */
#ifndef DAYBOOK_SPOOL_H
#define DAYBOOK_SPOOL_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"

#define SPOOL_BODY_MAX	(2 * 1024 * 1024)	/* 5,000 Mass Pay items are about 1 MB */
#define SPOOL_HEAD_MAX	2048
#define SPOOL_FILES_MAX	200000
#define SPOOL_BYTES_MAX	(INT64_C(4) << 30)
#define SPOOL_ID	40		/* message id and NUL: 22 + 1 + 16 + 1 */

enum { BOOK_LIVE, BOOK_TEST, BOOK_REGISTER, BOOKS_N };
extern const char *const site_book_name[BOOKS_N];	/* "live", "test", "register" */

enum spool_origin { SPOOL_IN, SPOOL_PAY, SPOOL_WEB, SPOOL_DESK, SPOOL_ORIGINS };
extern const char *const spool_origin_name[SPOOL_ORIGINS];

struct message {
	char		 id[SPOOL_ID];
	enum spool_origin origin;
	char		 integration[65];
	char		 kind[33];
	int		 mode;			/* BOOK_LIVE or BOOK_TEST */
	int64_t		 received;		/* microseconds UTC */
	char		 remote[64];
	struct buf	 body;			/* exact bytes */
};

void	message_free(struct message *m);

struct spool_limits {
	int64_t	files_max, bytes_max, min_free;	/* site settings, or the maxima above */
};

/*
 * spool_put: m's header and body durably into SITE/spool/ORIGIN/new.  Fills m->id from
 * m->received and random bits.  sitefd: the site's directory.  When it returns 0 the message would
 * survive a power cut (file synced, renamed, new/ synced); tmp and new must be on one file system.
 * ERR_AGAIN: files, bytes or min_free reached; nothing stored.  ERR_IO: nothing acknowledged.
 */
int	spool_put(int sitefd, const struct spool_limits *lim, struct message *m, struct error *e);
/* For a deadline handler: removes the file spool_put is writing, async-signal-safe. */
void	spool_abandon(void);

/* Reader's side (daybook-post). */
struct spool_name {
	char	id[SPOOL_ID + 216];	/* file name as found, may be foreign */
};
/* Names in ORIGIN/new, sorted; dot files skipped.  *v is malloc'd, caller frees.  At most max. */
int	spool_list(int sitefd, enum spool_origin o, size_t max, struct spool_name **v, size_t *n,
	    struct error *e);
/*
 * spool_get: opens with O_NOFOLLOW|O_NONBLOCK, takes only a regular file with one link, owned by
 * the owner of its new/ folder, of legal size and header, whose name is a message id.
 * ERR_NOTFOUND: gone (another run took it).  ERR_INPUT: must be set aside, e says why
 * ("not a regular file", "wrong owner", "bad header", ...).  ERR_IO: system trouble, try later.
 */
int	spool_get(int sitefd, enum spool_origin o, const char *name, struct message *m, struct error *e);
/* ORIGIN/new opened once for many. */
struct spool_dir {
	int			fd;		/* -1: not open */
	enum spool_origin	origin;
	uid_t			owner;
};
int	spool_open(struct spool_dir *d, int sitefd, enum spool_origin o, struct error *e);
void	spool_close(struct spool_dir *d);
int	spool_get_at(const struct spool_dir *d, const char *name, struct message *m, struct error *e);
/* unlink from new/; missing is fine. */
int	spool_remove(const struct spool_dir *d, const char *name, struct error *e);
/* rename new/NAME to spool/aside/ORIGIN.NAME unread (directories and links too). */
int	spool_aside(int sitefd, enum spool_origin o, const char *name, struct error *e);
/* and back again, for `messages retry` */
int	spool_unaside(int sitefd, enum spool_origin o, const char *name, struct error *e);
/* Remove files in every tmp/ older than max_age_s (a sweep; failures are ignored). */
void	spool_sweep(int sitefd, int64_t now_us, int max_age_s);
/* Message id syntax. */
int	spool_id_valid(const char *s);

#endif
