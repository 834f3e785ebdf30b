#include "robot/fetch_private.h"

#include "base/log.h"

#include <inttypes.h>
#include <string.h>

enum {
        BATCH_MESSAGES = 50,
        BATCH_BYTES = 4 << 20,
        SINGLE_BYTES = 256 << 10, /* larger ones come alone, streamed */
        RESCAN_S = 30 * 86400,    /* when UIDs mean something else: how far back to look */
        EPOCH_SHIFT = 32,
};

Fetch *fetch_new(House *house, Spool *spool, const char *password, const FetchOptions *options)
{
        Fetch *fetch = g_new0(Fetch, 1);
        fetch->house = house;
        fetch->spool = spool;
        fetch->password = g_strdup(password);
        fetch->options = *options;
        return fetch;
}

/* Nothing that was found on a connection is good for the next. */
void fetch_forget_plans(Fetch *fetch)
{
        g_clear_pointer(&fetch->uids, g_array_unref);
        g_clear_pointer(&fetch->sizes, g_ptr_array_unref);
        fetch->uids_done = fetch->sizes_done = 0;
        fetch->seen_review = fetch->seen_quarantine = (ImapFolder){ 0 };
}

void fetch_disconnect(Fetch *fetch)
{
        if (fetch->imap != NULL)
                fetch->past_commands += imap_command_count(fetch->imap);
        g_clear_pointer(&fetch->imap, imap_free);
        fetch_forget_plans(fetch);
}

void fetch_free(Fetch *fetch)
{
        if (fetch == NULL)
                return;
        fetch_disconnect(fetch);
        g_free(fetch->password);
        g_free(fetch);
}

guint64 fetch_command_count(const Fetch *fetch)
{
        return fetch->past_commands + (fetch->imap != NULL ? imap_command_count(fetch->imap) : 0);
}

bool fetch_fail(Fetch *fetch, GError *failure, GError **error)
{
        if (!g_error_matches(failure, IMAP_ERROR, IMAP_ERROR_REFUSED))
                fetch_disconnect(fetch);
        g_propagate_error(error, failure);
        return false;
}

/* Where to begin. */

