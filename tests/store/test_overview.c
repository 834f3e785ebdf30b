/* What the digest and `facteur status` ask for follows indexes of what is open: it costs what it finds. */
#include "helper_fixture.h"

#include "store/inbox.h"
#include "store/outbox.h"
#include "store/overview.h"
#include "store/query.h"

enum { MANY = 500 };

static void run(Store *store, const char *sql)
{
        g_autoptr(GError) error = NULL;
        store_exec(store, sql, &error);
        g_assert_no_error(error);
}

/* Many messages that are over: sent, decided. */
static void fill(Store *store)
{
        g_autofree char *mails = g_strdup_printf(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO "
                "outbox "
                "(message_id, envelope_from, recipient, segment, at_byte, length, sha256, case_id, template, "
                "person, is_answer, is_staff, state, next_at, attempts, is_uncertain, made_at, sent_at) "
                "SELECT "
                "'m' || i, 'a@example.org', 'b@example.org', 's', 0, 1, 'x', i, 't', i, 0, 0, 'sent', i, 1, "
                "0, "
                "i, i FROM n",
                MANY);
        g_autofree char *rows = g_strdup_printf(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO "
                "inbox "
                "(door, uidvalidity, uid, at_byte, length, sha256, size, received_at, state, attempts, "
                "outcome, "
                "decided_at, moved_at, reviewed_at) SELECT 'mailbox', 1, i, 0, 1, 'x', 1, i, 'decided', 1, "
                "'applied', i, i, 0 FROM n",
                MANY);
        run(store, mails);
        run(store, rows);
}

/* Steps forward in a table without a condition, over all that was run since. */
static int scanned(Store *store)
{
        int steps = 0;
        for (sqlite3_stmt *statement = NULL;
             (statement = sqlite3_next_stmt(store_handle(store), statement)) != NULL;) {
                const int own = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
                if (own > 0)
                        g_test_message("%d steps: %s", own, sqlite3_sql(statement));
                steps += own;
        }
        return steps;
}

static void check_cost(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        const Overview overview = { 0 };
        g_autoptr(GError) error = NULL;
        g_auto(Pulse) pulse = { 0 };
        int64_t count, total;
        fill(store);
        scanned(store);
        g_assert_true(overview_pulse(store, &pulse, &error));
        g_assert_cmpint(pulse.sent_at, ==, MANY);
        for (int state = OUTBOX_QUEUED; state <= OUTBOX_HELD; state++)
                if (state != OUTBOX_SENT)
                        g_assert_true(outbox_count(store, (OutboxState)state, &count, &error));
        g_assert_true(inbox_count(store, INBOX_NEW, &count, &error) &&
                      inbox_count(store, INBOX_SET_ASIDE, &count, &error));
        for (int list = OPEN_OWN; list <= OPEN_TOLD; list++)
                g_ptr_array_unref(overview_open(store, (OpenList)list, &overview, 9, &total, &error));
        g_ptr_array_unref(overview_held(store, &overview, 9, &total, &error));
        g_ptr_array_unref(overview_failing(store, &overview, 9, &total, &error));
        g_assert_no_error(error);
        g_assert_cmpint(scanned(store), <, 10);
        /* what a scan looks like */
        g_autoptr(Query) scan = store_query(store, "SELECT count (*) FROM outbox WHERE reply IS NULL");
        g_assert_true(query_number(scan, 0, &count, &error));
        g_assert_cmpint(scanned(store), >=, MANY - 1);
}

/* Reports of one key are one line, which stands for all of them. */
static void check_groups(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        Store *store = fixture->store;
        const Overview overview = { 0 };
        g_autoptr(GError) error = NULL;
        for (int i = 1; i <= 4; i++) {
                const InboxRow row = { .door = (char *)"send", .received_at = i };
                const InboxOutcome held = { .outcome = OUTCOME_HELD,
                                            .kind = "bounce",
                                            .rule = "a delivery report",
                                            .held_key = i < 4 ? "k" : NULL };
                int64_t id;
                g_assert_true(inbox_add(store, &row, &id, &error) &&
                              inbox_close(store, id, &held, 10 + i, &error));
        }
        int64_t total;
        bool is_held;
        g_autoptr(GPtrArray) lines = overview_held(store, &overview, 9, &total, &error);
        g_assert_no_error(error);
        g_assert_cmpint(total, ==, 2);
        const HeldMessage *first = g_ptr_array_index(lines, 0);
        g_assert_cmpint(first->id, ==, 3);
        g_assert_cmpint(first->received_at, ==, 3);
        g_assert_cmpint(first->count, ==, 3);
        g_assert_true(inbox_dismiss(store, first->id, 20, &is_held, &error) && is_held);
        g_autoptr(GPtrArray) left = overview_held(store, &overview, 1, &total, &error);
        g_assert_cmpuint(left->len, ==, 1);
        g_assert_cmpint(((const HeldMessage *)g_ptr_array_index(left, 0))->id, ==, 4);
        g_assert_true(inbox_dismiss(store, first->id, 20, &is_held, &error) && !is_held);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/overview/cost", Fixture, NULL, fixture_set_up, check_cost, fixture_tear_down);
        g_test_add("/overview/groups", Fixture, NULL, fixture_set_up, check_groups, fixture_tear_down);
        return g_test_run();
}
