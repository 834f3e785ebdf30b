#include "mail/intent_text.h"

#include "base/text.h"

#include <string.h>

enum { TEXT_MAX_BYTES = 8 * 1024, SPANS_MAX = 256 };

static const char *const saying_words[N_SAYINGS] = {
        [SAYS_ACCEPT] = "accept",       [SAYS_ACCEPT_WORD] = "accept_word",
        [SAYS_REFUSE] = "refuse",       [SAYS_REFUSE_WORD] = "refuse_word",
        [SAYS_CONDITION] = "condition", [SAYS_CONTRAST] = "contrast",
        [SAYS_DOUBT] = "doubt",         [SAYS_NOT_NOW] = "not_now",
        [SAYS_QUESTION] = "question",   [SAYS_ACK] = "ack",
        [SAYS_HARMLESS] = "harmless",   [SAYS_FAREWELL] = "farewell",
        [SAYS_REASON] = "reason",       [SAYS_BEGUN] = "begun",
        [SAYS_ABSENT] = "absent",
};

const char *saying_word(Saying saying)
{
        return saying_words[saying];
}

static bool is_word_character(gunichar c)
{
        if (c < 0x80)
                return g_ascii_isalnum((char)c);
        return g_unichar_isalnum(c) || g_unichar_ismark(c) || g_unichar_type(c) == G_UNICODE_FORMAT;
}

/* A picture that says something by itself; skin tones and the like only colour it. */
static bool is_symbol(gunichar c)
{
        if (c < 0xA0 || (c >= 0x1F3FB && c <= 0x1F3FF))
                return false;
        return g_unichar_type(c) == G_UNICODE_OTHER_SYMBOL || c >= 0x1F000;
}

static void add_words(GArray *words, const char *folded, size_t start, size_t end, int line)
{
        for (size_t at = start; at < end;) {
                gunichar c = g_utf8_get_char(folded + at);
                size_t from = at;
                at = (size_t)(g_utf8_next_char(folded + at) - folded);
                bool is_picture = is_symbol(c);
                if (!is_picture && !is_word_character(c))
                        continue;
                while (!is_picture && at < end && is_word_character(g_utf8_get_char(folded + at)))
                        at = (size_t)(g_utf8_next_char(folded + at) - folded);
                IntentWord word = { .start = from, .end = at, .line = line, .is_symbol = is_picture };
                g_array_append_val(words, word);
        }
}

typedef struct {
        size_t start, end;
        bool is_upper, has_lower;
} RawWord;

static void add_raw_words(GArray *raw_words, const char *raw, size_t start, size_t end)
{
        for (size_t at = start; at < end;) {
                gunichar c = g_utf8_get_char(raw + at);
                RawWord word = { at, at, g_unichar_isupper(c), false };
                at = (size_t)(g_utf8_next_char(raw + at) - raw);
                if (!is_word_character(c) || is_symbol(c))
                        continue;
                word.has_lower = g_unichar_islower(c);
                while (at < end && is_word_character(c = g_utf8_get_char(raw + at))) {
                        word.has_lower |= g_unichar_islower(c);
                        at = (size_t)(g_utf8_next_char(raw + at) - raw);
                }
                word.end = at;
                g_array_append_val(raw_words, word);
        }
}

/* Gives the words of a line their places in the original, when both have the same number. Capitals mean
 * something only where the line has small letters too. */
static void align_line(GArray *words, guint first, const char *raw, size_t start, size_t end)
{
        g_autoptr(GArray) raw_words = g_array_new(FALSE, FALSE, sizeof(RawWord));
        add_raw_words(raw_words, raw, start, end);
        guint count = 0;
        bool has_lower = false;
        for (guint i = first; i < words->len; i++)
                count += !g_array_index(words, IntentWord, i).is_symbol;
        for (guint i = 0; i < raw_words->len; i++)
                has_lower |= g_array_index(raw_words, RawWord, i).has_lower;
        if (count != raw_words->len)
                return;
        for (guint i = first, k = 0; i < words->len; i++) {
                IntentWord *word = &g_array_index(words, IntentWord, i);
                if (word->is_symbol)
                        continue;
                const RawWord *origin = &g_array_index(raw_words, RawWord, k++);
                word->raw_start = origin->start;
                word->raw_end = origin->end;
                word->is_capital = origin->is_upper && has_lower;
        }
}

