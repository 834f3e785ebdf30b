/* procedure/decide_timer.c: what time brings: reminders, overdue, escalation; openings and statuses come by
 * plan_settle(). */
#include "procedure/plan.h"

#include <string.h>

/* The highest reminder whose day has come; after an outage the missed ones count as one. */
static int reminders_due(const Plan *plan, const Step *step, const Task *task)
{
        int due = task->reminders;
        for (guint i = (guint)task->reminders; i < step->remind->len; i++) {
                int64_t at = plan_working_days_after(plan->procedure, plan->state, task->due_at,
                                                     g_array_index(step->remind, int, i));
                if (at > task->opened_at && at <= plan->now)
                        due = (int)i + 1;
        }
        return due;
}

static void remind(Plan *plan, const Step *step, const Task *task)
{
        int due = reminders_due(plan, step, task);
        if (due == task->reminders)
                return;
        plan_record(plan, RECORD_REMINDED, step->key, json_pack("{s:i}", "n", due));
        plan_ask(plan, step, 10 * task->cycle + due,
                 json_pack("{s:{s:i, s:i}, s:b}", "reminder", "n", due, "of", (int)step->remind->len,
                           "is_last_reminder", due == (int)step->remind->len));
}

/* The next in line above those already told; the actor's own role is passed over. */
static void escalate(Plan *plan, const Step *step, const Task *task)
{
        if ((guint)task->escalations >= step->escalate->len)
                return;
        int days = g_array_index(step->escalate, int, task->escalations);
        if (plan_working_days_after(plan->procedure, plan->state, task->due_at, days) > plan->now)
                return;
        int level = 0;
        const char *const *line = procedure_escalation(plan->procedure);
        for (; *line != NULL; line++) {
                int64_t person = case_holder(plan->state, *line, plan->now);
                if (person == 0 || person == task->person || level++ < task->escalations)
                        continue;
                plan_record(plan, RECORD_ESCALATED, step->key,
                            json_pack("{s:s, s:I}", "role", *line, "to", (json_int_t)person));
                plan_mail(plan, "escalation", person, *line, step->key, "",
                          10 * task->cycle + task->escalations, NULL);
                return;
        }
}

/* Mails of the task's own clock: left alone for a week, not ready ten days before. Of several that were
 * missed, the last. */
static void tell(Plan *plan, const Step *step, const Task *task)
{
        const MailRule *last = NULL;
        int64_t last_at = 0;
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                int64_t at = plan_told_at(plan->procedure, plan->state, task, rule);
                if (at != 0 && at <= plan->now && at >= last_at) {
                        last = rule;
                        last_at = at;
                }
        }
        if (last == NULL)
                return;
        plan_record(plan, RECORD_TOLD, step->key, json_pack("{s:s}", "mail", last->key));
        Moment day = { .kind = last->at.kind, .field = last->at.field, .until = last->at.until };
        int64_t at = plan_moment(plan->procedure, plan->state, &day, 0, REMINDER_HOUR);
        const int days_left = at != 0 ? (int)(day_at(at, plan->zone) - day_at(plan->now, plan->zone)) : 0;
        json_t *params = days_left > 0 ? json_pack("{s:i}", "days_left", days_left) : NULL;
        plan_rule_mail(plan, step, last, CLOCK_GENERATION + (int)(last_at / 3600), params);
}

static bool is_reminder(const MailOrder *mail)
{
        return json_object_get(mail->params, "reminder") != NULL;
}

/* Another mail that asks the same person for the same at the same moment; -1: none. */
static int find_double(const GPtrArray *mails, const MailOrder *reminder)
{
        for (guint i = 0; i < mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(mails, i);
                if (!is_reminder(mail) && mail->person == reminder->person &&
                    strcmp(mail->actions, "answer") == 0 && g_strcmp0(mail->step, reminder->step) == 0)
                        return (int)i;
        }
        return -1;
}

/* One mail, not two: of two with the same words the one that counts reminders stays, else the one of its own
 * clock, which says more. */
static void drop_doubles(GPtrArray *mails)
{
        for (guint i = mails->len; i-- > 0;) {
                const MailOrder *mail = g_ptr_array_index(mails, i);
                const int other = is_reminder(mail) ? find_double(mails, mail) : -1;
                if (other < 0)
                        continue;
                const MailOrder *twin = g_ptr_array_index(mails, (guint)other);
                const bool has_same_words = strcmp(twin->key, mail->key) == 0;
                g_ptr_array_remove_index(mails, has_same_words ? (guint)other : i);
                i = MIN(i, mails->len);
        }
}

void decide_timer(Plan *plan)
{
        for (guint i = 0; i < plan->state->tasks->len && !plan_is_frozen(plan->state); i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                const Step *step = procedure_step(plan->procedure, task->step);
                if (step == NULL || !plan_is_waited_for(task))
                        continue;
                tell(plan, step, task);
                if (task->due_at == 0)
                        continue;
                if (task->state == TASK_OPEN && task->due_at <= plan->now)
                        plan_record(plan, RECORD_OVERDUE, step->key, NULL);
                remind(plan, step, task);
                escalate(plan, step, task);
        }
        drop_doubles(plan->decision->mails);
        plan_outcome(plan, OUTCOME_APPLIED, "time has come");
}

