/*
 * desk_register -- customers and integrations (desk.h lists the verbs).
 *
 * An integration's file is written before the record that tells of it: the request is still in the
 * spool then, so a crash in between only means that the same bytes are written again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "customer.h"
#include "desk.h"
#include "durable.h"
#include "provider/provider.h"
#include "secret.h"
#include "text.h"

static const char *
text_of(const json_t *req, const char *name)
{
	const char *s = json_string_value(json_object_get(req, name));

	return s == NULL ? "" : s;
}

/* The refusal of an ERR_INPUT; other trouble goes up. */
static int
refuse_input(struct record *r, struct error *e)
{
	if (e->code != ERR_INPUT)
		return -1;
	desk_refuse(r, "malformed", "%s", e->text);
	e->code = ERR_NONE;
	return 0;
}

/* ---- customers ---- */

/* Adds one; same content again is nothing new.  Takes c. */
static int
add_customer(struct books *reg, json_t *c, struct record *r, size_t *added, struct error *e)
{
	const char *id = text_of(c, "id");
	json_t *old = NULL;
	int rc = books_data(reg, "customer", id, &old, e);

	if (rc == -1) {
		json_decref(c);
		return -1;
	}
	if (rc == 1) {
		if (!json_equal(old, c))
			desk_refuse(r, "conflict", "customer %s is there already, with other data", id);
		json_decref(old);
		json_decref(c);
		return 0;
	}
	(*added)++;
	return desk_put(r, "customer", id, c, e);
}

static int
do_add(struct books *reg, json_t *req, struct record *r, struct error *e)
{
	size_t added = 0;
	json_t *c;

	if (customer_make(req, &c, e) == -1)
		return refuse_input(r, e);
	if (add_customer(reg, c, r, &added, e) == -1)
		return -1;
	if (r->disposition != DISP_REFUSED)
		r->disposition = added > 0 ? DISP_POSTED : DISP_DUPLICATE;
	return 0;
}

static int
do_import(struct books *reg, json_t *req, struct record *r, struct error *e)
{
	json_t *list = json_object_get(req, "customers"), *one, *c;
	size_t i, added = 0;

	json_array_foreach(list, i, one) {
		if (customer_make(one, &c, e) == -1) {
			if (e->code != ERR_INPUT)
				return -1;
			desk_refuse(r, "malformed", "customer %zu: %s", i + 1, e->text);
			e->code = ERR_NONE;
		} else if (add_customer(reg, c, r, &added, e) == -1)
			return -1;
		if (r->disposition == DISP_REFUSED) {	/* all or none */
			json_decref(r->data);
			r->data = NULL;
			return 0;
		}
	}
	r->disposition = added > 0 ? DISP_POSTED : DISP_DUPLICATE;
	json_object_set_new(r->act, "added", json_integer((json_int_t)added));
	return 0;
}

static int
do_change(struct books *reg, const char *verb, json_t *req, struct record *r, struct error *e)
{
	const char *id = text_of(req, "id");
	json_t *old, *c = NULL;
	int rc = books_data(reg, "customer", id, &old, e);

	if (rc == -1)
		return -1;
	if (rc == 0)
		return desk_refuse(r, "unknown-customer", "no customer %s", id);
	rc = strcmp(verb, "customer-set") == 0 ? customer_change(old, req, &c, e) :
	    customer_contact(old, text_of(req, "name"), text_of(req, "email"), &c, e);
	if (rc == -1) {
		json_decref(old);
		return refuse_input(r, e);
	}
	if (json_equal(old, c)) {
		json_decref(old);
		json_decref(c);
		r->disposition = DISP_DUPLICATE;
		return 0;
	}
	json_decref(old);
	r->disposition = DISP_POSTED;
	return desk_put(r, "customer", id, c, e);
}

/* ---- integrations ---- */

static int
check_settings(const struct site *s, const struct provider *p, json_t *settings, const json_t *secrets,
    struct record *r)
{
	struct error why = { 0 };
	const struct setting *st;
	const char *name;
	json_t *v, *all;
	int rc;

