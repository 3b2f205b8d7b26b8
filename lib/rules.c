/*
 * rules -- see rules.h.
 */
#include <stdlib.h>
#include <string.h>

#include "payment.h"
#include "rules.h"
#include "text.h"

#define RULES_MAX	10000

struct rules {
	json_t	*list;
};

static const char *const members[] = { "type", "code", "counterparty", "subject", "account", "note" };

int
rules_fit(const char *pattern, const char *s)
{
	const char *star = NULL, *back = s;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			back = s;
		} else if (*pattern != '\0' && text_equal_ci(pattern, 1, s, 1)) {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star + 1;
			s = ++back;
		} else
			return 0;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* ---- checks ---- */

static int
known(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i], name) == 0)
			return 1;
	return 0;
}

static int
check_members(const json_t *rule, size_t n, rules_fault_fn *fn, void *arg, struct error *e)
{
	const char *name;
	json_t *v;
	int rc = 0;

	json_object_foreach((json_t *)rule, name, v) {
		if (!known(name))
			rc = fn(arg, n, name, "no such member: type, code, counterparty, subject, account and "
			    "note are known", e);
		else if (!json_is_string(v) || json_string_length(v) != strlen(json_string_value(v)))
			rc = fn(arg, n, name, "a text is expected", e);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
check_account(const json_t *rule, size_t n, const char *provider, rules_fault_fn *fn, void *arg,
    struct error *e)
{
	const json_t *v = json_object_get(rule, "account");
	const char *account = json_string_value(v);
	char text[200];

	if (v == NULL)
		return fn(arg, n, "account", "is missing: the account that the row goes to is expected", e);
	if (account == NULL)
		return 0;		/* told already */
	if (!payment_account_valid(account)) {
		(void)snprintf(text, sizeof(text), "\"%.80s\" is no account of these books", account);
		return fn(arg, n, "account", text, e);
	}
	if (strcmp(account, "Liabilities:Unallocated") == 0 || (provider != NULL &&
	    strncmp(account, "Assets:", 7) == 0 && strcmp(account + 7, provider) == 0)) {
		(void)snprintf(text, sizeof(text), "nothing goes to %.80s by rule", account);
		return fn(arg, n, "account", text, e);
	}
	return 0;
}

int
rules_check(const json_t *list, const char *provider, rules_fault_fn *fn, void *arg, struct error *e)
{
	const json_t *rule;
	size_t i;

	if (!json_is_array(list))
		return fn(arg, 0, "", "an array of rules is expected", e);
	if (json_array_size(list) > RULES_MAX)
		return fn(arg, 0, "", "too many rules", e);
	json_array_foreach((json_t *)list, i, rule)
		if (!json_is_object(rule)) {
			if (fn(arg, i + 1, "", "an object is expected", e) == -1)
				return -1;
		} else if (check_members(rule, i + 1, fn, arg, e) == -1 ||
		    check_account(rule, i + 1, provider, fn, arg, e) == -1)
			return -1;
	return 0;
}

static int
first_fault(void *arg, size_t rule, const char *member, const char *text, struct error *e)
{
	const char *where = arg;

	if (rule == 0)
		return error_set(e, ERR_CONFIG, "%s: %s", where, text);
	return error_set(e, ERR_CONFIG, "%s: rule %zu: %.40s%s%s", where, rule, member,
	    member[0] == '\0' ? "" : ": ", text);
}

int
rules_load(struct rules **out, json_t *list, const char *where, const char *provider, struct error *e)
{
	struct rules *r;

	if (json_is_null(list))
		list = NULL;
	if (list != NULL && rules_check(list, provider, first_fault, (void *)(uintptr_t)where, e) == -1)
		return -1;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return error_sys(e, "%s", where);
	r->list = json_incref(list);
	*out = r;
	return 0;
}

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	json_decref(r->list);
	free(r);
}

/* ---- which one ---- */

static const char *
text_of(const json_t *rule, const char *name)
{
	const char *s = json_string_value(json_object_get(rule, name));

	return s == NULL ? "" : s;
}

static int
any(const char *pattern)
{
	return pattern[strspn(pattern, "*")] == '\0';
}

static int
fits(const json_t *rule, const struct rules_row *row, int owned)
{
	const char *who = text_of(rule, "counterparty"), *subject = text_of(rule, "subject");
	const char *type = text_of(rule, "type"), *code = text_of(rule, "code");

	if (owned && any(who) && any(subject))
		return 0;
	return (any(type) || rules_fit(type, row->type)) && (any(code) || rules_fit(code, row->code)) &&
	    (any(subject) || rules_fit(subject, row->subject)) &&
	    (any(who) || rules_fit(who, row->payer) || rules_fit(who, row->name) ||
	    rules_fit(who, row->payer_id));
}

void
rules_account(const struct rules *r, const char *provider, const struct rules_row *row,
    struct rules_hit *hit)
{
	static const struct {
		enum movement	 move;
		const char	*prefix;
		int		 of_account;	/* the provider account's name follows */
	} homes[] = {
		{ MOVE_FEE, "Expenses:Fees:", 1 }, { MOVE_HOLD, "Assets:Reserved:", 1 },
		{ MOVE_RELEASE, "Assets:Reserved:", 1 }, { MOVE_WITHDRAWAL, "Assets:Bank", 0 },
		{ MOVE_CONVERSION, "Equity:Conversion", 0 }, { MOVE_OTHER, "Assets:Suspense:", 1 },
	};
	json_t *rule;
	size_t i;

	memset(hit, 0, sizeof(*hit));
	hit->note = "";
	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		if (homes[i].move == row->move)
			payment_account(hit->account, homes[i].prefix, homes[i].of_account ? provider : "");
	if (row->move == MOVE_CONVERSION || row->move == MOVE_PAYOUT || row->move == MOVE_PAYOUT_RETURN)
		return;
	if (row->move == MOVE_OTHER && row->home[0] != '\0')
		payment_account(hit->account, row->home, "");
	if (r == NULL)
		return;
	json_array_foreach(r->list, i, rule)
		if (fits(rule, row, hit->account[0] == '\0')) {
			payment_account(hit->account, text_of(rule, "account"), "");
			hit->rule = i + 1;
			hit->note = text_of(rule, "note");
			return;
		}
}

/* ---- lines ---- */

struct scan {
	const char	*s, *end;
	size_t		 line;
};

/* The text at a quotation mark, passed over; *len without the quotes. */
static const char *
pass_text(struct scan *c, size_t *len)
{
	const char *begin = ++c->s;

	while (c->s < c->end && *c->s != '"')
		c->s += *c->s == '\\' && c->s + 1 < c->end ? 2 : 1;
	*len = (size_t)(c->s - begin);
	c->s += c->s < c->end;
	return begin;
}

size_t
rules_line(const char *text, size_t len, size_t rule, const char *member)
{
	struct scan c = { text, text + len, 1 };
	size_t depth = 0, at = 0, n, found = 1;
	const char *word;
	int value = 0;			/* a value of the array has begun */

	while (c.s < c.end) {
		if (*c.s == '\n')
			c.line++;
		if (depth == 1 && *c.s == ',')
			value = 0;
		else if (depth == 1 && !value && *c.s != ']' && strchr(" \t\r\n", *c.s) == NULL) {
			value = 1;
			if (++at == rule)
				found = c.line;
			else if (at > rule)
				break;
		}
		if (*c.s == '"') {
			word = pass_text(&c, &n);
			if (depth == 2 && at == rule && n == strlen(member) && memcmp(word, member, n) == 0) {
				while (c.s < c.end && strchr(" \t\r\n", *c.s) != NULL)
					c.line += *c.s++ == '\n';
				if (c.s < c.end && *c.s == ':')
					return c.line;
			}
			continue;
		}
		if (*c.s == '[' || *c.s == '{')
			depth++;
		else if ((*c.s == ']' || *c.s == '}') && depth > 0)
			depth--;
		c.s++;
	}
	return found;
}
