/*
 * desk_breaks -- what people decide about breaks, and what a message decides by itself (desk.h).
 *
 * The table says which verb fits which category.  Whatever is booked stands in the same record as the
 * break's new state, so that there never is one without the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "breaks.h"
#include "desk_breaks.h"
#include "desk_closing.h"
#include "money.h"
#include "text.h"

#define NOTE_MAX	199		/* entry.note */
#define LATER_MAX	400		/* days: a dispute may take that long */

enum verb { BOOK, CORRECT, WRITE_OFF, REASSIGN, LATER, ACCEPT, VERBS };
static const char *const verb_name[VERBS] = { "book-from-report", "correct", "write-off", "reassign",
    "expected-later", "accept" };

#define B(v)	(1u << (v))
#define ALWAYS	(B(LATER) | B(ACCEPT))

static const struct {
	const char	*category;
	unsigned	 fits;
} table[] = {
	{ "missing-in-ledger", B(BOOK) | ALWAYS },
	{ "unknown-type", B(BOOK) | ALWAYS },
	{ "missing-in-report", B(CORRECT) | B(WRITE_OFF) | ALWAYS },
	{ "amount", B(CORRECT) | B(WRITE_OFF) | ALWAYS },
	{ "fee", B(CORRECT) | B(WRITE_OFF) | ALWAYS },
	{ "currency", B(CORRECT) | ALWAYS },
	{ "status", B(BOOK) | B(CORRECT) | B(WRITE_OFF) | B(REASSIGN) | ALWAYS },
	{ "balance", B(CORRECT) | B(WRITE_OFF) | ALWAYS },
	{ "duplicate-in-report", B(REASSIGN) | ALWAYS },
	{ "fee-tariff", B(REASSIGN) | ALWAYS },
	{ "restated", B(REASSIGN) | ALWAYS },
};

static unsigned
fits(const char *category)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].category, category) == 0)
			return table[i].fits;
	return ALWAYS;		/* control totals, payouts on their way: nothing of ours to book */
}

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "desk: no memory");
}

static int
refuse(struct break_case *c, const char *why)
{
	return desk_refuse(c->r, "conflict", "%s: %s", c->id, why);
}

/* ---- the row of the books that a break is about ---- */

struct choice {
	const json_t	*brk;
	struct payrow	 row;
	int		 n;
};

static void
consider(struct choice *s, const struct payrow *row)
{
	if (row->move == MOVE_DISPUTE || !breaks_amount_is(s->brk, "ledger_amount", row))
		return;
	if (s->n++ == 0)
		s->row = *row;
}

/* 1 found, 0 where r was refused, -1. */
static int
find_row(struct break_case *c, struct payrow *row)
{
	const char *account = breaks_text(c->brk, "provider"), *id = breaks_text(c->brk, "payment_id");
	struct choice s = { .brk = c->brk };
	struct payrow one;
	size_t i;
	int move, rc = 0;

	for (move = 0; move < MOVES && id[0] != '\0'; move++) {
		if ((rc = books_row(c->b, account, (enum movement)move, id, &one, c->e)) == -1)
			return -1;
		if (rc == 1)
			consider(&s, &one);
	}
	/* A payout first told by our reference alone. */
	for (i = 0; s.n == 0 && id[0] != '\0' &&
	    (rc = books_child(c->b, account, id, i, &one, c->e)) == 1; i++)
		if (one.move == MOVE_PAYOUT)
			consider(&s, &one);
	if (rc == -1)
		return -1;
	if (s.n != 1)
		return refuse(c, s.n == 0 ? "the books are no longer what it says: reconcile the report again" :
		    "the books have several such movements under that id");
	*row = s.row;
	return 1;
}

/* ---- verbs ---- */

/* How an entry is dated: as of now, or as of a day that is over and not closed. 1, 0 refused, -1. */
static int
dated(struct break_case *c, int64_t *event)
{
	const char *date = breaks_text(c->req, "date");
	char today[MOMENT_DAY], period[MOMENT_DAY];
	int rc;

	*event = 0;
	if (date[0] == '\0')
		return 1;
	if (!moment_day_valid(date) || strcmp(date, moment_day(c->now, today)) > 0)
		return desk_refuse(c->r, "malformed", "%s: --date: a day up to today is expected", c->id);
	if ((rc = desk_closed(c->b, date, period, c->e)) == -1)
		return -1;
	if (rc == 1)
		return desk_refuse(c->r, "closed", "%s: %s lies in the closed period %s", c->id, date, period);
	return moment_day_start(date, event, c->e) == -1 ? -1 : 1;
}

