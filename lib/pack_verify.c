/*
 * pack_verify -- a pack against its own signature, and the signature against a pinned key.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaks.h"
#include "digest.h"
#include "durable.h"
#include "pack.h"
#include "pack_readd.h"
#include "sign.h"

static int
read_file(int dir, const char *name, struct buf *b, struct error *e)
{
	if (buf_read_file(b, dir, name, e) == 0)
		return 0;
	return error_set(e, ERR_CORRUPT, "%s: %s", name, e->code == ERR_NOTFOUND ? "missing" : e->text);
}

/* Each listed file has its digest; names go into `listed`. */
static int
check_files(int dir, const json_t *files, json_t *listed, struct error *e)
{
	size_t i;

	if (!json_is_array(files) || json_array_size(files) == 0)
		return error_set(e, ERR_CORRUPT, "manifest.json: lists no files");
	for (i = 0; i < json_array_size(files); i++) {
		const char *line = json_string_value(json_array_get(files, i)), *name;
		struct error why = { 0 };
		char hex[65];

		if (line == NULL || strlen(line) < 67 || line[64] != ' ' || line[65] != ' ' ||
		    strchr(line + 66, '/') != NULL || line[66] == '.')
			return error_set(e, ERR_CORRUPT, "manifest.json: files: line %zu is none", i + 1);
		name = line + 66;
		if (digest_file(dir, name, hex, &why) == -1)
			return error_set(e, ERR_CORRUPT, "%s: %s", name, why.code == ERR_NOTFOUND ? "missing" :
			    why.text);
		if (memcmp(hex, line, 64) != 0)
			return error_set(e, ERR_CORRUPT, "%s: not as it was signed", name);
		json_object_set_new(listed, name, json_true());
	}
	return 0;
}

static int
no_extra(int dir, const json_t *listed, struct error *e)
{
	struct dirent *d;
	struct stat st;
	DIR *dp;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return error_sys(e, "open");
	}
	while (rc == 0 && (d = readdir(dp)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode))
			rc = error_set(e, ERR_CORRUPT, "%s: not a regular file", d->d_name);
		else if (strcmp(d->d_name, "manifest.json") != 0 &&
		    strcmp(d->d_name, "manifest.json.asc") != 0 &&
		    json_object_get(listed, d->d_name) == NULL)
			rc = error_set(e, ERR_CORRUPT, "%s: was not signed with the others", d->d_name);
	}
	closedir(dp);
	return rc;
}

static void
describe(const char *path, const json_t *m, const struct buf *text, struct pack_chain *c)
{
	char full[PATH_MAX];
	const char *name = realpath(path, full) == NULL ? path : full;

	memset(c, 0, sizeof(*c));
	(void)snprintf(c->name, sizeof(c->name), "%.255s", strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1);
	c->number = (int)json_integer_value(json_object_get(m, "number"));
	digest_hex(c->sha256, text->data, text->len);
	(void)snprintf(c->previous, sizeof(c->previous), "%s", breaks_text(m, "previous_manifest"));
	(void)snprintf(c->site, sizeof(c->site), "%s", breaks_text(m, "site"));
	(void)snprintf(c->book, sizeof(c->book), "%s", breaks_text(m, "book"));
}

int
pack_verify_one(const char *path, const char *fpr, struct pack_chain *c, struct error *e)
{
	struct buf manifest = BUF_INIT(16 * 1024 * 1024), sig = BUF_INIT(65536), key = BUF_INIT(1 << 20);
	json_t *j = NULL, *listed = json_object();
	json_error_t je;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = -1;

	if (dir == -1) {
		error_sys(e, "%s", path);
		e->code = ERR_INPUT;
		goto out;
	}
	if (read_file(dir, "manifest.json", &manifest, e) == -1 ||
	    read_file(dir, "manifest.json.asc", &sig, e) == -1 ||
	    read_file(dir, "public-key.asc", &key, e) == -1)
		goto out;
	if (sign_verify(fpr, key.data, key.len, sig.data, sig.len, manifest.data, manifest.len, e) == -1) {
		char why[sizeof(e->text)];

		memcpy(why, e->text, sizeof(why));
		error_set(e, e->code, "manifest.json.asc: %.400s", why);
		goto out;
	}
	if ((j = json_loadb(manifest.data, manifest.len, JSON_REJECT_DUPLICATES, &je)) == NULL) {
		error_set(e, ERR_CORRUPT, "manifest.json: line %d: %s", je.line, je.text);
		goto out;
	}
	if (check_files(dir, json_object_get(j, "files"), listed, e) == -1 ||
	    no_extra(dir, listed, e) == -1)
		goto out;
	describe(path, j, &manifest, c);
	rc = pack_readd(dir, j, c, e);
out:
	if (dir != -1)
		close(dir);
	json_decref(j);
	json_decref(listed);
	buf_free(&manifest);
	buf_free(&sig);
	buf_free(&key);
	return rc;
}

int
pack_verify(const char *path, const char *fpr, struct error *e)
{
	struct pack_chain ignored;

	return pack_verify_one(path, fpr, &ignored, e);
}
