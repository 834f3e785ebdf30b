#include "robot/backup.h"

#include "base/file.h"
#include "store/hold.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/spool.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char manifest_name[] = "manifest.json", database_name[] = "facteur.db", name_head[] = "facteur-",
                  unfinished_head[] = ".unfinished-";
enum { FORMAT = 1 };

G_DEFINE_QUARK(facteur - backup - error, backup_error)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audit, audit_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

void backup_made_clear(BackupMade *made)
{
        g_clear_pointer(&made->path, g_free);
}

void backup_report_free(BackupReport *report)
{
        if (report == NULL)
                return;
        g_free(report->path);
        g_free(report->instance);
        g_free(report->journal_head);
        g_ptr_array_unref(report->faults);
        g_free(report);
}

static json_t *read_manifest(const char *folder)
{
        g_autofree char *path = g_build_filename(folder, manifest_name, NULL);
        return json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
}

/* The newest finished backup in a folder of many; NULL: none. */
static char *newest_in(const char *folder)
{
        g_autoptr(GPtrArray) names = folder_names(folder);
        for (guint i = names->len; i > 0; i--) {
                const char *name = g_ptr_array_index(names, i - 1);
                if (g_str_has_prefix(name, name_head))
                        return g_build_filename(folder, name, NULL);
        }
        return NULL;
}

/* Making. */

typedef struct {
        const Config *config;
        char *folder;         /* where it is being made */
        char *before;         /* the newest backup that is there; NULL */
        json_t *files;        /* of {name, size, sha256} */
        json_t *before_files; /* by name: of the backup before; NULL */
        BackupMade *made;
} Making;

