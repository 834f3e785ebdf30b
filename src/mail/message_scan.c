#include "mail/message_scan.h"

#include <string.h>

/* The line at p: its length without the break, and where the next begins. */
static size_t line_read(const char *p, const char *end, const char **next_out)
{
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline != NULL ? newline : end;
        *next_out = newline != NULL ? newline + 1 : end;
        if (stop > p && stop[-1] == '\r')
                stop--;
        return (size_t)(stop - p);
}

/* Length of the field name when the line begins a header field, else 0. */
static size_t field_name_length(const char *line, size_t length)
{
        size_t i = 0;
        while (i < length && line[i] > 0x20 && line[i] < 0x7F && line[i] != ':')
                i++;
        size_t name = i;
        while (i < length && g_ascii_isspace(line[i])) /* `Subject : …` of old programs */
                i++;
        return i < length && line[i] == ':' ? name : 0;
}

static bool is_name_alone(const char *line, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (line[i] <= 0x20 || line[i] >= 0x7F)
                        return false;
        return length > 0;
}

static const char *const address_fields[] = { "From",
                                              "To",
                                              "Cc",
                                              "Bcc",
                                              "Reply-To",
                                              "Sender",
                                              "Resent-From",
                                              "Resent-To",
                                              "Resent-Cc",
                                              "Resent-Bcc",
                                              "Resent-Sender",
                                              "Resent-Reply-To",
                                              "Disposition-Notification-To" };

static bool is_address_field(const char *name, size_t length)
{
        for (size_t i = 0; i < G_N_ELEMENTS(address_fields); i++)
                if (strlen(address_fields[i]) == length &&
                    g_ascii_strncasecmp(address_fields[i], name, length) == 0)
                        return true;
        return false;
}

/* Colons outside quotes: each may open a group inside a group. */
static size_t count_colons(const char *value, size_t length)
{
        size_t colons = 0;
        bool is_quoted = false;
        for (size_t i = 0; i < length; i++) {
                if (value[i] == '\\')
                        i++;
                else if (value[i] == '"')
                        is_quoted = !is_quoted;
                else if (value[i] == ':' && !is_quoted)
                        colons++;
        }
        return colons;
}

static const char *skip_to_header(const char *p, const char *end)
{
        if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
                p += 3;
        while (p < end && (*p == '\r' || *p == '\n' || *p == ' ' || *p == '\t'))
                p++; /* as mails copied from a web page begin */
        if (end - p >= 5 && (memcmp(p, "From ", 5) == 0 || (end - p >= 6 && memcmp(p, ">From ", 6) == 0)))
                line_read(p, end, &p);
        return p;
}

/* Continuation lines belong to the field before. Gives where the field ends, line break excluded. */
static const char *field_end(const char *p, const char *end, const char **next)
{
        while (*next < end && (**next == ' ' || **next == '\t')) {
                const char *line = *next;
                p = line + line_read(line, end, next);
        }
        return p;
}

/* A text whose first lines have colons is no mail; every mail has one of these. */
static bool has_known_field(const GArray *headers)
{
        static const char *const known[] = { "From",        "To",           "Subject",      "Date",
                                             "Received",    "Message-ID",   "Content-Type", "MIME-Version",
                                             "Return-Path", "Delivered-To", "Sender",       "Reply-To" };
        for (guint i = 0; i < headers->len; i++) {
                const RawHeader *header = &g_array_index(headers, RawHeader, i);
                for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
                        if (strlen(known[k]) == header->name_length &&
                            g_ascii_strncasecmp(known[k], header->name, header->name_length) == 0)
                                return true;
        }
        return false;
}

/* Lists the header fields; a line that is none (before the first, ">From ") is passed over. False when there
 * is no header. */
static bool scan_header(const char *bytes, const char *end, MessageScan *scan)
{
        const char *p = skip_to_header(bytes, end), *header = p;
        size_t lines = 0;
        while (p < end) {
                const char *next;
                size_t length = line_read(p, end, &next);
                if (length == 0) {
                        p = next;
                        break;
                }
                size_t name = field_name_length(p, length);
                if (name == 0 && is_name_alone(p, length) && next < end && (*next == ' ' || *next == '\t')) {
                        length = (size_t)(next - p) +
                                 line_read(next, end, &next); /* folded before the colon */
                        name = field_name_length(p, length);
                }
                if (name > 0) {
                        const char *colon = memchr(p + name, ':', length - name);
                        const char *stop = field_end(p + length, end, &next);
                        RawHeader field = { p, name, colon + 1, (size_t)(stop - colon - 1) };
                        g_array_append_val(scan->headers, field);
                        if (is_address_field(p, name) &&
                            count_colons(field.value, field.value_length) > MESSAGE_MAX_ADDRESS_COLONS)
                                scan->flaw = MESSAGE_TOO_MANY_PARTS;
                }
                p = next;
                if (++lines > MESSAGE_MAX_HEADER_LINES || p - header > MESSAGE_MAX_HEADER_BYTES) {
                        scan->flaw = MESSAGE_TOO_MANY_PARTS;
                        break;
                }
        }
        scan->body = (size_t)(p - bytes);
        return has_known_field(scan->headers);
}

/* Lines of the body that GMime may take for boundaries or for the headers of parts. */
static void scan_body(const char *p, const char *end, MessageScan *scan)
{
        size_t boundaries = 0;
        while (p < end) {
                const char *next;
                size_t length = line_read(p, end, &next);
                if (length >= 2 && p[0] == '-' && p[1] == '-')
                        boundaries++;
                char first = length > 0 ? g_ascii_tolower(p[0]) : '\0';
                if (first != '\0' && strchr("ftcbrsd", first) != NULL) {
                        size_t name = field_name_length(p, MIN(length, 32));
                        if (name > 0 && is_address_field(p, name)) {
                                const char *stop = field_end(p + length, end, &next);
                                if (count_colons(p, (size_t)(stop - p)) > 16 * MESSAGE_MAX_ADDRESS_COLONS)
                                        scan->flaw = MESSAGE_TOO_MANY_PARTS;
                        }
                }
                p = next;
        }
        if (boundaries > MESSAGE_MAX_BOUNDARY_LINES)
                scan->flaw = MESSAGE_TOO_MANY_PARTS;
}

void message_scan(const char *bytes, size_t size_bytes, MessageScan *scan_out)
{
        const char *end = bytes + size_bytes;
        scan_out->headers = g_array_new(FALSE, FALSE, sizeof(RawHeader));
        scan_out->flaw = MESSAGE_FINE;
        scan_out->body = 0;
        if (!scan_header(bytes, end, scan_out)) {
                scan_out->flaw = MESSAGE_NOT_A_MESSAGE;
                return;
        }
        if (size_bytes > MESSAGE_MAX_BYTES)
                scan_out->flaw = MESSAGE_TOO_LARGE;
        if (scan_out->flaw == MESSAGE_FINE)
                scan_body(bytes + scan_out->body, end, scan_out);
}

void message_scan_clear(MessageScan *scan)
{
        g_clear_pointer(&scan->headers, g_array_unref);
}
