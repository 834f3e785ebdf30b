#include "mail/own_text.h"

#include "base/text.h"
#include "mail/compose.h"
#include "mail/html_text.h"
#include "mail/message.h"
#include "mail/word.h"

#include <string.h>

enum {
        SHINGLE = 4, /* words that begin a run */
        MAX_VERSIONS = 16,
        MAX_PLACES = 8, /* tried for one shingle */
        MAX_OVERLAP = 12,
        GAP_WORDS = 60, /* looked through for a mangled word */
};

typedef struct {
        GArray *words;  /* of Word */
        guint32 *heads; /* by shingle: place + 1 in words; 0: none */
        guint32 *nexts; /* of a place: the next with the same shingle */
        guint32 mask;
} Version;

struct OwnText {
        GPtrArray *versions; /* of Version */
};

/* ------ versions of our mail */

static guint32 shingle_at(const GArray *words, guint at)
{
        guint32 hash = 0;
        for (guint i = 0; i < SHINGLE; i++)
                hash = hash * 0x9E3779B1u + word_at(words, at + i)->hash;
        return hash ^ hash >> 15;
}

static void version_index(Version *version)
{
        guint size = 64;
        while (size < version->words->len * 2)
                size *= 2;
        version->mask = size - 1;
        version->heads = g_new0(guint32, size);
        version->nexts = g_new0(guint32, version->words->len + 1);
        for (guint i = version->words->len; i-- > 0;) {
                if (i + SHINGLE > version->words->len)
                        continue;
                guint32 slot = shingle_at(version->words, i) & version->mask;
                version->nexts[i] = version->heads[slot];
                version->heads[slot] = i + 1;
        }
}

static void version_free(gpointer data)
{
        Version *version = data;
        g_array_unref(version->words);
        g_free(version->heads);
        g_free(version->nexts);
        g_free(version);
}

static void add_version(OwnText *own, const char *text)
{
        if (text[0] == '\0' || own->versions->len >= MAX_VERSIONS)
                return;
        Version *version = g_new0(Version, 1);
        g_autoptr(ReplyLines) lines = reply_lines_new(text);
        version->words = words_of_lines(lines);
        version_index(version);
        g_ptr_array_add(own->versions, version);
}

OwnMail *own_mail_read(GBytes *raw)
{
        OwnMail *mail = g_new0(OwnMail, 1);
        if (mail_read_back(raw, &mail->text, &mail->html))
                return mail;
        g_autoptr(Message) message = message_open(raw); /* another program's, or changed on its way */
        mail->text = g_strdup(message_text(message));
        mail->html = g_strdup(message_html(message));
        return mail;
}

void own_mail_free(OwnMail *mail)
{
        if (mail == NULL)
                return;
        g_free(mail->text);
        g_free(mail->html);
        g_free(mail);
}

OwnText *own_text_new(const GPtrArray *own)
{
        if (own == NULL || own->len == 0)
                return NULL;
        OwnText *text = g_new0(OwnText, 1);
        text->versions = g_ptr_array_new_with_free_func(version_free);
        for (guint i = 0; i < own->len; i++) {
                const OwnMail *mail = own->pdata[i];
                g_autofree char *shown =
                        mail->html != NULL ? html_text(mail->html, strlen(mail->html), NULL, NULL) : NULL;
                add_version(text, mail->text);
                if (shown != NULL)
                        add_version(text, shown);
        }
        return text;
}

void own_text_free(OwnText *own)
{
        if (own == NULL)
                return;
        g_ptr_array_unref(own->versions);
        g_free(own);
}

/* ------ alignment */

/* For each word of the reply: its place in ours + 1, 0 when it has none; and the length of its run. */
typedef struct {
        guint32 *places, *runs;
        guint n_aligned;
} Alignment;

static Alignment alignment_new(guint n_words)
{
        return (Alignment){ g_new0(guint32, n_words + 1), g_new0(guint32, n_words + 1), 0 };
}

static void alignment_clear(Alignment *alignment)
{
        g_free(alignment->places);
        g_free(alignment->runs);
}

