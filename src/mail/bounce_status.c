#include "mail/bounce_status.h"

#include <glib.h>
#include <string.h>

enum { DETAIL_DIGITS = 3 };

/* Length of a code that begins here; 0. */
static size_t code_length(const char *text)
{
        if (strchr("245", text[0]) == NULL || text[0] == '\0')
                return 0;
        size_t length = 1;
        for (int part = 0; part < 2; part++) {
                if (text[length] != '.')
                        return 0;
                size_t digits = strspn(text + length + 1, "0123456789");
                if (digits == 0 || digits > DETAIL_DIGITS)
                        return 0;
                length += 1 + digits;
        }
        bool goes_on = g_ascii_isalnum(text[length]) || text[length] == '-' ||
                       (text[length] == '.' && g_ascii_isdigit(text[length + 1]));
        return goes_on ? 0 : length;
}

bool status_read(const char *text, char status_out[STATUS_ROOM])
{
        size_t length = code_length(text);
        if (length == 0)
                return false;
        g_strlcpy(status_out, text, MIN(length + 1, (size_t)STATUS_ROOM));
        return true;
}

static bool is_inside_word(const char *text, const char *at)
{
        return at > text && (g_ascii_isalnum(at[-1]) || at[-1] == '.' || at[-1] == '_' || at[-1] == '/' ||
                             (at[-1] == '-' && !g_ascii_isdigit(at > text + 1 ? at[-2] : ' ')));
}

/* Replies that a server may give to a mail (RFC 5321, 4954, 7504); other numbers are ports and years. */
static bool is_reply(const char *at)
{
        static const char *const replies[] = {
                "421", "422", "431", "432", "441", "442", "446", "447", "449", "450", "451",
                "452", "454", "455", "458", "459", "471", "500", "501", "502", "503", "504",
                "510", "511", "512", "513", "515", "517", "521", "523", "525", "530", "531",
                "533", "534", "535", "538", "541", "542", "543", "544", "546", "547", "550",
                "551", "552", "553", "554", "555", "556", "557", "571", "572", "577"
        };
        for (size_t i = 0; i < G_N_ELEMENTS(replies); i++)
                if (strncmp(at, replies[i], 3) == 0)
                        return true;
        return false;
}

/* Does a reply stand here as one: in front of words, a dash or an end, not of a unit or a fraction? */
static bool is_reply_at(const char *text, const char *at)
{
        if ((*at != '4' && *at != '5') || is_inside_word(text, at) || !is_reply(at))
                return false;
        char next = at[3];
        if (next == '.' || next == ',')
                return !g_ascii_isdigit(at[4]);
        return !g_ascii_isalnum(next) && next != '/' && next != '_' &&
               !(next == ':' && g_ascii_isdigit(at[4])) &&
               !(next == '-' && g_ascii_isdigit(at[4]) && at[5] != '.');
}

bool status_find(const char *text, char status_out[STATUS_ROOM])
{
        const char *alone = NULL;
        for (const char *p = text; *p != '\0'; p++) {
                if (is_reply_at(text, p)) {
                        const char *code = p + 3 + strspn(p + 3, " -:#(");
                        if (code_length(code) > 0)
                                return status_read(code, status_out);
                } else if (alone == NULL && !is_inside_word(text, p) && code_length(p) > 0 && *p != '2') {
                        alone = p;
                }
        }
        return alone != NULL && status_read(alone, status_out);
}

int status_reply_class(const char *text)
{
        int found = 0;
        for (const char *p = text; *p != '\0'; p++)
                if (is_reply_at(text, p))
                        found = MAX(found, *p - '0');
        return found;
}
