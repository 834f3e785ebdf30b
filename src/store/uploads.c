#include "store/uploads.h"

#include "store/query.h"

void upload_free(Upload *upload)
{
        if (upload == NULL)
                return;
        g_free(upload->step);
        g_free(upload->field);
        g_free(upload->name);
        g_free(upload->type);
        spool_place_clear(&upload->place);
        g_free(upload);
}

static const char sql_add[] =
        "INSERT INTO uploads (case_id, step, field, person, name, type, segment, at_byte, length, sha256, "
        "stored_at) VALUES (:case_id, :step, :field, :person, :name, :type, :segment, :at_byte, :length, "
        ":sha256, :now)";

bool uploads_add(Store *store, const Upload *upload, int64_t now, int64_t *id_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_int(query, ":case_id", upload->case_id);
        query_bind_text(query, ":step", upload->step);
        query_bind_text(query, ":field", upload->field);
        query_bind_int(query, ":person", upload->person);
        query_bind_text(query, ":name", upload->name);
        query_bind_text(query, ":type", upload->type);
        query_bind_text(query, ":segment", upload->place.segment);
        query_bind_int(query, ":at_byte", upload->place.offset);
        query_bind_int(query, ":length", upload->place.length);
        query_bind_text(query, ":sha256", upload->place.sha256);
        query_bind_int(query, ":now", now);
        if (!query_change(query, 1, error))
                return false;
        *id_out = sqlite3_last_insert_rowid(store_handle(store));
        return true;
}

static const char sql_get[] = "SELECT case_id, step, field, person, name, type, segment, at_byte, length, "
                              "sha256 FROM uploads WHERE id = :id";

Upload *uploads_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        if (query_next(query, error) != 1)
                return NULL;
        Upload *upload = g_new0(Upload, 1);
        upload->id = id;
        upload->case_id = query_int(query, 0);
        upload->step = query_dup(query, 1);
        upload->field = query_dup(query, 2);
        upload->person = query_int(query, 3);
        upload->name = query_dup(query, 4);
        upload->type = query_dup(query, 5);
        upload->place.segment = query_dup(query, 6);
        upload->place.offset = query_int(query, 7);
        upload->place.length = query_int(query, 8);
        g_strlcpy(upload->place.sha256, query_text(query, 9), sizeof upload->place.sha256);
        return upload;
}

static const char sql_count[] = "SELECT count(*) FROM uploads WHERE case_id = :case_id AND step = :step";

bool uploads_count(Store *store, int64_t case_id, const char *step, int64_t *count_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_count);
        query_bind_int(query, ":case_id", case_id);
        query_bind_text(query, ":step", step);
        return query_number(query, 0, count_out, error);
}
