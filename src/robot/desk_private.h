/* robot/desk_private.h: between the files of the desk. */
#pragma once

#include "robot/desk.h"
#include "store/digests.h"
#include "store/staff.h"

enum { SEARCHES_MAX = 5 };

typedef struct {
        const Incoming *mail;
        Staff staff;
        Person *person;       /* owned: to whom the digest was written */
        int64_t digest;       /* that is answered; 0: none */
        bool is_about_import; /* it answers what was said of a table */
        int64_t import;       /* that waits for a yes; 0: none */
        Level level;
        int64_t results_id; /* the digest of the answer: its lines can be answered in turn */
        json_t *results;    /* of the view */
        json_t *view;
        guint mails;
        int searches; /* that were answered, each by a mail of its own */
        bool has_help;
        bool has_rest;  /* the lines that did not fit were asked for */
        bool has_acted; /* something was done of which no line tells */
} Desk;

/* Adds a line of the answer; flag: what came of it, a name of the template. Gives the item, borrowed. */
json_t *desk_result(Desk *desk, int n, const char *written, const char *flag);
/* May this person see the case? False on error. */
bool desk_sees_case(Desk *desk, int64_t case_id, bool *sees_out, GError **error);

/* desk_line.c: one number of one command. */
bool desk_do_line(Desk *desk, const Command *command, int n, GError **error);
/* desk_import.c: the table of the mail is looked at, and what would follow from it is told. */
bool desk_import(Desk *desk, const Command *command, GError **error);
/* A yes or a no to that. */
bool desk_answer_import(Desk *desk, GError **error);
/* desk_word.c: words that need no number. False and *is_known_out = false: it is none of them. */
bool desk_do_word(Desk *desk, const Command *command, bool *is_known_out, GError **error);
/* desk_search.c */
bool desk_search(Desk *desk, const Command *command, GError **error);
