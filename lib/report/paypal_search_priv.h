/*
 * paypal_search_priv -- what the files of paypal_search share; nobody else includes it.
 */
#ifndef DAYBOOK_PAYPAL_SEARCH_PRIV_H
#define DAYBOOK_PAYPAL_SEARCH_PRIV_H

#include <jansson.h>

#include "report/report.h"

/* The text of that name, "" where there is none. */
const char *search_text(const json_t *j, const char *name);
/* One printable line, cut at a character. */
void	search_take(char *dst, size_t size, const char *s);
/* Into r->currency.  Errors are ERR_INPUT and begin with name. */
int	search_currency(struct report_row *r, const char *s, const char *name, struct error *e);
/* Of r->currency: 1 an amount, 0 none stands there, -1 it is none. */
int	search_amount(const struct report_row *r, const json_t *v, const char *name, int64_t *minor,
	    struct error *e);
int	search_time(const json_t *j, const char *name, int64_t *at, struct error *e);

#endif
