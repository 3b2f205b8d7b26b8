/*
 * paypal_intern -- the few texts that stand in column after column of a download ("Completed", "USD", a
 * day), numbered, and what each means to paypal_quick.c.
 */
#ifndef DAYBOOK_PAYPAL_INTERN_H
#define DAYBOOK_PAYPAL_INTERN_H

#include "report/paypal_columns.h"

#define INTERN_TEXT	64
#define INTERN_SLOTS		4096
#define INTERN_WORDS	255			/* of a column, numbered in a byte */
#define INTERN_DATES	3000			/* eight years of days */

enum kind { WORD_DATE, WORD_ZONE, WORD_TYPE, WORD_STATUS, WORD_CURRENCY, WORD_IMPACT, WORD_OWN,
    WORD_CODE, KINDS };
extern const enum paypal_column words_column[KINDS];

struct word {				/* a cell's bytes as they stood, and what they mean */
	char	 raw[INTERN_TEXT];
	size_t	 len;
	int	 ordinary, value;
	char	*text;			/* cleaned; malloc'd */
};

struct words {
	struct word	*v;
	size_t		 n, cap, last;
	uint16_t	 slot[INTERN_SLOTS];	/* number + 1 */
};

/*
 * Number of the cell's text; -1 where it is too long or there are too many, -2: no memory.  What it means
 * is said by the functions that read a full row.
 */
long	words_number(struct words *w, enum kind kind, const struct report_options *o, const char *s,
	    size_t len);
void	words_free(struct words *w);

#endif
