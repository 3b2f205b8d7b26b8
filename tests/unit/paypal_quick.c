/*
 * paypal_quick -- payments taken in short say the same as rows in full, of every sample, of made
 * files, and of these with bytes changed; and csv_scan makes of what it takes the cells of libcsv.
 */
#include "unit.h"

#include <sys/mman.h>

#include <sodium.h>

#include "both_ways.h"
#include "csv_in.h"
#include "csv_scan.h"

#define DATA	"tests/data/activity/"

static int
memory(const char *p, size_t len)
{
	int fd = memfd_create("f", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, len), (ssize_t)len);
	return fd;
}

/* Rows that came in short. */
static size_t
same(int fd, const struct report_options *o, const char *what)
{
	struct both_ways full, quick;
	size_t n;

	both_read(&full, fd, o, 0);
	both_read(&quick, fd, o, 1);
	if (quick.fault != NULL || strcmp(full.text.data, quick.text.data) != 0) {
		size_t i = 0, begin = 0;

		for (; full.text.data[i] != '\0' && full.text.data[i] == quick.text.data[i]; i++)
			if (full.text.data[i] == '\n')
				begin = i + 1;
		fail_msg("%s: %s\nin full:  %.300s\nin short: %.300s", what, quick.fault == NULL ? "" : quick.fault,
		    full.text.data + begin, quick.text.data + begin);
	}
	n = quick.plain;
	both_free(&full);
	both_free(&quick);
	return n;
}

static struct report_options
options(int i)
{
	static const char *const dates[] = { "", "mdy", "dmy", "ymd" };
	static const char decimals[] = { 0, '.', ',' };
	struct report_options o = { .decimal = decimals[i / 4 % 3], .sure = i / 12 % 2 };

	memcpy(o.dates, dates[i % 4], strlen(dates[i % 4]) + 1);
	return o;
}

static void
samples(void **state)
{
	static const char *const files[] = { "a.csv", "b.csv", "c.csv", "d.csv", "d-windows-1252.csv" };
	struct report_options o;
	size_t i, plain = 0;
	int k, fd, dir = open(DATA, O_RDONLY | O_DIRECTORY);

	(void)state;
	for (i = 0; i < COUNT(files); i++)
		for (k = 0; k < 24; k++) {
			o = options(k);
			assert_int_not_equal(fd = openat(dir, files[i], O_RDONLY), -1);
			plain += same(fd, &o, files[i]);
			close(fd);
		}
	assert_true(plain > 0);
	close(dir);
}

/* ---- made files ---- */

struct made {
	uint64_t	seed;
	unsigned	rows;
	struct buf	text;
	int		day, impact, balance, newest, decimal, crlf, zone;
	long		moment;
	int64_t		balances[3];
};

static uint64_t
dice(struct made *m, uint64_t n)
{
	return random_below(&m->seed, n);
}

static void
add(struct made *m, const char *s)
{
	struct error e;

	assert_works(buf_adds(&m->text, s, &e));
}

static void
money(struct made *m, int64_t minor, const char *ccy)
{
	char digits[32], out[64];
	int64_t v = minor < 0 ? -minor : minor, whole = strcmp(ccy, "JPY") == 0 ? v : v / 100;
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)whole), i, at = 0;

	out[at++] = '"';
	if (minor < 0)
		out[at++] = '-';
	for (i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[at++] = m->decimal ? '.' : ',';
		out[at++] = digits[i];
	}
	if (strcmp(ccy, "JPY") != 0)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%c%02d", m->decimal ? ',' : '.', (int)(v % 100));
	out[at++] = '"';
	out[at] = '\0';
	add(m, out);
}

