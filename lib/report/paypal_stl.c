/*
 * paypal_stl -- PayPal's settlement report (paypal-stl) and transaction detail report (paypal-trr),
 * CSV or TAB (providers/paypal.md 5.2 to 5.5).
 *
 * Both are made of the same rows: RH FH (SH CH SB... SF... SC)... RF... RC FF.  Columns are found by
 * their headings, so versions differ only in what is there.  The cells we need are kept until the
 * whole file was read; whether it adds up is judged by paypal_stl_check.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/paypal_stl.h"
#include "site.h"
#include "text.h"

#define CELLS_MAX	((size_t)2 << 30)	/* a file holds at most a million rows of about 250 bytes */
#define FILE_MAX	((size_t)1 << 30)	/* of UTF-16, which is read as a whole */

/* ---- whose sections ---- */

/* 1 where that account id is among our addresses and ids; *any: there are ids among them at all. */
static int
own_account(const struct stl_reading *r, const char *account, int *any)
{
	const char *one;
	size_t len;
	int i, found = 0;

	*any = 0;
	for (i = 0; r->o->own != NULL && site_list_item(r->o->own, i, &one, &len); i++) {
		*any |= memchr(one, '@', len) == NULL;
		found |= text_equal_ci(one, len, account, strlen(account));
	}
	return found;
}

static int
choose_sections(struct stl_reading *r)
{
	struct stl_section *s = stl_section(r);	/* also of a file without any */
	size_t i, ours = 0;
	int any = 0, several = 0;

	if (s == NULL)
		return -1;
	for (i = 0; i < r->f->nsections; i++) {
		s = &r->f->section[i];
		s->ours = own_account(r, s->account, &any);
		ours += s->ours != 0;
		several |= strcmp(s->account, r->f->section[0].account) != 0;
	}
	if (ours > 0)
		return 0;
	if (any)
		return error_set(r->e, ERR_INPUT, "%s:%zu: account \"%.40s\" is none of ours (setting receiver): is "
		    "this another account's report?", r->file, s->line == 0 ? 1 : s->line, s->account);
	if (several)
		return error_set(r->e, ERR_INPUT, "%s: sections of several accounts, \"%.40s\" and more: say with the "
		    "merchant id in the setting receiver which is ours", r->file, s->account);
	for (i = 0; i < r->f->nsections; i++)
		r->f->section[i].ours = 1;
	return 0;
}

/* ---- the file ---- */

/* "STL-20240304.01.009.CSV": what it says the file is. */
static void
read_name(struct stl_file *f, const char *file)
{
	static const char shape[] = "AAA-dddddddd.dd.ddd.AAA";
	const char *base = strrchr(file, '/');
	char day[MOMENT_DAY];
	size_t i;

	base = base == NULL ? file : base + 1;
	(void)snprintf(f->name, sizeof(f->name), "%.255s", base);
	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == 'd' ? base[i] < '0' || base[i] > '9' : shape[i] == 'A' ? base[i] == '\0' :
		    base[i] != shape[i])
			return;
	if (base[i] != '\0' || (!text_equal_ci(base + i - 3, 3, "CSV", 3) && !text_equal_ci(base + i - 3, 3, "TAB", 3)) ||
	    (!text_equal_ci(base, 3, "STL", 3) && !text_equal_ci(base, 3, "TRR", 3)))
		return;
	(void)snprintf(day, sizeof(day), "%.4s-%.2s-%.2s", base + 4, base + 8, base + 10);
	if (!moment_day_valid(day))
		return;
	memcpy(f->named_day, day, sizeof(day));
	(void)snprintf(f->named, sizeof(f->named), "%s", text_equal_ci(base, 3, "STL", 3) ? "STL" : "TRR");
	f->named_part = (base[13] - '0') * 10 + (base[14] - '0');
	f->named_version = ((base[16] - '0') * 10 + (base[17] - '0')) * 10 + (base[18] - '0');
}

/* Very old versions: 2 bytes a character behind FF FE or FE FF. */
static int
add_utf16(struct buf *out, const unsigned char *p, size_t n, size_t big, struct error *e)
{
	size_t i;

	for (i = 2; i + 1 < n; i += 2) {
		uint32_t c = (uint32_t)(p[i + !big] << 8 | p[i + big]);
		unsigned char u[4];
		size_t k = 0;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < n) {
			uint32_t low = (uint32_t)(p[i + 2 + !big] << 8 | p[i + 2 + big]);

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		if (c < 0x80)
			u[k++] = (unsigned char)c;
		else if (c < 0x800)
			u[k++] = (unsigned char)(0xc0 | c >> 6);
		else if (c < 0x10000) {
			u[k++] = (unsigned char)(0xe0 | c >> 12);
			u[k++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		} else {
			u[k++] = (unsigned char)(0xf0 | c >> 18);
			u[k++] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
			u[k++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		}
		if (c >= 0x80)
			u[k++] = (unsigned char)(0x80 | (c & 0x3f));
		if (buf_add(out, u, k, e) == -1)
			return -1;
	}
	return 0;
}

static int
utf16(const unsigned char *p, size_t n)
{
	return n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff));
}

