#include "mail/compose.h"

#include "base/address.h"
#include "base/text.h"

#include <gmime/gmime.h>
#include <string.h>

enum {
        IDENTIFIER_MAX = 250,
        REFERENCES_TAIL = 3,
        BOUNDARY_BYTES = 40,
        VALUE_CHARACTERS = 250,
        QUOTED_COLUMNS = 75,
        LINE_CHARACTERS = 76,
        HEAD_BYTES = 2048,
};

GQuark compose_error_quark(void)
{
        return g_quark_from_static_string("facteur-compose");
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeContentType, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeContentDisposition, g_object_unref)

/* One line of ASCII without controls or surplus blanks is clean already. */
static bool is_plain_line(const char *text)
{
        const char *p = text;
        for (; *p >= ' ' && *p <= '~'; p++)
                if (*p == ' ' && (p == text || p[1] == ' ' || p[1] == '\0'))
                        return false;
        return *p == '\0';
}

/* Headers: everything that comes from data is made harmless here, before GMime (MAIL.md D33). */

static char *clean_name(const char *name)
{
        if (name != NULL && is_plain_line(name))
                return g_strndup(name, VALUE_CHARACTERS);
        g_autofree char *valid = text_make_valid(name != NULL ? name : "", name != NULL ? strlen(name) : 0);
        g_autofree char *line = text_single_line(valid);
        g_autofree char *clean = text_strip_controls(line);
        return g_utf8_substring(clean, 0, MIN(g_utf8_strlen(clean, -1), VALUE_CHARACTERS));
}

/* Each header is written with its name, folded, ended by a bare \n: append_lines() makes them CRLF. */

static char *encode_text(const char *clean)
{
        bool is_plain = is_plain_line(clean) && strstr(clean, "=?") == NULL;
        return is_plain ? g_strdup(clean) : g_mime_utils_header_encode_text(NULL, clean, "utf-8");
}

typedef char *(*Fold)(GMimeParserOptions *options, GMimeFormatOptions *format, const char *line);

static void add_folded(GString *head, const char *line, Fold fold)
{
        if (strlen(line) <= LINE_CHARACTERS) {
                g_string_append_printf(head, "%s\n", line);
                return;
        }
        g_autofree char *folded = fold(NULL, NULL, line);
        g_string_append(head, folded); /* with its newline */
}

static bool add_address(GString *head, const char *header, const char *name, const char *address,
                        GError **error)
{
        g_autofree char *normal = address != NULL ? address_normalise(address) : NULL;
        if (normal == NULL || !g_str_is_ascii(normal)) {
                g_set_error(error, COMPOSE_ERROR, COMPOSE_ERROR_ENVELOPE,
                            "no header may hold the address `%s`", address != NULL ? address : "");
                return false;
        }
        g_autofree char *shown = clean_name(name);
        g_autofree char *phrase = g_mime_utils_header_encode_phrase(NULL, shown, "utf-8");
        g_autofree char *line = shown[0] != '\0' ? g_strdup_printf("%s: %s <%s>", header, phrase, normal)
                                                 : g_strdup_printf("%s: %s", header, normal);
        add_folded(head, line, g_mime_utils_structured_header_fold);
        return true;
}

static void add_subject(GString *head, const char *subject)
{
        g_autofree char *clean = clean_name(subject);
        g_autofree char *encoded = encode_text(clean);
        g_autofree char *line = g_strconcat("Subject: ", encoded, NULL);
        add_folded(head, line, g_mime_utils_unstructured_header_fold);
}

/* Of short words that we choose. */
static void add_header(GString *head, const char *header, const char *value)
{
        g_autofree char *clean = clean_name(value);
        g_autofree char *encoded = encode_text(clean);
        g_string_append_printf(head, "%s: %s\n", header, encoded);
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

/* One a line: no mail program splits a name from its value, and no line is long. */
static bool add_identifiers(GString *head, const char *header, const char *const *ids, GError **error)
{
        guint count = g_strv_length((char **)ids);
        g_string_append_printf(head, "%s:", header);
        for (guint i = 0; i < count; i++) {
                if (i != 0 && i + REFERENCES_TAIL < count)
                        continue;
                if (!is_identifier(ids[i])) {
                        g_set_error(error, COMPOSE_ERROR, COMPOSE_ERROR_ENVELOPE,
                                    "no header may hold the Message-ID `%s`", ids[i]);
                        return false;
                }
                g_string_append_printf(head, "%s <%s>", i > 0 ? "\n" : "", ids[i]);
        }
        g_string_append_c(head, '\n');
        return true;
}

static bool add_threading(GString *head, const Envelope *envelope, GError **error)
{
        const char *own[] = { envelope->message_id, NULL }, *parent[] = { envelope->in_reply_to, NULL };
        return add_identifiers(head, "Message-ID", own, error) &&
               (parent[0] == NULL || add_identifiers(head, "In-Reply-To", parent, error)) &&
               (envelope->references == NULL || envelope->references[0] == NULL ||
                add_identifiers(head, "References", envelope->references, error));
}

static void add_date(GString *head, const Envelope *envelope)
{
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(envelope->sent_at);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, envelope->zone);
        g_autofree char *date = g_mime_utils_header_format_date(local);
        g_string_append_printf(head, "Date: %s\n", date);
}

