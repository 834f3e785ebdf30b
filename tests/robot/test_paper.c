/* The documents of a case in every language, opened with Poppler: all is said, fonts are inside, the QR code
 * can be read, the same case and day give the same bytes, and long words find their pages.
 * FACTEUR_PDF=folder puts them there, to be looked at.
 */
#include "../procedure/scenario.h"
#include "helper_world.h"

#include "robot/paper.h"
#include "store/cases.h"
#include "store/journal.h"

#include <unistd.h>

static const char *const cast[] = { "student",
                                    "company_tutor",
                                    "academic_tutor",
                                    "internship_manager",
                                    "programme_head",
                                    "registry",
                                    "company_signatory",
                                    "institution_signatory",
                                    NULL };
static const char *const languages[] = { "fr", "en", "ar" };
static const char *const keys[] = { "agreement", "certificate", "label" };
static const char awarded[] =
        "include finished.txt\n"
        "at 2027-09-09 11:00 student form student_evaluation level=A3 sealed=3fa9\ntask label done\n";
static const char from_abroad[] = "country ma\ninclude record.txt\nset record.country = Maroc\n"
                                  "begin record_validation 2027-01-11 09:00\n";

static char *folder;

static char *output_of(const char *program, const char *path, const char *end)
{
        g_autofree char *command = g_strdup_printf("%s '%s' %s", program, path, end);
        char *out = NULL;
        int status = -1;
        g_autoptr(GError) error = NULL;
        g_spawn_command_line_sync(command, &out, NULL, &status, &error);
        g_assert_no_error(error);
        if (status != 0)
                g_error("`%s` ends with %d", command, status);
        return out;
}

static char *put(const char *name, GBytes *bytes)
{
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        char *path = g_strdup_printf("%s/%s.pdf", folder, name);
        g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
        return path;
}

static GBytes *make(World *world, const Scenario *play, const char *key, const char *language)
{
        g_auto(Paper) paper = { 0 };
        g_autoptr(GError) error = NULL;
        paper_make(world_house(world), play->procedure, play->now_case, key, language, play->now, &paper,
                   &error);
        g_assert_no_error(error);
        return g_bytes_ref(paper.bytes);
}

static World *house_with_pages(void)
{
        World *world = world_new("2027-09-09T11:00:00+02:00");
        Config *config = world_house(world)->config;
        g_free(config->web_base_url);
        config->web_base_url = g_strdup("https://stages.univ.example.org");
        return world;
}

static Scenario *play_case(World *world, const char *text)
{
        static const char *const names[] = { "Lina Haddad",  "Jean Roux",   "Paul Girard", "Claire Moreau",
                                             "Nadia Lahlou", "Samir Cohen", "Anne Petit",  "Hélène Vidal" };
        Scenario *play = scenario_new("paper", world_house(world)->procedure, cast);
        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                Person *person = g_ptr_array_index(play->people, i);
                g_free(person->name);
                person->name = g_strdup(names[i]);
        }
        scenario_play(play, text);
        return play;
}

/* Every font is inside, and none is a bitmap. */
static void check_fonts(const char *path)
{
        g_autofree char *fonts = output_of("pdffonts", path, "");
        g_auto(GStrv) lines = g_strsplit(fonts, "\n", -1);
        guint count = 0;
        for (char **line = lines + 2; *line != NULL && **line != '\0'; line++, count++)
                if (strstr(*line, " yes yes yes ") == NULL)
                        g_error("%s: a font is not inside: %s", path, *line);
        g_assert_cmpuint(count, >, 0);
}

static const struct {
        const char *name, *words;
} said[] = {
        { "agreement.fr", "15. Attestation" },
        { "agreement.fr", "Présence totale" },
        { "agreement.fr", "Tuteur académique" },
        { "agreement.fr", "650 EUR net par mois" },
        { "agreement.en", "15. Certificate" },
        { "agreement.en", "650 EUR net per month" },
        { "certificate.fr", "896 heures de présence, soit 128 jours" },
        { "certificate.fr", "3781,82 EUR net" },
        { "certificate.en", "3781.82 EUR net" },
        { "label.fr", "SEMSEM-2026-0142" },
        { "label.en", "https://stages.univ.example.org/v/SEMSEM-2026-0142" },
        { "label.ar", "SEMSEM-2026-0142" },
};

