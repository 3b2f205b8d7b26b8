/*
 * seal -- which keys something is encrypted to, and that a zip of ours is one.
 */
#include "unit.h"

#include "seal.h"
#include "zip.h"

/* gpg with that home */
static void
gpg(const char *home, const char *arguments)
{
	char line[1200];

	(void)snprintf(line, sizeof(line), "gpg --homedir %s/%s --batch --quiet --pinentry-mode loopback "
	    "--passphrase '' %s >/dev/null 2>&1", unit_dir, home, arguments);
	if (system(line) != 0)		/* NOLINT: the test's own words */
		fail_msg("%s", line);
}

static void
make_home(const char *name)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/%s", unit_dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
read_key(int dir, const char *name, struct buf *b)
{
	struct error e;

	buf_clear(b);
	assert_works(buf_read_file(b, dir, name, &e));
}

static void
export(const char *home, const char *how, const char *file, const char *key)
{
	char arguments[600];

	(void)snprintf(arguments, sizeof(arguments), "--yes --output %s/%s %s %s", unit_dir, file, how, key);
	gpg(home, arguments);
}

static void
keys(void **state)
{
	int dir = scratch();
	struct buf b = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20), sealed = BUF_INIT(1 << 20);
	struct seal_key k;
	struct sign *s;
	struct error e;
	char path[700], fpr[65], micalg[32];

	(void)state;
	make_home("g");
	gpg("g", "--quick-gen-key 'Alice <alice@example.net>' default default 1y");
	gpg("g", "--quick-gen-key 'Signer <signer@example.net>' ed25519 sign never");
	gpg("g", "--faked-system-time 20200101T000000 --quick-gen-key 'Old <old@example.net>' default default 30d");
	export("g", "--armor --export", "alice", "alice@example.net");
	export("g", "--export", "alice.bin", "alice@example.net");
	export("g", "--armor --export", "signer", "signer@example.net");
	export("g", "--armor --export", "old", "old@example.net");
	export("g", "--armor --export", "all", "");
	export("g", "--armor --export-secret-keys", "secret", "alice@example.net");
	export("g", "--export-secret-keys", "secret.bin", "alice@example.net");

	read_key(dir, "alice", &b);
	assert_works(seal_key_read(b.data, b.len, "ALICE@example.net", &k, &out, &e));
	assert_int_equal(strlen(k.fpr), 40);
	assert_string_equal(k.userid, "Alice <alice@example.net>");
	assert_true(k.names && k.expires != 0);
	assert_works(seal_key_read(b.data, b.len, "bob@example.net", &k, NULL, &e));
	assert_false(k.names);
	read_key(dir, "alice.bin", &b);
	assert_works(seal_key_read(b.data, b.len, "", &k, NULL, &e));
	read_key(dir, "signer", &b);
	assert_fails(seal_key_read(b.data, b.len, "", &k, NULL, &e), ERR_INPUT, "signing only");
	read_key(dir, "old", &b);
	assert_fails(seal_key_read(b.data, b.len, "", &k, NULL, &e), ERR_INPUT, "expired");
	read_key(dir, "all", &b);
	assert_fails(seal_key_read(b.data, b.len, "", &k, NULL, &e), ERR_INPUT, "more than one");
	read_key(dir, "secret", &b);
	assert_fails(seal_key_read(b.data, b.len, "", &k, NULL, &e), ERR_INPUT, "secret");
	read_key(dir, "secret.bin", &b);
	assert_fails(seal_key_read(b.data, b.len, "", &k, NULL, &e), ERR_INPUT, "secret");
	assert_fails(seal_key_read("", 0, "", &k, NULL, &e), ERR_INPUT, "no OpenPGP key");
	assert_fails(seal_key_read("hello\n", 6, "", &k, NULL, &e), ERR_INPUT, "no OpenPGP key");

	/* revoked by its owner, by the certificate gpg made along with it */
	read_key(dir, "alice", &b);
	assert_works(seal_key_read(b.data, b.len, "", &k, NULL, &e));
	(void)snprintf(path, sizeof(path), "sed -i 's/^:---/---/' %s/g/openpgp-revocs.d/%s.rev", unit_dir, k.fpr);
	assert_int_equal(system(path), 0);
	(void)snprintf(path, sizeof(path), "--import %s/g/openpgp-revocs.d/%s.rev", unit_dir, k.fpr);
	gpg("g", path);
	export("g", "--armor --export", "revoked", "alice@example.net");

	make_home("site");
	(void)snprintf(path, sizeof(path), "%s/site", unit_dir);
	assert_works(sign_open(&s, path, &e));
	assert_works(sign_make_key(s, "Site <site@example.net>", fpr, &e));
	assert_fails(seal_encrypt(s, fpr, k.fpr, "x", 1, &sealed, &e), ERR_INPUT, "receiver's key");
	assert_fails(seal_import(s, fpr, out.data, out.len, &e), ERR_INPUT, "holds another");
	assert_works(seal_import(s, k.fpr, out.data, out.len, &e));
	assert_works(seal_import(s, k.fpr, out.data, out.len, &e));
	assert_works(seal_encrypt(s, fpr, k.fpr, "x", 1, &sealed, &e));
	assert_memory_equal(sealed.data, "-----BEGIN PGP MESSAGE-----\n", 28);
	buf_clear(&sealed);
	assert_works(seal_detached(s, fpr, "x", 1, &sealed, micalg, &e));
	assert_memory_equal(micalg, "pgp-sha", 7);
	read_key(dir, "revoked", &b);
	assert_fails(seal_import(s, k.fpr, b.data, b.len, &e), ERR_INPUT, "revoked");
	/* the old bytes do not take it back */
	assert_fails(seal_import(s, k.fpr, out.data, out.len, &e), ERR_INPUT, "revoked");
	assert_fails(seal_encrypt(s, fpr, k.fpr, "x", 1, &sealed, &e), ERR_INPUT, "revoked");
	assert_works(seal_forget(s, k.fpr, &e));
	assert_works(seal_forget(s, k.fpr, &e));
	assert_fails(seal_forget(s, fpr, &e), ERR_IO, "forget");	/* our own stays */
	assert_works(seal_detached(s, fpr, "x", 1, &sealed, micalg, &e));
	sign_close(s);
	(void)snprintf(path, sizeof(path), "gpgconf --homedir %s/g --kill all", unit_dir);
	assert_int_equal(system(path), 0);
	close(dir);
	buf_free(&b);
	buf_free(&out);
	buf_free(&sealed);
}

static void
archives(void **state)
{
	int dir = scratch();
	struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
	struct buf *out[] = { &a, &b };
	char line[700];
	struct error e;
	struct zip z;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		zip_begin(&z, out[i], "2026-11-21");
		assert_works(zip_add(&z, "d/a.txt", "hello\n", 6, &e));
		assert_works(zip_add(&z, "d/empty", "", 0, &e));
		assert_works(zip_end(&z, &e));
	}
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	i = openat(dir, "a.zip", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(i, a.data, a.len), a.len);
	close(i);
	(void)snprintf(line, sizeof(line), "python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
	    "assert z.testzip() is None; assert z.read(\"d/a.txt\") == b\"hello\\n\"; "
	    "assert z.infolist()[0].date_time == (2026, 11, 21, 0, 0, 0); assert len(z.namelist()) == 2' "
	    "%s/a.zip", unit_dir);
	assert_int_equal(system(line), 0);
	zip_begin(&z, &b, "2026-11-21");
	assert_fails(zip_end(&z, &e), ERR_INPUT, "without files");
	close(dir);
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keys), cmocka_unit_test(archives) };

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
