/* robot/clerk.h: understand, decide, apply: from a stored message to its named outcome, once.
 *
 * Works in batches: rows of the inbox are marked as tried and committed, read by the reader, looked up,
 * decided and applied, a batch (or 50 ms of it) in one transaction, each message alone undone when it fails.
 * While one batch is decided the reader has the next. A message that fails or kills a worker twice is set
 * aside; a world that fails (disk full, database held) is the caller's to wait for, and costs no message a
 * try.
 */
#pragma once

#include "robot/house.h"
#include "robot/reader.h"

typedef struct Clerk Clerk;

typedef struct {
        guint messages; /* that got an outcome */
        guint cases;    /* looked at because their time had come */
        guint mails;    /* put into the outbox: ring for the sender */
} ClerkTurn;

/* Opens the spool of rendered mails: one clerk a house. house (store, keys, procedure, templates) and reader
 * are borrowed. */
Clerk *clerk_new(House *house, Reader *reader, GError **error);
void clerk_free(Clerk *clerk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clerk, clerk_free)

/* One batch of messages and one of due timers. All counts 0: there is nothing to do until the inbox or the
 * clock says so. False: the world failed; nothing is half done, wait and try again. */
bool clerk_turn(Clerk *clerk, ClerkTurn *turn_out, GError **error);
/* When a timer is due next, Unix seconds; INT64_MAX: none. */
bool clerk_next_due(Clerk *clerk, int64_t *due_at_out, GError **error);
