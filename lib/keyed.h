/*
 * keyed -- places of things that have a key of any bytes: 0, 1, 2 ... in the order they came.
 *
 * Holds 16 bytes of a secretly keyed hash instead of the key, so a million long keys cost about
 * 50 MB, and nobody can choose keys that meet.
 */
#ifndef DAYBOOK_KEYED_H
#define DAYBOOK_KEYED_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct keyed;

struct keyed	*keyed_new(struct error *e);	/* NULL: no memory; sodium_init was called before */
void		 keyed_free(struct keyed *k);	/* NULL accepted */
/* The key's place; a new one gets the next, *is_new = 1.  ERR_IO: no memory. */
int		 keyed_place(struct keyed *k, const void *key, size_t len, uint32_t *place, int *is_new,
		    struct error *e);
/* 1 and its place, or 0: not there. */
int		 keyed_find(const struct keyed *k, const void *key, size_t len, uint32_t *place);

#endif
