#include "store/backlog.h"

#include "store/cases.h"
#include "store/inbox.h"
#include "store/outbox.h"
#include "store/query.h"

static const char sql_cases[] = "SELECT count (*) FROM cases";
static const char sql_held[] =
        "SELECT count (*) FROM inbox WHERE reviewed_at = 0 AND (outcome = 'held' OR state = 'set_aside')";
static const char sql_mails[] = "SELECT id FROM outbox ORDER BY id DESC LIMIT 1";
static const char sql_oldest[] =
        "SELECT next_at FROM outbox WHERE state IN ('queued', 'held') AND state = 'queued' ORDER BY next_at "
        "LIMIT 1";
static const char sql_journal_at[] = "SELECT at FROM journal ORDER BY id DESC LIMIT 1";
static const char sql_journal_id[] = "SELECT id FROM journal ORDER BY id DESC LIMIT 1";
static const char sql_digest[] = "SELECT made_at FROM digests ORDER BY id DESC LIMIT 1";

static bool read_number(Store *store, const char *sql, int64_t fallback, int64_t *number_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql);
        return query_number(query, fallback, number_out, error);
}

bool backlog_read(Store *store, Backlog *backlog_out, GError **error)
{
        *backlog_out = (Backlog){ 0 };
        return read_number(store, sql_cases, 0, &backlog_out->cases, error) &&
               inbox_count(store, INBOX_NEW, &backlog_out->new_rows, error) &&
               read_number(store, sql_held, 0, &backlog_out->held, error) &&
               inbox_count(store, INBOX_SET_ASIDE, &backlog_out->set_aside, error) &&
               outbox_count(store, OUTBOX_QUEUED, &backlog_out->queued, error) &&
               outbox_count(store, OUTBOX_SENDING, &backlog_out->sending, error) &&
               outbox_count(store, OUTBOX_SENT, &backlog_out->sent, error) &&
               outbox_count(store, OUTBOX_REFUSED, &backlog_out->refused, error) &&
               outbox_count(store, OUTBOX_HELD, &backlog_out->limited, error) &&
               read_number(store, sql_mails, 0, &backlog_out->mails, error) &&
               read_number(store, sql_oldest, INT64_MAX, &backlog_out->oldest_due_at, error) &&
               cases_next_due(store, &backlog_out->next_timer_at, error) &&
               outbox_next_due(store, &backlog_out->next_mail_at, error) &&
               read_number(store, sql_journal_at, 0, &backlog_out->journal_at, error) &&
               read_number(store, sql_journal_id, 0, &backlog_out->journal_id, error) &&
               read_number(store, sql_digest, 0, &backlog_out->digest_at, error);
}
