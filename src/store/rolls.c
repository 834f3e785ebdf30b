#include "store/rolls.h"

#include "store/journal.h"
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

void roll_free(Roll *roll)
{
        if (roll == NULL)
                return;
        g_free(roll->role);
        g_free(roll->cohort);
        json_decref(roll->data);
        g_free(roll);
}

static const char sql_of[] =
        "SELECT role, cohort, data FROM rolls WHERE person = :person ORDER BY role, cohort";

GPtrArray *rolls_of(Store *store, int64_t person, GError **error)
{
        g_autoptr(GPtrArray) rolls = g_ptr_array_new_with_free_func((GDestroyNotify)roll_free);
        g_autoptr(Query) query = store_query(store, sql_of);
        query_bind_int(query, ":person", person);
        int next;
        while ((next = query_next(query, error)) == 1) {
                Roll *roll = g_new0(Roll, 1);
                roll->person = person;
                roll->role = query_dup(query, 0);
                roll->cohort = query_dup(query, 1);
                roll->data = json_loads(query_text(query, 2), 0, NULL);
                g_ptr_array_add(rolls, roll);
        }
        return next < 0 ? NULL : g_steal_pointer(&rolls);
}

static const char sql_put[] =
        "INSERT INTO rolls (person, role, cohort, data) VALUES (:person, :role, :cohort, :data) ON CONFLICT "
        "(person, role, cohort) DO UPDATE SET data = excluded.data WHERE data <> excluded.data";

bool rolls_put(Store *store, const Roll *roll, int64_t now, bool *is_changed_out, GError **error)
{
        char *data = json_dumps(roll->data, JSON_COMPACT | JSON_SORT_KEYS);
        g_autoptr(Query) query = store_query(store, sql_put);
        query_bind_int(query, ":person", roll->person);
        query_bind_text(query, ":role", roll->role);
        query_bind_text(query, ":cohort", roll->cohort);
        query_bind_text(query, ":data", data);
        bool is_put = query_change(query, -1, error);
        *is_changed_out = is_put && sqlite3_changes(store_handle(store)) == 1;
        g_clear_pointer(&query, query_done);
        free(data);
        if (!*is_changed_out)
                return is_put;
        json_t *payload =
                json_pack("{s:s, s:s, s:O}", "role", roll->role, "cohort", roll->cohort, "data", roll->data);
        is_put = journal_append_person(store, "person_role", roll->person, payload, now, error);
        json_decref(payload);
        return is_put;
}

static const char sql_drop[] = "DELETE FROM rolls WHERE person = :person";

bool rolls_drop(Store *store, int64_t person, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_drop);
        query_bind_int(query, ":person", person);
        return query_change(query, -1, error);
}
