#include "store/overview.h"

#include "store/journal.h"
#include "store/outbox.h"
#include "store/query.h"

/* Has the scope a role now in the case `case_id` of table alias t? */
#define IN_SCOPE(t)                                                                                          \
        "(:scope = 0 OR EXISTS (SELECT 1 FROM holders AS s WHERE s.case_id = " t                             \
        ".case_id AND s.person = :scope AND s.until = 0))"
#define STUDENT(id)                                                                                          \
        "coalesce ((SELECT p.name FROM holders AS h JOIN people AS p ON p.id = h.person WHERE h.case_id "    \
        "= " id " AND h.role = 'student' ORDER BY h.place DESC LIMIT 1), '')"

/* Whose cases: every one by the index of the list; or those of the scope, whatever the others have. */
#define EVERY "tasks AS t "
#define OWN                                                                                                  \
        "(SELECT DISTINCT case_id FROM holders WHERE person = :scope AND until = 0) AS o CROSS JOIN tasks "  \
        "AS t ON t.case_id = o.case_id "

#define TASK_LIST(from, where, order)                                                                        \
        "SELECT t.case_id, t.person, c.reference, " STUDENT(                                                 \
                "t.case_id") ", t.step, c.procedure, coalesce ((SELECT name FROM people WHERE id = "         \
                             "t.person), ''), t.due_at, t.asked_at, t.held_answer IS NOT NULL, "             \
                             "t.escalations FROM " from "JOIN cases AS c ON c.id = t.case_id WHERE " where   \
                             " ORDER BY " order " LIMIT :limit"
#define TASK_COUNT(from, where) "SELECT count (*) FROM " from "WHERE " where
#define TASKS(from, where, order)                                                                            \
        {                                                                                                    \
                TASK_LIST(from, where, order), TASK_COUNT(from, where)                                       \
        }
#define LIMIT " LIMIT :limit"

#define MINE      "t.person = :reader AND t.state IN ('open', 'overdue')"
#define ASKED     "t.asked_at > 0 AND t.state IN ('open', 'overdue') AND t.person <> :reader"
#define ESCALATED "t.state = 'overdue' AND t.escalations > 0 AND t.asked_at = 0 AND t.person <> :reader"
#define LATE      "t.state = 'overdue' AND t.escalations = 0 AND t.asked_at = 0 AND t.person <> :reader"
#define TOLD      "t.told_at > 0 AND t.state IN ('open', 'overdue') AND t.person <> :reader"

/* [of one scope alone] */
static const struct {
        const char *list, *count;
} open_lists[][2] = {
        [OPEN_OWN] = { TASKS(EVERY, MINE, "t.due_at"), TASKS(EVERY, MINE, "t.due_at") },
        [OPEN_ASKED] = { TASKS(EVERY, ASKED, "t.asked_at"), TASKS(OWN, ASKED, "t.asked_at") },
        [OPEN_ESCALATED] = { TASKS(EVERY, ESCALATED, "t.due_at"), TASKS(OWN, ESCALATED, "t.due_at") },
        [OPEN_LATE] = { TASKS(EVERY, LATE, "t.due_at"), TASKS(OWN, LATE, "t.due_at") },
        [OPEN_TOLD] = { TASKS(EVERY, TOLD, "t.told_at, t.case_id"),
                        TASKS(OWN, TOLD, "t.told_at, t.case_id") },
};

void open_task_free(OpenTask *task)
{
        if (task == NULL)
                return;
        g_free(task->reference);
        g_free(task->student);
        g_free(task->step);
        g_free(task->procedure);
        g_free(task->actor);
        g_free(task);
}

/* The reader's own are theirs in any scope; all other lists than those of tasks ask for the scope alone. */
typedef enum { ASKS_SCOPE = 1, ASKS_READER = 2 } Asks;

static void bind(Query *query, const Overview *overview, unsigned asks)
{
        if (asks & ASKS_SCOPE)
                query_bind_int(query, ":scope", overview->scope);
        if (asks & ASKS_READER)
                query_bind_int(query, ":reader", overview->reader);
}

