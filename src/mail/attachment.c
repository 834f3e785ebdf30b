#include "mail/attachment.h"

#include "mail/charset.h"
#include "mail/message_text.h"
#include "mail/zip_directory.h"

#include <magic.h>
#include <string.h>

enum { NAME_MAX_OCTETS = 120 };

static const char type_unknown[] = "application/octet-stream";
static const char type_zip[] = "application/zip";

/* Marks at the very beginning. A type that stands here is never believed from libmagic or the declaration,
 * which find it further on too. */
static const struct {
        const char *mark;
        size_t length;
        const char *type;
} marks[] = {
        { "%PDF-", 5, "application/pdf" },
        { "\x89PNG\r\n\x1A\n", 8, "image/png" },
        { "\xFF\xD8\xFF", 3, "image/jpeg" },
        { "GIF87a", 6, "image/gif" },
        { "GIF89a", 6, "image/gif" },
        { "PK\3\4", 4, type_zip },
        { "PK\5\6", 4, type_zip },
        { "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "application/x-ole-storage" },
        { "\x78\x9F\x3E\x22", 4, ATTACHMENT_TYPE_TNEF },
        { "{\\rtf", 5, "application/rtf" },
        { "MZ", 2, "application/x-dosexec" },
        { "\x7F"
          "ELF",
          4, "application/x-executable" },
        { "Rar!\x1A\x07", 6, "application/x-rar" },
        { "7z\xBC\xAF\x27\x1C", 6, "application/x-7z-compressed" },
};

/* An extension agrees with a type. Taken are those that anyone can open; one file format with all older
 * Office files, a .doc is known by its name. */
static const struct {
        const char *extension;
        const char *type;
        bool is_taken;
} extensions[] = {
        { "pdf", "application/pdf", true },
        { "png", "image/png", true },
        { "jpg", "image/jpeg", true },
        { "jpeg", "image/jpeg", true },
        { "jfif", "image/jpeg", true },
        { "gif", "image/gif", false },
        { "odt", "application/vnd.oasis.opendocument.text", true },
        { "ods", "application/vnd.oasis.opendocument.spreadsheet", false },
        { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", true },
        { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false },
        { "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", false },
        { "doc", "application/x-ole-storage", true },
        { "doc", "application/msword", false }, /* as declared alone */
        { "doc", "application/rtf", true },
        { "xls", "application/x-ole-storage", false },
        { "ppt", "application/x-ole-storage", false },
        { "msg", "application/x-ole-storage", false },
        { "rtf", "application/rtf", false },
        { "zip", type_zip, false },
        { "csv", "text/csv", false },
        { "csv", "text/plain", false },
        { "txt", "text/plain", false },
        { "vcf", "text/vcard", false },
        { "vcf", "text/x-vcard", false },
        { "ics", "text/calendar", false },
};

static magic_t magic;

void attachment_types_load(void)
{
        if (magic != NULL)
                return;
        /* NO_CHECK_COMPRESS: it would start other programs. */
        magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                           MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_ELF);
        if (magic != NULL && magic_load(magic, NULL) != 0)
                g_clear_pointer(&magic, magic_close);
}

char *attachment_safe_name(const char *name)
{
        g_autofree char *normal = g_utf8_normalize(name, -1, G_NORMALIZE_NFC);
        GString *out = g_string_new(NULL);
        for (const char *p = normal != NULL ? normal : ""; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                bool is_dropped = g_unichar_iscntrl(c) || g_unichar_type(c) == G_UNICODE_FORMAT || c == '/' ||
                                  c == '\\' || c == ':' || (out->len == 0 && (c == '.' || c == ' '));
                if (!is_dropped)
                        g_string_append_unichar(out, c);
        }
        if (out->len > NAME_MAX_OCTETS) { /* the extension stays */
                const char *dot = strrchr(out->str, '.');
                g_autofree char *extension = g_strdup(dot != NULL && strlen(dot) <= 8 ? dot : "");
                const char *end = out->str + NAME_MAX_OCTETS - strlen(extension);
                while ((*end & 0xC0) == 0x80)
                        end--;
                g_string_truncate(out, (gsize)(end - out->str));
                g_string_append(out, extension);
        }
        return g_string_free(out, FALSE);
}

static const char *marked_type(const unsigned char *bytes, size_t size)
{
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
                if (size >= marks[i].length && memcmp(bytes, marks[i].mark, marks[i].length) == 0)
                        return marks[i].type;
        return NULL;
}

static bool has_mark(const char *type)
{
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
                if (strcmp(marks[i].type, type) == 0)
                        return true;
        return g_str_has_prefix(type, "application/vnd.openxmlformats") ||
               g_str_has_prefix(type, "application/vnd.oasis");
}

static const char *type_in_zip(const unsigned char *head, size_t head_size, const unsigned char *tail,
                               size_t tail_size, size_t offset)
{
        ZipDirectory directory = zip_directory_read(head, head_size, tail, tail_size, offset);
        if (directory.has_macros)
                return "application/vnd.ms-office.macroEnabled";
        return directory.is_sound && !directory.is_encrypted && directory.type != NULL ? directory.type
                                                                                       : type_zip;
}

static const char *zip_type(GMimePart *part, const unsigned char *head, size_t head_size)
{
        size_t offset, size;
        g_autoptr(GBytes) tail = part_tail(part, ZIP_TAIL_BYTES, &offset);
        const unsigned char *bytes = g_bytes_get_data(tail, &size);
        return type_in_zip(head, head_size, bytes, size, offset);
}

const char *attachment_type_of(const void *head, size_t head_size, const void *tail, size_t tail_size,
                               size_t offset)
{
        const char *type = marked_type(head, head_size);
        if (type == type_zip)
                return type_in_zip(head, head_size, tail, tail_size, offset);
        return type != NULL ? type : type_unknown;
}

static char *declared_type(GMimeObject *part)
{
        GMimeContentType *declared = g_mime_object_get_content_type(part);
        if (declared == NULL)
                return g_strdup(type_unknown);
        g_autofree char *type = g_mime_content_type_get_mime_type(declared);
        g_autofree char *valid = g_utf8_make_valid(type, -1);
        return g_ascii_strdown(valid, -1);
}

/* libmagic's word for what has no mark; NULL when it has none that can be believed. */
static const char *magic_type(const void *bytes, size_t size)
{
        const char *type = magic != NULL ? magic_buffer(magic, bytes, size) : NULL;
        if (type == NULL || strcmp(type, type_unknown) == 0 || strcmp(type, "text/plain") == 0 ||
            strcmp(type, "inode/x-empty") == 0)
                return NULL;
        return has_mark(type) ? type_unknown : type;
}

static char *true_type(GMimeObject *object)
{
        g_autofree char *declared = declared_type(object);
        if (!GMIME_IS_PART(object))
                return g_steal_pointer(&declared);
        g_autoptr(GBytes) head = part_content(GMIME_PART(object), ATTACHMENT_HEAD_BYTES);
        size_t size = 0;
        const unsigned char *bytes = head != NULL ? g_bytes_get_data(head, &size) : NULL;
        const char *type = size > 0 ? marked_type(bytes, size) : NULL;
        if (type == type_zip)
                type = zip_type(GMIME_PART(object), bytes, size);
        if (type == NULL && size > 0 && !g_str_has_prefix(declared, "text/"))
                type = magic_type(bytes, size);
        if (type != NULL)
                return g_strdup(type);
        return has_mark(declared) ? g_strdup(type_unknown) : g_steal_pointer(&declared);
}

/* ------ what was handed in, and what came along */

typedef struct {
        Message *message;
        GPtrArray *attachments;
} Lister;

static bool is_companion_type(const char *type)
{
        static const char *const types[] = { "text/vcard",
                                             "text/x-vcard",
                                             "text/directory",
                                             "text/calendar",
                                             "application/ics",
                                             "application/pkcs7-signature",
                                             "application/x-pkcs7-signature",
                                             "application/pgp-signature",
                                             "application/pgp-encrypted",
                                             "application/pgp-keys",
                                             NULL };
        return g_strv_contains(types, type);
}

/* Exchange cuts a text around a picture and gives the pieces such names. */
static bool is_exchange_piece(const char *name)
{
        return g_str_has_prefix(name, "ATT0") &&
               (g_str_has_suffix(name, ".txt") || g_str_has_suffix(name, ".htm"));
}

static bool is_inline(const Attachment *attachment, GMimeObject *part, bool is_related)
{
        const char *disposition = g_mime_object_get_disposition(part);
        bool says_attachment = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
        if (is_companion_type(attachment->type) || is_exchange_piece(attachment->name) ||
            g_str_has_suffix(attachment->name, ".vcf"))
                return true;
        /* A photograph that a telephone puts between two lines is inline too, but large. */
        bool is_in_text = is_related || (!says_attachment && g_mime_object_get_content_id(part) != NULL);
        return g_str_has_prefix(attachment->type, "image/") && is_in_text &&
               attachment->size_bytes <= ATTACHMENT_LOGO_MAX_BYTES;
}

static void add_part(Lister *lister, GMimeObject *part, bool is_related)
{
        const MessageBody *body = message_body(lister->message);
        bool is_shown = body->shown != NULL && g_ptr_array_find(body->shown, part, NULL);
        g_autofree char *name = part_name(part, message_hint(lister->message));
        if (name == NULL &&
            (is_shown || part_is_type(part, "text", "*") || part_is_type(part, "message", "*")))
                return;
        Attachment *attachment = g_new0(Attachment, 1);
        attachment->name = g_strdup(name != NULL ? name : "");
        attachment->file_name = attachment_safe_name(attachment->name);
        attachment->type = true_type(part);
        attachment->size_bytes = GMIME_IS_PART(part) ? part_size(GMIME_PART(part)) : 0;
        attachment->is_inline = is_shown || is_inline(attachment, part, is_related);
        g_ptr_array_add(lister->attachments, attachment);
}

static void add_parts(Lister *lister, GMimeObject *object, bool is_related)
{
        if (!GMIME_IS_MULTIPART(object)) {
                add_part(lister, object, is_related);
                return;
        }
        is_related = part_is_type(object, "multipart", "related");
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < count; i++)
                add_parts(lister, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), is_related);
}

