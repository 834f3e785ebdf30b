/* The checker is a compiler: every rule of the procedure that ships is broken in turn, and the whole message
 * compared. */
#include "scenario.h"

#include <stdlib.h>

typedef struct {
        const char *name;
        const char *find, *put; /* the first `find` becomes `put` */
        const char *want;       /* the messages; `«text»` is what stands at the place they point to */
} Row;

static const Row rows[] = {
#include "checker_rows.h"
};

static char *shipped;

enum { SHOWN = 24 };

/* The text at line and column (1 when the message is about the line) of a file of the joined source. */
static char *text_at(const char *source, const char *file, int line, int column)
{
        g_autofree char *mark = g_strdup_printf("#=== file %s\n", file);
        const char *text = strstr(source, mark);
        if (text == NULL)
                return g_strdup("?");
        text += strlen(mark);
        for (int i = 1; i < line; i++)
                text = strchr(text, '\n') + 1;
        text = g_utf8_offset_to_pointer(text, column > 0 ? column - 1 : 0);
        gsize length = strcspn(text, "\n");
        g_autofree char *rest = g_strndup(text, length);
        return g_utf8_substring(rest, 0, MIN(SHOWN, g_utf8_strlen(rest, -1)));
}

/* The messages with the text at their place instead of its numbers, which change with every line of the
 * rules. */
static char *readable(const Problems *problems, const char *source)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (guint i = 0; i < problems_count(problems); i++) {
                const Problem *problem = problems_get(problems, i);
                g_autofree char *text = text_at(source, problem->file, problem->line, problem->column);
                g_string_append_printf(out, "%s «%s»%s: %s — %s\n", problem->file, text,
                                       problem->column == 0 ? " line" : "", problem->what, problem->mend);
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        const char *found = strstr(shipped, row->find);
        if (found == NULL)
                g_error("%s: the rules hold no `%s`", row->name, row->find);
        g_autoptr(GString) source = g_string_new_len(shipped, found - shipped);
        g_string_append(source, row->put);
        g_string_append(source, found + strlen(row->find));
        g_autoptr(Problems) problems = problems_new();
        Procedure *procedure = procedure_load(source->str, source->len, problems);
        g_autofree char *got = readable(problems, source->str);
        if (getenv("SHOW_PROBLEMS") != NULL)
                printf("ROW %s\n%sEND\n", row->name, got);
        else
                g_assert_cmpstr(got, ==, row->want);
        g_assert_null(procedure);
}

/* Texts that are no procedure at all. */
static const struct {
        const char *name, *source, *want;
} texts[] = {
        { "nothing", "", "rules: no procedure is there — name the file in `paths: procedure:`\n" },
        { "no-mark", "procedure: x\n",
          "rules: no procedure is there — name the file in `paths: procedure:`\n" },
        { "empty-file", "#=== file a.yaml\n",
          "rules: no procedure is there — name the file in `paths: procedure:`\n" },
        { "half-a-mark", "#=== file a.yaml",
          "rules: no procedure is there — name the file in `paths: procedure:`\n" },
        { "no-language", "#=== file a.yaml\nprocedure: x\nprefix: X\n",
          "a.yaml:1:1: no language is named — add `languages: [fr, en]`\n" },
};

static void check_text(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Problems) problems = problems_new();
        g_assert_null(procedure_load(texts[i].source, strlen(texts[i].source), problems));
        g_autofree char *got = problems_print(problems);
        g_assert_cmpstr(got, ==, texts[i].want);
}

/* What the rules say is what one can ask. */
static void check_asking(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        g_assert_cmpstr(procedure_prefix(procedure), ==, "SEMSEM");
        g_assert_cmpstr(procedure_role_named(procedure, "Tuteur Entreprise"), ==, "company_tutor");
        g_assert_cmpstr(procedure_role_named(procedure, "head of programme"), ==, "programme_head");
        g_assert_null(procedure_role_named(procedure, "nobody"));
        const Step *group = procedure_step(procedure, "agreement");
        g_assert_cmpint(group->act, ==, ACT_ROBOT);
        g_assert_cmpuint(g_strv_length(group->needs), ==, 5);
        g_assert_cmpstr(procedure_step(procedure, "agreement_student")->group, ==, "agreement");
        g_assert_cmpuint(g_strv_length(procedure_step(procedure, "label")->needs), ==, 9);
        g_assert_cmpint(procedure_week_end(procedure, "dz"), ==, 4);
        g_assert_cmpint(procedure_week_end(procedure, "fr"), ==, 5);
        g_assert_cmpint(procedure_week_end(procedure, "unknown"), ==, 5);
}

/* A version that was stored before the engine said `person.address`, and when it still said `person.gone`:
 * its own words stay, the lacking one is today's. */
static void check_kept(void)
{
        const char *person = strstr(shipped, "\n  person:");
        g_assert_nonnull(person);
        const char *word = strstr(person, "address: {");
        g_assert_nonnull(word);
        g_autoptr(GString) source = g_string_new_len(shipped, word - shipped);
        g_string_append(source, "gone: {");
        g_string_append(source, word + strlen("address: {"));
        g_autoptr(Problems) problems = problems_new();
        g_assert_null(procedure_load(source->str, source->len, problems));
        g_assert_cmpuint(problems_count(problems), ==, 2);

        g_autoptr(Procedure) current = shipped_procedure();
        g_autoptr(Problems) none = problems_new();
        g_autoptr(Procedure) kept = procedure_load_kept(source->str, source->len, current, none);
        g_autoptr(Procedure) bare = procedure_load_kept(source->str, source->len, NULL, none);
        g_assert_cmpuint(problems_count(none), ==, 0);
        g_assert_cmpstr(procedure_word(kept, "person.address", "fr"), ==,
                        procedure_word(current, "person.address", "fr"));
        g_assert_cmpstr(procedure_word(bare, "person.address", "fr"), ==, "");
        g_assert_cmpstr(procedure_word(bare, "state.done", "fr"), ==,
                        procedure_word(current, "state.done", "fr"));
        g_assert_cmpstr(procedure_hash(kept), !=, procedure_hash(current));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        shipped = g_string_free(shipped_source(), FALSE);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/procedure/broken/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autofree char *path = g_strconcat("/procedure/text/", texts[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_text);
        }
        g_test_add_func("/procedure/asking", check_asking);
        g_test_add_func("/procedure/kept", check_kept);
        int result = g_test_run();
        g_free(shipped);
        return result;
}
