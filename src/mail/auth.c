#include "mail/auth.h"

#include "base/address.h"

#include <string.h>

enum { TOKEN_OCTETS = 256, COMMENT_DEPTH = 16 };

static const char m365_mode[] = "m365";
static const char google_id[] = "mx.google.com";

/* One result of a field: `dkim=pass header.d=example.org`. What does not fit its buffer is cut and so equals
 * nothing. */
typedef struct {
        char method[TOKEN_OCTETS], result[TOKEN_OCTETS];
        char from[TOKEN_OCTETS];   /* header.from */
        char signer[TOKEN_OCTETS]; /* header.d, else the domain of header.i */
        char user[TOKEN_OCTETS];   /* smtp.auth */
} AuthResult;

/* What the believed fields say together. */
typedef struct {
        bool dmarc_passed, dmarc_failed;
        bool signature_aligned; /* dkim=pass by the From domain */
        bool submitted_by_from; /* auth=pass of the From address */
        guint fields;
} AuthTally;

/* Comments and blanks (CFWS). False when a comment never ends or holds a quote: a quote there comes from
 * someone else's local part, and what follows the comment may too. */
static bool skip_blanks(const char **cursor)
{
        const char *p = *cursor;
        int depth = 0;
        for (; *p != '\0'; p++) {
                if (*p == '(') {
                        if (++depth > COMMENT_DEPTH)
                                return false;
                } else if (depth > 0 && *p == ')') {
                        depth--;
                } else if (depth > 0 && *p == '"') {
                        return false;
                } else if (depth > 0 && *p == '\\' && p[1] != '\0') {
                        p++;
                } else if (depth == 0 && !g_ascii_isspace(*p)) {
                        break;
                }
        }
        *cursor = p;
        return depth == 0;
}

static void append(char *out, size_t *length, char c)
{
        if (*length + 1 < TOKEN_OCTETS)
                out[(*length)++] = c;
}

/* An atom, a quoted string, or both glued ("a b"@example.org), up to one of stops. False when there is none
 * or a quote never ends. */
static bool read_word(const char **cursor, const char *stops, char out[TOKEN_OCTETS])
{
        const char *p = *cursor;
        size_t length = 0;
        for (; *p != '\0' && !g_ascii_isspace(*p) && strchr(stops, *p) == NULL; p++) {
                if (*p != '"') {
                        append(out, &length, *p);
                        continue;
                }
                for (p++; *p != '"'; p++) {
                        if (*p == '\\' && p[1] != '\0')
                                p++;
                        if (*p == '\0')
                                return false;
                        append(out, &length, *p);
                }
        }
        out[length] = '\0';
        bool is_word = p != *cursor;
        *cursor = p;
        return is_word;
}

static void set_property(AuthResult *result, const char *name, const char *value)
{
        const char *at = strrchr(value, '@');
        if (g_ascii_strcasecmp(name, "header.from") == 0)
                g_strlcpy(result->from, at != NULL ? at + 1 : value, TOKEN_OCTETS);
        else if (g_ascii_strcasecmp(name, "header.d") == 0)
                g_strlcpy(result->signer, value, TOKEN_OCTETS);
        else if (g_ascii_strcasecmp(name, "header.i") == 0 && result->signer[0] == '\0')
                g_strlcpy(result->signer, at != NULL ? at + 1 : value, TOKEN_OCTETS);
        else if (g_ascii_strcasecmp(name, "smtp.auth") == 0)
                g_strlcpy(result->user, value, TOKEN_OCTETS);
}

/* `name [/version] [.property] = value`; blanks are allowed around every sign. */
static bool read_pair(const char **cursor, char name[TOKEN_OCTETS], char value[TOKEN_OCTETS])
{
        if (!read_word(cursor, "/.=;(", name) || !skip_blanks(cursor))
                return false;
        if (**cursor == '/') { /* the version of the method */
                char version[TOKEN_OCTETS];
                (*cursor)++;
                if (!skip_blanks(cursor) || !read_word(cursor, "=;(", version) || !skip_blanks(cursor))
                        return false;
        } else if (**cursor == '.') {
                char property[TOKEN_OCTETS];
                (*cursor)++;
                if (!skip_blanks(cursor) || !read_word(cursor, "=;(", property) || !skip_blanks(cursor))
                        return false;
                g_strlcat(name, ".", TOKEN_OCTETS);
                g_strlcat(name, property, TOKEN_OCTETS);
        }
        if (**cursor != '=')
                return false;
        (*cursor)++;
        return skip_blanks(cursor) && read_word(cursor, ";(", value) && skip_blanks(cursor);
}

