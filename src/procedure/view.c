/* procedure/view.c: what the procedure knows of a case, as the JSON view that templates get
 * (mail_templates/README.md names it all). */
#include "procedure/form_value.h"
#include "procedure/plan.h"
#include "procedure/view_private.h"

#include "base/text.h"

#include <string.h>

static bool is_wanted(const Viewer *viewer, const char *name)
{
        return viewer->wanted == NULL || g_strv_contains(viewer->wanted, name);
}

const char *view_state_label(const Viewer *viewer, const Step *step, const Task *task, TaskState state)
{
        const char *word = task_state_word(state);
        bool is_closed =
                task != NULL && task->answer != NULL && (state == TASK_DONE || state == TASK_REFUSED);
        const Texts *own =
                step->says != NULL && is_closed ? g_hash_table_lookup(step->says, task->answer) : NULL;
        if (own == NULL && step->says != NULL)
                own = g_hash_table_lookup(step->says, word);
        if (own != NULL)
                return texts_get(own, viewer->language);
        g_autofree char *key = g_strconcat("state.", word, NULL);
        return procedure_word(viewer->procedure, key, viewer->language);
}

const char *view_person_name(const Case *the_case, int64_t id)
{
        const Person *person = case_person(the_case, id);
        return person != NULL ? person->name : "";
}

bool view_is_done(const Viewer *viewer, const char *step)
{
        const Task *task = case_task(viewer->the_case, step);
        return task != NULL && task->state == TASK_DONE;
}

/* A name of the rules: who plays a role, or a value as people read it. */
static char *named(const Viewer *viewer, const SummaryRule *rule)
{
        if (rule->role != NULL)
                return g_strdup(view_person_name(viewer->the_case,
                                                 case_holder(viewer->the_case, rule->role, viewer->now)));
        const Field *field = procedure_field(viewer->procedure, rule->field, NULL);
        const char *value = case_value(viewer->the_case, rule->field);
        return value != NULL && field != NULL ? form_value_show(field, value, viewer->language)
                                              : g_strdup("");
}

static void add_name(const Viewer *viewer, json_t *view, const SummaryRule *rule)
{
        g_autofree char *text = named(viewer, rule);
        json_object_set_new(view, rule->name, json_string(text));
}

/* "de Lina", "d’Amina": in French, where a name may begin with a vowel; elsewhere the name alone. */
static char *of_person(const Viewer *viewer, const char *name)
{
        if (strcmp(viewer->language, "fr") != 0 || name[0] == '\0')
                return g_strdup(name);
        g_autofree char *folded = text_fold(name);
        const bool begins_with_vowel = folded[0] != '\0' && strchr("aeiou", folded[0]) != NULL;
        return g_strconcat(begins_with_vowel ? "d’" : "de ", name, NULL);
}

static void add_of_name(const Viewer *viewer, json_t *view, const SummaryRule *rule)
{
        g_autofree char *name = named(viewer, rule), *of = of_person(viewer, name),
                        *key = g_strconcat("of_", rule->name, NULL);
        json_object_set_new(view, key, json_string(of));
}

static json_t *view_of_case(const Viewer *viewer)
{
        json_t *view = json_object();
        g_autofree char *key = g_strconcat("status.", case_status_word(viewer->the_case->status), NULL);
        json_object_set_new(view, "status",
                            json_string(procedure_word(viewer->procedure, key, viewer->language)));
        const GPtrArray *rules = procedure_summary(viewer->procedure);
        for (guint i = 0; i < rules->len; i++) {
                const SummaryRule *rule = g_ptr_array_index(rules, i);
                add_name(viewer, view, rule);
                if (rule->role != NULL)
                        add_of_name(viewer, view, rule);
        }
        return view;
}

static json_t *view_of_step(const Viewer *viewer)
{
        const Step *step = viewer->step;
        const Task *task = step != NULL ? case_task(viewer->the_case, step->key) : NULL;
        g_autofree char *due = task != NULL && task->due_at != 0
                                       ? day_long(day_at(task->due_at, viewer->zone), viewer->language)
                                       : g_strdup("");
        return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:s, s:s}", "key",
                         step != NULL ? step->key : "", "number", step != NULL ? step->number : "", "label",
                         step != NULL ? texts_get(step->label, viewer->language) : "", "due", due, "is_heavy",
                         step != NULL && step->weight == WEIGHT_HEAVY, "is_form",
                         step != NULL && step_is_form(step), "is_validate",
                         step != NULL && step->act == ACT_VALIDATE, "is_acknowledge",
                         step != NULL && step->act == ACT_ACKNOWLEDGE, "actor",
                         task != NULL ? view_person_name(viewer->the_case, task->person) : "", "state_label",
                         task != NULL ? view_state_label(viewer, step, task, task->state) : "");
}

bool view_is_asking(const Viewer *viewer)
{
        return viewer->step != NULL && strcmp(viewer->mail->actions, "answer") == 0;
}

static json_t *view_of_actions(const Viewer *viewer)
{
        json_t *actions = json_array();
        const GPtrArray *rules =
                view_is_asking(viewer) ? procedure_step_actions(viewer->procedure, viewer->step) : NULL;
        for (guint i = 0; rules != NULL && i < rules->len; i++) {
                const ActionRule *rule = g_ptr_array_index(rules, i);
                json_array_append_new(actions,
                                      json_pack("{s:s, s:s, s:s, s:b, s:b}", "key", rule->answer, "word",
                                                texts_get(rule->word, viewer->language), "label",
                                                texts_get(rule->label, viewer->language), "is_primary",
                                                rule->is_primary, "needs_reason", rule->needs_reason));
        }
        return actions;
}

