/*
 * sign -- a key made, a signature by it and only by it; no byte of the armor may change.
 */
#include "unit.h"

#include "sign.h"

static const char text[] = "{\"files\":[]}\n";

struct key {
	struct sign	*s;
	char		 fpr[65];
	struct buf	 sig, pub;
};

static void
make(struct key *k, const char *name)
{
	char home[300];
	struct error e;

	(void)snprintf(home, sizeof(home), "%s/%s", unit_dir, name);
	assert_int_equal(mkdir(home, 0700), 0);
	k->sig = k->pub = (struct buf)BUF_INIT(1 << 20);
	assert_works(sign_open(&k->s, home, &e));
	assert_works(sign_make_key(k->s, "Example <e@example.com>", k->fpr, &e));
	assert_int_equal(strspn(k->fpr, "0123456789ABCDEF"), strlen(k->fpr));
	assert_works(sign_detached(k->s, k->fpr, text, sizeof(text) - 1, &k->sig, &e));
	assert_works(sign_export(k->s, k->fpr, &k->pub, &e));
}

static void
done(struct key *k)
{
	sign_close(k->s);
	buf_free(&k->sig);
	buf_free(&k->pub);
}

static int
verify(const struct key *k, const char *fpr, const struct buf *sig, const char *what, size_t len,
    struct error *e)
{
	return sign_verify(fpr, k->pub.data, k->pub.len, sig->data, sig->len, what, len, e);
}

static void
signatures(void **state)
{
	/* a home so deep that gpg's agent could not make its socket there */
	static const char deep[] = "deep-deep-deep-deep-deep-deep-deep-deep-deep-deep-deep-deep-deep-deep";
	struct key a, b;
	struct buf two = BUF_INIT(1 << 20);
	struct error e;
	char changed[sizeof(text)];
	int dir = scratch();
	size_t i, step;

	(void)state;
	make(&a, "a");
	make(&b, deep);
	assert_string_not_equal(a.fpr, b.fpr);
	assert_works(verify(&a, a.fpr, &a.sig, text, sizeof(text) - 1, &e));
	assert_works(verify(&b, b.fpr, &b.sig, text, sizeof(text) - 1, &e));
	/* another key's signature, even where that key is the one at hand */
	assert_fails(verify(&b, a.fpr, &b.sig, text, sizeof(text) - 1, &e), ERR_CORRUPT, "another key");
	assert_fails(verify(&a, a.fpr, &b.sig, text, sizeof(text) - 1, &e), ERR_CORRUPT, "");
	/* other bytes, fewer, more */
	memcpy(changed, text, sizeof(text));
	changed[3] ^= 1;
	assert_fails(verify(&a, a.fpr, &a.sig, changed, sizeof(text) - 1, &e), ERR_CORRUPT, "signature");
	assert_fails(verify(&a, a.fpr, &a.sig, text, sizeof(text) - 2, &e), ERR_CORRUPT, "signature");
	assert_fails(verify(&a, a.fpr, &a.sig, text, sizeof(text), &e), ERR_CORRUPT, "signature");
	/* a second signature, or anything else, behind the first */
	assert_works(buf_add(&two, a.sig.data, a.sig.len, &e));
	assert_works(buf_add(&two, b.sig.data, b.sig.len, &e));
	assert_fails(verify(&a, a.fpr, &two, text, sizeof(text) - 1, &e), ERR_CORRUPT, "armor");
	buf_clear(&two);
	assert_fails(verify(&a, a.fpr, &two, text, sizeof(text) - 1, &e), ERR_CORRUPT, "armor");
	/* every byte of it; those that leave an armor cost a run of gpg, so few of them */
	for (i = 0; i < a.sig.len; i++)
		for (step = 0; step < 3; step++) {
			static const char by[] = { 1, 2, 32 };

			buf_clear(&two);
			assert_works(buf_add(&two, a.sig.data, a.sig.len, &e));
			two.data[i] = (char)(two.data[i] ^ by[step]);
			assert_int_equal(verify(&a, a.fpr, &two, text, sizeof(text) - 1, &e), -1);
		}
	for (i = 0; i < a.sig.len; i += 7) {	/* cut, and with blanks put in */
		buf_clear(&two);
		assert_works(buf_add(&two, a.sig.data, i, &e));
		assert_fails(verify(&a, a.fpr, &two, text, sizeof(text) - 1, &e), ERR_CORRUPT, "armor");
		assert_works(buf_adds(&two, "\n", &e));
		assert_works(buf_adds(&two, a.sig.data + i, &e));
		assert_fails(verify(&a, a.fpr, &two, text, sizeof(text) - 1, &e), ERR_CORRUPT, "armor");
	}
	buf_free(&two);
	done(&a);
	done(&b);
	close(dir);
}

static void
homes(void **state)
{
	struct sign *s = NULL;
	struct error e;
	char path[300];
	int dir = scratch();

	(void)state;
	assert_fails(sign_open(&s, "/nowhere/at/all", &e), ERR_CONFIG, "/nowhere/at/all");
	(void)snprintf(path, sizeof(path), "%s/open", unit_dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_fails(sign_open(&s, path, &e), ERR_CONFIG, "mode 0700");
	put_file(dir, "file", "", 0);
	(void)snprintf(path, sizeof(path), "%s/file", unit_dir);
	assert_fails(sign_open(&s, path, &e), ERR_CONFIG, "mode 0700");
	(void)snprintf(path, sizeof(path), "%s/empty", unit_dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_works(sign_open(&s, path, &e));
	{
		struct buf out = BUF_INIT(1000);
		static const char none[] = "0123456789ABCDEF0123456789ABCDEF01234567";

		assert_fails(sign_detached(s, none, "x", 1, &out, &e), ERR_CONFIG, "signing key");
		assert_fails(sign_export(s, none, &out, &e), ERR_CONFIG, "is not there");
		buf_free(&out);
	}
	sign_close(s);
	sign_close(NULL);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures), cmocka_unit_test(homes),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
