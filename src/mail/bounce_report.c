#include "mail/bounce_report.h"

#include "base/text.h"
#include "mail/address_scan.h"
#include "mail/bounce_notice.h"
#include "mail/html_text.h"
#include "mail/message_text.h"

#include <string.h>

enum { NOTICE_MAX_BYTES = 128 * 1024, NESTING_MAX = 4 };

/* How much speaks for a report that has no fields; from CERTAIN on it is one. */
enum { CERTAIN = 3 };

/* What the parts of a report hold. */
typedef struct {
        GString *fields;     /* message/delivery-status */
        GString *notice;     /* words for people */
        char *returned_to;   /* To of the mail that came back; NULL */
        bool is_report_type; /* multipart/report; report-type=delivery-status */
        const HeaderHint *hint;
        int nesting;
} ReportParts;

static bool is_status(GMimeObject *part)
{
        return part_is_type(part, "message", "delivery-status") ||
               part_is_type(part, "message", "global-delivery-status") ||
               part_is_type(part, "message", "disposition-notification");
}

static bool is_report(GMimeObject *part)
{
        const char *type = g_mime_object_get_content_type_parameter(part, "report-type");
        return part_is_type(part, "multipart", "report") &&
               (type == NULL || g_ascii_strcasecmp(type, "delivery-status") == 0);
}

/* The recipient in the header of the mail that came back. */
static void find_returned_to(ReportParts *parts, const char *header)
{
        const char *to = g_ascii_strncasecmp(header, "To:", 3) == 0 ? header : strstr(header, "\nTo:");
        if (parts->returned_to == NULL && to != NULL)
                parts->returned_to = address_scan_first(to);
}

static void add_leaf(ReportParts *parts, GMimeObject *object)
{
        bool is_html = part_is_type(object, "text", "html");
        bool is_words = part_is_type(object, "text", "plain") || is_html;
        bool is_headers = part_is_type(object, "text", "rfc822-headers") ||
                          part_is_type(object, "message", "global-headers");
        if (!is_words && !is_status(object) && !is_headers)
                return;
        g_autofree char *text = part_text(GMIME_PART(object), parts->hint);
        if (is_headers) {
                find_returned_to(parts, text);
                return;
        }
        g_autofree char *words = is_html ? html_text(text, strlen(text), NULL, NULL) : g_strdup(text);
        GString *place = is_status(object) ? parts->fields : parts->notice;
        size_t room = NOTICE_MAX_BYTES - MIN(place->len, (size_t)NOTICE_MAX_BYTES);
        g_autofree char *cut = text_make_valid(words, MIN(strlen(words), room));
        g_string_append_printf(place, "%s\n\n", cut);
}

static void add_part(ReportParts *parts, GMimeObject *object);

/* The returned mail, or a report that somebody handed on whole. */
static void add_message(ReportParts *parts, GMimeMessage *message)
{
        GMimeObject *body = message != NULL ? g_mime_message_get_mime_part(message) : NULL;
        if (body == NULL)
                return;
        if (is_report(body) && parts->fields->len == 0 && parts->nesting < NESTING_MAX) {
                parts->nesting++;
                add_part(parts, body);
                return;
        }
        const char *to = g_mime_object_get_header(GMIME_OBJECT(message), "To");
        if (parts->returned_to == NULL && to != NULL && g_utf8_validate(to, -1, NULL))
                parts->returned_to = address_scan_first(to);
}

static void add_part(ReportParts *parts, GMimeObject *object)
{
        if (GMIME_IS_MULTIPART(object)) {
                parts->is_report_type |= is_report(object);
                int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
                for (int i = 0; i < count; i++)
                        add_part(parts, g_mime_multipart_get_part(GMIME_MULTIPART(object), i));
        } else if (GMIME_IS_MESSAGE_PART(object)) {
                add_message(parts, g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)));
        } else if (GMIME_IS_PART(object)) {
                add_leaf(parts, object);
        }
}

static void parts_read(ReportParts *parts, const Message *message)
{
        *parts = (ReportParts){ .fields = g_string_new(NULL),
                                .notice = g_string_new(NULL),
                                .hint = message_hint(message) };
        GMimeObject *body = message_mime(message);
        if (body != NULL)
                add_part(parts, body);
}

static void parts_clear(ReportParts *parts)
{
        g_string_free(parts->fields, TRUE);
        g_string_free(parts->notice, TRUE);
        g_free(parts->returned_to);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReportParts, parts_clear)

