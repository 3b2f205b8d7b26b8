/*
 * cmd_integration -- integration add, list, show, set, rotate, remove.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd.h"
#include "durable.h"
#include "provider/provider.h"
#include "secret.h"
#include "text.h"

#define VALUE_MAX	4000

/*
 * KEY=VALUE operands from the i-th on; NULL and c->e where one is none.  Secrets go into *secrets, a
 * new object or NULL.
 */
static json_t *
read_settings(struct cmd *c, const struct provider *p, int i, json_t **secrets)
{
	json_t *j = json_object();

	for (; i < c->n; i++) {
		const char *s = c->operand[i], *eq = strchr(s, '=');
		struct buf v = BUF_INIT(VALUE_MAX);
		const struct setting *st, *is = NULL;
		char name[64];
		int rc = 0, secret;

		if (eq == NULL || eq == s || (size_t)(eq - s) >= sizeof(name)) {
			error_set(&c->e, ERR_INPUT, "\"%.60s\": KEY=VALUE is expected", s);
			goto err;
		}
		memcpy(name, s, (size_t)(eq - s));
		name[eq - s] = '\0';
		for (st = p->settings; st->name != NULL; st++)
			if (strcmp(st->name, name) == 0)
				is = st;
		secret = is != NULL && is->secret;
		if (strcmp(eq + 1, "-") == 0)
			rc = buf_read(&v, STDIN_FILENO, "standard input", &c->e);
		else if (eq[1] == '@')
			rc = buf_read_file(&v, AT_FDCWD, eq + 2, &c->e);
		else if (secret && eq[1] != '\0')
			rc = error_set(&c->e, ERR_INPUT, "%s: a secret does not go on the command line: %s=@FILE "
			    "or %s=-", name, name, name);
		else
			rc = buf_adds(&v, eq + 1, &c->e);
		while (rc == 0 && v.len > 0 && (v.data[v.len - 1] == '\n' || v.data[v.len - 1] == '\r'))
			v.data[--v.len] = '\0';
		if (rc == 0 && secret && *secrets == NULL)
			*secrets = json_object();
		if (rc == 0 && json_object_set_new(secret ? *secrets : j, name,
		    json_stringn(v.data == NULL ? "" : v.data, v.len)) == -1)
			rc = error_set(&c->e, ERR_INPUT, "%s: UTF-8 is expected", name);
		/* Not by the request: it does not carry them.  The value stays out of the error. */
		if (rc == 0 && secret && is->check != NULL && v.len > 0 && is->check(v.data, &c->e) == -1)
			rc = error_set(&c->e, ERR_INPUT, "%s: not what it can be: one word of printable ASCII is "
			    "expected", name);
		buf_free(&v);
		if (rc == -1)
			goto err;
	}
	return j;
err:
	secret_free(*secrets);
	*secrets = NULL;
	json_decref(j);
	return NULL;
}

/* The request, its secrets staged beside it; takes both. */
static int
send(struct cmd *c, const char *id, json_t *req, json_t *secrets)
{
	char token[SECRET_TOKEN] = "";
	int code;

	if (secrets != NULL && (secret_stage(c->site.fd, id, secrets, token, &c->e) == -1 ||
	    json_object_set_new(req, "secrets", json_string(token)) == -1)) {
		json_decref(req);
		secret_free(secrets);
		return cmd_fail(c);
	}
	secret_free(secrets);
	code = cmd_request(c, req);
	if (code != EX_TEMPFAIL)	/* queued: it will be wanted */
		secret_unstage(c->site.fd, id, token);
	return code;
}

