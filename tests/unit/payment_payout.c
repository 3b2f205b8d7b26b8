/*
 * payment_payout -- items of our own Mass Pay batches: money leaves once, comes back at most once
 * (providers/paypal.md 3.5; contract.md, Accounts).
 */
#include "unit.h"

#include "world.h"

#define OUT	"Assets:PayPal USD -1020\nExpenses:Fees:PayPal USD 20\nLiabilities:Payouts USD 1000\n"
#define GROSS_BACK "Assets:PayPal USD -20\nExpenses:Fees:PayPal USD 20\n"

static struct fact
item(const char *id, const char *unique, enum fact_status status)
{
	struct fact f = world_fact(MOVE_PAYOUT, status, id, "", -1000, 20);

	memcpy(f.unique_id, unique, strlen(unique) + 1);
	memcpy(f.payer_email, "payee@example.org", 18);
	return f;
}

/* One status alone, then a second one. */
static void
transitions(void **state)
{
	static const struct { enum fact_status first; const char *says; const char *books; } alone[] = {
		{ FACT_PENDING, "posted", OUT }, { FACT_COMPLETED, "posted", OUT }, { FACT_UNCLAIMED, "posted", OUT },
		{ FACT_RETURNED, "posted", GROSS_BACK }, { FACT_REVERSED, "posted", GROSS_BACK },
		{ FACT_BLOCKED, "noted", "" }, { FACT_DENIED, "noted", "" }, { FACT_FAILED, "noted", "" },
	};
	static const struct { enum fact_status from, to; const char *says; const char *books; } two[] = {
		{ FACT_PENDING, FACT_COMPLETED, "noted", OUT }, { FACT_PENDING, FACT_UNCLAIMED, "noted", OUT },
		{ FACT_PENDING, FACT_PENDING, "duplicate", OUT },
		{ FACT_PENDING, FACT_RETURNED, "posted", GROSS_BACK },
		{ FACT_PENDING, FACT_BLOCKED, "posted", GROSS_BACK }, { FACT_PENDING, FACT_FAILED, "posted", "" },
		{ FACT_PENDING, FACT_DENIED, "posted", "" },
		{ FACT_UNCLAIMED, FACT_COMPLETED, "noted", OUT },
		{ FACT_UNCLAIMED, FACT_RETURNED, "posted", GROSS_BACK },
		{ FACT_UNCLAIMED, FACT_REVERSED, "posted", GROSS_BACK },
		{ FACT_COMPLETED, FACT_REVERSED, "posted", GROSS_BACK },
		{ FACT_COMPLETED, FACT_COMPLETED, "duplicate", OUT },
		{ FACT_COMPLETED, FACT_PENDING, "duplicate", OUT },	/* late */
		{ FACT_COMPLETED, FACT_UNCLAIMED, "duplicate", OUT },
		{ FACT_COMPLETED, FACT_FAILED, "held conflict", OUT },
		{ FACT_COMPLETED, FACT_DENIED, "held conflict", OUT },
		{ FACT_RETURNED, FACT_UNCLAIMED, "duplicate", GROSS_BACK },	/* in the wrong order */
		{ FACT_RETURNED, FACT_RETURNED, "duplicate", GROSS_BACK },
		{ FACT_RETURNED, FACT_COMPLETED, "duplicate", GROSS_BACK },
		{ FACT_REVERSED, FACT_COMPLETED, "duplicate", GROSS_BACK },
		{ FACT_FAILED, FACT_FAILED, "duplicate", "" }, { FACT_FAILED, FACT_PENDING, "duplicate", "" },
		{ FACT_FAILED, FACT_COMPLETED, "held conflict", "" },
		{ FACT_DENIED, FACT_COMPLETED, "held conflict", "" },
		{ FACT_DENIED, FACT_RETURNED, "held conflict", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(alone); i++) {
		struct world w = { 0 };
		struct fact f = item("MP1", "U-1", alone[i].first);

		says(&w, &f, alone[i].says);
		balances(&w, alone[i].books);
		says(&w, &f, "duplicate");
		balances(&w, alone[i].books);
		world_free(&w);
	}
	for (i = 0; i < COUNT(two); i++) {
		struct world w = { 0 };
		struct fact f = item("MP1", "U-1", two[i].from), g = item("MP1", "U-1", two[i].to);

		(void)world_one(&w, &f);
		says(&w, &g, two[i].says);
		balances(&w, two[i].books);
		world_free(&w);
	}
}

/* The fee comes with the second message: it is booked, once; another fee is a contradiction. */
static void
late_fee(void **state)
{
	static const enum fact_status later[] = { FACT_COMPLETED, FACT_UNCLAIMED, FACT_RETURNED };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(later); i++) {
		struct world w = { 0 };
		struct fact f = item("MP1", "U-1", FACT_PENDING), g = item("MP1", "U-1", later[i]);

		f.fee = 0;
		f.fee_known = 0;
		says(&w, &f, "posted");
		says(&w, &g, "posted");
		balances(&w, later[i] == FACT_RETURNED ? GROSS_BACK : OUT);
		says(&w, &g, "duplicate");
		world_free(&w);
		memset(&w, 0, sizeof(w));
		f = item("MP1", "U-1", FACT_PENDING);
		g.fee = 21;
		says(&w, &f, "posted");
		says(&w, &g, later[i] == FACT_RETURNED ? "posted" : "held conflict");
		balances(&w, later[i] == FACT_RETURNED ? GROSS_BACK : OUT);
		world_free(&w);
	}
}

