#include "mail/new_text.h"

#include "base/text.h"
#include "mail/html_quote.h"
#include "mail/html_text.h"
#include "mail/message_text.h"
#include "mail/own_text.h"
#include "mail/quote_header.h"
#include "mail/reply_line.h"
#include "mail/signature.h"
#include "mail/word.h"

#include <string.h>

enum {
        OWN_RUN_TOP = 8, /* words of ours in a row that are ours even above every quotation */
        OWN_LINES = 3,   /* lines of ours that show that the quotation is ours */
        FIELD_LABEL_BYTES = 32,
        PLACE_LINES = 6,     /* of a header known by its place */
        PLACE_DIGITS = 3,    /* of its date */
        DELIMITER_LINES = 6, /* below a header, looked at for it */
        LONG_LINE = 55,      /* a line that a program may have broken */
};

/* How the lines below the last header are told apart. */
typedef enum {
        ZONE_WRITTEN, /* the person's, but lines with quote marks */
        ZONE_BELOW,   /* said before, but what lies between lines of ours and is not ours */
} Zone;

typedef struct {
        ReplyLines *lines;
        QuoteFinder finder;
        OwnLine *own;       /* by line; NULL when our mail is unknown or not there */
        const guint8 *html; /* by line: HtmlRegionKind + 1; NULL */
        GPtrArray *why;
        Zone zone;
        bool is_forward;
        bool has_written; /* something was written above */
        bool has_header;
        bool is_deep;   /* below a header inside a quotation without marks */
        bool in_field;  /* below a field of our form, without marks: a value may go on */
        bool knows_own; /* enough of our mail was found to tell what is not ours */
} Cutter;

static void note_header(Cutter *cutter, const QuoteHeader *header)
{
        if (cutter->why != NULL)
                g_ptr_array_add(cutter->why,
                                g_strdup_printf("cut at line %u: %s (%s:%d)", header->first + 1,
                                                quote_header_word(header->kind), header->file, header->line));
}

static void note_once(Cutter *cutter, guint line, const char *what)
{
        if (cutter->why != NULL)
                g_ptr_array_add(cutter->why, g_strdup_printf("cut at line %u: %s", line + 1, what));
}

/* ------ lines of ours */

static bool is_all_ours(const OwnLine *own)
{
        return own->n_words > 0 && own->n_ours + own->n_missing >= own->n_words && own->n_ours > 0;
}

/* Above every quotation only a long run says that a line is ours: people use our words. */
static bool is_ours_at_top(const Cutter *cutter, guint at)
{
        const OwnLine *own = cutter->own != NULL ? &cutter->own[at] : NULL;
        return own != NULL && own->run >= OWN_RUN_TOP && is_all_ours(own);
}

/* In a quotation most of the words decide; what was mangled on the way is ours too. */
static bool is_ours_below(const OwnLine *own)
{
        return is_all_ours(own) || (own->n_words > 0 && own->n_missing * 2 > own->n_words) ||
               own->n_ours * 10 > own->n_words * 7;
}

static bool knows_own(const OwnLine *own, guint n_lines)
{
        guint n_ours = 0;
        for (guint i = 0; own != NULL && i < n_lines && n_ours < OWN_LINES; i++)
                n_ours += is_all_ours(&own[i]);
        return n_ours >= OWN_LINES;
}

static bool has_anchor(const char *text, size_t length)
{
        for (const char *p = text, *end = text + length; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++)
                if (end - p > 2 && g_ascii_isdigit(p[1]) && memchr(p, ']', (size_t)MIN(end - p, 5)) != NULL)
                        return true;
        return false;
}

/* An answer typed behind our words, on their line; that of a form field is read as a form line. */
static void find_tail(ReplyLine *line, const OwnLine *own)
{
        bool is_typed = own->tail > 0 && own->n_missing == 0 && own->n_ours * 2 >= own->n_words;
        if (is_typed && !has_anchor(line->begin, line->length))
                line->tail = own->tail;
}

/* ------ quotations */

/* Rules and blank lines above a header belong to it. */
static void take_rules_above(Cutter *cutter, guint header)
{
        for (guint i = header; i-- > 0;) {
                ReplyLine *line = &cutter->lines->lines[i];
                if (line->kind != LINE_WRITTEN || line->depth > 0 ||
                    !(reply_line_is_blank(line) || (reply_line_is_rule(line) && line->folded_length > 2)))
                        return;
                if (!reply_line_is_blank(line))
                        line->kind = LINE_HEADER;
        }
}

