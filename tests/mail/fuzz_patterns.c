/* A file of patterns with any bytes: problems are told, and what is loaded can be asked. */
#include "base/text.h"
#include "mail/patterns.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(YamlNode) root = yaml_parse("fuzz.yaml", (const char *)data, size, problems);
        if (root == NULL)
                return 0;
        g_autoptr(GPtrArray) roots = g_ptr_array_new();
        g_ptr_array_add(roots, root);
        g_autoptr(Patterns) patterns = patterns_load(roots, problems);
        g_autofree char *said = problems_print(problems);
        if (patterns != NULL)
                pattern_match(patterns_group(patterns, "accept"), said, strlen(said), NULL);
        return 0;
}
