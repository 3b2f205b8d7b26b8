/*
 * match_try -- see match.h: rules tried on a report, without the books.
 */
#include <stdlib.h>
#include <string.h>

#include "match_priv.h"

struct try {
	const struct rules	*rules;
	const char		*account;
	match_try_fn		*fn;
	void			*arg;
};

static int
try_row(void *arg, const struct report_row *row, struct error *e)
{
	const struct try *t = arg;
	struct rules_hit hit;

	if (!row->moves_balance)
		return 0;
	match_rules_home(t->rules, t->account, row, &hit);
	return t->fn(t->arg, row, &hit, e);
}

/* Whether a file adds up is another question. */
static int
ignore_control(void *arg, const struct report_control *c, struct error *e)
{
	(void)arg, (void)c, (void)e;
	return 0;
}

int
match_try(const struct site *s, const struct match_options *o, const struct rules *rules, int fd,
    const char *name, match_try_fn *fn, void *arg, struct error *e)
{
	struct try t = { rules, o->account, fn, arg };
	const struct report_sink sink = { .arg = &t, .row = try_row, .control = ignore_control };
	const struct report_format *format = o->format;
	struct match m = { .s = s, .o = o, .e = e };
	int rc = -1;

	if (match_settings(&m) == 0 &&
	    (format != NULL || (format = match_recognise(fd, name, NULL, e)) != NULL))
		rc = format->read(fd, name, &m.how, &sink, e);
	if (m.have_in)
		site_integration_free(&m.in);
	free(m.aliases);
	return rc;
}