void attachments_read(Message *message, GPtrArray *attachments)
{
        GMimeObject *root = message_parsed(message);
        Lister lister = { message, attachments };
        if (root != NULL)
                add_parts(&lister, root, false);
}

static bool is_table(GMimeObject *part, const char *name)
{
        g_autofree char *lower = g_ascii_strdown(name, -1);
        return GMIME_IS_PART(part) && (g_str_has_suffix(lower, ".csv") || part_is_type(part, "text", "csv"));
}

static GMimePart *find_table(Message *message, GMimeObject *object, char **name_out)
{
        if (!GMIME_IS_MULTIPART(object)) {
                g_autofree char *name = part_name(object, message_hint(message));
                if (!is_table(object, name != NULL ? name : ""))
                        return NULL;
                *name_out = attachment_safe_name(name != NULL ? name : "");
                return GMIME_PART(object);
        }
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < count; i++) {
                GMimeObject *part = g_mime_multipart_get_part(GMIME_MULTIPART(object), i);
                GMimePart *table = find_table(message, part, name_out);
                if (table != NULL)
                        return table;
        }
        return NULL;
}

char *attachment_table(Message *message, char **name_out)
{
        GMimeObject *root = message_parsed(message);
        *name_out = NULL;
        GMimePart *part = root != NULL ? find_table(message, root, name_out) : NULL;
        if (part == NULL)
                return NULL;
        g_autoptr(GBytes) bytes = part_content(part, ATTACHMENT_TABLE_MAX_BYTES + 1);
        gsize size = 0;
        const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
        const char *charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
        return text != NULL && size <= ATTACHMENT_TABLE_MAX_BYTES ? charset_decode(text, size, charset, false)
                                                                  : NULL;
}

