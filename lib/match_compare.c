/*
 * match_compare -- a report's rows against the books, the books against the rows, then the
 * balances (design.md, Reconciliation).
 *
 * Rows and books meet by the provider's id.  What belongs to the opening balance is left alone.
 * Memory grows with the report, not with the books.
 */
#include <stdlib.h>
#include <string.h>

#include "masspay.h"
#include "match_priv.h"
#include "money.h"
#include "payment.h"

struct ids {				/* report ids in order, to find rows of one id */
	const char	*id;
	size_t		 row;
};

struct compare {
	struct match	*m;
	struct books	*b;
	struct ids	*ids;
	size_t		 nids;
	struct match_join join;
	unsigned char	(*seen)[16];	/* keys of the books' rows that rows in full stand for */
	size_t		 nseen;
	char		*uid_used;
	struct error	*e;
};

static struct match_currency *
currency(struct match *m, const char ccy[4])
{
	return match_currency(m, ccy);
}

int64_t
match_explained(const struct match_currency *c)
{
	return c->not_in_books - c->not_in_report + c->differing + c->controls;
}

/* Expected: still inside its window of days. */
static int
young(const struct match *m, int64_t event)
{
	char day[MOMENT_DAY];

	return moment_days_between(moment_day(event, day), m->today) <= m->s->window_days;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct ids *)a)->id, ((const struct ids *)b)->id);
}

