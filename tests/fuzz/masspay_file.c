/* masspay_file: an upload file and a result file, with the options its length picks; what is delivered is
 * fit for the books, what is not is named by its line. */
#include "fuzz.h"

#include "report/masspay_upload.h"
#include "text.h"

static size_t last;

static int
line(void *arg, const struct masspay_line *l, struct error *e)
{
	char payee[128];

	(void)arg, (void)e;
	if (l->amount <= 0 || l->line <= last || strlen(l->unique_id) > MASSPAY_UNIQUE ||
	    masspay_payee(l->payee, strlen(l->payee), payee) != (int)l->kind || strcmp(payee, l->payee) != 0)
		broken("line", l->payee);
	last = l->line;
	return 0;
}

static int
problem(void *arg, size_t n, const char *field, const char *what, struct error *e)
{
	(void)arg, (void)e;
	if (n == 0 || field[0] == '\0' || text_utf8_valid(what, strlen(what)) != strlen(what))
		broken("problem", what);
	return 0;
}

static int
row(void *arg, const struct report_row *r, struct error *e)
{
	(void)arg, (void)e;
	if (r->gross >= 0 || r->fee < 0 || r->net != r->gross - r->fee || r->line == 0 || r->moves_balance ||
	    text_utf8_valid(r->payer, strlen(r->payer)) != strlen(r->payer))
		broken("row", r->id);
	return 0;
}

static void
judge(const struct error *e)
{
	if (e->code != ERR_INPUT || strncmp(e->text, "f:", 2) != 0)
		broken("an error that names no file", e->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char decimals[] = { 0, '.', ',' };
	static const struct report_alias columns[] = { { "Empfaenger", "Recipient" }, { "Stand", "Status" } };
	struct report_options o = { .decimal = decimals[size % 3], .columns = columns, .ncolumns = 2 };
	const struct report_sink sink = { .row = row };
	struct error e = { 0 };
	int fd = fuzz_memfd(data, size);

	last = 0;
	if (masspay_read(fd, "f", &o, size % 2 ? "USD" : "JPY", line, size % 5 ? problem : NULL, NULL, &e) == -1)
		judge(&e);
	close(fd);
	(void)report_masspay.recognise((const char *)data, size < 65536 ? size : 65536);
	(void)report_masspay_results.recognise((const char *)data, size < 65536 ? size : 65536);
	memset(&e, 0, sizeof(e));
	fd = fuzz_memfd(data, size);
	if (report_masspay_results.read(fd, "f", &o, &sink, &e) == -1)
		judge(&e);
	close(fd);
	return 0;
}
