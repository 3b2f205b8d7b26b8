/*
 * record_json -- a record as one line of JSON and back.
 *
 * Written by hand, because this is most of what posting a message costs; read by jansson, which is
 * strict.  Members that are empty are left out; everything is ASCII: what is not becomes \uXXXX.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "text.h"

static const char *const type_name[] = { "message", "segment", "seal" };

/* ---- writing ---- */

struct out {
	struct buf	*b;
	struct error	*e;
	int		 bad;		/* something did not fit; the rest is skipped */
	int		 comma;
};

static void
raw(struct out *o, const char *s, size_t n)
{
	if (!o->bad && buf_add(o->b, s, n, o->e) == -1)
		o->bad = 1;
}

static void
lit(struct out *o, const char *s)
{
	raw(o, s, strlen(s));
}

static void
number(struct out *o, int64_t v)
{
	char t[24];
	int n = snprintf(t, sizeof(t), "%" PRId64, v);

	raw(o, t, (size_t)n);
}

static void
unicode(struct out *o, uint32_t c)
{
	char t[16];
	int n;

	if (c >= 0x10000)
		n = snprintf(t, sizeof(t), "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
		    0xdc00 + ((c - 0x10000) & 0x3ff));
	else
		n = snprintf(t, sizeof(t), "\\u%04x", c);
	raw(o, t, (size_t)n);
}

/* A byte that is not UTF-8 was let in by a mistake of ours; what stands for it is no longer, so that
 * the text still fits when it is read. */
static void
string(struct out *o, const char *s)
{
	size_t n = strlen(s), i, from = 0;

	lit(o, "\"");
	for (i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		uint32_t u;
		size_t len, k;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		raw(o, s + from, i - from);
		if (c < 0x80) {
			unicode(o, c);
			from = ++i;
			continue;
		}
		len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		if (n - i < len || text_utf8_valid(s + i, len) != len) {
			lit(o, "?");
			from = ++i;
			continue;
		}
		u = c & (0xffu >> (len + 1));
		for (k = 1; k < len; k++)
			u = u << 6 | ((unsigned char)s[i + k] & 0x3f);
		unicode(o, u);
		from = i += len;
	}
	raw(o, s + from, n - from);
	lit(o, "\"");
}

static void
name(struct out *o, const char *s)
{
	lit(o, o->comma ? ",\"" : "\"");
	lit(o, s);
	lit(o, "\":");
	o->comma = 1;
}

static void
put_text(struct out *o, const char *n, const char *v)
{
	if (v[0] != '\0') {
		name(o, n);
		string(o, v);
	}
}

static void
put_number(struct out *o, const char *n, int64_t v)
{
	if (v != 0) {
		name(o, n);
		number(o, v);
	}
}

static void
put_flag(struct out *o, const char *n, int v)
{
	if (v) {
		name(o, n);
		lit(o, "true");
	}
}

static void
put_time(struct out *o, const char *n, int64_t v)
{
	char t[MOMENT_TEXT];

	if (v != 0)
		put_text(o, n, moment_print_us(v, t));
}

static void
put_row(struct out *o, const struct payrow *p)
{
	lit(o, "{");
	o->comma = 0;
	put_text(o, "provider", p->account);
	put_text(o, "id", p->id);
	put_text(o, "kind", record_move_name[p->move]);
	put_text(o, "parent", p->parent);
	put_text(o, "status", record_status_name[p->status]);
	put_text(o, "customer", p->customer);
	put_text(o, "against", p->other);
	put_text(o, "payer", p->payer);
	put_text(o, "currency", p->currency);
	name(o, "gross");
	number(o, p->gross);
	put_number(o, "fee", p->fee);
	put_flag(o, "fee_known", p->fee_known);
	put_text(o, "currency2", p->currency2);
	put_number(o, "gross2", p->gross2);
	put_number(o, "refunded", p->refunded);
	put_number(o, "reversed", p->reversed);
	put_number(o, "cancelled", p->cancelled);
	put_number(o, "adjusted", p->adjusted);
	put_number(o, "recharged", p->recharged);
	put_flag(o, "deduct_fee", p->deduct_fee);
	put_flag(o, "disputed", p->disputed);
	put_flag(o, "booked", p->booked);
	put_flag(o, "waiting", p->waiting);
	put_flag(o, "alone", p->alone);
	put_flag(o, "corrected", p->corrected);
	put_flag(o, "unallocated", p->unallocated);
	put_flag(o, "doubtful", p->doubtful);
	put_flag(o, "desk", p->desk);
	put_time(o, "event", p->event);
	put_time(o, "cleared", p->cleared);
	put_time(o, "recorded", p->recorded);
	put_text(o, "unique_id", p->unique_id);
	put_text(o, "reference", p->reference);
	put_text(o, "message", p->message);
	put_text(o, "report", p->report);
	lit(o, "}");
}

