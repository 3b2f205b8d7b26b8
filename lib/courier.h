/*
 * courier -- sends what waits in the outbox (floor 5): whoever calls it, one at a time, never twice.
 */
#ifndef DAYBOOK_COURIER_H
#define DAYBOOK_COURIER_H

#include <stdint.h>

#include "error.h"
#include "site.h"

struct courier_counts {
	int	sent, later, refused, uncertain;	/* of this run's attempts */
	int	queued;					/* still waiting, due or not */
	int	failed, doubtful;			/* waiting for a person, older ones too */
};

/* For each message that did not go through: one line for people. */
typedef void courier_tell(void *arg, const char *line);

/*
 * Sends all that are due by then.  One that the server will not take now is tried again after 1, 2, 4
 * ... minutes, at most an hour, for five days; then it has failed.  clock: the time, asked again for
 * every message.  Nothing waiting: 0 without looking at the settings.
 * ERR_AGAIN: another run is sending.  ERR_CONFIG: something waits and no mail can be sent.
 */
int	courier_run(const struct site *s, int64_t (*clock)(void), courier_tell *tell, void *arg,
	    struct courier_counts *n, struct error *e);

#endif