static OpenTask *read_task(Query *query)
{
        OpenTask *task = g_new0(OpenTask, 1);
        task->case_id = query_int(query, 0);
        task->person = query_int(query, 1);
        task->reference = query_dup(query, 2);
        task->student = query_dup(query, 3);
        task->step = query_dup(query, 4);
        task->procedure = query_dup(query, 5);
        task->actor = query_dup(query, 6);
        task->due_at = query_int(query, 7);
        task->asked_at = query_int(query, 8);
        task->is_held = query_int(query, 9) != 0;
        task->escalations = (int)query_int(query, 10);
        return task;
}

/* Runs a query to its end; read makes an item of each row. NULL on error. */
static GPtrArray *collect(Query *query, gpointer (*read)(Query *), GDestroyNotify destroy, GError **error)
{
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(destroy);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(items, read(query));
        return next < 0 ? NULL : g_steal_pointer(&items);
}

/* All of them, when the list was cut. */
static bool count_all(Store *store, const char *sql, const Overview *overview, unsigned asks,
                      const GPtrArray *items, guint limit, int64_t *total_out, GError **error)
{
        *total_out = items->len;
        if (items->len < limit)
                return true;
        g_autoptr(Query) query = store_query(store, sql);
        bind(query, overview, asks);
        return query_number(query, 0, total_out, error);
}

GPtrArray *overview_open(Store *store, OpenList list, const Overview *overview, guint limit,
                         int64_t *total_out, GError **error)
{
        const bool is_own = overview->scope != 0;
        const unsigned asks = ASKS_READER | (is_own && list != OPEN_OWN ? ASKS_SCOPE : 0);
        g_autoptr(Query) query = store_query(store, open_lists[list][is_own].list);
        bind(query, overview, asks);
        query_bind_int(query, ":limit", limit);
        g_autoptr(GPtrArray) tasks =
                collect(query, (gpointer(*)(Query *))read_task, (GDestroyNotify)open_task_free, error);
        if (tasks == NULL ||
            !count_all(store, open_lists[list][is_own].count, overview, asks, tasks, limit, total_out, error))
                return NULL;
        return g_steal_pointer(&tasks);
}

/* Held mail. */

/* Reports about a person who has a line as a failing address are told of there. */
#define HELD_WHERE                                                                                           \
        "i.reviewed_at = 0 AND (i.outcome = 'held' OR i.state = 'set_aside') AND (:scope = 0 OR "            \
        "(i.case_id IS NOT NULL AND " IN_SCOPE(                                                              \
                "i") ")) AND NOT (i.kind IS 'bounce' AND EXISTS (SELECT 1 FROM people AS f JOIN holders AS " \
                     "t ON t.person = f.id AND t.until = 0 WHERE f.id = i.person AND f.is_failing = 1 "      \
                     "AND " IN_SCOPE("t") "))"
#define HELD_GROUP "coalesce (i.held_key, i.id)"
static const char sql_held[] =
        "SELECT max (i.id), i.received_at, i.rule, i.kind, c.id, i.case_id IS NULL, c.reference, " STUDENT(
                "c.id") ", i.note_segment, i.note_at, i.note_length, i.note_sha256, count (*) FROM inbox AS "
                        "i "
                        "LEFT JOIN "
                        "cases AS c ON c.id "
                        "= coalesce (i.case_id, (SELECT max (case_id) FROM holders WHERE person = i.person "
                        "AND until = 0)) "
                        "WHERE " HELD_WHERE " GROUP BY " HELD_GROUP " ORDER BY 1" LIMIT;
static const char sql_held_count[] =
        "SELECT count (DISTINCT " HELD_GROUP ") FROM inbox AS i WHERE " HELD_WHERE;

void held_message_free(HeldMessage *held)
{
        if (held == NULL)
                return;
        g_free(held->rule);
        g_free(held->kind);
        g_free(held->reference);
        g_free(held->student);
        spool_place_clear(&held->note);
        g_free(held);
}

