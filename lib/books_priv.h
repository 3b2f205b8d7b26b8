/*
 * books_priv -- what the three files of the module `books` share; nobody else includes it.
 *
 * Types of index records (one letter, key -> value):
 *	R  account, move, id		payrow, packed, and the number of its brief (uint64_t)
 *	C  account, id			children: (move byte, id NUL)*, in order of arrival
 *	U  account, unique id		(move byte, id NUL) of its row
 *	W  number			waiting row: (account NUL, move byte, id NUL), 0 .. waiting-1
 *	w  account, move byte, id	its number
 *	M  message id			struct books_message, as is
 *	A  account, currency		struct books_balance, as is
 *	a  number			(account NUL, currency NUL), 0 .. accounts-1
 *	D  table, key			JSON text
 *	d  table, number		key; n under (table, "") as uint32_t
 *	X  address			JSON array of customer ids
 *	c  ""				struct tally
 */
#ifndef DAYBOOK_BOOKS_PRIV_H
#define DAYBOOK_BOOKS_PRIV_H

#include "books.h"
#include "index.h"

struct tally {				/* counters kept with the index */
	struct books_counts	 counts;
	uint32_t		 accounts;
	uint32_t		 waiting;	/* rows, not messages */
};

struct books {
	const struct site	*site;
	int			 which;
	int			 dir;
	struct journal		*journal;
	struct evidence		*evidence;
	struct index		*index;
	struct tally		 tally;
	int			 tally_changed;
	size_t			 unflushed;	/* records applied since the last flush (replay) */
};

/* A key of up to three parts, joined by NUL; kept on the stack. */
struct key {
	char	p[512];
	size_t	len;
};
void	books_key(struct key *k, const char *a, const char *b, const char *c);

/* The effect of one record on the index; where: its place. */
int	books_apply(struct books *b, const struct record *r, const char *segment, int64_t offset,
	    struct error *e);
/* A stored row; number (may be NULL): of its brief. */
int	books_row_unpack(struct payrow *row, uint64_t *number, const void *v, size_t n, struct error *e);
int	books_tally_load(struct books *b, struct error *e);
int	books_tally_store(struct books *b, struct error *e);
/* Scan function for replay: applies, and flushes now and then. */
int	books_replay(void *arg, struct record *r, const char *raw, size_t rawlen,
	    const struct journal_pos *at, struct error *e);

#endif
