/*
 * paypal_words -- see paypal_words.h.
 */
#include <string.h>

#include "provider/paypal_words.h"

/* Lower case, without '-' and '_': PayPal spells Canceled_Reversal in three ways. */
static int
plain(char out[64], const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		char c = s[i];

		if (c == '-' || c == '_')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (n == 63 || c == '\0')
			return 0;
		out[n++] = c;
	}
	out[n] = '\0';
	return 1;
}

static const struct { const char *name; enum paypal_type type; } types[] = {
	{ "webaccept", TYPE_MONEY }, { "cart", TYPE_MONEY }, { "expresscheckout", TYPE_MONEY },
	{ "sendmoney", TYPE_MONEY }, { "virtualterminal", TYPE_MONEY }, { "prohosted", TYPE_MONEY },
	{ "proapi", TYPE_MONEY }, { "paypalhere", TYPE_MONEY }, { "merchpmt", TYPE_MONEY },
	{ "subscrpayment", TYPE_MONEY }, { "recurringpayment", TYPE_MONEY },
	{ "recurringpaymentoutstandingpayment", TYPE_MONEY }, { "invoicepayment", TYPE_MONEY },
	{ "integralevolution", TYPE_MONEY },
	{ "subscrsignup", TYPE_NOTE }, { "subscrmodify", TYPE_NOTE }, { "subscrcancel", TYPE_NOTE },
	{ "subscreot", TYPE_NOTE }, { "subscrfailed", TYPE_NOTE },
	{ "recurringpaymentprofilecreated", TYPE_NOTE }, { "recurringpaymentprofilecancel", TYPE_NOTE },
	{ "recurringpaymentexpired", TYPE_NOTE }, { "recurringpaymentfailed", TYPE_NOTE },
	{ "recurringpaymentskipped", TYPE_NOTE }, { "recurringpaymentsuspended", TYPE_NOTE },
	{ "recurringpaymentsuspendedduetomaxfailedpayment", TYPE_NOTE },
	{ "recurringpaymentoutstandingpaymentfailed", TYPE_NOTE },
	{ "mpsignup", TYPE_NOTE }, { "mpcancel", TYPE_NOTE }, { "mpnotification", TYPE_NOTE },
	{ "masspay", TYPE_MASSPAY }, { "payout", TYPE_MASSPAY },
	{ "newcase", TYPE_CASE }, { "adjustment", TYPE_ADJUSTMENT },
};

enum paypal_type
paypal_type(const char *s, size_t len)
{
	char name[64];
	size_t i;

	if (len == 0)
		return TYPE_NONE;
	if (plain(name, s, len))
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (strcmp(types[i].name, name) == 0)
				return types[i].type;
	return TYPE_UNKNOWN;
}

static const struct paypal_status statuses[] = {
	{ "completed", MOVE_PAYMENT, FACT_COMPLETED, 1 },
	{ "completedfundsheld", MOVE_PAYMENT, FACT_COMPLETED, 1 },
	{ "pending", MOVE_PAYMENT, FACT_PENDING, 1 }, { "created", MOVE_PAYMENT, FACT_PENDING, 1 },
	{ "inprogress", MOVE_PAYMENT, FACT_PENDING, 1 }, { "processed", MOVE_PAYMENT, FACT_PENDING, 1 },
	{ "denied", MOVE_PAYMENT, FACT_DENIED, 1 }, { "failed", MOVE_PAYMENT, FACT_FAILED, 1 },
	{ "expired", MOVE_PAYMENT, FACT_EXPIRED, 1 }, { "voided", MOVE_PAYMENT, FACT_VOIDED, 1 },
	{ "refunded", MOVE_REFUND, FACT_COMPLETED, -1 },
	{ "partiallyrefunded", MOVE_REFUND, FACT_COMPLETED, -1 },
	{ "reversed", MOVE_REVERSAL, FACT_COMPLETED, -1 },
	{ "canceledreversal", MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, 1 },
	{ "cancelledreversal", MOVE_REVERSAL_CANCELLED, FACT_COMPLETED, 1 },
};

const struct paypal_status *
paypal_status(const char *s, size_t len)
{
	char name[64];
	size_t i;

	if (plain(name, s, len))
		for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
			if (strcmp(statuses[i].name, name) == 0)
				return &statuses[i];
	return NULL;
}

int
paypal_item_status(const char *s, size_t len)
{
	static const struct { const char *name; enum fact_status status; } items[] = {
		{ "completed", FACT_COMPLETED }, { "success", FACT_COMPLETED },
		{ "unclaimed", FACT_UNCLAIMED }, { "pending", FACT_PENDING },
		{ "processed", FACT_PENDING }, { "onhold", FACT_PENDING },
		{ "returned", FACT_RETURNED }, { "refunded", FACT_RETURNED },
		{ "reversed", FACT_REVERSED }, { "blocked", FACT_BLOCKED },
		{ "failed", FACT_FAILED }, { "denied", FACT_DENIED },
	};
	char name[64];
	size_t i;

	if (plain(name, s, len))
		for (i = 0; i < sizeof(items) / sizeof(items[0]); i++)
			if (strcmp(items[i].name, name) == 0)
				return (int)items[i].status;
	return -1;
}
