/*
 * paypal_columns -- see paypal_columns.h.
 */
#include <string.h>

#include "report/paypal_columns.h"
#include "text.h"

#define WORD_MAX	128

const char *const paypal_column_name[COLUMNS] = {
	"Date", "Time", "Time Zone", "Name", "Type", "Status", "Currency", "Gross", "Fee", "Net",
	"From Email Address", "To Email Address", "Transaction ID", "Reference Txn ID", "Invoice Number",
	"Balance", "Balance Impact", "Subject", "Transaction Event Code",
};

/* Words that two languages share carry LANG_NONE. */
static const struct {
	const char		*word;
	enum paypal_column	 col;
	enum paypal_language	 lang;
} headings[] = {
	{ "date", COL_DATE, LANG_NONE }, { "time", COL_TIME, LANG_EN }, { "timezone", COL_ZONE, LANG_EN },
	{ "name", COL_NAME, LANG_NONE }, { "type", COL_TYPE, LANG_NONE },
	{ "description", COL_TYPE, LANG_NONE }, { "status", COL_STATUS, LANG_NONE },
	{ "currency", COL_CURRENCY, LANG_EN }, { "gross", COL_GROSS, LANG_EN },
	{ "amount", COL_GROSS, LANG_EN }, { "fee", COL_FEE, LANG_EN }, { "net", COL_NET, LANG_NONE },
	{ "fromemailaddress", COL_FROM, LANG_EN }, { "toemailaddress", COL_TO, LANG_EN },
	{ "transactionid", COL_ID, LANG_EN }, { "referencetxnid", COL_REFERENCE, LANG_EN },
	{ "invoicenumber", COL_INVOICE, LANG_EN }, { "invoiceid", COL_INVOICE, LANG_EN },
	{ "balance", COL_BALANCE, LANG_EN }, { "balanceimpact", COL_IMPACT, LANG_EN },
	{ "subject", COL_SUBJECT, LANG_EN }, { "transactioneventcode", COL_CODE, LANG_EN },

	{ "datum", COL_DATE, LANG_DE }, { "uhrzeit", COL_TIME, LANG_DE }, { "zeitzone", COL_ZONE, LANG_DE },
	{ "typ", COL_TYPE, LANG_DE }, { "beschreibung", COL_TYPE, LANG_DE },
	{ "w\303\244hrung", COL_CURRENCY, LANG_DE }, { "brutto", COL_GROSS, LANG_DE },
	{ "geb\303\274hr", COL_FEE, LANG_DE }, { "entgelt", COL_FEE, LANG_DE }, { "netto", COL_NET, LANG_NONE },
	{ "absenderemailadresse", COL_FROM, LANG_DE },
	{ "empf\303\244ngeremailadresse", COL_TO, LANG_DE }, { "transaktionscode", COL_ID, LANG_DE },
	{ "zugeh\303\266rigertransaktionscode", COL_REFERENCE, LANG_DE },
	{ "rechnungsnummer", COL_INVOICE, LANG_DE }, { "guthaben", COL_BALANCE, LANG_DE },
	{ "auswirkungaufguthaben", COL_IMPACT, LANG_DE }, { "betreff", COL_SUBJECT, LANG_DE },

	{ "fecha", COL_DATE, LANG_ES }, { "hora", COL_TIME, LANG_ES }, { "zonahoraria", COL_ZONE, LANG_ES },
	{ "nombre", COL_NAME, LANG_ES }, { "tipo", COL_TYPE, LANG_NONE }, { "estado", COL_STATUS, LANG_ES },
	{ "descripci\303\263n", COL_TYPE, LANG_ES }, { "divisa", COL_CURRENCY, LANG_ES },
	{ "bruto", COL_GROSS, LANG_ES }, { "comisi\303\263n", COL_FEE, LANG_ES },
	{ "tarifa", COL_FEE, LANG_ES }, { "neto", COL_NET, LANG_ES }, { "saldo", COL_BALANCE, LANG_NONE },
	{ "correoelectr\303\263nicodelremitente", COL_FROM, LANG_ES },
	{ "correoelectr\303\263nicodeldestinatario", COL_TO, LANG_ES },
	{ "iddetransacci\303\263n", COL_ID, LANG_ES }, { "iddefactura", COL_INVOICE, LANG_ES },
	{ "iddetransacci\303\263ndereferencia", COL_REFERENCE, LANG_ES },
	{ "iddereferenciadetransacci\303\263n", COL_REFERENCE, LANG_ES },

	{ "data", COL_DATE, LANG_IT }, { "ora", COL_TIME, LANG_IT }, { "fusoorario", COL_ZONE, LANG_IT },
	{ "nome", COL_NAME, LANG_IT }, { "stato", COL_STATUS, LANG_IT },
	{ "descrizione", COL_TYPE, LANG_IT }, { "valuta", COL_CURRENCY, LANG_IT },
	{ "lordo", COL_GROSS, LANG_IT }, { "tariffa", COL_FEE, LANG_IT },
	{ "indirizzoemailmittente", COL_FROM, LANG_IT }, { "indirizzoemaildestinatario", COL_TO, LANG_IT },
	{ "codicetransazione", COL_ID, LANG_IT }, { "idtransazione", COL_ID, LANG_IT },
	{ "codicetransazionediriferimento", COL_REFERENCE, LANG_IT },
	{ "numerofattura", COL_INVOICE, LANG_IT }, { "idfattura", COL_INVOICE, LANG_IT },

	{ "heure", COL_TIME, LANG_FR }, { "fuseauhoraire", COL_ZONE, LANG_FR }, { "nom", COL_NAME, LANG_FR },
	{ "\303\251tat", COL_STATUS, LANG_FR }, { "devise", COL_CURRENCY, LANG_FR },
	{ "avantcommission", COL_GROSS, LANG_FR }, { "brut", COL_GROSS, LANG_FR },
	{ "commission", COL_FEE, LANG_FR }, { "solde", COL_BALANCE, LANG_FR },
	{ "num\303\251rodetransaction", COL_ID, LANG_FR }, { "del'adresseemail", COL_FROM, LANG_FR },
	{ "\303\240l'adresseemail", COL_TO, LANG_FR },
	{ "num\303\251rodelatransactionder\303\251f\303\251rence", COL_REFERENCE, LANG_FR },
	{ "num\303\251rodefacture", COL_INVOICE, LANG_FR },
};

