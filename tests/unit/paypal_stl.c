/*
 * paypal_stl -- settlement and transaction detail reports: the samples row by row, every way they
 * may be written, parts and sections, errors with their line; and whatever number of a footer is
 * changed, whatever row dropped, doubled or altered is found by the file's own controls.
 */
#include "unit.h"

#include "money.h"
#include "report/paypal_codes.h"
#include "report/report.h"

#define STL	"STL-20240304.01.009.CSV"
#define TRR	"TRR-20240304.01.008.CSV"

struct got {
	struct buf	 parts, rows, controls, statements, periods;
	size_t		 n, ncontrols;
};

static int
part(void *arg, const struct report_part *p, struct error *e)
{
	struct got *g = arg;
	char from[MOMENT_TEXT], to[MOMENT_TEXT];

	return buf_addf(&g->parts, e, "%s %s %s %s %d%s %s %s;", p->report, p->account_id, p->version, p->day,
	    p->part, p->last ? "!" : "", moment_print(p->from, from), moment_print_us(p->to, to));
}

/* "LINE KIND ID CCY GROSS FEE;" ('~' before what does not move the balance) */
static int
row(void *arg, const struct report_row *r, struct error *e)
{
	struct got *g = arg;
	char gross[MONEY_TEXT], fee[MONEY_TEXT];

	g->n++;
	assert_int_equal(r->net, r->gross - r->fee);
	return buf_addf(&g->rows, e, "%s%zu %s %s %s %s %s;", r->moves_balance ? "" : "~", r->line,
	    r->known_type ? record_move_name[r->move] : "?", r->id, r->currency,
	    money_print(r->gross, r->currency, gross), money_print(r->fee, r->currency, fee));
}

static int
control(void *arg, const struct report_control *c, struct error *e)
{
	struct got *g = arg;

	g->ncontrols++;
	assert_true(c->key[0] != '\0' && c->text[0] != '\0');
	return buf_addf(&g->controls, e, "%d:%zu %s|", c->file, c->line, c->text);
}

static int
statement(void *arg, const struct report_statement *s, struct error *e)
{
	struct got *g = arg;
	char a[MONEY_TEXT], b[MONEY_TEXT], c[MONEY_TEXT], d[MONEY_TEXT];

	return buf_addf(&g->statements, e, "%s %s %s total %s %s;", s->currency,
	    money_print(s->opening, s->currency, a), money_print(s->closing, s->currency, b),
	    money_print(s->total_opening, s->currency, c), money_print(s->total_closing, s->currency, d));
}

static int
period(void *arg, const struct report_period *p, struct error *e)
{
	struct got *g = arg;

	assert_true(p->checks > 0);
	return buf_addf(&g->periods, e, "%d %s %s%s;", p->file, p->report, p->day, p->complete ? "" : " incomplete");
}

static void
got_init(struct got *g)
{
	struct error e = { 0 };
	struct buf *all[] = { &g->parts, &g->rows, &g->controls, &g->statements, &g->periods };
	size_t i;

	memset(g, 0, sizeof(*g));
	for (i = 0; i < COUNT(all); i++) {
		*all[i] = (struct buf)BUF_INIT(1 << 20);
		assert_int_equal(buf_adds(all[i], "", &e), 0);
	}
}

static void
got_free(struct got *g)
{
	buf_free(&g->parts);
	buf_free(&g->rows);
	buf_free(&g->controls);
	buf_free(&g->statements);
	buf_free(&g->periods);
}

static struct report_sink
sink(struct got *g)
{
	return (struct report_sink){ .arg = g, .part = part, .row = row, .control = control,
	    .statement = statement, .period = period };
}

static const struct report_options ours = { .own = "billing@example.com, MERCHANTID123" };
static int dir = -1;

static int
read_into(const struct report_format *f, const char *name, const void *p, size_t len,
    const struct report_options *o, const struct report_sink *s, struct error *e)
{
	int fd, rc;

	if (dir == -1)
		dir = scratch();
	put_file(dir, "f", p, len);
	fd = openat(dir, "f", O_RDONLY);
	assert_int_not_equal(fd, -1);
	rc = f->read(fd, name, o, s, e);
	close(fd);
	return rc;
}

static int
read_bytes(const struct report_format *f, const char *name, const void *p, size_t len, struct got *g,
    struct error *e)
{
	struct report_sink s;

	got_init(g);
	s = sink(g);
	return read_into(f, name, p, len, &ours, &s, e);
}

static struct buf
sample(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/data/stl/%s", name);
	return slurp(AT_FDCWD, path);
}

/* text with the first `from` replaced by `to` */
static struct buf
with(const struct buf *text, const char *from, const char *to)
{
	struct buf b = BUF_INIT(1 << 20);
	struct error e = { 0 };
	const char *at = strstr(text->data, from);

	if (at == NULL)
		fail_msg("the sample has no %s", from);
	assert_int_equal(buf_add(&b, text->data, (size_t)(at - text->data), &e) | buf_adds(&b, to, &e) |
	    buf_adds(&b, at + strlen(from), &e), 0);
	return b;
}

