/* robot/migrate.h: running cases go on by another version of their procedure: first told, then done.
 *
 * All of the cases in one transaction, or none. Each gets a journal entry `migrated`, and what follows from
 * the new version is decided, journalled and mailed as ever (procedure/migrate.h).
 */
#pragma once

#include "procedure/migrate.h"
#include "robot/house.h"
#include "store/spool.h"

typedef struct {
        const Procedure *to;
        const char *const *references; /* NULL: every case that is not over and runs by another version */
} MigrateWish;

/* One case, or why it cannot go. */
typedef struct {
        int64_t id;
        char *reference;
        char *from; /* hash of the version that it runs by */
        Migration *migration;
} MigrateCase;

typedef struct {
        GPtrArray *cases; /* of MigrateCase, by reference; those that run by the version already are not among
                             them */
        GPtrArray *unknown; /* of char *: references that name no case */
        guint there;        /* cases that run by it already, or are over */
        guint faulty;       /* of cases: those with faults */
} MigrateReport;
void migrate_report_init(MigrateReport *report);
void migrate_report_clear(MigrateReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MigrateReport, migrate_report_clear)

/* What would change. Changes nothing. False: the world failed. */
bool migrate_look(House *house, const MigrateWish *wish, MigrateReport *report, GError **error);

/* Looks once more inside the transaction, and moves them when nothing stands in the way and the report is the
 * same as the one before; else *moved_out is false and nothing has changed. */
bool migrate_run(House *house, Spool *out, const MigrateWish *wish, const MigrateReport *seen,
                 bool *moved_out, GError **error);
