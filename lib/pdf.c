/*
 * pdf -- see pdf.h: pages, text, lines.  Tables are in pdf_table.c.
 */
#include <hpdf.h>
#include <hpdf_doc.h>
#include <hpdf_fontdef.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "moment.h"
#include "pdf_priv.h"
#include "text.h"

#define FONTS		"/usr/share/fonts/truetype/"
#define UTF8		"UTF-8"
#define WESTERN		"WinAnsiEncoding"
#define MARGIN		54.0
#define FOOT		58.0		/* where text ends above the page's foot */
#define RUN_MAX		1024

static const char liberation[] = FONTS "liberation/LiberationSans-Regular.ttf";
static const char liberation_bold[] = FONTS "liberation/LiberationSans-Bold.ttf";
static const char dejavu[] = FONTS "dejavu/DejaVuSans.ttf";

/* libharu goes on after this with calls that do nothing. */
static void
failed(HPDF_STATUS number, HPDF_STATUS detail, void *arg)
{
	struct pdf *p = arg;

	(void)detail;
	if (p->first == 0)
		p->first = number;
}

static const char *
load(struct pdf *p, const char *path)
{
	return path[0] == '\0' || access(path, R_OK) == -1 ? NULL :
	    HPDF_LoadTTFontFromFile(p->doc, path, HPDF_TRUE);
}


static void
set_about(struct pdf *p, const struct pdf_paper *paper)
{
	char t[MOMENT_TEXT];
	HPDF_Date d = { .ind = 'Z' };

	moment_print(paper->created, t);
	d.year = (HPDF_INT)strtol(t, NULL, 10);
	d.month = (HPDF_INT)strtol(t + 5, NULL, 10);
	d.day = (HPDF_INT)strtol(t + 8, NULL, 10);
	d.hour = (HPDF_INT)strtol(t + 11, NULL, 10);
	d.minutes = (HPDF_INT)strtol(t + 14, NULL, 10);
	d.seconds = (HPDF_INT)strtol(t + 17, NULL, 10);
	HPDF_SetInfoDateAttr(p->doc, HPDF_INFO_CREATION_DATE, d);
	HPDF_SetInfoDateAttr(p->doc, HPDF_INFO_MOD_DATE, d);
	HPDF_SetInfoAttr(p->doc, HPDF_INFO_TITLE, paper->title);
	HPDF_SetInfoAttr(p->doc, HPDF_INFO_AUTHOR, paper->author);
	HPDF_SetInfoAttr(p->doc, HPDF_INFO_CREATOR, "daybook " DAYBOOK_VERSION);
}

struct pdf *
pdf_new(const struct pdf_paper *paper, struct error *e)
{
	struct pdf *p = calloc(1, sizeof(*p));
	const char *bold;

	if (p == NULL || (p->doc = HPDF_New(failed, p)) == NULL) {
		free(p);
		error_set(e, ERR_IO, "report.pdf: no memory");
		return NULL;
	}
	p->paper = *paper;
	HPDF_SetCompressionMode(p->doc, HPDF_COMP_ALL);
	HPDF_UseUTFEncodings(p->doc);
	HPDF_SetCurrentEncoder(p->doc, UTF8);
	set_about(p, paper);
	p->name = load(p, liberation);
	bold = load(p, liberation_bold);
	p->font[PDF_PLAIN] = HPDF_GetFont(p->doc, p->name == NULL ? "Helvetica" : p->name, WESTERN);
	p->font[PDF_BOLD] = HPDF_GetFont(p->doc, bold == NULL ? "Helvetica-Bold" : bold, WESTERN);
	pdf_page(p);
	return p;
}

void
pdf_abort(struct pdf *p)
{
	if (p == NULL)
		return;
	HPDF_Free(p->doc);
	free(p);
}

int
pdf_missing(const struct pdf *p)
{
	return p->missing;
}

/* ---- places ---- */

double
pdf_left(const struct pdf *p)
{
	(void)p;
	return MARGIN;
}

double
pdf_right(const struct pdf *p)
{
	return p->w - MARGIN;
}

