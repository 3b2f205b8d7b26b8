/*
 * masspay_tie -- which payout is which item's: payees paid the same again and again, cancelled and
 * registered anew, payees told in two ways.
 */
#include "unit.h"

#include <stdlib.h>

#include "masspay.h"

#define NOON(day)	((int64_t)(day) * MOMENT_DAY_US + MOMENT_DAY_US / 2)

struct line {
	int		 batch;		/* its day */
	const char	*payee;
	int64_t		 amount;
	const char	*unique;
	int		 cancelled;
};

struct out {
	int		 day;
	const char	*payee;
	int64_t		 amount;
	const char	*unique;
	enum paystatus	 status;
};

struct scene {
	const char	*name;
	struct line	 line[6];
	struct out	 out[6];
	const char	*want;		/* for each payout: its item, "-" none, "?" several would fit */
};

static const struct scene scenes[] = {
	{ "the same every week", { { 1, "a@x.org", 500, "", 0 }, { 8, "a@x.org", 500, "", 0 },
	    { 15, "a@x.org", 500, "", 0 } }, { { 1, "a@x.org", 500, "", PAY_COMPLETED },
	    { 8, "a@x.org", 500, "", PAY_COMPLETED } }, "B1.1 B8.1 " },
	{ "run late, after the next was registered", { { 1, "a@x.org", 500, "", 0 }, { 8, "a@x.org", 500, "", 0 } },
	    { { 9, "a@x.org", 500, "", PAY_COMPLETED }, { 10, "a@x.org", 500, "", PAY_COMPLETED } }, "B8.1 B1.1 " },
	{ "twice in one batch", { { 1, "a@x.org", 500, "", 0 }, { 1, "a@x.org", 500, "", 0 } },
	    { { 1, "a@x.org", 500, "", PAY_COMPLETED }, { 1, "a@x.org", 500, "", PAY_UNCLAIMED } }, "B1.1 B1.2 " },
	{ "paid twice, meant once", { { 1, "a@x.org", 500, "", 0 } },
	    { { 1, "a@x.org", 500, "", PAY_COMPLETED }, { 2, "a@x.org", 500, "", PAY_COMPLETED } }, "B1.1 - " },
	{ "back, cancelled, registered anew", { { 1, "a@x.org", 500, "", 1 }, { 20, "a@x.org", 500, "", 0 } },
	    { { 1, "a@x.org", 500, "", PAY_RETURNED }, { 20, "a@x.org", 500, "", PAY_COMPLETED } }, "B1.1 B20.1 " },
	{ "... and not run yet", { { 1, "a@x.org", 500, "", 1 }, { 20, "a@x.org", 500, "", 0 } },
	    { { 1, "a@x.org", 500, "", PAY_RETURNED } }, "B1.1 " },
	{ "never run, cancelled, the next one run", { { 1, "a@x.org", 500, "", 1 }, { 8, "a@x.org", 500, "", 0 } },
	    { { 8, "a@x.org", 500, "", PAY_COMPLETED } }, "B8.1 " },
	{ "paid though cancelled", { { 1, "a@x.org", 500, "", 1 } }, { { 2, "a@x.org", 500, "", PAY_COMPLETED } },
	    "B1.1 " },
	{ "registered behind it", { { 1, "a@x.org", 500, "", 0 }, { 9, "a@x.org", 500, "", 0 } },
	    { { 1, "a@x.org", 500, "", PAY_COMPLETED }, { 8, "a@x.org", 500, "", PAY_COMPLETED } }, "B1.1 B9.1 " },
	{ "another amount, another payee, too long ago", { { 1, "a@x.org", 500, "", 0 } },
	    { { 1, "a@x.org", 501, "", PAY_COMPLETED }, { 1, "b@x.org", 500, "", PAY_COMPLETED },
	    { 50, "a@x.org", 500, "", PAY_COMPLETED } }, "- - - " },
	{ "unique ids say which", { { 1, "a@x.org", 500, "U1", 0 }, { 1, "a@x.org", 500, "U2", 0 } },
	    { { 1, "a@x.org", 500, "U2", PAY_COMPLETED }, { 1, "a@x.org", 500, "U3", PAY_COMPLETED } }, "B1.2 - " },
	{ "a payee told in another way, every week", { { 1, "a@x.org", 500, "", 0 }, { 8, "a@x.org", 500, "", 0 } },
	    { { 1, "+15551234567", 500, "", PAY_COMPLETED }, { 8, "+15551234567", 500, "", PAY_COMPLETED } },
	    "B1.1 B8.1 " },
	{ "... two of one batch", { { 1, "a@x.org", 500, "", 0 }, { 1, "b@x.org", 500, "", 0 } },
	    { { 1, "+15551234567", 500, "", PAY_COMPLETED } }, "? " },
};

