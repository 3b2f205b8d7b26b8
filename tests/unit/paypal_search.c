/*
 * paypal_search -- rows of both interfaces, their time, what moves the balance; files that are not
 * whole; balances that do not tie.
 */
#include "unit.h"

#include "money.h"
#include "report/paypal_search.h"

#define HEAD "{\"daybook\":\"paypal-search\",\"version\":1,\"source\":\"rest\",\"account\":\"PayPal\"," \
	"\"account_id\":\"M1\",\"from\":\"2026-11-20T00:00:00Z\",\"to\":\"2026-11-20T23:59:59Z\"}\n"
#define OPENING(v) "{\"balance\":\"opening\",\"currency\":\"USD\",\"available\":\"" v "\",\"total\":\"" v "\"}\n"
#define CLOSING(v) "{\"balance\":\"closing\",\"currency\":\"USD\",\"available\":\"" v "\",\"total\":\"" v "\"}\n"
#define INFO(id, code, time, amount, fee, status, more) \
	"{\"transaction_info\":{\"transaction_id\":\"" id "\",\"transaction_event_code\":\"" code "\"," \
	"\"transaction_initiation_date\":\"" time "\",\"transaction_amount\":{\"currency_code\":\"USD\",\"value\":\"" \
	amount "\"},\"fee_amount\":{\"currency_code\":\"USD\",\"value\":\"" fee "\"},\"transaction_status\":\"" \
	status "\"" more "},\"payer_info\":{\"email_address\":\"Alice@Example.net\",\"account_id\":\"P1\"}}"
#define ROW(id, code, time, amount, fee, status) \
	"{\"row\":" INFO(id, code, time, amount, fee, status, "") "}\n"
#define END(rows, balances) "{\"end\":true,\"rows\":" rows ",\"balances\":" balances "}\n"

struct got {
	struct buf	 text;
	size_t		 n;
};

static int
row(void *arg, const struct report_row *r, struct error *e)
{
	struct got *g = arg;
	char gross[MONEY_TEXT], fee[MONEY_TEXT], when[MOMENT_TEXT];

	g->n++;
	assert_int_equal(r->net, r->gross - r->fee);
	return buf_addf(&g->text, e, "%s%zu %s %s %s %s %s;", r->moves_balance ? "" : "~", r->line,
	    r->known_type ? record_move_name[r->move] : "?", r->id, money_print(r->gross, r->currency, gross),
	    r->fee_known ? money_print(r->fee, r->currency, fee) : "-", moment_print(r->event, when));
}

static int
control(void *arg, const struct report_control *c, struct error *e)
{
	struct got *g = arg;

	return buf_addf(&g->text, e, "control %s %lld %lld;", c->key, (long long)c->stated,
	    (long long)c->computed);
}

static int
statement(void *arg, const struct report_statement *s, struct error *e)
{
	struct got *g = arg;

	assert_true(s->to > s->from);
	return buf_addf(&g->text, e, "%s %lld %lld;", s->currency, (long long)s->opening, (long long)s->closing);
}

static int
read_text(const char *text, struct got *g, struct error *e)
{
	const struct report_sink sink = { .arg = g, .row = row, .control = control, .statement = statement };
	int dir = scratch(), fd, rc;

	memset(g, 0, sizeof(*g));
	g->text = (struct buf)BUF_INIT(65536);
	assert_int_equal(buf_adds(&g->text, "", e), 0);
	put_file(dir, "f", text, strlen(text));
	fd = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	rc = report_paypal_search.read(fd, "f", &(struct report_options){ .dates = "" }, &sink, e);
	close(fd);
	close(dir);
	return rc;
}

static void
check(const char *text, const char *want)
{
	struct error e = { 0 };
	struct got g;

	if (read_text(text, &g, &e) == -1)
		fail_msg("%s", e.text);
	assert_string_equal(g.text.data, want);
	buf_free(&g.text);
}

static void
refuses(const char *text, const char *says)
{
	struct error e = { 0 };
	struct got g;

	assert_fails(read_text(text, &g, &e), ERR_INPUT, says);
	assert_int_equal(g.n, 0);	/* nothing of it was delivered */
	buf_free(&g.text);
}

