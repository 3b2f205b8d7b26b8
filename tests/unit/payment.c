/*
 * payment -- the table of transitions as the provider's documentation has it, and what each order
 * of the same messages ends in (providers/paypal.md 2.7; contract.md, Accounts).
 */
#include "unit.h"

#include "world.h"

/* One id: from the first status to the second. */
static void
transitions(void **state)
{
	static const enum fact_status s[] = { FACT_PENDING, FACT_COMPLETED, FACT_DENIED, FACT_FAILED,
	    FACT_VOIDED, FACT_EXPIRED };
	static const char *const first[] = { "noted", "posted", "noted", "noted", "noted", "noted" };
	static const char *const then[6][6] = {	/* [from][to], in the order above */
		{ "duplicate", "posted", "noted", "noted", "noted", "noted" },
		{ "noted", "duplicate", "held conflict", "held conflict", "held conflict", "held conflict" },
		{ "noted", "held conflict", "duplicate", "duplicate", "duplicate", "duplicate" },
		{ "noted", "held conflict", "duplicate", "duplicate", "duplicate", "duplicate" },
		{ "noted", "held conflict", "duplicate", "duplicate", "duplicate", "duplicate" },
		{ "noted", "held conflict", "duplicate", "duplicate", "duplicate", "duplicate" },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(s); i++)
		for (k = 0; k < COUNT(s); k++) {
			struct world w = { 0 };
			struct fact a = world_fact(MOVE_PAYMENT, s[i], "A1", "", 10000, 320), b = a;
			int money = s[i] == FACT_COMPLETED || (s[i] == FACT_PENDING && s[k] == FACT_COMPLETED);

			b.status = s[k];
			says(&w, &a, first[i]);
			says(&w, &b, then[i][k]);
			balances(&w, money ? "Assets:PayPal USD 9680\nExpenses:Fees:PayPal USD 320\n"
			    "Liabilities:Customers:C1001 USD -10000\n" : "");
			world_free(&w);
		}
}

static void
whose(void **state)
{
	struct world w = { 0 };
	struct fact f = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 1000, 0);

	(void)state;
	says(&w, &f, "posted");
	memcpy(f.id, "A2", 3);
	memcpy(f.payer_email, "nobody@example.net", 19);
	says(&w, &f, "posted payer-unknown");
	memcpy(f.id, "A3", 3);
	memcpy(f.payer_email, "both@example.net", 17);
	says(&w, &f, "posted payer-ambiguous");
	memcpy(f.id, "A4", 3);
	memcpy(f.payer_id, "ALICE0001", 10);
	memcpy(f.payer_email, "new@example.net", 16);
	says(&w, &f, "posted");
	memcpy(f.id, "A5", 3);
	memcpy(f.currency, "BRL", 4);
	says(&w, &f, "posted currency-not-accepted");
	balances(&w, "Assets:PayPal BRL 1000\nAssets:PayPal USD 4000\nLiabilities:Customers:C1001 USD -2000\n"
	    "Liabilities:Unallocated BRL -1000\nLiabilities:Unallocated USD -2000\n");
	world_free(&w);
}

static void
conflicts(void **state)
{
	struct world w = { 0 };
	struct fact f = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 1000, 50), g = f;

	(void)state;
	says(&w, &f, "posted");
	g.gross = 1001;
	says(&w, &g, "held conflict");
	g = f;
	memcpy(g.currency, "EUR", 4);
	says(&w, &g, "held conflict");
	g = f;
	g.fee = 51;
	says(&w, &g, "held conflict");
	g = f;
	g.fee_known = 0;	/* a witness that says nothing of a fee */
	g.fee = 0;
	says(&w, &g, "duplicate");
	/* children that can't be the payment's */
	g = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -1001, 0);
	says(&w, &g, "held conflict");
	g = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -600, 0);
	says(&w, &g, "posted");
	g = world_fact(MOVE_REFUND, FACT_COMPLETED, "R2", "A1", -401, 0);
	says(&w, &g, "held conflict");
	memcpy(g.currency, "EUR", 4);
	says(&w, &g, "held conflict");
	g = world_fact(MOVE_REVERSAL, FACT_COMPLETED, "V1", "A1", -1001, 0);
	says(&w, &g, "held conflict");
	g = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -500, 0);
	says(&w, &g, "held conflict");
	balances(&w, "Assets:PayPal USD 350\nExpenses:Fees:PayPal USD 50\n"
	    "Liabilities:Customers:C1001 USD -400\n");
	world_free(&w);
}

