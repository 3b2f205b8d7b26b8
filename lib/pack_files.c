/*
 * pack_files -- the files of a pack, each a function of what was collected.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "breaks.h"
#include "pack_priv.h"
#include "table.h"

const char pack_payments_head[] = "provider,payment_id,parent_id,kind,status,customer,payer,currency,"
    "gross,fee,net,event_time,recorded_time";

/* One CSV row of n cells. */
static int
csv_row(struct buf *out, const char *const *cell, size_t n, struct error *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (table_csv_cell(out, cell[i], e) == -1 || buf_adds(out, i + 1 == n ? "\r\n" : ",", e) == -1)
			return -1;
	return 0;
}

/* ---- entries, while collecting ---- */

int
pack_journal_head(struct pack *p, struct error *e)
{
	return buf_adds(&p->journal_csv, "entry_id,day,recorded_time,event_time,kind,provider,payment_id,"
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
		if (csv_row(&p->journal_csv, cell, sizeof(cell) / sizeof(cell[0]), e) == -1)
			return -1;
	}
	return 0;
}

static int
posting(struct buf *out, const char *account, const char *ccy, int64_t minor, struct error *e)
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
	if (buf_addf(&p->hledger, e, "\n%s (%s) %s%s%s%s%s\n", day, id, en->kind,
	    en->payment[0] != '\0' ? " " : "", en->account, en->payment[0] != '\0' ? "/" : "",
	    en->payment) == -1)
		return -1;
	for (k = 0; k < en->nlegs; k++)
		if (posting(&p->hledger, en->legs[k].account, en->legs[k].currency, en->legs[k].minor,
		    e) == -1)
			return -1;
	return 0;
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
	rc = buf_addf(&p->entries_json, e, "%s%s", p->entries_json.len == 0 ? "[\n" : ",\n", text);
	free(text);
	return rc;
}

int
pack_entry(struct pack *p, const struct record *r, size_t i, const char *day, struct error *e)
{
	const struct entry *en = &r->entries[i];
	char id[48];

	(void)snprintf(id, sizeof(id), "%llu-%zu", (unsigned long long)r->n, i + 1);
	if (((p->want & PACK_CSV) != 0 && entry_csv(p, r, en, id, e) == -1) ||
	    ((p->want & PACK_HLEDGER) != 0 && entry_hledger(p, day, en, id, e) == -1))
		return -1;
	return (p->want & PACK_JSON) != 0 ? entry_json(p, r, en, id, e) : 0;
}

/* ---- whole files ---- */

static int
by_account(const void *a, const void *b)
{
	const struct pack_balance *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	return d != 0 ? d : strcmp(x->currency, y->currency);
}

void
pack_sort(struct pack *p)
{
	if (p->nbalances > 0)
		qsort(p->balances, p->nbalances, sizeof(*p->balances), by_account);
}

int
pack_balances_csv(struct pack *p, struct buf *out, struct error *e)
{
	size_t i;

	pack_sort(p);
	if (buf_adds(out, "account,currency,opening,debit,credit,closing,entries\r\n", e) == -1)
		return -1;
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		char opening[MONEY_TEXT], debit[MONEY_TEXT], credit[MONEY_TEXT], closing[MONEY_TEXT];
		char entries[24];
		const char *cell[] = { b->account, b->currency, opening, debit, credit, closing, entries };
		int64_t sum = b->opening;

		if (money_add(&sum, b->debit, e) == -1 || money_sub(&sum, b->credit, e) == -1)
			return -1;
		money_print(b->opening, b->currency, opening);
		money_print(b->debit, b->currency, debit);
		money_print(b->credit, b->currency, credit);
		money_print(sum, b->currency, closing);
		(void)snprintf(entries, sizeof(entries), "%lld", (long long)b->entries);
		if (csv_row(out, cell, 7, e) == -1)
			return -1;
	}
	return 0;
}