/* A run does not go from a quoted line into one that is not, or back: there the person may have typed. */
static guint common_length(const GArray *words, const ReplyLines *lines, guint at, const GArray *ours,
                           guint place)
{
        int depth = lines->lines[word_at(words, at)->line].depth;
        guint length = 0;
        while (at + length < words->len && place + length < ours->len &&
               word_at(words, at + length)->hash == word_at(ours, place + length)->hash &&
               lines->lines[word_at(words, at + length)->line].depth == depth)
                length++;
        return length;
}

/* The place where a run from word `at` goes on longest; the one that continues the last run is preferred. */
static guint best_place(const Version *version, const GArray *words, const ReplyLines *lines, guint at,
                        guint expected, guint *length_out)
{
        guint best = 0, tried = 0;
        *length_out = 0;
        if (expected < version->words->len) {
                best = expected;
                *length_out = common_length(words, lines, at, version->words, expected);
                if (*length_out >= SHINGLE)
                        return best;
                *length_out = 0;
        }
        guint32 slot = shingle_at(words, at) & version->mask;
        for (guint next = version->heads[slot]; next != 0 && tried < MAX_PLACES;
             next = version->nexts[next - 1], tried++) {
                guint length = common_length(words, lines, at, version->words, next - 1);
                if (length > *length_out) {
                        *length_out = length;
                        best = next - 1;
                }
        }
        return best;
}

static void set_run(Alignment *alignment, guint at, guint place, guint length)
{
        for (guint i = 0; i < length; i++) {
                alignment->places[at + i] = place + i + 1;
                alignment->runs[at + i] = length;
        }
        alignment->n_aligned += length;
}

/* The run before `at` may have gone on into the lines that the person typed, when these begin like ours go
 * on. Whole lines that both runs claim are given back. */
static void give_back(Alignment *alignment, const GArray *words, guint at, guint place)
{
        guint claimed = at > 0 && alignment->places[at - 1] > place ? alignment->places[at - 1] - place : 0;
        if (claimed == 0 || claimed > MAX_OVERLAP || claimed >= alignment->runs[at - 1] ||
            !word_at(words, at)->is_first || !word_at(words, at - claimed)->is_first)
                return;
        for (guint i = at - claimed; i < at; i++)
                alignment->places[i] = 0;
        alignment->n_aligned -= claimed;
}

/* Short lines stand alone between answers: a word may also join the run before or behind it. */
static void extend_back(Alignment *alignment, const GArray *words, const ReplyLines *lines,
                        const GArray *ours, guint at, guint place)
{
        int depth = lines->lines[word_at(words, at)->line].depth;
        guint length = alignment->runs[at];
        while (at > 0 && place > 0 && alignment->places[at - 1] == 0 &&
               word_at(words, at - 1)->hash == word_at(ours, place - 1)->hash &&
               lines->lines[word_at(words, at - 1)->line].depth == depth) {
                at--;
                place--;
                alignment->places[at] = place + 1;
                alignment->runs[at] = length;
                alignment->n_aligned++;
        }
}

static Alignment align(const Version *version, const GArray *words, const ReplyLines *lines)
{
        Alignment alignment = alignment_new(words->len);
        guint expected = version->words->len;
        for (guint at = 0; at + SHINGLE <= words->len;) {
                guint length, place = best_place(version, words, lines, at, expected, &length);
                if (length < SHINGLE) {
                        at++;
                        continue;
                }
                give_back(&alignment, words, at, place);
                set_run(&alignment, at, place, length);
                extend_back(&alignment, words, lines, version->words, at, place);
                at += length;
                expected = place + length;
        }
        return alignment;
}

/* Words that no run of four holds, in the order of ours between two runs: buttons, names, greetings. */
static void fill_gaps(Alignment *alignment, const GArray *words, const ReplyLines *lines, const GArray *ours)
{
        for (guint at = 1; at < words->len; at++) {
                guint place = alignment->places[at - 1];
                if (place == 0 || alignment->places[at] != 0 || place >= ours->len)
                        continue;
                const ReplyLine *line = &lines->lines[word_at(words, at)->line];
                const ReplyLine *before = &lines->lines[word_at(words, at - 1)->line];
                guint next = at;
                while (next < words->len && next < at + GAP_WORDS && alignment->places[next] == 0)
                        next++;
                /* Only where ours has words left before its next run, else this was typed in between. */
                if (line->depth != before->depth || (next < words->len && alignment->places[next] != 0 &&
                                                     alignment->places[next] <= place + 1))
                        continue;
                if (word_at(words, at)->hash != word_at(ours, place)->hash)
                        continue;
                alignment->places[at] = place + 1;
                alignment->runs[at] = alignment->runs[at - 1];
                alignment->n_aligned++;
        }
}

