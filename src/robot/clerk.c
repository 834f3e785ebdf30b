/* robot/clerk.c: messages in batches: taken, read, looked up, settled. */
#include "robot/clerk_private.h"

#include "base/log.h"
#include "robot/apply.h"
#include "store/cases.h"

#include <inttypes.h>
#include <string.h>

enum { TRIES_MAX = 2, GROUP_MS = 50, PAUSE_MS = 3 };

static void item_free(gpointer data)
{
        Item *item = data;
        inbox_row_free(item->row);
        reader_job_free(item->job);
        act_free(item->act);
        match_clear(&item->match);
        g_clear_error(&item->trouble);
        g_free(item);
}

static void drop_batch(Clerk *clerk)
{
        g_clear_pointer(&clerk->jobs, g_ptr_array_unref);
        g_clear_pointer(&clerk->batch, g_ptr_array_unref);
}

Clerk *clerk_new(House *house, Reader *reader, GError **error)
{
        g_autoptr(Clerk) clerk = g_new0(Clerk, 1);
        clerk->house = house;
        clerk->reader = reader;
        clerk->out = spool_open(house->config->state_dir, "out", error);
        return clerk->out != NULL ? g_steal_pointer(&clerk) : NULL;
}

void clerk_free(Clerk *clerk)
{
        if (clerk == NULL)
                return;
        if (clerk->jobs != NULL)
                reader_give_up(clerk->reader, clerk->jobs);
        drop_batch(clerk);
        spool_free(clerk->out);
        g_free(clerk);
}

bool clerk_is_world(const GError *error)
{
        return error->domain == READER_ERROR || apply_error_is_world(error);
}

/* Taking. */

static Item *item_new(House *house, InboxRow *row)
{
        Item *item = g_new0(Item, 1);
        item->row = row;
        if (row->place.length == 0 || row->attempts > TRIES_MAX)
                return item;
        g_autoptr(GBytes) raw = spool_read(house->config->state_dir, &row->place, &item->trouble);
        if (raw != NULL && strcmp(row->door, "web") == 0)
                item->act = act_read(raw);
        else if (raw != NULL)
                item->job = reader_job_new(raw, item);
        return item;
}

/* The last row that is under way already. */
static int64_t last_taken(const Clerk *clerk)
{
        const GPtrArray *batch = clerk->batch;
        return batch != NULL ? ((const Item *)g_ptr_array_index(batch, batch->len - 1))->row->id : 0;
}

/* Takes the next batch; *batch_out stays NULL when there is none. */
static bool take(Clerk *clerk, GPtrArray **batch_out, GPtrArray **jobs_out, GError **error)
{
        Store *store = clerk->house->store;
        int64_t after = last_taken(clerk);
        bool is_waiting;
        *batch_out = *jobs_out = NULL;
        if (!inbox_has_new(store, after, &is_waiting, error))
                return false;
        if (!is_waiting)
                return true;
        if (!store_begin(store, error))
                return false;
        g_autoptr(GPtrArray) rows =
                inbox_take(store, after, READER_BATCH_MESSAGES, READER_BATCH_BYTES, error);
        if (rows == NULL || !store_commit(store, error)) {
                store_rollback(store);
                return false;
        }
        if (rows->len == 0)
                return true;
        *batch_out = g_ptr_array_new_with_free_func(item_free);
        *jobs_out = g_ptr_array_new();
        for (guint i = 0; i < rows->len; i++) {
                Item *item = item_new(clerk->house, g_steal_pointer(&rows->pdata[i]));
                g_ptr_array_add(*batch_out, item);
                if (item->job != NULL)
                        g_ptr_array_add(*jobs_out, item->job);
        }
        return true;
}

/* Back to untried: the fault was not theirs. */
static void give_back(Clerk *clerk, GPtrArray *batch)
{
        for (guint i = 0; batch != NULL && i < batch->len; i++)
                inbox_give_back(clerk->house->store, ((const Item *)g_ptr_array_index(batch, i))->row->id,
                                NULL);
}

/* Looking up. */

static bool look_up_all(Clerk *clerk, GError **error)
{
        int64_t now = house_now(clerk->house);
        for (guint i = 0; i < clerk->batch->len; i++) {
                Item *item = g_ptr_array_index(clerk->batch, i);
                if (item->job == NULL || item->job->references == NULL)
                        continue;
                if (match_find(clerk->house, item->job->references, now, &item->match, &item->trouble) &&
                    match_assign(clerk->house, item->row->assigned_case, item->row->assigned_person,
                                 &item->match, &item->trouble))
                        item->job->own = match_own_mails(clerk->house, &item->match, item->job->references);
                else if (clerk_is_world(item->trouble)) {
                        g_propagate_error(error, g_steal_pointer(&item->trouble));
                        return false;
                }
        }
        return true;
}

static bool look_up(Clerk *clerk, GError **error)
{
        Store *store = clerk->house->store;
        if (!store_begin_reading(store, error))
                return false;
        bool is_done = look_up_all(clerk, error) && store_commit(store, error);
        store_rollback(store);
        return is_done;
}

/* Settling. */

