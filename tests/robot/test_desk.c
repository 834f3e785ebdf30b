/* The digest, and what staff do by answering it. */
#include "helper_desk.h"

#include "robot/digest.h"
#include "store/cases.h"
#include "store/inbox.h"

#include <string.h>

static const char manager[] = "claire.moreau@univ.example.org";
enum { BIG_CASES = 10000 };

static World *next_morning(const char *reference)
{
        World *world = world_new_staffed("2026-11-25T09:00:00+01:00"); /* a Wednesday */
        if (reference != NULL)
                world_begin(world, reference, NULL);
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
        world_run(world);
        return world;
}

static guint count_digests(const World *world, const char *address)
{
        guint count = 0;
        for (guint i = 0; i < world_sent(world)->len; i++) {
                const OutboxMail *mail = g_ptr_array_index(world_sent(world), i);
                count += strcmp(mail->key, "digest") == 0 && strcmp(mail->recipient, address) == 0;
        }
        return count;
}

static TaskState state_of(World *world, const char *reference, const char *step)
{
        g_autoptr(GError) error = NULL;
        House *house = world_house(world);
        g_autoptr(Case) the_case =
                cases_load(house->store, cases_find(house->store, reference, &error), &error);
        g_assert_no_error(error);
        return case_task(the_case, step)->state;
}