static HeldMessage *read_held(Query *query)
{
        HeldMessage *held = g_new0(HeldMessage, 1);
        held->id = query_int(query, 0);
        held->received_at = query_int(query, 1);
        held->rule = query_dup(query, 2);
        held->kind = query_dup(query, 3);
        held->case_id = query_int(query, 4);
        held->is_guess = query_int(query, 5) != 0;
        held->reference = g_strdup(query_text(query, 6) != NULL ? query_text(query, 6) : "");
        held->student = g_strdup(query_text(query, 7) != NULL ? query_text(query, 7) : "");
        held->note.segment = query_dup(query, 8);
        held->note.offset = query_int(query, 9);
        held->note.length = query_int(query, 10);
        if (query_text(query, 11) != NULL)
                g_strlcpy(held->note.sha256, query_text(query, 11), sizeof held->note.sha256);
        held->count = query_int(query, 12);
        return held;
}

GPtrArray *overview_held(Store *store, const Overview *overview, guint limit, int64_t *total_out,
                         GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_held);
        bind(query, overview, ASKS_SCOPE);
        query_bind_int(query, ":limit", limit);
        g_autoptr(GPtrArray) held =
                collect(query, (gpointer(*)(Query *))read_held, (GDestroyNotify)held_message_free, error);
        if (held == NULL ||
            !count_all(store, sql_held_count, overview, ASKS_SCOPE, held, limit, total_out, error))
                return NULL;
        return g_steal_pointer(&held);
}

/* One case alone in which somebody of that domain plays a role now: two are none. */
static const char sql_of_domain[] =
        "SELECT min (case_id), max (case_id) FROM (SELECT DISTINCT h.case_id FROM people AS p JOIN holders "
        "AS h ON h.person = p.id AND h.until = 0 WHERE substr (p.address_key, instr (p.address_key, '@') + "
        "1) = :domain LIMIT 2)";

bool overview_case_of_domain(Store *store, const char *domain, int64_t *case_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_of_domain);
        query_bind_text(query, ":domain", domain);
        const int next = query_next(query, error);
        *case_out = next == 1 && query_int(query, 0) == query_int(query, 1) ? query_int(query, 0) : 0;
        return next >= 0;
}

static const char sql_named[] = "SELECT c.id, c.reference, " STUDENT("c.id") " FROM cases AS c WHERE "
                                                                             "c.id = :id";

bool overview_name_case(Store *store, int64_t case_id, HeldMessage *held, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_named);
        query_bind_int(query, ":id", case_id);
        const int next = query_next(query, error);
        if (next != 1)
                return next == 0;
        g_free(held->reference);
        g_free(held->student);
        held->case_id = case_id;
        held->reference = query_dup(query, 1);
        held->student = query_dup(query, 2);
        return true;
}

/* Addresses. */

/* The newest case in which they play a role now, and the scope too. */
#define FAILING_FROM                                                                                         \
        "FROM people AS p JOIN holders AS h ON h.person = p.id AND h.until = 0 AND h.case_id = (SELECT max " \
        "(t.case_id) FROM holders AS t WHERE t.person = p.id AND t.until = 0 AND " IN_SCOPE(                 \
                "t") ") LEFT JOIN address_changes AS a ON a.person = p.id AND a.closed_at = 0 WHERE p.id "   \
                     "IN "                                                                                   \
                     "(SELECT id FROM people WHERE is_failing = 1 UNION SELECT person FROM address_changes " \
                     "WHERE closed_at = 0) "
static const char sql_failing[] =
        "SELECT p.id, h.case_id, p.name, p.address, h.role, (SELECT reference FROM "
        "cases WHERE id = h.case_id), (SELECT count (*) FROM inbox WHERE person = p.id AND reviewed_at = 0 "
        "AND outcome = 'held' AND kind = 'bounce'), a.address, a.asked_at, a.new_at = 0, a.needs_old AND "
        "a.old_at = 0 " FAILING_FROM "GROUP BY p.id ORDER BY p.name, p.id" LIMIT;
