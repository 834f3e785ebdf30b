/* procedure/decide_staff.c: what staff do to a case: remind now, replace or name a person, correct an
 * address, interrupt, resume, file a signed agreement, close. One row a word, with the least level it needs.
 */
#include "base/address.h"
#include "procedure/plan.h"

#include <string.h>

static bool is_staff(const Plan *plan)
{
        if (plan->event->is_staff)
                return true;
        for (const char *const *role = procedure_staff(plan->procedure); *role != NULL; role++)
                if (case_may_act(plan->state, *role, plan->event->person, plan->now))
                        return true;
        return false;
}

static void done(Plan *plan, const char *what)
{
        plan_answer(plan, "receipt", plan->event->step, "",
                    json_pack("{s:b, s:s}", "is_staff_act", true, "staff_act", what));
        plan_outcome(plan, OUTCOME_APPLIED, "%s", what);
}

static void ask(Plan *plan, const char *what)
{
        plan_answer(plan, "question_back", plan->event->step, "", json_pack("{s:b}", "is_staff_act", true));
        plan_outcome(plan, OUTCOME_ASKED_BACK, "%s", what);
}

/* The argument's words: the first address, and before it the role. */
static char *find_address(const char *argument, char **before_out)
{
        g_auto(GStrv) words = g_strsplit_set(argument != NULL ? argument : "", " \t\n,;<>()", -1);
        g_autoptr(GString) before = g_string_new(NULL);
        char *address = NULL;
        for (char **word = words; *word != NULL && address == NULL; word++) {
                if (strchr(*word, '@') != NULL)
                        address = address_normalise(*word);
                else if (**word != '\0')
                        g_string_append_printf(before, "%s%s", before->len > 0 ? " " : "", *word);
        }
        *before_out = g_string_free(g_steal_pointer(&before), FALSE);
        return address;
}

/* The role that is meant: by its name, the longest that the words begin with, or by whoever must act on the
 * step of the event. name_out: the words behind it, a person's name; the caller frees; NULL when there are
 * none. */
static const char *meant_role(const Plan *plan, const char *words, char **name_out)
{
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        g_autofree char *head = g_strdup(words);
        *name_out = NULL;
        while (head[0] != '\0') {
                const char *role = procedure_role_named(plan->procedure, head);
                if (role != NULL) {
                        const char *rest = words + strlen(head);
                        *name_out = *rest != '\0' ? g_strdup(rest + 1) : NULL;
                        return role;
                }
                char *blank = strrchr(head, ' ');
                *(blank != NULL ? blank : head) = '\0';
        }
        return words[0] == '\0' && step != NULL ? step->role : NULL;
}

static void staff_remind(Plan *plan)
{
        int sent = 0;
        for (guint i = 0; i < plan->state->tasks->len; i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                const Step *step = procedure_step(plan->procedure, task->step);
                bool is_meant = plan->event->step == NULL || strcmp(plan->event->step, task->step) == 0;
                if (step == NULL || step->act == ACT_ROBOT || !is_meant || !plan_is_waited_for(task))
                        continue;
                int number = task->reminders + 1, most = (int)step->remind->len;
                if (number > most) /* three are enough; a fourth call is a person's */
                        continue;
                plan_record(plan, RECORD_REMINDED, step->key, json_pack("{s:i}", "n", number));
                plan_ask(plan, step, 10 * task->cycle + number,
                         json_pack("{s:{s:i, s:i}, s:b}", "reminder", "n", number, "of", most,
                                   "is_last_reminder", number == most));
                sent++;
        }
        if (sent > 0)
                done(plan, "reminded");
        else
                ask(plan, "remind: nothing waits, or it was reminded three times");
}

static void staff_replace(Plan *plan)
{
        g_autofree char *words = NULL, *name = NULL, *address = find_address(plan->event->argument, &words);
        const char *role = meant_role(plan, words, &name);
        if (address == NULL || role == NULL) {
                ask(plan, "replace: a role and an address are needed");
                return;
        }
        int64_t person = plan_person(plan, address, name, NULL);
        if (person == 0)
                return;
        plan_holder(plan, role, person, 0, 0);
        done(plan, "replaced");
}

/* The same person under another address: the caller makes it real, and what is decided from here on counts on
 * it. */
static void staff_address(Plan *plan)
{
        g_autofree char *words = NULL, *name = NULL, *address = find_address(plan->event->argument, &words);
        const char *role = meant_role(plan, words, &name);
        int64_t person = role != NULL ? case_holder(plan->state, role, plan->now) : 0;
        if (address == NULL || person == 0) {
                ask(plan, "address: a role and an address are needed");
                return;
        }
        plan_record(plan, RECORD_NOTED, NULL,
                    json_pack("{s:s, s:I, s:s}", "what", "address", "person", (json_int_t)person, "address",
                              address));
        case_set_address(plan->state, person, address);
        plan_ask_again(plan, person);
        done(plan, "address changed");
}

