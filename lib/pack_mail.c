/*
 * pack_mail -- see pack_mail.h.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "evidence.h"
#include "journal.h"
#include "outbox.h"
#include "pack.h"
#include "pack_letter.h"
#include "pack_mail.h"
#include "seal.h"

struct round {
	struct letter		 letter;
	struct outbox		*o;
	int			 book;
	int			 gathered;
	struct buf		 lines;		/* the evidence, once gathered */
	pack_mail_tell		*tell;
	void			*arg;
	struct pack_mail_counts	*n;
};

static void
tell(const struct round *r, const char *about, const char *what, const char *more)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "%s: %s%s", about, what, more);
	r->tell(r->arg, line);
}

/* ---- evidence ---- */

struct period {
	struct buf	*out;
	json_t		*seen;		/* places in evidence */
	const char	*from, *to;
	uint64_t	 first, last;
	int		 dir;
};

static int
take_evidence(void *arg, struct record *rec, const char *raw, size_t rawlen, const struct journal_pos *at,
    struct error *e)
{
	struct period *p = arg;
	char place[64];

	(void)raw, (void)rawlen, (void)at;
	if (rec->type != REC_MESSAGE || rec->n < p->first || rec->n > p->last || rec->ev_segment[0] == '\0' ||
	    strcmp(rec->day, p->from) < 0 || strcmp(rec->day, p->to) > 0)
		return 0;
	(void)snprintf(place, sizeof(place), "%s:%lld", rec->ev_segment, (long long)rec->ev_offset);
	if (json_object_get(p->seen, place) != NULL)
		return 0;
	(void)json_object_set_new(p->seen, place, json_true());
	if (evidence_line(p->dir, rec, p->out, e) == -1)
		return -1;
	return p->out->len <= p->out->max ? 0 :
	    error_set(e, ERR_INPUT, "evidence of %s: larger than mail.size_max", p->from);
}

static int
gather(struct round *r, struct error *e)
{
	const struct letter *l = &r->letter;
	struct period p = { .out = &r->lines, .seen = json_object(), .from = letter_text(l, "from"),
	    .to = letter_text(l, "to") };
	char path[32];
	int rc;

	p.first = (uint64_t)json_integer_value(json_object_get(l->manifest, "first_record"));
	p.last = (uint64_t)json_integer_value(json_object_get(l->manifest, "last_record"));
	(void)snprintf(path, sizeof(path), "books/%s", site_book_name[r->book]);
	if ((p.dir = durable_open_dir(l->site->fd, path, e)) == -1) {
		json_decref(p.seen);
		return -1;
	}
	rc = journal_scan(p.dir, NULL, NULL, take_evidence, &p, NULL, e);
	close(p.dir);
	json_decref(p.seen);
	return rc;
}

/* ---- one message ---- */

static int
queue(struct round *r, const char *kind, const char *id, const struct receiver *to, struct error *e)
{
	const struct letter *l = &r->letter;
	struct buf message = BUF_INIT(OUTBOX_MESSAGE_MAX);
	struct outbox_item it = { 0 };
	int rc;

	memcpy(it.id, id, OUTBOX_ID);
	(void)snprintf(it.kind, sizeof(it.kind), "%s", kind);
	(void)snprintf(it.from, sizeof(it.from), "%s", l->set->from);
	(void)snprintf(it.to, sizeof(it.to), "%s", to->email);
	(void)snprintf(it.subject, sizeof(it.subject), "%s", l->subject);
	/* The same for the same message, whenever it is sent: a repeat is recognised. */
	(void)snprintf(it.message_id, sizeof(it.message_id), "<%s.%s@%.120s>", kind, id,
	    strchr(l->set->from, '@') + 1);
	rc = strcmp(kind, "notice") == 0 ? letter_notice(l, to, it.message_id, &message, e) :
	    strcmp(kind, "evidence") == 0 ?
	    letter_evidence(l, to, it.message_id, &r->lines, &message, e) :
	    letter_pack(l, to, it.message_id, &message, e);
	if (rc == 0) {
		it.about = json_pack("{s:s,s:i,s:s}", "book", site_book_name[r->book], "pack", l->number,
		    "manifest", l->sha256);
		rc = outbox_put(r->o, &it, &message, l->now + r->n->queued, e);	/* sent in this order */
	}
	outbox_item_free(&it);
	buf_free(&message);
	if (rc == -1)
		return -1;
	r->n->queued += rc == 0;
	r->n->already += rc == 1;
	r->n->notices += rc == 0 && strcmp(kind, "notice") == 0;
	return 0;
}

