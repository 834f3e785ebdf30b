/* procedure/decide_form.c: values given to a form: what can be read is kept, what is missing is asked, all of
 * it at once closes the step. */
#include "procedure/form_value.h"
#include "procedure/plan.h"

#include "base/text.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static const Field *anchored_field(const Form *form, int anchor)
{
        return anchor >= 1 && (guint)anchor <= form->fields->len
                       ? g_ptr_array_index(form->fields, (guint)anchor - 1)
                       : NULL;
}

/* A label as it is compared: folded, without its star and what follows in brackets. */
static char *short_label(const char *text)
{
        char *label = text_fold(text);
        const size_t length = strcspn(label, "*(");
        if (length > 0)
                label[length] = '\0';
        return g_strstrip(label);
}

static bool is_labelled(const Field *field, const char *label)
{
        const char *text;
        for (guint i = 0; (text = texts_any(field->label, i)) != NULL; i++) {
                g_autofree char *own = short_label(text);
                if (strcmp(own, label) == 0)
                        return true;
        }
        return false;
}

/* The field that is meant. A mail that went out before the case was migrated counts fields as its version
 * did: where another field's label stands beside the value, it is that field's. is_doubtful_out: several have
 * this label. */
static const Field *given_field(const Form *form, const GivenValue *given, bool *is_doubtful_out)
{
        const Field *anchored = anchored_field(form, given->anchor), *labelled = NULL;
        g_autofree char *label = short_label(given->label != NULL ? given->label : "");
        *is_doubtful_out = false;
        if (label[0] == '\0' || (anchored != NULL && is_labelled(anchored, label)))
                return anchored;
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (!is_labelled(field, label))
                        continue;
                *is_doubtful_out = labelled != NULL;
                labelled = labelled != NULL ? labelled : field;
        }
        return labelled != NULL ? labelled : anchored;
}

/* What was read from the event. */
typedef struct {
        json_t *data;       /* "form.field" -> canonical value; only what changed */
        json_t *understood; /* of {label, value} */
        json_t *complaints; /* of {anchor, label, problem} */
} Reading;

static void reading_clear(Reading *reading)
{
        json_decref(reading->data);
        json_decref(reading->understood);
        json_decref(reading->complaints);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

static void complain(Reading *reading, const Field *field, const char *language, const char *problem)
{
        json_array_append_new(reading->complaints,
                              json_pack("{s:i, s:s, s:s}", "anchor", field->anchor, "label",
                                        texts_get(field->label, language), "problem", problem));
}

static void read_value(Plan *plan, const Form *form, const Field *field, const char *text, Reading *reading)
{
        const char *language = plan_language(plan, plan->event->person);
        g_autofree char *problem = NULL;
        g_autofree char *value = form_value_read(field, text, language, &problem);
        g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
        if (value == NULL) {
                complain(reading, field, language, problem);
                return;
        }
        if (g_strcmp0(case_value(plan->state, key), value) == 0)
                return;
        g_autofree char *shown = form_value_show_given(field, value, language, plan->state);
        json_object_set_new(reading->data, key, json_string(value));
        json_array_append_new(
                reading->understood,
                json_pack("{s:s, s:s}", "label", texts_get(field->label, language), "value", shown));
}

static Reading read_values(Plan *plan, const Form *form)
{
        Reading reading = { json_object(), json_array(), json_array() };
        g_autoptr(GPtrArray) seen = g_ptr_array_new(); /* of Field */
        const GPtrArray *values = plan->event->values;
        const char *language = plan_language(plan, plan->event->person);
        for (guint i = 0; values != NULL && i < values->len; i++) {
                const GivenValue *given = g_ptr_array_index(values, i);
                bool is_doubtful;
                const Field *field = given_field(form, given, &is_doubtful);
                if (field == NULL)
                        continue;
                if (is_doubtful || given->anchor == plan->event->conflicting_anchor ||
                    g_ptr_array_find(seen, field, NULL))
                        complain(&reading, field, language,
                                 procedure_word(plan->procedure, "complaint.conflict", language));
                else
                        read_value(plan, form, field, given->value, &reading);
                g_ptr_array_add(seen, (gpointer)field);
        }
        return reading;
}

static const char *problem_of(const json_t *complaints, const Field *field)
{
        size_t index;
        json_t *complaint;
        json_array_foreach(complaints, index, complaint) {
                if (json_integer_value(json_object_get(complaint, "anchor")) == field->anchor)
                        return json_string_value(json_object_get(complaint, "problem"));
        }
        return NULL;
}

/* Fields that must be filled and are not, and those whose value could not be read. */
static json_t *missing_fields(Plan *plan, const Form *form, const json_t *complaints)
{
        const char *language = plan_language(plan, plan->event->person);
        json_t *missing = json_array();
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
                const char *value = case_value(plan->state, key), *problem = problem_of(complaints, field);
                bool is_missing = (value == NULL || value[0] == '\0') &&
                                  form_field_is_required(form, field, plan->state->data);
                if (is_missing || problem != NULL)
                        json_array_append_new(missing, json_pack("{s:i, s:s, s:s}", "anchor", field->anchor,
                                                                 "label", texts_get(field->label, language),
                                                                 "problem", problem != NULL ? problem : ""));
        }
        return missing;
}

