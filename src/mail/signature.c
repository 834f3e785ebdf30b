#include "mail/signature.h"

#include "base/text.h"

#include <string.h>

enum {
        SHORT_BYTES = 120,  /* a line of a signature */
        BLOCK_LINES = 14,   /* that are not blank */
        NOTICE_BYTES = 600, /* of a paragraph, looked at */
        BANNER_PARAGRAPHS = 3,
        BANNER_LINES = 5, /* of a paragraph */
        SENTENCE_WORDS = 8,
        NAME_WORDS = 5,
        PHONE_DIGITS = 8,
};

SignatureReader signature_reader_init(const Patterns *patterns, const char *from_name,
                                      const char *from_address, GPtrArray *why)
{
        SignatureReader reader = {
                .signature = patterns_group(patterns, "signature"),
                .sent_from = patterns_group(patterns, "sent_from"),
                .sign_off = patterns_group(patterns, "sign_off"),
                .notice = patterns_group(patterns, "notice"),
                .external_banner = patterns_group(patterns, "external_banner"),
                .names = g_ptr_array_new_with_free_func(g_free),
                .why = why,
        };
        const char *at = from_address != NULL ? strchr(from_address, '@') : NULL;
        g_autofree char *local = from_name[0] == '\0' && at != NULL
                                         ? g_strndup(from_address, (gsize)(at - from_address))
                                         : g_strdup(from_name);
        g_autofree char *folded = text_fold(local);
        g_auto(GStrv) words = g_strsplit_set(folded, " .,;_-'\"()", -1);
        for (char **word = words; *word != NULL; word++)
                if (g_utf8_strlen(*word, -1) > 1 && !g_ascii_isdigit(**word))
                        g_ptr_array_add(reader.names, g_strdup(*word));
        return reader;
}

void signature_reader_clear(SignatureReader *reader)
{
        g_ptr_array_unref(reader->names);
}

static void note(const SignatureReader *reader, guint line, const char *what, const PatternMatch *match)
{
        if (reader->why == NULL)
                return;
        if (match != NULL)
                g_ptr_array_add(reader->why, g_strdup_printf("cut at line %u: %s (%s:%d)", line + 1, what,
                                                             match->file, match->line));
        else
                g_ptr_array_add(reader->why, g_strdup_printf("cut at line %u: %s", line + 1, what));
}

static void set_kind(ReplyLines *lines, guint first, guint end, LineKind kind)
{
        for (guint i = first; i < end; i++)
                if (lines->lines[i].kind == LINE_WRITTEN)
                        lines->lines[i].kind = kind;
}

/* ------ what a line looks like */

static bool is_word_character(const char *p)
{
        return (guchar)*p < 0x80 ? g_ascii_isalnum(*p) : g_unichar_isalnum(g_utf8_get_char(p));
}

/* The words of a folded line, one after the other. */
static const char *next_word(const char *p, const char *end, size_t *length_out)
{
        while (p < end && !is_word_character(p))
                p = g_utf8_next_char(p);
        const char *begin = p;
        while (p < end && is_word_character(p))
                p = g_utf8_next_char(p);
        *length_out = (size_t)(p - begin);
        return begin;
}

static bool is_name_word(const SignatureReader *reader, const char *word, size_t length)
{
        for (guint i = 0; i < reader->names->len; i++) {
                const char *name = reader->names->pdata[i];
                if (strlen(name) == length && memcmp(name, word, length) == 0)
                        return true;
        }
        return false;
}

/* How many words the line has, how many of the first ones are the sender's name. */
static guint count_words(const SignatureReader *reader, const ReplyLine *line, guint *names_out)
{
        const char *p = line->folded, *end = p + line->folded_length;
        guint n_words = 0;
        bool is_leading = true;
        *names_out = 0;
        for (size_t length; (p = next_word(p, end, &length)), length > 0; p += length) {
                is_leading = is_leading && is_name_word(reader, p, length);
                *names_out += is_leading;
                if (++n_words > 40)
                        break;
        }
        return n_words;
}