typedef json_t *(*ParamsFor)(const Plan *plan, const char *language, const void *data);

/* Everyone with a role, once each, in their language. */
static void tell_all(Plan *plan, const char *key, ParamsFor params, const void *data)
{
        g_autoptr(GHashTable) told = g_hash_table_new(g_int64_hash, g_int64_equal);
        for (guint i = 0; i < plan->state->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(plan->state->holders, i);
                if (holder->until != 0 || !g_hash_table_add(told, (gpointer)&holder->person))
                        continue;
                plan_mail(plan, key, holder->person, holder->role, NULL, "", plan_generation(plan),
                          params(plan, plan_language(plan, holder->person), data));
        }
}

/* "du 3" of "du 3 au 9 mars": the month and the year are those of the other day. */
static bool read_first_day(const Plan *plan, const char *first, const char *last, Day *day_out)
{
        if (plan_read_day(plan, first, day_out))
                return true;
        const char *rest = last + strspn(last, " ");
        rest += strspn(rest, "0123456789");
        g_autofree char *whole = g_strconcat(first, rest, NULL);
        return plan_read_day(plan, whole, day_out);
}

/* "INTERROMPRE 01/04/2027 au 15/04/2027", "du 3 au 9 mars", the last day alone, or none: until it is resumed.
 * False when there are two days and one cannot be read. */
static bool read_span(const Plan *plan, Day *from_out, Day *until_out)
{
        const char *argument = plan->event->argument != NULL ? plan->event->argument : "";
        g_autofree char *folded = g_utf8_strdown(argument, -1);
        static const char *const links[] = { " au ", " to ", " until ", " إلى ", " jusqu'au ", " - " };
        *from_out = day_at(plan->now, plan->zone);
        *until_out = DAY_NONE;
        for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
                const char *link = strstr(folded, links[i]);
                if (link == NULL)
                        continue;
                const char *last = link + strlen(links[i]);
                g_autofree char *first = g_strndup(folded, (gsize)(link - folded));
                return plan_read_day(plan, last, until_out) && read_first_day(plan, first, last, from_out);
        }
        plan_read_day(plan, folded, until_out);
        return true;
}

static void save_spans(Plan *plan, const char *spans, const char *resumes)
{
        const char *key = procedure_interruptions(plan->procedure);
        json_t *data = json_pack("{s:s}", "case.resumes", resumes);
        if (key != NULL)
                json_object_set_new(data, key, json_string(spans));
        plan_record(plan, RECORD_SAVED, NULL, json_pack("{s:o}", "data", data));
}

typedef struct {
        Day from, until;
} Span;

static json_t *span_params(const Plan *plan G_GNUC_UNUSED, const char *language, const void *data)
{
        const Span *span = data;
        g_autofree char *first = span->from != DAY_NONE ? day_long(span->from, language) : g_strdup(""),
                        *last = span->until != DAY_NONE ? day_long(span->until, language) : g_strdup("");
        return json_pack("{s:s, s:s}", "interrupted_from", first, "interrupted_until", last);
}

static void staff_interrupt(Plan *plan)
{
        Day from, until;
        if (!read_span(plan, &from, &until) || plan_is_frozen(plan->state) ||
            (until != DAY_NONE && until < from)) {
                ask(plan, "interrupt: the case is stopped already, or the days cannot be read");
                return;
        }
        const char *before = case_value(plan->state, procedure_interruptions(plan->procedure));
        g_autofree char *first = day_iso(from), *last = until != DAY_NONE ? day_iso(until) : g_strdup(""),
                        *after = until != DAY_NONE ? day_iso(until + 1) : g_strdup(""),
                        *spans = g_strdup_printf("%s%s%s/%s", before != NULL ? before : "",
                                                 before != NULL && before[0] != '\0' ? ";" : "", first, last);
        save_spans(plan, spans, after);
        plan_record(plan, RECORD_STATUS, NULL,
                    json_pack("{s:s}", "status", case_status_word(CASE_INTERRUPTED)));
        const Span span = { from, until };
        tell_all(plan, "case_interrupted", span_params, &span);
        done(plan, "interrupted");
}