	json_object_foreach(settings, name, v) {
		for (st = p->settings; st->name != NULL && strcmp(st->name, name) != 0; st++)
			continue;
		if (st->name == NULL)
			return desk_refuse(r, "malformed", "%s has no setting \"%.60s\"", p->kind, name);
		if (st->secret)
			return desk_refuse(r, "malformed", "%s: a secret does not travel in a request", name);
		if (!json_is_string(v) || json_string_length(v) > 4000)
			return desk_refuse(r, "malformed", "%s: a text is expected", name);
		if (strcmp(name, "endpoint") == 0 && !s->stand_ins)
			return desk_refuse(r, "malformed", "endpoint exists only in a site made with "
			    "init --stand-ins");
		if (strcmp(name, "account") == 0 &&
		    !text_id_valid(json_string_value(v), json_string_length(v)))
			return desk_refuse(r, "malformed", "account: 1 to 64 letters, digits, _ . - are expected");
		if (st->check != NULL && st->check(json_string_value(v), &why) == -1)
			return desk_refuse(r, "malformed", "%s", why.text);
	}
	if ((all = json_deep_copy(settings)) == NULL || json_object_update_missing(all, (json_t *)(uintptr_t)secrets) == -1)
		rc = desk_refuse(r, "malformed", "%s: no memory", p->kind);
	else {
		for (st = p->settings; st->name != NULL; st++)
			if (st->required && json_object_get(all, st->name) == NULL)
				break;
		rc = st->name != NULL ? desk_refuse(r, "malformed", "%s: %s is needed", p->kind, st->name) :
		    p->whole != NULL && p->whole(all, &why) == -1 ? desk_refuse(r, "malformed", "%s", why.text) : 0;
	}
	json_decref(all);
	return rc;
}

struct overlap {
	const char	*id, *mode, *account;
	json_t		*settings;
	char		 with[65];
};

/* Another provider account of the same mode may not claim one of our receivers. */
static int
find_overlap(void *arg, const char *key, json_t *v, struct error *e)
{
	struct overlap *o = arg;
	const char *mine = text_of(o->settings, "receiver");
	const char *other = text_of(json_object_get(v, "settings"), "receiver");
	const char *a, *b;
	size_t n, m;
	int i, k;

	(void)e;
	if (strcmp(key, o->id) == 0 || strcmp(text_of(v, "mode"), o->mode) != 0 ||
	    strcmp(text_of(v, "account"), o->account) == 0)
		return 0;
	for (i = 0; site_list_item(mine, i, &a, &n); i++)
		for (k = 0; site_list_item(other, k, &b, &m); k++)
			if (text_equal_ci(a, n, b, m))
				memcpy(o->with, key, strlen(key) + 1);
	return 0;
}

/* Names in order: the same row for the same secrets. */
static json_t *
name_list(const json_t *names)
{
	json_t *list = json_array();
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)names, name, v) {
		for (i = 0; i < json_array_size(list) &&
		    strcmp(json_string_value(json_array_get(list, i)), name) < 0; i++)
			continue;
		json_array_insert_new(list, i, json_string(name));
	}
	return list;
}

/*
 * Secrets, file and register row of an integration; takes settings.  token: of secrets staged for
 * this request, or "".
 */