/* One resinfo up to its semicolon. Microsoft's `action=none` and `reason=100` without a dot are let pass. */
static bool read_result(const char **cursor, AuthResult *result)
{
        *result = (AuthResult){ 0 };
        if (!read_pair(cursor, result->method, result->result))
                return false;
        while (**cursor != ';' && **cursor != '\0') {
                char name[TOKEN_OCTETS], value[TOKEN_OCTETS];
                if (!read_pair(cursor, name, value))
                        return false;
                set_property(result, name, value);
        }
        return true;
}

static bool is_below(const char *name, const char *domain)
{
        size_t length = strlen(name), tail = strlen(domain);
        return length > tail && name[length - tail - 1] == '.' &&
               g_ascii_strcasecmp(name + length - tail, domain) == 0;
}

/* Is a signature of that domain one of the From domain's organisation? Equal, or one above the other. */
static bool is_aligned(const char *signer, const char *from)
{
        const char *domain = address_domain(from);
        if (domain == NULL || signer[0] == '\0' || strchr(signer, '.') == NULL)
                return false;
        if (g_ascii_strcasecmp(signer, domain) == 0)
                return true;
        g_autofree char *at_signer = g_strconcat("x@", signer, NULL);
        return (is_below(signer, domain) || is_below(domain, signer)) &&
               address_same_organisation(at_signer, from);
}

static void count_result(AuthTally *tally, const AuthResult *result, const char *from)
{
        bool is_pass = g_ascii_strcasecmp(result->result, "pass") == 0;
        if (g_ascii_strcasecmp(result->method, "dmarc") == 0) {
                bool names_from = result->from[0] == '\0' ||
                                  g_ascii_strcasecmp(result->from, address_domain(from)) == 0;
                if (is_pass && names_from)
                        tally->dmarc_passed = true;
                else if (is_pass || g_ascii_strcasecmp(result->result, "fail") == 0)
                        tally->dmarc_failed = true;
        } else if (g_ascii_strcasecmp(result->method, "compauth") == 0) {
                tally->dmarc_failed |= g_ascii_strcasecmp(result->result, "fail") == 0;
        } else if (g_ascii_strcasecmp(result->method, "dkim") == 0) {
                tally->signature_aligned |= is_pass && is_aligned(result->signer, from);
        } else if (g_ascii_strcasecmp(result->method, "auth") == 0) {
                tally->submitted_by_from |= is_pass && address_equal(result->user, from);
        }
}

/* authserv-id, and a version that may follow. Microsoft's field begins with the first result: no id then. */
static bool read_authserv(const char **cursor, char id[TOKEN_OCTETS])
{
        if (!skip_blanks(cursor))
                return false;
        const char *start = *cursor;
        if (!read_word(cursor, ";=(", id) || !skip_blanks(cursor))
                return false;
        if (**cursor == '=') {
                id[0] = '\0';
                *cursor = start;
                return true;
        }
        char version[TOKEN_OCTETS];
        return **cursor == ';' || **cursor == '\0' ||
               (read_word(cursor, ";(", version) && skip_blanks(cursor) &&
                (**cursor == ';' || **cursor == '\0'));
}

/* Adds a field to the tally when it is the trusted server's and whole; one broken part spoils all of it. */
static void count_field(AuthTally *tally, const char *value, const char *trusted, const char *from)
{
        AuthTally sum = *tally;
        const char *cursor = value;
        char id[TOKEN_OCTETS];
        if (!read_authserv(&cursor, id) || g_ascii_strcasecmp(id, trusted) != 0)
                return;
        while (*cursor != '\0') {
                if (*cursor == ';')
                        cursor++;
                if (!skip_blanks(&cursor))
                        return;
                if (*cursor == '\0' || g_ascii_strcasecmp(cursor, "none") == 0)
                        break;
                if (*cursor == ';')
                        continue;
                AuthResult result;
                if (!read_result(&cursor, &result))
                        return;
                count_result(&sum, &result, from);
        }
        sum.fields++;
        *tally = sum;
}

