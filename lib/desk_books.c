/*
 * desk_books -- what people and the nightly run decide about a book (desk.h lists the verbs).
 *
 * Everything is judged again here, whatever the command line checked: the request may be old, and
 * others may have decided since.  A request that can't be done is refused with a reason, never
 * half done.
 */
#include <stdlib.h>
#include <string.h>

#include "breaks.h"
#include "desk.h"
#include "desk_breaks.h"
#include "desk_closing.h"
#include "money.h"
#include "text.h"

#define RETRY_MAX	1000		/* messages one `retry --reason` takes up */
#define KEY_BYTES	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

static const char *
text_of(json_t *req, const char *name)
{
	const char *s = json_string_value(json_object_get(req, name));

	return s == NULL ? "" : s;
}

static int
no_memory(struct error *e)
{
	return error_set(e, ERR_IO, "desk: no memory");
}

/* ---- opening ---- */

static int
opening_leg(struct shelf *sh, int which, json_t *leg, struct entry *en, struct record *r, struct error *e)
{
	char right[65];
	const char *account = json_string_value(json_array_get(leg, 0));
	const char *ccy = json_string_value(json_array_get(leg, 1));
	json_t *amount = json_array_get(leg, 2), *customer = NULL;
	int rc;

	if (account == NULL || ccy == NULL || !json_is_integer(amount) ||
	    !payment_account_valid(account) || !money_currency_known(ccy, strlen(ccy)))
		return desk_refuse(r, "malformed", "opening: a line without account, currency, amount");
	/* Booked once: Assets:Paypal would leave the account itself without an opening for good. */
	rc = strncmp(account, "Assets:", 7) == 0 ?
	    shelf_misspelt(sh, strrchr(account, ':') + 1, which, right, e) : 0;
	if (rc != 0)
		return rc == -1 ? -1 : desk_refuse(r, "malformed", "opening: %s: the provider account is "
		    "called %s", account, right);
	if (strncmp(account, "Liabilities:Customers:", 22) == 0) {
		struct books *reg;

		if (shelf_book(sh, BOOK_REGISTER, &reg, e) == -1 ||
		    (rc = books_data(reg, "customer", account + 22, &customer, e)) == -1)
			return -1;
		json_decref(customer);
		if (rc == 0)
			return desk_refuse(r, "unknown-customer", "opening: no customer %s", account + 22);
	}
	if (record_leg(en, account, ccy, json_integer_value(amount), e) == -1)
		return -1;
	if (json_integer_value(amount) == INT64_MIN)
		return desk_refuse(r, "malformed", "opening: amount out of range");
	return record_leg(en, "Equity:Opening", ccy, -json_integer_value(amount), e);
}

static int
do_opening(struct shelf *sh, int which, struct books *b, json_t *req, struct record *r, int64_t now,
    struct error *e)
{
	char today[MOMENT_DAY];
	const char *date = text_of(req, "date");
	json_t *legs = json_object_get(req, "legs"), *leg;
	struct books_counts counts;
	char period[MOMENT_DAY];
	struct entry *en;
	int closed;
	size_t i;

	if (books_counts(b, &counts, e) == -1)
		return -1;
	if (counts.opening)
		return desk_refuse(r, "conflict", "opening: opening balances were booked before");
	if (!moment_day_valid(date) || json_array_size(legs) == 0)
		return desk_refuse(r, "malformed", "opening: no date or no balances");
	if (strcmp(date, moment_day(now, today)) > 0)
		return desk_refuse(r, "malformed", "opening: %s has not come yet; today is %s", date, today);
	if ((closed = desk_closed(b, date, period, e)) == -1)
		return -1;
	if (closed)
		return desk_refuse(r, "closed", "opening: %s lies in the closed period %s", date, period);
	if ((en = record_entry(r, "opening", e)) == NULL ||
	    moment_day_start(date, &en->event, e) == -1)
		return -1;
	json_array_foreach(legs, i, leg)
		if (opening_leg(sh, which, leg, en, r, e) == -1)
			return -1;
	if (r->disposition == DISP_REFUSED) {
		json_t *act = json_incref(r->act);
		char reason[sizeof(r->reason)];
		struct record keep = *r;

		/* Nothing of it is booked. */
		memcpy(reason, r->reason, sizeof(reason));
		record_free(&keep);
		r->entries = NULL;
		r->rows = NULL;
		r->also = NULL;
		r->nentries = r->nrows = r->nalso = 0;
		r->data = NULL;
		r->act = act;
		return 0;
	}
	r->disposition = DISP_POSTED;
	return 0;
}

/* ---- allocate ---- */

