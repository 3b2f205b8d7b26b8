/*
 * desk -- requests from spool/desk/ and what they do to register and books (floor 5).
 *
 * Register verbs (desk_register.c; the request's book is ignored):
 *	customer-add	{"id","name","email"?,"paypal_email"?,"payer_id"?}
 *	customer-set	{"id", any of name email paypal_email payer_id: text, "" clears}
 *	customer-contact {"id","name","email"}
 *	customer-import	{"customers":[{as customer-add, "contacts":[{"name","email"}]?}...]}
 *			all or none
 *	integration-add	{"id","kind","mode","url_key","settings":{...},"secrets":token?}
 *	integration-set	{"id","settings":{changed ones},"secrets":token?}	(secret.h)
 *	integration-rotate {"id","url_key"}
 *	integration-remove {"id"}
 *	receiver-add	{"email","fingerprint"?,"key"?}		(desk_receiver.c)
 *	receiver-remove	{"email"}
 * Book verbs (desk_books.c):
 *	opening		{"date","legs":[[account,currency,minor]...],"file":digest}
 *	allocate	{"payment","provider"?,"customer" or "account"}
 *	retry		{"message"} or {"reason"}
 *	refuse		{"message","note"}
 *	book-from-report {"account","file","facts":[fact...]}	(as desk_fact_json writes them)
 *	close		{"period","explain":{"ACCOUNT.CCY":why...}?,"note"?}	(desk_closing.c, closing.h)
 *	reopen		{"period","note"}
 *	masspay-register {"account","currency","file","sha256","lines":[[line,payee,minor,unique id]...],
 *			"batch"?,"against"?,"sent"?: day}: a batch that we send (masspay.h); the same file again: duplicate,
 *			act.batch names it
 *	masspay-advice	{as masspay-register, "customer"}: money that this customer says is on its way
 *	masspay-cancel	{"item": item or batch, "note"}: what of it is not paid is owed no more
 *	break-resolve	{"break","as","note","customer"?,"account"?,"until"?,"date"?}	(desk_breaks.c)
 *			as: book-from-report correct write-off reassign expected-later accept; what is
 *			booked and the break's new state (breaks.h) are one record.  Write-offs count
 *			in the table "write-off", key MONTH.CCY ("2026-11.USD"): {"used": minor,"count"}
 *	reconciled	{"account","run","verdict","put":[[TABLE,KEY,{...},SAW?]...]}: TABLE break (breaks.h; left
 *			as it is where its breaks_mark is not SAW any more),
 *			statement, file (statement.h)
 */
#ifndef DAYBOOK_DESK_H
#define DAYBOOK_DESK_H

#include <jansson.h>

#include "books.h"
#include "error.h"
#include "fact.h"
#include "payment.h"
#include "site.h"
#include "spool.h"

/* All three books of a site, opened as needed, under one lock. */
struct shelf {
	const struct site	*site;
	struct books		*b[BOOKS_N];
};

int	shelf_book(struct shelf *sh, int which, struct books **b, struct error *e);
int	shelf_commit(struct shelf *sh, struct error *e);	/* register first, then books */
int	shelf_close(struct shelf *sh, struct error *e);
void	shelf_abort(struct shelf *sh);
/* payment_view over a book and the register. */
void	shelf_view(struct shelf *sh, struct books *b, struct payment_view *v);

/* payment_view's owner: 1 one customer, 0 nobody, 2 several. */
int	shelf_owner(struct shelf *sh, const char *payer_id, const char *payer_email, char customer[65],
	    struct error *e);
/* Each usable integration of a mode, in no order, until fn says 1: then in is fn's to free.  unusable
 * (may be NULL): why one was left out. */
typedef int shelf_each_fn(void *arg, struct integration *in);
int	shelf_each(const struct site *s, int mode, shelf_each_fn *fn, void *arg, struct error *unusable,
	    struct error *e);
/* The integration of that provider account and mode that names its addresses, else the first by id:
 * 1 found (free it), 0 none, -1. */
int	shelf_integration(struct shelf *sh, const char *account, int mode, struct integration *in,
	    struct error *e);
/* 1: no integration of that mode has this provider account, but found, which differs in case; 0; -1. */
int	shelf_misspelt(struct shelf *sh, const char *account, int mode, char found[65], struct error *e);

/* The provider account named, or (account "") the only PayPal one of that mode, into account.
 * ERR_CONFIG none there; ERR_INPUT several, or none of that name. */
int	shelf_pick(const struct site *s, int mode, char account[65], struct error *e);
/* Accounts of integrations whose kind begins so, of that mode: how many (2: several), the first into
 * account; -1. */
int	shelf_accounts(const struct site *s, const char *kind, int mode, char account[65], struct error *e);

/*
 * desk_apply: one request.  Fills r (disposition posted, noted, duplicate or refused, act, rows,
 * entries, data) and *which, the book the record belongs to.  text: why it was refused.  r's id,
 * origin, received, who are already set.  -1 only for trouble that may pass (ERR_IO, ERR_AGAIN):
 * nothing done, the request stays.
 */
int	desk_apply(struct shelf *sh, const struct message *m, int64_t now, int *which, struct record *r,
	    struct error *e);
/* The two halves; req is the parsed request.  Same returns. */
int	desk_register(struct shelf *sh, const char *verb, json_t *req, struct record *r, struct error *e);
int	desk_receiver(struct books *reg, const char *verb, const json_t *req, struct record *r,
	    struct error *e);
int	desk_books(struct shelf *sh, int which, const char *verb, json_t *req, struct record *r,
	    int64_t now, struct error *e);
/* desk_masspay.c: the verbs masspay-*; r->act is there. */
int	desk_masspay(struct shelf *sh, struct books *b, const char *verb, json_t *req, struct record *r,
	    int64_t now, struct error *e);
/* Marks r refused, with a fixed word and a line for people (kept in act.error). */
int	desk_refuse(struct record *r, const char *reason, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* A row of a generic table (books.h) into r's data; takes v (NULL: no memory). */
int	desk_put(struct record *r, const char *table, const char *key, json_t *v, struct error *e);

/* A fact as JSON inside a request, and back (ERR_INPUT names the member). */
json_t	*desk_fact_json(const struct fact *f);
int	desk_fact_read(json_t *j, struct fact *f, struct error *e);

/* From raw confirmed bytes to a record: provider's facts, then payment_apply.  Used for fresh
 * messages and for retry. */
int	desk_confirmed(struct shelf *sh, struct books *b, const struct integration *in,
	    const struct message *m, struct record *r, struct error *e);

#endif
