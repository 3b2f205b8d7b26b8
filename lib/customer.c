/*
 * customer -- see customer.h.
 */
#include <string.h>

#include "customer.h"
#include "site.h"
#include "text.h"

int
customer_email_valid(const char *s)
{
	const char *at = strchr(s, '@');
	size_t i, n = strlen(s);

	if (at == NULL || at == s || at[1] == '\0' || strchr(at + 1, '@') != NULL || n > 254 ||
	    text_utf8_valid(s, n) != n)
		return 0;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || strchr(",;<>\"", s[i]) != NULL)
			return 0;
	return 1;
}

static int
set_lower(json_t *c, const char *member, const char *s, size_t n)
{
	char low[256];

	if (n >= sizeof(low))
		return -1;
	memcpy(low, s, n);
	low[n] = '\0';
	text_lower(low);
	return json_object_set_new(c, member, json_string(low));
}

/* A comma separated list into an array under member; e-mails or payer ids. */
static int
set_list(json_t *c, const char *member, const char *field, const char *list, int emails,
    struct error *e)
{
	json_t *a = json_array();
	const char *s;
	size_t n;
	int i;

	for (i = 0; site_list_item(list, i, &s, &n); i++) {
		char low[256];

		if (n >= sizeof(low) || i == CUSTOMER_ADDRESSES_MAX) {
			json_decref(a);
			return error_set(e, ERR_INPUT, "%s: too long, or more than %d", field,
			    CUSTOMER_ADDRESSES_MAX);
		}
		memcpy(low, s, n);
		low[n] = '\0';
		text_lower(low);
		if (emails ? !customer_email_valid(low) : !text_id_valid(low, n)) {
			json_decref(a);
			return error_set(e, ERR_INPUT, "%s: \"%s\" is no %s", field, low,
			    emails ? "e-mail address" : "payer id");
		}
		json_array_append_new(a, json_string(low));
	}
	return json_object_set_new(c, member, a);
}

static int
set_name(json_t *c, const char *name, struct error *e)
{
	if (!text_line_valid(name, 200))
		return error_set(e, ERR_INPUT, "name: 1 to 200 bytes of UTF-8 without control characters are "
		    "expected");
	return json_object_set_new(c, "name", json_string(name));
}

static int
apply(json_t *c, const json_t *fields, struct error *e)
{
	const char *s;

	if ((s = json_string_value(json_object_get(fields, "name"))) != NULL && set_name(c, s, e) == -1)
		return -1;
	if ((s = json_string_value(json_object_get(fields, "email"))) != NULL) {
		if (s[0] == '\0')
			json_object_del(c, "email");
		else if (!customer_email_valid(s))
			return error_set(e, ERR_INPUT, "email: \"%.100s\" is no e-mail address", s);
		else if (set_lower(c, "email", s, strlen(s)) == -1)
			return error_set(e, ERR_INPUT, "email: too long");
	}
	if ((s = json_string_value(json_object_get(fields, "paypal_email"))) != NULL &&
	    set_list(c, "paypal", "paypal_email", s, 1, e) == -1)
		return -1;
	if ((s = json_string_value(json_object_get(fields, "payer_id"))) != NULL &&
	    set_list(c, "payer_ids", "payer_id", s, 0, e) == -1)
		return -1;
	return 0;
}

int
customer_change(const json_t *old, const json_t *fields, json_t **cp, struct error *e)
{
	json_t *c = json_deep_copy(old);

	if (c == NULL)
		return error_set(e, ERR_IO, "customer: no memory");
	if (apply(c, fields, e) == -1) {
		json_decref(c);
		return -1;
	}
	*cp = c;
	return 0;
}

int
customer_contact(const json_t *old, const char *name, const char *email, json_t **cp, struct error *e)
{
	json_t *c, *list, *one;
	char low[256];
	size_t i;

	if (!text_line_valid(name, 200))
		return error_set(e, ERR_INPUT, "contact_name: 1 to 200 bytes of UTF-8 without control "
		    "characters are expected");
	if (!customer_email_valid(email))
		return error_set(e, ERR_INPUT, "contact_email: \"%.100s\" is no e-mail address", email);
	memcpy(low, email, strlen(email) + 1);
	text_lower(low);
	if ((c = json_deep_copy(old)) == NULL)
		return error_set(e, ERR_IO, "customer: no memory");
	if ((list = json_object_get(c, "contacts")) == NULL) {
		list = json_array();
		json_object_set_new(c, "contacts", list);
	}
	json_array_foreach(list, i, one)
		if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0) {
			json_object_set_new(one, "email", json_string(low));
			*cp = c;
			return 0;
		}
	if (json_array_size(list) >= CUSTOMER_ADDRESSES_MAX) {
		json_decref(c);
		return error_set(e, ERR_INPUT, "contact: more than %d", CUSTOMER_ADDRESSES_MAX);
	}
	json_array_append_new(list, json_pack("{s:s,s:s}", "name", name, "email", low));
	*cp = c;
	return 0;
}

int
customer_make(const json_t *fields, json_t **cp, struct error *e)
{
	const char *id = json_string_value(json_object_get(fields, "id"));
	json_t *c, *one, *next;
	size_t i;

	if (id == NULL || !text_id_valid(id, strlen(id)))
		return error_set(e, ERR_INPUT, "id: 1 to 64 letters, digits, _ . - are expected");
	if (json_string_value(json_object_get(fields, "name")) == NULL)
		return error_set(e, ERR_INPUT, "name: missing");
	if ((c = json_pack("{s:s}", "id", id)) == NULL)
		return error_set(e, ERR_IO, "customer: no memory");
	if (apply(c, fields, e) == -1) {
		json_decref(c);
		return -1;
	}
	json_array_foreach(json_object_get(fields, "contacts"), i, one) {
		const char *name = json_string_value(json_object_get(one, "name"));
		const char *email = json_string_value(json_object_get(one, "email"));

		if (name == NULL || email == NULL || customer_contact(c, name, email, &next, e) == -1) {
			json_decref(c);
			return name == NULL || email == NULL ?
			    error_set(e, ERR_INPUT, "contacts: name and email are expected") : -1;
		}
		json_decref(c);
		c = next;
	}
	*cp = c;
	return 0;
}
