/*
 * masspay_upload -- the upload file of a Mass Pay batch (providers/paypal.md 3.2), read line by line.
 *
 * TAB or comma; recipient, amount, currency, unique id, note, or the layout of 2006 without the
 * currency; with or without a line of column names.  The decimal separator is the file's own: only
 * the whole file can say it.
 */
#ifndef DAYBOOK_MASSPAY_UPLOAD_H
#define DAYBOOK_MASSPAY_UPLOAD_H

#include "masspay.h"
#include "report/report.h"

#define MASSPAY_READ_MAX	100000	/* lines; twenty times what the provider takes */

typedef int masspay_line_fn(void *arg, const struct masspay_line *l, struct error *e);
/* field: "recipient", "amount", "currency", "unique id", "note" or "line". */
typedef int masspay_problem_fn(void *arg, size_t line, const char *field, const char *what,
    struct error *e);

/*
 * masspay_read: every line that is well formed to fn, in the file's order, only once all of the file
 * was read; everything else to problem, by line.  problem NULL: the first is an error
 * "FILE:LINE: FIELD: what is expected" and fn is not called.  ccy: the account's currency, of a file
 * of the old layout.  ERR_INPUT also for what no line can be blamed for: quotes, decimals in doubt,
 * no lines at all, more than MASSPAY_READ_MAX.
 */
int	masspay_read(int fd, const char *file, const struct report_options *o, const char ccy[4],
    masspay_line_fn *fn, masspay_problem_fn *problem, void *arg, struct error *e);

#endif
