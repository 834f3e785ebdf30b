/* procedure/decide_answer.c: what a person's answer does to a task: one row an answer, the checks of who and
 * how sure before it. */
#include "procedure/form_value.h"
#include "procedure/plan.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

enum { CONFIRM_AGAIN_S = 24 * 3600, UNDO_S = 48 * 3600, EXCERPT_CHARACTERS = 2000 };

static const char *const answer_words[] = { "accept",  "correct",  "refuse",  "ack",
                                            "unclear", "question", "not_now", "form" };

static int reply_generation(const Plan *plan)
{
        return (int)plan->event->message;
}

static bool is_waited_for(const Task *task)
{
        return task->state == TASK_OPEN || task->state == TASK_OVERDUE;
}

static char *excerpt(const char *text)
{
        if (text == NULL)
                return g_strdup("");
        return g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), EXCERPT_CHARACTERS));
}

static const ActionRule *find_action(const Plan *plan, const Step *step, const char *answer)
{
        const GPtrArray *actions = procedure_actions(plan->procedure, step->act);
        for (guint i = 0; i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                if (strcmp(action->answer, answer) == 0)
                        return action;
        }
        return NULL;
}

static const char *reader_language(const Plan *plan, int64_t person)
{
        const Person *reader = case_person(plan->state, person);
        return reader != NULL ? reader->language : "fr";
}

static json_t *undo_params(Plan *plan, const Step *step, const char *answer, const char *reason)
{
        const char *language = reader_language(plan, plan->event->person);
        const ActionRule *action = find_action(plan, step, answer);
        g_autofree char *until = instant_long(plan->now + UNDO_S, plan->zone, language);
        return json_pack("{s:s, s:s, s:s}", "answer_label",
                         action != NULL ? texts_get(action->label, language) : "", "reason",
                         reason != NULL ? reason : "", "undo_until", until);
}

/* Closing a task. */

/* Who did it, for the journal: the registered actor when it was confirmed, else who wrote. */
static void close_task(Plan *plan, const Step *step, const char *answer, const char *reason, Level level,
                       int64_t message)
{
        bool is_good = strcmp(answer, "accept") == 0;
        g_autofree char *how = g_strdup_printf("reply %" G_GINT64_FORMAT, message);
        plan_record(plan, is_good ? RECORD_DONE : RECORD_REFUSED, step->key,
                    json_pack("{s:s, s:s?, s:i, s:s}", "answer", answer, "reason", reason, "level",
                              (int)level, "how", how));
        plan_mail(plan, "receipt", plan->event->person, step->role, step->key, "undo", reply_generation(plan),
                  undo_params(plan, step, answer, reason));
        const Person *actor = case_person(plan->state, plan->event->person);
        json_t *params = json_pack("{s:s, s:s}", "reason", reason != NULL ? reason : "", "done_by",
                                   actor != NULL ? actor->name : "");
        MailOn on = is_good                          ? MAIL_ON_DONE
                    : strcmp(answer, "correct") == 0 ? MAIL_ON_CORRECTED
                                                     : MAIL_ON_REFUSED;
        plan_step_mails(plan, step, on, reply_generation(plan), params);
        const Step *back = is_good ? NULL : procedure_step(plan->procedure, step->returns_to);
        if (back == NULL)
                return;
        /* The step that is done again opens once more; this one waits for it. */
        Task *task = case_task(plan->state, back->key);
        int64_t person = case_holder(plan->state, back->role, plan->now);
        int64_t due_at = plan_moment(plan->procedure, plan->state, &back->due, plan->now, 18);
        json_t *payload = json_pack("{s:I, s:I}", "person", (json_int_t)person, "due_at", (json_int_t)due_at);
        if (task != NULL && back->act == ACT_FORM)
                json_object_set_new(payload, "keep", json_string(back->form));
        plan_record(plan, RECORD_OPENED, back->key, payload);
        plan_step_mails(plan, back, MAIL_ON_OPENED, 10 * case_task(plan->state, back->key)->cycle,
                        json_pack("{s:s}", "reason", reason != NULL ? reason : ""));
}