static int
store(struct shelf *sh, struct books *reg, const char *id, const char *kind, const char *mode,
    const char *key, const char *token, json_t *settings, struct record *r, struct error *e)
{
	const struct provider *p = provider_find(kind);
	json_t *secrets = NULL, *names = NULL;
	const char *account = text_of(settings, "account");
	struct overlap o = { .id = id, .mode = mode, .settings = settings };
	char name[80], *text = NULL;
	json_t *file = NULL, *row = NULL;
	int dir = -1, rc = -1;

	if (p == NULL) {
		json_decref(settings);
		return desk_refuse(r, "malformed", "unknown kind of integration \"%.40s\"", kind);
	}
	o.account = account[0] != '\0' ? account : p->account;
	if (secret_names(sh->site->fd, id, token, &secrets, e) == -1) {
		if (e->code == ERR_IO)
			goto out;
		rc = desk_refuse(r, "malformed", "%s", e->text);
		e->code = ERR_NONE;
		goto out;
	}
	if (check_settings(sh->site, p, settings, secrets, r) == -1)
		goto out;
	if (r->disposition == DISP_REFUSED) {
		rc = 0;
		goto out;
	}
	if (books_each_data(reg, "integration", find_overlap, &o, e) == -1)
		goto out;
	if (o.with[0] != '\0') {
		rc = desk_refuse(r, "conflict", "receiver: integration %s claims one of these for another "
		    "account", o.with);
		goto out;
	}
	names = name_list(secrets);
	file = json_pack("{s:i,s:s,s:s,s:s,s:s,s:O}", "format", SITE_FORMAT, "id", id, "kind", kind,
	    "mode", mode, "url_key", key, "settings", settings);
	row = json_pack("{s:s,s:s,s:s,s:O}", "kind", kind, "mode", mode, "account", o.account,
	    "settings", settings);
	if (file == NULL || row == NULL || names == NULL || (json_array_size(names) > 0 &&
	    (json_object_set(file, "secrets", names) == -1 || json_object_set(row, "secrets", names) == -1)) ||
	    (text = json_dumps(file, JSON_INDENT(2))) == NULL) {
		error_set(e, ERR_IO, "desk: no memory");
		goto out;
	}
	if (secret_take(sh->site->fd, id, token, e) == -1)
		goto out;
	memcpy(name, id, strlen(id));
	memcpy(name + strlen(id), ".json", 6);
	if ((dir = durable_open_dir(sh->site->fd, "integrations", e)) == -1 ||
	    durable_write(dir, name, text, strlen(text), 0640, e) == -1)
		goto out;
	r->disposition = DISP_POSTED;
	rc = desk_put(r, "integration", id, json_incref(row), e);
out:
	if (dir != -1)
		close(dir);
	free(text);
	json_decref(file);
	json_decref(row);
	json_decref(names);
	json_decref(secrets);
	json_decref(settings);
	return rc;
}

static int
do_integration_add(struct shelf *sh, struct books *reg, json_t *req, struct record *r, struct error *e)
{
	const char *id = text_of(req, "id"), *mode = text_of(req, "mode"), *key = text_of(req, "url_key");
	struct integration there;
	json_t *settings = json_object_get(req, "settings"), *v;
	const char *name;
	void *next;
	int same;

	if (!text_id_valid(id, strlen(id)) || strlen(key) < 16 || strlen(key) > 64 ||
	    (strcmp(mode, "live") != 0 && strcmp(mode, "test") != 0) || !json_is_object(settings))
		return desk_refuse(r, "malformed", "integration: id, mode and url_key are needed");
	if (site_integration(sh->site, id, &there, e) == 0) {
		/* Our own file of a run that crashed carries the same key. */
		same = strcmp(there.url_key, key) == 0;
		site_integration_free(&there);
		if (!same)
			return desk_refuse(r, "conflict", "integration %s is there already", id);
	} else if (e->code == ERR_IO)
		return -1;
	else if (e->code != ERR_NOTFOUND) {
		e->code = ERR_NONE;
		return desk_refuse(r, "conflict", "integration %s is there already, but: %s", id, e->text);
	}
	e->code = ERR_NONE;
	json_object_foreach_safe(settings, next, name, v)	/* blank: the default */
		if (json_is_string(v) && json_string_length(v) == 0)
			json_object_del(settings, name);
	return store(sh, reg, id, text_of(req, "kind"), mode, key, text_of(req, "secrets"),
	    json_deep_copy(settings), r, e);
}

static int
do_integration_change(struct shelf *sh, struct books *reg, const char *verb, json_t *req,
    struct record *r, struct error *e)
{
	const char *id = text_of(req, "id"), *name;
	struct integration in;
	json_t *settings, *v;
	int rc;

