/* base/text.h: text as people write it, made comparable; text from strangers, made harmless.
 *
 * Everything that enters as bytes becomes valid UTF-8 here, once. Linear in the size of the input.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* g_string_append_len() without its generality: words are written a few bytes at a time. */
static inline void text_append(GString *out, const char *bytes, size_t size)
{
        if (out->len + size >= out->allocated_len) {
                g_string_append_len(out, bytes, (gssize)size);
                return;
        }
        memcpy(out->str + out->len, bytes, size);
        out->len += size;
        out->str[out->len] = '\0';
}

/* Valid UTF-8 without NUL: broken sequences become U+FFFD, NUL is dropped. The caller frees. */
char *text_make_valid(const char *bytes, size_t size_bytes);

/* One line for headers, logs and templates: controls (C0, C1, line breaks) and bidi overrides become spaces,
 * runs of blanks one space, ends trimmed. The caller frees. */
char *text_single_line(const char *text);

/* Comparable form: NFKC, case folded, accents and Arabic vowel marks off, apostrophes and dashes unified,
 * bidi and zero-width marks off, Arabic and Persian digits as 0-9, alef/ya/ta marbuta variants unified,
 * blanks (NBSP too) collapsed to one space, ends trimmed. Line breaks stay. The caller frees. */
char *text_fold(const char *text);

/* Edit distance (insert, delete, replace, swap of neighbours), in characters; stops early beyond limit and
 * then gives limit + 1. Inputs longer than 64 characters count as beyond. */
int text_distance(const char *a, const char *b, int limit);

/* Bidi overrides and isolates (U+202A-202E, 2066-2069) off, and controls but tab and line break: for user
 * text that is kept, and enters a mail of ours. */
char *text_strip_controls(const char *text);
