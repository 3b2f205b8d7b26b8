/*
 * paypal_words -- PayPal's words of a notification, as data (providers/paypal.md 2.4, 2.5, 3.5).
 */
#ifndef DAYBOOK_PAYPAL_WORDS_H
#define DAYBOOK_PAYPAL_WORDS_H

#include <stddef.h>

#include "fact.h"

enum paypal_type {
	TYPE_UNKNOWN,
	TYPE_NONE,		/* absent or empty: payment_status decides */
	TYPE_MONEY,		/* a payment, whatever its status */
	TYPE_NOTE,		/* tells something, moves no money */
	TYPE_MASSPAY,
	TYPE_CASE,
	TYPE_ADJUSTMENT
};

enum paypal_type paypal_type(const char *s, size_t len);

struct paypal_status {
	const char	*name;		/* lower case, '-' and '_' left out */
	enum movement	 move;
	enum fact_status status;
	int		 sign;		/* of mc_gross: 1, -1 */
};

/* NULL: unknown. */
const struct paypal_status *paypal_status(const char *s, size_t len);
/* status_N of a Mass Pay item: an enum fact_status, or -1. */
int	paypal_item_status(const char *s, size_t len);

#endif
