/*
 * spool -- messages in and out to the byte, its limits, and what must be set aside unread.
 */
#include "unit.h"

#include <sodium.h>

#include "durable.h"
#include "moment.h"
#include "site.h"
#include "spool.h"

#define NOW	INT64_C(1795201323123456)	/* 2026-11-20T19:02:03.123456Z */
#define NAME	"20261120T190203.123456-0123456789abcdef"
#define HEAD	"daybook-message 1\nintegration paypal_ipn\nkind paypal-ipn\nmode live\n" \
	"received 2026-11-20T19:02:03.123456Z\nremote 192.0.2.1\n"

static const struct spool_limits limits = { SPOOL_FILES_MAX, SPOOL_BYTES_MAX, 0 };

static int
new_spool(void)
{
	struct error e;
	int dir = scratch(), i;
	char path[64];

	for (i = 0; i < SPOOL_ORIGINS; i++) {
		(void)snprintf(path, sizeof(path), "spool/%s/tmp", spool_origin_name[i]);
		assert_works(durable_mkdirs(dir, path, 0770, &e));
		(void)snprintf(path, sizeof(path), "spool/%s/new", spool_origin_name[i]);
		assert_works(durable_mkdirs(dir, path, 0770, &e));
	}
	assert_works(durable_mkdirs(dir, "spool/aside", 0750, &e));
	return dir;
}

static void
message(struct message *m, const void *body, size_t len)
{
	struct error e;

	memset(m, 0, sizeof(*m));
	memcpy(m->integration, "paypal_ipn", 11);
	memcpy(m->kind, "paypal-ipn", 11);
	memcpy(m->remote, "192.0.2.1", 10);
	m->mode = BOOK_TEST;
	m->received = NOW;
	m->body = (struct buf)BUF_INIT(SPOOL_BODY_MAX);
	assert_works(buf_add(&m->body, body, len, &e));
}

static void
in_and_out(void **state)
{
	static const struct { const char *s; size_t len; } bodies[] = {
		{ "a=1", 3 }, { "", 0 }, { "\n\n", 2 }, { "\0\r\n\xff=%", 6 }, { "length 5\n\nx", 11 },
	};
	struct message m, back;
	struct spool_name *v = NULL;
	struct spool_dir in;
	struct error e;
	size_t n = 0, i;
	int dir = new_spool();

	(void)state;
	for (i = 0; i < COUNT(bodies); i++) {
		message(&m, bodies[i].s, bodies[i].len);
		m.received += (int64_t)i;
		assert_works(spool_put(dir, &limits, &m, &e));
		assert_true(spool_id_valid(m.id));
		assert_memory_equal(m.id, NAME, 17);
		assert_works(spool_get(dir, SPOOL_IN, m.id, &back, &e));
		assert_int_equal(back.body.len, bodies[i].len);
		assert_memory_equal(back.body.data, bodies[i].s, bodies[i].len);
		assert_int_equal(back.received, m.received);
		assert_int_equal(back.mode, BOOK_TEST);
		assert_string_equal(back.integration, m.integration);
		assert_string_equal(back.kind, m.kind);
		assert_string_equal(back.remote, m.remote);
		assert_string_equal(back.id, m.id);
		message_free(&m);
		message_free(&back);
	}
	assert_works(spool_open(&in, dir, SPOOL_IN, &e));
	assert_works(spool_list(dir, SPOOL_IN, 100, &v, &n, &e));
	assert_int_equal(n, COUNT(bodies));
	for (i = 1; i < n; i++)	/* by arrival */
		assert_true(strcmp(v[i - 1].id, v[i].id) < 0);
	assert_works(spool_remove(&in, v[0].id, &e));
	assert_works(spool_remove(&in, v[0].id, &e));
	assert_fails(spool_get(dir, SPOOL_IN, v[0].id, &back, &e), ERR_NOTFOUND, "gone");
	assert_fails(spool_remove(&in, "../tmp/x", &e), ERR_INPUT, "no such name");
	spool_close(&in);
	free(v);
	v = NULL;
	assert_works(spool_list(dir, SPOOL_IN, 2, &v, &n, &e));
	assert_int_equal(n, 2);
	free(v);
	close(dir);
}

