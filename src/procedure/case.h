/* procedure/case.h: one internship going through a procedure: the state, and how the journal makes it.
 *
 * The state is the fold of the case's records: case_apply() is the only function that changes a Case. Whoever
 * replays the records gets the same Case (DESIGN.md 2.7). Plain values; no clock, no database.
 */
#pragma once

#include "procedure/person.h"

#include <glib.h>
#include <jansson.h>

typedef enum {
        CASE_PLANNED,
        CASE_RUNNING,
        CASE_INTERRUPTED,
        CASE_BROKEN_OFF,
        CASE_FINISHED,
        CASE_DEFENDED,
        CASE_GRADED,
        CASE_CLOSED,
} CaseStatus;
const char *case_status_word(CaseStatus status);
bool case_status_parse(const char *word, CaseStatus *status_out);

typedef enum { TASK_WAITING, TASK_OPEN, TASK_DONE, TASK_REFUSED, TASK_OVERDUE, TASK_CANCELLED } TaskState;
const char *task_state_word(TaskState state);
bool task_state_parse(const char *word, TaskState *state_out);

/* Assurance level of an act (DESIGN.md 2.8). */
typedef enum { LEVEL_A0, LEVEL_A1, LEVEL_A2, LEVEL_A3 } Level;

/* An open step, waiting for its actor, or what became of it. */
typedef struct {
        char *step; /* key; unique in the case */
        TaskState state;
        int cycle;                          /* 1 when first opened; +1 each time it is opened again */
        int64_t person;                     /* who must act; 0 while unknown */
        int64_t opened_at, due_at, done_at; /* Unix seconds; 0: not yet */
        int64_t done_by;                    /* person */
        char *how;                          /* "reply <message row>", "page", "timer", …; NULL */
        Level level;                        /* of the act that closed it */
        char *answer;                       /* "accept", "refuse", …; NULL */
        char *reason;                       /* NULL */
        int reminders;                      /* sent, over all cycles */
        int64_t reminded_at;                /* the last; 0 */
        int escalations;                    /* levels told */
        int64_t escalated_at;
        /* An act below its level, waiting for the registered address (MAIL.md D21). */
        char *held_answer; /* "accept", …; NULL: nothing held */
        char *held_reason;
        int64_t held_message; /* inbox row of the act; 0 */
        int64_t asked_at;     /* when confirmation was last asked; 0 */
        int64_t saved_at;     /* when values were last given; 0 */
        int64_t told_at;      /* when a mail of its clock (idle, before a date) last went; 0 */
} Task;

/* Who plays a role, since when and until when (0: still). A deputy stands beside the one they act for. */
typedef struct {
        char *role;
        int64_t person;
        int64_t since, until;
        int64_t acts_for; /* a deputy's principal; 0 */
} Holder;

typedef struct {
        int64_t id;
        char *reference; /* "2026-0142" */
        char *procedure; /* hash of the version that the case runs by */
        CaseStatus status;
        char *country, *timezone; /* of the institution: due dates */
        int64_t begun_at;
        GPtrArray *tasks;   /* of Task, in the procedure's order */
        GPtrArray *holders; /* of Holder, oldest first */
        GHashTable *data; /* "form.field" -> value, as text in canonical form: what forms and the import gave;
                             "was.form.field" before it was opened again; "case.…" of the engine */
        GPtrArray *people; /* of Person: everyone in holders; loaded beside the state, not part of it */
} Case;

Case *case_new(void);
Case *case_copy(const Case *the_case);
Case *case_copy_outline(const Case *the_case); /* without values and people */
void case_free(Case *the_case);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Case, case_free)

Task *case_task(const Case *the_case, const char *step);                 /* NULL when the case has none yet */
const Person *case_person(const Case *the_case, int64_t id);             /* NULL */
int64_t case_holder(const Case *the_case, const char *role, int64_t at); /* person, 0: nobody */
/* Does the person hold the role, or does the one who holds it act for them? */
bool case_may_act(const Case *the_case, const char *role, int64_t person, int64_t at);
/* For whom the person plays the role just now; 0: for themselves. */
int64_t case_acts_for(const Case *the_case, const char *role, int64_t person, int64_t at);
const char *case_role_of(const Case *the_case, int64_t person);          /* that they play now; NULL */
const Person *case_person_at(const Case *the_case, const char *address); /* by identity; NULL */
const char *case_value(const Case *the_case, const char *key);           /* "record.start"; NULL */
/* The person ID is reached at ADDRESS from now on, and nothing has failed there yet. */
void case_set_address(Case *the_case, int64_t id, const char *address);

/* One journal entry: a fact, as plain values. payload is an object whose keys depend on kind; canonical when
 * printed (sorted keys, compact). */
typedef enum {
        RECORD_BEGUN,     /* case begun: reference, procedure, country, timezone, holders, data */
        RECORD_OPENED,    /* task opened (again): person, due_at */
        RECORD_DONE,      /* task closed well: answer, level, how */
        RECORD_REFUSED,   /* task closed with a refusal or a correction: answer, reason, level, how */
        RECORD_SAVED,     /* values given to a form: data */
        RECORD_HELD,      /* an act below its level waits for confirmation */
        RECORD_ASKED,     /* confirmation or clarification was asked */
        RECORD_DROPPED,   /* a held act was denied */
        RECORD_UNDONE,    /* ANNULER: the task is open again, what it opened cancelled or restored */
        RECORD_REMINDED,  /* reminder n */
        RECORD_ESCALATED, /* told the next in line */
        RECORD_OVERDUE,   /* its due date passed */
        RECORD_CANCELLED, /* task cancelled */
        RECORD_STATUS,    /* the case's status */
        RECORD_HOLDER,    /* a role passes to another person */
        RECORD_ASSIGNED,  /* a task passes to another person: person */
        RECORD_DUE,       /* its deadline moved with the dates it follows: due_at */
        RECORD_WAITING,   /* what it rests on changed: it will be asked again */
        RECORD_TOLD,      /* a mail of its clock went */
        RECORD_MIGRATED,  /* the case goes on by another version: procedure, from */
        RECORD_MERGED,    /* two files were of one person: all that was `from` is `into` */
        RECORD_NOTED, /* a fact without effect on the state: a question, a remark, an absence, an address that
                     fails */
} RecordKind;
const char *record_kind_word(RecordKind kind);
bool record_kind_parse(const char *word, RecordKind *kind_out);

typedef struct {
        RecordKind kind;
        char *step;      /* NULL: about the case */
        int64_t person;  /* who caused it; 0: the robot */
        int64_t message; /* inbox row that caused it; 0: time */
        int64_t at;      /* Unix seconds: the decision's now */
        json_t *payload; /* object */
} Record;
void record_free(Record *record);

/* Folds one record into the state. False when it does not fit the state (a broken journal): the state is then
 * unchanged. */
bool case_apply(Case *the_case, const Record *record);

/* What a record says of a person's address, that it is another or that it fails for good: beside the state.
 */
void case_note_address(Case *the_case, const Record *record);

/* Canonical text of the state (not of people), one fact a line: for audit and tests. The caller frees. */
char *case_print(const Case *the_case);
