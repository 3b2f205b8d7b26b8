/*
 * provider -- one table of functions a provider; the rest of the program knows none by name.
 */
#ifndef DAYBOOK_PROVIDER_H
#define DAYBOOK_PROVIDER_H

#include "buf.h"
#include "error.h"
#include "evidence.h"
#include "fact.h"
#include "site.h"
#include "spool.h"

struct setting {			/* one field of the integration's dialog */
	const char	*name, *label, *help;
	int		 secret, required;
	/* Checks and normalises a value; 0 or ERR_INPUT "receiver: ...". NULL: any text. */
	int		(*check)(const char *value, struct error *e);
};

/* A request the confirming process makes for us. */
struct ask {
	char		 url[1024];
	struct buf	 body;		/* POST, application/x-www-form-urlencoded */
	long		 timeout_s;
	size_t		 answer_max;	/* longer answers are cut and count as cannot tell */
};

struct lookup;				/* provider/lookup.h */

struct provider {
	const char		*kind;		/* "paypal-ipn" */
	const char		*account;	/* default of the setting `account`: "PayPal" */
	const struct setting	*settings;	/* ends with a NULL name */
	const char		*where;		/* where to click to give the provider our URL */
	const char		*cgi;		/* "ipn.cgi" or "webhook.cgi": part of that URL; NULL: it gets none */
	/* All settings, those of secrets as true: are they enough?  ERR_INPUT.  NULL: any are. */
	int			(*whole)(const json_t *settings, struct error *e);
	/* What the provider says of a period or a payment when asked.  NULL: it can't be asked. */
	const struct lookup	*lookup;

	/* NULL, all three, where nothing of that kind comes in by itself. */
	/* The question to the provider about these bytes.  endpoint "" or a stand-in's scheme,
	 * host and port, which replaces the provider's.  mode picks live or sandbox. */
	int	(*ask)(int mode, const char *endpoint, const char *body, size_t len, struct ask *a,
		    struct error *e);
	/* The provider's answer in three values: VERDICT_YES, _NO, _UNKNOWN. */
	int	(*answer)(long http, const char *body, size_t len);
	/* The payment's id that unconfirmed bytes speak of: 1, or 0 where they name none.  A claim: only
	 * good for asking.  NULL: as 0. */
	int	(*about)(const char *body, size_t len, char id[72]);
	/* Confirmed message -> facts.  Only ERR_IO (no memory) is an error: what can't be
	 * understood becomes f->disposition and f->reason. */
	int	(*facts)(const struct integration *in, const char *body, size_t len, struct facts *f,
		    struct error *e);
};

extern const struct provider provider_paypal_ipn, provider_paypal_checkout;
extern const struct provider *const provider_all[];		/* NULL-terminated */
const struct provider *provider_find(const char *kind);		/* NULL: none */

#endif
