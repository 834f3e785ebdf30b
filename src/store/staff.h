/* store/staff.h: who gets the digest, about which cases, and when the next one is due. */
#pragma once

#include "store/store.h"

typedef enum { SCOPE_ALL, SCOPE_OWN } StaffScope; /* own: the cases in which the person plays a role now */
typedef enum { RHYTHM_DAY, RHYTHM_WEEK, RHYTHM_NEVER } StaffRhythm; /* each working day; the week's first */

typedef struct {
        int64_t person;
        StaffScope scope;
        StaffRhythm rhythm;
        int minute;      /* of the person's day */
        int64_t next_at; /* 0: never */
        int64_t told;    /* last journal entry that a digest has told of */
} Staff;

const char *staff_scope_word(StaffScope scope); /* "all", "own" */
const char *staff_rhythm_word(StaffRhythm rhythm);

/* *is_staff_out: is the person one of them? False on error. */
bool staff_get(Store *store, int64_t person, Staff *staff_out, bool *is_staff_out, GError **error);
/* Adds or replaces; journalled. */
bool staff_put(Store *store, const Staff *staff, int64_t now, GError **error);
/* One of the staff no more: their words count no longer, their digests end; journalled. */
bool staff_remove(Store *store, int64_t person, int64_t now, GError **error);
/* The digest of `next_at` was made: what comes next, and what was told. */
bool staff_move_on(Store *store, int64_t person, int64_t next_at, int64_t told, GError **error);
/* Up to limit of those whose digest is due, soonest first: of Staff. */
GArray *staff_due(Store *store, int64_t now, guint limit, GError **error);
bool staff_next_due(Store *store, int64_t *due_at_out, GError **error); /* INT64_MAX: none */
