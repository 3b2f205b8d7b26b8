/*
 * paypal_checkout -- what an account's API and report credentials are for (contract.md, Integration
 * kinds): NVP (username, password, signature), REST (client_id, client_secret), reports by SFTP.
 *
 * Each of the three may be there or not, but is whole or not at all; one is needed.
 */
#include <stdio.h>
#include <string.h>

#include "provider/lookup.h"
#include "provider/provider.h"
#include "provider/setting.h"
#include "text.h"

static int
check_word(const char *value, struct error *e)
{
	size_t i;

	for (i = 0; value[i] != '\0'; i++)
		if ((unsigned char)value[i] <= ' ' || (unsigned char)value[i] > 0x7e)
			return error_set(e, ERR_INPUT, "\"%.60s\": printable ASCII without blanks is expected", value);
	return 0;
}

static int
check_host(const char *value, struct error *e)
{
	if (value[0] != '-' && strlen(value) < 254 && strspn(value, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(value))
		return 0;
	return error_set(e, ERR_INPUT, "sftp_host: a host name is expected, not \"%.100s\"", value);
}

static int
check_port(const char *value, struct error *e)
{
	int64_t port;

	return text_number(value, strlen(value), 1, 65535, &port, "sftp_port", e);
}

static int
check_directory(const char *value, struct error *e)
{
	if (value[0] == '/' && strstr(value, "..") == NULL && text_line_valid(value, 200) &&
	    strpbrk(value, "?#%\\\" ") == NULL)
		return 0;
	return error_set(e, ERR_INPUT, "sftp_directory: a folder from / on is expected");
}

/* "SHA256:..." as ssh-keygen -lf prints it; several, for a host has a key of each kind. */
static int
check_host_key(const char *value, struct error *e)
{
	const char *s;
	size_t n;
	int i;

	for (i = 0; site_list_item(value, i, &s, &n); i++)
		if (n < 50 || n > 51 || strncmp(s, "SHA256:", 7) != 0 ||
		    strspn(s + 7, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=") < n - 7)
			return error_set(e, ERR_INPUT, "sftp_host_key: fingerprints SHA256:... (as ssh-keygen -l "
			    "prints them), comma separated, are expected");
	return i > 0 ? 0 : error_set(e, ERR_INPUT, "sftp_host_key: a fingerprint is expected");
}

static int
check_key_file(const char *value, struct error *e)
{
	if (text_line_valid(value, 500) && strstr(value, "..") == NULL)
		return 0;
	return error_set(e, ERR_INPUT, "sftp_key_file: the path of a private key is expected");
}

static const struct setting settings[] = {
	{ "receiver", "Our PayPal addresses", "E-mail addresses and merchant ids of the account, comma "
	    "separated; data of another account are refused", 0, 0, setting_receiver },
	{ "account", "Name in the books", "PayPal unless there are several accounts", 0, 0, NULL },
	{ "currencies", "Accepted currencies", "Comma separated; others go to Unallocated", 0, 0,
	    setting_currencies },
	{ "deduct_fee", "Fee at the customer's cost", "yes: credited net of the fee", 0, 0,
	    setting_deduct_fee },
	{ "username", "NVP: API username", "As in name_api1.example.com", 0, 0, check_word },
	{ "password", "NVP: API password", "", 1, 0, check_word },
	{ "signature", "NVP: API signature", "", 1, 0, check_word },
	{ "client_id", "REST: client id", "Of an app with the option Transaction Search", 0, 0,
	    check_word },
	{ "client_secret", "REST: secret", "", 1, 0, check_word },
	{ "sftp_host", "SFTP: host", "reports.paypal.com, for test reports.sandbox.paypal.com", 0, 0,
	    check_host },
	{ "sftp_port", "SFTP: port", "22", 0, 0, check_port },
	{ "sftp_directory", "SFTP: folder", "/ppreports/outgoing", 0, 0, check_directory },
	{ "sftp_user", "SFTP: user", "Made under Account settings > Account access > Secure FTP", 0, 0,
	    check_word },
	{ "sftp_host_key", "SFTP: the host's key", "Its SHA256:... fingerprint; no other host is talked to",
	    0, 0, check_host_key },
	{ "sftp_key_file", "SFTP: private key", "Path of a file only the batch user may read", 0, 0,
	    check_key_file },
	{ "sftp_password", "SFTP: password", "Where there is no key", 1, 0, NULL },
	{ "report_dates", "Dates in downloads", "mdy, dmy or ymd", 0, 0, setting_report_dates },
	{ "report_decimal", "Decimals in downloads", "point or comma", 0, 0, setting_report_decimal },
	{ "endpoint", "Stand-in", "Tests only: scheme, host and port instead of PayPal's", 0, 0,
	    setting_endpoint },
	{ NULL, NULL, NULL, 0, 0, NULL },
};

static const char where[] =
    "NVP: Account settings > Account access > API access > NVP/SOAP API integration.  REST: log in to\n"
    "developer.paypal.com > Apps & Credentials; the app needs \"Transaction search\" (it takes up to nine\n"
    "hours until it works).  SFTP: Account settings > Account access > Secure FTP, once PayPal has\n"
    "enabled reports for the account.";

static int
has(const json_t *all, const char *name)
{
	const json_t *v = json_object_get(all, name);

	return v != NULL && (!json_is_string(v) || json_string_length(v) > 0);
}

static int
whole(const json_t *all, struct error *e)
{
	static const char *const sets[][4] = {
		{ "username", "password", "signature", NULL }, { "client_id", "client_secret", NULL },
		{ "sftp_user", "sftp_host_key", NULL },
	};
	size_t i, k;
	int sources = 0, n;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const char *missing = NULL;

		for (n = 0, k = 0; sets[i][k] != NULL; k++) {
			if (has(all, sets[i][k]))
				n++;
			else
				missing = sets[i][k];
		}
		if (n > 0 && missing != NULL)
			return error_set(e, ERR_INPUT, "%s: %s is missing", sets[i][0], missing);
		sources += n > 0;
	}
	if (has(all, "sftp_user") && !has(all, "sftp_key_file") && !has(all, "sftp_password"))
		return error_set(e, ERR_INPUT, "sftp_user: sftp_key_file or sftp_password is missing");
	return sources > 0 ? 0 : error_set(e, ERR_INPUT, "paypal-checkout: credentials of NVP (username, "
	    "password=@FILE, signature=@FILE), of REST (client_id, client_secret=@FILE), or sftp_user are "
	    "needed");
}

const struct provider provider_paypal_checkout = {
	.kind = "paypal-checkout",
	.account = "PayPal",
	.settings = settings,
	.where = where,
	.whole = whole,
	.lookup = &lookup_paypal,
};
