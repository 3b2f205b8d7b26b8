/*
 * moment_offset -- times of other people's programs, with an offset (moment.h).
 */
#include <string.h>

#include "moment.h"

/* n digits at s; -1 where they are none. */
static int
digits(const char *s, int n)
{
	int v = 0, i;

	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

int
moment_parse_offset(const char *s, size_t len, int64_t *us, struct error *e)
{
	char day[MOMENT_DAY], text[40] = "";
	int hour, min, sec, oh = 0, om = 0, sign = 1;
	const char *p;

	if (len < 20 || len >= sizeof(text))
		goto bad;
	memcpy(text, s, len);
	if (strlen(text) != len || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
	    text[13] != ':' || text[16] != ':')
		goto bad;
	memcpy(day, text, 10);
	day[10] = '\0';
	hour = digits(text + 11, 2);
	min = digits(text + 14, 2);
	sec = digits(text + 17, 2);
	if (!moment_day_valid(day) || hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 60)
		goto bad;
	p = text + 19;
	if (*p == '.') {
		if (strspn(p + 1, "0123456789") == 0)
			goto bad;
		p += 1 + strspn(p + 1, "0123456789");
	}
	if (*p == '+' || *p == '-') {
		sign = *p == '-' ? -1 : 1;
		oh = digits(p + 1, 2);
		p += oh < 0 ? 0 : 3;
		p += *p == ':';
		om = digits(p, 2);
		if (oh < 0 || oh > 15 || om < 0 || om > 59)
			goto bad;
		p += 2;
	} else if (*p == 'Z' || *p == 'z')
		p++;
	else
		goto bad;
	if (*p != '\0')
		goto bad;
	*us = (moment_civil(digits(day, 4), digits(day + 5, 2), digits(day + 8, 2), hour, min, sec) -
	    sign * (oh * 3600 + om * 60)) * MOMENT_SECOND;
	return 0;
bad:
	return error_set(e, ERR_INPUT, "a time such as 2026-11-20T19:02:03Z is expected");
}