static const char sql_failing_count[] = "SELECT count (DISTINCT p.id) " FAILING_FROM;

void failing_address_free(FailingAddress *failing)
{
        if (failing == NULL)
                return;
        g_free(failing->name);
        g_free(failing->address);
        g_free(failing->role);
        g_free(failing->reference);
        g_free(failing->new_address);
        g_free(failing);
}

static FailingAddress *read_failing(Query *query)
{
        FailingAddress *failing = g_new0(FailingAddress, 1);
        failing->person = query_int(query, 0);
        failing->case_id = query_int(query, 1);
        failing->name = query_dup(query, 2);
        failing->address = query_dup(query, 3);
        failing->role = query_dup(query, 4);
        failing->reference = query_dup(query, 5);
        failing->reports = query_int(query, 6);
        failing->new_address = query_dup(query, 7);
        failing->asked_at = query_int(query, 8);
        failing->waits_for_new = query_int(query, 9) != 0;
        failing->waits_for_old = query_int(query, 10) != 0;
        return failing;
}

GPtrArray *overview_failing(Store *store, const Overview *overview, guint limit, int64_t *total_out,
                            GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_failing);
        bind(query, overview, ASKS_SCOPE);
        query_bind_int(query, ":limit", limit);
        g_autoptr(GPtrArray) failing = collect(query, (gpointer(*)(Query *))read_failing,
                                               (GDestroyNotify)failing_address_free, error);
        if (failing == NULL ||
            !count_all(store, sql_failing_count, overview, ASKS_SCOPE, failing, limit, total_out, error))
                return NULL;
        return g_steal_pointer(&failing);
}

/* Counts. */

void step_count_free(StepCount *count)
{
        if (count == NULL)
                return;
        g_free(count->kind);
        g_free(count->step);
        g_free(count);
}

static StepCount *read_count(Query *query)
{
        StepCount *count = g_new0(StepCount, 1);
        count->kind = query_dup(query, 0);
        count->step = query_dup(query, 1);
        count->count = query_int(query, 2);
        count->of = query_int(query, 3);
        return count;
}

static GPtrArray *collect_counts(Query *query, GError **error)
{
        return collect(query, (gpointer(*)(Query *))read_count, (GDestroyNotify)step_count_free, error);
}

static const char sql_moved[] =
        "SELECT j.kind, coalesce (j.step, ''), count (*), 0 FROM journal AS j WHERE j.id > :after AND j.id "
        "<= "
        ":until AND j.case_id > 0 AND j.kind IN ('begun', 'done', 'refused') AND " IN_SCOPE(
                "j") " GROUP BY j.kind, j.step";

GPtrArray *overview_moved(Store *store, const Overview *overview, int64_t after, int64_t until,
                          GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_moved);
        query_bind_int(query, ":scope", overview->scope);
        query_bind_int(query, ":after", after);
        query_bind_int(query, ":until", until);
        return collect_counts(query, error);
}

#define COMING(from)                                                                                         \
        "SELECT '', t.step, count (*), 0 FROM " from "WHERE t.state = 'open' AND t.due_at > 0 AND t.due_at " \
        ">= :from AND t.due_at < :until GROUP BY t.step"
static const char sql_coming[] = COMING(EVERY);
static const char sql_coming_own[] = COMING(OWN);

GPtrArray *overview_coming(Store *store, const Overview *overview, int64_t from, int64_t until,
                           GError **error)
{
        g_autoptr(Query) query = store_query(store, overview->scope != 0 ? sql_coming_own : sql_coming);
        if (overview->scope != 0)
                query_bind_int(query, ":scope", overview->scope);
        query_bind_int(query, ":from", from);
        query_bind_int(query, ":until", until);
        return collect_counts(query, error);
}

#define NOT_OVER "c.status NOT IN ('closed', 'broken_off')"
static const char sql_progress[] =
        "SELECT '', t.step, sum (t.state = 'done'), (SELECT count (*) FROM cases AS c WHERE " NOT_OVER
        ") FROM cases AS c CROSS JOIN tasks AS t ON t.case_id = c.id WHERE " NOT_OVER " GROUP BY t.step";