/* It failed: once more, alone; then it is set aside. */
static bool fail_item(const Round *round, const Item *item, const char *reason, GError **error)
{
        log_event(LOG_LEVEL_WARNING, "message-failed", "message=%" PRId64 " try=%d", item->row->id,
                  item->row->attempts);
        if (item->row->attempts < TRIES_MAX)
                return true;
        log_event(LOG_LEVEL_ERROR, "message-set-aside", "message=%" PRId64, item->row->id);
        round->turn->messages++;
        return inbox_set_aside(round->clerk->house->store, item->row->id, reason, round->now, error);
}

static const char *failure_of(const Item *item)
{
        if (item->row->attempts > TRIES_MAX)
                return "it crashed a worker twice";
        if (item->trouble != NULL)
                return item->trouble->message;
        if (item->act != NULL)
                return NULL;
        if (item->job == NULL)
                return "it is neither a mail nor an act";
        if (item->job->failure != NULL)
                return item->job->failure;
        return item->job->references == NULL || item->job->reading == NULL ? "it could not be read" : NULL;
}

/* One message in its savepoint. False: the world failed. */
static bool settle(const Round *round, const Item *item, GError **error)
{
        Store *store = round->clerk->house->store;
        bool is_unfetched = item->row->place.length == 0;
        const char *failure = is_unfetched ? NULL : failure_of(item);
        if (failure != NULL)
                return fail_item(round, item, failure, error);
        GError *trouble = NULL;
        if (!store_savepoint(store, error))
                return false;
        if (clerk_decide(round, item, &trouble)) {
                round->turn->messages++;
                return store_release(store, error);
        }
        if (clerk_is_world(trouble)) {
                g_propagate_error(error, trouble);
                return false;
        }
        store_undo(store);
        bool is_told = fail_item(round, item, trouble->message, error);
        g_error_free(trouble);
        return is_told;
}

static bool commit(const Round *round, GError **error)
{
        return spool_sync(round->clerk->out, error) && store_commit(round->clerk->house->store, error);
}

/* Documents take their time: the other writers are let in between. */
static bool settle_batch(const Round *round, const GPtrArray *batch, GError **error)
{
        Store *store = round->clerk->house->store;
        int64_t began_ms = clock_monotonic_ms();
        bool is_done = store_begin(store, error);
        for (guint i = 0; is_done && i < batch->len; i++) {
                is_done = settle(round, g_ptr_array_index(batch, i), error);
                if (!is_done || i + 1 == batch->len || clock_monotonic_ms() - began_ms < GROUP_MS)
                        continue;
                is_done = commit(round, error);
                g_usleep(PAUSE_MS * 1000); /* longer than the step by which a waiting writer tries */
                is_done = is_done && store_begin(store, error);
                began_ms = clock_monotonic_ms();
        }
        if (is_done && commit(round, error))
                return true;
        store_rollback(store);
        return false;
}

/* The reader has the next batch while this one is decided. */
static bool read_batch(Clerk *clerk, GPtrArray **next_out, GPtrArray **next_jobs_out, GError **error)
{
        *next_out = *next_jobs_out = NULL;
        return reader_wait_references(clerk->reader, clerk->jobs, error) && look_up(clerk, error) &&
               reader_post_own(clerk->reader, clerk->jobs, error) &&
               take(clerk, next_out, next_jobs_out, error) &&
               (*next_jobs_out == NULL || reader_post(clerk->reader, *next_jobs_out, error)) &&
               reader_wait_readings(clerk->reader, clerk->jobs, error);
}

static void give_up(Clerk *clerk, GPtrArray *next, GPtrArray *next_jobs)
{
        store_rollback(clerk->house->store);
        reader_give_up(clerk->reader, clerk->jobs);
        if (next_jobs != NULL)
                reader_give_up(clerk->reader, next_jobs);
        give_back(clerk, clerk->batch);
        give_back(clerk, next);
        g_clear_pointer(&next_jobs, g_ptr_array_unref);
        g_clear_pointer(&next, g_ptr_array_unref);
        drop_batch(clerk);
}

static bool turn_messages(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        if (clerk->batch == NULL && !take(clerk, &clerk->batch, &clerk->jobs, error))
                return false;
        if (clerk->batch == NULL)
                return true;
        GPtrArray *next = NULL, *next_jobs = NULL;
        Round round = { .clerk = clerk, .now = house_now(clerk->house), .turn = turn };
        bool is_posted = clerk->is_posted || reader_post(clerk->reader, clerk->jobs, error);
        clerk->is_posted = false;
        if (!is_posted || !read_batch(clerk, &next, &next_jobs, error) ||
            !settle_batch(&round, clerk->batch, error)) {
                *turn = (ClerkTurn){ 0 };
                give_up(clerk, next, next_jobs);
                return false;
        }
        drop_batch(clerk);
        clerk->batch = next;
        clerk->jobs = next_jobs;
        clerk->is_posted = next != NULL;
        return true;
}

bool clerk_turn(Clerk *clerk, ClerkTurn *turn_out, GError **error)
{
        *turn_out = (ClerkTurn){ 0 };
        return house_learn_days(clerk->house, error) && turn_messages(clerk, turn_out, error) &&
               clerk_turn_time(clerk, turn_out, error);
}