double
pdf_y(const struct pdf *p)
{
	return p->y;
}

void
pdf_move(struct pdf *p, double y)
{
	p->y = y;
}

void
pdf_space(struct pdf *p, double h)
{
	p->y += h;
}

void
pdf_page(struct pdf *p)
{
	p->page = HPDF_AddPage(p->doc);
	HPDF_Page_SetSize(p->page, p->paper.letter ? HPDF_PAGE_SIZE_LETTER : HPDF_PAGE_SIZE_A4,
	    HPDF_PAGE_PORTRAIT);
	p->w = (double)HPDF_Page_GetWidth(p->page);
	p->h = (double)HPDF_Page_GetHeight(p->page);
	p->y = MARGIN;
	p->npages++;
}

int
pdf_need(struct pdf *p, double h)
{
	if (p->y + h <= p->h - FOOT)
		return 0;
	pdf_page(p);
	return 1;
}

/* ---- text ---- */

/* One character of UTF-8; *s moves on.  Invalid bytes are one character each: U+FFFD. */
static unsigned
next_char(const char **s)
{
	const unsigned char *u = (const unsigned char *)*s;
	size_t left = strlen(*s), n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4, i;
	unsigned c = n == 1 ? u[0] : u[0] & (0xffu >> (n + 1));

	if (n > left || text_utf8_valid(*s, n) != n) {
		*s += 1;
		return 0xfffd;
	}
	for (i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3fu);
	*s += n;
	return c;
}

/* windows-1252 of a character, or 0. */
static unsigned char
western(unsigned c)
{
	static const unsigned short high[32] = { 0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,
	    0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	    0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178 };
	unsigned char i;

	if ((c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c <= 0xff))
		return (unsigned char)c;
	for (i = 0; i < 32; i++)
		if (high[i] != 0 && high[i] == c)
			return (unsigned char)(0x80 + i);
	return 0;
}

static int
has_all(const struct other *o, const char *s)
{
	while (*s != '\0') {
		unsigned c = next_char(&s);

		if (c > 0xffff || c == 0xfffd || HPDF_TTFontDef_GetGlyphid(o->def, (HPDF_UINT16)c) == 0)
			return 0;
	}
	return 1;
}

/* What that font has not becomes "?". */
static void
only_known(struct pdf *p, const struct other *o, const char *s, char out[RUN_MAX])
{
	size_t n = 0;

	while (*s != '\0' && n + 5 < RUN_MAX) {
		const char *at = s;
		unsigned c = next_char(&s);

		if (c > 0xffff || c == 0xfffd || o == NULL ||
		    HPDF_TTFontDef_GetGlyphid(o->def, (HPDF_UINT16)c) == 0) {
			out[n++] = '?';
			p->missing = 1;
		} else {
			memcpy(out + n, at, (size_t)(s - at));
			n += (size_t)(s - at);
		}
	}
	out[n] = '\0';
}

/* Font i of those for other letters is looked for, once. */
static void
try_other(struct pdf *p, int i)
{
	struct other *o = &p->other[i];

	if (o->tried)
		return;
	o->tried = 1;
	o->name = i == 0 ? p->name : load(p, i == 1 ? p->paper.font : dejavu);
	if (o->name != NULL)
		o->def = HPDF_Doc_FindFontDef(p->doc, o->name);
	if (i == 1 && o->def == NULL && p->paper.font[0] != '\0')
		p->bad_font = 1;
}

