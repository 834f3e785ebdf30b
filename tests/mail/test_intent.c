/* What people write, and what it must never be taken for: sentences, and acceptances put into every frame
 * that takes them back. */
#include "mail/intent.h"

#include <string.h>

static Patterns *patterns;

/* The words of the contract, in the order of Intent. */
static const char *const words[] = { "accept", "refuse", "unclear", "question", "not_now", "ack" };

static Intent read_intent(const char *text, char **reason_out, char **why_out)
{
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *reason = NULL;
        const char *statement;
        Intent intent = intent_read(patterns, text, &reason, &statement, why);
        if (reason_out != NULL)
                *reason_out = g_steal_pointer(&reason);
        g_assert_cmpuint(why->len, ==, 1);
        if (why_out != NULL)
                *why_out = g_strdup(g_ptr_array_index(why, 0));
        return intent;
}

static bool is_one_of(const char *wanted, const char *word)
{
        g_auto(GStrv) list = g_strsplit(wanted, "|", -1);
        return g_strv_contains((const char *const *)list, word);
}

/* tests/mail/intent/sentences.tsv: each row must be read as it says. */
static void check_sentences(void)
{
        g_autofree char *path = g_build_filename("tests", "mail", "intent", "sentences.tsv", NULL);
        g_autofree char *bytes = NULL;
        g_assert_true(g_file_get_contents(path, &bytes, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(bytes, "\n", -1);
        guint count = 0, wrong = 0;
        for (char **line = lines; *line != NULL; line++) {
                char *tab = strchr(*line, '\t');
                if (**line == '#' || tab == NULL)
                        continue;
                *tab = '\0';
                g_autofree char *text = g_strcompress(tab + 1);
                g_autofree char *why = NULL;
                const char *got = words[read_intent(text, NULL, &why)];
                count++;
                if (is_one_of(*line, got))
                        continue;
                wrong++;
                g_test_message("row %d: `%s`: want %s, got %s (%s)", (int)(line - lines) + 1, tab + 1, *line,
                               got, why);
        }
        g_assert_cmpuint(count, >, 300);
        g_assert_cmpuint(wrong, ==, 0);
}

static const char *const acceptances[] = {
        "je valide",
        "Je valide la fiche",
        "OK",
        "ok pour moi",
        "oui",
        "Oui, je valide",
        "d'accord",
        "validé",
        "c'est bon pour moi",
        "J'approuve",
        "nous acceptons",
        "bon pour accord",
        "avis favorable",
        "je donne mon accord",
        "ça me va",
        "I approve",
        "yes",
        "approved",
        "looks good to me",
        "agreed",
        "fine by me",
        "we accept this",
        "you have my approval",
        "أوافق",
        "موافق",
        "نعم",
        "أنا موافق على الطلب",
        "تمت الموافقة",
        "واخا",
        "wakha",
        "ana mwaf9",
};

/* %s: the acceptance. Whatever language it is in, none of these is one. */
static const char *const traps[] = {
        "%s si les dates changent",
        "si les dates changent, %s",
        "%s à condition que le sujet change",
        "%s sous réserve de la signature",
        "%s sauf le titre",
        "%s, sauf les dates",
        "%s mais il faut corriger le titre",
        "%s. Mais pas le sujet.",
        "%s, mais",
        "mais %s",
        "%s uniquement pour les dates",
        "%s seulement pour la première partie",
        "%s en partie",
        "%s dès que le plan est joint",
        "une fois corrigé, %s",
        "%s quand vous aurez corrigé",
        "%s à moins que",
        "en attendant, %s",
        "%s pour l'instant",
        "%s pour le moment",
        "%s provisoirement",
        "%s demain",
        "%s la semaine prochaine",
        "%s ?",
        "%s?",
        "pourquoi %s",
        "est-ce que %s",
        "« %s »",
        "\"%s\"",
        "vous écrivez « %s »",
        "%s...",
        "%s… ou pas",
        "%s lol",
        "%s ou pas",
        "%s ou non",
        "%s peut-être",
        "peut-être %s",
        "a priori %s",
        "%s a priori",
        "je pense que %s",
        "il paraît que %s",
        "le directeur dit %s",
        "Karim dit : %s",
        "mon collègue a dit %s",
        "d'après Karim, %s",
        "je ne dis pas %s",
        "je n'ai pas dit %s",
        "ce n'est pas %s",
        "pas %s",
        "non, %s",
        "%s, non",
        "%s. Non.",
        "%s. Je refuse.",
        "je refuse. %s",
        "%s / je refuse",
        "%s, finalement non",
        "j'allais dire %s",
        "%s, remplacez juste la date",
        "%s. Changez le titre.",
        "%s\nChangez le titre",
        "%s, à corriger",
        "%s avec des réserves",
        "%s avec quelques corrections",
        "%s, il manque la signature",
        "%s en principe",
        "%s 🤔",
        "presque %s",
        "hier %s, aujourd'hui non",
        "%s if the dates change",
        "if the title changes, %s",
        "%s provided that the title changes",
        "%s subject to changes",
        "%s except the dates",
        "%s but change the title",
        "but %s",
        "%s only for the dates",
        "%s once corrected",
        "%s unless it rains",
        "%s for now",
        "%s tomorrow",
        "maybe %s",
        "%s, maybe",
        "%s I guess",
        "I think %s",
        "he said %s",
        "the dean says %s",
        "not %s",
        "no, %s",
        "%s, no",
        "I did not say %s",
        "I never said %s",
        "why %s",
        "when %s",
        "%s in principle",
        "%s, just change the title",
        "%s. Please correct the dates.",
        "%s with some reservations",
        "%s, pending review",
        "%s yeah right",
        "almost %s",
        "%s بشرط تغيير العنوان",
        "إذا تغيرت التواريخ %s",
        "%s لكن",
        "لكن %s",
        "%s ولكن يجب تغيير العنوان",
        "%s إن شاء الله",
        "%s غدا",
        "ربما %s",
        "%s ماعدا العنوان",
        "%s فقط للتواريخ",
        "هل %s",
        "%s؟",
        "المدير %s",
        "قال المدير %s",
        "لا %s",
        "غير %s",
        "%s ila tbedlat la date",
        "%s walakin",
        "%s inchallah",
        "machi %s",
        "lmodir gal %s",
        "%s xyzzy",
        "xyzzy %s",
};

static void check_traps(void)
{
        guint wrong = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(acceptances); i++)
                for (size_t k = 0; k < G_N_ELEMENTS(traps); k++) {
                        g_auto(GStrv) parts = g_strsplit(traps[k], "%s", 2);
                        g_autofree char *text = g_strconcat(parts[0], acceptances[i], parts[1], NULL);
                        g_autofree char *upper = g_utf8_strup(text, -1);
                        g_autofree char *polite =
                                g_strconcat("Bonjour,\n\n", text, "\n\nCordialement,\nJean Dupont", NULL);
                        const char *const ways[] = { text, upper, polite };
                        for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
                                g_autofree char *why = NULL;
                                if (read_intent(ways[way], NULL, &why) != INTENT_ACCEPT)
                                        continue;
                                wrong++;
                                g_test_message("accepted: `%s` (%s)", ways[way], why);
                        }
                }
        g_assert_cmpuint(wrong, ==, 0);
}

