/*
 * journal -- the chain: what was written is read again, any change of it is found, a torn end is
 * cut and nothing else.
 */
#include "unit.h"

#include <sodium.h>

#include "durable.h"
#include "journal.h"
#include "moment.h"

#define NOVEMBER	INT64_C(1795201323000000)	/* 2026-11-20T19:02:03Z */
#define DAY		INT64_C(86400000000)

static void
fill(struct record *r, int i)
{
	struct entry *en;
	struct error e;

	record_init(r);
	(void)snprintf(r->id, sizeof(r->id), "M%d", i);
	r->disposition = DISP_POSTED;
	en = record_entry(r, "payment", &e);
	assert_works(record_leg(en, "Assets:PayPal", i % 3 == 0 ? "JPY" : "USD", i + 1, &e));
	assert_works(record_leg(en, "Liabilities:Unallocated", i % 3 == 0 ? "JPY" : "USD", -(i + 1), &e));
}

static int
count(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	int *n = arg;

	(void)raw, (void)rawlen, (void)at, (void)e;
	*n += r->type == REC_MESSAGE;
	return 0;
}

/* Opens as after a crash, adds n records in batches of `batch`, each a day after the last. */
static struct journal_pos
append(int dir, int first, int n, int batch, int64_t now)
{
	struct journal_pos end;
	struct journal *j;
	struct record r;
	struct error e;
	int i, seen = 0;

	assert_works(journal_recover(dir, NULL, NULL, count, &seen, &end, &e));
	assert_works(journal_open(&j, dir, "live", &end, 1, &e));
	for (i = first; i < first + n; i++) {
		fill(&r, i);
		assert_works(journal_add(j, &r, now, &e));
		record_free(&r);
		if ((i - first) % batch == batch - 1) {
			assert_works(journal_commit(j, &e));
			assert_int_equal(journal_pending(j), 0);
			now += DAY;
		}
	}
	assert_works(journal_commit(j, &e));
	end = *journal_end(j);
	assert_memory_equal(&end, journal_next(j), sizeof(end));
	journal_close(j);
	return end;
}

static void
chain(void **state)
{
	struct journal_pos end, seen, from, last;
	struct buf line = BUF_INIT(RECORD_LINE_MAX);
	struct record r;
	struct error e;
	int dir = scratch(), n = 0;

	(void)state;
	/* nothing there yet */
	assert_works(journal_scan(dir, NULL, NULL, count, &n, &seen, &e));
	assert_int_equal(seen.n, 0);
	end = append(dir, 0, 20, 2, NOVEMBER);	/* ten days of two: over the end of November */
	assert_works(journal_scan(dir, NULL, NULL, count, &n, &seen, &e));
	assert_memory_equal(&seen, &end, sizeof(end));
	assert_int_equal(n, 20);
	assert_int_equal(end.n, 20 + 1);	/* and the segment's head; no new month yet */
	assert_string_equal(end.segment, "2026-11");
	last = append(dir, 20, 6, 1, NOVEMBER + 11 * DAY);
	assert_string_equal(last.segment, "2026-12");
	n = 0;
	assert_works(journal_scan(dir, NULL, NULL, count, &n, &seen, &e));
	assert_int_equal(n, 26);
	assert_memory_equal(&seen, &last, sizeof(last));
	/* from a place to a place */
	n = 0;
	from = end;
	assert_works(journal_scan(dir, &from, NULL, count, &n, &seen, &e));
	assert_int_equal(n, 6);
	n = 0;
	assert_works(journal_scan(dir, NULL, &end, count, &n, &seen, &e));
	assert_int_equal(n, 20);
	assert_memory_equal(&seen, &end, sizeof(end));
	assert_works(journal_check(dir, &end, &e));
	assert_works(journal_check(dir, &last, &e));
	/* one line by its place: the seal, with what the month held */
	assert_works(journal_read(dir, end.segment, end.offset, &line, &e));
	record_init(&r);
	assert_works(record_decode(&r, line.data, line.len, &e));
	assert_int_equal(r.type, REC_SEAL);
	assert_int_equal(json_integer_value(json_object_get(r.data, "records")), 21);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(r.data, "debits"), "JPY")),
	    1 + 4 + 7 + 10 + 13 + 16 + 19);
	assert_string_equal(json_string_value(json_object_get(r.data, "head")), end.head);
	record_free(&r);
	buf_clear(&line);
	assert_fails(journal_read(dir, "2026-11", 1 << 30, &line, &e), ERR_CORRUPT, "no record at byte");
	assert_fails(journal_read(dir, "x", 0, &line, &e), ERR_NOTFOUND, "no such place");
	buf_free(&line);
	close(dir);
}

