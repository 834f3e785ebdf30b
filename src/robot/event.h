/* robot/event.h: what a reading means for a case: the events that decide() takes, or why there are none.
 *
 * Only a person's mail becomes an answer or a command. An absence and a bounce are told; all else that
 * programs write moves nothing (MAIL.md D25). Pure.
 */
#pragma once

#include "procedure/decide.h"
#include "robot/identify.h"

enum { EVENTS_MAX = 5 };

typedef struct {
        Event events[EVENTS_MAX]; /* borrow from reading, match and this */
        guint count;
        GPtrArray *values; /* of GivenValue; owned */
        json_t *files;     /* those that are not taken; owned */
        /* when count is 0 */
        Outcome outcome;  /* OUTCOME_HELD or OUTCOME_IGNORED */
        const char *rule; /* why */
} Meaning;
void meaning_clear(Meaning *meaning);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Meaning, meaning_clear)

/* Before the case is loaded: can this message say anything about one? False: outcome and rule say why not. */
bool meaning_is_possible(const Match *match, const Reading *reading, const char *own_address,
                         Meaning *meaning_out);
/* The events, in the order in which they are to be decided. message: the inbox row. */
void meaning_read(const Procedure *procedure, const Case *the_case, const Match *match,
                  const Reading *reading, int64_t message, Meaning *meaning_out);
