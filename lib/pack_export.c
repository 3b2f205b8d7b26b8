/*
 * pack_export -- entries of a period in other programs' formats, by the pack's own writers.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ofx.h"
#include "pack_priv.h"

int
pack_ofx_statement(struct pack *p, const struct pack_balance *b, struct outfile *o, struct error *e)
{
	struct ofx_statement st = { pack_provider(b->account), b->currency, 0, pack_moment(p), b->opening,
	    b->closing };

	if (p->from != NULL && moment_day_start(p->from, &st.from, e) == -1)
		return -1;
	return ofx_statement(o, &st, p->ofx, e);
}

static int
export_hledger(struct pack *p, struct outfile *o, struct error *e)
{
	FILE *body = tmpfile();
	int rc = -1;

	if (body == NULL)
		return error_sys(e, "export: a file for the entries");
	if ((p->hledger = outfile_on(fileno(body), "entries", e)) != NULL && pack_collect(p, e) == 0) {
		rc = outfile_close(p->hledger, NULL, e);
		p->hledger = NULL;
		if (rc == 0 && lseek(fileno(body), 0, SEEK_SET) == -1)
			rc = error_sys(e, "export");
		if (rc == 0)
			rc = pack_hledger_head(p, outfile_buf(o), e) == -1 ||
			    outfile_copy(o, fileno(body), e) == -1 ? -1 : 0;
	}
	outfile_abort(p->hledger);
	(void)fclose(body);
	return rc;
}

static int
export_json(struct pack *p, struct outfile *o, struct error *e)
{
	p->json = o;
	return pack_collect(p, e) == -1 ? -1 :
	    buf_adds(outfile_buf(o), p->nentries == 0 ? "[]\n" : "\n]\n", e);
}

static int
export_csv(struct pack *p, struct outfile *o, struct error *e)
{
	p->journal_csv = o;
	return pack_collect(p, e);
}

static int
export_ofx(struct pack *p, struct outfile *o, struct error *e)
{
	size_t i, n = 0;

	p->want |= PACK_OFX;
	if (pack_collect(p, e) == -1)
		return -1;
	for (i = 0; i < p->nbalances; i++)
		n += pack_provider(p->balances[i].account) != NULL;
	if (ofx_head(o, pack_moment(p), n, e) == -1)
		return -1;
	for (i = 0; i < p->nbalances; i++)
		if (pack_provider(p->balances[i].account) != NULL &&
		    pack_ofx_statement(p, &p->balances[i], o, e) == -1)
			return -1;
	return ofx_end(o, n, e);
}

int
pack_export(const struct site *s, int book, const char *format, const char *from, const char *to,
    int by_event, int fd, struct error *e)
{
	static const struct { const char *name; pack_render_fn *fn; } formats[] = {
		{ "hledger", export_hledger }, { "csv", export_csv }, { "json", export_json },
		{ "ofx", export_ofx },
	};
	struct pack p = { .site = s, .book = book, .from = from, .to = to, .by_event = by_event, .dir = -1 };
	struct outfile *o;
	size_t i;
	int rc;

	for (i = 0; i < 4 && strcmp(formats[i].name, format) != 0; i++)
		continue;
	if (i == 4)
		return error_set(e, ERR_INPUT, "export: hledger, csv, json or ofx is expected, not \"%s\"",
		    format);
	if ((o = outfile_on(fd, "standard output", e)) == NULL)
		return -1;
	if ((rc = formats[i].fn(&p, o, e)) == -1)
		outfile_abort(o);
	else
		rc = outfile_close(o, NULL, e);
	pack_free(&p);
	return rc;
}
