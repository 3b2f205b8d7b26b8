/*
 * cmd_messages -- what became of every message: list, show, retry, refuse.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd.h"
#include "durable.h"
#include "moment.h"
#include "pack_priv.h"
#include "poststate.h"
#include "text.h"

struct filter {
	const char	*disposition, *reason, *from, *to;
};

static int
wanted(const struct filter *f, const char *day, const char *disposition, const char *reason)
{
	return (f->disposition == NULL || strcmp(f->disposition, disposition) == 0) &&
	    (f->reason == NULL || strcmp(f->reason, reason) == 0) &&
	    (f->from == NULL || strcmp(day, f->from) >= 0) && (f->to == NULL || strcmp(day, f->to) <= 0);
}

static int
add_row(struct cmd *c, struct table *t, const char *id, int64_t received, const char *integration,
    const char *disposition, const char *reason, const char *payment)
{
	char when[MOMENT_TEXT];
	const char *cell[] = { id, moment_print(received, when), integration, disposition, reason, payment };

	return table_row(t, cell, &c->e);
}

struct listing {
	struct cmd		*c;
	struct table		*t;
	const struct filter	*f;
	json_t			*seen;
};

static int
one_journalled(void *arg, const void *v, size_t len, struct error *e)
{
	struct listing *l = arg;
	struct pack_message m;

	(void)e, (void)len;
	memcpy(&m, v, sizeof(m));
	json_object_set_new(l->seen, m.id, json_true());
	return !wanted(l->f, m.day, record_disposition_name[m.disposition], m.reason) ? 0 :
	    add_row(l->c, l->t, m.id, m.received, m.integration, record_disposition_name[m.disposition],
	    m.reason, m.payment);
}

static int
journalled(struct cmd *c, struct table *t, const struct filter *f, json_t **seen)
{
	struct pack p = { .site = &c->site, .book = c->book, .want = PACK_MESSAGES, .dir = -1 };
	struct listing l = { c, t, f, *seen };
	int rc = pack_collect(&p, &c->e);

	if (rc == 0)
		rc = spill_each(p.messages, one_journalled, &l, &c->e);
	pack_free(&p);
	return rc;
}

/* Messages still in the spool: not in the books yet, waiting for PayPal or for daybook-post. */
static int
spooled(struct cmd *c, struct table *t, const struct filter *f, const json_t *seen)
{
	struct poststate ps;
	struct error none = { 0 };
	size_t i, n;
	int o, rc = 0, known = poststate_open(&ps, c->site.fd, &none) == 0;

	for (o = 0; o < SPOOL_DESK && rc == 0; o++) {
		struct spool_name *names = NULL;

		if (spool_list(c->site.fd, (enum spool_origin)o, SPOOL_FILES_MAX, &names, &n, &c->e) == -1) {
			rc = -1;
			break;
		}
		for (i = 0; i < n && rc == 0; i++) {
			struct message m;
			struct mem *mem = known ? poststate_find(&ps, names[i].id) : NULL;
			char day[MOMENT_DAY];	/* not posted yet: when it came */
			const char *reason = mem != NULL && mem->reason[0] != '\0' ? mem->reason : "queued";

			memset(&m, 0, sizeof(m));
			if (json_object_get(seen, names[i].id) == NULL &&
			    spool_get(c->site.fd, (enum spool_origin)o, names[i].id, &m, &none) == 0 &&
			    m.mode == c->book && wanted(f, moment_day(m.received, day), "waiting", reason))
				rc = add_row(c, t, m.id, m.received, m.integration, "waiting", reason, "");
			message_free(&m);
		}
		free(names);
	}
	if (known)
		poststate_close(&ps);
	return rc;
}

