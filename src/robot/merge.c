#include "robot/merge.h"

#include "robot/roster.h"
#include "store/cases.h"
#include "store/people.h"
#include "store/rolls.h"
#include "store/tokens.h"

typedef struct {
        const Applier *applier;
        Person *keep, *gone; /* owned */
        int64_t by, message;
        guint mails;
} Merge;

static bool merge_case(Merge *merge, int64_t id, GError **error)
{
        House *house = merge->applier->house;
        g_autoptr(Case) the_case = cases_load(house->store, id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        if (procedure == NULL)
                return false;
        if (case_person(the_case, merge->keep->id) == NULL)
                g_ptr_array_add(the_case->people, people_get(house->store, merge->keep->id, error));
        const Event event = { .kind = EVENT_MERGED,
                              .message = merge->message,
                              .person = merge->by,
                              .token_person = merge->keep->id,
                              .other = merge->gone->id,
                              .is_permanent = merge->gone->is_failing };
        g_autoptr(Decision) decision = apply_decide(merge->applier, procedure, the_case, &event, error);
        g_autoptr(Case) after = NULL;
        merge->mails += decision != NULL ? decision->mails->len : 0;
        return decision != NULL &&
               apply_decision(merge->applier, procedure, the_case, decision, NULL, &after, error);
}

static bool merge_cases(Merge *merge, GError **error)
{
        g_autoptr(GArray) ids = cases_ever_of_person(merge->applier->house->store, merge->gone->id, error);
        for (guint i = 0; ids != NULL && i < ids->len; i++)
                if (!merge_case(merge, g_array_index(ids, int64_t, i), error))
                        return false;
        return ids != NULL;
}

static bool merge_rolls(const Merge *merge, GError **error)
{
        Store *store = merge->applier->house->store;
        g_autoptr(GPtrArray) own = rolls_of(store, merge->keep->id, error);
        g_autoptr(GPtrArray) others = own != NULL ? rolls_of(store, merge->gone->id, error) : NULL;
        for (guint i = 0; others != NULL && i < others->len; i++) {
                Roll *roll = g_ptr_array_index(others, i);
                bool is_there = false, is_changed;
                for (guint j = 0; j < own->len; j++) {
                        const Roll *known = g_ptr_array_index(own, j);
                        is_there = is_there || (g_str_equal(known->role, roll->role) &&
                                                g_str_equal(known->cohort, roll->cohort));
                }
                roll->person = merge->keep->id;
                if (!is_there && !rolls_put(store, roll, merge->applier->now, &is_changed, error))
                        return false;
        }
        return others != NULL && rolls_drop(store, merge->gone->id, error);
}

/* The wider scope of the two. */
static bool merge_staff(const Merge *merge, GError **error)
{
        Store *store = merge->applier->house->store;
        Staff own, other;
        bool is_staff, is_other;
        if (!staff_get(store, merge->keep->id, &own, &is_staff, error) ||
            !staff_get(store, merge->gone->id, &other, &is_other, error))
                return false;
        if (!is_other)
                return true;
        if (!staff_remove(store, merge->gone->id, merge->applier->now, error))
                return false;
        if (is_staff && (own.scope == SCOPE_ALL || other.scope == SCOPE_OWN))
                return true;
        Staff wish = is_staff ? own : other;
        wish.scope = other.scope;
        wish.person = merge->keep->id;
        wish.next_at = roster_next(merge->applier->house, &wish, merge->keep, merge->applier->now);
        return staff_put(store, &wish, merge->applier->now, error);
}

/* Links and reply addresses go on, but not the one to the whole of one's space, nor those that lie in a
 * mailbox that fails. */
static bool merge_tokens(const Merge *merge, GError **error)
{
        Store *store = merge->applier->house->store;
        const int64_t gone = merge->gone->id, now = merge->applier->now;
        return merge->gone->is_failing ? tokens_revoke_person(store, gone, now, error)
                                       : tokens_revoke_space(store, gone, now, error);
}

static bool run(Merge *merge, GError **error)
{
        const Applier *applier = merge->applier;
        return merge_tokens(merge, error) && merge_staff(merge, error) && merge_rolls(merge, error) &&
               people_merge(applier->house->store, merge->keep->id, merge->gone->id, applier->now, error) &&
               merge_cases(merge, error);
}

bool merge_people(const Applier *applier, int64_t keep, int64_t gone, int64_t by, int64_t message,
                  MergeVerdict *verdict_out, guint *mails_out, GError **error)
{
        Store *store = applier->house->store;
        keep = people_resolve(store, keep, error);
        gone = keep >= 0 ? people_resolve(store, gone, error) : -1;
        *verdict_out = MERGE_SAME;
        *mails_out = 0;
        if (keep < 0 || gone < 0 || keep == gone)
                return keep >= 0 && gone >= 0;
        Merge merge = { .applier = applier, .by = by, .message = message };
        merge.keep = people_get(store, keep, error);
        merge.gone = merge.keep != NULL ? people_get(store, gone, error) : NULL;
        bool is_done = merge.gone != NULL;
        *verdict_out =
                is_done && roster_is_registry(applier->house, merge.gone) ? MERGE_REGISTRY : MERGE_DONE;
        if (is_done && *verdict_out == MERGE_DONE)
                is_done = run(&merge, error);
        *mails_out = merge.mails;
        person_free(merge.keep);
        person_free(merge.gone);
        return is_done;
}
