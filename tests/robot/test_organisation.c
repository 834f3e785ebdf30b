/* Organisations from the first record to the next: what a validated record leaves, what it fills, whose
 * reports are found, and by whom. */
#include "helper_world.h"

#include "mail/message.h"
#include "procedure/decide.h"
#include "robot/organisation.h"
#include "store/cases.h"
#include "store/organisations.h"

#include <string.h>

static const char manager[] = "claire.moreau@univ.example.org";

static Case *load(World *world, const char *reference)
{
        g_autoptr(GError) error = NULL;
        Store *store = world_house(world)->store;
        Case *the_case = cases_load(store, cases_find(store, reference, &error), &error);
        g_assert_no_error(error);
        return the_case;
}

/* The case once these tasks are done (step, answer) and these values given (key, value): stored, and the file
 * of its organisation fed, as after a decision. */
static void make_so(World *world, const char *reference, const char *const (*done)[2],
                    const char *const (*values)[2])
{
        g_autoptr(GError) error = NULL;
        House *house = world_house(world);
        g_autoptr(Case) before = load(world, reference);
        g_autoptr(Case) after = case_copy(before);
        for (; (*done)[0] != NULL; done++) {
                Task *task = case_task(after, (*done)[0]);
                if (task == NULL) {
                        task = g_new0(Task, 1);
                        task->step = g_strdup((*done)[0]);
                        g_ptr_array_add(after->tasks, task);
                }
                task->state = TASK_DONE;
                task->done_at = 1800000000;
                task->done_by = case_holder(after, "student", 1800000000);
                g_free(task->answer);
                task->answer = g_strdup((*done)[1]);
        }
        for (; (*values)[0] != NULL; values++)
                g_hash_table_insert(after->data, g_strdup((*values)[0]), g_strdup((*values)[1]));
        g_assert_true(cases_save(house->store, before, after, &error));
        const Procedure *procedure = house_procedure(house, after->procedure, &error);
        g_assert_true(organisation_feed(house, procedure, before, after, 1800000000, &error));
        g_assert_no_error(error);
}

static const char *const nothing[][2] = { { NULL, NULL } };
static const char *const validated[][2] = { { "record_validation", "accept" }, { NULL, NULL } };
static const char *const host[][2] = { { "record.phone", "+33 4 72 00 00 00" },
                                       { "record.city", "Lyon" },
                                       { "record.country", "France" },
                                       { "record.in_university", "no" },
                                       { "record.organisation_type", "company" },
                                       { NULL, NULL } };

static char *text_of(World *world, const char *key, const char *address)
{
        const OutboxMail *mail = world_last_mail(world, key, address);
        if (mail == NULL)
                return NULL;
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_autoptr(Message) message = message_open(bytes);
        return g_strdup(message_text(message));
}

static void assert_has(const char *text, const char *part, bool has)
{
        g_assert_nonnull(text);
        if ((strstr(text, part) != NULL) != has)
                g_error("`%s` %s:\n%s", part, has ? "is not in" : "is in", text);
}

static void say(World *world, const char *from, const char *text)
{
        const Reply letter = { .from = from, .text = text, .is_vouched = true };
        g_autoptr(GBytes) raw = world_letter(world, "x", &letter);
        world_deliver(world, raw);
        world_run(world);
}

static Organisation *named(World *world, const char *name)
{
        g_autoptr(GError) error = NULL;
        Organisation *file = organisations_named(world_house(world)->store, name, "", &error);
        g_assert_no_error(error);
        return file;
}

/* Only what was validated counts; by the mail of whoever validates. */
static void check_feed(void)
{
        g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        make_so(world, "2026-0142", nothing, host);
        g_autoptr(Organisation) before = named(world, "Ateliers du Rhône");
        g_assert_null(before);
        const Reply reply = { .from = manager, .text = "VALIDER", .is_vouched = true };
        g_autoptr(GBytes) raw =
                world_reply(world, world_last_mail(world, "record_to_validate", manager), &reply);
        world_deliver(world, raw);
        world_run(world);
        g_autoptr(Organisation) file = named(world, "ateliers du rhone");
        g_assert_nonnull(file);
        g_assert_cmpstr(g_hash_table_lookup(file->values, "record.phone"), ==, "+33 4 72 00 00 00");
        g_assert_cmpint(file->cases, ==, 1);
}

