#include "procedure/plan.h"

#include <string.h>

enum { NIGHT_BEGINS = 20, NIGHT_ENDS = 7, REMINDER_HOUR = 9, ROUNDS_MAX = 100 };

void plan_record(Plan *plan, RecordKind kind, const char *step, json_t *payload)
{
        Record *record = g_new0(Record, 1);
        record->kind = kind;
        record->step = g_strdup(step);
        record->person = plan->event->kind == EVENT_TIMER ? 0 : plan->event->person;
        record->message = plan->event->message;
        record->at = plan->now;
        record->payload = payload != NULL ? payload : json_object();
        bool fits = case_apply(plan->state, record);
        g_assert(fits); /* we decide only what the state allows */
        g_ptr_array_add(plan->decision->records, record);
}

/* Nobody is written to between 20:00 and 07:00 of their own day, unless it answers their mail. */
static int64_t next_waking_hour(const Person *person, int64_t now)
{
        GTimeZone *zone = zone_named(person->timezone);
        if (zone == NULL)
                return now;
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
        int hour = g_date_time_get_hour(local);
        if (hour >= NIGHT_ENDS && hour < NIGHT_BEGINS)
                return now;
        Day day = day_at(now, zone);
        return day_instant(hour >= NIGHT_BEGINS ? day + 1 : day, NIGHT_ENDS, 0, zone);
}

MailOrder *plan_mail(Plan *plan, const char *key, int64_t person, const char *role, const char *step,
                     const char *actions, int generation, json_t *params)
{
        const Person *reader = case_person(plan->state, person);
        if (reader == NULL || reader->is_failing) {
                json_decref(params);
                return NULL;
        }
        MailOrder *mail = g_new0(MailOrder, 1);
        mail->key = g_strdup(key);
        mail->person = person;
        mail->role = g_strdup(role);
        mail->step = g_strdup(step);
        mail->actions = g_strdup(actions);
        mail->generation = generation;
        mail->is_answer = plan->event->message != 0 && plan->event->person == person &&
                          plan->event->kind != EVENT_UNREACHABLE && plan->event->kind != EVENT_ABSENT;
        mail->not_before = mail->is_answer ? plan->now : next_waking_hour(reader, plan->now);
        mail->params = params != NULL ? params : json_object();
        g_ptr_array_add(plan->decision->mails, mail);
        return mail;
}

void plan_mail_roles(Plan *plan, const char *key, char *const *roles, const Task *task, const Step *step,
                     const char *actions, int generation, json_t *params)
{
        g_autoptr(GArray) told = g_array_new(FALSE, FALSE, sizeof(int64_t));
        for (; *roles != NULL; roles++) {
                bool is_actor = strcmp(*roles, "actor") == 0;
                int64_t person = is_actor ? (task != NULL ? task->person : 0)
                                          : case_holder(plan->state, *roles, plan->now);
                bool is_told = person == 0;
                for (guint i = 0; i < told->len; i++)
                        is_told = is_told || g_array_index(told, int64_t, i) == person;
                if (is_told)
                        continue;
                g_array_append_val(told, person);
                plan_mail(plan, key, person, is_actor ? step->role : *roles, step->key,
                          is_actor ? actions : "", generation, json_incref(params));
        }
        json_decref(params);
}

static bool mail_applies(const Plan *plan, const MailRule *rule)
{
        if (rule->if_field != NULL && g_strcmp0(case_value(plan->state, rule->if_field), rule->if_value) != 0)
                return false;
        return plan_steps_done(plan->state, rule->after_too);
}

void plan_step_mails(Plan *plan, const Step *step, MailOn on, int generation, json_t *params)
{
        const Task *task = case_task(plan->state, step->key);
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                if (rule->on == on && mail_applies(plan, rule))
                        plan_mail_roles(plan, rule->key, rule->to, task, step,
                                        on == MAIL_ON_OPENED ? "answer" : "", generation,
                                        json_incref(params));
        }
        json_decref(params);
}

void plan_outcome(Plan *plan, Outcome outcome, const char *format, ...)
{
        plan->decision->outcome = outcome;
        g_free(plan->decision->rule);
        va_list arguments;
        va_start(arguments, format);
        plan->decision->rule = g_strdup_vprintf(format, arguments);
        va_end(arguments);
}