/* Are the lines below a header marked with `>`, so that others among them are answers? */
static bool is_marked_below(const Cutter *cutter, guint from)
{
        guint next = reply_lines_next(cutter->lines, from);
        return next < cutter->lines->n_lines && cutter->lines->lines[next].depth > 0;
}

/* Our delimiter line stands at the top of our mails. */
static bool is_delimiter_below(Cutter *cutter, guint from)
{
        QuoteHeader header;
        for (guint i = from; i < cutter->lines->n_lines && i < from + DELIMITER_LINES; i++)
                if (quote_header_read(&cutter->finder, cutter->lines, i, &header) &&
                    header.kind == QUOTE_DELIMITER)
                        return true;
        return false;
}

/* Does all below the header count as said before? */
static bool is_endless(Cutter *cutter, const QuoteHeader *header)
{
        guint below = header->first + header->n_lines;
        if (header->has_tail)
                return true;
        if (is_marked_below(cutter, below))
                return false;
        /* Nothing above an attribution and no marks below: some programs leave the answer there. */
        return header->kind != QUOTE_ATTRIBUTION || cutter->has_written || header->written > 0 ||
               cutter->knows_own || is_delimiter_below(cutter, below);
}

/* Takes a header; gives the line where to go on. */
static guint take_header(Cutter *cutter, const QuoteHeader *header)
{
        guint end = header->first + header->n_lines;
        ReplyLine *first = &cutter->lines->lines[header->first];
        for (guint i = header->first; i < end; i++)
                cutter->lines->lines[i].kind = LINE_HEADER;
        if (header->written > 0) {
                first->kind = LINE_WRITTEN;
                first->keep = reply_line_raw_prefix(first, header->written);
        } else {
                take_rules_above(cutter, header->first);
        }
        cutter->is_forward |= header->kind == QUOTE_FORWARD;
        cutter->is_deep = cutter->zone == ZONE_BELOW && cutter->has_header;
        cutter->has_header = true;
        note_header(cutter, header);
        cutter->zone = is_endless(cutter, header) ? ZONE_BELOW : ZONE_WRITTEN;
        return end;
}

/* A quoted line that a program broke: its rest has lost the mark. */
static bool is_broken_quote(const ReplyLines *lines, guint at)
{
        if (at == 0 || at + 1 >= lines->n_lines)
                return false;
        const ReplyLine *before = &lines->lines[at - 1], *line = &lines->lines[at];
        if (before->depth == 0 || before->folded_length == 0)
                return false;
        bool is_followed = lines->lines[at + 1].depth > 0;
        bool is_link = memmem(before->folded, before->folded_length, "://", 3) != NULL &&
                       memchr(line->folded, ' ', line->folded_length) == NULL &&
                       memchr(line->folded, '=', line->folded_length) != NULL; /* of its query */
        size_t length;
        const char *content = reply_line_content(line, &length);
        bool goes_on = strchr(".!?:;", before->folded[before->folded_length - 1]) == NULL &&
                       before->folded_length >= LONG_LINE && g_unichar_islower(g_utf8_get_char(content));
        return (is_followed && is_link) || goes_on;
}

static void mark_ours(ReplyLine *line, const OwnLine *own)
{
        line->kind = LINE_OURS;
        find_tail(line, own);
}

/* Between lines of ours without marks: what is not ours was typed there. */
static void mark_below(Cutter *cutter, guint at)
{
        ReplyLine *line = &cutter->lines->lines[at];
        line->kind = LINE_QUOTED;
        if (!cutter->knows_own || reply_line_is_blank(line))
                return;
        const OwnLine *own = &cutter->own[at];
        if (own->n_words == 0)
                return;
        if (is_ours_below(own) || own->tail > 0) {
                mark_ours(line, own);
                cutter->in_field = has_anchor(line->begin, line->length);
        } else if (line->depth == 0 && !cutter->is_deep && !cutter->in_field) {
                line->kind = LINE_WRITTEN;
        }
}

static void mark_written(Cutter *cutter, guint at)
{
        ReplyLine *line = &cutter->lines->lines[at];
        const OwnLine *own = cutter->knows_own ? &cutter->own[at] : NULL;
        if (line->depth > 0 || is_broken_quote(cutter->lines, at)) {
                line->kind = LINE_QUOTED;
                if (own != NULL && own->n_ours > 0)
                        mark_ours(line, own);
        } else if (is_ours_at_top(cutter, at)) {
                note_once(cutter, at, "our own text");
                cutter->zone = ZONE_BELOW;
                line->kind = LINE_OURS;
        } else if (!reply_line_is_blank(line)) {
                cutter->has_written = true;
        }
}

