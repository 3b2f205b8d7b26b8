/*
 * csv_scan -- see csv_scan.h.
 *
 * Each step makes bit masks of 64 bytes: quotes, delimiters, line ends.  What stands between quotes
 * is the running parity of the quotes.
 */
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "csv_scan.h"

#define STEP	64

struct masks {
	uint64_t	quote, delim, lf, cr;
};

#ifdef __SSE2__
static inline uint64_t
equal(const __m128i v[4], char c)
{
	__m128i x = _mm_set1_epi8(c);
	uint64_t m = 0;
	int i;

	for (i = 3; i >= 0; i--)
		m = m << 16 | (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], x));
	return m;
}

static inline void
look(const char *p, char delim, struct masks *m)
{
	__m128i v[4];
	int i;

	for (i = 0; i < 4; i++)
		v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
	m->quote = equal(v, '"');
	m->delim = equal(v, delim);
	m->lf = equal(v, '\n');
	m->cr = equal(v, '\r');
}
#else
static inline void
look(const char *p, char delim, struct masks *m)
{
	int i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < STEP; i++) {
		m->quote |= (uint64_t)(p[i] == '"') << i;
		m->delim |= (uint64_t)(p[i] == delim) << i;
		m->lf |= (uint64_t)(p[i] == '\n') << i;
		m->cr |= (uint64_t)(p[i] == '\r') << i;
	}
}
#endif

/* Bit i: how many bits of x up to i there are, odd or even. */
static inline uint64_t
parity(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	return x ^ x << 32;
}

static int
room(struct csv_scan *s, struct error *e)
{
	uint32_t *p;

	if (s->nend + STEP > s->cap) {
		size_t cap = s->cap == 0 ? 65536 : s->cap * 2;

		if ((p = reallocarray(s->end, cap, sizeof(*p))) == NULL)
			return error_sys(e, "csv");
		s->end = p;
		s->cap = cap;
	}
	if (s->nline + STEP > s->line_cap) {
		size_t cap = s->line_cap == 0 ? 4096 : s->line_cap * 2;

		if ((p = reallocarray(s->line, cap, sizeof(*p))) == NULL)
			return error_sys(e, "csv");
		s->line = p;
		s->line_cap = cap;
	}
	return 0;
}

int
csv_scan(struct csv_scan *s, const char *p, size_t len, char delim, struct error *e)
{
	/* What the byte before the step was; before the text stands, as it were, a line end. */
	uint64_t inside = 0, after_gap = 1, after_close = 0, after_cr = 0;
	char tail[STEP];
	size_t at;

	s->nend = s->nline = 0;
	for (at = 0; at < len; at += STEP) {
		uint64_t in, open, close, gap, odd, m, line;
		const char *q = p + at;
		struct masks k;

		if (room(s, e) == -1)
			return -1;
		if (len - at < STEP) {
			memset(tail, 'x', sizeof(tail));
			memcpy(tail, q, len - at);
			q = tail;
		}
		look(q, delim, &k);
		in = parity(k.quote) ^ inside;
		open = k.quote & in;
		close = k.quote & ~in;
		gap = k.delim | k.lf;
		/* An opening quote after text, text after a closing one, CR alone, a line end in quotes. */
		odd = open & ~((gap | k.quote) << 1 | after_gap);
		odd |= (close << 1 | after_close) & ~(gap | k.cr | k.quote);
		odd |= (k.cr << 1 | after_cr) & ~k.lf;
		odd |= k.lf & in;
		if (len - at < STEP)
			odd &= (UINT64_C(1) << (len - at)) - 1;
		if (odd != 0)
			return 0;
		inside = (uint64_t)((int64_t)in >> 63);
		after_gap = (gap | k.quote) >> 63;
		after_close = close >> 63;
		after_cr = k.cr >> 63;
		m = gap & ~in;
		for (line = k.lf; line != 0; line &= line - 1)
			s->line[s->nline++] = (uint32_t)(s->nend +
			    (size_t)__builtin_popcountll(m & ((line & -line) - 1)));
		for (; m != 0; m &= m - 1)
			s->end[s->nend++] = (uint32_t)(at + (size_t)__builtin_ctzll(m));
	}
	return inside == 0;
}

void
csv_scan_free(struct csv_scan *s)
{
	free(s->end);
	free(s->line);
	memset(s, 0, sizeof(*s));
}
