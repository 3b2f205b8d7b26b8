/* search: a file of daybook-fetch; rows that are fit for the books, in order, and errors that name their
 * line.  The first byte says whether it stands alone. */
#include "fuzz.h"

#include "money.h"
#include "report/report.h"
#include "sftp.h"
#include "text.h"

static int64_t last;

static int
row(void *arg, const struct report_row *r, struct error *e)
{
	const char *texts[] = { r->type, r->status_text, r->id, r->reference, r->payer, r->payer_id, r->own,
	    r->own_id, r->name, r->invoice, r->subject, r->code };
	size_t i;

	(void)arg, (void)e;
	if (r->net != r->gross - r->fee || r->event < last || r->line == 0 || r->move >= MOVES ||
	    !money_currency_known(r->currency, strlen(r->currency)))
		broken("row", r->id);
	last = r->event;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (text_utf8_valid(texts[i], strlen(texts[i])) != strlen(texts[i]))
			broken("text", "not UTF-8");
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

static int
statement(void *arg, const struct report_statement *s, struct error *e)
{
	(void)arg, (void)e;
	if (s->to < s->from || !money_currency_known(s->currency, strlen(s->currency)))
		broken("statement", s->currency);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_sink sink = { .row = row, .control = control, .statement = statement };
	struct sftp_entry en;
	struct error e = { 0 };
	int fd, rc;

	if (size == 0)
		return 0;
	(void)sftp_entry_read((const char *)data, size, &en);
	(void)report_paypal_search.recognise((const char *)data + 1, size - 1);
	fd = fuzz_memfd(data + 1, size - 1);
	last = INT64_MIN;
	if (data[0] % 2 == 1 && (sink.set = report_paypal_search.set_new(&e)) == NULL)
		return 0;
	rc = report_paypal_search.read(fd, "f", &(struct report_options){ .dates = "" }, &sink, &e);
	if (rc == -1 && strncmp(e.text, "f:", 2) != 0 && strncmp(e.text, "balance of", 10) != 0)
		broken("an error that names no file", e.text);
	if (rc == 0 && sink.set != NULL)
		(void)report_paypal_search.set_check(sink.set, &sink, &e);
	report_paypal_search.set_free(sink.set);
	close(fd);
	return 0;
}
