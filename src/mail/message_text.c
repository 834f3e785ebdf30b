#include "mail/message_text.h"

#include "mail/charset.h"
#include "mail/flowed.h"
#include "mail/header_text.h"
#include "mail/html_text.h"

#include <string.h>

/* The encoded bytes: the parser leaves them where they are, in the caller's buffer. */
static const char *encoded_content(GMimePart *part, size_t *size_out)
{
        GMimeDataWrapper *content = g_mime_part_get_content(part);
        GMimeStream *stream = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
        if (stream == NULL || !GMIME_IS_STREAM_MEM(stream))
                return NULL;
        const GByteArray *buffer = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
        gint64 length = g_mime_stream_length(stream);
        if (buffer == NULL || length < 0 || stream->bound_start < 0 ||
            stream->bound_start + length > (gint64)buffer->len)
                return NULL;
        *size_out = (size_t)length;
        return (const char *)buffer->data + stream->bound_start;
}

GBytes *part_content(GMimePart *part, size_t limit)
{
        size_t size;
        const char *encoded = encoded_content(part, &size);
        if (encoded == NULL)
                return NULL;
        GMimeContentEncoding encoding = g_mime_part_get_content_encoding(part);
        if (encoding != GMIME_CONTENT_ENCODING_BASE64 && encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
            encoding != GMIME_CONTENT_ENCODING_UUENCODE)
                return g_bytes_new_static(encoded, MIN(size, limit));
        size = MIN(size, 4 * limit);
        GMimeEncoding state;
        g_mime_encoding_init_decode(&state, encoding);
        char *out = g_malloc(g_mime_encoding_outlen(&state, size) + 1);
        size_t length = g_mime_encoding_step(&state, encoded, size, out);
        length += g_mime_encoding_flush(&state, "", 0, out + length);
        return g_bytes_new_take(out, MIN(length, limit));
}

static int64_t base64_size(const char *encoded, size_t size)
{
        int64_t characters = 0;
        for (size_t i = 0; i < size; i++)
                characters += g_ascii_isalnum(encoded[i]) || encoded[i] == '+' || encoded[i] == '/';
        return characters * 3 / 4;
}

int64_t part_size(GMimePart *part)
{
        size_t size;
        const char *encoded = encoded_content(part, &size);
        if (encoded == NULL)
                return 0;
        if (g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_BASE64)
                return base64_size(encoded, size);
        if (g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
            g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_UUENCODE) {
                g_autoptr(GBytes) content = part_content(part, size);
                return (int64_t)g_bytes_get_size(content);
        }
        return (int64_t)size;
}

/* Where the characters of base64 from number `first` on begin. */
static size_t base64_place(const char *encoded, size_t size, int64_t first)
{
        size_t i = 0;
        for (; i < size && first > 0; i++)
                first -= g_ascii_isalnum(encoded[i]) || encoded[i] == '+' || encoded[i] == '/';
        return i;
}

GBytes *part_tail(GMimePart *part, size_t limit, size_t *offset_out)
{
        size_t size;
        const char *encoded = encoded_content(part, &size);
        *offset_out = 0;
        int64_t whole = part_size(part);
        if (encoded == NULL || whole <= (int64_t)limit)
                return part_content(part, limit);
        if (g_mime_part_get_content_encoding(part) != GMIME_CONTENT_ENCODING_BASE64) {
                g_autoptr(GBytes) content = part_content(part, size);
                *offset_out = g_bytes_get_size(content) - MIN(limit, g_bytes_get_size(content));
                return g_bytes_new_from_bytes(content, *offset_out, g_bytes_get_size(content) - *offset_out);
        }
        int64_t quartets = (whole - (int64_t)limit) / 3; /* four characters are three bytes */
        size_t place = base64_place(encoded, size, quartets * 4);
        *offset_out = (size_t)quartets * 3;
        GMimeEncoding state;
        g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
        char *out = g_malloc(g_mime_encoding_outlen(&state, size - place) + 1);
        size_t length = g_mime_encoding_step(&state, encoded + place, size - place, out);
        length += g_mime_encoding_flush(&state, "", 0, out + length);
        return g_bytes_new_take(out, length);
}

