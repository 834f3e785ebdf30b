#include "mail/flowed.h"

#include <glib.h>
#include <string.h>

static int quote_depth(const char *line, size_t length)
{
        size_t depth = 0;
        while (depth < length && line[depth] == '>')
                depth++;
        return (int)depth;
}

static void append_marks(GString *out, int depth)
{
        for (int i = 0; i < depth; i++)
                g_string_append_c(out, '>');
        if (depth > 0)
                g_string_append_c(out, ' ');
}

char *flowed_unfold(const char *text, bool is_delsp)
{
        g_autoptr(GString) out = g_string_sized_new(strlen(text));
        int open_depth = -1; /* of the paragraph whose last line was soft; -1: none is open */
        while (*text != '\0') {
                const char *newline = strchrnul(text, '\n');
                size_t length = (size_t)(newline - text);
                int depth = quote_depth(text, length);
                const char *line = text + depth;
                length -= (size_t)depth;
                if (length > 0 && line[0] == ' ') { /* space-stuffed */
                        line++;
                        length--;
                }
                bool is_signature = length == 3 && memcmp(line, "-- ", 3) == 0;
                bool is_soft = !is_signature && length > 0 && line[length - 1] == ' ';
                if (open_depth >= 0 && (open_depth != depth || is_signature)) {
                        g_string_append_c(out, '\n'); /* a soft line before another depth ends there */
                        open_depth = -1;
                }
                if (open_depth < 0)
                        append_marks(out, depth);
                g_string_append_len(out, line, (gssize)(length - (is_soft && is_delsp)));
                open_depth = is_soft ? depth : -1;
                if (!is_soft)
                        g_string_append_c(out, '\n');
                text = *newline == '\n' ? newline + 1 : newline;
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}
