/* The clerk: which outcome and level a message gets, and that nothing is decided twice, half, or lost. */
#include "helper_world.h"

#include "store/cases.h"
#include "store/inbox.h"
#include "store/overview.h"
#include "store/tokens.h"

#include <stdlib.h>
#include <string.h>

static const char manager[] = "claire.moreau@univ.example.org";

/* One answer to `record_to_validate`. */
typedef struct {
        const char *name;
        Reply reply;
        const char *outcome, *rule; /* rule: a part of it */
        int level;
} Row;

static const Row rows[] = {
        { "vouched", { .text = "Je valide", .is_vouched = true }, "applied", "record_validation.accept", 2 },
        { "token-alone", { .text = "Je valide" }, "held", "waits for the registered address", 1 },
        { "message-id-alone",
          { .text = "Je valide", .is_vouched = true, .has_no_token = true },
          "applied",
          "record_validation.accept",
          2 },
        { "no-key",
          { .text = "Je valide",
            .is_vouched = true,
            .has_no_token = true,
            .has_no_reference = true,
            .has_no_quote = true,
            .headers = "X-Nothing: x\n" },
          "held",
          "waits for the registered address", /* the subject's reference and an actor: a hint */
          0 },
        { "on-behalf",
          { .text = "Je valide", .is_vouched = true, .headers = "Sender: <secretary@univ.example.org>\n" },
          "held",
          "waits for the registered address",
          1 },
        { "tagged-address",
          { .from = "Claire.Moreau+stages@UNIV.example.org", .text = "Je valide", .is_vouched = true },
          "applied",
          "record_validation.accept",
          2 },
        { "colleague",
          { .from = "colleague@univ.example.org", .text = "Je valide", .is_vouched = true },
          "held",
          "waits for the registered address",
          1 },
        { "student-with-her-token",
          { .from = "lina@etu.example.org", .text = "Je valide", .is_vouched = true },
          "held",
          "waits for the registered address",
          1 },
        { "own-address",
          { .from = "stages@univ.example.org", .text = "Je valide", .is_vouched = true },
          "held",
          "the robot's own address",
          0 },
        { "absence",
          { .text = "Oui", .is_vouched = true, .headers = "Auto-Submitted: auto-replied\n" },
          "ignored",
          "automatic",
          2 },
        { "list",
          { .text = "Je valide",
            .is_vouched = true,
            .headers = "List-Id: <m2.univ.example.org>\nPrecedence: list\n" },
          "held",
          "list mail",
          0 },
        { "forged-verdict",
          { .text = "Je valide",
            .headers = "Authentication-Results: mx.univ.example.org; dmarc=pass "
                       "header.from=univ.example.org\n" },
          "held",
          "waits for the registered address",
          1 },
};

static World *world_with_case(void)
{
        World *world = world_new("2026-11-25T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        g_assert_nonnull(world_last_mail(world, "record_to_validate", manager));
        return world;
}

static GBytes *reply_to_first(World *world, const Reply *given)
{
        Reply reply = *given;
        if (reply.from == NULL)
                reply.from = manager;
        return world_reply(world, world_last_mail(world, "record_to_validate", manager), &reply);
}

static void check_verdict(World *world, int64_t id, const char *outcome, const char *rule, int level)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(InboxVerdict) verdict = inbox_verdict(world_house(world)->store, id, &error);
        g_assert_no_error(error);
        g_test_message("%s: %s, A%d: %s", verdict->outcome, verdict->rule, verdict->level, verdict->explain);
        g_assert_cmpstr(verdict->outcome, ==, outcome);
        g_assert_nonnull(strstr(verdict->rule, rule));
        g_assert_cmpint(verdict->level, ==, level);
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(World) world = world_with_case();
        g_autoptr(GBytes) raw = reply_to_first(world, &row->reply);
        int64_t id = world_deliver(world, raw);
        world_run(world);
        check_verdict(world, id, row->outcome, row->rule, row->level);
        world_audit(world);
}

static const Reply yes = { .text = "Je valide", .is_vouched = true };

/* Two tokens of two cases in one mail name neither. */
static void check_two_cases(void)
{
        g_autoptr(World) world = world_with_case();
        const OutboxMail *first = world_last_mail(world, "record_to_validate", manager);
        g_autoptr(GBytes) bytes = world_bytes(world, first);
        g_autoptr(Message) message = message_open(bytes);
        g_autofree char *headers = g_strdup_printf("Cc: %s\n", message_header(message, "Reply-To"));
        world_begin(world, "2026-0143", NULL);
        world_run(world);
        Reply reply = yes;
        reply.headers = headers;
        g_autoptr(GBytes) raw = reply_to_first(world, &reply);
        int64_t id = world_deliver(world, raw);
        world_run(world);
        check_verdict(world, id, "held", "more than one case", 0);
}

