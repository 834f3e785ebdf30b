#include "store/cases.h"

#include "store/people.h"
#include "store/query.h"

#include <string.h>

void case_line_free(CaseLine *line)
{
        if (line == NULL)
                return;
        g_free(line->reference);
        g_free(line->status);
        g_free(line->student);
        g_free(line->organisation);
        g_free(line->open_steps);
        g_free(line);
}

/* Loading. */

static const char sql_holders[] =
        "SELECT role, person, since, until, acts_for FROM holders WHERE case_id = :id ORDER BY place";

static bool load_holders(Store *store, Case *the_case, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_holders);
        query_bind_int(query, ":id", the_case->id);
        int next;
        while ((next = query_next(query, error)) == 1) {
                Holder *holder = g_new0(Holder, 1);
                holder->role = query_dup(query, 0);
                holder->person = query_int(query, 1);
                holder->since = query_int(query, 2);
                holder->until = query_int(query, 3);
                holder->acts_for = query_int(query, 4);
                g_ptr_array_add(the_case->holders, holder);
        }
        return next >= 0;
}

static const char sql_tasks[] =
        "SELECT step, state, cycle, person, opened_at, due_at, done_at, done_by, how, level, answer, reason, "
        "reminders, "
        "reminded_at, escalations, escalated_at, held_answer, held_reason, held_message, asked_at, saved_at, "
        "told_at FROM tasks "
        "WHERE case_id = :id ORDER BY place";

static Task *read_task(Query *query)
{
        Task *task = g_new0(Task, 1);
        task->step = query_dup(query, 0);
        task_state_parse(query_text(query, 1), &task->state);
        task->cycle = (int)query_int(query, 2);
        task->person = query_int(query, 3);
        task->opened_at = query_int(query, 4);
        task->due_at = query_int(query, 5);
        task->done_at = query_int(query, 6);
        task->done_by = query_int(query, 7);
        task->how = query_dup(query, 8);
        task->level = (Level)query_int(query, 9);
        task->answer = query_dup(query, 10);
        task->reason = query_dup(query, 11);
        task->reminders = (int)query_int(query, 12);
        task->reminded_at = query_int(query, 13);
        task->escalations = (int)query_int(query, 14);
        task->escalated_at = query_int(query, 15);
        task->held_answer = query_dup(query, 16);
        task->held_reason = query_dup(query, 17);
        task->held_message = query_int(query, 18);
        task->asked_at = query_int(query, 19);
        task->saved_at = query_int(query, 20);
        task->told_at = query_int(query, 21);
        return task;
}

static bool load_tasks(Store *store, Case *the_case, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_tasks);
        query_bind_int(query, ":id", the_case->id);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(the_case->tasks, read_task(query));
        return next >= 0;
}

static const char sql_answers[] = "SELECT key, value FROM answers WHERE case_id = :id";

static bool load_answers(Store *store, Case *the_case, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_answers);
        query_bind_int(query, ":id", the_case->id);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_hash_table_insert(the_case->data, query_dup(query, 0), query_dup(query, 1));
        return next >= 0;
}

static bool load_people(Store *store, Case *the_case, GError **error)
{
        for (guint i = 0; i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (case_person(the_case, holder->person) != NULL)
                        continue;
                GError *trouble = NULL;
                Person *person = people_get(store, holder->person, &trouble);
                if (trouble != NULL) {
                        g_propagate_error(error, trouble);
                        return false;
                }
                if (person != NULL)
                        g_ptr_array_add(the_case->people, person);
        }
        return true;
}

static const char sql_load[] =
        "SELECT reference, procedure, status, country, timezone, begun_at FROM cases WHERE id = :id";

Case *cases_load(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_load);
        query_bind_int(query, ":id", id);
        if (query_next(query, error) != 1)
                return NULL;
        g_autoptr(Case) the_case = case_new();
        the_case->id = id;
        the_case->reference = query_dup(query, 0);
        the_case->procedure = query_dup(query, 1);
        case_status_parse(query_text(query, 2), &the_case->status);
        the_case->country = query_dup(query, 3);
        the_case->timezone = query_dup(query, 4);
        the_case->begun_at = query_int(query, 5);
        if (!load_holders(store, the_case, error) || !load_tasks(store, the_case, error) ||
            !load_answers(store, the_case, error) || !load_people(store, the_case, error))
                return NULL;
        return g_steal_pointer(&the_case);
}

static const char sql_find[] = "SELECT id FROM cases WHERE reference = :reference";

int64_t cases_find(Store *store, const char *reference, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_text(query, ":reference", reference);
        int64_t id = 0;
        return query_number(query, 0, &id, error) ? id : -1;
}

