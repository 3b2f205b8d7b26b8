/*
 * pack_collect -- one walk of the journal, from its first record to the period's last.
 *
 * What grows with the number of payments goes to disk as it comes (outfile, spill).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "durable.h"
#include "money.h"
#include "ofx.h"
#include "pack_priv.h"

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "pack: no memory");
}

static int
take_leg(struct pack *p, const struct leg *l, int in_period, struct error *e)
{
	char key[RECORD_ACCOUNT + 8];
	struct pack_balance *b;
	uint32_t at;
	int is_new, n = snprintf(key, sizeof(key), "%s\t%s", l->account, l->currency);

	if (keyed_place(p->balance_at, key, (size_t)n, &at, &is_new, e) == -1)
		return -1;
	if (is_new) {
		if ((at & (at - 1)) == 0) {
			if ((b = realloc(p->balances, (at == 0 ? 1 : (size_t)at * 2) * sizeof(*b))) == NULL)
				return no_memory(e);
			p->balances = b;
		}
		b = &p->balances[at];
		memset(b, 0, sizeof(*b));
		memcpy(b->account, l->account, sizeof(b->account));
		memcpy(b->currency, l->currency, sizeof(b->currency));
		p->nbalances++;
	}
	b = &p->balances[at];
	if (money_add(&b->closing, l->minor, e) == -1)
		return -1;
	if (!in_period)
		return money_add(&b->opening, l->minor, e);
	b->entries++;
	return l->minor > 0 ? money_add(&b->debit, l->minor, e) : money_sub(&b->credit, l->minor, e);
}

static int
take_row(struct pack *p, const struct payrow *row, int in_period, struct error *e)
{
	struct buf packed = BUF_INIT(16384);
	char key[256];
	int n, rc;

	if (row->move == MOVE_DISPUTE)
		return 0;
	if ((p->want & PACK_STATE) != 0 && pack_state_row(p, row, e) == -1)
		return -1;
	if (!in_period || (p->want & PACK_ROWS) == 0)
		return 0;
	n = snprintf(key, sizeof(key), "%s\t%s\t%s", row->account, record_move_name[row->move], row->id);
	rc = record_row_pack(row, &packed, e);
	if (rc == 0)
		rc = spill_put(p->rows, key, (size_t)n, row->recorded, packed.data, packed.len, e);
	buf_free(&packed);
	return rc;
}

static int
is_open(enum disposition d)
{
	return d == DISP_HELD || d == DISP_WAITING;
}

static void
track(struct pack *p, const char *id, enum disposition d)
{
	if (is_open(d))
		(void)json_object_set_new(p->open_messages, id, json_integer(d));
	else
		(void)json_object_del(p->open_messages, id);
}

/* Another message's disposition changes. */
static int
take_also(struct pack *p, const struct also *a, int in_period, struct error *e)
{
	struct buf found = BUF_INIT(sizeof(struct pack_message));
	struct pack_message m;
	int rc;

	track(p, a->id, a->disposition);
	if ((p->want & PACK_MESSAGES) == 0)
		return 0;
	if ((rc = spill_get(p->messages, a->id, strlen(a->id), &found, e)) == 1) {
		memcpy(&m, found.data, sizeof(m));
		m.disposition = a->disposition;
		m.touched |= in_period;
		memcpy(m.reason, a->reason, sizeof(m.reason));
		rc = spill_put(p->messages, m.id, strlen(m.id), m.received, &m, sizeof(m), e);
	}
	buf_free(&found);
	return rc;
}

static int
take_message(struct pack *p, const struct record *r, int in_period, struct error *e)
{
	struct pack_message m;
	size_t i;

	track(p, r->id, r->disposition);
	for (i = 0; i < r->nalso; i++)
		if (take_also(p, &r->also[i], in_period, e) == -1)
			return -1;
	/*
	 * Requests of people and the books' own doings are in journal.csv, not among the messages.
	 * An older message that waited may change in the period, or still wait at its end.
	 */
	if ((!in_period && !is_open(r->disposition)) || (p->want & PACK_MESSAGES) == 0 ||
	    strcmp(r->origin, "desk") == 0 || strcmp(r->origin, "post") == 0)
		return 0;
	memset(&m, 0, sizeof(m));
	memcpy(m.id, r->id, sizeof(m.id));
	memcpy(m.integration, r->integration, sizeof(m.integration));
	memcpy(m.reason, r->reason, sizeof(m.reason));
	memcpy(m.payment, r->payment, sizeof(m.payment));
	memcpy(m.day, r->day, sizeof(m.day));
	m.received = r->received;
	m.disposition = r->disposition;
	m.touched = in_period;
	return spill_put(p->messages, m.id, strlen(m.id), m.received, &m, sizeof(m), e);
}

