/* procedure/plan_time.c: when things are: moments that follow from the dates of a case. */
#include "procedure/plan.h"

#include <stdlib.h>
#include <string.h>

enum { SEARCH_DAYS = 3660, WEEK = 7, MIDNIGHT = 0 };

bool plan_steps_done(const Case *state, char *const *steps)
{
        for (; *steps != NULL; steps++) {
                const Task *task = case_task(state, *steps);
                if (task == NULL || task->state != TASK_DONE)
                        return false;
        }
        return true;
}

/* Values are canonical: 2027-03-01. */
static Day iso_day(const char *text)
{
        char *rest;
        long year = text != NULL && g_ascii_isdigit(text[0]) ? strtol(text, &rest, 10) : 0;
        if (year == 0 || *rest != '-')
                return DAY_NONE;
        long month = strtol(rest + 1, &rest, 10);
        long day = *rest == '-' ? strtol(rest + 1, &rest, 10) : 0;
        return day_of_ymd((int)year, (int)month, (int)day);
}

static Day value_day(const Case *state, const char *key)
{
        return iso_day(case_value(state, key));
}

/* "2027-04-01/2027-04-15;…": is the day inside one of them? An open end lasts. */
bool plan_is_interrupted_on(const char *spans, Day day)
{
        while (spans != NULL && *spans != '\0') {
                Day from = iso_day(spans);
                const char *slash = strchr(spans, '/'), *next = strchr(spans, ';');
                Day until = slash != NULL && (next == NULL || slash < next) ? iso_day(slash + 1) : from;
                if (from != DAY_NONE && day >= from && (until == DAY_NONE || day <= until))
                        return true;
                spans = next != NULL ? next + 1 : NULL;
        }
        return false;
}

/* Half of the days that count, from the first. */
static Day halfway(const Procedure *procedure, const Case *state, Day from, Day until)
{
        const char *key = procedure_interruptions(procedure), *spans = case_value(state, key);
        if (from == DAY_NONE || until == DAY_NONE || until < from)
                return DAY_NONE;
        if (spans == NULL || spans[0] == '\0')
                return from + (until - from) / 2;
        int counted = 0;
        for (Day day = from; day < until && day - from < SEARCH_DAYS; day++)
                counted += !plan_is_interrupted_on(spans, day);
        int left = counted / 2;
        for (Day day = from; day < until && day - from < SEARCH_DAYS; day++)
                if (!plan_is_interrupted_on(spans, day) && left-- == 0)
                        return day;
        return until;
}

static Day moment_day(const Procedure *procedure, const Case *state, const Moment *moment, int64_t opened_at,
                      GTimeZone *zone)
{
        Day day = DAY_NONE;
        switch (moment->kind) {
        case MOMENT_NONE: return DAY_NONE;
        case MOMENT_OPENING: day = opened_at != 0 ? day_at(opened_at, zone) : DAY_NONE; break;
        case MOMENT_FIELD: day = value_day(state, moment->field); break;
        case MOMENT_HALFWAY:
                day = halfway(procedure, state, value_day(state, moment->field),
                              value_day(state, moment->until));
                break;
        }
        return day == DAY_NONE ? DAY_NONE
                               : procedure_add_working_days(procedure, state->country, day + moment->days,
                                                            moment->working_days);
}

int64_t plan_moment(const Procedure *procedure, const Case *state, const Moment *moment, int64_t opened_at,
                    int hour)
{
        GTimeZone *zone = zone_named(state->timezone);
        if (zone == NULL || moment->kind == MOMENT_NONE)
                return 0;
        Day day = moment_day(procedure, state, moment, opened_at, zone);
        return day == DAY_NONE ? 0 : day_instant(day, hour, 0, zone);
}

int64_t plan_working_days_after(const Procedure *procedure, const Case *state, int64_t at, int count)
{
        GTimeZone *zone = zone_named(state->timezone);
        if (zone == NULL)
                return at;
        Day day = procedure_add_working_days(procedure, state->country, day_at(at, zone), count);
        return day_instant(day, REMINDER_HOUR, 0, zone);
}

/* The last working day of the week that holds the day, in the country of who writes. */
static Day week_end(const Procedure *procedure, const char *country, Day day)
{
        Day end = day + (procedure_week_end(procedure, country) - day_weekday(day) + WEEK) % WEEK;
        while (end > day && !procedure_is_working_day(procedure, country, end))
                end--;
        return end;
}

/* The day after the week that holds the day; its last working day may have come earlier. */
static Day next_week(const Procedure *procedure, const char *country, Day day)
{
        return day + (procedure_week_end(procedure, country) - day_weekday(day) + WEEK) % WEEK + 1;
}

static const char *actor_country(const Case *state, const Step *step)
{
        const Person *person = case_person(state, case_holder(state, step->role, INT64_MAX - 1));
        return person != NULL && person->country != NULL ? person->country : state->country;
}

