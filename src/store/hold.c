#include "store/hold.h"

#include "store/journal.h"
#include "store/query.h"

void hold_clear(Hold *hold)
{
        g_clear_pointer(&hold->reason, g_free);
        hold->since = 0;
}

static const char sql_read[] = "SELECT held_at, held_reason FROM house WHERE id = 1";

bool hold_read(Store *store, Hold *hold_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_read);
        *hold_out = (Hold){ 0 };
        const int next = query_next(query, error);
        if (next == 1)
                *hold_out = (Hold){ .since = query_int(query, 0), .reason = query_dup(query, 1) };
        return next >= 0;
}

static bool note(Store *store, const char *kind, const char *reason, int64_t now, GError **error)
{
        json_t *payload = json_pack("{s:s*}", "reason", reason);
        const bool is_noted = journal_append_house(store, kind, payload, now, error);
        json_decref(payload);
        return is_noted;
}

static const char sql_begin[] =
        "UPDATE house SET held_at = CASE held_at WHEN 0 THEN :now ELSE held_at END, held_reason = :reason";

bool hold_begin(Store *store, const char *reason, int64_t now, GError **error)
{
        g_auto(Hold) hold = { 0 };
        if (!hold_read(store, &hold, error))
                return false;
        if (hold.since != 0 && g_strcmp0(hold.reason, reason) == 0)
                return true;
        g_autoptr(Query) query = store_query(store, sql_begin);
        query_bind_int(query, ":now", now);
        query_bind_text(query, ":reason", reason);
        return query_change(query, 1, error) && note(store, "sending_held", reason, now, error);
}

static const char sql_end[] = "UPDATE house SET held_at = 0, held_reason = NULL";

bool hold_end(Store *store, int64_t now, GError **error)
{
        g_auto(Hold) hold = { 0 };
        if (!hold_read(store, &hold, error))
                return false;
        if (hold.since == 0)
                return true;
        g_autoptr(Query) query = store_query(store, sql_end);
        return query_change(query, 1, error) && note(store, "sending_released", NULL, now, error);
}
