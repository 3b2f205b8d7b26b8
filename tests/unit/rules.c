/*
 * rules -- patterns, which rule wins, homes of every movement, and faults with their lines.
 */
#include "unit.h"

#include "payment.h"
#include "report/paypal_codes.h"
#include "rules.h"

static void
patterns(void **state)
{
	static const struct { const char *pattern, *s; int want; } v[] = {
		{ "*", "", 1 }, { "*", "anything", 1 }, { "", "", 1 }, { "", "x", 0 }, { "abc", "ABC", 1 },
		{ "abc", "abcd", 0 }, { "a*c", "abbbc", 1 }, { "a*c", "ac", 1 }, { "a*c", "acb", 0 },
		{ "*@example.org", "bob@EXAMPLE.org", 1 }, { "*@example.org", "bob@example.org.evil", 0 },
		{ "General*", "General Withdrawal", 1 }, { "*a*b*", "xxaxxbxx", 1 }, { "*a*b*", "xxbxxaxx", 0 },
		{ "**", "x", 1 }, { "a**b", "ab", 1 }, { "*aaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		if (rules_fit(v[i].pattern, v[i].s) != v[i].want)
			fail_msg("%s, %s", v[i].pattern, v[i].s);
}


static struct rules *
load(const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct rules *r = NULL;
	struct error e;

	assert_non_null(j);
	assert_works(rules_load(&r, j, "daybook.json: rules", "PayPal", &e));
	json_decref(j);
	return r;
}

static void
homes(void **state)
{
	static const struct { enum movement move; const char *home, *want; } v[] = {
		{ MOVE_PAYMENT, "", "" }, { MOVE_REFUND, "", "" }, { MOVE_REVERSAL, "", "" },
		{ MOVE_REVERSAL_CANCELLED, "", "" }, { MOVE_ADJUSTMENT, "", "" }, { MOVE_PAYOUT, "", "" },
		{ MOVE_PAYOUT_RETURN, "", "" }, { MOVE_FEE, "", "Expenses:Fees:PayPal" },
		{ MOVE_HOLD, "", "Assets:Reserved:PayPal" }, { MOVE_RELEASE, "", "Assets:Reserved:PayPal" },
		{ MOVE_WITHDRAWAL, "", "Assets:Bank" }, { MOVE_CONVERSION, "", "Equity:Conversion" },
		{ MOVE_OTHER, "", "Assets:Suspense:PayPal" }, { MOVE_OTHER, "Income:Other", "Income:Other" },
		{ MOVE_FEE, "Income:Other", "Expenses:Fees:PayPal" },
	};
	struct rules_hit hit;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		struct rules_row row = { v[i].move, "", "", "", "", "", "", v[i].home };

		rules_account(NULL, "PayPal", &row, &hit);
		assert_string_equal(hit.account, v[i].want);
		assert_int_equal(hit.rule, 0);
	}
}

/* With the codes of providers/paypal.md 5.6: whichever way the money goes, it is booked somewhere. */
static void
every_code_has_a_home(void **state)
{
	const struct paypal_code *c;
	struct rules_hit hit;
	size_t i, suspense = 0;
	int way;

	(void)state;
	for (i = 0; (c = paypal_code_at(i)) != NULL; i++)
		for (way = 0; way < 2; way++) {
			const char *home = paypal_home(c, way ? 100 : -100);
			struct rules_row row = { way ? c->in : c->out, c->name, c->code, "", "", "", "",
			    home == NULL ? "" : home };

			if (!c->moves)
				continue;
			rules_account(NULL, "PayPal", &row, &hit);
			if (hit.account[0] == '\0')
				assert_true(row.move < MOVE_CONVERSION);	/* its owner's, or a payout */
			else if (!payment_account_valid(hit.account))
				fail_msg("%s: %s", c->code, hit.account);
			suspense += strcmp(hit.account, "Assets:Suspense:PayPal") == 0;
			if (strcmp(c->category, "bonus") == 0)
				assert_string_equal(hit.account, way ? "Income:Other" : "Assets:Suspense:PayPal");
		}
	assert_true(suspense > 0);
}

static void
first_that_fits(void **state)
{
	struct rules *r = load("["
	    "{\"type\":\"General Bonus\",\"account\":\"Income:Other\"},"
	    "{\"code\":\"T0400\",\"subject\":\"*second account*\",\"account\":\"Assets:Bank:Second\",\"note\":\"n\"},"
	    "{\"code\":\"T04*\",\"account\":\"Assets:Bank:Main\"},"
	    "{\"type\":\"*Payment\",\"account\":\"Expenses:Purchases\"},"
	    "{\"counterparty\":\"*@supplier.example\",\"account\":\"Expenses:Supplies\"},"
	    "{\"subject\":\"Donation*\",\"account\":\"Income:Donations\"},"
	    "{\"counterparty\":\"Acme*\",\"type\":\"*\",\"account\":\"Income:Affiliates\"}]");
	static const struct { struct rules_row row; size_t rule; const char *account; } v[] = {
		{ { MOVE_OTHER, "general bonus", "", "", "", "", "", "" }, 1, "Income:Other" },
		{ { MOVE_WITHDRAWAL, "", "T0400", "", "", "to Second Account 7", "", "" }, 2, "Assets:Bank:Second" },
		{ { MOVE_WITHDRAWAL, "", "T0401", "", "", "", "", "" }, 3, "Assets:Bank:Main" },
		{ { MOVE_WITHDRAWAL, "", "", "", "", "", "", "" }, 0, "Assets:Bank" },
		{ { MOVE_OTHER, "Website Payment", "", "", "", "", "", "" }, 4, "Expenses:Purchases" },
		/* a customer's money: by type alone it stays his */
		{ { MOVE_PAYMENT, "Website Payment", "", "a@b.example", "", "", "", "" }, 0, "" },
		{ { MOVE_PAYMENT, "Website Payment", "", "x@supplier.example", "", "", "", "" }, 5, "Expenses:Supplies" },
		{ { MOVE_PAYMENT, "Website Payment", "", "a@b.example", "", "Donation for us", "", "" }, 6,
		    "Income:Donations" },
		{ { MOVE_PAYMENT, "", "", "pay@acme.example", "ACME Affiliates", "", "", "" }, 7, "Income:Affiliates" },
		{ { MOVE_PAYOUT, "Mass Payment", "", "x@supplier.example", "", "", "", "" }, 0, "" },
		{ { MOVE_CONVERSION, "", "T0400", "", "", "", "", "" }, 0, "Equity:Conversion" },
	};
	struct rules_hit hit;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		rules_account(r, "PayPal", &v[i].row, &hit);
		if (hit.rule != v[i].rule || strcmp(hit.account, v[i].account) != 0)
			fail_msg("row %zu: rule %zu, %s", i, hit.rule, hit.account);
	}
	rules_account(r, "PayPal", &v[1].row, &hit);
	assert_string_equal(hit.note, "n");
	rules_free(r);
}

