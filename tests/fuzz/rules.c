/* rules: a JSON text as rules and as tariffs: each fault has a line of the text, a sound schedule a range. */
#include "fuzz.h"

#include "money.h"
#include "payment.h"
#include "rules.h"
#include "tariff.h"

struct seen {
	const char	*text;
	size_t		 len, lines, faults;
};

static int
fault(void *arg, size_t rule, const char *member, const char *text, struct error *e)
{
	struct seen *s = arg;
	size_t line = rules_line(s->text, s->len, rule, member);

	(void)e;
	if (line < 1 || line > s->lines || text[0] == '\0')
		broken("rules_line", member);
	s->faults++;
	return 0;
}

static void
try_rules(json_t *list, struct seen *s)
{
	struct rules_row row = { MOVE_OTHER, "General Bonus", "T0800", "a@b.example", "A Name", "Subject", "", "" };
	struct rules *r = NULL;
	struct rules_hit hit;
	struct error e = { 0 };

	if (rules_check(list, "PayPal", fault, s, &e) == -1)
		broken("rules_check", e.text);
	if ((rules_load(&r, list, "rules", "PayPal", &e) == 0) != (s->faults == 0 || json_is_null(list)))
		broken("rules_load", e.text);
	if (r == NULL)
		return;
	rules_account(r, "PayPal", &row, &hit);
	if (!payment_account_valid(hit.account) || hit.rule > json_array_size(list))
		broken("rules_account", hit.account);
	rules_free(r);
}

static void
try_tariffs(const json_t *list)
{
	static const char *const methods[] = { TARIFF_MASS_PAY, TARIFF_MASS_PAY_IN, TARIFF_CHECKOUT };
	static const int64_t amounts[] = { -1, 0, 1, 9999, INT64_MAX / 5, INT64_MAX };
	struct buf text = BUF_INIT(1000);
	struct tariff *t = NULL;
	struct tariff_range r;
	struct error e = { 0 };
	size_t i, k;
	int64_t gross;

	if (tariff_load(&t, list, "tariffs", &e) == -1)
		return;
	for (i = 0; i < 3; i++)
		for (k = 0; k < sizeof(amounts) / sizeof(amounts[0]); k++) {
			if (!tariff_range(t, "PayPal", methods[i], "USD", amounts[k], "2026-11-20", &r))
				continue;
			if (r.lo < 0 || r.lo > r.hi)
				broken("tariff_range", methods[i]);
			if (tariff_text(&r, &text, &e) == -1)
				broken("tariff_text", e.text);
			buf_clear(&text);
			if (tariff_gross_up(t, "PayPal", methods[i], "USD", amounts[k], "2026-11-20", &gross) &&
			    (!tariff_range(t, "PayPal", methods[i], "USD", gross, "2026-11-20", &r) ||
			    gross - r.hi < amounts[k]))
				broken("tariff_gross_up", methods[i]);
		}
	buf_free(&text);
	tariff_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .text = (const char *)data, .len = size, .lines = 1 };
	json_t *j = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	size_t i;

	for (i = 0; i < size; i++)
		s.lines += data[i] == '\n';
	if (j != NULL) {
		try_rules(j, &s);
		try_tariffs(j);
	}
	json_decref(j);
	return 0;
}
