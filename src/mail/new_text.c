#include "mail/new_text.h"

#include "base/text.h"

#include <string.h>

enum { HEADER_LINES = 3, HEADER_BYTES = 400 };

static bool is_quote_mark(const char *line)
{
        return g_str_has_prefix(line, ">");
}

static char *fold_quoted(const char *line)
{
        while (*line == '>' || *line == ' ' || *line == '\t')
                line++;
        g_autofree char *folded = text_fold(line);
        return g_strdup(g_strstrip(folded));
}

/* The number of lines that a quote header takes at lines[at]; 0 when there is none. */
static guint header_length(const PatternGroup *headers, char **folded, guint at, PatternMatch *match_out)
{
        g_autoptr(GString) joined = g_string_new(NULL);
        for (guint n = 0; n < HEADER_LINES && folded[at + n] != NULL; n++) {
                if (folded[at + n][0] == '\0')
                        return 0;
                if (n > 0)
                        g_string_append_c(joined, ' ');
                g_string_append(joined, folded[at + n]);
                if (joined->len > HEADER_BYTES)
                        return 0;
                if (pattern_match(headers, joined->str, joined->len, match_out))
                        return n + 1;
        }
        return 0;
}

static void note_cut(GPtrArray *why, guint line, const char *what, const PatternMatch *match)
{
        if (why != NULL)
                g_ptr_array_add(why, g_strdup_printf("cut at line %u: %s, %s:%d", line, what, match->file,
                                                     match->line));
}

NewText *new_text_read(Message *message, const Patterns *patterns, const GPtrArray *own G_GNUC_UNUSED,
                       GPtrArray *why)
{
        const PatternGroup *headers = patterns_group(patterns, "quote_header");
        const PatternGroup *signatures = patterns_group(patterns, "signature");
        g_auto(GStrv) lines = g_strsplit(message_text(message), "\n", -1);
        guint n_lines = g_strv_length(lines);
        g_auto(GStrv) folded = g_new0(char *, n_lines + 1);
        for (guint i = 0; i < n_lines; i++)
                folded[i] = fold_quoted(lines[i]);

        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GString) quoted = g_string_new(NULL);
        bool below = false, in_signature = false;
        for (guint i = 0; i < n_lines; i++) {
                PatternMatch match;
                guint taken = below ? 0 : header_length(headers, folded, i, &match);
                if (taken > 0) {
                        note_cut(why, i + 1, "quote header", &match);
                        i += taken - 1;
                        guint next = i + 1;
                        while (next < n_lines && folded[next][0] == '\0' && !is_quote_mark(lines[next]))
                                next++;
                        below = next < n_lines && !is_quote_mark(lines[next]);
                        in_signature = false;
                } else if (below || is_quote_mark(lines[i])) {
                        g_string_append_printf(quoted, "%s\n", lines[i]);
                } else if (pattern_match(signatures, folded[i], strlen(folded[i]), &match)) {
                        note_cut(why, i + 1, "signature", &match);
                        in_signature = true;
                } else if (!in_signature) {
                        g_string_append_printf(text, "%s\n", lines[i]);
                }
        }
        NewText *result = g_new0(NewText, 1);
        result->text = g_strdup(g_strstrip(text->str));
        result->quoted = g_strdup(quoted->str);
        return result;
}

void new_text_free(NewText *text)
{
        if (text == NULL)
                return;
        g_free(text->text);
        g_free(text->quoted);
        g_free(text);
}
