#include "procedure/plan.h"

#include <string.h>

enum { NIGHT_BEGINS = 20, NIGHT_ENDS = 7 };

void plan_record(Plan *plan, RecordKind kind, const char *step, json_t *payload)
{
        Record *record = g_new0(Record, 1);
        record->kind = kind;
        record->step = g_strdup(step);
        record->person = plan->event->kind == EVENT_TIMER || plan->is_robot ? 0 : plan->event->person;
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
        mail->is_answer =
                plan->event->message != 0 && plan->event->person == person && plan->event->kind < EVENT_TIMER;
        mail->not_before = mail->is_answer ? plan->now : next_waking_hour(reader, plan->now);
        mail->params = params != NULL ? params : json_object();
        g_ptr_array_add(plan->decision->mails, mail);
        return mail;
}

MailOrder *plan_answer(Plan *plan, const char *key, const char *step, const char *actions, json_t *params)
{
        int64_t person = plan->event->person;
        return plan_mail(plan, key, person, plan_role_of(plan, person, procedure_step(plan->procedure, step)),
                         step, actions, plan_generation(plan), params);
}

static bool rule_applies(const Plan *plan, const MailRule *rule)
{
        if (rule->if_field != NULL && g_strcmp0(case_value(plan->state, rule->if_field), rule->if_value) != 0)
                return false;
        if (rule->unless[0] != NULL && plan_steps_done(plan->state, rule->unless))
                return false;
        return plan_steps_done(plan->state, rule->after_too);
}

static bool is_asking(MailOn on)
{
        return on == MAIL_ON_OPENED || on == MAIL_ON_AGAIN || on == MAIL_ON_IDLE;
}

/* The part of a step of several parties that the role still owes; NULL: none. */
static const Step *owed_part(const Plan *plan, const Step *step, const char *role)
{
        for (char **name = step->needs; *name != NULL; name++) {
                const Step *part = procedure_step(plan->procedure, *name);
                const Task *task = case_task(plan->state, *name);
                if (g_strcmp0(part->group, step->key) == 0 && g_strcmp0(part->role, role) == 0)
                        return task != NULL && plan_is_waited_for(task) ? part : NULL;
        }
        return NULL;
}

/* To whoever holds each role; "actor" is the task's person. Nobody twice. What a party is told in time holds
 * the act that it still owes. */
void plan_rule_mail(Plan *plan, const Step *step, const MailRule *rule, int generation, json_t *params)
{
        const Task *task = case_task(plan->state, step->key);
        g_autoptr(GArray) told = g_array_new(FALSE, FALSE, sizeof(int64_t));
        for (char **role = rule->to; *role != NULL; role++) {
                bool is_actor = strcmp(*role, "actor") == 0;
                int64_t person = is_actor ? (task != NULL ? task->person : 0)
                                          : case_holder(plan->state, *role, plan->now);
                bool is_told = person == 0;
                for (guint i = 0; i < told->len; i++)
                        is_told = is_told || g_array_index(told, int64_t, i) == person;
                if (is_told)
                        continue;
                g_array_append_val(told, person);
                const Step *owed = rule->on == MAIL_ON_TIME ? owed_part(plan, step, *role) : NULL;
                bool is_asked = owed != NULL || (is_actor && is_asking(rule->on));
                MailOrder *mail = plan_mail(plan, rule->key, person, is_actor ? step->role : *role,
                                            owed != NULL ? owed->key : step->key, is_asked ? "answer" : "",
                                            generation, json_deep_copy(params));
                if (mail != NULL)
                        mail->attach = g_strdup(rule->attach);
        }
        json_decref(params);
}

void plan_step_mails(Plan *plan, const Step *step, MailOn on, int generation, json_t *params)
{
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                if (rule->on == on && rule_applies(plan, rule))
                        plan_rule_mail(plan, step, rule, generation, json_incref(params));
        }
        json_decref(params);
}

static bool has_mail_on(const Step *step, MailOn on)
{
        for (guint i = 0; i < step->mails->len; i++)
                if (((const MailRule *)g_ptr_array_index(step->mails, i))->on == on)
                        return true;
        return false;
}

/* Is something of what the step rests on another than before? */
static bool has_changed(const Case *state, const Step *step)
{
        for (char **name = step->again; *name != NULL; name++) {
                g_autofree char *key = g_strconcat("was.", *name, NULL);
                const char *before = case_value(state, key);
                if (before != NULL && g_strcmp0(before, case_value(state, *name)) != 0)
                        return true;
        }
        return step->again[0] == NULL;
}

void plan_ask(Plan *plan, const Step *step, int generation, json_t *params)
{
        const Task *task = case_task(plan->state, step->key);
        bool is_again = task != NULL && task->cycle > 1 && has_mail_on(step, MAIL_ON_AGAIN) &&
                        has_changed(plan->state, step);
        plan_step_mails(plan, step, is_again ? MAIL_ON_AGAIN : MAIL_ON_OPENED, generation, params);
}

