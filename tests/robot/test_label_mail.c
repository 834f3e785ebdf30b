/* Who asks by mail whether a label is genuine: what is answered, in which language, and who is never
 * answered. */
#include "helper_world.h"

#include "mail/message.h"
#include "store/inbox.h"

#include <string.h>

static const char stranger[] = "hr@elsewhere.example.net";

static World *labelled_world(const char *consent)
{
        World *world = world_new("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        world_award(world, consent);
        return world;
}

static guint count_answers(const World *world)
{
        guint count = 0;
        for (guint i = 0; i < world_sent(world)->len; i++)
                count += strcmp(((const OutboxMail *)g_ptr_array_index(world_sent(world), i))->key,
                                "label_verified") == 0;
        return count;
}

static char *text_of(World *world, const char *address)
{
        const OutboxMail *mail = world_last_mail(world, "label_verified", address);
        g_assert_nonnull(mail);
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_autoptr(Message) message = message_open(bytes);
        g_assert_cmpstr(message_header(message, "Auto-Submitted"), ==, "auto-replied");
        return g_strdup_printf("%s\n\n%s", message_subject(message), message_text(message));
}

static void check_outcome(World *world, int64_t id, const char *outcome)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(InboxVerdict) verdict = inbox_verdict(world_house(world)->store, id, &error);
        g_assert_no_error(error);
        g_test_message("%s: %s", verdict->outcome, verdict->rule);
        g_assert_cmpstr(verdict->outcome, ==, outcome);
}

typedef struct {
        const char *name, *subject;
        Reply letter;
        guint answers;
        const char *outcome, *says;
} Row;

static const Row rows[] = {
        { "word", "x", { .text = "LABEL SEMSEM-2026-0142" }, 1, "applied", "Ateliers du Rhône" },
        { "number-alone",
          "",
          { .text = "semsem-2026-0142" },
          1,
          "applied",
          "SEMSEM-2026-0142 est authentique" },
        { "subject-alone", "LABEL SEMSEM-2026-0142", { .text = "" }, 1, "applied", "est authentique" },
        { "sentence-fr",
          "Un diplômé",
          { .text = "Bonjour,\nle label SEMSEM-2026-0142 est-il authentique ? Merci" },
          1,
          "applied",
          "est authentique" },
        { "sentence-en",
          "A graduate",
          { .text = "Hello, could you please check SEMSEM-2026-0142? Thanks" },
          1,
          "applied",
          "is genuine" },
        { "sentence-ar",
          "تحقق",
          { .text = "مرحبا، هل العلامة SEMSEM-2026-0142 صحيحة؟" },
          1,
          "applied",
          "صحيحة" },
        { "unknown-number",
          "",
          { .text = "LABEL SEMSEM-2026-9999" },
          1,
          "applied",
          "ne connaissons pas de label" },
        { "other-prefix", "", { .text = "Verify the label number ABC-2026-1" }, 1, "applied", "ABC-2026-1" },
        { "two",
          "",
          { .text = "SEMSEM-2026-0142\nSEMSEM-2026-9999\nSEMSEM-2026-0142" },
          2,
          "applied",
          "SEMSEM-2026-9999" },
        { "known-person",
          "",
          { .from = "m.lefevre@rhone.example.com", .text = "LABEL SEMSEM-2026-0142" },
          1,
          "applied",
          "is genuine" },
        { "more-than-that", /* a person answers the rest */
          "",
          { .text = "Bonjour, voici le label SEMSEM-2026-0142 d'une candidate. Nous aimerions aussi savoir "
                    "si vous "
                    "proposez des étudiants en alternance pour la rentrée prochaine, et à qui écrire pour "
                    "cela, "
                    "car notre service cherche deux personnes." },
          1,
          "held",
          "est authentique" },
        { "known-person-talks",
          "",
          { .from = "lina@etu.example.org",
            .text = "Mon dossier SEMSEM-2026-0142 est bloqué depuis lundi, que faire ?" },
          0,
          "held",
          NULL },
        { "automatic",
          "",
          { .text = "LABEL SEMSEM-2026-0142", .headers = "Auto-Submitted: auto-replied\n" },
          0,
          "ignored",
          NULL },
        { "list",
          "",
          { .text = "LABEL SEMSEM-2026-0142", .headers = "List-Id: <x.example.org>\nPrecedence: list\n" },
          0,
          "ignored",
          NULL },
        { "own-address",
          "",
          { .from = "stages@univ.example.org", .text = "LABEL SEMSEM-2026-0142" },
          0,
          "held",
          NULL },
        { "on-behalf",
          "",
          { .text = "LABEL SEMSEM-2026-0142", .headers = "Sender: <x@example.org>\n" },
          0,
          "held",
          NULL },
        { "reference", "Stage [SEMSEM 2026-0142]", { .text = "Je valide" }, 0, "held", NULL },
        { "address", "", { .text = "Écrivez à x@semsem-2026-0142.example.org" }, 0, "held", NULL },
        { "no-label", "", { .text = "Bonjour, à qui écrire ?" }, 0, "held", NULL },
};

