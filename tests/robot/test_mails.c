/* Every mail that the procedure or the engine orders can be written from the view that it gets, in each
 * language: a name that the view lacks would stop it at two in the morning. */
#include "helper_world.h"

#include "robot/post_view.h"
#include "store/cases.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static World *world;
static const Procedure *procedure;
static Case *the_case;

/* What the engine gives with a mail. */
static const struct {
        const char *key, *params;
} given[] = {
        { "label_awarded", "{\"label_number\": \"SEMSEM-2026-0142\"}" },
        { "receipt", "{\"answer_label\": \"Valider\", \"reason\": \"\", \"undo_until\": \"lundi\"}" },
        { "reason_wanted", "{\"answer_label\": \"Refuser\"}" },
        { "form_incomplete", "{\"missing\": [], \"understood\": []}" },
        { "already_done", "{\"done_by\": \"\", \"done_on\": \"\", \"answer_label\": \"\"}" },
        { "confirm_request", "{\"held_by\": \"x@example.org\", \"answer_label\": \"\", \"reason\": \"\"}" },
        { "address_fails",
          "{\"failing_name\": \"x\", \"failing_address\": \"x@example.org\", \"detail\": \"\"}" },
        { "question_forwarded",
          "{\"question\": \"?\", \"asker\": \"x\", \"asker_address\": \"x@example.org\"}" },
        { "documents", "{\"documents\": [{\"label\": \"x\"}]}" },
        { "organisation_feedbacks", "{\"organisation\": \"x\"}" },
        { "delegated", "{\"is_delegate\": true, \"delegator\": \"x\", \"delegate\": \"y\", "
                       "\"delegated_until\": \"lundi\"}" },
        { "replaced", "{\"old_name\": \"\", \"new_name\": \"y\", \"changed_role\": \"z\"}" },
        { "case_interrupted", "{\"interrupted_from\": \"\", \"interrupted_until\": \"\"}" },
};

static json_t *params_of(const char *key)
{
        for (size_t i = 0; i < G_N_ELEMENTS(given); i++)
                if (strcmp(given[i].key, key) == 0)
                        return json_loads(given[i].params, 0, NULL);
        return json_object();
}

static void check_mail(const char *key, const char *step, const char *actions)
{
        House *house = world_house(world);
        Post post = { .house = house, .now = house_now(house), .procedure = procedure, .the_case = the_case };
        g_autoptr(json_t) params = params_of(key);
        MailOrder order = { .key = (char *)key,
                            .person = case_holder(the_case, "student", post.now),
                            .role = (char *)"student",
                            .step = (char *)step,
                            .actions = (char *)actions,
                            .params = params };
        for (const char *const *language = procedure_languages(procedure); *language != NULL; language++) {
                g_autoptr(json_t) view =
                        post_view(&post, &order, *language, house->zone, "stages+x@univ.example.org");
                g_auto(MailWords) words = { 0 };
                g_autoptr(GError) error = NULL;
                mail_words_render(house->templates, key, view, *language, &words, &error);
                g_assert_no_error(error);
                if (step != NULL && strstr(words.text, "  ") != NULL) /* a value is missing amid a sentence */
                        g_error("%s.%s: two blanks in\n%s", key, *language, words.text);
        }
}

static void test_steps(void)
{
        const GPtrArray *steps = procedure_steps(procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                for (guint j = 0; j < step->mails->len; j++) {
                        const MailRule *rule = g_ptr_array_index(step->mails, j);
                        g_test_message("%s: %s", step->key, rule->key);
                        check_mail(rule->key, step->key, rule->on == MAIL_ON_OPENED ? "answer" : "");
                }
        }
}

static void visit(const char *key, const char *file, int line G_GNUC_UNUSED, int column G_GNUC_UNUSED,
                  void *data G_GNUC_UNUSED)
{
        if (g_str_has_suffix(file, ".yaml")) /* a step's */
                return;
        static const char *const links[] = { "my_space_link" }; /* pages alone give it */
        for (size_t i = 0; i < G_N_ELEMENTS(links); i++)
                if (strcmp(key, links[i]) == 0)
                        return;
        g_test_message("%s", key);
        check_mail(key, NULL, "");
        check_mail(key, "record_validation", "answer");
        check_mail(key, "midterm_report", "answer");
}

static void test_engine(void)
{
        procedure_mails(procedure, visit, NULL);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        world = world_new("2026-11-25T10:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        g_autoptr(GError) error = NULL;
        the_case = cases_load(world_house(world)->store, 1, &error);
        g_assert_no_error(error);
        procedure = house_procedure(world_house(world), the_case->procedure, &error);
        g_assert_no_error(error);
        g_test_add_func("/mails/steps", test_steps);
        g_test_add_func("/mails/engine", test_engine);
        int result = g_test_run();
        case_free(the_case);
        world_free(world);
        return result;
}
