/*
 * paypal_columns -- the words of PayPal's activity download in its languages, as data
 * (providers/paypal.md 5.8).
 *
 * Headings, types and statuses are compared without case, blanks, dots, dashes and underscores,
 * because editions differ in them ("TimeZone", "Time Zone", "Time zone").  What is missing here
 * can be said in the site's settings (report_columns, report_types).
 */
#ifndef DAYBOOK_PAYPAL_COLUMNS_H
#define DAYBOOK_PAYPAL_COLUMNS_H

#include "report/report.h"

enum paypal_column {
	COL_DATE, COL_TIME, COL_ZONE, COL_NAME, COL_TYPE, COL_STATUS, COL_CURRENCY, COL_GROSS, COL_FEE,
	COL_NET, COL_FROM, COL_TO, COL_ID, COL_REFERENCE, COL_INVOICE, COL_BALANCE, COL_IMPACT, COL_SUBJECT,
	COL_CODE, COLUMNS
};
extern const char *const paypal_column_name[COLUMNS];	/* as people write it: "Date" ... */

enum paypal_language { LANG_NONE, LANG_EN, LANG_DE, LANG_ES, LANG_IT, LANG_FR };

/* -1 where the heading is none of ours; *lang is set where only one language has that word. */
int	paypal_column(const char *s, const struct report_options *o, enum paypal_language *lang);

struct paypal_row_type {
	enum movement	in, out;	/* money in, money out */
	int		memo;		/* never moves the balance */
	int		known;
};
/* What a row's type says; unknown words give MOVE_OTHER with known 0. */
struct paypal_row_type paypal_row_type(const char *s, const struct report_options *o);

/* 1 with *st and *moves where the status is known, else 0 (outputs untouched). */
int	paypal_row_status(const char *s, enum fact_status *st, int *moves);
/* Balance Impact: 1 credit or debit, 0 memo, -1 something else. */
int	paypal_impact(const char *s);

#endif
