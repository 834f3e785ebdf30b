#include "mail/compose.h"

#include "base/address.h"
#include "base/text.h"

#include <gmime/gmime.h>
#include <string.h>

enum { IDENTIFIER_MAX = 250, REFERENCES_TAIL = 3 };

GQuark compose_error_quark(void)
{
        return g_quark_from_static_string("facteur-compose");
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeFormatOptions, g_mime_format_options_free)

/* Headers: everything that comes from data is made harmless here, before GMime (MAIL.md D33). */

static char *clean_name(const char *name)
{
        g_autofree char *valid = text_make_valid(name != NULL ? name : "", name != NULL ? strlen(name) : 0);
        g_autofree char *line = text_single_line(valid);
        return text_strip_bidi(line);
}

static bool add_address(GMimeMessage *message, GMimeAddressType type, const char *name, const char *address,
                        GError **error)
{
        g_autofree char *normal = address != NULL ? address_normalise(address) : NULL;
        if (normal == NULL || !g_str_is_ascii(normal)) {
                g_set_error(error, COMPOSE_ERROR, COMPOSE_ERROR_ENVELOPE,
                            "no header may hold the address `%s`", address != NULL ? address : "");
                return false;
        }
        g_autofree char *shown = clean_name(name);
        InternetAddress *mailbox = internet_address_mailbox_new(shown[0] != '\0' ? shown : NULL, normal);
        internet_address_set_charset(mailbox, "utf-8");
        internet_address_list_add(g_mime_message_get_addresses(message, type), mailbox);
        g_object_unref(mailbox);
        return true;
}

/* dot-atom@dot-atom, or what others made: no blank, control, bracket or 8-bit byte. */
static bool is_identifier(const char *id)
{
        size_t length = strlen(id);
        if (length == 0 || length > IDENTIFIER_MAX || strchr(id, '@') == NULL)
                return false;
        for (const char *p = id; *p != '\0'; p++)
                if (*p <= ' ' || *p == 127 || *p == '<' || *p == '>')
                        return false;
        return true;
}

static bool append_identifier(GString *out, const char *id, GError **error)
{
        if (!is_identifier(id)) {
                g_set_error(error, COMPOSE_ERROR, COMPOSE_ERROR_ENVELOPE,
                            "no header may hold the Message-ID `%s`", id);
                return false;
        }
        g_string_append_printf(out, "%s<%s>", out->len > 0 ? " " : "", id);
        return true;
}

static bool set_identifiers(GMimeMessage *message, const Envelope *envelope, GError **error)
{
        GMimeObject *object = GMIME_OBJECT(message);
        g_autoptr(GString) own = g_string_new(NULL), parent = g_string_new(NULL), all = g_string_new(NULL);
        if (!append_identifier(own, envelope->message_id, error))
                return false;
        g_mime_object_set_header(object, "Message-ID", own->str, "utf-8");
        if (envelope->in_reply_to != NULL) {
                if (!append_identifier(parent, envelope->in_reply_to, error))
                        return false;
                g_mime_object_set_header(object, "In-Reply-To", parent->str, "utf-8");
        }
        guint count = envelope->references != NULL ? g_strv_length((char **)envelope->references) : 0;
        for (guint i = 0; i < count; i++)
                if ((i == 0 || i + REFERENCES_TAIL >= count) &&
                    !append_identifier(all, envelope->references[i], error))
                        return false;
        if (count > 0)
                g_mime_object_set_header(object, "References", all->str, "utf-8");
        return true;
}

static void set_date(GMimeMessage *message, const Envelope *envelope)
{
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(envelope->sent_at);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, envelope->zone);
        g_mime_message_set_date(message, local);
}

static void set_plain_header(GMimeMessage *message, const char *name, const char *value)
{
        g_autofree char *clean = clean_name(value);
        g_mime_object_set_header(GMIME_OBJECT(message), name, clean, "utf-8");
}

static GMimeMessage *make_headers(const Envelope *envelope, const char *subject, GError **error)
{
        g_autoptr(GMimeMessage) message = g_mime_message_new(FALSE);
        if (!add_address(message, GMIME_ADDRESS_TYPE_FROM, envelope->from_name, envelope->from_address,
                         error) ||
            (envelope->reply_to != NULL &&
             !add_address(message, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, envelope->reply_to, error)) ||
            !add_address(message, GMIME_ADDRESS_TYPE_TO, envelope->to_name, envelope->to_address, error))
                return NULL;
        g_autofree char *clean = clean_name(subject);
        g_mime_message_set_subject(message, clean, "utf-8");
        set_date(message, envelope);
        if (!set_identifiers(message, envelope, error))
                return NULL;
        set_plain_header(message, "Content-Language", envelope->language);
        set_plain_header(message, "Auto-Submitted", envelope->is_answer ? "auto-replied" : "auto-generated");
        /* Not "All": that would suppress the bounces we need. */
        set_plain_header(message, "X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply");
        set_plain_header(message, "X-Facteur-Loop", envelope->instance);
        if (envelope->list_id != NULL) {
                g_autofree char *list_id = g_strdup_printf("<%s>", envelope->list_id);
                set_plain_header(message, "List-Id", list_id);
        }
        return g_steal_pointer(&message);
}