static void
make_key(char out[32])
{
	unsigned char rnd[16];

	randombytes_buf(rnd, sizeof(rnd));
	sodium_bin2base64(out, 32, rnd, sizeof(rnd), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void
make_url(const struct cmd *c, const struct integration *in, char out[1200])
{
	const struct provider *p = provider_find(in->kind);
	const char *own = json_string_value(json_object_get(in->settings, "ipn_url"));

	if (own != NULL && own[0] != '\0')
		(void)snprintf(out, 1200, "%s", own);
	else if (p != NULL && p->cgi == NULL)
		out[0] = '\0';
	else
		(void)snprintf(out, 1200, "%s/%s/%s/%s", c->site.base_url, p == NULL ? "ipn.cgi" : p->cgi,
		    in->id, in->url_key);
}

static int
add(struct cmd *c)
{
	const char *mode = cmd_option(c, "mode");
	const struct provider *p;
	char id[65], key[32];
	json_t *settings, *secrets = NULL;
	size_t i;
	int first = 2;

	if (c->n < 2)
		return cmd_usage("integration add wants a kind (paypal-ipn, paypal-checkout)");
	if ((p = provider_find(c->operand[1])) == NULL)
		return cmd_usage("unknown kind of integration \"%s\" (this daybook knows paypal-ipn, "
		    "paypal-checkout)", c->operand[1]);
	if (mode == NULL || (strcmp(mode, "test") != 0 && strcmp(mode, "live") != 0))
		return cmd_usage("integration add wants --mode test or --mode live");
	if (c->n > 2 && strchr(c->operand[2], '=') == NULL) {
		if (!text_id_valid(c->operand[2], strlen(c->operand[2])))
			return cmd_usage("\"%s\" is no id", c->operand[2]);
		memcpy(id, c->operand[2], strlen(c->operand[2]) + 1);
		first = 3;
	} else {
		memcpy(id, p->kind, strlen(p->kind) + 1);
		for (i = 0; id[i] != '\0'; i++)
			if (id[i] == '-')
				id[i] = '_';
	}
	if ((settings = read_settings(c, p, first, &secrets)) == NULL)
		return cmd_fail(c);
	make_key(key);
	return send(c, id, json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "verb", "integration-add", "id", id,
	    "kind", p->kind, "mode", mode, "url_key", key, "settings", settings), secrets);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
list(struct cmd *c)
{
	struct table *t = table_new("id,kind,mode,account,currencies,receiver", c->format);
	char *ids[1000];
	struct dirent *d;
	size_t n = 0, i;
	int code = 0, rc;
	int fd = openat(c->site.fd, "integrations", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dp = fd == -1 ? NULL : fdopendir(fd);

	if (dp == NULL) {
		error_sys(&c->e, "integrations");
		table_free(t);
		return cmd_fail(c);
	}
	while ((d = readdir(dp)) != NULL && n < 1000) {
		size_t len = strlen(d->d_name);

		if (d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".json") == 0)
			ids[n++] = strndup(d->d_name, len - 5);
	}
	closedir(dp);
	qsort(ids, n, sizeof(ids[0]), by_text);
	for (i = 0; i < n; i++) {
		struct integration in;

		if (site_integration(&c->site, ids[i], &in, &c->e) == -1)
			code = cmd_fail(c);
		else {
			const char *r = json_string_value(json_object_get(in.settings, "receiver"));
			char ccy[SITE_CURRENCIES * 4 + 1] = "";
			int k;

			for (k = 0; k < in.ncurrencies; k++) {
				memcpy(ccy + 4 * k, in.currencies[k], 3);
				ccy[4 * k + 3] = k + 1 == in.ncurrencies ? '\0' : ',';
			}
			const char *cells[] = { in.id, in.kind, site_book_name[in.mode], in.account, ccy,
			    r == NULL ? "" : r };

			(void)table_row(t, cells, &c->e);
			site_integration_free(&in);
		}
		free(ids[i]);
	}
	rc = cmd_print(c, t);
	return rc != 0 ? rc : code;
}

static int
show(struct cmd *c)
{
	struct integration in;
	const struct provider *p;
	char url[1200];
	json_t *j;
	size_t i;

	if (site_integration(&c->site, c->operand[1], &in, &c->e) == -1)
		return cmd_fail(c);
	p = provider_find(in.kind);
	make_url(c, &in, url);
	for (i = 0; i < json_array_size(in.secret_names); i++)
		json_object_set_new(in.settings, json_string_value(json_array_get(in.secret_names, i)),
		    json_string("********"));
	j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:O}", "id", in.id, "kind", in.kind, "mode",
	    site_book_name[in.mode], "account", in.account, "url", url, "where",
	    p == NULL ? "" : p->where, "settings", in.settings);
	if (c->format == TABLE_JSON)
		(void)json_dumpf(j, stdout, JSON_INDENT(2));
	else {
		const char *name;
		json_t *v;

		printf("id        %s\nkind      %s\nmode      %s\naccount   %s\n", in.id, in.kind,
		    site_book_name[in.mode], in.account);
		json_object_foreach(in.settings, name, v)
			printf("%-9s %s\n", name, json_string_value(v));
		if (url[0] != '\0')
			printf("url       %s\n", url);
		printf("\n%s\n", p == NULL ? "" : p->where);
	}
	if (c->format == TABLE_JSON)
		putchar('\n');
	json_decref(j);
	site_integration_free(&in);
	return 0;
}

static int
set(struct cmd *c)
{
	struct integration in;
	const struct provider *p;
	json_t *settings, *secrets = NULL;

	if (site_integration(&c->site, c->operand[1], &in, &c->e) == -1)
		return cmd_fail(c);
	p = provider_find(in.kind);
	site_integration_free(&in);
	if (p == NULL || (settings = read_settings(c, p, 2, &secrets)) == NULL)
		return cmd_fail(c);
	return send(c, c->operand[1], json_pack("{s:s,s:s,s:o}", "verb", "integration-set", "id",
	    c->operand[1], "settings", settings), secrets);
}

int
cmd_integration(struct cmd *c)
{
	const char *what = c->operand[0];
	char key[32];

	if (strcmp(what, "add") == 0)
		return add(c);
	if (strcmp(what, "list") == 0 && c->n == 1)
		return list(c);
	if (c->n < 2)
		return cmd_usage("integration %s wants an id", what);
	if (strcmp(what, "set") == 0)
		return c->n == 2 ? cmd_usage("integration set wants KEY=VALUE...") : set(c);
	if (c->n > 2)
		return cmd_usage("integration %s wants one id", what);
	if (strcmp(what, "show") == 0)
		return show(c);
	if (strcmp(what, "rotate") == 0) {
		make_key(key);
		return cmd_request(c, json_pack("{s:s,s:s,s:s}", "verb", "integration-rotate", "id",
		    c->operand[1], "url_key", key));
	}
	if (strcmp(what, "remove") == 0)
		return cmd_request(c, json_pack("{s:s,s:s}", "verb", "integration-remove", "id",
		    c->operand[1]));
	return cmd_usage("integration: add, list, show, set, rotate or remove is expected");
}
