/* procedure/decide_command.c: the words that people can write at any time (PROCEDURE.md section 6): one row a
 * word. */
#include "base/address.h"
#include "procedure/form_value.h"
#include "procedure/plan.h"

#include <string.h>

enum { EXCERPT_CHARACTERS = 2000, HISTORY_MAX = 200 };

/* Undoing is possible until a later act depends on it (DESIGN.md 2.11): later steps that nobody acted on go
 * back to waiting, the robot's own with them; what was awarded or adopted stays. */
static bool collect_dependent(const Plan *plan, const char *step, json_t *cancelled)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *later = g_ptr_array_index(steps, i);
                const Task *task = case_task(plan->state, later->key);
                bool depends =
                        g_strv_contains((const char *const *)later->after, step) ||
                        (later->act == ACT_ROBOT && g_strv_contains((const char *const *)later->needs, step));
                if (!depends || task == NULL || task->state == TASK_WAITING)
                        continue;
                bool is_open_robot = later->act == ACT_ROBOT && plan_is_waited_for(task);
                if (is_open_robot && !g_strv_contains((const char *const *)later->after, step))
                        continue; /* it waits for this one still */
                bool is_acted = task->state == TASK_DONE || task->state == TASK_REFUSED;
                if (is_acted && (later->act != ACT_ROBOT || later->award != NULL))
                        return false;
                json_array_append_new(cancelled, json_string(later->key));
                if (is_acted && !collect_dependent(plan, later->key, cancelled))
                        return false;
        }
        return true;
}

/* The task meant: the one of the mail that was answered, else the last that this person closed. */
static const Task *task_to_undo(const Plan *plan)
{
        const Task *meant = case_task(plan->state, plan->event->step), *last = NULL;
        if (meant != NULL && meant->done_by == plan->event->person && meant->done_at != 0)
                return meant;
        for (guint i = 0; i < plan->state->tasks->len; i++) {
                const Task *task = g_ptr_array_index(plan->state->tasks, i);
                if (task->done_by == plan->event->person && task->done_at != 0 &&
                    (last == NULL || task->done_at > last->done_at))
                        last = task;
        }
        return last;
}

/* What the undone step had opened again goes back to being done, unless somebody began with it. */
static bool may_take_back(const Plan *plan, const Step *step, const Task *task)
{
        const Task *back = task->state == TASK_REFUSED ? case_task(plan->state, step->returns_to) : NULL;
        return back == NULL || (plan_is_waited_for(back) && back->saved_at == 0 && back->held_answer == NULL);
}

static bool undo_is_possible(const Plan *plan, const Step *step, const Task *task, json_t *cancelled)
{
        return step != NULL && step->adopts == NULL && plan->now - task->done_at <= UNDO_S &&
               collect_dependent(plan, task->step, cancelled) && may_take_back(plan, step, task);
}

static void command_undo(Plan *plan)
{
        const Task *task = task_to_undo(plan);
        const Step *step = task != NULL ? procedure_step(plan->procedure, task->step) : NULL;
        json_t *cancelled = json_array();
        if (!undo_is_possible(plan, step, task, cancelled)) {
                json_decref(cancelled);
                plan_answer(plan, "undo_too_late", plan->event->step, "", NULL);
                plan_outcome(plan, OUTCOME_ASKED_BACK, "undo: too late, or a later act depends on it");
                return;
        }
        if (plan->event->level < step->level) {
                json_decref(cancelled);
                plan_outcome(plan, OUTCOME_HELD, "undo of %s: the sender is not sure enough", step->key);
                return;
        }
        json_t *payload = json_pack("{s:o}", "cancelled", cancelled);
        if (task->state == TASK_REFUSED && step->returns_to != NULL)
                json_object_set_new(payload, "restored", json_pack("[s]", step->returns_to));
        plan_record(plan, RECORD_UNDONE, step->key, payload);
        plan_answer(plan, "undone", step->key, "answer", NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "%s is undone", step->key);
}

/* What was written about a confidential step stays where it is. */
static bool is_about_confidential(const Plan *plan)
{
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        const Form *form =
                step != NULL && step_is_form(step) ? procedure_form(plan->procedure, step->form) : NULL;
        return form != NULL && form->is_confidential;
}

