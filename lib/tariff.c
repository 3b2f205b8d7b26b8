/*
 * tariff -- see tariff.h.
 *
 * A percentage is a whole number of 1/10,000 of a percent: the product with an amount is split into
 * quotient and rest, so that nothing overflows on the way and the rounding sees every digit.
 */
#include <stdlib.h>
#include <string.h>

#include "moment.h"
#include "money.h"
#include "tariff.h"
#include "text.h"

#define PERCENT_DIGITS	4
#define PERCENT_ONE	INT64_C(10000)			/* one percent */
#define WHOLE		(100 * PERCENT_ONE)		/* a hundred */
#define SCHEDULES_MAX	10000
#define NO_CAP		INT64_MAX
#define AMOUNT_MAX	(INT64_MAX / 4)		/* may be doubled */

enum rounding { ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_UP, ROUND_DOWN, ROUNDINGS };
static const char *const rounding_name[ROUNDINGS] = { "half-up", "half-even", "up", "down" };
static const char *const methods[] = { TARIFF_MASS_PAY, TARIFF_MASS_PAY_IN, TARIFF_CHECKOUT };
const char *const tariff_source_name[] = { "unknown", "built-in", "setting" };

struct tariff_schedule {
	char		account[65];		/* or "*" */
	char		method[16];
	char		currency[4];		/* or "*" */
	char		from[MOMENT_DAY];	/* "" always */
	int64_t		percent, percent_abroad;
	int64_t		fixed, min, cap, cap_abroad;
	enum rounding	rounding;
	int		confirmed;
};

struct tariff {
	struct tariff_schedule	*v;
	size_t			 n;
};

/* ---- built in ---- */

#define TWO		(2 * PERCENT_ONE)
#define MASS(ccy, cap, abroad, sure)	{ "*", TARIFF_MASS_PAY, ccy, "", TWO, TWO, 0, 1, cap, abroad, \
	ROUND_HALF_UP, sure }

/* providers/paypal.md 3.4: minor units; USD and AUD are confirmed, the cap abroad of USD was seen. */
static const struct tariff_schedule built_in[] = {
	MASS("USD", 100, 2000, 1), MASS("AUD", 125, NO_CAP, 1), MASS("BRL", 200, NO_CAP, 0),
	MASS("CAD", 125, NO_CAP, 0), MASS("CHF", 130, NO_CAP, 0), MASS("CZK", 2400, NO_CAP, 0),
	MASS("DKK", 600, NO_CAP, 0), MASS("EUR", 85, NO_CAP, 0), MASS("GBP", 65, NO_CAP, 0),
	MASS("HKD", 700, NO_CAP, 0), MASS("HUF", 210, NO_CAP, 0), MASS("ILS", 400, NO_CAP, 0),
	MASS("JPY", 120, NO_CAP, 0), MASS("MXN", 1100, NO_CAP, 0), MASS("MYR", 400, NO_CAP, 0),
	MASS("NOK", 675, NO_CAP, 0), MASS("NZD", 150, NO_CAP, 0), MASS("PHP", 5000, NO_CAP, 0),
	MASS("PLN", 300, NO_CAP, 0), MASS("SEK", 900, NO_CAP, 0), MASS("SGD", 160, NO_CAP, 0),
	MASS("THB", 3600, NO_CAP, 0), MASS("TWD", 33, NO_CAP, 0),
	/* Other currencies have a cap that we don't know: anything up to 2 %. */
	{ "*", TARIFF_MASS_PAY, "*", "", 0, TWO, 0, 1, NO_CAP, NO_CAP, ROUND_HALF_UP, 0 },
	{ "*", TARIFF_MASS_PAY_IN, "*", "", 0, 0, 0, 0, NO_CAP, NO_CAP, ROUND_HALF_UP, 1 },
	{ "*", TARIFF_CHECKOUT, "USD", "", 34000, 34000, 30, 0, NO_CAP, NO_CAP, ROUND_HALF_UP, 0 },
};

/* ---- the fee ---- */

static int64_t
share(int64_t amount, int64_t percent, enum rounding how)
{
	int64_t rest = amount % WHOLE * percent, fee, twice;

	if (__builtin_mul_overflow(amount / WHOLE, percent, &fee))
		return NO_CAP;
	fee += rest / WHOLE;
	rest %= WHOLE;
	twice = 2 * rest;
	switch (how) {
	case ROUND_HALF_UP:
		return fee + (twice >= WHOLE);
	case ROUND_HALF_EVEN:
		return fee + (twice > WHOLE || (twice == WHOLE && fee % 2 != 0));
	case ROUND_UP:
		return fee + (rest > 0);
	default:
		return fee;
	}
}

