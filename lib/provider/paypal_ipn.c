/*
 * paypal_ipn -- PayPal's Instant Payment Notification (providers/paypal.md 1 to 3, 6 to 8).
 *
 * facts() reads a message that PayPal itself has confirmed.  Confirmed only means that PayPal sent
 * it: whether it is about our account, in our mode, and what it says, is judged here; what can't be
 * judged is held for a person, never guessed and never dropped.
 */
#include <stdio.h>
#include <string.h>

#include "moment.h"
#include "money.h"
#include "provider/paypal_words.h"
#include "provider/provider.h"
#include "provider/setting.h"
#include "text.h"

#define ANSWER_MAX	65536
#define ASK_TIMEOUT_S	30
#define TXN_MAX		24	/* 17 to 19 characters seen (paypal.md 8.4) */

/* ---- settings ---- */

static int
check_ipn_url(const char *value, struct error *e)
{
	if (text_url(value) != TEXT_URL_NONE)
		return 0;
	return error_set(e, ERR_INPUT, "ipn_url: https://HOST/... is expected, not \"%.100s\"", value);
}

static const struct setting settings[] = {
	{ "receiver", "Our PayPal addresses", "E-mail addresses and merchant ids of the account, comma "
	    "separated; payments to anybody else are held", 0, 1, setting_receiver },
	{ "account", "Name in the books", "PayPal unless there are several accounts", 0, 0, NULL },
	{ "currencies", "Accepted currencies", "Comma separated; others go to Unallocated", 0, 0,
	    setting_currencies },
	{ "deduct_fee", "Fee at the customer's cost", "yes: credited net of the fee", 0, 0,
	    setting_deduct_fee },
	{ "ipn_url", "Notification URL", "Only where it differs from base_url's", 0, 0, check_ipn_url },
	{ "report_dates", "Dates in downloads", "mdy, dmy or ymd", 0, 0, setting_report_dates },
	{ "report_decimal", "Decimals in downloads", "point or comma", 0, 0, setting_report_decimal },
	{ "endpoint", "Stand-in", "Tests only: scheme, host and port instead of PayPal's", 0, 0,
	    setting_endpoint },
	{ NULL, NULL, NULL, 0, 0, NULL },
};

static const char where[] =
    "Log in to the PayPal Business account and go to Settings (gear) > Account settings >\n"
    "Notifications > Instant payment notifications > Update > Choose IPN settings.  Paste the URL,\n"
    "select \"Receive IPN messages (Enabled)\", Save.  Under Website payments > PayPal button language\n"
    "encoding > More options choose UTF-8 for both settings.";

/* ---- question and answer ---- */

static int
ask(int mode, const char *endpoint, const char *body, size_t len, struct ask *a, struct error *e)
{
	/* The host is ours to say, never the message's (paypal.md 1.5). */
	static const char *const hosts[] = { [BOOK_LIVE] = "https://ipnpb.paypal.com",
	    [BOOK_TEST] = "https://ipnpb.sandbox.paypal.com" };
	int n = snprintf(a->url, sizeof(a->url), "%s/cgi-bin/webscr",
	    endpoint[0] != '\0' ? endpoint : hosts[mode]);

	if (n < 0 || (size_t)n >= sizeof(a->url))
		return error_set(e, ERR_CONFIG, "endpoint: too long");
	a->body = (struct buf)BUF_INIT(SPOOL_BODY_MAX + 64);
	a->timeout_s = ASK_TIMEOUT_S;
	a->answer_max = ANSWER_MAX;
	if (buf_adds(&a->body, "cmd=_notify-validate&", e) == -1 || buf_add(&a->body, body, len, e) == -1)
		return -1;
	return 0;
}