static void making_clear(Making *making)
{
        g_free(making->folder);
        g_free(making->before);
        json_decref(making->files);
        json_decref(making->before_files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Making, making_clear)

static void note_file(Making *making, const char *name, int64_t size, const char *hash)
{
        json_object_set_new(making->files, name,
                            json_pack("{s:I, s:s}", "size", (json_int_t)size, "sha256", hash));
        making->made->size_bytes += size;
        making->made->files++;
}

/* A segment only ever grows, and never after its day: the same length is the same file. */
static bool share_file(Making *making, const char *from, const char *to, const char *name)
{
        struct stat status;
        const json_t *old = json_object_get(making->before_files, name);
        if (old == NULL || stat(from, &status) != 0 ||
            json_integer_value(json_object_get(old, "size")) != status.st_size)
                return false;
        g_autofree char *there = g_build_filename(making->before, name, NULL);
        if (link(there, to) != 0)
                return false;
        note_file(making, name, status.st_size, json_string_value(json_object_get(old, "sha256")));
        making->made->linked++;
        return true;
}

static bool copy_file(Making *making, const char *from, const char *name, GError **error)
{
        g_autofree char *to = g_build_filename(making->folder, name, NULL);
        char hash[HASH_LENGTH + 1];
        int64_t size;
        if (g_str_has_prefix(name, "spool/") && share_file(making, from, to, name))
                return true;
        if (!file_copy(from, to, &size, hash, error))
                return false;
        note_file(making, name, size, hash);
        return true;
}

static bool copy_database(Making *making, Store *store, GError **error)
{
        g_autofree char *to = g_build_filename(making->folder, database_name, NULL);
        char hash[HASH_LENGTH + 1];
        int64_t size;
        if (!store_copy(store, to, error) || !file_hash(to, &size, hash, error))
                return false;
        note_file(making, database_name, size, hash);
        return true;
}

static bool copy_spool_of(Making *making, const char *writer, GError **error)
{
        g_autofree char *from = g_build_filename(making->config->state_dir, "spool", writer, NULL),
                        *to = g_build_filename(making->folder, "spool", writer, NULL);
        g_autoptr(GPtrArray) names = folder_names(from);
        if (!folder_make(to, error))
                return false;
        for (guint i = 0; i < names->len; i++) {
                const char *segment = g_ptr_array_index(names, i);
                g_autofree char *name = g_build_filename("spool", writer, segment, NULL),
                                *path = g_build_filename(from, segment, NULL);
                if (!copy_file(making, path, name, error))
                        return false;
        }
        return folder_sync(to, error);
}

/* After the database: what its rows point at was synced before they were committed. */
static bool copy_spool(Making *making, GError **error)
{
        g_autofree char *from = g_build_filename(making->config->state_dir, "spool", NULL),
                        *to = g_build_filename(making->folder, "spool", NULL);
        g_autoptr(GPtrArray) writers = folder_names(from);
        if (!folder_make(to, error))
                return false;
        for (guint i = 0; i < writers->len; i++)
                if (!copy_spool_of(making, g_ptr_array_index(writers, i), error))
                        return false;
        return folder_sync(to, error);
}

static bool write_manifest(Making *making, GError **error)
{
        g_autofree char *path = g_build_filename(making->folder, manifest_name, NULL);
        g_autoptr(json_t) manifest = json_pack(
                "{s:i, s:s, s:s, s:I, s:I, s:O}", "facteur_backup", FORMAT, "program", FACTEUR_VERSION,
                "instance", making->config->instance, "schema", (json_int_t)store_newest_schema(), "made_at",
                (json_int_t)making->made->made_at, "files", making->files);
        char *text = json_dumps(manifest, JSON_INDENT(2) | JSON_SORT_KEYS);
        const bool is_written = file_write_new(path, text, error);
        free(text);
        return is_written && folder_sync(making->folder, error);
}

static bool fill(Making *making, House *house, GError **error)
{
        return folder_make(making->folder, error) && copy_database(making, house->store, error) &&
               copy_spool(making, error) && copy_file(making, house->config->path, "facteur.conf", error) &&
               write_manifest(making, error);
}

static bool give_name(Making *making, const char *parent, GError **error)
{
        if (rename(making->folder, making->made->path) == 0)
                return folder_sync(parent, error);
        const bool is_there = errno == ENOTEMPTY || errno == EEXIST;
        g_set_error(error, BACKUP_ERROR, BACKUP_ERROR_THERE_ALREADY, "%s: %s", making->made->path,
                    is_there ? "a backup of this very second is there already" : g_strerror(errno));
        return false;
}

/* What a crash left is no backup, and the oldest go. */
static void tidy(const char *parent, guint keep)
{
        g_autoptr(GPtrArray) names = folder_names(parent);
        guint found = 0;
        for (guint i = names->len; i > 0; i--) {
                const char *name = g_ptr_array_index(names, i - 1);
                g_autofree char *path = g_build_filename(parent, name, NULL);
                if (g_str_has_prefix(name, unfinished_head) ||
                    (g_str_has_prefix(name, name_head) && keep > 0 && ++found > keep))
                        folder_remove(path);
        }
}

bool backup_make(House *house, const char *folder, guint keep, BackupMade *made_out, GError **error)
{
        *made_out = (BackupMade){ .made_at = house_now(house) };
        g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(made_out->made_at);
        g_autofree char *name = g_date_time_format(now, "%Y%m%dT%H%M%SZ"),
                        *final = g_strconcat(name_head, name, NULL),
                        *unfinished = g_strconcat(unfinished_head, name, NULL);
        made_out->path = g_build_filename(folder, final, NULL);
        g_auto(Making) making = { .config = house->config,
                                  .folder = g_build_filename(folder, unfinished, NULL),
                                  .before = newest_in(folder),
                                  .files = json_object(),
                                  .made = made_out };
        g_autoptr(json_t) before = making.before != NULL ? read_manifest(making.before) : NULL;
        making.before_files = json_incref(json_object_get(before, "files"));
        folder_remove(making.folder);
        if (!fill(&making, house, error) || !give_name(&making, folder, error)) {
                folder_remove(making.folder);
                return false;
        }
        tidy(folder, keep);
        return true;
}

/* Verifying. */

static void fault(BackupReport *report, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fault(BackupReport *report, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_ptr_array_add(report->faults, g_strdup_vprintf(format, arguments));
        va_end(arguments);
}

static void verify_file(BackupReport *report, const char *name, const json_t *want)
{
        g_autofree char *path = g_build_filename(report->path, name, NULL);
        g_autoptr(GError) error = NULL;
        char hash[HASH_LENGTH + 1];
        int64_t size;
        if (strstr(name, "..") != NULL || g_path_is_absolute(name))
                fault(report, "%s: the manifest names a file outside the backup", name);
        else if (!file_hash(path, &size, hash, &error))
                fault(report, "%s", error->message);
        else if (size != json_integer_value(json_object_get(want, "size")) ||
                 g_strcmp0(hash, json_string_value(json_object_get(want, "sha256"))) != 0)
                fault(report, "%s: it is not the file that was copied", path);
}

static void verify_files(BackupReport *report, json_t *files)
{
        const char *name;
        json_t *want;
        json_object_foreach(files, name, want)
                verify_file(report, name, want);
}

static bool verify_database(BackupReport *report, Store *store, GError **error)
{
        g_autofree char *damage = store_damage(store, error);
        g_autoptr(Audit) audit = damage == NULL ? journal_audit(store, error) : NULL;
        if (damage != NULL)
                fault(report, "the database is damaged: %s", damage);
        if (audit == NULL)
                return damage != NULL;
        for (guint i = 0; i < audit->faults->len; i++)
                fault(report, "%s", (char *)g_ptr_array_index(audit->faults, i));
        report->entries = audit->entries;
        report->cases = audit->cases;
        report->journal_head = journal_head(store, error);
        return report->journal_head != NULL;
}

/* Does every row find its message? */
static bool verify_places(BackupReport *report, Store *store, const json_t *files, GError **error)
{
        g_autoptr(GPtrArray) places = spool_needed(store, error);
        for (guint i = 0; places != NULL && i < places->len; i++) {
                const SpoolPlace *place = g_ptr_array_index(places, i);
                g_autofree char *name = g_build_filename("spool", place->segment, NULL);
                const json_t *file = json_object_get(files, name);
                if (file == NULL)
                        fault(report, "%s: rows point at messages in it, and it is not in the backup", name);
                else if (json_integer_value(json_object_get(file, "size")) < place->length)
                        fault(report, "%s: it is shorter than the messages that rows point at", name);
        }
        return places != NULL;
}

static void verify_store(BackupReport *report, const json_t *files)
{
        g_autofree char *path = g_build_filename(report->path, database_name, NULL);
        g_autoptr(GError) error = NULL;
        int64_t version;
        g_autoptr(Store) store = store_open_copy(path, &version, &error);
        if (store != NULL && version > store_newest_schema())
                fault(report, "%s: a newer facteur made it (schema %" PRId64 "): install that version", path,
                      version);
        else if (store != NULL && version == store_newest_schema() && verify_database(report, store, &error))
                verify_places(report, store, files, &error);
        if (error != NULL)
                fault(report, "%s", error->message);
}

BackupReport *backup_verify(const char *path, GError **error)
{
        g_autoptr(BackupReport) report = g_new0(BackupReport, 1);
        report->faults = g_ptr_array_new_with_free_func(g_free);
        report->path = g_strdup(path);
        g_autoptr(json_t) manifest = read_manifest(path);
        if (manifest == NULL) {
                g_free(report->path);
                report->path = newest_in(path);
                manifest = report->path != NULL ? read_manifest(report->path) : NULL;
        }
        if (json_integer_value(json_object_get(manifest, "facteur_backup")) != FORMAT) {
                g_set_error(error, BACKUP_ERROR, BACKUP_ERROR_NONE_THERE,
                            "%s: there is no finished backup (no %s that this facteur can read): name the "
                            "folder that `facteur backup` wrote to",
                            path, manifest_name);
                return NULL;
        }
        json_t *files = json_object_get(manifest, "files");
        report->made_at = json_integer_value(json_object_get(manifest, "made_at"));
        report->instance = g_strdup(json_string_value(json_object_get(manifest, "instance")));
        verify_files(report, files);
        if (report->instance == NULL || json_object_get(files, database_name) == NULL)
                fault(report, "%s: it names no database", manifest_name);
        if (report->faults->len == 0)
                verify_store(report, files);
        return g_steal_pointer(&report);
}

/* Restoring. */

static bool restore_files(const char *from, const char *to, GError **error)
{
        g_autoptr(json_t) manifest = read_manifest(from);
        const char *name;
        json_t *want;
        json_object_foreach(json_object_get(manifest, "files"), name, want) {
                g_autofree char *source = g_build_filename(from, name, NULL),
                                *target = g_build_filename(to, name, NULL),
                                *folder = g_path_get_dirname(target);
                char hash[HASH_LENGTH + 1];
                int64_t size;
                if (strcmp(name, "facteur.conf") ==
                    0) /* the machine has its own; this one is to compare with */
                        continue;
                if (!folder_make(folder, error) || !file_copy(source, target, &size, hash, error))
                        return false;
                if (strcmp(hash, json_string_value(json_object_get(want, "sha256"))) != 0) {
                        g_set_error(error, BACKUP_ERROR, BACKUP_ERROR_DAMAGED, "%s: it changed meanwhile",
                                    source);
                        return false;
                }
        }
        return true;
}

static GPtrArray *hold_restored(const BackupReport *report, const char *folder, int64_t now, GError **error)
{
        g_autofree char *path = g_build_filename(folder, database_name, NULL);
        g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(report->made_at);
        g_autofree char *day = g_date_time_format(made, "%F %R UTC"),
                        *reason = g_strdup_printf("restored from the backup of %s", day);
        g_autoptr(Store) store = store_open(path, report->instance, error);
        if (store == NULL || !store_begin(store, error))
                return NULL;
        g_autoptr(GPtrArray) unsent =
                hold_begin(store, reason, now, error) ? outbox_unsent(store, error) : NULL;
        if (unsent != NULL && store_commit(store, error))
                return g_steal_pointer(&unsent);
        store_rollback(store);
        return NULL;
}

bool backup_restore(const BackupReport *report, const char *state_dir, int64_t now, GPtrArray **unsent_out,
                    GError **error)
{
        *unsent_out = NULL;
        if (g_file_test(state_dir, G_FILE_TEST_EXISTS)) {
                g_set_error(error, BACKUP_ERROR, BACKUP_ERROR_THERE_ALREADY,
                            "%s: it is there already and nothing was changed: stop facteur, move the folder "
                            "away, and try again",
                            state_dir);
                return false;
        }
        g_autofree char *folder = g_strconcat(state_dir, ".unfinished", NULL);
        folder_remove(folder);
        g_autoptr(GPtrArray) unsent =
                restore_files(report->path, folder, error) ? hold_restored(report, folder, now, error) : NULL;
        if (unsent != NULL && rename(folder, state_dir) == 0) {
                *unsent_out = g_steal_pointer(&unsent);
                return true;
        }
        if (unsent != NULL)
                g_set_error(error, BACKUP_ERROR, BACKUP_ERROR_THERE_ALREADY, "%s: %s", state_dir,
                            g_strerror(errno));
        folder_remove(folder);
        return false;
}
