/* robot/fetch_private.h: what the files of fetching share. Not for others. */
#pragma once

#include "robot/fetch.h"

#include "doors/imap.h"
#include "store/inbox.h"

enum {
        SIZES_UIDS = 500, /* asked at once */
        MOVE_MESSAGES = 500,
        SEEN_S = 60, /* between two notes of having looked */
};

struct Fetch {
        House *house;
        Spool *spool;
        char *password;
        FetchOptions options;
        Imap *imap; /* NULL: not connected */
        guint64 past_commands;

        int64_t validity; /* of the inbox: UIDVALIDITY, and above bit 32 how often UIDNEXT went back */
        int64_t last_uid;
        GArray *uids;     /* found above last_uid, ascending */
        guint uids_done;  /* of them, taken or asked for their size */
        GPtrArray *sizes; /* of ImapMessage without raw: the next to take */
        guint sizes_done;
        int64_t seen_at;                         /* last noted that the mailbox was looked into */
        ImapFolder seen_review, seen_quarantine; /* as they were when last gone through */
};

/* A message on its way into the store. */
typedef struct {
        const char *mailbox;
        int64_t validity;
        const ImapMessage *message;
        SpoolPlace place;
} Arrival;

bool fetch_ensure_connected(Fetch *fetch, GError **error);
/* Selects the inbox, again after another folder. */
bool fetch_open_inbox(Fetch *fetch, GError **error);
void fetch_disconnect(Fetch *fetch);
/* Disconnects unless the error is a mere NO, and passes it on. Always false. */
bool fetch_fail(Fetch *fetch, GError *failure, GError **error);
/* Nothing that was found before is good any more. */
void fetch_forget_plans(Fetch *fetch);

/* How many of the sizes (of ImapMessage) make the next batch, and its bodies (of ImapMessage): what is gone
 * is left out, what is too large or refused has no raw. */
guint fetch_plan_batch(const ImapMessage *const *sizes, guint count);
GPtrArray *fetch_bodies(Fetch *fetch, const ImapMessage *const *sizes, guint count, GError **error);

/* Spools and syncs messages: an array of Arrival. */
GArray *fetch_spool(Fetch *fetch, const char *mailbox, int64_t validity, const GPtrArray *messages,
                    GError **error);
/* Adds the row of one, inside the caller's transaction. */
bool fetch_add_row(Fetch *fetch, const Arrival *arrival, GError **error);
