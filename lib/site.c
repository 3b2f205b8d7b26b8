/*
 * site -- see site.h.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "money.h"
#include "site.h"
#include "text.h"

#define SITE_FILE_MAX	(1024 * 1024)

/* Default account names by kind of integration (contract.md, Integration kinds). */
static const struct { const char *kind, *account; } accounts[] = {
	{ "paypal-ipn", "PayPal" }, { "paypal-checkout", "PayPal" }, { "stripe", "Stripe" },
	{ "razorpay", "Razorpay" }, { "moneris", "Moneris" }, { "duo", "Duo" },
};

static json_t *
load(int dirfd, const char *name, struct error *e)
{
	struct buf b = BUF_INIT(SITE_FILE_MAX);
	json_error_t je;
	json_t *j = NULL;

	if (buf_read_file(&b, dirfd, name, e) == 0) {
		j = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &je);
		if (j == NULL)
			error_set(e, ERR_CONFIG, "%s:%d: %s", name, je.line, je.text);
		else if (!json_is_object(j)) {
			error_set(e, ERR_CONFIG, "%s: a JSON object is expected", name);
			json_decref(j);
			j = NULL;
		}
	}
	buf_free(&b);
	return j;
}

/* A text member into dst; missing is "" unless needed. */
static int
text(const json_t *j, const char *file, const char *name, int needed, char *dst, size_t size,
    struct error *e)
{
	const json_t *v = json_object_get(j, name);

	if (v == NULL && !needed) {
		memset(dst, 0, size);
		return 0;
	}
	if (!json_is_string(v) || json_string_length(v) >= size ||
	    memchr(json_string_value(v), '\0', json_string_length(v)) != NULL)
		return error_set(e, ERR_CONFIG, "%s: %s: a text of at most %zu bytes is expected", file,
		    name, size - 1);
	memset(dst, 0, size);
	memcpy(dst, json_string_value(v), json_string_length(v));
	return 0;
}

/* Bytes: an integer, or a text like "256MiB", "2G". */
static int
bytes(const json_t *j, const char *name, int64_t otherwise, int64_t *out, struct error *e)
{
	const json_t *v = json_object_get(j, name);
	struct error why;

	*out = otherwise;
	if (v == NULL)
		return 0;
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*out = json_integer_value(v);
		return 0;
	}
	if (!json_is_string(v) ||
	    text_bytes(json_string_value(v), json_string_length(v), out, name, &why) == -1)
		return error_set(e, ERR_CONFIG, "daybook.json: %s: " TEXT_BYTES_WANTED, name);
	return 0;
}

/* A member that nobody reads is a misspelt one: a tolerance or limit that silently does not hold. */
static int
only(json_t *o, const char *file, const char *where, const char *const *known, struct error *e)
{
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(o, name, v) {
		for (i = 0; known[i] != NULL && strcmp(known[i], name) != 0; i++)
			continue;
		if (known[i] == NULL)
			return error_set(e, ERR_CONFIG, "%s: %s%.60s: no such setting", file, where, name);
	}
	return 0;
}

/* Budgets of write-offs: {"item": {"USD": "1.00"}, "month": {...}}. */
static int
budgets(json_t *j, const char *file, struct error *e)
{
	static const char *const parts[] = { "item", "month", NULL };
	const char *ccy, *amount;
	struct error why = { 0 };
	int64_t minor;
	json_t *v;
	size_t i;

	if (j != NULL && !json_is_object(j))
		return error_set(e, ERR_CONFIG, "%s: write_off: an object is expected", file);
	if (only(j, file, "write_off.", parts, e) == -1)
		return -1;
	for (i = 0; parts[i] != NULL; i++)
		json_object_foreach(json_object_get(j, parts[i]), ccy, v) {
			if (!money_currency_known(ccy, strlen(ccy)))
				return error_set(e, ERR_CONFIG, "%s: write_off.%s: \"%.20s\" is no currency we know", file,
				    parts[i], ccy);
			amount = json_string_value(v);
			if (amount == NULL || money_parse(amount, strlen(amount), ccy, &minor, &why) == -1 || minor < 0)
				return error_set(e, ERR_CONFIG, "%s: write_off.%s.%s: an amount as text is expected, such "
				    "as \"1.00\"", file, parts[i], ccy);
		}
	return 0;
}

