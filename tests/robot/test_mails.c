/* Every mail that the scenarios of the procedure order, rendered in every language: no name is missing, no
 * mail is without its words. The links that the robot adds are made up here.
 */
#include "../procedure/scenario.h"

#include "mail/words.h"

static const char *const cast[] = { "student",
                                    "company_tutor",
                                    "academic_tutor",
                                    "internship_manager",
                                    "programme_head",
                                    "registry",
                                    "company_signatory",
                                    "institution_signatory",
                                    NULL };

typedef struct {
        MailTemplates *templates;
        GHashTable *seen; /* keys of mails */
        guint count;
} Look;

static json_t *robot_names(void)
{
        return json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:s, s:[], s:[], s:s}",
                "robot", "stages@univ.example.org", "reply_to", "stages+x@univ.example.org", "institution",
                "Université", "help_contact", "", "privacy_url", "", "url", "", "code", "", "undo_mailto", "",
                "confirm_mailto", "", "deny_mailto", "", "space_url", "https://x.example.org", "space_until",
                "1er mars", "facts", "last_text", "", "links", "feedbacks", "verify_url",
                "https://x.example.org");
}

static json_t *whole_view(const Scenario *play, const MailOrder *mail, const char *language)
{
        json_t *view = case_view(play->procedure, play->now_case, mail, language, play->zone, play->now);
        json_object_set_new(
                view, "steps",
                case_view_steps(play->procedure, play->now_case, language, play->zone, play->now));
        json_t *robot = robot_names(), *action;
        size_t index;
        json_array_foreach(json_object_get(view, "actions"), index, action)
                json_object_set_new(action, "mailto", json_string("mailto:x@univ.example.org"));
        const json_t *days = json_object_get(view, "days_left");
        if (json_is_integer(days))
                json_object_set_new(view, "days_left", mail_count(json_integer_value(days), language));
        json_object_update(view, robot);
        json_decref(robot);
        return view;
}

static void render(const Scenario *play, Look *look, const MailOrder *mail, const char *language)
{
        json_t *view = whole_view(play, mail, language);
        g_auto(MailWords) words = { 0 };
        g_autoptr(GError) error = NULL;
        if (!mail_words_render(look->templates, mail->key, view, language, &words, &error))
                scenario_fail(play, "%s in %s: %s", mail->key, language, error->message);
        if (strstr(words.text, "SECRET") != NULL)
                scenario_fail(play, "%s in %s holds a confidential word", mail->key, language);
        json_decref(view);
        look->count++;
}

static void look_at(const void *data, void *look_data)
{
        const Scenario *play = data;
        Look *look = look_data;
        for (guint i = 0; i < play->last->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(play->last->mails, i);
                g_hash_table_add(look->seen, g_strdup(mail->key));
                const char *const *language = procedure_languages(play->procedure);
                for (; *language != NULL; language++)
                        render(play, look, mail, *language);
        }
}

static void play_folder(const Procedure *procedure, Look *look)
{
        static const char folder[] = "tests/procedure/scenarios";
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        g_assert_nonnull(dir);
        for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
                g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
                if (!g_str_has_suffix(name, ".txt"))
                        continue;
                g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
                Scenario *play = scenario_new(path, procedure, cast);
                play->look = look_at;
                play->look_data = look;
                scenario_play(play, text);
                scenario_free(play);
        }
}

/* The mails of the procedure that no scenario sends. */
static void visit(const char *key, const char *file G_GNUC_UNUSED, int line G_GNUC_UNUSED,
                  int column G_GNUC_UNUSED, void *data)
{
        Look *look = data;
        if (!g_hash_table_contains(look->seen, key))
                g_error("no scenario sends %s: add it to one of them", key);
}

static void check_all(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Procedure) procedure = shipped_procedure();
        Look look = { .templates = mail_templates_load("mail_templates", problems),
                      .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
        g_autofree char *trouble = problems_print(problems);
        g_assert_cmpstr(trouble, ==, "");
        play_folder(procedure, &look);
        procedure_mails(procedure, visit, &look);
        g_test_message("%u mails rendered, of %u kinds", look.count, g_hash_table_size(look.seen));
        g_assert_cmpuint(look.count, >, 500);
        g_hash_table_unref(look.seen);
        mail_templates_free(look.templates);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/mails/every-scenario", check_all);
        return g_test_run();
}
