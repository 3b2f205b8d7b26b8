/* record: a line that is taken is written again as one that says the same; and the index's rows. */
#include "fuzz.h"

#include "record.h"

static void
line(const char *s, size_t n)
{
	struct buf a = BUF_INIT(RECORD_LINE_MAX), b = BUF_INIT(RECORD_LINE_MAX);
	struct record r, back;
	struct error e = { 0 };

	record_init(&r);
	record_init(&back);
	if (record_decode(&r, s, n, &e) == -1) {
		if (e.code != ERR_CORRUPT)
			broken("record_decode", e.text);
	} else if (record_encode(&r, &a, &e) == -1 || record_decode(&back, a.data, a.len, &e) == -1 ||
	    record_encode(&back, &b, &e) == -1 || a.len != b.len || memcmp(a.data, b.data, a.len) != 0)
		broken("record_encode", a.data == NULL ? "" : a.data);
	else
		(void)record_check(&r, &e);
	record_free(&r);
	record_free(&back);
	buf_free(&a);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = BUF_INIT(65536);
	struct payrow row, again;
	struct error e = { 0 };

	line((const char *)data, size);
	if (record_row_unpack(&row, data, size, &e) == 0 && (record_row_pack(&row, &b, &e) == -1 ||
	    record_row_unpack(&again, b.data, b.len, &e) == -1))
		broken("record_row", e.text);
	buf_free(&b);
	return 0;
}
