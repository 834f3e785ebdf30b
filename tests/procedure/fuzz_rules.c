/* Any bytes are rules, in two files cut at the first NUL: each fault has its place and a mend, or there is a
 * procedure. */
#include "procedure/procedure.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *bytes = (const char *)data;
        if (g_strstr_len(bytes, (gssize)size, "#===") != NULL) /* would begin a file of its own */
                return 0;
        const size_t first = strnlen(bytes, size), rest = first < size ? first + 1 : size;
        g_autoptr(GString) source = g_string_new(NULL);
        procedure_join(source, "rules.yaml", bytes, first);
        procedure_join(source, "more.yaml", bytes + rest, size - rest);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Procedure) procedure = procedure_load(source->str, source->len, problems);
        g_assert_true((procedure == NULL) == (problems_count(problems) > 0));
        g_autofree char *text = problems_print(problems);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        return 0;
}
