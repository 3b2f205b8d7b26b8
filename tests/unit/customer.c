/*
 * customer -- customers as the register keeps them: addresses in lower case, errors that name the
 * field, the old one untouched.
 */
#include "unit.h"

#include "customer.h"

static json_t *
make(const char *fields)
{
	json_t *f = json_loads(fields, 0, NULL), *c = NULL;
	struct error e;

	assert_non_null(f);
	assert_works(customer_make(f, &c, &e));
	json_decref(f);
	return c;
}

static void
is(json_t *c, const char *want)
{
	json_t *w = json_loads(want, 0, NULL);

	assert_non_null(w);
	if (!json_equal(c, w))
		fail_msg("%s", json_dumps(c, JSON_COMPACT));
	json_decref(w);
}

static void
emails(void **state)
{
	static const char *const good[] = { "a@b", "alice@example.net", "o'hara+x@sub.example.org",
	    "j\xc3\xb6rg@example.de" };
	static const char *const bad[] = { "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\n", "a@b,c@d",
	    "<a@b>", "\"a\"@b", "a;b@c", "a\xff@b", "a@b\x7f" };
	char longest[300];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(customer_email_valid(good[i]));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(customer_email_valid(bad[i]));
	memset(longest, 'x', sizeof(longest));
	longest[1] = '@';
	longest[254] = '\0';
	assert_true(customer_email_valid(longest));
	longest[254] = 'x';
	longest[255] = '\0';
	assert_false(customer_email_valid(longest));
}

static void
made(void **state)
{
	static const struct { const char *fields, *says; } bad[] = {
		{ "{}", "id: " }, { "{\"id\":\"a b\",\"name\":\"x\"}", "id: " }, { "{\"id\":\"C1\"}", "name: missing" },
		{ "{\"id\":\"C1\",\"name\":\"\"}", "name: 1 to 200" },
		{ "{\"id\":\"C1\",\"name\":\"a\\nb\"}", "name: 1 to 200" },
		{ "{\"id\":\"C1\",\"name\":\"x\",\"email\":\"no\"}", "email: \"no\" is no" },
		{ "{\"id\":\"C1\",\"name\":\"x\",\"paypal_email\":\"a@b,no\"}", "paypal_email: \"no\" is no e-mail" },
		{ "{\"id\":\"C1\",\"name\":\"x\",\"payer_id\":\"a b\"}", "payer_id: \"a b\" is no payer id" },
		{ "{\"id\":\"C1\",\"name\":\"x\",\"contacts\":[{}]}", "contacts: name and email" },
		{ "{\"id\":\"C1\",\"name\":\"x\",\"contacts\":[{\"name\":\"y\",\"email\":\"no\"}]}",
		    "contact_email: " },
		{ "{\"id\":\"C1\",\"name\":\"x\",\"contacts\":[{\"name\":\"a\\nb\",\"email\":\"a@b\"}]}",
		    "contact_name: " },
	};
	struct error e;
	size_t i;
	json_t *c = make("{\"id\":\"C1\",\"name\":\"Alice\",\"email\":\"Alice@Example.NET\","
	    "\"paypal_email\":\"A@B.c, d@e.f,\",\"payer_id\":\"BuyerX\","
	    "\"contacts\":[{\"name\":\"Bob\",\"email\":\"BOB@x.y\"}]}");

	(void)state;
	is(c, "{\"id\":\"C1\",\"name\":\"Alice\",\"email\":\"alice@example.net\",\"paypal\":[\"a@b.c\",\"d@e.f\"],"
	    "\"payer_ids\":[\"buyerx\"],\"contacts\":[{\"name\":\"Bob\",\"email\":\"bob@x.y\"}]}");
	json_decref(c);
	for (i = 0; i < COUNT(bad); i++) {
		json_t *f = json_loads(bad[i].fields, 0, NULL);

		c = NULL;
		assert_fails(customer_make(f, &c, &e), ERR_INPUT, bad[i].says);
		assert_null(c);
		json_decref(f);
	}
}

static void
changed(void **state)
{
	json_t *old = make("{\"id\":\"C1\",\"name\":\"Alice\",\"email\":\"a@b\",\"paypal_email\":\"a@b\"}");
	json_t *was = json_deep_copy(old), *f, *c = NULL, *d = NULL;
	struct error e;
	char name[16];
	int i;

	(void)state;
	f = json_pack("{s:s,s:s}", "email", "", "paypal_email", "X@y");
	assert_works(customer_change(old, f, &c, &e));
	is(c, "{\"id\":\"C1\",\"name\":\"Alice\",\"paypal\":[\"x@y\"]}");
	json_decref(f);
	f = json_pack("{s:s,s:s}", "name", "New", "email", "no");
	assert_fails(customer_change(old, f, &d, &e), ERR_INPUT, "email: ");
	assert_true(json_equal(old, was));
	json_decref(f);
	/* a contact of that name gets another address */
	assert_works(customer_contact(c, "Bob", "b@c", &d, &e));
	json_decref(c);
	assert_works(customer_contact(d, "Bob", "D@e", &c, &e));
	json_decref(d);
	is(json_object_get(c, "contacts"), "[{\"name\":\"Bob\",\"email\":\"d@e\"}]");
	for (i = 1; i < CUSTOMER_ADDRESSES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "N%d", i);
		assert_works(customer_contact(c, name, "n@x", &d, &e));
		json_decref(c);
		c = d;
	}
	assert_fails(customer_contact(c, "more", "n@x", &d, &e), ERR_INPUT, "contact: more than 50");
	assert_fails(customer_contact(c, "\xff", "n@x", &d, &e), ERR_INPUT, "contact_name: ");
	assert_fails(customer_contact(c, "", "n@x", &d, &e), ERR_INPUT, "contact_name: ");
	assert_int_equal(json_array_size(json_object_get(c, "contacts")), CUSTOMER_ADDRESSES_MAX);
	json_decref(c);
	json_decref(old);
	json_decref(was);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emails), cmocka_unit_test(made), cmocka_unit_test(changed),
	};

	return cmocka_run_group_tests_name("customer", tests, NULL, NULL);
}