bool plan_steps_done(const Case *state, char *const *steps)
{
        for (; *steps != NULL; steps++) {
                const Task *task = case_task(state, *steps);
                if (task == NULL || task->state != TASK_DONE)
                        return false;
        }
        return true;
}

static Day value_day(const Case *state, const char *key)
{
        const char *value = case_value(state, key);
        Day day;
        return value != NULL && day_read(value, &day) ? day : DAY_NONE;
}

int64_t plan_moment(const Procedure *procedure, const Case *state, const Moment *moment, int64_t opened_at,
                    int hour)
{
        GTimeZone *zone = zone_named(state->timezone);
        if (zone == NULL)
                return 0;
        Day day = DAY_NONE;
        switch (moment->kind) {
        case MOMENT_NONE: return 0;
        case MOMENT_OPENING: day = opened_at != 0 ? day_at(opened_at, zone) : DAY_NONE; break;
        case MOMENT_FIELD: day = value_day(state, moment->field); break;
        case MOMENT_HALFWAY: {
                Day from = value_day(state, moment->field), until = value_day(state, moment->until);
                day = from != DAY_NONE && until != DAY_NONE ? from + (until - from) / 2 : DAY_NONE;
                break;
        }
        }
        if (day == DAY_NONE)
                return 0;
        day = procedure_add_working_days(procedure, state->country, day + moment->days, moment->working_days);
        return day_instant(day, hour, 0, zone);
}

int64_t plan_working_days_after(const Procedure *procedure, const Case *state, int64_t at, int count)
{
        GTimeZone *zone = zone_named(state->timezone);
        if (zone == NULL)
                return at;
        Day day = procedure_add_working_days(procedure, state->country, day_at(at, zone), count);
        return day_instant(day, REMINDER_HOUR, 0, zone);
}

int64_t plan_opens_at(const Procedure *procedure, const Case *state, const Step *step)
{
        if (!plan_steps_done(state, step->after))
                return 0;
        if (step->opens.kind == MOMENT_NONE)
                return 1;
        return plan_moment(procedure, state, &step->opens, 0, REMINDER_HOUR);
}

int64_t plan_status_at(const Procedure *procedure, const Case *state, const StatusRule *rule)
{
        if (state->status >= rule->status || !plan_steps_done(state, rule->after))
                return 0;
        return rule->at.kind == MOMENT_NONE ? 1 : plan_moment(procedure, state, &rule->at, 0, 0);
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

static void open_step(Plan *plan, const Step *step)
{
        int64_t person = case_holder(plan->state, step->role, plan->now);
        int64_t due_at = plan_moment(plan->procedure, plan->state, &step->due, plan->now, 18);
        int64_t at_least = plan_working_days_after(plan->procedure, plan->state, plan->now, 1);
        if (due_at != 0 && due_at < at_least) /* opened late: nobody starts overdue */
                due_at = at_least;
        json_t *payload = json_pack("{s:I, s:I}", "person", (json_int_t)person, "due_at", (json_int_t)due_at);
        const Task *task = case_task(plan->state, step->key);
        if (step->act == ACT_FORM && task != NULL)
                json_object_set_new(payload, "keep", json_string(step->form));
        plan_record(plan, RECORD_OPENED, step->key, payload);
        plan_step_mails(plan, step, MAIL_ON_OPENED, 10 * case_task(plan->state, step->key)->cycle, NULL);
}

static bool settle_steps(Plan *plan)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(plan->state, step->key);
                if (task != NULL && task->state != TASK_WAITING)
                        continue;
                int64_t at = plan_opens_at(plan->procedure, plan->state, step);
                if (at == 0 || at > plan->now || (step->after[0] == NULL && task == NULL))
                        continue; /* a first step opens only where the case begins */
                open_step(plan, step);
                return true;
        }
        return false;
}

void plan_settle(Plan *plan)
{
        for (int round = 0; round < ROUNDS_MAX; round++)
                if (!settle_statuses(plan) && !settle_steps(plan))
                        return;
}
