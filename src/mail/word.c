#include "mail/word.h"

#include <string.h>

enum { MAX_WORDS = 200 * 1000 };

static bool is_link_start(const char *p, const char *end)
{
        size_t left = (size_t)(end - p);
        return (left > 8 && (memcmp(p, "http://", 7) == 0 || memcmp(p, "https://", 8) == 0)) ||
               (left > 7 && memcmp(p, "mailto:", 7) == 0) || (left > 4 && memcmp(p, "www.", 4) == 0);
}

/* Links and the names of images are rewritten on the way: `<https://…>`, `[cid:…]`, `[image: x]`. */
static const char *skip_link(const char *p, const char *end)
{
        if (*p == '[' && end - p > 5 && (memcmp(p, "[cid:", 5) == 0 || memcmp(p, "[imag", 5) == 0)) {
                const char *close = memchr(p, ']', (size_t)(end - p));
                return close != NULL ? close + 1 : p;
        }
        if (!is_link_start(p, end))
                return p;
        while (p < end && strchr(" \t\r\n<>\"]", *p) == NULL)
                p++;
        return p;
}

/* Folded text is ASCII for the most part. */
static bool is_word_character(const char *p)
{
        return (guchar)*p < 0x80 ? g_ascii_isalnum(*p) : g_unichar_isalnum(g_utf8_get_char(p));
}

static guint32 hash_step(guint32 hash, gunichar c)
{
        return (hash ^ c) * 16777619u;
}

void words_split(const char *text, size_t length, guint32 line, GArray *words)
{
        const char *end = text + length;
        guint first = words->len;
        for (const char *p = text; p < end && words->len < MAX_WORDS;) {
                const char *after = skip_link(p, end);
                if (after != p) {
                        p = after;
                        continue;
                }
                guint32 hash = 2166136261u;
                const char *begin = p;
                for (; p < end && is_word_character(p); p = g_utf8_next_char(p))
                        hash = hash_step(hash, g_utf8_get_char(p));
                if (p == begin) {
                        p = g_utf8_next_char(p);
                        continue;
                }
                Word word = { hash, line, (guint32)(begin - text), (guint32)(p - text), false, false };
                g_array_append_val(words, word);
        }
        if (words->len > first) {
                g_array_index(words, Word, first).is_first = true;
                g_array_index(words, Word, words->len - 1).is_last = true;
        }
}

GArray *words_of_lines(const ReplyLines *lines)
{
        GArray *words = g_array_new(FALSE, FALSE, sizeof(Word));
        for (guint i = 0; i < lines->n_lines; i++)
                words_split(lines->lines[i].folded, lines->lines[i].folded_length, i, words);
        return words;
}
