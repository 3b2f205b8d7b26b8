/*
 * pack_letter -- see pack_letter.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_in.h"
#include "digest.h"
#include "durable.h"
#include "mime.h"
#include "pack_letter.h"
#include "seal.h"
#include "table.h"
#include "zip.h"

#define TEXT_MAX	((size_t)1 << 20)
#define FILE_MAX	((size_t)200 << 20)	/* as mail.size_max at most */
#define BALANCES_MAX	60			/* lines of a letter; balances.csv has all */

const char *
letter_text(const struct letter *l, const char *member)
{
	const char *s = json_string_value(json_object_get(l->manifest, member));

	return s == NULL ? "" : s;
}

static int
standing(const struct letter *l, const char *name)
{
	return (int)json_integer_value(json_object_get(json_object_get(l->manifest, "standing"), name));
}

int
letter_open(struct letter *l, const char *where, struct error *e)
{
	struct buf b = BUF_INIT((size_t)16 << 20);
	json_error_t je;
	int person, outside, rc = -1;

	l->where = where;
	l->manifest = NULL;
	if ((l->dir = durable_open_dir(l->site->fd, where, e)) == -1)
		return -1;
	if (buf_read_file(&b, l->dir, "manifest.json", e) == -1)
		goto out;
	if ((l->manifest = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &je)) == NULL) {
		error_set(e, ERR_CORRUPT, "%s/manifest.json: line %d: %s", where, je.line, je.text);
		goto out;
	}
	digest_hex(l->sha256, b.data, b.len);
	l->number = (int)json_integer_value(json_object_get(l->manifest, "number"));
	person = standing(l, "held") + standing(l, "unallocated") + standing(l, "breaks");
	outside = standing(l, "expected") + standing(l, "waiting");
	if (person > 0)
		(void)snprintf(l->verdict, sizeof(l->verdict), "BREAKS %d", person);
	else if (outside > 0)
		(void)snprintf(l->verdict, sizeof(l->verdict), "INCOMPLETE %d", outside);
	else
		(void)snprintf(l->verdict, sizeof(l->verdict), "CLEAN");
	(void)snprintf(l->subject, sizeof(l->subject), "%s %s %s pack %d%s%s", l->verdict,
	    letter_text(l, "business"), letter_text(l, "period"), l->number,
	    strcmp(letter_text(l, "book"), "test") == 0 ? " test book" : "",
	    json_is_true(json_object_get(l->manifest, "stand_ins")) ? " STAND-IN" : "");
	rc = 0;
out:
	buf_free(&b);
	if (rc == -1)
		letter_close(l);
	return rc;
}

void
letter_close(struct letter *l)
{
	if (l->dir != -1)
		close(l->dir);
	l->dir = -1;
	json_decref(l->manifest);
	l->manifest = NULL;
}

/* ---- what it says ---- */

static int
how_to_fetch(const struct letter *l, struct buf *out, struct error *e)
{
	if (l->set->fetch[0] != '\0')
		return buf_addf(out, e, "How to fetch the pack:\n%s\n", l->set->fetch);
	return buf_addf(out, e, "How to fetch the pack: it is kept as\n%s ;\nplease ask %s for it.\n", l->where,
	    l->set->from);
}

static int
head(const struct letter *l, struct buf *out, struct error *e)
{
	return buf_addf(out, e, "%s\n%s%s: %s book, %s, pack %d\n\n", l->verdict,
	    json_is_true(json_object_get(l->manifest, "stand_ins")) ? "STAND-IN, no real money: " : "",
	    letter_text(l, "business"), letter_text(l, "book"), letter_text(l, "period"), l->number);
}

struct balances {
	struct table	*t;
	size_t		 row, shown;
};

/* balances.csv: account,currency,...,closing at 5 */
static int
balance(void *arg, const struct csv_row *row, struct error *e)
{
	struct balances *b = arg;
	const char *cell[3];

	if (b->row++ == 0 || row->n < 6 || strncmp(row->f[0].s, "Liabilities:Customers:", 22) == 0 ||
	    b->shown == BALANCES_MAX)
		return 0;
	b->shown++;
	cell[0] = row->f[0].s;
	cell[1] = row->f[1].s;
	cell[2] = row->f[5].s;
	return table_row(b->t, cell, e);
}

