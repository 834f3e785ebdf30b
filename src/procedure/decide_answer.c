/* procedure/decide_answer.c: what a person's answer does to a task: one row an answer, the checks of who and
 * how sure before it. */
#include "procedure/meeting.h"
#include "procedure/plan.h"

#include <string.h>

enum { CONFIRM_AGAIN_S = 24 * 3600, EXCERPT_CHARACTERS = 2000 };

static const char *const answer_words[] = { "accept",  "correct",  "refuse",  "ack",
                                            "unclear", "question", "not_now", "form" };

static char *excerpt(const char *text)
{
        if (text == NULL)
                return g_strdup("");
        return g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), EXCERPT_CHARACTERS));
}

void plan_hold(Plan *plan, const Step *step, const Task *task, const char *heard)
{
        plan_record(plan, RECORD_HELD, step->key,
                    json_pack("{s:s, s:s?}", "answer", heard, "reason", plan->event->reason));
        plan_outcome(plan, OUTCOME_HELD, "%s.%s waits for the registered address (level A%d of A%d)",
                     step->key, heard, (int)plan->event->level, (int)step->level);
        if (task->asked_at != 0 && plan->now - task->asked_at < CONFIRM_AGAIN_S)
                return;
        plan_record(plan, RECORD_ASKED, step->key, NULL);
        const ActionRule *action = plan_action(plan, step, heard);
        const char *language = plan_language(plan, task->person);
        plan_mail(plan, "confirm_request", task->person, step->role, step->key, "confirm",
                  plan_generation(plan),
                  json_pack("{s:s, s:s, s:s}", "held_by",
                            plan->event->address != NULL ? plan->event->address : "", "answer_label",
                            action != NULL ? texts_get(action->label, language) : "", "reason",
                            plan->event->reason != NULL ? plan->event->reason : ""));
}

/* Answers. */

typedef void (*Handler)(Plan *plan, const Step *step, const Task *task);

static void ask_back(Plan *plan, const Step *step)
{
        plan_answer(plan, "question_back", step->key, "answer", NULL);
}

static bool needs_reason(const ActionRule *action, const char *reason)
{
        return action->needs_reason && (reason == NULL || reason[0] == '\0');
}

static void close_by_action(Plan *plan, const Step *step, const ActionRule *action, const char *reason,
                            Level level, int64_t message)
{
        Closing closing = { .answer = action->value,
                            .heard = action->answer,
                            .is_good = action->closes == CLOSES_DONE,
                            .reason = action->needs_reason || action->tells_staff ? reason : NULL,
                            .level = level,
                            .message = message };
        plan_close(plan, step, &closing);
        if (action->tells_staff)
                plan_outcome(plan, OUTCOME_HELD, "%s.%s: staff must know", step->key, action->value);
        else
                plan_outcome(plan, OUTCOME_APPLIED, "%s.%s", step->key, action->value);
}

/* An act without correction hears it as a refusal. */
static const ActionRule *heard_action(const Plan *plan, const Step *step, const char *heard)
{
        const ActionRule *action = plan_action(plan, step, heard);
        return action == NULL && strcmp(heard, "correct") == 0 ? plan_action(plan, step, "refuse") : action;
}

static void answer_decisive(Plan *plan, const Step *step, const Task *task)
{
        const Event *event = plan->event;
        const char *heard = answer_words[event->answer == ANSWER_ACK ? ANSWER_ACCEPT : event->answer];
        const ActionRule *action = heard_action(plan, step, heard);
        if (action == NULL) {
                ask_back(plan, step);
                plan_outcome(plan, OUTCOME_ASKED_BACK, "%s takes no `%s`", step->key, heard);
                return;
        }
        if (needs_reason(action, event->reason)) {
                const char *language = plan_language(plan, event->person);
                plan_answer(plan, "reason_wanted", step->key, "answer",
                            json_pack("{s:s}", "answer_label", texts_get(action->label, language)));
                plan_outcome(plan, OUTCOME_ASKED_BACK, "%s.%s needs a reason", step->key, action->value);
                return;
        }
        if (!plan_take_reply_form(plan, step, true))
                return;
        if (event->level < step->level)
                plan_hold(plan, step, task, action->answer);
        else
                close_by_action(plan, step, action, event->reason, event->level, event->message);
}

