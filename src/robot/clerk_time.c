/* robot/clerk_time.c: what time brings to the clerk, with no message in hand. */
#include "robot/clerk_private.h"

#include "base/log.h"
#include "robot/apply.h"
#include "robot/digest.h"
#include "robot/index.h"
#include "robot/roster.h"
#include "robot/round_trip.h"
#include "store/cases.h"

#include <inttypes.h>

enum { CASES_MAX = 100, CASE_RETRY_S = 3600, DIGESTS_MAX = 20, DIGEST_RETRY_S = 3600 };

static bool wake_case(const Round *round, int64_t id, GError **error)
{
        House *house = round->clerk->house;
        g_autoptr(Case) the_case = cases_load(house->store, id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        if (procedure == NULL)
                return false;
        Event event = { .kind = EVENT_TIMER };
        Applier applier = { .house = house, .out = round->clerk->out, .now = round->now };
        g_autoptr(Decision) decision = apply_decide(&applier, procedure, the_case, &event, error);
        g_autoptr(Case) after = NULL;
        if (decision == NULL)
                return false;
        round->turn->mails += decision->mails->len;
        return apply_decision(&applier, procedure, the_case, decision, NULL, &after, error);
}

/* A case that cannot be woken waits, and stops no other. */
static bool wake_one(const Round *round, int64_t id, GError **error)
{
        Store *store = round->clerk->house->store;
        GError *trouble = NULL;
        if (!store_savepoint(store, error))
                return false;
        round->turn->cases++;
        if (wake_case(round, id, &trouble))
                return store_release(store, error);
        if (clerk_is_world(trouble)) {
                g_propagate_error(error, trouble);
                return false;
        }
        store_undo(store);
        log_event(LOG_LEVEL_ERROR, "case-failed", "case=%" PRId64 " error=%s", id, trouble->message);
        g_error_free(trouble);
        return cases_postpone(store, id, round->now + CASE_RETRY_S, error);
}

static bool turn_cases(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        Store *store = clerk->house->store;
        Round round = { .clerk = clerk, .now = house_now(clerk->house), .turn = turn };
        int64_t due_at;
        if (!cases_next_due(store, &due_at, error))
                return false;
        if (due_at > round.now)
                return true;
        if (!store_begin(store, error))
                return false;
        g_autoptr(GArray) due = cases_due(store, round.now, CASES_MAX, error);
        bool is_done = due != NULL;
        for (guint i = 0; is_done && i < due->len; i++)
                is_done = wake_one(&round, g_array_index(due, int64_t, i), error);
        if (is_done && spool_sync(clerk->out, error) && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

/* One that cannot be made waits, and stops no other. */
static bool make_digest(const Applier *applier, const Staff *staff, GError **error)
{
        g_autoptr(GError) trouble = NULL;
        if (digest_post(applier, staff, &trouble))
                return true;
        if (clerk_is_world(trouble)) {
                g_propagate_error(error, g_steal_pointer(&trouble));
                return false;
        }
        log_event(LOG_LEVEL_ERROR, "digest-failed", "person=%" PRId64 " error=%s", staff->person,
                  trouble->message);
        return staff_move_on(applier->house->store, staff->person, applier->now + DIGEST_RETRY_S, staff->told,
                             error);
}

/* The registry's address is one of the staff from the first turn on. */
static bool prepare_roster(Clerk *clerk, GError **error)
{
        Store *store = clerk->house->store;
        if (clerk->is_staffed || clerk->house->config->registry_address == NULL)
                return true;
        if (!store_begin(store, error))
                return false;
        clerk->is_staffed =
                roster_prepare(clerk->house, house_now(clerk->house), error) && store_commit(store, error);
        if (!clerk->is_staffed)
                store_rollback(store);
        return clerk->is_staffed;
}

/* A database from before the index: some of it in each turn. */
static bool turn_index(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        Store *store = clerk->house->store;
        guint count = 0;
        if (clerk->is_indexed)
                return true;
        if (!store_begin(store, error))
                return false;
        if (!index_missing(clerk->house, house_now(clerk->house), &count, error) ||
            !store_commit(store, error)) {
                store_rollback(store);
                return false;
        }
        clerk->is_indexed = count == 0;
        turn->cases += count;
        return true;
}

static bool turn_digests(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        Applier applier = { .house = clerk->house, .out = clerk->out, .now = house_now(clerk->house) };
        int64_t due_at;
        if (!prepare_roster(clerk, error) || !staff_next_due(clerk->house->store, &due_at, error))
                return false;
        if (due_at > applier.now)
                return true;
        g_autoptr(GArray) due = staff_due(clerk->house->store, applier.now, DIGESTS_MAX, error);
        for (guint i = 0; due != NULL && i < due->len; i++) {
                if (!make_digest(&applier, &g_array_index(due, Staff, i), error))
                        return false;
                turn->mails++;
        }
        return due != NULL;
}

static bool turn_trip(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        guint mails;
        if (!round_trip_turn(clerk->house, clerk->out, &mails, error))
                return false;
        turn->mails += mails;
        return true;
}

bool clerk_turn_time(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        return turn_cases(clerk, turn, error) && turn_index(clerk, turn, error) &&
               turn_trip(clerk, turn, error) && turn_digests(clerk, turn, error);
}

bool clerk_next_due(Clerk *clerk, int64_t *due_at_out, GError **error)
{
        int64_t digest_at, trip_at;
        if (!cases_next_due(clerk->house->store, due_at_out, error) ||
            !staff_next_due(clerk->house->store, &digest_at, error) ||
            !round_trip_next_due(clerk->house, &trip_at, error))
                return false;
        *due_at_out = MIN(*due_at_out, MIN(digest_at, trip_at));
        return true;
}