/* Failed and delayed ones stay, the first report of an address counts; says what the report is about. */
static ReportKind keep_failures(GPtrArray *reports)
{
        bool has_done = false;
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < reports->len;) {
                const RecipientReport *report = g_ptr_array_index(reports, i);
                g_autofree char *key =
                        report->recipient != NULL ? g_ascii_strdown(report->recipient, -1) : NULL;
                has_done |= report->delivery == DELIVERY_DONE;
                if (report->delivery == DELIVERY_DONE || (key != NULL && g_hash_table_contains(seen, key))) {
                        g_ptr_array_remove_index(reports, i);
                        continue;
                }
                if (key != NULL)
                        g_hash_table_add(seen, g_steal_pointer(&key));
                i++;
        }
        if (reports->len > 0)
                return REPORT_FAILURE;
        return has_done ? REPORT_SUCCESS : REPORT_NONE;
}

static bool group_matches(const Patterns *patterns, const char *group, const char *text)
{
        g_autofree char *folded = text_fold(text);
        return pattern_match(patterns_group(patterns, group), folded, strlen(folded), NULL);
}

/* Exim and Gmail name the recipients in a header. */
static void add_failed_header(const Message *message, GPtrArray *reports)
{
        const char *cursor = message_header(message, "X-Failed-Recipients"), *start, *end;
        char *address;
        while (cursor != NULL && reports->len < RECIPIENT_REPORTS_MAX &&
               (address = address_scan_next(&cursor, &start, &end)) != NULL) {
                RecipientReport *report = g_new0(RecipientReport, 1);
                report->recipient = address;
                report->delivery = DELIVERY_FAILED;
                g_ptr_array_add(reports, report);
        }
}

/* What the notice knows of a recipient of the header. */
static void take_details(GPtrArray *reports, const GPtrArray *from_notice)
{
        for (guint i = 0; i < reports->len; i++) {
                RecipientReport *report = g_ptr_array_index(reports, i);
                for (guint k = 0; k < from_notice->len; k++) {
                        const RecipientReport *other = g_ptr_array_index(from_notice, k);
                        bool is_same = g_ascii_strcasecmp(report->recipient, other->recipient) == 0;
                        if (!is_same && (reports->len > 1 || from_notice->len > 1))
                                continue;
                        report->delivery = other->delivery;
                        report->reply_class = other->reply_class;
                        g_strlcpy(report->status, other->status, STATUS_ROOM);
                }
        }
}

/* Points that the head of the message gives: what kind of sender, subject and envelope it has. */
static int count_points(const Message *message, const Patterns *patterns, bool is_report_type)
{
        const char *from = message_header(message, "From");
        const char *path = message_header(message, "Return-Path");
        const char *address = message_from(message);
        bool is_server = from != NULL && group_matches(patterns, "bounce_sender", from);
        bool has_null_path = path != NULL && g_str_has_prefix(path, "<>");
        bool is_answer = g_ascii_strncasecmp(message_subject(message), "re:", 3) == 0;
        bool is_person = !is_server && path != NULL && address != NULL && strstr(path, address) != NULL;
        return (is_report_type ? CERTAIN : 0) + (is_server ? 2 : 0) + (has_null_path ? 1 : 0) -
               (is_person ? 2 : 0) - (is_answer ? 1 : 0) +
               (message_header(message, "X-Failed-Recipients") != NULL ? CERTAIN : 0) +
               (group_matches(patterns, "bounce_subject", message_subject(message)) ? 2 : 0);
}

/* Nobody is named: our own mail, when it came back, says to whom it went. */
static void add_returned(const ReportParts *parts, const NoticeFacts *facts, GPtrArray *reports)
{
        if (reports->len > 0 || parts->returned_to == NULL)
                return;
        RecipientReport *report = g_new0(RecipientReport, 1);
        report->recipient = g_strdup(parts->returned_to);
        report->delivery = facts->says_delay ? DELIVERY_DELAYED : DELIVERY_FAILED;
        report->reply_class = status_reply_class(parts->notice->str);
        status_find(parts->notice->str, report->status);
        g_ptr_array_add(reports, report);
}

/* The recipients that words name: those of the header first. */
static NoticeFacts read_words(const Message *message, const Patterns *patterns, ReportParts *parts,
                              GPtrArray *reports)
{
        g_autofree char *to = address_scan_first(
                message_header(message, "To") != NULL ? message_header(message, "To") : "");
        const char *const not_them[] = { message_first_author(message) != NULL ? message_first_author(message)
                                                                               : "",
                                         to, NULL };
        size_t length = bounce_notice_length(parts->notice->str, patterns);
        /* The subject is the first line of the notice: some tell of a delay, or whom it is about, there only.
         */
        g_autofree char *notice =
                g_strdup_printf("%s\n\n%.*s", message_subject(message), (int)length, parts->notice->str);
        g_autoptr(GPtrArray) named = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_report_free);
        NoticeFacts facts = bounce_notice_read(notice, patterns, not_them, named);
        find_returned_to(parts, parts->notice->str + length);
        add_failed_header(message, reports);
        take_details(reports, named);
        if (reports->len == 0)
                g_ptr_array_extend_and_steal(reports, g_steal_pointer(&named));
        return facts;
}