/* "Bien reçu, merci" closes a light act and never a heavy one, nor a light one that asks a yes or a no. */
static void answer_ack(Plan *plan, const Step *step, const Task *task)
{
        if (step->weight == WEIGHT_LIGHT && plan_action(plan, step, "refuse") == NULL) {
                answer_decisive(plan, step, task);
                return;
        }
        ask_back(plan, step);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "an acknowledgement does not close %s", step->key);
}

static void answer_unclear(Plan *plan, const Step *step, const Task *task G_GNUC_UNUSED)
{
        ask_back(plan, step);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "unclear: asked again");
}

/* A question reaches people: the first helper who is not the asker. */
static void answer_question(Plan *plan, const Step *step, const Task *task)
{
        const Person *asker = case_person(plan->state, plan->event->person);
        g_autofree char *text = excerpt(plan->event->text);
        plan_record(plan, RECORD_NOTED, step->key, json_pack("{s:s}", "what", "question"));
        for (const char *const *role = procedure_helpers(plan->procedure); *role != NULL; role++) {
                int64_t person = case_holder(plan->state, *role, plan->now);
                if (person == 0 || person == plan->event->person)
                        continue;
                plan_mail(plan, "question_forwarded", person, *role, step->key, "", plan_generation(plan),
                          json_pack("{s:s, s:s, s:s}", "question", text, "asker", asker->name,
                                    "asker_address", asker->address));
                break;
        }
        plan_answer(plan, "question_back", step->key, plan_is_waited_for(task) ? "answer" : "",
                    json_pack("{s:b}", "was_question", true));
        plan_outcome(plan, OUTCOME_ASKED_BACK, "a question: passed on to a person");
}

static void answer_not_now(Plan *plan, const Step *step, const Task *task G_GNUC_UNUSED)
{
        plan_record(plan, RECORD_NOTED, step->key, json_pack("{s:s}", "what", "not_now"));
        plan_outcome(plan, OUTCOME_IGNORED, "later, they say: the reminders will come");
}

/* Values: of the step's own form, or of the one that comes with its answer (then the act must be clear). */
static void answer_form(Plan *plan, const Step *step, const Task *task)
{
        if (step_is_form(step))
                plan_take_form(plan, step, task);
        else if (step->reply_form == NULL || plan_action(plan, step, "refuse") != NULL)
                answer_unclear(plan, step, task);
        else if (plan_take_reply_form(plan, step, false)) {
                const ActionRule *action = plan_action(plan, step, "accept");
                if (plan->event->level < step->level)
                        plan_hold(plan, step, task, action->answer);
                else
                        close_by_action(plan, step, action, NULL, plan->event->level, plan->event->message);
        }
}

static const Handler handlers[] = {
        [ANSWER_ACCEPT] = answer_decisive, [ANSWER_CORRECT] = answer_decisive,
        [ANSWER_REFUSE] = answer_decisive, [ANSWER_ACK] = answer_ack,
        [ANSWER_UNCLEAR] = answer_unclear, [ANSWER_QUESTION] = answer_question,
        [ANSWER_NOT_NOW] = answer_not_now, [ANSWER_FORM] = answer_form,
};
G_STATIC_ASSERT(G_N_ELEMENTS(handlers) == ANSWER_FORM + 1);

/* Before the answer: is the task open, and is this its actor? */

