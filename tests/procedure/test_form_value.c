/* What people write for a field, made canonical; what does not fit is told in their language. */
#include "procedure/form_value.h"
#include "scenario.h"

#include <string.h>

static const char *const choice_keys[] = { "none", "minor", "major", NULL };

static EngineWords *shipped_words(void)
{
        static const char *const languages[] = { "fr", "en", "ar", NULL };
        static EngineWords *words;
        if (words != NULL)
                return words;
        words = words_new();
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(YamlNode) root = yaml_load("rules/words.yaml", problems);
        words_read(words, yaml_find(root, "words"), languages, problems);
        g_assert_cmpuint(problems_count(problems), ==, 0);
        return words;
}

static Field make_field(FieldKind kind)
{
        Field field = { .words = shipped_words(),
                        .key = (char *)"f",
                        .kind = kind,
                        .min = 0,
                        .max = 20,
                        .choice_keys = NULL };
        if (kind != FIELD_CHOICE && kind != FIELD_CHOICES)
                return field;
        static const char *const words[] = { "{fr: aucun, en: none, ar: لا شيء}",
                                             "{fr: mineur, en: minor, ar: بسيط}",
                                             "{fr: majeur, en: major, ar: كبير}" };
        static const char *const languages[] = { "fr", "en", "ar", NULL };
        field.choice_keys = (char **)choice_keys;
        field.choice_labels = g_ptr_array_new_with_free_func((GDestroyNotify)texts_free);
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                g_autoptr(Problems) problems = problems_new();
                g_autoptr(YamlNode) node = yaml_parse("t", words[i], strlen(words[i]), problems);
                g_ptr_array_add(field.choice_labels, texts_read(node, languages, problems));
        }
        return field;
}

