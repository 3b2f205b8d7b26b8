/*
 * match_rules -- where the other side of a report's row goes (contract.md, Accounts).
 *
 * The site's settings may hold rules: an array, or the name of a JSON file in the site that holds
 * one, of {"type": PATTERN, "counterparty": PATTERN, "account": ACCOUNT}.  '*' stands for
 * anything, case does not count, the first rule that fits wins.  Money of customers is no matter
 * of rules, unless one names the counterparty.
 */
#include <string.h>

#include "match_priv.h"
#include "payment.h"
#include "text.h"

#define RULES_BYTES	(1024 * 1024)

int
match_rules_fit(const char *pattern, const char *s)
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

static int
check_rule(struct match *m, const char *where, size_t i, const json_t *rule)
{
	static const char *const known[] = { "type", "counterparty", "account", "note" };
	const char *name, *account = json_string_value(json_object_get(rule, "account"));
	json_t *v;
	size_t k;

	if (!json_is_object(rule))
		return error_set(m->e, ERR_CONFIG, "%s: rule %zu: an object is expected", where, i + 1);
	json_object_foreach((json_t *)rule, name, v) {
		for (k = 0; k < 4 && strcmp(name, known[k]) != 0; k++)
			continue;
		if (k == 4 || !json_is_string(v))
			return error_set(m->e, ERR_CONFIG, "%s: rule %zu: \"%.40s\": texts named type, counterparty, "
			    "account, note are expected", where, i + 1, name);
	}
	if (account == NULL || !payment_account_valid(account))
		return error_set(m->e, ERR_CONFIG, "%s: rule %zu: account: \"%.80s\" is no account of these books",
		    where, i + 1, account == NULL ? "" : account);
	return 0;
}

int
match_rules_load(struct match *m)
{
	json_t *r = json_object_get(m->s->root, "rules"), *rule;
	const char *where = "daybook.json: rules";
	struct buf text = BUF_INIT(RULES_BYTES);
	json_error_t je;
	size_t i;
	int rc = -1;

	if (r == NULL || json_is_null(r))
		return 0;
	if (json_is_string(r)) {
		where = json_string_value(r);
		if (where[0] == '/' || strstr(where, "..") != NULL)
			return error_set(m->e, ERR_CONFIG, "daybook.json: rules: a file of the site is expected");
		if (buf_read_file(&text, m->s->fd, where, m->e) == -1) {
			m->e->code = ERR_CONFIG;
			goto out;
		}
		if ((m->rules = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &je)) == NULL) {
			error_set(m->e, ERR_CONFIG, "%s:%d: %s", where, je.line, je.text);
			goto out;
		}
	} else
		m->rules = json_incref(r);
	if (!json_is_array(m->rules)) {
		error_set(m->e, ERR_CONFIG, "%s: an array of rules is expected", where);
		goto out;
	}
	json_array_foreach(m->rules, i, rule)
		if (check_rule(m, where, i, rule) == -1)
			goto out;
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

static const char *
pattern(const json_t *rule, const char *name)
{
	const char *s = json_string_value(json_object_get(rule, name));

	return s == NULL || s[0] == '\0' ? "*" : s;
}

static const char *
find_rule(const struct match *m, const struct report_row *r, int owned)
{
	json_t *rule;
	size_t i;

	json_array_foreach(m->rules, i, rule) {
		const char *who = pattern(rule, "counterparty");

		if (owned && strcmp(who, "*") == 0)
			continue;
		if (match_rules_fit(pattern(rule, "type"), r->type) &&
		    (match_rules_fit(who, r->payer) || match_rules_fit(who, r->name)))
			return json_string_value(json_object_get(rule, "account"));
	}
	return NULL;
}

void
match_rules_account(const struct match *m, struct match_row *row)
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
	const char *account;
	size_t i;

	row->account[0] = '\0';
	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		if (homes[i].move == row->r.move)
			payment_account(row->account, homes[i].prefix,
			    homes[i].of_account ? m->o->account : "");
	if (row->r.move == MOVE_CONVERSION || row->r.move == MOVE_PAYOUT ||
	    row->r.move == MOVE_PAYOUT_RETURN)
		return;
	if ((account = find_rule(m, &row->r, row->account[0] == '\0')) != NULL) {
		payment_account(row->account, account, "");
		row->r.known_type = 1;
	}
}
