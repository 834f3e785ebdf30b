/* Intent and commands of any text: two answers are checked beside memory: a text with a question mark or a
 * quotation is never an acceptance, and no word of a command comes from nowhere. */
#include "base/text.h"
#include "mail/intent.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Patterns *load(void)
{
        g_autoptr(Problems) problems = problems_new();
        Patterns *patterns = patterns_load_dir("rules/reading", problems);
        if (patterns == NULL)
                abort();
        return patterns;
}

static void free_command(gpointer data)
{
        Command *command = data;
        g_free(command->key);
        g_free(command->argument);
        g_free(command->numbers);
        g_free(command->written);
        g_free(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static Patterns *patterns;
        if (patterns == NULL)
                patterns = load();
        g_autofree char *text = text_make_valid((const char *)data, size);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func(free_command);
        g_autofree char *reason = NULL;
        const char *statement;
        Intent intent = intent_read(patterns, text, &reason, &statement, why);
        if (intent == INTENT_ACCEPT && (strchr(text, '?') != NULL || strstr(text, "«") != NULL) &&
            strchr(text, '>') == NULL)
                abort();
        if (reason != NULL && !g_utf8_validate(reason, -1, NULL))
                abort();
        commands_read(patterns, text, commands, why);
        for (guint i = 0; i < commands->len; i++)
                if (!g_utf8_validate(((Command *)g_ptr_array_index(commands, i))->argument, -1, NULL))
                        abort();
        return 0;
}
