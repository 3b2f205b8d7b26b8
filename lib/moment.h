/*
 * moment -- times: int64_t microseconds since 1970 UTC inside, text outside.
 *
 * Everything that judges time takes `now` as an argument; only programs call moment_now.
 */
#ifndef DAYBOOK_MOMENT_H
#define DAYBOOK_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define MOMENT_TEXT	32		/* "2026-11-20T19:02:03.123456Z" and NUL */
#define MOMENT_DAY	11		/* "2026-11-20" and NUL */
#define MOMENT_SECOND	INT64_C(1000000)
#define MOMENT_DAY_US	(INT64_C(86400) * MOMENT_SECOND)

int64_t	 moment_now(void);				/* CLOCK_REALTIME */
char	*moment_print(int64_t us, char out[MOMENT_TEXT]);	/* "2026-11-20T19:02:03Z" */
char	*moment_print_us(int64_t us, char out[MOMENT_TEXT]);	/* "2026-11-20T19:02:03.123456Z" */
/* Either of the two forms above (0 to 6 decimals), whole string; ERR_INPUT otherwise. */
int	 moment_parse(const char *s, size_t len, int64_t *us, struct error *e);

/* RFC 3339 with any offset, whole string: "2026-11-20T19:02:03-08:00", "...+0000", "...Z"; decimals of a
 * second are cut.  ERR_INPUT otherwise. */
int	 moment_parse_offset(const char *s, size_t len, int64_t *us, struct error *e);

/*
 * moment_zone_set(name): the zone for the *_day calls, from the system's zone files
 * (IANA name or "UTC").  ERR_CONFIG where the machine does not know it.  Once per process.
 */
int	 moment_zone_set(const char *name, struct error *e);
/* The day in the zone set at that moment. */
char	*moment_day(int64_t us, char out[MOMENT_DAY]);
/* First microsecond of that day in the zone set; ERR_INPUT where s is no YYYY-MM-DD that exists. */
int	 moment_day_start(const char *s, int64_t *us, struct error *e);
/* 1 where s is an existing YYYY-MM-DD. */
int	 moment_day_valid(const char *s);
/* Days from a to b (b later: positive); both valid days. */
int	 moment_days_between(const char *a, const char *b);
/* Day n days after (before: negative). */
char	*moment_day_add(const char *day, int n, char out[MOMENT_DAY]);

/* UTC seconds of a civil time (proleptic Gregorian); month 1-12.  No checks beyond assert. */
int64_t	 moment_civil(int year, int month, int day, int hour, int min, int sec);

/*
 * moment_paypal: the dates of notifications (providers/paypal.md 2.7, 1.11):
 * "20:12:59 Jan 13, 2009 PST", also "Feb." with dot, one-digit days, PDT, no zone, the
 * simulator's "Sun May 24 2015 15:04:11 GMT-0700 (Pacific Daylight Time)", "2015-10-25 01:21:32".
 * *doubtful = 1 where no zone stood there (US Pacific, with its daylight saving rule, assumed).
 * ERR_INPUT where it is none of these; outputs untouched.
 */
int	 moment_paypal(const char *s, size_t len, int64_t *us, int *doubtful, struct error *e);

/*
 * moment_zone_offset: a report's own zone column: "PST" "PDT" "GMT" "BST" "CET" "CEST" ... ,
 * "GMT+02:00", "UTC", or an IANA name, for that local civil time (seconds as from moment_civil).
 * *offset_s: seconds east of UTC.  ERR_INPUT for an unknown zone.
 */
int	 moment_zone_offset(const char *zone, int64_t local_civil_s, int *offset_s, struct error *e);

#endif