static void already_done(Plan *plan, const Step *step, const Task *task)
{
        const Person *actor = case_person(plan->state, task->done_by);
        const char *language = plan_language(plan, plan->event->person);
        g_autofree char *when =
                task->done_at != 0 ? instant_long(task->done_at, plan->zone, language) : g_strdup("");
        const ActionRule *action = plan_action(plan, step, task->answer);
        plan_answer(plan, "already_done", step->key, "undo",
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
                          plan_generation(plan), NULL);
                plan_outcome(plan, OUTCOME_IGNORED, "%s is asked of somebody else", step->key);
        } else if (is_decisive && plan->event->token_person == task->person) {
                const ActionRule *action =
                        heard_action(plan, step, answer_words[answer == ANSWER_ACK ? ANSWER_ACCEPT : answer]);
                if (action != NULL)
                        plan_hold(plan, step, task, action->answer);
                else
                        plan_outcome(plan, OUTCOME_HELD, "%s takes no such answer", step->key);
        } else {
                plan_outcome(plan, OUTCOME_HELD, "an address that is not the actor's wrote about %s",
                             step->key);
        }
}

/* A form that was held: its values are kept; it closes if it is still complete. */
static void close_held_form(Plan *plan, const Step *step)
{
        Closing closing = { .answer = "submit",
                            .heard = "accept",
                            .is_good = true,
                            .level = LEVEL_A2,
                            .message = case_task(plan->state, step->key)->held_message };
        plan_close(plan, step, &closing);
        plan_outcome(plan, OUTCOME_APPLIED, "%s, confirmed by the registered address", step->key);
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
                plan_ask(plan, step, plan_generation(plan), NULL);
                plan_outcome(plan, OUTCOME_APPLIED, "%s: the held act was denied", step->key);
                return;
        }
        if (plan->event->answer != ANSWER_ACCEPT) {
                answer_unclear(plan, step, task);
                return;
        }
        if (step->level > LEVEL_A2) { /* a page's choice is not replaced by a mail */
                plan_outcome(plan, OUTCOME_HELD, "%s needs A%d", step->key, (int)step->level);
                return;
        }
        /* An answer from the registered address to what was sent to it alone: A2 (DESIGN.md 2.8). */
        if (step_is_form(step)) {
                close_held_form(plan, step);
                return;
        }
        g_autofree char *reason = g_strdup(task->held_reason);
        const ActionRule *action = heard_action(plan, step, task->held_answer);
        if (action == NULL || needs_reason(action, reason))
                answer_unclear(plan, step, task);
        else
                close_by_action(plan, step, action, reason, LEVEL_A2, task->held_message);
}

static bool is_same_answer(const Plan *plan, const Step *step, const Task *task)
{
        const Event *event = plan->event;
        const ActionRule *action =
                event->answer <= ANSWER_ACK
                        ? plan_action(plan, step,
                                      answer_words[event->answer == ANSWER_ACK ? 0 : event->answer])
                        : NULL;
        return event->person != 0 && event->person == task->done_by && action != NULL &&
               g_strcmp0(task->answer, action->value) == 0;
}

static bool may_act(const Plan *plan, const Step *step, const Task *task)
{
        int64_t person = plan->event->person;
        return person != 0 && (person == task->person || plan_may_act(plan, step));
}

/* Staff read the mailbox: nothing that is written about a confidential form by mail is kept, passed on or
 * shown. */
static bool is_wrong_channel(const Plan *plan, const Step *step)
{
        const Form *form = step_is_form(step) ? procedure_form(plan->procedure, step->form) : NULL;
        return form != NULL && form->is_confidential && plan->event->sealed == NULL;
}

void plan_wrong_channel(Plan *plan, const Step *step)
{
        const Task *task = case_task(plan->state, step->key);
        const bool is_asked = task != NULL && plan_is_waited_for(task);
        plan_answer(plan, "wrong_confidential_channel", step->key, is_asked ? "answer" : "", NULL);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "%s is confidential: by its page alone", step->key);
}

