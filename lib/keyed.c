/*
 * keyed -- see keyed.h.  Open addressing, at most 2/3 full, linear steps.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "keyed.h"

struct slot {
	unsigned char	hash[crypto_generichash_BYTES_MIN];	/* 16 */
	uint32_t	place_1;		/* place + 1; 0: free */
};

struct keyed {
	unsigned char	 secret[crypto_generichash_KEYBYTES];
	struct slot	*slots;
	size_t		 nslots;		/* a power of two */
	uint32_t	 n;
};

struct keyed *
keyed_new(struct error *e)
{
	struct keyed *k = calloc(1, sizeof(*k));

	if (k == NULL || (k->slots = calloc(64, sizeof(*k->slots))) == NULL) {
		free(k);
		error_set(e, ERR_IO, "no memory");
		return NULL;
	}
	k->nslots = 64;
	randombytes_buf(k->secret, sizeof(k->secret));
	return k;
}

void
keyed_free(struct keyed *k)
{
	if (k != NULL)
		free(k->slots);
	free(k);
}

/* The slot of that hash, or the free one where it would stand. */
static struct slot *
probe(struct slot *slots, size_t nslots, const unsigned char *hash)
{
	size_t at;

	memcpy(&at, hash, sizeof(at));
	for (at &= nslots - 1; slots[at].place_1 != 0; at = (at + 1) & (nslots - 1))
		if (memcmp(slots[at].hash, hash, sizeof(slots[at].hash)) == 0)
			break;
	return &slots[at];
}

static void
hash_of(const struct keyed *k, const void *key, size_t len, unsigned char *hash)
{
	(void)crypto_generichash(hash, sizeof(((struct slot *)0)->hash), key, len, k->secret,
	    sizeof(k->secret));
}

static int
grow(struct keyed *k, struct error *e)
{
	struct slot *more = calloc(k->nslots * 2, sizeof(*more));
	size_t i;

	if (more == NULL)
		return error_set(e, ERR_IO, "no memory");
	for (i = 0; i < k->nslots; i++)
		if (k->slots[i].place_1 != 0)
			*probe(more, k->nslots * 2, k->slots[i].hash) = k->slots[i];
	free(k->slots);
	k->slots = more;
	k->nslots *= 2;
	return 0;
}

int
keyed_find(const struct keyed *k, const void *key, size_t len, uint32_t *place)
{
	unsigned char hash[sizeof(((struct slot *)0)->hash)];
	const struct slot *s;

	hash_of(k, key, len, hash);
	s = probe(k->slots, k->nslots, hash);
	if (s->place_1 == 0)
		return 0;
	*place = s->place_1 - 1;
	return 1;
}

int
keyed_place(struct keyed *k, const void *key, size_t len, uint32_t *place, int *is_new, struct error *e)
{
	unsigned char hash[sizeof(((struct slot *)0)->hash)];
	struct slot *s;

	if ((size_t)k->n * 3 >= k->nslots * 2 && grow(k, e) == -1)
		return -1;
	hash_of(k, key, len, hash);
	s = probe(k->slots, k->nslots, hash);
	*is_new = s->place_1 == 0;
	if (*is_new) {
		if (k->n == UINT32_MAX - 1)
			return error_set(e, ERR_IO, "too many keys");
		memcpy(s->hash, hash, sizeof(hash));
		s->place_1 = ++k->n;
	}
	*place = s->place_1 - 1;
	return 0;
}
