/* procedure/view.c: what the procedure knows of a case, as the JSON view that templates get
 * (mail_templates/README.md names it all). */
#include "procedure/form_value.h"
#include "procedure/plan.h"

#include <string.h>

/* Words of states, for the table of steps. */
static const struct {
        const char *fr, *en, *ar;
} state_labels[] = {
        [TASK_WAITING] = { "à venir", "to come", "قادمة" },
        [TASK_OPEN] = { "en cours", "open", "جارية" },
        [TASK_DONE] = { "fait", "done", "منجزة" },
        [TASK_REFUSED] = { "à reprendre", "to be done again", "للإعادة" },
        [TASK_OVERDUE] = { "en retard", "overdue", "متأخرة" },
        [TASK_CANCELLED] = { "annulé", "cancelled", "ملغاة" },
};

typedef struct {
        const Procedure *procedure;
        const Case *the_case;
        const char *language;
        GTimeZone *zone;
} Viewer;

static const char *state_label(TaskState state, const char *language)
{
        return strcmp(language, "fr") == 0   ? state_labels[state].fr
               : strcmp(language, "ar") == 0 ? state_labels[state].ar
                                             : state_labels[state].en;
}

static const char *person_name(const Case *the_case, int64_t id)
{
        const Person *person = case_person(the_case, id);
        return person != NULL ? person->name : "";
}

static char *long_day(const Viewer *viewer, const char *key)
{
        const char *value = case_value(viewer->the_case, key);
        Day day;
        return value != NULL && day_read(value, &day) ? day_long(day, viewer->language) : g_strdup("");
}

static const char *value_or_empty(const Viewer *viewer, const char *key)
{
        const char *value = case_value(viewer->the_case, key);
        return value != NULL ? value : "";
}

static json_t *view_of_case(const Viewer *viewer, int64_t now)
{
        g_autofree char *start = long_day(viewer, "record.start"), *end = long_day(viewer, "record.end");
        int64_t student = case_holder(viewer->the_case, "student", now);
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "student", person_name(viewer->the_case, student),
                         "organisation", value_or_empty(viewer, "record.organisation"), "subject",
                         value_or_empty(viewer, "record.subject"), "start", start, "end", end, "status",
                         case_status_word(viewer->the_case->status));
}

static json_t *view_of_step(const Viewer *viewer, const Step *step)
{
        const Task *task = step != NULL ? case_task(viewer->the_case, step->key) : NULL;
        g_autofree char *due = task != NULL && task->due_at != 0
                                       ? day_long(day_at(task->due_at, viewer->zone), viewer->language)
                                       : g_strdup("");
        return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:s, s:s}", "key",
                         step != NULL ? step->key : "", "number", step != NULL ? step->number : "", "label",
                         step != NULL ? texts_get(step->label, viewer->language) : "", "due", due, "is_heavy",
                         step != NULL && step->weight == WEIGHT_HEAVY, "is_form",
                         step != NULL && step->act == ACT_FORM, "is_validate",
                         step != NULL && step->act == ACT_VALIDATE, "is_acknowledge",
                         step != NULL && step->act == ACT_ACKNOWLEDGE, "actor",
                         task != NULL ? person_name(viewer->the_case, task->person) : "", "state_label",
                         task != NULL ? state_label(task->state, viewer->language) : "");
}

static json_t *view_of_actions(const Viewer *viewer, const Step *step)
{
        json_t *actions = json_array();
        const GPtrArray *rules = step != NULL ? procedure_actions(viewer->procedure, step->act) : NULL;
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

/* What is validated or acknowledged: fields that have a value. */
static json_t *view_of_data(const Viewer *viewer, const Form *form)
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

static char *choices_of(const Viewer *viewer, const Field *field)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; field->choice_labels != NULL && i < field->choice_labels->len; i++)
                g_string_append_printf(
                        out, "%s%s", i > 0 ? " / " : "",
                        texts_get(g_ptr_array_index(field->choice_labels, i), viewer->language));
        return g_string_free(out, FALSE);
}

/* A value as it is typed into the form: dates in figures, the rest as shown. */
static char *typed_value(const Viewer *viewer, const Form *form, const Field *field)
{
        g_autofree char *key = data_key("", form, field);
        const char *value = case_value(viewer->the_case, key);
        Day day;
        if (value != NULL && field->kind == FIELD_DATE && day_read(value, &day)) {
                int year, month, number;
                day_to_ymd(day, &year, &month, &number);
                return g_strdup_printf("%02d/%02d/%04d", number, month, year);
        }
        if (field->kind == FIELD_SCALE)
                return g_strdup(value != NULL ? value : "");
        g_autofree char *shown = shown_value(viewer, "", form, field);
        return g_strdup(strchr(shown, '\n') == NULL ? shown : "");
}

