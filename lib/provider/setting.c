/*
 * setting -- see setting.h.
 */
#include <string.h>

#include "money.h"
#include "provider/setting.h"
#include "site.h"
#include "text.h"

int
setting_receiver(const char *value, struct error *e)
{
	const char *s;
	size_t n;
	int i;

	for (i = 0; site_list_item(value, i, &s, &n); i++) {
		size_t k;

		if (n > 127)
			return error_set(e, ERR_INPUT, "receiver: longer than 127 characters");
		for (k = 0; k < n; k++)
			if ((unsigned char)s[k] <= ' ' || s[k] == 0x7f)
				return error_set(e, ERR_INPUT, "receiver: \"%.*s\" holds a blank", (int)n, s);
		if (memchr(s, '@', n) == NULL)
			for (k = 0; k < n; k++)
				if (!((s[k] >= 'A' && s[k] <= 'Z') || (s[k] >= '0' && s[k] <= '9')))
					return error_set(e, ERR_INPUT, "receiver: \"%.*s\" is neither an e-mail "
					    "address nor a merchant id (capital letters and digits)", (int)n, s);
	}
	return i == 0 ? error_set(e, ERR_INPUT, "receiver: at least one address or merchant id") : 0;
}

int
setting_deduct_fee(const char *value, struct error *e)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
		return 0;
	return error_set(e, ERR_INPUT, "deduct_fee: yes or no is expected, not \"%s\"", value);
}

int
setting_currencies(const char *value, struct error *e)
{
	const char *s;
	size_t n;
	int i;

	for (i = 0; site_list_item(value, i, &s, &n); i++)
		if (!money_currency_known(s, n))
			return error_set(e, ERR_INPUT, "currencies: \"%.*s\" is no currency", (int)(n > 32 ? 32 :
			    n), s);
	return 0;
}

int
setting_report_dates(const char *value, struct error *e)
{
	if (strcmp(value, "mdy") == 0 || strcmp(value, "dmy") == 0 || strcmp(value, "ymd") == 0)
		return 0;
	return error_set(e, ERR_INPUT, "report_dates: mdy, dmy or ymd is expected, not \"%s\"", value);
}

int
setting_report_decimal(const char *value, struct error *e)
{
	if (strcmp(value, "point") == 0 || strcmp(value, "comma") == 0)
		return 0;
	return error_set(e, ERR_INPUT, "report_decimal: point or comma is expected, not \"%s\"", value);
}

int
setting_endpoint(const char *value, struct error *e)
{
	if (text_url(value) >= TEXT_URL_LOOPBACK)
		return 0;
	return error_set(e, ERR_INPUT, "endpoint: https://HOST, or http to a loopback address, is expected, "
	    "not \"%.100s\"", value);
}
