/*
 * paypal_ipn -- each complete body of the documentation to its facts, and what a hostile or broken
 * one of the same shape becomes (providers/paypal.md 1.9, 6, 6.27, 7).
 */
#include "unit.h"

#include <sodium.h>

#include "world.h"

#define RECEIVERS "billing@example.com,MERCHANTID123,S8XGHLYDW9T3S,gpmac_1231902686_biz@paypal.com," \
	"HZU8ZEBYHLEZQ,robert@hisowncompany.com"
#define IPN	"tests/data/ipn/"

static struct facts
read_body(const struct buf *body, int mode, const char *receivers)
{
	struct integration in = { .id = "p", .kind = "paypal-ipn", .mode = mode, .account = "PayPal" };
	struct facts f = { .n = 0 };
	struct error e;

	in.settings = json_pack("{s:s}", "receiver", receivers);
	assert_works(provider_paypal_ipn.facts(&in, body->data, body->len, &f, &e));
	json_decref(in.settings);
	return f;
}

static void
bodies(void **state)
{
	static const struct {
		const char *file;
		int mode;
		const char *said;	/* disposition and reason, "" where facts decide */
		size_t n;
		/* of the first fact */
		enum movement move;
		enum fact_status status;
		const char *id, *parent, *ccy;
		int64_t gross, fee;
		int fee_known;
	} v[] = {
		{ "6.01-web_accept", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "7AB19283CD465019E", "", "USD",
		    10000, 320, 1 },
		{ "6.02-echeck_pending", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_PENDING, "4EC38271NB605948Q", "",
		    "USD", 5000, 0, 0 },
		{ "6.03-echeck_completed", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "4EC38271NB605948Q", "",
		    "USD", 5000, 175, 1 },
		{ "6.04-echeck_failed", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_FAILED, "4EC38271NB605948Q", "", "USD",
		    5000, 0, 0 },
		{ "6.05-express_checkout", BOOK_TEST, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "61E67681CH3238416", "",
		    "USD", 1995, 88, 1 },
		{ "6.06-express_checkout_jpy", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "2JP06172VK372615X",
		    "", "JPY", 150, 43, 1 },
		{ "6.07-conversion", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "5EU95061UJ261504W", "", "EUR",
		    2000, 93, 1 },
		{ "6.08-cart", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "9CA40516PD716059R", "", "USD", 3298,
		    126, 1 },
		{ "6.09-send_money", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "3SM51627QE827160S", "", "USD",
		    1600, 116, 1 },
		{ "6.10-refund_full", BOOK_LIVE, "", 1, MOVE_REFUND, FACT_COMPLETED, "8TR92736LM504817P",
		    "9CA40516PD716059R", "USD", -3298, -96, 1 },
		{ "6.11-refund_partial", BOOK_LIVE, "", 1, MOVE_REFUND, FACT_COMPLETED, "2RF60417HA119283K",
		    "7AB19283CD465019E", "USD", -1000, -29, 1 },
		{ "6.12-refund_second", BOOK_LIVE, "", 1, MOVE_REFUND, FACT_COMPLETED, "5RF71528JB220394L",
		    "7AB19283CD465019E", "USD", -1000, 0, 0 },
		{ "6.13-reversal", BOOK_LIVE, "", 1, MOVE_REVERSAL, FACT_COMPLETED, "6RV62738RF938271T",
		    "0PA84950TH150493V", "USD", -2500, -103, 1 },
		{ "6.14-canceled_reversal", BOOK_LIVE, "", 1, MOVE_REVERSAL_CANCELLED, FACT_COMPLETED,
		    "1CR73849SG049382U", "0PA84950TH150493V", "USD", 2500, 103, 1 },
		{ "6.15-adjustment", BOOK_LIVE, "", 1, MOVE_ADJUSTMENT, FACT_COMPLETED, "91N12345TB8654321",
		    "0PA84950TH150493V", "USD", -2500, 0, 0 },
		{ "6.16-masspay_processed", BOOK_TEST, "", 2, MOVE_PAYOUT, FACT_COMPLETED, "5W531651W5136225N", "",
		    "USD", -2599, 52, 1 },
		{ "6.17-masspay_completed", BOOK_TEST, "", 2, MOVE_PAYOUT, FACT_COMPLETED, "5W531651W5136225N", "",
		    "USD", -2599, 52, 1 },
		{ "6.18-masspay_failed_item", BOOK_LIVE, "", 3, MOVE_PAYOUT, FACT_COMPLETED, "6MP10293AB847561C", "",
		    "EUR", -1000, 20, 1 },
		{ "6.19-masspay_denied", BOOK_LIVE, "", 1, MOVE_PAYOUT, FACT_DENIED, "", "", "USD", -1000, 20, 1 },
		{ "6.20-masspay_in_1", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "8MR17283WL483726Y", "",
		    "USD", 7500, 0, 1 },
		{ "6.21-masspay_in_2", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "8MR17283WL483726Y", "",
		    "USD", 7500, 0, 0 },
		{ "6.22-new_case", BOOK_LIVE, "", 1, MOVE_DISPUTE, FACT_COMPLETED, "case:PP-623-555-536",
		    "7XB10312HX1779514", "", 0, 0, 0 },
		{ "6.23-pending_unilateral", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_PENDING, "1UN51627QE827160S", "",
		    "USD", 1200, 0, 0 },
		{ "6.24-windows_1252", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "3NA51729XK004816B", "",
		    "EUR", 2000, 88, 1 },
		{ "6.25-utf_8", BOOK_LIVE, "", 1, MOVE_PAYMENT, FACT_COMPLETED, "3NA51729XK004816B", "", "EUR",
		    2000, 88, 1 },
		{ "6.26-repeated", BOOK_LIVE, "held malformed", 0, MOVE_PAYMENT, FACT_PENDING, "", "", "", 0, 0, 0 },
	};
	size_t i;

	(void)state;
	assert_int_equal(COUNT(v), 26);
	for (i = 0; i < COUNT(v); i++) {
		char name[96], said[64];
		struct facts f;
		struct buf b;

		(void)snprintf(name, sizeof(name), IPN "%s.body", v[i].file);
		b = slurp(AT_FDCWD, name);
		f = read_body(&b, v[i].mode, RECEIVERS);
		(void)snprintf(said, sizeof(said), "%s%s%s", record_disposition_name[f.disposition],
		    f.reason[0] == '\0' ? "" : " ", f.reason);
		if (strcmp(said, v[i].said) != 0 || f.n != v[i].n)
			fail_msg("%s: \"%s\" (%s), %zu facts", v[i].file, said, f.note, f.n);
		if (f.n > 0) {
			assert_int_equal(f.v[0].move, v[i].move);
			assert_int_equal(f.v[0].status, v[i].status);
			assert_string_equal(f.v[0].id, v[i].id);
			assert_string_equal(f.v[0].parent, v[i].parent);
			assert_string_equal(f.v[0].currency, v[i].ccy);
			assert_int_equal(f.v[0].gross, v[i].gross);
			assert_int_equal(f.v[0].fee, v[i].fee);
			assert_int_equal(f.v[0].fee_known, v[i].fee_known);
			assert_int_not_equal(f.v[0].event, 0);
			assert_int_equal(f.v[0].doubtful, 0);
		}
		facts_free(&f);
		/* in the other mode: held, whatever it says */
		f = read_body(&b, v[i].mode == BOOK_LIVE ? BOOK_TEST : BOOK_LIVE, RECEIVERS);
		assert_int_equal(f.disposition, DISP_HELD);
		assert_string_equal(f.reason, "wrong-mode");
		assert_int_equal(f.n, 0);
		facts_free(&f);
		/* to somebody else's account: never money */
		f = read_body(&b, v[i].mode, "other@example.com,OTHERID999999");
		assert_int_equal(f.disposition, DISP_HELD);
		assert_int_equal(f.n, 0);
		facts_free(&f);
		buf_free(&b);
	}
}