int64_t plan_next_week(const Procedure *procedure, const Case *state, const Step *step)
{
        GTimeZone *zone = zone_named(state->timezone);
        const Task *task = case_task(state, step->key);
        if (zone == NULL)
                return 0;
        Day day = moment_day(procedure, state, &step->opens, 0, zone),
            last = moment_day(procedure, state, &step->until, 0, zone);
        if (day == DAY_NONE || last == DAY_NONE)
                return 0;
        const char *country = actor_country(state, step);
        if (task != NULL && task->opened_at != 0)
                day = MAX(day, next_week(procedure, country, day_at(task->opened_at, zone)));
        Day end = week_end(procedure, country, day);
        const char *spans = case_value(state, procedure_interruptions(procedure));
        while (end <= last && plan_is_interrupted_on(spans, end)) { /* nobody worked, nobody has to write */
                day = next_week(procedure, country, day);
                end = week_end(procedure, country, day);
        }
        return end <= last ? day_instant(end, REMINDER_HOUR, 0, zone) : 0;
}

/* A party whom nobody plays is not asked until somebody does. */
static bool is_held(const Case *state, const char *role)
{
        for (guint i = 0; i < state->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(state->holders, i);
                if (strcmp(holder->role, role) == 0 && holder->until == 0)
                        return true;
        }
        return false;
}

/* Nobody is asked on a weekend or a holiday: the first working day from then on. */
static int64_t opening(const Procedure *procedure, const Case *state, const Step *step)
{
        GTimeZone *zone = zone_named(state->timezone);
        Day day = zone != NULL ? moment_day(procedure, state, &step->opens, 0, zone) : DAY_NONE;
        if (day == DAY_NONE)
                return 0;
        return day_instant(procedure_add_working_days(procedure, state->country, day - 1, 1), REMINDER_HOUR,
                           0, zone);
}

int64_t plan_opens_at(const Procedure *procedure, const Case *state, const Step *step)
{
        if (step->is_on_request || !plan_steps_done(state, step->after))
                return 0;
        if (step->group != NULL && !is_held(state, step->role))
                return 0;
        if (step->is_weekly)
                return plan_next_week(procedure, state, step);
        if (step->opens.kind == MOMENT_NONE)
                return 1;
        return opening(procedure, state, step);
}

/* The needs of steps go round in no circle: procedure_check.c. */
int64_t plan_expected_at(const Procedure *procedure, const Case *state, const Step *step)
{
        int64_t latest = 0;
        if (step->is_on_request)
                return 0;
        if (step->is_weekly || plan_steps_done(state, step->after))
                return plan_opens_at(procedure, state, step);
        for (char **name = step->after; *name != NULL; name++) {
                const Step *before = procedure_step(procedure, *name);
                const Task *task = case_task(state, *name);
                bool is_open = task != NULL && task->state != TASK_WAITING && task->state != TASK_DONE;
                if (task != NULL && task->state == TASK_DONE)
                        continue;
                int64_t at = is_open ? task->due_at : plan_expected_at(procedure, state, before);
                if (at <= 1)
                        return 0;
                latest = MAX(latest, at);
        }
        if (step->opens.kind == MOMENT_NONE)
                return latest;
        int64_t own = opening(procedure, state, step);
        return own != 0 ? MAX(own, latest) : 0;
}

int64_t plan_told_at(const Procedure *procedure, const Case *state, const Task *task, const MailRule *rule)
{
        int64_t at = 0;
        if (rule->on == MAIL_ON_TIME)
                at = plan_moment(procedure, state, &rule->at, 0, REMINDER_HOUR);
        else if (rule->on == MAIL_ON_IDLE && task->saved_at != 0) {
                GTimeZone *zone = zone_named(state->timezone);
                at = zone != NULL
                             ? day_instant(day_at(task->saved_at, zone) + rule->days, REMINDER_HOUR, 0, zone)
                             : 0;
        }
        return at > task->opened_at && at > task->told_at ? at : 0;
}

int64_t plan_status_at(const Procedure *procedure, const Case *state, const StatusRule *rule)
{
        if (state->status >= rule->status || !plan_steps_done(state, rule->after))
                return 0;
        return rule->at.kind == MOMENT_NONE ? 1 : plan_moment(procedure, state, &rule->at, 0, MIDNIGHT);
}

int64_t plan_resumes_at(const Case *state)
{
        GTimeZone *zone = zone_named(state->timezone);
        Day day = value_day(state, "case.resumes");
        return state->status == CASE_INTERRUPTED && zone != NULL && day != DAY_NONE
                       ? day_instant(day, MIDNIGHT, 0, zone)
                       : 0;
}

bool plan_is_frozen(const Case *state)
{
        return state->status == CASE_INTERRUPTED || state->status == CASE_BROKEN_OFF ||
               state->status == CASE_CLOSED;
}
