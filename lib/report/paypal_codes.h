/*
 * paypal_codes -- PayPal's transaction event codes (T-codes; providers/paypal.md 5.6) as data.
 */
#ifndef DAYBOOK_PAYPAL_CODES_H
#define DAYBOOK_PAYPAL_CODES_H

#include "record.h"

enum paypal_class {			/* how a ledger treats it */
	PAYPAL_PAY, PAYPAL_FEE, PAYPAL_REF, PAYPAL_REV, PAYPAL_FX, PAYPAL_BANK, PAYPAL_HOLD, PAYPAL_OTHER,
	PAYPAL_MEMO, PAYPAL_UNKNOWN
};

struct paypal_code {
	char			 code[6];
	enum paypal_class	 class;
	enum movement		 in, out;	/* money in (CR), money out (DR) */
	int			 moves;		/* 0: never moves the balance, whatever amount it carries */
	const char		*category;	/* an accountant's word, short and stable: "sales" ... */
	const char		*name;		/* the activity download's word for it where it has one */
};

/* Never NULL: a code that nobody knows is of class PAYPAL_UNKNOWN, category "unknown", and moves. */
const struct paypal_code *paypal_code(const char *code);
/* By the activity download's word for it; unknown as above. */
const struct paypal_code *paypal_code_named(const char *name);
/* The account that money of that code goes to where its purpose is known by the code alone, or NULL. */
const char *paypal_home(const struct paypal_code *c, int64_t gross);
/* i-th of the table in order of codes, NULL at its end. */
const struct paypal_code *paypal_code_at(size_t i);

#endif
