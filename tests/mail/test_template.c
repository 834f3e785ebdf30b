/* Templates: our own table, the problems with their marks, and the official Mustache spec where it lies
 * beside the checkout (../shared/mustache-spec or MUSTACHE_SPEC). */
#include "mail/template.h"

#include <glib.h>
#include <string.h>

typedef struct {
        const char *name, *source, *view;
        TemplateOutput output;
        const char *want; /* NULL: an error that holds `error` */
        const char *error;
} Row;

static const char partial_row[] = "{{label}}: {{value}}\n";
static const char partial_doubling[] = "{{> doubling}}{{> doubling}}";
static const char partial_endless[] = "{{> endless}}";

static const Row rows[] = {
        { "words", "Bonjour {{name}}.", "{\"name\":\"Lina\"}", TEMPLATE_TEXT, "Bonjour Lina.", NULL },
        { "html is escaped", "<b>{{x}}</b>", "{\"x\":\"<a href='x'>\\\"&\"}", TEMPLATE_HTML,
          "<b>&lt;a href=&#39;x&#39;&gt;&quot;&amp;</b>", NULL },
        { "raw html", "{{{x}}}{{&x}}", "{\"x\":\"<i>\"}", TEMPLATE_HTML, "<i><i>", NULL },
        { "text is not escaped", "{{x}}", "{\"x\":\"a & b\"}", TEMPLATE_TEXT, "a & b", NULL },
        { "header has one line", "{{x}}", "{\"x\":\"a\\r\\nBcc: b\"}", TEMPLATE_HEADER, "a Bcc: b", NULL },
        { "header has no bidi override", "{{x}}", "{\"x\":\"a\\u202eb\"}", TEMPLATE_HEADER, "a b", NULL },
        { "markup values are marked", "# {{x}}", "{\"x\":\"# a\\u0003\\nb\"}", TEMPLATE_MARKUP,
          "# \2# a \nb\3", NULL },
        { "markup: nothing is not marked", "[{{x}}]", "{\"x\":\"\"}", TEMPLATE_MARKUP, "[]", NULL },
        { "a list", "{{#l}}\n- {{v}}\n{{/l}}\n", "{\"l\":[{\"v\":1},{\"v\":2}]}", TEMPLATE_TEXT, "- 1\n- 2\n",
          NULL },
        { "the empty text is false", "{{#x}}no{{/x}}{{^x}}yes{{/x}}", "{\"x\":\"\"}", TEMPLATE_TEXT, "yes",
          NULL },
        { "zero is false", "{{^n}}none{{/n}}", "{\"n\":0}", TEMPLATE_TEXT, "none", NULL },
        { "absent section is false", "{{#x}}no{{/x}}{{^x}}yes{{/x}}", "{}", TEMPLATE_TEXT, "yes", NULL },
        { "dots", "{{case.student}}", "{\"case\":{\"student\":\"Lina\"}}", TEMPLATE_TEXT, "Lina", NULL },
        { "outer names are seen", "{{#l}}{{v}}{{w}}{{/l}}", "{\"w\":\"!\",\"l\":[{\"v\":1}]}", TEMPLATE_TEXT,
          "1!", NULL },
        { "partial", "{{#l}}\n{{> row}}\n{{/l}}\n", "{\"l\":[{\"label\":\"a\",\"value\":\"b\"}]}",
          TEMPLATE_TEXT, "a: b\n", NULL },
        { "partial, indented", "  {{> row}}\n", "{\"label\":\"a\",\"value\":\"b\"}", TEMPLATE_TEXT,
          "  a: b\n", NULL },
        { "comment line", "a\n{{! no\n more }}\nb", "{}", TEMPLATE_TEXT, "a\nb", NULL },
        { "arabic", "{{x}}", "{\"x\":\"تدريب\"}", TEMPLATE_HTML, "تدريب", NULL },
        { "unknown variable", "a\n {{who}}", "{}", TEMPLATE_TEXT, NULL, "t:2:2: `who` is not in the view" },
        { "unknown in an object", "{{case.x}}", "{\"case\":{}}", TEMPLATE_TEXT, NULL,
          "`case.x` is not in the view" },
        { "a list is no text", "{{l}}", "{\"l\":[]}", TEMPLATE_TEXT, NULL, "is no text" },
        { "no such partial", "{{> nothing}}", "{}", TEMPLATE_TEXT, NULL, "is no partial" },
        { "endless partial", "{{> endless}}", "{}", TEMPLATE_TEXT, NULL, "calls itself" },
        { "doubling partial", "{{#l}}{{> doubling}}{{/l}}", "{\"l\":[1,2]}", TEMPLATE_TEXT, NULL,
          "calls itself" },
};

