/* RECHERCHER: what staff find by mail, in their scope, and act on by its numbers; what is never found. */
#include "helper_world.h"

#include "mail/message.h"
#include "robot/finder.h"
#include "store/cases.h"
#include "store/finds.h"
#include "store/inbox.h"
#include "store/people.h"
#include "store/staff.h"

#include <string.h>

static const char manager[] = "claire.moreau@univ.example.org";

static World *world_with_cases(void)
{
        World *world = world_new_staffed("2026-11-25T09:00:00+01:00");
        char *other[] = { (char *)"student_name=Nora Benali",
                          (char *)"student_email=nora@etu.example.org",
                          (char *)"internship_manager_name=Jean Roux",
                          (char *)"internship_manager_email=jean.roux@univ.example.org",
                          (char *)"company_tutor_name=أحمد الإدريسي",
                          (char *)"company_tutor_email=ahmed@maghreb.example.com",
                          NULL };
        world_begin(world, "2026-0142", NULL);
        world_begin(world, "2026-0143", other);
        world_run(world);
        return world;
}

static char *text_of(World *world, const OutboxMail *mail)
{
        g_assert_nonnull(mail);
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_autoptr(Message) message = message_open(bytes);
        return g_strdup_printf("%s\n\n%s", message_subject(message), message_text(message));
}

static void deliver_letter(World *world, const char *from, const char *text)
{
        const Reply letter = { .from = from, .text = text, .is_vouched = true };
        g_autoptr(GBytes) raw = world_letter(world, "x", &letter);
        world_deliver(world, raw);
        world_run(world);
}

static void assert_has(const char *text, const char *part, bool has)
{
        if ((strstr(text, part) != NULL) != has)
                g_error("`%s` %s:\n%s", part, has ? "is not in" : "is in", text);
}

static void check_mail(void)
{
        static const struct {
                const char *from, *typed, *has, *lacks;
        } rows[] = {
                { WORLD_REGISTRY, "RECHERCHER haddad", "2026-0142", "2026-0143" },
                { WORLD_REGISTRY, "RECHERCHER احمد", "أحمد الإدريسي", "2026-0142" },
                { WORLD_REGISTRY, "RECHERCHER atel", "2026-0143", "Rien ne répond" },
                { WORLD_REGISTRY, "RECHERCHER qqq", "Rien ne répond", "2026-014" },
                { WORLD_REGISTRY, "RECHERCHER ( \" *", "Rien ne répond", "2026-014" },
        };
        g_autoptr(World) world = world_with_cases();
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                deliver_letter(world, rows[i].from, rows[i].typed);
                g_autofree char *text =
                        text_of(world, world_last_mail(world, "search_results", rows[i].from));
                assert_has(text, rows[i].has, true);
                assert_has(text, rows[i].lacks, false);
                g_assert_null(world_last_mail(world, "digest_results", rows[i].from));
        }
        world_audit(world);
}

/* Who sees their own cases alone finds nothing of others', and nobody else finds anything. */
static void check_scope(void)
{
        static const struct {
                const char *address, *typed;
                guint lines;
        } rows[] = {
                { "claire.moreau@univ.example.org", "haddad", 2 }, /* person and case */
                { "claire.moreau@univ.example.org", "benali", 0 },
                { "claire.moreau@univ.example.org", "احمد", 0 },
                { "claire.moreau@univ.example.org", "salaire", 0 }, /* a mail of 0143 */
                { "jean.roux@univ.example.org", "salaire", 1 },
                { "jean.roux@univ.example.org", "احمد", 2 },
        };
        g_autoptr(World) world = world_with_cases();
        House *house = world_house(world);
        g_autoptr(GError) error = NULL;
        const OutboxMail *mail = world_last_mail(world, "record_to_validate", "jean.roux@univ.example.org");
        const Reply reply = { .from = "jean.roux@univ.example.org",
                              .text = "Quel est le salaire prévu ?",
                              .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Staff staff;
                bool is_staff;
                const int64_t person = people_find_address(house->store, rows[i].address, &error);
                g_assert_true(staff_get(house->store, person, &staff, &is_staff, &error) && is_staff);
                g_assert_cmpint(staff.scope, ==, SCOPE_OWN);
                const FinderQuestion question = {
                        .typed = rows[i].typed, .scope = person, .language = "fr", .limit = 8
                };
                g_auto(FinderAnswer) answer = { 0 };
                g_assert_true(finder_look(house, &question, &answer, &error));
                g_test_message("%s: %s", rows[i].address, rows[i].typed);
                g_assert_cmpuint(answer.lines->len, ==, rows[i].lines);
        }
        deliver_letter(world, "lina@etu.example.org", "RECHERCHER haddad");
        g_assert_null(world_last_mail(world, "search_results", "lina@etu.example.org"));
}

