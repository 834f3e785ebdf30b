/* robot/feedback_mail.h: RETOURS organisation in a mail that is about no case: from somebody who is known, in
 * a role that may ask (`readers:` of the rules), before they have an internship. The answer goes to the
 * registered address. */
#pragma once

#include "robot/incoming.h"

Settler feedback_mail_settle;

/* The answer to one command of the mail. *is_allowed_out: no role of the reader's may ask, and nothing was
 * ordered. Inside the caller's transaction. */
bool feedback_mail_answer(const Incoming *mail, const Person *reader, const Command *command,
                          bool *is_allowed_out, GError **error);