static bool add_headers(GString *head, const Envelope *envelope, const char *subject, GError **error)
{
        if (!add_address(head, "From", envelope->from_name, envelope->from_address, error) ||
            (envelope->reply_to != NULL && !add_address(head, "Reply-To", NULL, envelope->reply_to, error)) ||
            !add_address(head, "To", envelope->to_name, envelope->to_address, error))
                return false;
        add_subject(head, subject);
        add_date(head, envelope);
        if (!add_threading(head, envelope, error))
                return false;
        add_header(head, "Content-Language", envelope->language);
        add_header(head, "Auto-Submitted", envelope->is_answer ? "auto-replied" : "auto-generated");
        /* Not "All": that would suppress the bounces we need. */
        add_header(head, "X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply");
        add_header(head, "X-Facteur-Loop", envelope->instance);
        if (envelope->list_id != NULL) {
                g_autofree char *list_id = g_strdup_printf("<%s>", envelope->list_id);
                add_header(head, "List-Id", list_id);
        }
        g_string_append(head, "MIME-Version: 1.0\n");
        return true;
}

/* Parts. Boundaries follow from the Message-ID: the same mail has the same bytes. */

typedef struct {
        char line[BOUNDARY_BYTES];
} Boundary;

static Boundary make_boundary(const char *subtype, const Envelope *envelope)
{
        Boundary boundary;
        g_autofree char *seed = g_strconcat(subtype, " ", envelope->message_id, NULL);
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);
        g_snprintf(boundary.line, sizeof(boundary.line), "=_%.32s", sum); /* "=_" is in no quoted-printable */
        return boundary;
}

/* CRLF everywhere; a bare CR or LF is a rejection today (MAIL.md D33). */
static void append_lines(GString *out, const char *text, size_t size)
{
        for (const char *at = text, *end = text + size; at < end;) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                const char *stop = newline != NULL ? newline : end;
                text_append(out, at, (size_t)(stop - at));
                text_append(out, "\r\n", 2);
                at = stop + 1;
        }
}

static const bool is_quoted_plain[256] = {
        /* the rest is =XX, and blanks that end a line */
        ['!' ... '<'] = true,
        ['>' ... '~'] = true,
};

static bool is_inner_blank(const char *p)
{
        return (*p == ' ' || *p == '\t') && p[1] != '\n' && p[1] != '\0';
}

static char *write_quoted(char *to, unsigned char c)
{
        static const char digits[] = "0123456789ABCDEF";
        *to++ = '=';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
        return to;
}

/* Quoted-printable with CRLF, lines of at most 76 characters (RFC 2045, 6.7). GMime ends lines with a bare
 * LF, and takes two to seven times as long. */
static void append_quoted(GString *out, const char *text)
{
        gsize used = out->len, size = strlen(text);
        g_string_set_size(out, used + 3 * size + size / 8 + sizeof("=\r\n")); /* all encoded, 25 a line */
        char *to = out->str + used, *limit = to + QUOTED_COLUMNS;
        for (const char *p = text; *p != '\0'; p++) {
                bool is_plain = is_quoted_plain[(unsigned char)*p] || is_inner_blank(p);
                if (is_plain && to < limit) {
                        *to++ = *p;
                } else if (*p == '\n') {
                        to = g_stpcpy(to, "\r\n");
                        limit = to + QUOTED_COLUMNS;
                } else {
                        if (is_plain || limit - to < 3) {
                                to = g_stpcpy(to, "=\r\n");
                                limit = to + QUOTED_COLUMNS;
                        }
                        if (is_plain)
                                *to++ = *p;
                        else
                                to = write_quoted(to, (unsigned char)*p);
                }
        }
        if (to + QUOTED_COLUMNS > limit)
                to = g_stpcpy(to, "=\r\n");
        g_string_set_size(out, (gsize)(to - out->str));
}

#define PART_HEAD(subtype)                                                                                   \
        "\r\nContent-Type: text/" subtype "; charset=utf-8\r\n"                                              \
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
static const char plain_head[] = PART_HEAD("plain"), html_head[] = PART_HEAD("html"), part_end[] = "\r\n--=_";

static void append_text_part(GString *out, const Boundary *boundary, const char *head, const char *text)
{
        g_string_append_printf(out, "--%s%s", boundary->line, head);
        append_quoted(out, text);
        g_string_append(out, "\r\n");
}