#define STL_ROWS \
	"23 payment 8MR17283WL483726Y USD 75.00 0.00;24 payment 3NA51729XK004816B EUR 20.00 0.88;" \
	"5 payment 7AB19283CD465019E USD 100.00 3.20;6 payment 9CA40516PD716059R USD 32.98 1.26;" \
	"7 payment 5EU95061UJ261504W EUR 20.00 0.93;8 conversion 5EU95061UJ26150C1 EUR -19.07 0.00;" \
	"9 conversion 5EU95061UJ26150C2 USD 20.76 0.00;10 payment 2JP06172VK372615X JPY 150 43;" \
	"11 refund 8TR92736LM504817P USD -32.98 -0.96;12 refund 2RF60417HA119283K USD -10.00 -0.29;" \
	"13 refund 5RF71528JB220394L USD -10.00 0.00;14 reversal 6RV62738RF938271T USD -25.00 -1.03;" \
	"15 fee 6RV62738RF9382FEE USD -20.00 0.00;16 reversal-cancelled 1CR73849SG049382U USD 25.00 1.03;" \
	"17 fee 1CR73849SG0493FEE USD 20.00 0.00;25 payment 3SM51627QE827160S USD 16.00 1.16;" \
	"18 hold 9MP00000HD000001A USD -36.70 0.00;19 release 9MP00000RL000001B USD 36.70 0.00;" \
	"20 payout 5W531651W5136225N USD -25.99 0.00;21 payout 8P09425963946233T USD -9.99 0.00;" \
	"22 fee 9MP00000FE000001C USD -0.72 0.00;26 withdrawal 3MG88942N0662370U USD -50.00 0.00;"
#define STATEMENTS \
	"EUR 0.00 19.12 total 0.00 19.12;JPY 0 107 total 0 107;USD 2500.00 2600.69 total 2500.00 2600.69;"

static void
expect_stl(const char *name, const void *p, size_t len)
{
	struct error e;
	struct got g;

	assert_true(report_paypal_stl.recognise(p, len));
	assert_false(report_paypal_trr.recognise(p, len));
	assert_false(report_paypal_activity.recognise(p, len));
	assert_works(read_bytes(&report_paypal_stl, name, p, len, &g, &e));
	assert_string_equal(g.controls.data, "");
	assert_string_equal(g.rows.data, STL_ROWS);
	assert_string_equal(g.statements.data, STATEMENTS);
	assert_string_equal(g.parts.data, "STL MERCHANTID123 009 2024-03-04 1! 2024-03-04T08:00:00Z "
	    "2024-03-05T07:59:59.999999Z;");
	assert_string_equal(g.periods.data, "0 STL 2024-03-04;");
	got_free(&g);
}

static void
stl_sample(void **state)
{
	struct buf b = sample(STL);

	(void)state;
	expect_stl(STL, b.data, b.len);
	buf_free(&b);
}

static void
trr_sample(void **state)
{
	struct buf b = sample(TRR);
	struct error e;
	struct got g;

	(void)state;
	assert_true(report_paypal_trr.recognise(b.data, b.len));
	assert_false(report_paypal_stl.recognise(b.data, b.len));
	assert_works(read_bytes(&report_paypal_trr, TRR, b.data, b.len, &g, &e));
	assert_string_equal(g.controls.data, "");
	assert_string_equal(g.statements.data, "");
	assert_int_equal(g.n, 25);
	assert_non_null(strstr(g.rows.data, "~5 payment 4EC38271NB605948Q USD 50.00 0.00;"));
	assert_non_null(strstr(g.rows.data, "~27 other 4VO10293AV847561V USD 15.60 0.00;"));
	assert_non_null(strstr(g.rows.data, "~28 other 5VO21304BV958672W USD 15.60 0.00;"));
	assert_null(strstr(strchr(g.rows.data, '~') + 1, "~6 "));
	got_free(&g);
	buf_free(&b);
}

/* What moves nothing may lack a date, and even an amount. */
static void
trr_nothing(void **state)
{
	struct buf b = sample(TRR), x, y;
	struct error e;
	struct got g;

	(void)state;
	x = with(&b, "2024/03/04 09:02:11 -0800,2024/03/04 09:02:11 -0800,", ",,");
	y = with(&x, "\"CR\",1560,\"USD\",\"\",,\"\",\"V\"", "\"\",,\"\",\"\",,\"\",\"V\"");
	assert_works(read_bytes(&report_paypal_trr, TRR, y.data, y.len, &g, &e));
	assert_string_equal(g.controls.data, "");
	assert_int_equal(g.n, 24);
	assert_non_null(strstr(g.rows.data, "~5 payment 4EC38271NB605948Q USD 50.00 0.00;"));
	assert_non_null(strstr(g.rows.data, "~28 other 5VO21304BV958672W USD 15.60 0.00;"));
	got_free(&g);
	buf_free(&x);
	buf_free(&y);
	x = with(&b, "2024/03/04 08:15:42 -0800,2024/03/04 08:15:42 -0800,", ",,");
	assert_fails(read_bytes(&report_paypal_trr, TRR, x.data, x.len, &g, &e), ERR_INPUT, ":6: Transaction Completion");
	got_free(&g);
	buf_free(&x);
	buf_free(&b);
}

