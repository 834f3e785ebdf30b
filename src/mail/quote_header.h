/* mail/quote_header.h: the lines that mail programs put above a quotation.
 *
 * Attributions ("On … wrote:", wrapped over up to four lines, or sharing a line with text), header blocks
 * (two or more of From, Sent, To, Subject in any language), banners ("-----Original Message-----"), our
 * delimiter line. The words are the groups quote_*, field_*, forward_banner and delimiter of rules/reading/.
 */
#pragma once

#include "mail/patterns.h"
#include "mail/reply_line.h"

typedef struct {
        const PatternGroup *dated, *undated, *glued, *banner, *forward, *delimiter;
        const PatternGroup *fields[5]; /* from, date, to, subject, other */
        guint known_end, known_first; /* the attribution that was last found or not found, by its last line */
        PatternMatch known_match;
} QuoteFinder;

/* For one reading: it remembers lines. */
QuoteFinder quote_finder_init(const Patterns *patterns);

typedef enum { QUOTE_ATTRIBUTION, QUOTE_BLOCK, QUOTE_BANNER, QUOTE_FORWARD, QUOTE_DELIMITER } QuoteHeaderKind;

typedef struct {
        QuoteHeaderKind kind;
        guint first, n_lines;
        size_t written; /* bytes of the first line's folded form before a glued attribution */
        bool has_tail;  /* the quotation begins on the last line */
        const char *file;
        int line; /* of the pattern */
} QuoteHeader;

const char *quote_header_word(QuoteHeaderKind kind); /* for `why` */

/* Is there one that begins at line `at`? Looks at a bounded number of lines. */
bool quote_header_read(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header_out);
