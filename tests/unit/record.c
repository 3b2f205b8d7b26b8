/*
 * record -- the journal's line and the index's row: everything comes out as it went in, nothing
 * that is no record passes.
 */
#include "unit.h"

#include "record.h"
#include "text.h"

static void
fill(char *s, size_t size, uint64_t *seed)
{
	static const char *const pieces[] = { "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\x01", "\x7f", "<",
	    "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xef\xbf\xbd" };
	size_t want = random_below(seed, size), n = 0;

	memset(s, 0, size);
	for (;;) {
		const char *p = pieces[random_below(seed, COUNT(pieces))];

		if (n + strlen(p) > want)
			break;
		memcpy(s + n, p, strlen(p));
		n += strlen(p);
	}
}

static int64_t
amount(uint64_t *seed)
{
	static const int64_t v[] = { 0, 1, -1, 1999, INT64_MAX, INT64_MIN };

	return random_below(seed, 2) == 0 ? v[random_below(seed, COUNT(v))] : (int64_t)random_next(seed);
}

static void
any_row(struct payrow *p, uint64_t *seed)
{
	memset(p, 0, sizeof(*p));
	fill(p->account, sizeof(p->account), seed);
	fill(p->id, sizeof(p->id), seed);
	fill(p->parent, sizeof(p->parent), seed);
	fill(p->customer, sizeof(p->customer), seed);
	fill(p->other, sizeof(p->other), seed);
	fill(p->payer, sizeof(p->payer), seed);
	memcpy(p->currency, "USD", 4);
	memcpy(p->currency2, random_below(seed, 2) == 0 ? "EUR" : "\0\0\0", 4);
	fill(p->unique_id, sizeof(p->unique_id), seed);
	fill(p->reference, sizeof(p->reference), seed);
	fill(p->message, sizeof(p->message), seed);
	fill(p->report, sizeof(p->report), seed);
	p->move = (enum movement)random_below(seed, MOVES);
	p->status = (enum paystatus)random_below(seed, PAY_STATUSES);
	p->gross = amount(seed);
	p->fee = amount(seed);
	p->gross2 = amount(seed);
	p->refunded = amount(seed);
	p->reversed = amount(seed);
	p->cancelled = amount(seed);
	p->adjusted = amount(seed);
	p->recharged = amount(seed);
	p->event = (int64_t)(random_next(seed) % UINT64_C(4102444800000000));
	p->cleared = (int64_t)(random_next(seed) % UINT64_C(4102444800000000));
	p->recorded = (int64_t)(random_next(seed) % UINT64_C(4102444800000000));
	p->fee_known = (int)random_below(seed, 2);
	p->deduct_fee = (int)random_below(seed, 2);
	p->disputed = (int)random_below(seed, 2);
	p->booked = (int)random_below(seed, 2);
	p->waiting = (int)random_below(seed, 2);
	p->unallocated = (int)random_below(seed, 2);
	p->doubtful = (int)random_below(seed, 2);
	p->desk = (int)random_below(seed, 2);
}

static void
begin(struct record *r)
{
	record_init(r);
	r->n = 7;
	memset(r->prev, 'a', 64);
	r->time = INT64_C(1795201323000001);
	memcpy(r->day, "2026-11-20", 11);
}

static void
any_record(struct record *r, uint64_t *seed)
{
	struct error e;
	size_t i, n;

	begin(r);
	fill(r->id, sizeof(r->id), seed);
	fill(r->origin, sizeof(r->origin), seed);
	fill(r->integration, sizeof(r->integration), seed);
	fill(r->who, sizeof(r->who), seed);
	r->received = (int64_t)(random_next(seed) % UINT64_C(4102444800000000));
	memset(r->body_sha256, 'b', 64);
	r->body_len = (int64_t)random_below(seed, 2000000);
	if (random_below(seed, 2) == 0) {
		memcpy(r->ev_segment, "2026-11", 8);
		r->ev_offset = (int64_t)random_below(seed, 1 << 30);
		r->ev_len = (int64_t)random_below(seed, 5000000);
		memset(r->ev_sha256, 'c', 64);
	}
	r->disposition = (enum disposition)random_below(seed, DISPS);
	fill(r->reason, sizeof(r->reason), seed);
	fill(r->payment, sizeof(r->payment), seed);
	for (n = random_below(seed, 6); n > 0; n--)
		any_row(record_row(r, &e), seed);
	for (n = random_below(seed, 6); n > 0; n--) {
		struct entry *en = record_entry(r, "refund", &e);

		fill(en->account, sizeof(en->account), seed);
		fill(en->payment, sizeof(en->payment), seed);
		fill(en->note, sizeof(en->note), seed);
		en->event = (int64_t)(random_next(seed) % UINT64_C(4102444800000000));
		for (i = random_below(seed, 5); i > 0; i--)
			assert_works(record_leg(en, "Assets:PayPal", "USD", amount(seed), &e));
	}
	for (n = random_below(seed, 3); n > 0; n--) {
		struct also *a = record_also(r, &e);

		fill(a->id, sizeof(a->id), seed);
		fill(a->reason, sizeof(a->reason), seed);
		a->disposition = (enum disposition)random_below(seed, DISPS);
	}
	if (random_below(seed, 3) == 0)
		r->act = json_pack("{s:s,s:[i,b,n]}", "verb", "x \xc3\xa4 \" \n", "v", 3, 1);
}