static void check_words(const char *name, const char *path)
{
        g_autofree char *text = output_of("pdftotext -layout", path, "-");
        g_assert_null(strstr(text, "{{"));
        g_assert_null(strstr(text, "::"));
        for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
                if (strcmp(said[i].name, name) == 0 && strstr(text, said[i].words) == NULL)
                        g_error("%s does not say `%s`:\n%s", name, said[i].words, text);
}

static void check_all(void)
{
        g_autoptr(World) world = house_with_pages();
        Scenario *play = play_case(world, awarded);
        for (size_t i = 0; i < G_N_ELEMENTS(keys) * G_N_ELEMENTS(languages); i++) {
                const char *key = keys[i / G_N_ELEMENTS(languages)],
                           *language = languages[i % G_N_ELEMENTS(languages)];
                g_autofree char *name = g_strdup_printf("%s.%s", key, language);
                g_autoptr(GBytes) one = make(world, play, key, language),
                                  two = make(world, play, key, language);
                g_assert_true(g_bytes_equal(one, two));
                g_autofree char *path = put(name, one);
                check_fonts(path);
                check_words(name, path);
        }
        scenario_free(play);
}

/* What a telephone makes of the label on paper. */
static void check_qr(void)
{
        g_autoptr(World) world = house_with_pages();
        Scenario *play = play_case(world, awarded);
        for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
                g_autofree char *name = g_strdup_printf("qr-%s", languages[i]);
                g_autoptr(GBytes) label = make(world, play, "label", languages[i]);
                g_autofree char *path = put(name, label), *picture = g_strdup_printf("%s/%s", folder, name),
                                *file = g_strconcat(picture, ".png", NULL);
                g_free(output_of("pdftoppm -r 100 -png -singlefile", path, picture));
                g_autofree char *code = output_of("zbarimg -q --raw", file, "");
                g_assert_cmpstr(code, ==, "https://stages.univ.example.org/v/SEMSEM-2026-0142\n");
        }
        scenario_free(play);
}

/* No French law, no SIRET, no CPAM outside France; the host's register number all the same. */
static void check_abroad(void)
{
        g_autoptr(World) world = house_with_pages();
        Scenario *play = play_case(world, from_abroad);
        for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
                g_autofree char *name = g_strdup_printf("abroad-%s", languages[i]);
                g_autoptr(GBytes) bytes = make(world, play, "agreement", languages[i]);
                g_autofree char *path = put(name, bytes), *text = output_of("pdftotext", path, "-");
                static const char *const french[] = { "CPAM", "L124", "D124", "SIRET", "Assurance maladie" };
                for (size_t j = 0; j < G_N_ELEMENTS(french); j++)
                        g_assert_null(strstr(text, french[j]));
                g_assert_nonnull(strstr(text, "00021"));
        }
        scenario_free(play);
}

static char *many(const char *words, int times)
{
        GString *text = g_string_new(NULL);
        while (times-- > 0)
                g_string_append(text, words);
        return g_string_free(text, FALSE);
}

