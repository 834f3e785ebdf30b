/* robot/finder.h: what somebody is looking for, as lines for people: RECHERCHER by mail, `facteur find`. */
#pragma once

#include "robot/house.h"
#include "store/finds.h"

typedef struct {
        const char *typed;
        int64_t scope;        /* person whose cases alone are looked in; 0: all of them */
        const char *language; /* of the notes */
        guint limit;          /* lines of each kind */
} FinderQuestion;

typedef struct {
        FindKind kind;
        int64_t id, case_id; /* as in Found */
        char *title;
        char *reference; /* "": about no case */
        char *note;      /* of a person the role, of a case where it stands, of a message the day, of an
                       organisation      whether it is proposed again; "" */
        char *step;      /* of the case: what it waits for now; "" */
        bool is_held;
        int64_t internships; /* at an organisation, whatever the scope */
} FinderLine;

typedef struct {
        GPtrArray *lines; /* of FinderLine: kind by kind, newest first */
        bool is_cut;      /* there is more of some kind */
} FinderAnswer;
void finder_answer_clear(FinderAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FinderAnswer, finder_answer_clear)

/* No word in what was typed, or nothing found: no lines. answer_out must be zeroed. */
bool finder_look(House *house, const FinderQuestion *question, FinderAnswer *answer_out, GError **error);