static void
put_entry(struct out *o, const struct entry *en)
{
	size_t i;

	lit(o, "{");
	o->comma = 0;
	put_text(o, "kind", en->kind);
	put_text(o, "provider", en->account);
	put_text(o, "payment", en->payment);
	put_text(o, "note", en->note);
	put_time(o, "event", en->event);
	name(o, "legs");
	lit(o, "[");
	for (i = 0; i < en->nlegs; i++) {
		lit(o, i == 0 ? "[" : ",[");
		string(o, en->legs[i].account);
		lit(o, ",\"");
		lit(o, en->legs[i].currency);
		lit(o, "\",");
		number(o, en->legs[i].minor);
		lit(o, "]");
	}
	lit(o, "]}");
}

static void
put_json(struct out *o, const char *n, const json_t *j)
{
	char *text;

	if (j == NULL || o->bad)
		return;
	if ((text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY)) == NULL) {
		error_set(o->e, ERR_IO, "record: no memory");
		o->bad = 1;
		return;
	}
	name(o, n);
	lit(o, text);
	free(text);
}

static void
put_lists(struct out *o, const struct record *r)
{
	size_t i;

	if (r->nrows > 0) {
		name(o, "payments");
		for (i = 0; i < r->nrows; i++) {
			lit(o, i == 0 ? "[" : ",");
			put_row(o, &r->rows[i]);
		}
		lit(o, "]");
		o->comma = 1;
	}
	if (r->nentries > 0) {
		name(o, "entries");
		for (i = 0; i < r->nentries; i++) {
			lit(o, i == 0 ? "[" : ",");
			put_entry(o, &r->entries[i]);
		}
		lit(o, "]");
		o->comma = 1;
	}
	if (r->nalso > 0) {
		name(o, "also");
		for (i = 0; i < r->nalso; i++) {
			lit(o, i == 0 ? "[[" : ",[");
			string(o, r->also[i].id);
			lit(o, ",");
			string(o, record_disposition_name[r->also[i].disposition]);
			lit(o, ",");
			string(o, r->also[i].reason);
			lit(o, "]");
		}
		lit(o, "]");
	}
}

int
record_encode(const struct record *r, struct buf *b, struct error *e)
{
	struct out o = { .b = b, .e = e };
	size_t start = b->len;

	lit(&o, "{");
	put_number(&o, "n", (int64_t)r->n);
	put_text(&o, "prev", r->prev);
	put_time(&o, "time", r->time);
	put_text(&o, "day", r->day);
	put_text(&o, "type", type_name[r->type]);
	put_text(&o, "id", r->id);
	put_text(&o, "origin", r->origin);
	put_text(&o, "integration", r->integration);
	put_text(&o, "who", r->who);
	put_time(&o, "received", r->received);
	put_text(&o, "sha256", r->body_sha256);
	put_number(&o, "length", r->body_len);
	if (r->ev_segment[0] != '\0') {
		name(&o, "evidence");
		lit(&o, "[");
		string(&o, r->ev_segment);
		lit(&o, ",");
		number(&o, r->ev_offset);
		lit(&o, ",");
		number(&o, r->ev_len);
		lit(&o, ",");
		string(&o, r->ev_sha256);
		lit(&o, "]");
	}
	put_text(&o, "disposition", record_disposition_name[r->disposition]);
	put_text(&o, "reason", r->reason);
	put_text(&o, "payment", r->payment);
	put_lists(&o, r);
	put_json(&o, "act", r->act);
	put_json(&o, "data", r->data);
	lit(&o, "}");
	if (o.bad)
		b->len = start;
	return o.bad ? -1 : 0;
}

/* ---- reading ---- */

struct in {
	json_t	*j;
	int	 bad;
};

