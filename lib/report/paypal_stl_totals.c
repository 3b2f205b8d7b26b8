/*
 * paypal_stl_totals -- the footers of settlement and transaction detail reports against their rows and
 * against each other (paypal_stl_check.c says in which order).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/paypal_stl.h"

static const char *const sum_name[STL_SUMS] = { "gross credits", "gross debits", "fee credits",
    "fee debits" };
static const char *const balance_name[STL_BALANCES] = { "available", "total", "payable" };

/* Hundredths as people write the currency. */
static const char *
show(int64_t hundredths, const char ccy[4], char out[MONEY_TEXT])
{
	int64_t minor;

	if (!money_currency_known(ccy, strlen(ccy)) || !stl_minor(hundredths, ccy, &minor))
		(void)snprintf(out, MONEY_TEXT, "%lld hundredths", (long long)hundredths);
	else
		money_print(minor, ccy, out);
	return out;
}

/* One amount of a footer. */
static int
same(struct stl_judge *j, int at, size_t line, const char *row, const char *ccy, const char *what,
    int64_t stated, int64_t computed, const char *source)
{
	char key[64], a[MONEY_TEXT], b[MONEY_TEXT];

	j->checks[at]++;
	if (stated == computed)
		return 0;
	(void)snprintf(key, sizeof(key), "%s %s %s", row, ccy, what);
	return stl_tell(j, at, line, key, ccy, stated, computed, "%s %s: %s %s, %s %s", row, ccy, what,
	    show(stated, ccy, a), source, show(computed, ccy, b));
}

static int
add(int64_t *sum, int64_t v, struct error *e)
{
	return money_add(sum, v, e) == -1 ? error_set(e, ERR_INPUT, "a total is out of range") : 0;
}

/* ---- numbers that count ---- */

static int
add_count(struct stl_judge *j, int at, size_t line, const char *key, int64_t stated, int64_t counted,
    int64_t said, int64_t other)
{
	struct stl_count *c = reallocarray(j->count, j->ncounts + 1, sizeof(*c));

	if (c == NULL)
		return error_sys(j->e, "report");
	j->count = c;
	c = &c[j->ncounts++];
	memset(c, 0, sizeof(*c));
	c->file = at;
	c->line = line;
	(void)snprintf(c->key, sizeof(c->key), "%s", key);
	c->stated = stated;
	c->rows[0] = counted;
	c->rows[1] = said;
	c->other = other;
	return 0;
}

/* All count rows, or all the other thing, or nobody knows what they count. */
static int
check_counts(struct stl_judge *j, const char *other)
{
	size_t i, by_rows = 0, by_other = 0, n = j->ncounts;
	int rc = 0;

	for (i = 0; i < n; i++) {
		const struct stl_count *c = &j->count[i];

		j->checks[c->file]++;
		by_rows += c->stated == c->rows[0] || c->stated == c->rows[1];
		by_other += c->stated == c->other;
	}
	for (i = 0; rc == 0 && i < n && by_rows < n && by_other < n && by_rows + by_other > 0; i++) {
		const struct stl_count *c = &j->count[i];
		int64_t want = by_rows >= by_other ? c->rows[0] : c->other;

		if (c->stated != want && (by_rows < by_other || c->stated != c->rows[1]))
			rc = stl_tell(j, c->file, c->line, c->key, "", c->stated, want, "%s: %lld, where %lld %s were "
			    "counted", c->key, (long long)c->stated, (long long)want,
			    by_rows >= by_other ? "rows" : other);
	}
	free(j->count);
	j->count = NULL;
	j->ncounts = 0;
	return rc;
}

/* ---- one section's footers ---- */

static struct stl_fold *
fold_of(struct stl_judge *j, const struct stl_section *s)
{
	struct stl_fold *v;
	size_t i;

	for (i = 0; i < j->nfolds; i++)
		if (strcmp(j->fold[i].account, s->account) == 0)
			return &j->fold[i];
	if ((v = reallocarray(j->fold, j->nfolds + 1, sizeof(*v))) == NULL) {
		error_sys(j->e, "report");
		return NULL;
	}
	j->fold = v;
	v = &v[j->nfolds++];
	memset(v, 0, sizeof(*v));
	memcpy(v->account, s->account, sizeof(v->account));
	v->ours = s->ours;
	return v;
}

