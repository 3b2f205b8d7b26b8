/*
 * payment_correct -- what a person sets right: legs to the last one, rows that stay true, and what is
 * refused.  The provider account always holds the net of its booked rows.
 */
#include "unit.h"

#include "world.h"

static const struct payment_fix correct = { 0, "told by phone", 0 }, off = { 1, "a cent", 0 };

static struct fact
fact(enum movement move, const char *id, const char *parent, int64_t gross, int64_t fee, const char *payer)
{
	struct fact f = { .move = move, .status = FACT_COMPLETED, .currency = "USD", .gross = gross, .fee = fee,
	    .fee_known = 1, .event = 1795100000000000 };

	memcpy(f.id, id, strlen(id) + 1);
	memcpy(f.parent, parent, strlen(parent) + 1);
	memcpy(f.payer_email, payer, strlen(payer) + 1);
	return f;
}

static void
told(struct world *w, const struct fact *f, const char *want)
{
	assert_string_equal(world_one(w, f), want);
}

/* Assets:PayPal is what the booked rows say, in each currency. */
static void
sound(struct world *w)
{
	static const char *const ccy[] = { "USD", "EUR" };
	size_t i, k;

	assert_string_equal(w->fault, "");
	assert_true(world_balanced(w));
	for (k = 0; k < 2; k++) {
		int64_t sum = 0;

		for (i = 0; i < w->nrows; i++) {
			const struct payrow *r = &w->rows[i];

			if (r->booked && strcmp(r->currency, ccy[k]) == 0)
				sum += r->gross - r->fee;
			if (r->booked && strcmp(r->currency2, ccy[k]) == 0)
				sum += r->gross2;
		}
		assert_int_equal(world_balance(w, "Assets:PayPal", ccy[k]), sum);
	}
}

enum deed { RESTATE, UNDO, REASSIGN };

/* 0 done, else what was said. */
static const char *
deed(struct world *w, enum deed what, enum movement move, const char *id, const char *ccy, int64_t gross,
    int64_t fee, const struct payment_fix *fix)
{
	struct payment_view v = world_view(w);
	struct payrow row = *world_find(w, move, id);
	static struct error e;
	struct record r;
	int rc;

	memset(&e, 0, sizeof(e));
	world_begin(w, &r);
	rc = what == RESTATE ? payment_restate(&v, &row, ccy, gross, fee, fix, &r, &e) :
	    what == UNDO ? payment_undo(&v, &row, PAY_VOIDED, fix, &r, &e) :
	    payment_reassign(&v, &row, ccy, fix, &r, &e);
	if (rc == 0) {
		assert_int_equal(r.nentries, 1);
		assert_string_equal(r.entries[0].note, fix->note);
		assert_int_equal(r.entries[0].event, 0);
		rc = world_post(w, &r);
	}
	record_free(&r);
	return rc == 0 ? "" : e.text;
}

static void
is(struct world *w, const char *want)
{
	char *got = world_print(w);

	sound(w);
	assert_string_equal(got, want);
	free(got);
}

static void
restated(void **state)
{
	struct world w = { .deduct_fee = 1 };
	struct fact f = fact(MOVE_PAYMENT, "A1", "", 2000, 98, "alice@example.net");

	(void)state;
	told(&w, &f, "posted");
	assert_string_equal(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "USD", 2500, 102, &correct), "");
	is(&w, "Assets:PayPal USD 2398\nExpenses:Fees:PayPal USD 102\nIncome:FeesRecharged USD -102\n"
	    "Liabilities:Customers:C1001 USD -2398\n");
	assert_string_equal(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "USD", 2400, 110, &off), "");
	is(&w, "Assets:PayPal USD 2290\nExpenses:Fees:PayPal USD 102\nExpenses:WriteOff USD 108\n"
	    "Income:FeesRecharged USD -102\nLiabilities:Customers:C1001 USD -2398\n");
	f = fact(MOVE_REFUND, "R1", "A1", -1000, -20, "alice@example.net");
	told(&w, &f, "posted");
	assert_non_null(strstr(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "USD", 900, 0, &correct), "sent back"));
	assert_non_null(strstr(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "USD", -2400, 0, &correct), "sent back"));
	assert_non_null(strstr(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "EUR", 2400, 0, &correct), "hangs on it"));
	assert_non_null(strstr(deed(&w, UNDO, MOVE_PAYMENT, "A1", "", 0, 0, &correct), "corrected first"));
	assert_non_null(strstr(deed(&w, RESTATE, MOVE_REFUND, "R1", "USD", -2500, 0, &correct), "more sent back"));
	/* the refund was of the whole */
	assert_string_equal(deed(&w, RESTATE, MOVE_REFUND, "R1", "USD", -2400, -20, &correct), "");
	sound(&w);
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_REFUNDED);
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->refunded, 2400);
	/* it was none at all */
	assert_non_null(strstr(deed(&w, UNDO, MOVE_REFUND, "R1", "", 0, 0, &off), "only be corrected"));
	assert_string_equal(deed(&w, UNDO, MOVE_REFUND, "R1", "", 0, 0, &correct), "");
	sound(&w);
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_COMPLETED);
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->refunded, 0);
	world_free(&w);
}

