/*
 * report -- the table of report formats (report.h).
 */
#include <string.h>

#include "report/report.h"

const struct report_format *const report_all[] = {
	&report_paypal_activity,
	&report_paypal_stl,
	&report_paypal_trr,
	&report_paypal_search,
	&report_masspay_results,
	&report_masspay,		/* last: it has no column names of its own */
	NULL,
};

const struct report_format *
report_find(const char *name)
{
	size_t i;

	for (i = 0; report_all[i] != NULL; i++)
		if (strcmp(report_all[i]->name, name) == 0)
			return report_all[i];
	return NULL;
}
