#include "procedure/case.h"

#include "base/address.h"

#include <inttypes.h>
#include <string.h>

static const char *const status_words[] = { "planned",  "running",  "interrupted", "broken_off",
                                            "finished", "defended", "graded",      "closed" };
static const char *const state_words[] = { "waiting", "open", "done", "refused", "overdue", "cancelled" };
static const char *const kind_words[] = { "begun",     "opened",  "done",      "refused", "saved",
                                          "held",      "asked",   "dropped",   "undone",  "reminded",
                                          "escalated", "overdue", "cancelled", "status",  "holder",
                                          "assigned",  "due",     "waiting",   "told",    "migrated",
                                          "merged",    "noted" };
G_STATIC_ASSERT(G_N_ELEMENTS(status_words) == CASE_CLOSED + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(state_words) == TASK_CANCELLED + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(kind_words) == RECORD_NOTED + 1);

static int word_index(const char *const *words, size_t count, const char *word)
{
        for (size_t i = 0; i < count; i++)
                if (g_strcmp0(words[i], word) == 0)
                        return (int)i;
        return -1;
}

const char *case_status_word(CaseStatus status)
{
        return status_words[status];
}

bool case_status_parse(const char *word, CaseStatus *status_out)
{
        int index = word_index(status_words, G_N_ELEMENTS(status_words), word);
        *status_out = index >= 0 ? (CaseStatus)index : CASE_PLANNED;
        return index >= 0;
}

const char *task_state_word(TaskState state)
{
        return state_words[state];
}

bool task_state_parse(const char *word, TaskState *state_out)
{
        int index = word_index(state_words, G_N_ELEMENTS(state_words), word);
        *state_out = index >= 0 ? (TaskState)index : TASK_WAITING;
        return index >= 0;
}

const char *record_kind_word(RecordKind kind)
{
        return kind_words[kind];
}

bool record_kind_parse(const char *word, RecordKind *kind_out)
{
        int index = word_index(kind_words, G_N_ELEMENTS(kind_words), word);
        *kind_out = index >= 0 ? (RecordKind)index : RECORD_NOTED;
        return index >= 0;
}

void person_free(Person *person)
{
        if (person == NULL)
                return;
        g_free(person->name);
        g_free(person->address);
        g_free(person->language);
        g_free(person->timezone);
        g_free(person->country);
        g_free(person);
}

static void task_free(gpointer data)
{
        Task *task = data;
        g_free(task->step);
        g_free(task->how);
        g_free(task->answer);
        g_free(task->reason);
        g_free(task->held_answer);
        g_free(task->held_reason);
        g_free(task);
}

static void holder_free(gpointer data)
{
        Holder *holder = data;
        g_free(holder->role);
        g_free(holder);
}

Case *case_new(void)
{
        Case *the_case = g_new0(Case, 1);
        the_case->tasks = g_ptr_array_new_with_free_func(task_free);
        the_case->holders = g_ptr_array_new_with_free_func(holder_free);
        the_case->data = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        the_case->people = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
        return the_case;
}

void case_free(Case *the_case)
{
        if (the_case == NULL)
                return;
        g_free(the_case->reference);
        g_free(the_case->procedure);
        g_free(the_case->country);
        g_free(the_case->timezone);
        g_ptr_array_unref(the_case->tasks);
        g_ptr_array_unref(the_case->holders);
        g_hash_table_unref(the_case->data);
        g_ptr_array_unref(the_case->people);
        g_free(the_case);
}

static gpointer copy_task(gconstpointer source, gpointer unused G_GNUC_UNUSED)
{
        const Task *task = source;
        Task *copy = g_memdup2(task, sizeof *task);
        copy->step = g_strdup(task->step);
        copy->how = g_strdup(task->how);
        copy->answer = g_strdup(task->answer);
        copy->reason = g_strdup(task->reason);
        copy->held_answer = g_strdup(task->held_answer);
        copy->held_reason = g_strdup(task->held_reason);
        return copy;
}

static gpointer copy_holder(gconstpointer source, gpointer unused G_GNUC_UNUSED)
{
        Holder *copy = g_memdup2(source, sizeof(Holder));
        copy->role = g_strdup(copy->role);
        return copy;
}

static gpointer copy_person(gconstpointer source, gpointer unused G_GNUC_UNUSED)
{
        Person *copy = g_memdup2(source, sizeof(Person));
        copy->name = g_strdup(copy->name);
        copy->address = g_strdup(copy->address);
        copy->language = g_strdup(copy->language);
        copy->timezone = g_strdup(copy->timezone);
        copy->country = g_strdup(copy->country);
        return copy;
}