static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(World) world = labelled_world(NULL);
        Reply letter = row->letter;
        if (letter.from == NULL)
                letter.from = stranger;
        g_autoptr(GBytes) raw = world_letter(world, row->subject, &letter);
        const int64_t id = world_deliver(world, raw);
        world_run(world);
        check_outcome(world, id, row->outcome);
        g_assert_cmpuint(count_answers(world), ==, row->answers);
        g_autofree char *text = row->says != NULL ? text_of(world, letter.from) : NULL;
        if (text != NULL && strstr(text, row->says) == NULL)
                g_error("`%s` is not in:\n%s", row->says, text);
}

/* The student is named to whom they allowed it, and to nobody else. */
static void check_consent(void)
{
        static const struct {
                const char *consent;
                bool is_named;
        } cases[] = { { "yes", true }, { "no", false }, { NULL, false } };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(World) world = labelled_world(cases[i].consent);
                const Reply letter = { .from = stranger, .text = "LABEL SEMSEM-2026-0142" };
                g_autoptr(GBytes) raw = world_letter(world, "", &letter);
                world_deliver(world, raw);
                world_run(world);
                g_autofree char *text = text_of(world, stranger);
                g_assert_cmpint(strstr(text, "Lina Haddad") != NULL, ==, cases[i].is_named);
        }
}

/* In the answer to another mail the word is needed, and what stands beside it is not lost. */
static void check_in_case(void)
{
        static const struct {
                const char *text, *outcome;
                guint answers;
        } cases[] = {
                { "LABEL SEMSEM-2026-0142", "applied", 1 },
                { "SEMSEM-2026-0142", "asked_back", 0 },
                { "Je valide\nLABEL SEMSEM-2026-0142", "asked_back", 1 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(World) world = labelled_world(NULL);
                const OutboxMail *mail =
                        world_last_mail(world, "record_to_validate", "claire.moreau@univ.example.org");
                const Reply reply = { .from = "claire.moreau@univ.example.org",
                                      .text = cases[i].text,
                                      .is_vouched = true };
                g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
                const int64_t id = world_deliver(world, raw);
                world_run(world);
                g_test_message("%s", cases[i].text);
                check_outcome(world, id, cases[i].outcome);
                g_assert_cmpuint(count_answers(world), ==, cases[i].answers);
        }
}

/* Two robots that answer each other come to rest; an address that is nobody's is no work for staff. */
static void check_bounds(void)
{
        g_autoptr(World) world = labelled_world(NULL);
        int64_t id = 0;
        for (int i = 0; i < 14; i++) {
                g_autofree char *text = g_strdup_printf("LABEL SEMSEM-2026-%04d", i);
                const Reply letter = { .from = stranger, .text = text };
                g_autoptr(GBytes) raw = world_letter(world, "", &letter);
                id = world_deliver(world, raw);
                world_run(world);
        }
        g_assert_cmpuint(count_answers(world), ==, 10);
        check_outcome(world, id, "ignored");
        g_autoptr(GBytes) bounce =
                world_bounce(world, world_last_mail(world, "label_verified", stranger), "5.1.1");
        id = world_deliver(world, bounce);
        world_run(world);
        check_outcome(world, id, "ignored");
        world_set_clock(world, house_now(world_house(world)) + 86400 + 1);
        const Reply letter = { .from = stranger, .text = "LABEL SEMSEM-2026-0142" };
        g_autoptr(GBytes) raw = world_letter(world, "", &letter);
        world_deliver(world, raw);
        world_run(world);
        g_assert_cmpuint(count_answers(world), ==, 11);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/label-mail/", rows[i].name, NULL);
                g_test_add_data_func(name, &rows[i], check_row);
        }
        g_test_add_func("/label-mail/consent", check_consent);
        g_test_add_func("/label-mail/in-case", check_in_case);
        g_test_add_func("/label-mail/bounds", check_bounds);
        return g_test_run();
}
