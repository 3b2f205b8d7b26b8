/*
 * moment -- see moment.h.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "moment.h"
#include "text.h"

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

int64_t
moment_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * MOMENT_SECOND + ts.tv_nsec / 1000;
}

/* Days since 1970-01-01 of a proleptic Gregorian date (Hinnant's algorithm, public domain). */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void
civil_from_days(int64_t z, int *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp + (mp < 10 ? 3 : -9));
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

int64_t
moment_civil(int year, int month, int day, int hour, int min, int sec)
{
	assert(month >= 1 && month <= 12 && day >= 1 && day <= 31);
	return days_from_civil(year, month, day) * 86400 + hour * 3600 + min * 60 + sec;
}

static int
month_days(int year, int month)
{
	static const int n[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
		return 29;
	return n[month - 1];
}

static int
civil_valid(int y, int mo, int d, int h, int mi, int s)
{
	return y >= 1970 && y <= 9999 && mo >= 1 && mo <= 12 && d >= 1 && d <= month_days(y, mo) &&
	    h >= 0 && h <= 23 && mi >= 0 && mi <= 59 && s >= 0 && s <= 60;
}

static void
put_digits(char *out, int64_t v, int n)
{
	while (n-- > 0) {
		out[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* "2026-11-20T19:02:03" */
static int64_t
print_civil(int64_t us, char *out)
{
	int64_t s = us / MOMENT_SECOND, rest = us % MOMENT_SECOND, days, tod;
	int y, m, d;

	if (rest < 0) {
		rest += MOMENT_SECOND;
		s--;
	}
	days = s / 86400;
	tod = s % 86400;
	if (tod < 0) {
		tod += 86400;
		days--;
	}
	civil_from_days(days, &y, &m, &d);
	memcpy(out, "0000-00-00T00:00:00", 19);
	put_digits(out, y, 4);
	put_digits(out + 5, m, 2);
	put_digits(out + 8, d, 2);
	put_digits(out + 11, tod / 3600, 2);
	put_digits(out + 14, tod / 60 % 60, 2);
	put_digits(out + 17, tod % 60, 2);
	return rest;
}

char *
moment_print(int64_t us, char out[MOMENT_TEXT])
{
	(void)print_civil(us, out);
	memcpy(out + 19, "Z", 2);
	return out;
}

char *
moment_print_us(int64_t us, char out[MOMENT_TEXT])
{
	int64_t rest = print_civil(us, out);

	memcpy(out + 19, ".000000Z", 9);
	put_digits(out + 20, rest, 6);
	return out;
}

/* n digits at s as a number, -1 where they are none. */
static int
number_at(const char *s, int n)
{
	int v = 0;

	while (n-- > 0) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s++ - '0');
	}
	return v;
}

int
moment_parse(const char *s, size_t len, int64_t *us, struct error *e)
{
	int y, mo, d, h, mi, sec;
	int64_t frac = 0, scale = MOMENT_SECOND;
	size_t i = 19;

	if (len < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':')
		goto bad;
	y = number_at(s, 4);
	mo = number_at(s + 5, 2);
	d = number_at(s + 8, 2);
	h = number_at(s + 11, 2);
	mi = number_at(s + 14, 2);
	sec = number_at(s + 17, 2);
	if (!civil_valid(y, mo, d, h, mi, sec))
		goto bad;
	if (s[i] == '.') {
		for (i++; i < len && s[i] >= '0' && s[i] <= '9' && scale > 1; i++) {
			scale /= 10;
			frac += (s[i] - '0') * scale;
		}
		if (i == 20)
			goto bad;
	}
	if (i + 1 != len || s[i] != 'Z')
		goto bad;
	*us = moment_civil(y, mo, d, h, mi, sec) * MOMENT_SECOND + frac;
	return 0;
bad:
	return error_set(e, ERR_INPUT, "time: YYYY-MM-DDTHH:MM:SSZ is expected");
}

/* ---- the site's zone ---- */

static int
zone_name_valid(const char *name)
{
	size_t i, n = strlen(name);

	if (n == 0 || n > 63 || name[0] == '/' || strstr(name, "..") != NULL)
		return 0;
	for (i = 0; i < n; i++)
		if (!((name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z') ||
		    (name[i] >= '0' && name[i] <= '9') || strchr("/_+-", name[i]) != NULL))
			return 0;
	return 1;
}

/* A folder of zones, or a list of them, would be taken for UTC without a word. */
static int
zone_exists(const char *name)
{
	char path[128], magic[4];
	int n = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name), fd, found;

	if (n < 0 || (size_t)n >= sizeof(path) || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	found = read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
	close(fd);
	return found;
}

static int
set_tz(const char *name)
{
	if (setenv("TZ", name, 1) == -1)
		return -1;
	tzset();
	return 0;
}

int
moment_zone_set(const char *name, struct error *e)
{
	if (!zone_name_valid(name) || (strcmp(name, "UTC") != 0 && !zone_exists(name)))
		return error_set(e, ERR_CONFIG, "time_zone: \"%s\" is no zone this machine knows", name);
	return set_tz(name) == -1 ? error_sys(e, "time_zone") : 0;
}

char *
moment_day(int64_t us, char out[MOMENT_DAY])
{
	static time_t cached = -1;	/* a batch asks for the same second a thousand times */
	static char day[MOMENT_DAY];
	time_t t = (time_t)(us / MOMENT_SECOND - (us % MOMENT_SECOND < 0));
	struct tm tm;

	if (t != cached) {
		localtime_r(&t, &tm);
		memcpy(day, "0000-00-00", sizeof(day));
		put_digits(day, tm.tm_year + 1900, 4);
		put_digits(day + 5, tm.tm_mon + 1, 2);
		put_digits(day + 8, tm.tm_mday, 2);
		cached = t;
	}
	return memcpy(out, day, sizeof(day));
}

static int
day_parts(const char *s, int *y, int *m, int *d)
{
	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return 0;
	*y = number_at(s, 4);
	*m = number_at(s + 5, 2);
	*d = number_at(s + 8, 2);
	return civil_valid(*y, *m, *d, 0, 0, 0);
}

int
moment_day_valid(const char *s)
{
	int y, m, d;

	return day_parts(s, &y, &m, &d);
}

int
moment_day_start(const char *s, int64_t *us, struct error *e)
{
	struct tm tm;
	int y, m, d;
	time_t t;

	if (!day_parts(s, &y, &m, &d))
		return error_set(e, ERR_INPUT, "\"%s\": a day YYYY-MM-DD is expected", s);
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	*us = (int64_t)t * MOMENT_SECOND;
	return 0;
}

int
moment_days_between(const char *a, const char *b)
{
	int y, m, d, y2, m2, d2;

	if (!day_parts(a, &y, &m, &d) || !day_parts(b, &y2, &m2, &d2))
		return 0;
	return (int)(days_from_civil(y2, m2, d2) - days_from_civil(y, m, d));
}

char *
moment_day_add(const char *day, int n, char out[MOMENT_DAY])
{
	int y = 1970, m = 1, d = 1;

	(void)day_parts(day, &y, &m, &d);
	civil_from_days(days_from_civil(y, m, d) + n, &y, &m, &d);
	memcpy(out, "0000-00-00", MOMENT_DAY);
	put_digits(out, y, 4);
	put_digits(out + 5, m, 2);
	put_digits(out + 8, d, 2);
	return out;
}

/* ---- zones of reports and notifications ---- */

/* Seconds east of UTC that zone has at a local time; the site's zone is put back. */
static int
iana_offset(const char *zone, int64_t local_s, int *offset)
{
	const char *tz = getenv("TZ");
	char *was = tz == NULL ? NULL : strdup(tz);
	int64_t days = local_s / 86400 - (local_s % 86400 < 0), tod = local_s - days * 86400;
	struct tm tm;
	int y, m, d;
	time_t t;

	memset(&tm, 0, sizeof(tm));
	civil_from_days(days, &y, &m, &d);
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	tm.tm_hour = (int)(tod / 3600);
	tm.tm_min = (int)(tod / 60 % 60);
	tm.tm_sec = (int)(tod % 60);
	tm.tm_isdst = -1;
	if (set_tz(zone) == 0) {
		t = mktime(&tm);
		*offset = (int)(local_s - (int64_t)t);
	}
	if (was != NULL)
		(void)set_tz(was);
	else {
		unsetenv("TZ");
		tzset();
	}
	free(was);
	return 0;
}

static const struct { const char *name; int hours; } abbreviations[] = {
	{ "PST", -8 }, { "PDT", -7 }, { "MST", -7 }, { "MDT", -6 }, { "CST", -6 }, { "CDT", -5 },
	{ "EST", -5 }, { "EDT", -4 }, { "AKST", -9 }, { "AKDT", -8 }, { "HST", -10 }, { "AST", -4 },
	{ "ADT", -3 }, { "BRT", -3 }, { "BRST", -2 }, { "GMT", 0 }, { "UTC", 0 }, { "WET", 0 },
	{ "BST", 1 }, { "WEST", 1 }, { "CET", 1 }, { "MEZ", 1 }, { "CEST", 2 }, { "MESZ", 2 },
	{ "EET", 2 }, { "EEST", 3 }, { "MSK", 3 }, { "SGT", 8 }, { "HKT", 8 }, { "AWST", 8 },
	{ "JST", 9 }, { "KST", 9 }, { "AEST", 10 }, { "AEDT", 11 }, { "NZST", 12 }, { "NZDT", 13 },
};

/* "+02:00", "+2:00", "-0800", "+2": 1 and seconds, else 0. */
static int
numeric_offset(const char *s, size_t len, int *offset)
{
	int sign, h, m = 0;

	if (len < 2 || (s[0] != '+' && s[0] != '-'))
		return 0;
	sign = s[0] == '-' ? -1 : 1;
	s++;
	len--;
	if (len == 1)
		h = number_at(s, 1);
	else if (len == 2)
		h = number_at(s, 2);
	else if (len == 4 && s[1] == ':') {
		h = number_at(s, 1);
		m = number_at(s + 2, 2);
	} else if (len == 4) {
		h = number_at(s, 2);
		m = number_at(s + 2, 2);
	} else if (len == 5 && s[2] == ':') {
		h = number_at(s, 2);
		m = number_at(s + 3, 2);
	} else
		return 0;
	if (h < 0 || h > 14 || m < 0 || m > 59)
		return 0;
	*offset = sign * (h * 3600 + m * 60);
	return 1;
}

int
moment_zone_offset(const char *zone, int64_t local_civil_s, int *offset_s, struct error *e)
{
	size_t i, n = strlen(zone);

	for (i = 0; i < sizeof(abbreviations) / sizeof(abbreviations[0]); i++)
		if (text_equal_ci(zone, n, abbreviations[i].name, strlen(abbreviations[i].name))) {
			*offset_s = abbreviations[i].hours * 3600;
			return 0;
		}
	if (n > 3 && (text_equal_ci(zone, 3, "GMT", 3) || text_equal_ci(zone, 3, "UTC", 3)) &&
	    numeric_offset(zone + 3, n - 3, offset_s))
		return 0;
	if (numeric_offset(zone, n, offset_s))
		return 0;
	if (zone_name_valid(zone) && strchr(zone, '/') != NULL && zone_exists(zone))
		return iana_offset(zone, local_civil_s, offset_s);
	return error_set(e, ERR_INPUT, "time zone \"%.40s\" is not known", zone);
}

/* US Pacific's offset at a local time: daylight saving by the rule of 2007 on, and of 1987 before. */
static int
pacific_offset(int y, int mo, int d, int h)
{
	int first, start, end, sm = y >= 2007 ? 3 : 4, em = y >= 2007 ? 11 : 10;

	/* first Sunday of a month: days_from_civil(1970-01-01) is a Thursday */
	first = (int)((10 - days_from_civil(y, sm, 1) % 7) % 7) + 1;
	start = y >= 2007 ? first + 7 : first;
	first = (int)((10 - days_from_civil(y, em, 1) % 7) % 7) + 1;
	if (y >= 2007)
		end = first;
	else
		for (end = first; end + 7 <= 31; end += 7)
			continue;
	if (mo < sm || mo > em || (mo == sm && (d < start || (d == start && h < 2))) ||
	    (mo == em && (d > end || (d == end && h >= 2))))
		return -8 * 3600;
	return -7 * 3600;
}

/* Words of a date: split at blanks, commas. */
struct words {
	const char	*s[12];
	size_t		 n[12];
	int		 count;
};

static void
split(const char *s, size_t len, struct words *w)
{
	size_t i = 0;

	w->count = 0;
	while (i < len && w->count < 12) {
		while (i < len && (s[i] == ' ' || s[i] == ','))
			i++;
		if (i == len)
			break;
		w->s[w->count] = s + i;
		while (i < len && s[i] != ' ' && s[i] != ',')
			i++;
		w->n[w->count] = (size_t)(s + i - w->s[w->count]);
		w->count++;
	}
}

static int
month_of(const char *s, size_t n)
{
	int i;

	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n < 3)
		return -1;
	for (i = 0; i < 12; i++)
		if (text_equal_ci(s, 3, months + 3 * i, 3))
			return i + 1;
	return -1;
}

static int
clock_of(const char *s, size_t n, int *h, int *m, int *sec)
{
	if (n == 7 && s[1] == ':') {
		*h = number_at(s, 1);
		s--;
		n++;
	} else if (n == 8)
		*h = number_at(s, 2);
	if (n != 8 || s[2] != ':' || s[5] != ':')
		return 0;
	*m = number_at(s + 3, 2);
	*sec = number_at(s + 6, 2);
	return *h >= 0 && *m >= 0 && *sec >= 0;
}

static int
small_number(const char *s, size_t n)
{
	return n == 1 || n == 2 || n == 4 ? number_at(s, (int)n) : -1;
}

int
moment_paypal(const char *s, size_t len, int64_t *us, int *doubtful, struct error *e)
{
	struct words w;
	int y = -1, mo = -1, d = -1, h = -1, mi = -1, sec = -1, offset = 0, zone = 0;
	int64_t t;

	if (len > 128)
		goto bad;
	split(s, len, &w);
	if (w.count >= 4 && clock_of(w.s[0], w.n[0], &h, &mi, &sec)) {
		/* 20:12:59 Jan 13, 2009 PST */
		mo = month_of(w.s[1], w.n[1]);
		d = small_number(w.s[2], w.n[2]);
		y = small_number(w.s[3], w.n[3]);
		zone = 4;
	} else if (w.count >= 5 && clock_of(w.s[4], w.n[4], &h, &mi, &sec)) {
		/* Sun May 24 2015 15:04:11 GMT-0700 (Pacific Daylight Time) */
		mo = month_of(w.s[1], w.n[1]);
		d = small_number(w.s[2], w.n[2]);
		y = small_number(w.s[3], w.n[3]);
		zone = 5;
	} else if (w.count >= 2 && w.n[0] == 10 && w.s[0][4] == '-' && w.s[0][7] == '-' &&
	    clock_of(w.s[1], w.n[1], &h, &mi, &sec)) {
		y = number_at(w.s[0], 4);
		mo = number_at(w.s[0] + 5, 2);
		d = number_at(w.s[0] + 8, 2);
		zone = 2;
	} else if (len >= 20 && s[10] == 'T')
		return moment_parse(s, len, us, e) == -1 ? -1 : (*doubtful = 0, 0);
	else
		goto bad;
	if (!civil_valid(y, mo, d, h, mi, sec))
		goto bad;
	t = moment_civil(y, mo, d, h, mi, sec);
	if (w.count > zone) {
		char name[64];
		struct error unknown;

		if (w.n[zone] >= sizeof(name))
			goto bad;
		memcpy(name, w.s[zone], w.n[zone]);
		name[w.n[zone]] = '\0';
		if (moment_zone_offset(name, t, &offset, &unknown) == -1)
			goto bad;
		*doubtful = 0;
	} else {
		offset = pacific_offset(y, mo, d, h);
		*doubtful = 1;
	}
	*us = (t - offset) * MOMENT_SECOND;
	return 0;
bad:
	return error_set(e, ERR_INPUT, "date: HH:MM:SS Mmm DD, YYYY PST is expected");
}