static int
answer(long http, const char *body, size_t len)
{
	if (http != 200)
		return VERDICT_UNKNOWN;
	while (len > 0 && memchr(" \t\r\n", body[len - 1], 4) != NULL)
		len--;
	while (len > 0 && memchr(" \t\r\n", body[0], 4) != NULL) {
		body++;
		len--;
	}
	if (len == 8 && memcmp(body, "VERIFIED", 8) == 0)
		return VERDICT_YES;
	if (len == 7 && memcmp(body, "INVALID", 7) == 0)
		return VERDICT_NO;
	return VERDICT_UNKNOWN;
}

/* ---- reading a message ---- */

struct reading {
	const struct integration *in;
	struct form		  form;
	struct facts		 *f;
	const char		 *charset;
};

static const struct pair none = { "", 0, "", 0 };

static const struct pair *
get(const struct reading *r, const char *name)
{
	const struct pair *p = text_form_get(&r->form, name);

	return p == NULL ? &none : p;
}

/* name_N; N as it stands in the message */
static const struct pair *
get_n(const struct reading *r, const char *name, const char *suffix)
{
	char full[96];
	int n = snprintf(full, sizeof(full), "%s_%s", name, suffix);

	return n > 0 && (size_t)n < sizeof(full) ? get(r, full) : &none;
}

/* The whole message goes to a person. */
static int
hold(struct reading *r, const char *reason, const char *what, const struct pair *p)
{
	struct buf shown = BUF_INIT(100);
	struct error ignored;

	r->f->n = 0;
	r->f->disposition = DISP_HELD;
	(void)snprintf(r->f->reason, sizeof(r->f->reason), "%s", reason);
	if (p != NULL)
		(void)text_printable(&shown, p->value, p->value_len > 60 ? text_utf8_valid(p->value, 60) :
		    p->value_len, &ignored);
	if (p != NULL && shown.data != NULL)
		(void)snprintf(r->f->note, sizeof(r->f->note), "%s: \"%s\"", what, shown.data);
	else
		(void)snprintf(r->f->note, sizeof(r->f->note), "%s", what);
	buf_free(&shown);
	return 0;
}

static int
note(struct reading *r, const char *what)
{
	r->f->disposition = DISP_NOTED;
	(void)snprintf(r->f->note, sizeof(r->f->note), "%s", what);
	return 0;
}

/* 1 where p is a transaction's id, copied. */
static int
take_id(const struct pair *p, char *dst, size_t size)
{
	size_t i;

	if (p->value_len == 0 || p->value_len > TXN_MAX || p->value_len >= size)
		return 0;
	for (i = 0; i < p->value_len; i++) {
		char c = p->value[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c == '-' && i > 0)))
			return 0;
	}
	memcpy(dst, p->value, p->value_len);
	memset(dst + p->value_len, 0, size - p->value_len);
	return 1;
}

static int
take_currency(const struct pair *p, char ccy[4])
{
	if (!money_currency_known(p->value, p->value_len))
		return 0;
	memcpy(ccy, p->value, 3);
	ccy[3] = '\0';
	return 1;
}

static int
take_amount(const struct pair *p, const char ccy[4], int64_t *minor)
{
	struct error ignored;

	return money_parse(p->value, p->value_len, ccy, minor, &ignored) == 0;
}

/* An address or id used for matching: too long or with a NUL it matches nobody. */
static void
take_match(const struct pair *p, char *dst, size_t size, int lower)
{
	struct error ignored;
	const char *s = p->value;
	size_t n = p->value_len;

	while (n > 0 && s[n - 1] == ' ')
		n--;
	while (n > 0 && s[0] == ' ') {
		s++;
		n--;
	}
	if (text_copy(dst, size, s, n, "", &ignored) == -1 || text_utf8_valid(dst, n) != n)
		memset(dst, 0, size);
	else if (lower)
		text_lower(dst);
}