/* A fee that comes late books the difference, once; the customer is charged it where so agreed. */
static void
late_fee(void **state)
{
	int deduct;

	(void)state;
	for (deduct = 0; deduct <= 1; deduct++) {
		struct world w = { .deduct_fee = deduct };
		struct fact f = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 2000, 0), g = f;

		says(&w, &f, "posted");
		g.fee = 98;
		g.fee_known = 1;
		says(&w, &g, "posted");
		says(&w, &g, "duplicate");
		says(&w, &f, "duplicate");
		balances(&w, deduct ? "Assets:PayPal USD 1902\nExpenses:Fees:PayPal USD 98\n"
		    "Income:FeesRecharged USD -98\nLiabilities:Customers:C1001 USD -1902\n" :
		    "Assets:PayPal USD 1902\nExpenses:Fees:PayPal USD 98\n"
		    "Liabilities:Customers:C1001 USD -2000\n");
		world_free(&w);
	}
}

static void
allocate(struct world *w, enum movement move, const char *id, const char *customer, const char *other,
    enum errcode want)
{
	struct payment_view v = world_view(w);
	struct error e = { 0 };
	struct record r;

	world_begin(w, &r);
	assert_int_equal(payment_allocate(&v, world_find(w, move, id), customer, other, &r, &e),
	    want == ERR_NONE ? 0 : -1);
	assert_int_equal(e.code, want);
	if (want == ERR_NONE && world_post(w, &r) == -1)
		fail_msg("%s", w->fault);
	record_free(&r);
}

static void
conversion(void **state)
{
	static const char both[] = "Assets:PayPal EUR 243\nEquity:Conversion EUR -243\n"
	    "Equity:Conversion SGD 421\nExpenses:Fees:PayPal SGD 64\nLiabilities:Customers:C1001 SGD -485\n";
	struct world w = { 0 };
	struct fact f = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 485, 64);
	struct fact out = world_fact(MOVE_CONVERSION, FACT_COMPLETED, "A1C1", "A1", -421, 0);
	struct fact in = world_fact(MOVE_CONVERSION, FACT_COMPLETED, "A1C2", "A1", 243, 0);

	(void)state;
	memcpy(f.currency, "SGD", 4);
	memcpy(f.currency2, "EUR", 4);
	f.gross2 = 243;
	says(&w, &f, "posted");
	says(&w, &f, "duplicate");
	assert_int_equal(world_find(&w, MOVE_CONVERSION, "A1")->gross, -421);
	balances(&w, both);
	world_free(&w);
	/* A report brought the conversion under its own ids before the payment was told. */
	memset(&w, 0, sizeof(w));
	w.desk = 1;
	memcpy(out.currency, "SGD", 4);
	memcpy(in.currency, "EUR", 4);
	memcpy(out.account, "Equity:Conversion", 18);
	memcpy(in.account, "Equity:Conversion", 18);
	says(&w, &out, "posted");
	says(&w, &in, "posted");
	w.desk = 0;
	says(&w, &f, "posted");
	balances(&w, both);
	world_free(&w);
}

/* A report tells of a refund whose payment the books don't have: it stands alone until that comes. */
static void
alone(void **state)
{
	struct world w = { .deduct_fee = 1, .desk = 1 };
	struct fact p = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 2000, 98);
	struct fact r = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -1500, -20);
	struct fact more = world_fact(MOVE_REFUND, FACT_COMPLETED, "R2", "A1", -501, 0);

	(void)state;
	memcpy(r.payer_email, "nobody@example.net", 19);
	says(&w, &r, "posted payer-unknown");
	balances(&w, "Assets:PayPal USD -1480\nExpenses:Fees:PayPal USD -20\nLiabilities:Unallocated USD 1500\n");
	w.desk = 0;
	says(&w, &p, "posted");
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_PARTLY_REFUNDED);
	balances(&w, "Assets:PayPal USD 422\nExpenses:Fees:PayPal USD 78\nIncome:FeesRecharged USD -78\n"
	    "Liabilities:Customers:C1001 USD -422\n");
	says(&w, &more, "held conflict");
	says(&w, &r, "duplicate");
	world_free(&w);
	/* Or until a person says whose it was; then the payment comes, another's. */
	memset(&w, 0, sizeof(w));
	w.desk = w.deduct_fee = 1;
	says(&w, &r, "posted payer-unknown");
	allocate(&w, MOVE_REFUND, "R1", "C1002", "", ERR_NONE);
	allocate(&w, MOVE_REFUND, "R1", "C1002", "", ERR_CONFLICT);
	balances(&w, "Assets:PayPal USD -1480\nExpenses:Fees:PayPal USD -20\nIncome:FeesRecharged USD 20\n"
	    "Liabilities:Customers:C1002 USD 1480\n");
	says(&w, &p, "posted");
	balances(&w, "Assets:PayPal USD 422\nExpenses:Fees:PayPal USD 78\nIncome:FeesRecharged USD -78\n"
	    "Liabilities:Customers:C1001 USD -422\n");
	world_free(&w);
}

