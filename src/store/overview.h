/* store/overview.h: what is open, late, held or moved, over many cases: for the digest.
 *
 * Every list is bounded and tells how many there are in all. A scope is a person: only cases in which they
 * play a role now; 0: every case. Lists follow indexes that hold what is open alone, so that they cost what
 * they find and not what there is. The picture of progress alone looks at every case that is not over.
 */
#pragma once

#include "store/hold.h"
#include "store/spool.h"
#include "store/trip.h"

typedef struct {
        int64_t scope;  /* 0: all */
        int64_t reader; /* whose own tasks have a list of their own */
} Overview;

/* A task that somebody has to do. */
typedef struct {
        int64_t case_id, person;                      /* who must act; 0 */
        char *reference, *student, *step, *procedure; /* procedure: the hash of its version */
        char *actor;                                  /* name; "" */
        int64_t due_at;                               /* 0: none */
        int64_t asked_at;                             /* an answer was unclear, or below its level; 0 */
        bool is_held;                                 /* an answer waits for confirmation */
        int escalations;
} OpenTask;
void open_task_free(OpenTask *task);

/* No task is in two lists, but the last may hold what another has. */
typedef enum {
        OPEN_OWN,       /* the reader's own, soonest due first */
        OPEN_ASKED,     /* somebody else's, after an answer that was not clear */
        OPEN_ESCALATED, /* overdue, and the next in line was told */
        OPEN_LATE,      /* the other overdue ones */
        OPEN_TOLD,      /* a mail of its clock went */
} OpenList;
/* of OpenTask. total_out: without the limit. */
GPtrArray *overview_open(Store *store, OpenList list, const Overview *overview, guint limit,
                         int64_t *total_out, GError **error);

/* A message that waits for staff. */
typedef struct {
        int64_t id, received_at;
        char *rule, *kind;         /* why, and of what class; kind NULL: it could not be read */
        int64_t case_id;           /* its case, or the likely one; 0 */
        bool is_guess;             /* the case is only the writer's newest */
        char *reference, *student; /* "" */
        SpoolPlace note;           /* what is shown of it; segment NULL: nothing */
        int64_t count;             /* with those that are one line with it: it is the newest */
} HeldMessage;
void held_message_free(HeldMessage *held);
GPtrArray *overview_held(Store *store, const Overview *overview, guint limit, int64_t *total_out,
                         GError **error);
/* The only case in which somebody with an address of this domain (lower case) plays a role now; 0: none, or
 * more than one. */
bool overview_case_of_domain(Store *store, const char *domain, int64_t *case_out, GError **error);
/* Fills in case_id, reference and student. */
bool overview_name_case(Store *store, int64_t case_id, HeldMessage *held, GError **error);

/* Somebody who plays a role now and whose address fails, or is to be another that waits for a yes. */
typedef struct {
        int64_t person, case_id;
        char *name, *address, *role, *reference;
        int64_t reports;   /* held delivery reports about it */
        char *new_address; /* NULL: none waits */
        int64_t asked_at;
        bool waits_for_new, waits_for_old; /* whose yes is missing */
} FailingAddress;
void failing_address_free(FailingAddress *failing);
GPtrArray *overview_failing(Store *store, const Overview *overview, guint limit, int64_t *total_out,
                            GError **error);

/* So many of a kind: what happened to a step (done, refused, begun), what is due. */
typedef struct {
        char *kind; /* "" where it says nothing */
        char *step; /* "": the case */
        int64_t count, of;
} StepCount;
void step_count_free(StepCount *count);
GPtrArray *overview_moved(Store *store, const Overview *overview, int64_t after, int64_t until,
                          GError **error); /* journal ids */
GPtrArray *overview_coming(Store *store, const Overview *overview, int64_t from, int64_t until,
                           GError **error);
/* How many cases that are not over have done a step; `of` is how many there are. */
GPtrArray *overview_progress(Store *store, const Overview *overview, GError **error);

/* Cases whose award was settled between two journal entries. */
typedef struct {
        char *reference, *student, *step;
        bool is_awarded;
} Award;
void award_free(Award *award);
GPtrArray *overview_awards(Store *store, const Overview *overview, const char *step, int64_t after,
                           int64_t until, guint limit, GError **error);

/* What shows that the robot is alive. */
typedef struct {
        int64_t mailbox_seen_at;       /* the mailbox was looked into; 0: never */
        int64_t received_at;           /* the last message that came; 0: none */
        int64_t sent_at;               /* the last that left; 0: none */
        int64_t queued, held, refused; /* of the outbox */
        Hold hold;                     /* all sending waits */
        Trip trip;                     /* the daily mail to itself */
        int64_t journal_id;            /* the last entry; 0: none */
        char *journal_head;            /* its hash; owned */
} Pulse;
void pulse_clear(Pulse *pulse);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pulse, pulse_clear)
bool overview_pulse(Store *store, Pulse *pulse_out, GError **error);
