/* store/outbox.h: mails waiting for, or handed to, the submission server. Bytes and Message-ID never change
 * (DESIGN.md 2.3). While sending is held (store/hold.h) nothing is leased and nothing is due. */
#pragma once

#include "store/spool.h"
#include "store/store.h"

typedef enum {
        OUTBOX_QUEUED,
        OUTBOX_SENDING,
        OUTBOX_SENT,
        OUTBOX_REFUSED,
        OUTBOX_HELD,
        OUTBOX_CANCELLED
} OutboxState;

typedef struct {
        int64_t id;
        char *message_id; /* unique */
        char *envelope_from, *recipient;
        SpoolPlace place;
        int64_t case_id; /* 0 */
        char *reference; /* of the case; NULL */
        char *step;      /* NULL */
        char *key;       /* template */
        int64_t person;
        bool is_answer; /* exempt from the night; counted apart from what the robot begins */
        bool is_staff;  /* to somebody who works through many cases */
        int64_t not_before;
        int attempts;
        bool is_uncertain; /* perhaps accepted before (RFC 1047) */
        OutboxState state;
} OutboxMail;
void outbox_mail_free(OutboxMail *mail);

/* False with *id_out = 0 and no error: that Message-ID is there already (the same mail: nothing to do). */
bool outbox_add(Store *store, const OutboxMail *mail, int64_t now, int64_t *id_out, GError **error);
/* Leases up to limit mails that may go now (queued, not_before reached, caps not crossed): state sending,
 * attempts + 1. Commit before sending. Mails over a cap become held once per cap, with the reason. Mails of
 * one recipient keep their order: one at a time. */
typedef struct {
        int person_day, staff_day; /* most mails to one person that answer none of theirs */
        int case_day, hour;        /* most mails */
} OutboxCaps;
GPtrArray *outbox_lease(Store *store, guint limit, const OutboxCaps *caps, int64_t now,
                        GError **error); /* of OutboxMail */
bool outbox_mark_sent(Store *store, int64_t id, const char *reply, int64_t now, GError **error);
bool outbox_defer(Store *store, int64_t id, const char *reply, bool is_uncertain, int64_t retry_at,
                  int64_t now, GError **error);
/* The server was the trouble, not this mail: queued as before, the attempt does not count. */
bool outbox_release(Store *store, int64_t id, GError **error);
bool outbox_refuse(Store *store, int64_t id, const char *reply, int64_t now, GError **error);
/* After a start: what was being sent when the process died goes back to queued, marked uncertain (RFC 1047).
 */
bool outbox_recover(Store *store, int64_t now, int64_t *count_out, GError **error);
/* A newer mail about the same step makes older ones that still wait pointless; answers to a person's mail
 * stay. keys: of the mails, NULL-terminated; NULL: of any; person 0: to whomever. */
bool outbox_cancel(Store *store, int64_t case_id, const char *step, const char *const *keys, int64_t person,
                   GError **error);

OutboxMail *outbox_find_message(Store *store, const char *message_id,
                                GError **error); /* NULL without error when absent */
/* Was a mail of this template ordered for the person in that case since then? */
bool outbox_was_told(Store *store, int64_t case_id, int64_t person, const char *key, int64_t since,
                     bool *was_told_out, GError **error);
OutboxMail *outbox_last_of_case(Store *store, int64_t case_id, int64_t person, const char *step,
                                GError **error); /* for threading; NULL */
/* The newest mail about the case that asks this person for an answer; NULL without error when absent. */
OutboxMail *outbox_last_question(Store *store, int64_t case_id, int64_t person, GError **error);
/* Those that wait or are being sent, in the order they were made: of OutboxMail. */
GPtrArray *outbox_unsent(Store *store, GError **error);
OutboxMail *outbox_get(Store *store, int64_t id, GError **error); /* NULL without error when absent */
/* The soonest instant a queued mail may go; INT64_MAX when none. */
bool outbox_next_due(Store *store, int64_t *due_at_out, GError **error);
/* Answers about labels made since then, to one address or (NULL) to all. */
bool outbox_count_labels(Store *store, const char *recipient, int64_t since, int64_t *count_out,
                         GError **error);
bool outbox_count(Store *store, OutboxState state, int64_t *count_out, GError **error);