/* Each working day at 07:30, and when nothing happened, too. */
static void test_mornings(void)
{
        g_autoptr(World) world = world_new_staffed("2026-11-26T09:00:00+01:00"); /* a Thursday */
        world_run(world);
        static const struct {
                const char *at;
                guint digests;
        } rows[] = {
                { "2026-11-27T07:29:59+01:00", 0 }, { "2026-11-27T07:30:00+01:00", 1 },
                { "2026-11-28T12:00:00+01:00", 1 }, { "2026-11-29T12:00:00+01:00", 1 },
                { "2026-11-30T07:30:00+01:00", 2 }, { "2026-11-30T18:00:00+01:00", 2 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                world_set_clock(world, desk_instant(rows[i].at));
                world_run(world);
                g_test_message("%s", rows[i].at);
                g_assert_cmpuint(count_digests(world, WORLD_REGISTRY), ==, rows[i].digests);
        }
        g_autofree char *text = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_has(text, "Rien ne vous attend");
        world_audit(world);
}

/* One mail with many lines: done, refused and why, not understood; the rest of the cases is not touched. */
static void test_lines(void)
{
        g_autoptr(World) world = next_morning("2026-0142");
        g_autofree char *digest = desk_text(world, world_last_mail(world, "digest", manager));
        desk_assert_has(digest, "1. 2026-0142 Lina Haddad");
        g_autofree char *results = desk_answer(world, "digest", manager, manager,
                                               "1 VALIDER ; 9 RELANCER\n1 IGNORER\n1 BANANE\nVALIDER");
        desk_assert_has(results, "1. 2026-0142 Lina Haddad, VALIDER : fait");
        desk_assert_has(results, "9. RELANCER : ce numéro n’est pas dans le mail");
        desk_assert_has(results, "IGNORER : ce mot ne va pas");
        desk_assert_has(results, "1 BANANE : pas compris");
        desk_assert_has(results, "VALIDER : dites le numéro");
        g_assert_cmpint(state_of(world, "2026-0142", "record_validation"), ==, TASK_DONE);
        g_autofree char *undone = desk_answer(world, "digest_results", manager, manager, "1 ANNULER");
        desk_assert_has(undone, "ANNULER : fait");
        g_assert_cmpint(state_of(world, "2026-0142", "record_validation"), !=, TASK_DONE);
        world_audit(world);
}

/* The words that each language's digest names. */
static void test_languages(void)
{
        static const struct {
                const char *language, *line, *accepted, *reminded;
        } rows[] = {
                { "fr", "1 VALIDER ; 2 RELANCER", "VALIDER : fait", "RELANCER : fait" },
                { "en", "1 APPROVE ; 2 REMIND", "APPROVE: done", "REMIND: done" },
                { "ar", "1 أوافق ؛ 2 تذكير", "أوافق: تم", "تذكير: تم" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
                g_autofree char *spoken = g_strconcat("internship_manager_language=", rows[i].language, NULL);
                char *extra[] = { spoken, NULL };
                world_begin(world, "2026-0142", extra);
                world_begin(world, "2026-0143", extra);
                world_run(world);
                world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
                world_run(world);
                g_autofree char *results = desk_answer(world, "digest", manager, manager, rows[i].line);
                desk_assert_has(results, rows[i].accepted);
                desk_assert_has(results, rows[i].reminded);
                g_assert_cmpint(state_of(world, "2026-0142", "record_validation"), ==, TASK_DONE);
                world_audit(world);
        }
}

/* Whoever else has the digest's address decides nothing, and the answer goes to whom the digest was written.
 */
static void test_stranger(void)
{
        g_autoptr(World) world = next_morning("2026-0142");
        g_autofree char *results = desk_answer(world, "digest", manager, "mallory@example.net", "1 VALIDER");
        desk_assert_has(results, "VALIDER : à envoyer depuis votre adresse connue");
        g_assert_cmpint(state_of(world, "2026-0142", "record_validation"), !=, TASK_DONE);
        g_assert_null(world_last_mail(world, "digest_results", "mallory@example.net"));
        world_audit(world);
}

/* What stands beside the lines may take them back. */
static void test_opposed(void)
{
        g_autoptr(World) world = next_morning("2026-0142");
        g_autofree char *results = desk_answer(world, "digest", manager, manager,
                                               "1 VALIDER\n\nNon, je refuse, ne validez surtout pas.");
        desk_assert_has(results, "semble dire le contraire");
        g_assert_cmpint(state_of(world, "2026-0142", "record_validation"), !=, TASK_DONE);
}

static int64_t deliver_stray(World *world, const char *text)
{
        const Reply reply = { .from = "inconnu@example.net", .text = text };
        g_autoptr(GBytes) raw = world_letter(world, "Stage", &reply);
        return world_deliver(world, raw);
}

static char *outcome_of(World *world, int64_t id)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(InboxVerdict) verdict = inbox_verdict(world_house(world)->store, id, &error);
        g_assert_no_error(error);
        return g_strdup_printf("%s %s", verdict->outcome != NULL ? verdict->outcome : "-",
                               verdict->reference != NULL ? verdict->reference : "-");
}

/* Held mail is shown with its words, and ends when staff say whose it is, or that nothing follows. */
static void test_held(void)
{
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        int64_t first = deliver_stray(world, "Bonjour, une question sur le stage de Lina."),
                second = deliver_stray(world, "Gagnez un voyage.");
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
        world_run(world);
        g_autofree char *digest = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_has(digest, "inconnu@example.net");
        desk_assert_has(digest, "une question sur le stage de Lina");
        g_autofree char *own = desk_text(world, world_last_mail(world, "digest", manager));
        desk_assert_lacks(own, "Gagnez un voyage");
        g_autofree char *results = desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY,
                                               "1 RATTACHER 2026-0142 ; 2 IGNORER");
        desk_assert_has(results, "cette adresse n’est pas connue dans ce dossier");
        desk_assert_has(results, "2. IGNORER : fait");
        g_autofree char *named = desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY,
                                             "1 RATTACHER 2026-0142 m.lefevre@rhone.example.com");
        desk_assert_has(named, "RATTACHER 2026-0142 m.lefevre@rhone.example.com : fait");
        g_autofree char *assigned = outcome_of(world, first), *dismissed = outcome_of(world, second);
        desk_assert_has(assigned, "2026-0142");
        g_assert_cmpstr(dismissed, ==, "ignored -");
        g_autofree char *again = desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY, "2 IGNORER");
        desk_assert_has(again, "2. IGNORER : ce mail n’attend plus");
        world_audit(world);
}

/* What staff attach counts as an answer to the last question to that person, and gives no more than a token
 * would: what is light is done, what is heavy waits for the registered address, whoever the mail is from. */
