/*
 * readd: the files of a stranger's pack whose figures are added again, apart at bytes of 1.
 */
#define FUZZ_FOLDER "."
#include "fuzz.h"

#include "pack_readd.h"

#define FUZZ_FILES	5

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const name[FUZZ_FILES] = { "balances.csv", "journal.csv", "payments.csv", "breaks.csv",
	    "journal.jsonl" };
	json_t *m = json_pack("{s:i,s:i,s:i,s:s}", "first_record", 1, "last_record", 2, "records_up_to_end", 2,
	    "chain_head", "x");
	struct pack_chain c = { 0 };
	struct error e = { 0 };
	size_t i;

	for (i = 0; i < FUZZ_FILES; i++) {
		const uint8_t *end = size == 0 ? NULL : memchr(data, 1, size);
		size_t n = end == NULL ? size : (size_t)(end - data);

		fuzz_file(fuzz_fd, name[i], data, n);
		data += n + (end != NULL);
		size -= n + (end != NULL);
	}
	if (pack_readd(fuzz_fd, m, &c, &e) == -1) {
		if ((e.code != ERR_CORRUPT && e.code != ERR_INPUT) || e.text[0] == '\0')
			broken("pack_readd", e.text);
	} else if (strcmp(c.head, "x") == 0)
		broken("pack_readd", "a chain whose head is no digest");
	json_decref(m);
	return 0;
}
