/*
 * statement -- what a run of reconciliation proved of one provider account and currency, and what
 * it certifies of each file, as the books keep them (floor 3: no files).
 *
 * Both travel in the request `reconciled` as rows of the book's generic tables (books.h):
 *	"statement"	key statement_key: ACCOUNT.CCY.DAY; one a provider's day and currency, the
 *			latest run's
 *	"file"		key: SHA-256 of the file's bytes, hex
 * Amounts are minor units, signed as the provider account sees them.
 */
#ifndef DAYBOOK_STATEMENT_H
#define DAYBOOK_STATEMENT_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"
#include "moment.h"

#define STATEMENT_KEY	80

/*
 * closing - books = not_in_books - not_in_report + differing + controls + unexplained
 */
struct statement {
	char	account[65], currency[4];
	char	report[24];		/* format, "paypal-stl" */
	char	run[64];		/* folder below reconcile/ */
	char	file[65];		/* SHA-256 of the file that states the closing balance */
	char	day[MOMENT_DAY];	/* posting day of `to` in the site's zone */
	int64_t	from, to;		/* what the report covers, microseconds UTC, both included */
	int	stated;			/* the provider states a balance; else opening, closing are 0 and
					 * only the movement is proved */
	int64_t	opening, movement, closing;	/* the provider's */
	int64_t	books;			/* Assets:ACCOUNT at `to` */
	int64_t	not_in_books;		/* net of the report's rows that the books lack */
	int64_t	not_in_report;		/* net of the books' rows that the report lacks */
	int64_t	differing;		/* report less books, of rows that both have */
	int64_t	controls;		/* by which the file itself does not add up */
	int64_t	unexplained;
	int64_t	by_both, by_report, by_notification;	/* rows seen by whom: coverage */
};

struct certificate {			/* of one file that was read */
	char	sha256[65], name[256], account[65], format[24], run[64];
	char	report[8];		/* "STL", "TRR", "" where the format has no such name */
	char	account_id[65];		/* the provider's own id of the account, "" not stated */
	char	version[8];
	char	day[MOMENT_DAY];	/* last day of the data as the provider counts days, or "" */
	int	part, last;		/* as in report_part; 0 not stated */
	int64_t	from, to;		/* of the data; 0 where the file holds no row and states none */
	int64_t	rows, bytes;
	int	checks, failed;		/* controls of its own: made, and not held */
	char	supersedes[65];		/* SHA-256 of the file that told of the same before, or "" */
	char	received[MOMENT_DAY];	/* day of the run that read it first */
};

char	*statement_key(const struct statement *s, char out[STATEMENT_KEY]);
json_t	*statement_json(const struct statement *s);	/* NULL: no memory */
/* ERR_CORRUPT names the member that is missing or of another kind. */
int	 statement_read(const json_t *j, struct statement *s, struct error *e);
json_t	*certificate_json(const struct certificate *c);
int	 certificate_read(const char *sha256, const json_t *j, struct certificate *c, struct error *e);

#endif