#define SCOPE_CASES                                                                                          \
        "(SELECT DISTINCT case_id FROM holders WHERE person = :scope AND until = 0) AS o CROSS JOIN cases "  \
        "AS c ON c.id = o.case_id "
static const char sql_progress_own[] =
        "SELECT '', t.step, sum (t.state = 'done'), (SELECT count (*) FROM " SCOPE_CASES "WHERE " NOT_OVER
        ") FROM " SCOPE_CASES "CROSS JOIN tasks AS t ON t.case_id = c.id WHERE " NOT_OVER " GROUP BY t.step";

GPtrArray *overview_progress(Store *store, const Overview *overview, GError **error)
{
        g_autoptr(Query) query = store_query(store, overview->scope != 0 ? sql_progress_own : sql_progress);
        if (overview->scope != 0)
                query_bind_int(query, ":scope", overview->scope);
        return collect_counts(query, error);
}

/* Awards. */

static const char sql_awards[] = "SELECT c.reference, " STUDENT(
        "j.case_id") ", j.step, j.kind = 'done' FROM journal AS j JOIN cases AS c "
                     "ON c.id = j.case_id WHERE j.id > :after AND j.id <= :until AND j.case_id > 0 AND "
                     "j.step = :step AND "
                     "j.kind IN ('done', 'refused') AND " IN_SCOPE("j") " ORDER BY j.id" LIMIT;

void award_free(Award *award)
{
        if (award == NULL)
                return;
        g_free(award->reference);
        g_free(award->student);
        g_free(award->step);
        g_free(award);
}

static Award *read_award(Query *query)
{
        Award *award = g_new0(Award, 1);
        award->reference = query_dup(query, 0);
        award->student = query_dup(query, 1);
        award->step = query_dup(query, 2);
        award->is_awarded = query_int(query, 3) != 0;
        return award;
}

GPtrArray *overview_awards(Store *store, const Overview *overview, const char *step, int64_t after,
                           int64_t until, guint limit, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_awards);
        query_bind_int(query, ":scope", overview->scope);
        query_bind_text(query, ":step", step);
        query_bind_int(query, ":after", after);
        query_bind_int(query, ":until", until);
        query_bind_int(query, ":limit", limit);
        return collect(query, (gpointer(*)(Query *))read_award, (GDestroyNotify)award_free, error);
}

/* The robot itself. */

static const char sql_pulse[] =
        "SELECT coalesce ((SELECT max (seen_at) FROM mailboxes), 0), coalesce ((SELECT received_at FROM "
        "inbox "
        "ORDER BY id DESC LIMIT 1), 0), coalesce ((SELECT max (sent_at) FROM outbox WHERE state = 'sent'), "
        "0), coalesce ((SELECT max (id) FROM journal), 0)";

void pulse_clear(Pulse *pulse)
{
        g_clear_pointer(&pulse->journal_head, g_free);
        hold_clear(&pulse->hold);
        trip_clear(&pulse->trip);
}

bool overview_pulse(Store *store, Pulse *pulse_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_pulse);
        *pulse_out = (Pulse){ 0 };
        if (query_next(query, error) != 1)
                return false;
        pulse_out->mailbox_seen_at = query_int(query, 0);
        pulse_out->received_at = query_int(query, 1);
        pulse_out->sent_at = query_int(query, 2);
        pulse_out->journal_id = query_int(query, 3);
        pulse_out->journal_head = journal_head(store, error);
        return pulse_out->journal_head != NULL && hold_read(store, &pulse_out->hold, error) &&
               trip_read(store, &pulse_out->trip, error) &&
               outbox_count(store, OUTBOX_QUEUED, &pulse_out->queued, error) &&
               outbox_count(store, OUTBOX_HELD, &pulse_out->held, error) &&
               outbox_count(store, OUTBOX_REFUSED, &pulse_out->refused, error);
}
