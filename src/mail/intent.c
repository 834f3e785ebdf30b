#include "mail/intent.h"

#include "mail/intent_text.h"

#include <string.h>

/* A text is read as a whole: every word of an acceptance must be part of it or known to decide nothing. What
 * is not known makes it unclear, so that a new way of saying "yes, but" can never be taken for a yes. */

enum { NAME_WORDS_MAX = 5 };

/* What stands beside the sayings in the table below. */
enum {
        HAS_UNKNOWN = 1u << N_SAYINGS,         /* a word nobody knows, and that is no name */
        HAS_QUOTATION = 1u << (N_SAYINGS + 1), /* "…", or three dots */
        IS_CUT = 1u << (N_SAYINGS + 2),        /* too long to have been read */
};
#define SAID(saying) (1u << SAYS_##saying)

static const struct {
        unsigned needs, forbids;
        Intent intent;
} rows[] = {
        /* the first that fits */
        { SAID(QUESTION), 0, INTENT_QUESTION },
        { SAID(ACCEPT) | SAID(REFUSE), 0, INTENT_UNCLEAR },
        { SAID(REFUSE), SAID(CONDITION) | SAID(DOUBT) | SAID(NOT_NOW), INTENT_REFUSE },
        { SAID(REFUSE) | SAID(NOT_NOW), SAID(CONDITION), INTENT_NOT_NOW },
        { SAID(REFUSE), 0, INTENT_UNCLEAR },
        { SAID(CONDITION), 0, INTENT_UNCLEAR },
        { SAID(NOT_NOW), 0, INTENT_NOT_NOW },
        { SAID(DOUBT), 0, INTENT_UNCLEAR },
        { SAID(ACCEPT), SAID(CONTRAST) | HAS_UNKNOWN | HAS_QUOTATION | IS_CUT, INTENT_ACCEPT },
        { SAID(ACCEPT), 0, INTENT_UNCLEAR },
        { SAID(ACK), SAID(CONTRAST) | IS_CUT, INTENT_ACK },
        { 0, 0, INTENT_UNCLEAR },
};

enum { DECIDES_NOTHING = SAID(ACK) | SAID(HARMLESS) | SAID(FAREWELL) };

typedef struct {
        const IntentText *text;
        const PatternGroup *object, *before_name, *never_name, *title_word, *given_name;
} Reader;

static const IntentWord *word_at(const Reader *reader, guint index)
{
        return &g_array_index(reader->text->words, IntentWord, index);
}

static bool is_listed(const Reader *reader, const PatternGroup *group, const IntentWord *word)
{
        return pattern_word(group, reader->text->folded + word->start, word->end - word->start);
}

static bool is_digits(const Reader *reader, const IntentWord *word)
{
        const char *text = reader->text->folded;
        return strspn(text + word->start, "0123456789") >= word->end - word->start;
}

/* Imperatives and adverbs are no names, however they are written: "Changez", "Partiellement". */
static bool is_no_name(const Reader *reader, const IntentWord *word)
{
        if (is_listed(reader, reader->never_name, word))
                return true;
        static const char *const endings[] = { "ez", "ment", "ly", "ing", "ons", "er", "ir" };
        const char *text = reader->text->folded;
        size_t length = word->end - word->start;
        for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
                size_t ending = strlen(endings[i]);
                if (length > ending && memcmp(text + word->end - ending, endings[i], ending) == 0)
                        return true;
        }
        return false;
}

/* Only blanks between two words, or the full stop of "M. Benali". */
static bool is_close(const Reader *reader, const IntentWord *left, const IntentWord *right)
{
        const char *between = reader->text->folded + left->end;
        size_t gap = right->start - left->end;
        if (left->line != right->line)
                return false;
        if (left->end - left->start <= 3 && *between == '.')
                between++, gap--;
        return strspn(between, " '-") >= gap;
}