static void copy_all(GPtrArray *to, const GPtrArray *from, gpointer (*copy)(gconstpointer, gpointer))
{
        for (guint i = 0; i < from->len; i++)
                g_ptr_array_add(to, copy(g_ptr_array_index(from, i), NULL));
}

Case *case_copy_outline(const Case *the_case)
{
        Case *copy = case_new();
        copy->id = the_case->id;
        copy->reference = g_strdup(the_case->reference);
        copy->procedure = g_strdup(the_case->procedure);
        copy->status = the_case->status;
        copy->country = g_strdup(the_case->country);
        copy->timezone = g_strdup(the_case->timezone);
        copy->begun_at = the_case->begun_at;
        copy_all(copy->tasks, the_case->tasks, copy_task);
        copy_all(copy->holders, the_case->holders, copy_holder);
        return copy;
}

Case *case_copy(const Case *the_case)
{
        Case *copy = case_copy_outline(the_case);
        copy_all(copy->people, the_case->people, copy_person);
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, the_case->data);
        while (g_hash_table_iter_next(&iter, &key, &value))
                g_hash_table_insert(copy->data, g_strdup(key), g_strdup(value));
        return copy;
}

Task *case_task(const Case *the_case, const char *step)
{
        for (guint i = 0; step != NULL && i < the_case->tasks->len; i++) {
                Task *task = g_ptr_array_index(the_case->tasks, i);
                if (strcmp(task->step, step) == 0)
                        return task;
        }
        return NULL;
}

const Person *case_person(const Case *the_case, int64_t id)
{
        for (guint i = 0; i < the_case->people->len; i++) {
                const Person *person = g_ptr_array_index(the_case->people, i);
                if (person->id == id)
                        return person;
        }
        return NULL;
}

int64_t case_holder(const Case *the_case, const char *role, int64_t at)
{
        int64_t person = 0;
        for (guint i = 0; role != NULL && i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (strcmp(holder->role, role) == 0 && holder->since <= at &&
                    (holder->until == 0 || at < holder->until))
                        person = holder->person; /* the latest of several */
        }
        return person;
}

bool case_may_act(const Case *the_case, const char *role, int64_t person, int64_t at)
{
        for (guint i = 0; person != 0 && role != NULL && i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (strcmp(holder->role, role) == 0 && holder->person == person && holder->since <= at &&
                    (holder->until == 0 || at < holder->until))
                        return true;
        }
        return false;
}

int64_t case_acts_for(const Case *the_case, const char *role, int64_t person, int64_t at)
{
        for (guint i = the_case->holders->len; role != NULL && i > 0; i--) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i - 1);
                if (strcmp(holder->role, role) == 0 && holder->person == person && holder->since <= at &&
                    (holder->until == 0 || at < holder->until))
                        return holder->acts_for;
        }
        return 0;
}

const char *case_role_of(const Case *the_case, int64_t person)
{
        for (guint i = the_case->holders->len; i-- > 0;) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (holder->person == person && holder->until == 0)
                        return holder->role;
        }
        return NULL;
}

void case_set_address(Case *the_case, int64_t id, const char *address)
{
        for (guint i = 0; i < the_case->people->len; i++) {
                Person *person = g_ptr_array_index(the_case->people, i);
                if (person->id != id)
                        continue;
                g_free(person->address);
                person->address = g_strdup(address);
                person->is_failing = false;
        }
}

const Person *case_person_at(const Case *the_case, const char *address)
{
        for (guint i = 0; i < the_case->people->len; i++) {
                const Person *person = g_ptr_array_index(the_case->people, i);
                if (address_equal(person->address, address))
                        return person;
        }
        return NULL;
}

const char *case_value(const Case *the_case, const char *key)
{
        return key != NULL ? g_hash_table_lookup(the_case->data, key) : NULL;
}

void record_free(Record *record)
{
        if (record == NULL)
                return;
        g_free(record->step);
        json_decref(record->payload);
        g_free(record);
}

/* The fold. */

static const char *text_of(const Record *record, const char *key)
{
        return json_string_value(json_object_get(record->payload, key));
}

static int64_t number_of(const Record *record, const char *key)
{
        return json_integer_value(json_object_get(record->payload, key));
}

static void set_text(char **place, const char *text)
{
        g_free(*place);
        *place = g_strdup(text);
}