static void
made_row(struct made *m, unsigned n)
{
	static const char *const types[] = { "Website Payment", "Express Checkout Payment", "Payment Refund",
	    "Mass Pay Payment", "General Withdrawal", "General Authorization", "Gift of \"\"Bob\"\"", "Zahlung" };
	static const char *const status[] = { "Completed", "Completed", "Partially Refunded", "Pending",
	    "Unclaimed", "" };
	static const char *const ccys[] = { "USD", "EUR", "JPY" };
	static const char *const zones[] = { "GMT", "PST", "America/Los_Angeles", "CEST" };
	int odd = dice(m, 6) == 0, k = (int)dice(m, odd ? 3 : 2);
	const char *type = types[dice(m, odd ? COUNT(types) : 2)], *ccy = ccys[k];
	int64_t gross = (int64_t)dice(m, dice(m, 9) == 0 ? 300000000 : 5000) + 1, fee, net;
	int out = odd && dice(m, 2), memo = odd && dice(m, 4) == 0, wrong = dice(m, 40) == 0;
	char text[400], date[16];
	long t;

	m->moment += (long)(dice(m, 3) * dice(m, m->rows > 1000 ? 100 : 4000));
	t = m->moment;
	if (!m->decimal)
		(void)snprintf(date, sizeof(date), "%02d/%02d/2026", 3, (int)(m->day + t / 86400 % 14));
	else
		(void)snprintf(date, sizeof(date), "%02d.%02d.2026", (int)(m->day + t / 86400 % 14), 3);
	if (out)
		gross = -gross;
	fee = out ? 0 : -(gross / 30 + 30);
	net = gross + fee + (wrong && dice(m, 2));
	if (!memo)
		m->balances[k] += gross + fee + (wrong && dice(m, 2));
	(void)snprintf(text, sizeof(text), "\"%s\",\"%02ld:%02ld:%02ld\",\"%s\",\"%s\",\"%s\",\"%s\",%s,", date,
	    t / 3600 % 24, t / 60 % 60, t % 60, zones[m->zone], dice(m, 9) ? "Alice" : "Al, \"\"ice\"\"", type,
	    status[dice(m, odd ? COUNT(status) : 3)], ccy);
	add(m, text);
	money(m, gross, ccy);
	add(m, ",");
	money(m, fee, ccy);
	add(m, ",");
	money(m, net, ccy);
	(void)snprintf(text, sizeof(text), ",%s@example.net,billing@example.com,%s%u,%s", dice(m, 2) ? "a" : "b",
	    dice(m, 50) ? "ABCDEFGH" : "a longer id than any other ", dice(m, 30) ? n : 7, odd && dice(m, 2) ? "PARENT" : "");
	add(m, text);
	add(m, m->balance ? "," : "");
	if (m->balance && !(odd && dice(m, 5) == 0))
		money(m, m->balances[k], ccy);
	add(m, ",");
	if (m->impact)
		add(m, memo ? "Memo" : out ? "Debit" : "Credit");
	add(m, m->crlf ? "\r\n" : "\n");
	if (odd && dice(m, 20) == 0)
		add(m, dice(m, 2) ? "\n" : ",,,,,\n");
}

static void
make(struct made *m, uint64_t seed, unsigned rows)
{
	unsigned i;

	memset(m, 0, sizeof(*m));
	m->seed = seed;
	m->rows = rows;
	m->text = (struct buf)BUF_INIT((size_t)1 << 28);
	m->day = dice(m, 5) == 0 ? 1 : 13;
	m->impact = dice(m, 3) != 0;
	m->balance = dice(m, 4) != 0;
	m->decimal = dice(m, 3) == 0;
	m->crlf = dice(m, 2) == 0;
	m->zone = (int)dice(m, 4);
	add(m, dice(m, 2) ? "\xef\xbb\xbf" : "");
	add(m, "Date,Time,Time Zone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,"
	    "Transaction ID,Reference Txn ID");
	add(m, m->balance ? ",Balance,Balance Impact" : ",Balance Impact");
	add(m, m->crlf ? "\r\n" : "\n");
	for (i = 0; i < rows; i++)
		made_row(m, i);
	if (dice(m, 4) == 0 && m->text.len > 2)
		m->text.len -= m->crlf ? 2 : 1;	/* the last line's end is missing */
}

/* Newest first: the lines the other way round. */
static void
turn(struct made *m)
{
	struct buf b = BUF_INIT((size_t)1 << 28);
	struct error e;
	const char *p = m->text.data, *head = memchr(p, '\n', m->text.len), *end = p + m->text.len, *at;

	assert_works(buf_add(&b, p, (size_t)(head - p) + 1, &e));
	while (end > head + 1) {
		for (at = end - 1; at > head && at[-1] != '\n'; at--)
			continue;
		assert_works(buf_add(&b, at, (size_t)(end - at), &e));
		if (end[-1] != '\n')
			assert_works(buf_adds(&b, "\n", &e));
		end = at;
	}
	buf_free(&m->text);
	m->text = b;
}