/* Recorded time never goes back, whatever the clock does. */
static void
clock_back(void **state)
{
	struct journal_pos a, b;
	int dir = scratch();

	(void)state;
	a = append(dir, 0, 3, 1, NOVEMBER);
	b = append(dir, 3, 3, 3, NOVEMBER - 400 * DAY);
	assert_int_equal(a.time, NOVEMBER + 2 * DAY);
	assert_int_equal(b.time, a.time);
	assert_string_equal(b.segment, "2026-11");
	close(dir);
}

static void
refuses(void **state)
{
	struct journal_pos end;
	struct journal *j;
	struct record r;
	struct error e;
	struct entry *en;
	int dir = scratch();

	(void)state;
	end = append(dir, 0, 1, 1, NOVEMBER);
	assert_works(journal_open(&j, dir, "live", &end, 0, &e));
	record_init(&r);
	en = record_entry(&r, "payment", &e);
	assert_works(record_leg(en, "Assets:PayPal", "USD", 1, &e));
	assert_fails(journal_add(j, &r, NOVEMBER, &e), ERR_INPUT, "does not balance");
	assert_int_equal(journal_pending(j), 0);
	assert_memory_equal(journal_next(j), &end, sizeof(end));
	record_free(&r);
	/* larger than a line may be; also as the first of a month */
	record_init(&r);
	r.data = json_object();
	{
		char *big = malloc(RECORD_LINE_MAX);

		memset(big, 'x', RECORD_LINE_MAX - 1);
		big[RECORD_LINE_MAX - 1] = '\0';
		json_object_set_new(r.data, "x", json_string(big));
		free(big);
	}
	assert_fails(journal_add(j, &r, NOVEMBER + 30 * DAY, &e), ERR_INPUT, "larger than");
	assert_int_equal(journal_pending(j), 0);
	assert_memory_equal(journal_next(j), &end, sizeof(end));
	record_free(&r);
	journal_close(j);
	journal_close(NULL);
	close(dir);
}

/* 0 where nobody would notice. */
static int
notices(int dir, const struct journal_pos *end)
{
	struct journal_pos seen;
	struct error e = { 0 };

	return journal_scan(dir, NULL, NULL, NULL, NULL, &seen, &e) != 0 ||
	    memcmp(&seen, end, sizeof(seen)) != 0;
}

/* Every byte of every segment, changed in two ways, is found: by the chain, or by the known head. */
static void
every_byte(void **state)
{
	static const char *const files[] = { "journal/2026-11.jsonl", "journal/2026-12.jsonl" };
	struct journal_pos end;
	struct buf b;
	int dir = scratch();
	size_t f, i;

	(void)state;
	end = append(dir, 0, 5, 1, NOVEMBER + 7 * DAY);
	assert_string_equal(end.segment, "2026-12");
	for (f = 0; f < COUNT(files); f++) {
		int fd = openat(dir, files[f], O_RDWR);

		b = slurp(dir, files[f]);
		for (i = 0; i < b.len; i++) {
			char flip = (char)(b.data[i] ^ 1), space = b.data[i] == ' ' ? 'x' : ' ';

			assert_int_equal(pwrite(fd, &flip, 1, (off_t)i), 1);
			if (!notices(dir, &end))
				fail_msg("%s: byte %zu, one bit", files[f], i);
			assert_int_equal(pwrite(fd, &space, 1, (off_t)i), 1);
			if (!notices(dir, &end))
				fail_msg("%s: byte %zu, a blank", files[f], i);
			assert_int_equal(pwrite(fd, b.data + i, 1, (off_t)i), 1);
		}
		close(fd);
		buf_free(&b);
	}
	assert_false(notices(dir, &end));
	close(dir);
}

