/* A signed document is made once: by the clerk, who has the key; the pages give out the same bytes and make
 * none. */
#include "helper_world.h"

#include "base/sign.h"
#include "robot/label_file.h"
#include "robot/paper.h"
#include "store/cases.h"

#include <string.h>

static Keyring *label_keys(House *house)
{
        g_autofree char *hex = g_strnfill(64, '1'), *line = g_strdup_printf("0 %s current\n", hex);
        g_autoptr(GError) error = NULL;
        g_assert_true(house_set_label_keys(house, line, &error));
        Keyring *keys = keyring_parse(line, &error);
        g_assert_no_error(error);
        return keys;
}

static Case *awarded(World *world)
{
        g_autoptr(GError) error = NULL;
        Store *store = world_house(world)->store;
        g_autoptr(Case) before = cases_load(store, cases_find(store, "2026-0142", &error), &error);
        g_autoptr(Case) after = case_copy(before);
        const char *const steps[] = { "record_validation", "label" };
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                Task *task = case_task(after, steps[i]);
                if (task == NULL) {
                        task = g_new0(Task, 1);
                        task->step = g_strdup(steps[i]);
                        g_ptr_array_add(after->tasks, task);
                }
                task->state = TASK_DONE;
        }
        g_hash_table_insert(after->data, g_strdup("label.number"), g_strdup("SEMSEM-2026-0142"));
        g_hash_table_insert(after->data, g_strdup("label.day"), g_strdup("2027-10-01"));
        g_assert_true(cases_save(store, before, after, &error));
        g_assert_no_error(error);
        return g_steal_pointer(&after);
}

static GBytes *make(World *world, Spool *spool, const Case *the_case, const char *key, const char *language,
                    GError **error)
{
        House *house = world_house(world);
        g_auto(Paper) paper = { 0 };
        const Procedure *procedure = house_procedure(house, the_case->procedure, error);
        const bool is_made =
                paper_make(house, spool, procedure, the_case, key, language, house_now(house), &paper, error);
        return is_made ? g_steal_pointer(&paper.bytes) : NULL;
}

static void check_once(void)
{
        g_autoptr(World) world = world_new("2027-10-01T09:00:00+01:00");
        world_begin(world, "2026-0142", NULL);
        world_run(world);
        g_autoptr(GError) error = NULL;
        g_autoptr(Keyring) keys = label_keys(world_house(world));
        g_autoptr(Case) the_case = awarded(world);
        g_autofree char *public_keys = sign_public_keys(keys), *number = NULL;
        g_assert_null(make(world, NULL, the_case, "label", "fr", &error));
        g_assert_error(error, PAPER_ERROR, PAPER_ERROR_NOT_MADE);
        g_clear_error(&error);

        g_autoptr(Spool) spool = spool_open(world_house(world)->config->state_dir, "test", &error);
        g_autoptr(GBytes) first = make(world, spool, the_case, "label", "fr", &error);
        g_assert_no_error(error);
        g_assert_true(spool_sync(spool, &error));
        g_assert_cmpint(label_file_check(first, public_keys, &number), ==, LABEL_FILE_GENUINE);
        world_set_clock(world, house_now(world_house(world)) + 86400 * 40);
        static const char *const languages[] = { "fr", "ar" };
        for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
                g_autoptr(GBytes) again = make(world, NULL, the_case, "label", languages[i], &error);
                g_assert_no_error(error);
                g_assert_true(g_bytes_equal(again, first));
        }
        g_autoptr(GBytes) mailed = make(world, spool, the_case, "label", "fr", &error);
        g_assert_true(g_bytes_equal(mailed, first));
        g_autoptr(GBytes) other = make(world, spool, the_case, "label", "ar", &error);
        g_assert_false(g_bytes_equal(other, first)); /* the clerk makes it in its reader's language */
        g_autoptr(GBytes) agreement = make(world, NULL, the_case, "agreement", "fr", &error);
        g_assert_no_error(error);
        g_assert_nonnull(agreement);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/paper/once", check_once);
        return g_test_run();
}
