/* The strict YAML that people write: every refusal whole, with its place and its mend. */
#include "base/yaml.h"

#include <string.h>

static const struct {
        const char *name, *text, *want; /* the beginning of each problem, a line each */
} refusals[] = {
        { "tab", "a:\n\tb: 1\n", "x.yaml:2:1: " },
        { "duplicate", "a: 1\nb: 2\na: 3\n", "x.yaml:3:1: " },
        { "tag", "a: !!int 3\n", "x.yaml:1:4: " },
        { "anchor", "a: &b 3\n", "x.yaml:1:4: " },
        { "alias", "a: &b 3\nc: *b\n", "x.yaml:1:4: " },
        { "two-documents", "a: 1\n---\nb: 2\n", "x.yaml:2:1: " },
        { "colon-in-text", "a: b: c\n", "x.yaml:1:5: " },
        { "unclosed", "a: [1, 2\n", "x.yaml:2:1: " },
        { "list-at-top", "- a\n", NULL },
};

static void check_refusals(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
                g_autoptr(Problems) problems = problems_new();
                g_autoptr(YamlNode) root =
                        yaml_parse("x.yaml", refusals[i].text, strlen(refusals[i].text), problems);
                g_autofree char *got = problems_print(problems);
                bool is_refused = refusals[i].want != NULL;
                if ((root == NULL) != is_refused || (is_refused && !g_str_has_prefix(got, refusals[i].want)))
                        g_error("%s: got `%s`", refusals[i].name, got);
        }
}

static void check_limits(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GString) deep = g_string_new("a: ");
        for (int i = 0; i < 40; i++)
                g_string_append_c(deep, '[');
        g_autoptr(YamlNode) nested = yaml_parse("deep.yaml", deep->str, deep->len, problems);
        g_assert_null(nested);
        g_autofree char *large = g_strnfill(1100000, 'a');
        g_autoptr(YamlNode) big = yaml_parse("large.yaml", large, strlen(large), problems);
        g_assert_null(big);
        static const char with_nul[] = "a: b\0c\n";
        g_autoptr(YamlNode) nul = yaml_parse("nul.yaml", with_nul, sizeof with_nul - 1, problems);
        g_assert_null(nul);
        g_assert_cmpuint(problems_count(problems), >=, 3);
}

static const char sample[] = "word: no\n"
                             "number: 3\n"
                             "quoted: \"3.10\"\n"
                             "list: [a, b]\n"
                             "lone: a\n"
                             "colour: greem\n"
                             "map: {inner: x}\n";

static void check_values(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(YamlNode) root = yaml_parse("s.yaml", sample, sizeof sample - 1, problems);
        g_assert_nonnull(root);
        g_assert_cmpstr(yaml_text(root, "word", NULL, problems), ==, "no"); /* Norway stays a word */
        g_assert_false(yaml_bool(root, "word", true, problems));
        g_assert_cmpint(yaml_int(root, "number", 0, 1, 5, problems), ==, 3);
        g_assert_cmpstr(yaml_text(root, "quoted", NULL, problems), ==, "3.10");
        g_assert_cmpuint(yaml_list_length(yaml_list(root, "list", problems)), ==, 2);
        g_assert_cmpuint(yaml_list_length(yaml_list(root, "lone", problems)), ==, 1);
        g_assert_cmpstr(yaml_text(yaml_map(root, "map", problems), "inner", NULL, problems), ==, "x");
        g_assert_cmpint(yaml_int(root, "absent", 7, 1, 9, problems), ==, 7);
        g_assert_cmpuint(problems_count(problems), ==, 0);

        static const char *const colours[] = { "red", "green", NULL };
        g_assert_cmpint(yaml_word(root, "colour", colours, -1, problems), ==, -1);
        g_assert_cmpint(yaml_int(root, "number", 0, 5, 9, problems), ==, 0);
        g_assert_cmpint(yaml_int(root, "word", 0, 5, 9, problems), ==, 0);
        yaml_text_required(root, "absent", problems);
        static const char *const keys[] = {
                "word", "numbers", "quoted", "list", "lone", "colour", "map", NULL
        };
        g_assert_false(yaml_check_keys(root, keys, problems));
        g_autofree char *got = problems_print(problems);
        g_assert_cmpuint(problems_count(problems), ==, 5);
        g_assert_nonnull(strstr(got, "s.yaml:6:9: ")); /* the value `greem` */
        g_assert_nonnull(strstr(got, "green"));        /* the nearest word */
        g_assert_nonnull(strstr(got, "numbers"));      /* the nearest key */
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/yaml/refusals", check_refusals);
        g_test_add_func("/yaml/limits", check_limits);
        g_test_add_func("/yaml/values", check_values);
        return g_test_run();
}
