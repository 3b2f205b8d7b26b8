/*
 * outbox_priv -- what the two files of the module `outbox` share; nobody else includes it.
 */
#ifndef DAYBOOK_OUTBOX_PRIV_H
#define DAYBOOK_OUTBOX_PRIV_H

#include "outbox.h"

#define OUTBOX_FORMAT	1
#define OUTBOX_WAIT_MS	10000	/* for another's change of state: a rename or one file written */

enum folder { NEW, GOING, DOUBT, FAILED, DONE, TRY, FOLDERS };
extern const char *const outbox_folder[FOLDERS];

struct outbox {
	int	dir, in[FOLDERS];
};

/* Every change of state and every look at all of them happens under this, for a moment only. */
int	outbox_state_lock(struct outbox *o, struct lock *l, struct error *e);
int	outbox_exists(const struct outbox *o, enum folder f, const char *id);
/* Where it is, FOLDERS if nowhere; done outweighs the others. */
enum folder outbox_find(const struct outbox *o, const char *id);
/* Everything known of one that lies in f.  0, or -1 (ERR_NOTFOUND, ERR_IO). */
int	outbox_load(struct outbox *o, enum folder f, const char *id, struct outbox_item *it, struct error *e);
/* The first line (line_only: a line end must be there); NULL with e set. */
json_t	*outbox_read_json(int dir, const char *id, int line_only, struct error *e);
json_t	*outbox_to_json(const struct outbox_item *it);
json_t	*outbox_moment(int64_t us);	/* NULL for 0 */

#endif
