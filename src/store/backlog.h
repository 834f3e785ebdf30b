/* store/backlog.h: how much waits where, by counts that follow indexes: for `facteur status` and the metrics.
 */
#pragma once

#include "store/store.h"

typedef struct {
        int64_t cases;
        int64_t new_rows, held, set_aside;               /* of the inbox; held counts those set aside, too */
        int64_t queued, sending, sent, refused, limited; /* of the outbox; limited: held by a cap */
        int64_t mails;                                   /* that were ever ordered */
        int64_t oldest_due_at;                     /* since when the first queued mail may go; INT64_MAX */
        int64_t next_timer_at, next_mail_at;       /* INT64_MAX: none */
        int64_t journal_at, journal_id, digest_at; /* of the last; 0: none */
} Backlog;
bool backlog_read(Store *store, Backlog *backlog_out, GError **error);
