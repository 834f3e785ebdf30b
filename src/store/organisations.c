#include "store/organisations.h"

#include "base/text.h"
#include "store/finds.h"
#include "store/query.h"

#include <string.h>

enum { KEY_MAX_BYTES = 200, NAMES_MAX = 10, NUMBER_DIGITS_LEAST = 5 };

void organisation_free(Organisation *organisation)
{
        if (organisation == NULL)
                return;
        g_free(organisation->name);
        g_free(organisation->proposed);
        g_hash_table_unref(organisation->values);
        g_free(organisation);
}

/* "Ateliers d'Été, S.A." and "ATELIERS D’ETE SA" are one. */
static char *key_of(const char *text)
{
        g_autofree char *folded = text_fold(text);
        GString *key = g_string_new(NULL);
        for (const char *p = folded; *p != '\0' && key->len < KEY_MAX_BYTES; p = g_utf8_next_char(p))
                if (g_unichar_isalnum(g_utf8_get_char(p)))
                        g_string_append_unichar(key, g_utf8_get_char(p));
        return g_string_free(key, FALSE);
}

/* "néant", "0", "000000": what people write who know of none would make one file of many. */
static char *number_key_of(const char *text)
{
        g_autofree char *key = key_of(text);
        int digits = 0;
        bool is_one_digit = true;
        for (const char *p = key; *p != '\0'; p++) {
                digits += g_ascii_isdigit(*p);
                is_one_digit = is_one_digit && *p == key[0];
        }
        return digits >= NUMBER_DIGITS_LEAST && !is_one_digit ? g_steal_pointer(&key) : g_strdup("");
}

/* Facts as they are compared. */
typedef struct {
        char *name, *number, *country;
} Keys;

static void keys_clear(Keys *keys)
{
        g_free(keys->name);
        g_free(keys->number);
        g_free(keys->country);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Keys, keys_clear)

/* Which file is it? */

static const char sql_by_number[] =
        "SELECT id FROM organisations WHERE number_key = :number AND number_key <> '' "
        "AND (country_key = :country OR country_key = '' OR :country = '') "
        "ORDER BY id LIMIT 1";
static const char sql_by_name[] =
        "SELECT o.id FROM organisation_names AS n JOIN organisations AS o ON o.id = n.organisation WHERE "
        "n.name_key = :name AND (o.country_key = :country OR o.country_key = '' OR :country = '') AND "
        "(o.number_key = :number OR o.number_key = '' OR :number = '') ORDER BY o.number_key = :number DESC, "
        "o.id "
        "LIMIT 1";

/* 0: none yet. */
static bool find_file(Store *store, const Keys *keys, int64_t *id_out, GError **error)
{
        g_autoptr(Query) by_number = store_query(store, sql_by_number);
        query_bind_text(by_number, ":number", keys->number);
        query_bind_text(by_number, ":country", keys->country);
        if (!query_number(by_number, 0, id_out, error))
                return false;
        if (*id_out != 0)
                return true;
        g_autoptr(Query) by_name = store_query(store, sql_by_name);
        query_bind_text(by_name, ":name", keys->name);
        query_bind_text(by_name, ":number", keys->number);
        query_bind_text(by_name, ":country", keys->country);
        return query_number(by_name, 0, id_out, error);
}

/* Writing. */

static const char sql_add[] =
        "INSERT INTO organisations (name, name_key, number_key, country_key) VALUES (:name, "
        ":key, :number, :country)";
static const char sql_change[] =
        "UPDATE organisations SET name = :name, name_key = :key, number_key = CASE :number WHEN '' THEN "
        "number_key ELSE :number END, country_key = CASE :country WHEN '' THEN country_key ELSE :country END "
        "WHERE id = :id";

static bool put_head(Store *store, const Keys *keys, const char *name, int64_t *id, GError **error)
{
        const bool is_new = *id == 0;
        g_autoptr(Query) query = store_query(store, is_new ? sql_add : sql_change);
        query_bind_text(query, ":name", name);
        query_bind_text(query, ":key", keys->name);
        query_bind_text(query, ":number", keys->number);
        query_bind_text(query, ":country", keys->country);
        if (!is_new)
                query_bind_int(query, ":id", *id);
        if (!query_change(query, 1, error))
                return false;
        if (is_new)
                *id = sqlite3_last_insert_rowid(store_handle(store));
        return true;
}

static const char sql_name[] =
        "INSERT INTO organisation_names (organisation, name_key, name) SELECT :id, :key, :name WHERE (SELECT "
        "count (*) FROM organisation_names WHERE organisation = :id) < :most ON CONFLICT (organisation, "
        "name_key) DO UPDATE SET name = :name";

static bool put_name(Store *store, int64_t id, const Keys *keys, const char *name, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_name);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":key", keys->name);
        query_bind_text(query, ":name", name);
        query_bind_int(query, ":most", NAMES_MAX);
        return query_change(query, -1, error);
}

static const char sql_value[] = "INSERT INTO organisation_values (organisation, field, value) VALUES (:id, "
                                ":field, :value) ON CONFLICT "
                                "(organisation, field) DO UPDATE SET value = :value";

static bool put_values(Store *store, int64_t id, const OrganisationFacts *facts, GError **error)
{
        for (gsize i = 0; i < facts->value_count; i++) {
                const OrganisationValue *value = &facts->values[i];
                if (value->value == NULL || value->value[0] == '\0')
                        continue;
                g_autoptr(Query) query = store_query(store, sql_value);
                query_bind_int(query, ":id", id);
                query_bind_text(query, ":field", value->field);
                query_bind_text(query, ":value", value->value);
                if (!query_change(query, 1, error))
                        return false;
        }
        return true;
}

