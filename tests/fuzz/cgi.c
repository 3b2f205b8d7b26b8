/* cgi: the input is an environment, NAME=VALUE a line, an empty line, and a body. */
#include "fuzz.h"

#include <sys/prctl.h>

#include "cgi.h"

#define BODY_MAX	4096

static size_t
environment(const uint8_t *data, size_t size)
{
	size_t at = 0;
	char line[1024], *eq;

	clearenv();
	while (at < size) {
		const uint8_t *nl = memchr(data + at, '\n', size - at);
		size_t n = nl == NULL ? size - at : (size_t)(nl - data) - at;

		if (n < sizeof(line) && n > 0) {
			memcpy(line, data + at, n);
			line[n] = '\0';
			if ((eq = strchr(line, '=')) != NULL && eq != line) {
				*eq = '\0';
				(void)setenv(line, eq + 1, 1);
			}
		}
		at += n + (nl != NULL);
		if (n == 0)
			break;
	}
	return at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = environment(data, size);
	struct buf b = BUF_INIT(BODY_MAX);
	struct error e = { 0 };
	struct cgi c;
	int fd = fuzz_memfd(data + at, size - at), status;

	if (dup2(fd, STDIN_FILENO) == -1)
		broken("dup2", "stdin");
	close(fd);
	cgi_start(&c);
	(void)prctl(PR_SET_DUMPABLE, 1);	/* the leak detector wants to look */
	(void)cgi_type_is(&c, "application/x-www-form-urlencoded");
	status = cgi_read_body(&c, &b, &e);
	if (status == 0 ? b.len == 0 || b.len > BODY_MAX || b.len > size - at ||
	    memcmp(b.data, data + at, b.len) != 0 : status != 400 && status != 413)
		broken("cgi_read_body", e.text);
	cgi_drain(100);
	buf_free(&b);
	return 0;
}
