/*
 * money -- amounts: which currencies, what is an amount and what not, and nothing lost on the way.
 */
#include "unit.h"

#include "money.h"

static const char zero[] = "BIF CLP DJF GNF HUF ISK JPY KMF KRW PYG RWF TWD UGX VND VUV XAF XOF XPF ";
static const char three[] = "BHD IQD JOD KWD LYD OMR TND ";
/* PayPal's own (paypal.md 2.3) */
static const char paypal[] = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR JPY MXN MYR NOK NZD "
    "PHP PLN RUB SEK SGD THB TRY TWD USD ARS ";

static int
in(const char *list, const char *ccy)
{
	const char *p = strstr(list, ccy);

	return p != NULL && (p - list) % 4 == 0;
}

static void
currencies(void **state)
{
	static const char *const none[] = { "", "US", "USDX", "usd", "Usd", "US ", "U$D", "XXX", "XTS",
	    "XAU", "ABC", "\xc3\x84" "A", "   ", "UTC" };
	char ccy[4] = "AAA";
	size_t i, n[4] = { 0 };

	(void)state;
	for (i = 0; i < 26 * 26 * 26; i++) {
		ccy[0] = (char)('A' + i / 676);
		ccy[1] = (char)('A' + i / 26 % 26);
		ccy[2] = (char)('A' + i % 26);
		if (!money_currency_known(ccy, 3)) {
			assert_false(in(paypal, ccy));
			continue;
		}
		assert_int_equal(money_decimals(ccy), in(zero, ccy) ? 0 : in(three, ccy) ? 3 : 2);
		n[money_decimals(ccy)]++;
	}
	assert_int_equal(n[0], (sizeof(zero) - 1) / 4);
	assert_int_equal(n[3], (sizeof(three) - 1) / 4);
	for (i = 0; i < COUNT(none); i++)
		assert_false(money_currency_known(none[i], strlen(none[i])));
	assert_false(money_currency_known("US\0", 3));
}

static void
parse(void **state)
{
	static const struct { const char *s, *ccy; int64_t want; } good[] = {
		{ "0", "USD", 0 }, { "-0", "USD", 0 }, { "0.00", "USD", 0 }, { "5", "USD", 500 },
		{ "5.4", "USD", 540 }, { "19.99", "USD", 1999 }, { "0.57", "USD", 57 },
		{ "-32.98", "USD", -3298 }, { "0019.90", "EUR", 1990 }, { "1.230", "EUR", 123 },
		{ "150", "JPY", 150 }, { "100.00", "JPY", 100 }, { "100.000", "HUF", 100 },
		{ "-7", "TWD", -7 }, { "1.234", "KWD", 1234 }, { "1.2", "BHD", 1200 }, { "1", "TND", 1000 },
		{ "999999999999", "JPY", INT64_C(999999999999) },
		{ "999999999999.99", "USD", INT64_C(99999999999999) },
		{ "-999999999999.999", "OMR", INT64_C(-999999999999999) },
	};
	static const struct { const char *s, *ccy; } bad[] = {
		{ "", "USD" }, { "-", "USD" }, { ".", "USD" }, { "-.", "USD" }, { ".5", "USD" },
		{ "5.", "USD" }, { "5.-", "USD" }, { "--5", "USD" }, { "+5", "USD" }, { " 5", "USD" },
		{ "5 ", "USD" }, { "1e2", "USD" }, { "0x10", "USD" }, { "1,000.00", "USD" },
		{ "1.000.00", "USD" }, { "NaN", "USD" }, { "inf", "USD" }, { "$5", "USD" }, { "5.001", "USD" },
		{ "5.0000", "USD" }, { "100.50", "JPY" }, { "0.1", "HUF" }, { "1.2345", "KWD" },
		{ "1000000000000", "USD" }, { "9223372036854775808", "JPY" }, { "5\n", "USD" },
		{ "\xd9\xa5", "USD" }, { "5-", "USD" }, { "(5)", "USD" },
	};
	struct error e;
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_works(money_parse(good[i].s, strlen(good[i].s), good[i].ccy, &v, &e));
		assert_int_equal(v, good[i].want);
	}
	for (i = 0; i < COUNT(bad); i++) {
		v = 4711;
		assert_fails(money_parse(bad[i].s, strlen(bad[i].s), bad[i].ccy, &v, &e), ERR_INPUT, "amount");
		assert_int_equal(v, 4711);
	}
	/* the length rules, not a NUL */
	assert_fails(money_parse("5\0", 2, "USD", &v, &e), ERR_INPUT, "amount");
	assert_works(money_parse("5.99", 3, "USD", &v, &e));
	assert_int_equal(v, 590);
	assert_fails(money_parse("0.1", 3, "JPY", &v, &e), ERR_INPUT, "JPY has 0 decimals");
}

