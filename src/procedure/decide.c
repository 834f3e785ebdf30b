#include "procedure/decide.h"

#include "procedure/person_name.h"
#include "procedure/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SOFT_DAYS = 3 };

static const char *const kind_words[] = { "begin", "answer",      "command", "files",    "merged",
                                          "time",  "unreachable", "absent",  "doubtful", "migrate" };
G_STATIC_ASSERT(G_N_ELEMENTS(kind_words) == EVENT_MIGRATE + 1);

const char *event_kind_word(EventKind kind)
{
        return kind_words[kind];
}

static const char *const outcome_words[] = { "applied", "asked_back", "held", "ignored" };

const char *outcome_word(Outcome outcome)
{
        return outcome_words[outcome];
}

static void given_value_free(gpointer data)
{
        GivenValue *given = data;
        g_free(given->label);
        g_free(given->value);
        g_free(given);
}

GPtrArray *given_values_new(void)
{
        return g_ptr_array_new_with_free_func(given_value_free);
}

GivenValue *given_values_add(GPtrArray *values, int anchor, const char *value)
{
        GivenValue *given = g_new0(GivenValue, 1);
        given->anchor = anchor;
        given->value = g_strdup(value);
        g_ptr_array_add(values, given);
        return given;
}

static void mail_order_free(gpointer data)
{
        MailOrder *mail = data;
        g_free(mail->key);
        g_free(mail->role);
        g_free(mail->step);
        g_free(mail->actions);
        g_free(mail->attach);
        g_free(mail->lookup);
        g_free(mail->about);
        json_decref(mail->params);
        g_free(mail);
}

void decision_free(Decision *decision)
{
        if (decision == NULL)
                return;
        g_ptr_array_unref(decision->records);
        g_ptr_array_unref(decision->mails);
        g_ptr_array_unref(decision->strangers);
        g_free(decision->rule);
        g_free(decision);
}

char *decision_print(const Decision *decision)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                g_autofree char *payload = json_dumps(record->payload, JSON_COMPACT | JSON_SORT_KEYS);
                g_string_append_printf(out, "record %s %s %s\n", record_kind_word(record->kind),
                                       record->step != NULL ? record->step : "-", payload);
        }
        for (guint i = 0; i < decision->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(decision->mails, i);
                g_string_append_printf(out, "mail %s to %" PRId64 " %s step %s actions '%s' generation %d",
                                       mail->key, mail->person, mail->role != NULL ? mail->role : "-",
                                       mail->step != NULL ? mail->step : "-", mail->actions,
                                       mail->generation);
                if (mail->attach != NULL)
                        g_string_append_printf(out, " attach '%s'", mail->attach);
                if (mail->about != NULL)
                        g_string_append_printf(out, " about %s", mail->about);
                if (mail->lookup != NULL)
                        g_string_append_printf(out, " lookup %s", mail->lookup);
                g_string_append_c(out, '\n');
        }
        for (guint i = 0; i < decision->strangers->len; i++)
                g_string_append_printf(out, "stranger %s\n",
                                       ((const Person *)g_ptr_array_index(decision->strangers, i))->address);
        g_string_append_printf(out, "outcome %s\n", outcome_word(decision->outcome));
        return g_string_free(out, FALSE);
}

/* The steps before the one a case begins at count as done: they happened elsewhere. */
static void pass_earlier_steps(Plan *plan, const Step *first)
{
        for (char **name = first->after; *name != NULL; name++) {
                const Step *step = procedure_step(plan->procedure, *name);
                if (case_task(plan->state, step->key) != NULL)
                        continue;
                pass_earlier_steps(plan, step);
                int64_t person = case_holder(plan->state, step->role, plan->now);
                plan_record(plan, RECORD_OPENED, step->key,
                            json_pack("{s:I, s:i}", "person", (json_int_t)person, "due_at", 0));
                plan_record(
                        plan, RECORD_DONE, step->key,
                        json_pack("{s:s, s:i, s:s}", "answer", "accept", "level", LEVEL_A0, "how", "import"));
        }
}

/* "student.last_name": what is known of who plays the role; NULL: the prefill names no role, or nobody plays
 * it. */
