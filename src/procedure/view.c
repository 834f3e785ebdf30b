/* procedure/view.c: what the procedure knows of a case, as the JSON view that templates get
 * (mail_templates/README.md names it all). */
#include "procedure/form_value.h"
#include "procedure/plan.h"
#include "procedure/procedure_private.h"

#include <string.h>

typedef struct {
        const Procedure *procedure;
        const Case *the_case;
        const MailOrder *mail;
        const Step *step; /* the mail is about; NULL */
        const char *language;
        GTimeZone *zone;
        int64_t now;
        const char *const *wanted; /* names that will be read; NULL: all */
} Viewer;

static bool is_wanted(const Viewer *viewer, const char *name)
{
        return viewer->wanted == NULL || g_strv_contains(viewer->wanted, name);
}

/* The step's own word for the answer or the state, else the engine's. */
static const char *state_label(const Viewer *viewer, const Step *step, const Task *task, TaskState state)
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

static const char *person_name(const Case *the_case, int64_t id)
{
        const Person *person = case_person(the_case, id);
        return person != NULL ? person->name : "";
}

/* A name of the rules: who plays a role, or a value as people read it. */
static char *named(const Viewer *viewer, const SummaryRule *rule)
{
        if (rule->role != NULL)
                return g_strdup(person_name(viewer->the_case,
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

static json_t *view_of_case(const Viewer *viewer)
{
        json_t *view = json_object();
        g_autofree char *key = g_strconcat("status.", case_status_word(viewer->the_case->status), NULL);
        json_object_set_new(view, "status",
                            json_string(procedure_word(viewer->procedure, key, viewer->language)));
        const GPtrArray *rules = procedure_summary(viewer->procedure);
        for (guint i = 0; i < rules->len; i++)
                add_name(viewer, view, g_ptr_array_index(rules, i));
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
                         task != NULL ? person_name(viewer->the_case, task->person) : "", "state_label",
                         task != NULL ? state_label(viewer, step, task, task->state) : "");
}

/* Does the mail ask for the answer itself? */
static bool is_asking(const Viewer *viewer)
{
        return viewer->step != NULL && strcmp(viewer->mail->actions, "answer") == 0;
}

static json_t *view_of_actions(const Viewer *viewer)
{
        json_t *actions = json_array();
        const GPtrArray *rules =
                is_asking(viewer) ? procedure_step_actions(viewer->procedure, viewer->step) : NULL;
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

static char *data_key(const char *prefix, const Form *form, const Field *field)
{
        return g_strconcat(prefix, form->key, ".", field->key, NULL);
}

static char *shown_value(const Viewer *viewer, const char *prefix, const Form *form, const Field *field)
{
        g_autofree char *key = data_key(prefix, form, field);
        const char *value = case_value(viewer->the_case, key);
        return value != NULL ? form_value_show(field, value, viewer->language) : g_strdup("");
}

/* Fields that have a value. */
static json_t *view_of_values(const Viewer *viewer, const Form *form)
{
        json_t *data = json_array();
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *value = shown_value(viewer, "", form, field);
                if (value[0] != '\0')
                        json_array_append_new(data, json_pack("{s:s, s:s}", "label",
                                                              texts_get(field->label, viewer->language),
                                                              "value", value));
        }
        return data;
}

static const Form *form_of_step(const Viewer *viewer)
{
        return viewer->step != NULL ? procedure_form(viewer->procedure, viewer->step->form) : NULL;
}

/* What is validated, acknowledged, or was filled. */
static json_t *view_of_data(const Viewer *viewer)
{
        const Form *form = form_of_step(viewer);
        bool is_asked = form != NULL && step_is_form(viewer->step) && is_asking(viewer);
        return view_of_values(viewer, form != NULL && !form->is_confidential && !is_asked ? form : NULL);
}

/* What can be answered: "aucun / mineur / majeur", or the help that says it. */
static char *hint_of(const Field *field, const char *language)
{
        const char *help = texts_get(field->help, language);
        if (field->kind == FIELD_YES_NO && help[0] == '\0')
                return g_strdup_printf("%s / %s", words_get(field->words, "yes_no.yes", language),
                                       words_get(field->words, "yes_no.no", language));
        if (field->choice_labels == NULL || field->choice_labels->len == 0)
                return g_strdup(help);
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < field->choice_labels->len; i++)
                g_string_append_printf(out, "%s%s", i > 0 ? " / " : "",
                                       texts_get(g_ptr_array_index(field->choice_labels, i), language));
        return g_string_free(out, FALSE);
}

/* A value as it is typed into the form: dates in figures, the rest as shown; NULL: none. */
static char *typed_value(const Viewer *viewer, const Form *form, const Field *field)
{
        g_autofree char *key = data_key("", form, field);
        const char *value = case_value(viewer->the_case, key);
        if ((value == NULL || value[0] == '\0') && field->prefill != NULL)
                value = case_value(viewer->the_case, field->prefill);
        if (value == NULL)
                return NULL;
        Day day;
        if (field->kind == FIELD_DATE && day_read(value, &day)) {
                int year, month, number;
                day_to_ymd(day, &year, &month, &number);
                return g_strdup_printf("%02d/%02d/%04d", number, month, year);
        }
        if (field->kind == FIELD_SCALE)
                return g_strdup(value);
        g_autofree char *shown = form_value_show(field, value, viewer->language);
        return strchr(shown, '\n') == NULL ? g_steal_pointer(&shown) : NULL;
}

/* Most fields of a form are empty in most mails, and a form has many. */
json_t *view_of_empty_field(const Field *field, const char *language)
{
        g_autofree char *hint = hint_of(field, language);
        return json_pack("{s:i, s:s, s:b, s:s, s:s}", "anchor", field->anchor, "label",
                         texts_get(field->label, language), "required", field->is_required, "hint", hint,
                         "value", "");
}

static json_t *view_of_field(const Viewer *viewer, const Form *form, const Field *field)
{
        json_t *empty = json_object_get(field->empty, viewer->language);
        if (empty == NULL)
                empty = json_object_get(field->empty, procedure_languages(viewer->procedure)[0]);
        bool is_required = form_field_is_required(form, field, viewer->the_case->data);
        g_autofree char *value = typed_value(viewer, form, field);
        if (value == NULL && is_required == field->is_required)
                return json_incref(empty);
        json_t *view = json_copy(empty);
        json_object_set_new(view, "required", json_boolean(is_required));
        json_object_set_new(view, "value", json_string(value != NULL ? value : ""));
        return view;
}

static bool is_missing(const json_t *missing, const Field *field)
{
        size_t index;
        json_t *item;
        json_array_foreach(missing, index, item) {
                if (json_integer_value(json_object_get(item, "anchor")) == field->anchor)
                        return true;
        }
        return false;
}

/* The form that is filled in the reply: never a confidential one. */
static const Form *form_to_fill(const Viewer *viewer)
{
        if (!is_asking(viewer))
                return NULL;
        if (!step_is_form(viewer->step))
                return procedure_form(viewer->procedure, viewer->step->reply_form);
        const Form *form = form_of_step(viewer);
        return form != NULL && !form->is_confidential ? form : NULL;
}

static json_t *view_of_fields(const Viewer *viewer)
{
        json_t *fields = json_array();
        const Form *form = form_to_fill(viewer);
        const json_t *missing = json_object_get(viewer->mail->params, "missing");
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if ((missing == NULL || is_missing(missing, field)) &&
                    form_field_is_shown(form, field, viewer->the_case->data))
                        json_array_append_new(fields, view_of_field(viewer, form, field));
        }
        return fields;
}