static void
get_text(struct in *in, const char *n, char *dst, size_t size)
{
	const json_t *v = json_object_get(in->j, n);

	memset(dst, 0, size);
	if (v == NULL)
		return;
	if (!json_is_string(v) || json_string_length(v) >= size)
		in->bad = 1;
	else
		memcpy(dst, json_string_value(v), json_string_length(v));
}

static int64_t
get_number(struct in *in, const char *n)
{
	const json_t *v = json_object_get(in->j, n);

	if (v != NULL && !json_is_integer(v))
		in->bad = 1;
	return json_integer_value(v);
}

static int
get_flag(struct in *in, const char *n)
{
	return json_is_true(json_object_get(in->j, n));
}

static int64_t
get_time(struct in *in, const char *n)
{
	const json_t *v = json_object_get(in->j, n);
	struct error ignored;
	int64_t t = 0;

	if (v != NULL && (!json_is_string(v) ||
	    moment_parse(json_string_value(v), json_string_length(v), &t, &ignored) == -1))
		in->bad = 1;
	return t;
}

static int
get_name(struct in *in, const char *n, int (*lookup)(const char *))
{
	const char *s = json_string_value(json_object_get(in->j, n));
	int v = s == NULL ? -1 : lookup(s);

	if (v == -1) {
		in->bad = 1;
		return 0;
	}
	return v;
}

static void
get_row(struct in *in, struct payrow *p)
{
	get_text(in, "provider", p->account, sizeof(p->account));
	get_text(in, "id", p->id, sizeof(p->id));
	p->move = (enum movement)get_name(in, "kind", record_move_find);
	get_text(in, "parent", p->parent, sizeof(p->parent));
	p->status = (enum paystatus)get_name(in, "status", record_status_find);
	get_text(in, "customer", p->customer, sizeof(p->customer));
	get_text(in, "against", p->other, sizeof(p->other));
	get_text(in, "payer", p->payer, sizeof(p->payer));
	get_text(in, "currency", p->currency, sizeof(p->currency));
	p->gross = get_number(in, "gross");
	p->fee = get_number(in, "fee");
	p->fee_known = get_flag(in, "fee_known");
	get_text(in, "currency2", p->currency2, sizeof(p->currency2));
	p->gross2 = get_number(in, "gross2");
	p->refunded = get_number(in, "refunded");
	p->reversed = get_number(in, "reversed");
	p->cancelled = get_number(in, "cancelled");
	p->adjusted = get_number(in, "adjusted");
	p->recharged = get_number(in, "recharged");
	p->deduct_fee = get_flag(in, "deduct_fee");
	p->disputed = get_flag(in, "disputed");
	p->booked = get_flag(in, "booked");
	p->waiting = get_flag(in, "waiting");
	p->alone = get_flag(in, "alone");
	p->corrected = get_flag(in, "corrected");
	p->unallocated = get_flag(in, "unallocated");
	p->doubtful = get_flag(in, "doubtful");
	p->desk = get_flag(in, "desk");
	p->event = get_time(in, "event");
	p->cleared = get_time(in, "cleared");
	p->recorded = get_time(in, "recorded");
	get_text(in, "unique_id", p->unique_id, sizeof(p->unique_id));
	get_text(in, "reference", p->reference, sizeof(p->reference));
	get_text(in, "message", p->message, sizeof(p->message));
	get_text(in, "report", p->report, sizeof(p->report));
}

static void
get_entry(struct in *in, struct entry *en, struct error *e)
{
	json_t *legs = json_object_get(in->j, "legs"), *l;
	size_t i;

	get_text(in, "kind", en->kind, sizeof(en->kind));
	get_text(in, "provider", en->account, sizeof(en->account));
	get_text(in, "payment", en->payment, sizeof(en->payment));
	get_text(in, "note", en->note, sizeof(en->note));
	en->event = get_time(in, "event");
	json_array_foreach(legs, i, l) {
		const char *account = json_string_value(json_array_get(l, 0));
		const char *ccy = json_string_value(json_array_get(l, 1));
		const json_t *minor = json_array_get(l, 2);

		if (account == NULL || ccy == NULL || strlen(ccy) != 3 || !json_is_integer(minor) ||
		    json_integer_value(minor) == 0 ||
		    record_leg(en, account, ccy, json_integer_value(minor), e) == -1)
			in->bad = 1;
	}
}

