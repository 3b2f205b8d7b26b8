/*
 * provider -- the table of providers.
 */
#include <string.h>

#include "provider/provider.h"

const struct provider *const provider_all[] = { &provider_paypal_ipn, &provider_paypal_checkout,
    NULL };

const struct provider *
provider_find(const char *kind)
{
	int i;

	for (i = 0; provider_all[i] != NULL; i++)
		if (strcmp(provider_all[i]->kind, kind) == 0)
			return provider_all[i];
	return NULL;
}