static void check_dead_token(gconstpointer is_revoked)
{
        g_autoptr(World) world = world_with_case();
        g_autoptr(GBytes) raw = reply_to_first(world, &yes);
        House *house = world_house(world);
        g_autoptr(GError) error = NULL;
        int64_t person = world_last_mail(world, "record_to_validate", manager)->person;
        if (is_revoked != NULL)
                g_assert_true(tokens_revoke(house->store, 1, NULL, person, house_now(house), &error));
        else
                world_set_clock(world, house_now(house) + INT64_C(3) * 365 * 86400);
        int64_t id = world_deliver(world, raw);
        world_run(world);
        check_verdict(world, id, "held", "time is over", 0);
}

/* Staff read the mailbox's digest, and not a word of what is written about a confidential form. */
static void check_confidential(void)
{
        g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
        House *house = world_house(world);
        char *extra[] = { (char *)"step=student_evaluation", NULL };
        world_begin(world, "2026-0142", extra);
        world_run(world);
        const OutboxMail *asked =
                world_last_mail(world, "student_evaluation_to_fill", world_actor("student")->address);
        g_assert_nonnull(asked);
        const Reply reply = { .from = "personal@example.net", .text = "Un accueil DÉPLORABLE" };
        g_autoptr(GBytes) raw = world_reply(world, asked, &reply);
        int64_t id = world_deliver(world, raw);
        world_run(world);
        check_verdict(world, id, "held", "not the actor", 1);
        const Overview all = { 0 };
        int64_t total;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) held = overview_held(house->store, &all, 10, &total, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(held->len, ==, 1);
        const HeldMessage *message = g_ptr_array_index(held, 0);
        g_autoptr(GBytes) note = spool_read(house->config->state_dir, &message->note, &error);
        g_assert_no_error(error);
        g_autofree char *text = g_strndup(g_bytes_get_data(note, NULL), g_bytes_get_size(note));
        g_assert_nonnull(strstr(text, "personal@example.net"));
        g_assert_null(strstr(text, "PLORABLE"));
}

/* A token that was tampered with is none. */
static void check_forged_token(void)
{
        g_autoptr(World) world = world_with_case();
        Reply reply = yes;
        reply.has_no_reference = reply.has_no_quote = true;
        g_autoptr(GBytes) raw = reply_to_first(world, &reply);
        g_autofree char *text = g_strndup(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
        char *token = strstr(text, "stages+") + strlen("stages+");
        token[20] = token[20] == 'a' ? 'b' : 'a';
        g_autoptr(GBytes) forged = g_bytes_new(text, strlen(text));
        int64_t id = world_deliver(world, forged);
        world_run(world);
        check_verdict(world, id, "held", "waits for the registered address", 0);
}

/* A message that cannot be read is tried twice, set aside, and stops nothing. */
static void check_poison(void)
{
        g_autoptr(World) world = world_with_case();
        House *house = world_house(world);
        g_autoptr(GError) error = NULL;
        InboxRow damaged = { .door = (char *)"mailbox",
                             .mailbox = (char *)"INBOX",
                             .uidvalidity = 9,
                             .uid = 9,
                             .place = { .segment = (char *)"in/none.seg", .length = 10, .sha256 = "x" } };
        int64_t bad = 0;
        g_assert_true(inbox_add(house->store, &damaged, &bad, &error));
        g_autoptr(GBytes) raw = reply_to_first(world, &yes);
        int64_t good = world_deliver(world, raw);
        world_run(world);
        check_verdict(world, good, "applied", "accept", 2);
        g_autoptr(InboxVerdict) verdict = inbox_verdict(house->store, bad, &error);
        g_assert_cmpstr(verdict->state, ==, "set_aside");
        g_assert_cmpstr(verdict->outcome, ==, "held");
}

/* The worker dies with a batch in hand: once, and all is read again; twice, and only the one that was alone
 * at the second death is set aside. */
static void check_crash(void)
{
        g_autoptr(World) world = world_with_case();
        House *house = world_house(world);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) raw = reply_to_first(world, &yes);
        static const Reply no = { .text = "Je refuse", .is_vouched = true };
        g_autoptr(GBytes) other = reply_to_first(world, &no);
        int64_t first = world_deliver(world, raw), second = world_deliver(world, other);
        for (int death = 0; death < 2; death++) {
                g_autoptr(GPtrArray) taken = inbox_take(house->store, 0, 50, 1 << 20, &error);
                g_assert_cmpuint(taken->len, ==, death == 0 ? 2 : 1);
        }
        world_restart(world);
        world_run(world);
        g_autoptr(InboxVerdict) aside = inbox_verdict(house->store, first, &error);
        g_assert_cmpstr(aside->state, ==, "set_aside");
        g_autoptr(InboxVerdict) decided = inbox_verdict(house->store, second, &error);
        g_assert_cmpstr(decided->state, ==, "decided");
        world_audit(world);
}