static void say(GPtrArray *why, const char *fact)
{
        if (why != NULL)
                g_ptr_array_add(why, g_strdup(fact));
}

/* Is there a part that only reports have? Parts are looked at, not decoded. */
static bool has_report_part(GMimeObject *object)
{
        if (object == NULL || !GMIME_IS_MULTIPART(object))
                return object != NULL && is_status(object);
        if (is_report(object))
                return true;
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < count; i++)
                if (has_report_part(g_mime_multipart_get_part(GMIME_MULTIPART(object), i)))
                        return true;
        return false;
}

static ReportKind judge_fields(const ReportParts *parts, GPtrArray *why, GPtrArray *reports)
{
        bounce_fields_read(parts->fields->str, reports);
        if (reports->len == 0)
                bounce_fields_read(parts->notice->str, reports);
        ReportKind kind = keep_failures(reports);
        if (kind == REPORT_SUCCESS)
                say(why, "class: a delivery report of success");
        else if (kind == REPORT_FAILURE)
                say(why, "class: a delivery report with the fields of RFC 3464");
        return kind;
}

static bool names_somebody(const GPtrArray *reports)
{
        for (guint i = 0; i < reports->len; i++)
                if (((RecipientReport *)g_ptr_array_index(reports, i))->recipient != NULL)
                        return true;
        return false;
}

/* From no server, and only its subject and words tell of a failure: people write so too ("mon mail à M.
 * Berger n'a pas été remis"). A program gives the code, or the mail that came back. */
static bool may_be_person(const Message *message, const Patterns *patterns, const ReportParts *parts,
                          const GPtrArray *reports)
{
        const char *from = message_header(message, "From");
        const char *path = message_header(message, "Return-Path");
        if ((from != NULL && group_matches(patterns, "bounce_sender", from)) ||
            (path != NULL && g_str_has_prefix(path, "<>")) || parts->returned_to != NULL)
                return false;
        for (guint i = 0; i < reports->len; i++) {
                const RecipientReport *report = g_ptr_array_index(reports, i);
                if (report->status[0] != '\0' || report->reply_class != 0)
                        return false;
        }
        return true;
}

static ReportKind judge(Message *message, const Patterns *patterns, ReportParts *parts, int points,
                        GPtrArray *why, GPtrArray *reports)
{
        ReportKind kind = judge_fields(parts, why, reports);
        if (kind == REPORT_SUCCESS || (kind == REPORT_FAILURE && names_somebody(reports)))
                return kind;
        RecipientReport nameless = { 0 }; /* fields that name nobody still say what happened */
        if (kind == REPORT_FAILURE)
                nameless = *(RecipientReport *)g_ptr_array_index(reports, 0);
        g_ptr_array_set_size(reports, 0);
        NoticeFacts facts = read_words(message, patterns, parts, reports);
        points += (facts.says_failure || facts.says_delay ? 1 : 0) + (facts.is_certain ? 1 : 0);
        if (kind == REPORT_NONE && parts->fields->len == 0 &&
            (points < CERTAIN || (points < 2 * CERTAIN && may_be_person(message, patterns, parts, reports))))
                return REPORT_NONE;
        add_returned(parts, &facts, reports);
        for (guint i = 0; kind == REPORT_FAILURE && i < reports->len; i++) {
                RecipientReport *report = g_ptr_array_index(reports, i);
                report->delivery = nameless.delivery;
                g_strlcpy(report->status, nameless.status, STATUS_ROOM);
        }
        if (kind == REPORT_NONE)
                say(why, "class: a delivery report in words");
        return REPORT_FAILURE;
}

ReportKind bounce_report_read(Message *message, const Patterns *patterns, bool is_answer, GPtrArray *why,
                              GPtrArray **reports_out)
{
        g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_report_free);
        GMimeObject *mime = message_mime(message);
        ReportKind kind = REPORT_NONE;
        bool has_part = mime != NULL && has_report_part(mime);
        int points = mime != NULL && (has_part || !is_answer) ? count_points(message, patterns, has_part) : 0;
        if (points > 0) { /* else nothing that the text says would be enough */
                g_auto(ReportParts) parts;
                parts_read(&parts, message);
                kind = judge(message, patterns, &parts, points, why, reports);
        }
        if (reports_out != NULL)
                *reports_out = g_steal_pointer(&reports);
        return kind;
}
