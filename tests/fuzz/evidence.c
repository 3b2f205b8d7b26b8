/* evidence: a line whose digest fits (who can write the journal can write that too). */
#define FUZZ_FOLDER "evidence"
#include "fuzz.h"

#include "evidence.h"
#include "text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char d[crypto_hash_sha256_BYTES];
	struct message m;
	struct verdict v;
	struct record r;
	struct error e = { 0 };

	record_init(&r);
	fuzz_file(dir, "evidence/2026-11.jsonl", data, size);
	memcpy(r.ev_segment, "2026-11", 8);
	r.ev_len = (int64_t)size;
	crypto_hash_sha256(d, data, size);
	text_hex(r.ev_sha256, d, sizeof(d));
	memset(&m, 0, sizeof(m));
	if (evidence_read(dir, &r, &m, &v, &e) == -1 && e.text[0] == '\0')
		broken("evidence_read", "an error without a text");
	message_free(&m);
	record_free(&r);
	return 0;
}
