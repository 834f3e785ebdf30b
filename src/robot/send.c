#include "robot/send.h"

#include "base/log.h"
#include "robot/refusal.h"
#include "robot/send_pool.h"
#include "store/inbox.h"

#include <inttypes.h>
#include <string.h>

enum {
        TURN_MS = 2000,        /* no new mail is begun later in a turn: the caller wants to look around */
        UNCERTAIN_S = 15 * 60, /* the server may still be delivering what it did not confirm */
};

/* RFC 5321, 4.5.4.1, but sooner at first: greylisting lets go after a few minutes. About four days. */
static const int retry_after_s[] = { 120, 300, 900, 1800, 3600, 7200, 14400 };
enum { LAST_ATTEMPT = 30 };

struct Send {
        House *house;
        Spool *spool; /* of our own delivery reports */
        SendPool *pool;
        guint under_way;
        GPtrArray *results; /* of SendResult: came back, not marked yet */
        bool is_proven;     /* the server took a mail since the last trouble: all connections may be used */
};

Send *send_new(House *house, const char *password, GError **error)
{
        g_autoptr(Send) send = g_new0(Send, 1);
        int64_t count = 0;
        send->house = house;
        send->spool = spool_open(house->config->state_dir, "send", error);
        if (send->spool == NULL || !store_begin(house->store, error))
                return NULL;
        if (!outbox_recover(house->store, house_now(house), &count, error) ||
            !store_commit(house->store, error)) {
                store_rollback(house->store);
                return NULL;
        }
        if (count > 0)
                log_event(LOG_LEVEL_WARNING, "outbox-recovered", "mails=%" PRId64, count);
        send->pool = send_pool_new(house->config, password);
        send->results = g_ptr_array_new_with_free_func((GDestroyNotify)send_result_free);
        return g_steal_pointer(&send);
}

void send_free(Send *send)
{
        if (send == NULL)
                return;
        send_pool_free(send->pool);
        g_clear_pointer(&send->results, g_ptr_array_unref);
        spool_free(send->spool);
        g_free(send);
}

/* The refused recipient's report goes the road of every bounce. */
static bool report_refusal(Send *send, const SendResult *result, GError **error)
{
        const int64_t now = house_now(send->house);
        g_autoptr(GBytes) raw = refusal_compose(send->house->config, result->mail, result->reply, now);
        InboxRow row = { .door = (char *)"send",
                         .size_bytes = (int64_t)g_bytes_get_size(raw),
                         .received_at = now };
        int64_t id;
        const bool is_done = spool_append(send->spool, raw, now, &row.place, error) &&
                             spool_sync(send->spool, error) &&
                             inbox_add(send->house->store, &row, &id, error);
        spool_place_clear(&row.place);
        return is_done;
}

static bool refuse(Send *send, const SendResult *result, const char *said, SendTurn *turn, GError **error)
{
        log_event(LOG_LEVEL_WARNING, "outbox-refused", "mail=%" PRId64 " code=%d", result->mail->id,
                  result->reply != NULL ? result->reply->code : 0);
        turn->refused++;
        return outbox_refuse(send->house->store, result->mail->id, said, house_now(send->house), error);
}

static bool defer(Send *send, const SendResult *result, SendTurn *turn, GError **error)
{
        const OutboxMail *mail = result->mail;
        const SmtpReply *reply = result->reply;
        const bool is_uncertain = reply->verdict == SMTP_UNCERTAIN;
        const int64_t now = house_now(send->house);
        if (is_uncertain && mail->is_uncertain)
                return refuse(send, result, "perhaps delivered: twice no answer to the whole mail", turn,
                              error);
        if (mail->attempts >= LAST_ATTEMPT)
                return refuse(send, result, reply->text, turn, error);
        const int step = MIN(MAX(mail->attempts, 1), (int)G_N_ELEMENTS(retry_after_s)) - 1;
        log_event(LOG_LEVEL_INFO, is_uncertain ? "outbox-uncertain" : "outbox-deferred",
                  "mail=%" PRId64 " code=%d attempt=%d", mail->id, reply->code, mail->attempts);
        turn->deferred++;
        return outbox_defer(send->house->store, mail->id, reply->text, is_uncertain,
                            now + (is_uncertain ? UNCERTAIN_S : retry_after_s[step]), now, error);
}

