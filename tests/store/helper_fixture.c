#include "helper_fixture.h"

#include <stdlib.h>

void fixture_set_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        g_autoptr(GError) error = NULL;
        fixture->folder = g_dir_make_tmp("facteur-store-XXXXXX", &error);
        g_assert_no_error(error);
        fixture->path = g_build_filename(fixture->folder, "facteur.db", NULL);
        g_assert_true(store_create(fixture->path, "test", &error));
        fixture->store = store_open(fixture->path, "test", &error);
        g_assert_no_error(error);
}

void fixture_tear_down(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
        store_free(fixture->store);
        g_autofree char *command = g_strdup_printf("rm -rf '%s'", fixture->folder);
        g_assert_cmpint(system(command), ==, 0);
        g_free(fixture->path);
        g_free(fixture->folder);
}
