#include "robot/fetch_private.h"

#include "base/log.h"

#include <inttypes.h>
#include <string.h>

/* Out into the folders. */

static const char *folder_of(const Config *config, const char *word)
{
        if (strcmp(word, "review") == 0)
                return config->folder_review;
        return strcmp(word, "quarantine") == 0 ? config->folder_quarantine : config->folder_done;
}

/* Rows that follow their message: people will look at it there. */
static bool follow(Fetch *fetch, const GPtrArray *rows, const GArray *places, const char *folder,
                   GError **error)
{
        for (guint i = 0; i < rows->len; i++) {
                const InboxMove *row = g_ptr_array_index(rows, i);
                for (guint n = 0; n < places->len; n++) {
                        const ImapPlace *place = &g_array_index(places, ImapPlace, n);
                        if (place->from_uid == row->uid &&
                            !inbox_set_place(fetch->house->store, row->id, folder, place->uidvalidity,
                                             place->uid, error))
                                return false;
                }
        }
        return true;
}

static bool commit_moves(Fetch *fetch, const GPtrArray *rows, const GArray *places, const char *folder,
                         GError **error)
{
        Store *store = fetch->house->store;
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        for (guint i = 0; i < rows->len; i++)
                g_array_append_val(ids, ((const InboxMove *)g_ptr_array_index(rows, i))->id);
        if (!store_begin(store, error))
                return false;
        if (inbox_mark_moved(store, (const int64_t *)(void *)ids->data, ids->len, house_now(fetch->house),
                             error) &&
            follow(fetch, rows, places, folder, error) && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

/* Rows of one word, in one command. Those whose UID means something else by now stay where they are. */
static bool move_word(Fetch *fetch, const GPtrArray *moves, const char *word, int64_t validity,
                      GError **error)
{
        g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_autoptr(GPtrArray) rows = g_ptr_array_new();
        g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(ImapPlace));
        const char *folder = folder_of(fetch->house->config, word);
        for (guint i = 0; i < moves->len; i++) {
                InboxMove *move = g_ptr_array_index(moves, i);
                const uint32_t uid = (uint32_t)move->uid;
                if (strcmp(move->folder, word) != 0)
                        continue;
                g_ptr_array_add(rows, move);
                if (move->uidvalidity == validity)
                        g_array_append_val(uids, uid);
        }
        const bool is_followed = strcmp(word, "done") != 0;
        if (rows->len == 0)
                return true;
        return (uids->len == 0 || imap_move(fetch->imap, (const uint32_t *)(void *)uids->data, uids->len,
                                            folder, is_followed ? places : NULL, error)) &&
               commit_moves(fetch, rows, places, folder, error);
}

static bool move_all(Fetch *fetch, const GPtrArray *moves, int64_t validity, GError **error)
{
        return move_word(fetch, moves, "done", validity, error) &&
               move_word(fetch, moves, "review", validity, error) &&
               move_word(fetch, moves, "quarantine", validity, error);
}

/* What was read again lies in the retry folder. */
static bool move_retried(Fetch *fetch, guint *moved, GError **error)
{
        const char *retry = fetch->house->config->folder_retry;
        ImapFolder folder;
        g_autoptr(GPtrArray) moves = inbox_to_move(fetch->house->store, retry, MOVE_MESSAGES, error);
        if (moves == NULL || moves->len == 0)
                return moves != NULL;
        fetch_forget_plans(fetch);
        if (!imap_select(fetch->imap, retry, &folder, error) ||
            !move_all(fetch, moves, folder.uidvalidity, error))
                return false;
        *moved += moves->len;
        return fetch_open_inbox(fetch, error);
}

static bool move_decided(Fetch *fetch, guint at_least, guint *moved, GError **error)
{
        const char *inbox = fetch->house->config->mailbox_inbox;
        g_autoptr(GPtrArray) moves = inbox_to_move(fetch->house->store, inbox, MOVE_MESSAGES, error);
        if (moves == NULL)
                return false;
        if (moves->len < MAX(at_least, 1))
                return true;
        if (!fetch_ensure_connected(fetch, error) || !move_all(fetch, moves, fetch->validity, error))
                return false;
        *moved += moves->len;
        return true;
}

bool fetch_move(Fetch *fetch, guint at_least, guint *moved_out, GError **error)
{
        g_autoptr(GError) failure = NULL;
        *moved_out = 0;
        if (fetch->options.is_rehearsal)
                return true;
        if (fetch_ensure_connected(fetch, &failure) && move_decided(fetch, at_least, moved_out, &failure) &&
            move_retried(fetch, moved_out, &failure))
                return true;
        return fetch_fail(fetch, g_steal_pointer(&failure), error);
}

/* What people do. */

/* A folder that somebody removed is made again, and empty. */
static bool look_at(Fetch *fetch, const char *name, ImapFolder *folder_out, GError **error)
{
        g_autoptr(GError) refusal = NULL;
        if (imap_status(fetch->imap, name, folder_out, &refusal))
                return true;
        *folder_out = (ImapFolder){ 0 };
        if (g_error_matches(refusal, IMAP_ERROR, IMAP_ERROR_REFUSED))
                return imap_ensure_folder(fetch->imap, name, error);
        g_propagate_error(error, g_steal_pointer(&refusal));
        return false;
}

/* Again: the row that has these bytes; a message that was never seen is new. */
static bool retry_row(Fetch *fetch, const Arrival *arrival, GError **error)
{
        Store *store = fetch->house->store;
        int64_t id = 0;
        if (arrival->message->raw != NULL && !inbox_find_bytes(store, &arrival->place, &id, error))
                return false;
        if (id == 0)
                return fetch_add_row(fetch, arrival, error);
        log_event(LOG_LEVEL_INFO, "message-again", "message=%" PRId64, id);
        return inbox_reopen(store, id, error) &&
               inbox_set_place(store, id, arrival->mailbox, arrival->validity, arrival->message->uid, error);
}

static bool commit_retries(Fetch *fetch, const GPtrArray *messages, int64_t validity, GError **error)
{
        Store *store = fetch->house->store;
        g_autoptr(GArray) arrivals =
                fetch_spool(fetch, fetch->house->config->folder_retry, validity, messages, error);
        bool is_done = arrivals != NULL && store_begin(store, error);
        for (guint i = 0; is_done && i < arrivals->len; i++)
                is_done = retry_row(fetch, &g_array_index(arrivals, Arrival, i), error);
        if (is_done && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

/* UIDs of the retry folder that no row has yet, some hundred at once. */
static GArray *find_retries(Fetch *fetch, int64_t validity, GError **error)
{
        g_autoptr(GArray) uids = imap_search(fetch->imap, 0, 0, error);
        g_autoptr(GArray) unknown = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        for (guint i = 0; uids != NULL && i < uids->len && unknown->len < SIZES_UIDS; i++) {
                const uint32_t uid = g_array_index(uids, uint32_t, i);
                bool is_known;
                if (!inbox_knows(fetch->house->store, fetch->house->config->folder_retry, validity, uid,
                                 &is_known, error))
                        return NULL;
                if (!is_known)
                        g_array_append_val(unknown, uid);
        }
        return uids != NULL ? g_steal_pointer(&unknown) : NULL;
}

static bool take_retries(Fetch *fetch, guint *taken, GError **error)
{
        ImapFolder folder;
        if (!imap_select(fetch->imap, fetch->house->config->folder_retry, &folder, error))
                return false;
        g_autoptr(GArray) uids = find_retries(fetch, folder.uidvalidity, error);
        if (uids == NULL)
                return false;
        g_autoptr(GPtrArray) sizes =
                imap_sizes(fetch->imap, (const uint32_t *)(void *)uids->data, uids->len, error);
        for (guint done = 0, count; sizes != NULL && done < sizes->len; done += count) {
                const ImapMessage *const *next = (const ImapMessage *const *)sizes->pdata + done;
                count = fetch_plan_batch(next, sizes->len - done);
                g_autoptr(GPtrArray) messages = fetch_bodies(fetch, next, count, error);
                if (messages == NULL || !commit_retries(fetch, messages, folder.uidvalidity, error))
                        return false;
                *taken += count;
        }
        return sizes != NULL;
}

static gint compare_uids(gconstpointer a, gconstpointer b)
{
        const uint32_t *left = a;
        const uint32_t *right = b;
        return (*left > *right) - (*left < *right);
}

/* Rows whose message is no longer where people were to look at it: somebody did. */
static bool close_reviewed(Fetch *fetch, const GPtrArray *rows, const GArray *uids, uint32_t uidvalidity,
                           GError **error)
{
        Store *store = fetch->house->store;
        if (!store_begin(store, error))
                return false;
        bool is_done = true;
        for (guint i = 0; is_done && i < rows->len; i++) {
                const InboxMove *row = g_ptr_array_index(rows, i);
                const uint32_t uid = (uint32_t)row->uid;
                if (row->uidvalidity != uidvalidity ||
                    g_array_binary_search((GArray *)uids, &uid, compare_uids, NULL))
                        continue;
                log_event(LOG_LEVEL_INFO, "message-reviewed", "message=%" PRId64, row->id);
                is_done = inbox_mark_reviewed(store, row->id, house_now(fetch->house), error);
        }
        if (is_done && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

/* *is_away_out: another folder than the inbox is selected now. */
static bool look_through(Fetch *fetch, const char *name, ImapFolder *seen, bool *is_away_out, GError **error)
{
        g_autoptr(GPtrArray) rows = inbox_in_review(fetch->house->store, name, error);
        ImapFolder folder;
        if (rows == NULL || rows->len == 0)
                return rows != NULL;
        if (!look_at(fetch, name, &folder, error))
                return false;
        if (memcmp(&folder, seen, sizeof(folder)) == 0)
                return true;
        *is_away_out = true;
        g_autoptr(GArray) uids =
                imap_select(fetch->imap, name, &folder, error) ? imap_search(fetch->imap, 0, 0, error) : NULL;
        if (uids == NULL || !close_reviewed(fetch, rows, uids, folder.uidvalidity, error))
                return false;
        *seen = folder;
        return true;
}

static bool tend(Fetch *fetch, guint *taken, GError **error)
{
        const Config *config = fetch->house->config;
        ImapFolder retry;
        bool is_away = false;
        if (!fetch_ensure_connected(fetch, error) || !look_at(fetch, config->folder_retry, &retry, error))
                return false;
        if (retry.exists > 0) {
                is_away = true;
                if (!take_retries(fetch, taken, error))
                        return false;
        }
        if (!look_through(fetch, config->folder_review, &fetch->seen_review, &is_away, error) ||
            !look_through(fetch, config->folder_quarantine, &fetch->seen_quarantine, &is_away, error))
                return false;
        if (!is_away)
                return true;
        g_clear_pointer(&fetch->uids, g_array_unref);
        g_clear_pointer(&fetch->sizes, g_ptr_array_unref);
        return fetch_open_inbox(fetch, error);
}

bool fetch_tend(Fetch *fetch, guint *taken_out, GError **error)
{
        g_autoptr(GError) failure = NULL;
        *taken_out = 0;
        if (fetch->options.is_rehearsal || tend(fetch, taken_out, &failure))
                return true;
        fetch_disconnect(fetch); /* perhaps in another folder */
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
}
