#include "store/people.h"

#include "base/address.h"
#include "base/text.h"
#include "store/finds.h"
#include "store/journal.h"
#include "store/query.h"

#include <inttypes.h>
#include <string.h>

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

static const char sql_domains[] =
        "SELECT lower (substr (address, instr (address, '@') + 1)) AS domain FROM people GROUP BY domain "
        "HAVING count (*) >= :least";

GPtrArray *people_domains(Store *store, int least, GError **error)
{
        g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(Query) query = store_query(store, sql_domains);
        query_bind_int(query, ":least", least);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(domains, query_dup(query, 0));
        return next < 0 ? NULL : g_steal_pointer(&domains);
}

static const char sql_all[] = "SELECT " PERSON_COLUMNS " FROM people WHERE merged_into IS NULL ORDER BY id";

GPtrArray *people_all(Store *store, GError **error)
{
        g_autoptr(GPtrArray) people = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
        g_autoptr(Query) query = store_query(store, sql_all);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(people, read_person(query));
        return next < 0 ? NULL : g_steal_pointer(&people);
}

static int compare_words(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

char *people_name_key(const char *name)
{
        g_autofree char *folded = text_fold(name);
        g_auto(GStrv) words = g_strsplit_set(folded, " .,-'", -1);
        g_autoptr(GPtrArray) kept = g_ptr_array_new();
        for (char **word = words; *word != NULL; word++)
                if (**word != '\0')
                        g_ptr_array_add(kept, *word);
        g_ptr_array_sort(kept, compare_words);
        g_ptr_array_add(kept, NULL);
        return g_strjoinv(" ", (char **)kept->pdata);
}

static const char sql_former[] = "SELECT address FROM people WHERE merged_into = :id ORDER BY id";

GPtrArray *people_former_addresses(Store *store, int64_t id, GError **error)
{
        g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(Query) query = store_query(store, sql_former);
        query_bind_int(query, ":id", id);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(addresses, query_dup(query, 0));
        return next < 0 ? NULL : g_steal_pointer(&addresses);
}

static const char sql_find[] =
        "SELECT coalesce (merged_into, id), merged_into IS NOT NULL FROM people WHERE address_key = :key";

int64_t people_find_writer(Store *store, const char *address, bool *is_former_out, GError **error)
{
        g_autofree char *key = address_key(address);
        *is_former_out = false;
        if (key == NULL)
                return 0;
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_text(query, ":key", key);
        int next = query_next(query, error);
        if (next != 1)
                return next;
        *is_former_out = query_int(query, 1) != 0;
        return query_int(query, 0);
}

int64_t people_find_address(Store *store, const char *address, GError **error)
{
        bool is_former;
        return people_find_writer(store, address, &is_former, error);
}

static const char sql_resolve[] = "SELECT coalesce (merged_into, id) FROM people WHERE id = :id";

int64_t people_resolve(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_resolve);
        query_bind_int(query, ":id", id);
        int64_t person = 0;
        return query_number(query, id, &person, error) ? person : -1;
}

/* Everything but cases, whose state the journal makes. Mails that wait for an address that fails are not
 * sent. */
static const char sql_merge[] =
        "UPDATE people SET merged_into = :keep WHERE id = :gone OR merged_into = :gone";
static const char sql_cancel[] = "UPDATE outbox SET state = 'cancelled' WHERE person = :gone AND state IN "
                                 "('queued', 'held') AND :keep "
                                 "> 0 AND EXISTS (SELECT 1 FROM people WHERE id = :gone AND is_failing = 1)";
static const char sql_outbox[] = "UPDATE outbox SET person = :keep WHERE person = :gone";
static const char sql_inbox[] = "UPDATE inbox SET person = :keep WHERE person = :gone";
static const char sql_assigned[] = "UPDATE inbox SET assigned_person = :keep WHERE assigned_person = :gone";
static const char sql_digests[] = "UPDATE digests SET person = :keep WHERE person = :gone";
static const char sql_lines[] = "UPDATE digest_lines SET person = :keep WHERE person = :gone";
static const char sql_imports[] = "UPDATE imports SET person = :keep WHERE person = :gone";