/* Whole lines left out, moved, doubled; whole segments gone. */
static void
every_line(void **state)
{
	struct journal_pos end;
	struct error e;
	struct buf b, cut = BUF_INIT(1 << 20);
	int dir = scratch();
	char *p, *nl, *next;

	(void)state;
	end = append(dir, 0, 9, 3, NOVEMBER);
	b = slurp(dir, "journal/2026-11.jsonl");
	for (p = b.data; p < b.data + b.len; p = nl + 1) {
		nl = strchr(p, '\n');
		buf_clear(&cut);		/* left out */
		assert_works(buf_add(&cut, b.data, (size_t)(p - b.data), &e));
		assert_works(buf_adds(&cut, nl + 1, &e));
		put_file(dir, "journal/2026-11.jsonl", cut.data, cut.len);
		assert_true(notices(dir, &end));
		buf_clear(&cut);		/* twice */
		assert_works(buf_add(&cut, b.data, (size_t)(nl + 1 - b.data), &e));
		assert_works(buf_adds(&cut, p, &e));
		put_file(dir, "journal/2026-11.jsonl", cut.data, cut.len);
		assert_true(notices(dir, &end));
		if ((next = strchr(nl + 1, '\n')) == NULL)
			continue;
		buf_clear(&cut);		/* after the next */
		assert_works(buf_add(&cut, b.data, (size_t)(p - b.data), &e));
		assert_works(buf_add(&cut, nl + 1, (size_t)(next - nl), &e));
		assert_works(buf_add(&cut, p, (size_t)(nl + 1 - p), &e));
		assert_works(buf_adds(&cut, next + 1, &e));
		assert_int_equal(cut.len, b.len);
		put_file(dir, "journal/2026-11.jsonl", cut.data, cut.len);
		assert_true(notices(dir, &end));
	}
	put_file(dir, "journal/2026-11.jsonl", b.data, b.len);
	assert_false(notices(dir, &end));
	end = append(dir, 9, 2, 1, NOVEMBER + 20 * DAY);
	assert_int_equal(renameat(dir, "journal/2026-11.jsonl", dir, "away"), 0);
	assert_true(notices(dir, &end));
	assert_int_equal(renameat(dir, "away", dir, "journal/2026-11.jsonl"), 0);
	assert_false(notices(dir, &end));
	assert_int_equal(unlinkat(dir, "journal/2026-12.jsonl", 0), 0);
	assert_fails(journal_check(dir, &end, &e), ERR_CORRUPT, "2026-12.jsonl: missing");
	buf_free(&b);
	buf_free(&cut);
	close(dir);
}

/* The last line cut at each of its bytes: that record is gone, all before it stand, and go on. */
static void
torn_line(void **state)
{
	struct journal_pos before, end, seen;
	struct error e;
	struct buf b;
	int dir = scratch(), n;
	size_t cut;

	(void)state;
	before = append(dir, 0, 4, 2, NOVEMBER);
	end = append(dir, 4, 1, 1, NOVEMBER + DAY);
	b = slurp(dir, "journal/2026-11.jsonl");
	for (cut = (size_t)before.offset; cut < (size_t)end.offset; cut++) {
		put_file(dir, "journal/2026-11.jsonl", b.data, cut);
		n = 0;
		assert_works(journal_scan(dir, NULL, NULL, count, &n, &seen, &e));
		assert_int_equal(n, 4);
		assert_memory_equal(&seen, &before, sizeof(seen));
		/* what was known to be durable must not be cut */
		assert_fails(journal_check(dir, &end, &e), ERR_CORRUPT, "cut short");
		if (cut % 16 != 0)
			continue;
		(void)append(dir, 40, 1, 1, NOVEMBER + DAY);
		n = 0;
		assert_works(journal_scan(dir, NULL, NULL, count, &n, &seen, &e));
		assert_int_equal(n, 5);
		assert_int_equal(seen.n, end.n);
	}
	buf_free(&b);
	close(dir);
}

