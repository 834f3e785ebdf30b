#include "procedure/migrate.h"

#include "procedure/plan.h"

#include <string.h>

enum { DAY_S = 86400 };

typedef struct {
        bool is_blind; /* the old version cannot be read: `from` is `to` */
        const Procedure *from, *to;
        const Case *before;
        Case *after; /* owned */
        Migration *migration;
        int64_t now;
} Mover;

static void fault_free(gpointer data)
{
        MigrationFault *fault = data;
        g_free(fault->what);
        g_free(fault->mend);
        g_free(fault);
}

void migration_free(Migration *migration)
{
        if (migration == NULL)
                return;
        decision_free(migration->decision);
        g_ptr_array_unref(migration->changes);
        g_ptr_array_unref(migration->faults);
        g_free(migration);
}

__attribute__((format(printf, 3, 4))) static void add_fault(const Mover *mover, const char *mend,
                                                            const char *format, ...)
{
        MigrationFault *fault = g_new0(MigrationFault, 1);
        va_list arguments;
        va_start(arguments, format);
        fault->what = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        fault->mend = g_strdup(mend);
        g_ptr_array_add(mover->migration->faults, fault);
}

__attribute__((format(printf, 2, 3))) static void add_line(GPtrArray *lines, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_ptr_array_add(lines, g_strdup_vprintf(format, arguments));
        va_end(arguments);
}

static const char *or_nobody(const char *role)
{
        return role != NULL ? role : "the robot";
}

/* What the versions do not have in common. */

static void compare_steps(const Procedure *from, const Procedure *to, GPtrArray *lines)
{
        const GPtrArray *before = procedure_steps(from), *after = procedure_steps(to);
        for (guint i = 0; i < after->len; i++) {
                const Step *step = g_ptr_array_index(after, i);
                if (procedure_step(from, step->key) == NULL)
                        add_line(lines, "step `%s` is new, for %s%s", step->key, or_nobody(step->role),
                                 step->label_required ? ", required" : "");
        }
        for (guint i = 0; i < before->len; i++) {
                const Step *old = g_ptr_array_index(before, i), *step = procedure_step(to, old->key);
                if (step == NULL)
                        add_line(lines, "step `%s` is gone", old->key);
                else if (g_strcmp0(step->role, old->role) != 0)
                        add_line(lines, "step `%s` is for %s, no longer for %s", step->key,
                                 or_nobody(step->role), or_nobody(old->role));
                if (step != NULL && step->label_required != old->label_required)
                        add_line(lines, "step `%s` is %s", step->key,
                                 step->label_required ? "required now" : "no longer required");
        }
}

static void compare_fields(const Procedure *from, const Procedure *to, GPtrArray *lines)
{
        const GPtrArray *forms = procedure_forms(from);
        for (guint i = 0; i < forms->len; i++) {
                const Form *old = g_ptr_array_index(forms, i), *form = procedure_form(to, old->key);
                if (form == NULL)
                        add_line(lines, "form `%s` is gone", old->key);
                for (guint j = 0; form != NULL && j < old->fields->len; j++) {
                        const Field *field = g_ptr_array_index(old->fields, j);
                        if (form_find_field(form, field->key) == NULL)
                                add_line(lines, "field `%s.%s` is gone", old->key, field->key);
                }
                for (guint j = 0; form != NULL && j < form->fields->len; j++) {
                        const Field *field = g_ptr_array_index(form->fields, j);
                        if (form_find_field(old, field->key) == NULL)
                                add_line(lines, "field `%s.%s` is new", form->key, field->key);
                }
        }
}

GPtrArray *migration_differences(const Procedure *from, const Procedure *to)
{
        GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
        compare_steps(from, to, lines);
        compare_fields(from, to, lines);
        return lines;
}

/* What stands in the way. */

static bool is_touched(const Task *task)
{
        return task->state != TASK_WAITING && task->state != TASK_CANCELLED;
}

static bool knows_a_step(const Mover *mover)
{
        for (guint i = 0; i < mover->before->tasks->len; i++) {
                const Task *task = g_ptr_array_index(mover->before->tasks, i);
                if (is_touched(task) && procedure_step(mover->to, task->step) != NULL)
                        return true;
        }
        return false;
}

