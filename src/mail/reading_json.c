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

/* ------ and back: a member of another shape makes the whole object none */

static bool word_index(const json_t *value, const char *(*word)(int), int count, int *index_out)
{
        const char *text = json_string_value(value);
        for (int i = 0; text != NULL && i < count; i++)
                if (strcmp(text, word(i)) == 0) {
                        *index_out = i;
                        return true;
                }
        return false;
}

static const char *kind_at(int i)
{
        return mail_kind_word((MailKind)i);
}

static const char *intent_at(int i)
{
        return intent_word((Intent)i);
}

static const char *auth_at(int i)
{
        return auth_words[i];
}

static char *copy_text(const json_t *object, const char *key)
{
        return g_strdup(json_string_value(json_object_get(object, key)));
}

static char *copy_text_or_empty(const json_t *object, const char *key)
{
        char *text = copy_text(object, key);
        return text != NULL ? text : g_strdup("");
}

static void strings_from_json(const json_t *array, GPtrArray *list)
{
        for (size_t i = 0; i < json_array_size(array); i++) {
                const char *text = json_string_value(json_array_get(array, i));
                if (text != NULL)
                        g_ptr_array_add(list, g_strdup(text));
        }
}

static void lists_from_json(const json_t *object, Reading *reading)
{
        const json_t *array = json_object_get(object, "commands");
        for (size_t i = 0; i < json_array_size(array); i++) {
                const json_t *item = json_array_get(array, i);
                Command *command = g_new0(Command, 1);
                command->key = copy_text_or_empty(item, "key");
                command->argument = copy_text_or_empty(item, "argument");
                command->numbers = copy_text_or_empty(item, "numbers");
                command->written = copy_text_or_empty(item, "written");
                g_ptr_array_add(reading->commands, command);
        }
        array = json_object_get(object, "lines");
        for (size_t i = 0; i < json_array_size(array); i++) {
                const json_t *item = json_array_get(array, i);
                FormLine *line = g_new0(FormLine, 1);
                line->anchor = (int)json_integer_value(json_object_get(item, "anchor"));
                line->label = copy_text_or_empty(item, "label");
                line->value = copy_text_or_empty(item, "value");
                line->is_quoted = json_is_true(json_object_get(item, "quoted"));
                g_ptr_array_add(reading->lines, line);
        }
        array = json_object_get(object, "bounces");
        for (size_t i = 0; i < json_array_size(array); i++) {
                const json_t *item = json_array_get(array, i);
                Bounce *bounce = g_new0(Bounce, 1);
                bounce->recipient = copy_text_or_empty(item, "recipient");
                bounce->is_permanent = json_is_true(json_object_get(item, "permanent"));
                const char *status = json_string_value(json_object_get(item, "status"));
                g_strlcpy(bounce->status, status != NULL ? status : "", sizeof bounce->status);
                g_ptr_array_add(reading->bounces, bounce);
        }
        array = json_object_get(object, "attachments");
        for (size_t i = 0; i < json_array_size(array); i++) {
                const json_t *item = json_array_get(array, i);
                Attachment *attachment = g_new0(Attachment, 1);
                attachment->name = copy_text_or_empty(item, "name");
                attachment->file_name = copy_text_or_empty(item, "file_name");
                attachment->type = copy_text_or_empty(item, "type");
                attachment->size_bytes = json_integer_value(json_object_get(item, "size"));
                attachment->is_inline = json_is_true(json_object_get(item, "inline"));
                g_ptr_array_add(reading->attachments, attachment);
        }
        strings_from_json(json_object_get(object, "why"), reading->why);
}

Reading *reading_from_json(const json_t *object)
{
        int kind, intent, auth;
        if (!word_index(json_object_get(object, "kind"), kind_at, MAIL_OTHER + 1, &kind) ||
            !word_index(json_object_get(object, "intent"), intent_at, INTENT_ACK + 1, &intent) ||
            !word_index(json_object_get(object, "auth"), auth_at, AUTH_FAIL + 1, &auth))
                return NULL;
        Reading *reading = reading_new();
        reading->kind = (MailKind)kind;
        reading->intent = (Intent)intent;
        reading->auth = (AuthVerdict)auth;
        reading->subject = copy_text_or_empty(object, "subject");
        reading->author = copy_text(object, "from");
        if (json_is_true(json_object_get(object, "one_author")))
                reading->from = g_strdup(reading->author);
        reading->from_name = copy_text_or_empty(object, "from_name");
        reading->sender = copy_text(object, "sender");
        reading->message_id = copy_text(object, "message_id");
        reading->text = copy_text_or_empty(object, "text");
        reading->reason = copy_text(object, "reason");
        reading->statement = copy_text(object, "statement");
        reading->absent_until = copy_text(object, "absent_until");
        reading->is_doubtful = json_is_true(json_object_get(object, "doubtful"));
        reading->is_unopposed = json_is_true(json_object_get(object, "unopposed"));
        reading->deputy = copy_text(object, "deputy");
        reading->table = copy_text(object, "table");
        reading->table_name = copy_text(object, "table_name");
        lists_from_json(object, reading);
        return reading;
}

json_t *references_to_json(const References *references)
{
        json_t *object = json_object();
        json_object_set_new(object, "tokens", strings(references->tokens));
        json_object_set_new(object, "body_tokens", strings(references->body_tokens));
        json_object_set_new(object, "message_ids", strings(references->message_ids));
        json_object_set_new(object, "subject_reference", string_or_null(references->subject_reference));
        json_object_set_new(object, "from", string_or_null(references->from));
        json_object_set_new(object, "message_id", string_or_null(references->message_id));
        return object;
}

References *references_from_json(const json_t *object)
{
        if (!json_is_object(object))
                return NULL;
        References *references = g_new0(References, 1);
        references->tokens = g_ptr_array_new_with_free_func(g_free);
        references->body_tokens = g_ptr_array_new_with_free_func(g_free);
        references->message_ids = g_ptr_array_new_with_free_func(g_free);
        strings_from_json(json_object_get(object, "tokens"), references->tokens);
        strings_from_json(json_object_get(object, "body_tokens"), references->body_tokens);
        strings_from_json(json_object_get(object, "message_ids"), references->message_ids);
        references->subject_reference = copy_text(object, "subject_reference");
        references->from = copy_text(object, "from");
        references->message_id = copy_text(object, "message_id");
        return references;
}