static int64_t
fee_of(const struct tariff_schedule *s, int64_t amount, int64_t percent, int64_t cap)
{
	int64_t fee;

	if (__builtin_add_overflow(share(amount, percent, s->rounding), s->fixed, &fee))
		fee = NO_CAP;
	if (fee < s->min)
		fee = s->min;
	return fee > cap ? cap : fee;
}

/* How well a schedule fits: 0 not at all; account before currency before the later day. */
static int
better(const struct tariff_schedule *s, const struct tariff_schedule *than)
{
	int a = s->account[0] != '*', b = than->account[0] != '*';

	if (a != b)
		return a > b;
	a = s->currency[0] != '*';
	b = than->currency[0] != '*';
	if (a != b)
		return a > b;
	return strcmp(s->from, than->from) > 0;
}

static const struct tariff_schedule *
pick(const struct tariff_schedule *v, size_t n, const char *account, const char *method,
    const char ccy[4], const char *day)
{
	const struct tariff_schedule *best = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if ((v[i].account[0] == '*' || strcmp(v[i].account, account) == 0) &&
		    strcmp(v[i].method, method) == 0 &&
		    (v[i].currency[0] == '*' || strcmp(v[i].currency, ccy) == 0) &&
		    strcmp(v[i].from, day) <= 0 && (best == NULL || better(&v[i], best)))
			best = &v[i];
	return best;
}

int
tariff_range(const struct tariff *t, const char *account, const char *method, const char ccy[4],
    int64_t amount, const char *day, struct tariff_range *r)
{
	const struct tariff_schedule *s = t == NULL ? NULL : pick(t->v, t->n, account, method, ccy, day);

	memset(r, 0, sizeof(*r));
	memcpy(r->currency, ccy, sizeof(r->currency));
	r->source = TARIFF_SETTING;
	if (s == NULL) {
		s = pick(built_in, sizeof(built_in) / sizeof(built_in[0]), account, method, ccy, day);
		r->source = s == NULL ? TARIFF_NONE : TARIFF_BUILT_IN;
	}
	if (s == NULL)
		return 0;
	r->by = s;
	r->confirmed = s->confirmed;
	if (amount > 0) {
		r->lo = fee_of(s, amount, s->percent, s->cap);
		r->hi = fee_of(s, amount, s->percent_abroad, s->cap_abroad);
	}
	return 1;
}

/* What is left of an amount never shrinks as the amount grows: a percentage is at most a hundred. */
int
tariff_gross_up(const struct tariff *t, const char *account, const char *method, const char ccy[4],
    int64_t net, const char *day, int64_t *gross)
{
	struct tariff_range r;
	int64_t low = net - 1, high = net, mid;

	if (net <= 0 || net > AMOUNT_MAX || !tariff_range(t, account, method, ccy, net, day, &r))
		return 0;
	for (;; low = high, high *= 2) {
		(void)tariff_range(t, account, method, ccy, high, day, &r);
		if (high - r.hi >= net)
			break;
		if (high > AMOUNT_MAX)
			return 0;
	}
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		(void)tariff_range(t, account, method, ccy, mid, day, &r);
		if (mid - r.hi >= net)
			high = mid;
		else
			low = mid;
	}
	*gross = high;
	return 1;
}

int
tariff_configured(const struct tariff *t, const char *account, const char *method)
{
	size_t i;

	for (i = 0; t != NULL && i < t->n; i++)
		if ((t->v[i].account[0] == '*' || strcmp(t->v[i].account, account) == 0) &&
		    strcmp(t->v[i].method, method) == 0)
			return 1;
	return 0;
}

/* ---- for people ---- */

static int
percent_text(int64_t percent, struct buf *out, struct error *e)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld.%04lld", (long long)(percent / PERCENT_ONE),
	    (long long)(percent % PERCENT_ONE));

	while (n > 0 && text[n - 1] == '0')
		n--;
	if (n > 0 && text[n - 1] == '.')
		n--;
	return buf_addf(out, e, "%.*s", n, text);
}

static int
money_text(const char *before, int64_t minor, const char ccy[4], struct buf *out, struct error *e)
{
	char text[MONEY_TEXT];

	return buf_addf(out, e, "%s%s", before, money_print(minor, ccy, text));
}

int
tariff_text(const struct tariff_range *r, struct buf *out, struct error *e)
{
	const struct tariff_schedule *s = r->by;

	if (s == NULL)
		return buf_adds(out, "no schedule", e);
	if (percent_text(s->percent, out, e) == -1)
		return -1;
	if (s->percent_abroad != s->percent &&
	    (buf_adds(out, " to ", e) == -1 || percent_text(s->percent_abroad, out, e) == -1))
		return -1;
	if (buf_adds(out, " %", e) == -1 ||
	    (s->fixed != 0 && money_text(" + ", s->fixed, r->currency, out, e) == -1) ||
	    (s->min != 0 && money_text(", at least ", s->min, r->currency, out, e) == -1) ||
	    (s->cap != NO_CAP && money_text(", at most ", s->cap, r->currency, out, e) == -1))
		return -1;
	if (s->cap_abroad == s->cap)
		return 0;
	return s->cap_abroad == NO_CAP ? buf_adds(out, " (abroad no cap)", e) :
	    money_text(" (abroad ", s->cap_abroad, r->currency, out, e) == -1 ? -1 : buf_adds(out, ")", e);
}