/* A Received field taken apart: `from HELO (comment) by HOST (…) with PROTOCOL …`. */
typedef struct {
        char client[TOKEN_OCTETS];  /* what HELO said: anybody may say anything */
        char comment[TOKEN_OCTETS]; /* what the server knows of the client */
        char by[TOKEN_OCTETS];
        bool is_lmtp;
} Hop;

static bool read_comment(const char **cursor, char out[TOKEN_OCTETS])
{
        const char *start = *cursor;
        if (!skip_blanks(cursor))
                return false;
        const char *open = memchr(start, '(', (size_t)(*cursor - start));
        const char *close = g_strrstr_len(start, *cursor - start, ")");
        if (open != NULL && close != NULL) {
                size_t length = MIN((size_t)(close - open - 1), TOKEN_OCTETS - 1);
                memcpy(out, open + 1, length);
                out[length] = '\0';
        }
        return true;
}

static bool skip_keyword(const char **cursor, const char *word)
{
        size_t length = strlen(word);
        if (g_ascii_strncasecmp(*cursor, word, length) != 0 || !g_ascii_isspace((*cursor)[length]))
                return false;
        *cursor += length;
        return skip_blanks(cursor);
}

/* False when it is not of that form: then nothing is known of the hop. A HELO with blanks is of no form. */
static bool read_hop(const char *value, Hop *hop)
{
        *hop = (Hop){ 0 };
        const char *cursor = value;
        if (!skip_blanks(&cursor))
                return false;
        if (skip_keyword(&cursor, "from") &&
            (!read_word(&cursor, "(;", hop->client) || !read_comment(&cursor, hop->comment)))
                return false;
        if (!skip_keyword(&cursor, "by") || !read_word(&cursor, "(;", hop->by) || !skip_blanks(&cursor))
                return false;
        char protocol[TOKEN_OCTETS] = "";
        if (skip_keyword(&cursor, "with"))
                read_word(&cursor, "(;", protocol);
        hop->is_lmtp = g_ascii_strncasecmp(protocol, "LMTP", 4) == 0;
        return true;
}

/* Did the border itself, or a filter on the same machine, hand the message on? Names and addresses in
 * Postfix's comment are verified ones; HELO is not looked at. */
static bool is_inside(const Hop *hop, const char *trusted)
{
        if (hop->is_lmtp)
                return true;
        const char *bracket = strstr(hop->comment, " [");
        if (bracket == NULL || strchr(hop->comment, ' ') != bracket)
                return false;
        g_autofree char *name = g_strndup(hop->comment, (gsize)(bracket - hop->comment));
        return g_ascii_strcasecmp(name, trusted) == 0 || strcmp(bracket, " [127.0.0.1]") == 0 ||
               g_ascii_strcasecmp(bracket, " [IPv6:::1]") == 0 || strcmp(bracket, " [::1]") == 0;
}

static bool is_outlook_address(const char *address)
{
        return g_ascii_strncasecmp(address, "2a01:111:", 9) == 0 || strncmp(address, "10.", 3) == 0 ||
               (strncmp(address, "2603:10", 7) == 0 && address[7] != '\0' &&
                strchr("9abcdABCD", address[7]) != NULL && strncmp(address + 8, "6:", 2) == 0);
}

typedef enum { HOP_INSIDE, HOP_BORDER, HOP_STRANGE } HopKind;

/* Exchange Online: the border is ….mail.protection.outlook.com; what stands above must be handed on between
 * machines of that service. A mail submitted inside has no such border and is not believed. */
static HopKind judge_m365_hop(const Hop *hop)
{
        if (is_below(hop->by, "mail.protection.outlook.com"))
                return HOP_BORDER;
        bool is_service = is_below(hop->by, "outlook.com") || is_below(hop->by, "office365.com");
        return is_service && is_below(hop->client, "outlook.com") && is_outlook_address(hop->comment)
                       ? HOP_INSIDE
                       : HOP_STRANGE;
}

