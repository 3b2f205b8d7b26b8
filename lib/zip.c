/*
 * zip -- see zip.h (PKWARE APPNOTE 4.3; methods: 0, stored).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zip.h"

#define FILES_MAX	65535U
#define BYTES_MAX	UINT32_MAX
#define VERSION		20U		/* folders in names */
#define UTF8		0x0800U		/* names are UTF-8 */

static uint32_t
crc32_of(const unsigned char *p, size_t len)
{
	uint32_t table[256], crc = 0xffffffffU;
	unsigned i, k;

	for (i = 0; i < 256; i++) {
		table[i] = i;
		for (k = 0; k < 8; k++)
			table[i] = (table[i] & 1) != 0 ? 0xedb88320U ^ table[i] >> 1 : table[i] >> 1;
	}
	while (len-- > 0)
		crc = table[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* Little-endian numbers: "2" and "4" in form say how wide each is. */
static int
put(struct buf *b, struct error *e, const char *form, const uint32_t *v)
{
	for (; *form != '\0'; form++, v++) {
		unsigned char raw[4] = { (unsigned char)*v, (unsigned char)(*v >> 8),
		    (unsigned char)(*v >> 16), (unsigned char)(*v >> 24) };

		if (buf_add(b, raw, (size_t)(*form - '0'), e) == -1)
			return -1;
	}
	return 0;
}

void
zip_begin(struct zip *z, struct buf *out, const char *day)
{
	unsigned long year = strtoul(day, NULL, 10), month = strtoul(day + 5, NULL, 10);
	unsigned long mday = strtoul(day + 8, NULL, 10);

	memset(z, 0, sizeof(*z));
	z->out = out;
	z->start = out->len;
	z->central = (struct buf)BUF_INIT((size_t)FILES_MAX * 512);
	z->date = (unsigned)((year < 1980 ? 0 : year - 1980) << 9 | month << 5 | mday);
}

int
zip_add(struct zip *z, const char *name, const void *p, size_t len, struct error *e)
{
	const uint32_t n = (uint32_t)strlen(name), crc = crc32_of(p, len), size = (uint32_t)len;
	const uint32_t offset = (uint32_t)(z->out->len - z->start);
	const uint32_t local[] = { 0x04034b50U, VERSION, UTF8, 0, 0, z->date, crc, size, size, n, 0 };
	/* made by Unix: mode 0644 of a regular file in the upper half of the attributes */
	const uint32_t entry[] = { 0x02014b50U, VERSION | 3U << 8, VERSION, UTF8, 0, 0, z->date, crc, size,
	    size, n, 0, 0, 0, 0, 0100644U << 16, offset };

	if (z->files == FILES_MAX || n > 400 || z->out->len - z->start + len > BYTES_MAX - 1024)
		return error_set(e, ERR_INPUT, "%.100s: too much for one archive", name);
	z->files++;
	return put(z->out, e, "42222244422", local) == -1 || buf_add(z->out, name, n, e) == -1 ||
	    buf_add(z->out, p, len, e) == -1 || put(&z->central, e, "42222224442222244", entry) == -1 ||
	    buf_add(&z->central, name, n, e) == -1 ? -1 : 0;
}

int
zip_end(struct zip *z, struct error *e)
{
	const uint32_t offset = (uint32_t)(z->out->len - z->start), size = (uint32_t)z->central.len;
	const uint32_t end[] = { 0x06054b50U, 0, 0, z->files, z->files, size, offset, 0 };
	int rc = z->files == 0 ? error_set(e, ERR_INPUT, "an archive without files") :
	    buf_add(z->out, z->central.data, z->central.len, e) == -1 ||
	    put(z->out, e, "42222442", end) == -1 ? -1 : 0;

	buf_free(&z->central);
	return rc;
}
