/*
 * cmd_customer -- customer add, set, contact, list, show, import; opening.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd.h"
#include "csv_in.h"
#include "customer.h"
#include "digest.h"
#include "durable.h"
#include "moment.h"
#include "money.h"
#include "payment.h"
#include "text.h"

#define LIST_MAX	(CUSTOMER_ADDRESSES_MAX * 256)	/* a customer's addresses, comma separated */

/* All values of an option that may be given several times, comma separated. */
static json_t *
joined(const struct cmd *c, const char *name)
{
	struct buf b = BUF_INIT(8192);
	struct error ignored;
	json_t *j = NULL;
	int i, any = 0;

	for (i = 0; i < c->noptions; i++)
		if (strcmp(c->option[i].name, name) == 0) {
			(void)buf_addf(&b, &ignored, "%s%s", any ? "," : "", c->option[i].value);
			any = 1;
		}
	if (any)
		j = json_string(b.data == NULL ? "" : b.data);
	buf_free(&b);
	return j;
}

static json_t *
fields(struct cmd *c, const char *verb)
{
	json_t *j = json_pack("{s:s,s:s}", "verb", verb, "id", c->operand[1]);
	const char *name = cmd_option(c, "name"), *email = cmd_option(c, "email");

	if (name != NULL)
		json_object_set_new(j, "name", json_string(name));
	if (email != NULL)
		json_object_set_new(j, "email", json_string(email));
	if (cmd_option(c, "paypal-email") != NULL)
		json_object_set_new(j, "paypal_email", joined(c, "paypal-email"));
	if (cmd_option(c, "payer-id") != NULL)
		json_object_set_new(j, "payer_id", joined(c, "payer-id"));
	return j;
}

static void
list_text(const json_t *a, char *out, size_t size)
{
	size_t i, n = 0;
	json_t *v;

	out[0] = '\0';
	json_array_foreach((json_t *)(uintptr_t)a, i, v) {
		int k = snprintf(out + n, size - n, "%s%s", n > 0 ? "," : "", json_string_value(v));

		if (k < 0 || (size_t)k >= size - n)
			break;
		n += (size_t)k;
	}
}

struct listing {
	struct table	*t;
};

static const char *
text_of(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

static int
list_one(void *arg, const char *key, json_t *v, struct error *e)
{
	struct listing *l = arg;
	char paypal[LIST_MAX], ids[LIST_MAX], contacts[16];
	const char *cells[] = { key, text_of(v, "name"), text_of(v, "email"), paypal, ids, contacts };

	list_text(json_object_get(v, "paypal"), paypal, sizeof(paypal));
	list_text(json_object_get(v, "payer_ids"), ids, sizeof(ids));
	(void)snprintf(contacts, sizeof(contacts), "%zu", json_array_size(json_object_get(v, "contacts")));
	return table_row(l->t, cells, e);
}

static int
list(struct cmd *c)
{
	struct listing l = { table_new("id,name,email,paypal_email,payer_id,contacts>", c->format) };
	struct lock lock = LOCK_INIT;
	struct books *b = cmd_books(c, BOOK_REGISTER, &lock);
	int rc;

	if (b == NULL) {
		table_free(l.t);
		return cmd_fail(c);
	}
	rc = books_each_data(b, "customer", list_one, &l, &c->e);
	if (cmd_books_done(c, b, &lock) == -1 || rc == -1) {
		table_free(l.t);
		return cmd_fail(c);
	}
	return cmd_print(c, l.t);
}

/* One object, keyed as the columns of the listing. */
static void
print_json(const char *id, const json_t *v)
{
	char paypal[LIST_MAX], ids[LIST_MAX];
	json_t *contacts = json_object_get(v, "contacts"), *j;

	list_text(json_object_get(v, "paypal"), paypal, sizeof(paypal));
	list_text(json_object_get(v, "payer_ids"), ids, sizeof(ids));
	j = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", id, "name", text_of(v, "name"), "email",
	    text_of(v, "email"), "paypal_email", paypal, "payer_id", ids);
	json_object_set_new(j, "contacts", contacts == NULL ? json_array() : json_incref(contacts));
	(void)json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(j);
}

static int
show(struct cmd *c)
{
	struct lock lock = LOCK_INIT;
	struct books *b = cmd_books(c, BOOK_REGISTER, &lock);
	json_t *v = NULL, *one;
	size_t i;
	int rc;

	if (b == NULL)
		return cmd_fail(c);
	rc = books_data(b, "customer", c->operand[1], &v, &c->e);
	if (cmd_books_done(c, b, &lock) == -1)
		rc = -1;
	if (rc == 0)
		error_set(&c->e, ERR_NOTFOUND, "no customer %s", c->operand[1]);
	if (rc != 1)
		return cmd_fail(c);
	if (c->format == TABLE_JSON)
		print_json(c->operand[1], v);
	else {
		char t[LIST_MAX];

		printf("id            %s\nname          %s\nemail         %s\n", c->operand[1],
		    text_of(v, "name"), text_of(v, "email"));
		list_text(json_object_get(v, "paypal"), t, sizeof(t));
		printf("paypal_email  %s\n", t);
		list_text(json_object_get(v, "payer_ids"), t, sizeof(t));
		printf("payer_id      %s\n", t);
		json_array_foreach(json_object_get(v, "contacts"), i, one)
			printf("contact       %s <%s>\n", text_of(one, "name"), text_of(one, "email"));
	}
	json_decref(v);
	return 0;
}