static void answer_wrong_channel(Plan *plan, const Step *step, const Task *task)
{
        if (!may_act(plan, step, task)) {
                plan_outcome(plan, OUTCOME_HELD,
                             "%s is confidential: what others write about it goes nowhere", step->key);
                return;
        }
        plan_wrong_channel(plan, step);
}

static void answer_closed(Plan *plan, const Step *step, const Task *task)
{
        if (is_same_answer(plan, step, task)) { /* said twice, counted once: the same receipt again */
                const char *heard =
                        answer_words[plan->event->answer == ANSWER_ACK ? ANSWER_ACCEPT : plan->event->answer];
                plan_answer(plan, "receipt", step->key, "undo",
                            plan_undo_params(plan, step, heard, task->reason));
                plan_outcome(plan, OUTCOME_IGNORED, "%s is closed already", step->key);
        } else if (is_wrong_channel(plan, step)) {
                answer_wrong_channel(plan, step, task);
        } else if (plan->event->answer == ANSWER_QUESTION && plan->event->person != 0) {
                answer_question(plan, step, task);
        } else if (plan->event->person != 0) {
                already_done(plan, step, task);
        } else {
                plan_outcome(plan, OUTCOME_IGNORED, "%s is closed already", step->key);
        }
}

/* The part of the person who writes, when the step is asked of several. */
static const Step *own_part(const Plan *plan, const Step *group)
{
        for (char **name = group->needs; *name != NULL; name++) {
                const Step *part = procedure_step(plan->procedure, *name);
                if (part != NULL && g_strcmp0(part->group, group->key) == 0 &&
                    case_may_act(plan->state, part->role, plan->event->person, plan->now))
                        return part;
        }
        return group;
}

/* An answer that found no takers may be given again: "not yet", then "yes". */
static bool is_answerable(const Step *step, const Task *task)
{
        return plan_is_waited_for(task) ||
               (task->state == TASK_REFUSED && step->returns_to == NULL && step->act != ACT_ROBOT);
}

static void give(GPtrArray *values, const Form *form, FieldKind kind, guint nth, const char *value)
{
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (field->kind != kind || nth-- > 0)
                        continue;
                given_values_add(values, field->anchor, value);
                return;
        }
}

/* The fields of a meeting: the first day, the first text for the hour, the next one for the place. */
static GPtrArray *values_of(const Form *form, const Meeting *meeting)
{
        GPtrArray *values = given_values_new();
        g_autofree char *day = day_iso(meeting->day),
                        *hour = g_strdup_printf("%02d:%02d", meeting->hour, meeting->minute);
        give(values, form, FIELD_DATE, 0, day);
        if (meeting->hour >= 0)
                give(values, form, FIELD_TEXT, 0, hour);
        if (meeting->place[0] != '\0')
                give(values, form, FIELD_TEXT, 1, meeting->place);
        return values;
}

/* "7 septembre 2027 à 14:00, salle B204", where a step asks for a day: its fields, filled in. */
static bool answer_meeting(Plan *plan, const Step *step, const Task *task)
{
        const Event *said = plan->event;
        bool is_other = said->answer == ANSWER_QUESTION || said->answer == ANSWER_REFUSE ||
                        said->answer == ANSWER_CORRECT || said->answer == ANSWER_FORM;
        const Form *form = step->act == ACT_DATE ? procedure_form(plan->procedure, step->form) : NULL;
        g_auto(Meeting) meeting = { 0 };
        if (form == NULL || is_other || said->text == NULL ||
            !meeting_read(form, said->text, day_at(plan->now, plan->zone), &meeting))
                return false;
        g_autoptr(GPtrArray) values = values_of(form, &meeting);
        Event filled = *said;
        filled.answer = ANSWER_FORM;
        filled.values = values;
        plan->event = &filled;
        handlers[ANSWER_FORM](plan, step, task);
        plan->event = said;
        return true;
}

