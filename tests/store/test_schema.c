/* A database of an older version becomes one of today, and a schema that somebody may have is never edited.
 */
#include "helper_fixture.h"

#include "base/hash.h"
#include "store/query.h"
#include "store/trip.h"

/* What databases were made with. A change of the schema is a new file and a new row. */
static const char *const files[] = {
        "7cb678d0c62f14df2805525fe7282b03d250a5757adcf993ad76828bc3531bdc",
        "0eeb5b06be2cb8fbb60b5528a8c14bf32875f49d1052e06daa2ce2ff17240eb4",
        "f153b569d8bba0eea4cfe9d399f5846e2d480e3cc6c165d5bc7d002730567692",
        "e8aeb3f5062135a9df9e7fa369bd3c45f44f5f2d3ec480a655d9b845519af811",
        "76ed5e73bcdbc100df67e71a4771d22b5271f7db27d5e5d2432c0a4415ee742b",
        "2248fbb7777ad1a4c58e8e23397f21ab167738239cb25f40b8a648b5a0b6908a",
        "63c84882fd88addfd807bb5b9a5ee57be14545baa169d4cb189f8e82999ccf4a",
};

static void check_files(void)
{
        g_assert_cmpint(store_newest_schema(), ==, G_N_ELEMENTS(files));
        for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
                g_autofree char *path = g_strdup_printf("src/store/schema/%03u.sql", i + 1), *bytes = NULL;
                gsize size;
                char hash[HASH_LENGTH + 1];
                g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
                hash_sha256(bytes, size, hash);
                if (strcmp(hash, files[i]) != 0)
                        g_error("%s was edited: databases made with it would not follow; write a new file",
                                path);
        }
}

/* As facteur 0.1 made it first: the numbered file alone. */
static char *make_first_version(const Fixture *fixture)
{
        g_autofree char *schema = NULL, *path = g_build_filename(fixture->folder, "first.db", NULL);
        sqlite3 *handle = NULL;
        g_assert_true(g_file_get_contents("src/store/schema/001.sql", &schema, NULL, NULL));
        g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_exec(handle, schema, NULL, NULL, NULL), ==, SQLITE_OK);
        g_assert_cmpint(
                sqlite3_exec(handle,
                             "INSERT INTO house (id, instance, made_at) VALUES (1, 'test', 7); INSERT INTO "
                             "people (name, address, address_key, language, timezone, country, is_failing) "
                             "VALUES ('A', 'a@example.org', 'a@example.org', 'fr', 'UTC', 'fr', 0); "
                             "PRAGMA user_version = 1",
                             NULL, NULL, NULL),
                ==, SQLITE_OK);
        sqlite3_close(handle);
        return g_steal_pointer(&path);
}

static void check_migration(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        g_autofree char *path = make_first_version(fixture);
        g_autofree char *copy = g_strdup_printf("%s.before-%d", path, (int)store_newest_schema());
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = store_open(path, "test", &error);
        g_assert_no_error(error);
        int64_t version, people;
        g_autoptr(Query) query = store_query(store, "SELECT count (*) FROM people");
        g_assert_true(query_number(query, 0, &people, &error));
        g_assert_cmpint(people, ==, 1);
        g_autoptr(Store) before = store_open_copy(copy, &version, &error);
        g_assert_no_error(error);
        g_assert_nonnull(before);
        g_assert_cmpint(version, ==, 1);
        g_auto(Trip) trip = { 0 };
        g_assert_true(trip_begin(store, "m@example.org", 10, &error) &&
                      trip_end(store, "other@example.org", 11, &error) && trip_read(store, &trip, &error));
        g_assert_cmpint(trip.made_at, ==, 10);
        g_assert_cmpint(trip.back_at, ==, 0);
        trip_clear(&trip);
        g_assert_true(trip_end(store, "m@example.org", 12, &error) &&
                      trip_end(store, "m@example.org", 99, &error) && trip_read(store, &trip, &error));
        g_assert_cmpint(trip.back_at, ==, 12);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/schema/files", check_files);
        g_test_add("/schema/migration", Fixture, NULL, fixture_set_up, check_migration, fixture_tear_down);
        return g_test_run();
}
