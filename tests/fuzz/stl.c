/* stl: settlement and transaction detail reports, alone and as two parts of one; rows that are fit for
 * the books, controls that name what differs. */
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
	utf8(r->payer_id, "payer id");
	utf8(r->name, "name");
	utf8(r->invoice, "invoice");
	utf8(r->subject, "subject");
	return 0;
}

static int
control(void *arg, const struct report_control *c, struct error *e)
{
	(void)arg, (void)e;
	if (c->key[0] == '\0' || c->text[0] == '\0')
		broken("control", c->text);
	return 0;
}

static int
part(void *arg, const struct report_part *p, struct error *e)
{
	(void)arg, (void)p, (void)e;
	last = INT64_MIN;
	return 0;
}

static int
statement(void *arg, const struct report_statement *s, struct error *e)
{
	(void)arg, (void)e;
	if (s->currency[3] != '\0' || s->line == 0)
		broken("statement", s->currency);
	return 0;
}

static int
period(void *arg, const struct report_period *p, struct error *e)
{
	(void)arg, (void)e;
	if (p->checks <= 0)
		broken("period", p->day);
	return 0;
}

static int
read_part(const struct report_format *f, const uint8_t *data, size_t size, const char *name,
    const struct report_sink *sink)
{
	static const char *const own[] = { NULL, "billing@example.com,MERCHANTID123", "a@b" };
	struct report_options o = { .own = own[size % 3] };
	struct error e = { 0 };
	int fd = fuzz_memfd(data, size), rc;

	if ((rc = f->read(fd, name, &o, sink, &e)) == -1 &&
	    (e.code != ERR_INPUT || strncmp(e.text, name, strlen(name)) != 0))
		broken("an error that names no file", e.text);
	close(fd);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct report_format *const formats[] = { &report_paypal_stl, &report_paypal_trr };
	struct report_sink sink = { .row = row, .control = control, .part = part, .statement = statement,
	    .period = period };
	struct error e = { 0 };
	size_t i, half = size / 2;

	for (i = 0; i < 2; i++) {
		(void)formats[i]->recognise((const char *)data, size < 65536 ? size : 65536);
		sink.set = NULL;
		(void)read_part(formats[i], data, size, "STL-20240304.01.009.CSV", &sink);
		if ((sink.set = formats[i]->set_new(&e)) == NULL)
			broken("set", e.text);
		if (read_part(formats[i], data, half, "STL-20240304.01.009.CSV", &sink) == 0 &&
		    read_part(formats[i], data + half, size - half, "STL-20240304.02.009.CSV", &sink) == 0 &&
		    formats[i]->set_check(sink.set, &sink, &e) == -1 && e.code != ERR_INPUT)
			broken("set_check", e.text);
		formats[i]->set_free(sink.set);
	}
	return 0;
}
