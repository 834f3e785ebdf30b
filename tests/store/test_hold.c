/* The one switch of all sending: nothing is leased, nothing is due, and the journal has both turns. */
#include "store/hold.h"
#include "store/journal.h"
#include "store/outbox.h"

#include <stdlib.h>

static Store *new_store(const char *folder)
{
        g_autofree char *path = g_build_filename(folder, "facteur.db", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_true(store_create(path, "test", &error));
        Store *store = store_open(path, "test", &error);
        g_assert_no_error(error);
        return store;
}

static guint leased(Store *store)
{
        const OutboxCaps caps = { .person_day = 9, .staff_day = 9, .case_day = 9, .hour = 9 };
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) mails = outbox_lease(store, 10, &caps, 2000, &error);
        g_assert_no_error(error);
        return mails->len;
}

static int64_t entries(Store *store)
{
        g_autoptr(GError) error = NULL;
        Audit *audit = journal_audit(store, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(audit->faults->len, ==, 0);
        const int64_t count = audit->entries;
        audit_free(audit);
        return count;
}

static void check_switch(void)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-hold-XXXXXX", NULL);
        g_autoptr(Store) store = new_store(folder);
        g_autoptr(GError) error = NULL;
        const OutboxMail mail = { .message_id = (char *)"m@example.org",
                                  .envelope_from = (char *)"r@example.org",
                                  .recipient = (char *)"p@example.org",
                                  .place = { .segment = (char *)"out/x.seg" },
                                  .key = (char *)"k" };
        int64_t id, due_at;
        g_assert_true(outbox_add(store, &mail, 1000, &id, &error));
        g_assert_true(hold_begin(store, "the server moves", 1500, &error));
        g_assert_true(hold_begin(store, "the server moves", 1600, &error)); /* said twice, held once */
        g_assert_cmpint(entries(store), ==, 1);
        g_auto(Hold) hold = { 0 };
        g_assert_true(hold_read(store, &hold, &error));
        g_assert_cmpint(hold.since, ==, 1500);
        g_assert_cmpstr(hold.reason, ==, "the server moves");
        g_assert_cmpuint(leased(store), ==, 0);
        g_assert_true(outbox_next_due(store, &due_at, &error));
        g_assert_cmpint(due_at, ==, INT64_MAX); /* the sender sleeps: it does not look every second */
        g_assert_true(hold_end(store, 1700, &error) && hold_end(store, 1800, &error));
        g_assert_cmpint(entries(store), ==, 2);
        g_assert_true(outbox_next_due(store, &due_at, &error));
        g_assert_cmpint(due_at, ==, 1000);
        g_assert_cmpuint(leased(store), ==, 1);
        g_autofree char *command = g_strdup_printf("rm -rf '%s'", folder);
        g_assert_cmpint(system(command), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hold/switch", check_switch);
        return g_test_run();
}
