/*
 * evidence -- raw bytes kept and found again as they came; any byte changed is found.
 */
#include "unit.h"

#include <sodium.h>

#include "evidence.h"
#include "site.h"

#define NOW	INT64_C(1795201323123456)

static void
message(struct message *m, int i, const void *body, size_t len)
{
	struct error e;

	memset(m, 0, sizeof(*m));
	(void)snprintf(m->id, sizeof(m->id), "20261120T190203.123456-%016d", i);
	memcpy(m->integration, "paypal_ipn", 11);
	memcpy(m->kind, "paypal-ipn", 11);
	(void)snprintf(m->remote, sizeof(m->remote), "a\"b\\c\x01%d", i);
	m->mode = i & 1 ? BOOK_TEST : BOOK_LIVE;
	m->received = NOW + i;
	m->body = (struct buf)BUF_INIT(SPOOL_BODY_MAX);
	assert_works(buf_add(&m->body, body, len, &e));
}

static struct record
add(struct evidence *ev, int i, const void *body, size_t len, const char *month)
{
	struct verdict v = { VERDICT_YES, NOW + 5, 200, "VERIFIED" };
	struct message m;
	struct record r;
	struct error e;

	record_init(&r);
	message(&m, i, body, len);
	memcpy(r.id, m.id, sizeof(m.id));
	assert_works(evidence_add(ev, &m, &v, month, &r, &e));
	message_free(&m);
	return r;
}

static void
in_and_out(void **state)
{
	static char big[SPOOL_BODY_MAX], quotes[SPOOL_BODY_MAX];
	const struct { const char *s; size_t len; } bodies[] = {
		{ "a=1&b=2", 7 }, { "", 0 }, { "\"\\\"", 3 }, { "a\nb", 3 }, { "\0\0", 2 }, { "\xff\xfe\x80", 3 },
		{ "\xc3\xa4", 2 }, { big, sizeof(big) }, { quotes, sizeof(quotes) },
	};
	struct record r[COUNT(bodies)];
	struct evidence *ev;
	struct message m;
	struct verdict v;
	struct error e;
	int dir = scratch();
	size_t i;

	(void)state;
	memset(big, 0xff, sizeof(big));
	memset(quotes, '"', sizeof(quotes));	/* each takes two in JSON */
	assert_works(evidence_open(&ev, dir, &e));
	for (i = 0; i < COUNT(bodies); i++)
		r[i] = add(ev, (int)i, bodies[i].s, bodies[i].len, i < 4 ? "2026-11" : "2026-12");
	/* a batch stays in the file it began in */
	assert_string_equal(r[COUNT(bodies) - 1].ev_segment, "2026-11");
	assert_fails((memset(&m, 0, sizeof(m)), evidence_read(dir, &r[0], &m, &v, &e)), ERR_CORRUPT,
	    "cut short");
	assert_works(evidence_commit(ev, &e));
	for (i = 0; i < COUNT(bodies); i++) {
		memset(&m, 0, sizeof(m));
		assert_works(evidence_read(dir, &r[i], &m, &v, &e));
		assert_int_equal(m.body.len, bodies[i].len);
		assert_memory_equal(m.body.data == NULL ? "" : m.body.data, bodies[i].s, bodies[i].len);
		assert_string_equal(m.id, r[i].id);
		assert_int_equal(m.received, NOW + (int)i);
		assert_int_equal(m.mode, i & 1 ? BOOK_TEST : BOOK_LIVE);
		assert_memory_equal(m.remote, "a\"b\\c?", 6);
		assert_int_equal(v.code, VERDICT_YES);
		assert_int_equal(v.http, 200);
		assert_int_equal(v.asked, NOW + 5);
		assert_string_equal(v.answer, "VERIFIED");
		message_free(&m);
		record_free(&r[i]);
	}
	evidence_close(ev);
	evidence_close(NULL);
	close(dir);
}