/* What the provider account moves by, against a home for it, under a row of its own. */
static int
adjust_balance(struct break_case *c, const struct payment_view *v, const struct payment_fix *fix)
{
	const char *at = breaks_text(c->brk, "at"), *account = breaks_text(c->req, "account");
	const char *provider = breaks_text(c->brk, "provider");
	char own[72], against[RECORD_ACCOUNT];
	struct payrow there;
	int64_t event;
	int i, rc;

	if (!json_is_integer(json_object_get(c->brk, "rest")) ||
	    moment_parse(at, strlen(at), &event, c->e) == -1) {
		c->e->code = ERR_NONE;
		return refuse(c, "it does not say what is unexplained: reconcile the report again");
	}
	for (i = 1; i < 1000; i++) {
		(void)snprintf(own, sizeof(own), "%.20s.%d", c->id, i);
		if ((rc = books_row(c->b, provider, MOVE_ADJUSTMENT, own, &there, c->e)) == -1)
			return -1;
		if (rc == 0)
			break;
	}
	if (fix->write_off)
		payment_account(against, "Expenses:WriteOff", "");
	else if (account[0] != '\0')
		payment_account(against, account, "");
	else
		payment_account(against, "Assets:Suspense:", provider);
	return payment_adjust(v, provider, own, breaks_text(c->brk, "currency"),
	    json_integer_value(json_object_get(c->brk, "rest")), event, against, fix, c->r, c->e);
}

/* Gross and fee as the report has them. */
static int
restate(struct break_case *c, const struct payment_view *v, const struct payrow *row,
    const struct payment_fix *fix)
{
	struct report_row told;
	int rc = break_report_row(c, &told);

	if (rc != 1)
		return rc;
	return payment_restate(v, row, told.currency, told.gross, told.fee_known ? told.fee : row->fee, fix,
	    c->r, c->e);
}

/* correct and write-off */
static int
set_right(struct break_case *c, int write_off)
{
	const char *category = breaks_text(c->brk, "category");
	struct payment_fix fix = { .write_off = write_off, .note = breaks_text(c->req, "note") };
	struct payment_view view;
	struct payrow row;
	int rc;

	if ((rc = dated(c, &fix.event)) != 1)
		return rc;
	shelf_view(c->sh, c->b, &view);
	if (strcmp(category, "balance") == 0 && breaks_text(c->brk, "payment_id")[0] == '\0')
		return adjust_balance(c, &view, &fix);
	if ((rc = find_row(c, &row)) != 1)
		return rc;
	if (strcmp(category, "status") == 0 && !row.booked)
		return refuse(c, "the books lack the money: --as book-from-report");
	if (strcmp(category, "status") == 0)
		return payment_undo(&view, &row, PAY_PENDING, &fix, c->r, c->e);
	if (strcmp(category, "missing-in-report") == 0 || strcmp(category, "balance") == 0)
		return payment_undo(&view, &row, PAY_VOIDED, &fix, c->r, c->e);
	return restate(c, &view, &row, &fix);
}

static int
customer_known(struct break_case *c, const char *customer)
{
	struct books *reg;
	json_t *v = NULL;
	int rc;

	if (shelf_book(c->sh, BOOK_REGISTER, &reg, c->e) == -1 ||
	    (rc = books_data(reg, "customer", customer, &v, c->e)) == -1)
		return -1;
	json_decref(v);
	return rc == 1 ? 1 : desk_refuse(c->r, "unknown-customer", "%s: no customer %s", c->id, customer);
}

static int
reassign(struct break_case *c)
{
	const char *customer = breaks_text(c->req, "customer"), *id = breaks_text(c->brk, "payment_id");
	struct payment_fix fix = { .note = breaks_text(c->req, "note") };
	struct payment_view view;
	struct payrow row;
	int rc;

	if (customer[0] == '\0')
		return desk_refuse(c->r, "malformed", "%s: reassign wants --customer", c->id);
	if ((rc = dated(c, &fix.event)) != 1)
		return rc;
	if ((rc = books_row(c->b, breaks_text(c->brk, "provider"), MOVE_PAYMENT, id, &row, c->e)) == -1)
		return -1;
	if (rc == 0)
		return refuse(c, "the books have no payment of that id");
	shelf_view(c->sh, c->b, &view);
	return payment_reassign(&view, &row, customer, &fix, c->r, c->e);
}

