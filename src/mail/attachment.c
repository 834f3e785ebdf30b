#include "mail/attachment.h"

#include "mail/message_text.h"

#include <magic.h>
#include <string.h>

enum { NAME_MAX_OCTETS = 120, HEAD_BYTES = 4096 };

static magic_t magic;

void attachment_types_load(void)
{
        if (magic != NULL)
                return;
        magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR);
        if (magic != NULL && magic_load(magic, NULL) != 0)
                g_clear_pointer(&magic, magic_close);
}

/* A name that is safe as a file name and on one line. */
static char *safe_name(const char *name)
{
        g_autofree char *normal = g_utf8_normalize(name, -1, G_NORMALIZE_NFC);
        GString *out = g_string_new(NULL);
        for (const char *p = normal != NULL ? normal : ""; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                bool is_dropped = g_unichar_iscntrl(c) || c == '/' || c == '\\' || c == ':' ||
                                  (out->len == 0 && c == '.');
                if (!is_dropped)
                        g_string_append_unichar(out, c);
        }
        if (out->len > NAME_MAX_OCTETS) {
                const char *end = g_utf8_find_prev_char(out->str, out->str + NAME_MAX_OCTETS + 1);
                g_string_truncate(out, (gsize)(end - out->str));
        }
        return g_string_free(out, FALSE);
}

static char *true_type(GMimeObject *part, GBytes *content)
{
        GMimeContentType *declared = g_mime_object_get_content_type(part);
        g_autofree char *type = declared != NULL ? g_mime_content_type_get_mime_type(declared)
                                                 : g_strdup("application/octet-stream");
        size_t size = 0;
        const void *bytes = content != NULL ? g_bytes_get_data(content, &size) : NULL;
        if (magic == NULL || size == 0)
                return g_ascii_strdown(type, -1);
        const char *found = magic_buffer(magic, bytes, MIN(size, HEAD_BYTES));
        return found != NULL && strcmp(found, "text/plain") != 0 &&
                               strcmp(found, "application/octet-stream") != 0
                       ? g_strdup(found)
                       : g_ascii_strdown(type, -1);
}

static void add_part(Message *message, GMimeObject *part, GPtrArray *attachments)
{
        const MessageBody *body = message_body(message);
        bool is_shown = g_ptr_array_find(body->shown, part, NULL);
        g_autofree char *name = part_name(part, message_hint(message));
        if (name == NULL && (is_shown || part == GMIME_OBJECT(body->html) || part_is_type(part, "text", "*")))
                return;
        g_autoptr(GBytes) content = GMIME_IS_PART(part) ? part_content(GMIME_PART(part), G_MAXINT32) : NULL;
        Attachment *attachment = g_new0(Attachment, 1);
        attachment->name = g_strdup(name != NULL ? name : "");
        attachment->file_name = safe_name(attachment->name);
        attachment->type = true_type(part, content);
        attachment->size_bytes = content != NULL ? (int64_t)g_bytes_get_size(content) : 0;
        const char *disposition = g_mime_object_get_disposition(part);
        attachment->is_inline =
                is_shown || (disposition != NULL && g_ascii_strcasecmp(disposition, "inline") == 0 &&
                             part_is_type(part, "image", "*"));
        g_ptr_array_add(attachments, attachment);
}

static void add_parts(Message *message, GMimeObject *object, GPtrArray *attachments)
{
        if (object == NULL)
                return;
        if (!GMIME_IS_MULTIPART(object)) {
                add_part(message, object, attachments);
                return;
        }
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < count; i++)
                add_parts(message, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), attachments);
}

void attachments_read(Message *message, GPtrArray *attachments)
{
        GMimeMessage *mime = message_parsed(message);
        if (mime != NULL)
                add_parts(message, g_mime_message_get_mime_part(mime), attachments);
}
