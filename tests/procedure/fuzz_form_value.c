/* Any text is what a person wrote in a field: a canonical value that is read again as itself, or a problem.
 */
#include "procedure/form_value.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const languages[] = { "fr", "en", "ar" };

static void check(const Field *field, const char *text, const char *language)
{
        char *problem = NULL;
        g_autofree char *value = form_value_read(field, text, language, &problem);
        g_assert_true((value == NULL) == (problem != NULL));
        g_free(problem);
        if (value == NULL || *value == '\0')
                return;
        g_autofree char *again = form_value_read(field, value, language, &problem),
                        *shown = form_value_show(field, value, language);
        g_free(problem);
        g_assert_cmpstr(again, ==, value);
        g_assert_true(g_utf8_validate(shown, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char *keys[] = { (char *)"yes", (char *)"no", (char *)"very_good", NULL };
        if (size < 2)
                return 0;
        g_autofree char *text = g_utf8_make_valid((const char *)data + 2, (gssize)size - 2);
        Field field = { .key = (char *)"f", .kind = (FieldKind)(data[0] % FIELD_FILE), .min = 0, .max = 100 };
        g_autoptr(GPtrArray) labels = g_ptr_array_new();
        if (field.kind == FIELD_CHOICE || field.kind == FIELD_CHOICES) {
                field.choice_keys = keys;
                field.choice_labels = labels;
        }
        check(&field, text, languages[data[1] % G_N_ELEMENTS(languages)]);
        return 0;
}