static void add_difference(const Viewer *viewer, json_t *difference, const Field *field, const char *before,
                           const char *after)
{
        if (g_strcmp0(before, after) == 0)
                return;
        g_autofree char *was = form_value_show(field, before != NULL ? before : "", viewer->language),
                        *now = form_value_show(field, after != NULL ? after : "", viewer->language);
        json_array_append_new(difference,
                              json_pack("{s:s, s:s, s:s}", "label", texts_get(field->label, viewer->language),
                                        "before", was, "after", now));
}

/* Was a form opened again? Most cases have nothing to compare, and a form has many fields. */
static bool has_earlier_values(const Case *the_case)
{
        GHashTableIter iter;
        gpointer key;
        g_hash_table_iter_init(&iter, the_case->data);
        while (g_hash_table_iter_next(&iter, &key, NULL))
                if (g_str_has_prefix(key, "was."))
                        return true;
        return false;
}

/* What changed since the form was opened before; of an amendment: what it would change. */
static json_t *view_of_difference(const Viewer *viewer)
{
        json_t *difference = json_array();
        const Step *step = viewer->step;
        const Form *form = step != NULL && !step_is_form(step) ? form_of_step(viewer) : NULL;
        bool is_amendment = step != NULL && step->adopts != NULL;
        if (!is_amendment && !has_earlier_values(viewer->the_case))
                return difference;
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *was_key = is_amendment
                                                   ? g_strconcat(step->adopts_into, ".", field->key, NULL)
                                                   : data_key("was.", form, field),
                                *key = data_key("", form, field);
                const char *before = case_value(viewer->the_case, was_key),
                           *after = case_value(viewer->the_case, key);
                bool is_said = is_amendment ? after != NULL && after[0] != '\0' : before != NULL;
                if (is_said)
                        add_difference(viewer, difference, field, before, after);
        }
        return difference;
}

