/* robot/why.h: why a message was understood as it was, for people who know nothing of patterns: a list of
 * facts, each with the place of the pattern or header that made it so.
 *
 * The mail `why` says them in its reader's language (partial/why_fact), `facteur explain` in English. Pure.
 */
#pragma once

#include "store/inbox.h"

#include <jansson.h>

/* What is known of a message, as its row keeps it. */
typedef struct {
        const char *kind;      /* mail_kind_word(), "page", "import" */
        const char *outcome;   /* outcome_word(); NULL: not decided */
        int level;             /* 0 to 3 */
        const json_t *explain; /* match, intent, why[]; NULL */
} WhySource;

/* In order: who wrote it, whose it is, what was left out, what it says, how sure that is, what followed. Of
 * objects that templates take: one name that is true ("is_person"), "place", "word", "line". The caller
 * releases it. */
json_t *why_facts(const WhySource *source);

/* One of them as an English sentence; the caller frees. */
char *why_sentence(const json_t *fact);
