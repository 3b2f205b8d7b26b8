/*
 * reread -- see reread.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/reread.h"

#define HEAD	65536			/* what recognise gets to see */

static size_t
fill_aliases(struct report_alias *a, const json_t *j)
{
	const char *word;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)j, word, v)
		if (json_is_string(v)) {
			a[n].word = word;
			a[n++].means = json_string_value(v);
		}
	return n;
}

int
report_settings(const json_t *site, const json_t *integration, struct report_options *how,
    struct report_alias **aliases, struct error *e)
{
	const json_t *columns = json_object_get(site, "report_columns");
	const json_t *types = json_object_get(site, "report_types");
	const char *dates = json_string_value(json_object_get(integration, "report_dates"));
	const char *decimal = json_string_value(json_object_get(integration, "report_decimal"));
	size_t n = json_object_size(columns), k = json_object_size(types);

	if ((*aliases = calloc(n + k + 1, sizeof(**aliases))) == NULL)
		return error_sys(e, "report");
	how->columns = *aliases;
	how->ncolumns = fill_aliases(*aliases, columns);
	how->types = *aliases + n;
	how->ntypes = fill_aliases(*aliases + n, types);
	how->own = json_string_value(json_object_get(integration, "receiver"));
	if (how->dates[0] == '\0' && dates != NULL && strlen(dates) == 3)
		memcpy(how->dates, dates, 4);
	if (how->decimal == 0 && decimal != NULL && decimal[0] != '\0')
		how->decimal = strcmp(decimal, "comma") == 0 ? ',' : '.';
	return 0;
}

const struct report_format *
report_recognise(int fd, const char *name, const struct report_format *first, struct error *e)
{
	char *head = malloc(HEAD);
	const struct report_format *f = NULL;
	ssize_t n;
	size_t i;

	if (head == NULL || (n = pread(fd, head, HEAD, 0)) == -1) {
		error_sys(e, "%s: read", name);
		free(head);
		return NULL;
	}
	if (first != NULL && first->recognise(head, (size_t)n))
		f = first;
	for (i = 0; f == NULL && report_all[i] != NULL; i++)
		if (report_all[i]->recognise(head, (size_t)n))
			f = report_all[i];
	free(head);
	return f;
}

struct wanted {
	size_t			 line;
	struct report_row	*row;
	int			 found;
};

static int
take_row(void *arg, const struct report_row *row, struct error *e)
{
	struct wanted *w = arg;

	(void)e;
	if (row->line == w->line && !w->found) {
		*w->row = *row;
		w->found = 1;
	}
	return 0;
}

static int
take_control(void *arg, const struct report_control *c, struct error *e)
{
	(void)arg, (void)c, (void)e;
	return 0;
}

int
report_reread(int fd, const char *name, const struct report_options *how, size_t line,
    struct report_row *row, struct error *e)
{
	struct wanted w = { line, row, 0 };
	const struct report_sink sink = { .arg = &w, .row = take_row, .control = take_control };
	const struct report_format *f = report_recognise(fd, name, NULL, e);

	if (f == NULL)
		return e->code != ERR_NONE ? -1 : error_set(e, ERR_INPUT, "%s: no report format that we know",
		    name);
	if (lseek(fd, 0, SEEK_SET) == -1)
		return error_sys(e, "%s", name);
	return f->read(fd, name, how, &sink, e) == -1 ? -1 : w.found;
}

void
report_fact(const struct report_row *r, const char *account, const char *sha256, struct fact *f)
{
	memset(f, 0, sizeof(*f));
	f->move = r->move;
	/* A result file's item says what became of it; of others only what moved money comes here. */
	f->status = r->move == MOVE_PAYOUT && (r->status == FACT_UNCLAIMED || !r->moves_balance) ? r->status :
	    FACT_COMPLETED;
	if (r->move == MOVE_PAYOUT)
		memcpy(f->unique_id, r->unique_id, sizeof(f->unique_id));
	f->transfer = r->move == MOVE_PAYMENT && (r->mass_pay || strcmp(r->code, "T0001") == 0);
	memcpy(f->id, r->id, sizeof(f->id));
	memcpy(f->parent, r->reference, sizeof(f->parent));
	memcpy(f->reference, r->invoice, sizeof(f->reference));
	memcpy(f->payer_email, r->payer, sizeof(f->payer_email));
	memcpy(f->payer_id, r->payer_id, sizeof(f->payer_id));
	memcpy(f->currency, r->currency, sizeof(f->currency));
	memcpy(f->account, account, strlen(account) + 1);
	f->gross = r->gross;
	f->fee = r->fee;
	f->fee_known = r->fee_known;
	f->event = r->event;
	(void)snprintf(f->report, sizeof(f->report), "%s:%zu", sha256, r->line);
}
