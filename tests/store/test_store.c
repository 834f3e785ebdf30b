/* The store's main road: a message comes in, is decided once, and the state is what the journal says. */
#include "helper_fixture.h"

#include "store/cases.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/people.h"

#include <string.h>

static void check_guards(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        g_autoptr(GError) error = NULL;
        g_assert_false(store_create(fixture->path, "test", &error)); /* never over an existing one */
        g_assert_error(error, STORE_ERROR, STORE_ERROR_OPEN);
        g_clear_error(&error);
        g_assert_null(store_open(fixture->path, "elsewhere", &error)); /* a cloned machine */
        g_assert_error(error, STORE_ERROR, STORE_ERROR_OPEN);
}

static void check_inbox(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        g_autoptr(Spool) spool = spool_open(fixture->folder, "in", &error);
        g_assert_no_error(error);
        g_autoptr(GBytes) raw = g_bytes_new_static("From: a@example.org\r\n\r\nOK\r\n", 27);
        InboxRow row = { .door = (char *)"mailbox",
                         .mailbox = (char *)"INBOX",
                         .uidvalidity = 7,
                         .uid = 1,
                         .received_at = 5 };
        g_assert_true(spool_append(spool, raw, 1000, &row.place, &error) && spool_sync(spool, &error));
        int64_t id = 0, again = -1;
        g_assert_true(inbox_add(store, &row, &id, &error) && inbox_add(store, &row, &again, &error));
        g_assert_cmpint(id, >, 0);
        g_assert_cmpint(again, ==, 0); /* the same UID twice is one message */
        g_autoptr(GPtrArray) taken = inbox_take(store, 0, 50, 1 << 20, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(taken->len, ==, 1);
        const InboxRow *first = g_ptr_array_index(taken, 0);
        g_autoptr(GBytes) back = spool_read(fixture->folder, &first->place, &error);
        g_assert_no_error(error);
        g_assert_true(g_bytes_equal(back, raw));
        InboxOutcome outcome = { .outcome = OUTCOME_HELD,
                                 .rule = "r",
                                 .message_id = "m@x",
                                 .fingerprint = "f",
                                 .folder = "review" };
        g_assert_true(inbox_close(store, id, &outcome, 2000, &error));
        g_assert_false(inbox_close(store, id, &outcome, 2000, &error)); /* decided once */
        g_assert_error(error, STORE_ERROR, STORE_ERROR_CONFLICT);
        g_clear_error(&error);
        g_assert_cmpint(inbox_find_same(store, "m@x", "f", &error), ==, id);
        g_autoptr(GPtrArray) moves = inbox_to_move(store, "INBOX", 500, &error);
        g_assert_cmpuint(moves->len, ==, 1);
        g_assert_true(inbox_mark_moved(store, &id, 1, 3000, &error));
        spool_place_clear(&row.place);
}

static int64_t add_row(Store *store, int64_t uid, int64_t length)
{
        g_autoptr(GError) error = NULL;
        InboxRow row = { .door = (char *)"mailbox",
                         .mailbox = (char *)"INBOX",
                         .uidvalidity = 7,
                         .uid = uid,
                         .place = { .segment = (char *)"in/x.seg", .length = length } };
        int64_t id = 0;
        g_assert_true(inbox_add(store, &row, &id, &error));
        return id;
}

static void check_taken(Store *store, int64_t after, guint limit, int64_t bytes, int64_t first, guint count)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) rows = inbox_take(store, after, limit, bytes, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(rows->len, ==, count);
        if (count > 0)
                g_assert_cmpint(((InboxRow *)g_ptr_array_index(rows, 0))->id, ==, first);
}

/* Batches are bounded in rows and bytes, begin behind what is under way, and one that was tried goes alone.
 */
static void check_batches(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        int64_t first = add_row(store, 1, 100), second = add_row(store, 2, 100),
                third = add_row(store, 3, 5000);
        add_row(store, 4, 100);
        check_taken(store, 0, 10, 250, first, 2);
        check_taken(store, second, 10, 250, third, 1); /* too large for a batch: alone, not never */
        check_taken(store, 0, 10, 1 << 20, first, 1);  /* it was tried */
        g_assert_true(inbox_give_back(store, first, &error) && inbox_give_back(store, first, &error));
        g_assert_true(inbox_give_back(store, second, &error));
        check_taken(store, 0, 10, 1 << 20, first, 2); /* the third was tried and ends the batch */
        bool has_new = true;
        g_assert_true(inbox_has_new(store, third + 1, &has_new, &error));
        g_assert_false(has_new);
}

