/* A signed label: genuine as it is, and no longer with one byte changed, moved or added. */
#include "robot/label_file.h"

#include "documents/document.h"

#include <string.h>

static Keyring *keyring(char digit)
{
        g_autofree char *hex = g_strnfill(64, digit), *line = g_strdup_printf("0 %s current\n", hex);
        g_autoptr(GError) error = NULL;
        Keyring *keys = keyring_parse(line, &error);
        g_assert_no_error(error);
        return keys;
}

static GBytes *render(const char *text, const char *keywords)
{
        DocumentInfo info = { .title = "Label",
                              .author = "Université d'exemple",
                              .language = "fr",
                              .footer = "[STAGES 2027-0001]",
                              .keywords = keywords,
                              .made_at = 1803800000 };
        g_autoptr(GError) error = NULL;
        GBytes *pdf = document_render(text, &info, &error);
        g_assert_no_error(error);
        return pdf;
}

static GBytes *signed_label(const Keyring *keys, const char *text, const char *number)
{
        g_autofree char *keywords = label_file_blank(number);
        g_autoptr(GBytes) blank = render(text, keywords);
        g_autoptr(GError) error = NULL;
        GBytes *pdf = label_file_sign(blank, number, keys, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(g_bytes_get_size(pdf), ==, g_bytes_get_size(blank));
        return pdf;
}

static LabelFileVerdict judge(const char *bytes, gsize size, const char *public_keys)
{
        g_autoptr(GBytes) file = g_bytes_new(bytes, size);
        g_autofree char *number = NULL;
        return label_file_check(file, public_keys, &number);
}

static void check_genuine(void)
{
        g_autoptr(Keyring) ours = keyring('1'), other = keyring('2');
        g_autofree char *public_keys = sign_public_keys(ours), *other_keys = sign_public_keys(other),
                        *number = NULL;
        g_autoptr(GBytes) pdf = signed_label(ours, "# Label\n", "STAGES-2027-0001");
        g_assert_cmpint(label_file_check(pdf, public_keys, &number), ==, LABEL_FILE_GENUINE);
        g_assert_cmpstr(number, ==, "STAGES-2027-0001");
        g_clear_pointer(&number, g_free);
        g_assert_cmpint(label_file_check(pdf, other_keys, &number), ==, LABEL_FILE_FOREIGN);
        g_clear_pointer(&number, g_free);
        g_assert_cmpint(label_file_check(pdf, "", &number), ==, LABEL_FILE_FOREIGN);
        g_autoptr(GBytes) again = signed_label(ours, "# Label\n", "STAGES-2027-0001");
        g_assert_true(g_bytes_equal(pdf, again)); /* the same case and date give the same bytes */
}

/* Every byte, one after the other. */
static void check_each_byte(void)
{
        g_autoptr(Keyring) ours = keyring('1');
        g_autofree char *public_keys = sign_public_keys(ours);
        g_autoptr(GBytes) pdf = signed_label(ours, "", "STAGES-2027-0001");
        gsize size;
        const char *whole = g_bytes_get_data(pdf, &size);
        g_autofree char *bytes = g_memdup2(whole, size);
        for (gsize i = 0; i < size; i++) {
                bytes[i] ^= 1;
                if (judge(bytes, size, public_keys) == LABEL_FILE_GENUINE)
                        g_error("byte %zu changed, and it is still genuine", i);
                bytes[i] ^= 1;
        }
        g_assert_cmpint(judge(bytes, size, public_keys), ==, LABEL_FILE_GENUINE);
        g_assert_cmpint(judge(bytes, size - 1, public_keys), ==, LABEL_FILE_CHANGED);
        for (gsize i = 0; i < size; i += 97)
                g_assert_cmpint(judge(bytes, i, public_keys), !=, LABEL_FILE_GENUINE);
}

static char *keywords_of(GBytes *pdf)
{
        gsize size;
        const char *bytes = g_bytes_get_data(pdf, &size);
        const char *at = memmem(bytes, size, "facteur-label ", 14);
        g_assert_nonnull(at);
        return g_strndup(at, strlen("facteur-label STAGES-2027-0001") + 1 + 64 + 1 + 88);
}

static void check_moved(void)
{
        g_autoptr(Keyring) ours = keyring('1');
        g_autofree char *public_keys = sign_public_keys(ours), *number = NULL;
        g_autoptr(GBytes) pdf = signed_label(ours, "# Label\n", "STAGES-2027-0001");
        g_autofree char *stolen = keywords_of(pdf);
        g_autoptr(GBytes) other = render("# Label\nof somebody else\n", stolen);
        g_assert_cmpint(label_file_check(other, public_keys, &number), ==, LABEL_FILE_CHANGED);
        g_clear_pointer(&number, g_free);
        g_autoptr(GString) twice =
                g_string_new_len(g_bytes_get_data(pdf, NULL), (gssize)g_bytes_get_size(pdf));
        g_string_append(twice, stolen);
        g_assert_cmpint(judge(twice->str, twice->len, public_keys), ==, LABEL_FILE_UNSIGNED);
        g_autoptr(GBytes) plain = render("# Label\n", NULL);
        g_assert_cmpint(label_file_check(plain, public_keys, &number), ==, LABEL_FILE_UNSIGNED);
        g_assert_null(number);
        g_autoptr(GError) error = NULL;
        g_assert_null(label_file_sign(plain, "STAGES-2027-0001", ours, &error));
        g_assert_error(error, KEY_ERROR, KEY_ERROR_FORMAT);
}

/* A file made to look signed: a hash that is right proves nothing. */
static void check_forged(void)
{
        g_autoptr(Keyring) ours = keyring('1'), forger = keyring('3');
        g_autofree char *public_keys = sign_public_keys(ours);
        g_autoptr(GBytes) pdf = signed_label(forger, "# Label\n", "STAGES-2027-0001");
        g_assert_cmpint(judge(g_bytes_get_data(pdf, NULL), g_bytes_get_size(pdf), public_keys), ==,
                        LABEL_FILE_FOREIGN);
}

/* A new key signs; what the one before signed stays genuine until that one is revoked. */
static void check_rotation(void)
{
        g_autoptr(Keyring) keys = keyring('1');
        g_autoptr(GError) error = NULL;
        g_autofree char *number = NULL, *later_number = NULL;
        g_autoptr(GBytes) before = signed_label(keys, "# Label\n", "STAGES-2027-0001");
        g_assert_cmpint(keyring_rotate(keys, &error), !=, '\0');
        g_autoptr(GBytes) after = signed_label(keys, "# Label\n", "STAGES-2027-0002");
        g_autofree char *both = sign_public_keys(keys);
        g_assert_cmpint(label_file_check(before, both, &number), ==, LABEL_FILE_GENUINE);
        g_assert_cmpint(label_file_check(after, both, &later_number), ==, LABEL_FILE_GENUINE);
        g_assert_true(keyring_revoke(keys, '0', &error));
        g_autofree char *left = sign_public_keys(keys);
        g_clear_pointer(&number, g_free);
        g_clear_pointer(&later_number, g_free);
        g_assert_cmpint(label_file_check(before, left, &number), ==, LABEL_FILE_FOREIGN);
        g_assert_cmpint(label_file_check(after, left, &later_number), ==, LABEL_FILE_GENUINE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/label-file/genuine", check_genuine);
        g_test_add_func("/label-file/each-byte", check_each_byte);
        g_test_add_func("/label-file/moved", check_moved);
        g_test_add_func("/label-file/forged", check_forged);
        g_test_add_func("/label-file/rotation", check_rotation);
        return g_test_run();
}
