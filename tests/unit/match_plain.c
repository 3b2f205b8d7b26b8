/*
 * match_plain -- payments taken in short and matched as a stream give what rows in full give: the same
 * breaks, counts, balances, of made books and reports with every kind of difference between them.
 */
#include "bookshelf.h"

#include <sys/mman.h>

#include <sodium.h>

#include "match_priv.h"

#define DAY	(SHELF_NOW - 12 * SHELF_DAY)
#define HEAD	"Date,Time,Time Zone,Type,Status,Currency,Gross,Fee,Net,To Email Address,Transaction ID," \
	"Reference Txn ID,Balance,Balance Impact\n"

struct scene {
	uint64_t	seed;
	int		fd[2];
	struct buf	text[2];
	int64_t		balance;
	size_t		plain;		/* of the run in short */
};

static size_t
dice(struct scene *s, size_t n)
{
	return random_below(&s->seed, n);
}

static void
line(struct scene *s, int file, int64_t event, const char *type, const char *status, const char *ccy,
    int64_t gross, int64_t fee, const char *id, const char *reference, int memo)
{
	char g[MONEY_TEXT], f[MONEY_TEXT], n[MONEY_TEXT], b[MONEY_TEXT], when[MOMENT_TEXT];
	struct error e;

	if (!memo && strcmp(ccy, "USD") == 0)
		s->balance += gross - fee + (dice(s, 50) == 0);
	moment_print(event, when);
	assert_works(buf_addf(&s->text[file], &e, "%.4s/%.2s/%.2s,%.8s,GMT,%s,%s,%s,%s,%s,%s,billing@example.com,%s,%s,"
	    "%s,%s\n", when, when + 5, when + 8, when + 11, type, status, ccy, money_print(gross, ccy, g),
	    money_print(-fee, ccy, f), money_print(gross - fee, ccy, n), id, reference,
	    strcmp(ccy, "USD") == 0 ? money_print(s->balance, ccy, b) : "0.00", memo ? "Memo" :
	    gross < 0 ? "Debit" : "Credit"));
}

static void
post(struct shelf *sh, struct books *b, enum movement move, enum fact_status status, const char *id,
    const char *parent, int64_t gross, int64_t fee, int64_t event, const char *ccy)
{
	static int number;
	struct fact f = world_fact(move, status, id, parent, gross, fee);

	memcpy(f.currency, ccy, 4);
	f.event = event;
	(void)shelf_post(sh, b, &f, number++, SHELF_NOW);
}

static void
open_books(struct books *b, int64_t event)
{
	struct record r;
	struct entry *en;
	struct error e;

	record_init(&r);
	memcpy(r.id, "20261120T190203.999999-0123456789abcdef", 40);
	r.received = r.time = SHELF_NOW;
	r.disposition = DISP_POSTED;
	assert_non_null(en = record_entry(&r, "opening", &e));
	en->event = event;
	assert_works(record_leg(en, "Assets:PayPal", "USD", 5000, &e));
	assert_works(record_leg(en, "Equity:Opening", "USD", -5000, &e));
	assert_works(books_add(b, &r, SHELF_NOW, &e));
	record_free(&r);
}