static void journal(Store *store, Case *the_case, RecordKind kind, const char *step, const char *payload)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Case) before = case_copy(the_case);
        Record record = {
                .kind = kind, .step = (char *)step, .at = 1500, .payload = json_loads(payload, 0, NULL)
        };
        g_assert_nonnull(record.payload);
        g_assert_true(case_apply(the_case, &record));
        g_assert_true(cases_save(store, the_case->id == 0 ? NULL : before, the_case, &error));
        g_assert_true(journal_append(store, the_case->id, &record, &error));
        json_decref(record.payload);
}

static void check_case(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        Person person = { .name = (char *)"Amina",
                          .address = (char *)"amina@example.org",
                          .language = (char *)"fr",
                          .timezone = (char *)"Europe/Paris",
                          .country = (char *)"fr" };
        int64_t student = people_add(store, &person, 1000, &error);
        g_assert_cmpint(people_find_address(store, "AMINA+x@Example.org", &error), ==, student);
        g_assert_true(procedures_keep(store, "hash", "x", 1, &error));
        g_autoptr(Case) the_case = case_new();
        journal(store, the_case, RECORD_BEGUN, NULL,
                "{\"reference\":\"2027-0001\",\"procedure\":\"hash\",\"country\":\"fr\",\"timezone\":"
                "\"Europe/Paris\","
                "\"holders\":{\"student\":1},\"data\":{\"record.subject\":\"é\"}}");
        journal(store, the_case, RECORD_OPENED, "report", "{\"person\":1,\"due_at\":9000}");
        journal(store, the_case, RECORD_DONE, "report",
                "{\"answer\":\"accept\",\"how\":\"reply 1\",\"level\":2}");
        g_autoptr(Case) loaded = cases_load(store, the_case->id, &error);
        g_autofree char *one = case_print(the_case), *two = case_print(loaded);
        g_assert_cmpstr(one, ==, two);
        Audit *audit = journal_audit(store, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(audit->faults->len, ==, 0);
        g_assert_cmpint(audit->entries, ==, 4);
        audit_free(audit);

        case_task(the_case, "report")->state = TASK_OPEN; /* a state that the journal does not say */
        g_assert_true(cases_save(store, loaded, the_case, &error));
        audit = journal_audit(store, &error);
        g_assert_cmpuint(audit->faults->len, ==, 1);
        g_assert_cmpstr(g_ptr_array_index(audit->faults, 0), ==,
                        "case 2027-0001: its state is not what its journal says");
        audit_free(audit);
}

static bool note_letter(Store *store G_GNUC_UNUSED, void *data, GError **error G_GNUC_UNUSED)
{
        const char *const *letter = data;
        g_string_append(*(GString *const *)(letter + 1), letter[0]);
        return true;
}

static void do_last(Store *store, const char *letter, GString *done)
{
        const void *const data[] = { letter, done };
        g_assert_true(store_do_last(store, note_letter, g_memdup2(data, sizeof data), g_free, NULL));
}

/* What waits for the end of the transaction goes with the part of it that asked. */
static void check_last(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GString) done = g_string_new(NULL);
        do_last(store, "a", done);
        g_assert_cmpstr(done->str, ==, "a"); /* outside a transaction */
        g_assert_true(store_begin(store, NULL));
        do_last(store, "b", done);
        g_assert_true(store_savepoint(store, NULL));
        do_last(store, "x", done);
        g_assert_true(store_savepoint(store, NULL));
        do_last(store, "x", done);
        g_assert_true(store_release(store, NULL));
        store_undo(store);
        g_assert_true(store_savepoint(store, NULL));
        do_last(store, "c", done);
        g_assert_true(store_release(store, NULL));
        g_assert_cmpstr(done->str, ==, "a");
        g_assert_true(store_commit(store, NULL));
        g_assert_cmpstr(done->str, ==, "abc");
        g_assert_true(store_begin(store, NULL));
        do_last(store, "x", done);
        store_rollback(store);
        g_assert_true(store_begin(store, NULL) && store_commit(store, NULL));
        g_assert_cmpstr(done->str, ==, "abc");
}

