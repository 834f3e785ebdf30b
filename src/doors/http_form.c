#include "doors/http_form.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FORM_TEXT_MAX = 512 * 1024, FORM_FIELDS_MAX = 400, FORM_BODY_MAX = 40 << 20, PARSER_BYTES = 8192 };

struct HttpForm {
        struct MHD_PostProcessor *parser;
        GPtrArray *fields;
        GString *value;  /* of the last field, as it comes in */
        gsize text_size; /* names and values */
        gsize body_size;
        char *upload_dir;
        gsize file_bytes_max;
        FormVerdict verdict;
};

static void field_free(gpointer data)
{
        HttpField *field = data;
        if (field->file >= 0)
                close(field->file);
        g_free(field->name);
        g_free(field->value);
        g_free(field->file_name);
        g_free(field);
}

/* The value of the last field is whole: made valid UTF-8 as one piece. A browser ends lines with CR LF
 * whatever was typed. */
static void close_value(HttpForm *form)
{
        if (form->fields->len == 0)
                return;
        HttpField *field = g_ptr_array_index(form->fields, form->fields->len - 1);
        if (field->value != NULL)
                return;
        g_string_replace(form->value, "\r\n", "\n", 0);
        field->value = text_make_valid(form->value->str, form->value->len);
        g_string_truncate(form->value, 0);
}

static bool fail(HttpForm *form, FormVerdict verdict)
{
        form->verdict = verdict;
        return false;
}

static bool open_field(HttpForm *form, const char *name, const char *file_name)
{
        close_value(form);
        form->text_size += strlen(name) + (file_name != NULL ? strlen(file_name) : 0);
        if (form->fields->len >= FORM_FIELDS_MAX || form->text_size > FORM_TEXT_MAX)
                return fail(form, FORM_TOO_LARGE);
        HttpField *field = g_new0(HttpField, 1);
        field->name = text_make_valid(name, strlen(name));
        field->file_name = file_name != NULL ? text_make_valid(file_name, strlen(file_name)) : NULL;
        field->file = -1;
        g_ptr_array_add(form->fields, field);
        return true;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
        while (size > 0) {
                ssize_t written = write(fd, bytes, size);
                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return false;
                bytes += written;
                size -= (size_t)written;
        }
        return true;
}

static void drop_file(HttpField *field)
{
        if (field->file >= 0)
                close(field->file);
        field->file = -1;
        field->is_too_large = true;
}

static bool add_to_file(HttpForm *form, HttpField *field, const char *bytes, size_t size)
{
        field->file_bytes += size;
        if (form->upload_dir == NULL)
                return fail(form, FORM_TOO_LARGE);
        if (field->file_bytes > form->file_bytes_max)
                drop_file(field);
        if (field->is_too_large)
                return true;
        if (field->file < 0)
                field->file = open(form->upload_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        return field->file >= 0 && write_all(field->file, bytes, size) ? true : fail(form, FORM_NO_ROOM);
}

/* One piece of a field's value; the pieces of a field come one after the other, the first at offset 0. */
static enum MHD_Result take_piece(void *data, enum MHD_ValueKind kind, const char *name,
                                  const char *file_name, const char *content_type,
                                  const char *transfer_encoding, const char *bytes, uint64_t offset,
                                  size_t size)
{
        HttpForm *form = data;
        (void)kind;
        (void)content_type;
        (void)transfer_encoding;
        if (form->verdict != FORM_FINE)
                return MHD_NO;
        if (offset == 0 && !open_field(form, name != NULL ? name : "", file_name))
                return MHD_NO;
        HttpField *field = g_ptr_array_index(form->fields, form->fields->len - 1);
        if (field->file_name != NULL)
                return size == 0 || add_to_file(form, field, bytes, size) ? MHD_YES : MHD_NO;
        form->text_size += size;
        if (form->text_size > FORM_TEXT_MAX)
                return fail(form, FORM_TOO_LARGE) ? MHD_YES : MHD_NO;
        g_string_append_len(form->value, bytes, (gssize)size);
        return MHD_YES;
}

HttpForm *http_form_new(struct MHD_Connection *connection, const char *upload_dir, gsize file_bytes_max)
{
        HttpForm *form = g_new0(HttpForm, 1);
        form->parser = MHD_create_post_processor(connection, PARSER_BYTES, take_piece, form);
        if (form->parser == NULL) {
                g_free(form);
                return NULL;
        }
        form->fields = g_ptr_array_new_with_free_func(field_free);
        form->value = g_string_new(NULL);
        form->upload_dir = g_strdup(upload_dir);
        form->file_bytes_max = file_bytes_max;
        return form;
}

void http_form_free(HttpForm *form)
{
        if (form == NULL)
                return;
        if (form->parser != NULL)
                MHD_destroy_post_processor(form->parser);
        g_ptr_array_unref(form->fields);
        g_string_free(form->value, TRUE);
        g_free(form->upload_dir);
        g_free(form);
}

void http_form_add(HttpForm *form, const char *bytes, size_t size)
{
        form->body_size += size;
        if (form->body_size > FORM_BODY_MAX)
                fail(form, FORM_TOO_LARGE);
        if (form->verdict == FORM_FINE && MHD_post_process(form->parser, bytes, size) == MHD_NO &&
            form->verdict == FORM_FINE)
                fail(form, FORM_UNREADABLE);
}

FormVerdict http_form_end(HttpForm *form)
{
        /* The last value of an urlencoded body comes only now. */
        if (MHD_destroy_post_processor(form->parser) == MHD_NO && form->verdict == FORM_FINE &&
            form->body_size > 0)
                fail(form, FORM_UNREADABLE);
        form->parser = NULL;
        close_value(form);
        for (guint i = 0; i < form->fields->len; i++) {
                HttpField *field = g_ptr_array_index(form->fields, i);
                if (field->file >= 0)
                        lseek(field->file, 0, SEEK_SET);
        }
        return form->verdict;
}

const GPtrArray *http_form_fields(const HttpForm *form)
{
        return form->fields;
}
