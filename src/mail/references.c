#include "mail/reading.h"

#include "base/token.h"

#include "mail/message_text.h"

#include <string.h>

enum { CANDIDATES_MAX = 50, TOKEN_MAX_OCTETS = TOKEN_LENGTH + 8 };

static const char *const address_fields[] = {
        "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To"
};

static bool is_token_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static void add_unique(GPtrArray *list, const char *text)
{
        if (list->len < CANDIDATES_MAX && !g_ptr_array_find_with_equal_func(list, text, g_str_equal, NULL))
                g_ptr_array_add(list, g_strdup(text));
}

/* The token in a run of token characters; dashes may part it from what is before it (stages-TOKEN@). */
static void find_token_in_run(const char *start, const char *end, GPtrArray *tokens)
{
        while (start != NULL && end - start >= TOKEN_LENGTH) {
                char token[TOKEN_LENGTH + 1], id[TOKEN_ID_LENGTH + 1];
                TokenKind kind;
                if (end - start <= TOKEN_MAX_OCTETS &&
                    token_read(start, (size_t)(end - start), token, &kind, id)) {
                        add_unique(tokens, token);
                        return;
                }
                const char *dash = memchr(start, '-', (size_t)(end - start));
                start = dash != NULL ? dash + 1 : NULL;
        }
}

/* Looks at every 38th character first: a token is that long. */
static void find_tokens(const char *text, GPtrArray *tokens)
{
        const char *stop = text + strlen(text), *p = text;
        while (stop - p >= TOKEN_LENGTH && tokens->len < CANDIDATES_MAX) {
                if (!is_token_character(p[TOKEN_LENGTH - 1])) {
                        p += TOKEN_LENGTH;
                        continue;
                }
                const char *start = p + TOKEN_LENGTH - 1, *end = start;
                while (start > p && is_token_character(start[-1]))
                        start--;
                while (end < stop && is_token_character(*end))
                        end++;
                /* Link scanners wrap our address in theirs: …?url=https%3A%2F%2Fx%2Ftoken */
                bool is_escape = start > text && start[-1] == '%' && end - start > 2 &&
                                 g_ascii_isxdigit(start[0]) && g_ascii_isxdigit(start[1]);
                find_token_in_run(start + (is_escape ? 2 : 0), end, tokens);
                p = end;
        }
}

/* The `<id>`s of a header, the last one first when is_reversed. */
static void find_message_ids(const char *value, bool is_reversed, GPtrArray *ids)
{
        if (value == NULL)
                return;
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
        for (const char *p = strchr(value, '<'); p != NULL; p = strchr(p, '<')) {
                const char *end = strchr(p, '>');
                if (end == NULL)
                        break;
                g_ptr_array_add(found, g_strndup(p + 1, (gsize)(end - p - 1)));
                p = end;
        }
        for (guint i = 0; i < found->len; i++)
                add_unique(ids, g_ptr_array_index(found, is_reversed ? found->len - 1 - i : i));
}

/* What stands in the brackets of the subject that hold a reference: a word, a blank, a number. Lists write
 * brackets too: a number of two parts (2026-0142) is preferred. */
static char *find_subject_reference(const char *subject)
{
        char *found = NULL;
        for (const char *p = strchr(subject, '['); p != NULL; p = strchr(p + 1, '[')) {
                const char *end = strchr(p, ']');
                if (end == NULL)
                        break;
                const char *blank = memchr(p, ' ', (size_t)(end - p));
                if (blank == NULL || !g_ascii_isdigit(blank[1]) || blank == p + 1)
                        continue;
                bool is_of_two_parts = memchr(blank, '-', (size_t)(end - blank)) != NULL;
                if (found != NULL && !is_of_two_parts)
                        continue;
                g_free(found);
                found = g_strndup(p + 1, (gsize)(end - p - 1));
                if (is_of_two_parts)
                        break;
        }
        return found;
}

