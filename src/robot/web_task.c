/* robot/web_task.c: the page of one task: who you are, the answers with none chosen, what was recorded. */
#include "robot/web_fields.h"

#include <string.h>

enum { REASON_CHARACTERS = 4000 };

static bool is_waited_for(const Task *task)
{
        return task != NULL && (task->state == TASK_OPEN || task->state == TASK_OVERDUE);
}

/* by_value: as it was recorded, else as it is heard. */
static const ActionRule *find_action(const Visit *visit, const Step *step, const char *answer, bool by_value)
{
        const GPtrArray *actions = procedure_step_actions(visit->procedure, step);
        for (guint i = 0; answer != NULL && actions != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                if (strcmp(by_value ? action->value : action->answer, answer) == 0)
                        return action;
        }
        return NULL;
}

void web_recorded(Visit *visit, const Step *step, const Task *task)
{
        const Form *form = procedure_form(visit->procedure, step->form);
        if (form != NULL && form->is_confidential) {
                web_message(visit, 200, true, "recorded_title", "recorded_sealed");
                return;
        }
        const Person *actor = case_person(visit->the_case, task->done_by);
        GTimeZone *zone = zone_named(visit->person->timezone);
        g_autofree char *when = instant_long(
                task->done_at, zone != NULL ? zone : visit->web->setup.house->zone, visit->language);
        const ActionRule *action = find_action(visit, step, task->answer, true);
        const char *answer = action != NULL ? texts_get(action->label, visit->language) : "";
        json_t *facts = json_array();
        if (answer[0] != '\0')
                json_array_append_new(facts, json_pack("{s:s, s:s}", "label", web_word(visit, "your_answer"),
                                                       "value", answer));
        if (actor != NULL)
                json_array_append_new(
                        facts, json_pack("{s:s, s:s}", "label", web_word(visit, "by"), "value", actor->name));
        json_array_append_new(facts,
                              json_pack("{s:s, s:s}", "label", web_word(visit, "when"), "value", when));
        json_t *view = json_pack("{s:b, s:[{s:s}], s:b, s:o, s:[]}", "is_good", true, "lines", "text",
                                 texts_get(step->label, visit->language), "has_facts", true, "facts", facts,
                                 "links");
        web_page(visit, 200, "message", web_word(visit, "recorded_title"), view);
}

/* What was wrong with a submission; NULL members: nothing. Borrowed words. */
typedef struct {
        const char *answer, *reason, *code;
        bool is_not_me; /* that was pressed, not confirmed */
} Faults;

static const ActionRule *chosen_action(const Visit *visit, const Step *step)
{
        return find_action(visit, step, http_field(visit->request, "answer"), false);
}

static void add_error(json_t *errors, const char *id, const char *label, const char *text)
{
        if (text != NULL)
                json_array_append_new(errors,
                                      json_pack("{s:s, s:s, s:s}", "id", id, "label", label, "text", text));
}

static json_t *choices_of(const Visit *visit, const Step *step, const ActionRule *chosen,
                          bool *takes_reason_out)
{
        json_t *choices = json_array();
        const GPtrArray *actions = procedure_step_actions(visit->procedure, step);
        *takes_reason_out = false;
        for (guint i = 0; actions != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                *takes_reason_out = *takes_reason_out || action->needs_reason;
                json_array_append_new(choices,
                                      json_pack("{s:s, s:s, s:b, s:b}", "value", action->answer, "label",
                                                texts_get(action->label, visit->language), "needs_reason",
                                                action->needs_reason, "is_chosen", action == chosen));
        }
        return choices;
}

