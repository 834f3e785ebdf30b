#include "base/address.h"
#include "base/text.h"
#include "mail/address_scan.h"
#include "mail/class.h"

#include <string.h>

enum { TEXT_MAX_BYTES = 16 * 1024, SENTENCE_MAX_BYTES = 1000 };

/* Words of the text between two offsets of its folded form. Folding keeps the blanks between words, so words
 * are counted. */
static char *words_of(const char *text, const char *folded, size_t start, size_t end)
{
        guint first = 0, last_word = 0;
        for (size_t i = 0; i < end && folded[i] != '\0'; i++) {
                if (folded[i] != ' ' && folded[i] != '\n')
                        continue;
                first += i < start;
                last_word++;
        }
        g_autofree char *line = text_single_line(text);
        g_auto(GStrv) words = g_strsplit(line, " ", -1);
        GString *out = g_string_new(NULL);
        for (guint i = 0; i <= last_word && words[i] != NULL; i++)
                if (i >= first)
                        g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", words[i]);
        while (out->len > 0) { /* punctuation of the sentence */
                const char *last = g_utf8_prev_char(out->str + out->len);
                if (!g_unichar_ispunct(g_utf8_get_char(last)))
                        break;
                g_string_truncate(out, (gsize)(last - out->str));
        }
        return g_string_free(out, FALSE);
}

static char *find_until(const PatternGroup *group, const char *sentence)
{
        g_autofree char *line = text_single_line(sentence);
        g_autofree char *folded = text_fold(line);
        PatternMatch match;
        if (!pattern_match(group, folded, strlen(folded), &match) || match.argument >= match.end)
                return NULL;
        g_autofree char *words = words_of(line, folded, match.argument, match.end);
        return words[0] != '\0' ? g_steal_pointer(&words) : NULL;
}

static char *find_deputy(const PatternGroup *group, const char *sentence, const char *absent,
                         const char *robot)
{
        if (strchr(sentence, '@') == NULL)
                return NULL;
        g_autofree char *folded = text_fold(sentence);
        if (!pattern_match(group, folded, strlen(folded), NULL))
                return NULL;
        const char *cursor = sentence, *start, *end;
        char *address;
        while ((address = address_scan_next(&cursor, &start, &end)) != NULL) {
                g_autofree char *normal = address_normalise(address);
                g_free(address);
                bool is_other = normal != NULL && (absent == NULL || !address_equal(normal, absent)) &&
                                (robot == NULL || !address_equal(normal, robot));
                if (is_other)
                        return g_steal_pointer(&normal);
        }
        return NULL;
}

/* Sentences: lines up to a blank one, joined, since servers wrap them. */
static GPtrArray *split_sentences(const char *text)
{
        GPtrArray *sentences = g_ptr_array_new_with_free_func(g_free);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        g_autoptr(GString) sentence = g_string_new(NULL);
        for (char **line = lines;; line++) {
                bool is_end = *line == NULL || g_strstrip(*line)[0] == '\0' ||
                              sentence->len + strlen(*line) > SENTENCE_MAX_BYTES;
                if (is_end && sentence->len > 0) {
                        g_ptr_array_add(sentences, g_strdup(sentence->str));
                        g_string_truncate(sentence, 0);
                }
                if (*line == NULL)
                        return sentences;
                g_string_append_printf(sentence, "%s%s", sentence->len > 0 ? " " : "", *line);
        }
}

void class_read_absence(Message *message, const Patterns *patterns, char **until_out, char **deputy_out)
{
        *until_out = *deputy_out = NULL;
        g_autofree char *start = g_strndup(message_text(message), TEXT_MAX_BYTES);
        g_autofree char *valid = text_make_valid(start, strlen(start));
        g_autofree char *text = g_strconcat(message_subject(message), "\n\n", valid, NULL);
        g_autoptr(GPtrArray) sentences = split_sentences(text);
        const char *to = message_header(message, "To");
        g_autofree char *robot = to != NULL ? address_scan_first(to) : NULL;
        for (guint i = 0; i < sentences->len; i++) {
                const char *sentence = g_ptr_array_index(sentences, i);
                if (*until_out == NULL)
                        *until_out = find_until(patterns_group(patterns, "absent_until"), sentence);
                if (*deputy_out == NULL && i > 0) /* the subject is ours */
                        *deputy_out = find_deputy(patterns_group(patterns, "deputy"), sentence,
                                                  message_from(message), robot);
        }
}
