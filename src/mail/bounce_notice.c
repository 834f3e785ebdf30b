#include "mail/bounce_notice.h"

#include "base/text.h"
#include "mail/address_scan.h"

#include <string.h>

enum {
        LINES_MAX = 2000,
        LINE_MAX_BYTES = 2000,
        MENTIONS_MAX = 400,
        REASON_LINES = 25,
        REASON_MAX_BYTES = 8 * 1024
};

/* How sure it is that an address is a recipient, by where it stands. */
typedef enum {
        PLACE_OTHER,    /* a sender, a help desk */
        PLACE_ANYWHERE, /* nothing speaks for or against it */
        PLACE_SENTENCE, /* in words that tell of a recipient, behind RCPT TO or a reply code */
        PLACE_ALONE,    /* begins its line, nothing or a reason follows */
} Place;

typedef struct {
        char *address;
        Place place;
        guint line;
} Mention;

typedef struct {
        char **lines;
        guint count;
        GPtrArray *mentions; /* of Mention */
        const PatternGroup *recipient, *other, *original, *failure, *delay;
        NoticeFacts facts;
} Notice;

static void mention_free(Mention *mention)
{
        g_free(mention->address);
        g_free(mention);
}

static bool matches(const PatternGroup *group, const char *folded)
{
        return pattern_match(group, folded, strlen(folded), NULL);
}

/* Header fields with which only a returned mail begins. */
static bool begins_header(const char *line)
{
        static const char *const names[] = { "Received",       "Return-Path",  "X-Received",
                                             "DKIM-Signature", "Delivered-To", "X-Originating-IP" };
        line += strspn(line, " \t>");
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                size_t length = strlen(names[i]);
                if (g_ascii_strncasecmp(line, names[i], length) == 0 && line[length] == ':')
                        return true;
        }
        return false;
}

static size_t line_length(const char *line)
{
        return strcspn(line, "\n");
}

/* A line, as much of it as a sentence of a server has. */
static char *cut_line(const char *line, size_t length)
{
        return text_make_valid(line, MIN(length, (size_t)LINE_MAX_BYTES));
}

size_t bounce_notice_length(const char *text, const Patterns *patterns)
{
        const PatternGroup *returned = patterns_group(patterns, "bounce_returned");
        bool has_words = false;
        int lines = 0;
        for (const char *line = text; *line != '\0' && lines < LINES_MAX; lines++) {
                size_t length = line_length(line);
                g_autofree char *cut = cut_line(line, length);
                g_autofree char *folded = text_fold(cut);
                if (has_words && (begins_header(line) || matches(returned, folded)))
                        return (size_t)(line - text);
                has_words |= folded[0] != '\0';
                line += length + (line[length] == '\n');
        }
        return strlen(text);
}

/* Is what stands before the address on its line the end of a command or a reply? */
static bool follows_code(const char *line, const char *start)
{
        g_autofree char *before = g_strndup(line, (gsize)(start - line));
        g_autofree char *lower = g_ascii_strdown(before, -1);
        char status[STATUS_ROOM];
        return g_strrstr(lower, "rcpt to:") != NULL || g_strrstr(lower, "rcpt:") != NULL ||
               status_reply_class(before) != 0 || status_find(before, status);
}

/* Does the rest of a line that begins with an address give a reason, or nothing? */
static bool is_alone(const Notice *notice, const char *rest, const char *folded)
{
        rest += strspn(rest, ">\"' \t");
        if (*rest == '\0' || strchr(":;,([<.|=-", *rest) != NULL || g_ascii_strncasecmp(rest, "on ", 3) == 0)
                return true;
        return status_reply_class(rest) != 0 || matches(notice->failure, folded);
}

static Place place_of(const Notice *notice, const char *line, const char *folded, const char *start,
                      const char *end, bool is_other, bool is_sentence)
{
        if (is_other)
                return PLACE_OTHER;
        bool begins = (size_t)(start - line) == strspn(line, " \t<>\"'*-|");
        if (begins && is_alone(notice, end, folded))
                return PLACE_ALONE;
        return is_sentence || follows_code(line, start) ? PLACE_SENTENCE : PLACE_ANYWHERE;
}

/* `<final@…> (expanded from <original@…>)`: the original is the one we wrote to. */
static void replace_last(Notice *notice, const char *address)
{
        if (notice->mentions->len == 0)
                return;
        Mention *last = g_ptr_array_index(notice->mentions, notice->mentions->len - 1);
        g_free(last->address);
        last->address = g_strdup(address);
}

static void read_line(Notice *notice, guint number)
{
        g_autofree char *line = cut_line(notice->lines[number], strlen(notice->lines[number]));
        g_autofree char *folded = text_fold(line);
        notice->facts.says_failure |= matches(notice->failure, folded);
        notice->facts.says_delay |= matches(notice->delay, folded);
        if (strchr(line, '@') == NULL)
                return;
        bool is_other = matches(notice->other, folded), is_taken = false;
        PatternMatch match;
        bool is_sentence = pattern_match(notice->recipient, folded, strlen(folded), &match);
        bool is_original = matches(notice->original, folded);
        const char *cursor = line, *start, *end;
        char *address;
        for (guint i = 0; (address = address_scan_next(&cursor, &start, &end)) != NULL; i++) {
                if (notice->mentions->len == MENTIONS_MAX) {
                        g_free(address);
                        return;
                }
                Mention *mention = g_new0(Mention, 1);
                mention->address = address;
                mention->line = number;
                bool is_meant_here = is_sentence && !is_taken && address_scan_is_within(folded, i, &match);
                mention->place =
                        place_of(notice, line, folded, start, end, is_other && !is_meant_here, is_meant_here);
                is_taken |= is_meant_here;
                bool replaces = is_original && mention->place != PLACE_ALONE && notice->mentions->len > 0;
                if (replaces)
                        replace_last(notice, address);
                if (replaces)
                        mention_free(mention);
                else
                        g_ptr_array_add(notice->mentions, mention);
        }
}