struct fault {
	size_t	n, rule[16];
	char	member[16][40], text[16][120];
};

static int
take(void *arg, size_t rule, const char *member, const char *text, struct error *e)
{
	struct fault *f = arg;

	(void)e;
	assert_true(f->n < 16);
	f->rule[f->n] = rule;
	(void)snprintf(f->member[f->n], 40, "%s", member);
	(void)snprintf(f->text[f->n++], 120, "%s", text);
	return 0;
}

static void
all_faults_with_their_lines(void **state)
{
	static const char text[] = "[\n"
	    "  {\"type\": \"a\", \"account\": \"Income:Other\"},\n"	/* 2 */
	    "  {\"type\": 1,\n"
	    "   \"note\": \"[{ \\\" account\",\n"				/* 4 */
	    "   \"acount\"\n"
	    "   : \"Income:Other\"},\n"					/* 6 */
	    "  7,\n"
	    "  {\"account\": \"Incomes\"}, {\"account\":\n"			/* 8 */
	    "   \"Assets:PayPal\"}\n"
	    ",\n"
	    "  {\"account\": \"Income:Other\", \"code\": \"a\\u0000b\"}]";	/* 11 */
	static const struct { size_t rule, line; const char *member, *text; } want[] = {
		{ 2, 3, "type", "a text" }, { 2, 6, "acount", "no such member" },
		{ 2, 3, "account", "is missing" }, { 3, 7, "", "an object" }, { 4, 8, "account", "\"Incomes\" is no" },
		{ 5, 8, "account", "nothing goes to Assets:PayPal" }, { 6, 11, "code", "a text" },
	};
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	struct fault f = { .n = 0 };
	struct rules *r = NULL;
	struct error e;
	size_t i;

	(void)state;
	assert_non_null(j);
	assert_works(rules_check(j, "PayPal", take, &f, &e));
	assert_int_equal(f.n, COUNT(want));
	for (i = 0; i < COUNT(want); i++) {
		size_t line = rules_line(text, strlen(text), f.rule[i], f.member[i]);

		if (f.rule[i] != want[i].rule || line != want[i].line || strcmp(f.member[i], want[i].member) != 0 ||
		    strstr(f.text[i], want[i].text) == NULL)
			fail_msg("fault %zu: rule %zu line %zu %s: %s", i, f.rule[i], line, f.member[i], f.text[i]);
	}
	assert_fails(rules_load(&r, j, "rules.json", "PayPal", &e), ERR_CONFIG, "rules.json: rule 2: type: a text");
	json_decref(j);
	j = json_object();
	assert_fails(rules_load(&r, j, "rules.json", NULL, &e), ERR_CONFIG, "rules.json: an array");
	json_decref(j);
	assert_null(r);
	assert_works(rules_load(&r, NULL, "rules.json", NULL, &e));
	rules_free(r);
	rules_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(patterns), cmocka_unit_test(homes), cmocka_unit_test(every_code_has_a_home),
		cmocka_unit_test(first_that_fits), cmocka_unit_test(all_faults_with_their_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