/* "de Sara", "pour M. Benali El Amrani", "Bonjour Karim". */
static bool is_name_in_text(const Reader *reader, guint index)
{
        const IntentWord *word = word_at(reader, index);
        if (!word->is_capital || index == 0 || is_no_name(reader, word))
                return false;
        const IntentWord *before = word_at(reader, index - 1);
        if (!is_close(reader, before, word))
                return false;
        return is_listed(reader, reader->before_name, before) || is_name_in_text(reader, index - 1);
}

static guint line_end(const Reader *reader, guint first)
{
        guint end = first;
        while (end < reader->text->words->len && word_at(reader, end)->line == word_at(reader, first)->line)
                end++;
        return end;
}

/* A line that is a name: two to five words with capitals, or one. */
static bool is_name_line(const Reader *reader, guint first, guint end)
{
        if (end - first > NAME_WORDS_MAX)
                return false;
        for (guint i = first; i < end; i++) {
                const IntentWord *word = word_at(reader, i);
                bool is_listed_before = is_listed(reader, reader->before_name, word);
                bool is_particle = i > first && is_listed_before;
                if (!is_listed_before && is_listed(reader, reader->object, word)) /* "Stage Annulé" */
                        return false;
                if (word->is_symbol || (word->said_by & ~DECIDES_NOTHING) != 0 ||
                    (!word->is_capital && !is_particle) || is_listed(reader, reader->never_name, word) ||
                    (end - first == 1 && is_no_name(reader, word)))
                        return false;
        }
        return end > first;
}

/* "Bonne soirée, Hélène Roux": courtesy and a name end the text. */
static bool is_name_behind_courtesy(const Reader *reader, guint index)
{
        const IntentWord *before = word_at(reader, index - 1), *word = word_at(reader, index);
        return (before->said_by & SAID(HARMLESS)) != 0 && before->line == word->line &&
               !is_close(reader, before, word) && line_end(reader, index) == reader->text->words->len &&
               is_name_line(reader, index, reader->text->words->len);
}

/* Where the signature begins: the word after a sign-off, or a name that ends the text or has a line. */
static guint signature_start(const Reader *reader)
{
        guint count = reader->text->words->len;
        for (guint i = 0; i < count; i++) {
                const IntentWord *word = word_at(reader, i);
                bool is_after = i > 0 && (word_at(reader, i - 1)->said_by & SAID(FAREWELL)) != 0;
                if (is_after && (word->said_by & SAID(FAREWELL)) == 0)
                        return i;
                if (i > 0 && is_name_behind_courtesy(reader, i))
                        return i;
                bool opens_line = i > 0 && word_at(reader, i - 1)->line != word->line;
                if (opens_line && is_name_line(reader, i, line_end(reader, i)))
                        return i;
        }
        return count;
}

static bool is_arabic(const Reader *reader, const IntentWord *word)
{
        gunichar c = g_utf8_get_char(reader->text->folded + word->start);
        return c >= 0x0600 && c <= 0x06FF;
}

/* Folded, the preposition "على" ("on the cancellation") is the name "علي". */
static bool is_preposition_on(const Reader *reader, guint index)
{
        const IntentWord *word = word_at(reader, index);
        static const char preposition[] = "على";
        size_t length = strlen(preposition);
        return word->raw_end - word->raw_start == length &&
               memcmp(reader->text->raw + word->raw_start, preposition, length) == 0;
}

/* Arabic has no capitals: there a line is a name when a given name begins it, alone or behind a title. */
static bool is_arabic_name(const Reader *reader, guint index, guint start)
{
        guint first = index;
        while (first > start && word_at(reader, first - 1)->line == word_at(reader, index)->line)
                first--;
        if (is_listed(reader, reader->title_word, word_at(reader, first)) ||
            is_listed(reader, reader->before_name, word_at(reader, first)))
                first++;
        return index < first + NAME_WORDS_MAX && first < reader->text->words->len &&
               !is_preposition_on(reader, first) &&
               is_listed(reader, reader->given_name, word_at(reader, first));
}