static void
written_otherwise(void **state)
{
	struct buf b = sample(STL), x = BUF_INIT(1 << 20), y;
	struct error e = { 0 };
	size_t i;
	int big, quoted = 0;

	(void)state;
	/* CRLF, a BOM, no end of line at the end */
	assert_int_equal(buf_adds(&x, "\xef\xbb\xbf", &e), 0);
	for (i = 0; i + 1 < b.len; i++)
		assert_int_equal(buf_addf(&x, &e, "%s%c", b.data[i] == '\n' ? "\r" : "", b.data[i]), 0);
	expect_stl(STL, x.data, x.len);
	/* tabs */
	buf_clear(&x);
	for (i = 0; i < b.len; i++) {
		quoted ^= b.data[i] == '"';
		assert_int_equal(buf_addf(&x, &e, "%c", b.data[i] == ',' && !quoted ? '\t' : b.data[i]), 0);
	}
	expect_stl("STL-20240304.01.009.TAB", x.data, x.len);
	/* UTF-16 of either order */
	for (big = 0; big < 2; big++) {
		buf_clear(&x);
		assert_int_equal(buf_add(&x, big ? "\xfe\xff" : "\xff\xfe", 2, &e), 0);
		for (i = 0; i < b.len; i++) {
			const char two[3] = { b.data[i], '\0', b.data[i] };

			assert_int_equal(buf_add(&x, two + big, 2, &e), 0);
		}
		expect_stl(STL, x.data, x.len);
	}
	/* headings of other versions */
	y = with(&b, "\"Transaction Debit or Credit\"", "\"Transaction  Debit or Credit\"");
	expect_stl(STL, y.data, y.len);
	buf_free(&y);
	y = with(&b, "\"Transaction ID\",\"Invoice ID\"", "TransactionID,InvoiceID");
	expect_stl(STL, y.data, y.len);
	buf_free(&y);
	/* quoted dates and numbers, an SH of three fields */
	y = with(&b, "2024/03/04 08:15:42 -0800,\"CR\",10000", "\"2024/03/04 08:15:42 -0800\",\"CR\",\"10000\"");
	expect_stl("as downloaded", y.data, y.len);
	buf_free(&y);
	y = with(&b, ",\"MERCHANTID123\",\"\"\n", ",\"MERCHANTID123\"\n");
	expect_stl(STL, y.data, y.len);
	buf_free(&y);
	buf_free(&x);
	buf_free(&b);
}

/* ---- tampering ---- */

/* Found: by a control, or because it can't even be read. */
static void
found(const struct report_format *f, const char *name, const struct buf *b, const char *what)
{
	struct error e = { 0 };
	struct got g;
	int rc = read_bytes(f, name, b->data, b->len, &g, &e);

	if (rc == 0 && g.ncontrols == 0)
		fail_msg("not found: %s", what);
	if (rc == -1 && (e.code != ERR_INPUT || strncmp(e.text, name, strlen(name)) != 0))
		fail_msg("%s: %s", what, e.text);
	got_free(&g);
}

static void
tamper_numbers(const struct report_format *f, const char *name)
{
	struct buf b = sample(name), x = BUF_INIT(1 << 20);
	const char *line, *next, *p, *end;
	struct error e = { 0 };
	size_t tried = 0;
	int64_t v;
	int k;

	for (line = b.data; *line != '\0'; line = next) {
		next = strchr(line, '\n') + 1;
		if (strchr("SR", line[1]) == NULL && line[1] != 'F')
			continue;
		if (strncmp(line, "\"SF\"", 4) != 0 && strncmp(line, "\"SC\"", 4) != 0 &&
		    strncmp(line, "\"RF\"", 4) != 0 && strncmp(line, "\"RC\"", 4) != 0 &&
		    strncmp(line, "\"FF\"", 4) != 0)
			continue;
		for (p = line; p < next; p = end) {
			if (*p < '0' || *p > '9') {
				end = p + 1;
				continue;
			}
			v = strtoll(p, (char **)&end, 10);
			for (k = 0; k < 7; k++) {
				const int64_t other[] = { v + 1, v == 0 ? 7 : v - 1, v * 10 + 10, v + 100, 0, 22, 35 };

				if (other[k] == v)
					continue;
				buf_clear(&x);
				assert_int_equal(buf_add(&x, b.data, (size_t)(p - b.data), &e) |
				    buf_addf(&x, &e, "%lld%s", (long long)other[k], end), 0);
				found(f, name, &x, line);
				tried++;
			}
		}
		/* a direction turned */
		for (p = line; (p = strstr(p, "\"CR\"")) != NULL && p < next; p++) {
			if (p[5] == '0')
				continue;
			buf_clear(&x);
			assert_int_equal(buf_add(&x, b.data, (size_t)(p - b.data), &e) |
			    buf_addf(&x, &e, "\"DR\"%s", p + 4), 0);
			found(f, name, &x, line);
			tried++;
		}
		/* the whole footer gone */
		buf_clear(&x);
		assert_int_equal(buf_add(&x, b.data, (size_t)(line - b.data), &e) | buf_adds(&x, next, &e), 0);
		if (strncmp(line, "\"SF\",2", 6) != 0 && strncmp(line, "\"RF\",2", 6) != 0) {
			found(f, name, &x, line);
			tried++;
		}
	}
	if (tried < (f == &report_paypal_stl ? 450U : 20U))
		fail_msg("only %zu tried of %s", tried, name);
	buf_free(&x);
	buf_free(&b);
}

