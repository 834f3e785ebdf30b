/* robot/index.h: what becomes findable (store/finds.h): cases by their people and summary, people's messages
 * by their first words.
 *
 * What is written about a confidential form never is: no message about such a step, nor any that the person
 * who fills it in sends once it was asked for. Runs inside the caller's transaction.
 */
#pragma once

#include "robot/house.h"
#include "robot/identify.h"
#include "store/inbox.h"

/* before: as it was indexed last; NULL: it was not. */
bool index_case(House *house, const Procedure *procedure, const Case *before, const Case *the_case,
                int64_t now, GError **error);

/* the_case: NULL: none was found. step: what the message is about; NULL. */
typedef struct {
        const InboxRow *row;
        const Reading *reading;
        const Match *match;
        const Case *the_case;
        const char *step;
} IndexedMessage;
bool index_message(House *house, const IndexedMessage *message, GError **error);

/* Some of the people and cases that are not findable yet: those of a database from before. *count_out: how
 * many; 0: none is left. */
bool index_missing(House *house, int64_t now, guint *count_out, GError **error);
