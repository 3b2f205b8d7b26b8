/*
 * paypal_codes -- see paypal_codes.h.
 *
 * Which way money goes is the row's own word (CR, DR); the table says what it then is.  Money in of a
 * code that usually takes out (a reversal in our favour) has no purpose that a code alone tells: it is
 * MOVE_OTHER, and a rule or a person names it.  T9900 moves here; with a void it does not, which only
 * the report's other rows can tell.
 */
#include <stdlib.h>
#include <string.h>

#include "report/paypal_codes.h"
#include "text.h"

static const struct paypal_code codes[] = {		/* in order of codes: searched by halves */
	{ "T0000", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "General Payment" },
	{ "T0001", PAYPAL_PAY, MOVE_PAYMENT, MOVE_PAYOUT, 1, "mass-pay", "Mass Pay Payment" },
	{ "T0002", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Subscription Payment" },
	{ "T0003", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales",
	    "PreApproved Payment Bill User Payment" },
	{ "T0004", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "eBay Auction Payment" },
	{ "T0005", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Direct Credit Card Payment" },
	{ "T0006", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Express Checkout Payment" },
	{ "T0007", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Website Payment" },
	{ "T0008", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "purchase", "Postage Payment" },
	{ "T0009", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Gift Certificate Payment" },
	{ "T0010", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales",
	    "Third Party Auction Payment" },
	{ "T0011", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Mobile Payment" },
	{ "T0012", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Virtual Terminal Payment" },
	{ "T0013", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Donation Payment" },
	{ "T0014", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Rebate Payment" },
	{ "T0015", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "third-party", "Third Party Payout" },
	{ "T0016", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "third-party",
	    "Third Party Recoupment" },
	{ "T0017", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "transfer", "Store-to-Store Transfer" },
	{ "T0018", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "PayPal Here Payment" },
	{ "T0019", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Generic Instrument Payment" },
	{ "T0021", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "sales", "Crypto-related Payment" },
	{ "T0100", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee", "General Fee" },
	{ "T0101", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee",
	    "Website Payments Pro Account Monthly Fee" },
	{ "T0102", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "withdrawal-fee",
	    "Foreign Bank Withdrawal Fee" },
	{ "T0103", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "withdrawal-fee",
	    "WorldLink Check Withdrawal Fee" },
	{ "T0104", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "mass-pay-fee", "Mass Payment Batch Fee" },
	{ "T0105", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "withdrawal-fee", "Check Withdrawal Fee" },
	{ "T0106", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "chargeback-fee", "Chargeback Fee" },
	{ "T0107", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee", "Payment Fee" },
	{ "T0108", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "withdrawal-fee", "ATM Withdrawal Fee" },
	{ "T0109", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "withdrawal-fee", "Auto-sweep Fee" },
	{ "T0110", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "withdrawal-fee",
	    "International Credit Card Withdrawal Fee" },
	{ "T0111", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee", "Warranty Fee" },
	{ "T0112", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee", "Gift Certificate Expiration Fee" },
	{ "T0113", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "partner-fee", "Partner Fee" },
	{ "T0114", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "dispute-fee", "Dispute Fee" },
	{ "T0200", PAYPAL_FX, MOVE_CONVERSION, MOVE_CONVERSION, 1, "conversion",
	    "General Currency Conversion" },
	{ "T0201", PAYPAL_FX, MOVE_CONVERSION, MOVE_CONVERSION, 1, "conversion",
	    "User Initiated Currency Conversion" },
	{ "T0202", PAYPAL_FX, MOVE_CONVERSION, MOVE_CONVERSION, 1, "conversion",
	    "Currency Conversion Required to Cover Negative Balance" },
	{ "T0300", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "Bank Deposit to PP Account" },
	{ "T0301", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "Deposit by Balance Manager" },
	{ "T0302", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "ACH Funding for Recovery" },
	{ "T0303", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "Electronic Funds Transfer Funding" },
	{ "T0400", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "General Withdrawal - Bank Account" },
	{ "T0401", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer", "AutoSweep" },
	{ "T0403", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "User Initiated Withdrawal" },
	{ "T0500", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "card-purchase",
	    "Debit Card Purchase" },
	{ "T0501", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "card-purchase",
	    "Virtual Debit Card Purchase" },
	{ "T0502", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "cash",
	    "PayPal Debit Card Withdrawal to ATM" },
	{ "T0503", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "card-purchase",
	    "Hidden Virtual Debit Card Purchase" },
	{ "T0504", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "cash",
	    "PayPal Debit Card Cash Advance" },
	{ "T0505", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold",
	    "PayPal Debit Card Authorization" },
	{ "T0600", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "card-transfer",
	    "General Credit Card Withdrawal" },
	{ "T0700", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "card-transfer",
	    "General Credit Card Deposit" },
	{ "T0701", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "card-transfer",
	    "Credit Card Deposit for Negative Balance" },
	{ "T0800", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "General Bonus" },
	{ "T0801", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "Debit Card Cash Back" },
	{ "T0802", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "Merchant Referral Bonus" },
	{ "T0803", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "Balance Manager Bonus" },
	{ "T0804", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "Buyer Warranty Bonus" },
	{ "T0805", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "PayPal Protection Bonus" },
	{ "T0806", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "Bonus for First ACH Use" },
	{ "T0807", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus",
	    "Credit Card Security Charge Refund" },
	{ "T0808", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "bonus", "Credit Card Cash Back" },
	{ "T0900", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "incentive",
	    "General Incentive Redemption" },
	{ "T0901", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "incentive",
	    "Gift Certificate Redemption" },
	{ "T0902", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "incentive",
	    "Points Incentive Redemption" },
	{ "T0903", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "incentive", "Coupon Redemption" },
	{ "T0904", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "incentive",
	    "Loyalty Incentive Redemption" },
	{ "T0905", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "incentive",
	    "Offer Used as Funding Source" },
	{ "T1000", PAYPAL_PAY, MOVE_PAYMENT, MOVE_OTHER, 1, "purchase", "Bill Pay Transaction" },
	{ "T1100", PAYPAL_REV, MOVE_OTHER, MOVE_REVERSAL, 1, "reversal", "Payment Reversal" },
	{ "T1101", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "Reversal of ACH Withdrawal" },
	{ "T1102", PAYPAL_REV, MOVE_OTHER, MOVE_OTHER, 1, "reversal",
	    "Reversal of Debit Card Transaction" },
	{ "T1103", PAYPAL_REV, MOVE_OTHER, MOVE_OTHER, 1, "reversal", "Reversal of Points Usage" },
	{ "T1104", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "Reversal of ACH Deposit" },
	{ "T1105", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release",
	    "Reversal of General Account Hold" },
	{ "T1106", PAYPAL_REV, MOVE_OTHER, MOVE_REVERSAL, 1, "reversal",
	    "Payment Reversal, Initiated by PayPal" },
	{ "T1107", PAYPAL_REF, MOVE_OTHER, MOVE_REFUND, 1, "refund", "Payment Refund" },
	{ "T1108", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee-refund", "Fee Reversal" },
	{ "T1109", PAYPAL_FEE, MOVE_FEE, MOVE_FEE, 1, "fee-refund", "Fee Refund" },
	{ "T1110", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold",
	    "Hold on Balance for Dispute Investigation" },
	{ "T1111", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release",
	    "Cancellation of Hold for Dispute Resolution" },
	{ "T1112", PAYPAL_REV, MOVE_OTHER, MOVE_REVERSAL, 1, "reversal", "MAM Reversal" },
	{ "T1113", PAYPAL_REF, MOVE_OTHER, MOVE_OTHER, 1, "refund",
	    "Non Reference Credit Payment" },
	{ "T1114", PAYPAL_REV, MOVE_PAYOUT_RETURN, MOVE_OTHER, 1, "mass-pay-return",
	    "Mass Pay Reversal" },
	{ "T1115", PAYPAL_REF, MOVE_PAYOUT_RETURN, MOVE_OTHER, 1, "mass-pay-return",
	    "Mass Pay Refund" },
	{ "T1116", PAYPAL_REV, MOVE_OTHER, MOVE_REVERSAL, 1, "reversal",
	    "Instant Payment Review Reversal" },
	{ "T1117", PAYPAL_REV, MOVE_OTHER, MOVE_OTHER, 1, "reversal",
	    "Rebate or Cash Back Reversal" },
	{ "T1118", PAYPAL_REV, MOVE_OTHER, MOVE_REVERSAL, 1, "reversal",
	    "Generic Instrument Reversal (Seller)" },
	{ "T1119", PAYPAL_REV, MOVE_OTHER, MOVE_REVERSAL, 1, "reversal",
	    "Generic Instrument Reversal (Buyer)" },
	{ "T1200", PAYPAL_REV, MOVE_OTHER, MOVE_ADJUSTMENT, 1, "adjustment", "General Adjustment" },
	{ "T1201", PAYPAL_REV, MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 1, "chargeback",
	    "Chargeback" },
	{ "T1202", PAYPAL_REV, MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 1, "chargeback",
	    "Chargeback Reversal" },
	{ "T1203", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "adjustment", "Charge-off Adjustment" },
	{ "T1204", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "adjustment", "Incentive Adjustment" },
	{ "T1205", PAYPAL_REV, MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 1, "chargeback",
	    "Reimbursement of Chargeback" },
	{ "T1207", PAYPAL_REV, MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 1, "chargeback",
	    "Chargeback Re-presentment Rejection" },
	{ "T1208", PAYPAL_REV, MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 1, "chargeback",
	    "Chargeback Cancellation" },
	{ "T1300", PAYPAL_MEMO, MOVE_OTHER, MOVE_OTHER, 0, "memo", "General Authorization" },
	{ "T1301", PAYPAL_MEMO, MOVE_OTHER, MOVE_OTHER, 0, "memo", "Reauthorization" },
	{ "T1302", PAYPAL_MEMO, MOVE_OTHER, MOVE_OTHER, 0, "memo", "Void of Authorization" },
	{ "T1400", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "dividend", "Dividend" },
	{ "T1500", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "General Hold" },
	{ "T1501", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold",
	    "Account Hold for Open Authorization" },
	{ "T1502", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold",
	    "Account Hold for ACH Deposit" },
	{ "T1503", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Hold on Available Balance" },
	{ "T1600", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "credit", "Buyer Credit Payment" },
	{ "T1601", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "credit",
	    "Buyer Credit Payment Withdrawal" },
	{ "T1602", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "credit",
	    "Buyer Credit Payment Funding" },
	{ "T1603", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "credit", "Buyer Credit Repayment" },
	{ "T1700", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "General Withdrawal to Non-Bank Entity" },
	{ "T1701", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "bank-transfer",
	    "Deposit from Non-Bank Entity" },
	{ "T1800", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "credit", "Buyer Credit Repayment" },
	{ "T1801", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "credit", "Credit Card Repayment" },
	{ "T1900", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "correction",
	    "General Account Correction" },
	{ "T2000", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "transfer",
	    "General Intra-Account Transfer" },
	{ "T2001", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "transfer",
	    "Settlement Consolidation" },
	{ "T2002", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "transfer",
	    "Transfer of Funds from Payable" },
	{ "T2003", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "transfer",
	    "Transfer to External GL Entity" },
	{ "T2004", PAYPAL_BANK, MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 1, "transfer",
	    "Automatic Transfer" },
	{ "T2101", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "General Hold" },
	{ "T2102", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release",
	    "General Hold Release" },
	{ "T2103", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Reserve Hold" },
	{ "T2104", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release", "Reserve Release" },
	{ "T2105", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Payment Review Hold" },
	{ "T2106", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release",
	    "Payment Review Release" },
	{ "T2107", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Payment Hold" },
	{ "T2108", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release", "Payment Release" },
	{ "T2109", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Gift Certificate Hold" },
	{ "T2110", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release",
	    "Gift Certificate Release" },
	{ "T2111", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Funds Not Yet Available" },
	{ "T2112", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold-release", "Funds Available" },
	{ "T2113", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Blocked Payment" },
	{ "T2201", PAYPAL_HOLD, MOVE_RELEASE, MOVE_HOLD, 1, "hold", "Restricted Balance Transfer" },
	{ "T3000", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "other",
	    "Generic Instrument Transaction" },
	{ "T5000", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "deferred",
	    "Deferred Disbursement, Funds Collected" },
	{ "T5001", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "deferred",
	    "Deferred Disbursement, Funds Disbursed" },
	{ "T9700", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "repayment",
	    "Account Receivable Repayment" },
	{ "T9701", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "repayment",
	    "Account Payable Repayment" },
	{ "T9702", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "repayment",
	    "Non-Payment Related Repayment" },
	{ "T9800", PAYPAL_MEMO, MOVE_OTHER, MOVE_OTHER, 0, "memo", "Display Only Transaction" },
	{ "T9900", PAYPAL_OTHER, MOVE_OTHER, MOVE_OTHER, 1, "other", "Other" },
};

#define CODES	(sizeof(codes) / sizeof(codes[0]))

static int
by_code(const void *key, const void *entry)
{
	return strcmp(key, ((const struct paypal_code *)entry)->code);
}

static const struct paypal_code unknown = { "", PAYPAL_UNKNOWN, MOVE_OTHER, MOVE_OTHER, 1, "unknown", "" };

const struct paypal_code *
paypal_code(const char *code)
{
	const struct paypal_code *c = bsearch(code, codes, CODES, sizeof(codes[0]), by_code);

	return c == NULL ? &unknown : c;
}

const struct paypal_code *
paypal_code_named(const char *name)
{
	size_t i;

	for (i = 0; i < CODES; i++)
		if (text_equal_ci(codes[i].name, strlen(codes[i].name), name, strlen(name)))
			return &codes[i];
	return &unknown;
}

const char *
paypal_home(const struct paypal_code *c, int64_t gross)
{
	return strcmp(c->category, "bonus") == 0 && gross > 0 ? "Income:Other" : NULL;
}

const struct paypal_code *
paypal_code_at(size_t i)
{
	return i < CODES ? &codes[i] : NULL;
}
