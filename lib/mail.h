/*
 * mail -- one message to one receiver through the owner's mail server (SMTP, libcurl).
 *
 * Settings are the member "mail" of daybook.json:
 *	from		our address
 *	smtp		smtps://HOST[:465] (TLS from the start) or smtp://HOST[:587] (STARTTLS, required
 *			unless HOST is this machine itself)
 *	username, password_file	(name of a file in SITE/secrets, 0600) where the server wants them
 *	ca_file		certificates to trust instead of the system's, for a private authority
 *	size_max	no message is made larger ("20MiB")
 *	 *	timeout		seconds for each answer, 1 to 600 (300)
 *	fetch		one line for receivers: how a pack that did not come by mail is fetched
 * TLS 1.2 or later; certificate and host name are checked.
 */
#ifndef DAYBOOK_MAIL_H
#define DAYBOOK_MAIL_H

#include <limits.h>

#include "buf.h"
#include "error.h"
#include "mime.h"
#include "site.h"

struct mail_settings {
	char	from[MIME_ADDRESS];
	char	smtp[300];		/* as libcurl wants it, with our name for EHLO as its path */
	char	username[256], password_file[65], ca_file[PATH_MAX], fetch[300];
	int	loopback;		/* the server is this machine: TLS is no must */
	int64_t	size_max;
	int	timeout_s;
};

/* 1 filled, 0 no mail is configured, -1 ERR_CONFIG (names the member). */
int	mail_settings(const struct site *s, struct mail_settings *ms, struct error *e);

enum mail_outcome {
	MAIL_SENT,		/* the server took it */
	MAIL_LATER,		/* it did not, for now: safe to send again */
	MAIL_REFUSED,		/* it never will */
	MAIL_UNCERTAIN		/* all of it went out and no answer came */
};
struct mail_result {
	enum mail_outcome outcome;
	int	 server;	/* MAIL_LATER: before this message came into it; others would fare the same */
	char	 answer[256];	/* the server's last line, or what went wrong */
};

struct mail;

/* ERR_CONFIG: no password to be read (never says what is in it). */
int	mail_open(struct mail **m, const struct site *s, const struct mail_settings *ms, struct error *e);
void	mail_close(struct mail *m);
/*
 * mail_send: message is a whole RFC 5322 message with CRLF.  Right before its last byte is given out,
 * going(arg) is called once; where that fails the server gets no end of the message and so has none
 * of it.  Returns 0 with *r, or -1 with going's error.
 */
typedef int mail_going_fn(void *arg, struct error *e);
int	mail_send(struct mail *m, const char *to, const struct buf *message, mail_going_fn *going,
	    void *arg, struct mail_result *r, struct error *e);

#endif
