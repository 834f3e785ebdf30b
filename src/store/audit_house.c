#include "store/audit_house.h"

#include "store/query.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* State as text, one line a thing: "person 12" -> its values; folded from the journal, and read from the
 * tables. Of whom retention blanked an entry nothing can be said any more. */
typedef struct {
        GHashTable *lines;
        GHashTable *unknown; /* of the journal: "12": that person; "0": the house */
} Ledger;

static void put(Ledger *ledger, char *key, char *line)
{
        g_hash_table_insert(ledger->lines, key, line);
}

static const char *text_of(const json_t *payload, const char *key)
{
        const char *text = json_string_value(json_object_get(payload, key));
        return text != NULL ? text : "";
}

static char *person_line(const char *key, int64_t id)
{
        return g_strdup_printf("person %" PRId64 " %s", id, key);
}

static void fold_added(Ledger *ledger, int64_t person, const json_t *payload)
{
        put(ledger, person_line("name", person), g_strdup(text_of(payload, "name")));
        put(ledger, person_line("language", person), g_strdup(text_of(payload, "language")));
        put(ledger, person_line("address", person), g_strdup(text_of(payload, "address")));
        put(ledger, person_line("is_failing", person), g_strdup("0"));
        put(ledger, person_line("merged_into", person), g_strdup("0"));
}

static void fold_failing(Ledger *ledger, int64_t person, const json_t *payload)
{
        const json_t *value = json_object_get(payload, "is_failing");
        const bool is_failing = json_is_true(value) || json_integer_value(value) != 0;
        put(ledger, person_line("is_failing", person), g_strdup(is_failing ? "1" : "0"));
}

static void fold_address(Ledger *ledger, int64_t person, const json_t *payload)
{
        put(ledger, person_line("address", person), g_strdup(text_of(payload, "address")));
        put(ledger, person_line("is_failing", person), g_strdup("0")); /* a new one is not a failing one */
}

/* Whoever was merged into the file that goes goes along; so do the rolls, which are told again. */
static void fold_merged(Ledger *ledger, int64_t person, const json_t *payload)
{
        g_autofree char *from = g_strdup_printf("%" PRId64, person),
                        *into = g_strdup_printf(
                                "%" PRId64, (int64_t)json_integer_value(json_object_get(payload, "into"))),
                        *roll = g_strdup_printf("roll %" PRId64 " ", person);
        GHashTableIter iter;
        gpointer key, line;
        g_hash_table_iter_init(&iter, ledger->lines);
        while (g_hash_table_iter_next(&iter, &key, &line)) {
                if (g_str_has_suffix(key, " merged_into") && g_strcmp0(line, from) == 0)
                        g_hash_table_iter_replace(&iter, g_strdup(into));
                else if (g_str_has_prefix(key, roll))
                        g_hash_table_iter_remove(&iter);
        }
        put(ledger, person_line("merged_into", person), g_strdup(into));
}

static char *staff_key(int64_t person)
{
        return g_strdup_printf("staff %" PRId64, person);
}

static char *staff_line(const char *scope, const char *rhythm, int64_t minute)
{
        return g_strdup_printf("%s %s %" PRId64, scope, rhythm, minute);
}

static void fold_staff(Ledger *ledger, int64_t person, const json_t *payload)
{
        put(ledger, staff_key(person),
            staff_line(text_of(payload, "scope"), text_of(payload, "rhythm"),
                       json_integer_value(json_object_get(payload, "minute"))));
}

static void fold_staff_removed(Ledger *ledger, int64_t person, const json_t *payload G_GNUC_UNUSED)
{
        g_autofree char *key = staff_key(person);
        g_hash_table_remove(ledger->lines, key);
}

static char *roll_key(int64_t person, const char *role, const char *cohort)
{
        return g_strdup_printf("roll %" PRId64 " %s %s", person, role, cohort);
}

static void fold_role(Ledger *ledger, int64_t person, const json_t *payload)
{
        char *data = json_dumps(json_object_get(payload, "data"), JSON_COMPACT | JSON_SORT_KEYS);
        put(ledger, roll_key(person, text_of(payload, "role"), text_of(payload, "cohort")), g_strdup(data));
        free(data);
}

static char *day_key(const char *country, const char *day)
{
        return g_strdup_printf("day %s %s", country, day);
}

