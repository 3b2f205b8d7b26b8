/*
 * masspay_check -- the pre-flight of an upload file: every known reason why the provider would
 * refuse it or the owner would regret it (providers/paypal.md 3.2; floor 3: no files).
 */
#ifndef DAYBOOK_MASSPAY_CHECK_H
#define DAYBOOK_MASSPAY_CHECK_H

#include "masspay.h"
#include "tariff.h"

#define MASSPAY_REPEAT_DAYS	30	/* the same payee and amount within so many days is asked about */

struct masspay_check {
	const char		*account;
	const char		*own;		/* our addresses and ids, comma separated; NULL: not known */
	const struct tariff	*tariff;	/* NULL: the built-in one */
	const struct masspay	*known;		/* what the books have; NULL: not looked at */
	int64_t			 now;
	const char		*skip;		/* batch of this very file, "" where it is not registered */
	int			 have_balance;
	int64_t			 balance;	/* of Assets:ACCOUNT in the file's currency */
};

enum masspay_weight { MASSPAY_ERROR, MASSPAY_WARNING };
typedef int masspay_found_fn(void *arg, enum masspay_weight w, size_t line, const char *field,
    const char *what, struct error *e);

struct masspay_sums {			/* of the file's first currency */
	char	currency[4];
	size_t	lines;
	int64_t	total, fee_lo, fee_hi, needed;	/* needed: total and the highest fee */
	enum tariff_source source;
	int	confirmed;
};

/* What is wrong with n well-formed lines, to found; line 0: with the file as a whole. */
int	masspay_check(const struct masspay_check *c, const struct masspay_line *v, size_t n,
    masspay_found_fn *found, void *arg, struct masspay_sums *sums, struct error *e);

#endif
