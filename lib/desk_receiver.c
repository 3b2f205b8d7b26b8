/*
 * desk_receiver -- who gets the audit packs by mail: a person's decision, for it redirects information.
 *
 * Row "receiver" of the register, by e-mail address in lower case:
 *	{"fingerprint": 40 hexadecimal digits or "", "key": armored public key or "", "since", "who"}
 * That the key is one, and this one, was looked at where it was given, and is again each time before
 * something is encrypted to it (seal.h): here no program may be started.
 */
#include <string.h>

#include "desk.h"
#include "mime.h"
#include "moment.h"
#include "seal.h"
#include "text.h"

static int
armor(const char *s)
{
	static const char head[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
	size_t n = strlen(s), i;

	for (i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\n') || (unsigned char)s[i] > 0x7e)
			return 0;
	return n <= SEAL_KEY_MAX && strncmp(s, head, sizeof(head) - 1) == 0 && strstr(s, "PRIVATE KEY") == NULL;
}

static int
put(struct record *r, const char *email, json_t *row, struct error *e)
{
	r->data = json_pack("{s:[[s,s,o]]}", "put", "receiver", email, row);
	r->disposition = DISP_POSTED;
	return r->data == NULL ? error_set(e, ERR_IO, "desk: no memory") : 0;
}

static int
add(struct books *reg, const char *email, const json_t *req, struct record *r, struct error *e)
{
	const char *fpr = json_string_value(json_object_get(req, "fingerprint"));
	const char *key = json_string_value(json_object_get(req, "key")), *had, *had_key;
	char since[MOMENT_TEXT];
	json_t *old = NULL;
	int rc, other, same;

	fpr = fpr == NULL ? "" : fpr;
	key = key == NULL ? "" : key;
	if ((fpr[0] == '\0') != (key[0] == '\0') || (fpr[0] != '\0' &&
	    (strlen(fpr) != 40 || strspn(fpr, "0123456789ABCDEF") != 40 || !armor(key))))
		return desk_refuse(r, "malformed", "receiver %s: a public key and its fingerprint are expected, "
		    "or neither", email);
	if ((rc = books_data(reg, "receiver", email, &old, e)) == -1)
		return -1;
	had = json_string_value(json_object_get(old, "fingerprint"));
	had_key = json_string_value(json_object_get(old, "key"));
	other = rc == 1 && had != NULL && had[0] != '\0' && strcmp(had, fpr) != 0;
	same = rc == 1 && had != NULL && strcmp(had, fpr) == 0 && had_key != NULL && strcmp(had_key, key) == 0;
	json_decref(old);
	if (other)		/* never by the way: one key for another is two decisions */
		return desk_refuse(r, "conflict", "receiver %s is there already, with another key; remove it "
		    "first", email);
	if (same) {
		r->disposition = DISP_DUPLICATE;
		return 0;
	}
	json_object_set_new(r->act, "fingerprint", json_string(fpr));
	return put(r, email, json_pack("{s:s,s:s,s:s,s:s}", "fingerprint", fpr, "key", key, "since",
	    moment_print(r->received, since), "who", r->who), e);
}

int
desk_receiver(struct books *reg, const char *verb, const json_t *req, struct record *r, struct error *e)
{
	const char *given = json_string_value(json_object_get(req, "email"));
	char email[MIME_ADDRESS];
	json_t *old = NULL;
	int rc;

	if (given == NULL || !mime_address_valid(given))
		return desk_refuse(r, "malformed", "email: \"%.100s\" is no address to send to",
		    given == NULL ? "" : given);
	memcpy(email, given, strlen(given) + 1);
	text_lower(email);
	json_object_set_new(r->act, "email", json_string(email));
	if (strcmp(verb, "receiver-add") == 0)
		return add(reg, email, req, r, e);
	if (strcmp(verb, "receiver-remove") != 0)
		return desk_refuse(r, "unknown-verb", "\"%s\" is nothing this daybook can do", verb);
	if ((rc = books_data(reg, "receiver", email, &old, e)) == -1)
		return -1;
	json_decref(old);
	return rc == 0 ? desk_refuse(r, "unknown-receiver", "no receiver %s", email) :
	    put(r, email, json_null(), e);
}
