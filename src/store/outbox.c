#include "store/outbox.h"

#include "store/query.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

static const char *const state_words[] = { "queued", "sending", "sent", "refused", "held", "cancelled" };

void outbox_mail_free(OutboxMail *mail)
{
        if (mail == NULL)
                return;
        g_free(mail->message_id);
        g_free(mail->envelope_from);
        g_free(mail->recipient);
        spool_place_clear(&mail->place);
        g_free(mail->reference);
        g_free(mail->step);
        g_free(mail->key);
        g_free(mail);
}

static const char sql_add[] =
        "INSERT INTO outbox (message_id, envelope_from, recipient, segment, at_byte, "
        "length, sha256, case_id, reference, step, template, person, "
        "is_answer, is_staff, state, next_at, attempts, is_uncertain, made_at, sent_at) VALUES "
        "(:message_id, :envelope_from, :recipient, :segment, "
        ":at_byte, :length, :sha256, :case_id, :reference, :step, :template, :person, "
        ":is_answer, :is_staff, 'queued', :next_at, 0, 0, :now, 0) "
        "ON CONFLICT (message_id) DO NOTHING";

bool outbox_add(Store *store, const OutboxMail *mail, int64_t now, int64_t *id_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_text(query, ":message_id", mail->message_id);
        query_bind_text(query, ":envelope_from", mail->envelope_from);
        query_bind_text(query, ":recipient", mail->recipient);
        query_bind_text(query, ":segment", mail->place.segment);
        query_bind_int(query, ":at_byte", mail->place.offset);
        query_bind_int(query, ":length", mail->place.length);
        query_bind_text(query, ":sha256", mail->place.sha256);
        query_bind_int(query, ":case_id", mail->case_id);
        query_bind_text(query, ":reference", mail->reference);
        query_bind_text(query, ":step", mail->step);
        query_bind_text(query, ":template", mail->key);
        query_bind_int(query, ":person", mail->person);
        query_bind_int(query, ":is_answer", mail->is_answer);
        query_bind_int(query, ":is_staff", mail->is_staff);
        query_bind_int(query, ":next_at", MAX(mail->not_before, now));
        query_bind_int(query, ":now", now);
        if (!query_change(query, -1, error))
                return false;
        bool is_added = sqlite3_changes(store_handle(store)) == 1;
        *id_out = is_added ? sqlite3_last_insert_rowid(store_handle(store)) : 0;
        return true;
}

#define MAIL_COLUMNS                                                                                         \
        "id, message_id, envelope_from, recipient, segment, at_byte, length, sha256, case_id, reference, "   \
        "step, template, person, is_answer, "                                                                \
        "next_at, attempts, state, is_uncertain, is_staff"

static OutboxMail *read_mail(Query *query)
{
        OutboxMail *mail = g_new0(OutboxMail, 1);
        mail->id = query_int(query, 0);
        mail->message_id = query_dup(query, 1);
        mail->envelope_from = query_dup(query, 2);
        mail->recipient = query_dup(query, 3);
        mail->place.segment = query_dup(query, 4);
        mail->place.offset = query_int(query, 5);
        mail->place.length = query_int(query, 6);
        g_strlcpy(mail->place.sha256, query_text(query, 7), sizeof mail->place.sha256);
        mail->case_id = query_int(query, 8);
        mail->reference = query_dup(query, 9);
        mail->step = query_dup(query, 10);
        mail->key = query_dup(query, 11);
        mail->person = query_int(query, 12);
        mail->is_answer = query_int(query, 13) != 0;
        mail->not_before = query_int(query, 14);
        mail->attempts = (int)query_int(query, 15);
        mail->is_uncertain = query_int(query, 17) != 0;
        mail->is_staff = query_int(query, 18) != 0;
        for (size_t i = 0; i < G_N_ELEMENTS(state_words); i++)
                if (strcmp(query_text(query, 16), state_words[i]) == 0)
                        mail->state = (OutboxState)i;
        return mail;
}

/* Caps: sent, and being sent, within the window (MAIL.md D27). Who writes often is answered often: a loop is
 * stopped, a busy tutor is not. */

enum { ANSWERS_FACTOR = 10 };

static const char sql_sent_person[] = "SELECT (SELECT count (*) FROM outbox WHERE state = 'sent' AND person "
                                      "= :who AND sent_at > :since AND "
                                      "is_answer = 0) + (SELECT count (*) FROM outbox WHERE state = "
                                      "'sending' AND person = :who AND is_answer = 0)";
static const char sql_answered_person[] = "SELECT (SELECT count (*) FROM outbox WHERE state = 'sent' AND "
                                          "person = :who AND sent_at > :since AND "
                                          "is_answer = 1) + (SELECT count (*) FROM outbox WHERE state = "
                                          "'sending' AND person = :who AND is_answer = 1)";
