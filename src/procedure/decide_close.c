/* procedure/decide_close.c: an act is done: the record of it, the receipt, the mails that hang on it, the
 * people it names, what it opens again. */
#include "procedure/plan.h"

#include <string.h>

json_t *plan_undo_params(Plan *plan, const Step *step, const char *heard, const char *reason)
{
        const char *language = plan_language(plan, plan->event->person);
        const ActionRule *action = plan_action(plan, step, heard);
        g_autofree char *until = instant_long(plan->now + UNDO_S, plan->zone, language);
        return json_pack("{s:s, s:s, s:s}", "answer_label",
                         action != NULL ? texts_get(action->label, language) : "", "reason",
                         reason != NULL ? reason : "", "undo_until", until);
}

/* "reply 17 <id@example.org>", "page 17 sealed 3f…": where the evidence lies. */
static char *how_of(const Plan *plan, int64_t message)
{
        const Event *event = plan->event;
        const char *via = event->via != NULL ? event->via : "reply";
        if (event->sealed != NULL)
                return g_strdup_printf("%s %" G_GINT64_FORMAT " sealed %s", via, message, event->sealed);
        if (event->message_id != NULL && message == event->message)
                return g_strdup_printf("%s %" G_GINT64_FORMAT " <%s>", via, message, event->message_id);
        return g_strdup_printf("%s %" G_GINT64_FORMAT, via, message);
}

static void record_closing(Plan *plan, const Step *step, const Closing *closing)
{
        g_autofree char *how = how_of(plan, closing->message);
        json_t *payload = json_pack("{s:s, s:s?, s:i, s:s}", "answer", closing->answer, "reason",
                                    closing->reason, "level", (int)closing->level, "how", how);
        int64_t acts_for = case_acts_for(plan->state, step->role, plan->event->person, plan->now);
        if (acts_for != 0) /* a deputy's act: both names stay */
                json_object_set_new(payload, "for", json_integer(acts_for));
        plan_record(plan, closing->is_good ? RECORD_DONE : RECORD_REFUSED, step->key, payload);
}

static void send_receipt(Plan *plan, const Step *step, const Closing *closing)
{
        json_t *params = plan_undo_params(plan, step, closing->heard, closing->reason);
        if (closing->understood != NULL)
                json_object_set_new(params, "understood", closing->understood);
        plan_answer(plan, "receipt", step->key, "undo", params);
}

/* Whoever must do `back` once more is asked by the mail that says why: one mail, not two. False: none of
 * those ordered from `from` on goes to them. */
static bool ask_by_answer(Plan *plan, const Step *back, guint from)
{
        const int64_t person = case_holder(plan->state, back->role, plan->now);
        for (guint i = from; i < plan->decision->mails->len; i++) {
                MailOrder *mail = g_ptr_array_index(plan->decision->mails, i);
                if (mail->person != person)
                        continue;
                g_free(mail->role);
                g_free(mail->step);
                g_free(mail->actions);
                mail->role = g_strdup(back->role);
                mail->step = g_strdup(back->key);
                mail->actions = g_strdup("answer");
                return true;
        }
        return false;
}

/* The step that is done again opens once more; the one that was refused waits for it. */
static void send_back(Plan *plan, const Step *back, const char *reason, guint from)
{
        g_autofree char *kept = g_strdup(reason != NULL ? reason : "");
        if (ask_by_answer(plan, back, from))
                plan_open(plan, back);
        else
                plan_reopen(plan, back, json_pack("{s:s}", "reason", kept));
}

static void send_step_mails(Plan *plan, const Step *step, const Closing *closing)
{
        const Person *actor = case_person(plan->state, plan->event->person);
        MailOn on = closing->is_good                         ? MAIL_ON_DONE
                    : strcmp(closing->heard, "correct") == 0 ? MAIL_ON_CORRECTED
                                                             : MAIL_ON_REFUSED;
        plan_step_mails(plan, step, on, plan_generation(plan),
                        json_pack("{s:s, s:s}", "reason", closing->reason != NULL ? closing->reason : "",
                                  "done_by", actor != NULL ? actor->name : ""));
}

static char *joined_values(const Case *state, char *const *fields)
{
        g_autoptr(GPtrArray) parts = g_ptr_array_new();
        for (; *fields != NULL; fields++) {
                const char *value = case_value(state, *fields);
                if (value != NULL && value[0] != '\0')
                        g_ptr_array_add(parts, (gpointer)value);
        }
        g_ptr_array_add(parts, NULL);
        return g_strjoinv(" ", (char **)parts->pdata);
}

