/*
 * customer -- a customer as the register keeps it (floor 3: no files).
 *
 * {"id","name","email"?,"paypal":[addresses],"payer_ids":[...],"contacts":[{"name","email"}]}, all
 * addresses in lower case.  Every address of a customer counts for finding whose a payment is; one
 * that two customers claim is nobody's.
 */
#ifndef DAYBOOK_CUSTOMER_H
#define DAYBOOK_CUSTOMER_H

#include <jansson.h>

#include "error.h"

#define CUSTOMER_ADDRESSES_MAX	50

/* 1 where s is one e-mail address: one @, no blanks or control characters, at most 254 bytes. */
int	customer_email_valid(const char *s);
/* Makes a customer of loose fields (texts; paypal_email and payer_id comma separated; contacts an
 * array).  ERR_INPUT "email: ..." names the field.  A new reference in *c. */
int	customer_make(const json_t *fields, json_t **c, struct error *e);
/* The same with some fields changed ("" clears).  ERR_INPUT; old unchanged. */
int	customer_change(const json_t *old, const json_t *fields, json_t **c, struct error *e);
/* One contact more, or another address for one of that name. */
int	customer_contact(const json_t *old, const char *name, const char *email, json_t **c,
	    struct error *e);

#endif
