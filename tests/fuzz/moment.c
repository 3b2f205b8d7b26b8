/* moment: dates, days and zones of notifications, reports and our own files. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256], out[MOMENT_TEXT], day[MOMENT_DAY];
	struct error e = { 0 };
	int64_t us = 0, back;
	int doubtful, offset;

	if (moment_parse((const char *)data, size, &us, &e) == 0 &&
	    (moment_parse(moment_print_us(us, out), strlen(out), &back, &e) == -1 || back != us))
		broken("moment_parse", out);
	if (moment_paypal((const char *)data, size, &us, &doubtful, &e) == 0)
		(void)moment_print_us(us, out);
	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (moment_zone_offset(text, INT64_C(1795201323), &offset, &e) == 0 &&
	    (offset < -15 * 3600 || offset > 15 * 3600))
		broken("moment_zone_offset", text);
	if (moment_day_valid(text) && (moment_day_start(text, &us, &e) == -1 ||
	    strcmp(moment_day(us, day), text) != 0 || moment_days_between(text, day) != 0))
		broken("moment_day_start", text);
	return 0;
}