static void
heads(void **state)
{
	static const struct { const char *file, *says; } bad[] = {
		{ "", "not a message" }, { "daybook-message 2\n\n", "not a message" },
		{ "daybook-message 1\n", "does not end" }, { HEAD, "does not end" },
		{ "daybook-message 1\n\n", "incomplete" }, { HEAD "\nx", "incomplete" },
		{ HEAD "length 3\n\nab", "another length" }, { HEAD "length 1\n\nab", "another length" },
		{ HEAD "length -1\n\n", "length" }, { HEAD "length 2097153\n\n", "length" },
		{ HEAD "length 1e1\n\n", "length" }, { HEAD "length\n\n", "unknown line" },
		{ HEAD "colour red\nlength 0\n\n", "unknown line" }, { HEAD "Length 0\n\n", "unknown line" },
		{ HEAD " length 0\n\n", "unknown line" },
		{ "daybook-message 1\nkind paypal-ipn\nmode both\nlength 0\n\n", "mode" },
		{ "daybook-message 1\nkind a/b\nmode live\nlength 0\n\n", "kind" },
		{ "daybook-message 1\nkind A12345678901234567890123456789012\nmode live\nlength 0\n\n", "kind" },
		{ "daybook-message 1\nintegration ../x\nkind k\nmode live\nlength 0\n\n", "integration" },
		{ "daybook-message 1\nkind k\nmode live\nreceived now\nlength 0\n\n", "time" },
		{ "daybook-message 1\nmode live\nreceived 2026-11-20T19:02:03Z\nlength 0\n\n", "incomplete" },
		{ "daybook-message 1\nkind k\nreceived 2026-11-20T19:02:03Z\nlength 0\n\n", "incomplete" },
		{ HEAD "remote 1234567890123456789012345678901234567890123456789012345678901234\nlength 0\n\n",
		    "remote" },
	};
	static char longest[SPOOL_HEAD_MAX + 100];
	struct message m;
	struct error e;
	size_t i;
	int dir = new_spool();

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		put_file(dir, "spool/in/new/" NAME, bad[i].file, strlen(bad[i].file));
		assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, bad[i].says);
		message_free(&m);
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "daybook-message 1\nremote ", 25);
	put_file(dir, "spool/in/new/" NAME, longest, sizeof(longest));
	assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, "does not end");
	message_free(&m);
	put_file(dir, "spool/in/new/" NAME, HEAD "length 2\n\nab", sizeof(HEAD) - 1 + 12);
	assert_works(spool_get(dir, SPOOL_IN, NAME, &m, &e));
	assert_string_equal(m.body.data, "ab");
	message_free(&m);
	close(dir);
}

