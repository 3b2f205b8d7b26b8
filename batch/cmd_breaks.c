/*
 * cmd_breaks -- breaks: what reconciliation found, as of today; and what people decide about it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "breaks.h"
#include "cmd.h"
#include "moment.h"

struct breaks {
	struct table	*t;
	int		 only_open;
	const char	*category, *account;	/* or NULL */
	char		 today[MOMENT_DAY];
};

static const char *const names[BREAKS_CELLS] = { "break_id", "category", "status", "first_seen",
    "age_days", "provider", "payment_id", "currency", "report_amount", "ledger_amount", "difference",
    "file", "line", "explanation" };
/* What else a break may hold, where it does. */
static const char *const more[] = { "due", "cleared", "verb", "who", "note", "proof", "sha256",
    "suggestion" };
#define NMORE	(sizeof(more) / sizeof(more[0]))

static int
break_row(void *arg, const char *key, json_t *v, struct error *e)
{
	struct breaks *x = arg;
	struct breaks_cells c;

	if ((x->only_open && !breaks_standing(v)) ||
	    (x->category != NULL && strcmp(breaks_text(v, "category"), x->category) != 0) ||
	    (x->account != NULL && strcmp(breaks_text(v, "provider"), x->account) != 0))
		return 0;
	breaks_cells(&c, key, v, x->today);
	return table_row(x->t, c.cell, e);
}

/* One break, name by name, its history last. */
static void
print_break(const char *id, const json_t *b, const char *today)
{
	struct breaks_cells c;
	json_t *line;
	size_t i;

	breaks_cells(&c, id, b, today);
	for (i = 0; i < BREAKS_CELLS; i++)
		printf("%-16s%s\n", names[i], c.cell[i]);
	for (i = 0; i < NMORE; i++)
		if (breaks_text(b, more[i])[0] != '\0')
			printf("%-16s%s\n", more[i], breaks_text(b, more[i]));
	json_array_foreach(json_object_get(b, "history"), i, line)
		printf("%-16s%s %s by %s%s%s\n", i == 0 ? "history" : "", breaks_text(line, "day"),
		    breaks_text(line, "status"), breaks_text(line, "by"),
		    breaks_text(line, "note")[0] == '\0' ? "" : ": ", breaks_text(line, "note"));
}

/* The same as JSON: as the columns of the listing, amounts as strings. */
static void
print_break_json(const char *id, const json_t *b, const char *today)
{
	struct breaks_cells c;
	json_t *j = json_object(), *history = json_object_get(b, "history");
	size_t i;

	breaks_cells(&c, id, b, today);
	for (i = 0; i < BREAKS_CELLS; i++)
		json_object_set_new(j, names[i], json_string(c.cell[i]));
	for (i = 0; i < NMORE; i++)
		if (breaks_text(b, more[i])[0] != '\0')
			json_object_set_new(j, more[i], json_string(breaks_text(b, more[i])));
	if (history != NULL)
		json_object_set(j, "history", history);
	(void)json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(j);
}

static int
resolve(struct cmd *c)
{
	static const char *const options[] = { "as", "note", "customer", "account", "until", "date" };
	json_t *req;
	size_t i;

	if (c->n != 2 || cmd_option(c, "as") == NULL || cmd_option(c, "note") == NULL)
		return cmd_usage("breaks resolve ID --as VERB --note TEXT is expected");
	if (cmd_option(c, "open") != NULL || cmd_option(c, "category") != NULL)
		return cmd_usage("breaks resolve takes neither --open nor --category");
	req = json_pack("{s:s,s:s}", "verb", "break-resolve", "break", c->operand[1]);
	for (i = 0; req != NULL && i < sizeof(options) / sizeof(options[0]); i++) {
		const char *v = cmd_option(c, options[i]);

		if (v != NULL && json_object_set_new(req, options[i], json_string(v)) == -1)
			return cmd_usage("breaks resolve: --%s: text in UTF-8 is expected", options[i]);
	}
	return cmd_request(c, req);
}

static int
show(struct cmd *c)
{
	struct lock lock = LOCK_INIT;
	char today[MOMENT_DAY];
	struct books *b;
	json_t *one = NULL;
	int rc;

	if ((b = cmd_books(c, c->book, &lock)) == NULL)
		return cmd_fail(c);
	if ((rc = books_data(b, "break", c->operand[1], &one, &c->e)) == 0)
		rc = error_set(&c->e, ERR_NOTFOUND, "no break %s", c->operand[1]);
	if (cmd_books_done(c, b, &lock) == -1)
		rc = -1;
	if (rc != -1) {
		moment_day(moment_now(), today);
		(c->format == TABLE_JSON ? print_break_json : print_break)(c->operand[1], one, today);
	}
	json_decref(one);
	return rc == -1 ? cmd_fail(c) : 0;
}

static int
list(struct cmd *c)
{
	static const char columns[] = "break_id,category,status,first_seen,age_days>,provider,payment_id,"
	    "currency,report_amount>,ledger_amount>,difference>,file,line>,explanation";
	struct breaks x = { .only_open = cmd_option(c, "open") != NULL, .category = cmd_option(c, "category"),
	    .account = cmd_option(c, "account") };
	struct lock lock = LOCK_INIT;
	struct books *b;
	int rc;

	moment_day(moment_now(), x.today);
	if ((b = cmd_books(c, c->book, &lock)) == NULL)
		return cmd_fail(c);
	if ((x.t = table_new(columns, c->format)) == NULL)
		rc = error_set(&c->e, ERR_IO, "no memory");
	else
		rc = books_each_data(b, "break", break_row, &x, &c->e);
	if (cmd_books_done(c, b, &lock) == -1)
		rc = -1;
	if (rc == -1) {
		table_free(x.t);
		return cmd_fail(c);
	}
	return cmd_print(c, x.t);
}

int
cmd_breaks(struct cmd *c)
{
	static const char *const of_resolve[] = { "as", "note", "customer", "until", "date" };
	size_t i;

	if (c->n > 0 && strcmp(c->operand[0], "resolve") == 0)
		return resolve(c);
	for (i = 0; i < sizeof(of_resolve) / sizeof(of_resolve[0]); i++)
		if (cmd_option(c, of_resolve[i]) != NULL)
			return cmd_usage("--%s belongs to breaks resolve", of_resolve[i]);
	if (c->n == 0)
		return list(c);
	if (c->n != 2 || strcmp(c->operand[0], "show") != 0)
		return cmd_usage("breaks [--open] | breaks show ID | breaks resolve ID --as VERB --note TEXT is "
		    "expected");
	return show(c);
}
