/*
 * bookshelf.h -- a site on disk for units that need real books: a register and a live book, posted
 * to through payment_apply.
 */
#ifndef DAYBOOK_BOOKSHELF_H
#define DAYBOOK_BOOKSHELF_H

#include "unit.h"

#include "desk.h"
#include "durable.h"
#include "world.h"

#define SHELF_NOW	INT64_C(1795201323000000)	/* 2026-11-20T19:02:03Z */
#define SHELF_DAY	INT64_C(86400000000)

static struct site shelf_site = SITE_INIT;

static inline void
shelf_new(void)
{
	static const char settings[] = "{\"format\":1,\"id\":\"4e4313a65944ae8c7c24ecb4b45fed63\","
	    "\"name\":\"Example Telecom\",\"base_url\":\"https://pay.example.net\",\"time_zone\":\"UTC\","
	    "\"currency\":\"USD\"}";
	struct error e;
	int dir = scratch();

	put_file(dir, "daybook.json", settings, strlen(settings));
	assert_works(durable_mkdirs(dir, "books/live", 0750, &e));
	assert_works(durable_mkdirs(dir, "register", 0750, &e));
	close(dir);
	assert_works(site_open(&shelf_site, unit_dir, &e));
}

/* A fact into the live book, one message; *when* is its recorded time. */
static inline enum disposition
shelf_post(struct shelf *sh, struct books *b, const struct fact *f, int number, int64_t when)
{
	struct payment_terms t = { "PayPal", 0, NULL, NULL, 0 };
	struct payment_view v;
	struct fact copy = *f;
	struct facts one = { .v = &copy, .n = 1 };
	enum disposition d;
	struct record r;
	struct error e;

	record_init(&r);
	(void)snprintf(r.id, sizeof(r.id), "20261120T190203.%06d-0123456789abcdef", number);
	r.received = r.time = when;
	shelf_view(sh, b, &v);
	assert_works(payment_apply(&v, &t, &one, &r, &e));
	assert_works(books_add(b, &r, when, &e));
	d = r.disposition;
	record_free(&r);
	return d;
}

#endif
