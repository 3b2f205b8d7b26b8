/*
 * pack_readd -- see pack_readd.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaks.h"
#include "csv_in.h"
#include "digest.h"
#include "keyed.h"
#include "money.h"
#include "pack_readd.h"
#include "record.h"
#include "statement.h"

struct sums {				/* of one account and currency */
	char	name[RECORD_ACCOUNT + 8];
	int64_t	debit, credit, legs;	/* as balances.csv says */
	int64_t	debit_csv, credit_csv, legs_csv, debit_chain, credit_chain, legs_chain;
};

struct ccy {
	char	name[4];
	int64_t	opening, closing, entry;	/* entry: of the entry under way */
};

struct readd {
	const char	*file;
	struct error	*e;
	struct keyed	*keys;
	struct sums	*v;
	size_t		 n, rows;
	struct ccy	 ccy[MONEY_CURRENCIES];
	size_t		 nccy;
	char		 entry[64];
	size_t		 entry_line;
};

/* ---- small things ---- */

static int
fault(struct readd *r, size_t line, const char *what)
{
	return error_set(r->e, ERR_CORRUPT, "%s:%zu: %s", r->file, line, what);
}

/* An amount of our own files: "-1234.50" with the currency's decimals; more digits than people type. */
static int
minor_of(struct readd *r, size_t line, const char *s, const char *ccy, int64_t *v)
{
	const char *p = s + (*s == '-');
	int64_t sum = 0;
	int decimals = money_decimals(ccy), seen = -1;

	for (; *p != '\0'; p++) {
		if (*p == '.' && seen == -1 && decimals > 0) {
			seen = 0;
			continue;
		}
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_sub_overflow(sum, *p - '0', &sum))
			return fault(r, line, "an amount that is none");
		if (seen >= 0)
			seen++;
	}
	if (p == s || (decimals > 0 && seen != decimals) || (*s != '-' && sum == INT64_MIN))
		return fault(r, line, "an amount without the currency's decimals");
	*v = *s == '-' ? sum : -sum;
	return 0;
}

static struct ccy *
ccy_of(struct readd *r, size_t line, const char *name)
{
	size_t i;

	if (!money_currency_known(name, strlen(name))) {
		fault(r, line, "a currency that is none");
		return NULL;
	}
	for (i = 0; i < r->nccy; i++)
		if (strcmp(r->ccy[i].name, name) == 0)
			return &r->ccy[i];
	memcpy(r->ccy[r->nccy].name, name, 4);
	return &r->ccy[r->nccy++];
}

/* The place of an account and currency; must: it has to be there. */
static struct sums *
sums_of(struct readd *r, size_t line, const char *account, const char *ccy, int must)
{
	char key[RECORD_ACCOUNT + 8];
	struct sums *more;
	uint32_t at;
	int is_new, n = snprintf(key, sizeof(key), "%s %s", account, ccy);

	if (n >= (int)sizeof(key)) {
		fault(r, line, "an account's name is too long");
		return NULL;
	}
	if (must && !keyed_find(r->keys, key, (size_t)n, &at)) {
		fault(r, line, "an account that is not in balances.csv");
		return NULL;
	}
	if (must)
		return &r->v[at];
	if (keyed_place(r->keys, key, (size_t)n, &at, &is_new, r->e) == -1)
		return NULL;
	if (!is_new) {
		fault(r, line, "this account and currency stand there twice");
		return NULL;
	}
	if ((r->n & (r->n - 1)) == 0) {
		if ((more = realloc(r->v, (r->n == 0 ? 1 : r->n * 2) * sizeof(*more))) == NULL) {
			error_set(r->e, ERR_IO, "no memory");
			return NULL;
		}
		r->v = more;
	}
	r->n++;
	memset(&r->v[at], 0, sizeof(r->v[at]));
	memcpy(r->v[at].name, key, (size_t)n + 1);
	return &r->v[at];
}

static int
added(struct readd *r, size_t line, int64_t *sum, int64_t minor)
{
	return money_add(sum, minor, r->e) == -1 ? fault(r, line, "a sum out of range") : 0;
}

/* ---- the CSV files, a row each ---- */

static int
balances_row(struct readd *r, const struct csv_row *row)
{
	struct ccy *c = ccy_of(r, row->line, row->f[1].s);
	int64_t opening, debit, credit, closing, sum;
	struct sums *s;

	if (c == NULL || minor_of(r, row->line, row->f[2].s, c->name, &opening) == -1 ||
	    minor_of(r, row->line, row->f[3].s, c->name, &debit) == -1 ||
	    minor_of(r, row->line, row->f[4].s, c->name, &credit) == -1 ||
	    minor_of(r, row->line, row->f[5].s, c->name, &closing) == -1 ||
	    (s = sums_of(r, row->line, row->f[0].s, c->name, 0)) == NULL)
		return -1;
	sum = opening;
	if (debit < 0 || credit < 0 || added(r, row->line, &sum, debit) == -1 ||
	    added(r, row->line, &sum, -credit) == -1 || sum != closing)
		return fault(r, row->line, "opening + debit - credit is not closing");
	s->debit = debit;
	s->credit = credit;
	s->legs = strtoll(row->f[6].s, NULL, 10);
	return added(r, row->line, &c->opening, opening) == -1 ? -1 : added(r, row->line, &c->closing, closing);
}

