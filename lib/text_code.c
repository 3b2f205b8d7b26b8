/*
 * text_code -- how text travels: urlencoded forms, Base64 (text.h).
 *
 * Apart from text.c because intake, which decodes nothing, is linked without libsodium.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Decodes s into out (never longer); '%' without two hex digits stays a '%'. */
static size_t
url_decode(char *out, const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		int h, l;

		if (s[i] == '+')
			out[n++] = ' ';
		else if (s[i] == '%' && len - i > 2 && (h = hex_digit(s[i + 1])) != -1 &&
		    (l = hex_digit(s[i + 2])) != -1) {
			out[n++] = (char)(h * 16 + l);
			i += 2;
		} else
			out[n++] = s[i];
	}
	return n;
}

static uint64_t
name_hash(const struct form *f, const char *name, size_t len)
{
	unsigned char h[crypto_shorthash_BYTES];
	uint64_t v;

	crypto_shorthash(h, (const unsigned char *)name, len, (const unsigned char *)f->seed);
	memcpy(&v, h, sizeof(v));
	return v;
}

static uint32_t *
name_slot(const struct form *f, const char *name, size_t len)
{
	size_t i = (size_t)name_hash(f, name, len) & (f->nslots - 1);

	for (;; i = (i + 1) & (f->nslots - 1)) {
		const struct pair *p;

		if (f->slots[i] == 0)
			return &f->slots[i];
		p = &f->pairs[f->slots[i] - 1];
		if (p->name_len == len && memcmp(p->name, name, len) == 0)
			return &f->slots[i];
	}
}

static void
note_clash(struct form *f, const struct pair *p)
{
	size_t i;

	if (f->clash)
		return;
	f->clash = 1;
	for (i = 0; i < p->name_len && i < sizeof(f->clash_name) - 1; i++)
		f->clash_name[i] = (unsigned char)p->name[i] < 0x20 || (unsigned char)p->name[i] > 0x7e ?
		    '?' : p->name[i];
	f->clash_name[i] = '\0';
}

static unsigned char seed[crypto_shorthash_KEYBYTES];
static int seeded;

int
text_form_parse(struct form *f, const char *body, size_t len, struct error *e)
{
	size_t i, count = 1, start, used = 0;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < len; i++)
		count += body[i] == '&';
	if (count > TEXT_PAIRS_MAX)
		return error_set(e, ERR_INPUT, "more than %d variables", TEXT_PAIRS_MAX);
	for (f->nslots = 16; f->nslots < count * 2; f->nslots *= 2)
		continue;
	f->pairs = calloc(count, sizeof(*f->pairs));
	f->slots = calloc(f->nslots, sizeof(*f->slots));
	f->store = malloc(len + 2 * count + 2);
	if (f->pairs == NULL || f->slots == NULL || f->store == NULL) {
		text_form_free(f);
		return error_sys(e, "form");
	}
	/* One seed a run is as secret as one a body, and a system call less for each. */
	if (!seeded) {
		randombytes_buf(seed, sizeof(seed));
		seeded = 1;
	}
	memcpy(f->seed, seed, sizeof(seed));
	for (start = 0; start <= len; start += i + 1) {
		const char *s = body + start, *eq;
		size_t n, name_len;
		struct pair *p = &f->pairs[f->n];
		uint32_t *slot;
		const char *amp = memchr(s, '&', len - start);

		i = n = amp == NULL ? len - start : (size_t)(amp - s);
		eq = memchr(s, '=', n);
		name_len = eq == NULL ? n : (size_t)(eq - s);
		p->name = f->store + used;
		p->name_len = url_decode(f->store + used, s, name_len);
		used += p->name_len;
		f->store[used++] = '\0';
		p->value = f->store + used;
		p->value_len = eq == NULL ? 0 :
		    url_decode(f->store + used, eq + 1, n - name_len - 1);
		used += p->value_len;
		f->store[used++] = '\0';
		if (p->name_len == 0)
			continue;
		slot = name_slot(f, p->name, p->name_len);
		if (*slot == 0)
			*slot = (uint32_t)f->n + 1;
		else if (f->pairs[*slot - 1].value_len != p->value_len ||
		    memcmp(f->pairs[*slot - 1].value, p->value, p->value_len) != 0)
			note_clash(f, p);
		f->n++;
	}
	return 0;
}

void
text_form_free(struct form *f)
{
	if (f == NULL)
		return;
	free(f->pairs);
	free(f->slots);
	free(f->store);
	memset(f, 0, sizeof(*f));
}

const struct pair *
text_form_get(const struct form *f, const char *name)
{
	uint32_t at;

	if (f->nslots == 0)
		return NULL;
	at = *name_slot(f, name, strlen(name));
	return at == 0 ? NULL : &f->pairs[at - 1];
}

int
text_base64(struct buf *out, const void *p, size_t len, struct error *e)
{
	size_t n = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL) - 1;

	if (n > out->max || out->len > out->max - n)
		return error_set(e, ERR_INPUT, "larger than %zu bytes", out->max);
	if (buf_reserve(out, n, e) == -1)
		return -1;
	sodium_bin2base64(out->data + out->len, n + 1, len == 0 ? (const void *)"" : p, len,
	    sodium_base64_VARIANT_ORIGINAL);
	out->len += n;
	return 0;
}

static size_t
ascii_length(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && (unsigned char)s[i] < 0x80)
		i++;
	return i;
}

int
text_unbase64(struct buf *out, const char *s, size_t len, struct error *e)
{
	size_t n = len / 4 * 3, got = 0;
	const char *end = NULL;

	if (buf_reserve(out, n, e) == -1)
		return -1;
	/* libsodium 1.0.18 takes some bytes beyond ASCII for digits, where char is signed. */
	if (ascii_length(s, len) != len || sodium_base642bin((unsigned char *)out->data + out->len, n, s,
	    len, NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) != 0 || end != s + len) {
		out->data[out->len] = '\0';
		return error_set(e, ERR_INPUT, "bad base64");
	}
	if (got > out->max - out->len) {
		out->data[out->len] = '\0';
		return error_set(e, ERR_INPUT, "larger than %zu bytes", out->max);
	}
	out->len += got;
	out->data[out->len] = '\0';
	return 0;
}

int
text_urlencode(struct buf *out, const char *s, size_t len, struct error *e)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		char enc[3] = { '%', digits[c >> 4], digits[c & 15] };
		int plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_' || c == '.';

		if (c == ' ' ? buf_add(out, "+", 1, e) == -1 : plain ? buf_add(out, s + i, 1, e) == -1 :
		    buf_add(out, enc, 3, e) == -1)
			return -1;
	}
	return 0;
}