static void
footers_changed(void **state)
{
	(void)state;
	tamper_numbers(&report_paypal_stl, STL);
	tamper_numbers(&report_paypal_trr, TRR);
}

static void
tamper_rows(const struct report_format *f, const char *name)
{
	struct buf b = sample(name), x = BUF_INIT(1 << 20);
	const char *line, *next, *p;
	struct error e = { 0 };
	int twice;

	for (line = b.data; *line != '\0'; line = next) {
		next = strchr(line, '\n') + 1;
		if (strncmp(line, "\"SB\"", 4) != 0)
			continue;
		for (twice = 0; twice < 2; twice++) {
			buf_clear(&x);
			assert_int_equal(buf_add(&x, b.data, (size_t)((twice ? next : line) - b.data), &e) |
			    buf_adds(&x, twice ? line : next, &e), 0);
			found(f, name, &x, line);
		}
		/* amount, currency, direction of any balance row of an STL; the rest of it is cut off */
		for (p = line; f == &report_paypal_stl && p + 1 < next; p++) {
			if (strncmp(p, "\"CR\",", 5) != 0 && strncmp(p, "\"DR\",", 5) != 0)
				continue;
			buf_clear(&x);
			assert_int_equal(buf_add(&x, b.data, (size_t)(p - b.data), &e) |
			    buf_addf(&x, &e, "\"%s\"%s", p[1] == 'C' ? "DR" : "CR", p + 4), 0);
			found(f, name, &x, line);
			buf_clear(&x);
			assert_int_equal(buf_add(&x, b.data, (size_t)(p + 5 - b.data), &e) |
			    buf_addf(&x, &e, "%d%s", p[5] == '9' ? 1 : 9, p + 6), 0);
			found(f, name, &x, line);
		}
	}
	buf_clear(&x);
	for (p = strchr(b.data, '\n'); p != NULL; p = strchr(p + 1, '\n')) {	/* cut off anywhere */
		if (p[1] == '\0')
			break;
		buf_clear(&x);
		assert_int_equal(buf_add(&x, b.data, (size_t)(p + 1 - b.data), &e), 0);
		found(f, name, &x, "cut off");
	}
	buf_free(&x);
	buf_free(&b);
}

static void
rows_changed(void **state)
{
	(void)state;
	tamper_rows(&report_paypal_stl, STL);
	tamper_rows(&report_paypal_trr, TRR);
}

static void
swapped(void **state)
{
	static const struct { const char *from, *to; } cases[] = {
		/* gross and fee, amounts of two currencies, a fee into the other row, begin and end */
		{ "\"CR\",10000,\"USD\",\"DR\",320", "\"CR\",320,\"USD\",\"DR\",10000" },
		{ "\"CR\",2000,\"EUR\",\"DR\",93", "\"CR\",2000,\"USD\",\"DR\",93" },
		{ "\"CR\",10000,\"USD\",\"DR\",320", "\"CR\",10000,\"USD\",\"CR\",320" },
		{ "\"CR\",250000,\"CR\",260069", "\"CR\",260069,\"CR\",250000" },
		{ "32644,22138,228,665", "22138,32644,228,665" },
		{ "32644,22138,228,665", "32644,22138,665,228" },
		{ "2024/03/04 08:15:42 -0800,\"CR\"", "2024/03/05 08:15:42 -0800,\"CR\"" },
		{ "\"T1503\"", "\"T0400\"" },		/* a hold that is none: the total does not hold */
	};
	struct buf b = sample(STL), x;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		x = with(&b, cases[i].from, cases[i].to);
		found(&report_paypal_stl, STL, &x, cases[i].to);
		buf_free(&x);
	}
	buf_free(&b);
}

static void
says(const struct buf *b, const char *name, const char *want)
{
	struct error e;
	struct got g;

	assert_works(read_bytes(&report_paypal_stl, name, b->data, b->len, &g, &e));
	if (strcmp(g.controls.data, want) != 0)
		fail_msg("%s\nwant %s", g.controls.data, want);
	got_free(&g);
}