static void put_values(Case *the_case, json_t *values)
{
        const char *key;
        json_t *value;
        json_object_foreach(values, key, value)
                if (json_is_string(value))
                        g_hash_table_insert(the_case->data, g_strdup(key),
                                            g_strdup(json_string_value(value)));
}

static int compare_holders(gconstpointer a, gconstpointer b)
{
        return strcmp((*(const Holder *const *)a)->role, (*(const Holder *const *)b)->role);
}

static bool apply_begun(Case *the_case, const Record *record)
{
        if (the_case->begun_at != 0 || text_of(record, "reference") == NULL)
                return false;
        the_case->begun_at = record->at;
        set_text(&the_case->reference, text_of(record, "reference"));
        set_text(&the_case->procedure, text_of(record, "procedure"));
        set_text(&the_case->country, text_of(record, "country"));
        set_text(&the_case->timezone, text_of(record, "timezone"));
        if (the_case->country != NULL) /* conditions of fields ask it like any other value */
                g_hash_table_insert(the_case->data, g_strdup("case.country"), g_strdup(the_case->country));
        const char *role;
        json_t *person;
        json_object_foreach(json_object_get(record->payload, "holders"), role, person) {
                Holder *holder = g_new0(Holder, 1);
                holder->role = g_strdup(role);
                holder->person = json_integer_value(person);
                g_ptr_array_add(the_case->holders, holder);
        }
        g_ptr_array_sort(the_case->holders,
                         compare_holders); /* an object has no order: nor has the journal */
        put_values(the_case, json_object_get(record->payload, "data"));
        return true;
}

/* What stood in a form when it is opened again: kept to show the difference (record.x -> was.record.x), or
 * blank when each time is a new one. */
static void put_aside(Case *the_case, const char *form, bool is_kept)
{
        g_autofree char *prefix = g_strconcat(form, ".", NULL);
        g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
        GHashTableIter iter;
        gpointer key;
        g_hash_table_iter_init(&iter, the_case->data);
        while (g_hash_table_iter_next(&iter, &key, NULL))
                if (g_str_has_prefix(key, prefix))
                        g_ptr_array_add(keys, g_strdup(key));
        for (guint i = 0; i < keys->len; i++) {
                const char *name = g_ptr_array_index(keys, i);
                if (is_kept)
                        g_hash_table_insert(the_case->data, g_strconcat("was.", name, NULL),
                                            g_strdup(case_value(the_case, name)));
                else
                        g_hash_table_insert(the_case->data, g_strdup(name), g_strdup(""));
        }
}

static bool apply_opened(Case *the_case, const Record *record)
{
        Task *task = case_task(the_case, record->step);
        if (record->step == NULL ||
            (task != NULL && (task->state == TASK_OPEN || task->state == TASK_OVERDUE)))
                return false;
        if (task == NULL) {
                task = g_new0(Task, 1);
                task->step = g_strdup(record->step);
                g_ptr_array_add(the_case->tasks, task);
        }
        task->state = TASK_OPEN;
        task->cycle++;
        task->person = number_of(record, "person");
        task->opened_at = record->at;
        task->due_at = number_of(record, "due_at");
        task->done_at = task->done_by = 0;
        task->escalations = 0;
        task->escalated_at = task->asked_at = task->saved_at = 0;
        g_clear_pointer(&task->how, g_free);
        g_clear_pointer(&task->answer, g_free);
        const char *kept = text_of(record, "keep"), *blank = text_of(record, "clear");
        if (kept != NULL)
                put_aside(the_case, kept, true);
        if (blank != NULL)
                put_aside(the_case, blank, false);
        return true;
}

static void clear_held(Task *task)
{
        g_clear_pointer(&task->held_answer, g_free);
        g_clear_pointer(&task->held_reason, g_free);
        task->held_message = 0;
}

static bool apply_closed(Task *task, const Record *record)
{
        if (task->state != TASK_OPEN && task->state != TASK_OVERDUE)
                return false;
        task->state = record->kind == RECORD_DONE ? TASK_DONE : TASK_REFUSED;
        task->done_at = record->at;
        task->done_by = record->person;
        task->level = (Level)number_of(record, "level");
        set_text(&task->how, text_of(record, "how"));
        set_text(&task->answer, text_of(record, "answer"));
        set_text(&task->reason, text_of(record, "reason"));
        clear_held(task);
        return true;
}

/* A step that a refusal had opened again, and that nobody touched since, is done as before. */
static void restore(Task *task, int64_t at)
{
        if (task == NULL)
                return;
        task->state = TASK_DONE;
        task->done_at = at;
        task->done_by = task->person;
}

