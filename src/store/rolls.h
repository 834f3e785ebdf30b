/* store/rolls.h: who is known in which role beside any case: the students of a cohort, the tutors. */
#pragma once

#include "store/store.h"

#include <jansson.h>

typedef struct {
        int64_t person;
        char *role, *cohort; /* cohort "": none */
        json_t *data;        /* object: field of the first form -> canonical value */
} Roll;
void roll_free(Roll *roll);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Roll, roll_free)

/* Adds or replaces; journalled. The same again changes nothing: *is_changed_out false. */
bool rolls_put(Store *store, const Roll *roll, int64_t now, bool *is_changed_out, GError **error);
/* They are of somebody else now; the journal says so where it says what became of the person. */
bool rolls_drop(Store *store, int64_t person, GError **error);
GPtrArray *rolls_of(Store *store, int64_t person, GError **error); /* of Roll, by role and cohort */