static void
get_also(struct in *in, struct also *a)
{
	const char *id = json_string_value(json_array_get(in->j, 0));
	const char *d = json_string_value(json_array_get(in->j, 1));
	const char *reason = json_string_value(json_array_get(in->j, 2));
	int v = d == NULL ? -1 : record_disposition_find(d);

	if (id == NULL || reason == NULL || v == -1 || strlen(id) >= sizeof(a->id) ||
	    strlen(reason) >= sizeof(a->reason)) {
		in->bad = 1;
		return;
	}
	memcpy(a->id, id, strlen(id) + 1);
	memcpy(a->reason, reason, strlen(reason) + 1);
	a->disposition = (enum disposition)v;
}

static void
get_evidence(struct in *in, struct record *r)
{
	json_t *v = json_object_get(in->j, "evidence");
	const char *segment = json_string_value(json_array_get(v, 0));
	const char *sha256 = json_string_value(json_array_get(v, 3));

	if (v == NULL)
		return;
	if (segment == NULL || sha256 == NULL || strlen(segment) != 7 || strlen(sha256) != 64) {
		in->bad = 1;
		return;
	}
	memcpy(r->ev_segment, segment, 8);
	memcpy(r->ev_sha256, sha256, 65);
	r->ev_offset = json_integer_value(json_array_get(v, 1));
	r->ev_len = json_integer_value(json_array_get(v, 2));
}

static int
get_lists(struct in *top, struct record *r, struct error *e)
{
	struct in in = { NULL, 0 };
	json_t *list, *j;
	size_t i;

	list = json_object_get(top->j, "payments");
	json_array_foreach(list, i, j) {
		struct payrow *p = record_row(r, e);

		if (p == NULL)
			return -1;
		in.j = j;
		get_row(&in, p);
	}
	list = json_object_get(top->j, "entries");
	json_array_foreach(list, i, j) {
		struct entry *en = record_entry(r, "", e);

		if (en == NULL)
			return -1;
		in.j = j;
		get_entry(&in, en, e);
	}
	list = json_object_get(top->j, "also");
	json_array_foreach(list, i, j) {
		struct also *a = record_also(r, e);

		if (a == NULL)
			return -1;
		in.j = j;
		get_also(&in, a);
	}
	top->bad |= in.bad;
	return 0;
}

static int
type_find(const char *s)
{
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(type_name[i], s) == 0)
			return i;
	return -1;
}

int
record_decode(struct record *r, const char *line, size_t len, struct error *e)
{
	json_error_t je;
	struct in in = { json_loadb(line, len, JSON_REJECT_DUPLICATES, &je), 0 };
	int rc = -1;

	if (!json_is_object(in.j)) {
		error_set(e, ERR_CORRUPT, "not a record");
		goto out;
	}
	r->n = (uint64_t)get_number(&in, "n");
	get_text(&in, "prev", r->prev, sizeof(r->prev));
	r->time = get_time(&in, "time");
	get_text(&in, "day", r->day, sizeof(r->day));
	r->type = (enum record_type)get_name(&in, "type", type_find);
	get_text(&in, "id", r->id, sizeof(r->id));
	get_text(&in, "origin", r->origin, sizeof(r->origin));
	get_text(&in, "integration", r->integration, sizeof(r->integration));
	get_text(&in, "who", r->who, sizeof(r->who));
	r->received = get_time(&in, "received");
	get_text(&in, "sha256", r->body_sha256, sizeof(r->body_sha256));
	r->body_len = get_number(&in, "length");
	get_evidence(&in, r);
	if (json_object_get(in.j, "disposition") != NULL)
		r->disposition = (enum disposition)get_name(&in, "disposition", record_disposition_find);
	get_text(&in, "reason", r->reason, sizeof(r->reason));
	get_text(&in, "payment", r->payment, sizeof(r->payment));
	if (get_lists(&in, r, e) == -1)
		goto out;
	r->act = json_incref(json_object_get(in.j, "act"));
	r->data = json_incref(json_object_get(in.j, "data"));
	if (in.bad || r->n == 0 || strlen(r->prev) != 64 || r->time == 0) {
		error_set(e, ERR_CORRUPT, "not a record");
		goto out;
	}
	rc = 0;
out:
	json_decref(in.j);
	return rc;
}