/* What is kept about a person in this case: who they are, and what they wrote in forms. */
static json_t *view_of_person(const Viewer *viewer)
{
        json_t *lines = json_array();
        const int64_t id = viewer->mail->person;
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        const Person *person = case_person(viewer->the_case, id);
        if (person == NULL)
                return lines;
        for (guint i = 0; i < viewer->the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(viewer->the_case->holders, i);
                if (holder->person == id)
                        json_array_append_new(
                                lines,
                                json_pack("{s:s, s:s}", "label",
                                          texts_get(procedure_role_label(viewer->procedure, holder->role),
                                                    viewer->language),
                                          "value", person->name));
        }
        json_array_append_new(lines,
                              json_pack("{s:s, s:s}", "label",
                                        procedure_word(viewer->procedure, "person.address", viewer->language),
                                        "value", person->address));
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(viewer->the_case, step->key);
                if (!step_is_form(step) || task == NULL || (task->person != id && task->done_by != id))
                        continue;
                json_t *data = view_of_values(viewer, procedure_form(viewer->procedure, step->form));
                json_array_extend(lines, data);
                json_decref(data);
        }
        return lines;
}

/* What is said in one word. */

static json_t *view_of_prefix(const Viewer *viewer)
{
        return json_string(procedure_prefix(viewer->procedure));
}

static json_t *view_of_reference(const Viewer *viewer)
{
        return json_string(viewer->the_case->reference);
}

static json_t *view_of_language(const Viewer *viewer)
{
        return json_string(viewer->language);
}

static json_t *view_of_direction(const Viewer *viewer)
{
        return json_string(strcmp(viewer->language, "ar") == 0 ? "rtl" : "ltr");
}

static json_t *view_of_reader(const Viewer *viewer)
{
        const char *role = viewer->mail->role;
        return json_pack("{s:s, s:s, s:s}", "name", view_person_name(viewer->the_case, viewer->mail->person),
                         "role", role != NULL ? role : "", "role_label",
                         texts_get(procedure_role_label(viewer->procedure, role), viewer->language));
}

static const Task *done_task(const Viewer *viewer)
{
        const Task *task = viewer->step != NULL ? case_task(viewer->the_case, viewer->step->key) : NULL;
        return task != NULL && task->done_at != 0 ? task : NULL;
}

static json_t *view_of_done_by(const Viewer *viewer)
{
        const Task *task = done_task(viewer);
        return task != NULL ? json_string(view_person_name(viewer->the_case, task->done_by)) : NULL;
}

static json_t *view_of_done_on(const Viewer *viewer)
{
        const Task *task = done_task(viewer);
        g_autofree char *when =
                task != NULL ? instant_long(task->done_at, viewer->zone, viewer->language) : NULL;
        return when != NULL ? json_string(when) : NULL;
}

static json_t *view_of_no(const Viewer *viewer G_GNUC_UNUSED)
{
        return json_false();
}

static json_t *view_of_nothing(const Viewer *viewer G_GNUC_UNUSED)
{
        return json_string("");
}

static const struct {
        const char *name;
        json_t *(*make)(const Viewer *viewer); /* NULL: this mail has none */
} parts[] = {
        { "prefix", view_of_prefix },
        { "reference", view_of_reference },
        { "language", view_of_language },
        { "dir", view_of_direction },
        { "case", view_of_case },
        { "to", view_of_reader },
        { "step", view_of_step },
        { "actions", view_of_actions },
        { "data", view_of_data },
        { "difference", view_of_difference },
        { "fields", view_of_fields },
        { "form_title", view_of_form_title },
        { "form_intro", view_of_form_intro },
        { "steps", view_of_steps },
        { "progress_line", view_of_progress },
        { "done_by", view_of_done_by },
        { "done_on", view_of_done_on },
        { "remarks", view_of_remarks },
        { "asks", view_of_asks },
        { "missing_steps", view_of_missing_steps },
        { "waiting_for", view_of_waiting_for },
        { "events", view_of_events },
        { "person_data", view_of_person },
        { "reminder", view_of_no }, /* these, and others, come with the order of some mails */
        { "is_last_reminder", view_of_no },
        { "reason", view_of_nothing },
};

json_t *case_view(const Procedure *procedure, const Case *the_case, const MailOrder *mail,
                  const char *language, GTimeZone *zone, int64_t now, const char *const *wanted)
{
        const Viewer viewer = { .procedure = procedure,
                                .the_case = the_case,
                                .mail = mail,
                                .step = procedure_step(procedure, mail->step),
                                .language = language,
                                .zone = zone,
                                .now = now,
                                .wanted = wanted };
        json_t *view = json_object();
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
                json_t *part = is_wanted(&viewer, parts[i].name) ? parts[i].make(&viewer) : NULL;
                if (part != NULL)
                        json_object_set_new(view, parts[i].name, part);
        }
        const GPtrArray *names = procedure_names(procedure);
        for (guint i = 0; i < names->len; i++) {
                const SummaryRule *rule = g_ptr_array_index(names, i);
                if (is_wanted(&viewer, rule->name))
                        add_name(&viewer, view, rule);
        }
        json_object_update(view, mail->params);
        return view;
}