static json_t *view_of_fields(const Viewer *viewer, const Form *form, const json_t *missing)
{
        json_t *fields = json_array();
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                size_t index;
                json_t *item;
                bool is_wanted = missing == NULL;
                json_array_foreach(missing, index, item) is_wanted =
                        is_wanted || json_integer_value(json_object_get(item, "anchor")) == field->anchor;
                if (!is_wanted || !form_field_is_shown(form, field, viewer->the_case->data))
                        continue;
                g_autofree char *choices = choices_of(viewer, field),
                                *value = typed_value(viewer, form, field);
                const char *help = texts_get(field->help, viewer->language);
                json_array_append_new(fields,
                                      json_pack("{s:i, s:s, s:b, s:s, s:s}", "anchor", field->anchor, "label",
                                                texts_get(field->label, viewer->language), "required",
                                                form_field_is_required(form, field, viewer->the_case->data),
                                                "hint", choices[0] != '\0' ? choices : help, "value", value));
        }
        return fields;
}

static json_t *view_of_difference(const Viewer *viewer, const Form *form)
{
        json_t *difference = json_array();
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *was_key = data_key("was.", form, field);
                g_autofree char *before = shown_value(viewer, "was.", form, field),
                                *after = shown_value(viewer, "", form, field);
                if (strcmp(before, after) != 0 &&
                    (before[0] != '\0' || case_value(viewer->the_case, was_key) != NULL))
                        json_array_append_new(difference, json_pack("{s:s, s:s, s:s}", "label",
                                                                    texts_get(field->label, viewer->language),
                                                                    "before", before, "after", after));
        }
        return difference;
}

static json_t *view_of_steps(const Viewer *viewer, int *done_out, int *required_out)
{
        json_t *lines = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        *done_out = *required_out = 0;
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(viewer->the_case, step->key);
                TaskState state = task != NULL ? task->state : TASK_WAITING;
                int64_t at = task == NULL || state == TASK_WAITING
                                     ? plan_opens_at(viewer->procedure, viewer->the_case, step)
                             : state == TASK_DONE || state == TASK_REFUSED ? task->done_at
                                                                           : task->due_at;
                g_autofree char *when =
                        at > 1 ? day_long(day_at(at, viewer->zone), viewer->language) : g_strdup("");
                *required_out += step->label_required;
                *done_out += step->label_required && state == TASK_DONE;
                json_array_append_new(
                        lines,
                        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "number", step->number, "label",
                                  texts_get(step->label, viewer->language), "state", task_state_word(state),
                                  "state_label", state_label(state, viewer->language), "actor",
                                  texts_get(procedure_role_label(viewer->procedure, step->role),
                                            viewer->language),
                                  "when", when, "required", step->label_required, "is_done",
                                  state == TASK_DONE));
        }
        return lines;
}

/* "Étapes du label : 2 sur 5" — one line for the foot. */
static char *progress_line(const Viewer *viewer, int done, int required)
{
        const char *format = strcmp(viewer->language, "fr") == 0 ? "Étapes requises pour le label : %d sur %d"
                             : strcmp(viewer->language, "ar") == 0 ? "المراحل المطلوبة للعلامة: %d من %d"
                                                                   : "Steps required for the label: %d of %d";
        g_auto(GStrv) parts = g_strsplit(format, "%d", 3);
        return g_strdup_printf("%s%d%s%d%s", parts[0], done, parts[1], required, parts[2]);
}

json_t *case_view(const Procedure *procedure, const Case *the_case, const MailOrder *mail,
                  const char *language, GTimeZone *zone, int64_t now)
{
        Viewer viewer = { .procedure = procedure, .the_case = the_case, .language = language, .zone = zone };
        const Step *step = procedure_step(procedure, mail->step);
        const Form *form = step != NULL ? procedure_form(procedure, step->form) : NULL;
        bool is_asking = strcmp(mail->actions, "answer") == 0;
        bool is_form = step != NULL && step->act == ACT_FORM;
        const json_t *missing = json_object_get(mail->params, "missing");
        int done, required;
        json_t *steps = view_of_steps(&viewer, &done, &required);
        g_autofree char *line = progress_line(&viewer, done, required);
        json_t *difference = view_of_difference(&viewer, is_form ? NULL : form);
        json_t *data = view_of_data(&viewer, is_form ? NULL : form);
        bool has_difference = json_array_size(difference) > 0, has_data = json_array_size(data) > 0;
        json_t *view = json_pack(
                "{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:b, s:o, s:o, s:b, s:o, s:s, "
                "s:b, s:b, s:s, s:s, s:s}",
                "prefix", procedure_prefix(procedure), "reference", the_case->reference, "language", language,
                "dir", strcmp(language, "ar") == 0 ? "rtl" : "ltr", "case", view_of_case(&viewer, now), "to",
                "name", person_name(the_case, mail->person), "role", mail->role != NULL ? mail->role : "",
                "role_label", texts_get(procedure_role_label(procedure, mail->role), language), "step",
                view_of_step(&viewer, step), "actions",
                is_asking ? view_of_actions(&viewer, step) : json_array(), "data", data, "has_data", has_data,
                "fields", is_asking && is_form ? view_of_fields(&viewer, form, missing) : json_array(),
                "difference", difference, "has_difference", has_difference, "steps", steps, "progress_line",
                line, "reminder", false, "is_last_reminder", false, "reason", "", "form_title",
                form != NULL ? texts_get(form->title, language) : "", "form_intro",
                form != NULL ? texts_get(form->intro, language) : "");
        json_object_update(view, mail->params);
        return view;
}
