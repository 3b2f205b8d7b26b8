/*
 * evidence -- raw messages and what the provider answered: evidence/YYYY-MM.jsonl.
 *
 * Kept apart from the journal, which refers to a line by place and SHA-256, so that the journal
 * stays small and raw bytes can be redacted by a recorded act.  Bytes are base64 unless every
 * one is 0x20-0x7E.  Written and synced before the journal of the same batch.
 */
#ifndef DAYBOOK_EVIDENCE_H
#define DAYBOOK_EVIDENCE_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "record.h"
#include "spool.h"

struct verdict {			/* what the provider answered when asked */
	int	 code;			/* VERDICT_* */
	int64_t	 asked;			/* when the answer came */
	long	 http;			/* status, 0 where there was none */
	char	 answer[256];		/* its first bytes, printable */
};
enum { VERDICT_NONE, VERDICT_YES, VERDICT_NO, VERDICT_UNKNOWN };

struct evidence;

int	evidence_open(struct evidence **ev, int dirfd, struct error *e);
void	evidence_close(struct evidence *ev);
/* Adds to the pending batch; fills r's ev_*, body_sha256, body_len.  month: the record's. */
int	evidence_add(struct evidence *ev, const struct message *m, const struct verdict *v,
	    const char month[8], struct record *r, struct error *e);
/* Bytes the provider called invalid: kept in refused/, of bounded size and age, not synced. */
int	evidence_refused(struct evidence *ev, const struct message *m, const struct verdict *v,
	    int64_t now, struct record *r, struct error *e);
/* Bytes that evidence_commit will write. */
size_t	evidence_pending(const struct evidence *ev);
/* One write, one fdatasync; ERR_IO is final. */
int	evidence_commit(struct evidence *ev, struct error *e);
/*
 * evidence_read: the line a record points to, checked against its SHA-256 (ERR_CORRUPT), as
 * message and verdict.  m must be zeroed; message_free it.
 */
int	evidence_read(int dirfd, const struct record *r, struct message *m, struct verdict *v,
	    struct error *e);
/* The same line as it stands there, with its newline, appended to out.  ERR_NOTFOUND: none was kept. */
int	evidence_line(int dirfd, const struct record *r, struct buf *out, struct error *e);

#endif