static void
details(void **state)
{
	struct buf b = slurp(AT_FDCWD, IPN "6.07-conversion.body");
	struct facts f = read_body(&b, BOOK_LIVE, RECEIVERS);

	(void)state;
	assert_string_equal(f.v[0].currency2, "USD");
	assert_int_equal(f.v[0].gross2, 2076);
	assert_string_equal(f.v[0].reference, "INV-1005");
	assert_string_equal(f.v[0].payer_id, "BUYERACCT0001");
	assert_string_equal(f.v[0].payer_email, "alice@example.net");
	assert_int_equal(f.v[0].event, INT64_C(1709580005000000));	/* 11:20:05 Mar 04, 2024 PST */
	assert_string_equal(f.payment, "5EU95061UJ261504W");
	facts_free(&f);
	buf_free(&b);
	b = slurp(AT_FDCWD, IPN "6.18-masspay_failed_item.body");
	f = read_body(&b, BOOK_LIVE, RECEIVERS);
	assert_int_equal(f.v[1].status, FACT_FAILED);
	assert_int_equal(f.v[2].status, FACT_UNCLAIMED);
	assert_int_equal(f.v[2].gross, -458);
	assert_string_equal(f.v[2].unique_id, "PO-000119");
	assert_string_equal(f.v[1].payer_email, "dieter@example.org");
	assert_string_equal(f.payment, "");
	facts_free(&f);
	buf_free(&b);
}