int
pack_payment_cells(const struct payrow *row, int second, char cell[13][160])
{
	const char *ccy = second ? row->currency2 : row->currency;
	int64_t gross = second ? row->gross2 : row->gross, fee = second ? 0 : row->fee, net = gross;
	struct error ignored;
	int i = 0;

	if (money_sub(&net, fee, &ignored) == -1)
		net = gross;
	(void)snprintf(cell[i++], 160, "%s", row->account);
	(void)snprintf(cell[i++], 160, "%s", row->id);
	(void)snprintf(cell[i++], 160, "%s", row->parent);
	(void)snprintf(cell[i++], 160, "%s", record_move_name[row->move]);
	(void)snprintf(cell[i++], 160, "%s", record_status_name[row->status]);
	(void)snprintf(cell[i++], 160, "%s", row->customer);
	(void)snprintf(cell[i++], 160, "%s", row->payer);
	(void)snprintf(cell[i++], 160, "%s", ccy);
	money_print(gross, ccy, cell[i++]);
	money_print(fee, ccy, cell[i++]);
	money_print(net, ccy, cell[i++]);
	moment_print(row->event, cell[i++]);
	moment_print(row->recorded, cell[i++]);
	return i;
}

int
pack_payments_csv(struct pack *p, struct buf *out, struct error *e)
{
	size_t i;
	int k, second;

	if (p->nrows > 0)
		qsort(p->rows, p->nrows, sizeof(*p->rows), record_row_by_recorded);
	if (buf_adds(out, pack_payments_head, e) == -1 || buf_adds(out, "\r\n", e) == -1)
		return -1;
	for (i = 0; i < p->nrows; i++)
		for (second = 0; second <= (p->rows[i].currency2[0] != '\0'); second++) {
			char cell[13][160];
			const char *at[13];

			(void)pack_payment_cells(&p->rows[i], second, cell);
			for (k = 0; k < 13; k++)
				at[k] = cell[k];
			if (csv_row(out, at, 13, e) == -1)
				return -1;
		}
	return 0;
}

static int
by_received(const void *a, const void *b)
{
	return strcmp(((const struct pack_message *)a)->id, ((const struct pack_message *)b)->id);
}