static const char sql_sent_case[] =
        "SELECT (SELECT count (*) FROM outbox WHERE state = 'sent' AND case_id = :who AND sent_at > :since) "
        "+ "
        "(SELECT count (*) FROM outbox WHERE state = 'sending' AND case_id = :who)";
static const char sql_sent_all[] =
        "SELECT (SELECT count (*) FROM outbox WHERE state = 'sent' AND sent_at > :since) + "
        "(SELECT count (*) FROM outbox WHERE state = 'sending')";

static bool count_sent(Store *store, const char *sql, int64_t who, int64_t since, int64_t *count_out,
                       GError **error)
{
        g_autoptr(Query) query = store_query(store, sql);
        if (sql != sql_sent_all)
                query_bind_int(query, ":who", who);
        query_bind_int(query, ":since", since);
        return query_number(query, 0, count_out, error);
}

static const char sql_first_person[] =
        "SELECT min (sent_at) FROM outbox WHERE state = 'sent' AND person = :who AND sent_at > :since";
static const char sql_first_case[] =
        "SELECT min (sent_at) FROM outbox WHERE state = 'sent' AND case_id = :who AND sent_at > :since";

typedef struct {
        const char *reason; /* NULL: may go */
        int64_t until;      /* when the window has room again */
} Verdict;

static bool check_window(Store *store, const char *sql, const char *sql_first, int64_t who, int most,
                         const char *reason, int64_t now, Verdict *verdict, GError **error)
{
        int64_t count, first;
        if (who == 0)
                return true;
        if (!count_sent(store, sql, who, now - DAY_S, &count, error))
                return false;
        if (count < most)
                return true;
        g_autoptr(Query) query = store_query(store, sql_first);
        query_bind_int(query, ":who", who);
        query_bind_int(query, ":since", now - DAY_S);
        if (!query_number(query, now, &first, error))
                return false;
        *verdict = (Verdict){ .reason = reason, .until = (first != 0 ? first : now) + DAY_S };
        return true;
}

static bool judge(Store *store, const OutboxMail *mail, const OutboxCaps *caps, int64_t now,
                  Verdict *verdict_out, GError **error)
{
        *verdict_out = (Verdict){ 0 };
        int begun = mail->is_staff ? caps->staff_day : caps->person_day;
        bool is_judged =
                mail->is_answer ? check_window(store, sql_answered_person, sql_first_person, mail->person,
                                               begun * ANSWERS_FACTOR, "cap: answers to this person in a day",
                                               now, verdict_out, error)
                                : check_window(store, sql_sent_person, sql_first_person, mail->person, begun,
                                               "cap: mails to this person in a day", now, verdict_out, error);
        if (!is_judged)
                return false;
        return verdict_out->reason != NULL ||
               check_window(store, sql_sent_case, sql_first_case, mail->case_id, caps->case_day,
                            "cap: mails about this case in a day", now, verdict_out, error);
}

static const char sql_waiting[] =
        "SELECT " MAIL_COLUMNS " FROM outbox WHERE (SELECT held_at FROM house) = 0 AND "
        "state IN ('queued', 'held') AND next_at <= :now AND recipient NOT IN (SELECT recipient FROM outbox "
        "WHERE state = 'sending') ORDER BY next_at, id "
        "LIMIT :limit";
static const char sql_lease[] = "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = :id "
                                "AND state IN ('queued', 'held')";
static const char sql_hold[] = "UPDATE outbox SET state = 'held', reply = :reason, next_at = :until WHERE id "
                               "= :id AND state IN ('queued', 'held')";

static bool hold(Store *store, int64_t id, const Verdict *verdict, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_hold);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":reason", verdict->reason);
        query_bind_int(query, ":until", verdict->until);
        return query_change(query, 1, error);
}

static bool lease(Store *store, OutboxMail *mail, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_lease);
        query_bind_int(query, ":id", mail->id);
        mail->attempts++;
        mail->state = OUTBOX_SENDING;
        return query_change(query, 1, error);
}

static bool is_recipient_taken(const GPtrArray *mails, const OutboxMail *mail)
{
        for (guint i = 0; i < mails->len; i++)
                if (strcmp(((OutboxMail *)g_ptr_array_index(mails, i))->recipient, mail->recipient) == 0)
                        return true;
        return false;
}

static GPtrArray *waiting(Store *store, guint limit, int64_t now, GError **error)
{
        g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
        g_autoptr(Query) query = store_query(store, sql_waiting);
        query_bind_int(query, ":now", now);
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(mails, read_mail(query));
        return next < 0 ? NULL : g_steal_pointer(&mails);
}

