#include "mail/reply_line.h"

#include "base/text.h"

#include <string.h>

static size_t line_length(const char *text)
{
        return (size_t)(strchrnul(text, '\n') - text);
}

/* Takes the quote marks off the folded line. */
static void strip_marks(ReplyLine *line)
{
        while (line->folded_length > 0 && line->folded[0] == '>') {
                line->depth++;
                do {
                        line->folded++;
                        line->folded_length--;
                } while (line->folded_length > 0 && line->folded[0] == ' ');
        }
}

/* Folding keeps line breaks, so both texts have the same lines. */
ReplyLines *reply_lines_new(const char *text)
{
        ReplyLines *lines = g_new0(ReplyLines, 1);
        lines->folded = text_fold(text);
        guint room = 1;
        for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
                room++;
        lines->lines = g_new0(ReplyLine, room);
        const char *folded = lines->folded;
        for (const char *p = text; lines->n_lines < room; lines->n_lines++) {
                ReplyLine *line = &lines->lines[lines->n_lines];
                line->begin = p;
                line->length = line_length(p);
                line->folded = folded;
                line->folded_length = line_length(folded);
                p += line->length + (p[line->length] != '\0');
                folded += line->folded_length + (folded[line->folded_length] != '\0');
                strip_marks(line);
        }
        return lines;
}

void reply_lines_free(ReplyLines *lines)
{
        if (lines == NULL)
                return;
        g_free(lines->lines);
        g_free(lines->folded);
        g_free(lines);
}

bool reply_line_is_blank(const ReplyLine *line)
{
        return line->folded_length == 0;
}

guint reply_lines_next(const ReplyLines *lines, guint from)
{
        while (from < lines->n_lines && reply_line_is_blank(&lines->lines[from]))
                from++;
        return from;
}

const char *reply_line_content(const ReplyLine *line, size_t *length_out)
{
        const char *p = line->begin, *end = p + line->length;
        for (int marks = 0; marks < line->depth && p < end;) {
                gunichar c = g_utf8_get_char(p);
                marks += c == '>' || c == 0xFF1E || c == 0xFE65;
                p = g_utf8_next_char(p);
        }
        while (p < end && (*p == ' ' || *p == '\t'))
                p++;
        while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
                end--;
        *length_out = (size_t)(end - p);
        return p;
}

/* Folding keeps the order, so the place is found by halving. */
size_t reply_line_raw_prefix(const ReplyLine *line, size_t folded_bytes)
{
        size_t low = 0, high = line->length;
        while (low < high) {
                size_t middle = (low + high) / 2;
                while (middle > low && (line->begin[middle] & 0xC0) == 0x80)
                        middle--;
                if (middle == low)
                        middle = low + g_utf8_skip[(guchar)line->begin[low]];
                g_autofree char *prefix = g_strndup(line->begin, middle);
                g_autofree char *folded = text_fold(prefix);
                if (strlen(folded) > folded_bytes)
                        high = middle == high ? low : middle - 1;
                else
                        low = middle;
        }
        while (low > 0 && (line->begin[low] & 0xC0) == 0x80)
                low--;
        return MIN(low, line->length);
}

bool reply_line_is_rule(const ReplyLine *line)
{
        for (size_t i = 0; i < line->folded_length; i++)
                if (strchr("-_=* ", line->folded[i]) == NULL)
                        return false;
        return line->folded_length > 0;
}