/* An item is known by the provider's id, or by ours where it had none yet. */
static void
identity(void **state)
{
	struct world w = { 0 };
	struct fact f = item("", "U-1", FACT_PENDING), g = item("MP1", "U-1", FACT_COMPLETED);
	struct fact none = item("", "", FACT_PENDING), bare;

	(void)state;
	says(&w, &none, "held malformed");
	says(&w, &f, "posted");
	assert_non_null(world_find(&w, MOVE_PAYOUT, "uid:U-1"));
	says(&w, &g, "noted");		/* the same item, now with its id */
	balances(&w, OUT);
	bare = g;
	bare.unique_id[0] = '\0';	/* as a report names it: by the id alone */
	says(&w, &bare, "duplicate");
	balances(&w, OUT);
	says(&w, &g, "duplicate");
	f.gross = -999;		/* our reference, but another amount: not that item, and none of its own */
	says(&w, &f, "held conflict");
	balances(&w, OUT);
	world_free(&w);
	memset(&w, 0, sizeof(w));
	f = item("MP1", "U-1", FACT_FAILED);
	g = item("MP2", "U-1", FACT_COMPLETED);	/* failed, and sent again under the same reference */
	says(&w, &f, "noted");
	says(&w, &g, "posted");
	balances(&w, OUT);
	g.gross = -1001;
	says(&w, &g, "held conflict");
	world_free(&w);
}

/* A batch in one message: failed ones between good ones. */
static void
batch(void **state)
{
	struct world w = { 0 };
	struct fact v[5] = { item("MP1", "U-1", FACT_COMPLETED), item("MP2", "U-2", FACT_FAILED),
	    item("MP3", "U-3", FACT_UNCLAIMED), item("", "U-4", FACT_FAILED), item("MP5", "U-5", FACT_PENDING) };
	struct facts f = { .v = v, .n = 5 };
	size_t i;

	(void)state;
	assert_int_equal(world_apply(&w, &f), 0);
	assert_int_equal(w.disposition, DISP_POSTED);
	balances(&w, "Assets:PayPal USD -3060\nExpenses:Fees:PayPal USD 60\nLiabilities:Payouts USD 3000\n");
	assert_int_equal(world_apply(&w, &f), 0);
	assert_int_equal(w.disposition, DISP_DUPLICATE);
	v[2].status = FACT_RETURNED;
	v[4].status = FACT_COMPLETED;
	assert_int_equal(world_apply(&w, &f), 0);
	assert_int_equal(w.disposition, DISP_POSTED);
	balances(&w, "Assets:PayPal USD -2060\nExpenses:Fees:PayPal USD 60\nLiabilities:Payouts USD 2000\n");
	/* the same item twice in one message leaves once */
	world_free(&w);
	memset(&w, 0, sizeof(w));
	for (i = 0; i < 5; i++)
		v[i] = item("MP1", "U-1", FACT_COMPLETED);
	assert_int_equal(world_apply(&w, &f), 0);
	balances(&w, OUT);
	world_free(&w);
	memset(&w, 0, sizeof(w));
	v[0] = item("", "U-1", FACT_RETURNED);
	v[1] = item("", "U-1", FACT_BLOCKED);
	v[1].gross = -1900;
	f.n = 2;
	for (i = 0; i < 2; i++) {
		assert_int_equal(world_apply(&w, &f), 0);
		assert_int_equal(w.disposition, DISP_HELD);
		balances(&w, GROSS_BACK);
	}
	world_free(&w);
}

/* A return that a report shows under its own id, before or after the notification. */
static void
returned_by_report(void **state)
{
	int report_first;

	(void)state;
	for (report_first = 0; report_first <= 1; report_first++) {
		struct world w = { 0 };
		struct fact out = item("MP1", "U-1", FACT_UNCLAIMED), back = item("RT1", "", FACT_COMPLETED);
		struct fact told = item("MP1", "U-1", FACT_RETURNED);

		back.move = MOVE_PAYOUT_RETURN;
		back.gross = 1000;
		back.fee = 0;
		back.fee_known = 0;
		memcpy(back.parent, "MP1", 4);
		says(&w, &out, "posted");
		says(&w, report_first ? &back : &told, "posted");
		says(&w, report_first ? &told : &back, "duplicate");
		says(&w, &back, "duplicate");
		balances(&w, GROSS_BACK);
		assert_int_equal(world_find(&w, MOVE_PAYOUT, "MP1")->status, PAY_RETURNED);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transitions), cmocka_unit_test(identity), cmocka_unit_test(batch),
		cmocka_unit_test(returned_by_report), cmocka_unit_test(late_fee),
	};

	return cmocka_run_group_tests_name("payment_payout", tests, NULL, NULL);
}
