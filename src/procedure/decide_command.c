/* procedure/decide_command.c: the words that people can write at any time: ANNULER, SUIVI, AIDE, REMARQUE,
 * PAS MOI, POURQUOI. */
#include "procedure/plan.h"

#include <string.h>

enum { UNDO_S = 48 * 3600, EXCERPT_CHARACTERS = 2000 };

static const char *role_of(const Case *state, int64_t person)
{
        for (guint i = 0; i < state->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(state->holders, i);
                if (holder->person == person)
                        return holder->role;
        }
        return NULL;
}

static bool is_after(const Step *later, const char *earlier)
{
        return g_strv_contains((const char *const *)later->after, earlier);
}

/* Undoing is possible until a later act depends on it (DESIGN.md 2.11): later steps that nobody acted on go
 * back to waiting. */
static bool collect_dependent(const Plan *plan, const char *step, json_t *cancelled)
{
        const GPtrArray *steps = procedure_steps(plan->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *later = g_ptr_array_index(steps, i);
                const Task *task = case_task(plan->state, later->key);
                if (!is_after(later, step) || task == NULL || task->state == TASK_WAITING)
                        continue;
                if (task->state == TASK_DONE || task->state == TASK_REFUSED)
                        return false;
                json_array_append_new(cancelled, json_string(later->key));
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

static void command_undo(Plan *plan)
{
        const Task *task = task_to_undo(plan);
        int64_t person = plan->event->person;
        const char *role = role_of(plan->state, person);
        int generation = (int)plan->event->message;
        const Step *step = task != NULL ? procedure_step(plan->procedure, task->step) : NULL;
        json_t *cancelled = json_array();
        bool was_returned = step != NULL && task->state == TASK_REFUSED && step->returns_to != NULL;
        const Task *back = was_returned ? case_task(plan->state, step->returns_to) : NULL;
        bool is_possible = step != NULL && plan->now - task->done_at <= UNDO_S &&
                           collect_dependent(plan, task->step, cancelled) &&
                           !(back != NULL && (back->state == TASK_DONE || back->cycle == 0));
        if (!is_possible) {
                json_decref(cancelled);
                plan_mail(plan, "undo_too_late", person, role, plan->event->step, "", generation, NULL);
                plan_outcome(plan, OUTCOME_ASKED_BACK, "undo: too late, or a later act depends on it");
                return;
        }
        if (plan->event->level < step->level) {
                json_decref(cancelled);
                plan_outcome(plan, OUTCOME_HELD, "undo of %s: the sender is not sure enough", step->key);
                return;
        }
        if (back != NULL) /* what a correction opened again is done as before */
                json_array_append_new(cancelled, json_string(back->step));
        g_autofree char *key = g_strdup(step->key);
        plan_record(plan, RECORD_UNDONE, key, json_pack("{s:o}", "cancelled", cancelled));
        plan_mail(plan, "undone", person, role, key, "answer", generation, NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "%s is undone", key);
}

/* A remark or "not me" reaches a person: the first helper who is not the writer. */
static void pass_on(Plan *plan, const char *what)
{
        const Person *writer = case_person(plan->state, plan->event->person);
        const char *text = plan->event->argument != NULL && plan->event->argument[0] != '\0'
                                   ? plan->event->argument
                                   : plan->event->text;
        g_autofree char *excerpt =
                text != NULL ? g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), EXCERPT_CHARACTERS))
                             : g_strdup("");
        plan_record(plan, RECORD_NOTED, plan->event->step, json_pack("{s:s}", "what", what));
        for (const char *const *role = procedure_helpers(plan->procedure); *role != NULL; role++) {
                int64_t person = case_holder(plan->state, *role, plan->now);
                if (person == 0 || person == plan->event->person)
                        continue;
                plan_mail(plan, "question_forwarded", person, *role, plan->event->step, "",
                          (int)plan->event->message,
                          json_pack("{s:s, s:s, s:s, s:b, s:b}", "question", excerpt, "asker", writer->name,
                                    "asker_address", writer->address, "is_remark",
                                    strcmp(what, "remark") == 0, "is_not_me", strcmp(what, "not_me") == 0));
                return;
        }
}

static void command_remark(Plan *plan)
{
        pass_on(plan, "remark");
        plan_mail(plan, "receipt", plan->event->person, role_of(plan->state, plan->event->person),
                  plan->event->step, "", (int)plan->event->message, json_pack("{s:b}", "is_remark", true));
        plan_outcome(plan, OUTCOME_APPLIED, "a remark: passed on");
}

/* "Not me, see x@y": a role changes hands only by staff, who are told. */
static void command_not_me(Plan *plan)
{
        pass_on(plan, "not_me");
        plan_mail(plan, "receipt", plan->event->person, role_of(plan->state, plan->event->person),
                  plan->event->step, "", (int)plan->event->message, json_pack("{s:b}", "is_not_me", true));
        plan_outcome(plan, OUTCOME_HELD, "the person says the role is somebody else's");
}

static void command_follow(Plan *plan)
{
        plan_mail(plan, "follow", plan->event->person, role_of(plan->state, plan->event->person),
                  plan->event->step, "", (int)plan->event->message, NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "the table of steps was sent");
}

static void command_help(Plan *plan)
{
        plan_mail(plan, "help", plan->event->person, role_of(plan->state, plan->event->person),
                  plan->event->step, "", (int)plan->event->message, NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "help was sent");
}

static void command_why(Plan *plan)
{
        plan_mail(plan, "why", plan->event->person, role_of(plan->state, plan->event->person),
                  plan->event->step, "", (int)plan->event->message, NULL);
        plan_outcome(plan, OUTCOME_APPLIED, "how the last mail was understood was sent");
}

static const struct {
        const char *key;
        void (*run)(Plan *plan);
} commands[] = {
        { "undo", command_undo },     { "follow", command_follow }, { "help", command_help },
        { "remark", command_remark }, { "not_me", command_not_me }, { "why", command_why },
};

void decide_command(Plan *plan)
{
        if (case_person(plan->state, plan->event->person) == NULL) {
                plan_outcome(plan, OUTCOME_HELD, "a command from an address that is not in this case");
                return;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
                if (strcmp(commands[i].key, plan->event->command) == 0) {
                        commands[i].run(plan);
                        return;
                }
        command_help(plan); /* a word of a part of the procedure that is not in use here */
        plan_outcome(plan, OUTCOME_ASKED_BACK, "`%s` is not in use here: help was sent",
                     plan->event->command);
}