/* Parts. */

static GMimeObject *make_part(const char *type, const char *subtype, const char *bytes, size_t size,
                              GMimeContentEncoding encoding)
{
        GMimePart *part = g_mime_part_new_with_type(type, subtype);
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, size);
        GMimeDataWrapper *content =
                g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
        g_mime_part_set_content(part, content);
        g_mime_part_set_content_encoding(part, encoding);
        g_object_unref(content);
        g_object_unref(stream);
        return GMIME_OBJECT(part);
}

static GMimeObject *make_text_part(const char *subtype, const char *text)
{
        GMimeObject *part =
                make_part("text", subtype, text, strlen(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
        g_mime_object_set_content_type_parameter(part, "charset", "utf-8");
        return part;
}

static GMimeObject *make_file_part(const MailFile *file)
{
        gsize size;
        const char *bytes = g_bytes_get_data(file->bytes, &size);
        g_auto(GStrv) type = g_strsplit(file->type, "/", 2);
        GMimeObject *part = make_part(type[0], type[0] != NULL && type[1] != NULL ? type[1] : "octet-stream",
                                      bytes, size, GMIME_CONTENT_ENCODING_BASE64);
        if (strcmp(file->type, "text/calendar") == 0) {
                g_mime_object_set_content_type_parameter(part, "charset", "utf-8");
                g_mime_object_set_content_type_parameter(part, "method", "PUBLISH");
        }
        g_autofree char *name = clean_name(file->name);
        g_mime_object_set_disposition(part, GMIME_DISPOSITION_ATTACHMENT);
        g_mime_part_set_filename(GMIME_PART(part), name);
        return part;
}

/* Boundaries follow from the Message-ID: the same mail has the same bytes. */
static GMimeMultipart *make_multipart(const char *subtype, const Envelope *envelope)
{
        GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);
        g_autofree char *seed = g_strconcat(subtype, " ", envelope->message_id, NULL);
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);
        g_autofree char *boundary = g_strdup_printf("=_%.32s", sum);
        g_mime_multipart_set_boundary(multipart, boundary);
        return multipart;
}

static void add_part(GMimeMultipart *multipart, GMimeObject *part)
{
        g_mime_multipart_add(multipart, part);
        g_object_unref(part);
}

static GMimeObject *make_body(const MailWords *words, const Envelope *envelope)
{
        GMimeMultipart *alternative = make_multipart("alternative", envelope);
        add_part(alternative, make_text_part("plain", words->text));
        add_part(alternative, make_text_part("html", words->html));
        if (envelope->file_count == 0)
                return GMIME_OBJECT(alternative);
        GMimeMultipart *mixed = make_multipart("mixed", envelope);
        add_part(mixed, GMIME_OBJECT(alternative));
        for (size_t i = 0; i < envelope->file_count; i++)
                add_part(mixed, make_file_part(&envelope->files[i]));
        return GMIME_OBJECT(mixed);
}

static GBytes *message_bytes(GMimeMessage *message)
{
        g_autoptr(GMimeFormatOptions) options = g_mime_format_options_clone(NULL);
        g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
        GByteArray *bytes = g_byte_array_sized_new(16384);
        GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
        g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
        g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
        g_object_unref(stream);
        return g_byte_array_free_to_bytes(bytes);
}

GBytes *mail_compose(const MailTemplates *templates, const char *key, const json_t *view,
                     const Envelope *envelope, GError **error)
{
        static gsize is_ready = 0;
        if (g_once_init_enter(&is_ready)) {
                g_mime_init();
                g_once_init_leave(&is_ready, 1);
        }
        g_auto(MailWords) words = { 0 };
        if (!mail_words_render(templates, key, view, envelope->language, &words, error))
                return NULL;
        g_autoptr(GMimeMessage) message = make_headers(envelope, words.subject, error);
        if (message == NULL)
                return NULL;
        GMimeObject *body = make_body(&words, envelope);
        g_mime_message_set_mime_part(message, body);
        g_object_unref(body);
        return message_bytes(message);
}
