/*
 * secret -- API secrets of integrations: SITE/secrets/ID.json, for the batch user alone.
 *
 * {"format":1,"request":TOKEN,"secrets":{NAME:VALUE...}}.  A value never travels through spool,
 * evidence or journal: the command line writes it aside (.ID.json.TOKEN), the request names it and
 * its token, and the door moves it into place if the request is taken.  What is left aside by a
 * request that never came is swept like any unfinished file.
 */
#ifndef DAYBOOK_SECRET_H
#define DAYBOOK_SECRET_H

#include <jansson.h>

#include "error.h"

#define SECRET_TOKEN	24

/* secrets: names to texts, "" clears.  Durable when it returns 0.  ERR_INPUT: more than 64 KiB. */
int	secret_stage(int sitefd, const char *id, const json_t *secrets, char token[SECRET_TOKEN],
	    struct error *e);
void	secret_unstage(int sitefd, const char *id, const char *token);
/* Names of secrets that would be there once token is taken ("": none staged) -> {NAME: true...}.
 * ERR_NOTFOUND: nothing is staged under that token, nor was. */
int	secret_names(int sitefd, const char *id, const char *token, json_t **names, struct error *e);
/* What is staged is merged in and durable; again: nothing.  ERR_NOTFOUND as above. */
int	secret_take(int sitefd, const char *id, const char *token, struct error *e);
/*
 * All of one integration (an empty object where there are none); secret_free it.  ERR_CONFIG:
 * unusable, or others may read the file.
 */
int	secret_load(int sitefd, const char *id, json_t **secrets, struct error *e);
const char *secret_text(const json_t *secrets, const char *name);	/* "" where there is none */
void	secret_free(json_t *secrets);		/* wiped; NULL accepted */
int	secret_remove(int sitefd, const char *id, struct error *e);

#endif