/* A remark or "not me" reaches a person: the first helper who is not the writer. */
static void pass_on(Plan *plan, const char *what)
{
        const Event *event = plan->event;
        const Person *writer = case_person(plan->state, event->person);
        const char *text =
                event->argument != NULL && event->argument[0] != '\0' ? event->argument : event->text;
        g_autofree char *excerpt =
                text != NULL && !is_about_confidential(plan)
                        ? g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), EXCERPT_CHARACTERS))
                        : g_strdup("");
        plan_record(plan, RECORD_NOTED, event->step, json_pack("{s:s}", "what", what));
        for (const char *const *role = procedure_helpers(plan->procedure); *role != NULL; role++) {
                int64_t person = case_holder(plan->state, *role, plan->now);
                if (person == 0 || person == event->person)
                        continue;
                plan_mail(plan, "question_forwarded", person, *role, event->step, "", plan_generation(plan),
                          json_pack("{s:s, s:s, s:s, s:b, s:b}", "question", excerpt, "asker", writer->name,
                                    "asker_address", writer->address, "is_remark",
                                    strcmp(what, "remark") == 0, "is_not_me", strcmp(what, "not_me") == 0));
                return;
        }
}

static void command_remark(Plan *plan)
{
        if (is_about_confidential(plan)) {
                plan_wrong_channel(plan, procedure_step(plan->procedure, plan->event->step));
                return;
        }
        pass_on(plan, "remark");
        plan_answer(plan, "receipt", plan->event->step, "", json_pack("{s:b}", "is_remark", true));
        plan_outcome(plan, OUTCOME_APPLIED, "a remark: passed on");
}

/* The first word of the argument that is an address. */
static char *argument_address(const char *argument)
{
        g_auto(GStrv) words = g_strsplit_set(argument != NULL ? argument : "", " \t\n,;<>()", -1);
        for (char **word = words; *word != NULL; word++) {
                char *address = strchr(*word, '@') != NULL ? address_normalise(*word) : NULL;
                if (address != NULL)
                        return address;
        }
        return NULL;
}

/* The date that stands after the address: "x@y jusqu'au 3 mai 2027". */
static Day argument_day(const Plan *plan, const char *argument)
{
        const char *at = argument != NULL ? strchr(argument, '@') : NULL;
        Day day;
        for (const char *rest = at; rest != NULL; rest = strpbrk(rest, " \t\n")) {
                rest += strspn(rest, " \t\n");
                if (plan_read_day(plan, rest, &day))
                        return day;
                if (*rest == '\0')
                        break;
        }
        return DAY_NONE;
}

static bool is_below(Plan *plan, Level own)
{
        const CommandRule *rule = procedure_command(plan->procedure, plan->event->command);
        Level least = rule != NULL ? MAX(rule->level, own) : own;
        if (plan->event->level >= least)
                return false;
        plan_outcome(plan, OUTCOME_HELD, "`%s` needs A%d, the sender has A%d", plan->event->command,
                     (int)least, (int)plan->event->level);
        return true;
}

/* The roles that the writer plays in the case, themselves. */
static GPtrArray *own_roles(const Plan *plan)
{
        GPtrArray *roles = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < plan->state->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(plan->state->holders, i);
                if (holder->person == plan->event->person && holder->until == 0)
                        g_ptr_array_add(roles, g_strdup(holder->role));
        }
        return roles;
}

/* "Not me, see x@y": with an address and sure enough, the role passes to them; else staff are told. */
static void command_not_me(Plan *plan)
{
        g_autofree char *address = argument_address(plan->event->argument);
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        const char *held = plan_role_of(plan, plan->event->person, step);
        bool is_own_address = address != NULL && case_person_at(plan->state, address) ==
                                                         case_person(plan->state, plan->event->person);
        if (address == NULL || held == NULL || is_own_address || plan->event->level < LEVEL_A2) {
                pass_on(plan, "not_me");
                plan_answer(plan, "receipt", plan->event->step, "", json_pack("{s:b}", "is_not_me", true));
                plan_outcome(plan, OUTCOME_HELD, "the person says the role is somebody else's");
                return;
        }
        g_autofree char *role = g_strdup(held);
        int64_t person = plan_person(plan, address, NULL, plan_language(plan, plan->event->person));
        if (person == 0)
                return;
        plan_holder(plan, role, person, 0, 0);
        plan_outcome(plan, OUTCOME_APPLIED, "%s passes to the address that its holder named", role);
}

/* "A acts for me until D." */
static void command_delegate(Plan *plan)
{
        if (is_below(plan, LEVEL_A2))
                return;
        g_autofree char *address = argument_address(plan->event->argument);
        Day last = argument_day(plan, plan->event->argument);
        int64_t until = last != DAY_NONE ? day_instant(last + 1, 0, 0, plan->zone) : 0;
        g_autoptr(GPtrArray) roles = own_roles(plan);
        if (address == NULL || until <= plan->now || roles->len == 0) {
                plan_answer(plan, "question_back", plan->event->step, "",
                            json_pack("{s:b}", "wants_address_and_date", true));
                plan_outcome(plan, OUTCOME_ASKED_BACK, "delegate: an address and a day to come are needed");
                return;
        }
        int64_t person = plan_person(plan, address, NULL, plan_language(plan, plan->event->person));
        for (guint i = 0; person != 0 && i < roles->len; i++)
                plan_holder(plan, g_ptr_array_index(roles, i), person, until, plan->event->person);
        plan_outcome(plan, OUTCOME_APPLIED, "delegated until %s", plan->event->argument);
}

