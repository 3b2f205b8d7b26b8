/*
 * payment_priv -- what the files of the module `payment` share; nobody else includes it.
 */
#ifndef DAYBOOK_PAYMENT_PRIV_H
#define DAYBOOK_PAYMENT_PRIV_H

#include "payment.h"

/* One call of payment_apply: the world as it is with what r already says of it. */
struct work {
	const struct payment_view	*view;
	const struct payment_terms	*terms;
	struct record			*r;
	struct error			*e;
	int				 held, waiting, noted, duplicate;
	char				 reason[32];	/* of the posted ones */
	char				 why[32];	/* of the held ones */
	char				 batch[72];	/* payouts: whose fee was looked for last */
	int				 batch_fee;	/* ... and whether a row of its own has it */
};

/* 1 found (as r leaves it), 0 not, -1. */
int	work_row(struct work *w, enum movement move, const char *id, struct payrow *row);
int	work_put(struct work *w, const struct payrow *row);
void	work_held(struct work *w, const char *why);
/* A row begun from a fact, not yet booked. */
int	work_begin(struct work *w, const struct fact *f, const char *id, struct payrow *row);
/* The entry of row: provider account, fee, and whoever carries it; sets booked.  Not stored. */
int	work_book(struct work *w, struct payrow *row);
/* The same movement again: 0 known, and what it adds (a fee that came late) is booked; held where
 * it contradicts. */
int	work_same(struct work *w, const struct fact *f, struct payrow *row);

/* row, booked by itself, now goes with its payment p: to p's owner, or to Unallocated with it. */
int	work_follow(struct work *w, struct payrow *row, const struct payrow *p);

/* Who carries the gross of a row. */
void	work_carrier(const struct payrow *row, char out[RECORD_ACCOUNT]);
/* An entry about row, dated as the row's event. */
struct entry *work_entry(struct work *w, const char *kind, const struct payrow *row);
/* The fee charged on to a customer whose integration says so (deduct_fee). */
int	work_recharge(struct work *w, struct entry *en, struct payrow *row, int64_t fee);
int	work_is_child(const struct payrow *row);
/* The payment's sum that a child of that kind adds to. */
int64_t	*work_sum(struct payrow *p, enum movement move);
/* A booked payment's status from its sums. */
void	work_judge(struct payrow *p);

int	payment_payout(struct work *w, const struct fact *f);
int	payment_payout_return(struct work *w, const struct fact *f);

#endif
