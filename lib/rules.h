/*
 * rules -- where the other side of a report's row goes (contract.md, Accounts; floor 3: no files).
 *
 * Every movement has a home; payments and what follows them go to their owner.  The settings may
 * hold rules ("rules" in daybook.json, an array of objects of texts): type, code (T-code),
 * counterparty (address, name or payer id) and subject are patterns, account is where it goes, note is for
 * people.  '*' stands for anything, case does not count, a pattern left out fits everything, the
 * first rule that fits wins.  Money of customers is no matter of rules, unless one names the
 * counterparty or the subject; conversions and payouts never are.
 */
#ifndef DAYBOOK_RULES_H
#define DAYBOOK_RULES_H

#include <jansson.h>
#include <stddef.h>

#include "error.h"
#include "record.h"

struct rules;

struct rules_row {			/* what a rule may look at; texts are never NULL */
	enum movement	 move;
	const char	*type, *code, *payer, *name, *subject, *payer_id;
	const char	*home;		/* the reader knows one better than suspense; or "" */
};

struct rules_hit {
	char		account[RECORD_ACCOUNT];	/* "": to the payment's owner */
	size_t		rule;		/* 1, 2, ...; 0: no rule had a say */
	const char	*note;		/* the rule's, or "" */
};

/* One fault of a rule: rule 1, 2, ... (0: the array itself); member may be "". */
typedef int rules_fault_fn(void *arg, size_t rule, const char *member, const char *text,
	    struct error *e);
/* Tells all faults to fn; -1 only where fn returns it. */
int	rules_check(const json_t *list, const char *provider, rules_fault_fn *fn, void *arg,
	    struct error *e);
/*
 * rules_load(r, list, where, provider): list NULL or null: no rules.  *r is to be freed by
 * rules_free and keeps list alive.  ERR_CONFIG "WHERE: rule N: MEMBER: what is wrong", the first
 * fault; *r is untouched.  provider: the provider account's name, which no rule may name as the
 * other side; NULL: not checked.
 */
int	rules_load(struct rules **r, json_t *list, const char *where, const char *provider,
	    struct error *e);
void	rules_free(struct rules *r);

/* Where the row goes: by rule, else its home, else to its owner.  r may be NULL. */
void	rules_account(const struct rules *r, const char *provider, const struct rules_row *row,
	    struct rules_hit *hit);
/* 1 where the pattern fits the whole of s. */
int	rules_fit(const char *pattern, const char *s);

/* The line (from 1) where that member of that rule stands in a JSON text that is an array (else
 * where the rule begins); for texts that jansson could read. */
size_t	rules_line(const char *text, size_t len, size_t rule, const char *member);

#endif