static void append_alternative(GString *out, const MailWords *words, const Envelope *envelope)
{
        Boundary boundary = make_boundary("alternative", envelope);
        g_string_append_printf(out, "Content-Type: multipart/alternative;\r\n\tboundary=\"%s\"\r\n\r\n",
                               boundary.line);
        append_text_part(out, &boundary, plain_head, words->text);
        append_text_part(out, &boundary, html_head, words->html);
        g_string_append_printf(out, "--%s--\r\n", boundary.line);
}

static void append_base64(GString *out, GBytes *bytes)
{
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        GMimeEncoding encoder;
        g_mime_encoding_init_encode(&encoder, GMIME_CONTENT_ENCODING_BASE64);
        g_autofree char *encoded = g_malloc(g_mime_encoding_outlen(&encoder, size));
        append_lines(out, encoded, g_mime_encoding_flush(&encoder, data, size, encoded));
}

/* GMime writes an attachment's headers: the name may need RFC 2231. */
static void append_file(GString *out, const Boundary *boundary, const MailFile *file)
{
        g_autoptr(GMimeContentType) type = g_mime_content_type_parse(NULL, file->type);
        if (strcmp(file->type, "text/calendar") == 0) {
                g_mime_content_type_set_parameter(type, "charset", "utf-8");
                g_mime_content_type_set_parameter(type, "method", "PUBLISH");
        }
        g_autofree char *name = clean_name(file->name);
        g_autoptr(GMimeContentDisposition) disposition = g_mime_content_disposition_new();
        g_mime_content_disposition_set_disposition(disposition, GMIME_DISPOSITION_ATTACHMENT);
        g_mime_content_disposition_set_parameter(disposition, "filename", name);
        g_autofree char *type_line = g_mime_content_type_encode(type, NULL);
        g_autofree char *disposition_line = g_mime_content_disposition_encode(disposition, NULL);
        g_autofree char *head = g_strdup_printf(
                "--%s\nContent-Type:%sContent-Disposition:%sContent-Transfer-Encoding: base64\n\n",
                boundary->line, type_line, disposition_line);
        append_lines(out, head, strlen(head));
        append_base64(out, file->bytes);
        g_string_append(out, "\r\n");
}

static void append_body(GString *out, const MailWords *words, const Envelope *envelope)
{
        if (envelope->file_count == 0) {
                append_alternative(out, words, envelope);
                return;
        }
        Boundary boundary = make_boundary("mixed", envelope);
        g_string_append_printf(out, "Content-Type: multipart/mixed;\r\n\tboundary=\"%s\"\r\n\r\n--%s\r\n",
                               boundary.line, boundary.line);
        append_alternative(out, words, envelope);
        g_string_append(out, "\r\n");
        for (size_t i = 0; i < envelope->file_count; i++)
                append_file(out, &boundary, &envelope->files[i]);
        g_string_append_printf(out, "--%s--\r\n", boundary.line);
}

static void initialise_gmime(void)
{
        static gsize is_ready = 0;
        if (g_once_init_enter(&is_ready)) {
                g_mime_init();
                g_once_init_leave(&is_ready, 1);
        }
}

GBytes *mail_compose(const MailTemplates *templates, const char *key, const json_t *view,
                     const Envelope *envelope, GError **error)
{
        initialise_gmime();
        g_auto(MailWords) words = { 0 };
        if (!mail_words_render(templates, key, view, envelope->language, &words, error))
                return NULL;
        g_autoptr(GString) head = g_string_sized_new(HEAD_BYTES);
        if (!add_headers(head, envelope, words.subject, error))
                return NULL;
        GString *message = g_string_sized_new(head->len + 2 * strlen(words.html));
        append_lines(message, head->str, head->len);
        append_body(message, &words, envelope);
        return g_string_free_to_bytes(message);
}

static char *read_part(const char *raw, size_t size, const char *head)
{
        const char *begin = memmem(raw, size, head, strlen(head));
        if (begin == NULL)
                return NULL;
        begin += strlen(head);
        size_t left = size - (size_t)(begin - raw);
        const char *end = memmem(begin, left, part_end, strlen(part_end));
        if (end == NULL)
                return NULL;
        GMimeEncoding state;
        g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
        g_autofree char *text = g_malloc((size_t)(end - begin) + 1);
        size_t length = g_mime_encoding_step(&state, begin, (size_t)(end - begin), text), kept = 0;
        for (size_t i = 0; i < length; i++)
                if (text[i] != '\r')
                        text[kept++] = text[i];
        text[kept] = '\0';
        return g_utf8_validate_len(text, kept, NULL) ? g_steal_pointer(&text) : NULL;
}

bool mail_read_back(GBytes *raw, char **text_out, char **html_out)
{
        initialise_gmime();
        size_t size;
        const char *bytes = g_bytes_get_data(raw, &size);
        g_autofree char *text = bytes != NULL ? read_part(bytes, size, plain_head) : NULL;
        g_autofree char *html = text != NULL ? read_part(bytes, size, html_head) : NULL;
        if (html == NULL)
                return false;
        *text_out = g_steal_pointer(&text);
        *html_out = g_steal_pointer(&html);
        return true;
}
