/* Any bytes are a filled form: cut at NULs into new text, quotation and our form. */
#include "mail/form_line.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void form_line_free(gpointer data)
{
        FormLine *line = data;
        g_free(line->label);
        g_free(line->value);
        g_free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autofree char *bytes = g_strndup("", size + 3); /* NULs behind the end */
        memcpy(bytes, data, size);
        char *texts[3];
        const char *p = bytes, *end = bytes + size;
        for (int i = 0; i < 3; i++) {
                size_t length = p <= end ? strlen(p) : 0;
                texts[i] = g_utf8_make_valid(p <= end ? p : "", (gssize)length);
                p += length + 1;
        }
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
        g_autofree char *beside = form_lines_read(texts[0], texts[1], texts[2], lines);
        g_assert_cmpuint(strlen(beside), <=, strlen(texts[0]));
        for (guint i = 0; i < lines->len; i++) {
                const FormLine *line = lines->pdata[i];
                g_assert_cmpint(line->anchor, >, 0);
                g_assert_true(g_utf8_validate(line->label, -1, NULL));
                g_assert_true(g_utf8_validate(line->value, -1, NULL));
        }
        for (int i = 0; i < 3; i++)
                g_free(texts[i]);
        return 0;
}