/* Free text into UTF-8, printable, cut at a character. */
static void
take_text(const struct reading *r, const struct pair *p, char *dst, size_t size)
{
	struct buf utf8 = BUF_INIT(4096), shown = BUF_INIT(8192);
	struct error ignored;
	size_t n;

	memset(dst, 0, size);
	if (p->value_len <= 1024 &&
	    text_to_utf8(&utf8, r->charset, p->value, p->value_len, &ignored) == 0 && utf8.len > 0 &&
	    text_printable(&shown, utf8.data, utf8.len, &ignored) == 0) {
		n = shown.len < size ? shown.len : size - 1;
		n = text_utf8_valid(shown.data, n);
		memcpy(dst, shown.data, n);
	}
	buf_free(&utf8);
	buf_free(&shown);
}

/* Our account: its id where we know one and the message states one, else its address. */
static int
is_ours(const struct reading *r, const char *id_name, const char *email_name)
{
	const char *list = json_string_value(json_object_get(r->in->settings, "receiver")), *s;
	const struct pair *id = get(r, id_name), *email = get(r, email_name);
	size_t n;
	int i, ids = 0;

	if (list == NULL)
		return 0;
	for (i = 0; site_list_item(list, i, &s, &n); i++) {
		ids += memchr(s, '@', n) == NULL;
		if (id->value_len > 0 && text_equal_ci(s, n, id->value, id->value_len))
			return 1;
	}
	if (id->value_len > 0 && ids > 0)
		return 0;
	for (i = 0; site_list_item(list, i, &s, &n); i++) {
		const char *v = email->value;
		size_t len = email->value_len;

		while (len > 0 && v[len - 1] == ' ')
			len--;
		while (len > 0 && v[0] == ' ') {
			v++;
			len--;
		}
		if (len > 0 && text_equal_ci(s, n, v, len))
			return 1;
	}
	return 0;
}

static void
take_date(const struct reading *r, const char *name, struct fact *f)
{
	const struct pair *p = get(r, name);
	struct error ignored;

	/* A date that can't be read never blocks a booking (paypal.md 2.7). */
	if (moment_paypal(p->value, p->value_len, &f->event, &f->doubtful, &ignored) == -1) {
		f->event = 0;
		f->doubtful = 1;
	}
}

static void
take_payer(const struct reading *r, struct fact *f)
{
	take_match(get(r, "payer_id"), f->payer_id, sizeof(f->payer_id), 0);
	take_match(get(r, "payer_email"), f->payer_email, sizeof(f->payer_email), 1);
	take_text(r, get(r, "invoice"), f->reference, sizeof(f->reference));
}

static int
has_nul(const struct reading *r)
{
	static const char *const used[] = { "txn_id", "parent_txn_id", "payment_status", "txn_type",
	    "mc_gross", "mc_fee", "mc_currency", "receiver_id", "receiver_email", "payer_id",
	    "payer_email", "case_id", "test_ipn", "payment_date" };
	size_t i;

	for (i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		const struct pair *p = get(r, used[i]);

		if (p->value_len > 0 && memchr(p->value, '\0', p->value_len) != NULL)
			return 1;
	}
	return 0;
}

/* Amount, currency and fee of a message about one transaction; 0 where it was held. */
static int
take_money(struct reading *r, struct fact *f)
{
	const struct pair *fee = get(r, "mc_fee"), *settle = get(r, "settle_amount");

	if (!take_currency(get(r, "mc_currency"), f->currency)) {
		hold(r, "malformed", "mc_currency", get(r, "mc_currency"));
		return 0;
	}
	if (!take_amount(get(r, "mc_gross"), f->currency, &f->gross) || f->gross == 0) {
		hold(r, "malformed", "mc_gross", get(r, "mc_gross"));
		return 0;
	}
	if (fee->value_len > 0) {
		if (!take_amount(fee, f->currency, &f->fee)) {
			hold(r, "malformed", "mc_fee", fee);
			return 0;
		}
		f->fee_known = 1;
	}
	if (settle->value_len > 0 && take_currency(get(r, "settle_currency"), f->currency2) &&
	    (strcmp(f->currency, f->currency2) == 0 || !take_amount(settle, f->currency2, &f->gross2) ||
	    f->gross2 <= 0))
		memset(f->currency2, 0, sizeof(f->currency2));
	return 1;
}

