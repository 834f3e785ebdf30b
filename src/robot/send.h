/* robot/send.h: from the outbox to the submission server, over several connections at once.
 *
 * A mail is leased (committed), handed over, and marked after the server's answer; answers that come together
 * are marked in one transaction. Verdicts as MAIL.md D29-D33: 4xx is tried again, longer and longer for four
 * days; 5xx is final; lost after the final dot is sent once more, the same bytes, and then left to staff. A
 * refused recipient comes back as a delivery report in the inbox (door "send"): the same road as any bounce.
 */
#pragma once

#include "robot/house.h"

typedef struct Send Send;

typedef struct {
        guint sent;
        guint deferred; /* to be tried again later */
        guint refused;
        guint reports; /* rows in the inbox: ring for the clerk */
} SendTurn;

/* house: HOUSE_STORE. Opens the spool "send"; mails of an earlier life that were being sent are queued again,
 * as uncertain. */
Send *send_new(House *house, const char *password, GError **error);
void send_free(Send *send);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Send, send_free)

/* Sends what may go now, for some seconds at most: all counts 0 when nothing may. False: the server or the
 * store is the trouble; mails it met are queued as before, and the caller waits. */
bool send_turn(Send *send, SendTurn *turn_out, GError **error);
/* When a mail may go next, Unix seconds; INT64_MAX: none waits. */
bool send_next_due(Send *send, int64_t *due_at_out, GError **error);