static void check_procedure(const Mover *mover)
{
        if (strcmp(procedure_key(mover->from), procedure_key(mover->to)) != 0)
                add_fault(mover, "name the rules of the same procedure",
                          "it goes through `%s`, and the other version is of `%s`",
                          procedure_key(mover->from), procedure_key(mover->to));
        if (mover->before->country != NULL && procedure_has_country(mover->from, mover->before->country) &&
            !procedure_has_country(mover->to, mover->before->country))
                add_fault(mover, "add it to calendars.yaml", "there is no calendar of `%s` any more",
                          mover->before->country);
        if (!knows_a_step(mover))
                add_fault(mover, "name the rules of the same procedure",
                          "the other version has none of its steps");
        if (mover->before->status == CASE_CLOSED || mover->before->status == CASE_BROKEN_OFF)
                add_fault(mover, "leave it out", "it is over, and keeps its version");
}

static void check_task(const Mover *mover, const Task *task)
{
        const Step *old = procedure_step(mover->from, task->step),
                   *step = procedure_step(mover->to, task->step);
        const Task *after = case_task(mover->after, task->step);
        if (task->held_answer != NULL && (step == NULL || after->held_answer == NULL))
                add_fault(mover, "wait for the confirmation, or remind of it, and move the case then",
                          "an answer to `%s` waits to be confirmed by the registered address", task->step);
        if (step == NULL || old == NULL || !is_touched(task))
                return;
        if (old->act != step->act)
                add_fault(mover, "give the new step a key of its own",
                          "`%s` was asked already, and is another kind of act now", task->step);
        if (step_is_form(old) && step_is_form(step) && strcmp(old->form, step->form) != 0)
                add_fault(mover, "give the new step a key of its own",
                          "`%s` was asked already with the form `%s`, and has `%s` now", task->step,
                          old->form, step->form);
}

static bool has_choice(const Field *field, const char *value)
{
        g_auto(GStrv) parts = g_strsplit(value, ",", -1);
        for (char **part = parts; *part != NULL; part++)
                if (!g_strv_contains((const char *const *)field->choice_keys, g_strstrip(*part)))
                        return false;
        return true;
}

static void check_value(const Mover *mover, const char *name, const char *value)
{
        const Form *form = NULL;
        const Field *old = procedure_field(mover->from, name, NULL),
                    *field = procedure_field(mover->to, name, &form);
        if (old == NULL || field == NULL || value[0] == '\0')
                return;
        if (form->is_confidential)
                add_fault(mover, "give the confidential form another key",
                          "`%s` was written openly, and its form is confidential now", name);
        else if (old->kind != field->kind && field->kind != FIELD_TEXT && field->kind != FIELD_LONG_TEXT)
                add_fault(mover, "give the new field another key",
                          "`%s` was filled in as another kind of field", name);
        else if (field->choice_keys != NULL && !has_choice(field, value))
                add_fault(mover, "keep the choice, or have the field filled in anew before the move",
                          "`%s` is `%s`, which is no choice any more", name, value);
}

static void check_values(const Mover *mover)
{
        g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(mover->before->data), (GCompareFunc)strcmp);
        for (GList *key = keys; key != NULL; key = key->next)
                check_value(mover, key->data, case_value(mover->before, key->data));
}

/* A task that nobody plays a role for would wait for ever. */
static void check_actor(const Mover *mover, const Task *task)
{
        const Step *step = procedure_step(mover->to, task->step),
                   *old = procedure_step(mover->from, task->step);
        const Task *before = case_task(mover->before, task->step);
        if (step == NULL || step->role == NULL || !plan_is_waited_for(task) ||
            case_holder(mover->after, step->role, mover->now) != 0)
                return;
        if (before != NULL && plan_is_waited_for(before) && old != NULL &&
            g_strcmp0(old->role, step->role) == 0)
                return; /* so it was before */
        add_fault(mover,
                  "let the step be done by a role that the case has, or leave the case with its version",
                  "nobody plays `%s`, who must do `%s`", step->role, task->step);
}

static void find_faults(const Mover *mover)
{
        check_procedure(mover);
        for (guint i = 0; i < mover->before->tasks->len; i++)
                check_task(mover, g_ptr_array_index(mover->before->tasks, i));
        check_values(mover);
        for (guint i = 0; i < mover->after->tasks->len; i++)
                check_actor(mover, g_ptr_array_index(mover->after->tasks, i));
}

/* What would change. */

static int days_between(const Mover *mover, int64_t from, int64_t to)
{
        GTimeZone *zone = zone_named(mover->before->timezone);
        return zone != NULL ? day_at(to, zone) - day_at(from, zone) : (int)((to - from) / DAY_S);
}

static void tell_opened(const Mover *mover, const Record *record)
{
        const Step *step = procedure_step(mover->to, record->step);
        const int64_t due_at = json_integer_value(json_object_get(record->payload, "due_at"));
        if (due_at != 0)
                add_line(mover->migration->changes, "`%s` opens for %s, due in %d days", record->step,
                         or_nobody(step->role), days_between(mover, mover->now, due_at));
        else
                add_line(mover->migration->changes, "`%s` opens for %s", record->step, or_nobody(step->role));
}

