/*
 * paypal_order -- all rows of a download: dates decided, put in time order, the file's own controls,
 * and out (paypal_reading.h).
 *
 * Rows taken quickly and full ones go the same way; of the former each amount is known to be well
 * formed, and net to be gross - fee.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "money.h"
#include "report/paypal_reading.h"
#include "text.h"

static const char *const dates_name[DATES] = { "mdy", "dmy", "ymd" };

#define cell	reading_cell

static const char *
date_of(const struct reading *r, const struct quick *q)
{
	return q->flags & QUICK_FULL ? cell(r, &r->v[q->at], COL_DATE) : r->date_texts.v[q->date];
}

/* 1 where the days run one way through the file. */
static int
in_order(const struct reading *r, enum dates how)
{
	int up = 1, down = 1, ymd[3], day, last = 0;
	const char *was = NULL;
	size_t i;

	for (i = 0; i < r->nq; i++) {
		const char *s = date_of(r, &r->q[i]);

		if (s == was)
			continue;
		if (!reading_date(s, how, ymd))
			return 0;
		day = (ymd[0] * 12 + ymd[1]) * 31 + ymd[2];
		if (was != NULL) {
			up &= day >= last;
			down &= day <= last;
		}
		last = day;
		was = s;
	}
	return up || down;
}

static int
decide_dates(struct reading *r)
{
	int i, ordered[DATES], n = 0, candidates = 0, last = MDY;

	for (i = 0; i < DATES; i++) {
		ordered[i] = r->dates_ok[i] && in_order(r, (enum dates)i);
		n += ordered[i];
		candidates += r->dates_ok[i];
		if (r->dates_ok[i])
			last = i;
	}
	for (i = 0; i < DATES; i++) {
		if (strcmp(r->o->dates, dates_name[i]) != 0)
			continue;
		r->dates = (enum dates)i;
		if (candidates == 0)
			break;
		if (!r->dates_ok[i])
			return error_set(r->e, ERR_INPUT, "%s:%zu: Date: not written as %s: give --dates %s",
			    r->file, r->dates_bad[i], dates_name[i], candidates > 1 && i == YMD ? "mdy or dmy" :
			    dates_name[last]);
		if (!r->o->sure && !ordered[i] && n > 0)
			return error_set(r->e, ERR_INPUT, "%s: read as %s (the setting report_dates) the days run "
			    "forth and back, read otherwise they don't: give --dates", r->file, dates_name[i]);
		return 0;
	}
	if (candidates == 0)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Date: a date of numbers is expected", r->file,
		    r->dates_bad[MDY] > r->dates_bad[DMY] ? r->dates_bad[MDY] : r->dates_bad[DMY]);
	if (candidates == 1 || !r->dates_differ) {
		r->dates = (enum dates)last;
		return 0;
	}
	if (r->lang > LANG_EN && ordered[DMY]) {
		r->dates = DMY;
		return 0;
	}
	if (n == 1) {
		r->dates = ordered[MDY] ? MDY : ordered[DMY] ? DMY : YMD;
		return 0;
	}
	return error_set(r->e, ERR_INPUT, "%s: dates such as %s may begin with the month or with the day: "
	    "give --dates mdy or --dates dmy (or set report_dates)", r->file,
	    date_of(r, &r->q[0]));
}

/* ---- time order ---- */

/* Zones other than names of places have one offset the year round. */
struct clock {
	int	*fixed, *offset;	/* of each zone text */
	int64_t	*midnight;		/* of each date text, civil seconds */
	int64_t	 minute;		/* that the last place's offset was asked for */
	int	 place, place_offset;
};

static int
full_time(struct reading *r, const struct line *l, int64_t *time)
{
	const char *zone = cell(r, l, COL_ZONE);
	int64_t civil;
	int ymd[3], seconds, offset;

	if (!reading_date(cell(r, l, COL_DATE), r->dates, ymd) ||
	    !reading_time(cell(r, l, COL_TIME), &seconds))
		return error_set(r->e, ERR_INPUT, "%s:%zu: Time: HH:MM:SS is expected, not \"%.20s\"", r->file,
		    l->line, cell(r, l, COL_TIME));
	civil = moment_civil(ymd[0], ymd[1], ymd[2], 0, 0, 0) + seconds;
	if (moment_zone_offset(zone, civil, &offset, r->e) == -1)
		return error_set(r->e, ERR_INPUT, "%s:%zu: Time Zone: \"%.40s\" is not known", r->file, l->line,
		    zone);
	*time = (civil - offset) * MOMENT_SECOND;
	return 0;
}