/* NULL: whatever the extension, or the type. */
static bool has_kind(const char *file_name, const char *type, bool is_taken)
{
        const char *dot = file_name != NULL ? strrchr(file_name, '.') : NULL;
        if (file_name != NULL && dot == NULL)
                return false;
        for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++)
                if ((dot == NULL || g_ascii_strcasecmp(extensions[i].extension, dot + 1) == 0) &&
                    (type == NULL || g_ascii_strcasecmp(extensions[i].type, type) == 0) &&
                    (extensions[i].is_taken || !is_taken))
                        return true;
        return false;
}

bool attachment_agrees(const Attachment *attachment)
{
        return has_kind(attachment->file_name, attachment->type, false);
}

bool attachment_is_taken(const char *file_name, const char *type)
{
        return has_kind(file_name, type, true);
}

static bool is_small_picture(const Attachment *attachment)
{
        return g_str_has_prefix(attachment->type, "image/") &&
               attachment->size_bytes <= ATTACHMENT_LOGO_MAX_BYTES;
}

AttachmentVerdict attachment_judge(const Attachment *attachment)
{
        const char *name = attachment->file_name, *type = attachment->type;
        if (strcmp(type, ATTACHMENT_TYPE_TNEF) == 0)
                return ATTACHMENT_TNEF;
        if (attachment->is_inline || attachment->size_bytes == 0 || is_small_picture(attachment) ||
            g_str_has_prefix(type, "message/"))
                return ATTACHMENT_FINE;
        if (attachment_is_taken(name, type))
                return attachment->size_bytes > ATTACHMENT_MAX_BYTES ? ATTACHMENT_LARGE : ATTACHMENT_FINE;
        bool is_promised = has_kind(name, NULL, true) || has_kind(NULL, type, true);
        return is_promised && !attachment_agrees(attachment) ? ATTACHMENT_DISGUISED : ATTACHMENT_REFUSED;
}