static void test_assigned(void)
{
        static const struct {
                const char *step, *role, *from, *text;
                bool is_vouched;
                TaskState state;
        } rows[] = {
                { "record_validation", "internship_manager", "claire@perso.example.net", "Je valide.", true,
                  TASK_OPEN },
                { "record_validation", "internship_manager", "claire.moreau@univ.example.org", "Je valide.",
                  true, TASK_OPEN },
                { "started", "company_tutor", "marc@perso.example.net", "Yes, she has started.", false,
                  TASK_OPEN },
                { "started", "company_tutor", "m.lefevre@rhone.example.com", "Yes, she has started.", false,
                  TASK_DONE },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s from %s", rows[i].step, rows[i].from);
                g_autoptr(World) world = world_new_staffed("2027-03-08T09:00:00+01:00");
                g_autofree char *step = g_strconcat("step=", rows[i].step, NULL);
                char *extra[] = { step, NULL };
                world_begin(world, "2026-0142", extra);
                world_run(world);
                const Reply reply = { .from = rows[i].from,
                                      .text = rows[i].text,
                                      .is_vouched = rows[i].is_vouched };
                g_autoptr(GBytes) raw = world_letter(world, "Stage de Lina", &reply);
                int64_t id = world_deliver(world, raw);
                world_run(world);
                world_set_clock(world, desk_instant("2027-03-09T07:30:00+01:00"));
                world_run(world);
                const char *address = world_actor(rows[i].role)->address;
                g_autofree char *line = g_strconcat("1 RATTACHER 2026-0142 ", address, NULL),
                                *results = desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY, line),
                                *outcome = outcome_of(world, id);
                desk_assert_has(results, " : fait");
                g_assert_cmpstr(outcome, ==,
                                rows[i].state == TASK_DONE ? "applied 2026-0142" : "held 2026-0142");
                g_assert_cmpint(state_of(world, "2026-0142", rows[i].step), ==, rows[i].state);
                if (rows[i].state != TASK_DONE) {
                        const Reply yes = { .from = address, .text = "OUI", .is_vouched = true };
                        g_autoptr(GBytes) sure =
                                world_reply(world, world_last_mail(world, "confirm_request", address), &yes);
                        world_deliver(world, sure);
                        world_run(world);
                        g_assert_cmpint(state_of(world, "2026-0142", rows[i].step), ==, TASK_DONE);
                }
                world_audit(world);
        }
}

/* A stranger's mail names a case, or comes from a tutor's company: it is proposed, and why. */
static void test_likely_case(void)
{
        static const struct {
                const char *from, *text, *says;
        } rows[] = {
                { "rh@rhone.example.com", "Bonjour, qui peut me renseigner ?",
                  "Sans doute 2026-0142 Lina Haddad, où quelqu’un a une adresse de la même organisation" },
                { "inconnu@example.net", "Je vous écris au sujet du dossier n° 2026-0142, merci.",
                  "Sans doute 2026-0142 Lina Haddad, nommé dans le mail" },
                { "inconnu@gmail.com", "Bonjour, une question.",
                  "une adresse inconnue, et rien ne nomme un dossier" },
                { "lina@etu.example.org", "Bonjour, une question.",
                  "Sans doute 2026-0143 Lina Haddad, le dernier dossier de cette personne" },
        };
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        char *other[] = { (char *)"company_tutor_email=tuteur@gmail.com", NULL };
        world_begin(world, "2026-0142", NULL);
        world_begin(world, "2026-0143", other);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const Reply reply = { .from = rows[i].from, .text = rows[i].text };
                g_autoptr(GBytes) raw = world_letter(world, "Bonjour", &reply);
                world_deliver(world, raw);
        }
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
        world_run(world);
        g_autofree char *digest = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                desk_assert_has(digest, rows[i].says);
        g_autofree char *results =
                desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY, "4 OUI ; 3 OUI");
        desk_assert_has(results, "4. OUI : fait");
        desk_assert_has(results, "3. OUI : cette personne a plusieurs dossiers : donnez la référence");
}

/* One line, two answers: neither is done. */
static void test_contrary(void)
{
        static const char *const said[] = { "1 VALIDER\n1 CORRIGER les dates",
                                            "1 REFUSER hors sujet ; 1 VALIDER" };
        for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
                g_autoptr(World) world = next_morning("2026-0142");
                g_autofree char *results = desk_answer(world, "digest", manager, manager, said[i]);
                desk_assert_has(results, "semble dire le contraire");
                desk_assert_lacks(results, ": fait");
                g_assert_cmpint(state_of(world, "2026-0142", "record_validation"), ==, TASK_OPEN);
                world_audit(world);
        }
}

