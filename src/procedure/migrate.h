/* procedure/migrate.h: a running case goes on by another version of its procedure: what would change, and
 * what stands in the way.
 *
 * Pure. The move itself is a decision like any other: decide() of the new version with EVENT_MIGRATE.
 */
#pragma once

#include "procedure/decide.h"

/* Why a case cannot move, and the mend. */
typedef struct {
        char *what, *mend;
} MigrationFault;

typedef struct {
        Decision *decision;
        GPtrArray *changes; /* of char *: one line each, without names or dates of the case: what many have in
                               common can be told once */
        GPtrArray *faults;  /* of MigrationFault; empty: it can move */
} Migration;

/* the_case runs by `from`; NULL: that version cannot be read any more, and deadlines stay as they are. Always
 * gives a Migration; it is deterministic. */
Migration *migration_new(const Procedure *from, const Procedure *to, const Case *the_case, int64_t now);
void migration_free(Migration *migration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Migration, migration_free)

/* What two versions do not have in common, whatever the case: of char *, one line each. */
GPtrArray *migration_differences(const Procedure *from, const Procedure *to);
