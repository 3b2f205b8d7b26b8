/*
 * match_rows -- the rows of a run's files: in full (v), and ordinary payments in short (plain).
 *
 * Both are in time order, equal times in the order they were read; match_next walks them as one.
 * A plain row that is not simply matched is promoted: made again from its file, in full, and from
 * then on like any other.  So v holds all that anyone must look at, and memory grows with the
 * report by some seventy bytes a payment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match_priv.h"
#include "text.h"

/* ---- taking them from a reader ---- */

int
match_take_row(void *arg, const struct report_row *row, struct error *e)
{
	struct match *m = arg;
	struct match_row *v;

	if (m->n == m->cap) {
		size_t cap = m->cap == 0 ? 1024 : m->cap * 2;

		if ((v = reallocarray(m->v, cap, sizeof(*v))) == NULL)
			return error_sys(e, "reconcile");
		m->v = v;
		m->cap = cap;
	}
	v = &m->v[m->n++];
	memset(v, 0, sizeof(*v));
	v->r = *row;
	v->file = m->at_file;
	v->seq = m->nseq++;
	m->file[m->at_file].rows++;
	return 0;
}

/* One of our addresses: item of the setting receiver. */
static int
own_address(const struct match *m, const char *own)
{
	const char *list = json_string_value(json_object_get(m->in.settings, "receiver")), *one;
	size_t len;
	int k;

	for (k = 0; m->have_in && list != NULL && site_list_item(list, k, &one, &len); k++)
		if (text_equal_ci(one, len, own, strlen(own)))
			return 1;
	return 0;
}

int
match_take_plain(void *arg, const struct report_plain *p, const char *own, struct error *e)
{
	struct match *m = arg;
	struct report_plain *v;

	if (m->nplain == m->cplain) {
		size_t cap = m->cplain == 0 ? 4096 : m->cplain + m->cplain / 2;

		if ((v = reallocarray(m->plain, cap, sizeof(*v))) == NULL)
			return error_sys(e, "reconcile");
		m->plain = v;
		m->cplain = cap;
	}
	if (m->nseq > UINT32_MAX)
		return error_set(e, ERR_INPUT, "%s: more than %u rows", m->file[m->at_file].name, UINT32_MAX);
	v = &m->plain[m->nplain++];
	*v = *p;
	v->file = (uint8_t)m->at_file;
	v->seq = (uint32_t)m->nseq++;
	v->mark = 0;
	m->file[m->at_file].rows++;
	if (own != m->last_own) {	/* the same text is the same pointer */
		m->last_own = own;
		m->plain_named |= own[0] != '\0';
		m->plain_ours |= own[0] != '\0' && own_address(m, own);
	}
	return 0;
}

void
match_take_again(void *arg, struct report_again *a)
{
	struct match *m = arg;

	m->file[m->at_file].again = a;
	m->last_own = NULL;
}

static int
before(int64_t event, size_t seq, int64_t event2, size_t seq2)
{
	return event != event2 ? event < event2 : seq < seq2;
}

static int
by_time(const void *a, const void *b)
{
	const struct match_row *x = a, *y = b;

	return before(x->r.event, x->seq, y->r.event, y->seq) ? -1 : x->seq != y->seq;
}

static int
plain_by_time(const void *a, const void *b)
{
	const struct report_plain *x = a, *y = b;

	return before(x->event, x->seq, y->event, y->seq) ? -1 : x->seq != y->seq;
}

