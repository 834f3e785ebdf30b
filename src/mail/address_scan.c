#include "mail/address_scan.h"

#include <glib.h>
#include <string.h>

enum { LOCAL_MAX = 256, DOMAIN_MAX = 253 }; /* encapsulated local parts are long */

/* Scripts written without blanks would glue their sentence to the address: their letters count only where
 * the letter beside the @ is one of them. */
static bool is_letter(gunichar c, bool is_wide)
{
        return c >= 0x80 && (c < 0x800 || is_wide) && g_unichar_isalnum(c);
}

static bool is_local(gunichar c, bool is_wide)
{
        if (c >= 0x80)
                return is_letter(c, is_wide);
        return g_ascii_isalnum((char)c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", (int)c) != NULL);
}

static bool is_domain(gunichar c, bool is_wide)
{
        return c >= 0x80 ? is_letter(c, is_wide)
                         : g_ascii_isalnum((char)c) || c == '-' || c == '.' || c == '_';
}

/* Where the local part that ends before at begins. */
static const char *local_start(const char *text, const char *at)
{
        const char *start = at;
        if (at > text && at[-1] == '"') { /* "first last"@example.org */
                for (start = at - 1; start > text && at - start < LOCAL_MAX; start--)
                        if (start[-1] == '"')
                                return start - 1;
                return at;
        }
        bool is_wide = at > text && g_utf8_get_char(g_utf8_prev_char(at)) >= 0x800;
        while (start > text && at - start < LOCAL_MAX) {
                const char *before = g_utf8_prev_char(start);
                if (!is_local(g_utf8_get_char(before), is_wide))
                        break;
                start = before;
        }
        while (start < at && strchr("'`.=*/#|~", *start) != NULL)
                start++;
        return start;
}

static const char *domain_end(const char *domain)
{
        const char *end = domain;
        bool is_wide = g_utf8_get_char(domain) >= 0x800;
        while (end - domain <= DOMAIN_MAX && is_domain(g_utf8_get_char(end), is_wide))
                end = g_utf8_next_char(end);
        while (end > domain && strchr(".-_", end[-1]) != NULL)
                end--;
        return end;
}

/* `SMTP=a@b` and `/DD.RFC-822=a@b` inside an X.400 name. */
static const char *skip_type(const char *start, const char *at)
{
        static const char *const types[] = { "smtp=", "rfc-822=", "rfc822=" };
        for (const char *p = start; p < at; p++)
                for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                        size_t length = strlen(types[i]);
                        if ((size_t)(at - p) > length && g_ascii_strncasecmp(p, types[i], length) == 0)
                                return p + length;
                }
        return start;
}

/* Exchange: IMCEASMTP-marie+40example+2Eorg@server holds another address. NULL when there is none in it. */
static char *open_encapsulated(const char *start, const char *at)
{
        if (g_ascii_strncasecmp(start, "IMCEA", 5) != 0)
                return NULL;
        const char *dash = memchr(start, '-', (size_t)(at - start));
        if (dash == NULL)
                return NULL;
        GString *inner = g_string_new(NULL);
        for (const char *p = dash + 1; p < at; p++) {
                bool is_hex = *p == '+' && at - p > 2 && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2]);
                if (is_hex)
                        g_string_append_c(
                                inner, (char)(g_ascii_xdigit_value(p[1]) * 16 + g_ascii_xdigit_value(p[2])));
                else
                        g_string_append_c(inner, *p == '_' ? '/' : *p);
                p += is_hex ? 2 : 0;
        }
        g_autofree char *text = g_string_free(inner, FALSE);
        return g_utf8_validate(text, -1, NULL) && g_ascii_strncasecmp(text, "IMCEA", 5) != 0
                       ? address_scan_first(text)
                       : NULL;
}

static char *lower_domain(const char *start, const char *at, const char *end)
{
        g_autofree char *domain = g_ascii_strdown(at + 1, end - at - 1);
        return g_strdup_printf("%.*s@%s", (int)(at - start), start, domain);
}

char *address_scan_next(const char **cursor, const char **start_out, const char **end_out)
{
        const char *text = *cursor;
        for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
                const char *end = domain_end(at + 1);
                const char *start = skip_type(local_start(*cursor, at), at);
                if (start == at || end == at + 1 || *end == '@')
                        continue;
                *cursor = end;
                *start_out = start;
                *end_out = end;
                char *inner = open_encapsulated(start, at);
                return inner != NULL ? inner : lower_domain(start, at, end);
        }
        return NULL;
}

char *address_scan_first(const char *text)
{
        const char *start, *end;
        return address_scan_next(&text, &start, &end);
}

bool address_scan_is_within(const char *folded, unsigned index, const PatternMatch *match)
{
        const char *cursor = folded, *start, *end;
        for (unsigned i = 0;; i++) {
                g_autofree char *address = address_scan_next(&cursor, &start, &end);
                if (address == NULL)
                        return false;
                if (i == index)
                        return (size_t)(end - folded) > match->start;
        }
}
