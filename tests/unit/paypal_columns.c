/*
 * paypal_columns -- headings, types and statuses of the download in its languages and spellings.
 */
#include "unit.h"

#include "report/paypal_columns.h"

static void
headings(void **state)
{
	static const struct { const char *s; int col; enum paypal_language lang; } v[] = {
		{ "Date", COL_DATE, LANG_NONE }, { "TimeZone", COL_ZONE, LANG_EN }, { "Time Zone", COL_ZONE, LANG_EN },
		{ "time zone", COL_ZONE, LANG_EN }, { "Gross", COL_GROSS, LANG_EN }, { "Net", COL_NET, LANG_NONE },
		{ "From Email Address", COL_FROM, LANG_EN }, { "Transaction ID", COL_ID, LANG_EN },
		{ "Reference Txn ID", COL_REFERENCE, LANG_EN }, { "Balance Impact", COL_IMPACT, LANG_EN },
		{ "Datum", COL_DATE, LANG_DE }, { "W\xc3\xa4hrung", COL_CURRENCY, LANG_DE },
		{ "W\xc3\x84HRUNG", COL_CURRENCY, LANG_DE }, { "Absender E-Mail-Adresse", COL_FROM, LANG_DE },
		{ "Zugeh\xc3\xb6riger Transaktionscode", COL_REFERENCE, LANG_DE },
		{ "Auswirkung auf Guthaben", COL_IMPACT, LANG_DE }, { "Zona horaria", COL_ZONE, LANG_ES },
		{ "Id. de transacci\xc3\xb3n", COL_ID, LANG_ES }, { "Fuso orario", COL_ZONE, LANG_IT },
		{ "Codice transazione", COL_ID, LANG_IT }, { "Fuseau horaire", COL_ZONE, LANG_FR },
		{ "Avant commission", COL_GROSS, LANG_FR }, { "De l'adresse email", COL_FROM, LANG_FR },
		{ "Name\xc2\xa0", COL_NAME, LANG_NONE },
		{ "", -1, LANG_NONE }, { "Grosss", -1, LANG_NONE }, { "Item Title", -1, LANG_NONE },
		{ "\xc3", -1, LANG_NONE },
	};
	enum paypal_language lang;
	char longest[1000];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		if (paypal_column(v[i].s, NULL, &lang) != v[i].col || lang != v[i].lang)
			fail_msg("%s: %d, %d", v[i].s, paypal_column(v[i].s, NULL, &lang), (int)lang);
	for (i = 0; i < COLUMNS; i++)	/* as we write them ourselves */
		assert_int_equal(paypal_column(paypal_column_name[i], NULL, &lang), i);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(paypal_column(longest, NULL, &lang), -1);
}

/* What a site's settings call a word goes before what we know. */
static void
aliases(void **state)
{
	static const struct report_alias columns[] = { { "Bakiye", "Balance" }, { "Net", "Gross" },
	    { "Odd", "no such column" } };
	static const struct report_alias types[] = { { "Hediye", "payment" }, { "Refund", "withdrawal" },
	    { "Garip", "nonsense" }, { "Not", "memo" } };
	const struct report_options o = { .columns = columns, .ncolumns = 3, .types = types, .ntypes = 4 };
	enum paypal_language lang;

	(void)state;
	assert_int_equal(paypal_column("BAKIYE", &o, &lang), COL_BALANCE);
	assert_int_equal(lang, LANG_NONE);
	assert_int_equal(paypal_column("Net", &o, &lang), COL_GROSS);
	assert_int_equal(paypal_column("Odd", &o, &lang), -1);
	assert_int_equal(paypal_row_type("hediye", &o).in, MOVE_PAYMENT);
	assert_int_equal(paypal_row_type("Refund", &o).out, MOVE_WITHDRAWAL);
	assert_int_equal(paypal_row_type("Garip", &o).known, 0);
	assert_int_equal(paypal_row_type("Not", &o).memo, 1);
	assert_int_equal(paypal_row_type("Payment Refund", &o).out, MOVE_REFUND);
}

