/*
 * paypal_activity -- the download of each edition row by row; dates and decimals never guessed; the
 * file's own controls; errors that name file and line.
 */
#include "unit.h"

#include "money.h"
#include "report/report.h"

#define DATA	"tests/data/activity/"
#define HEAD	"Date,Time,Time Zone,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance\n"
#define ROW(date, gross, id, balance) \
	date ",08:00:00,GMT,Website Payment,Completed,USD," gross ",0," gross "," id "," balance "\n"

struct got {
	struct buf	 rows, controls;
	size_t		 n;
};

/* "LINE KIND ID CCY GROSS FEE[!] TIME;" ('~' before what does not move the balance) */
static int
row(void *arg, const struct report_row *r, struct error *e)
{
	struct got *g = arg;
	char gross[MONEY_TEXT], fee[MONEY_TEXT], when[MOMENT_TEXT];

	g->n++;
	assert_int_equal(r->net, r->gross - r->fee);
	return buf_addf(&g->rows, e, "%s%zu %s %s %s %s %s %s;", r->moves_balance ? "" : "~", r->line,
	    r->known_type ? record_move_name[r->move] : "?", r->id, r->currency,
	    money_print(r->gross, r->currency, gross), r->fee_known ? money_print(r->fee, r->currency, fee) :
	    "-", moment_print(r->event, when));
}

static int
control(void *arg, const struct report_control *c, struct error *e)
{
	struct got *g = arg;

	return buf_addf(&g->controls, e, "%zu %s %s %lld %lld;", c->line, c->balance ? "balance" : "net",
	    c->currency, (long long)c->stated, (long long)c->computed);
}

static struct report_options
options(const char *dates, char decimal)
{
	struct report_options o = { .decimal = decimal, .sure = dates[0] != '\0' };

	memcpy(o.dates, dates, strlen(dates) + 1);
	return o;
}

static int
read_fd(int fd, const struct report_options *o, struct got *g, struct error *e)
{
	int rc;

	memset(g, 0, sizeof(*g));
	g->rows = g->controls = (struct buf)BUF_INIT(1 << 20);
	assert_int_equal(buf_adds(&g->rows, "", e) | buf_adds(&g->controls, "", e), 0);
	assert_int_not_equal(fd, -1);
	rc = report_paypal_activity.read(fd, "f.csv", o,
	    &(struct report_sink){ .arg = g, .row = row, .control = control }, e);
	close(fd);
	return rc;
}

static int
read_text(const char *text, const struct report_options *o, struct got *g, struct error *e)
{
	int dir = scratch(), fd;

	put_file(dir, "f", text, strlen(text));
	fd = openat(dir, "f", O_RDONLY);
	close(dir);
	return read_fd(fd, o, g, e);
}

static void
got_free(struct got *g)
{
	buf_free(&g->rows);
	buf_free(&g->controls);
}

static void
editions(void **state)
{
	static const struct { const char *file, *dates; size_t rows; const char *first; } v[] = {
		{ "a.csv", "", 1, "2 payment 7AB19283CD465019E EUR 20.00 0.89 2009-03-25T21:45:35Z;" },
		{ "b.csv", "mdy", 10, "2 payment 8MR17283WL483726Y USD 75.00 0.00 2024-03-04T10:11:03Z;" },
		{ "c.csv", "mdy", 1, "2 withdrawal 3MG88942N0662370U EUR -1058.09 0.00 2018-09-05T04:15:11Z;" },
		{ "d.csv", "", 2, "2 payment 7AB19283CD465019E USD 100.00 3.20 2024-03-04T16:15:42Z;" },
	};
	struct report_options o;
	struct got g, h;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		char name[96];
		struct buf b;

		(void)snprintf(name, sizeof(name), DATA "%s", v[i].file);
		o = options(v[i].dates, 0);
		assert_works(read_fd(open(name, O_RDONLY), &o, &g, &e));
		if (g.n != v[i].rows || strncmp(g.rows.data, v[i].first, strlen(v[i].first)) != 0)
			fail_msg("%s: %zu rows: %s", v[i].file, g.n, g.rows.data);
		assert_string_equal(g.controls.data, "");
		b = slurp(AT_FDCWD, name);
		assert_true(report_paypal_activity.recognise(b.data, b.len));
		buf_free(&b);
		got_free(&g);
	}
	/* one file in two encodings */
	o = options("", 0);
	assert_works(read_fd(open(DATA "d.csv", O_RDONLY), &o, &g, &e));
	assert_works(read_fd(open(DATA "d-windows-1252.csv", O_RDONLY), &o, &h, &e));
	assert_string_equal(g.rows.data, h.rows.data);
	got_free(&g);
	got_free(&h);
}