static void remove_returns(char *text)
{
        char *to = strchr(text, '\r');
        if (to == NULL)
                return;
        for (const char *from = to; *from != '\0';) {
                if (*from == '\r') {
                        if (from[1] != '\n') /* old Macintosh */
                                *to++ = '\n';
                        from++;
                        continue;
                }
                size_t length = (size_t)(strchrnul(from, '\r') - from);
                memmove(to, from, length);
                to += length;
                from += length;
        }
        *to = '\0';
}

char *part_text(GMimePart *part, const HeaderHint *hint)
{
        g_autoptr(GBytes) content = part_content(part, MESSAGE_MAX_TEXT_BYTES);
        if (content == NULL)
                return g_strdup("");
        size_t size;
        const char *bytes = g_bytes_get_data(content, &size);
        GMimeObject *object = GMIME_OBJECT(part);
        const char *charset = g_mime_object_get_content_type_parameter(object, "charset");
        g_autofree char *text = charset_decode(bytes, size, charset, hint->is_arabic);
        remove_returns(text);
        const char *format = g_mime_object_get_content_type_parameter(object, "format");
        if (format == NULL || g_ascii_strcasecmp(format, "flowed") != 0)
                return g_steal_pointer(&text);
        const char *delsp = g_mime_object_get_content_type_parameter(object, "delsp");
        return flowed_unfold(text, delsp != NULL && g_ascii_strcasecmp(delsp, "yes") == 0);
}

static char *raw_parameter(GMimeObject *part, const char *header, const char *name, const HeaderHint *hint)
{
        GMimeHeader *field = g_mime_header_list_get_header(g_mime_object_get_header_list(part), header);
        const char *raw = field != NULL ? g_mime_header_get_raw_value(field) : NULL;
        return raw != NULL ? header_parameter(raw, strlen(raw), name, hint) : NULL;
}

char *part_name(GMimeObject *part, const HeaderHint *hint)
{
        g_autofree char *name = raw_parameter(part, "Content-Disposition", "filename", hint);
        if (name == NULL || name[0] == '\0') {
                g_free(name);
                name = raw_parameter(part, "Content-Type", "name", hint);
        }
        return name != NULL && name[0] != '\0' ? g_steal_pointer(&name) : NULL;
}

bool part_is_type(GMimeObject *part, const char *type, const char *subtype)
{
        GMimeContentType *content_type = g_mime_object_get_content_type(part);
        return content_type != NULL && g_mime_content_type_is_type(content_type, type, subtype);
}

static bool has_words(const char *text)
{
        for (; *text != '\0'; text = g_utf8_next_char(text)) {
                gunichar c = g_utf8_get_char(text);
                if (c > 0x20 && c != 0xA0 && c != 0xFEFF && c != 0xFFFC && !g_unichar_isspace(c))
                        return true;
        }
        return false;
}

/* Decoding never makes more of it. */
static bool is_larger(GMimePart *part, int64_t limit)
{
        size_t size;
        return encoded_content(part, &size) != NULL && (int64_t)size > limit && part_size(part) > limit;
}

/* ------ which parts are shown */

typedef struct {
        MessageBody *body;
        const HeaderHint *hint;
} Collector;

static void collect(Collector *collector, GMimeObject *object);

/* Length of text up to the line that would be one too many. */
static size_t length_of_lines(const char *text, size_t lines)
{
        const char *p = text;
        for (; lines > 0 && *p != '\0'; lines--) {
                const char *newline = strchrnul(p, '\n');
                p = *newline == '\n' ? newline + 1 : newline;
        }
        return (size_t)(p - text);
}

static void append_block(MessageBody *body, const char *text)
{
        if (body->text->len > 0 && !g_str_has_suffix(body->text->str, "\n"))
                g_string_append_c(body->text, '\n');
        size_t length = length_of_lines(text, MESSAGE_MAX_TEXT_LINES);
        body->is_cut |= text[length] != '\0' || body->text->len >= MESSAGE_MAX_TEXT_BYTES;
        if (body->text->len < MESSAGE_MAX_TEXT_BYTES)
                g_string_append_len(body->text, text, (gssize)length);
}

/* A text that came as a file is not what the person wrote, unless nothing else was written. */
static bool is_file(Collector *collector, GMimeObject *object)
{
        const char *disposition = g_mime_object_get_disposition(object);
        if (disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0)
                return true;
        if (collector->body->text->len == 0)
                return false;
        g_autofree char *name = part_name(object, collector->hint);
        return name != NULL;
}

