/* robot/label_mail.h: whoever writes the number of a label is told whether it is genuine and what it stands
 * for: `LABEL SEMSEM-2027-0031`, the number alone, or a stranger's sentence around it.
 *
 * Only a person's mail is asked about, never a doubtful or automatic one, and none whose From the border
 * refuses; an address gets few answers a day, and all of them together few an hour: numbers can be guessed, a
 * From can be anybody's. The answer goes to From. A mail that says more than the number is read for the rest
 * as any other.
 */
#pragma once

#include "robot/incoming.h"

/* Of the reply token of such an answer: whoever writes to it is in no case. */
#define LABEL_ACTIONS "label"

/* Not settled, and mails: it asked for something else, too. */
Settler label_mail_settle;
