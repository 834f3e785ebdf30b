#include "store/address_changes.h"

#include "store/journal.h"
#include "store/query.h"

void address_change_free(AddressChange *change)
{
        if (change == NULL)
                return;
        g_free(change->address);
        g_free(change);
}

static bool note(Store *store, const char *kind, const AddressChange *change, const char *side, int64_t now,
                 GError **error)
{
        json_t *payload = json_pack("{s:I, s:s, s:I, s:s?}", "change", (json_int_t)change->id, "address",
                                    change->address, "asked_by", (json_int_t)change->asked_by, "side", side);
        bool is_noted = journal_append_person(store, kind, change->person, payload, now, error);
        json_decref(payload);
        return is_noted;
}

static const char sql_replace[] =
        "UPDATE address_changes SET closed_at = :now WHERE person = :person AND closed_at = 0";
static const char sql_add[] =
        "INSERT INTO address_changes (person, address, case_id, asked_by, asked_at, needs_old, old_at, "
        "new_at, closed_at) VALUES (:person, :address, :case_id, :asked_by, :now, :needs_old, 0, 0, 0)";

bool address_changes_add(Store *store, AddressChange *change, int64_t now, GError **error)
{
        g_autoptr(Query) replace = store_query(store, sql_replace);
        query_bind_int(replace, ":person", change->person);
        query_bind_int(replace, ":now", now);
        if (!query_change(replace, -1, error))
                return false;
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_int(query, ":person", change->person);
        query_bind_text(query, ":address", change->address);
        query_bind_int(query, ":case_id", change->case_id);
        query_bind_int(query, ":asked_by", change->asked_by);
        query_bind_int(query, ":needs_old", change->needs_old);
        query_bind_int(query, ":now", now);
        if (!query_change(query, 1, error))
                return false;
        change->id = sqlite3_last_insert_rowid(store_handle(store));
        change->asked_at = now;
        change->is_waiting = true;
        return note(store, "address_asked", change, NULL, now, error);
}

#define CHANGE_COLUMNS                                                                                       \
        "id, person, address, case_id, asked_by, asked_at, needs_old, old_at, new_at, closed_at"

static AddressChange *read_change(Query *query)
{
        AddressChange *change = g_new0(AddressChange, 1);
        change->id = query_int(query, 0);
        change->person = query_int(query, 1);
        change->address = query_dup(query, 2);
        change->case_id = query_int(query, 3);
        change->asked_by = query_int(query, 4);
        change->asked_at = query_int(query, 5);
        change->needs_old = query_int(query, 6) != 0;
        change->old_at = query_int(query, 7);
        change->new_at = query_int(query, 8);
        change->is_waiting = query_int(query, 9) == 0;
        return change;
}

static const char sql_get[] = "SELECT " CHANGE_COLUMNS " FROM address_changes WHERE id = :id";

AddressChange *address_changes_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        return query_next(query, error) == 1 ? read_change(query) : NULL;
}

static const char sql_waiting[] =
        "SELECT " CHANGE_COLUMNS " FROM address_changes WHERE person = :person AND closed_at = 0";

AddressChange *address_changes_waiting(Store *store, int64_t person, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_waiting);
        query_bind_int(query, ":person", person);
        return query_next(query, error) == 1 ? read_change(query) : NULL;
}

static const char sql_confirm[] =
        "UPDATE address_changes SET old_at = :old_at, new_at = :new_at WHERE id = :id AND closed_at = 0";

bool address_changes_confirm(Store *store, AddressChange *change, bool is_new_side, int64_t now,
                             GError **error)
{
        if (is_new_side)
                change->new_at = now;
        else
                change->old_at = now;
        g_autoptr(Query) query = store_query(store, sql_confirm);
        query_bind_int(query, ":id", change->id);
        query_bind_int(query, ":old_at", change->old_at);
        query_bind_int(query, ":new_at", change->new_at);
        return query_change(query, 1, error) &&
               note(store, "address_confirmed", change, is_new_side ? "new" : "old", now, error);
}

static const char sql_close[] =
        "UPDATE address_changes SET closed_at = :now WHERE id = :id AND closed_at = 0";

bool address_changes_close(Store *store, const AddressChange *change, bool is_denied, int64_t now,
                           GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_close);
        query_bind_int(query, ":id", change->id);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error) &&
               note(store, is_denied ? "address_denied" : "address_settled", change, NULL, now, error);
}
