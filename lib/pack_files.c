/*
 * pack_files -- the files of a pack, each a function of what was collected.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "breaks.h"
#include "pack_priv.h"
#include "sign.h"
#include "table.h"

const char pack_payments_head[] = "provider,payment_id,parent_id,kind,status,customer,payer,currency,"
    "gross,fee,net,event_time,recorded_time";

/* One CSV row of n cells. */
int
pack_csv_row(struct buf *out, const char *const *cell, size_t n, struct error *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (table_csv_cell(out, cell[i], e) == -1 || buf_adds(out, i + 1 == n ? "\r\n" : ",", e) == -1)
			return -1;
	return 0;
}

/* ---- whole files ---- */

int
pack_balances_csv(struct pack *p, struct outfile *o, struct error *e)
{
	size_t i;

	if (buf_adds(outfile_buf(o), "account,currency,opening,debit,credit,closing,entries\r\n", e) == -1)
		return -1;
	for (i = 0; i < p->nbalances; i++) {
		const struct pack_balance *b = &p->balances[i];
		char opening[MONEY_TEXT], debit[MONEY_TEXT], credit[MONEY_TEXT], closing[MONEY_TEXT];
		char entries[24];
		const char *cell[] = { b->account, b->currency, opening, debit, credit, closing, entries };

		money_print(b->opening, b->currency, opening);
		money_print(b->debit, b->currency, debit);
		money_print(b->credit, b->currency, credit);
		money_print(b->closing, b->currency, closing);
		(void)snprintf(entries, sizeof(entries), "%lld", (long long)b->entries);
		if (pack_csv_row(outfile_buf(o), cell, 7, e) == -1 || outfile_drain(o, e) == -1)
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

static int
payment_lines(void *arg, const void *v, size_t len, struct error *e)
{
	struct outfile *o = arg;
	struct payrow row;
	int k, second;

	if (record_row_unpack(&row, v, len, e) == -1)
		return -1;
	for (second = 0; second <= (row.currency2[0] != '\0'); second++) {
		char cell[13][160];
		const char *at[13];

		(void)pack_payment_cells(&row, second, cell);
		for (k = 0; k < 13; k++)
			at[k] = cell[k];
		if (pack_csv_row(outfile_buf(o), at, 13, e) == -1)
			return -1;
	}
	return outfile_drain(o, e);
}

int
pack_payments_csv(struct pack *p, struct outfile *o, struct error *e)
{
	return buf_addf(outfile_buf(o), e, "%s\r\n", pack_payments_head) == -1 ? -1 :
	    spill_each(p->rows, payment_lines, o, e);
}

static int
message_line(void *arg, const void *v, size_t len, struct error *e)
{
	struct outfile *o = arg;
	struct pack_message m;
	char received[MOMENT_TEXT];

	(void)len;
	memcpy(&m, v, sizeof(m));
	if (!m.touched && m.disposition != DISP_HELD && m.disposition != DISP_WAITING)
		return 0;	/* done with before the period */
	const char *cell[] = { m.id, moment_print(m.received, received), m.integration,
	    record_disposition_name[m.disposition], m.reason, m.payment };
	return pack_csv_row(outfile_buf(o), cell, 6, e) == -1 ? -1 : outfile_drain(o, e);
}

int
pack_messages_csv(struct pack *p, struct outfile *o, struct error *e)
{
	return buf_adds(outfile_buf(o), "message_id,received,integration,disposition,reason,payment_id\r\n",
	    e) == -1 ? -1 : spill_each(p->messages, message_line, o, e);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **
pack_sorted(const json_t *table, size_t *n)
{
	const char **ids = calloc(json_object_size(table) + 1, sizeof(*ids)), *key;
	json_t *v;

	*n = 0;
	if (ids == NULL)
		return NULL;
	json_object_foreach((json_t *)table, key, v)
		ids[(*n)++] = key;
	qsort(ids, *n, sizeof(*ids), by_text);
	return ids;
}

int
pack_breaks_csv(struct pack *p, struct outfile *o, struct error *e)
{
	const json_t *table = json_object_get(p->st.tables, "break");
	size_t n, i;
	const char **ids = pack_sorted(table, &n);
	int rc = -1;

	if (ids == NULL)
		return error_sys(e, "pack");
	if (buf_adds(outfile_buf(o), BREAKS_COLUMNS "\r\n", e) == -1)
		goto out;
	for (i = 0; i < n; i++) {
		const json_t *b = json_object_get(table, ids[i]);
		struct breaks_cells c;
		int st = breaks_status(b);

		/* What was settled before the period is no longer news. */
		if ((st == BREAK_RESOLVED || st == BREAK_EXPLAINED) &&
		    strcmp(breaks_text(b, "as_of"), p->from) < 0)
			continue;
		breaks_cells(&c, ids[i], b, p->to);
		c.cell[2] = breaks_status_name[breaks_effective(b, p->to)];
		if (pack_csv_row(outfile_buf(o), c.cell, BREAKS_CELLS, e) == -1 || outfile_drain(o, e) == -1)
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
pack_hledger_head(struct pack *p, struct buf *out, struct error *e)
{
	size_t i;
	int any = 0;

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
		if (pack_posting(out, p->balances[i].account, p->balances[i].currency, p->balances[i].opening,
		    e) == -1)
			return -1;
	}
	return 0;
}

int
pack_verify_txt(struct pack *p, struct outfile *o, struct error *e)
{
	char groups[SIGN_GROUPS];

	return buf_addf(outfile_buf(o), e,
	    "How to check this folder without us\n"
	    "===================================\n\n"
	    "%s%s: %s book, %s to %s.\n\n"
	    "1. The key.  Compare this fingerprint, group by group, with the letter you were given\n"
	    "   on paper:\n\n"
	    "       %s\n\n"
	    "   This page came with the pack, and would be forged with it; the letter did not.  A good\n"
	    "   signature by any other key proves nothing.\n\n"
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
	    "5. The row of packs.  Packs of a book are numbered without a gap (`number` in\n"
	    "   manifest.json), and each names the one before it: this must print the\n"
	    "   `previous_manifest` of manifest.json (the very first pack has none):\n\n"
	    "       sha256sum ../FOLDER-OF-THE-PACK-BEFORE/manifest.json\n\n"
	    "In the books a debit is positive: a customer who paid in 20.00 stands at -20.00, which is\n"
	    "what we owe in service.  journal.csv has every entry by leg, payments.csv every movement at\n"
	    "a provider, messages.csv what became of every notification (also an earlier one that was\n"
	    "decided now, or still waits), breaks.csv what did not tie.  report.pdf is the same to read,\n"
	    "workbook.xlsx for a spreadsheet, ACCOUNT-CCY.ofx a bank statement of each provider account.\n"
	    "Who has daybook: daybook-audit --verify FOLDER --key FINGERPRINT also adds all figures again\n"
	    "from this folder alone; of several folders it shows that none is missing between them.\n"
	    "journal.jsonl is the slice of the journal itself; each line carries the SHA-256 of the line\n"
	    "before it (without its line end), so nothing can be taken out or put in between,\n"
	    "and, unless it is empty, the last line's is `chain_head` of manifest.json:\n\n"
	    "       tail -n 1 journal.jsonl | tr -d '\\n' | sha256sum\n",
	    p->site->stand_ins ? "STAND-IN, no real money: " : "", p->site->name, site_book_name[p->book],
	    p->from, p->to, sign_groups(p->site->key, groups), p->site->key);
}