/* The Message-ID lines of a text that holds the headers of another mail. */
static void find_in_header_lines(const char *text, GPtrArray *ids)
{
        static const char name[] = "message-id:";
        for (const char *line = text; line != NULL;) {
                const char *end = strchr(line, '\n');
                line += strspn(line, " \t>");
                if (g_ascii_strncasecmp(line, name, strlen(name)) == 0) {
                        g_autofree char *value =
                                end != NULL ? g_strndup(line, (gsize)(end - line)) : g_strdup(line);
                        find_message_ids(value, false, ids);
                }
                line = end != NULL ? end + 1 : NULL;
        }
}

/* text/rfc822-headers (RFC 6522): the headers alone of the mail that came back. */
static void find_in_headers_part(GMimeObject *object, GPtrArray *ids)
{
        GMimeContentType *type = g_mime_object_get_content_type(object);
        if (!GMIME_IS_TEXT_PART(object) || !g_mime_content_type_is_type(type, "text", "rfc822-headers"))
                return;
        g_autofree char *text = part_text(GMIME_PART(object), &(HeaderHint){ 0 });
        find_in_header_lines(text, ids);
}

/* Servers that write no report put the mail that came back below their notice. */
static bool is_notice(const Message *message)
{
        const char *path = message_header(message, "Return-Path"), *from = message_from(message);
        return (path != NULL && strcmp(path, "<>") == 0) ||
               (from != NULL && (g_ascii_strncasecmp(from, "mailer-daemon@", 14) == 0 ||
                                 g_ascii_strncasecmp(from, "postmaster@", 11) == 0));
}

/* Message-IDs inside the parts of a report: the headers of the mail that came back. */
static void find_returned(GMimeObject *object, GPtrArray *ids)
{
        if (GMIME_IS_MULTIPART(object)) {
                int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
                for (int i = 0; i < count; i++)
                        find_returned(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), ids);
        } else if (GMIME_IS_MESSAGE_PART(object)) {
                GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
                const char *id = inner != NULL ? g_mime_message_get_message_id(inner) : NULL;
                if (id != NULL)
                        add_unique(ids, id);
        } else {
                find_in_headers_part(object, ids);
        }
}

References *references_new(void)
{
        References *references = g_new0(References, 1);
        references->tokens = g_ptr_array_new_with_free_func(g_free);
        references->body_tokens = g_ptr_array_new_with_free_func(g_free);
        references->message_ids = g_ptr_array_new_with_free_func(g_free);
        return references;
}

References *references_find(Message *message)
{
        References *references = references_new();
        references->from = g_strdup(message_from(message));
        references->message_id = g_strdup(message_id(message));
        if (message_flaw(message) == MESSAGE_TOO_LARGE) /* one field may be all of it: not copied */
                return references;
        for (size_t i = 0; i < G_N_ELEMENTS(address_fields); i++) {
                const char *value;
                for (guint n = 0; (value = message_header_at(message, address_fields[i], n)) != NULL; n++)
                        find_tokens(value, references->tokens);
        }
        find_tokens(message_text(message), references->body_tokens);
        find_message_ids(message_header(message, "In-Reply-To"), false, references->message_ids);
        find_message_ids(message_header(message, "References"), true, references->message_ids);
        find_message_ids(message_header(message, "X-Microsoft-Original-Message-ID"), false,
                         references->message_ids);
        if (message_mime(message) != NULL)
                find_returned(message_mime(message), references->message_ids);
        if (is_notice(message))
                find_in_header_lines(message_text(message), references->message_ids);
        references->subject_reference = find_subject_reference(message_subject(message));
        return references;
}

void references_free(References *references)
{
        if (references == NULL)
                return;
        g_ptr_array_unref(references->tokens);
        g_ptr_array_unref(references->body_tokens);
        g_ptr_array_unref(references->message_ids);
        g_free(references->subject_reference);
        g_free(references->from);
        g_free(references->message_id);
        g_free(references);
}