/* The parties of a step that have not acted, or what a label still lacks. */

static bool is_done(const Viewer *viewer, const char *step)
{
        const Task *task = case_task(viewer->the_case, step);
        return task != NULL && task->state == TASK_DONE;
}

/* A part of a group is asked for what the whole needs. */
static const Step *whole_step(const Viewer *viewer)
{
        const Step *step = viewer->step;
        return step != NULL && step->group != NULL ? procedure_step(viewer->procedure, step->group) : step;
}

static json_t *view_of_missing_steps(const Viewer *viewer)
{
        json_t *missing = json_array();
        const Step *step = whole_step(viewer);
        for (char **name = step != NULL ? step->needs : NULL; name != NULL && *name != NULL; name++) {
                const Step *needed = procedure_step(viewer->procedure, *name);
                if (!is_done(viewer, *name) && needed->group == NULL)
                        json_array_append_new(missing, json_pack("{s:s}", "label",
                                                                 texts_get(needed->label, viewer->language)));
        }
        return missing;
}

static json_t *view_of_waiting_for(const Viewer *viewer)
{
        json_t *waiting = json_array();
        const Step *step = whole_step(viewer);
        for (char **name = step != NULL ? step->needs : NULL; name != NULL && *name != NULL; name++) {
                const Step *part = procedure_step(viewer->procedure, *name);
                if (is_done(viewer, *name) || part->group == NULL)
                        continue;
                int64_t person = case_holder(viewer->the_case, part->role, viewer->now);
                json_array_append_new(waiting,
                                      json_pack("{s:s, s:s}", "name", person_name(viewer->the_case, person),
                                                "role_label",
                                                texts_get(procedure_role_label(viewer->procedure, part->role),
                                                          viewer->language)));
        }
        return waiting;
}

/* Between a name and what is said of it, and between the items of a list. */
static const char *colon(const Viewer *viewer)
{
        return strcmp(viewer->language, "fr") == 0 ? "\u00A0: " : ": ";
}

static const char *comma(const Viewer *viewer)
{
        return strcmp(viewer->language, "ar") == 0 ? "، " : ", ";
}

