/*
 * pack_entries -- entries as lines of journal.csv, ledger.hledger and JSON, while the journal is walked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "pack_priv.h"

int
pack_journal_head(struct pack *p, struct error *e)
{
	return p->journal_csv == NULL ? 0 : buf_adds(outfile_buf(p->journal_csv), "entry_id,day,recorded_time,event_time,kind,provider,payment_id,"
	    "account,currency,debit,credit,message_id,decided_by,note\r\n", e);
}

/* What an entry rests on that no message shows: "line N of report SHA256", or the entry's own note. */
static const char *
entry_note(const struct record *r, const struct entry *en, char text[128])
{
	size_t i;

	for (i = 0; i < r->nrows && en->note[0] == '\0'; i++) {
		const struct payrow *row = &r->rows[i];
		const char *line = strchr(row->report, ':');

		if (line == NULL || strcmp(row->id, en->payment) != 0 || strcmp(row->account, en->account) != 0)
			continue;
		(void)snprintf(text, 128, "line %s of report %.*s", line + 1, (int)(line - row->report),
		    row->report);
		return text;
	}
	return en->note;
}

static int
entry_csv(struct pack *p, const struct record *r, const struct entry *en, const char *id,
    struct error *e)
{
	char note[128];
	char recorded[MOMENT_TEXT], event[MOMENT_TEXT], debit[MONEY_TEXT], credit[MONEY_TEXT];
	size_t k;

	moment_print(r->time, recorded);
	moment_print(en->event == 0 ? r->time : en->event, event);
	for (k = 0; k < en->nlegs; k++) {
		const struct leg *l = &en->legs[k];
		const char *cell[] = { id, r->day, recorded, event, en->kind, en->account, en->payment,
		    l->account, l->currency, debit, credit, r->id, r->who, entry_note(r, en, note) };

		debit[0] = credit[0] = '\0';
		money_print(l->minor > 0 ? l->minor : -l->minor, l->currency, l->minor > 0 ? debit : credit);
		if (pack_csv_row(outfile_buf(p->journal_csv), cell, sizeof(cell) / sizeof(cell[0]), e) == -1)
			return -1;
	}
	return outfile_drain(p->journal_csv, e);
}

int
pack_posting(struct buf *out, const char *account, const char *ccy, int64_t minor, struct error *e)
{
	char amount[MONEY_TEXT];

	return buf_addf(out, e, "    %s  %s %s\n", account, ccy, money_print(minor, ccy, amount));
}

static int
entry_hledger(struct pack *p, const char *day, const struct entry *en, const char *id, struct error *e)
{
	size_t k;

	if (en->nlegs == 0)
		return 0;
	/* Ids and our own words only: no text a stranger wrote. */
	if (buf_addf(outfile_buf(p->hledger), e, "\n%s (%s) %s%s%s%s%s\n", day, id, en->kind,
	    en->payment[0] != '\0' ? " " : "", en->account, en->payment[0] != '\0' ? "/" : "",
	    en->payment) == -1)
		return -1;
	for (k = 0; k < en->nlegs; k++)
		if (pack_posting(outfile_buf(p->hledger), en->legs[k].account, en->legs[k].currency,
		    en->legs[k].minor, e) == -1)
			return -1;
	return outfile_drain(p->hledger, e);
}

static int
entry_json(struct pack *p, const struct record *r, const struct entry *en, const char *id,
    struct error *e)
{
	char recorded[MOMENT_TEXT], event[MOMENT_TEXT], amount[MONEY_TEXT], note[128], *text;
	json_t *legs = json_array(), *j;
	size_t k;
	int rc;

	for (k = 0; k < en->nlegs; k++)
		json_array_append_new(legs, json_pack("{s:s,s:s,s:s}", "account", en->legs[k].account,
		    "currency", en->legs[k].currency, "amount",
		    money_print(en->legs[k].minor, en->legs[k].currency, amount)));
	j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "entry_id", id, "day", r->day,
	    "recorded_time", moment_print(r->time, recorded), "event_time",
	    moment_print(en->event == 0 ? r->time : en->event, event), "kind", en->kind, "provider",
	    en->account, "payment_id", en->payment, "message_id", r->id, "decided_by", r->who,
	    "note", entry_note(r, en, note), "legs", legs);
	if ((text = json_dumps(j, JSON_COMPACT)) == NULL) {
		json_decref(j);
		return error_set(e, ERR_IO, "export: no memory");
	}
	json_decref(j);
	rc = buf_addf(outfile_buf(p->json), e, "%s%s", p->nentries == 1 ? "[\n" : ",\n", text);
	free(text);
	return rc == -1 ? -1 : outfile_drain(p->json, e);
}

int
pack_entry(struct pack *p, const struct record *r, size_t i, const char *day, struct error *e)
{
	const struct entry *en = &r->entries[i];
	char id[48];

	(void)snprintf(id, sizeof(id), "%llu-%zu", (unsigned long long)r->n, i + 1);
	if ((p->journal_csv != NULL && entry_csv(p, r, en, id, e) == -1) ||
	    (p->hledger != NULL && entry_hledger(p, day, en, id, e) == -1))
		return -1;
	return p->json != NULL ? entry_json(p, r, en, id, e) : 0;
}
