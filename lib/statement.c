/*
 * statement -- see statement.h.  One list of members each, for both ways.
 */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "statement.h"

enum kind { TEXT, MOMENT, NUMBER, INT };

struct member {
	const char	*name;
	enum kind	 kind;
	size_t		 at, size;	/* in the struct */
};

#define M(s, f, k)	{ #f, k, offsetof(struct s, f), sizeof(((struct s *)0)->f) }

static const struct member of_statement[] = {
	M(statement, account, TEXT), M(statement, currency, TEXT), M(statement, report, TEXT),
	M(statement, run, TEXT), M(statement, file, TEXT), M(statement, day, TEXT),
	M(statement, from, MOMENT), M(statement, to, MOMENT), M(statement, stated, INT),
	M(statement, opening, NUMBER), M(statement, movement, NUMBER), M(statement, closing, NUMBER),
	M(statement, books, NUMBER), M(statement, not_in_books, NUMBER),
	M(statement, not_in_report, NUMBER), M(statement, differing, NUMBER),
	M(statement, controls, NUMBER), M(statement, unexplained, NUMBER),
	M(statement, by_both, NUMBER), M(statement, by_report, NUMBER),
	M(statement, by_notification, NUMBER),
};

static const struct member of_certificate[] = {
	M(certificate, name, TEXT), M(certificate, account, TEXT), M(certificate, format, TEXT),
	M(certificate, run, TEXT), M(certificate, report, TEXT), M(certificate, account_id, TEXT),
	M(certificate, version, TEXT), M(certificate, day, TEXT), M(certificate, part, INT),
	M(certificate, last, INT), M(certificate, from, MOMENT), M(certificate, to, MOMENT),
	M(certificate, rows, NUMBER), M(certificate, bytes, NUMBER), M(certificate, checks, INT),
	M(certificate, failed, INT), M(certificate, supersedes, TEXT), M(certificate, received, TEXT),
};

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static json_t *
write_one(const struct member *m, const void *p)
{
	char when[MOMENT_TEXT];
	int64_t v;
	int i;

	switch (m->kind) {
	case TEXT:
		return json_string(p);
	case INT:
		memcpy(&i, p, sizeof(i));
		return json_integer(i);
	case MOMENT:
		memcpy(&v, p, sizeof(v));
		return json_string(v == 0 ? "" : moment_print_us(v, when));
	default:
		memcpy(&v, p, sizeof(v));
		return json_integer(v);
	}
}

static json_t *
write_all(const struct member *m, size_t n, const void *p)
{
	json_t *j = json_object();
	size_t i;

	for (i = 0; j != NULL && i < n; i++)
		if (json_object_set_new(j, m[i].name, write_one(&m[i], (const char *)p + m[i].at)) == -1) {
			json_decref(j);
			return NULL;
		}
	return j;
}

/* 0, or -1: not such a member. */
static int
read_one(const struct member *m, const json_t *v, void *p)
{
	struct error ignored;
	const char *s = json_string_value(v);
	int64_t n = json_integer_value(v);
	int i = (int)n;

	switch (m->kind) {
	case TEXT:
		if (s == NULL || json_string_length(v) >= m->size)
			return -1;
		memcpy(p, s, json_string_length(v) + 1);
		return 0;
	case MOMENT:
		n = 0;
		if (s == NULL || (s[0] != '\0' && moment_parse(s, strlen(s), &n, &ignored) == -1))
			return -1;
		memcpy(p, &n, sizeof(n));
		return 0;
	case INT:
		if (!json_is_integer(v) || n < INT_MIN || n > INT_MAX)
			return -1;
		memcpy(p, &i, sizeof(i));
		return 0;
	default:
		if (!json_is_integer(v))
			return -1;
		memcpy(p, &n, sizeof(n));
		return 0;
	}
}

static int
read_all(const struct member *m, size_t n, const char *what, const json_t *j, void *p, struct error *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (read_one(&m[i], json_object_get(j, m[i].name), (char *)p + m[i].at) == -1)
			return error_set(e, ERR_CORRUPT, "%s: %s: missing or of another kind", what, m[i].name);
	return 0;
}

char *
statement_key(const struct statement *s, char out[STATEMENT_KEY])
{
	(void)snprintf(out, STATEMENT_KEY, "%s.%s.%s", s->account, s->currency, s->day);
	return out;
}

json_t *
statement_json(const struct statement *s)
{
	return write_all(of_statement, N(of_statement), s);
}

int
statement_read(const json_t *j, struct statement *s, struct error *e)
{
	memset(s, 0, sizeof(*s));
	return read_all(of_statement, N(of_statement), "statement", j, s, e);
}

json_t *
certificate_json(const struct certificate *c)
{
	return write_all(of_certificate, N(of_certificate), c);
}

int
certificate_read(const char *sha256, const json_t *j, struct certificate *c, struct error *e)
{
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->sha256, sizeof(c->sha256), "%s", sha256);
	return read_all(of_certificate, N(of_certificate), "file", j, c, e);
}
