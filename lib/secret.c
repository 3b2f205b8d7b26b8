/*
 * secret -- see secret.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "durable.h"
#include "secret.h"

#define FILE_MAX	(64 * 1024)	/* an SSH key is 3 kB, the rest is short */

void
secret_free(json_t *secrets)
{
	const char *name;
	json_t *v;

	if (secrets == NULL)
		return;
	if (json_is_object(json_object_get(secrets, "secrets"))) {	/* a whole file */
		json_incref(v = json_object_get(secrets, "secrets"));
		json_object_del(secrets, "secrets");
		secret_free(v);
	}
	json_object_foreach(secrets, name, v)
		if (json_is_string(v))
			explicit_bzero((void *)(uintptr_t)json_string_value(v), json_string_length(v));
	json_decref(secrets);
}

const char *
secret_text(const json_t *secrets, const char *name)
{
	const char *s = json_string_value(json_object_get(secrets, name));

	return s == NULL ? "" : s;
}

static int
file_name(const char *id, const char *token, char name[160])
{
	int n = token[0] == '\0' ? snprintf(name, 160, "%s.json", id) :
	    snprintf(name, 160, ".%s.json.%s", id, token);

	return n > 0 && n < 160 ? 0 : -1;
}

static int
open_dir(int sitefd, struct error *e)
{
	return durable_open_dir(sitefd, "secrets", e);
}

/* A file of ours as it is; ERR_NOTFOUND, ERR_CONFIG. */
static int
load(int dir, const char *id, const char *token, json_t **file, struct error *e)
{
	struct buf b = BUF_INIT(FILE_MAX);
	json_error_t je;
	struct stat st;
	char name[160];
	int rc = -1;

	if (file_name(id, token, name) == -1)
		return error_set(e, ERR_NOTFOUND, "no such secrets");
	if (buf_read_file(&b, dir, name, e) == -1)
		goto out;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || (st.st_mode & 007) != 0) {
		error_set(e, ERR_CONFIG, "secrets/%s: others than its owner may read it: chmod 600", name);
		goto out;
	}
	*file = json_loadb(b.data == NULL ? "" : b.data, b.len, JSON_REJECT_DUPLICATES, &je);
	if (!json_is_object(json_object_get(*file, "secrets"))) {
		secret_free(*file);
		*file = NULL;
		/* Not what jansson says: it may quote what it met. */
		error_set(e, ERR_CONFIG, "secrets/%s:%d: not a file of secrets", name, je.line);
		goto out;
	}
	rc = 0;
out:
	buf_free(&b);
	return rc;
}

static int
save(int dir, const char *name, const char *token, json_t *secrets, struct error *e)
{
	json_t *file = json_pack("{s:i,s:s,s:O}", "format", 1, "request", token, "secrets", secrets);
	char *text = file == NULL ? NULL : json_dumps(file, JSON_INDENT(2));
	int rc = -1;

	if (text == NULL)
		error_set(e, ERR_IO, "secrets: no memory");
	else if (strlen(text) > FILE_MAX)
		error_set(e, ERR_INPUT, "secrets of more than %d bytes", FILE_MAX);
	else
		rc = durable_write(dir, name, text, strlen(text), 0600, e);
	if (text != NULL) {
		explicit_bzero(text, strlen(text));
		free(text);
	}
	json_decref(file);
	return rc;
}

int
secret_stage(int sitefd, const char *id, const json_t *secrets, char token[SECRET_TOKEN],
    struct error *e)
{
	json_t *copy = json_deep_copy(secrets);
	uint64_t number;
	char name[160];
	int dir, rc = -1;

	/* Digits, as a process id would be: swept with other unfinished files. */
	randombytes_buf(&number, sizeof(number));
	(void)snprintf(token, SECRET_TOKEN, "%llu", (unsigned long long)number);
	if ((dir = open_dir(sitefd, e)) != -1) {
		rc = file_name(id, token, name) == -1 ? error_set(e, ERR_INPUT, "\"%.80s\" is no id", id) :
		    save(dir, name, token, copy, e);
		close(dir);
	}
	secret_free(copy);
	return rc;
}

