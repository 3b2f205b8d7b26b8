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
	struct buf file = BUF_INIT(1 << 20);

	record_init(&r);
	if (buf_add(&file, data, size, &e) == -1 || buf_adds(&file, "\n", &e) == -1)
		broken("memory", e.text);
	fuzz_file(fuzz_fd, "evidence/2026-11.jsonl", file.data, file.len);
	buf_free(&file);
	memcpy(r.ev_segment, "2026-11", 8);
	r.ev_len = (int64_t)size;
	crypto_hash_sha256(d, data, size);
	text_hex(r.ev_sha256, d, sizeof(d));
	memset(&m, 0, sizeof(m));
	if (evidence_read(fuzz_fd, &r, &m, &v, &e) == -1 && e.text[0] == '\0')
		broken("evidence_read", "an error without a text");
	message_free(&m);
	record_free(&r);
	return 0;
}
