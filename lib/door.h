/*
 * door -- how a person's decision reaches the books: a request in spool/desk/, then the door
 * drained from here (design.md, One door).
 *
 * A request is a JSON object {"verb": "...", ...arguments}; the message's header carries the
 * book it is for (mode) and who decided.  Verbs and what they need stand in desk.h.
 */
#ifndef DAYBOOK_DOOR_H
#define DAYBOOK_DOOR_H

#include <jansson.h>

#include "error.h"
#include "record.h"
#include "site.h"

struct door_result {
	char		 id[40];	/* message id of the request */
	enum disposition disposition;	/* DISP_WAITING: queued, not drained within wait_ms */
	char		 reason[32];
	char		 text[512];	/* why it was refused, for people */
	json_t		*act;		/* what the record says was done; owned by the caller */
};

/*
 * door_send: request durably into spool/desk, then drained here or by a running daybook-post.
 * Returns 0 with *res (posted, noted, refused, duplicate, or waiting = queued), or -1 where the
 * request was not stored.
 */
int	door_send(const struct site *s, int book, json_t *request, int wait_ms,
	    struct door_result *res, struct error *e);
/* Login name of the person at the command line (the real user, "uid:N" where N has no name or it
 * can't be read; SUDO_USER beside it). */
void	door_who(char out[64]);

#endif
