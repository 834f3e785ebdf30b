/* procedure/procedure_check.c: what only shows over the whole of a procedure: names between steps, circles,
 * steps that never open or never close, a label that nobody reaches, what is never used. */
#include "procedure/procedure_private.h"

#include <string.h>

static void step_problem(const Loader *loader, const Step *step, const char *mend, const char *format, ...)
        G_GNUC_PRINTF(4, 5);

static void step_problem(const Loader *loader, const Step *step, const char *mend, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *what = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        problems_add(loader->problems, step->file, step->line, step->column, mend, "%s", what);
}

static char *nearest_mend(GPtrArray *names, const char *name, const char *otherwise)
{
        g_ptr_array_add(names, NULL);
        const char *nearest = yaml_nearest(name, (const char *const *)names->pdata);
        return nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest) : g_strdup(otherwise);
}

static void check_step_name(const Loader *loader, const Step *step, const char *name, const char *where)
{
        if (procedure_step(loader->procedure, name) != NULL)
                return;
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < loader->procedure->steps->len; i++)
                g_ptr_array_add(names, ((Step *)g_ptr_array_index(loader->procedure->steps, i))->key);
        g_autofree char *mend = nearest_mend(names, name, "name a step of this procedure");
        step_problem(loader, step, mend, "`%s` of `%s` names a step `%s` that does not exist", where,
                     step->key, name);
}

static void check_step_names(const Loader *loader, const Step *step, char **names, const char *where)
{
        for (char **name = names; *name != NULL; name++)
                check_step_name(loader, step, *name, where);
}

static void check_documents(const Loader *loader, const Step *step, const MailRule *rule)
{
        g_auto(GStrv) wanted = g_strsplit(rule->attach != NULL ? rule->attach : "", " ", -1);
        for (char **key = wanted; *key != NULL; key++) {
                g_autoptr(GPtrArray) names = g_ptr_array_new();
                bool is_known = **key == '\0' || strcmp(*key, ATTACH_CALENDAR) == 0 ||
                                strcmp(*key, ATTACH_FILES) == 0;
                for (guint i = 0; i < loader->procedure->documents->len; i++) {
                        const DocumentRule *document = g_ptr_array_index(loader->procedure->documents, i);
                        g_ptr_array_add(names, document->key);
                        is_known = is_known || strcmp(document->key, *key) == 0;
                }
                if (is_known)
                        continue;
                g_autofree char *mend = nearest_mend(names, *key, "add it below `documents:`");
                problems_add(loader->problems, rule->file, rule->line, rule->column, mend,
                             "the mail `%s` of `%s` attaches a document `%s` that does not exist", rule->key,
                             step->key, *key);
        }
}

static void check_mails(const Loader *loader, const Step *step)
{
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                check_step_names(loader, step, rule->after_too, "when_also_done");
                check_step_names(loader, step, rule->unless, "unless_done");
                check_documents(loader, step, rule);
        }
}

/* A walk over what steps wait for, each step once. */
typedef struct {
        const Procedure *procedure;
        GHashTable *seen; /* of Step */
} Walk;

static bool leads_to(Walk *walk, const Step *step, const Step *target)
{
        if (!g_hash_table_add(walk->seen, (gpointer)step))
                return false;
        char **const lists[] = { step->after, step->needs };
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                for (char **name = lists[i]; *name != NULL; name++) {
                        const Step *before = procedure_step(walk->procedure, *name);
                        if (before == target || (before != NULL && leads_to(walk, before, target)))
                                return true;
                }
        return false;
}

static bool waits_for(const Procedure *procedure, const Step *step, const Step *target)
{
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        Walk walk = { .procedure = procedure, .seen = seen };
        return leads_to(&walk, step, target);
}

static bool is_first(const Loader *loader, const Step *step)
{
        return g_ptr_array_index(loader->procedure->steps, 0) == step;
}

static void check_reachable(const Loader *loader, const Step *step)
{
        if (waits_for(loader->procedure, step, step))
                step_problem(loader, step, "take one of the needs out",
                             "`%s` waits for itself: its needs go round in a circle", step->key);
        else if (step->after[0] == NULL && !step->is_on_request && !is_first(loader, step))
                step_problem(loader, step, "add `after:`, or `on_request: yes`",
                             "nothing opens `%s`: it waits for no step", step->key);
}

static bool is_opened_by_a_command(const Procedure *procedure, const Step *step)
{
        for (guint i = 0; i < procedure->commands->len; i++) {
                const CommandRule *rule = g_ptr_array_index(procedure->commands, i);
                if (g_strv_contains((const char *const *)rule->opens, step->key))
                        return true;
        }
        return false;
}

/* The parties of a step are alike: what is wrong with them is said of the first. */
static bool is_said_already(const Procedure *procedure, const Step *step)
{
        const Step *group = procedure_step(procedure, step->group);
        return group != NULL && g_strcmp0(group->needs[0], step->key) != 0;
}

