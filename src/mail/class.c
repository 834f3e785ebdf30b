#include "mail/class.h"

#include "base/text.h"
#include "mail/bounce_report.h"
#include "mail/class_signs.h"
#include "mail/message_text.h"

#include <string.h>

enum {
        TEXT_MAX_BYTES = 4096, /* of a body in which a machine tells that it is one */
        TOPIC_BYTES = 40,      /* at least: of a body that says more than that somebody is away */
};

/* What the parts are. */
typedef struct {
        bool has_receipt, has_feedback, has_calendar_answer, has_reaction, has_tnef;
} Parts;

typedef struct {
        Message *message;
        const ReadingContext *context;
        Signs signs;
        Parts parts;
        bool has_null_path; /* Return-Path: <>, which no person's mail has */
        bool is_reply;      /* the subject begins as an answer's, "Re:" or "TR:" */
        GPtrArray *why;
} Facts;

static bool is_calendar_answer(GMimeObject *part)
{
        static const char *const methods[] = { "REPLY", "COUNTER", "DECLINECOUNTER" };
        const char *method = g_mime_object_get_content_type_parameter(part, "method");
        for (size_t i = 0; method != NULL && i < G_N_ELEMENTS(methods); i++)
                if (g_ascii_strcasecmp(method, methods[i]) == 0)
                        return true;
        return false;
}

static void read_leaf(Parts *parts, GMimeObject *part)
{
        const char *disposition = g_mime_object_get_disposition(part);
        parts->has_reaction |= (disposition != NULL && g_ascii_strcasecmp(disposition, "reaction") == 0) ||
                               part_is_type(part, "text", "vnd.google.email-reaction+json");
        parts->has_calendar_answer |= part_is_type(part, "text", "calendar") && is_calendar_answer(part);
        parts->has_receipt |= part_is_type(part, "message", "disposition-notification") ||
                              part_is_type(part, "message", "global-disposition-notification");
        parts->has_feedback |= part_is_type(part, "message", "feedback-report");
        parts->has_tnef |= part_is_type(part, "application", "ms-tnef");
}

/* What is inside a message that was handed on is not looked at: it is not what this one is. */
static void read_parts(Parts *parts, GMimeObject *object)
{
        if (object == NULL)
                return;
        if (!GMIME_IS_MULTIPART(object)) {
                read_leaf(parts, object);
                return;
        }
        const char *report = g_mime_object_get_content_type_parameter(object, "report-type");
        parts->has_receipt |= report != NULL && g_ascii_strcasecmp(report, "disposition-notification") == 0;
        parts->has_feedback |= report != NULL && g_ascii_strcasecmp(report, "feedback-report") == 0;
        GMimeMultipart *multipart = GMIME_MULTIPART(object);
        for (int i = 0; i < g_mime_multipart_get_count(multipart); i++)
                read_parts(parts, g_mime_multipart_get_part(multipart, i));
}

/* The commonest marks, seen without folding; the others are in rules/reading/automatic.yaml. */
static bool begins_as_reply(const char *subject)
{
        static const char *const marks[] = { "re", "aw", "tr", "fw", "fwd", "sv", "wg" };
        while (*subject == ' ')
                subject++;
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
                size_t length = strlen(marks[i]);
                if (g_ascii_strncasecmp(subject, marks[i], length) != 0)
                        continue;
                const char *p = subject + length;
                while (*p == ' ' || g_str_has_prefix(p, "\u00A0"))
                        p += *p == ' ' ? 1 : 2;
                if (*p == ':')
                        return true;
        }
        return false;
}

static bool group_finds(const Facts *facts, const char *group, const char *text)
{
        if (text == NULL || text[0] == '\0')
                return false;
        g_autofree char *folded = text_fold(text);
        return pattern_match(patterns_group(facts->context->patterns, group), folded, strlen(folded), NULL);
}

/* The same, told to why with the pattern's place. */
static bool finds(const Facts *facts, const char *group, const char *what, const char *text)
{
        if (text == NULL || text[0] == '\0')
                return false;
        g_autofree char *folded = text_fold(text);
        PatternMatch match;
        if (!pattern_match(patterns_group(facts->context->patterns, group), folded, strlen(folded), &match))
                return false;
        g_ptr_array_add(facts->why,
                        g_strdup_printf("class: %s by %s:%d (%s)", what, match.file, match.line, group));
        return true;
}