static const struct {
        const char *name;
        FieldKind kind;
        const char *text, *want; /* NULL: it does not fit */
        const char *shown;       /* in French */
} rows[] = {
        { "text", FIELD_TEXT, "  Atelier\tNord ", "Atelier Nord", "Atelier Nord" },
        { "text-blank", FIELD_TEXT, " \t ", "", "" },
        { "long-text-keeps-lines", FIELD_LONG_TEXT, "a\nb", "a\nb", "a\nb" },
        { "date-iso", FIELD_DATE, "2027-03-01", "2027-03-01", "lundi 1er mars 2027" },
        { "date-french", FIELD_DATE, "lundi 1er mars 2027", "2027-03-01", "lundi 1er mars 2027" },
        { "date-slashes", FIELD_DATE, "01/03/2027", "2027-03-01", "lundi 1er mars 2027" },
        { "date-arabic-digits", FIELD_DATE, "١ مارس ٢٠٢٧", "2027-03-01", "lundi 1er mars 2027" },
        { "date-impossible", FIELD_DATE, "31/02/2027", NULL, NULL },
        { "date-vague", FIELD_DATE, "la semaine prochaine", NULL, NULL },
        { "number", FIELD_NUMBER, "15,5", "15.5", "15,5" },
        { "number-whole", FIELD_NUMBER, "15", "15", "15" },
        { "number-zeros", FIELD_NUMBER, "015,500", "15.5", "15,5" },
        { "number-tiny", FIELD_NUMBER, "0,00000000089", "0", "0" },
        { "number-out-of-twenty", FIELD_NUMBER, "15,5/20", "15.5", "15,5" },
        { "number-with-a-unit", FIELD_NUMBER, "12 heures", "12", "12" },
        { "number-above", FIELD_NUMBER, "21", NULL, NULL },
        { "number-below", FIELD_NUMBER, "-1", NULL, NULL },
        { "number-two", FIELD_NUMBER, "15 ou 16", NULL, NULL },
        { "number-nan", FIELD_NUMBER, "nan", NULL, NULL },
        { "number-hex", FIELD_NUMBER, "0x10", NULL, NULL },
        { "number-none", FIELD_NUMBER, "quinze", NULL, NULL },
        { "choice-words", FIELD_CHOICE, "Majeur", "major", "majeur" },
        { "choice-key", FIELD_CHOICE, "minor", "minor", "mineur" },
        { "choice-number", FIELD_CHOICE, "2", "minor", "mineur" },
        { "choice-arabic", FIELD_CHOICE, "كبير", "major", "majeur" },
        { "choice-one-letter-off", FIELD_CHOICE, "majuer", "major", "majeur" },
        { "choice-unknown", FIELD_CHOICE, "énorme", NULL, NULL },
        { "choice-number-too-high", FIELD_CHOICE, "4", NULL, NULL },
        { "choice-and-noun", FIELD_CHOICE, "Aucun écart", "none", "aucun" },
        { "choice-and-why", FIELD_CHOICE, "mineur, plus de saisie que prévu", "minor", "mineur" },
        { "choice-or-another", FIELD_CHOICE, "mineur ou majeur", NULL, NULL },
        { "choice-but", FIELD_CHOICE, "aucun, sauf les horaires", NULL, NULL },
        { "choice-not-at-the-start", FIELD_CHOICE, "pas mineur", NULL, NULL },
        { "choices", FIELD_CHOICES, "mineur, majeur", "minor,major", "mineur, majeur" },
        { "choices-one-unknown", FIELD_CHOICES, "mineur, énorme", NULL, NULL },
        { "yes", FIELD_YES_NO, "OUI", "yes", "oui" },
        { "no", FIELD_YES_NO, "Non.", "no", "non" },
        { "yes-arabic", FIELD_YES_NO, "نعم", "yes", "oui" },
        { "yes-and-why", FIELD_YES_NO, "Oui, je ne suis pas payée", "yes", "oui" },
        { "no-and-why", FIELD_YES_NO, "non (c'est une entreprise)", "no", "non" },
        { "yes-but", FIELD_YES_NO, "oui, mais seulement un jour", NULL, NULL },
        { "yes-if", FIELD_YES_NO, "oui, si possible", NULL, NULL },
        { "yes-comma-no", FIELD_YES_NO, "oui, enfin non", NULL, NULL },
        { "yes-but-arabic", FIELD_YES_NO, "نعم، لكن ليس دائما", NULL, NULL },
        { "yes-and-no", FIELD_YES_NO, "oui et non", NULL, NULL },
        { "scale", FIELD_SCALE, "4", "4", "4/5" },
        { "scale-of-five", FIELD_SCALE, "4/5", "4", "4/5" },
        { "scale-in-words", FIELD_SCALE, "4 sur 5", "4", "4/5" },
        { "scale-in-arabic", FIELD_SCALE, "٤ من ٥", "4", "4/5" },
        { "scale-of-ten-in-words", FIELD_SCALE, "4 sur 10", NULL, NULL },
        { "number-in-words", FIELD_NUMBER, "15,5 sur 20", "15.5", "15,5" },
        { "scale-six", FIELD_SCALE, "6", NULL, NULL },
        { "scale-forty", FIELD_SCALE, "40", NULL, NULL },
        { "scale-of-ten", FIELD_SCALE, "4/10", NULL, NULL },
        { "scale-half", FIELD_SCALE, "3,5", NULL, NULL },
        { "five-step", FIELD_FIVE_STEP, "très bien", "very_good", "Très bien" },
        { "five-step-good", FIELD_FIVE_STEP, "Bien", "good", "Bien" },
        { "five-step-unknown", FIELD_FIVE_STEP, "moyen", NULL, NULL },
        { "email", FIELD_EMAIL, " x@Example.org ", "x@example.org", "x@example.org" },
        { "email-two", FIELD_EMAIL, "a@example.org, b@example.org", NULL, NULL },
        { "email-in-brackets", FIELD_EMAIL, "<a@example.org>", "a@example.org", "a@example.org" },
        { "email-with-name", FIELD_EMAIL, "Anne Petit <a@example.org>", "a@example.org", "a@example.org" },
        { "email-linked", FIELD_EMAIL, "a@example.org <mailto:a@example.org>", "a@example.org",
          "a@example.org" },
        { "email-and-remark", FIELD_EMAIL, "a@example.org (pro)", "a@example.org", "a@example.org" },
        { "email-broken", FIELD_EMAIL, "a@, b@example.org", NULL, NULL },
        { "email-none", FIELD_EMAIL, "je ne sais pas", NULL, NULL },
        { "phone", FIELD_PHONE, "+33 1 23 45 67 89", "+33 1 23 45 67 89", "+33 1 23 45 67 89" },
};

/* A group as the rules have it: from and to. */
static const struct {
        const char *name, *text, *want, *shown;
} groups[] = {
        { "words", "du 01/04/2027 au 15/04/2027", "2027-04-01/2027-04-15",
          "du jeudi 1er avril 2027 au jeudi 15 avril 2027" },
        { "two-lines", "01/04/2027 au 15/04/2027\n1er juin 2027 to 3 juin 2027",
          "2027-04-01/2027-04-15;2027-06-01/2027-06-03",
          "du jeudi 1er avril 2027 au jeudi 15 avril 2027 ; du mardi 1er juin 2027 au jeudi 3 juin 2027" },
        { "dash", "2027-04-01 - 2027-04-15", "2027-04-01/2027-04-15",
          "du jeudi 1er avril 2027 au jeudi 15 avril 2027" },
        { "canonical", "2027-04-01/2027-04-15", "2027-04-01/2027-04-15",
          "du jeudi 1er avril 2027 au jeudi 15 avril 2027" },
        { "year-once", "du 1/4 au 15/4/2027", "2027-04-01/2027-04-15",
          "du jeudi 1er avril 2027 au jeudi 15 avril 2027" },
        { "month-once", "du 1er au 15 avril 2027", "2027-04-01/2027-04-15",
          "du jeudi 1er avril 2027 au jeudi 15 avril 2027" },
        { "half", "01/04/2027", NULL, NULL },
        { "no-dates", "pendant les vacances au bord de la mer", NULL, NULL },
        { "blank", " ", "", "" },
};

