/*
 * books -- journal and index as one: what was committed is there after any end, what was not is
 * not; a spoiled index is made again, a spoiled journal is found.
 */
#include "bookshelf.h"

#include <sodium.h>

#include "books.h"

#define PAYMENTS	60

struct open_books {
	struct shelf	 sh;
	struct books	*b;
	struct lock	 l;
};

static int
try_open(struct open_books *o, struct error *e)
{
	*o = (struct open_books){ .sh = { .site = &shelf_site }, .l = LOCK_INIT };
	if (books_lock(&o->l, &shelf_site, 0, e) == -1 || shelf_book(&o->sh, BOOK_LIVE, &o->b, e) == -1) {
		shelf_abort(&o->sh);
		lock_drop(&o->l);
		return -1;
	}
	return 0;
}

static void
end(struct open_books *o, int crash)
{
	struct error e;

	if (crash)
		shelf_abort(&o->sh);
	else
		assert_works(shelf_close(&o->sh, &e));
	lock_drop(&o->l);
}

/* Payments P0 ..., each with a refund R0 ... of a tenth. */
static void
post(struct open_books *o, int first, int n)
{
	char id[16], child[16];
	int i;

	for (i = first; i < first + n; i++) {
		struct fact p, r;

		(void)snprintf(id, sizeof(id), "P%d", i);
		(void)snprintf(child, sizeof(child), "R%d", i);
		p = world_fact(MOVE_PAYMENT, FACT_COMPLETED, id, "", 1000 + i, 30);
		r = world_fact(MOVE_REFUND, FACT_COMPLETED, child, id, -100, 0);
		assert_int_equal(shelf_post(&o->sh, o->b, &p, 2 * i, SHELF_NOW), DISP_POSTED);
		assert_int_equal(shelf_post(&o->sh, o->b, &r, 2 * i + 1, SHELF_NOW), DISP_POSTED);
	}
}

static void
check(struct open_books *o, int n)
{
	struct books_balance *v = NULL;
	struct books_counts c;
	struct books_message m;
	struct payrow row;
	struct error e;
	int64_t minor, want = 0;
	char id[64];
	size_t nv = 0;
	int i;

	for (i = 0; i < n; i++)
		want += 1000 + i - 30 - 100;
	assert_works(books_balance(o->b, "Assets:PayPal", "USD", &minor, &e));
	assert_int_equal(minor, want);
	assert_works(books_balance(o->b, "Assets:PayPal", "EUR", &minor, &e));
	assert_int_equal(minor, 0);
	assert_works(books_balances(o->b, &v, &nv, &e));
	assert_int_equal(nv, n == 0 ? 0 : 3);
	for (minor = 0, i = 0; i < (int)nv; i++)
		minor += v[i].minor;
	assert_int_equal(minor, 0);
	free(v);
	assert_works(books_counts(o->b, &c, &e));
	assert_int_equal(c.messages, 2 * n);
	assert_int_equal(c.entries, 2 * n);
	assert_int_equal(c.unallocated, n);
	for (i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "P%d", i);
		assert_int_equal(books_row(o->b, "PayPal", MOVE_PAYMENT, id, &row, &e), 1);
		assert_int_equal(row.gross, 1000 + i);
		assert_int_equal(row.refunded, 100);
		assert_int_equal(row.status, PAY_PARTLY_REFUNDED);
		assert_int_equal(books_child(o->b, "PayPal", id, 0, &row, &e), 1);
		assert_int_equal(row.move, MOVE_REFUND);
		assert_int_equal(books_child(o->b, "PayPal", id, 1, &row, &e), 0);
		(void)snprintf(id, sizeof(id), "20261120T190203.%06d-0123456789abcdef", 2 * i);
		assert_int_equal(books_message(o->b, id, &m, &e), 1);
		assert_int_equal(m.disposition, DISP_POSTED);
		assert_string_equal(m.reason, "payer-unknown");
	}
	(void)snprintf(id, sizeof(id), "P%d", n);
	assert_int_equal(books_row(o->b, "PayPal", MOVE_PAYMENT, id, &row, &e), 0);
	assert_int_equal(books_row(o->b, "Other", MOVE_PAYMENT, "P0", &row, &e), 0);
	assert_int_equal(books_row(o->b, "PayPal", MOVE_REFUND, "P0", &row, &e), 0);
}