/* fields: what may come with the answer; NULL. */
static void show_act(Visit *visit, const Step *step, const Filling *fields, const Faults *faults)
{
        const char *reason = http_field(visit->request, "reason");
        g_autofree char *nonce = web_nonce(visit);
        bool takes_reason;
        json_t *choices = choices_of(visit, step, chosen_action(visit, step), &takes_reason);
        json_t *errors = json_array();
        add_error(errors, "answer", web_word(visit, "your_answer"), faults->answer);
        add_error(errors, "reason", web_word(visit, "reason"), faults->reason);
        add_error(errors, "code", web_word(visit, "code"), faults->code);
        json_t *shown = fields != NULL ? filling_fields(fields, errors) : json_array();
        bool has_errors = json_array_size(errors) > 0;
        json_t *view = json_pack("{s:o, s:s, s:o, s:b, s:b, s:s, s:o, s:o, s:b, s:s?, s:s?, s:s?}", "who",
                                 web_who(visit, step), "nonce", nonce, "choices", choices, "takes_reason",
                                 takes_reason, "needs_code", step->weight == WEIGHT_HEAVY, "reason",
                                 reason != NULL ? reason : "", "fields", shown, "errors", errors,
                                 "has_errors", has_errors, "answer_error", faults->answer, "reason_error",
                                 faults->reason, "code_error", faults->code);
        web_ask_confirmation(visit, view, "confirm_not_me");
        if (!faults->is_not_me)
                json_object_set_new(view, "confirm_error", json_string(""));
        web_page(visit, has_errors || faults->is_not_me ? 422 : 200, "act",
                 texts_get(step->label, visit->language), view);
}

static Act *new_act(const Visit *visit, const Step *step, ActWhat what)
{
        Act *act = g_new0(Act, 1);
        act->what = what;
        act->case_id = visit->the_case->id;
        act->person = visit->person->id;
        act->step = g_strdup(step->key);
        act->nonce = web_nonce(visit);
        return act;
}

static char *clip(const char *text)
{
        return text != NULL ? g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), REASON_CHARACTERS))
                            : NULL;
}

static void take_not_me(Visit *visit, const Step *step, const Filling *fields)
{
        if (!web_is_confirmed(visit)) {
                show_act(visit, step, fields, &(Faults){ .is_not_me = true });
                return;
        }
        Act *act = new_act(visit, step, ACT_NOT_ME);
        act->address = clip(http_field(visit->request, "other"));
        if (web_accept(visit, act))
                web_message(visit, 200, true, "received_title", "received");
}

static Faults find_faults(Visit *visit, const Step *step, const ActionRule *action, bool has_reason)
{
        Faults faults = { 0 };
        if (action == NULL)
                faults.answer = web_word(visit, "choose_answer");
        else if (action->needs_reason && !has_reason)
                faults.reason = web_word(visit, "reason_missing");
        else if (step->weight == WEIGHT_HEAVY && !web_code_is_right(visit))
                faults.code = web_word(visit, "code_wrong");
        return faults;
}

static void take_answer(Visit *visit, const Step *step, Filling *fields)
{
        const ActionRule *action = chosen_action(visit, step);
        g_autofree char *reason = clip(http_field(visit->request, "reason"));
        bool has_reason = reason != NULL && g_strstrip(reason)[0] != '\0',
             fits = fields == NULL || filling_check(fields, true);
        Faults faults = find_faults(visit, step, action, has_reason);
        if (!fits || faults.answer != NULL || faults.reason != NULL || faults.code != NULL) {
                show_act(visit, step, fields, &faults);
                return;
        }
        Act *act = new_act(visit, step, ACT_ANSWERED);
        act->answer = g_strdup(action->answer);
        act->reason = has_reason ? g_steal_pointer(&reason) : NULL;
        act->values = fields != NULL ? filling_values(fields) : NULL;
        if (web_accept(visit, act))
                web_message(visit, 200, true, "received_title", "received");
}

static void answer_page(Visit *visit, const Step *step)
{
        g_auto(Filling) fields = { 0 };
        const Form *form = procedure_form(visit->procedure, step->reply_form);
        if (form != NULL)
                filling_read(&fields, visit, step, form);
        if (!visit->request->is_post)
                show_act(visit, step, form != NULL ? &fields : NULL, &(Faults){ 0 });
        else if (g_strcmp0(http_field(visit->request, "answer"), "not_me") == 0)
                take_not_me(visit, step, form != NULL ? &fields : NULL);
        else
                take_answer(visit, step, form != NULL ? &fields : NULL);
}

void web_task(Visit *visit, const Step *step)
{
        const Task *task = case_task(visit->the_case, step->key);
        if (task != NULL && (task->state == TASK_DONE || task->state == TASK_REFUSED))
                web_recorded(visit, step, task);
        else if (!is_waited_for(task) || task->person != visit->person->id)
                web_message(visit, 200, false, "waiting_title", "waiting");
        else if (step_is_form(step))
                web_form(visit, step);
        else
                answer_page(visit, step);
}
