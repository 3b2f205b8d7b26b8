/*
 * setting -- checks of settings that several kinds of integration have (struct setting.check).
 */
#ifndef DAYBOOK_SETTING_H
#define DAYBOOK_SETTING_H

#include "error.h"

/* Addresses and PayPal merchant ids of an account, comma separated; at least one. */
int	setting_receiver(const char *value, struct error *e);
int	setting_deduct_fee(const char *value, struct error *e);
int	setting_currencies(const char *value, struct error *e);
int	setting_report_dates(const char *value, struct error *e);
int	setting_report_decimal(const char *value, struct error *e);
/* What we ourselves call: never in the clear over a network. */
int	setting_endpoint(const char *value, struct error *e);

#endif
