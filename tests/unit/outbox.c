/*
 * outbox -- every state and how it is reached: a message is sent from `queued` alone, and nothing but a
 * person brings one back there.
 */
#include "unit.h"

#include "moment.h"
#include "outbox.h"

#define NOW	(INT64_C(1795221000) * MOMENT_SECOND)

static struct outbox *o;
static int site;

static void
put(const char *what, int want)
{
	struct outbox_item it = { .kind = "pack", .from = "a@example.net", .to = "b@example.net",
	    .message_id = "<x@example.net>", .subject = "CLEAN" };
	struct buf m = BUF_INIT(4096);
	struct error e = { 0 };

	outbox_id(it.id, it.kind, what, it.to);
	it.about = json_pack("{s:s}", "manifest", what);
	assert_int_equal(buf_addf(&m, &e, "Subject: %s\r\n\r\n.\r\nbody\nwith lines\r\n", what), 0);
	assert_int_equal(outbox_put(o, &it, &m, NOW, &e), want);
	outbox_item_free(&it);
	buf_free(&m);
}

static const char *
id_of(const char *what)
{
	static char id[OUTBOX_ID];

	outbox_id(id, "pack", what, "b@example.net");
	return id;
}

static enum outbox_state
state_of(const char *what)
{
	struct outbox_item it;
	struct error e = { 0 };

	if (outbox_get(o, id_of(what), &it, &e) == -1)
		fail_msg("%s: %s", what, e.text);
	outbox_item_free(&it);
	return it.state;
}

static int
begin(void **state)
{
	struct error e;

	(void)state;
	site = scratch();
	return outbox_open(&o, site, &e);
}

static int
end(void **state)
{
	(void)state;
	outbox_close(o);
	close(site);
	return 0;
}

static void
once(void **state)
{
	struct outbox_item it;
	struct buf m = BUF_INIT(4096);
	struct error e;
	struct lock l;

	(void)state;
	put("m1", 0);
	put("m1", 1);
	assert_works(outbox_get(o, id_of("m1"), &it, &e));
	assert_int_equal(it.state, OUTBOX_QUEUED);
	assert_string_equal(it.to, "b@example.net");
	assert_string_equal(json_string_value(json_object_get(it.about, "manifest")), "m1");
	assert_true(it.queued == NOW && it.attempts == 0 && it.next == 0);
	outbox_item_free(&it);
	assert_works(outbox_message(o, id_of("m1"), &m, &e));
	assert_string_equal(m.data, "Subject: m1\r\n\r\n.\r\nbody\nwith lines\r\n");
	buf_free(&m);

	assert_works(outbox_sender(o, &l, NOW, &e));
	assert_works(outbox_later(o, id_of("m1"), "450 later\r\n\033[1m", NOW + 1, NOW + 60, &e));
	assert_works(outbox_get(o, id_of("m1"), &it, &e));
	assert_int_equal(it.state, OUTBOX_QUEUED);
	assert_int_equal(it.attempts, 1);
	assert_true(it.next == NOW + 60);
	assert_string_equal(it.answer, "450 later???[1m");
	outbox_item_free(&it);
	assert_fails(outbox_sent(o, id_of("m1"), "", NOW, &e), ERR_CONFLICT, "queued");
	assert_works(outbox_going(o, id_of("m1"), &e));
	assert_int_equal(state_of("m1"), OUTBOX_SENDING);
	assert_works(outbox_sent(o, id_of("m1"), "250 ok", NOW + 2, &e));
	lock_drop(&l);
	assert_int_equal(state_of("m1"), OUTBOX_SENT);
	put("m1", 1);
	assert_fails(outbox_retry(o, id_of("m1"), "me", NOW, &e), ERR_CONFLICT, "sent");
	assert_fails(outbox_drop(o, id_of("m1"), "me", NOW, &e), ERR_CONFLICT, "sent");
	assert_fails(outbox_message(o, id_of("m1"), &m, &e), ERR_NOTFOUND, "no message");
	assert_fails(outbox_get(o, "../../etc/passwd", &it, &e), ERR_NOTFOUND, "no message");
	assert_fails(outbox_drop(o, "", "me", NOW, &e), ERR_NOTFOUND, "no message");
}

