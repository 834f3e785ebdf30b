#include "mail/reading.h"

#include "mail/attachment.h"
#include "mail/auth.h"
#include "mail/bounce.h"
#include "mail/charset.h"
#include "mail/class.h"
#include "mail/intent.h"
#include "mail/new_text.h"
#include "mail/own_text.h"

#include <string.h>

static const char *const kind_words[] = {
        [MAIL_HUMAN] = "reply",
        [MAIL_AUTOMATIC] = "auto_reply",
        [MAIL_BOUNCE] = "bounce",
        [MAIL_RECEIPT] = "receipt",
        [MAIL_CALENDAR] = "calendar",
        [MAIL_REACTION] = "reaction",
        [MAIL_CHALLENGE] = "challenge",
        [MAIL_LIST] = "list",
        [MAIL_OWN] = "own",
        [MAIL_OTHER] = "other",
};

static const char *const intent_words[] = {
        [INTENT_ACCEPT] = "accept",     [INTENT_REFUSE] = "refuse",   [INTENT_UNCLEAR] = "unclear",
        [INTENT_QUESTION] = "question", [INTENT_NOT_NOW] = "not_now", [INTENT_ACK] = "ack",
};

const char *mail_kind_word(MailKind kind)
{
        return kind_words[kind];
}

const char *intent_word(Intent intent)
{
        return intent_words[intent];
}

void reading_load(void)
{
        g_mime_init();
        charset_load();
        attachment_types_load();
}

static void bounce_free(Bounce *bounce)
{
        g_free(bounce->recipient);
        g_free(bounce);
}

static void attachment_free(Attachment *attachment)
{
        g_free(attachment->name);
        g_free(attachment->file_name);
        g_free(attachment->type);
        g_free(attachment);
}

static void form_line_free(FormLine *line)
{
        g_free(line->label);
        g_free(line->value);
        g_free(line);
}

static void command_free(Command *command)
{
        g_free(command->key);
        g_free(command->argument);
        g_free(command->numbers);
        g_free(command->written);
        g_free(command);
}

Reading *reading_new(void)
{
        Reading *reading = g_new0(Reading, 1);
        reading->intent = INTENT_UNCLEAR;
        reading->commands = g_ptr_array_new_with_free_func((GDestroyNotify)command_free);
        reading->lines = g_ptr_array_new_with_free_func((GDestroyNotify)form_line_free);
        reading->bounces = g_ptr_array_new_with_free_func((GDestroyNotify)bounce_free);
        reading->attachments = g_ptr_array_new_with_free_func((GDestroyNotify)attachment_free);
        reading->why = g_ptr_array_new_with_free_func(g_free);
        return reading;
}

void reading_free(Reading *reading)
{
        if (reading == NULL)
                return;
        g_free(reading->subject);
        g_free(reading->author);
        g_free(reading->from);
        g_free(reading->from_name);
        g_free(reading->sender);
        g_free(reading->message_id);
        g_free(reading->text);
        g_free(reading->reason);
        g_free(reading->statement);
        g_free(reading->absent_until);
        g_free(reading->deputy);
        g_free(reading->table);
        g_free(reading->table_name);
        g_ptr_array_unref(reading->commands);
        g_ptr_array_unref(reading->lines);
        g_ptr_array_unref(reading->bounces);
        g_ptr_array_unref(reading->attachments);
        g_ptr_array_unref(reading->why);
        g_free(reading);
}

static char *sender_other_than_from(const Message *message)
{
        const char *sender = message_sender(message);
        const char *from = message_first_author(message);
        bool is_other = sender != NULL && (from == NULL || g_ascii_strcasecmp(sender, from) != 0);
        return is_other ? g_strdup(sender) : NULL;
}

/* The text of the mail that is answered, for the form it held. */
static const char *text_of_own(const GPtrArray *own)
{
        return own->len > 0 ? ((const OwnMail *)g_ptr_array_index(own, 0))->text : NULL;
}