static void hold_for_confirmation(Plan *plan, const Step *step, const Task *task, const char *answer)
{
        plan_record(plan, RECORD_HELD, step->key,
                    json_pack("{s:s, s:s?}", "answer", answer, "reason", plan->event->reason));
        plan_outcome(plan, OUTCOME_HELD, "%s.%s waits for the registered address (level A%d of A%d)",
                     step->key, answer, (int)plan->event->level, (int)step->level);
        if (task->asked_at != 0 && plan->now - task->asked_at < CONFIRM_AGAIN_S)
                return;
        plan_record(plan, RECORD_ASKED, step->key, NULL);
        const ActionRule *action = find_action(plan, step, answer);
        plan_mail(
                plan, "confirm_request", task->person, step->role, step->key, "confirm",
                reply_generation(plan),
                json_pack("{s:s, s:s, s:s}", "held_by",
                          plan->event->address != NULL ? plan->event->address : "", "answer_label",
                          action != NULL ? texts_get(action->label, reader_language(plan, task->person)) : "",
                          "reason", plan->event->reason != NULL ? plan->event->reason : ""));
}

/* Answers. */

typedef void (*Handler)(Plan *plan, const Step *step, const Task *task);

static void answer_decisive(Plan *plan, const Step *step, const Task *task)
{
        const char *answer =
                answer_words[plan->event->answer == ANSWER_ACK ? ANSWER_ACCEPT : plan->event->answer];
        const ActionRule *action = find_action(plan, step, answer);
        if (action == NULL &&
            strcmp(answer, "correct") == 0) /* an act without correction hears it as a refusal */
                action = find_action(plan, step, answer = "refuse");
        if (action == NULL) {
                plan_mail(plan, "question_back", plan->event->person, step->role, step->key, "answer",
                          reply_generation(plan), NULL);
                plan_outcome(plan, OUTCOME_ASKED_BACK, "%s takes no `%s`", step->key, answer);
                return;
        }
        if (action->needs_reason && (plan->event->reason == NULL || plan->event->reason[0] == '\0')) {
                plan_mail(plan, "reason_wanted", plan->event->person, step->role, step->key, "answer",
                          reply_generation(plan),
                          json_pack("{s:s}", "answer_label",
                                    texts_get(action->label, reader_language(plan, plan->event->person))));
                plan_outcome(plan, OUTCOME_ASKED_BACK, "%s.%s needs a reason", step->key, answer);
                return;
        }
        if (plan->event->level < step->level) {
                hold_for_confirmation(plan, step, task, answer);
                return;
        }
        close_task(plan, step, answer, action->needs_reason ? plan->event->reason : NULL, plan->event->level,
                   plan->event->message);
        plan_outcome(plan, OUTCOME_APPLIED, "%s.%s", step->key, answer);
}

/* "Bien reçu, merci" closes a light act and never a heavy one. */
static void answer_ack(Plan *plan, const Step *step, const Task *task)
{
        if (step->weight == WEIGHT_LIGHT) {
                answer_decisive(plan, step, task);
                return;
        }
        plan_mail(plan, "question_back", plan->event->person, step->role, step->key, "answer",
                  reply_generation(plan), NULL);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "an acknowledgement does not close %s", step->key);
}

static void answer_unclear(Plan *plan, const Step *step, const Task *task G_GNUC_UNUSED)
{
        plan_mail(plan, "question_back", plan->event->person, step->role, step->key, "answer",
                  reply_generation(plan), NULL);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "unclear: asked again");
}

