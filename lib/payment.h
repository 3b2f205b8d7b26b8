/*
 * payment -- the state of one payment x a fact -> rows and entries (floor 3: no files, no network).
 *
 * The table of allowed transitions (providers/paypal.md 2.7, 3.5) stands in payment.c as data.
 * Invariants 3, 6, 7, 10.
 */
#ifndef DAYBOOK_PAYMENT_H
#define DAYBOOK_PAYMENT_H

#include "error.h"
#include "fact.h"
#include "record.h"

/* What the books know, asked through functions, so that tests and simulators need no disk.
 * All return 1 found, 0 not, -1 error. */
struct payment_view {
	void	*arg;
	int	(*row)(void *arg, const char *account, enum movement move, const char *id,
		    struct payrow *row, struct error *e);
	int	(*child)(void *arg, const char *account, const char *id, size_t i, struct payrow *row,
		    struct error *e);
	int	(*unique)(void *arg, const char *account, const char *unique_id, struct payrow *row,
		    struct error *e);
	/* Whose address or payer id that is: fills customer.  1 one owner; 0 nobody; 2 several.
	 * Called with owner_arg. */
	void	*owner_arg;
	int	(*owner)(void *owner_arg, const char *payer_id, const char *payer_email, char customer[65],
		    struct error *e);
	/*
	 * Whose a transfer of an unknown payer is by a customer's advice (masspay.h): 1 one customer,
	 * and r records that the advice is used up; 0 not.  Called with arg.  NULL: no advice is kept.
	 */
	int	(*advice)(void *arg, const char *account, const struct fact *f, int64_t event,
		    const char *payment, struct record *r, char customer[65], struct error *e);
};

struct payment_terms {			/* of the integration that brought the fact */
	const char	*account;	/* provider account's name, "PayPal" */
	int		 deduct_fee;
	int		(*accepts)(const void *arg, const char ccy[4]);
	const void	*accepts_arg;
	int		 desk;		/* facts come from a report or a person */
};

/*
 * payment_apply: all facts of one message into r: rows, entries, also, disposition, reason,
 * payment.  r->id and r->time must be set.  now: r's time.  The view must not yet contain r's
 * effects; payment_apply itself accounts for rows it has already put into r.
 *
 *   posted     at least one entry was made; reason "", or payer-unknown, payer-ambiguous,
 *              currency-not-accepted where the money went to Liabilities:Unallocated
 *   duplicate  all of it was known
 *   noted      true, moves no money (pending, denied, dispute opened, late older state)
 *   held       conflict: same key, other amount or currency, or a transition that can't be
 *   waiting    unknown-parent: the row is stored as waiting
 * ERR_INPUT only for overflow of sums (r unchanged then); ERR_IO from the view.
 */
int	payment_apply(const struct payment_view *v, const struct payment_terms *t,
	    const struct facts *f, struct record *r, struct error *e);

/*
 * payment_allocate: moves what stands in Liabilities:Unallocated or Assets:Suspense for payment `row`
 * (with its booked children) to customer, or to ledger account `other`.  A movement that waits for
 * its parent is booked against them instead.  ERR_CONFLICT: already allocated, nothing there to move.
 */
int	payment_allocate(const struct payment_view *v, const struct payrow *row, const char *customer,
	    const char *other, struct record *r, struct error *e);

/*
 * A person's corrections.  Each is one entry with the note; rows keep what is true now, the journal
 * what was.  event 0: dated when it is recorded.  ERR_CONFLICT: the row is not in a state for it
 * (not booked, refunds stand under it, ...); r is then useless.
 */
struct payment_fix {
	int		 write_off;	/* the difference is borne by Expenses:WriteOff: whoever was
					 * credited or charged keeps it so */
	const char	*note;
	int64_t		 event;
};
/* Gross and fee become the report's.  ccy other than the row's: all of it goes back and is booked in
 * ccy (not by write-off); of a conversion ccy says which side. */
int	payment_restate(const struct payment_view *v, const struct payrow *row, const char ccy[4],
	    int64_t gross, int64_t fee, const struct payment_fix *fix, struct record *r, struct error *e);
/* The booking is taken back, and shown with that status; a provider's word may book it again. */
int	payment_undo(const struct payment_view *v, const struct payrow *row, enum paystatus status,
	    const struct payment_fix *fix, struct record *r, struct error *e);
/* A difference of the provider account that no payment explains, as a row of its own (id), which
 * reports know from `event` on. */
int	payment_adjust(const struct payment_view *v, const char *account, const char *id, const char ccy[4],
	    int64_t net, int64_t event, const char *against, const struct payment_fix *fix,
	    struct record *r, struct error *e);
/* A payment credited to a customer goes, with its refunds, to another one. */
int	payment_reassign(const struct payment_view *v, const struct payrow *row, const char *customer,
	    const struct payment_fix *fix, struct record *r, struct error *e);

/* 1 where the row's money stands in Assets:Suspense. */
int	payment_in_suspense(const struct payrow *row);

/* Account names: "Assets:" account etc. into out[RECORD_ACCOUNT]. */
void	payment_account(char out[RECORD_ACCOUNT], const char *prefix, const char *name);
/* 1 where a is an account name of contract.md (first component known, components of legal text). */
int	payment_account_valid(const char *a);

#endif
