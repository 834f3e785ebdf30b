/* procedure/decide_migrate.c: a case goes on by another version: tasks of steps that are gone end, deadlines
 * follow their new rules, what is not ready by them waits; what follows from that comes by plan_settle().
 * What was done stays done. */
#include "procedure/plan.h"

#include <string.h>

/* A deadline whose rule is another: counted anew from the opening. Nobody is late at once; who is late
 * already gets no fresh deadline from a shorter one. */
static void move_deadline(Plan *plan, const Step *before, const Step *step, const Task *task)
{
        const int64_t old = plan_moment(plan->event->from, plan->state, &before->due, task->opened_at,
                                        DUE_HOUR),
                      fresh = plan_moment(plan->procedure, plan->state, &step->due, task->opened_at,
                                          DUE_HOUR),
                      soonest = plan_working_days_after(plan->procedure, plan->state, plan->now, 1);
        const bool is_soon = task->due_at != 0 && task->due_at < soonest;
        const int64_t due_at = fresh == 0 || fresh >= soonest ? fresh : is_soon ? task->due_at : soonest;
        if (old != fresh && due_at != task->due_at)
                plan_record(plan, RECORD_DUE, step->key, json_pack("{s:I}", "due_at", (json_int_t)due_at));
}

static bool is_ready(const Plan *plan, const Step *step)
{
        if (!plan_steps_done(plan->state, step->after))
                return false;
        if (step->opens.kind == MOMENT_NONE || step->is_weekly || step->is_on_request)
                return true;
        const int64_t opens_at = plan_opens_at(plan->procedure, plan->state, step);
        return opens_at != 0 && opens_at <= plan->now;
}

static void move_task(Plan *plan, const Task *task)
{
        const Procedure *from = plan->event->from != NULL ? plan->event->from : plan->procedure;
        const Step *before = procedure_step(from, task->step),
                   *step = procedure_step(plan->procedure, task->step);
        if (step == NULL && (plan_is_waited_for(task) || task->state == TASK_WAITING))
                plan_record(plan, RECORD_CANCELLED, task->step, NULL);
        if (step != NULL && before == NULL && task->state == TASK_CANCELLED) /* a step that is back */
                plan_record(plan, RECORD_WAITING, step->key, NULL);
        if (step == NULL || before == NULL)
                return;
        const bool is_group = step->act == ACT_ROBOT && step->award == NULL;
        if (plan_is_waited_for(task)
                    ? !is_ready(plan, step)
                    : is_group && task->state == TASK_DONE && !plan_steps_done(plan->state, step->needs))
                plan_record(plan, RECORD_WAITING, step->key, NULL);
        else if (plan_is_waited_for(task) && !step->is_weekly && plan->event->from != NULL)
                move_deadline(plan, before, step, task);
}

void decide_migrate(Plan *plan)
{
        plan_record(plan, RECORD_MIGRATED, NULL,
                    json_pack("{s:s, s:s}", "from", plan->state->procedure, "procedure",
                              procedure_hash(plan->procedure)));
        for (guint i = 0; i < plan->state->tasks->len; i++)
                move_task(plan, g_ptr_array_index(plan->state->tasks, i));
        plan_outcome(plan, OUTCOME_APPLIED, "the case goes on by version %.12s",
                     procedure_hash(plan->procedure));
}