static bool apply_undone(Case *the_case, Task *task, const Record *record)
{
        if (task->state != TASK_DONE && task->state != TASK_REFUSED)
                return false;
        task->state = TASK_OPEN;
        task->done_at = task->done_by = 0;
        g_clear_pointer(&task->how, g_free);
        g_clear_pointer(&task->answer, g_free);
        g_clear_pointer(&task->reason, g_free);
        size_t index;
        json_t *step;
        json_array_foreach(json_object_get(record->payload, "cancelled"), index, step) {
                Task *later = case_task(the_case, json_string_value(step));
                if (later != NULL)
                        later->state = TASK_WAITING;
        }
        json_array_foreach(json_object_get(record->payload, "restored"), index, step)
                restore(case_task(the_case, json_string_value(step)), record->at);
        return true;
}

static bool apply_waiting(Task *task)
{
        if (task->state == TASK_WAITING)
                return false;
        task->state = TASK_WAITING;
        task->done_at = task->done_by = 0;
        g_clear_pointer(&task->how, g_free);
        g_clear_pointer(&task->answer, g_free);
        g_clear_pointer(&task->reason, g_free);
        clear_held(task);
        return true;
}

/* Another person takes the role over; a deputy (`for`) only stands beside. */
static bool apply_holder(Case *the_case, const Record *record)
{
        const char *role = text_of(record, "role");
        if (role == NULL)
                return false;
        int64_t acts_for = number_of(record, "for");
        for (guint i = 0; acts_for == 0 && i < the_case->holders->len; i++) {
                Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (strcmp(holder->role, role) == 0 && (holder->until == 0 || holder->until > record->at))
                        holder->until = record->at;
        }
        Holder *holder = g_new0(Holder, 1);
        holder->role = g_strdup(role);
        holder->person = number_of(record, "person");
        holder->since = record->at;
        holder->until = number_of(record, "until");
        holder->acts_for = acts_for;
        g_ptr_array_add(the_case->holders, holder);
        return true;
}

static void move_person(int64_t *person, int64_t from, int64_t into)
{
        if (*person == from)
                *person = into;
}

static bool apply_merged(Case *the_case, const Record *record)
{
        const int64_t from = number_of(record, "from"), into = number_of(record, "into");
        if (from == 0 || into == 0)
                return false;
        for (guint i = 0; i < the_case->holders->len; i++) {
                Holder *holder = g_ptr_array_index(the_case->holders, i);
                move_person(&holder->person, from, into);
                move_person(&holder->acts_for, from, into);
                if (holder->acts_for == holder->person) /* nobody is their own deputy */
                        holder->acts_for = 0;
        }
        for (guint i = 0; i < the_case->tasks->len; i++) {
                Task *task = g_ptr_array_index(the_case->tasks, i);
                move_person(&task->person, from, into);
                move_person(&task->done_by, from, into);
        }
        return true;
}

static bool apply_to_task(Case *the_case, Task *task, const Record *record)
{
        switch (record->kind) {
        case RECORD_DONE:
        case RECORD_REFUSED: return apply_closed(task, record);
        case RECORD_HELD:
                set_text(&task->held_answer, text_of(record, "answer"));
                set_text(&task->held_reason, text_of(record, "reason"));
                task->held_message = record->message;
                return true;
        case RECORD_ASKED: task->asked_at = record->at; return true;
        case RECORD_DROPPED: clear_held(task); return true;
        case RECORD_UNDONE: return apply_undone(the_case, task, record);
        case RECORD_REMINDED:
                task->reminders = (int)number_of(record, "n");
                task->reminded_at = record->at;
                return true;
        case RECORD_ESCALATED:
                task->escalations++;
                task->escalated_at = record->at;
                return true;
        case RECORD_OVERDUE:
                if (task->state != TASK_OPEN)
                        return false;
                task->state = TASK_OVERDUE;
                return true;
        case RECORD_CANCELLED: task->state = TASK_CANCELLED; return true;
        case RECORD_ASSIGNED: task->person = number_of(record, "person"); return true;
        case RECORD_DUE:
                task->due_at = number_of(record, "due_at");
                if (task->state == TASK_OVERDUE && (task->due_at == 0 || task->due_at > record->at))
                        task->state = TASK_OPEN;
                return true;
        case RECORD_WAITING: return apply_waiting(task);
        case RECORD_TOLD: task->told_at = record->at; return true;
        case RECORD_BEGUN:
        case RECORD_OPENED:
        case RECORD_SAVED:
        case RECORD_STATUS:
        case RECORD_HOLDER:
        case RECORD_MIGRATED:
        case RECORD_MERGED:
        case RECORD_NOTED: break;
        }
        return false;
}