static void
types(void **state)
{
	static const struct { const char *s; enum movement in, out; int memo, known; } v[] = {
		{ "Express Checkout Payment", MOVE_PAYMENT, MOVE_OTHER, 0, 1 },
		{ "Website Payment", MOVE_PAYMENT, MOVE_OTHER, 0, 1 },
		{ "Mass Pay Payment", MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 },
		{ "Payment Refund", MOVE_OTHER, MOVE_REFUND, 0, 1 },
		{ "Payment Reversal", MOVE_OTHER, MOVE_REVERSAL, 0, 1 },
		{ "Chargeback Reversal", MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 0, 1 },
		{ "Chargeback Fee", MOVE_FEE, MOVE_FEE, 0, 1 },
		{ "General Currency Conversion", MOVE_CONVERSION, MOVE_CONVERSION, 0, 1 },
		{ "General Withdrawal - Bank Account", MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 0, 1 },
		{ "Payment Review Hold", MOVE_RELEASE, MOVE_HOLD, 0, 1 },
		{ "General Authorization", MOVE_OTHER, MOVE_OTHER, 1, 1 },
		{ "Website-Zahlung", MOVE_PAYMENT, MOVE_OTHER, 0, 1 },
		{ "R\xc3\xbc" "ckzahlung", MOVE_OTHER, MOVE_REFUND, 0, 1 },
		{ "General Bonus", MOVE_OTHER, MOVE_OTHER, 0, 1 }, { "", MOVE_OTHER, MOVE_OTHER, 0, 0 },
		{ "Gift", MOVE_OTHER, MOVE_OTHER, 0, 0 },
	};
	const struct report_options none = { .ncolumns = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		struct paypal_row_type t = paypal_row_type(v[i].s, &none);

		if (t.in != v[i].in || t.out != v[i].out || t.memo != v[i].memo || t.known != v[i].known)
			fail_msg("%s: %d %d %d %d", v[i].s, (int)t.in, (int)t.out, t.memo, t.known);
	}
}

static void
statuses(void **state)
{
	static const struct { const char *s; int known; enum fact_status st; int moves; } v[] = {
		{ "Completed", 1, FACT_COMPLETED, 1 }, { "Partially Refunded", 1, FACT_COMPLETED, 1 },
		{ "Unclaimed", 1, FACT_UNCLAIMED, 1 }, { "Pending", 1, FACT_PENDING, 0 },
		{ "Denied", 1, FACT_DENIED, 0 }, { "Canceled", 1, FACT_VOIDED, 0 },
		{ "Cancelled", 1, FACT_VOIDED, 0 }, { "Abgeschlossen", 1, FACT_COMPLETED, 1 },
		{ "Termin\xc3\xa9", 1, FACT_COMPLETED, 1 }, { "Completado", 1, FACT_COMPLETED, 1 },
		{ "In sospeso", 1, FACT_PENDING, 0 }, { "", 0, FACT_BLOCKED, 7 }, { "Odd", 0, FACT_BLOCKED, 7 },
	};
	static const struct { const char *s; int want; } impacts[] = {
		{ "Credit", 1 }, { "DEBIT", 1 }, { "Memo", 0 }, { "Haben", 1 }, { "Soll", 1 },
		{ "Cr\xc3\xa9" "dito", 1 }, { "", -1 }, { "x", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		enum fact_status st = FACT_BLOCKED;
		int moves = 7;

		assert_int_equal(paypal_row_status(v[i].s, &st, &moves), v[i].known);
		assert_int_equal(st, v[i].st);
		assert_int_equal(moves, v[i].moves);
	}
	for (i = 0; i < COUNT(impacts); i++)
		assert_int_equal(paypal_impact(impacts[i].s), impacts[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings), cmocka_unit_test(aliases), cmocka_unit_test(types),
		cmocka_unit_test(statuses),
	};

	return cmocka_run_group_tests_name("paypal_columns", tests, NULL, NULL);
}