/* On request, or before its day: all that it needs is done. */
static bool may_open(const Plan *plan, const Step *step, const Task *task)
{
        const bool waits_for_its_day = step->opens.kind != MOMENT_NONE && !step->is_weekly &&
                                       (task == NULL || task->state == TASK_WAITING);
        return (step->is_on_request || waits_for_its_day) && plan_steps_done(plan->state, step->after) &&
               !plan_is_frozen(plan->state);
}

/* Whoever may act beside the actor, and asked, gets the question too. */
static void ask_writer(Plan *plan, const Step *step)
{
        if (case_task(plan->state, step->key)->person == plan->event->person)
                return;
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                if (rule->on == MAIL_ON_OPENED)
                        plan_answer(plan, rule->key, step->key, "answer", NULL);
        }
}

/* Opens (or shows again) the first of the command's steps that is the writer's and can be opened. */
static bool open_by_command(Plan *plan, const CommandRule *rule)
{
        for (char **name = rule->opens; *name != NULL; name++) {
                const Step *step = procedure_step(plan->procedure, *name);
                const Task *task = case_task(plan->state, step->key);
                if (!plan_may_act(plan, step))
                        continue;
                if (task != NULL && plan_is_waited_for(task)) {
                        plan_ask(plan, step, plan_generation(plan), NULL);
                        ask_writer(plan, step);
                        plan_outcome(plan, OUTCOME_APPLIED, "%s was sent again", step->key);
                        return true;
                }
                if (may_open(plan, step, task)) {
                        plan_reopen(plan, step, NULL);
                        ask_writer(plan, step);
                        plan_outcome(plan, OUTCOME_APPLIED, "%s is open", step->key);
                        return true;
                }
        }
        return false;
}

/* The argument is the value of a field: "NOTE 15,5". */
static void fill_by_command(Plan *plan, const CommandRule *rule)
{
        const Form *form;
        const Field *field = procedure_field(plan->procedure, rule->fills, &form);
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(plan->state, step->key);
                if (!step_is_form(step) || g_strcmp0(step->form, form->key) != 0 || task == NULL ||
                    !plan_is_waited_for(task) ||
                    !case_may_act(plan->state, step->role, plan->event->person, plan->now))
                        continue;
                plan_fill_field(plan, step, task, field,
                                plan->event->argument != NULL ? plan->event->argument : "");
                return;
        }
        plan_answer(plan, "follow", plan->event->step, "", NULL);
        plan_outcome(plan, OUTCOME_ASKED_BACK, "`%s`: nothing of the sender's waits for it", rule->key);
}

static bool run_rule(Plan *plan)
{
        const CommandRule *rule = procedure_command(plan->procedure, plan->event->command);
        if (rule == NULL || (rule->opens[0] == NULL && rule->fills == NULL))
                return false;
        if (rule->fills != NULL)
                fill_by_command(plan, rule);
        else if (!open_by_command(plan, rule)) {
                plan_answer(plan, "follow", plan->event->step, "", NULL);
                plan_outcome(plan, OUTCOME_APPLIED, "`%s`: the table of steps was sent", rule->key);
        }
        return true;
}

/* What was asked for comes as one mail. */

static void send(Plan *plan, const char *key, json_t *params)
{
        plan_answer(plan, key, plan->event->step, "", params);
        plan_outcome(plan, OUTCOME_APPLIED, "%s was sent", key);
}

static void command_documents(Plan *plan)
{
        const GPtrArray *documents = procedure_documents(plan->procedure);
        g_autoptr(GString) attach = g_string_new(NULL);
        json_t *list = json_array();
        const char *language = plan_language(plan, plan->event->person);
        for (guint i = 0; i < documents->len; i++) {
                const DocumentRule *document = g_ptr_array_index(documents, i);
                if (!plan_steps_done(plan->state, document->after))
                        continue;
                g_string_append_printf(attach, "%s%s", attach->len > 0 ? " " : "", document->key);
                json_array_append_new(list,
                                      json_pack("{s:s}", "label", texts_get(document->label, language)));
        }
        bool has_any = attach->len > 0;
        MailOrder *mail = plan_answer(plan, "documents", plan->event->step, "",
                                      json_pack("{s:o, s:b}", "documents", list, "has_documents", has_any));
        if (mail != NULL && has_any)
                mail->attach = g_string_free(g_steal_pointer(&attach), FALSE);
        plan_outcome(plan, OUTCOME_APPLIED, "documents were sent");
}