static int
clock_start(struct reading *r, struct clock *c)
{
	size_t i;
	int ymd[3];

	memset(c, 0, sizeof(*c));
	c->place = -1;
	c->fixed = calloc(r->zones.n + 1, sizeof(*c->fixed));
	c->offset = calloc(r->zones.n + 1, sizeof(*c->offset));
	c->midnight = calloc(r->date_texts.n + 1, sizeof(*c->midnight));
	if (c->fixed == NULL || c->offset == NULL || c->midnight == NULL)
		return error_sys(r->e, "%s", r->file);
	for (i = 0; i < r->zones.n; i++) {
		c->fixed[i] = strchr(r->zones.v[i], '/') == NULL;
		if (c->fixed[i] && moment_zone_offset(r->zones.v[i], 0, &c->offset[i], r->e) == -1)
			return -1;
	}
	for (i = 0; i < r->date_texts.n; i++) {
		if (!reading_date(r->date_texts.v[i], r->dates, ymd))
			return error_set(r->e, ERR_INPUT, "%s: Date", r->file);
		c->midnight[i] = moment_civil(ymd[0], ymd[1], ymd[2], 0, 0, 0);
	}
	return 0;
}

static int
quick_time(struct reading *r, struct clock *c, struct quick *q)
{
	int64_t civil = c->midnight[q->date] + q->seconds;
	int offset = c->offset[q->zone];

	if (!c->fixed[q->zone]) {	/* clocks change at whole minutes */
		if (c->place != q->zone || c->minute != civil / 60) {
			if (moment_zone_offset(r->zones.v[q->zone], civil, &c->place_offset, r->e) == -1)
				return -1;
			c->place = q->zone;
			c->minute = civil / 60;
		}
		offset = c->place_offset;
	}
	q->time = (civil - offset) * MOMENT_SECOND;
	return 0;
}

static int
set_times(struct reading *r)
{
	struct clock c;
	size_t i;
	int rc = clock_start(r, &c);

	for (i = 0; rc == 0 && i < r->nq; i++)
		rc = r->q[i].flags & QUICK_FULL ? full_time(r, &r->v[r->q[i].at], &r->q[i].time) :
		    quick_time(r, &c, &r->q[i]);
	free(c.fixed);
	free(c.offset);
	free(c.midnight);
	return rc;
}

