/*
 * paypal_lookup -- PayPal asked over REST or NVP, whichever the integration has credentials for.
 */
#include <stdlib.h>
#include <string.h>

#include "moment.h"
#include "provider/paypal_line.h"

const char *
paypal_setting(const struct integration *in, const char *name)
{
	const char *s = json_string_value(json_object_get(in->settings, name));

	return s == NULL ? "" : s;
}

char *
paypal_moment(int64_t us, char out[32])
{
	int64_t rest = us % MOMENT_SECOND;

	return moment_print(us - rest, out);
}

static int
able(const struct integration *in)
{
	return paypal_setting(in, "client_id")[0] != '\0' || paypal_setting(in, "username")[0] != '\0';
}

static void
line_close(struct lookup_line *l)
{
	if (l == NULL)
		return;
	http_line_close(l->http);
	buf_free(&l->body);
	buf_free(&l->token);
	free(l);
}

static int
line_open(struct lookup_line **lp, const struct integration *in, const json_t *secrets, int64_t now,
    struct error *e)
{
	struct lookup_line *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return error_sys(e, "lookup");
	l->in = in;
	l->secrets = secrets;
	l->now = now;
	l->rest = paypal_setting(in, "client_id")[0] != '\0';
	l->body = (struct buf)BUF_INIT(PAYPAL_ANSWER_MAX);
	l->token = (struct buf)BUF_INIT(16384);
	if (http_line_open(&l->http, e) == -1) {
		line_close(l);
		return -1;
	}
	*lp = l;
	return 0;
}

static int
period(struct lookup_line *l, struct lookup_period *p, lookup_row_fn *fn, void *arg, struct error *e)
{
	return l->rest ? paypal_rest_period(l, p, fn, arg, e) : paypal_nvp_period(l, p, fn, arg, e);
}

static int
payment(struct lookup_line *l, const char *id, int64_t around, lookup_row_fn *fn, void *arg,
    struct error *e)
{
	return l->rest ? paypal_rest_payment(l, id, around, fn, arg, e) :
	    paypal_nvp_payment(l, id, around, fn, arg, e);
}

const struct lookup lookup_paypal = {
	.able = able,
	.open = line_open,
	.close = line_close,
	.period = period,
	.payment = payment,
};