static GPtrArray *read_own(const GPtrArray *raw)
{
        GPtrArray *mails = g_ptr_array_new_with_free_func((GDestroyNotify)own_mail_free);
        for (guint i = 0; raw != NULL && i < raw->len; i++)
                g_ptr_array_add(mails, own_mail_read(g_ptr_array_index(raw, i)));
        return mails;
}

static bool has_command(const GPtrArray *commands, const char *key)
{
        for (guint i = 0; i < commands->len; i++)
                if (strcmp(((const Command *)g_ptr_array_index(commands, i))->key, key) == 0)
                        return true;
        return false;
}

/* People write IMPORT as the subject, and the signature alone below it. */
static void read_subject(Reading *reading, const ReadingContext *context)
{
        g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func((GDestroyNotify)command_free);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        commands_read(context->patterns, reading->subject, commands, why);
        if (commands->len == 0 || !has_command(commands, "import"))
                return;
        g_ptr_array_add(reading->commands, g_ptr_array_steal_index(commands, 0));
        g_ptr_array_add(reading->why, g_strdup("command: import by the subject"));
}

/* What only staff write: lines with numbers, a table. */
static void read_desk(Reading *reading, Message *message, const ReadingContext *context)
{
        bool has_numbers = false;
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                has_numbers = has_numbers || command->numbers[0] != '\0';
        }
        if (!has_command(reading->commands, "import"))
                read_subject(reading, context);
        if (has_command(reading->commands, "import"))
                reading->table = attachment_table(message, &reading->table_name);
        if (has_numbers) {
                g_autofree char *beside = commands_beside(reading->text, reading->commands), *reason = NULL;
                const char *statement;
                reading->is_unopposed = intent_read(context->patterns, beside, &reason, &statement,
                                                    reading->why) == INTENT_ACCEPT;
        }
}

static void read_human(Reading *reading, Message *message, const ReadingContext *context,
                       const GPtrArray *own)
{
        g_autoptr(NewText) text = new_text_read(message, context->patterns, own, reading->why);
        reading->text = g_strdup(text->text);
        g_autofree char *said = form_lines_read(text->text, text->quoted, text_of_own(own), reading->lines);
        if (reading->kind != MAIL_HUMAN)
                return;
        if (message_is_cut(message)) { /* what is not read might take back what is */
                g_ptr_array_add(reading->why,
                                g_strdup("intent: unclear, the text is too long to be read whole"));
                return;
        }
        const char *statement;
        reading->intent = intent_read(context->patterns, said, &reading->reason, &statement, reading->why);
        reading->statement = g_strdup(statement);
        commands_read(context->patterns, said, reading->commands, reading->why);
        read_desk(reading, message, context);
}

Reading *reading_make(Message *message, const ReadingContext *context, const GPtrArray *own)
{
        Reading *reading = reading_new();
        reading->subject = g_strdup(message_subject(message));
        reading->author = g_strdup(message_first_author(message));
        reading->from = g_strdup(message_from(message));
        reading->from_name = g_strdup(message_from_name(message));
        reading->sender = sender_other_than_from(message);
        reading->message_id = g_strdup(message_id(message));
        attachments_read(message, reading->attachments);
        if (message_flaw(message) != MESSAGE_FINE) {
                reading->kind = MAIL_OTHER;
                reading->text = g_strdup("");
                g_ptr_array_add(reading->why,
                                g_strconcat("class: ", message_flaw_text(message_flaw(message)), NULL));
                return reading;
        }
        reading->kind = class_read(message, context, reading->why);
        reading->auth = auth_read(message, context->trusted_authserv, reading->why);
        g_autoptr(GPtrArray) own_mails = read_own(own);
        read_human(reading, message, context, own_mails);
        if (reading->kind == MAIL_BOUNCE)
                bounces_read(message, context->patterns, reading->bounces);
        if (reading->kind == MAIL_AUTOMATIC) {
                class_read_absence(message, context->patterns, &reading->absent_until, &reading->deputy);
                reading->is_doubtful = class_is_doubtful(reading->why) && reading->absent_until == NULL &&
                                       reading->deputy == NULL;
        }
        return reading;
}
