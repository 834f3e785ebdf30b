/* The commands of a reply: lines that begin with one of the procedure's words. */
#include "base/text.h"
#include "mail/intent.h"

#include <string.h>

enum { LINES_MAX = 400, COMMANDS_MAX = 64, ARGUMENT_MAX_BYTES = 4000, WRITTEN_MAX_BYTES = 200 };

static bool is_word_character(gunichar c)
{
        return g_unichar_isalnum(c) || g_unichar_ismark(c) || g_unichar_type(c) == G_UNICODE_FORMAT;
}

static guint count_words(const char *text, size_t length)
{
        guint count = 0;
        bool is_inside = false;
        for (const char *p = text; p < text + length; p = g_utf8_next_char(p)) {
                bool is_word = is_word_character(g_utf8_get_char(p));
                count += is_word && !is_inside;
                is_inside = is_word;
        }
        return count;
}

/* Where the word with this number (from 0) begins, at the end when there are fewer. */
static const char *find_word(const char *text, guint number)
{
        bool is_inside = false;
        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
                bool is_word = is_word_character(g_utf8_get_char(p));
                if (is_word && !is_inside && number-- == 0)
                        return p;
                is_inside = is_word;
        }
        return text + strlen(text);
}

/* Passes what people put before a word: bullets, stars, an opening quotation mark. */
static const char *pass_marks(const char *text)
{
        while (*text != '\0' && strchr(" \t*-_\"'.:[(=#", *text) != NULL)
                text++;
        return text;
}

/* "1 3 7 valider": the numbers with one blank between; text moves behind them. */
static char *read_numbers(const char **text)
{
        GString *numbers = g_string_new(NULL);
        const char *p = *text;
        while (g_ascii_isdigit(*p)) {
                size_t length = strspn(p, "0123456789");
                g_string_append_printf(numbers, "%s%.*s", numbers->len > 0 ? " " : "", (int)length, p);
                p += length;
                p += strspn(p, " ,.)&+");
        }
        *text = p;
        return g_string_free(numbers, FALSE);
}

typedef struct {
        const PatternGroup *group;
        GPtrArray *commands, *why;
} Reader;

static char *written_line(const char *raw)
{
        const char *end = raw + strlen(raw);
        if (end - raw > WRITTEN_MAX_BYTES)
                end = g_utf8_find_prev_char(raw, raw + WRITTEN_MAX_BYTES);
        return g_strstrip(g_strndup(raw, (gsize)(end - raw)));
}

/* One command: of a line, or between the semicolons of a staff's line. */
static Command *read_part(const Reader *reader, const char *raw)
{
        g_autofree char *folded = text_fold(raw);
        const char *start = pass_marks(folded);
        g_autofree char *numbers = read_numbers(&start);
        start = pass_marks(start);
        PatternMatch match;
        if (*start == '\0' || (!pattern_match(reader->group, start, strlen(start), &match) &&
                               !pattern_match_near(reader->group, start, &match)))
                return NULL;
        if (*numbers == '\0' && strcmp(match.key, "accept") == 0) /* a sentence, which intent_read() weighs */
                return NULL;
        size_t before_argument = (size_t)(start - folded) + match.argument;
        const char *argument = find_word(raw, count_words(folded, before_argument));
        if (match.argument >= match.end)
                argument = "";
        else if (argument > raw && (argument[-1] == '@' || argument[-1] == '+'))
                argument--;
        g_ptr_array_add(reader->why,
                        g_strdup_printf("command: %s by %s:%d", match.key, match.file, match.line));
        Command *command = g_new0(Command, 1);
        command->key = g_strdup(match.key);
        command->argument = g_strstrip(g_strndup(argument, MIN(strlen(argument), ARGUMENT_MAX_BYTES)));
        command->numbers = g_steal_pointer(&numbers);
        command->written = written_line(raw);
        return command;
}

/* `1 3 7 VALIDER ; 4 RELANCER`: every part must be a command with its numbers, or the line is none. */
static bool read_staff_line(const Reader *reader, const char *line)
{
        if (!g_ascii_isdigit(*pass_marks(line)))
                return false;
        g_auto(GStrv) arabic = g_strsplit(line, "؛", COMMANDS_MAX); /* its own semicolon */
        g_autofree char *plain = g_strjoinv(";", arabic);
        if (strchr(plain, ';') == NULL)
                return false;
        g_auto(GStrv) parts = g_strsplit(plain, ";", COMMANDS_MAX);
        for (char **part = parts; *part != NULL; part++) {
                Command *command = read_part(reader, *part);
                if (command != NULL)
                        g_ptr_array_add(reader->commands, command);
        }
        return true;
}

/* A reason or remark goes on in the lines below, up to an empty one or the next command. */
static bool goes_on(const Command *command)
{
        static const char *const keys[] = { "correct", "refuse", "remark", NULL };
        return g_strv_contains(keys, command->key);
}

/* Every word with a capital: the writer's name under the command, no part of a reason. */
static bool is_name(const char *line)
{
        bool is_inside = false;
        guint count = 0;
        for (const char *p = line; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                bool is_word = is_word_character(c);
                if (is_word && !is_inside && (!g_unichar_isupper(c) || ++count > 4))
                        return false;
                is_inside = is_word;
        }
        return true;
}

static bool add_line(const Reader *reader, Command **open, const char *line)
{
        if (*line == '>' || read_staff_line(reader, line)) {
                *open = NULL;
                return true;
        }
        Command *command = read_part(reader, line);
        if (command == NULL)
                return false;
        g_ptr_array_add(reader->commands, command);
        *open = goes_on(command) ? command : NULL;
        return true;
}

void commands_read(const Patterns *patterns, const char *text, GPtrArray *commands, GPtrArray *why)
{
        Reader reader = { patterns_group(patterns, "command"), commands, why };
        const PatternGroup *farewell = patterns_group(patterns, "farewell");
        g_auto(GStrv) lines = g_strsplit(text, "\n", LINES_MAX);
        Command *open = NULL;
        for (char **line = lines; *line != NULL && commands->len < COMMANDS_MAX; line++) {
                g_strstrip(*line);
                if (add_line(&reader, &open, *line) || open == NULL)
                        continue;
                g_autofree char *folded = text_fold(*line);
                if (folded[0] == '\0' && open->argument[0] == '\0')
                        continue;
                if (folded[0] == '\0' || pattern_match(farewell, folded, strlen(folded), NULL) ||
                    is_name(*line) || strlen(open->argument) > ARGUMENT_MAX_BYTES) {
                        open = NULL;
                        continue;
                }
                g_autofree char *before = open->argument;
                open->argument = g_strjoin(before[0] != '\0' ? "\n" : "", before, *line, NULL);
        }
}

/* Lines with numbers, and those that are commands, say yes here: what stands beside them may take it back. */
char *commands_beside(const char *text, const GPtrArray *commands)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        GString *beside = g_string_new("ok\n");
        for (char **line = lines; *line != NULL; line++) {
                g_autofree char *written = written_line(*line);
                bool is_command = g_ascii_isdigit(*pass_marks(written));
                for (guint i = 0; !is_command && i < commands->len; i++)
                        is_command = strcmp(((const Command *)g_ptr_array_index(commands, i))->written,
                                            written) == 0;
                if (!is_command)
                        g_string_append_printf(beside, "%s\n", *line);
        }
        return g_string_free(beside, FALSE);
}