/* ---- import ---- */

static const char *const columns[] = { "id", "name", "email", "paypal_email", "payer_id",
    "contact_name", "contact_email" };
#define NCOLUMNS	(sizeof(columns) / sizeof(columns[0]))

struct import {
	const char	*file;
	int		 at[NCOLUMNS];	/* column in the file, -1 */
	size_t		 n;		/* columns of its header, 0: not seen yet */
	json_t		*list, *seen;
};

/* "Paypal-Email " is paypal_email. */
static int
is_column(const struct csv_field *f, const char *name)
{
	size_t i, n = strlen(name);

	if (f->len != n)
		return 0;
	for (i = 0; i < n; i++)
		if (name[i] == '_' ? strchr("_- ", f->s[i]) == NULL || f->s[i] == '\0' :
		    (f->s[i] | 0x20) != name[i])
			return 0;
	return 1;
}

static int
import_head(struct import *im, const struct csv_row *row, struct error *e)
{
	size_t i, k;

	for (k = 0; k < NCOLUMNS; k++)
		im->at[k] = -1;
	for (i = 0; i < row->n; i++) {
		for (k = 0; k < NCOLUMNS && !is_column(&row->f[i], columns[k]); k++)
			continue;
		if (k == NCOLUMNS)
			fprintf(stderr, "daybook: %s:%zu: column \"%.40s\" is not used\n", im->file, row->line,
			    row->f[i].s);
		else if (im->at[k] != -1)
			return error_set(e, ERR_INPUT, "%s:%zu: column %s stands twice", im->file, row->line,
			    columns[k]);
		else
			im->at[k] = (int)i;
	}
	if (im->at[0] == -1 || im->at[1] == -1)
		return error_set(e, ERR_INPUT, "%s:%zu: columns id and name are needed (also known: email, "
		    "paypal_email, payer_id, contact_name, contact_email)", im->file, row->line);
	im->n = row->n;
	return 0;
}

static int
import_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct import *im = arg;
	struct error why = { 0 };
	json_t *f, *made;
	const char *v[NCOLUMNS];
	size_t k;

	if (im->n == 0)
		return import_head(im, row, e);
	if (row->n != im->n)	/* a comma without quotes has moved what follows */
		return error_set(e, ERR_INPUT, "%s:%zu: %zu fields, the header has %zu", im->file, row->line,
		    row->n, im->n);
	f = json_object();
	for (k = 0; k < NCOLUMNS; k++) {
		v[k] = im->at[k] == -1 ? "" : row->f[im->at[k]].s;
		if (im->at[k] != -1 && strlen(v[k]) != row->f[im->at[k]].len) {
			json_decref(f);
			return error_set(e, ERR_INPUT, "%s:%zu: %s: holds a NUL", im->file, row->line,
			    columns[k]);
		}
		if (v[k][0] != '\0' && k < 5 && json_object_set_new(f, columns[k], json_string(v[k])) == -1) {
			json_decref(f);
			return error_set(e, ERR_INPUT, "%s:%zu: %s: UTF-8 is expected", im->file, row->line,
			    columns[k]);
		}
	}
	if (v[5][0] != '\0' || v[6][0] != '\0')
		json_object_set_new(f, "contacts", json_pack("[{s:s,s:s}]", "name", v[5], "email", v[6]));
	if (customer_make(f, &made, &why) == -1) {
		json_decref(f);
		return error_set(e, ERR_INPUT, "%s:%zu: %s", im->file, row->line, why.text);
	}
	json_decref(made);
	if (json_object_get(im->seen, v[0]) != NULL) {
		json_decref(f);
		return error_set(e, ERR_INPUT, "%s:%zu: id: %s stands twice", im->file, row->line, v[0]);
	}
	json_object_set_new(im->seen, v[0], json_true());
	json_array_append_new(im->list, f);
	return 0;
}

static int
import(struct cmd *c)
{
	struct import im = { .file = c->operand[1] };
	int fd = open(im.file, O_RDONLY | O_CLOEXEC), rc;
	size_t n;

	if (fd == -1) {
		error_sys(&c->e, "%s", im.file);
		c->e.code = ERR_INPUT;
		return cmd_fail(c);
	}
	im.list = json_array();
	im.seen = json_object();
	rc = csv_in_fd(fd, im.file, 0, import_row, &im, &c->e);
	close(fd);
	json_decref(im.seen);
	n = json_array_size(im.list);
	if (rc != 0 || n == 0) {
		json_decref(im.list);
		if (rc == 0)
			error_set(&c->e, ERR_INPUT, "%s: no customers in it", im.file);
		return cmd_fail(c);
	}
	rc = cmd_request(c, json_pack("{s:s,s:o}", "verb", "customer-import", "customers", im.list));
	if (rc == 0)
		printf("%zu customers in %s\n", n, im.file);
	return rc;
}

