#include "robot/reader.h"

#include "base/log.h"
#include "mail/attachment.h"
#include "robot/reader_process.h"

#include <string.h>

G_DEFINE_QUARK(facteur - reader - error - quark, reader_error)

enum {
        PATIENCE_MS = 1000, /* between two looks at whether it moves */
        DEATHS_AT_REST = 3, /* in a row, without a message to blame: something else is wrong */
};

/* A batch under way. */
typedef struct {
        GPtrArray *jobs; /* borrowed */
        uint32_t number;
        bool has_own; /* the second turn was asked for */
} Batch;

struct Reader {
        /* inside this process */
        const ReadingContext *context; /* borrowed; NULL: a process reads */
        GHashTable *messages;          /* job -> Message, between its turns */
        /* a process of its own */
        char *program;
        GBytes *setup;
        ReaderProcess *process; /* NULL: to be started */
        GPtrArray *batches;     /* of Batch, oldest first */
        uint32_t last_number;
        guint deaths_at_rest;
};

ReaderJob *reader_job_new(GBytes *raw, void *data)
{
        ReaderJob *job = g_new0(ReaderJob, 1);
        job->raw = g_bytes_ref(raw);
        job->data = data;
        return job;
}

void reader_job_free(ReaderJob *job)
{
        if (job == NULL)
                return;
        g_bytes_unref(job->raw);
        g_clear_pointer(&job->own, g_ptr_array_unref);
        g_clear_pointer(&job->references, references_free);
        g_clear_pointer(&job->reading, reading_free);
        g_free(job->fingerprint);
        g_free(job->failure);
        g_free(job);
}

static GBytes *print_setup(const ReaderSetup *setup)
{
        json_t *authserv = json_array();
        for (const char *const *name = setup->trusted_authserv; name != NULL && *name != NULL; name++)
                json_array_append_new(authserv, json_string(*name));
        json_t *object = json_pack("{s:s, s:o, s:s*, s:s*}", "rules", setup->rules_dir, "authserv", authserv,
                                   "address", setup->own_address, "instance", setup->instance);
        char *text = json_dumps(object, JSON_COMPACT);
        json_decref(object);
        return g_bytes_new_with_free_func(text, strlen(text), free, text);
}

static Reader *reader_new(void)
{
        Reader *reader = g_new0(Reader, 1);
        reader->batches = g_ptr_array_new_with_free_func(g_free);
        return reader;
}

static bool ensure_process(Reader *reader, GError **error)
{
        if (reader->process == NULL)
                reader->process = reader_process_start(reader->program, reader->setup, error);
        return reader->process != NULL;
}

ReaderSetup reader_setup(const Config *config)
{
        return (ReaderSetup){ .rules_dir = config->rules_dir,
                              .trusted_authserv = (const char *const *)config->trusted_authserv,
                              .own_address = config->address,
                              .instance = config->instance };
}

Reader *reader_start(const ReaderSetup *setup, GError **error)
{
        g_autoptr(Reader) reader = reader_new();
        reader->program = g_strdup(setup->program != NULL ? setup->program : "/proc/self/exe");
        reader->setup = print_setup(setup);
        return ensure_process(reader, error) ? g_steal_pointer(&reader) : NULL;
}

Reader *reader_inside(const ReadingContext *context)
{
        Reader *reader = reader_new();
        attachment_types_load();
        reader->context = context;
        reader->messages = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)message_free);
        return reader;
}

void reader_free(Reader *reader)
{
        if (reader == NULL)
                return;
        g_clear_pointer(&reader->messages, g_hash_table_unref);
        g_clear_pointer(&reader->process, reader_process_free);
        g_clear_pointer(&reader->setup, g_bytes_unref);
        g_ptr_array_unref(reader->batches);
        g_free(reader->program);
        g_free(reader);
}

/* Inside this process. */

static void find_inside(Reader *reader, ReaderJob *job)
{
        Message *message = message_open(job->raw);
        g_hash_table_insert(reader->messages, job, message);
        job->references = references_find(message);
        job->fingerprint = message_fingerprint(message);
}

static void read_inside(Reader *reader, ReaderJob *job)
{
        Message *message = g_hash_table_lookup(reader->messages, job);
        job->reading = reading_make(message, reader->context, job->own);
        g_hash_table_remove(reader->messages, job);
}

/* By the process. */

static Batch *find_batch(Reader *reader, const GPtrArray *jobs)
{
        for (guint i = 0; i < reader->batches->len; i++) {
                Batch *batch = g_ptr_array_index(reader->batches, i);
                if (batch->jobs == jobs)
                        return batch;
        }
        return NULL;
}

static ReaderJob *find_job(Reader *reader, uint32_t number, uint32_t index)
{
        for (guint i = 0; i < reader->batches->len; i++) {
                const Batch *batch = g_ptr_array_index(reader->batches, i);
                if (batch->number == number && index < batch->jobs->len)
                        return g_ptr_array_index(batch->jobs, index);
        }
        return NULL;
}

static void take_references(ReaderJob *job, const char *bytes, size_t size)
{
        if (job->references != NULL) /* told before, by a reader that died since */
                return;
        size_t length = strnlen(bytes, size);
        if (length < size && g_str_is_ascii(bytes)) {
                job->fingerprint = g_strdup(bytes);
                job->references = references_from_bytes(bytes + length + 1, size - length - 1);
        }
}