#define PAY	{ MOVE_PAYMENT, MOVE_OTHER, 0, 1 }	/* out: a purchase of ours */
#define BACK	{ MOVE_OTHER, MOVE_REFUND, 0, 1 }	/* in: our own purchase, or a payout, came back */
#define REVERSE	{ MOVE_OTHER, MOVE_REVERSAL, 0, 1 }
#define HELD	{ MOVE_RELEASE, MOVE_HOLD, 0, 1 }
#define COST	{ MOVE_FEE, MOVE_FEE, 0, 1 }
#define CHANGE	{ MOVE_CONVERSION, MOVE_CONVERSION, 0, 1 }
#define BANK	{ MOVE_WITHDRAWAL, MOVE_WITHDRAWAL, 0, 1 }
#define ODD	{ MOVE_OTHER, MOVE_OTHER, 0, 1 }	/* purpose unknown: suspense or a rule */
#define NOTHING	{ MOVE_OTHER, MOVE_OTHER, 1, 1 }

static const struct {
	const char		*word;
	struct paypal_row_type	 type;
} types[] = {
	{ "expresscheckoutpayment", PAY }, { "websitepayment", PAY }, { "generalpayment", PAY },
	{ "masspaypayment", { MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 } }, { "mobilepayment", PAY },
	{ "masspayment", { MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 } },
	{ "masspaymentsent", { MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 } },
	{ "masspaymentreceived", { MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 } },
	{ "donationpayment", PAY }, { "subscriptionpayment", PAY }, { "ebayauctionpayment", PAY },
	{ "preapprovedpaymentbilluserpayment", PAY }, { "virtualterminalpayment", PAY },
	{ "webacceptpaymentreceived", PAY }, { "webacceptpaymentsent", PAY },
	{ "expresscheckoutpaymentreceived", PAY }, { "expresscheckoutpaymentsent", PAY },
	{ "shoppingcartpaymentreceived", PAY }, { "shoppingcartpaymentsent", PAY },
	{ "paymentreceived", PAY }, { "paymentsent", PAY }, { "subscriptionpaymentreceived", PAY },
	{ "mobilepaymentreceived", PAY }, { "donationreceived", PAY }, { "updatetoecheckreceived", PAY },
	{ "paymentrefund", BACK }, { "refund", BACK }, { "paymentreversal", REVERSE },
	{ "reversal", REVERSE }, { "chargeback", REVERSE },
	{ "chargebackreversal", { MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 0, 1 } },
	{ "canceledreversal", { MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 0, 1 } },
	{ "chargebackfee", COST }, { "disputefee", COST }, { "generalaccountcorrection", ODD },
	{ "holdonbalancefordisputeinvestigation", HELD }, { "cancellationofholdfordisputeresolution", HELD },
	{ "paymentreviewhold", HELD }, { "paymentreviewrelease", HELD }, { "paymenthold", HELD },
	{ "paymentrelease", HELD }, { "reservehold", HELD }, { "reserverelease", HELD },
	{ "accountholdforopenauthorization", HELD }, { "reversalofgeneralaccounthold", HELD },
	{ "temporaryhold", HELD }, { "taxhold", HELD }, { "generalhold", HELD },
	{ "generalauthorization", NOTHING }, { "voidofauthorization", NOTHING }, { "authorization", NOTHING },
	{ "generalcurrencyconversion", CHANGE }, { "userinitiatedcurrencyconversion", CHANGE },
	{ "currencyconversion", CHANGE }, { "generalwithdrawal", BANK },
	{ "generalwithdrawalbankaccount", BANK }, { "userinitiatedwithdrawal", BANK },
	{ "withdrawfundstoabankaccount", BANK }, { "withdrawfundstobankaccount", BANK },
	{ "bankdeposittoppaccount", BANK }, { "addfundsfromabankaccount", BANK },
	{ "generalcreditcarddeposit", BANK }, { "generalcreditcardwithdrawal", BANK },
	{ "generalbonus", ODD }, { "nonreferencecreditpayment", ODD },

	{ "websitezahlung", PAY }, { "allgemeinezahlung", PAY }, { "expresskaufabwicklung", PAY },
	{ "paypalexpresszahlung", PAY }, { "handyzahlung", PAY }, { "mobilezahlung", PAY },
	{ "sammelzahlung", { MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 } },
	{ "r\303\274ckzahlung", BACK }, { "zahlungsr\303\274ckbuchung", REVERSE },
	{ "allgemeinew\303\244hrungsumrechnung", CHANGE },
	{ "vomnutzereingeleitetew\303\244hrungsumrechnung", CHANGE },
	{ "allgemeineabbuchung", BANK }, { "allgemeineabbuchungbankkonto", BANK },
	{ "vomnutzereingeleiteteabbuchung", BANK }, { "bankgutschriftaufpaypalkonto", BANK },
	{ "allgemeineautorisierung", NOTHING }, { "allgemeinekontokorrektur", ODD },
};