int
cmd_customer(struct cmd *c)
{
	const char *what = c->operand[0];

	if (strcmp(what, "list") == 0 && c->n == 1)
		return list(c);
	if (c->n != 2)
		return cmd_usage("customer %s wants an id or a file", what);
	if (strcmp(what, "add") == 0) {
		if (cmd_option(c, "name") == NULL)
			return cmd_usage("customer add wants --name");
		return cmd_request(c, fields(c, "customer-add"));
	}
	if (strcmp(what, "set") == 0 && c->noptions == 0)
		return cmd_usage("customer set wants --name, --email, --paypal-email or --payer-id");
	if (strcmp(what, "set") == 0)
		return cmd_request(c, fields(c, "customer-set"));
	if (strcmp(what, "contact") == 0) {
		if (cmd_option(c, "name") == NULL || cmd_option(c, "email") == NULL)
			return cmd_usage("customer contact wants --name and --email");
		return cmd_request(c, fields(c, "customer-contact"));
	}
	if (strcmp(what, "show") == 0)
		return show(c);
	if (strcmp(what, "import") == 0)
		return import(c);
	return cmd_usage("customer: add, set, contact, list, show or import is expected");
}

/* ---- opening ---- */

struct opening {
	const char	*file;
	int		 at[4];
	int		 headed;
	char		 date[MOMENT_DAY];
	json_t		*legs;
};

static int
opening_row(void *arg, const struct csv_row *row, struct error *e)
{
	static const char *const names[4] = { "account", "currency", "amount", "date" };
	struct opening *o = arg;
	struct error why = { 0 };
	const char *v[4];
	int64_t minor;
	size_t i;
	int k;

	if (!o->headed) {
		for (k = 0; k < 4; k++) {
			o->at[k] = -1;
			for (i = 0; i < row->n; i++)
				if (text_equal_ci(row->f[i].s, row->f[i].len, names[k], strlen(names[k])))
					o->at[k] = (int)i;
			if (o->at[k] == -1)
				return error_set(e, ERR_INPUT, "%s:%zu: no column %s (account,currency,amount,"
				    "date are needed)", o->file, row->line, names[k]);
		}
		o->headed = 1;
		return 0;
	}
	for (k = 0; k < 4; k++)
		v[k] = (size_t)o->at[k] < row->n ? row->f[o->at[k]].s : "";
	if (!payment_account_valid(v[0]))
		return error_set(e, ERR_INPUT, "%s:%zu: account: \"%.60s\" is none (Assets:PayPal, "
		    "Liabilities:Customers:ID, ...)", o->file, row->line, v[0]);
	if (!money_currency_known(v[1], strlen(v[1])))
		return error_set(e, ERR_INPUT, "%s:%zu: currency: \"%.10s\" is none", o->file, row->line, v[1]);
	if (money_parse(v[2], strlen(v[2]), v[1], &minor, &why) == -1)
		return error_set(e, ERR_INPUT, "%s:%zu: %s", o->file, row->line, why.text);
	if (!moment_day_valid(v[3]))
		return error_set(e, ERR_INPUT, "%s:%zu: date: YYYY-MM-DD is expected", o->file, row->line);
	if (o->date[0] != '\0' && strcmp(o->date, v[3]) != 0)
		return error_set(e, ERR_INPUT, "%s:%zu: date: all lines carry one date", o->file, row->line);
	memcpy(o->date, v[3], MOMENT_DAY);
	json_array_append_new(o->legs, json_pack("[s,s,I]", v[0], v[1], (json_int_t)minor));
	return 0;
}

int
cmd_opening(struct cmd *c)
{
	struct opening o = { .file = c->operand[0] };
	char hex[65];
	int fd = open(o.file, O_RDONLY | O_CLOEXEC), rc;

	if (fd == -1) {
		error_sys(&c->e, "%s", o.file);
		c->e.code = ERR_INPUT;
		return cmd_fail(c);
	}
	o.legs = json_array();
	rc = csv_in_fd(fd, o.file, 0, opening_row, &o, &c->e);
	close(fd);
	if (rc == 0 && json_array_size(o.legs) == 0)
		rc = error_set(&c->e, ERR_INPUT, "%s: no balances in it", o.file);
	if (rc != 0 || digest_file(AT_FDCWD, o.file, hex, &c->e) == -1) {
		json_decref(o.legs);
		return cmd_fail(c);
	}
	return cmd_request(c, json_pack("{s:s,s:s,s:o,s:s}", "verb", "opening", "date", o.date, "legs",
	    o.legs, "file", hex));
}
