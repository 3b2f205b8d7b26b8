/*
 * paypal_stl_check -- whether the files of settlement and transaction detail reports add up
 * (providers/paypal.md 5.3, 5.4): before any row is believed.
 *
 * Files of one report (kind, day, account) are judged together.  Numbers are compared in a chain,
 * rows with sections' footers, these with the report's, so that one wrong number is one break:
 *	parts 1, 2, ... to the one with the report's footers	FH, RC
 *	SC = rows; SF = totals of the rows per currency; RF = totals of SF
 *	beginning + movement = end, available (with holds) and total (without)
 *	RC, FF and the counts at the end of SF and RF: PayPal does not say what they count.  Where
 *	one of them counts rows, all must; or all count every line of the file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/paypal_stl.h"

const struct stl_file *
stl_file(const struct stl_judge *j, int part)
{
	return &j->set->v[j->at[part]];
}

/* ---- telling ---- */

int
stl_tell(struct stl_judge *j, int at, size_t line, const char *key, const char *ccy, int64_t stated,
    int64_t computed, const char *fmt, ...)
{
	const struct stl_file *f = &j->set->v[at];
	const struct stl_section *s = stl_main(f);
	struct report_control c;
	va_list ap;

	memset(&c, 0, sizeof(c));
	c.file = at;
	c.line = line;
	c.event = s == NULL ? 0 : s->to;
	(void)snprintf(c.key, sizeof(c.key), "%s %s %s", f->report, s == NULL ? "" : s->day, key);
	if (ccy[0] != '\0' && money_currency_known(ccy, strlen(ccy))) {
		memcpy(c.currency, ccy, 4);
		(void)stl_minor(stated, ccy, &c.stated);
		(void)stl_minor(computed, ccy, &c.computed);
	} else {
		c.counts = 1;
		c.stated = stated;
		c.computed = computed;
	}
	va_start(ap, fmt);
	(void)vsnprintf(c.text, sizeof(c.text), fmt, ap);
	va_end(ap);
	return j->sink->control(j->sink->arg, &c, j->e);
}

/* ---- parts ---- */

static int
check_name(struct stl_judge *j, int i)
{
	const struct stl_file *f = stl_file(j, i);
	const struct stl_section *s = stl_main(f);
	int at = j->at[i];

	if (f->named[0] == '\0')
		return 0;
	j->checks[at] += 2;
	if (strcmp(f->named, f->report) != 0 && stl_tell(j, at, 1, "name report", "", 0, 0,
	    "by its name a %s report, by its columns %s", f->named, f->report) == -1)
		return -1;
	if (s != NULL && s->day[0] != '\0' && strcmp(s->day, f->named_day) != 0 &&
	    stl_tell(j, at, s->line, "name day", "", 0, 0, "by its name the report of %s, by SH of %s",
	    f->named_day, s->day) == -1)
		return -1;
	if (f->part != 0 && f->part != f->named_part && stl_tell(j, at, 2, "name part", "", f->named_part,
	    f->part, "by its name part %d, by FH part %d", f->named_part, f->part) == -1)
		return -1;
	return f->named_version == (int)strtol(f->version, NULL, 10) ? 0 : stl_tell(j, at, 1, "name version", "",
	    f->named_version, 0, "by its name version %d, by RH version %.7s", f->named_version, f->version);
}