/* Courtesy around it changes nothing. */
static const char *const frames[] = {
        "%s",
        "%s.",
        "%s !",
        "  %s  ",
        "Bonjour,\n\n%s",
        "Bonjour,\n\n%s.\n\nCordialement,\nJean Dupont",
        "Bonjour Madame Dupont,\n%s\nBien à vous",
        "%s\n\nMerci",
        "%s, merci beaucoup pour votre travail",
        "Merci pour la relance. %s",
        "Désolé pour le retard. %s",
        "%s\n\nBonne journée,\nK. Benali",
        "Hello,\n%s\nKind regards,\nMary Smith",
        "%s. Have a nice day!",
        "Sorry for the late reply. %s",
        "السلام عليكم\n%s\nمع تحياتي\nأحمد بن علي",
        "Salam,\n%s\nChoukran",
        "%s 🙂",
        "%s\n\nCordialement\n\nDr. Amina Haddad\nTuteur académique\nTél. : +33 6 12 34 56 78",
};

static void check_frames(void)
{
        guint count = 0, right = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(acceptances); i++)
                for (size_t k = 0; k < G_N_ELEMENTS(frames); k++) {
                        g_auto(GStrv) parts = g_strsplit(frames[k], "%s", 2);
                        g_autofree char *text = g_strconcat(parts[0], acceptances[i], parts[1], NULL);
                        g_autofree char *why = NULL;
                        Intent intent = read_intent(text, NULL, &why);
                        count++;
                        right += intent == INTENT_ACCEPT;
                        if (intent != INTENT_ACCEPT)
                                g_test_message("`%s`: %s", text, why);
                }
        g_test_message("%u of %u clear acceptances recognised", right, count);
        g_assert_cmpuint(right * 100, >=, count * 95);
}

