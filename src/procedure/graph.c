#include "procedure/graph.h"

#include <string.h>

/* A quoted string of DOT: quotes and backslashes escaped; texts are single lines. */
static void add_quoted(GString *out, const char *text)
{
        g_string_append_c(out, '"');
        for (const char *p = text; *p != '\0'; p++) {
                if (*p == '"' || *p == '\\')
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *p == '\n' ? ' ' : *p);
        }
        g_string_append_c(out, '"');
}

/* "S05 Validation of the record": what stands in the box, with who acts below it. */
static char *box_label(const Procedure *procedure, const Step *step, const char *language)
{
        const char *number = step->number,
                   *role = texts_get(procedure_role_label(procedure, step->role), language);
        return g_strdup_printf("%s%s%s%s%s%s", number, number[0] != '\0' ? " " : "",
                               texts_get(step->label, language), role[0] != '\0' ? " (" : "", role,
                               role[0] != '\0' ? ")" : "");
}

static const char *shape_of(const Step *step)
{
        if (step->award != NULL)
                return "doubleoctagon";
        return step->act == ACT_ROBOT ? "ellipse" : step_is_form(step) ? "note" : "box";
}

static void add_box(GString *out, const Procedure *procedure, const Step *step, const char *language)
{
        g_autofree char *label = box_label(procedure, step, language);
        g_string_append(out, "  ");
        add_quoted(out, step->key);
        g_string_append(out, " [label=");
        add_quoted(out, label);
        g_string_append_printf(out, ", shape=%s%s%s];\n", shape_of(step),
                               step->label_required ? ", style=bold" : "",
                               step->weight == WEIGHT_HEAVY ? ", color=\"#1f4e79\"" : "");
}

static void add_arrow(GString *out, const char *from, const char *to, const char *style)
{
        g_string_append(out, "  ");
        add_quoted(out, from);
        g_string_append(out, " -> ");
        add_quoted(out, to);
        g_string_append_printf(out, "%s;\n", style);
}

static void add_arrows(GString *out, const Step *step)
{
        for (char **name = step->after; *name != NULL; name++)
                add_arrow(out, *name, step->key, "");
        for (char **name = step->needs; *name != NULL; name++)
                add_arrow(out, *name, step->key, " [style=dotted]");
        if (step->returns_to != NULL)
                add_arrow(out, step->key, step->returns_to, " [style=dashed, constraint=false]");
}

char *procedure_graph(const Procedure *procedure, const char *language)
{
        const GPtrArray *steps = procedure_steps(procedure);
        g_autoptr(GString) out = g_string_new("digraph ");
        add_quoted(out, procedure_key(procedure));
        g_string_append(out, " {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11];\n");
        for (guint i = 0; i < steps->len; i++)
                add_box(out, procedure, g_ptr_array_index(steps, i), language);
        for (guint i = 0; i < steps->len; i++)
                add_arrows(out, g_ptr_array_index(steps, i));
        g_string_append(out, "}\n");
        return g_string_free(g_steal_pointer(&out), FALSE);
}
