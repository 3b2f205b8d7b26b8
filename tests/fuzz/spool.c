/* spool: a message file as a stranger's process may leave it. */
#include "fuzz.h"

#include "durable.h"
#include "site.h"
#include "spool.h"
#include "text.h"

#define NAME	"20261120T190203.123456-0123456789abcdef"

static int dir;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error e = { 0 };

	(void)argc, (void)argv;
	fuzz_begin();
	dir = fuzz_scratch();
	if (durable_mkdirs(dir, "spool/in/new", 0770, &e) == -1)
		broken("spool", e.text);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;
	struct error e = { 0 };

	fuzz_file(dir, "spool/in/new/" NAME, data, size);
	if (spool_get(dir, SPOOL_IN, NAME, &m, &e) == -1) {
		if (e.code != ERR_INPUT || e.text[0] == '\0')
			broken("spool_get", e.text);
	} else if (m.body.len > size || memcmp(m.body.data, data + (size - m.body.len), m.body.len) != 0 ||
	    m.body.data[m.body.len] != '\0' || (m.mode != BOOK_LIVE && m.mode != BOOK_TEST) ||
	    !text_id_valid(m.kind, strlen(m.kind)) || m.received <= 0)
		broken("spool_get", "message");
	message_free(&m);
	return 0;
}