static const struct stl_sum *
find_sum(const struct stl_sum *v, size_t n, const char ccy[4])
{
	static const struct stl_sum none;
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(v[i].currency, ccy, 4) == 0)
			return &v[i];
	return &none;
}

static const struct stl_total *
find_total(const struct stl_total *v, size_t n, const char ccy[4])
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(v[i].currency, ccy, 4) == 0)
			return &v[i];
	return NULL;
}

/* Beginning + the totals beside it = end; held: what the total balance does not feel. */
static int
check_identity(struct stl_judge *j, int at, const struct stl_total *t, const char *row, int which, int64_t held)
{
	static const char *const name[2] = { "ending available", "ending total" };
	int64_t end = t->begin[which];

	if (t->nbalances <= which)
		return 0;
	if (add(&end, t->sum[STL_GROSS_CR], j->e) == -1 || add(&end, -t->sum[STL_GROSS_DR], j->e) == -1 ||
	    add(&end, t->sum[STL_FEE_CR], j->e) == -1 || add(&end, -t->sum[STL_FEE_DR], j->e) == -1 ||
	    (which == STL_TOTAL && add(&end, -held, j->e) == -1))
		return -1;
	return same(j, at, t->line, row, t->currency, name[which], t->end[which], end,
	    which == STL_TOTAL && held != 0 ? "but beginning + movement without holds =" :
	    "but beginning + movement =");
}

static int
fold_total(struct stl_judge *j, struct stl_fold *f, const struct stl_total *t, int at)
{
	struct stl_total *v = (struct stl_total *)find_total(f->sf, f->nsf, t->currency);
	int i;

	if (v == NULL) {
		if ((v = reallocarray(f->sf, f->nsf + 1, sizeof(*v))) == NULL)
			return error_sys(j->e, "report");
		f->sf = v;
		v[f->nsf++] = *t;
		return 0;
	}
	for (i = 0; i < STL_SUMS; i++)
		if (add(&v->sum[i], t->sum[i], j->e) == -1)
			return -1;
	for (i = 0; i < STL_BALANCES && i < v->nbalances && i < t->nbalances; i++) {
		char what[32];

		(void)snprintf(what, sizeof(what), "beginning %s", balance_name[i]);
		if (same(j, at, t->line, "SF", t->currency, what, t->begin[i], v->end[i],
		    "where the section before ended with") == -1)
			return -1;
		v->end[i] = t->end[i];
	}
	v->line = t->line;
	return 0;
}

static int
check_total(struct stl_judge *j, int at, struct stl_fold *f, const struct stl_section *s, const struct stl_total *t)
{
	const struct stl_sum *sum = find_sum(f->sum, f->nsum, t->currency);
	char key[64];
	int i;

	(void)snprintf(key, sizeof(key), "SF %s count", t->currency);
	if (find_total(s->sf, (size_t)(t - s->sf), t->currency) != NULL)
		return stl_tell(j, at, t->line, key, t->currency, 0, 0, "SF: %s stands twice", t->currency);
	for (i = 0; i < STL_SUMS; i++)
		if (same(j, at, t->line, "SF", t->currency, sum_name[i], t->sum[i], sum->sum[i],
		    "but the rows give") == -1)
			return -1;
	if (check_identity(j, at, t, "SF", STL_AVAILABLE, 0) == -1 ||
	    check_identity(j, at, t, "SF", STL_TOTAL, sum->held) == -1 ||
	    (t->has_count && add_count(j, at, t->line, key, t->count, f->rows, s->sc.v, sum->rows) == -1))
		return -1;
	return fold_total(j, f, t, at);
}