/* What a site's settings call a type: the movements' own names. */
static const struct {
	const char		*word;
	struct paypal_row_type	 type;
} named[] = {
	{ "payment", PAY }, { "refund", BACK }, { "reversal", REVERSE },
	{ "reversalcancelled", { MOVE_REVERSAL_CANCELLED, MOVE_REVERSAL, 0, 1 } }, { "fee", COST },
	{ "payout", { MOVE_PAYMENT, MOVE_PAYOUT, 0, 1 } }, { "conversion", CHANGE }, { "hold", HELD },
	{ "release", HELD }, { "withdrawal", BANK }, { "other", ODD }, { "memo", NOTHING },
};

static const struct {
	const char		*word;
	enum fact_status	 st;
	int			 moves;
} statuses[] = {
	{ "completed", FACT_COMPLETED, 1 }, { "cleared", FACT_COMPLETED, 1 },
	{ "partiallyrefunded", FACT_COMPLETED, 1 }, { "refunded", FACT_COMPLETED, 1 },
	{ "reversed", FACT_COMPLETED, 1 }, { "returned", FACT_COMPLETED, 1 }, { "held", FACT_COMPLETED, 1 },
	{ "onhold", FACT_COMPLETED, 1 }, { "placed", FACT_COMPLETED, 1 }, { "removed", FACT_COMPLETED, 1 },
	{ "processed", FACT_COMPLETED, 1 }, { "completedontab", FACT_COMPLETED, 1 },
	{ "completedfundsnotyetavailable", FACT_COMPLETED, 1 }, { "fundsavailable", FACT_COMPLETED, 1 },
	{ "fundsnotyetavailable", FACT_COMPLETED, 1 }, { "unclaimed", FACT_UNCLAIMED, 1 },
	{ "unregistered", FACT_UNCLAIMED, 1 },
	{ "pending", FACT_PENDING, 0 }, { "uncleared", FACT_PENDING, 0 }, { "processing", FACT_PENDING, 0 },
	{ "pendingverification", FACT_PENDING, 0 }, { "pendinguntil", FACT_PENDING, 0 },
	{ "waitingforapproval", FACT_PENDING, 0 }, { "initiated", FACT_PENDING, 0 },
	{ "unpaid", FACT_PENDING, 0 }, { "tobepaid", FACT_PENDING, 0 },
	{ "denied", FACT_DENIED, 0 }, { "failed", FACT_FAILED, 0 }, { "expired", FACT_EXPIRED, 0 },
	{ "canceled", FACT_VOIDED, 0 }, { "cancelled", FACT_VOIDED, 0 }, { "voided", FACT_VOIDED, 0 },

	{ "abgeschlossen", FACT_COMPLETED, 1 }, { "zur\303\274ckgezahlt", FACT_COMPLETED, 1 },
	{ "teilweisezur\303\274ckgezahlt", FACT_COMPLETED, 1 }, { "ausstehend", FACT_PENDING, 0 },
	{ "offen", FACT_PENDING, 0 }, { "nichtabgeholt", FACT_UNCLAIMED, 1 },
	{ "abgelehnt", FACT_DENIED, 0 }, { "fehlgeschlagen", FACT_FAILED, 0 },
	{ "abgelaufen", FACT_EXPIRED, 0 }, { "storniert", FACT_VOIDED, 0 },
	{ "completado", FACT_COMPLETED, 1 }, { "completada", FACT_COMPLETED, 1 },
	{ "pendiente", FACT_PENDING, 0 }, { "denegado", FACT_DENIED, 0 },
	{ "completato", FACT_COMPLETED, 1 }, { "completata", FACT_COMPLETED, 1 },
	{ "insospeso", FACT_PENDING, 0 },
	{ "termin\303\251", FACT_COMPLETED, 1 }, { "termin\303\251e", FACT_COMPLETED, 1 },
	{ "enattente", FACT_PENDING, 0 },
};

