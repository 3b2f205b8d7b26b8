/*
 * match -- a report's rows against the books and the books against the rows: each kind of difference,
 * what is still expected, and what the balance says.
 */
#include "bookshelf.h"

#include <sodium.h>

#include "match_priv.h"

#define OLD	(SHELF_NOW - 10 * SHELF_DAY)	/* beyond the window of two days */
#define YOUNG	(SHELF_NOW - 1 * SHELF_DAY)

struct scene {
	const char	*name;
	struct {
		enum movement	 move;
		enum fact_status status;
		const char	*id, *parent;
		int64_t		 gross, fee, event;
	} books[4];
	struct {
		enum movement	 move;
		int		 known, moves;
		const char	*id, *ccy;
		int64_t		 gross, fee, event;
		int64_t		 balance;	/* 0: not stated */
	} report[5];
	const char	*breaks;	/* "category status id report ledger;" sorted */
	size_t		 matched;
};

#define PAY(id, gross, fee, at)		{ MOVE_PAYMENT, FACT_COMPLETED, id, "", gross, fee, at }
#define ROW(id, gross, fee, at)		{ MOVE_PAYMENT, 1, 1, id, "USD", gross, fee, at, 0 }
#define HOUR	INT64_C(3600000000)

static const struct scene scenes[] = {
	{ "equal", { PAY("A", 1000, 50, OLD), { MOVE_REFUND, FACT_COMPLETED, "R", "A", -300, 0, OLD + HOUR } },
	    { ROW("A", 1000, 50, OLD), { MOVE_REFUND, 1, 1, "R", "USD", -300, 0, OLD + HOUR, 0 } }, "", 2 },
	{ "not in the books", { PAY("A", 1000, 50, OLD) }, { ROW("A", 1000, 50, OLD), ROW("B", 500, 0, OLD) },
	    "missing-in-ledger open B 500 -;", 1 },
	{ "not yet in the books", { PAY("A", 1000, 50, OLD) },
	    { ROW("A", 1000, 50, OLD), ROW("B", 500, 0, YOUNG) }, "missing-in-ledger expected B 500 -;", 1 },
	{ "a type nobody knows", { PAY("A", 1000, 50, OLD) },
	    { ROW("A", 1000, 50, OLD), { MOVE_OTHER, 0, 1, "B", "USD", 500, 0, YOUNG, 0 } },
	    "unknown-type open B 500 -;", 1 },
	{ "not in the report, inside its time only",
	    { PAY("A", 1000, 50, OLD - HOUR), PAY("B", 500, 0, OLD), PAY("C", 700, 0, OLD + HOUR),
	    PAY("D", 900, 0, OLD + 2 * HOUR) },
	    { ROW("X", 1, 0, OLD - HOUR), ROW("Y", 1, 0, OLD + HOUR) },
	    "missing-in-ledger open X 1 -;missing-in-ledger open Y 1 -;missing-in-report open B - 500;", 0 },
	{ "another amount", { PAY("A", 1000, 50, OLD) }, { ROW("A", 1001, 50, OLD) }, "amount open A 1001 1000;",
	    0 },
	{ "another fee", { PAY("A", 1000, 50, OLD) }, { ROW("A", 1000, 51, OLD) }, "fee open A 51 50;", 0 },
	{ "another currency", { PAY("A", 1000, 50, OLD) },
	    { { MOVE_PAYMENT, 1, 1, "A", "EUR", 1000, 50, OLD, 0 } }, "currency open A 1000 1000;", 0 },
	{ "completed, the books know it as pending",
	    { { MOVE_PAYMENT, FACT_PENDING, "A", "", 1000, 0, OLD } }, { ROW("A", 1000, 50, OLD) },
	    "status open A 1000 1000;", 0 },
	{ "pending, the books have the money", { PAY("A", 1000, 50, OLD) },
	    { ROW("X", 1, 0, OLD - HOUR), { MOVE_PAYMENT, 1, 0, "A", "USD", 1000, 50, OLD, 0 },
	    ROW("Y", 1, 0, OLD + HOUR) },
	    "missing-in-ledger open X 1 -;missing-in-ledger open Y 1 -;status open A - 1000;", 0 },
	{ "twice in one file", { PAY("A", 1000, 50, OLD) }, { ROW("A", 1000, 50, OLD), ROW("A", 1000, 50, OLD) },
	    "duplicate-in-report open A 1000 -;", 1 },
	{ "a memo is nothing", { PAY("A", 1000, 50, OLD) },
	    { ROW("A", 1000, 50, OLD), { MOVE_PAYMENT, 1, 0, "M", "USD", 77, 0, OLD, 0 } }, "", 1 },
	{ "the balance ties", { PAY("A", 1000, 50, OLD) },
	    { { MOVE_PAYMENT, 1, 1, "A", "USD", 1000, 50, OLD, 950 } }, "", 1 },
	{ "the balance does not tie", { PAY("A", 1000, 50, OLD) },
	    { { MOVE_PAYMENT, 1, 1, "A", "USD", 1000, 50, OLD, 960 } }, "balance open  960 950;", 1 },
	{ "a difference that a line explains", { PAY("A", 1000, 50, OLD) },
	    { { MOVE_PAYMENT, 1, 1, "A", "USD", 1000, 50, OLD, 950 },
	    { MOVE_PAYMENT, 1, 1, "B", "USD", 500, 0, OLD + HOUR, 1450 } }, "missing-in-ledger open B 500 -;", 1 },
	{ "what came after the report's end is no difference",
	    { PAY("A", 1000, 50, OLD), PAY("Z", 400, 0, OLD + HOUR) },
	    { { MOVE_PAYMENT, 1, 1, "A", "USD", 1000, 50, OLD, 950 } }, "", 1 },
	{ "a payout that failed came to nothing",
	    { { MOVE_PAYOUT, FACT_FAILED, "P", "", -1000, 20, OLD } }, { ROW("X", 1, 0, OLD - HOUR) },
	    "missing-in-ledger open X 1 -;", 0 },
	{ "a payout that waits for its payee",
	    { { MOVE_PAYOUT, FACT_UNCLAIMED, "P", "", -1000, 20, OLD } },
	    { { MOVE_PAYOUT, 1, 1, "P", "USD", -1000, 20, OLD, 0 } }, "", 1 },
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* "category status id report ledger;" */
static void
print_breaks(json_t *found, char out[1024])
{
	char v[16][128], amount[2][24];
	const char *id;
	size_t n = 0, i, at = 0;
	json_t *b;

	json_object_foreach(found, id, b) {
		static const char *const names[] = { "report_amount", "ledger_amount" };

		for (i = 0; i < 2; i++) {
			json_t *a = json_object_get(b, names[i]);

			(void)snprintf(amount[i], sizeof(amount[i]), json_is_integer(a) ? "%lld" : "-",
			    (long long)json_integer_value(a));
		}
		(void)snprintf(v[n++], sizeof(v[0]), "%s %s %s %s %s;",
		    json_string_value(json_object_get(b, "category")),
		    json_string_value(json_object_get(b, "status")),
		    json_string_value(json_object_get(b, "payment_id")), amount[0], amount[1]);
	}
	qsort(v, n, sizeof(v[0]), by_text);
	out[0] = '\0';
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, 1024 - at, "%s", v[i]);
}