/* body with a variable set, added, or (value NULL) left out; name=value encoded as given. */
static struct buf
with(const struct buf *body, const char *name, const char *value)
{
	struct buf out = BUF_INIT(SPOOL_BODY_MAX);
	size_t n = strlen(name);
	const char *p = body->data, *amp;
	struct error e;

	for (; *p != '\0'; p = *amp == '&' ? amp + 1 : amp) {
		amp = p + strcspn(p, "&");
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			continue;
		if (out.len > 0)
			assert_works(buf_adds(&out, "&", &e));
		assert_works(buf_add(&out, p, (size_t)(amp - p), &e));
	}
	if (value != NULL)
		assert_works(buf_addf(&out, &e, "&%s=%s", name, value));
	return out;
}

struct variant { const char *file, *name, *value, *said; };	/* said "": facts decide */

static void
try_variants(const struct variant *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char name[96], said[64];
		struct buf b, changed;
		struct facts f;

		(void)snprintf(name, sizeof(name), IPN "%s.body", v[i].file);
		b = slurp(AT_FDCWD, name);
		changed = with(&b, v[i].name, v[i].value);
		f = read_body(&changed, BOOK_LIVE, RECEIVERS);
		(void)snprintf(said, sizeof(said), "%s%s%s", record_disposition_name[f.disposition],
		    f.reason[0] == '\0' ? "" : " ", f.reason);
		if (strcmp(said, v[i].said) != 0 || (f.disposition != DISP_NONE) != (f.n == 0))
			fail_msg("%s %s=%s: \"%s\" (%s), %zu facts", v[i].file, v[i].name,
			    v[i].value == NULL ? "(none)" : v[i].value, said, f.note, f.n);
		facts_free(&f);
		buf_free(&b);
		buf_free(&changed);
	}
}

#define PAID	"6.01-web_accept"
#define BACK	"6.11-refund_partial"
#define BATCH	"6.18-masspay_failed_item"
#define ADJUST	"6.15-adjustment"
#define CASE	"6.22-new_case"

