/*
 * journal: a segment's file with any content: the scan ends at a fault it names or at the end, and
 * what it takes for the end can be gone on from.
 */
#define FUZZ_FOLDER "journal"
#include "fuzz.h"

#include "journal.h"

static int
add_one(const struct journal_pos *end, struct journal_pos *after, struct error *e)
{
	struct journal *j;
	struct record r;
	int rc;

	if (journal_open(&j, fuzz_fd, "live", end, 0, e) == -1)
		return -1;
	record_init(&r);
	memcpy(r.id, "M", 2);
	rc = journal_add(j, &r, INT64_C(1795201323000000), e) == -1 ? -1 : journal_commit(j, e);
	*after = *journal_end(j);
	record_free(&r);
	journal_close(j);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_pos end, after, again, start;
	struct error e = { 0 };

	fuzz_file(fuzz_fd, "journal/2026-11.jsonl", data, size);
	journal_pos_start(&start);
	if (journal_scan(fuzz_fd, NULL, NULL, NULL, NULL, &end, &e) == -1 && e.code != ERR_CORRUPT &&
	    e.code != ERR_CONFIG)
		broken("journal_scan", e.text);
	memset(&e, 0, sizeof(e));
	/* nothing of it is known to have been durable */
	if (journal_recover(fuzz_fd, NULL, &start, NULL, NULL, &end, &e) == 0) {
		if (end.offset > (int64_t)size || (end.n == 0) != (end.offset == 0))
			broken("journal_recover", "end");
		/* time may stand so late that the next record begins another month: fine, but it must work */
		if (add_one(&end, &after, &e) == -1) {
			if (strstr(e.text, "is of another book") == NULL)
				broken("after recovery", e.text);
			return 0;
		}
		if (journal_scan(fuzz_fd, NULL, NULL, NULL, NULL, &again, &e) == -1 ||
		    memcmp(&after, &again, sizeof(after)) != 0)
			broken("a record after recovery", e.text);
		if (strcmp(after.segment, "2026-11") != 0) {
			char name[32];

			(void)snprintf(name, sizeof(name), "journal/%s.jsonl", after.segment);
			(void)unlinkat(fuzz_fd, name, 0);
		}
	}
	return 0;
}
