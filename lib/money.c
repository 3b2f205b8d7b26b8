/*
 * money -- see money.h.
 */
#include <assert.h>
#include <string.h>

#include "money.h"

/* Active ISO 4217 codes people are paid in, without funds and metals. */
static const char two[] =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
    "TOP TRY TTD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWL ";
/* HUF and TWD have two in ISO 4217; PayPal takes whole units only (paypal.md 2.3). */
static const char none[] =
    "JPY HUF TWD BIF CLP DJF GNF ISK KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ";
static const char three[] = "BHD IQD JOD KWD LYD OMR TND ";

_Static_assert((sizeof(two) + sizeof(none) + sizeof(three)) / 4 < MONEY_CURRENCIES, "more room");

static int
in_list(const char *list, const char *s)
{
	for (; *list != '\0'; list += 4)
		if (memcmp(list, s, 3) == 0)
			return 1;
	return 0;
}

int
money_currency_known(const char *s, size_t len)
{
	size_t i;

	if (len != 3)
		return 0;
	for (i = 0; i < 3; i++)
		if (s[i] < 'A' || s[i] > 'Z')
			return 0;
	return in_list(two, s) || in_list(none, s) || in_list(three, s);
}

#define LISTED(list)	((int)(sizeof(list) / 4))

static int
place(const char *list, const char *s)
{
	int i;

	for (i = 0; list[i * 4] != '\0'; i++)
		if (memcmp(list + i * 4, s, 3) == 0)
			return i;
	return -1;
}

int
money_number(const char ccy[4])
{
	int i;

	if ((i = place(two, ccy)) != -1)
		return i;
	if ((i = place(none, ccy)) != -1)
		return LISTED(two) + i;
	i = place(three, ccy);
	assert(i != -1);
	return LISTED(two) + LISTED(none) + i;
}

const char *
money_code(int number)
{
	if (number < LISTED(two))
		return two + number * 4;
	number -= LISTED(two);
	return number < LISTED(none) ? none + number * 4 : three + (number - LISTED(none)) * 4;
}

int
money_decimals(const char ccy[4])
{
	if (in_list(none, ccy))
		return 0;
	if (in_list(three, ccy))
		return 3;
	assert(in_list(two, ccy));
	return 2;
}

/* Digits of the whole part and of the fraction into minor units. */
static int
combine(const char *whole, size_t nwhole, const char *frac, size_t nfrac, int negative,
    const char ccy[4], int64_t *minor, struct error *e)
{
	int decimals = money_decimals(ccy), i;
	int64_t v = 0;
	size_t k;

	if (nwhole == 0 || nwhole > 12)
		return error_set(e, ERR_INPUT, "amount: 1 to 12 digits are expected before the decimals");
	for (k = 0; k < nwhole; k++)
		v = v * 10 + (whole[k] - '0');
	for (i = 0; i < decimals; i++)
		v = v * 10 + ((size_t)i < nfrac ? frac[i] - '0' : 0);
	for (k = (size_t)decimals; k < nfrac; k++)
		if (frac[k] != '0')
			return error_set(e, ERR_INPUT, "amount: %s has %d decimals", ccy, decimals);
	*minor = negative ? -v : v;
	return 0;
}

static int
digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return 0;
	return 1;
}

int
money_parse(const char *s, size_t len, const char ccy[4], int64_t *minor, struct error *e)
{
	int negative = len > 0 && s[0] == '-';
	const char *dot;
	size_t nwhole, nfrac = 0;

	s += negative;
	len -= (size_t)negative;
	dot = len == 0 ? NULL : memchr(s, '.', len);
	nwhole = dot == NULL ? len : (size_t)(dot - s);
	if (dot != NULL)
		nfrac = len - nwhole - 1;
	if (nwhole == 0 || !digits(s, nwhole) || (dot != NULL && (nfrac == 0 || nfrac > 3 ||
	    !digits(dot + 1, nfrac))))
		return error_set(e, ERR_INPUT, "amount: digits, a point and decimals are expected");
	return combine(s, nwhole, dot == NULL ? "" : dot + 1, nfrac, negative, ccy, minor, e);
}

/* Length of a thousands separator at s, 0 where there is none. */
static size_t
separator(const char *s, size_t len, char decimal)
{
	if (len >= 1 && (s[0] == ' ' || s[0] == '\'' || (s[0] == '.' && decimal == ',') ||
	    (s[0] == ',' && decimal == '.')))
		return 1;
	if (len >= 2 && memcmp(s, "\xc2\xa0", 2) == 0)		/* U+00A0 */
		return 2;
	if (len >= 3 && memcmp(s, "\xe2\x80\xaf", 3) == 0)	/* U+202F */
		return 3;
	return 0;
}

int
money_parse_local(const char *s, size_t len, const char ccy[4], char decimal, int64_t *minor,
    struct error *e)
{
	char whole[32];
	size_t n = 0, group = 0, i, skip;
	int negative = 0, grouped = 0;

	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	while (len > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		len--;
	}
	if (len > 0 && s[0] == '-') {
		negative = 1;
		s++;
		len--;
	} else if (len > 2 && memcmp(s, "\xe2\x88\x92", 3) == 0) {	/* U+2212 minus */
		negative = 1;
		s += 3;
		len -= 3;
	}
	for (i = 0; i < len && s[i] != decimal;) {
		if (s[i] >= '0' && s[i] <= '9') {
			if (n == sizeof(whole))
				goto bad;
			whole[n++] = s[i++];
			group++;
		} else if ((skip = separator(s + i, len - i, decimal)) != 0) {
			/* groups of three behind a first of one to three */
			if (n == 0 || (grouped ? group != 3 : group > 3))
				goto bad;
			grouped = 1;
			group = 0;
			i += skip;
		} else
			goto bad;
	}
	if (n == 0 || (grouped && group != 3))
		goto bad;
	if (i == len)
		return combine(whole, n, "", 0, negative, ccy, minor, e);
	if (len - i - 1 == 0 || len - i - 1 > 3 || !digits(s + i + 1, len - i - 1))
		goto bad;
	return combine(whole, n, s + i + 1, len - i - 1, negative, ccy, minor, e);
bad:
	return error_set(e, ERR_INPUT, "amount: digits with a decimal %s are expected",
	    decimal == ',' ? "comma" : "point");
}

char *
money_print(int64_t minor, const char ccy[4], char out[MONEY_TEXT])
{
	uint64_t v = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
	int decimals = money_decimals(ccy), i = MONEY_TEXT - 1, d = 0;

	out[i] = '\0';
	do {
		if (d == decimals && d > 0)
			out[--i] = '.';
		out[--i] = (char)('0' + v % 10);
		v /= 10;
		d++;
	} while (v > 0 || d <= decimals);
	if (minor < 0)
		out[--i] = '-';
	return memmove(out, out + i, (size_t)(MONEY_TEXT - i));
}

int
money_add(int64_t *sum, int64_t minor, struct error *e)
{
	int64_t v;

	if (__builtin_add_overflow(*sum, minor, &v))
		return error_set(e, ERR_INPUT, "amount overflows");
	*sum = v;
	return 0;
}

int
money_sub(int64_t *sum, int64_t minor, struct error *e)
{
	int64_t v;

	if (__builtin_sub_overflow(*sum, minor, &v))
		return error_set(e, ERR_INPUT, "amount overflows");
	*sum = v;
	return 0;
}
