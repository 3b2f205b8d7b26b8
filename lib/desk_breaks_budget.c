/*
 * desk_breaks_budget -- what may be written off by item and by month (desk_breaks.h).
 */
#include <stdio.h>
#include <string.h>

#include "desk_breaks.h"
#include "money.h"

/* settings: "write_off": {"item": {"USD": "1.00"}, "month": {"USD": "20.00"}}.  1, or 0: none is set. */
static int
budget(struct break_case *c, const char *what, const char ccy[4], int64_t *minor)
{
	const char *s = json_string_value(json_object_get(json_object_get(
	    json_object_get(c->sh->site->root, "write_off"), what), ccy));
	struct error ignored = { 0 };

	return s != NULL && money_parse(s, strlen(s), ccy, minor, &ignored) == 0;
}

/* What the record's entries put on Expenses:WriteOff (one currency a break). */
static int
written_off(struct break_case *c, char ccy[4], int64_t *minor)
{
	size_t i, k;

	*minor = 0;
	ccy[0] = '\0';
	for (i = 0; i < c->r->nentries; i++)
		for (k = 0; k < c->r->entries[i].nlegs; k++) {
			const struct leg *l = &c->r->entries[i].legs[k];

			if (strcmp(l->account, "Expenses:WriteOff") != 0)
				continue;
			if (ccy[0] != '\0' && strcmp(ccy, l->currency) != 0)
				return desk_refuse(c->r, "budget", "%s: a write-off is of one currency", c->id);
			memcpy(ccy, l->currency, 4);
			if (money_add(minor, l->minor, c->e) == -1)
				return -1;
		}
	if (*minor < 0)
		*minor = -*minor;
	return 1;
}

int
break_spend(struct break_case *c)
{
	char ccy[4], day[MOMENT_DAY], key[16], text[MONEY_TEXT], most[MONEY_TEXT];
	int64_t minor, item = 0, month = 0, used, count;
	json_t *row = NULL;
	int a, b, rc = written_off(c, ccy, &minor);

	if (rc != 1 || minor == 0)
		return rc == -1 ? -1 : 0;
	a = budget(c, "item", ccy, &item);
	b = budget(c, "month", ccy, &month);
	if (!a || !b)
		return desk_refuse(c->r, "budget", "%s: no budget for write-offs in %s: write_off.%s.%s of "
		    "daybook.json is not set", c->id, ccy, !a ? "item" : "month", ccy);
	if (minor > item)
		return desk_refuse(c->r, "budget", "%s: %s %s is more than write_off.item.%s allows (%s)", c->id,
		    money_print(minor, ccy, text), ccy, ccy, money_print(item, ccy, most));
	(void)snprintf(key, sizeof(key), "%.7s.%s", moment_day(c->now, day), ccy);
	if (books_data(c->b, "write-off", key, &row, c->e) == -1)
		return -1;
	used = json_integer_value(json_object_get(row, "used"));
	count = json_integer_value(json_object_get(row, "count"));
	json_decref(row);
	if (money_add(&used, minor, c->e) == -1)
		return -1;
	if (used > month)
		return desk_refuse(c->r, "budget", "%s: with it %.7s would have %s %s written off, more than "
		    "write_off.month.%s allows (%s)", c->id, day, money_print(used, ccy, text), ccy, ccy,
		    money_print(month, ccy, most));
	return desk_put(c->r, "write-off", key, json_pack("{s:I,s:I}", "used", (json_int_t)used, "count",
	    (json_int_t)count + 1), c->e);
}