	if (site_integration(sh->site, id, &in, e) == -1) {
		if (e->code == ERR_IO)
			return -1;
		rc = desk_refuse(r, "unknown-integration", "%s", e->text);
		e->code = ERR_NONE;
		return rc;
	}
	settings = json_deep_copy(in.settings);
	json_object_foreach(json_object_get(req, "settings"), name, v) {
		if (strcmp(name, "account") == 0 && strcmp(json_string_value(v) == NULL ? "" :
		    json_string_value(v), in.account) != 0) {
			desk_refuse(r, "conflict", "account never changes after add");
			break;
		}
		if (json_string_length(v) == 0)
			json_object_del(settings, name);
		else
			json_object_set(settings, name, v);
	}
	if (r->disposition == DISP_REFUSED) {
		json_decref(settings);
		rc = 0;
	} else
		rc = store(sh, reg, id, in.kind, site_book_name[in.mode],
		    strcmp(verb, "integration-rotate") == 0 ? text_of(req, "url_key") : in.url_key,
		    text_of(req, "secrets"), settings, r, e);
	site_integration_free(&in);
	return rc;
}

static int
do_integration_remove(struct shelf *sh, struct books *reg, json_t *req, struct record *r,
    struct error *e)
{
	const char *id = text_of(req, "id");
	char name[80];
	json_t *row;
	int dir, rc;

	if (!text_id_valid(id, strlen(id)))
		return desk_refuse(r, "malformed", "integration: no id");
	if ((rc = books_data(reg, "integration", id, &row, e)) == -1)
		return -1;
	json_decref(row);
	if (rc == 0)
		return desk_refuse(r, "unknown-integration", "no integration %s", id);
	memcpy(name, id, strlen(id));
	memcpy(name + strlen(id), ".json", 6);
	if ((dir = durable_open_dir(sh->site->fd, "integrations", e)) == -1)
		return -1;
	rc = unlinkat(dir, name, 0) == -1 && errno != ENOENT ? error_sys(e, "integrations/%s", name) :
	    durable_sync_dir(dir, "integrations", e);
	close(dir);
	if (rc == -1 || secret_remove(sh->site->fd, id, e) == -1)
		return -1;
	r->disposition = DISP_POSTED;
	return desk_put(r, "integration", id, json_null(), e);
}

int
desk_register(struct shelf *sh, const char *verb, json_t *req, struct record *r, struct error *e)
{
	static const char *const kept[] = { "verb", "id", "kind", "mode" };
	struct books *reg;
	size_t i;

	if (shelf_book(sh, BOOK_REGISTER, &reg, e) == -1)
		return -1;
	if (r->act == NULL && (r->act = json_object()) == NULL)
		return error_set(e, ERR_IO, "desk: no memory");
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (json_object_get(req, kept[i]) != NULL)
			json_object_set(r->act, kept[i], json_object_get(req, kept[i]));
	if (strcmp(verb, "customer-add") == 0)
		return do_add(reg, req, r, e);
	if (strcmp(verb, "customer-import") == 0)
		return do_import(reg, req, r, e);
	if (strcmp(verb, "customer-set") == 0 || strcmp(verb, "customer-contact") == 0)
		return do_change(reg, verb, req, r, e);
	if (strcmp(verb, "integration-add") == 0)
		return do_integration_add(sh, reg, req, r, e);
	if (strcmp(verb, "integration-set") == 0 || strcmp(verb, "integration-rotate") == 0)
		return do_integration_change(sh, reg, verb, req, r, e);
	if (strcmp(verb, "integration-remove") == 0)
		return do_integration_remove(sh, reg, req, r, e);
	if (strncmp(verb, "receiver-", 9) == 0)
		return desk_receiver(reg, verb, req, r, e);
	return desk_refuse(r, "unknown-verb", "\"%s\" is nothing this daybook can do", verb);
}
