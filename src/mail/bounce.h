/* mail/bounce.h: what a delivery report (DSN) says, as plain values: RFC 3464, 3463, 6522, and the many
 * servers that follow none of them.
 *
 * Judges nothing: whether the task is held or the address asked again is the procedure's business.
 */
#pragma once

#include "mail/reading.h"

/* Adds the failed or delayed recipients (of Bounce) of a report to bounces; nothing when the message is no
 * report. Any bytes give an answer; there is no error. */
void bounces_read(Message *message, const Patterns *patterns, GPtrArray *bounces);