static int
parse(struct stl_reading *r, int fd)
{
	struct buf raw = BUF_INIT(FILE_MAX), text = BUF_INIT(FILE_MAX * 2);
	unsigned char bom[2];
	int rc = -1;

	if (pread(fd, bom, sizeof(bom), 0) != (ssize_t)sizeof(bom) || !utf16(bom, sizeof(bom)))
		return csv_in_fd(fd, r->file, 0, stl_parse_row, r, r->e);
	if (buf_read(&raw, fd, r->file, r->e) == 0 &&
	    add_utf16(&text, (const unsigned char *)raw.data, raw.len, bom[0] == 0xfe, r->e) == 0)
		rc = csv_in_mem(text.data == NULL ? "" : text.data, text.len, r->file, 0, stl_parse_row, r, r->e);
	buf_free(&raw);
	buf_free(&text);
	return rc;
}

static void
reading_init(struct stl_reading *r, const char *file, const char *report, const struct report_options *o,
    struct error *e)
{
	static const struct report_options none;

	memset(r, 0, sizeof(*r));
	r->file = file;
	r->report = report;
	r->o = o == NULL ? &none : o;
	r->e = e;
	r->cells.max = CELLS_MAX;
}

static int
stl_read(const char *report, int fd, const char *file, const struct report_options *o,
    const struct report_sink *sink, struct error *e)
{
	struct report_set *set = sink->set != NULL ? sink->set : stl_set_new(e);
	struct stl_reading r;
	int rc = -1, added = 0, i;

	reading_init(&r, file, report, o, e);
	r.set = set;
	if (set == NULL || (r.f = stl_add(set, e)) == NULL)
		goto out;
	added = 1;
	r.f->report = report;
	for (i = 0; i < STL_COLUMNS; i++)
		r.f->col[i] = -1;
	r.is_trr = strcmp(report, "TRR") == 0;
	read_name(r.f, file);
	if (buf_add(&r.cells, "", 1, e) == -1 || parse(&r, fd) == -1)
		goto out;
	if (r.f->lines == 0) {
		error_set(e, ERR_INPUT, "%s: empty: a row RH is expected", file);
		goto out;
	}
	if (choose_sections(&r) == 0 && stl_deliver(&r, sink) == 0)
		rc = 0;
out:
	if (rc == -1 && added)
		stl_drop(set);
	if (set != NULL && set != sink->set) {
		if (rc == 0)
			rc = stl_set_check(set, sink, e);
		stl_set_free(set);
	}
	stl_reading_free(&r);
	return rc;
}

static int
read_stl(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	return stl_read("STL", fd, file, o, sink, e);
}

static int
read_trr(int fd, const char *file, const struct report_options *o, const struct report_sink *sink,
    struct error *e)
{
	return stl_read("TRR", fd, file, o, sink, e);
}

/* ---- which of the two ---- */

struct look {
	int		rows, first, columns, events, trr;
	struct stl_file	f;
};

static int
look_row(void *arg, const struct csv_row *row, struct error *e)
{
	struct look *k = arg;
	const struct csv_field *f = row->f;

	if (k->rows++ == 0)
		k->first = row->n >= 4 && f[0].len == 2 && memcmp(f[0].s, "RH", 2) == 0;
	if (!k->first)
		return error_set(e, ERR_AGAIN, "enough");
	if (f[0].len == 2 && memcmp(f[0].s, "CH", 2) == 0) {
		k->columns = 1;
		stl_columns(&k->f, row);
		k->events = k->f.col[STL_CODE] != -1;
		k->trr = k->f.col[STL_STATUS] != -1;
		return error_set(e, ERR_AGAIN, "enough");
	}
	return 0;
}

/* 'S' or 'T', 'B' where a part without column names may be either, or 0: neither. */
static int
look(const char *head, size_t len)
{
	struct error e = { 0 };
	struct look k = { 0 };
	struct buf text = BUF_INIT((size_t)1 << 20);

	if (utf16((const unsigned char *)head, len)) {
		if (add_utf16(&text, (const unsigned char *)head, len, head[0] == '\xfe', &e) == -1)
			text.len = 0;
		head = text.data == NULL ? "" : text.data;
		len = text.len;
	}
	(void)csv_in_mem(head, len, "", 0, look_row, &k, &e);
	buf_free(&text);
	if (!k.first || (k.columns && !k.events))
		return 0;
	return !k.columns ? 'B' : k.trr ? 'T' : 'S';
}

static int
recognise_stl(const char *head, size_t len)
{
	int k = look(head, len);

	return k == 'S' || k == 'B';
}

static int
recognise_trr(const char *head, size_t len)
{
	int k = look(head, len);

	return k == 'T' || k == 'B';
}

const struct report_format report_paypal_stl = {
	.name = "paypal-stl", .recognise = recognise_stl, .read = read_stl,
	.set_new = stl_set_new, .set_check = stl_set_check, .set_free = stl_set_free,
};

const struct report_format report_paypal_trr = {
	.name = "paypal-trr", .recognise = recognise_trr, .read = read_trr,
	.set_new = stl_set_new, .set_check = stl_set_check, .set_free = stl_set_free,
};
