/* robot/desk_line.c: one number of one command becomes an event on its case, or says why not. */
#include "robot/desk_private.h"

#include "base/address.h"
#include "base/text.h"
#include "robot/address_change.h"
#include "store/address_changes.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/people.h"

#include <string.h>

/* What a command is, on a line that stands for a task. */
typedef struct {
        const char *key;
        bool is_answer;
        Answer answer;
        bool is_weighty; /* nothing may speak against it in the rest of the mail */
        bool is_light;   /* whoever has the digest's token may */
} LineCommand;
static const LineCommand line_commands[] = {
        { "validate", true, ANSWER_ACCEPT, true, false },
        { "accept", true, ANSWER_ACCEPT, true, false },
        { "acknowledge", true, ANSWER_ACCEPT, true, false },
        { "agree", true, ANSWER_ACCEPT, true, false },
        { "correct", true, ANSWER_CORRECT, false, false },
        { "refuse", true, ANSWER_REFUSE, false, false },
        { "file", false, 0, true, false },
        { "close", false, 0, true, false },
        { "grade", false, 0, true, false },
        { "undo", false, 0, false, false },
        { "remind", false, 0, false, true },
        { "replace", false, 0, false, false },
        { "address", false, 0, false, false },
        { "interrupt", false, 0, false, false },
        { "resume", false, 0, false, false },
        { "remark", false, 0, false, false },
};

static const LineCommand *find_command(const char *key)
{
        for (size_t i = 0; i < G_N_ELEMENTS(line_commands); i++)
                if (strcmp(line_commands[i].key, key) == 0)
                        return &line_commands[i];
        return NULL;
}

typedef struct {
        Desk *desk;
        const Command *command;
        int n;
        DigestLine line;
        const char *flag; /* what came of it */
        char *reference, *student;
} Attempt;

static bool stop(Attempt *attempt, const char *flag)
{
        attempt->flag = flag;
        return true;
}

/* Cases. */

/* Our answer says it in one line: these mails are not sent beside it. */
static const struct {
        const char *key, *flag;
} answers[] = {
        { "receipt", "is_done" },
        { "already_done", "is_already_done" },
        { "not_for_you", "is_not_yours" },
        { "reason_wanted", "needs_reason" },
        { "confirm_request", "needs_level" },
        { "question_back", "is_not_possible" },
        { "form_incomplete", "is_not_possible" },
        { "wrong_confidential_channel", "is_confidential" },
        { "help", "is_not_possible" },
};

static const char *take_answers(const Desk *desk, Decision *decision)
{
        const char *flag = decision->outcome == OUTCOME_APPLIED ? "is_done" : "is_not_possible";
        for (guint i = decision->mails->len; i-- > 0;) {
                const MailOrder *mail = g_ptr_array_index(decision->mails, i);
                size_t j = 0;
                while (j < G_N_ELEMENTS(answers) && strcmp(answers[j].key, mail->key) != 0)
                        j++;
                if (mail->person != desk->person->id || j == G_N_ELEMENTS(answers))
                        continue;
                if (strcmp(answers[j].flag, "is_done") != 0 || decision->outcome == OUTCOME_APPLIED)
                        flag = answers[j].flag;
                g_ptr_array_remove_index(decision->mails, i);
        }
        return flag;
}

/* Staff need no role in the case: they stand among its people while it is decided. */
static bool add_staff(const Desk *desk, Case *the_case, GError **error)
{
        if (case_person(the_case, desk->person->id) != NULL)
                return true;
        Person *person = people_get(desk->mail->applier->house->store, desk->person->id, error);
        if (person != NULL)
                g_ptr_array_add(the_case->people, person);
        return person != NULL;
}

/* "x@y" on the line of an address that fails: the role is the one its person plays. */
static char *full_argument(const Attempt *attempt, const Case *the_case)
{
        const char *argument = attempt->command->argument, *key = attempt->command->key;
        bool is_of_person = strcmp(key, "address") == 0 || strcmp(key, "replace") == 0;
        if (attempt->line.kind != LINE_ADDRESS || !is_of_person)
                return g_strdup(argument);
        g_autofree char *address = address_normalise(argument);
        const char *role = case_role_of(the_case, attempt->line.person);
        return address != NULL && role != NULL ? g_strdup_printf("%s %s", role, address) : g_strdup(argument);
}