/* Who must act, for the table: of several parties those who have not. */
static char *actor_label(const Viewer *viewer, const Step *step)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (char **name = step->needs; *name != NULL; name++) {
                const Step *part = procedure_step(viewer->procedure, *name);
                if (part->group != NULL && !is_done(viewer, *name))
                        g_string_append_printf(out, "%s%s", out->len > 0 ? comma(viewer) : "",
                                               texts_get(procedure_role_label(viewer->procedure, part->role),
                                                         viewer->language));
        }
        if (step->role != NULL)
                g_string_append(out, texts_get(procedure_role_label(viewer->procedure, step->role),
                                               viewer->language));
        return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool is_in_table(const Viewer *viewer, const Step *step)
{
        const Task *task = case_task(viewer->the_case, step->key);
        bool is_asked = task != NULL && task->state != TASK_WAITING;
        return step->group == NULL && (step->number[0] != '\0' || is_asked);
}

static TaskState state_in_table(const Case *the_case, const Step *step, const Task *task)
{
        if (task == NULL || (step->award != NULL && task->state == TASK_OPEN))
                return TASK_WAITING;
        const bool is_left = the_case->status == CASE_CLOSED && task->state != TASK_DONE &&
                             task->state != TASK_REFUSED; /* nobody waits for it any more */
        return is_left ? TASK_CANCELLED : task->state;
}

static char *when_in_table(const Viewer *viewer, const Step *step, const Task *task, TaskState state)
{
        int64_t at = state == TASK_WAITING ? plan_expected_at(viewer->procedure, viewer->the_case, step)
                     : state == TASK_DONE || state == TASK_REFUSED ? task->done_at
                     : task != NULL                                ? task->due_at
                                                                   : 0;
        return at > 1 ? day_long(day_at(at, viewer->zone), viewer->language) : g_strdup("");
}

static json_t *view_of_steps(const Viewer *viewer)
{
        json_t *lines = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(viewer->the_case, step->key);
                TaskState state = state_in_table(viewer->the_case, step, task);
                if (!is_in_table(viewer, step))
                        continue;
                g_autofree char *when = when_in_table(viewer, step, task, state),
                                *actor = actor_label(viewer, step);
                json_array_append_new(
                        lines, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "number", step->number,
                                         "label", texts_get(step->label, viewer->language), "state",
                                         task_state_word(state), "state_label",
                                         state_label(viewer, step, task, state), "actor", actor, "when", when,
                                         "required", step->label_required, "is_done", state == TASK_DONE));
        }
        return lines;
}

/* "Étapes du label : 2 sur 5": one line for the foot. */
static json_t *view_of_progress(const Viewer *viewer)
{
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        int done = 0, required = 0;
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                required += step->label_required;
                done += step->label_required && is_done(viewer, step->key);
        }
        const char *format = procedure_word(viewer->procedure, "line.progress", viewer->language);
        g_auto(GStrv) parts = g_strsplit(format, "%d", 3);
        if (g_strv_length(parts) != 3)
                return json_string(format);
        return json_sprintf("%s%d%s%d%s", parts[0], done, parts[1], required, parts[2]);
}

/* What happened, oldest first, as far as the state remembers it. */

typedef struct {
        int64_t at;
        char *what;
} Happening;

static void happening_free(gpointer data)
{
        g_free(((Happening *)data)->what);
        g_free(data);
}

static int compare_happenings(gconstpointer a, gconstpointer b)
{
        const Happening *left = *(Happening *const *)a, *right = *(Happening *const *)b;
        return left->at < right->at ? -1 : left->at > right->at;
}

static void add_happening(const Viewer *viewer, GPtrArray *list, const Step *step, const Task *task,
                          int64_t at, const char *word, int64_t person)
{
        if (at == 0)
                return;
        Happening *happening = g_new0(Happening, 1);
        g_autofree char *key = g_strconcat("history.", word, NULL);
        const char *name = person_name(viewer->the_case, person);
        happening->at = at;
        const char *label = texts_get(step->label, viewer->language);
        happening->what =
                name[0] != '\0'
                        ? g_strdup_printf("%s%s%s %s", label, colon(viewer),
                                          procedure_word(viewer->procedure, key, viewer->language), name)
                        : g_strdup_printf("%s%s%s", label, colon(viewer),
                                          state_label(viewer, step, task, task->state));
        g_ptr_array_add(list, happening);
}

