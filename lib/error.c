/*
 * error -- see error.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

/* A stranger's bytes may stand in a text: they must not write lines of their own. */
static void
clean(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

int
error_set(struct error *e, enum errcode code, const char *fmt, ...)
{
	char text[sizeof(e->text)];	/* fmt's arguments may lie in e->text itself */
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean(text);
	e->code = code;
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int
error_sys(struct error *e, const char *fmt, ...)
{
	int saved = errno;
	char text[sizeof(e->text)];
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	(void)snprintf(text + n, sizeof(text) - n, ": %s", strerror(saved));
	clean(text);
	e->code = ERR_IO;
	memcpy(e->text, text, sizeof(text));
	errno = saved;
	return -1;
}

int
error_output(struct error *e)
{
	return fflush(stdout) == EOF || ferror(stdout) ? error_sys(e, "standard output") : 0;
}

int
error_exit(const struct error *e)
{
	switch (e->code) {
	case ERR_NONE:
		return 0;
	case ERR_INPUT:
	case ERR_NOTFOUND:
	case ERR_CONFLICT:
	case ERR_CORRUPT:
		return 65;	/* EX_DATAERR */
	case ERR_AGAIN:
		return 75;	/* EX_TEMPFAIL */
	case ERR_CONFIG:
		return 78;	/* EX_CONFIG */
	case ERR_IO:
		break;
	}
	return 74;		/* EX_IOERR */
}

int
error_http(const struct error *e)
{
	switch (e->code) {
	case ERR_NONE:
		return 200;
	case ERR_INPUT:
		return 400;
	case ERR_NOTFOUND:
		return 404;
	case ERR_CONFLICT:
		return 409;
	default:
		return 503;	/* the provider sends it again */
	}
}
