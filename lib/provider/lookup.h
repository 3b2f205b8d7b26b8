/*
 * lookup -- a provider asked by us: what it says of a period, or of one payment (floor 4).
 *
 * Rows are the provider's own objects, as they came; what they mean is read elsewhere
 * (report/paypal_search.h), the same way whether they were fetched now or lie in a file.
 */
#ifndef DAYBOOK_LOOKUP_H
#define DAYBOOK_LOOKUP_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"
#include "site.h"

struct lookup_balance {
	char	currency[4];
	char	available[32], total[32];	/* as the provider writes them; total "" not stated */
};
#define LOOKUP_BALANCES	32

/* One row; taken as it is, in any order, and perhaps twice. */
typedef int lookup_row_fn(void *arg, const json_t *row, struct error *e);

struct lookup_period {
	int64_t	from, to;		/* whole seconds, both included, microseconds UTC */
	/* Filled: */
	int64_t	edge;			/* the provider has everything up to here; to is never beyond */
	char	source[8];		/* "rest" or "nvp": the form of the rows */
	char	account_id[65];		/* the provider's own id of the account, or "" */
	struct lookup_balance opening[LOOKUP_BALANCES], closing[LOOKUP_BALANCES];
	int	nopening, nclosing;	/* before the first second, at balance_at; 0: it does not say */
	int64_t	balance_at;		/* to, or later: then rows up to here are given, too */
};

struct lookup_line;			/* a conversation with a provider */

struct lookup {
	/* 1 where the integration holds what this needs. */
	int	(*able)(const struct integration *in);
	/* secrets are borrowed for as long as the line is open. */
	int	(*open)(struct lookup_line **l, const struct integration *in, const json_t *secrets,
		    int64_t now, struct error *e);
	void	(*close)(struct lookup_line *l);	/* NULL accepted */
	/*
	 * Every row between from and to that the provider knows, pending ones too.  Moves p->to back
	 * to the edge; p->to < p->from: there is nothing yet.  ERR_AGAIN: no usable answer, try
	 * later; ERR_CONFIG: credentials or rights; ERR_INPUT: it does not go back that far.  Rows
	 * that were given before an error are worth nothing.
	 */
	int	(*period)(struct lookup_line *l, struct lookup_period *p, lookup_row_fn *fn, void *arg,
		    struct error *e);
	/*
	 * The rows of one transaction; around: when it was, or 0.  Returns how many, 0 where the
	 * provider does not know it (yet), -1 as above.
	 */
	int	(*payment)(struct lookup_line *l, const char *id, int64_t around, lookup_row_fn *fn,
		    void *arg, struct error *e);
};

extern const struct lookup lookup_paypal;

#endif
