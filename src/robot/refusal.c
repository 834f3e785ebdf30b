#include "robot/refusal.h"

#include "base/address.h"
#include "base/text.h"

#include <gmime/gmime.h>
#include <string.h>

/* "5.1.1" of "550 5.1.1 no such user"; 5.0.0 when the server gives none (RFC 3463). */
static void read_status(const char *text, char status_out[16])
{
        unsigned class, subject, detail;
        if (sscanf(text, "%*3u%*1[- ]%1u.%3u.%3u", &class, &subject, &detail) == 3 && class == 5)
                g_snprintf(status_out, 16, "%u.%u.%u", class, subject, detail);
        else
                g_strlcpy(status_out, "5.0.0", 16);
}

static GMimeObject *make_part(const char *type, const char *subtype, const char *text)
{
        GMimePart *part = g_mime_part_new_with_type(type, subtype);
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text, strlen(text));
        GMimeDataWrapper *content =
                g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
        g_mime_part_set_content(part, content);
        g_object_unref(content);
        g_object_unref(stream);
        return GMIME_OBJECT(part);
}

static void add_part(GMimeMultipart *report, const char *type, const char *subtype, const char *text)
{
        GMimeObject *part = make_part(type, subtype, text);
        g_mime_multipart_add(report, part);
        g_object_unref(part);
}

static GMimeMultipart *make_report(const OutboxMail *mail, const SmtpReply *reply)
{
        char status[16];
        read_status(reply->text, status);
        g_autofree char *said = text_single_line(reply->text);
        g_strcanon(said, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;-_<>@()[]/+='",
                   '?');
        g_autofree char *words =
                g_strdup_printf("The submission server refused this recipient at once:\r\n\r\n<%s>: %s\r\n",
                                mail->recipient, said);
        g_autofree char *facts =
                g_strdup_printf("Reporting-MTA: dns; localhost\r\n\r\n"
                                "Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: %s\r\n"
                                "Diagnostic-Code: smtp; %s\r\n",
                                mail->recipient, status, said);
        g_autofree char *returned =
                g_strdup_printf("Message-ID: <%s>\r\nTo: %s\r\n", mail->message_id, mail->recipient);
        GMimeMultipart *report = g_mime_multipart_new_with_subtype("report");
        GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(report));
        g_mime_content_type_set_parameter(type, "report-type", "delivery-status");
        add_part(report, "text", "plain", words);
        add_part(report, "message", "delivery-status", facts);
        add_part(report, "text", "rfc822-headers", returned);
        return report;
}

GBytes *refusal_compose(const Config *config, const OutboxMail *mail, const SmtpReply *reply, int64_t now)
{
        g_mime_init(); /* counted: more than once is fine */
        const char *domain = address_domain(config->address);
        GMimeMessage *message = g_mime_message_new(TRUE);
        g_autofree char *daemon = g_strdup_printf("mailer-daemon@%s", domain);
        g_autofree char *id = g_strdup_printf("refused.%" G_GINT64_FORMAT ".%s", mail->id, mail->message_id);
        g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(now);
        g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, "Mail Delivery System", daemon);
        g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL,
                                   mail->envelope_from[0] != '\0' ? mail->envelope_from : config->address);
        g_mime_message_set_subject(message, "Undelivered Mail Returned to Sender", NULL);
        g_mime_message_set_message_id(message, id);
        g_mime_message_set_date(message, date);
        g_mime_object_set_header(GMIME_OBJECT(message), "Return-Path", "<>", NULL);
        g_mime_object_set_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-replied", NULL);
        GMimeMultipart *report = make_report(mail, reply);
        g_mime_message_set_mime_part(message, GMIME_OBJECT(report));
        g_object_unref(report);

        GMimeFormatOptions *format = g_mime_format_options_new();
        g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
        char *bytes = g_mime_object_to_string(GMIME_OBJECT(message), format);
        g_mime_format_options_free(format);
        g_object_unref(message);
        return g_bytes_new_take(bytes, strlen(bytes));
}