static void
hostile(void **state)
{
	static const struct variant v[] = {
		/* amounts */
		{ PAID, "mc_gross", "1e2", "held malformed" }, { PAID, "mc_gross", "%2B5", "held malformed" },
		{ PAID, "mc_gross", "0x10", "held malformed" }, { PAID, "mc_gross", "1%2C000.00", "held malformed" },
		{ PAID, "mc_gross", "", "held malformed" }, { PAID, "mc_gross", NULL, "held malformed" },
		{ PAID, "mc_gross", "NaN", "held malformed" }, { PAID, "mc_gross", "0.00", "held malformed" },
		{ PAID, "mc_gross", "-100.00", "held malformed" }, { PAID, "mc_gross", "100.001", "held malformed" },
		{ PAID, "mc_gross", "99999999999999", "held malformed" },
		{ PAID, "mc_gross", "100.00%00", "held malformed" },
		{ PAID, "mc_gross", "100.00+", "held malformed" },
		{ PAID, "mc_fee", "three", "held malformed" }, { PAID, "mc_fee", NULL, "" },
		{ PAID, "mc_fee", "", "" }, { BACK, "mc_gross", "10.00", "held malformed" },
		/* currencies */
		{ PAID, "mc_currency", "usd", "held malformed" }, { PAID, "mc_currency", "XXX", "held malformed" },
		{ PAID, "mc_currency", "", "held malformed" }, { PAID, "mc_currency", NULL, "held malformed" },
		{ PAID, "mc_currency", "JPY", "held malformed" },	/* its fee 3.20 is none there */
		{ PAID, "settle_currency", "EUR", "" }, { PAID, "settle_amount", "oops", "" },
		/* ids */
		{ PAID, "txn_id", "", "held malformed" }, { PAID, "txn_id", NULL, "held malformed" },
		{ PAID, "txn_id", "7AB19283CD465019E%20", "held malformed" },
		{ PAID, "txn_id", "7ab19283cd465019e", "held malformed" },
		{ PAID, "txn_id", "7AB19283CD4%00", "held malformed" }, { PAID, "txn_id", "-7AB", "held malformed" },
		{ PAID, "txn_id", "7AB19283CD465019E7AB19283", "held malformed" },
		{ PAID, "txn_id", "%27%3B+DROP", "held malformed" }, { BACK, "parent_txn_id", "", "held malformed" },
		{ BACK, "parent_txn_id", NULL, "held malformed" }, { PAID, "parent_txn_id", "..%2F..", "" },
		/* whose account; business is nobody's proof */
		{ PAID, "receiver_id", "OTHERID999999", "held wrong-receiver" },
		{ PAID, "receiver_id", "", "" }, { PAID, "receiver_id", NULL, "" },
		{ PAID, "receiver_id", "merchantid123", "" },
		{ PAID, "receiver_id", "MERCHANTID123%00", "held malformed" },
		{ PAID, "receiver_email", "evil%40example.com", "" },	/* the id decides */
		{ PAID, "receiver_email", NULL, "" },
		{ ADJUST, "payer_id", "OTHERID999999", "held wrong-receiver" },
		{ ADJUST, "payer_id", NULL, "" }, { ADJUST, "parent_txn_id", NULL, "held malformed" },
		{ ADJUST, "payment_status", "Pending", "held unknown-type" },
		{ BATCH, "payer_id", "OTHERID999999", "held wrong-receiver" },
		{ CASE, "receiver_id", "OTHERID999999", "held wrong-receiver" },
		{ CASE, "case_id", "", "held malformed" }, { CASE, "txn_id", NULL, "held malformed" },
		/* what it is */
		{ PAID, "txn_type", "gift", "held unknown-type" }, { PAID, "txn_type", "", "" },
		{ PAID, "txn_type", NULL, "" }, { PAID, "txn_type", "subscr_signup", "noted" },
		{ PAID, "txn_type", "cart%00", "held malformed" },
		{ PAID, "payment_status", "Done", "held unknown-type" },
		{ PAID, "payment_status", NULL, "held malformed" },
		{ BACK, "payment_status", NULL, "held unknown-type" },
		{ PAID, "test_ipn", "1", "held wrong-mode" }, { PAID, "test_ipn", "0", "" },
		{ PAID, "cmd", "_notify-validate", "held malformed" }, { PAID, "cmd", "", "held malformed" },
		{ PAID, "payment_status", "Refunded", "held malformed" },
		{ PAID, "txn_type", "masspay", "" },
		/* a batch inside a payment, and a payment inside a batch */
		{ "6.20-masspay_in_1", "status_1", "Completed", "held malformed" },
		{ BATCH, "status_2", "Lost", "held unknown-type" }, { BATCH, "status_2", NULL, "held unknown-type" },
		{ BATCH, "mc_gross_2", "-24.50", "held malformed" }, { BATCH, "mc_gross_2", "x", "held malformed" },
		{ BATCH, "mc_gross_2", "0.00", "held malformed" }, { BATCH, "mc_currency_3", "", "held malformed" },
		{ BATCH, "mc_gross_2", NULL, "held malformed" },
		{ BATCH, "mc_fee_1", "x", "held malformed" }, { BATCH, "masspay_txn_id_1", "low", "held malformed" },
		{ BATCH, "payment_status", "Refunded", "held unknown-type" }, { BATCH, "mc_gross_x", "1", "" },
		{ BATCH, "mc_gross_0", "5.00", "held unknown-type" },	/* an item 0 without status */
		{ BATCH, "masspay_txn_id_2", NULL, "" }, { BATCH, "unique_id_2", NULL, "" },
		/* text never costs a payment */
		{ PAID, "first_name", "%FF%FE%00", "" }, { PAID, "charset", "UTF-7", "" },
		{ PAID, "charset", "%00", "" }, { PAID, "memo", "%zz%u0416%", "" },
		{ PAID, "invoice", "%FF%FF%FF", "" }, { PAID, "payment_date", "yesterday", "" },
		{ PAID, "payment_date", NULL, "" }, { PAID, "payer_email", "%00", "held malformed" },
		{ PAID, "custom", "%3Cscript%3E", "" },
		/* the same twice with different values is nobody's message; identical is */
		{ PAID, "mc_gross=100.00&mc_gross", "1.00", "held malformed" },
		{ PAID, "memo=1&memo", "1", "" }, { PAID, "memo=1&memo", "2", "held malformed" },
	};

	(void)state;
	try_variants(v, COUNT(v));
}

