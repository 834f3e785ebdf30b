/* Which part of a name is which. */
#include "procedure/person_name.h"

#include <glib.h>

static const struct {
        const char *name, *first, *last;
} rows[] = {
        { "Lina Haddad", "Lina", "Haddad" },
        { "Inès Ben Salah", "Inès", "Ben Salah" },
        { "BEN SALAH Inès", "Inès", "BEN SALAH" },
        { "Jean-Pierre LE GOFF", "Jean-Pierre", "LE GOFF" },
        { "Haddad, Lina", "Lina", "Haddad" },
        { "LINA HADDAD", "LINA", "HADDAD" },
        { "Jean F. Roux", "Jean", "F. Roux" },
        { "لينا حداد", "لينا", "حداد" },
        { "Lina", "Lina", "" },
        { "  Lina \t Haddad ", "Lina", "Haddad" },
        { ",", "", "" },
        { "", "", "" },
};

static void check_names(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *first = person_first_name(rows[i].name),
                                *last = person_last_name(rows[i].name);
                g_test_message("`%s`", rows[i].name);
                g_assert_cmpstr(first, ==, rows[i].first);
                g_assert_cmpstr(last, ==, rows[i].last);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/person-name/parts", check_names);
        return g_test_run();
}