/* Saving: only rows that differ *. */

static const char sql_insert[] =
        "INSERT INTO cases (reference, procedure, status, country, timezone, begun_at) VALUES "
        "(:reference, :procedure, :status, :country, :timezone, :begun_at)";

static bool insert_case(Store *store, Case *the_case, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_insert);
        query_bind_text(query, ":reference", the_case->reference);
        query_bind_text(query, ":procedure", the_case->procedure);
        query_bind_text(query, ":status", case_status_word(the_case->status));
        query_bind_text(query, ":country", the_case->country);
        query_bind_text(query, ":timezone", the_case->timezone);
        query_bind_int(query, ":begun_at", the_case->begun_at);
        if (!query_change(query, 1, error))
                return false;
        the_case->id = sqlite3_last_insert_rowid(store_handle(store));
        return true;
}

static const char sql_update[] = "UPDATE cases SET procedure = :procedure, status = :status WHERE id = :id";

static bool update_case(Store *store, const Case *before, const Case *after, GError **error)
{
        if (before->status == after->status && strcmp(before->procedure, after->procedure) == 0)
                return true;
        g_autoptr(Query) query = store_query(store, sql_update);
        query_bind_int(query, ":id", after->id);
        query_bind_text(query, ":procedure", after->procedure);
        query_bind_text(query, ":status", case_status_word(after->status));
        return query_change(query, 1, error);
}

static const char sql_holder[] =
        "INSERT INTO holders (case_id, place, role, person, since, until, acts_for) VALUES "
        "(:id, :place, :role, :person, :since, "
        ":until, :acts_for) ON CONFLICT (case_id, place) DO UPDATE SET until = :until, "
        "person = :person, acts_for = :acts_for";

static bool save_holders(Store *store, const Case *before, const Case *after, GError **error)
{
        for (guint i = 0; i < after->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(after->holders, i);
                const Holder *old = before != NULL && i < before->holders->len
                                            ? g_ptr_array_index(before->holders, i)
                                            : NULL;
                if (old != NULL && old->until == holder->until && old->person == holder->person &&
                    old->acts_for == holder->acts_for)
                        continue;
                g_autoptr(Query) query = store_query(store, sql_holder);
                query_bind_int(query, ":id", after->id);
                query_bind_int(query, ":place", i);
                query_bind_text(query, ":role", holder->role);
                query_bind_int(query, ":person", holder->person);
                query_bind_int(query, ":since", holder->since);
                query_bind_int(query, ":until", holder->until);
                query_bind_int(query, ":acts_for", holder->acts_for);
                if (!query_change(query, 1, error))
                        return false;
        }
        return true;
}

static bool tasks_equal(const Task *a, const Task *b)
{
        return a->state == b->state && a->cycle == b->cycle && a->person == b->person &&
               a->opened_at == b->opened_at && a->due_at == b->due_at && a->done_at == b->done_at &&
               a->done_by == b->done_by && g_strcmp0(a->how, b->how) == 0 && a->level == b->level &&
               g_strcmp0(a->answer, b->answer) == 0 && g_strcmp0(a->reason, b->reason) == 0 &&
               a->reminders == b->reminders && a->reminded_at == b->reminded_at &&
               a->escalations == b->escalations && a->escalated_at == b->escalated_at &&
               g_strcmp0(a->held_answer, b->held_answer) == 0 &&
               g_strcmp0(a->held_reason, b->held_reason) == 0 && a->held_message == b->held_message &&
               a->asked_at == b->asked_at && a->saved_at == b->saved_at && a->told_at == b->told_at;
}

static const char sql_task[] =
        "INSERT OR REPLACE INTO tasks (case_id, place, step, state, cycle, person, "
        "opened_at, due_at, done_at, done_by, how, level, answer, reason, "
        "reminders, reminded_at, escalations, escalated_at, held_answer, held_reason, "
        "held_message, asked_at, saved_at, told_at) VALUES (:id, :place, :step, :state, "
        ":cycle, :person, :opened_at, :due_at, :done_at, :done_by, :how, :level, "
        ":answer, :reason, :reminders, :reminded_at, :escalations, "
        ":escalated_at, :held_answer, :held_reason, :held_message, :asked_at, :saved_at, :told_at)";

