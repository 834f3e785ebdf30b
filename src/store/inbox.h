/* store/inbox.h: everything that happened to facteur, in order of arrival: one row a message, from `new` to a
 * named outcome. */
#pragma once

#include "procedure/decide.h"
#include "store/spool.h"
#include "store/store.h"

typedef enum { INBOX_NEW, INBOX_DECIDED, INBOX_SET_ASIDE } InboxState; /* set aside: crashed a worker twice */

typedef struct {
        int64_t id;
        char *door;               /* "mailbox", "web", "cli" */
        char *mailbox;            /* folder it was found in; NULL */
        int64_t uidvalidity, uid; /* 0 unless door is "mailbox" */
        SpoolPlace place;         /* length 0: too large to be fetched */
        int64_t size_bytes;       /* as the server says */
        int64_t received_at;
        int attempts;
        int64_t assigned_case, assigned_person; /* staff said so; 0 */
} InboxRow;
void inbox_row_free(InboxRow *row);

/* True and *id_out = 0 when (mailbox, uidvalidity, uid) is there already. */
bool inbox_add(Store *store, const InboxRow *row, int64_t *id_out, GError **error);
/* Marks up to limit new rows behind `after` as being tried (attempts + 1) and gives them, oldest first; of
 * InboxRow. Commit before parsing. One that was tried before comes alone, so that it takes no other with it
 * when it crashes the worker again. bytes: most in all, unless the first has more. */
GPtrArray *inbox_take(Store *store, int64_t after, guint limit, int64_t bytes, GError **error);
bool inbox_has_new(Store *store, int64_t after, bool *has_out, GError **error);
/* A row that was taken and not looked at: the try does not count. */
bool inbox_give_back(Store *store, int64_t id, GError **error);
InboxRow *inbox_get(Store *store, int64_t id, GError **error); /* NULL without error when absent */

/* What became of it. fingerprint and message_id serve "seen before"; explain is a JSON text without personal
 * data but the message's own row. */
typedef struct {
        Outcome outcome;
        const char *rule;
        const char *kind; /* of the reading */
        int64_t case_id;  /* 0: none */
        const char *step; /* NULL */
        int64_t person;   /* 0 */
        int level;
        const char *message_id;  /* NULL */
        const char *fingerprint; /* NULL */
        const char *explain;     /* JSON */
        const char *folder; /* where it goes on the server: "done", "review", "quarantine"; NULL: stays */
        const char
                *held_key; /* held ones with the same are one line of the digest; NULL: a line of its own */
} InboxOutcome;
bool inbox_close(Store *store, int64_t id, const InboxOutcome *outcome, int64_t now, GError **error);
bool inbox_set_aside(Store *store, int64_t id, const char *reason, int64_t now, GError **error);
/* Row decided before with the same fingerprint: its id, or 0. */
int64_t inbox_find_same(Store *store, const char *message_id, const char *fingerprint, GError **error);
int64_t inbox_find_message(Store *store, const char *message_id,
                           GError **error); /* newest row with that Message-ID; 0 */

/* What the digest shows of a held message lies there. */
bool inbox_set_note(Store *store, int64_t id, const SpoolPlace *note, GError **error);
/* Whose registered address a decided row came from; 0: nobody's. */
bool inbox_writer(Store *store, int64_t id, int64_t *person_out, GError **error);
/* Staff said whose it is: a held row becomes new again, to be decided as if it had said so itself. person 0:
 * whoever the address belongs to. False and *is_held_out = false without error: it is not held any more. */
bool inbox_assign(Store *store, int64_t id, int64_t case_id, int64_t person, bool *is_held_out,
                  GError **error);
/* Staff said that nothing follows from a held row. As with inbox_assign(), those of its held_key follow. */
bool inbox_dismiss(Store *store, int64_t id, int64_t now, bool *is_held_out, GError **error);
/* The person's address was mended, or needs no mending any more: held reports about it have their end. */
bool inbox_settle_reports(Store *store, int64_t person, int64_t now, GError **error);

/* Rows that have an outcome and still lie where they were found: of InboxRow; folder in `mailbox` stays the
 * source. */
typedef struct {
        int64_t id;
        int64_t uidvalidity, uid;
        char *folder; /* "done", "review", "quarantine" */
} InboxMove;
void inbox_move_free(InboxMove *move);
GPtrArray *inbox_to_move(Store *store, const char *mailbox, guint limit, GError **error);
bool inbox_mark_moved(Store *store, const int64_t *ids, gsize count, int64_t now, GError **error);
/* Where it lies on the server now. Silently nothing when another row has that place. */
bool inbox_set_place(Store *store, int64_t id, const char *mailbox, int64_t uidvalidity, int64_t uid,
                     GError **error);
/* Rows that were put into this folder for people to look at, and still count as unseen: of InboxMove. */
GPtrArray *inbox_in_review(Store *store, const char *mailbox, GError **error);
bool inbox_mark_reviewed(Store *store, int64_t id, int64_t now, GError **error); /* a person took it out */
bool inbox_knows(Store *store, const char *mailbox, int64_t uidvalidity, int64_t uid, bool *is_known_out,
                 GError **error);
/* The newest row by the mailbox with these very bytes that is not new; 0: none. */
bool inbox_find_bytes(Store *store, const SpoolPlace *place, int64_t *id_out, GError **error);
/* A message that was dragged to the retry folder, or `facteur` was told to read again: back to new. */
bool inbox_reopen(Store *store, int64_t id, GError **error);

/* How far a folder was read. uidvalidity 0: never. */
bool mailbox_position(Store *store, const char *mailbox, int64_t *uidvalidity_out, int64_t *last_uid_out,
                      GError **error);
bool mailbox_set_position(Store *store, const char *mailbox, int64_t uidvalidity, int64_t last_uid,
                          GError **error);

/* The folder was looked into, and all went well. */
bool mailbox_mark_seen(Store *store, const char *mailbox, int64_t now, GError **error);

/* What became of a row, for status, digest and explain. */
typedef struct {
        int64_t id, received_at, decided_at; /* decided_at 0: not yet */
        char *state, *outcome, *rule, *kind; /* outcome and the rest NULL while new */
        char *reference, *step;              /* of the case; NULL */
        char *person;                        /* name; NULL */
        int level;
        char *explain; /* JSON; NULL */
} InboxVerdict;
void inbox_verdict_free(InboxVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboxVerdict, inbox_verdict_free)
InboxVerdict *inbox_verdict(Store *store, int64_t id, GError **error); /* NULL without error when absent */
bool inbox_count(Store *store, InboxState state, int64_t *count_out, GError **error);
/* The last message of a person about a case, but those that asked how another was understood; NULL without
 * error when there is none. */
InboxVerdict *inbox_last_verdict(Store *store, int64_t case_id, int64_t person, GError **error);