static int
whole(struct books *b, struct books_counts *c, struct error *e)
{
	struct books_verify *v;
	int rc;

	if (books_verify_begin(b, &v, e) == -1)
		return -1;
	rc = books_verify_walk(v, e) == -1 ? -1 : books_verify_end(b, v, c, e);
	books_verify_free(v);
	return rc;
}

static void
verify(void)
{
	struct open_books o;
	struct books_counts c;
	struct error e;

	assert_works(try_open(&o, &e));
	assert_works(whole(o.b, &c, &e));
	end(&o, 0);
}

/* Closed well, crashed after a commit, crashed before one, rebuilt: in any order the same. */
static void
ends(void **state)
{
	struct open_books o;
	struct error e;
	int n = 0, round;

	(void)state;
	shelf_new();
	for (round = 0; round < 12; round++) {
		assert_works(try_open(&o, &e));
		check(&o, n);
		post(&o, n, 3);
		check(&o, n + 3);	/* as if it were there already */
		if (round % 3 == 0)
			end(&o, 1);	/* never committed: did not happen */
		else {
			assert_works(shelf_commit(&o.sh, &e));
			n += 3;
			end(&o, round % 3 == 1);
		}
		if (round % 4 == 3) {
			struct lock l = LOCK_INIT;

			assert_works(books_lock(&l, &shelf_site, 0, &e));
			assert_works(books_rebuild(&shelf_site, BOOK_LIVE, &e));
			lock_drop(&l);
		}
		verify();
	}
	assert_works(try_open(&o, &e));
	check(&o, n);
	end(&o, 0);
	site_close(&shelf_site);
}

/* Posting goes on between the beginning of a verify and its end; an index made anew is not. */
static void
verify_meanwhile(void **state)
{
	struct lock l = LOCK_INIT;
	struct books_verify *v;
	struct books_counts c;
	struct open_books o;
	struct error e;
	int round, n = 3;

	(void)state;
	shelf_new();
	assert_works(try_open(&o, &e));
	post(&o, 0, n);
	assert_works(shelf_commit(&o.sh, &e));
	end(&o, 0);
	for (round = 0; round < 3; round++) {
		assert_works(try_open(&o, &e));
		assert_works(books_verify_begin(o.b, &v, &e));
		end(&o, 0);
		assert_works(try_open(&o, &e));
		post(&o, n, 2);
		n += 2;
		assert_works(shelf_commit(&o.sh, &e));
		end(&o, round == 1);
		assert_works(books_verify_walk(v, &e));
		if (round == 2) {
			assert_works(books_lock(&l, &shelf_site, 0, &e));
			assert_works(books_rebuild(&shelf_site, BOOK_LIVE, &e));
			lock_drop(&l);
		}
		assert_works(try_open(&o, &e));
		if (round == 2 && books_verify_end(o.b, v, &c, &e) == -1)
			assert_int_equal(e.code, ERR_AGAIN);
		else if (round < 2) {
			assert_works(books_verify_end(o.b, v, &c, &e));
			assert_int_equal(c.entries, 2 * n);
		}
		books_verify_free(v);
		end(&o, 0);
	}
	verify();
	site_close(&shelf_site);
}

static void
filled(void)
{
	struct open_books o;
	struct error e;

	shelf_new();
	assert_works(try_open(&o, &e));
	post(&o, 0, PAYMENTS);
	assert_works(shelf_commit(&o.sh, &e));
	end(&o, 0);
}

/* The index with other bytes, cut, empty, gone, of another book: the same answers. */
static void
spoiled_file(const char *name)
{
	uint64_t seed = 13;
	struct open_books o;
	struct error e;
	struct buf b;
	int round;

	filled();
	for (round = 0; round < 25; round++) {
		b = slurp(shelf_site.fd, name);
		if (round < 20)
			b.data[random_below(&seed, b.len)] ^= (char)(1 << random_below(&seed, 8));
		else if (round < 22)
			b.len /= 2;
		else
			b.len = 0;
		if (round == 24)
			assert_int_equal(unlinkat(shelf_site.fd, name, 0), 0);
		else
			put_file(shelf_site.fd, name, b.data, b.len);
		buf_free(&b);
		assert_works(try_open(&o, &e));
		check(&o, PAYMENTS);
		end(&o, round & 1);
	}
	verify();
	site_close(&shelf_site);
}

