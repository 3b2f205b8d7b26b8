/*
 * desk_closing -- the verbs close and reopen (desk.h), and what is closed (floor 5).
 */
#ifndef DAYBOOK_DESK_CLOSING_H
#define DAYBOOK_DESK_CLOSING_H

#include <jansson.h>

#include "books.h"
#include "desk.h"
#include "error.h"
#include "record.h"

/* As desk_books; r->act is there. */
int	desk_closing(struct shelf *sh, int which, struct books *b, int reopen, json_t *req,
	    struct record *r, int64_t now, struct error *e);
/* 1 where that day lies in a closed period of the book, whose name is put into name; 0; -1. */
int	desk_closed(struct books *b, const char *day, char name[MOMENT_DAY], struct error *e);

#endif