static const struct {
        const char *name, *source, *want;
} broken[] = {
        { "not closed", "a {{b", "t:1:3: a tag that does not end — close it with }}\n" },
        { "section not ended", "a\n{{#b}}\nc", "t:2:1: the section `b` does not end — end it with {{/b}}\n" },
        { "wrong end", "{{#a}}{{/b}}", "t:1:7: `b` ends here, but the open section is `a` of line 1" },
        { "end of nothing", "é {{/b}}", "t:1:3: a section ends that was never opened" },
        { "no name", "{{ }}", "t:1:1: no name between the braces" },
        { "two words", "{{a b}}", "t:1:1: no name between the braces" },
        { "inheritance", "{{<a}}", "t:1:1: inheritance is not spoken here — use a partial: {{> name}}\n" },
        { "delimiters", "{{=a=}}", "t:1:1: no two delimiters" },
};

static const struct {
        const char *name, *source, *want; /* "" : fine */
} checks[] = {
        { "all known", "{{student}} {{#l}}{{v}}{{student}}{{/l}}{{^gone}}{{/gone}}", "unknown name `gone`" },
        { "fine", "{{student}} {{#l}}{{v}}{{/l}}", "" },
        { "near", "\n {{studnet}}", "t:2:2: unknown name `studnet` — did you mean `student`?" },
        { "not outside its list", "{{v}}", "unknown name `v`" },
        { "inside a partial", "{{> row}}", "row:1:1: unknown name `label`" },
        { "no partial", "{{> nothing}}", "no partial `nothing`" },
        { "endless", "{{> endless}}", "calls itself" },
        { "doubling", "{{> doubling}}", "calls itself" },
};

static GHashTable *partials;

static const Template *find(const char *name, void *data)
{
        return g_hash_table_lookup(data, name);
}

static Template *parse(const char *file, const char *source)
{
        g_autoptr(Problems) problems = problems_new();
        Template *tmpl = template_parse(file, 1, source, problems);
        g_autofree char *print = problems_print(problems);
        g_assert_cmpstr(print, ==, "");
        g_assert_nonnull(tmpl);
        return tmpl;
}

static void test_row(const void *data)
{
        const Row *row = data;
        g_autoptr(Template) tmpl = parse("t", row->source);
        json_t *view = json_loads(row->view, 0, NULL);
        g_assert_nonnull(view);
        g_autofree char *error = NULL;
        g_autofree char *got = template_render(tmpl, view, row->output, true, find, partials, &error);
        g_assert_cmpstr(got, ==, row->want);
        if (row->error != NULL)
                g_assert_nonnull(strstr(error, row->error));
        json_decref(view);
}

static void test_broken(const void *data)
{
        size_t i = GPOINTER_TO_SIZE(data);
        g_autoptr(Problems) problems = problems_new();
        Template *tmpl = template_parse("t", 1, broken[i].source, problems);
        g_assert_null(tmpl);
        g_autofree char *print = problems_print(problems);
        if (!g_str_has_prefix(print, broken[i].want))
                g_assert_cmpstr(print, ==, broken[i].want);
}

