/*
 * sftp -- lines of a listing: names, sizes, stamps; what is no file of ours.
 */
#include "unit.h"

#include "sftp.h"

static void
test_lines(void **state)
{
	static const struct { const char *line; int is; const char *name; int64_t size; const char *stamp; } v[] = {
		{ "-rw-r--r--    1 paypal  users   12345 Nov 24 10:00 STL-20240304.01.009.CSV\n", 1,
		    "STL-20240304.01.009.CSV", 12345, "12345 Nov 24 10:00" },
		{ "-rw-r--r-- 1 1000 1000 0 Mar  5  2024 A\r\n", 1, "A", 0, "0 Mar 5 2024" },
		{ "drwxr-xr-x 1 a b 4096 Nov 24 10:00 folder", 0, "", -1, "" },
		{ "lrwxrwxrwx 1 a b 9 Nov 24 10:00 link", 0, "", -1, "" },
		{ "-rw-r--r-- 1 a b 9 Nov 24 10:00 two words", 0, "", -1, "" },
		{ "STL-20240304.01.009.CSV", 1, "STL-20240304.01.009.CSV", -1, "" },
		{ "-rw-r--r-- 1 a b many Nov 24 10:00 B", 1, "B", -1, "" },
		{ "-rw-r--r-- 1 a b -5 Nov 24 10:00 B", 1, "B", -1, "" },
		{ "-rw-r--r-- 1 a b 99999999999999999999 Nov 24 10:00 B", 1, "B", -1, "" },
		{ "", 0, "", -1, "" }, { "   ", 0, "", -1, "" }, { "\n", 0, "", -1, "" },
	};
	struct sftp_entry en;
	char longest[600];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		assert_int_equal(sftp_entry_read(v[i].line, strlen(v[i].line), &en), v[i].is);
		if (!v[i].is)
			continue;
		assert_string_equal(en.name, v[i].name);
		assert_int_equal(en.size, v[i].size);
		assert_string_equal(en.stamp, v[i].stamp);
	}
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(sftp_entry_read(longest, sizeof(longest), &en), 0);
	assert_int_equal(sftp_entry_read("a\0b", 3, &en), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests_name("sftp", tests, NULL, NULL);
}
