/* robot/desk.h: staff act by answering their digest: `1 3 7 VALIDER ; 4 RELANCER ; 9 REMPLACER tuteur x@y`.
 *
 * A number stands for what it stood for in the mail that is answered. Each becomes an event on its case, at
 * the level that the reply has, in a savepoint of its own: done, or nothing of it. What came of all lines
 * goes back as one mail, `digest_results`, whose lines keep their numbers: `3 ANNULER`. It goes to the
 * registered address, whoever wrote.
 */
#pragma once

#include "robot/apply.h"
#include "robot/identify.h"
#include "store/inbox.h"

typedef struct {
        const Applier *applier;
        const Match *match;
        const Reading *reading;
        const InboxRow *row;
} DeskMail;

/* Does it answer a digest, or does one of the staff ask for something that no case is needed for? */
bool desk_is_meant(const DeskMail *mail, bool *is_meant_out, GError **error);
/* Inside the caller's transaction, who closes the row. *mails_out: how many were ordered; *rule_out: owned.
 */
bool desk_settle(const DeskMail *mail, Outcome *outcome_out, char **rule_out, guint *mails_out,
                 GError **error);