static void
foreign(void **state)
{
	struct message m;
	struct spool_name *v = NULL;
	struct error e;
	size_t n = 0;
	int dir = new_spool(), new, fd;

	(void)state;
	new = openat(dir, "spool/in/new", O_RDONLY | O_DIRECTORY);
	put_file(dir, "good", HEAD "length 0\n\n", sizeof(HEAD) - 1 + 10);
	assert_int_equal(symlinkat("../../../good", new, NAME), 0);
	assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, "not a regular file");
	message_free(&m);
	assert_works(spool_aside(dir, SPOOL_IN, NAME, &e));
	assert_works(spool_aside(dir, SPOOL_IN, NAME, &e));	/* another run did it */
	assert_int_equal(faccessat(dir, "spool/aside/in." NAME, F_OK, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(mkfifoat(new, NAME, 0600), 0);
	assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, "not a regular file");
	message_free(&m);
	assert_int_equal(unlinkat(new, NAME, 0), 0);
	assert_int_equal(mkdirat(new, NAME, 0700), 0);
	assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, "not a regular file");
	message_free(&m);
	assert_int_equal(unlinkat(new, NAME, AT_REMOVEDIR), 0);
	assert_int_equal(linkat(dir, "good", new, NAME, 0), 0);
	assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, "has 2 links");
	message_free(&m);
	assert_int_equal(unlinkat(dir, "good", 0), 0);
	assert_works(spool_get(dir, SPOOL_IN, NAME, &m, &e));
	message_free(&m);
	fd = openat(new, NAME, O_WRONLY);
	assert_int_equal(ftruncate(fd, SPOOL_BODY_MAX + SPOOL_HEAD_MAX + 1), 0);
	close(fd);
	assert_fails(spool_get(dir, SPOOL_IN, NAME, &m, &e), ERR_INPUT, "too large");
	message_free(&m);
	assert_fails(spool_get(dir, SPOOL_IN, "README", &m, &e), ERR_INPUT, "no message id");
	message_free(&m);
	assert_works(spool_aside(dir, SPOOL_IN, NAME, &e));
	assert_works(spool_unaside(dir, SPOOL_IN, NAME, &e));
	assert_fails(spool_unaside(dir, SPOOL_IN, NAME, &e), ERR_NOTFOUND, "is not set aside");
	put_file(dir, "spool/in/new/.hidden", "", 0);
	put_file(dir, "spool/in/new/foreign", "", 0);
	assert_works(spool_list(dir, SPOOL_IN, 100, &v, &n, &e));
	assert_int_equal(n, 2);	/* shown, to be set aside; names with a dot are not finished */
	free(v);
	close(new);
	close(dir);
}

static void
ids(void **state)
{
	static const char *const bad[] = { "", "20261120T190203.123456-0123456789abcde",
	    "20261120T190203.123456-0123456789abcdef0", "20261120T190203.123456-0123456789ABCDEF",
	    "20261120T190203.123456_0123456789abcdef", "2026112xT190203.123456-0123456789abcdef",
	    "20261120 190203.123456-0123456789abcdef", "../../../../../../../../etc/passwd-xxxxx" };
	size_t i;

	(void)state;
	assert_true(spool_id_valid(NAME));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(spool_id_valid(bad[i]));
}

static void
full(void **state)
{
	struct spool_limits few = { 3, SPOOL_BYTES_MAX, 0 }, small = { SPOOL_FILES_MAX, 1000, 0 };
	struct spool_limits disk = { SPOOL_FILES_MAX, SPOOL_BYTES_MAX, INT64_MAX };
	char body[600];
	struct message m;
	struct error e;
	int dir = new_spool(), i;

	(void)state;
	memset(body, 'x', sizeof(body));
	message(&m, body, sizeof(body));
	assert_fails(spool_put(dir, &disk, &m, &e), ERR_AGAIN, "min_free");
	for (i = 0; i < 3; i++)
		assert_works(spool_put(dir, &few, &m, &e));
	assert_fails(spool_put(dir, &few, &m, &e), ERR_AGAIN, "full (3 messages");
	assert_fails(spool_put(dir, &small, &m, &e), ERR_AGAIN, "full (3 messages");
	m.origin = SPOOL_DESK;	/* a full door for strangers leaves the operator's open */
	assert_works(spool_put(dir, &few, &m, &e));
	message_free(&m);
	close(dir);
}

static void
sweep(void **state)
{
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	int dir = new_spool();

	(void)state;
	put_file(dir, "spool/in/tmp/old", "", 0);
	put_file(dir, "spool/in/tmp/young", "", 0);
	put_file(dir, "spool/in/new/old", "", 0);
	assert_int_equal(utimensat(dir, "spool/in/tmp/old", old, 0), 0);
	assert_int_equal(utimensat(dir, "spool/in/new/old", old, 0), 0);
	spool_sweep(dir, moment_now(), 3600);
	assert_int_equal(faccessat(dir, "spool/in/tmp/old", F_OK, 0), -1);
	assert_int_equal(faccessat(dir, "spool/in/tmp/young", F_OK, 0), 0);
	assert_int_equal(faccessat(dir, "spool/in/new/old", F_OK, 0), 0);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_and_out), cmocka_unit_test(heads), cmocka_unit_test(foreign),
		cmocka_unit_test(ids), cmocka_unit_test(full), cmocka_unit_test(sweep),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