/* Long names, a long subject, activities over pages: nothing is cut off, no page is drawn over another. */
static void check_long(void)
{
        g_autoptr(World) world = house_with_pages();
        g_autofree char *activities = many("relever, mesurer et consigner les défauts de la ligne, ", 160),
                        *subject = many("Réseaux de capteurs pour l'industrie ", 12);
        g_autofree char *text = g_strdup_printf(
                "include record.txt\n"
                "set record.organisation = Société Méditerranéenne d'Instrumentation et de Métrologie "
                "Appliquée aux Procédés Industriels de Saint-Étienne-du-Rouvray\n"
                "set record.subject = %s\nset record.activities = %s\n"
                "set record.signatory_position = Directrice générale adjointe chargée des ressources "
                "humaines\n"
                "begin record_validation 2027-01-11 09:00\n",
                subject, activities);
        Scenario *play = play_case(world, text);
        for (size_t i = 0; i < G_N_ELEMENTS(keys) * G_N_ELEMENTS(languages); i++) {
                const char *key = keys[i / G_N_ELEMENTS(languages)],
                           *language = languages[i % G_N_ELEMENTS(languages)];
                g_autofree char *name = g_strdup_printf("long-%s.%s", key, language);
                g_autoptr(GBytes) bytes = make(world, play, key, language);
                g_autofree char *path = put(name, bytes), *out = output_of("pdftotext", path, "-");
                g_assert_nonnull(strstr(out, "Rouvray"));
                if (strcmp(key, "label") != 0)
                        continue;
                g_autofree char *info = output_of("pdfinfo", path, "");
                g_assert_nonnull(strstr(info, "Pages:           1\n")); /* a certificate is one sheet */
        }
        scenario_free(play);
}

static void answer(World *world, const char *key, const char *role, const char *text)
{
        const char *address = world_actor(role)->address;
        const OutboxMail *mail = world_last_mail(world, key, address);
        g_assert_nonnull(mail);
        Reply reply = { .from = address, .text = text, .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
}

/* A long Message-ID goes over two lines. */
static void drop_breaks(char *text)
{
        char *to = text;
        for (const char *from = text; *from != '\0'; from++)
                if (*from != '\n')
                        *to++ = *from;
        *to = '\0';
}

/* Who agreed, when, and where the proof lies: the Message-ID and the journal's entry. */
static void check_agreements(void)
{
        g_autoptr(World) world = world_new("2027-01-11T09:00:00+01:00");
        House *house = world_house(world);
        world_begin(world, "2027-0001", NULL);
        world_run(world);
        answer(world, "record_to_validate", "internship_manager", "VALIDER");
        answer(world, "agreement_to_sign", "student", "ACCORD");
        g_autoptr(GError) error = NULL;
        int64_t id = cases_find(house->store, "2027-0001", &error);
        g_autoptr(Case) the_case = cases_load(house->store, id, &error);
        g_assert_no_error(error);
        const Task *task = case_task(the_case, "agreement_student");
        g_assert_cmpint(task->state, ==, TASK_DONE);
        const char *message_id = strchr(task->how, '<');
        g_assert_nonnull(message_id);
        g_autofree char *hash = journal_closing_hash(house->store, id, "agreement_student", &error);
        g_assert_no_error(error);
        g_assert_cmpuint(strlen(hash), ==, 64);
        hash[16] = '\0';
        g_auto(Paper) paper = { 0 };
        paper_make(house, house->procedure, the_case, "agreement", "fr", house_now(house), &paper, &error);
        g_assert_no_error(error);
        g_autofree char *path = put("agreements", paper.bytes), *text = output_of("pdftotext", path, "-");
        drop_breaks(text);
        const char *const wanted[] = { message_id, hash, "réponse au mail" };
        for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
                if (strstr(text, wanted[i]) == NULL)
                        g_error("the agreement does not say `%s`:\n%s", wanted[i], text);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        const char *wanted = g_getenv("FACTEUR_PDF");
        folder = wanted != NULL ? g_strdup(wanted) : g_dir_make_tmp("facteur-paper-XXXXXX", NULL);
        g_test_add_func("/paper/all", check_all);
        g_test_add_func("/paper/qr", check_qr);
        g_test_add_func("/paper/abroad", check_abroad);
        g_test_add_func("/paper/long", check_long);
        g_test_add_func("/paper/agreements", check_agreements);
        int result = g_test_run();
        g_autofree char *clean = g_strdup_printf("rm -r '%s'", folder);
        if (wanted == NULL && system(clean) != 0)
                result = 1;
        g_free(folder);
        return result;
}