static void
made_files(void **state)
{
	size_t plain = 0, k;
	uint64_t seed;
	struct made m;
	int fd;

	(void)state;
	for (seed = 1; seed < 120; seed++) {
		struct report_options o = options(seed % 5 == 0 ? (int)seed : 0);
		char what[40];

		make(&m, seed, seed % 40 == 0 ? 20000 : (unsigned)seed * 2);
		if (seed % 3 == 0)
			turn(&m);
		(void)snprintf(what, sizeof(what), "seed %d", (int)seed);
		fd = memory(m.text.data, m.text.len);
		plain += same(fd, &o, what);
		close(fd);
		for (k = 0; k < 40 && m.text.len < 20000; k++) {	/* bytes changed */
			static const char bytes[] = "\",\n\r\t .-0123456789AZz\xff\xc3\xa9;";
			size_t at = (size_t)dice(&m, m.text.len);
			char was = m.text.data[at];

			m.text.data[at] = bytes[dice(&m, sizeof(bytes))];
			fd = memory(m.text.data, m.text.len);
			(void)same(fd, &o, what);
			close(fd);
			if (k % 8 != 7)
				m.text.data[at] = was;
		}
		buf_free(&m.text);
	}
	assert_true(plain > 10000);
}

/* ---- cells ---- */

struct cells {
	struct buf	text;
	size_t		rows;
};

static int
libcsv_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct cells *c = arg;
	size_t i;

	for (i = 0; i < row->n; i++)
		if (buf_add(&c->text, row->f[i].s, row->f[i].len, e) == -1 || buf_adds(&c->text, "|", e) == -1)
			return -1;
	c->rows++;
	return buf_adds(&c->text, "\n", e);
}

/* Without quotes of its own and blanks around, as libcsv gives it. */
static void
scanned_cell(struct buf *out, const char *s, size_t len, int *blank)
{
	struct error e;
	size_t i;

	if (len >= 2 && s[0] == '"')
		for (i = 1; i < len - 1; i++) {
			assert_works(buf_add(out, s + i, 1, &e));
			i += s[i] == '"';
			*blank = 0;
		}
	else {
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		for (; len > 0 && (*s == ' ' || *s == '\t'); len--)
			s++;
		assert_works(buf_add(out, s, len, &e));
		*blank &= len == 0;
	}
	assert_works(buf_adds(out, "|", &e));
}

static void
scanned(struct csv_scan *s, const char *p, struct buf *out)
{
	struct error e;
	size_t i, k, cell = 0, start = 0, had;
	int blank;

	for (i = 0; i < s->nline; i++) {
		had = out->len;
		blank = 1;
		for (k = cell; k <= s->line[i]; k++) {
			size_t len = s->end[k] - start;

			if (k == s->line[i] && len > 0 && p[start + len - 1] == '\r')
				len--;
			scanned_cell(out, p + start, len, &blank);
			start = (size_t)s->end[k] + 1;
		}
		cell = (size_t)s->line[i] + 1;
		if (blank)
			out->len = had;
		else
			assert_works(buf_adds(out, "\n", &e));
	}
}

static void
cells(void **state)
{
	static const char bytes[] = "\"\"\"\",,,,\n\n\r\nab \t";
	struct csv_scan s = { 0 };
	uint64_t seed = 5;
	size_t taken = 0, n, i, len;
	char text[300];

	(void)state;
	for (n = 0; n < 200000; n++) {
		struct cells want = { .text = BUF_INIT(1 << 20) };
		struct buf got = BUF_INIT(1 << 20);
		struct error e;
		int rc;

		len = 1 + (size_t)random_below(&seed, n % 3 == 0 ? 12 : n % 3 == 1 ? 80 : sizeof(text) - 1);
		for (i = 0; i < len; i++)
			text[i] = bytes[random_below(&seed, sizeof(bytes) - 1)];
		if (n % 2 == 0)		/* cells quoted as a whole, mostly */
			for (i = 0; i + 4 < len; i += 4)
				memcpy(text + i, random_below(&seed, 9) ? "\"a\"," : "\"\"\"\n", 4);
		text[len - 1] = '\n';
		rc = csv_scan(&s, text, len, ',', &e);
		assert_int_not_equal(rc, -1);
		if (rc == 1) {
			taken++;
			if (csv_in_mem(text, len, "f", ',', libcsv_row, &want, &e) == -1)
				fail_msg("%.*s: %s", (int)len, text, e.text);
			scanned(&s, text, &got);
			if (got.len != want.text.len ||
			    (got.len > 0 && memcmp(got.data, want.text.data, got.len) != 0))
				fail_msg("%.*s:\nlibcsv %.*s\nscan   %.*s", (int)len, text, (int)want.text.len,
				    want.text.data, (int)got.len, got.data);
		}
		buf_free(&want.text);
		buf_free(&got);
	}
	assert_true(taken > 1000);
	csv_scan_free(&s);
}

int
main(void)
{
	struct error e;
	const struct CMUnitTest tests[] = { cmocka_unit_test(cells), cmocka_unit_test(samples),
	    cmocka_unit_test(made_files) };

	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		return 1;
	return cmocka_run_group_tests_name("paypal_quick", tests, NULL, NULL);
}