void
secret_unstage(int sitefd, const char *id, const char *token)
{
	struct error ignored;
	char name[160];
	int dir = token[0] == '\0' ? -1 : open_dir(sitefd, &ignored);

	if (dir != -1 && file_name(id, token, name) == 0)
		(void)unlinkat(dir, name, 0);
	if (dir != -1)
		close(dir);
}

/*
 * What is there with what is staged: *there whole file or NULL, *staged whole file, or NULL where
 * token is "" or was taken before.
 */
static int
both(int dir, const char *id, const char *token, json_t **there, json_t **staged, struct error *e)
{
	*there = *staged = NULL;
	if (load(dir, id, "", there, e) == -1) {
		if (e->code != ERR_NOTFOUND)
			return -1;
		e->code = ERR_NONE;
	}
	if (token[0] == '\0' || strcmp(secret_text(*there, "request"), token) == 0)
		return 0;
	if (strspn(token, "0123456789") != strlen(token))
		return error_set(e, ERR_NOTFOUND, "secrets: \"%.24s\" is no token", token);
	if (load(dir, id, token, staged, e) == -1) {
		if (e->code == ERR_NOTFOUND)
			error_set(e, ERR_NOTFOUND, "secrets of %s are gone: give them again", id);
		return -1;
	}
	return 0;
}

/* New reference: the secrets as they will be. */
static json_t *
merged(const json_t *there, const json_t *staged)
{
	json_t *all = json_deep_copy(json_object_get(there, "secrets")), *v;
	const char *name;

	if (all == NULL && (all = json_object()) == NULL)
		return NULL;
	json_object_foreach(json_object_get(staged, "secrets"), name, v) {
		if (json_string_length(v) == 0)
			json_object_del(all, name);
		else
			json_object_set_new(all, name, json_deep_copy(v));
	}
	return all;
}

int
secret_names(int sitefd, const char *id, const char *token, json_t **names, struct error *e)
{
	json_t *there, *staged, *all, *v;
	const char *name;
	int dir = open_dir(sitefd, e), rc;

	if (dir == -1)
		return -1;
	rc = both(dir, id, token, &there, &staged, e);
	close(dir);
	if (rc == 0) {
		all = merged(there, staged);
		if ((*names = json_object()) == NULL || all == NULL)
			rc = error_set(e, ERR_IO, "secrets: no memory");
		json_object_foreach(all, name, v)
			json_object_set_new(*names, name, json_true());
		secret_free(all);
	}
	secret_free(there);
	secret_free(staged);
	return rc;
}

int
secret_take(int sitefd, const char *id, const char *token, struct error *e)
{
	json_t *there, *staged, *all;
	char name[160];
	int dir = open_dir(sitefd, e), rc;

	if (dir == -1)
		return -1;
	if ((rc = both(dir, id, token, &there, &staged, e)) == 0 && staged != NULL) {
		all = merged(there, staged);
		if (all == NULL || file_name(id, "", name) == -1)
			rc = error_set(e, ERR_IO, "secrets: no memory");
		else
			rc = save(dir, name, token, all, e);
		secret_free(all);
		if (rc == 0 && file_name(id, token, name) == 0)
			(void)unlinkat(dir, name, 0);
	}
	secret_free(there);
	secret_free(staged);
	close(dir);
	return rc;
}

int
secret_load(int sitefd, const char *id, json_t **secrets, struct error *e)
{
	json_t *file = NULL;
	int dir = open_dir(sitefd, e), rc;

	if (dir == -1)
		return -1;
	rc = load(dir, id, "", &file, e);
	close(dir);
	if (rc == -1 && e->code != ERR_NOTFOUND)
		return -1;
	e->code = ERR_NONE;
	*secrets = file == NULL ? json_object() : json_incref(json_object_get(file, "secrets"));
	if (file != NULL) {
		json_object_del(file, "secrets");
		json_decref(file);
	}
	return 0;
}

int
secret_remove(int sitefd, const char *id, struct error *e)
{
	char name[160];
	int dir = open_dir(sitefd, e), rc = 0;

	if (dir == -1)
		return -1;
	if (file_name(id, "", name) == 0 && unlinkat(dir, name, 0) == -1) {
		if (errno != ENOENT)
			rc = error_sys(e, "secrets/%s", name);
	} else
		rc = durable_sync_dir(dir, "secrets", e);
	close(dir);
	return rc;
}
