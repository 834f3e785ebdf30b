#include "mail/reading.h"

#include <string.h>

static json_t *string_or_null(const char *text)
{
        return text != NULL ? json_string(text) : json_null();
}

static json_t *strings(const GPtrArray *list)
{
        json_t *array = json_array();
        for (guint i = 0; i < list->len; i++)
                json_array_append_new(array, json_string(g_ptr_array_index(list, i)));
        return array;
}

static json_t *commands_to_json(const GPtrArray *commands)
{
        json_t *array = json_array();
        for (guint i = 0; i < commands->len; i++) {
                const Command *command = g_ptr_array_index(commands, i);
                json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s}", "key", command->key,
                                                       "argument", command->argument, "numbers",
                                                       command->numbers != NULL ? command->numbers : "",
                                                       "written", command->written));
        }
        return array;
}

static json_t *lines_to_json(const GPtrArray *lines)
{
        json_t *array = json_array();
        for (guint i = 0; i < lines->len; i++) {
                const FormLine *line = g_ptr_array_index(lines, i);
                json_array_append_new(array, json_pack("{s:i, s:s, s:s, s:b}", "anchor", line->anchor,
                                                       "label", line->label, "value", line->value, "quoted",
                                                       line->is_quoted));
        }
        return array;
}

static json_t *bounces_to_json(const GPtrArray *bounces)
{
        json_t *array = json_array();
        for (guint i = 0; i < bounces->len; i++) {
                const Bounce *bounce = g_ptr_array_index(bounces, i);
                json_array_append_new(array,
                                      json_pack("{s:s, s:b, s:s}", "recipient", bounce->recipient,
                                                "permanent", bounce->is_permanent, "status", bounce->status));
        }
        return array;
}

static json_t *attachments_to_json(const GPtrArray *attachments)
{
        json_t *array = json_array();
        for (guint i = 0; i < attachments->len; i++) {
                const Attachment *attachment = g_ptr_array_index(attachments, i);
                json_array_append_new(array,
                                      json_pack("{s:s, s:s, s:s, s:I, s:b}", "name", attachment->name,
                                                "file_name", attachment->file_name, "type", attachment->type,
                                                "size", (json_int_t)attachment->size_bytes, "inline",
                                                attachment->is_inline));
        }
        return array;
}

static const char *const auth_words[] = { [AUTH_NONE] = "none", [AUTH_PASS] = "pass", [AUTH_FAIL] = "fail" };

json_t *reading_to_json(const Reading *reading)
{
        const Command *command = reading->commands->len > 0 ? g_ptr_array_index(reading->commands, 0) : NULL;
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string(mail_kind_word(reading->kind)));
        json_object_set_new(object, "text", json_string(reading->text));
        json_object_set_new(object, "intent", json_string(intent_word(reading->intent)));
        json_object_set_new(object, "reason", string_or_null(reading->reason));
        json_object_set_new(object, "statement", string_or_null(reading->statement));
        json_object_set_new(object, "command", string_or_null(command != NULL ? command->key : NULL));
        json_object_set_new(object, "commands", commands_to_json(reading->commands));
        json_object_set_new(object, "unopposed", json_boolean(reading->is_unopposed));
        json_object_set_new(object, "lines", lines_to_json(reading->lines));
        json_object_set_new(object, "bounces", bounces_to_json(reading->bounces));
        json_object_set_new(object, "subject", json_string(reading->subject));
        json_object_set_new(object, "from", string_or_null(reading->author));
        json_object_set_new(object, "one_author", json_boolean(reading->from != NULL));
        json_object_set_new(object, "from_name", json_string(reading->from_name));
        json_object_set_new(object, "sender", string_or_null(reading->sender));
        json_object_set_new(object, "message_id", string_or_null(reading->message_id));
        json_object_set_new(object, "attachments", attachments_to_json(reading->attachments));
        json_object_set_new(object, "auth", json_string(auth_words[reading->auth]));
        json_object_set_new(object, "doubtful", json_boolean(reading->is_doubtful));
        json_object_set_new(object, "absent_until", string_or_null(reading->absent_until));
        json_object_set_new(object, "deputy", string_or_null(reading->deputy));
        json_object_set_new(object, "table", string_or_null(reading->table));
        json_object_set_new(object, "table_name", string_or_null(reading->table_name));
        json_object_set_new(object, "why", strings(reading->why));
        return object;
}