static void
another_currency(void **state)
{
	struct world w = { .deduct_fee = 1 };
	struct fact f = fact(MOVE_PAYMENT, "A1", "", 2000, 98, "alice@example.net");

	(void)state;
	told(&w, &f, "posted");
	assert_non_null(strstr(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "EUR", 2000, 98, &off), "is booked in USD"));
	assert_string_equal(deed(&w, RESTATE, MOVE_PAYMENT, "A1", "EUR", 1900, 90, &correct), "");
	is(&w, "Assets:PayPal EUR 1810\nExpenses:Fees:PayPal EUR 90\nIncome:FeesRecharged EUR -90\n"
	    "Liabilities:Customers:C1001 EUR -1810\n");
	world_free(&w);
}

/* Taken back, and told of after all. */
static void
undone(void **state)
{
	struct world w = { .deduct_fee = 1 };
	struct fact f = fact(MOVE_PAYMENT, "A1", "", 2000, 98, "alice@example.net"), g = f;

	(void)state;
	told(&w, &f, "posted");
	assert_string_equal(deed(&w, UNDO, MOVE_PAYMENT, "A1", "", 0, 0, &correct), "");
	is(&w, "");
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_VOIDED);
	assert_non_null(strstr(deed(&w, UNDO, MOVE_PAYMENT, "A1", "", 0, 0, &correct), "not booked"));
	g.gross = 2100;
	told(&w, &g, "held conflict");
	told(&w, &f, "posted");
	is(&w, "Assets:PayPal USD 1902\nExpenses:Fees:PayPal USD 98\nIncome:FeesRecharged USD -98\n"
	    "Liabilities:Customers:C1001 USD -1902\n");
	told(&w, &f, "duplicate");
	/* written off whole, the customer keeps it; what comes then makes the write-off good */
	assert_string_equal(deed(&w, UNDO, MOVE_PAYMENT, "A1", "", 0, 0, &off), "");
	is(&w, "Expenses:Fees:PayPal USD 98\nExpenses:WriteOff USD 1902\nIncome:FeesRecharged USD -98\n"
	    "Liabilities:Customers:C1001 USD -1902\n");
	told(&w, &f, "posted");
	sound(&w);
	assert_int_equal(world_balance(&w, "Liabilities:Customers:C1001", "USD"), -1902);
	assert_int_equal(world_balance(&w, "Expenses:WriteOff", "USD"), -98);	/* the fee was spent before */
	world_free(&w);
}

static void
payouts_and_conversions(void **state)
{
	struct world w = { 0 };
	struct fact f = fact(MOVE_PAYOUT, "P1", "", -5000, 100, "bob@example.net");

	(void)state;
	told(&w, &f, "posted");
	assert_string_equal(deed(&w, UNDO, MOVE_PAYOUT, "P1", "", 0, 0, &correct), "");
	is(&w, "");
	told(&w, &f, "posted");
	is(&w, "Assets:PayPal USD -5100\nExpenses:Fees:PayPal USD 100\nLiabilities:Payouts USD 5000\n");
	assert_string_equal(deed(&w, RESTATE, MOVE_PAYOUT, "P1", "USD", -5000, 75, &correct), "");
	is(&w, "Assets:PayPal USD -5075\nExpenses:Fees:PayPal USD 75\nLiabilities:Payouts USD 5000\n");
	f = fact(MOVE_PAYMENT, "A1", "", 2000, 98, "alice@example.net");
	memcpy(f.currency2, "EUR", 4);
	f.gross2 = 1700;
	told(&w, &f, "posted");
	assert_string_equal(deed(&w, RESTATE, MOVE_CONVERSION, "A1", "EUR", 1750, 0, &correct), "");
	sound(&w);
	assert_int_equal(world_balance(&w, "Equity:Conversion", "EUR"), -1750);
	assert_string_equal(deed(&w, RESTATE, MOVE_CONVERSION, "A1", "USD", -1900, 0, &off), "");
	sound(&w);
	assert_int_equal(world_balance(&w, "Expenses:WriteOff", "USD"), -2);
	assert_non_null(strstr(deed(&w, RESTATE, MOVE_CONVERSION, "A1", "GBP", 1, 0, &off), "other currencies"));
	assert_string_equal(deed(&w, UNDO, MOVE_CONVERSION, "A1", "", 0, 0, &correct), "");
	sound(&w);
	world_free(&w);
}

