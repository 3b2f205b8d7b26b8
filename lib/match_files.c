/*
 * match_files -- the large files of a run, written as streams: the reports themselves, and all that
 * matched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "durable.h"
#include "match_priv.h"
#include "outfile.h"
#include "table.h"

/* A copy whose digest is the one of the bytes that were read. */
static int
keep(struct match *m, int dir, const char *name, const char *from, const struct match_file *f)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = -1;
	struct durable_file d;
	struct outfile *o;
	char hex[DIGEST_HEX];

	if (in == -1)
		return error_sys(m->e, "%s", from);
	if (durable_begin(&d, dir, name, 0640, m->e) == -1) {
		close(in);
		return -1;
	}
	if ((o = outfile_on(d.fd, name, m->e)) != NULL) {
		if ((rc = outfile_copy(o, in, m->e)) == -1)
			outfile_abort(o);
		else
			rc = outfile_close(o, hex, m->e);
	}
	close(in);
	if (rc == 0 && strcmp(hex, f->sha256) != 0)
		rc = error_set(m->e, ERR_INPUT, "%s: changed while it was read", f->name);
	if (rc == 0)
		return durable_end(&d, m->e);
	durable_drop(&d);
	return -1;
}

/* books/BOOK/reports/SHA256.csv: what a row's "SHA256:LINE" in the books points to. */
int
match_keep_reports(struct match *m, char *const *files)
{
	char path[128], name[80], hex[DIGEST_HEX];
	int dir, i, rc = 0;

	(void)snprintf(path, sizeof(path), "books/%s/reports", site_book_name[m->o->book]);
	if ((dir = durable_make_dir(m->s->fd, path, 0750, m->e)) == -1)
		return -1;
	for (i = 0; rc == 0 && i < m->nfiles; i++) {
		struct error ignored = { 0 };

		(void)snprintf(name, sizeof(name), "%s.csv", m->file[i].sha256);
		if (digest_file(dir, name, hex, &ignored) == -1 || strcmp(hex, m->file[i].sha256) != 0)
			rc = keep(m, dir, name, files[i], &m->file[i]);
	}
	/* Also where all are there: the run that put them may have been killed before this. */
	if (rc == 0)
		rc = durable_sync_dir(dir, path, m->e);
	close(dir);
	return rc;
}

int
match_csv_line(struct match *m, struct buf *out, const char *const *cell, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((i > 0 && buf_adds(out, ",", m->e) == -1) || table_csv_cell(out, cell[i], m->e) == -1)
			return -1;
	return buf_adds(out, "\r\n", m->e);
}

static int
match_line(struct match *m, const struct match_line *l, struct buf *out)
{
	const struct match_row *row = l->row;
	const struct report_plain *p = l->plain;
	const char *kind = record_move_name[row != NULL ? row->r.move : MOVE_PAYMENT];
	char line[24], gross[MONEY_TEXT], fee[MONEY_TEXT], net[MONEY_TEXT], when[MOMENT_TEXT];
	const char *cell[] = { m->file[l->file].name, line, l->id, kind, when, l->currency, gross, fee, net,
	    row != NULL ? row->lid : l->id, row != NULL ? record_move_name[row->lmove] : kind };

	(void)snprintf(line, sizeof(line), "%zu", l->line);
	moment_print(l->event, when);
	money_print(row != NULL ? row->r.gross : p->gross, l->currency, gross);
	money_print(row != NULL ? row->r.fee : p->fee, l->currency, fee);
	money_print(l->net, l->currency, net);
	return match_csv_line(m, out, cell, sizeof(cell) / sizeof(cell[0]));
}

static int
matches(struct match *m, struct outfile *o)
{
	struct match_walk w = { 0, 0 };
	struct match_line l;

	if (buf_adds(outfile_buf(o), "file,line,payment_id,kind,event_time,currency,gross,fee,net,ledger_id,"
	    "ledger_kind\r\n", m->e) == -1)
		return -1;
	while (match_next(m, &w, &l)) {
		if (l.row != NULL && l.row->outcome != ROW_MATCHED)
			continue;
		if (match_line(m, &l, outfile_buf(o)) == -1 || outfile_drain(o, m->e) == -1)
			return -1;
	}
	return 0;
}

int
match_write_matches(struct match *m, int dir)
{
	struct durable_file d;
	struct outfile *o;
	int rc = -1;

	if (durable_begin(&d, dir, "matches.csv", 0640, m->e) == -1)
		return -1;
	if ((o = outfile_on(d.fd, d.name, m->e)) != NULL) {
		if ((rc = matches(m, o)) == -1)
			outfile_abort(o);
		else
			rc = outfile_close(o, NULL, m->e);
	}
	if (rc == 0)
		return durable_end(&d, m->e);
	durable_drop(&d);
	return -1;
}