static bool is_role(const char *address)
{
        static const char *const roles[] = { "postmaster@", "mailer-daemon@", "abuse@", "helpdesk@",
                                             "hostmaster@" };
        for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
                if (g_ascii_strncasecmp(address, roles[i], strlen(roles[i])) == 0)
                        return true;
        return false;
}

static bool is_listed(const char *address, const char *const *list)
{
        for (; list != NULL && *list != NULL; list++)
                if (g_ascii_strcasecmp(address, *list) == 0)
                        return true;
        return false;
}

/* Addresses of the report itself and of offices go down below all others. */
static void lower_unlikely(Notice *notice, const char *const *not_them)
{
        bool has_likely = false;
        for (guint i = 0; i < notice->mentions->len; i++) {
                const Mention *mention = g_ptr_array_index(notice->mentions, i);
                has_likely |= mention->place != PLACE_OTHER && !is_role(mention->address) &&
                              !is_listed(mention->address, not_them);
        }
        for (guint i = 0; has_likely && i < notice->mentions->len; i++) {
                Mention *mention = g_ptr_array_index(notice->mentions, i);
                if (is_role(mention->address) || is_listed(mention->address, not_them))
                        mention->place = PLACE_OTHER;
        }
}

static Place best_place(const Notice *notice)
{
        Place best = PLACE_OTHER;
        for (guint i = 0; i < notice->mentions->len; i++)
                best = MAX(best, ((Mention *)g_ptr_array_index(notice->mentions, i))->place);
        return best;
}

static RecipientReport *find_report(GPtrArray *reports, guint from, const char *address)
{
        for (guint i = from; i < reports->len; i++) {
                RecipientReport *report = g_ptr_array_index(reports, i);
                if (report->recipient != NULL && g_ascii_strcasecmp(report->recipient, address) == 0)
                        return report;
        }
        return NULL;
}

/* The lines behind a mention that are about it: to the next one that counts. */
static void add_reason(const Notice *notice, guint index, Place best, GString *reason)
{
        const Mention *mention = g_ptr_array_index(notice->mentions, index);
        guint end = MIN(notice->count, mention->line + REASON_LINES);
        for (guint i = index + 1; i < notice->mentions->len; i++) {
                const Mention *next = g_ptr_array_index(notice->mentions, i);
                if (next->place >= MIN(best, PLACE_SENTENCE) &&
                    g_ascii_strcasecmp(next->address, mention->address) != 0) {
                        end = MIN(end, MAX(next->line, mention->line + 1));
                        break;
                }
        }
        for (guint i = mention->line; i < end && reason->len < REASON_MAX_BYTES; i++)
                g_string_append_printf(reason, "%s\n", notice->lines[i]);
}

static bool read_codes(RecipientReport *report, const char *text)
{
        report->reply_class = status_reply_class(text);
        return status_find(text, report->status) || report->reply_class != 0;
}

/* Codes near the address, else those of the whole notice when it is about nobody else. */
static void judge(const Notice *notice, RecipientReport *report, bool is_only)
{
        report->delivery = notice->facts.says_delay ? DELIVERY_DELAYED : DELIVERY_FAILED;
        if (read_codes(report, report->reason) || !is_only)
                return;
        g_autofree char *all = g_strjoinv("\n", notice->lines);
        read_codes(report, all);
}

static void add_reports(const Notice *notice, GPtrArray *reports)
{
        guint before = reports->len;
        Place best = best_place(notice);
        if (best == PLACE_OTHER)
                return;
        for (guint i = 0; i < notice->mentions->len; i++) {
                const Mention *mention = g_ptr_array_index(notice->mentions, i);
                RecipientReport *report = find_report(reports, before, mention->address);
                if (report == NULL && (mention->place != best || reports->len >= RECIPIENT_REPORTS_MAX))
                        continue;
                if (report == NULL) {
                        report = g_new0(RecipientReport, 1);
                        report->recipient = g_strdup(mention->address);
                        g_ptr_array_add(reports, report);
                }
                GString *reason = g_string_new(report->reason);
                add_reason(notice, i, best, reason);
                g_free(report->reason);
                report->reason = g_string_free(reason, FALSE);
        }
        for (guint i = before; i < reports->len; i++)
                judge(notice, g_ptr_array_index(reports, i), reports->len - before == 1);
}

NoticeFacts bounce_notice_read(const char *text, const Patterns *patterns, const char *const *not_them,
                               GPtrArray *reports)
{
        Notice notice = { .recipient = patterns_group(patterns, "bounce_recipient"),
                          .other = patterns_group(patterns, "bounce_other_address"),
                          .original = patterns_group(patterns, "bounce_original"),
                          .failure = patterns_group(patterns, "bounce_failure"),
                          .delay = patterns_group(patterns, "bounce_delay") };
        notice.lines = g_strsplit(text, "\n", LINES_MAX);
        notice.count = g_strv_length(notice.lines);
        notice.mentions = g_ptr_array_new_with_free_func((GDestroyNotify)mention_free);
        for (guint i = 0; i < notice.count; i++)
                read_line(&notice, i);
        lower_unlikely(&notice, not_them);
        notice.facts.is_certain = best_place(&notice) >= PLACE_SENTENCE;
        add_reports(&notice, reports);
        g_ptr_array_unref(notice.mentions);
        g_strfreev(notice.lines);
        return notice.facts;
}
