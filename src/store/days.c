#include "store/days.h"

#include "store/journal.h"
#include "store/query.h"

void off_day_free(OffDay *day)
{
        if (day == NULL)
                return;
        g_free(day->country);
        g_free(day->name);
        g_free(day);
}

static const char sql_same[] = "SELECT 1 FROM days WHERE country = :country AND day = :day AND is_off = "
                               ":is_off AND name = :name";
static const char sql_put[] =
        "INSERT OR REPLACE INTO days (country, day, is_off, name) VALUES (:country, :day, :is_off, :name)";

static Query *query_of(Store *store, const char *sql, const OffDay *day, const char *iso)
{
        Query *query = store_query(store, sql);
        query_bind_text(query, ":country", day->country);
        query_bind_text(query, ":day", iso);
        query_bind_int(query, ":is_off", day->is_off);
        query_bind_text(query, ":name", day->name);
        return query;
}

bool days_put(Store *store, const OffDay *day, int64_t now, bool *is_changed_out, GError **error)
{
        g_autofree char *iso = day_iso(day->day);
        g_autoptr(Query) same = query_of(store, sql_same, day, iso);
        int64_t is_there;
        if (!query_number(same, 0, &is_there, error))
                return false;
        *is_changed_out = is_there == 0;
        if (is_there != 0)
                return true;
        g_autoptr(Query) query = query_of(store, sql_put, day, iso);
        json_t *payload = json_pack("{s:s, s:s, s:b, s:s}", "country", day->country, "day", iso, "off",
                                    day->is_off, "name", day->name);
        bool is_put =
                query_change(query, 1, error) && journal_append_house(store, "day_set", payload, now, error);
        json_decref(payload);
        return is_put;
}

static const char sql_version[] = "SELECT coalesce (max (id), 0) FROM days";

bool days_version(Store *store, int64_t *version_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_version);
        return query_number(query, 0, version_out, error);
}

static const char sql_all[] = "SELECT country, day, is_off, name FROM days ORDER BY country, day";

GPtrArray *days_all(Store *store, GError **error)
{
        g_autoptr(GPtrArray) days = g_ptr_array_new_with_free_func((GDestroyNotify)off_day_free);
        g_autoptr(Query) query = store_query(store, sql_all);
        int next;
        while ((next = query_next(query, error)) == 1) {
                OffDay *day = g_new0(OffDay, 1);
                day->country = query_dup(query, 0);
                day_read(query_text(query, 1), &day->day);
                day->is_off = query_int(query, 2) != 0;
                day->name = query_dup(query, 3);
                g_ptr_array_add(days, day);
        }
        return next < 0 ? NULL : g_steal_pointer(&days);
}
