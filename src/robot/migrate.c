#include "robot/migrate.h"

#include "robot/apply.h"
#include "store/cases.h"

#include <string.h>

static void migrate_case_free(gpointer data)
{
        MigrateCase *one = data;
        g_free(one->reference);
        g_free(one->from);
        migration_free(one->migration);
        g_free(one);
}

void migrate_report_init(MigrateReport *report)
{
        *report = (MigrateReport){ .cases = g_ptr_array_new_with_free_func(migrate_case_free),
                                   .unknown = g_ptr_array_new_with_free_func(g_free) };
}

void migrate_report_clear(MigrateReport *report)
{
        g_clear_pointer(&report->cases, g_ptr_array_unref);
        g_clear_pointer(&report->unknown, g_ptr_array_unref);
}

/* Looking. */

static bool is_over(const Case *the_case)
{
        return the_case->status == CASE_CLOSED || the_case->status == CASE_BROKEN_OFF;
}

static bool look_at(House *house, const MigrateWish *wish, int64_t id, MigrateReport *report, GError **error)
{
        g_autoptr(Case) the_case = cases_load(house->store, id, error);
        if (the_case == NULL)
                return false;
        const bool is_named = wish->references != NULL;
        if (strcmp(the_case->procedure, procedure_hash(wish->to)) == 0 || (is_over(the_case) && !is_named)) {
                report->there++;
                return true;
        }
        g_autoptr(GError) trouble = NULL;
        const Procedure *from = house_procedure(house, the_case->procedure, &trouble);
        if (from == NULL && !g_error_matches(trouble, STORE_ERROR, STORE_ERROR_OTHER)) {
                g_propagate_error(error, g_steal_pointer(&trouble));
                return false;
        }
        MigrateCase *one = g_new0(MigrateCase, 1);
        one->id = id;
        one->reference = g_strdup(the_case->reference);
        one->from = g_strdup(the_case->procedure);
        one->migration = migration_new(from, wish->to, the_case, house_now(house));
        report->faulty += one->migration->faults->len > 0;
        g_ptr_array_add(report->cases, one);
        return true;
}

static bool look_at_all(House *house, const MigrateWish *wish, MigrateReport *report, GError **error)
{
        g_autoptr(GPtrArray) lines = cases_list(house->store, error);
        for (guint i = 0; lines != NULL && i < lines->len; i++)
                if (!look_at(house, wish, ((const CaseLine *)g_ptr_array_index(lines, i))->id, report, error))
                        return false;
        return lines != NULL;
}

bool migrate_look(House *house, const MigrateWish *wish, MigrateReport *report, GError **error)
{
        if (wish->references == NULL)
                return look_at_all(house, wish, report, error);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (const char *const *reference = wish->references; *reference != NULL; reference++) {
                if (**reference == '\0' || !g_hash_table_add(seen, (gpointer)*reference))
                        continue;
                const int64_t id = cases_find(house->store, *reference, error);
                if (id < 0 || (id > 0 && !look_at(house, wish, id, report, error)))
                        return false;
                if (id == 0)
                        g_ptr_array_add(report->unknown, g_strdup(*reference));
        }
        return true;
}

/* Moving. */

static bool move(const Applier *applier, const MigrateWish *wish, const MigrateCase *one, GError **error)
{
        g_autoptr(Case) before = cases_load(applier->house->store, one->id, error);
        Case *after = NULL;
        if (before == NULL ||
            !apply_decision(applier, wish->to, before, one->migration->decision, NULL, &after, error)) {
                g_prefix_error(error, "case %s: ", one->reference);
                return false;
        }
        case_free(after);
        return true;
}

static bool is_same_line(const GPtrArray *left, const GPtrArray *right)
{
        for (guint i = 0; left->len == right->len && i < left->len; i++)
                if (strcmp(g_ptr_array_index(left, i), g_ptr_array_index(right, i)) != 0)
                        return false;
        return left->len == right->len;
}

/* What was shown is what is done: the robot may have gone on in between. */
static bool is_as_shown(const MigrateReport *seen, const MigrateReport *now)
{
        if (now->faulty > 0 || now->unknown->len > 0 || seen->cases->len != now->cases->len)
                return false;
        for (guint i = 0; i < now->cases->len; i++) {
                const MigrateCase *left = g_ptr_array_index(seen->cases, i),
                                  *right = g_ptr_array_index(now->cases, i);
                if (left->id != right->id ||
                    !is_same_line(left->migration->changes, right->migration->changes))
                        return false;
        }
        return true;
}

static bool move_all(const Applier *applier, const MigrateWish *wish, const MigrateReport *seen,
                     bool *moved_out, GError **error)
{
        House *house = applier->house;
        g_auto(MigrateReport) report;
        migrate_report_init(&report);
        if (!migrate_look(house, wish, &report, error))
                return false;
        *moved_out = is_as_shown(seen, &report);
        gsize size;
        const char *source = procedure_source(wish->to, &size);
        if (*moved_out && !procedures_keep(house->store, procedure_hash(wish->to), source, size, error))
                return false;
        for (guint i = 0; *moved_out && i < report.cases->len; i++)
                if (!move(applier, wish, g_ptr_array_index(report.cases, i), error))
                        return false;
        return true;
}

bool migrate_run(House *house, Spool *out, const MigrateWish *wish, const MigrateReport *seen,
                 bool *moved_out, GError **error)
{
        const Applier applier = { .house = house, .out = out, .now = house_now(house) };
        *moved_out = false;
        if (!store_begin(house->store, error))
                return false;
        const bool is_done = move_all(&applier, wish, seen, moved_out, error);
        if (is_done && *moved_out && spool_sync(out, error) && store_commit(house->store, error))
                return true;
        store_rollback(house->store);
        const bool is_refused = is_done && !*moved_out;
        *moved_out = false;
        return is_refused;
}
