/* procedure/plan_settle.c: what follows from a state by itself: statuses, openings, what the robot closes,
 * tasks that pass to whoever holds the role now. One change at a time, until nothing changes any more. */
#include "procedure/plan.h"

#include <string.h>

enum { ROUNDS_MAX = 400, DAY_S = 86400 };

static bool settle_resume(Plan *plan)
{
        int64_t at = plan_resumes_at(plan->state);
        if (at == 0 || at > plan->now)
                return false;
        /* From the beginning: the statuses that the dates allow follow. */
        plan_record(plan, RECORD_STATUS, NULL, json_pack("{s:s}", "status", case_status_word(CASE_PLANNED)));
        return true;
}

static bool settle_statuses(Plan *plan)
{
        const GPtrArray *rules = procedure_statuses(plan->procedure);
        for (guint i = 0; i < rules->len; i++) {
                const StatusRule *rule = g_ptr_array_index(rules, i);
                int64_t at = plan_status_at(plan->procedure, plan->state, rule);
                if (at == 0 || at > plan->now)
                        continue;
                plan_record(plan, RECORD_STATUS, NULL,
                            json_pack("{s:s}", "status", case_status_word(rule->status)));
                return true;
        }
        return false;
}

/* The deadline of a task that opens now; nobody starts overdue. */
static int64_t due_from_now(const Plan *plan, const Step *step)
{
        int64_t due_at = plan_moment(plan->procedure, plan->state, &step->due, plan->now, DUE_HOUR);
        int64_t at_least = plan_working_days_after(plan->procedure, plan->state, plan->now, 1);
        return due_at != 0 && due_at < at_least ? at_least : due_at;
}

void plan_open(Plan *plan, const Step *step)
{
        const Task *task = case_task(plan->state, step->key);
        if (task != NULL && plan_is_waited_for(task)) /* a week that nobody wrote about */
                plan_record(plan, RECORD_CANCELLED, step->key, NULL);
        int64_t person = case_holder(plan->state, step->role, plan->now);
        json_t *payload = json_pack("{s:I, s:I}", "person", (json_int_t)person, "due_at",
                                    (json_int_t)due_from_now(plan, step));
        bool is_fresh = step->is_weekly || step->is_on_request;
        if (step_is_form(step) && task != NULL)
                json_object_set_new(payload, is_fresh ? "clear" : "keep", json_string(step->form));
        plan_record(plan, RECORD_OPENED, step->key, payload);
}

void plan_reopen(Plan *plan, const Step *step, json_t *params)
{
        plan_open(plan, step);
        plan_ask(plan, step, 10 * case_task(plan->state, step->key)->cycle, params);
}

static bool may_open(const Plan *plan, const Step *step, const Task *task)
{
        if (step->is_weekly)
                return task == NULL || task->state != TASK_WAITING ||
                       plan_steps_done(plan->state, step->after);
        if (task == NULL) /* a first step opens only where the case begins */
                return step->after[0] != NULL;
        return task->state == TASK_WAITING;
}

static bool settle_steps(Plan *plan)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (!may_open(plan, step, case_task(plan->state, step->key)))
                        continue;
                int64_t at = plan_opens_at(plan->procedure, plan->state, step);
                if (at == 0 || at > plan->now)
                        continue;
                plan_reopen(plan, step, NULL);
                return true;
        }
        return false;
}

/* Whoever holds the role now must act; whoever acted before them stays where they acted. */
static bool settle_persons(Plan *plan)
{
        for (guint i = 0; i < plan->state->tasks->len; i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                const Step *step = procedure_step(plan->procedure, task->step);
                if (step == NULL || !plan_is_waited_for(task) || step->role == NULL)
                        continue;
                int64_t person = case_holder(plan->state, step->role, plan->now);
                if (person == 0 || person == task->person)
                        continue;
                plan_record(plan, RECORD_ASSIGNED, step->key,
                            json_pack("{s:I}", "person", (json_int_t)person));
                plan_ask(plan, step, ASSIGNED_GENERATION + (int)(plan->now / DAY_S), NULL);
                return true;
        }
        return false;
}

/* The robot's own steps. */

static bool is_eligible(const Plan *plan, const AwardRule *award)
{
        if (award->field == NULL)
                return true;
        const char *value = case_value(plan->state, award->field);
        bool is_named = value != NULL && g_strv_contains((const char *const *)award->values, value);
        return is_named != award->is_denied_by;
}