/* What the HTML says of the line; true when it decided. */
static bool mark_by_html(Cutter *cutter, guint at)
{
        guint8 mark = cutter->html != NULL ? cutter->html[at] : 0;
        if (mark == HTML_QUOTE + 1)
                mark_below(cutter, at);
        else if (mark == HTML_SIGNATURE + 1)
                cutter->lines->lines[at].kind = LINE_SIGNATURE;
        return mark != 0;
}

/* Headers are looked for where they mean something: not in what is marked as quoted. */
static bool find_header(Cutter *cutter, guint at, QuoteHeader *header)
{
        const ReplyLines *lines = cutter->lines;
        bool is_signature = cutter->html != NULL && cutter->html[at] == HTML_SIGNATURE + 1;
        if (is_signature || lines->lines[at].depth > 0 ||
            (cutter->zone == ZONE_BELOW && !cutter->knows_own) ||
            (cutter->knows_own && is_all_ours(&cutter->own[at])))
                return false;
        return quote_header_read(&cutter->finder, lines, at, header);
}

/* Apple quotes its own words above what is forwarded. */
static void find_quoted_forward(Cutter *cutter, guint at)
{
        const ReplyLine *line = &cutter->lines->lines[at];
        QuoteHeader header;
        if (line->depth > 0 && (at == 0 || line[-1].depth == 0) &&
            quote_header_read(&cutter->finder, cutter->lines, at, &header))
                cutter->is_forward |= header.kind == QUOTE_FORWARD;
}

static void cut_quotations(Cutter *cutter)
{
        guint at = 0;
        while (at < cutter->lines->n_lines) {
                QuoteHeader header;
                if (find_header(cutter, at, &header)) {
                        at = take_header(cutter, &header);
                        continue;
                }
                find_quoted_forward(cutter, at);
                if (mark_by_html(cutter, at)) {
                        at++;
                        continue;
                }
                if (cutter->zone == ZONE_BELOW)
                        mark_below(cutter, at);
                else
                        mark_written(cutter, at);
                at++;
        }
}

/* ------ headers that no pattern knows */

/* "Kiam: merkredo", "Al kiu: x@example.org": a line of a header block in whatever language. */
static bool looks_like_field(const ReplyLine *line)
{
        const char *colon = memchr(line->folded, ':', MIN(line->folded_length, FIELD_LABEL_BYTES));
        return colon != NULL && colon > line->folded &&
               (size_t)(colon + 1 - line->folded) < line->folded_length;
}

static bool has_byte(const ReplyLine *line, char byte)
{
        return memchr(line->folded, byte, line->folded_length) != NULL;
}

/* The first line of what stands right above a quotation that begins at `quote` and can only be its header: an
 * attribution with an address, or a block of fields. `quote` when there is none. */
static guint header_by_place(const ReplyLines *lines, guint quote)
{
        guint end = quote;
        while (end > 0 && quote - end < 2 && reply_line_is_blank(&lines->lines[end - 1]))
                end--;
        guint first = end, fields = 0, digits = 0;
        bool has_address = false;
        while (first > 0 && end - first < PLACE_LINES) {
                const ReplyLine *line = &lines->lines[first - 1];
                if (reply_line_is_blank(line) || line->kind != LINE_WRITTEN || line->depth > 0 ||
                    line->keep > 0)
                        break;
                has_address |= has_byte(line, '@');
                fields += looks_like_field(line);
                for (size_t i = 0; i < line->folded_length; i++)
                        digits += g_ascii_isdigit(line->folded[i]);
                first--;
        }
        guint n_lines = end - first;
        if (n_lines == 0 || !has_address || digits < PLACE_DIGITS)
                return quote;
        const ReplyLine *last = &lines->lines[end - 1];
        bool is_attribution = n_lines <= 3 && last->folded[last->folded_length - 1] == ':';
        return is_attribution || (n_lines >= 3 && fields == n_lines) ? first : quote;
}

