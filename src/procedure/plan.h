/* procedure/plan.h: a decision in the making: the state as it becomes while records are added. For this room
 * alone.
 *
 * Each record is folded into `state` at once, so that what is decided next sees what was decided before.
 */
#pragma once

#include "procedure/decide.h"

typedef struct {
        const Procedure *procedure;
        const Event *event;
        Case *state;     /* owned working copy */
        GTimeZone *zone; /* borrowed; of the case */
        int64_t now;
        Decision *decision;
} Plan;

/* payload is taken over; step NULL: about the case. */
void plan_record(Plan *plan, RecordKind kind, const char *step, json_t *payload);
/* Orders a mail to a person (0: nothing is ordered). params is taken over and may be NULL. */
MailOrder *plan_mail(Plan *plan, const char *key, int64_t person, const char *role, const char *step,
                     const char *actions, int generation, json_t *params);
/* The same to whoever holds each role of a list; "actor" is the task's person. Nobody twice. */
void plan_mail_roles(Plan *plan, const char *key, char *const *roles, const Task *task, const Step *step,
                     const char *actions, int generation, json_t *params);
/* The mails that a step's rules hang on what happened to it. */
void plan_step_mails(Plan *plan, const Step *step, MailOn on, int generation, json_t *params);
void plan_outcome(Plan *plan, Outcome outcome, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Opens what can be opened, moves the case's status: until nothing changes any more. */
void plan_settle(Plan *plan);
/* When a moment is, in a case; 0: not known yet. opened_at serves MOMENT_OPENING; hour: of the local day. */
int64_t plan_moment(const Procedure *procedure, const Case *state, const Moment *moment, int64_t opened_at,
                    int hour);
/* The instant so many working days after the day of `at`, at 09:00 local. */
int64_t plan_working_days_after(const Procedure *procedure, const Case *state, int64_t at, int count);
/* Are all these steps done? */
bool plan_steps_done(const Case *state, char *const *steps);
/* When a waiting step may open; 0: not known, or its needs are not met; opens at once when in the past. */
int64_t plan_opens_at(const Procedure *procedure, const Case *state, const Step *step);
int64_t plan_status_at(const Procedure *procedure, const Case *state, const StatusRule *rule);

/* The two largest parts of decide(), each in its file. */
void decide_answer(Plan *plan);
void decide_command(Plan *plan);
void decide_timer(Plan *plan);