/* The words of every line; lines still marked as quoted are blanked: others wrote them. */
static void read_words(IntentText *text)
{
        char *line = text->folded;
        const char *raw = text->raw;
        for (int number = 0;; number++) {
                size_t length = strcspn(line, "\n"), raw_length = strcspn(raw, "\n");
                if (line[0] == '>')
                        memset(line, ' ', length);
                guint first = text->words->len;
                size_t start = (size_t)(line - text->folded);
                add_words(text->words, text->folded, start, start + length, number);
                align_line(text->words, first, text->raw, (size_t)(raw - text->raw),
                           (size_t)(raw - text->raw) + raw_length);
                if (line[length] == '\0' || raw[raw_length] == '\0')
                        return;
                line += length + 1;
                raw += raw_length + 1;
        }
}

typedef struct {
        IntentText *text;
        Saying saying;
} Visitor;

static void add_span(const PatternMatch *match, void *data)
{
        Visitor *visitor = data;
        GArray *spans = visitor->text->spans;
        if (match->end <= match->start)
                return;
        if (spans->len == SPANS_MAX) {
                visitor->text->is_whole = false;
                return;
        }
        IntentSpan span = { visitor->saying, match->start, match->end, match->file, match->line };
        g_array_append_val(spans, span);
}

/* Inside another one that is longer. */
static bool is_hidden(const GArray *spans, const IntentSpan *span)
{
        for (guint i = 0; i < spans->len; i++) {
                const IntentSpan *other = &g_array_index(spans, IntentSpan, i);
                if (other->start <= span->start && other->end >= span->end &&
                    other->end - other->start > span->end - span->start)
                        return true;
        }
        return false;
}

/* "Received the" and "j'ai lu le rapport" go on: what follows without a sign is said of that thing. */
static bool is_open(const IntentText *text, const IntentSpan *span, const PatternGroup *object)
{
        static const char *const titles[] = { "madame", "monsieur", "mademoiselle", "mme", "mr", "m" };
        const char *end = text->folded + span->end, *begin = end;
        while (begin > text->folded + span->start && strchr(" '", begin[-1]) == NULL)
                begin--;
        size_t length = (size_t)(end - begin);
        for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
                if (strlen(titles[i]) == length && memcmp(begin, titles[i], length) == 0)
                        return false;
        return (span->saying == SAYS_ACK || span->saying == SAYS_HARMLESS) &&
               pattern_word(object, begin, length);
}

/* Does the place begin a clause: a line, something after a sign, or after a phrase that is one of its own?
 * What follows another word ("le directeur est ok") is said of somebody else. */
static bool opens_clause(const IntentText *text, const GArray *spans, size_t place,
                         const PatternGroup *object)
{
        const char *start = text->folded, *at = start + place;
        while (at > start && at[-1] == ' ')
                at--;
        if (at == start || strchr("\n.,;:!?()-/*_\"", at[-1]) != NULL)
                return true;
        if (is_symbol(g_utf8_get_char(g_utf8_find_prev_char(start, at))))
                return true;
        for (guint i = 0; i < spans->len; i++) {
                const IntentSpan *span = &g_array_index(spans, IntentSpan, i);
                if (span->end == (size_t)(at - start) && span->start < span->end &&
                    !is_open(text, span, object) &&
                    (span->saying == SAYS_HARMLESS || span->saying == SAYS_ACK ||
                     span->saying == SAYS_ACCEPT || span->saying == SAYS_FAREWELL))
                        return true;
        }
        return false;
}

/* A word of acceptance or refusal says it where it opens a clause; elsewhere it says nothing. */
static void settle_words(const IntentText *text, GArray *all, const PatternGroup *object)
{
        guint kept = 0;
        for (guint i = 0; i < all->len; i++) {
                IntentSpan span = g_array_index(all, IntentSpan, i);
                bool is_word = span.saying == SAYS_ACCEPT_WORD || span.saying == SAYS_REFUSE_WORD;
                if (is_word && !opens_clause(text, all, span.start, object))
                        continue;
                if (is_word)
                        span.saying = span.saying == SAYS_ACCEPT_WORD ? SAYS_ACCEPT : SAYS_REFUSE;
                g_array_index(all, IntentSpan, kept++) = span;
        }
        g_array_set_size(all, kept);
}

