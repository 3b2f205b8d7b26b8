/*
 * breaks -- see breaks.h.
 */
#include <stdio.h>
#include <string.h>

#include "breaks.h"
#include "moment.h"

const char *
breaks_text(const json_t *b, const char *name)
{
	const char *s = json_string_value(json_object_get(b, name));

	return s == NULL ? "" : s;
}

int
breaks_status(const json_t *b)
{
	const char *s = breaks_text(b, "status");

	return strcmp(s, "expected") == 0 ? BREAK_EXPECTED : strcmp(s, "resolved") == 0 ? BREAK_RESOLVED :
	    strcmp(s, "explained") == 0 ? BREAK_EXPLAINED : BREAK_OPEN;
}

static void
amount(const json_t *b, const char *name, char out[MONEY_TEXT])
{
	const json_t *v = json_object_get(b, name);
	const char *ccy = breaks_text(b, "currency");

	out[0] = '\0';
	if (json_is_integer(v) && money_currency_known(ccy, strlen(ccy)))
		money_print(json_integer_value(v), ccy, out);
}

void
breaks_cells(struct breaks_cells *c, const char *id, const json_t *b, const char *day)
{
	const char *seen = breaks_text(b, "first_seen");
	json_int_t line = json_integer_value(json_object_get(b, "line"));
	const char *const cell[BREAKS_CELLS] = { id, breaks_text(b, "category"), breaks_text(b, "status"),
	    seen, c->age, breaks_text(b, "provider"), breaks_text(b, "payment_id"),
	    breaks_text(b, "currency"), c->report, c->ledger, c->difference, breaks_text(b, "file"),
	    c->line, breaks_text(b, "explanation") };

	memcpy(c->cell, cell, sizeof(cell));
	c->age[0] = c->line[0] = '\0';
	if (moment_day_valid(seen) && moment_day_valid(day))
		(void)snprintf(c->age, sizeof(c->age), "%d", moment_days_between(seen, day));
	if (line > 0)
		(void)snprintf(c->line, sizeof(c->line), "%lld", (long long)line);
	amount(b, "report_amount", c->report);
	amount(b, "ledger_amount", c->ledger);
	amount(b, "difference", c->difference);
}