/* Looks above every quotation that began without a header. */
static void cut_headers_by_place(Cutter *cutter)
{
        ReplyLines *lines = cutter->lines;
        for (guint i = 1; i < lines->n_lines; i++) {
                const ReplyLine *line = &lines->lines[i];
                bool is_quote = (line->kind == LINE_OURS || (line->kind == LINE_QUOTED && line->depth > 0)) &&
                                lines->lines[i - 1].kind == LINE_WRITTEN;
                guint first = is_quote ? header_by_place(lines, i) : i;
                if (first == i)
                        continue;
                note_once(cutter, first, "quote header by its place");
                for (guint k = first; k < i; k++)
                        lines->lines[k].kind = LINE_HEADER;
        }
}

/* ------ what the HTML knows */

/* For each line of the text the region of the HTML that holds its beginning; NULL when there are none. */
static guint8 *regions_by_line(const ReplyLines *lines, const char *text, const GArray *regions)
{
        if (regions->len == 0)
                return NULL;
        guint8 *by_line = g_new0(guint8, lines->n_lines);
        guint region = 0;
        for (guint i = 0; i < lines->n_lines; i++) {
                size_t offset = (size_t)(lines->lines[i].begin - text);
                while (region < regions->len && g_array_index(regions, HtmlRegion, region).end <= offset)
                        region++;
                if (region < regions->len && g_array_index(regions, HtmlRegion, region).begin <= offset &&
                    lines->lines[i].length > 0)
                        by_line[i] = (guint8)(g_array_index(regions, HtmlRegion, region).kind + 1);
        }
        return by_line;
}

static const HtmlRegion *first_quote(const GArray *regions)
{
        for (guint i = 0; i < regions->len; i++) {
                const HtmlRegion *region = &g_array_index(regions, HtmlRegion, i);
                if (region->kind == HTML_QUOTE)
                        return region;
        }
        return NULL;
}

/* The text part shows no header that we know, but its HTML twin says after how many words the quotation
 * begins. */
static void cut_like_html(Cutter *cutter, const char *html)
{
        g_autoptr(GArray) regions = g_array_new(FALSE, FALSE, sizeof(HtmlRegion));
        g_autofree char *shown = html_quote_text(html, regions);
        const HtmlRegion *quote = first_quote(regions);
        if (quote == NULL)
                return;
        shown[MIN(quote->begin, strlen(shown))] = '\0';
        g_autoptr(ReplyLines) above = reply_lines_new(shown);
        g_autoptr(GArray) before = words_of_lines(above), words = words_of_lines(cutter->lines);
        guint n = before->len;
        if (n >= words->len || !word_at(words, n)->is_first)
                return;
        for (guint i = n - MIN(n, 8); i < n; i++)
                if (word_at(before, i)->hash != word_at(words, i)->hash)
                        return;
        guint line = word_at(words, n)->line;
        if (cutter->why != NULL)
                g_ptr_array_add(cutter->why,
                                g_strdup_printf("cut at line %u: %s in the HTML", line + 1, quote->mark));
        bool is_marked = false;
        for (guint i = line; i < cutter->lines->n_lines; i++) {
                ReplyLine *below = &cutter->lines->lines[i];
                is_marked |= below->depth > 0;
                if (!is_marked && below->kind == LINE_WRITTEN)
                        below->kind = LINE_QUOTED;
        }
}

/* ------ the parts of the result */

static bool is_said_before(const ReplyLine *line)
{
        return line->kind == LINE_QUOTED || line->kind == LINE_OURS || line->kind == LINE_HEADER;
}

static void mark_signatures(Cutter *cutter, const SignatureReader *reader)
{
        ReplyLines *lines = cutter->lines;
        for (guint first = 0, end; first < lines->n_lines; first = end + 1) {
                for (end = first; end < lines->n_lines && !is_said_before(&lines->lines[end]);)
                        end++;
                if (end > first)
                        signature_mark(reader, lines, first, end);
        }
}

static bool has_kind(const ReplyLines *lines, LineKind kind)
{
        for (guint i = 0; i < lines->n_lines; i++)
                if (lines->lines[i].kind == kind && (!reply_line_is_blank(&lines->lines[i])))
                        return true;
        return false;
}

/* Written text as it grows. Empty lines stay as they were; where something was taken out stands one. */
typedef struct {
        GString *out;
        guint n_blank;
        bool is_cut;
} Emitter;