static bool is_senders_name(const SignatureReader *reader, const ReplyLine *line)
{
        guint names, words = count_words(reader, line, &names);
        return words > 0 && words == names;
}

/* "Paul Martin", "PAUL MARTIN | Directeur": the whole name begins the line. */
static bool begins_with_full_name(const SignatureReader *reader, const ReplyLine *line)
{
        guint names;
        count_words(reader, line, &names);
        return reader->names->len >= 2 && names >= reader->names->len;
}

/* Two words or more, every one with a capital, no digit, no end of sentence. */
static bool looks_like_name(const ReplyLine *line)
{
        size_t length;
        const char *p = reply_line_content(line, &length), *end = p + length;
        guint words = 0;
        if (length < 3 || length > 60 || strchr("!?:;", end[-1]) != NULL ||
            (end[-1] == '.' && end[-3] != '.')) /* "Ph.D." ends no sentence */
                return false;
        while (p < end) {
                gunichar c = g_utf8_get_char(p);
                if (g_unichar_isdigit(c) || c == '@' || c == '/')
                        return false;
                if (!g_unichar_isalpha(c)) {
                        p = g_utf8_next_char(p);
                        continue;
                }
                if (!g_unichar_isupper(c))
                        return false;
                words++;
                while (p < end && !g_ascii_isspace(*p))
                        p = g_utf8_next_char(p);
        }
        return words >= 2 && words <= NAME_WORDS;
}

/* A telephone number, an address of mail or web. */
static bool has_contact(const ReplyLine *line)
{
        static const char *const signs[] = { "www.",  "http://", "https://", "tel.", "tel:",
                                             "tel :", "mob",     "phone",    "fax" };
        guint digits = 0;
        bool has_sign = false;
        for (size_t i = 0; i < line->folded_length; i++) {
                char c = line->folded[i];
                if (c == '@')
                        return true;
                digits += g_ascii_isdigit(c);
                has_sign |= c == '.' || c == ':';
        }
        for (size_t i = 0; has_sign && digits < PHONE_DIGITS && i < G_N_ELEMENTS(signs); i++)
                if (memmem(line->folded, line->folded_length, signs[i], strlen(signs[i])) != NULL)
                        return true;
        return digits >= PHONE_DIGITS;
}

/* A question, or many words; a motto between quote marks is none. */
static bool is_sentence(const ReplyLine *line)
{
        const char *p = line->folded, *end = p + line->folded_length;
        guint words = 0;
        if (line->folded_length == 0 || p[0] == '"')
                return false;
        for (size_t length; (p = next_word(p, end, &length)), length > 0 && words < SENTENCE_WORDS;
             p += length)
                words += !g_ascii_isdigit(*p);
        return line->folded_length > SHORT_BYTES || end[-1] == '?' || words >= SENTENCE_WORDS;
}

/* ------ parts of a signature */

/* The next line that is not blank, before `end`. */
static guint next_line(const ReplyLines *lines, guint from, guint end)
{
        while (from < end && reply_line_is_blank(&lines->lines[from]))
                from++;
        return from;
}

static guint trim_blank(const ReplyLines *lines, guint first, guint end)
{
        while (end > first &&
               (reply_line_is_blank(&lines->lines[end - 1]) || lines->lines[end - 1].kind != LINE_WRITTEN))
                end--;
        return end;
}

/* Nothing but signs that programs and people draw lines with. */
static bool is_drawn(const ReplyLine *line)
{
        if (line->folded_length == strlen("\u1427") &&
            memcmp(line->folded, "\u1427", line->folded_length) == 0)
                return true; /* left by a tracking extension of Gmail */
        for (size_t i = 0; i < line->folded_length; i++)
                if (strchr("-_=*#~+ ", line->folded[i]) == NULL)
                        return false;
        return line->folded_length > 1;
}

/* A line drawn at the end separates nothing. */
static void mark_drawn_end(ReplyLines *lines, guint first, guint end)
{
        while ((end = trim_blank(lines, first, end)) > first && is_drawn(&lines->lines[end - 1]))
                lines->lines[end - 1].kind = LINE_SIGNATURE;
}

