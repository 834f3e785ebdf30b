#include "store/store.h"

#include "store/query.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 7, RETRY_MS = 2, RETRIES_MAX = 5000 };

struct Store {
        sqlite3 *handle;
        char *path;
        GHashTable *statements; /* address of the SQL text -> statement */
        GPtrArray *last;        /* of Last: what store_commit() runs first */
        GArray *marks;          /* of guint: how many of them were there at each open savepoint */
};

typedef struct {
        StoreLast run;
        void *data;
        GDestroyNotify free_data;
} Last;

static void last_free(gpointer data)
{
        Last *last = data;
        last->free_data(last->data);
        g_free(last);
}

/* The numbered files of schema/, put into the program by schema.S. */
extern const char schema_001[], schema_002[], schema_003[], schema_004[], schema_005[], schema_006[],
        schema_007[];
static const char *const migrations[SCHEMA_VERSION] = { schema_001, schema_002, schema_003, schema_004,
                                                        schema_005, schema_006, schema_007 };

G_DEFINE_QUARK(facteur - store - error, store_error)

static StoreError error_code(int code)
{
        switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return STORE_ERROR_BUSY;
        case SQLITE_FULL:
        case SQLITE_READONLY:
        case SQLITE_IOERR: return STORE_ERROR_FULL;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return STORE_ERROR_CORRUPT;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM: return STORE_ERROR_OPEN;
        case SQLITE_CONSTRAINT: return STORE_ERROR_CONFLICT;
        default: return STORE_ERROR_OTHER;
        }
}

static const char *mend(StoreError code)
{
        switch (code) {
        case STORE_ERROR_FULL: return ": free some space, or check the rights of the folder; nothing is lost";
        case STORE_ERROR_CORRUPT: return ": restore the last backup; the mails lie in the mailbox";
        case STORE_ERROR_OPEN: return ": check the path and its rights, or run `facteur init`";
        case STORE_ERROR_BUSY: return ": another process holds it";
        case STORE_ERROR_NEWER:
        case STORE_ERROR_CONFLICT:
        case STORE_ERROR_OTHER: break;
        }
        return "";
}

void store_error(Store *store, int code, const char *what, GError **error)
{
        StoreError kind = error_code(code);
        g_set_error(error, STORE_ERROR, kind, "database %s: %s (%s)%s", store->path, what,
                    code == SQLITE_TOOBIG ? "a value is too large" : sqlite3_errmsg(store->handle),
                    mend(kind));
}

sqlite3 *store_handle(Store *store)
{
        return store->handle;
}

sqlite3_stmt *store_statement(Store *store, const char *sql)
{
        sqlite3_stmt *statement = g_hash_table_lookup(store->statements, sql);
        if (statement != NULL)
                return statement;
        if (sqlite3_prepare_v3(store->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
            SQLITE_OK)
                g_error("our own SQL: %s: %s", sqlite3_errmsg(store->handle), sql);
        g_hash_table_insert(store->statements, (gpointer)sql, statement);
        return statement;
}

bool store_exec(Store *store, const char *sql, GError **error)
{
        int code = sqlite3_exec(store->handle, sql, NULL, NULL, NULL);
        if (code != SQLITE_OK)
                store_error(store, code, "a statement failed", error);
        return code == SQLITE_OK;
}

/* SQLite's own waiting backs off to 100 ms and starves the patient one; a small fixed step does not. */
static int wait_for_turn(void *unused G_GNUC_UNUSED, int tries)
{
        g_usleep(RETRY_MS * 1000);
        return tries < RETRIES_MAX;
}

static bool configure(Store *store, int flags, GError **error)
{
        sqlite3_extended_result_codes(store->handle, 1);
        sqlite3_busy_handler(store->handle, wait_for_turn, NULL);
        sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
        if ((flags & SQLITE_OPEN_READWRITE) &&
            !store_exec(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", error))
                return false;
        return store_exec(store,
                          "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = "
                          "MEMORY; PRAGMA cache_size = -4000;",
                          error);
}

static void finalize(gpointer statement)
{
        sqlite3_finalize(statement);
}

/* One thread at a time has a connection, and nobody asks what memory SQLite took: no locks for either. */
static void configure_library(void)
{
        static gsize is_done;
        if (g_once_init_enter(&is_done)) {
                sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
                g_once_init_leave(&is_done, 1);
        }
}

static Store *open_file(const char *path, int flags, GError **error)
{
        configure_library();
        g_autoptr(Store) store = g_new0(Store, 1);
        store->path = g_strdup(path);
        store->statements = g_hash_table_new_full(NULL, NULL, NULL, finalize);
        store->last = g_ptr_array_new_with_free_func(last_free);
        store->marks = g_array_new(FALSE, FALSE, sizeof(guint));
        int code = sqlite3_open_v2(path, &store->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
        if (code != SQLITE_OK) {
                store_error(store, code, "it cannot be opened", error);
                return NULL;
        }
        return configure(store, flags, error) ? g_steal_pointer(&store) : NULL;
}

static const char sql_version[] = "PRAGMA user_version";

static bool schema_version(Store *store, int64_t *version_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_version);
        return query_number(query, 0, version_out, error);
}

static bool migrate(Store *store, int64_t from, GError **error)
{
        if (!store_begin(store, error))
                return false;
        for (int64_t version = from; version < SCHEMA_VERSION; version++)
                if (!store_exec(store, migrations[version], error)) {
                        store_rollback(store);
                        return false;
                }
        g_autofree char *mark = g_strdup_printf("PRAGMA user_version = %d", SCHEMA_VERSION);
        if (!store_exec(store, mark, error) || !store_commit(store, error)) {
                store_rollback(store);
                return false;
        }
        return true;
}

bool store_copy(Store *store, const char *path, GError **error)
{
        char *sql = sqlite3_mprintf("VACUUM INTO %Q", path);
        const bool is_copied = store_exec(store, sql, error);
        sqlite3_free(sql);
        return is_copied;
}

/* The file as it was before a migration, beside it. */
static bool keep_copy(Store *store, int64_t version, GError **error)
{
        g_autofree char *copy = g_strdup_printf("%s.before-%d", store->path, SCHEMA_VERSION);
        unlink(copy);
        return version == 0 || store_copy(store, copy, error);
}

static const char sql_make_house[] =
        "INSERT INTO house (id, instance, made_at) VALUES (1, :instance, unixepoch())";
static const char sql_house[] = "SELECT instance FROM house WHERE id = 1";

bool store_create(const char *path, const char *instance, GError **error)
{
        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN,
                            "database %s: it is there already; nothing was changed", path);
                return false;
        }
        mode_t mask = umask(077);
        g_autoptr(Store) store = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
        umask(mask);
        if (store == NULL || !migrate(store, 0, error))
                return false;
        g_autoptr(Query) query = store_query(store, sql_make_house);
        query_bind_text(query, ":instance", instance);
        return query_change(query, 1, error);
}

static bool check_instance(Store *store, const char *instance, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_house);
        if (query_next(query, error) != 1)
                return false;
        if (strcmp(query_text(query, 0), instance) == 0)
                return true;
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN,
                    "database %s: it belongs to the instance `%s`, and the configuration says `%s`: a copy "
                    "must not mail everybody again; "
                    "use the right configuration",
                    store->path, query_text(query, 0), instance);
        return false;
}