static bool save_task(Store *store, int64_t case_id, guint place, const Task *task, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_task);
        query_bind_int(query, ":id", case_id);
        query_bind_int(query, ":place", place);
        query_bind_text(query, ":step", task->step);
        query_bind_text(query, ":state", task_state_word(task->state));
        query_bind_int(query, ":cycle", task->cycle);
        query_bind_int(query, ":person", task->person);
        query_bind_int(query, ":opened_at", task->opened_at);
        query_bind_int(query, ":due_at", task->due_at);
        query_bind_int(query, ":done_at", task->done_at);
        query_bind_int(query, ":done_by", task->done_by);
        query_bind_text(query, ":how", task->how);
        query_bind_int(query, ":level", task->level);
        query_bind_text(query, ":answer", task->answer);
        query_bind_text(query, ":reason", task->reason);
        query_bind_int(query, ":reminders", task->reminders);
        query_bind_int(query, ":reminded_at", task->reminded_at);
        query_bind_int(query, ":escalations", task->escalations);
        query_bind_int(query, ":escalated_at", task->escalated_at);
        query_bind_text(query, ":held_answer", task->held_answer);
        query_bind_text(query, ":held_reason", task->held_reason);
        query_bind_int(query, ":held_message", task->held_message);
        query_bind_int(query, ":asked_at", task->asked_at);
        query_bind_int(query, ":saved_at", task->saved_at);
        query_bind_int(query, ":told_at", task->told_at);
        return query_change(query, 1, error);
}

static bool save_tasks(Store *store, const Case *before, const Case *after, GError **error)
{
        for (guint i = 0; i < after->tasks->len; i++) {
                const Task *task = g_ptr_array_index(after->tasks, i);
                const Task *old =
                        before != NULL && i < before->tasks->len ? g_ptr_array_index(before->tasks, i) : NULL;
                if ((old == NULL || !tasks_equal(old, task)) && !save_task(store, after->id, i, task, error))
                        return false;
        }
        return true;
}

static const char sql_answer[] = "INSERT INTO answers (case_id, key, value) VALUES (:id, :key, :value) ON "
                                 "CONFLICT (case_id, key) DO UPDATE SET "
                                 "value = :value";

static bool save_answers(Store *store, const Case *before, const Case *after, GError **error)
{
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, after->data);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                if (before != NULL && g_strcmp0(case_value(before, key), value) == 0)
                        continue;
                g_autoptr(Query) query = store_query(store, sql_answer);
                query_bind_int(query, ":id", after->id);
                query_bind_text(query, ":key", key);
                query_bind_text(query, ":value", value);
                if (!query_change(query, 1, error))
                        return false;
        }
        return true;
}

bool cases_save(Store *store, const Case *before, Case *after, GError **error)
{
        bool is_saved =
                before == NULL ? insert_case(store, after, error) : update_case(store, before, after, error);
        return is_saved && save_holders(store, before, after, error) &&
               save_tasks(store, before, after, error) && save_answers(store, before, after, error);
}

/* Timers *. */

static const char sql_clear_timers[] = "DELETE FROM timers WHERE case_id = :id";
static const char sql_timer[] =
        "INSERT INTO timers (case_id, place, step, kind, due_at) VALUES (:id, :place, :step, :kind, :due_at)";

bool cases_set_timers(Store *store, int64_t id, const GPtrArray *timers, GError **error)
{
        g_autoptr(Query) clear = store_query(store, sql_clear_timers);
        query_bind_int(clear, ":id", id);
        if (!query_change(clear, -1, error))
                return false;
        for (guint i = 0; i < timers->len; i++) {
                const Timer *timer = g_ptr_array_index(timers, i);
                g_autoptr(Query) query = store_query(store, sql_timer);
                query_bind_int(query, ":id", id);
                query_bind_int(query, ":place", i);
                query_bind_text(query, ":step", timer->step);
                query_bind_text(query, ":kind", timer->kind);
                query_bind_int(query, ":due_at", timer->due_at);
                if (!query_change(query, 1, error))
                        return false;
        }
        return true;
}

static const char sql_postpone[] =
        "UPDATE timers SET due_at = :until WHERE case_id = :id AND due_at < :until";

bool cases_postpone(Store *store, int64_t id, int64_t until, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_postpone);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":until", until);
        return query_change(query, -1, error);
}

static const char sql_due[] =
        "SELECT case_id FROM timers WHERE due_at <= :now ORDER BY due_at, case_id LIMIT :limit";

GArray *cases_due(Store *store, int64_t now, guint limit, GError **error)
{
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_autoptr(Query) query = store_query(store, sql_due);
        query_bind_int(query, ":now", now);
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1) {
                int64_t id = query_int(query, 0);
                bool is_known = false; /* two timers of one case: looked at once */
                for (guint i = 0; i < ids->len; i++)
                        is_known = is_known || g_array_index(ids, int64_t, i) == id;
                if (!is_known)
                        g_array_append_val(ids, id);
        }
        return next < 0 ? NULL : g_steal_pointer(&ids);
}

static const char sql_next_due[] = "SELECT due_at FROM timers ORDER BY due_at LIMIT 1";