bool people_merge(Store *store, int64_t keep, int64_t gone, int64_t now, GError **error)
{
        static const char *const moves[] = { sql_merge,    sql_cancel,  sql_outbox, sql_inbox,
                                             sql_assigned, sql_digests, sql_lines,  sql_imports };
        for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
                g_autoptr(Query) query = store_query(store, moves[i]);
                query_bind_int(query, ":keep", keep);
                query_bind_int(query, ":gone", gone);
                if (!query_change(query, -1, error))
                        return false;
        }
        return note(store, "person_merged", gone, json_pack("{s:I}", "into", (json_int_t)keep), now, error) &&
               finds_drop(store, FIND_PERSON, gone, error) && people_index(store, keep, now, error);
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

static bool put_address(Store *store, int64_t id, const char *address, const char *key, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_address);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":address", address);
        query_bind_text(query, ":key", key);
        return query_change(query, 1, error);
}

static bool note_address(Store *store, int64_t id, const char *address, int64_t now, GError **error)
{
        return note(store, "person_address", id, json_pack("{s:s, s:b}", "address", address, "is_failing", 0),
                    now, error);
}

static const char sql_owner[] = "SELECT id FROM people WHERE address_key = :key";

/* The row that has the address: of the person, or of a file they took over; 0: none; -1 on error. */
static int64_t find_row(Store *store, const char *key, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_owner);
        query_bind_text(query, ":key", key);
        int64_t id = 0;
        return query_number(query, 0, &id, error) ? id : -1;
}

/* The address is that of a file they took over, which gets the one that is left. */
static bool swap_addresses(Store *store, int64_t former, const Person *person, int64_t now, GError **error)
{
        g_autofree char *old_key = address_key(person->address), *aside = g_strdup_printf("%" PRId64, former);
        return put_address(store, person->id, person->address, aside, error) &&
               put_address(store, former, person->address, old_key, error) &&
               note_address(store, former, person->address, now, error);
}

bool people_set_address(Store *store, int64_t id, const char *address, int64_t now, GError **error)
{
        g_autofree char *key = address_key(address);
        int64_t holder = people_find_address(store, address, error);
        if (key == NULL || holder < 0)
                return key == NULL;
        if (holder != 0 && holder != id) /* somebody else's: staff replace the person instead */
                return true;
        Person *person = people_get(store, id, error);
        int64_t row = person != NULL ? find_row(store, key, error) : -1;
        const bool is_there = row == id && strcmp(person->address, address) == 0 && !person->is_failing;
        bool is_free = row >= 0 && (row == 0 || row == id || swap_addresses(store, row, person, now, error));
        person_free(person);
        if (!is_free || is_there)
                return is_free;
        return put_address(store, id, address, key, error) && note_address(store, id, address, now, error) &&
               people_index(store, id, now, error);
}

/* Former addresses too: that is what lies in old mails. */
bool people_index(Store *store, int64_t id, int64_t now, GError **error)
{
        Person *person = people_get(store, id, error);
        g_autoptr(GPtrArray) former = person != NULL ? people_former_addresses(store, id, error) : NULL;
        if (former == NULL) {
                person_free(person);
                return false;
        }
        g_autofree char *title = g_strdup_printf("%s (%s)", person->name, person->address);
        g_autoptr(GString) words = g_string_new(title);
        for (guint i = 0; i < former->len; i++)
                g_string_append_printf(words, " %s", (const char *)g_ptr_array_index(former, i));
        const FindEntry entry = {
                .kind = FIND_PERSON, .id = id, .at = now, .title = title, .words = words->str
        };
        person_free(person);
        return finds_put(store, &entry, error);
}