static char *known_of(const Case *wish, const char *prefill, int64_t now)
{
        static const struct {
                const char *part;
                char *(*take)(const char *name);
        } parts[] = { { "name", NULL },
                      { "first_name", person_first_name },
                      { "last_name", person_last_name } };
        g_auto(GStrv) split = g_strsplit(prefill, ".", 2);
        const Person *person = split[1] != NULL ? case_person(wish, case_holder(wish, split[0], now)) : NULL;
        if (person == NULL)
                return NULL;
        if (strcmp(split[1], "email") == 0)
                return g_strdup(person->address);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                if (strcmp(split[1], parts[i].part) == 0)
                        return parts[i].take != NULL ? parts[i].take(person->name) : g_strdup(person->name);
        return NULL;
}

/* The form that the case begins with holds what is known of its people: nothing is typed twice. */
static void add_known(const Plan *plan, const Step *step, json_t *data)
{
        const Form *form = step_is_form(step) ? procedure_form(plan->procedure, step->form) : NULL;
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL),
                                *known = field->prefill != NULL
                                                 ? known_of(plan->event->begin, field->prefill, plan->now)
                                                 : NULL;
                if (known != NULL && known[0] != '\0' && json_object_get(data, key) == NULL)
                        json_object_set_new(data, key, json_string(known));
        }
}

static void decide_begin(Plan *plan)
{
        const Case *wish = plan->event->begin;
        json_t *holders = json_object(), *data = json_object();
        for (guint i = 0; i < wish->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(wish->holders, i);
                json_object_set_new(holders, holder->role, json_integer(holder->person));
        }
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, wish->data);
        while (g_hash_table_iter_next(&iter, &key, &value))
                json_object_set_new(data, key, json_string(value));
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        add_known(plan, step, data);
        plan_record(plan, RECORD_BEGUN, NULL,
                    json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "reference", wish->reference, "procedure",
                              procedure_hash(plan->procedure), "country", wish->country, "timezone",
                              wish->timezone, "holders", holders, "data", data));
        pass_earlier_steps(plan, step);
        if (step->after[0] == NULL) /* plan_settle() opens only what follows from something */
                plan_reopen(plan, step, NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "the case begins at %s", step->key);
}

/* Who is told of an address that fails: the roles that the rules name, but the one who failed. */
static void tell_failing(Plan *plan, const Person *failing)
{
        g_autoptr(GHashTable) told = g_hash_table_new(g_int64_hash, g_int64_equal);
        const char *detail = plan->event->detail != NULL ? plan->event->detail : "";
        g_hash_table_add(told, (gpointer)&failing->id);
        for (const char *const *role = procedure_address_watch(plan->procedure); *role != NULL; role++) {
                const Person *reader = case_person(plan->state, case_holder(plan->state, *role, plan->now));
                if (reader == NULL || !g_hash_table_add(told, (gpointer)&reader->id))
                        continue;
                plan_mail(plan, "address_fails", reader->id, *role, plan->event->step, "",
                          plan_generation(plan),
                          json_pack("{s:s, s:s, s:s}", "failing_name", failing->name, "failing_address",
                                    failing->address, "detail", detail));
        }
}

/* Reports of a full mailbox or a server that is away, in a row: "2 2027-03-01", how many days with one and
 * the last of them. A word from the person ends the row. */
static char *soft_key(int64_t person)
{
        return g_strdup_printf("unreachable.%" G_GINT64_FORMAT, person);
}

static void save_row(Plan *plan, int64_t person, const char *row)
{
        g_autofree char *key = soft_key(person);
        plan_record(plan, RECORD_SAVED, NULL, json_pack("{s:{s:s}}", "data", key, row));
}

/* One more report that is not for good. True: as many days as make one that is. */
static bool count_soft(Plan *plan, int64_t person)
{
        g_autofree char *key = soft_key(person), *today = day_iso(day_at(plan->now, plan->zone));
        const char *row = case_value(plan->state, key);
        if (row != NULL && g_str_has_suffix(row, today))
                return false;
        const int days = (row != NULL ? atoi(row) : 0) + 1;
        g_autofree char *next = days < SOFT_DAYS ? g_strdup_printf("%d %s", days, today) : g_strdup("");
        save_row(plan, person, next);
        return days == SOFT_DAYS;
}

static void end_row(Plan *plan)
{
        g_autofree char *key = soft_key(plan->event->person);
        const char *row = plan->event->person != 0 ? case_value(plan->state, key) : NULL;
        if (row != NULL && *row != '\0')
                save_row(plan, plan->event->person, "");
}