/* Bytes and font of a line of text. */
static HPDF_Font
prepare(struct pdf *p, enum pdf_style st, const char *text, char out[RUN_MAX])
{
	const char *s = text;
	struct other *o;
	size_t n = 0;
	int i;

	while (*s != '\0' && n < RUN_MAX - 1) {
		unsigned char c = western(next_char(&s));

		if (c == 0)
			break;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	if (*s == '\0' || n == RUN_MAX - 1)
		return p->font[st];
	for (i = 0; i < OTHERS; i++) {
		try_other(p, i);
		if (p->other[i].def != NULL && has_all(&p->other[i], text))
			break;
	}
	/* Where none has all: the settings' own, else what there is. */
	if (i == OTHERS && p->other[i = 1].def == NULL && p->other[i = 2].def == NULL)
		i = 0;
	o = p->other[i].def == NULL ? NULL : &p->other[i];
	only_known(p, o, text, out);
	if (o == NULL)
		return p->font[st];
	if (o->font == NULL)	/* from here on it is part of the file */
		o->font = HPDF_GetFont(p->doc, o->name, UTF8);
	return o->font;
}

double
pdf_width(struct pdf *p, enum pdf_style st, double size, const char *text)
{
	char run[RUN_MAX];
	HPDF_Font f = prepare(p, st, text, run);

	return (double)HPDF_Font_TextWidth(f, (const HPDF_BYTE *)run, (HPDF_UINT)strlen(run)).width * size / 1000.0;
}

/* As much of text as fits, with "..." where something is left off. */
static void
fit(struct pdf *p, enum pdf_style st, double size, const char *text, double width, char out[RUN_MAX])
{
	size_t n = strlen(text);

	(void)snprintf(out, RUN_MAX, "%.*s", RUN_MAX - 1, text);
	if (width <= 0 || pdf_width(p, st, size, out) <= width)
		return;
	n = n > RUN_MAX - 8 ? RUN_MAX - 8 : n;
	while (n > 0) {
		n = text_utf8_valid(text, n - 1);
		(void)snprintf(out, RUN_MAX, "%.*s...", (int)n, text);
		if (pdf_width(p, st, size, out) <= width)
			return;
	}
}

void
pdf_text(struct pdf *p, double x, double y, double width, enum pdf_align al, enum pdf_style st, double size,
    const char *text)
{
	char cut[RUN_MAX], run[RUN_MAX];
	HPDF_Font f;
	double w;

	if (text[0] == '\0')
		return;
	fit(p, st, size, text, width, cut);
	w = pdf_width(p, st, size, cut);
	f = prepare(p, st, cut, run);
	if (al == PDF_RIGHT)
		x += width - w;
	else if (al == PDF_CENTER)
		x += (width - w) / 2;
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, f, (HPDF_REAL)size);
	HPDF_Page_TextOut(p->page, (HPDF_REAL)x, (HPDF_REAL)(p->h - y), run);
	HPDF_Page_EndText(p->page);
}

void
pdf_para(struct pdf *p, double x, double width, enum pdf_style st, double size, const char *text)
{
	char line[RUN_MAX];
	const char *s = text;

	while (*s != '\0') {
		size_t n = 0, word;

		/* words as long as they fit; one too long for a line is cut by pdf_text */
		for (;;) {
			word = n + strspn(s + n, " ");
			word += strcspn(s + word, " ");
			if (word >= sizeof(line) || word == n)
				break;
			(void)snprintf(line, sizeof(line), "%.*s", (int)word, s);
			if (n > 0 && pdf_width(p, st, size, line) > width)
				break;
			n = word;
		}
		if (n == 0)
			n = strlen(s) < sizeof(line) - 1 ? strlen(s) : sizeof(line) - 1;
		(void)snprintf(line, sizeof(line), "%.*s", (int)n, s);
		pdf_need(p, size * 1.4);
		p->y += size * 1.4;
		pdf_text(p, x, p->y - size * 0.35, width, PDF_LEFT, st, size, line);
		s += n;
		s += strspn(s, " ");
	}
}

void
pdf_heading(struct pdf *p, const char *text)
{
	if (p->y > MARGIN)
		p->y += 14;
	pdf_need(p, 90);
	p->y += 14;
	pdf_text(p, MARGIN, p->y, p->w - 2 * MARGIN, PDF_LEFT, PDF_BOLD, 13, text);
	p->y += 6;
	pdf_rule(p, MARGIN, p->w - MARGIN, p->y, 1.2);
	p->y += 6;
}

void
pdf_subheading(struct pdf *p, const char *text)
{
	pdf_need(p, 60);
	p->y += 14;
	pdf_text(p, MARGIN, p->y, p->w - 2 * MARGIN, PDF_LEFT, PDF_BOLD, 9.5, text);
	p->y += 4;
}

