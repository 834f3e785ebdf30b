/* robot/round_trip.h: a mail a day from the robot to itself: out through the submission server, in through
 * the mailbox, recognised by its Message-ID (MAIL.md D57). The digest, `facteur status` and the metrics say
 * when it last came back. Where a registry's address is set; from the very first start on.
 */
#pragma once

#include "robot/apply.h"

/* Puts it into the outbox when the day's is due; its own transaction. *mails_out: 1 when it was. */
bool round_trip_turn(House *house, Spool *out, guint *mails_out, GError **error);
bool round_trip_next_due(House *house, int64_t *due_at_out, GError **error); /* INT64_MAX: never */
