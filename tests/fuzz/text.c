/* text: forms and charsets; whatever the bytes, the outcome is UTF-8, and printable where promised. */
#include "fuzz.h"

#include "text.h"

static const char *const charsets[] = { "windows-1252", "UTF-8", "iso-8859-2", "windows-1255",
    "windows-1258", "KOI8-R", "GB2312", "GBK", "GB18030", "Big5", "Shift_JIS", "EUC-JP", "ISO-2022-JP",
    "EUC-KR", "EUC-TW", "us-ascii" };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *name;
	struct buf utf8 = BUF_INIT(1 << 20), shown = BUF_INIT(1 << 20), raw = BUF_INIT(1 << 20);
	struct error e = { 0 };
	struct form f;
	size_t i;

	if (text_form_parse(&f, s, size, &e) == 0) {
		for (i = 0; i < f.n; i++)
			if (f.pairs[i].name[f.pairs[i].name_len] != '\0' ||
			    f.pairs[i].value[f.pairs[i].value_len] != '\0' || f.pairs[i].name_len == 0)
				broken("text_form_parse", "pair");
		text_form_free(&f);
	}
	(void)text_charset(s, size);
	name = charsets[size % (sizeof(charsets) / sizeof(charsets[0]))];
	if (text_to_utf8(&utf8, text_charset(name, strlen(name)), s, size, &e) == -1 ||
	    text_utf8_valid(utf8.data, utf8.len) != utf8.len)
		broken("text_to_utf8", name);
	if (text_printable(&shown, s, size, &e) == -1 ||
	    text_utf8_valid(shown.data, shown.len) != shown.len || shown.len > size)
		broken("text_printable", name);
	for (i = 0; i < shown.len; i++)
		if ((unsigned char)shown.data[i] < 0x20 || shown.data[i] == 0x7f)
			broken("text_printable", "control byte");
	if (text_unbase64(&raw, s, size, &e) == 0) {
		buf_clear(&shown);
		if (text_base64(&shown, raw.data, raw.len, &e) == -1 || shown.len != size ||
		    (size > 0 && memcmp(shown.data, s, size) != 0))
			broken("text_unbase64", "not canonical");
	}
	buf_free(&utf8);
	buf_free(&shown);
	buf_free(&raw);
	return 0;
}
