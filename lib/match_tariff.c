/*
 * match_tariff -- the charged fee of each matched payment against the schedule of its day (tariff.h).
 *
 * The charged fee is what is booked: only one outside the schedule's range is a break.  Mass Pay is
 * checked always; other payments to us only where the settings have a schedule for them, for every
 * owner has rates of his own.
 */
#include <string.h>

#include "match_priv.h"
#include "tariff.h"

#define WHY_MAX	400

int
match_tariff_load(struct match *m)
{
	char where[SITE_WHERE];
	json_t *list;
	int rc;

	if (site_rows(m->s, "tariffs", &list, where, m->e) == -1)
		return -1;
	rc = tariff_load(&m->tariff, list, where, m->e);
	json_decref(list);
	return rc;
}

int
match_tariff_incoming(const struct match *m)
{
	return tariff_configured(m->tariff, m->o->account, TARIFF_CHECKOUT);
}

/* "" where no schedule is asked. */
static const char *
method_of(const struct match *m, const struct report_row *r)
{
	int mass = r->mass_pay || strcmp(r->code, "T0001") == 0;

	if (r->move == MOVE_PAYOUT && r->gross < 0)
		return TARIFF_MASS_PAY;
	if (r->move != MOVE_PAYMENT || r->gross <= 0)
		return "";
	return mass ? TARIFF_MASS_PAY_IN : match_tariff_incoming(m) ? TARIFF_CHECKOUT : "";
}

/* The report charges the fee of a Mass Pay batch in a row of its own. */
static int
batch_fee(struct match *m)
{
	size_t i;

	for (i = 0; m->batch_fee == 0 && i < m->n; i++)
		if (m->v[i].r.move == MOVE_FEE && strcmp(m->v[i].r.code, "T0104") == 0)
			m->batch_fee = 1;
	if (m->batch_fee == 0)
		m->batch_fee = -1;
	return m->batch_fee == 1;
}

static int
tell(struct match *m, const struct match_row *row, int64_t fee, const struct tariff_range *range)
{
	struct match_amounts a = { 1, 1, fee, fee < range->lo ? range->lo : range->hi };
	char is[MONEY_TEXT], lo[MONEY_TEXT], hi[MONEY_TEXT];
	struct buf why = BUF_INIT(WHY_MAX);
	int rc = -1;

	money_print(fee, row->r.currency, is);
	money_print(range->lo, row->r.currency, lo);
	money_print(range->hi, row->r.currency, hi);
	if (tariff_text(range, &why, m->e) == 0)
		rc = match_break(m, "fee-tariff", row->r.id, row->r.currency, &a, row, row->r.event, 0,
		    "%s: a fee of %s was charged, the tariff says %s%s%s (%s; %s%s)", row->r.type, is, lo,
		    range->lo == range->hi ? "" : " to ", range->lo == range->hi ? "" : hi, why.data,
		    tariff_source_name[range->source], range->confirmed ? "" : ", unconfirmed");
	buf_free(&why);
	return rc;
}

int
match_tariff(struct match *m, const struct match_row *row, const struct payrow *l)
{
	const char *method = method_of(m, &row->r);
	int64_t gross = row->r.gross < 0 ? -row->r.gross : row->r.gross;
	int64_t fee = row->r.fee_known ? row->r.fee : l->fee;
	char day[MOMENT_DAY];
	struct tariff_range range;

	if (method[0] == '\0' || !l->booked || (!row->r.fee_known && !l->fee_known))
		return 0;
	if (row->r.move == MOVE_PAYOUT && fee == 0) {
		fee = l->fee;		/* what the notification said of this item */
		if (fee == 0 && batch_fee(m))
			return 0;	/* the batch's own row has it */
	}
	if (!tariff_range(m->tariff, m->o->account, method, row->r.currency, gross,
	    moment_day(row->r.event, day), &range) || (fee >= range.lo && fee <= range.hi) ||
	    (strcmp(method, TARIFF_CHECKOUT) == 0 && range.source != TARIFF_SETTING))
		return 0;
	return tell(m, row, fee, &range);
}

int
match_tariff_plain(const struct match *m, const char ccy[4], int64_t gross, int64_t fee, int64_t event)
{
	char day[MOMENT_DAY];
	struct tariff_range range;

	if (!match_tariff_incoming(m) || !tariff_range(m->tariff, m->o->account, TARIFF_CHECKOUT, ccy,
	    gross, moment_day(event, day), &range) || range.source != TARIFF_SETTING)
		return 1;
	return fee >= range.lo && fee <= range.hi;
}