void
match_sort(struct match *m)
{
	size_t i;

	for (i = 1; i < m->n && by_time(&m->v[i - 1], &m->v[i]) < 0; i++)
		continue;
	if (i < m->n)
		qsort(m->v, m->n, sizeof(*m->v), by_time);
	for (i = 1; i < m->nplain && plain_by_time(&m->plain[i - 1], &m->plain[i]) < 0; i++)
		continue;
	if (i < m->nplain)
		qsort(m->plain, m->nplain, sizeof(*m->plain), plain_by_time);
	m->total = m->n + m->nplain;
	if (m->n > 0) {
		m->first = m->v[0].r.event;
		m->last = m->v[m->n - 1].r.event;
	}
	if (m->nplain > 0) {
		if (m->n == 0 || m->plain[0].event < m->first)
			m->first = m->plain[0].event;
		if (m->n == 0 || m->plain[m->nplain - 1].event > m->last)
			m->last = m->plain[m->nplain - 1].event;
	}
}

/* ---- both as one ---- */

int
match_next(const struct match *m, struct match_walk *w, struct match_line *l)
{
	const struct report_plain *p;
	const struct match_row *v = w->row < m->n ? &m->v[w->row] : NULL;

	while (w->plain < m->nplain && m->plain[w->plain].mark == PLAIN_GONE)
		w->plain++;
	p = w->plain < m->nplain ? &m->plain[w->plain] : NULL;
	if (p == NULL && v == NULL)
		return 0;
	l->plain = NULL;
	l->row = NULL;
	if (v == NULL || (p != NULL && before(p->event, p->seq, v->r.event, v->seq))) {
		w->plain++;
		l->plain = p;
		l->file = p->file;
		l->line = p->line;
		l->event = p->event;
		memcpy(l->currency, money_code(p->currency), 3);
		l->currency[3] = '\0';
		l->id = p->id;
		l->net = p->gross - p->fee;
		l->balance = p->balance;
		l->has_balance = p->has_balance;
		l->moves_balance = 1;
		return 1;
	}
	w->row++;
	l->row = v;
	l->file = v->file;
	l->line = v->r.line;
	l->event = v->r.event;
	memcpy(l->currency, v->r.currency, 4);
	l->id = v->r.id;
	l->net = v->r.net;
	l->balance = v->r.balance;
	l->has_balance = v->r.has_balance;
	l->moves_balance = v->r.moves_balance;
	return 1;
}

/* ---- in full again ---- */

int
match_again(struct match *m, const struct report_plain *p, struct match_row *row)
{
	struct match_file *f = &m->file[p->file];

	memset(row, 0, sizeof(*row));
	if (f->again->row(f->again, f->fd, p, &row->r, m->e) == -1)
		return -1;
	row->file = p->file;
	row->seq = p->seq;
	return 0;
}

int
match_promote(struct match *m)
{
	size_t i, n = 0, had = m->n;
	struct match_row *v;

	for (i = 0; i < m->nplain; i++)
		n += m->plain[i].mark == PLAIN_ODD;
	if (n == 0)
		return 0;
	if (m->n + n > m->cap) {
		if ((v = reallocarray(m->v, m->n + n, sizeof(*v))) == NULL)
			return error_sys(m->e, "reconcile");
		m->v = v;
		m->cap = m->n + n;
	}
	for (i = 0; i < m->nplain; i++) {
		if (m->plain[i].mark != PLAIN_ODD)
			continue;
		if (match_again(m, &m->plain[i], &m->v[m->n]) == -1)
			return -1;
		m->plain[i].mark = PLAIN_GONE;
		m->n++;
	}
	if (had > 0)
		qsort(m->v, m->n, sizeof(*m->v), by_time);
	return 0;
}

/* ---- what is checked of all rows ---- */

