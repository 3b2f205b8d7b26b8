/*
 * brief -- the flat half of the index: of each row what a comparison by the million needs, in
 * records of one size, numbered in the order the rows first came.
 *
 * It is as disposable as the rest of the index and lives and dies with it (index.h): its marker,
 * its syncs and its rebuild are the index's.  A record knows damage from its sum.  Reading is safe
 * from several threads; nothing may be put meanwhile.
 */
#ifndef DAYBOOK_BRIEF_H
#define DAYBOOK_BRIEF_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum brief_flag {
	BRIEF_BOOKED = 1, BRIEF_FEE_KNOWN = 2, BRIEF_DESK = 4, BRIEF_WAITING = 8,
	BRIEF_SECOND = 16,		/* a conversion's other side */
	BRIEF_SUSPENSE = 32,		/* booked against Assets:Suspense:... */
	BRIEF_UID = 64,			/* known by our unique id only: "uid:..." */
	BRIEF_CLEARED = 128		/* its money moved later than event: the row in full says when */
};

struct brief {
	unsigned char	key[16];	/* the index's key of the row */
	int64_t		gross, fee, event;
	uint64_t	account;	/* keyed hash of the account's name: another one is another account */
	char		currency[3];
	uint8_t		move;
	uint8_t		status, flags;
	uint8_t		zero[2];
	uint64_t	sum;		/* of all that and its number */
};
_Static_assert(sizeof(struct brief) == 64, "no padding, 64 to a page");

struct brief_file;

/* name in dirfd, made empty or (fresh 0) as it is.  NULL: e set. */
struct brief_file *brief_open(int dirfd, const char *name, int fresh, const unsigned char secret[16],
	    struct error *e);
void	brief_close(struct brief_file *f);	/* what was not flushed is gone; NULL accepted */
/* Record number n (from 0; never beyond the next free one), kept until the flush; sum is set here. */
int	brief_put(struct brief_file *f, uint64_t n, const struct brief *r, struct error *e);
int	brief_flush(struct brief_file *f, struct error *e);
int	brief_sync(struct brief_file *f, struct error *e);
size_t	brief_held(const struct brief_file *f);
uint64_t brief_count(const struct brief_file *f);	/* on disk */
/* n records from number at on, all there.  ERR_IO: unreadable, or damaged. */
int	brief_read(const struct brief_file *f, uint64_t at, size_t n, struct brief *out, struct error *e);
/* 0 the same bytes, else ERR_CORRUPT. */
int	brief_compare(const struct brief_file *a, const struct brief_file *b, struct error *e);

#endif