static Event event_of(const Attempt *attempt, const LineCommand *what, const char *argument)
{
        const Desk *desk = attempt->desk;
        const DigestLine *line = &attempt->line;
        const bool is_known = desk->mail->match->writer == desk->person->id;
        const bool has_reason = attempt->command->argument[0] != '\0';
        return (Event){ .kind = what->is_answer ? EVENT_ANSWER : EVENT_COMMAND,
                        .message = desk->mail->row->id,
                        .step = line->step[0] != '\0' ? line->step : NULL,
                        .person = is_known ? desk->person->id : 0,
                        .token_person = desk->person->id,
                        .level = desk->level,
                        .address = desk->mail->reading->from,
                        .answer = what->answer,
                        .reason = has_reason ? attempt->command->argument : NULL,
                        .text = argument,
                        .is_staff = desk->staff.scope == SCOPE_ALL,
                        .command = what->is_answer ? NULL : what->key,
                        .argument = what->is_answer ? NULL : argument };
}

/* What follows is made real only if the whole of it was done. */
static bool decide_line(Attempt *attempt, const LineCommand *what, const Procedure *procedure, Case *the_case,
                        GError **error)
{
        Desk *desk = attempt->desk;
        g_autofree char *argument = full_argument(attempt, the_case);
        const Event event = event_of(attempt, what, argument);
        g_autoptr(Decision) decision = apply_decide(desk->mail->applier, procedure, the_case, &event, error);
        if (decision == NULL)
                return false;
        bool is_taken;
        guint mails;
        if (!address_change_take(desk->mail->applier, the_case, &event, decision, false, &is_taken, &mails,
                                 error))
                return false;
        if (is_taken) {
                desk->mails += mails;
                desk->has_acted = true;
                return stop(attempt, "is_asked");
        }
        attempt->flag = take_answers(desk, decision);
        if (strcmp(what->key, "remind") == 0 && strcmp(attempt->flag, "is_not_possible") == 0)
                attempt->flag = "is_reminded_enough";
        if (strcmp(attempt->flag, "is_done") != 0)
                return true;
        g_autoptr(Case) after = NULL;
        desk->mails += decision->mails->len;
        return apply_decision(desk->mail->applier, procedure, the_case, decision, NULL, &after, error) &&
               digests_bind(desk->mail->applier->house->store, desk->results_id, &attempt->line, error);
}

static bool may_undo(const Attempt *attempt, const Case *the_case)
{
        const Task *task = case_task(the_case, attempt->line.step);
        return task != NULL && task->done_at != 0 && task->done_by == attempt->desk->person->id;
}

static void name_case(Attempt *attempt, const Case *the_case)
{
        const Person *student =
                case_person(the_case, case_holder(the_case, "student", attempt->desk->mail->applier->now));
        attempt->reference = g_strdup(the_case->reference);
        attempt->student = g_strdup(student != NULL ? student->name : "");
}

