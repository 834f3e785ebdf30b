/* robot/replay.h: mails that came once, read again with the rules of today, and looked up as the clerk looks
 * them up. Nothing is decided, stored or sent.
 */
#pragma once

#include "robot/identify.h"
#include "robot/reader.h"
#include "store/inbox.h"

typedef struct {
        const char *message_id; /* NULL: it has none, or could not be read */
        const Reading *reading; /* NULL: it could not be read … */
        const char *failure;    /* … and why */
        const Match *match;
        Level level;
        const InboxVerdict *then; /* what became of it when it came; NULL: it never came here */
} Replayed;
typedef void (*ReplayVisit)(const Replayed *replayed, void *data);

/* Visits each message of an mbox file (RFC 4155), or the one of a file that is no mbox. house needs
 * HOUSE_STORE and HOUSE_KEYS. */
bool replay_file(House *house, Reader *reader, const char *path, ReplayVisit visit, void *data,
                 GError **error);
