/* mail/intent_text.h: a reply's new text made ready for its intent: folded, cut into words that know where
 * they stand in the original, and laid over with what the patterns find (spans).
 *
 * Of two finds, one inside the other, the longer counts: "je ne valide pas" hides the "valide" in it.
 */
#pragma once

#include "mail/patterns.h"

/* What a span says. The groups of rules/reading/ carry the same names. */
typedef enum {
        SAYS_ACCEPT,
        SAYS_ACCEPT_WORD, /* counts as SAYS_ACCEPT where it opens a clause, else not at all */
        SAYS_REFUSE,
        SAYS_REFUSE_WORD, /* the same */
        SAYS_CONDITION,
        SAYS_CONTRAST,
        SAYS_DOUBT,
        SAYS_NOT_NOW,
        SAYS_QUESTION,
        SAYS_ACK,
        SAYS_HARMLESS,
        SAYS_FAREWELL,
        SAYS_REASON,
        SAYS_BEGUN,  /* not of the writer's will but of the matter: the student has come; */
        SAYS_ABSENT, /* has not */
        N_SAYINGS
} Saying;

typedef struct {
        Saying saying;
        size_t start, end; /* bytes of the folded text */
        const char *file;  /* of the pattern; borrowed */
        int line;
} IntentSpan;

typedef struct {
        size_t start, end;         /* bytes of the folded text */
        size_t raw_start, raw_end; /* bytes of the original; both 0 when the line could not be aligned */
        int line;                  /* from 0 */
        bool is_symbol;            /* an emoji or the like */
        bool is_capital;           /* written with a capital among small letters */
        unsigned said_by;          /* bits 1 << Saying: the spans over all of it */
} IntentWord;

typedef struct {
        const char *raw; /* borrowed */
        char *folded;
        GArray *words; /* of IntentWord */
        GArray *spans; /* of IntentSpan, the ones that count */
        unsigned said; /* bits 1 << Saying of all spans */
        bool is_whole; /* false: too long to have been read to the end */
} IntentText;

IntentText *intent_text_read(const Patterns *patterns, const char *text);
void intent_text_free(IntentText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IntentText, intent_text_free)

const char *saying_word(Saying saying); /* "accept", … */
/* The first span that says it; NULL. */
const IntentSpan *intent_text_find(const IntentText *text, Saying saying);
