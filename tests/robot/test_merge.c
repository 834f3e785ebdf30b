/* Two files of one person: what becomes of cases, links, mails, the digest; and what the journal says. */
#include "helper_world.h"

#include "mail/message.h"
#include "robot/merge.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/people.h"
#include "store/rolls.h"
#include "store/staff.h"

#include <stdlib.h>
#include <string.h>

static const char now[] = "2026-11-25T09:00:00+01:00";
static const char manager[] = "claire.moreau@univ.example.org", other[] = "c.moreau@perso.example.net";

static int64_t id_of(World *world, const char *address)
{
        g_autoptr(GError) error = NULL;
        int64_t id = people_find_address(world_house(world)->store, address, &error);
        g_assert_no_error(error);
        return id;
}

static Case *load(World *world, const char *reference)
{
        g_autoptr(GError) error = NULL;
        Store *store = world_house(world)->store;
        Case *the_case = cases_load(store, cases_find(store, reference, &error), &error);
        g_assert_no_error(error);
        return the_case;
}

static TaskState state_of(World *world, const char *reference)
{
        g_autoptr(Case) the_case = load(world, reference);
        return case_task(the_case, "record_validation")->state;
}

/* One case under each address of the manager. */
static World *two_files(void)
{
        World *world = world_new_staffed(now);
        g_autofree char *email = g_strconcat("internship_manager_email=", other, NULL);
        char *extra[] = { email, (char *)"internship_manager_name=C. Moreau", NULL };
        world_begin(world, "2026-0142", NULL);
        world_begin(world, "2026-0143", extra);
        world_run(world);
        return world;
}

static MergeVerdict merge(World *world, const char *keep, const char *gone)
{
        g_autoptr(GError) error = NULL;
        House *house = world_house(world);
        g_autoptr(Spool) spool = spool_open(house->config->state_dir, "web", &error);
        const Applier applier = { .house = house, .out = spool, .now = house_now(house) };
        MergeVerdict verdict = MERGE_SAME;
        guint mails;
        g_assert_true(store_begin(house->store, &error));
        g_assert_true(merge_people(&applier, id_of(world, keep), id_of(world, gone), 0, 0, &verdict, &mails,
                                   &error));
        g_assert_true(spool_sync(spool, &error) && store_commit(house->store, &error));
        g_assert_no_error(error);
        return verdict;
}

static void reply(World *world, const char *to, const char *from, const char *text)
{
        const Reply answer = { .from = from, .text = text, .is_vouched = true };
        const OutboxMail *mail = world_last_mail(world, "record_to_validate", to);
        g_assert_nonnull(mail);
        g_autoptr(GBytes) raw = world_reply(world, mail, &answer);
        world_deliver(world, raw);
        world_run(world);
}

/* Roles and tasks pass; the mail that went to the other address is answered from the one that stays. */
static void test_tasks(void)
{
        g_autoptr(World) world = two_files();
        const int64_t keep = id_of(world, manager);
        g_assert_cmpint(merge(world, manager, other), ==, MERGE_DONE);
        g_assert_cmpint(id_of(world, other), ==, keep);
        g_autoptr(Case) the_case = load(world, "2026-0143");
        g_assert_cmpint(case_holder(the_case, "internship_manager", house_now(world_house(world))), ==, keep);
        g_assert_cmpint(case_task(the_case, "record_validation")->person, ==, keep);
        world_audit(world);
        reply(world, other, manager, "Je valide.");
        g_assert_cmpint(state_of(world, "2026-0143"), ==, TASK_DONE);
        g_assert_cmpint(merge(world, manager, other), ==, MERGE_SAME);
        world_audit(world);
}

/* The other address names the person and vouches for nothing: the one that stays is asked. */
static void test_other_address(void)
{
        g_autoptr(World) world = two_files();
        merge(world, manager, other);
        reply(world, other, other, "Je valide.");
        g_assert_cmpint(state_of(world, "2026-0143"), ==, TASK_OPEN);
        const OutboxMail *confirm = world_last_mail(world, "confirm_request", manager);
        g_assert_nonnull(confirm);
        g_assert_null(world_last_mail(world, "confirm_request", other));
        const Reply yes = { .from = manager, .text = "OUI", .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, confirm, &yes);
        world_deliver(world, raw);
        world_run(world);
        g_assert_cmpint(state_of(world, "2026-0143"), ==, TASK_DONE);
        world_audit(world);
}

/* What was sent to an address that fails is asked again, and its bounce says nothing of the one that stays.
 */
static void test_failing(void)
{
        g_autoptr(World) world = two_files();
        const OutboxMail *lost = world_last_mail(world, "record_to_validate", other);
        g_autoptr(GBytes) bounce = world_bounce(world, lost, "5.1.1");
        world_deliver(world, bounce);
        world_run(world);
        merge(world, manager, other);
        world_run(world);
        const OutboxMail *again = world_last_mail(world, "record_to_validate", manager);
        g_assert_cmpstr(again->reference, ==, "2026-0143");
        g_autoptr(GBytes) late = world_bounce(world, lost, "5.1.10");
        world_deliver(world, late);
        world_run(world);
        g_autoptr(GError) error = NULL;
        Person *person = people_get(world_house(world)->store, id_of(world, manager), &error);
        g_assert_false(person->is_failing);
        person_free(person);
        reply(world, manager, manager, "Je valide.");
        g_assert_cmpint(state_of(world, "2026-0143"), ==, TASK_DONE);
        world_audit(world);
}