/* An acceptance that shares words with a refusal is part of it. */
static bool is_refused(const GArray *spans, const IntentSpan *span)
{
        for (guint i = 0; span->saying == SAYS_ACCEPT && i < spans->len; i++) {
                const IntentSpan *other = &g_array_index(spans, IntentSpan, i);
                if (other->saying == SAYS_REFUSE && other->start < span->end && span->start < other->end)
                        return true;
        }
        return false;
}

typedef struct {
        size_t start, end;
} Range;

/* The sentence behind the colon of a refusal is its reason, which may tell doubts without casting any:
 * "Refusé : il paraît que le tuteur est parti". Empty: there is none. */
static Range find_reason(const IntentText *text, const IntentSpan *refusal)
{
        const char *behind = text->folded + refusal->end, *colon = behind + strcspn(behind, ".;:!?\n");
        if (*colon != ':' || (colon[-1] != ' ' && colon[1] != ' ' && colon[1] != '\n')) /* 10:12, http: */
                return (Range){ 0 };
        const char *reason = colon + 1 + strspn(colon + 1, " \n");
        size_t start = (size_t)(reason - text->folded);
        return (Range){ start, start + strcspn(reason, ".!?\n") };
}

/* Leaves the spans that count, in the order of the text. */
static void keep_spans(IntentText *text, GArray *all, const PatternGroup *object)
{
        Range reason = { 0 };
        settle_words(text, all, object);
        for (guint i = 0; i < all->len; i++) {
                const IntentSpan *span = &g_array_index(all, IntentSpan, i);
                bool is_told = span->start >= reason.start && span->end <= reason.end;
                if (is_hidden(all, span) || is_refused(all, span) || (span->saying == SAYS_DOUBT && is_told))
                        continue;
                if (span->saying == SAYS_REFUSE && !is_told)
                        reason = find_reason(text, span);
                g_array_append_vals(text->spans, span, 1);
                text->said |= 1u << span->saying;
        }
}

static int compare_spans(gconstpointer a, gconstpointer b)
{
        const IntentSpan *left = a, *right = b;
        if (left->start != right->start)
                return left->start < right->start ? -1 : 1;
        return (int)left->saying - (int)right->saying;
}

static void read_spans(IntentText *text, const Patterns *patterns)
{
        g_autoptr(GArray) all = text->spans;
        size_t length = strlen(text->folded);
        for (int saying = 0; saying < N_SAYINGS; saying++) {
                Visitor visitor = { text, (Saying)saying };
                if (!pattern_match_all(patterns_group(patterns, saying_words[saying]), text->folded, length,
                                       add_span, &visitor))
                        text->is_whole = false;
        }
        g_array_sort(all, compare_spans);
        text->spans = g_array_new(FALSE, FALSE, sizeof(IntentSpan));
        keep_spans(text, all, patterns_group(patterns, "object"));
}

static void mark_words(IntentText *text)
{
        for (guint i = 0; i < text->words->len; i++) {
                IntentWord *word = &g_array_index(text->words, IntentWord, i);
                for (guint k = 0; k < text->spans->len; k++) {
                        const IntentSpan *span = &g_array_index(text->spans, IntentSpan, k);
                        if (span->start <= word->start && span->end >= word->end)
                                word->said_by |= 1u << span->saying;
                }
        }
}

IntentText *intent_text_read(const Patterns *patterns, const char *raw)
{
        IntentText *text = g_new0(IntentText, 1);
        text->raw = raw;
        text->folded = text_fold(raw);
        text->is_whole = true;
        size_t length = strlen(text->folded);
        if (length > TEXT_MAX_BYTES) {
                *g_utf8_find_prev_char(text->folded, text->folded + TEXT_MAX_BYTES) = '\0';
                text->is_whole = false;
        }
        text->words = g_array_new(FALSE, FALSE, sizeof(IntentWord));
        text->spans = g_array_new(FALSE, FALSE, sizeof(IntentSpan));
        read_words(text);
        read_spans(text, patterns);
        mark_words(text);
        return text;
}

void intent_text_free(IntentText *text)
{
        if (text == NULL)
                return;
        g_free(text->folded);
        g_array_unref(text->words);
        g_array_unref(text->spans);
        g_free(text);
}

const IntentSpan *intent_text_find(const IntentText *text, Saying saying)
{
        const IntentSpan *first = NULL;
        for (guint i = 0; i < text->spans->len; i++) {
                const IntentSpan *span = &g_array_index(text->spans, IntentSpan, i);
                if (span->saying == saying && (first == NULL || span->start < first->start))
                        first = span;
        }
        return first;
}
