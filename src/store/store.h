/* store/store.h: the one database, SQLite: opening, migrations, transactions.
 *
 * WAL, synchronous FULL, STRICT tables, one connection a process, one thread at a time. Writers take BEGIN
 * IMMEDIATE with a small fixed retry; transactions are short and grouped. The other headers of this room have
 * one subject each and run inside the caller's transaction.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Store Store;

typedef enum {
        STORE_ERROR_OPEN,     /* no such file, no right, not a database */
        STORE_ERROR_NEWER,    /* a newer schema than this program's */
        STORE_ERROR_BUSY,     /* another writer would not let go */
        STORE_ERROR_FULL,     /* disk full or read-only: wait, do not retry at once */
        STORE_ERROR_CONFLICT, /* a change touched another number of rows than it must: a race or a bug */
        STORE_ERROR_CORRUPT,
        STORE_ERROR_OTHER,
} StoreError;
#define STORE_ERROR (store_error_quark())
GQuark store_error_quark(void);

bool store_create(const char *path, const char *instance, GError **error); /* fails when the file is there */
/* Opens and migrates (a copy of the old file is kept beside it). instance must be the one it was created
 * with: a cloned machine must not mail everybody again. */
Store *store_open(const char *path, const char *instance, GError **error);
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

/* The database as it is now, in a new file. */
bool store_copy(Store *store, const char *path, GError **error);

/* A file that nobody writes any more, read-only, as it is: no migration, no instance asked, nothing made
 * beside it. Queries may fail when its schema is older than store_newest_schema(). */
Store *store_open_copy(const char *path, int64_t *version_out, GError **error);
int64_t store_newest_schema(void);
/* What SQLite itself finds wrong with the file; NULL without error: nothing. The caller frees. */
char *store_damage(Store *store, GError **error);

bool store_begin(Store *store, GError **error); /* BEGIN IMMEDIATE */
/* Several questions in a row see one state, and lock once; ends like the other, and holds up no writer. */
bool store_begin_reading(Store *store, GError **error);
bool store_commit(Store *store, GError **error);
void store_rollback(Store *store); /* safe when none is open */
/* What is best written at the end of the transaction, once for all messages: run by store_commit(), in order;
 * forgotten with whatever undoes the part of the transaction that asked for it. Outside a transaction it runs
 * at once. data is taken over. */
typedef bool (*StoreLast)(Store *store, void *data, GError **error);
bool store_do_last(Store *store, StoreLast run, void *data, GDestroyNotify free_data, GError **error);
/* One message's part of a group: undone alone when it fails. */
bool store_savepoint(Store *store, GError **error);
bool store_release(Store *store, GError **error);
void store_undo(Store *store);