void plan_people_of_form(Plan *plan, const char *form)
{
        const GPtrArray *sources = procedure_role_sources(plan->procedure);
        for (guint i = 0; i < sources->len; i++) {
                const RoleSource *source = g_ptr_array_index(sources, i);
                const char *address = case_value(plan->state, source->email_field);
                bool is_of_form = g_str_has_prefix(source->email_field, form) &&
                                  source->email_field[strlen(form)] == '.';
                if (!is_of_form || address == NULL || address[0] == '\0')
                        continue;
                const Person *holder =
                        case_person(plan->state, case_holder(plan->state, source->role, plan->now));
                const Person *named = case_person_at(plan->state, address);
                if (holder != NULL && named == holder)
                        continue;
                g_autofree char *name = joined_values(plan->state, source->name_fields);
                int64_t person =
                        plan_person(plan, address, name, case_value(plan->state, source->language_field));
                if (person != 0)
                        plan_holder(plan, source->role, person, 0, 0);
        }
}

/* Adoption: what was proposed and accepted replaces what was agreed; who agreed is asked again. */

static void adopt_field(Plan *plan, const Step *step, const Form *into, const Field *field, json_t *data,
                        GHashTable *changed)
{
        g_autofree char *from_key = g_strconcat(step->adopts, ".", field->key, NULL),
                        *key = g_strconcat(into->key, ".", field->key, NULL),
                        *was = g_strconcat("was.", key, NULL);
        const char *proposed = case_value(plan->state, from_key), *now = case_value(plan->state, key);
        bool is_change = proposed != NULL && proposed[0] != '\0' && g_strcmp0(proposed, now) != 0;
        if (is_change)
                json_object_set_new(data, key, json_string(proposed));
        if (is_change || case_value(plan->state, was) != NULL)
                json_object_set_new(data, was, json_string(now != NULL ? now : ""));
        if (is_change)
                g_hash_table_add(changed, g_strdup(key));
}

static bool is_touched(const Step *step, GHashTable *changed)
{
        for (char **name = step->again; *name != NULL; name++)
                if (g_hash_table_contains(changed, *name))
                        return true;
        return false;
}

static void wait_again(Plan *plan, const Step *step)
{
        const Task *task = case_task(plan->state, step->key);
        if (task != NULL &&
            (plan_is_waited_for(task) || task->state == TASK_DONE || task->state == TASK_REFUSED))
                plan_record(plan, RECORD_WAITING, step->key, NULL);
}

static void ask_again(Plan *plan, GHashTable *changed)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Step *group =
                        is_touched(step, changed) ? procedure_step(plan->procedure, step->group) : NULL;
                if (is_touched(step, changed))
                        wait_again(plan, step);
                if (group != NULL)
                        wait_again(plan, group);
        }
}

static void adopt(Plan *plan, const Step *step)
{
        const Form *into = procedure_form(plan->procedure, step->adopts_into);
        g_autoptr(GHashTable) changed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        json_t *data = json_object();
        for (guint i = 0; i < into->fields->len; i++)
                adopt_field(plan, step, into, g_ptr_array_index(into->fields, i), data, changed);
        plan_record(plan, RECORD_SAVED, step->key, json_pack("{s:o}", "data", data));
        plan_people_of_form(plan, into->key);
        ask_again(plan, changed);
        plan_move_dates(plan);
}

/* What followed from the form as it was is asked once more. */
static void wait_for_form(Plan *plan, const Step *form_step)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        if (case_task(plan->state, form_step->key)->cycle < 2)
                return;
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(plan->state, step->key);
                if (g_strcmp0(step->returns_to, form_step->key) == 0 && task != NULL &&
                    !plan_is_waited_for(task))
                        wait_again(plan, step);
        }
}

void plan_close(Plan *plan, const Step *step, const Closing *closing)
{
        record_closing(plan, step, closing);
        send_receipt(plan, step, closing);
        if (closing->is_good && step_is_form(step)) {
                plan_people_of_form(plan, step->form);
                wait_for_form(plan, step);
        }
        if (closing->is_good && step->adopts != NULL)
                adopt(plan, step);
        const guint from = plan->decision->mails->len;
        send_step_mails(plan, step, closing);
        const Step *back = closing->is_good ? NULL : procedure_step(plan->procedure, step->returns_to);
        if (back != NULL)
                send_back(plan, back, closing->reason, from);
}