static void
one_fault_one_control(void **state)
{
	static const struct { const char *from, *to, *name, *want; } cases[] = {
		{ "\"SC\",22", "\"SC\",21", STL, "0:30 SC: the section has 21 rows, it says, but 22 were counted|" },
		{ "\"FF\",22", "\"FF\",35", STL, "0:35 FF: 35, where 22 rows were counted|" },
		{ "\"RC\",22", "\"RC\",23", STL, "0:34 RC: 23, where 22 rows were counted|" },
		{ "\"CR\",0,22\n\"SF\",\"JPY\"", "\"CR\",0,2\n\"SF\",\"JPY\"", STL,
		    "0:27 SF EUR count: 2, where 22 rows were counted|" },
		{ "T0400", "T9999", STL, "" },		/* an unknown type still adds up */
		{ "", "", "STL-20240305.01.009.CSV",
		    "0:3 by its name the report of 2024-03-05, by SH of 2024-03-04|" },
		{ "", "", "STL-20240304.02.009.CSV", "0:2 by its name part 2, by FH part 1|" },
		{ "", "", "STL-20240304.01.008.CSV", "0:1 by its name version 8, by RH version 009|" },
		{ "", "", "TRR-20240304.01.009.CSV", "0:1 by its name a TRR report, by its columns STL|" },
		{ "\"SF\",\"JPY\"", "\"XX\",\"JPY\"", STL, "0:28 a row of type \"XX\", which nobody knows|"
		    "0:30 no SF row tells the totals of JPY, of which there are rows|"
		    "0:32 RF JPY: no section has a footer of that currency|" },
	};
	struct buf b = sample(STL), x;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		x = with(&b, cases[i].from, cases[i].to);
		says(&x, cases[i].name, cases[i].want);
		buf_free(&x);
	}
	/* RC and FF may both count every line */
	x = with(&b, "\"RC\",22\n\"FF\",22", "\"RC\",35\n\"FF\",35");
	says(&x, STL, "");
	buf_free(&x);
	buf_free(&b);
}

/* Money held over the end of the day: available and total go apart. */
static void
held(void **state)
{
	static const char text[] =
	    "RH,2024/03/05 02:44:19 -0800,A,MERCHANTID123,009\nFH,01\n"
	    "SH,2024/03/04 00:00:00 -0800,2024/03/04 23:59:59 -0800,MERCHANTID123\n"
	    "CH,Transaction ID,Transaction Event Code,Transaction Completion Date,Transaction Debit or Credit,"
	    "Gross Transaction Amount,Gross Transaction Currency,Fee Debit or Credit,Fee Amount\n"
	    "SB,A1,T0006,2024/03/04 08:00:00 -0800,CR,10000,USD,DR,300\n"
	    "SB,A2,T2101,2024/03/04 09:00:00 -0800,DR,4000,USD,,\n"
	    "SF,USD,10000,4000,0,300,CR,0,CR,5700,CR,0,CR,9700,CR,0,CR,0,2\nSC,2\n"
	    "RF,USD,10000,4000,0,300,CR,0,CR,5700,CR,0,CR,9700,CR,0,CR,0,2\nRC,2\nFF,2\n";
	struct error e;
	struct got g;

	(void)state;
	assert_works(read_bytes(&report_paypal_stl, "f", text, strlen(text), &g, &e));
	assert_string_equal(g.controls.data, "");
	assert_string_equal(g.statements.data, "USD 0.00 57.00 total 0.00 97.00;");
	got_free(&g);
}

static void
quiet_day(void **state)
{
	static const char *const text[] = {
	    "RH,2024/03/05 02:44:19 -0800,A,MERCHANTID123,009\nFH,01\n"
	    "SH,2024/03/04 00:00:00 -0800,2024/03/04 23:59:59 -0800,MERCHANTID123\nCH,Transaction ID,"
	    "Transaction Event Code,Transaction Completion Date,Transaction Debit or Credit,"
	    "Gross Transaction Amount,Gross Transaction Currency,Fee Debit or Credit,Fee Amount\n"
	    "SF,USD,0,0,0,0,CR,100,CR,100,CR,100,CR,100,CR,0,CR,0,0\nSC,0\n"
	    "RF,USD,0,0,0,0,CR,100,CR,100,CR,100,CR,100,CR,0,CR,0,0\nRC,0\nFF,0\n",
	    "RH,2024/03/05 02:44:19 -0800,A,MERCHANTID123,009\nFH,01\n"
	    "SH,2024/03/04 00:00:00 -0800,2024/03/04 23:59:59 -0800,MERCHANTID123\nSC,0\nRC,0\nFF,0\n" };
	struct error e;
	struct got g;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(text); i++) {
		assert_true(report_paypal_stl.recognise(text[i], strlen(text[i])));
		assert_works(read_bytes(&report_paypal_stl, "f", text[i], strlen(text[i]), &g, &e));
		assert_string_equal(g.controls.data, "");
		assert_string_equal(g.statements.data, i == 0 ? "USD 1.00 1.00 total 1.00 1.00;" : "");
		assert_string_equal(g.periods.data, "0 STL 2024-03-04;");
		got_free(&g);
	}
}

/* ---- sections ---- */

