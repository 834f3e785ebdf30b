#include "base/address.h"

#include <glib.h>
#include <idn2.h>
#include <string.h>

enum { LOCAL_MAX_OCTETS = 64, DOMAIN_MAX_OCTETS = 253, LABEL_MAX_OCTETS = 63 };

static const char local_signs[] = "!#$%&'*+-/=?^_`{|}~.";

static bool is_local_part(const char *text, size_t length)
{
        if (length == 0 || length > LOCAL_MAX_OCTETS || text[0] == '.' || text[length - 1] == '.')
                return false;
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char)text[i];
                if (c < 0x80 && !g_ascii_isalnum(c) && strchr(local_signs, c) == NULL)
                        return false;
        }
        return true;
}

static bool is_host_name(const char *name)
{
        size_t length = strlen(name), label = 0;
        if (length == 0 || length > DOMAIN_MAX_OCTETS || strchr(name, '.') == NULL)
                return false;
        for (size_t i = 0; i <= length; i++) {
                if (name[i] == '.' || name[i] == '\0') {
                        if (label == 0 || label > LABEL_MAX_OCTETS || name[i - 1] == '-' ||
                            name[i - label] == '-')
                                return false;
                        label = 0;
                } else if (g_ascii_isalnum(name[i]) || name[i] == '-' || name[i] == '_') {
                        label++;
                } else {
                        return false;
                }
        }
        return true;
}

/* Has it nothing that IDNA would change or refuse? */
static bool is_plain(const char *domain)
{
        for (const char *c = domain; *c != '\0'; c++)
                if (!g_ascii_isalnum(*c) && *c != '.' && (*c != '-' || (c[1] == '-' && c > domain)))
                        return false;
        return true;
}

/* A domain in lower-case A-labels; NULL when it is none. */
static char *normalise_domain(const char *domain)
{
        if (!g_utf8_validate(domain, -1, NULL))
                return NULL;
        if (is_plain(domain)) { /* nearly all: libidn2 costs as much as the rest of a header */
                g_autofree char *plain = g_ascii_strdown(domain, -1);
                return is_host_name(plain) ? g_steal_pointer(&plain) : NULL;
        }
        char *ascii = NULL;
        if (idn2_to_ascii_8z(domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
                ascii = NULL;
        g_autofree char *lower = g_ascii_strdown(ascii != NULL ? ascii : domain, -1);
        idn2_free(ascii);
        return is_host_name(lower) ? g_steal_pointer(&lower) : NULL;
}

char *address_normalise(const char *text)
{
        if (text == NULL)
                return NULL;
        g_autofree char *trimmed = g_strstrip(g_strdup(text));
        const char *at = strrchr(trimmed, '@');
        if (at == NULL || !g_utf8_validate(trimmed, -1, NULL) ||
            !is_local_part(trimmed, (size_t)(at - trimmed)))
                return NULL;
        g_autofree char *domain = normalise_domain(at + 1);
        if (domain == NULL)
                return NULL;
        return g_strdup_printf("%.*s@%s", (int)(at - trimmed), trimmed, domain);
}

char *address_key(const char *text)
{
        g_autofree char *address = address_normalise(text);
        if (address == NULL)
                return NULL;
        char *at = strrchr(address, '@');
        *at = '\0';
        char *plus = strchr(address, '+');
        if (plus != NULL && plus != address)
                *plus = '\0';
        g_autofree char *local = g_utf8_casefold(address, -1);
        const char *domain = strcmp(at + 1, "googlemail.com") == 0 ? "gmail.com" : at + 1;
        return g_strdup_printf("%s@%s", local, domain);
}

bool address_equal(const char *a, const char *b)
{
        g_autofree char *left = address_key(a);
        g_autofree char *right = address_key(b);
        return left != NULL && right != NULL && strcmp(left, right) == 0;
}

const char *address_domain(const char *address)
{
        const char *at = strrchr(address, '@');
        return at != NULL ? at + 1 : NULL;
}

/* Second-level labels under which organisations register in the countries facteur serves (and their
 * neighbours). */
static const char *const second_levels[] = { "ac",   "co",   "com", "edu",  "gouv",  "gov",
                                             "govt", "mil",  "net", "org",  "press", "asso",
                                             "ens",  "intl", "rnu", "univ", NULL };

static const char *organisation_domain(const char *address)
{
        const char *domain = address_domain(address);
        if (domain == NULL)
                return NULL;
        g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
        guint count = g_strv_length(labels);
        guint keep = count >= 3 && strlen(labels[count - 1]) == 2 &&
                                     g_strv_contains(second_levels, labels[count - 2])
                             ? 3
                             : 2;
        const char *start = domain;
        for (guint i = 0; i + keep < count; i++)
                start = strchr(start, '.') + 1;
        return start;
}

bool address_same_organisation(const char *a, const char *b)
{
        const char *left = organisation_domain(a), *right = organisation_domain(b);
        return left != NULL && right != NULL && g_ascii_strcasecmp(left, right) == 0;
}