static void staff_resume(Plan *plan)
{
        if (plan->state->status != CASE_INTERRUPTED) {
                ask(plan, "resume: the case is not interrupted");
                return;
        }
        const char *spans = case_value(plan->state, procedure_interruptions(plan->procedure));
        g_autofree char *yesterday = day_iso(day_at(plan->now, plan->zone) - 1),
                        *closed = spans != NULL && g_str_has_suffix(spans, "/")
                                          ? g_strconcat(spans, yesterday, NULL)
                                          : g_strdup(spans != NULL ? spans : "");
        save_spans(plan, closed, "");
        plan_record(plan, RECORD_STATUS, NULL, json_pack("{s:s}", "status", case_status_word(CASE_PLANNED)));
        const Span span = { DAY_NONE, day_at(plan->now, plan->zone) - 1 };
        tell_all(plan, "case_interrupted", span_params, &span);
        plan_move_dates(plan);
        done(plan, "resumed");
}

static void cancel_open(Plan *plan)
{
        for (guint i = 0; i < plan->state->tasks->len; i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                const Step *step = procedure_step(plan->procedure, task->step);
                if (!plan_is_waited_for(task))
                        continue;
                if (step != NULL && step->award != NULL)
                        plan_deny_award(plan, step, "incomplete");
                else
                        plan_record(plan, RECORD_CANCELLED, task->step, NULL);
        }
}

static json_t *reason_params(const Plan *plan G_GNUC_UNUSED, const char *language G_GNUC_UNUSED,
                             const void *data)
{
        return json_pack("{s:s}", "reason", data != NULL ? data : "");
}

static void staff_close(Plan *plan)
{
        if (plan->state->status == CASE_CLOSED || plan->state->status == CASE_BROKEN_OFF) {
                ask(plan, "close: the case is closed already");
                return;
        }
        bool is_broken = plan->state->status == CASE_RUNNING || plan->state->status == CASE_INTERRUPTED;
        cancel_open(plan);
        plan_record(plan, RECORD_STATUS, NULL,
                    json_pack("{s:s, s:s?}", "status",
                              case_status_word(is_broken ? CASE_BROKEN_OFF : CASE_CLOSED), "reason",
                              plan->event->reason));
        tell_all(plan, "case_closed", reason_params, plan->event->argument);
        done(plan, "closed");
}

static void file_step(Plan *plan, const char *key)
{
        g_autofree char *how = g_strdup_printf("filed %" G_GINT64_FORMAT, plan->event->message);
        plan_record(plan, RECORD_DONE, key,
                    json_pack("{s:s, s:i, s:s}", "answer", "filed", "level", (int)plan->event->level, "how",
                              how));
}

/* The signed paper is there: every part that is still open counts as agreed, and the whole with them: a
 * signatory whom nobody named has signed on paper. */
static void staff_file(Plan *plan)
{
        const char *whole = NULL;
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(plan->state, step->key);
                if (step->group == NULL || task == NULL || task->state == TASK_DONE)
                        continue;
                if (!plan_is_waited_for(task))
                        continue;
                file_step(plan, step->key);
                whole = step->group;
        }
        if (whole == NULL) {
                ask(plan, "file: nothing waits to be signed");
                return;
        }
        done(plan, "filed");
        const Step *group = procedure_step(plan->procedure, whole);
        const Task *open = case_task(plan->state, whole);
        if (open != NULL && plan_is_waited_for(open) && !plan_steps_done(plan->state, group->needs))
                plan_close_by_robot(plan, group);
}

static const struct {
        const char *key;
        Level level;
        void (*run)(Plan *plan);
} acts[] = {
        { "remind", LEVEL_A1, staff_remind },       { "replace", LEVEL_A2, staff_replace },
        { "assign", LEVEL_A2, staff_replace },      { "address", LEVEL_A2, staff_address },
        { "interrupt", LEVEL_A2, staff_interrupt }, { "resume", LEVEL_A2, staff_resume },
        { "close", LEVEL_A2, staff_close },         { "file", LEVEL_A2, staff_file },
};

bool decide_staff(Plan *plan, const char *command)
{
        for (size_t i = 0; i < G_N_ELEMENTS(acts); i++) {
                if (strcmp(acts[i].key, command) != 0)
                        continue;
                const CommandRule *rule = procedure_command(plan->procedure, command);
                Level least = rule != NULL ? MAX(rule->level, acts[i].level) : acts[i].level;
                if (!is_staff(plan))
                        plan_outcome(plan, OUTCOME_HELD, "`%s` is a word of staff", command);
                else if (plan->event->level < least)
                        plan_outcome(plan, OUTCOME_HELD, "`%s` needs A%d, the sender has A%d", command,
                                     (int)least, (int)plan->event->level);
                else
                        acts[i].run(plan);
                return true;
        }
        return false;
}
