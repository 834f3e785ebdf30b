/* procedure/view_course.c: how far a case is, as a mail shows it: the table of steps, what happened, what is
 * still to come and who is waited for. */
#include "procedure/plan.h"
#include "procedure/view_private.h"

#include <string.h>

/* The parties of a step that have not acted, or what a label still lacks. */

/* A part of a group is asked for what the whole needs. */
static const Step *whole_step(const Viewer *viewer)
{
        const Step *step = viewer->step;
        return step != NULL && step->group != NULL ? procedure_step(viewer->procedure, step->group) : step;
}

json_t *view_of_missing_steps(const Viewer *viewer)
{
        json_t *missing = json_array();
        const Step *step = whole_step(viewer);
        for (char **name = step != NULL ? step->needs : NULL; name != NULL && *name != NULL; name++) {
                const Step *needed = procedure_step(viewer->procedure, *name);
                if (!view_is_done(viewer, *name) && needed->group == NULL)
                        json_array_append_new(missing, json_pack("{s:s}", "label",
                                                                 texts_get(needed->label, viewer->language)));
        }
        return missing;
}

json_t *view_of_waiting_for(const Viewer *viewer)
{
        json_t *waiting = json_array();
        const Step *step = whole_step(viewer);
        for (char **name = step != NULL ? step->needs : NULL; name != NULL && *name != NULL; name++) {
                const Step *part = procedure_step(viewer->procedure, *name);
                if (view_is_done(viewer, *name) || part->group == NULL)
                        continue;
                int64_t person = case_holder(viewer->the_case, part->role, viewer->now);
                json_array_append_new(waiting,
                                      json_pack("{s:s, s:s}", "name",
                                                view_person_name(viewer->the_case, person), "role_label",
                                                texts_get(procedure_role_label(viewer->procedure, part->role),
                                                          viewer->language)));
        }
        return waiting;
}

/* Between a name and what is said of it, and between the items of a list. */
static const char *colon(const Viewer *viewer)
{
        return strcmp(viewer->language, "fr") == 0 ? "\u00A0: " : ": ";
}

static const char *comma(const Viewer *viewer)
{
        return strcmp(viewer->language, "ar") == 0 ? "، " : ", ";
}

/* Who must act, for the table: of several parties those who have not. */
static char *actor_label(const Viewer *viewer, const Step *step)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (char **name = step->needs; *name != NULL; name++) {
                const Step *part = procedure_step(viewer->procedure, *name);
                if (part->group != NULL && !view_is_done(viewer, *name))
                        g_string_append_printf(out, "%s%s", out->len > 0 ? comma(viewer) : "",
                                               texts_get(procedure_role_label(viewer->procedure, part->role),
                                                         viewer->language));
        }
        if (step->role != NULL)
                g_string_append(out, texts_get(procedure_role_label(viewer->procedure, step->role),
                                               viewer->language));
        return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool is_in_table(const Viewer *viewer, const Step *step)
{
        const Task *task = case_task(viewer->the_case, step->key);
        bool is_asked = task != NULL && task->state != TASK_WAITING;
        return step->group == NULL && (step->number[0] != '\0' || is_asked);
}

static TaskState state_in_table(const Case *the_case, const Step *step, const Task *task)
{
        if (task == NULL || (step->award != NULL && task->state == TASK_OPEN))
                return TASK_WAITING;
        const bool is_left = the_case->status == CASE_CLOSED && task->state != TASK_DONE &&
                             task->state != TASK_REFUSED; /* nobody waits for it any more */
        return is_left ? TASK_CANCELLED : task->state;
}

static char *when_in_table(const Viewer *viewer, const Step *step, const Task *task, TaskState state)
{
        int64_t at = state == TASK_WAITING ? plan_expected_at(viewer->procedure, viewer->the_case, step)
                     : state == TASK_DONE || state == TASK_REFUSED ? task->done_at
                     : task != NULL                                ? task->due_at
                                                                   : 0;
        return at > 1 ? day_long(day_at(at, viewer->zone), viewer->language) : g_strdup("");
}