/* ---- lines ---- */

void
pdf_line(struct pdf *p, double x1, double y1, double x2, double y2, double thick)
{
	HPDF_Page_SetLineWidth(p->page, (HPDF_REAL)thick);
	HPDF_Page_MoveTo(p->page, (HPDF_REAL)x1, (HPDF_REAL)(p->h - y1));
	HPDF_Page_LineTo(p->page, (HPDF_REAL)x2, (HPDF_REAL)(p->h - y2));
	HPDF_Page_Stroke(p->page);
}

void
pdf_rule(struct pdf *p, double x1, double x2, double y, double thick)
{
	pdf_line(p, x1, y, x2, y, thick);
}

void
pdf_box(struct pdf *p, double x, double y, double w, double h, double thick, enum pdf_fill fill)
{
	double d;

	if (fill == PDF_GREY) {
		HPDF_Page_SetGrayFill(p->page, 0.45f);
		HPDF_Page_Rectangle(p->page, (HPDF_REAL)x, (HPDF_REAL)(p->h - y - h), (HPDF_REAL)w, (HPDF_REAL)h);
		HPDF_Page_Fill(p->page);
		HPDF_Page_SetGrayFill(p->page, 0);
	} else if (fill == PDF_HATCHED) {
		HPDF_Page_GSave(p->page);
		HPDF_Page_Rectangle(p->page, (HPDF_REAL)x, (HPDF_REAL)(p->h - y - h), (HPDF_REAL)w, (HPDF_REAL)h);
		HPDF_Page_Clip(p->page);
		HPDF_Page_EndPath(p->page);
		for (d = 0; d < w + h; d += 3)
			pdf_line(p, x + d, y, x + d - h, y + h, 0.6);
		HPDF_Page_GRestore(p->page);
	}
	if (thick > 0) {
		HPDF_Page_SetLineWidth(p->page, (HPDF_REAL)thick);
		HPDF_Page_Rectangle(p->page, (HPDF_REAL)x, (HPDF_REAL)(p->h - y - h), (HPDF_REAL)w, (HPDF_REAL)h);
		HPDF_Page_Stroke(p->page);
	}
}

/* ---- the end ---- */

static void
number_pages(struct pdf *p)
{
	char text[160];
	int i;

	for (i = 0; i < p->npages; i++) {
		p->page = HPDF_GetPageByIndex(p->doc, (HPDF_UINT)i);
		pdf_rule(p, MARGIN, p->w - MARGIN, p->h - 42, 0.4);
		pdf_text(p, MARGIN, p->h - 30, 290, PDF_LEFT, PDF_PLAIN, 7.5, p->paper.foot);
		(void)snprintf(text, sizeof(text), "control code %s   page %d of %d", p->paper.code, i + 1, p->npages);
		pdf_text(p, MARGIN, p->h - 30, p->w - 2 * MARGIN, PDF_RIGHT, PDF_PLAIN, 7.5, text);
	}
}

int
pdf_close(struct pdf *p, struct outfile *o, struct error *e)
{
	HPDF_BYTE part[65536];
	HPDF_UINT32 n;
	int rc = 0;

	number_pages(p);
	HPDF_SaveToStream(p->doc);
	HPDF_ResetStream(p->doc);
	if (p->bad_font)
		rc = error_set(e, ERR_CONFIG, "daybook.json: report.font: a readable TrueType file is expected, "
		    "not \"%.200s\"", p->paper.font);
	else if (p->first != 0)
		rc = error_set(e, ERR_IO, "report.pdf: libharu error 0x%04lx", (unsigned long)p->first);
	while (rc == 0) {
		n = sizeof(part);
		(void)HPDF_ReadFromStream(p->doc, part, &n);
		if (n == 0)
			break;
		rc = buf_add(outfile_buf(o), part, n, e) == -1 || outfile_drain(o, e) == -1 ? -1 : 0;
	}
	pdf_abort(p);
	return rc;
}