static bool attempt_case(Attempt *attempt, const LineCommand *what, GError **error)
{
        Desk *desk = attempt->desk;
        House *house = desk->mail->applier->house;
        bool sees;
        if (!desk_sees_case(desk, attempt->line.case_id, &sees, error))
                return false;
        if (!sees)
                return stop(attempt, "is_out_of_scope");
        g_autoptr(Case) the_case = cases_load(house->store, attempt->line.case_id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        if (procedure == NULL || !add_staff(desk, the_case, error))
                return false;
        name_case(attempt, the_case);
        if (strcmp(what->key, "undo") == 0 && !may_undo(attempt, the_case))
                return stop(attempt, "is_nothing_to_undo");
        return decide_line(attempt, what, procedure, the_case, error);
}

/* Held mail. */

typedef struct {
        int64_t case_id, person;
} Owner;

/* "SEMSEM 2026-0142", "2026-0142 x@y", "x@y": a case, a person, or both. */
static bool find_owner(const Desk *desk, const char *argument, Owner *owner, GError **error)
{
        Store *store = desk->mail->applier->house->store;
        g_auto(GStrv) parts = g_strsplit_set(argument, " \t\n,;<>()[]", -1);
        for (char **part = parts; *part != NULL; part++) {
                int64_t *found_out = strchr(*part, '@') != NULL ? &owner->person : &owner->case_id;
                GError *trouble = NULL;
                int64_t found = **part == '\0' || *found_out != 0 ? 0
                                : found_out == &owner->person ? people_find_address(store, *part, &trouble)
                                                              : cases_find(store, *part, &trouble);
                if (trouble != NULL) {
                        g_propagate_error(error, trouble);
                        return false;
                }
                if (found > 0)
                        *found_out = found;
        }
        return true;
}

/* A person in one case alone names that case. */
static bool find_only_case(Attempt *attempt, Owner *owner, GError **error)
{
        if (owner->case_id != 0)
                return true;
        if (owner->person == 0)
                return stop(attempt, "is_not_found");
        g_autoptr(GArray) cases =
                cases_of_person(attempt->desk->mail->applier->house->store, owner->person, error);
        if (cases == NULL)
                return false;
        if (cases->len == 1)
                owner->case_id = g_array_index(cases, int64_t, 0);
        else
                attempt->flag = cases->len == 0 ? "is_not_found" : "needs_reference";
        return true;
}

/* Nobody acts for a person whom neither the address nor the staff names. */
static bool has_writer(Attempt *attempt, const Owner *owner, bool *has_out, GError **error)
{
        Store *store = attempt->desk->mail->applier->house->store;
        int64_t writer = owner->person;
        if (writer == 0 && !inbox_writer(store, attempt->line.message, &writer, error))
                return false;
        g_autoptr(Case) the_case = cases_load(store, owner->case_id, error);
        *has_out = the_case != NULL && writer != 0 && case_person(the_case, writer) != NULL;
        return the_case != NULL;
}

static bool give_to(Attempt *attempt, Owner owner, GError **error)
{
        Desk *desk = attempt->desk;
        bool sees, is_held, has = false;
        if (!desk_sees_case(desk, owner.case_id, &sees, error))
                return false;
        if (!sees)
                return stop(attempt, "is_out_of_scope");
        if (!has_writer(attempt, &owner, &has, error))
                return false;
        if (!has)
                return stop(attempt, "needs_person");
        if (!inbox_assign(desk->mail->applier->house->store, attempt->line.message, owner.case_id,
                          owner.person, &is_held, error))
                return false;
        return stop(attempt, is_held ? "is_done" : "is_gone");
}

static bool assign(Attempt *attempt, GError **error)
{
        Owner owner = { 0 };
        if (!find_owner(attempt->desk, attempt->command->argument, &owner, error) ||
            !find_only_case(attempt, &owner, error))
                return false;
        return attempt->flag != NULL || give_to(attempt, owner, error);
}

/* "3 OUI": the case that the line proposed. */
static bool assign_proposed(Attempt *attempt, GError **error)
{
        if (attempt->line.case_id == 0)
                return stop(attempt, "needs_reference");
        return give_to(attempt, (Owner){ .case_id = attempt->line.case_id }, error);
}

static bool attempt_held(Attempt *attempt, GError **error)
{
        Desk *desk = attempt->desk;
        bool is_held;
        if (strcmp(attempt->command->key, "assign") == 0)
                return assign(attempt, error);
        if (strcmp(attempt->command->key, "accept") == 0)
                return assign_proposed(attempt, error);
        if (strcmp(attempt->command->key, "ignore") != 0)
                return stop(attempt, "does_not_fit");
        if (!inbox_dismiss(desk->mail->applier->house->store, attempt->line.message, desk->mail->applier->now,
                           &is_held, error))
                return false;
        return stop(attempt, is_held ? "is_done" : "is_gone");
}

/* Whoever was asked about another address is told nothing: it is too late for their yes. */
static bool keep_address(const Attempt *attempt, GError **error)
{
        const Applier *applier = attempt->desk->mail->applier;
        GError *trouble = NULL;
        g_autoptr(AddressChange) change =
                address_changes_waiting(applier->house->store, attempt->line.person, &trouble);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        return change == NULL ||
               address_changes_close(applier->house->store, change, true, applier->now, error);
}

/* "4 IGNORER" on the line of an address: the server was wrong, or is well again; and it stays. */
static bool trust_address(Attempt *attempt, GError **error)
{
        const Applier *applier = attempt->desk->mail->applier;
        bool sees;
        if (!desk_sees_case(attempt->desk, attempt->line.case_id, &sees, error))
                return false;
        if (!sees)
                return stop(attempt, "is_out_of_scope");
        return people_set_failing(applier->house->store, attempt->line.person, false, applier->now, error) &&
               inbox_settle_reports(applier->house->store, attempt->line.person, applier->now, error) &&
               keep_address(attempt, error) && stop(attempt, "is_done");
}

/* The line. */

static bool names_number(const Command *command, int n)
{
        g_auto(GStrv) numbers = g_strsplit(command->numbers, " ", -1);
        for (char **number = numbers; *number != NULL; number++)
                if (**number != '\0' && g_ascii_strtoull(*number, NULL, 10) == (guint64)n)
                        return true;
        return false;
}

/* "1 VALIDER" here and "1 CORRIGER" there: neither is done. */
static bool is_answered_otherwise(const Attempt *attempt, const LineCommand *what)
{
        const GPtrArray *commands = attempt->desk->mail->reading->commands;
        for (guint i = 0; what->is_answer && i < commands->len; i++) {
                const Command *command = g_ptr_array_index(commands, i);
                const LineCommand *other = find_command(command->key);
                if (other != NULL && other->is_answer && other->answer != what->answer &&
                    names_number(command, attempt->n))
                        return true;
        }
        return false;
}

static bool attempt_line(Attempt *attempt, GError **error)
{
        const Desk *desk = attempt->desk;
        const LineCommand *what = find_command(attempt->command->key);
        if (desk->level < LEVEL_A2 && (what == NULL || !what->is_light))
                return stop(attempt, "needs_level");
        switch (attempt->line.kind) {
        case LINE_HELD: return attempt_held(attempt, error);
        case LINE_TASK:
        case LINE_ADDRESS: break;
        }
        if (attempt->line.kind == LINE_ADDRESS && strcmp(attempt->command->key, "ignore") == 0)
                return trust_address(attempt, error);
        if (what == NULL || (attempt->line.kind == LINE_ADDRESS && what->is_answer))
                return stop(attempt, "does_not_fit");
        if ((what->is_weighty && !desk->mail->reading->is_unopposed) || is_answered_otherwise(attempt, what))
                return stop(attempt, "is_opposed");
        return attempt_case(attempt, what, error);
}

/* In its savepoint: what fails leaves nothing behind, and stops no other line. */
static bool try_line(Attempt *attempt, GError **error)
{
        Store *store = attempt->desk->mail->applier->house->store;
        guint mails = attempt->desk->mails;
        GError *trouble = NULL;
        if (!store_savepoint(store, error))
                return false;
        if (attempt_line(attempt, &trouble))
                return store_release(store, error);
        if (apply_error_is_world(trouble)) {
                g_propagate_error(error, trouble);
                return false;
        }
        store_undo(store);
        attempt->desk->mails = mails;
        attempt->flag = "is_broken";
        g_error_free(trouble);
        return true;
}

bool desk_do_line(Desk *desk, const Command *command, int n, GError **error)
{
        Attempt attempt = { .desk = desk, .command = command, .n = n };
        bool is_found;
        if (!digests_find(desk->mail->applier->house->store, desk->digest, n, &attempt.line, &is_found,
                          error))
                return false;
        bool is_tried = !is_found || try_line(&attempt, error);
        if (is_tried) {
                const char *word = command->written + strspn(command->written, "0123456789 ,.)&+*-");
                json_t *item = desk_result(desk, n, word, is_found ? attempt.flag : "is_unknown_number");
                if (attempt.reference != NULL)
                        json_object_set_new(item, "reference", json_string(attempt.reference));
                if (attempt.student != NULL)
                        json_object_set_new(item, "student", json_string(attempt.student));
        }
        digest_line_clear(&attempt.line);
        g_free(attempt.reference);
        g_free(attempt.student);
        return is_tried;
}