static int
read_settings(struct site *s, struct error *e)
{
	static const char file[] = "daybook.json";
	static const char *const known[] = { "format", "id", "name", "legal_name", "base_url", "currency",
	    "time_zone", "key", "stand_ins", "min_free", "spool_max_files", "spool_max_bytes",
	    "tolerances", "rules", "mail", "tariffs", "report_columns", "report_types",
	    "tax_id", "report", "write_off", NULL };
	static const char *const report[] = { "prepared_by", "approved_by", "paper", "font", NULL };
	json_t *paper = json_object_get(s->root, "report");
	static const char *const tolerances[] = { "window_days", NULL };
	json_t *format = json_object_get(s->root, "format"), *w;

	if (!json_is_integer(format) || json_integer_value(format) < 1)
		return error_set(e, ERR_CONFIG, "%s/%s: format: a number is expected", s->path, file);
	if (json_integer_value(format) > SITE_FORMAT)
		return error_set(e, ERR_CONFIG, "%s/%s has format %lld; this daybook reads up to %d", s->path,
		    file, (long long)json_integer_value(format), SITE_FORMAT);
	if (only(s->root, file, "", known, e) == -1 ||
	    budgets(json_object_get(s->root, "write_off"), file, e) == -1 ||
	    only(json_object_get(s->root, "tolerances"), file, "tolerances.", tolerances, e) == -1)
		return -1;
	if (text(s->root, file, "id", 1, s->id, sizeof(s->id), e) == -1 ||
	    text(s->root, file, "name", 1, s->name, sizeof(s->name), e) == -1 ||
	    text(s->root, file, "legal_name", 0, s->legal_name, sizeof(s->legal_name), e) == -1 ||
	    text(s->root, file, "base_url", 1, s->base_url, sizeof(s->base_url), e) == -1 ||
	    text(s->root, file, "time_zone", 1, s->time_zone, sizeof(s->time_zone), e) == -1 ||
	    text(s->root, file, "currency", 1, s->currency, sizeof(s->currency), e) == -1 ||
	    text(s->root, file, "key", 0, s->key, sizeof(s->key), e) == -1)
		return -1;
	if (only(paper, file, "report.", report, e) == -1 ||
	    text(s->root, file, "tax_id", 0, s->tax_id, sizeof(s->tax_id), e) == -1 ||
	    text(paper, file, "prepared_by", 0, s->prepared_by, sizeof(s->prepared_by), e) == -1 ||
	    text(paper, file, "approved_by", 0, s->approved_by, sizeof(s->approved_by), e) == -1 ||
	    text(paper, file, "paper", 0, s->paper, sizeof(s->paper), e) == -1 ||
	    text(paper, file, "font", 0, s->font, sizeof(s->font), e) == -1)
		return -1;
	if (s->paper[0] != '\0' && strcmp(s->paper, "A4") != 0 && strcmp(s->paper, "letter") != 0)
		return error_set(e, ERR_CONFIG, "%s: report.paper: \"A4\" or \"letter\" is expected", file);
	if (!money_currency_known(s->currency, strlen(s->currency)))
		return error_set(e, ERR_CONFIG, "%s: currency: \"%s\" is none we know", file, s->currency);
	s->stand_ins = json_is_true(json_object_get(s->root, "stand_ins"));
	s->window_days = 2;
	w = json_object_get(json_object_get(s->root, "tolerances"), "window_days");
	if (w != NULL) {
		if (!json_is_integer(w) || json_integer_value(w) < 0 || json_integer_value(w) > 60)
			return error_set(e, ERR_CONFIG, "%s: tolerances.window_days: 0 to 60 is expected",
			    file);
		s->window_days = (int)json_integer_value(w);
	}
	return bytes(s->root, "spool_max_files", SPOOL_FILES_MAX, &s->limits.files_max, e) == -1 ||
	    bytes(s->root, "spool_max_bytes", SPOOL_BYTES_MAX, &s->limits.bytes_max, e) == -1 ||
	    bytes(s->root, "min_free", SITE_MIN_FREE, &s->limits.min_free, e) == -1 ? -1 : 0;
}