/* A case: told, then the payment; the listing says disputed until money moves. */
static void
dispute(void **state)
{
	int first;

	(void)state;
	for (first = 0; first <= 1; first++) {
		struct world w = { 0 };
		struct fact p = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 1000, 0);
		struct fact d = world_fact(MOVE_DISPUTE, FACT_COMPLETED, "case:PP-1", "A1", 0, 0);

		says(&w, first ? &d : &p, first ? "noted" : "posted");
		says(&w, first ? &p : &d, first ? "posted" : "noted");
		says(&w, &d, "duplicate");
		assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_DISPUTED);
		d = world_fact(MOVE_REVERSAL, FACT_COMPLETED, "V1", "A1", -1000, 0);
		says(&w, &d, "posted");
		assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_REVERSED);
		d = world_fact(MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, "K1", "A1", 1000, 0);
		says(&w, &d, "posted");
		assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->status, PAY_COMPLETED);
		balances(&w, "Assets:PayPal USD 1000\nLiabilities:Customers:C1001 USD -1000\n");
		world_free(&w);
	}
}

/* ---- any order ---- */

struct story {
	struct fact	 f[12];
	size_t		 n;
};

/* What can truly happen to one payment: at most its amount goes back, a reversal before its end. */
static void
tell(struct story *s, uint64_t *seed, int number)
{
	int64_t gross = 1000 + (int64_t)random_below(seed, 100000), left = gross;
	char id[16], child[16];
	size_t kids = random_below(seed, 4), i;

	(void)snprintf(id, sizeof(id), "PAY%d", number);
	s->f[s->n++] = world_fact(MOVE_PAYMENT, FACT_COMPLETED, id, "", gross, (int64_t)random_below(seed, 500));
	if (random_below(seed, 2) == 0) {
		s->f[s->n] = s->f[0];
		s->f[s->n].fee_known = 0;
		s->f[s->n].fee = 0;
		s->f[s->n++].status = FACT_PENDING;
	}
	for (i = 0; i < kids; i++) {
		int64_t back = 1 + (int64_t)random_below(seed, (size_t)left / 2 + 1);

		if (back > left)
			break;
		left -= back;
		(void)snprintf(child, sizeof(child), "REF%d-%zu", number, i);
		s->f[s->n++] = world_fact(MOVE_REFUND, FACT_COMPLETED, child, id, -back,
		    -(int64_t)(back / 50));
	}
	if (random_below(seed, 2) == 0 && left > 0) {
		(void)snprintf(child, sizeof(child), "REV%d", number);
		s->f[s->n++] = world_fact(MOVE_REVERSAL, FACT_COMPLETED, child, id, -left, 0);
		(void)snprintf(child, sizeof(child), "CAN%d", number);
		if (random_below(seed, 2) == 0)
			s->f[s->n++] = world_fact(MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, child, id, left, 0);
		(void)snprintf(child, sizeof(child), "case:%d", number);
		if (random_below(seed, 2) == 0)
			s->f[s->n++] = world_fact(MOVE_DISPUTE, FACT_COMPLETED, child, id, 0, 0);
		(void)snprintf(child, sizeof(child), "ADJ%d", number);
		if (random_below(seed, 3) == 0)
			s->f[s->n++] = world_fact(MOVE_ADJUSTMENT, FACT_COMPLETED, child, id, -left, 0);
	}
	if (random_below(seed, 4) == 0)
		for (i = 0; i < s->n; i++)
			memcpy(s->f[i].payer_email, "nobody@example.net", 19);
}

