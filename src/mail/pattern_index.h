/* mail/pattern_index.h: which patterns of a group can match a text at all, found in one pass over it by
 * the literals of which each needs one.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef struct PatternIndex PatternIndex;

PatternIndex *pattern_index_new(void);
void pattern_index_free(PatternIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PatternIndex, pattern_index_free)

/* literals (of char *): what pattern number `pattern` needs one of; NULL: it is always a candidate. */
void pattern_index_add(PatternIndex *index, guint pattern, const GPtrArray *literals);

/* Sets the bits of the patterns that may match. candidates: pattern_index_words() words, cleared here. */
void pattern_index_find(const PatternIndex *index, const char *text, size_t length, uint64_t *candidates);
size_t pattern_index_words(const PatternIndex *index);