#define S_HEAD	"RH,2024/03/05 02:44:19 -0800,A,%s,009\nFH,%02d\n"
#define S_SH	"SH,2024/03/04 00:00:00 -0800,2024/03/04 23:59:59 -0800,%s\n"
#define S_CH	"CH,Transaction ID,Transaction Event Code,Transaction Completion Date," \
	"Transaction Debit or Credit,Gross Transaction Amount,Gross Transaction Currency," \
	"Fee Debit or Credit,Fee Amount\n"
#define S_SB(id, amount) "SB," id ",T0006,2024/03/04 08:00:00 -0800,CR," amount ",USD,,\n"
#define S_F(t, gross, from, to, n) t ",USD," gross ",0,0,0,CR," from ",CR," to ",CR," from ",CR," to \
	",CR,0,CR,0," n "\n"

static void
sections(void **state)
{
	struct buf b = BUF_INIT(65536);
	struct report_options nobody = { .own = "a@b.example" }, stranger = { .own = "OTHER9" };
	struct report_sink s;
	struct error e = { 0 };
	struct got g;

	(void)state;
	assert_int_equal(buf_addf(&b, &e, S_HEAD S_SH S_CH S_SB("A1", "100") S_SB("A2", "200")
	    S_F("SF", "300", "0", "300", "2") "SC,2\n" S_SH S_CH S_SB("B1", "1000")
	    S_F("SF", "1000", "50", "1050", "1") "SC,1\n" S_F("RF", "1300", "50", "1350", "3") "RC,3\nFF,3\n",
	    "PARTNER", 1, "THEIRS", "merchantid123"), 0);
	assert_works(read_bytes(&report_paypal_stl, "f", b.data, b.len, &g, &e));
	assert_string_equal(g.controls.data, "");
	assert_string_equal(g.rows.data, "11 payment B1 USD 10.00 0.00;");
	assert_string_equal(g.statements.data, "USD 0.50 10.50 total 0.50 10.50;");
	got_free(&g);
	got_init(&g);
	s = sink(&g);
	assert_fails(read_into(&report_paypal_stl, "f", b.data, b.len, &nobody, &s, &e), ERR_INPUT,
	    "sections of several accounts");
	assert_fails(read_into(&report_paypal_stl, "f", b.data, b.len, &stranger, &s, &e), ERR_INPUT,
	    "another account's report");
	assert_int_equal(g.n, 0);
	got_free(&g);
	buf_free(&b);
}

/* ---- parts ---- */

struct piece {
	const char	*name;
	struct buf	 text;
};

static void
read_set(const struct piece *v, size_t n, struct got *g)
{
	struct error e = { 0 };
	struct report_sink s;
	size_t i;

	got_init(g);
	s = sink(g);
	s.set = report_paypal_stl.set_new(&e);
	assert_non_null(s.set);
	for (i = 0; i < n; i++)
		assert_works(read_into(&report_paypal_stl, v[i].name, v[i].text.data, v[i].text.len, &ours, &s, &e));
	assert_works(report_paypal_stl.set_check(s.set, &s, &e));
	report_paypal_stl.set_free(s.set);
}

/* Two parts, the footers of the section in each (way 0) or in the last only (1), no CH in the second (2). */
static void
make_parts(struct piece v[2], int way)
{
	struct error e = { 0 };
	int i;

	for (i = 0; i < 2; i++)
		v[i].text = (struct buf)BUF_INIT(65536);
	v[0].name = "STL-20240304.01.009.CSV";
	v[1].name = "STL-20240304.02.009.CSV";
	assert_int_equal(buf_addf(&v[0].text, &e, S_HEAD S_SH S_CH S_SB("A1", "100") S_SB("A2", "200") "%sFF,2\n",
	    "MERCHANTID123", 1, "MERCHANTID123", way == 0 ? S_F("SF", "300", "0", "300", "2") "SC,2\n" : ""), 0);
	assert_int_equal(buf_addf(&v[1].text, &e, S_HEAD, "MERCHANTID123", 2), 0);
	if (way < 2)
		assert_int_equal(buf_addf(&v[1].text, &e, S_SH S_CH, "MERCHANTID123"), 0);
	assert_int_equal(buf_addf(&v[1].text, &e, S_SB("A3", "400") "%s" S_F("RF", "700", "0", "700", "3") "RC,3\n"
	    "FF,1\n", way == 0 ? S_F("SF", "400", "300", "700", "1") "SC,1\n" :
	    S_F("SF", "700", "0", "700", "3") "SC,3\n"), 0);
}