static int
balances(const struct letter *l, struct buf *out, struct error *e)
{
	struct balances b = { .t = table_new("account,currency,closing>", TABLE_TEXT) };
	int fd = openat(l->dir, "balances.csv", O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = -1;

	if (b.t == NULL || fd == -1)
		error_sys(e, "%s/balances.csv", l->where);
	else if (csv_in_fd(fd, "balances.csv", ',', balance, &b, e) == 0 &&
	    (b.shown == 0 || (buf_adds(out, "Balances at the period's end, debit positive; customers' own are "
	    "in\nbalances.csv:\n\n", e) == 0 && table_render(b.t, out, e) == 0 &&
	    buf_adds(out, "\n", e) == 0)))
		rc = 0;
	if (fd != -1)
		close(fd);
	table_free(b.t);
	return rc;
}

static int
figures(const struct letter *l, struct buf *out, struct error *e)
{
	char groups[SIGN_GROUPS];

	if (head(l, out, e) == -1 || buf_addf(out, e, "At the period's end:\n"
	    "  held         %6d  messages that wait for a person\n"
	    "  unallocated  %6d  payments of unknown payers\n"
	    "  breaks       %6d  differences to a provider's report, open\n"
	    "  expected     %6d  differences not yet due\n"
	    "  waiting      %6d  messages that wait for a provider\n\n", standing(l, "held"),
	    standing(l, "unallocated"), standing(l, "breaks"), standing(l, "expected"),
	    standing(l, "waiting")) == -1 || balances(l, out, e) == -1)
		return -1;
	if (letter_text(l, "supersedes")[0] != '\0' && buf_addf(out, e, "This pack supersedes %s: %s.\n\n",
	    letter_text(l, "supersedes"), letter_text(l, "reason")) == -1)
		return -1;
	return buf_addf(out, e, "control code %.16s\nmanifest.json (SHA-256):\n%s\nsigned by the key\n%s\n"
	    "Compare this fingerprint with the letter you were given.\n\n", letter_text(l, "chain_head"),
	    l->sha256, sign_groups(l->site->key, groups));
}

/* ---- the envelope ---- */

/* Headers of the message; also repeated within what is signed, so that they can't be exchanged. */
static int
headers(const struct letter *l, const struct receiver *to, struct buf *out, struct error *e)
{
	return mime_address(out, "From", l->site->name, l->set->from, e) == -1 ||
	    mime_address(out, "To", "", to->email, e) == -1 ||
	    mime_date(out, l->now, e) == -1 || mime_text(out, "Subject", l->subject, e) == -1 ? -1 : 0;
}

static int
outer(const struct letter *l, const struct receiver *to, const char *message_id, struct buf *out,
    struct error *e)
{
	return headers(l, to, out, e) == -1 || mime_plain(out, "Message-ID", message_id, e) == -1 ||
	    mime_plain(out, "Auto-Submitted", "auto-generated", e) == -1 ||
	    mime_plain(out, "MIME-Version", "1.0", e) == -1 ? -1 : 0;
}

static int
sealed(const struct letter *l, const struct receiver *to, const char *message_id, const struct buf *inner,
    struct buf *out, struct error *e)
{
	struct buf armor = BUF_INIT(2 * FILE_MAX), one = BUF_INIT(4096), two = BUF_INIT(3 * FILE_MAX);
	const struct buf *part[] = { &one, &two };
	int rc = -1;

	if (seal_encrypt(l->gpg, l->site->key, to->fpr, inner->data, inner->len, &armor, e) == 0 &&
	    mime_leaf_plain(&one, "application/pgp-encrypted", NULL, "Version: 1\n", 11, e) == 0 &&
	    mime_leaf_plain(&two, "application/octet-stream", "encrypted.asc", armor.data, armor.len, e) == 0 &&
	    outer(l, to, message_id, out, e) == 0)
		rc = mime_join(out, "multipart/encrypted; protocol=\"application/pgp-encrypted\"", NULL, part, 2,
		    e);
	buf_free(&armor);
	buf_free(&one);
	buf_free(&two);
	return rc;
}

int
letter_notice(const struct letter *l, const struct receiver *to, const char *message_id, struct buf *out,
    struct error *e)
{
	struct buf text = BUF_INIT(TEXT_MAX), leaf = BUF_INIT(2 * TEXT_MAX), head_lines = BUF_INIT(TEXT_MAX);
	struct buf body = BUF_INIT(4 * TEXT_MAX), sig = BUF_INIT(65536), two = BUF_INIT(2 * 65536);
	const struct buf *inner[] = { &leaf }, *part[] = { &body, &two };
	char type[160], micalg[32];
	int rc = -1;

	if (head(l, &text, e) == 0 && buf_adds(&text, "This message has no figures and no files: we know no "
	    "OpenPGP key of yours\nthat they could be encrypted to.\n\n", e) == 0 &&
	    how_to_fetch(l, &text, e) == 0 && headers(l, to, &head_lines, e) == 0 &&
	    mime_leaf(&leaf, "text/plain; charset=utf-8", NULL, text.data, text.len, e) == 0 &&
	    mime_join(&body, "multipart/mixed; protected-headers=\"v1\"", &head_lines, inner, 1, e) == 0 &&
	    seal_detached(l->gpg, l->site->key, body.data, body.len, &sig, micalg, e) == 0 &&
	    mime_leaf_plain(&two, "application/pgp-signature", "signature.asc", sig.data, sig.len, e) == 0 &&
	    outer(l, to, message_id, out, e) == 0) {
		(void)snprintf(type, sizeof(type), "multipart/signed; micalg=%s;\r\n protocol="
		    "\"application/pgp-signature\"", micalg);
		rc = mime_join(out, type, NULL, part, 2, e);
	}
	buf_free(&text);
	buf_free(&leaf);
	buf_free(&head_lines);
	buf_free(&body);
	buf_free(&sig);
	buf_free(&two);
	return rc;
}

/* ---- what it carries ---- */

/* All files of the folder, as manifest.json lists them and itself. */
static int
archive(const struct letter *l, struct buf *out, struct error *e)
{
	static const char *const own[] = { "manifest.json", "manifest.json.asc" };
	const json_t *files = json_object_get(l->manifest, "files");
	struct error second;
	struct zip z;
	size_t i, n = json_array_size(files);
	int rc = 0;

	zip_begin(&z, out, letter_text(l, "to"));
	for (i = 0; i < n + 2 && rc == 0; i++) {
		const char *line = json_string_value(json_array_get(files, i));
		const char *name = i >= n ? own[i - n] : line != NULL && strlen(line) > 66 ? line + 66 : "";
		struct buf b = BUF_INIT(FILE_MAX);
		char path[400];

		(void)snprintf(path, sizeof(path), "%s/%s", strrchr(l->where, '/') + 1, name);
		if ((rc = buf_read_file(&b, l->dir, name, e)) == 0)
			rc = zip_add(&z, path, b.data == NULL ? "" : b.data, b.len, e);
		buf_free(&b);
	}
	return zip_end(&z, rc == 0 ? e : &second) == -1 || rc == -1 ? -1 : 0;
}

static int
attach_file(const struct letter *l, const char *name, const char *type, struct buf *out, struct error *e)
{
	struct buf b = BUF_INIT(FILE_MAX);
	int rc = buf_read_file(&b, l->dir, name, e);

	if (rc == 0)
		rc = mime_leaf(out, type, name, b.data, b.len, e);
	buf_free(&b);
	return rc;
}

#define CARRY_REPORT	1
#define CARRY_WORKBOOK	2
#define CARRY_PACK	4

static const struct { int bit; const char *name, *type; } singles[] = {
	{ CARRY_REPORT, "report.pdf", "application/pdf" },
	{ CARRY_WORKBOOK, "workbook.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
};

static int64_t
file_size(const struct letter *l, const char *name)
{
	int fd = openat(l->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int64_t size = fd == -1 ? -1 : (int64_t)lseek(fd, 0, SEEK_END);

	if (fd != -1)
		close(fd);
	return size;
}

/* Bytes before any encoding of what would be carried. */
static int64_t
weigh(const struct letter *l, int carry)
{
	const json_t *files = json_object_get(l->manifest, "files"), *v;
	int64_t sum = 0, one;
	size_t i;

	for (i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		if ((carry & singles[i].bit) != 0 && (one = file_size(l, singles[i].name)) > 0)
			sum += one;
	if ((carry & CARRY_PACK) != 0)
		json_array_foreach(files, i, v)
			if (json_string_length(v) > 66 && (one = file_size(l, json_string_value(v) + 66)) > 0)
				sum += one;
	return sum;
}

/* name: KIND-live-2026-11-21-pack-17.EXT */
static void
attachment_name(const struct letter *l, const char *kind, const char *ext, char name[200])
{
	(void)snprintf(name, 200, "%s-%s-%s-pack-%d.%s", kind, letter_text(l, "book"), letter_text(l, "period"),
	    l->number, ext);
}

static int
text_of_pack(const struct letter *l, int carry, struct buf *out, struct error *e)
{
	if (figures(l, out, e) == -1)
		return -1;
	if ((carry & CARRY_PACK) != 0)
		return buf_adds(out, "Attached: the pack as signed, in one archive; VERIFY.txt in it says how to\n"
		    "check it without us.\n", e);
	if (buf_addf(out, e, "The pack is too large for mail (%lld bytes at most).  %s\n\n",
	    (long long)l->set->size_max, (carry & CARRY_REPORT) != 0 ?
	    "Attached: its report." : "Nothing is attached.") == -1)
		return -1;
	return how_to_fetch(l, out, e);
}

static int
inner_pack(const struct letter *l, const struct receiver *to, int carry, struct buf *out, struct error *e)
{
	struct buf text = BUF_INIT(TEXT_MAX), lines = BUF_INIT(TEXT_MAX), zip = BUF_INIT(FILE_MAX);
	struct buf leaf[4];
	const struct buf *part[4];
	char name[200];
	size_t i, n = 0;
	int rc = -1;

	for (i = 0; i < 4; i++) {
		leaf[i] = (struct buf)BUF_INIT(2 * FILE_MAX);
		part[i] = &leaf[i];
	}
	if (text_of_pack(l, carry, &text, e) == -1 || headers(l, to, &lines, e) == -1 ||
	    mime_leaf(&leaf[n++], "text/plain; charset=utf-8", NULL, text.data, text.len, e) == -1)
		goto out;
	for (i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		if ((carry & singles[i].bit) != 0 &&
		    attach_file(l, singles[i].name, singles[i].type, &leaf[n++], e) == -1)
			goto out;
	if ((carry & CARRY_PACK) != 0) {
		attachment_name(l, "daybook", "zip", name);
		if (archive(l, &zip, e) == -1 ||
		    mime_leaf(&leaf[n++], "application/zip", name, zip.data, zip.len, e) == -1)
			goto out;
	}
	rc = mime_join(out, "multipart/mixed; protected-headers=\"v1\"", &lines, part, n, e);
out:
	for (i = 0; i < 4; i++)
		buf_free(&leaf[i]);
	buf_free(&text);
	buf_free(&lines);
	buf_free(&zip);
	return rc;
}

int
letter_pack(const struct letter *l, const struct receiver *to, const char *message_id, struct buf *out,
    struct error *e)
{
	static const int choice[] = { CARRY_PACK | CARRY_REPORT | CARRY_WORKBOOK, CARRY_PACK | CARRY_REPORT,
	    CARRY_PACK, CARRY_REPORT, 0 };
	size_t i, k, start = out->len;
	int rc = 0, there = CARRY_PACK;

	for (k = 0; k < sizeof(singles) / sizeof(singles[0]); k++)
		if (file_size(l, singles[k].name) > 0)
			there |= singles[k].bit;
	for (i = 0; i < sizeof(choice) / sizeof(choice[0]); i++) {
		struct buf inner = BUF_INIT(3 * FILE_MAX);
		int carry = choice[i] & there;

		if (carry != 0 && weigh(l, carry) > l->set->size_max)
			continue;
		rc = inner_pack(l, to, carry, &inner, e);
		if (rc == 0)
			rc = sealed(l, to, message_id, &inner, out, e);
		buf_free(&inner);
		if (rc == -1 || carry == 0 || (int64_t)(out->len - start) <= l->set->size_max)
			return rc;
		out->len = start;
	}
	return rc;
}

int
letter_evidence(const struct letter *l, const struct receiver *to, const char *message_id,
    const struct buf *lines, struct buf *out, struct error *e)
{
	struct buf text = BUF_INIT(TEXT_MAX), head_lines = BUF_INIT(TEXT_MAX), inner = BUF_INIT(3 * FILE_MAX);
	struct buf one = BUF_INIT(2 * TEXT_MAX), two = BUF_INIT(2 * FILE_MAX);
	const struct buf *part[] = { &one, &two };
	size_t start = out->len;
	char name[200];
	int rc = -1;

	attachment_name(l, "evidence", "jsonl", name);
	if (head(l, &text, e) == 0 && buf_adds(&text, "Attached: the messages of this period as they came, with "
	    "what the provider\nanswered when we asked about them.  They name payers: please keep them so.\n"
	    "Each line's SHA-256 (without its line end) is the last of \"evidence\" in the\npack's "
	    "journal.jsonl.  Messages that the provider called invalid are not among\nthem.\n", e) == 0 &&
	    headers(l, to, &head_lines, e) == 0 &&
	    mime_leaf(&one, "text/plain; charset=utf-8", NULL, text.data, text.len, e) == 0 &&
	    mime_leaf(&two, "application/x-ndjson", name, lines->data == NULL ? "" : lines->data, lines->len,
	    e) == 0 &&
	    mime_join(&inner, "multipart/mixed; protected-headers=\"v1\"", &head_lines, part, 2, e) == 0)
		rc = sealed(l, to, message_id, &inner, out, e);
	if (rc == 0 && (int64_t)(out->len - start) > l->set->size_max)
		rc = error_set(e, ERR_INPUT, "evidence of %s: larger than mail.size_max", letter_text(l,
		    "period"));
	buf_free(&text);
	buf_free(&head_lines);
	buf_free(&inner);
	buf_free(&one);
	buf_free(&two);
	return rc;
}
