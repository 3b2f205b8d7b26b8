/*
 * cmd_mail -- receiver add, list, remove; mail, mail send, mail retry, mail drop; packs.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd.h"
#include "courier.h"
#include "door.h"
#include "moment.h"
#include "outbox.h"
#include "packs.h"
#include "receiver.h"
#include "seal.h"
#include "text.h"

/* ---- receivers ---- */

static int
receiver_add(struct cmd *c)
{
	const char *email = c->operand[1], *file = cmd_option(c, "key");
	struct buf given = BUF_INIT(1024 * 1024), key = BUF_INIT(SEAL_KEY_MAX);
	char groups[SIGN_GROUPS], until[MOMENT_TEXT];
	struct seal_key k = { .names = 1 };
	struct error why = { 0 };
	int rc;

	if (file != NULL && (buf_read_file(&given, AT_FDCWD, file, &why) == -1 ||
	    seal_key_read(given.data == NULL ? "" : given.data, given.len, email, &k, &key, &why) == -1)) {
		error_set(&c->e, why.code == ERR_IO ? ERR_IO : ERR_INPUT, "%.200s: %.280s", file, why.text);
		rc = cmd_fail(c);
		goto out;
	}
	if (file == NULL)
		printf("%s: no key, so the verdict only and how to fetch the pack\n", email);
	else
		printf("%s: key %s\n  %s, %s%s\n  compare this fingerprint with its owner, not by mail\n", email,
		    sign_groups(k.fpr, groups), k.userid, k.expires == 0 ? "does not expire" : "expires ",
		    k.expires == 0 ? "" : moment_print(k.expires, until));
	if (!k.names)
		printf("  none of its user ids has the address %s\n", email);
	rc = cmd_request(c, json_pack("{s:s,s:s,s:s,s:s}", "verb", "receiver-add", "email", email,
	    "fingerprint", k.fpr, "key", key.len == 0 ? "" : key.data));
out:
	buf_free(&given);
	buf_free(&key);
	return rc;
}

/* A key of nobody any more leaves the site's keyring; that another has the same is found first. */
static void
forget_key(struct cmd *c, const char *fpr)
{
	struct receiver *v = NULL;
	struct sign *s = NULL;
	struct error ignored = { 0 };
	char home[PATH_MAX];
	size_t n = 0, i;

	if (receiver_list(&c->site, &v, &n, &ignored) == -1)
		return;
	for (i = 0; i < n && strcmp(v[i].fpr, fpr) != 0; i++)
		continue;
	if (i == n && strcmp(fpr, c->site.key) != 0 &&
	    snprintf(home, sizeof(home), "%s/gnupg", c->site.path) < (int)sizeof(home) &&
	    sign_open(&s, home, &ignored) == 0)
		(void)seal_forget(s, fpr, &ignored);	/* without use there: nothing is encrypted to it */
	sign_close(s);
	receiver_free(v, n);
}

static int
receiver_remove(struct cmd *c)
{
	struct receiver *v = NULL;
	char low[MIME_ADDRESS], fpr[65] = "";
	size_t n = 0, i;
	int rc;

	(void)snprintf(low, sizeof(low), "%s", c->operand[1]);
	text_lower(low);
	if (receiver_list(&c->site, &v, &n, &c->e) == -1)
		return cmd_fail(c);
	for (i = 0; i < n; i++)
		if (strcmp(v[i].email, low) == 0)
			memcpy(fpr, v[i].fpr, sizeof(fpr));
	receiver_free(v, n);
	rc = cmd_request(c, json_pack("{s:s,s:s}", "verb", "receiver-remove", "email", c->operand[1]));
	if (rc == 0 && fpr[0] != '\0')
		forget_key(c, fpr);
	return rc;
}

static int
receivers(struct cmd *c)
{
	struct table *t = table_new("email,fingerprint,key,expires,since,who", c->format);
	struct receiver *v = NULL;
	size_t n = 0, i;
	int rc;

	if (t == NULL || receiver_list(&c->site, &v, &n, &c->e) == -1) {
		table_free(t);
		return cmd_fail(c);
	}
	for (i = 0, rc = 0; i < n && rc == 0; i++) {
		char groups[SIGN_GROUPS], until[MOMENT_TEXT] = "";
		const char *state = "none";
		struct seal_key k = { .expires = 0 };
		struct error why = { 0 };
		const char *cell[6];

		if (v[i].key != NULL) {
			state = seal_key_read(v[i].key, strlen(v[i].key), v[i].email, &k, NULL, &why) == 0 &&
			    strcmp(k.fpr, v[i].fpr) == 0 ? "usable" : "unusable";
			if (strcmp(state, "unusable") == 0)
				fprintf(stderr, "daybook: receiver %s: %s\n", v[i].email, why.text);
		}
		if (k.expires != 0)
			moment_print(k.expires, until);
		cell[0] = v[i].email;
		cell[1] = c->format == TABLE_TEXT ? sign_groups(v[i].fpr, groups) : v[i].fpr;
		cell[2] = state;
		cell[3] = until;
		cell[4] = v[i].since;
		cell[5] = v[i].who;
		rc = table_row(t, cell, &c->e);
	}
	receiver_free(v, n);
	if (rc == -1) {
		table_free(t);
		return cmd_fail(c);
	}
	return cmd_print(c, t);
}