struct search {
	const char	*id;
	struct payrow	 row;
	int		 found;		/* how many there are to allocate */
	int		 seen;		/* how many of that id at all */
};

static int
try_account(struct books *b, const char *account, struct search *s, struct error *e)
{
	struct payrow row;
	int move, rc;

	for (move = 0; move < MOVES; move++) {
		if (move == MOVE_DISPUTE)
			continue;
		if ((rc = books_row(b, account, (enum movement)move, s->id, &row, e)) == -1)
			return -1;
		if (rc == 0)
			continue;
		s->seen++;
		if (row.unallocated || row.waiting || payment_in_suspense(&row)) {
			if (s->found++ == 0)
				s->row = row;
		}
	}
	return 0;
}

/* Provider accounts this book has ever moved money in, and those of waiting rows. */
static int
try_all(struct books *b, struct search *s, struct error *e)
{
	struct books_balance *bal = NULL;
	struct payrow w;
	char last[RECORD_ACCOUNT] = "";
	size_t n = 0, i;
	int rc = 0;

	if (books_balances(b, &bal, &n, e) == -1)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		const char *name = bal[i].account + 7;

		if (strncmp(bal[i].account, "Assets:", 7) != 0 || strchr(name, ':') != NULL ||
		    strcmp(last, name) == 0)
			continue;
		memcpy(last, name, strlen(name) + 1);
		rc = try_account(b, name, s, e);
	}
	free(bal);
	for (i = 0; rc == 0 && s->seen == 0; i++) {
		if ((rc = books_waiting(b, i, &w, e)) != 1)
			break;
		rc = strcmp(w.id, s->id) == 0 ? try_account(b, w.account, s, e) : 0;
	}
	return rc == -1 ? -1 : 0;
}

static int
do_allocate(struct shelf *sh, struct books *b, json_t *req, struct record *r, struct error *e)
{
	const char *payment = text_of(req, "payment"), *provider = text_of(req, "provider");
	const char *customer = text_of(req, "customer"), *account = text_of(req, "account");
	struct search s = { .id = payment };
	struct payment_view view;
	struct books *reg;
	struct also *a;
	json_t *c = NULL;
	int rc;

	if (strncmp(account, "Liabilities:Customers:", 22) == 0 && customer[0] == '\0') {
		customer = account + 22;
		account = "";
	}
	if (payment[0] == '\0' || strlen(payment) >= sizeof(s.row.id) || strlen(provider) > 64 ||
	    (customer[0] == '\0') == (account[0] == '\0'))
		return desk_refuse(r, "malformed", "allocate: a payment, and a customer or an account");
	if (customer[0] != '\0') {
		if (shelf_book(sh, BOOK_REGISTER, &reg, e) == -1 ||
		    (rc = books_data(reg, "customer", customer, &c, e)) == -1)
			return -1;
		json_decref(c);
		if (rc == 0)
			return desk_refuse(r, "unknown-customer", "allocate: no customer %s", customer);
	} else if (!payment_account_valid(account))
		return desk_refuse(r, "malformed", "allocate: %s is no account of these books", account);
	if ((provider[0] != '\0' ? try_account(b, provider, &s, e) : try_all(b, &s, e)) == -1)
		return -1;
	if (s.seen == 0)
		return desk_refuse(r, "unknown-payment", "allocate: no payment %s", payment);
	if (s.found == 0)
		return desk_refuse(r, "conflict", "allocate: %s does not wait for an owner", payment);
	if (s.found > 1)
		return desk_refuse(r, "ambiguous", "allocate: several payments %s; say PROVIDER/ID",
		    payment);
	/* Only the provider moves what he holds. */
	if (strcmp(account, "Liabilities:Unallocated") == 0 || (strncmp(account, "Assets:", 7) == 0 &&
	    strcmp(account + 7, s.row.account) == 0))
		return desk_refuse(r, "malformed", "allocate: nothing can be allocated to %s", account);
	shelf_view(sh, b, &view);
	if (payment_allocate(&view, &s.row, customer, account, r, e) == -1) {
		if (e->code != ERR_CONFLICT && e->code != ERR_INPUT)
			return -1;
		rc = desk_refuse(r, "conflict", "allocate: %s", e->text);
		e->code = ERR_NONE;
		return rc;
	}
	if (s.row.waiting && r->nalso == 0) {
		if ((a = record_also(r, e)) == NULL)
			return -1;
		memcpy(a->id, s.row.message, sizeof(a->id));
		a->disposition = DISP_POSTED;
	}
	memcpy(r->payment, s.row.id, sizeof(r->payment));
	r->disposition = DISP_POSTED;
	return 0;
}

