/* mail/reading_wire.c: readings and references as bytes, for the pipe between reader and clerk.
 *
 * Each member is named once, for both directions. Who reads does not trust who wrote: lengths, words and
 * UTF-8 are checked, and what is broken is no reading. Numbers in the machine's own byte order: both ends are
 * the same program.
 */
#include "mail/reading.h"

#include <string.h>

typedef struct {
        GByteArray *out;      /* written to; NULL: at is read */
        const char *at, *end; /* what is left */
        bool is_broken;
} Wire;

static void wire_bytes(Wire *wire, void *bytes, size_t size)
{
        if (wire->out != NULL) {
                g_byte_array_append(wire->out, bytes, (guint)size);
                return;
        }
        wire->is_broken |= (size_t)(wire->end - wire->at) < size;
        if (wire->is_broken)
                return;
        memcpy(bytes, wire->at, size);
        wire->at += size;
}

static void wire_number(Wire *wire, int64_t *number)
{
        wire_bytes(wire, number, sizeof *number);
}

/* One of the first `count` values of an enumeration, or a bool. */
static int wire_choice(Wire *wire, int value, int count)
{
        int64_t number = value;
        wire_number(wire, &number);
        wire->is_broken |= number < 0 || number >= count;
        return wire->is_broken ? 0 : (int)number;
}

static void wire_bool(Wire *wire, bool *value)
{
        *value = wire_choice(wire, *value, 2) == 1;
}

static char *take_text(Wire *wire, int64_t size)
{
        wire->is_broken |= size > wire->end - wire->at;
        if (wire->is_broken || size < 0)
                return NULL;
        const char *text = wire->at;
        wire->is_broken |= !g_utf8_validate_len(text, (gsize)size, NULL);
        wire->at += size;
        return g_strndup(text, (gsize)size);
}

static void wire_text(Wire *wire, char **text) /* NULL stays NULL */
{
        int64_t size = *text != NULL ? (int64_t)strlen(*text) : -1;
        wire_number(wire, &size);
        if (wire->out == NULL)
                *text = take_text(wire, size);
        else if (size > 0)
                g_byte_array_append(wire->out, (const guint8 *)*text, (guint)size);
}

static void wire_some_text(Wire *wire, char **text) /* NULL becomes "" */
{
        char *nothing = (char *)"";
        wire_text(wire, wire->out != NULL && *text == NULL ? &nothing : text);
        wire->is_broken |= wire->out == NULL && *text == NULL;
}

static int64_t wire_count(Wire *wire, const GPtrArray *list)
{
        int64_t count = list->len;
        wire_number(wire, &count);
        return count;
}

static void wire_texts(Wire *wire, GPtrArray *list)
{
        int64_t count = wire_count(wire, list);
        for (int64_t i = 0; i < count && !wire->is_broken; i++) {
                char *text = wire->out != NULL ? g_ptr_array_index(list, i) : NULL;
                wire_some_text(wire, &text);
                if (wire->out == NULL && text != NULL)
                        g_ptr_array_add(list, text);
        }
}

/* An item that is read belongs to the list before its members are there: its free function takes NULLs. */
static void wire_items(Wire *wire, GPtrArray *list, size_t item_size, void (*wire_item)(Wire *, void *))
{
        int64_t count = wire_count(wire, list);
        for (int64_t i = 0; i < count && !wire->is_broken; i++) {
                if (wire->out == NULL)
                        g_ptr_array_add(list, g_malloc0(item_size));
                wire_item(wire, g_ptr_array_index(list, i));
        }
}

static void wire_command(Wire *wire, void *item)
{
        Command *command = item;
        wire_some_text(wire, &command->key);
        wire_some_text(wire, &command->argument);
        wire_some_text(wire, &command->numbers);
        wire_some_text(wire, &command->written);
}

