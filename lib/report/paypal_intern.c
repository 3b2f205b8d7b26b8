/*
 * paypal_intern -- see paypal_intern.h.
 */
#include <stdlib.h>
#include <string.h>

#include "money.h"
#include "report/paypal_intern.h"
#include "report/paypal_reading.h"

const enum paypal_column words_column[KINDS] = { COL_DATE, COL_ZONE, COL_TYPE, COL_STATUS, COL_CURRENCY,
    COL_IMPACT, COL_TO, COL_CODE };

/* What a word means, by the same functions that read a full row. */
static int
understand(const struct report_options *o, enum kind kind, struct word *w)
{
	struct buf text = BUF_INIT(INTERN_TEXT * 4);
	struct error e = { 0 };
	struct paypal_row_type t;
	enum fact_status st = FACT_COMPLETED;
	char own[255];
	int moves = 1;

	w->ordinary = 0;
	if (memchr(w->raw, '"', w->len) != NULL || memchr(w->raw, '\0', w->len) != NULL)
		return 0;
	if (reading_clean(&text, w->raw, w->len, &e) == -1 || buf_add(&text, "", 1, &e) == -1 ||
	    (w->text = strdup(text.data)) == NULL) {
		buf_free(&text);
		return -1;
	}
	buf_free(&text);
	switch (kind) {
	case WORD_DATE:
	case WORD_ZONE:
		w->ordinary = w->text[0] != '\0';
		break;
	case WORD_TYPE:		/* a Mass Pay received is looked at in full */
		t = paypal_row_type(w->text, o);
		w->ordinary = t.known && !t.memo && t.in == MOVE_PAYMENT && t.out == MOVE_OTHER;
		break;
	case WORD_STATUS:
		(void)paypal_row_status(w->text, &st, &moves);
		w->ordinary = st == FACT_COMPLETED && moves;
		break;
	case WORD_CURRENCY:
		w->ordinary = money_currency_known(w->text, strlen(w->text)) && money_decimals(w->text) == 2;
		if (w->ordinary)
			w->value = money_number(w->text);
		break;
	case WORD_IMPACT:
		w->value = paypal_impact(w->text);
		w->ordinary = w->value != 0;
		break;
	case WORD_OWN:
		reading_address(own, w->text);
		memcpy(w->text, own, strlen(own) + 1);	/* never longer */
		w->ordinary = 1;
		break;
	case WORD_CODE:		/* T0001: a Mass Pay too */
		w->ordinary = w->text[0] == '\0' || (strncmp(w->text, "T00", 3) == 0 &&
		    strncmp(w->text, "T0001", 5) != 0);
		break;
	default:
		break;
	}
	return 0;
}

long
words_number(struct words *w, enum kind kind, const struct report_options *o, const char *s, size_t len)
{
	uint32_t h = 2166136261u;
	size_t i;

	if (w->n > 0 && w->v[w->last].len == len && memcmp(w->v[w->last].raw, s, len) == 0)
		return (long)w->last;
	if (len >= INTERN_TEXT)
		return -1;
	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	for (i = (h ^ h >> 15) % INTERN_SLOTS; w->slot[i] != 0; i = (i + 1) % INTERN_SLOTS) {
		const struct word *x = &w->v[w->slot[i] - 1];

		if (x->len == len && memcmp(x->raw, s, len) == 0)
			return (long)(w->last = w->slot[i] - (size_t)1);
	}
	if (w->n == (kind == WORD_DATE ? INTERN_DATES : INTERN_WORDS))
		return -1;
	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 16 : w->cap * 2;
		struct word *v = reallocarray(w->v, cap, sizeof(*v));

		if (v == NULL)
			return -2;
		w->v = v;
		w->cap = cap;
	}
	memset(&w->v[w->n], 0, sizeof(w->v[w->n]));
	memcpy(w->v[w->n].raw, s, len);
	w->v[w->n].len = len;
	if (understand(o, kind, &w->v[w->n]) == -1)
		return -2;
	w->slot[i] = (uint16_t)(w->n + 1);
	w->last = w->n++;
	return (long)w->last;
}

void
words_free(struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->v[i].text);
	free(w->v);
}
