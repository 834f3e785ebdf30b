#include "store/staff.h"

#include "store/journal.h"
#include "store/query.h"

#include <string.h>

static const char *const scopes[] = { "all", "own" };
static const char *const rhythms[] = { "day", "week", "never" };

const char *staff_scope_word(StaffScope scope)
{
        return scopes[scope];
}

const char *staff_rhythm_word(StaffRhythm rhythm)
{
        return rhythms[rhythm];
}

static int index_of(const char *const *words, int count, const char *word)
{
        int i = 0;
        while (i < count - 1 && strcmp(words[i], word) != 0)
                i++;
        return i;
}

#define STAFF_COLUMNS "person, scope, rhythm, minute, next_at, told"

static Staff read_staff(Query *query)
{
        return (Staff){ .person = query_int(query, 0),
                        .scope = (StaffScope)index_of(scopes, G_N_ELEMENTS(scopes), query_text(query, 1)),
                        .rhythm = (StaffRhythm)index_of(rhythms, G_N_ELEMENTS(rhythms), query_text(query, 2)),
                        .minute = (int)query_int(query, 3),
                        .next_at = query_int(query, 4),
                        .told = query_int(query, 5) };
}

static const char sql_get[] = "SELECT " STAFF_COLUMNS " FROM staff WHERE person = :person";

bool staff_get(Store *store, int64_t person, Staff *staff_out, bool *is_staff_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":person", person);
        int next = query_next(query, error);
        *is_staff_out = next == 1;
        if (next == 1)
                *staff_out = read_staff(query);
        return next >= 0;
}

static const char sql_put[] = "INSERT INTO staff (" STAFF_COLUMNS
                              ") VALUES (:person, :scope, :rhythm, :minute, :next_at, :told) ON "
                              "CONFLICT (person) DO UPDATE SET scope = :scope, rhythm = :rhythm, minute = "
                              ":minute, next_at = :next_at";

bool staff_put(Store *store, const Staff *staff, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_put);
        query_bind_int(query, ":person", staff->person);
        query_bind_text(query, ":scope", scopes[staff->scope]);
        query_bind_text(query, ":rhythm", rhythms[staff->rhythm]);
        query_bind_int(query, ":minute", staff->minute);
        query_bind_int(query, ":next_at", staff->next_at);
        query_bind_int(query, ":told", staff->told);
        json_t *payload = json_pack("{s:s, s:s, s:i}", "scope", scopes[staff->scope], "rhythm",
                                    rhythms[staff->rhythm], "minute", staff->minute);
        bool is_put = query_change(query, 1, error) &&
                      journal_append_person(store, "staff_set", staff->person, payload, now, error);
        json_decref(payload);
        return is_put;
}

static const char sql_remove[] = "DELETE FROM staff WHERE person = :person";

bool staff_remove(Store *store, int64_t person, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_remove);
        query_bind_int(query, ":person", person);
        json_t *payload = json_object();
        bool is_removed = query_change(query, 1, error) &&
                          journal_append_person(store, "staff_removed", person, payload, now, error);
        json_decref(payload);
        return is_removed;
}

static const char sql_move_on[] = "UPDATE staff SET next_at = :next_at, told = :told WHERE person = :person";

bool staff_move_on(Store *store, int64_t person, int64_t next_at, int64_t told, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_move_on);
        query_bind_int(query, ":person", person);
        query_bind_int(query, ":next_at", next_at);
        query_bind_int(query, ":told", told);
        return query_change(query, 1, error);
}

static const char sql_due[] = "SELECT " STAFF_COLUMNS " FROM staff WHERE next_at > 0 AND next_at <= :now "
                              "ORDER BY next_at, person LIMIT :limit";

GArray *staff_due(Store *store, int64_t now, guint limit, GError **error)
{
        g_autoptr(GArray) due = g_array_new(FALSE, FALSE, sizeof(Staff));
        g_autoptr(Query) query = store_query(store, sql_due);
        query_bind_int(query, ":now", now);
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1) {
                Staff staff = read_staff(query);
                g_array_append_val(due, staff);
        }
        return next < 0 ? NULL : g_steal_pointer(&due);
}

static const char sql_next_due[] = "SELECT next_at FROM staff WHERE next_at > 0 ORDER BY next_at LIMIT 1";

bool staff_next_due(Store *store, int64_t *due_at_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_next_due);
        return query_number(query, INT64_MAX, due_at_out, error);
}
