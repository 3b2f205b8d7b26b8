/*
 * site -- one site's settings and its integrations (contract.md, "A site").
 *
 * Reads SITE/daybook.json and SITE/integrations/ID.json.  Intake reads what it needs of them by
 * gate.h, without jansson.
 */
#ifndef DAYBOOK_SITE_H
#define DAYBOOK_SITE_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"
#include "gate.h"
#include "spool.h"

#define SITE_CURRENCIES	64

struct site {
	int	 fd;			/* O_DIRECTORY of the site */
	char	*path;			/* as given */
	json_t	*root;			/* daybook.json, whole */
	char	 id[33];		/* random, made at init */
	char	 name[256], legal_name[256], base_url[512], time_zone[64];
	char	 tax_id[65];
	char	 prepared_by[129], approved_by[129];	/* report.*: on the pack's report; "" a line to sign */
	char	 paper[8], font[512];		/* "A4" (or ""), "letter"; a TrueType file for names */
	char	 currency[4];
	char	 key[65];		/* fingerprint of the signing key, upper-case hex */
	int	 stand_ins;
	int	 window_days;		/* tolerances.window_days, default 2 */
	struct spool_limits limits;
};

#define SITE_INIT	{ .fd = -1 }

/* path NULL: environment DAYBOOK_SITE, else SITE_DEFAULT.  Does not set the time zone.
 * ERR_CONFIG: no site there, unreadable settings (names the field), or a newer format
 * ("... has format 2; this daybook reads up to 1"). */
int	site_open(struct site *s, const char *path, struct error *e);
void	site_close(struct site *s);
/* For programs that write books or packs: ERR_CONFIG unless the site is the caller's own.  root in
 * its place would leave files behind that the owner can't open any more. */
int	site_own(const struct site *s, struct error *e);

/*
 * site_rows: a setting that is an array of rows ("rules", "tariffs"): it stands in daybook.json
 * itself, or in the JSON file below the site that is named there.  *rows is the caller's
 * (json_decref), NULL where the setting is missing or null; where names its place in messages.
 * ERR_CONFIG: no such file, no JSON (with its line), no array.
 */
#define SITE_WHERE	256
int	site_rows(const struct site *s, const char *name, json_t **rows, char where[SITE_WHERE],
	    struct error *e);

struct integration {
	char	 id[65], kind[33];
	int	 mode;			/* BOOK_LIVE or BOOK_TEST */
	char	 url_key[65];
	char	 account[65];		/* provider account's name in the books */
	char	 currencies[SITE_CURRENCIES][4];
	int	 ncurrencies;
	int	 deduct_fee;
	char	 endpoint[512];		/* "" unless the site was made with --stand-ins */
	json_t	*settings;		/* all of them but secrets; owned */
	json_t	*secret_names;		/* array, or NULL: those that are set (secret.h); owned */
};

/* ERR_NOTFOUND where there is none (or the id is no id), ERR_CONFIG where the file is unusable,
 * ERR_IO where it can't be read. */
int	site_integration(const struct site *s, const char *id, struct integration *in, struct error *e);
void	site_integration_free(struct integration *in);
/* One of comma separated values of a text setting, blanks trimmed, i = 0..; length 0 at the end. */
int	site_list_item(const char *list, int i, const char **s, size_t *len);
int	site_accepts(const struct integration *in, const char ccy[4]);

#endif
