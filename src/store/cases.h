/* store/cases.h: cases, their tasks, holders and values, and the timers that follow from them. */
#pragma once

#include "procedure/decide.h"
#include "store/store.h"

/* A whole case with its people, or NULL: not found (no error) or failed (error). */
Case *cases_load(Store *store, int64_t id, GError **error);
int64_t cases_find(Store *store, const char *reference, GError **error); /* 0: none; -1 on error */
/* before NULL: a new case, whose id is set. Else only rows that differ are written. */
bool cases_save(Store *store, const Case *before, Case *after, GError **error);
/* Replaces the case's timers. */
bool cases_set_timers(Store *store, int64_t id, const GPtrArray *timers, GError **error);
/* Timers that are due earlier wait until then: the case could not be looked at. */
bool cases_postpone(Store *store, int64_t id, int64_t until, GError **error);
/* Up to limit cases with a timer due at now, soonest first: ids. */
GArray *cases_due(Store *store, int64_t now, guint limit, GError **error);
bool cases_next_due(Store *store, int64_t *due_at_out, GError **error); /* INT64_MAX: none */

/* Cases in which a person plays a role now, newest first: ids. */
GArray *cases_of_person(Store *store, int64_t person, GError **error);

/* The roles that a person plays now, whatever the case; NULL-terminated. NULL on error. */
char **cases_roles(Store *store, int64_t person, GError **error);
/* Keys of the steps that a person has to do now, NULL-terminated, each once. NULL on error. */
char **cases_open_steps(Store *store, int64_t person, GError **error);
/* Every case that ever knew them, in a role or an act: ids. */
GArray *cases_ever_of_person(Store *store, int64_t person, GError **error);

/* For people: one row a case. */
typedef struct {
        int64_t id;
        char *reference, *status, *student, *organisation;
        char *open_steps; /* keys, comma separated */
        int64_t next_due_at;
} CaseLine;
void case_line_free(CaseLine *line);
GPtrArray *cases_list(Store *store, GError **error); /* of CaseLine, by reference */

/* The source of a procedure version, by hash; kept while cases need it. */
bool procedures_keep(Store *store, const char *hash, const char *source, gsize size, GError **error);
char *procedures_get(Store *store, const char *hash, gsize *size_out, GError **error);