static const char sql_case[] =
        "INSERT INTO organisation_cases (case_id, organisation, proposed, proposed_at, is_shared) VALUES "
        "(:case_id, "
        ":id, :proposed, :proposed_at, :is_shared) ON CONFLICT (case_id) DO UPDATE SET organisation = :id, "
        "proposed = :proposed, proposed_at = :proposed_at, is_shared = :is_shared";

static bool put_case(Store *store, int64_t id, const OrganisationFacts *facts, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_case);
        query_bind_int(query, ":case_id", facts->case_id);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":proposed", facts->proposed);
        query_bind_int(query, ":proposed_at", facts->proposed_at);
        query_bind_int(query, ":is_shared", facts->is_shared);
        return query_change(query, 1, error);
}

static const char sql_names_of[] =
        "SELECT group_concat (name, ' ') FROM organisation_names WHERE organisation = :id";

static bool make_findable(Store *store, int64_t id, const OrganisationFacts *facts, int64_t now,
                          GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_names_of);
        query_bind_int(query, ":id", id);
        if (query_next(query, error) != 1)
                return false;
        g_autofree char *title = g_strdup_printf("%s%s%s", facts->name, facts->place[0] != '\0' ? ", " : "",
                                                 facts->place),
                        *words = g_strjoin(" ", title, query_text(query, 0), facts->number, facts->country,
                                           NULL);
        const FindEntry entry = {
                .kind = FIND_ORGANISATION, .id = id, .at = now, .title = title, .words = words
        };
        return finds_put(store, &entry, error);
}

bool organisations_feed(Store *store, const OrganisationFacts *facts, int64_t now, GError **error)
{
        g_auto(Keys) keys = { key_of(facts->name), number_key_of(facts->number), key_of(facts->country) };
        int64_t id = 0;
        if (keys.name[0] == '\0') /* nothing that could be looked for */
                return true;
        return find_file(store, &keys, &id, error) && put_head(store, &keys, facts->name, &id, error) &&
               put_name(store, id, &keys, facts->name, error) && put_values(store, id, facts, error) &&
               put_case(store, id, facts, error) && make_findable(store, id, facts, now, error);
}

/* Reading. */

static const char sql_get[] =
        "SELECT o.name, coalesce ((SELECT proposed FROM organisation_cases WHERE organisation = o.id AND "
        "proposed_at > 0 ORDER BY proposed_at DESC, case_id DESC LIMIT 1), ''), (SELECT count (*) FROM "
        "organisation_cases WHERE organisation = o.id) FROM organisations AS o WHERE o.id = :id";
static const char sql_values[] = "SELECT field, value FROM organisation_values WHERE organisation = :id";

Organisation *organisations_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        if (query_next(query, error) != 1)
                return NULL;
        g_autoptr(Organisation) organisation = g_new0(Organisation, 1);
        organisation->id = id;
        organisation->name = query_dup(query, 0);
        organisation->proposed = query_dup(query, 1);
        organisation->cases = query_int(query, 2);
        organisation->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(Query) values = store_query(store, sql_values);
        query_bind_int(values, ":id", id);
        int next;
        while ((next = query_next(values, error)) == 1)
                g_hash_table_insert(organisation->values, query_dup(values, 0), query_dup(values, 1));
        return next < 0 ? NULL : g_steal_pointer(&organisation);
}

static const char sql_named[] = "SELECT min (o.id), count (DISTINCT o.id) FROM organisation_names AS n JOIN "
                                "organisations AS o ON o.id = "
                                "n.organisation WHERE n.name_key = :name AND (:number = '' OR o.number_key = "
                                "'' OR o.number_key = :number)";

Organisation *organisations_named(Store *store, const char *name, const char *number, GError **error)
{
        g_autofree char *name_key = key_of(name), *number_key = number_key_of(number);
        g_autoptr(Query) query = store_query(store, sql_named);
        query_bind_text(query, ":name", name_key);
        query_bind_text(query, ":number", number_key);
        if (query_next(query, error) != 1 || query_int(query, 1) != 1)
                return NULL;
        return organisations_get(store, query_int(query, 0), error);
}

static const char sql_names[] = "SELECT o.name FROM organisations AS o WHERE coalesce ((SELECT proposed FROM "
                                "organisation_cases WHERE "
                                "organisation = o.id AND proposed_at > 0 ORDER BY proposed_at DESC, case_id "
                                "DESC LIMIT 1), '') <> :refused "
                                "ORDER BY o.name_key LIMIT :limit";

GPtrArray *organisations_names(Store *store, const char *refused, guint limit, GError **error)
{
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(Query) query = store_query(store, sql_names);
        query_bind_text(query, ":refused", refused != NULL ? refused : "\x01");
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(names, query_dup(query, 0));
        return next < 0 ? NULL : g_steal_pointer(&names);
}

static const char sql_shared[] =
        "SELECT case_id FROM organisation_cases WHERE organisation = :id AND is_shared = 1 "
        "ORDER BY case_id DESC LIMIT :limit";

GArray *organisations_shared(Store *store, int64_t id, guint limit, GError **error)
{
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_autoptr(Query) query = store_query(store, sql_shared);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1) {
                int64_t case_id = query_int(query, 0);
                g_array_append_val(ids, case_id);
        }
        return next < 0 ? NULL : g_steal_pointer(&ids);
}
