/* spool: a message file as a stranger's process may leave it. */
#define FUZZ_FOLDER "spool/in/new"
#include "fuzz.h"

#include "site.h"
#include "spool.h"
#include "text.h"

#define NAME	"20261120T190203.123456-0123456789abcdef"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;
	struct error e = { 0 };

	fuzz_file(fuzz_fd, "spool/in/new/" NAME, data, size);
	if (spool_get(fuzz_fd, SPOOL_IN, NAME, &m, &e) == -1) {
		if (e.code != ERR_INPUT || e.text[0] == '\0')
			broken("spool_get", e.text);
	} else if (m.body.len > size || memcmp(m.body.data, data + (size - m.body.len), m.body.len) != 0 ||
	    m.body.data[m.body.len] != '\0' || (m.mode != BOOK_LIVE && m.mode != BOOK_TEST) ||
	    !text_id_valid(m.kind, strlen(m.kind)) || m.received <= 0)
		broken("spool_get", "message");
	message_free(&m);
	return 0;
}