/* However many reports come about one address: one line, and the words that end it. */
static void test_reports(void)
{
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_begin(world, "2026-0143", NULL);
        world_run(world);
        const OutboxMail *mail = world_last_mail(world, "record_to_validate", manager);
        for (int i = 0; i < 3; i++) {
                g_autoptr(GBytes) failed = world_bounce(world, mail, "5.1.1");
                world_deliver(world, failed);
                g_autofree char *id = g_strdup_printf("none-%d", i % 2);
                const OutboxMail lost = { .recipient = (char *)"perdu@example.net", .message_id = id };
                g_autoptr(GBytes) unknown = world_bounce(world, &lost, "5.1.1");
                world_deliver(world, unknown);
                world_set_clock(world, house_now(world_house(world)) + 60);
        }
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
        world_run(world);
        g_autofree char *digest = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_has(digest, "un rapport de non-remise (perdu@example.net), 3 fois");
        desk_assert_has(
                digest,
                "Claire Moreau (responsable des stages) : claire.moreau@univ.example.org, 3 mails revenus");
        desk_assert_lacks(digest, "4. ");
        g_autofree char *results =
                desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY, "1 IGNORER ; 2 IGNORER");
        desk_assert_has(results, "1. IGNORER : fait");
        desk_assert_has(results, "2. IGNORER : fait");
        world_set_clock(world, desk_instant("2026-11-27T07:30:00+01:00"));
        world_run(world);
        g_autofree char *next = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_lacks(next, "perdu@example.net");
        desk_assert_lacks(next, "Adresses qui ne fonctionnent pas");
        world_audit(world);
}

/* A new address that waits for a yes has a line until it is settled, and IGNORER ends it. */
static void test_changing(void)
{
        static const char changing[] = "lina@etu.example.org → lina@maison.example.net";
        static const char waits[] = "l’ancienne adresse n’a pas répondu";
        g_autoptr(World) world = next_morning("2026-0142");
        g_free(desk_answer(world, "digest", manager, manager, "1 ADRESSE étudiant lina@maison.example.net"));
        world_set_clock(world, desk_instant("2026-11-27T07:30:00+01:00"));
        world_run(world);
        g_autofree char *digest = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_has(digest, changing);
        desk_assert_has(digest, waits);
        const Reply yes = { .from = "lina@etu.example.org", .text = "OUI" };
        g_autoptr(GBytes) raw = world_reply(world, world_last_mail(world, "address_confirm", yes.from), &yes);
        world_deliver(world, raw);
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-30T07:30:00+01:00"));
        world_run(world);
        g_autofree char *later = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_has(later, changing);
        desk_assert_lacks(later, waits);
        const char *line = strstr(later, "2026-0142 Lina Haddad (");
        g_assert_nonnull(line);
        g_autofree char *ignore = g_strdup_printf("%c IGNORER", *(line - strlen("1. "))),
                        *results = desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY, ignore);
        desk_assert_has(results, "IGNORER : fait");
        world_set_clock(world, desk_instant("2026-12-01T07:30:00+01:00"));
        world_run(world);
        g_autofree char *end = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_lacks(end, "lina@maison.example.net");
        world_audit(world);
}

/* Until the last line came; the last mail's text. */
static char *ask_rest(World *world, const char *word)
{
        for (int mails = 0; mails < 3; mails++) {
                const Reply reply = { .from = manager, .text = word, .is_vouched = true };
                g_autoptr(GBytes) raw = world_reply(world, world_last_mail(world, "digest", manager), &reply);
                world_deliver(world, raw);
                world_run(world);
                g_autofree char *text = desk_text(world, world_last_mail(world, "digest", manager));
                if (strstr(text, "- 205. ") != NULL)
                        return g_steal_pointer(&text);
        }
        return g_strdup("");
}

