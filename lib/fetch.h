/*
 * fetch -- brings in what a provider has to say by itself: reports over SFTP, transactions and
 * balances over its interfaces, and what became of payments whose outcome is unknown (floor 5).
 *
 * Everything of one integration lies in SITE/books/BOOK/reports/incoming/ID/: the files, and
 * state.json, which names each file only once its bytes would survive a power cut.  A file that it
 * does not name is not there for anybody.  Every run is safe to repeat, and to kill anywhere.
 */
#ifndef DAYBOOK_FETCH_H
#define DAYBOOK_FETCH_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "site.h"

#define FETCH_PATH	400

struct fetch_options {
	int		 book;		/* BOOK_LIVE or BOOK_TEST */
	const char	*account;	/* NULL: all */
	const char	*from, *to;	/* days in the site's zone, or NULL: what is new */
	int		 poll_only;	/* only payments whose outcome is unknown */
	int64_t		 now;
};

struct fetch_result {
	size_t		 sources;	/* that were asked */
	size_t		 silent;	/* of them, no usable answer: another time */
	size_t		 growing;	/* files that are not whole yet */
	size_t		 files;		/* brought in */
	struct error	 failed;	/* the first source that can't work as it is set up; ERR_NONE */
	struct buf	 text;		/* figures for standard output, after the verdict line */
	struct buf	 why;		/* one line a silent or failed source */
};

/* ERR_AGAIN: another run holds the lock; ERR_IO.  What went wrong with one source is in res. */
int	fetch_run(const struct site *s, const struct fetch_options *o, struct fetch_result *res,
	    struct error *e);
void	fetch_result_free(struct fetch_result *res);

/* ---- what was fetched and not yet reconciled (fetched.c) ---- */

struct fetched {
	char	account[65];
	char	path[FETCH_PATH];
};

/* In order of account, format (by name of the file) and name; account NULL: all.  *v: free it. */
int	fetched_list(const struct site *s, int book, const char *account, struct fetched **v, size_t *n,
	    struct error *e);
/* How many of v[0..n) are read as one report: of one account and format, at most most. */
size_t	fetched_group(const struct fetched *v, size_t n, size_t most);

#endif