/* One payment as the books have it and as the report does. */
static void
one(struct scene *s, struct shelf *sh, struct books *b, unsigned i, int64_t event)
{
	const char *ccy = dice(s, 5) == 0 ? "EUR" : "USD", *type = "Website Payment";
	int64_t gross = 100 + (int64_t)dice(s, 90000), fee = gross / 30;
	int file = event > DAY + SHELF_DAY, odd = dice(s, 4) == 0 ? (int)dice(s, 14) : -1;
	char id[40], back[40];

	(void)snprintf(id, sizeof(id), odd == 12 ? "AVERYLONGTRANSACTIONID%u" : "T%u", i);
	(void)snprintf(back, sizeof(back), "R%u", i);
	if (odd != 0)
		post(sh, b, MOVE_PAYMENT, odd == 1 ? FACT_PENDING : FACT_COMPLETED, id, "", gross, fee, event, ccy);
	switch (odd) {
	case 2:		/* not in the report */
		return;
	case 3:
		gross += 1;
		break;
	case 4:
		fee += 1;
		break;
	case 5:
		ccy = ccy[0] == 'E' ? "USD" : "EUR";
		break;
	case 6:		/* stands twice */
		line(s, file, event, type, "Completed", ccy, gross, fee, id, "", 0);
		break;
	case 7:		/* in both files */
		line(s, !file, event, type, "Completed", ccy, gross, fee, id, "", 0);
		break;
	case 8:		/* the report moves none */
		line(s, file, event, type, "Pending", ccy, gross, fee, id, "", 1);
		return;
	case 9:		/* came back */
		post(sh, b, MOVE_REFUND, FACT_COMPLETED, back, id, -gross, 0, event + MOMENT_SECOND, ccy);
		line(s, file, event, type, "Refunded", ccy, gross, fee, id, "", 0);
		line(s, file, event + MOMENT_SECOND, "Payment Refund", "Completed", ccy, -gross, 0, back, id, 0);
		return;
	case 10:	/* the refund has the payment's id; the report has one of them */
		post(sh, b, MOVE_REFUND, FACT_COMPLETED, id, id, -gross, 0, event, ccy);
		break;
	case 11:	/* two rows of one id, of two kinds */
		line(s, file, event, "Payment Refund", "Completed", ccy, -gross, 0, id, back, 0);
		break;
	case 13:
		type = "General Thing";
		break;
	default:
		break;
	}
	line(s, file, event, type, "Completed", ccy, gross, fee, id, "", 0);
}

static void
make(struct scene *s, uint64_t seed)
{
	struct shelf sh = { .site = &shelf_site };
	struct lock l = LOCK_INIT;
	struct books *b;
	struct error e;
	unsigned i, n = 20 + (unsigned)seed * 7;
	int k;

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	shelf_new();
	assert_works(books_lock(&l, &shelf_site, 0, &e));
	assert_works(shelf_book(&sh, BOOK_LIVE, &b, &e));
	for (k = 0; k < 2; k++) {
		s->text[k] = (struct buf)BUF_INIT(1 << 24);
		assert_works(buf_adds(&s->text[k], HEAD, &e));
	}
	if (seed % 3 == 0)
		open_books(b, DAY + SHELF_DAY / 3);
	for (i = 0; i < 3; i++)	/* payouts known by our own id */
		post(&sh, b, MOVE_PAYOUT, FACT_COMPLETED, i == 0 ? "uid:a" : i == 1 ? "uid:b" : "P1", "", -1000, 20,
		    DAY + SHELF_DAY, "USD");
	line(s, 0, DAY - SHELF_DAY, "Mass Pay Payment", "Completed", "USD", -1000, 20, "P1", "", 0);
	for (i = 0; i < n; i++)
		one(s, &sh, b, i, DAY + (int64_t)i * (2 * SHELF_DAY / n) + (int64_t)dice(s, 3) * MOMENT_SECOND);
	for (i = 0; i < 5; i++)	/* before and after the report's time */
		post(&sh, b, MOVE_PAYMENT, FACT_COMPLETED, i == 0 ? "Y0" : i == 1 ? "Y1" : i == 2 ? "Z0" : i == 3 ?
		    "Z1" : "Z2", "", 777, 7, DAY + (i < 2 ? -2 : 3) * SHELF_DAY, i == 4 ? "EUR" : "USD");
	assert_works(shelf_commit(&sh, &e));
	assert_works(shelf_close(&sh, &e));
	lock_drop(&l);
	for (k = 0; k < 2; k++) {
		assert_int_not_equal(s->fd[k] = memfd_create("f", MFD_CLOEXEC), -1);
		assert_int_equal(write(s->fd[k], s->text[k].data, s->text[k].len), (ssize_t)s->text[k].len);
	}
}