/* The same messages, each up to three times, in any order: the same balances and statuses. */
static void
any_order(void **state)
{
	uint64_t seed = 7;
	int number;

	(void)state;
	for (number = 0; number < 300; number++) {
		struct story s = { .n = 0 };
		struct world in_order = { .deduct_fee = number & 1 };
		char *want;
		size_t i, round;

		tell(&s, &seed, number);
		for (i = 0; i < s.n; i++)
			if (world_one(&in_order, &s.f[i])[0] == '\0' || in_order.disposition == DISP_HELD)
				fail_msg("story %d, fact %zu: %s", number, i, in_order.reason);
		assert_true(world_balanced(&in_order));
		want = world_print(&in_order);
		for (round = 0; round < 8; round++) {
			struct world w = { .deduct_fee = number & 1 };
			size_t order[36], n = 0, k;
			char *got;

			for (i = 0; i < s.n; i++)
				for (k = 0; k <= random_below(&seed, 3); k++)
					order[n++] = i;
			for (i = n; i > 1; i--) {
				size_t at = random_below(&seed, i), keep = order[i - 1];

				order[i - 1] = order[at];
				order[at] = keep;
			}
			for (i = 0; i < n; i++) {
				(void)world_one(&w, &s.f[order[i]]);
				if (w.fault[0] != '\0' || w.disposition == DISP_HELD)
					fail_msg("story %d: %s%s", number, w.fault, w.reason);
				assert_true(world_balanced(&w));
			}
			got = world_print(&w);
			assert_string_equal(got, want);
			for (i = 0; i < in_order.nrows; i++) {
				const struct payrow *a = &in_order.rows[i], *b = world_find(&w, a->move, a->id);

				assert_non_null(b);
				assert_int_equal(b->status, a->status);
				assert_int_equal(b->waiting, 0);
				assert_int_equal(b->recharged, a->recharged);
			}
			free(got);
			world_free(&w);
		}
		free(want);
		world_free(&in_order);
	}
}

/* Whatever comes, however wrong: books that balance, and lines that can be read again. */
static void
any_facts(void **state)
{
	static const char *const ids[] = { "A", "B", "C", "D" };
	static const int64_t amounts[] = { 1, 100, 100, 5000, -1, -100, -100, -5000,
	    INT64_C(999999999999999) };
	uint64_t seed = 8;
	int round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct world w = { .deduct_fee = round & 1, .desk = round % 5 == 0 };

		for (i = 0; i < 60; i++) {
			struct fact f = world_fact((enum movement)random_below(&seed, MOVES),
			    (enum fact_status)random_below(&seed, FACT_STATUSES), ids[random_below(&seed, 4)],
			    ids[random_below(&seed, 4)], amounts[random_below(&seed, COUNT(amounts))],
			    (int64_t)random_below(&seed, 3) - 1);

			if (random_below(&seed, 8) == 0)
				f.parent[0] = '\0';
			if (random_below(&seed, 4) == 0)
				memcpy(f.currency, "JPY", 4);
			if (random_below(&seed, 4) == 0)
				memcpy(f.payer_email, "both@example.net", 17);
			if (random_below(&seed, 4) == 0) {
				memcpy(f.currency2, "EUR", 4);
				f.gross2 = 7;
			}
			if (random_below(&seed, 4) == 0)
				memcpy(f.unique_id, "U-1", 4);
			if (random_below(&seed, 8) == 0)
				memcpy(f.account, "Income:Other", 13);
			(void)world_one(&w, &f);
			if (w.fault[0] != '\0')
				fail_msg("round %d, fact %d: %s", round, i, w.fault);
			assert_true(world_balanced(&w));
		}
		world_free(&w);
	}
}

/* ---- what a person decides ---- */

