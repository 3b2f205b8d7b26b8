/*
 * masspay_load -- a provider account's batches and payouts out of a book (floor 5; masspay.h).
 */
#ifndef DAYBOOK_MASSPAY_LOAD_H
#define DAYBOOK_MASSPAY_LOAD_H

#include "books.h"
#include "breaks.h"
#include "masspay.h"

/* Everything, tied.  m begins as zeros; masspay_free it in any case. */
int	masspay_load(struct books *b, const char *account, struct masspay *m, struct error *e);
/* Advice that may still be of use for a payment of that time, and nothing else. */
int	masspay_load_advice(struct books *b, const char *account, int64_t event, struct masspay *m,
    struct error *e);
/* 1 where that movement's break stands in the books: its row (json_decref); 0; -1. */
int	masspay_break(struct books *b, const char *account, const char *category, const char *payment,
    const char *currency, char id[BREAKS_ID], json_t **row, struct error *e);

#endif