static void
parts(void **state)
{
	struct piece v[2], turned[2];
	struct got g;
	int way;

	(void)state;
	for (way = 0; way < 3; way++) {
		make_parts(v, way);
		read_set(v, 2, &g);
		assert_string_equal(g.controls.data, "");
		assert_string_equal(g.statements.data, "USD 0.00 7.00 total 0.00 7.00;");
		assert_string_equal(g.periods.data, "0 STL 2024-03-04;1 STL 2024-03-04;");
		got_free(&g);
		turned[0] = v[1];
		turned[1] = v[0];
		if (way < 2) {		/* without CH the first must come first */
			read_set(turned, 2, &g);
			assert_string_equal(g.controls.data, "");
			assert_string_equal(g.statements.data, "USD 0.00 7.00 total 0.00 7.00;");
			got_free(&g);
			read_set(turned, 1, &g);
			assert_non_null(strstr(g.controls.data, "part 1 of the report is missing"));
			assert_string_equal(g.statements.data, "");
			assert_string_equal(g.periods.data, "0 STL 2024-03-04 incomplete;");
			got_free(&g);
		}
		read_set(v, 1, &g);
		assert_non_null(strstr(g.controls.data, "part 2 is missing"));
		assert_int_equal(g.ncontrols, 1);
		assert_string_equal(g.periods.data, "0 STL 2024-03-04 incomplete;");
		got_free(&g);
		buf_free(&v[0].text);
		buf_free(&v[1].text);
	}
}

static void
same_part_twice(void **state)
{
	struct report_sink s;
	struct piece v[2];
	struct error e = { 0 };
	struct got g;

	(void)state;
	make_parts(v, 0);
	got_init(&g);
	s = sink(&g);
	s.set = report_paypal_stl.set_new(&e);
	assert_works(read_into(&report_paypal_stl, "a", v[0].text.data, v[0].text.len, &ours, &s, &e));
	assert_works(read_into(&report_paypal_stl, "b", v[0].text.data, v[0].text.len, &ours, &s, &e));
	assert_fails(report_paypal_stl.set_check(s.set, &s, &e), ERR_INPUT, "a, b: both are part 1");
	report_paypal_stl.set_free(s.set);
	got_free(&g);
	buf_free(&v[0].text);
	buf_free(&v[1].text);
}

/* ---- in short ---- */

static struct report_again *again;
static struct report_plain plains[64];
static size_t nplains;

static int
plain(void *arg, const struct report_plain *p, const char *own, struct error *e)
{
	(void)arg, (void)e;
	assert_string_equal(own, "");
	assert_non_null(again);
	plains[nplains++] = *p;
	return 0;
}

static void
take_again(void *arg, struct report_again *a)
{
	(void)arg;
	again = a;
}

/* A payment in short is made whole again, the same as it would have been. */
static void
in_short(void **state)
{
	struct buf b = sample(STL);
	struct report_row r;
	struct report_sink s;
	struct error e;
	struct got g;
	size_t i;

	(void)state;
	got_init(&g);
	s = sink(&g);
	s.plain = plain;
	s.again = take_again;
	assert_works(read_into(&report_paypal_stl, STL, b.data, b.len, &ours, &s, &e));
	assert_int_equal(nplains, 6);
	assert_int_equal(g.n, 16);
	buf_clear(&g.rows);
	for (i = 0; i < nplains; i++) {
		assert_works(again->row(again, -1, &plains[i], &r, &e));
		assert_string_equal(r.id, plains[i].id);
		assert_int_equal(r.line, plains[i].line);
		assert_true(r.gross == plains[i].gross && r.fee == plains[i].fee && r.event == plains[i].event);
		assert_works(row(&g, &r, &e));
	}
	assert_string_equal(g.rows.data, "24 payment 3NA51729XK004816B EUR 20.00 0.88;"
	    "5 payment 7AB19283CD465019E USD 100.00 3.20;6 payment 9CA40516PD716059R USD 32.98 1.26;"
	    "7 payment 5EU95061UJ261504W EUR 20.00 0.93;10 payment 2JP06172VK372615X JPY 150 43;"
	    "25 payment 3SM51627QE827160S USD 16.00 1.16;");
	again->free(again);
	got_free(&g);
	buf_free(&b);
}

/* ---- errors ---- */