static void
recognised(void **state)
{
	static const char *const no[] = { "", "a,b\n", "\"RH\",2006/11/16", "Recipient,Amount\n", "Date,Gross\n",
	    "\"Date", "{}", "alice@example.net\t5.00\tUSD\n" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(no); i++)
		assert_false(report_paypal_activity.recognise(no[i], strlen(no[i])));
	assert_true(report_paypal_activity.recognise(HEAD, strlen(HEAD)));
	assert_true(report_paypal_activity.recognise("Time\tDate\tTimeZone\tGross\n", 25));
	assert_ptr_equal(report_find("paypal-activity"), &report_paypal_activity);
	assert_null(report_find("auto"));
}

/* What the content says, what an option says, and what stays open. */
static void
dates(void **state)
{
	static const struct { const char *one, *two, *option, *day, *says; } v[] = {
		{ "13/04/2024", "14/04/2024", "", "2024-04-13", NULL },
		{ "04/13/2024", "04/14/2024", "", "2024-04-13", NULL },
		{ "2024-04-03", "2024-04-05", "", "2024-04-03", NULL },
		{ "03.04.24", "13.04.24", "", NULL, "give --dates" },	/* or the year first */
		{ "03.04.24", "13.04.24", "dmy", "2024-04-03", NULL },
		{ "04/04/2024", "04/04/2024", "", "2024-04-04", NULL },	/* either way the same */
		{ "01/02/2024", "01/03/2024", "", NULL, "dates such as 01/02/2024 may begin" },
		{ "01/02/2024", "01/03/2024", "dmy", "2024-02-01", NULL },
		{ "01/02/2024", "01/03/2024", "mdy", "2024-01-02", NULL },
		{ "13/04/2024", "14/04/2024", "mdy", NULL, "f.csv:2: Date: not written as mdy: give --dates dmy" },
		{ "03/04/2024", "04/04/2024", "ymd", NULL, "not written as ymd: give --dates mdy or dmy" },
		{ "five", "", "ymd", NULL, "f.csv:2: Date: a date of numbers" },
		{ "13/04/2024", "04/14/2024", "", NULL, "f.csv:3: Date: a date of numbers" },
		{ "April 4, 2024", "", "", NULL, "f.csv:2: Date: a date of numbers" },
		{ "2024-02-30", "", "", NULL, "f.csv:2: Date" }, { "29/02/2023", "", "", NULL, "f.csv:2: Date" },
		{ "29/02/2024", "", "", "2024-02-29", NULL }, { "1/2-2024", "", "", NULL, "f.csv:2: Date" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		struct buf b = BUF_INIT(4096);
		struct report_options o = options(v[i].option, 0);
		struct error e;
		struct got g;

		assert_works(buf_addf(&b, &e, HEAD ROW("\"%s\"", "5.00", "A1", ""), v[i].one));
		if (v[i].two[0] != '\0')
			assert_works(buf_addf(&b, &e, ROW("%s", "5.00", "A2", ""), v[i].two));
		if (v[i].says != NULL)
			assert_fails(read_text(b.data, &o, &g, &e), ERR_INPUT, v[i].says);
		else {
			char want[64];

			assert_works(read_text(b.data, &o, &g, &e));
			(void)snprintf(want, sizeof(want), "A1 USD 5.00 0.00 %sT08:00:00Z;", v[i].day);
			if (strstr(g.rows.data, want) == NULL)
				fail_msg("%s %s: %s", v[i].one, v[i].two, g.rows.data);
		}
		got_free(&g);
		buf_free(&b);
	}
}

/* Days that run forth and back in the order of the settings, but one way in the other: a doubt. */
static void
dates_by_order(void **state)
{
	static const char text[] = HEAD ROW("02/01/2024", "1.00", "A1", "") ROW("03/01/2024", "1.00", "A2", "")
	    ROW("01/02/2024", "1.00", "A3", "");
	struct report_options o = options("", 0);
	struct error e;
	struct got g;

	(void)state;
	assert_works(read_text(text, &o, &g, &e));	/* 2, 3 January, 1 February */
	assert_non_null(strstr(g.rows.data, "A3 USD 1.00 0.00 2024-02-01"));
	got_free(&g);
	o = options("mdy", 0);
	o.sure = 0;
	assert_fails(read_text(text, &o, &g, &e), ERR_INPUT, "give --dates");
	got_free(&g);
	o.sure = 1;
	assert_works(read_text(text, &o, &g, &e));
	got_free(&g);
}

static void
decimals(void **state)
{
	static const struct { const char *gross; char option; const char *want, *says; } v[] = {
		{ "5.25", 0, "5.25", NULL }, { "\"5,25\"", 0, "5.25", NULL }, { "\"1,000.25\"", 0, "1000.25", NULL },
		{ "\"1.000,25\"", 0, "1000.25", NULL }, { "\"1 000,25\"", 0, "1000.25", NULL },
		{ "-5", 0, "-5.00", NULL }, { "...", 0, "0.00", NULL }, { "\"1,000\"", '.', "1000.00", NULL },
		{ "\"1,000\"", ',', "1.00", NULL }, { "\"1,000\"", 0, NULL, "--decimal point or --decimal comma" },
		{ "5.25", ',', NULL, "f.csv:2: amount \"5.25\" is not written with a decimal comma: give --decimal point" },
		{ "five", 0, NULL, "f.csv:2: amount \"five\": a number with a decimal point or comma" },
		{ "5.25 USD", 0, NULL, "f.csv:2: amount \"5.25 USD\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		struct buf b = BUF_INIT(4096);
		struct report_options o = options("", v[i].option);
		char want[64];
		struct error e;
		struct got g;

		assert_works(buf_addf(&b, &e, HEAD "2024-04-13,08:00:00,GMT,Website Payment,Completed,USD,%s,,,A1,\n",
		    v[i].gross));
		if (v[i].says != NULL)
			assert_fails(read_text(b.data, &o, &g, &e), ERR_INPUT, v[i].says);
		else {
			assert_works(read_text(b.data, &o, &g, &e));
			(void)snprintf(want, sizeof(want), " A1 USD %s - ", v[i].want);
			if (strstr(g.rows.data, want) == NULL)
				fail_msg("%s: %s", v[i].gross, g.rows.data);
		}
		got_free(&g);
		buf_free(&b);
	}
}

static void
refused(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "f.csv: empty" }, { "Date,Time\n", "f.csv:1: no column \"Time Zone\"" },
		{ "Date,Time,Time Zone,Type,Currency,Gross\n", "f.csv:1: no column \"Transaction ID\"" },
		{ HEAD "2024-04-13,08:00:00,GMT,T,Completed,XXX,1,0,1,A1,\n", "f.csv:2: Currency: \"XXX\"" },
		{ HEAD "2024-04-13,08:00:00,GMT,T,Completed\n", "f.csv:2: Currency: \"\"" },
		{ HEAD "2024-04-13,25:00:00,GMT,T,Completed,USD,1,0,1,A1,\n", "f.csv:2: Time: HH:MM:SS" },
		{ HEAD "2024-04-13,noon,GMT,T,Completed,USD,1,0,1,A1,\n", "f.csv:2: Time: HH:MM:SS" },
		{ HEAD "2024-04-13,08:00:00,XYZ,T,Completed,USD,1,0,1,A1,\n", "f.csv:2: Time Zone: \"XYZ\"" },
		{ HEAD "\n2024-04-13,\"08:00\n", "f.csv:3: ends inside quotes" },
		{ HEAD "2024-04-13,08:00:00,GMT,T,Completed,USD,1,0,1,"
		    "A12345678901234567890123456789012345678901234567890123456789012345678901,\n",
		    "f.csv:2: Transaction ID: too long" },
	};
	struct report_options o = options("", 0);
	struct error e;
	struct got g;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_fails(read_text(bad[i].text, &o, &g, &e), ERR_INPUT, bad[i].says);
		assert_int_equal(g.n, 0);	/* rows only once all of it was read */
		got_free(&g);
	}
	assert_works(read_text(HEAD, &o, &g, &e));	/* a day on which nothing happened */
	assert_int_equal(g.n, 0);
	got_free(&g);
}