static int
list(struct cmd *c)
{
	struct filter f = { cmd_option(c, "disposition"), cmd_option(c, "reason"), cmd_option(c, "from"),
	    cmd_option(c, "to") };
	struct table *t;
	json_t *seen;
	int rc;

	if (f.disposition != NULL && record_disposition_find(f.disposition) < 1)
		return cmd_usage("--disposition: posted, duplicate, noted, refused, held or waiting");
	if ((rc = cmd_days(c, f.from, f.to)) != 0)
		return rc;
	t = table_new("message_id,received,integration,disposition,reason,payment_id", c->format);
	seen = json_object();
	rc = t == NULL || journalled(c, t, &f, &seen) == -1 || spooled(c, t, &f, seen) == -1;
	json_decref(seen);
	if (rc != 0) {
		table_free(t);
		return cmd_fail(c);
	}
	return cmd_print(c, t);
}

/* ---- show ---- */

static void
print_text(const char *charset, const char *s, size_t len)
{
	struct buf u = BUF_INIT(8 * 1024 * 1024), p = BUF_INIT(16 * 1024 * 1024);
	struct error ignored;

	if (text_to_utf8(&u, charset, s, len, &ignored) == 0 && u.data != NULL &&
	    text_printable(&p, u.data, u.len, &ignored) == 0 && p.data != NULL)
		fwrite(p.data, 1, p.len, stdout);
	buf_free(&u);
	buf_free(&p);
}

static void
print_body(const struct message *m)
{
	struct form form;
	struct error ignored;
	const struct pair *cs;
	const char *charset;
	size_t i;

	if (m->body.data == NULL)
		return;
	if (strcmp(m->kind, "desk") == 0 ||
	    text_form_parse(&form, m->body.data, m->body.len, &ignored) == -1) {
		print_text("UTF-8", m->body.data, m->body.len);
		putchar('\n');
		return;
	}
	cs = text_form_get(&form, "charset");
	charset = text_charset(cs == NULL ? "" : cs->value, cs == NULL ? 0 : cs->value_len);
	for (i = 0; i < form.n; i++) {
		printf("  ");
		print_text(charset, form.pairs[i].name, form.pairs[i].name_len);
		printf(" = ");
		print_text(charset, form.pairs[i].value, form.pairs[i].value_len);
		putchar('\n');
	}
	text_form_free(&form);
}

static void
print_message(struct cmd *c, const struct books_message *bm, const struct record *r,
    const struct message *m, const struct verdict *v)
{
	char when[MOMENT_TEXT];
	const char *note = json_string_value(json_object_get(r->act, "note"));

	printf("message_id   %s\nreceived     %s\nintegration  %s\ndisposition  %s\n", bm->id,
	    moment_print(bm->received, when), bm->integration,
	    record_disposition_name[bm->disposition]);
	if (bm->reason[0] != '\0')
		printf("reason       %s\n", bm->reason);
	if (note != NULL)
		printf("note         %s\n", note);
	if (bm->payment[0] != '\0')
		printf("payment_id   %s\n", bm->payment);
	printf("record       %llu, posting day %s\nsha256       %s\n", (unsigned long long)r->n, r->day,
	    r->body_sha256);
	(void)c;
	if (m == NULL)
		return;
	printf("from         %s\n", m->remote);
	if (v->code != VERDICT_NONE)
		printf("answer       %s (HTTP %ld) at %s\n", v->answer, v->http,
		    moment_print(v->asked, when));
	puts("body");
	print_body(m);
}

static int
print_json(const struct books_message *bm, const struct record *r, const struct message *m,
    const struct verdict *v)
{
	char when[MOMENT_TEXT];
	json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s}", "message_id", bm->id, "received",
	    moment_print(bm->received, when), "integration", bm->integration, "disposition",
	    record_disposition_name[bm->disposition], "reason", bm->reason, "payment_id", bm->payment,
	    "record", (json_int_t)r->n, "day", r->day, "sha256", r->body_sha256);

	if (j == NULL)
		return EX_IOERR;
	if (r->act != NULL)
		json_object_set(j, "act", r->act);
	if (m != NULL && m->body.data != NULL &&
	    text_utf8_valid(m->body.data, m->body.len) == m->body.len)
		json_object_set_new(j, "body", json_stringn(m->body.data, m->body.len));
	if (m != NULL && v->code != VERDICT_NONE)
		json_object_set_new(j, "answer", json_string(v->answer));
	(void)json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(j);
	return 0;
}