static void
fill_books(const struct scene *sc)
{
	struct shelf sh = { .site = &shelf_site };
	struct lock l = LOCK_INIT;
	struct books *b;
	struct error e;
	int i;

	assert_works(books_lock(&l, &shelf_site, 0, &e));
	assert_works(shelf_book(&sh, BOOK_LIVE, &b, &e));
	for (i = 0; i < 4 && sc->books[i].id != NULL; i++) {
		struct fact f = world_fact(sc->books[i].move, sc->books[i].status, sc->books[i].id,
		    sc->books[i].parent, sc->books[i].gross, sc->books[i].fee);

		f.event = sc->books[i].event;
		assert_int_not_equal(shelf_post(&sh, b, &f, i, SHELF_NOW), DISP_HELD);
	}
	assert_works(shelf_commit(&sh, &e));
	assert_works(shelf_close(&sh, &e));
	lock_drop(&l);
}

static void
compare(const struct scene *sc)
{
	struct match_options o = { .book = BOOK_LIVE, .account = "PayPal", .now = SHELF_NOW };
	struct match_row rows[5];
	struct error e;
	struct match m = { .s = &shelf_site, .o = &o, .v = rows, .nfiles = 1, .e = &e };
	struct lock l = LOCK_INIT;
	struct books *b;
	char got[1024];

	memset(rows, 0, sizeof(rows));
	memset(&e, 0, sizeof(e));
	for (; m.n < 5 && sc->report[m.n].id != NULL; m.n++) {
		struct report_row *r = &rows[m.n].r;

		r->line = m.n + 2;
		r->move = sc->report[m.n].move;
		r->known_type = sc->report[m.n].known;
		r->moves_balance = sc->report[m.n].moves;
		memcpy(r->id, sc->report[m.n].id, strlen(sc->report[m.n].id) + 1);
		memcpy(r->currency, sc->report[m.n].ccy, 4);
		r->gross = sc->report[m.n].gross;
		r->fee = sc->report[m.n].fee;
		r->fee_known = 1;
		r->net = r->gross - r->fee;
		r->event = sc->report[m.n].event;
		r->balance = sc->report[m.n].balance;
		r->has_balance = r->balance != 0;
		memcpy(r->type, "Payment", 8);
	}
	m.first = rows[0].r.event;
	m.last = rows[m.n - 1].r.event;
	m.found = json_object();
	moment_day(o.now, m.today);
	assert_works(books_lock(&l, &shelf_site, 0, &e));
	assert_works(books_open(&b, &shelf_site, BOOK_LIVE, &e));
	if (match_compare(&m, b) == -1)
		fail_msg("%s: %s", sc->name, e.text);
	assert_works(books_close(b, &e));
	lock_drop(&l);
	print_breaks(m.found, got);
	if (strcmp(got, sc->breaks) != 0 || m.matched != sc->matched)
		fail_msg("%s: %zu matched, %s", sc->name, m.matched, got);
	match_plain_free(&m);
	json_decref(m.found);
}

static void
both_ways(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(scenes); i++) {
		shelf_new();
		fill_books(&scenes[i]);
		compare(&scenes[i]);
		compare(&scenes[i]);	/* looking changes nothing */
		site_close(&shelf_site);
	}
}

int
main(void)
{
	struct error e;
	const struct CMUnitTest tests[] = { cmocka_unit_test(both_ways) };

	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		return 1;
	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
