#include "store/people.h"

#include "base/address.h"
#include "store/finds.h"
#include "store/journal.h"
#include "store/query.h"

static bool note(Store *store, const char *kind, int64_t id, json_t *payload, int64_t now, GError **error)
{
        json_object_set_new(payload, "id", json_integer(id));
        bool is_noted = journal_append_person(store, kind, id, payload, now, error);
        json_decref(payload);
        return is_noted;
}

static const char sql_add[] =
        "INSERT INTO people (name, address, address_key, language, timezone, country, is_failing) VALUES "
        "(:name, :address, :key, :language, :timezone, :country, 0)";

int64_t people_add(Store *store, const Person *person, int64_t now, GError **error)
{
        g_autofree char *key = address_key(person->address);
        if (key == NULL) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_CONFLICT, "`%s` is no mail address",
                            person->address);
                return -1;
        }
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_text(query, ":name", person->name);
        query_bind_text(query, ":address", person->address);
        query_bind_text(query, ":key", key);
        query_bind_text(query, ":language", person->language);
        query_bind_text(query, ":timezone", person->timezone);
        query_bind_text(query, ":country", person->country);
        if (!query_change(query, 1, error))
                return -1;
        int64_t id = sqlite3_last_insert_rowid(store_handle(store));
        json_t *payload = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", person->name, "address",
                                    person->address, "language", person->language, "timezone",
                                    person->timezone, "country", person->country);
        return note(store, "person_added", id, payload, now, error) && people_index(store, id, now, error)
                       ? id
                       : -1;
}

static Person *read_person(Query *query)
{
        Person *person = g_new0(Person, 1);
        person->id = query_int(query, 0);
        person->name = query_dup(query, 1);
        person->address = query_dup(query, 2);
        person->language = query_dup(query, 3);
        person->timezone = query_dup(query, 4);
        person->country = query_dup(query, 5);
        person->is_failing = query_int(query, 6) != 0;
        return person;
}

#define PERSON_COLUMNS "id, name, address, language, timezone, country, is_failing"
static const char sql_get[] = "SELECT " PERSON_COLUMNS " FROM people WHERE id = :id";

Person *people_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        return query_next(query, error) == 1 ? read_person(query) : NULL;
}

static const char sql_all_failing[] =
        "SELECT " PERSON_COLUMNS " FROM people WHERE is_failing = 1 ORDER BY name, id";

GPtrArray *people_failing(Store *store, GError **error)
{
        g_autoptr(GPtrArray) people = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
        g_autoptr(Query) query = store_query(store, sql_all_failing);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(people, read_person(query));
        return next < 0 ? NULL : g_steal_pointer(&people);
}

static const char sql_find[] = "SELECT id FROM people WHERE address_key = :key";

int64_t people_find_address(Store *store, const char *address, GError **error)
{
        g_autofree char *key = address_key(address);
        if (key == NULL)
                return 0;
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_text(query, ":key", key);
        int64_t id = 0;
        return query_number(query, 0, &id, error) ? id : -1;
}

static const char sql_failing[] = "UPDATE people SET is_failing = :is_failing WHERE id = :id";

bool people_set_failing(Store *store, int64_t id, bool is_failing, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_failing);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":is_failing", is_failing);
        return query_change(query, 1, error) &&
               note(store, "person_failing", id, json_pack("{s:b}", "is_failing", is_failing), now, error);
}

static const char sql_address[] =
        "UPDATE people SET address = :address, address_key = :key, is_failing = 0 WHERE id = :id";

bool people_set_address(Store *store, int64_t id, const char *address, int64_t now, GError **error)
{
        g_autofree char *key = address_key(address);
        int64_t holder = people_find_address(store, address, error);
        if (key == NULL || holder < 0)
                return key == NULL;
        if (holder != 0 && holder != id) /* somebody else's: staff replace the person instead */
                return true;
        g_autoptr(Query) query = store_query(store, sql_address);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":address", address);
        query_bind_text(query, ":key", key);
        return query_change(query, 1, error) &&
               note(store, "person_address", id, json_pack("{s:s, s:b}", "address", address, "is_failing", 0),
                    now, error) &&
               people_index(store, id, now, error);
}

bool people_index(Store *store, int64_t id, int64_t now, GError **error)
{
        Person *person = people_get(store, id, error);
        if (person == NULL)
                return false;
        g_autofree char *title = g_strdup_printf("%s (%s)", person->name, person->address);
        const FindEntry entry = { .kind = FIND_PERSON, .id = id, .at = now, .title = title, .words = title };
        const bool is_put = finds_put(store, &entry, error);
        person_free(person);
        return is_put;
}