static void
spoiled_index(void **state)
{
	(void)state;
	spoiled_file("books/live/ledger.gdbm");
	spoiled_file("books/live/ledger.rows");
}

/* Any byte of the journal, the last record's too: found when the books are opened or walked. */
static void
spoiled_journal(void **state)
{
	static const char name[] = "books/live/journal/2026-11.jsonl";
	uint64_t seed = 14;
	struct open_books o;
	struct books_counts c;
	struct error e;
	struct buf b;
	int round;

	(void)state;
	filled();
	b = slurp(shelf_site.fd, name);
	for (round = 0; round < 60; round++) {
		size_t at = round < 30 ? b.len - 1 - (size_t)round * 13 : random_below(&seed, b.len);
		int rc;

		b.data[at] ^= 1;
		put_file(shelf_site.fd, name, b.data, b.len);
		memset(&e, 0, sizeof(e));
		if ((rc = try_open(&o, &e)) == 0) {
			rc = whole(o.b, &c, &e);
			end(&o, 0);
		}
		if (rc == 0 || e.code != ERR_CORRUPT)
			fail_msg("byte %zu: code %d, %s", at, (int)e.code, e.text);
		b.data[at] ^= 1;
	}
	put_file(shelf_site.fd, name, b.data, b.len - 200);	/* the end cut off */
	assert_fails(try_open(&o, &e), ERR_CORRUPT, "cut short");
	put_file(shelf_site.fd, name, b.data, b.len);
	verify();
	buf_free(&b);
	site_close(&shelf_site);
}

/* Rows of the register: the last value stands, null removes, claims follow. */
static void
register_data(void **state)
{
	struct error e;
	struct lock l = LOCK_INIT;
	struct books *b;
	struct record r;
	json_t *v = NULL;
	int i;

	(void)state;
	shelf_new();
	assert_works(books_lock(&l, &shelf_site, 0, &e));
	assert_works(books_open(&b, &shelf_site, BOOK_REGISTER, &e));
	for (i = 0; i < 3; i++) {
		record_init(&r);
		(void)snprintf(r.id, sizeof(r.id), "M%d", i);
		r.data = i == 0 ? json_pack("{s:[[s,s,{s:s,s:[s]}],[s,s,{s:s,s:[s,s]}]]}", "put", "customer", "C1",
		    "id", "C1", "paypal", "a@b", "customer", "C2", "id", "C2", "paypal", "a@b", "x@y") :
		    i == 1 ? json_pack("{s:[[s,s,{s:s,s:[]}]]}", "put", "customer", "C2", "id", "C2", "paypal") :
		    json_pack("{s:[[s,s,n]]}", "put", "customer", "C1");
		assert_works(books_add(b, &r, SHELF_NOW, &e));
		record_free(&r);
		assert_works(books_commit(b, &e));
		assert_int_equal(books_claims(b, "a@b", &v, &e), i < 2);
		assert_int_equal(json_array_size(v), 2 - i);
		json_decref(v);
		assert_int_equal(books_data(b, "customer", "C1", &v, &e), i < 2);
		json_decref(v);
		assert_int_equal(books_data(b, "customer", "none", &v, &e), 0);
	}
	assert_works(books_close(b, &e));
	assert_works(books_rebuild(&shelf_site, BOOK_REGISTER, &e));
	assert_works(books_open(&b, &shelf_site, BOOK_REGISTER, &e));
	assert_int_equal(books_data(b, "customer", "C2", &v, &e), 1);
	assert_string_equal(json_string_value(json_object_get(v, "id")), "C2");
	json_decref(v);
	assert_works(books_close(b, &e));
	lock_drop(&l);
	site_close(&shelf_site);
}

int
main(void)
{
	struct error e;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends), cmocka_unit_test(verify_meanwhile), cmocka_unit_test(spoiled_index), cmocka_unit_test(spoiled_journal),
		cmocka_unit_test(register_data),
	};

	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		return 1;
	return cmocka_run_group_tests_name("books", tests, NULL, NULL);
}
