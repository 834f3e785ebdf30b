/* What templates see: names of the rules, words of states, the table of steps, what changed, what is missing.
 */
#include "scenario.h"

static const char data[] = "set record.organisation = Atelier Nord\nset record.subject = Mesures\n"
                           "set record.start = 2027-03-01\nset record.end = 2027-08-31\n"
                           "set record.in_university = no\nbegin record_validation 2027-01-11 09:00\n";

static const struct {
        const char *name, *play;
        const char *key, *step, *actions, *language; /* of the mail */
        const char *path, *want; /* a/b/0/c in the view: its text, or its length as `#3` */
} rows[] = {
        { "summary", "", "x", NULL, "", "fr", "case/organisation", "Atelier Nord" },
        { "summary-role", "", "x", NULL, "", "fr", "case/student", "student" },
        { "summary-date", "", "x", NULL, "", "fr", "case/start", "lundi 1er mars 2027" },
        { "summary-date-arabic", "", "x", NULL, "", "ar", "case/start", "الاثنين 1 مارس 2027" },
        { "status", "", "x", NULL, "", "en", "case/status", "to come" },
        { "step-state", "", "x", "record_validation", "answer", "fr", "step/state_label",
          "En attente de validation" },
        { "answer-state", "at 2027-01-12 10:00 internship_manager correct record_validation dates\n", "x",
          "record_validation", "", "fr", "step/state_label", "À corriger" },
        { "actions", "", "x", "record_validation", "answer", "fr", "actions", "#3" },
        { "own-answers", "", "x", "started", "answer", "fr", "actions/1/label",
          "Non, l'étudiant est absent" },
        { "no-actions", "", "x", "record_validation", "", "fr", "actions", "#0" },
        { "data", "", "x", "record_validation", "answer", "fr", "data/0/value", "Atelier Nord" },
        { "confidential-has-no-fields", "", "x", "student_evaluation", "answer", "fr", "fields", "#0" },
        { "reply-form", "", "x", "midterm_ack_company", "answer", "en", "fields/0/label",
          "I have read the report" },
        { "prefill", "", "x", "amendment", "answer", "fr", "fields/0/value", "01/03/2027" },
        { "waiting-for",
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "at 2027-01-12 11:00 student accept agreement\n",
          "x", "agreement", "", "fr", "waiting_for", "#4" },
        { "waiting-for-of-a-part",
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "at 2027-01-12 11:00 student accept agreement\n",
          "x", "agreement_company_tutor", "answer", "fr", "waiting_for", "#4" },
        { "data-of-a-form-that-is-told",
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "until 2027-08-10 10:00\n"
          "at 2027-08-10 11:00 internship_manager form defence_date date=06/09/2027; time=14:00\n",
          "x", "defence_date", "", "fr", "data/1/value", "14:00" },
        { "no-data-of-a-form-that-is-asked",
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "until 2027-08-10 10:00\n"
          "at 2027-08-10 11:00 internship_manager form defence_date date=06/09/2027; time=14:00\n",
          "x", "defence_date", "answer", "fr", "data", "#0" },
        { "no-data-of-a-confidential-form", "", "x", "student_evaluation", "", "fr", "data", "#0" },
        { "yes-or-no-is-said", "", "x", "midterm_ack_company", "answer", "en", "fields/0/hint", "yes / no" },
        { "remarks",
          "at 2027-01-12 10:00 internship_manager accept record_validation\nuntil 2027-05-31 10:00\n"
          "at 2027-06-01 10:00 student form midterm_report tasks_done=x; gap_with_record=aucun; "
          "integration=4; "
          "supervision=5; difficulties=aucune; goals_second_half=finir; safety_or_pay_problem=non\n"
          "at 2027-06-02 10:00 company_tutor form midterm_ack_company level=A1 read=oui; comment=bon "
          "rythme\n",
          "x", "midterm_ack_academic", "", "fr", "remarks/0/lines/1/value", "bon rythme" },
        { "asks-of-a-role", "at 2027-01-12 10:00 internship_manager accept record_validation\n", "x",
          "record_validation", "", "fr", "asks/1/when", "vendredi 5 mars 2027" },
        { "missing-steps", "", "x", "label", "", "fr", "missing_steps/0/label", "Validation de la fiche" },
        { "name-of-its-own", "", "x", NULL, "", "fr", "defence_on", "" },
        { "progress", "", "x", NULL, "", "en", "progress_line", "Steps required for the label: 1 of 9" },
        { "done-by", "at 2027-01-12 10:00 internship_manager accept record_validation\n", "x",
          "record_validation", "", "fr", "done_by", "internship_manager" },
        { "amendment-difference",
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "at 2027-01-13 10:00 student command record -\n"
          "at 2027-01-13 11:00 student form amendment end=30/09/2027; reason=plus long\n",
          "x", "amendment_validation", "answer", "fr", "difference/0/after", "jeudi 30 septembre 2027" },
        { "history", "at 2027-01-12 10:00 internship_manager accept record_validation\n", "history", NULL, "",
          "en", "events/0/what", "Internship record: asked of student" },
        { "my-data", "", "my_data", NULL, "", "fr", "person_data/1/value", "student@example.org" },
};

