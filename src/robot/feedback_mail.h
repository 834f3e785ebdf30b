/* robot/feedback_mail.h: RETOURS organisation in a mail that is about no case: from somebody who is known, in
 * a role that may ask (`readers:` of the rules), before they have an internship. The answer goes to the
 * registered address. */
#pragma once

#include "robot/apply.h"
#include "robot/identify.h"
#include "store/inbox.h"

typedef struct {
        const Applier *applier;
        const Match *match;
        const Reading *reading;
        const InboxRow *row;
} FeedbackMail;

/* Inside the caller's transaction. *answers_out: mails that were ordered; 0: it asks for something else. */
bool feedback_mail_answer(const FeedbackMail *mail, guint *answers_out, GError **error);
