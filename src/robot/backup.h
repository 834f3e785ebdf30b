/* robot/backup.h: copies of database and spool: made while the robot runs, verified, restored.
 *
 * A backup is a folder: facteur.db, spool/, facteur.conf, and manifest.json with the SHA-256 of each file. It
 * is made under another name and gets its own when all is synced, so that half of one is never taken for one.
 * Keys and passwords are not in it: they are kept apart. MAIL.md D59.
 */
#pragma once

#include "robot/house.h"

#define BACKUP_ERROR (backup_error_quark())
GQuark backup_error_quark(void);
typedef enum { BACKUP_ERROR_NONE_THERE, BACKUP_ERROR_THERE_ALREADY, BACKUP_ERROR_DAMAGED } BackupError;

typedef struct {
        char *path; /* of the backup's own folder */
        int64_t made_at;
        int64_t size_bytes;  /* of all files */
        guint files, linked; /* linked: of the files, unchanged since the backup before, and shared with it */
} BackupMade;
void backup_made_clear(BackupMade *made);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BackupMade, backup_made_clear)

/* A new folder below `folder`, named by the instant. keep: so many of the newest stay; 0: all. */
bool backup_make(House *house, const char *folder, guint keep, BackupMade *made_out, GError **error);

typedef struct {
        char *path, *instance;
        int64_t made_at, entries, cases;
        char *journal_head;
        GPtrArray *faults; /* of char *: one sentence each; empty: all is well */
} BackupReport;
void backup_report_free(BackupReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackupReport, backup_report_free)

/* path: a backup's own folder, or the folder of many: then the newest. Each file's hash, the database's
 * pages, the journal's chain and the state it gives, the messages that rows point at. NULL: there is no
 * backup. */
BackupReport *backup_verify(const char *path, GError **error);

/* Into a state folder that is not there yet, all or nothing, with sending held. unsent_out: of OutboxMail:
 * what waited when the backup was made, and may have gone since. The report says faults: nothing was
 * restored. */
bool backup_restore(const BackupReport *report, const char *state_dir, int64_t now, GPtrArray **unsent_out,
                    GError **error);