static void
errors(void **state)
{
	static const struct { const char *from, *to, *says; } cases[] = {
		{ "\"RH\"", "\"XH\"", "f:1: a row RH is expected first" },
		{ "\"FH\",01", "\"FH\",0", "f:2: FH sequence" },
		{ "\"FH\",01", "\"FH\",x", "f:2: FH sequence" },
		{ "2024/03/04 00:00:00 -0800,", "yesterday,", "f:3: SH" },
		{ "2024/03/04 23:59:59 -0800", "2024/02/30 23:59:59 -0800", "f:3: SH" },
		{ "MERCHANTID123\",\"\"", "SOMEBODY\",\"\"", "f:3: account \"SOMEBODY\" is none of ours" },
		{ "\"Fee Amount\"", "\"Fee\"", "f:4: CH: no column \"Fee Amount\"" },
		{ "\"Store ID\"", "\"Transactional Status\"", "f:4: CH" },
		{ "\"CH\"", "\"SC\"", "f:4: SC" },
		{ "\"T0007\",", "\"T0007\",\"\",", "f:5: SB: 23 fields, CH has 22" },
		{ "2024/03/04 08:15:42 -0800,\"CR\"", "2024/03/04 24:15:42 -0800,\"CR\"", "f:5: Transaction Completion" },
		{ "2024/03/04 08:15:42 -0800,\"CR\"", "2024/03/04 08:15:42,\"CR\"", "f:5: Transaction Completion" },
		{ "\"CR\",10000", "\"XX\",10000", "f:5: Transaction Debit or Credit" },
		{ "\"CR\",10000", "\"CR\",100.00", "f:5: Gross Transaction Amount" },
		{ "\"CR\",10000", "\"CR\",-10000", "f:5: Gross Transaction Amount" },
		{ "\"CR\",10000,\"USD\"", "\"CR\",10000,\"XXX\"", "f:5: Gross Transaction Currency" },
		{ "320,\"USD\"", "320,\"EUR\"", "f:5: Fee Currency" },
		{ "\"CR\",15000,\"JPY\"", "\"CR\",15050,\"JPY\"", "f:10: Gross Transaction Amount: 15050 hundredths of JPY" },
		{ "\"SF\",\"EUR\",4000", "\"SF\",\"EUR\",4e3", "f:27: total" },
		{ "\"SF\",\"EUR\"", "\"SF\",\"E\"", "f:27: SF: currency" },
		{ "\"CR\",1912", "\"XX\",1912", "f:27: balance" },
		{ "\"7AB19283CD465019E\"", "\"7AB19283CD465019E", "f:" },
	};
	struct buf b = sample(STL), x;
	struct error e;
	struct got g;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		x = with(&b, cases[i].from, cases[i].to);
		assert_fails(read_bytes(&report_paypal_stl, "f", x.data, x.len, &g, &e), ERR_INPUT, cases[i].says);
		assert_int_equal(g.n, 0);
		got_free(&g);
		buf_free(&x);
	}
	assert_fails(read_bytes(&report_paypal_stl, "f", "", 0, &g, &e), ERR_INPUT, "f: empty");
	got_free(&g);
	assert_fails(read_bytes(&report_paypal_trr, "f", b.data, b.len, &g, &e), ERR_INPUT,
	    "transaction detail report is expected");
	got_free(&g);
	buf_free(&b);
	assert_false(report_paypal_stl.recognise("RH,a,b,c,d\nCH,Dispute ID,Case\n", 30));
	assert_false(report_paypal_stl.recognise("Date,Time\n", 10));
	assert_false(report_paypal_stl.recognise("", 0));
}

/* ---- codes ---- */

static void
codes(void **state)
{
	const struct paypal_code *c, *last = NULL;
	size_t i;

	(void)state;
	for (i = 0; (c = paypal_code_at(i)) != NULL; last = c, i++) {
		assert_true(last == NULL || strcmp(last->code, c->code) < 0);
		assert_ptr_equal(paypal_code(c->code), c);
		assert_int_equal(c->code[0], 'T');
		assert_int_equal(strspn(c->code + 1, "0123456789"), 4);
		assert_true(strlen(c->name) > 2 && strlen(c->name) < 128);
		assert_int_equal(strspn(c->category, "abcdefghijklmnopqrstuvwxyz-"), strlen(c->category));
		assert_int_equal(c->moves, c->class != PAYPAL_MEMO);
		if (c->class == PAYPAL_HOLD)
			assert_true(c->in == MOVE_RELEASE && c->out == MOVE_HOLD);
		if (c->class == PAYPAL_FX)
			assert_true(c->in == MOVE_CONVERSION && c->out == MOVE_CONVERSION);
		if (c->class == PAYPAL_FEE)
			assert_true(c->in == MOVE_FEE && c->out == MOVE_FEE);
		if (c->class == PAYPAL_BANK)
			assert_true(c->in == MOVE_WITHDRAWAL && c->out == MOVE_WITHDRAWAL);
	}
	assert_int_equal(i, 143);		/* as many as the page has */
	assert_int_equal(paypal_code("T0001")->out, MOVE_PAYOUT);
	assert_int_equal(paypal_code("T1107")->out, MOVE_REFUND);
	assert_int_equal(paypal_code("T1115")->in, MOVE_PAYOUT_RETURN);
	assert_string_equal(paypal_code("T0106")->category, "chargeback-fee");
	assert_int_equal(paypal_code("T1302")->moves, 0);
	assert_int_equal(paypal_code("T9800")->moves, 0);
	assert_int_equal(paypal_code("T7777")->class, PAYPAL_UNKNOWN);
	assert_int_equal(paypal_code("T7777")->moves, 1);
	assert_int_equal(paypal_code("")->class, PAYPAL_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stl_sample), cmocka_unit_test(trr_sample), cmocka_unit_test(trr_nothing), cmocka_unit_test(written_otherwise),
		cmocka_unit_test(footers_changed), cmocka_unit_test(rows_changed), cmocka_unit_test(swapped),
		cmocka_unit_test(one_fault_one_control), cmocka_unit_test(held), cmocka_unit_test(quiet_day),
		cmocka_unit_test(sections), cmocka_unit_test(parts), cmocka_unit_test(same_part_twice),
		cmocka_unit_test(in_short), cmocka_unit_test(errors), cmocka_unit_test(codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
