/*
 * planted -- books of N payments and the activity download that fits them but for planted breaks.
 *
 *	planted SITE N PER-CATEGORY DIR [SEED]
 *
 * The live book of SITE (new, with the integration live_ipn) gets the payments through the same
 * rules, journal and index as posting.  DIR gets Download.CSV (edition B, 41 columns, about 190
 * bytes a row), ledger.csv (id,event,currency,gross,fee,status: for other programs to compare with)
 * and planted.csv (category,id), PER-CATEGORY of each of five categories.  Same arguments, same files.
 */
#include <err.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "money.h"
#include "payment.h"

#define BATCH		2000
#define CUSTOMERS	1000
#define BEGIN		INT64_C(1793491200)	/* 2026-11-01T00:00:00Z */
#define SPAN		(INT64_C(18) * 86400)

enum plant { NONE, NOT_IN_BOOKS, NOT_IN_REPORT, AMOUNT, FEE, STATUS, PLANTS };
static const char *const category[PLANTS] = { "", "missing-in-ledger", "missing-in-report", "amount", "fee",
    "status" };

struct pay {
	char		id[18];
	int64_t		event, gross, fee, their_gross, their_fee;
	const char	*ccy;
	long		n, customer;
	enum plant	plant;
};

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static void
make(struct pay *p, long i, long n, long each, uint64_t seed)
{
	static const char digits[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	uint64_t h = mix(seed + (uint64_t)i), x = mix(h), y = mix(x);
	long step = n / (each * (PLANTS - 1));
	int k;

	memset(p, 0, sizeof(*p));
	for (k = 0; k < 9; k++, x /= 34)
		p->id[k] = digits[x % 34];
	for (k = 9; k < 17; k++, y /= 34)
		p->id[k] = digits[y % 34];
	p->n = i;
	p->customer = (long)(h % CUSTOMERS);
	p->event = BEGIN + (int64_t)((__int128)i * SPAN / n);
	p->ccy = h % 5 == 0 ? "EUR" : "USD";
	p->gross = 100 + (int64_t)(h >> 20) % (h % 7 == 0 ? 150000 : 5000);
	p->fee = p->gross * 34 / 1000 + 30;
	p->their_gross = p->gross;
	p->their_fee = p->fee;
	/* never the first or the last: what lies outside the report's time is no break */
	if (i % step == step / 2 && i / step < each * (PLANTS - 1))
		p->plant = (enum plant)(1 + i / step % (PLANTS - 1));
	if (p->plant == AMOUNT)
		p->their_gross += 100;
	if (p->plant == FEE)
		p->their_fee += 1;
}

/* ---- the books ---- */

static int
accepts(const void *arg, const char ccy[4])
{
	(void)arg, (void)ccy;
	return 1;
}

static void
post(struct shelf *sh, struct books *b, const struct pay *p, struct error *e)
{
	struct payment_terms t = { "PayPal", 0, accepts, NULL, 0 };
	struct payment_view v;
	struct fact f;
	struct facts one = { .v = &f, .n = 1 };
	struct record r;
	int64_t when = (p->event + 5) * MOMENT_SECOND;

	memset(&f, 0, sizeof(f));
	f.move = MOVE_PAYMENT;
	f.status = p->plant == STATUS ? FACT_PENDING : FACT_COMPLETED;
	memcpy(f.id, p->id, sizeof(p->id));
	(void)snprintf(f.reference, sizeof(f.reference), "%ld", p->n);
	(void)snprintf(f.payer_email, sizeof(f.payer_email), "buyer%ld@example.net", p->customer);
	memcpy(f.currency, p->ccy, 4);
	f.gross = p->gross;
	f.fee = p->fee;
	f.fee_known = 1;
	f.event = p->event * MOMENT_SECOND;
	record_init(&r);
	(void)snprintf(r.id, sizeof(r.id), "20261101T000000.%06u-%016lx", (unsigned)(p->n % 1000000), p->n);
	memcpy(r.origin, "in", 3);
	memcpy(r.integration, "live_ipn", 9);
	r.received = when;
	shelf_view(sh, b, &v);
	if (payment_apply(&v, &t, &one, &r, e) == -1 || books_add(b, &r, when, e) == -1)
		errx(1, "%s: %s", p->id, e->text);
	record_free(&r);
}

static void
fill_books(const char *path, long n, long each, uint64_t seed)
{
	struct site s = SITE_INIT;
	struct error e = { 0 };
	struct lock l = LOCK_INIT;
	struct shelf sh = { .site = &s };
	struct books *b;
	struct pay p;
	long i;

	if (site_open(&s, path, &e) == -1 || books_lock(&l, &s, BOOKS_WAIT_MS, &e) == -1 ||
	    shelf_book(&sh, BOOK_LIVE, &b, &e) == -1)
		errx(1, "%s: %s", path, e.text);
	for (i = 0; i < n; i++) {
		make(&p, i, n, each, seed);
		if (p.plant != NOT_IN_BOOKS)
			post(&sh, b, &p, &e);
		if ((i % BATCH == BATCH - 1 || i == n - 1) && shelf_commit(&sh, &e) == -1)
			errx(1, "%s", e.text);
	}
	if (shelf_close(&sh, &e) == -1)
		errx(1, "%s", e.text);
	lock_drop(&l);
	site_close(&s);
}

/* ---- the files ---- */

static FILE *
create(const char *dir, const char *name, const char *head)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "w")) == NULL || fputs(head, f) == EOF)
		err(1, "%s", path);
	return f;
}

