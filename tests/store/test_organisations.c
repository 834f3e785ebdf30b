/* Organisations: which cases are at the same one, what the next record is filled with, who is not proposed
 * any more. */
#include "helper_fixture.h"

#include "store/organisations.h"
#include "store/query.h"

#include <string.h>

static void set_up(Fixture *fixture, gconstpointer unused)
{
        fixture_set_up(fixture, unused);
        g_autoptr(GError) error = NULL;
        g_assert_true(store_exec(
                fixture->store,
                "INSERT INTO procedures (hash, source) VALUES ('p', x''); WITH RECURSIVE n (i) AS "
                "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) INSERT INTO cases (id, "
                "reference, procedure, status, country, timezone, begun_at) SELECT i, 'r' || i, 'p', "
                "'planned', 'fr', 'UTC', 1 FROM n",
                &error));
}

typedef struct {
        const char *name, *number, *country;
} Host;

static void feed(Store *store, int64_t case_id, const Host *host, const char *phone, const char *proposed)
{
        g_autoptr(GError) error = NULL;
        const OrganisationValue values[] = { { "record.phone", phone }, { "record.city", "Lyon" } };
        const OrganisationFacts facts = { .case_id = case_id,
                                          .name = host->name,
                                          .number = host->number,
                                          .country = host->country,
                                          .place = "Lyon",
                                          .values = values,
                                          .value_count = G_N_ELEMENTS(values),
                                          .proposed = proposed,
                                          .proposed_at = proposed[0] != '\0' ? 100 + case_id : 0 };
        g_assert_true(organisations_feed(store, &facts, 1000, &error));
        g_assert_no_error(error);
}

static int64_t count_files(Store *store)
{
        g_autoptr(Query) query = store_query(store, "SELECT count (*) FROM organisations");
        int64_t count;
        g_assert_true(query_number(query, -1, &count, NULL));
        return count;
}

static const struct {
        const char *name;
        Host one, two;
        bool is_same;
} rows[] = {
        { "spelling", { "Ateliers d'Été, S.A.", "", "France" }, { "ATELIERS D’ETE SA", "", "france" }, true },
        { "number",
          { "Acme", "123 456 789 00012", "France" },
          { "Acme France", "12345678900012", "France" },
          true },
        { "numbers-differ",
          { "Acme", "12345678900012", "France" },
          { "Acme", "98765432100098", "France" },
          false },
        { "number-unknown", { "Acme", "12345678900012", "France" }, { "Acme", "", "France" }, true },
        { "no-number", { "Acme", "néant", "France" }, { "Beta", "NEANT", "France" }, false },
        { "zeros", { "Acme", "00000000", "France" }, { "Beta", "00000000", "France" }, false },
        { "countries-differ", { "Acme", "", "France" }, { "Acme", "", "Maroc" }, false },
        { "country-unknown", { "Acme", "", "" }, { "Acme", "", "Maroc" }, true },
        { "same-number-elsewhere", { "Acme", "1234567", "France" }, { "Beta", "1234567", "Maroc" }, false },
        { "arabic", { "شركة الأمل", "", "" }, { "شركه الامل", "", "" }, true },
        { "other", { "Acme", "", "" }, { "Acme Conseil", "", "" }, false },
};

static void check_same(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].name);
                g_assert_true(store_begin(fixture->store, NULL));
                feed(fixture->store, 1, &rows[i].one, "1", "");
                feed(fixture->store, 2, &rows[i].two, "2", "");
                g_assert_cmpint(count_files(fixture->store) == 1, ==, rows[i].is_same);
                store_rollback(fixture->store);
        }
}

/* The newest facts, nothing emptied by a case that does not say; a case counts once, where it is now. */
static void check_file(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        const Host acme = { "Acme", "1234567", "France" }, as_written = { "ACME S.A.", "1234567", "France" },
                   beta = { "Beta", "7654321", "France" };
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        feed(store, 1, &acme, "0123", "no");
        feed(store, 2, &as_written, "", "");
        feed(store, 2, &as_written, "", "");
        g_autoptr(Organisation) file = organisations_named(store, "acme", "", &error);
        g_assert_nonnull(file);
        g_assert_cmpstr(file->name, ==, "ACME S.A.");
        g_assert_cmpstr(g_hash_table_lookup(file->values, "record.phone"), ==, "0123");
        g_assert_cmpstr(file->proposed, ==, "no");
        g_assert_cmpint(file->cases, ==, 2);
        feed(store, 2, &beta, "", "");
        feed(store, 3, &acme, "0456", "yes");
        g_autoptr(Organisation) later = organisations_named(store, "Acme S.A", "1234567", &error);
        g_assert_cmpstr(g_hash_table_lookup(later->values, "record.phone"), ==, "0456");
        g_assert_cmpstr(later->proposed, ==, "yes");
        g_assert_cmpint(later->cases, ==, 2);
        g_assert_null(organisations_named(store, "acme", "9999998", &error));
        g_assert_null(organisations_named(store, "gamma", "", &error));
        g_assert_no_error(error);
}

static void check_names(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        const Host hosts[] = { { "Zeta", "", "" }, { "Acme", "", "" }, { "Beta", "", "" } };
        static const char *const answers[] = { "", "no", "yes" };
        g_autoptr(GError) error = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++)
                feed(fixture->store, (int64_t)i + 1, &hosts[i], "", answers[i]);
        g_autoptr(GPtrArray) names = organisations_names(fixture->store, "no", 10, &error);
        g_assert_cmpuint(names->len, ==, 2);
        g_assert_cmpstr(g_ptr_array_index(names, 0), ==, "Beta");
        g_autoptr(GPtrArray) all = organisations_names(fixture->store, NULL, 2, &error);
        g_assert_cmpuint(all->len, ==, 2);
        g_assert_cmpstr(g_ptr_array_index(all, 0), ==, "Acme");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/organisations/same", Fixture, NULL, set_up, check_same, fixture_tear_down);
        g_test_add("/organisations/file", Fixture, NULL, set_up, check_file, fixture_tear_down);
        g_test_add("/organisations/names", Fixture, NULL, set_up, check_names, fixture_tear_down);
        return g_test_run();
}