/* A question reaches people: the first helper who is not the asker. */
static void answer_question(Plan *plan, const Step *step, const Task *task G_GNUC_UNUSED)
{
        const Person *asker = case_person(plan->state, plan->event->person);
        g_autofree char *text = excerpt(plan->event->text);
        plan_record(plan, RECORD_NOTED, step->key, json_pack("{s:s}", "what", "question"));
        for (const char *const *role = procedure_helpers(plan->procedure); *role != NULL; role++) {
                int64_t person = case_holder(plan->state, *role, plan->now);
                if (person == 0 || person == plan->event->person)
                        continue;
                plan_mail(plan, "question_forwarded", person, *role, step->key, "", reply_generation(plan),
                          json_pack("{s:s, s:s, s:s}", "question", text, "asker", asker->name,
                                    "asker_address", asker->address));
                break;
        }
        plan_mail(plan, "question_back", plan->event->person, step->role, step->key, "answer",
                  reply_generation(plan), json_pack("{s:b}", "was_question", true));
        plan_outcome(plan, OUTCOME_ASKED_BACK, "a question: passed on to a person");
}

static void answer_not_now(Plan *plan, const Step *step, const Task *task G_GNUC_UNUSED)
{
        plan_record(plan, RECORD_NOTED, step->key, json_pack("{s:s}", "what", "not_now"));
        plan_outcome(plan, OUTCOME_IGNORED, "later, they say: the reminders will come");
}

/* Forms *. */

static const Field *anchored_field(const Form *form, int anchor)
{
        return anchor >= 1 && (guint)anchor <= form->fields->len
                       ? g_ptr_array_index(form->fields, (guint)anchor - 1)
                       : NULL;
}

/* Values that can be read go to data, the others to complaints: {anchor, label, problem}. */
static void read_values(Plan *plan, const Form *form, json_t *data, json_t *understood, json_t *complaints)
{
        const char *language = reader_language(plan, plan->event->person);
        const GPtrArray *values = plan->event->values;
        for (guint i = 0; values != NULL && i < values->len; i++) {
                const GivenValue *given = g_ptr_array_index(values, i);
                const Field *field = anchored_field(form, given->anchor);
                if (field == NULL)
                        continue;
                g_autofree char *problem = NULL;
                g_autofree char *value = form_value_read(field, given->value, language, &problem);
                const char *label = texts_get(field->label, language);
                g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
                if (value == NULL) {
                        json_array_append_new(complaints,
                                              json_pack("{s:i, s:s, s:s}", "anchor", given->anchor, "label",
                                                        label, "problem", problem));
                } else if (g_strcmp0(case_value(plan->state, key), value) != 0) {
                        g_autofree char *shown = form_value_show(field, value, language);
                        json_object_set_new(data, key, json_string(value));
                        json_array_append_new(understood,
                                              json_pack("{s:s, s:s}", "label", label, "value", shown));
                }
        }
}

static json_t *missing_fields(Plan *plan, const Form *form, json_t *complaints)
{
        const char *language = reader_language(plan, plan->event->person);
        json_t *missing = json_array();
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
                const char *value = case_value(plan->state, key), *problem = NULL;
                size_t index;
                json_t *complaint;
                json_array_foreach(complaints, index,
                                   complaint) if (json_integer_value(json_object_get(complaint, "anchor")) ==
                                                  field->anchor) problem =
                        json_string_value(json_object_get(complaint, "problem"));
                bool is_missing = (value == NULL || value[0] == '\0') &&
                                  form_field_is_required(form, field, plan->state->data);
                if (is_missing || problem != NULL)
                        json_array_append_new(missing, json_pack("{s:i, s:s, s:s}", "anchor", field->anchor,
                                                                 "label", texts_get(field->label, language),
                                                                 "problem", problem != NULL ? problem : ""));
        }
        return missing;
}