static const struct {
        const char *text, *reason;
} reasons[] = {
        { "refusé : dates fausses", "dates fausses" },
        { "REFUSER dates fausses", "dates fausses" },
        { "Bonjour, je refuse la fiche car les dates sont fausses. Cordialement, Jean",
          "les dates sont fausses" },
        { "Les dates sont fausses, je refuse.", "Les dates sont fausses" },
        { "Refus. Motif : Sujet déjà traité.", "Sujet déjà traité" },
        { "I refuse because the dates are wrong", "the dates are wrong" },
        { "Non.", NULL },
        { "Je refuse\n\nCordialement\nJean Dupont", NULL },
};

static void check_reasons(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
                g_autofree char *reason = NULL;
                g_assert_cmpint(read_intent(reasons[i].text, &reason, NULL), ==, INTENT_REFUSE);
                g_assert_cmpstr(reason, ==, reasons[i].reason);
        }
}

static void command_free(gpointer data)
{
        Command *command = data;
        g_free(command->key);
        g_free(command->argument);
        g_free(command->numbers);
        g_free(command->written);
        g_free(command);
}

/* key[numbers](argument), one after another. */
static const struct {
        const char *text, *said;
} commands[] = {
        { "VALIDER", "validate[]()" },
        { "Bonjour,\nvalider\nMerci", "validate[]()" },
        { "CORRIGER les dates sont fausses", "correct[](les dates sont fausses)" },
        { "À corriger : le Titre", "correct[](le Titre)" },
        { "CORRIGER\nLe titre est faux.\nLes dates aussi.\n\nCordialement",
          "correct[](Le titre est faux.\nLes dates aussi.)" },
        { "Refusé\nKarim Haddad", "refuse[]()" },
        { "REFUSER Dates fausses", "refuse[](Dates fausses)" },
        { "Accuser réception", "acknowledge[]()" },
        { "ACCUSER RECEPTION.", "acknowledge[]()" },
        { "signer", "agree[]()" },
        { "Fiche", "record[]()" },
        { "NOTE 15,5", "grade[](15,5)" },
        { "note : 12.5/20", "grade[](12.5/20)" },
        { "suivi svp", "follow[]()" },
        { "SUIVI\nLIEN", "follow[]()link[]()" },
        { "Données", "my_data[]()" },
        { "histrique", "history[]()" },
        { "HISTORIQUE", "history[]()" },
        { "docments", "documents[]()" },
        { "LABEL", "label[]()" },
        { "LABEL SEMSEM-2027-0031", "verify[](SEMSEM-2027-0031)" },
        { "Vérifier le label n° semsem‑2027‑0031", "verify[](semsem‑2027‑0031)" },
        { "label du stage", "" },
        { "aide", "help[]()" },
        { "OFFRES C embarqué", "offers[](C embarqué)" },
        { "RETOURS Société Générale", "feedbacks[](Société Générale)" },
        { "ANNULER", "undo[]()" },
        { "* Annuler *", "undo[]()" },
        { "PAS MOI, voyez x.y@z.example", "not_me[](x.y@z.example)" },
        { "PAS MOI x@y.example", "not_me[](x@y.example)" },
        { "DÉLÉGUER x@y.example JUSQU'AU 3 mars", "delegate[](x@y.example JUSQU'AU 3 mars)" },
        { "REMARQUE l'étudiant est souvent absent", "remark[](l'étudiant est souvent absent)" },
        { "POURQUOI ?", "why[]()" },
        { "1 3 7 VALIDER ; 4 RELANCER ; 9 REMPLACER tuteur x@y.example",
          "validate[1 3 7]()remind[4]()replace[9](tuteur x@y.example)" },
        { "2,5 valider", "validate[2 5]()" },
        { "12 RATTACHER 2026-0142", "assign[12](2026-0142)" },
        { "RECHERCHER Benali", "search[](Benali)" },
        { "ADRESSE j.dupont@acme.example", "address[](j.dupont@acme.example)" },
        { "INTERROMPRE\nCLORE\nIMPORT", "interrupt[]()close[]()import[]()" },
        { "إلغاء", "undo[]()" },
        { "مساعدة", "help[]()" },
        { "1 صادق ؛ 2 توقيع", "accept[1]()accept[2]()" },
        { "شكرا، توصلت بالرسالة\n\nصادق", "" }, /* it is signed by a Sadiq */
        { "je ne peux pas annuler", "" },
        { "Pouvez-vous m'envoyer le suivi ?", "" },
        { "aide-soignante", "" },
        { "annuler le stage serait dommage", "" },
        { "valder", "" }, /* never a decision by a near word */
        { "refusr", "" },
        { "je voudrais valider", "" },
        { "> VALIDER", "" },
        { "notes", "" },
        { "", "" },
};

