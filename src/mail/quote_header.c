#include "mail/quote_header.h"

#include <string.h>

enum {
        ATTRIBUTION_LINES = 4,
        ATTRIBUTION_BYTES = 500,
        DATE_DIGITS = 3, /* what a date has at least */
        GLUED_BYTES = 4000,
        FIELD_COLON = 48, /* a field's colon stands within these bytes */
        BLOCK_LINES = 24,
        BLOCK_GAP_LINES = 2, /* of a wrapped address list, or blank */
        BANNER_BYTES = 160,
};

/* Places in QuoteGroups.fields, as bits. */
enum { FIELD_FROM = 1, FIELD_DATE = 2, FIELD_TO = 4, FIELD_SUBJECT = 8, FIELD_OTHER = 16 };

static const char *const field_names[] = { "field_from", "field_date", "field_to", "field_subject",
                                           "field_other" };

QuoteFinder quote_finder_init(const Patterns *patterns)
{
        QuoteFinder finder = {
                .dated = patterns_group(patterns, "quote_header"),
                .undated = patterns_group(patterns, "quote_undated"),
                .glued = patterns_group(patterns, "quote_glued"),
                .banner = patterns_group(patterns, "quote_banner"),
                .forward = patterns_group(patterns, "forward_banner"),
                .delimiter = patterns_group(patterns, "delimiter"),
                .known_end = G_MAXUINT,
        };
        for (size_t i = 0; i < G_N_ELEMENTS(field_names); i++)
                finder.fields[i] = patterns_group(patterns, field_names[i]);
        return finder;
}

const char *quote_header_word(QuoteHeaderKind kind)
{
        static const char *const words[] = { "quote header", "header block", "original message",
                                             "forwarded message", "our delimiter line" };
        return words[kind];
}

static void describe(QuoteHeader *header, QuoteHeaderKind kind, guint first, guint n_lines,
                     const PatternMatch *match)
{
        *header = (QuoteHeader){ kind, first, n_lines, 0, false, match->file, match->line };
}

/* ------ attributions */

static guint count_digits(const ReplyLine *line, guint limit)
{
        guint digits = 0;
        for (size_t i = 0; i < line->folded_length && digits < limit; i++)
                digits += g_ascii_isdigit(line->folded[i]);
        return digits;
}

/* Could an attribution end here? */
static bool ends_attribution(const ReplyLine *line)
{
        const char *end = line->folded + line->folded_length;
        return end[-1] == ':' || (line->folded_length > 2 && end[-1] == '-' && end[-2] == '-');
}

/* Joins the folded lines `at` to `to` with blanks. False when they are too long. */
static bool join(const ReplyLines *lines, guint at, guint to, GString *joined)
{
        g_string_truncate(joined, 0);
        for (guint i = at; i <= to; i++) {
                const ReplyLine *line = &lines->lines[i];
                if (joined->len + line->folded_length > ATTRIBUTION_BYTES)
                        return false;
                if (i > at)
                        g_string_append_c(joined, ' ');
                g_string_append_len(joined, line->folded, (gssize)line->folded_length);
        }
        return true;
}

/* The line where an attribution that begins at `at` may end: the first with a colon; n_lines for none. */
static guint attribution_end(const ReplyLines *lines, guint at)
{
        for (guint i = at; i < lines->n_lines && i < at + ATTRIBUTION_LINES; i++) {
                if (reply_line_is_blank(&lines->lines[i]) || lines->lines[i].depth < lines->lines[at].depth)
                        break;
                if (ends_attribution(&lines->lines[i]))
                        return i;
        }
        return lines->n_lines;
}

static bool matches(const PatternGroup *group, const ReplyLines *lines, guint at, guint end,
                    PatternMatch *match)
{
        if (at == end)
                return lines->lines[at].folded_length <= ATTRIBUTION_BYTES &&
                       pattern_match(group, lines->lines[at].folded, lines->lines[at].folded_length, match);
        g_autoptr(GString) joined = g_string_sized_new(256);
        return join(lines, at, end, joined) && pattern_match(group, joined->str, joined->len, match);
}

/* The line where the dated attribution that ends at `end` begins, the latest that will do; G_MAXUINT for
 * none. */
static guint dated_begin(QuoteFinder *finder, const ReplyLines *lines, guint at, guint end)
{
        if (finder->known_end == end)
                return finder->known_first;
        finder->known_end = end;
        finder->known_first = G_MAXUINT;
        guint digits = 0;
        bool has_address = false;
        for (guint first = end + 1; first-- > at;) {
                const ReplyLine *line = &lines->lines[first];
                digits += count_digits(line, DATE_DIGITS);
                has_address |= memchr(line->folded, '@', line->folded_length) != NULL;
                if ((digits >= DATE_DIGITS || (has_address && digits > 0)) && line->folded[0] != '<' &&
                    matches(finder->dated, lines, first, end, &finder->known_match)) {
                        finder->known_first = first;
                        break;
                }
        }
        return finder->known_first;
}

static bool read_attribution(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header)
{
        guint end = attribution_end(lines, at);
        PatternMatch match;
        bool is_found = false;
        if (end < lines->n_lines)
                is_found = dated_begin(finder, lines, at, end) == at &&
                           matches(finder->dated, lines, at, end, &match);
        if (!is_found &&
            g_ascii_isdigit(lines->lines[at].folded[0])) { /* "2027-03-03 17:21 GMT+01:00 Jane" */
                end = at;
                is_found = matches(finder->dated, lines, at, at, &match);
        }
        if (is_found)
                describe(header, QUOTE_ATTRIBUTION, at, end - at + 1, &match);
        return is_found;
}

