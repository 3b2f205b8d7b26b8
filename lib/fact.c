/*
 * fact -- a growing list of facts (fact.h).
 */
#include <stdlib.h>
#include <string.h>

#include "fact.h"

struct fact *
facts_add(struct facts *f, struct error *e)
{
	struct fact *p = f->v;

	if ((f->n & (f->n - 1)) == 0) {
		if ((p = realloc(f->v, (f->n == 0 ? 1 : f->n * 2) * sizeof(*p))) == NULL) {
			error_sys(e, "facts");
			return NULL;
		}
		f->v = p;
	}
	p += f->n++;
	memset(p, 0, sizeof(*p));
	return p;
}

void
facts_free(struct facts *f)
{
	if (f == NULL)
		return;
	free(f->v);
	f->v = NULL;
	f->n = 0;
}
