/* procedure/view_form.c: the forms of a case as a mail shows them: values that were given, lines to fill in,
 * what changed, what was said beside an answer. */
#include "procedure/form_value.h"
#include "procedure/view_private.h"

#include <string.h>

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

json_t *view_of_values(const Viewer *viewer, const Form *form)
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
json_t *view_of_data(const Viewer *viewer)
{
        const Form *form = form_of_step(viewer);
        bool is_asked = form != NULL && step_is_form(viewer->step) && view_is_asking(viewer);
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
        if (!view_is_asking(viewer))
                return NULL;
        if (!step_is_form(viewer->step))
                return procedure_form(viewer->procedure, viewer->step->reply_form);
        const Form *form = form_of_step(viewer);
        return form != NULL && !form->is_confidential ? form : NULL;
}

json_t *view_of_fields(const Viewer *viewer)
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
json_t *view_of_difference(const Viewer *viewer)
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

/* What those who were shown the same form said beside their answer. */
json_t *view_of_remarks(const Viewer *viewer)
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
                        json_array_append_new(remarks,
                                              json_pack("{s:s, s:O}", "by",
                                                        view_person_name(viewer->the_case, task->done_by),
                                                        "lines", lines));
                json_decref(lines);
        }
        return remarks;
}

json_t *view_of_form_title(const Viewer *viewer)
{
        const Form *form = form_of_step(viewer);
        return json_string(form != NULL ? texts_get(form->title, viewer->language) : "");
}

json_t *view_of_form_intro(const Viewer *viewer)
{
        const Form *form = form_of_step(viewer);
        return json_string(form != NULL ? texts_get(form->intro, viewer->language) : "");
}