/* ---- settings ---- */

struct loading {
	const char	*where;
	size_t		 i;		/* of the schedule, from 0 */
	const json_t	*j;
	struct error	*e;
};

static int
bad(const struct loading *l, const char *member, const char *expected)
{
	const json_t *v = json_object_get(l->j, member);
	char *text = v == NULL ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);

	error_set(l->e, ERR_CONFIG, "%s: schedule %zu: %s: %s is expected%s%.80s", l->where, l->i + 1,
	    member, expected, text == NULL ? "" : ", not ", text == NULL ? "" : text);
	free(text);
	return -1;
}

/* 1 a text stands there, 0 the member is missing, -1 it is something else. */
static int
member(const struct loading *l, const char *name, const char **s, const char *expected)
{
	const json_t *v = json_object_get(l->j, name);

	*s = "";
	if (v == NULL)
		return 0;
	if (!json_is_string(v) || json_string_length(v) != strlen(json_string_value(v)))
		return bad(l, name, expected);
	*s = json_string_value(v);
	return 1;
}

/* "3.4" as 34000: digits, and up to four decimals. */
static int
percent_read(const char *s, int64_t *v)
{
	size_t whole = strspn(s, "0123456789"), decimals = 0, i;
	int64_t n = 0;

	if (whole == 0 || whole > 3)
		return 0;
	if (s[whole] == '.') {
		decimals = strspn(s + whole + 1, "0123456789");
		if (decimals == 0 || decimals > PERCENT_DIGITS)
			return 0;
	}
	if (s[whole + (decimals > 0) + decimals] != '\0')
		return 0;
	for (i = 0; i < whole; i++)
		n = n * 10 + (s[i] - '0');
	for (i = 0; i < PERCENT_DIGITS; i++)
		n = n * 10 + (i < decimals ? s[whole + 1 + i] - '0' : 0);
	*v = n;
	return n <= WHOLE;
}

static int
take_percent(const struct loading *l, const char *name, int64_t otherwise, int64_t *v)
{
	static const char expected[] = "a text from \"0\" to \"100\" with up to four decimals, such as \"3.4\",";
	const char *s;
	int rc = member(l, name, &s, expected);

	*v = otherwise;
	return rc == -1 ? -1 : rc == 1 && !percent_read(s, v) ? bad(l, name, expected) : 0;
}

static int
take_money(const struct loading *l, const char *name, const char ccy[4], int64_t otherwise, int64_t *v)
{
	static const char expected[] = "a text of an amount in that currency, such as \"0.30\",";
	struct error ignored;
	const char *s;
	int rc = member(l, name, &s, expected);

	*v = otherwise;
	if (rc != 1)
		return rc;
	if (ccy[0] == '*')
		return error_set(l->e, ERR_CONFIG, "%s: schedule %zu: %s: an amount needs a currency beside it",
		    l->where, l->i + 1, name);
	if (money_parse(s, strlen(s), ccy, v, &ignored) == -1 || *v < 0)
		return bad(l, name, expected);
	return 0;
}

static int
take_names(const struct loading *l, struct tariff_schedule *s)
{
	const char *text;
	size_t i;
	int rc;

	if ((rc = member(l, "account", &text, "the name of a provider account, or \"*\",")) == -1)
		return -1;
	if (rc == 0 || strcmp(text, "*") == 0)
		text = "*";
	else if (!text_id_valid(text, strlen(text)))
		return bad(l, "account", "the name of a provider account, or \"*\",");
	memcpy(s->account, text, strlen(text) + 1);
	if (member(l, "method", &text, "a text") == -1)
		return -1;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]) && strcmp(methods[i], text) != 0; i++)
		continue;
	if (i == sizeof(methods) / sizeof(methods[0]))
		return bad(l, "method", "\"mass-pay\", \"mass-pay-in\" or \"checkout\"");
	memcpy(s->method, text, strlen(text) + 1);
	if ((rc = member(l, "currency", &text, "a currency such as \"USD\", or \"*\",")) == -1)
		return -1;
	if (rc == 0)
		text = "*";
	else if (strcmp(text, "*") != 0 && !money_currency_known(text, strlen(text)))
		return bad(l, "currency", "a currency such as \"USD\", or \"*\",");
	memcpy(s->currency, text, strlen(text) + 1);
	if ((rc = member(l, "from", &text, "a day such as \"2026-01-01\"")) == -1)
		return -1;
	if (rc == 1 && !moment_day_valid(text))
		return bad(l, "from", "a day such as \"2026-01-01\"");
	memcpy(s->from, text, strlen(text) + 1);
	return 0;
}