static void test_check(const void *data)
{
        size_t i = GPOINTER_TO_SIZE(data);
        g_autoptr(Template) tmpl = parse("t", checks[i].source);
        g_autoptr(Problems) problems = problems_new();
        json_t *example = json_pack("{s:s, s:[{s:s}]}", "student", "x", "l", "v", "y");
        template_check(tmpl, example, find, partials, problems);
        g_autofree char *print = problems_print(problems);
        if (checks[i].want[0] == '\0' || strstr(print, checks[i].want) == NULL)
                g_assert_cmpstr(print, ==, checks[i].want);
        json_decref(example);
}

static void collect(const char *name, void *data)
{
        g_string_append_printf(data, "%s ", name);
}

static void test_wants(void)
{
        g_autoptr(Template) tmpl = parse("t", "{{a}}\n{{#b}}\n {{c.d}}\n{{/b}}");
        g_autoptr(GString) names = g_string_new(NULL);
        template_wants(tmpl, NULL, NULL, collect, names);
        g_assert_cmpstr(names->str, ==, "a b c ");
}

/* The official spec: one JSON file a subject. */

static const char *spec_folder(void)
{
        const char *folder = g_getenv("MUSTACHE_SPEC");
        return folder != NULL ? folder : "../shared/mustache-spec";
}

static bool spec_case_passes(json_t *test)
{
        g_autoptr(GHashTable) table =
                g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)template_free);
        const char *name;
        json_t *source;
        json_object_foreach(json_object_get(test, "partials"), name, source)
                g_hash_table_insert(table, (char *)name, parse(name, json_string_value(source)));
        g_autoptr(Template) tmpl = parse("t", json_string_value(json_object_get(test, "template")));
        g_autofree char *got =
                template_render(tmpl, json_object_get(test, "data"), TEMPLATE_HTML, false, find, table, NULL);
        const char *want = json_string_value(json_object_get(test, "expected"));
        if (g_strcmp0(got, want) == 0)
                return true;
        g_test_message("%s: got `%s`, want `%s`", json_string_value(json_object_get(test, "name")), got,
                       want);
        return false;
}

static void test_spec(const void *data)
{
        g_autofree char *file = g_strdup_printf("%s/%s.json", spec_folder(), (const char *)data);
        json_t *spec = json_load_file(file, 0, NULL), *test;
        if (spec == NULL) {
                g_test_skip("the spec is not there");
                return;
        }
        size_t index, failed = 0;
        json_array_foreach(json_object_get(spec, "tests"), index, test)
                failed += !spec_case_passes(test);
        g_assert_cmpuint(failed, ==, 0);
        json_decref(spec);
}

static void add_table(const char *name, size_t count, GTestDataFunc function, const char *(*row_name)(size_t))
{
        for (size_t i = 0; i < count; i++) {
                g_autofree char *path = g_strdup_printf("/template/%s/%s", name, row_name(i));
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), function);
        }
}

static const char *broken_name(size_t i)
{
        return broken[i].name;
}

static const char *check_name(size_t i)
{
        return checks[i].name;
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        partials = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)template_free);
        g_hash_table_insert(partials, (char *)"row", parse("row", partial_row));
        g_hash_table_insert(partials, (char *)"endless", parse("endless", partial_endless));
        g_hash_table_insert(partials, (char *)"doubling", parse("doubling", partial_doubling));
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/template/render/%s", rows[i].name);
                g_test_add_data_func(path, &rows[i], test_row);
        }
        add_table("broken", G_N_ELEMENTS(broken), test_broken, broken_name);
        add_table("check", G_N_ELEMENTS(checks), test_check, check_name);
        g_test_add_func("/template/wants", test_wants);
        static const char *const subjects[] = { "comments", "delimiters", "interpolation",
                                                "inverted", "partials",   "sections" };
        for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
                g_autofree char *path = g_strdup_printf("/template/spec/%s", subjects[i]);
                g_test_add_data_func(path, subjects[i], test_spec);
        }
        int result = g_test_run();
        g_hash_table_unref(partials);
        return result;
}