static HopKind judge_google_hop(const Hop *hop)
{
        if (hop->client[0] == '\0' && g_str_has_prefix(hop->by, "2002:"))
                return HOP_INSIDE;
        return g_ascii_strcasecmp(hop->by, google_id) == 0 ? HOP_BORDER : HOP_STRANGE;
}

static bool is_named(GMimeHeader *header, const char *name)
{
        return g_ascii_strcasecmp(g_mime_header_get_name(header), name) == 0;
}

/* Google writes its field right below its own Received: there the first one is Google's, always. */
static void count_below_border(AuthTally *tally, GMimeHeaderList *headers, int border, const char *from)
{
        for (int i = border + 1; i < g_mime_header_list_get_count(headers); i++) {
                GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
                if (is_named(header, "Received"))
                        return;
                if (is_named(header, "Authentication-Results")) {
                        count_field(tally, g_mime_header_get_raw_value(header), google_id, from);
                        return;
                }
        }
}

/* The fields between the top and the border's own Received, the topmost line that is not provably handed on
 * by the border itself. Without such a line nothing is believed. */
static AuthTally count_trusted(GMimeHeaderList *headers, const char *trusted, const char *from)
{
        bool is_m365 = strcmp(trusted, m365_mode) == 0;
        bool is_google = g_ascii_strcasecmp(trusted, google_id) == 0;
        AuthTally tally = { 0 };
        for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
                GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
                if (!is_google && is_named(header, "Authentication-Results"))
                        count_field(&tally, g_mime_header_get_raw_value(header), is_m365 ? "" : trusted,
                                    from);
                if (!is_named(header, "Received"))
                        continue;
                Hop hop;
                bool is_known = read_hop(g_mime_header_get_raw_value(header), &hop);
                HopKind kind = HOP_STRANGE;
                if (is_known && is_m365)
                        kind = judge_m365_hop(&hop);
                else if (is_known && is_google)
                        kind = judge_google_hop(&hop);
                else if (!is_m365 && !is_google) /* what cannot be read is no inside hop: the border's */
                        kind = is_known && is_inside(&hop, trusted) ? HOP_INSIDE : HOP_BORDER;
                if (kind == HOP_INSIDE)
                        continue;
                if (kind == HOP_BORDER && is_google)
                        count_below_border(&tally, headers, i, from);
                return kind == HOP_BORDER ? tally : (AuthTally){ 0 };
        }
        return (AuthTally){ 0 };
}

static AuthVerdict judge(const AuthTally *tally)
{
        if (tally->dmarc_failed)
                return AUTH_FAIL;
        if (tally->dmarc_passed || tally->signature_aligned || tally->submitted_by_from)
                return AUTH_PASS;
        return AUTH_NONE;
}

static const char *tally_text(const AuthTally *tally)
{
        if (tally->fields == 0)
                return "no field of this server above its own Received line";
        if (tally->dmarc_failed)
                return "dmarc=fail, or a pass for another domain";
        if (tally->dmarc_passed)
                return "dmarc=pass";
        if (tally->signature_aligned)
                return "dkim=pass by the From domain";
        return tally->submitted_by_from ? "auth=pass of the From address" : "nothing about the From domain";
}

AuthVerdict auth_read(const Message *message, const char *const *trusted_authserv, GPtrArray *why)
{
        GMimeObject *mime = message_mime(message);
        const char *from = message_from(message);
        if (mime == NULL || from == NULL || trusted_authserv == NULL || trusted_authserv[0] == NULL)
                return AUTH_NONE;
        GMimeHeaderList *headers = g_mime_object_get_header_list(mime);
        AuthVerdict verdict = AUTH_NONE;
        for (const char *const *id = trusted_authserv; *id != NULL; id++) {
                AuthTally tally = count_trusted(headers, *id, from);
                AuthVerdict one = judge(&tally);
                if (one != AUTH_NONE || id == trusted_authserv)
                        g_ptr_array_add(why, g_strdup_printf("auth: %s: %s", *id, tally_text(&tally)));
                if (one == AUTH_FAIL)
                        return AUTH_FAIL;
                if (one == AUTH_PASS)
                        verdict = AUTH_PASS;
        }
        return verdict;
}
