/* robot/feedback_mail.h: RETOURS organisation in a mail that is about no case: from somebody who is known, in
 * a role that may ask (`readers:` of the rules), before they have an internship. The answer goes to the
 * registered address. */
#pragma once

#include "robot/incoming.h"

Settler feedback_mail_settle;