static void
reassigned(void **state)
{
	struct world w = { .deduct_fee = 1 };
	struct fact f = fact(MOVE_PAYMENT, "A1", "", 2000, 98, "alice@example.net");

	(void)state;
	told(&w, &f, "posted");
	f = fact(MOVE_REFUND, "R1", "A1", -500, -10, "alice@example.net");
	told(&w, &f, "posted");
	assert_non_null(strstr(deed(&w, REASSIGN, MOVE_REFUND, "R1", "C1002", 0, 0, &correct), "goes with payment A1"));
	assert_non_null(strstr(deed(&w, REASSIGN, MOVE_PAYMENT, "A1", "C1001", 0, 0, &correct), "already"));
	assert_string_equal(deed(&w, REASSIGN, MOVE_PAYMENT, "A1", "C1002", 0, 0, &correct), "");
	is(&w, "Assets:PayPal USD 1412\nExpenses:Fees:PayPal USD 88\nIncome:FeesRecharged USD -88\n"
	    "Liabilities:Customers:C1002 USD -1412\n");
	assert_string_equal(world_find(&w, MOVE_REFUND, "R1")->customer, "C1002");
	f = fact(MOVE_PAYMENT, "A2", "", 100, 0, "nobody@example.net");
	told(&w, &f, "posted payer-unknown");
	assert_non_null(strstr(deed(&w, REASSIGN, MOVE_PAYMENT, "A2", "C1002", 0, 0, &correct), "daybook allocate"));
	world_free(&w);
}

static void
adjusted(void **state)
{
	struct world w = { 0 };
	struct payment_view v = world_view(&w);
	struct error e;
	struct record r;

	(void)state;
	world_begin(&w, &r);
	assert_works(payment_adjust(&v, "PayPal", "B-0123456789ab.1", "USD", -30, 1795100000000000,
	    "Expenses:WriteOff", &off, &r, &e));
	assert_string_equal(r.entries[0].kind, "write-off");
	assert_int_equal(world_post(&w, &r), 0);
	record_free(&r);
	is(&w, "Assets:PayPal USD -30\nExpenses:WriteOff USD 30\n");
	assert_int_equal(world_find(&w, MOVE_ADJUSTMENT, "B-0123456789ab.1")->corrected, 1);
	world_free(&w);
}

/* Any deeds in any order: what is done leaves the books sound, what is refused changes nothing. */
static void
any_order(void **state)
{
	uint64_t seed = 20261125;
	size_t round, i;
	int done = 0;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct world w = { .deduct_fee = (int)random_below(&seed, 2) };

		for (i = 0; i < 30; i++) {
			char id[8], parent[8];
			size_t n = random_below(&seed, 3), k = random_below(&seed, 6);
			struct fact f;

			(void)snprintf(parent, sizeof(parent), "A%zu", n);
			(void)snprintf(id, sizeof(id), "R%zu%zu", n, random_below(&seed, 2));
			f = k == 0 ? fact(MOVE_REFUND, id, parent, -(int64_t)(1 + random_below(&seed, 900)), 0, "x") :
			    k == 1 ? fact(MOVE_REVERSAL, id, parent, -1000, 0, "x") :
			    fact(MOVE_PAYMENT, parent, "", 1000, 30, n == 0 ? "alice@example.net" : n == 1 ?
			    "bob@example.net" : "nobody@example.net");
			if (k < 3)
				(void)world_one(&w, &f);
			else if (w.nrows > 0) {
				struct payrow row = w.rows[random_below(&seed, w.nrows)];
				int64_t gross = (int64_t)random_below(&seed, 1500);

				done += deed(&w, k == 3 ? RESTATE : k == 4 ? UNDO : REASSIGN, row.move, row.id,
				    k == 5 ? "C1002" : random_below(&seed, 9) == 0 ? "EUR" : "USD",
				    row.gross < 0 ? -gross : gross, (int64_t)random_below(&seed, 40),
				    random_below(&seed, 2) == 0 ? &correct : &off)[0] == '\0';
			}
			sound(&w);
		}
		world_free(&w);
	}
	assert_true(done > 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restated), cmocka_unit_test(another_currency), cmocka_unit_test(undone),
		cmocka_unit_test(payouts_and_conversions), cmocka_unit_test(reassigned),
		cmocka_unit_test(adjusted), cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