/* ------ what it says of each line */

/* Does ours have this word between the runs around it? */
static bool is_in_gap(const Alignment *alignment, const GArray *words, const GArray *ours, guint at)
{
        guint before = at, after = at;
        while (before > 0 && alignment->places[before - 1] == 0 && at - before < GAP_WORDS)
                before--;
        while (after + 1 < words->len && alignment->places[after] == 0 && after - at < GAP_WORDS)
                after++;
        guint from = before > 0 ? alignment->places[before - 1] : 0;
        guint to = alignment->places[after] != 0 ? alignment->places[after] - 1 : from + GAP_WORDS;
        to = MIN(MIN(to, from + GAP_WORDS), ours->len);
        for (guint i = from; i < to; i++)
                if (word_at(ours, i)->hash == word_at(words, at)->hash)
                        return true;
        return false;
}

/* Bytes of the raw line around the words of ours, when raw and folded line have the same words. */
static void find_pieces(OwnLine *own, const ReplyLine *line, guint head_words, guint tail_words)
{
        g_autoptr(GArray) raw = g_array_new(FALSE, FALSE, sizeof(Word));
        size_t length;
        const char *content = reply_line_content(line, &length);
        words_split(content, length, 0, raw);
        if (raw->len != own->n_words || raw->len == 0)
                return;
        if (head_words > 0)
                own->head = word_at(raw, head_words - 1)->end;
        if (tail_words > 0)
                own->tail = length - word_at(raw, raw->len - tail_words)->begin;
}

static void describe_line(OwnLine *own, const Alignment *alignment, const GArray *words, const GArray *ours,
                          const ReplyLine *line, guint first, guint end)
{
        guint head = 0, tail = 0;
        own->n_words = end - first;
        own->is_whole = true;
        for (guint i = first; i < end; i++) {
                guint place = alignment->places[i];
                if (place == 0) {
                        own->n_missing += is_in_gap(alignment, words, ours, i);
                        tail++;
                        continue;
                }
                if (own->n_ours == 0) {
                        head = i - first;
                        own->is_whole &= word_at(ours, place - 1)->is_first;
                }
                tail = 0;
                own->n_ours++;
                own->run = MAX(own->run, alignment->runs[i]);
        }
        if (own->n_ours > 0 && own->n_ours < own->n_words)
                find_pieces(own, line, head, tail);
        if (own->n_ours == own->n_words && own->n_ours > 0)
                own->is_whole &= word_at(ours, alignment->places[end - 1] - 1)->is_last;
}

OwnLine *own_text_align(const OwnText *own, const ReplyLines *lines)
{
        g_autoptr(GArray) words = words_of_lines(lines);
        Alignment best = { 0 };
        const Version *version = NULL;
        for (guint i = 0; i < own->versions->len; i++) {
                Alignment alignment = align(own->versions->pdata[i], words, lines);
                if (alignment.n_aligned > best.n_aligned) {
                        version = own->versions->pdata[i];
                        Alignment other = best;
                        best = alignment;
                        alignment = other;
                }
                alignment_clear(&alignment);
        }
        if (version == NULL) {
                alignment_clear(&best);
                return NULL;
        }
        fill_gaps(&best, words, lines, version->words);
        OwnLine *result = g_new0(OwnLine, lines->n_lines);
        for (guint first = 0, end; first < words->len; first = end) {
                guint line = word_at(words, first)->line;
                for (end = first; end < words->len && word_at(words, end)->line == line;)
                        end++;
                describe_line(&result[line], &best, words, version->words, &lines->lines[line], first, end);
        }
        alignment_clear(&best);
        return result;
}