static int
by_time(const void *a, const void *b)
{
	const struct quick *x = a, *y = b;

	return x->time != y->time ? (x->time < y->time ? -1 : 1) : x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void
reverse(struct quick *q, size_t n)
{
	struct quick keep;
	size_t i;

	for (i = 0; i < n / 2; i++) {
		keep = q[i];
		q[i] = q[n - 1 - i];
		q[n - 1 - i] = keep;
	}
}

static void
sort(struct reading *r)
{
	size_t i;

	if (r->nq > 1 && r->q[0].time > r->q[r->nq - 1].time)	/* newest first */
		reverse(r->q, r->nq);
	for (i = 0; i < r->nq; i++)
		r->q[i].seq = (uint32_t)i;
	for (i = 1; i < r->nq && r->q[i - 1].time <= r->q[i].time; i++)
		continue;
	if (i < r->nq)
		qsort(r->q, r->nq, sizeof(*r->q), by_time);
}

int
reading_arrange(struct reading *r)
{
	if (r->nq == 0)
		return 0;
	if (r->nq > UINT32_MAX)
		return error_set(r->e, ERR_INPUT, "%s: more than %u rows", r->file, UINT32_MAX);
	if (decide_dates(r) == -1 || reading_decide_decimal(r) == -1 || set_times(r) == -1)
		return -1;
	sort(r);
	return 0;
}

/* ---- the file's own controls, and out ---- */

struct step {				/* what a row does to a balance */
	int	currency, moves, said, has_balance;
	int64_t	net, stated, balance;
};

/* row: filled for a full one. */
static int
look(struct reading *r, const struct quick *q, struct step *s, struct report_row *row)
{
	if (!(q->flags & QUICK_FULL)) {
		s->currency = q->currency;
		s->moves = 1;
		s->said = (q->flags & QUICK_SAID) != 0;
		s->has_balance = (q->flags & QUICK_BALANCE) != 0;
		s->net = s->stated = q->gross - q->fee;
		s->balance = q->balance;
		return 0;
	}
	if (reading_make_row(r, &r->v[q->at], row, &s->said, &s->stated) == -1)
		return -1;
	row->event = q->time;
	s->currency = money_number(row->currency);
	s->moves = row->moves_balance;
	s->has_balance = row->has_balance;
	s->net = row->net;
	s->balance = row->balance;
	return 0;
}

struct running {
	int	known;
	int64_t	balance;
};

/*
 * Rows of one second: 1 where their balances follow from each other in the order given or backwards.
 * Works on a copy of the running balances.
 */
#define SECOND_MAX	64

static int
follows(struct reading *r, const struct running *start, size_t from, size_t to, int backwards)
{
	struct running run[SECOND_MAX], *at;
	int currency[SECOND_MAX], n = 0, k;
	struct report_row row;
	struct step s;
	int64_t after;
	size_t i;

	for (i = from; i < to; i++) {
		if (look(r, &r->q[backwards ? to - 1 - (i - from) : i], &s, &row) == -1)
			return 0;
		if (!s.moves || !s.has_balance)
			continue;
		for (k = 0; k < n && currency[k] != s.currency; k++)
			continue;
		if (k == n) {
			currency[n] = s.currency;
			run[n++] = start[s.currency];
		}
		at = &run[k];
		if (at->known && (__builtin_add_overflow(at->balance, s.net, &after) || after != s.balance))
			return 0;
		at->known = 1;
		at->balance = s.balance;
	}
	return 1;
}

static void
order_second(struct reading *r, const struct running *run, size_t from)
{
	size_t to = from + 1;

	while (to < r->nq && r->q[to].time == r->q[from].time)
		to++;
	if (to - from < 2 || to - from > SECOND_MAX || r->col[COL_BALANCE] == -1 ||
	    follows(r, run, from, to, 0) || !follows(r, run, from, to, 1))
		return;
	reverse(r->q + from, to - from);
}

static int
tell_control(const struct report_row *row, int64_t stated, int64_t computed, int balance,
    const struct report_sink *sink, struct error *e)
{
	struct report_control c;
	char a[MONEY_TEXT], b[MONEY_TEXT];

	memset(&c, 0, sizeof(c));
	c.line = row->line;
	c.event = row->event;
	c.stated = stated;
	c.computed = computed;
	c.balance = balance;
	memcpy(c.currency, row->currency, sizeof(c.currency));
	memcpy(c.id, row->id, sizeof(c.id));
	(void)snprintf(c.text, sizeof(c.text), balance ?
	    "the file's balance is %s where the rows before it and this one give %s" :
	    "the file's net is %s where gross and fee give %s", money_print(stated, c.currency, a),
	    money_print(computed, c.currency, b));
	return sink->control(sink->arg, &c, e);
}

/* Without a Balance Impact column the balances themselves say which rows moved them. */
static void
judge_by_balance(struct step *s, const struct running *at)
{
	int64_t moved;

	if (!s->has_balance || !at->known || s->net == 0)
		return;
	if (!__builtin_sub_overflow(s->balance, at->balance, &moved) && moved == s->net)
		s->moves = 1;
	else if (s->balance == at->balance)
		s->moves = 0;
}

/* What of a quick row its controls speak of. */
static void
short_row(const struct quick *q, struct report_row *row)
{
	memset(row, 0, sizeof(*row));
	row->line = q->line;
	row->event = q->time;
	memcpy(row->currency, money_code(q->currency), 3);
	memcpy(row->id, q->id, sizeof(q->id));
}

static void
make_plain(const struct quick *q, struct report_plain *p)
{
	memset(p, 0, sizeof(*p));
	p->event = q->time;
	p->gross = q->gross;
	p->fee = q->fee;
	p->balance = q->balance;
	p->has_balance = (q->flags & QUICK_BALANCE) != 0;
	p->at = q->at;
	p->line = q->line;
	memcpy(p->id, q->id, sizeof(p->id));
	p->currency = q->currency;
}

static int
give(struct reading *r, const struct quick *q, const struct step *s, struct report_row *row,
    const struct report_sink *sink)
{
	struct report_plain p;

	if (q->flags & QUICK_FULL) {
		row->moves_balance = s->moves;
		return sink->row(sink->arg, row, r->e);
	}
	make_plain(q, &p);
	if (s->moves)
		return sink->plain(sink->arg, &p, r->owns.v[q->own], r->e);
	if (reading_again(r, r->fd, &p, row) == -1)
		return -1;
	row->moves_balance = 0;
	return sink->row(sink->arg, row, r->e);
}

int
reading_deliver(struct reading *r, const struct report_sink *sink)
{
	struct running run[MONEY_CURRENCIES], *at;
	struct report_row row;
	struct step s;
	int64_t computed;
	size_t i;

	memset(run, 0, sizeof(run));
	for (i = 0; i < r->nq; i++) {
		if (i == 0 || r->q[i].time != r->q[i - 1].time)
			order_second(r, run, i);
		if (look(r, &r->q[i], &s, &row) == -1)
			return -1;
		at = &run[s.currency];
		if (!s.said)
			judge_by_balance(&s, at);
		if (s.moves && s.stated != s.net && tell_control(&row, s.stated, s.net, 0, sink, r->e) == -1)
			return -1;
		if (s.moves) {
			computed = at->balance;
			if (money_add(&computed, s.net, r->e) == -1)
				return error_set(r->e, ERR_INPUT, "%s:%zu: Net: out of range", r->file,
				    r->q[i].flags & QUICK_FULL ? row.line : r->q[i].line);
			if (s.has_balance && at->known && s.balance != computed) {
				if (!(r->q[i].flags & QUICK_FULL))
					short_row(&r->q[i], &row);
				if (tell_control(&row, s.balance, computed, 1, sink, r->e) == -1)
					return -1;
			}
			at->balance = s.has_balance ? s.balance : computed;
			at->known |= s.has_balance;
		}
		if (give(r, &r->q[i], &s, &row, sink) == -1)
			return -1;
	}
	return 0;
}

/* ---- a quick row in full ---- */

static int
changed(struct reading *r, const struct report_plain *p)
{
	return error_set(r->e, ERR_INPUT, "%s:%u: changed while it was read", r->file, p->line);
}

int
reading_again(struct reading *r, int fd, const struct report_plain *p, struct report_row *row)
{
	char *text = malloc(READING_LINE_MAX);
	struct reading one = *r;
	int64_t net;
	size_t len = 0;
	ssize_t n = 1;
	int said, rc = -1;

	if (text == NULL)
		return error_sys(r->e, "%s", r->file);
	one.cells = (struct buf)BUF_INIT(READING_LINE_MAX * 4);
	one.v = NULL;
	one.n = one.cap = 0;
	one.skipped = 0;
	while (n > 0 && len < READING_LINE_MAX && memchr(text, '\n', len) == NULL) {
		size_t want = READING_LINE_MAX - len < 4096 ? READING_LINE_MAX - len : 4096;

		n = pread(fd, text + len, want, (off_t)(p->at + len));
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n == -1) {
			error_sys(r->e, "%s: read", r->file);
			goto out;
		} else
			len += (size_t)n;
	}
	if (memchr(text, '\n', len) != NULL)
		len = (size_t)((char *)memchr(text, '\n', len) - text) + 1;
	if (buf_add(&one.cells, "", 1, r->e) == -1)
		goto out;
	if (csv_in_mem(text, len, r->file, r->delim, reading_row, &one, r->e) == -1 || one.n != 1 ||
	    reading_make_row(&one, &one.v[0], row, &said, &net) == -1 || strcmp(row->id, p->id) != 0 ||
	    row->gross != p->gross || row->fee != p->fee || memcmp(row->currency, money_code(p->currency),
	    3) != 0) {
		changed(r, p);
		goto out;
	}
	row->line = p->line;
	row->event = p->event;
	rc = 0;
out:
	free(one.v);
	buf_free(&one.cells);
	free(text);
	return rc;
}