/* After read_glued(): an address with a verb takes all that stands before it on its line. */
static bool read_undated(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header)
{
        PatternMatch match;
        if (attribution_end(lines, at) != at || dated_begin(finder, lines, at, at) != G_MAXUINT ||
            !matches(finder->undated, lines, at, at, &match))
                return false;
        describe(header, QUOTE_ATTRIBUTION, at, 1, &match);
        return true;
}

static bool read_glued(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header)
{
        const ReplyLine *line = &lines->lines[at];
        PatternMatch match;
        if (line->folded_length < 30 || memchr(line->folded, ':', line->folded_length) == NULL ||
            count_digits(line, DATE_DIGITS) < DATE_DIGITS ||
            !pattern_match(finder->glued, line->folded, MIN(line->folded_length, GLUED_BYTES), &match))
                return false;
        describe(header, QUOTE_ATTRIBUTION, at, 1, &match);
        header->written = match.start;
        header->has_tail = match.end < line->folded_length;
        return true;
}

/* ------ header blocks */

static int field_of(QuoteFinder *finder, const ReplyLine *line, PatternMatch *match)
{
        const char *colon = memchr(line->folded, ':', MIN(line->folded_length, FIELD_COLON));
        if (colon == NULL)
                return 0;
        size_t length = (size_t)(colon + 1 - line->folded);
        for (int i = 0; i < 5; i++)
                if (pattern_match(finder->fields[i], line->folded, length, match))
                        return 1 << i;
        return 0;
}

typedef struct {
        int fields;
        bool has_address;
        guint last; /* line of the last field */
} Block;

static Block block_scan(QuoteFinder *finder, const ReplyLines *lines, guint at)
{
        Block block = { 0, false, at };
        for (guint i = at;
             i < lines->n_lines && i < at + BLOCK_LINES && i <= block.last + 1 + BLOCK_GAP_LINES; i++) {
                const ReplyLine *line = &lines->lines[i];
                if (line->depth != lines->lines[at].depth)
                        break;
                PatternMatch match;
                int field = field_of(finder, line, &match);
                if (field == 0)
                        continue;
                block.fields |= field;
                block.has_address |= memchr(line->folded, '@', line->folded_length) != NULL;
                block.last = i;
        }
        return block;
}

/* Two fields can stand in anybody's text ("De : Rabat"): an address or the whole set decides. */
static bool is_block(const Block *block)
{
        int fields = block->fields & ~FIELD_OTHER;
        if ((fields & FIELD_FROM) != 0)
                return (block->has_address && (fields & ~FIELD_FROM) != 0) ||
                       ((fields & FIELD_SUBJECT) != 0 && (fields & (FIELD_DATE | FIELD_TO)) != 0);
        return block->has_address && (fields & FIELD_DATE) != 0 && (fields & FIELD_TO) != 0;
}

static bool read_block(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header)
{
        PatternMatch match;
        if (field_of(finder, &lines->lines[at], &match) == 0)
                return false;
        Block block = block_scan(finder, lines, at);
        if (!is_block(&block))
                return false;
        describe(header, QUOTE_BLOCK, at, block.last - at + 1, &match);
        return true;
}

/* ------ banners */

static bool may_be_banner(const ReplyLine *line)
{
        char first = line->folded[0], last = line->folded[line->folded_length - 1];
        return line->folded_length <= BANNER_BYTES &&
               (strchr("-_=*", first) != NULL || strchr("-_=*:", last) != NULL ||
                (line->folded_length > 10 && (memcmp(line->folded, "message du", 10) == 0 ||
                                              memcmp(line->folded, "original m", 10) == 0)));
}

static bool read_banner(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header)
{
        const ReplyLine *line = &lines->lines[at];
        PatternMatch match;
        if (!may_be_banner(line))
                return false;
        if (pattern_match(finder->delimiter, line->folded, line->folded_length, &match))
                describe(header, QUOTE_DELIMITER, at, 1, &match);
        else if (pattern_match(finder->forward, line->folded, line->folded_length, &match))
                describe(header, QUOTE_FORWARD, at, 1, &match);
        else if (pattern_match(finder->banner, line->folded, line->folded_length, &match))
                describe(header, QUOTE_BANNER, at, 1, &match);
        else
                return false;
        guint next = reply_lines_next(lines, at + 1);
        QuoteHeader below; /* the block under the banner belongs to it */
        if (next < lines->n_lines && next <= at + 3 && read_block(finder, lines, next, &below))
                header->n_lines = below.first + below.n_lines - at;
        return true;
}

bool quote_header_read(QuoteFinder *finder, const ReplyLines *lines, guint at, QuoteHeader *header_out)
{
        const ReplyLine *line = &lines->lines[at];
        if (reply_line_is_blank(line))
                return false;
        return read_banner(finder, lines, at, header_out) ||
               read_attribution(finder, lines, at, header_out) || read_block(finder, lines, at, header_out) ||
               read_glued(finder, lines, at, header_out) || read_undated(finder, lines, at, header_out);
}