/* ---- retry, refuse ---- */

/* A held message's own record, from the place its index row names. */
static int
load_record(struct books *b, const struct books_message *bm, struct record *orig, struct error *e)
{
	struct buf line = BUF_INIT(RECORD_LINE_MAX);
	int rc = journal_read(books_dirfd(b), bm->segment, bm->offset, &line, e);

	if (rc == 0)
		rc = record_decode(orig, line.data, line.len, e);
	buf_free(&line);
	return rc;
}

static int
add_also(struct record *r, const char *id, enum disposition d, const char *reason, struct error *e)
{
	struct also *a = record_also(r, e);

	if (a == NULL || text_copy(a->id, sizeof(a->id), id, strlen(id), "message id", e) == -1)
		return -1;
	a->disposition = d;
	return text_copy(a->reason, sizeof(a->reason), reason, strlen(reason), "reason", e);
}

/* Decide a confirmed message again, with today's settings and customers. */
static int
retry_confirmed(struct shelf *sh, struct books *b, const struct books_message *bm,
    const struct record *orig, struct record *r, struct error *e)
{
	struct integration in;
	struct message m;
	struct verdict v;
	char own_id[sizeof(r->id)];
	int rc = -1;

	memset(&m, 0, sizeof(m));
	memset(&in, 0, sizeof(in));
	if (site_integration(sh->site, bm->integration, &in, e) == -1) {
		rc = desk_refuse(r, "unknown-integration", "retry: %s", e->text);
		e->code = ERR_NONE;
		return rc;
	}
	if (evidence_read(books_dirfd(b), orig, &m, &v, e) == -1)
		goto out;
	if (in.mode != m.mode) {	/* removed, and made anew for the other book */
		rc = desk_refuse(r, "wrong-mode", "retry: %s came for the %s book; integration %s is of the "
		    "%s book", bm->id, site_book_name[m.mode], in.id, site_book_name[in.mode]);
		goto out;
	}
	if (v.code != VERDICT_YES) {
		rc = desk_refuse(r, "conflict", "retry: %s was never confirmed", bm->id);
		goto out;
	}
	/* Rows name the message that told us, not this request. */
	memcpy(own_id, r->id, sizeof(own_id));
	memcpy(r->id, bm->id, sizeof(bm->id));
	r->received = bm->received;
	rc = desk_confirmed(sh, b, &in, &m, r, e);
	memcpy(r->id, own_id, sizeof(own_id));
	if (rc == 0)
		rc = add_also(r, bm->id, r->disposition, r->reason, e);
out:
	message_free(&m);
	site_integration_free(&in);
	return rc;
}

static int
retry_one(struct shelf *sh, struct books *b, const struct books_message *bm, struct record *r,
    struct error *e)
{
	struct record orig;
	int rc, o;

	record_init(&orig);
	if ((rc = load_record(b, bm, &orig, e)) == 0) {
		if (orig.ev_segment[0] != '\0')
			rc = retry_confirmed(sh, b, bm, &orig, r, e);
		else {
			/* Set aside unread: back into its folder, and read like a new one. */
			for (o = 0; o < SPOOL_ORIGINS - 1; o++)
				if (strcmp(orig.origin, spool_origin_name[o]) == 0)
					break;
			if (spool_unaside(sh->site->fd, (enum spool_origin)o, bm->id, e) == -1) {
				rc = desk_refuse(r, "conflict", "retry: %s", e->text);
				e->code = ERR_NONE;
			} else
				/* The spool has it again; its book may be another than this one. */
				rc = add_also(r, bm->id, DISP_NOTED, "retry", e);
		}
	}
	record_free(&orig);
	return rc;
}

struct held_list {
	struct books	*b;
	const char	*reason;
	char		(*ids)[40];
	size_t		 n;
};

static int
collect_held(void *arg, struct record *r, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct held_list *h = arg;
	struct books_message bm;
	int rc;

	(void)raw, (void)rawlen, (void)at;
	if (r->type != REC_MESSAGE || h->n == RETRY_MAX ||
	    (r->disposition != DISP_HELD && r->disposition != DISP_WAITING))
		return 0;
	if ((rc = books_message(h->b, r->id, &bm, e)) != 1)
		return rc;
	if (bm.disposition == DISP_HELD && strcmp(bm.reason, h->reason) == 0)
		memcpy(h->ids[h->n++], r->id, sizeof(h->ids[0]));
	return 0;
}