static bool mark_reply(Send *send, const SendResult *result, SendTurn *turn, GError **error)
{
        const SmtpReply *reply = result->reply;
        switch (reply->verdict) {
        case SMTP_ACCEPTED:
                log_event(LOG_LEVEL_DEBUG, "outbox-sent", "mail=%" PRId64, result->mail->id);
                turn->sent++;
                send->is_proven = true;
                return outbox_mark_sent(send->house->store, result->mail->id, reply->text,
                                        house_now(send->house), error);
        case SMTP_LATER:
        case SMTP_UNCERTAIN: return defer(send, result, turn, error);
        case SMTP_REFUSED:
                if (reply->is_recipient && !report_refusal(send, result, error))
                        return false;
                turn->reports += reply->is_recipient;
                return refuse(send, result, reply->text, turn, error);
        }
        g_assert_not_reached();
}

/* What is no reply: the server's trouble (kept in trouble_out), or a mail that can never go. */
static bool mark_failure(Send *send, const SendResult *result, SendTurn *turn, GError **trouble_out,
                         GError **error)
{
        if (g_error_matches(result->error, SMTP_ERROR, SMTP_ERROR_ADDRESS) ||
            g_error_matches(result->error, STORE_ERROR, STORE_ERROR_CORRUPT))
                return refuse(send, result, result->error->message, turn, error);
        send->is_proven = false;
        if (*trouble_out == NULL)
                *trouble_out = g_error_copy(result->error);
        return outbox_release(send->house->store, result->mail->id, error);
}

static bool mark_all(Send *send, SendTurn *turn, GError **trouble_out, GError **error)
{
        for (guint i = 0; i < send->results->len; i++) {
                const SendResult *result = g_ptr_array_index(send->results, i);
                if (result->reply != NULL ? !mark_reply(send, result, turn, error)
                                          : !mark_failure(send, result, turn, trouble_out, error))
                        return false;
        }
        return true;
}

/* How many mails may be begun: until the server has taken one, one; then one a connection. No connection
 * begins its next mail before its last is marked: a crash doubles no more mails than there are connections.
 */
static guint room(const Send *send)
{
        const guint most = send->is_proven ? (guint)send->house->config->submission_connections : 1;
        return most > send->under_way ? most - send->under_way : 0;
}

/* Marks what came back and leases what may go, in one transaction. */
static GPtrArray *mark_and_lease(Send *send, bool is_leasing, SendTurn *turn, GError **trouble_out,
                                 GError **error)
{
        const Config *config = send->house->config;
        const OutboxCaps caps = { config->cap_person_day, config->cap_staff_day, config->cap_case_day,
                                  config->cap_hour };
        Store *store = send->house->store;
        if (!store_begin(store, error))
                return NULL;
        g_autoptr(GPtrArray) mails = NULL;
        if (mark_all(send, turn, trouble_out, error)) {
                const guint count = is_leasing && *trouble_out == NULL ? room(send) : 0;
                mails = count > 0 ? outbox_lease(store, count, &caps, house_now(send->house), error)
                                  : g_ptr_array_new();
        }
        if (mails != NULL && store_commit(store, error)) {
                g_ptr_array_set_size(send->results, 0);
                return g_steal_pointer(&mails);
        }
        store_rollback(store);
        return NULL;
}

static void begin(Send *send, GPtrArray *mails)
{
        for (guint i = 0; i < mails->len; i++) {
                send_pool_push(send->pool, mails->pdata[i]);
                mails->pdata[i] = NULL; /* outbox_mail_free() takes NULL */
                send->under_way++;
        }
}

/* Waits for one that is under way, and takes the others that are back. */
static void collect(Send *send)
{
        bool is_waiting = true;
        SendResult *result;
        while (send->under_way > 0 && (result = send_pool_pop(send->pool, is_waiting)) != NULL) {
                g_ptr_array_add(send->results, result);
                send->under_way--;
                is_waiting = false;
        }
}

/* Until nothing is under way. Results that cannot be stored now are kept for the next turn. */
static bool run_turn(Send *send, SendTurn *turn, GError **trouble_out, GError **error)
{
        const gint64 until = g_get_monotonic_time() + (gint64)TURN_MS * 1000;
        for (;;) {
                g_autoptr(GPtrArray) mails =
                        mark_and_lease(send, g_get_monotonic_time() < until, turn, trouble_out, error);
                if (mails == NULL)
                        break;
                begin(send, mails);
                if (send->under_way == 0)
                        return true;
                collect(send);
        }
        while (send->under_way > 0)
                collect(send);
        return false;
}

bool send_turn(Send *send, SendTurn *turn_out, GError **error)
{
        g_autoptr(GError) trouble = NULL;
        *turn_out = (SendTurn){ 0 };
        if (!run_turn(send, turn_out, &trouble, error))
                return false;
        if (trouble == NULL)
                return true;
        g_propagate_error(error, g_steal_pointer(&trouble));
        return false;
}

bool send_next_due(Send *send, int64_t *due_at_out, GError **error)
{
        return outbox_next_due(send->house->store, due_at_out, error);
}