/* In a signature: names, numbers, titles. */
static bool is_signature_word(const Reader *reader, guint index, guint start)
{
        const IntentWord *word = word_at(reader, index);
        if (word->is_symbol)
                return false;
        if (is_digits(reader, word) || is_listed(reader, reader->title_word, word))
                return true;
        bool opens_line = index == 0 || word_at(reader, index - 1)->line != word->line;
        if (word->is_capital)
                return !is_listed(reader, reader->never_name, word) &&
                       !(opens_line && is_no_name(reader, word));
        return is_arabic(reader, word) && is_arabic_name(reader, index, start);
}

static bool is_known(const Reader *reader, guint index, guint signature)
{
        const IntentWord *word = word_at(reader, index);
        if ((word->said_by & (SAID(ACCEPT) | DECIDES_NOTHING)) != 0)
                return true;
        if (word->is_symbol)
                return false;
        if (is_listed(reader, reader->object, word) || is_name_in_text(reader, index))
                return true;
        return index >= signature && is_signature_word(reader, index, signature);
}

/* The first word that nobody knows; the number of words when all are known. */
static guint first_unknown(const Reader *reader)
{
        guint count = reader->text->words->len, signature = signature_start(reader);
        for (guint i = 0; i < count; i++)
                if (!is_known(reader, i, signature))
                        return i;
        return count;
}

/* The reason of a refusal or a condition: the words that are neither decision nor courtesy, with what binds
 * them, as the writer wrote them. */
static char *find_reason(const Reader *reader)
{
        const IntentText *text = reader->text;
        guint count = MIN(text->words->len, signature_start(reader)), first = count, last = 0;
        for (guint i = 0; i < count; i++) {
                const IntentWord *word = word_at(reader, i);
                unsigned aside = DECIDES_NOTHING | SAID(ACCEPT) | SAID(REFUSE) | SAID(REASON);
                if ((word->said_by & aside) != 0 || word->is_symbol || word->raw_end == 0)
                        continue;
                if (first == count && is_listed(reader, reader->object, word))
                        continue;
                first = MIN(first, i);
                last = i;
        }
        if (first == count)
                return NULL;
        while (first > 0 && is_close(reader, word_at(reader, first - 1), word_at(reader, first)) &&
               (word_at(reader, first - 1)->said_by) == 0 && word_at(reader, first - 1)->raw_end != 0)
                first--;
        size_t start = word_at(reader, first)->raw_start, end = word_at(reader, last)->raw_end;
        return g_strndup(text->raw + start, end - start);
}

static void add_why(const Reader *reader, Intent intent, guint unknown, GPtrArray *why)
{
        static const Saying weighty[] = { SAYS_QUESTION, SAYS_REFUSE, SAYS_CONDITION,
                                          SAYS_NOT_NOW,  SAYS_DOUBT,  SAYS_ACCEPT,
                                          SAYS_ACK,      SAYS_BEGUN,  SAYS_ABSENT };
        const IntentText *text = reader->text;
        g_autoptr(GString) line = g_string_new("intent: ");
        g_string_append(line, intent_word(intent));
        const char *glue = " by";
        for (size_t i = 0; i < G_N_ELEMENTS(weighty); i++) {
                const IntentSpan *span = intent_text_find(text, weighty[i]);
                if (span == NULL)
                        continue;
                const char *saying = saying_word(weighty[i]);
                if (strcmp(saying, intent_word(intent)) == 0)
                        g_string_append_printf(line, "%s %s:%d", glue, span->file, span->line);
                else
                        g_string_append_printf(line, "%s %s %s:%d", glue, saying, span->file, span->line);
                glue = ",";
        }
        if (unknown < text->words->len && (text->said & SAID(ACCEPT)) != 0) {
                const IntentWord *word = word_at(reader, unknown);
                g_string_append_printf(line, "%s the word \"%.*s\" that no pattern knows", glue,
                                       (int)(word->end - word->start), text->folded + word->start);
        }
        if (!text->is_whole)
                g_string_append(line, ", too long to be read to the end");
        g_ptr_array_add(why, g_string_free(g_steal_pointer(&line), FALSE));
}

