/* activity_short: a download whose payments are taken in short says what it says in full. */
#include "fuzz.h"

#include "../unit/both_ways.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const dates[] = { "", "mdy", "dmy", "ymd" };
	static const char decimals[] = { 0, '.', ',' };
	static const struct report_alias columns[] = { { "Saldo neu", "Balance" }, { "Wann", "Date" } };
	static const struct report_alias types[] = { { "Geschenk", "payment" }, { "Unfug", "nonsense" } };
	struct report_options o = { .decimal = decimals[size / 4 % 3], .sure = (int)(size / 12 % 2),
	    .columns = columns, .types = types, .ncolumns = 2, .ntypes = 2 };
	struct both_ways full, quick;
	int fd;

	memcpy(o.dates, dates[size % 4], strlen(dates[size % 4]) + 1);
	fd = fuzz_memfd(data, size);
	both_read(&full, fd, &o, 0);
	both_read(&quick, fd, &o, 1);
	if (quick.fault != NULL)
		broken("in short", quick.fault);
	if (strcmp(full.text.data, quick.text.data) != 0)
		broken("in short it is not what it is in full", quick.text.data);
	both_free(&full);
	both_free(&quick);
	close(fd);
	return 0;
}
