/*
 * sftp -- a folder on an SFTP server through libcurl: its names, and files of it (floor 4).
 *
 * Only a host whose key is pinned is talked to.  Nothing is written or removed there.
 */
#ifndef DAYBOOK_SFTP_H
#define DAYBOOK_SFTP_H

#include <stdint.h>

#include "buf.h"
#include "error.h"

struct sftp_login {
	const char	*host, *user, *directory;	/* directory: from / on */
	int		 port;
	const char	*host_keys;	/* "SHA256:...", several comma separated */
	const char	*key_file;	/* path of a private key, or "" */
	const char	*password;	/* or "" */
};

struct sftp;

/* ERR_CONFIG: a key file that others may read, or a library that can't check host keys. */
int	sftp_open(struct sftp **s, const struct sftp_login *l, struct error *e);
void	sftp_close(struct sftp *s);		/* NULL accepted */

/* A line of the listing that names a regular file; size -1 and stamp "" where it does not say. */
struct sftp_entry {
	char	name[256];
	int64_t	size;
	char	stamp[80];		/* size and date as they stand there */
};
/*
 * Both: ERR_AGAIN the server is not to be reached, or the connection broke; ERR_CONFIG it is not
 * the host whose key is pinned, or lets us not in; ERR_INPUT no such folder or file.
 */
int	sftp_list(struct sftp *s, struct sftp_entry **v, size_t *n, struct error *e);
/* The bytes from offset on are appended to fd; what came before an error is there.  ERR_NOTFOUND: the
 * file is shorter than offset. */
int	sftp_get(struct sftp *s, const char *name, int fd, int64_t offset, struct error *e);

/* One line of a listing: 1, or 0 where it names no regular file. */
int	sftp_entry_read(const char *line, size_t len, struct sftp_entry *en);

#endif
