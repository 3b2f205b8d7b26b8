/*
 * pack: a manifest's list of files as a stranger's pack may bring it, and a signature's armor.
 * Both are judged inside their modules, so those are taken in whole.
 */
#define FUZZ_FOLDER "."
#include "fuzz.h"

#include "../../lib/pack_verify.c"
#include "../../lib/sign.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *j = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *listed = json_object();
	struct error e = { 0 };

	fuzz_file(fuzz_fd, "journal.csv", "abc", 3);
	fuzz_file(fuzz_fd, "manifest.json", "{}", 2);
	(void)armor_canonical((const char *)data, size);
	if (j == NULL || check_files(fuzz_fd, json_object_get(j, "files"), listed, &e) == -1 ||
	    no_extra(fuzz_fd, listed, &e) == -1) {
		if (j != NULL && (e.code != ERR_CORRUPT || e.text[0] == '\0'))
			broken("check_files", e.text);
	} else if (memmem(data, size,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 64) == NULL)
		broken("check_files", "a pack passed without the file's digest");
	json_decref(j);
	json_decref(listed);
	return 0;
}
