#include "robot/replay.h"

#include "mail/mbox.h"

typedef struct {
        House *house;
        Reader *reader;
        ReplayVisit visit;
        void *data;
} Replay;

static bool look_up(const Replay *replay, const GPtrArray *jobs, Match *matches, GError **error)
{
        for (guint i = 0; i < jobs->len; i++) {
                ReaderJob *job = g_ptr_array_index(jobs, i);
                if (job->references == NULL)
                        continue;
                if (!match_find(replay->house, job->references, house_now(replay->house), &matches[i], error))
                        return false;
                job->own = match_own_mails(replay->house, &matches[i], job->references);
        }
        return true;
}

static bool tell(const Replay *replay, const ReaderJob *job, const Match *match, GError **error)
{
        const char *message_id = job->references != NULL ? job->references->message_id : NULL;
        GError *trouble = NULL;
        Store *store = replay->house->store;
        int64_t row = message_id != NULL ? inbox_find_message(store, message_id, &trouble) : 0;
        g_autoptr(InboxVerdict) then =
                trouble == NULL && row != 0 ? inbox_verdict(store, row, &trouble) : NULL;
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        const Replayed replayed = { .message_id = message_id,
                                    .reading = job->reading,
                                    .failure = job->failure,
                                    .match = match,
                                    .level = job->reading != NULL ? match_level(match, job->reading)
                                                                  : LEVEL_A0,
                                    .then = then };
        replay->visit(&replayed, replay->data);
        return true;
}

static bool read_batch(const Replay *replay, GPtrArray *jobs, GError **error)
{
        Match matches[READER_BATCH_MESSAGES] = { 0 };
        bool is_read = reader_post(replay->reader, jobs, error) &&
                       reader_wait_references(replay->reader, jobs, error) &&
                       look_up(replay, jobs, matches, error) &&
                       reader_post_own(replay->reader, jobs, error) &&
                       reader_wait_readings(replay->reader, jobs, error);
        if (!is_read)
                reader_give_up(replay->reader, jobs);
        for (guint i = 0; i < jobs->len; i++) {
                is_read = is_read && tell(replay, g_ptr_array_index(jobs, i), &matches[i], error);
                match_clear(&matches[i]);
        }
        return is_read;
}

bool replay_file(House *house, Reader *reader, const char *path, ReplayVisit visit, void *data,
                 GError **error)
{
        const Replay replay = { .house = house, .reader = reader, .visit = visit, .data = data };
        g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
        if (file == NULL)
                return false;
        g_autoptr(GBytes) bytes = g_mapped_file_get_bytes(file);
        g_autoptr(GPtrArray) messages = mbox_split(bytes);
        g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)reader_job_free);
        gsize batch_bytes = 0;
        for (guint i = 0; i < messages->len; i++) {
                GBytes *raw = g_ptr_array_index(messages, i);
                batch_bytes += g_bytes_get_size(raw);
                if (jobs->len == READER_BATCH_MESSAGES ||
                    (jobs->len > 0 && batch_bytes > READER_BATCH_BYTES)) {
                        if (!read_batch(&replay, jobs, error))
                                return false;
                        g_ptr_array_set_size(jobs, 0);
                        batch_bytes = g_bytes_get_size(raw);
                }
                g_ptr_array_add(jobs, reader_job_new(raw, NULL));
        }
        return jobs->len == 0 || read_batch(&replay, jobs, error);
}