/* By address where no id is known: any case, blanks around it, nothing else. */
static void
receivers(void **state)
{
	static const struct { const char *list, *email; int ours; } v[] = {
		{ "billing@example.com", "billing%40example.com", 1 },
		{ "Billing@Example.COM", "billing%40example.com", 1 },
		{ "a@b.c, billing@example.com ,", "+BILLING%40EXAMPLE.COM+", 1 },
		{ "billing@example.com", "billing%40example.com.evil.org", 0 },
		{ "billing@example.com", "xbilling%40example.com", 0 },
		{ "billing@example.com", "billing%40example.com%00", 0 },
		{ "billing@example.com", "billing%40example.com%0a", 0 }, { "billing@example.com", "", 0 },
		{ ",,,", "", 0 }, { "", "", 0 }, { "billing@example.com", "%2C", 0 },
	};
	struct buf b = slurp(AT_FDCWD, IPN "6.01-web_accept.body"), c, d;
	size_t i;

	(void)state;
	c = with(&b, "receiver_id", NULL);
	for (i = 0; i < COUNT(v); i++) {
		struct facts f;

		d = with(&c, "receiver_email", v[i].email);
		f = read_body(&d, BOOK_LIVE, v[i].list);
		if ((f.n == 1) != v[i].ours)
			fail_msg("%s, %s: %s", v[i].list, v[i].email, f.note);
		facts_free(&f);
		buf_free(&d);
	}
	buf_free(&b);
	buf_free(&c);
}

