/*
 * payment_legs -- each movement's entry to the last leg, account names, and rows that fit the
 * journal whatever a stranger put into them.
 */
#include "unit.h"

#include "world.h"

/* Every movement x sign x fee x who carries it x deduct_fee: the entry balances. */
static void
every_combination(void **state)
{
	static const int64_t grosses[] = { 10000, -10000, 1, -1, 0 }, fees[] = { 0, 320, -320, 10000, 1 };
	static const char *const payers[] = { "alice@example.net", "nobody@example.net", "both@example.net" };
	static const char *const accounts[] = { "", "Income:Other", "Assets:Bank" };
	size_t m, g, f, p, a, n = 0;
	int deduct, desk;

	(void)state;
	for (m = 0; m < MOVES; m++)
	for (g = 0; g < COUNT(grosses); g++)
	for (f = 0; f < COUNT(fees); f++)
	for (p = 0; p < COUNT(payers); p++)
	for (a = 0; a < COUNT(accounts); a++)
	for (deduct = 0; deduct <= 1; deduct++)
	for (desk = 0; desk <= 1; desk++) {
		struct world w = { .deduct_fee = deduct, .desk = desk };
		struct fact x = { .move = MOVE_PAYMENT, .status = FACT_COMPLETED, .id = "A1", .currency = "USD",
		    .gross = 20000, .fee = 600, .fee_known = 1 };
		int64_t before;

		memcpy(x.payer_email, payers[p], strlen(payers[p]) + 1);
		(void)world_one(&w, &x);
		before = world_balance(&w, "Assets:PayPal", "USD");
		x.move = (enum movement)m;
		x.gross = grosses[g];
		x.fee = fees[f];
		x.fee_known = fees[f] != 0;
		memcpy(x.id, "B1", 3);
		memcpy(x.parent, "A1", 3);
		memcpy(x.account, accounts[a], strlen(accounts[a]) + 1);
		(void)world_one(&w, &x);
		if (w.fault[0] != '\0')
			fail_msg("%s %lld: %s", record_move_name[m], (long long)x.gross, w.fault);
		assert_true(world_balanced(&w));
		/* what the provider holds moved by the net, or not at all */
		if (w.disposition == DISP_POSTED)
			assert_int_equal(world_balance(&w, "Assets:PayPal", "USD") - before, x.gross - x.fee);
		else
			assert_int_equal(world_balance(&w, "Assets:PayPal", "USD"), before);
		world_free(&w);
		n++;
	}
	assert_int_equal(n, MOVES * 5 * 5 * 3 * 3 * 2 * 2);
}

static void
legs_of(enum movement move, int64_t gross, int64_t fee, int deduct, const char *account, const char *want)
{
	struct world w = { .deduct_fee = deduct };
	struct payment_view v = world_view(&w);
	struct payment_terms t = { "PayPal", deduct, world_accepts, NULL, 0 };
	struct fact f = { .move = move, .status = FACT_COMPLETED, .id = "B1", .currency = "USD",
	    .payer_email = "alice@example.net", .gross = gross, .fee = fee, .fee_known = fee != 0 };
	struct facts facts = { .v = &f, .n = 1 };
	struct buf got = BUF_INIT(4096);
	struct record r;
	struct error e;
	size_t i;

	memcpy(f.account, account, strlen(account) + 1);
	world_begin(&w, &r);
	assert_works(payment_apply(&v, &t, &facts, &r, &e));
	assert_int_equal(r.nentries, 1);
	for (i = 0; i < r.entries[0].nlegs; i++)
		assert_works(buf_addf(&got, &e, "%s %lld;", r.entries[0].legs[i].account,
		    (long long)r.entries[0].legs[i].minor));
	assert_string_equal(got.data, want);
	record_free(&r);
	buf_free(&got);
	world_free(&w);
}

