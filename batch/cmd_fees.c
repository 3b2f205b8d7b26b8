/*
 * cmd_fees -- fees: what one payment costs its two sides by Mass Pay and by checkout.
 */
#include <string.h>

#include "cmd.h"
#include "moment.h"
#include "money.h"
#include "tariff.h"
#include "text.h"

#define TEXT_MAX_	400
#define COLUMNS		"method,case,sender_pays>,fee>,receiver_gets>,fee_borne_by,tariff,source,confirmed"

struct fees {
	struct cmd	*c;
	struct tariff	*tariff;
	struct table	*t;
	char		 account[65], currency[4], day[MOMENT_DAY];
	int64_t		 amount;
};

/* One line: `fee` of a payment of `gross`, on top of it or out of it. */
static int
line(struct fees *f, const char *method, const char *what, int64_t gross, int64_t fee,
    const struct tariff_range *r)
{
	int on_top = strcmp(method, TARIFF_MASS_PAY) == 0;
	char pays[MONEY_TEXT], cost[MONEY_TEXT], gets[MONEY_TEXT];
	struct buf text = BUF_INIT(TEXT_MAX_);
	int64_t total = gross, rest = gross;
	int rc = -1;

	if ((on_top ? money_add(&total, fee, &f->c->e) : money_sub(&rest, fee, &f->c->e)) == 0 &&
	    tariff_text(r, &text, &f->c->e) == 0) {
		const char *cell[] = { method, what, money_print(total, f->currency, pays),
		    money_print(fee, f->currency, cost), money_print(rest, f->currency, gets),
		    on_top ? "sender" : "receiver", text.data, tariff_source_name[r->source],
		    r->confirmed ? "yes" : "no" };

		rc = table_row(f->t, cell, &f->c->e);
	}
	buf_free(&text);
	return rc;
}

static int
lines(struct fees *f, const char *method)
{
	struct tariff_range r;
	int64_t gross;

	if (!tariff_range(f->tariff, f->account, method, f->currency, f->amount, f->day, &r)) {
		const char *cell[] = { method, "", "", "", "", "", "no schedule for this currency: set tariffs",
		    tariff_source_name[TARIFF_NONE], "no" };

		return table_row(f->t, cell, &f->c->e);
	}
	if (line(f, method, r.lo == r.hi ? "exact" : "lowest", f->amount, r.lo, &r) == -1 ||
	    (r.lo != r.hi && line(f, method, "highest", f->amount, r.hi, &r) == -1))
		return -1;
	if (strcmp(method, TARIFF_CHECKOUT) != 0 || r.hi == 0 || !tariff_gross_up(f->tariff, f->account,
	    method, f->currency, f->amount, f->day, &gross))
		return 0;
	(void)tariff_range(f->tariff, f->account, method, f->currency, gross, f->day, &r);
	return line(f, method, "grossed-up", gross, r.hi, &r);
}

static int
list(struct fees *f)
{
	char where[SITE_WHERE];
	json_t *rows;
	int rc;

	if (site_rows(&f->c->site, "tariffs", &rows, where, &f->c->e) == -1)
		return -1;
	rc = tariff_load(&f->tariff, rows, where, &f->c->e);
	json_decref(rows);
	if (rc == -1 || lines(f, TARIFF_MASS_PAY) == -1 || lines(f, TARIFF_CHECKOUT) == -1)
		return -1;
	return 0;
}

int
cmd_fees(struct cmd *c)
{
	const char *amount = cmd_option(c, "amount"), *ccy = cmd_option(c, "currency");
	const char *account = cmd_option(c, "account"), *day = cmd_option(c, "date");
	struct fees f = { .c = c };
	int rc;

	if (ccy == NULL)
		ccy = c->site.currency;
	if (amount == NULL || !money_currency_known(ccy, strlen(ccy)))
		return cmd_usage("fees wants --amount A and a --currency such as USD");
	memcpy(f.currency, ccy, sizeof(f.currency));
	if (money_parse(amount, strlen(amount), f.currency, &f.amount, &c->e) == -1 || f.amount <= 0)
		return cmd_usage("--amount: more than 0 %s is expected, such as 250 or 250.00, not \"%.40s\"", ccy,
		    amount);
	if (day != NULL && !moment_day_valid(day))
		return cmd_usage("--date: a day YYYY-MM-DD is expected, not \"%s\"", day);
	moment_day(moment_now(), f.day);
	if (day != NULL)
		memcpy(f.day, day, sizeof(f.day));
	if (account != NULL && !text_id_valid(account, strlen(account)))
		return cmd_usage("--account: the name of a provider account is expected");
	memcpy(f.account, "PayPal", 7);
	if (account != NULL)
		memcpy(f.account, account, strlen(account) + 1);
	else if (shelf_accounts(&c->site, "paypal", c->book, f.account, &c->e) == -1)
		return cmd_fail(c);
	if (f.account[0] == '\0')
		memcpy(f.account, "PayPal", 7);
	f.t = table_new(COLUMNS, c->format);
	if (f.t != NULL && list(&f) == -1) {
		table_free(f.t);
		rc = cmd_fail(c);
	} else
		rc = cmd_print(c, f.t);
	tariff_free(f.tariff);
	return rc;
}
