#include "mail/message.h"

#include "base/text.h"
#include "mail/header_text.h"
#include "mail/message_scan.h"
#include "mail/message_text.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

struct Message {
        GBytes *raw;
        MessageScan scan;
        GMimeObject *mime;  /* NULL when it was not parsed */
        GByteArray *bytes;  /* what the parser reads: raw's, not its own */
        char **decoded;     /* beside scan.headers; NULL until asked for */
        GPtrArray *authors; /* of HeaderAddress */
        char *id;
        char *sender;
        char *charset; /* declared for the body; NULL */
        HeaderHint hint;
        bool has_body;
        MessageBody body;
        char *html;
};

static void start_library(void)
{
        static gsize is_started;
        if (g_once_init_enter(&is_started)) {
                g_mime_init();
                g_once_init_leave(&is_started, 1);
        }
}

/* Parses over the bytes of raw, which are not copied. As a part: addresses and dates, which GMime would make
 * objects of, are read here. */
static void parse(Message *message, const char *start, const char *end)
{
        if (message->bytes != NULL)
                g_byte_array_free(message->bytes, FALSE);
        message->bytes = g_byte_array_new_take((guint8 *)start, (gsize)(end - start));
        GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(message->bytes);
        g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        g_mime_parser_set_persist_stream(parser, TRUE);
        message->mime = g_mime_parser_construct_part(parser, NULL);
        g_object_unref(parser);
        g_object_unref(stream);
}

/* GMime gives up when it does not like the first line: then it begins with a later one. */
static void parse_somehow(Message *message)
{
        size_t size;
        const char *bytes = g_bytes_get_data(message->raw, &size);
        const GArray *headers = message->scan.headers;
        for (guint i = 0; i < MIN(headers->len, 3) && message->mime == NULL; i++)
                parse(message, g_array_index(headers, RawHeader, i).name, bytes + size);
        if (message->mime == NULL)
                message->scan.flaw = MESSAGE_NOT_A_MESSAGE;
}

typedef struct {
        int parts, depth, deepest;
} PartCount;

static void count_parts(GMimeObject *object, PartCount *count)
{
        if (object == NULL || ++count->parts > MESSAGE_MAX_PARTS || count->depth > MESSAGE_MAX_DEPTH)
                return;
        count->depth++;
        count->deepest = MAX(count->deepest, count->depth);
        if (GMIME_IS_MULTIPART(object)) {
                int n = g_mime_multipart_get_count(GMIME_MULTIPART(object));
                for (int i = 0; i < n && count->parts <= MESSAGE_MAX_PARTS; i++)
                        count_parts(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), count);
        } else if (GMIME_IS_MESSAGE_PART(object)) {
                GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
                if (inner != NULL)
                        count_parts(g_mime_message_get_mime_part(inner), count);
        }
        count->depth--;
}

static const RawHeader *raw_header(const Message *message, const char *name, guint from, guint *index_out)
{
        size_t length = strlen(name);
        for (guint i = from; i < message->scan.headers->len; i++) {
                const RawHeader *header = &g_array_index(message->scan.headers, RawHeader, i);
                if (header->name_length == length && g_ascii_strncasecmp(header->name, name, length) == 0) {
                        *index_out = i;
                        return header;
                }
        }
        return NULL;
}

static char *body_charset(const Message *message)
{
        guint at;
        const RawHeader *header = raw_header(message, "Content-Type", 0, &at);
        return header != NULL
                       ? header_parameter(header->value, header->value_length, "charset", &message->hint)
                       : NULL;
}

/* All mailboxes of all From headers: two of them are two authors. */
static GPtrArray *read_authors(const Message *message)
{
        GPtrArray *authors = NULL;
        guint at = 0;
        for (const RawHeader *header; (header = raw_header(message, "From", at, &at)) != NULL; at++) {
                GPtrArray *more = header_addresses(header->value, header->value_length, &message->hint);
                if (authors == NULL)
                        authors = more;
                else
                        g_ptr_array_extend_and_steal(authors, more);
        }
        return authors != NULL ? authors : g_ptr_array_new();
}

static char *read_sender(const Message *message)
{
        guint at;
        const RawHeader *header = raw_header(message, "Sender", 0, &at);
        if (header == NULL)
                return NULL;
        g_autoptr(GPtrArray) senders = header_addresses(header->value, header->value_length, &message->hint);
        return senders->len > 0 ? g_strdup(((HeaderAddress *)g_ptr_array_index(senders, 0))->address) : NULL;
}

static char *read_message_id(const Message *message)
{
        const char *value = message_header(message, "Message-ID");
        if (value == NULL)
                return NULL;
        const char *start = strchr(value, '<');
        const char *end = start != NULL ? strchr(start, '>') : NULL;
        g_autofree char *id = end != NULL ? g_strndup(start + 1, (gsize)(end - start - 1)) : g_strdup(value);
        g_strstrip(id);
        return id[0] != '\0' ? g_steal_pointer(&id) : NULL;
}