static void check_closing(const Loader *loader, const Step *step)
{
        const Procedure *procedure = loader->procedure;
        if (procedure_step_actions(procedure, step)->len == 0 && !step_is_form(step) &&
            step->act != ACT_ROBOT)
                step_problem(loader, step, "add its answers below `acts:`",
                             "the act `%s` has no answer: `%s` cannot be finished", act_words[step->act],
                             step->key);
        if (step->is_on_request && !is_opened_by_a_command(procedure, step))
                step_problem(loader, step, "add it to `opens:` of a command",
                             "no command opens `%s`, which comes on request", step->key);
        const Step *back = procedure_step(procedure, step->returns_to);
        if (back != NULL && (!step_is_form(back) || !waits_for(procedure, step, back)))
                step_problem(loader, step, "name a form above it",
                             "`%s` returns to `%s`, which it does not follow", step->key, step->returns_to);
}

static void check_step(const Loader *loader, const Step *step)
{
        if (is_said_already(loader->procedure, step))
                return;
        check_step_names(loader, step, step->after, "after");
        check_step_names(loader, step, step->needs, "needs");
        if (step->returns_to != NULL)
                check_step_name(loader, step, step->returns_to, "returns_to");
        check_mails(loader, step);
        check_reachable(loader, step);
        check_closing(loader, step);
}

/* The label: one step of the robot's that awards, after all that it requires. */
static void check_label(const Loader *loader, const YamlNode *root)
{
        const Procedure *procedure = loader->procedure;
        const Step *award = NULL, *required = NULL;
        for (guint i = 0; i < procedure->steps->len; i++) {
                const Step *step = g_ptr_array_index(procedure->steps, i);
                if (step->award != NULL && award != NULL)
                        step_problem(loader, step, "keep one", "two steps award the label");
                award = step->award != NULL ? step : award;
                required = step->label_required ? step : required;
        }
        if (award == NULL && required != NULL)
                yaml_problem(yaml_find(root, "procedure"), loader->problems,
                             "add a step with `act: robot` and `award:`",
                             "steps are required for a label that no step awards");
        if (award == NULL)
                return;
        if (award->act != ACT_ROBOT)
                step_problem(loader, award, "write `act: robot`", "only the robot awards");
        for (guint i = 0; i < procedure->steps->len; i++) {
                const Step *step = g_ptr_array_index(procedure->steps, i);
                if (step->label_required && (waits_for(procedure, step, award) || step->is_on_request))
                        step_problem(loader, step, "take `label_required` out",
                                     "the label cannot be reached: it requires `%s`, which %s", step->key,
                                     step->is_on_request ? "may never come" : "waits for it");
        }
}

static void check_unused(const Loader *loader)
{
        const Procedure *procedure = loader->procedure;
        for (guint i = 0; i < procedure->roles->len; i++) {
                const Role *role = g_ptr_array_index(procedure->roles, i);
                if (!role->is_used)
                        yaml_problem(role->node, loader->problems, "use it, or take it out",
                                     "the role `%s` is never used", role->role);
        }
        for (guint i = 0; i < procedure->forms->len; i++) {
                const Form *form = g_ptr_array_index(procedure->forms, i);
                if (!form->is_used)
                        problems_add(loader->problems, form->file, form->line, 0, "use it, or take it out",
                                     "the form `%s` is never used", form->key);
        }
}

/* Sections may stand in any file of the procedure. */
static const YamlNode *find_command(const Loader *loader, const char *key)
{
        const YamlNode *node = NULL;
        for (guint i = 0; i < loader->trees->len && node == NULL; i++)
                node = yaml_find(yaml_find(g_ptr_array_index(loader->trees, i), "commands"), key);
        return node;
}

static void check_command(const Loader *loader, const CommandRule *rule)
{
        for (char **name = rule->opens; *name != NULL; name++)
                if (procedure_step(loader->procedure, *name) == NULL)
                        yaml_problem(yaml_find(find_command(loader, rule->key), "opens"), loader->problems,
                                     "name a step of this procedure",
                                     "the command `%s` opens a step `%s` that does not exist", rule->key,
                                     *name);
}

static void check_statuses(const Loader *loader, const YamlNode *root)
{
        for (guint i = 0; i < loader->procedure->statuses->len; i++) {
                const StatusRule *rule = g_ptr_array_index(loader->procedure->statuses, i);
                const YamlNode *node = yaml_list_get(yaml_find(root, "statuses"), i);
                for (char **name = rule->after; *name != NULL; name++)
                        if (procedure_step(loader->procedure, *name) == NULL)
                                yaml_problem(yaml_find(node, "after"), loader->problems,
                                             "name a step of this procedure",
                                             "the status `%s` waits for a step `%s` that does not exist",
                                             case_status_word(rule->status), *name);
        }
}

void procedure_check_whole(const Loader *loader, const YamlNode *root)
{
        const Procedure *procedure = loader->procedure;
        if (procedure->steps->len == 0) {
                yaml_problem(root, loader->problems, "add `steps:`", "a procedure needs at least one step");
                return;
        }
        for (guint i = 0; i < procedure->steps->len; i++)
                check_step(loader, g_ptr_array_index(procedure->steps, i));
        for (guint i = 0; i < procedure->commands->len; i++)
                check_command(loader, g_ptr_array_index(procedure->commands, i));
        check_statuses(loader, root);
        check_label(loader, root);
        check_unused(loader);
}
