/*
 * tariff -- what a provider charges: dated fee schedules, all in whole numbers (floor 3: no files).
 *
 * A schedule is of a provider account, a method, a currency and a first day; the newest that has
 * begun is in force.  A fee of Mass Pay depends on the recipient's country, which nobody knows before
 * paying (providers/paypal.md 3.4): so what a schedule gives is a range, and the fee to book is the
 * charged one.  Settings ("tariffs" in daybook.json, an array of objects; all values are texts):
 *
 *	account		provider account's name, or "*" (the default): every one
 *	method		"mass-pay" (we send), "mass-pay-in" (we receive), "checkout" (all other
 *			payments that we receive)
 *	currency	or "*" (the default), then without amounts of money
 *	from		first day, YYYY-MM-DD; default: always
 *	percent		of the amount, up to 4 decimals: "3.4"
 *	percent_international	upper end, default: the same
 *	fixed, min, cap	in that currency: added, at least, at most; default: none
 *	cap_international	at most at the upper end; "none", or default: the same as cap
 *	rounding	of the percentage: "half-up" (the default), "half-even", "up", "down"
 *	note		for people
 *
 * Without a setting: Mass Pay as in paypal.md 3.4 (2 %, at least one unit, domestic caps; upper end
 * 2 % up to the cap abroad where one is known), 0 for a mass payment received, and for comparison
 * alone 3.4 % + 0.30 USD for checkout.
 */
#ifndef DAYBOOK_TARIFF_H
#define DAYBOOK_TARIFF_H

#include <jansson.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

#define TARIFF_MASS_PAY		"mass-pay"
#define TARIFF_MASS_PAY_IN	"mass-pay-in"
#define TARIFF_CHECKOUT		"checkout"

enum tariff_source { TARIFF_NONE, TARIFF_BUILT_IN, TARIFF_SETTING };
extern const char *const tariff_source_name[];	/* "unknown" "built-in" "setting" */

struct tariff;
struct tariff_schedule;

struct tariff_range {
	enum tariff_source source;	/* TARIFF_NONE: no schedule covers it; lo and hi are 0 */
	int		confirmed;	/* stated by the provider or by the owner, not from memory */
	int64_t		lo, hi;		/* fee in minor units of the currency, both included */
	const struct tariff_schedule *by;	/* of the tariff, or built in; NULL where none */
	char		currency[4];
};

/*
 * tariff_load(t, list, where): list is the array of the settings, or NULL or null for none; nothing
 * of it is kept.  where names it in errors ("daybook.json: tariffs").  *t is to be freed by
 * tariff_free.  ERR_CONFIG "WHERE: schedule N: MEMBER: what is expected"; *t is untouched.
 */
int	tariff_load(struct tariff **t, const json_t *list, const char *where, struct error *e);
void	tariff_free(struct tariff *t);

/*
 * tariff_range: the fee of one payment of amount > 0 (minor units, without the fee) on that day
 * (YYYY-MM-DD).  t NULL: the built-in schedules alone.  Amounts of 0 or less have the range 0 to 0.
 * Returns 1 where a schedule covers it, else 0.
 */
int	tariff_range(const struct tariff *t, const char *account, const char *method,
	    const char ccy[4], int64_t amount, const char *day, struct tariff_range *r);
/*
 * tariff_gross_up: the least amount that leaves net > 0 after the highest fee of the range.
 * 1, or 0 where no schedule covers it or no amount does (*gross untouched).
 */
int	tariff_gross_up(const struct tariff *t, const char *account, const char *method,
	    const char ccy[4], int64_t net, const char *day, int64_t *gross);
/* 1 where the settings have a schedule of that method for the account, of whatever currency and day. */
int	tariff_configured(const struct tariff *t, const char *account, const char *method);
/* Appends "2 %, at least 0.01, at most 1.00 (abroad 20.00)". */
int	tariff_text(const struct tariff_range *r, struct buf *out, struct error *e);

#endif
