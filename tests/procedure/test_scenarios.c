/* Every file of tests/procedure/scenarios, played against the procedure that ships (scenario.h says how to
 * read one). */
#include "scenario.h"

static Procedure *procedure;

static void check_file(gconstpointer data)
{
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(data, &text, NULL, NULL));
        Scenario *play = scenario_new(data, procedure, shipped_cast);
        scenario_play(play, text);
        scenario_free(play);
}

int main(int argc, char **argv)
{
        static const char folder[] = "tests/procedure/scenarios";
        g_test_init(&argc, &argv, NULL);
        procedure = shipped_procedure();
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        g_assert_nonnull(dir);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
                if (g_str_has_suffix(name, ".txt"))
                        g_ptr_array_add(names, g_strdup(name));
        g_ptr_array_sort(names, compare_names);
        for (guint i = 0; i < names->len; i++) {
                const char *name = g_ptr_array_index(names, i);
                g_autofree char *path = g_strconcat("/scenarios/", name, NULL);
                g_test_add_data_func_full(path, g_build_filename(folder, name, NULL), check_file, g_free);
        }
        int result = g_test_run();
        procedure_free(procedure);
        return result;
}