static bool matches(const PatternGroup *group, const ReplyLine *line, PatternMatch *match)
{
        return line->folded_length > 0 && line->folded_length <= NOTICE_BYTES &&
               pattern_match(group, line->folded, line->folded_length, match);
}

/* Could these lines be the signature below a rule that is not `-- `? */
static bool is_contact_block(const SignatureReader *reader, const ReplyLines *lines, guint first, guint end)
{
        guint n_lines = 0;
        bool has_sign = false;
        for (guint i = first; i < end; i++) {
                const ReplyLine *line = &lines->lines[i];
                if (reply_line_is_blank(line))
                        continue;
                if (++n_lines > BLOCK_LINES || is_sentence(line))
                        return false;
                has_sign |= has_contact(line) || begins_with_full_name(reader, line);
        }
        return has_sign;
}

/* The line `-- `, and others that only sometimes mean it. */
static guint find_delimiter(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        for (guint i = first; i < end; i++) {
                const ReplyLine *line = &lines->lines[i];
                PatternMatch match;
                if (line->folded_length == 0 || line->folded_length > 80 ||
                    strchr("-_", line->folded[0]) == NULL)
                        continue;
                bool is_exact = line->folded_length == 2 && memcmp(line->folded, "--", 2) == 0;
                bool is_rule = reply_line_is_rule(line);
                if (!is_rule || (!is_exact && !is_contact_block(reader, lines, i + 1, end)))
                        continue;
                bool is_known = matches(reader->signature, line, &match);
                if (!is_known && is_exact)
                        continue;
                note(reader, i, "signature", is_known ? &match : NULL);
                set_kind(lines, i, end, LINE_SIGNATURE);
                return i;
        }
        return end;
}

/* "Sent from my phone": the lines between the first and the last of them too. */
static void mark_sent_from(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        guint from = end, to = first;
        for (guint i = first; i < end; i++) {
                PatternMatch match;
                const ReplyLine *line = &lines->lines[i];
                if (line->kind != LINE_WRITTEN || line->folded_length < 6 || line->folded_length > 300 ||
                    !matches(reader->sent_from, line, &match))
                        continue;
                if (from == end)
                        note(reader, i, "sent from", &match);
                from = MIN(from, i);
                to = i + 1;
        }
        for (guint i = from; i < to; i++)
                if (is_sentence(&lines->lines[i]) && lines->lines[i].folded_length > SHORT_BYTES &&
                    !matches(reader->sent_from, &lines->lines[i], NULL))
                        to = i; /* somebody wrote on below the line of the phone */
        if (from < to)
                set_kind(lines, from, to, LINE_SIGNATURE);
}

static guint paragraph_end(const ReplyLines *lines, guint first, guint end)
{
        while (first < end && !reply_line_is_blank(&lines->lines[first]))
                first++;
        return first;
}

/* Joins a paragraph, at most NOTICE_BYTES of it. */
static void join_paragraph(const ReplyLines *lines, guint first, guint end, GString *joined)
{
        g_string_truncate(joined, 0);
        for (guint i = first; i < end && joined->len < NOTICE_BYTES; i++) {
                if (joined->len > 0)
                        g_string_append_c(joined, ' ');
                g_string_append_len(joined, lines->lines[i].folded,
                                    (gssize)MIN(lines->lines[i].folded_length, NOTICE_BYTES));
        }
}

/* Servers add notices at the end: from the first on all goes, unless it stands above the text. */
static guint mark_notices(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        g_autoptr(GString) joined = g_string_sized_new(NOTICE_BYTES);
        bool has_text = false;
        for (guint at = first; (at = next_line(lines, at, end)) < end;) {
                guint stop = paragraph_end(lines, at, end);
                PatternMatch match;
                join_paragraph(lines, at, stop, joined);
                if (joined->len >= 10 && pattern_match(reader->notice, joined->str, joined->len, &match)) {
                        guint from = at; /* in a paragraph, from the line where it begins */
                        while (from + 1 < stop && !matches(reader->notice, &lines->lines[from], NULL) &&
                               match.start > lines->lines[from].folded_length) {
                                match.start -= lines->lines[from].folded_length + 1;
                                from++;
                        }
                        note(reader, from, "notice", &match);
                        set_kind(lines, from, has_text || from > at ? end : stop, LINE_NOTICE);
                        if (has_text || from > at)
                                return from;
                } else {
                        has_text = true;
                }
                at = stop;
        }
        return end;
}