static int
take_entry(struct pack *p, const struct record *r, size_t i, struct error *e)
{
	const struct entry *en = &r->entries[i];
	char event[MOMENT_DAY];
	const char *day = p->by_event && en->event != 0 ? moment_day(en->event, event) : r->day;
	int in_period = p->from == NULL || strcmp(day, p->from) >= 0;
	size_t k;

	if (p->to != NULL && strcmp(day, p->to) > 0)
		return 0;
	for (k = 0; k < en->nlegs; k++)
		if (take_leg(p, &en->legs[k], in_period, e) == -1)
			return -1;
	if ((p->want & PACK_STATE) != 0 && pack_state_entry(p, r, en, in_period, e) == -1)
		return -1;
	if (!in_period)
		return 0;
	p->nentries++;
	if ((p->want & PACK_OFX) != 0 && ofx_take(p->ofx, r, i, e) == -1)
		return -1;
	return pack_entry(p, r, i, day, e);
}

static int
take_jsonl(struct pack *p, const char *raw, size_t rawlen, struct error *e)
{
	struct buf *out = outfile_buf(p->jsonl);

	return buf_add(out, raw, rawlen, e) == -1 || buf_add(out, "\n", 1, e) == -1 ? -1 :
	    outfile_drain(p->jsonl, e);
}

static int
take_record(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct pack *p = arg;
	int in_period = p->from == NULL || strcmp(r->day, p->from) >= 0;
	size_t i;

	if (!p->by_event && p->to != NULL && strcmp(r->day, p->to) > 0)
		return 0;	/* a clock set back may leave earlier days behind: walk on */
	p->end = *at;
	memcpy(p->last_day, r->day, sizeof(p->last_day));
	if (in_period) {
		if (p->first == 0) {
			p->first = r->n;
			memcpy(p->previous_head, r->prev, sizeof(p->previous_head));
		}
		p->last = r->n;
		p->records++;
		if (p->jsonl != NULL && take_jsonl(p, raw, rawlen, e) == -1)
			return -1;
	}
	if (r->type != REC_MESSAGE)
		return 0;
	for (i = 0; i < r->nentries; i++)
		if (take_entry(p, r, i, e) == -1)
			return -1;
	for (i = 0; i < r->nrows; i++)
		if (take_row(p, &r->rows[i], in_period, e) == -1)
			return -1;
	if ((p->want & PACK_STATE) != 0 && pack_state_record(p, r, in_period, e) == -1)
		return -1;
	return take_message(p, r, in_period, e);
}

static int
by_account(const void *a, const void *b)
{
	const struct pack_balance *x = a, *y = b;
	int d = strcmp(x->account, y->account);

	return d != 0 ? d : strcmp(x->currency, y->currency);
}

int
pack_collect(struct pack *p, struct error *e)
{
	char path[32];
	int dir, rc;

	p->open_messages = json_object();
	journal_pos_start(&p->end);
	if ((p->balance_at = keyed_new(e)) == NULL ||
	    ((p->want & PACK_ROWS) != 0 && (p->rows = spill_new(p->dir, e)) == NULL) ||
	    ((p->want & PACK_MESSAGES) != 0 && (p->messages = spill_new(p->dir, e)) == NULL) ||
	    ((p->want & PACK_OFX) != 0 && (p->ofx = spill_new(p->dir, e)) == NULL) ||
	    pack_state_init(p, e) == -1 || pack_journal_head(p, e) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "books/%s", site_book_name[p->book]);
	if ((dir = durable_open_dir(p->site->fd, path, e)) == -1)
		return -1;
	rc = journal_scan(dir, NULL, NULL, take_record, p, NULL, e);
	close(dir);
	if (rc == 0 && (p->want & PACK_STATE) != 0)
		rc = pack_state_register(p, e);
	if (rc == 0 && p->nbalances > 0)
		qsort(p->balances, p->nbalances, sizeof(*p->balances), by_account);
	return rc;
}

void
pack_free(struct pack *p)
{
	free(p->balances);
	keyed_free(p->balance_at);
	spill_free(p->rows);
	spill_free(p->messages);
	spill_free(p->ofx);
	json_decref(p->open_messages);
	pack_state_free(p);
}
