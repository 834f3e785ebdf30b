/* mail/word.h: the words of a text as hashes, for laying one text along another.
 *
 * A word is a stretch of letters and digits. Links and names of images are none: they are rewritten on the
 * way.
 */
#pragma once

#include "mail/reply_line.h"

typedef struct {
        guint32 hash;
        guint32 line;
        guint32 begin, end;     /* bytes of the text that was split */
        bool is_first, is_last; /* on its line */
} Word;

/* Appends the words of one line to an array of Word; beyond a named limit none. */
void words_split(const char *text, size_t length, guint32 line, GArray *words);
/* The words of the folded lines. */
GArray *words_of_lines(const ReplyLines *lines);

static inline Word *word_at(const GArray *words, guint i)
{
        return &g_array_index(words, Word, i);
}