/* A report of another account would be booked as if it were ours: most rows name the own address. */
int
match_check_account(struct match *m)
{
	const char *list = json_string_value(json_object_get(m->in.settings, "receiver")), *one;
	size_t i, len, named = 0;
	int k, addresses = 0;
	struct match_row other;
	const struct match_row *at = NULL;

	if (!m->have_in || list == NULL || m->plain_ours)
		return 0;
	for (k = 0; site_list_item(list, k, &one, &len); k++)
		addresses += memchr(one, '@', len) != NULL;
	if (addresses == 0)
		return 0;
	for (i = 0; i < m->n; i++) {
		const struct report_row *r = &m->v[i].r;

		if (r->own[0] == '\0' || (r->move != MOVE_PAYMENT && r->move != MOVE_PAYOUT))
			continue;
		if (own_address(m, r->own))
			return 0;
		if (named++ == 0)
			at = &m->v[i];
	}
	for (i = 0; m->plain_named && i < m->nplain; i++) {
		if (at != NULL && !before(m->plain[i].event, m->plain[i].seq, at->r.event, at->seq))
			break;
		if (match_again(m, &m->plain[i], &other) == -1)
			return -1;
		if (other.r.own[0] != '\0') {
			at = &other;
			break;
		}
	}
	if (at == NULL)
		return 0;
	return error_set(m->e, ERR_INPUT, "%s:%zu: \"%.80s\": no row names an address of account %s (setting "
	    "receiver): is this another account's report?", m->file[at->file].name, at->r.line, at->r.own,
	    m->o->account);
}

static int
tell_joint(struct match *m, const struct match_line *l, int64_t stood)
{
	struct report_control c;
	char a[MONEY_TEXT], b[MONEY_TEXT];

	memset(&c, 0, sizeof(c));
	c.line = l->line;
	c.stated = l->balance;
	c.computed = stood + l->net;
	c.event = l->event;
	c.balance = 1;
	memcpy(c.currency, l->currency, 4);
	(void)snprintf(c.id, sizeof(c.id), "%s", l->id);
	(void)snprintf(c.text, sizeof(c.text), "this file begins at %s, the one before ended at %s: rows "
	    "between them are missing", money_print(l->balance - l->net, c.currency, a),
	    money_print(stood, c.currency, b));
	m->at_file = l->file;
	return match_take_control(m, &c, m->e);
}

/* Rows of one moment, so that those of the next file that tell of the same are known. */
struct moment_rows {
	int64_t	event;
	size_t	n;
	struct {
		char	ccy[4];
		int64_t	net, balance;
	} v[512];
};

/* 1 where it was told before; else it is noted (as far as there is room: so many share no second). */
static int
told_before(struct moment_rows *t, const struct match_line *l)
{
	size_t i;

	if (t->event != l->event)
		t->n = 0;
	t->event = l->event;
	for (i = 0; i < t->n; i++)
		if (t->v[i].net == l->net && t->v[i].balance == l->balance &&
		    memcmp(t->v[i].ccy, l->currency, 3) == 0)
			return 1;
	if (t->n < sizeof(t->v) / sizeof(t->v[0])) {
		memcpy(t->v[t->n].ccy, l->currency, 4);
		t->v[t->n].net = l->net;
		t->v[t->n++].balance = l->balance;
	}
	return 0;
}

/* Between two files of one account the balance must go on where it stood. */
int
match_check_joints(struct match *m)
{
	struct { char ccy[4]; int file; int64_t balance; } at[MONEY_CURRENCIES];
	struct moment_rows told = { 0 };
	struct match_walk w = { 0, 0 };
	struct match_line l;
	int k, n = 0;

	if (m->nfiles < 2)
		return 0;
	while (match_next(m, &w, &l)) {
		if (!l.moves_balance || !l.has_balance || told_before(&told, &l))
			continue;
		for (k = 0; k < n && memcmp(at[k].ccy, l.currency, 3) != 0; k++)
			continue;
		if (k == MONEY_CURRENCIES)
			continue;
		if (k == n)
			memcpy(at[n++].ccy, l.currency, 4);
		else if (at[k].file != l.file && at[k].balance + l.net != l.balance &&
		    at[k].balance != l.balance && tell_joint(m, &l, at[k].balance) == -1)
			return -1;
		at[k].file = l.file;
		at[k].balance = l.balance;
	}
	return 0;
}

int
match_in_report(const struct match *m, const char *id)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->v[i].r.id, id) == 0)
			return 1;
	return match_plain_find(m, id) != NULL;
}