/* Any byte changed, any piece left out: no crash, and money only by what then stands there. */
static void
mutations(void **state)
{
	static const char *const files[] = { "6.01-web_accept", "6.11-refund_partial", "6.15-adjustment",
	    "6.18-masspay_failed_item", "6.22-new_case" };
	uint64_t seed = 11;
	size_t i, round;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		char name[96];
		struct buf b;

		(void)snprintf(name, sizeof(name), IPN "%s.body", files[i]);
		b = slurp(AT_FDCWD, name);
		for (round = 0; round < 4000; round++) {
			size_t at = random_below(&seed, b.len), n = random_below(&seed, b.len - at), k;
			struct buf m = BUF_INIT(SPOOL_BODY_MAX);
			struct world w = { 0 };
			struct facts f;
			struct error e;

			assert_works(buf_add(&m, b.data, b.len, &e));
			if (round & 1) {
				memmove(m.data + at, m.data + at + n, b.len - at - n);
				m.len -= n;
			} else
				m.data[at] = (char)random_next(&seed);
			m.data[m.len] = '\0';
			f = read_body(&m, BOOK_LIVE, RECEIVERS);
			for (k = 0; k < f.n; k++)
				assert_true(f.v[k].move == MOVE_DISPUTE || f.v[k].gross != 0);
			if (f.disposition != DISP_NONE)
				assert_int_equal(f.n, 0);
			else if (world_apply(&w, &f) == -1 || !world_balanced(&w))
				fail_msg("%s", w.fault);
			world_free(&w);
			facts_free(&f);
			buf_free(&m);
		}
		buf_free(&b);
	}
}

/* The documentation's messages, each ten times, in any order: the books of once in order. */
static void
whole_story(void **state)
{
	static const char *const files[] = { "6.01-web_accept", "6.02-echeck_pending", "6.03-echeck_completed",
	    "6.06-express_checkout_jpy", "6.07-conversion", "6.08-cart", "6.09-send_money",
	    "6.10-refund_full", "6.11-refund_partial", "6.12-refund_second", "6.13-reversal",
	    "6.14-canceled_reversal", "6.15-adjustment", "6.18-masspay_failed_item", "6.19-masspay_denied",
	    "6.20-masspay_in_1", "6.21-masspay_in_2", "6.22-new_case", "6.23-pending_unilateral",
	    "6.24-windows_1252" };
	struct facts f[COUNT(files)];
	struct world once = { 0 };
	uint64_t seed = 12;
	char *want, name[96];
	size_t i, round, order[COUNT(files) * 10];

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		struct buf b;

		(void)snprintf(name, sizeof(name), IPN "%s.body", files[i]);
		b = slurp(AT_FDCWD, name);
		f[i] = read_body(&b, BOOK_LIVE, RECEIVERS);
		buf_free(&b);
		assert_int_equal(world_apply(&once, &f[i]), 0);
		assert_int_not_equal(once.disposition, DISP_HELD);
	}
	want = world_print(&once);
	for (round = 0; round < 20; round++) {
		struct world w = { 0 };
		char *got;

		for (i = 0; i < COUNT(order); i++)
			order[i] = i % COUNT(files);
		for (i = COUNT(order); i > 1; i--) {
			size_t at = random_below(&seed, i), keep = order[i - 1];

			order[i - 1] = order[at];
			order[at] = keep;
		}
		for (i = 0; i < COUNT(order); i++) {
			assert_int_equal(world_apply(&w, &f[order[i]]), 0);
			assert_true(world_balanced(&w));
			assert_int_not_equal(w.disposition, DISP_HELD);
		}
		got = world_print(&w);
		assert_string_equal(got, want);
		free(got);
		world_free(&w);
	}
	for (i = 0; i < COUNT(files); i++)
		facts_free(&f[i]);
	free(want);
	world_free(&once);
}