static void keep(Plan *plan, const Step *step, Reading *reading)
{
        if (json_object_size(reading->data) > 0)
                plan_record(plan, RECORD_SAVED, step->key, json_pack("{s:O}", "data", reading->data));
}

static void ask_missing(Plan *plan, const Step *step, const char *key, json_t *missing, Reading *reading)
{
        plan_answer(plan, key, step->key, "answer",
                    json_pack("{s:o, s:O}", "missing", missing, "understood", reading->understood));
}

static void submit(Plan *plan, const Step *step, const Task *task, Reading *reading)
{
        if (plan->event->level < step->level) {
                plan_hold(plan, step, task, "accept");
                return;
        }
        Closing closing = { .answer = "submit",
                            .heard = "accept",
                            .is_good = true,
                            .level = plan->event->level,
                            .message = plan->event->message,
                            .understood = json_incref(reading->understood) };
        plan_close(plan, step, &closing);
        plan_outcome(plan, OUTCOME_APPLIED, "%s is complete", step->key);
}

static void take_reading(Plan *plan, const Step *step, const Task *task, const Form *form, Reading *reading)
{
        keep(plan, step, reading);
        json_t *missing = missing_fields(plan, form, reading->complaints);
        if (plan->event->is_draft) {
                ask_missing(plan, step, "form_saved", missing, reading);
                plan_outcome(plan, OUTCOME_APPLIED, "%s: a draft was saved", step->key);
        } else if (json_array_size(missing) > 0) {
                ask_missing(plan, step, "form_incomplete", missing, reading);
                plan_outcome(plan, OUTCOME_ASKED_BACK, "%s: fields are missing", step->key);
        } else {
                json_decref(missing);
                submit(plan, step, task, reading);
        }
}

void plan_take_form(Plan *plan, const Step *step, const Task *task)
{
        const Form *form = procedure_form(plan->procedure, step->form);
        g_auto(Reading) reading = read_values(plan, form);
        take_reading(plan, step, task, form, &reading);
}

void plan_fill_field(Plan *plan, const Step *step, const Task *task, const Field *field, const char *text)
{
        const Form *form = procedure_form(plan->procedure, step->form);
        g_auto(Reading) reading = { json_object(), json_array(), json_array() };
        read_value(plan, form, field, text, &reading);
        take_reading(plan, step, task, form, &reading);
}

/* "I have read it: no" is no acknowledgement. */
static bool is_denied(const Plan *plan, const Form *form)
{
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
                if (field->kind == FIELD_YES_NO && field->is_required &&
                    g_strcmp0(case_value(plan->state, key), "no") == 0)
                        return true;
        }
        return false;
}

bool plan_take_reply_form(Plan *plan, const Step *step, bool is_decisive)
{
        const Form *form = procedure_form(plan->procedure, step->reply_form);
        if (form == NULL || plan->event->values == NULL || plan->event->values->len == 0)
                return true;
        g_auto(Reading) reading = read_values(plan, form);
        keep(plan, step, &reading);
        g_autoptr(json_t) missing = missing_fields(plan, form, reading.complaints);
        bool is_complete =
                is_decisive ? json_array_size(reading.complaints) == 0 : json_array_size(missing) == 0;
        if (is_denied(plan, form)) {
                plan_answer(plan, "question_back", step->key, "answer", NULL);
                plan_outcome(plan, OUTCOME_ASKED_BACK, "%s: the answer is denied beside it", step->key);
                return false;
        }
        if (is_complete)
                return true;
        ask_missing(plan, step, "form_incomplete", json_incref(missing), &reading);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "%s: fields are missing", step->key);
        return false;
}