static int
retry_reason(struct shelf *sh, struct books *b, const char *reason, struct record *r, struct error *e)
{
	struct held_list h = { b, reason, calloc(RETRY_MAX, 40), 0 };
	struct books_message bm;
	size_t i;
	int rc = -1;

	if (h.ids == NULL)
		return no_memory(e);
	if (journal_scan(books_dirfd(b), NULL, books_end(b), collect_held, &h, NULL, e) != 0)
		goto out;
	for (i = 0; i < h.n; i++) {
		if (books_message(b, h.ids[i], &bm, e) == -1 || retry_one(sh, b, &bm, r, e) == -1)
			goto out;
		if (r->disposition == DISP_REFUSED) {	/* one that can't does not stop the others */
			r->disposition = DISP_NONE;
			r->reason[0] = '\0';
		}
	}
	json_object_set_new(r->act, "retried", json_integer((json_int_t)h.n));
	rc = 0;
out:
	free(h.ids);
	return rc;
}

static int
do_retry(struct shelf *sh, struct books *b, json_t *req, struct record *r, struct error *e)
{
	const char *id = text_of(req, "message"), *reason = text_of(req, "reason");
	struct books_message bm;
	struct message m;
	int rc, o;

	if (id[0] == '\0' && reason[0] != '\0') {
		if (retry_reason(sh, b, reason, r, e) == -1)
			return -1;
	} else {
		if ((rc = books_message(b, id, &bm, e)) == -1)
			return -1;
		if (rc == 0) {
			/* Still in the spool: post drops its pause when it sees this act. */
			for (o = 0; o < SPOOL_DESK; o++) {
				memset(&m, 0, sizeof(m));
				rc = spool_id_valid(id) ?
				    spool_get(sh->site->fd, (enum spool_origin)o, id, &m, e) : -1;
				message_free(&m);
				if (rc == 0) {
					r->disposition = DISP_NOTED;
					return 0;
				}
			}
			e->code = ERR_NONE;
			return desk_refuse(r, "unknown-message", "retry: no message %s in this book", id);
		}
		if (bm.disposition != DISP_HELD)
			return desk_refuse(r, "conflict", "retry: %s is %s, not held", id,
			    record_disposition_name[bm.disposition]);
		if (retry_one(sh, b, &bm, r, e) == -1)
			return -1;
		if (r->disposition == DISP_REFUSED)
			return 0;
	}
	r->disposition = r->nentries > 0 ? DISP_POSTED : DISP_NOTED;
	r->reason[0] = '\0';
	return 0;
}

static int
do_refuse(struct books *b, json_t *req, struct record *r, struct error *e)
{
	const char *id = text_of(req, "message");
	struct books_message bm;
	int rc = books_message(b, id, &bm, e);

	if (rc == -1)
		return -1;
	if (rc == 0)
		return desk_refuse(r, "unknown-message", "refuse: no message %s in this book", id);
	if (bm.disposition != DISP_HELD)
		return desk_refuse(r, "conflict", "refuse: %s is %s, not held", id,
		    record_disposition_name[bm.disposition]);
	if (text_of(req, "note")[0] == '\0')
		return desk_refuse(r, "malformed", "refuse: a note that says why is needed");
	r->disposition = DISP_NOTED;
	return add_also(r, id, DISP_REFUSED, "by-hand", e);
}

/* ---- what the nightly run found ---- */

static int
accepts_site(const void *arg, const char ccy[4])
{
	const struct integration *in = arg;

	return in->id[0] == '\0' || site_accepts(in, ccy);
}

static int
do_from_report(struct shelf *sh, struct books *b, int which, json_t *req, struct record *r,
    struct error *e)
{
	const char *account = text_of(req, "account");
	json_t *list = json_object_get(req, "facts"), *j;
	struct integration in;
	struct payment_terms terms = { .account = account, .desk = 1, .accepts = accepts_site,
	    .accepts_arg = &in };
	struct payment_view view;
	struct facts f;
	size_t i;
	int rc = -1, known;

	memset(&f, 0, sizeof(f));
	memset(&in, 0, sizeof(in));
	if (!text_id_valid(account, strlen(account)) || json_array_size(list) == 0)
		return desk_refuse(r, "malformed", "book-from-report: no account or no facts");
	if ((known = shelf_integration(sh, account, which, &in, e)) == -1)
		return -1;
	if (!known)
		memset(&in, 0, sizeof(in));
	terms.deduct_fee = in.deduct_fee;
	json_array_foreach(list, i, j) {
		struct fact one, *at;

		if (desk_fact_read(j, &one, e) == -1) {
			rc = desk_refuse(r, "malformed", "book-from-report: %s", e->text);
			e->code = ERR_NONE;
			goto out;
		}
		if ((at = facts_add(&f, e)) == NULL)
			goto out;
		*at = one;
	}
	shelf_view(sh, b, &view);
	rc = payment_apply(&view, &terms, &f, r, e);
out:
	facts_free(&f);
	if (known)
		site_integration_free(&in);
	return rc;
}

