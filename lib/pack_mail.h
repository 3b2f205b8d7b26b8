/*
 * pack_mail -- a pack into the outbox, one message for each receiver (floor 5).
 */
#ifndef DAYBOOK_PACK_MAIL_H
#define DAYBOOK_PACK_MAIL_H

#include <stdint.h>

#include "error.h"
#include "site.h"

struct pack_mail_counts {
	int	configured;	/* 0: no "mail" in daybook.json; nothing was done */
	int	receivers;
	int	queued, already;
	int	notices;	/* of those queued: verdict only, for want of a key that can be used */
};

typedef void pack_mail_tell(void *arg, const char *line);

/*
 * where: audit/BOOK/NAME, verified first (ERR_CORRUPT: nothing is sent of a pack that is not as signed).
 * evidence: also the period's raw messages, in a second message, to those with a key.  A receiver who
 * was sent this pack is not sent it again, whatever became of it; sent the verdict only, he is sent the
 * pack once he has a key.  tell: what somebody should know (a key that expired).
 */
int	pack_mail(const struct site *s, int book, const char *where, int evidence, int64_t now,
	    pack_mail_tell *tell, void *arg, struct pack_mail_counts *n, struct error *e);

#endif