/* A message that is still in the spool. */
static int
show_spooled(struct cmd *c, const char *id)
{
	struct message m;
	char when[MOMENT_TEXT];
	int o;

	for (o = 0; o < SPOOL_DESK; o++) {
		memset(&m, 0, sizeof(m));
		if (spool_get(c->site.fd, (enum spool_origin)o, id, &m, &c->e) == 0) {
			printf("message_id   %s\nreceived     %s\nintegration  %s\ndisposition  waiting\n"
			    "from         %s\nbody\n", m.id, moment_print(m.received, when), m.integration,
			    m.remote);
			print_body(&m);
			message_free(&m);
			return 0;
		}
		message_free(&m);
	}
	error_set(&c->e, ERR_NOTFOUND, "no message %s in the %s book", id, site_book_name[c->book]);
	return cmd_fail(c);
}

static int
show(struct cmd *c, const char *id)
{
	struct buf line = BUF_INIT(RECORD_LINE_MAX);
	struct lock lock = LOCK_INIT;
	struct books_message bm;
	struct message m;
	struct verdict v;
	struct record r;
	struct books *b = cmd_books(c, c->book, &lock);
	int rc, have = 0, code = 0;

	memset(&m, 0, sizeof(m));
	memset(&v, 0, sizeof(v));
	record_init(&r);
	if (b == NULL)
		return cmd_fail(c);
	if ((rc = books_message(b, id, &bm, &c->e)) == 1) {
		rc = journal_read(books_dirfd(b), bm.segment, bm.offset, &line, &c->e);
		if (rc == 0)
			rc = record_decode(&r, line.data, line.len, &c->e);
		if (rc == 0 && r.ev_segment[0] != '\0') {
			rc = evidence_read(books_dirfd(b), &r, &m, &v, &c->e);
			have = rc == 0;
		}
		if (rc == 0)
			rc = 1;
	}
	if (cmd_books_done(c, b, &lock) == -1)
		rc = -1;
	if (rc == -1)
		code = cmd_fail(c);
	else if (rc == 0)
		code = show_spooled(c, id);
	else if (c->format == TABLE_JSON)
		code = print_json(&bm, &r, have ? &m : NULL, &v);
	else {
		print_message(c, &bm, &r, have ? &m : NULL, &v);
		code = 0;
	}
	message_free(&m);
	record_free(&r);
	buf_free(&line);
	return code;
}

int
cmd_messages(struct cmd *c)
{
	const char *what = c->n > 0 ? c->operand[0] : "", *reason = cmd_option(c, "reason");
	const char *text = cmd_option(c, "note");

	if (c->n == 0 || strcmp(what, "list") == 0)
		return list(c);
	if (strcmp(what, "retry") == 0 && c->n == 1 && reason != NULL)
		return cmd_request(c, json_pack("{s:s,s:s}", "verb", "retry", "reason", reason));
	if (c->n != 2)
		return cmd_usage("messages %s wants a message id", what);
	if (strcmp(what, "show") == 0)
		return show(c, c->operand[1]);
	if (strcmp(what, "retry") == 0)
		return cmd_request(c, json_pack("{s:s,s:s}", "verb", "retry", "message", c->operand[1]));
	if (strcmp(what, "refuse") == 0) {
		if (text == NULL || text[0] == '\0')
			return cmd_usage("messages refuse wants --note TEXT: why");
		return cmd_request(c, json_pack("{s:s,s:s,s:s}", "verb", "refuse", "message", c->operand[1],
		    "note", text));
	}
	return cmd_usage("messages: show, retry or refuse is expected");
}