json_t *view_of_steps(const Viewer *viewer)
{
        json_t *lines = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(viewer->the_case, step->key);
                TaskState state = state_in_table(viewer->the_case, step, task);
                if (!is_in_table(viewer, step))
                        continue;
                g_autofree char *when = when_in_table(viewer, step, task, state),
                                *actor = actor_label(viewer, step);
                json_array_append_new(lines, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "number",
                                                       step->number, "label",
                                                       texts_get(step->label, viewer->language), "state",
                                                       task_state_word(state), "state_label",
                                                       view_state_label(viewer, step, task, state), "actor",
                                                       actor, "when", when, "required", step->label_required,
                                                       "is_done", state == TASK_DONE));
        }
        return lines;
}

/* "Étapes du label : 2 sur 5": one line for the foot. */
json_t *view_of_progress(const Viewer *viewer)
{
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        int done = 0, required = 0;
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                required += step->label_required;
                done += step->label_required && view_is_done(viewer, step->key);
        }
        const char *format = procedure_word(viewer->procedure, "line.progress", viewer->language);
        g_auto(GStrv) parts = g_strsplit(format, "%d", 3);
        if (g_strv_length(parts) != 3)
                return json_string(format);
        return json_sprintf("%s%d%s%d%s", parts[0], done, parts[1], required, parts[2]);
}

/* What happened, oldest first, as far as the state remembers it. */

typedef struct {
        int64_t at;
        char *what;
} Happening;

static void happening_free(gpointer data)
{
        g_free(((Happening *)data)->what);
        g_free(data);
}

static int compare_happenings(gconstpointer a, gconstpointer b)
{
        const Happening *left = *(Happening *const *)a, *right = *(Happening *const *)b;
        return left->at < right->at ? -1 : left->at > right->at;
}

static void add_happening(const Viewer *viewer, GPtrArray *list, const Step *step, const Task *task,
                          int64_t at, const char *word, int64_t person)
{
        if (at == 0)
                return;
        Happening *happening = g_new0(Happening, 1);
        g_autofree char *key = g_strconcat("history.", word, NULL);
        const char *name = view_person_name(viewer->the_case, person);
        happening->at = at;
        const char *label = texts_get(step->label, viewer->language);
        happening->what =
                name[0] != '\0'
                        ? g_strdup_printf("%s%s%s %s", label, colon(viewer),
                                          procedure_word(viewer->procedure, key, viewer->language), name)
                        : g_strdup_printf("%s%s%s", label, colon(viewer),
                                          view_state_label(viewer, step, task, task->state));
        g_ptr_array_add(list, happening);
}

json_t *view_of_events(const Viewer *viewer)
{
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(happening_free);
        for (guint i = 0; i < viewer->the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(viewer->the_case->tasks, i);
                const Step *step = procedure_step(viewer->procedure, task->step);
                if (step == NULL || step->act == ACT_ROBOT)
                        continue;
                add_happening(viewer, list, step, task, task->opened_at, "opened", task->person);
                add_happening(viewer, list, step, task, task->reminded_at, "reminded", task->person);
                add_happening(viewer, list, step, task, task->done_at,
                              task->state == TASK_REFUSED ? "refused" : "done", task->done_by);
        }
        g_ptr_array_sort(list, compare_happenings);
        json_t *events = json_array();
        for (guint i = 0; i < list->len; i++) {
                const Happening *happening = g_ptr_array_index(list, i);
                g_autofree char *when = instant_long(happening->at, viewer->zone, viewer->language);
                json_array_append_new(events, json_pack("{s:s, s:s}", "when", when, "what", happening->what));
        }
        return events;
}

static json_t *ask_line(const Viewer *viewer, const Step *step)
{
        const Task *task = case_task(viewer->the_case, step->key);
        int64_t at = task != NULL && task->due_at != 0
                             ? task->due_at
                             : plan_expected_at(viewer->procedure, viewer->the_case, step);
        g_autofree char *when = at > 1 ? day_long(day_at(at, viewer->zone), viewer->language) : g_strdup("");
        return json_pack("{s:s, s:s}", "label", texts_get(step->label, viewer->language), "when", when);
}

/* What will be asked of the reader's role, in the order of the steps; `when` is "" while it is not known. */
json_t *view_of_asks(const Viewer *viewer)
{
        const char *role = viewer->mail->role;
        if (role == NULL || viewer->mail->is_answer || strcmp(viewer->mail->actions, "answer") == 0)
                return NULL;
        json_t *asks = json_array();
        const GPtrArray *steps = procedure_steps(viewer->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (g_strcmp0(step->role, role) == 0 && !step->is_on_request &&
                    !view_is_done(viewer, step->key))
                        json_array_append_new(asks, ask_line(viewer, step));
        }
        return asks;
}