static void
finish(FILE *f)
{
	if (ferror(f) || fclose(f) != 0)
		err(1, "write");
}

/* "1,058.09" */
static const char *
grouped(int64_t minor, char out[MONEY_TEXT])
{
	int64_t v = minor < 0 ? -minor : minor;
	const char *sign = minor < 0 ? "-" : "";

	if (v >= 100000000)
		(void)snprintf(out, MONEY_TEXT, "%s%lld,%03lld,%03lld.%02lld", sign, (long long)(v / 100000000),
		    (long long)(v / 100000 % 1000), (long long)(v / 100 % 1000), (long long)(v % 100));
	else if (v >= 100000)
		(void)snprintf(out, MONEY_TEXT, "%s%lld,%03lld.%02lld", sign, (long long)(v / 100000),
		    (long long)(v / 100 % 1000), (long long)(v % 100));
	else
		(void)snprintf(out, MONEY_TEXT, "%s%lld.%02lld", sign, (long long)(v / 100), (long long)(v % 100));
	return out;
}

static void
report_line(FILE *f, const struct pay *p, int64_t balance[2])
{
	char day[MOMENT_TEXT], g[MONEY_TEXT], fee[MONEY_TEXT], net[MONEY_TEXT], bal[MONEY_TEXT];
	int64_t *at = &balance[p->ccy[0] == 'E'];

	moment_print(p->event * MOMENT_SECOND, day);
	*at += p->their_gross - p->their_fee;
	fprintf(f, "\"%.2s/%.2s/%.4s\",\"%.8s\",\"GMT\",,\"Website Payment\",\"Completed\",\"%s\",\"%s\",\"%s\",\"%s\","
	    "\"b%ld@x.net\",\"billing@example.com\",\"%s\",,,,,,,,,,,,,,,,,\"%s\",,,,,,,,,,,\"Credit\"\r\n",
	    day + 5, day + 8, day, day + 11, p->ccy, grouped(p->their_gross, g), grouped(-p->their_fee, fee),
	    grouped(p->their_gross - p->their_fee, net), p->customer, p->id, grouped(*at, bal));
}

static void
write_files(const char *dir, long n, long each, uint64_t seed)
{
	FILE *report = create(dir, "Download.CSV", "\xef\xbb\xbf\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\","
	    "\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"From Email Address\",\"To Email Address\","
	    "\"Transaction ID\",\"Shipping Address\",\"Address Status\",\"Item Title\",\"Item ID\",\"Shipping and "
	    "Handling Amount\",\"Insurance Amount\",\"Sales Tax\",\"Option 1 Name\",\"Option 1 Value\",\"Option 2 "
	    "Name\",\"Option 2 Value\",\"Reference Txn ID\",\"Invoice Number\",\"Custom Number\",\"Quantity\","
	    "\"Receipt ID\",\"Balance\",\"Address Line 1\",\"Address Line 2/District/Neighborhood\",\"Town/City\","
	    "\"State/Province/Region/County/Territory/Prefecture/Republic\",\"Zip/Postal Code\",\"Country\","
	    "\"Contact Phone Number\",\"Subject\",\"Note\",\"Country Code\",\"Balance Impact\"\r\n");
	FILE *ledger = create(dir, "ledger.csv", "id,event,currency,gross,fee,status\n");
	FILE *planted = create(dir, "planted.csv", "");
	int64_t balance[2] = { 0, 0 };
	char when[MOMENT_TEXT], g[MONEY_TEXT], fee[MONEY_TEXT];
	struct pay p;
	long i;

	for (i = 0; i < n; i++) {
		make(&p, i, n, each, seed);
		if (p.plant != NOT_IN_REPORT)
			report_line(report, &p, balance);
		if (p.plant != NOT_IN_BOOKS)
			fprintf(ledger, "%s,%s,%s,%s,%s,%s\n", p.id, moment_print(p.event * MOMENT_SECOND, when), p.ccy,
			    money_print(p.gross, p.ccy, g), money_print(p.fee, p.ccy, fee),
			    p.plant == STATUS ? "pending" : "completed");
		if (p.plant != NONE)
			fprintf(planted, "%s,%s\n", category[p.plant], p.id);
	}
	finish(report);
	finish(ledger);
	finish(planted);
}

int
main(int argc, char *argv[])
{
	struct error e = { 0 };
	long n, each;
	uint64_t seed;

	if (argc < 5 || (n = strtol(argv[2], NULL, 10)) < 100 || (each = strtol(argv[3], NULL, 10)) < 1 ||
	    n < each * (PLANTS - 1) * 2)
		errx(64, "usage: planted SITE N PER-CATEGORY DIR [SEED]");
	seed = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
	if (sodium_init() == -1 || moment_zone_set("UTC", &e) == -1)
		errx(1, "%s", e.text);
	write_files(argv[4], n, each, seed);
	fill_books(argv[1], n, each, seed);
	return 0;
}