/* The disk refuses: nothing is half done, no try is counted, and all goes on when it is back. */
static void check_world(void)
{
        g_autoptr(World) world = world_with_case();
        House *house = world_house(world);
        g_autoptr(GError) error = NULL;
        world_restart(world);
        g_autofree char *folder = g_build_filename(house->config->state_dir, "spool", "out", NULL),
                        *away = g_strconcat(folder, ".away", NULL);
        g_assert_cmpint(rename(folder, away), ==, 0);
        g_autofree char *command = g_strdup_printf("cp -a '%s' '%s' && rm -rf '%s'", away, folder, away);
        g_assert_cmpint(system(command), ==, 0); /* the clerk holds a folder that is gone */
        g_autoptr(GBytes) raw = reply_to_first(world, &yes);
        int64_t id = world_deliver(world, raw);
        ClerkTurn turn;
        g_assert_false(clerk_turn(world_clerk(world), &turn, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_OPEN);
        g_clear_error(&error);
        InboxRow *row = inbox_get(house->store, id, &error);
        g_assert_cmpint(row->attempts, ==, 0);
        inbox_row_free(row);
        g_autoptr(Case) untouched = cases_load(house->store, 1, &error);
        g_assert_cmpint(case_task(untouched, "record_validation")->state, ==, TASK_OPEN);
        world_restart(world);
        world_run(world);
        check_verdict(world, id, "applied", "accept", 2);
        world_audit(world);
}

/* More than one batch, the reader one ahead: each in its order, each once. */
static void check_batches(void)
{
        enum { CASES = 120 };
        g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
        for (int i = 0; i < CASES; i++) {
                g_autofree char *reference = g_strdup_printf("2026-%04d", i);
                g_autofree char *mail = g_strdup_printf("internship_manager_email=m%d@univ.example.org", i);
                char *extra[] = { mail, NULL };
                world_begin(world, reference, extra);
        }
        world_run(world);
        g_assert_cmpuint(world_sent(world)->len, ==, CASES);
        for (int i = 0; i < CASES; i++) {
                const OutboxMail *mail = g_ptr_array_index(world_sent(world), i);
                Reply reply = { .from = mail->recipient, .text = "Je valide", .is_vouched = true };
                g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
                world_deliver(world, raw);
        }
        world_run(world);
        g_autoptr(GError) error = NULL;
        for (int64_t id = 1; id <= CASES; id++) {
                g_autoptr(Case) the_case = cases_load(world_house(world)->store, id, &error);
                g_assert_cmpint(case_task(the_case, "record_validation")->state, ==, TASK_DONE);
                g_assert_cmpint(case_task(the_case, "record_validation")->cycle, ==, 1);
        }
        world_audit(world);
}

/* A mail that waits for the morning is not sent once its question is answered. */
static void check_cancelled(void)
{
        g_autoptr(World) world = world_new("2026-11-25T22:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        g_assert_cmpuint(world_sent(world)->len, ==, 0); /* night */
        world_set_clock(world, house_now(world_house(world)) + 10 * 3600);
        world_run(world);
        g_assert_cmpuint(world_sent(world)->len, ==, 1);
        g_autoptr(GError) error = NULL;
        int64_t waiting = -1;
        world_set_clock(world, house_now(world_house(world)) + 13 * 3600); /* 21:00 */
        g_autoptr(GBytes) raw = reply_to_first(world, &yes);
        world_deliver(world, raw);
        world_run(world);
        g_assert_true(outbox_count(world_house(world)->store, OUTBOX_QUEUED, &waiting, &error));
        g_assert_cmpint(waiting, ==, 6); /* two each to the student and the tutors; the receipt went */
        static const Reply undo = { .from = manager, .text = "ANNULER", .is_vouched = true };
        g_autoptr(GBytes) back = world_reply(world, world_last_mail(world, "receipt", manager), &undo);
        world_deliver(world, back);
        world_run(world);
        g_assert_true(outbox_count(world_house(world)->store, OUTBOX_QUEUED, &waiting, &error));
        g_assert_cmpint(waiting, ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *title = g_strconcat("/clerk/answer/", rows[i].name, NULL);
                g_test_add_data_func(title, &rows[i], check_row);
        }
        g_test_add_func("/clerk/two-cases", check_two_cases);
        g_test_add_data_func("/clerk/expired-token", NULL, check_dead_token);
        g_test_add_data_func("/clerk/revoked-token", "", check_dead_token);
        g_test_add_func("/clerk/confidential", check_confidential);
        g_test_add_func("/clerk/forged-token", check_forged_token);
        g_test_add_func("/clerk/poison", check_poison);
        g_test_add_func("/clerk/crash", check_crash);
        g_test_add_func("/clerk/world", check_world);
        g_test_add_func("/clerk/batches", check_batches);
        g_test_add_func("/clerk/cancelled", check_cancelled);
        return g_test_run();
}