static const struct {
	const char	*word;
	int		 moves;
} impacts[] = {
	{ "credit", 1 }, { "debit", 1 }, { "memo", 0 }, { "haben", 1 }, { "soll", 1 },
	{ "cr\303\251dito", 1 }, { "d\303\251bito", 1 }, { "abono", 1 }, { "cargo", 1 },
	{ "credito", 1 }, { "debito", 1 }, { "accredito", 1 }, { "addebito", 1 },
	{ "cr\303\251dit", 1 }, { "d\303\251bit", 1 }, { "m\303\251mo", 0 },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* The word as it is compared; upper-case umlauts and accents of UTF-8 included. */
static void
fold(const char *s, char out[WORD_MAX])
{
	size_t n = 0;

	for (; *s != '\0' && n < WORD_MAX - 1; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == ' ' || c == '\t' || c == '.' || c == '-' || c == '_')
			continue;
		if (c == 0xc2 && (unsigned char)s[1] == 0xa0) {	/* no-break space */
			s++;
			continue;
		}
		if (c == 0xc3 && n < WORD_MAX - 2) {
			unsigned char d = (unsigned char)*++s;

			if (d == '\0')
				break;
			out[n++] = (char)c;
			out[n++] = (char)(d >= 0x80 && d <= 0x9e && d != 0x97 ? d + 0x20 : d);
			continue;
		}
		out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
	}
	out[n] = '\0';
}

static const char *
alias(const struct report_alias *a, size_t n, const char *folded)
{
	char w[WORD_MAX];
	size_t i;

	for (i = 0; i < n; i++) {
		fold(a[i].word, w);
		if (strcmp(w, folded) == 0)
			return a[i].means;
	}
	return NULL;
}

static int
heading(const char *w, enum paypal_language *lang)
{
	size_t i;

	for (i = 0; i < COUNT(headings); i++)
		if (strcmp(w, headings[i].word) == 0) {
			*lang = headings[i].lang;
			return (int)headings[i].col;
		}
	return -1;
}

int
paypal_column(const char *s, const struct report_options *o, enum paypal_language *lang)
{
	char w[WORD_MAX], own[WORD_MAX];
	const char *means;
	enum paypal_language ignored;

	*lang = LANG_NONE;
	fold(s, w);
	if (o != NULL && (means = alias(o->columns, o->ncolumns, w)) != NULL) {
		fold(means, own);
		return heading(own, &ignored);
	}
	return heading(w, lang);
}

struct paypal_row_type
paypal_row_type(const char *s, const struct report_options *o)
{
	static const struct paypal_row_type unknown = { MOVE_OTHER, MOVE_OTHER, 0, 0 };
	char w[WORD_MAX], own[WORD_MAX];
	const char *means;
	size_t i;

	fold(s, w);
	if ((means = alias(o->types, o->ntypes, w)) != NULL) {
		fold(means, own);
		for (i = 0; i < COUNT(named); i++)
			if (strcmp(own, named[i].word) == 0)
				return named[i].type;
	}
	for (i = 0; i < COUNT(types); i++)
		if (strcmp(w, types[i].word) == 0)
			return types[i].type;
	return unknown;
}

int
paypal_row_status(const char *s, enum fact_status *st, int *moves)
{
	char w[WORD_MAX];
	size_t i;

	fold(s, w);
	for (i = 0; i < COUNT(statuses); i++)
		if (strcmp(w, statuses[i].word) == 0) {
			*st = statuses[i].st;
			*moves = statuses[i].moves;
			return 1;
		}
	return 0;
}

int
paypal_impact(const char *s)
{
	char w[WORD_MAX];
	size_t i;

	fold(s, w);
	for (i = 0; i < COUNT(impacts); i++)
		if (strcmp(w, impacts[i].word) == 0)
			return impacts[i].moves;
	return -1;
}