/* 1 where the break is not the one any more that the run saw: a person or a message came between. */
static int
overtaken(struct books *b, const char *id, const char *saw, struct error *e)
{
	char is[BREAKS_MARK];
	json_t *row = NULL;
	int rc;

	if (saw == NULL)
		return 0;
	if (books_data(b, "break", id, &row, e) == -1)
		return -1;
	rc = breaks_mark(row, is, e);
	json_decref(row);
	return rc == -1 ? -1 : strcmp(is, saw) != 0;
}

static int
do_reconciled(struct books *b, json_t *req, struct record *r, struct error *e)
{
	static const char *const tables[] = { "break", "statement", "file" };
	json_t *put = json_object_get(req, "put"), *one, *list;
	size_t i, k;
	int rc = 0;

	json_array_foreach(put, i, one) {
		const char *table = json_string_value(json_array_get(one, 0));
		const char *key = json_string_value(json_array_get(one, 1));

		for (k = 0; table != NULL && k < 3 && strcmp(table, tables[k]) != 0; k++)
			continue;
		if (table == NULL || k == 3 || key == NULL || key[0] == '\0' || strlen(key) > 96 ||
		    strspn(key, KEY_BYTES) != strlen(key) || !json_is_object(json_array_get(one, 2)))
			return desk_refuse(r, "malformed", "reconciled: a line that is no break, statement or file");
	}
	if ((list = json_array()) == NULL)
		return no_memory(e);
	json_array_foreach(put, i, one) {
		const char *key = json_string_value(json_array_get(one, 1));

		if (strcmp(json_string_value(json_array_get(one, 0)), "break") == 0 &&
		    (rc = overtaken(b, key, json_string_value(json_array_get(one, 3)), e)) != 0) {
			if (rc == -1)
				break;
			continue;
		}
		if (json_array_append_new(list, json_pack("[O,O,O]", json_array_get(one, 0),
		    json_array_get(one, 1), json_array_get(one, 2))) == -1 && (rc = no_memory(e)) == -1)
			break;
	}
	if (rc != -1 && json_array_size(list) > 0 && (r->data = json_pack("{s:O}", "put", list)) == NULL)
		rc = no_memory(e);
	json_decref(list);
	r->disposition = DISP_NOTED;
	return rc == -1 ? -1 : 0;
}

int
desk_books(struct shelf *sh, int which, const char *verb, json_t *req, struct record *r, int64_t now,
    struct error *e)
{
	static const char *const kept[] = { "verb", "date", "file", "payment", "provider", "customer",
	    "account", "message", "reason", "note", "run", "verdict" };
	struct books *b;
	size_t i;

	if (which != BOOK_LIVE && which != BOOK_TEST)
		return desk_refuse(r, "malformed", "%s: not for this book", verb);
	if (shelf_book(sh, which, &b, e) == -1)
		return -1;
	/* What was asked, but for the long lists, which the evidence keeps. */
	if (r->act == NULL && (r->act = json_object()) == NULL)
		return no_memory(e);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *v = json_object_get(req, kept[i]);

		if (v != NULL && json_object_set(r->act, kept[i], v) == -1)
			return no_memory(e);
	}
	if (strcmp(verb, "opening") == 0)
		return do_opening(sh, which, b, req, r, now, e);
	if (strcmp(verb, "allocate") == 0)
		return do_allocate(sh, b, req, r, e);
	if (strcmp(verb, "retry") == 0)
		return do_retry(sh, b, req, r, e);
	if (strcmp(verb, "refuse") == 0)
		return do_refuse(b, req, r, e);
	if (strcmp(verb, "book-from-report") == 0)
		return do_from_report(sh, b, which, req, r, e);
	if (strcmp(verb, "break-resolve") == 0)
		return desk_breaks(sh, which, b, req, r, now, e);
	if (strcmp(verb, "reconciled") == 0)
		return do_reconciled(b, req, r, e);
	if (strcmp(verb, "close") == 0 || strcmp(verb, "reopen") == 0)
		return desk_closing(sh, which, b, verb[0] == 'r', req, r, now, e);
	if (strncmp(verb, "masspay-", 8) == 0)
		return desk_masspay(sh, b, verb, req, r, now, e);
	return desk_refuse(r, "unknown-verb", "\"%s\" is nothing this daybook can do", verb);
}
