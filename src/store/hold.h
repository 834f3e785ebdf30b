/* store/hold.h: one switch for all sending: `facteur hold`, and a restored database. What was handed to the
 * submission server stays sent; the rest of the outbox waits, and new mails join it. */
#pragma once

#include "store/store.h"

typedef struct {
        int64_t since; /* 0: sending goes on */
        char *reason;  /* NULL: none was given */
} Hold;
void hold_clear(Hold *hold);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Hold, hold_clear)

bool hold_read(Store *store, Hold *hold_out, GError **error);
/* Both are written into the journal, and change nothing when it is so already (a new reason is kept). Inside
 * the caller's transaction. */
bool hold_begin(Store *store, const char *reason, int64_t now, GError **error);
bool hold_end(Store *store, int64_t now, GError **error);