GPtrArray *outbox_lease(Store *store, guint limit, const OutboxCaps *caps, int64_t now, GError **error)
{
        g_autoptr(GPtrArray) candidates = waiting(store, limit, now, error);
        g_autoptr(GPtrArray) leased = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
        int64_t hour;
        if (candidates == NULL || !count_sent(store, sql_sent_all, 0, now - HOUR_S, &hour, error))
                return NULL;
        for (guint i = 0; i < candidates->len; i++) {
                OutboxMail *mail = g_ptr_array_index(candidates, i);
                Verdict verdict;
                if (is_recipient_taken(leased, mail)) /* one at a time: its mails keep their order */
                        continue;
                if (!judge(store, mail, caps, now, &verdict, error))
                        return NULL;
                if (verdict.reason == NULL && hour >= caps->hour)
                        verdict = (Verdict){ .reason = "cap: mails in an hour", .until = now + HOUR_S / 4 };
                if (verdict.reason != NULL) {
                        if (!hold(store, mail->id, &verdict, error))
                                return NULL;
                        continue;
                }
                if (!lease(store, mail, error))
                        return NULL;
                hour++;
                candidates->pdata[i] = NULL; /* outbox_mail_free() takes NULL */
                g_ptr_array_add(leased, mail);
        }
        return g_steal_pointer(&leased);
}

static const char sql_sent[] = "UPDATE outbox SET state = 'sent', reply = :reply, sent_at = :now WHERE id = "
                               ":id AND state = 'sending'";
static const char sql_refused[] = "UPDATE outbox SET state = 'refused', reply = :reply, sent_at = :now WHERE "
                                  "id = :id AND state = 'sending'";

static bool finish(Store *store, const char *sql, int64_t id, const char *reply, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":reply", reply);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error);
}

bool outbox_mark_sent(Store *store, int64_t id, const char *reply, int64_t now, GError **error)
{
        return finish(store, sql_sent, id, reply, now, error);
}

bool outbox_refuse(Store *store, int64_t id, const char *reply, int64_t now, GError **error)
{
        return finish(store, sql_refused, id, reply, now, error);
}

static const char sql_defer[] = "UPDATE outbox SET state = 'queued', reply = :reply, next_at = :retry_at, "
                                "is_uncertain = max (is_uncertain, "
                                ":is_uncertain) WHERE id = :id AND state = 'sending'";

bool outbox_defer(Store *store, int64_t id, const char *reply, bool is_uncertain, int64_t retry_at,
                  int64_t now G_GNUC_UNUSED, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_defer);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":reply", reply);
        query_bind_int(query, ":retry_at", retry_at);
        query_bind_int(query, ":is_uncertain", is_uncertain);
        return query_change(query, 1, error);
}

static const char sql_release[] =
        "UPDATE outbox SET state = 'queued', attempts = attempts - 1 WHERE id = :id AND state = 'sending'";

bool outbox_release(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_release);
        query_bind_int(query, ":id", id);
        return query_change(query, 1, error);
}

static const char sql_recover[] = "UPDATE outbox SET state = 'queued', is_uncertain = 1, next_at = min "
                                  "(next_at, :now) WHERE state = 'sending'";

bool outbox_recover(Store *store, int64_t now, int64_t *count_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_recover);
        query_bind_int(query, ":now", now);
        if (!query_change(query, -1, error))
                return false;
        *count_out = sqlite3_changes(store_handle(store));
        return true;
}

static const char sql_cancellable[] = "SELECT id, template FROM outbox WHERE state IN ('queued', 'held') "
                                      "AND case_id = :case_id AND step IS :step AND is_answer = 0 "
                                      "AND (:person = 0 OR person = :person)";
static const char sql_cancel[] =
        "UPDATE outbox SET state = 'cancelled' WHERE id = :id AND state IN ('queued', 'held')";

/* Mostly nothing waits, so one look comes first. */
static bool find_cancellable(Store *store, int64_t case_id, const char *step, const char *const *keys,
                             int64_t person, GArray *ids, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_cancellable);
        query_bind_int(query, ":case_id", case_id);
        query_bind_text(query, ":step", step);
        query_bind_int(query, ":person", person);
        int next;
        while ((next = query_next(query, error)) == 1) {
                int64_t id = query_int(query, 0);
                if (keys == NULL || g_strv_contains(keys, query_text(query, 1)))
                        g_array_append_val(ids, id);
        }
        return next >= 0;
}

bool outbox_cancel(Store *store, int64_t case_id, const char *step, const char *const *keys, int64_t person,
                   GError **error)
{
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        if (!find_cancellable(store, case_id, step, keys, person, ids, error))
                return false;
        for (guint i = 0; i < ids->len; i++) {
                g_autoptr(Query) query = store_query(store, sql_cancel);
                query_bind_int(query, ":id", g_array_index(ids, int64_t, i));
                if (!query_change(query, 1, error))
                        return false;
        }
        return true;
}