static int64_t add_mail(Store *store, const char *message_id, int64_t person, int64_t not_before)
{
        g_autofree char *recipient = g_strdup_printf("p%d@example.org", (int)person);
        OutboxMail mail = { .message_id = (char *)message_id,
                            .envelope_from = (char *)"r@example.org",
                            .recipient = recipient,
                            .place = { .segment = (char *)"out/x.seg" },
                            .case_id = 1,
                            .key = (char *)"k",
                            .person = person,
                            .not_before = not_before };
        int64_t id;
        g_autoptr(GError) error = NULL;
        g_assert_true(outbox_add(store, &mail, 1000, &id, &error));
        return id;
}

static void check_outbox(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        g_autoptr(GError) error = NULL;
        OutboxCaps caps = { .person_day = 2, .staff_day = 3, .case_day = 20, .hour = 100 };
        add_mail(store, "a", 1, 0);
        g_assert_cmpint(add_mail(store, "a", 1, 0), ==, 0); /* the same mail: nothing to do */
        add_mail(store, "b", 1, 0);
        add_mail(store, "c", 1, 0);
        add_mail(store, "d", 2, 999999); /* later */
        for (int round = 0; round < 2; round++) {
                g_autoptr(GPtrArray) mails = outbox_lease(store, 10, &caps, 1000, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(mails->len, ==, 1); /* one recipient: in order, one at a time */
                const OutboxMail *mail = g_ptr_array_index(mails, 0);
                g_assert_cmpstr(mail->message_id, ==, round == 0 ? "a" : "b");
                g_assert_true(outbox_mark_sent(store, mail->id, "250", 1000, &error));
        }
        g_autoptr(GPtrArray) none = outbox_lease(store, 10, &caps, 1000, &error);
        g_assert_cmpuint(none->len, ==, 0); /* the third is over the cap: held, not dropped */
        int64_t held = 0, recovered = 0;
        g_assert_true(outbox_count(store, OUTBOX_HELD, &held, &error));
        g_assert_cmpint(held, ==, 1);
        g_autoptr(GPtrArray) next_day = outbox_lease(store, 10, &caps, 1000 + 86401, &error);
        g_assert_cmpuint(next_day->len, ==, 1);
        g_assert_true(outbox_recover(store, 1000 + 86401, &recovered, &error)); /* killed while sending */
        g_assert_cmpint(recovered, ==, 1);
}

static int64_t count_cancelled(Store *store)
{
        int64_t count = -1;
        g_assert_true(outbox_count(store, OUTBOX_CANCELLED, &count, NULL));
        return count;
}

/* Of one case, step and mail, to one person or to all. */
static void check_cancel(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        static const char *const others[] = { "other", NULL }, *const own[] = { "other", "k", NULL };
        Store *store = fixture->store;
        add_mail(store, "a", 1, 0);
        add_mail(store, "b", 2, 0);
        add_mail(store, "c", 3, 0);
        g_assert_true(outbox_cancel(store, 8, NULL, own, 0, NULL));
        g_assert_true(outbox_cancel(store, 1, "step", own, 0, NULL));
        g_assert_true(outbox_cancel(store, 1, NULL, others, 0, NULL));
        g_assert_cmpint(count_cancelled(store), ==, 0);
        g_assert_true(outbox_cancel(store, 1, NULL, own, 2, NULL));
        g_assert_cmpint(count_cancelled(store), ==, 1);
        g_assert_true(outbox_cancel(store, 1, NULL, own, 0, NULL));
        g_assert_cmpint(count_cancelled(store), ==, 3);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/store/guards", Fixture, NULL, fixture_set_up, check_guards, fixture_tear_down);
        g_test_add("/store/inbox", Fixture, NULL, fixture_set_up, check_inbox, fixture_tear_down);
        g_test_add("/store/batches", Fixture, NULL, fixture_set_up, check_batches, fixture_tear_down);
        g_test_add("/store/case", Fixture, NULL, fixture_set_up, check_case, fixture_tear_down);
        g_test_add("/store/cancel", Fixture, NULL, fixture_set_up, check_cancel, fixture_tear_down);
        g_test_add("/store/last", Fixture, NULL, fixture_set_up, check_last, fixture_tear_down);
        g_test_add("/store/outbox", Fixture, NULL, fixture_set_up, check_outbox, fixture_tear_down);
        return g_test_run();
}