static int
take_rounding(const struct loading *l, enum rounding *r)
{
	static const char expected[] = "\"half-up\", \"half-even\", \"up\" or \"down\"";
	const char *s;
	int rc = member(l, "rounding", &s, expected), i;

	*r = ROUND_HALF_UP;
	if (rc != 1)
		return rc;
	for (i = 0; i < ROUNDINGS; i++)
		if (strcmp(rounding_name[i], s) == 0) {
			*r = (enum rounding)i;
			return 0;
		}
	return bad(l, "rounding", expected);
}

static int
take_figures(const struct loading *l, struct tariff_schedule *s)
{
	const char *c = s->currency, *text;

	if (json_object_get(l->j, "percent") == NULL && json_object_get(l->j, "fixed") == NULL)
		return bad(l, "percent", "a text such as \"3.4\" (or fixed)");
	if (take_percent(l, "percent", 0, &s->percent) == -1 ||
	    take_percent(l, "percent_international", s->percent, &s->percent_abroad) == -1 ||
	    take_money(l, "fixed", c, 0, &s->fixed) == -1 ||
	    take_money(l, "min", c, 0, &s->min) == -1 ||
	    take_money(l, "cap", c, NO_CAP, &s->cap) == -1)
		return -1;
	text = json_string_value(json_object_get(l->j, "cap_international"));
	if (text != NULL && strcmp(text, "none") == 0)
		s->cap_abroad = NO_CAP;
	else if (take_money(l, "cap_international", c, s->cap, &s->cap_abroad) == -1)
		return -1;
	if (s->percent_abroad < s->percent)
		return bad(l, "percent_international", "no less than percent");
	if (s->cap < s->min)
		return bad(l, "cap", "no less than min");
	if (s->cap_abroad < s->cap)
		return bad(l, "cap_international", "no less than cap");
	return take_rounding(l, &s->rounding);
}

static int
take_schedule(const struct loading *l, struct tariff *t)
{
	static const char *const known[] = { "account", "method", "currency", "from", "percent",
	    "percent_international", "fixed", "min", "cap", "cap_international", "rounding", "note" };
	struct tariff_schedule *s = &t->v[t->n];
	const char *name;
	json_t *v;
	size_t i;

	if (!json_is_object(l->j))
		return error_set(l->e, ERR_CONFIG, "%s: schedule %zu: an object is expected", l->where, l->i + 1);
	json_object_foreach((json_t *)l->j, name, v) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], name) != 0; i++)
			continue;
		if (i == sizeof(known) / sizeof(known[0]))
			return error_set(l->e, ERR_CONFIG, "%s: schedule %zu: %.60s: no such member", l->where,
			    l->i + 1, name);
	}
	if (take_names(l, s) == -1 || take_figures(l, s) == -1 || member(l, "note", &name, "a text") == -1)
		return -1;
	s->confirmed = 1;
	for (i = 0; i < t->n; i++)
		if (strcmp(t->v[i].account, s->account) == 0 && strcmp(t->v[i].method, s->method) == 0 &&
		    strcmp(t->v[i].currency, s->currency) == 0 && strcmp(t->v[i].from, s->from) == 0)
			return error_set(l->e, ERR_CONFIG, "%s: schedule %zu: from: schedule %zu is of the same "
			    "account, method, currency and day", l->where, l->i + 1, i + 1);
	t->n++;
	return 0;
}

int
tariff_load(struct tariff **out, const json_t *list, const char *where, struct error *e)
{
	struct loading l = { .where = where, .e = e };
	size_t n = json_array_size(list);
	struct tariff *t;

	if (list != NULL && !json_is_null(list) && !json_is_array(list))
		return error_set(e, ERR_CONFIG, "%s: an array of schedules is expected", where);
	if (n > SCHEDULES_MAX)
		return error_set(e, ERR_CONFIG, "%s: more than %d schedules", where, SCHEDULES_MAX);
	if ((t = calloc(1, sizeof(*t))) == NULL || (t->v = calloc(n + 1, sizeof(*t->v))) == NULL) {
		free(t);
		return error_sys(e, "%s", where);
	}
	for (l.i = 0; l.i < n; l.i++) {
		l.j = json_array_get(list, l.i);
		if (take_schedule(&l, t) == -1) {
			tariff_free(t);
			return -1;
		}
	}
	*out = t;
	return 0;
}

void
tariff_free(struct tariff *t)
{
	if (t == NULL)
		return;
	free(t->v);
	free(t);
}