static void
test_rows(void **state)
{
	(void)state;
	check(HEAD OPENING("100.00") CLOSING("83.70")
	    ROW("B", "T1107", "2026-11-20T09:00:00+0000", "-20.00", "0.68", "S")
	    ROW("A", "T0006", "2026-11-20T00:00:00-0800", "5.00", "-2.00", "S")
	    ROW("P", "T0006", "2026-11-20T10:00:00Z", "50.00", "0.00", "P")
	    ROW("H", "T1300", "2026-11-20T11:00:00.5+00:00", "50.00", "0.00", "S")
	    ROW("X", "T7777", "2026-11-20T12:00:00Z", "0.02", "0.00", "S") END("5", "2"),
	    "5 payment A 5.00 2.00 2026-11-20T08:00:00Z;4 refund B -20.00 -0.68 2026-11-20T09:00:00Z;"
	    "~6 payment P 50.00 0.00 2026-11-20T10:00:00Z;~7 other H 50.00 0.00 2026-11-20T11:00:00Z;"
	    "8 ? X 0.02 0.00 2026-11-20T12:00:00Z;USD 10000 8370;");
}

static void
test_no_balance(void **state)
{
	(void)state;
	check(HEAD END("0", "0"), "");
	check(HEAD CLOSING("5.00") ROW("A", "T0006", "2026-11-20T08:00:00Z", "5.00", "0", "S") END("1", "1"),
	    "3 payment A 5.00 0.00 2026-11-20T08:00:00Z;USD 0 500;");
	check(HEAD OPENING("1.00") CLOSING("5.00") END("0", "2"), "control USD closing 500 100;USD 100 500;");
}

/* A row begun before the period: its money moved when PayPal changed it, or when we say. */
static void
test_moved(void **state)
{
	(void)state;
	check(HEAD "{\"row\":" INFO("A", "T0006", "2026-11-17T08:00:00Z", "5.00", "0", "S",
	    ",\"transaction_updated_date\":\"2026-11-20T07:00:00Z\"") "}\n" END("1", "0"),
	    "2 payment A 5.00 0.00 2026-11-20T07:00:00Z;");
	check(HEAD "{\"row\":" INFO("A", "T0006", "2026-11-20T08:00:00Z", "5.00", "0", "V",
	    ",\"transaction_updated_date\":\"2026-11-22T07:00:00Z\"") "}\n" END("1", "0"),
	    "2 payment A 5.00 0.00 2026-11-20T08:00:00Z;");
}

static void
test_refused(void **state)
{
	(void)state;
	refuses("", "cut off");
	refuses("{}\n", "f:1: no head");
	refuses(HEAD, "cut off: the file's end is missing");
	refuses(HEAD ROW("A", "T0006", "2026-11-20T08:00:00Z", "5.00", "0", "S"), "cut off");
	refuses(HEAD END("1", "0"), "f:2: end: rows");
	refuses(HEAD END("0", "1"), "f:2: end: rows and balances");
	refuses(HEAD END("0", "0") HEAD, "f:3: something stands behind the end");
	refuses(HEAD "nonsense\n" END("0", "0"), "f:2: no JSON");
	refuses(HEAD "{\"x\":1}\n" END("0", "0"), "f:2: a row, a balance or the end");
	refuses(HEAD ROW("A", "T0006", "2026-11-20T08:00:00Z", "5,00x", "0", "S") END("1", "0"),
	    "f:2: transaction_amount: \"5,00x\" is no amount");
	refuses(HEAD ROW("A", "T0006", "2026-11-20", "5.00", "0", "S") END("1", "0"),
	    "f:2: transaction_initiation_date");
	refuses(HEAD ROW("A", "T0006", "2026-13-20T08:00:00Z", "5.00", "0", "S") END("1", "0"),
	    "f:2: transaction_initiation_date");
	refuses(HEAD OPENING("1") OPENING("1") END("0", "2"), "f:3: opening balance of USD stands twice");
	refuses(HEAD "{\"balance\":\"middle\",\"currency\":\"USD\",\"available\":\"1\"}\n" END("0", "1"),
	    "f:2: balance: opening or closing");
	refuses(HEAD "{\"row\":{\"transaction_info\":{\"transaction_id\":\"A\"}}}\n" END("1", "0"), "f:2: ");
}

static void
nvp(const char *text, const char *want)
{
	struct error e = { 0 };
	struct got g = { .text = BUF_INIT(65536) };
	struct report_row r;
	json_error_t je;
	json_t *j = json_loads(text, 0, &je);

	assert_non_null(j);
	if (paypal_search_row(j, "nvp", 0, &r, &e) == -1)
		fail_msg("%s", e.text);
	r.line = 1;
	assert_int_equal(row(&g, &r, &e), 0);
	assert_string_equal(g.text.data, want);
	buf_free(&g.text);
	json_decref(j);
}