/* Lines beyond the first mail come by one word; numbers go on, and those before stay good. */
static void test_more(void)
{
        static const struct {
                const char *language, *word, *asked;
        } rows[] = { { "fr", "SUITE", "RECHERCHER haddad\nSUITE" },
                     { "en", "MORE", "MORE" },
                     { "ar", "المزيد", "المزيد" } };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
                g_autofree char *spoken = g_strconcat("internship_manager_language=", rows[i].language, NULL);
                char *extra[] = { spoken, NULL };
                for (int n = 0; n < DIGEST_LINES_MAX + 5; n++) {
                        g_autofree char *reference = g_strdup_printf("2026-%04d", n);
                        world_begin(world, reference, extra);
                }
                world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
                world_run(world);
                g_autofree char *first = desk_text(world, world_last_mail(world, "digest", manager));
                desk_assert_has(first, rows[i].word);
                g_autofree char *rest = ask_rest(world, rows[i].asked);
                desk_assert_has(rest, "- 205. ");
                desk_assert_lacks(rest, "- 3. ");
                g_assert_null(world_last_mail(world, "digest_results", manager));
                g_autofree char *results = desk_answer(world, "digest", manager, manager,
                                                       "3 VALIDER ; 204 VALIDER ; 206 VALIDER");
                desk_assert_has(results, "206. ");
                g_assert_cmpint(state_of(world, "2026-0002", "record_validation"), ==, TASK_DONE);
                g_assert_cmpint(state_of(world, "2026-0203", "record_validation"), ==, TASK_DONE);
                g_autofree char *end = desk_answer(world, "digest", manager, manager, rows[i].word);
                desk_assert_has(end, rows[i].word);
                desk_assert_lacks(end, "- 206. ");
                world_audit(world);
        }
}

/* The robot's mail to itself: back, or lost. */
static void test_round_trip(void)
{
        g_autoptr(World) world = next_morning("2026-0142");
        static const char *const mornings[] = { "2026-11-27T07:00:00+01:00", "2026-11-27T07:30:00+01:00",
                                                "2026-11-30T07:00:00+01:00", "2026-11-30T07:30:00+01:00" };
        g_autofree char *well = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(mornings); i++) {
                world_set_clock(world, desk_instant(mornings[i]));
                world_run(world);
                if (i != 1)
                        continue;
                well = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
                world_blind(world);
        }
        desk_assert_has(well, "Aller-retour de contrôle réussi : 27 novembre 2026 à 07:00");
        desk_assert_lacks(well, "n’est pas revenu");
        g_autofree char *blind = desk_text(world, world_last_mail(world, "digest", WORLD_REGISTRY));
        desk_assert_has(blind, "s’est écrit le 30 novembre 2026 à 07:00 n’est pas revenu");
        desk_assert_lacks(blind, "Aller-retour de contrôle réussi");
}

static void test_rhythm(void)
{
        g_autoptr(World) world = next_morning("2026-0142");
        g_autofree char *results = desk_answer(world, "digest", manager, manager, "POINT 8h15");
        desk_assert_has(results, "POINT 8h15 : fait");
        world_set_clock(world, desk_instant("2026-11-27T07:45:00+01:00"));
        world_run(world);
        g_assert_cmpuint(count_digests(world, manager), ==, 1);
        world_set_clock(world, desk_instant("2026-11-27T08:15:00+01:00"));
        world_run(world);
        g_assert_cmpuint(count_digests(world, manager), ==, 2);
        g_autofree char *refused =
                desk_answer(world, "digest", WORLD_REGISTRY, WORLD_REGISTRY, "POINT jamais");
        desk_assert_has(refused, "chaque jour ouvré");
}

/* A step of several parties is done when all of them are: one who agreed does not fill its bar. */
static void test_progress(void)
{
        g_autoptr(World) world = next_morning("2026-0142");
        const char *student = "lina@etu.example.org";
        g_free(desk_answer(world, "digest", manager, manager, "1 VALIDER"));
        const Reply reply = { .from = student, .text = "ACCORD", .is_vouched = true };
        g_autoptr(GBytes) raw =
                world_reply(world, world_last_mail(world, "agreement_to_sign", student), &reply);
        world_deliver(world, raw);
        world_run(world);
        g_assert_cmpint(state_of(world, "2026-0142", "agreement_student"), ==, TASK_DONE);
        world_set_clock(world, desk_instant("2026-11-27T07:30:00+01:00"));
        world_run(world);
        g_autofree char *text = desk_text(world, world_last_mail(world, "digest", manager));
        desk_assert_has(text, "1/1 Validation de la fiche");
        desk_assert_has(text, "0/1 Convention de stage");
}