static void
add_line(struct masspay *m, const struct line *l, size_t number)
{
	struct masspay_batch b = { .registered = NOON(l->batch), .total = 1, .items = 1 };
	struct masspay_line row = { .line = number, .amount = l->amount };
	struct error e;
	char key[MASSPAY_KEY];
	json_t *j;

	(void)snprintf(b.id, sizeof(b.id), "B%d", l->batch);
	(void)snprintf(b.account, sizeof(b.account), "PayPal");
	(void)snprintf(b.against, sizeof(b.against), "Expenses:Payouts");
	memcpy(b.currency, "USD", 4);
	if (masspay_find_batch(m, b.id) == MASSPAY_NONE) {
		assert_non_null(j = masspay_batch_json(&b));
		assert_works(masspay_add_batch(m, b.id, j, &e));
		json_decref(j);
	}
	row.kind = (enum masspay_kind)masspay_payee(l->payee, strlen(l->payee), row.payee);
	memcpy(row.currency, "USD", 4);
	(void)snprintf(row.unique_id, sizeof(row.unique_id), "%s", l->unique);
	masspay_key(key, b.id, number);
	assert_non_null(j = masspay_line_json(b.id, &row));
	if (l->cancelled)
		assert_int_equal(json_object_set_new(j, "cancelled", json_string("1970-03-01T00:00:00Z")), 0);
	assert_works(masspay_add_item(m, key, j, &e));
	json_decref(j);
}

static void
add_out(struct masspay *m, const struct out *o, size_t number)
{
	struct payrow row = { .move = MOVE_PAYOUT, .booked = 1, .gross = -o->amount, .status = o->status,
	    .event = NOON(o->day) + 3600 * MOMENT_SECOND };
	struct error e;

	(void)snprintf(row.account, sizeof(row.account), "PayPal");
	(void)snprintf(row.id, sizeof(row.id), "P%zu", number);
	(void)snprintf(row.payer, sizeof(row.payer), "%s", o->payee);
	(void)snprintf(row.unique_id, sizeof(row.unique_id), "%s", o->unique);
	memcpy(row.currency, "USD", 4);
	assert_works(masspay_add_payout(m, &row, &e));
}

static void
ties(void **state)
{
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		const struct scene *s = &scenes[i];
		struct masspay m = { 0 };
		struct buf got = BUF_INIT(1000);
		struct error e;

		for (k = n = 0; k < 6 && s->line[k].payee != NULL; k++) {
			n = k > 0 && s->line[k].batch == s->line[k - 1].batch ? n + 1 : 1;
			add_line(&m, &s->line[k], n);
		}
		for (k = 0; k < 6 && s->out[k].payee != NULL; k++)
			add_out(&m, &s->out[k], k);
		assert_works(masspay_tie(&m, &e));
		assert_works(masspay_tie(&m, &e));	/* again, the same */
		for (k = 0; k < m.npayouts; k++)
			assert_works(buf_addf(&got, &e, "%s ", m.payouts[k].item != MASSPAY_NONE ?
			    m.items[m.payouts[k].item].key : m.payouts[k].ambiguous ? "?" : "-"));
		if (strcmp(got.data, s->want) != 0)
			fail_msg("%s: got %s, want %s", s->name, got.data, s->want);
		buf_free(&got);
		masspay_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