static void take_frame(const FrameHead *head, const char *bytes, void *data)
{
        Reader *reader = data;
        ReaderJob *job = find_job(reader, head->batch, head->index);
        if (job == NULL || job->failure != NULL)
                return;
        if (head->kind == FRAME_REFERENCES) {
                take_references(job, bytes, head->size);
                if (job->references == NULL)
                        job->failure = g_strdup("it answered nonsense");
        } else if (head->kind == FRAME_READING && job->reading == NULL) {
                job->reading = reading_from_bytes(bytes, head->size);
                if (job->reading == NULL)
                        job->failure = g_strdup("it answered nonsense");
        }
        reader->deaths_at_rest = 0;
}

static void send_first_turn(Reader *reader, const Batch *batch)
{
        for (guint i = 0; i < batch->jobs->len; i++) {
                const ReaderJob *job = g_ptr_array_index(batch->jobs, i);
                if (job->failure == NULL && job->reading == NULL)
                        reader_process_send(reader->process, FRAME_FIND, batch->number, i, job->raw);
        }
}

static void send_second_turn(Reader *reader, const Batch *batch)
{
        for (guint i = 0; i < batch->jobs->len; i++) {
                const ReaderJob *job = g_ptr_array_index(batch->jobs, i);
                if (job->failure != NULL || job->reading != NULL)
                        continue;
                for (guint n = 0; job->own != NULL && n < job->own->len; n++)
                        reader_process_send(reader->process, FRAME_OWN, batch->number, i,
                                            g_ptr_array_index(job->own, n));
                reader_process_send(reader->process, FRAME_READ, batch->number, i, NULL);
        }
}

/* After a death, or a start that failed: everything under way once more. */
static bool restart(Reader *reader, GError **error)
{
        if (!ensure_process(reader, error))
                return false;
        for (guint i = 0; i < reader->batches->len; i++) {
                const Batch *batch = g_ptr_array_index(reader->batches, i);
                send_first_turn(reader, batch);
                if (batch->has_own)
                        send_second_turn(reader, batch);
        }
        return true;
}

/* The message that the process worked on when it died is to blame. */
static bool bury(Reader *reader, GError **error)
{
        uint64_t place = 0;
        g_autofree char *death = reader_process_death(reader->process, &place);
        g_clear_pointer(&reader->process, reader_process_free);
        ReaderJob *culprit =
                place == 0 ? NULL : find_job(reader, (uint32_t)((place - 1) >> 32), (uint32_t)(place - 1));
        log_event(LOG_LEVEL_WARNING, "reader-died", "reason=\"%s\" message=%s", death,
                  culprit != NULL ? "set apart" : "none");
        if (culprit != NULL) {
                if (culprit->failure == NULL)
                        culprit->failure = g_strdup_printf("the reader could not read it: %s", death);
                g_clear_pointer(&culprit->reading, reading_free);
        } else if (++reader->deaths_at_rest >= DEATHS_AT_REST) {
                g_set_error(error, READER_ERROR, READER_ERROR_START, "the reader does not stay alive: %s",
                            death);
                return false;
        }
        return restart(reader, error);
}

static bool is_over(const GPtrArray *jobs, bool is_second_turn)
{
        for (guint i = 0; i < jobs->len; i++) {
                const ReaderJob *job = g_ptr_array_index(jobs, i);
                if (job->failure == NULL && (is_second_turn ? job->reading == NULL : job->references == NULL))
                        return false;
        }
        return true;
}

static bool wait_for(Reader *reader, GPtrArray *jobs, bool is_second_turn, GError **error)
{
        if (reader->context != NULL)
                return true;
        if (reader->process == NULL && !restart(reader, error))
                return false;
        while (!is_over(jobs, is_second_turn))
                if (!reader_process_pump(reader->process, PATIENCE_MS, take_frame, reader) &&
                    !bury(reader, error))
                        return false;
        return true;
}

bool reader_post(Reader *reader, GPtrArray *jobs, GError **error)
{
        if (reader->context != NULL) {
                for (guint i = 0; i < jobs->len; i++)
                        find_inside(reader, g_ptr_array_index(jobs, i));
                return true;
        }
        if (reader->process == NULL && !restart(reader, error))
                return false;
        Batch *batch = g_new0(Batch, 1);
        batch->jobs = jobs;
        batch->number = ++reader->last_number;
        g_ptr_array_add(reader->batches, batch);
        send_first_turn(reader, batch);
        return reader_process_pump(reader->process, 0, take_frame, reader) || bury(reader, error);
}

bool reader_wait_references(Reader *reader, GPtrArray *jobs, GError **error)
{
        return wait_for(reader, jobs, false, error);
}

bool reader_post_own(Reader *reader, GPtrArray *jobs, GError **error)
{
        if (reader->context != NULL) {
                for (guint i = 0; i < jobs->len; i++)
                        read_inside(reader, g_ptr_array_index(jobs, i));
                return true;
        }
        if (reader->process == NULL && !restart(reader, error))
                return false;
        Batch *batch = find_batch(reader, jobs);
        batch->has_own = true;
        send_second_turn(reader, batch);
        return reader_process_pump(reader->process, 0, take_frame, reader) || bury(reader, error);
}

bool reader_wait_readings(Reader *reader, GPtrArray *jobs, GError **error)
{
        if (!wait_for(reader, jobs, true, error))
                return false;
        g_ptr_array_remove(reader->batches, find_batch(reader, jobs));
        return true;
}

void reader_give_up(Reader *reader, GPtrArray *jobs)
{
        for (guint i = 0; reader->messages != NULL && i < jobs->len; i++)
                g_hash_table_remove(reader->messages, g_ptr_array_index(jobs, i));
        g_ptr_array_remove(reader->batches, find_batch(reader, jobs));
        g_clear_pointer(&reader->process, reader_process_free);
}