static int
read_adjustment(struct reading *r, struct fact *f)
{
	const struct pair *status = get(r, "payment_status");
	const struct paypal_status *s = paypal_status(status->value, status->value_len);

	if (!is_ours(r, "payer_id", "payer_email"))
		return hold(r, "wrong-receiver", "an adjustment whose payer is not us",
		    get(r, "payer_email"));
	if (s == NULL || s->status != FACT_COMPLETED)
		return hold(r, "unknown-type", "adjustment with payment_status", status);
	if (!take_id(get(r, "parent_txn_id"), f->parent, sizeof(f->parent)))
		return hold(r, "malformed", "parent_txn_id", get(r, "parent_txn_id"));
	f->move = MOVE_ADJUSTMENT;
	f->status = FACT_COMPLETED;
	if (!take_money(r, f))
		return 0;
	memset(f->payer_id, 0, sizeof(f->payer_id));	/* it names us */
	memset(f->payer_email, 0, sizeof(f->payer_email));
	return 0;
}

static int
read_case(struct reading *r, struct fact *f)
{
	const struct pair *id = get(r, "case_id");
	char name[64];

	if (!is_ours(r, "receiver_id", "receiver_email"))
		return hold(r, "wrong-receiver", "receiver", get(r, "receiver_email"));
	take_text(r, id, name, sizeof(name));
	if (name[0] == '\0' || !take_id(get(r, "txn_id"), f->parent, sizeof(f->parent)))
		return hold(r, "malformed", "case_id or txn_id", id);
	f->move = MOVE_DISPUTE;
	f->status = FACT_COMPLETED;
	(void)snprintf(f->id, sizeof(f->id), "case:%s", name);
	take_date(r, "case_creation_date", f);
	return 0;
}

/* A message about one transaction. */
static int
is_word(const struct pair *p, const char *word)
{
	return text_equal_ci(p->value, p->value_len, word, strlen(word));
}

static int
read_one(struct reading *r, enum paypal_type type, struct error *e)
{
	const struct pair *status = get(r, "payment_status");
	const struct paypal_status *s;
	struct fact *f = facts_add(r->f, e);
	struct error ignored;
	int doubtful;

	if (f == NULL)
		return -1;
	if (!take_id(get(r, "txn_id"), f->id, sizeof(f->id)))
		return hold(r, "malformed", "txn_id", get(r, "txn_id"));
	memcpy(r->f->payment, f->id, sizeof(f->id));
	take_date(r, "payment_date", f);
	/* payment_date stays that of the beginning (paypal.md 2.7, 6.3). */
	if (moment_paypal(get(r, "echeck_time_processed")->value,
	    get(r, "echeck_time_processed")->value_len, &f->cleared, &doubtful, &ignored) == -1)
		f->cleared = 0;
	take_payer(r, f);
	if (type == TYPE_CASE)
		return read_case(r, f);
	if (type == TYPE_ADJUSTMENT)
		return read_adjustment(r, f);
	if (!is_ours(r, "receiver_id", "receiver_email"))
		return hold(r, "wrong-receiver", "receiver_email", get(r, "receiver_email"));
	if (status->value_len == 0)
		return hold(r, type == TYPE_NONE ? "unknown-type" : "malformed", "no payment_status", NULL);
	if ((s = paypal_status(status->value, status->value_len)) == NULL)
		return hold(r, "unknown-type", "payment_status", status);
	f->move = s->move;
	f->status = s->status;
	if (!take_money(r, f))
		return 0;
	if ((s->sign > 0) != (f->gross > 0))
		return hold(r, "malformed", "the sign of mc_gross does not fit payment_status",
		    get(r, "mc_gross"));
	if (f->move != MOVE_PAYMENT) {
		if (!take_id(get(r, "parent_txn_id"), f->parent, sizeof(f->parent)))
			return hold(r, "malformed", "parent_txn_id", get(r, "parent_txn_id"));
		memset(f->currency2, 0, sizeof(f->currency2));
		f->gross2 = 0;
	} else {
		if (f->status != FACT_COMPLETED) {	/* no money moved: what is stated is a forecast */
			f->fee = 0;
			f->fee_known = 0;
		}
		(void)take_id(get(r, "parent_txn_id"), f->parent, sizeof(f->parent));
		f->transfer = is_word(get(r, "txn_type"), "masspay") || is_word(get(r, "txn_type"), "send_money");
		take_text(r, get(r, "unique_id"), f->advice_id, sizeof(f->advice_id));
	}
	return 0;
}