/* What students share is for those who come after them, not for those it tells of. */
static bool may_read_feedbacks(const Plan *plan)
{
        const OrganisationRule *rule = procedure_organisations(plan->procedure);
        for (char **role = rule != NULL ? rule->readers : NULL; role != NULL && *role != NULL; role++)
                if (case_may_act(plan->state, *role, plan->event->person, plan->now))
                        return true;
        return false;
}

static void command_feedback(Plan *plan)
{
        if (!may_read_feedbacks(plan)) {
                plan_answer(plan, "help", plan->event->step, "", NULL);
                plan_outcome(plan, OUTCOME_ASKED_BACK,
                             "feedbacks are not for the sender's role: help was sent");
                return;
        }
        MailOrder *mail = plan_answer(plan, "organisation_feedbacks", plan->event->step, "",
                                      json_pack("{s:s}", "organisation",
                                                plan->event->argument != NULL ? plan->event->argument : ""));
        if (mail != NULL)
                mail->lookup = g_strdup("feedbacks");
        plan_outcome(plan, OUTCOME_APPLIED, "feedbacks were sent");
}

/* The words of an answer ("VALIDER", "CORRIGER motif") act like the answer. */
static const struct {
        const char *key;
        Answer answer;
} answers[] = {
        { "validate", ANSWER_ACCEPT }, { "accept", ANSWER_ACCEPT },   { "agree", ANSWER_ACCEPT },
        { "acknowledge", ANSWER_ACK }, { "correct", ANSWER_CORRECT }, { "refuse", ANSWER_REFUSE },
};

static bool run_answer(Plan *plan)
{
        for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
                if (strcmp(answers[i].key, plan->event->command) != 0)
                        continue;
                Event event = *plan->event;
                event.kind = EVENT_ANSWER;
                event.answer = answers[i].answer;
                if (event.reason == NULL)
                        event.reason = event.argument;
                const Event *command = plan->event;
                plan->event = &event;
                decide_answer(plan);
                plan->event = command;
                return true;
        }
        return false;
}

/* An expired link was opened: the mail of the open task once more, with a fresh one. */
static void command_mail_again(Plan *plan)
{
        const Step *step = procedure_step(plan->procedure, plan->event->step);
        const Task *task = step != NULL ? case_task(plan->state, step->key) : NULL;
        if (task == NULL || !plan_is_waited_for(task) || task->person != plan->event->person) {
                plan_outcome(plan, OUTCOME_IGNORED, "an old link, and nothing waits behind it");
                return;
        }
        plan_ask(plan, step, plan_generation(plan), NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "an old link: %s was asked again", step->key);
}

/* What is confidential was opened by its reader: the journal says so, and nothing more. */
static void command_note_read(Plan *plan)
{
        plan_record(plan, RECORD_NOTED, plan->event->step, json_pack("{s:s}", "what", "read"));
        plan_outcome(plan, OUTCOME_APPLIED, "a confidential form was read by its reader");
}

static const struct {
        const char *key;
        void (*run)(Plan *plan);
        const char *mail; /* of a command that only asks for a mail */
} commands[] = {
        { "undo", command_undo, NULL },
        { "remark", command_remark, NULL },
        { "not_me", command_not_me, NULL },
        { "delegate", command_delegate, NULL },
        { "documents", command_documents, NULL },
        { "feedbacks", command_feedback, NULL },
        { "follow", NULL, "follow" },
        { "help", NULL, "help" },
        { "why", NULL, "why" },
        { "link", NULL, "my_space_link" },
        { "my_data", NULL, "my_data" },
        { "history", NULL, "history" },
        { "label", NULL, "label_info" },
        /* By pages alone; no word of a mail says them. */
        { "mail_again", command_mail_again, NULL },
        { "note_read", command_note_read, NULL },
};

static bool run_command(Plan *plan)
{
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
                if (strcmp(commands[i].key, plan->event->command) != 0)
                        continue;
                if (commands[i].run != NULL)
                        commands[i].run(plan);
                else
                        send(plan, commands[i].mail, NULL);
                return true;
        }
        return false;
}

void decide_command(Plan *plan)
{
        const char *command = plan->event->command;
        if (decide_staff(plan, command))
                return;
        if (case_person(plan->state, plan->event->person) == NULL) {
                plan_outcome(plan, OUTCOME_HELD, "a command from an address that is not in this case");
                return;
        }
        if (run_rule(plan) || run_answer(plan) || run_command(plan))
                return;
        send(plan, "help", NULL); /* a word of a part of the procedure that is not in use here */
        plan_outcome(plan, OUTCOME_ASKED_BACK, "`%s` is not in use here: help was sent", command);
}