static void
allocations(void **state)
{
	struct world w = { .deduct_fee = 1 };
	struct fact p = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 2000, 98);
	struct fact r = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -500, -20);
	struct fact late = world_fact(MOVE_REFUND, FACT_COMPLETED, "R2", "A1", -300, 0);
	struct fact orphan = world_fact(MOVE_REFUND, FACT_COMPLETED, "R9", "GONE", -700, 0);

	(void)state;
	memcpy(p.payer_email, "nobody@example.net", 19);
	says(&w, &p, "posted payer-unknown");
	says(&w, &r, "posted");
	balances(&w, "Assets:PayPal USD 1422\nExpenses:Fees:PayPal USD 78\nLiabilities:Unallocated USD -1500\n");
	allocate(&w, MOVE_REFUND, "R1", "C1002", "", ERR_CONFLICT);	/* goes with its payment */
	allocate(&w, MOVE_PAYMENT, "A1", "C1002", "", ERR_NONE);
	allocate(&w, MOVE_PAYMENT, "A1", "C1001", "", ERR_CONFLICT);	/* once */
	says(&w, &late, "posted");	/* follows its payment to the customer */
	balances(&w, "Assets:PayPal USD 1122\nExpenses:Fees:PayPal USD 78\nIncome:FeesRecharged USD -78\n"
	    "Liabilities:Customers:C1002 USD -1122\n");
	says(&w, &orphan, "waiting unknown-parent");
	allocate(&w, MOVE_REFUND, "R9", "", "Income:Other", ERR_NONE);
	says(&w, &orphan, "duplicate");
	balances(&w, "Assets:PayPal USD 422\nExpenses:Fees:PayPal USD 78\nIncome:FeesRecharged USD -78\n"
	    "Income:Other USD 700\nLiabilities:Customers:C1002 USD -1122\n");
	world_free(&w);
}

/* Refunded in full before anybody said whose it was: nothing is left to move. */
static void
allocate_nothing(void **state)
{
	struct world w = { 0 };
	struct fact p = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 2000, 0);
	struct fact r = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -2000, 0);

	(void)state;
	memcpy(p.payer_email, "nobody@example.net", 19);
	says(&w, &p, "posted payer-unknown");
	says(&w, &r, "posted");
	allocate(&w, MOVE_PAYMENT, "A1", "C1001", "", ERR_NONE);
	balances(&w, "");
	assert_int_equal(world_find(&w, MOVE_PAYMENT, "A1")->unallocated, 0);
	world_free(&w);
}

/* What no rule named stands in Assets:Suspense until somebody says what it was. */
static void
suspense(void **state)
{
	static const char to[] = "Assets:Suspense:PayPal";
	struct world w = { .desk = 1 };
	struct fact odd = world_fact(MOVE_OTHER, FACT_COMPLETED, "O1", "A1", -15, 0);
	struct fact p = world_fact(MOVE_PAYMENT, FACT_COMPLETED, "A1", "", 2000, 98);
	struct fact r = world_fact(MOVE_REFUND, FACT_COMPLETED, "R1", "A1", -500, 0);
	struct fact ruled = world_fact(MOVE_REFUND, FACT_COMPLETED, "R2", "A2", -70, 0);

	(void)state;
	memcpy(p.account, to, sizeof(to));
	memcpy(ruled.account, to, sizeof(to));
	says(&w, &odd, "posted");
	says(&w, &p, "posted");
	says(&w, &r, "posted");
	says(&w, &ruled, "posted");
	balances(&w, "Assets:PayPal USD 1317\nAssets:Suspense:PayPal USD -1415\nExpenses:Fees:PayPal USD 98\n");
	assert_true(payment_in_suspense(world_find(&w, MOVE_OTHER, "O1")));
	allocate(&w, MOVE_OTHER, "O1", "", to, ERR_CONFLICT);		/* there already */
	allocate(&w, MOVE_OTHER, "O1", "", "Expenses:Corrections", ERR_NONE);
	allocate(&w, MOVE_OTHER, "O1", "", "Income:Other", ERR_CONFLICT);	/* once */
	allocate(&w, MOVE_REFUND, "R1", "C1002", "", ERR_CONFLICT);	/* goes with its payment */
	allocate(&w, MOVE_REFUND, "R2", "", "Income:Other", ERR_NONE);	/* a rule sent it there alone */
	allocate(&w, MOVE_PAYMENT, "A1", "C1002", "", ERR_NONE);
	balances(&w, "Assets:PayPal USD 1317\nExpenses:Corrections USD 15\nExpenses:Fees:PayPal USD 98\n"
	    "Income:Other USD 70\nLiabilities:Customers:C1002 USD -1500\n");
	assert_false(payment_in_suspense(world_find(&w, MOVE_PAYMENT, "A1")));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transitions), cmocka_unit_test(whose), cmocka_unit_test(conflicts),
		cmocka_unit_test(late_fee), cmocka_unit_test(conversion), cmocka_unit_test(dispute),
		cmocka_unit_test(any_order), cmocka_unit_test(any_facts), cmocka_unit_test(allocations),
		cmocka_unit_test(allocate_nothing), cmocka_unit_test(suspense), cmocka_unit_test(alone),
	};

	return cmocka_run_group_tests_name("payment", tests, NULL, NULL);
}
