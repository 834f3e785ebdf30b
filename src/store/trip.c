#include "store/trip.h"

#include "store/query.h"

void trip_clear(Trip *trip)
{
        g_clear_pointer(&trip->message_id, g_free);
}

static const char sql_read[] = "SELECT trip_id, trip_made_at, trip_back_at FROM house WHERE id = 1";

bool trip_read(Store *store, Trip *trip_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_read);
        *trip_out = (Trip){ 0 };
        const int next = query_next(query, error);
        if (next == 1)
                *trip_out = (Trip){ .message_id = query_dup(query, 0),
                                    .made_at = query_int(query, 1),
                                    .back_at = query_int(query, 2) };
        return next >= 0;
}

static const char sql_begin[] =
        "UPDATE house SET trip_id = :message_id, trip_made_at = :now, trip_back_at = 0";

bool trip_begin(Store *store, const char *message_id, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_begin);
        query_bind_text(query, ":message_id", message_id);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error);
}

static const char sql_end[] =
        "UPDATE house SET trip_back_at = :now WHERE trip_id = :message_id AND trip_back_at = 0";

bool trip_end(Store *store, const char *message_id, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_end);
        query_bind_text(query, ":message_id", message_id);
        query_bind_int(query, ":now", now);
        return query_change(query, -1, error);
}