#define NVP(type, status, amt, fee, more) "{\"L_TIMESTAMP\":\"2026-11-20T08:00:00Z\",\"L_TYPE\":\"" type \
	"\",\"L_TRANSACTIONID\":\"A\",\"L_STATUS\":\"" status "\",\"L_AMT\":\"" amt "\",\"L_CURRENCYCODE\":\"USD\"," \
	"\"L_FEEAMT\":\"" fee "\"" more "}"
#define DETAILS(status, amt) "{\"details\":{\"TRANSACTIONID\":\"A\",\"ORDERTIME\":\"2026-11-20T08:00:00Z\"," \
	"\"AMT\":\"" amt "\",\"FEEAMT\":\"0.50\",\"CURRENCYCODE\":\"USD\",\"PAYMENTSTATUS\":\"" status "\"}}"

static void
test_nvp(void **state)
{
	(void)state;
	nvp(NVP("Payment", "Completed", "20.00", "-0.98", ""), "1 payment A 20.00 0.98 2026-11-20T08:00:00Z;");
	nvp(NVP("Payment", "Pending", "20.00", "0.00", ""), "~1 payment A 20.00 0.00 2026-11-20T08:00:00Z;");
	nvp(NVP("Payment", "Refunded", "1,020.00", "-0.98", ""), "1 payment A 1020.00 0.98 2026-11-20T08:00:00Z;");
	nvp(NVP("Refund", "Completed", "-20.00", "0.68", ",\"details\":{\"PARENTTRANSACTIONID\":\"B\"}"),
	    "1 refund A -20.00 -0.68 2026-11-20T08:00:00Z;");
	nvp(NVP("Transfer", "Completed", "-20.00", "0.00", ""), "1 withdrawal A -20.00 0.00 2026-11-20T08:00:00Z;");
	nvp(NVP("Currency Conversion (debit)", "Completed", "-20.00", "0.00", ""),
	    "1 conversion A -20.00 0.00 2026-11-20T08:00:00Z;");
	nvp(NVP("Something New", "Completed", "-20.00", "0.00", ""), "1 ? A -20.00 0.00 2026-11-20T08:00:00Z;");
	nvp(DETAILS("Completed", "20.00"), "1 payment A 20.00 0.50 2026-11-20T08:00:00Z;");
	nvp(DETAILS("Partially-Refunded", "20.00"), "1 payment A 20.00 0.50 2026-11-20T08:00:00Z;");
	nvp(DETAILS("Denied", "20.00"), "~1 payment A 20.00 0.50 2026-11-20T08:00:00Z;");
	/* A word that nobody knows is no yes. */
	nvp(DETAILS("In-Progress", "20.00"), "~1 payment A 20.00 0.50 2026-11-20T08:00:00Z;");
	nvp(DETAILS("Splendid", "20.00"), "~1 payment A 20.00 0.50 2026-11-20T08:00:00Z;");
}

static void
test_time(void **state)
{
	static const struct { const char *text; int64_t s; } good[] = {
		{ "2026-11-20T19:02:03Z", 1795201323 }, { "2026-11-20T19:02:03+0000", 1795201323 },
		{ "2026-11-20T20:02:03+01:00", 1795201323 }, { "2026-11-20T11:02:03-0800", 1795201323 },
		{ "2026-11-21T00:32:03+05:30", 1795201323 },
		{ "2026-11-20T19:02:03.999Z", 1795201323 }, { "2026-11-20 19:02:03Z", 1795201323 },
	};
	static const char *const bad[] = { "", "2026-11-20", "2026-11-20T19:02:03", "2026-02-30T00:00:00Z",
	    "2026-11-20T24:00:00Z", "2026-11-20T19:02:03+1", "2026-11-20T19:02:03Zx", "2026-11-20T19:02:03.Z",
	    "2026-11-20T19:02:03+99:00", "x026-11-20T19:02:03Z", "2026-11-20T19:02:03.12345678901234567890123Z" };
	struct error e = { 0 };
	int64_t us;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_works(moment_parse_offset(good[i].text, strlen(good[i].text), &us, &e));
		assert_int_equal(us, good[i].s * MOMENT_SECOND);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_fails(moment_parse_offset(bad[i], strlen(bad[i]), &us, &e), ERR_INPUT, "a time such as");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_no_balance), cmocka_unit_test(test_moved),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_nvp), cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests_name("paypal_search", tests, NULL, NULL);
}
