/*
 * fact -- what a confirmed message or a report row says happened, in our words (design.md, Words).
 */
#ifndef DAYBOOK_FACT_H
#define DAYBOOK_FACT_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* A provider's status in our words; drives the table of transitions in payment.c. */
enum fact_status {
	FACT_PENDING,		/* not yet: no money */
	FACT_COMPLETED, FACT_DENIED, FACT_FAILED, FACT_EXPIRED, FACT_VOIDED,
	FACT_UNCLAIMED, FACT_RETURNED, FACT_REVERSED, FACT_BLOCKED,	/* payout items */
	FACT_STATUSES
};

struct fact {
	enum movement	 move;
	enum fact_status status;
	char		 id[72], parent[72];
	char		 unique_id[65];
	char		 reference[128];	/* invoice */
	int		 transfer;		/* sent to us without a checkout: advice may tell whose it is */
	char		 advice_id[65];		/* the sender's own reference of it (incoming mass payment) */
	char		 payer_id[64], payer_email[255];	/* counterparty; e-mail in lower case */
	char		 currency[4];
	int64_t		 gross, fee;		/* signed as our provider account sees them */
	int		 fee_known;		/* the message states a fee (0 counts) */
	char		 currency2[4];		/* converted into, "" if not */
	int64_t		 gross2;		/* > 0: what the conversion brought in */
	int64_t		 event;			/* 0: unknown, time of receipt is used */
	int64_t		 cleared;		/* a pending one's money moved then; 0: not stated */
	int		 doubtful;
	char		 account[RECORD_ACCOUNT];/* MOVE_OTHER etc. from reports: book against this */
	char		 report[96];		/* "SHA256:LINE" of a report row */
};

struct facts {
	struct fact	*v;
	size_t		 n;
	/* Where the message as a whole can't be booked: held or noted with that reason. */
	enum disposition disposition;		/* DISP_NONE: decide by the facts */
	char		 reason[32];
	char		 note[200];		/* one printable line for people: why */
	char		 payment[72];		/* payment id to show for the message, or "" */
};

void		 facts_free(struct facts *f);
struct fact	*facts_add(struct facts *f, struct error *e);	/* zeroed; NULL: no memory */

#endif
