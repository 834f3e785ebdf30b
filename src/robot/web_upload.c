/* robot/web_upload.c: a file that comes with a form: judged by its name and its bytes, then streamed into the
 * store; and given out again. */
#include "base/log.h"
#include "mail/attachment.h"
#include "mail/zip_directory.h"
#include "procedure/form_value.h"
#include "robot/form_file.h"
#include "robot/web_private.h"

#include <string.h>
#include <unistd.h>

enum { UPLOADS_MAX = 40 }; /* of one step of a case: who tries over and over fills no disk */

static size_t read_at(int fd, char *buffer, size_t size, gsize offset)
{
        size_t have = 0;
        ssize_t count = 1;
        while (have < size && count > 0) {
                count = pread(fd, buffer + have, size - have, (off_t)(offset + have));
                have += count > 0 ? (size_t)count : 0;
        }
        return have;
}

/* A constant. */
static const char *true_type(const HttpField *given)
{
        gsize tail_bytes = MIN(given->file_bytes, ZIP_TAIL_BYTES), offset = given->file_bytes - tail_bytes;
        g_autofree char *head = g_malloc(ATTACHMENT_HEAD_BYTES), *tail = g_malloc(tail_bytes + 1);
        size_t head_size = read_at(given->file, head, ATTACHMENT_HEAD_BYTES, 0),
               tail_size = read_at(given->file, tail, tail_bytes, offset);
        return attachment_type_of(head, head_size, tail, tail_size, offset);
}

static bool add_row(const Visit *visit, Upload *upload, GError **error)
{
        Store *store = visit->web->setup.house->store;
        bool is_added = store_begin(store, error) &&
                        uploads_add(store, upload, visit->now, &upload->id, error) &&
                        store_commit(store, error);
        if (!is_added)
                store_rollback(store);
        return is_added;
}

static bool keep_file(const Visit *visit, const HttpField *given, Upload *upload, GError **error)
{
        Spool *spool = visit->web->uploads;
        return spool_append_file(spool, given->file, (int64_t)given->file_bytes, visit->now, &upload->place,
                                 error) &&
               spool_sync(spool, error) && add_row(visit, upload, error);
}

static bool is_one_too_many(const Visit *visit, const Step *step)
{
        int64_t count = 0;
        return !uploads_count(visit->web->setup.house->store, visit->the_case->id, step->key, &count, NULL) ||
               count >= UPLOADS_MAX;
}

/* NULL: *trouble_out is the key of a word. */
static char *take_new(const Visit *visit, const Step *step, const Field *field, const HttpField *given,
                      const char **trouble_out)
{
        g_autofree char *name = attachment_safe_name(given->file_name);
        const char *type = given->is_too_large ? NULL : true_type(given);
        *trouble_out = given->is_too_large                ? "file_too_large"
                       : !attachment_is_taken(name, type) ? "file_wrong_kind"
                       : is_one_too_many(visit, step)     ? "too_many"
                                                          : NULL;
        if (*trouble_out != NULL)
                return NULL;
        g_autoptr(Upload) upload = g_new0(Upload, 1);
        upload->case_id = visit->the_case->id;
        upload->person = visit->person->id;
        upload->step = g_strdup(step->key);
        upload->field = g_strdup(field->key);
        upload->name = g_steal_pointer(&name);
        upload->type = g_strdup(type);
        g_autoptr(GError) error = NULL;
        if (keep_file(visit, given, upload, &error))
                return form_value_of_file(upload->id, upload->name);
        log_event(LOG_LEVEL_ERROR, "upload-not-stored", "why=%s", error->message);
        *trouble_out = "trouble";
        return NULL;
}

static const HttpField *chosen_file(const HttpRequest *request, const char *name)
{
        for (guint i = 0; i < request->fields->len; i++) {
                const HttpField *given = g_ptr_array_index(request->fields, i);
                if (strcmp(given->name, name) == 0 && given->file_name != NULL && given->file_bytes > 0)
                        return given;
        }
        return NULL;
}

char *web_take_file(Visit *visit, const Step *step, const Field *field, const char *name, char **trouble_out)
{
        const HttpField *given = chosen_file(visit->request, name);
        g_autofree char *drop = g_strconcat(name, "-drop", NULL);
        const char *trouble = NULL, *kept = http_field(visit->request, name);
        char *value = given != NULL ? take_new(visit, step, field, given, &trouble) : NULL;
        *trouble_out = g_strdup(trouble != NULL ? web_word(visit, trouble) : NULL);
        if (value != NULL || kept == NULL || http_field(visit->request, drop) != NULL)
                return value != NULL ? value : g_strdup("");
        g_autoptr(Upload) upload =
                form_file_named(visit->web->setup.house->store, visit->the_case, step, field, kept, NULL);
        return upload != NULL ? form_value_of_file(upload->id, upload->name) : g_strdup("");
}

/* Given out. */

/* What is sent is there for everybody in the case; a draft for whoever writes it. */
static Upload *readable_file(const Visit *visit, const Step *step, const Form *form, const Field *field)
{
        const Task *task = case_task(visit->the_case, step->key);
        g_autoptr(Upload) upload =
                form_file_find(visit->web->setup.house->store, visit->the_case, step, form, field, NULL);
        bool is_sent = task != NULL && task->state == TASK_DONE;
        return upload != NULL && (is_sent || upload->person == visit->person->id) ? g_steal_pointer(&upload)
                                                                                  : NULL;
}

static void add_step_files(const Visit *visit, const Step *step, const Form *form, GPtrArray *files)
{
        for (guint i = 0; i < form->fields->len; i++) {
                Upload *upload = readable_file(visit, step, form, g_ptr_array_index(form->fields, i));
                if (upload != NULL)
                        g_ptr_array_add(files, upload);
        }
}

GPtrArray *web_files(const Visit *visit)
{
        GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)upload_free);
        const GPtrArray *steps = procedure_steps(visit->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Form *form = step_is_form(step) ? procedure_form(visit->procedure, step->form) : NULL;
                if (form != NULL)
                        add_step_files(visit, step, form, files);
        }
        return files;
}

/* Never its name as it came: a header takes ASCII. */
static char *ascii_name(const char *name)
{
        g_autofree char *plain = g_str_to_ascii(name, "C");
        return g_strcanon(g_steal_pointer(&plain), G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._- ", '_');
}

void web_file(Visit *visit, const char *id)
{
        const House *house = visit->web->setup.house;
        g_autoptr(GPtrArray) files = web_files(visit);
        g_autoptr(GError) error = NULL;
        const Upload *wanted = NULL;
        for (guint i = 0; i < files->len; i++) {
                const Upload *upload = g_ptr_array_index(files, i);
                g_autofree char *own = g_strdup_printf("%" G_GINT64_FORMAT, upload->id);
                if (strcmp(own, id) == 0)
                        wanted = upload;
        }
        int fd = wanted != NULL ? spool_open_record(house->config->state_dir, &wanted->place, &error) : -1;
        if (fd >= 0) {
                *visit->response = (HttpResponse){ .status = 200,
                                                   .content_type = "application/octet-stream",
                                                   .is_file = true,
                                                   .file = fd,
                                                   .file_offset = wanted->place.offset,
                                                   .file_bytes = wanted->place.length,
                                                   .file_name = ascii_name(wanted->name) };
                return;
        }
        if (error != NULL)
                log_event(LOG_LEVEL_ERROR, "upload-not-read", "why=%s", error->message);
        if (error != NULL)
                web_message(visit, 503, false, "trouble_title", "trouble");
        else
                web_message(visit, 404, false, "unknown_title", "unknown");
}