static void collect_leaf(Collector *collector, GMimeObject *object)
{
        MessageBody *body = collector->body;
        bool is_html = part_is_type(object, "text", "html");
        if (!is_html && !part_is_type(object, "text", "plain") && !part_is_type(object, "text", "enriched"))
                return;
        if (object->content_type != NULL && is_file(collector, object))
                return;
        if (is_html && body->html == NULL)
                body->html = GMIME_PART(object);
        g_autofree char *text = part_text(GMIME_PART(object), collector->hint);
        body->is_cut |= is_larger(GMIME_PART(object), MESSAGE_MAX_TEXT_BYTES);
        g_ptr_array_add(body->shown, object);
        if (!is_html) {
                append_block(body, text);
                return;
        }
        body->is_html_only = body->text->len == 0;
        g_autofree char *words = html_text(text, strlen(text), NULL, NULL);
        append_block(body, words);
}

/* The plain version when it has words, else the richest that has some. */
static void collect_alternative(Collector *collector, GMimeMultipart *multipart)
{
        MessageBody *body = collector->body;
        int count = g_mime_multipart_get_count(multipart), plain = -1;
        size_t before = body->text->len;
        for (int i = 0; i < count && plain < 0; i++) {
                GMimeObject *part = g_mime_multipart_get_part(multipart, i);
                if (!part_is_type(part, "text", "plain"))
                        continue;
                plain = i;
                collect(collector, part);
        }
        bool is_found = has_words(body->text->str + before);
        for (int i = count - 1; i >= 0; i--) {
                GMimeObject *part = g_mime_multipart_get_part(multipart, i);
                if (i == plain)
                        continue;
                if (part_is_type(part, "text", "html") && body->html == NULL)
                        body->html = GMIME_PART(part);
                if (is_found)
                        continue;
                g_string_truncate(body->text, before);
                collect(collector, part);
                is_found = has_words(body->text->str + before);
        }
}

/* The root of multipart/related: the part that `start` names, else the first. */
static void collect_related(Collector *collector, GMimeMultipart *multipart)
{
        if (g_mime_multipart_get_count(multipart) == 0)
                return;
        const char *start = g_mime_object_get_content_type_parameter(GMIME_OBJECT(multipart), "start");
        g_autofree char *id = start != NULL ? g_mime_utils_decode_message_id(start) : NULL;
        GMimeObject *root = id != NULL ? g_mime_multipart_get_subpart_from_content_id(multipart, id) : NULL;
        collect(collector, root != NULL ? root : g_mime_multipart_get_part(multipart, 0));
}

/* A multipart whose boundary is missing or another: all of it is before the first part, and is shown. */
static void collect_unparted(Collector *collector, GMimeMultipart *multipart)
{
        const char *prologue = g_mime_multipart_get_prologue(multipart);
        if (prologue == NULL)
                return;
        g_autofree char *text = charset_decode(prologue, MIN(strlen(prologue), MESSAGE_MAX_TEXT_BYTES), NULL,
                                               collector->hint->is_arabic);
        remove_returns(text);
        append_block(collector->body, text);
}

static void collect(Collector *collector, GMimeObject *object)
{
        if (GMIME_IS_PART(object)) {
                collect_leaf(collector, object);
                return;
        }
        if (!GMIME_IS_MULTIPART(object) || part_is_type(object, "multipart", "encrypted"))
                return;
        GMimeMultipart *multipart = GMIME_MULTIPART(object);
        if (part_is_type(object, "multipart", "alternative")) {
                collect_alternative(collector, multipart);
                return;
        }
        if (part_is_type(object, "multipart", "related")) {
                collect_related(collector, multipart);
                return;
        }
        if (g_mime_multipart_get_count(multipart) == 0) {
                collect_unparted(collector, multipart);
                return;
        }
        bool is_first_only = part_is_type(object, "multipart", "signed");
        int count = g_mime_multipart_get_count(multipart);
        for (int i = 0; i < (is_first_only ? MIN(count, 1) : count); i++)
                collect(collector, g_mime_multipart_get_part(multipart, i));
}

void message_body_read(GMimeObject *root, const HeaderHint *hint, MessageBody *body_out)
{
        *body_out = (MessageBody){ .text = g_string_new(NULL), .shown = g_ptr_array_new() };
        Collector collector = { body_out, hint };
        collect(&collector, root);
}