int
site_open(struct site *s, const char *path, struct error *e)
{
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	if (path == NULL && ((path = getenv("DAYBOOK_SITE")) == NULL || path[0] == '\0'))
		path = SITE_DEFAULT;
	if ((s->path = strdup(path)) == NULL)
		return error_sys(e, "site");
	if ((s->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		error_sys(e, "%s: open the site (-C or DAYBOOK_SITE names it)", path);
		goto err;
	}
	if ((s->root = load(s->fd, "daybook.json", e)) == NULL) {
		if (e->code == ERR_NOTFOUND)
			error_set(e, ERR_CONFIG, "%s: no daybook.json: no site is here (daybook init makes "
			    "one)", path);
		goto err;
	}
	if (read_settings(s, e) == -1)
		goto err;
	return 0;
err:
	e->code = ERR_CONFIG;
	site_close(s);
	return -1;
}

void
site_close(struct site *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		close(s->fd);
	free(s->path);
	json_decref(s->root);
	s->fd = -1;
	s->path = NULL;
	s->root = NULL;
}

int
site_own(const struct site *s, struct error *e)
{
	struct stat st;

	if (fstat(s->fd, &st) == -1)
		return error_sys(e, "%s", s->path);
	if (st.st_uid == geteuid())
		return 0;
	return error_set(e, ERR_CONFIG, "%s belongs to another user (uid %lu): run this as that user "
	    "(sudo -u daybook ...)", s->path, (unsigned long)st.st_uid);
}

int
site_rows(const struct site *s, const char *name, json_t **rows, char where[SITE_WHERE],
    struct error *e)
{
	json_t *v = json_object_get(s->root, name);
	struct buf file = BUF_INIT(SITE_FILE_MAX);
	json_error_t je;
	int rc = -1;

	*rows = NULL;
	(void)snprintf(where, SITE_WHERE, "daybook.json: %s", name);
	if (v == NULL || json_is_null(v))
		return 0;
	if (json_is_string(v)) {
		const char *path = json_string_value(v);

		if (path[0] == '\0' || path[0] == '/' || strstr(path, "..") != NULL || strlen(path) >= SITE_WHERE)
			return error_set(e, ERR_CONFIG, "%s: an array, or the name of a file of the site, is "
			    "expected", where);
		(void)snprintf(where, SITE_WHERE, "%s", path);
		if (buf_read_file(&file, s->fd, path, e) == -1) {
			e->code = ERR_CONFIG;
			goto out;
		}
		if ((v = json_loadb(file.data, file.len, JSON_REJECT_DUPLICATES, &je)) == NULL) {
			error_set(e, ERR_CONFIG, "%s:%d: %s", where, je.line, je.text);
			goto out;
		}
	} else
		json_incref(v);
	if (json_is_array(v)) {
		*rows = v;
		rc = 0;
	} else {
		error_set(e, ERR_CONFIG, "%s: an array is expected", where);
		json_decref(v);
	}
out:
	buf_free(&file);
	return rc;
}

int
site_list_item(const char *list, int i, const char **s, size_t *len)
{
	for (;; list++) {
		size_t n = strcspn(list, ","), lead = strspn(list, " \t");

		if (lead > n)
			lead = n;
		*s = list + lead;
		*len = n - lead;
		while (*len > 0 && ((*s)[*len - 1] == ' ' || (*s)[*len - 1] == '\t'))
			(*len)--;
		if (*len > 0 && i-- == 0)
			return 1;
		list += n;
		if (*list == '\0')
			break;
	}
	*len = 0;
	return 0;
}

static int
read_currencies(const struct site *s, const char *file, struct integration *in, struct error *e)
{
	const char *list = json_string_value(json_object_get(in->settings, "currencies")), *c;
	size_t n;

	in->ncurrencies = 0;
	if (list == NULL || list[0] == '\0')
		list = s->currency;
	while (site_list_item(list, in->ncurrencies, &c, &n)) {
		if (!money_currency_known(c, n) || in->ncurrencies == SITE_CURRENCIES - 1)
			return error_set(e, ERR_CONFIG, "%s: currencies: \"%.*s\" is none we know", file,
			    (int)(n > 40 ? 40 : n), c);
		memcpy(in->currencies[in->ncurrencies], c, 3);
		in->currencies[in->ncurrencies++][3] = '\0';
	}
	return 0;
}

int
site_integration(const struct site *s, const char *id, struct integration *in, struct error *e)
{
	char file[128], mode[8];
	const char *v;
	json_t *j;
	size_t i;
	int n;

	memset(in, 0, sizeof(*in));
	if (!text_id_valid(id, strlen(id)))
		return error_set(e, ERR_NOTFOUND, "no such integration");
	n = snprintf(file, sizeof(file), "integrations/%s.json", id);
	if (n < 0 || (size_t)n >= sizeof(file))
		return error_set(e, ERR_NOTFOUND, "no such integration");
	if ((j = load(s->fd, file, e)) == NULL) {
		if (e->code == ERR_NOTFOUND)
			return error_set(e, ERR_NOTFOUND, "no integration %s", id);
		if (e->code != ERR_IO)
			e->code = ERR_CONFIG;
		return -1;
	}
	if (json_integer_value(json_object_get(j, "format")) > SITE_FORMAT) {
		error_set(e, ERR_CONFIG, "%s has format %lld; this daybook reads up to %d", file,
		    (long long)json_integer_value(json_object_get(j, "format")), SITE_FORMAT);
		goto err;
	}
	if (text(j, file, "id", 1, in->id, sizeof(in->id), e) == -1 ||
	    text(j, file, "kind", 1, in->kind, sizeof(in->kind), e) == -1 ||
	    text(j, file, "mode", 1, mode, sizeof(mode), e) == -1 ||
	    text(j, file, "url_key", 1, in->url_key, sizeof(in->url_key), e) == -1)
		goto err;
	in->mode = strcmp(mode, "live") == 0 ? BOOK_LIVE : strcmp(mode, "test") == 0 ? BOOK_TEST : -1;
	if (in->mode == -1 || strcmp(in->id, id) != 0 || strlen(in->url_key) < 16) {
		error_set(e, ERR_CONFIG, "%s: id, mode or url_key is not what it can be", file);
		goto err;
	}
	in->settings = json_incref(json_object_get(j, "settings"));
	in->secret_names = json_incref(json_object_get(j, "secrets"));
	if (!json_is_object(in->settings)) {
		error_set(e, ERR_CONFIG, "%s: settings: an object is expected", file);
		goto err;
	}
	if (text(in->settings, file, "account", 0, in->account, sizeof(in->account), e) == -1 ||
	    read_currencies(s, file, in, e) == -1)
		goto err;
	for (i = 0; in->account[0] == '\0' && i < sizeof(accounts) / sizeof(accounts[0]); i++)
		if (strcmp(accounts[i].kind, in->kind) == 0)
			memcpy(in->account, accounts[i].account, strlen(accounts[i].account) + 1);
	if (!text_id_valid(in->account, strlen(in->account))) {
		error_set(e, ERR_CONFIG, "%s: account: \"%s\" is no name", file, in->account);
		goto err;
	}
	v = json_string_value(json_object_get(in->settings, "deduct_fee"));
	in->deduct_fee = v != NULL && strcmp(v, "yes") == 0;
	if (s->stand_ins &&
	    text(in->settings, file, "endpoint", 0, in->endpoint, sizeof(in->endpoint), e) == -1)
		goto err;
	json_decref(j);
	return 0;
err:
	json_decref(j);
	site_integration_free(in);
	e->code = ERR_CONFIG;
	return -1;
}

void
site_integration_free(struct integration *in)
{
	if (in == NULL)
		return;
	json_decref(in->settings);
	json_decref(in->secret_names);
	in->settings = in->secret_names = NULL;
}

int
site_accepts(const struct integration *in, const char ccy[4])
{
	int i;

	for (i = 0; i < in->ncurrencies; i++)
		if (memcmp(in->currencies[i], ccy, 3) == 0)
			return 1;
	return 0;
}