static void close_form(Plan *plan, const Step *step, json_t *understood)
{
        g_autofree char *how = g_strdup_printf("reply %" G_GINT64_FORMAT, plan->event->message);
        plan_record(plan, RECORD_DONE, step->key,
                    json_pack("{s:s, s:i, s:s}", "answer", "submit", "level", (int)plan->event->level, "how",
                              how));
        json_t *params = undo_params(plan, step, "submit", NULL);
        json_object_set_new(params, "understood", understood);
        plan_mail(plan, "receipt", plan->event->person, step->role, step->key, "undo", reply_generation(plan),
                  params);
        plan_step_mails(plan, step, MAIL_ON_DONE, reply_generation(plan), NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "%s is complete", step->key);
}

static void answer_form(Plan *plan, const Step *step, const Task *task)
{
        const Form *form = procedure_form(plan->procedure, step->form);
        if (step->act != ACT_FORM) {
                answer_unclear(plan, step, task);
                return;
        }
        json_t *data = json_object(), *understood = json_array();
        g_autoptr(json_t) complaints = json_array();
        read_values(plan, form, data, understood, complaints);
        if (plan->event->conflicting_anchor != 0) {
                const Field *field = anchored_field(form, plan->event->conflicting_anchor);
                if (field != NULL)
                        json_array_append_new(complaints,
                                              json_pack("{s:i, s:s, s:s}", "anchor", field->anchor, "label",
                                                        "", "problem", "≠"));
        }
        if (json_object_size(data) > 0)
                plan_record(plan, RECORD_SAVED, step->key, json_pack("{s:o}", "data", data));
        else
                json_decref(data);
        json_t *missing = missing_fields(plan, form, complaints);
        if (json_array_size(missing) == 0 && plan->event->level >= step->level) {
                json_decref(missing);
                close_form(plan, step, understood);
                return;
        }
        if (json_array_size(missing) == 0) {
                json_decref(missing);
                json_decref(understood);
                hold_for_confirmation(plan, step, task, "accept");
                return;
        }
        plan_mail(plan, "form_incomplete", plan->event->person, step->role, step->key, "answer",
                  reply_generation(plan),
                  json_pack("{s:o, s:o}", "missing", missing, "understood", understood));
        plan_outcome(plan, OUTCOME_ASKED_BACK, "%s: fields are missing", step->key);
}

static const Handler handlers[] = {
        [ANSWER_ACCEPT] = answer_decisive, [ANSWER_CORRECT] = answer_decisive,
        [ANSWER_REFUSE] = answer_decisive, [ANSWER_ACK] = answer_ack,
        [ANSWER_UNCLEAR] = answer_unclear, [ANSWER_QUESTION] = answer_question,
        [ANSWER_NOT_NOW] = answer_not_now, [ANSWER_FORM] = answer_form,
};
G_STATIC_ASSERT(G_N_ELEMENTS(handlers) == ANSWER_FORM + 1);

/* Before the answer: is the task open, and is this its actor? *. */

static void already_done(Plan *plan, const Step *step, const Task *task)
{
        const Person *actor = case_person(plan->state, task->done_by);
        const char *language = reader_language(plan, plan->event->person);
        g_autofree char *when =
                task->done_at != 0 ? instant_long(task->done_at, plan->zone, language) : g_strdup("");
        const ActionRule *action = task->answer != NULL ? find_action(plan, step, task->answer) : NULL;
        plan_mail(plan, "already_done", plan->event->person, step->role, step->key, "undo",
                  reply_generation(plan),
                  json_pack("{s:s, s:s, s:s}", "done_by", actor != NULL ? actor->name : "", "done_on", when,
                            "answer_label", action != NULL ? texts_get(action->label, language) : ""));
        plan_outcome(plan, OUTCOME_IGNORED, "%s is closed already", step->key);
}

/* Someone else's mail about this task: the registered address decides, never the unknown one (MAIL.md D20,
 * D21). */
