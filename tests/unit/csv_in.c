/*
 * csv_in -- rows of CSV and TAB, the lines they stand on, what is refused and where.
 */
#include "unit.h"

#include "csv_in.h"

struct seen {
	struct buf	 text;		/* "LINE:a|b|c\n" */
	size_t		 rows;
	size_t		 stop;		/* fail at that row */
};

static int
take(void *arg, const struct csv_row *row, struct error *e)
{
	struct seen *s = arg;
	size_t i;

	if (++s->rows == s->stop)
		return error_set(e, ERR_CONFLICT, "enough");
	if (buf_addf(&s->text, e, "%zu:", row->line) == -1)
		return -1;
	for (i = 0; i < row->n; i++)
		if (row->f[i].s[row->f[i].len] != '\0' || (i > 0 && buf_adds(&s->text, "|", e) == -1) ||
		    buf_add(&s->text, row->f[i].s, row->f[i].len, e) == -1)
			return -1;
	return buf_adds(&s->text, "\n", e);
}

/* Through both ways in: from memory and from a descriptor. */
static int
both(const char *p, size_t len, char delim, struct seen *s, struct error *e)
{
	struct seen again = { .text = BUF_INIT(16 * 1024 * 1024), .stop = s->stop };
	struct error e2 = { 0 };
	int dir = scratch(), fd, rc, rc2;

	s->text = (struct buf)BUF_INIT(16 * 1024 * 1024);
	s->rows = 0;
	put_file(dir, "f", p, len);
	fd = openat(dir, "f", O_RDONLY);
	rc2 = csv_in_fd(fd, "f.csv", delim, take, &again, &e2);
	close(fd);
	close(dir);
	rc = csv_in_mem(p, len, "f.csv", delim, take, s, e);
	assert_int_equal(rc, rc2);
	assert_int_equal(s->rows, again.rows);
	if (rc == -1)
		assert_string_equal(e->text, e2.text);
	if (s->text.len > 0)
		assert_string_equal(s->text.data, again.text.data);
	buf_free(&again.text);
	return rc;
}

static void
rows(void **state)
{
	static const struct { const char *in; char delim; const char *want; } v[] = {
		{ "", 0, "" }, { "\n\n\r\n", 0, "" }, { ",,\n", 0, "" }, { "a,b\n1,2\n", 0, "1:a|b\n2:1|2\n" },
		{ "a,b\r\n1,2\r\n", 0, "1:a|b\n2:1|2\n" }, { "a,b\n1,2", 0, "1:a|b\n2:1|2\n" },
		{ "\xef\xbb\xbf\"Date\",\"Time\"\n", 0, "1:Date|Time\n" }, { "\xef\xbb\xbf", 0, "" },
		{ "a\tb,c\td\n1\t2\t3\n", 0, "1:a|b,c|d\n2:1|2|3\n" }, { "a,b\tc,d\n", 0, "1:a|b\tc|d\n" },
		{ "a,b\tc,d\n", '\t', "1:a,b|c,d\n" }, { "a\tb,c\n", ',', "1:a\tb|c\n" },
		{ "\"a \"\"b\"\"\",c\n", 0, "1:a \"b\"|c\n" }, { "\"a,b\",c\n", 0, "1:a,b|c\n" },
		{ "\"two\nlines\",x\ny,z\n", 0, "1:two\nlines|x\n3:y|z\n" },
		{ "\n\na,b\n\n\nc,d\n", 0, "3:a|b\n6:c|d\n" }, { "\"\",\"\"\na,\n", 0, "2:a|\n" },
		{ "a, b ,\" c \"\n", 0, "1:a|b| c \n" },
	};
	struct seen s = { .stop = 0 };
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		assert_works(both(v[i].in, strlen(v[i].in), v[i].delim, &s, &e));
		assert_string_equal(s.text.data == NULL ? "" : s.text.data, v[i].want);
		buf_free(&s.text);
	}
	assert_works(both("a\0b,c\n", 6, 0, &s, &e));	/* a NUL is a byte like another */
	assert_memory_equal(s.text.data, "1:a\0b|c\n", 8);
	buf_free(&s.text);
}

static void
refused(void **state)
{
	static const struct { const char *in, *says; } v[] = {
		{ "a\nb\n\"c\n", "f.csv:3: ends inside quotes" }, { "\"", "f.csv:1: ends inside quotes" },
		{ "a\nb\"c\n", "f.csv:2: a quote where none can stand" },
		{ "a,\"b\"c\n", "f.csv:1: a quote where none can stand" },
		{ "x,y\n\"b\nc\"d,1\n", "f.csv:3: a quote where none can stand" },
	};
	struct seen s = { .stop = 0 };
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(v); i++) {
		assert_fails(both(v[i].in, strlen(v[i].in), 0, &s, &e), ERR_INPUT, v[i].says);
		buf_free(&s.text);
	}
	s.stop = 2;
	assert_fails(both("a\nb\nc\n", 6, 0, &s, &e), ERR_CONFLICT, "enough");
	assert_int_equal(s.rows, 2);
	buf_free(&s.text);
}

static void
limits(void **state)
{
	struct seen s = { .stop = 0 };
	struct buf b = BUF_INIT(64 * 1024 * 1024);
	struct error e;
	size_t n;

	(void)state;
	/* the longest field, quoted or not, and one byte more */
	for (n = CSV_FIELD_MAX; n <= CSV_FIELD_MAX + 1; n++) {
		const char *quote = n % 2 == 0 ? "\"" : "";
		int over = n > CSV_FIELD_MAX;

		buf_clear(&b);
		assert_works(buf_addf(&b, &e, "x,y\n%s%0*d%s,1\n", quote, (int)n, 5, quote));
		if (over)
			assert_fails(both(b.data, b.len, 0, &s, &e), ERR_INPUT,
			    "f.csv:2: a field longer than 65536 bytes");
		else
			assert_works(both(b.data, b.len, 0, &s, &e));
		buf_free(&s.text);
	}
	/* a quote that is never closed is given up early, not buffered to the end */
	buf_clear(&b);
	assert_works(buf_addf(&b, &e, "x,y\n\"%0*d", 20000000, 5));
	assert_fails(both(b.data, b.len, 0, &s, &e), ERR_INPUT, "f.csv:2: a field longer than 65536 bytes");
	buf_free(&s.text);
	buf_clear(&b);
	for (n = 0; n < CSV_FIELDS_MAX; n++)
		assert_works(buf_adds(&b, n == 0 ? "1" : ",1", &e));
	assert_works(both(b.data, b.len, 0, &s, &e));
	buf_free(&s.text);
	assert_works(buf_adds(&b, ",1\n", &e));
	assert_fails(both(b.data, b.len, 0, &s, &e), ERR_INPUT, "f.csv:1: more than 512 columns");
	buf_free(&s.text);
	/* many long fields: the row itself has a limit */
	buf_clear(&b);
	for (n = 0; n < 100; n++)
		assert_works(buf_addf(&b, &e, "%s%0*d", n == 0 ? "" : ",", 60000, 5));
	assert_fails(both(b.data, b.len, 0, &s, &e), ERR_INPUT, "f.csv:1: a row longer than 4194304 bytes");
	buf_free(&s.text);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows), cmocka_unit_test(refused), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("csv_in", tests, NULL, NULL);
}