static void check_row(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new(rows[i].name, procedure, shipped_cast);
        scenario_play(play, data);
        scenario_play(play, rows[i].play);
        MailOrder mail = { .key = (char *)rows[i].key,
                           .person = 1,
                           .role = (char *)"student",
                           .step = (char *)rows[i].step,
                           .actions = (char *)rows[i].actions,
                           .params = json_object() };
        json_t *view =
                case_view(procedure, play->now_case, &mail, rows[i].language, play->zone, play->now, NULL);
        const json_t *value = view;
        g_auto(GStrv) path = g_strsplit(rows[i].path, "/", -1);
        for (char **part = path; *part != NULL; part++)
                value = json_is_array(value) ? json_array_get(value, (size_t)atoi(*part))
                                             : json_object_get(value, *part);
        if (rows[i].want[0] == '#')
                g_assert_cmpuint(json_array_size(value), ==, (guint)atoi(rows[i].want + 1));
        else
                g_assert_cmpstr(json_string_value(value), ==, rows[i].want);
        json_decref(view);
        json_decref(mail.params);
        scenario_free(play);
}

/* The whole table, as SUIVI sends it. */
static void check_table(void)
{
        static const char wanted[] =
                "S04 fait|S05 Validée|S06 en cours|S07 à venir|S08 à venir|S09 à venir|"
                "S10 à venir|S11 à venir|S12 à venir|S13 à venir|S14 à venir|S15 à venir|"
                "S15 à venir|S16 à venir|S17 à venir|S17b à venir|S18 à venir|";
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new("table", procedure, shipped_cast);
        scenario_play(play, data);
        scenario_play(play, "at 2027-01-12 10:00 internship_manager accept record_validation\n");
        static const char *const only[] = { "steps", NULL };
        const MailOrder nothing = { .key = (char *)"follow", .actions = (char *)"" };
        json_t *view = case_view(procedure, play->now_case, &nothing, "fr", play->zone, play->now, only);
        json_t *steps = json_object_get(view, "steps"), *line;
        g_assert_cmpuint(json_object_size(view), ==, 1);
        g_autoptr(GString) got = g_string_new(NULL);
        size_t index;
        json_array_foreach(steps, index, line)
                g_string_append_printf(got, "%s %s|", json_string_value(json_object_get(line, "number")),
                                       json_string_value(json_object_get(line, "state_label")));
        g_assert_cmpstr(got->str, ==, wanted);
        json_decref(view);
        scenario_free(play);
}

static bool asks_for(const char *country, const char *label)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new("profile", procedure, shipped_cast);
        g_autofree char *begin = g_strdup_printf("country %s\nbegin record 2027-01-11 09:00\n", country);
        scenario_play(play, begin);
        MailOrder mail = { .key = (char *)"record_incomplete",
                           .person = 1,
                           .step = (char *)"record",
                           .actions = (char *)"answer",
                           .params = json_object() };
        json_t *view = case_view(procedure, play->now_case, &mail, "en", play->zone, play->now, NULL), *field;
        size_t index;
        bool is_asked = false;
        json_array_foreach(json_object_get(view, "fields"), index, field)
                is_asked =
                        is_asked || strstr(json_string_value(json_object_get(field, "label")), label) != NULL;
        json_decref(view);
        json_decref(mail.params);
        scenario_free(play);
        return is_asked;
}

/* The name behind "of", as French writes it. */
static void check_of_name(void)
{
        static const struct {
                const char *name, *language, *want;
        } names[] = {
                { "Lina Haddad", "fr", "de Lina Haddad" },
                { "Amina Benali", "fr", "d’Amina Benali" },
                { "Élodie Petit", "fr", "d’Élodie Petit" },
                { "Yanis Mansouri", "fr", "de Yanis Mansouri" },
                { "لينا حداد", "fr", "de لينا حداد" },
                { "Amina Benali", "en", "Amina Benali" },
                { "", "fr", "" },
        };
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new("of-name", procedure, shipped_cast);
        scenario_play(play, data);
        Person *student = (Person *)case_person(play->now_case, 1);
        static const char *const only[] = { "case", NULL };
        const MailOrder nothing = { .key = (char *)"follow", .actions = (char *)"" };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_free(student->name);
                student->name = g_strdup(names[i].name);
                json_t *view = case_view(procedure, play->now_case, &nothing, names[i].language, play->zone,
                                         play->now, only);
                g_assert_cmpstr(
                        json_string_value(json_object_get(json_object_get(view, "case"), "of_student")), ==,
                        names[i].want);
                json_decref(view);
        }
        scenario_free(play);
}

/* A field of one country is asked there alone. */
static void check_profile(void)
{
        g_assert_true(asks_for("fr", "CPAM"));
        g_assert_false(asks_for("dz", "CPAM"));
        g_assert_true(asks_for("dz", "Liability insurance"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/view/", rows[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_row);
        }
        g_test_add_func("/view/table", check_table);
        g_test_add_func("/view/profile", check_profile);
        g_test_add_func("/view/of-name", check_of_name);
        return g_test_run();
}