void plan_deny_award(Plan *plan, const Step *award, const char *why)
{
        plan->is_robot = true;
        plan_record(plan, RECORD_REFUSED, award->key,
                    json_pack("{s:s, s:i, s:s}", "answer", why, "level", LEVEL_A0, "how", "rule"));
        plan->is_robot = false;
        json_t *params = json_pack("{s:b}", "host_not_eligible", strcmp(why, "not_eligible") == 0);
        plan_step_mails(plan, award, MAIL_ON_REFUSED, 10 * case_task(plan->state, award->key)->cycle, params);
}

void plan_close_by_robot(Plan *plan, const Step *step)
{
        json_t *params = json_object();
        plan->is_robot = true;
        if (step->award != NULL) {
                g_autofree char *number = g_strdup_printf("%s-%s", procedure_prefix(plan->procedure),
                                                          plan->state->reference),
                                *number_key = g_strconcat(step->key, ".number", NULL),
                                *day_key = g_strconcat(step->key, ".day", NULL),
                                *day = day_iso(day_at(plan->now, plan->zone));
                plan_record(plan, RECORD_SAVED, step->key,
                            json_pack("{s:{s:s, s:s}}", "data", number_key, number, day_key, day));
                json_object_set_new(params, "label_number", json_string(number));
        }
        plan_record(plan, RECORD_DONE, step->key,
                    json_pack("{s:s, s:i, s:s}", "answer", step->award != NULL ? "awarded" : "complete",
                              "level", LEVEL_A0, "how", "rule"));
        plan->is_robot = false;
        plan_step_mails(plan, step, MAIL_ON_DONE, 10 * case_task(plan->state, step->key)->cycle, params);
}

static bool settle_robot_step(Plan *plan, const Step *step, const Task *task)
{
        bool is_complete = plan_steps_done(plan->state, step->needs);
        if (task->state == TASK_REFUSED) { /* what was missing came after all */
                if (step->award == NULL || !is_complete || !is_eligible(plan, step->award))
                        return false;
                plan_record(plan, RECORD_OPENED, step->key,
                            json_pack("{s:i, s:i}", "person", 0, "due_at", 0));
                plan_close_by_robot(plan, step);
                return true;
        }
        if (!plan_is_waited_for(task))
                return false;
        if (is_complete && (step->award == NULL || is_eligible(plan, step->award))) {
                plan_close_by_robot(plan, step);
                return true;
        }
        if (step->award == NULL)
                return false;
        int64_t end = plan_moment(plan->procedure, plan->state, &step->award->gives_up, 0, REMINDER_HOUR);
        if (!is_complete && (end == 0 || end > plan->now))
                return false;
        plan_deny_award(plan, step, is_complete ? "not_eligible" : "incomplete");
        return true;
}

static bool settle_robot(Plan *plan)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = step->act == ACT_ROBOT ? case_task(plan->state, step->key) : NULL;
                if (task != NULL && settle_robot_step(plan, step, task))
                        return true;
        }
        return false;
}

void plan_move_dates(Plan *plan)
{
        for (guint i = 0; i < plan->state->tasks->len; i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                const Step *step = procedure_step(plan->procedure, task->step);
                if (step == NULL || !plan_is_waited_for(task) || step->is_weekly)
                        continue;
                int64_t opens_at = step->opens.kind != MOMENT_NONE
                                           ? plan_opens_at(plan->procedure, plan->state, step)
                                           : 0;
                if (opens_at > plan->now) {
                        plan_record(plan, RECORD_WAITING, step->key, NULL);
                        continue;
                }
                bool follows_dates = step->due.kind == MOMENT_FIELD || step->due.kind == MOMENT_HALFWAY;
                int64_t due_at = follows_dates ? due_from_now(plan, step) : 0;
                if (due_at != 0 && due_at != task->due_at)
                        plan_record(plan, RECORD_DUE, step->key,
                                    json_pack("{s:I}", "due_at", (json_int_t)due_at));
        }
}

void plan_settle(Plan *plan)
{
        settle_resume(plan);
        for (int round = 0; round < ROUNDS_MAX && !plan_is_frozen(plan->state); round++)
                if (!settle_statuses(plan) && !settle_persons(plan) && !settle_robot(plan) &&
                    !settle_steps(plan))
                        return;
}
