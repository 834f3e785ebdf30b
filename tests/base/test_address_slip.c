/* What looks like a slip of a domain, and the neighbours that are real. */
#include "base/address_slip.h"

#include <glib.h>

static const char *const known[] = { "etu.univ-exemple.fr", "etu2.exemple.tn", "acme.example.com", NULL };

static const struct {
        const char *address, *meant; /* NULL: nothing looks wrong */
} rows[] = {
        { "lina@gmial.com", "gmail.com" },
        { "lina@gmail.con", "gmail.com" },
        { "lina@GMAI.com", "gmail.com" },
        { "lina@gmail.fr", "gmail.com" },
        { "lina@hotmial.fr", "hotmail.fr" },
        { "lina@outlok.com", "outlook.com" },
        { "lina@laposte.fr", "laposte.net" },
        { "lina@etu.univ-exmple.fr", "etu.univ-exemple.fr" },
        { "lina@acme.exemple.com", "acme.example.com" },
        { "lina@gmail.com", NULL },
        { "lina@etu.univ-exemple.fr", NULL },
        { "lina@etu1.exemple.tn", NULL },
        { "lina@mme.com", NULL }, /* next to me.com */
        { "lina@sir.fr", NULL },  /* next to sfr.fr */
        { "lina@tree.fr", NULL }, /* next to free.fr */
        { "lina@rhone.example.com", NULL },
        { "lina", NULL },
};

static void check_rows(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].address);
                g_assert_cmpstr(address_slip(rows[i].address, known), ==, rows[i].meant);
        }
        g_assert_null(address_slip("lina@exemple-univ.ma", NULL));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/address-slip/rows", check_rows);
        return g_test_run();
}