static void add_timer(GPtrArray *timers, const char *step, const char *kind, int64_t due_at)
{
        if (due_at == 0)
                return;
        Timer *timer = g_new0(Timer, 1);
        timer->step = g_strdup(step);
        timer->kind = g_strdup(kind);
        timer->due_at = due_at;
        g_ptr_array_add(timers, timer);
}

static void timer_free(gpointer data)
{
        Timer *timer = data;
        g_free(timer->step);
        g_free(timer->kind);
        g_free(timer);
}

static int compare_timers(gconstpointer a, gconstpointer b)
{
        const Timer *left = *(Timer *const *)a, *right = *(Timer *const *)b;
        return left->due_at < right->due_at ? -1 : left->due_at > right->due_at;
}

static bool has_next_in_line(const Procedure *procedure, const Case *the_case, const Task *task)
{
        int level = 0;
        for (const char *const *line = procedure_escalation(procedure); *line != NULL; line++) {
                int64_t person = case_holder(the_case, *line, INT64_MAX - 1);
                if (person != 0 && person != task->person && level++ >= task->escalations)
                        return true;
        }
        return false;
}

static void add_task_timers(GPtrArray *timers, const Procedure *procedure, const Case *the_case,
                            const Step *step, const Task *task)
{
        for (guint i = 0; i < step->mails->len; i++)
                add_timer(timers, step->key, "tell",
                          plan_told_at(procedure, the_case, task, g_ptr_array_index(step->mails, i)));
        if (step->award != NULL)
                add_timer(timers, step->key, "give_up",
                          plan_moment(procedure, the_case, &step->award->gives_up, 0, REMINDER_HOUR));
        if (task->due_at == 0)
                return;
        if (task->state == TASK_OPEN)
                add_timer(timers, step->key, "overdue", task->due_at);
        for (guint i = (guint)task->reminders; i < step->remind->len; i++) {
                int64_t at = plan_working_days_after(procedure, the_case, task->due_at,
                                                     g_array_index(step->remind, int, i));
                if (at > task->opened_at) { /* one that fell before the opening is passed over */
                        add_timer(timers, step->key, "remind", at);
                        break;
                }
        }
        if ((guint)task->escalations < step->escalate->len && has_next_in_line(procedure, the_case, task))
                add_timer(timers, step->key, "escalate",
                          plan_working_days_after(procedure, the_case, task->due_at,
                                                  g_array_index(step->escalate, int, task->escalations)));
}

/* A deputy's time ends while a task is still theirs. */
static void add_holder_timers(GPtrArray *timers, const Procedure *procedure, const Case *the_case)
{
        for (guint i = 0; i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (holder->acts_for == 0)
                        continue;
                for (guint j = 0; j < the_case->tasks->len; j++) {
                        const Task *task = g_ptr_array_index(the_case->tasks, j);
                        const Step *step = procedure_step(procedure, task->step);
                        if (step != NULL && plan_is_waited_for(task) && task->person == holder->person &&
                            g_strcmp0(step->role, holder->role) == 0) {
                                add_timer(timers, NULL, "holder", holder->until);
                                break;
                        }
                }
        }
}

static void add_step_timers(GPtrArray *timers, const Procedure *procedure, const Case *the_case,
                            const Step *step)
{
        const Task *task = case_task(the_case, step->key);
        if (task != NULL && plan_is_waited_for(task))
                add_task_timers(timers, procedure, the_case, step, task);
        if (step->is_weekly)
                add_timer(timers, step->key, "open", plan_opens_at(procedure, the_case, step));
        else if ((task == NULL && step->after[0] != NULL) || (task != NULL && task->state == TASK_WAITING))
                add_timer(timers, step->key, "open", plan_opens_at(procedure, the_case, step));
}

GPtrArray *case_timers(const Procedure *procedure, const Case *the_case)
{
        GPtrArray *timers = g_ptr_array_new_with_free_func(timer_free);
        if (plan_is_frozen(the_case)) {
                add_timer(timers, NULL, "resume", plan_resumes_at(the_case));
                return timers;
        }
        const GPtrArray *steps = procedure_steps(procedure), *statuses = procedure_statuses(procedure);
        for (guint i = 0; i < steps->len; i++)
                add_step_timers(timers, procedure, the_case, g_ptr_array_index(steps, i));
        add_holder_timers(timers, procedure, the_case);
        for (guint i = 0; i < statuses->len; i++)
                add_timer(timers, NULL, "status",
                          plan_status_at(procedure, the_case, g_ptr_array_index(statuses, i)));
        g_ptr_array_sort(timers, compare_timers);
        return timers;
}
