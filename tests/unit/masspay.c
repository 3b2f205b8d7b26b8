/*
 * masspay -- upload files read, items tied to payouts, what is owed of them (providers/paypal.md 3).
 */
#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "masspay.h"
#include "masspay_check.h"
#include "report/masspay_upload.h"

#define DAY	MOMENT_DAY_US
#define T0	(INT64_C(1772323200) * MOMENT_SECOND)	/* 2026-03-01 */

static int
take(void *arg, const struct masspay_line *l, struct error *e)
{
	(void)e;
	snprintf((char *)arg + strlen(arg), 512 - strlen(arg), "%zu %s %s %lld %s;", l->line, l->payee, l->currency,
	    (long long)l->amount, l->unique_id);
	return 0;
}

static void
files(void **state)
{
	static const struct { const char *text, *says; } t[] = {
		{ "a@example.org,10.00,USD,U-1,\n", "1 a@example.org USD 1000 U-1;" },
		{ "A@Example.org\t10\tusd\r\n", "1 a@example.org USD 1000 ;" },
		{ "\xef\xbb\xbf" "a@example.org,\"1100,45\",EUR\n", "1 a@example.org EUR 110045 ;" },
		{ "a@example.org,\"1.100,45\",EUR\nb@example.org,\"5,00\",EUR\n",
		    "1 a@example.org EUR 110045 ;2 b@example.org EUR 500 ;" },
		{ "Recipient,Amount,Currency\na@example.org,1.50,USD\n", "2 a@example.org USD 150 ;" },
		{ "a@example.org,150,JPY\n", "1 a@example.org JPY 150 ;" },
		{ "a@example.org\t1.50\tOLD-1\tnote\n", "1 a@example.org CHF 150 OLD-1;" },
		{ "RECIPIENT0001,1.50,USD\n", "1 RECIPIENT0001 USD 150 ;" },
		{ "+44 (20) 7946-0000,1.50,USD\n", "1 +442079460000 USD 150 ;" },
		{ "a@example.org,1.50,USD,U-1,\"a, b\"\n\nb@example.org,2.00,USD,,\n",
		    "1 a@example.org USD 150 U-1;3 b@example.org USD 200 ;" },
		{ "", "f: no payment in it" }, { "Recipient,Amount\n", "f: no payment in it" },
		{ "a@example.org,-1.50,USD\n", "f:1: amount: more than 0" },
		{ "a@example.org,0.00,USD\n", "f:1: amount: more than 0" },
		{ "a@example.org,1.505,USD\n", "f:1: amount: \"1.505\" may have a decimal comma or not" },
		{ "a@example.org,1.505,USD\nb@example.org,1.50,USD\n", "f:1: amount: a number in USD such as 5.45" },
		{ "a@example.org,\"1,505\",USD\nb@example.org,1.50,USD\n", "1 a@example.org USD 150500 ;2 b@example.org USD 150 ;" },
		{ "a@example.org,\"1,505\",JPY\n", "1 a@example.org JPY 1505 ;" },
		{ "a@example.org,1.5,JPY\n", "f:1: amount: a number in JPY" },
		{ "a@example.org,$1.50,USD\n", "f:1: amount:" },
		{ "a@example.org,1.50,USD\nb@example.org,1.50,\n", "f:2: currency: three letters" },
		{ "a@example.org,1.50,USD\nb@example.org,1.50,XYZ\n", "f:2: currency: three letters" },
		{ "a@example.org,1.50,USD\nb,1.50,USD\n", "f:2: recipient:" },
		{ "a@example.org,\"1,000\",USD\n", "f:1: amount: \"1,000\" may have a decimal comma or not" },
		{ "a@example.org,1.50,USD,a b\n", "f:1: unique id:" },
		{ "a@example.org,1.50,USD,U,n,x\n", "f:1: line: at most 5 columns" },
		{ "a@example.org,\"1.50,USD\n", "f:1:" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(t); i++) {
		char got[512] = "";
		struct error e = { 0 };
		int fd = memfd_create("f", 0);

		assert_int_equal(write(fd, t[i].text, strlen(t[i].text)), (ssize_t)strlen(t[i].text));
		lseek(fd, 0, SEEK_SET);
		if (masspay_read(fd, "f", NULL, "CHF", take, NULL, got, &e) == -1) {
			assert_int_equal(e.code, ERR_INPUT);
			e.text[strlen(t[i].says) < sizeof(e.text) ? strlen(t[i].says) : 0] = '\0';
			assert_string_equal(e.text, t[i].says);
		} else
			assert_string_equal(got, t[i].says);
		close(fd);
	}
}

static void
add_batch(struct masspay *m, const char *id, int advice, const char *customer, int64_t when)
{
	struct masspay_batch b = { .advice = advice, .registered = when, .currency = "USD", .account = "PayPal" };
	struct error e = { 0 };
	json_t *j;

	memcpy(b.customer, customer, strlen(customer) + 1);
	memcpy(b.against, "Expenses:Payouts", 17);
	j = masspay_batch_json(&b);
	assert_int_equal(masspay_add_batch(m, id, j, &e), 0);
	json_decref(j);
}

static void
add_item(struct masspay *m, const char *batch, size_t line, const char *payee, int64_t amount, const char *uid,
    int cancelled)
{
	struct masspay_line l = { .line = line, .currency = "USD", .amount = amount };
	char key[MASSPAY_KEY];
	struct error e = { 0 };
	json_t *j;

	l.kind = (enum masspay_kind)masspay_payee(payee, strlen(payee), l.payee);
	memcpy(l.unique_id, uid, strlen(uid) + 1);
	masspay_key(key, batch, line);
	j = masspay_line_json(batch, &l);
	if (cancelled)
		json_object_set_new(j, "cancelled", json_string("2026-03-02T00:00:00.000000Z"));
	assert_int_equal(masspay_add_item(m, key, j, &e), 0);
	json_decref(j);
}

static void
add_payout(struct masspay *m, const char *id, const char *payer, int64_t amount, const char *uid,
    enum paystatus st, int booked, int64_t when)
{
	struct payrow r = { .move = MOVE_PAYOUT, .currency = "USD", .account = "PayPal", .status = st,
	    .booked = booked, .gross = -amount, .event = when };
	struct error e = { 0 };

	memcpy(r.id, id, strlen(id) + 1);
	memcpy(r.payer, payer, strlen(payer) + 1);
	memcpy(r.unique_id, uid, strlen(uid) + 1);
	assert_int_equal(masspay_add_payout(m, &r, &e), 0);
}

/* "ITEM state owed payout;" of each, then "-PAYOUT;" of those that are nobody's. */
static char *
all(struct masspay *m, char out[1024])
{
	struct error e = { 0 };
	size_t i;

	out[0] = '\0';
	assert_int_equal(masspay_tie(m, &e), 0);
	for (i = 0; i < m->nitems; i++)
		snprintf(out + strlen(out), 1024 - strlen(out), "%s %s %lld %s;", m->items[i].key,
		    masspay_state_name[masspay_state(m, &m->items[i])], (long long)masspay_owed(m, &m->items[i]),
		    m->items[i].payout == MASSPAY_NONE ? "" : m->payouts[m->items[i].payout].row.id);
	for (i = 0; i < m->npayouts; i++)
		if (m->payouts[i].item == MASSPAY_NONE)
			snprintf(out + strlen(out), 1024 - strlen(out), "-%s%s;", m->payouts[i].row.id,
			    m->payouts[i].ambiguous ? "?" : "");
	return out;
}

static void
ties(void **state)
{
	char out[1024], due[MOMENT_DAY];
	struct masspay m = { 0 };

	(void)state;
	add_batch(&m, "B", 0, "", T0);
	add_item(&m, "B", 1, "a@example.org", 1000, "U-1", 0);
	add_item(&m, "B", 2, "b@example.org", 2000, "", 0);
	add_item(&m, "B", 3, "c@example.org", 3000, "", 0);
	add_item(&m, "B", 4, "d@example.org", 4000, "U-4", 0);
	add_item(&m, "B", 5, "e@example.org", 4000, "U-5", 1);
	assert_string_equal(all(&m, out), "B.1 registered 1000 ;B.2 registered 2000 ;B.3 registered 3000 ;"
	    "B.4 registered 4000 ;B.5 cancelled 0 ;");
	add_payout(&m, "P1", "x@example.org", 1000, "U-1", PAY_FAILED, 0, T0 + DAY);
	add_payout(&m, "P2", "a@example.org", 1000, "U-1", PAY_UNCLAIMED, 1, T0 + 2 * DAY);
	add_payout(&m, "P3", "b@example.org", 2000, "", PAY_COMPLETED, 1, T0);
	add_payout(&m, "P4", "RECIPIENT0001", 3000, "", PAY_RETURNED, 1, T0);
	add_payout(&m, "P5", "d@example.org", 4000, "U-9", PAY_COMPLETED, 1, T0);
	assert_string_equal(all(&m, out), "B.1 unclaimed 0 P2;B.2 paid 0 P3;B.3 returned 3000 P4;"
	    "B.4 registered 4000 ;B.5 cancelled 0 ;-P5;-P1;");
	assert_string_equal(masspay_due(&m.payouts[m.items[0].payout].row, due), "2026-04-02");
	masspay_free(&m);

	/* Of two alike in payee, amount and currency the first; none too long ago or for another payee. */
	add_batch(&m, "B", 0, "", T0);
	add_item(&m, "B", 1, "a@example.org", 1000, "", 0);
	add_item(&m, "B", 2, "a@example.org", 1000, "", 0);
	add_item(&m, "B", 3, "b@example.org", 700, "", 0);
	add_item(&m, "B", 4, "c@example.org", 800, "", 0);
	add_payout(&m, "P1", "a@example.org", 1000, "", PAY_COMPLETED, 1, T0);
	add_payout(&m, "P2", "z@example.org", 700, "", PAY_COMPLETED, 1, T0);
	add_payout(&m, "P3", "c@example.org", 800, "", PAY_COMPLETED, 1, T0 + 36 * DAY);
	assert_string_equal(all(&m, out), "B.1 paid 0 P1;B.2 registered 1000 ;B.3 registered 700 ;"
	    "B.4 registered 800 ;-P2;-P3;");
	masspay_free(&m);
}

static void
advice(void **state)
{
	struct masspay m = { 0 };
	size_t at = 9;

	(void)state;
	add_batch(&m, "A", 1, "C1", T0);
	add_batch(&m, "B", 1, "C2", T0);
	add_item(&m, "A", 1, "us@example.com", 7500, "A-1", 0);
	add_item(&m, "A", 2, "us@example.com", 1200, "", 0);
	add_item(&m, "B", 1, "us@example.com", 1200, "", 0);
	add_item(&m, "B", 2, "us@example.com", 500, "", 1);
	assert_int_equal(masspay_advised(&m, "USD", 7500, "A-1", T0 + DAY, &at), 1);
	assert_string_equal(m.items[at].key, "A.1");
	assert_int_equal(masspay_advised(&m, "USD", 7500, "", T0 + DAY, &at), 1);
	assert_int_equal(masspay_advised(&m, "USD", 7500, "A-2", T0 + DAY, &at), 0);
	assert_int_equal(masspay_advised(&m, "EUR", 7500, "", T0 + DAY, &at), 0);
	assert_int_equal(masspay_advised(&m, "USD", 7500, "", T0 + 31 * DAY, &at), 0);
	assert_int_equal(masspay_advised(&m, "USD", 7500, "", T0 - 4 * DAY, &at), 0);
	assert_int_equal(masspay_advised(&m, "USD", 1200, "", T0, &at), 2);
	assert_int_equal(masspay_advised(&m, "USD", 500, "", T0, &at), 0);
	memcpy(m.items[2].payment, "PAID", 5);
	assert_int_equal(masspay_advised(&m, "USD", 1200, "", T0, &at), 1);
	masspay_free(&m);
}

static void
rows(void **state)
{
	static const char *const bad[] = { "{}", "[]", "{\"batch\":\"B\",\"line\":1,\"payee\":\"x\",\"currency\":\"USD\","
	    "\"amount\":1}", "{\"batch\":\"B\",\"line\":1,\"payee\":\"a@example.org\",\"currency\":\"USD\",\"amount\":0}",
	    "{\"batch\":\"B\",\"line\":1,\"payee\":\"a@example.org\",\"currency\":\"usd\",\"amount\":1}" };
	struct masspay m = { 0 };
	struct error e = { 0 };
	size_t i;

	(void)state;
	add_batch(&m, "B", 0, "", T0);
	for (i = 0; i < COUNT(bad); i++) {
		json_t *j = json_loads(bad[i], 0, NULL);

		assert_int_equal(masspay_add_item(&m, "B.1", j, &e), -1);
		assert_int_equal(e.code, ERR_CORRUPT);
		assert_int_equal(masspay_add_batch(&m, "C", j, &e), -1);
		json_decref(j);
	}
	masspay_free(&m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(files), cmocka_unit_test(ties),
	    cmocka_unit_test(advice), cmocka_unit_test(rows) };
	struct error e = { 0 };

	assert_int_equal(moment_zone_set("UTC", &e), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
