/* procedure/plan.h: a decision in the making: the state as it becomes while records are added. For this room
 * alone.
 *
 * Each record is folded into `state` at once, so that what is decided next sees what was decided before.
 */
#pragma once

#include "procedure/decide.h"

enum { UNDO_S = 48 * 3600, REMINDER_HOUR = 9, DUE_HOUR = 18 };

/* Generations of a mail (MailOrder.generation): ten a cycle for its opening and reminders; above them what
 * the clock, a change of person, and an event order, so that none is taken for another. */
enum { ASSIGNED_GENERATION = 100000, CLOCK_GENERATION = 200000, EVENT_GENERATION = 1000000 };

typedef struct {
        const Procedure *procedure;
        const Event *event;
        Case *state;     /* owned working copy */
        GTimeZone *zone; /* borrowed; of the case */
        int64_t now;
        bool is_robot; /* what is recorded now is the robot's own doing, whoever wrote */
        Decision *decision;
} Plan;

/* plan.c: records, mails, outcome. */

/* payload is taken over; step NULL: about the case. */
void plan_record(Plan *plan, RecordKind kind, const char *step, json_t *payload);
/* Orders a mail to a person (0: nothing is ordered). params is taken over and may be NULL. */
MailOrder *plan_mail(Plan *plan, const char *key, int64_t person, const char *role, const char *step,
                     const char *actions, int generation, json_t *params);
/* The same to the writer of the event, in whichever role they have. */
MailOrder *plan_answer(Plan *plan, const char *key, const char *step, const char *actions, json_t *params);
/* The mails that a step's rules hang on what happened to it. */
void plan_step_mails(Plan *plan, const Step *step, MailOn on, int generation, json_t *params);
/* Asks the actor of an open task: the mails of its opening, or of its being asked again. */
void plan_ask(Plan *plan, const Step *step, int generation, json_t *params);
/* What waits for a person is asked again: what lies in their old mailbox opens nothing more. */
void plan_ask_again(Plan *plan, int64_t person);
void plan_rule_mail(Plan *plan, const Step *step, const MailRule *rule, int generation, json_t *params);
void plan_outcome(Plan *plan, Outcome outcome, const char *format, ...) G_GNUC_PRINTF(3, 4);
int plan_generation(const Plan *plan); /* of mails that answer the event */
const char *plan_language(const Plan *plan, int64_t person);
/* The role in which a person acts on this step, else any they hold; NULL. Borrowed from the state. */
const char *plan_role_of(const Plan *plan, int64_t person, const Step *step);
/* Does the writer of the event play the step's role, or one that may act beside it? */
bool plan_may_act(const Plan *plan, const Step *step);
bool plan_is_waited_for(const Task *task); /* open or overdue */
const ActionRule *plan_action(const Plan *plan, const Step *step, const char *heard);
/* The id of who has the address; 0 when they must get one first (a stranger of the decision). */
int64_t plan_person(Plan *plan, const char *address, const char *name, const char *language);
/* A day as people write it to us; without its year, the first such day from now on. */
bool plan_read_day(const Plan *plan, const char *text, Day *day_out);
/* The role passes to a person, and the open tasks with it; both are told. until != 0: a deputy for acts_for.
 */
void plan_holder(Plan *plan, const char *role, int64_t person, int64_t until, int64_t acts_for);

/* plan_time.c: moments; functions of the state alone. */

/* When a moment is, in a case; 0: not known yet. opened_at serves MOMENT_OPENING; hour: of the local day. */
int64_t plan_moment(const Procedure *procedure, const Case *state, const Moment *moment, int64_t opened_at,
                    int hour);
/* The instant so many working days after the day of `at`, at 09:00 local. */
int64_t plan_working_days_after(const Procedure *procedure, const Case *state, int64_t at, int count);
/* Are all these steps done? */
bool plan_steps_done(const Case *state, char *const *steps);
/* When a waiting step may open; 0: not known, or its needs are not met; opens at once when in the past. */
int64_t plan_opens_at(const Procedure *procedure, const Case *state, const Step *step);
/* When a step is likely to be asked: as plan_opens_at(), and when it waits for others, when those are asked
 * or due; 0: not known yet, 1: at once. */
int64_t plan_expected_at(const Procedure *procedure, const Case *state, const Step *step);
/* A weekly step: when it opens next; 0: never again. */
int64_t plan_next_week(const Procedure *procedure, const Case *state, const Step *step);
/* When a mail of the task's clock is due; 0: never. */
int64_t plan_told_at(const Procedure *procedure, const Case *state, const Task *task, const MailRule *rule);
/* When a status rule applies; 0: not yet known. */
int64_t plan_status_at(const Procedure *procedure, const Case *state, const StatusRule *rule);
/* Is the day in one of these spans, "2027-04-01/2027-04-15;…"? NULL: there are none. */
bool plan_is_interrupted_on(const char *spans, Day day);
/* When an interruption ends by itself; 0: none, or its end is not known. */
int64_t plan_resumes_at(const Case *state);
bool plan_is_frozen(
        const Case *state); /* interrupted or over: time brings nothing but the end of the interruption */

/* plan_settle.c: what follows from the state by itself. */

/* Opens what can be opened, moves the case's status: until nothing changes any more. */
void plan_settle(Plan *plan);
void plan_open(Plan *plan, const Step *step);                   /* once more too; asks nobody */
void plan_reopen(Plan *plan, const Step *step, json_t *params); /* and asks; params for the mail */
/* Dates moved: deadlines follow, what opened too early waits again. */
void plan_move_dates(Plan *plan);
/* A step of the robot's is done: all that it waited for is there. */
void plan_close_by_robot(Plan *plan, const Step *step);
/* Refuses the award: "incomplete" or "not_eligible". */
void plan_deny_award(Plan *plan, const Step *award, const char *why);

/* decide_close.c: closing a task and what follows. */
typedef struct {
        const char *answer; /* recorded */
        const char *heard;  /* "accept", "correct", "refuse" */
        bool is_good;
        const char *reason; /* NULL */
        Level level;
        int64_t message;    /* row of the act */
        json_t *understood; /* for the receipt of a form; taken over; NULL */
} Closing;
void plan_close(Plan *plan, const Step *step, const Closing *closing);
json_t *plan_undo_params(Plan *plan, const Step *step, const char *heard, const char *reason);
/* The people whom a form names take their roles. */
void plan_people_of_form(Plan *plan, const char *form);
/* Something was written by mail about a confidential form: by its page alone. */
void plan_wrong_channel(Plan *plan, const Step *step);
void plan_hold(Plan *plan, const Step *step, const Task *task, const char *heard);

/* decide_form.c */
void plan_take_form(Plan *plan, const Step *step, const Task *task);
/* Values that came with an answer, for the step's reply form. is_decisive: the answer itself is clear, so
 * that only what cannot be read, or denies it, is asked back; else the form must be complete. False: asked
 * back. */
bool plan_take_reply_form(Plan *plan, const Step *step, bool is_decisive);
/* Values that a robot or a command gives to one field, as if the person had filled it in. */
void plan_fill_field(Plan *plan, const Step *step, const Task *task, const Field *field, const char *text);

/* The parts of decide(), by kind of event. */
void decide_answer(Plan *plan);
void decide_doubtful(Plan *plan);
void decide_command(Plan *plan);
bool decide_staff(Plan *plan, const char *command); /* false: no command of staff */
void decide_timer(Plan *plan);
void decide_migrate(Plan *plan);
