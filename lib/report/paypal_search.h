/*
 * paypal_search -- what PayPal tells when it is asked (lookup.h), as rows of a report.
 *
 * The file that daybook-fetch writes is JSON, one object a line:
 *	{"daybook":"paypal-search","version":1,"source":"rest"|"nvp","account":NAME,"account_id":ID,
 *	    "book":BOOK,"from":T,"to":T,"edge":T,"fetched":T}		both ends included, UTC
 *	{"balance":"opening"|"closing","currency":C,"available":A,"total":A|"" }
 *	{"row":{...}}			PayPal's own object (REST), or its own names (NVP), as they came;
 *					"moved":T beside them: its money moved then, says daybook-fetch
 *	{"end":true,"rows":N,"balances":N}
 * opening is what stood there before the first second, closing after the last.  A file without its
 * end is not read.
 */
#ifndef DAYBOOK_PAYPAL_SEARCH_H
#define DAYBOOK_PAYPAL_SEARCH_H

#include <jansson.h>

#include "report/report.h"

/*
 * One row.  Its event is when it was begun; where that is before from, and PayPal changed it since,
 * when that was: the money of a payment that was pending moved then.  ERR_INPUT names the member.
 */
int	paypal_search_row(const json_t *row, const char *source, int64_t from, struct report_row *r,
	    struct error *e);

#endif