Store *store_open(const char *path, const char *instance, GError **error)
{
        g_autoptr(Store) store = open_file(path, SQLITE_OPEN_READWRITE, error);
        int64_t version;
        if (store == NULL || !schema_version(store, &version, error))
                return NULL;
        if (version > SCHEMA_VERSION) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_NEWER,
                            "database %s: a newer facteur made it (schema %d, this one knows %d): "
                            "install that version again",
                            path, (int)version, SCHEMA_VERSION);
                return NULL;
        }
        if (version < SCHEMA_VERSION &&
            (!keep_copy(store, version, error) || !migrate(store, version, error)))
                return NULL;
        return check_instance(store, instance, error) ? g_steal_pointer(&store) : NULL;
}

Store *store_open_copy(const char *path, int64_t *version_out, GError **error)
{
        g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE),
                        *uri = g_strdup_printf("file:%s?immutable=1", escaped);
        g_autoptr(Store) store = open_file(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
        return store != NULL && schema_version(store, version_out, error) ? g_steal_pointer(&store) : NULL;
}

int64_t store_newest_schema(void)
{
        return SCHEMA_VERSION;
}

static const char sql_damage[] = "PRAGMA quick_check (1)";

char *store_damage(Store *store, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_damage);
        if (query_next(query, error) != 1 || strcmp(query_text(query, 0), "ok") == 0)
                return NULL;
        return query_dup(query, 0);
}

void store_free(Store *store)
{
        if (store == NULL)
                return;
        g_hash_table_unref(store->statements);
        g_ptr_array_unref(store->last);
        g_array_unref(store->marks);
        sqlite3_close(store->handle);
        g_free(store->path);
        g_free(store);
}

/* Statements of every message: prepared once. */
static bool run(Store *store, const char *sql, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql);
        return query_change(query, -1, error);
}

static const char sql_begin[] = "BEGIN IMMEDIATE", sql_commit[] = "COMMIT";

bool store_begin(Store *store, GError **error)
{
        return run(store, sql_begin, error);
}

bool store_do_last(Store *store, StoreLast run_it, void *data, GDestroyNotify free_data, GError **error)
{
        const Last last = { run_it, data, free_data };
        if (!sqlite3_get_autocommit(store->handle)) {
                g_ptr_array_add(store->last, g_memdup2(&last, sizeof last));
                return true;
        }
        bool is_done = run_it(store, data, error);
        free_data(data);
        return is_done;
}

bool store_commit(Store *store, GError **error)
{
        for (guint i = 0; i < store->last->len; i++) {
                const Last *last = g_ptr_array_index(store->last, i);
                if (!last->run(store, last->data, error))
                        return false;
        }
        g_ptr_array_set_size(store->last, 0);
        return run(store, sql_commit, error);
}

void store_rollback(Store *store)
{
        g_ptr_array_set_size(store->last, 0);
        g_array_set_size(store->marks, 0);
        if (!sqlite3_get_autocommit(store->handle))
                sqlite3_exec(store->handle, "ROLLBACK", NULL, NULL, NULL);
}

static const char sql_begin_reading[] = "BEGIN";

bool store_begin_reading(Store *store, GError **error)
{
        return run(store, sql_begin_reading, error);
}

static const char sql_savepoint[] = "SAVEPOINT message", sql_release[] = "RELEASE message";

bool store_savepoint(Store *store, GError **error)
{
        g_array_append_val(store->marks, store->last->len);
        return run(store, sql_savepoint, error);
}

/* How many waited when the savepoint was set that ends now. */
static guint end_mark(Store *store)
{
        const guint count = g_array_index(store->marks, guint, store->marks->len - 1);
        g_array_set_size(store->marks, store->marks->len - 1);
        return count;
}

bool store_release(Store *store, GError **error)
{
        end_mark(store);
        return run(store, sql_release, error);
}

void store_undo(Store *store)
{
        g_ptr_array_set_size(store->last, (gint)end_mark(store));
        sqlite3_exec(store->handle, "ROLLBACK TO message; RELEASE message", NULL, NULL, NULL);
}
