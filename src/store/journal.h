/* store/journal.h: the append-only, hash-chained record of everything that was decided (DESIGN.md 2.7).
 *
 * hash = SHA-256(previous hash ‖ id ‖ at ‖ case ‖ kind ‖ step ‖ person ‖ message ‖ SHA-256 of the payload),
 * so that payloads can be blanked by retention without breaking the chain.
 */
#pragma once

#include "procedure/case.h"
#include "store/store.h"

/* case_id 0: about a person or the house. */
bool journal_append(Store *store, int64_t case_id, const Record *record, GError **error);
/* The same for an entry about a person: kind "person_added", "person_failing" or "person_address". */
bool journal_append_person(Store *store, const char *kind, int64_t person, const json_t *payload, int64_t now,
                           GError **error);
/* About the house itself: "sending_held", "sending_released". */
bool journal_append_house(Store *store, const char *kind, const json_t *payload, int64_t now, GError **error);
/* The last entry's hash, hex; zeros when empty. The caller frees. */
char *journal_head(Store *store, GError **error);

typedef struct {
        int64_t entries, cases;
        GPtrArray *faults; /* of char *: one sentence each; empty: all is well */
} Audit;
/* Verifies the chain and that the state of every case is the fold of its records. NULL only when the database
 * cannot be read. */
Audit *journal_audit(Store *store, GError **error);
void audit_free(Audit *audit);

/* Hash of the newest entry that closed the step, hex; "" when there is none. The caller frees. */
char *journal_closing_hash(Store *store, int64_t case_id, const char *step, GError **error);
/* The records of a case in order, of Record. */
GPtrArray *journal_of_case(Store *store, int64_t case_id, GError **error);
