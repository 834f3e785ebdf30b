#include "base/address_slip.h"

#include "base/address.h"
#include "base/text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* Providers that people everywhere write from, and those of the countries facteur serves. */
static const char *const providers[] = {
        "gmail.com",   "googlemail.com", "outlook.com", "outlook.fr",  "hotmail.com",  "hotmail.fr",
        "live.com",    "live.fr",        "msn.com",     "yahoo.com",   "yahoo.fr",     "ymail.com",
        "icloud.com",  "me.com",         "mac.com",     "orange.fr",   "wanadoo.fr",   "free.fr",
        "sfr.fr",      "neuf.fr",        "bbox.fr",     "laposte.net", "proton.me",    "protonmail.com",
        "gmx.com",     "gmx.fr",         "gmx.net",     "aol.com",     "mail.com",     "menara.ma",
        "topnet.tn",   "gnet.tn",        "planet.tn",   "djaweb.dz",   "terra.net.lb", "yandex.com",
        "yahoo.co.uk", "yahoo.ca",       "outlook.sa",  "pm.me",       NULL,
};

/* Too far from the provider for a slip of the finger, and written all the same. */
static const struct {
        const char *written, *meant;
} habits[] = {
        { "gmail.fr", "gmail.com" },     { "gmail.ma", "gmail.com" }, { "gmail.tn", "gmail.com" },
        { "gmail.dz", "gmail.com" },     { "gmail.lb", "gmail.com" }, { "icloud.fr", "icloud.com" },
        { "laposte.fr", "laposte.net" },
};

/* Among short names neighbours are real: how long one must be for one wrong letter, and for two. */
typedef struct {
        size_t name, one, two; /* letters before the first dot; in all */
} Least;
static const Least least_provider = { 5, 7, 11 }, least_known = { 1, 10, 18 };

static bool is_among(const char *domain, const char *const *domains)
{
        return domains != NULL && g_strv_contains(domains, domain);
}

static int most_slips(const char *domain, const Least *least)
{
        const size_t length = strlen(domain);
        if (strcspn(domain, ".") < least->name || length < least->one)
                return 0;
        return length >= least->two ? 2 : 1;
}

/* Digits tell real neighbours apart: etu1.example.org is not a slip of etu2.example.org. */
static bool is_same_digits(const char *a, const char *b)
{
        for (; *a != '\0' || *b != '\0'; a += *a != '\0', b += *b != '\0') {
                while (*a != '\0' && !g_ascii_isdigit(*a))
                        a++;
                while (*b != '\0' && !g_ascii_isdigit(*b))
                        b++;
                if (*a != *b)
                        return false;
        }
        return true;
}

static void find_nearest(const char *domain, const char *const *domains, const Least *least,
                         const char **nearest, int *distance)
{
        for (; domains != NULL && *domains != NULL; domains++) {
                const int most = MIN(most_slips(*domains, least), *distance - 1);
                if (most < 1 || !is_same_digits(domain, *domains))
                        continue;
                const int found = text_distance(domain, *domains, most);
                if (found > most)
                        continue;
                *nearest = *domains;
                *distance = found;
        }
}

const char *address_slip(const char *address, const char *const *known)
{
        const char *written = address_domain(address), *nearest = NULL;
        int distance = G_MAXINT;
        if (written == NULL)
                return NULL;
        g_autofree char *domain = g_ascii_strdown(written, -1);
        for (size_t i = 0; i < G_N_ELEMENTS(habits); i++)
                if (strcmp(habits[i].written, domain) == 0)
                        return habits[i].meant;
        if (is_among(domain, providers) || is_among(domain, known))
                return NULL;
        find_nearest(domain, known, &least_known, &nearest, &distance);
        find_nearest(domain, providers, &least_provider, &nearest, &distance);
        return nearest;
}
