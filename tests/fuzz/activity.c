/* activity: PayPal's download, with the options its length picks; rows that are fit for the books. */
#include "fuzz.h"

#include "report/report.h"
#include "text.h"

static int64_t last;

static void
utf8(const char *s, const char *what)
{
	if (text_utf8_valid(s, strlen(s)) != strlen(s))
		broken(what, "not UTF-8");
}

static int
row(void *arg, const struct report_row *r, struct error *e)
{
	(void)arg, (void)e;
	if (r->net != r->gross - r->fee || r->event < last || r->line == 0 || r->move >= MOVES)
		broken("row", r->id);
	last = r->event;
	utf8(r->type, "type");
	utf8(r->status_text, "status");
	utf8(r->id, "id");
	utf8(r->reference, "reference");
	utf8(r->payer, "payer");
	utf8(r->own, "own");
	utf8(r->name, "name");
	utf8(r->invoice, "invoice");
	return 0;
}

static int
control(void *arg, const struct report_control *c, struct error *e)
{
	(void)arg, (void)e;
	if (c->stated == c->computed || c->line == 0)
		broken("control", c->text);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const dates[] = { "", "mdy", "dmy", "ymd" };
	static const char decimals[] = { 0, '.', ',' };
	static const struct report_alias columns[] = { { "Saldo neu", "Balance" }, { "Wann", "Date" } };
	static const struct report_alias types[] = { { "Geschenk", "payment" }, { "Unfug", "nonsense" } };
	struct report_options o = { .decimal = decimals[size / 4 % 3], .sure = (int)(size / 12 % 2),
	    .columns = columns, .types = types, .ncolumns = 2, .ntypes = 2 };
	struct error e = { 0 };
	int fd;

	memcpy(o.dates, dates[size % 4], strlen(dates[size % 4]) + 1);
	(void)report_paypal_activity.recognise((const char *)data, size < 65536 ? size : 65536);
	fd = fuzz_memfd(data, size);
	last = INT64_MIN;
	if (report_paypal_activity.read(fd, "f", &o,
	    &(struct report_sink){ .row = row, .control = control }, &e) == -1 &&
	    (e.code != ERR_INPUT || strncmp(e.text, "f:", 2) != 0))
		broken("an error that names no file", e.text);
	close(fd);
	return 0;
}