bool case_apply(Case *the_case, const Record *record)
{
        switch (record->kind) {
        case RECORD_BEGUN: return apply_begun(the_case, record);
        case RECORD_OPENED: return apply_opened(the_case, record);
        case RECORD_HOLDER: return apply_holder(the_case, record);
        case RECORD_MERGED: return apply_merged(the_case, record);
        case RECORD_STATUS: return case_status_parse(text_of(record, "status"), &the_case->status);
        case RECORD_MIGRATED:
                set_text(&the_case->procedure, text_of(record, "procedure"));
                return the_case->procedure != NULL;
        case RECORD_NOTED: return true;
        case RECORD_SAVED: {
                Task *task = case_task(the_case, record->step);
                if (task != NULL)
                        task->saved_at = record->at;
                put_values(the_case, json_object_get(record->payload, "data"));
                return true;
        }
        case RECORD_DONE:
        case RECORD_REFUSED:
        case RECORD_HELD:
        case RECORD_ASKED:
        case RECORD_DROPPED:
        case RECORD_UNDONE:
        case RECORD_REMINDED:
        case RECORD_ESCALATED:
        case RECORD_OVERDUE:
        case RECORD_ASSIGNED:
        case RECORD_DUE:
        case RECORD_WAITING:
        case RECORD_TOLD:
        case RECORD_CANCELLED: {
                Task *task = case_task(the_case, record->step);
                return task != NULL && apply_to_task(the_case, task, record);
        }
        }
        return false; /* a kind from a journal that this program does not know */
}

void case_note_address(Case *the_case, const Record *record)
{
        const char *what = record->kind == RECORD_NOTED ? text_of(record, "what") : NULL;
        if (g_strcmp0(what, "address") == 0)
                case_set_address(the_case, number_of(record, "person"), text_of(record, "address"));
        if (g_strcmp0(what, "unreachable") != 0 ||
            !json_is_true(json_object_get(record->payload, "permanent")))
                return;
        for (guint i = 0; i < the_case->people->len; i++) {
                Person *person = g_ptr_array_index(the_case->people, i);
                person->is_failing = person->is_failing || person->id == record->person;
        }
}

static const char *or_dash(const char *text)
{
        return text != NULL ? text : "-";
}

char *case_print(const Case *the_case)
{
        GString *out = g_string_new(NULL);
        g_string_append_printf(out,
                               "case %s procedure %s status %s country %s timezone %s begun %" PRId64 "\n",
                               or_dash(the_case->reference), or_dash(the_case->procedure),
                               case_status_word(the_case->status), or_dash(the_case->country),
                               or_dash(the_case->timezone), the_case->begun_at);
        for (guint i = 0; i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                g_string_append_printf(
                        out, "holder %s %" PRId64 " since %" PRId64 " until %" PRId64 " for %" PRId64 "\n",
                        holder->role, holder->person, holder->since, holder->until, holder->acts_for);
        }
        for (guint i = 0; i < the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(the_case->tasks, i);
                g_string_append_printf(out,
                                       "task %s %s cycle %d person %" PRId64 " opened %" PRId64
                                       " due %" PRId64 " done %" PRId64 " by %" PRId64
                                       " how %s level %d answer %s reason %s reminders %d at %" PRId64
                                       " escalations %d at %" PRId64 " held %s %s %" PRId64 " asked %" PRId64
                                       " saved %" PRId64 " told %" PRId64 "\n",
                                       task->step, task_state_word(task->state), task->cycle, task->person,
                                       task->opened_at, task->due_at, task->done_at, task->done_by,
                                       or_dash(task->how), (int)task->level, or_dash(task->answer),
                                       or_dash(task->reason), task->reminders, task->reminded_at,
                                       task->escalations, task->escalated_at, or_dash(task->held_answer),
                                       or_dash(task->held_reason), task->held_message, task->asked_at,
                                       task->saved_at, task->told_at);
        }
        g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(the_case->data), (GCompareFunc)strcmp);
        for (GList *key = keys; key != NULL; key = key->next) {
                g_autofree char *value = g_strescape(case_value(the_case, key->data), NULL);
                g_string_append_printf(out, "value %s %s\n", (const char *)key->data, value);
        }
        return g_string_free(out, FALSE);
}