int
pack_messages_csv(struct pack *p, struct buf *out, struct error *e)
{
	size_t i;

	if (p->nmessages > 0)
		qsort(p->messages, p->nmessages, sizeof(*p->messages), by_received);
	if (buf_adds(out, "message_id,received,integration,disposition,reason,payment_id\r\n", e) == -1)
		return -1;
	for (i = 0; i < p->nmessages; i++) {
		const struct pack_message *m = &p->messages[i];
		char received[MOMENT_TEXT];
		const char *cell[] = { m->id, moment_print(m->received, received), m->integration,
		    record_disposition_name[m->disposition], m->reason, m->payment };

		if (!m->touched && m->disposition != DISP_HELD && m->disposition != DISP_WAITING)
			continue;	/* done with before the period */
		if (csv_row(out, cell, 6, e) == -1)
			return -1;
	}
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
pack_breaks_csv(struct pack *p, struct buf *out, struct error *e)
{
	size_t n = json_object_size(p->breaks), i = 0;
	const char **ids = calloc(n + 1, sizeof(*ids)), *key;
	json_t *v;
	int rc = -1;

	if (ids == NULL)
		return error_sys(e, "pack");
	json_object_foreach(p->breaks, key, v)
		ids[i++] = key;
	qsort(ids, n, sizeof(*ids), by_text);
	if (buf_adds(out, BREAKS_COLUMNS "\r\n", e) == -1)
		goto out;
	for (i = 0; i < n; i++) {
		const json_t *b = json_object_get(p->breaks, ids[i]);
		struct breaks_cells c;
		int st = breaks_status(b);

		/* What was settled before the period is no longer news. */
		if ((st == BREAK_RESOLVED || st == BREAK_EXPLAINED) &&
		    strcmp(breaks_text(b, "as_of"), p->from) < 0)
			continue;
		breaks_cells(&c, ids[i], b, p->to);
		if (csv_row(out, c.cell, BREAKS_CELLS, e) == -1)
			goto out;
	}
	rc = 0;
out:
	free(ids);
	return rc;
}

/* ---- hledger ---- */

static int
declarations(struct pack *p, struct buf *out, struct error *e)
{
	char zero[MONEY_TEXT], last[4] = "";
	const char **ccy = calloc(p->nbalances + 1, sizeof(*ccy));
	size_t i;
	int rc = -1;

	if (ccy == NULL)
		return error_sys(e, "pack");
	for (i = 0; i < p->nbalances; i++)
		ccy[i] = p->balances[i].currency;
	qsort(ccy, p->nbalances, sizeof(*ccy), by_text);
	for (i = 0; i < p->nbalances; i++) {
		if (strcmp(last, ccy[i]) == 0)
			continue;
		memcpy(last, ccy[i], 4);
		/* hledger wants a decimal mark in the format even where there are no decimals */
		money_print(money_decimals(last) == 0 ? 1000 : 100000 * (money_decimals(last) == 3 ? 10 : 1),
		    last, zero);
		if (buf_addf(out, e, "commodity %s %s%s\n", last, zero, money_decimals(last) == 0 ? "." :
		    "") == -1)
			goto out;
	}
	for (i = 0; i < p->nbalances; i++)
		if ((i == 0 || strcmp(p->balances[i].account, p->balances[i - 1].account) != 0) &&
		    buf_addf(out, e, "account %s\n", p->balances[i].account) == -1)
			goto out;
	rc = 0;
out:
	free(ccy);
	return rc;
}

int
pack_hledger_file(struct pack *p, struct buf *out, struct error *e)
{
	size_t i;
	int any = 0;

	pack_sort(p);
	if (buf_addf(out, e, "; daybook, %s book%s\n; check: hledger -f ledger.hledger check --strict\n",
	    site_book_name[p->book], p->site->stand_ins ? ", STAND-IN: no real money" : "") == -1 ||
	    declarations(p, out, e) == -1)
		return -1;
	for (i = 0; i < p->nbalances; i++) {
		if (p->balances[i].opening == 0)
			continue;
		if (!any && buf_addf(out, e, "\n%s opening balances\n", p->from) == -1)
			return -1;
		any = 1;
		if (posting(out, p->balances[i].account, p->balances[i].currency, p->balances[i].opening,
		    e) == -1)
			return -1;
	}
	return buf_add(out, p->hledger.data == NULL ? "" : p->hledger.data, p->hledger.len, e);
}

int
pack_verify_txt(struct pack *p, struct buf *out, struct error *e)
{
	return buf_addf(out, e,
	    "How to check this folder without us\n"
	    "===================================\n\n"
	    "%s%s: %s book, %s to %s.\n\n"
	    "1. The key.  Compare this fingerprint with the letter you were given:\n\n"
	    "       %s\n\n"
	    "   A good signature by any other key proves nothing.\n\n"
	    "       gpg --import public-key.asc\n"
	    "       gpg --fingerprint %s\n\n"
	    "2. The signature of the list of files:\n\n"
	    "       gpg --verify manifest.json.asc manifest.json\n\n"
	    "3. The files themselves (every line must say OK):\n\n"
	    "       grep -o '[0-9a-f]\\{64\\}  [^\"]*' manifest.json | sha256sum -c\n\n"
	    "4. The sums, added by a program that is not ours:\n\n"
	    "       hledger -f ledger.hledger check --strict\n"
	    "       hledger -f ledger.hledger balance --flat -N\n\n"
	    "   and compare with the column `closing` of balances.csv.\n\n"
	    "In the books a debit is positive: a customer who paid in 20.00 stands at -20.00, which is\n"
	    "what we owe in service.  journal.csv has every entry by leg, payments.csv every movement at\n"
	    "a provider, messages.csv what became of every notification (also an earlier one that was\n"
	    "decided now, or still waits), breaks.csv what did not tie.\n"
	    "journal.jsonl is the slice of the journal itself; each line carries the SHA-256 of the line\n"
	    "before it (without its line end), so nothing can be taken out or put in between,\n"
	    "and, unless it is empty, the last line's is `chain_head` of manifest.json:\n\n"
	    "       tail -n 1 journal.jsonl | tr -d '\\n' | sha256sum\n",
	    p->site->stand_ins ? "STAND-IN, no real money: " : "", p->site->name, site_book_name[p->book],
	    p->from, p->to, p->site->key, p->site->key);
}