/* Choices of the procedure that ships, as people write them. */
static const struct {
        const char *field, *text, *want;
} choices[] = {
        { "record.headcount", "10 à 49", "n10" },
        { "record.headcount", "10-49", "n10" },
        { "record.headcount", "5", "n1" },
        { "record.headcount", "3 salariés", "n1" },
        { "record.headcount", "environ 60", NULL },
        { "record.headcount", "2500", "n1000" },
        { "record.headcount", "40 à 60", NULL },
        { "record.amount_per", "par mois", "month" },
        { "record.amount_per", "de l'heure", NULL },
        { "record.means", "virement bancaire", "transfer" },
        { "record.organisation_type", "entreprise privée", "company" },
        { "record.organisation_type", "Une entreprise", "company" },
        { "midterm_report.gap_with_record", "لا يوجد", "none" },
        { "experience_report.continue_partnership", "oui, avec réserve", NULL },
        { "experience_report.continue_partnership", "avec réserve", "with_reservations" },
        { "experience_report.share", "Anonyme svp", "anonymous" },
        { "company_evaluation.hired", "non, pas cette année", "no" },
        { "company_evaluation.hired", "CDD de six mois", "fixed_term" },
        { "company_evaluation.overall", "Très bien, vraiment", "very_good" },
        { "company_evaluation.overall", "bien à très bien", NULL },
};

static void check_shipped(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
                const Field *field = procedure_field(procedure, choices[i].field, NULL);
                g_autofree char *problem = NULL,
                                *value = form_value_read(field, choices[i].text, "fr", &problem);
                if (g_strcmp0(value, choices[i].want) != 0)
                        g_error("%s `%s`: got %s, want %s", choices[i].field, choices[i].text, value,
                                choices[i].want);
        }
}

static void check_group(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Procedure) procedure = shipped_procedure();
        const Field *field = procedure_field(procedure, "record.interruptions", NULL);
        g_autofree char *problem = NULL, *value = form_value_read(field, groups[i].text, "fr", &problem);
        g_assert_cmpstr(value, ==, groups[i].want);
        if (value == NULL)
                return;
        g_autofree char *shown = form_value_show(field, value, "fr");
        g_assert_cmpstr(shown, ==, groups[i].shown);
}

static void check_row(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        Field field = make_field(rows[i].kind);
        g_autofree char *problem = NULL, *value = form_value_read(&field, rows[i].text, "fr", &problem);
        g_assert_cmpstr(value, ==, rows[i].want);
        g_assert_true((problem == NULL) == (value != NULL));
        if (value != NULL) {
                g_autofree char *shown = form_value_show(&field, value, "fr");
                g_assert_cmpstr(shown, ==, rows[i].shown);
                g_autofree char *again = form_value_read(&field, value, "fr", &problem);
                g_assert_cmpstr(again, ==, value); /* a canonical value reads as itself */
        }
        g_clear_pointer(&field.choice_labels, g_ptr_array_unref);
}

static void check_long(void)
{
        Field field = make_field(FIELD_TEXT);
        g_autofree char *text = g_strnfill(501, 'x'), *problem = NULL;
        g_assert_null(form_value_read(&field, text, "en", &problem));
        g_assert_nonnull(strstr(problem, "is too long"));
}

/* Beside an address that looks like a slip stands what may have been meant; the value is as it was given. */
static void check_given(void)
{
        static const struct {
                const char *address, *shown;
        } given[] = {
                { "lina@gmial.com", "lina@gmial.com (vérifiez cette adresse : « gmail.com » ?)" },
                { "lina@etu.exmple.org",
                  "lina@etu.exmple.org (vérifiez cette adresse : « etu.example.org » ?)" },
                { "lina@gmail.com", "lina@gmail.com" },
        };
        Person *lina = g_new0(Person, 1);
        lina->address = g_strdup("lina@etu.example.org");
        g_autoptr(Case) the_case = case_new();
        g_ptr_array_add(the_case->people, lina);
        const Field field = make_field(FIELD_EMAIL);
        for (size_t i = 0; i < G_N_ELEMENTS(given); i++) {
                g_autofree char *shown = form_value_show_given(&field, given[i].address, "fr", the_case);
                g_assert_cmpstr(shown, ==, given[i].shown);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/form-value/", rows[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
                g_autofree char *path = g_strconcat("/form-value/group/", groups[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_group);
        }
        g_test_add_func("/form-value/given", check_given);
        g_test_add_func("/form-value/text-too-long", check_long);
        g_test_add_func("/form_value/shipped-choices", check_shipped);
        return g_test_run();
}