void plan_ask_again(Plan *plan, int64_t person)
{
        for (guint i = 0; i < plan->state->tasks->len; i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                const Step *step = procedure_step(plan->procedure, task->step);
                if (step != NULL && task->person == person && plan_is_waited_for(task))
                        plan_ask(plan, step, plan_generation(plan), NULL);
        }
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

int plan_generation(const Plan *plan)
{
        return EVENT_GENERATION + (int)plan->event->message;
}

const char *plan_language(const Plan *plan, int64_t person)
{
        const Person *reader = case_person(plan->state, person);
        return reader != NULL ? reader->language : procedure_languages(plan->procedure)[0];
}

const char *plan_role_of(const Plan *plan, int64_t person, const Step *step)
{
        if (step != NULL && case_may_act(plan->state, step->role, person, plan->now))
                return step->role;
        for (guint i = 0; i < plan->state->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(plan->state->holders, i);
                if (holder->person == person)
                        return holder->role;
        }
        return NULL;
}

bool plan_may_act(const Plan *plan, const Step *step)
{
        if (case_may_act(plan->state, step->role, plan->event->person, plan->now))
                return true;
        for (char **role = step->also; *role != NULL; role++)
                if (case_may_act(plan->state, *role, plan->event->person, plan->now))
                        return true;
        return false;
}

bool plan_is_waited_for(const Task *task)
{
        return task->state == TASK_OPEN || task->state == TASK_OVERDUE;
}

const ActionRule *plan_action(const Plan *plan, const Step *step, const char *heard)
{
        const GPtrArray *actions = procedure_step_actions(plan->procedure, step);
        for (guint i = 0; heard != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                if (strcmp(action->answer, heard) == 0)
                        return action;
        }
        return NULL;
}

static bool is_stranger_already(const Plan *plan, const char *address)
{
        for (guint i = 0; i < plan->decision->strangers->len; i++)
                if (strcmp(((Person *)g_ptr_array_index(plan->decision->strangers, i))->address, address) ==
                    0)
                        return true;
        return false;
}

int64_t plan_person(Plan *plan, const char *address, const char *name, const char *language)
{
        const Person *known = case_person_at(plan->state, address);
        if (known != NULL)
                return known->id;
        if (is_stranger_already(plan, address))
                return 0;
        const char *const *languages = procedure_languages(plan->procedure);
        bool is_spoken = language != NULL && g_strv_contains(languages, language);
        Person *person = g_new0(Person, 1);
        person->address = g_strdup(address);
        person->name =
                name != NULL && name[0] != '\0' ? g_strdup(name) : g_strndup(address, strcspn(address, "@"));
        person->language = g_strdup(is_spoken ? language : languages[0]);
        person->timezone = g_strdup(plan->state->timezone);
        person->country = g_strdup(plan->state->country);
        g_ptr_array_add(plan->decision->strangers, person);
        return 0;
}

bool plan_read_day(const Plan *plan, const char *text, Day *day_out)
{
        if (day_read(text, day_out))
                return true;
        int year, month, day;
        Day today = day_at(plan->now, plan->zone);
        day_to_ymd(today, &year, &month, &day);
        for (int i = 0; i < 2; i++) {
                g_autofree char *with_year = g_strdup_printf("%s %d", text, year + i);
                if (day_read(with_year, day_out) && *day_out >= today)
                        return true;
        }
        return false;
}

/* A role passes from one to another; until != 0: for a while. */
typedef struct {
        const char *role;
        int64_t from, to, until;
} Change;

static void tell_change(Plan *plan, const char *key, int64_t reader, const char *reader_role,
                        const Change *change)
{
        const Person *before = case_person(plan->state, change->from),
                     *after = case_person(plan->state, change->to);
        const char *language = plan_language(plan, reader), *old_name = before != NULL ? before->name : "",
                   *new_name = after != NULL ? after->name : "";
        g_autofree char *last =
                change->until != 0 ? day_long(day_at(change->until - 1, plan->zone), language) : g_strdup("");
        const char *label = texts_get(procedure_role_label(plan->procedure, change->role), language);
        json_t *params = change->until != 0 ? json_pack("{s:b, s:s, s:s, s:s}", "is_delegate",
                                                        reader == change->to, "delegator", old_name,
                                                        "delegate", new_name, "delegated_until", last)
                                            : json_pack("{s:s, s:s, s:s}", "old_name", old_name, "new_name",
                                                        new_name, "changed_role", label);
        MailOrder *mail = plan_mail(plan, key, reader, reader_role, NULL, "", plan_generation(plan), params);
        if (mail != NULL)
                mail->about = g_strdup(change->role);
}

void plan_holder(Plan *plan, const char *role, int64_t person, int64_t until, int64_t acts_for)
{
        int64_t before = acts_for != 0 ? acts_for : case_holder(plan->state, role, plan->now);
        if (before == person)
                return;
        json_t *payload = json_pack("{s:s, s:I}", "role", role, "person", (json_int_t)person);
        if (until != 0)
                json_object_set_new(payload, "until", json_integer(until));
        if (acts_for != 0)
                json_object_set_new(payload, "for", json_integer(acts_for));
        plan_record(plan, RECORD_HOLDER, NULL, payload);
        if (before == 0)
                return;
        const char *key = acts_for != 0 ? "delegated" : "replaced";
        const Change change = { role, before, person, until };
        tell_change(plan, key, person, role, &change);
        tell_change(plan, key, before, role, &change);
        const char *const *helper = procedure_helpers(plan->procedure);
        int64_t told = helper[0] != NULL ? case_holder(plan->state, helper[0], plan->now) : 0;
        if (told != person && told != before)
                tell_change(plan, key, told, helper[0], &change);
}
