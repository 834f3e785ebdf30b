/* Addresses as identities. */
#include "base/address.h"

#include <glib.h>

static const struct {
        const char *name, *text, *normal, *key;
} rows[] = {
        { "plain", "Amina@Example.ORG", "Amina@example.org", "amina@example.org" },
        { "tag", "amina+stages@example.org", "amina+stages@example.org", "amina@example.org" },
        { "googlemail", "a.b@googlemail.com", "a.b@googlemail.com", "a.b@gmail.com" },
        { "idn", "amina@université.example.org", "amina@xn--universit-j4a.example.org",
          "amina@xn--universit-j4a.example.org" },
        { "blanks-around", "  a@example.org ", "a@example.org", "a@example.org" },
        { "line-break", "a@example.org\r\nRCPT TO:<b@example.org>", NULL, NULL },
        { "bracket", "<a@example.org>", NULL, NULL },
        { "two-at", "a@b@example.org", NULL, NULL },
        { "no-dot", "a@localhost", NULL, NULL },
        { "inner-blank", "a b@example.org", NULL, NULL },
        { "leading-dot", ".a@example.org", NULL, NULL },
        { "hyphen-label", "a@-example.org", NULL, NULL },
        { "local-65", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org", NULL,
          NULL },
        { "word", "néant", NULL, NULL },
        { "empty", "", NULL, NULL },
};

static void check_rows(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *normal = address_normalise(rows[i].text), *key = address_key(rows[i].text);
                if (g_strcmp0(normal, rows[i].normal) != 0 || g_strcmp0(key, rows[i].key) != 0)
                        g_error("%s: got %s and %s", rows[i].name, normal, key);
        }
        g_assert_null(address_normalise(NULL));
}

static void check_equal(void)
{
        g_assert_true(address_equal("A+x@Example.org", "a@example.org"));
        g_assert_false(address_equal("a@example.org", "b@example.org"));
        g_assert_false(address_equal("nobody", "nobody")); /* no address is nobody's */
        g_assert_true(address_same_organisation("a@mail.example.org", "b@example.org"));
        g_assert_true(address_same_organisation("a@fst.example.ac.ma", "b@example.ac.ma"));
        g_assert_false(address_same_organisation("a@one.ac.ma", "b@two.ac.ma"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/address/rows", check_rows);
        g_test_add_func("/address/equal", check_equal);
        return g_test_run();
}