/* ---- a Mass Pay batch we sent ---- */

static int
read_item(struct reading *r, const char *suffix, int denied, struct error *e)
{
	const struct pair *status = get_n(r, "status", suffix), *fee = get_n(r, "mc_fee", suffix);
	const struct pair *id = get_n(r, "masspay_txn_id", suffix);
	const struct pair *unique = get_n(r, "unique_id", suffix);
	struct fact *f = facts_add(r->f, e);
	int v = paypal_item_status(status->value, status->value_len);

	if (f == NULL)
		return -1;
	if (v == -1 && !denied)
		return hold(r, "unknown-type", "status of an item", status);
	f->move = MOVE_PAYOUT;
	f->status = denied ? FACT_DENIED : (enum fact_status)v;
	if (id->value_len > 0 && !take_id(id, f->id, sizeof(f->id)))
		return hold(r, "malformed", "masspay_txn_id", id);
	take_text(r, unique, f->unique_id, sizeof(f->unique_id));
	if (!take_currency(get_n(r, "mc_currency", suffix), f->currency))
		return hold(r, "malformed", "mc_currency of an item", get_n(r, "mc_currency", suffix));
	if (!take_amount(get_n(r, "mc_gross", suffix), f->currency, &f->gross) || f->gross <= 0)
		return hold(r, "malformed", "mc_gross of an item", get_n(r, "mc_gross", suffix));
	f->gross = -f->gross;	/* money leaves, though PayPal writes it positive (paypal.md 8.2) */
	if (fee->value_len > 0) {
		if (!take_amount(fee, f->currency, &f->fee))
			return hold(r, "malformed", "mc_fee of an item", fee);
		f->fee_known = 1;
	}
	take_match(get_n(r, "receiver_email", suffix), f->payer_email, sizeof(f->payer_email), 1);
	take_date(r, "payment_date", f);
	return 0;
}

/* Digits behind name, such as "mc_gross_", or NULL. */
static const char *
item_suffix(const struct pair *p, const char *name)
{
	size_t n = strlen(name);
	const char *s = p->name + n;

	if (p->name_len <= n || p->name_len > n + 6 || memcmp(p->name, name, n) != 0 ||
	    strlen(p->name) != p->name_len)
		return NULL;
	return strspn(s, "0123456789") == strlen(s) ? s : NULL;
}

/* An item that says no amount must not be passed over. */
static int
without_amount(const struct reading *r, const struct pair *p)
{
	static const char *const names[] = { "masspay_txn_id_", "status_", "unique_id_" };
	const char *suffix;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((suffix = item_suffix(p, names[i])) != NULL && get_n(r, "mc_gross", suffix) == &none)
			return 1;
	return 0;
}

static int
has_items(const struct reading *r)
{
	size_t i;

	for (i = 0; i < r->form.n; i++)
		if (strncmp(r->form.pairs[i].name, "masspay_txn_id_", 15) == 0 ||
		    strncmp(r->form.pairs[i].name, "status_", 7) == 0)
			return 1;
	return 0;
}

