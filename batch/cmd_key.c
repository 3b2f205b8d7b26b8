/*
 * cmd_key -- key letter: what accountants are given on paper, to compare fingerprints with.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "moment.h"
#include "sign.h"

int
cmd_key(struct cmd *c)
{
	const struct site *s = &c->site;
	char groups[SIGN_GROUPS], today[MOMENT_DAY];

	if (strcmp(c->operand[0], "letter") != 0)
		return cmd_usage("key: letter is expected");
	printf("%s, %s\n\n"
	    "The key that signs our books\n\n"
	    "We sign every audit pack, and every message that carries one, with one OpenPGP key.\n"
	    "Its fingerprint is\n\n"
	    "    %s\n\n"
	    "Keep this letter.  Before you rely on a pack, compare the fingerprint that your program\n"
	    "shows, and the one in VERIFY.txt, with this page, group by group.  A good signature by\n"
	    "any other key proves nothing.  If we ever change the key, you get a new letter, by hand\n"
	    "or by post; never believe a new fingerprint that comes by mail.\n\n\n"
	    "________________________________\n"
	    "for %s\n", s->name, moment_day(moment_now(), today), sign_groups(s->key, groups),
	    s->legal_name[0] != '\0' ? s->legal_name : s->name);
	return 0;
}
