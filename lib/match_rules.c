/*
 * match_rules -- the site's rules and homes (rules.h), asked for a report's row.
 */
#include <string.h>

#include "match_priv.h"
#include "rules.h"

int
match_rules_load(struct match *m)
{
	char where[SITE_WHERE];
	json_t *list;
	int rc;

	if (site_rows(m->s, "rules", &list, where, m->e) == -1)
		return -1;
	rc = rules_load(&m->rules, list, where, m->o == NULL ? NULL : m->o->account, m->e);
	json_decref(list);
	return rc;
}

void
match_rules_home(const struct rules *rules, const char *account, const struct report_row *r,
    struct rules_hit *hit)
{
	struct rules_row row = { .move = r->move, .type = r->type, .code = r->code, .payer = r->payer,
	    .name = r->name, .subject = r->subject, .payer_id = r->payer_id,
	    .home = r->home == NULL ? "" : r->home };

	rules_account(rules, account, &row, hit);
}

void
match_rules_account(const struct match *m, struct match_row *row)
{
	struct rules_hit hit;

	match_rules_home(m->rules, m->o->account, &row->r, &hit);
	memcpy(row->account, hit.account, sizeof(row->account));
	if (hit.rule != 0)
		row->r.known_type = 1;
}