static void check_commands(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
                g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(command_free);
                g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
                commands_read(patterns, commands[i].text, list, why);
                g_autoptr(GString) said = g_string_new(NULL);
                for (guint k = 0; k < list->len; k++) {
                        const Command *command = g_ptr_array_index(list, k);
                        g_string_append_printf(said, "%s[%s](%s)", command->key, command->numbers,
                                               command->argument);
                }
                if (strcmp(said->str, commands[i].said) != 0)
                        g_test_message("`%s`", commands[i].text);
                g_assert_cmpstr(said->str, ==, commands[i].said);
                g_assert_cmpuint(why->len, ==, list->len);
        }
}

/* What is said of the student, for the step that asks whether the internship has begun. */
static void check_statements(void)
{
        static const struct {
                const char *text, *statement;
        } rows[] = {
                { "Oui, elle a commencé lundi", "begun" },
                { "Lina Moreau est arrivée ce matin.", "begun" },
                { "Tout va bien, elle a commencé lundi.", "begun" },
                { "Bonjour,\n\nNotre stagiaire a bien pris son poste lundi dernier.\n\nBonne journée",
                  "begun" },
                { "Yes, she started on Monday", "begun" },
                { "نعم، لقد بدأت يوم الاثنين", "begun" },
                { "Elle n'est pas venue et je n'ai aucune nouvelle", "absent" },
                { "Absente", "absent" },
                { "Non, il ne s'est jamais présenté", "absent" },
                { "L'étudiant est absent depuis le début", "absent" },
                { "She didn't show up", "absent" },
                { "لم تحضر", "absent" },
                { "Elle commencera lundi", NULL },
                { "Elle a commencé ?", NULL },
                { "Elle a commencé mais est repartie", NULL },
                { "Il a commencé puis il est parti", NULL },
                { "Je crois qu'elle a commencé", NULL },
                { "Elle n'a pas encore commencé, elle arrive lundi", NULL },
                { "Elle a commencé un autre stage", NULL },
                { "Je suis absent", NULL },
                { "Le directeur est absent", NULL },
                { "I am absent", NULL },
                { "Has she started?", NULL },
                { "هل بدأ؟", NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
                g_autofree char *reason = NULL;
                const char *statement;
                Intent intent = intent_read(patterns, rows[i].text, &reason, &statement, why);
                g_test_message("%s", rows[i].text);
                g_assert_cmpstr(statement, ==, rows[i].statement);
                g_assert_cmpint(intent, !=, INTENT_ACCEPT); /* for every other step it is no answer */
        }
}

/* A text of any length is read in linear time, and one too long is never an acceptance. */
static void check_long(void)
{
        static const char *const units[] = {
                "oui ",    "je valide la fiche de stage ", "n'", "si ", "ok\n", "نعم ", "? ", "a", "\"", "'",
                "de Sara "
        };
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(GString) text = g_string_new("Je valide. ");
                while (text->len < 200 * 1024)
                        g_string_append(text, units[i]);
                gint64 start = g_get_monotonic_time();
                g_assert_cmpint(read_intent(text->str, NULL, NULL), !=, INTENT_ACCEPT);
                g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_autoptr(Problems) problems = problems_new();
        patterns = patterns_load_dir("rules/reading", problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        g_test_add_func("/intent/sentences", check_sentences);
        g_test_add_func("/intent/traps", check_traps);
        g_test_add_func("/intent/frames", check_frames);
        g_test_add_func("/intent/reasons", check_reasons);
        g_test_add_func("/intent/commands", check_commands);
        g_test_add_func("/intent/statements", check_statements);
        g_test_add_func("/intent/long", check_long);
        int failed = g_test_run();
        patterns_free(patterns);
        return failed;
}
