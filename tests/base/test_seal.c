/* What is sealed opens only whole, only for its own case, only with its key; what is signed stays what it
 * was. */
#include "base/seal.h"
#include "base/sign.h"

#include <string.h>

/* The first test vector of RFC 8032, 7.1: the seed, its public half and the signature of the empty text. */
static const char rfc_key[] = "0 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60 current\n";
static const char rfc_public[] = "0 d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n";
static const char rfc_signature[] = "0:5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-"
                                    "bRr0lv18FlbviRlUUFDjnoQCw";
static const char other_key[] =
        "0 0001020304050607000102030405060700010203040506070001020304050607 current\n";

static Keyring *keys(const char *text)
{
        g_autoptr(GError) error = NULL;
        Keyring *keyring = keyring_parse(text, &error);
        g_assert_no_error(error);
        return keyring;
}

static void check_opens(const Keyring *keyring, const char *context, const char *sealed, bool want)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) plain = seal_open(keyring, context, sealed, &error);
        g_assert_cmpint(plain != NULL, ==, want);
        g_assert_cmpint(error != NULL, !=, want);
        if (want)
                g_assert_cmpmem(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain), "accueil: 4", 10);
}

static void check_seal(void)
{
        g_autoptr(Keyring) keyring = keys(rfc_key), other = keys(other_key);
        g_autoptr(GError) error = NULL;
        g_autofree char *sealed = seal_close(keyring, "2027-0001 e", "accueil: 4", 10, &error);
        g_autofree char *again = seal_close(keyring, "2027-0001 e", "accueil: 4", 10, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(sealed, !=, again); /* equal answers do not look equal */
        g_assert_null(strstr(sealed, "accueil"));
        check_opens(keyring, "2027-0001 e", sealed, true);
        check_opens(keyring, "2027-0002 e", sealed, false);
        check_opens(other, "2027-0001 e", sealed, false);
        for (size_t i = strlen("facteur-seal:0:"); i < strlen(sealed); i++) {
                g_autofree char *changed = g_strdup(sealed);
                changed[i] = changed[i] == 'A' ? 'B' : 'A';
                check_opens(keyring, "2027-0001 e", changed, false);
        }
        static const char *const strangers[] = { "",
                                                 "facteur-seal:", "facteur-seal:0:", "facteur-seal:0:AAAA",
                                                 "accueil: 4" };
        for (size_t i = 0; i < G_N_ELEMENTS(strangers); i++)
                check_opens(keyring, "2027-0001 e", strangers[i], false);
}

static void check_sign(void)
{
        g_autoptr(Keyring) keyring = keys(rfc_key), other = keys(other_key);
        g_autoptr(GError) error = NULL;
        g_autofree char *public = sign_public_keys(keyring), *stranger = sign_public_keys(other);
        g_assert_cmpstr(public, ==, rfc_public);
        g_autofree char *empty = sign_text(keyring, "", &error);
        g_assert_cmpstr(empty, ==, rfc_signature);
        g_autofree char *signature = sign_text(keyring, "label 2027-0001", &error);
        g_assert_true(sign_verify(public, "label 2027-0001", signature));
        g_assert_false(sign_verify(public, "label 2027-0002", signature));
        g_assert_false(sign_verify(stranger, "label 2027-0001", signature));
        g_assert_false(sign_verify("", "label 2027-0001", signature));
        g_assert_false(sign_verify(public, "label 2027-0001", ""));
        g_assert_false(sign_verify(public, "label 2027-0001", "0:"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/seal/opens-whole", check_seal);
        g_test_add_func("/sign/rfc8032", check_sign);
        return g_test_run();
}
