/*
 * ipn: lines of the input are bodies of notifications, one after the other into the same books;
 * whatever they say, every record balances and is the same out of the journal.
 */
#include "fuzz.h"

#include "../unit/world.h"

#define RECEIVERS "billing@example.com,MERCHANTID123,S8XGHLYDW9T3S,HZU8ZEBYHLEZQ"

static struct integration in = { .id = "p", .kind = "paypal-ipn", .account = "PayPal" };

static void
message(struct world *w, const char *s, size_t n)
{
	struct facts f = { .n = 0 };
	struct error e = { 0 };

	if (provider_paypal_ipn.facts(&in, s, n, &f, &e) == -1)
		broken("facts", e.text);
	if (f.disposition != DISP_NONE && f.n != 0)
		broken("facts", "facts of a message that is held");
	if (f.disposition == DISP_NONE && (world_apply(w, &f) == -1 || !world_balanced(w)))
		broken("payment_apply", w->fault);
	facts_free(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	struct world w = { .deduct_fee = size & 1 };
	int n;

	if (in.settings == NULL)
		in.settings = json_pack("{s:s}", "receiver", RECEIVERS);
	in.mode = size & 2 ? BOOK_TEST : BOOK_LIVE;
	for (n = 0; p < end && n < 20; n++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl == NULL ? (size_t)(end - p) : (size_t)(nl - p);

		message(&w, p, len);
		p += len + (nl != NULL);
	}
	world_free(&w);
	return 0;
}
