/*
 * table -- the three forms of a listing; no cell becomes a formula, a line or an escape sequence.
 */
#include "unit.h"

#include <jansson.h>

#include "table.h"

static void
csv_cells(void **state)
{
	static const struct { const char *s, *want; } v[] = {
		{ "", "" }, { "plain", "plain" }, { "a,b", "\"a,b\"" }, { "a\"b", "\"a\"\"b\"" },
		{ "two\nlines", "\"two\nlines\"" }, { "cr\r", "\"cr\r\"" }, { " lead", "\" lead\"" },
		{ "trail ", "\"trail \"" }, { "-1.50", "-1.50" }, { "+5", "+5" }, { "-", "\"'-\"" },
		{ "=1+1", "\"'=1+1\"" }, { "+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\"" },
		{ "-1+1", "\"'-1+1\"" }, { "@SUM(A1)", "\"'@SUM(A1)\"" }, { "\tx", "\"'\tx\"" },
		{ "\rx", "\"'\rx\"" }, { "=\"a\"", "\"'=\"\"a\"\"\"" }, { "-1.5e3", "\"'-1.5e3\"" },
		{ "a=b", "a=b" }, { "J\xc3\xb6rg", "J\xc3\xb6rg" },
	};
	struct buf b = BUF_INIT(1000);
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		buf_clear(&b);
		assert_works(buf_adds(&b, "", &e));
		assert_works(table_csv_cell(&b, v[i].s, &e));
		assert_string_equal(b.data, v[i].want);
	}
	buf_free(&b);
}

static void
render(enum table_format f, int rows, const char *want)
{
	static const char *const cells[2][3] = { { "C1", "J\xc3\xb6rg\x1b[31m", "-5.00" },
	    { "C1001", NULL, "1234.00" } };
	struct table *t = table_new("id,name,amount>", f);
	struct buf b = BUF_INIT(1000);
	struct error e;
	int i;

	assert_non_null(t);
	for (i = 0; i < rows; i++)
		assert_works(table_row(t, cells[i], &e));
	assert_works(table_render(t, &b, &e));
	assert_string_equal(b.data, want);
	buf_free(&b);
	table_free(t);
}

static void
listings(void **state)
{
	(void)state;
	render(TABLE_TEXT, 2, "id     name        amount\nC1     J\xc3\xb6rg?[31m    -5.00\n"
	    "C1001             1234.00\n");
	render(TABLE_CSV, 2, "id,name,amount\r\nC1,J\xc3\xb6rg\x1b[31m,-5.00\r\nC1001,,1234.00\r\n");
	render(TABLE_JSON, 2, "[\n{\"id\":\"C1\",\"name\":\"J\xc3\xb6rg\\u001B[31m\",\"amount\":\"-5.00\"},\n"
	    "{\"id\":\"C1001\",\"name\":\"\",\"amount\":\"1234.00\"}\n]\n");
	render(TABLE_TEXT, 0, "id  name  amount\n");
	render(TABLE_CSV, 0, "id,name,amount\r\n");
	render(TABLE_JSON, 0, "[\n]\n");
	table_free(NULL);
	assert_int_equal(table_format_find("text"), TABLE_TEXT);
	assert_int_equal(table_format_find("csv"), TABLE_CSV);
	assert_int_equal(table_format_find("json"), TABLE_JSON);
	assert_int_equal(table_format_find("JSON"), -1);
	assert_int_equal(table_format_find(""), -1);
}

/* A listing longer than its first piece of memory, read back as JSON. */
static void
many(void **state)
{
	struct table *t = table_new("n,square>", TABLE_JSON);
	struct buf b = BUF_INIT(1000000);
	struct error e;
	char n[16], square[16];
	const char *cells[2] = { n, square };
	json_t *j;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		(void)snprintf(n, sizeof(n), "%d", i);
		(void)snprintf(square, sizeof(square), "%d", i * i);
		assert_works(table_row(t, cells, &e));
	}
	assert_works(table_render(t, &b, &e));
	j = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(j), 1000);
	assert_string_equal(json_string_value(json_object_get(json_array_get(j, 999), "square")), "998001");
	json_decref(j);
	buf_free(&b);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_cells), cmocka_unit_test(listings), cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