static void
round_trip(void **state)
{
	uint64_t seed = 9;
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		struct buf a = BUF_INIT(RECORD_LINE_MAX), b = BUF_INIT(RECORD_LINE_MAX);
		struct record r, back;
		struct error e;
		size_t k, m;

		any_record(&r, &seed);
		record_init(&back);
		assert_works(record_encode(&r, &a, &e));
		for (k = 0; k < a.len; k++)
			if (a.data[k] < 0x20 || a.data[k] > 0x7e)
				fail_msg("byte %d in a line", a.data[k]);
		assert_works(record_decode(&back, a.data, a.len, &e));
		assert_works(record_encode(&back, &b, &e));
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		assert_int_equal(back.nrows, r.nrows);
		assert_int_equal(back.nentries, r.nentries);
		for (k = 0; k < r.nrows; k++)
			assert_memory_equal(&back.rows[k], &r.rows[k], sizeof(r.rows[k]));
		for (k = 0; k < r.nentries; k++) {
			assert_string_equal(back.entries[k].note, r.entries[k].note);
			assert_int_equal(back.entries[k].nlegs, r.entries[k].nlegs);
			for (m = 0; m < r.entries[k].nlegs; m++)
				assert_int_equal(back.entries[k].legs[m].minor, r.entries[k].legs[m].minor);
		}
		assert_string_equal(back.who, r.who);
		assert_int_equal(back.disposition, r.disposition);
		assert_int_equal(back.ev_len, r.ev_len);
		assert_true(json_equal(back.act, r.act) || (back.act == NULL && r.act == NULL));
		record_free(&r);
		record_free(&back);
		buf_free(&a);
		buf_free(&b);
	}
}

/* Bytes that should never have come so far must not make a line that can't be read again. */
static void
not_utf8(void **state)
{
	struct buf line = BUF_INIT(RECORD_LINE_MAX);
	struct record r, back;
	struct payrow *p;
	struct error e;

	(void)state;
	begin(&r);
	memset(r.who, 0xff, sizeof(r.who) - 1);
	p = record_row(&r, &e);
	memset(p->payer, 0xc3, sizeof(p->payer) - 1);
	memset(p->reference, 0xed, sizeof(p->reference) - 1);
	record_init(&back);
	assert_works(record_encode(&r, &line, &e));
	assert_works(record_decode(&back, line.data, line.len, &e));
	assert_int_equal(strlen(back.who), sizeof(r.who) - 1);
	assert_int_equal(strspn(back.rows[0].payer, "?"), sizeof(p->payer) - 1);
	record_free(&r);
	record_free(&back);
	buf_free(&line);
}

#define HEAD "{\"n\":1,\"prev\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"," \
	"\"time\":\"2026-11-20T19:02:03.000001Z\",\"type\":\"message\""
#define ROW "{\"kind\":\"payment\",\"status\":\"completed\""

static void
no_records(void **state)
{
	static const char *const bad[] = {
		"", "{}", "[]", "null", "1", "\"x\"", "{\"n\":1}", HEAD, HEAD "}x", HEAD "},",
		HEAD ",\"n\":2}", HEAD ",\"type\":\"seal\"}",	/* a name twice */
		"{\"n\":\"1\"" "}", HEAD ",\"id\":5}", HEAD ",\"id\":null}", HEAD ",\"length\":\"5\"}",
		HEAD ",\"length\":1.5}", HEAD ",\"length\":1e400}", HEAD ",\"length\":99999999999999999999}",
		HEAD ",\"received\":\"yesterday\"}", HEAD ",\"received\":5}", HEAD ",\"disposition\":\"lost\"}",
		HEAD ",\"disposition\":5}", HEAD ",\"origin\":\"12345678\"}", HEAD ",\"id\":\"a\\u0000b\"}",
		HEAD ",\"evidence\":[]}", HEAD ",\"evidence\":[\"2026-11\",0,1,\"short\"]}",
		HEAD ",\"evidence\":\"2026-11\"}", HEAD ",\"payments\":[{}]}", HEAD ",\"payments\":[5]}",
		HEAD ",\"payments\":[{\"kind\":\"gift\",\"status\":\"completed\"}]}",
		HEAD ",\"payments\":[{\"kind\":\"payment\",\"status\":\"lost\"}]}",
		HEAD ",\"payments\":[" ROW ",\"gross\":1.5}]}", HEAD ",\"payments\":[" ROW ",\"gross\":\"1\"}]}",
		HEAD ",\"payments\":[" ROW ",\"currency\":\"USDX\"}]}",
		HEAD ",\"payments\":[" ROW ",\"event\":\"\"}]}",
		HEAD ",\"entries\":[{\"legs\":[[\"A\",\"USD\"]]}]}",
		HEAD ",\"entries\":[{\"legs\":[[\"A\",\"USD\",0]]}]}",
		HEAD ",\"entries\":[{\"legs\":[[\"A\",\"USD\",1.0]]}]}",
		HEAD ",\"entries\":[{\"legs\":[[\"A\",\"US\",1]]}]}",
		HEAD ",\"entries\":[{\"legs\":[[5,\"USD\",1]]}]}", HEAD ",\"entries\":[{\"legs\":[5]}]}",
		HEAD ",\"also\":[[]]}", HEAD ",\"also\":[[\"id\",\"lost\",\"\"]]}",
		HEAD ",\"also\":[[\"1234567890123456789012345678901234567890\",\"held\",\"\"]]}",
		HEAD ",\"payments\":[" ROW ",\"id\":\"\xff\"}]}",
	};
	struct record r;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		record_init(&r);
		memset(&e, 0, sizeof(e));
		if (record_decode(&r, bad[i], strlen(bad[i]), &e) != -1 || e.code != ERR_CORRUPT)
			fail_msg("%s: code %d", bad[i], (int)e.code);
		record_free(&r);
	}
	record_init(&r);
	assert_works(record_decode(&r, HEAD "}", strlen(HEAD "}"), &e));
	record_free(&r);
}

