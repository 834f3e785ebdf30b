/* robot/fetch.h: from the mailbox into the inbox, and what was decided into its folder.
 *
 * Poll is the truth, IDLE the accelerator; selected by UID, never by \Seen (MAIL.md D37-D40). Each batch is
 * spooled, synced and committed together with the position. Nothing is deleted; a message moves only after
 * its outcome is committed. What is too large, or what the server cannot give, becomes a row of length 0.
 *
 * After an error other than IMAP_ERROR_REFUSED the connection is gone; the next call makes another.
 */
#pragma once

#include "robot/house.h"
#include "store/spool.h"

typedef struct Fetch Fetch;

typedef struct {
        int64_t since; /* at the very first start: mail received from then on; 0: what comes from now on */
        bool is_rehearsal; /* the server stays as it is: no folder made, nothing moved */
} FetchOptions;

/* house: HOUSE_STORE; spool: "in". All are borrowed. */
Fetch *fetch_new(House *house, Spool *spool, const char *password, const FetchOptions *options);
void fetch_free(Fetch *fetch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetch, fetch_free)

/* Connects if need be and takes in one batch; *taken_out = 0: there is nothing new. */
bool fetch_take(Fetch *fetch, guint *taken_out, GError **error);
/* Moves what has an outcome, many in one command; fewer than at_least wait for more. */
bool fetch_move(Fetch *fetch, guint at_least, guint *moved_out, GError **error);
/* What people did to the folders: a message dragged to the retry folder is read again; one that was taken out
 * of the review or quarantine folder is no longer in the digest. For every poll. */
bool fetch_tend(Fetch *fetch, guint *taken_out, GError **error);
/* Waits until mail may be there, wake_fd is readable, or timeout_ms passed. */
bool fetch_wait(Fetch *fetch, int wake_fd, int timeout_ms, bool *changed_out, GError **error);

guint64 fetch_command_count(const Fetch *fetch); /* IMAP commands so far, for the bench */