/* A name before what is said of its bearer: "Lina Moreau a commencé". */
static bool is_subject_name(const Reader *reader, guint index)
{
        const IntentWord *word = word_at(reader, index);
        if (!word->is_capital || is_no_name(reader, word) || index + 1 == reader->text->words->len)
                return false;
        const IntentWord *next = word_at(reader, index + 1);
        if (!is_close(reader, word, next))
                return false;
        return (next->said_by & (SAID(BEGUN) | SAID(ABSENT))) != 0 || is_subject_name(reader, index + 1);
}

/* Are the words from first to end known, those of the statement and its subject among them? */
static bool are_known_beside(const Reader *reader, guint first, guint end)
{
        guint signature = signature_start(reader);
        for (guint i = first; i < end; i++)
                if ((word_at(reader, i)->said_by & (SAID(BEGUN) | SAID(ABSENT) | SAID(REFUSE))) == 0 &&
                    !is_known(reader, i, signature) && !is_subject_name(reader, i))
                        return false;
        return true;
}

/* An absence counts whatever is told after it; a beginning, when nothing else is told. */
static const char *find_statement(const Reader *reader, unsigned seen)
{
        static const unsigned open =
                SAID(QUESTION) | SAID(CONDITION) | SAID(DOUBT) | SAID(NOT_NOW) | HAS_QUOTATION | IS_CUT;
        guint count = reader->text->words->len, first = 0;
        if ((seen & open) != 0 || (seen & (SAID(BEGUN) | SAID(ABSENT))) == 0)
                return NULL;
        if ((seen & SAID(ABSENT)) != 0) {
                while (first < count && (word_at(reader, first)->said_by & SAID(ABSENT)) == 0)
                        first++;
                bool is_said =
                        (seen & (SAID(ACCEPT) | SAID(BEGUN))) == 0 && are_known_beside(reader, 0, first);
                return is_said ? saying_word(SAYS_ABSENT) : NULL;
        }
        bool is_said = (seen & (SAID(REFUSE) | SAID(CONTRAST))) == 0 && are_known_beside(reader, 0, count);
        return is_said ? saying_word(SAYS_BEGUN) : NULL;
}

Intent intent_read(const Patterns *patterns, const char *raw, char **reason_out, const char **statement_out,
                   GPtrArray *why)
{
        g_autoptr(IntentText) text = intent_text_read(patterns, raw);
        Reader reader = { text,
                          patterns_group(patterns, "object"),
                          patterns_group(patterns, "before_name"),
                          patterns_group(patterns, "never_name"),
                          patterns_group(patterns, "title_word"),
                          patterns_group(patterns, "given_name") };
        unsigned seen = text->said;
        guint unknown = first_unknown(&reader);
        seen |= unknown < text->words->len ? HAS_UNKNOWN : 0;
        seen |= strchr(text->folded, '"') != NULL || strstr(text->folded, "...") != NULL ? HAS_QUOTATION : 0;
        seen |= text->is_whole ? 0 : IS_CUT;
        *statement_out = find_statement(&reader, seen);
        size_t row = 0;
        while ((seen & rows[row].needs) != rows[row].needs || (seen & rows[row].forbids) != 0)
                row++;
        Intent intent = rows[row].intent;
        *reason_out = intent == INTENT_REFUSE || (intent == INTENT_UNCLEAR && (seen & SAID(CONDITION)) != 0)
                              ? find_reason(&reader)
                              : NULL;
        add_why(&reader, intent, unknown, why);
        return intent;
}