/* "Paul Martin | Directeur" */
static bool is_name_with_title(const SignatureReader *reader, const ReplyLine *line)
{
        return begins_with_full_name(reader, line) && memchr(line->folded, '|', line->folded_length) != NULL;
}

/* The sender's name with function and numbers below it, without a line that says so. */
static guint mark_name_block(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        guint n_lines = 0, begin = end;
        bool has_numbers = false;
        for (guint i = end; i-- > first && n_lines <= BLOCK_LINES;) {
                const ReplyLine *line = &lines->lines[i];
                if (reply_line_is_blank(line))
                        continue;
                if (is_sentence(line))
                        break;
                bool is_paragraph = i == first || reply_line_is_blank(&lines->lines[i - 1]);
                has_numbers |= n_lines == 0 && has_contact(line);
                if (is_name_with_title(reader, line) ||
                    (has_numbers && begins_with_full_name(reader, line)) ||
                    (n_lines > 0 && has_numbers && is_paragraph && looks_like_name(line)))
                        begin = i;
                has_numbers |= has_contact(line);
                n_lines++;
        }
        if (begin == end || next_line(lines, first, end) == begin)
                return end;
        note(reader, begin, "signature by its name", NULL);
        set_kind(lines, begin, end, LINE_SIGNATURE);
        return begin;
}

/* A sign-off with nothing below it, the sender's name, or another's name and numbers. */
static void mark_sign_off(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        guint below = 0; /* lines under the sign-off */
        bool is_name = true, is_named = false, has_numbers = false;
        for (guint i = end; i-- > first && below <= 4;) {
                const ReplyLine *line = &lines->lines[i];
                PatternMatch match;
                if (reply_line_is_blank(line))
                        continue;
                if (line->folded_length <= 80 && matches(reader->sign_off, line, &match)) {
                        bool is_all = next_line(lines, first, end) == i;
                        if (is_all || !(is_name || (is_named && has_numbers)))
                                return;
                        note(reader, i, "sign-off", &match);
                        set_kind(lines, i, end, LINE_SIGNATURE);
                        return;
                }
                if (is_sentence(line))
                        return;
                below++;
                is_named = looks_like_name(line);
                is_name &= is_senders_name(reader, line);
                has_numbers |= has_contact(line);
        }
}

/* What a server put above the first words of the person, or of what is quoted. */
static guint mark_external_banner(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        g_autoptr(GString) joined = g_string_sized_new(NOTICE_BYTES);
        for (int tried = 0; tried < BANNER_PARAGRAPHS && (first = next_line(lines, first, end)) < end;
             tried++) {
                guint stop = paragraph_end(lines, first, end), at = first;
                PatternMatch match;
                while (at < stop && matches(reader->external_banner, &lines->lines[at], &match))
                        at++;
                if (at == first && stop - first > 1 && stop - first <= BANNER_LINES) {
                        join_paragraph(lines, first, stop, joined);
                        if (pattern_match(reader->external_banner, joined->str, joined->len, &match))
                                at = stop;
                }
                if (at == first)
                        break;
                note(reader, first, "banner for mail from outside", &match);
                set_kind(lines, first, at, LINE_NOTICE);
                first = at;
        }
        return first;
}

void signature_mark(const SignatureReader *reader, ReplyLines *lines, guint first, guint end)
{
        first = mark_external_banner(reader, lines, first, end);
        end = find_delimiter(reader, lines, first, end);
        mark_sent_from(reader, lines, first, end);
        end = trim_blank(lines, first, end);
        end = mark_notices(reader, lines, first, end);
        end = trim_blank(lines, first, end);
        end = mark_name_block(reader, lines, first, end);
        end = trim_blank(lines, first, end);
        mark_sign_off(reader, lines, first, end);
        mark_drawn_end(lines, first, end);
}