static void emit(Emitter *emitter, const char *text, size_t length)
{
        while (length > 0 && g_ascii_isspace(text[length - 1]))
                length--;
        for (guint i = 0; emitter->out->len > 0 && i < (emitter->is_cut ? 1 : emitter->n_blank); i++)
                g_string_append_c(emitter->out, '\n');
        emitter->n_blank = 0;
        emitter->is_cut = false;
        g_string_append_len(emitter->out, text, (gssize)length);
        g_string_append_c(emitter->out, '\n');
}

static char *written_text(const ReplyLines *lines)
{
        Emitter emitter = { g_string_new(NULL), 0, false };
        for (guint i = 0; i < lines->n_lines; i++) {
                const ReplyLine *line = &lines->lines[i];
                if (line->kind == LINE_OURS && line->tail > 0)
                        emit(&emitter, line->begin + line->length - line->tail, line->tail);
                else if (line->kind != LINE_WRITTEN)
                        emitter.is_cut = true;
                else if (reply_line_is_blank(line))
                        emitter.n_blank++;
                else
                        emit(&emitter, line->begin, line->keep > 0 ? line->keep : line->length);
        }
        return g_string_free(emitter.out, FALSE);
}

static char *quoted_text(const ReplyLines *lines)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < lines->n_lines; i++) {
                const ReplyLine *line = &lines->lines[i];
                if (line->kind != LINE_QUOTED && line->kind != LINE_OURS)
                        continue;
                g_string_append_len(out, line->begin, (gssize)line->length);
                g_string_append_c(out, '\n');
        }
        return g_string_free(out, FALSE);
}

static bool is_forward_subject(const char *subject)
{
        static const char *const prefixes[] = { "fw:",  "fwd:", "tr:", "tr :", "wg:", "rv:",
                                                "enc:", "i:",   "vb:", "vl:",  "pd:" };
        g_autofree char *folded = text_fold(subject);
        for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
                if (g_str_has_prefix(folded, prefixes[i]))
                        return true;
        return false;
}

/* All that was taken for a signature by its place in the HTML: people write there too. */
static void restore_html_signature(Cutter *cutter)
{
        for (guint i = 0; cutter->html != NULL && i < cutter->lines->n_lines; i++)
                if (cutter->html[i] == HTML_SIGNATURE + 1 && cutter->lines->lines[i].kind == LINE_SIGNATURE)
                        cutter->lines->lines[i].kind = LINE_WRITTEN;
}

NewText *new_text_read(Message *message, const Patterns *patterns, const GPtrArray *own, GPtrArray *why)
{
        bool is_html = message_body(message)->is_html_only;
        const char *html = is_html ? message_html(message) : NULL;
        g_autoptr(GArray) regions = g_array_new(FALSE, FALSE, sizeof(HtmlRegion));
        g_autofree char *shown = html != NULL ? html_quote_text(html, regions) : NULL;
        const char *text = shown != NULL ? shown : message_text(message);

        g_autoptr(ReplyLines) lines = reply_lines_new(text);
        g_autoptr(OwnText) own_text = own_text_new(own);
        g_autofree OwnLine *own_lines = own_text != NULL ? own_text_align(own_text, lines) : NULL;
        g_autofree guint8 *by_line = regions_by_line(lines, text, regions);
        Cutter cutter = { .lines = lines,
                          .finder = quote_finder_init(patterns),
                          .own = own_lines,
                          .html = by_line,
                          .why = why,
                          .knows_own = knows_own(own_lines, lines->n_lines) };
        cut_quotations(&cutter);
        bool is_cut =
                has_kind(lines, LINE_QUOTED) || has_kind(lines, LINE_OURS) || has_kind(lines, LINE_HEADER);
        if (!is_html && !is_cut && message_html(message) != NULL)
                cut_like_html(&cutter, message_html(message));

        cut_headers_by_place(&cutter);

        SignatureReader reader =
                signature_reader_init(patterns, message_from_name(message), message_from(message), why);
        mark_signatures(&cutter, &reader);
        if (!has_kind(lines, LINE_WRITTEN)) {
                restore_html_signature(&cutter);
                mark_signatures(&cutter, &reader);
        }
        signature_reader_clear(&reader);

        NewText *result = g_new0(NewText, 1);
        result->text = g_strstrip(written_text(lines));
        result->quoted = quoted_text(lines);
        result->is_forward = cutter.is_forward ||
                             (is_forward_subject(message_subject(message)) && has_kind(lines, LINE_HEADER));
        return result;
}

void new_text_free(NewText *text)
{
        if (text == NULL)
                return;
        g_free(text->text);
        g_free(text->quoted);
        g_free(text);
}
