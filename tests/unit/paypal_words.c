/*
 * paypal_words -- PayPal's words in every spelling it uses, and none that only look like them.
 */
#include "unit.h"

#include "provider/paypal_words.h"

static void
types(void **state)
{
	static const struct { const char *s; enum paypal_type want; } v[] = {
		{ "", TYPE_NONE }, { "web_accept", TYPE_MONEY }, { "WEB_ACCEPT", TYPE_MONEY },
		{ "web-accept", TYPE_MONEY }, { "cart", TYPE_MONEY }, { "express_checkout", TYPE_MONEY },
		{ "send_money", TYPE_MONEY }, { "virtual_terminal", TYPE_MONEY }, { "pro_hosted", TYPE_MONEY },
		{ "subscr_payment", TYPE_MONEY }, { "recurring_payment", TYPE_MONEY }, { "merch_pmt", TYPE_MONEY },
		{ "invoice_payment", TYPE_MONEY }, { "subscr_signup", TYPE_NOTE }, { "subscr_failed", TYPE_NOTE },
		{ "recurring_payment_skipped", TYPE_NOTE }, { "mp_cancel", TYPE_NOTE }, { "masspay", TYPE_MASSPAY },
		{ "new_case", TYPE_CASE }, { "adjustment", TYPE_ADJUSTMENT }, { "gift", TYPE_UNKNOWN },
		{ "masspayx", TYPE_UNKNOWN }, { "mass pay", TYPE_UNKNOWN }, { "_", TYPE_UNKNOWN },
		{ "web_accept ", TYPE_UNKNOWN },
		{ "recurring_payment_suspended_due_to_max_failed_payment", TYPE_NOTE },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", TYPE_UNKNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		if (paypal_type(v[i].s, strlen(v[i].s)) != v[i].want)
			fail_msg("%s: %d", v[i].s, (int)paypal_type(v[i].s, strlen(v[i].s)));
	assert_int_equal(paypal_type("cart\0", 5), TYPE_UNKNOWN);
}

static void
statuses(void **state)
{
	static const struct { const char *s; enum movement move; enum fact_status st; int sign; } v[] = {
		{ "Completed", MOVE_PAYMENT, FACT_COMPLETED, 1 }, { "COMPLETED", MOVE_PAYMENT, FACT_COMPLETED, 1 },
		{ "Completed-Funds-Held", MOVE_PAYMENT, FACT_COMPLETED, 1 },
		{ "Pending", MOVE_PAYMENT, FACT_PENDING, 1 }, { "Created", MOVE_PAYMENT, FACT_PENDING, 1 },
		{ "In-Progress", MOVE_PAYMENT, FACT_PENDING, 1 }, { "In_Progress", MOVE_PAYMENT, FACT_PENDING, 1 },
		{ "Processed", MOVE_PAYMENT, FACT_PENDING, 1 }, { "Denied", MOVE_PAYMENT, FACT_DENIED, 1 },
		{ "Failed", MOVE_PAYMENT, FACT_FAILED, 1 }, { "Expired", MOVE_PAYMENT, FACT_EXPIRED, 1 },
		{ "Voided", MOVE_PAYMENT, FACT_VOIDED, 1 }, { "Refunded", MOVE_REFUND, FACT_COMPLETED, -1 },
		{ "Partially_Refunded", MOVE_REFUND, FACT_COMPLETED, -1 },
		{ "Partially-Refunded", MOVE_REFUND, FACT_COMPLETED, -1 },
		{ "Reversed", MOVE_REVERSAL, FACT_COMPLETED, -1 },
		{ "Canceled_Reversal", MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, 1 },
		{ "Canceled-Reversal", MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, 1 },
		{ "Cancelled_Reversal", MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, 1 },
	};
	static const char *const none[] = { "", "None", "Instant", "Complete", "Completed ", "Refund", "-", "OK" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		const struct paypal_status *s = paypal_status(v[i].s, strlen(v[i].s));

		assert_non_null(s);
		assert_int_equal(s->move, v[i].move);
		assert_int_equal(s->status, v[i].st);
		assert_int_equal(s->sign, v[i].sign);
	}
	for (i = 0; i < COUNT(none); i++)
		assert_null(paypal_status(none[i], strlen(none[i])));
	assert_null(paypal_status("Completed\0", 10));
}

static void
items(void **state)
{
	static const struct { const char *s; int want; } v[] = {
		{ "Completed", FACT_COMPLETED }, { "Unclaimed", FACT_UNCLAIMED }, { "Pending", FACT_PENDING },
		{ "Returned", FACT_RETURNED }, { "Reversed", FACT_REVERSED }, { "Blocked", FACT_BLOCKED },
		{ "Failed", FACT_FAILED }, { "Denied", FACT_DENIED }, { "unclaimed", FACT_UNCLAIMED },
		{ "", -1 }, { "Lost", -1 }, { "Completed1", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		assert_int_equal(paypal_item_status(v[i].s, strlen(v[i].s)), v[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types), cmocka_unit_test(statuses), cmocka_unit_test(items),
	};

	return cmocka_run_group_tests_name("paypal_words", tests, NULL, NULL);
}
