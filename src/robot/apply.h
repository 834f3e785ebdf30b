/* robot/apply.h: the one place where a decision becomes real: journal, state, timers, outbox.
 *
 * Runs inside the caller's transaction, all of it or nothing; the caller closes the inbox row in the same
 * one, and syncs the spool of rendered mails before it commits.
 */
#pragma once

#include "procedure/decide.h"
#include "robot/house.h"
#include "store/spool.h"

typedef struct {
        House *house;
        Spool *out; /* of rendered mails */
        int64_t now;
} Applier;

/* decide(), and again once whoever a form or a command named has an id: people who have the address already
 * stay who they are. They are added to the case's people. NULL on error. */
Decision *apply_decide(const Applier *applier, const Procedure *procedure, Case *the_case, const Event *event,
                       GError **error);

/* before: the case as it was; one that begins has begun_at 0 and holds its people alone. answered_id:
 * Message-ID of the message that is answered; NULL. *after_out (owned by the caller) is the new state. */
bool apply_decision(const Applier *applier, const Procedure *procedure, const Case *before,
                    const Decision *decision, const char *answered_id, Case **after_out, GError **error);

/* Did the world fail (disk, database), rather than what was decided about? Then nothing else succeeds either.
 */
bool apply_error_is_world(const GError *error);
