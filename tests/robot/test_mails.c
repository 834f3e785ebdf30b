/* Every mail that the scenarios of the procedure order, in every language: no name is missing, no
 * mail is without its words. The first of each kind is compared whole with tests/robot/mails/<key>.<lang>:
 * what the reader gets at that point of the procedure. FACTEUR_GOLDEN=1 writes them anew: read the
 * difference. FACTEUR_HTML=folder puts their pages there, to be looked at. Links and what else the robot adds
 * are made up.
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

/* Who plays the cast's roles, in the same order. */
static const char *const names[] = { "Lina Haddad",  "Jean Roux",   "Paul Girard", "Claire Moreau",
                                     "Nadia Lahlou", "Samir Cohen", "Anne Petit",  "Hélène Vidal" };
G_STATIC_ASSERT(G_N_ELEMENTS(names) == G_N_ELEMENTS(cast) - 1);

typedef struct {
        MailTemplates *templates;
        const char *language; /* of everybody in the play */
        GHashTable *seen;     /* keys of mails */
        guint count;
} Look;

static json_t *robot_names(bool is_asking, bool is_heavy)
{
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:s, s:[], "
                         "s:[{s:s, s:s}], s:s}",
                         "robot", "stages@univ.example.org", "reply_to", "stages+r7k2m9p4@univ.example.org",
                         "institution", "Université d'Exemple", "help_contact", "scolarite@univ.example.org",
                         "privacy_url", "https://stages.univ.example.org/privacy", "url",
                         is_asking ? "https://stages.univ.example.org/t/r7k2m9p4" : "", "code",
                         is_asking && is_heavy ? "4821" : "", "undo_mailto", "", "confirm_mailto", "",
                         "deny_mailto", "", "space_url", "https://stages.univ.example.org/t/h4j8w2",
                         "space_until", "25/11/2027", "facts", "last_at", "", "links", "label", "Guide",
                         "url", "https://univ.example.org/stages", "feedbacks", "verify_url",
                         "https://stages.univ.example.org/v/SEMSEM-2026-0142");
}

static json_t *wanted_view(const Scenario *play, const Look *look, const MailOrder *mail,
                           const char *language)
{
        json_t *view = case_view(play->procedure, play->now_case, mail, language, play->zone, play->now,
                                 mail_templates_wanted(look->templates, mail->key, language));
        const Step *step = procedure_step(play->procedure, mail->step);
        json_t *robot = robot_names(strcmp(mail->actions, "answer") == 0,
                                    step != NULL && step->weight == WEIGHT_HEAVY),
               *action;
        size_t index;
        json_array_foreach(json_object_get(view, "actions"), index, action)
                json_object_set_new(action, "mailto", json_string("mailto:stages@univ.example.org"));
        const json_t *days = json_object_get(view, "days_left");
        if (json_is_integer(days))
                json_object_set_new(view, "days_left", mail_count(json_integer_value(days), language));
        json_object_update_missing(view, robot);
        json_decref(robot);
        return view;
}

static void check_golden(const Scenario *play, const char *key, const char *language, const MailWords *words)
{
        g_autofree char *file = g_strdup_printf("tests/robot/mails/%s.%s", key, language), *want = NULL,
                        *got = g_strdup_printf("Subject: %s\n\n%s", words->subject, words->text);
        const char *pages = g_getenv("FACTEUR_HTML");
        if (pages != NULL) {
                g_autofree char *page = g_strdup_printf("%s/%s.%s.html", pages, key, language);
                g_assert_true(g_file_set_contents(page, words->html, -1, NULL));
        }
        if (g_getenv("FACTEUR_GOLDEN") != NULL) {
                g_assert_true(g_file_set_contents(file, got, -1, NULL));
                return;
        }
        g_file_get_contents(file, &want, NULL, NULL);
        if (g_strcmp0(got, want) != 0)
                scenario_fail(play, "%s: got\n%s", file, got);
}

static void render(const Scenario *play, Look *look, const MailOrder *mail, bool is_first)
{
        const char *language = look->language;
        json_t *view = wanted_view(play, look, mail, language);
        g_auto(MailWords) words = { 0 };
        g_autoptr(GError) error = NULL;
        if (!mail_words_render(look->templates, mail->key, view, language, &words, &error))
                scenario_fail(play, "%s in %s: %s", mail->key, language, error->message);
        if (strstr(words.text, "SECRET") != NULL)
                scenario_fail(play, "%s in %s holds a confidential word", mail->key, language);
        if (is_first)
                check_golden(play, mail->key, language, &words);
        json_decref(view);
        look->count++;
}

static void look_at(const void *data, void *look_data)
{
        const Scenario *play = data;
        Look *look = look_data;
        for (guint i = 0; i < play->last->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(play->last->mails, i);
                render(play, look, mail, g_hash_table_add(look->seen, g_strdup(mail->key)));
        }
}

static void name_people(Scenario *play, const char *language)
{
        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                Person *person = g_ptr_array_index(play->people, i);
                g_free(person->name);
                g_free(person->language);
                person->name = g_strdup(names[i]);
                person->language = g_strdup(language);
        }
}

static void play_file(const Procedure *procedure, Look *look, const char *path)
{
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        Scenario *play = scenario_new(path, procedure, cast);
        name_people(play, look->language);
        play->look = look_at;
        play->look_data = look;
        scenario_play(play, text);
        scenario_free(play);
}

/* In the order of their names: those of the steps, S04 to S18, come first. */
static void play_folder(const Procedure *procedure, Look *look)
{
        static const char folder[] = "tests/procedure/scenarios";
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        g_assert_nonnull(dir);
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
                if (g_str_has_suffix(name, ".txt"))
                        g_ptr_array_add(files, g_build_filename(folder, name, NULL));
        g_ptr_array_sort(files, compare_names);
        for (guint i = 0; i < files->len; i++)
                play_file(procedure, look, g_ptr_array_index(files, i));
}

/* The mails of the procedure that no scenario sends. */
static void visit(const char *key, const char *file G_GNUC_UNUSED, int line G_GNUC_UNUSED,
                  int column G_GNUC_UNUSED, void *data)
{
        Look *look = data;
        if (!g_hash_table_contains(look->seen, key))
                g_error("no scenario sends %s: add it to one of them", key);
}

static void check_language(gconstpointer language)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Procedure) procedure = shipped_procedure();
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Look look = { .templates = mail_templates_load("mail_templates", problems),
                      .language = language,
                      .seen = seen };
        g_autofree char *trouble = problems_print(problems);
        g_assert_cmpstr(trouble, ==, "");
        play_folder(procedure, &look);
        procedure_mails(procedure, visit, &look);
        g_test_message("%u mails rendered, of %u kinds", look.count, g_hash_table_size(seen));
        g_assert_cmpuint(look.count, >, 500);
        mail_templates_free(look.templates);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_data_func("/mails/fr", "fr", check_language);
        g_test_add_data_func("/mails/en", "en", check_language);
        g_test_add_data_func("/mails/ar", "ar", check_language);
        return g_test_run();
}