static int
read_batch(struct reading *r, struct error *e)
{
	const struct pair *status = get(r, "payment_status");
	const struct paypal_status *s = paypal_status(status->value, status->value_len);
	size_t i;

	if (!is_ours(r, "payer_id", "payer_email"))
		return hold(r, "wrong-receiver", "a batch whose payer is not us", get(r, "payer_email"));
	if (s == NULL || s->move != MOVE_PAYMENT)
		return hold(r, "unknown-type", "payment_status of a batch", status);
	for (i = 0; i < r->form.n; i++) {
		const char *suffix = item_suffix(&r->form.pairs[i], "mc_gross_");

		if (without_amount(r, &r->form.pairs[i]))
			return hold(r, "malformed", "an item without mc_gross", &r->form.pairs[i]);
		/* An identical repetition names the same item. */
		if (suffix == NULL || text_form_get(&r->form, r->form.pairs[i].name) != &r->form.pairs[i])
			continue;
		if (read_item(r, suffix, s->status == FACT_DENIED, e) == -1)
			return -1;
		if (r->f->disposition != DISP_NONE)
			return 0;
	}
	return r->f->n == 0 ? hold(r, "malformed", "a batch without items", NULL) : 0;
}

static int
read_message(struct reading *r, struct error *e)
{
	const struct pair *type_pair = get(r, "txn_type"), *test = get(r, "test_ipn");
	enum paypal_type type = paypal_type(type_pair->value, type_pair->value_len);
	int is_test = test->value_len == 1 && test->value[0] == '1';

	(void)take_id(get(r, "txn_id"), r->f->payment, sizeof(r->f->payment));
	if (is_test != (r->in->mode == BOOK_TEST))
		return hold(r, "wrong-mode", is_test ? "a test notification at a live integration" :
		    "a live notification at a test integration", NULL);
	if (r->form.clash) {
		struct pair which = { "", 0, r->form.clash_name, strlen(r->form.clash_name) };

		return hold(r, "malformed", "a variable stands twice with different values", &which);
	}
	if (text_form_get(&r->form, "cmd") != NULL)
		return hold(r, "malformed", "cmd is no variable of a notification", NULL);
	if (has_nul(r))
		return hold(r, "malformed", "a NUL byte in a field that matters", NULL);
	switch (type) {
	case TYPE_UNKNOWN:
		return hold(r, "unknown-type", "txn_type", type_pair);
	case TYPE_NOTE:
		return note(r, "no money in this type of notification");
	case TYPE_MASSPAY: {
		int single = get(r, "txn_id")->value_len > 0 && get(r, "mc_gross")->value_len > 0;

		if (single && has_items(r))
			return hold(r, "malformed", "a mass payment both received and sent", NULL);
		return single ? read_one(r, TYPE_MONEY, e) : read_batch(r, e);
	}
	default:
		return read_one(r, type, e);
	}
}

static int
facts(const struct integration *in, const char *body, size_t len, struct facts *f, struct error *e)
{
	struct reading r = { .in = in, .f = f };
	const struct pair *charset;
	int rc;

	if (text_form_parse(&r.form, body, len, e) == -1) {
		if (e->code == ERR_IO)
			return -1;
		f->disposition = DISP_HELD;
		memcpy(f->reason, "malformed", sizeof("malformed"));
		(void)snprintf(f->note, sizeof(f->note), "%.190s", e->text);
		e->code = ERR_NONE;
		return 0;
	}
	charset = get(&r, "charset");
	r.charset = text_charset(charset->value, charset->value_len);
	rc = read_message(&r, e);
	/* A message that was held brings no facts, whatever was read before the trouble. */
	if (f->disposition != DISP_NONE)
		f->n = 0;
	text_form_free(&r.form);
	return rc;
}

static int
about(const char *body, size_t len, char id[72])
{
	const struct pair *p;
	struct error ignored;
	struct form f;
	int found;

	if (text_form_parse(&f, body, len, &ignored) == -1)
		return 0;
	p = text_form_get(&f, "txn_id");
	found = p != NULL && take_id(p, id, 72);
	text_form_free(&f);
	return found;
}

const struct provider provider_paypal_ipn = {
	.kind = "paypal-ipn", .account = "PayPal", .settings = settings, .where = where,
	.cgi = "ipn.cgi", .ask = ask, .answer = answer, .about = about,
	.facts = facts,
};