static void facts_read(Facts *facts, Message *message, const ReadingContext *context, GPtrArray *why)
{
        *facts = (Facts){ .message = message, .context = context, .why = why };
        signs_read(message_mime(message), &facts->signs);
        read_parts(&facts->parts, message_mime(message));
        const char *path = message_header(message, "Return-Path");
        facts->has_null_path = path != NULL && g_str_has_prefix(path, "<>");
        facts->is_reply = begins_as_reply(message_subject(message)) ||
                          group_finds(facts, "reply_subject", message_subject(message));
}

static MailKind because(const Facts *facts, MailKind kind, const char *fact)
{
        g_ptr_array_add(facts->why, g_strdup_printf("class: %s", fact));
        return kind;
}

static MailKind because_sign(const Facts *facts, MailKind kind, Sign sign)
{
        g_autofree char *text = signs_text(&facts->signs, sign);
        return because(facts, kind, text);
}

/* A list whose post address is the robot's own: somebody put the mailbox behind a group. */
static bool is_own_list(const Facts *facts)
{
        static const char *const fields[] = { "List-Id", "List-Post" };
        if (facts->context->own_address == NULL)
                return false;
        g_autofree char *dotted = g_strdelimit(g_strdup(facts->context->own_address), "@", '.');
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                const char *value = message_header(facts->message, fields[i]);
                g_autofree char *lower = value != NULL ? g_ascii_strdown(value, -1) : NULL;
                if (lower != NULL &&
                    (strstr(lower, facts->context->own_address) != NULL || strstr(lower, dotted) != NULL))
                        return true;
        }
        return false;
}

/* The whole text when it is short: what a machine writes about itself. */
static bool text_says(const Facts *facts, const char *group, const char *what)
{
        g_autofree char *start = g_strndup(message_text(facts->message), TEXT_MAX_BYTES);
        g_autofree char *valid = text_make_valid(start, strlen(start));
        g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
        for (char **line = lines; *line != NULL; line++)
                if (finds(facts, group, what, *line))
                        return true;
        return false;
}

/* From and Sender as they stand. */
static bool sender_is(const Facts *facts, const char *group)
{
        return finds(facts, group, "From", message_header(facts->message, "From")) ||
               finds(facts, group, "Sender", message_header(facts->message, "Sender"));
}

static bool is_person(const Facts *facts)
{
        return facts->is_reply && signs_have(&facts->signs, SIGN_ANSWER) && !facts->has_null_path;
}

/* The office of a mail server: its reports, its warnings, and the people who run it. */
static bool is_server(const Facts *facts)
{
        return group_finds(facts, "bounce_sender", message_header(facts->message, "From"));
}

/* Might a server have sent it that answers as people do? James and old gateways write "Re:" and In-Reply-To.
 * Asked of every answer, hence without patterns. */
static bool may_be_server(const Facts *facts)
{
        const char *from = message_first_author(facts->message);
        return from == NULL || strcasestr(from, "master") != NULL || strcasestr(from, "daemon") != NULL;
}