/* One sender at a time; what he left when he was killed is nobody's to send. */
static void
killed(void **state)
{
	struct outbox_item it;
	struct error e;
	struct lock l, other;

	(void)state;
	put("k1", 0);
	assert_works(outbox_sender(o, &l, NOW, &e));
	assert_fails(outbox_sender(o, &other, NOW, &e), ERR_AGAIN, "another");
	assert_works(outbox_going(o, id_of("k1"), &e));
	lock_drop(&l);			/* and no word of how it ended */
	assert_works(outbox_sender(o, &l, NOW, &e));
	assert_int_equal(state_of("k1"), OUTBOX_UNCERTAIN);
	assert_fails(outbox_going(o, id_of("k1"), &e), ERR_IO, "rename");
	lock_drop(&l);
	put("k1", 1);
	assert_works(outbox_retry(o, id_of("k1"), "me", NOW + 5, &e));
	assert_works(outbox_get(o, id_of("k1"), &it, &e));
	assert_int_equal(it.state, OUTBOX_QUEUED);
	assert_int_equal(it.attempts, 0);
	assert_string_equal(it.message_id, "<x@example.net>");
	outbox_item_free(&it);
	assert_works(outbox_drop(o, id_of("k1"), "me", NOW + 6, &e));
	assert_int_equal(state_of("k1"), OUTBOX_DROPPED);
	put("k1", 1);

	/* killed between the record and the removal */
	put("k2", 0);
	assert_works(outbox_sender(o, &l, NOW, &e));
	assert_works(outbox_going(o, id_of("k2"), &e));
	assert_int_equal(linkat(site, "outbox/going", site, "outbox/x", 0), -1);
	{
		char from[80], to[80];

		(void)snprintf(from, sizeof(from), "outbox/going/%s", id_of("k2"));
		(void)snprintf(to, sizeof(to), "outbox/%s.copy", id_of("k2"));
		assert_int_equal(linkat(site, from, site, to, 0), 0);
		assert_works(outbox_sent(o, id_of("k2"), "250 ok", NOW, &e));
		assert_int_equal(renameat(site, to, site, from), 0);
		assert_int_equal(state_of("k2"), OUTBOX_SENT);
		lock_drop(&l);
		assert_works(outbox_sender(o, &l, NOW, &e));
		assert_int_equal(faccessat(site, from, F_OK, 0), -1);
		assert_int_equal(state_of("k2"), OUTBOX_SENT);
	}
	lock_drop(&l);
}

static void
ends(void **state)
{
	struct error e;
	struct lock l;

	(void)state;
	put("e1", 0);
	put("e2", 0);
	put("e3", 0);
	assert_works(outbox_sender(o, &l, NOW, &e));
	assert_works(outbox_failed(o, id_of("e1"), "550 no", NOW, &e));	/* before its end went out */
	assert_works(outbox_going(o, id_of("e2"), &e));
	assert_works(outbox_failed(o, id_of("e2"), "554 no", NOW, &e));
	assert_works(outbox_going(o, id_of("e3"), &e));
	assert_works(outbox_doubt(o, id_of("e3"), "timed out", NOW, &e));
	lock_drop(&l);
	assert_int_equal(state_of("e1"), OUTBOX_FAILED);
	assert_int_equal(state_of("e2"), OUTBOX_FAILED);
	assert_int_equal(state_of("e3"), OUTBOX_UNCERTAIN);
	put("e1", 1);
	put("e3", 1);
	assert_works(outbox_retry(o, id_of("e2"), "me", NOW, &e));
	assert_int_equal(state_of("e2"), OUTBOX_QUEUED);
	assert_fails(outbox_retry(o, id_of("e2"), "me", NOW, &e), ERR_CONFLICT, "queued");
	assert_works(outbox_drop(o, id_of("e1"), "me", NOW, &e));
	assert_int_equal(state_of("e1"), OUTBOX_DROPPED);
}

static int
count_states(void *arg, const struct outbox_item *it, struct error *e)
{
	int *n = arg;

	(void)e;
	n[it->state]++;
	return 0;
}

/* A byte that changed on disk is not sent, and holds up nobody. */
static void
damaged(void **state)
{
	int n[OUTBOX_STATES] = { 0 }, fd;
	struct buf m = BUF_INIT(4096);
	char path[80];
	struct error e;

	(void)state;
	put("d1", 0);
	put("d2", 0);
	(void)snprintf(path, sizeof(path), "outbox/new/%s", id_of("d1"));
	assert_true((fd = openat(site, path, O_RDWR)) != -1);
	assert_int_equal(pwrite(fd, "X", 1, lseek(fd, 0, SEEK_END) - 3), 1);
	close(fd);
	assert_fails(outbox_message(o, id_of("d1"), &m, &e), ERR_CORRUPT, "not what was written");
	(void)snprintf(path, sizeof(path), "outbox/new/%s", id_of("d2"));
	assert_true((fd = openat(site, path, O_RDWR)) != -1);
	assert_int_equal(ftruncate(fd, 10), 0);
	close(fd);
	assert_works(outbox_each(o, count_states, n, &e));
	assert_int_equal(n[OUTBOX_QUEUED], 1);
	assert_int_equal(n[OUTBOX_FAILED], 1);
	put("d2", 1);
	assert_works(outbox_drop(o, id_of("d2"), "me", NOW, &e));
	buf_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(once, begin, end),
		cmocka_unit_test_setup_teardown(killed, begin, end),
		cmocka_unit_test_setup_teardown(ends, begin, end),
		cmocka_unit_test_setup_teardown(damaged, begin, end),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