int
cmd_receiver(struct cmd *c)
{
	const char *what = c->operand[0];

	if (strcmp(what, "list") == 0 && c->n == 1)
		return receivers(c);
	if (c->n != 2)
		return cmd_usage("receiver %s wants an e-mail address", what);
	if (!mime_address_valid(c->operand[1]))
		return cmd_usage("receiver: an e-mail address is expected, not \"%.100s\"", c->operand[1]);
	if (strcmp(what, "add") == 0)
		return receiver_add(c);
	if (strcmp(what, "remove") == 0)
		return receiver_remove(c);
	return cmd_usage("receiver: add, list or remove is expected");
}

/* ---- the outbox ---- */

struct listing {
	struct cmd	*c;
	struct table	*t;
	int		 all;
};

static int
mail_row(void *arg, const struct outbox_item *it, struct error *e)
{
	struct listing *l = arg;
	char attempts[16], queued[MOMENT_TEXT], next[MOMENT_TEXT] = "", changed[MOMENT_TEXT] = "";
	const char *cell[] = { it->id, outbox_state_name[it->state], it->kind, it->to, it->subject,
	    moment_print(it->queued, queued), attempts, next, changed, it->answer };

	if (!l->all && (it->state == OUTBOX_SENT || it->state == OUTBOX_DROPPED))
		return 0;
	(void)snprintf(attempts, sizeof(attempts), "%d", it->attempts);
	if (it->state == OUTBOX_QUEUED && it->next != 0)
		moment_print(it->next, next);
	if (it->changed != 0)
		moment_print(it->changed, changed);
	return table_row(l->t, cell, e);
}

static int
mail_list(struct cmd *c, struct outbox *o)
{
	struct listing l = { c, table_new("id,state,kind,receiver,subject,queued,attempts>,next,changed,answer",
	    c->format), cmd_option(c, "waiting") == NULL };

	if (l.t == NULL || outbox_each(o, mail_row, &l, &c->e) == -1) {
		table_free(l.t);
		return cmd_fail(c);
	}
	return cmd_print(c, l.t);
}

static void
tell(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "daybook: %s\n", line);
}

static int
mail_send_now(struct cmd *c)
{
	struct courier_counts n;

	if (courier_run(&c->site, moment_now, tell, NULL, &n, &c->e) == -1)
		return cmd_fail(c);
	if (n.sent + n.queued + n.failed + n.doubtful > 0)
		printf("sent %d, queued %d, failed %d, uncertain %d\n", n.sent, n.queued, n.failed, n.doubtful);
	return n.failed + n.doubtful > 0 ? 1 : n.queued > 0 ? EX_TEMPFAIL : 0;
}

int
cmd_mail(struct cmd *c)
{
	struct outbox *o = NULL;
	char who[64];
	int rc, retry;

	if (c->n == 1 && strcmp(c->operand[0], "send") == 0)
		return mail_send_now(c);
	retry = c->n == 2 && strcmp(c->operand[0], "retry") == 0;
	if (c->n != 0 && !retry && !(c->n == 2 && strcmp(c->operand[0], "drop") == 0))
		return cmd_usage("mail: nothing, send, retry ID or drop ID is expected");
	if (outbox_open(&o, c->site.fd, &c->e) == -1)
		return cmd_fail(c);
	if (c->n == 0)
		rc = mail_list(c, o);
	else {
		door_who(who);
		rc = (retry ? outbox_retry : outbox_drop)(o, c->operand[1], who, moment_now(), &c->e) == -1 ?
		    cmd_fail(c) : 0;
		if (rc == 0)
			puts(retry ? "queued; daybook mail send sends it" : "dropped");
	}
	outbox_close(o);
	return rc;
}

/* ---- packs ---- */

int
cmd_packs(struct cmd *c)
{
	struct table *t = table_new("number>,period,manifest_sha256,chain_head,supersedes,book,key,receivers",
	    c->format);
	struct packs_entry *v = NULL;
	char *unreadable = NULL;
	size_t n = 0, i;
	int rc = 0;

	if (t == NULL || packs_list(&c->site, c->book, &v, &n, &unreadable, &c->e) == -1) {
		table_free(t);
		return cmd_fail(c);
	}
	if (unreadable != NULL)
		fprintf(stderr, "daybook: audit/%s: no manifest that can be read: %s\n",
		    site_book_name[c->book], unreadable);
	for (i = 0; i < n && rc == 0; i++) {
		char number[16];
		const char *cell[] = { number, v[i].name, v[i].sha256, v[i].head, v[i].supersedes,
		    site_book_name[c->book], v[i].key, v[i].receivers == NULL ? "" : v[i].receivers };

		(void)snprintf(number, sizeof(number), "%d", v[i].number);
		rc = table_row(t, cell, &c->e);
	}
	free(unreadable);
	packs_free(v, n);
	if (rc == -1) {
		table_free(t);
		return cmd_fail(c);
	}
	return cmd_print(c, t);
}
