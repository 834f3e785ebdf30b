/* store/organisations.h: one file for each organisation, fed by the cases at it.
 *
 * The same registration number is the same organisation. So is the same name, accents and punctuation apart,
 * unless both have numbers, or countries, that differ: two files are found by one search, one file of two
 * organisations would fill a record with wrong facts.
 */
#pragma once

#include "store/store.h"

typedef struct {
        const char *field, *value;
} OrganisationValue;

/* What a case says of its organisation. */
typedef struct {
        int64_t case_id;
        const char *name;
        const char *number, *country, *place; /* "" */
        const OrganisationValue
                *values; /* what fills the next record; those without value stay as they are */
        gsize value_count;
        const char *proposed; /* "" */
        int64_t proposed_at;
        bool is_shared; /* its report may be shown */
} OrganisationFacts;

/* Makes or changes the file, and makes it findable. The case is counted once, wherever it is now. */
bool organisations_feed(Store *store, const OrganisationFacts *facts, int64_t now, GError **error);

typedef struct {
        int64_t id;
        char *name;
        GHashTable *values; /* "form.field" -> value */
        char *proposed;     /* the newest answer; "" */
        int64_t cases;      /* how many */
} Organisation;
void organisation_free(Organisation *organisation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Organisation, organisation_free)

Organisation *organisations_get(Store *store, int64_t id, GError **error); /* NULL without error: none */
/* By a name that it was ever given, whole; number "": not known. NULL without error: none, or more than one.
 */
Organisation *organisations_named(Store *store, const char *name, const char *number, GError **error);
/* Names of up to limit organisations that are not refused by `refused` (NULL: nobody's answer), by name: of
 * char *. */
GPtrArray *organisations_names(Store *store, const char *refused, guint limit, GError **error);
/* Up to limit cases whose report is shared, newest first: ids. */
GArray *organisations_shared(Store *store, int64_t id, guint limit, GError **error);