/* A number of the results is answered like one of the digest. */
static void check_numbers(void)
{
        g_autoptr(World) world = world_with_cases();
        deliver_letter(world, "someone@elsewhere.example.net", "Bonjour, je cherche Madame Zidane.");
        deliver_letter(world, WORLD_REGISTRY, "RECHERCHER zidane");
        const OutboxMail *mail = world_last_mail(world, "search_results", WORLD_REGISTRY);
        g_autofree char *text = text_of(world, mail);
        assert_has(text, "IGNORER", true);
        const Reply reply = { .from = WORLD_REGISTRY, .text = "1 IGNORER", .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
        g_autofree char *results = text_of(world, world_last_mail(world, "digest_results", WORLD_REGISTRY));
        assert_has(results, "IGNORER : fait", true);
}

/* Staff write the word into the answer to any mail. */
static void check_reply(void)
{
        g_autoptr(World) world = world_with_cases();
        const OutboxMail *mail = world_last_mail(world, "record_to_validate", manager);
        const Reply reply = { .from = manager, .text = "RECHERCHER haddad", .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
        g_autofree char *text = text_of(world, world_last_mail(world, "search_results", manager));
        assert_has(text, "2026-0142", true);
}

/* Once the student was asked for the confidential evaluation, no mail of hers is findable. */
static void check_confidential(void)
{
        static const struct {
                bool is_asked;
                guint found;
        } rows[] = { { false, 1 }, { true, 0 } };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(World) world = world_with_cases();
                Store *store = world_house(world)->store;
                g_autoptr(GError) error = NULL;
                const int64_t id = cases_find(store, "2026-0142", &error);
                g_autoptr(Case) before = cases_load(store, id, &error);
                g_autoptr(Case) after = case_copy(before);
                Task *task = g_new0(Task, 1);
                task->step = g_strdup("student_evaluation");
                task->state = TASK_DONE;
                task->person = people_find_address(store, "lina@etu.example.org", &error);
                if (rows[i].is_asked)
                        g_ptr_array_add(after->tasks, g_steal_pointer(&task));
                g_assert_true(cases_save(store, before, after, &error));
                const Reply letter = { .from = "lina@etu.example.org", .text = "Mon tuteur est odieux." };
                g_autoptr(GBytes) raw = world_letter(world, "Stage [SEMSEM 2026-0142]", &letter);
                world_deliver(world, raw);
                world_run(world);
                bool is_cut;
                g_autofree char *query = finds_query("odieux");
                g_autoptr(GPtrArray) found = finds_search(store, FIND_MESSAGE, query, 0, 5, &is_cut, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(found->len, ==, rows[i].found);
                if (task != NULL)
                        g_free(task->step);
                g_free(task);
        }
}

/* A database from before the index: people and cases become findable at the next turn. */
static void check_old_database(void)
{
        g_autoptr(World) world = world_with_cases();
        Store *store = world_house(world)->store;
        g_autoptr(GError) error = NULL;
        static const FindKind kinds[] = { FIND_PERSON, FIND_CASE };
        g_autofree char *query = finds_query("haddad");
        bool is_cut;
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
                for (int64_t id = 1; id < 20; id++)
                        g_assert_true(finds_drop(store, kinds[i], id, &error));
        world_restart(world);
        world_run(world);
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                g_autoptr(GPtrArray) found = finds_search(store, kinds[i], query, 0, 5, &is_cut, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(found->len, ==, 1);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/search/mail", check_mail);
        g_test_add_func("/search/scope", check_scope);
        g_test_add_func("/search/numbers", check_numbers);
        g_test_add_func("/search/reply", check_reply);
        g_test_add_func("/search/confidential", check_confidential);
        g_test_add_func("/search/old-database", check_old_database);
        return g_test_run();
}
