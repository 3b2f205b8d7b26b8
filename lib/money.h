/*
 * money -- amounts as int64_t minor units beside their currency.  No floating point.
 *
 * Decimals per currency are PayPal's, not ISO 4217's: JPY, HUF and TWD have none
 * (providers/paypal.md 2.3); three-decimal currencies of ISO 4217 (BHD IQD JOD KWD LYD OMR TND)
 * have three, CLP KRW VND and the other zero-decimal currencies of ISO none; all others two.
 */
#ifndef DAYBOOK_MONEY_H
#define DAYBOOK_MONEY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define MONEY_TEXT	32		/* room for any amount printed with its NUL */
#define MONEY_CURRENCIES 192		/* room for one of each currency we know */

/* 1 where s (len bytes) is three letters A-Z naming an ISO 4217 currency we know, else 0. */
int	money_currency_known(const char *s, size_t len);
/* Number of a known currency, below MONEY_CURRENCIES, and its code; a number lasts as long as the process. */
int	money_number(const char ccy[4]);
const char *money_code(int number);	/* three letters, not terminated */
/* 0, 2 or 3 for a known currency; asserts on an unknown one. */
int	money_decimals(const char ccy[4]);

/*
 * money_parse: -?[0-9]{1,12}(\.[0-9]{1,3})? in the currency's decimals.  Fewer decimals than the
 * currency has are allowed (5 and 5.4 USD); more only where the surplus digits are zeros
 * ("100.00" JPY).  No sign +, no exponent, no blanks, no separators.  Whole of s[0..len).
 * ERR_INPUT otherwise; *minor untouched.
 */
int	money_parse(const char *s, size_t len, const char ccy[4], int64_t *minor, struct error *e);

/* As money_parse, for people's files: decimal is '.' or ','; the other one, blank, U+00A0 and
 * U+202F may stand as thousands separators between groups of three ("1.058,09", "1 058,09"). */
int	money_parse_local(const char *s, size_t len, const char ccy[4], char decimal, int64_t *minor,
	    struct error *e);

/* "-1234.50" with the currency's decimals into out; returns out. INT64_MIN is handled. */
char	*money_print(int64_t minor, const char ccy[4], char out[MONEY_TEXT]);

/* Checked; -1 with ERR_INPUT "amount overflows" and *sum unchanged. */
int	money_add(int64_t *sum, int64_t minor, struct error *e);
int	money_sub(int64_t *sum, int64_t minor, struct error *e);

#endif
