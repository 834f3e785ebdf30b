/* procedure/simulation.h: whole lives of cases, by the engine itself, without mail, clock or database.
 *
 * A case begins, its cast (procedure/cast.h) answers the mails that decide() orders, time passes by the
 * timers of the case. After each decision the promises of the house are looked at. Cases are independent:
 * memory does not grow with their number. The same seed and number give the same life.
 */
#pragma once

#include "procedure/cast.h"

typedef struct {
        const char *role; /* borrowed from the procedure; "" for mails of no role */
        int64_t mails, persons;
        int64_t person_weeks;          /* from the first mail of a person to the last */
        int most_in_week, most_in_day; /* of one person about one case */
} RoleTally;

/* What became of all cases so far. */
typedef struct {
        int64_t cases, decisions, messages, mails, reminders, escalations;
        int64_t outcomes[OUTCOME_IGNORED + 1]; /* of messages */
        int64_t statuses[CASE_CLOSED + 1];     /* of cases, at their end */
        int64_t awarded, denied, undecided;    /* cases with an award, at their end */
        int64_t tempers[N_TEMPERS];            /* people who got mail */
        GArray *roles;                         /* of RoleTally, in the order of the procedure */
} Tally;

typedef struct Simulation Simulation;

/* Hears of every decision, for whoever wants to read a life. state: after it. */
typedef void (*SimulationTell)(const Event *event, const Decision *decision, const Case *state, int64_t now,
                               void *data);

typedef struct {
        const Procedure *procedure;
        guint32 seed;
        int64_t begins_at;   /* the first cases; the others follow in the four weeks after it */
        int days;            /* of each case */
        SimulationTell tell; /* NULL */
        void *tell_data;
} SimulationSetup;

/* setup's pointers are borrowed. NULL: no step of the procedure begins a case. */
Simulation *simulation_new(const SimulationSetup *setup);
void simulation_free(Simulation *simulation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Simulation, simulation_free)

/* The life of case `number`. False: a promise was broken; the sentence says which, when and after what, and
 * the caller frees it. */
bool simulation_run(Simulation *simulation, guint32 number, char **broken_out);

const Tally *simulation_tally(const Simulation *simulation);
