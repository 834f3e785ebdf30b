/* commands/replay.c: `facteur replay MAILBOX.mbox`: what the rules of today would read differently in mail
 * that came before. */
#include "robot/replay.h"
#include "commands/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
        guint count, different, unknown, unread;
} Tally;

static char *command_keys_of(const Reading *reading)
{
        GString *keys = g_string_new(NULL);
        for (guint i = 0; i < reading->commands->len; i++)
                g_string_append_printf(keys, "%s%s", i > 0 ? " " : "",
                                       ((const Command *)g_ptr_array_index(reading->commands, i))->key);
        return g_string_free(keys, FALSE);
}

static char *command_keys_then(const json_t *then)
{
        GString *keys = g_string_new(NULL);
        size_t index;
        json_t *key;
        json_array_foreach(json_object_get(then, "commands"), index, key)
                g_string_append_printf(keys, "%s%s", index > 0 ? " " : "", json_string_value(key));
        return g_string_free(keys, FALSE);
}

/* A line when the two differ. */
static bool differs(const char *what, const char *then, const char *now)
{
        if (g_strcmp0(then, now) == 0)
                return false;
        printf("  %-9s %s → %s\n", what, then != NULL && then[0] != '\0' ? then : "-",
               now[0] != '\0' ? now : "-");
        return true;
}

static bool was_said(const json_t *then, const char *fact)
{
        size_t index;
        json_t *said;
        json_array_foreach(json_object_get(then, "why"), index, said)
                if (g_strcmp0(json_string_value(said), fact) == 0)
                        return true;
        return false;
}

static void compare(Tally *tally, const Replayed *replayed, const json_t *then)
{
        const Reading *reading = replayed->reading;
        g_autofree char *commands_then = command_keys_then(then), *commands = command_keys_of(reading);
        const char *kind_then = json_string_value(json_object_get(then, "class"));
        const char *intent_then = json_string_value(json_object_get(then, "intent"));
        const char *kind = mail_kind_word(reading->kind), *intent = intent_word(reading->intent);
        if (g_strcmp0(kind_then, kind) == 0 && g_strcmp0(intent_then, intent) == 0 &&
            strcmp(commands_then, commands) == 0)
                return;
        tally->different++;
        printf("message %" PRId64 " <%s>: %s\n", replayed->then->id, replayed->message_id,
               replayed->then->outcome);
        differs("class", kind_then, kind);
        differs("intent", intent_then, intent);
        differs("commands", commands_then, commands);
        for (guint i = 0; i < reading->why->len; i++)
                if (!was_said(then, g_ptr_array_index(reading->why, i)))
                        printf("  %-9s %s\n", "why", (const char *)g_ptr_array_index(reading->why, i));
}

static void visit(const Replayed *replayed, void *data)
{
        Tally *tally = data;
        tally->count++;
        if (replayed->reading == NULL) {
                tally->unread++;
                printf("a message cannot be read: %s\n", replayed->failure);
                return;
        }
        const char *explain = replayed->then != NULL ? replayed->then->explain : NULL;
        json_t *then = explain != NULL ? json_loads(explain, 0, NULL) : NULL;
        if (json_object_get(then, "class") != NULL)
                compare(tally, replayed, then);
        else
                tally->unknown++;
        json_decref(then);
}

int command_replay(int argc, char **argv)
{
        g_autofree char *rules = NULL;
        const GOptionEntry own[] = { { "rules", 0, 0, G_OPTION_ARG_FILENAME, &rules,
                                       "try the patterns of this folder instead of those in use", "DIR" },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options,
                                "MAILBOX.mbox - what would be read differently in mail that came before", own,
                                1, 1, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house = options_house(&options, HOUSE_STORE | HOUSE_KEYS, &code);
        if (house == NULL)
                return code;
        ReaderSetup setup = reader_setup(house->config);
        if (rules != NULL)
                setup.rules_dir = rules;
        g_autoptr(GError) error = NULL;
        Tally tally = { 0 };
        g_autoptr(Reader) reader = reader_start(&setup, &error);
        if (reader == NULL || !replay_file(house, reader, options.rest[0], visit, &tally, &error))
                return command_failed(error);
        printf("%u mails: %u would be read differently, %u did not come here, %u cannot be read\n",
               tally.count, tally.different, tally.unknown, tally.unread);
        return EXIT_FINE;
}