/* Newest or oldest first, and rows of one second by what their balances say. */
static void
order(void **state)
{
	static const char *const up[] = { ROW("2024-04-12", "1.00", "A1", "11.00"),
	    ROW("2024-04-13", "2.00", "A2", "13.00"), ROW("2024-04-13", "4.00", "A3", "17.00"),
	    ROW("2024-04-14", "8.00", "A4", "25.00") };
	struct report_options o = options("", 0);
	int down;

	(void)state;
	for (down = 0; down <= 1; down++) {
		struct buf b = BUF_INIT(4096);
		struct error e;
		struct got g;
		char *a1, *a2, *a3, *a4;
		int i;

		assert_works(buf_adds(&b, HEAD, &e));
		for (i = 0; i < 4; i++)
			assert_works(buf_adds(&b, up[down ? 3 - i : i], &e));
		assert_works(read_text(b.data, &o, &g, &e));
		a1 = strstr(g.rows.data, "A1");
		a2 = strstr(g.rows.data, "A2");
		a3 = strstr(g.rows.data, "A3");
		a4 = strstr(g.rows.data, "A4");
		assert_true(a1 != NULL && a1 < a2 && a2 < a3 && a3 < a4);
		assert_string_equal(g.controls.data, "");
		got_free(&g);
		buf_free(&b);
	}
}