/* The entry that ends before this line adds to 0. */
static int
end_entry(struct readd *r)
{
	size_t i;

	for (i = 0; i < r->nccy; i++)
		if (r->ccy[i].entry != 0)
			return fault(r, r->entry_line, "the entry that begins here does not add to 0");
	return 0;
}

static int
journal_row(struct readd *r, const struct csv_row *row)
{
	struct ccy *c = ccy_of(r, row->line, row->f[8].s);
	int64_t debit = 0, credit = 0;
	struct sums *s;

	if (strcmp(r->entry, row->f[0].s) != 0) {
		if (end_entry(r) == -1)
			return -1;
		(void)snprintf(r->entry, sizeof(r->entry), "%s", row->f[0].s);
		r->entry_line = row->line;
	}
	if (c == NULL || (row->f[9].len > 0 && minor_of(r, row->line, row->f[9].s, c->name, &debit) == -1) ||
	    (row->f[10].len > 0 && minor_of(r, row->line, row->f[10].s, c->name, &credit) == -1) ||
	    (s = sums_of(r, row->line, row->f[7].s, c->name, 1)) == NULL)
		return -1;
	s->legs_csv++;
	return added(r, row->line, &s->debit_csv, debit) == -1 || added(r, row->line, &s->credit_csv, credit) == -1 ||
	    added(r, row->line, &c->entry, debit) == -1 ? -1 : added(r, row->line, &c->entry, -credit);
}

static int
payments_row(struct readd *r, const struct csv_row *row)
{
	struct ccy *c = ccy_of(r, row->line, row->f[7].s);
	int64_t gross, fee, net;

	if (c == NULL || minor_of(r, row->line, row->f[8].s, c->name, &gross) == -1 ||
	    minor_of(r, row->line, row->f[9].s, c->name, &fee) == -1 ||
	    minor_of(r, row->line, row->f[10].s, c->name, &net) == -1)
		return -1;
	return money_sub(&gross, fee, r->e) == -1 || gross != net ? fault(r, row->line, "gross - fee is not net") : 0;
}

static int
breaks_row(struct readd *r, const struct csv_row *row)
{
	int64_t v[3] = { 0, 0, 0 };
	struct ccy *c;
	size_t i;

	if (row->f[7].len == 0 || row->f[10].len == 0)
		return 0;
	if ((c = ccy_of(r, row->line, row->f[7].s)) == NULL)
		return -1;
	for (i = 0; i < 3; i++)
		if (row->f[8 + i].len > 0 && minor_of(r, row->line, row->f[8 + i].s, c->name, &v[i]) == -1)
			return -1;
	return money_sub(&v[0], v[1], r->e) == -1 || v[0] != v[2] ?
	    fault(r, row->line, "report_amount - ledger_amount is not difference") : 0;
}

typedef int row_fn(struct readd *r, const struct csv_row *row);

struct reading {
	struct readd	*r;
	row_fn		*fn;
	const char	*head;
	size_t		 cells;
};

static int
one_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct reading *x = arg;

	x->r->e = e;
	if (x->r->rows++ == 0)
		return row->n >= x->cells && strcmp(row->f[0].s, x->head) == 0 ? 0 :
		    fault(x->r, row->line, "not the header of this file");
	return row->n < x->cells ? fault(x->r, row->line, "cells are missing") : x->fn(x->r, row);
}

static int
read_csv(struct readd *r, int dir, const char *file, const char *head, size_t cells, row_fn *fn, struct error *e)
{
	struct reading x = { r, fn, head, cells };
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc;

	r->file = file;
	r->e = e;
	r->rows = 0;
	if (fd == -1)
		return error_set(e, ERR_CORRUPT, "%s: missing", file);
	if ((rc = csv_in_fd(fd, file, ',', one_row, &x, e)) == -1 && e->code == ERR_INPUT)
		e->code = ERR_CORRUPT;
	close(fd);
	return rc;
}

/* ---- the chain ---- */

/* closing - books is what the statement names, and what it does not is called unexplained. */
static int
check_statement(struct readd *r, size_t line, const json_t *j)
{
	struct statement s;
	int64_t left, right;

	if (statement_read(j, &s, r->e) == -1)
		return fault(r, line, "a statement that is none");
	left = s.closing;
	right = s.not_in_books;
	if (!s.stated)
		return 0;
	if (money_sub(&left, s.books, r->e) == -1 || money_sub(&right, s.not_in_report, r->e) == -1 ||
	    money_add(&right, s.differing, r->e) == -1 || money_add(&right, s.controls, r->e) == -1 ||
	    money_add(&right, s.unexplained, r->e) == -1 || left != right)
		return fault(r, line, "a statement whose parts do not explain its difference");
	return 0;
}