static void answer_open(Plan *plan, const Step *step, const Task *task)
{
        if (is_wrong_channel(plan, step)) {
                answer_wrong_channel(plan, step, task);
                return;
        }
        if (plan->event->sealed != NULL && plan->event->level >= step->level) {
                Closing closing = { .answer = "submit",
                                    .heard = "accept",
                                    .is_good = true,
                                    .level = plan->event->level,
                                    .message = plan->event->message };
                plan_close(plan, step, &closing);
                plan_outcome(plan, OUTCOME_APPLIED, "%s is received, sealed", step->key);
                return;
        }
        if (plan->event->sealed != NULL) {
                plan_outcome(plan, OUTCOME_HELD, "%s needs A%d", step->key, (int)step->level);
                return;
        }
        if (task->state == TASK_REFUSED) /* answered once more */
                plan_record(plan, RECORD_OPENED, step->key,
                            json_pack("{s:I, s:I}", "person", (json_int_t)task->person, "due_at",
                                      (json_int_t)task->due_at));
        if (!answer_meeting(plan, step, task))
                handlers[plan->event->answer](plan, step, task);
}

static const Step *step_meant(const Plan *plan)
{
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        return step != NULL && step->act == ACT_ROBOT ? own_part(plan, step) : step;
}

/* Nothing that it says counts. A program that answers every mail of ours gets no conversation: one question a
 * day, to the registered address, and none about an answer to a question. */
void decide_doubtful(Plan *plan)
{
        const Step *step = step_meant(plan);
        const Task *task = step != NULL ? case_task(plan->state, step->key) : NULL;
        if (task == NULL || step->act == ACT_ROBOT) {
                plan_outcome(
                        plan, OUTCOME_HELD,
                        "marked as automatic, and perhaps a person's: it is not clear which task is meant");
                return;
        }
        if (!plan_is_waited_for(task)) {
                plan_outcome(plan, OUTCOME_IGNORED, "marked as automatic, and %s waits for nobody",
                             step->key);
                return;
        }
        if (plan->event->is_confirmation ||
            (task->asked_at != 0 && plan->now - task->asked_at < CONFIRM_AGAIN_S)) {
                plan_outcome(plan, OUTCOME_HELD,
                             "marked as automatic, and perhaps a person's: %s was asked back already",
                             step->key);
                return;
        }
        plan_record(plan, RECORD_ASKED, step->key, NULL);
        if (is_wrong_channel(plan, step))
                plan_ask(plan, step, plan_generation(plan), NULL);
        else
                plan_mail(plan, "question_back", task->person, step->role, step->key, "answer",
                          plan_generation(plan),
                          json_pack("{s:b, s:s}", "is_automatic", true, "held_by",
                                    plan->event->address != NULL ? plan->event->address : ""));
        plan_outcome(plan, OUTCOME_ASKED_BACK,
                     "marked as automatic, and perhaps a person's: the registered address is asked about %s",
                     step->key);
}

void decide_answer(Plan *plan)
{
        const Step *step = step_meant(plan);
        const Task *task = step != NULL ? case_task(plan->state, step->key) : NULL;
        if (task == NULL || step->act == ACT_ROBOT) {
                plan_outcome(plan, OUTCOME_HELD, "it is not clear which task is meant");
                return;
        }
        bool is_thanks = plan->event->asks_nothing && plan->event->answer == ANSWER_ACK;
        if (is_thanks && !(plan_is_waited_for(task) && may_act(plan, step, task)))
                plan_outcome(plan, OUTCOME_IGNORED, "thanks for a mail that asked nothing");
        else if (plan->event->is_confirmation && plan_is_waited_for(task))
                decide_confirmation(plan, step, task);
        else if (!is_answerable(step, task) ||
                 (task->state == TASK_REFUSED && is_same_answer(plan, step, task)))
                answer_closed(plan, step, task);
        else if (!may_act(plan, step, task))
                answer_of_another(plan, step, task);
        else
                answer_open(plan, step, task);
}
