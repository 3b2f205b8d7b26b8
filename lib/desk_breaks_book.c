/*
 * desk_breaks_book -- the report's row that a break names, read again from the kept copy, and booked
 * (desk_breaks.h).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaks.h"
#include "desk_breaks.h"
#include "digest.h"
#include "report/reread.h"
#include "rules.h"

/* Trouble with what is there (no such file, no such row) is the answer; other trouble goes up. */
static int
refuse(struct break_case *c, const char *what)
{
	char why[sizeof(c->e->text)];

	if (c->e->code == ERR_IO || c->e->code == ERR_AGAIN)
		return -1;
	memcpy(why, c->e->text, sizeof(why));
	c->e->code = ERR_NONE;
	return desk_refuse(c->r, "conflict", "%s: %s%.300s", c->id, what, why);
}

static int
open_kept(struct break_case *c, const char *sha256)
{
	char path[160], hex[DIGEST_HEX];
	int fd;

	(void)snprintf(path, sizeof(path), "books/%s/reports/%.64s.csv", site_book_name[c->which], sha256);
	if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64) {
		error_set(c->e, ERR_INPUT, "it names no file: reconcile the report again");
		return -1;
	}
	if ((fd = openat(c->sh->site->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		error_sys(c->e, "%s", path);
		c->e->code = ERR_INPUT;
		return -1;
	}
	if (digest_fd(fd, path, hex, c->e) == 0 && strcmp(hex, sha256) == 0)
		return fd;
	if (c->e->code == ERR_NONE)
		error_set(c->e, ERR_INPUT, "%s: no longer what its name says", path);
	close(fd);
	return -1;
}

/* How that report was read: what was said for that run, then the settings. */
static int
read_row(struct break_case *c, int fd, size_t line, struct report_row *row)
{
	const char *account = breaks_text(c->brk, "provider"), *dates = breaks_text(c->brk, "dates");
	const char *decimal = breaks_text(c->brk, "decimal");
	struct report_options how;
	struct report_alias *aliases = NULL;
	struct integration in;
	int known, rc = -1;

	memset(&how, 0, sizeof(how));
	if ((known = shelf_integration(c->sh, account, c->which, &in, c->e)) == -1)
		return -1;
	if (strlen(dates) == 3)
		memcpy(how.dates, dates, 4);
	how.decimal = decimal[0];
	how.sure = how.dates[0] != '\0';
	if (report_settings(c->sh->site->root, known ? in.settings : NULL, &how, &aliases, c->e) == 0)
		rc = report_reread(fd, breaks_text(c->brk, "file"), &how, line, row, c->e);
	free(aliases);
	if (known)
		site_integration_free(&in);
	return rc;
}

/* The row of that break: by the provider's id, an item of a result file also by our own. */
static int
same_row(const json_t *brk, const struct report_row *row)
{
	const char *id = row->id[0] == '\0' && row->move == MOVE_PAYOUT ? row->unique_id : row->id;

	return strcmp(id, breaks_text(brk, "payment_id")) == 0 &&
	    strcmp(row->currency, breaks_text(brk, "currency")) == 0 &&
	    (row->moves_balance || row->move == MOVE_PAYOUT);
}

int
break_report_row(struct break_case *c, struct report_row *row)
{
	json_int_t line = json_integer_value(json_object_get(c->brk, "line"));
	int fd, rc;

	if (line <= 0)
		return desk_refuse(c->r, "conflict", "%s names no line of a report", c->id);
	if ((fd = open_kept(c, breaks_text(c->brk, "sha256"))) == -1)
		return refuse(c, "");
	rc = read_row(c, fd, (size_t)line, row);
	close(fd);
	if (rc == -1)
		return refuse(c, "its row can't be read again: ");
	if (rc == 0 || !same_row(c->brk, row))
		return desk_refuse(c->r, "conflict", "%s: line %lld of the kept report is not the row that it is "
		    "about", c->id, (long long)line);
	return 1;
}

/* Where the other side goes: the person's word, else as a run with --post-missing would have it. */
static int
home(struct break_case *c, const struct report_row *row, char account[RECORD_ACCOUNT])
{
	struct rules_row asked = { .move = row->move, .type = row->type, .code = row->code,
	    .payer = row->payer, .name = row->name,
	    .subject = row->subject, .home = row->home == NULL ? "" : row->home };
	const char *provider = breaks_text(c->brk, "provider");
	char where[SITE_WHERE];
	struct rules_hit hit;
	struct rules *rules = NULL;
	json_t *list;
	int rc;

	if (breaks_text(c->req, "account")[0] != '\0') {
		payment_account(account, breaks_text(c->req, "account"), "");
		return 0;
	}
	if (site_rows(c->sh->site, "rules", &list, where, c->e) == -1)
		return -1;
	rc = rules_load(&rules, list, where, provider, c->e);
	json_decref(list);
	if (rc == -1)
		return -1;
	rules_account(rules, provider, &asked, &hit);
	payment_account(account, hit.account, "");
	rules_free(rules);
	return 0;
}

/* payment_view.owner where a person named the customer. */
static int
told_owner(void *arg, const char *payer_id, const char *payer_email, char customer[65], struct error *e)
{
	const char *who = arg;

	(void)payer_id, (void)payer_email, (void)e;
	memset(customer, 0, 65);
	memcpy(customer, who, strnlen(who, 64));
	return 1;
}

/* Money that came back of a payout of ours. */
static int
settle_kind(struct break_case *c, struct report_row *row)
{
	struct payrow out;
	int rc;

	if (row->move != MOVE_OTHER || row->gross <= 0 || row->reference[0] == '\0' || !row->known_type)
		return 0;
	rc = books_row(c->b, breaks_text(c->brk, "provider"), MOVE_PAYOUT, row->reference, &out, c->e);
	if (rc == 1)
		row->move = MOVE_PAYOUT_RETURN;
	return rc == -1 ? -1 : 0;
}

static int
accepts(const void *arg, const char ccy[4])
{
	const struct integration *in = arg;

	return in->id[0] == '\0' || site_accepts(in, ccy);
}

static int
book_row(struct break_case *c, const struct report_row *row)
{
	const char *customer = breaks_text(c->req, "customer"), *provider = breaks_text(c->brk, "provider");
	char account[RECORD_ACCOUNT];
	struct payment_terms terms = { .account = provider, .desk = 1, .accepts = accepts };
	struct payment_view view;
	struct integration in;
	struct facts f;
	struct fact *one;
	int known, rc = -1;

	memset(&f, 0, sizeof(f));
	if (home(c, row, account) == -1)
		return -1;
	if ((known = shelf_integration(c->sh, provider, c->which, &in, c->e)) == -1)
		return -1;
	if (!known)
		memset(&in, 0, sizeof(in));
	terms.accepts_arg = &in;
	terms.deduct_fee = in.deduct_fee;
	shelf_view(c->sh, c->b, &view);
	if (customer[0] != '\0') {
		view.owner = told_owner;
		view.owner_arg = (void *)(uintptr_t)customer;
	}
	if ((one = facts_add(&f, c->e)) != NULL) {
		report_fact(row, customer[0] != '\0' ? "" : account, breaks_text(c->brk, "sha256"), one);
		rc = payment_apply(&view, &terms, &f, c->r, c->e);
	}
	facts_free(&f);
	if (known)
		site_integration_free(&in);
	if (rc == 0 && c->r->nentries == 0)
		return desk_refuse(c->r, "conflict", "%s: booking that row changes nothing (%s%s%s): reconcile the "
		    "report again", c->id, record_disposition_name[c->r->disposition],
		    c->r->reason[0] == '\0' ? "" : ", ", c->r->reason);
	return rc;
}

int
break_book(struct break_case *c)
{
	struct report_row row;
	int rc = break_report_row(c, &row);

	if (rc != 1)
		return rc;
	if (settle_kind(c, &row) == -1 || book_row(c, &row) == -1)
		return c->e->code == ERR_CONFIG ? refuse(c, "") : -1;
	return 0;
}
