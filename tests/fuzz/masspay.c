/*
 * masspay: the input is the items of a batch we sent, told twice (Processed, then Completed, or
 * Denied); money leaves at most once an item.
 */
#include "fuzz.h"

#include "../unit/world.h"

static struct integration in = { .id = "p", .kind = "paypal-ipn", .account = "PayPal" };

static int
tell(struct world *w, const char *status, const uint8_t *data, size_t size)
{
	struct buf b = BUF_INIT(SPOOL_BODY_MAX);
	struct facts f = { .n = 0 };
	struct error e = { 0 };
	size_t i;
	int told;

	if (buf_addf(&b, &e, "txn_type=masspay&payer_id=MERCHANTID123&payment_status=%s&", status) == -1 ||
	    buf_add(&b, data, size, &e) == -1 ||
	    provider_paypal_ipn.facts(&in, b.data, b.len, &f, &e) == -1)
		broken("facts", e.text);
	told = f.disposition == DISP_NONE && f.n < 200;
	for (i = 0; i < f.n; i++)
		if (f.v[i].move == MOVE_PAYOUT && f.v[i].gross >= 0)
			broken("facts", "a payout that brings money");
	if (told && (world_apply(w, &f) == -1 || !world_balanced(w)))
		broken("payment_apply", w->fault);
	facts_free(&f);
	buf_free(&b);
	return told;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const second[] = { "Completed", "Processed", "Denied" };
	struct world w = { 0 };
	char *before, *after;

	if (size > 64 * 1024)
		return 0;
	if (in.settings == NULL)
		in.settings = json_pack("{s:s}", "receiver", "MERCHANTID123");
	if (tell(&w, "Processed", data, size)) {
		before = world_print(&w);
		(void)tell(&w, second[size % 3], data, size);
		after = world_print(&w);
		/* the very same again moves nothing */
		if (size % 3 == 1 && strcmp(before, after) != 0)
			broken("a batch told twice", after);
		free(before);
		free(after);
	}
	world_free(&w);
	return 0;
}
