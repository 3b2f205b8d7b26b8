/* site: daybook.json, a line "---", and one integration's file. */
#define FUZZ_FOLDER "integrations"
#include "fuzz.h"

#include "match_priv.h"
#include "money.h"
#include "site.h"
#include "text.h"

static void
integration(const struct site *s)
{
	struct integration in;
	struct error e = { 0 };
	int i;

	if (site_integration(s, "p", &in, &e) == -1) {
		if (e.code != ERR_CONFIG && e.code != ERR_NOTFOUND)
			broken("site_integration", e.text);
		return;
	}
	if (!text_id_valid(in.account, strlen(in.account)) || strcmp(in.id, "p") != 0 ||
	    strlen(in.url_key) < 16 || (in.endpoint[0] != '\0' && !s->stand_ins))
		broken("site_integration", in.account);
	for (i = 0; i < in.ncurrencies; i++)
		if (money_decimals(in.currencies[i]) > 3 || !site_accepts(&in, in.currencies[i]))
			broken("site_integration", in.currencies[i]);
	site_integration_free(&in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *second = memmem(data, size, "\n---\n", 5);
	size_t n = second == NULL ? size : (size_t)(second - data);
	struct error e = { 0 };
	struct site s;

	fuzz_file(fuzz_fd, "daybook.json", data, n);
	if (second != NULL)
		fuzz_file(fuzz_fd, "integrations/p.json", second + 5, size - n - 5);
	else
		(void)unlinkat(fuzz_fd, "integrations/p.json", 0);
	if (site_open(&s, fuzz_dir, &e) == -1) {
		if (e.code != ERR_CONFIG)
			broken("site_open", e.text);
		return 0;
	}
	if (s.window_days < 0 || s.window_days > 60 || s.limits.files_max < 0 || s.limits.bytes_max < 0 ||
	    s.limits.min_free < 0 || money_decimals(s.currency) > 3)
		broken("site_open", "settings");
	integration(&s);
	{
		struct match m = { .s = &s, .e = &e };

		memset(&e, 0, sizeof(e));
		if (match_rules_load(&m) == -1 && e.code != ERR_CONFIG)
			broken("match_rules_load", e.text);
		rules_free(m.rules);
	}
	site_close(&s);
	return 0;
}
