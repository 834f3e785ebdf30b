/* Any bytes are a table: cells of valid UTF-8 with their places, or problems. */
#include "base/csv.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GPtrArray) rows = csv_parse("fuzz.csv", (const char *)data, size, problems);
        g_assert_true(rows != NULL || problems_count(problems) > 0);
        for (guint i = 0; rows != NULL && i < rows->len; i++) {
                const GPtrArray *row = g_ptr_array_index(rows, i);
                for (guint j = 0; j < row->len; j++) {
                        const CsvCell *cell = g_ptr_array_index(row, j);
                        g_assert_true(g_utf8_validate(cell->text, -1, NULL));
                        g_assert_true(cell->line >= 1 && cell->column >= 1);
                }
        }
        return 0;
}