static const char sql_find[] = "SELECT " MAIL_COLUMNS " FROM outbox WHERE message_id = :message_id";

OutboxMail *outbox_find_message(Store *store, const char *message_id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_text(query, ":message_id", message_id);
        return query_next(query, error) == 1 ? read_mail(query) : NULL;
}

static const char sql_get[] = "SELECT " MAIL_COLUMNS " FROM outbox WHERE id = :id";

OutboxMail *outbox_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        return query_next(query, error) == 1 ? read_mail(query) : NULL;
}

static const char sql_last[] =
        "SELECT " MAIL_COLUMNS " FROM outbox WHERE case_id = :case_id AND person = :person AND step IS :step "
        "ORDER BY id DESC LIMIT 1";

OutboxMail *outbox_last_of_case(Store *store, int64_t case_id, int64_t person, const char *step,
                                GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_last);
        query_bind_int(query, ":case_id", case_id);
        query_bind_int(query, ":person", person);
        query_bind_text(query, ":step", step);
        return query_next(query, error) == 1 ? read_mail(query) : NULL;
}

static const char sql_was_told[] =
        "SELECT count(*) FROM outbox WHERE case_id = :case_id AND person = :person AND template = :key AND "
        "made_at >= :since";

bool outbox_was_told(Store *store, int64_t case_id, int64_t person, const char *key, int64_t since,
                     bool *was_told_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_was_told);
        query_bind_int(query, ":case_id", case_id);
        query_bind_int(query, ":person", person);
        query_bind_text(query, ":key", key);
        query_bind_int(query, ":since", since);
        int64_t count = 0;
        bool is_done = query_number(query, 0, &count, error);
        *was_told_out = count > 0;
        return is_done;
}

static const char sql_last_question[] =
        "SELECT " MAIL_COLUMNS " FROM outbox WHERE case_id = :case_id AND person = :person AND step IS NOT "
        "NULL AND EXISTS (SELECT 1 FROM tokens WHERE kind = 'r' AND outbox = outbox.id AND actions = "
        "'answer') ORDER BY id DESC LIMIT 1";

OutboxMail *outbox_last_question(Store *store, int64_t case_id, int64_t person, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_last_question);
        query_bind_int(query, ":case_id", case_id);
        query_bind_int(query, ":person", person);
        return query_next(query, error) == 1 ? read_mail(query) : NULL;
}

static const char sql_next_due[] =
        "SELECT next_at FROM outbox WHERE (SELECT held_at FROM house) = 0 AND state IN ('queued', 'held') "
        "ORDER BY next_at LIMIT 1";

bool outbox_next_due(Store *store, int64_t *due_at_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_next_due);
        return query_number(query, INT64_MAX, due_at_out, error);
}

static const char sql_unsent[] =
        "SELECT " MAIL_COLUMNS " FROM outbox WHERE state IN ('queued', 'held', 'sending') ORDER BY id";

GPtrArray *outbox_unsent(Store *store, GError **error)
{
        g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
        g_autoptr(Query) query = store_query(store, sql_unsent);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(mails, read_mail(query));
        return next < 0 ? NULL : g_steal_pointer(&mails);
}

/* Each as its index says it: a count costs what there is of that state, not what there is. */
static const char sql_count_queued[] =
        "SELECT count (*) FROM outbox WHERE state IN ('queued', 'held') AND state = 'queued'";
static const char sql_count_held[] =
        "SELECT count (*) FROM outbox WHERE state IN ('queued', 'held') AND state = 'held'";
static const char *const sql_counts[] = {
        [OUTBOX_QUEUED] = sql_count_queued,
        [OUTBOX_SENDING] = "SELECT count (*) FROM outbox WHERE state = 'sending'",
        [OUTBOX_SENT] = "SELECT count (*) FROM outbox WHERE state = 'sent'",
        [OUTBOX_REFUSED] = "SELECT count (*) FROM outbox WHERE state = 'refused'",
        [OUTBOX_HELD] = sql_count_held,
        [OUTBOX_CANCELLED] = "SELECT count (*) FROM outbox WHERE state = 'cancelled'",
};

bool outbox_count(Store *store, OutboxState state, int64_t *count_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_counts[state]);
        return query_number(query, 0, count_out, error);
}

static const char sql_labels[] =
        "SELECT count (*) FROM outbox WHERE template = 'label_verified' AND made_at > "
        ":since AND (:recipient IS NULL OR recipient = :recipient)";

bool outbox_count_labels(Store *store, const char *recipient, int64_t since, int64_t *count_out,
                         GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_labels);
        query_bind_text(query, ":recipient", recipient);
        query_bind_int(query, ":since", since);
        return query_number(query, 0, count_out, error);
}