static void
controls(void **state)
{
	static const struct { const char *rows, *want; } v[] = {
		{ ROW("2024-04-12", "1.00", "A1", "11.00") ROW("2024-04-13", "2.00", "A2", "13.00"), "" },
		{ ROW("2024-04-12", "1.00", "A1", "11.00") ROW("2024-04-13", "2.00", "A2", "13.01"),
		    "3 balance USD 1301 1300;" },
		{ "2024-04-12,08:00:00,GMT,Website Payment,Completed,USD,10,-0.50,9.40,A1,\n",
		    "2 net USD 940 950;" },
		/* a row that moves nothing is no part of it */
		{ ROW("2024-04-12", "1.00", "A1", "11.00")
		    "2024-04-13,08:00:00,GMT,Website Payment,Pending,USD,5,0,4,A2,11.00\n"
		    ROW("2024-04-14", "2.00", "A3", "13.00"), "" },
		/* each currency has its own */
		{ ROW("2024-04-12", "1.00", "A1", "11.00")
		    "2024-04-13,08:00:00,GMT,Website Payment,Completed,JPY,5,0,5,A2,5\n"
		    ROW("2024-04-14", "2.00", "A3", "13.00"), "" },
	};
	struct report_options o = options("", 0);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		struct buf b = BUF_INIT(4096);
		struct error e;
		struct got g;

		assert_works(buf_addf(&b, &e, HEAD "%s", v[i].rows));
		assert_works(read_text(b.data, &o, &g, &e));
		assert_string_equal(g.controls.data, v[i].want);
		got_free(&g);
		buf_free(&b);
	}
}

/* More currencies than anybody holds, and sums at the edge: never another currency's balance. */
static void
many_currencies(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct report_options o = options("", 0);
	char ccy[4] = "AAA";
	struct error e;
	struct got g;
	size_t n = 0, i, half;

	(void)state;
	assert_works(buf_adds(&b, HEAD, &e));
	for (half = 0; half < 2; half++)
		for (i = 0; i < 26 * 26 * 26; i++) {
			ccy[0] = (char)('A' + i / 676);
			ccy[1] = (char)('A' + i / 26 % 26);
			ccy[2] = (char)('A' + i % 26);
			if (!money_currency_known(ccy, 3))
				continue;
			assert_works(buf_addf(&b, &e, "2024-04-%zu,08:00:00,GMT,Website Payment,Completed,%s,7,0,7,A%zu,%d\n",
			    12 + half, ccy, n++, half == 0 ? 7 : 14));
		}
	assert_works(read_text(b.data, &o, &g, &e));
	assert_int_equal(g.n, n);
	assert_true(n > 2 * 140);
	assert_string_equal(g.controls.data, "");
	got_free(&g);
	/* thousands of the largest amounts, only the first of them with a balance */
	buf_clear(&b);
	assert_works(buf_adds(&b, HEAD, &e));
	for (i = 0; i < 9300; i++)
		assert_works(buf_addf(&b, &e, "2024-04-12,08:00:00,GMT,Website Payment,Completed,KWD,999999999999.999,0,"
		    ",A%zu,%s\n", i, i == 0 ? "5" : i == 9299 ? "6" : ""));
	assert_fails(read_text(b.data, &o, &g, &e), ERR_INPUT, "Net: out of range");
	got_free(&g);
	buf_clear(&b);
	assert_works(buf_adds(&b, HEAD, &e));
	for (i = 0; i <= 9224; i++)	/* and a balance that is as far away as can be */
		assert_works(buf_addf(&b, &e, "2024-04-12,08:00:%02d,GMT,Website Payment,Completed,KWD,%s,0,,A%zu,%s\n",
		    i > 9200, i == 9224 ? "1" : "999999999999.999", i, i == 0 ? "5" : i == 9224 ?
		    "-999999999999.999" : ""));
	assert_works(read_text(b.data, &o, &g, &e));
	assert_non_null(strstr(g.controls.data, "9226 balance KWD -999999999999999 "));
	got_free(&g);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(editions), cmocka_unit_test(recognised), cmocka_unit_test(dates),
		cmocka_unit_test(dates_by_order), cmocka_unit_test(decimals), cmocka_unit_test(refused),
		cmocka_unit_test(order), cmocka_unit_test(controls), cmocka_unit_test(many_currencies),
	};

	return cmocka_run_group_tests_name("paypal_activity", tests, NULL, NULL);
}
