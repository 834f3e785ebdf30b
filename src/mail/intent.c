#include "mail/intent.h"

#include "base/text.h"

#include <string.h>

/* The whole text is one phrase of the group, punctuation aside. */
static bool is_all(const Patterns *patterns, const char *group, const char *folded, GPtrArray *why)
{
        PatternMatch match;
        if (!pattern_match(patterns_group(patterns, group), folded, strlen(folded), &match) ||
            match.start > strspn(folded, " \n.,;:!-"))
                return false;
        if (folded[match.end + strspn(folded + match.end, " \n.,;:!-")] != '\0')
                return false;
        g_ptr_array_add(why, g_strdup_printf("intent: %s by %s:%d", group, match.file, match.line));
        return true;
}

Intent intent_read(const Patterns *patterns, const char *text, char **reason_out, GPtrArray *why)
{
        *reason_out = NULL;
        g_autofree char *folded = text_fold(text);
        if (is_all(patterns, "accept", folded, why))
                return INTENT_ACCEPT;
        if (is_all(patterns, "refuse", folded, why))
                return INTENT_REFUSE;
        if (is_all(patterns, "ack", folded, why))
                return INTENT_ACK;
        g_ptr_array_add(why, g_strdup("intent: unclear, no pattern covers the text"));
        return INTENT_UNCLEAR;
}

void commands_read(const Patterns *patterns, const char *text, GPtrArray *commands, GPtrArray *why)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
                g_autofree char *folded = text_fold(*line);
                PatternMatch match;
                if (!pattern_match(patterns_group(patterns, "command"), folded, strlen(folded), &match) ||
                    match.start > 0 || match.end < strlen(folded))
                        continue;
                Command *command = g_new0(Command, 1);
                command->key = g_strdup(match.key);
                command->argument = g_strdup("");
                g_ptr_array_add(commands, command);
                g_ptr_array_add(why,
                                g_strdup_printf("command: %s by %s:%d", match.key, match.file, match.line));
        }
}