/* The wider scope, and what both were known as. */
static void test_staff_and_rolls(void)
{
        g_autoptr(World) world = two_files();
        Store *store = world_house(world)->store;
        g_auto(ImportReport) staff_report, roll_report;
        g_autofree char *staff_table = g_strdup_printf("name,email,scope\nC. Moreau,%s,all\n", other),
                        *roll_table = g_strdup_printf(
                                "name,email,role,cohort\nC. Moreau,%s,academic_tutor,M2\nC. Moreau,%s,"
                                "academic_tutor,M1\n",
                                other, other);
        g_assert_true(world_import(world, staff_table, false, &staff_report));
        g_assert_true(world_import(world, roll_table, false, &roll_report));
        merge(world, manager, other);
        g_autoptr(GError) error = NULL;
        Staff staff;
        bool is_staff;
        g_assert_true(staff_get(store, id_of(world, manager), &staff, &is_staff, &error) && is_staff);
        g_assert_cmpint(staff.scope, ==, SCOPE_ALL);
        g_autoptr(GPtrArray) rolls = rolls_of(store, id_of(world, manager), &error);
        g_assert_cmpuint(rolls->len, ==, 2);
        world_audit(world);
}

/* Three files: whoever was merged before goes along. The address of a former file can be taken as one's own.
 */
static void test_chain(void)
{
        g_autoptr(World) world = two_files();
        Store *store = world_house(world)->store;
        merge(world, other, manager);
        merge(world, "paul.girard@univ.example.org", other);
        const int64_t keep = id_of(world, "paul.girard@univ.example.org");
        g_assert_cmpint(id_of(world, manager), ==, keep);
        g_autoptr(GError) error = NULL;
        g_assert_true(people_set_address(store, keep, manager, house_now(world_house(world)), &error));
        g_assert_no_error(error);
        Person *person = people_get(store, keep, &error);
        g_assert_cmpstr(person->address, ==, manager);
        person_free(person);
        g_assert_cmpint(id_of(world, "paul.girard@univ.example.org"), ==, keep);
        world_audit(world);
}

static void test_registry(void)
{
        g_autoptr(World) world = two_files();
        g_assert_cmpint(merge(world, manager, WORLD_REGISTRY), ==, MERGE_REGISTRY);
        g_assert_cmpint(merge(world, WORLD_REGISTRY, manager), ==, MERGE_DONE);
        world_audit(world);
}

/* FUSIONNER in the answer to a digest; in a letter, or from elsewhere, nothing is done. */
static void test_by_mail(void)
{
        static const char line[] = "FUSIONNER claire.moreau@univ.example.org c.moreau@perso.example.net";
        g_autoptr(World) world = two_files();
        Clock clock;
        g_assert_true(clock_parse("2026-11-26T07:30:00+01:00", &clock));
        world_set_clock(world, clock.fixed_at);
        world_run(world);
        const OutboxMail *digest = world_last_mail(world, "digest", WORLD_REGISTRY);
        const Reply letter = { .from = WORLD_REGISTRY, .text = line, .is_vouched = true },
                    forged = { .from = "mallory@example.net", .text = line, .is_vouched = true };
        g_autoptr(GBytes) first = world_letter(world, "x", &letter);
        world_deliver(world, first);
        g_autoptr(GBytes) second = world_reply(world, digest, &forged);
        world_deliver(world, second);
        world_run(world);
        g_assert_cmpint(id_of(world, other), !=, id_of(world, manager));
        g_autoptr(GBytes) third = world_reply(world, digest, &letter);
        world_deliver(world, third);
        world_run(world);
        g_assert_cmpint(id_of(world, other), ==, id_of(world, manager));
        g_autoptr(GBytes) bytes =
                world_bytes(world, world_last_mail(world, "digest_results", WORLD_REGISTRY));
        g_autoptr(Message) message = message_open(bytes);
        g_assert_nonnull(strstr(message_text(message), ": fait"));
        world_audit(world);
}

/* Rows that were touched by hand are found. */
static void test_audit(void)
{
        g_autoptr(World) world = two_files();
        g_autoptr(GError) error = NULL;
        g_auto(ImportReport) report;
        g_assert_true(world_import(world, "country,day\nfr,2027-01-04\n", false, &report));
        merge(world, manager, other);
        Store *store = world_house(world)->store;
        const char *const changes[] = { "UPDATE people SET merged_into = NULL",
                                        "UPDATE staff SET scope = 'all'", "DELETE FROM days" };
        for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
                g_autofree char *path = house_database_path(world_house(world)->config),
                                *command = g_strdup_printf("sqlite3 '%s' \"%s\"", path, changes[i]);
                g_assert_cmpint(system(command), ==, 0);
                Audit *audit = journal_audit(store, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(audit->faults->len, >, (guint)i);
                audit_free(audit);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/merge/tasks", test_tasks);
        g_test_add_func("/merge/other-address", test_other_address);
        g_test_add_func("/merge/failing", test_failing);
        g_test_add_func("/merge/staff-and-rolls", test_staff_and_rolls);
        g_test_add_func("/merge/chain", test_chain);
        g_test_add_func("/merge/registry", test_registry);
        g_test_add_func("/merge/by-mail", test_by_mail);
        g_test_add_func("/merge/audit", test_audit);
        return g_test_run();
}