static void answer_of_another(Plan *plan, const Step *step, const Task *task)
{
        Answer answer = plan->event->answer;
        bool is_decisive = answer == ANSWER_ACCEPT || answer == ANSWER_CORRECT || answer == ANSWER_REFUSE ||
                           (answer == ANSWER_ACK && step->weight == WEIGHT_LIGHT);
        if (plan->event->person != 0 && plan->event->token_person != task->person) {
                plan_mail(plan, "not_for_you", plan->event->person, NULL, step->key, "",
                          reply_generation(plan), NULL);
                plan_outcome(plan, OUTCOME_IGNORED, "%s is asked of somebody else", step->key);
        } else if (is_decisive && plan->event->token_person == task->person) {
                hold_for_confirmation(plan, step, task,
                                      answer_words[answer == ANSWER_ACK ? ANSWER_ACCEPT : answer]);
        } else {
                plan_outcome(plan, OUTCOME_HELD, "an address that is not the actor's wrote about %s",
                             step->key);
        }
}

/* The registered address says whether the held act is its own. */
static void decide_confirmation(Plan *plan, const Step *step, const Task *task)
{
        if (task->held_answer == NULL || plan->event->person != task->person) {
                plan_outcome(plan, OUTCOME_HELD, "a confirmation of %s from the wrong person, or for nothing",
                             step->key);
                return;
        }
        if (plan->event->answer == ANSWER_REFUSE || plan->event->answer == ANSWER_CORRECT) {
                plan_record(plan, RECORD_DROPPED, step->key, NULL);
                plan_step_mails(plan, step, MAIL_ON_OPENED, reply_generation(plan), NULL);
                plan_outcome(plan, OUTCOME_APPLIED, "%s: the held act was denied", step->key);
                return;
        }
        if (plan->event->answer != ANSWER_ACCEPT) {
                answer_unclear(plan, step, task);
                return;
        }
        /* An answer from the registered address to what was sent to it alone: A2 (DESIGN.md 2.8). */
        g_autofree char *answer = g_strdup(task->held_answer);
        g_autofree char *reason = g_strdup(task->held_reason);
        int64_t message = task->held_message;
        const ActionRule *action = find_action(plan, step, answer);
        if (step->act == ACT_FORM)
                close_form(plan, step, json_array());
        else if (action != NULL && action->needs_reason && (reason == NULL || reason[0] == '\0'))
                answer_unclear(plan, step, task);
        else {
                close_task(plan, step, answer, reason, LEVEL_A2, message);
                plan_outcome(plan, OUTCOME_APPLIED, "%s.%s, confirmed by the registered address", step->key,
                             answer);
        }
}

static bool is_same_answer(const Task *task, const Event *event)
{
        const char *answer = event->answer == ANSWER_ACK ? "accept" : answer_words[event->answer];
        return event->person == task->done_by && g_strcmp0(task->answer, answer) == 0;
}

void decide_answer(Plan *plan)
{
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        const Task *task = step != NULL ? case_task(plan->state, step->key) : NULL;
        if (task == NULL) {
                plan_outcome(plan, OUTCOME_HELD, "it is not clear which task is meant");
                return;
        }
        if (plan->event->is_confirmation && is_waited_for(task)) {
                decide_confirmation(plan, step, task);
                return;
        }
        if (!is_waited_for(task)) {
                if (is_same_answer(task, plan->event)) /* said twice, counted once: the same receipt again */
                        plan_mail(plan, "receipt", plan->event->person, step->role, step->key, "undo",
                                  reply_generation(plan),
                                  undo_params(plan, step, task->answer, task->reason));
                else if (plan->event->person != 0)
                        already_done(plan, step, task);
                if (is_same_answer(task, plan->event) || plan->event->person == 0)
                        plan_outcome(plan, OUTCOME_IGNORED, "%s is closed already", step->key);
                return;
        }
        if (plan->event->person != task->person) {
                answer_of_another(plan, step, task);
                return;
        }
        handlers[plan->event->answer](plan, step, task);
}