/* Programs that say so: in a field or a part that people's mail has not. True: kind_out is it. */
static bool read_certain(const Facts *facts, MailKind *kind_out)
{
        const struct {
                bool is_it;
                MailKind kind;
                const char *fact;
        } parts[] = {
                { facts->parts.has_receipt && !is_server(facts), MAIL_RECEIPT,
                  "a part with a disposition notification (RFC 8098)" },
                { facts->parts.has_feedback, MAIL_OTHER, "a part with a feedback report (RFC 5965)" },
                { facts->parts.has_calendar_answer, MAIL_CALENDAR, "an answer to an invitation (RFC 5546)" },
                { facts->parts.has_reaction, MAIL_REACTION, "a reaction (RFC 9078)" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                if (parts[i].is_it) {
                        *kind_out = because(facts, parts[i].kind, parts[i].fact);
                        return true;
                }
        static const struct {
                Sign sign;
                MailKind kind;
        } signs[] = {
                { SIGN_FEEDBACK, MAIL_OTHER },
                { SIGN_RECEIPT, MAIL_RECEIPT },
                { SIGN_CHALLENGE, MAIL_CHALLENGE },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
                if (signs_have(&facts->signs, signs[i].sign)) {
                        *kind_out = because_sign(facts, signs[i].kind, signs[i].sign);
                        return true;
                }
        return false;
}

static void say_doubt(const Facts *facts)
{
        because(facts, MAIL_AUTOMATIC, CLASS_DOUBT ": a rule may have handed on the answer of a person");
}

/* List software says that our mail waits for a moderator or was turned away: it did not arrive, which nobody
 * would see. */
static bool is_list_refusal(const Facts *facts)
{
        return !facts->is_reply &&
               finds(facts, "list_refusal_subject", "the subject", message_subject(facts->message));
}

/* Marked by the one who sent it. A person's answer that a rule handed on carries such a mark too: the case is
 * told apart by "class: doubt". */
static MailKind read_marked(const Facts *facts)
{
        if (is_list_refusal(facts))
                return MAIL_CHALLENGE;
        if (finds(facts, "challenge_subject", "the subject", message_subject(facts->message)))
                return MAIL_CHALLENGE;
        because_sign(facts, MAIL_AUTOMATIC, SIGN_AUTOMATIC);
        g_autofree char *text = signs_text(&facts->signs, SIGN_AUTOMATIC);
        bool is_response = strstr(text, "replied") != NULL || strstr(text, "vacation") != NULL;
        bool is_handed_on = signs_have(&facts->signs, SIGN_FORWARDED);
        if (facts->is_reply && !facts->has_null_path && (is_handed_on || !is_response) &&
            signs_have(&facts->signs, SIGN_ANSWER))
                say_doubt(facts);
        return MAIL_AUTOMATIC;
}

static bool asks(const char *text)
{
        return strpbrk(text, "?") != NULL || strstr(text, "\u061F") != NULL || strstr(text, "\uFF1F") != NULL;
}

/* Is the subject a program's from end to end? Behind its own words stands nothing, or a sign and the subject
 * of the mail it answers; a person goes on in words ("automatic reply not working") or asks. */
static bool is_automatic_subject(const Facts *facts, const char *subject)
{
        g_autofree char *folded = text_fold(subject);
        size_t length = strlen(folded);
        PatternMatch match;
        if (!pattern_match(patterns_group(facts->context->patterns, "automatic_subject"), folded, length,
                           &match))
                return false;
        g_autofree char *own = g_strndup(folded, MIN(length, match.end + strcspn(folded + match.end, ":")));
        if (asks(own))
                return false;
        const char *rest = folded + match.end;
        while (g_unichar_isalpha(g_utf8_get_char(rest))) /* some patterns end inside a word */
                rest = g_utf8_next_char(rest);
        size_t matched = strcspn(folded, ":(");
        bool has_sign = matched < match.end || folded[match.end - 1] == ']' || strpbrk(rest, ":(-[]") != NULL;
        /* A responder that leaves no field of an answer is rare, and tells of an absence; who writes at
         * length about absences is a person. */
        bool may_be_topic = !has_sign || (!signs_have(&facts->signs, SIGN_ANSWER) &&
                                          !signs_have(&facts->signs, SIGN_BULK) && !facts->has_null_path &&
                                          strlen(message_text(facts->message)) >= TOPIC_BYTES);
        if (*(rest + strspn(rest, " .!:")) != '\0' && may_be_topic &&
            (asks(message_text(facts->message)) || (!text_says(facts, "automatic_text", "the text") &&
                                                    !text_says(facts, "absence_text", "the text"))))
                return false;
        return finds(facts, "automatic_subject", "the subject", subject);
}

/* Neither marked nor certainly a person's: what subject, sender and text say together. */
static MailKind read_unmarked(const Facts *facts)
{
        const char *subject = message_subject(facts->message);
        bool is_answer = signs_have(&facts->signs, SIGN_ANSWER);
        bool keeps_no_re =
                is_answer && !facts->is_reply; /* an answer, but not in the words of a mail program */
        if (!facts->is_reply) {
                if (finds(facts, "feedback_subject", "the subject", subject))
                        return MAIL_OTHER;
                if (is_automatic_subject(facts, subject))
                        return MAIL_AUTOMATIC;
                if (finds(facts, "challenge_subject", "the subject", subject))
                        return MAIL_CHALLENGE;
                if (group_finds(facts, "receipt_subject", subject) &&
                    (facts->parts.has_tnef || text_says(facts, "receipt_text", "the text")))
                        return because(facts, MAIL_RECEIPT,
                                       "the subject of a receipt without the person's words");
                if (group_finds(facts, "automatic_hint", subject) &&
                    (facts->has_null_path || signs_have(&facts->signs, SIGN_BULK) || is_server(facts) ||
                     text_says(facts, "automatic_text", "the text") ||
                     (keeps_no_re && !asks(message_text(facts->message)) &&
                      text_says(facts, "absence_text", "the text"))) &&
                    finds(facts, "automatic_hint", "the subject", subject))
                        return MAIL_AUTOMATIC;
        }
        if (facts->has_null_path) {
                if (facts->is_reply && is_answer)
                        say_doubt(facts);
                return because(facts, MAIL_AUTOMATIC, "Return-Path: <>");
        }
        if (signs_have(&facts->signs, SIGN_NOTICE))
                return because_sign(facts, MAIL_AUTOMATIC, SIGN_NOTICE);
        if (sender_is(facts, "list_sender"))
                return is_list_refusal(facts) ? MAIL_CHALLENGE : MAIL_LIST;
        if (sender_is(facts, "automatic_sender"))
                return text_says(facts, "challenge_text", "the text") ? MAIL_CHALLENGE : MAIL_AUTOMATIC;
        if ((keeps_no_re || !is_answer) && text_says(facts, "challenge_text", "the text"))
                return MAIL_CHALLENGE;
        if (signs_have(&facts->signs, SIGN_BULK))
                return because_sign(facts, MAIL_LIST, SIGN_BULK);
        return because(facts, MAIL_HUMAN, "no sign of a program");
}

static MailKind read_person(const Facts *facts)
{
        if (signs_have(&facts->signs, SIGN_BULK)) {
                g_autofree char *text = signs_text(&facts->signs, SIGN_BULK);
                g_autofree char *fact = g_strdup_printf("a person's answer in spite of %s", text);
                return because(facts, MAIL_HUMAN, fact);
        }
        return because(facts, MAIL_HUMAN, "answers a message and its subject says so");
}

bool class_is_doubtful(const GPtrArray *why)
{
        for (guint i = 0; i < why->len; i++)
                if (g_str_has_prefix(g_ptr_array_index(why, i), "class: " CLASS_DOUBT ":"))
                        return true;
        return false;
}

MailKind class_read(Message *message, const ReadingContext *context, GPtrArray *why)
{
        Facts facts = { .why = why };
        if (message_flaw(message) != MESSAGE_FINE)
                return because(&facts, MAIL_OTHER, message_flaw_text(message_flaw(message)));
        facts_read(&facts, message, context, why);
        const char *loop = message_header(message, "X-Facteur-Loop");
        if (loop != NULL && context->instance != NULL && strcmp(loop, context->instance) == 0)
                return because(&facts, MAIL_OWN, "X-Facteur-Loop is ours");
        MailKind kind;
        if (read_certain(&facts, &kind))
                return kind;
        switch (bounce_report_read(message, context->patterns, is_person(&facts) && !may_be_server(&facts),
                                   why, NULL)) {
        case REPORT_FAILURE: return MAIL_BOUNCE;
        case REPORT_SUCCESS: return MAIL_OTHER;
        case REPORT_NONE: break;
        }
        if (facts.parts.has_receipt) /* a server's, and not its "automatically rejected" */
                return because(&facts, MAIL_RECEIPT, "a part with a disposition notification (RFC 8098)");
        if (signs_have(&facts.signs, SIGN_AUTOMATIC))
                return read_marked(&facts);
        if (is_own_list(&facts))
                facts.signs.headers[SIGN_LIST] = facts.signs.headers[SIGN_BULK] = NULL;
        if (signs_have(&facts.signs, SIGN_LIST)) {
                if (is_list_refusal(&facts))
                        return MAIL_CHALLENGE;
                if (!facts.is_reply &&
                    finds(&facts, "automatic_subject", "the subject", message_subject(message)))
                        return MAIL_AUTOMATIC;
                return because_sign(&facts, MAIL_LIST, SIGN_LIST);
        }
        return is_person(&facts) ? read_person(&facts) : read_unmarked(&facts);
}
