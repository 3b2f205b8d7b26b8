/* csv: the same rows from memory and from a descriptor, and never a field beyond its limit. */
#include "fuzz.h"

#include "csv_in.h"

struct sum {
	crypto_generichash_state st;
	size_t	rows;
};

static int
take(void *arg, const struct csv_row *row, struct error *e)
{
	struct sum *s = arg;
	size_t i;

	(void)e;
	if (row->n > CSV_FIELDS_MAX || row->line == 0)
		broken("csv_in", "row");
	for (i = 0; i < row->n; i++) {
		if (row->f[i].len > CSV_FIELD_MAX || row->f[i].s[row->f[i].len] != '\0')
			broken("csv_in", "field");
		crypto_generichash_update(&s->st, (const unsigned char *)row->f[i].s, row->f[i].len + 1);
	}
	crypto_generichash_update(&s->st, (const unsigned char *)&row->line, sizeof(row->line));
	s->rows++;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char a[32], b[32];
	struct error e1 = { 0 }, e2 = { 0 };
	struct sum mem = { .rows = 0 }, file = { .rows = 0 };
	int fd = fuzz_memfd(data, size), rc1, rc2;

	crypto_generichash_init(&mem.st, NULL, 0, sizeof(a));
	crypto_generichash_init(&file.st, NULL, 0, sizeof(b));
	rc1 = csv_in_mem((const char *)data, size, "f", 0, take, &mem, &e1);
	rc2 = csv_in_fd(fd, "f", 0, take, &file, &e2);
	close(fd);
	crypto_generichash_final(&mem.st, a, sizeof(a));
	crypto_generichash_final(&file.st, b, sizeof(b));
	if (rc1 != rc2 || mem.rows != file.rows || memcmp(a, b, sizeof(a)) != 0 ||
	    (rc1 == -1 && strcmp(e1.text, e2.text) != 0))
		broken("csv_in", e2.text);
	return 0;
}