/* The next student types the name alone: the rest is there, told, and can be corrected. */
static void check_fill(void)
{
        g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
        char *draft[] = { (char *)"step=record",
                          (char *)"organisation=", (char *)"student_name=Nora BEN SALAH",
                          (char *)"student_email=nora@etu.example.org", NULL };
        world_begin(world, "2026-0142", NULL);
        world_begin(world, "2026-0143", draft);
        world_run(world);
        make_so(world, "2026-0142", validated, host);
        g_autoptr(Case) before = load(world, "2026-0143");
        static const char *const known[][2] = { { "record.last_name",
                                                  "BEN SALAH" }, /* of who plays a role already */
                                                { "record.first_name", "Nora" },
                                                { "record.email_university", "nora@etu.example.org" },
                                                { "record.tutor_last_name", "Lefèvre" },
                                                { "record.academic_email", "paul.girard@univ.example.org" } };
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
                g_assert_cmpstr(case_value(before, known[i][0]), ==, known[i][1]);
        const Procedure *procedure = house_procedure(world_house(world), before->procedure, NULL);
        const Field *name = procedure_field(procedure, "record.organisation", NULL),
                    *city = procedure_field(procedure, "record.city", NULL);
        g_autofree char *text = g_strdup_printf(
                "Organisme [%d] : ateliers du Rhone\nVille [%d] : Villeurbanne", name->anchor, city->anchor);
        const Reply reply = {
                .from = "nora@etu.example.org", .text = text, .is_vouched = true, .has_no_quote = true
        };
        const OutboxMail *asked = world_last_mail(world, "record_incomplete", "nora@etu.example.org");
        g_assert_nonnull(asked);
        g_autoptr(GBytes) raw = world_reply(world, asked, &reply);
        world_deliver(world, raw);
        world_run(world);
        g_autoptr(Case) after = load(world, "2026-0143");
        g_assert_cmpstr(case_value(after, "record.phone"), ==, "+33 4 72 00 00 00");
        g_assert_cmpstr(case_value(after, "record.organisation_type"), ==, "company");
        g_assert_cmpstr(case_value(after, "record.city"), ==, "Villeurbanne"); /* what she says goes before */
        g_autofree char *receipt = text_of(world, "form_incomplete", "nora@etu.example.org");
        assert_has(receipt, "+33 4 72 00 00 00", true);
}

static const char *const reported[][2] = { { "record_validation", "accept" },
                                           { "experience_report", "submitted" },
                                           { NULL, NULL } };

typedef struct {
        const char *share, *asker, *words;
        bool is_found, is_named;
} Report;

static const Report reports[] = {
        { "named", "nora@etu.example.org", "RETOURS ateliers", true, true },
        { "anonymous", "nora@etu.example.org", "RETOURS Ateliers du Rhone", true, false },
        { "no", "nora@etu.example.org", "RETOURS ateliers", false, false },
        { NULL, "nora@etu.example.org", "RETOURS ateliers", false, false },
        { "named", "nora@etu.example.org", "RETOURS autre", false, false },
        { "named", "claire.moreau@univ.example.org", "RETOURS ateliers", true, true },
};

/* Found by later students and by staff, in a letter about no case; only what its writer shares. */
static void check_reports(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
                const Report *row = &reports[i];
                g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
                char *other[] = { (char *)"student_name=Nora Benali",
                                  (char *)"student_email=nora@etu.example.org", NULL };
                const char *const values[][2] = { { "experience_report.strengths", "Une équipe disponible" },
                                                  { row->share != NULL ? "experience_report.share" : NULL,
                                                    row->share },
                                                  { NULL, NULL } };
                world_begin(world, "2026-0142", NULL);
                world_begin(world, "2026-0143", other);
                world_run(world);
                make_so(world, "2026-0142", reported, values);
                say(world, row->asker, row->words);
                g_test_message("%s: %s, %s", row->asker, row->words, row->share != NULL ? row->share : "-");
                g_autofree char *text = text_of(world, "organisation_feedbacks", row->asker);
                assert_has(text, "Une équipe disponible", row->is_found);
                assert_has(text, "Lina Haddad", row->is_named);
                assert_has(text, "Partager ce retour", false);
        }
}

/* In the answer to a digest, too. */
static void check_desk(void)
{
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        const char *const values[][2] = { { "experience_report.strengths", "Une équipe disponible" },
                                          { "experience_report.share", "anonymous" },
                                          { NULL, NULL } };
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        world_set_clock(world, house_now(world_house(world)) + 24 * 3600);
        world_run(world);
        make_so(world, "2026-0142", reported, values);
        const Reply reply = { .from = manager, .text = "RETOURS ateliers", .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, world_last_mail(world, "digest", manager), &reply);
        world_deliver(world, raw);
        world_run(world);
        g_autofree char *text = text_of(world, "organisation_feedbacks", manager);
        assert_has(text, "Une équipe disponible", true);
        g_assert_null(world_last_mail(world, "digest_results", manager));
}

/* Not for those it tells of, nor for strangers. */
static void check_readers(void)
{
        static const char tutor[] = "m.lefevre@rhone.example.com";
        static const char *const askers[] = { tutor, "someone@elsewhere.example.net" };
        const char *const values[][2] = { { "experience_report.strengths", "x" },
                                          { "experience_report.share", "named" },
                                          { NULL, NULL } };
        g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        const Reply validation = { .from = manager, .text = "VALIDER", .is_vouched = true };
        g_autoptr(GBytes) accepted =
                world_reply(world, world_last_mail(world, "record_to_validate", manager), &validation);
        world_deliver(world, accepted);
        world_run(world);
        make_so(world, "2026-0142", reported, values);
        for (size_t i = 0; i < G_N_ELEMENTS(askers); i++) {
                say(world, askers[i], "RETOURS ateliers");
                g_assert_null(world_last_mail(world, "organisation_feedbacks", askers[i]));
        }
        const Reply reply = { .from = tutor, .text = "FEEDBACK ateliers", .is_vouched = true };
        g_autoptr(GBytes) asked = world_reply(world, world_last_mail(world, "tutor_welcome", tutor), &reply);
        world_deliver(world, asked);
        world_run(world);
        g_assert_null(world_last_mail(world, "organisation_feedbacks", tutor));
        g_assert_nonnull(world_last_mail(world, "help", tutor));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/organisation/feed", check_feed);
        g_test_add_func("/organisation/fill", check_fill);
        g_test_add_func("/organisation/reports", check_reports);
        g_test_add_func("/organisation/desk", check_desk);
        g_test_add_func("/organisation/readers", check_readers);
        return g_test_run();
}