static void tell_due(const Mover *mover, const Record *record)
{
        const Task *task = case_task(mover->before, record->step);
        const int64_t due_at = json_integer_value(json_object_get(record->payload, "due_at"));
        if (due_at == 0)
                add_line(mover->migration->changes, "`%s` has no deadline any more", record->step);
        else if (task->due_at == 0)
                add_line(mover->migration->changes, "`%s` gets a deadline, in %d days", record->step,
                         days_between(mover, mover->now, due_at));
        else
                add_line(mover->migration->changes, "`%s` is due %+d days", record->step,
                         days_between(mover, task->due_at, due_at));
}

static void tell_record(const Mover *mover, const Record *record)
{
        GPtrArray *changes = mover->migration->changes;
        const char *answer = json_string_value(json_object_get(record->payload, "answer")),
                   *status = json_string_value(json_object_get(record->payload, "status"));
        switch (record->kind) {
        case RECORD_OPENED: tell_opened(mover, record); return;
        case RECORD_DUE: tell_due(mover, record); return;
        case RECORD_CANCELLED: add_line(changes, "`%s` ends: its step is gone", record->step); return;
        case RECORD_WAITING:
                if (case_task(mover->before, record->step)->state != TASK_CANCELLED)
                        add_line(changes, "`%s` waits: its time has not come", record->step);
                return;
        case RECORD_DONE: add_line(changes, "`%s` is done: %s", record->step, answer); return;
        case RECORD_REFUSED: add_line(changes, "`%s` is refused: %s", record->step, answer); return;
        case RECORD_STATUS: add_line(changes, "the case is %s", status); return;
        case RECORD_ASSIGNED:
                add_line(changes, "`%s` passes to %s", record->step,
                         or_nobody(procedure_step(mover->to, record->step)->role));
                return;
        case RECORD_BEGUN:
        case RECORD_SAVED:
        case RECORD_HELD:
        case RECORD_ASKED:
        case RECORD_DROPPED:
        case RECORD_UNDONE:
        case RECORD_REMINDED:
        case RECORD_ESCALATED:
        case RECORD_OVERDUE:
        case RECORD_HOLDER:
        case RECORD_TOLD:
        case RECORD_MIGRATED:
        case RECORD_MERGED:
        case RECORD_NOTED: return;
        }
}

static void tell_values(const Mover *mover)
{
        g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(mover->before->data), (GCompareFunc)strcmp);
        for (GList *key = keys; key != NULL; key = key->next)
                if (procedure_field(mover->from, key->data, NULL) != NULL &&
                    procedure_field(mover->to, key->data, NULL) == NULL &&
                    case_value(mover->before, key->data)[0] != '\0')
                        add_line(mover->migration->changes, "what `%s` says is kept and shown no more",
                                 (const char *)key->data);
}

static void tell_changes(const Mover *mover)
{
        const Decision *decision = mover->migration->decision;
        if (mover->is_blind)
                add_line(mover->migration->changes, "its version cannot be read any more: deadlines stay");
        for (guint i = 0; i < decision->records->len; i++)
                tell_record(mover, g_ptr_array_index(decision->records, i));
        tell_values(mover);
        for (guint i = 0; i < decision->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(decision->mails, i);
                add_line(mover->migration->changes, "mail `%s` to %s%s%s", mail->key,
                         mail->role != NULL ? mail->role : "somebody", mail->step != NULL ? " about " : "",
                         mail->step != NULL ? mail->step : "");
        }
}

Migration *migration_new(const Procedure *from, const Procedure *to, const Case *the_case, int64_t now)
{
        const Event event = { .kind = EVENT_MIGRATE, .from = from };
        Migration *migration = g_new0(Migration, 1);
        migration->changes = g_ptr_array_new_with_free_func(g_free);
        migration->faults = g_ptr_array_new_with_free_func(fault_free);
        migration->decision = decide(to, the_case, &event, now);
        g_autoptr(Case) after = case_copy(the_case);
        for (guint i = 0; i < migration->decision->records->len; i++) {
                bool fits = case_apply(after, g_ptr_array_index(migration->decision->records, i));
                g_assert(fits); /* decide() folded them already */
        }
        const Mover mover = { .is_blind = from == NULL,
                              .from = from != NULL ? from : to,
                              .to = to,
                              .before = the_case,
                              .after = after,
                              .migration = migration,
                              .now = now };
        find_faults(&mover);
        tell_changes(&mover);
        return migration;
}