/* ---- the request ---- */

static int
later_valid(struct break_case *c)
{
	const char *until = breaks_text(c->req, "until");
	char today[MOMENT_DAY];

	moment_day(c->now, today);
	if (moment_day_valid(until) && moment_days_between(today, until) >= 1 &&
	    moment_days_between(today, until) <= LATER_MAX)
		return 1;
	return desk_refuse(c->r, "malformed", "%s: expected-later wants --until, a day after today and at "
	    "most %d days from now", c->id, LATER_MAX);
}

static int
run(struct break_case *c, enum verb v)
{
	const char *account = breaks_text(c->req, "account"), *customer = breaks_text(c->req, "customer");
	char own[RECORD_ACCOUNT];
	int rc;

	if (account[0] != '\0' && ((v != BOOK && v != CORRECT) || customer[0] != '\0'))
		return desk_refuse(c->r, "malformed", "%s: --account does not go with that", c->id);
	payment_account(own, "Assets:", breaks_text(c->brk, "provider"));
	if (account[0] != '\0' && (!payment_account_valid(account) || strcmp(account, own) == 0 ||
	    strncmp(account, "Liabilities:Customers:", 22) == 0))
		return desk_refuse(c->r, "malformed", "%s: %s is no account for the other side", c->id, account);
	if (customer[0] != '\0' && v != BOOK && v != REASSIGN)
		return desk_refuse(c->r, "malformed", "%s: --customer does not go with that", c->id);
	if (customer[0] != '\0' && (rc = customer_known(c, customer)) != 1)
		return rc;
	switch (v) {
	case BOOK:
		return break_book(c);
	case CORRECT:
		return set_right(c, 0);
	case WRITE_OFF:
		return set_right(c, 1) == -1 ? -1 : c->r->disposition == DISP_REFUSED ? 0 : break_spend(c);
	case REASSIGN:
		return reassign(c);
	case LATER:
		(void)later_valid(c);
		return 0;
	default:
		return 0;
	}
}

/* Nothing of what was begun is kept. */
static void
empty(struct record *r)
{
	json_t *act = json_incref(r->act);
	struct record gone = *r;

	record_free(&gone);
	r->entries = NULL;
	r->rows = NULL;
	r->also = NULL;
	r->nentries = r->nrows = r->nalso = 0;
	r->data = NULL;
	r->act = act;
}

/* The break as the verb leaves it. */
static json_t *
decided(struct break_case *c, enum verb v)
{
	static const int ends[VERBS] = { BREAK_RESOLVED, BREAK_RESOLVED, BREAK_RESOLVED, BREAK_EXPLAINED,
	    BREAK_EXPECTED, BREAK_EXPLAINED };
	char day[MOMENT_DAY], by[100];
	json_t *b;
	int bad;

	(void)snprintf(by, sizeof(by), "%s (%s)", c->r->who, verb_name[v]);
	b = breaks_change(c->brk, ends[v], moment_day(c->now, day), by, breaks_text(c->req, "note"));
	if (b == NULL)
		return NULL;
	bad = json_object_set_new(b, "verb", json_string(verb_name[v])) |
	    json_object_set_new(b, "who", json_string(c->r->who)) |
	    json_object_set_new(b, "note", json_string(breaks_text(c->req, "note"))) |
	    json_object_set_new(b, "proof", json_string("shell"));
	if (v == LATER) {
		bad |= json_object_set_new(b, "due", json_string(breaks_text(c->req, "until")));
		json_object_del(b, "cleared");
	} else {
		bad |= json_object_set_new(b, "cleared", json_string("person"));
		json_object_del(b, "due");
	}
	if (!bad)
		return b;
	json_decref(b);
	return NULL;
}

static int
unfit(struct break_case *c, const char *as, unsigned may)
{
	char list[160] = "";
	size_t n = 0;
	int v;

	for (v = 0; v < VERBS; v++)
		if (may & B(v))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n > 0 ? ", " : "", verb_name[v]);
	return desk_refuse(c->r, "malformed", "%s: \"%.40s\" does not fit %s; what fits: %s", c->id, as,
	    breaks_text(c->brk, "category"), list);
}