/* The examples of contract.md, leg by leg. */
static void
exact(void **state)
{
	(void)state;
	legs_of(MOVE_PAYMENT, 2000, 98, 0, "",
	    "Assets:PayPal 1902;Expenses:Fees:PayPal 98;Liabilities:Customers:C1001 -2000;");
	legs_of(MOVE_PAYMENT, 2000, 98, 1, "",
	    "Assets:PayPal 1902;Expenses:Fees:PayPal 98;Liabilities:Customers:C1001 -2000;"
	    "Liabilities:Customers:C1001 98;Income:FeesRecharged -98;");
	legs_of(MOVE_PAYMENT, 2000, 0, 1, "", "Assets:PayPal 2000;Liabilities:Customers:C1001 -2000;");
	legs_of(MOVE_PAYOUT, -1000, 20, 0, "",
	    "Assets:PayPal -1020;Expenses:Fees:PayPal 20;Liabilities:Payouts 1000;");
	legs_of(MOVE_WITHDRAWAL, -105000, 0, 0, "Assets:Bank", "Assets:PayPal -105000;Assets:Bank 105000;");
	legs_of(MOVE_FEE, -2000, 0, 0, "Expenses:Fees:PayPal", "Assets:PayPal -2000;Expenses:Fees:PayPal 2000;");
	legs_of(MOVE_HOLD, -500, 0, 0, "Assets:Reserved:PayPal",
	    "Assets:PayPal -500;Assets:Reserved:PayPal 500;");
	legs_of(MOVE_OTHER, 77, 0, 0, "", "Assets:PayPal 77;Assets:Suspense:PayPal -77;");
}

static void
accounts(void **state)
{
	static const char *const good[] = { "Assets:PayPal", "Assets:Reserved:PayPal", "Assets:Bank",
	    "Assets:Bank:Checking", "Liabilities:Customers:C1001", "Liabilities:Unallocated",
	    "Liabilities:Payouts", "Expenses:Fees:PayPal", "Income:Usage", "Income:Other:Late.Fees",
	    "Equity:Opening", "Equity:Conversion" };
	static const char *const bad[] = { "", "Assets", "Assets:", "Assets::x", "Assets:Bank:",
	    "Liabilities:Customers:", "Liabilities:Customers:a:b", "Liabilities:Other", "Equity:Mine",
	    "assets:Bank", "Assets:a b", "Assets:a\nb", "Assets:\xc3\xa4", "Revenue:X", " Assets:Bank",
	    "Income:-x" };
	char name[RECORD_ACCOUNT], longest[RECORD_ACCOUNT + 1];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		if (!payment_account_valid(good[i]))
			fail_msg("%s", good[i]);
	for (i = 0; i < COUNT(bad); i++)
		if (payment_account_valid(bad[i]))
			fail_msg("%s", bad[i]);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "Income:Other:", 13);
	longest[RECORD_ACCOUNT] = '\0';
	assert_false(payment_account_valid(longest));
	payment_account(name, "Assets:Suspense:", "A123456789012345678901234567890123456789012345678901234567890123");
	assert_true(payment_account_valid(name));
}

/* Texts as long as they may be, cut or not: what the journal gives back is what the index has. */
static void
long_texts(void **state)
{
	static const char *const marks[] = { "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	size_t i, lead, n;

	(void)state;
	for (i = 0; i < COUNT(marks); i++)
		for (lead = 0; lead < 4; lead++) {
			struct world w = { 0 };
			struct fact f = { .move = MOVE_PAYMENT, .status = FACT_COMPLETED, .id = "A1",
			    .currency = "USD", .gross = 100 };

			memset(f.payer_email, 'x', lead);
			for (n = lead; n + strlen(marks[i]) < sizeof(f.payer_email); n += strlen(marks[i]))
				memcpy(f.payer_email + n, marks[i], strlen(marks[i]));
			assert_string_equal(world_one(&w, &f), "posted payer-unknown");
			world_free(&w);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination), cmocka_unit_test(exact), cmocka_unit_test(accounts),
		cmocka_unit_test(long_texts),
	};

	return cmocka_run_group_tests_name("payment_legs", tests, NULL, NULL);
}