static void
every_byte(void **state)
{
	struct evidence *ev;
	struct message m;
	struct verdict v;
	struct record r;
	struct error e;
	struct buf b;
	int dir = scratch(), fd;
	size_t i;

	(void)state;
	assert_works(evidence_open(&ev, dir, &e));
	r = add(ev, 1, "payer=Alice&amount=5", 20, "2026-11");
	assert_works(evidence_commit(ev, &e));
	evidence_close(ev);
	b = slurp(dir, "evidence/2026-11.jsonl");
	fd = openat(dir, "evidence/2026-11.jsonl", O_RDWR);
	assert_int_equal(b.len, r.ev_len + 1);
	for (i = 0; i < (size_t)r.ev_len; i++) {
		char c = (char)(b.data[i] ^ 1);

		assert_int_equal(pwrite(fd, &c, 1, (off_t)i), 1);
		memset(&m, 0, sizeof(m));
		assert_fails(evidence_read(dir, &r, &m, &v, &e), ERR_CORRUPT, "is not what was written");
		message_free(&m);
		assert_int_equal(pwrite(fd, b.data + i, 1, (off_t)i), 1);
	}
	r.body_sha256[0] ^= 1;	/* the line is whole, but the journal speaks of other bytes */
	memset(&m, 0, sizeof(m));
	assert_fails(evidence_read(dir, &r, &m, &v, &e), ERR_CORRUPT, "do not have the digest");
	message_free(&m);
	r.body_sha256[0] ^= 1;
	assert_int_equal(ftruncate(fd, r.ev_len - 1), 0);
	memset(&m, 0, sizeof(m));
	assert_fails(evidence_read(dir, &r, &m, &v, &e), ERR_CORRUPT, "cut short");
	message_free(&m);
	memcpy(r.ev_segment, "2026-10", 8);
	assert_fails(evidence_read(dir, &r, &m, &v, &e), ERR_CORRUPT, "2026-10.jsonl: missing");
	r.ev_segment[0] = '\0';
	assert_fails(evidence_read(dir, &r, &m, &v, &e), ERR_NOTFOUND, "no evidence was kept");
	buf_free(&b);
	record_free(&r);
	close(fd);
	close(dir);
}

/* After a crash in the middle of a line the next one begins on a line of its own. */
static void
torn(void **state)
{
	struct evidence *ev;
	struct message m;
	struct verdict v;
	struct record a, b;
	struct error e;
	struct buf all;
	int dir = scratch(), cut;

	(void)state;
	assert_works(evidence_open(&ev, dir, &e));
	a = add(ev, 1, "first", 5, "2026-11");
	assert_works(evidence_commit(ev, &e));
	b = add(ev, 2, "second", 6, "2026-11");
	assert_works(evidence_commit(ev, &e));
	evidence_close(ev);
	record_free(&b);
	all = slurp(dir, "evidence/2026-11.jsonl");
	for (cut = 1; cut < 40; cut += 3) {
		put_file(dir, "evidence/2026-11.jsonl", all.data, all.len - (size_t)cut);
		assert_works(evidence_open(&ev, dir, &e));
		b = add(ev, 3, "third", 5, "2026-11");
		assert_int_equal(b.ev_offset, a.ev_len + 1);
		assert_works(evidence_commit(ev, &e));
		evidence_close(ev);
		memset(&m, 0, sizeof(m));
		assert_works(evidence_read(dir, &a, &m, &v, &e));
		message_free(&m);
		memset(&m, 0, sizeof(m));
		assert_works(evidence_read(dir, &b, &m, &v, &e));
		assert_string_equal(m.body.data, "third");
		message_free(&m);
		record_free(&b);
	}
	buf_free(&all);
	record_free(&a);
	close(dir);
}

/* What the provider does not know as its own has a store of bounded size and age. */
static void
refused(void **state)
{
	static char big[SPOOL_BODY_MAX];
	const int64_t month = INT64_C(31) * 86400 * 1000000;
	struct verdict v = { VERDICT_NO, NOW, 200, "INVALID" };
	struct evidence *ev;
	struct message m;
	struct record r;
	struct error e;
	struct stat st;
	int dir = scratch(), i;

	(void)state;
	memset(big, 'x', sizeof(big));
	message(&m, 1, big, sizeof(big));
	assert_works(evidence_open(&ev, dir, &e));
	for (i = 0; i < 20; i++) {
		record_init(&r);
		assert_works(evidence_refused(ev, &m, &v, NOW, &r, &e));
		assert_int_equal(r.body_len, sizeof(big));
		assert_int_equal(strlen(r.body_sha256), 64);
		assert_string_equal(r.ev_segment, "");	/* the journal does not point there */
		record_free(&r);
	}
	assert_int_equal(fstatat(dir, "refused/2026-11.jsonl", &st, 0), 0);
	assert_in_range(st.st_size, 1, 16 * 1024 * 1024);
	for (i = 1; i <= 2; i++) {
		record_init(&r);
		assert_works(evidence_refused(ev, &m, &v, NOW + i * month, &r, &e));
		record_free(&r);
		assert_int_equal(faccessat(dir, "refused/2026-11.jsonl", F_OK, 0), i == 1 ? 0 : -1);
	}
	assert_int_equal(faccessat(dir, "refused/2026-12.jsonl", F_OK, 0), 0);
	assert_int_equal(faccessat(dir, "refused/2027-01.jsonl", F_OK, 0), 0);
	message_free(&m);
	evidence_close(ev);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_and_out), cmocka_unit_test(every_byte), cmocka_unit_test(torn),
		cmocka_unit_test(refused),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
