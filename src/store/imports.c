#include "store/imports.h"

#include "store/query.h"

void pending_import_free(PendingImport *import)
{
        if (import == NULL)
                return;
        g_free(import->name);
        spool_place_clear(&import->place);
        g_free(import);
}

static const char sql_add[] =
        "INSERT INTO imports (person, message, name, segment, at_byte, length, sha256, made_at, closed_at) "
        "VALUES (:person, :message, :name, :segment, :at_byte, :length, :sha256, :now, 0)";

bool imports_add(Store *store, const PendingImport *import, int64_t now, int64_t *id_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_int(query, ":person", import->person);
        query_bind_int(query, ":message", import->message);
        query_bind_text(query, ":name", import->name);
        query_bind_text(query, ":segment", import->place.segment);
        query_bind_int(query, ":at_byte", import->place.offset);
        query_bind_int(query, ":length", import->place.length);
        query_bind_text(query, ":sha256", import->place.sha256);
        query_bind_int(query, ":now", now);
        bool is_added = query_change(query, 1, error);
        *id_out = is_added ? sqlite3_last_insert_rowid(store_handle(store)) : 0;
        return is_added;
}

static const char sql_get[] = "SELECT person, message, name, segment, at_byte, length, sha256, closed_at "
                              "FROM imports WHERE id = :id";

PendingImport *imports_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        if (query_next(query, error) != 1)
                return NULL;
        PendingImport *import = g_new0(PendingImport, 1);
        import->id = id;
        import->person = query_int(query, 0);
        import->message = query_int(query, 1);
        import->name = query_dup(query, 2);
        import->place.segment = query_dup(query, 3);
        import->place.offset = query_int(query, 4);
        import->place.length = query_int(query, 5);
        g_strlcpy(import->place.sha256, query_text(query, 6), sizeof import->place.sha256);
        import->is_waiting = query_int(query, 7) == 0;
        return import;
}

static const char sql_close[] = "UPDATE imports SET closed_at = :now WHERE id = :id AND closed_at = 0";

bool imports_close(Store *store, int64_t id, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_close);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error);
}