bool cases_next_due(Store *store, int64_t *due_at_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_next_due);
        return query_number(query, INT64_MAX, due_at_out, error);
}

/* For people *. */

static const char sql_list[] = "SELECT c.id, c.reference, c.status, coalesce ((SELECT p.name FROM holders AS "
                               "h JOIN people AS p ON p.id = h.person WHERE h.case_id = c.id "
                               "AND h.role = 'student' ORDER BY h.place DESC LIMIT 1), ''), coalesce "
                               "((SELECT value FROM answers WHERE case_id = c.id AND "
                               "key = 'record.organisation'), ''), coalesce ((SELECT group_concat (step, ', "
                               "') FROM tasks WHERE case_id = c.id AND state IN "
                               "('open', 'overdue')), ''), coalesce ((SELECT min (due_at) FROM tasks WHERE "
                               "case_id = c.id AND state IN ('open', 'overdue') AND "
                               "due_at > 0), 0) FROM cases AS c ORDER BY c.reference";

GPtrArray *cases_list(Store *store, GError **error)
{
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)case_line_free);
        g_autoptr(Query) query = store_query(store, sql_list);
        int next;
        while ((next = query_next(query, error)) == 1) {
                CaseLine *line = g_new0(CaseLine, 1);
                line->id = query_int(query, 0);
                line->reference = query_dup(query, 1);
                line->status = query_dup(query, 2);
                line->student = query_dup(query, 3);
                line->organisation = query_dup(query, 4);
                line->open_steps = query_dup(query, 5);
                line->next_due_at = query_int(query, 6);
                g_ptr_array_add(lines, line);
        }
        return next < 0 ? NULL : g_steal_pointer(&lines);
}

static const char sql_keep[] =
        "INSERT INTO procedures (hash, source) VALUES (:hash, :source) ON CONFLICT (hash) DO NOTHING";

bool procedures_keep(Store *store, const char *hash, const char *source, gsize size, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_keep);
        query_bind_text(query, ":hash", hash);
        query_bind_blob(query, ":source", source, size);
        return query_change(query, -1, error);
}

static const char sql_procedure[] = "SELECT source FROM procedures WHERE hash = :hash";

char *procedures_get(Store *store, const char *hash, gsize *size_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_procedure);
        query_bind_text(query, ":hash", hash);
        if (query_next(query, error) != 1)
                return NULL;
        const void *source = query_blob(query, 0, size_out);
        return g_strndup(source, *size_out);
}

static GArray *read_ids(Store *store, const char *sql, int64_t person, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        query_bind_int(query, ":person", person);
        int next;
        while ((next = query_next(query, error)) == 1) {
                int64_t id = query_int(query, 0);
                g_array_append_val(ids, id);
        }
        return next < 0 ? NULL : g_steal_pointer(&ids);
}

static const char sql_open_steps[] =
        "SELECT DISTINCT step FROM tasks WHERE person = :person AND state IN ('open', 'overdue')";

char **cases_open_steps(Store *store, int64_t person, GError **error)
{
        g_autoptr(GStrvBuilder) steps = g_strv_builder_new();
        g_autoptr(Query) query = store_query(store, sql_open_steps);
        query_bind_int(query, ":person", person != 0 ? person : -1); /* 0 is nobody: tasks without actor */
        int next;
        while ((next = query_next(query, error)) == 1)
                g_strv_builder_add(steps, query_text(query, 0));
        return next < 0 ? NULL : g_strv_builder_end(steps);
}

static const char sql_of_person[] =
        "SELECT DISTINCT case_id FROM holders WHERE person = :person AND until = 0 "
        "ORDER BY case_id DESC";

GArray *cases_of_person(Store *store, int64_t person, GError **error)
{
        return read_ids(store, sql_of_person, person, error);
}

static const char sql_ever_of_person[] =
        "SELECT case_id FROM holders WHERE person = :person OR acts_for = :person UNION "
        "SELECT case_id FROM tasks WHERE person = :person OR done_by = :person ORDER BY case_id";

GArray *cases_ever_of_person(Store *store, int64_t person, GError **error)
{
        return read_ids(store, sql_ever_of_person, person, error);
}

static const char sql_roles[] = "SELECT DISTINCT role FROM holders WHERE person = :person AND until = 0";

char **cases_roles(Store *store, int64_t person, GError **error)
{
        g_autoptr(GStrvBuilder) roles = g_strv_builder_new();
        g_autoptr(Query) query = store_query(store, sql_roles);
        query_bind_int(query, ":person", person);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_strv_builder_add(roles, query_text(query, 0));
        return next < 0 ? NULL : g_strv_builder_end(roles);
}
