/*
 * paypal_line -- what PayPal's two interfaces share (lookup.h); nobody else includes it.
 */
#ifndef DAYBOOK_PAYPAL_LINE_H
#define DAYBOOK_PAYPAL_LINE_H

#include "buf.h"
#include "http_line.h"
#include "provider/lookup.h"

#define PAYPAL_TIMEOUT_S	60
#define PAYPAL_ANSWER_MAX	((size_t)32 << 20)	/* 500 rows of 2 kB, and room */
#define PAYPAL_WINDOW_US	(31 * MOMENT_DAY_US)	/* the longest that may be asked for */
#define PAYPAL_CHANGED		3	/* times a window that changes while it is read is read again */

struct lookup_line {
	const struct integration *in;
	const json_t	*secrets;
	int64_t		 now;
	int		 rest;
	struct http_line *http;
	struct buf	 body;			/* of the last answer */
	struct buf	 token;			/* REST: "" none */
};

/* The setting of that name, "" where there is none. */
const char *paypal_setting(const struct integration *in, const char *name);
/* Whole seconds as PayPal wants them: 2026-11-20T19:02:03Z */
char	*paypal_moment(int64_t us, char out[32]);

int	paypal_rest_period(struct lookup_line *l, struct lookup_period *p, lookup_row_fn *fn, void *arg,
	    struct error *e);
int	paypal_rest_payment(struct lookup_line *l, const char *id, int64_t around, lookup_row_fn *fn,
	    void *arg, struct error *e);
int	paypal_nvp_period(struct lookup_line *l, struct lookup_period *p, lookup_row_fn *fn, void *arg,
	    struct error *e);
int	paypal_nvp_payment(struct lookup_line *l, const char *id, int64_t around, lookup_row_fn *fn,
	    void *arg, struct error *e);

#endif
