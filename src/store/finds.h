/* store/finds.h: people, organisations, cases and messages by words, in any script, accents or not (FTS5).
 *
 * Each has one entry: a line to show and the words it is found by. An entry is written in the transaction
 * that writes what it is about. Words are compared as text_fold() makes them, by their beginnings; Arabic
 * ones with and without the article. Whoever asks sees what lies in their scope: a person, as in
 * store/overview.h.
 */
#pragma once

#include "store/store.h"

typedef enum { FIND_PERSON, FIND_ORGANISATION, FIND_CASE, FIND_MESSAGE } FindKind;
enum { N_FIND_KINDS = FIND_MESSAGE + 1 };
const char *find_kind_word(FindKind kind); /* "person", … */

typedef struct {
        FindKind kind;
        int64_t id;      /* of the person, organisation, case or inbox row */
        int64_t case_id; /* of a message; 0 */
        int64_t at;
        const char *title; /* cut where it is too long, words too */
        const char *words;
} FindEntry;

/* Adds or replaces. Any text will do; what is the same already is not written. */
bool finds_put(Store *store, const FindEntry *entry, GError **error);
/* What nobody is to find any more; nothing happens when there is none. */
bool finds_drop(Store *store, FindKind kind, int64_t id, GError **error);

typedef struct {
        FindKind kind;
        int64_t id;
        int64_t case_id; /* of a message, or the newest of a person's or organisation's in the scope; 0 */
        int64_t at;
        char *title;
        char *reference; /* of the case; "" */
        bool is_held;    /* a message that waits for staff */
} Found;
void found_free(Found *found);

/* The query for what somebody typed; NULL: no word in it. The caller frees. */
char *finds_query(const char *typed);
/* The newest up to limit, of Found. scope 0: everything. Only so many entries are looked at: *is_cut_out says
 * whether there may be more. */
GPtrArray *finds_search(Store *store, FindKind kind, const char *query, int64_t scope, guint limit,
                        bool *is_cut_out, GError **error);

/* Ids of people or cases, up to limit, that have no entry: of a database older than this index. */
GArray *finds_missing(Store *store, FindKind kind, guint limit, GError **error);