static json_t *view_of_events(const Viewer *viewer)
{
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(happening_free);
        for (guint i = 0; i < viewer->the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(viewer->the_case->tasks, i);
                const Step *step = procedure_step(viewer->procedure, task->step);
                if (step == NULL || step->act == ACT_ROBOT)
                        continue;
                add_happening(viewer, list, step, task, task->opened_at, "opened", task->person);
                add_happening(viewer, list, step, task, task->reminded_at, "reminded", task->person);
                add_happening(viewer, list, step, task, task->done_at,
                              task->state == TASK_REFUSED ? "refused" : "done", task->done_by);
        }
        g_ptr_array_sort(list, compare_happenings);
        json_t *events = json_array();
        for (guint i = 0; i < list->len; i++) {
                const Happening *happening = g_ptr_array_index(list, i);
                g_autofree char *when = instant_long(happening->at, viewer->zone, viewer->language);
                json_array_append_new(events, json_pack("{s:s, s:s}", "when", when, "what", happening->what));
        }
        return events;
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

/* What those who were shown the same form said beside their answer. */
static json_t *view_of_remarks(const Viewer *viewer)
{
        if (viewer->step == NULL || viewer->step->reply_form == NULL)
                return NULL;
        json_t *remarks = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *other = g_ptr_array_index(steps, i);
                const Task *task = case_task(viewer->the_case, other->key);
                if (other->reply_form == NULL || g_strcmp0(other->form, viewer->step->form) != 0 ||
                    task == NULL || task->state != TASK_DONE)
                        continue;
                json_t *lines = view_of_values(viewer, procedure_form(viewer->procedure, other->reply_form));
                if (json_array_size(lines) > 0)
                        json_array_append_new(remarks, json_pack("{s:s, s:O}", "by",
                                                                 person_name(viewer->the_case, task->done_by),
                                                                 "lines", lines));
                json_decref(lines);
        }
        return remarks;
}

static json_t *ask_line(const Viewer *viewer, const Step *step)
{
        const Task *task = case_task(viewer->the_case, step->key);
        int64_t at = task != NULL && task->due_at != 0
                             ? task->due_at
                             : plan_expected_at(viewer->procedure, viewer->the_case, step);
        g_autofree char *when = at > 1 ? day_long(day_at(at, viewer->zone), viewer->language) : g_strdup("");
        return json_pack("{s:s, s:s}", "label", texts_get(step->label, viewer->language), "when", when);
}

/* What will be asked of the reader's role, in the order of the steps; `when` is "" while it is not known. */
static json_t *view_of_asks(const Viewer *viewer)
{
        const char *role = viewer->mail->role;
        if (role == NULL || viewer->mail->is_answer || strcmp(viewer->mail->actions, "answer") == 0)
                return NULL;
        json_t *asks = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (g_strcmp0(step->role, role) == 0 && !step->is_on_request && !is_done(viewer, step->key))
                        json_array_append_new(asks, ask_line(viewer, step));
        }
        return asks;
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
        return json_pack("{s:s, s:s, s:s}", "name", person_name(viewer->the_case, viewer->mail->person),
                         "role", role != NULL ? role : "", "role_label",
                         texts_get(procedure_role_label(viewer->procedure, role), viewer->language));
}

static json_t *view_of_form_title(const Viewer *viewer)
{
        const Form *form = form_of_step(viewer);
        return json_string(form != NULL ? texts_get(form->title, viewer->language) : "");
}

static json_t *view_of_form_intro(const Viewer *viewer)
{
        const Form *form = form_of_step(viewer);
        return json_string(form != NULL ? texts_get(form->intro, viewer->language) : "");
}

static const Task *done_task(const Viewer *viewer)
{
        const Task *task = viewer->step != NULL ? case_task(viewer->the_case, viewer->step->key) : NULL;
        return task != NULL && task->done_at != 0 ? task : NULL;
}

static json_t *view_of_done_by(const Viewer *viewer)
{
        const Task *task = done_task(viewer);
        return task != NULL ? json_string(person_name(viewer->the_case, task->done_by)) : NULL;
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