static int
close_section(struct stl_judge *j, int at, struct stl_fold *f, const struct stl_section *s)
{
	size_t i;

	j->checks[at]++;
	if (s->sc.v != f->rows && stl_tell(j, at, s->sc.line, "SC", "", s->sc.v, f->rows,
	    "SC: the section has %lld rows, it says, but %lld were counted", (long long)s->sc.v,
	    (long long)f->rows) == -1)
		return -1;
	for (i = 0; i < s->nsf; i++)
		if (check_total(j, at, f, s, &s->sf[i]) == -1)
			return -1;
	if (s->sf_number.line != 0 && add_count(j, at, s->sf_number.line, "SF", s->sf_number.v, f->rows,
	    s->sc.v, f->rows) == -1)
		return -1;
	for (i = 0; i < f->nsum; i++)
		if (strcmp(stl_file(j, 0)->report, "STL") == 0 &&
		    find_total(s->sf, s->nsf, f->sum[i].currency) == NULL &&
		    stl_tell(j, at, s->sc.line, "SF", f->sum[i].currency, 0, 0, "no SF row tells the totals of %s, "
		    "of which there are rows", f->sum[i].currency) == -1)
			return -1;
	free(f->sum);
	f->sum = NULL;
	f->nsum = 0;
	f->rows = 0;
	return 0;
}

static int
take_section(struct stl_judge *j, int at, const struct stl_section *s)
{
	struct stl_fold *f = fold_of(j, s);
	size_t i;
	int k;

	if (f == NULL)
		return -1;
	f->file = at;
	f->rows += (int64_t)s->rows;
	if (s->from != 0 && (f->from == 0 || s->from < f->from))
		f->from = s->from;
	if (s->to > f->to)
		f->to = s->to;
	for (i = 0; i < s->nsum; i++) {
		struct stl_sum *sum = stl_sum(&f->sum, &f->nsum, s->sum[i].currency, j->e);

		if (sum == NULL || add(&sum->held, s->sum[i].held, j->e) == -1)
			return -1;
		for (k = 0; k < STL_SUMS; k++)
			if (add(&sum->sum[k], s->sum[i].sum[k], j->e) == -1)
				return -1;
		sum->rows += s->sum[i].rows;
	}
	if (s->line != 0 && s->from > s->to &&
	    stl_tell(j, at, s->line, "SH", "", 0, 0, "SH: the period ends before it begins") == -1)
		return -1;
	if (s->outside > 0 && stl_tell(j, at, s->outside_line, "SB period", "", (int64_t)s->outside, 0,
	    "%zu rows were completed outside the period of SH, first %.20s", s->outside,
	    s->outside_id) == -1)
		return -1;
	return s->sc.line == 0 ? 0 : close_section(j, at, f, s);
}

int
stl_check_sections(struct stl_judge *j)
{
	size_t i;
	int k;

	for (k = 0; k < j->n; k++)
		for (i = 0; i < stl_file(j, k)->nsections; i++)
			if (take_section(j, j->at[k], &stl_file(j, k)->section[i]) == -1)
				return -1;
	for (i = 0; j->complete && i < j->nfolds; i++)
		if ((j->fold[i].rows > 0 || j->fold[i].nsum > 0) && stl_tell(j, j->fold[i].file, 0, "SC missing", "",
		    0, j->fold[i].rows, "a section of account %.40s has no SC row: %lld rows stand for themselves",
		    j->fold[i].account, (long long)j->fold[i].rows) == -1)
			return -1;
	return 0;
}

/* ---- the report's footers ---- */

/* What all accounts' SF rows of that currency give together; 0: none. */
static int
all_accounts(struct stl_judge *j, const char ccy[4], struct stl_total *all)
{
	size_t i;
	int k, found = 0;

	memset(all, 0, sizeof(*all));
	all->nbalances = STL_BALANCES;
	for (i = 0; i < j->nfolds; i++) {
		const struct stl_total *t = find_total(j->fold[i].sf, j->fold[i].nsf, ccy);

		if (t == NULL)
			continue;
		found = 1;
		if (t->nbalances < all->nbalances)
			all->nbalances = t->nbalances;
		for (k = 0; k < STL_SUMS; k++)
			if (add(&all->sum[k], t->sum[k], j->e) == -1)
				return -1;
		for (k = 0; k < STL_BALANCES; k++)
			if (add(&all->begin[k], t->begin[k], j->e) == -1 || add(&all->end[k], t->end[k], j->e) == -1)
				return -1;
	}
	return found;
}