static void
answers(void **state)
{
	static const struct { long http; const char *s; size_t len; int want; } v[] = {
		{ 200, "VERIFIED", 8, VERDICT_YES }, { 200, "INVALID", 7, VERDICT_NO },
		{ 200, "VERIFIED\r\n", 10, VERDICT_YES }, { 200, " INVALID\n", 9, VERDICT_NO },
		{ 200, "", 0, VERDICT_UNKNOWN }, { 200, "verified", 8, VERDICT_UNKNOWN },
		{ 200, "VERIFIED INVALID", 16, VERDICT_UNKNOWN }, { 200, "NOT VERIFIED", 12, VERDICT_UNKNOWN },
		{ 200, "<html>VERIFIED</html>", 21, VERDICT_UNKNOWN }, { 200, "VERIFIED.", 9, VERDICT_UNKNOWN },
		{ 200, "VERIFIE", 7, VERDICT_UNKNOWN }, { 200, "VERIFIED\0", 9, VERDICT_UNKNOWN },
		{ 200, "\0VERIFIED", 9, VERDICT_UNKNOWN }, { 500, "VERIFIED", 8, VERDICT_UNKNOWN },
		{ 403, "INVALID", 7, VERDICT_UNKNOWN }, { 302, "VERIFIED", 8, VERDICT_UNKNOWN },
		{ 0, "VERIFIED", 8, VERDICT_UNKNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++)
		if (provider_paypal_ipn.answer(v[i].http, v[i].s, v[i].len) != v[i].want)
			fail_msg("%ld %s", v[i].http, v[i].s);
}

/* The question carries the exact bytes, to a host of our choice. */
static void
question(void **state)
{
	static const char body[] = "a=%zz+b&c=\xff\0&&";
	struct ask a;
	struct error e;
	char longest[2000];

	(void)state;
	assert_works(provider_paypal_ipn.ask(BOOK_LIVE, "", body, sizeof(body) - 1, &a, &e));
	assert_string_equal(a.url, "https://ipnpb.paypal.com/cgi-bin/webscr");
	assert_int_equal(a.body.len, 21 + sizeof(body) - 1);
	assert_memory_equal(a.body.data, "cmd=_notify-validate&", 21);
	assert_memory_equal(a.body.data + 21, body, sizeof(body) - 1);
	buf_free(&a.body);
	assert_works(provider_paypal_ipn.ask(BOOK_TEST, "", "", 0, &a, &e));
	assert_string_equal(a.url, "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr");
	buf_free(&a.body);
	assert_works(provider_paypal_ipn.ask(BOOK_LIVE, "http://127.0.0.1:9", "", 0, &a, &e));
	assert_string_equal(a.url, "http://127.0.0.1:9/cgi-bin/webscr");
	buf_free(&a.body);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_fails(provider_paypal_ipn.ask(BOOK_LIVE, longest, "", 0, &a, &e), ERR_CONFIG, "too long");
}

static void
settings(void **state)
{
	static const struct { const char *name, *value; int good; } v[] = {
		{ "receiver", "billing@example.com,MERCHANTID123", 1 }, { "receiver", "", 0 },
		{ "receiver", " , ", 0 }, { "receiver", "billing", 0 }, { "receiver", "merchantid", 0 },
		{ "receiver", "a b@example.com", 0 }, { "deduct_fee", "yes", 1 }, { "deduct_fee", "no", 1 },
		{ "deduct_fee", "Yes", 0 }, { "deduct_fee", "", 0 }, { "currencies", "USD,EUR", 1 },
		{ "currencies", "USD,EURO", 0 }, { "currencies", "usd", 0 }, { "ipn_url", "https://x", 1 },
		{ "ipn_url", "ftp://x", 0 }, { "endpoint", "http://127.0.0.1:9", 1 },
		{ "endpoint", "http://127.0.0.1:9@x/", 0 }, { "report_dates", "dmy", 1 },
		{ "report_dates", "DMY", 0 }, { "report_decimal", "comma", 1 }, { "report_decimal", ",", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		const struct setting *s = provider_paypal_ipn.settings;
		struct error e;

		while (s->name != NULL && strcmp(s->name, v[i].name) != 0)
			s++;
		assert_non_null(s->name);
		if (v[i].good)
			assert_works(s->check(v[i].value, &e));
		else
			assert_fails(s->check(v[i].value, &e), ERR_INPUT, "");
	}
	assert_ptr_equal(provider_find("paypal-ipn"), &provider_paypal_ipn);
	assert_null(provider_find("paypal"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies), cmocka_unit_test(details), cmocka_unit_test(hostile),
		cmocka_unit_test(receivers), cmocka_unit_test(mutations), cmocka_unit_test(whole_story),
		cmocka_unit_test(answers), cmocka_unit_test(question), cmocka_unit_test(settings),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests_name("paypal_ipn", tests, NULL, NULL);
}