/*
 * A batch that a power cut left with pages of NULs: beyond what is known to be durable it did not
 * happen; before that it is damage.
 */
static void
torn_batch(void **state)
{
	struct journal_pos synced, end, seen;
	struct error e;
	struct buf b;
	int dir = scratch(), n = 0;
	size_t hole;

	(void)state;
	synced = append(dir, 0, 2, 2, NOVEMBER);
	end = append(dir, 2, 12, 12, NOVEMBER + DAY);
	b = slurp(dir, "journal/2026-11.jsonl");
	for (hole = (size_t)synced.offset; hole + 300 < (size_t)end.offset; hole += 149) {
		char keep[300];

		memcpy(keep, b.data + hole, sizeof(keep));
		memset(b.data + hole, 0, sizeof(keep));
		put_file(dir, "journal/2026-11.jsonl", b.data, b.len);
		n = 0;
		assert_works(journal_recover(dir, NULL, &synced, count, &n, &seen, &e));
		assert_true(n >= 2 && seen.offset <= (int64_t)hole);
		assert_fails(journal_scan(dir, NULL, NULL, NULL, NULL, &seen, &e), ERR_CORRUPT, "unreadable");
		assert_fails(journal_recover(dir, NULL, &end, NULL, NULL, &seen, &e), ERR_CORRUPT, "unreadable");
		memcpy(b.data + hole, keep, sizeof(keep));
	}
	/* a hole with a later batch behind it is damage: that one's sync would have saved this one */
	put_file(dir, "journal/2026-11.jsonl", b.data, b.len);
	(void)append(dir, 14, 1, 1, NOVEMBER + 2 * DAY);
	buf_free(&b);
	b = slurp(dir, "journal/2026-11.jsonl");
	memset(b.data + synced.offset + 10, 0, 300);
	put_file(dir, "journal/2026-11.jsonl", b.data, b.len);
	assert_fails(journal_recover(dir, NULL, &synced, NULL, NULL, &seen, &e), ERR_CORRUPT, "unreadable");
	buf_free(&b);
	close(dir);
}

static void
newer_format(void **state)
{
	struct journal_pos seen;
	struct error e;
	struct buf b;
	int dir = scratch();
	char *at;

	(void)state;
	(void)append(dir, 0, 1, 1, NOVEMBER);
	b = slurp(dir, "journal/2026-11.jsonl");
	at = strstr(b.data, "\"format\":1");
	assert_non_null(at);
	at[9] = '2';
	put_file(dir, "journal/2026-11.jsonl", b.data, b.len);
	assert_fails(journal_scan(dir, NULL, NULL, NULL, NULL, &seen, &e), ERR_CONFIG,
	    "has format 2; this daybook reads up to 1");
	put_file(dir, "journal/2026-12.jsonl", b.data, b.len);	/* the head of another month */
	at[9] = '1';
	put_file(dir, "journal/2026-11.jsonl", b.data, b.len);
	assert_int_equal(journal_scan(dir, NULL, NULL, NULL, NULL, &seen, &e), -1);
	buf_free(&b);
	close(dir);
}

int
main(void)
{
	struct error e;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain), cmocka_unit_test(clock_back), cmocka_unit_test(refuses),
		cmocka_unit_test(every_byte), cmocka_unit_test(every_line), cmocka_unit_test(torn_line),
		cmocka_unit_test(torn_batch), cmocka_unit_test(newer_format),
	};

	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		return 1;
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