static int
check_parts(struct stl_judge *j)
{
	int i, want = 1;

	j->complete = 1;
	for (i = 0; i < j->n; i++, want++) {
		const struct stl_file *f = stl_file(j, i);
		int part = f->part == 0 ? want : f->part, last = i == j->n - 1;

		j->checks[j->at[i]]++;
		if (check_name(j, i) == -1)
			return -1;
		if (f->odd.line != 0 && stl_tell(j, j->at[i], f->odd.line, "row type", "", 0, 0,
		    f->ff.line != 0 && f->odd.line > f->ff.line ? "a row \"%s\" behind the end of the file (FF)" :
		    "a row of type \"%s\", which nobody knows", f->odd.type) == -1)
			return -1;
		if (f->ff.line == 0) {
			j->complete = 0;
			if (stl_tell(j, j->at[i], f->lines, "FF", "", 0, 0, "the file has no end (FF): cut off?") == -1)
				return -1;
		}
		if (part != want) {
			j->complete = 0;
			if (stl_tell(j, j->at[i], 2, "parts", "", part, want, "part %d of the report is missing",
			    want) == -1)
				return -1;
			want = part;
		}
		if (!last && (f->rc.line != 0 || f->nrf > 0) && stl_tell(j, j->at[i], f->rc.line, "RC early", "", part,
		    0, "the report ends (RF, RC) in part %d, but there is a part after it", part) == -1)
			return -1;
		if (last && f->rc.line == 0 && f->ff.line != 0) {
			j->complete = 0;
			if (stl_tell(j, j->at[i], f->ff.line, "parts", "", part, part + 1, "the report does not end in "
			    "part %d (no RF, RC): part %d is missing", part, part + 1) == -1)
				return -1;
		}
	}
	return 0;
}

/* ---- what it says of the provider's account ---- */

static int
tell_statements(struct stl_judge *j)
{
	const struct stl_file *last = stl_file(j, j->n - 1);
	size_t i, k;

	for (i = 0; j->sink->statement != NULL && i < j->nfolds; i++)
		for (k = 0; j->fold[i].ours && k < j->fold[i].nsf; k++) {
			const struct stl_total *t = &j->fold[i].sf[k];
			struct report_statement s;

			if (t->nbalances <= STL_AVAILABLE)
				continue;
			memset(&s, 0, sizeof(s));
			s.line = t->line;
			s.file = (int)(last - j->set->v);
			s.from = j->fold[i].from;
			s.to = j->fold[i].to;
			memcpy(s.currency, t->currency, 4);
			s.has_total = t->nbalances > STL_TOTAL;
			if ((!stl_minor(t->begin[STL_AVAILABLE], t->currency, &s.opening) ||
			    !stl_minor(t->end[STL_AVAILABLE], t->currency, &s.closing) ||
			    !stl_minor(t->begin[STL_TOTAL], t->currency, &s.total_opening) ||
			    !stl_minor(t->end[STL_TOTAL], t->currency, &s.total_closing)) &&
			    stl_tell(j, s.file, t->line, "SF hundredths", t->currency, 0, 0, "SF %s: a balance is no "
			    "whole number of its smallest unit", t->currency) == -1)
				return -1;
			if (j->sink->statement(j->sink->arg, &s, j->e) == -1)
				return -1;
		}
	return 0;
}

static int
tell_periods(struct stl_judge *j)
{
	int i;

	for (i = 0; j->sink->period != NULL && i < j->n; i++) {
		const struct stl_file *f = stl_file(j, i);
		const struct stl_section *s = stl_main(f);
		struct report_period p;

		memset(&p, 0, sizeof(p));
		p.file = j->at[i];
		(void)snprintf(p.report, sizeof(p.report), "%s", f->report);
		if (s != NULL) {
			memcpy(p.day, s->day, sizeof(p.day));
			p.from = s->from;
			p.to = s->to;
		}
		p.complete = j->complete;
		p.checks = j->checks[j->at[i]];
		if (j->sink->period(j->sink->arg, &p, j->e) == -1)
			return -1;
	}
	return 0;
}

static void
judge_free(struct stl_judge *j)
{
	size_t i;

	for (i = 0; i < j->nfolds; i++) {
		free(j->fold[i].sum);
		free(j->fold[i].sf);
	}
	free(j->fold);
	free(j->count);
}

static int
judge_report(struct stl_judge *j)
{
	int rc = check_parts(j);

	if (rc == 0)
		rc = stl_check_sections(j);
	if (rc == 0 && j->complete)
		rc = stl_check_footers(j) == -1 || tell_statements(j) == -1 ? -1 : 0;
	if (rc == 0)
		rc = tell_periods(j);
	judge_free(j);
	return rc;
}

/* ---- sets ---- */

struct report_set *
stl_set_new(struct error *e)
{
	struct report_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		error_sys(e, "report");
	return set;
}