static void fold_day(Ledger *ledger, int64_t person G_GNUC_UNUSED, const json_t *payload)
{
        put(ledger, day_key(text_of(payload, "country"), text_of(payload, "day")),
            g_strdup_printf("%d %s", json_is_true(json_object_get(payload, "off")),
                            text_of(payload, "name")));
}

static const struct {
        const char *kind;
        void (*fold)(Ledger *ledger, int64_t person, const json_t *payload);
} folds[] = {
        { "person_added", fold_added },
        { "person_failing", fold_failing },
        { "person_address", fold_address },
        { "person_merged", fold_merged },
        { "person_role", fold_role },
        { "staff_set", fold_staff },
        { "staff_removed", fold_staff_removed },
        { "day_set", fold_day },
};

static const char sql_entries[] = "SELECT kind, person, payload FROM journal WHERE case_id = 0 ORDER BY id";

static bool fold_journal(Store *store, Ledger *ledger, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_entries);
        int next;
        while ((next = query_next(query, error)) == 1) {
                const char *text = query_text(query, 2);
                json_t *payload = text != NULL ? json_loads(text, 0, NULL) : NULL;
                if (payload == NULL)
                        g_hash_table_add(ledger->unknown, query_dup(query, 1));
                for (size_t i = 0; payload != NULL && i < G_N_ELEMENTS(folds); i++)
                        if (strcmp(folds[i].kind, query_text(query, 0)) == 0)
                                folds[i].fold(ledger, query_int(query, 1), payload);
                json_decref(payload);
        }
        return next >= 0;
}

static const char sql_tables[] =
        "SELECT 'person ' || id || ' name', name FROM people UNION ALL "
        "SELECT 'person ' || id || ' language', language FROM people UNION ALL "
        "SELECT 'person ' || id || ' address', address FROM people UNION ALL "
        "SELECT 'person ' || id || ' is_failing', is_failing FROM people UNION ALL "
        "SELECT 'person ' || id || ' merged_into', coalesce (merged_into, 0) FROM people UNION ALL "
        "SELECT 'staff ' || person, scope || ' ' || rhythm || ' ' || minute FROM staff UNION ALL "
        "SELECT 'roll ' || person || ' ' || role || ' ' || cohort, data FROM rolls UNION ALL "
        "SELECT 'day ' || country || ' ' || day, is_off || ' ' || name FROM days";

static bool read_tables(Store *store, Ledger *ledger, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_tables);
        int next;
        while ((next = query_next(query, error)) == 1)
                put(ledger, query_dup(query, 0), query_dup(query, 1));
        return next >= 0;
}

/* "person 12 address" -> "person 12"; NULL: nothing can be said of it. */
static char *subject_of(const char *key, GHashTable *unknown)
{
        g_auto(GStrv) words = g_strsplit(key, " ", 3);
        const char *whose = strcmp(words[0], "day") == 0 ? "0" : words[1];
        return g_hash_table_contains(unknown, whose) ? NULL : g_strjoin(" ", words[0], words[1], NULL);
}

static void compare(const Ledger *state, const Ledger *said, GHashTable *unknown, const char *sentence,
                    GHashTable *told, GPtrArray *faults)
{
        GHashTableIter iter;
        gpointer key, line;
        g_hash_table_iter_init(&iter, state->lines);
        while (g_hash_table_iter_next(&iter, &key, &line)) {
                if (g_strcmp0(g_hash_table_lookup(said->lines, key), line) == 0)
                        continue;
                g_autofree char *subject = subject_of(key, unknown);
                if (subject != NULL && g_hash_table_add(told, g_strdup(subject)))
                        g_ptr_array_add(faults, g_strdup_printf("%s: %s", subject, sentence));
        }
}

bool audit_house(Store *store, GPtrArray *faults, GError **error)
{
        g_autoptr(GHashTable) rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(GHashTable) unknown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Ledger state = { .lines = rows }, said = { .lines = entries, .unknown = unknown };
        if (!fold_journal(store, &said, error) || !read_tables(store, &state, error))
                return false;
        compare(&state, &said, unknown, "the row is not what the journal says", told, faults);
        compare(&said, &state, unknown, "the journal knows what the tables do not", told, faults);
        return true;
}
