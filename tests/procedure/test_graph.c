/* The picture of a procedure: the leave procedure whole, and odd characters. */
#include "procedure/graph.h"

#include "scenario.h"

static const char wanted[] =
        "digraph \"leave\" {\n"
        "  rankdir=LR;\n"
        "  node [fontname=\"sans-serif\", fontsize=11];\n"
        "  \"request\" [label=\"Request (employee)\", shape=note, color=\"#1f4e79\"];\n"
        "  \"approval\" [label=\"Approval (manager)\", shape=box, color=\"#1f4e79\"];\n"
        "  \"cover\" [label=\"Cover (colleague)\", shape=box];\n"
        "  \"return_talk\" [label=\"Talk after the return (employee)\", shape=note, color=\"#1f4e79\"];\n"
        "  \"request\" -> \"approval\";\n"
        "  \"approval\" -> \"request\" [style=dashed, constraint=false];\n"
        "  \"approval\" -> \"cover\";\n"
        "  \"cover\" -> \"return_talk\";\n"
        "}\n";

static Procedure *leave_procedure(const char *label)
{
        g_autoptr(GString) source = g_string_new(NULL);
        join_file(source, "rules", "words.yaml");
        join_file(source, "tests/procedure/leave", "leave.yaml");
        if (label != NULL)
                g_string_replace(source, "label: Cover\n", label, 1);
        return load_or_fail(source);
}

static void check_whole(void)
{
        g_autoptr(Procedure) procedure = leave_procedure(NULL);
        g_autofree char *got = procedure_graph(procedure, "en");
        g_assert_cmpstr(got, ==, wanted);
}

static void check_quoting(void)
{
        g_autoptr(Procedure) procedure = leave_procedure("label: 'a \"b\" \\ c'\n");
        g_autofree char *got = procedure_graph(procedure, "en");
        g_assert_nonnull(strstr(got, "[label=\"a \\\"b\\\" \\\\ c (colleague)\""));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/graph/whole", check_whole);
        g_test_add_func("/graph/quoting", check_quoting);
        return g_test_run();
}