static int
chain_record(struct readd *r, size_t line, const struct record *rec)
{
	size_t i, k;
	json_t *put;

	for (i = 0; i < rec->nentries; i++)
		for (k = 0; k < rec->entries[i].nlegs; k++) {
			const struct leg *l = &rec->entries[i].legs[k];
			struct sums *s = sums_of(r, line, l->account, l->currency, 1);

			if (s == NULL)
				return -1;
			s->legs_chain++;
			if (l->minor > 0 ? added(r, line, &s->debit_chain, l->minor) == -1 :
			    l->minor == INT64_MIN || added(r, line, &s->credit_chain, -l->minor) == -1)
				return -1;
		}
	json_array_foreach(json_object_get(rec->data, "put"), i, put) {
		const char *table = json_string_value(json_array_get(put, 0));

		if (table != NULL && strcmp(table, "statement") == 0 && json_is_object(json_array_get(put, 2)) &&
		    check_statement(r, line, json_array_get(put, 2)) == -1)
			return -1;
	}
	return 0;
}

static int
one_line(struct readd *r, struct pack_chain *c, size_t n, const char *line, size_t len, char head[65])
{
	struct error why = { 0 };
	struct record rec;
	int rc = -1;

	record_init(&rec);
	if (record_decode(&rec, line, len, &why) == -1)
		rc = error_set(r->e, ERR_CORRUPT, "%s:%zu: %.400s", r->file, n, why.text);
	else if (n == 1) {
		memcpy(c->before, rec.prev, sizeof(c->before));
		rc = rec.n == c->first ? 0 : fault(r, n, "not the first record that manifest.json names");
	} else if (strcmp(rec.prev, head) != 0)
		fault(r, n, "does not follow the line before it: prev is not its SHA-256");
	else if (rec.n != c->first + n - 1)
		fault(r, n, "a record is missing before this one");
	else
		rc = 0;
	if (rc == 0)
		rc = chain_record(r, n, &rec);
	record_free(&rec);
	digest_hex(head, line, len);
	return rc;
}

static int
walk_chain(struct readd *r, int dir, struct pack_chain *c, struct error *e)
{
	int fd = openat(dir, "journal.jsonl", O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "r");
	char *line = NULL, head[65] = "";
	size_t cap = 0, n = 0;
	ssize_t len;

	r->file = "journal.jsonl";
	r->e = e;
	if (f == NULL) {
		if (fd != -1)
			close(fd);
		return error_set(e, ERR_CORRUPT, "journal.jsonl: missing");
	}
	while (rc == 0 && (len = getline(&line, &cap, f)) > 0) {
		n++;
		rc = line[len - 1] != '\n' ? fault(r, n, "an incomplete line") :
		    one_line(r, c, n, line, (size_t)len - 1, head);
	}
	free(line);
	(void)fclose(f);
	if (rc == 0 && n > 0 && strcmp(head, c->head) != 0)
		rc = fault(r, n, "its SHA-256 is not chain_head of manifest.json");
	if (rc == 0 && (n == 0 ? c->first != 0 : c->first + n - 1 != c->last))
		rc = fault(r, n, "not the last record that manifest.json names");
	return rc;
}

/* What balances.csv says of each account is what the entries add to, by both files. */
static int
compare(struct readd *r, struct error *e)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct sums *s = &r->v[i];

		if (s->debit != s->debit_csv || s->credit != s->credit_csv || s->legs != s->legs_csv)
			return error_set(e, ERR_CORRUPT, "journal.csv: the legs of %s do not add to balances.csv", s->name);
		if (s->debit != s->debit_chain || s->credit != s->credit_chain || s->legs != s->legs_chain)
			return error_set(e, ERR_CORRUPT, "journal.jsonl: the legs of %s do not add to balances.csv", s->name);
	}
	for (i = 0; i < r->nccy; i++)
		if (r->ccy[i].opening != 0 || r->ccy[i].closing != 0)
			return error_set(e, ERR_CORRUPT, "balances.csv: all accounts in %s do not add to 0", r->ccy[i].name);
	return 0;
}

static uint64_t
number(const json_t *m, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(m, name));

	return v < 0 ? 0 : (uint64_t)v;
}

int
pack_readd(int dir, const json_t *m, struct pack_chain *c, struct error *e)
{
	struct readd r = { 0 };
	int rc = -1;

	c->first = number(m, "first_record");
	c->last = number(m, "last_record");
	c->up_to = number(m, "records_up_to_end");
	(void)snprintf(c->head, sizeof(c->head), "%s", breaks_text(m, "chain_head"));
	if ((r.keys = keyed_new(e)) == NULL)
		return -1;
	if (read_csv(&r, dir, "balances.csv", "account", 7, balances_row, e) == 0 &&
	    read_csv(&r, dir, "journal.csv", "entry_id", 14, journal_row, e) == 0 && end_entry(&r) == 0 &&
	    read_csv(&r, dir, "payments.csv", "provider", 13, payments_row, e) == 0 &&
	    read_csv(&r, dir, "breaks.csv", "break_id", 14, breaks_row, e) == 0 &&
	    walk_chain(&r, dir, c, e) == 0)
		rc = compare(&r, e);
	keyed_free(r.keys);
	free(r.v);
	return rc;
}