struct stl_file *
stl_add(struct report_set *set, struct error *e)
{
	struct stl_file *v = reallocarray(set->v, set->n + 1, sizeof(*v));

	if (v == NULL) {
		error_sys(e, "report");
		return NULL;
	}
	set->v = v;
	memset(&v[set->n], 0, sizeof(*v));
	return &v[set->n++];
}

void
stl_drop(struct report_set *set)
{
	struct stl_file *f = &set->v[--set->n];
	size_t i;

	for (i = 0; i < f->nsections; i++) {
		free(f->section[i].sum);
		free(f->section[i].sf);
	}
	free(f->section);
	free(f->rf);
}

void
stl_set_free(struct report_set *set)
{
	if (set == NULL)
		return;
	while (set->n > 0)
		stl_drop(set);
	free(set->v);
	free(set);
}

struct stl_sum *
stl_sum(struct stl_sum **v, size_t *n, const char ccy[4], struct error *e)
{
	struct stl_sum *s = *v;
	size_t i;

	for (i = 0; i < *n; i++)
		if (memcmp(s[i].currency, ccy, 3) == 0)
			return &s[i];
	if ((s = reallocarray(*v, *n + 1, sizeof(*s))) == NULL) {
		error_sys(e, "report");
		return NULL;
	}
	*v = s;
	s = &s[(*n)++];
	memset(s, 0, sizeof(*s));
	memcpy(s->currency, ccy, 3);
	return s;
}

const struct stl_section *
stl_main(const struct stl_file *f)
{
	size_t i;

	for (i = 0; i < f->nsections; i++)
		if (f->section[i].ours)
			return &f->section[i];
	return f->nsections > 0 ? &f->section[0] : NULL;
}

int
stl_minor(int64_t hundredths, const char ccy[4], int64_t *minor)
{
	switch (money_decimals(ccy)) {
	case 0:
		*minor = hundredths / 100;
		return hundredths % 100 == 0;
	case 3:
		if (!__builtin_mul_overflow(hundredths, 10, minor))
			return 1;
		*minor = 0;
		return 0;
	default:
		*minor = hundredths;
		return 1;
	}
}

/* ---- which files belong together ---- */

static int
together(const struct stl_file *a, const struct stl_file *b)
{
	const struct stl_section *s = stl_main(a), *t = stl_main(b);
	const char *day = s != NULL && s->day[0] != '\0' ? s->day : a->named_day;
	const char *day2 = t != NULL && t->day[0] != '\0' ? t->day : b->named_day;

	return strcmp(a->report, b->report) == 0 && strcmp(a->account, b->account) == 0 &&
	    strcmp(day, day2) == 0;
}

int
stl_set_check(struct report_set *set, const struct report_sink *sink, struct error *e)
{
	int *at = calloc(set->n + 1, sizeof(*at)), *checks = calloc(set->n + 1, sizeof(*checks));
	char *done = calloc(set->n + 1, 1);
	size_t i, k;
	int rc = 0, m;

	if (at == NULL || checks == NULL || done == NULL)
		rc = error_sys(e, "report");
	for (i = 0; rc == 0 && i < set->n; i++) {
		struct stl_judge j = { .set = set, .sink = sink, .e = e, .at = at, .checks = checks };

		if (done[i])
			continue;
		for (k = i; rc == 0 && k < set->n; k++) {
			if (done[k] || !together(&set->v[i], &set->v[k]))
				continue;
			done[k] = 1;
			for (m = j.n++; m > 0 && set->v[at[m - 1]].part > set->v[k].part; m--)
				at[m] = at[m - 1];
			at[m] = (int)k;
			if (m > 0 && set->v[k].part != 0 && set->v[at[m - 1]].part == set->v[k].part)
				rc = error_set(e, ERR_INPUT, "%s, %s: both are part %d of one report, with different "
				    "content: give the one that counts", set->v[at[m - 1]].name, set->v[k].name,
				    set->v[k].part);
		}
		if (rc == 0)
			rc = judge_report(&j);
	}
	free(at);
	free(checks);
	free(done);
	return rc;
}
