/* Finding by words: which words find which, whose scope it is, that the index follows its table, and what it
 * costs. */
#include "helper_fixture.h"

#include "store/cases.h"
#include "store/finds.h"
#include "store/people.h"
#include "store/query.h"

#include <string.h>

enum { MANY = 3000 };

static int64_t add_person(Store *store, const char *name, const char *address)
{
        g_autoptr(GError) error = NULL;
        const Person person = { .name = (char *)name,
                                .address = (char *)address,
                                .language = (char *)"fr",
                                .timezone = (char *)"Europe/Paris",
                                .country = (char *)"fr" };
        const int64_t id = people_add(store, &person, 1000, &error);
        g_assert_no_error(error);
        return id;
}

static guint count_found(Store *store, FindKind kind, const char *typed, int64_t scope)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *query = finds_query(typed);
        bool is_cut;
        if (query == NULL)
                return 0;
        g_autoptr(GPtrArray) found = finds_search(store, kind, query, scope, 10, &is_cut, &error);
        g_assert_no_error(error);
        return found->len;
}

static const struct {
        const char *written, *typed;
        bool is_found;
} words[] = {
        { "Marc Lefèvre", "lefevre", true },
        { "Marc Lefèvre", "LEFÈVRE marc", true },
        { "Marc Lefèvre", "lef", true },
        { "Marc Lefèvre", "efevre", false },
        { "Marc Lefèvre", "lefevre paul", false },
        { "Ateliers d'Été", "d’ete", true },
        { "Jean-Pierre Roche", "pierre", true },
        { "Jean-Pierre Roche", "jean‑pierre", true },
        { "Ngũgĩ Đặng", "ngugi", true },
        { "Иван Петров", "петр", true },
        { "Γιάννης", "γιαννης", true },
        { "أحمد الإدريسي", "احمد", true }, /* alef with and without hamza */
        { "احمد الادريسي", "أحمد الإدريسي", true },
        { "مُحَمَّد", "محمد", true }, /* vowel marks */
        { "محمد", "مُحَمَّد", true },
        { "فاطمة الزهراء", "فاطمه", true }, /* ta marbuta */
        { "مصطفى", "مصطفي", true },         /* alef maqsura */
        { "شركة الكتاب", "كتاب", true },    /* the article */
        { "شركة كتاب", "الكتاب", true },
        { "الملف ٢٠٢٧", "2027", true }, /* digits */
        { "kashida محـــمد", "محمد", true },
        { "x", "\"x\" OR *", false }, /* words, not a language of queries */
        { "or near", "or near", true },
        { "m.lefevre@rhone.example.com", "m.lefevre@rhone.example.com", true },
        { "x", "- ' \" ( ) * :", false },
        { "x", "", false },
        { "2026-0142", "2026-0142", true },
};

static void check_words(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                g_autoptr(GError) error = NULL;
                const FindEntry entry = {
                        .kind = FIND_PERSON, .id = 1, .title = "t", .words = words[i].written
                };
                g_assert_true(finds_put(fixture->store, &entry, &error));
                g_test_message("`%s` in `%s`", words[i].typed, words[i].written);
                g_assert_cmpint(count_found(fixture->store, FIND_PERSON, words[i].typed, 0) == 1, ==,
                                words[i].is_found);
        }
}

/* What changes is found by its new words alone; what is dropped, by none; kinds do not mix. */
static void check_follows(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        const int64_t id = add_person(store, "Lina Haddad", "lina@etu.example.org");
        g_assert_cmpuint(count_found(store, FIND_PERSON, "haddad etu", 0), ==, 1);
        g_assert_cmpuint(count_found(store, FIND_CASE, "haddad", 0), ==, 0);
        g_assert_true(people_set_address(store, id, "lina@home.example.net", 2000, &error));
        g_assert_cmpuint(count_found(store, FIND_PERSON, "etu", 0), ==, 0);
        g_assert_cmpuint(count_found(store, FIND_PERSON, "home", 0), ==, 1);
        g_assert_true(store_begin(store, &error));
        add_person(store, "Nora Benali", "nora@etu.example.org");
        store_rollback(store);
        g_assert_cmpuint(count_found(store, FIND_PERSON, "benali", 0), ==, 0);
        g_assert_true(finds_drop(store, FIND_PERSON, id, &error));
        g_assert_cmpuint(count_found(store, FIND_PERSON, "haddad", 0), ==, 0);
        g_autoptr(GArray) missing = finds_missing(store, FIND_PERSON, 10, &error);
        g_assert_cmpuint(missing->len, ==, 1);
        g_assert_true(store_exec(store, "INSERT INTO finds_index (finds_index) VALUES ('integrity-check')",
                                 &error));
        g_assert_no_error(error);
}

/* A very long text is cut between characters. */
static void check_bounds(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        g_autoptr(GString) text = g_string_new(NULL);
        for (int i = 0; i < 5000; i++)
                g_string_append(text, "é");
        const FindEntry entry = { .kind = FIND_MESSAGE, .id = 7, .title = text->str, .words = text->str };
        g_autoptr(GError) error = NULL;
        g_assert_true(finds_put(fixture->store, &entry, &error));
        g_autoptr(Query) query =
                store_query(fixture->store, "SELECT length (CAST (title AS BLOB)), title, length "
                                            "(CAST (words AS BLOB)) FROM finds");
        g_assert_cmpint(query_next(query, &error), ==, 1);
        g_assert_cmpint(query_int(query, 0), ==, 200);
        g_assert_true(g_utf8_validate(query_text(query, 1), -1, NULL));
        g_assert_cmpint(query_int(query, 2), <=, 2000);
        g_autofree char *long_query = finds_query(text->str);
        g_assert_cmpuint(strlen(long_query), <, 200);
}

/* Many who match: the newest, and that there are more; not slower than it should be. */
static void check_many(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        g_assert_true(store_begin(store, &error));
        for (int64_t i = 1; i <= MANY; i++) {
                const FindEntry entry = {
                        .kind = FIND_PERSON, .id = i, .at = i, .title = "t", .words = "same word"
                };
                g_assert_true(finds_put(store, &entry, &error));
        }
        g_assert_true(store_commit(store, &error));
        bool is_cut = false;
        g_autofree char *query = finds_query("sam");
        g_autoptr(GPtrArray) found = finds_search(store, FIND_PERSON, query, 0, 5, &is_cut, &error);
        g_assert_no_error(error);
        g_assert_true(is_cut);
        g_assert_cmpuint(found->len, ==, 5);
        for (guint i = 0; i < found->len; i++)
                g_assert_cmpint(((Found *)g_ptr_array_index(found, i))->id, ==, MANY - i);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/finds/words", Fixture, NULL, fixture_set_up, check_words, fixture_tear_down);
        g_test_add("/finds/follows", Fixture, NULL, fixture_set_up, check_follows, fixture_tear_down);
        g_test_add("/finds/bounds", Fixture, NULL, fixture_set_up, check_bounds, fixture_tear_down);
        g_test_add("/finds/many", Fixture, NULL, fixture_set_up, check_many, fixture_tear_down);
        return g_test_run();
}