static void
balance(void **state)
{
	struct record r;
	struct entry *en;
	struct error e;
	char longest[RECORD_ACCOUNT + 1];

	(void)state;
	begin(&r);
	memcpy(r.id, "M1", 3);
	en = record_entry(&r, "payment", &e);
	assert_works(record_leg(en, "A", "USD", 5, &e));
	assert_works(record_leg(en, "A", "USD", 0, &e));	/* says nothing */
	assert_int_equal(en->nlegs, 1);
	assert_fails(record_check(&r, &e), ERR_INPUT, "message M1: payment entry does not balance in USD");
	assert_works(record_leg(en, "B", "EUR", -5, &e));
	assert_fails(record_check(&r, &e), ERR_INPUT, "does not balance");
	assert_works(record_leg(en, "B", "USD", -5, &e));
	assert_fails(record_check(&r, &e), ERR_INPUT, "does not balance in EUR");
	assert_works(record_leg(en, "B", "EUR", 5, &e));
	assert_works(record_check(&r, &e));
	assert_works(record_leg(en, "B", "JPY", INT64_MAX, &e));
	assert_works(record_leg(en, "B", "JPY", INT64_MAX, &e));
	assert_works(record_leg(en, "B", "JPY", 2, &e));	/* around the corner that would be 0 */
	assert_fails(record_check(&r, &e), ERR_INPUT, "overflows");
	memset(longest, 'x', RECORD_ACCOUNT);
	longest[RECORD_ACCOUNT] = '\0';
	assert_fails(record_leg(en, longest, "USD", 1, &e), ERR_INPUT, "account: longer than");
	record_free(&r);
	record_free(NULL);
}

static void
index_rows(void **state)
{
	struct buf b = BUF_INIT(8192);
	struct payrow row, back;
	uint64_t seed = 10;
	struct error e;
	size_t i, n;

	(void)state;
	for (i = 0; i < 3000; i++) {
		any_row(&row, &seed);
		buf_clear(&b);
		assert_works(record_row_pack(&row, &b, &e));
		assert_works(record_row_unpack(&back, b.data, b.len, &e));
		assert_memory_equal(&back, &row, sizeof(row));
	}
	for (n = 0; n < b.len; n++)	/* cut anywhere, or longer */
		assert_fails(record_row_unpack(&back, b.data, n, &e), ERR_CORRUPT, "damaged");
	assert_works(buf_add(&b, "", 1, &e));
	assert_fails(record_row_unpack(&back, b.data, b.len, &e), ERR_CORRUPT, "damaged");
	for (i = 0; i < 20000; i++) {	/* no byte makes it read beyond */
		b.data[random_below(&seed, b.len)] = (char)random_next(&seed);
		(void)record_row_unpack(&back, b.data, b.len, &e);
	}
	buf_free(&b);
}

static void
names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < MOVES; i++)
		assert_int_equal(record_move_find(record_move_name[i]), i);
	for (i = 0; i < PAY_STATUSES; i++)
		assert_int_equal(record_status_find(record_status_name[i]), i);
	for (i = 0; i < DISPS; i++)
		assert_int_equal(record_disposition_find(record_disposition_name[i]), i);
	assert_int_equal(record_move_find("Payment"), -1);
	assert_int_equal(record_status_find(""), -1);
	assert_int_equal(record_disposition_find("lost"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(not_utf8), cmocka_unit_test(no_records),
		cmocka_unit_test(balance), cmocka_unit_test(index_rows), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