/* 1 was put before, in whatever state; else 0 and id; -1. */
static int
put_before(struct round *r, const char *kind, const struct receiver *to, char id[OUTBOX_ID],
    struct error *e)
{
	outbox_id(id, kind, r->letter.sha256, to->email);
	return outbox_known(r->o, id, e);
}

/* 1 it can be encrypted to; 0 not, why says. */
static int
key_usable(const struct round *r, const struct receiver *to, struct error *why)
{
	return to->fpr[0] != '\0' && to->key != NULL &&
	    seal_import(r->letter.gpg, to->fpr, to->key, strlen(to->key), why) == 0;
}

static int
send_evidence(struct round *r, const struct receiver *to, struct error *e)
{
	struct error why = { 0 };
	char id[OUTBOX_ID];
	int before = put_before(r, "evidence", to, id, e);

	if (before != 0)
		return before == 1 ? 0 : -1;
	if (!key_usable(r, to, &why))
		return 0;
	if (!r->gathered && gather(r, e) == -1)
		return -1;
	r->gathered = 1;
	return r->lines.len == 0 ? 0 : queue(r, "evidence", id, to, e);	/* a quiet day has none */
}

static int
send_pack(struct round *r, const struct receiver *to, struct error *e)
{
	struct error why = { 0 };
	char id[OUTBOX_ID];
	int before = put_before(r, "pack", to, id, e);

	if (before == -1)
		return -1;
	if (!before && key_usable(r, to, &why))
		return queue(r, "pack", id, to, e);
	if (!before && (before = put_before(r, "notice", to, id, e)) == -1)
		return -1;
	if (why.code != ERR_NONE)
		tell(r, to->email, "gets the verdict only: ", why.text);
	r->n->already += before;
	return before ? 0 : queue(r, "notice", id, to, e);
}

int
pack_mail(const struct site *s, int book, const char *where, int evidence, int64_t now,
    pack_mail_tell *say, void *arg, struct pack_mail_counts *n, struct error *e)
{
	struct mail_settings ms;
	struct round r = { .book = book, .tell = say, .arg = arg, .n = n };
	struct receiver *to = NULL;
	char path[PATH_MAX];
	size_t nto = 0, i;
	int rc = -1;

	memset(n, 0, sizeof(*n));
	r.letter = (struct letter){ .site = s, .set = &ms, .dir = -1, .now = now };
	if ((n->configured = mail_settings(s, &ms, e)) != 1)
		return n->configured;
	r.lines = (struct buf)BUF_INIT((size_t)ms.size_max);
	if (receiver_list(s, &to, &nto, e) == -1)
		return -1;
	n->receivers = (int)nto;
	if (nto == 0)
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s", s->path, where) >= (int)sizeof(path)) {
		error_set(e, ERR_CONFIG, "site: path too long");
		goto out;
	}
	if (pack_verify(path, s->key, e) == -1)
		goto out;
	(void)snprintf(path, sizeof(path), "%s/gnupg", s->path);
	if (letter_open(&r.letter, where, e) == -1 || outbox_open(&r.o, s->fd, e) == -1 ||
	    sign_open(&r.letter.gpg, path, e) == -1)
		goto out;
	rc = 0;
	for (i = 0; i < nto && rc == 0; i++)
		rc = send_pack(&r, &to[i], e);
	/* The packs first: evidence that is too large does not hold them up. */
	for (i = 0; i < nto && rc == 0 && evidence; i++)
		rc = send_evidence(&r, &to[i], e);
out:
	sign_close(r.letter.gpg);
	outbox_close(r.o);
	letter_close(&r.letter);
	buf_free(&r.lines);
	receiver_free(to, nto);
	return rc;
}
