/* robot/label_mail.h: whoever writes the number of a label is told whether it is genuine and what it stands
 * for: `LABEL SEMSEM-2027-0031`, the number alone, or a stranger's sentence around it.
 *
 * Only a person's mail is asked about, never a doubtful or automatic one, and none whose From the border
 * refuses; an address gets few answers a day, and all of them together few an hour: numbers can be guessed, a
 * From can be anybody's. The answer goes to From. A mail that says more than the number is read for the rest
 * as any other.
 */
#pragma once

#include "robot/apply.h"
#include "robot/identify.h"
#include "store/inbox.h"

/* Of the reply token of such an answer: whoever writes to it is in no case. */
#define LABEL_ACTIONS "label"

typedef struct {
        const Applier *applier;
        const Match *match;
        const Reading *reading;
        const InboxRow *row;
} LabelMail;

typedef struct {
        guint answers; /* mails that were ordered */
        bool is_whole; /* the mail asks for nothing else: close its row with what follows */
        Outcome outcome;
        const char *rule;
} LabelAnswer;

/* Inside the caller's transaction. Nothing asked: no answers, not whole. */
bool label_mail_answer(const LabelMail *mail, LabelAnswer *answer_out, GError **error);