static int
by_key(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* First of the rows with that id, or NULL. */
static const struct ids *
rows_of(const struct compare *c, const char *id)
{
	struct ids key = { id, 0 }, *at = bsearch(&key, c->ids, c->nids, sizeof(key), by_id);

	while (at != NULL && at > c->ids && strcmp(at[-1].id, id) == 0)
		at--;
	return at;
}

static void
mark(struct compare *c, struct match_row *row, const struct payrow *l)
{
	books_brief_key(c->b, l->account, l->move, l->id, c->seen[c->nseen++]);
	row->lmove = l->move;
	memcpy(row->lid, l->id, sizeof(row->lid));
}

/* ---- the row's place in the books ---- */

/* Money that came back: of a payout of ours, or something a rule must name. */
static int
settle_kind(struct compare *c, struct match_row *row)
{
	const struct ids *at;
	struct payrow l;
	int rc;

	if (row->r.gross <= 0 || row->r.move != MOVE_OTHER || row->r.reference[0] == '\0' ||
	    !row->r.known_type)
		return 0;
	rc = books_row(c->b, c->m->o->account, MOVE_PAYOUT, row->r.reference, &l, c->e);
	if (rc == 0)
		for (at = rows_of(c, row->r.reference); at != NULL && at < c->ids + c->nids &&
		    strcmp(at->id, row->r.reference) == 0; at++)
			rc |= c->m->v[at->row].r.move == MOVE_PAYOUT;
	if (rc == 1)
		row->r.move = MOVE_PAYOUT_RETURN;
	return rc == -1 ? -1 : 0;
}

/* 2 the same payee, 1 one side does not say him by address, 0 another. */
static int
payee_fits(const struct payrow *u, const struct report_row *r)
{
	if (strcmp(u->payer, r->payer) == 0 && r->payer[0] != '\0')
		return 2;
	return strchr(u->payer, '@') == NULL || strchr(r->payer, '@') == NULL;
}

/*
 * A payout known by our reference alone: amount, currency, and of the same payee the nearest in time;
 * or, where a file does not say the payee, the only one of its days.
 */
static int
find_uid(struct compare *c, struct match_row *row, struct payrow *l)
{
	int64_t apart, least = 0, days = c->m->s->window_days + 1;
	size_t i, hit = 0, n = 0;
	int best = 0, how;

	for (i = 0; i < c->join.nuid; i++) {
		const struct payrow *u = &c->join.uid[i];

		if (c->uid_used[i] || u->parent[0] != '\0' || u->gross != row->r.gross ||
		    strcmp(u->currency, row->r.currency) != 0 || (how = payee_fits(u, &row->r)) == 0 || how < best)
			continue;
		apart = u->event < row->r.event ? row->r.event - u->event : u->event - row->r.event;
		if (apart > (how == 2 ? MASSPAY_WINDOW : days) * MOMENT_DAY_US)
			continue;
		if (how > best || apart < least) {
			hit = i;
			least = apart;
		}
		n = how > best ? 1 : n + 1;
		best = how;
	}
	if (n == 0)
		return 0;
	row->postable = 0;	/* never a second time, whichever it is */
	if (n > 1 && best == 1)
		return 0;
	c->uid_used[hit] = 1;
	*l = c->join.uid[hit];
	return 1;
}

/* A payout first told by our reference alone, whose id was told later. */
static int
find_named(struct compare *c, const struct match_row *row, struct payrow *l)
{
	size_t i;
	int rc;

	for (i = 0; (rc = books_child(c->b, c->m->o->account, row->r.id, i, l, c->e)) == 1; i++)
		if (l->move == MOVE_PAYOUT)
			break;
	return rc;
}

static int
find(struct compare *c, struct match_row *row, struct payrow *l)
{
	const char *account = c->m->o->account;
	int move, rc = 0;

	if (row->r.id[0] == '\0')
		return 0;
	rc = books_row(c->b, account, row->r.move, row->r.id, l, c->e);
	if (rc == 0 && row->r.move == MOVE_CONVERSION && row->r.reference[0] != '\0' &&
	    (rc = books_row(c->b, account, MOVE_CONVERSION, row->r.reference, l, c->e)) == 1 &&
	    l->currency2[0] == '\0')
		rc = 0;		/* the other half of a conversion that a report brought */
	if (rc == 0 && row->r.move == MOVE_PAYOUT_RETURN)
		rc = books_row(c->b, account, MOVE_PAYOUT_RETURN, row->r.reference, l, c->e);
	for (move = 0; rc == 0 && move < MOVES; move++)
		if (move != (int)row->r.move && move != MOVE_CONVERSION && move != MOVE_DISPUTE &&
		    move != MOVE_PAYOUT_RETURN)
			rc = books_row(c->b, account, (enum movement)move, row->r.id, l, c->e);
	if (rc == 0 && row->r.move == MOVE_PAYOUT && (rc = find_named(c, row, l)) == 0)
		rc = find_uid(c, row, l);
	return rc;
}

/* ---- one row ---- */

static int
differs(struct match *m, struct match_row *row, const struct payrow *l, const char *category,
    const struct match_amounts *a, int64_t theirs, int64_t ours, int expected, const char *text)
{
	const char *ours_ccy = strcmp(category, "currency") == 0 ? l->currency : row->r.currency;

	row->outcome = ROW_DIFFERS;
	if (money_add(&currency(m, row->r.currency)->differing, theirs, m->e) == -1 ||
	    money_sub(&currency(m, ours_ccy)->differing, ours, m->e) == -1)
		return -1;
	return match_break(m, category, row->r.id, row->r.currency, a, row, row->r.event, expected,
	    "%s: %s", row->r.type, text);
}

static int
compare_conversion(struct match *m, struct match_row *row, const struct payrow *l)
{
	int second = strcmp(l->currency, row->r.currency) != 0;
	int64_t ours = second ? l->gross2 : l->gross - l->fee;
	struct match_amounts a = { 1, 1, row->r.net, ours };

	if (second && strcmp(l->currency2, row->r.currency) != 0)
		return differs(m, row, l, "currency", &a, row->r.net, 0, 0,
		    "the books know this conversion in other currencies");
	if (row->r.net == ours)
		return 0;
	return differs(m, row, l, "amount", &a, row->r.net, ours, 0, "converted another amount");
}

static int
compare_row(struct match *m, struct match_row *row, const struct payrow *l)
{
	struct match_amounts a = { 1, 1, row->r.gross, l->gross };
	int64_t ours = l->gross - l->fee;
	char text[160];

	row->outcome = ROW_MATCHED;
	row->postable = 0;
	if (l->move == MOVE_CONVERSION && row->r.move == MOVE_CONVERSION && l->booked)
		return compare_conversion(m, row, l);
	if (strcmp(l->currency, row->r.currency) != 0)
		return differs(m, row, l, "currency", &a, row->r.net, l->booked ? ours : 0, 0,
		    "another currency in the books");
	if (l->gross != row->r.gross)
		return differs(m, row, l, "amount", &a, row->r.net, l->booked ? ours : 0, 0,
		    "another amount in the books");
	if (!l->booked) {
		row->postable = row->r.known_type;
		(void)snprintf(text, sizeof(text), "the money moved, the books know it as %s",
		    l->waiting ? "waiting for its payment" : record_status_name[l->status]);
		return differs(m, row, l, "status", &a, row->r.net, 0, young(m, row->r.event), text);
	}
	if (row->r.fee_known && row->r.fee != l->fee) {
		struct match_amounts fees = { 1, 1, row->r.fee, l->fee };

		row->postable = !l->fee_known;
		return differs(m, row, l, "fee", &fees, row->r.net, ours, 0,
		    l->fee_known ? "another fee in the books" : "the books were told of no fee");
	}
	return 0;
}

static int
missing(struct match *m, struct match_row *row)
{
	struct match_amounts a = { 1, 0, row->r.gross, 0 };
	const char *category = row->r.known_type ? "missing-in-ledger" : "unknown-type";
	int expected = row->r.known_type && young(m, row->r.event);

	row->outcome = ROW_MISSING;
	m->missing++;
	if (money_add(&currency(m, row->r.currency)->not_in_books, row->r.net, m->e) == -1 ||
	    ((row->r.move == MOVE_HOLD || row->r.move == MOVE_RELEASE) &&
	    money_sub(&currency(m, row->r.currency)->held_ours, row->r.net, m->e) == -1))
		return -1;
	return match_break(m, category, row->r.id, row->r.currency, &a, row, row->r.event, expected,
	    row->r.known_type ? "%s: %s" : "%s: %s; a rule can say what it is", row->r.type,
	    row->r.id[0] == '\0' ? "the report gives no id" : "the books don't have it");
}

/* The same id, kind, time and amounts earlier: in this file, or (a repeat) in another one. */
static int
earlier(const struct compare *c, size_t i, int *same_file)
{
	const struct match_row *row = &c->m->v[i], *x;
	const struct ids *at = row->r.id[0] == '\0' ? NULL : rows_of(c, row->r.id);
	int found = 0;

	for (; at != NULL && at < c->ids + c->nids && strcmp(at->id, row->r.id) == 0; at++) {
		x = &c->m->v[at->row];
		if (at->row >= i || x->outcome == ROW_REPEATED || x->r.event != row->r.event ||
		    x->r.gross != row->r.gross || x->r.net != row->r.net || !x->r.moves_balance ||
		    strcmp(x->r.currency, row->r.currency) != 0 || strcmp(x->r.type, row->r.type) != 0)
			continue;
		*same_file = x->file == row->file;
		found = 1;
	}
	return found;
}

static int
compare_one(struct compare *c, size_t i)
{
	struct match *m = c->m;
	struct match_row *row = &m->v[i];
	struct payrow l;
	int64_t differs;
	int same_file, rc;

	row->lid[0] = '\0';
	if (!row->r.moves_balance) {
		row->outcome = ROW_MEMO;
		m->memo++;
		return 0;
	}
	if (m->opening != 0 && row->r.event < m->opening) {
		row->outcome = ROW_BEFORE;
		m->before++;
		return 0;
	}
	if (earlier(c, i, &same_file)) {
		struct match_amounts a = { 1, 0, row->r.gross, 0 };

		row->outcome = ROW_REPEATED;
		if (!same_file)
			return 0;
		row->outcome = ROW_DIFFERS;
		row->postable = 0;
		if (money_add(&currency(m, row->r.currency)->controls, row->r.net, m->e) == -1)
			return -1;
		return match_break(m, "duplicate-in-report", row->r.id, row->r.currency, &a, row,
		    row->r.event, 0, "%s: stands twice in the report", row->r.type);
	}
	if (settle_kind(c, row) == -1)
		return -1;
	match_rules_account(m, row);
	row->postable = row->r.known_type && row->r.id[0] != '\0';
	if ((rc = find(c, row, &l)) == -1)
		return -1;
	if (rc == 0) {
		if ((rc = match_masspay_fee(m, c->b, row, &differs)) == 1) {
			currency(m, row->r.currency)->by_both++;
			m->matched += row->outcome == ROW_MATCHED;
			return money_add(&currency(m, row->r.currency)->differing, differs, m->e);
		}
		return rc == -1 ? -1 : missing(m, row);
	}
	mark(c, row, &l);
	if (compare_row(m, row, &l) == -1 || match_tariff(m, row, &l) == -1)
		return -1;
	if (l.desk)
		currency(m, row->r.currency)->by_report++;
	else
		currency(m, row->r.currency)->by_both++;
	if (row->outcome == ROW_MATCHED) {
		m->matched++;
		m->suspense += strncmp(l.other, "Assets:Suspense:", 16) == 0;
	}
	return 0;
}

/* ---- the report's own figures ---- */

static int
report_totals(struct match *m)
{
	struct match_walk w = { 0, 0 };
	struct match_currency *c;
	struct match_line l;

	while (match_next(m, &w, &l)) {
		if (!l.moves_balance || (l.row != NULL && l.row->outcome == ROW_REPEATED))
			continue;
		c = currency(m, l.currency);
		if (c->stated && l.event < c->since)
			continue;
		if (l.has_balance) {
			if (!c->has_balance) {
				c->opening = l.balance - l.net - c->movement;
				c->has_balance = 1;
			}
			c->closing = l.balance;
		} else if (c->has_balance && !c->stated && money_add(&c->closing, l.net, m->e) == -1)
			return -1;
		if (money_add(&c->movement, l.net, m->e) == -1)
			return -1;
	}
	return 0;
}

static int
report_controls(struct match *m)
{
	size_t i;

	for (i = 0; i < m->ncontrols; i++) {
		const struct report_control *c = &m->controls[i].c;
		struct match_row at;
		struct match_amounts a = { 1, 1, c->stated, c->computed };

		if (c->counts)
			memset(&a, 0, sizeof(a));
		m->key = c->key[0] != '\0' ? c->key : NULL;
		memset(&at, 0, sizeof(at));
		at.file = m->controls[i].file;
		at.r.line = c->line;
		if (c->balance && money_add(&currency(m, c->currency)->controls, c->stated - c->computed,
		    m->e) == -1)
			return -1;
		if (match_break(m, "control-total", c->id, c->currency, &a, &at, c->event, 0, "%s",
		    c->text) == -1)
			return -1;
		m->key = NULL;
	}
	return 0;
}

/* ---- the books' side ---- */

static int
add_ledger(struct match *m, const char ccy[4], int64_t minor)
{
	return money_add(&currency(m, ccy)->ledger, minor, m->e);
}

/* A row of the books that no row of the report stands for. */
static int
unseen(struct compare *c, const struct payrow *l)
{
	struct match *m = c->m;
	int64_t net = l->gross - l->fee;
	struct match_amounts a = { 0, 1, 0, l->gross };
	const struct ids *at = rows_of(c, l->id);
	const struct match_row *row = at == NULL ? NULL : &m->v[at->row];
	const struct report_plain *p = row != NULL ? NULL : match_plain_find(m, l->id);
	struct match_row other;
	int when = match_covers_row(m, l);

	if (match_own_row(l))	/* a person's: in the balance from its moment on, in no report */
		return match_covers(m, l->event) == 1 ? add_ledger(m, l->currency, -net) : 0;
	if (m->opening != 0 && match_moved(l) < m->opening) {
		/* Its money is in the opening balance already. */
		if (money_add(&currency(m, l->currency)->not_in_report, net, m->e) == -1)
			return -1;
		return match_break(m, "balance", l->id, l->currency, &a, NULL, l->event, 0,
		    "booked, but it happened before the day of the opening balance, which holds its money "
		    "already");
	}
	if (when != -1 && (l->move == MOVE_HOLD || l->move == MOVE_RELEASE) &&
	    money_add(&currency(m, l->currency)->held_ours, net, m->e) == -1)
		return -1;
	if (when == 1) {	/* after the report's end */
		if (l->currency2[0] != '\0' && add_ledger(m, l->currency2, -l->gross2) == -1)
			return -1;
		return add_ledger(m, l->currency, -net);
	}
	if (when == -1)
		return 0;	/* before its beginning */
	if (money_add(&currency(m, l->currency)->not_in_report, net, m->e) == -1 ||
	    (l->currency2[0] != '\0' &&
	    money_add(&currency(m, l->currency2)->not_in_report, l->gross2, m->e) == -1))
		return -1;
	currency(m, l->currency)->by_notification++;
	if (p != NULL && match_again(m, p, &other) == -1)
		return -1;
	if (p != NULL)
		row = &other;
	if (row != NULL)
		return match_break(m, "status", l->id, l->currency, &a, row, l->event, young(m, l->event),
		    "the books have the money, the report says \"%s\" and moves none", row->r.status_text);
	return match_break(m, "missing-in-report", l->id, l->currency, &a, NULL, l->event,
	    young(m, l->event), "the books have this %s, the report does not", record_move_name[l->move]);
}

static int
take_brief(void *arg, const struct brief *r)
{
	struct compare *c = arg;
	struct match *m = c->m;
	struct payrow l;
	char ccy[4] = "";

	if (!(r->flags & BRIEF_BOOKED) || r->move == MOVE_DISPUTE)
		return 0;
	if (bsearch(r->key, c->seen, c->nseen, sizeof(c->seen[0]), by_key) != NULL)
		return 0;
	/* Outside the report's time most of the books' rows need no more than this. */
	if ((m->opening == 0 || r->event >= m->opening) && !(r->flags & (BRIEF_SECOND | BRIEF_CLEARED)) &&
	    r->move != MOVE_HOLD && r->move != MOVE_RELEASE && r->move != MOVE_ADJUSTMENT) {
		int when = match_side(m, r->event);

		if (when == 1) {
			memcpy(ccy, r->currency, 3);
			return add_ledger(m, ccy, r->fee - r->gross);
		}
		if (when == -1)
			return 0;
	}
	return books_brief_row(c->b, r, &l, c->e) == -1 ? -1 : unseen(c, &l);
}

static int
balances(struct compare *c)
{
	struct match *m = c->m;
	char account[RECORD_ACCOUNT], text[MONEY_TEXT];
	int i, rc;

	for (i = 0; i < m->ncur; i++) {
		struct match_currency *x = &m->cur[i];
		struct match_amounts a;
		int64_t now = 0, difference, rest;

		payment_account(account, "Assets:", m->o->account);
		if ((rc = books_balance(c->b, account, x->currency, &now, c->e)) == -1 ||
		    money_add(&x->ledger, now, c->e) == -1)
			return -1;
		if (!x->has_balance)
			continue;
		difference = x->closing;
		if (money_sub(&difference, x->ledger, c->e) == -1)
			return -1;
		rest = difference;
		if (money_sub(&rest, match_explained(x), c->e) == -1 ||
		    match_statement_held(m, c->b, x) == -1)
			return -1;
		if (x->stated) {
			int64_t gap = match_statement_gap(x, rest);

			x->controls += gap;
			rest -= gap;
		}
		if (rest == 0)
			continue;
		a = (struct match_amounts){ 1, 1, x->closing, x->ledger };
		if (match_break(m, "balance", "", x->currency, &a, NULL, 0, 0,
		    "%s %s of the difference is not explained by any line%s",
		    money_print(rest, x->currency, text), x->currency,
		    m->opening == 0 ? "; no opening balance was booked (daybook opening)" : "") == -1 ||
		    match_break_rest(m, x->currency, rest) == -1)
			return -1;
	}
	return 0;
}

static void
reset(struct match *m)
{
	m->ncur = 0;
	memset(m->cur, 0, sizeof(m->cur));
	m->matched = m->memo = m->before = m->missing = m->suspense = 0;
	json_object_clear(m->found);
}

/* Ids of the rows in full, in order. */
static int
make_ids(struct compare *c)
{
	struct match *m = c->m;
	size_t i;

	c->ids = calloc(m->n + 1, sizeof(*c->ids));
	c->seen = calloc(m->n + 1, sizeof(*c->seen));
	c->uid_used = calloc(c->join.nuid + 1, 1);
	if (c->ids == NULL || c->seen == NULL || c->uid_used == NULL)
		return error_sys(m->e, "reconcile");
	for (i = 0; i < m->n; i++)
		if (m->v[i].r.id[0] != '\0') {
			c->ids[c->nids].id = m->v[i].r.id;
			c->ids[c->nids++].row = i;
		}
	qsort(c->ids, c->nids, sizeof(*c->ids), by_id);
	return 0;
}

/* Rows in time order; currencies come to be listed as rows first bring them, plain ones too. */
static int
compare_rows(struct compare *c)
{
	struct match *m = c->m;
	struct match_walk w = { 0, 0 };
	struct match_line l;
	size_t i;
	int k, n = 0;

	for (k = 0; k < MONEY_CURRENCIES; k++)
		n += c->join.by_both[k] + c->join.by_report[k] != 0;
	while (n > 0 && match_next(m, &w, &l)) {
		if (l.row != NULL) {
			if (compare_one(c, w.row - 1) == -1)
				return -1;
			continue;
		}
		k = l.plain->currency;
		if (c->join.by_both[k] + c->join.by_report[k] == 0)
			continue;
		currency(m, l.currency)->by_both += c->join.by_both[k];
		currency(m, l.currency)->by_report += c->join.by_report[k];
		c->join.by_both[k] = c->join.by_report[k] = 0;
		n--;
	}
	for (i = w.row; i < m->n; i++) {
		if (compare_one(c, i) == -1)
			return -1;
		if (m->o->progress != NULL && i % 1000 == 0)
			m->o->progress(i);
	}
	m->matched += c->join.matched;
	m->suspense += c->join.suspense;
	return 0;
}

int
match_compare(struct match *m, struct books *b)
{
	struct compare c = { .m = m, .b = b, .e = m->e };
	struct books_counts counts;
	int rc = -1;

	reset(m);
	if (books_counts(b, &counts, m->e) == -1)
		return -1;
	m->opening = counts.opening;
	if (match_statement_begin(m, b) == -1 || match_plain_join(m, b, &c.join) == -1)
		return -1;
	if (make_ids(&c) == -1 || compare_rows(&c) == -1)
		goto out;
	qsort(c.seen, c.nseen, sizeof(c.seen[0]), by_key);
	if (report_controls(m) == -1 || report_totals(m) == -1)
		goto out;
	/* A report that ends before the opening balance says nothing about the books, nor does a file
	 * of payments that were only meant. */
	if ((m->n + m->nplain > 0 || m->nstatements > 0) && m->to >= m->opening && !match_masspay_file(m) &&
	    (match_plain_rest(m, b, &c.join, take_brief, &c) == -1 || balances(&c) == -1))
		goto out;
	rc = 0;
out:
	match_join_free(&c.join);
	free(c.ids);
	free(c.seen);
	free(c.uid_used);
	return rc;
}
