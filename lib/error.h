/*
 * error -- what went wrong, said once by the layer that knows the most.
 *
 * Every function in lib/ that can fail returns 0 or -1 and takes a struct error * last.
 * Only a main prints, logs or exits.  A code exists only where some caller acts on it.
 */
#ifndef DAYBOOK_ERROR_H
#define DAYBOOK_ERROR_H

enum errcode {
	ERR_NONE,
	ERR_INPUT,		/* what was given is wrong; nothing has been changed */
	ERR_NOTFOUND,		/* no such thing */
	ERR_CONFLICT,		/* contradicts what is on record */
	ERR_AGAIN,		/* busy or full: the same call may succeed later */
	ERR_IO,			/* the system failed us; state on disk as the header of the call says */
	ERR_CONFIG,		/* the site or its settings are unusable */
	ERR_CORRUPT		/* stored data is not what was written: stop and tell a person */
};

struct error {
	enum errcode	code;
	char		text[512];	/* one line, control bytes replaced */
};

/* Both fill e and return -1.  error_sys is ERR_IO and appends ": " strerror(errno). */
int	error_set(struct error *e, enum errcode code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
int	error_sys(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What was printed has arrived where standard output leads: 0, or ERR_IO. */
int	error_output(struct error *e);
/* sysexits(3): NONE 0, INPUT NOTFOUND CONFLICT CORRUPT 65, AGAIN 75, IO 74, CONFIG 78. */
int	error_exit(const struct error *e);
/* INPUT 400, NOTFOUND 404, CONFLICT 409, AGAIN 503, IO 503, CONFIG 503, CORRUPT 503, NONE 200. */
int	error_http(const struct error *e);

#endif
