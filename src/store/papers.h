/* store/papers.h: signed documents as they were first made, for whoever asks again: the web duty has no key
 * to sign with. */
#pragma once

#include "store/spool.h"

/* In the language, else in any: the oldest. place_out->segment stays NULL when none was made yet. */
bool papers_find(Store *store, int64_t case_id, const char *document, const char *language,
                 bool is_any_language, SpoolPlace *place_out, GError **error);
/* In place of one whose bytes are gone. */
bool papers_put(Store *store, int64_t case_id, const char *document, const char *language,
                const SpoolPlace *place, int64_t now, GError **error);