Message *message_open(GBytes *raw)
{
        start_library();
        Message *message = g_new0(Message, 1);
        message->raw = g_bytes_ref(raw);
        size_t size;
        const char *bytes = g_bytes_get_data(raw, &size);
        message_scan(bytes != NULL ? bytes : "", size, &message->scan);
        message->decoded = g_new0(char *, message->scan.headers->len + 1);
        message->charset = body_charset(message);
        message->hint.charset = message->charset;
        const char *language = message_header(message, "Content-Language");
        message->hint.is_arabic = language != NULL && g_ascii_strncasecmp(language, "ar", 2) == 0;
        message->authors = read_authors(message);
        message->sender = read_sender(message);
        message->id = read_message_id(message);
        if (message->scan.flaw != MESSAGE_FINE)
                return message;
        parse_somehow(message);
        PartCount count = { 0 };
        if (message->mime != NULL)
                count_parts(message->mime, &count);
        if (count.parts > MESSAGE_MAX_PARTS || count.deepest > MESSAGE_MAX_DEPTH)
                message->scan.flaw = MESSAGE_TOO_MANY_PARTS;
        return message;
}

void message_free(Message *message)
{
        if (message == NULL)
                return;
        if (message->body.text != NULL) {
                g_string_free(message->body.text, TRUE);
                g_ptr_array_unref(message->body.shown);
        }
        g_clear_object(&message->mime);
        if (message->bytes != NULL)
                g_byte_array_free(message->bytes, FALSE);
        for (guint i = 0; i < message->scan.headers->len; i++)
                g_free(message->decoded[i]);
        g_free(message->decoded);
        message_scan_clear(&message->scan);
        g_ptr_array_unref(message->authors);
        g_free(message->charset);
        g_free(message->id);
        g_free(message->sender);
        g_free(message->html);
        g_bytes_unref(message->raw);
        g_free(message);
}

MessageFlaw message_flaw(const Message *message)
{
        return message->scan.flaw;
}

const char *message_flaw_text(MessageFlaw flaw)
{
        switch (flaw) {
        case MESSAGE_FINE: return "";
        case MESSAGE_NOT_A_MESSAGE: return "not a mail: no header";
        case MESSAGE_TOO_LARGE: return "too large";
        case MESSAGE_TOO_MANY_PARTS: return "too many parts or header lines";
        }
        g_assert_not_reached();
}

GMimeObject *message_mime(const Message *message)
{
        return message->scan.flaw == MESSAGE_FINE ? message->mime : NULL;
}

GMimeObject *message_parsed(const Message *message)
{
        return message->mime;
}

const char *message_header_at(const Message *message, const char *name, guint nth)
{
        guint at = 0;
        const RawHeader *header = raw_header(message, name, 0, &at);
        for (; header != NULL && nth > 0; nth--)
                header = raw_header(message, name, at + 1, &at);
        if (header == NULL)
                return NULL;
        if (message->decoded[at] == NULL)
                message->decoded[at] = header_decode(header->value, header->value_length, &message->hint);
        return message->decoded[at];
}

const char *message_header(const Message *message, const char *name)
{
        return message_header_at(message, name, 0);
}

const char *message_subject(const Message *message)
{
        const char *subject = message_header(message, "Subject");
        return subject != NULL ? subject : "";
}

const char *message_from(const Message *message)
{
        return message->authors->len == 1 ? message_first_author(message) : NULL;
}

const char *message_first_author(const Message *message)
{
        if (message->authors->len == 0)
                return NULL;
        const HeaderAddress *author = g_ptr_array_index(message->authors, 0);
        return author->address;
}

const char *message_from_name(const Message *message)
{
        if (message->authors->len == 0)
                return "";
        const HeaderAddress *author = g_ptr_array_index(message->authors, 0);
        return author->name;
}

const char *message_sender(const Message *message)
{
        return message->sender;
}

const char *message_id(const Message *message)
{
        return message->id;
}

const HeaderHint *message_hint(const Message *message)
{
        return &message->hint;
}

const MessageBody *message_body(Message *message)
{
        if (!message->has_body && message->mime != NULL)
                message_body_read(message->mime, &message->hint, &message->body);
        message->has_body = true;
        return &message->body;
}

const char *message_text(Message *message)
{
        const MessageBody *body = message_body(message);
        return body->text != NULL ? body->text->str : "";
}

bool message_is_cut(Message *message)
{
        return message_body(message)->is_cut;
}

const char *message_html(Message *message)
{
        const MessageBody *body = message_body(message);
        if (message->html == NULL && body->html != NULL)
                message->html = part_text(body->html, &message->hint);
        return message->html;
}

/* A header as it counts for the fingerprint: folding differs from server to server, the words do not. */
static void append_words(GString *out, const RawHeader *header)
{
        if (header != NULL) {
                g_autofree char *valid = text_make_valid(header->value, header->value_length);
                g_autofree char *line = text_single_line(valid);
                g_string_append(out, line);
        }
        g_string_append_c(out, '\0');
}

char *message_fingerprint(Message *message)
{
        static const char *const headers[] = { "From", "Date", "Subject" };
        g_autoptr(GString) words = g_string_sized_new(256);
        for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
                guint at;
                append_words(words, raw_header(message, headers[i], 0, &at));
        }
        size_t size;
        const char *body = message_text(message);
        if (message->mime != NULL)
                size = strlen(body);
        else /* what is not parsed is known by its bytes */
                body = g_bytes_get_data(message->raw, &size);
        gnutls_hash_hd_t hash;
        uint8_t digest[32];
        int failed = gnutls_hash_init(&hash, GNUTLS_DIG_SHA256);
        g_assert(failed == 0);
        gnutls_hash(hash, words->str, words->len);
        if (size > 0)
                gnutls_hash(hash, body, size);
        gnutls_hash_deinit(hash, digest);
        char *hex = g_malloc(2 * sizeof digest + 1);
        for (size_t i = 0; i < 2 * sizeof digest; i++)
                hex[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
        hex[2 * sizeof digest] = '\0';
        return hex;
}
