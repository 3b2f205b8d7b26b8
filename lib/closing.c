/*
 * closing -- see closing.h.
 */
#include <stdio.h>
#include <string.h>

#include "closing.h"

static const char *
text(const json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s == NULL ? "" : s;
}

int
closing_period(const char *s, struct closing_period *p, struct error *e)
{
	size_t n = strlen(s);
	char day[MOMENT_DAY];
	int d;

	memset(p, 0, sizeof(*p));
	if (n == 10 && moment_day_valid(s)) {
		memcpy(p->from, s, n);
		memcpy(p->to, s, n);
	} else if (n == 7 && snprintf(day, sizeof(day), "%s-01", s) == 10 && moment_day_valid(day)) {
		memcpy(p->from, day, sizeof(day));
		for (d = 31; d >= 28; d--) {
			(void)snprintf(day, sizeof(day), "%.7s-%02d", s, d);
			if (moment_day_valid(day))
				break;
		}
		memcpy(p->to, day, sizeof(day));
	} else if (n == 4 && snprintf(day, sizeof(day), "%s-01-01", s) == 10 && moment_day_valid(day)) {
		memcpy(p->from, day, sizeof(day));
		(void)snprintf(p->to, sizeof(p->to), "%.4s-12-31", s);
	} else
		return error_set(e, ERR_INPUT, "period: a day 2026-11-21, a month 2026-11 or a year 2026 is "
		    "expected, not \"%.40s\"", s);
	memcpy(p->name, s, n + 1);
	return 0;
}

int
closing_holds(const json_t *row, const char *day)
{
	return strcmp(text(row, "status"), "closed") == 0 && strcmp(text(row, "from"), day) <= 0 &&
	    strcmp(day, text(row, "to")) <= 0;
}

int
closing_late(const json_t *row, const char *event_day, int64_t recorded)
{
	const char *at = text(row, "at");
	struct error ignored;
	int64_t closed;

	return closing_holds(row, event_day) && moment_parse(at, strlen(at), &closed, &ignored) == 0 &&
	    recorded > closed;
}

int
closing_covers(const struct statement *s, int64_t end)
{
	return s->from <= end && s->to > end - MOMENT_SECOND;
}

char *
closing_group(const char *account, char out[128])
{
	static const char customers[] = "Liabilities:Customers";

	(void)snprintf(out, 128, "%s", strncmp(account, customers, sizeof(customers) - 1) == 0 ? customers :
	    account);
	return out;
}