static void decide_unreachable(Plan *plan)
{
        const Event *event = plan->event;
        const Person *person = case_person(plan->state, event->person);
        if (person == NULL) {
                plan_outcome(plan, OUTCOME_HELD, "a mail bounced, and nobody of this case has that address");
                return;
        }
        const bool is_for_good = event->is_permanent || count_soft(plan, person->id);
        plan_record(plan, RECORD_NOTED, event->step,
                    json_pack("{s:s, s:b, s:s?}", "what", "unreachable", "permanent", is_for_good, "detail",
                              event->detail));
        if (!is_for_good) {
                plan_outcome(plan, OUTCOME_APPLIED, "the server still tries");
                return;
        }
        if (!person->is_failing) /* told of once, however many mails come back */
                tell_failing(plan, person);
        plan_outcome(plan, OUTCOME_HELD,
                     event->is_permanent ? "the address fails for good: a new one is needed"
                                         : "the address failed on three days: a new one is needed");
}

static void decide_absent(Plan *plan)
{
        plan_record(plan, RECORD_NOTED, plan->event->step,
                    json_pack("{s:s, s:s?}", "what", "absent", "until", plan->event->detail));
        plan_outcome(plan, OUTCOME_IGNORED, "an automatic answer moves nothing");
}

/* Told to whoever sent them, with the page of their task; staff look when the whole message is in such a
 * file.
 */
static void decide_files(Plan *plan)
{
        const Event *event = plan->event;
        const Step *step = procedure_step(plan->procedure, event->step);
        const Task *task = step != NULL ? case_task(plan->state, step->key) : NULL;
        bool is_asked = task != NULL && plan_is_waited_for(task) && task->person == event->person;
        plan_record(plan, RECORD_NOTED, step != NULL ? step->key : NULL,
                    json_pack("{s:s}", "what", "file_refused"));
        plan_answer(plan, event->is_winmail ? "winmail" : "attachment_refused",
                    step != NULL ? step->key : NULL, is_asked ? "answer" : "",
                    json_pack("{s:O, s:b}", "files", event->files, "is_wordless", event->is_wordless));
        if (event->is_wordless)
                plan_outcome(plan, OUTCOME_HELD, "the message is in a file that only Outlook opens");
        else
                plan_outcome(plan, OUTCOME_ASKED_BACK, "files that are not taken");
}

static void decide_merged(Plan *plan)
{
        const Event *event = plan->event;
        plan_record(plan, RECORD_MERGED, NULL,
                    json_pack("{s:I, s:I}", "from", (json_int_t)event->other, "into",
                              (json_int_t)event->token_person));
        if (event->is_permanent)
                plan_ask_again(plan, event->token_person);
        plan_outcome(plan, OUTCOME_APPLIED, "two files of one person were merged");
}

Decision *decide(const Procedure *procedure, const Case *the_case, const Event *event, int64_t now)
{
        Decision *decision = g_new0(Decision, 1);
        decision->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        decision->mails = g_ptr_array_new_with_free_func(mail_order_free);
        decision->strangers = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
        Case *state = the_case != NULL ? case_copy(the_case) : case_new();
        if (the_case == NULL) { /* who the people are is known before the case is */
                g_autoptr(Case) wish = case_copy(event->begin);
                g_ptr_array_unref(state->people);
                state->people = g_ptr_array_ref(wish->people);
        }
        Plan plan = {
                .procedure = procedure, .event = event, .state = state, .now = now, .decision = decision
        };
        plan.zone = zone_named(the_case != NULL ? the_case->timezone : event->begin->timezone);
        if (plan.zone == NULL) /* checked where a case comes in; a broken one must not stop the road */
                plan.zone = zone_named("UTC");
        plan_outcome(&plan, OUTCOME_IGNORED, "nothing follows");
        switch (event->kind) {
        case EVENT_BEGIN: decide_begin(&plan); break;
        case EVENT_ANSWER:
                end_row(&plan);
                decide_answer(&plan);
                break;
        case EVENT_COMMAND:
                end_row(&plan);
                decide_command(&plan);
                break;
        case EVENT_MERGED: decide_merged(&plan); break;
        case EVENT_TIMER: decide_timer(&plan); break;
        case EVENT_UNREACHABLE: decide_unreachable(&plan); break;
        case EVENT_ABSENT: decide_absent(&plan); break;
        case EVENT_FILES: decide_files(&plan); break;
        case EVENT_DOUBTFUL: decide_doubtful(&plan); break;
        case EVENT_MIGRATE: decide_migrate(&plan); break;
        }
        plan_settle(&plan);
        if (decision->strangers->len > 0) { /* decided again once they have an id */
                g_ptr_array_set_size(decision->records, 0);
                g_ptr_array_set_size(decision->mails, 0);
        }
        case_free(state);
        return decision;
}
