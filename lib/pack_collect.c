/*
 * pack_collect -- one walk of the journal, from its first record to the period's last.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "durable.h"
#include "money.h"
#include "pack_priv.h"

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "pack: no memory");
}

/* Place of key in an array that grows; -1 no memory.  *is_new: it was added. */
static int64_t
place(json_t *at, const char *key, void **v, size_t *n, size_t size, int *is_new)
{
	json_t *j = json_object_get(at, key);
	char *p = *v;

	*is_new = 0;
	if (j != NULL)
		return json_integer_value(j);
	if ((*n & (*n - 1)) == 0) {
		if ((p = realloc(*v, (*n == 0 ? 1 : *n * 2) * size)) == NULL)
			return -1;
		*v = p;
	}
	memset(p + *n * size, 0, size);
	if (json_object_set_new(at, key, json_integer((json_int_t)*n)) == -1)
		return -1;
	*is_new = 1;
	return (int64_t)(*n)++;
}

static int
take_leg(struct pack *p, const struct leg *l, int in_period, struct error *e)
{
	char key[RECORD_ACCOUNT + 8];
	void *v = p->balances;
	struct pack_balance *b;
	int64_t at;
	int is_new;

	(void)snprintf(key, sizeof(key), "%s\t%s", l->account, l->currency);
	at = place(p->balance_at, key, &v, &p->nbalances, sizeof(*b), &is_new);
	p->balances = v;
	if (at == -1)
		return no_memory(e);
	b = &p->balances[at];
	if (is_new) {
		memcpy(b->account, l->account, sizeof(b->account));
		memcpy(b->currency, l->currency, sizeof(b->currency));
	}
	if (!in_period)
		return money_add(&b->opening, l->minor, e);
	b->entries++;
	return l->minor > 0 ? money_add(&b->debit, l->minor, e) : money_sub(&b->credit, l->minor, e);
}

static int
take_row(struct pack *p, const struct payrow *row, int in_period, struct error *e)
{
	char key[256];
	void *v = p->rows;
	int64_t at;
	int is_new;

	if (row->move == MOVE_DISPUTE)
		return 0;
	(void)snprintf(key, sizeof(key), "%s\t%s\t%s", row->account, record_move_name[row->move], row->id);
	if (books_row_unallocated(row))
		(void)json_object_set_new(p->unallocated, key, json_true());
	else
		(void)json_object_del(p->unallocated, key);
	if (!in_period || (p->want & PACK_ROWS) == 0)
		return 0;
	at = place(p->row_at, key, &v, &p->nrows, sizeof(*row), &is_new);
	p->rows = v;
	if (at == -1)
		return no_memory(e);
	p->rows[at] = *row;
	return 0;
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

static int
take_message(struct pack *p, const struct record *r, int in_period, struct error *e)
{
	struct pack_message *m;
	void *v = p->messages;
	int64_t at;
	int is_new;
	size_t i;
	json_t *j;

	track(p, r->id, r->disposition);
	for (i = 0; i < r->nalso; i++) {
		track(p, r->also[i].id, r->also[i].disposition);
		if ((j = json_object_get(p->message_at, r->also[i].id)) != NULL) {
			m = &p->messages[json_integer_value(j)];
			m->disposition = r->also[i].disposition;
			m->touched |= in_period;
			memcpy(m->reason, r->also[i].reason, sizeof(m->reason));
		}
	}
	/*
	 * Requests of people and the books' own doings are in journal.csv, not among the messages.
	 * An older message that waited may change in the period, or still wait at its end.
	 */
	if ((!in_period && !is_open(r->disposition)) || (p->want & PACK_MESSAGES) == 0 || strcmp(r->origin, "desk") == 0 || strcmp(r->origin, "post") == 0)
		return 0;
	at = place(p->message_at, r->id, &v, &p->nmessages, sizeof(*m), &is_new);
	p->messages = v;
	if (at == -1)
		return no_memory(e);
	m = &p->messages[at];
	memcpy(m->id, r->id, sizeof(m->id));
	memcpy(m->integration, r->integration, sizeof(m->integration));
	memcpy(m->reason, r->reason, sizeof(m->reason));
	memcpy(m->payment, r->payment, sizeof(m->payment));
	memcpy(m->day, r->day, sizeof(m->day));
	m->received = r->received;
	m->disposition = r->disposition;
	m->touched |= in_period;
	return 0;
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
	if (!in_period)
		return 0;
	p->nentries++;
	return pack_entry(p, r, i, day, e);
}

static int
take_record(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct pack *p = arg;
	int in_period = p->from == NULL || strcmp(r->day, p->from) >= 0;
	size_t i;
	json_t *put;

	if (!p->by_event && p->to != NULL && strcmp(r->day, p->to) > 0)
		return 0;	/* a clock set back may leave earlier days behind: walk on */
	p->end = *at;
	if (in_period) {
		if (p->first == 0)
			p->first = r->n;
		p->last = r->n;
		p->records++;
		if ((p->want & PACK_JSONL) != 0 &&
		    (buf_add(&p->jsonl, raw, rawlen, e) == -1 || buf_add(&p->jsonl, "\n", 1, e) == -1))
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
	json_array_foreach(json_object_get(r->data, "put"), i, put) {
		const char *table = json_string_value(json_array_get(put, 0));
		const char *key = json_string_value(json_array_get(put, 1));

		if (table != NULL && key != NULL && strcmp(table, "break") == 0)
			(void)json_object_set(p->breaks, key, json_array_get(put, 2));
	}
	return take_message(p, r, in_period, e);
}

int
pack_collect(struct pack *p, struct error *e)
{
	char path[32];
	int dir, rc;

	p->balance_at = json_object();
	p->row_at = json_object();
	p->message_at = json_object();
	p->open_messages = json_object();
	p->unallocated = json_object();
	p->breaks = json_object();
	p->journal_csv = p->hledger = p->jsonl = p->entries_json = (struct buf)BUF_INIT(PACK_FILE_MAX);
	journal_pos_start(&p->end);
	(void)snprintf(path, sizeof(path), "books/%s", site_book_name[p->book]);
	if (pack_journal_head(p, e) == -1 || (dir = durable_open_dir(p->site->fd, path, e)) == -1)
		return -1;
	rc = journal_scan(dir, NULL, NULL, take_record, p, NULL, e);
	close(dir);
	return rc;
}

void
pack_free(struct pack *p)
{
	free(p->balances);
	free(p->rows);
	free(p->messages);
	json_decref(p->balance_at);
	json_decref(p->row_at);
	json_decref(p->message_at);
	json_decref(p->open_messages);
	json_decref(p->unallocated);
	json_decref(p->breaks);
	buf_free(&p->journal_csv);
	buf_free(&p->hledger);
	buf_free(&p->jsonl);
	buf_free(&p->entries_json);
}