/* Everything a comparison found, as text. */
static char *
dump(const struct match *m)
{
	json_t *j = json_object(), *all = json_array();
	struct match_walk w = { 0, 0 };
	struct match_line l;
	char *text;
	int i;

	json_object_set(j, "found", m->found);
	for (i = 0; i < m->ncur; i++) {
		const struct match_currency *c = &m->cur[i];

		json_array_append_new(all, json_pack("[s,i,I,I,I,I,I,I,I,I,I,I,I]", c->currency, c->has_balance,
		    (json_int_t)c->opening, (json_int_t)c->movement, (json_int_t)c->closing,
		    (json_int_t)c->ledger, (json_int_t)c->not_in_books, (json_int_t)c->not_in_report,
		    (json_int_t)c->differing, (json_int_t)c->controls, (json_int_t)c->by_both,
		    (json_int_t)c->by_report, (json_int_t)c->by_notification));
	}
	while (match_next(m, &w, &l))
		if (l.row == NULL || l.row->outcome == ROW_MATCHED)
			json_array_append_new(all, json_pack("[s,i,i,I]", l.id, l.file, (int)l.line,
			    (json_int_t)l.net));
	json_object_set_new(j, "all", all);
	json_object_set_new(j, "counts", json_pack("[i,i,i,i,i,I,I]", (int)m->matched, (int)m->memo, (int)m->before,
	    (int)m->missing, (int)m->suspense, (json_int_t)m->first, (json_int_t)m->last));
	text = json_dumps(j, JSON_INDENT(1));
	json_decref(j);
	return text;
}

static char *
compared(struct scene *s, int files, int in_short, int times)
{
	struct match_options o = { .book = BOOK_LIVE, .account = "PayPal", .now = SHELF_NOW };
	struct error e = { 0 };
	struct match m = { .s = &shelf_site, .o = &o, .e = &e };
	struct report_sink sink = { .arg = &m, .row = match_take_row, .control = match_take_control,
	    .again = match_take_again };
	struct lock l = LOCK_INIT;
	struct books *b;
	char *text;

	memcpy(m.how.dates, "ymd", 4);
	m.how.decimal = '.';
	m.found = json_object();
	moment_day(o.now, m.today);
	if (in_short)
		sink.plain = match_take_plain;
	for (m.nfiles = 0; m.nfiles < files; m.nfiles++) {
		m.at_file = m.nfiles;
		m.file[m.nfiles].fd = s->fd[m.nfiles];
		(void)snprintf(m.file[m.nfiles].name, sizeof(m.file[0].name), "f%d", m.nfiles);
		assert_int_equal(lseek(s->fd[m.nfiles], 0, SEEK_SET), 0);
		assert_works(report_paypal_activity.read(s->fd[m.nfiles], "f", &m.how, &sink, &e));
	}
	match_sort(&m);
	assert_works(match_check_joints(&m));
	s->plain = m.nplain;
	assert_works(books_lock(&l, &shelf_site, 0, &e));
	assert_works(books_open(&b, &shelf_site, BOOK_LIVE, &e));
	while (times-- > 0)
		assert_works(match_compare(&m, b));
	assert_int_equal(match_in_report(&m, "T1"), strstr(s->text[0].data, ",T1,") != NULL ||
	    (files == 2 && strstr(s->text[1].data, ",T1,") != NULL));
	assert_works(books_close(b, &e));
	lock_drop(&l);
	m.books = NULL;
	text = dump(&m);
	while (m.nfiles-- > 0)
		if (m.file[m.nfiles].again != NULL)
			m.file[m.nfiles].again->free(m.file[m.nfiles].again);
	json_decref(m.found);
	free(m.v);
	free(m.controls);
	match_plain_free(&m);
	return text;
}

static void
both_ways(void **state)
{
	uint64_t seed;
	size_t plain = 0;

	(void)state;
	for (seed = 1; seed <= 24; seed++) {
		char *full, *quick, *twice;
		struct scene s;
		int files = 1 + (seed % 2 == 0), i;

		make(&s, seed);
		full = compared(&s, files, 0, 1);
		quick = compared(&s, files, 1, 1);
		plain += s.plain;
		twice = compared(&s, files, 1, 2);	/* as after --post-missing */
		if (strcmp(full, quick) != 0 || strcmp(full, twice) != 0) {
			for (i = 0; full[i] == quick[i] && full[i] != '\0'; i++)
				continue;
			fail_msg("seed %d at %d:\nin full  %.600s\nin short %.600s", (int)seed, i, full + (i > 300 ? i - 300 :
			    0), quick + (i > 300 ? i - 300 : 0));
		}
		free(full);
		free(quick);
		free(twice);
		for (i = 0; i < 2; i++) {
			close(s.fd[i]);
			buf_free(&s.text[i]);
		}
		site_close(&shelf_site);
	}
	assert_true(plain > 1000);
}

int
main(void)
{
	struct error e;
	const struct CMUnitTest tests[] = { cmocka_unit_test(both_ways) };

	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		return 1;
	return cmocka_run_group_tests_name("match_plain", tests, NULL, NULL);
}