static bool commit_position(Fetch *fetch, GError **error)
{
        Store *store = fetch->house->store;
        if (!store_begin(store, error))
                return false;
        if (mailbox_set_position(store, fetch->house->config->mailbox_inbox, fetch->validity, fetch->last_uid,
                                 error) &&
            store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

/* The UID before the first message received since then; before all that will come when there is none. */
static bool find_start(Fetch *fetch, const ImapFolder *folder, int64_t since, GError **error)
{
        fetch->last_uid = MAX((int64_t)folder->uidnext - 1, 0);
        if (since == 0)
                return true;
        g_autoptr(GArray) uids = imap_search(fetch->imap, 0, since, error);
        if (uids == NULL)
                return false;
        if (uids->len > 0)
                fetch->last_uid = (int64_t)g_array_index(uids, uint32_t, 0) - 1;
        return true;
}

/* Compares the folder with what is known of it (MAIL.md D38, D39). */
static bool find_position(Fetch *fetch, const ImapFolder *folder, GError **error)
{
        int64_t validity;
        if (!mailbox_position(fetch->house->store, fetch->house->config->mailbox_inbox, &validity,
                              &fetch->last_uid, error))
                return false;
        const bool is_first = validity == 0;
        const bool is_renumbered = !is_first && (uint32_t)validity != folder->uidvalidity;
        const bool is_behind = !is_first && !is_renumbered && (int64_t)folder->uidnext <= fetch->last_uid;
        fetch->validity = validity;
        if (!is_first && !is_renumbered && !is_behind)
                return true;
        fetch->validity = is_behind ? validity + (INT64_C(1) << EPOCH_SHIFT) : (int64_t)folder->uidvalidity;
        if (!is_first)
                log_event(LOG_LEVEL_WARNING, "mailbox-renumbered",
                          "reason=\"%s\" action=\"the mail of 30 days is looked through again\"",
                          is_behind ? "UIDNEXT went back" : "UIDVALIDITY changed");
        const int64_t since = is_first ? fetch->options.since : house_now(fetch->house) - RESCAN_S;
        if (!find_start(fetch, folder, since, error))
                return false;
        return commit_position(fetch, error);
}

static bool ensure_folders(Fetch *fetch, GError **error)
{
        const Config *config = fetch->house->config;
        const char *const names[] = { config->folder_done, config->folder_review, config->folder_quarantine,
                                      config->folder_retry };
        if (fetch->options.is_rehearsal)
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (!imap_ensure_folder(fetch->imap, names[i], error))
                        return false;
        return true;
}

bool fetch_open_inbox(Fetch *fetch, GError **error)
{
        ImapFolder folder;
        return imap_select(fetch->imap, fetch->house->config->mailbox_inbox, &folder, error) &&
               find_position(fetch, &folder, error);
}

/* Connections are made again every few hours at least; each says it. */
static void warn_of_expiry(const House *house)
{
        int days;
        if (house_secret_days(house, &days) && days <= SECRET_WARNING_DAYS)
                log_event(LOG_LEVEL_WARNING, "secret-expires",
                          "days=%d action=\"make a new secret of the OAuth2 application, and write it and "
                          "oauth2.secret_expires\"",
                          days);
}

bool fetch_ensure_connected(Fetch *fetch, GError **error)
{
        if (fetch->imap != NULL)
                return true;
        fetch->imap = imap_connect(&fetch->house->config->mailbox, fetch->password, error);
        if (fetch->imap == NULL)
                return false;
        warn_of_expiry(fetch->house);
        if (ensure_folders(fetch, error) && fetch_open_inbox(fetch, error))
                return true;
        fetch_disconnect(fetch); /* a folder that cannot be made or opened: there is no use in staying */
        return false;
}

/* Taking in. */

static void arrival_clear(void *data)
{
        spool_place_clear(&((Arrival *)data)->place);
}

/* Puts the bytes into the spool; a message without bytes has a place of length 0. */
static bool spool_arrival(Fetch *fetch, const char *mailbox, int64_t validity, const ImapMessage *message,
                          GArray *arrivals, GError **error)
{
        Arrival arrival = { .mailbox = mailbox, .validity = validity, .message = message };
        if (message->raw != NULL &&
            !spool_append(fetch->spool, message->raw, house_now(fetch->house), &arrival.place, error))
                return false;
        g_array_append_val(arrivals, arrival);
        return true;
}

GArray *fetch_spool(Fetch *fetch, const char *mailbox, int64_t validity, const GPtrArray *messages,
                    GError **error)
{
        g_autoptr(GArray) arrivals = g_array_new(FALSE, FALSE, sizeof(Arrival));
        g_array_set_clear_func(arrivals, arrival_clear);
        for (guint i = 0; i < messages->len; i++)
                if (!spool_arrival(fetch, mailbox, validity, g_ptr_array_index(messages, i), arrivals, error))
                        return NULL;
        return spool_sync(fetch->spool, error) ? g_steal_pointer(&arrivals) : NULL;
}

bool fetch_add_row(Fetch *fetch, const Arrival *arrival, GError **error)
{
        int64_t id;
        const InboxRow row = { .door = (char *)"mailbox",
                               .mailbox = (char *)arrival->mailbox,
                               .uidvalidity = arrival->validity,
                               .uid = arrival->message->uid,
                               .place = arrival->place,
                               .size_bytes = arrival->message->size_bytes,
                               .received_at = arrival->message->received_at };
        return inbox_add(fetch->house->store, &row, &id, error);
}

static bool add_rows(Fetch *fetch, const GArray *arrivals, int64_t last_uid, GError **error)
{
        for (guint i = 0; i < arrivals->len; i++)
                if (!fetch_add_row(fetch, &g_array_index(arrivals, Arrival, i), error))
                        return false;
        return mailbox_set_position(fetch->house->store, fetch->house->config->mailbox_inbox, fetch->validity,
                                    last_uid, error);
}

/* Spool first, then rows and position in one transaction: one sync each. */
static bool commit_arrivals(Fetch *fetch, const GPtrArray *messages, int64_t last_uid, GError **error)
{
        Store *store = fetch->house->store;
        g_autoptr(GArray) arrivals =
                fetch_spool(fetch, fetch->house->config->mailbox_inbox, fetch->validity, messages, error);
        if (arrivals == NULL || !store_begin(store, error))
                return false;
        if (!add_rows(fetch, arrivals, last_uid, error) || !store_commit(store, error)) {
                store_rollback(store);
                return false;
        }
        fetch->last_uid = last_uid;
        return true;
}

/* What is known of a message that is not, or cannot be, fetched. */
static ImapMessage *without_body(const ImapMessage *size)
{
        ImapMessage *message = g_memdup2(size, sizeof(*size));
        message->raw = NULL;
        return message;
}

/* One message by itself: large, or in a batch that the server refused. NULL without error: it is gone. */
static ImapMessage *fetch_single(Fetch *fetch, const ImapMessage *size, GError **error)
{
        const int64_t most = fetch->house->config->message_limit_bytes;
        if ((int64_t)size->size_bytes > most) {
                log_event(LOG_LEVEL_WARNING, "message-too-large", "uid=%" PRIu32 " size=%" PRIu32, size->uid,
                          size->size_bytes);
                return without_body(size);
        }
        g_autoptr(GError) refusal = NULL;
        ImapMessage *message = imap_fetch_large(fetch->imap, size->uid, most, &refusal);
        if (message == NULL && g_error_matches(refusal, IMAP_ERROR, IMAP_ERROR_REFUSED)) {
                log_event(LOG_LEVEL_WARNING, "message-refused", "uid=%" PRIu32, size->uid);
                return without_body(size);
        }
        if (message == NULL) {
                g_propagate_error(error, g_steal_pointer(&refusal));
                return NULL;
        }
        if (message->raw == NULL && message->size_bytes == 0)
                g_clear_pointer(&message, imap_message_free);
        return message;
}

static bool fetch_one_by_one(Fetch *fetch, const ImapMessage *const *sizes, guint count, GPtrArray *messages,
                             GError **error)
{
        for (guint i = 0; i < count; i++) {
                g_autoptr(GError) failure = NULL;
                ImapMessage *message = fetch_single(fetch, sizes[i], &failure);
                if (failure != NULL) {
                        g_propagate_error(error, g_steal_pointer(&failure));
                        return false;
                }
                if (message != NULL)
                        g_ptr_array_add(messages, message);
        }
        return true;
}

/* The bodies of a batch that fits, or of one large message. */
GPtrArray *fetch_bodies(Fetch *fetch, const ImapMessage *const *sizes, guint count, GError **error)
{
        uint32_t uids[BATCH_MESSAGES];
        g_autoptr(GError) refusal = NULL;
        if (count > 1 || sizes[0]->size_bytes <= SINGLE_BYTES) {
                for (guint i = 0; i < count; i++)
                        uids[i] = sizes[i]->uid;
                GPtrArray *messages = imap_fetch(fetch->imap, uids, count, &refusal);
                if (messages != NULL || !g_error_matches(refusal, IMAP_ERROR, IMAP_ERROR_REFUSED)) {
                        if (messages == NULL)
                                g_propagate_error(error, g_steal_pointer(&refusal));
                        return messages;
                }
        }
        g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func((GDestroyNotify)imap_message_free);
        return fetch_one_by_one(fetch, sizes, count, messages, error) ? g_steal_pointer(&messages) : NULL;
}

/* How many of the sizes make the next batch. */
guint fetch_plan_batch(const ImapMessage *const *sizes, guint count)
{
        guint planned = 0;
        gsize bytes = 0;
        while (planned < MIN(count, BATCH_MESSAGES) && sizes[planned]->size_bytes <= SINGLE_BYTES &&
               bytes + sizes[planned]->size_bytes <= BATCH_BYTES)
                bytes += sizes[planned++]->size_bytes;
        return MAX(planned, 1);
}

/* Asks for the UIDs above the last one taken, then for some hundred sizes. False with *error unset: nothing
 * new. */
static bool plan_more(Fetch *fetch, GError **error)
{
        if (fetch->uids == NULL || fetch->uids_done == fetch->uids->len) {
                g_clear_pointer(&fetch->uids, g_array_unref);
                fetch->uids_done = 0;
                fetch->uids = imap_search(fetch->imap, (uint32_t)fetch->last_uid, 0, error);
                if (fetch->uids == NULL || fetch->uids->len == 0)
                        return false;
        }
        g_clear_pointer(&fetch->sizes, g_ptr_array_unref);
        const guint count = MIN(fetch->uids->len - fetch->uids_done, SIZES_UIDS);
        const uint32_t *uids = &g_array_index(fetch->uids, uint32_t, fetch->uids_done);
        fetch->sizes = imap_sizes(fetch->imap, uids, count, error);
        fetch->sizes_done = 0;
        fetch->uids_done += count;
        if (fetch->sizes != NULL && fetch->sizes->len == 0) /* gone, or ghosts: not asked again */
                fetch->last_uid = uids[count - 1];
        return fetch->sizes != NULL;
}

static bool take(Fetch *fetch, guint *taken_out, GError **error)
{
        g_autoptr(GError) failure = NULL;
        while (fetch->sizes == NULL || fetch->sizes_done == fetch->sizes->len)
                if (!plan_more(fetch, &failure)) {
                        if (failure == NULL)
                                return true;
                        g_propagate_error(error, g_steal_pointer(&failure));
                        return false;
                }
        const ImapMessage *const *sizes = (const ImapMessage *const *)fetch->sizes->pdata + fetch->sizes_done;
        const guint count = fetch_plan_batch(sizes, fetch->sizes->len - fetch->sizes_done);
        g_autoptr(GPtrArray) messages = fetch_bodies(fetch, sizes, count, error);
        if (messages == NULL || !commit_arrivals(fetch, messages, sizes[count - 1]->uid, error))
                return false;
        fetch->sizes_done += count;
        *taken_out = count;
        return true;
}

/* So that the digest can say when the mailbox was last looked into. */
static bool mark_seen(Fetch *fetch, GError **error)
{
        int64_t now = house_now(fetch->house);
        if (now - fetch->seen_at < SEEN_S && now >= fetch->seen_at)
                return true;
        fetch->seen_at = now;
        return mailbox_mark_seen(fetch->house->store, fetch->house->config->mailbox_inbox, now, error);
}

bool fetch_take(Fetch *fetch, guint *taken_out, GError **error)
{
        g_autoptr(GError) failure = NULL;
        *taken_out = 0;
        if (fetch_ensure_connected(fetch, &failure) && take(fetch, taken_out, &failure) &&
            mark_seen(fetch, &failure))
                return true;
        fetch_forget_plans(fetch); /* after a NO, too */
        return fetch_fail(fetch, g_steal_pointer(&failure), error);
}

bool fetch_wait(Fetch *fetch, int wake_fd, int timeout_ms, bool *changed_out, GError **error)
{
        g_autoptr(GError) failure = NULL;
        *changed_out = false;
        if (fetch_ensure_connected(fetch, &failure) &&
            imap_wait(fetch->imap, wake_fd, timeout_ms, changed_out, &failure))
                return true;
        return fetch_fail(fetch, g_steal_pointer(&failure), error);
}