static int
check_rf(struct stl_judge *j, int at, const struct stl_total *t)
{
	struct stl_total all;
	char what[32];
	int i, end, found = all_accounts(j, t->currency, &all);

	if (found == -1)
		return -1;
	if (!found)
		return stl_tell(j, at, t->line, "RF", t->currency, 0, 0, "RF %s: no section has a footer of that "
		    "currency", t->currency);
	for (i = 0; i < STL_SUMS; i++)
		if (same(j, at, t->line, "RF", t->currency, sum_name[i], t->sum[i], all.sum[i],
		    "but the sections' footers give") == -1)
			return -1;
	for (i = 0; i < t->nbalances && i < all.nbalances; i++)
		for (end = 0; end < 2; end++) {
			(void)snprintf(what, sizeof(what), "%s %s", end ? "ending" : "beginning", balance_name[i]);
			if (same(j, at, t->line, "RF", t->currency, what, end ? t->end[i] : t->begin[i],
			    end ? all.end[i] : all.begin[i], "but the sections' footers give") == -1)
				return -1;
		}
	return 0;
}

static int64_t
count_rows(const struct stl_judge *j, const char *ccy, int64_t *said, int64_t *lines)
{
	int64_t n = 0;
	size_t i;
	int k;

	*said = *lines = 0;
	for (k = 0; k < j->n; k++) {
		*lines += (int64_t)stl_file(j, k)->lines;
		n += ccy == NULL ? (int64_t)stl_file(j, k)->rows : 0;
		for (i = 0; i < stl_file(j, k)->nsections; i++) {
			const struct stl_section *s = &stl_file(j, k)->section[i];

			if (ccy != NULL)
				n += find_sum(s->sum, s->nsum, ccy)->rows;
			*said += s->sc.v;
		}
	}
	return n;
}

static int
check_report(struct stl_judge *j)
{
	const struct stl_file *f = stl_file(j, j->n - 1);
	int64_t rows, said, lines, ignored;
	char key[64];
	size_t i, k;
	int at = j->at[j->n - 1];

	rows = count_rows(j, NULL, &said, &lines);
	for (i = 0; i < f->nrf; i++) {
		(void)snprintf(key, sizeof(key), "RF %s count", f->rf[i].currency);
		if (check_rf(j, at, &f->rf[i]) == -1 || (f->rf[i].has_count && add_count(j, at, f->rf[i].line,
		    key, f->rf[i].count, rows, said, count_rows(j, f->rf[i].currency, &ignored, &ignored)) == -1))
			return -1;
	}
	for (i = 0; i < j->nfolds; i++)
		for (k = 0; k < j->fold[i].nsf; k++)
			if (find_total(f->rf, f->nrf, j->fold[i].sf[k].currency) == NULL &&
			    stl_tell(j, at, f->rc.line, "RF", j->fold[i].sf[k].currency, 0, 0,
			    "no RF row tells the totals of %s, of which there is an SF row",
			    j->fold[i].sf[k].currency) == -1)
				return -1;
	if (f->rf_number.line != 0 &&
	    add_count(j, at, f->rf_number.line, "RF", f->rf_number.v, rows, said, rows) == -1)
		return -1;
	return check_counts(j, "rows of the currency");
}

/* RC and FF: each file's, and the report's. */
static int
check_ends(struct stl_judge *j)
{
	int64_t rows, said, lines;
	int i;

	rows = count_rows(j, NULL, &said, &lines);
	for (i = 0; i < j->n; i++) {
		const struct stl_file *f = stl_file(j, i);
		int64_t its = (int64_t)f->rows;

		if (f->rc.line != 0 && add_count(j, j->at[i], f->rc.line, "RC", f->rc.v, rows, said, lines) == -1)
			return -1;
		if (f->ff.line != 0 && add_count(j, j->at[i], f->ff.line, "FF", f->ff.v, its,
		    j->n == 1 ? said : its, (int64_t)f->lines) == -1)
			return -1;
	}
	return check_counts(j, "lines");
}


int
stl_check_footers(struct stl_judge *j)
{
	return check_report(j) == -1 ? -1 : check_ends(j);
}
