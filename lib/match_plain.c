/*
 * match_plain -- ordinary payments against the books.
 */
#include <string.h>

#include "match_priv.h"

const struct report_plain *
match_plain_find(const struct match *m, const char *id)
{
	size_t i;

	for (i = 0; i < m->nplain; i++)
		if (strcmp(m->plain[i].id, id) == 0)
			return &m->plain[i];
	return NULL;
}