static void wire_line(Wire *wire, void *item)
{
        FormLine *line = item;
        line->anchor = wire_choice(wire, line->anchor, G_MAXINT);
        wire_some_text(wire, &line->label);
        wire_some_text(wire, &line->value);
        wire_bool(wire, &line->is_quoted);
}

static void wire_bounce(Wire *wire, void *item)
{
        Bounce *bounce = item;
        wire_some_text(wire, &bounce->recipient);
        wire_bool(wire, &bounce->is_permanent);
        wire_bytes(wire, bounce->status, sizeof bounce->status);
        wire->is_broken |= memchr(bounce->status, '\0', sizeof bounce->status) == NULL ||
                           !g_utf8_validate(bounce->status, -1, NULL);
}

static void wire_attachment(Wire *wire, void *item)
{
        Attachment *attachment = item;
        wire_some_text(wire, &attachment->name);
        wire_some_text(wire, &attachment->file_name);
        wire_some_text(wire, &attachment->type);
        wire_number(wire, &attachment->size_bytes);
        wire_bool(wire, &attachment->is_inline);
}

static void wire_reading(Wire *wire, Reading *reading)
{
        reading->kind = (MailKind)wire_choice(wire, (int)reading->kind, MAIL_OTHER + 1);
        reading->intent = (Intent)wire_choice(wire, (int)reading->intent, INTENT_ACK + 1);
        reading->auth = (AuthVerdict)wire_choice(wire, (int)reading->auth, AUTH_FAIL + 1);
        wire_some_text(wire, &reading->subject);
        wire_text(wire, &reading->author);
        wire_text(wire, &reading->from);
        wire_some_text(wire, &reading->from_name);
        wire_text(wire, &reading->sender);
        wire_text(wire, &reading->message_id);
        wire_some_text(wire, &reading->text);
        wire_text(wire, &reading->reason);
        wire_text(wire, &reading->statement);
        wire_text(wire, &reading->absent_until);
        wire_text(wire, &reading->deputy);
        wire_text(wire, &reading->table);
        wire_text(wire, &reading->table_name);
        wire_bool(wire, &reading->is_unopposed);
        wire_bool(wire, &reading->is_doubtful);
        wire_items(wire, reading->commands, sizeof(Command), wire_command);
        wire_items(wire, reading->lines, sizeof(FormLine), wire_line);
        wire_items(wire, reading->bounces, sizeof(Bounce), wire_bounce);
        wire_items(wire, reading->attachments, sizeof(Attachment), wire_attachment);
        wire_texts(wire, reading->why);
}

static void wire_references(Wire *wire, References *references)
{
        wire_texts(wire, references->tokens);
        wire_texts(wire, references->body_tokens);
        wire_texts(wire, references->message_ids);
        wire_text(wire, &references->subject_reference);
        wire_text(wire, &references->from);
        wire_text(wire, &references->message_id);
}

/* Whole, and nothing after it. */
static bool is_read(const Wire *wire)
{
        return !wire->is_broken && wire->at == wire->end;
}

void reading_to_bytes(const Reading *reading, GByteArray *out)
{
        Wire wire = { .out = out };
        wire_reading(&wire, (Reading *)reading); /* only read */
}

Reading *reading_from_bytes(const char *bytes, size_t size)
{
        Wire wire = { .at = bytes, .end = bytes + size };
        g_autoptr(Reading) reading = reading_new();
        wire_reading(&wire, reading);
        return is_read(&wire) ? g_steal_pointer(&reading) : NULL;
}

void references_to_bytes(const References *references, GByteArray *out)
{
        Wire wire = { .out = out };
        wire_references(&wire, (References *)references); /* only read */
}

References *references_from_bytes(const char *bytes, size_t size)
{
        Wire wire = { .at = bytes, .end = bytes + size };
        g_autoptr(References) references = references_new();
        wire_references(&wire, references);
        return is_read(&wire) ? g_steal_pointer(&references) : NULL;
}