static void
parse_local(void **state)
{
	static const struct { const char *s, *ccy; char decimal; int64_t want; } good[] = {
		{ "1,058.09", "EUR", '.', 105809 }, { "1.058,09", "EUR", ',', 105809 },
		{ "1 058,09", "EUR", ',', 105809 }, { "1\xc2\xa0" "058,09", "EUR", ',', 105809 },
		{ "1\xe2\x80\xaf" "058,09", "EUR", ',', 105809 }, { "1'058.09", "CHF", '.', 105809 },
		{ "-1,234,567.89", "USD", '.', -123456789 }, { "-20,00", "EUR", ',', -2000 },
		{ "\xe2\x88\x92" "0,89", "EUR", ',', -89 }, { "  5.00\t", "USD", '.', 500 },
		{ "1,000", "JPY", '.', 1000 }, { "1.000", "KWD", '.', 1000 }, { "1.000", "KWD", ',', 1000000 },
		{ "1234567,5", "EUR", ',', 123456750 }, { "0", "EUR", ',', 0 },
	};
	static const struct { const char *s, *ccy; char decimal; } bad[] = {
		{ "", "USD", '.' }, { "-", "USD", '.' }, { "1,00", "USD", '.' }, { "1,0000", "USD", '.' },
		{ ",100", "USD", '.' }, { "1,,000", "USD", '.' }, { "1000,000", "USD", '.' },
		{ "1,000,", "USD", '.' }, { "1.000.00", "USD", '.' }, { "1,000.", "USD", '.' },
		{ "20,00,", "EUR", ',' }, { "1.05,09", "EUR", ',' }, { "--5", "EUR", ',' },
		{ "+5", "EUR", ',' }, { "5 EUR", "EUR", ',' }, { "...", "EUR", ',' }, { "5,005", "EUR", ',' },
		{ "1 000 000 000 000,00", "EUR", ',' }, { "1\xc2" "000", "EUR", ',' },
		{ "12345678901234567890123456789012345", "EUR", ',' },
	};
	struct error e;
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_works(money_parse_local(good[i].s, strlen(good[i].s), good[i].ccy, good[i].decimal, &v,
		    &e));
		assert_int_equal(v, good[i].want);
	}
	for (i = 0; i < COUNT(bad); i++) {
		v = 4711;
		assert_fails(money_parse_local(bad[i].s, strlen(bad[i].s), bad[i].ccy, bad[i].decimal, &v, &e),
		    ERR_INPUT, "amount");
		assert_int_equal(v, 4711);
	}
}

static void
print(void **state)
{
	static const struct { int64_t minor; const char *ccy, *want; } v[] = {
		{ 0, "USD", "0.00" }, { 5, "USD", "0.05" }, { -5, "USD", "-0.05" }, { 50, "USD", "0.50" },
		{ 1999, "USD", "19.99" }, { -123450, "USD", "-1234.50" }, { 0, "JPY", "0" }, { -7, "JPY", "-7" },
		{ 150, "HUF", "150" }, { 1, "KWD", "0.001" }, { -1234, "KWD", "-1.234" },
		{ INT64_MAX, "USD", "92233720368547758.07" }, { INT64_MIN, "USD", "-92233720368547758.08" },
		{ INT64_MIN, "JPY", "-9223372036854775808" }, { INT64_MIN, "KWD", "-9223372036854775.808" },
	};
	static const char *const ccys[] = { "USD", "JPY", "KWD", "TWD", "EUR" };
	uint64_t seed = 1;
	char out[MONEY_TEXT];
	struct error e;
	int64_t minor, back;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		assert_string_equal(money_print(v[i].minor, v[i].ccy, out), v[i].want);
	for (i = 0; i < 20000; i++) {	/* what is printed is read again as the same */
		const char *ccy = ccys[i % COUNT(ccys)];

		minor = (int64_t)(random_next(&seed) >> random_below(&seed, 40) >> 24);
		minor = i & 1 ? -(minor % INT64_C(999999999999)) : minor % INT64_C(999999999999);
		money_print(minor, ccy, out);
		assert_works(money_parse(out, strlen(out), ccy, &back, &e));
		assert_int_equal(back, minor);
		assert_works(money_parse_local(out, strlen(out), ccy, '.', &back, &e));
		assert_int_equal(back, minor);
	}
}

static void
sums(void **state)
{
	struct error e;
	int64_t sum = INT64_MAX - 1;

	(void)state;
	assert_works(money_add(&sum, 1, &e));
	assert_fails(money_add(&sum, 1, &e), ERR_INPUT, "overflow");
	assert_int_equal(sum, INT64_MAX);
	sum = INT64_MIN + 1;
	assert_works(money_sub(&sum, 1, &e));
	assert_fails(money_sub(&sum, 1, &e), ERR_INPUT, "overflow");
	assert_fails(money_add(&sum, -1, &e), ERR_INPUT, "overflow");
	assert_int_equal(sum, INT64_MIN);
	sum = 0;
	assert_fails(money_sub(&sum, INT64_MIN, &e), ERR_INPUT, "overflow");
	assert_int_equal(sum, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(currencies), cmocka_unit_test(parse), cmocka_unit_test(parse_local),
		cmocka_unit_test(print), cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