static int
resolve(struct break_case *c)
{
	const char *as = breaks_text(c->req, "as"), *note = breaks_text(c->req, "note");
	unsigned may = fits(breaks_text(c->brk, "category"));
	char why[sizeof(c->e->text)];
	int v;

	for (v = 0; v < VERBS && strcmp(verb_name[v], as) != 0; v++)
		continue;
	if (v == VERBS || !(may & B(v)))
		return unfit(c, as, may);
	if (!text_line_valid(note, NOTE_MAX))
		return desk_refuse(c->r, "malformed", "%s: a note of 1 to %d bytes in one line is needed", c->id,
		    NOTE_MAX);
	if (breaks_status(c->brk) == BREAK_RESOLVED)
		return refuse(c, "it is resolved already");
	if (run(c, (enum verb)v) == -1) {
		if (c->e->code != ERR_CONFLICT && c->e->code != ERR_INPUT)
			return -1;
		memcpy(why, c->e->text, sizeof(why));
		c->e->code = ERR_NONE;
		(void)desk_refuse(c->r, "conflict", "%s: %.300s", c->id, why);
	}
	if (c->r->disposition == DISP_REFUSED) {
		empty(c->r);
		return 0;
	}
	memset(c->r->reason, 0, sizeof(c->r->reason));
	c->r->disposition = c->r->nentries > 0 ? DISP_POSTED : DISP_NOTED;
	(void)text_copy(c->r->payment, sizeof(c->r->payment), breaks_text(c->brk, "payment_id"),
	    strlen(breaks_text(c->brk, "payment_id")), "payment", c->e);
	return desk_put(c->r, "break", c->id, decided(c, (enum verb)v), c->e);
}

int
desk_breaks(struct shelf *sh, int which, struct books *b, json_t *req, struct record *r, int64_t now,
    struct error *e)
{
	static const char *const kept[] = { "break", "as", "until", "date", "customer", "account" };
	struct break_case c = { sh, which, b, req, breaks_text(req, "break"), NULL, r, now, e };
	json_t *brk = NULL;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *v = json_object_get(req, kept[i]);

		if (v != NULL && json_object_set(r->act, kept[i], v) == -1)
			return no_memory(e);
	}
	if (c.id[0] == '\0' || strlen(c.id) > 64 || (rc = books_data(b, "break", c.id, &brk, e)) == 0)
		return desk_refuse(r, "unknown-break", "no break %.64s", c.id);
	if (rc == -1)
		return -1;
	c.brk = brk;
	rc = resolve(&c);
	json_decref(brk);
	return rc;
}

/* ---- told by a message ---- */

/* What the row says of a break that some report had raised. */
static const char *
settled(const json_t *brk, const struct payrow *row)
{
	/* Another amount is another difference: it stands until the report is read again. */
	if (!breaks_amount_is(brk, "report_amount", row))
		return NULL;
	if (strcmp(breaks_text(brk, "category"), "fee") != 0)
		return "the books have it now";
	return row->fee_known ? "the books have that fee now" : NULL;
}

static int
told_one(struct books *b, struct record *r, const struct payrow *row, const char *id, int64_t now,
    struct error *e)
{
	static const char *const may[] = { "missing-in-ledger", "status", "fee" };
	char key[BREAKS_ID], by[80], day[MOMENT_DAY];
	const char *why;
	json_t *brk;
	size_t i;
	int rc = 0;

	(void)snprintf(by, sizeof(by), "message %.40s", r->id);
	for (i = 0; rc == 0 && i < sizeof(may) / sizeof(may[0]); i++) {
		brk = NULL;
		breaks_id(row->account, may[i], id, row->currency, "", key);
		if (books_data(b, "break", key, &brk, e) == -1)
			return -1;
		if (brk != NULL && breaks_status(brk) != BREAK_RESOLVED && (why = settled(brk, row)) != NULL)
			rc = desk_put(r, "break", key, breaks_cleared(brk, moment_day(now, day), by, why), e);
		json_decref(brk);
	}
	return rc;
}

int
desk_breaks_told(struct books *b, struct record *r, int64_t now, struct error *e)
{
	struct books_counts counts;
	size_t i;

	if (r->nentries == 0)
		return 0;
	if (books_counts(b, &counts, e) == -1)
		return -1;
	for (i = 0; counts.breaks > 0 && i < r->nrows; i++)
		if (r->rows[i].booked && (told_one(b, r, &r->rows[i], r->rows[i].id, now, e) == -1 ||
		    (r->rows[i].move == MOVE_PAYOUT && r->rows[i].parent[0] != '\0' &&
		    told_one(b, r, &r->rows[i], r->rows[i].parent, now, e) == -1)))
			return -1;
	return 0;
}