/* However many lines wait, the mail stays under its limit, and says what it leaves out. */
static void test_large(void)
{
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0000", NULL);
        world_copy(world, BIG_CASES - 1);
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
        world_run(world);
        const OutboxMail *mail = world_last_mail(world, "digest", manager);
        g_autofree char *text = desk_text(world, mail);
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_assert_cmpuint(g_bytes_get_size(bytes), <, DIGEST_BYTES_MAX);
        desk_assert_has(text, "(10000)");
        desk_assert_has(text, "autres lignes attendent : répondez SUITE");
}

/* The texts of whole digests, in each language. */

/* What no two runs have in common: the chain's hash. */
static char *mask(const char *text)
{
        g_autoptr(GRegex) hash = g_regex_new("[0-9a-f]{16}", G_REGEX_OPTIMIZE, 0, NULL);
        return g_regex_replace_literal(hash, text, -1, 0, "0123456789abcdef", 0, NULL);
}

static void check_golden(const char *name, const char *language, const char *text)
{
        g_autofree char *file = g_strdup_printf("tests/robot/digest/%s.%s", name, language), *want = NULL,
                        *got = mask(text);
        if (g_getenv("FACTEUR_GOLDEN") != NULL) {
                g_assert_true(g_file_set_contents(file, got, -1, NULL));
                return;
        }
        g_file_get_contents(file, &want, NULL, NULL);
        if (g_strcmp0(got, want) != 0)
                g_error("%s: got\n%s", file, got);
}

/* cases 0: the only case waits for its student. */
static void check_digest(const char *name, const char *language, int cases)
{
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        g_autofree char *spoken = g_strconcat("internship_manager_language=", language, NULL);
        char *extra[] = { spoken, cases == 0 ? (char *)"step=record" : NULL, NULL };
        for (int i = 0; i < CLAMP(cases, 1, 3); i++) {
                g_autofree char *reference = g_strdup_printf("2026-%04d", i);
                world_begin(world, reference, extra);
        }
        world_copy(world, MAX(cases - 3, 0));
        deliver_stray(world, "Bonjour, une question sur le stage de Lina.");
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:00:00+01:00"));
        world_run(world);
        world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
        world_run(world);
        g_autofree char *text = desk_text(world, world_last_mail(world, "digest", manager));
        check_golden(name, language, text);
}

static void test_goldens(void)
{
        static const struct {
                const char *name;
                int cases;
        } rows[] = { { "empty", 0 }, { "normal", 3 }, { "large", BIG_CASES } };
        static const char *const languages[] = { "fr", "en", "ar" };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                for (size_t j = 0; j < G_N_ELEMENTS(languages); j++)
                        check_digest(rows[i].name, languages[j], rows[i].cases);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/desk/mornings", test_mornings);
        g_test_add_func("/desk/lines", test_lines);
        g_test_add_func("/desk/languages", test_languages);
        g_test_add_func("/desk/stranger", test_stranger);
        g_test_add_func("/desk/opposed", test_opposed);
        g_test_add_func("/desk/held", test_held);
        g_test_add_func("/desk/assigned", test_assigned);
        g_test_add_func("/desk/likely_case", test_likely_case);
        g_test_add_func("/desk/reports", test_reports);
        g_test_add_func("/desk/changing", test_changing);
        g_test_add_func("/desk/contrary", test_contrary);
        g_test_add_func("/desk/more", test_more);
        g_test_add_func("/desk/round_trip", test_round_trip);
        g_test_add_func("/desk/rhythm", test_rhythm);
        g_test_add_func("/desk/progress", test_progress);
        g_test_add_func("/desk/large", test_large);
        g_test_add_func("/desk/goldens", test_goldens);
        return g_test_run();
}
